--
-- FILTER from statistics: subtrees of which all rows pass it, or none, are taken in
-- as what is known of them.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

CREATE TABLE days (d date, k int, v int, f float8, n numeric(9,2), t text COLLATE "C", seldom int, h int);
INSERT INTO days
SELECT CASE WHEN i < 199000 THEN date '2020-01-01' + i / 500 END, i, i % 1000, (i % 64) / 4.0, i / 4.0, 't' || lpad((i / 100)::text, 6, '0'),
       CASE WHEN i BETWEEN 50000 AND 90000 THEN i END, hashint4(i)
FROM generate_series(1, 200000) AS i;
CREATE INDEX days_smol ON days USING smol (d) INCLUDE (k, v, f, n, t, seldom, h) WITH (nulls = store, writes = retire);
VACUUM ANALYZE days;
CREATE FUNCTION known(query text, known bool DEFAULT true) RETURNS text LANGUAGE sql AS
$$SELECT aggregated(query) || CASE WHEN known IS DISTINCT FROM (substring(line from 'Rows Decoded: (\d+)')::int < 90000) THEN ' BUT ' || line ELSE '' END FROM ran(query) AS line WHERE line ~ 'Rows Decoded'$$;

SELECT known('SELECT count(*), count(*) FILTER (WHERE d < ''2020-07-01''), sum(v) FILTER (WHERE d >= ''2020-07-01'' AND d < ''2020-08-01'') FROM days');
SELECT known('SELECT min(v) FILTER (WHERE d = ''2020-05-05''), max(k) FILTER (WHERE d <> ''2020-05-05''), count(n) FILTER (WHERE d IN (''2020-05-05'', ''2020-12-31'')) FROM days');
SELECT known('SELECT count(*) FILTER (WHERE d IS NULL), count(d) FILTER (WHERE d IS NULL), sum(n) FILTER (WHERE d IS NOT NULL), count(*) FILTER (WHERE d <= ''infinity'') FROM days');
SELECT known('SELECT sum(v) FILTER (WHERE k > 150000), min(t) FILTER (WHERE t > ''t001000''), max(t) FILTER (WHERE n < 10000) FROM days');
SELECT known('SELECT sum(seldom) FILTER (WHERE seldom > 60000), sum(v) FILTER (WHERE seldom IS NULL), count(*) FILTER (WHERE seldom BETWEEN 50000 AND 90000) FROM days');
SELECT aggregated('SELECT count(*) FILTER (WHERE false), sum(v) FILTER (WHERE NULL), sum(k) FILTER (WHERE d > ''2021-01-01'' AND d < ''2020-01-01''), count(*) FILTER (WHERE k <> ALL (''{}'')), count(*) FILTER (WHERE k = ANY (''{}'')) FROM days');
-- with conditions, and groups, and DISTINCT
SELECT known('SELECT count(*), count(*) FILTER (WHERE k < 70000), sum(v) FILTER (WHERE k >= 70000) FROM days WHERE d BETWEEN ''2020-02-02'' AND ''2020-12-12''');
SELECT known('SELECT count(*), count(*) FILTER (WHERE k < 70000), sum(v) FILTER (WHERE d < ''2020-04-01'') FROM days WHERE k > 30000 AND t < ''t001500''');
SELECT aggregated('SELECT d, count(*), count(*) FILTER (WHERE k < 70000), max(v) FILTER (WHERE seldom IS NOT NULL), count(DISTINCT d) FILTER (WHERE k > 90000), min(t) FILTER (WHERE k > 60000) FROM days GROUP BY d ORDER BY d');
SELECT known('SELECT count(DISTINCT d) FILTER (WHERE k < 70000), count(DISTINCT d), sum(v) FROM days WHERE d > ''2020-03-03''', false);
-- what statistics can't answer: of rows that pass, or rows of the same leaf
SELECT aggregated('SELECT sum(f) FILTER (WHERE d < ''2020-07-01''), stddev(v) FILTER (WHERE d < ''2020-07-01''), avg(f) FILTER (WHERE k > 100000), count(*) FROM days');
SELECT known('SELECT count(*) FILTER (WHERE h > 0), sum(v) FILTER (WHERE h < 0) FROM days', false);
SELECT aggregated('SELECT count(*) FILTER (WHERE h > 0), sum(v) FILTER (WHERE d < ''2020-07-01'') FROM days');
SELECT aggregated('SELECT count(*) FILTER (WHERE d < ''2020-07-01''), sum(v + 1), sum(v + 1) FILTER (WHERE k > 77777) FROM days');
-- floats: zeros, NaN and infinities
CREATE TABLE odd_days AS SELECT i AS k, (ARRAY['-Infinity', '-1', '-0', '0', '1', 'Infinity', 'NaN'])[i / 10000 + 1]::float8 AS f, i % 100 AS v, hashint4(i) AS h FROM generate_series(1, 69999) AS i;
CREATE INDEX odd_days_smol ON odd_days USING smol (k) INCLUDE (f, v, h);
VACUUM ANALYZE odd_days;
SELECT aggregated(format('SELECT count(*) FILTER (WHERE f %s %s), sum(v) FILTER (WHERE f %1$s %2$s), count(*) FROM odd_days', op, quote_literal(x)))
FROM unnest('{<,<=,=,>=,>,<>}'::text[]) AS op, unnest('{-Infinity,-0.5,0,NaN}'::text[]) AS x;

