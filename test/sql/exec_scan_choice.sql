--
-- With all enable_* settings on the planner takes SmolScan where it is faster, and
-- something else where that is; and for what SmolScan can't do.
--
\set VERBOSITY terse
CREATE TABLE exec_choice AS SELECT (i * 7919::int8 % 200003)::int AS a, i % 1000 AS b, i AS c, repeat('x', 50) AS filler FROM generate_series(1, 200000) AS i;
CREATE INDEX exec_choice_smol ON exec_choice USING smol (a) INCLUDE (b) WITH (writes = retire);
CREATE INDEX exec_choice_btree ON exec_choice (a) INCLUDE (b);
CREATE INDEX exec_choice_btree_b ON exec_choice (b);
VACUUM ANALYZE exec_choice;
-- pages that a bulk load leaves empty aren't all-visible: that should not count here
SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'exec_choice', 'relallvisible', 1000000) AS done;
SET smol.enable_scan = on;
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION node(query text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substring(p FROM '(SmolScan|Index Only Scan|Index Scan|Bitmap Heap Scan|(?:Seq|Sample) Scan on exec_choice)'), ', ')
    FROM plan(query) AS p WHERE p ~ 'Scan' AND p !~ 'Bitmap Index'
$$;
SELECT q, node(q) FROM unnest(ARRAY[
    -- many rows, or many to be filtered
    'SELECT a, b FROM exec_choice', 'SELECT count(*) FROM exec_choice', 'SELECT count(*) FROM exec_choice WHERE a BETWEEN 1000 AND 9000',
    'SELECT a FROM exec_choice WHERE b + a = 7', 'SELECT a, b FROM exec_choice ORDER BY a', 'SELECT a, b FROM exec_choice WHERE b < 500 ORDER BY a DESC',
    'SELECT a, b FROM exec_choice WHERE a = ANY (ARRAY(SELECT generate_series(1, 100000, 10)))',
    'SELECT x.b, count(*) FROM exec_choice x JOIN exec_choice y ON x.a = y.a + 1 GROUP BY x.b',
    -- a few rows of the key
    'SELECT b FROM exec_choice WHERE a = 500', 'SELECT a, b FROM exec_choice ORDER BY a LIMIT 1', 'SELECT max(a) FROM exec_choice',
    -- other columns, or another index
    'SELECT c FROM exec_choice WHERE a BETWEEN 1000 AND 1100', 'SELECT c FROM exec_choice', 'SELECT c FROM exec_choice WHERE b = 7',
    -- what it can't do
    'SELECT exec_choice FROM exec_choice', 'SELECT ctid, a FROM exec_choice', 'SELECT tableoid, a FROM exec_choice',
    'SELECT a, b FROM exec_choice FOR UPDATE', 'SELECT a, b FROM exec_choice FOR KEY SHARE', 'SELECT a FROM exec_choice TABLESAMPLE BERNOULLI (10)',
    'UPDATE exec_choice SET c = 3 WHERE b > 990', 'DELETE FROM exec_choice WHERE b = 3', 'UPDATE exec_choice SET c = 3 FROM (SELECT max(a) AS m FROM exec_choice) AS s WHERE a = m']) AS q;
-- an INSERT ... SELECT may read by it
CREATE TABLE exec_copy (a int, b int);
SELECT node('INSERT INTO exec_copy SELECT a, b FROM exec_choice WHERE b < 500');
INSERT INTO exec_copy SELECT a, b FROM exec_choice WHERE b < 500;
SELECT count(*), sum(a), sum(b) FROM exec_copy;
-- in the subquery of an UPDATE that has to look again at a row
UPDATE exec_copy SET b = (SELECT max(b) FROM exec_choice x WHERE x.a BETWEEN exec_copy.a - 5 AND exec_copy.a) WHERE a < 100;
SELECT count(*), sum(b) FROM exec_copy WHERE a < 100;
-- why not
SET smol.explain_declined = on;
SELECT node('SELECT a, c FROM exec_choice');
SELECT node('SELECT a FROM exec_choice WHERE c + a = 5');
SELECT node('SELECT x FROM exec_choice AS x');
SELECT node('SELECT xmin FROM exec_choice');
SELECT node('SELECT a FROM exec_choice FOR SHARE');
SELECT node('SELECT a FROM exec_choice TABLESAMPLE SYSTEM (10)');
SELECT node('SELECT a, b FROM exec_choice');
SELECT node('SELECT a, b FROM exec_choice WHERE a = 500');
SELECT node('SELECT a, b FROM exec_choice WHERE a BETWEEN 500 AND 600');
CREATE INDEX exec_choice_part ON exec_choice USING smol (b) WITH (writes = retire) WHERE a > 10;
VACUUM exec_choice;
SELECT node('SELECT b FROM exec_choice');
RESET smol.explain_declined;
-- of an order that begins as the index does some rows are sorted, not all
BEGIN;
DROP INDEX exec_choice_btree;
SELECT * FROM plan('SELECT a, b FROM exec_choice ORDER BY a DESC, b DESC LIMIT 10');
ROLLBACK;
-- off
SET smol.enable_scan = off;
SELECT node('SELECT a, b FROM exec_choice');
RESET ALL;
DROP FUNCTION node;
DROP TABLE exec_choice, exec_copy;
