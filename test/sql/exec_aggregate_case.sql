--
-- CASE, COALESCE, comparisons and logic within aggregates, column by column; row by
-- row, with PostgreSQL's errors or none, where some arm is out of range.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

CREATE TABLE cases (k int, a int, b int8, c int2, f float8, d date, ts timestamp, flag bool, t text, o oid, v varchar);
INSERT INTO cases
SELECT i, nullif(i % 100, 7), nullif(i * 1000003::int8 % 1000, 5), i % 50 - 25, CASE WHEN i % 11 > 0 THEN i % 64 / 4.0 END,
       date '2024-01-01' + i % 300, timestamp '2024-01-01' + i * interval '1 hour', CASE WHEN i % 5 > 0 THEN i % 3 = 0 END,
       CASE WHEN i % 13 > 0 THEN 'text ' || i % 9 END, (i % 7)::oid, 'v' || i % 4
FROM generate_series(1, 10000) AS i;
CREATE INDEX cases_smol ON cases USING smol (k) INCLUDE (a, b, c, f, d, ts, flag, t, o, v) WITH (nulls = store);
VACUUM ANALYZE cases;

SELECT aggregated(format('SELECT sum(%1$s), min(%1$s), max(%1$s), count(%1$s), avg(%1$s), count(*) FROM cases', e)), e
FROM unnest(ARRAY['CASE WHEN a < 10 THEN b ELSE 0 END', 'CASE WHEN a < 10 THEN b END', 'CASE WHEN a < 10 THEN 1 WHEN a < 50 THEN 2 WHEN a IS NULL THEN 3 ELSE c END',
    'CASE a WHEN 1 THEN 10 WHEN 2 THEN c ELSE b END', 'CASE WHEN flag THEN 1 ELSE 0 END', 'CASE WHEN NOT flag THEN a END', 'CASE WHEN flag IS NULL OR a > 90 THEN b END',
    'CASE WHEN flag AND a > b THEN a ELSE -a END', 'CASE WHEN flag OR NULL THEN 1 WHEN flag AND NULL THEN 2 END', 'CASE WHEN f > 7.5 THEN f * 2 ELSE -1.5 END',
    'CASE WHEN d >= ''2024-05-01'' AND ts < ''2024-09-01'' THEN a ELSE c END', 'CASE WHEN t = ''text 3'' THEN b END', 'CASE WHEN ''text 3'' <> t THEN a ELSE 5 END',
    'CASE WHEN v = ''v1'' THEN 1 END', 'CASE WHEN o = 3::oid THEN 1 ELSE 2 END', 'coalesce(a, c, 7)', 'coalesce(NULL, b, a)', 'coalesce(f, 0)',
    'CASE WHEN a = coalesce(b, 3) THEN a + b ELSE a * c END', 'CASE WHEN CASE WHEN a > 50 THEN flag ELSE NOT flag END THEN a END',
    'CASE WHEN a <> 3 THEN CASE c WHEN 4 THEN CASE b WHEN 6 THEN 1 END ELSE 9 END END', 'CASE WHEN a > 5 THEN (b / 7 * 7)::int ELSE a % 3 END',
    'nullif(a, 5)', 'CASE WHEN a IN (1, 2, 3) THEN b END', 'CASE WHEN t LIKE ''%3'' THEN 1 END', 'CASE WHEN upper(v) = ''V1'' THEN 1 END', 'CASE WHEN t > ''text 5'' THEN 1 END']) AS e;
SELECT aggregated('SELECT bool_and(a < 200), bool_or(flag AND a > 98), every(t IS NOT NULL OR k > 0), min(CASE WHEN flag THEN d END), max(coalesce(ts, ''2024-01-01'')) FROM cases');

-- groups, FILTER, several processes
SELECT aggregated('SELECT v, sum(CASE WHEN a < 10 THEN b ELSE 0 END), sum(coalesce(a, 0)) FILTER (WHERE c > 3) FROM cases GROUP BY v');
SELECT aggregated('SELECT k / 100, sum(CASE WHEN flag THEN a ELSE c END) FROM cases WHERE k > 50 GROUP BY 1 ORDER BY 1');
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SELECT aggregated('SELECT v, sum(CASE WHEN a < 10 THEN b ELSE 0 END) FROM cases GROUP BY v');
SET max_parallel_workers_per_gather = 0;

-- NaN and infinity in comparisons
CREATE TABLE odd AS SELECT i AS k, x, y FROM unnest('{0,-0,1,NaN,Infinity,-Infinity,NULL}'::float8[]) AS x, unnest('{0,1,NaN,Infinity,-Infinity,NULL}'::float8[]) AS y, generate_series(1, 50) AS i;
CREATE INDEX odd_smol ON odd USING smol (k) INCLUDE (x, y) WITH (nulls = store);
VACUUM ANALYZE odd;
SELECT aggregated(format('SELECT count(*), sum(CASE WHEN x %1$s y THEN 1 END), sum(CASE WHEN NOT x %1$s y THEN 1 END), sum(CASE WHEN (x %1$s y) IS NULL THEN 1 ELSE 2 END) FROM odd', op)), op
FROM unnest('{=,<>,<,<=,>,>=}'::text[]) AS op;

-- arms that are not reached don't fail; others do
SELECT aggregated('SELECT sum(CASE WHEN a < 10 THEN a * 200000000 ELSE 0 END) FROM cases');
SELECT aggregated('SELECT sum(CASE WHEN a < 20 THEN 0 ELSE a * 200000000 END) FROM cases WHERE a < 20');
SELECT aggregated('SELECT sum(CASE WHEN c = 0 THEN 0 ELSE 100 / c END) FROM cases');
SELECT aggregated('SELECT sum(coalesce(a, k * 1000000)) FROM cases WHERE k < 2000');
SELECT aggregated('SELECT sum(coalesce(a, k * 1000000)) FROM cases');
SELECT aggregated('SELECT sum(CASE WHEN k > 0 OR k * 1000000 > 0 THEN 1 END) FROM cases');
SELECT aggregated('SELECT sum(CASE WHEN k > 5000 AND k * 1000000 > 0 THEN 1 END) FROM cases');
SELECT aggregated('SELECT sum(CASE WHEN a > 5 THEN a * 100000000 END) FILTER (WHERE c < 0) FROM cases');

DROP TABLE cases, odd;
