--
-- With all enable_* settings on the planner takes smol where it is faster and
-- something else where that is.
--
CREATE TABLE choices AS SELECT (i * 7919::int8 % 100003)::int AS a, i % 1000 AS b, i AS c, repeat('x', 50) AS filler FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE choices;
CREATE INDEX choices_smol ON choices USING smol (a) INCLUDE (b);
CREATE INDEX choices_btree ON choices (a);
CREATE INDEX choices_btree_b ON choices (b);
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION node(query text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substring(p FROM '(Index Only Scan using \w+|Index Scan using \w+|Bitmap Heap Scan|Seq Scan)'), ', ')
    FROM plan(query) AS p WHERE p ~ 'Scan' AND p !~ 'Bitmap Index'
$$;
SELECT q, node(q) FROM (VALUES
    -- smol covers, btree doesn't
    ('SELECT count(*), sum(b) FROM choices WHERE a BETWEEN 1000 AND 50000'),
    ('SELECT count(*), sum(b) FROM choices'),
    ('SELECT a, b FROM choices ORDER BY a LIMIT 100'),
    ('SELECT a, b FROM choices WHERE a BETWEEN 500 AND 510'),
    -- other columns are wanted: not by way of smol
    ('SELECT c FROM choices WHERE a = 500'),
    ('SELECT * FROM choices WHERE a < 100'),
    ('SELECT * FROM choices WHERE a > 100'),
    ('SELECT * FROM choices ORDER BY a LIMIT 10'),
    ('SELECT a, ctid FROM choices WHERE a = 500'),
    ('SELECT a FROM choices WHERE a = 500 FOR UPDATE'),
    -- a key that is not smol's
    ('SELECT c FROM choices WHERE b = 500'),
    ('SELECT count(*) FROM choices WHERE b = 500')) AS v(q);
-- without btree
DROP INDEX choices_btree, choices_btree_b;
SELECT q, node(q) FROM (VALUES
    ('SELECT count(*) FROM choices WHERE b = 500'),
    ('SELECT c FROM choices WHERE a = 500'),
    ('SELECT * FROM choices ORDER BY a LIMIT 10'),
    ('UPDATE choices SET c = 1 WHERE a = 500')) AS v(q);
-- index statistics are kept as for other access methods
SELECT reltuples, relpages = pg_relation_size('choices_smol') / current_setting('block_size')::int AS relpages FROM pg_class WHERE relname = 'choices_smol';
-- estimates are those of btree
CREATE FUNCTION estimate(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        RETURN substring(line FROM 'rows=(\d+)')::int;
    END LOOP;
END
$$;
SELECT estimate('SELECT a FROM choices WHERE a < 10000') BETWEEN 9000 AND 11000 AS range,
       estimate('SELECT a FROM choices WHERE a = 10000') = 1 AS point,
       estimate('SELECT a FROM choices WHERE a > 1000000') < 10 AS beyond;
RESET ALL;
DROP FUNCTION node, estimate;
DROP TABLE choices;

-- what is used is counted
CREATE TABLE counted AS SELECT i AS a FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE counted;
CREATE INDEX counted_a ON counted USING smol (a);
SET enable_seqscan = off;
SELECT count(*) FROM counted WHERE a <= 100;
SELECT count(*) FROM counted WHERE a = 5;
SELECT pg_stat_force_next_flush();
SELECT idx_scan, idx_tup_read, idx_tup_fetch FROM pg_stat_user_indexes WHERE indexrelname = 'counted_a';
RESET ALL;
DROP TABLE counted;
