--
-- SmolScan: quals of every kind and type, on keys and on INCLUDE columns, against
-- a sequential scan.
--
SET client_min_messages = warning;
CREATE TYPE exec_mood AS ENUM ('low', 'meh', 'glad');
CREATE TABLE exec_quals AS
SELECT i AS id, i / 40 AS k,
       CASE WHEN i % 11 = 0 THEN NULL ELSE (i % 100)::int2 END AS i2,
       CASE WHEN i % 13 = 0 THEN NULL ELSE i * 10000000000::int8 END AS i8,
       CASE WHEN i % 7 = 0 THEN NULL ELSE 'name ' || i % 50 END AS t,
       ('v' || i % 300)::varchar(10) COLLATE "C" AS v,
       CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN '-0' WHEN 3 THEN 'Infinity' ELSE i / 8.0 END::float8 AS f8,
       CASE WHEN i % 5 = 0 THEN 'NaN' ELSE (i % 64)::float4 END AS f4,
       CASE WHEN i % 17 = 0 THEN NULL ELSE (i % 1000) / 100.0 END::numeric(10,2) AS n,
       (i % 90) * 1.5::numeric AS nn,
       date '2020-01-01' + i % 400 AS d,
       timestamp '2020-01-01' + i * interval '1 hour' AS ts,
       i % 3 = 0 AS b,
       CASE i % 4 WHEN 0 THEN NULL ELSE i % 4 = 1 END AS bn,
       (ARRAY['low', 'meh', 'glad']::exec_mood[])[i % 3 + 1] AS e,
       i::oid AS o,
       md5((i % 20)::text)::uuid AS u,
       (i % 128)::"char" AS ch,
       ('n' || i % 30)::name AS nm,
       decode(lpad(to_hex(i % 77), 4, '0'), 'hex') AS by,
       (i % 40) * interval '1 day' AS iv,
       ('10.0.0.' || i % 200)::inet AS ip,
       ('p' || i % 8)::char(6) AS bp
FROM generate_series(1, 12000) AS i;
CREATE INDEX exec_quals_smol ON exec_quals USING smol (k, i2 DESC) INCLUDE (id, i8, t, v, f8, f4, n, nn, d, ts, b, bn, e, o, u, ch, nm, by, iv, ip, bp) WITH (nulls = store);
VACUUM ANALYZE exec_quals;

