--
-- Aggregates with DISTINCT inside an index: by the order of the key, or with the
-- values that have been seen kept.
--
SET smol.enable_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SET extra_float_digits = 0;

CREATE TABLE visits (
    site text COLLATE "C", page int, day date, visitor int8, price numeric(9,2),
    weight float8, kind "char", note varchar(20), other int
);
INSERT INTO visits
SELECT CASE WHEN i % 50 > 0 THEN 'site ' || i % 5 END, nullif(i % 40, 7), date '2024-01-01' + i / 500,
       nullif(i * i % 97, 3), nullif((i % 300) / 4.0, 5), i % 16 / 2.0,
       chr(97 + i % 3)::"char", 'note ' || i % 6, i % 1000
FROM generate_series(1, 30000) AS i;
CREATE INDEX visits_smol ON visits USING smol (site, page, day)
    INCLUDE (visitor, price, weight, kind, note, other) WITH (nulls = store, writes = retire);
CREATE INDEX visits_runs ON visits USING smol (note, kind) INCLUDE (page) WITH (nulls = store, writes = retire);
VACUUM ANALYZE visits;

-- a prefix of the key: rows come sorted by it
SELECT plan('SELECT count(DISTINCT note) FROM visits');
SELECT aggregated('SELECT count(DISTINCT note) FROM visits');
SELECT aggregated('SELECT count(DISTINCT site), count(site), count(*) FROM visits');
SELECT aggregated('SELECT note, count(DISTINCT kind), sum(page) FROM visits GROUP BY note ORDER BY note');
SELECT aggregated('SELECT site, count(DISTINCT page), sum(DISTINCT page), avg(DISTINCT page), count(*) FROM visits GROUP BY site ORDER BY site');
SELECT aggregated('SELECT count(DISTINCT page), sum(DISTINCT page) FROM visits WHERE site = ''site 2''');
SELECT aggregated('SELECT site, page, count(DISTINCT day), min(DISTINCT day), max(DISTINCT visitor) FROM visits GROUP BY site, page ORDER BY site, page');
SELECT aggregated('SELECT site, count(DISTINCT site) FROM visits GROUP BY site ORDER BY site');

-- whole subtrees have one value: their rows are not decoded
CREATE TABLE long_runs AS SELECT i / 60000 AS k, hashint4(i) AS v FROM generate_series(1, 200000) AS i;
CREATE INDEX long_runs_smol ON long_runs USING smol (k) INCLUDE (v);
VACUUM ANALYZE long_runs;
SELECT count(DISTINCT k), sum(DISTINCT k), count(*), sum(v) FROM long_runs;
SELECT k, count(DISTINCT k), max(v) FROM long_runs GROUP BY k ORDER BY k;
SELECT sum(regexp_replace(line, '\D', '', 'g')::int) > 100000 FROM ran('SELECT count(DISTINCT k), sum(v) FROM long_runs') AS line WHERE line ~ 'Statistics';

-- any columns, several of them, in groups of any columns
SELECT aggregated('SELECT count(DISTINCT visitor), sum(DISTINCT visitor), avg(DISTINCT visitor) FROM visits');
SELECT aggregated('SELECT count(DISTINCT visitor), count(DISTINCT other), sum(DISTINCT price), stddev(DISTINCT price), count(DISTINCT note), count(DISTINCT site) FROM visits');
SELECT aggregated('SELECT kind, count(DISTINCT visitor), sum(DISTINCT other), avg(other), count(DISTINCT note) FROM visits GROUP BY kind');
SELECT aggregated('SELECT site, count(DISTINCT visitor), sum(DISTINCT page) FROM visits GROUP BY site ORDER BY site');
SELECT aggregated('SELECT visitor, kind, count(DISTINCT kind), count(DISTINCT price) FROM visits GROUP BY kind, visitor');

