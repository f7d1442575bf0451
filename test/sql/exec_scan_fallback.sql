--
-- SmolScan when the index is not current: the ordinary plan runs in its place, in
-- the order that was promised, and EXPLAIN says so.
--
\set VERBOSITY terse
CREATE TABLE exec_fallback AS SELECT i AS a, i % 20 AS b, 'text ' || i % 9 AS c, (i % 1000) / 100.0::numeric(5,2) AS n FROM generate_series(1, 8000) AS i;
CREATE INDEX exec_fallback_smol ON exec_fallback USING smol (a) INCLUDE (b, c, n) WITH (writes = retire);
VACUUM ANALYZE exec_fallback;
SET smol.enable_scan = on;
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE plain(int) AS SELECT count(*), sum(a), sum(b), sum(n), min(c) FROM exec_fallback WHERE a > $1 AND c <> 'text 5';
PREPARE ordered(int) AS SELECT a, b + 1 AS b1, c FROM exec_fallback WHERE a > $1 AND b < 4 ORDER BY a DESC LIMIT 4;
PREPARE filtered AS SELECT a FROM exec_fallback WHERE a < 50 AND c LIKE '%3' ORDER BY a;
PREPARE joined AS SELECT count(*), sum(x.b), sum(y.b) FROM exec_fallback x JOIN exec_fallback y ON x.a = y.a WHERE y.b = 7;
PREPARE nothing AS SELECT count(*) FROM exec_fallback WHERE a < 4;
EXECUTE plain(10);
EXECUTE ordered(10);
EXECUTE filtered;
EXECUTE joined;
EXECUTE nothing;
-- a deleted row is looked for on its page, up to a limit
DELETE FROM exec_fallback WHERE a IN (7999, 3);
SET smol.max_heap_checks = 0;
EXECUTE plain(10);
EXECUTE ordered(10);
EXECUTE filtered;
SELECT * FROM ran('EXECUTE plain(10)');
SELECT * FROM ran('EXECUTE ordered(10)');
SELECT * FROM ran('EXECUTE filtered');
EXECUTE nothing;
-- in the order of an expression, which the child computes for its sort
RESET smol.max_heap_checks;
CREATE INDEX exec_fallback_expr ON exec_fallback USING smol ((b % 7) DESC, a) INCLUDE (b) WITH (writes = retire);
VACUUM ANALYZE exec_fallback;
PREPARE expression AS SELECT a, b FROM exec_fallback WHERE b % 7 = ANY (ARRAY[4, 2]) AND a > 7950 ORDER BY b % 7 DESC, a;
PREPARE both_ways AS SELECT b % 7 AS x, a FROM exec_fallback WHERE a > 7990 ORDER BY b % 7, a DESC;
EXECUTE expression;
EXECUTE both_ways;
DELETE FROM exec_fallback WHERE a IN (7962, 7995);
SET smol.max_heap_checks = 0;
EXECUTE expression;
EXECUTE both_ways;
SELECT * FROM ran('EXECUTE expression');
SELECT * FROM ran('EXECUTE both_ways');
DEALLOCATE expression;
DEALLOCATE both_ways;
DROP INDEX exec_fallback_expr;
-- merge join: the fallback is marked and restored
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_material = off;
DEALLOCATE joined;
RESET smol.max_heap_checks;
VACUUM exec_fallback;
REINDEX INDEX exec_fallback_smol;
VACUUM exec_fallback;
PREPARE joined AS SELECT count(*), sum(x.b), sum(y.b) FROM exec_fallback x JOIN exec_fallback y ON x.a = y.a WHERE y.b = 7;
EXECUTE joined;
DELETE FROM exec_fallback WHERE a IN (107, 108, 7998);
SET smol.max_heap_checks = 0;
SELECT * FROM ran('EXECUTE joined');
EXECUTE joined;
RESET smol.max_heap_checks;
VACUUM exec_fallback;
REINDEX INDEX exec_fallback_smol;
VACUUM exec_fallback;
-- the cursor's plan is made while the index is current
CREATE FUNCTION walk() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    c SCROLL CURSOR FOR SELECT a FROM exec_fallback WHERE a <= 6 ORDER BY a;
    d SCROLL CURSOR FOR SELECT a FROM exec_fallback WHERE a <= 6;
    r int;
