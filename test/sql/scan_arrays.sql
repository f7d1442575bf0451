--
-- column = ANY (array): a range for each element, in the order of the index,
-- each row once.
--
CREATE TABLE lists AS
SELECT i % 40 AS a, (i * 7919) % 23 AS b, 't' || (i % 7) AS t, nullif(i % 11, 0) AS n, i AS c
FROM generate_series(1, 20000) AS i;
VACUUM ANALYZE lists;
CREATE FUNCTION list_queries(index text) RETURNS TABLE (q text, same text) LANGUAGE sql AS $$
    SELECT q, same(q, index, ties => true) FROM unnest(ARRAY[
    'SELECT a, b FROM lists WHERE a IN (5, 3, 3, 39, 77, NULL) ORDER BY a, b DESC',
    'SELECT a, b FROM lists WHERE a IN (5, 3, 3, 39, 77, NULL) ORDER BY a DESC, b',
    'SELECT a, b, t FROM lists WHERE a IN (5, 3, 39) AND b IN (3, 22, 7) AND t IN (''t6'', ''t1'') ORDER BY a, b DESC, t',
    'SELECT a, b, t FROM lists WHERE a IN (5, 3, 39) AND b IN (3, 22, 7) AND t IN (''t6'', ''t1'') ORDER BY a DESC, b, t DESC',
    'SELECT a, b, t FROM lists WHERE a IN (5, 3, 39) AND b > 20 AND t IN (''t6'', ''t1'')',
    'SELECT a, b, t FROM lists WHERE a > 35 AND b IN (3, 22, 7)',
    'SELECT a, b, t FROM lists WHERE b IN (3, 22, 7)',
    'SELECT a, b, t FROM lists WHERE t IN (''t3'', ''nothing'')',
    'SELECT a, b FROM lists WHERE a IN (3, 9) AND a = 9',
    'SELECT a, b FROM lists WHERE a IN (3, 9) AND a IN (9, 11)',
    'SELECT a, b FROM lists WHERE a IN (3, 9) AND a > 5',
    'SELECT a, b FROM lists WHERE a = ANY (''{}''::int[])',
    'SELECT a, b FROM lists WHERE a = ANY (''{NULL}''::int[])',
    'SELECT a, b FROM lists WHERE a = ANY (''{7, 3000000000, -3}''::int8[])',
    'SELECT a, b FROM lists WHERE a = ANY (''{7, 8}''::int2[]) AND b = ANY (''{1, 2}''::int8[])',
    'SELECT a, b FROM lists WHERE a < ANY (''{2, 4, NULL}''::int[]) AND b >= ANY (''{21, 30}''::int[])',
    'SELECT a, b FROM lists WHERE a > ANY (''{37, 30}''::int[]) AND b <= ANY (''{2, 1}''::int[])',
    'SELECT a, b FROM lists WHERE a IN (1, 2) AND b IS NOT NULL AND n IN (1, 2)',
    'SELECT a, b FROM lists WHERE a NOT IN (1, 2) AND b <> ALL (''{1, 2}'')',
    'SELECT count(*), sum(c) FROM lists WHERE a IN (SELECT 3)',
    'SELECT a, b FROM lists WHERE a IN (38, 2, 17) ORDER BY a, b DESC LIMIT 5 OFFSET 498']) AS q
$$;
CREATE INDEX lists_i ON lists USING smol (a, b DESC, t) INCLUDE (n, c) WITH (nulls = store);
SELECT * FROM list_queries('lists_i');
DROP INDEX lists_i;
-- among NULLs
CREATE INDEX lists_i ON lists USING smol (n DESC NULLS LAST, a) WITH (nulls = store);
SELECT q, same(q, 'lists_i') FROM unnest(ARRAY[
    'SELECT n, a FROM lists WHERE n IN (3, NULL, 5) ORDER BY n DESC, a',
    'SELECT n, a FROM lists WHERE n IN (3, NULL, 5) AND a IN (1, 2, 3)',
    'SELECT n, a FROM lists WHERE n IS NULL AND a IN (1, 2, 39) ORDER BY a',
    'SELECT n, a FROM lists WHERE n IS NOT NULL AND a IN (1, 2, 39)',
    'SELECT n, a FROM lists WHERE n IS NULL AND n IN (1, 2)']) AS q;
DROP INDEX lists_i;
-- an element a range: the searches tell
CREATE INDEX lists_i ON lists USING smol (a, b);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
CREATE FUNCTION searches(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
        RETURN NEXT line;
    END LOOP;
END
$$;
SELECT searches('SELECT a, b FROM lists WHERE a IN (9, 3, 3, 5) AND b IN (7, 7, 8) ORDER BY a, b');
-- cursors go back and forth from one range to the next
BEGIN;
DECLARE walk SCROLL CURSOR FOR SELECT a, b FROM lists WHERE a IN (7, 3) AND b IN (2, 20) ORDER BY a, b;
MOVE FORWARD 18 IN walk;
FETCH 8 FROM walk;
FETCH BACKWARD 9 FROM walk;
FETCH LAST FROM walk;
FETCH NEXT FROM walk;
FETCH PRIOR FROM walk;
FETCH FIRST FROM walk;
FETCH PRIOR FROM walk;
FETCH NEXT FROM walk;
COMMIT;
-- a merge join marks and restores in the middle of a range
CREATE TABLE few AS SELECT i / 3 AS a FROM generate_series(0, 120) AS i;
ANALYZE few;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_material = off;
SELECT plan('SELECT count(*), sum(b) FROM few JOIN lists USING (a) WHERE lists.a IN (30, 4, 12)');
SELECT count(*), sum(b) FROM few JOIN lists USING (a) WHERE lists.a IN (30, 4, 12);
RESET enable_hashjoin;
SET enable_mergejoin = off;
SET enable_indexonlyscan = off;
SET enable_seqscan = on;
SELECT count(*), sum(b) FROM few JOIN lists USING (a) WHERE lists.a IN (30, 4, 12);
RESET ALL;
-- rescans with arrays of run-time values
SELECT same('SELECT f.a, x.b FROM (SELECT DISTINCT a FROM few) f, LATERAL (SELECT b FROM lists l WHERE l.a = ANY (ARRAY[f.a, f.a + 1]) AND l.b IN (3, 5)) x', 'lists_i');
DROP TABLE lists, few CASCADE;
DROP FUNCTION list_queries, searches;
