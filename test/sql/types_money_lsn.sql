--
-- money, pg_lsn and xid8, and oids by other names: words of 64 and 32 bits,
-- signed and unsigned.
--
CREATE TABLE amounts AS
SELECT (i / 4.0)::numeric::money AS m, ('0/' || to_hex(i))::pg_lsn AS l, i::text::xid8 AS x, (i % 40 + 1230)::oid::regclass AS r, i::text::xid AS t
FROM generate_series(1, 600) AS i;
INSERT INTO amounts (m, l, x, r, t) VALUES
    ('-92233720368547758.08', '0/0', '0', 0, '0'), ('92233720368547758.07', 'FFFFFFFF/FFFFFFFF', '18446744073709551615', 4294967295, '4294967295'),
    ('-0.01', '7FFFFFFF/FFFFFFFF', '9223372036854775807', 2147483648, '2147483648'), ('0', '80000000/0', '9223372036854775808', 2147483647, '2147483647'),
    ('0.01', '80000000/1', '9223372036854775809', 1, '3'), ('0', '1/0', '4294967296', 1, '3');
VACUUM ANALYZE amounts;
CREATE INDEX amounts_m ON amounts USING smol (m);
CREATE INDEX amounts_l ON amounts USING smol (l);
CREATE INDEX amounts_x ON amounts USING smol (x DESC);
CREATE INDEX amounts_r ON amounts USING smol (r);
SELECT i, kind FROM unnest('{amounts_m,amounts_l,amounts_x,amounts_r}'::regclass[]) AS i, smol_inspect(i);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT m FROM amounts ORDER BY m', 'amounts_m'),
    ('SELECT m FROM amounts ORDER BY m DESC', 'amounts_m'),
    ('SELECT m FROM amounts WHERE m IN (''0'', ''-0.01'', ''92233720368547758.07'', ''12345'')', 'amounts_m'),
    ('SELECT min(m), max(m), count(*) FROM amounts', 'amounts_m'),
    ('SELECT l FROM amounts ORDER BY l', 'amounts_l'),
    ('SELECT l FROM amounts ORDER BY l DESC', 'amounts_l'),
    ('SELECT l FROM amounts WHERE l IN (''0/0'', ''80000000/0'', ''FFFFFFFF/FFFFFFFF'', ''5/5'')', 'amounts_l'),
    ('SELECT min(l), max(l), count(*) FROM amounts', 'amounts_l'),
    ('SELECT x FROM amounts ORDER BY x', 'amounts_x'),
    ('SELECT x FROM amounts ORDER BY x DESC', 'amounts_x'),
    ('SELECT x FROM amounts WHERE x IN (''0'', ''9223372036854775808'', ''18446744073709551615'')', 'amounts_x'),
    ('SELECT min(x), max(x), count(*) FROM amounts', 'amounts_x'),
    ('SELECT r FROM amounts ORDER BY r', 'amounts_r'),
    ('SELECT r FROM amounts WHERE r = ''pg_class''::regclass', 'amounts_r'),
    ('SELECT r FROM amounts WHERE r > 2147483647::oid', 'amounts_r')) AS v(q, i);
SELECT * FROM sweep('amounts', 'm', 'amounts_m', '{''-92233720368547758.08''::money,''-1''::money,''-0.01''::money,0::money,''0.01''::money,77::money,''92233720368547758.07''::money}');
SELECT * FROM sweep('amounts', 'l', 'amounts_l', '{''0/0''::pg_lsn,''0/1''::pg_lsn,''0/100''::pg_lsn,''1/0''::pg_lsn,''7FFFFFFF/FFFFFFFF''::pg_lsn,''80000000/0''::pg_lsn,''80000000/1''::pg_lsn,''FFFFFFFF/FFFFFFFE''::pg_lsn,''FFFFFFFF/FFFFFFFF''::pg_lsn}');
SELECT * FROM sweep('amounts', 'x', 'amounts_x', '{''0''::xid8,''1''::xid8,''300''::xid8,''9223372036854775807''::xid8,''9223372036854775808''::xid8,''18446744073709551614''::xid8,''18446744073709551615''::xid8}');
SELECT * FROM sweep('amounts', 'r', 'amounts_r', '{0::oid,1230::oid,1259::regclass,2147483647::oid,2147483648::oid,4294967295::oid}');
SELECT smol_verify(i) FROM unnest('{amounts_m,amounts_l,amounts_x,amounts_r}'::regclass[]) AS i;
DROP INDEX amounts_m, amounts_l, amounts_x, amounts_r;
INSERT INTO amounts VALUES (NULL, NULL, NULL, NULL, NULL), (NULL, '1/1', NULL, NULL, '5');
VACUUM amounts;
CREATE INDEX amounts_all ON amounts USING smol (l DESC, m NULLS FIRST) INCLUDE (x, r, t) WITH (nulls = store);
SELECT q, same(q, 'amounts_all') FROM (VALUES
    ('SELECT l, m, x, r, t FROM amounts'),
    ('SELECT l, m, x, r, t FROM amounts WHERE l >= ''80000000/0'' ORDER BY l DESC'),
    ('SELECT l, m, x, r, t FROM amounts WHERE l IS NULL'),
    ('SELECT l, m, x, r, t FROM amounts WHERE m IS NULL AND l = ''1/1'''),
    ('SELECT l, m, x, r, t FROM amounts WHERE m = ''0''')) AS v(q);
SELECT smol_verify('amounts_all');
DROP TABLE amounts;
