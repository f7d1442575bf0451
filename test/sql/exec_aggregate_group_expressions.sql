--
-- Grouping by expressions inside an index: row by row, once for each value, or once
-- for each part of the values on which an expression is the same; by order, where it
-- rises with the key; and of whole subtrees from statistics.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;
SET TimeZone = 'Europe/Berlin';

CREATE TABLE visits (
    ts timestamp, at timestamptz, d date, k int, i2 int2, i8 int8, t text COLLATE "C", v int, n numeric(9,2), flag bool
);
INSERT INTO visits
SELECT timestamp '2019-01-01' + i * interval '173 minutes', timestamptz '2019-01-01 UTC' + i * interval '173 minutes',
       date '2019-01-01' + i / 8, i - 5000, i % 300 - 150, (i - 20000) * 1000000007::int8, 'page ' || i % 37, i % 101, i / 7.0, i % 3 = 0
FROM generate_series(1, 12000) AS i;
CREATE INDEX visits_ts ON visits USING smol (ts) INCLUDE (at, d, k, i2, i8, t, v, n, flag);
VACUUM ANALYZE visits;

-- by an expression that rises with the key: sorted, and no sort above
SELECT plan($$SELECT date_trunc('month', ts), count(*) FROM visits GROUP BY 1 ORDER BY 1$$);
SELECT plan($$SELECT date_trunc('month', ts), count(*) FROM visits GROUP BY 1 ORDER BY 1 DESC$$);
SELECT plan($$SELECT extract(year FROM ts), ts::date, sum(v) FROM visits GROUP BY 2, 1 ORDER BY 1, 2$$);
SELECT plan($$SELECT extract(month FROM ts), sum(v) FROM visits GROUP BY 1$$);
SELECT plan($$SELECT date_trunc('month', at), sum(v) FROM visits GROUP BY 1 ORDER BY 1$$);
SELECT aggregated(format($$SELECT date_trunc('%s', ts), count(*), sum(v), min(d), max(n) FROM visits GROUP BY 1 ORDER BY 1$$, u))
FROM unnest('{microseconds,second,minute,hour,day,week,month,quarter,year,decade,century,millennium,DAY,nonsense}'::text[]) AS u;

-- other functions of dates and times, of the key and of other columns
SELECT aggregated(format($$SELECT date_trunc('%s', %s), count(*), sum(v) FROM visits GROUP BY 1$$, u, c)), u, c
FROM unnest('{hour,day,week,month,year}'::text[]) AS u, unnest('{at,d}'::text[]) AS c;
SELECT aggregated(format($$SELECT extract(%s FROM %s), count(*), sum(v) FROM visits GROUP BY 1$$, u, c)), u, c
FROM unnest('{minute,day,dow,isodow,doy,week,month,quarter,year,isoyear,decade,epoch,julian}'::text[]) AS u, unnest('{ts,at}'::text[]) AS c;
SELECT aggregated(format($$SELECT %s, count(*), sum(v), avg(n) FROM visits GROUP BY 1$$, e)), e
FROM unnest(ARRAY[$$extract(year FROM d)$$, $$extract(month FROM d)$$, $$extract(week FROM d)$$, $$extract(hour FROM at)$$, $$date_part('month', ts)$$, $$date_part('year', d)$$,
    $$ts::date$$, $$at::date$$, $$at::timestamp::date$$, $$date_trunc('month', at)::date$$, $$date_trunc('day', at, 'America/St_Johns')$$,
    $$date_trunc('day', at AT TIME ZONE 'America/St_Johns')$$, $$date_trunc('day', at AT TIME ZONE 'EST')$$, $$extract(hour FROM at AT TIME ZONE 'Asia/Kolkata')$$,
    $$date_bin('15 days', ts, '2001-01-01')$$, $$date_bin('6 hours 1 minute', at, '2001-02-03 04:05 UTC')$$, $$date_bin('1 month', ts, '2001-01-01')$$,
    $$to_char(ts, 'YYYY-MM')$$, $$to_char(at, 'YYYY-MM-DD')$$, $$to_char(ts, 'YYYY MON HH')$$, $$extract(year FROM d) * 100 + extract(month FROM d)$$,
    $$(extract(year FROM d) * 100 + extract(month FROM d))::int$$, $$ts + interval '1 hour'$$, $$age(ts)$$, $$d - date '2020-01-01'$$, $$d + 7$$]) AS e;

