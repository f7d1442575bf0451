--
-- Conditions on later key columns: rows and leaves that can't match are passed
-- over, whatever the leading columns' values, types, order and NULLs.
--
CREATE TABLE skipped AS
SELECT i % 6 AS a, hashint4(i) & 65535 AS b, (hashint4(i + 7) & 65535)::text::char(8) AS c,
       nullif(i % 50, 7) AS n, (i % 3 - 1)::numeric AS m, 'grp' || i % 4 AS t, i AS k, md5(i::text) AS r
FROM generate_series(1, 60000) AS i;
VACUUM ANALYZE skipped;
CREATE FUNCTION searches(query text) RETURNS int LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET max_parallel_workers_per_gather = 0
AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
    RETURN plan->0->'Plan'->>'Index Searches';
END
$$;
-- how much of the index a query reads, in percent of its pages
CREATE FUNCTION part_read(query text, index text) RETURNS int LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET max_parallel_workers_per_gather = 0
AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
    plan := plan->0->'Plan';
    RETURN 100 * ((plan->>'Shared Hit Blocks')::int + (plan->>'Shared Read Blocks')::int) /
        (pg_relation_size(index) / current_setting('block_size')::int);
END
$$;
-- one value of c below each of a: two searches for each value of a at most (r
-- keeps the leaves many)
CREATE INDEX skipped_i ON skipped USING smol (a, c, k) INCLUDE (r);
SELECT searches('SELECT a, c FROM skipped WHERE c = ''1234''') BETWEEN 6 AND 13 AS forward,
       searches('SELECT a, c FROM skipped WHERE c = ''1234'' ORDER BY a DESC, c DESC') BETWEEN 6 AND 13 AS backward,
       searches('SELECT a, c FROM skipped WHERE a = 3 AND c = ''1234''') AS one;
SELECT part_read('SELECT a, c FROM skipped WHERE c = ''1234''', 'skipped_i') < 50 AS "=",
       part_read('SELECT a, c FROM skipped WHERE c > ''5000'' AND c < ''5003''', 'skipped_i') < 50 AS "range",
       part_read('SELECT a, c FROM skipped WHERE c IN (''1'', ''2'')', 'skipped_i') < 70 AS "in",
       part_read('SELECT a, c FROM skipped WHERE a BETWEEN 2 AND 3 AND c < ''1001''', 'skipped_i') < 20 AS "within",
       part_read('SELECT a, c FROM skipped WHERE k = 30000', 'skipped_i') > 80 AS "nothing to skip";
CREATE FUNCTION skip_queries(index text) RETURNS TABLE (queries bigint, ok bigint, rows numeric, failure text) LANGUAGE sql AS $$
    WITH conditions AS (SELECT c FROM unnest(ARRAY[
    'b = 4711', 'b BETWEEN 100 AND 103', 'b > 65500', 'b < 20', 'b <= 20 AND b > 17', 'b IN (1, 2, 65000, 65001)', 'b IN (70000, -1)',
    'b = ANY (''{5, 6, 7, 100000}''::int8[])', 'b = 4711 AND c > ''3''', 'c = ''1234''', 'c > ''9999''', 'c >= ''5'' AND c < ''5001''',
    'c IN (''1'', ''22'', ''333'')', 'c = ''1234'' AND b IN (1, 2, 3)', 'n = 3', 'n IS NULL', 'n IS NULL AND b < 10', 'n IS NOT NULL AND b = 17',
    'n > 47', 'n < 2', 'n IN (5, 49) AND b < 100', 'a = 3 AND b = 17', 'a > 1 AND b < 5', 'a < 4 AND b > 65530', 'a >= 1 AND a < 5 AND b = 9',
    'a IN (1, 4) AND c = ''77''', 'a IN (1, 4) AND b > 65500', 'a > 3 AND b IN (8, 80, 800)', 'm = 0 AND b < 10', 'm > 0 AND c < ''11''', 'm IN (1, -1) AND n = 4',
    't = ''grp2'' AND b < 30', 't > ''grp1'' AND c = ''4321''', 't IN (''grp0'', ''grp3'') AND n IS NULL AND b < 1000', 'b = 4711 AND n = 12',
    'b > 100 AND b < 90', 'a = 0 AND n = 5 AND b < 300', 'k = 30000', 'k < 10', 'b < 1000 AND c < ''2'' AND n < 10']) AS c),
    queries AS (SELECT format('SELECT a, b, c, n, m, t, k FROM skipped WHERE %s%s', c, o) AS q
                FROM conditions, unnest(ARRAY['', (SELECT ' ORDER BY ' || string_agg(pg_get_indexdef(index::regclass, i, false) ||
                    CASE WHEN indoption[i - 1] & 1 <> 0 THEN ' DESC' ELSE '' END ||
                    CASE WHEN indoption[i - 1] & 2 <> 0 THEN ' NULLS FIRST' ELSE ' NULLS LAST' END, ', ' ORDER BY i)
                     FROM pg_index, generate_series(1, indnkeyatts) AS i WHERE indexrelid = index::regclass),
                    (SELECT ' ORDER BY ' || string_agg(pg_get_indexdef(index::regclass, i, false) ||
                    CASE WHEN indoption[i - 1] & 1 = 0 THEN ' DESC' ELSE '' END ||
                    CASE WHEN indoption[i - 1] & 2 = 0 THEN ' NULLS FIRST' ELSE ' NULLS LAST' END, ', ' ORDER BY i)
                     FROM pg_index, generate_series(1, indnkeyatts) AS i WHERE indexrelid = index::regclass)]) AS o),
    runs AS (SELECT q, same(q, index, ties => true) AS s FROM queries)
    SELECT count(*), count(*) FILTER (WHERE s LIKE 'ok%' AND s NOT LIKE '%Fallback%'),
           sum(substring(s FROM 'ok, (\d+) rows')::int),
           min(q || ' => ' || s) FILTER (WHERE s NOT LIKE 'ok%' OR s LIKE '%Fallback%') FROM runs
