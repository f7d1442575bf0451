--
-- What pg_dump writes down creates the same index again.
--
CREATE TABLE defined (a int, b text COLLATE "C", c numeric(10,2), d date, "Odd name" int8);
INSERT INTO defined SELECT i, 'b' || i % 100, i / 4.0, date '2020-01-01' + i, i * 1000 FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE defined;
CREATE INDEX defined_1 ON defined USING smol (a);
CREATE INDEX defined_2 ON defined USING smol (a DESC, b NULLS FIRST, c DESC NULLS LAST) INCLUDE (d, "Odd name") WITH (nulls = store, writes = retire);
CREATE INDEX defined_3 ON defined USING smol (lower(b) COLLATE "POSIX", (a + "Odd name") int8_ops) WHERE d > '2021-01-01' AND b <> 'b5';
CREATE INDEX defined_4 ON defined USING smol (b text_ops, b COLLATE pg_c_utf8 varchar_ops);
CREATE INDEX "Defined 5" ON defined USING smol ("Odd name") WITH (writes = 'reject');
COMMENT ON INDEX defined_1 IS 'a comment';
SELECT c.relname, pg_get_indexdef(c.oid) AS def, c.reloptions FROM pg_class c WHERE relname ILIKE 'defined_5' OR relname LIKE 'defined\__' ORDER BY relname COLLATE "C";
CREATE TABLE definitions AS SELECT c.relname, pg_get_indexdef(c.oid) AS def, (SELECT rows FROM smol_index_stats(c.oid)) AS rows, pg_relation_size(c.oid) AS size
FROM pg_class c JOIN pg_am a ON a.oid = c.relam AND a.amname = 'smol' JOIN pg_index i ON i.indexrelid = c.oid WHERE i.indrelid = 'defined'::regclass;
DROP INDEX defined_1, defined_2, defined_3, defined_4, "Defined 5";
SELECT def FROM definitions ORDER BY relname COLLATE "C" \gexec
SELECT count(*), count(*) FILTER (WHERE pg_get_indexdef(c.oid) = def AND (SELECT s.rows FROM smol_index_stats(c.oid) s) = rows AND pg_relation_size(c.oid) = size) AS same
FROM definitions d JOIN pg_class c ON c.relname = d.relname;
-- options come and go
ALTER INDEX defined_2 SET (writes = reject);
SELECT reloptions FROM pg_class WHERE relname = 'defined_2';
ALTER INDEX defined_2 RESET (writes, nulls);
SELECT reloptions FROM pg_class WHERE relname = 'defined_2';
SELECT pg_indexam_has_property(oid, 'can_order') AS can_order, pg_indexam_has_property(oid, 'can_unique') AS can_unique,
       pg_indexam_has_property(oid, 'can_multi_col') AS can_multi_col, pg_indexam_has_property(oid, 'can_exclude') AS can_exclude,
       pg_indexam_has_property(oid, 'can_include') AS can_include FROM pg_am WHERE amname = 'smol';
SELECT p, pg_index_has_property('defined_2', p) FROM unnest('{clusterable,index_scan,bitmap_scan,backward_scan}'::text[]) AS p;
SELECT p, pg_index_column_has_property('defined_2', 2, p) AS key, pg_index_column_has_property('defined_2', 4, p) AS included
FROM unnest('{asc,desc,nulls_first,nulls_last,orderable,distance_orderable,returnable,search_nulls}'::text[]) AS p;
DROP TABLE defined, definitions;
