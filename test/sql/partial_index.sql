--
-- A partial index answers queries that imply its predicate, guards its own rows
-- only, and doesn't get in the way of others.
--
\set VERBOSITY terse
CREATE TABLE partials AS SELECT i AS a, i % 10 AS b, i * 2 AS c FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE partials;
CREATE INDEX partials_a ON partials USING smol (a) INCLUDE (b) WHERE a > 5000;
CREATE INDEX partials_c ON partials USING smol (c) WHERE b = 3;
CREATE INDEX partials_none ON partials USING smol (c) WHERE b = 77;
SELECT rows FROM smol_index_stats('partials_a');
SELECT rows FROM smol_index_stats('partials_c');
SELECT rows FROM smol_index_stats('partials_none');
SELECT q, same(q, i) FROM (VALUES
    ('SELECT count(*), sum(b) FROM partials WHERE a > 5000', 'partials_a'),
    ('SELECT count(*), sum(b) FROM partials WHERE a > 7000', 'partials_a'),
    ('SELECT a, b FROM partials WHERE a = 5001', 'partials_a'),
    ('SELECT a FROM partials WHERE a BETWEEN 6000 AND 6100 ORDER BY a DESC', 'partials_a'),
    ('SELECT count(*), max(c) FROM partials WHERE b = 3', 'partials_c'),
    ('SELECT c FROM partials WHERE b = 3 AND c < 100 ORDER BY c', 'partials_c'),
    ('SELECT count(*) FROM partials WHERE b = 77', 'partials_none')) AS v(q, i);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
-- not implied
SELECT bool_or(p ~ 'partials_a') AS used FROM plan('SELECT count(*) FROM partials WHERE a > 4000') AS p;
SELECT count(*) FROM partials WHERE a > 4000;

-- rows outside the predicate come and go
INSERT INTO partials VALUES (1, 1, 1), (-5, 5, 5);
UPDATE partials SET b = 4 WHERE a = 1;
DELETE FROM partials WHERE a = 2;
-- rows inside don't come
INSERT INTO partials VALUES (20000, 1, 1);
INSERT INTO partials VALUES (1, 3, 1);
UPDATE partials SET a = a + 100000 WHERE a = 10;
UPDATE partials SET b = 3 WHERE a = 11;
COPY partials FROM STDIN;
30000	1	1
\.
SELECT count(*) FROM partials;
SELECT count(*) FROM partials WHERE a > 10000 OR a IN (10, 11);
VACUUM partials;
SELECT q, same(q, i) FROM (VALUES
    ('SELECT count(*), sum(b) FROM partials WHERE a > 5000', 'partials_a'),
    ('SELECT count(*), max(c) FROM partials WHERE b = 3', 'partials_c'),
    ('SELECT count(*) FROM partials WHERE b = 77', 'partials_none')) AS v(q, i);

-- rows inside that go make the index unusable, not wrong
PREPARE q AS SELECT count(*), sum(b) FROM partials WHERE a > 5000;
SET plan_cache_mode = force_generic_plan;
EXECUTE q;
DELETE FROM partials WHERE a = 6000;
SELECT * FROM ran('EXECUTE q');
EXECUTE q;
DEALLOCATE q;
VACUUM (INDEX_CLEANUP ON) partials;
SELECT index, state FROM smol_indexes WHERE "table" = 'partials'::regclass ORDER BY index::text;
SET enable_seqscan = off;
SELECT count(*), sum(b) FROM partials WHERE a > 5000;
REINDEX INDEX partials_a;
SELECT index, state FROM smol_indexes WHERE "table" = 'partials'::regclass ORDER BY index::text;
SELECT same('SELECT count(*), sum(b) FROM partials WHERE a > 5000', 'partials_a');

-- and rows that leave by UPDATE
UPDATE partials SET a = 3 WHERE a = 7000;
SELECT count(*), sum(b) FROM partials WHERE a > 5000;
VACUUM (INDEX_CLEANUP ON) partials;
SELECT count(*), sum(b) FROM partials WHERE a > 5000;
REINDEX TABLE partials;
SELECT same('SELECT count(*), sum(b) FROM partials WHERE a > 5000', 'partials_a');
DROP TABLE partials;
