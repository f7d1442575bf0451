--
-- What can't be indexed is refused with one clear error, and nothing is left
-- behind.
--
CREATE TABLE refused (
    a int, b text, j jsonb, arr int[], p point, bits bit(8), c bpchar(10), n int, tz timetz, iv interval, ip inet,
    range int4range, x xml, blob bytea, e money);
INSERT INTO refused (a, b, n) SELECT i, 'text ' || i, CASE WHEN i % 250 > 0 THEN i END FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE refused;

-- types that smol has no operator class for
CREATE INDEX refused_i ON refused USING smol (j);
CREATE INDEX refused_i ON refused USING smol (arr);
CREATE INDEX refused_i ON refused USING smol (p);
CREATE INDEX refused_i ON refused USING smol (range);
CREATE INDEX refused_i ON refused USING smol (x);
-- another access method's operator class
CREATE INDEX refused_i ON refused USING smol (j jsonb_path_ops);
-- a type whose values are neither of one length nor know their own
SET allow_system_table_mods = on;
CREATE TYPE refused_string;
CREATE FUNCTION refused_in(cstring) RETURNS refused_string LANGUAGE internal IMMUTABLE STRICT AS 'cstring_in';
CREATE FUNCTION refused_out(refused_string) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'cstring_out';
CREATE TYPE refused_string (INPUT = refused_in, OUTPUT = refused_out, LIKE = cstring);
RESET allow_system_table_mods;
CREATE TABLE refused_strings AS SELECT i AS a, ('s' || i)::refused_string AS s FROM generate_series(1, 10) AS i;
CREATE INDEX refused_i ON refused_strings USING smol (a) INCLUDE (s);
DROP TABLE refused_strings;
\set VERBOSITY terse
DROP TYPE refused_string CASCADE;
\set VERBOSITY default

-- NULL
CREATE INDEX refused_i ON refused USING smol (n);
CREATE INDEX refused_i ON refused USING smol (a, n);
CREATE INDEX refused_i ON refused USING smol (a) INCLUDE (n);
CREATE INDEX refused_i ON refused USING smol (n) WHERE n IS NOT NULL;
DROP INDEX refused_i;

-- CONCURRENTLY
CREATE INDEX CONCURRENTLY refused_i ON refused USING smol (a);
CREATE INDEX CONCURRENTLY ON refused USING smol (a);
CREATE INDEX CONCURRENTLY IF NOT EXISTS refused_i ON refused USING smol (a);
CREATE INDEX refused_good ON refused USING smol (a);
CREATE INDEX refused_btree ON refused (a);
REINDEX INDEX CONCURRENTLY refused_good;
REINDEX TABLE CONCURRENTLY refused;
REINDEX (CONCURRENTLY) INDEX refused_good;
SELECT c.relname, indisvalid, indisready, indislive FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 'refused'::regclass ORDER BY 1;
-- other access methods may
REINDEX INDEX CONCURRENTLY refused_btree;
CREATE INDEX CONCURRENTLY refused_btree2 ON refused (b);
DROP INDEX refused_btree, refused_btree2;
-- and an index is dropped concurrently
DROP INDEX CONCURRENTLY refused_good;

-- UNIQUE, EXCLUDE
CREATE UNIQUE INDEX refused_i ON refused USING smol (a);
ALTER TABLE refused ADD EXCLUDE USING smol (a WITH =);
CREATE TABLE refused_too (a int, EXCLUDE USING smol (a WITH =));
-- CLUSTER
CREATE INDEX refused_good ON refused USING smol (a);
CLUSTER refused USING refused_good;
ALTER TABLE refused CLUSTER ON refused_good;
DROP INDEX refused_good;
-- an ordinary index may serve REPLICA IDENTITY, an index that isn't unique not
CREATE INDEX refused_good ON refused USING smol (a);
ALTER TABLE refused REPLICA IDENTITY USING INDEX refused_good;
DROP INDEX refused_good;

-- not a table, not the user's table
CREATE VIEW refused_view AS SELECT a FROM refused;
CREATE INDEX refused_i ON refused_view USING smol (a);
DROP VIEW refused_view;
SET allow_system_table_mods = on;
CREATE INDEX refused_i ON pg_catalog.pg_class USING smol (relpages);
RESET allow_system_table_mods;
CREATE INDEX refused_i ON pg_catalog.pg_class USING smol (relpages);

-- storage that isn't heap's
CREATE ACCESS METHOD refused_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE refused_storage (a int) USING refused_heap;
CREATE INDEX refused_i ON refused_storage USING smol (a);
CREATE TABLE refused_moved (a int);
CREATE INDEX refused_i ON refused_moved USING smol (a);
ALTER TABLE refused_moved SET ACCESS METHOD refused_heap;
SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relname = 'refused_moved';
DROP TABLE refused_storage, refused_moved;
DROP ACCESS METHOD refused_heap;

-- a row that fits no page
INSERT INTO refused (a, b, n) VALUES (1001, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) AS i), 1);
CREATE INDEX refused_i ON refused USING smol (b);
CREATE INDEX refused_i ON refused USING smol (a) INCLUDE (b);
CREATE INDEX refused_i ON refused USING smol (b) WHERE length(b) < 100;
DROP INDEX refused_i;

-- reloptions
CREATE INDEX refused_i ON refused USING smol (a) WITH (fillfactor = 50);
CREATE INDEX refused_i ON refused USING smol (a) WITH (writes = maybe);
CREATE INDEX refused_i ON refused USING smol (a) WITH (writes = '');
CREATE INDEX refused_i ON refused USING smol (a) WITH (nulls = drop);
CREATE INDEX refused_i ON refused USING smol (a) WITH (nulls);
CREATE INDEX refused_i ON refused USING smol (a) WITH (nulls = store, nulls = reject);
CREATE INDEX refused_good ON refused USING smol (a) WITH (WRITES = 'Retire');
ALTER INDEX refused_good SET (writes = perhaps);
ALTER INDEX refused_good SET (deduplicate_items = off);
DROP INDEX refused_good;

-- settings
SET smol.max_heap_checks = -1;
SET smol.max_heap_checks = 'many';
SET smol.heap_fallback = 'perhaps';
SET smol.debug_log = 5;
SET smol.check_pages = '';
SET smol.no_such_setting = 1;
SHOW smol.max_heap_checks;
SHOW smol.heap_fallback;
SHOW smol.debug_log;

-- collations
CREATE INDEX refused_i ON refused USING smol (a COLLATE "C");

-- a build that is interrupted
CREATE TABLE refused_large AS SELECT (i * 7919::int8 % 1000003)::int AS a FROM generate_series(1, 300000) AS i;
SET statement_timeout = '20ms';
CREATE INDEX refused_i ON refused_large USING smol (a);
RESET statement_timeout;
DROP TABLE refused_large;

-- nothing is left
SELECT relname FROM pg_class WHERE relname LIKE 'refused\_%';
SELECT count(*) FROM pg_index WHERE NOT indisvalid;
DROP TABLE refused;
