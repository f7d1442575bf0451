--
-- Enums sort as their labels were declared, also where labels were put between
-- others later.
--
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE mood ADD VALUE 'furious' BEFORE 'sad';
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
ALTER TYPE mood ADD VALUE 'ecstatic';
CREATE DOMAIN mild AS mood CHECK (VALUE <> 'furious');
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TABLE moods AS
SELECT (enum_range(NULL::mood))[i * 7919 % 6 + 1] AS m, (enum_range('sad'::mood, NULL))[i * 31 % 5 + 1]::mild AS d, (enum_range(NULL::colour))[i % 3 + 1] AS c, i
FROM generate_series(1, 900) AS i;
VACUUM ANALYZE moods;
CREATE INDEX moods_m ON moods USING smol (m);
CREATE INDEX moods_d ON moods USING smol (d DESC);
SELECT i, kind FROM unnest('{moods_m,moods_d}'::regclass[]) AS i, smol_inspect(i);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT m FROM moods ORDER BY m', 'moods_m'),
    ('SELECT m FROM moods ORDER BY m DESC', 'moods_m'),
    ('SELECT DISTINCT m FROM moods ORDER BY m', 'moods_m'),
    ('SELECT m FROM moods WHERE m IN (''ecstatic'', ''furious'', ''meh'', NULL)', 'moods_m'),
    ('SELECT m FROM moods WHERE m = ANY (enum_range(''meh''::mood, ''ok''::mood)) ORDER BY m DESC', 'moods_m'),
    ('SELECT m FROM moods WHERE m < ANY (''{ok,meh}''::mood[])', 'moods_m'),
    ('SELECT min(m), max(m), count(*) FROM moods', 'moods_m'),
    ('SELECT d FROM moods ORDER BY d::mood', 'moods_d'),
    ('SELECT d FROM moods WHERE d::mood = ''meh''', 'moods_d')) AS v(q, i);
SELECT * FROM sweep('moods', 'm', 'moods_m', '{''furious'',''sad'',''meh'',''ok'',''happy'',''ecstatic''}');
-- (PostgreSQL has no operators for a domain over an enum)
CREATE VIEW moods_view AS SELECT d::mood AS d FROM moods;
SELECT * FROM sweep('moods_view', 'd', 'moods_d', '{''furious'',''sad'',''meh'',''ok'',''happy'',''ecstatic''}');
DROP VIEW moods_view;
SELECT smol_verify(i) FROM unnest('{moods_m,moods_d}'::regclass[]) AS i;
-- a label that came after the index
ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';
SELECT * FROM sweep('moods', 'm', 'moods_m', '{''ok'',''fine'',''happy''}');
-- run-time arguments, two enums
DROP INDEX moods_m, moods_d;
UPDATE moods SET m = NULL WHERE i % 50 = 0;
VACUUM moods;
CREATE INDEX moods_mc ON moods USING smol (m NULLS FIRST, c DESC) INCLUDE (i, d) WITH (nulls = store);
SELECT q, same(q, 'moods_mc') FROM (VALUES
    ('SELECT m, c, i, d FROM moods'),
    ('SELECT m, c, i FROM moods WHERE m IS NULL AND c = ''green'''),
    ('SELECT m, c, i FROM moods WHERE m IN (''sad'', ''happy'') AND c > ''red'''),
    ('SELECT m, c, i FROM moods WHERE m = (SELECT ''ok''::mood) AND c IN (''blue'', ''red'')'),
    ('SELECT e, n FROM unnest(enum_range(NULL::mood)) AS e, LATERAL (SELECT count(*) AS n FROM moods WHERE m = e) AS s')) AS v(q);
SELECT smol_verify('moods_mc');
DROP TABLE moods;
DROP TYPE colour;
DROP DOMAIN mild;
DROP TYPE mood;
