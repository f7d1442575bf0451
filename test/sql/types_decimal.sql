--
-- numeric(p,s) of at most 18 digits is kept as scaled integers: every value
-- comes back to the byte, and is compared with any numeric at all.
--
CREATE TABLE shapes (name text, p int, s int);
INSERT INTO shapes VALUES ('d18_0', 18, 0), ('d18_18', 18, 18), ('d18_9', 18, 9), ('d18_1', 18, 1), ('d17_5', 17, 5), ('d10_2', 10, 2), ('d6_3', 6, 3), ('d5_4', 5, 4), ('d1_1', 1, 1), ('d1_0', 1, 0),
    ('d3_5', 3, 5), ('d2_18', 2, 18), ('d5_m2', 5, -2), ('d1_m17', 1, -17), ('d19_2', 19, 2), ('d18_m1', 18, -1), ('d10_19', 10, 19), ('d1000_2', 1000, 2);
-- the ends of each, what is next to them and to zero, powers of ten, digits of every group; NaN
DO $$
DECLARE
    r record;
BEGIN
    EXECUTE (SELECT format('CREATE TABLE decimals (%s)', string_agg(format('%I numeric(%s,%s)', name, p, s), ', ')) FROM shapes);
    FOR r IN SELECT * FROM shapes WHERE p < 20 LOOP
        EXECUTE format('INSERT INTO decimals (%I) SELECT n FROM (
            SELECT (k * 10::numeric ^ %s)::numeric(%s,%s) AS n FROM (
                SELECT sign * (10::numeric ^ d + e) AS k FROM generate_series(0, %3$s) AS d, generate_series(-1, 1) AS e, unnest(''{-1,1}''::int[]) AS sign
                UNION SELECT sign * left(''987654321098765432'', d)::numeric FROM generate_series(1, %3$s) AS d, unnest(''{-1,1}''::int[]) AS sign
                UNION SELECT g FROM generate_series(-12, 12) AS g) AS s
            WHERE abs(k) < 10::numeric ^ %3$s UNION SELECT ''NaN'') AS v', r.name, -r.s, r.p, r.s);
    END LOOP;
END
$$;
INSERT INTO decimals (d1000_2) SELECT d10_2 FROM decimals WHERE d10_2 IS NOT NULL;
INSERT INTO decimals (d1000_2) VALUES (1e900), (-1e900);
VACUUM ANALYZE decimals;
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM shapes LOOP
        EXECUTE format('CREATE INDEX decimals_%s ON decimals USING smol (%1$s) WHERE %1$s IS NOT NULL', r.name);
    END LOOP;
END
$$;
SELECT s.name, kind, same(format('SELECT %I FROM decimals WHERE %1$I IS NOT NULL ORDER BY %1$I', s.name), 'decimals_' || s.name),
       same(format('SELECT %I, numeric_send(%1$I) FROM decimals WHERE %1$I IS NOT NULL ORDER BY %1$I DESC', s.name), 'decimals_' || s.name)
FROM shapes AS s, smol_inspect(('decimals_' || s.name)::regclass) ORDER BY p, s;
SELECT count(smol_verify(('decimals_' || name)::regclass)) FROM shapes;

