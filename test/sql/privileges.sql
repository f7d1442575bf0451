--
-- Who may do what.
--
\set VERBOSITY terse
CREATE ROLE regress_smol_owner;
CREATE ROLE regress_smol_other;
CREATE SCHEMA secrets AUTHORIZATION regress_smol_owner;
SET ROLE regress_smol_owner;
CREATE TABLE secrets.t AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 1000) AS i;
RESET ROLE;
VACUUM secrets.t;
SET ROLE regress_smol_owner;
-- no superuser is needed to index one's own table
CREATE INDEX t_a ON secrets.t USING smol (a);
SELECT count(*) FROM secrets.t WHERE a > 5;
SELECT rows FROM smol_index_stats('secrets.t_a');
SELECT state FROM smol_index_state('secrets.t_a');
SELECT index FROM smol_indexes WHERE "table" = 'secrets.t'::regclass;
SELECT smol_verify('secrets.t_a');
DELETE FROM secrets.t;
REINDEX INDEX secrets.t_a;

-- others see none of its values
SET ROLE regress_smol_other;
SELECT count(*) FROM secrets.t;
CREATE INDEX t_b ON secrets.t USING smol (b);
SELECT smol_verify((SELECT oid FROM pg_class WHERE relname = 't_a')::regclass);
-- the view is for all: it shows sizes and states, as the catalogs do
SELECT index::text ~ 't_a' AS index, rows, state FROM smol_indexes WHERE index::oid = (SELECT oid FROM pg_class WHERE relname = 't_a');
SELECT name, bytes > 0 AS bytes FROM smol_inspect((SELECT oid FROM pg_class WHERE relname = 't_a')::regclass);
RESET ROLE;

-- columns granted singly
GRANT USAGE ON SCHEMA secrets TO regress_smol_other;
GRANT SELECT (b) ON secrets.t TO regress_smol_other;
SET ROLE regress_smol_other;
SELECT count(*) FROM secrets.t WHERE a > 5;
SELECT count(b) FROM secrets.t;
EXPLAIN (COSTS OFF) SELECT a FROM secrets.t WHERE a > 5;
-- a write that isn't allowed is refused for that
DELETE FROM secrets.t;
COPY secrets.t FROM STDIN;
\.
RESET ROLE;
-- settings
SET ROLE regress_smol_other;
SET smol.heap_fallback = on;
SET smol.max_heap_checks = 10;
SET smol.debug_log = on;
RESET ROLE;
RESET ALL;
-- verify, granted
GRANT EXECUTE ON FUNCTION smol_verify(regclass) TO regress_smol_other;
SET ROLE regress_smol_other;
SELECT smol_verify('secrets.t_a');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION smol_verify(regclass) FROM regress_smol_other;
SELECT proname, proacl IS NULL AS for_all, provolatile, proparallel, proisstrict FROM pg_proc WHERE proname LIKE 'smol\_%' ORDER BY proname;
-- an aggregate that one may not call is not computed inside the index either
REVOKE EXECUTE ON FUNCTION pg_catalog.sum(int4) FROM PUBLIC;
SET ROLE regress_smol_owner;
SET smol.enable_aggregate = on;
SET enable_seqscan = off;
SELECT sum(a) FROM secrets.t;
SELECT count(a) FROM secrets.t;
RESET ROLE;
GRANT EXECUTE ON FUNCTION pg_catalog.sum(int4) TO PUBLIC;
EXPLAIN (COSTS OFF) SELECT sum(a) FROM secrets.t;
-- nor is a function or an operator tested in the index that one may not call
CREATE FUNCTION secrets.secret(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN $1 % 7; END $$;
CREATE TABLE secrets.f AS SELECT i AS a, i % 2 = 0 AS even FROM generate_series(1, 1000) AS i;
CREATE INDEX f_a ON secrets.f USING smol (secrets.secret(a), a) INCLUDE (even);
VACUUM ANALYZE secrets.f;
GRANT SELECT ON secrets.f TO regress_smol_other;
GRANT ALL ON SCHEMA secrets TO regress_smol_other;
REVOKE EXECUTE ON FUNCTION secrets.secret(int), pg_catalog.booleq(bool, bool) FROM PUBLIC;
SET ROLE regress_smol_other;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET smol.enable_scan = on;
SELECT a FROM secrets.f WHERE secrets.secret(a) = 3 AND a < 20;
SELECT count(*) FROM secrets.f WHERE secrets.secret(a) = 3;
SELECT count(*) FILTER (WHERE secrets.secret(a) = 3) FROM secrets.f;
-- a boolean column calls nothing
SELECT count(*), count(*) FILTER (WHERE NOT even) FROM secrets.f WHERE even;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION pg_catalog.int4eq(int4, int4) FROM PUBLIC;
SET ROLE regress_smol_other;
SELECT even FROM secrets.f WHERE a = 3;
SELECT count(*) FROM secrets.f WHERE a = 3;
SELECT count(*) FROM secrets.f WHERE a = ANY (ARRAY[3, 4]);
SELECT count(*) FILTER (WHERE a = 3) FROM secrets.f;
SELECT count(*) FROM secrets.f WHERE a > 3;
RESET ROLE;
GRANT EXECUTE ON FUNCTION pg_catalog.int4eq(int4, int4), pg_catalog.booleq(bool, bool) TO PUBLIC;
-- who opens a cursor is asked, not who fetches from it: of the ordinary plan, too,
-- which is made ready when it is needed
CREATE FUNCTION secrets.open() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
    rows refcursor := 'rows';
    count refcursor := 'count';
BEGIN
    OPEN rows FOR SELECT a FROM secrets.f WHERE a > 985 AND secrets.secret(a) = 3;
    OPEN count FOR SELECT count(*) FROM secrets.f WHERE secrets.secret(a) = 3;
END
$$;
ALTER INDEX secrets.f_a SET (writes = retire);
BEGIN;
SELECT secrets.open();
SET ROLE regress_smol_other;
FETCH ALL FROM rows;
FETCH ALL FROM count;
COMMIT;
RESET ROLE;
BEGIN;
DELETE FROM secrets.f WHERE a = 3;
ROLLBACK;
BEGIN;
SELECT secrets.open();
SET LOCAL smol.max_heap_checks = 0;
SET ROLE regress_smol_other;
FETCH ALL FROM rows;
FETCH ALL FROM count;
COMMIT;
RESET ROLE;
RESET enable_indexscan;
RESET enable_indexonlyscan;
RESET smol.enable_scan;
RESET smol.enable_aggregate;
RESET enable_seqscan;
DROP SCHEMA secrets CASCADE;
DROP ROLE regress_smol_owner;
DROP ROLE regress_smol_other;
