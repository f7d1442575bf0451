--
-- A materialized view: indexed, refreshed, used again after VACUUM.
--
\set VERBOSITY terse
CREATE TABLE sources AS SELECT i AS a, i % 100 AS g FROM generate_series(1, 20000) AS i;
CREATE MATERIALIZED VIEW summary AS SELECT g, count(*) AS n, sum(a) AS total FROM sources GROUP BY g;
CREATE INDEX summary_g ON summary USING smol (g) INCLUDE (n, total);
SELECT state, advice FROM smol_index_state('summary_g');
VACUUM ANALYZE summary;
SELECT state, advice FROM smol_index_state('summary_g');
SELECT same('SELECT g, n, total FROM summary ORDER BY g', 'summary_g', true);
INSERT INTO sources SELECT i, i % 150 FROM generate_series(1, 3000) AS i;
REFRESH MATERIALIZED VIEW summary;
-- right at once, used after VACUUM
SELECT state, advice FROM smol_index_state('summary_g');
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*), sum(n), max(g) FROM summary WHERE g >= 0;
SELECT * FROM plan('SELECT g, n FROM summary WHERE g < 5');
VACUUM summary;
SELECT state, advice FROM smol_index_state('summary_g');
SELECT same('SELECT g, n, total FROM summary ORDER BY g', 'summary_g', true);
SELECT count(*), sum(n), max(g) FROM summary WHERE g >= 0;
-- CONCURRENTLY writes row by row: refused
CREATE UNIQUE INDEX summary_unique ON summary (g);
INSERT INTO sources VALUES (1, 1000);
REFRESH MATERIALIZED VIEW CONCURRENTLY summary;
SELECT count(*), sum(n), max(g) FROM summary WHERE g >= 0;
REFRESH MATERIALIZED VIEW summary WITH NO DATA;
SELECT rows FROM smol_index_stats('summary_g');
REFRESH MATERIALIZED VIEW summary;
VACUUM summary;
DROP INDEX summary_unique;
SELECT same('SELECT g, n, total FROM summary ORDER BY g', 'summary_g', true);
DROP MATERIALIZED VIEW summary;
DROP TABLE sources;