-- compared with what the column can and can't hold
CREATE FUNCTION decimal_sweep(name text, literals text[]) RETURNS TABLE (queries bigint, ok bigint, nonempty bigint, first_failure text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE VIEW decimal_view AS SELECT %I AS n FROM decimals WHERE %1$I IS NOT NULL', name);
    RETURN QUERY SELECT * FROM sweep('decimal_view', 'n', 'decimals_' || name, literals);
    DROP VIEW decimal_view;
END
$$;
SELECT name, x.* FROM (VALUES
    ('d10_2', '{''-Infinity'',-1e300,-1e20,-100000000,-99999999.995,-99999999.99,-1.001,-1,-0.015,-0.01,-0.001,0,0.000,1e-200,0.005,0.01,0.010,0.0199999999999999999999,1,99999999.99,99999999.990000001,1e8,92233720368547758.07,1e17,1e300,''Infinity'',''NaN''}'),
    ('d18_0', '{''-Infinity'',-9223372036854775809,-9223372036854775808,-1e18,-999999999999999999,-0.5,-1e-30,0,0.5,1,1.0000000000000000001,999999999999999999,999999999999999999.5,1e18,4611686018427387904,4611686018427387903,9223372036854775806,9223372036854775807,1e19,''Infinity'',''NaN''}'),
    ('d18_18', '{''-Infinity'',-1,-0.999999999999999999,-0.9999999999999999985,-1e-18,-1e-19,0,1e-200,1e-18,1.5e-18,0.1,0.0001,0.00010000,0.999999999999999999,0.9999999999999999991,1,5,9.223372036854775807,''Infinity'',''NaN''}'),
    ('d3_5', '{-1,-0.00999,-0.0099901,-0.00001,0,0.000005,0.00001,0.00999,0.01,''NaN''}'),
    ('d5_m2', '{-9999950,-9999900,-9999899,-50,0,50,100,100.00,101,9999900,9999901,1e10,''Infinity''}'),
    ('d1_m17', '{-1e18,-9e17,-1,0,1,1e17,1.5e17,9e17,9.0000000000000000001e17,1e18}'),
    ('d1_0', '{-10,-9,-8.5,0,8.999,9,9.000000000000000000000001,10}')) AS v(name, literals), decimal_sweep(name, literals::text[]) AS x;
-- lists of such
SELECT q, same(q, 'decimals_d10_2') FROM (VALUES
    ('SELECT d10_2 FROM decimals WHERE d10_2 IN (0.01, 0.010, 0.015, 1, 1e300, ''NaN'', ''Infinity'', NULL) ORDER BY d10_2'),
    ('SELECT d10_2 FROM decimals WHERE d10_2 IN (0.005, 1e300, ''Infinity'')'),
    ('SELECT d10_2 FROM decimals WHERE d10_2 < ANY (''{0.005,-5,-Infinity}'') ORDER BY d10_2 DESC'),
    ('SELECT d10_2 FROM decimals WHERE d10_2 = 5'),
    ('SELECT d10_2 FROM decimals WHERE d10_2 = 5::bigint'),
    ('SELECT min(d10_2), max(d10_2), count(*) FROM decimals WHERE d10_2 IS NOT NULL'),
    ('SELECT sum(d10_2), avg(d10_2) FROM decimals WHERE d10_2 < ''NaN''')) AS v(q);
DROP FUNCTION decimal_sweep;
DROP TABLE decimals, shapes;

-- NaN and NULL on some of many leaves, as key and INCLUDEd
CREATE TABLE decimals AS
SELECT i, ((i * 7919::bigint % 100003) / 100.0)::numeric(12,2) AS n, (i % 1000 / 8.0)::numeric(9,3) AS m, NULL::numeric(5,1) AS empty, 'NaN'::numeric(5,1) AS nan
FROM generate_series(1, 60000) AS i;
UPDATE decimals SET n = 'NaN' WHERE i % 977 = 0;
UPDATE decimals SET m = 'NaN' WHERE i BETWEEN 20000 AND 20100;
UPDATE decimals SET m = NULL WHERE i BETWEEN 20050 AND 30000;
VACUUM ANALYZE decimals;
CREATE INDEX decimals_i ON decimals USING smol (i) INCLUDE (n, m, empty, nan) WITH (nulls = store);
CREATE INDEX decimals_n ON decimals USING smol (n DESC, m) WITH (nulls = store);
SELECT name, kind FROM smol_inspect('decimals_i') ORDER BY attnum;
SELECT smol_verify('decimals_i'), smol_verify('decimals_n');
SELECT q, same(q, i) FROM (VALUES
    ('SELECT i, n, m, empty, nan FROM decimals', 'decimals_i'),
    ('SELECT count(n), count(m), sum(m), max(n), count(empty), min(nan) FROM decimals WHERE i BETWEEN 20080 AND 35000', 'decimals_i'),
    ('SELECT sum(n), sum(m) FROM decimals WHERE i < 900', 'decimals_i'),
    ('SELECT n, m FROM decimals ORDER BY n DESC, m', 'decimals_n'),
    ('SELECT n, m FROM decimals ORDER BY n, m DESC', 'decimals_n'),
    ('SELECT n, m FROM decimals WHERE n = ''NaN'' AND m >= 50.0625', 'decimals_n'),
    ('SELECT n, m FROM decimals WHERE n BETWEEN 12.345 AND 13 AND m < 99.9999', 'decimals_n')) AS v(q, i);
DROP TABLE decimals;

-- domains, expressions
CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE >= 0);
CREATE DOMAIN low_price AS price CHECK (VALUE < 1000);
CREATE TABLE decimals AS SELECT (i / 4.0)::low_price AS p, i / 3.0 AS n FROM generate_series(1, 2000) AS i;
VACUUM ANALYZE decimals;
CREATE INDEX decimals_p ON decimals USING smol (p, (n::numeric(7,3)), (n * 2));
SELECT kind FROM smol_inspect('decimals_p') ORDER BY attnum;
SET enable_seqscan = off;
SELECT same('SELECT p FROM decimals WHERE p BETWEEN 7.123 AND 12.5 ORDER BY p', 'decimals_p');
SELECT p, n::numeric(7,3), n * 2 FROM decimals WHERE p = 1 AND n::numeric(7,3) < 1.3334;
RESET enable_seqscan;
DROP TABLE decimals;
DROP DOMAIN low_price, price;

