--
-- REINDEX, DROP and ALTER INDEX, alone and in transactions.
--
\set VERBOSITY terse
CREATE TABLE reindexed AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 5000) AS i;
VACUUM ANALYZE reindexed;
CREATE INDEX reindexed_a ON reindexed USING smol (a) INCLUDE (b) WITH (writes = retire);
INSERT INTO reindexed VALUES (5001, 1);
REINDEX INDEX reindexed_a;
VACUUM reindexed;
SELECT same('SELECT count(*), sum(b), max(a) FROM reindexed WHERE a > 0', 'reindexed_a');
REINDEX TABLE reindexed;
SELECT same('SELECT count(*), sum(b), max(a) FROM reindexed WHERE a > 0', 'reindexed_a');
REINDEX SCHEMA public;
SELECT same('SELECT count(*), sum(b), max(a) FROM reindexed WHERE a > 0', 'reindexed_a');
BEGIN;
DELETE FROM reindexed WHERE a > 4000;
REINDEX INDEX reindexed_a;
SET LOCAL enable_seqscan = off;
SELECT count(*), sum(b), max(a) FROM reindexed WHERE a > 0;
COMMIT;
VACUUM reindexed;
SELECT same('SELECT count(*), sum(b), max(a) FROM reindexed WHERE a > 0', 'reindexed_a');
-- after which a NULL is in the way: the old index stays, stale
INSERT INTO reindexed VALUES (NULL, 1);
REINDEX INDEX reindexed_a;
SELECT state FROM smol_index_state('reindexed_a');
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*), count(a), sum(b) FROM reindexed WHERE a > 0 OR a IS NULL;
ALTER INDEX reindexed_a SET (nulls = store);
REINDEX INDEX reindexed_a;
VACUUM reindexed;
RESET ALL;
SELECT same('SELECT count(*), count(a), sum(b) FROM reindexed WHERE a > 0 OR a IS NULL', 'reindexed_a');
-- a smol index doesn't mind others, nor they it
CREATE INDEX reindexed_btree ON reindexed (a);
CREATE INDEX reindexed_hash ON reindexed USING hash (b);
CREATE INDEX reindexed_brin ON reindexed USING brin (a);
INSERT INTO reindexed VALUES (6000, 6);
SELECT count(*) FROM reindexed WHERE b = 6;
SET enable_seqscan = off;
SELECT count(*), sum(b) FROM reindexed WHERE a > 3990;
RESET ALL;
DROP INDEX reindexed_btree, reindexed_hash, reindexed_brin;
DROP INDEX CONCURRENTLY reindexed_a;
DELETE FROM reindexed;
DROP TABLE reindexed;

-- ALTER INDEX ... ALTER COLUMN SET STATISTICS, and statistics of expressions
CREATE TABLE reindexed AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 5000) AS i;
CREATE INDEX reindexed_e ON reindexed USING smol ((a + b)) INCLUDE (a, b);
ALTER INDEX reindexed_e ALTER COLUMN 1 SET STATISTICS 50;
VACUUM ANALYZE reindexed;
SELECT count(*) FROM pg_stats WHERE tablename = 'reindexed_e';
SELECT same('SELECT count(*) FROM reindexed WHERE a + b < 100', 'reindexed_e');
-- dependent objects
ALTER TABLE reindexed DROP b;
SELECT to_regclass('reindexed_e');
DROP TABLE reindexed;

-- another tablespace
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE regress_smol_space LOCATION '';
CREATE TABLE spaced AS SELECT i AS a FROM generate_series(1, 10000) AS i;
VACUUM spaced;
CREATE INDEX spaced_a ON spaced USING smol (a) TABLESPACE regress_smol_space;
SELECT * FROM sweep('spaced', 'a', 'spaced_a', '{1,5000}');
ALTER INDEX spaced_a SET TABLESPACE pg_default;
SELECT smol_verify('spaced_a'), same('SELECT count(*), sum(a) FROM spaced WHERE a > 5', 'spaced_a');
ALTER TABLE spaced SET TABLESPACE regress_smol_space;
SELECT state FROM smol_index_state('spaced_a');
VACUUM spaced;
SELECT same('SELECT count(*), sum(a) FROM spaced WHERE a > 5', 'spaced_a');
REINDEX (TABLESPACE regress_smol_space) INDEX spaced_a;
SELECT smol_verify('spaced_a'), same('SELECT count(*), sum(a) FROM spaced WHERE a > 5', 'spaced_a');
INSERT INTO spaced VALUES (1);
DROP TABLE spaced;
DROP TABLESPACE regress_smol_space;
