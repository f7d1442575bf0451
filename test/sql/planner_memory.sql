--
-- What planning remembers of an index is right for each query, and forgotten
-- when what it comes from changes.
--
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET enable_bitmapscan = off;
SET smol.enable_scan = on;

-- whether an operator is strict: only then may an index test it
CREATE TABLE memory_op AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 20000) AS i;
CREATE INDEX memory_op_smol ON memory_op USING smol (a) INCLUDE (b);
VACUUM ANALYZE memory_op;
CREATE FUNCTION memory_less(int, int) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION memory_compare(int, int) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE OPERATOR <<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = memory_less);
CREATE OPERATOR CLASS memory_ops FOR TYPE int USING btree AS OPERATOR 1 <<<<, FUNCTION 1 memory_compare(int, int);
SELECT * FROM plan('SELECT count(*) FROM memory_op WHERE b <<<< 3');
ALTER FUNCTION memory_less CALLED ON NULL INPUT;
SELECT * FROM plan('SELECT count(*) FROM memory_op WHERE b <<<< 3');
ALTER FUNCTION memory_less STRICT;
SELECT * FROM plan('SELECT count(*) FROM memory_op WHERE b <<<< 3');

-- orders: forward, backward, and where a condition fixes the first column
CREATE TABLE memory_order AS SELECT i % 2 = 0 AS flag, i % 100 AS a, CASE WHEN i % 7 > 0 THEN i END AS b, i AS c FROM generate_series(1, 20000) AS i;
CREATE INDEX memory_order_flag ON memory_order USING smol (flag, c DESC) INCLUDE (a);
CREATE INDEX memory_order_ab ON memory_order USING smol (a DESC NULLS LAST, b NULLS FIRST) INCLUDE (c) WITH (nulls = store);
VACUUM ANALYZE memory_order;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_seqscan = off;
SET enable_sort = off;
SET enable_incremental_sort = off;
SELECT q, string_agg(ltrim(p), ' / ') AS plan FROM unnest(ARRAY[
    'SELECT c FROM memory_order WHERE flag ORDER BY c DESC LIMIT 3', 'SELECT c FROM memory_order WHERE NOT flag ORDER BY c LIMIT 3',
    'SELECT c FROM memory_order ORDER BY flag DESC, c LIMIT 3', 'SELECT b FROM memory_order WHERE a = 5 ORDER BY b NULLS FIRST LIMIT 3',
    'SELECT b FROM memory_order WHERE a = 5 ORDER BY b DESC NULLS LAST LIMIT 3', 'SELECT a, b FROM memory_order ORDER BY a NULLS FIRST, b DESC NULLS LAST LIMIT 3',
    'SELECT a, b FROM memory_order ORDER BY a DESC NULLS LAST, b NULLS FIRST LIMIT 3', 'SELECT a, b FROM memory_order ORDER BY a DESC NULLS FIRST LIMIT 3',
    'SELECT a, b FROM memory_order ORDER BY a NULLS FIRST, b NULLS FIRST LIMIT 3']) AS q, plan(q) AS p GROUP BY q ORDER BY q COLLATE "C";
SELECT q, by_node(q, 'memory_order_\w+') FROM unnest(ARRAY[
    'SELECT c FROM memory_order WHERE flag ORDER BY c DESC LIMIT 3', 'SELECT c FROM memory_order WHERE NOT flag ORDER BY c LIMIT 3',
    'SELECT b FROM memory_order WHERE a = 5 ORDER BY b NULLS FIRST LIMIT 30', 'SELECT b FROM memory_order WHERE a = 5 ORDER BY b DESC NULLS LAST LIMIT 30',
    'SELECT a, b FROM memory_order ORDER BY a NULLS FIRST, b DESC NULLS LAST LIMIT 300']) AS q;
RESET enable_sort;
RESET enable_incremental_sort;
RESET enable_seqscan;
RESET enable_indexonlyscan;
RESET enable_indexscan;

RESET smol.enable_scan;

-- indexes of a table that cover different parts of it: each is judged for itself
CREATE TABLE memory_parts AS SELECT i AS a, repeat('x', 100) AS b, i % 3 AS c FROM generate_series(1, 20000) AS i;
CREATE INDEX memory_parts_late ON memory_parts USING smol (a) INCLUDE (c) WITH (writes = retire) WHERE a > 19000;
CREATE INDEX memory_parts_all ON memory_parts USING smol (c) INCLUDE (a) WITH (writes = retire);
CREATE INDEX memory_parts_early ON memory_parts USING smol (a) INCLUDE (c) WITH (writes = retire) WHERE a < 1000;
VACUUM ANALYZE memory_parts;
SET smol.max_heap_checks = 0;
SELECT * FROM plan('SELECT sum(c) FROM memory_parts WHERE a < 1000');
SELECT * FROM plan('SELECT sum(a) FROM memory_parts WHERE c < 2');
SELECT * FROM plan('SELECT sum(c) FROM memory_parts WHERE a > 19000');
DELETE FROM memory_parts WHERE a = 19990;
SELECT * FROM plan('SELECT sum(c) FROM memory_parts WHERE a < 1000');
SELECT * FROM plan('SELECT sum(a) FROM memory_parts WHERE c < 2');
SELECT * FROM plan('SELECT sum(c) FROM memory_parts WHERE a > 19000');
DROP TABLE memory_parts, memory_order, memory_op;
DROP OPERATOR FAMILY memory_ops USING btree;
DROP OPERATOR <<<< (int, int);
DROP FUNCTION memory_less, memory_compare;
