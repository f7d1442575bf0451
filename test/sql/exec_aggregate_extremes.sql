--
-- min and max of what is kept as strings, or is in another order than its words:
-- by the order of the key, by statistics, or by comparing values.  Also bit_and and
-- its like.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

CREATE TYPE regress_size AS ENUM ('small', 'large');
ALTER TYPE regress_size ADD VALUE 'medium' BEFORE 'large';
CREATE COLLATION regress_smol_en (provider = icu, locale = 'en');
CREATE COLLATION regress_smol_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

-- values that are equal are the same here, so that there is one answer
CREATE TABLE things (
    k int, g int, t text COLLATE "C", e text COLLATE regress_smol_en, v varchar(20) COLLATE "C", c char(8) COLLATE "C",
    b bytea, n numeric, iv interval, tt timetz, ip inet, net cidr, s regress_size, d tid, i2 int2, i4 int4, i8 int8,
    never text, blind text COLLATE regress_smol_blind
);
INSERT INTO things
SELECT nullif(i, 7), i % 7, (ARRAY['', 'a', 'B', 'b', 'é', '~'])[h % 6 + 1] || (h % 1000), (ARRAY['a', 'B', 'b', 'é', 'Z', '_'])[h % 6 + 1] || (h % 977),
       CASE WHEN h % 3 > 0 THEN 'v' || h % 500 END, (ARRAY['x', 'X', 'y'])[h % 3 + 1] || h % 100,
       decode(md5((h % 3000)::text), 'hex'), CASE WHEN i % 5000 = 0 THEN NULL ELSE (h % 10007) * 1.000001 - 5000 END,
       (h % 40000) * interval '1 minute' - interval '10 days', (('00:00'::time + (h % 86400) * interval '1 second')::text || '+00')::timetz,
       inet '10.0.0.0' + h % 65000, network(set_masklen(inet '10.0.0.0' + h % 65000, 8 + h % 25)),
       (ARRAY['small', 'medium', 'large'])[h % 3 + 1]::regress_size, format('(%s,%s)', h % 1000, h % 50 + 1)::tid,
       (h % 65536 - 32768)::int2, hashint4(h), hashint8extended(h, 1), NULL, 'blind ' || h % 5
FROM (SELECT i, hashint4(i) & 65535 AS h FROM generate_series(1, 30000) AS i) AS h;
CREATE INDEX things_smol ON things USING smol (k) INCLUDE (g, t, e, v, c, b, n, iv, tt, ip, net, s, d, i2, i4, i8, never, blind) WITH (nulls = store);
VACUUM ANALYZE things;

CREATE FUNCTION extremes(rest text) RETURNS TABLE (c text, answer text) LANGUAGE sql AS
$$SELECT c, aggregated(format('SELECT min(%s), max(%1$s), count(%1$s), count(*) FROM things %s', c, rest))
  FROM unnest('{t,e,v,c,b,n,iv,tt,ip,net,s,d,never}'::text[]) AS c$$;
SELECT plan('SELECT min(t), max(e), count(*) FROM things');
SELECT * FROM extremes('');
SELECT * FROM extremes('WHERE k BETWEEN 100 AND 2000 AND g <> 3');
SELECT * FROM extremes('WHERE k < 0');
SELECT * FROM extremes('GROUP BY g');
SELECT * FROM extremes('GROUP BY k');
SELECT * FROM extremes('GROUP BY g, s HAVING min(t) > ''B''');
SELECT aggregated('SELECT g, min(t) FILTER (WHERE g > 3), max(e) FILTER (WHERE v IS NULL), min(s) FILTER (WHERE i2 > 0), min(DISTINCT c) FROM things GROUP BY g');
SELECT aggregated('SELECT min(t), max(t), min(t COLLATE regress_smol_en), max(t COLLATE regress_smol_en), min(t COLLATE "POSIX") FROM things');
SELECT aggregated('SELECT min(e), max(e), min(e COLLATE "C"), max(e COLLATE "C") FROM things');
SELECT aggregated('SELECT min(t || ''x''), count(*) FROM things');
SELECT aggregated('SELECT bit_and(i2), bit_or(i2), bit_xor(i2), bit_and(i4), bit_or(i4), bit_xor(i4), bit_and(i8), bit_or(i8), bit_xor(i8) FROM things');
SELECT aggregated('SELECT g, bit_and(i2), bit_or(i4), bit_xor(i8), bit_xor(DISTINCT i2) FROM things GROUP BY g');
SELECT aggregated('SELECT bit_and(i2), bit_or(i4), bit_xor(i8) FROM things WHERE k < 0');

