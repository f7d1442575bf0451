--
-- bloom = on: leaves without a value are not read, and none that has it is left
-- out, whatever bytes and types equal values have.
--
CREATE TYPE bloom_mood AS ENUM ('low', 'fair', 'high', 'unused');
CREATE DOMAIN bloom_domain AS int CHECK (VALUE IS NOT NULL);
CREATE COLLATION bloom_any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
-- every 7000 rows some values that are equal to others of other bytes
CREATE TABLE bloomed AS
SELECT i AS k, hashint4(i) AS i4, hashint4(i)::int8 AS i8, (hashint4(i) % 30000)::int2 AS i2,
       (CASE i % 7000 WHEN 1 THEN '1.0' WHEN 2 THEN '1.00' WHEN 3 THEN 'NaN' ELSE (hashint4(i)::numeric / 100)::text END)::numeric AS n,
       (abs(hashint4(i)) / 100.0)::numeric(12,2) AS m,
       CASE i % 7000 WHEN 1 THEN '0' WHEN 2 THEN '-0' WHEN 3 THEN 'NaN' ELSE hashint4(i) / 64.0 END::float8 AS f8,
       CASE i % 7000 WHEN 1 THEN '0' WHEN 2 THEN '-0' ELSE hashint4(i) % 9999 / 64.0 END::float4 AS f4,
       CASE i % 7000 WHEN 1 THEN '1 month' WHEN 2 THEN '30 days' WHEN 3 THEN '720 hours' ELSE make_interval(secs => hashint4(i)) END::interval AS iv,
       md5(i::text) AS t, md5(i::text)::varchar(40) AS v, left(md5(i::text), 8)::char(12) AS c, md5(i::text)::name AS nm,
       md5(i::text) COLLATE "en-x-icu" AS icu, md5(i::text) COLLATE bloom_any_case AS anycase,
       md5(i::text)::uuid AS u, decode(md5(i::text), 'hex') AS by,
       CASE i % 7000 WHEN 1 THEN '1.2.3.4' WHEN 2 THEN '1.2.3.4/32' ELSE '10.0.0.0'::inet + abs(hashint4(i) % 16000000) END::inet AS ip,
       '2000-01-01'::date + hashint4(i) % 9999 AS d, '2000-01-01'::timestamp + make_interval(secs => hashint4(i) % 999999) AS ts,
       '2000-01-01'::timestamptz + make_interval(secs => hashint4(i) % 999999) AS tz,
       (abs(hashint4(i)))::oid AS o, enum_range(NULL::bloom_mood) AS moods, (enum_range(NULL::bloom_mood))[1 + i / 7000 % 3] AS mood,
       hashint4(i)::bloom_domain AS dm, ARRAY[i] AS a, i % 2 = 0 AS b, hashint4(i)::money AS mo, i / 3 AS dense, i / 9000 AS one,
       CASE WHEN i % 3 = 0 THEN hashint4(i) END AS nullable, CASE WHEN i / 5000 % 2 = 0 THEN hashint4(i) END AS nulls
FROM generate_series(1, 21000) AS i;
VACUUM ANALYZE bloomed;
CREATE INDEX bloomed_i ON bloomed USING smol (k) INCLUDE (i4, i8, i2, n, m, f8, f4, iv, t, v, c, nm, icu, anycase, u, by, ip, d, ts, tz, o, mood, dm, a, b, mo, dense, one, nullable, nulls) WITH (bloom = on, nulls = store);
-- which columns have filters, and which leaves' minima and maxima do without
SELECT name, bloom_bytes > 1000 AS filters FROM smol_inspect('bloomed_i') ORDER BY attnum;
SELECT smol_verify('bloomed_i');
SELECT pages = 1 + leaf_pages + internal_pages + footprint_pages + bloom_pages AS sum, bloom_pages > 10 AS bloom, bloom_pages < leaf_pages / 5 AS small FROM smol_index_stats('bloomed_i');

-- leaves that a query skips by bloom filters, of those in its range
CREATE FUNCTION leaves_skipped(query text) RETURNS float8 LANGUAGE plpgsql
SET enable_seqscan = off
SET max_parallel_workers_per_gather = 0
SET smol.enable_scan = on
SET enable_indexonlyscan = off
AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
    plan := plan->0->'Plan';
    RETURN (plan->>'Leaf Pages Skipped by Bloom Filters')::float8 / greatest((plan->>'Leaf Pages in Range')::float8, 1);
