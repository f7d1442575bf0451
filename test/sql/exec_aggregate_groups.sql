--
-- Grouping inside an index: by a prefix of the key, in its order; by any other
-- columns, hashed.  FILTER, HAVING, DISTINCT.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

CREATE TABLE sales (
    region text COLLATE "C", shop int, day date, kind "char", price numeric(9,2),
    amount int, paid bool, at timestamptz, id uuid, weight float8, note varchar(20)
);
INSERT INTO sales
SELECT 'region ' || i % 7, i % 40, date '2024-01-01' + i / 100, chr(97 + i % 3)::"char", (i % 1000) / 4.0 - 30,
       i % 500, i % 11 = 0, timestamptz '2024-01-01 UTC' + i / 50 * interval '1 hour',
       lpad((i % 17)::text, 32, '0')::uuid, i % 32 / 2.0, 'note ' || i % 5
FROM generate_series(1, 30000) AS i;
CREATE INDEX sales_smol ON sales USING smol (region, shop, day)
    INCLUDE (kind, price, amount, paid, at, id, weight, note);
VACUUM ANALYZE sales;

-- a prefix of the key: sorted, and no sort above
SELECT plan('SELECT region, count(*) FROM sales GROUP BY region ORDER BY region');
SELECT plan('SELECT shop, region, sum(amount) FROM sales GROUP BY shop, region ORDER BY region, shop');
SELECT aggregated('SELECT region, count(*), sum(price), min(day), max(at) FROM sales GROUP BY region ORDER BY region');
SELECT aggregated('SELECT region, shop, count(*), avg(amount) FROM sales GROUP BY region, shop ORDER BY region, shop');
SELECT aggregated('SELECT region, shop, day, sum(weight), bool_or(paid) FROM sales GROUP BY day, shop, region ORDER BY region, shop, day');
SELECT aggregated('SELECT region, shop, day FROM sales GROUP BY region, shop, day ORDER BY region, shop, day LIMIT 10');
SELECT aggregated('SELECT region FROM sales GROUP BY region ORDER BY region DESC');

-- the first groups are there before the last rows are read
SELECT line FROM ran('SELECT region, shop, day, count(*) FROM sales GROUP BY region, shop, day ORDER BY region, shop, day LIMIT 3') AS line
WHERE line !~ 'Decoded|Leaves';

-- other columns: hashed
SELECT plan('SELECT kind, count(*) FROM sales GROUP BY kind');
SELECT aggregated(format('SELECT %s, count(*), sum(amount), avg(price), min(weight) FROM sales GROUP BY %1$s', c))
FROM unnest('{shop,day,kind,price,amount,paid,at,id,note}'::text[]) AS c;
SELECT aggregated('SELECT kind, paid, count(*), sum(price) FROM sales GROUP BY kind, paid');
SELECT aggregated('SELECT note, region, kind, count(*) FROM sales GROUP BY note, region, kind');
SELECT aggregated('SELECT shop, note, max(price) - min(price) AS spread FROM sales GROUP BY note, shop ORDER BY shop, note');
SELECT aggregated('SELECT shop + 1, count(*) * 2 FROM sales GROUP BY shop');
SELECT aggregated('SELECT count(*) FROM sales GROUP BY kind');

SELECT aggregated('SELECT weight, count(*) FROM sales GROUP BY weight');
SELECT aggregated('SELECT price * 2, count(*) FROM sales GROUP BY price * 2');

-- HAVING
SELECT aggregated('SELECT region, sum(amount) FROM sales GROUP BY region HAVING sum(price) > 800000 ORDER BY region');
SELECT aggregated('SELECT kind FROM sales GROUP BY kind HAVING count(*) > 9999 AND min(price) < 0 ORDER BY kind');
SELECT aggregated('SELECT kind, count(*) FROM sales GROUP BY kind HAVING count(*) > (SELECT avg(amount) FROM sales)');
SELECT aggregated('SELECT shop, count(*) FROM sales GROUP BY shop HAVING shop < 7 ORDER BY shop');

-- FILTER
SELECT plan('SELECT count(*) FILTER (WHERE paid), sum(amount) FROM sales');
SELECT aggregated('SELECT count(*) FILTER (WHERE amount > 250), count(*), sum(price) FILTER (WHERE kind = ''a''), avg(price) FILTER (WHERE kind = ''b'' AND amount < 100) FROM sales');
SELECT aggregated('SELECT region, sum(amount) FILTER (WHERE day > ''2024-06-01''), min(price) FILTER (WHERE region = ''region 3'') FROM sales GROUP BY region ORDER BY region');
SELECT aggregated('SELECT kind, max(price) FILTER (WHERE price < 0), count(*) FILTER (WHERE amount = ANY (''{1,2,3}'')) FROM sales WHERE shop > 20 GROUP BY kind');
SELECT aggregated('SELECT sum(amount) FILTER (WHERE false), count(*) FILTER (WHERE NULL) FROM sales');
SELECT aggregated('SELECT sum(amount) FILTER (WHERE amount % 2 = 0) FROM sales');

