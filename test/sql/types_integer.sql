--
-- int2, int4, int8 and oid: exact answers from end to end of each type, also
-- for comparisons with the other integer types.
--
CREATE TABLE integers AS
SELECT i::int2 AS i2, i::int4 AS i4, i::int8 AS i8 FROM generate_series(-300, 300) AS i
UNION ALL SELECT i % 7, i % 7, i % 7 FROM generate_series(1, 300) AS i;
INSERT INTO integers (i2, i4, i8) VALUES
    (-32768, -2147483648, -9223372036854775808), (-32767, -2147483647, -9223372036854775807),
    (32766, 2147483646, 9223372036854775806), (32767, 2147483647, 9223372036854775807),
    (-32768, -32769, -2147483649), (32767, 32768, 2147483648), (5, 65536, 4294967296), (5, 65541, 4294967301),
    (-5, -65536, -4294967296), (-5, -65541, -4294967301), (256, 16777216, 1099511627776);
CREATE TABLE oids AS SELECT i::oid AS o FROM generate_series(0, 300) AS i
UNION ALL SELECT unnest('{2147483647,2147483648,2147483649,4294967294,4294967295,4294967295}'::oid[]);
VACUUM ANALYZE integers, oids;
CREATE INDEX integers_i2 ON integers USING smol (i2);
CREATE INDEX integers_i4 ON integers USING smol (i4);
CREATE INDEX integers_i8 ON integers USING smol (i8);
CREATE INDEX oids_o ON oids USING smol (o);

-- negative keys are there, and so is everything
SELECT q, same(q, i) FROM (VALUES
    ('SELECT i2 FROM integers ORDER BY i2', 'integers_i2'),
    ('SELECT i4 FROM integers ORDER BY i4', 'integers_i4'),
    ('SELECT i8 FROM integers ORDER BY i8', 'integers_i8'),
    ('SELECT o FROM oids ORDER BY o', 'oids_o'),
    ('SELECT count(*), min(i2), max(i2) FROM integers', 'integers_i2'),
    ('SELECT count(*), min(i4), max(i4) FROM integers', 'integers_i4'),
    ('SELECT count(*), min(i8), max(i8) FROM integers', 'integers_i8'),
    ('SELECT count(*), min(o), max(o) FROM oids', 'oids_o'),
    ('SELECT count(*) FROM integers WHERE i4 < 0', 'integers_i4'),
    -- compared with what the column's own type can't hold
    ('SELECT count(*) FROM integers WHERE i4 < 3000000000', 'integers_i4'),
    ('SELECT count(*) FROM integers WHERE i4 = 4294967301', 'integers_i4'),
    ('SELECT count(*) FROM integers WHERE i4 > -3000000000', 'integers_i4'),
    ('SELECT count(*) FROM integers WHERE i4 > 3000000000', 'integers_i4'),
    ('SELECT count(*) FROM integers WHERE i2 < 40000', 'integers_i2'),
    ('SELECT count(*) FROM integers WHERE i2 = 65541', 'integers_i2'),
    ('SELECT count(*) FROM integers WHERE i2 >= -40000', 'integers_i2'),
    ('SELECT count(*) FROM integers WHERE i2 = 4294967301', 'integers_i2'),
    ('SELECT count(*) FROM integers WHERE i8 = 5::int2', 'integers_i8'),
    ('SELECT count(*) FROM integers WHERE i8 = 4294967301', 'integers_i8'),
    ('SELECT count(*) FROM integers WHERE i8 BETWEEN -4294967301 AND 4294967296', 'integers_i8')) AS v(q, i);

-- every operator at every edge
SELECT * FROM sweep('integers', 'i2', 'integers_i2',
    '{(-32768)::int2,(-32767)::int2,(-1)::int2,0::int2,1::int2,5::int2,300::int2,32766::int2,32767::int2}');
SELECT * FROM sweep('integers', 'i2', 'integers_i2',
    '{-2147483648,-65541,-65536,-32769,-32768,0,5,32767,32768,65536,65541,2147483647}');
SELECT * FROM sweep('integers', 'i2', 'integers_i2',
    '{(-9223372036854775808),-4294967301,-32769::int8,-32768::int8,5::int8,32767::int8,32768::int8,4294967301,9223372036854775807}');
SELECT * FROM sweep('integers', 'i4', 'integers_i4',
    '{(-32768)::int2,(-1)::int2,0::int2,5::int2,32767::int2}');
SELECT * FROM sweep('integers', 'i4', 'integers_i4',
    '{-2147483648,-2147483647,-65541,-65536,-1,0,1,5,300,65536,65541,2147483646,2147483647}');
SELECT * FROM sweep('integers', 'i4', 'integers_i4',
    '{(-9223372036854775808),-4294967301,-2147483649,(-2147483648)::int8,-1::int8,5::int8,2147483647::int8,2147483648,4294967301,9223372036854775807}');
SELECT * FROM sweep('integers', 'i8', 'integers_i8',
    '{(-32768)::int2,(-1)::int2,0::int2,5::int2,32767::int2}');
SELECT * FROM sweep('integers', 'i8', 'integers_i8', '{-2147483648,-1,0,5,2147483647}');
SELECT * FROM sweep('integers', 'i8', 'integers_i8',
    '{(-9223372036854775808),(-9223372036854775807),-4294967301,-4294967296,-2147483649,0::int8,5::int8,2147483648,4294967296,4294967301,1099511627776,9223372036854775806,9223372036854775807}');
SELECT * FROM sweep('oids', 'o', 'oids_o',
    '{0::oid,1::oid,300::oid,2147483647::oid,2147483648::oid,4294967294::oid,4294967295::oid}');

-- indexes that run the other way
CREATE INDEX integers_i4_desc ON integers USING smol (i4 DESC);
DROP INDEX integers_i4;
SELECT * FROM sweep('integers', 'i4', 'integers_i4_desc',
    '{-2147483648,-2147483647,-65541,-1,0,1,5,300,65536,2147483646,2147483647,3000000000,-3000000000}');

DROP TABLE integers, oids;
