--
-- smol_inspect, smol_index_stats, smol_index_state, smol_verify, smol_indexes.
--
\set VERBOSITY terse
CREATE TABLE inspected AS SELECT i AS a, i % 5 AS few, 'constant' AS c, md5(i::text) AS t, (i / 4.0)::numeric(10,2) AS n FROM generate_series(1, 20000) AS i;
VACUUM ANALYZE inspected;
CREATE INDEX inspected_i ON inspected USING smol (few, a DESC) INCLUDE (c, t, n);
SELECT attnum, name, kind, codecs ~ '^[a-z]+( \d+)?(, [a-z]+ \d+)*$' AS codecs, bytes > 0 AS bytes,
       bytes_per_row BETWEEN 0 AND 40 AS bytes_per_row, round(bytes_per_row * 20000) = bytes AS per_row, is_key
FROM smol_inspect('inspected_i') ORDER BY attnum;
SELECT format_version, rows, height, pages = pg_relation_size('inspected_i') / current_setting('block_size')::int AS pages,
       leaf_pages > 10 AS leaf_pages, internal_pages BETWEEN 1 AND leaf_pages AS internal_pages, footprint_pages,
       pages = 1 + leaf_pages + internal_pages + footprint_pages AS sum, bytes = pg_relation_size('inspected_i') AS bytes,
       bytes_per_row = bytes / 20000.0 AS bytes_per_row
FROM smol_index_stats('inspected_i');
-- of the columns' bytes there are not more than of the file's
SELECT sum(bytes) < pg_relation_size('inspected_i') FROM smol_inspect('inspected_i');
-- leaf by leaf: the same bytes, all rows, in order
SELECT c.attnum, sum(l.bytes) = c.bytes AS bytes, sum(l.rows) AS rows, sum(l.raw_bytes) > 0 AS raw,
       string_agg(DISTINCT l.codec, ' ' ORDER BY l.codec) AS codecs
FROM smol_inspect('inspected_i') AS c, smol_inspect_leaves('inspected_i') AS l WHERE c.attnum = l.attnum
GROUP BY c.attnum, c.bytes ORDER BY c.attnum;
SELECT count(*) FROM (SELECT first_row + rows AS next, lead(first_row) OVER (ORDER BY leaf) AS first
                      FROM smol_inspect_leaves('inspected_i') WHERE attnum = 1) AS l WHERE next <> first;
SELECT * FROM smol_index_state('inspected_i');
SELECT smol_verify('inspected_i');
SELECT index, "table", size = pg_relation_size('inspected_i') AS size, rows, state, advice FROM smol_indexes WHERE "table" = 'inspected'::regclass;

-- expressions have names, too
CREATE INDEX inspected_e ON inspected USING smol ((a + 1), few) WHERE a > 0;
SELECT attnum, name, is_key FROM smol_inspect('inspected_e') ORDER BY attnum;
DROP INDEX inspected_e;

-- every state that a smol index can be in
CREATE TABLE stated AS SELECT i AS a FROM generate_series(1, 10000) AS i;
CREATE INDEX stated_a ON stated USING smol (a) WITH (writes = retire);
SELECT * FROM smol_index_state('stated_a');
-- more pages than a verdict may look at
SET smol.max_heap_checks = 5;
SELECT * FROM smol_index_state('stated_a');
VACUUM stated;
SELECT * FROM smol_index_state('stated_a');
RESET smol.max_heap_checks;
DELETE FROM stated WHERE a = 5;
SELECT * FROM smol_index_state('stated_a');
VACUUM stated;
SELECT * FROM smol_index_state('stated_a');
VACUUM (INDEX_CLEANUP ON) stated;
SELECT * FROM smol_index_state('stated_a');
REINDEX INDEX stated_a;
SELECT * FROM smol_index_state('stated_a');
INSERT INTO stated VALUES (1);
SELECT * FROM smol_index_state('stated_a');
SELECT state, advice FROM smol_indexes WHERE "table" = 'stated'::regclass;
SELECT smol_verify('stated_a');

-- what isn't a smol index
CREATE INDEX stated_btree ON stated (a);
CREATE VIEW stated_view AS SELECT 1 AS a;
CREATE TABLE stated_parts (a int) PARTITION BY RANGE (a);
CREATE INDEX stated_parts_a ON stated_parts USING smol (a);
SELECT * FROM smol_inspect('stated_btree');
SELECT * FROM smol_index_stats('stated_btree');
SELECT * FROM smol_index_state('stated_btree');
SELECT smol_verify('stated_btree');
SELECT * FROM smol_inspect('stated');
SELECT * FROM smol_index_stats('stated_view');
SELECT * FROM smol_index_state('stated_parts_a');
SELECT smol_verify('stated_parts_a');
SELECT * FROM smol_inspect('no_such_index');
SELECT * FROM smol_inspect(0);
SELECT * FROM smol_index_stats(4294967295);
SELECT * FROM smol_index_state(99999999);
SELECT smol_verify(99999999);
SELECT * FROM smol_inspect(NULL);
SELECT smol_index_stats(NULL), smol_index_state(NULL), smol_verify(NULL);
-- the view has neither partitioned indexes nor others
SELECT index FROM smol_indexes WHERE "table"::text LIKE 'stated%' ORDER BY index::text;
DROP VIEW stated_view;
DROP TABLE inspected, stated, stated_parts;

-- pages checked as they are read
CREATE TABLE checked AS SELECT i AS a, i % 7 AS b FROM generate_series(1, 6000) AS i;
VACUUM ANALYZE checked;
CREATE INDEX checked_a ON checked USING smol (a) INCLUDE (b);
SET smol.check_pages = on;
SELECT same('SELECT a, b FROM checked WHERE a % 3 = 0 ORDER BY a', 'checked_a');
SELECT * FROM sweep('checked', 'a', 'checked_a', '{0,1,3000,6000,6001}');
SELECT smol_verify('checked_a');
RESET smol.check_pages;
DROP TABLE checked;

-- progress
CREATE TABLE progressed AS SELECT i AS a FROM generate_series(1, 1000) AS i;
CREATE FUNCTION progress(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF a = 500 THEN
        RAISE NOTICE '% %', (SELECT command FROM pg_stat_progress_create_index), (SELECT phase FROM pg_stat_progress_create_index);
    END IF;
    RETURN a;
END
$$;
VACUUM progressed;
CREATE INDEX progressed_a ON progressed USING smol (progress(a));
DROP TABLE progressed;
DROP FUNCTION progress;
