--
-- HOT updates leave the index as it is: its rows are still those of the table.
--
\set VERBOSITY terse
CREATE TABLE hot (a int, b text) WITH (fillfactor = 50);
INSERT INTO hot SELECT i, 'b' || i FROM generate_series(1, 2000) AS i;
VACUUM ANALYZE hot;
CREATE INDEX hot_a ON hot USING smol (a) WITH (writes = retire);
CREATE FUNCTION ask() RETURNS text LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN format('%s %s %s; %s', (SELECT count(*) FROM hot WHERE a > 0), (SELECT sum(a) FROM hot WHERE a > 0), (SELECT max(a) FROM hot),
                  (SELECT b FROM hot WHERE a = 5));
END
$$;
SELECT ask();
UPDATE hot SET b = 'new' WHERE a % 5 = 0;
SELECT state FROM smol_index_state('hot_a');
SELECT ask();
VACUUM hot;
SELECT state FROM smol_index_state('hot_a');
SELECT same('SELECT count(*), sum(a), max(a) FROM hot WHERE a > 0', 'hot_a');
SELECT ask();
-- again, before VACUUM has come
UPDATE hot SET b = 'newer' WHERE a = 5;
UPDATE hot SET b = 'newest' WHERE a = 5;
SELECT state FROM smol_index_state('hot_a');
SELECT same('SELECT count(*), sum(a), max(a) FROM hot WHERE a > 0', 'hot_a');
SELECT ask();
-- rolled back, in a subtransaction and whole
BEGIN;
UPDATE hot SET b = 'half' WHERE a < 30;
SAVEPOINT s;
UPDATE hot SET b = 'other half' WHERE a BETWEEN 20 AND 45;
SELECT ask();
ROLLBACK TO s;
SELECT ask();
ROLLBACK;
SELECT ask();
SELECT state FROM smol_index_state('hot_a');
SELECT same('SELECT count(*), sum(a), max(a) FROM hot WHERE a > 0', 'hot_a');
VACUUM hot;
SELECT same('SELECT count(*), sum(a), max(a) FROM hot WHERE a > 0', 'hot_a');
-- an index built over chains
UPDATE hot SET b = 'chain' WHERE a <= 10;
CREATE INDEX hot_a2 ON hot USING smol (a) INCLUDE (b) WITH (writes = retire);
VACUUM hot;
DROP INDEX hot_a;
SELECT same('SELECT a, b FROM hot ORDER BY a', 'hot_a2');
-- now b is indexed, so a change of it is none for HOT
UPDATE hot SET b = 'indexed' WHERE a = 5;
SELECT state FROM smol_index_state('hot_a2');
SELECT ask();
REINDEX INDEX hot_a2;
VACUUM hot;
SELECT same('SELECT a, b FROM hot ORDER BY a', 'hot_a2');
-- the head of a chain goes with the whole row
CREATE INDEX hot_a ON hot USING smol (a) WITH (writes = retire);
DROP INDEX hot_a2;
UPDATE hot SET b = 'doomed' WHERE a = 7;
DELETE FROM hot WHERE a = 7;
SELECT ask();
VACUUM (INDEX_CLEANUP ON) hot;
SELECT state FROM smol_index_state('hot_a');
SELECT ask();
-- updates of the key
REINDEX INDEX hot_a;
VACUUM hot;
UPDATE hot SET a = a + 10000 WHERE a = 8;
SELECT state FROM smol_index_state('hot_a');
SELECT ask();
DROP FUNCTION ask();
DROP TABLE hot;
