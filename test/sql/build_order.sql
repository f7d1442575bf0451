--
-- Rows of an index are in the order of its keys, and where these are equal in that
-- of the table, whatever the types and however the rows were sorted: in memory, by
-- merging runs, or by several processes.
--
SET client_min_messages = warning;
SET min_parallel_table_scan_size = 0;

-- Strings that differ in the eighth, ninth or no byte, and where one is the
-- beginning of another; numbers at the ends of their ranges; many duplicates.
CREATE TABLE disorder (
    n int, i2 int2, i4 int4, i8 int8, o oid, b bool, c "char", d date, ts timestamp, f4 float4, f8 float8,
    dec numeric(6,2), num numeric, s text COLLATE "C", v varchar COLLATE "C", bytes bytea, name name,
    u uuid, m macaddr, l pg_lsn, net inet, gap interval);
INSERT INTO disorder
SELECT n,
       CASE h % 7 WHEN 0 THEN -32768 WHEN 1 THEN 32767 ELSE h % 90 - 45 END,
       CASE h % 7 WHEN 0 THEN -2147483648 WHEN 1 THEN 2147483647 ELSE h % 900 - 450 END,
       CASE h % 7 WHEN 0 THEN -9223372036854775808 WHEN 1 THEN 9223372036854775807 WHEN 2 THEN h % 5 ELSE (h % 900 - 450) * 12345678901 END,
       CASE h % 3 WHEN 0 THEN 4294967295 - h % 9 ELSE h % 90 END::oid,
       h % 2 = 0,
       ('\' || lpad(to_hex(64 * (h % 256 / 64)), 3, '0'))::"char",
       CASE h % 7 WHEN 0 THEN '-infinity' WHEN 1 THEN 'infinity' ELSE date '2000-01-01' + h % 90 - 45 END,
       CASE h % 7 WHEN 0 THEN '-infinity' WHEN 1 THEN 'infinity' ELSE timestamp '2000-01-01' + (h % 900 - 450) * interval '1 hour' END,
       CASE h % 9 WHEN 0 THEN '-0' WHEN 1 THEN '0' WHEN 2 THEN 'NaN' WHEN 3 THEN 'Infinity' WHEN 4 THEN '-Infinity' WHEN 5 THEN '1e-45' ELSE (h % 90 - 45) / 8.0 END::float4,
       CASE h % 9 WHEN 0 THEN '-0' WHEN 1 THEN '0' WHEN 2 THEN 'NaN' WHEN 3 THEN 'Infinity' WHEN 4 THEN '-Infinity' WHEN 5 THEN '-5e-324' ELSE (h % 90 - 45) / 7.0 END::float8,
       CASE h % 20 WHEN 0 THEN 'NaN' ELSE (h % 900 - 450) / 100.0 END,
       CASE h % 20 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN 1e200 WHEN 3 THEN 1.0 WHEN 4 THEN 1.00 ELSE (h % 90 - 45) / 7.0 END,
       CASE h % 3 WHEN 0 THEN left('abcdefghij', h % 11) WHEN 1 THEN left('abcdefgh', h % 9) || h % 4 ELSE h % 20 || repeat('x', h % 400) END,
       left('abcdefghabcdefghabcdefgh', 6 + h % 6),
       CASE h % 3 WHEN 0 THEN left('abcdefgh', h % 9)::bytea || decode(repeat('00', h / 9 % 4), 'hex') ELSE decode(repeat('00', h % 12), 'hex') END,
       left('abcdefghij', h % 11) || h % 2,
       (repeat('0', 15) || h % 3 || lpad(to_hex(h % 50), 16, '0'))::uuid,
       ('08:00:2b:01:02:' || lpad(to_hex(h % 50), 2, '0'))::macaddr,
       (CASE h % 2 WHEN 0 THEN 'FFFFFFFF/' ELSE '0/' END || to_hex(h % 50))::pg_lsn,
       '10.0.0.0'::inet + h % 50,
       (h % 60) * interval '1 day' + (h % 3) * interval '1 month'
FROM (SELECT n, hashint4(n) & 2147483647 AS h FROM generate_series(1, 5000) AS n) AS t;
VACUUM (ANALYZE) disorder;

-- The same with NULLs.
CREATE TABLE disorder_nulls (LIKE disorder);
DO $$
BEGIN
    EXECUTE (SELECT 'INSERT INTO disorder_nulls SELECT n, ' ||
                    string_agg(format('CASE WHEN hashint4(n + %s) %% 5 > 0 THEN %I END', attnum * 100000, attname), ', ' ORDER BY attnum) || ' FROM disorder'
             FROM pg_attribute WHERE attrelid = 'disorder'::regclass AND attnum > 1);
END
$$;
VACUUM (ANALYZE) disorder_nulls;

-- Builds an index in three ways.  'ok' if all of them give the rows in the order of
-- a sort of the table.
CREATE FUNCTION sorted(source text, keys text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wanted int[];
    got int[];
    how text;
    plan text;
    what text := '';
BEGIN
    SET LOCAL enable_seqscan = on;
    SET LOCAL enable_indexonlyscan = off;
    EXECUTE format('SELECT array_agg(n ORDER BY %s, ctid) FROM %I', keys, source) INTO wanted;
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_indexonlyscan = on;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_sort = off;
    FOREACH how IN ARRAY ARRAY['in memory', 'by merging', 'with workers'] LOOP
        PERFORM set_config('maintenance_work_mem', CASE how WHEN 'in memory' THEN '64MB' WHEN 'by merging' THEN '64kB' ELSE '128MB' END, true);
        PERFORM set_config('max_parallel_maintenance_workers', CASE how WHEN 'with workers' THEN '2' ELSE '0' END, true);
        EXECUTE format('CREATE INDEX disorder_i ON %I USING smol (%s) INCLUDE (n) WITH (nulls = store)', source, regexp_replace(keys, ',? *\mn\M$', ''));
        PERFORM smol_verify('disorder_i');
        plan := '';
        FOR plan IN EXECUTE format('EXPLAIN (COSTS OFF) SELECT n FROM %I ORDER BY %s', source, keys) LOOP
            EXIT;
        END LOOP;
        EXECUTE format('SELECT array_agg(n) FROM (SELECT n FROM %I ORDER BY %s OFFSET 0) AS t', source, keys) INTO got;
        IF plan !~ '^Index Only Scan using disorder_i' THEN
            what := what || format(' %s: %s', how, plan);
        ELSIF got IS DISTINCT FROM wanted THEN
            what := what || format(' %s: WRONG ORDER', how);
        END IF;
        DROP INDEX disorder_i;
    END LOOP;
    RETURN CASE what WHEN '' THEN 'ok' ELSE what END;
END
$$;

SELECT keys, sorted('disorder', keys) AS rows, sorted('disorder_nulls', keys) AS with_nulls
FROM (VALUES ('i2'), ('i2 DESC'), ('i4'), ('i4 DESC NULLS LAST'), ('i8'), ('i8 DESC'), ('o'), ('o DESC'), ('b'), ('c'), ('c DESC'),
             ('d'), ('ts DESC'), ('f4'), ('f4 DESC'), ('f8'), ('f8 DESC NULLS LAST'), ('dec'), ('dec DESC'), ('num'),
             ('s'), ('s DESC'), ('v'), ('v DESC NULLS LAST'), ('bytes'), ('bytes DESC'), ('name'), ('u'), ('u DESC'), ('m'), ('l'), ('l DESC'), ('net'), ('gap'),
             ('s COLLATE "POSIX" DESC'),
             ('b, i2, i4'), ('i4, i4 DESC'), ('i2, i8'), ('i8, i2'), ('i8, f8 DESC'), ('i8, ts, i2 DESC'), ('b DESC, c, f4 NULLS FIRST'),
             ('s, ts'), ('v, s DESC'), ('v DESC, i4'), ('b, s, i4'), ('i4, v, i2'), ('i2, v DESC NULLS LAST'), ('dec, i4'), ('b, dec DESC, i2'),
             ('u, i2'), ('m, u'), ('net, i4'), ('i4, net'), ('b, gap, s'), ('i2, num DESC, f4'), ('i2 NULLS FIRST, i4 NULLS FIRST, b NULLS FIRST')) AS k (keys);

-- TIDs that don't fit behind the keys
CREATE TABLE disorder_high AS SELECT n, n % 2 = 0 AS b, n % 3 AS x, (n % 3)::int8 AS y, 'same' AS s, repeat('x', 900) AS filler FROM generate_series(1, 4000) AS n;
VACUUM (ANALYZE) disorder_high;
SELECT keys, sorted('disorder_high', keys) AS rows FROM (VALUES ('b'), ('x'), ('y'), ('y, x'), ('x, y'), ('s COLLATE "C"'), ('s COLLATE "C", y')) AS k (keys);
-- long strings behind many short ones
CREATE TABLE disorder_long AS
SELECT n, n > 40000 AS b, CASE WHEN n > 40000 THEN (SELECT string_agg(md5(n || '/' || i), '') FROM generate_series(1, 50) AS i) ELSE 'short' END AS s
FROM generate_series(1, 43000) AS n;
CREATE INDEX disorder_long_b ON disorder_long USING smol (b) INCLUDE (n, s);
VACUUM (ANALYZE) disorder_long;
SELECT smol_verify('disorder_long_b');
SELECT same('SELECT b, count(*), sum(n), sum(hashtext(s)) FROM disorder_long GROUP BY b ORDER BY b', 'disorder_long_b');
DROP TABLE disorder, disorder_nulls, disorder_high, disorder_long;
DROP FUNCTION sorted;
