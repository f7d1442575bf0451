--
-- SmolScan of partitions and inheritance children, beside tables without a smol
-- index, and in partitionwise joins.
--
SET client_min_messages = warning;
CREATE TABLE exec_part (id int, k int, g int, t text, extra int) PARTITION BY RANGE (k);
CREATE TABLE exec_part_1 PARTITION OF exec_part FOR VALUES FROM (0) TO (1000);
CREATE TABLE exec_part_2 (extra int, t text, g int, k int, id int);
ALTER TABLE exec_part ATTACH PARTITION exec_part_2 FOR VALUES FROM (1000) TO (2000);
CREATE TABLE exec_part_3 PARTITION OF exec_part FOR VALUES FROM (2000) TO (3000);
INSERT INTO exec_part SELECT i, i % 3000, i % 17, 'text ' || i % 5, i FROM generate_series(1, 9000) AS i;
CREATE INDEX exec_part_1_smol ON exec_part_1 USING smol (k) INCLUDE (g, t, id);
CREATE INDEX exec_part_2_smol ON exec_part_2 USING smol (k, g) INCLUDE (id, t);
CREATE INDEX exec_part_3_part ON exec_part_3 USING smol (k) INCLUDE (g, t, id) WHERE g < 10;
CREATE INDEX exec_part_3_btree ON exec_part_3 (k);
VACUUM ANALYZE exec_part;
SET smol.enable_scan = on;
SET enable_seqscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
SELECT * FROM plan('SELECT k, t FROM exec_part WHERE k > 500 AND t = ''text 3''');
SELECT * FROM plan('SELECT k, t FROM exec_part WHERE k BETWEEN 990 AND 2010 AND g = 5 ORDER BY k');
SELECT * FROM plan('SELECT sum(id) FROM exec_part WHERE g = 5');
SELECT q, by_node('SELECT id, k, g, t FROM exec_part WHERE ' || q, 'exec_part_[12]_smol') FROM unnest(ARRAY[
    'k > 500 AND t = ''text 3''', 'k BETWEEN 990 AND 2010 AND g = 5 ORDER BY k, id', 'g = 5', 'k IN (5, 1005, 2005, 999) AND id > 100', 'k = 1500 OR g = 3', 'k >= 500 ORDER BY k, id LIMIT 10']) AS q;
-- partitionwise joins, with parameters, and a partial index on the inner side
CREATE TABLE exec_other (k int, x int) PARTITION BY RANGE (k);
CREATE TABLE exec_other_1 PARTITION OF exec_other FOR VALUES FROM (0) TO (1000);
CREATE TABLE exec_other_2 PARTITION OF exec_other FOR VALUES FROM (1000) TO (2000);
CREATE TABLE exec_other_3 PARTITION OF exec_other FOR VALUES FROM (2000) TO (3000);
INSERT INTO exec_other SELECT i * 50, i % 7 FROM generate_series(0, 59) AS i;
VACUUM ANALYZE exec_other;
SET enable_partitionwise_join = on;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SET enable_indexscan = off;
SELECT * FROM plan('SELECT o.k, p.id, p.t FROM exec_other o JOIN exec_part p ON p.k = o.k WHERE p.g < 10 AND p.id % 2 = 0');
SELECT q, by_node(q, 'exec_part_[12]_smol') FROM unnest(ARRAY[
    'SELECT o.k, p.id, p.t FROM exec_other o JOIN exec_part p ON p.k = o.k WHERE p.g < 10 AND p.id % 2 = 0',
    'SELECT o.k, p.id FROM exec_other o LEFT JOIN exec_part p ON p.k = o.k AND p.g < 10 AND p.t > ''text 2''',
    'SELECT o.k, s.id FROM exec_other o, LATERAL (SELECT id FROM exec_part p WHERE p.k = o.k + o.x AND g < 10 ORDER BY id LIMIT 1) s',
    'SELECT o.k, p.id FROM exec_other o JOIN exec_part p ON p.k = o.k AND p.g = o.x']) AS q;
-- a partial index alone: its predicate need not be asked, and what it says is not dropped
SELECT by_node('SELECT k, id FROM exec_part_3 WHERE g < 10 AND id % 3 = 1', 'exec_part_3_part');
SELECT by_node('SELECT k, id FROM exec_part_3 WHERE g < 5 AND id < 5000', 'exec_part_3_part');
SELECT * FROM plan('SELECT k, id FROM exec_part_3 WHERE g < 10 AND id < 5000');
-- inheritance
CREATE TABLE exec_parent (a int, b text);
CREATE TABLE exec_child (c int) INHERITS (exec_parent);
INSERT INTO exec_parent SELECT i, 'parent' FROM generate_series(1, 1000) AS i;
INSERT INTO exec_child SELECT i, 'child', i FROM generate_series(1, 2000) AS i;
CREATE INDEX exec_parent_smol ON exec_parent USING smol (a) INCLUDE (b);
CREATE INDEX exec_child_smol ON exec_child USING smol (c) INCLUDE (b, a);
VACUUM ANALYZE exec_parent, exec_child;
SELECT * FROM plan('SELECT a, b FROM exec_parent WHERE a < 10');
SELECT by_node('SELECT a, b FROM exec_parent WHERE a < 10', 'exec_child_smol'), by_node('SELECT a, b FROM ONLY exec_parent WHERE a < 10', 'exec_parent_smol');
DROP TABLE exec_part, exec_other, exec_parent, exec_child;
