--
-- Index-only scans under Gather and in workers, sound or fallen back, give each
-- row once.
--
\set VERBOSITY terse
CREATE TABLE paralleled AS SELECT (i * 7919) % 30011 AS a, i % 100 AS b, i AS c FROM generate_series(1, 30000) AS i;
CREATE TABLE few AS SELECT i * 500 AS a FROM generate_series(1, 50) AS i;
VACUUM ANALYZE paralleled, few;
CREATE INDEX paralleled_ab ON paralleled USING smol (a, b) WITH (writes = retire);
CREATE INDEX paralleled_b ON paralleled USING smol (b) INCLUDE (c) WITH (writes = retire);
CREATE TABLE asked (n serial, q text, serial text, parallel text);
INSERT INTO asked (q) VALUES
    ('SELECT count(*), sum(b), min(a), max(a) FROM paralleled WHERE a > 100'),
    ('SELECT count(*), sum(b) FROM paralleled WHERE a BETWEEN 5000 AND 20000 AND b < 50'),
    ('SELECT b, count(*), sum(c) FROM paralleled GROUP BY b ORDER BY b'),
    ('SELECT a, b FROM paralleled WHERE a < 7000 ORDER BY a, b'),
    ('SELECT a, b FROM paralleled ORDER BY a DESC, b DESC LIMIT 100'),
    ('SELECT b, c FROM paralleled WHERE b IN (3, 50, 99) ORDER BY b, c'),
    ('SELECT count(*), sum(c) FROM paralleled WHERE b IN (3, 50, 99, 7, 7, 1000)'),
    ('SELECT count(*), sum(b) FROM paralleled WHERE a IN (3, 5000, 5001, 29999) OR a < 0'),
    ('SELECT a, b FROM paralleled WHERE a > 20000 AND b < 20 ORDER BY a DESC, b DESC'),
    ('SELECT count(*), sum(p.b) FROM few f JOIN paralleled p USING (a)'),
    ('SELECT count(*), sum(p.b) FROM few f JOIN paralleled p ON p.a BETWEEN f.a AND f.a + 10'),
    ('SELECT count(*) FROM paralleled p JOIN paralleled q USING (a, b)'),
    ('SELECT (SELECT max(a) FROM paralleled p WHERE p.a < f.a) FROM few f ORDER BY f.a');
CREATE FUNCTION ask_all(col text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r record;
    t text;
BEGIN
    FOR r IN SELECT * FROM asked LOOP
        EXECUTE format('SELECT md5(array_agg(x::text)::text) FROM (%s) AS x', r.q) INTO t;
        EXECUTE format('UPDATE asked SET %I = $1 WHERE n = $2', col) USING t, r.n;
    END LOOP;
    RETURN (SELECT string_agg(n::text, ' ') FILTER (WHERE serial IS DISTINCT FROM parallel) FROM asked);
END
$$;
CREATE FUNCTION compare() RETURNS TABLE (setting text, differences text) LANGUAGE plpgsql AS $$
DECLARE
    d text;
BEGIN
    setting := 'sequential scans';
    PERFORM set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
    PERFORM ask_all('serial');
    PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true),
            set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
            set_config('max_parallel_workers_per_gather', '2', true), set_config('min_parallel_index_scan_size', '0', true),
            set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true);
    setting := 'parallel';
    differences := ask_all('parallel');
    RETURN NEXT;
    PERFORM set_config('smol.parallel_chunk_pages', '1', true);
    setting := 'page by page';
    differences := ask_all('parallel');
    RETURN NEXT;
    PERFORM set_config('parallel_leader_participation', 'off', true);
    setting := 'without the leader';
    differences := ask_all('parallel');
    RETURN NEXT;
    FOR d IN SELECT unnest('{nestloop,hashjoin,mergejoin}'::text[]) LOOP
        PERFORM set_config('enable_' || d, 'off', true);
        setting := 'no ' || d;
        differences := ask_all('parallel');
        RETURN NEXT;
        PERFORM set_config('enable_' || d, 'on', true);
    END LOOP;
    PERFORM set_config('debug_parallel_query', 'on', true), set_config('parallel_leader_participation', 'on', true);
    setting := 'all in a worker';
    differences := ask_all('parallel');
    RETURN NEXT;
END
$$;
SELECT * FROM compare();
-- it was indeed in parallel
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL min_parallel_index_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT plan('SELECT count(*), sum(b) FROM paralleled WHERE a BETWEEN 5000 AND 20000');
SELECT plan('SELECT count(*), sum(c) FROM paralleled WHERE b IN (3, 50, 99)');
COMMIT;
-- in a transaction that has deleted: page inspection, then fallback
BEGIN;
SAVEPOINT s;
DELETE FROM paralleled WHERE c % 1000 = 0;
ROLLBACK TO s;
SELECT * FROM compare();
DELETE FROM paralleled WHERE c % 1000 = 0;
SELECT * FROM compare();
COMMIT;
SELECT * FROM compare();
VACUUM (INDEX_CLEANUP ON) paralleled;
SELECT * FROM compare();
-- the index is built in parallel, too, where it can be
SET max_parallel_maintenance_workers = 2;
SET min_parallel_table_scan_size = 0;
REINDEX TABLE paralleled;
SELECT smol_verify('paralleled_ab'), smol_verify('paralleled_b');
SELECT rows FROM smol_index_stats('paralleled_ab');
SELECT * FROM compare();
RESET ALL;
DROP FUNCTION ask_all, compare;
DROP TABLE paralleled, few, asked;
