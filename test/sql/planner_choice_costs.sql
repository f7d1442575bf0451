--
-- What the planner takes where both access methods have the columns, and where
-- only one has: by cost alone, with all enable_* settings on.
--
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION node(query text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substring(p FROM '(Index Only Scan(?: Backward)? using \w+|Index Scan(?: Backward)? using \w+|Bitmap Index Scan on \w+|Seq Scan on \w+|Nested Loop|Hash Join|Merge Join)'), ', ')
    FROM plan(query) AS p WHERE p ~ 'Scan|Join|Nested'
$$;
-- rows lie in an order that has nothing to do with the keys'
CREATE TABLE both_ AS
SELECT (i * 7919::int8 % 100003)::int AS a, i % 1000 AS b, i AS c, i % 10 AS d, repeat('x', 50) AS filler FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE both_;
CREATE INDEX both_smol ON both_ USING smol (a) INCLUDE (b);
CREATE INDEX both_btree ON both_ (a) INCLUDE (b);

-- both cover: few rows by btree, many by smol
SELECT q, node(q) FROM (VALUES
    ('SELECT b FROM both_ WHERE a = 500'),
    ('SELECT b FROM both_ WHERE a BETWEEN 500 AND 505'),
    ('SELECT sum(b) FROM both_ WHERE a BETWEEN 500 AND 20000'),
    ('SELECT sum(b) FROM both_ WHERE a > 50000'),
    ('SELECT sum(b) FROM both_'),
    ('SELECT a, b FROM both_ ORDER BY a'),
    ('SELECT a, b FROM both_ ORDER BY a DESC'),
    ('SELECT a, count(*) FROM both_ GROUP BY a ORDER BY a')) AS v(q);
-- of IN lists the same: each element is a descent
SELECT q, node(q) FROM (VALUES
    ('SELECT b FROM both_ WHERE a IN (500)'),
    ('SELECT sum(b) FROM both_ WHERE a IN (1, 20000, 40000, 60000, 80000)')) AS v(q);
-- an index-only scan is not what smol can do here: a column is missing
SELECT q, node(q) FROM (VALUES
    ('SELECT c FROM both_ WHERE a = 500'),
    ('SELECT c FROM both_ WHERE a BETWEEN 500 AND 2000'),
    ('SELECT c FROM both_ WHERE a > 5'),
    ('SELECT c FROM both_ ORDER BY a LIMIT 3'),
    ('SELECT ctid FROM both_ WHERE a = 500'),
    ('SELECT b FROM both_ WHERE a = 500 FOR UPDATE'),
    ('SELECT both_ FROM both_ WHERE a = 500')) AS v(q);
-- conditions that no index helps with
SELECT q, node(q) FROM (VALUES
    ('SELECT count(*) FROM both_ WHERE c % 2 = 0'),
    ('SELECT count(*) FROM both_ WHERE a::text = ''500'''),
    ('SELECT sum(c) FROM both_')) AS v(q);

-- LIMIT: the start counts
DROP INDEX both_btree;
SELECT q, node(q) FROM (VALUES
    ('SELECT a, b FROM both_ ORDER BY a LIMIT 10'),
    ('SELECT a, b FROM both_ ORDER BY a DESC LIMIT 10'),
    ('SELECT a, b FROM both_ WHERE a > 5000 ORDER BY a LIMIT 10'),
    ('SELECT min(a), max(a) FROM both_'),
    ('SELECT a, b FROM both_ ORDER BY b LIMIT 10')) AS v(q);
-- smol or nothing: few rows, many, all; and what it can't give
SELECT q, node(q) FROM (VALUES
    ('SELECT b FROM both_ WHERE a = 500'),
    ('SELECT sum(b) FROM both_ WHERE a BETWEEN 500 AND 90000'),
    ('SELECT sum(b) FROM both_'),
    ('SELECT c FROM both_ WHERE a = 500'),
    ('SELECT b FROM both_ WHERE a = 500 FOR UPDATE')) AS v(q);

-- btree, bitmaps: a selective condition of another index wins
CREATE INDEX both_d ON both_ (c);
SELECT q, node(q) FROM (VALUES
    ('SELECT sum(b) FROM both_ WHERE a > 1000 AND c = 77'),
    ('SELECT count(*) FROM both_ WHERE c BETWEEN 10 AND 500'),
    ('SELECT sum(b) FROM both_ WHERE a = 5 OR c = 5')) AS v(q);

-- a table of a page: whatever the index, the table is read
CREATE TABLE small AS SELECT i AS a, i AS b FROM generate_series(1, 50) AS i;
VACUUM ANALYZE small;
CREATE INDEX small_a ON small USING smol (a);
SELECT q, node(q) FROM (VALUES
    ('SELECT a FROM small WHERE a = 5'),
    ('SELECT count(*) FROM small')) AS v(q);

-- the costs are settings: smol.cost_tuple and smol.cost_page
CREATE FUNCTION cost(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    j json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO j;
    RETURN (j -> 0 -> 'Plan' ->> 'Total Cost')::float8;
END
$$;
SHOW smol.cost_page;
SHOW smol.cost_tuple;
SELECT cost('SELECT a, b FROM both_ WHERE a > 0') AS usual \gset
SET smol.cost_tuple = 0.015;
SELECT cost('SELECT a, b FROM both_ WHERE a > 0') - :usual BETWEEN 800 AND 1200 AS "100000 rows, 0.01 more";
SET smol.cost_tuple = 0.1;
SELECT node('SELECT sum(b) FROM both_');
RESET smol.cost_tuple;
SET smol.cost_page = 10;
SELECT cost('SELECT a, b FROM both_ WHERE a > 0') > :usual + 100 AS "pages are dearer";
SET smol.cost_page = 100;
SELECT node('SELECT sum(b) FROM both_');
SET smol.cost_page = -1;
RESET smol.cost_page;
EXPLAIN (COSTS OFF, SETTINGS) SELECT b FROM both_ WHERE a = 500;
SET smol.cost_page = 0.25;
EXPLAIN (COSTS OFF, SETTINGS) SELECT b FROM both_ WHERE a = 500;
RESET ALL;
DROP FUNCTION node, cost;
DROP TABLE both_, small;