$$;
DROP INDEX skipped_i;
CREATE INDEX skipped_i ON skipped USING smol (a, b) INCLUDE (c, n, m, t, k) WITH (nulls = store);
SELECT * FROM skip_queries('skipped_i');
DROP INDEX skipped_i;
CREATE INDEX skipped_i ON skipped USING smol (a DESC, c, b DESC, n) INCLUDE (m, t, k) WITH (nulls = store);
SELECT * FROM skip_queries('skipped_i');
DROP INDEX skipped_i;
-- NULLs among the leading values and among those that are looked for
CREATE INDEX skipped_i ON skipped USING smol (n, b, k) INCLUDE (a, c, m, t) WITH (nulls = store);
SELECT * FROM skip_queries('skipped_i');
DROP INDEX skipped_i;
CREATE INDEX skipped_i ON skipped USING smol (n DESC, c DESC, a) INCLUDE (b, m, t, k) WITH (nulls = store);
SELECT * FROM skip_queries('skipped_i');
DROP INDEX skipped_i;
CREATE INDEX skipped_i ON skipped USING smol (a, n NULLS FIRST, b DESC NULLS LAST) INCLUDE (c, m, t, k) WITH (nulls = store);
SELECT * FROM skip_queries('skipped_i');
DROP INDEX skipped_i;
CREATE INDEX skipped_i ON skipped USING smol (t DESC, m, n DESC NULLS LAST, b) INCLUDE (a, c, k) WITH (nulls = store);
SELECT * FROM skip_queries('skipped_i');
DROP INDEX skipped_i;
-- leading types: a collation of its own, floats with NaN and -0, uuid, numeric
CREATE TABLE prefixes AS
SELECT (ARRAY['Ab', 'aB', 'ab', 'zz', 'Zz', '', ' '])[i % 7 + 1] COLLATE "en-x-icu" AS t,
       (ARRAY['NaN', '-0', '0', '-infinity', 'infinity', '1.5'])[i % 6 + 1]::float8 AS f,
       (ARRAY['NaN', '1', '1.0', '-3.25', '1e30'])[i % 5 + 1]::numeric AS m,
       ('0000000' || i % 3 || '-0000-0000-0000-00000000000' || i % 2)::uuid AS u,
       (ARRAY['1 month', '30 days', '-1 day'])[i % 3 + 1]::interval AS v,
       hashint4(i) & 4095 AS b, i AS k
