--
-- INCLUDE columns of every type: returned as they were, filtered on, never
-- part of the order.
--
\set VERBOSITY terse
CREATE TABLE includes AS
SELECT i % 2000 AS k, i % 2 = 0 AS b, (i % 1000 - 500)::int2 AS i2, i * 1000 AS i4, i * 10000000000 AS i8, i::oid AS o,
       (i / 8.0)::float4 AS f4, i / 7.0::float8 AS f8, (i / 4.0)::numeric AS n, (i / 4.0)::numeric(10,2) AS n2,
       date '2000-01-01' + i AS d, time '00:00' + i * interval '1 second' AS t,
       timestamp '2000-01-01' + i * interval '1 hour' AS ts, timestamptz '2000-01-01' - i * interval '1 hour' AS tz,
       md5(i::text)::uuid AS u, 'text ' || i AS x, repeat('v', i % 20)::varchar(20) AS v, 42 AS constant, 'same for all' AS same_text
FROM generate_series(1, 8000) AS i;
VACUUM ANALYZE includes;
CREATE INDEX includes_k ON includes USING smol (k) INCLUDE (b, i2, i4, i8, o, f4, f8, n, n2, d, t, ts, tz, u, x, v, constant, same_text);
SELECT q, same(q, 'includes_k') FROM (VALUES
    ('SELECT * FROM includes'),
    ('SELECT * FROM includes WHERE k = 77'),
    ('SELECT * FROM includes WHERE k BETWEEN 100 AND 200'),
    ('SELECT u, k FROM includes WHERE k < 10'),
    ('SELECT same_text, v, i2 FROM includes WHERE k > 1990'),
    ('SELECT count(*) FROM includes WHERE i4 = 5000'),
    ('SELECT x FROM includes WHERE x LIKE ''%77'' AND k > 5'),
    ('SELECT count(*), sum(i8), min(d), max(ts), min(tz), sum(n), sum(n2) FROM includes'),
    ('SELECT count(*) FROM includes WHERE b AND f8 < 100 AND d >= ''2001-01-01'''),
    ('SELECT i4 FROM includes ORDER BY i4'),
    ('SELECT k, x FROM includes WHERE k IN (5, 1999) AND u IS NOT NULL'),
    ('SELECT constant FROM includes WHERE constant <> 42')) AS v(q);
-- an INCLUDE column gives no order
SELECT bool_or(p ~ 'Sort') AS sorted FROM plan('SELECT i4 FROM includes ORDER BY i4') AS p;

-- of a wide table, a covering index alone is read
SELECT attnum, name, kind, is_key, bytes > 0 AS bytes FROM smol_inspect('includes_k') ORDER BY attnum;

-- the same column as key and included; expressions can't be included, as ever
CREATE INDEX includes_twice ON includes USING smol (k, i4) INCLUDE (k);
DROP INDEX includes_k;
SELECT same('SELECT k, i4 FROM includes WHERE k = 5 ORDER BY i4', 'includes_twice');
CREATE INDEX includes_expression ON includes USING smol (k) INCLUDE ((i4 + 1));
-- an included column needs no operator class
ALTER TABLE includes ADD p point DEFAULT '(1,2)';
CREATE INDEX includes_point ON includes USING smol (k) INCLUDE (p);
SELECT same('SELECT k, p FROM includes WHERE k < 100 AND p[1] = 2', 'includes_point');
DROP TABLE includes;