END
$$;
CREATE FUNCTION bloom_queries(conditions text[], index text) RETURNS TABLE (condition text, same text, skips bool) LANGUAGE sql AS $$
    SELECT c, same('SELECT k FROM bloomed WHERE ' || c, index),
           leaves_skipped('SELECT k FROM bloomed WHERE ' || c) > 0.75
    FROM unnest(conditions) AS c
$$;
SELECT * FROM bloom_queries(ARRAY[
    'i4 = hashint4(77)', 'i4 = hashint4(77)::int8', 'i4 = 0', 'i8 = hashint4(12345)', 'i8 = 5::int2', 'i2 = (hashint4(9) % 30000)::int8',
    'i4 IN (hashint4(1), hashint4(2), hashint4(20999))', 'i4 = ANY (''{}'')', 'i4 = ANY (ARRAY[hashint4(5), NULL])',
    'n = 1', 'n = 1.000', 'n = ''NaN''', 'n = 1.001', 'n IN (1.0000, ''NaN'')', 'm = abs(hashint4(44)) / 100.0', 'm = 0.001', 'm = abs(hashint4(44))::numeric / 1.00 / 100',
    'f8 = 0', 'f8 = ''-0''', 'f8 = ''-0''::float4', 'f8 = ''NaN''', 'f8 = hashint4(5) / 64.0', 'f8 = 1e300', 'f4 = 0::float8', 'f4 = ''-0''', 'f4 = 0.1::float8',
    'iv = ''1 month''', 'iv = ''29 days 24 hours''', 'iv = ''1 month 1 second''',
    't = md5(''77'')', 't = md5(''77'')::varchar', 't = md5(''77'')::name', 'nm = md5(''77'')', 'v = md5(''77'')', 't = upper(md5(''77''))', 'v IN (md5(''1''), md5(''20000''))',
    'c = left(md5(''5''), 8)::bpchar', 'c = left(md5(''5''), 8) || ''   ''', 'c = (left(md5(''5''), 8) || ''    ''''s'')::bpchar',
    'icu = md5(''1234'')', 'icu = md5(''1234'') COLLATE "C"', 'anycase = md5(''1234'') COLLATE "C"', 'u = md5(''7000'')::uuid', 'u = ''00000000-0000-0000-0000-000000000000''',
    'by = decode(md5(''7''), ''hex'')', 'ip = ''1.2.3.4''', 'ip = ''1.2.3.4/32''', 'ip = ''1.2.3.4/24''', 'd = ''2000-01-01''::date + hashint4(8) % 9999',
    'ts = ''2000-01-01''::timestamp + make_interval(secs => hashint4(8) % 999999)', 'o = abs(hashint4(99))', 'dm = hashint4(4321)',
    'nullable = hashint4(3000)', 'nullable = hashint4(3001)', 'nulls = hashint4(3001)', 'nulls = hashint4(7001)',
    'k > 10000 AND i4 = hashint4(10001)', 'k > 10000 AND i4 = hashint4(9999)', 'i4 = hashint4(5) AND i4 = hashint4(5)', 'i4 >= hashint4(5) AND i4 = hashint4(5)', 'u = md5(''5'')::uuid AND t = md5(''6'')'], 'bloomed_i');
-- questions that filters can't answer: another equality, an order, a type or collation of another hash, no filter
SELECT * FROM bloom_queries(ARRAY[
    'i4 <> hashint4(77)', 'i4 > 2147400000', 'i4 <> ALL (ARRAY[hashint4(77)])', 'd = ''2000-01-01''::timestamp', 'ts = ''2000-01-02''::date', 't = upper(md5(''77'')) COLLATE bloom_any_case',
    'anycase = upper(md5(''77''))', 'c = upper(left(md5(''77''), 8))::bpchar COLLATE bloom_any_case', 'mood = ''fair''', 'mood = ''unused''', 'a = ARRAY[5]', 'b = true', 'mo = 5::money', 'nullable IS NULL', 'nulls IS NULL AND i4 <> 0', 'dense = 5000', 'one = 1',
    'i4 = ANY (ARRAY(SELECT hashint4(g) FROM generate_series(1, 100) AS g))'], 'bloomed_i');
