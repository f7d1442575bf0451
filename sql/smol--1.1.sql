/*
 * smol--1.1.sql
 *		The access method, its operator classes and its SQL functions.
 *
 * Every name below is qualified, or created here in the extension's own
 * schema, so that nothing on anybody's search_path is picked up.
 *
 * It makes what smol--1.0.sql and smol--1.0--1.1.sql make one after the other.
 */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION smol" to load this file. \quit

-- an older library, in place or in this session still, is an error that says so
CREATE FUNCTION smol_require(pg_catalog.text)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'smol_require'
LANGUAGE C VOLATILE STRICT;

SELECT smol_require('1.1');

DROP FUNCTION smol_require(pg_catalog.text);

-- ----------------------------------------------------------------
-- The access method
-- ----------------------------------------------------------------

CREATE FUNCTION smol_handler(pg_catalog.internal)
RETURNS pg_catalog.index_am_handler
AS 'MODULE_PATHNAME', 'smol_handler'
LANGUAGE C VOLATILE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION smol_handler(pg_catalog.internal) IS
    'smol index access method handler';

CREATE ACCESS METHOD smol TYPE INDEX HANDLER smol_handler;

COMMENT ON ACCESS METHOD smol IS
    'smol index access method: sealed, sorted, compressed, covering';

-- ----------------------------------------------------------------
-- Operator families and classes
--
-- Each family is named as btree's and has the same members: the planner builds
-- equivalence classes and merge joins only from operators whose lists of
-- ordered families are equal.  A family with fewer cross-type members than
-- btree's would therefore spoil plans on tables that have no smol index at
-- all, just by being installed.  For the same reason in_range is here
-- although smol never calls it: RANGE window frames take the first ordered
-- family that the planner comes across.
--
-- Strategies: 1 <, 2 <=, 3 =, 4 >=, 5 >.
-- Support functions: 1 comparison, 2 sort support, 3 in_range.
-- btree's further ones (equalimage, options, skip support) are for the inside
-- of nbtree and left out.
--
-- test/sql/opfamily_mirror.sql holds this list to btree's.
-- ----------------------------------------------------------------

-- bool_ops
CREATE OPERATOR FAMILY bool_ops USING smol;

CREATE OPERATOR CLASS bool_ops DEFAULT FOR TYPE pg_catalog.bool USING smol FAMILY bool_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.bool, pg_catalog.bool),
    OPERATOR 2 pg_catalog.<= (pg_catalog.bool, pg_catalog.bool),
    OPERATOR 3 pg_catalog.= (pg_catalog.bool, pg_catalog.bool),
    OPERATOR 4 pg_catalog.>= (pg_catalog.bool, pg_catalog.bool),
    OPERATOR 5 pg_catalog.> (pg_catalog.bool, pg_catalog.bool),
    FUNCTION 1 (pg_catalog.bool, pg_catalog.bool) pg_catalog.btboolcmp(pg_catalog.bool, pg_catalog.bool);

-- char_ops
CREATE OPERATOR FAMILY char_ops USING smol;

CREATE OPERATOR CLASS char_ops DEFAULT FOR TYPE pg_catalog."char" USING smol FAMILY char_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog."char", pg_catalog."char"),
    OPERATOR 2 pg_catalog.<= (pg_catalog."char", pg_catalog."char"),
    OPERATOR 3 pg_catalog.= (pg_catalog."char", pg_catalog."char"),
    OPERATOR 4 pg_catalog.>= (pg_catalog."char", pg_catalog."char"),
    OPERATOR 5 pg_catalog.> (pg_catalog."char", pg_catalog."char"),
    FUNCTION 1 (pg_catalog."char", pg_catalog."char") pg_catalog.btcharcmp(pg_catalog."char", pg_catalog."char");

-- integer_ops
CREATE OPERATOR FAMILY integer_ops USING smol;

CREATE OPERATOR CLASS int2_ops DEFAULT FOR TYPE pg_catalog.int2 USING smol FAMILY integer_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.int2, pg_catalog.int2),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int2, pg_catalog.int2),
    OPERATOR 3 pg_catalog.= (pg_catalog.int2, pg_catalog.int2),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int2, pg_catalog.int2),
    OPERATOR 5 pg_catalog.> (pg_catalog.int2, pg_catalog.int2),
    FUNCTION 1 (pg_catalog.int2, pg_catalog.int2) pg_catalog.btint2cmp(pg_catalog.int2, pg_catalog.int2),
    FUNCTION 2 (pg_catalog.int2, pg_catalog.int2) pg_catalog.btint2sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.int2, pg_catalog.int2) pg_catalog.in_range(pg_catalog.int2, pg_catalog.int2, pg_catalog.int2, pg_catalog.bool, pg_catalog.bool),
    FUNCTION 3 (pg_catalog.int2, pg_catalog.int4) pg_catalog.in_range(pg_catalog.int2, pg_catalog.int2, pg_catalog.int4, pg_catalog.bool, pg_catalog.bool),
    FUNCTION 3 (pg_catalog.int2, pg_catalog.int8) pg_catalog.in_range(pg_catalog.int2, pg_catalog.int2, pg_catalog.int8, pg_catalog.bool, pg_catalog.bool);

CREATE OPERATOR CLASS int4_ops DEFAULT FOR TYPE pg_catalog.int4 USING smol FAMILY integer_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.int4, pg_catalog.int4),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int4, pg_catalog.int4),
    OPERATOR 3 pg_catalog.= (pg_catalog.int4, pg_catalog.int4),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int4, pg_catalog.int4),
    OPERATOR 5 pg_catalog.> (pg_catalog.int4, pg_catalog.int4),
    FUNCTION 1 (pg_catalog.int4, pg_catalog.int4) pg_catalog.btint4cmp(pg_catalog.int4, pg_catalog.int4),
    FUNCTION 2 (pg_catalog.int4, pg_catalog.int4) pg_catalog.btint4sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.int4, pg_catalog.int2) pg_catalog.in_range(pg_catalog.int4, pg_catalog.int4, pg_catalog.int2, pg_catalog.bool, pg_catalog.bool),
    FUNCTION 3 (pg_catalog.int4, pg_catalog.int4) pg_catalog.in_range(pg_catalog.int4, pg_catalog.int4, pg_catalog.int4, pg_catalog.bool, pg_catalog.bool),
    FUNCTION 3 (pg_catalog.int4, pg_catalog.int8) pg_catalog.in_range(pg_catalog.int4, pg_catalog.int4, pg_catalog.int8, pg_catalog.bool, pg_catalog.bool);

