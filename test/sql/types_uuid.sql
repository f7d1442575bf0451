--
-- uuid: compared byte by byte from the first to the last.
--
CREATE TABLE uuids AS SELECT md5(i::text)::uuid AS u FROM generate_series(1, 20000) AS i;
INSERT INTO uuids SELECT unnest(ARRAY[
    '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0100-000000000000', '7fffffff-ffff-ffff-ffff-ffffffffffff', '80000000-0000-0000-0000-000000000000',
    '80000000-0000-0000-7fff-ffffffffffff', '80000000-0000-0000-8000-000000000000',
    'ffffffff-ffff-ffff-ffff-fffffffffffe', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])::uuid;
VACUUM ANALYZE uuids;
CREATE INDEX uuids_u ON uuids USING smol (u);
SELECT same('SELECT u FROM uuids ORDER BY u', 'uuids_u');
SELECT same('SELECT u FROM uuids ORDER BY u DESC', 'uuids_u');
SELECT * FROM sweep('(SELECT u FROM uuids WHERE u < ''02000000-0000-0000-0000-000000000000'' OR u >= ''7f000000-0000-0000-0000-000000000000'' AND u < ''81000000-0000-0000-0000-000000000000'' OR u > ''ff000000-0000-0000-0000-000000000000'') AS s', 'u', 'uuids_u',
    '{''00000000-0000-0000-0000-000000000000'',''00000000-0000-0000-0000-000000000001'',''00000000-0000-0000-0100-000000000000'',''7fffffff-ffff-ffff-ffff-ffffffffffff'',''80000000-0000-0000-0000-000000000000'',''80000000-0000-0000-8000-000000000000'',''ffffffff-ffff-ffff-ffff-fffffffffffe'',''ffffffff-ffff-ffff-ffff-ffffffffffff''}');

-- each of the keys is found, and no other
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF)
SELECT count(*), count(DISTINCT i) FROM generate_series(1, 20000) AS i JOIN uuids ON u = md5(i::text)::uuid;
SELECT count(*), count(DISTINCT i) FROM generate_series(1, 20000) AS i JOIN uuids ON u = md5(i::text)::uuid;
SELECT count(*) FROM generate_series(20001, 30000) AS i JOIN uuids ON u = md5(i::text)::uuid;
DROP TABLE uuids;