-- integers, strings, booleans, several columns
SELECT aggregated(format($$SELECT %s, count(*), sum(v), max(ts) FROM visits GROUP BY 1$$, e)), e
FROM unnest('{k / 10,k / 1000,k % 7,mod(k\, 1000),k / -1000,k / 1,k / -1,i2 / 7,i2 % 7::int2,i8 / 1000000000000,i8 % 100,(k / 100) * 100,k / 100 % 7,
k + v,k * 0,abs(k),sign(k),k > 0,flag AND v > 50,t || flag,left(t\, 6),upper(t),length(t),t,t::varchar,substr(t\, 6)::int,
round(n),n::int,trunc(n\, 1),n * 2,coalesce(nullif(v\, 5)\, 6),CASE WHEN v < 10 THEN ''few'' ELSE ''many'' END,(v\, k > 0),ARRAY[v],v::float8,md5(t)::uuid,v::text::bytea}'::text[]) AS e;

-- several, mixed with columns; the expression's own column, too
SELECT aggregated($$SELECT date_trunc('year', ts), flag, k % 3, count(*), sum(v) FROM visits GROUP BY 1, 2, 3$$);
SELECT aggregated($$SELECT ts, date_trunc('year', ts), count(*) FROM visits GROUP BY 1, 2 ORDER BY 1, 2$$);
SELECT aggregated($$SELECT date_trunc('year', ts), extract(month FROM ts), count(*) FROM visits GROUP BY 1, 2$$);
SELECT aggregated($$SELECT date_trunc('month', ts) + interval '1 day', date_trunc('month', ts), v, count(*) FROM visits GROUP BY 2, 3$$);
SELECT aggregated($$SELECT k / 10, sum(k / 10), sum(k / 10) FILTER (WHERE v > 3), max(k / 10 + 1), count(DISTINCT v) FROM visits GROUP BY k / 10$$);
SELECT aggregated($$SELECT date_trunc('month', ts), count(DISTINCT ts), count(DISTINCT flag) FROM visits GROUP BY 1$$);
SELECT aggregated($$SELECT date_trunc('month', ts), count(*) FILTER (WHERE flag), sum(v) FILTER (WHERE v > 50) FROM visits GROUP BY 1 ORDER BY 1$$);

-- conditions, HAVING, DISTINCT, set operations, windows
SELECT aggregated($$SELECT date_trunc('month', ts), count(*) FROM visits WHERE ts >= '2019-03-05' AND ts < '2020-02-11 12:00' GROUP BY 1 ORDER BY 1$$);
SELECT aggregated($$SELECT date_trunc('month', ts), count(*) FROM visits WHERE v < 20 AND flag GROUP BY 1 HAVING count(*) > 14 AND max(date_trunc('month', ts)) > '2020-01-01' ORDER BY 1$$);
SELECT aggregated($$SELECT k / 100 FROM visits GROUP BY 1 HAVING sum(k / 100) > 1000$$);
SELECT aggregated($$SELECT DISTINCT date_trunc('month', ts) FROM visits ORDER BY 1$$);
SELECT aggregated($$SELECT DISTINCT extract(dow FROM ts), flag FROM visits$$);
SELECT aggregated($$SELECT k / 100 FROM visits WHERE k < 1000 GROUP BY 1 UNION SELECT v FROM visits GROUP BY 1$$);
SELECT aggregated($$SELECT date_trunc('month', ts), sum(sum(v)) OVER (ORDER BY date_trunc('month', ts)) FROM visits GROUP BY 1$$);
SELECT aggregated($$SELECT k / (SELECT 100), count(*) FROM visits GROUP BY 1$$);
SELECT x, (SELECT count(*) FROM (SELECT k / x FROM visits GROUP BY k / x) AS g) FROM (VALUES (100), (1000)) AS v(x);