CREATE OPERATOR CLASS int8_ops DEFAULT FOR TYPE pg_catalog.int8 USING smol FAMILY integer_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.int8, pg_catalog.int8),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int8, pg_catalog.int8),
    OPERATOR 3 pg_catalog.= (pg_catalog.int8, pg_catalog.int8),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int8, pg_catalog.int8),
    OPERATOR 5 pg_catalog.> (pg_catalog.int8, pg_catalog.int8),
    FUNCTION 1 (pg_catalog.int8, pg_catalog.int8) pg_catalog.btint8cmp(pg_catalog.int8, pg_catalog.int8),
    FUNCTION 2 (pg_catalog.int8, pg_catalog.int8) pg_catalog.btint8sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.int8, pg_catalog.int8) pg_catalog.in_range(pg_catalog.int8, pg_catalog.int8, pg_catalog.int8, pg_catalog.bool, pg_catalog.bool);

ALTER OPERATOR FAMILY integer_ops USING smol ADD
    OPERATOR 1 pg_catalog.< (pg_catalog.int2, pg_catalog.int4),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int2, pg_catalog.int4),
    OPERATOR 3 pg_catalog.= (pg_catalog.int2, pg_catalog.int4),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int2, pg_catalog.int4),
    OPERATOR 5 pg_catalog.> (pg_catalog.int2, pg_catalog.int4),
    FUNCTION 1 (pg_catalog.int2, pg_catalog.int4) pg_catalog.btint24cmp(pg_catalog.int2, pg_catalog.int4),

    OPERATOR 1 pg_catalog.< (pg_catalog.int2, pg_catalog.int8),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int2, pg_catalog.int8),
    OPERATOR 3 pg_catalog.= (pg_catalog.int2, pg_catalog.int8),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int2, pg_catalog.int8),
    OPERATOR 5 pg_catalog.> (pg_catalog.int2, pg_catalog.int8),
    FUNCTION 1 (pg_catalog.int2, pg_catalog.int8) pg_catalog.btint28cmp(pg_catalog.int2, pg_catalog.int8),

    OPERATOR 1 pg_catalog.< (pg_catalog.int4, pg_catalog.int2),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int4, pg_catalog.int2),
    OPERATOR 3 pg_catalog.= (pg_catalog.int4, pg_catalog.int2),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int4, pg_catalog.int2),
    OPERATOR 5 pg_catalog.> (pg_catalog.int4, pg_catalog.int2),
    FUNCTION 1 (pg_catalog.int4, pg_catalog.int2) pg_catalog.btint42cmp(pg_catalog.int4, pg_catalog.int2),

    OPERATOR 1 pg_catalog.< (pg_catalog.int4, pg_catalog.int8),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int4, pg_catalog.int8),
    OPERATOR 3 pg_catalog.= (pg_catalog.int4, pg_catalog.int8),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int4, pg_catalog.int8),
    OPERATOR 5 pg_catalog.> (pg_catalog.int4, pg_catalog.int8),
    FUNCTION 1 (pg_catalog.int4, pg_catalog.int8) pg_catalog.btint48cmp(pg_catalog.int4, pg_catalog.int8),

    OPERATOR 1 pg_catalog.< (pg_catalog.int8, pg_catalog.int2),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int8, pg_catalog.int2),
    OPERATOR 3 pg_catalog.= (pg_catalog.int8, pg_catalog.int2),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int8, pg_catalog.int2),
    OPERATOR 5 pg_catalog.> (pg_catalog.int8, pg_catalog.int2),
    FUNCTION 1 (pg_catalog.int8, pg_catalog.int2) pg_catalog.btint82cmp(pg_catalog.int8, pg_catalog.int2),

    OPERATOR 1 pg_catalog.< (pg_catalog.int8, pg_catalog.int4),
    OPERATOR 2 pg_catalog.<= (pg_catalog.int8, pg_catalog.int4),
    OPERATOR 3 pg_catalog.= (pg_catalog.int8, pg_catalog.int4),
    OPERATOR 4 pg_catalog.>= (pg_catalog.int8, pg_catalog.int4),
    OPERATOR 5 pg_catalog.> (pg_catalog.int8, pg_catalog.int4),
    FUNCTION 1 (pg_catalog.int8, pg_catalog.int4) pg_catalog.btint84cmp(pg_catalog.int8, pg_catalog.int4);

-- oid_ops
CREATE OPERATOR FAMILY oid_ops USING smol;

CREATE OPERATOR CLASS oid_ops DEFAULT FOR TYPE pg_catalog.oid USING smol FAMILY oid_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.oid, pg_catalog.oid),
    OPERATOR 2 pg_catalog.<= (pg_catalog.oid, pg_catalog.oid),
    OPERATOR 3 pg_catalog.= (pg_catalog.oid, pg_catalog.oid),
    OPERATOR 4 pg_catalog.>= (pg_catalog.oid, pg_catalog.oid),
    OPERATOR 5 pg_catalog.> (pg_catalog.oid, pg_catalog.oid),
    FUNCTION 1 (pg_catalog.oid, pg_catalog.oid) pg_catalog.btoidcmp(pg_catalog.oid, pg_catalog.oid),
    FUNCTION 2 (pg_catalog.oid, pg_catalog.oid) pg_catalog.btoidsortsupport(pg_catalog.internal);

-- float_ops
CREATE OPERATOR FAMILY float_ops USING smol;

