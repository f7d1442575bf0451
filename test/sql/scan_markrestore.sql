--
-- A merge join returns to a marked place of its inner side for each duplicate
-- of the outer one.
--
CREATE TABLE marks AS SELECT (i * 7919) % 3000 AS k, i % 3 AS v FROM generate_series(1, 12000) AS i;
CREATE TABLE outers AS SELECT i / 2 AS k FROM generate_series(1, 3000) AS i;
INSERT INTO outers SELECT 777 FROM generate_series(1, 50);
INSERT INTO marks SELECT 777, 3 FROM generate_series(1, 5000);
VACUUM ANALYZE marks, outers;
CREATE INDEX marks_k ON marks USING smol (k) INCLUDE (v);
CREATE INDEX outers_k ON outers USING smol (k);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_material = off;
SET enable_sort = off;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT count(*), sum(v) FROM outers o JOIN marks m ON o.k = m.k;
SELECT count(*), sum(v) FROM outers o JOIN marks m ON o.k = m.k;
SELECT count(*), sum(v), min(m.k), max(m.k) FROM outers o JOIN marks m ON o.k = m.k WHERE m.k BETWEEN 700 AND 800;
SELECT count(*) FROM (SELECT o.k FROM outers o JOIN marks m ON o.k = m.k ORDER BY o.k DESC) AS s;
SELECT count(*), count(o.k), count(m.k) FROM outers o FULL JOIN marks m ON o.k = m.k;
SELECT count(*) FROM marks a JOIN marks b ON a.k = b.k WHERE a.k < 700;
-- the same, by hashing
RESET ALL;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_mergejoin = off;
SELECT count(*), sum(v) FROM outers o JOIN marks m ON o.k = m.k;
SELECT count(*), sum(v), min(m.k), max(m.k) FROM outers o JOIN marks m ON o.k = m.k WHERE m.k BETWEEN 700 AND 800;
SELECT count(*), count(o.k), count(m.k) FROM outers o FULL JOIN marks m ON o.k = m.k;
SELECT count(*) FROM marks a JOIN marks b ON a.k = b.k WHERE a.k < 700;
RESET ALL;
DROP TABLE marks, outers;