CREATE VIEW exec_qual_list AS SELECT q FROM unnest(ARRAY[
    -- keys
    'k = 17', 'k < 17', 'k <= 17', 'k >= 290', 'k > 290', 'k <> 17', '17 > k', 'k BETWEEN 10 AND 20',
    'k = 17 AND i2 > 50', 'k = 17 AND i2 IS NULL', 'k > 100 AND i2 = 5', 'i2 = 5', 'i2 IS NULL', 'i2 IS NOT NULL', 'i2 <> 5',
    'k = ANY (ARRAY[3, 1, 200, NULL, 3])', 'k = ANY (ARRAY[]::int[])', 'k = ANY (NULL::int[])', 'k IN (5, 6) AND i2 IN (1, 2, 50)',
    'k <> ALL (ARRAY[1, 2, 3])', 'k <> ALL (ARRAY[1, NULL])', 'k <> ALL (ARRAY[]::int[])', 'i2 <> ALL (ARRAY[]::int2[])', 'k < ANY (ARRAY[3, 7])',
    'k = 17::int8', 'k > 17::int2', 'k = 99999999999', 'i2 = 70000',
    -- words
    'i8 = 50000000000', 'i8 < 50000000000 AND i8 > 20000000000', 'i8 = 5::int2', 'i8 IS NULL', 'i8 IN (10000000000, 20000000000, 130000000000, 0)',
    'id IN (5, 7, 9, 11999, 12001)', 'id = ANY (ARRAY(SELECT generate_series(1, 500, 3)))', 'id <> ALL (ARRAY(SELECT generate_series(1, 11990)))',
    'id >= 11990 AND id <= 11995 AND id <> 11993', 'id > 5 AND id < 3', 'o = 5', 'o > 11990', 'o IN (1, 3)', 'ch = ''a''', 'ch < ''a''', 'ch >= ''a''',
    'd = date ''2020-02-01''', 'd > timestamp ''2021-01-30 12:00''', 'd BETWEEN ''2020-01-05'' AND ''2020-01-07''', 'ts < ''2020-01-02''', 'ts = date ''2020-01-02''', 'ts < timestamptz ''2020-01-02 00:00+00''',
    -- bool
    'b', 'NOT b', 'b = true', 'b IS TRUE', 'b IS FALSE', 'bn', 'NOT bn', 'bn IS TRUE', 'bn IS NOT TRUE', 'bn IS NOT FALSE', 'bn IS UNKNOWN', 'bn IS NOT UNKNOWN', 'bn <> true', 'b AND NOT bn', 'b > false',
    -- floats
    'f8 = ''NaN''', 'f8 <> ''NaN''', 'f8 < ''NaN''', 'f8 >= ''NaN''', 'f8 > ''NaN''', 'f8 <= ''NaN''', 'f8 = 0', 'f8 = ''-0''', 'f8 > 100', 'f8 >= ''Infinity''', 'f8 < 0.5::float4', 'f8 <> 0',
    'f8 = ANY (ARRAY[''NaN'', 0, 12.5]::float8[])', 'f8 <> ALL (ARRAY[''NaN'', 0]::float8[])', 'f4 = 12', 'f4 = ''NaN''', 'f4 > 60.5', 'f4 <= 1.5::float8',
    -- numerics
    'n = 1.25', 'n = 1.255', 'n <> 1.255', 'n < 0.03', 'n <= 0.025', 'n > 9.98', 'n >= 9.985', 'n > ''NaN''', 'n < ''Infinity''', 'n > ''-Infinity''', 'n IN (1.25, 1.255, 2, 3)', 'n <> ALL (ARRAY[1.25, 1.255])', 'n = 3', 'nn = 3.0', 'nn > 130', 'nn IN (1.5, 3.00)',
    -- strings
    't = ''name 7''', 't <> ''name 7''', 't < ''name 2''', 't >= ''name 48''', 't = ''name 7'' COLLATE "C"', 't > ''name 3'' COLLATE "C"', 't IN (''name 1'', ''name 2'', ''nobody'')', 't <> ALL (ARRAY[''name 1'', ''name 2''])', 't IS NULL', 't = ''''',
    'v = ''v77''', 'v > ''v77''', 'v <= ''v1''', 'v IN (''v1'', ''v2'', ''v3'')', 'v::text = ''v5''', 'bp = ''p3''', 'bp = ''p3   ''', 'bp > ''p6''', 'bp IN (''p1'', ''p2'')', 'bp::text = ''p3''',
    'nm = ''n7''', 'nm = ''n7''::text', 'nm > ''n8''', 'by = ''\x0005''', 'by > ''\x0040''', 'u = md5(''3'')::uuid', 'u > md5(''3'')::uuid', 'u IN (md5(''3'')::uuid, md5(''5'')::uuid)',
    'iv = interval ''3 days''', 'iv = interval ''72 hours''', 'iv > interval ''1 month''', 'ip = ''10.0.0.7''', 'ip < ''10.0.0.9''', 'e = ''meh''', 'e > ''low''', 'e <> ''glad''', 'e IN (''low'', ''glad'')',
    -- several, and some that are left to the executor
    't = ''name 7'' AND n > 1 AND b', 'k > 5 AND t LIKE ''name 4%''', 'k = 5 OR i8 IS NULL', '(k, i2) > (290, 50)', 'id % 1000 = 3', 'i2 + 1 = k', 'length(t) = 6 AND b', 'i2 < id', 'coalesce(i2, 3) = 3',
    -- evaluated once a scan
    'k = (SELECT 17)', 'id < (SELECT max(k) FROM exec_quals) - 280', 't = concat(''name '', 7)', 'd < (now() - interval ''100 years'')::date', 'd > (now() - interval ''100 years'')::date AND k = 3',
    'now() < ''2000-01-01'' AND k = 3'
]) AS q;
CREATE TEMP TABLE exec_answers AS
SELECT q, by_node('SELECT count(*), sum(id), sum(hashtext(row(k, i2, i8, t, v, f8, f4, n, nn, d, ts, b, bn, e, o, u, ch, nm, by, iv, ip, bp)::text)) FROM exec_quals WHERE ' || q, 'exec_quals_smol') AS answer FROM exec_qual_list;
SELECT count(*), count(*) FILTER (WHERE answer LIKE 'ok: %') AS ok FROM exec_answers;
-- which of them were left to the executor
SELECT q, answer FROM exec_answers WHERE answer NOT LIKE 'ok%' OR answer LIKE '%Filter%';
DROP TABLE exec_answers;
-- what is pushed
SELECT plan('SELECT id FROM exec_quals WHERE ' || q) FROM unnest(ARRAY[
    'k = 17 AND 3 < i2 AND t = ''name 7''', 'NOT b AND bn IS UNKNOWN AND i8 <> 5', 'e IN (''low'', ''glad'') AND n BETWEEN 1 AND 2.005 AND t LIKE ''%7''',
    't > ''a'' COLLATE "C" AND k <> 4 AND (k, i2) < (5, 6)']) AS q
