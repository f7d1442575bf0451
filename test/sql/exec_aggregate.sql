--
-- Aggregates inside an index: each, over every type, gives what PostgreSQL's own
-- gives.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

-- all aggregates over a column, one by one, in one line
CREATE FUNCTION all_of(relation text, columns text[], aggregates text[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    c text;
    a text;
BEGIN
    FOREACH c IN ARRAY columns LOOP
        FOREACH a IN ARRAY aggregates LOOP
            RETURN NEXT format('%s(%s) ', a, c) || aggregated(format('SELECT %s(%s) FROM %s', a, c, relation));
        END LOOP;
    END LOOP;
END
$$;

-- Floats are such that any order of addition gives the same sum.  The key has
-- gaps, so that leaves are many.
CREATE TABLE numbers (
    k int NOT NULL, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8,
    n numeric(12,3), n0 numeric(10), nn numeric(6,-2), b bool, m money, o oid,
    d date, t time, ts timestamp, tz timestamptz, l pg_lsn, x xid8, s text
);
INSERT INTO numbers
SELECT (i * 7919::int8) % 100003, i % 2000 - 1000, i * 1000 - 7000000, (i - 9000) * 1000000007::int8,
       (i % 64) / 4.0, (i % 128) / 8.0 - 7,
       i * 1.125 - 8000, i - 5000, i * 100, i % 3 > 0, (i - 100)::money, i,
       date '2001-01-01' + i % 500, time '00:00' + i % 600 * interval '1 minute',
       timestamp '2001-01-01' + i * interval '1 hour', timestamptz '2001-01-01 UTC' + i * interval '1 hour',
       pg_lsn '0/0' + i, i::text::xid8, 'value ' || i % 10
FROM generate_series(1, 20000) AS i;
CREATE INDEX numbers_smol ON numbers USING smol (k)
    INCLUDE (i2, i4, i8, f4, f8, n, n0, nn, b, m, o, d, t, ts, tz, l, x, s);
VACUUM ANALYZE numbers;
SELECT plan('SELECT count(*), sum(i4), avg(f8) FROM numbers');

SELECT all_of('numbers', '{i2,i4,i8,f4,f8,n,n0,nn}', '{count,sum,avg,min,max}');
SELECT all_of('numbers', '{i2,i4,i8,n,n0,nn}', '{stddev,stddev_pop,stddev_samp,variance,var_pop,var_samp}');
SELECT aggregated(format('SELECT round(%s(%s)::numeric, 6) FROM numbers', a, c))
FROM unnest('{f4,f8}'::text[]) AS c,
     unnest('{stddev,stddev_pop,stddev_samp,variance,var_pop,var_samp}'::text[]) AS a;
SELECT all_of('numbers', '{b}', '{count,bool_and,bool_or,every}');
SELECT all_of('numbers', '{m}', '{count,sum,min,max}');
SELECT all_of('numbers', '{o,d,t,ts,tz,l,x}', '{count,min,max}');
SELECT aggregated('SELECT count(s), count(*) FROM numbers');

-- several at once, that share states or don't, within expressions
SELECT aggregated('SELECT count(*), count(i4), sum(i4), avg(i4), sum(i8) / count(*), sum(i2) + 1, max(d) - min(d), stddev(i4) FROM numbers');
SELECT aggregated('SELECT 1 FROM numbers HAVING sum(i4) > 0');
SELECT aggregated('SELECT sum(i4) FROM numbers HAVING sum(i8) < 0');
SELECT aggregated('SELECT (SELECT sum(i4) FROM numbers) + k AS x FROM (VALUES (1), (2)) AS v (k)');

-- a domain is its base type, a varchar text
CREATE DOMAIN amount AS int4;
CREATE TABLE domains (k int, a amount, v varchar(10));
INSERT INTO domains SELECT i, i, i FROM generate_series(1, 1000) AS i;
CREATE INDEX domains_smol ON domains USING smol (k) INCLUDE (a, v);
VACUUM ANALYZE domains;
SELECT aggregated('SELECT count(v), sum(a), min(a) FROM domains');

-- nothing to aggregate
CREATE TABLE nothing (LIKE numbers);
CREATE INDEX nothing_smol ON nothing USING smol (k)
    INCLUDE (i2, i4, i8, f4, f8, n, n0, nn, b, m, o, d, t, ts, tz, l, x, s);
VACUUM ANALYZE nothing;
SET enable_seqscan = off;
SELECT aggregated('SELECT count(*), count(i4), sum(i2), sum(i4), sum(i8), sum(f4), sum(f8), sum(n), sum(m) FROM nothing');
SELECT aggregated('SELECT avg(i2), avg(i4), avg(i8), avg(f4), avg(f8), avg(n), min(d), max(t), bool_and(b), bool_or(b) FROM nothing');
SELECT aggregated('SELECT stddev(i2), stddev(i8), stddev(f4), stddev(n), var_pop(i4), var_pop(f8), var_pop(n) FROM nothing');
SELECT aggregated('SELECT i4, count(*) FROM nothing GROUP BY i4');

RESET enable_seqscan;

-- groups of one row: sample variances are NULL, those of the population zero
CREATE TABLE single (k int, i4 int4, i8 int8, n numeric(5,2), f8 float8);
INSERT INTO single SELECT i, 7, 7, 7.25, 7 FROM generate_series(1, 2000) AS i;
CREATE INDEX single_smol ON single USING smol (k) INCLUDE (i4, i8, n, f8);
VACUUM ANALYZE single;
SELECT aggregated('SELECT k, stddev(i4), stddev(i8), stddev(n), stddev(f8), var_samp(n), var_pop(i4), var_pop(i8), var_pop(n), var_pop(f8) FROM single GROUP BY k ORDER BY k');

-- NULLs, here and there and everywhere
CREATE TABLE holes (k int, i4 int4, n numeric(9,2), f8 float8, b bool, d date, s text, never int4);
INSERT INTO holes
SELECT nullif(i, 77), CASE WHEN i % 3 = 0 THEN i END, CASE WHEN i > 9000 THEN i / 4.0 END,
       CASE WHEN i % 100 = 0 THEN i % 8 END, CASE WHEN i % 2 = 0 THEN i % 4 = 0 END,
       CASE WHEN i < 3000 THEN date '2020-01-01' + i END, CASE WHEN i % 5 = 0 THEN 'x' END, NULL
FROM generate_series(1, 10000) AS i;
CREATE INDEX holes_smol ON holes USING smol (k) INCLUDE (i4, n, f8, b, d, s, never) WITH (nulls = store);
VACUUM ANALYZE holes;
SELECT aggregated('SELECT count(*), count(k), count(i4), count(n), count(f8), count(b), count(d), count(s), count(never) FROM holes');
SELECT all_of('holes', '{i4,n,f8,never}', '{sum,avg,min,max}');
SELECT all_of('holes', '{i4,n,never}', '{stddev,var_pop}');
SELECT aggregated('SELECT bool_and(b), bool_or(b), min(d), max(d), min(k), max(k) FROM holes');

-- overflow: sums of integers are wider than these, averages exact
CREATE TABLE extremes (k int, i4 int4, i8 int8, m money, n numeric(18,0), f4 float4, f8 float8);
INSERT INTO extremes
SELECT i, 2147483647, 9223372036854775807, '92233720368547758.07', 999999999999999999, 3e38, 1e308
FROM generate_series(1, 3000) AS i;
CREATE INDEX extremes_smol ON extremes USING smol (k) INCLUDE (i4, i8, m, n, f4, f8);
VACUUM ANALYZE extremes;
SELECT all_of('extremes', '{i4,i8,n}', '{sum,avg,stddev,var_pop}');
SELECT all_of('extremes', '{f4,f8}', '{sum,avg,var_pop}');
SELECT aggregated('SELECT sum(m) FROM extremes');
SELECT aggregated('SELECT sum(m) FROM extremes GROUP BY i4');
SELECT aggregated('SELECT sum(f8) FROM extremes GROUP BY i4');
SELECT aggregated('SELECT sum(-i) FROM (SELECT i8 AS i FROM extremes) AS e');
CREATE TABLE least (k int, i8 int8, n numeric(18,6));
INSERT INTO least SELECT i, -9223372036854775808, -999999999999.999999 FROM generate_series(1, 3000) AS i;
CREATE INDEX least_smol ON least USING smol (k) INCLUDE (i8, n);
VACUUM ANALYZE least;
SELECT all_of('least', '{i8,n}', '{sum,avg,min,max,stddev,var_pop}');

-- NaN, infinities and zeros
CREATE TABLE odd (k int, g int, f4 float4, f8 float8, n numeric(8,3));
INSERT INTO odd
SELECT i, i % 8, v, v, CASE WHEN v = 'NaN' THEN v::numeric ELSE i END
FROM generate_series(1, 8000) AS i,
     LATERAL (SELECT (ARRAY['1', '2', 'NaN', 'Infinity', '-Infinity', '-0', '0', '0.5'])[i % 8 + 1]::float8) AS f (v);
CREATE INDEX odd_smol ON odd USING smol (k) INCLUDE (g, f4, f8, n);
VACUUM ANALYZE odd;
SELECT all_of('odd', '{f4,f8,n}', '{sum,avg,min,max,stddev,var_pop}');
SELECT aggregated('SELECT g, sum(f4), avg(f4), min(f4), max(f4) FROM odd GROUP BY g ORDER BY g');
SELECT aggregated('SELECT g, sum(f8), avg(f8), stddev(f8), sum(n), avg(n), min(n), max(n), stddev(n) FROM odd GROUP BY g ORDER BY g');

-- intervals: months, days and microseconds each for itself, infinite ones too
CREATE TABLE spans (k int, g int, i interval, e interval);
INSERT INTO spans
SELECT k, k % 7, CASE WHEN k % 11 > 0 THEN k % 5 * interval '1 month' - k % 40 * interval '1 day' + k * interval '1 microsecond' END,
       (ARRAY['1 day', 'infinity', '-infinity', NULL, '1 day', '100000000 years', '2000000000 days'])[k % 7 + 1]::interval
FROM generate_series(1, 5000) AS k;
CREATE INDEX spans_smol ON spans USING smol (k) INCLUDE (g, i, e) WITH (nulls = store);
VACUUM ANALYZE spans;
SELECT aggregated('SELECT sum(i), avg(i), count(i) FROM spans');
SELECT aggregated('SELECT sum(i), avg(i) FROM spans WHERE k < 0');
SELECT aggregated('SELECT g, sum(i), avg(i) FILTER (WHERE k > 2000), sum(e) FILTER (WHERE k < 8) FROM spans GROUP BY g');
SELECT aggregated('SELECT sum(e), avg(e) FROM spans WHERE g IN (0, 1)');
SELECT aggregated('SELECT sum(e), avg(e) FROM spans WHERE g IN (0, 2)');
SELECT aggregated('SELECT sum(e) FROM spans WHERE g IN (0, 1, 2)');
SELECT aggregated('SELECT avg(e) FROM spans WHERE g IN (1, 2)');
SELECT aggregated('SELECT sum(e) FROM spans WHERE g = 5');
SELECT aggregated('SELECT avg(e) FROM spans WHERE g = 6');
SELECT aggregated('SELECT sum(DISTINCT i) FROM spans');

-- what smol does not compute is PostgreSQL's to do, and all of a query with it
SELECT aggregated('SELECT count(*), string_agg(s, '','' ORDER BY s) FROM numbers WHERE k < 100');
SELECT aggregated('SELECT sum(i4), sum(DISTINCT f8) FROM numbers');
SELECT aggregated('SELECT sum(n / 2) FROM numbers');
SELECT aggregated('SELECT min(s), max(s) FROM numbers');
SELECT aggregated('SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY i4) FROM numbers');
SELECT aggregated('SELECT sum(k) FROM numbers, (VALUES (1), (2)) AS v');

-- and says why
SET smol.explain_declined = on;
EXPLAIN (COSTS OFF) SELECT sum(i4), sum(i2 ORDER BY i4) FROM numbers;
EXPLAIN (COSTS OFF) SELECT sum(n / 2) FROM numbers;
EXPLAIN (COSTS OFF) SELECT max(s) FROM numbers;
EXPLAIN (COSTS OFF) SELECT sum(i4) FROM numbers WHERE i4 % 2 = 0;
EXPLAIN (COSTS OFF) SELECT sum(i4) FILTER (WHERE i4 % 2 = 0) FROM numbers;
EXPLAIN (COSTS OFF) SELECT sum(DISTINCT f8) FROM numbers;
EXPLAIN (COSTS OFF) SELECT n + i4, count(*) FROM numbers GROUP BY n + i4;
EXPLAIN (COSTS OFF) SELECT b, o, count(*) FROM numbers GROUP BY ROLLUP (b, o);
RESET smol.explain_declined;

-- off is off
SET smol.enable_aggregate = off;
SELECT aggregated FROM plan('SELECT count(*), sum(i4) FROM numbers') AS aggregated WHERE aggregated LIKE '%SmolAggregate%';
SET smol.enable_aggregate = on;

DROP TABLE numbers, domains, nothing, single, holes, extremes, least, odd, spans;
DROP DOMAIN amount;
