--
-- Aggregation inside an index in all sorts of queries; where the index turns out
-- not to be usable, the ordinary plan answers.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE facts (k int, g int, v int, t text COLLATE "C") WITH (autovacuum_enabled = off);
INSERT INTO facts SELECT i, i % 10, (i * 7919::int8) % 10007, 't' || i % 3 FROM generate_series(1, 20000) AS i;
CREATE INDEX facts_smol ON facts USING smol (k, g) INCLUDE (v, t) WITH (writes = retire);
VACUUM ANALYZE facts;

-- the snapshot of a cursor is older than the write that made the index stale
BEGIN;
DECLARE sums CURSOR FOR SELECT count(*), sum(v), count(*) FILTER (WHERE g = 3), max(k) - min(k) FROM facts WHERE k > 100;
DECLARE groups CURSOR FOR SELECT g * 2 AS twice, count(*) + 1 AS more FROM facts GROUP BY g HAVING min(v) < 5 ORDER BY g;
DECLARE keys CURSOR FOR SELECT k, g, sum(v) FROM facts GROUP BY k, g HAVING sum(v) > 9990 ORDER BY k, g;
DECLARE texts CURSOR FOR SELECT DISTINCT t FROM facts ORDER BY t;
INSERT INTO facts VALUES (0, 0, 0, 'new');
FETCH ALL FROM sums;
FETCH ALL FROM groups;
FETCH 3 FROM keys;
FETCH ALL FROM texts;
ROLLBACK;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET smol.enable_aggregate = off;
SET smol.enable_scan = off;
SELECT count(*), sum(v), count(*) FILTER (WHERE g = 3), max(k) - min(k) FROM facts WHERE k > 100;
SELECT g * 2 AS twice, count(*) + 1 AS more FROM facts GROUP BY g HAVING min(v) < 5 ORDER BY g;
SELECT k, g, sum(v) FROM facts GROUP BY k, g HAVING sum(v) > 9990 ORDER BY k, g LIMIT 3;
RESET enable_indexscan;
RESET enable_indexonlyscan;
SET smol.enable_aggregate = on;
RESET smol.enable_scan;

-- without a fallback it is an error
REINDEX INDEX facts_smol;
VACUUM facts;
BEGIN;
SET LOCAL smol.heap_fallback = off;
DECLARE sums CURSOR FOR SELECT count(*), sum(v) FROM facts;
INSERT INTO facts VALUES (0, 0, 0, 'new');
FETCH ALL FROM sums;
ROLLBACK;
REINDEX INDEX facts_smol;
VACUUM facts;

-- EXPLAIN says which ran
EXPLAIN (VERBOSE, COSTS OFF) SELECT g, sum(v) AS s FROM facts AS f WHERE k > 7 AND t = 't1' GROUP BY g HAVING count(*) > 5;
EXPLAIN (COSTS OFF, FORMAT json) SELECT g, sum(v) AS s FROM facts WHERE k > 7 GROUP BY g;
SELECT ran('SELECT g, sum(v) FROM facts WHERE k > 7 GROUP BY g');

-- parameters: prepared, of an outer query, of a lateral one, of nested ones
SET plan_cache_mode = force_generic_plan;
PREPARE ranged (int, int) AS SELECT count(*), sum(v), min(v), max(v) FROM facts WHERE k BETWEEN $1 AND $2;
SELECT plan('EXECUTE ranged(1, 2)');
EXECUTE ranged(1, 20000);
EXECUTE ranged(500, 700);
EXECUTE ranged(NULL, 700);
EXECUTE ranged(700, 500);
PREPARE filtered (int[], text) AS SELECT g, count(*), sum(v) FILTER (WHERE t = $2) FROM facts WHERE g = ANY ($1) GROUP BY g ORDER BY g;
EXECUTE filtered('{1,2}', 't1');
EXECUTE filtered('{}', 't1');
EXECUTE filtered('{3,NULL}', NULL);
RESET plan_cache_mode;

SELECT aggregated('SELECT x, (SELECT sum(v) FROM facts WHERE k BETWEEN x AND x + 100) AS s FROM generate_series(1, 20000, 997) AS x');
SELECT aggregated('SELECT x, s.* FROM generate_series(1, 20000, 997) AS x, LATERAL (SELECT g, count(*), sum(v) AS t FROM facts WHERE k < x AND g < 4 GROUP BY g) AS s');
SELECT aggregated('SELECT x, (SELECT max(n) FROM (SELECT g, count(*) AS n FROM facts WHERE k > x AND t = ''t'' || x % 3 GROUP BY g) AS q) AS m FROM generate_series(1, 20000, 4999) AS x');
SELECT aggregated('SELECT x, (SELECT sum(v) FROM facts WHERE k < 100) AS same FROM generate_series(1, 5) AS x');
SELECT aggregated('SELECT f.g, f.n, d.x FROM (SELECT g, count(*) AS n FROM facts GROUP BY g) AS f JOIN generate_series(1, 20) AS d (x) ON d.x = f.g');
SELECT aggregated('SELECT EXISTS (SELECT 1 FROM facts WHERE k = x GROUP BY g HAVING count(*) > 0) AS e FROM generate_series(19998, 20003) AS x');
WITH totals AS (SELECT g, sum(v) AS s FROM facts GROUP BY g)
SELECT count(*) FROM totals AS a, totals AS b WHERE a.s < b.s;

