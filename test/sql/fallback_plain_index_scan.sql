--
-- A plan that wants rows of the heap by way of a smol index gets the right
-- ones, though slowly: the planner avoids it, but may have no choice.
--
\set VERBOSITY terse
CREATE TABLE plain (a int, b int, c text) WITH (fillfactor = 70);
INSERT INTO plain SELECT i, (i * 7919) % 1000, 'row ' || i FROM generate_series(1, 3000) AS i;
VACUUM ANALYZE plain;
CREATE INDEX plain_a ON plain USING smol (a DESC) WITH (writes = retire);
-- by itself the planner doesn't
EXPLAIN (COSTS OFF) SELECT c FROM plain WHERE a = 5;
EXPLAIN (COSTS OFF) SELECT * FROM plain WHERE a < 5 ORDER BY a;
EXPLAIN (COSTS OFF) DELETE FROM plain WHERE a = 5;
-- forced to, for the order
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
SELECT * FROM plan('SELECT * FROM plain WHERE a < 5 ORDER BY a');
SELECT * FROM plain WHERE a < 5 ORDER BY a;
SELECT * FROM plain WHERE a BETWEEN 10 AND 12 ORDER BY a DESC;
SELECT count(*), sum(b), count(DISTINCT c), bool_and(a >= lag) FROM (SELECT a, b, c, lag(a) OVER (ORDER BY a) FROM plain WHERE a > 0) AS s;
SELECT ctid, a, tableoid::regclass FROM plain WHERE a BETWEEN 5 AND 6 ORDER BY a;
SELECT * FROM plain WHERE a IN (1, 3000, 3001, NULL, 17) ORDER BY a;
SELECT count(*), max(a) FROM (SELECT a FROM plain WHERE a > 5 AND b < 10 ORDER BY a) AS s;
-- rows to be changed are found, and are those
SELECT a, c FROM plain WHERE a < 3 ORDER BY a FOR UPDATE;
UPDATE plain SET c = 'updated' WHERE a IN (7, 9);
SELECT a, c FROM plain WHERE a BETWEEN 6 AND 10 ORDER BY a;
-- HOT-updated, more than once
UPDATE plain SET c = c || ' again' WHERE a IN (7, 9);
SELECT a, c FROM plain WHERE a BETWEEN 6 AND 10 ORDER BY a;
SELECT state FROM smol_index_state('plain_a');
SELECT count(*), sum(a), count(c) FROM (SELECT a, c FROM plain WHERE a > 0 ORDER BY a) AS s;
VACUUM plain;
SELECT a, c FROM plain WHERE a BETWEEN 6 AND 10 ORDER BY a;
-- WHERE CURRENT OF
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM plain WHERE a BETWEEN 20 AND 25 ORDER BY a FOR UPDATE;
FETCH 2 FROM c;
UPDATE plain SET c = 'current' WHERE CURRENT OF c;
FETCH 1 FROM c;
DELETE FROM plain WHERE CURRENT OF c;
FETCH 1 FROM c;
COMMIT;
SELECT a, c FROM plain WHERE a BETWEEN 20 AND 24 ORDER BY a;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT * FROM plan('DELETE FROM plain USING generate_series(100, 200) AS g WHERE a = g');
DELETE FROM plain USING generate_series(100, 200) AS g WHERE a = g;
SELECT count(*), sum(b), sum(a) FROM (SELECT a, b FROM plain WHERE a > 0 ORDER BY a) AS s;
-- scroll
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT a, c FROM plain ORDER BY a;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
COMMIT;
-- stale
INSERT INTO plain VALUES (5000, 5, 'inserted');
SELECT a, c FROM plain WHERE a >= 3000 ORDER BY a;
UPDATE plain SET a = 5001 WHERE a = 5000;
SELECT a, c FROM plain WHERE a >= 3000 ORDER BY a;
-- the inner side of a nested loop: one pass over the heap for all
REINDEX INDEX plain_a;
VACUUM plain;
SET enable_memoize = off;
EXPLAIN (COSTS OFF) SELECT count(*), count(c), sum(b) FROM generate_series(1, 3100) AS g LEFT JOIN plain ON a = g;
SELECT pg_stat_force_next_flush();
SELECT seq_scan AS before FROM pg_stat_user_tables WHERE relname = 'plain' \gset
SELECT count(*), count(c), sum(b) FROM generate_series(1, 3100) AS g LEFT JOIN plain ON a = g;
SELECT pg_stat_force_next_flush();
SELECT seq_scan - :before BETWEEN 1 AND 3 AS few_heap_scans FROM pg_stat_user_tables WHERE relname = 'plain';
SELECT count(*), count(c) FROM generate_series(1, 3100, 10) AS g JOIN plain ON a BETWEEN g AND g + 9;
-- a merge join, marked and restored
SET enable_mergejoin = on;
SET enable_nestloop = off;
SET enable_sort = on;
SELECT count(*), count(p.c) FROM plain p JOIN plain q USING (a);
RESET ALL;
SELECT count(*), count(c), sum(b) FROM generate_series(1, 3100) AS g LEFT JOIN plain ON a = g;
SELECT count(*), count(c) FROM plain WHERE a <= 3100;

-- and if that isn't wanted
SET smol.heap_fallback = off;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
\set VERBOSITY default
SELECT a, c FROM plain WHERE a < 5 ORDER BY a;
PREPARE p AS SELECT a FROM plain WHERE a = 5;
SET plan_cache_mode = force_generic_plan;
EXECUTE p;
BEGIN;
DELETE FROM plain WHERE a = 6;
EXECUTE p;
ROLLBACK;
EXECUTE p;
INSERT INTO plain VALUES (1, 1, '');
EXECUTE p;
-- what the planner knows to be unusable, it leaves out
EXPLAIN (COSTS OFF) SELECT a FROM plain WHERE a = 5;
RESET smol.heap_fallback;
EXECUTE p;
DEALLOCATE p;
RESET ALL;
DROP TABLE plain;
