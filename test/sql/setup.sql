--
-- The extension, and the helpers by which the other tests compare a smol index
-- with a sequential scan.  Every other test needs this one to run first.
--
CREATE EXTENSION smol;

-- The tests are about the access method, unless they say otherwise.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET smol.enable_scan = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET smol.enable_aggregate = off', current_database());
END
$$;

-- The plan's lines, without costs.
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END
$$;

-- The plan's lines after it has run.
CREATE FUNCTION ran(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
        IF line !~ 'Heap Fetches|Index Searches' THEN
            RETURN NEXT line;
        END IF;
    END LOOP;
END
$$;

-- Runs a query twice, by an index-only scan of the given smol index and by a
-- sequential scan, and compares the answers: row by row if the query orders
-- them, as multisets if not or if ties is set.  A query with an answer of one
-- row shows that, one with more rows how many.  It is not 'ok' if the index was
-- not scanned, and the reason is shown if the rows came from the heap.  The query
-- also runs by custom scan nodes, if these can be had for it.
CREATE FUNCTION same(query text, index text, ties bool DEFAULT false)
RETURNS text LANGUAGE plpgsql
SET max_parallel_workers_per_gather = 0
SET enable_bitmapscan = off
SET enable_seqscan = off
SET enable_indexscan = on
SET enable_indexonlyscan = on
SET smol.enable_scan = off
AS $$
DECLARE
    wrapped text := 'SELECT coalesce(array_agg(q::text), ''{}'') FROM (' || query || ') AS q';
    line text;
    scanned bool := false;
    fallback text := '';
    expected text[];
    found text[];
    node text[];
    plain text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || wrapped LOOP
        IF line ~ ('Index Only Scan( Backward)? using ' || index || ' ') THEN
            scanned := true;
        ELSIF line ~ 'Heap Fallback' THEN
            fallback := ' (' || ltrim(line) || ')';
        END IF;
    END LOOP;
    IF NOT scanned THEN
        RETURN 'NOT BY THE INDEX: ' || (SELECT string_agg(ltrim(p), ' / ') FROM plan(wrapped) AS p);
    END IF;
    EXECUTE wrapped INTO found;

    PERFORM set_config('smol.enable_scan', 'on', true);
    PERFORM set_config('enable_indexonlyscan', 'off', true);
    PERFORM set_config('enable_indexscan', 'off', true);
    EXECUTE wrapped INTO node;
    PERFORM set_config('smol.enable_scan', 'off', true);

    PERFORM set_config('enable_seqscan', 'on', true);
    EXECUTE wrapped INTO expected;
    SELECT string_agg(ltrim(p), ' / ') INTO plain FROM plan(wrapped) AS p;
    IF plain ~ 'Index' THEN
        RETURN 'NO SEQUENTIAL SCAN: ' || plain;
    END IF;

    IF ties OR query !~* 'order by' THEN
        SELECT coalesce(array_agg(x ORDER BY x COLLATE "C"), '{}') INTO found FROM unnest(found) AS x;
        SELECT coalesce(array_agg(x ORDER BY x COLLATE "C"), '{}') INTO node FROM unnest(node) AS x;
        SELECT coalesce(array_agg(x ORDER BY x COLLATE "C"), '{}') INTO expected FROM unnest(expected) AS x;
    END IF;
    IF found IS DISTINCT FROM expected THEN
        RETURN format('DIFFERENT: %s rows, not %s; too many: %s; missing: %s',
                      cardinality(found), cardinality(expected),
                      ARRAY(SELECT unnest(found) EXCEPT ALL SELECT unnest(expected) LIMIT 3),
                      ARRAY(SELECT unnest(expected) EXCEPT ALL SELECT unnest(found) LIMIT 3));
    END IF;
    IF node IS DISTINCT FROM expected THEN
        RETURN format('DIFFERENT BY A NODE: %s rows, not %s; too many: %s; missing: %s',
                      cardinality(node), cardinality(expected),
                      ARRAY(SELECT unnest(node) EXCEPT ALL SELECT unnest(expected) LIMIT 3),
                      ARRAY(SELECT unnest(expected) EXCEPT ALL SELECT unnest(node) LIMIT 3));
    END IF;
    IF cardinality(found) = 1 THEN
        RETURN 'ok: ' || found[1] || fallback;
    END IF;
    RETURN format('ok, %s rows', cardinality(found)) || fallback;
END
$$;

-- Compares an index on one column with a sequential scan for each comparison
-- operator and each of the literals, in both orders, and for all ranges between
-- two literals.
CREATE FUNCTION sweep("table" text, "column" text, index text, literals text[],
                      ties bool DEFAULT false)
RETURNS TABLE (queries bigint, ok bigint, nonempty bigint, first_failure text)
LANGUAGE sql AS $$
    WITH quals AS (
        SELECT format('%s %s %s', "column", op, l) AS qual
        FROM unnest(ARRAY['<', '<=', '=', '>=', '>']) AS op, unnest(literals) AS l
        UNION ALL
        SELECT format('%s %s %s AND %1$s %s %s', "column", o1, l1, o2, l2)
        FROM unnest(literals) WITH ORDINALITY AS a(l1, n1),
             unnest(literals) WITH ORDINALITY AS b(l2, n2),
             unnest(ARRAY['>=', '>']) AS o1, unnest(ARRAY['<=', '<']) AS o2
        WHERE n1 - n2 BETWEEN -1 AND 1
        UNION ALL
        SELECT 'true'
    ), runs AS (
        SELECT q, same(q, index, ties) AS answer
        FROM quals, unnest(ARRAY['', ' ORDER BY %s', ' ORDER BY %s DESC']) AS o,
             LATERAL (SELECT format('SELECT %s FROM %s WHERE %s', "column", "table", qual)
                             || format(o, "column") AS q) AS s
    )
    SELECT count(*), count(*) FILTER (WHERE answer LIKE 'ok%' AND answer NOT LIKE '%Fallback%'),
           count(*) FILTER (WHERE answer LIKE 'ok%' AND answer NOT LIKE 'ok, 0 %'),
           (array_agg(q || ' => ' || answer)
               FILTER (WHERE answer NOT LIKE 'ok%' OR answer LIKE '%Fallback%'))[1]
    FROM runs
$$;

-- Runs a query by custom scan nodes and by a sequential scan, and compares the
-- answers.  It is not 'ok' if no SmolScan of this index is in the plan; what it
-- says of rows from the heap, and of quals that are left to the executor, is
-- shown.
CREATE FUNCTION by_node(query text, index text, ties bool DEFAULT false)
RETURNS text LANGUAGE plpgsql
SET enable_bitmapscan = off
SET enable_seqscan = off
SET enable_indexscan = off
SET enable_indexonlyscan = off
SET smol.enable_scan = on
AS $$
DECLARE
    wrapped text := 'SELECT coalesce(array_agg(q::text), ''{}'') FROM (' || query || ') AS q';
    line text;
    scanned bool := false;
    notes text := '';
    found text[];
    expected text[];
    sort text := current_setting('enable_sort');
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || wrapped LOOP
        IF line ~ (' Index: ' || index || '(, backward)?$') THEN
            scanned := true;
        ELSIF line ~ 'Heap Fallback|^ *Filter' THEN
            notes := notes || ' (' || ltrim(line) || ')';
        END IF;
    END LOOP;
    IF NOT scanned THEN
        RETURN 'NOT BY A NODE: ' || (SELECT string_agg(ltrim(p), ' / ') FROM plan(wrapped) AS p);
    END IF;
    EXECUTE wrapped INTO found;

    PERFORM set_config('smol.enable_scan', 'off', true);
    PERFORM set_config('enable_seqscan', 'on', true);
    -- or joins of thousands of rows would be nested loops
    PERFORM set_config('enable_sort', 'on', true);
    EXECUTE wrapped INTO expected;
    PERFORM set_config('enable_sort', sort, true);
    IF ties OR query !~* 'order by' THEN
        SELECT coalesce(array_agg(x ORDER BY x COLLATE "C"), '{}') INTO found FROM unnest(found) AS x;
        SELECT coalesce(array_agg(x ORDER BY x COLLATE "C"), '{}') INTO expected FROM unnest(expected) AS x;
    END IF;
    IF found IS DISTINCT FROM expected THEN
        RETURN format('DIFFERENT: %s rows, not %s; too many: %s; missing: %s',
                      cardinality(found), cardinality(expected),
                      ARRAY(SELECT unnest(found) EXCEPT ALL SELECT unnest(expected) LIMIT 3),
                      ARRAY(SELECT unnest(expected) EXCEPT ALL SELECT unnest(found) LIMIT 3));
    END IF;
    RETURN CASE WHEN cardinality(found) = 1 THEN 'ok: ' || found[1]
                ELSE format('ok, %s rows', cardinality(found)) END || notes;
END
$$;

-- Runs a query with SmolAggregate and without, and compares the answers; the
-- order counts if the query has one.  Errors are answers too.
CREATE FUNCTION outcome(query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    rows text[];
BEGIN
    IF query ~* 'order by [a-z0-9_, ]*$' THEN
        EXECUTE 'SELECT coalesce(array_agg(q::text), ''{}'') FROM (' || query || ') AS q' INTO rows;
    ELSE
        EXECUTE 'SELECT coalesce(array_agg(q::text ORDER BY q::text COLLATE "C"), ''{}'') FROM (' || query || ') AS q' INTO rows;
    END IF;
    RETURN rows;
EXCEPTION WHEN OTHERS THEN
    RETURN ARRAY[SQLSTATE || ': ' || SQLERRM];
END
$$;
CREATE FUNCTION aggregated(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    inside bool := false;
    found text[];
    expected text[];
BEGIN
    PERFORM set_config('smol.enable_aggregate', 'on', true);
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        inside := inside OR line ~ 'SmolAggregate';
    END LOOP;
    found := outcome(query);
    PERFORM set_config('smol.enable_aggregate', 'off', true);
    expected := outcome(query);
    PERFORM set_config('smol.enable_aggregate', 'on', true);
    IF found IS DISTINCT FROM expected THEN
        RETURN format('DIFFERENT: %s, not %s', found[1:3], expected[1:3]);
    END IF;
    RETURN CASE WHEN inside THEN 'ok' ELSE 'ok, not by SmolAggregate' END ||
        CASE WHEN cardinality(found) = 1 THEN ': ' || found[1]
             ELSE format(': %s rows', cardinality(found)) END;
END
$$;