-- which of several equal values is PostgreSQL's to say, where a collation has such
SELECT aggregated('SELECT min(blind), max(blind), count(*) FROM things');
SELECT aggregated('SELECT min(t COLLATE regress_smol_blind) FROM things');
SELECT aggregated('SELECT count(blind) FROM things');

-- groups that come and go, with values that grow and shrink: no more memory for many
CREATE TABLE growing AS SELECT i / 4 AS g, repeat(md5(i::text), 1 + i % 50) AS t FROM generate_series(1, 60000) AS i;
CREATE INDEX growing_smol ON growing USING smol (g) INCLUDE (t);
VACUUM ANALYZE growing;
SELECT aggregated('SELECT g, min(t), max(t) FROM growing GROUP BY g');
CREATE FUNCTION smol_memory() RETURNS numeric LANGUAGE sql AS
$$SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name ~ 'smol|Smol'$$;
BEGIN;
DECLARE c CURSOR FOR SELECT g, min(t), max(t) FROM growing GROUP BY g;
MOVE 100 FROM c;
SELECT smol_memory() AS before \gset
MOVE 10000 FROM c;
SELECT smol_memory() - :before < 300000 AS constant;
COMMIT;
-- hashed, they count for hash_mem
SET work_mem = '64kB';
CREATE INDEX growing_t ON growing USING smol (t) INCLUDE (g);
VACUUM growing;
DROP INDEX growing_smol;
UPDATE pg_statistic SET stadistinct = 10 WHERE starelid = 'growing'::regclass AND staattnum = 1;
SELECT line FROM ran('SELECT g, min(t) FROM growing GROUP BY g') AS line WHERE line ~ 'Smol|Fallback';
SELECT aggregated('SELECT g, min(t), max(t) FROM growing GROUP BY g');
RESET work_mem;

-- by the order of the key: a descent, however many rows
CREATE TABLE keyed AS
SELECT i % 3 AS a, CASE WHEN i % 10 > 0 THEN 'é' || lpad(i::text, 6, '0') END AS t, i * 0.5 AS n, i AS v FROM generate_series(1, 120000) AS i;
ALTER TABLE keyed ALTER t TYPE text COLLATE regress_smol_en;
CREATE INDEX keyed_smol ON keyed USING smol (t) INCLUDE (v, a) WITH (nulls = store);
VACUUM ANALYZE keyed;
CREATE FUNCTION known(query text) RETURNS text LANGUAGE sql AS
$$SELECT aggregated(query) || ' ' || (SELECT (coalesce(substring(line from 'Rows Decoded: (\d+)')::int, 1000000) < 60000)::text FROM ran(query) AS line WHERE line ~ 'Rows Decoded')$$;
SELECT known('SELECT count(*), min(t), max(t) FROM keyed');
SELECT known('SELECT count(t), min(t), max(t), sum(v) FROM keyed WHERE t > ''é03'' AND t < ''é11''');
SELECT known('SELECT min(t), max(t), count(*) FROM keyed WHERE t IS NULL');
SELECT known('SELECT min(t), max(t), count(*) FROM keyed WHERE t IN (''é000001'', ''é100003'', ''é119999'')');
-- not in the order of this collation, nor if a condition is none of the key's
SELECT aggregated('SELECT count(*), min(t COLLATE "C"), max(t COLLATE "C") FROM keyed');
SELECT aggregated('SELECT count(*), min(t), max(t) FROM keyed WHERE a = 1');
SELECT aggregated('SELECT count(*), min(t) FILTER (WHERE a = 1), max(t) FROM keyed');
SELECT aggregated('SELECT a, min(t), max(t) FROM keyed GROUP BY a');
DROP INDEX keyed_smol;
CREATE INDEX keyed_desc ON keyed USING smol (t DESC NULLS LAST, n) INCLUDE (v) WITH (nulls = store);
VACUUM keyed;
SELECT known('SELECT count(*), min(t), max(t) FROM keyed');
SELECT known('SELECT count(t), min(t), max(t) FROM keyed WHERE t > ''é03''');
-- not the first column of the key, and so not in order
SELECT aggregated('SELECT count(*), min(n), max(n) FROM keyed');
DROP INDEX keyed_desc;
CREATE INDEX keyed_first ON keyed USING smol (a, t NULLS FIRST, n DESC) INCLUDE (v) WITH (nulls = store);
VACUUM keyed;
SELECT known('SELECT count(*), min(t), max(t) FROM keyed WHERE a = 1');
SELECT known('SELECT count(*), min(t), max(t) FROM keyed WHERE a = 1 AND t < ''é05''');
SELECT known('SELECT count(*), min(n), max(n) FROM keyed WHERE a = 1 AND t IS NULL');
SELECT aggregated('SELECT count(*), min(t), max(t) FROM keyed WHERE a IN (1, 2)');
SELECT aggregated('SELECT count(*), min(t), max(t) FROM keyed WHERE a > 0');
SELECT aggregated('SELECT a, count(*), min(t), max(t), min(n) FROM keyed GROUP BY a');
DROP INDEX keyed_first;

