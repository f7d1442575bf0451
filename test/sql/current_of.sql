--
-- UPDATE and DELETE WHERE CURRENT OF a cursor that reads a smol index: the index
-- doesn't know where its rows are, so this must end in an error, and never
-- change another row.
--
\set VERBOSITY default
SET enable_seqscan = off;
SET enable_bitmapscan = off;
CREATE TABLE current_rows AS SELECT i AS a, i % 10 AS b FROM generate_series(1, 1000) AS i;
CREATE INDEX current_rows_smol ON current_rows USING smol (a) INCLUDE (b) WITH (writes = retire);
VACUUM ANALYZE current_rows;
-- by the access method
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM current_rows WHERE a > 500;
FETCH 2 FROM c;
DELETE FROM current_rows WHERE CURRENT OF c;
ROLLBACK;
-- by a node
SET smol.enable_scan = on;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM current_rows WHERE a > 500;
FETCH 2 FROM c;
UPDATE current_rows SET b = 11 WHERE CURRENT OF c;
ROLLBACK;
-- in PL/pgSQL the cursor's name is a parameter
DO $$
DECLARE
    c CURSOR FOR SELECT a FROM current_rows WHERE a > 500;
    n int;
BEGIN
    OPEN c;
    FETCH c INTO n;
    DELETE FROM current_rows WHERE CURRENT OF c;
END
$$;
-- of a cursor that reads the table the row is known
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM current_rows WHERE a > 500 ORDER BY a FOR UPDATE;
FETCH 2 FROM c;
DELETE FROM current_rows WHERE CURRENT OF c RETURNING *;
ROLLBACK;
SELECT count(*), sum(a), sum(b) FROM current_rows;
DROP TABLE current_rows;
