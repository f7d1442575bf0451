--
-- As many columns as PostgreSQL allows, each with its own direction.
--
SELECT 'CREATE TABLE wide AS SELECT ' || string_agg(format('(i / %s) %% 3 AS c%s', greatest(1, 3 ^ ((n - 1) % 8))::int, n), ', ' ORDER BY n)
       || ' FROM generate_series(0, 8999) AS i' FROM generate_series(1, 32) AS n \gexec
ALTER TABLE wide ADD c33 int DEFAULT 0;
VACUUM ANALYZE wide;
SELECT 'CREATE INDEX wide_32 ON wide USING smol (' || string_agg(format('c%s %s', n, CASE WHEN n % 3 = 0 THEN 'DESC' ELSE 'ASC' END), ', ' ORDER BY n) || ')' FROM generate_series(1, 32) AS n \gexec
SELECT format('SELECT %s FROM wide ORDER BY %s', string_agg('c' || n, ', ' ORDER BY n), string_agg(format('c%s %s', n, CASE WHEN n % 3 = 0 THEN 'DESC' ELSE 'ASC' END), ', ' ORDER BY n)) AS ordered FROM generate_series(1, 32) AS n \gset
SELECT same(:'ordered', 'wide_32');
SELECT q, same(q, 'wide_32') FROM (VALUES
    ('SELECT count(*) FROM wide WHERE c1 = 1'),
    ('SELECT count(*) FROM wide WHERE c1 = 1 AND c2 = 2 AND c3 = 0'),
    ('SELECT count(*) FROM wide WHERE c1 = 1 AND c2 > 0 AND c3 < 2 AND c4 >= 1 AND c5 <= 1'),
    ('SELECT count(*) FROM wide WHERE c32 = 2'),
    ('SELECT count(*) FROM wide WHERE c8 = 2 AND c7 = 1 AND c6 = 0'),
    ('SELECT count(*), sum(c32) FROM wide WHERE c1 = 0 AND c2 = 0 AND c3 = 0 AND c4 = 0 AND c5 = 0 AND c6 = 0 AND c7 = 0 AND c8 = 0'),
    ('SELECT c1, c2, c3, c4, c5, c6, c7, c8 FROM wide WHERE c1 = 2 AND c2 = 2 AND c3 = 1 ORDER BY c1, c2, c3 DESC, c4, c5, c6 DESC, c7, c8 LIMIT 20'),
    ('SELECT c1, c2, c3, c4, c5, c6, c7, c8 FROM wide WHERE c1 < 2 ORDER BY c1 DESC, c2 DESC, c3, c4 DESC, c5 DESC, c6, c7 DESC, c8 DESC LIMIT 20'),
    ('SELECT c9 FROM wide WHERE c9 IN (0, 2) AND c1 IN (0, 1)')) AS v(q);
-- one more
SELECT 'CREATE INDEX wide_33 ON wide USING smol (' || string_agg(format('c%s', n), ', ' ORDER BY n) || ')' FROM generate_series(1, 33) AS n \gexec
DROP TABLE wide;

-- columns of different types and widths, INCLUDEs to fill up
CREATE TABLE mixed AS
SELECT (i % 4)::int2 AS a, 'k' || i % 5 AS b, i % 2 = 0 AS c, date '2020-01-01' + i % 11 AS d, (i % 13 / 2.0)::numeric AS e,
       md5((i % 17)::text)::uuid AS f, (i % 19)::float8 AS g, i AS h
FROM generate_series(1, 6000) AS i;
VACUUM ANALYZE mixed;
CREATE INDEX mixed_i ON mixed USING smol (a DESC, b, c DESC, d, e DESC, f) INCLUDE (g, h);
SELECT q, same(q, 'mixed_i') FROM (VALUES
    ('SELECT a, b, c, d, e, f FROM mixed ORDER BY a DESC, b, c DESC, d, e DESC, f'),
    ('SELECT a, b, c, d, e, f FROM mixed ORDER BY a, b DESC, c, d DESC, e, f DESC'),
    ('SELECT * FROM mixed WHERE a = 3 AND b = ''k2'' AND c AND d > ''2020-01-05'''),
    ('SELECT * FROM mixed WHERE a = 3 AND b = ''k2'' AND NOT c AND d = ''2020-01-05'' AND e > 2.5'),
    ('SELECT * FROM mixed WHERE b = ''k2'' AND e = 3.0 AND g = 7'),
    ('SELECT max(h), count(*) FROM mixed WHERE a >= 2 AND b >= ''k3'''),
    ('SELECT a, b FROM mixed WHERE a = 2 AND b < ''k3'' ORDER BY a, b DESC LIMIT 9')) AS v(q);
DROP TABLE mixed;