-- a value of each row, one by one
CREATE FUNCTION misses(conditions text[], step int) RETURNS TABLE (condition text, missed bigint) LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_indexscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_memoize = off
SET max_parallel_workers_per_gather = 0
SET smol.enable_scan = on
AS $$
BEGIN
    FOREACH condition IN ARRAY conditions LOOP
        EXECUTE format('SELECT count(*) FROM bloomed AS a WHERE a.k %% %s = 0 AND NOT EXISTS (SELECT FROM bloomed AS b WHERE b.%s OFFSET 0)', step, condition) INTO missed;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM misses(ARRAY['i4 = a.i4', 'i4 = a.i8', 'i8 = a.i2', 'n = a.n', 'm = a.m', 'f8 = a.f8', 'f8 = a.f4::float8', 'iv = a.iv', 't = a.t', 'v = a.nm', 'c = a.c', 'u = a.u', 'ip = a.ip', 'ts = a.ts', 'tz = a.tz', 'o = a.o', 'dm = a.i4'], 1000) WHERE missed <> CASE condition WHEN 'i8 = a.i2' THEN 21 WHEN 'f8 = a.f4::float8' THEN 21 ELSE 0 END;
-- aggregates
SET smol.enable_aggregate = on;
SET smol.enable_scan = on;
SELECT substring(line, 'SmolAggregate|Leaf Pages Skipped by Bloom Filters') AS line FROM ran('SELECT count(*), sum(k) FROM bloomed WHERE u = md5(''777'')::uuid') AS line WHERE line ~ 'SmolAggregate|Skipped by Bloom';
SELECT count(*), sum(k) FROM bloomed WHERE u = md5('777')::uuid;
SELECT count(*), sum(k), min(k), max(k) FROM bloomed WHERE n = 1;
SELECT f8 = 0 AS zero, count(*), sum(k) FROM bloomed WHERE f8 IN (0, 'NaN') GROUP BY f8 = 0 ORDER BY 1;
RESET smol.enable_aggregate;
RESET smol.enable_scan;
DROP INDEX bloomed_i;

-- key columns: by the access method, its operator classes and directions
CREATE INDEX bloomed_i ON bloomed USING smol (k, i4, n DESC, f8, t, iv DESC, c, m) INCLUDE (u) WITH (bloom = on);
SELECT name, bloom_bytes > 1000 AS filters FROM smol_inspect('bloomed_i') ORDER BY attnum;
SELECT smol_verify('bloomed_i');
SELECT * FROM bloom_queries(ARRAY[
    'i4 = hashint4(77)', 'i4 = hashint4(77)::int8', 'i4 IN (hashint4(1), hashint4(2), 3)', 'n = 1', 'n IN (1.000, 2)', 'f8 = ''-0''', 'f8 = 0::float4', 'iv = ''30 days''', 'iv IN (''720 hours'', ''1 second'')', 't = md5(''77'')', 'c = left(md5(''5''), 8)::bpchar', 'm = abs(hashint4(44)) / 100.0',
    'k > 5000 AND i4 = hashint4(6000)', 'n = 1 AND f8 = 0'], 'bloomed_i');
