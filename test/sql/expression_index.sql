--
-- Indexes on expressions: built, and scanned where the planner can (it wants
-- the columns that the expression is made of in the index as well).
--
\set VERBOSITY terse
CREATE TABLE expressions AS
SELECT i AS a, i % 100 AS b, 'Name ' || i % 1000 AS t, date '2020-01-01' + i % 366 AS d FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE expressions;
CREATE INDEX expressions_lower ON expressions USING smol (lower(t)) INCLUDE (t);
CREATE INDEX expressions_sum ON expressions USING smol ((a % 7 + b), b) INCLUDE (a);
CREATE INDEX expressions_month ON expressions USING smol ((extract(month FROM d)), (a * 1000000000::int8) DESC) INCLUDE (d, a);
CREATE INDEX expressions_bool ON expressions USING smol ((b < 10)) INCLUDE (b);
VACUUM ANALYZE expressions;
SELECT q, same(q, i) FROM (VALUES
    ('SELECT t FROM expressions WHERE lower(t) = ''name 7''', 'expressions_lower'),
    ('SELECT lower(t) FROM expressions WHERE lower(t) < ''name 2'' ORDER BY lower(t)', 'expressions_lower'),
    ('SELECT lower(t) FROM expressions ORDER BY lower(t) DESC LIMIT 25', 'expressions_lower'),
    ('SELECT a, b FROM expressions WHERE a % 7 + b = 50 AND b > 45', 'expressions_sum'),
    ('SELECT a % 7 + b, b FROM expressions WHERE a % 7 + b < 5 ORDER BY a % 7 + b, b', 'expressions_sum'),
    ('SELECT count(*), min(d), max(d) FROM expressions WHERE extract(month FROM d) = 2', 'expressions_month'),
    ('SELECT d, a FROM expressions WHERE extract(month FROM d) = 12 AND a * 1000000000::int8 > 5000000000000', 'expressions_month'),
    ('SELECT count(*) FROM expressions WHERE b < 10', 'expressions_bool')) AS v(q, i);

-- without those columns it takes the heap's rows, which are right
DROP INDEX expressions_lower;
CREATE INDEX expressions_upper ON expressions USING smol (upper(t));
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*), min(a), max(a) FROM expressions WHERE upper(t) = 'NAME 7';
SELECT upper(t), a FROM expressions WHERE upper(t) BETWEEN 'NAME 7' AND 'NAME 70' AND a < 200 ORDER BY upper(t), a;
SELECT * FROM plan('SELECT count(*) FROM expressions WHERE upper(t) = ''NAME 7''');
RESET enable_seqscan;
RESET enable_bitmapscan;
SELECT count(*), min(a), max(a) FROM expressions WHERE upper(t || '') = 'NAME 7';

-- an expression that fails, fails the build and leaves nothing
CREATE INDEX expressions_division ON expressions USING smol ((a / (a - 5000)));
SELECT count(*) FROM pg_class WHERE relname = 'expressions_division';
-- one that is NULL is refused as a column would be
CREATE INDEX expressions_null ON expressions USING smol ((nullif(b, 5)));
CREATE INDEX expressions_null ON expressions USING smol ((nullif(b, 5))) INCLUDE (b) WITH (nulls = store);
SELECT same('SELECT nullif(b, 5) FROM expressions WHERE nullif(b, 5) IS NULL', 'expressions_null');
DROP TABLE expressions;
