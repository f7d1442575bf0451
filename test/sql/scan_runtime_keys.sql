--
-- The inner side of a nested loop: the same scan again and again, with another
-- key each time, on an index with INCLUDE columns and 100,000 rows.
--
CREATE TABLE inners AS SELECT (i * 7919) % 100003 AS k, i AS v, 'constant' AS t FROM generate_series(1, 100000) AS i;
CREATE TABLE outers AS SELECT i * 97 AS k, i * 100 AS hi FROM generate_series(0, 1000) AS i;
INSERT INTO outers VALUES (NULL, NULL), (-1, 5), (NULL, 100);
VACUUM ANALYZE inners, outers;
CREATE INDEX inners_k ON inners USING smol (k) INCLUDE (v, t);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT count(*), sum(v), count(t) FROM outers o JOIN inners i ON i.k = o.k;
SELECT count(*), sum(v), count(t) FROM outers o JOIN inners i ON i.k = o.k;
SELECT count(*), sum(v) FROM outers o JOIN inners i ON i.k >= o.k AND i.k < o.k + 5;
SELECT count(*), sum(v) FROM outers o JOIN inners i ON i.k BETWEEN o.k AND o.hi;
SELECT count(*), sum(v), count(*) FILTER (WHERE v IS NULL) FROM outers o LEFT JOIN LATERAL (SELECT v FROM inners i WHERE i.k <= o.k ORDER BY i.k DESC LIMIT 1) AS s ON true;
SELECT count(*) FROM outers o WHERE EXISTS (SELECT FROM inners i WHERE i.k = o.k);
SELECT count(*), sum(v) FROM inners i WHERE k = ANY (ARRAY(SELECT k FROM outers));
SELECT count(*), sum(v) FROM inners i WHERE k < (SELECT 1000);
-- a key of another type
SELECT count(*), sum(v) FROM (SELECT k::int8 AS k FROM outers) o JOIN inners i ON i.k = o.k;
SELECT count(*), sum(v) FROM (SELECT k + 4294967296 AS k FROM outers) o JOIN inners i ON i.k = o.k;
-- the same, by hashing and sequential scans
RESET ALL;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT count(*), sum(v), count(t) FROM outers o JOIN inners i ON i.k = o.k;
SELECT count(*), sum(v) FROM outers o, LATERAL (SELECT o.k + g AS k FROM generate_series(0, 4) AS g) AS s JOIN inners i USING (k);
SELECT count(*) FROM outers o WHERE EXISTS (SELECT FROM inners i WHERE i.k = o.k);
SELECT count(*), sum(v) FROM inners i WHERE k < 1000;
SELECT count(*), sum(v) FROM outers o, LATERAL generate_series(o.k, o.hi) AS k JOIN inners i USING (k);
RESET ALL;
DROP TABLE inners, outers;
