--
-- Sums, differences and products of numerics within aggregates, as scaled integers:
-- results of PostgreSQL's scales; what no word can be is left to the ordinary plan.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE lines (k int, qty int, i8 int8, price numeric(12,2), discount numeric(4,3), tax numeric(5,0), free numeric, kind text, paid bool);
INSERT INTO lines
SELECT i, i % 50 - 5, i * 1000000007::int8, CASE WHEN i % 17 > 0 THEN (i * 7919::int8 % 1000000) / 100.0 - 20 END, (i % 400) / 1000.0, i % 30, i / 7.0, 'kind ' || i % 6, i % 3 = 0
FROM generate_series(1, 20000) AS i;
CREATE INDEX lines_smol ON lines USING smol (k) INCLUDE (qty, i8, price, discount, tax, free, kind, paid) WITH (nulls = store);
VACUUM ANALYZE lines;

SELECT plan('SELECT sum(price * qty) FROM lines');
SELECT aggregated(format('SELECT sum(%1$s), avg(%1$s), min(%1$s), max(%1$s), count(%1$s), stddev(%1$s), var_pop(%1$s) FROM lines', e)), e
FROM unnest(ARRAY['price * qty', 'price * (1 - discount)', 'price * (1 - discount) * (1 + discount)', 'price + discount', 'discount - price', '-price', 'price * 2', 'price * 1.50',
    'price * 0.00', 'price + qty', 'qty * discount + tax', 'tax * tax', 'price * price', 'qty::numeric', 'i8::numeric * 0.1', 'price - 0.0001', '(price + 1) * -qty',
    'CASE WHEN paid THEN price ELSE 0.00 END', 'CASE WHEN price > 5000 THEN price * qty ELSE price END', 'coalesce(price, 0.00)']) AS e;

-- of one scale or the other: a sum is of the greater one only if a value is
SELECT aggregated(format('SELECT sum(%1$s), avg(%1$s), count(%1$s) FROM lines %2$s', e, w)), e, w
FROM unnest(ARRAY['CASE WHEN paid THEN price ELSE 0 END', 'CASE WHEN paid THEN price * qty END', 'CASE WHEN paid THEN 0 ELSE price END', 'coalesce(price, 0)', 'coalesce(price, tax)',
    'CASE WHEN kind = ''kind 3'' THEN price * (1 - discount) WHEN paid THEN 7 END']) AS e,
    unnest(ARRAY['', 'WHERE paid', 'WHERE NOT paid', 'WHERE price IS NULL', 'WHERE k > 100000', 'WHERE kind = ''kind 3''']) AS w;
SELECT aggregated('SELECT kind, paid, sum(CASE WHEN paid THEN price ELSE 0 END), avg(coalesce(price, 0)) FILTER (WHERE qty > 3), sum(price) FROM lines GROUP BY kind, paid');
SELECT aggregated('SELECT k, sum(CASE WHEN paid THEN price ELSE 0 END), avg(price * qty) FROM lines WHERE k < 1000 GROUP BY k ORDER BY k');

-- comparisons of numerics
SELECT aggregated(format('SELECT sum(CASE WHEN price %1$s 100 THEN 1 END), sum(CASE WHEN price %1$s discount THEN 1 ELSE 2 END), sum(CASE WHEN price %1$s 79.190 THEN qty END), count(CASE WHEN price * qty %1$s tax THEN 1 END) FROM lines', op)), op
FROM unnest('{=,<>,<,<=,>,>=}'::text[]) AS op;

-- groups in their order are read to the end first; in parts they are not
SELECT plan('SELECT k, sum(price * qty) FROM lines GROUP BY k');
SELECT aggregated('SELECT k / 1000, sum(price * qty) FROM lines GROUP BY 1 HAVING sum(price * qty) > 0 ORDER BY 1');

-- not ours
SET smol.explain_declined = on;
SELECT aggregated(format('SELECT sum(%s) FROM lines', e)), e
FROM unnest(ARRAY['price / qty', 'free * 2', 'price * price * price * price * price * price * price * price * price * price', 'round(price * qty, 1)', 'price * (CASE WHEN paid THEN 1.5 ELSE 2 END)', 'CASE WHEN paid THEN price WHEN qty > 3 THEN 1 ELSE 1.5 END']) AS e;
SELECT aggregated('SELECT max(CASE WHEN paid THEN price ELSE 0 END) FROM lines');
RESET smol.explain_declined;

-- NaN is taken in; what has too many digits, and infinity, is the ordinary plan's
CREATE TABLE big (k int, n numeric(18,2), m numeric(16,4), g int);
INSERT INTO big SELECT i, i * 1.01, i * 0.0003, i % 3 FROM generate_series(1, 5000) AS i;
INSERT INTO big VALUES (6000, 'NaN', 1, 1), (6001, 1, 'NaN', 2), (7000, 9999999999999999.99, 999999999999.9999, 1), (7001, -9999999999999999.99, 3, 2), (7002, NULL, 5, 0);
CREATE INDEX big_smol ON big USING smol (k) INCLUDE (n, m, g) WITH (nulls = store);
VACUUM ANALYZE big;
SELECT aggregated(format('SELECT sum(n * m), avg(n * m), sum(n * 10), min(n + m), max(n - m), sum(CASE WHEN m > 1 THEN n ELSE 0 END), count(n * m) FROM big WHERE k %s', w)), w
FROM unnest('{< 6000,< 6001,<= 6001,= 6001,> 6001,> 6500,> 0}'::text[]) AS w;
SELECT aggregated(format('SELECT g, sum(n * m) FROM big WHERE k %s GROUP BY g', w)), w
FROM unnest('{< 6000,<= 6001,> 6500,> 0}'::text[]) AS w;
SELECT line FROM ran('SELECT sum(n * m) FROM big') AS line WHERE line ~ 'Fallback';
SELECT aggregated('SELECT sum(CASE WHEN k < 6000 THEN n * m ELSE 0 END) FROM big WHERE k <> ALL (''{7000,7001}'')');
SELECT aggregated('SELECT x, (SELECT sum(n * m) FROM big WHERE k < x) FROM (VALUES (10), (8000), (20)) AS v(x)');

-- the ordinary plan, where the index is not current
DROP INDEX lines_smol;
CREATE INDEX lines_smol ON lines USING smol (k) INCLUDE (qty, price, paid) WITH (nulls = store, writes = retire);
SET plan_cache_mode = force_generic_plan;
PREPARE q AS SELECT paid, sum(price * qty), sum(CASE WHEN paid THEN price ELSE 0 END) FROM lines GROUP BY paid ORDER BY paid;
EXECUTE q;
DELETE FROM lines WHERE k = 5;
SET smol.max_heap_checks = 0;
EXECUTE q;
RESET smol.max_heap_checks;
DEALLOCATE ALL;

DROP TABLE lines, big;
