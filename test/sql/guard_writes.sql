--
-- Every kind of write is refused before it touches the table: the error names
-- table and index and says what to do.
--
CREATE TABLE guarded (a int, b int DEFAULT 0);
INSERT INTO guarded SELECT i, i % 10 FROM generate_series(1, 1000) AS i;
CREATE TABLE staging AS SELECT 5 AS a, 5 AS b;
VACUUM ANALYZE guarded;
CREATE INDEX guarded_a ON guarded USING smol (a);
CREATE FUNCTION pages_visible() RETURNS bool LANGUAGE sql AS 'SELECT relallvisible = relpages FROM pg_class WHERE relname = ''guarded''';

INSERT INTO guarded VALUES (1, 1);
INSERT INTO guarded SELECT * FROM staging;
INSERT INTO guarded SELECT 1 WHERE false;
INSERT INTO guarded DEFAULT VALUES;
INSERT INTO guarded VALUES (1, 1) ON CONFLICT DO NOTHING;
UPDATE guarded SET b = 1;
UPDATE guarded SET a = 1 WHERE a = 5;
UPDATE guarded SET b = 1 WHERE false;
UPDATE guarded g SET b = s.b FROM staging s WHERE s.a = g.a;
DELETE FROM guarded;
DELETE FROM guarded WHERE a = 5;
DELETE FROM guarded WHERE a = -5;
MERGE INTO guarded g USING staging s ON g.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b);
MERGE INTO guarded g USING staging s ON g.a = s.a WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b);
COPY guarded FROM STDIN;
1	1
\.
COPY guarded (a) FROM STDIN WHERE false;
1
\.
COPY guarded FROM '/nonexistent';
WITH w AS (DELETE FROM guarded RETURNING *) SELECT count(*) FROM w;
WITH w AS (INSERT INTO guarded VALUES (1, 1) RETURNING *) INSERT INTO staging SELECT * FROM w;
WITH w AS (DELETE FROM staging RETURNING *) INSERT INTO guarded SELECT * FROM w;
EXPLAIN (ANALYZE, COSTS OFF) DELETE FROM guarded;
PREPARE del(int) AS DELETE FROM guarded WHERE a = $1;
EXECUTE del(1);
DEALLOCATE del;
DO $$ BEGIN DELETE FROM guarded WHERE a = 1; END $$;
DO $$ BEGIN EXECUTE 'UPDATE guarded SET b = 3'; EXCEPTION WHEN object_not_in_prerequisite_state OR feature_not_supported THEN RAISE NOTICE 'refused: %', SQLERRM; END $$;
CREATE FUNCTION writer() RETURNS int LANGUAGE sql AS 'INSERT INTO guarded VALUES (9, 9) RETURNING a';
SELECT writer();
DROP FUNCTION writer;
-- through views, rules, triggers, foreign keys
CREATE VIEW guarded_view AS SELECT a, b FROM guarded WHERE a < 500;
UPDATE guarded_view SET b = 1 WHERE a = 1;
INSERT INTO guarded_view VALUES (1, 1);
DROP VIEW guarded_view;
CREATE RULE staging_rule AS ON DELETE TO staging DO ALSO DELETE FROM guarded WHERE a = OLD.a;
DELETE FROM staging;
DROP RULE staging_rule ON staging;
CREATE FUNCTION staging_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO guarded VALUES (NEW.a, NEW.b); RETURN NEW; END $$;
CREATE TRIGGER staging_trigger AFTER INSERT ON staging FOR EACH ROW EXECUTE FUNCTION staging_trigger();
INSERT INTO staging VALUES (6, 6);
DROP TABLE staging;
DROP FUNCTION staging_trigger;
SELECT count(*), sum(a), sum(b) FROM guarded;

