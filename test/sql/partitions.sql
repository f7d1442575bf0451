--
-- Partitioned tables: an index on the root is one on each leaf; queries append
-- and merge them; writes through the root are refused where the leaf's are.
--
\set VERBOSITY terse
CREATE TABLE parts (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (2000);
CREATE TABLE parts_sub PARTITION OF parts FOR VALUES FROM (2000) TO (4000) PARTITION BY LIST (v);
CREATE TABLE parts_3 PARTITION OF parts_sub FOR VALUES IN (0, 1, 2);
CREATE TABLE parts_4 PARTITION OF parts_sub DEFAULT;
INSERT INTO parts SELECT i, i % 7 FROM generate_series(0, 3999) AS i;
VACUUM ANALYZE parts;
CREATE INDEX parts_k ON parts USING smol (k) INCLUDE (v);
SELECT c.relname, c.relkind, i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname LIKE 'parts%' ORDER BY 1;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT k, v FROM parts WHERE k BETWEEN 900 AND 2100 ORDER BY k DESC LIMIT 5;
SELECT k, v FROM parts WHERE k BETWEEN 900 AND 2100 ORDER BY k DESC LIMIT 5;
SELECT count(*), sum(v), min(k), max(k) FROM parts WHERE k BETWEEN 900 AND 2100;
SELECT k, v FROM parts ORDER BY k OFFSET 1998 LIMIT 4;
SELECT count(*), sum(v) FROM parts;
RESET ALL;
SELECT count(*), sum(v) FROM parts;

-- writes through the root
INSERT INTO parts VALUES (5, 5);
INSERT INTO parts VALUES (2500, 1);
COPY parts FROM STDIN;
1500	5
\.
UPDATE parts SET v = 0 WHERE k = 5;
UPDATE parts SET k = 1500 WHERE k = 5;
DELETE FROM parts WHERE k = 2500;
DELETE FROM parts_3;
MERGE INTO parts p USING (VALUES (7, 7)) AS s(k, v) ON p.k = s.k WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.k, s.v);
SELECT count(*), sum(v), sum(k) FROM parts;

-- a leaf that has none may be written, also through the root
CREATE TABLE parts_5 (k int, v int);
INSERT INTO parts_5 SELECT i, i % 7 FROM generate_series(4000, 4999) AS i;
VACUUM parts_5;
ALTER TABLE parts ATTACH PARTITION parts_5 FOR VALUES FROM (4000) TO (5000);
SELECT count(*), sum(v), min(k), max(k) FROM parts;
INSERT INTO parts VALUES (4500, 5);
ALTER TABLE parts DETACH PARTITION parts_5;
DROP INDEX parts_5_k_v_idx;
INSERT INTO parts_5 VALUES (4500, 5);
DROP TABLE parts_5;

-- a fresh leaf: its index comes along; loading is refused, unless it is
-- written before it is attached, or its index retires
CREATE TABLE parts_6 PARTITION OF parts FOR VALUES FROM (6000) TO (7000);
INSERT INTO parts VALUES (6000, 1);
INSERT INTO parts_6 VALUES (6000, 1);
ALTER INDEX parts_6_k_v_idx SET (writes = retire);
INSERT INTO parts SELECT i, 1 FROM generate_series(6000, 6999) AS i;
SET enable_seqscan = off;
SELECT count(*), sum(v) FROM parts WHERE k >= 3900;
REINDEX TABLE parts_6;
VACUUM parts_6;
SELECT same('SELECT count(*), sum(v) FROM parts_6 WHERE k >= 6500', 'parts_6_k_v_idx');
ALTER INDEX parts_6_k_v_idx RESET (writes);
INSERT INTO parts VALUES (6000, 1);

-- attach the leaf's index by hand
CREATE TABLE parts_7 (k int, v int);
INSERT INTO parts_7 SELECT i, 3 FROM generate_series(7000, 7999) AS i;
VACUUM parts_7;
CREATE INDEX parts_7_k ON parts_7 USING smol (k) INCLUDE (v);
ALTER TABLE parts ATTACH PARTITION parts_7 FOR VALUES FROM (7000) TO (8000);
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'parts_k'::regclass ORDER BY 1::text;
SELECT count(*), sum(v) FROM parts WHERE k >= 6990;

-- ATTACH in mid-statement doesn't lose the row being written
CREATE TABLE parts_8 (k int, v int);
CREATE FUNCTION attach() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    ALTER TABLE parts ATTACH PARTITION parts_8 FOR VALUES FROM (8000) TO (9000);
    RETURN 8000;
END
$$;
INSERT INTO parts_8 SELECT attach(), 1;
SELECT count(*) FROM parts_8;
DROP FUNCTION attach;

DROP INDEX parts_k;
SELECT count(*) FROM pg_class WHERE relname LIKE 'parts%idx' OR relname = 'parts_7_k';
INSERT INTO parts VALUES (5, 5);
DROP TABLE parts, parts_8;

-- on the root only, then leaf by leaf
CREATE TABLE roots (k int) PARTITION BY HASH (k);
CREATE TABLE roots_0 PARTITION OF roots FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE roots_1 PARTITION OF roots FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO roots SELECT generate_series(1, 1000);
VACUUM ANALYZE roots;
CREATE INDEX roots_k ON ONLY roots USING smol (k);
CREATE INDEX roots_0_k ON roots_0 USING smol (k);
CREATE INDEX roots_1_k ON roots_1 USING smol (k);
ALTER INDEX roots_k ATTACH PARTITION roots_0_k;
ALTER INDEX roots_k ATTACH PARTITION roots_1_k;
SELECT c.relname, indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname LIKE 'roots%' ORDER BY 1;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT k FROM roots WHERE k < 100 ORDER BY k;
SELECT count(*), sum(k) FROM (SELECT k FROM roots WHERE k < 100 ORDER BY k) AS s;
CREATE UNIQUE INDEX ON roots USING smol (k);
CREATE INDEX CONCURRENTLY ON roots USING smol (k);
DROP TABLE roots;

-- inheritance
CREATE TABLE parents (k int);
CREATE TABLE children (v int) INHERITS (parents);
INSERT INTO parents SELECT generate_series(1, 500);
INSERT INTO children SELECT generate_series(501, 1000), 1;
VACUUM ANALYZE parents, children;
CREATE INDEX children_k ON children USING smol (k);
SELECT count(*), min(k), max(k) FROM parents WHERE k > 450;
INSERT INTO parents VALUES (1);
UPDATE ONLY parents SET k = 0 WHERE k = 1;
UPDATE parents SET k = 0 WHERE k = 1;
DELETE FROM parents WHERE k = 600;
SELECT count(*), min(k), max(k) FROM parents;
DROP TABLE parents, children;
