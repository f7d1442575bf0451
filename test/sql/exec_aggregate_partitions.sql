--
-- Aggregation of partitioned tables, each partition inside its index if it is sealed,
-- and of tables with children.
--
SET client_min_messages = warning;
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE events (ts date, device int, x int8, n numeric(10,2), f float8, t text COLLATE "C", m money) PARTITION BY RANGE (ts);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 (gone int, t text COLLATE "C", f float8, m money, x int8, ts date NOT NULL, more text, n numeric(10,2), device int);
ALTER TABLE events_2 DROP COLUMN gone;
ALTER TABLE events_2 DROP COLUMN more;
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2024-03-01') TO ('2024-04-01') PARTITION BY HASH (device);
CREATE TABLE events_3_0 PARTITION OF events_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_3_1 (m money, f float8, n numeric(10,2), t text COLLATE "C", x int8, device int, ts date);
ALTER TABLE events_3 ATTACH PARTITION events_3_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_4 PARTITION OF events FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
CREATE TABLE events_none PARTITION OF events FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
CREATE TABLE events_live PARTITION OF events FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO events SELECT '2024-01-01'::date + i % 121, i % 40, CASE WHEN i % 7 > 0 THEN i * 7919::int8 % 10007 - 5000 END, i % 777 / 4.0,
    i % 512 * 0.5, CASE WHEN i % 11 > 0 THEN 'text ' || i % 17 END, (i % 33)::text::money FROM generate_series(1, 40000) AS i;
INSERT INTO events SELECT '2024-06-01'::date + i % 20, i % 50, i, i, -i, 'live', i::money FROM generate_series(1, 1000) AS i;
INSERT INTO events SELECT '2030-01-01'::date + i % 20, i % 50, i, i, 'NaN', 'rest', i::money FROM generate_series(1, 100) AS i;
CREATE INDEX events_1_smol ON events_1 USING smol (ts) INCLUDE (device, x, n, f, t, m) WITH (nulls = store, writes = retire);
CREATE INDEX events_2_smol ON events_2 USING smol (device, ts) INCLUDE (x, n, f, t, m) WITH (nulls = store, writes = retire);
CREATE INDEX events_3_0_smol ON events_3_0 USING smol (ts) INCLUDE (device, x, n, f, t, m) WITH (nulls = store, writes = retire);
CREATE INDEX events_3_1_smol ON events_3_1 USING smol (t, ts) INCLUDE (device, x, n, f, m) WITH (nulls = store, writes = retire);
CREATE INDEX events_4_some ON events_4 USING smol (ts) INCLUDE (device, x, n, f, t, m) WITH (nulls = store, writes = retire) WHERE device < 20;
CREATE INDEX events_none_smol ON events_none USING smol (ts) INCLUDE (device, x, n, f, t, m) WITH (nulls = store, writes = retire);
CREATE INDEX events_live_btree ON events_live (ts);
VACUUM ANALYZE events;

-- months that are pruned, the sealed ones, and the live one
SELECT plan('SELECT count(*), sum(x) FROM events WHERE ts BETWEEN ''2024-02-05'' AND ''2024-02-20''');
SELECT plan('SELECT device, count(*), avg(n) FROM events WHERE ts >= ''2024-03-05'' AND device < 10 GROUP BY device HAVING count(*) > 5 ORDER BY device');
EXPLAIN (VERBOSE, COSTS OFF) SELECT device, sum(n) FILTER (WHERE t = 'text 3') AS s FROM events AS e WHERE ts < '2024-03-01' GROUP BY device;

