--
-- float4 and float8: -0.0, NaN, infinities, denormals; comparisons across
-- the two.
--
CREATE TABLE floats AS
SELECT (i / 8.0)::float4 AS f4, (i / 10.0)::float8 AS f8 FROM generate_series(-300, 300) AS i;
INSERT INTO floats (f4, f8) VALUES
    ('NaN', 'NaN'), ('NaN', 'NaN'), ('Infinity', 'Infinity'), ('-Infinity', '-Infinity'), ('-0', '-0'), ('-0', '-0'), (0, 0),
    (1e-45, 5e-324), (-1e-45, -5e-324), (3.4028235e38, 1.7976931348623157e308), (-3.4028235e38, -1.7976931348623157e308),
    (0.1, 0.1), (0.1, 0.1::float4), (16777216, 9007199254740993), (16777217, 9007199254740992), (1.1754944e-38, 2.2250738585072014e-308);
VACUUM ANALYZE floats;
CREATE INDEX floats_f4 ON floats USING smol (f4);
CREATE INDEX floats_f8 ON floats USING smol (f8);
SELECT q, same(q, i, true) FROM (VALUES
    ('SELECT f4 FROM floats ORDER BY f4', 'floats_f4'),
    ('SELECT f8 FROM floats ORDER BY f8 DESC', 'floats_f8'),
    ('SELECT f4 FROM floats WHERE f4 = 0', 'floats_f4'),
    ('SELECT f8 FROM floats WHERE f8 = ''-0''::float8', 'floats_f8'),
    ('SELECT count(*) FROM floats WHERE f4 = ''NaN''', 'floats_f4'),
    ('SELECT count(*) FROM floats WHERE f8 > ''Infinity''', 'floats_f8'),
    ('SELECT min(f4), max(f4) FROM floats', 'floats_f4'),
    ('SELECT min(f8), max(f8) FROM floats', 'floats_f8'),
    ('SELECT count(*) FROM floats WHERE f4 = 0.1::float4', 'floats_f4'),
    ('SELECT count(*) FROM floats WHERE f4 = 0.1::float8', 'floats_f4'),
    ('SELECT count(*) FROM floats WHERE f4 > 0.1::float8 AND f4 < 0.11::float8', 'floats_f4'),
    ('SELECT count(*) FROM floats WHERE f8 = 0.1::float4', 'floats_f8'),
    ('SELECT count(*) FROM floats WHERE f4 < 1e300::float8', 'floats_f4')) AS v(q, i);
SELECT * FROM sweep('floats', 'f4', 'floats_f4',
    '{''-Infinity''::float4,''-3.4028235e38''::float4,''-1e-45''::float4,''-0''::float4,0::float4,''1e-45''::float4,0.1::float4,16777216::float4,''3.4028235e38''::float4,''Infinity''::float4,''NaN''::float4}', true);
SELECT * FROM sweep('floats', 'f4', 'floats_f4',
    '{''-Infinity''::float8,''-1e300''::float8,''-5e-324''::float8,''-0''::float8,0::float8,''5e-324''::float8,0.1::float8,16777217::float8,''1e300''::float8,''Infinity''::float8,''NaN''::float8}', true);
SELECT * FROM sweep('floats', 'f8', 'floats_f8',
    '{''-Infinity''::float8,''-1.7976931348623157e308''::float8,''-5e-324''::float8,''-0''::float8,0::float8,''5e-324''::float8,0.1::float8,9007199254740992::float8,''1.7976931348623157e308''::float8,''Infinity''::float8,''NaN''::float8}', true);
SELECT * FROM sweep('floats', 'f8', 'floats_f8',
    '{''-Infinity''::float4,''-0''::float4,''1e-45''::float4,0.1::float4,16777216::float4,''3.4028235e38''::float4,''Infinity''::float4,''NaN''::float4}', true);

-- -0 stays -0 among other zeros
SET enable_seqscan = off;
SELECT f8, count(*) FROM (SELECT f8::text FROM floats WHERE f8 = 0) AS z GROUP BY f8 ORDER BY f8 COLLATE "C";
SELECT count(*) FILTER (WHERE before > f8) AS wrong, count(*) FROM (
    SELECT f8, lag(f8) OVER () AS before FROM (SELECT f8 FROM floats ORDER BY f8) AS o) AS w;
RESET enable_seqscan;
DROP TABLE floats;
