-- The tables that the golden indexes are of.  Row by row the same wherever this
-- runs, and on the same line pointers: nothing here is random, depends on the
-- time zone, on a locale or on settings.
SET default_toast_compression = 'pglz';
SET default_table_access_method = 'heap';
SET TimeZone = 'UTC';

-- Types that are words, with values for each codec of words.
CREATE TABLE words (
    k int4 NOT NULL, flag bool NOT NULL, letter "char" NOT NULL, small int2 NOT NULL, big int8 NOT NULL, id oid NOT NULL,
    price4 float4 NOT NULL, price8 float8 NOT NULL, noise float8 NOT NULL, d date NOT NULL, t time NOT NULL, ts timestamp NOT NULL,
    tz timestamptz NOT NULL, m money NOT NULL, n numeric(12,2) NOT NULL, nan numeric(9,3) NOT NULL, lsn pg_lsn NOT NULL, x xid8 NOT NULL,
    runs int4 NOT NULL, few int8 NOT NULL, outliers int8 NOT NULL, random int8 NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO words
SELECT g, g % 3 = 0, chr(97 + g % 5)::"char", g % 100, g::int8 * 1000003, g % 1000,
    (g % 1000)::float4 / 100, (g * 7919 % 100000)::float8 / 100, sin(g), '2020-01-01'::date + g / 10, '00:00'::time + g * '7 seconds'::interval,
    '2020-01-01'::timestamp + g * '1 minute'::interval, '2020-01-01 00:00+00'::timestamptz + g * g * '1 microsecond'::interval,
    (g % 500)::numeric::money, (g * 7919::int8 % 1000000)::numeric / 100, CASE WHEN g % 700 = 0 THEN 'NaN' ELSE (g % 4000)::numeric / 1000 END,
    '0/0'::pg_lsn + g * 64, (g * 3)::text::xid8,
    g / 100, CASE g % 4 WHEN 0 THEN 1 WHEN 1 THEN 1000000007 WHEN 2 THEN -5000000000 ELSE 77 END,
    CASE WHEN g % 251 = 0 THEN 4611686018427387904 - g ELSE g % 16 END, ('x' || substr(md5(g::text), 1, 16))::bit(64)::int8
FROM generate_series(1, 1500) AS g;

-- Types that are strings, and types that smol knows by their length only.
CREATE TABLE strings (
    s text COLLATE "C" NOT NULL, u uuid NOT NULL, v varchar(20) COLLATE "C" NOT NULL, c char(6) COLLATE "C" NOT NULL, nm name NOT NULL, b bytea NOT NULL,
    n numeric NOT NULL, ip inet NOT NULL, net cidr NOT NULL, mac macaddr NOT NULL, mac8 macaddr8 NOT NULL, span interval NOT NULL, tz timetz NOT NULL,
    bits bit(7) NOT NULL, vb varbit NOT NULL, j json NOT NULL, a int4[] NOT NULL, pt point NOT NULL, digits text COLLATE "C" NOT NULL,
    few text COLLATE "C" NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO strings
SELECT 'customer/' || lpad((g * 37 % 900)::text, 5, '0') || '/' || g % 3, md5(g::text)::uuid, 'v' || g % 77, 'c' || g % 50, ('name' || g)::name,
    decode(md5(g::text), 'hex'), round(g::numeric / 7, g % 5), ('10.0.' || g % 200 || '.' || g % 9)::inet, ('10.' || g % 100 || '.0.0/16')::cidr,
    ('08:00:2b:01:02:' || lpad(to_hex(g % 256), 2, '0'))::macaddr, ('08:00:2b:01:02:03:04:' || lpad(to_hex(g % 256), 2, '0'))::macaddr8,
    CASE WHEN g % 2 = 0 THEN '1 month' ELSE '30 days' END::interval + g * '1 second'::interval, ('12:00:' || lpad((g % 60)::text, 2, '0') || '+0' || g % 9)::timetz,
    (g % 128)::bit(7), substr((g % 128)::bit(7)::text, 1, 1 + g % 7)::varbit, ('{"a":' || g || '}')::json, ARRAY[g, NULL, g % 5],
    point(g, -g), lpad((g::int8 * 999999937 % 10000000000)::text, 10, '0'), CASE g % 4 WHEN 0 THEN '' WHEN 1 THEN 'delivered' WHEN 2 THEN 'on its way' ELSE 'lost' END
FROM generate_series(1, 600) AS g;

-- NULLs, descending columns, duplicates.
CREATE TABLE nullable (a int4, s text COLLATE "C", f float8, n numeric(8,2), d date, allnull int8, u uuid) WITH (autovacuum_enabled = off);
INSERT INTO nullable
SELECT CASE WHEN g % 13 = 0 THEN NULL ELSE g % 60 END, CASE WHEN g % 7 = 0 THEN NULL ELSE 'word ' || g % 40 END,
    CASE g % 11 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN 0.0 WHEN 3 THEN '-0' ELSE (g % 30)::float8 / 4 END,
    CASE WHEN g % 5 = 0 THEN NULL ELSE (g % 1000)::numeric / 100 END, CASE WHEN g > 1500 THEN NULL ELSE '2021-01-01'::date + g % 365 END, NULL,
    CASE WHEN g % 3 = 0 THEN NULL ELSE md5(g::text)::uuid END
FROM generate_series(1, 2500) AS g;

-- For a partial index: some of its line pointers are indexed; rows have gone.
CREATE TABLE somewhat (k int4 NOT NULL, v int4 NOT NULL, s text COLLATE "C" NOT NULL) WITH (autovacuum_enabled = off, fillfactor = 70);
INSERT INTO somewhat SELECT g, g % 17, 'x' || g % 23 FROM generate_series(1, 5000) AS g;
DELETE FROM somewhat WHERE k % 101 = 0;
VACUUM somewhat;

-- For an index of expressions.
CREATE TABLE expressed (k int4 NOT NULL, s text COLLATE "C" NOT NULL, v int8 NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO expressed SELECT g, 'Word ' || g % 100, g * 11 FROM generate_series(1, 2000) AS g;

-- Keys so wide that pages have few children: several levels.
CREATE TABLE deep (wide text COLLATE "C" NOT NULL, v int4 NOT NULL) WITH (autovacuum_enabled = off);
ALTER TABLE deep ALTER wide SET STORAGE PLAIN;
INSERT INTO deep SELECT repeat('wide ', 490) || lpad((g * 7 % 90)::text, 4, '0'), g FROM generate_series(1, 90) AS g;

-- For one that is written to after the build.
CREATE TABLE retired (k int4 NOT NULL, v int4 NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO retired SELECT g, g % 9 FROM generate_series(1, 1000) AS g;

-- For bloom filters: values of each hash function.
CREATE TABLE bloomed (
    k int4 NOT NULL, u uuid NOT NULL, s text COLLATE "C" NOT NULL, i8 int8 NOT NULL, i4 int4, n numeric(10,2) NOT NULL, f float8 NOT NULL,
    ts timestamp NOT NULL, d date NOT NULL, m macaddr NOT NULL, b bytea NOT NULL, nm name NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO bloomed
SELECT g, md5((g / 2)::text)::uuid, 'order ' || g * 7919 % 100003, g * 104729::int8 % 10000019, CASE WHEN g % 10 = 0 THEN NULL ELSE g * 31 % 997 END,
    (g * 7919::int8 % 1000000)::numeric / 100, (g * 7919 % 100000)::float8 / 8, '2020-01-01'::timestamp + (g * 7919 % 10000) * '1 second'::interval,
    '2020-01-01'::date + g * 31 % 1009, ('08:00:2b:01:' || lpad(to_hex(g * 31 % 256), 2, '0') || ':' || lpad(to_hex(g * 7 % 256), 2, '0'))::macaddr,
    decode(md5(g::text), 'hex'), ('name' || g * 31 % 911)::name
FROM generate_series(1, 1200) AS g;

CREATE TABLE nothing (k int4 NOT NULL, s text NOT NULL) WITH (autovacuum_enabled = off);

VACUUM ANALYZE;
