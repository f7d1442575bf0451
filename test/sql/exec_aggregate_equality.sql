--
-- Grouping by types of which values may be equal without being the same: floats,
-- numeric, bpchar, interval.  And by those that are not but have an order of their
-- own: enum, timetz, inet, bit.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

CREATE TYPE regress_mood AS ENUM ('low', 'high');
ALTER TYPE regress_mood ADD VALUE 'between' BEFORE 'high';
CREATE TABLE alike (
    k int, v int, f4 float4, f8 float8, n numeric, c bpchar, c5 char(5), iv interval,
    m regress_mood, tt timetz, ip inet, net cidr, b bit(9), vb varbit, r regclass, t tid, x xid
);
INSERT INTO alike
SELECT i, i % 100,
       (ARRAY['0', '-0', 'NaN', '-NaN', 'Infinity', '-Infinity', '1.5', NULL])[i % 8 + 1]::float4,
       (ARRAY['0', '-0', 'NaN', '1e-300', 'Infinity', '-Infinity', '1.5'])[i % 7 + 1]::float8,
       (ARRAY['0', '0.00', '1', '1.0', '1.000', '-1', '-1.0', '10000', '10000.0000', '1e20', '1e-20', '0.0001', '1e-9999', '1e9999',
              '100000000.00', '1.' || repeat('0', 200), 'NaN', 'Infinity', '-Infinity', '123.4500', '123.45'])[i % 21 + 1]::numeric,
       (ARRAY['', ' ', 'a', 'a ', 'a  ', 'A', 'a b', 'a b ', ' a'])[i % 9 + 1]::bpchar,
       (ARRAY['', 'a', 'a ', 'b'])[i % 4 + 1],
       (ARRAY['0', '1 month', '30 days', '720 hours', '1 mon -1 day 24:00', '-1 month', '-30 days', '1 year', '360 days',
              'infinity', '-infinity', '1 microsecond'])[i % 12 + 1]::interval,
       (ARRAY['low', 'between', 'high'])[i % 3 + 1]::regress_mood,
       (ARRAY['12:00+00', '13:00+01', '12:00+01', '24:00+00', '00:00+00'])[i % 5 + 1]::timetz,
       (ARRAY['10.0.0.0', '10.0.0.0/8', '10.0.0.1/8', '::', '::/0', '10.0.0.0/32'])[i % 6 + 1]::inet,
       (ARRAY['10.0.0.0/8', '10.0.0.0/16', '::/0'])[i % 3 + 1]::cidr,
       (i % 5)::bit(9), (ARRAY['', '0', '00', '1', '10'])[i % 5 + 1]::varbit,
       (ARRAY['pg_class', 'pg_type'])[i % 2 + 1]::regclass, format('(%s,%s)', i % 3, i % 2 + 1)::tid, (i % 4)::text::xid
FROM generate_series(1, 20000) AS i;
CREATE INDEX alike_smol ON alike USING smol (k) INCLUDE (v, f4, f8, n, c, c5, iv, m, tt, ip, net, b, vb, r, t, x) WITH (nulls = store);
VACUUM ANALYZE alike;

-- which of the equal values is returned is anybody's choice: so only what they
-- have in common is compared
SELECT plan('SELECT f8, count(*) FROM alike GROUP BY f8');
SELECT c, aggregated(format('SELECT %2$s, sum(rows), sum(total) FROM (SELECT %1$s, count(*), sum(v) FROM alike GROUP BY %1$s) AS a (%1$s, rows, total) GROUP BY 1', c, e))
FROM (VALUES ('f4', 'f4 + 0'), ('f8', 'f8 + 0'), ('n', 'trim_scale(n)'), ('c', 'rtrim(c)'), ('c5', 'c5'), ('iv', 'justify_interval(iv)'),
             ('m', 'm'), ('tt', 'tt'), ('ip', 'ip'), ('net', 'net'), ('b', 'b'), ('vb', 'vb'), ('r', 'r'), ('t', 't'), ('x', 'x::text')) AS v (c, e);
SELECT c, aggregated(format('SELECT count(*) FROM alike GROUP BY %s', c)) FROM unnest('{f4,f8,n,c,c5,iv,m,tt,ip,net,b,vb,r,t,x}'::text[]) AS c;
SELECT aggregated('SELECT count(*), sum(v) FROM alike GROUP BY f8, n, iv');
SELECT aggregated('SELECT m, count(*), sum(v) FROM alike GROUP BY c, m');
SELECT aggregated('SELECT v, count(*) FROM alike WHERE v < 10 GROUP BY v, f4');

-- and it is one of them, as it came
SELECT bool_and(found) FROM (SELECT EXISTS (SELECT FROM alike AS a WHERE a.n::text = g.n::text AND a.c::text = g.c::text AND a.iv::text = g.iv::text) AS found
                             FROM (SELECT n, c, iv FROM alike GROUP BY n, c, iv) AS g) AS f;

