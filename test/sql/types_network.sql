--
-- inet, cidr, macaddr, macaddr8.
--
CREATE TABLE nets (i inet, c cidr, m macaddr, m8 macaddr8);
INSERT INTO nets (i, c, m, m8)
SELECT ('10.' || i % 5 || '.' || i % 200 || '.' || i % 7 || '/' || 8 + i % 25)::inet,
       network(set_masklen(('2001:db8::' || to_hex(i))::inet, i % 129)),
       ('08:00:2b:' || lpad(to_hex(i % 256), 2, '0') || ':00:' || lpad(to_hex(i % 10), 2, '0'))::macaddr,
       ('ff:00:2b:' || lpad(to_hex(i % 256), 2, '0') || ':80:00:7f:' || lpad(to_hex(i % 10), 2, '0'))::macaddr8
FROM generate_series(1, 700) AS i;
INSERT INTO nets (i, c, m, m8)
SELECT i::inet, network(i::inet), '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff:ff:ff'
FROM unnest(ARRAY['0.0.0.0/0', '0.0.0.0', '255.255.255.255', '255.255.255.255/0', '127.255.255.255', '128.0.0.0', '10.0.0.0/8', '10.0.0.0', '10.0.0.1/8', '::', '::/0', '::1', '::1/0',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '::ffff:10.0.0.1', '2001:db8::/32', '7fff::', '8000::']) AS i;
INSERT INTO nets (i, c, m, m8) SELECT '10.0.0.0/8', '10/8', m, macaddr8(m)
FROM unnest('{ff:ff:ff:ff:ff:ff,7f:ff:ff:ff:ff:ff,80:00:00:00:00:00,00:00:00:00:00:01,00:00:01:00:00:00,00:00:00:ff:ff:ff}'::macaddr[]) AS m;
VACUUM ANALYZE nets;
CREATE INDEX nets_i ON nets USING smol (i);
CREATE INDEX nets_c ON nets USING smol (c);
CREATE INDEX nets_m ON nets USING smol (m);
CREATE INDEX nets_m8 ON nets USING smol (m8 DESC);
SELECT i, kind FROM unnest('{nets_i,nets_c,nets_m,nets_m8}'::regclass[]) AS i, smol_inspect(i);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT i FROM nets ORDER BY i', 'nets_i'),
    ('SELECT i FROM nets ORDER BY i DESC', 'nets_i'),
    ('SELECT c FROM nets ORDER BY c', 'nets_c'),
    ('SELECT c FROM nets ORDER BY c DESC', 'nets_c'),
    ('SELECT i, family(i), masklen(i) FROM nets WHERE i IN (''10.0.0.0'', ''10.0.0.0/8'', ''::1'', ''1.2.3.4'')', 'nets_i'),
    ('SELECT c FROM nets WHERE c = ''10.0.0.0/8''::inet', 'nets_c'),
    ('SELECT i FROM nets WHERE i << ''10.1.0.0/16''', 'nets_i'),
    ('SELECT min(i), max(i), count(*) FROM nets', 'nets_i'),
    ('SELECT m FROM nets ORDER BY m', 'nets_m'),
    ('SELECT m FROM nets WHERE m IN (''08:00:2b:05:00:05'', ''ff:ff:ff:ff:ff:ff'', ''11:11:11:11:11:11'')', 'nets_m'),
    ('SELECT m8 FROM nets ORDER BY m8', 'nets_m8'),
    ('SELECT m8 FROM nets ORDER BY m8 DESC', 'nets_m8'),
    ('SELECT m8 FROM nets WHERE m8 IN (''ff:00:2b:05:80:00:7f:05'', ''ff:ff:ff:ff:ff:ff:ff:ff'', ''11:11:11:11:11:11:11:11'')', 'nets_m8')) AS v(q, i);
SELECT * FROM sweep('nets', 'i', 'nets_i', ARRAY['inet ''0.0.0.0/0''', 'inet ''0.0.0.0''', 'inet ''10.0.0.0/8''', 'inet ''10.0.0.0''', 'inet ''10.1.5.5''', 'inet ''127.255.255.255''', 'inet ''128.0.0.0''',
    'inet ''255.255.255.255''', 'inet ''::/0''', 'inet ''::1''', 'inet ''8000::''', 'inet ''ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff''']);
SELECT * FROM sweep('nets', 'c', 'nets_c', ARRAY['cidr ''0.0.0.0/0''', 'cidr ''10.0.0.0/8''', 'inet ''10.0.0.1/8''', 'cidr ''::/0''', 'cidr ''2001:db8::/32''', 'cidr ''2001:db8::2b/128''']);
SELECT * FROM sweep('nets', 'm', 'nets_m', ARRAY['macaddr ''00:00:00:00:00:00''', 'macaddr ''00:00:00:ff:ff:ff''', 'macaddr ''00:00:01:00:00:00''', 'macaddr ''08:00:2b:80:00:05''', 'macaddr ''7f:ff:ff:ff:ff:ff''', 'macaddr ''80:00:00:00:00:00''', 'macaddr ''ff:ff:ff:ff:ff:ff''']);
SELECT * FROM sweep('nets', 'm8', 'nets_m8', ARRAY['macaddr8 ''00:00:00:ff:fe:00:00:00''', 'macaddr8 ''80:00:00:ff:fe:00:00:00''', 'macaddr8 ''ff:00:2b:05:80:00:7f:05''', 'macaddr8 ''ff:ff:ff:ff:fe:ff:ff:ff''', 'macaddr8 ''ff:ff:ff:ff:ff:ff:ff:ff''']);
SELECT smol_verify(i) FROM unnest('{nets_i,nets_c,nets_m,nets_m8}'::regclass[]) AS i;
-- the file of a cidr column serves inet
SELECT pg_relation_filenode('nets_c') AS before \gset
ALTER TABLE nets ALTER c TYPE inet;
SELECT pg_relation_filenode('nets_c') = :before AS same_file, same('SELECT c FROM nets ORDER BY c', 'nets_c');
DROP INDEX nets_i, nets_c, nets_m, nets_m8;
INSERT INTO nets VALUES (NULL, NULL, NULL, NULL), (NULL, '10.0.0.0/8', NULL, '00:00:00:00:00:00:00:01');
VACUUM nets;
CREATE INDEX nets_all ON nets USING smol (m8 NULLS FIRST, i DESC) INCLUDE (c, m) WITH (nulls = store);
SELECT q, same(q, 'nets_all') FROM (VALUES
    ('SELECT m8, i, c, m FROM nets'),
    ('SELECT m8, i, c, m FROM nets WHERE m8 IS NULL'),
    ('SELECT m8, i, c, m FROM nets WHERE m8 = ''ff:ff:ff:ff:ff:ff:ff:ff'' AND i >= ''128.0.0.0'''),
    ('SELECT m8, i, c, m FROM nets WHERE i IS NULL')) AS v(q);
DROP TABLE nets;
