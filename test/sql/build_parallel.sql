--
-- An index built with parallel workers is the one that is built without, byte
-- for byte, and what goes wrong in a worker is an error that leaves nothing.
--
SET maintenance_work_mem = '128MB';
SET min_parallel_table_scan_size = 0;
SET client_min_messages = warning;

-- Passes its argument on.  In the leader it first waits for so many workers to
-- be there, in a worker for a moment, so that everybody gets some of the rows.
CREATE FUNCTION with_workers(v int, n int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    IF (SELECT leader_pid IS NOT NULL FROM pg_stat_activity WHERE pid = pg_backend_pid()) THEN
        PERFORM pg_sleep(0.0001);
        RETURN v;
    END IF;
    FOR i IN 1 .. 1000 LOOP
        IF (SELECT count(*) = n FROM pg_stat_activity WHERE leader_pid = pg_backend_pid()) THEN
            RETURN v;
        END IF;
        PERFORM pg_sleep(0.01);
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
    RAISE 'no % workers', n;
END
$$;
-- Fails if a worker evaluates it.
CREATE FUNCTION in_leader_only(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF (SELECT leader_pid IS NOT NULL FROM pg_stat_activity WHERE pid = pg_backend_pid()) THEN
        RAISE 'this is a worker';
    END IF;
    PERFORM pg_sleep(0.001);
    RETURN v;
END
$$;
CREATE FUNCTION unsafe(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS 'BEGIN RETURN v; END';

-- The pages of an index but for the metapage, which knows the transaction, and
-- for LSN and checksum.
CREATE FUNCTION pages(index regclass) RETURNS text LANGUAGE sql AS $$
    SELECT count(*) || ' pages, ' || coalesce(md5(string_agg(pg_read_binary_file(pg_relation_filepath(index), n * size + 10, size - 10), '' ORDER BY n)), 'none')
    FROM (SELECT pg_relation_size(index) AS length, current_setting('block_size')::int AS size) AS f, generate_series(1, length / size - 1) AS n
$$;

-- Builds an index with two workers and without, verifies both, compares them.
-- The second stays.
CREATE FUNCTION build_both(name text, definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    serial text;
    parallel text;
BEGIN
    SET LOCAL max_parallel_maintenance_workers = 0;
    EXECUTE format('CREATE INDEX %I ON %s', name, definition);
    PERFORM smol_verify(name::regclass);
    serial := pages(name);
    EXECUTE format('DROP INDEX %I', name);
    SET LOCAL max_parallel_maintenance_workers = 2;
    EXECUTE format('CREATE INDEX %I ON %s', name, definition);
    PERFORM smol_verify(name::regclass);
    parallel := pages(name);
    RETURN CASE WHEN serial = parallel THEN 'identical' ELSE format('DIFFERENT: %s, %s', serial, parallel) END;
END
$$;

-- Builds an index with two workers and without, once it does not fit and once it does.
CREATE FUNCTION build_in_little_memory(name text, definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    serial text;
    parallel text;
BEGIN
    SET LOCAL max_parallel_maintenance_workers = 0;
    EXECUTE format('CREATE INDEX %I ON %s', name, definition);
    serial := pages(name);
    EXECUTE format('DROP INDEX %I', name);
    SET LOCAL max_parallel_maintenance_workers = 2;
    SET LOCAL maintenance_work_mem = '256kB';
    EXECUTE format('CREATE INDEX %I ON %s', name, definition);
    SET LOCAL maintenance_work_mem = '128MB';
    PERFORM smol_verify(name::regclass);
    parallel := pages(name);
    EXECUTE format('DROP INDEX %I', name);
    RETURN CASE WHEN serial = parallel THEN 'identical' ELSE format('DIFFERENT: %s, %s', serial, parallel) END;
END
$$;

-- rows, HOT chains, dead rows, pages that are all used, partly or not at all
CREATE TABLE many WITH (fillfactor = 90) AS
SELECT (i * 7919::bigint % 100003)::int AS a, i % 100 AS dup, i AS b, (i % 5000 / 8.0)::numeric(10,2) AS n, 'text ' || i * 31 % 1000 AS s, i / 3.0 AS f,
       CASE WHEN i % 50 > 0 THEN i % 7 END AS nullable
FROM generate_series(1, 60000) AS i;
CREATE INDEX many_btree ON many (a);
UPDATE many SET b = -b WHERE b BETWEEN 10000 AND 12000;
VACUUM many;
UPDATE many SET nullable = 8 WHERE b % 501 = 0;
DELETE FROM many WHERE b BETWEEN 20000 AND 24000 OR b % 97 = 0;
VACUUM (ANALYZE) many;
DROP INDEX many_btree;

-- workers there are
SET max_parallel_maintenance_workers = 2;
CREATE INDEX many_i ON many USING smol (with_workers(b, 2)) WHERE b BETWEEN 1 AND 3000;
SELECT smol_verify('many_i');
DROP INDEX many_i;

-- shapes
SELECT name, build_both(name, definition) FROM (VALUES
    ('many_a', 'many USING smol (a)'),
    ('many_dup', 'many USING smol (dup)'),
    ('many_include', 'many USING smol (a DESC) INCLUDE (s, n, f)'),
    ('many_two', 'many USING smol (dup, b DESC)'),
    ('many_text', 'many USING smol (s COLLATE "C", n) INCLUDE (b)'),
    ('many_expression', 'many USING smol ((a / 10), upper(s)) INCLUDE (a, s, b)'),
    ('many_partial', 'many USING smol (a) INCLUDE (b) WHERE b % 1000 < 20'),
    ('many_nothing', 'many USING smol (a) WHERE b < -90000'),
    ('many_nulls', 'many USING smol (nullable NULLS FIRST, a) WITH (nulls = store)'),
    ('many_nulls_last', 'many USING smol (nullable DESC NULLS LAST, s) WITH (nulls = store)'),
    ('many_numeric', 'many USING smol ((f::numeric), nullable) WITH (nulls = store)'),
    ('many_serial', 'many USING smol ((''serial '' || lpad(b::text, 10, ''0'')) COLLATE "C")')) AS v(name, definition);
SELECT index, same(q, index) FROM (VALUES
    ('many_a', 'SELECT a FROM many ORDER BY a'),
    ('many_dup', 'SELECT dup, count(*) FROM many GROUP BY dup'),
    ('many_include', 'SELECT a, s, n, f FROM many WHERE a < 5000 ORDER BY a DESC'),
    ('many_two', 'SELECT dup, b FROM many WHERE dup BETWEEN 5 AND 7'),
    ('many_text', 'SELECT s, n, b FROM many WHERE s = ''text 77'' COLLATE "C"'),
    ('many_expression', 'SELECT a / 10, upper(s), b FROM many WHERE a / 10 = 77'),
    ('many_partial', 'SELECT a, b FROM many WHERE b % 1000 < 20'),
    ('many_nulls', 'SELECT nullable, a FROM many WHERE nullable IS NULL OR nullable = 8')) AS v(index, q);
DROP INDEX many_dup, many_include, many_two, many_text, many_expression, many_partial, many_nothing, many_nulls, many_nulls_last, many_numeric, many_serial;

-- REINDEX; fewer workers than are asked for, and none: as good
SELECT pages('many_a') AS before \gset
REINDEX INDEX many_a;
SELECT pages('many_a') = :'before' AS same, smol_verify('many_a');
SET max_parallel_workers = 1;
REINDEX INDEX many_a;
SELECT pages('many_a') = :'before' AS same, smol_verify('many_a');
CREATE INDEX many_i ON many USING smol (with_workers(b, 1)) WHERE b BETWEEN 1 AND 3000;
DROP INDEX many_i;
SET max_parallel_workers = 0;
REINDEX INDEX many_a;
SELECT pages('many_a') = :'before' AS same, smol_verify('many_a');
CREATE INDEX many_i ON many USING smol (with_workers(b, 0), in_leader_only(b)) WHERE b BETWEEN 1 AND 300;
DROP INDEX many_i;
RESET max_parallel_workers;

-- one process, with a sort that does not fit its memory: as good
SET max_parallel_maintenance_workers = 0;
SET maintenance_work_mem = '256kB';
REINDEX INDEX many_a;
SELECT pages('many_a') = :'before' AS same, smol_verify('many_a');
SET maintenance_work_mem = '128MB';

-- several, each with one that does not fit
ALTER TABLE many SET (parallel_workers = 2);
SELECT name, build_in_little_memory(name, definition) FROM (VALUES
    ('many_i', 'many USING smol (a) INCLUDE (s)'),
    ('many_i', 'many USING smol (s COLLATE "C", b)'),
    ('many_i', 'many USING smol ((''serial '' || lpad(b::text, 10, ''0'')) COLLATE "C" DESC)'),
    ('many_i', 'many USING smol (nullable, f) WITH (nulls = store)'),
    ('many_i', 'many USING smol ((f::numeric), nullable) WITH (nulls = store)')) AS v(name, definition);
ALTER TABLE many RESET (parallel_workers);

-- no workers where PostgreSQL allows none, and smol does not ask for any
CREATE INDEX many_i ON many USING smol (in_leader_only(b)) WHERE b BETWEEN 1 AND 300;
DROP INDEX many_i;
SET max_parallel_maintenance_workers = 2;
CREATE INDEX many_i ON many USING smol (in_leader_only(b)) WHERE b BETWEEN 1 AND 300 AND unsafe(b) > 0;
DROP INDEX many_i;
CREATE TEMP TABLE temporary AS SELECT * FROM many WHERE b BETWEEN 1 AND 300;
CREATE INDEX temporary_i ON temporary USING smol (in_leader_only(b));
SELECT smol_verify('temporary_i');
DROP TABLE temporary;

-- unlogged, a partitioned table, a table of no rows and of no pages
CREATE UNLOGGED TABLE unlogged AS SELECT a, b FROM many;
CREATE TABLE parted (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (50000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (50000) TO (MAXVALUE);
INSERT INTO parted SELECT a, b FROM many;
CREATE TABLE nothing (a int);
CREATE TABLE gone AS SELECT a FROM many;
DELETE FROM gone;
VACUUM ANALYZE unlogged, parted, nothing, gone;
SELECT build_both('unlogged_i', 'unlogged USING smol (a) INCLUDE (b)'), build_both('nothing_i', 'nothing USING smol (a)'), build_both('gone_i', 'gone USING smol (a)');
CREATE INDEX parted_i ON parted USING smol (a) INCLUDE (b);
SELECT smol_verify('parted_1_a_b_idx'), smol_verify('parted_2_a_b_idx');
SELECT same('SELECT a, b FROM unlogged ORDER BY a', 'unlogged_i'), same('SELECT a, b FROM parted WHERE a < 49000', 'parted_1_a_b_idx');
DROP TABLE unlogged, parted, nothing, gone;

-- values that are toasted, in line and out of it
CREATE TABLE toasted AS SELECT i AS a, repeat('x' || i, 300) AS s FROM generate_series(1, 2000) AS i;
ALTER TABLE toasted ALTER s SET STORAGE external;
INSERT INTO toasted SELECT i, repeat('y' || i, 500) FROM generate_series(2001, 2500) AS i;
VACUUM ANALYZE toasted;
SELECT build_both('toasted_i', 'toasted USING smol (a) INCLUDE (s)'), build_both('toasted_s', 'toasted USING smol (s COLLATE "C")');
SELECT same('SELECT a, s FROM toasted', 'toasted_i');
DROP INDEX toasted_i;
SELECT same('SELECT s FROM toasted ORDER BY s COLLATE "C"', 'toasted_s');
DROP TABLE toasted;

-- tuples that are nearly a page
CREATE TABLE wide AS SELECT i AS a, (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, CASE WHEN i % 3 = 0 THEN 200 ELSE i % 70 END) AS j) AS s FROM generate_series(1, 2000) AS i;
VACUUM ANALYZE wide;
SELECT build_both('wide_s', 'wide USING smol ((left(s, 1000)) COLLATE "C", a) INCLUDE (s) WITH (nulls = store)');
SELECT same('SELECT a, s FROM wide ORDER BY left(s, 1000) COLLATE "C", a', 'wide_s');
DROP TABLE wide;

-- numeric(p,s) is kept as integers unless there is a value that can't be, in
-- whoever's share of the heap
CREATE TABLE decimals AS SELECT i AS a, (i / 4.0)::numeric AS n, repeat('s', 100) AS s FROM generate_series(1, 5000) AS i;
VACUUM decimals;
UPDATE pg_attribute SET atttypmod = (10 << 16 | 2) + 4 WHERE attrelid = 'decimals'::regclass AND attname = 'n';
CREATE INDEX decimals_i ON decimals USING smol (n, a);
SELECT kind FROM smol_inspect('decimals_i') ORDER BY attnum;
DROP INDEX decimals_i;
CREATE INDEX decimals_i ON decimals USING smol (with_workers(a, 2), n);
SELECT kind FROM smol_inspect('decimals_i') ORDER BY attnum;
DROP INDEX decimals_i;
UPDATE decimals SET n = 12.34 WHERE a < 5000;
VACUUM (FULL, ANALYZE) decimals;
SELECT build_both('decimals_some', 'decimals USING smol (n) INCLUDE (a) WHERE a < 5000'), build_both('decimals_i', 'decimals USING smol (n) INCLUDE (a)');
SELECT kind FROM smol_inspect('decimals_some') ORDER BY attnum;
SELECT kind FROM smol_inspect('decimals_i') ORDER BY attnum;
DROP INDEX decimals_some;
SELECT same('SELECT n, a FROM decimals WHERE n > 12.3 ORDER BY n', 'decimals_i', true);

-- rows that would have fitted beside integers are refused, not lost
CREATE FUNCTION limit_of(definition text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'CREATE INDEX too_wide ON ' || definition;
    RETURN 0;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN substring(sqlerrm FROM 'maximum of (\d+)');
END
$$;
DROP INDEX decimals_i;
ALTER TABLE decimals ALTER s SET STORAGE external;
UPDATE decimals SET n = 1;
UPDATE decimals SET s = repeat('s', 100000) WHERE a = 1;
SELECT limit_of('decimals USING smol (a) INCLUDE (n, s)') AS max \gset
UPDATE decimals SET s = repeat('s', :max) WHERE a = 1;
VACUUM (FULL, ANALYZE) decimals;
CREATE INDEX decimals_i ON decimals USING smol (a) INCLUDE (n, s);
SELECT smol_verify('decimals_i');
SELECT same('SELECT a, n, s FROM decimals', 'decimals_i');
DROP INDEX decimals_i;
UPDATE pg_attribute SET atttypmod = -1 WHERE attrelid = 'decimals'::regclass AND attname = 'n';
UPDATE decimals SET n = 0.123456789 WHERE a = 5000;
UPDATE pg_attribute SET atttypmod = (10 << 16 | 2) + 4 WHERE attrelid = 'decimals'::regclass AND attname = 'n';
SELECT limit_of('decimals USING smol (a) INCLUDE (n, s)') BETWEEN 1 AND :max AS refused_in_parallel;
SET max_parallel_maintenance_workers = 0;
SELECT limit_of('decimals USING smol (a) INCLUDE (n, s)') BETWEEN 1 AND :max AS refused_serially;
SET max_parallel_maintenance_workers = 2;
DROP TABLE decimals;

-- errors: of a worker's own, which ends the leader's sleep; of what all of them found
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE FUNCTION fails_in_worker(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM public.with_workers(v, 2);
    IF (SELECT leader_pid IS NOT NULL FROM pg_stat_activity WHERE pid = pg_backend_pid()) THEN
        RAISE 'this is a worker';
    END IF;
    PERFORM pg_sleep(600);
    RETURN v;
END
$$;
CREATE INDEX failed ON many USING smol (fails_in_worker(b)) WHERE b BETWEEN 1 AND 300;
CREATE INDEX failed ON many USING smol (nullable);
CREATE INDEX failed ON many USING smol (a) INCLUDE (nullable, b);
SELECT limit_of('many USING smol ((CASE WHEN b = 59999 THEN repeat(s, 10000) END)) WITH (nulls = store)') > 0 AS refused;
CREATE INDEX failed ON many USING smol ((100 / (b - 59999)));
SET statement_timeout = '100ms';
CREATE INDEX failed ON many USING smol (with_workers(b, 2), with_workers(a, 3));
RESET statement_timeout;
SELECT relname FROM pg_class WHERE relname IN ('failed', 'too_wide');
SELECT count(*) FROM pg_ls_tmpdir();
SELECT pg_relation_size('many_a') > 0 AS there, smol_verify('many_a');

-- queries with workers beside
SET debug_parallel_query = regress;
REINDEX INDEX many_a;
SELECT pages('many_a') = :'before' AS same;
SELECT same('SELECT count(*), sum(a) FROM many', 'many_a');
RESET debug_parallel_query;
DROP TABLE many;
DROP FUNCTION with_workers, in_leader_only, fails_in_worker, unsafe, pages, limit_of, build_both, build_in_little_memory;
RESET ALL;
