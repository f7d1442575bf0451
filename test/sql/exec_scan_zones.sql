--
-- SmolScan leaves out pages whose statistics rule out that a row passes: never
-- one too many, with NULLs, NaNs, long strings (whose extremes aren't known), and
-- over several levels of inner pages.
--
SET client_min_messages = warning;
CREATE TABLE exec_zones AS
SELECT i AS k, i / 100 AS i4, CASE WHEN i BETWEEN 5000 AND 9000 THEN NULL ELSE i * 3 END AS gaps,
       CASE WHEN i / 1000 = 7 THEN 'NaN' WHEN i / 1000 = 9 THEN NULL ELSE i / 7.0 END::float8 AS f,
       CASE WHEN i / 1000 = 3 THEN NULL WHEN i = 15500 THEN 'NaN' ELSE i / 10.0 END::numeric(12,1) AS n,
       lpad((i / 50)::text, 6, '0') COLLATE "C" AS t, (CASE WHEN i % 2000 = 0 THEN repeat('x', 200) ELSE 'short ' || i END) COLLATE "C" AS long,
       i > 12000 AS b, date '2000-01-01' + i / 20 AS d, md5(i::text) AS pad, md5((i + 1)::text) AS pad2
FROM generate_series(1, 20000) AS i;
CREATE INDEX exec_zones_smol ON exec_zones USING smol (k) INCLUDE (i4, gaps, f, n, t, long, b, d, pad, pad2) WITH (nulls = store);
VACUUM ANALYZE exec_zones;
SELECT leaf_pages > 50 AS many_leaves, height >= 2 AS levels FROM smol_index_stats('exec_zones_smol');
CREATE FUNCTION skipped(qual text) RETURNS bool LANGUAGE sql AS $$
    SELECT bool_or(r ~ 'Rows Skipped by Zone Maps: [1-9]') FROM ran('SELECT count(*) FROM exec_zones WHERE ' || qual) AS r
$$;
SET smol.enable_scan = on;
SET enable_seqscan = off;
SET enable_indexonlyscan = off;
SELECT q, by_node('SELECT count(*), sum(k) FROM exec_zones WHERE ' || q, 'exec_zones_smol'), skipped(q) FROM unnest(ARRAY[
    'i4 = 77', 'i4 <> 77', 'i4 < 3', 'i4 >= 199', 'i4 IN (3, 150, -7)', 'i4 NOT IN (3, 150)', 'i4 = 100000', 'i4 BETWEEN 20 AND 21 AND b IS NOT NULL',
    'gaps IS NULL', 'gaps IS NOT NULL', 'gaps = 15003', 'gaps > 59990', 'gaps <> 3', 'gaps BETWEEN 14990 AND 27010',
    'f = ''NaN''', 'f > 2850', 'f < 2', 'f <> ''NaN'' AND f > 2840', 'f IS NULL', 'f IN (''NaN'', 100)',
    'n = 1550.0', 'n > 1999', 'n = ''NaN''', 'n < 0.15', 'n IN (7.7, 7.75)', 'n IS NULL',
    't = ''000123''', 't > ''000399''', 't <> ''000123''', 't IN (''000001'', ''000400'')', 't < ''0''',
    'long = repeat(''x'', 200)', 'long = ''short 777''', 'long < ''short 11''',
    'b', 'NOT b', 'd = ''2001-01-01''', 'd < ''2000-01-03''', 'd >= timestamp ''2002-09-20 12:00''',
    'k > 15000 AND i4 = 160', 'k < 3000 AND i4 = 160', 'k IN (100, 7000, 15000) AND b', 'i4 = 77 AND gaps IS NULL AND t > ''0''']) AS q;
-- backward, and to and fro
SELECT q, by_node('SELECT k, i4 FROM exec_zones WHERE ' || q || ' ORDER BY k DESC', 'exec_zones_smol') FROM unnest(ARRAY['i4 IN (3, 150, 77)', 'gaps IS NULL', 'd < ''2000-01-03''', 'k < 15000 AND i4 IN (1, 149)']) AS q;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT k FROM exec_zones WHERE i4 IN (3, 150, 77) AND k % 50 = 0 ORDER BY k;
FETCH ALL FROM c;
FETCH BACKWARD ALL FROM c;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
COMMIT;
DROP FUNCTION skipped;
DROP TABLE exec_zones;
