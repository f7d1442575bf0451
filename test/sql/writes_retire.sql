--
-- WITH (writes = retire): the table takes writes, the index retires until
-- REINDEX, answers are right all the time.
--
\set VERBOSITY terse
CREATE TABLE retiring AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE retiring;
CREATE INDEX retiring_a ON retiring USING smol (a) INCLUDE (b) WITH (writes = retire);
SELECT same('SELECT count(*), sum(b), max(a) FROM retiring WHERE a > 0', 'retiring_a');
SELECT state, advice FROM smol_index_state('retiring_a');
CREATE FUNCTION ask(OUT count int8, OUT sum int8, OUT max int) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT count(*), sum(b), max(a) INTO count, sum, max FROM retiring WHERE a > 0;
END
$$;
-- each kind of write that adds a row
INSERT INTO retiring VALUES (10001, 1);
SELECT state, advice FROM smol_index_state('retiring_a');
SELECT * FROM ask();
VACUUM retiring;
SELECT state, advice FROM smol_index_state('retiring_a');
SELECT * FROM ask();
REINDEX INDEX retiring_a;
SELECT state, advice FROM smol_index_state('retiring_a');
SELECT same('SELECT count(*), sum(b), max(a) FROM retiring WHERE a > 0', 'retiring_a');
COPY retiring FROM STDIN;
10002	2
\.
SELECT state FROM smol_index_state('retiring_a');
SELECT * FROM ask();
REINDEX TABLE retiring;
VACUUM retiring;
UPDATE retiring SET a = 10003 WHERE a = 10002;
SELECT state FROM smol_index_state('retiring_a');
SELECT * FROM ask();
REINDEX INDEX retiring_a;
VACUUM retiring;
MERGE INTO retiring r USING (VALUES (10004, 4), (1, 100)) AS s(a, b) ON r.a = s.a
WHEN MATCHED THEN UPDATE SET b = s.b WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b);
SELECT state FROM smol_index_state('retiring_a');
SELECT * FROM ask();
REINDEX INDEX retiring_a;
VACUUM retiring;
-- deletes
DELETE FROM retiring WHERE a > 9000;
SELECT * FROM ask();
VACUUM retiring;
SELECT state FROM smol_index_state('retiring_a');
SELECT * FROM ask();
REINDEX INDEX retiring_a;
VACUUM retiring;
SELECT same('SELECT count(*), sum(b), max(a) FROM retiring WHERE a > 0', 'retiring_a');

-- seen at once by its own transaction, gone with it
BEGIN;
INSERT INTO retiring VALUES (20000, 0);
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- another index on the table keeps its own rule
CREATE INDEX retiring_b ON retiring USING smol (b);
INSERT INTO retiring VALUES (20000, 0);
SELECT * FROM ask();
DROP INDEX retiring_b;

-- the rule can be changed
REINDEX INDEX retiring_a;
ALTER INDEX retiring_a SET (writes = reject);
INSERT INTO retiring VALUES (20000, 0);
ALTER INDEX retiring_a SET (writes = retire);
INSERT INTO retiring VALUES (20000, 0);
SELECT * FROM ask();
ALTER INDEX retiring_a RESET (writes);
INSERT INTO retiring VALUES (20001, 0);
SELECT * FROM ask();
REINDEX INDEX retiring_a;
VACUUM retiring;
SELECT same('SELECT count(*), sum(b), max(a) FROM retiring WHERE a > 0', 'retiring_a');
SELECT smol_verify('retiring_a');
DROP FUNCTION ask;
DROP TABLE retiring;