-- rescans of groups that come sorted, and of a fallback
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT aggregated('SELECT count(*), sum(b.s) FROM generate_series(1, 5) AS a (x), LATERAL (SELECT k, g, sum(v) AS s FROM facts WHERE k < 10 * x GROUP BY k, g) AS b');
BEGIN;
DECLARE nested CURSOR FOR SELECT x, (SELECT sum(v) FROM facts WHERE k < 10 * x) AS s, (SELECT count(*) FROM facts WHERE g < 3) AS n FROM generate_series(1, 4) AS x;
INSERT INTO facts VALUES (0, 0, 1000000, 'new');
FETCH ALL FROM nested;
ROLLBACK;
REINDEX INDEX facts_smol;
VACUUM facts;
SELECT x, (SELECT sum(v) FROM facts WHERE k < 10 * x) AS s, (SELECT count(*) FROM facts WHERE g < 3) AS n FROM generate_series(1, 4) AS x;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;

-- cursors: scrolled, and held
BEGIN;
DECLARE scrolled SCROLL CURSOR WITH HOLD FOR SELECT g, count(*) FROM facts GROUP BY g ORDER BY g;
FETCH 2 FROM scrolled;
FETCH BACKWARD 1 FROM scrolled;
FETCH LAST FROM scrolled;
COMMIT;
FETCH FIRST FROM scrolled;
CLOSE scrolled;

-- security: policies are quals like others if the index can test them
CREATE ROLE regress_smol_analyst;
GRANT SELECT ON facts TO regress_smol_analyst;
ALTER TABLE facts ENABLE ROW LEVEL SECURITY;
CREATE POLICY low ON facts USING (g < 5);
CREATE FUNCTION noisy(int) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
SET ROLE regress_smol_analyst;
SELECT plan('SELECT count(*), sum(v) FROM facts');
SELECT count(*), max(g) FROM facts;
SELECT count(*) FILTER (WHERE g >= 5), count(*) FROM facts;
SELECT count(*) FROM facts WHERE k BETWEEN 14 AND 17 AND noisy(g);
RESET ROLE;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM facts WHERE g < 2;
SELECT aggregated('SELECT t, count(*), sum(v) FROM barrier WHERE k < 1000 GROUP BY t');
DROP VIEW barrier;
DROP POLICY low ON facts;
ALTER TABLE facts DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON facts FROM regress_smol_analyst;
DROP ROLE regress_smol_analyst;
DROP FUNCTION noisy;

-- writes that read: INSERT ... SELECT may, UPDATE and DELETE of the same may not
CREATE TABLE results (g int, n bigint);
INSERT INTO results SELECT g, count(*) FROM facts GROUP BY g;
SELECT sum(n) FROM results;

-- partitions: each by its own index, where whole groups are in one
CREATE TABLE parts (k int, g int, v int) PARTITION BY LIST (g);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES IN (0, 1);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (2, 3);
INSERT INTO parts SELECT i, i % 4, i * 3 FROM generate_series(1, 20000) AS i;
CREATE INDEX parts_smol ON parts USING smol (g, k) INCLUDE (v);
VACUUM ANALYZE parts;
SET enable_partitionwise_aggregate = on;
SELECT plan('SELECT g, count(*), sum(v) FROM parts GROUP BY g');
SELECT aggregated('SELECT g, count(*), sum(v) FROM parts GROUP BY g');
SELECT aggregated('SELECT g, count(*), sum(v) FROM parts WHERE k > 100 AND g <> 1 GROUP BY g HAVING sum(v) > 0 ORDER BY g');
SELECT aggregated('SELECT count(*), sum(v) FROM parts');
RESET enable_partitionwise_aggregate;
SELECT aggregated('SELECT count(*), sum(v) FROM parts_1');
CREATE TABLE parent (k int, v int);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT i, i FROM generate_series(1, 5000) AS i;
CREATE INDEX parent_smol ON parent USING smol (k) INCLUDE (v);
CREATE INDEX child_smol ON child USING smol (k) INCLUDE (v);
VACUUM ANALYZE parent, child;
SELECT aggregated('SELECT count(*), sum(v) FROM parent');
SELECT aggregated('SELECT count(*), sum(v) FROM child');

-- PostgreSQL's plans are chosen where they are cheaper
CREATE INDEX facts_btree ON facts (k) INCLUDE (v);
VACUUM ANALYZE facts;
SELECT plan('SELECT min(k), max(k) FROM facts');
SELECT plan('SELECT count(*), sum(v) FROM facts WHERE k BETWEEN 5 AND 15000');

DROP TABLE facts, results, parts, parent, child;
