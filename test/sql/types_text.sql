--
-- text and varchar of any length that fits a page, in the column's collation,
-- whichever way the heap stores them.
--
CREATE TABLE texts AS
SELECT t, t::varchar(2000) AS v, t COLLATE pg_c_utf8 AS u, t COLLATE "C" AS c, i % 10 AS i
FROM generate_series(1, 600) AS i,
     LATERAL (SELECT CASE i % 6
                     WHEN 0 THEN repeat(chr(97 + i % 26), i % 40)           -- lengths 0 to 39
                     WHEN 1 THEN to_char(i, 'FM00000000')                   -- exactly 8 bytes
                     WHEN 2 THEN 'a long prefix that all of these share ' || i
                     WHEN 3 THEN (i % 4)::text                              -- duplicates
                     WHEN 4 THEN chr(192 + i % 60) || chr(8364) || i        -- not ASCII
                     ELSE chr(65 + i % 26) || ' ' || i END AS t) AS s;
INSERT INTO texts SELECT t, t, t, t, 11 FROM unnest(ARRAY['', '', ' ', '  ', 'a', 'a ', 'A', 'ab', '12345678', '12345678', '1234567', '123456789',
    E'\n', E'\t', '~', 'é', E'e\u0301', '日本', '日本語', '😀', 'NULL', '''', '%', '_', '\']) AS t;
INSERT INTO texts SELECT t, t, t, t, 12
FROM (SELECT repeat('x', 1990) || i FROM generate_series(1, 5) AS i                 -- compressed in the heap
      UNION ALL SELECT string_agg(md5(g::text), '') FROM generate_series(1, 60) AS g) AS s(t);  -- toasted
VACUUM ANALYZE texts;
CREATE INDEX texts_t ON texts USING smol (t);
CREATE INDEX texts_v ON texts USING smol (v);
CREATE INDEX texts_u ON texts USING smol (u DESC);
CREATE INDEX texts_c ON texts USING smol (c);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT t FROM texts ORDER BY t', 'texts_t'),
    ('SELECT t FROM texts ORDER BY t DESC', 'texts_t'),
    ('SELECT v FROM texts ORDER BY v', 'texts_v'),
    ('SELECT u FROM texts ORDER BY u', 'texts_u'),
    ('SELECT count(*) FROM texts WHERE t LIKE ''a long prefix%''', 'texts_t'),
    ('SELECT count(*) FROM texts WHERE v LIKE ''1234567_''', 'texts_v'),
    ('SELECT count(*) FROM texts WHERE c = ''3''::name', 'texts_c'),
    ('SELECT count(*) FROM texts WHERE c < ''b''::name', 'texts_c'),
    ('SELECT count(*) FROM texts WHERE v = ''3''::text', 'texts_v'),
    ('SELECT min(t), max(t) FROM texts', 'texts_t'),
    ('SELECT min(v), max(v) FROM texts', 'texts_v')) AS v(q, i);
SELECT * FROM sweep('texts', 't', 'texts_t',
    ARRAY['''''', ''' ''', '''1234567''', '''12345678''', '''123456789''', '''3''', '''A 5''', '''a''', '''a long prefix that all of these share 2''',
          '''ab''', 'repeat(''x'', 1990)', 'repeat(''x'', 1990) || ''3''', '''~''', '''é''', '''日本''', '''😀''']);
SELECT * FROM sweep('texts', 'v', 'texts_v', ARRAY['''''', '''12345678''', '''3''', '''a''', '''a long''', 'repeat(''x'', 1990)', '''日本''']);
SELECT * FROM sweep('texts', 'u', 'texts_u', ARRAY['''''', '''12345678''', '''3''', '''a''', '''a long''', 'repeat(''x'', 1990)', '''日本''', '''😀''']);
SELECT * FROM sweep('texts', 'c', 'texts_c', ARRAY['''''::name', '''12345678''::name', '''3''::name', '''a''::name', '''日本''::name']);

-- another collation than the index's is not the index's business
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT bool_or(p ~ 'Index Cond') AS by_index FROM plan('SELECT t FROM texts WHERE t < ''b'' COLLATE pg_c_utf8') AS p;
SELECT bool_or(p ~ 'Sort') AS sorted FROM plan('SELECT t FROM texts ORDER BY t COLLATE pg_c_utf8') AS p;
SELECT bool_or(p ~ 'Index Cond') AS by_index FROM plan('SELECT u FROM texts WHERE u < ''b''') AS p;

-- a prepared statement's generic plan
SET plan_cache_mode = force_generic_plan;
PREPARE between(text, text) AS SELECT count(*) FROM texts WHERE t BETWEEN $1 AND $2;
EXPLAIN (COSTS OFF) EXECUTE between('1', '2');
EXECUTE between('1', '2');
EXECUTE between('', '');
EXECUTE between('b', 'a');
EXECUTE between(NULL, 'a');
RESET plan_cache_mode;
RESET enable_seqscan;
SELECT count(*) FILTER (WHERE t BETWEEN '1' AND '2'), count(*) FILTER (WHERE t BETWEEN '' AND '') FROM texts;
DEALLOCATE between;

-- in company of another column
DROP INDEX texts_t;
CREATE INDEX texts_ti ON texts USING smol (t, i);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT t, i FROM texts ORDER BY t, i', 'texts_ti'),
    ('SELECT t, i FROM texts WHERE t = ''3'' AND i > 2 ORDER BY t DESC, i DESC', 'texts_ti'),
    ('SELECT t, i FROM texts WHERE t >= ''12345678'' AND i = 11', 'texts_ti')) AS v(q, i);
DROP INDEX texts_ti;
CREATE INDEX texts_it ON texts USING smol (i, t DESC) INCLUDE (v);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT length(t), md5(t) FROM texts WHERE i = 12', 'texts_it'),
    ('SELECT i, t FROM texts WHERE i = 1 AND t < ''b'' ORDER BY i, t DESC', 'texts_it'),
    ('SELECT i, t, v FROM texts WHERE i IN (3, 11) AND v >= ''a''', 'texts_it')) AS v(q, i);
DROP TABLE texts;
