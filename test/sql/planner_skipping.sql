--
-- Leaves that a scan skips are not in its cost: those of an equality by bloom
-- filters, of a column that goes along with the key by minimum and maximum, of a
-- later key column from value to value of those before.
--
SET max_parallel_workers_per_gather = 0;
CREATE TABLE skipped AS SELECT i AS k, i % 20 AS few, hashint4(i) AS id, i + hashint4(i) % 50 AS along, hashint4(i) % 1000 AS v FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE skipped;
CREATE FUNCTION cost(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    j json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO j;
    RETURN (j -> 0 -> 'Plan' ->> 'Total Cost')::float8;
END
$$;
-- parts of the cost of the same without skipping: by the access method, by an aggregate
CREATE FUNCTION parts(qual text) RETURNS TABLE (qual_ text, am bool, aggregate bool) LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    query text := 'SELECT k, v FROM skipped';
BEGIN
    qual_ := qual;
    SET LOCAL smol.enable_aggregate = off;
    SET LOCAL smol.enable_scan = off;
    SET LOCAL enable_indexonlyscan = on;
    am := cost(query || ' WHERE ' || qual) < 0.25 * cost(query);
    SET LOCAL smol.enable_scan = on;
    SET LOCAL smol.enable_aggregate = on;
    aggregate := cost('SELECT sum(v) FROM skipped WHERE ' || qual) < 0.25 * cost('SELECT sum(v) FROM skipped WHERE v <> 5000');
    RETURN NEXT;
END
$$;
CREATE INDEX skipped_i ON skipped USING smol (k, id, along) INCLUDE (v) WITH (bloom = on);
SELECT p.* FROM unnest(ARRAY['id = 5', 'id IN (5, 6, 7)', 'id > 2140000000', 'along < 500', 'along = 500', 'v = 5']) AS q, parts(q) AS p;
DROP INDEX skipped_i;
CREATE INDEX skipped_i ON skipped USING smol (k, id, along) INCLUDE (v);
SELECT p.* FROM unnest(ARRAY['id = 5', 'along < 500', 'v = 5']) AS q, parts(q) AS p;
DROP INDEX skipped_i;
CREATE INDEX skipped_i ON skipped USING smol (few, id) INCLUDE (k, v);
SELECT p.* FROM unnest(ARRAY['id = 5', 'id BETWEEN 5 AND 100000', 'id > 0', 'k < 500']) AS q, parts(q) AS p;
-- with a btree of the right column, that is taken
SET smol.enable_aggregate = on;
SET smol.enable_scan = on;
CREATE INDEX skipped_id ON skipped (id);
SELECT bool_or(p ~ 'skipped_id') AS btree FROM plan('SELECT v FROM skipped WHERE id = hashint4(5)') AS p;
SELECT bool_or(p ~ 'Smol') AS smol FROM plan('SELECT sum(v) FROM skipped WHERE id > 0') AS p;
RESET ALL;
DROP TABLE skipped;
DROP FUNCTION cost, parts;
