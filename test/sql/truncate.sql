--
-- TRUNCATE empties the index with the table, be it in place or not.
--
\set VERBOSITY terse
CREATE TABLE truncated AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 5000) AS i;
VACUUM ANALYZE truncated;
CREATE INDEX truncated_a ON truncated USING smol (a);
CREATE INDEX truncated_expr ON truncated USING smol ((a + b)) INCLUDE (a, b) WHERE b > 5;
TRUNCATE truncated;
SELECT rows FROM smol_index_stats('truncated_a');
SELECT rows FROM smol_index_stats('truncated_expr');
SELECT same('SELECT a FROM truncated ORDER BY a', 'truncated_a');
SELECT same('SELECT a + b FROM truncated WHERE b > 5 AND a + b > 0', 'truncated_expr');
INSERT INTO truncated VALUES (1, 1);
SELECT count(*) FROM truncated;

-- rolled back, it is as before
DROP INDEX truncated_a, truncated_expr;
INSERT INTO truncated SELECT i, i % 10 FROM generate_series(1, 5000) AS i;
VACUUM ANALYZE truncated;
CREATE INDEX truncated_a ON truncated USING smol (a);
BEGIN;
TRUNCATE truncated;
SELECT count(*) FROM truncated;
SELECT rows FROM smol_index_stats('truncated_a');
ROLLBACK;
SELECT rows FROM smol_index_stats('truncated_a');
SELECT same('SELECT count(*), min(a), max(a) FROM truncated WHERE a > 0', 'truncated_a');

-- in place: a table, or its file, that is new in this transaction
BEGIN;
CREATE TABLE new AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 5000) AS i;
CREATE INDEX new_a ON new USING smol (a DESC) INCLUDE (b) WITH (writes = retire);
CREATE INDEX new_expr ON new USING smol ((a + b)) INCLUDE (a, b) WHERE b > 5;
SELECT count(*) FROM new;
TRUNCATE new;
SET LOCAL enable_seqscan = off;
SELECT a FROM new ORDER BY a;
SELECT a FROM new WHERE b > 5 AND a + b > 0;
SELECT rows FROM smol_index_stats('new_a');
DROP INDEX new_expr;
INSERT INTO new VALUES (1, 1), (2, 2);
SELECT a, b FROM new ORDER BY a;
COMMIT;
VACUUM new;
SELECT a, b FROM new ORDER BY a;
REINDEX INDEX new_a;
SELECT same('SELECT a, b FROM new ORDER BY a', 'new_a');

-- in a savepoint that goes
BEGIN;
CREATE TABLE newer AS SELECT i AS a FROM generate_series(1, 5000) AS i;
CREATE INDEX newer_a ON newer USING smol (a);
SAVEPOINT s;
TRUNCATE newer;
SELECT count(*) FROM newer;
ROLLBACK TO s;
SET LOCAL enable_seqscan = off;
SELECT count(*), min(a), max(a) FROM newer;
COMMIT;
VACUUM newer;
SELECT same('SELECT count(*), min(a), max(a) FROM newer WHERE a > 0', 'newer_a');

-- ON COMMIT DELETE ROWS
CREATE TEMP TABLE transient (a int, b int) ON COMMIT DELETE ROWS;
CREATE INDEX transient_a ON transient USING smol (a) WITH (writes = retire);
CREATE INDEX transient_expr ON transient USING smol ((a * 2)) WHERE b > 0;
BEGIN;
DROP INDEX transient_expr;
INSERT INTO transient VALUES (1, 1), (2, 2);
SET LOCAL enable_seqscan = off;
SELECT a FROM transient ORDER BY a;
COMMIT;
SELECT a FROM transient ORDER BY a;
BEGIN;
INSERT INTO transient VALUES (3, 3);
SET LOCAL enable_seqscan = off;
SELECT a FROM transient WHERE a > 0 ORDER BY a;
COMMIT;
SELECT count(*) FROM transient WHERE a > 0;
DROP TABLE truncated, new, newer, transient;
