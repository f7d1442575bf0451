--
-- numeric: NaN, infinities, values beyond any machine word; and 1.0 and 1.00,
-- which are equal, come back as they went in.
--
CREATE TABLE numbers AS
SELECT (i / 4.0)::numeric AS n, (i / 4.0)::numeric(10,2) AS n2, i::numeric(18,0) AS n0
FROM generate_series(-400, 400) AS i;
INSERT INTO numbers (n, n2, n0) VALUES
    ('NaN', 'NaN', 'NaN'), ('NaN', 'NaN', 'NaN'), ('Infinity', 99999999.99, 999999999999999999),
    ('-Infinity', -99999999.99, -999999999999999999), (1, 1, 1), (1.0, 1.0, 1), (1.00, 1.00, 1), (1.000000, 1, 1),
    (0, 0, 0), (0.00, 0.00, 0), (-0.0, -0.0, 0), (1e-20, 0.01, 1), (-1e-20, -0.01, -1), (1e100, 0.01, 1), (-1e100, 0, 0),
    (9223372036854775807, 1, 1), (9223372036854775808, 1, 1), (-9223372036854775809, 1, 1),
    (123456789012345678901234567890.123456789, 1, 1), (123456789012345678901234567890.1234567890, 1, 1),
    (('1' || repeat('0', 900))::numeric, 1, 1), (('1' || repeat('0', 899) || '1')::numeric, 1, 1),
    (('0.' || repeat('0', 899) || '1')::numeric, 1, 1), (10000, 10000, 10000), (1e4, 9999.99, 9999), (0.1, 0.10, 0);
VACUUM ANALYZE numbers;
CREATE INDEX numbers_n ON numbers USING smol (n);
CREATE INDEX numbers_n2 ON numbers USING smol (n2);
CREATE INDEX numbers_n0 ON numbers USING smol (n0);

-- every digit of every value (equal ones may come in any order)
SELECT q, same(q, i, true) FROM (VALUES
    ('SELECT n FROM numbers ORDER BY n', 'numbers_n'),
    ('SELECT n FROM numbers ORDER BY n DESC', 'numbers_n'),
    ('SELECT n2 FROM numbers ORDER BY n2', 'numbers_n2'),
    ('SELECT n0 FROM numbers ORDER BY n0', 'numbers_n0'),
    ('SELECT n FROM numbers WHERE n = 1', 'numbers_n'),
    ('SELECT n FROM numbers WHERE n = 0', 'numbers_n'),
    ('SELECT count(*) FROM numbers WHERE n = ''NaN''', 'numbers_n'),
    ('SELECT count(*) FROM numbers WHERE n2 = ''NaN''', 'numbers_n2'),
    ('SELECT n FROM numbers WHERE n > 9223372036854775807', 'numbers_n'),
    ('SELECT count(*) FROM numbers WHERE n > ''Infinity''', 'numbers_n'),
    ('SELECT count(*) FROM numbers WHERE n2 > 1e30', 'numbers_n2'),
    ('SELECT count(*) FROM numbers WHERE n2 < -1e30', 'numbers_n2'),
    ('SELECT count(*) FROM numbers WHERE n2 < 0.005', 'numbers_n2'),
    ('SELECT count(*) FROM numbers WHERE n0 = 0.5', 'numbers_n0'),
    ('SELECT sum(n2) FILTER (WHERE n2 <> ''NaN'') FROM numbers', 'numbers_n2')) AS v(q, i);
SET enable_seqscan = off;
SELECT n FROM numbers WHERE n = 1 ORDER BY n::text COLLATE "C";

-- and in order
SELECT * FROM plan('SELECT n FROM numbers ORDER BY n');
SELECT count(*) FILTER (WHERE before > n) AS wrong, count(*) FROM (
    SELECT n, lag(n) OVER () AS before FROM (SELECT n FROM numbers ORDER BY n) AS o) AS w;
SELECT count(*) FILTER (WHERE before < n) AS wrong, count(*) FROM (
    SELECT n, lag(n) OVER () AS before FROM (SELECT n FROM numbers ORDER BY n DESC) AS o) AS w;
RESET enable_seqscan;

SELECT * FROM sweep('numbers', 'n', 'numbers_n',
    '{''-Infinity'',-1e100,-9223372036854775809,-1,-1e-20,0,0.000,1e-20,0.1,1.0,1.00,1.001,9999.99,10000,9223372036854775808,123456789012345678901234567890.123456789,1e100,''Infinity'',''NaN''}', true);
SELECT * FROM sweep('numbers', 'n2', 'numbers_n2',
    '{''-Infinity'',-1e30,-99999999.99,-100,-0.01,-0.005,0,0.005,0.01,1.00,1.001,99999999.99,1e30,''Infinity'',''NaN''}');
SELECT * FROM sweep('numbers', 'n0', 'numbers_n0',
    '{''-Infinity'',-999999999999999999,-1.5,-1,0,0.5,1,999999999999999999,1e18,''NaN''}');

-- a declared scale that goes: the file stays, the values too
ALTER TABLE numbers ALTER n2 TYPE numeric;
VACUUM numbers;
SELECT same('SELECT n2 FROM numbers ORDER BY n2', 'numbers_n2');
DROP TABLE numbers;
