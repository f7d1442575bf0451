--
-- For a minimum or maximum PostgreSQL looks for an index that has the column in
-- order.  The planner is shown those that have it as a key, in that place only.
--
SET max_parallel_workers_per_gather = 0;
CREATE TABLE points AS SELECT i / 1000 AS a, i % 1000 AS b, (i * 7919::int8 % 100003)::int AS c, repeat('x', 50) AS filler FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE points;
CREATE INDEX points_smol ON points USING smol (a, b) INCLUDE (c);
CREATE TABLE parts (filler text, c int, b int, a int) PARTITION BY LIST (a);
CREATE TABLE parts_1 (a int, b int, c int, filler text);
CREATE TABLE parts_2 (LIKE parts);
INSERT INTO parts_1 SELECT 1, i, i % 777, repeat('x', 50) FROM generate_series(1, 20000) AS i;
INSERT INTO parts_2 SELECT repeat('x', 50), i % 777, i, 2 FROM generate_series(1, 20000) AS i;
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES IN (1);
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES IN (2);
VACUUM ANALYZE parts;
CREATE INDEX parts_smol ON parts USING smol (b) INCLUDE (c);
CREATE FUNCTION nodes(query text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substring(p FROM '(InitPlan|SubPlan|Index Only Scan[ a-zA-Z]* using \w+|Merge Append|Append|Seq Scan|Aggregate|Sort|Limit)'), ', ')
    FROM plan(query) AS p WHERE p !~ 'Sort Key'
$$;
SET smol.enable_aggregate = off;
SET smol.enable_scan = off;
SELECT q, nodes(q), same(q, i) FROM (VALUES
    ('SELECT min(a) FROM points', 'points_smol'),
    ('SELECT max(a) FROM points', 'points_smol'),
    ('SELECT min(b), max(b) FROM points WHERE a = 50', 'points_smol'),
    ('SELECT min(c), max(c) FROM points WHERE a = 50', 'points_smol'),
    ('SELECT min(b), max(c) FROM points WHERE a = 50', 'points_smol'),
    ('SELECT max(b) FROM parts', 'parts_1_b_c_idx'),
    ('SELECT max(c) FROM parts WHERE b < 500', 'parts_1_b_c_idx'),
    -- queries that look alike: their index is of use for the range
    ('SELECT c FROM points WHERE a = 50 ORDER BY c LIMIT 1', 'points_smol'),
    ('SELECT sum(c) FROM (SELECT c FROM points WHERE a = 50 ORDER BY c LIMIT 1) AS s', 'points_smol'),
    ('SELECT max((SELECT c FROM points AS p WHERE p.a = v.a ORDER BY c LIMIT 1)) FROM (VALUES (7), (8)) AS v(a)', 'points_smol'),
    ('SELECT max(a) FROM points WHERE a < (SELECT c FROM points WHERE a = 50 ORDER BY c LIMIT 1)', 'points_smol'),
    ('SELECT min(c + 1) FROM points WHERE a = 50', 'points_smol')) AS v(q, i);
RESET ALL;
DROP FUNCTION nodes;
DROP TABLE points, parts;