CREATE OPERATOR CLASS float4_ops DEFAULT FOR TYPE pg_catalog.float4 USING smol FAMILY float_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.float4, pg_catalog.float4),
    OPERATOR 2 pg_catalog.<= (pg_catalog.float4, pg_catalog.float4),
    OPERATOR 3 pg_catalog.= (pg_catalog.float4, pg_catalog.float4),
    OPERATOR 4 pg_catalog.>= (pg_catalog.float4, pg_catalog.float4),
    OPERATOR 5 pg_catalog.> (pg_catalog.float4, pg_catalog.float4),
    FUNCTION 1 (pg_catalog.float4, pg_catalog.float4) pg_catalog.btfloat4cmp(pg_catalog.float4, pg_catalog.float4),
    FUNCTION 2 (pg_catalog.float4, pg_catalog.float4) pg_catalog.btfloat4sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.float4, pg_catalog.float8) pg_catalog.in_range(pg_catalog.float4, pg_catalog.float4, pg_catalog.float8, pg_catalog.bool, pg_catalog.bool);

CREATE OPERATOR CLASS float8_ops DEFAULT FOR TYPE pg_catalog.float8 USING smol FAMILY float_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.float8, pg_catalog.float8),
    OPERATOR 2 pg_catalog.<= (pg_catalog.float8, pg_catalog.float8),
    OPERATOR 3 pg_catalog.= (pg_catalog.float8, pg_catalog.float8),
    OPERATOR 4 pg_catalog.>= (pg_catalog.float8, pg_catalog.float8),
    OPERATOR 5 pg_catalog.> (pg_catalog.float8, pg_catalog.float8),
    FUNCTION 1 (pg_catalog.float8, pg_catalog.float8) pg_catalog.btfloat8cmp(pg_catalog.float8, pg_catalog.float8),
    FUNCTION 2 (pg_catalog.float8, pg_catalog.float8) pg_catalog.btfloat8sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.float8, pg_catalog.float8) pg_catalog.in_range(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.bool, pg_catalog.bool);

ALTER OPERATOR FAMILY float_ops USING smol ADD
    OPERATOR 1 pg_catalog.< (pg_catalog.float4, pg_catalog.float8),
    OPERATOR 2 pg_catalog.<= (pg_catalog.float4, pg_catalog.float8),
    OPERATOR 3 pg_catalog.= (pg_catalog.float4, pg_catalog.float8),
    OPERATOR 4 pg_catalog.>= (pg_catalog.float4, pg_catalog.float8),
    OPERATOR 5 pg_catalog.> (pg_catalog.float4, pg_catalog.float8),
    FUNCTION 1 (pg_catalog.float4, pg_catalog.float8) pg_catalog.btfloat48cmp(pg_catalog.float4, pg_catalog.float8),

    OPERATOR 1 pg_catalog.< (pg_catalog.float8, pg_catalog.float4),
    OPERATOR 2 pg_catalog.<= (pg_catalog.float8, pg_catalog.float4),
    OPERATOR 3 pg_catalog.= (pg_catalog.float8, pg_catalog.float4),
    OPERATOR 4 pg_catalog.>= (pg_catalog.float8, pg_catalog.float4),
    OPERATOR 5 pg_catalog.> (pg_catalog.float8, pg_catalog.float4),
    FUNCTION 1 (pg_catalog.float8, pg_catalog.float4) pg_catalog.btfloat84cmp(pg_catalog.float8, pg_catalog.float4);

-- numeric_ops
CREATE OPERATOR FAMILY numeric_ops USING smol;

CREATE OPERATOR CLASS numeric_ops DEFAULT FOR TYPE pg_catalog.numeric USING smol FAMILY numeric_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.numeric, pg_catalog.numeric),
    OPERATOR 2 pg_catalog.<= (pg_catalog.numeric, pg_catalog.numeric),
    OPERATOR 3 pg_catalog.= (pg_catalog.numeric, pg_catalog.numeric),
    OPERATOR 4 pg_catalog.>= (pg_catalog.numeric, pg_catalog.numeric),
    OPERATOR 5 pg_catalog.> (pg_catalog.numeric, pg_catalog.numeric),
    FUNCTION 1 (pg_catalog.numeric, pg_catalog.numeric) pg_catalog.numeric_cmp(pg_catalog.numeric, pg_catalog.numeric),
    FUNCTION 2 (pg_catalog.numeric, pg_catalog.numeric) pg_catalog.numeric_sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.numeric, pg_catalog.numeric) pg_catalog.in_range(pg_catalog.numeric, pg_catalog.numeric, pg_catalog.numeric, pg_catalog.bool, pg_catalog.bool);

-- money_ops
CREATE OPERATOR FAMILY money_ops USING smol;

CREATE OPERATOR CLASS money_ops DEFAULT FOR TYPE pg_catalog.money USING smol FAMILY money_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.money, pg_catalog.money),
    OPERATOR 2 pg_catalog.<= (pg_catalog.money, pg_catalog.money),
    OPERATOR 3 pg_catalog.= (pg_catalog.money, pg_catalog.money),
    OPERATOR 4 pg_catalog.>= (pg_catalog.money, pg_catalog.money),
    OPERATOR 5 pg_catalog.> (pg_catalog.money, pg_catalog.money),
    FUNCTION 1 (pg_catalog.money, pg_catalog.money) pg_catalog.cash_cmp(pg_catalog.money, pg_catalog.money);

-- datetime_ops
CREATE OPERATOR FAMILY datetime_ops USING smol;

CREATE OPERATOR CLASS date_ops DEFAULT FOR TYPE pg_catalog.date USING smol FAMILY datetime_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.date, pg_catalog.date),
    OPERATOR 2 pg_catalog.<= (pg_catalog.date, pg_catalog.date),
    OPERATOR 3 pg_catalog.= (pg_catalog.date, pg_catalog.date),
    OPERATOR 4 pg_catalog.>= (pg_catalog.date, pg_catalog.date),
    OPERATOR 5 pg_catalog.> (pg_catalog.date, pg_catalog.date),
    FUNCTION 1 (pg_catalog.date, pg_catalog.date) pg_catalog.date_cmp(pg_catalog.date, pg_catalog.date),
    FUNCTION 2 (pg_catalog.date, pg_catalog.date) pg_catalog.date_sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.date, pg_catalog.interval) pg_catalog.in_range(pg_catalog.date, pg_catalog.date, pg_catalog.interval, pg_catalog.bool, pg_catalog.bool);

