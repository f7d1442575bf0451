--
-- LIKE INCLUDING INDEXES clones a smol index onto an empty table, which then
-- has ways to be loaded.
--
\set VERBOSITY terse
CREATE TABLE patterns AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE patterns;
CREATE INDEX patterns_a ON patterns USING smol (a DESC NULLS LAST) INCLUDE (b) WITH (writes = reject, nulls = store);
CREATE TABLE clones (LIKE patterns INCLUDING INDEXES);
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'clones'::regclass;
INSERT INTO clones TABLE patterns;
-- drop, load, create
DROP INDEX clones_a_b_idx;
INSERT INTO clones TABLE patterns;
VACUUM clones;
CREATE INDEX clones_a ON clones USING smol (a DESC NULLS LAST) INCLUDE (b) WITH (nulls = store);
SELECT same('SELECT a, b FROM clones ORDER BY a DESC NULLS LAST', 'clones_a');
DROP TABLE clones;
-- or retire and reindex
CREATE TABLE clones (LIKE patterns INCLUDING ALL);
ALTER INDEX clones_a_b_idx SET (writes = retire);
INSERT INTO clones TABLE patterns;
REINDEX TABLE clones;
ALTER INDEX clones_a_b_idx SET (writes = reject);
VACUUM clones;
SELECT same('SELECT a, b FROM clones ORDER BY a DESC NULLS LAST', 'clones_a_b_idx');
INSERT INTO clones TABLE patterns;
DROP TABLE clones, patterns;
