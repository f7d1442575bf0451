--
-- Aggregates over key ranges and through filters.  All combinations of bounds,
-- with descending keys and NULLs, over trees of several levels; what whole
-- subtrees are known to add up to is not read.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;

-- Asks for aggregates of many ranges of columns, at once of each pair of
-- literals as bounds; shows those that differ, and how many were asked.
CREATE FUNCTION ranges(relation text, "column" text, literals text[], targets text)
RETURNS TABLE (asked bigint, inside bigint, different text) LANGUAGE sql AS $$
    WITH quals AS (
        SELECT format('%s %s %s', "column", o, l) AS qual
        FROM unnest(literals) AS l, unnest(ARRAY['<', '<=', '=', '>=', '>']) AS o
        UNION ALL
        SELECT format('%s %s %s AND %1$s %s %s', "column", o1, l1, o2, l2)
        FROM unnest(literals) AS l1, unnest(literals) AS l2,
             unnest(ARRAY['>=', '>']) AS o1, unnest(ARRAY['<=', '<']) AS o2
        UNION ALL
        SELECT format('%s = ANY (ARRAY[%s])', "column", array_to_string(literals, ','))
        UNION ALL
        SELECT format('%s IS %s', "column", o) FROM unnest(ARRAY['NULL', 'NOT NULL']) AS o
    ), answers AS (
        SELECT qual, aggregated(format('SELECT %s FROM %s WHERE %s', targets, relation, qual)) AS answer
        FROM quals
    )
    SELECT count(*), count(*) FILTER (WHERE answer LIKE 'ok: %'),
           min(qual || ': ' || answer) FILTER (WHERE answer NOT LIKE 'ok%')
    FROM answers
$$;

CREATE TABLE ascending (k int, c int, v int8, n numeric(9,2), f float8);
INSERT INTO ascending
SELECT (i * 7919::int8) % 100003, i % 10, i * 1000003::int8, i / 4.0, i % 64 / 4.0
FROM generate_series(1, 60000) AS i;
CREATE INDEX ascending_smol ON ascending USING smol (k, c) INCLUDE (v, n, f);
VACUUM ANALYZE ascending;
SELECT * FROM ranges('ascending', 'k', '{-1,0,3,50000,99999,200000}', 'count(*), sum(v), avg(n), min(v), max(c)');
SELECT * FROM ranges('ascending', 'k', '{17.5,50000::int8}', 'count(*), sum(v), avg(n), min(v), max(c)');
SELECT * FROM ranges('ascending', 'v', '{-1,1000003,30000000,60000180000}', 'count(*), sum(k), avg(f), min(n)');
SELECT * FROM ranges('ascending', 'n', '{0.25,0.3,100,15000}', 'count(*), sum(k), max(k)');

-- EXPLAIN: bounds are apart from filters
SELECT plan('SELECT count(*), sum(v) FROM ascending WHERE k >= 1000 AND k < 90000');
SELECT plan('SELECT count(*), sum(v) FROM ascending WHERE k >= 1000 AND v < 90000');

-- a range reads its two ends
SELECT substring(line from '\d+')::int <= 2 AS few, line ~ 'Leaf' AS leaves
FROM ran('SELECT count(*), sum(v), min(n), max(v) FROM ascending WHERE k BETWEEN 100 AND 99000') AS line WHERE line ~ 'Leaf';
SELECT substring(line from '\d+')::int > 50000 AS many
FROM ran('SELECT count(*), sum(v), min(n), max(v) FROM ascending WHERE k BETWEEN 100 AND 99000') AS line WHERE line ~ 'Statistics';

-- what zone maps rule out, or find to pass as a whole, is not read
CREATE TABLE zones (k int, near int, v int);
INSERT INTO zones SELECT i, i / 10, (i * 7919::int8) % 65521 FROM generate_series(1, 100000) AS i;
CREATE INDEX zones_smol ON zones USING smol (k) INCLUDE (near, v);
VACUUM ANALYZE zones;
SELECT aggregated('SELECT count(*), sum(v) FROM zones WHERE near < 3000');
SELECT substring(line from '\d+')::int <= 2 AS few
FROM ran('SELECT count(*), sum(v) FROM zones WHERE near < 3000') AS line WHERE line ~ 'Leaf';
SELECT * FROM ranges('zones', 'near', '{0,3000,5000}', 'count(*), sum(v), min(k), max(v)');
SELECT aggregated('SELECT near, count(*), sum(v) FROM zones WHERE near BETWEEN 77 AND 99 AND v <> 5 GROUP BY near');

