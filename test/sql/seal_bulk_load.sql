--
-- Empty pages that a bulk load leaves behind the last row never become
-- all-visible; they don't matter to the index.
--
CREATE TABLE bulk AS SELECT i AS a, 'b'::text AS b FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE bulk;
SELECT relpages > relallvisible AS some_pages_never_visible FROM pg_class WHERE relname = 'bulk';
SET smol.max_heap_checks = 0;
CREATE INDEX bulk_a ON bulk USING smol (a) WITH (writes = retire);
SELECT state FROM smol_index_state('bulk_a');
SELECT same('SELECT count(*), min(a), max(a) FROM bulk WHERE a > 0', 'bulk_a');
-- nor do pages of rows outside a partial index
CREATE INDEX bulk_partial ON bulk USING smol (a) WHERE a <= 1000;
DROP INDEX bulk_a;
SET enable_seqscan = off;
BEGIN;
UPDATE bulk SET b = 'changed' WHERE a = 50000;
DELETE FROM bulk WHERE a = 50001;
INSERT INTO bulk VALUES (400000, 'new');
COMMIT;
SELECT state FROM smol_index_state('bulk_partial');
SELECT same('SELECT count(*), min(a), max(a) FROM bulk WHERE a <= 1000', 'bulk_partial');
DELETE FROM bulk WHERE a = 1000;
SELECT state, advice FROM smol_index_state('bulk_partial');
SELECT count(*), min(a), max(a) FROM bulk WHERE a <= 1000;
RESET ALL;
DROP TABLE bulk;
