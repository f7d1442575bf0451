--
-- Both directions, over many leaves, from and to any place.
--
CREATE TABLE walks AS SELECT (i * 7919) % 100003 AS k, i % 1000 AS dup FROM generate_series(0, 50000) AS i;
VACUUM ANALYZE walks;
CREATE INDEX walks_k ON walks USING smol (k);
CREATE INDEX walks_dup ON walks USING smol (dup);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT k FROM walks ORDER BY k', 'walks_k'),
    ('SELECT k FROM walks ORDER BY k DESC', 'walks_k'),
    ('SELECT dup FROM walks ORDER BY dup', 'walks_dup'),
    ('SELECT dup FROM walks ORDER BY dup DESC', 'walks_dup'),
    ('SELECT k FROM walks ORDER BY k LIMIT 10', 'walks_k'),
    ('SELECT k FROM walks ORDER BY k DESC LIMIT 10', 'walks_k'),
    ('SELECT k FROM walks ORDER BY k OFFSET 25000 LIMIT 10', 'walks_k'),
    ('SELECT k FROM walks ORDER BY k DESC OFFSET 49995 LIMIT 10', 'walks_k'),
    ('SELECT k FROM walks WHERE k > 50000 ORDER BY k LIMIT 10', 'walks_k'),
    ('SELECT k FROM walks WHERE k < 50000 ORDER BY k DESC LIMIT 10', 'walks_k'),
    ('SELECT k FROM walks WHERE k BETWEEN 20000 AND 80000 ORDER BY k DESC', 'walks_k'),
    ('SELECT k FROM walks WHERE k >= 100000 ORDER BY k DESC', 'walks_k'),
    ('SELECT k FROM walks WHERE k > 200000 ORDER BY k DESC', 'walks_k'),
    ('SELECT k FROM walks WHERE k < -5 ORDER BY k', 'walks_k'),
    ('SELECT k FROM walks WHERE k > 60000 AND k < 50000 ORDER BY k', 'walks_k'),
    ('SELECT k FROM walks WHERE k > 5000 AND k > 6000 AND k <= 7000 AND k <= 8000 ORDER BY k', 'walks_k'),
    ('SELECT count(*) FROM walks WHERE k <> 5', 'walks_k'),
    ('SELECT dup FROM walks WHERE dup = 500', 'walks_dup'),
    ('SELECT dup FROM walks WHERE dup = 0 ORDER BY dup DESC', 'walks_dup'),
    ('SELECT dup FROM walks WHERE dup >= 999 ORDER BY dup DESC', 'walks_dup'),
    ('SELECT dup FROM walks WHERE dup IN (0, 17, 500, 999, 1000, 17) ORDER BY dup', 'walks_dup'),
    ('SELECT dup FROM walks WHERE dup IN (0, 17, 500, 999, 1000, 17) ORDER BY dup DESC', 'walks_dup'),
    ('SELECT dup FROM walks WHERE dup = ANY (ARRAY[3, NULL, 4]) ORDER BY dup', 'walks_dup'),
    ('SELECT dup FROM walks WHERE dup = ANY (''{}''::int[]) ORDER BY dup', 'walks_dup'),
    ('SELECT dup FROM walks WHERE dup < ANY (ARRAY[3, 5]) ORDER BY dup', 'walks_dup'),
    ('SELECT count(*) FROM walks WHERE dup = 3 OR dup BETWEEN 10 AND 12', 'walks_dup'),
    ('SELECT min(k), max(k) FROM walks', 'walks_k'),
    ('SELECT DISTINCT dup FROM walks ORDER BY dup', 'walks_dup'),
    ('SELECT dup, count(*) FROM walks GROUP BY dup ORDER BY dup', 'walks_dup')) AS v(q, i);
-- from every leaf boundary and every place near it
SELECT count(*), count(*) FILTER (WHERE up AND down AND eq) AS ok FROM (
    SELECT same(format('SELECT k FROM walks WHERE k >= %s ORDER BY k LIMIT 2', i), 'walks_k') LIKE 'ok%' AS up,
           same(format('SELECT k FROM walks WHERE k <= %s ORDER BY k DESC LIMIT 2', i), 'walks_k') LIKE 'ok%' AS down,
           same(format('SELECT k FROM walks WHERE k = %s', i), 'walks_k') LIKE 'ok%' AS eq
    FROM generate_series(-1000, 101000, 1013) AS i) AS s;

-- every key, alone and with its neighbours
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SELECT count(*), count(k), count(DISTINCT k) FROM generate_series(-10, 100010) AS i LEFT JOIN walks ON k = i;
SELECT count(*), bool_and(up > i), bool_and(down < i)
FROM generate_series(1, 100001) AS i,
     LATERAL (SELECT k FROM walks WHERE k > i ORDER BY k LIMIT 1) AS u(up),
     LATERAL (SELECT k FROM walks WHERE k < i ORDER BY k DESC LIMIT 1) AS d(down);
RESET ALL;
SELECT count(*), count(DISTINCT k) FROM walks;
SELECT count(*) FROM generate_series(1, 100001) AS i WHERE i < (SELECT max(k) FROM walks) AND i > (SELECT min(k) FROM walks);
DROP TABLE walks;
