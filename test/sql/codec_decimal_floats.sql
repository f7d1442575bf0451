--
-- Floats that are decimals, and in their midst some that are none: the same
-- bits come back, and searches find what they should.
--
CREATE TABLE decimals AS
SELECT i AS id,
       CASE i % 500 WHEN 7 THEN 'NaN' WHEN 8 THEN '-0' WHEN 9 THEN 'Infinity' WHEN 10 THEN '-Infinity' WHEN 11 THEN 1 / 3.0::float8
                    WHEN 12 THEN 5e-324 WHEN 13 THEN 1.7e308 ELSE ((i * 7919::int8) % 400009 - 200000) / 100.0::float8 END AS f8,
       (CASE i % 500 WHEN 7 THEN 'NaN' WHEN 8 THEN '-0' WHEN 9 THEN 'Infinity' WHEN 10 THEN '-Infinity' WHEN 11 THEN 1 / 3.0::float8
                    WHEN 12 THEN 1e-45 WHEN 13 THEN 3.4e38 ELSE ((i * 7919::int8) % 40009 - 20000) / 1000.0::float8 END)::float4 AS f4
FROM generate_series(1, 10500) AS i;
VACUUM ANALYZE decimals;
CREATE INDEX decimals_id ON decimals USING smol (id) INCLUDE (f8, f4);
CREATE INDEX decimals_f8 ON decimals USING smol (f8);
CREATE INDEX decimals_f4 ON decimals USING smol (f4, f8);
SELECT index, attnum, codecs ~ 'alp' AS alp
FROM (VALUES ('decimals_id'), ('decimals_f8'), ('decimals_f4')) AS v(index), smol_inspect(index::regclass)
WHERE attnum > 0 AND (index, attnum) <> ('decimals_id', 1) ORDER BY index, attnum;
-- to the bit
SELECT same('SELECT id, float8send(f8), float4send(f4) FROM decimals WHERE id > 0', 'decimals_id');
SELECT same('SELECT id, float8send(f8), float4send(f4) FROM decimals WHERE id BETWEEN 10007 AND 10013 ORDER BY id', 'decimals_id');
SELECT same('SELECT float8send(f8) FROM decimals WHERE id = 1008', 'decimals_id');
SELECT same('SELECT float4send(f4) FROM decimals WHERE id = 1012', 'decimals_id');
-- searches; 0.0 and -0.0 are in no particular order
SELECT * FROM sweep('decimals', 'f8', 'decimals_f8', ARRAY['''-Infinity''', '-1999.98', '-12.34', '-1e-200', '0', '5e-324', '1/3.0::float8', '0.34', '12.345', '12.35',
                                                           '1999.99', '2000.09', '1.7e308', '''Infinity''', '''NaN'''], true);
SELECT * FROM sweep('decimals', 'f4', 'decimals_f4', ARRAY['''-Infinity''::float4', '-20', '-12.34::float4', '-12.34::float8', '0', '1e-45::float4', '1/3.0::float4', '0.34::float4',
                                                           '12.345::float4', '20.008::float4', '3.4e38::float4', '''NaN''::float4'], true);
DROP TABLE decimals;
