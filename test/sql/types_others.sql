--
-- Types that smol knows nothing of but their length: any of them can be
-- INCLUDEd, and be a key where somebody made an operator class for it.
--
CREATE TYPE pair AS (a int, b text);
CREATE TYPE hue AS ENUM ('red', 'green');
CREATE TABLE others AS
SELECT i % 300 AS k, json_build_object('i', i, 'x', repeat('x', i % 200)) AS j, jsonb_build_array(i, NULL, i::text) AS jb, ARRAY[i, NULL, i * 2] AS ia, ARRAY[['a', 'b' || i], [NULL, repeat('y', i % 150)]] AS ta,
       point(i, -i / 3.0) AS p, box(point(i, i), point(0, -1)) AS bx, circle(point(i, 0), i) AS ci, line(point(0, i), point(1, 1)) AS li, lseg(point(0, i), point(1, 1)) AS ls,
       path('((0,0),(1,' || i || '))') AS pa, polygon(3 + i % 4, circle(point(0, 0), i)) AS po, int4range(i, i * 2) AS r, int4multirange(int4range(i, i + 3), int4range(i + 8, NULL)) AS mr,
       to_tsvector('simple', 'the quick ' || i) AS tv, to_tsquery('simple', 'quick & a' || i) AS tq, (i || ' ' || i + 1)::oidvector AS ov, (i || ' 7 ' || i)::int2vector AS iv,
       ('(' || i || ',' || i % 7 + 1 || ')')::tid AS t, i::text::xid AS xi, i::text::cid AS ci2, ROW(i, 'b' || i)::pair AS co, ARRAY[ROW(i, NULL)::pair] AS coa, (ARRAY['red', 'green']::hue[])[i % 2 + 1] AS h,
       ('$.a' || i)::jsonpath AS jp, i::bit(7) AS b7, pg_snapshot_in(('10:' || 20 + i || ':')::cstring) AS sn, 'int4'::regtype AS rt, interval '1 day' * i AS v
FROM generate_series(1, 1500) AS i;
-- large enough to be compressed or toasted
INSERT INTO others (k, j, jb, ia) SELECT 1000, to_json(repeat('compressible ', 200)), to_jsonb(string_agg(md5(i::text), ' ')), array_agg(i) FROM generate_series(1, 60) AS i;
VACUUM ANALYZE others;
CREATE FUNCTION include_all("table" text, columns text[]) RETURNS TABLE (included name, kind text, same text, verified bool) LANGUAGE plpgsql AS $$
DECLARE
    c text;
BEGIN
    FOREACH c IN ARRAY columns LOOP
        EXECUTE format('CREATE INDEX others_i ON %I USING smol (k) INCLUDE (%I) WITH (nulls = store)', "table", c);
        RETURN QUERY SELECT i.name, i.kind, same(format('SELECT k, %I FROM %I', c, "table"), 'others_i'), smol_verify('others_i') IS NOT NULL FROM smol_inspect('others_i') AS i WHERE NOT is_key;
        DROP INDEX others_i;
    END LOOP;
END
$$;
SELECT * FROM include_all('others', (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'others'::regclass AND attnum > 1));
-- all at once, among NULLs; used by their operators
CREATE INDEX others_all ON others USING smol (k) INCLUDE (j, jb, ia, ta, p, bx, ci, li, ls, pa, po, r, mr, tv, tq, ov, iv, t, xi, co, coa, h, jp, b7, sn, rt, v) WITH (nulls = store);
SELECT q, same(q, 'others_all') FROM (VALUES
    ('SELECT k, j, jb, ia, ta, p, bx, ci, li, ls, pa, po, r, mr, tv, tq, ov, iv, t, xi, co, coa, h, jp, b7, sn, rt, v FROM others'),
    ('SELECT count(*) FROM others WHERE k < 50 AND jb @> ''["30"]'''),
    ('SELECT j ->> ''i'', ia[1], p[0], (co).b, upper(r), ov[1], ta[1][2] FROM others WHERE k = 77'),
    ('SELECT count(*) FROM others WHERE tv @@ ''quick''::tsquery AND bx @> point(0, 0) AND r @> 700'),
    ('SELECT length(jb::text), length(j::text), cardinality(ia) FROM others WHERE k = 1000'),
    ('SELECT tq::text, ov::text FROM others WHERE k IN (5, 6) AND tq @@ tv')) AS v(q);
SELECT smol_verify('others_all');
DROP TABLE others;
DROP FUNCTION include_all;
DROP TYPE pair, hue;