SELECT aggregated('SELECT kind, sum(amount) FILTER (WHERE amount > 5 AND amount < 5), count(*) FILTER (WHERE day = ANY (''{}'')) FROM sales GROUP BY kind');
SELECT aggregated('SELECT kind, sum(amount) FILTER (WHERE amount IS NULL), count(*) FILTER (WHERE amount IS NOT NULL) FROM sales GROUP BY kind');

-- DISTINCT
SELECT plan('SELECT DISTINCT region, shop FROM sales ORDER BY region, shop');
SELECT aggregated('SELECT DISTINCT region, shop FROM sales ORDER BY region, shop');
SELECT aggregated('SELECT DISTINCT kind, paid FROM sales');
SELECT aggregated('SELECT DISTINCT ON (region) region, shop FROM sales ORDER BY region, shop');
SELECT aggregated('SELECT count(*) FROM (SELECT DISTINCT region, day FROM sales) AS d');

-- set operations, of it and beside it
SELECT aggregated('SELECT kind FROM sales EXCEPT SELECT DISTINCT kind FROM sales WHERE amount < 0');
SELECT aggregated('SELECT region, count(*) FROM sales GROUP BY region UNION SELECT note, count(*) FROM sales GROUP BY note');

-- what grouping sets and functional dependency ask for is not all there
SELECT aggregated('SELECT region, kind, count(*) FROM sales GROUP BY ROLLUP (region, kind)');

-- long runs: groups of whole leaves are answered by what is known of these
CREATE TABLE runs (g int, v int, w numeric(6,1), s text);
INSERT INTO runs SELECT i / 20000, (i * 7919::int8) % 65521, i % 100000 / 10.0, 'text ' || i % 3 FROM generate_series(0, 99999) AS i;
CREATE INDEX runs_smol ON runs USING smol (g) INCLUDE (v, w, s);
VACUUM ANALYZE runs;
SELECT aggregated('SELECT g, count(*), sum(v), min(w), max(w), avg(w), count(s) FROM runs GROUP BY g ORDER BY g');
SELECT line FROM ran('SELECT g, sum(v) FROM runs GROUP BY g') AS line WHERE line ~ 'Group Key';
SELECT substring(line from 'Rows from Statistics: (\d+)')::int > 50000 AS mostly
FROM ran('SELECT g, sum(v) FROM runs GROUP BY g') AS line WHERE line ~ 'Statistics';

-- descending keys, NULLs in groups
CREATE TABLE gaps (a int, b text, c int, d numeric(5,2));
INSERT INTO gaps
SELECT CASE WHEN i % 10 > 0 THEN i % 100 END, CASE WHEN i % 7 > 0 THEN 'b' || i % 5 END,
       CASE WHEN i % 3 > 0 THEN i % 4 END, CASE WHEN i % 4 > 0 THEN i % 50 / 2.0 END
FROM generate_series(1, 10000) AS i;
CREATE INDEX gaps_smol ON gaps USING smol (a DESC NULLS LAST, b) INCLUDE (c, d) WITH (nulls = store);
VACUUM ANALYZE gaps;
SELECT plan('SELECT a, count(*) FROM gaps GROUP BY a ORDER BY a DESC NULLS LAST');
SELECT aggregated('SELECT a, count(*), count(c), sum(d) FROM gaps GROUP BY a');
SELECT aggregated('SELECT a, b, count(*), count(c), sum(d), max(c) FROM gaps GROUP BY a, b');
SELECT aggregated('SELECT c, count(*), count(b), avg(d) FROM gaps GROUP BY c');
SELECT aggregated('SELECT c, d, count(*) FROM gaps GROUP BY c, d');
SELECT aggregated('SELECT b, c, sum(a) FILTER (WHERE d IS NULL), count(*) FILTER (WHERE a IS NOT NULL) FROM gaps GROUP BY b, c');
SELECT aggregated('SELECT c, stddev(a) FILTER (WHERE c IS NULL), count(*) FILTER (WHERE d IS NULL) FROM gaps WHERE d IS NOT NULL AND c IS NOT NULL GROUP BY c');
SELECT aggregated('SELECT DISTINCT c FROM gaps');

-- words far apart, and at the ends of their range
CREATE TABLE spread (k int, v int8);
INSERT INTO spread
SELECT i, CASE i % 5 WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775808
                     WHEN 2 THEN i % 100 WHEN 3 THEN i * 1000000007::int8 ELSE -i END