-- FILTER, conditions, HAVING, nothing at all
SELECT aggregated('SELECT count(DISTINCT page) FILTER (WHERE other < 10), count(DISTINCT page) FILTER (WHERE other > 500), count(DISTINCT page), count(page) FROM visits');
SELECT aggregated('SELECT site, count(DISTINCT page) FILTER (WHERE other < 10), sum(DISTINCT visitor) FILTER (WHERE kind = ''a'') FROM visits GROUP BY site ORDER BY site');
SELECT aggregated('SELECT note, count(DISTINCT page) FROM visits WHERE kind = ''b'' GROUP BY note HAVING count(DISTINCT page) > 10 ORDER BY note');
SELECT aggregated('SELECT count(DISTINCT site), sum(DISTINCT page) FROM visits WHERE day < ''2024-01-03'' AND other < 500');
SELECT aggregated('SELECT count(DISTINCT site), sum(DISTINCT page) FROM visits WHERE site IN (''site 1'', ''site 3'', ''nowhere'')');
SELECT aggregated('SELECT count(DISTINCT site), sum(DISTINCT page), avg(DISTINCT visitor) FROM visits WHERE site > ''x''');
SELECT aggregated('SELECT count(DISTINCT site), sum(DISTINCT page) FROM visits WHERE site IS NULL');

-- the extremes of values are those of distinct ones, whatever their type
SELECT aggregated('SELECT min(DISTINCT weight), max(DISTINCT weight), count(weight) FROM visits');

-- floats are counted; to add them up, PostgreSQL sorts them
SELECT aggregated('SELECT count(DISTINCT weight) FROM visits');
SELECT aggregated('SELECT sum(DISTINCT weight) FROM visits');
SELECT aggregated('SELECT avg(DISTINCT weight) FROM visits');

-- the ordinary plan, where the index is not current
SET plan_cache_mode = force_generic_plan;
PREPARE many AS SELECT site, count(DISTINCT page), sum(DISTINCT visitor), count(DISTINCT note) FROM visits GROUP BY site ORDER BY site;
PREPARE one AS SELECT count(DISTINCT page), avg(DISTINCT page), count(DISTINCT note) FROM visits;
EXECUTE many;
EXECUTE one;
DELETE FROM visits WHERE other = 5;
SET smol.max_heap_checks = 0;
EXECUTE many;
EXECUTE one;
SELECT line FROM ran('EXECUTE many') AS line WHERE line ~ 'Smol|Fallback';
RESET smol.max_heap_checks;
RESET plan_cache_mode;
DEALLOCATE ALL;

-- more values than there is memory for
CREATE TABLE many_values AS SELECT i AS k, hashint4(i) AS v, i % 2 AS g FROM generate_series(1, 40000) AS i;
CREATE INDEX many_values_smol ON many_values USING smol (k) INCLUDE (v, g);
VACUUM many_values;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT g, count(DISTINCT v), count(DISTINCT k) FROM many_values GROUP BY g ORDER BY g;
SELECT count(DISTINCT v), count(DISTINCT k) FROM many_values;
SELECT line FROM ran('SELECT count(DISTINCT v) FROM many_values') AS line WHERE line ~ 'Smol|Fallback';
SELECT aggregated('SELECT count(DISTINCT k) FROM many_values');
RESET work_mem;
RESET hash_mem_multiplier;

-- another type's equality than the column's: blanks at the end don't count
CREATE TABLE padded AS SELECT i AS k, 'x' || repeat(' ', i % 3) AS t FROM generate_series(1, 30000) AS i;
VACUUM ANALYZE padded;
CREATE INDEX padded_smol ON padded USING smol (k) INCLUDE (t);
SELECT aggregated('SELECT count(DISTINCT t) FROM padded');
SELECT aggregated('SELECT count(DISTINCT t::varchar) FROM padded');
SELECT aggregated('SELECT count(DISTINCT t::bpchar) FROM padded');

DROP TABLE visits, long_runs, many_values, padded;
