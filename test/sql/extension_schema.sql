--
-- The extension can live in any schema and be used without that schema on the
-- search_path; what else is in the schema doesn't get into its objects.
--
\set VERBOSITY terse
SELECT current_database() AS main \gset
CREATE DATABASE regress_smol_schema TEMPLATE template0;
\c regress_smol_schema
CREATE SCHEMA "odd schema";
CREATE EXTENSION smol SCHEMA "odd schema";
CREATE TABLE t AS SELECT i AS a, 'x' || i AS b FROM generate_series(1, 100) AS i;
VACUUM t;
CREATE INDEX t_a ON t USING smol (a, b) WITH (writes = retire);
SELECT opcname, opcnamespace::regnamespace FROM pg_opclass WHERE oid = ANY ((SELECT indclass::oid[] FROM pg_index WHERE indexrelid = 't_a'::regclass)::oid[]) ORDER BY 1;
SELECT pg_get_indexdef('t_a'::regclass);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT a, b FROM t WHERE a < 3;
SELECT a, b FROM t WHERE a < 3;
SELECT index, "table", rows, state FROM "odd schema".smol_indexes;
CREATE INDEX t_b ON t USING smol (b "odd schema".text_ops);
SELECT * FROM smol_indexes;
DROP EXTENSION smol CASCADE;
-- names in the way are not taken for PostgreSQL's
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.pg_relation_size(oid) RETURNS int8 LANGUAGE sql AS 'SELECT -1::int8';
CREATE FUNCTION hostile.no(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR hostile.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = hostile.no);
CREATE FUNCTION hostile.no(int4, int4) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR hostile.= (LEFTARG = int4, RIGHTARG = int4, FUNCTION = hostile.no);
CREATE FUNCTION hostile.btint4cmp(int4, int4) RETURNS int4 LANGUAGE sql AS 'SELECT 0';
CREATE DOMAIN hostile.int4 AS text;
SET search_path = hostile, pg_catalog, public;
CREATE EXTENSION smol SCHEMA hostile;
CREATE INDEX t_a ON t USING smol (a, b) WITH (writes = retire);
SELECT index, "table", size > 0 AS size, rows, state FROM smol_indexes;
SELECT count(*) FROM pg_amop JOIN pg_operator o ON o.oid OPERATOR(pg_catalog.=) amopopr WHERE oprnamespace OPERATOR(pg_catalog.=) 'hostile'::regnamespace::pg_catalog.oid;
SELECT a, b FROM t WHERE a < 3;
INSERT INTO t VALUES (200, 'x200');
SELECT index, state FROM smol_indexes;
RESET search_path;
SELECT a FROM t WHERE a > 98 ORDER BY a;
DROP EXTENSION smol CASCADE;
SELECT count(*) FROM pg_proc WHERE proname LIKE 'smol%';
SELECT count(*) FROM pg_opclass c WHERE NOT EXISTS (SELECT FROM pg_am a WHERE a.oid = opcmethod);
-- once per database, and for no one but a superuser
CREATE EXTENSION smol;
CREATE EXTENSION smol;
DROP EXTENSION smol;
CREATE ROLE regress_smol_nobody;
GRANT CREATE ON DATABASE regress_smol_schema TO regress_smol_nobody;
SET ROLE regress_smol_nobody;
CREATE EXTENSION smol SCHEMA public;
RESET ROLE;
\c :main
DROP DATABASE regress_smol_schema;
DROP ROLE regress_smol_nobody;
