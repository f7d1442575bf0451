--
-- Aggregation inside an index by several processes: each row is counted once, the
-- results are those of one process, and small questions are not worth it.
--
SET client_min_messages = warning;
SET smol.enable_aggregate = on;
CREATE TABLE parts (k int, g int, b bool, i2 int2, i8 int8, n numeric(12,2), f4 float4, f8 float8, m money, d date, t text COLLATE "C");
INSERT INTO parts
SELECT i, i % 100, i % 3 = 0, i % 700, CASE WHEN i % 5 > 0 THEN (i * 7919::int8) % 10007 - 5000 END, (i % 999) / 8.0,
       i % 50, i % 1024 * 0.25, (i % 77)::text::money, '2000-01-01'::date + i % 366, CASE WHEN i % 9 > 0 THEN 'text ' || i % 13 END
FROM generate_series(1, 60000) AS i;
CREATE INDEX parts_k ON parts USING smol (k) INCLUDE (g, b, i2, i8, n, f4, f8, m, d, t) WITH (nulls = store, writes = retire);
CREATE INDEX parts_g ON parts USING smol (g, b, k) INCLUDE (i8) WITH (nulls = store, writes = retire);
VACUUM ANALYZE parts;

-- small ones stay serial, and so does what statistics answer
SET max_parallel_workers_per_gather = 2;
SELECT plan('SELECT g, sum(i8) FROM parts GROUP BY g');
SET min_parallel_index_scan_size = 0;
SET min_parallel_table_scan_size = 0;
SELECT plan('SELECT g, sum(i8) FROM parts GROUP BY g');
SET parallel_setup_cost = 20;
-- workers take longer to begin than the first of these, but not than the second
SELECT plan('SELECT count(*), sum(i8) FROM parts WHERE i2 < 350');
SELECT plan('SELECT sum(abs(i8 + g) % 7 + abs(g - i2) % 5) FROM parts');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT plan('SELECT count(*), sum(i8), min(d) FROM parts WHERE k BETWEEN 700 AND 55000');
SELECT plan('SELECT g, sum(i8) FROM parts GROUP BY g');
SELECT plan('SELECT t, count(*) AS n FROM parts WHERE k > 77 AND g <> 5 GROUP BY t HAVING sum(i8) > 0 ORDER BY n DESC');

