--
-- SmolScan under Gather and Gather Merge, by the index and by rows from the heap,
-- gives each row once; a Gather that is scanned again starts over.
--
SET client_min_messages = warning;
CREATE TABLE exec_workers AS SELECT (i * 7919) % 30011 AS a, i % 100 AS b, CASE WHEN i % 9 > 0 THEN 'text ' || i % 13 END AS c FROM generate_series(1, 30000) AS i;
CREATE INDEX exec_workers_a ON exec_workers USING smol (a, b) INCLUDE (c) WITH (writes = retire, nulls = store);
CREATE INDEX exec_workers_b ON exec_workers USING smol (b DESC) INCLUDE (a) WITH (writes = retire, nulls = store);
CREATE TABLE exec_few AS SELECT i * 500 AS a FROM generate_series(1, 10) AS i;
VACUUM ANALYZE exec_workers, exec_few;
CREATE TABLE exec_asked (n serial, q text, serial text, answer text);
INSERT INTO exec_asked (q) VALUES
    ('SELECT count(*), sum(b), min(a), max(a), count(c) FROM exec_workers WHERE a > 100'),
    ('SELECT count(*), sum(b) FROM exec_workers WHERE a BETWEEN 5000 AND 20000 AND b < 50 AND c <> ''text 3'''),
    ('SELECT b, count(*), sum(a) FROM exec_workers GROUP BY b ORDER BY b'),
    ('SELECT a, b FROM exec_workers WHERE a < 7000 ORDER BY a, b'),
    ('SELECT a, b FROM exec_workers WHERE c = ''text 5'' ORDER BY a DESC, b DESC'),
    ('SELECT b, sum(a) FROM exec_workers WHERE b IN (3, 50, 99, 7) GROUP BY b ORDER BY b'),
    ('SELECT count(*), sum(b) FROM exec_workers WHERE a IN (3, 5000, 5001, 29999) OR c LIKE ''%7'''),
    ('SELECT count(*), sum(p.b) FROM exec_few f JOIN exec_workers p USING (a)'),
    ('SELECT count(*), sum(f.a), sum(p.b) FROM exec_few f, exec_workers p WHERE p.b <> f.a'),
    ('SELECT count(*), sum(p.b) FROM exec_workers p JOIN exec_workers q USING (a, b)'),
    ('SELECT a, b FROM exec_workers WHERE md5(md5(c)) > ''5'' AND b <> 7 ORDER BY a DESC, b DESC'),
    ('SELECT count(*), sum(b) FROM exec_workers WHERE a < 0');
CREATE FUNCTION ask_all(col text, prefix text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    r record;
    t text;
BEGIN
    FOR r IN SELECT * FROM exec_asked ORDER BY n LOOP
        EXECUTE prefix || CASE WHEN prefix ~ 'EXECUTE' THEN r.n::text ELSE format('SELECT md5(array_agg(x::text)::text) FROM (%s) AS x', r.q) END INTO t;
        EXECUTE format('UPDATE exec_asked SET %I = $1 WHERE n = $2', col) USING t, r.n;
    END LOOP;
    RETURN QUERY SELECT n || ': ' || q FROM exec_asked WHERE serial IS DISTINCT FROM answer AND col = 'answer' ORDER BY n;
END
$$;
SET max_parallel_workers_per_gather = 0;
SELECT ask_all('serial', '');
SET smol.enable_scan = on;
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_material = off;
SET enable_memoize = off;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_index_scan_size = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT * FROM plan('SELECT count(*), sum(b) FROM exec_workers WHERE a BETWEEN 5000 AND 20000 AND b < 50 AND c <> ''text 3''');
SELECT * FROM plan('SELECT a, b FROM exec_workers WHERE md5(md5(c)) > ''5'' AND b <> 7 ORDER BY a DESC, b DESC');
SELECT ask_all('answer', '');
SET smol.parallel_chunk_pages = 1;
SELECT ask_all('answer', '');
SET parallel_leader_participation = off;
SELECT ask_all('answer', '');
SET enable_mergejoin = off;
SELECT ask_all('answer', '');
RESET enable_mergejoin;
SET debug_parallel_query = on;
SELECT ask_all('answer', '');
RESET debug_parallel_query;
SET parallel_leader_participation = on;
-- what workers did is counted: every leaf was read once
CREATE FUNCTION leaves(query text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT regexp_replace(substring(r FROM 'Leaf Pages: \d+ of \d+|Heap Fallback.*|Parallel Seq Scan|Workers Launched.*'), 'Leaf Pages: (\d+) of \1$', 'all leaves') FROM ran(query) AS r
    WHERE r ~ 'Leaf Pages|Heap Fallback|Parallel Seq|Workers Launched'
$$;
SELECT leaves('SELECT count(*) FROM exec_workers WHERE a > 100');
SET parallel_leader_participation = off;
SELECT leaves('SELECT count(*) FROM exec_workers WHERE a > 100');
SET parallel_leader_participation = on;
-- rows from the heap: plans were made before
SET plan_cache_mode = force_generic_plan;
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM exec_asked LOOP
        EXECUTE format('PREPARE ask_%s AS SELECT md5(array_agg(x::text)::text) FROM (%s) AS x', r.n, r.q);
    END LOOP;
END
$$;
SELECT ask_all('answer', 'EXECUTE ask_');
DELETE FROM exec_workers WHERE a % 1000 = 7;
SET max_parallel_workers_per_gather = 0;
SET smol.enable_scan = off;
SELECT ask_all('serial', '');
SET smol.enable_scan = on;
SET max_parallel_workers_per_gather = 2;
SELECT ask_all('answer', 'EXECUTE ask_');
SET smol.max_heap_checks = 0;
SELECT ask_all('answer', 'EXECUTE ask_');
SELECT leaves('EXECUTE ask_1');
SELECT leaves('EXECUTE ask_11');
SET parallel_leader_participation = off;
SELECT ask_all('answer', 'EXECUTE ask_');
SELECT leaves('EXECUTE ask_1');
RESET ALL;
DEALLOCATE ALL;
DROP FUNCTION ask_all, leaves;
DROP TABLE exec_workers, exec_few, exec_asked;
