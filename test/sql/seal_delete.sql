--
-- After a DELETE no query sees the deleted rows, whatever VACUUM has or hasn't
-- done since.
--
\set VERBOSITY terse
CREATE TABLE deletions AS SELECT i AS a, i % 10 AS b, repeat('x', 100) AS filler FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE deletions;
CREATE INDEX deletions_a ON deletions USING smol (a) INCLUDE (b) WITH (writes = retire);
CREATE INDEX deletions_btree ON deletions (b);
CREATE FUNCTION ask(OUT count int8, OUT sum int8, OUT min int, OUT max int) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    -- plans are kept, so they are those of before the DELETE
    SELECT count(*), sum(b) INTO count, sum FROM deletions WHERE a > 0;
    SELECT min(a), max(a) INTO min, max FROM deletions;
END
$$;
SELECT same('SELECT count(*), sum(b) FROM deletions WHERE a > 0', 'deletions_a');
SELECT * FROM ask();

-- one row, seen by its own transaction; rolled back
BEGIN;
DELETE FROM deletions WHERE a = 1;
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- one row; plain VACUUM bypasses the index, and the page stays not all-visible
PREPARE q AS SELECT count(*), sum(b) FROM deletions WHERE a > 0;
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXECUTE q;
DELETE FROM deletions WHERE a = 1;
SELECT * FROM ask();
EXECUTE q;
SELECT * FROM ran('EXECUTE q');
DEALLOCATE q;
RESET ALL;
VACUUM deletions;
SELECT * FROM ask();
SELECT state, advice FROM smol_index_state('deletions_a');
SELECT * FROM plan('SELECT count(*), sum(b) FROM deletions WHERE a > 0');
-- with INDEX_CLEANUP the index hears of it
VACUUM (INDEX_CLEANUP ON) deletions;
SELECT state, advice FROM smol_index_state('deletions_a');
SELECT * FROM ask();
-- and another row takes the dead one's place
INSERT INTO deletions VALUES (1, 5);
SELECT * FROM ask();
VACUUM deletions;
SELECT * FROM ask();
REINDEX INDEX deletions_a;
SELECT state, advice FROM smol_index_state('deletions_a');
SELECT same('SELECT count(*), sum(b) FROM deletions WHERE a > 0', 'deletions_a');

-- a tenth of the rows, in every page
DELETE FROM deletions WHERE b = 3;
SELECT * FROM ask();
VACUUM deletions;
SELECT state, advice FROM smol_index_state('deletions_a');
SELECT * FROM ask();
REINDEX INDEX deletions_a;
SELECT same('SELECT count(*), sum(b) FROM deletions WHERE a > 0', 'deletions_a');

-- the first row of the table
SELECT a AS first FROM deletions WHERE ctid = (SELECT min(ctid) FROM deletions) \gset
DELETE FROM deletions WHERE a = :first;
SELECT * FROM ask();
VACUUM (INDEX_CLEANUP OFF) deletions;
SELECT * FROM ask();
VACUUM (INDEX_CLEANUP ON) deletions;
SELECT * FROM ask();
REINDEX TABLE deletions;
SELECT same('SELECT count(*), sum(b) FROM deletions WHERE a > 0', 'deletions_a');

-- the end of the table, which VACUUM cuts off; and which comes back
DELETE FROM deletions WHERE a > 5000;
SELECT * FROM ask();
VACUUM deletions;
SELECT pg_relation_size('deletions') / 8192 < 100 AS truncated;
SELECT * FROM ask();
INSERT INTO deletions SELECT i, 0, repeat('x', 100) FROM generate_series(20001, 25000) AS i;
VACUUM deletions;
SELECT * FROM ask();
REINDEX INDEX deletions_a;
VACUUM deletions;
SELECT same('SELECT count(*), sum(b) FROM deletions WHERE a > 0', 'deletions_a');

-- all of it
DELETE FROM deletions;
SELECT * FROM ask();
VACUUM deletions;
SELECT * FROM ask();
REINDEX INDEX deletions_a;
SELECT same('SELECT count(*), sum(b) FROM deletions WHERE a > 0', 'deletions_a');

-- without indexes of btree's kind on the table nothing else has been misled
INSERT INTO deletions SELECT i, i % 10 FROM generate_series(1, 1000) AS i;
VACUUM deletions;
REINDEX TABLE deletions;
DELETE FROM deletions WHERE b = 7;
DROP INDEX deletions_a;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT b, count(*) FROM deletions GROUP BY b ORDER BY b;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- a refused DELETE changes nothing
CREATE TABLE kept AS SELECT i AS a FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE kept;
CREATE INDEX kept_a ON kept USING smol (a);
DELETE FROM kept WHERE a = 5;
SELECT same('SELECT count(*), sum(a) FROM kept WHERE a > 0', 'kept_a');
DROP FUNCTION ask;
DROP TABLE deletions, kept;
