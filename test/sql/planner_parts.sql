--
-- An index that can't be proven as a whole is planned for the ranges that can
-- be, and its cost elsewhere says what a scan would come to.
--
SET max_parallel_workers_per_gather = 0;
CREATE TABLE parted AS SELECT i AS a, hashint4(i) % 1000 AS b, (i * 7919::int8 % 200003)::int AS r FROM generate_series(1, 200000) AS i;
VACUUM ANALYZE parted;
-- partial, as that lets a DELETE through
CREATE INDEX parted_a ON parted USING smol (a) INCLUDE (b) WHERE a > 0;
CREATE INDEX parted_r ON parted USING smol (r) INCLUDE (b) WHERE a > 0;
CREATE FUNCTION node(query text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substring(p FROM '(SmolAggregate|SmolScan|Index Only Scan(?: Backward)? using \w+|Index Scan using \w+|Bitmap Heap Scan|Seq Scan)'), ', ')
    FROM plan(query) AS p WHERE p ~ 'Scan|Smol' AND p !~ 'Bitmap Index|Smol Index'
$$;
CREATE FUNCTION fell_back(query text) RETURNS bool LANGUAGE sql AS $$
    SELECT bool_or(p ~ 'Heap Fallback') FROM ran(query) AS p
$$;
CREATE FUNCTION parts(conditions text[]) RETURNS TABLE (condition text, by_am text, am_falls_back bool, by_scan text, by_aggregate text) LANGUAGE plpgsql AS $$
DECLARE
    query text;
BEGIN
    FOREACH condition IN ARRAY conditions LOOP
        query := 'SELECT sum(b) FROM parted WHERE a > 0 AND ' || condition;
        SET LOCAL smol.enable_scan = off;
        SET LOCAL smol.enable_aggregate = off;
        by_am := node(query);
        am_falls_back := fell_back(query);
        SET LOCAL smol.enable_scan = on;
        by_scan := node(query);
        SET LOCAL smol.enable_aggregate = on;
        by_aggregate := node(query);
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM parts('{a = 500, a BETWEEN 500 AND 3000, a BETWEEN 149000 AND 151000, a > 195000, a < 150500, "a IN (5, 199000)", "a IN (150000, 199000)", r = 500, r < 1000, b >= 0}');
DELETE FROM parted WHERE a = 150000;
SELECT * FROM parts('{a = 500, a BETWEEN 500 AND 3000, a BETWEEN 149000 AND 151000, a > 195000, a < 150500, "a IN (5, 199000)", "a IN (150000, 199000)", "a IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", "a IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 199000)", r = 500, r < 1000, b >= 0}');
-- what is not a constant may be anywhere; a narrow range in a table in its order is a small risk
SET plan_cache_mode = force_generic_plan;
PREPARE narrow(int) AS SELECT b FROM parted WHERE a > 0 AND a = $1;
PREPARE wide(int) AS SELECT sum(b) FROM parted WHERE a > 0 AND a > $1;
PREPARE anywhere(int) AS SELECT b FROM parted WHERE a > 0 AND r = $1;
PREPARE within(int, int) AS SELECT sum(b) FROM parted WHERE a > 0 AND a < 10000 AND a BETWEEN $1 AND $2;
SELECT node('EXECUTE narrow(5)'), node('EXECUTE wide(5)'), node('EXECUTE anywhere(5)'), node('EXECUTE within(5, 10)');
EXECUTE narrow(150000);
EXECUTE narrow(150001);
RESET plan_cache_mode;
-- all of it, if the heap may not be read: by the heap all the same
SET enable_seqscan = off;
SELECT node('SELECT sum(b) FROM parted WHERE a > 0'), node('SELECT b FROM parted WHERE a > 0 AND a BETWEEN 149000 AND 151000 ORDER BY a');
RESET enable_seqscan;
-- joins: a lookup for each row
CREATE TABLE parted_few AS SELECT i * 1000 AS k FROM generate_series(1, 150) AS i;
ANALYZE parted_few;
SELECT sum(b) = (SELECT sum(b) FROM parted WHERE a > 0 AND a % 1000 = 0 AND a < 150000) AS same FROM parted_few JOIN parted ON a = k AND a > 0;
-- pages that are only not all-visible are looked at, also for planning
VACUUM parted;
REINDEX INDEX parted_a;
BEGIN;
SET LOCAL smol.max_heap_checks = 0;
DELETE FROM parted WHERE a <= 0 OR a = 150001;
ROLLBACK;
SELECT * FROM parts('{a = 500, a BETWEEN 149000 AND 151000}');
SET smol.max_heap_checks = 0;
SELECT * FROM parts('{a = 500, a BETWEEN 149000 AND 151000}');
RESET smol.max_heap_checks;
-- not within a transaction that is older than the index, nor the one that builds it
BEGIN;
REINDEX INDEX parted_a;
DELETE FROM parted WHERE a = 150001;
SELECT node('SELECT sum(b) FROM parted WHERE a > 0 AND a BETWEEN 500 AND 3000');
ROLLBACK;
-- a stale index is not planned at all
ALTER INDEX parted_a SET (writes = retire);
ALTER INDEX parted_r SET (writes = retire);
INSERT INTO parted VALUES (200001, 1, 1);
SELECT * FROM parts('{a = 500}');
RESET ALL;
DROP TABLE parted, parted_few;
DROP FUNCTION node, fell_back, parts;
