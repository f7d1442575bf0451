--
-- WITH (nulls = store): NULLs are kept, ordered as the index declares, found by
-- IS NULL and by nothing else.
--
\set VERBOSITY terse
CREATE TABLE nulls AS
SELECT CASE WHEN i % 5 > 0 THEN i % 50 END AS a, CASE WHEN i % 7 > 0 THEN 't' || i % 30 END AS b, NULL::int8 AS c, i
FROM generate_series(1, 3000) AS i;
VACUUM ANALYZE nulls;

-- one column, all four orders
CREATE TABLE orders (d text);
INSERT INTO orders VALUES ('ASC NULLS LAST'), ('ASC NULLS FIRST'), ('DESC NULLS LAST'), ('DESC NULLS FIRST');
CREATE FUNCTION by_order(cols text, queries text[]) RETURNS TABLE (d text, q text, answer text) LANGUAGE plpgsql AS $$
BEGIN
    FOR d IN SELECT o.d FROM orders o LOOP
        EXECUTE format('CREATE INDEX nulls_i ON nulls USING smol (%s) WITH (nulls = store)', format(cols, d));
        FOREACH q IN ARRAY queries LOOP
            answer := same(q, 'nulls_i');
            RETURN NEXT;
        END LOOP;
        EXECUTE format('SELECT plan(''SELECT a FROM nulls ORDER BY a %s'') LIMIT 1', d) INTO answer;
        q := 'its own order';
        RETURN NEXT;
        DROP INDEX nulls_i;
    END LOOP;
END
$$;
SET enable_seqscan = off;
SELECT * FROM by_order('a %s', ARRAY[
    'SELECT a FROM nulls', 'SELECT count(a), count(*) FROM nulls',
    'SELECT a FROM nulls ORDER BY a ASC NULLS LAST', 'SELECT a FROM nulls ORDER BY a ASC NULLS FIRST',
    'SELECT a FROM nulls ORDER BY a DESC NULLS LAST', 'SELECT a FROM nulls ORDER BY a DESC NULLS FIRST',
    'SELECT a FROM nulls ORDER BY a DESC NULLS FIRST LIMIT 601 OFFSET 599', 'SELECT a FROM nulls ORDER BY a LIMIT 602 OFFSET 2399',
    'SELECT count(*) FROM nulls WHERE a IS NULL', 'SELECT count(*) FROM nulls WHERE a IS NOT NULL',
    'SELECT a FROM nulls WHERE a IS NOT NULL ORDER BY a', 'SELECT a FROM nulls WHERE a IS NOT NULL ORDER BY a DESC',
    'SELECT count(*) FROM nulls WHERE a > 40', 'SELECT count(*) FROM nulls WHERE a < 10', 'SELECT count(*) FROM nulls WHERE a >= 0',
    'SELECT count(*) FROM nulls WHERE a <= 100', 'SELECT count(*) FROM nulls WHERE a = 7', 'SELECT count(*) FROM nulls WHERE a = 5',
    'SELECT count(*) FROM nulls WHERE a IS NULL AND a > 3', 'SELECT count(*) FROM nulls WHERE a IS NOT NULL AND a > 3',
    'SELECT count(*) FROM nulls WHERE a IN (1, 2, NULL)', 'SELECT count(*) FROM nulls WHERE a IS DISTINCT FROM 7',
    'SELECT min(a), max(a) FROM nulls']);

-- two columns
SELECT d, count(*), count(*) FILTER (WHERE answer LIKE 'ok%'), max(q || ' => ' || answer) FILTER (WHERE answer NOT LIKE 'ok%')
FROM by_order('a %1$s, b %1$s', ARRAY(
    SELECT format('SELECT a, b FROM nulls WHERE %s AND %s ORDER BY a %s, b %3$s', qa, qb, o.d)
    FROM unnest(ARRAY['true', 'a IS NULL', 'a IS NOT NULL', 'a = 7', 'a > 40', 'a < 10']) AS qa,
         unnest(ARRAY['true', 'b IS NULL', 'b IS NOT NULL', 'b = ''t7''', 'b > ''t20''', 'b < ''t20''']) AS qb, orders o))
WHERE q <> 'its own order' GROUP BY d ORDER BY d;
SELECT d, count(*), count(*) FILTER (WHERE answer LIKE 'ok%'), max(q || ' => ' || answer) FILTER (WHERE answer NOT LIKE 'ok%')
FROM by_order('a %s, b DESC NULLS LAST', ARRAY(
    SELECT format('SELECT a, b FROM nulls WHERE %s AND %s ORDER BY a %s, b DESC NULLS LAST', qa, qb, o.d)
    FROM unnest(ARRAY['true', 'a IS NULL', 'a IS NOT NULL', 'a = 7', 'a > 40']) AS qa,
         unnest(ARRAY['true', 'b IS NULL', 'b IS NOT NULL', 'b = ''t7''', 'b > ''t20''']) AS qb, orders o))
WHERE q <> 'its own order' GROUP BY d ORDER BY d;
RESET enable_seqscan;

-- nothing but NULLs
CREATE INDEX nulls_c ON nulls USING smol (c) WITH (nulls = store);
SELECT q, same(q, 'nulls_c') FROM (VALUES
    ('SELECT count(*), count(c) FROM nulls WHERE c IS NULL'),
    ('SELECT count(*), count(c) FROM nulls WHERE c IS NOT NULL'),
    ('SELECT count(*) FROM nulls WHERE c = 1'),
    ('SELECT c FROM nulls ORDER BY c'),
    ('SELECT min(c), max(c) FROM nulls')) AS v(q);
DROP INDEX nulls_c;

-- in INCLUDE columns
CREATE INDEX nulls_inc ON nulls USING smol (i) INCLUDE (a, b, c) WITH (nulls = store);
SELECT q, same(q, 'nulls_inc') FROM (VALUES
    ('SELECT i, a, b, c FROM nulls ORDER BY i'),
    ('SELECT i, a, b, c FROM nulls WHERE i BETWEEN 1000 AND 1100 AND b IS NULL'),
    ('SELECT count(*), count(a), count(b), count(c), sum(a), min(b) FROM nulls WHERE i > 5')) AS v(q);
DROP INDEX nulls_inc;

-- where there are none, it makes no difference
DELETE FROM nulls;
INSERT INTO nulls SELECT i % 100 FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE nulls;
CREATE INDEX nulls_none ON nulls USING smol (a) WITH (nulls = store);
SELECT * FROM sweep('nulls', 'a', 'nulls_none', '{-1,0,50,99,100}');
SELECT same('SELECT count(*) FROM nulls WHERE a IS NULL', 'nulls_none');

-- a NULL in a scan key matches nothing
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE equal(int) AS SELECT count(*) FROM nulls WHERE a = $1;
EXECUTE equal(NULL);
EXECUTE equal(5);
DEALLOCATE equal;
DROP FUNCTION by_order;
DROP TABLE nulls, orders;