-- Asks in parts, and without smol; how many parts are smol's, and how many are not.
CREATE FUNCTION by_parts(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    line text;
    sealed int := 0;
    others int := 0;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        sealed := sealed + (line ~ 'SmolAggregate')::int;
        others := others + (line ~ 'Partial .*Aggregate')::int;
    END LOOP;
    PERFORM set_config('smol.enable_aggregate', 'on', true);
    answer := aggregated(query);
    RETURN format('%s of %s: ', sealed, sealed + others) || answer;
END
$$;
CREATE TABLE asked (n serial, q text);
INSERT INTO asked (q) VALUES
    ('SELECT count(*), count(x), sum(x), min(x), max(x), avg(x) FROM events'),
    ('SELECT count(*), sum(n), avg(n), variance(n), stddev(x), sum(m), min(m), max(ts), avg(device), variance(device) FROM events WHERE ts < ''2024-07-01'''),
    ('SELECT min(f), max(f), sum(f), avg(f) FROM events'),
    ('SELECT sum(f), avg(f), min(f) FROM events WHERE ts < ''2024-07-01'''),
    ('SELECT count(*), sum(x) FROM events WHERE ts BETWEEN ''2024-02-05'' AND ''2024-02-20'''),
    ('SELECT count(*), sum(x) FROM events WHERE ts BETWEEN ''2024-01-05'' AND ''2024-06-05'''),
    ('SELECT ts, count(*), sum(x) FROM events GROUP BY ts ORDER BY ts'),
    ('SELECT device, count(*), sum(x), avg(n), variance(x), max(m) FROM events GROUP BY device'),
    ('SELECT t, device, count(*), count(x), sum(n) FROM events WHERE ts >= ''2024-02-10'' GROUP BY t, device'),
    ('SELECT m, count(*), sum(x) FROM events GROUP BY m ORDER BY m DESC'),
    ('SELECT n, count(*), sum(x) FROM events WHERE device IN (3, 5, 19) GROUP BY n HAVING sum(x) > 0 AND n > 10'),
    ('SELECT device + count(*) AS y, max(x) - min(x) AS z FROM events WHERE t > ''text 15'' GROUP BY device'),
    ('SELECT device, sum(x) FILTER (WHERE t = ''text 3''), count(*) FILTER (WHERE ts > ''2024-03-15'') FROM events GROUP BY device'),
    ('SELECT device, t FROM events WHERE ts < ''2024-03-15'' GROUP BY device, t'),
    ('SELECT 1 AS one, device, sum(x) FROM events WHERE device = 7 GROUP BY device, ts'),
    ('SELECT device, sum(x) FROM events WHERE device = 7 GROUP BY device'),
    ('SELECT count(*), sum(x) FROM events WHERE device < 15 AND ts < ''2024-05-01'''),
    ('SELECT count(*), sum(x) FROM events WHERE ts = ''1999-01-01'''),
    ('SELECT count(*), sum(x) FROM events WHERE ts BETWEEN ''2024-05-02'' AND ''2024-05-03'''),
    ('SELECT device, count(*) FROM events WHERE ts BETWEEN ''2024-05-02'' AND ''2024-05-03'' GROUP BY device'),
    ('SELECT count(*) FROM events WHERE ts IS NULL'),
    ('SELECT count(*), sum(x) FROM events WHERE now() < ''2000-01-01'''),
    ('SELECT count(*), sum(x) FROM events_3 WHERE device > 3'),
    ('SELECT device, count(*), avg(x) FROM events_3 GROUP BY device'),
    ('SELECT e.device, count(*) FROM (SELECT device, sum(x) AS s FROM events GROUP BY device) AS e JOIN (SELECT device, max(n) AS n FROM events GROUP BY device) AS d USING (device) GROUP BY e.device'),
    ('SELECT d.i, (SELECT sum(x) FROM events WHERE device = d.i) FROM generate_series(1, 4) AS d (i)'),
    ('SELECT d.i, s.s FROM generate_series(1, 4) AS d (i), LATERAL (SELECT device, sum(x) AS s FROM events WHERE ts < date ''2024-01-01'' + d.i * 20 GROUP BY device ORDER BY device LIMIT 2) AS s'),
    ('SELECT sum(s) FROM (SELECT sum(x) AS s FROM events_1 UNION ALL SELECT sum(x) FROM events) AS u'),
    ('SELECT device, count(*) FROM events WHERE tableoid = ''events_1''::regclass GROUP BY device'),
    ('SELECT device, count(DISTINCT t) FROM events GROUP BY device'),
    ('SELECT device, count(*) FROM events GROUP BY ROLLUP (device)');
SELECT q, by_parts(q) FROM asked ORDER BY n;

-- other ways to get there
CREATE FUNCTION not_ok() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT q || ': ' || a FROM (SELECT n, q, by_parts(q) AS a FROM asked OFFSET 0) AS x WHERE a !~ ': ok' ORDER BY n
$$;
SET enable_partitionwise_aggregate = on;
SELECT plan('SELECT ts, sum(x) FROM events WHERE ts > ''2024-03-20'' GROUP BY ts');
SELECT not_ok();
RESET enable_partitionwise_aggregate;
SET enable_partition_pruning = off;
SELECT not_ok();
RESET enable_partition_pruning;
SET enable_hashagg = off;
SELECT not_ok();
RESET enable_hashagg;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT not_ok();
RESET work_mem;
RESET hash_mem_multiplier;

-- by several processes
SET max_parallel_workers_per_gather = 2;
SET min_parallel_index_scan_size = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT plan('SELECT device, sum(x) FROM events WHERE ts > ''2024-03-20'' GROUP BY device');
SELECT not_ok();
SET parallel_leader_participation = off;
SELECT not_ok();
SET enable_partitionwise_aggregate = on;
SELECT not_ok();
RESET enable_partitionwise_aggregate;
SET max_parallel_workers = 0;
SELECT not_ok();
RESET max_parallel_workers;
SET enable_parallel_append = off;
SELECT not_ok();
RESET enable_parallel_append;
RESET parallel_leader_participation;
SET max_parallel_workers_per_gather = 0;

-- partitions that are pruned as the plan starts, or runs
SET plan_cache_mode = force_generic_plan;
PREPARE months (date, date) AS SELECT count(*), sum(x), max(n) FROM events WHERE ts BETWEEN $1 AND $2;
CREATE FUNCTION parts_run(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
        IF line ~ 'Smol.*never' THEN
            NULL;
        ELSIF line ~ 'Index: |Heap Fallback|Removed|Partial .*Aggregate|Rows from|Rows Decoded' THEN
            RETURN NEXT regexp_replace(ltrim(line), ' \(actual.*', '');
        END IF;
    END LOOP;
END
$$;
SELECT parts_run('EXECUTE months (''2024-02-05'', ''2024-03-15'')');
EXECUTE months ('2024-02-05', '2024-03-15');
EXECUTE months ('2024-01-15', '2024-07-15');
EXECUTE months (NULL, '2024-07-15');
SELECT parts_run('SELECT count(*), sum(x) FROM events WHERE ts < (SELECT min(ts) + 10 FROM events_1)');
SELECT count(*), sum(x) FROM events WHERE ts < (SELECT min(ts) + 10 FROM events_1);

-- a row is deleted after planning: its partition is aggregated by rows, no other
PREPARE groups AS SELECT device, count(*), sum(x) FROM events GROUP BY device;
CREATE TABLE before AS EXECUTE groups;
DELETE FROM events WHERE ts = '2024-02-07' AND device = 33;
SELECT parts_run('EXECUTE groups');
CREATE TABLE after AS EXECUTE groups;
SELECT * FROM before EXCEPT SELECT * FROM after;
SET smol.enable_aggregate = off;
SELECT device, count(*), sum(x) FROM events WHERE device IN (32, 33) GROUP BY device EXCEPT SELECT * FROM after;
SET smol.enable_aggregate = on;
EXECUTE months ('2024-01-15', '2024-07-15');

-- a partition that is written to is left to PostgreSQL from then on
INSERT INTO events VALUES ('2024-01-05', 3, 100000, 1, 1, 'new', 1::money);
SELECT by_parts('SELECT device, count(*), sum(x) FROM events GROUP BY device');
SELECT not_ok();

-- row security, and a view that is a barrier
CREATE ROLE smol_partitions_reader;
GRANT SELECT ON events TO smol_partitions_reader;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY below_30 ON events FOR SELECT USING (device < 30);
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM events WHERE device > 20;
GRANT SELECT ON barrier TO smol_partitions_reader;
GRANT EXECUTE ON FUNCTION by_parts TO smol_partitions_reader;
SET ROLE smol_partitions_reader;
SELECT by_parts('SELECT count(*), sum(x), max(device) FROM events WHERE ts < ''2024-04-01''');
SELECT by_parts('SELECT device, sum(x) FROM barrier WHERE n > 5 GROUP BY device');
RESET ROLE;
DROP TABLE events, asked, before, after CASCADE;
REVOKE ALL ON FUNCTION by_parts FROM smol_partitions_reader;
DROP ROLE smol_partitions_reader;

-- children by inheritance: other columns, another order
CREATE TABLE shapes (a int, b text COLLATE "C", c int8);
CREATE TABLE circles (r int) INHERITS (shapes);
CREATE TABLE squares (c int8, side int, a int, b text COLLATE "C");
ALTER TABLE squares INHERIT shapes;
CREATE TABLE small_circles (s int) INHERITS (circles);
INSERT INTO shapes SELECT i, 'shape ' || i % 3, i FROM generate_series(1, 5000) AS i;
INSERT INTO circles SELECT i, 'circle ' || i % 3, i, i FROM generate_series(1, 7000) AS i;
INSERT INTO squares SELECT i, i, i % 10, 'square ' || i % 3 FROM generate_series(1, 9000) AS i;
INSERT INTO small_circles SELECT i, 'circle ' || i % 3, -i, i, i FROM generate_series(1, 100) AS i;
CREATE INDEX shapes_smol ON shapes USING smol (a) INCLUDE (b, c);
CREATE INDEX circles_smol ON circles USING smol (r) INCLUDE (c, b, a);
CREATE INDEX squares_smol ON squares USING smol (b, a) INCLUDE (c);
VACUUM ANALYZE shapes, circles, squares, small_circles;
SELECT plan('SELECT b, count(*), sum(c) FROM shapes GROUP BY b ORDER BY b');
SELECT by_parts('SELECT b, count(*), sum(c), avg(a) FROM shapes WHERE a < 4000 GROUP BY b ORDER BY b');
SELECT by_parts('SELECT count(*), sum(c), avg(a), stddev(c), min(a) FROM shapes');
SELECT by_parts('SELECT a % 5 = 0 AS y, count(*) FROM shapes GROUP BY 1');
SELECT by_parts('SELECT a, count(*) FROM shapes GROUP BY a HAVING count(*) > 2 ORDER BY a');
SELECT by_parts('SELECT count(*), sum(c) FROM ONLY shapes WHERE a > 50');
SELECT by_parts('SELECT b, sum(c) FROM circles WHERE r > 50 GROUP BY b');
SET max_parallel_workers_per_gather = 2;
SELECT by_parts('SELECT b, count(*), sum(c), avg(a) FROM shapes WHERE a < 4000 GROUP BY b ORDER BY b');
SELECT by_parts('SELECT count(*), sum(c), avg(a), stddev(c), min(a) FROM shapes WHERE b > ''d''');
DROP TABLE shapes CASCADE;
DROP FUNCTION by_parts, not_ok, parts_run;
