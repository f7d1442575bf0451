--
-- "char", char(n), name and bytea: each in its own order, and with every byte
-- that was put in, blanks at the end too.
--
CREATE TABLE chars AS
SELECT chr(i % 95 + 32)::"char" AS c, ('v' || i % 50)::char(8) AS bp, ('n' || i % 90 || repeat('x', i % 55))::name AS n,
       decode(substr(md5(i::text), 1, i % 17 * 2), 'hex') AS b, i
FROM generate_series(1, 800) AS i;
-- bytes above 127 sort after the others; the empty "char" is a zero byte
INSERT INTO chars (c, i) SELECT (i - 128)::"char", 1000 + i FROM generate_series(0, 255) AS i;
ALTER TABLE chars ADD u bpchar;
UPDATE chars SET u = bp;
INSERT INTO chars (u, bp, i) SELECT u, left(u, 8), 2000 FROM unnest(ARRAY['', ' ', '   ', 'a', 'a ', 'a  ', 'ab', 'a b', 'a b ', E'a\t', E'a\t ', E'a\n', 'A', 'A ', 'é', 'é ', '日本', '日本 ',
    repeat('x', 300), repeat('x', 300) || ' ', repeat('x', 300) || repeat(' ', 900)]) AS u;
INSERT INTO chars (n, i) SELECT n, 3000 FROM unnest(ARRAY['', ' ', 'a', 'a ', 'A', 'é', '日本', '~', repeat('z', 63), repeat('z', 62), repeat('é', 31)]) AS n;
INSERT INTO chars (b, i) SELECT b, 4000 FROM unnest(ARRAY['', '\x00', '\x0000', '\x000001', '\x01', '\x7f', '\x80', '\xff', '\xffff', '\xff00']::bytea[]) AS b;
INSERT INTO chars (b, i) SELECT decode(repeat('ab', n), 'hex'), 4001 FROM unnest('{125,126,127,128,1000,2500}'::int[]) AS n;
VACUUM FULL chars;
VACUUM ANALYZE chars;
CREATE INDEX chars_c ON chars USING smol (c) WHERE c IS NOT NULL;
CREATE INDEX chars_bp ON chars USING smol (bp) WHERE bp IS NOT NULL;
CREATE INDEX chars_u ON chars USING smol (u) WHERE u IS NOT NULL;
CREATE INDEX chars_n ON chars USING smol (n) WHERE n IS NOT NULL;
CREATE INDEX chars_b ON chars USING smol (b) WHERE b IS NOT NULL;
SELECT i, kind FROM unnest('{chars_c,chars_bp,chars_u,chars_n,chars_b}'::regclass[]) AS i, smol_inspect(i);
SELECT q, same(q, i, true) FROM (VALUES
    ('SELECT c FROM chars WHERE c IS NOT NULL ORDER BY c', 'chars_c'),
    ('SELECT bp FROM chars WHERE bp IS NOT NULL ORDER BY bp', 'chars_bp'),
    -- equal, not the same
    ('SELECT u, octet_length(u), md5(bpcharsend(u)) FROM chars WHERE u = ''a''', 'chars_u'),
    ('SELECT u, octet_length(u), md5(bpcharsend(u)) FROM chars WHERE u = ''a  '' OR u IN (''é  '', ''日本'')', 'chars_u'),
    ('SELECT u, octet_length(u), md5(bpcharsend(u)) FROM chars WHERE u IN (''a'', ''a '', ''A'', '''', ''é'')', 'chars_u'),
    ('SELECT u, md5(bpcharsend(u)) FROM chars WHERE u IS NOT NULL', 'chars_u'),
    ('SELECT u FROM chars WHERE u LIKE ''a%''', 'chars_u'),
    ('SELECT bp FROM chars WHERE bp LIKE ''v1%''', 'chars_bp'),
    ('SELECT min(bp), max(bp), count(*) FROM chars WHERE bp IS NOT NULL', 'chars_bp'),
    ('SELECT n, namesend(n) FROM chars WHERE n IS NOT NULL ORDER BY n', 'chars_n'),
    ('SELECT n FROM chars WHERE n IS NOT NULL ORDER BY n DESC', 'chars_n'),
    ('SELECT n FROM chars WHERE n IN (''n5xxxxx'', ''a '', ''é'', ''nothing'')', 'chars_n'),
    ('SELECT n FROM chars WHERE n LIKE ''n7%''', 'chars_n'),
    ('SELECT n FROM chars WHERE n ~ ''^n7.x''', 'chars_n'),
    ('SELECT min(n), max(n), count(*) FROM chars WHERE n IS NOT NULL', 'chars_n'),
    ('SELECT b FROM chars WHERE b IS NOT NULL ORDER BY b', 'chars_b'),
    ('SELECT b FROM chars WHERE b IN (''\x00'', ''\xff'', '''', ''\x0000'')', 'chars_b'),
    ('SELECT min(b), max(b), count(*) FROM chars WHERE b IS NOT NULL', 'chars_b')) AS v(q, i);
-- in order, whatever order the ties have
SELECT same('SELECT rtrim(u) AS u FROM chars WHERE u IS NOT NULL ORDER BY chars.u', 'chars_u'),
       same('SELECT rtrim(u) AS u FROM chars WHERE u IS NOT NULL ORDER BY chars.u DESC', 'chars_u');

CREATE VIEW c_ AS SELECT c FROM chars WHERE c IS NOT NULL;
CREATE VIEW u_ AS SELECT u FROM chars WHERE u IS NOT NULL;
CREATE VIEW n_ AS SELECT n FROM chars WHERE n IS NOT NULL;
CREATE VIEW b_ AS SELECT b FROM chars WHERE b IS NOT NULL;
SELECT * FROM sweep('c_', 'c', 'chars_c', ARRAY['''''', ''' ''', '''a''', '''~''', '''\177''', '''\200''', '''\377''']);
SELECT * FROM sweep('u_', 'u', 'chars_u', ARRAY['''''::bpchar', '''  ''::bpchar', 'E''a\t''::bpchar', '''a''::bpchar', '''a b''::bpchar', '''A ''::bpchar', '''v1''::bpchar', '''é''::bpchar',
    'repeat(''x'', 300)::bpchar', '''日本''::bpchar'], true);
SELECT * FROM sweep('n_', 'n', 'chars_n', ARRAY['''''', ''' ''', '''a''', '''a ''', '''n''', '''n5''', '''n89xx''', 'repeat(''z'', 62)::name', 'repeat(''z'', 63)::name', '''é''', '''日本''']);
-- name and text
SELECT * FROM sweep('n_', 'n', 'chars_n', ARRAY['''''::text', '''a''::text', '''n5''::text', '''n89xx''::text', 'repeat(''z'', 63)', 'repeat(''z'', 64)', '''é''::text', '''日本語''::text']);
SELECT * FROM sweep('b_', 'b', 'chars_b', ARRAY['''''::bytea', '''\x00''::bytea', '''\x0000''::bytea', '''\x01''::bytea', '''\x7f''::bytea', '''\x80''::bytea', '''\xabab''::bytea', 'decode(repeat(''ab'', 127), ''hex'')', '''\xff''::bytea', '''\xffff''::bytea']);
DROP VIEW c_, u_, n_, b_;
SELECT smol_verify(i) FROM unnest('{chars_c,chars_bp,chars_u,chars_n,chars_b}'::regclass[]) AS i;

-- another collation than the byte order; other directions; NULLs; INCLUDE
DROP INDEX chars_c, chars_bp, chars_u, chars_n, chars_b;
CREATE INDEX chars_n ON chars USING smol (n COLLATE pg_c_utf8 DESC NULLS LAST) INCLUDE (c, bp, u, b) WITH (nulls = store);
SELECT q, same(q, 'chars_n', true) FROM (VALUES
    ('SELECT n COLLATE pg_c_utf8 AS n, c, bp, u, b FROM chars'),
    ('SELECT n FROM chars WHERE n COLLATE pg_c_utf8 < ''n2'''),
    ('SELECT n FROM chars WHERE n COLLATE pg_c_utf8 = ''n5xxxxx''::text'),
    ('SELECT count(*) FROM chars WHERE n IS NULL'),
    ('SELECT n FROM chars WHERE n COLLATE pg_c_utf8 BETWEEN ''n3'' AND ''n4''::text')) AS v(q);
DROP INDEX chars_n;
CREATE INDEX chars_u ON chars USING smol (u COLLATE pg_c_utf8 DESC, c DESC, b, n DESC NULLS LAST) WITH (nulls = store);
SELECT q, same(q, 'chars_u', true) FROM (VALUES
    ('SELECT u COLLATE pg_c_utf8 AS u, c, b, n FROM chars'),
    ('SELECT u, c, b, n FROM chars WHERE u COLLATE pg_c_utf8 = ''v5'' AND c > ''K'''),
    ('SELECT u, c, b, n FROM chars WHERE u IS NULL AND c IS NULL AND b >= ''\x80'''),
    ('SELECT u, c, b, n FROM chars WHERE u IS NULL AND c IS NULL AND b IS NULL AND n < ''n''')) AS v(q);
SELECT smol_verify('chars_u');
-- values of another operator class's type
DROP INDEX chars_u;
CREATE TABLE texts_as_chars AS SELECT u::text AS t FROM (SELECT ('w' || i % 9 || repeat(' ', i % 4))::text AS u FROM generate_series(1, 200) AS i) AS s;
VACUUM ANALYZE texts_as_chars;
CREATE INDEX texts_as_chars_t ON texts_as_chars USING smol (t bpchar_ops);
SELECT same('SELECT t, octet_length(t) FROM texts_as_chars WHERE t::bpchar = ''w5''', 'texts_as_chars_t', true);
DROP TABLE chars, texts_as_chars;
