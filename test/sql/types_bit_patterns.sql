--
-- bit strings; text in byte order (the pattern operator classes) whatever the
-- collation.
--
CREATE TABLE bits AS
SELECT i::bit(10) AS b, substr(i::bit(32)::text, 32 - i % 30)::varbit AS v, ('p' || i % 77 || chr(64 + i % 60)) AS t, ('p' || i % 77)::char(6) AS c
FROM generate_series(1, 500) AS i;
INSERT INTO bits SELECT B'1111111111', v, t, t FROM (VALUES (B'', ''), (B'0', ' '), (B'00', 'a'), (B'1', 'A'), (B'10', 'é'), (B'100000000', 'z'), (B'11111111', 'p1 '), (repeat('10', 900)::varbit, 'p1')) AS x(v, t);
VACUUM ANALYZE bits;
CREATE INDEX bits_b ON bits USING smol (b);
CREATE INDEX bits_v ON bits USING smol (v DESC);
CREATE INDEX bits_t ON bits USING smol (t text_pattern_ops);
CREATE INDEX bits_c ON bits USING smol (c bpchar_pattern_ops);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT b FROM bits ORDER BY b', 'bits_b'),
    ('SELECT b FROM bits ORDER BY b DESC', 'bits_b'),
    ('SELECT b FROM bits WHERE b IN (B''0000000001'', B''1111111111'', B''1'')', 'bits_b'),
    ('SELECT v, length(v) FROM bits ORDER BY v', 'bits_v'),
    ('SELECT v FROM bits ORDER BY v DESC', 'bits_v'),
    ('SELECT v FROM bits WHERE v IN (B'''', B''1'', B''10'')', 'bits_v'),
    ('SELECT t FROM bits ORDER BY t USING ~<~', 'bits_t'),
    ('SELECT t FROM bits ORDER BY t USING ~>~', 'bits_t'),
    ('SELECT t FROM bits WHERE t = ''p5E''', 'bits_t'),
    ('SELECT t FROM bits WHERE t IN (''p1'', ''p1 '', '''')', 'bits_t'),
    ('SELECT t FROM bits WHERE t ~>=~ ''p5'' AND t ~<~ ''p7''', 'bits_t'),
    ('SELECT c FROM bits ORDER BY c USING ~<~', 'bits_c'),
    ('SELECT c FROM bits WHERE c = ''p5''', 'bits_c'),
    ('SELECT c FROM bits WHERE c ~>=~ ''p5'' AND c ~<~ ''p7''', 'bits_c')) AS v(q, i);
SELECT * FROM sweep('bits', 'b', 'bits_b', '{B''0000000000'',B''0000000001'',B''0111110100'',B''1000000000'',B''1111111111''}');
SELECT * FROM sweep('bits', 'v', 'bits_v', '{B'''',B''0'',B''00'',B''1'',B''10'',B''100000000'',B''11111111''}');
SELECT smol_verify(i) FROM unnest('{bits_b,bits_v,bits_t,bits_c}'::regclass[]) AS i;
DROP TABLE bits;