-- what can't be grouped by, and why
SET smol.explain_declined = on;
SELECT aggregated($$SELECT count(*) > 1 FROM visits GROUP BY random() < 2$$);
SELECT aggregated($$SELECT current_date - current_date, count(*) FROM visits GROUP BY 1$$);
SELECT aggregated($$SELECT n * 2, count(*) FROM visits GROUP BY 1 HAVING n * 2 < 10$$);
SELECT aggregated($$SELECT v, k FROM visits GROUP BY v, k / 10, k ORDER BY 1, 2 LIMIT 1$$);
SELECT aggregated($$SELECT lower(t COLLATE "C"), count(*) FROM visits GROUP BY ROLLUP (1)$$);
RESET smol.explain_declined;

-- long parts are answered by what is known of subtrees; also where the zone's offset changes
CREATE FUNCTION from_statistics(query text) RETURNS bool LANGUAGE sql AS
$$SELECT substring(string_agg(line, ' ') from 'Rows from Statistics: (\d+)')::int > substring(string_agg(line, ' ') from 'Rows Decoded: (\d+)')::int FROM ran(query) AS line$$;
CREATE TABLE log AS SELECT i / 4 AS k, timestamp '2000-01-01' + (i * 600 + r % 601) * interval '1 second' AS ts, timestamptz '2000-01-01 UTC' + (i * 600 + r % 601) * interval '1 second' AS at,
    date '1800-01-01' + i / 4 AS d, r % 100 AS v FROM generate_series(0, 399999) AS i, LATERAL (SELECT (i * 7919::int8) % 65521) AS s(r);
CREATE INDEX log_k ON log USING smol (k) INCLUDE (v);
CREATE INDEX log_ts ON log USING smol (ts) INCLUDE (v);
CREATE INDEX log_at ON log USING smol (at DESC) INCLUDE (v);
CREATE INDEX log_d ON log USING smol (d) INCLUDE (v);
VACUUM ANALYZE log;
SELECT aggregated(q), from_statistics(q), e
FROM (SELECT e, format('SELECT %s, count(*), sum(v), min(v) FROM log GROUP BY 1', e) AS q
      FROM unnest(ARRAY[$$k / 40000$$, $$(k / 40000 + 1) * 7$$, $$date_trunc('year', ts)$$, $$extract(year FROM ts)$$, $$extract(decade FROM ts) * 2$$,
          $$date_bin('700 days', ts, '2000-01-01')$$, $$date_trunc('year', at)$$, $$date_trunc('year', at, 'America/St_Johns')$$,
          $$date_trunc('year', at AT TIME ZONE 'Australia/Lord_Howe')$$, $$extract(century FROM d)$$, $$date_trunc('decade', d)$$]) AS e) AS s;
SELECT aggregated($$SELECT date_trunc('year', ts), sum(v) FROM log WHERE ts > '2002-05-05 05:05' AND ts < '2006-09-09 09:09' GROUP BY 1$$);
SELECT line FROM ran($$SELECT extract(year FROM ts), count(*) FROM log WHERE ts < '2003-01-01' GROUP BY 1$$) AS line WHERE line !~ 'Rows|Pages';

-- zones whose clocks went back over midnight, lost a day, changed by half an hour; all hours of such years
CREATE TABLE clocks AS SELECT at, at::timestamp AS ts, (at AT TIME ZONE 'UTC')::date AS d, row_number() OVER (ORDER BY at) AS v
FROM (SELECT generate_series(timestamptz '1987-10-01 UTC', timestamptz '1988-04-15 UTC', '37 minutes') AS at
      UNION ALL SELECT generate_series(timestamptz '1994-12-01 UTC', timestamptz '1995-01-15 UTC', '37 minutes')
      UNION ALL SELECT generate_series(timestamptz '2011-10-15 UTC', timestamptz '2012-01-15 UTC', '37 minutes')) AS s;