CREATE OPERATOR CLASS timestamp_ops DEFAULT FOR TYPE pg_catalog.timestamp USING smol FAMILY datetime_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.timestamp, pg_catalog.timestamp),
    OPERATOR 2 pg_catalog.<= (pg_catalog.timestamp, pg_catalog.timestamp),
    OPERATOR 3 pg_catalog.= (pg_catalog.timestamp, pg_catalog.timestamp),
    OPERATOR 4 pg_catalog.>= (pg_catalog.timestamp, pg_catalog.timestamp),
    OPERATOR 5 pg_catalog.> (pg_catalog.timestamp, pg_catalog.timestamp),
    FUNCTION 1 (pg_catalog.timestamp, pg_catalog.timestamp) pg_catalog.timestamp_cmp(pg_catalog.timestamp, pg_catalog.timestamp),
    FUNCTION 2 (pg_catalog.timestamp, pg_catalog.timestamp) pg_catalog.timestamp_sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.timestamp, pg_catalog.interval) pg_catalog.in_range(pg_catalog.timestamp, pg_catalog.timestamp, pg_catalog.interval, pg_catalog.bool, pg_catalog.bool);

CREATE OPERATOR CLASS timestamptz_ops DEFAULT FOR TYPE pg_catalog.timestamptz USING smol FAMILY datetime_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.timestamptz, pg_catalog.timestamptz),
    OPERATOR 2 pg_catalog.<= (pg_catalog.timestamptz, pg_catalog.timestamptz),
    OPERATOR 3 pg_catalog.= (pg_catalog.timestamptz, pg_catalog.timestamptz),
    OPERATOR 4 pg_catalog.>= (pg_catalog.timestamptz, pg_catalog.timestamptz),
    OPERATOR 5 pg_catalog.> (pg_catalog.timestamptz, pg_catalog.timestamptz),
    FUNCTION 1 (pg_catalog.timestamptz, pg_catalog.timestamptz) pg_catalog.timestamptz_cmp(pg_catalog.timestamptz, pg_catalog.timestamptz),
    FUNCTION 2 (pg_catalog.timestamptz, pg_catalog.timestamptz) pg_catalog.timestamp_sortsupport(pg_catalog.internal),
    FUNCTION 3 (pg_catalog.timestamptz, pg_catalog.interval) pg_catalog.in_range(pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.bool, pg_catalog.bool);

ALTER OPERATOR FAMILY datetime_ops USING smol ADD
    OPERATOR 1 pg_catalog.< (pg_catalog.date, pg_catalog.timestamp),
    OPERATOR 2 pg_catalog.<= (pg_catalog.date, pg_catalog.timestamp),
    OPERATOR 3 pg_catalog.= (pg_catalog.date, pg_catalog.timestamp),
    OPERATOR 4 pg_catalog.>= (pg_catalog.date, pg_catalog.timestamp),
    OPERATOR 5 pg_catalog.> (pg_catalog.date, pg_catalog.timestamp),
    FUNCTION 1 (pg_catalog.date, pg_catalog.timestamp) pg_catalog.date_cmp_timestamp(pg_catalog.date, pg_catalog.timestamp),

    OPERATOR 1 pg_catalog.< (pg_catalog.date, pg_catalog.timestamptz),
    OPERATOR 2 pg_catalog.<= (pg_catalog.date, pg_catalog.timestamptz),
    OPERATOR 3 pg_catalog.= (pg_catalog.date, pg_catalog.timestamptz),
    OPERATOR 4 pg_catalog.>= (pg_catalog.date, pg_catalog.timestamptz),
    OPERATOR 5 pg_catalog.> (pg_catalog.date, pg_catalog.timestamptz),
    FUNCTION 1 (pg_catalog.date, pg_catalog.timestamptz) pg_catalog.date_cmp_timestamptz(pg_catalog.date, pg_catalog.timestamptz),

    OPERATOR 1 pg_catalog.< (pg_catalog.timestamp, pg_catalog.date),
    OPERATOR 2 pg_catalog.<= (pg_catalog.timestamp, pg_catalog.date),
    OPERATOR 3 pg_catalog.= (pg_catalog.timestamp, pg_catalog.date),
    OPERATOR 4 pg_catalog.>= (pg_catalog.timestamp, pg_catalog.date),
    OPERATOR 5 pg_catalog.> (pg_catalog.timestamp, pg_catalog.date),
    FUNCTION 1 (pg_catalog.timestamp, pg_catalog.date) pg_catalog.timestamp_cmp_date(pg_catalog.timestamp, pg_catalog.date),

    OPERATOR 1 pg_catalog.< (pg_catalog.timestamp, pg_catalog.timestamptz),
    OPERATOR 2 pg_catalog.<= (pg_catalog.timestamp, pg_catalog.timestamptz),
    OPERATOR 3 pg_catalog.= (pg_catalog.timestamp, pg_catalog.timestamptz),
    OPERATOR 4 pg_catalog.>= (pg_catalog.timestamp, pg_catalog.timestamptz),
    OPERATOR 5 pg_catalog.> (pg_catalog.timestamp, pg_catalog.timestamptz),
    FUNCTION 1 (pg_catalog.timestamp, pg_catalog.timestamptz) pg_catalog.timestamp_cmp_timestamptz(pg_catalog.timestamp, pg_catalog.timestamptz),

    OPERATOR 1 pg_catalog.< (pg_catalog.timestamptz, pg_catalog.date),
    OPERATOR 2 pg_catalog.<= (pg_catalog.timestamptz, pg_catalog.date),
    OPERATOR 3 pg_catalog.= (pg_catalog.timestamptz, pg_catalog.date),
    OPERATOR 4 pg_catalog.>= (pg_catalog.timestamptz, pg_catalog.date),
    OPERATOR 5 pg_catalog.> (pg_catalog.timestamptz, pg_catalog.date),
    FUNCTION 1 (pg_catalog.timestamptz, pg_catalog.date) pg_catalog.timestamptz_cmp_date(pg_catalog.timestamptz, pg_catalog.date),

    OPERATOR 1 pg_catalog.< (pg_catalog.timestamptz, pg_catalog.timestamp),
    OPERATOR 2 pg_catalog.<= (pg_catalog.timestamptz, pg_catalog.timestamp),
    OPERATOR 3 pg_catalog.= (pg_catalog.timestamptz, pg_catalog.timestamp),
    OPERATOR 4 pg_catalog.>= (pg_catalog.timestamptz, pg_catalog.timestamp),
    OPERATOR 5 pg_catalog.> (pg_catalog.timestamptz, pg_catalog.timestamp),
    FUNCTION 1 (pg_catalog.timestamptz, pg_catalog.timestamp) pg_catalog.timestamptz_cmp_timestamp(pg_catalog.timestamptz, pg_catalog.timestamp);

