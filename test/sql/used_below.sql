--
-- Where smol is used: below joins, subqueries, partitions sealed and not,
-- inheritance, views, row security, prepared statements and cursors.  Each
-- answer is compared with that of sequential scans.
--
\set VERBOSITY terse
SET max_parallel_workers_per_gather = 0;
-- The plan's scans and joins, in order, and whether the answer is that without
-- any index.
CREATE FUNCTION below(query text, OUT nodes text, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
    wrapped text := 'SELECT array_agg(q::text ORDER BY q::text COLLATE "C") FROM (' || query || ') AS q';
    found text[];
    expected text[];
BEGIN
    SELECT string_agg(substring(p FROM '(Index Only Scan(?: Backward)? using \w+|Index Scan(?: Backward)? using \w+|Bitmap Index Scan on \w+|Seq Scan on \w+|Nested Loop[\w ]*|Hash[\w ]* Join|Merge[\w ]* Join|Append|Memoize)'), ', ')
    INTO nodes FROM plan(query) AS p WHERE p ~ 'Scan|Join|Nested|Append|Memoize' AND p !~ 'Bitmap Heap|Subquery Scan|Function Scan|CTE Scan';
    EXECUTE wrapped INTO found;
    PERFORM set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
    EXECUTE wrapped INTO expected;
    PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true), set_config('enable_bitmapscan', 'on', true);
    answer := CASE WHEN found IS DISTINCT FROM expected THEN 'DIFFERENT' ELSE 'same, ' || coalesce(cardinality(found), 0) || ' rows' END;
END
$$;
CREATE TABLE fact AS SELECT (i * 7919 % 20011) AS k, i % 500 AS dim, (i % 97)::numeric(8,2) AS v, repeat('x', 60) AS filler FROM generate_series(1, 20000) AS i;
CREATE TABLE dims AS SELECT i AS id, 'name ' || i AS name, i % 7 AS class, repeat('y', 100) AS filler FROM generate_series(0, 499) AS i;
VACUUM ANALYZE fact, dims;
CREATE INDEX fact_k ON fact USING smol (k) INCLUDE (v);
CREATE INDEX fact_dim ON fact USING smol (dim, k) INCLUDE (v);
CREATE INDEX dims_id ON dims USING smol (id) INCLUDE (class);

-- joins: as the inner side of a nested loop, both sides of a merge join, hashed
SELECT * FROM below('SELECT d.name, f.v FROM dims d JOIN fact f ON f.dim = d.id WHERE d.name = ''name 7''');
SELECT * FROM below('SELECT d.name, f.v FROM dims d LEFT JOIN fact f ON f.dim = d.id AND f.k < 100 WHERE d.name IN (''name 7'', ''name 8'')');
SELECT * FROM below('SELECT count(*), sum(f.v) FROM fact f JOIN dims d ON f.dim = d.id WHERE d.class = 3');
SELECT * FROM below('SELECT count(*), sum(a.v - b.v) FROM fact a JOIN fact b USING (k)');
SELECT * FROM below('SELECT d.id FROM dims d WHERE EXISTS (SELECT FROM fact f WHERE f.dim = d.id AND f.k < 50)');
SELECT * FROM below('SELECT d.id FROM dims d WHERE NOT EXISTS (SELECT FROM fact f WHERE f.dim = d.id AND f.k < 1000)');
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT * FROM below('SELECT count(*), sum(a.v - b.v) FROM fact a JOIN fact b USING (k)');
SELECT * FROM below('SELECT count(*), sum(a.v) FROM fact a FULL JOIN dims d ON a.dim = d.id AND d.id < 600');
RESET enable_hashjoin;
RESET enable_nestloop;