CREATE INDEX clocks_at ON clocks USING smol (at) INCLUDE (ts, d, v);
VACUUM ANALYZE clocks;
CREATE FUNCTION in_zone(zone text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    RETURN QUERY SELECT aggregated(format('SELECT %s, count(*), sum(v) FROM clocks GROUP BY 1', e))
    FROM unnest(ARRAY[$e$date_trunc('hour', at)$e$, $e$date_trunc('day', at)$e$, $e$date_trunc('week', at)$e$, $e$date_trunc('month', at)$e$, $e$date_trunc('year', at)$e$,
        $e$date_trunc('day', d)$e$, $e$date_trunc('month', d)$e$, $e$at::date$e$, $e$extract(doy FROM at)$e$, $e$extract(hour FROM at)$e$, $e$to_char(at, 'YYYY-MM-DD')$e$]) AS e;
END
$$;
SELECT zone, in_zone(zone) FROM unnest('{UTC,America/St_Johns,Pacific/Kiritimati,Pacific/Apia,Australia/Lord_Howe,America/Sao_Paulo,Europe/London}'::text[]) AS zone;

-- NULLs, infinities, dates before Christ and far ahead, the ends of integers
CREATE TABLE odd (ts timestamp, at timestamptz, d date, k int8, t text);
INSERT INTO odd SELECT v::timestamp, v::timestamptz, v::date, i, nullif(v, 'infinity')
FROM unnest('{-infinity,4713-01-01 BC,4713-12-31 BC,0045-03-01 BC,0001-12-31 BC,0001-01-01,0004-02-29,0999-12-31,1000-01-01,1582-10-15,1999-12-31 23:59:59.999999,2000-01-01,2000-02-29 12:00,99999-12-31,200001-01-01,293000-06-01,infinity,NULL}'::text[]) WITH ORDINALITY AS u(v, i), generate_series(1, 100);
INSERT INTO odd SELECT NULL, NULL, NULL, k FROM unnest('{-9223372036854775808,-9223372036854775807,-1,0,1,9223372036854775806,9223372036854775807,NULL}'::int8[]) AS k;
CREATE INDEX odd_ts ON odd USING smol (ts NULLS FIRST) INCLUDE (at, d, k, t) WITH (nulls = store);
CREATE INDEX odd_k ON odd USING smol (k DESC) INCLUDE (ts) WITH (nulls = store);
VACUUM ANALYZE odd;
SELECT aggregated(format($$SELECT date_trunc('%s', %s), count(*) FROM odd WHERE ts > '4000-01-01 BC' GROUP BY 1$$, u, c)), u, c
FROM unnest('{hour,day,week,month,quarter,year,decade,century,millennium}'::text[]) AS u, unnest('{ts,at,d}'::text[]) AS c;
SELECT aggregated(format($$SELECT date_trunc('%s', ts), count(*) FROM odd GROUP BY 1 ORDER BY 1$$, u)), u
FROM unnest('{day,month,millennium}'::text[]) AS u;
SELECT aggregated(format($$SELECT extract(%s FROM ts), extract(%1$s FROM d), count(*) FROM odd GROUP BY 1, 2$$, u)), u
FROM unnest('{dow,doy,week,month,year,isoyear,decade,century,millennium,epoch}'::text[]) AS u;
SELECT aggregated(format('SELECT %s, count(*) FROM odd GROUP BY 1', e)), e
FROM unnest('{k / 1000,k % 1000,k / 9223372036854775807,(k / 10) * 10,t || ''x'',left(t\, 4),coalesce(t\, ''none''),ts IS NULL,ts::date}'::text[]) AS e;
SELECT plan($$SELECT ts::date, count(*) FROM odd GROUP BY 1 ORDER BY 1 NULLS FIRST$$);
SELECT plan($$SELECT ts::date, count(*) FROM odd GROUP BY 1 ORDER BY 1$$);

-- errors are PostgreSQL's; rows that don't pass are not evaluated, not even by statistics
SELECT aggregated('SELECT 100 / (k - 5), count(*) FROM odd GROUP BY 1');
SELECT aggregated('SELECT 100 / (k - 5), count(*) FROM odd WHERE k > 5 AND k < 100 GROUP BY 1');
SELECT aggregated('SELECT k * 10, count(*) FROM odd GROUP BY 1');
CREATE FUNCTION regress_tell(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE 'seen: %', $1; RETURN $1; END$$;
SELECT regress_tell(k / 25000), count(*) FROM log WHERE k BETWEEN 30000 AND 90000 GROUP BY 1 ORDER BY 1;
DROP FUNCTION regress_tell;

-- an operator class that orders otherwise: groups are not taken for sorted
CREATE FUNCTION regress_back_cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT btint4cmp($1 % 10, $2 % 10) * 2 + btint4cmp($1, $2)';
CREATE OPERATOR CLASS regress_back_ops FOR TYPE int USING smol AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 regress_back_cmp(int, int);
CREATE TABLE mixed AS SELECT i AS a FROM generate_series(1, 3000) AS i;
CREATE INDEX mixed_smol ON mixed USING smol (a regress_back_ops);
VACUUM ANALYZE mixed;
SELECT aggregated('SELECT a / 100, count(*) FROM mixed GROUP BY 1');
DROP TABLE mixed;
DROP OPERATOR FAMILY regress_back_ops USING smol;
DROP FUNCTION regress_back_cmp;

-- by several processes, and of partitions
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SELECT plan($$SELECT extract(dow FROM ts), stddev(v), count(*) FROM log GROUP BY 1$$);
SELECT aggregated($$SELECT extract(dow FROM ts), avg(v), sum(v), count(*) FROM log WHERE v < 50 GROUP BY 1$$);
SELECT aggregated($$SELECT date_trunc('year', at) + interval '1 hour', stddev(v), count(*) FROM log GROUP BY date_trunc('year', at)$$);
RESET max_parallel_workers_per_gather;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE parts (ts timestamp, k int, t text) PARTITION BY RANGE (ts);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2000-01-01') TO ('2000-07-01');
CREATE TABLE parts_b (t text, k int, ts timestamp);
ALTER TABLE parts ATTACH PARTITION parts_b FOR VALUES FROM ('2000-07-01') TO ('2002-01-01');
CREATE TABLE parts_c PARTITION OF parts FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
INSERT INTO parts SELECT timestamp '2000-01-01' + i * interval '1 hour', i, 't' || i % 5 FROM generate_series(0, 20000) AS i;
CREATE INDEX ON parts_a USING smol (ts) INCLUDE (k, t);
CREATE INDEX ON parts_b USING smol (ts) INCLUDE (k, t);
VACUUM ANALYZE parts;
SELECT plan($$SELECT date_trunc('month', ts), sum(k) FROM parts GROUP BY 1 ORDER BY 1$$);
SELECT aggregated($$SELECT date_trunc('month', ts), sum(k) FROM parts GROUP BY 1 ORDER BY 1$$);
SELECT aggregated($$SELECT date_trunc('month', ts) + interval '1 day', upper(t), sum(k) FROM parts GROUP BY date_trunc('month', ts), upper(t) HAVING sum(k) > 1000$$);
SELECT aggregated($$SELECT k % 10, avg(k) FROM parts WHERE ts > '2000-06-01' GROUP BY 1$$);

-- the ordinary plan, where the index is not current, and where groups outgrow their memory
SET plan_cache_mode = force_generic_plan;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT aggregated($$SELECT left(md5(k::text), 4), count(*) FROM visits GROUP BY 1$$);
RESET work_mem;
RESET hash_mem_multiplier;
DROP INDEX visits_ts;
CREATE INDEX visits_ts ON visits USING smol (ts) INCLUDE (at, k, v) WITH (writes = retire);
PREPARE q(int) AS SELECT k / $1, date_trunc('year', ts), count(*), sum(v) FROM visits GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 3;
PREPARE z AS SELECT date_trunc('year', at), count(*) FROM visits GROUP BY 1 ORDER BY 1 LIMIT 2;
EXECUTE q(1000);
EXECUTE q(7);
EXECUTE z;
SET TimeZone = 'Asia/Tokyo';
EXECUTE z;
DELETE FROM visits WHERE v = 50;
SET smol.max_heap_checks = 0;
EXECUTE q(1000);
EXECUTE z;
RESET smol.max_heap_checks;
RESET plan_cache_mode;
DEALLOCATE ALL;

DROP TABLE visits, log, clocks, odd, parts;
DROP FUNCTION from_statistics, in_zone;