-- nor in that of another collation
CREATE TABLE mixed_case AS SELECT (ARRAY['a', 'B', 'b', 'Z'])[i % 4 + 1] || i AS t, i AS v FROM generate_series(1, 30000) AS i;
ALTER TABLE mixed_case ALTER t TYPE text COLLATE regress_smol_en;
CREATE INDEX mixed_case_smol ON mixed_case USING smol (t) INCLUDE (v);
VACUUM ANALYZE mixed_case;
SELECT aggregated('SELECT count(*), min(t), max(t) FROM mixed_case');
SELECT aggregated('SELECT count(*), min(t COLLATE "C"), max(t COLLATE "C") FROM mixed_case');
DROP TABLE mixed_case;

-- by statistics: bytes
CREATE TABLE bytes AS SELECT i AS k, (md5(i::text) || repeat('x', i % 3)) COLLATE "C" AS t, decode(md5(i::text), 'hex') AS b, CASE WHEN i > 50000 THEN 'x' || i END AS half
FROM generate_series(1, 100000) AS i;
ALTER TABLE bytes ALTER half TYPE text COLLATE "C";
CREATE INDEX bytes_smol ON bytes USING smol (k) INCLUDE (t, b, half) WITH (nulls = store);
VACUUM ANALYZE bytes;
SELECT known('SELECT count(*), min(t), max(t), min(b), max(b), min(half), max(half) FROM bytes');
SELECT known('SELECT count(*), min(t), max(t), min(b), max(b), min(half), max(half) FROM bytes WHERE k BETWEEN 20000 AND 90000');
SELECT known('SELECT count(*), min(half), max(half) FROM bytes WHERE k < 40000');
-- too long to be known
CREATE TABLE long_bytes AS SELECT i AS k, (repeat(md5(i::text), CASE WHEN i % 7000 = 0 THEN 60 ELSE 1 END)) COLLATE "C" AS t FROM generate_series(1, 30000) AS i;
ALTER TABLE long_bytes ALTER t TYPE text COLLATE "C";
CREATE INDEX long_bytes_smol ON long_bytes USING smol (k) INCLUDE (t);
VACUUM ANALYZE long_bytes;
SELECT aggregated('SELECT count(*), md5(min(t)), md5(max(t)) FROM long_bytes');

-- transition states, of workers and of partitions
CREATE TABLE things_parts (LIKE things) PARTITION BY LIST (g);
CREATE TABLE things_part1 PARTITION OF things_parts FOR VALUES IN (0, 1, 2, 3, 4);
CREATE TABLE things_part2 PARTITION OF things_parts FOR VALUES IN (5, 6);
CREATE TABLE things_part3 PARTITION OF things_parts DEFAULT;
INSERT INTO things_parts SELECT * FROM things;
CREATE INDEX things_parts_smol ON things_parts USING smol (k) INCLUDE (g, t, e, v, c, b, n, iv, tt, ip, net, s, d, i2, i4, i8, never, blind) WITH (nulls = store, writes = retire);
VACUUM ANALYZE things_parts;
SELECT plan('SELECT min(e), max(s), bit_xor(i8) FROM things_parts');
SELECT c, aggregated(format('SELECT min(%s), max(%1$s), count(%1$s), bit_xor(i8) FROM things_parts', c)),
       aggregated(format('SELECT k %% 3, min(%s), max(%1$s), count(%1$s) FROM things_parts GROUP BY k', c))
FROM unnest('{t,e,v,c,b,n,iv,tt,ip,net,s,d,never}'::text[]) AS c;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_index_scan_size = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT count(*) FROM plan('SELECT min(e), max(n), bit_and(i4) FROM things') AS line WHERE line ~ 'Parallel Custom Scan \(SmolAggregate\)';
SELECT * FROM extremes('');
SELECT * FROM extremes('GROUP BY s');
SELECT aggregated('SELECT g, bit_and(i2), bit_or(i4), bit_xor(i8) FROM things GROUP BY g');

DROP TABLE things, things_parts, growing, keyed, bytes, long_bytes;
DROP FUNCTION extremes, known, smol_memory;
DROP TYPE regress_size;
DROP COLLATION regress_smol_en, regress_smol_blind;