-- subqueries: scalar, lateral, in lists, unions, common table expressions
SELECT * FROM below('SELECT d.id, (SELECT sum(v) FROM fact f WHERE f.dim = d.id) AS s FROM dims d WHERE d.class = 1');
SELECT * FROM below('SELECT d.id, l.k FROM dims d, LATERAL (SELECT k FROM fact f WHERE f.dim = d.id ORDER BY k DESC LIMIT 2) l WHERE d.class = 2');
SELECT * FROM below('SELECT sum(v) FROM fact WHERE k IN (SELECT id FROM dims WHERE class = 4)');
SELECT * FROM below('SELECT sum(v) FROM fact WHERE k = ANY (ARRAY(SELECT id FROM dims WHERE id < 20))');
SELECT * FROM below('SELECT k, v FROM fact WHERE k < 100 UNION ALL SELECT dim, v FROM fact WHERE dim = 3 AND k < 100');
SELECT * FROM below('SELECT k FROM fact WHERE k < 300 EXCEPT SELECT dim FROM fact WHERE dim < 200');
SELECT * FROM below('WITH c AS MATERIALIZED (SELECT k, v FROM fact WHERE k BETWEEN 10 AND 500) SELECT count(*), sum(a.v) FROM c a JOIN c b ON a.k = b.k + 1');
SELECT * FROM below('WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT k FROM r, LATERAL (SELECT k FROM fact WHERE k > n ORDER BY k LIMIT 1) l WHERE n < 40) SELECT n FROM r');
SELECT * FROM below('SELECT dim, k, sum(v) OVER (PARTITION BY dim ORDER BY k) FROM fact WHERE dim BETWEEN 3 AND 5');
SELECT * FROM below('SELECT DISTINCT dim FROM fact WHERE dim < 7');
SELECT * FROM below('SELECT dim, max(k) FROM fact WHERE dim < 7 GROUP BY dim HAVING max(k) > 19500');

-- views, and views of views
CREATE VIEW recent AS SELECT k, v FROM fact WHERE k > 19000;
CREATE VIEW recent_sums AS SELECT k % 10 AS digit, sum(v) AS s FROM recent GROUP BY 1;
SELECT * FROM below('SELECT * FROM recent WHERE k < 19050');
SELECT * FROM below('SELECT * FROM recent_sums');
CREATE VIEW barrier WITH (security_barrier) AS SELECT k, v FROM fact WHERE k < 300;
SELECT * FROM below('SELECT * FROM barrier WHERE k > 250');

-- a materialized view
CREATE MATERIALIZED VIEW sums AS SELECT dim, k % 100 AS part, sum(v) AS s, count(*) AS n FROM fact GROUP BY 1, 2;
VACUUM ANALYZE sums;
CREATE INDEX sums_dim ON sums USING smol (dim, part) INCLUDE (s);
SELECT * FROM below('SELECT sum(s) FROM sums WHERE dim BETWEEN 7 AND 9');
SELECT * FROM below('SELECT d.class, sum(s) FROM dims d JOIN sums s ON s.dim = d.id WHERE d.name = ''name 9'' GROUP BY 1');
REFRESH MATERIALIZED VIEW sums;
VACUUM sums;
SELECT * FROM below('SELECT sum(s) FROM sums WHERE dim BETWEEN 7 AND 9');

-- partitions: some sealed, some with a btree, one with no index; one stale
CREATE TABLE log (day int NOT NULL, id int NOT NULL, v int, filler text) PARTITION BY RANGE (day);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (10) TO (20);
CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM (20) TO (30);
CREATE TABLE log_4 PARTITION OF log FOR VALUES FROM (30) TO (40);
CREATE TABLE log_5 PARTITION OF log FOR VALUES FROM (40) TO (50);
INSERT INTO log SELECT i % 50, i, i % 13, repeat('z', 60) FROM generate_series(1, 25000) AS i;
VACUUM ANALYZE log;
CREATE INDEX log_1_smol ON log_1 USING smol (day, id) INCLUDE (v);
CREATE INDEX log_2_smol ON log_2 USING smol (day, id) INCLUDE (v);
CREATE INDEX log_3_smol ON log_3 USING smol (day, id) INCLUDE (v) WITH (writes = retire);
CREATE INDEX log_4_btree ON log_4 (day, id) INCLUDE (v);
INSERT INTO log VALUES (25, 0, 1), (45, 0, 1);
SELECT * FROM below('SELECT count(*), sum(v) FROM log WHERE day = 5');
SELECT * FROM below('SELECT count(*), sum(v) FROM log WHERE day BETWEEN 8 AND 11');
SELECT * FROM below('SELECT count(*), sum(v) FROM log WHERE day IN (3, 13, 23, 33, 43)');
SELECT * FROM below('SELECT day, id FROM log WHERE day IN (3, 13) ORDER BY day, id LIMIT 5');
SELECT * FROM below('SELECT l.day, l.id FROM (VALUES (3), (15)) AS w(d) JOIN log l ON l.day = w.d AND l.id < 500');
INSERT INTO log VALUES (5, 0, 1);
PREPARE by_day(int) AS SELECT count(*), sum(v) FROM log WHERE day = $1;
SET plan_cache_mode = force_generic_plan;
SELECT node FROM plan('EXECUTE by_day(5)') AS node WHERE node ~ 'Scan|Subplans';
EXECUTE by_day(5);
EXECUTE by_day(15);
EXECUTE by_day(25);
EXECUTE by_day(35);
EXECUTE by_day(45);
RESET plan_cache_mode;
DEALLOCATE by_day;

