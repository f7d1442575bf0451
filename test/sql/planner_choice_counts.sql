--
-- The index knows how many rows there are between constants: where statistics
-- say more than that, costs are by the index.
--
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION node(query text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substring(p FROM '(Index Only Scan using \w+|Index Scan using \w+|Seq Scan on \w+)'), ', ')
    FROM plan(query) AS p WHERE p ~ 'Scan'
$$;
CREATE FUNCTION cost(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    j json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO j;
    RETURN (j -> 0 -> 'Plan' ->> 'Total Cost')::float8;
END
$$;
-- the statistics are of another time: they know of keys up to 1000 only
CREATE TABLE changed (a int, b int, c text) WITH (autovacuum_enabled = off);
INSERT INTO changed SELECT i % 1000, i, 'x' FROM generate_series(1, 10000) AS i;
ANALYZE changed;
TRUNCATE changed;
INSERT INTO changed SELECT 1000000 + i, i, 'x' FROM generate_series(1, 99000) AS i;
INSERT INTO changed SELECT i, i, 'x' FROM generate_series(1, 1000) AS i;
VACUUM changed;
CREATE INDEX changed_a ON changed USING smol (a) INCLUDE (b);
-- half of the table, says pg_statistic; 500 rows, says the index
SELECT cost('SELECT b FROM changed WHERE a < 501') < 50 AS counted,
       cost('SELECT b FROM changed WHERE a >= 0') > 1000 AS everything;
-- with all that makes bounds
SELECT q, cost(q) < 50 AS counted FROM (VALUES
    ('SELECT b FROM changed WHERE a > 100 AND a <= 600'),
    ('SELECT b FROM changed WHERE a BETWEEN 100 AND 600 AND b > 5'),
    ('SELECT b FROM changed WHERE a < 501::int8'),
    ('SELECT b FROM changed WHERE a < (250 * 2)'),
    ('SELECT b FROM changed WHERE a < ANY (ARRAY[100, 500])'),
    ('SELECT b FROM changed WHERE a < 470 + extract(day FROM now())::int'),
    ('SELECT b FROM changed WHERE a IS NULL')) AS v(q);
-- generic plans don't know the constants
PREPARE p(int) AS SELECT b FROM changed WHERE a < $1;
SET plan_cache_mode = force_custom_plan;
SELECT cost('EXECUTE p(501)') < 50 AS counted;
SET plan_cache_mode = force_generic_plan;
SELECT cost('EXECUTE p(501)') < 50 AS counted;
RESET plan_cache_mode;
-- the estimate of rows is pg_statistic's all the same, so that all paths agree
CREATE FUNCTION estimate(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    j json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO j;
    RETURN j -> 0 -> 'Plan' ->> 'Plan Rows';
END
$$;
SELECT estimate('SELECT b FROM changed WHERE a < 501') > 1000 AS statistics;
ANALYZE changed;
SELECT estimate('SELECT b FROM changed WHERE a < 501') < 3000 AS statistics;

-- columns that have to do with each other
CREATE TABLE related AS SELECT i / 1000 AS a, i / 1000 * 10 AS b, i AS c FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE related;
CREATE INDEX related_ab ON related USING smol (a, b) INCLUDE (c);
SELECT cost('SELECT c FROM related WHERE a > 50 AND b < 100') > cost('SELECT c FROM related WHERE a = 50 AND b < 100') AS less,
       cost('SELECT c FROM related WHERE a IN (3, 5, 7) AND b < 1') < 50 AS counted,
       cost('SELECT c FROM related WHERE a = ANY (ARRAY(SELECT generate_series(1, 90)))') > 100 AS "not constants";

-- a partial index
CREATE INDEX related_part ON related USING smol (c) INCLUDE (b) WHERE a = 50;
DROP INDEX related_ab;
SELECT node('SELECT c FROM related WHERE a = 50 AND c > 10'), node('SELECT c FROM related WHERE c > 10'),
       node('SELECT count(*) FROM related WHERE a = 50'), node('SELECT b FROM related WHERE a = 50 AND c = 7'),
       node('SELECT b FROM related WHERE a > 49 AND c = 7');

-- never of rows that somebody may not see: costs would tell of them
CREATE TABLE hidden (a int, b int) WITH (autovacuum_enabled = off);
INSERT INTO hidden SELECT i, i % 10 FROM generate_series(1, 200000) AS i;
ANALYZE hidden;
TRUNCATE hidden;
INSERT INTO hidden SELECT CASE WHEN i % 2 = 0 THEN i ELSE 1000000 + i END, i % 10 FROM generate_series(1, 100000) AS i;
INSERT INTO hidden SELECT 2000000 + i, i % 10 FROM generate_series(1, 100000) AS i;
VACUUM hidden;
CREATE INDEX hidden_a ON hidden USING smol (a) INCLUDE (b);
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_b ON hidden USING (b = 1);
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM hidden WHERE b = 1;
CREATE ROLE regress_smol_somebody;
GRANT SELECT ON hidden, barrier TO regress_smol_somebody;
SELECT cost('SELECT b FROM hidden WHERE a BETWEEN 120000 AND 900000') < 50 AS counted,
       cost('SELECT b FROM barrier WHERE a BETWEEN 120000 AND 900000') < 50 AS counted;
SET ROLE regress_smol_somebody;
SELECT cost('SELECT b FROM hidden WHERE a BETWEEN 120000 AND 900000') < 50 AS counted,
       cost('SELECT b FROM barrier WHERE a BETWEEN 120000 AND 900000') < 50 AS counted;
RESET ROLE;
DROP TABLE hidden CASCADE;
DROP ROLE regress_smol_somebody;
RESET ALL;
DROP FUNCTION node, cost, estimate;
DROP TABLE changed, related;