-- time_ops
CREATE OPERATOR FAMILY time_ops USING smol;

CREATE OPERATOR CLASS time_ops DEFAULT FOR TYPE pg_catalog.time USING smol FAMILY time_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.time, pg_catalog.time),
    OPERATOR 2 pg_catalog.<= (pg_catalog.time, pg_catalog.time),
    OPERATOR 3 pg_catalog.= (pg_catalog.time, pg_catalog.time),
    OPERATOR 4 pg_catalog.>= (pg_catalog.time, pg_catalog.time),
    OPERATOR 5 pg_catalog.> (pg_catalog.time, pg_catalog.time),
    FUNCTION 1 (pg_catalog.time, pg_catalog.time) pg_catalog.time_cmp(pg_catalog.time, pg_catalog.time),
    FUNCTION 3 (pg_catalog.time, pg_catalog.interval) pg_catalog.in_range(pg_catalog.time, pg_catalog.time, pg_catalog.interval, pg_catalog.bool, pg_catalog.bool);

-- timetz_ops
CREATE OPERATOR FAMILY timetz_ops USING smol;

CREATE OPERATOR CLASS timetz_ops DEFAULT FOR TYPE pg_catalog.timetz USING smol FAMILY timetz_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.timetz, pg_catalog.timetz),
    OPERATOR 2 pg_catalog.<= (pg_catalog.timetz, pg_catalog.timetz),
    OPERATOR 3 pg_catalog.= (pg_catalog.timetz, pg_catalog.timetz),
    OPERATOR 4 pg_catalog.>= (pg_catalog.timetz, pg_catalog.timetz),
    OPERATOR 5 pg_catalog.> (pg_catalog.timetz, pg_catalog.timetz),
    FUNCTION 1 (pg_catalog.timetz, pg_catalog.timetz) pg_catalog.timetz_cmp(pg_catalog.timetz, pg_catalog.timetz),
    FUNCTION 3 (pg_catalog.timetz, pg_catalog.interval) pg_catalog.in_range(pg_catalog.timetz, pg_catalog.timetz, pg_catalog.interval, pg_catalog.bool, pg_catalog.bool);

-- interval_ops
CREATE OPERATOR FAMILY interval_ops USING smol;

CREATE OPERATOR CLASS interval_ops DEFAULT FOR TYPE pg_catalog.interval USING smol FAMILY interval_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.interval, pg_catalog.interval),
    OPERATOR 2 pg_catalog.<= (pg_catalog.interval, pg_catalog.interval),
    OPERATOR 3 pg_catalog.= (pg_catalog.interval, pg_catalog.interval),
    OPERATOR 4 pg_catalog.>= (pg_catalog.interval, pg_catalog.interval),
    OPERATOR 5 pg_catalog.> (pg_catalog.interval, pg_catalog.interval),
    FUNCTION 1 (pg_catalog.interval, pg_catalog.interval) pg_catalog.interval_cmp(pg_catalog.interval, pg_catalog.interval),
    FUNCTION 3 (pg_catalog.interval, pg_catalog.interval) pg_catalog.in_range(pg_catalog.interval, pg_catalog.interval, pg_catalog.interval, pg_catalog.bool, pg_catalog.bool);

-- uuid_ops
CREATE OPERATOR FAMILY uuid_ops USING smol;

CREATE OPERATOR CLASS uuid_ops DEFAULT FOR TYPE pg_catalog.uuid USING smol FAMILY uuid_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.uuid, pg_catalog.uuid),
    OPERATOR 2 pg_catalog.<= (pg_catalog.uuid, pg_catalog.uuid),
    OPERATOR 3 pg_catalog.= (pg_catalog.uuid, pg_catalog.uuid),
    OPERATOR 4 pg_catalog.>= (pg_catalog.uuid, pg_catalog.uuid),
    OPERATOR 5 pg_catalog.> (pg_catalog.uuid, pg_catalog.uuid),
    FUNCTION 1 (pg_catalog.uuid, pg_catalog.uuid) pg_catalog.uuid_cmp(pg_catalog.uuid, pg_catalog.uuid),
    FUNCTION 2 (pg_catalog.uuid, pg_catalog.uuid) pg_catalog.uuid_sortsupport(pg_catalog.internal);

-- text_ops
CREATE OPERATOR FAMILY text_ops USING smol;

CREATE OPERATOR CLASS name_ops DEFAULT FOR TYPE pg_catalog.name USING smol FAMILY text_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.name, pg_catalog.name),
    OPERATOR 2 pg_catalog.<= (pg_catalog.name, pg_catalog.name),
    OPERATOR 3 pg_catalog.= (pg_catalog.name, pg_catalog.name),
    OPERATOR 4 pg_catalog.>= (pg_catalog.name, pg_catalog.name),
    OPERATOR 5 pg_catalog.> (pg_catalog.name, pg_catalog.name),
    FUNCTION 1 (pg_catalog.name, pg_catalog.name) pg_catalog.btnamecmp(pg_catalog.name, pg_catalog.name),
    FUNCTION 2 (pg_catalog.name, pg_catalog.name) pg_catalog.btnamesortsupport(pg_catalog.internal);

CREATE OPERATOR CLASS text_ops DEFAULT FOR TYPE pg_catalog.text USING smol FAMILY text_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.text, pg_catalog.text),
    OPERATOR 2 pg_catalog.<= (pg_catalog.text, pg_catalog.text),
    OPERATOR 3 pg_catalog.= (pg_catalog.text, pg_catalog.text),
    OPERATOR 4 pg_catalog.>= (pg_catalog.text, pg_catalog.text),
    OPERATOR 5 pg_catalog.> (pg_catalog.text, pg_catalog.text),
    FUNCTION 1 (pg_catalog.text, pg_catalog.text) pg_catalog.bttextcmp(pg_catalog.text, pg_catalog.text),
    FUNCTION 2 (pg_catalog.text, pg_catalog.text) pg_catalog.bttextsortsupport(pg_catalog.internal);

