--
-- Aborted inserts and deletes change no answer, and VACUUM copes with what they
-- leave.
--
\set VERBOSITY terse
CREATE TABLE aborted AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE aborted;
CREATE INDEX aborted_a ON aborted USING smol (a) INCLUDE (b) WITH (writes = retire);
CREATE TABLE sealed AS TABLE aborted;
VACUUM ANALYZE sealed;
CREATE INDEX sealed_a ON sealed USING smol (a) INCLUDE (b);
CREATE FUNCTION ask("table" regclass, OUT count int8, OUT sum int8, OUT max int) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    EXECUTE format('SELECT count(*), sum(b), max(a) FROM %s WHERE a > 0', "table") INTO count, sum, max;
END
$$;
-- deletes
BEGIN;
DELETE FROM aborted WHERE a % 100 = 0;
SELECT * FROM ask('aborted');
ROLLBACK;
SELECT state FROM smol_index_state('aborted_a');
SELECT * FROM ask('aborted');
SELECT same('SELECT count(*), sum(b), max(a) FROM aborted WHERE a > 0', 'aborted_a');
VACUUM aborted;
SELECT state FROM smol_index_state('aborted_a');
SELECT same('SELECT count(*), sum(b), max(a) FROM aborted WHERE a > 0', 'aborted_a');
-- in a subtransaction of one that commits
BEGIN;
SAVEPOINT s;
DELETE FROM aborted;
SELECT * FROM ask('aborted');
ROLLBACK TO s;
SELECT * FROM ask('aborted');
COMMIT;
SELECT * FROM ask('aborted');
VACUUM aborted;
SELECT same('SELECT count(*), sum(b), max(a) FROM aborted WHERE a > 0', 'aborted_a');
-- updates and inserts: the index retires and stays so, with the right answers
BEGIN;
UPDATE aborted SET b = b + 1 WHERE a = 5;
INSERT INTO aborted VALUES (50000, 1);
SELECT * FROM ask('aborted');
ROLLBACK;
SELECT state FROM smol_index_state('aborted_a');
SELECT * FROM ask('aborted');
VACUUM aborted;
SELECT state FROM smol_index_state('aborted_a');
SELECT * FROM ask('aborted');
VACUUM (INDEX_CLEANUP ON, FREEZE) aborted;
SELECT * FROM ask('aborted');
REINDEX INDEX aborted_a;
SELECT same('SELECT count(*), sum(b), max(a) FROM aborted WHERE a > 0', 'aborted_a');

-- what a refused insert has left in the heap before the index refused it
DO $$ BEGIN FOR i IN 1 .. 20 LOOP BEGIN INSERT INTO sealed VALUES (i, i); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;
SELECT * FROM ask('sealed');
VACUUM sealed;
VACUUM (INDEX_CLEANUP ON) sealed;
SELECT state FROM smol_index_state('sealed_a');
SELECT same('SELECT count(*), sum(b), max(a) FROM sealed WHERE a > 0', 'sealed_a');

-- an index whose creation is rolled back
BEGIN;
CREATE INDEX sealed_b ON sealed USING smol (b);
ROLLBACK;
SELECT to_regclass('sealed_b');
BEGIN;
SAVEPOINT s;
CREATE INDEX sealed_b ON sealed USING smol (b);
ROLLBACK TO s;
CREATE INDEX sealed_b ON sealed USING smol (b DESC);
COMMIT;
SELECT same('SELECT b FROM sealed ORDER BY b', 'sealed_b');
-- a REINDEX that is rolled back
BEGIN;
DELETE FROM aborted WHERE a > 9000;
REINDEX INDEX aborted_a;
SELECT * FROM ask('aborted');
ROLLBACK;
SELECT * FROM ask('aborted');
SELECT same('SELECT count(*), sum(b), max(a) FROM aborted WHERE a > 0', 'aborted_a');
BEGIN;
SAVEPOINT s;
DELETE FROM aborted WHERE a > 9000;
REINDEX INDEX aborted_a;
ROLLBACK TO s;
SELECT * FROM ask('aborted');
COMMIT;
SELECT * FROM ask('aborted');
VACUUM aborted;
SELECT same('SELECT count(*), sum(b), max(a) FROM aborted WHERE a > 0', 'aborted_a');
DROP FUNCTION ask;
DROP TABLE aborted, sealed;