FROM generate_series(1, 5000) AS i;
CREATE INDEX spread_smol ON spread USING smol (k) INCLUDE (v);
VACUUM ANALYZE spread;
SELECT aggregated('SELECT v, count(*), sum(k) FROM spread GROUP BY v');

-- values that are equal without being the same: by what they have in common; not if
-- that is for a collation to say
CREATE COLLATION regress_smol_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE blind (k int, t text COLLATE regress_smol_blind, p char(5), f float8);
INSERT INTO blind SELECT i, (ARRAY['a', 'A', 'b', 'B'])[i % 4 + 1], (ARRAY['x', 'x '])[i % 2 + 1], (ARRAY['0', '-0'])[i % 2 + 1]::float8
FROM generate_series(1, 2000) AS i;
CREATE INDEX blind_smol ON blind USING smol (k) INCLUDE (t, p, f);
VACUUM ANALYZE blind;
SELECT aggregated('SELECT lower(min(t)), count(*) FROM blind GROUP BY t');
SELECT aggregated('SELECT count(*) FROM blind GROUP BY t');
SELECT aggregated('SELECT count(*) FROM blind GROUP BY p');
SELECT aggregated('SELECT count(*) FROM blind GROUP BY f');
DROP TABLE blind;
DROP COLLATION regress_smol_blind;

-- more groups than there is memory for: planned so, they are PostgreSQL's;
-- found in execution, the ordinary plan takes over
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT aggregated('SELECT v, count(*) FROM spread GROUP BY v');
CREATE TABLE surprise (k int, v int);
INSERT INTO surprise SELECT i, 1 FROM generate_series(1, 30000) AS i;
ANALYZE surprise;
TRUNCATE surprise;
INSERT INTO surprise SELECT i, (i * 7919::int8) % 30011 FROM generate_series(1, 30000) AS i;
CREATE INDEX surprise_smol ON surprise USING smol (k) INCLUDE (v);
VACUUM surprise;
SELECT aggregated('SELECT v, count(*), sum(k) FROM surprise GROUP BY v');
SELECT line FROM ran('SELECT v, count(*) FROM surprise GROUP BY v') AS line WHERE line !~ 'Memory';
RESET work_mem;
RESET hash_mem_multiplier;

DROP TABLE sales, runs, gaps, spread, surprise;

-- an operator class whose equality is not the type's: sorted rows have their
-- groups mixed
CREATE FUNCTION regress_abs_cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT btint4cmp(abs($1), abs($2))';
CREATE FUNCTION regress_abs_eq(int, int) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) = abs($2)';
CREATE OPERATOR |=| (FUNCTION = regress_abs_eq, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR CLASS regress_abs_ops FOR TYPE int USING smol AS OPERATOR 3 |=|, FUNCTION 1 regress_abs_cmp(int, int);
CREATE TABLE mixed AS SELECT i % 11 - 5 AS a, i % 3 AS b FROM generate_series(1, 3000) AS i;
CREATE INDEX mixed_smol ON mixed USING smol (a regress_abs_ops, b);
VACUUM ANALYZE mixed;
SELECT aggregated('SELECT a, count(*) FROM mixed GROUP BY a');
SELECT aggregated('SELECT a, b, count(*) FROM mixed GROUP BY a, b');
SELECT aggregated('SELECT DISTINCT a FROM mixed');
-- "< ANY" is not "<>"
SELECT aggregated('SELECT count(*) FILTER (WHERE b < ANY (''{1,2}'')), count(*) FILTER (WHERE b = ANY (''{1,2}'')), count(*) FILTER (WHERE b <> ALL (''{1,2}'')) FROM mixed');
SELECT aggregated('SELECT count(*) FILTER (WHERE b >= ANY (''{1,2}'')) FROM mixed');
DROP TABLE mixed;
DROP OPERATOR FAMILY regress_abs_ops USING smol;
DROP OPERATOR |=| (int, int);
DROP FUNCTION regress_abs_cmp, regress_abs_eq;

-- groups of strings: no more memory for many leaves than for few
CREATE TABLE strings AS SELECT 'https://example.org/' || md5((i / 5)::text) || i % 3 AS t, i AS a FROM generate_series(1, 60000) AS i;
CREATE INDEX strings_smol ON strings USING smol (t) INCLUDE (a);
VACUUM ANALYZE strings;
CREATE FUNCTION executor_memory() RETURNS numeric LANGUAGE sql AS
$$SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name = 'ExecutorState'$$;
BEGIN;
DECLARE c CURSOR FOR SELECT t, sum(a) FROM strings GROUP BY t;
MOVE 100 FROM c;
SELECT executor_memory() AS before \gset
MOVE 20000 FROM c;
SELECT executor_memory() - :before < 100000 AS constant;
COMMIT;
DROP TABLE strings;
DROP FUNCTION executor_memory;
