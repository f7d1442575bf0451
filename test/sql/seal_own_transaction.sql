--
-- A transaction that fills a table, indexes it and goes on writing sees its own
-- rows, each at its time.
--
\set VERBOSITY terse
SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
CREATE TABLE own AS SELECT i AS a FROM generate_series(1, 5000) AS i;
CREATE INDEX own_a ON own USING smol (a) WITH (writes = retire);
SELECT count(*), min(a), max(a) FROM own WHERE a > 0;
DELETE FROM own WHERE a = 1;
SELECT count(*), min(a), max(a) FROM own WHERE a > 0;
INSERT INTO own VALUES (0), (6000);
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
UPDATE own SET a = 7000 WHERE a = 6000;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
REINDEX INDEX own_a;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
COMMIT;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
VACUUM own;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
REINDEX INDEX own_a;
VACUUM own;
RESET enable_seqscan;
SELECT same('SELECT count(*), min(a), max(a) FROM own WHERE a >= 0', 'own_a');
SET enable_seqscan = off;

-- rows of this transaction, an index over them, a cursor from before them
BEGIN;
DECLARE c CURSOR FOR SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
INSERT INTO own VALUES (8000);
FETCH c;
DECLARE d CURSOR FOR SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
DELETE FROM own WHERE a = 8000;
FETCH d;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
COMMIT;

-- a repeatable read transaction that indexes what it has written
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM own WHERE a >= 0;
INSERT INTO own VALUES (9000);
DELETE FROM own WHERE a = 7000;
DROP INDEX own_a;
CREATE INDEX own_a ON own USING smol (a) WITH (writes = retire);
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
COMMIT;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
VACUUM own;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;

-- and serializable
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
DELETE FROM own WHERE a = 9000;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
COMMIT;
SELECT count(*), min(a), max(a) FROM own WHERE a >= 0;
RESET ALL;

-- a function sees what its statement's snapshot sees
CREATE FUNCTION stable_count() RETURNS int8 LANGUAGE sql STABLE AS 'SELECT count(*) FROM own WHERE a >= 0';
CREATE FUNCTION volatile_count() RETURNS int8 LANGUAGE sql VOLATILE AS 'SELECT count(*) FROM own WHERE a >= 0';
REINDEX INDEX own_a;
VACUUM own;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
WITH w AS (INSERT INTO own SELECT 9000 + i FROM generate_series(1, 3) AS i RETURNING a, stable_count() AS s, volatile_count() AS v)
SELECT a, s, v FROM w;
SELECT stable_count(), volatile_count();
RESET ALL;
DROP FUNCTION stable_count, volatile_count;
DROP TABLE own;
