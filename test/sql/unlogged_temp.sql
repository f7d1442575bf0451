--
-- Unlogged and temporary tables.
--
\set VERBOSITY terse
CREATE UNLOGGED TABLE unlogged AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 2000) AS i;
CREATE TEMP TABLE temporary AS TABLE unlogged;
VACUUM ANALYZE unlogged, temporary;
CREATE INDEX unlogged_a ON unlogged USING smol (a) INCLUDE (b);
CREATE INDEX temporary_a ON temporary USING smol (a) INCLUDE (b);
SELECT pg_relation_size('unlogged_a', 'init') > 0 AS has_init_fork;
SELECT pg_relation_size('temporary_a', 'init') > 0 AS has_init_fork;
SELECT * FROM sweep('unlogged', 'a', 'unlogged_a', '{0,1,1000,2000}');
SELECT * FROM sweep('temporary', 'a', 'temporary_a', '{0,1,1000,2000}');
SELECT same('SELECT a, b FROM temporary WHERE b = 5 AND a < 1000', 'temporary_a');
SELECT smol_verify('unlogged_a'), smol_verify('temporary_a');
INSERT INTO unlogged VALUES (1);
INSERT INTO temporary VALUES (1);
-- from one to the other and back
ALTER TABLE unlogged SET LOGGED;
SELECT pg_relation_size('unlogged_a', 'init') > 0 AS has_init_fork;
VACUUM unlogged;
SELECT same('SELECT count(*), sum(b) FROM unlogged WHERE a > 10', 'unlogged_a');
ALTER TABLE unlogged SET UNLOGGED;
SELECT pg_relation_size('unlogged_a', 'init') > 0 AS has_init_fork;
VACUUM unlogged;
SELECT same('SELECT count(*), sum(b) FROM unlogged WHERE a > 10', 'unlogged_a');
-- other sessions' temporary indexes don't disturb the view
SELECT index, rows, state FROM smol_indexes WHERE "table" IN ('unlogged'::regclass, 'temporary'::regclass) ORDER BY index::text;
DROP TABLE unlogged, temporary;
