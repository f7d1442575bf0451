--
-- Leaves in a row are read through a read stream: all of them once, in either
-- direction, from any position, with any look-ahead.
--
CREATE TABLE streamed AS SELECT i AS k, hashint4(i) AS v, md5(i::text) AS t FROM generate_series(1, 40000) AS i;
VACUUM ANALYZE streamed;
CREATE INDEX streamed_i ON streamed USING smol (k) INCLUDE (v, t);
CREATE INDEX streamed_v ON streamed USING smol (k, v);
SELECT pg_relation_size('streamed_i') / current_setting('block_size')::int > 100 AS many_leaves;
CREATE FUNCTION stream_queries() RETURNS TABLE (distance text, queries bigint, ok bigint, failure text) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH distance IN ARRAY '{0,1,2,7,256}'::text[] LOOP
        PERFORM set_config('smol.prefetch_distance', distance, true);
        SELECT count(*), count(*) FILTER (WHERE s LIKE 'ok%'), min(q || ' => ' || s) FILTER (WHERE s NOT LIKE 'ok%')
        INTO queries, ok, failure
        FROM (SELECT q, same(q, i) AS s FROM (VALUES
            ('SELECT k, v, t FROM streamed', 'streamed_i'),
            ('SELECT k, v, t FROM streamed ORDER BY k', 'streamed_i'),
            ('SELECT k, v, t FROM streamed ORDER BY k DESC', 'streamed_i'),
            ('SELECT k, t FROM streamed WHERE k BETWEEN 777 AND 33333 ORDER BY k', 'streamed_i'),
            ('SELECT k, t FROM streamed WHERE k BETWEEN 777 AND 33333 ORDER BY k DESC', 'streamed_i'),
            ('SELECT k, t FROM streamed WHERE k IN (5, 30000) OR k > 39000', 'streamed_i'),
            ('SELECT k, t FROM streamed ORDER BY k LIMIT 10 OFFSET 20000', 'streamed_i'),
            ('SELECT k, t FROM streamed ORDER BY k DESC LIMIT 10 OFFSET 20000', 'streamed_i'),
            ('SELECT k, v FROM streamed WHERE v < -2000000000', 'streamed_v'),
            ('SELECT k, v FROM streamed WHERE v < -2000000000 ORDER BY k DESC', 'streamed_v'),
            ('SELECT sum(y.v) FROM (VALUES (1), (800), (4000)) AS x(a), LATERAL (SELECT v FROM streamed WHERE k BETWEEN x.a AND x.a * 9 OFFSET 0) AS y', 'streamed_v')
            ) AS asked(q, i)) AS runs;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM stream_queries();
-- a LIMIT reads little in vain
CREATE FUNCTION pages_read(query text) RETURNS int LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET max_parallel_workers_per_gather = 0
AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
    plan := plan->0->'Plan';
    RETURN (plan->>'Shared Hit Blocks')::int + (plan->>'Shared Read Blocks')::int;
END
$$;
SELECT pages_read('SELECT k, t FROM streamed ORDER BY k LIMIT 10') < 10 AS ten,
       pages_read('SELECT k, t FROM streamed ORDER BY k LIMIT 2000') < pages_read('SELECT k, t FROM streamed') / 4 AS some;
