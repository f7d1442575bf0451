/* sql/smol--1.0--1.1.sql */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION smol UPDATE TO '1.1'" to load this file. \quit

-- an older library, in place or in this session still, is an error that says so
CREATE FUNCTION smol_require(pg_catalog.text)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'smol_require'
LANGUAGE C VOLATILE STRICT;

SELECT smol_require('1.1');

DROP FUNCTION smol_require(pg_catalog.text);

-- The same with a comparison of all rows with the table's, and as rows that say
-- what was found.  For the latter each page is checked in a subtransaction:
-- hence PARALLEL UNSAFE.
CREATE FUNCTION smol_verify(index pg_catalog.regclass, heap pg_catalog.bool)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'smol_verify'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

REVOKE EXECUTE ON FUNCTION smol_verify(pg_catalog.regclass, pg_catalog.bool) FROM PUBLIC;

COMMENT ON FUNCTION smol_verify(pg_catalog.regclass, pg_catalog.bool) IS
    'check a smol index, if heap is true also against its table; an error if anything is wrong';

CREATE FUNCTION smol_verify_report(
    index pg_catalog.regclass,
    heap pg_catalog.bool DEFAULT true,
    OUT kind pg_catalog.text,
    OUT block pg_catalog.int8,
    OUT detail pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'smol_verify_report'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

REVOKE EXECUTE ON FUNCTION smol_verify_report(pg_catalog.regclass, pg_catalog.bool) FROM PUBLIC;

COMMENT ON FUNCTION smol_verify_report(pg_catalog.regclass, pg_catalog.bool) IS
    'check a smol index, if heap is true also against its table; a row for each thing that is wrong';
