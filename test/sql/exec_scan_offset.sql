--
-- OFFSET over the rows of an index: the rows before are not read, and nothing else
-- is told from PostgreSQL's Limit: which rows, errors, and where a cursor goes.
--
\set VERBOSITY terse
CREATE TABLE exec_offset AS SELECT CASE WHEN i % 50 > 0 THEN i / 3 END AS a, i AS b, 'text ' || i % 9 AS c, (i * 7919::int8) % 1009 AS d FROM generate_series(1, 30000) AS i;
CREATE INDEX exec_offset_smol ON exec_offset USING smol (a, b) INCLUDE (c, d) WITH (writes = retire, nulls = store);
CREATE INDEX exec_offset_desc ON exec_offset USING smol (c DESC, b NULLS FIRST) WITH (writes = retire, nulls = store);
CREATE INDEX exec_offset_part ON exec_offset USING smol (d, b) WITH (writes = retire, nulls = store) WHERE b > 100;
VACUUM ANALYZE exec_offset;
SET smol.enable_scan = on;

-- The rows by row number and without SmolScan, in order; shows how many there are.
CREATE FUNCTION by_number(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wrapped text := 'SELECT coalesce(array_agg(q::text), ''{}'') FROM (' || query || ') AS q';
    plan text := (SELECT string_agg(ltrim(p), ' / ') FROM plan(query) AS p);
    found text[];
    expected text[];
BEGIN
    IF plan !~ 'Offset by Row Number' THEN
        RETURN 'NOT BY NUMBER: ' || plan;
    END IF;
    EXECUTE wrapped INTO found;
    PERFORM set_config('smol.enable_scan', 'off', true);
    PERFORM set_config('enable_indexonlyscan', 'off', true);
    EXECUTE wrapped INTO expected;
    PERFORM set_config('smol.enable_scan', 'on', true);
    PERFORM set_config('enable_indexonlyscan', 'on', true);
    IF found IS DISTINCT FROM expected THEN
        RETURN format('DIFFERENT: %s, not %s', found[1:3], expected[1:3]);
    END IF;
    RETURN format('ok, %s rows', cardinality(found));
END
$$;

-- to skip some rows is worth a descent
SET enable_seqscan = off;
SET enable_sort = off;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET cpu_tuple_cost = 100;
SELECT * FROM plan('SELECT a, b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 LIMIT 5');
SELECT * FROM plan('SELECT a, b FROM exec_offset WHERE a > 100 ORDER BY a DESC, b DESC OFFSET 20000');

-- all kinds of ranges, in both orders, from the start, at the ends of leaves and batches, at the end and beyond it
WITH quals(qual) AS (
    VALUES ('true'), ('a >= 10'), ('a > 10 AND a < 9000'), ('a <= 9000'), ('a IS NULL'), ('a IS NOT NULL'), ('a = 500'),
           ('a IS NULL AND b > 1000'), ('a = 500 AND b >= 1501'), ('a > 9000 AND a < 10'), ('a > NULL'), ('a >= 10 AND a > 300'),
           ('a IN (5, 7000, 10, 20, 10, NULL, 3000)'), ('a IN (1, 2) AND b IN (3, 4, 5, 7)'), ('a = ANY (ARRAY[]::int[])'),
           ('a < ANY (ARRAY[100, 200])'), ('a IN (100) AND b > 10')
), answers AS (
    SELECT qual, by_number(format('SELECT b, a, c FROM exec_offset WHERE %s ORDER BY %s OFFSET %s LIMIT %s', qual, o, n, l)) AS answer
    FROM quals, unnest(ARRAY['a, b', 'a DESC, b DESC']) AS o,
         unnest('{1,31,32,1023,1024,9999,29399,29400,99999999999}'::int8[]) AS n,
         unnest('{7,ALL}'::text[]) AS l
)
SELECT count(*), count(*) FILTER (WHERE answer LIKE 'ok%') AS ok, count(*) FILTER (WHERE answer LIKE 'ok%' AND answer NOT LIKE 'ok, 0 %') AS rows,
       count(*) FILTER (WHERE answer LIKE 'NOT%') AS others, min(qual || ': ' || answer) FILTER (WHERE answer LIKE 'DIFF%') AS different FROM answers;

-- descending columns; partial indexes, where the predicate is implied; no order
SELECT by_number('SELECT c, b FROM exec_offset WHERE c > ''text 3'' ORDER BY c DESC, b NULLS FIRST OFFSET 12345 LIMIT 3');
SELECT by_number('SELECT c, b FROM exec_offset WHERE c > ''text 3'' ORDER BY c, b DESC NULLS LAST OFFSET 12345 LIMIT 3');
SELECT by_number('SELECT d, b FROM exec_offset WHERE b > 100 ORDER BY d, b OFFSET 12345 LIMIT 3');
SELECT by_number('SELECT d, b FROM exec_offset WHERE b > 100 AND d >= 500 ORDER BY d, b OFFSET 12345 LIMIT 3');
SELECT count(*), min(b) > 0 FROM (SELECT b FROM exec_offset WHERE a < 8000 OFFSET 20000) AS q;
SELECT count(*) = (SELECT count(*) - 20000 FROM exec_offset WHERE a < 8000) FROM (SELECT b FROM exec_offset WHERE a < 8000 OFFSET 20000) AS q;

-- expressions in the target list, and columns that only ORDER BY has
SELECT by_number('SELECT b + 1, upper(c) FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 LIMIT 5');
SELECT by_number('SELECT row_number() OVER (ORDER BY a, b), a FROM (SELECT a, b FROM exec_offset ORDER BY a, b OFFSET 29000) AS q');
SELECT by_number('(SELECT a, b FROM exec_offset ORDER BY a, b OFFSET 12000 LIMIT 3) UNION ALL (SELECT a, b FROM exec_offset ORDER BY a DESC, b DESC OFFSET 12000 LIMIT 3)');

-- what is read does not grow with what is skipped
SELECT * FROM ran('SELECT a, b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 LIMIT 5') AS line WHERE line ~ 'Leaf';
SELECT * FROM ran('SELECT a, b FROM exec_offset ORDER BY a DESC, b DESC OFFSET 29990') AS line WHERE line ~ 'Leaf';

-- not where a row of the range may not count, or is of use before it counts
SET smol.explain_declined = on;
EXPLAIN (COSTS OFF) SELECT a, b FROM exec_offset WHERE a > 100 AND d <> 7 ORDER BY a, b OFFSET 20000;
EXPLAIN (COSTS OFF) SELECT a, b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 FETCH FIRST 3 ROWS WITH TIES;
EXPLAIN (COSTS OFF) SELECT a, random() FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000;
EXPLAIN (COSTS OFF) SELECT a, generate_series(1, 2) FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000;
EXPLAIN (COSTS OFF) SELECT a FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET (random() * 10)::int;
EXPLAIN (COSTS OFF) SELECT a, b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 FOR UPDATE;
EXPLAIN (COSTS OFF) SELECT a, b FROM exec_offset WHERE a > 100 AND random() < 2 ORDER BY a, b OFFSET 20000;
EXPLAIN (COSTS OFF) SELECT a, b FROM exec_offset WHERE a > 100 AND current_setting('work_mem') > '' ORDER BY a, b OFFSET 20000;
RESET smol.explain_declined;

-- parameters, NULL, and errors, also those of a LIMIT of nothing; which comes first
SET plan_cache_mode = force_generic_plan;
PREPARE page(int8, int8) AS SELECT a, b FROM exec_offset WHERE a >= 100 ORDER BY a, b OFFSET $1 LIMIT $2;
SELECT * FROM plan('EXECUTE page(1, 2)');
EXECUTE page(20000, 2);
EXECUTE page(0, 1);
EXECUTE page(NULL, 1);
EXECUTE page(29999, NULL);
EXECUTE page(29095, NULL);
EXECUTE page(20000, 0);
EXECUTE page(-1, 5);
EXECUTE page(5, -1);
EXECUTE page(-1, -1);
EXECUTE page(-1, 0);
EXECUTE page(9223372036854775807, 9223372036854775807);
SELECT a, b FROM exec_offset WHERE a >= 100 ORDER BY a, b OFFSET -1;
SELECT by_number('SELECT a, b FROM exec_offset WHERE a >= 100 ORDER BY a, b OFFSET (SELECT max(d) * 20 FROM exec_offset) LIMIT (SELECT 3)');

-- rescans, each with another OFFSET, or another range
SELECT by_number('SELECT * FROM (VALUES (1), (15000), (29999), (40000), (NULL), (0)) AS o(o), LATERAL (SELECT a, b FROM exec_offset ORDER BY a, b OFFSET o.o LIMIT 2) AS q');
SELECT by_number('SELECT * FROM (VALUES (1), (5000), (9999), (40000), (NULL), (5)) AS o(o), LATERAL (SELECT a, b FROM exec_offset WHERE a >= o.o ORDER BY a DESC, b DESC OFFSET 10 LIMIT 2) AS q');
SELECT by_number('SELECT o, (SELECT b FROM exec_offset WHERE a < o ORDER BY a, b OFFSET o / 2 LIMIT 1) FROM generate_series(0, 10000, 1000) AS o');
SELECT o, q.* FROM (VALUES (1), (-15000)) AS o(o), LATERAL (SELECT a, b FROM exec_offset ORDER BY a, b OFFSET o.o LIMIT 2) AS q;

-- Each step of a cursor, with and without; shows the steps.
CREATE FUNCTION steps(query text, moves text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answers text[] := '{}';
    answer text;
    move text;
    r record;
BEGIN
    EXECUTE 'DECLARE walker SCROLL CURSOR FOR ' || query;
    FOREACH move IN ARRAY moves LOOP
        answer := move || ':';
        FOR r IN EXECUTE 'FETCH ' || move || ' FROM walker' LOOP
            answer := answer || ' ' || r;
        END LOOP;
        answers := answers || answer;
    END LOOP;
    EXECUTE 'CLOSE walker';
    RETURN array_to_string(answers, E'\n');
END
$$;
CREATE FUNCTION walk(query text, moves text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    found text := steps(query, moves);
    expected text;
BEGIN
    SET LOCAL smol.enable_scan = off;
    expected := steps(query, moves);
    SET LOCAL smol.enable_scan = on;
    IF found = expected THEN
        RETURN NEXT 'the same';
    ELSE
        RETURN NEXT 'DIFFERENT:';
        RETURN NEXT expected;
    END IF;
    RETURN NEXT found;
END
$$;
SELECT * FROM walk('SELECT b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 LIMIT 4',
    '{2,BACKWARD 1,BACKWARD 1,BACKWARD 1,2,1,5,1,1,BACKWARD 1,BACKWARD 9,BACKWARD 1,ALL,LAST,FIRST,ABSOLUTE 3,RELATIVE -1,ABSOLUTE -1,PRIOR,ABSOLUTE 0,NEXT}');
SELECT * FROM walk('SELECT b + 1 FROM exec_offset WHERE a > 9990 ORDER BY a DESC, b DESC OFFSET 25',
    '{2,BACKWARD 1,BACKWARD 1,BACKWARD 1,2,3,ALL,1,BACKWARD 1,BACKWARD ALL,BACKWARD 1,ALL,LAST,FIRST,ABSOLUTE 3,RELATIVE -1,ABSOLUTE -1,PRIOR,ABSOLUTE 0,NEXT}');
SELECT * FROM walk('SELECT b, c FROM exec_offset WHERE a IN (5, 7000, 10, 20) ORDER BY a, b OFFSET 4 LIMIT 6',
    '{3,BACKWARD 2,BACKWARD 1,2,4,1,BACKWARD 2,BACKWARD 9,ALL,1,BACKWARD ALL,1}');
SELECT * FROM walk('SELECT b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 99999 LIMIT 4', '{1,BACKWARD 1,1,ALL,BACKWARD ALL,FIRST,LAST}');
SELECT * FROM walk('SELECT b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 9 LIMIT 0', '{1,BACKWARD 1,1,ALL,BACKWARD ALL,FIRST,LAST}');

-- rows of several batches, to and fro
SELECT * FROM walk('SELECT count(*), sum(b), min(b), max(b) FROM (SELECT b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 7 LIMIT 9000) AS q', '{1}');
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 LIMIT 5000;
FETCH ABSOLUTE 4990 FROM c;
FETCH ABSOLUTE 10 FROM c;
FETCH ABSOLUTE -10 FROM c;
MOVE BACKWARD 4980 FROM c;
FETCH 1 FROM c;
CLOSE c;
COMMIT;

-- the fallback skips, too, in the order that was promised, and to and fro
PREPARE pages AS SELECT o, q.* FROM (VALUES (2000), (15000), (0), (NULL), (29390)) AS o(o), LATERAL (SELECT a, b FROM exec_offset WHERE a IS NOT NULL ORDER BY a, b OFFSET o.o LIMIT 2) AS q;
PREPARE ranges AS SELECT o, q.* FROM (VALUES (2000), (9000), (0), (NULL), (9390)) AS o(o), LATERAL (SELECT b + 1, a FROM exec_offset WHERE a >= o.o ORDER BY a DESC, b DESC OFFSET 10 LIMIT 2) AS q;
PREPARE backward AS SELECT b, upper(c) FROM exec_offset WHERE a > 100 ORDER BY a DESC, b DESC OFFSET 10000 LIMIT 3;
EXECUTE pages;
EXECUTE ranges;
EXECUTE backward;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT b FROM exec_offset WHERE a > 100 ORDER BY a, b OFFSET 20000 LIMIT 4;
DELETE FROM exec_offset WHERE b IN (1503, 29000);
SET LOCAL smol.max_heap_checks = 0;
FETCH 2 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH 2 FROM c;
FETCH ALL FROM c;
FETCH BACKWARD 1 FROM c;
FETCH FIRST FROM c;
MOVE BACKWARD ALL FROM c;
FETCH NEXT FROM c;
SELECT line FROM ran('EXECUTE page(20000, 2)') AS line WHERE line ~ 'Fallback';
ROLLBACK;
VACUUM exec_offset;
SELECT line FROM ran('EXECUTE page(20000, 2)') AS line WHERE line ~ 'Fallback';
DELETE FROM exec_offset WHERE b IN (1503, 29000);
SET smol.max_heap_checks = 0;
EXECUTE page(20000, 2);
EXECUTE page(29093, NULL);
EXECUTE page(-1, 5);
EXECUTE page(-1, 0);
SELECT ran FROM ran('EXECUTE page(20000, 2)') AS ran WHERE ran !~ 'Memory';
SELECT line FROM ran('EXECUTE pages') AS line WHERE line ~ 'Offset|Fallback|Limit|Sort [(K]|Seq';
SELECT line FROM ran('EXECUTE ranges') AS line WHERE line ~ 'Offset|Fallback|Limit|Sort|Seq|Index';
EXECUTE pages;
EXECUTE ranges;
EXECUTE backward;
-- likewise, by plans that know of no index
SELECT o, q.* FROM (VALUES (2000), (15000), (0), (NULL), (29390)) AS o(o), LATERAL (SELECT a, b FROM exec_offset WHERE a IS NOT NULL ORDER BY a, b OFFSET o.o LIMIT 2) AS q;
SELECT o, q.* FROM (VALUES (2000), (9000), (0), (NULL), (9390)) AS o(o), LATERAL (SELECT b + 1, a FROM exec_offset WHERE a >= o.o ORDER BY a DESC, b DESC OFFSET 10 LIMIT 2) AS q;
SELECT b, upper(c) FROM exec_offset WHERE a > 100 ORDER BY a DESC, b DESC OFFSET 10000 LIMIT 3;
DROP TABLE exec_offset;
DROP FUNCTION walk;
