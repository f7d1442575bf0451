--
-- Few distinct keys: a leaf may hold far more than 65,535 rows, and each of
-- them counts.
--
CREATE TABLE same_key AS SELECT 7 AS k, 1.5::float8 AS c FROM generate_series(1, 200000) AS i;
CREATE TABLE few_keys AS SELECT i % 3 AS k, 5::int8 AS c FROM generate_series(1, 300000) AS i;
VACUUM ANALYZE same_key, few_keys;
CREATE INDEX same_key_k ON same_key USING smol (k) INCLUDE (c);
CREATE INDEX few_keys_k ON few_keys USING smol (k) INCLUDE (c);
SELECT rows, leaf_pages, rows / leaf_pages > 65535 AS many FROM smol_index_stats('same_key_k');
SELECT rows, rows / leaf_pages > 65535 AS many FROM smol_index_stats('few_keys_k');
SELECT q, same(q, i) FROM (VALUES
    ('SELECT count(*), sum(c) FROM same_key WHERE k = 7', 'same_key_k'),
    ('SELECT count(*) FROM same_key WHERE k < 7', 'same_key_k'),
    ('SELECT count(*) FROM same_key WHERE k <= 7', 'same_key_k'),
    ('SELECT count(*) FROM same_key WHERE k > 7', 'same_key_k'),
    ('SELECT k, c FROM same_key ORDER BY k OFFSET 65530 LIMIT 10', 'same_key_k'),
    ('SELECT k, c FROM same_key ORDER BY k DESC OFFSET 131067 LIMIT 10', 'same_key_k'),
    ('SELECT k, c FROM same_key ORDER BY k DESC OFFSET 199998', 'same_key_k'),
    ('SELECT count(*), sum(c) FROM few_keys WHERE k = 0', 'few_keys_k'),
    ('SELECT count(*), sum(c) FROM few_keys WHERE k = 1', 'few_keys_k'),
    ('SELECT count(*), sum(c) FROM few_keys WHERE k = 2', 'few_keys_k'),
    ('SELECT count(*), sum(c) FROM few_keys WHERE k IN (0, 2)', 'few_keys_k'),
    ('SELECT count(*), sum(c) FROM few_keys WHERE k = 3', 'few_keys_k'),
    ('SELECT k, count(*), sum(c) FROM few_keys GROUP BY k ORDER BY k', 'few_keys_k'),
    ('SELECT k FROM few_keys ORDER BY k OFFSET 99995 LIMIT 10', 'few_keys_k'),
    ('SELECT k FROM few_keys ORDER BY k DESC OFFSET 99995 LIMIT 10', 'few_keys_k'),
    ('SELECT min(k), max(k) FROM few_keys', 'few_keys_k')) AS v(q, i);
SET enable_seqscan = off;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT k FROM few_keys ORDER BY k;
MOVE 100000 IN c;
FETCH 2 FROM c;
FETCH BACKWARD 3 FROM c;
MOVE 200000 IN c;
FETCH 1 FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;
DROP TABLE same_key, few_keys;
