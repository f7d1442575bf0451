--
-- EXPLAIN says which index wasn't used or fell back, why, and what to run.
--
CREATE TABLE explained AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 10000) AS i;
CREATE TABLE unconcerned AS SELECT 1 AS a;
-- a table that hasn't been vacuumed: a notice when the index is built, more
-- urgent if there are more pages than a verdict may look at
SET smol.max_heap_checks = 10;
CREATE INDEX explained_a ON explained USING smol (a) WITH (writes = retire);
EXPLAIN (COSTS OFF) SELECT a FROM explained WHERE a < 5;
RESET smol.max_heap_checks;
DROP INDEX explained_a;
CREATE INDEX explained_a ON explained USING smol (a) WITH (writes = retire);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT a FROM explained WHERE a < 5;
SELECT a FROM explained WHERE a < 5 ORDER BY a;
VACUUM ANALYZE explained;
EXPLAIN (COSTS OFF) SELECT a FROM explained WHERE a < 5;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT a FROM explained WHERE a < 5;

-- planned before, fallen back when run
SET plan_cache_mode = force_generic_plan;
PREPARE p AS SELECT a FROM explained WHERE a < 5;
EXECUTE p;
DELETE FROM explained WHERE a = 2;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE p;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF, FORMAT json) EXECUTE p;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE p;
-- planned now
EXPLAIN (COSTS OFF) SELECT a FROM explained WHERE a < 5;
EXPLAIN (COSTS OFF, FORMAT json) SELECT a FROM explained WHERE a < 5;
VACUUM (INDEX_CLEANUP ON) explained;
EXPLAIN (COSTS OFF) SELECT a FROM explained WHERE a < 5;
EXPLAIN (COSTS OFF) DELETE FROM explained WHERE a < 5;
-- a plain index scan, if there is no other way
REINDEX INDEX explained_a;
SET enable_sort = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT a, b FROM explained WHERE a < 5 ORDER BY a;
-- several at once
CREATE INDEX explained_b ON explained USING smol (b) WITH (writes = retire);
INSERT INTO explained VALUES (0, 0);
EXPLAIN (COSTS OFF) SELECT e.a, f.b FROM explained e, explained f WHERE e.a < 5 AND f.b = e.a;
-- queries on other tables have nothing to say
EXPLAIN (COSTS OFF) SELECT a FROM unconcerned;
-- nor has one by an index that is fine
REINDEX TABLE explained;
VACUUM explained;
EXPLAIN (COSTS OFF) SELECT a FROM explained WHERE a < 5;
-- the heap's pages that a verdict may look at
BEGIN;
DELETE FROM explained WHERE a = 3;
ROLLBACK;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE p;
SET smol.max_heap_checks = 0;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE p;
RESET ALL;
DEALLOCATE p;
DROP TABLE explained, unconcerned;