SELECT same('SELECT k, n FROM bloomed WHERE n = 1 ORDER BY k DESC', 'bloomed_i'), same('SELECT k, n FROM bloomed WHERE n = 1 ORDER BY k LIMIT 3', 'bloomed_i');
SET enable_seqscan = off;
SELECT line ~ 'Index Only Scan' AS scan, substring(line, 'Skipped.*: ')::text AS skipped, substring(line, 'Skipped.*: (\d+)')::int > 100 AS many
FROM ran('SELECT k FROM bloomed WHERE u IS NOT NULL AND t = md5(''77'') ORDER BY k') AS line WHERE line ~ 'Index Only Scan|Skipped';
RESET enable_seqscan;
DROP INDEX bloomed_i;
-- an operator class with an equality of its own
CREATE FUNCTION bloom_mod(int, int) RETURNS bool IMMUTABLE STRICT LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 1000 = $2 % 1000; END';
CREATE FUNCTION bloom_mod_lt(int, int) RETURNS bool IMMUTABLE STRICT LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 1000 < $2 % 1000; END';
CREATE FUNCTION bloom_mod_le(int, int) RETURNS bool IMMUTABLE STRICT LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 1000 <= $2 % 1000; END';
CREATE FUNCTION bloom_mod_gt(int, int) RETURNS bool IMMUTABLE STRICT LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 1000 > $2 % 1000; END';
CREATE FUNCTION bloom_mod_ge(int, int) RETURNS bool IMMUTABLE STRICT LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 1000 >= $2 % 1000; END';
CREATE FUNCTION bloom_mod_cmp(int, int) RETURNS int IMMUTABLE STRICT LANGUAGE plpgsql AS 'BEGIN RETURN sign($1 % 1000 - $2 % 1000)::int; END';
CREATE OPERATOR %=% (PROCEDURE = bloom_mod, LEFTARG = int, RIGHTARG = int, COMMUTATOR = %=%, RESTRICT = eqsel);
CREATE OPERATOR %<% (PROCEDURE = bloom_mod_lt, LEFTARG = int, RIGHTARG = int, RESTRICT = scalarltsel);
CREATE OPERATOR %<=% (PROCEDURE = bloom_mod_le, LEFTARG = int, RIGHTARG = int, RESTRICT = scalarlesel);
CREATE OPERATOR %>% (PROCEDURE = bloom_mod_gt, LEFTARG = int, RIGHTARG = int, RESTRICT = scalargtsel);
CREATE OPERATOR %>=% (PROCEDURE = bloom_mod_ge, LEFTARG = int, RIGHTARG = int, RESTRICT = scalargesel);
CREATE OPERATOR CLASS bloom_mod_ops FOR TYPE int USING smol AS
    OPERATOR 1 %<%, OPERATOR 2 %<=%, OPERATOR 3 %=%, OPERATOR 4 %>=%, OPERATOR 5 %>%, FUNCTION 1 bloom_mod_cmp(int, int);
CREATE INDEX bloomed_i ON bloomed USING smol (k, i4 bloom_mod_ops) WITH (bloom = on);
SELECT same('SELECT k FROM bloomed WHERE i4 %=% 77', 'bloomed_i'), same('SELECT k FROM bloomed WHERE i4 = hashint4(77)', 'bloomed_i');
DROP INDEX bloomed_i;
-- no rows, one row, all NULL, one value; and the file of another type
CREATE TABLE bloom_few (k int, t varchar(20));
CREATE INDEX bloom_few_i ON bloom_few USING smol (k) INCLUDE (t) WITH (bloom = on, nulls = store, writes = retire);
SELECT smol_verify('bloom_few_i'), bloom_pages FROM smol_index_stats('bloom_few_i');
INSERT INTO bloom_few VALUES (1, NULL);
REINDEX INDEX bloom_few_i;
SELECT smol_verify('bloom_few_i'), bloom_pages FROM smol_index_stats('bloom_few_i');
INSERT INTO bloom_few SELECT i, CASE WHEN i > 50 THEN 'x' || i END FROM generate_series(2, 40000) AS i;
REINDEX INDEX bloom_few_i;
VACUUM ANALYZE bloom_few;
ALTER TABLE bloom_few ALTER t TYPE text;
SELECT smol_verify('bloom_few_i');
SELECT same('SELECT k FROM bloom_few WHERE t = ''x777''', 'bloom_few_i'), same('SELECT k FROM bloom_few WHERE t = ''x77''::name', 'bloom_few_i');
-- the option is for the next build
ALTER INDEX bloom_few_i SET (bloom = off);
SELECT bloom_pages > 0 AS bloom FROM smol_index_stats('bloom_few_i');
REINDEX INDEX bloom_few_i;
SELECT bloom_pages > 0 AS bloom FROM smol_index_stats('bloom_few_i');
CREATE INDEX ON bloom_few USING smol (k) WITH (bloom = maybe);
SET client_min_messages = warning;
DROP TABLE bloomed, bloom_few;
DROP OPERATOR FAMILY bloom_mod_ops USING smol;
DROP FUNCTION misses, bloom_queries, leaves_skipped;
DROP FUNCTION bloom_mod, bloom_mod_lt, bloom_mod_le, bloom_mod_gt, bloom_mod_ge, bloom_mod_cmp CASCADE;
DROP TYPE bloom_mood, bloom_domain;
DROP COLLATION bloom_any_case;
