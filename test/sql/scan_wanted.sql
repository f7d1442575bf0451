--
-- Columns that nobody looks at are not put into rows: whoever aggregates or
-- projects must still find the others, however they come by them.
--
\set VERBOSITY terse
CREATE TABLE wanted AS
SELECT i / 4 AS k, i % 7 AS a, 'text ' || i % 50 AS t, (i / 8.0)::numeric(10,2) AS n,
       CASE WHEN i % 3 > 0 THEN i END AS v, CASE WHEN i % 5 > 0 THEN 'perhaps ' || i % 11 END AS x, md5(i::text)::uuid AS u
FROM generate_series(1, 8000) AS i;
VACUUM ANALYZE wanted;
CREATE INDEX wanted_k ON wanted USING smol (k, a) INCLUDE (t, n, v, x, u) WITH (nulls = store);

-- the node's rows are handed on as they are, or projected
SELECT q, same(q, 'wanted_k') FROM (VALUES
    ('SELECT count(*) FROM wanted'),
    ('SELECT count(*) FROM wanted WHERE k > 10'),
    ('SELECT sum(a) FROM wanted'),
    ('SELECT sum(v), count(v) FROM wanted'),
    ('SELECT max(x), count(x) FROM wanted'),
    ('SELECT min(u::text) FROM wanted WHERE k BETWEEN 3 AND 1900'),
    ('SELECT sum(n) FILTER (WHERE t > ''text 30'') FROM wanted'),
    ('SELECT sum(k) FROM wanted WHERE v IS NULL'),
    ('SELECT sum(k) FROM wanted WHERE v > 100 AND x LIKE ''%1'''),
    ('SELECT count(DISTINCT t), string_agg(x, '','' ORDER BY u) FROM wanted WHERE k < 100'),
    ('SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY n) FROM wanted'),
    ('SELECT regr_count(k, v), sum(a + v) FROM wanted HAVING max(t) > ''t'''),
    ('SELECT k, sum(a) FROM wanted GROUP BY k'),
    ('SELECT k, a FROM wanted GROUP BY k, a HAVING sum(v) > 30'),
    ('SELECT t, max(n) FROM wanted GROUP BY t'),
    ('SELECT x, v IS NULL, count(*) FROM wanted GROUP BY 1, 2'),
    ('SELECT k, a, count(*) FROM wanted GROUP BY ROLLUP (k, a)'),
    ('SELECT t, x, count(*) FROM wanted GROUP BY GROUPING SETS ((t), (x), ())'),
    ('SELECT t FROM wanted'),
    ('SELECT n FROM wanted WHERE x IS NOT NULL'),
    ('SELECT x || t FROM wanted WHERE a = 3'),
    ('SELECT 1 FROM wanted'),
    ('SELECT t, (SELECT count(*) FROM wanted AS b WHERE b.k > a.k) FROM wanted AS a WHERE a.k < 20'),
    ('SELECT sum(v) FROM (SELECT k, v, x FROM wanted ORDER BY k OFFSET 3) AS b'),
    ('SELECT DISTINCT x FROM wanted'),
    ('SELECT u FROM wanted ORDER BY u'),
    ('SELECT row_number() OVER (ORDER BY u), x, n FROM wanted')) AS v(q);

-- in sorted groups the first row of each is copied, in spilled ones all rows are
BEGIN;
SET LOCAL enable_hashagg = off;
SET LOCAL enable_seqscan = off;
SELECT plan('SELECT k, sum(v) FROM wanted GROUP BY k');
SELECT same('SELECT k, sum(v), max(x) FROM wanted GROUP BY k', 'wanted_k');
-- what is grouped by is looked at, returned or not
SELECT same('SELECT sum(v) FROM wanted GROUP BY k', 'wanted_k');
SELECT same('SELECT count(*) FROM wanted GROUP BY k, a', 'wanted_k');
ROLLBACK;
BEGIN;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT same('SELECT u, sum(v), max(x) FROM wanted GROUP BY u', 'wanted_k');
ROLLBACK;

-- rescans; participants; joins, which are not asked
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT i, s.* FROM (VALUES (1), (500), (1990)) AS o(i), LATERAL (SELECT count(*), sum(v), max(x) FROM wanted WHERE k >= o.i) AS s;
SELECT count(*), sum(length(b.t)) FROM wanted AS a JOIN wanted AS b USING (k, a);
BEGIN;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL min_parallel_index_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT plan('SELECT sum(v), max(x) FROM wanted');
SELECT sum(v), max(x) FROM wanted;
SELECT sum(v), max(x) FROM wanted WHERE a < 3;
ROLLBACK;

-- a cursor goes to and fro over rows that are projected
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT x, k FROM wanted ORDER BY k, a;
MOVE 5000 IN c;
FETCH 2 FROM c;
MOVE BACKWARD 4000 IN c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH FIRST FROM c;
COMMIT;
RESET enable_seqscan;
RESET enable_bitmapscan;
DROP TABLE wanted;

-- without NULLs; numbers alone, which make another kind of tuple
CREATE TABLE wanted AS
SELECT i AS k, (i % 7)::int2 AS a, i / 8.0::float8 AS f, i % 3 = 0 AS b, chr(65 + i % 26)::"char" AS c FROM generate_series(1, 8000) AS i;
VACUUM ANALYZE wanted;
CREATE INDEX wanted_k ON wanted USING smol (k) INCLUDE (a, f, b, c);
SELECT q, same(q, 'wanted_k') FROM (VALUES
    ('SELECT count(*) FROM wanted'),
    ('SELECT sum(k) FROM wanted'),
    ('SELECT sum(f), bool_or(b) FROM wanted WHERE k > 5'),
    ('SELECT max(c) FROM wanted WHERE a = 4'),
    ('SELECT a, count(*) FILTER (WHERE b) FROM wanted GROUP BY a'),
    ('SELECT sum(a) FROM wanted WHERE k IN (3, 14, 159, 2653, 5897)'),
    ('SELECT b FROM wanted'),
    ('SELECT f FROM wanted WHERE c <> ''A'' ORDER BY k DESC'),
    ('SELECT sum(k), sum(a), sum(f), bool_or(b), max(c) FROM wanted')) AS v(q);
DROP TABLE wanted;