-- turning round in the middle
SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
DECLARE walk SCROLL CURSOR FOR SELECT k FROM streamed ORDER BY k;
MOVE FORWARD 9999 IN walk;
FETCH NEXT FROM walk;
MOVE BACKWARD 5000 IN walk;
FETCH PRIOR FROM walk;
FETCH NEXT FROM walk;
MOVE FORWARD 20000 IN walk;
FETCH NEXT FROM walk;
FETCH LAST FROM walk;
FETCH FIRST FROM walk;
-- other statements in between, with the setting changed
MOVE FORWARD 5000 IN walk;
SET LOCAL smol.prefetch_distance = 0;
SELECT count(*), sum(k) FROM streamed;
MOVE FORWARD 5000 IN walk;
FETCH NEXT FROM walk;
SAVEPOINT s;
MOVE FORWARD 5000 IN walk;
SELECT 1 / 0;
ROLLBACK TO s;
FETCH NEXT FROM walk;
COMMIT;
-- mark and restore across leaves
CREATE TABLE twice AS SELECT k / 20000 AS g, k FROM streamed UNION ALL SELECT k / 20000, k FROM streamed WHERE k % 20000 < 3;
VACUUM ANALYZE twice;
CREATE INDEX twice_i ON twice USING smol (g, k);
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_material = off;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FILTER (WHERE p ~ 'Merge Join') AS merge_joins, count(*) FILTER (WHERE p ~ 'Index Only Scan using twice_i') AS scans
FROM plan('SELECT count(*), sum(k) FROM twice x JOIN twice y USING (g, k)') AS p;
SELECT count(*), sum(k) FROM twice x JOIN twice y USING (g, k);
SET enable_indexonlyscan = off;
SET enable_hashjoin = on;
SELECT count(*), sum(k) FROM twice x JOIN twice y USING (g, k);
RESET ALL;
-- in parallel, with small chunks and large
CREATE FUNCTION parallel_answers(chunk text, distance text) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET max_parallel_workers_per_gather = 2
SET min_parallel_index_scan_size = 0
SET parallel_setup_cost = 0
SET parallel_tuple_cost = 0
SET cpu_tuple_cost = 10
AS $$
DECLARE
    sums text;
    ordered text;
    backward text;
BEGIN
    PERFORM set_config('smol.parallel_chunk_pages', chunk, true), set_config('smol.prefetch_distance', distance, true);
    EXECUTE 'SELECT format(''%s %s %s'', count(*), sum(k), sum(v)) FROM streamed WHERE k BETWEEN 100 AND 39000' INTO sums;
    EXECUTE 'SELECT md5(string_agg(k || t, '''')) FROM (SELECT k, t FROM streamed WHERE k > 50 ORDER BY k OFFSET 0) AS s' INTO ordered;
    EXECUTE 'SELECT md5(string_agg(k || t, '''')) FROM (SELECT k, t FROM streamed WHERE k > 50 ORDER BY k DESC OFFSET 0) AS s' INTO backward;
    RETURN md5(sums || ordered || backward);
END
$$;
SELECT count(DISTINCT parallel_answers(chunk, distance))
FROM unnest('{1,3,32,1000}'::text[]) AS chunk, unnest('{0,1,5,256}'::text[]) AS distance;
SET max_parallel_workers_per_gather = 0;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
CREATE FUNCTION serial_answers() RETURNS text LANGUAGE sql AS $$
    SELECT md5((SELECT format('%s %s %s', count(*), sum(k), sum(v)) FROM streamed WHERE k BETWEEN 100 AND 39000) ||
               (SELECT md5(string_agg(k || t, '' ORDER BY k)) FROM streamed WHERE k > 50) ||
               (SELECT md5(string_agg(k || t, '' ORDER BY k DESC)) FROM streamed WHERE k > 50))
$$;
SELECT serial_answers() AS expected \gset
RESET ALL;
SELECT parallel_answers('3', '5') = :'expected' AS same;
-- these are indeed in parallel
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL min_parallel_index_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL cpu_tuple_cost = 10;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT plan('SELECT count(*), sum(k), sum(v) FROM streamed WHERE k BETWEEN 100 AND 39000');
SELECT plan('SELECT k, t FROM streamed WHERE k > 50 ORDER BY k DESC');
COMMIT;
DROP FUNCTION parallel_answers, serial_answers;
-- temporary tables have buffers of their own
CREATE TEMP TABLE passing AS SELECT * FROM streamed;
VACUUM ANALYZE passing;
CREATE INDEX passing_i ON passing USING smol (k) INCLUDE (t);
SELECT same('SELECT k, t FROM passing ORDER BY k DESC', 'passing_i');
DROP FUNCTION stream_queries, pages_read;
DROP TABLE streamed, passing, twice;
