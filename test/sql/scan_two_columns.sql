--
-- Two key columns: bounds on both, both directions, either order.
--
CREATE TABLE pairs AS
SELECT i % 50 AS a, (i * 7919) % 5003 AS b, i AS c FROM generate_series(1, 20000) AS i;
VACUUM ANALYZE pairs;
CREATE FUNCTION pair_queries(index text) RETURNS TABLE (q text, same text) LANGUAGE sql AS $$
    SELECT q, same(q, index) FROM unnest(ARRAY[
    'SELECT max(b) FROM pairs WHERE a = 7',
    'SELECT min(b) FROM pairs WHERE a = 7',
    'SELECT a, b FROM pairs ORDER BY a, b',
    'SELECT a, b FROM pairs ORDER BY a DESC, b DESC',
    'SELECT a, b FROM pairs ORDER BY a, b DESC',
    'SELECT a, b FROM pairs ORDER BY a DESC, b',
    'SELECT a, b FROM pairs WHERE a = 7 ORDER BY b DESC LIMIT 5',
    'SELECT a, b FROM pairs WHERE a = 7 ORDER BY b LIMIT 5',
    'SELECT a, b FROM pairs WHERE a = 7 AND b < 100 ORDER BY b DESC',
    'SELECT a, b FROM pairs WHERE a = 7 AND b > 4900 ORDER BY b',
    'SELECT a, b FROM pairs WHERE a = 7 AND b BETWEEN 1000 AND 1100 ORDER BY b',
    'SELECT a, b FROM pairs WHERE a < 7 AND b < 100',
    'SELECT a, b FROM pairs WHERE a <= 7 AND b >= 5000',
    'SELECT a, b FROM pairs WHERE a > 40 AND b = 17',
    'SELECT a, b FROM pairs WHERE a >= 40 AND b <> 17',
    'SELECT a, b FROM pairs WHERE a = 60 AND b = 17',
    'SELECT a, b FROM pairs WHERE a = -1',
    'SELECT a, b FROM pairs WHERE b = 17',
    'SELECT a, b FROM pairs WHERE b > 5000 ORDER BY a, b',
    'SELECT a, b FROM pairs WHERE b > 5000 ORDER BY a DESC, b DESC',
    'SELECT a, b FROM pairs WHERE a IN (3, 30, 49, 50) AND b < 30 ORDER BY a, b',
    'SELECT a, b FROM pairs WHERE a IN (3, 30, 49, 50) AND b IN (5, 10, 15, 5002)',
    'SELECT a, b FROM pairs WHERE (a, b) > (48, 4900) ORDER BY a, b',
    'SELECT a, b FROM pairs WHERE (a, b) <= (1, 50) ORDER BY a DESC, b DESC',
    'SELECT count(*), min(b), max(b) FROM pairs WHERE a BETWEEN 10 AND 20',
    'SELECT DISTINCT a FROM pairs ORDER BY a',
    'SELECT a, count(*), max(b) FROM pairs GROUP BY a ORDER BY a',
    'SELECT a, b FROM pairs ORDER BY a DESC, b DESC LIMIT 7 OFFSET 500']) AS q
$$;
CREATE INDEX pairs_i ON pairs USING smol (a, b);
SELECT * FROM pair_queries('pairs_i');
-- the other directions give the same answers
DROP INDEX pairs_i;
CREATE INDEX pairs_i ON pairs USING smol (a DESC, b);
SELECT count(*), count(*) FILTER (WHERE same LIKE 'ok%') AS ok, max(q || ' => ' || same) FILTER (WHERE same NOT LIKE 'ok%') FROM pair_queries('pairs_i');
DROP INDEX pairs_i;
CREATE INDEX pairs_i ON pairs USING smol (a, b DESC);
SELECT count(*), count(*) FILTER (WHERE same LIKE 'ok%') AS ok, max(q || ' => ' || same) FILTER (WHERE same NOT LIKE 'ok%') FROM pair_queries('pairs_i');
DROP INDEX pairs_i;
CREATE INDEX pairs_i ON pairs USING smol (a DESC, b DESC);
SELECT count(*), count(*) FILTER (WHERE same LIKE 'ok%') AS ok, max(q || ' => ' || same) FILTER (WHERE same NOT LIKE 'ok%') FROM pair_queries('pairs_i');
DROP INDEX pairs_i;
CREATE INDEX pairs_i ON pairs USING smol (b DESC, a);
SELECT count(*), count(*) FILTER (WHERE same LIKE 'ok%') AS ok, max(q || ' => ' || same) FILTER (WHERE same NOT LIKE 'ok%') FROM pair_queries('pairs_i');
DROP INDEX pairs_i;

-- a descending index with an upper bound
CREATE INDEX pairs_c ON pairs USING smol (c DESC);
SELECT q, same(q, 'pairs_c') FROM (VALUES
    ('SELECT c FROM pairs WHERE c < 100'),
    ('SELECT c FROM pairs WHERE c < 100 ORDER BY c'),
    ('SELECT c FROM pairs WHERE c < 100 ORDER BY c DESC'),
    ('SELECT c FROM pairs WHERE c >= 19900 ORDER BY c DESC LIMIT 3'),
    ('SELECT c FROM pairs WHERE c > 100 AND c <= 103 ORDER BY c')) AS v(q);

-- no sort where the index has the order
SET enable_seqscan = off;
SET enable_bitmapscan = off;
CREATE INDEX pairs_i ON pairs USING smol (a, b DESC);
SELECT plan('SELECT a, b FROM pairs ORDER BY a, b DESC');
SELECT plan('SELECT a, b FROM pairs ORDER BY a DESC, b');
SELECT plan('SELECT b FROM pairs WHERE a = 7 ORDER BY b LIMIT 5');
DROP FUNCTION pair_queries;
DROP TABLE pairs;