-- parameters, anew with each execution; nothing of one is left in the next
PREPARE since AS SELECT count(*), count(*) FILTER (WHERE d >= $1), sum(v) FILTER (WHERE d < $1) FROM days;
SET plan_cache_mode = force_generic_plan;
EXECUTE since('2020-06-01');
EXECUTE since(NULL);
EXECUTE since('2020-01-01');
EXECUTE since('2030-01-01');
SELECT line FROM plan('EXECUTE since(''2020-06-01'')') AS line;
RESET plan_cache_mode;
DEALLOCATE since;
SELECT aggregated('SELECT x, (SELECT count(*) FILTER (WHERE k > x) FROM days), (SELECT sum(v) FILTER (WHERE d < date ''2020-01-01'' + x / 500) FROM days) FROM generate_series(0, 200000, 50000) AS x');

-- workers and partitions
CREATE TABLE days_parts (LIKE days) PARTITION BY RANGE (k);
CREATE TABLE days_part1 PARTITION OF days_parts FOR VALUES FROM (0) TO (100000);
CREATE TABLE days_part2 PARTITION OF days_parts DEFAULT;
INSERT INTO days_parts SELECT * FROM days;
CREATE INDEX days_parts_smol ON days_parts USING smol (k) INCLUDE (d, v, seldom) WITH (nulls = store);
VACUUM ANALYZE days_parts;
SELECT aggregated('SELECT count(*) FILTER (WHERE d < ''2020-07-01''), sum(v) FILTER (WHERE seldom > 60000) FROM days_parts');
SELECT aggregated('SELECT v, count(*) FILTER (WHERE d < ''2020-07-01''), sum(k) FILTER (WHERE seldom > 60000) FROM days_parts GROUP BY v');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_index_scan_size = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT aggregated('SELECT v % 10, count(*) FILTER (WHERE d < ''2020-07-01''), sum(k) FILTER (WHERE seldom > 60000) FROM days GROUP BY v');
SELECT aggregated('SELECT count(*) FILTER (WHERE d < ''2020-07-01''), sum(k) FILTER (WHERE h > 60000) FROM days WHERE v <> 7');

-- costs: what few leaves answer is not worth workers
RESET parallel_setup_cost;
SELECT plan('SELECT count(*), count(*) FILTER (WHERE d < ''2020-07-01''), sum(v) FILTER (WHERE d >= ''2020-07-01'') FROM days');

DROP TABLE days, odd_days, days_parts;
DROP FUNCTION known;