-- the declared scale goes, the file stays; what it could not hold is found in the heap
CREATE TABLE decimals AS SELECT (i / 4.0)::numeric(10,2) AS n, i FROM generate_series(1, 2000) AS i;
VACUUM ANALYZE decimals;
CREATE INDEX decimals_n ON decimals USING smol (n) INCLUDE (i) WITH (writes = retire);
CREATE INDEX decimals_i ON decimals USING smol (i) INCLUDE (n) WITH (writes = retire);
SELECT pg_relation_filenode('decimals_n') AS before \gset
ALTER TABLE decimals ALTER n TYPE numeric(12,2);
ALTER TABLE decimals ALTER n TYPE numeric;
SELECT pg_relation_filenode('decimals_n') = :before AS same_file;
SELECT kind FROM smol_inspect('decimals_n');
SELECT same('SELECT n FROM decimals WHERE n < 77.777 ORDER BY n', 'decimals_n'), smol_verify('decimals_n');
SET enable_seqscan = off;
PREPARE low(numeric) AS SELECT n FROM decimals WHERE n <= $1 ORDER BY n;
EXECUTE low(0.5);
-- a scan that finds the index stale
BEGIN;
DECLARE walk CURSOR FOR SELECT n, i FROM decimals WHERE n <= 0.509 AND n > -1e30 ORDER BY n;
INSERT INTO decimals VALUES (0.12345678901234567890, 0), ('-Infinity', 0), (1e-20, 0), (0.500, 0), (1e20, 0);
FETCH ALL FROM walk;
COMMIT;
EXECUTE low(0.5);
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
SELECT n, i FROM decimals WHERE n = 0.12345678901234567890;
RESET ALL;
REINDEX TABLE decimals;
VACUUM decimals;
SELECT kind FROM smol_inspect('decimals_n');
SELECT same('SELECT n FROM decimals WHERE n < 77.777 ORDER BY n', 'decimals_n', true);
SELECT same('SELECT n, i FROM decimals', 'decimals_i');
DEALLOCATE low;

-- a declaration that lies: such a column is kept as it is
UPDATE pg_attribute SET atttypmod = (10 << 16 | 2) + 4 WHERE attrelid = 'decimals'::regclass AND attname = 'n';
DROP INDEX decimals_n, decimals_i;
CREATE INDEX decimals_n ON decimals USING smol (n) INCLUDE (n, i);
SELECT kind FROM smol_inspect('decimals_n');
SELECT same('SELECT n, i FROM decimals ORDER BY n', 'decimals_n', true), smol_verify('decimals_n');
DROP TABLE decimals;
