--
-- The rows of an index-only scan that can't trust its index come from the heap:
-- in order, by the same keys, from expressions, predicates, in any direction.
--
\set VERBOSITY terse
CREATE TABLE fallen AS
SELECT (i * 7919) % 5003 AS a, CASE WHEN i % 10 > 0 THEN i % 50 END AS b, 't' || i % 77 AS c, (i / 4.0)::numeric AS d, i AS e
FROM generate_series(1, 5000) AS i;
VACUUM ANALYZE fallen;
CREATE INDEX fallen_a ON fallen USING smol (a) INCLUDE (e) WITH (writes = retire);
CREATE INDEX fallen_bc ON fallen USING smol (b DESC NULLS LAST, c) INCLUDE (a) WITH (writes = retire, nulls = store);
CREATE INDEX fallen_d ON fallen USING smol (d) WITH (writes = retire);
CREATE INDEX fallen_lower ON fallen USING smol (lower(c), (e % 10)) INCLUDE (c, e) WITH (writes = retire) WHERE e > 100;
-- The planner leaves out an index that it knows to be unusable, so plan first:
-- prepared statements keep their generic plans.
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE questions (n serial, q text, answer text, fallen text);
INSERT INTO questions (q) VALUES
    ('SELECT a FROM fallen ORDER BY a'),
    ('SELECT a FROM fallen ORDER BY a DESC LIMIT 10'),
    ('SELECT a, e FROM fallen WHERE a BETWEEN 100 AND 120 ORDER BY a'),
    ('SELECT a, e FROM fallen WHERE a = 77'),
    ('SELECT a FROM fallen WHERE a IN (5, 7, 7, 5000, 6000) ORDER BY a'),
    ('SELECT count(*), min(a), max(a) FROM fallen WHERE a > 4294967301'),
    ('SELECT min(a), max(a) FROM fallen'),
    ('SELECT b, c FROM fallen ORDER BY b DESC NULLS LAST, c'),
    ('SELECT b, c FROM fallen ORDER BY b NULLS FIRST, c DESC'),
    ('SELECT b, c, a FROM fallen WHERE b = 7 AND c >= ''t5'' ORDER BY c, a'),
    ('SELECT count(*), sum(a) FROM fallen WHERE b IS NULL AND c < ''t5'''),
    ('SELECT count(*), sum(a) FROM fallen WHERE b IS NOT NULL AND c = ''t5'''),
    ('SELECT d FROM fallen WHERE d < 50.5 ORDER BY d DESC'),
    ('SELECT c, e FROM fallen WHERE lower(c) = ''t5'' AND e > 100 ORDER BY e'),
    ('SELECT lower(c), e % 10 FROM fallen WHERE e > 100 ORDER BY lower(c), e % 10'),
    ('SELECT count(*), count(f.a), sum(f.e) FROM (SELECT DISTINCT e FROM fallen WHERE d < 100) s LEFT JOIN fallen f ON f.a = s.e'),
    ('SELECT count(*), sum(f.a) FROM generate_series(1, 300) g, LATERAL (SELECT a FROM fallen WHERE a > g ORDER BY a LIMIT 2) f');
CREATE FUNCTION prepare_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM questions LOOP
        EXECUTE format('PREPARE q%s AS SELECT array_agg(x::text) FROM (%s) AS x', r.n, r.q);
    END LOOP;
END
$$;
CREATE FUNCTION ask_all(col name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
    t text;
BEGIN
    FOR r IN SELECT * FROM questions LOOP
        EXECUTE format('EXECUTE q%s', r.n) INTO t;
        EXECUTE format('UPDATE questions SET %I = $1 WHERE n = $2', col) USING t, r.n;
    END LOOP;
END
$$;
CREATE FUNCTION plans(pattern text) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE
    r record;
    line text;
    n int8 := 0;
BEGIN
    FOR r IN SELECT * FROM questions LOOP
        FOR line IN EXECUTE format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE q%s', r.n) LOOP
            IF line ~ pattern THEN
                n := n + 1;
                EXIT;
            END IF;
        END LOOP;
    END LOOP;
    RETURN n;
END
$$;
SELECT prepare_all();
SELECT plans('Index Only Scan.*fallen_') AS by_index, plans('Heap Fallback') AS fallen, count(*) AS questions FROM questions;
SELECT ask_all('answer');

-- more deletes than the verdict looks at, all undone in effect
SET smol.max_heap_checks = 0;
BEGIN;
SAVEPOINT s;
DELETE FROM fallen WHERE e % 20 = 0;
ROLLBACK TO s;
COMMIT;
SELECT plans('Index Only Scan.*fallen_') AS by_index, plans('Heap Fallback') AS fallen, count(*) AS questions FROM questions;
SELECT ask_all('fallen');
SELECT n, q FROM questions WHERE answer IS DISTINCT FROM fallen;

-- with the looking, no fallback
RESET smol.max_heap_checks;
SELECT plans('Heap Fallback') AS fallen;

-- real changes
DELETE FROM fallen WHERE e % 20 = 0;
UPDATE fallen SET b = 1000, c = 'UPDATED' WHERE e BETWEEN 300 AND 310;
SELECT ask_all('fallen');
UPDATE questions SET answer = NULL;
DEALLOCATE ALL;
RESET ALL;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT prepare_all();
SELECT ask_all('answer');
SELECT n, q FROM questions WHERE answer IS DISTINCT FROM fallen;
SELECT count(*) FROM questions WHERE answer IS NOT NULL;

-- a nested loop's inner side reads the heap once or twice, not for each row
RESET ALL;
REINDEX TABLE fallen;
VACUUM ANALYZE fallen;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_memoize = off;
SET plan_cache_mode = force_generic_plan;
PREPARE loop AS SELECT count(*), count(a), sum(e) FROM generate_series(1, 5000) AS g LEFT JOIN fallen ON a = g;
EXECUTE loop;
DELETE FROM fallen WHERE a % 1000 = 7;
SELECT pg_stat_force_next_flush();
SELECT seq_scan AS before FROM pg_stat_user_tables WHERE relname = 'fallen' \gset
EXECUTE loop;
SELECT pg_stat_force_next_flush();
SELECT seq_scan - :before BETWEEN 1 AND 3 AS few_heap_scans FROM pg_stat_user_tables WHERE relname = 'fallen';
SELECT * FROM ran('EXECUTE loop');
DEALLOCATE loop;

-- a cursor that falls back scrolls as ever
RESET ALL;
REINDEX TABLE fallen;
VACUUM fallen;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT a FROM fallen ORDER BY a;
DELETE FROM fallen WHERE a < 10;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
FETCH ABSOLUTE 9 FROM c;
ROLLBACK;
RESET ALL;
DEALLOCATE ALL;
DROP FUNCTION prepare_all, ask_all, plans;
DROP TABLE fallen, questions;
