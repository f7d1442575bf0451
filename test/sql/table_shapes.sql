--
-- Tables with a history: dropped columns, columns with a default that old rows
-- don't have, generated ones, domains, very wide and very narrow ones.
--
\set VERBOSITY terse
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN label AS varchar(20) COLLATE "C";
CREATE DOMAIN price AS numeric(10,2);
CREATE DOMAIN labels AS label NOT NULL;
CREATE TABLE shapes (junk text, a int, more_junk int8, b text);
INSERT INTO shapes SELECT 'junk ' || i, i, i, 'b' || i % 100 FROM generate_series(1, 2000) AS i;
ALTER TABLE shapes DROP junk;
ALTER TABLE shapes ADD added int DEFAULT 42;
ALTER TABLE shapes ADD added_text text DEFAULT 'a default';
ALTER TABLE shapes ADD added_null int;
ALTER TABLE shapes DROP more_junk;
INSERT INTO shapes SELECT i, 'b' || i % 100, i % 3, 'x' || i % 3 FROM generate_series(2001, 3000) AS i;
ALTER TABLE shapes ADD twice int GENERATED ALWAYS AS (a * 2) STORED;
ALTER TABLE shapes ADD pos positive DEFAULT 7, ADD lab label DEFAULT 'lab', ADD pri price DEFAULT 1.5, ADD labs labels DEFAULT 'labs';
UPDATE shapes SET pos = a, lab = 'lab ' || a % 7, pri = a / 4.0 WHERE a % 2 = 0;
VACUUM ANALYZE shapes;
CREATE INDEX shapes_1 ON shapes USING smol (added, a) INCLUDE (added_text, twice);
CREATE INDEX shapes_2 ON shapes USING smol (added_text, b);
CREATE INDEX shapes_3 ON shapes USING smol (twice DESC) INCLUDE (added_null) WITH (nulls = store);
CREATE INDEX shapes_4 ON shapes USING smol (pos, lab) INCLUDE (pri, labs);
CREATE INDEX shapes_5 ON shapes USING smol (lab DESC, pri);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT added, a, added_text, twice FROM shapes WHERE added = 42', 'shapes_1'),
    ('SELECT added, a FROM shapes ORDER BY added, a', 'shapes_1'),
    ('SELECT added_text, count(*), min(b) FROM shapes GROUP BY added_text ORDER BY added_text', 'shapes_2'),
    ('SELECT twice, added_null FROM shapes WHERE twice < 100 ORDER BY twice DESC', 'shapes_3'),
    ('SELECT pos, lab, pri, labs FROM shapes WHERE pos > 1500', 'shapes_4'),
    ('SELECT pos, lab FROM shapes WHERE pos = 7 AND lab >= ''lab'' ORDER BY pos, lab', 'shapes_4'),
    ('SELECT lab, pri FROM shapes WHERE lab = ''lab 3'' AND pri < 100 ORDER BY lab, pri', 'shapes_5'),
    ('SELECT count(*), max(pri) FROM shapes WHERE lab < ''lab 3''', 'shapes_5')) AS v(q, i);
-- dropping a column drops the indexes it is part of, and no others
ALTER TABLE shapes DROP added_null;
SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'shapes'::regclass ORDER BY 1::text;
SELECT same('SELECT pos, lab, pri, labs FROM shapes WHERE pos > 1500', 'shapes_4');
DROP TABLE shapes;
DROP DOMAIN positive, labels, label, price;

-- of oid's kin
CREATE TABLE kin AS SELECT oid, oid::regclass AS class, oid::regclass::oid AS o FROM pg_class WHERE relkind = 'r' AND oid < 16384;
VACUUM ANALYZE kin;
CREATE INDEX kin_oid ON kin USING smol (oid);
SELECT same('SELECT oid FROM kin WHERE oid > 1000 AND oid < 2000', 'kin_oid') LIKE 'ok%';
CREATE INDEX kin_class ON kin USING smol (class);
SELECT same('SELECT class FROM kin WHERE class > 1000 AND class < 2000', 'kin_class') LIKE 'ok%';
DROP TABLE kin;

-- of one row as wide as a page will take
CREATE TABLE wide (a int, t text, u text);
INSERT INTO wide SELECT i, string_agg(md5((g + i)::text), ''), repeat('u', 3000)
FROM generate_series(1, 30) AS i, generate_series(1, 110) AS g GROUP BY i;
VACUUM ANALYZE wide;
CREATE INDEX wide_t ON wide USING smol (t) INCLUDE (u);
SELECT same('SELECT t, u FROM wide ORDER BY t', 'wide_t');
CREATE INDEX wide_a ON wide USING smol (a) INCLUDE (t, u);
SELECT same('SELECT a, md5(t), length(u) FROM wide WHERE a BETWEEN 5 AND 25', 'wide_a');
SELECT smol_verify('wide_t'), smol_verify('wide_a');
-- INCLUDE takes more than a key may have
INSERT INTO wide SELECT 31, string_agg(md5(g::text), ''), 'u' FROM generate_series(1, 200) AS g;
DROP INDEX wide_t, wide_a;
INSERT INTO wide SELECT 31, string_agg(md5(g::text), ''), 'u' FROM generate_series(1, 200) AS g;
VACUUM ANALYZE wide;
CREATE INDEX wide_t ON wide USING smol (t) INCLUDE (u);
CREATE INDEX wide_a ON wide USING smol (a) INCLUDE (t, u);
SELECT same('SELECT a, md5(t), length(u) FROM wide WHERE a > 20', 'wide_a');
DROP TABLE wide;

-- without any column of its own that the query wants
CREATE TABLE narrow AS SELECT true AS b FROM generate_series(1, 5000) AS i;
VACUUM ANALYZE narrow;
CREATE INDEX narrow_b ON narrow USING smol (b);
SELECT same('SELECT count(*) FROM narrow', 'narrow_b');
SELECT same('SELECT 1 FROM narrow WHERE b', 'narrow_b');
SELECT same('SELECT FROM narrow', 'narrow_b');
DROP TABLE narrow;
