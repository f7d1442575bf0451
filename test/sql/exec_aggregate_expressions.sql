--
-- Aggregates over expressions inside an index: column by column where that can be
-- done, else row by row, with PostgreSQL's own results and errors.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

CREATE TABLE orders (
    k int, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric(9,2),
    d date, ts timestamp, flag bool, note text
);
INSERT INTO orders
SELECT i, i % 300 - 150, nullif(i % 1000, 13) * 50, i * 100000::int8, i % 64 / 4.0, nullif(i % 128, 5) / 8.0, i / 100.0,
       date '2024-01-01' + i % 400, timestamp '2024-01-01' + i * interval '1 minute', i % 3 = 0, 'note ' || i % 12
FROM generate_series(1, 20000) AS i;
CREATE INDEX orders_smol ON orders USING smol (k) INCLUDE (i2, i4, i8, f4, f8, n, d, ts, flag, note)
    WITH (nulls = store, writes = retire);
VACUUM ANALYZE orders;

-- column by column
SELECT plan('SELECT sum(i4 + 1), sum(i4 * i2) FROM orders WHERE i2 > 3');
SELECT aggregated(format('SELECT sum(%1$s), min(%1$s), max(%1$s), avg(%1$s), count(%1$s), stddev(%1$s), count(*) FROM orders', e)), e
FROM unnest('{i4 + 1,i4 - i2,i4 * i2,i8 * 2 + k,i8 * i2 - i4,1000 - i4,i2 + i2,k::int8 * i4 * i2,f8 * 2,f8 + i4,f8 * f8 - 1.5,
(k + 1)::int8,(i4 / 50)::int2,i8::int4,i4::float8 * 0.25,-i4,abs(i4 - 20000),i4 / 7,i4 % 7,f4 * 2,f8 / 3,sqrt(f8)}'::text[]) AS e;

-- row by row: any expression that is the same for the same row
SELECT aggregated('SELECT sum(CASE WHEN flag THEN i4 ELSE 0 END), sum(CASE WHEN note = ''note 3'' THEN i8 END) FROM orders');
SELECT aggregated('SELECT sum(length(note)), max(length(note || i4::text)), count(nullif(note, ''note 1'')) FROM orders');
SELECT aggregated('SELECT min(date_trunc(''month'', ts)), max(d + 3), min(d - date ''2020-01-01''), max(extract(year FROM d)::int) FROM orders');
SELECT aggregated('SELECT bool_and(i4 >= 0), bool_or(f8 > i4), every(note IS NOT NULL) FROM orders');
SELECT aggregated('SELECT sum(coalesce(i4, -1)), sum(greatest(i2, i4)), max(n::int), sum(round(n)::int) FROM orders');

-- FILTER, conditions, groups, and all together
SELECT aggregated('SELECT sum(i4 + i2) FILTER (WHERE flag), sum(i4 + i2) FILTER (WHERE i2 > 100), sum(i4 + i2), count(i4 + i2) FROM orders WHERE k BETWEEN 100 AND 15000 AND f8 < 12');
SELECT aggregated('SELECT note, sum(i4 * 2), avg(i8 - i4), sum(i4), count(*) FROM orders GROUP BY note');
SELECT aggregated('SELECT k, sum(i4 * i2), max(f8 + 1) FROM orders WHERE k < 3000 GROUP BY k ORDER BY k');
SELECT aggregated('SELECT flag, sum(i4 + 1), count(DISTINCT i2) FROM orders GROUP BY flag HAVING sum(i4 + 1) > 10');
SELECT aggregated('SELECT sum(i4 + 1), count(i4 + 1), max(length(note)) FROM orders WHERE k > 100000');
SELECT aggregated('SELECT sum(i4 + x) FROM orders, (VALUES (1), (2)) v(x) WHERE k < 10');
SELECT x, (SELECT sum(i4 + x) FROM orders WHERE k < x * 10) FROM generate_series(1, 3) x;