-- descending keys, NULLs at either end
CREATE TABLE descending (a int, b text COLLATE "C", v int, n numeric(7,1));
INSERT INTO descending
SELECT CASE WHEN i % 20 > 0 THEN i % 3000 END, CASE WHEN i % 11 > 0 THEN 'b' || i % 7 END,
       CASE WHEN i % 3 > 0 THEN i END, CASE WHEN i % 4 > 0 THEN i / 8.0 END
FROM generate_series(1, 40000) AS i;
CREATE INDEX descending_smol ON descending USING smol (a DESC, b) INCLUDE (v, n) WITH (nulls = store);
VACUUM ANALYZE descending;
SELECT * FROM ranges('descending', 'a', '{0,1,1500,2999,4000,"NULL"}', 'count(*), count(a), count(b), sum(v), avg(n), min(v), max(n)');
SELECT * FROM ranges('descending', 'b', '{''a'',''b3'',''c''}', 'count(*), count(a), sum(v)');
SELECT * FROM ranges('descending', 'a = 21 AND b', '{''b0'',''b3''}', 'count(*), sum(v)');
DROP INDEX descending_smol;
CREATE INDEX descending_smol ON descending USING smol (b NULLS FIRST, a DESC NULLS LAST) INCLUDE (v, n) WITH (nulls = store);
VACUUM descending;
SELECT * FROM ranges('descending', 'a', '{0,1500,2999,"NULL"}', 'count(*), sum(v), max(n)');
SELECT * FROM ranges('descending', 'b', '{''b'',''b3'',''b6''}', 'count(*), count(a), sum(v), avg(n)');
SELECT * FROM ranges('descending', 'b IS NULL AND a', '{0,1500}', 'count(*), count(a), sum(v), avg(n)');
SELECT aggregated('SELECT b, count(*), sum(v) FROM descending WHERE a > 100 AND v IS NOT NULL GROUP BY b ORDER BY b NULLS FIRST');
SELECT aggregated('SELECT a, count(*), sum(v) FROM descending WHERE b = ''b2'' GROUP BY a ORDER BY a DESC NULLS LAST');
SELECT plan('SELECT a, count(*) FROM descending WHERE b = ''b2'' GROUP BY a ORDER BY a DESC NULLS LAST');

-- nothing in the range, nothing in the filter, contradictions, empty arrays
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE k > 5 AND k < 5');
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE k = ANY (''{}'')');
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE v <> ALL (''{}'')');
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE v <> ALL (ARRAY[1000003, NULL])');
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE k = NULL::int');
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE false');
SELECT aggregated('SELECT k, count(*) FROM ascending WHERE k = 3 GROUP BY k');
SELECT aggregated('SELECT c, k, count(*) FROM ascending WHERE k = 3 GROUP BY c, k');
SELECT aggregated('SELECT DISTINCT k FROM ascending WHERE k = 3');
SELECT aggregated('SELECT k, count(*) FROM ascending WHERE k = -1 GROUP BY k');
SELECT aggregated('SELECT c, count(*) FROM ascending WHERE k = ANY (''{3,5,7,5,NULL}'') GROUP BY c');

-- quals that the index can't test
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE k % 2 = 0');
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE k > c');
SELECT aggregated('SELECT count(*), sum(v) FROM ascending WHERE k > 100 OR c = 3');
SELECT aggregated('SELECT count(*) FROM ascending WHERE random() < 2');

-- float columns, and floats as bounds
SELECT aggregated('SELECT sum(f), avg(f), count(*) FROM ascending WHERE k < 20000');
SELECT aggregated('SELECT sum(f), min(f), max(f) FROM ascending WHERE f > 3.5 AND f <= 10');

-- a partial index, where its predicate holds
DROP INDEX ascending_smol;
CREATE INDEX ascending_partial ON ascending USING smol (c) INCLUDE (k, v) WHERE k < 1000;
VACUUM ascending;
SELECT plan('SELECT c, sum(v) FROM ascending WHERE k < 1000 GROUP BY c');
SELECT aggregated('SELECT c, sum(v) FROM ascending WHERE k < 1000 GROUP BY c');
SELECT aggregated('SELECT c, sum(v) FROM ascending WHERE k < 1001 GROUP BY c');

DROP TABLE ascending, zones, descending;
DROP FUNCTION ranges;