CREATE OPERATOR CLASS varchar_ops FOR TYPE pg_catalog.text USING smol FAMILY text_ops AS
    STORAGE pg_catalog.text;

ALTER OPERATOR FAMILY text_ops USING smol ADD
    OPERATOR 1 pg_catalog.< (pg_catalog.name, pg_catalog.text),
    OPERATOR 2 pg_catalog.<= (pg_catalog.name, pg_catalog.text),
    OPERATOR 3 pg_catalog.= (pg_catalog.name, pg_catalog.text),
    OPERATOR 4 pg_catalog.>= (pg_catalog.name, pg_catalog.text),
    OPERATOR 5 pg_catalog.> (pg_catalog.name, pg_catalog.text),
    FUNCTION 1 (pg_catalog.name, pg_catalog.text) pg_catalog.btnametextcmp(pg_catalog.name, pg_catalog.text),

    OPERATOR 1 pg_catalog.< (pg_catalog.text, pg_catalog.name),
    OPERATOR 2 pg_catalog.<= (pg_catalog.text, pg_catalog.name),
    OPERATOR 3 pg_catalog.= (pg_catalog.text, pg_catalog.name),
    OPERATOR 4 pg_catalog.>= (pg_catalog.text, pg_catalog.name),
    OPERATOR 5 pg_catalog.> (pg_catalog.text, pg_catalog.name),
    FUNCTION 1 (pg_catalog.text, pg_catalog.name) pg_catalog.bttextnamecmp(pg_catalog.text, pg_catalog.name);

-- text_pattern_ops
CREATE OPERATOR FAMILY text_pattern_ops USING smol;

CREATE OPERATOR CLASS text_pattern_ops FOR TYPE pg_catalog.text USING smol FAMILY text_pattern_ops AS
    OPERATOR 1 pg_catalog.~<~ (pg_catalog.text, pg_catalog.text),
    OPERATOR 2 pg_catalog.~<=~ (pg_catalog.text, pg_catalog.text),
    OPERATOR 3 pg_catalog.= (pg_catalog.text, pg_catalog.text),
    OPERATOR 4 pg_catalog.~>=~ (pg_catalog.text, pg_catalog.text),
    OPERATOR 5 pg_catalog.~>~ (pg_catalog.text, pg_catalog.text),
    FUNCTION 1 (pg_catalog.text, pg_catalog.text) pg_catalog.bttext_pattern_cmp(pg_catalog.text, pg_catalog.text),
    FUNCTION 2 (pg_catalog.text, pg_catalog.text) pg_catalog.bttext_pattern_sortsupport(pg_catalog.internal);

CREATE OPERATOR CLASS varchar_pattern_ops FOR TYPE pg_catalog.text USING smol FAMILY text_pattern_ops AS
    STORAGE pg_catalog.text;

-- bpchar_ops
CREATE OPERATOR FAMILY bpchar_ops USING smol;