-- inheritance: a child that is sealed, below a parent that is not
CREATE TABLE base (k int NOT NULL, v int);
CREATE TABLE archive (filler text DEFAULT repeat('w', 80)) INHERITS (base);
INSERT INTO base SELECT i, i % 10 FROM generate_series(1, 50) AS i;
INSERT INTO archive (k, v) SELECT i, i % 10 FROM generate_series(51, 10000) AS i;
VACUUM ANALYZE base, archive;
CREATE INDEX archive_k ON archive USING smol (k) INCLUDE (v);
INSERT INTO base VALUES (10001, 1);
SELECT * FROM below('SELECT k, v FROM base WHERE k BETWEEN 45 AND 55');
SELECT * FROM below('SELECT max(k), count(*) FROM base WHERE k > 9000');

-- row security: the policy's condition goes to the index, or to what it returns
CREATE ROLE regress_smol_reader;
GRANT SELECT ON fact, dims TO regress_smol_reader;
ALTER TABLE fact ENABLE ROW LEVEL SECURITY;
CREATE POLICY evens ON fact TO regress_smol_reader USING (k % 2 = 0 AND k < 15000);
SET ROLE regress_smol_reader;
SELECT * FROM below('SELECT k, v FROM fact WHERE k BETWEEN 100 AND 120');
SELECT * FROM below('SELECT count(*), max(k) FROM fact WHERE dim = 3');
RESET ROLE;
ALTER TABLE fact DISABLE ROW LEVEL SECURITY;

-- prepared statements: custom plans, and generic ones
PREPARE look(int, int) AS SELECT count(*), sum(v), min(k), max(k) FROM fact WHERE k BETWEEN $1 AND $2;
SET plan_cache_mode = force_generic_plan;
SELECT node FROM plan('EXECUTE look(5, 50)') AS node WHERE node ~ 'Scan';
EXECUTE look(5, 50);
EXECUTE look(50, 5);
EXECUTE look(NULL, 5);
SET plan_cache_mode = force_custom_plan;
SELECT node FROM plan('EXECUTE look(5, 50)') AS node WHERE node ~ 'Scan';
EXECUTE look(5, 50);
EXECUTE look(50, 5);
EXECUTE look(NULL, 5);
RESET plan_cache_mode;
PREPARE any_of(int[]) AS SELECT count(*), sum(v) FROM fact WHERE k = ANY ($1);
EXECUTE any_of('{1, 2, 3, 3}');
EXECUTE any_of('{}');
EXECUTE any_of(NULL);

-- cursors, also in PL/pgSQL
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT k, v FROM fact WHERE k < 100 ORDER BY k;
FETCH 2 FROM c;
FETCH ABSOLUTE 50 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH FIRST FROM c;
COMMIT;
CREATE FUNCTION walk(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    c CURSOR (a int) FOR SELECT k FROM fact WHERE k >= a ORDER BY k;
    s text := '';
    q record;
BEGIN
    FOR q IN c(n) LOOP
        s := s || ' ' || q.k;
        EXIT WHEN q.k > n + 3;
    END LOOP;
    FOR q IN SELECT k FROM fact WHERE k <= n ORDER BY k DESC LIMIT 2 LOOP
        s := s || ' ' || q.k;
    END LOOP;
    RETURN s;
END
$$;
SELECT walk(10), walk(15000);
RESET ALL;
DROP FUNCTION walk, below;
DROP VIEW recent_sums, recent, barrier;
DROP TABLE log, archive, base;
DROP MATERIALIZED VIEW sums;
DROP TABLE fact, dims;
DROP ROLE regress_smol_reader;
