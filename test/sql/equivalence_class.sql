--
-- CREATE EXTENSION smol doesn't change a plan on tables that have no smol
-- index: with families less complete than btree's, the i8 = 5 that follows from
-- t1.i4 = t2.i8 AND t1.i4 = 5 would be lost.
--
SELECT current_database() AS main \gset
CREATE DATABASE regress_smol_equivalence TEMPLATE template0;
\c regress_smol_equivalence
CREATE TABLE t1 (i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, d date, ts timestamp, tz timestamptz, s text, n name, v varchar(10));
CREATE TABLE t2 (LIKE t1);
INSERT INTO t1 SELECT i, i, i, i, i, date '2020-01-01' + i, timestamp '2020-01-01' + i * interval '1 day',
                      timestamptz '2020-01-01 UTC' + i * interval '1 day', i, i, i
FROM generate_series(1, 1000) AS i;
INSERT INTO t2 TABLE t1;
CREATE INDEX ON t1 (i4);
CREATE INDEX ON t2 (i8);
CREATE INDEX ON t2 (tz);
CREATE INDEX ON t2 (s);
VACUUM ANALYZE t1, t2;
CREATE TABLE queries (id serial PRIMARY KEY, query text, before text, after text);
INSERT INTO queries (query) VALUES
    ('SELECT * FROM t1, t2 WHERE t1.i4 = t2.i8 AND t1.i4 = 5'),
    ('SELECT * FROM t1, t2 WHERE t1.i2 = t2.i8 AND t2.i8 = 5'),
    ('SELECT * FROM t1, t2 WHERE t1.i4 = t2.i4 AND t1.i4 = 5::int8'),
    ('SELECT * FROM t1, t2 WHERE t1.f4 = t2.f8 AND t1.f4 = 5'),
    ('SELECT * FROM t1, t2 WHERE t1.d = t2.tz AND t1.d = date ''2020-01-05'''),
    ('SELECT * FROM t1, t2 WHERE t1.ts = t2.tz AND t1.ts = timestamp ''2020-01-05'''),
    ('SELECT * FROM t1, t2 WHERE t1.n = t2.s AND t1.n = ''5'''),
    ('SELECT * FROM t1, t2 WHERE t1.v = t2.s AND t1.v = ''5'''),
    ('SELECT * FROM t1, t2 WHERE t1.i4 = t2.i8 ORDER BY t1.i4'),
    ('SELECT i4, count(*) OVER (ORDER BY i4 RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING) FROM t1'),
    ('SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN interval ''5 day'' PRECEDING AND CURRENT ROW) FROM t1');
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE) ' || query LOOP
        lines := lines || line || E'\n';
    END LOOP;
    RETURN lines;
END
$$;
SET enable_hashjoin = off;
UPDATE queries SET before = plan(query);
CREATE EXTENSION smol;
\c
SET enable_hashjoin = off;
UPDATE queries SET after = plan(query);
SELECT query, before = after AS unchanged FROM queries ORDER BY id;

-- the derived qual is there
EXPLAIN (COSTS OFF) SELECT t2.i8 FROM t1, t2 WHERE t1.i4 = t2.i8 AND t1.i4 = 5;

-- nor does dropping it leave anything behind
DROP EXTENSION smol;
\c
SET enable_hashjoin = off;
SELECT count(*) FROM queries WHERE plan(query) <> before;
SELECT count(*) FROM pg_am WHERE amname = 'smol';

-- DROP EXTENSION CASCADE takes the indexes along, not the tables
CREATE EXTENSION smol;
CREATE INDEX t1_smol ON t1 USING smol (i4);
DROP EXTENSION smol;
DROP EXTENSION smol CASCADE;
SELECT count(*) FROM t1;
SELECT count(*) FROM pg_class WHERE relname = 't1_smol';
INSERT INTO t1 (i4) VALUES (1);

\c :main
DROP DATABASE regress_smol_equivalence;