BEGIN
    OPEN c;
    OPEN d;
    DELETE FROM exec_fallback WHERE a = 2;
    PERFORM set_config('smol.max_heap_checks', '0', true);
    FETCH LAST FROM c INTO r; RETURN NEXT 'last ' || r;
    FETCH PRIOR FROM c INTO r; RETURN NEXT 'prior ' || r;
    FETCH FIRST FROM c INTO r; RETURN NEXT 'first ' || r;
    FETCH NEXT FROM c INTO r; RETURN NEXT 'next ' || r;
    FETCH RELATIVE 2 FROM c INTO r; RETURN NEXT 'relative ' || r;
    FETCH LAST FROM d INTO r; RETURN NEXT 'last ' || r;
    FETCH PRIOR FROM d INTO r; RETURN NEXT 'prior ' || r;
    MOVE FORWARD ALL FROM d;
    FETCH ABSOLUTE 3 FROM d INTO r; RETURN NEXT 'third ' || r;
END
$$;
SELECT walk();
SELECT walk();
-- as an error; but not for a range without the deleted row
REINDEX INDEX exec_fallback_smol;
VACUUM exec_fallback;
EXECUTE nothing;
EXECUTE plain(10);
DELETE FROM exec_fallback WHERE a = 4000;
SET smol.max_heap_checks = 0;
SET smol.heap_fallback = off;
EXECUTE nothing;
EXECUTE plain(10);
RESET smol.heap_fallback;
EXECUTE plain(10);
DEALLOCATE ALL;
RESET smol.max_heap_checks;
DROP FUNCTION walk;
DROP TABLE exec_fallback;

-- expressions: the index has them, and the fallback computes them, in the order
-- of them, too, and where the table is rescanned
CREATE DOMAIN exec_domain AS int;
CREATE TABLE exec_expressions (a int, b int, t text, d exec_domain);
INSERT INTO exec_expressions SELECT i, i % 10, 'T' || i, nullif(i % 7, 0) FROM generate_series(1, 2000) AS i;
CREATE INDEX exec_expressions_smol ON exec_expressions USING smol ((a + b), a, b) INCLUDE (t) WITH (writes = retire);
CREATE INDEX exec_expressions_d ON exec_expressions USING smol ((d::int), (lower(t)), t) WITH (writes = retire, nulls = store);
VACUUM ANALYZE exec_expressions;
CREATE FUNCTION expressions(late bool) RETURNS SETOF text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
DECLARE
    queries text[] := ARRAY[
        'SELECT a + b, a * 2 FROM exec_expressions WHERE a < 4',
        'SELECT a, b FROM exec_expressions WHERE a < 4 ORDER BY a + b DESC',
        'SELECT a + b FROM exec_expressions WHERE a < 4 ORDER BY a + b',
        'SELECT x, s FROM generate_series(2, 6, 2) AS x JOIN (SELECT a + b AS s, t FROM exec_expressions) AS e ON s = x ORDER BY x',
        'SELECT lower(t), t FROM exec_expressions WHERE lower(t) < ''t102'' AND d::int = 3 ORDER BY 1'];
    c refcursor;
    r record;
BEGIN
    FOR i IN 1 .. cardinality(queries) LOOP
        c := 'c' || i;
        OPEN c FOR EXECUTE queries[i];
    END LOOP;
    IF late THEN
        DELETE FROM exec_expressions WHERE a = 2000;
    END IF;
    FOR i IN 1 .. cardinality(queries) LOOP
        c := 'c' || i;
        LOOP
            FETCH c INTO r;
            EXIT WHEN NOT FOUND;
            RETURN NEXT r::text;
        END LOOP;
        CLOSE c;
    END LOOP;
END
$$;
SELECT string_agg(e, ' ') FROM expressions(false) AS e;
SELECT string_agg(e, ' ') FROM expressions(true) AS e;
REINDEX TABLE exec_expressions;
VACUUM exec_expressions;
-- what an expression only relabels is left to others
SELECT plan('SELECT 1 FROM exec_expressions WHERE d IS NULL');
SELECT count(*) FROM (SELECT 1 FROM exec_expressions WHERE d IS NULL) AS s;
DROP FUNCTION expressions;
DROP TABLE exec_expressions;
DROP DOMAIN exec_domain;