WHERE set_config('smol.enable_scan', 'on', false) IS NOT NULL AND set_config('enable_indexonlyscan', 'off', false) IS NOT NULL AND set_config('enable_seqscan', 'off', false) IS NOT NULL;
-- pairs of quals
SELECT count(*), count(*) FILTER (WHERE answer LIKE 'ok: %') AS ok,
       min(q || ' => ' || answer) FILTER (WHERE answer NOT LIKE 'ok%') AS first_failure
FROM (SELECT a.q || ' AND ' || b.q AS q, by_node(format('SELECT count(*), sum(id) FROM exec_quals WHERE (%s) AND (%s)', a.q, b.q), 'exec_quals_smol') AS answer
      FROM (SELECT q, row_number() OVER () AS n FROM exec_qual_list) AS a,
           (SELECT q, row_number() OVER () AS n FROM exec_qual_list) AS b
      WHERE a.n * 7 % 151 = b.n) AS s;
-- prepared, by generic plans: NULL, and one array after the other
SET plan_cache_mode = force_generic_plan;
PREPARE some_quals(int, text, numeric, int[]) AS SELECT count(*), sum(id) FROM exec_quals WHERE k >= $1 AND t = $2 AND n > $3 AND i2 = ANY ($4);
SELECT * FROM plan('EXECUTE some_quals(1, NULL, 2, NULL)');
EXECUTE some_quals(100, 'name 7', 1.5, '{57, 7, 57}');
EXECUTE some_quals(100, 'name 8', 1.555, '{58, 8, NULL}');
EXECUTE some_quals(NULL, 'name 8', 1.555, '{58, 8, NULL}');
EXECUTE some_quals(100, NULL, 1.555, '{58, 8, NULL}');
EXECUTE some_quals(100, 'name 8', 1.555, '{}');
EXECUTE some_quals(0, 'name 8', 1.555, '{58, 8, NULL}');
SET smol.enable_scan = off;
SET enable_seqscan = on;
DEALLOCATE some_quals;
PREPARE some_quals(int, text, numeric, int[]) AS SELECT count(*), sum(id) FROM exec_quals WHERE k >= $1 AND t = $2 AND n > $3 AND i2 = ANY ($4);
EXECUTE some_quals(100, 'name 7', 1.5, '{57, 7, 57}');
EXECUTE some_quals(100, 'name 8', 1.555, '{58, 8, NULL}');
EXECUTE some_quals(0, 'name 8', 1.555, '{58, 8, NULL}');
DROP VIEW exec_qual_list;
DROP TABLE exec_quals;
DROP TYPE exec_mood;