-- DISTINCT
SELECT aggregated(format('SELECT count(*) FROM (SELECT DISTINCT %s FROM alike) AS d', c)) FROM unnest('{f4,f8,n,c,iv,m,tt,ip}'::text[]) AS c;
SELECT aggregated(format('SELECT count(DISTINCT %s) FROM alike', c)) FROM unnest('{f4,f8,n,c,c5,iv,m,tt,ip,net,b,vb,r,t}'::text[]) AS c;
SELECT aggregated('SELECT m, count(DISTINCT f4), count(DISTINCT n) FILTER (WHERE v < 7), count(DISTINCT c), sum(v) FROM alike GROUP BY m');
-- PostgreSQL adds DISTINCT floats in their order
SELECT aggregated('SELECT sum(DISTINCT f8) FROM alike WHERE f8 < 2');

-- sorted by the key: equal values come together, whatever their bytes
CREATE INDEX alike_n ON alike USING smol (n, f8) INCLUDE (v) WITH (nulls = store);
CREATE INDEX alike_c ON alike USING smol (c, iv DESC) INCLUDE (v) WITH (nulls = store);
CREATE INDEX alike_f ON alike USING smol (f4, m) INCLUDE (v) WITH (nulls = store);
CREATE INDEX alike_m ON alike USING smol (m, ip, tt) INCLUDE (v) WITH (nulls = store);
VACUUM alike;
DROP INDEX alike_smol;
SELECT plan('SELECT n, count(*) FROM alike GROUP BY n ORDER BY n');
SELECT aggregated('SELECT trim_scale(n) AS n, count, sum FROM (SELECT n, count(*), sum(v) FROM alike GROUP BY n) AS a ORDER BY 1');
SELECT aggregated('SELECT count(*), sum(v) FROM alike GROUP BY n, f8 ORDER BY n, f8');
SELECT aggregated('SELECT count(DISTINCT f8), sum(v) FROM alike WHERE n < 0 GROUP BY n HAVING count(*) > 5 ORDER BY n');
SELECT aggregated('SELECT rtrim(c), count, sum FROM (SELECT c, count(*), sum(v) FROM alike GROUP BY c) AS a ORDER BY rtrim(c) COLLATE "C"');
SELECT aggregated('SELECT count(*), sum(v) FROM alike GROUP BY c, iv ORDER BY c, iv DESC');
SELECT aggregated('SELECT f4 + 0 AS f4, count, sum FROM (SELECT f4, count(*), sum(v) FROM alike GROUP BY f4) AS a ORDER BY 1');
SELECT aggregated('SELECT m, count(DISTINCT ip), count(*) FROM alike GROUP BY m ORDER BY m');
SELECT aggregated('SELECT m, ip, tt, sum(v) FROM alike GROUP BY m, ip, tt ORDER BY m, ip, tt');
SELECT aggregated('SELECT count(DISTINCT n), count(DISTINCT f8) FROM alike WHERE n > 0');

-- whole subtrees of one value
CREATE TABLE alike_runs AS SELECT (i / 70000)::float8 AS f, CASE WHEN i % 2 = 0 THEN i / 50000 * 1.00 ELSE i / 50000 END AS n, i AS v, hashint4(i) AS h FROM generate_series(1, 200000) AS i;
CREATE INDEX alike_runs_f ON alike_runs USING smol (f) INCLUDE (h);
VACUUM ANALYZE alike_runs;
SELECT aggregated('SELECT f, count(*), sum(h), count(DISTINCT f) FROM alike_runs GROUP BY f ORDER BY f');
SELECT substring(line from 'Rows from Statistics: (\d+)')::int > 50000 AS mostly
FROM ran('SELECT f, sum(h) FROM alike_runs GROUP BY f') AS line WHERE line ~ 'Statistics';

-- by parallel workers, and in the parts of a partitioned table
CREATE TABLE alike_parts (LIKE alike_runs) PARTITION BY RANGE (v);
CREATE TABLE alike_part1 PARTITION OF alike_parts FOR VALUES FROM (0) TO (100000);
CREATE TABLE alike_part2 PARTITION OF alike_parts FOR VALUES FROM (100000) TO (300000);
INSERT INTO alike_parts SELECT f, n, v, h FROM alike_runs;
CREATE INDEX alike_parts_smol ON alike_parts USING smol (v) INCLUDE (f, n);
VACUUM ANALYZE alike_parts;
SELECT aggregated('SELECT f, count(*), sum(v) FROM alike_parts GROUP BY f');
SELECT aggregated('SELECT trim_scale(n) AS n, count, sum FROM (SELECT n, count(*), sum(v) FROM alike_parts GROUP BY n) AS a');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_index_scan_size = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT aggregated('SELECT f, count(*), sum(v) FROM alike_part2 GROUP BY f');
SELECT aggregated('SELECT trim_scale(n) AS n, count, sum FROM (SELECT n, count(*), sum(v) FROM alike_part2 GROUP BY n) AS a');
SELECT count(*) FROM plan('SELECT n, count(*), sum(v) FROM alike_part2 GROUP BY n') AS line WHERE line ~ 'Parallel Custom Scan \(SmolAggregate\)';

DROP TABLE alike, alike_runs, alike_parts;
DROP TYPE regress_mood;