CREATE OPERATOR CLASS bpchar_ops DEFAULT FOR TYPE pg_catalog.bpchar USING smol FAMILY bpchar_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 2 pg_catalog.<= (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 3 pg_catalog.= (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 4 pg_catalog.>= (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 5 pg_catalog.> (pg_catalog.bpchar, pg_catalog.bpchar),
    FUNCTION 1 (pg_catalog.bpchar, pg_catalog.bpchar) pg_catalog.bpcharcmp(pg_catalog.bpchar, pg_catalog.bpchar),
    FUNCTION 2 (pg_catalog.bpchar, pg_catalog.bpchar) pg_catalog.bpchar_sortsupport(pg_catalog.internal);

-- bpchar_pattern_ops
CREATE OPERATOR FAMILY bpchar_pattern_ops USING smol;

CREATE OPERATOR CLASS bpchar_pattern_ops FOR TYPE pg_catalog.bpchar USING smol FAMILY bpchar_pattern_ops AS
    OPERATOR 1 pg_catalog.~<~ (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 2 pg_catalog.~<=~ (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 3 pg_catalog.= (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 4 pg_catalog.~>=~ (pg_catalog.bpchar, pg_catalog.bpchar),
    OPERATOR 5 pg_catalog.~>~ (pg_catalog.bpchar, pg_catalog.bpchar),
    FUNCTION 1 (pg_catalog.bpchar, pg_catalog.bpchar) pg_catalog.btbpchar_pattern_cmp(pg_catalog.bpchar, pg_catalog.bpchar),
    FUNCTION 2 (pg_catalog.bpchar, pg_catalog.bpchar) pg_catalog.btbpchar_pattern_sortsupport(pg_catalog.internal);

-- bytea_ops
CREATE OPERATOR FAMILY bytea_ops USING smol;

CREATE OPERATOR CLASS bytea_ops DEFAULT FOR TYPE pg_catalog.bytea USING smol FAMILY bytea_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.bytea, pg_catalog.bytea),
    OPERATOR 2 pg_catalog.<= (pg_catalog.bytea, pg_catalog.bytea),
    OPERATOR 3 pg_catalog.= (pg_catalog.bytea, pg_catalog.bytea),
    OPERATOR 4 pg_catalog.>= (pg_catalog.bytea, pg_catalog.bytea),
    OPERATOR 5 pg_catalog.> (pg_catalog.bytea, pg_catalog.bytea),
    FUNCTION 1 (pg_catalog.bytea, pg_catalog.bytea) pg_catalog.byteacmp(pg_catalog.bytea, pg_catalog.bytea),
    FUNCTION 2 (pg_catalog.bytea, pg_catalog.bytea) pg_catalog.bytea_sortsupport(pg_catalog.internal);

-- bit_ops
CREATE OPERATOR FAMILY bit_ops USING smol;

CREATE OPERATOR CLASS bit_ops DEFAULT FOR TYPE pg_catalog.bit USING smol FAMILY bit_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.bit, pg_catalog.bit),
    OPERATOR 2 pg_catalog.<= (pg_catalog.bit, pg_catalog.bit),
    OPERATOR 3 pg_catalog.= (pg_catalog.bit, pg_catalog.bit),
    OPERATOR 4 pg_catalog.>= (pg_catalog.bit, pg_catalog.bit),
    OPERATOR 5 pg_catalog.> (pg_catalog.bit, pg_catalog.bit),
    FUNCTION 1 (pg_catalog.bit, pg_catalog.bit) pg_catalog.bitcmp(pg_catalog.bit, pg_catalog.bit);

-- varbit_ops
CREATE OPERATOR FAMILY varbit_ops USING smol;

CREATE OPERATOR CLASS varbit_ops DEFAULT FOR TYPE pg_catalog.varbit USING smol FAMILY varbit_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.varbit, pg_catalog.varbit),
    OPERATOR 2 pg_catalog.<= (pg_catalog.varbit, pg_catalog.varbit),
    OPERATOR 3 pg_catalog.= (pg_catalog.varbit, pg_catalog.varbit),
    OPERATOR 4 pg_catalog.>= (pg_catalog.varbit, pg_catalog.varbit),
    OPERATOR 5 pg_catalog.> (pg_catalog.varbit, pg_catalog.varbit),
    FUNCTION 1 (pg_catalog.varbit, pg_catalog.varbit) pg_catalog.varbitcmp(pg_catalog.varbit, pg_catalog.varbit);

-- macaddr_ops
CREATE OPERATOR FAMILY macaddr_ops USING smol;

CREATE OPERATOR CLASS macaddr_ops DEFAULT FOR TYPE pg_catalog.macaddr USING smol FAMILY macaddr_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.macaddr, pg_catalog.macaddr),
    OPERATOR 2 pg_catalog.<= (pg_catalog.macaddr, pg_catalog.macaddr),
    OPERATOR 3 pg_catalog.= (pg_catalog.macaddr, pg_catalog.macaddr),
    OPERATOR 4 pg_catalog.>= (pg_catalog.macaddr, pg_catalog.macaddr),
    OPERATOR 5 pg_catalog.> (pg_catalog.macaddr, pg_catalog.macaddr),
    FUNCTION 1 (pg_catalog.macaddr, pg_catalog.macaddr) pg_catalog.macaddr_cmp(pg_catalog.macaddr, pg_catalog.macaddr),
    FUNCTION 2 (pg_catalog.macaddr, pg_catalog.macaddr) pg_catalog.macaddr_sortsupport(pg_catalog.internal);

-- macaddr8_ops
CREATE OPERATOR FAMILY macaddr8_ops USING smol;

CREATE OPERATOR CLASS macaddr8_ops DEFAULT FOR TYPE pg_catalog.macaddr8 USING smol FAMILY macaddr8_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.macaddr8, pg_catalog.macaddr8),
    OPERATOR 2 pg_catalog.<= (pg_catalog.macaddr8, pg_catalog.macaddr8),
    OPERATOR 3 pg_catalog.= (pg_catalog.macaddr8, pg_catalog.macaddr8),
    OPERATOR 4 pg_catalog.>= (pg_catalog.macaddr8, pg_catalog.macaddr8),
    OPERATOR 5 pg_catalog.> (pg_catalog.macaddr8, pg_catalog.macaddr8),
    FUNCTION 1 (pg_catalog.macaddr8, pg_catalog.macaddr8) pg_catalog.macaddr8_cmp(pg_catalog.macaddr8, pg_catalog.macaddr8);

-- network_ops
CREATE OPERATOR FAMILY network_ops USING smol;

CREATE OPERATOR CLASS inet_ops DEFAULT FOR TYPE pg_catalog.inet USING smol FAMILY network_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.inet, pg_catalog.inet),
    OPERATOR 2 pg_catalog.<= (pg_catalog.inet, pg_catalog.inet),
    OPERATOR 3 pg_catalog.= (pg_catalog.inet, pg_catalog.inet),
    OPERATOR 4 pg_catalog.>= (pg_catalog.inet, pg_catalog.inet),
    OPERATOR 5 pg_catalog.> (pg_catalog.inet, pg_catalog.inet),
    FUNCTION 1 (pg_catalog.inet, pg_catalog.inet) pg_catalog.network_cmp(pg_catalog.inet, pg_catalog.inet),
    FUNCTION 2 (pg_catalog.inet, pg_catalog.inet) pg_catalog.network_sortsupport(pg_catalog.internal);

CREATE OPERATOR CLASS cidr_ops FOR TYPE pg_catalog.inet USING smol FAMILY network_ops AS
    STORAGE pg_catalog.inet;

-- enum_ops
CREATE OPERATOR FAMILY enum_ops USING smol;

CREATE OPERATOR CLASS enum_ops DEFAULT FOR TYPE pg_catalog.anyenum USING smol FAMILY enum_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.anyenum, pg_catalog.anyenum),
    OPERATOR 2 pg_catalog.<= (pg_catalog.anyenum, pg_catalog.anyenum),
    OPERATOR 3 pg_catalog.= (pg_catalog.anyenum, pg_catalog.anyenum),
    OPERATOR 4 pg_catalog.>= (pg_catalog.anyenum, pg_catalog.anyenum),
    OPERATOR 5 pg_catalog.> (pg_catalog.anyenum, pg_catalog.anyenum),
    FUNCTION 1 (pg_catalog.anyenum, pg_catalog.anyenum) pg_catalog.enum_cmp(pg_catalog.anyenum, pg_catalog.anyenum);

-- pg_lsn_ops
CREATE OPERATOR FAMILY pg_lsn_ops USING smol;

CREATE OPERATOR CLASS pg_lsn_ops DEFAULT FOR TYPE pg_catalog.pg_lsn USING smol FAMILY pg_lsn_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.pg_lsn, pg_catalog.pg_lsn),
    OPERATOR 2 pg_catalog.<= (pg_catalog.pg_lsn, pg_catalog.pg_lsn),
    OPERATOR 3 pg_catalog.= (pg_catalog.pg_lsn, pg_catalog.pg_lsn),
    OPERATOR 4 pg_catalog.>= (pg_catalog.pg_lsn, pg_catalog.pg_lsn),
    OPERATOR 5 pg_catalog.> (pg_catalog.pg_lsn, pg_catalog.pg_lsn),
    FUNCTION 1 (pg_catalog.pg_lsn, pg_catalog.pg_lsn) pg_catalog.pg_lsn_cmp(pg_catalog.pg_lsn, pg_catalog.pg_lsn);

