--
-- SmolScan rescanned: the inner side of nested loops with and without parameters,
-- correlated subqueries, lateral references, Memoize; by the index, and by rows
-- from the heap.
--
SET client_min_messages = warning;
CREATE TABLE exec_inner AS SELECT i AS k, i % 50 AS g, 'text ' || i % 9 AS t FROM generate_series(1, 6000) AS i;
CREATE TABLE exec_outer AS SELECT i * 13 AS x, i % 60 AS g, CASE WHEN i % 10 = 0 THEN NULL ELSE i END AS n FROM generate_series(1, 300) AS i;
CREATE INDEX exec_inner_smol ON exec_inner USING smol (k) INCLUDE (g, t) WITH (writes = retire);
CREATE INDEX exec_inner_g ON exec_inner USING smol (g, k) INCLUDE (t) WITH (writes = retire);
VACUUM ANALYZE exec_inner, exec_outer;

CREATE VIEW exec_inner_queries AS SELECT q FROM unnest(ARRAY[
    'SELECT x, k, i.g, t FROM exec_outer o JOIN exec_inner i ON i.k = o.x',
    'SELECT x, k FROM exec_outer o JOIN exec_inner i ON i.k BETWEEN o.x AND o.x + o.n WHERE t = ''text 3''',
    'SELECT x, k, t FROM exec_outer o LEFT JOIN exec_inner i ON i.k = o.n AND i.g > 5',
    'SELECT count(*), sum(k) FROM exec_outer o JOIN exec_inner i ON i.g = o.g AND i.k < o.x',
    'SELECT count(*), sum(k) FROM exec_outer o JOIN exec_inner i ON i.g = o.g AND i.t = ''text '' || o.n % 9',
    'SELECT x FROM exec_outer o WHERE EXISTS (SELECT FROM exec_inner i WHERE i.k = o.x + 1 AND i.t <> ''text 1'')',
    'SELECT x FROM exec_outer o WHERE NOT EXISTS (SELECT FROM exec_inner i WHERE i.k = o.n + 5995)',
    'SELECT x, (SELECT sum(k) FROM exec_inner i WHERE i.g = o.g AND i.k > o.x) FROM exec_outer o',
    'SELECT x, (SELECT t FROM exec_inner i WHERE i.k <= o.x ORDER BY i.k DESC LIMIT 1) FROM exec_outer o',
    'SELECT x, s.* FROM exec_outer o, LATERAL (SELECT k, t FROM exec_inner i WHERE i.k >= o.x ORDER BY i.k LIMIT 3) s',
    'SELECT x, s.* FROM exec_outer o, LATERAL (SELECT k, o.x + k FROM exec_inner i WHERE i.g = o.g ORDER BY i.k DESC OFFSET 1 LIMIT 2) s',
    'SELECT count(*), sum(k) FROM exec_outer o, exec_inner i WHERE o.x + i.k = 5000 AND i.g < 10',
    'SELECT x, k FROM exec_outer o JOIN exec_inner i ON i.k = ANY (ARRAY[o.x, o.n, o.g])',
    'SELECT count(*) FROM exec_inner a JOIN exec_inner b ON a.k = b.g JOIN exec_outer o ON o.n = a.g AND o.x = b.k']) AS q;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT left(by_node(q, 'exec_inner_(smol|g)'), 60) AS answer, q FROM exec_inner_queries;
SET enable_memoize = off;
SET enable_material = off;
SELECT left(by_node(q, 'exec_inner_(smol|g)'), 60) AS answer, q FROM exec_inner_queries;
SET smol.enable_scan = on;
SELECT * FROM plan('SELECT x, k FROM exec_outer o JOIN exec_inner i ON i.k BETWEEN o.x AND o.x + o.n WHERE t = ''text 3''');
SELECT * FROM plan('SELECT x, (SELECT t FROM exec_inner i WHERE i.k <= o.x ORDER BY i.k DESC LIMIT 1) FROM exec_outer o');

-- From the heap: plans were made before.  A rescan with other parameters does not
-- scan the heap again: twice is enough.
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET enable_indexonlyscan = off;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
DO $$
DECLARE
    q text;
    n int := 0;
BEGIN
    FOR q IN SELECT * FROM exec_inner_queries LOOP
        n := n + 1;
        EXECUTE format('PREPARE inner_%s AS SELECT count(*), sum(hashtext(s::text)) FROM (%s) AS s', n, q);
        EXECUTE format('EXECUTE inner_%s', n);
    END LOOP;
END
$$;
DELETE FROM exec_inner WHERE k % 7 = 2;
CREATE FUNCTION run_prepared() RETURNS TABLE (n int, same bool, fell_back bool, heap_scans bigint) LANGUAGE plpgsql AS $$
DECLARE
    q text;
    line text;
    found record;
    expected record;
BEGIN
    n := 0;
    FOR q IN SELECT * FROM exec_inner_queries LOOP
        n := n + 1;
        fell_back := false;
        heap_scans := pg_stat_get_xact_numscans('exec_inner'::regclass);
        EXECUTE format('EXECUTE inner_%s', n) INTO found;
        heap_scans := pg_stat_get_xact_numscans('exec_inner'::regclass) - heap_scans;
        FOR line IN EXECUTE format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE inner_%s', n) LOOP
            fell_back := fell_back OR line ~ 'Heap Fallback';
        END LOOP;
        PERFORM set_config('smol.enable_scan', 'off', true);
        PERFORM set_config('enable_seqscan', 'on', true);
        EXECUTE format('SELECT count(*), sum(hashtext(s::text)) FROM (%s) AS s', q) INTO expected;
        PERFORM set_config('smol.enable_scan', 'on', true);
        PERFORM set_config('enable_seqscan', 'off', true);
        same := found::text = expected::text;
        RETURN NEXT;
    END LOOP;
END
$$;
SET smol.max_heap_checks = 0;
SELECT * FROM run_prepared();
SET smol.heap_fallback = off;
EXECUTE inner_1;
DEALLOCATE ALL;
DROP FUNCTION run_prepared;
DROP VIEW exec_inner_queries;
DROP TABLE exec_inner, exec_outer;