-- what each process does adds up
CREATE FUNCTION counts(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
        IF line ~ 'SmolAggregate|Workers Launched|Rows (from|Decoded)|Heap Fallback|never executed' THEN
            RETURN NEXT regexp_replace(ltrim(line), ' \(actual.*', '');
        ELSIF line ~ 'Rows by Worker' THEN
            RETURN NEXT 'workers: ' || cardinality(string_to_array(line, ','));
        END IF;
    END LOOP;
END
$$;
SELECT counts('SELECT t, sum(i8) FROM parts GROUP BY t');
SELECT counts('SELECT count(*), sum(i8), stddev(g) FROM parts WHERE k > 100 AND i2 < 350');

-- Asks by several processes, by one, and without smol; it is not 'ok' if the
-- answers differ, or SmolAggregate was not in all processes.
CREATE FUNCTION in_parts(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    line text;
    inside bool := false;
    parallel text[];
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        inside := inside OR line ~ 'Parallel Custom Scan \(SmolAggregate\)';
    END LOOP;
    parallel := outcome(query);
    PERFORM set_config('max_parallel_workers_per_gather', '0', true);
    answer := aggregated(query);
    PERFORM set_config('max_parallel_workers_per_gather', '2', true);
    IF parallel IS DISTINCT FROM outcome(query) THEN
        RETURN 'DIFFERENT EACH TIME';
    END IF;
    PERFORM set_config('smol.enable_aggregate', 'off', true);
    PERFORM set_config('max_parallel_workers_per_gather', '0', true);
    IF parallel IS DISTINCT FROM outcome(query) THEN
        answer := format('DIFFERENT: %s, not %s', parallel[1:3], (outcome(query))[1:3]);
    END IF;
    PERFORM set_config('max_parallel_workers_per_gather', '2', true);
    PERFORM set_config('smol.enable_aggregate', 'on', true);
    RETURN CASE WHEN inside THEN answer ELSE 'NOT BY SEVERAL: ' || answer END;
END
$$;
CREATE TABLE asked (n serial, q text);
INSERT INTO asked (q) VALUES
    ('SELECT count(*), count(i8), count(t) FROM parts WHERE g < 50'),
    ('SELECT sum(i2), sum(k), sum(i8), sum(n), sum(f4), sum(f8), sum(m) FROM parts WHERE g < 50'),
    ('SELECT avg(i2), avg(k), avg(i8), avg(n), avg(f4), avg(f8) FROM parts WHERE g < 50'),
    ('SELECT min(i2), min(k), min(i8), min(n), min(f4), min(f8), min(m), min(d) FROM parts WHERE g > 50'),
    ('SELECT max(i2), max(k), max(i8), max(n), max(f4), max(f8), max(m), max(d) FROM parts WHERE g > 50'),
    ('SELECT bool_and(b), bool_or(b), every(b) FROM parts WHERE i2 > 50'),
    ('SELECT var_pop(i2), var_samp(k), variance(i8), stddev_pop(n), stddev_samp(i8), stddev(i2) FROM parts WHERE g > 50'),
    ('SELECT round(var_pop(f8)::numeric, 6), round(stddev(f4)::numeric, 6), round(variance(f8)::numeric, 6) FROM parts WHERE g > 50'),
    ('SELECT count(*), count(i8), sum(i8), avg(n), stddev(i8), variance(k), avg(i2), max(d), bool_or(b), avg(f8), sum(m) FROM parts WHERE g > 5000'),
    ('SELECT count(i8), sum(i8), avg(i8), stddev(i8), min(i8) FROM parts WHERE i8 IS NULL AND g < 50'),
    ('SELECT g, count(*), sum(i8), avg(n), variance(i8), min(f8), max(d), bool_or(b) FROM parts GROUP BY g'),
    ('SELECT t, count(*), count(i8), sum(n), avg(i8), stddev(i2) FROM parts GROUP BY t'),
    ('SELECT b, d, count(*), sum(k) FROM parts WHERE i2 < 500 GROUP BY b, d'),
    ('SELECT i2, count(*), sum(k) FROM parts GROUP BY i2'),
    ('SELECT m, count(*), sum(k) FROM parts GROUP BY m ORDER BY m'),
    ('SELECT g, b, sum(i8), count(i8) FROM parts GROUP BY g, b ORDER BY g, b'),
    ('SELECT g, b, sum(i8) FROM parts WHERE k > 300 GROUP BY g, b ORDER BY g, b'),
    ('SELECT d, count(*) FILTER (WHERE b), sum(i8) FILTER (WHERE g < 10), sum(i8) FROM parts GROUP BY d'),
    ('SELECT count(*) FILTER (WHERE g = 3 AND b), sum(n) FILTER (WHERE i8 IS NULL), max(k) FILTER (WHERE i2 > 700) FROM parts'),
    ('SELECT g * 2 + count(*) AS x, sum(i8)::float8 / 2 FROM parts GROUP BY g HAVING min(i8) < -4900 AND g > 3'),
    ('SELECT b, t, count(*), avg(n) FROM parts WHERE g IN (5, 77, 30) AND n > 3 GROUP BY b, t'),
    ('SELECT b, count(*), sum(i8) FROM parts WHERE g IN (5, 6, 77, 30, 99) AND k > 20 GROUP BY b'),
    ('SELECT t, g FROM parts WHERE d > ''2000-06-01'' GROUP BY t, g'),
    ('SELECT 7 AS seven, g, count(*) FROM parts WHERE g = 3 AND t > ''text 3'' GROUP BY g'),
    ('SELECT t, count(*), sum(i8) FROM parts WHERE g < 50 AND i8 > 20000 GROUP BY t'),
    ('SELECT n, count(*), rank() OVER (ORDER BY sum(k)) FROM parts GROUP BY n'),
    ('SELECT count(*), sum(s) FROM (SELECT sum(i8) AS s FROM parts GROUP BY d) AS x');
SELECT q, in_parts(q) FROM asked ORDER BY n;

-- by small stretches; without the leader; without workers; in pieces that fit into memory
CREATE FUNCTION not_ok() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT q || ': ' || a FROM (SELECT n, q, in_parts(q) AS a FROM asked WHERE in_parts(q) NOT LIKE 'NOT BY SEVERAL%' OFFSET 0) AS x WHERE a NOT LIKE 'ok%' ORDER BY n
$$;
SET smol.parallel_chunk_pages = 1;
SELECT not_ok();
SET parallel_leader_participation = off;
SELECT not_ok();
SET max_parallel_workers = 0;
SELECT not_ok();
SELECT counts('SELECT t, sum(i8) FROM parts GROUP BY t');
RESET max_parallel_workers;
RESET parallel_leader_participation;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT not_ok();
SET cpu_tuple_cost = 0;
SELECT in_parts('SELECT d, t, m, avg(i8) FROM parts GROUP BY d, t, m');
RESET cpu_tuple_cost;
RESET work_mem;
RESET hash_mem_multiplier;

-- a Gather that is scanned again starts over
SET enable_material = off;
EXPLAIN (COSTS OFF) SELECT * FROM (SELECT count(*), sum(i8), rank() OVER () AS r FROM parts WHERE t > 'text 3') AS q RIGHT JOIN (VALUES (1), (2), (3)) AS v (x) ON true;
SELECT * FROM (SELECT count(*), sum(i8), rank() OVER () AS r FROM parts WHERE t > 'text 3') AS q RIGHT JOIN (VALUES (1), (2), (3)) AS v (x) ON true;
SELECT count(*), sum(i8) FROM parts WHERE t > 'text 3';
RESET enable_material;

-- parameters, and a subquery's answer
PREPARE several (int, int) AS SELECT count(*), sum(i8), max(d) FROM parts WHERE g BETWEEN $1 AND $2;
SET plan_cache_mode = force_generic_plan;
SELECT plan('EXECUTE several (1, 2)');
EXECUTE several (10, 30);
EXECUTE several (30, 10);
EXECUTE several (NULL, 10);
SELECT in_parts('SELECT count(*), sum(i8) FROM parts WHERE i2 = (SELECT max(g) - 5 FROM parts)');

-- floats: NaN, infinities, and errors
CREATE TABLE floats (k int, g int, x float8, y float4);
INSERT INTO floats SELECT i, i % 7, (CASE i % 7 WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' WHEN 4 THEN CASE WHEN i % 2 = 0 THEN 'Infinity' ELSE '-Infinity' END WHEN 5 THEN '1e308' ELSE '-0' END)::float8,
    CASE i % 7 WHEN 5 THEN 3e38 ELSE i % 4 END FROM generate_series(1, 20000) AS i;
CREATE INDEX floats_smol ON floats USING smol (k) INCLUDE (g, x, y);
VACUUM ANALYZE floats;
SELECT in_parts('SELECT g, count(x), sum(x), avg(x), min(x), max(x), stddev(x) FROM floats WHERE g <> 5 GROUP BY g');
SELECT in_parts('SELECT sum(x) FROM floats WHERE g = 5');
SELECT in_parts('SELECT g, sum(y) FROM floats WHERE g >= 5 GROUP BY g');
SELECT in_parts('SELECT avg(x) FROM floats WHERE g = 5');

-- other overflows
CREATE TABLE big (k int, i int8, m money, n numeric(18,0));
INSERT INTO big SELECT i, 9223372036854775807 - i, '92233720368547758.07'::money, 999999999999999999 FROM generate_series(1, 20000) AS i;
INSERT INTO big VALUES (0, 0, 0::money, 'NaN');
CREATE INDEX big_smol ON big USING smol (k) INCLUDE (i, m, n);
VACUUM ANALYZE big;
SELECT in_parts('SELECT sum(i), avg(i), variance(i), stddev(i) FROM big WHERE i > 5');
SELECT in_parts('SELECT sum(m) FROM big WHERE i > 5');
SELECT in_parts('SELECT sum(n), avg(n), variance(n) FROM big WHERE i > 5');
SELECT in_parts('SELECT sum(n), avg(n), stddev(n), max(n), min(n) FROM big WHERE i >= 0 AND n <> 5');

-- a tree of several levels: what is claimed are leaves, not all that is above them
CREATE TABLE tall (k int, g int, v int, pad bytea);
INSERT INTO tall SELECT i, i % 10, i % 1001, decode(md5(i::text) || md5('a' || i) || md5('b' || i) || md5('c' || i) || md5('d' || i) || md5('e' || i), 'hex') FROM generate_series(1, 40000) AS i;
CREATE INDEX tall_smol ON tall USING smol (pad) INCLUDE (g, v, k);
VACUUM ANALYZE tall;
SELECT height FROM smol_index_stats('tall_smol');
SELECT in_parts('SELECT g, count(*), sum(v) FROM tall GROUP BY g');
SELECT in_parts('SELECT g, count(*), sum(v) FROM tall WHERE pad BETWEEN ''\x05'' AND ''\xdf'' GROUP BY g');
SELECT in_parts('SELECT stddev(v), sum(v), count(pad) FROM tall');
SET smol.parallel_chunk_pages = 3;
SELECT in_parts('SELECT g, count(*), sum(v) FROM tall GROUP BY g');
SELECT in_parts('SELECT stddev(v), sum(v), count(pad) FROM tall WHERE pad > ''\x05''');
SET smol.parallel_chunk_pages = 1;

-- a row is deleted after planning: all processes aggregate the heap
PREPARE ranged AS SELECT t, count(*), sum(i8) FROM parts WHERE k < 10000 GROUP BY t;
SELECT counts('EXECUTE ranged');
PREPARE after AS SELECT t, count(*), sum(i8) FROM parts GROUP BY t;
SELECT counts('EXECUTE after');
DELETE FROM parts WHERE k = 30000;
SELECT counts('EXECUTE after');
SELECT counts('EXECUTE several (10, 30)');
SELECT counts('EXECUTE ranged');	-- the range does not have it
EXECUTE several (0, 30);
SET smol.enable_aggregate = off;
SELECT count(*), sum(i8), max(d) FROM parts WHERE g BETWEEN 0 AND 30;
SET smol.enable_aggregate = on;
CREATE TEMP TABLE seen AS EXECUTE after;
SELECT count(*) FROM (SELECT * FROM seen EXCEPT ALL SELECT t, count(*), sum(i8) FROM parts WHERE k > 0 GROUP BY t) AS x;
SELECT count(*), sum(count) FROM seen;

DROP TABLE parts, floats, big, tall, asked;
DROP FUNCTION counts, in_parts, not_ok;