-- xid8_ops
CREATE OPERATOR FAMILY xid8_ops USING smol;

CREATE OPERATOR CLASS xid8_ops DEFAULT FOR TYPE pg_catalog.xid8 USING smol FAMILY xid8_ops AS
    OPERATOR 1 pg_catalog.< (pg_catalog.xid8, pg_catalog.xid8),
    OPERATOR 2 pg_catalog.<= (pg_catalog.xid8, pg_catalog.xid8),
    OPERATOR 3 pg_catalog.= (pg_catalog.xid8, pg_catalog.xid8),
    OPERATOR 4 pg_catalog.>= (pg_catalog.xid8, pg_catalog.xid8),
    OPERATOR 5 pg_catalog.> (pg_catalog.xid8, pg_catalog.xid8),
    FUNCTION 1 (pg_catalog.xid8, pg_catalog.xid8) pg_catalog.xid8cmp(pg_catalog.xid8, pg_catalog.xid8);

-- ----------------------------------------------------------------
-- Looking at smol indexes
--
-- None of these functions shows a value from the table, so none of them asks
-- for a privilege on it; smol_verify reads everything and is for those to
-- whom it is granted.
--
-- smol_index_stats and smol_index_state live through a damaged index, for which
-- they need a subtransaction: hence PARALLEL UNSAFE.
-- ----------------------------------------------------------------

CREATE FUNCTION smol_inspect(
    index pg_catalog.regclass,
    OUT attnum pg_catalog.int2,
    OUT name pg_catalog.name,
    OUT kind pg_catalog.text,
    OUT codecs pg_catalog.text,
    OUT bytes pg_catalog.int8,
    OUT bytes_per_row pg_catalog.float8,
    OUT is_key pg_catalog.bool,
    OUT bloom_bytes pg_catalog.int8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'smol_inspect'
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION smol_inspect(pg_catalog.regclass) IS
    'columns of a smol index: how each is stored, by which codecs, in how many bytes, and the bytes of its bloom filters';

CREATE FUNCTION smol_inspect_leaves(
    index pg_catalog.regclass,
    OUT leaf pg_catalog.int8,
    OUT block pg_catalog.int8,
    OUT first_row pg_catalog.int8,
    OUT rows pg_catalog.int4,
    OUT attnum pg_catalog.int2,
    OUT name pg_catalog.name,
    OUT codec pg_catalog.text,
    OUT bytes pg_catalog.int4,
    OUT raw_bytes pg_catalog.int8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'smol_inspect_leaves'
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION smol_inspect_leaves(pg_catalog.regclass) IS
    'leaves of a smol index, column by column: the codec, its bytes, and those of the values as such';

CREATE FUNCTION smol_index_stats(
    index pg_catalog.regclass,
    OUT format_version pg_catalog.int4,
    OUT pages pg_catalog.int8,
    OUT leaf_pages pg_catalog.int8,
    OUT internal_pages pg_catalog.int8,
    OUT footprint_pages pg_catalog.int8,
    OUT rows pg_catalog.int8,
    OUT height pg_catalog.int4,
    OUT bytes pg_catalog.int8,
    OUT bytes_per_row pg_catalog.float8,
    OUT bloom_pages pg_catalog.int8)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME', 'smol_index_stats'
LANGUAGE C STABLE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION smol_index_stats(pg_catalog.regclass) IS
    'a smol index as a whole: format version, pages, rows, height, bytes';

CREATE FUNCTION smol_index_state(
    index pg_catalog.regclass,
    OUT state pg_catalog.text,
    OUT advice pg_catalog.text)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME', 'smol_index_state'
LANGUAGE C STABLE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION smol_index_state(pg_catalog.regclass) IS
    'whether queries can use a smol index: current, waiting for vacuum, stale or unreadable; and the command that helps';

CREATE FUNCTION smol_verify(index pg_catalog.regclass)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'smol_verify'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

REVOKE EXECUTE ON FUNCTION smol_verify(pg_catalog.regclass) FROM PUBLIC;

COMMENT ON FUNCTION smol_verify(pg_catalog.regclass) IS
    'check a smol index: structure, order, statistics and checksums; an error if anything is wrong';

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

-- Other sessions' temporary indexes, and unlogged ones on a standby, can't be
-- read: they are left out.  The conditions are all on pg_class, so that no join
-- order calls the functions with anything but a smol index.
CREATE VIEW smol_indexes AS
SELECT c.oid::pg_catalog.regclass AS index,
       i.indrelid::pg_catalog.regclass AS "table",
       pg_catalog.pg_relation_size(c.oid) AS size,
       stats.rows,
       state.state,
       state.advice
FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_index AS i
         ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
     CROSS JOIN LATERAL smol_index_stats(c.oid) AS stats
     CROSS JOIN LATERAL smol_index_state(c.oid) AS state
WHERE c.relam OPERATOR(pg_catalog.=)
          (SELECT a.oid FROM pg_catalog.pg_am AS a
           WHERE a.amname OPERATOR(pg_catalog.=) 'smol')
      AND c.relkind OPERATOR(pg_catalog.=) 'i'
      AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)
      AND NOT (c.relpersistence OPERATOR(pg_catalog.=) 'u'
               AND pg_catalog.pg_is_in_recovery());

GRANT SELECT ON smol_indexes TO PUBLIC;

COMMENT ON VIEW smol_indexes IS
    'all smol indexes of this database: size, rows, state and what to run';
COMMENT ON COLUMN smol_indexes.index IS 'the index';
COMMENT ON COLUMN smol_indexes."table" IS 'the table it is on';
COMMENT ON COLUMN smol_indexes.size IS 'bytes on disk';
COMMENT ON COLUMN smol_indexes.rows IS 'rows in the index';
COMMENT ON COLUMN smol_indexes.state IS
    'current: queries use it; waiting for vacuum: VACUUM lets them; stale: the table has changed; unreadable: damaged, or of another version';
COMMENT ON COLUMN smol_indexes.advice IS
    'the command that makes the index usable, NULL if it is';
