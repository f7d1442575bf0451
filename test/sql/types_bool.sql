--
-- bool: every way to ask for it.
--
CREATE TABLE bools AS SELECT i % 3 = 0 AS b, CASE WHEN i % 4 > 0 THEN i % 5 = 0 END AS n FROM generate_series(1, 1200) AS i;
VACUUM ANALYZE bools;
CREATE INDEX bools_b ON bools USING smol (b);
CREATE INDEX bools_n ON bools USING smol (n) WITH (nulls = store);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT b FROM bools', 'bools_b'),
    ('SELECT count(*) FROM bools WHERE b', 'bools_b'),
    ('SELECT count(*) FROM bools WHERE NOT b', 'bools_b'),
    ('SELECT count(*) FROM bools WHERE b = true', 'bools_b'),
    ('SELECT count(*) FROM bools WHERE b IS TRUE', 'bools_b'),
    ('SELECT count(*) FROM bools WHERE b IS NOT TRUE', 'bools_b'),
    ('SELECT count(*) FROM bools WHERE b < true', 'bools_b'),
    ('SELECT b FROM bools ORDER BY b', 'bools_b'),
    ('SELECT b FROM bools ORDER BY b DESC', 'bools_b'),
    ('SELECT count(*) FROM bools WHERE n', 'bools_n'),
    ('SELECT count(*) FROM bools WHERE NOT n', 'bools_n'),
    ('SELECT count(*) FROM bools WHERE n IS TRUE', 'bools_n'),
    ('SELECT count(*) FROM bools WHERE n IS NOT TRUE', 'bools_n'),
    ('SELECT count(*) FROM bools WHERE n IS FALSE', 'bools_n'),
    ('SELECT count(*) FROM bools WHERE n IS NOT FALSE', 'bools_n'),
    ('SELECT count(*) FROM bools WHERE n IS UNKNOWN', 'bools_n'),
    ('SELECT count(*) FROM bools WHERE n IS NOT UNKNOWN', 'bools_n'),
    ('SELECT n FROM bools ORDER BY n', 'bools_n'),
    ('SELECT n FROM bools ORDER BY n DESC', 'bools_n')) AS v(q, i);
SELECT * FROM sweep('bools', 'b', 'bools_b', '{false,true}');
SELECT * FROM sweep('bools', 'n', 'bools_n', '{false,true}');
DROP TABLE bools;
