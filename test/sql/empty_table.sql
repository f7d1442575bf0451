--
-- An index on an empty table answers with nothing, and keeps the table empty.
--
\set VERBOSITY terse
CREATE TABLE empties (a int, b text);
CREATE INDEX empties_a ON empties USING smol (a) INCLUDE (b);
CREATE INDEX empties_b ON empties USING smol (b DESC, a);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT a, b FROM empties WHERE a > 5', 'empties_a'),
    ('SELECT a FROM empties ORDER BY a', 'empties_a'),
    ('SELECT a FROM empties ORDER BY a DESC', 'empties_a'),
    ('SELECT b, a FROM empties ORDER BY b DESC, a', 'empties_b'),
    ('SELECT count(*), min(a), max(b) FROM empties WHERE a = 5', 'empties_a')) AS v(q, i);
SELECT rows, leaf_pages, height FROM smol_index_stats('empties_a');
SELECT attnum, name, is_key, bytes, bytes_per_row FROM smol_inspect('empties_a');
SELECT smol_verify('empties_a');
SELECT index, rows, state, advice FROM smol_indexes WHERE "table" = 'empties'::regclass ORDER BY index::text;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT a FROM empties ORDER BY a;
FETCH NEXT FROM c;
FETCH PRIOR FROM c;
FETCH LAST FROM c;
COMMIT;
RESET ALL;
VACUUM ANALYZE empties;
SELECT same('SELECT a FROM empties ORDER BY a', 'empties_a');
INSERT INTO empties VALUES (1, 'x');
COPY empties FROM STDIN;
2	y
\.
SELECT count(*) FROM empties;
-- an UPDATE or DELETE of no rows is as much refused as of some
UPDATE empties SET a = 1;
DELETE FROM empties;
TRUNCATE empties;
-- how to load it: drop, load, create
DROP INDEX empties_a, empties_b;
INSERT INTO empties SELECT i, i FROM generate_series(1, 100) AS i;
VACUUM empties;
CREATE INDEX empties_a ON empties USING smol (a) INCLUDE (b);
SELECT same('SELECT a, b FROM empties WHERE a > 5', 'empties_a');
-- one row
DROP TABLE empties;
CREATE TABLE single (a int);
INSERT INTO single VALUES (5);
VACUUM ANALYZE single;
CREATE INDEX single_a ON single USING smol (a);
SELECT * FROM sweep('single', 'a', 'single_a', '{4,5,6}');
DROP TABLE single;
-- all rows deleted before the build
CREATE TABLE gone AS SELECT i AS a FROM generate_series(1, 5000) AS i;
DELETE FROM gone;
CREATE INDEX gone_a ON gone USING smol (a);
SELECT same('SELECT a FROM gone ORDER BY a', 'gone_a');
VACUUM gone;
SELECT same('SELECT a FROM gone ORDER BY a', 'gone_a');
-- no columns in the table but those of the index, no rows but dead ones
SELECT rows FROM smol_index_stats('gone_a');
DROP TABLE gone;