-- rows that don't pass are not evaluated
SELECT aggregated('SELECT sum(100 / i2) FROM orders WHERE i2 <> 0');
SELECT aggregated('SELECT sum(100 / i2) FILTER (WHERE i2 > 0), sum(2147483000 + i2) FILTER (WHERE i2 < 0) FROM orders');
SELECT sum(100 / i2) FROM orders;
SELECT sum(100 / i2) FILTER (WHERE i2 < 5) FROM orders;

-- nor is what a FILTER compares with, where no row passes WHERE
CREATE FUNCTION fails() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$;
SELECT aggregated(format('SELECT count(*) FILTER (WHERE i2 = fails()), sum(i4 + 1) FILTER (WHERE i4 = ANY (ARRAY[fails()])) FROM orders WHERE k %s', c)) FROM unnest('{> 100000,= 5}'::text[]) AS c;
SELECT aggregated('SELECT note, count(*) FILTER (WHERE i2 = fails()) FROM orders WHERE k > 100000 GROUP BY note');
SELECT aggregated(format('SELECT max(i4) FILTER (WHERE i2 = (SELECT k FROM orders)) FROM orders WHERE f8 > %s', f)) FROM unnest('{1000,1}'::int[]) AS f;
SELECT x, (SELECT count(*) FILTER (WHERE i2 = x) FROM orders WHERE k < x * 100) FROM generate_series(-1, 3) x;
DROP FUNCTION fails;

-- out of range: PostgreSQL's error, from whatever row; NULLs can't be
SELECT sum(i4 + 2147480000) FROM orders;
SELECT sum(i2 * i2 * i2 * i2 * i2) FROM orders WHERE k > 100;
SELECT sum((i2 + 32767::int2)) FROM orders;
SELECT sum(i8 * 100000000000) FROM orders;
SELECT sum(i4::int2) FROM orders;
SELECT sum(f8 * 1e308) FROM orders;
SELECT sum(f8 * 1e-320 * 1e-10) FROM orders;
SELECT aggregated('SELECT sum(i4 + 2147480000) FROM orders WHERE i4 < 3000');
SELECT aggregated('SELECT sum(i4 + 2147433650) FROM orders WHERE i4 IS NULL');

-- infinity, NaN, zeros
CREATE TABLE odd AS SELECT i AS k, v FROM unnest('{0,-0,1,-1,NaN,Infinity,-Infinity,1e308,NULL}'::float8[]) WITH ORDINALITY AS u(v, i)
UNION ALL SELECT i, i / 4.0 FROM generate_series(1001, 9000) AS i;
CREATE INDEX odd_smol ON odd USING smol (k) INCLUDE (v) WITH (nulls = store);
VACUUM ANALYZE odd;
SELECT aggregated(format('SELECT sum(v * 0), max(v + 1), min(v - 1), count(v * 2) FROM odd WHERE k %s', c)) FROM unnest('{< 8,< 5,= 6,= 5,= 9,BETWEEN 5 AND 6,> 100,> 9000}'::text[]) AS c;

-- not ours: other results, volatile functions, subqueries
SELECT aggregated('SELECT sum(n / 2) FROM orders');
SELECT aggregated('SELECT count(i4 + (SELECT max(i2) FROM orders)) FROM orders');
SELECT plan('SELECT count(i4 + random()) FROM orders');

-- the ordinary plan, where the index is not current
SET plan_cache_mode = force_generic_plan;
PREPARE q(int) AS SELECT note, sum(i4 + $1), max(length(note) + $1), count(*) FROM orders GROUP BY note ORDER BY note LIMIT 3;
EXECUTE q(5);
DELETE FROM orders WHERE k = 50;
SET smol.max_heap_checks = 0;
EXECUTE q(5);
RESET smol.max_heap_checks;
RESET plan_cache_mode;
DEALLOCATE ALL;

DROP TABLE orders, odd;