CREATE TABLE keys (k int PRIMARY KEY);
INSERT INTO keys VALUES (1), (2), (3);
CREATE TABLE cascaded (k int REFERENCES keys ON DELETE CASCADE ON UPDATE CASCADE, v int);
CREATE TABLE nullified (k int REFERENCES keys ON DELETE SET NULL);
INSERT INTO cascaded SELECT 1 + i % 2, i FROM generate_series(1, 100) AS i;
INSERT INTO nullified VALUES (3);
VACUUM ANALYZE cascaded, nullified;
CREATE INDEX cascaded_k ON cascaded USING smol (k) INCLUDE (v);
CREATE INDEX nullified_k ON nullified USING smol (k);
DELETE FROM keys WHERE k = 1;
UPDATE keys SET k = 10 WHERE k = 2;
DELETE FROM keys WHERE k = 3;
-- a key that nobody refers to: the cascading DELETE runs nevertheless
INSERT INTO keys VALUES (4);
DELETE FROM keys WHERE k = 4;
SELECT k FROM keys ORDER BY k;
SELECT same('SELECT count(*), sum(v) FROM cascaded WHERE k = 1', 'cascaded_k');
DROP TABLE cascaded, nullified, keys;

-- what isn't a write of rows goes through
EXPLAIN (COSTS OFF) INSERT INTO guarded VALUES (1, 1);
EXPLAIN (COSTS OFF) DELETE FROM guarded WHERE b = 3;
BEGIN;
LOCK TABLE guarded;
SELECT a FROM guarded WHERE a = 5 FOR UPDATE;
COMMIT;
ANALYZE guarded;
VACUUM guarded;
COPY (SELECT a FROM guarded WHERE a < 3 ORDER BY a) TO STDOUT;
ALTER TABLE guarded ADD c int;
ALTER TABLE guarded DROP c;
ALTER TABLE guarded SET (fillfactor = 50);

-- in a transaction: an error, a savepoint back, all the rest is done
BEGIN;
CREATE TABLE aside (a int);
SAVEPOINT s;
INSERT INTO guarded VALUES (1, 1);
ROLLBACK TO s;
INSERT INTO aside VALUES (1);
COMMIT;
SELECT count(*) FROM aside;
DROP TABLE aside;

-- nothing has been written, to the last bit of the visibility map
SELECT count(*), sum(a), sum(b) FROM guarded;
SELECT pages_visible();
SELECT same('SELECT count(*), sum(a) FROM guarded WHERE a > 0', 'guarded_a');

-- several indexes; one that is gone guards no more
CREATE INDEX guarded_b ON guarded USING smol (b);
DELETE FROM guarded WHERE a = 1;
DROP INDEX guarded_a;
DELETE FROM guarded WHERE a = 1;
DROP INDEX guarded_b;
DELETE FROM guarded WHERE a = 1;
SELECT count(*) FROM guarded;
-- one that is created and dropped in the same transaction
BEGIN;
CREATE INDEX guarded_a ON guarded USING smol (a);
SAVEPOINT s;
DELETE FROM guarded WHERE a = 2;
ROLLBACK TO s;
DROP INDEX guarded_a;
DELETE FROM guarded WHERE a = 2;
COMMIT;
SELECT count(*) FROM guarded;
-- a plan made before the index came
PREPARE del(int) AS DELETE FROM guarded WHERE a = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE del(3);
CREATE INDEX guarded_a ON guarded USING smol (a);
EXECUTE del(4);
DROP INDEX guarded_a;
EXECUTE del(5);
SELECT count(*) FROM guarded;
DROP FUNCTION pages_visible;
DROP TABLE guarded;

-- a fresh session's first statement is a write
CREATE TABLE fresh AS SELECT i AS a, 'heap ' || i AS t FROM generate_series(1, 100) AS i;
VACUUM fresh;
CREATE INDEX fresh_a ON fresh USING smol (a);
\c
INSERT INTO fresh VALUES (1, 'x');
\c
COPY fresh FROM STDIN;
1	x
\.
\c
UPDATE fresh SET t = 'x' WHERE a = 1;
\c
DELETE FROM fresh WHERE a = 1;
\c
UPDATE fresh SET t = 'y';
SELECT count(*), min(a), max(a) FROM fresh;
SELECT count(*) FILTER (WHERE t = 'heap ' || a) FROM fresh;
DROP TABLE fresh;