FROM generate_series(1, 30000) AS i;
VACUUM ANALYZE prefixes;
CREATE FUNCTION prefix_queries(col text) RETURNS TABLE (answer text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE INDEX prefixes_i ON prefixes USING smol (%I, b, k)', col);
    FOR answer IN
        SELECT same(format('SELECT b, k FROM prefixes WHERE b %s', c) || o, 'prefixes_i', ties => true)
        FROM unnest(ARRAY['= 77', 'IN (5, 4000)', '< 3']) AS c, unnest(ARRAY['', format(' ORDER BY %I, b, k', col), format(' ORDER BY %I DESC, b DESC, k DESC', col)]) AS o
    LOOP RETURN NEXT; END LOOP;
    DROP INDEX prefixes_i;
END
$$;
SELECT c AS column, count(*), string_agg(DISTINCT answer, '; ' ORDER BY answer) FROM unnest('{t,f,m,u,v}'::text[]) AS c, prefix_queries(c) GROUP BY c ORDER BY c;
DROP FUNCTION prefix_queries;
DROP TABLE prefixes;
-- there and back again
CREATE INDEX skipped_i ON skipped USING smol (a, c, k) INCLUDE (r);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
DECLARE walk SCROLL CURSOR FOR SELECT a, c, k FROM skipped WHERE c IN ('1', '1234', '20', '3000') ORDER BY a, c, k;
FETCH ALL FROM walk;
FETCH BACKWARD ALL FROM walk;
FETCH 2 FROM walk;
FETCH BACKWARD 2 FROM walk;
FETCH LAST FROM walk;
FETCH PRIOR FROM walk;
FETCH NEXT FROM walk;
COMMIT;
-- mark and restore
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_material = off;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FILTER (WHERE p ~ 'Merge Join') AS merge_joins, count(*) FILTER (WHERE p ~ 'Index Only Scan using skipped_i') AS scans
FROM plan('SELECT count(*), sum(x.k), sum(y.k) FROM skipped x JOIN skipped y USING (a) WHERE x.c BETWEEN ''1234'' AND ''1239'' AND y.c BETWEEN ''5000'' AND ''5009''') AS p;
SELECT count(*), sum(x.k), sum(y.k) FROM skipped x JOIN skipped y USING (a) WHERE x.c BETWEEN '1234' AND '1239' AND y.c BETWEEN '5000' AND '5009';
SET enable_indexonlyscan = off;
SET enable_hashjoin = on;
SET enable_mergejoin = off;
SELECT count(*), sum(x.k), sum(y.k) FROM skipped x JOIN skipped y USING (a) WHERE x.c BETWEEN '1234' AND '1239' AND y.c BETWEEN '5000' AND '5009';
RESET ALL;
CREATE TABLE few AS SELECT i % 6 AS a FROM generate_series(1, 24) AS i;
ANALYZE few;
-- in parallel, with rescans: chunks that others have skipped are nobody's to read
CREATE TABLE asked (n serial, q text);
INSERT INTO asked (q) VALUES
    ('SELECT count(*), sum(k) FROM skipped WHERE c = ''1234'''),
    ('SELECT count(*), sum(k) FROM skipped WHERE c IN (''1'', ''2'', ''33'')'),
    ('SELECT count(*), sum(k) FROM skipped WHERE c > ''99'' AND a < 5'),
    ('SELECT a, c, k FROM skipped WHERE c < ''1001'' ORDER BY a, c, k'),
    ('SELECT a, c, k FROM skipped WHERE c < ''1001'' ORDER BY a DESC, c DESC, k DESC'),
    ('SELECT a, c, k FROM skipped WHERE a IN (1, 3, 5) AND c > ''997'' ORDER BY a DESC, c DESC, k DESC'),
    ('SELECT count(*), sum(x.n) FROM few f, LATERAL (SELECT count(*) AS n FROM skipped s WHERE s.k = f.a * 10000 AND s.c > ''1'') AS x');
CREATE FUNCTION answers() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r record;
    t text;
    all_of_them text := '';
BEGIN
    FOR r IN SELECT * FROM asked ORDER BY n LOOP
        EXECUTE format('SELECT md5(array_agg(x::text)::text) FROM (%s) AS x', r.q) INTO t;
        all_of_them := all_of_them || t;
    END LOOP;
    RETURN md5(all_of_them);
END
$$;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT answers() AS expected \gset
RESET ALL;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_index_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET cpu_tuple_cost = 100;
SELECT plan('SELECT count(*), sum(k) FROM skipped WHERE c > ''99'' AND a < 5');
SELECT answers() = :'expected' AS same;
SET smol.parallel_chunk_pages = 1;
SELECT answers() = :'expected' AS same;
SET parallel_leader_participation = off;
SELECT answers() = :'expected' AS same;
RESET ALL;
DROP FUNCTION skip_queries, searches, part_read, answers;
DROP TABLE skipped, few, asked;