-- a type of one's own, of variable length: 'word', without regard to case
CREATE TYPE word;
CREATE FUNCTION word_in(cstring) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION word_out(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE word (INPUT = word_in, OUTPUT = word_out, LIKE = text);
CREATE CAST (word AS text) WITHOUT FUNCTION;
CREATE CAST (text AS word) WITHOUT FUNCTION;
CREATE FUNCTION word_cmp(word, word) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT bttextcmp(lower($1::text) COLLATE "C", lower($2::text) COLLATE "C") $$;
CREATE FUNCTION word_lt(word, word) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT word_cmp($1, $2) < 0 $$;
CREATE FUNCTION word_le(word, word) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT word_cmp($1, $2) <= 0 $$;
CREATE FUNCTION word_eq(word, word) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT word_cmp($1, $2) = 0 $$;
CREATE FUNCTION word_ge(word, word) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT word_cmp($1, $2) >= 0 $$;
CREATE FUNCTION word_gt(word, word) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT word_cmp($1, $2) > 0 $$;
CREATE OPERATOR < (LEFTARG = word, RIGHTARG = word, FUNCTION = word_lt, COMMUTATOR = >, RESTRICT = scalarltsel);
CREATE OPERATOR <= (LEFTARG = word, RIGHTARG = word, FUNCTION = word_le, COMMUTATOR = >=, RESTRICT = scalarlesel);
CREATE OPERATOR = (LEFTARG = word, RIGHTARG = word, FUNCTION = word_eq, COMMUTATOR = =, RESTRICT = eqsel);
CREATE OPERATOR >= (LEFTARG = word, RIGHTARG = word, FUNCTION = word_ge, COMMUTATOR = <=, RESTRICT = scalargesel);
CREATE OPERATOR > (LEFTARG = word, RIGHTARG = word, FUNCTION = word_gt, COMMUTATOR = <, RESTRICT = scalargtsel);
CREATE TABLE words AS SELECT (CASE i % 3 WHEN 0 THEN 'Word' WHEN 1 THEN 'word' ELSE 'WORD' END || i % 100)::word AS w, i FROM generate_series(1, 600) AS i;
VACUUM ANALYZE words;
CREATE INDEX words_w ON words USING smol (w);
CREATE OPERATOR CLASS word_ops DEFAULT FOR TYPE word USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 word_cmp(word, word);
CREATE OPERATOR CLASS word_ops DEFAULT FOR TYPE word USING smol AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 word_cmp(word, word);
SELECT amvalidate(oid) FROM pg_opclass WHERE opcname = 'word_ops';
CREATE INDEX words_w ON words USING smol (w) INCLUDE (i);
SELECT name, kind FROM smol_inspect('words_w') ORDER BY attnum;
SELECT same('SELECT w, i FROM words', 'words_w'), same('SELECT w, i FROM words WHERE w = ''wOrD5''', 'words_w'), same('SELECT w FROM words WHERE w IN (''word7'', ''WORD8'', ''WORD7'', ''x'')', 'words_w');
SELECT * FROM sweep('words', 'w', 'words_w', '{''''::word,''WORD''::word,''word10''::word,''WORD99''::word,''x''::word}', true);
SELECT smol_verify('words_w');
DROP TABLE words;

-- an operator class of one's own for a type that smol knows: descending integers
CREATE FUNCTION int4_cmp_down(int4, int4) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT btint4cmp($2, $1)';
CREATE OPERATOR CLASS int4_down_ops FOR TYPE int4 USING smol AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 int4_cmp_down(int4, int4);
CREATE FUNCTION numeric_cmp_abs(numeric, numeric) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT numeric_cmp(abs($1), abs($2))';
CREATE FUNCTION numeric_abs_lt(numeric, numeric) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) < abs($2)';
CREATE FUNCTION numeric_abs_le(numeric, numeric) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) <= abs($2)';
CREATE FUNCTION numeric_abs_eq(numeric, numeric) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) = abs($2)';
CREATE FUNCTION numeric_abs_ge(numeric, numeric) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) >= abs($2)';
CREATE FUNCTION numeric_abs_gt(numeric, numeric) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) > abs($2)';
CREATE OPERATOR |<| (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = numeric_abs_lt, COMMUTATOR = |>|);
CREATE OPERATOR |<=| (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = numeric_abs_le, COMMUTATOR = |>=|);
CREATE OPERATOR |=| (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = numeric_abs_eq, COMMUTATOR = |=|);
CREATE OPERATOR |>=| (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = numeric_abs_ge, COMMUTATOR = |<=|);
CREATE OPERATOR |>| (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = numeric_abs_gt, COMMUTATOR = |<|);
CREATE OPERATOR CLASS numeric_abs_ops FOR TYPE numeric USING smol AS
    OPERATOR 1 |<|, OPERATOR 2 |<=|, OPERATOR 3 |=|, OPERATOR 4 |>=|, OPERATOR 5 |>|, FUNCTION 1 numeric_cmp_abs(numeric, numeric);
CREATE TABLE turned AS SELECT (i * 7919) % 501 - 250 AS i, ((i * 7919) % 501 - 250) / 4.0::numeric(8,2) AS n FROM generate_series(1, 501) AS i;
ALTER TABLE turned ALTER n TYPE numeric(8,2);
VACUUM ANALYZE turned;
CREATE INDEX turned_i ON turned USING smol (i int4_down_ops);
CREATE INDEX turned_n ON turned USING smol (n numeric_abs_ops);
SELECT kind FROM smol_inspect('turned_n');
SELECT * FROM sweep('turned', 'i', 'turned_i', '{-251,-250,-1,0,7,250,251}');
SELECT q, same(q, 'turned_n', true) FROM (VALUES
    ('SELECT n FROM turned ORDER BY n USING |<|'),
    ('SELECT n FROM turned WHERE n |=| 5.25'),
    ('SELECT n FROM turned WHERE n |<| 5.255 AND n |>=| 1'),
    ('SELECT n FROM turned WHERE n |>| 60 ORDER BY n USING |>|')) AS v(q);
SELECT smol_verify('turned_i'), smol_verify('turned_n');
DROP TABLE turned;
-- and all that was made for this
SET client_min_messages = warning;
DROP OPERATOR FAMILY numeric_abs_ops USING smol CASCADE;
DROP OPERATOR FAMILY int4_down_ops USING smol CASCADE;
DROP TYPE word CASCADE;
DROP FUNCTION numeric_cmp_abs, numeric_abs_lt, numeric_abs_le, numeric_abs_eq, numeric_abs_ge, numeric_abs_gt, int4_cmp_down CASCADE;
RESET client_min_messages;
