--
-- The planner asks an ordered index for its column's ends when a comparison
-- lies beyond the histogram: no error, no endless loop, whatever state the
-- index is in.
--
\set VERBOSITY terse
CREATE TABLE probed AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE probed;
CREATE INDEX probed_a ON probed USING smol (a) WITH (writes = retire);
CREATE TABLE others AS SELECT i * 10 AS a FROM generate_series(1, 3000) AS i;
VACUUM ANALYZE others;
CREATE FUNCTION probe() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    q text;
    t timestamptz := clock_timestamp();
BEGIN
    FOREACH q IN ARRAY ARRAY['SELECT a FROM probed WHERE a > 9999', 'SELECT a FROM probed WHERE a < 1', 'SELECT a FROM probed WHERE a > 100000',
                             'SELECT a FROM probed WHERE a < -5', 'SELECT p.a FROM probed p JOIN others o USING (a)',
                             'SELECT b FROM probed WHERE a > 9999', 'SELECT a FROM probed WHERE a BETWEEN 9990 AND 20000'] LOOP
        PERFORM plan(q);
    END LOOP;
    RETURN NEXT 'planned in ' || CASE WHEN clock_timestamp() - t < '2 s' THEN 'no time' ELSE 'a long time' END;
END
$$;
SELECT probe();
-- the last and first rows deleted: the ends of the index are dead
DELETE FROM probed WHERE a > 9000;
SELECT probe();
SELECT count(*) FROM probed WHERE a > 8999;
DELETE FROM probed WHERE a < 100;
SELECT probe();
VACUUM (INDEX_CLEANUP ON) probed;
SELECT probe();
-- all of them
DELETE FROM probed;
SELECT probe();
SELECT count(*) FROM probed WHERE a > 5;
VACUUM (INDEX_CLEANUP ON) probed;
SELECT probe();
-- stale by an insert
REINDEX INDEX probed_a;
VACUUM probed;
SELECT probe();
INSERT INTO probed SELECT i, 1 FROM generate_series(1, 10000) AS i;
SELECT probe();
REINDEX INDEX probed_a;
SELECT probe();
VACUUM probed;
SELECT probe();
-- not all-visible for an uncommitted delete
BEGIN;
DELETE FROM probed WHERE a = 10000;
SELECT probe();
ROLLBACK;
-- with fallback off
SET smol.heap_fallback = off;
SELECT probe();
INSERT INTO probed VALUES (20000);
SELECT probe();
RESET smol.heap_fallback;
-- an index with NULLs first, last, only
DROP INDEX probed_a;
UPDATE probed SET a = NULL WHERE a % 2 = 0;
VACUUM ANALYZE probed;
CREATE INDEX probed_a ON probed USING smol (a NULLS FIRST) WITH (nulls = store);
SELECT probe();
DROP INDEX probed_a;
CREATE INDEX probed_a ON probed USING smol (a DESC NULLS LAST) WITH (nulls = store);
SELECT probe();
-- on an empty index
TRUNCATE probed;
SELECT probe();
DROP FUNCTION probe;
DROP TABLE probed, others;
