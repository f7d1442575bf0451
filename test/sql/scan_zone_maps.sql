--
-- Leaves whose statistics exclude a condition are not read.
--
-- b goes with a, but is not its function; s is a string, w has runs of NULLs
CREATE TABLE zoned AS
SELECT i AS a, i + (hashint4(i) & 1023) AS b, ('s' || to_char(i / 100, 'FM00000')) COLLATE "C" AS s,
       CASE WHEN i / 5000 % 2 = 0 THEN i END AS w, (i / 10)::numeric(10, 2) AS m, i::float8 AS f,
       repeat('long', 30) || to_char(i / 100, 'FM00000') AS l, md5(i::text) AS r
FROM generate_series(1, 60000) AS i;
VACUUM ANALYZE zoned;
CREATE FUNCTION pages_read(query text) RETURNS int LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET max_parallel_workers_per_gather = 0
AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
    plan := plan->0->'Plan';
    RETURN (plan->>'Shared Hit Blocks')::int + (plan->>'Shared Read Blocks')::int;
END
$$;
CREATE FUNCTION zone_queries(conditions text[], index text) RETURNS TABLE (condition text, same text, backward text, few_pages bool) LANGUAGE sql AS $$
    SELECT c, same('SELECT a FROM zoned WHERE ' || c, index),
           same('SELECT a FROM zoned WHERE ' || c || ' ORDER BY a DESC', index),
           -- a condition that nothing is known of reads them all
           pages_read('SELECT a FROM zoned WHERE ' || c) < 0.2 * pages_read('SELECT a FROM zoned')
    FROM unnest(conditions) AS c
$$;
CREATE INDEX zoned_i ON zoned USING smol (a, b, s, w, m, f, l) INCLUDE (r) WITH (nulls = store);
SELECT * FROM zone_queries(ARRAY[
    'b = 30000', 'b < 1000', 'b <= 900 AND b > 100', 'b > 60500', 'b >= 29990 AND b < 30010', 'b IN (50, 59000)', 'b IN (-1, 100000)', 'b = 30000.0::float8',
    's = ''s00300''', 's IN (''s00005'', ''s00590'', ''nothing'')', 's < ''s00003''', 's >= ''s00599''',
    'm = 300', 'm = 300.001', 'm BETWEEN 10 AND 11', 'm > 5990', 'f = 30000', 'f > 59990', 'f < 0', 'f = ''NaN''', 'f = 1', 'f <= 1', 'f < 1', 'f = 60000', 'f >= 60000', 'f > 60000', 's >= ''s00600''', 's <= ''s00000''', 'm >= 6000', 'f IN (1, -1, 60000, 70000)',
    'b > 60000 AND s < ''s00001''', 'a > 100 AND b < 500', 'a BETWEEN 1000 AND 50000 AND b = 1500',
    'w = 31000', 'w = 36000', 'w > 59000', 'w IS NULL AND b < 6000', 'w IS NULL', 'w IS NOT NULL', 'l = repeat(''long'', 30) || ''00300'''], 'zoned_i');
DROP INDEX zoned_i;
-- whole stretches of NULLs, and none at all
UPDATE zoned SET w = CASE WHEN a > 55000 THEN a END;
VACUUM ANALYZE zoned;
CREATE INDEX zoned_i ON zoned USING smol (a, w DESC, b) INCLUDE (s, m, f, l, r) WITH (nulls = store);
SELECT * FROM zone_queries(ARRAY['w IS NOT NULL', 'w IS NULL', 'w = 57000', 'w < 0', 'w IS NOT NULL AND b < 0', 'w IN (55500, 1)', 'b IS NULL'], 'zoned_i');
DROP INDEX zoned_i;
CREATE INDEX zoned_i ON zoned USING smol (a DESC, b DESC) INCLUDE (s, m, f, r);
SELECT pages_read('SELECT a, b FROM zoned WHERE b IS NULL') < 10 AS no_nulls,
       pages_read('SELECT a, b FROM zoned WHERE b IN (1000, 1001, 1002)') < 20 AS descending;
SELECT same('SELECT a, b FROM zoned WHERE b IN (1000, 1001, 1002, 59000) ORDER BY a', 'zoned_i'),
       same('SELECT a, b FROM zoned WHERE b IN (1000, 1001, 1002, 59000) ORDER BY a DESC', 'zoned_i'),
       same('SELECT a, b FROM zoned WHERE b IN (SELECT min(b) FROM zoned UNION ALL SELECT max(b) FROM zoned)', 'zoned_i'),
       same('SELECT a, b FROM zoned WHERE b = ANY (ARRAY[0] || ARRAY(SELECT b FROM zoned WHERE a IN (1, 60000)))', 'zoned_i');
DROP INDEX zoned_i;
-- text of a collation that does not sort by bytes: equality is known, order is not
CREATE TABLE collated AS SELECT i AS a, md5((i / 100)::text) COLLATE "en-x-icu" AS t, i / 100 % 7 AS g FROM generate_series(1, 30000) AS i;
VACUUM ANALYZE collated;
CREATE INDEX collated_i ON collated USING smol (a, t);
SELECT same('SELECT a, t FROM collated WHERE t = md5(''77'')', 'collated_i'),
       same('SELECT a, t FROM collated WHERE t IN (md5(''77''), md5(''200''), ''A'')', 'collated_i'),
       same('SELECT a, t FROM collated WHERE t > ''ff''', 'collated_i'),
       same('SELECT a, t FROM collated WHERE t = ''A'' ORDER BY a DESC', 'collated_i');
SELECT pages_read('SELECT a, t FROM collated WHERE t = ''Z''') < 15 AS equality;
DROP TABLE collated;
DROP FUNCTION zone_queries, pages_read;
DROP TABLE zoned;
