--
-- SmolScan and security: a qual that may tell of rows is not asked before row
-- level security and security barriers have spoken.
--
SET client_min_messages = warning;
CREATE TABLE exec_secret AS SELECT i AS id, i % 5 AS owner, 'secret ' || i AS what, i * 10 AS n FROM generate_series(1, 3000) AS i;
CREATE INDEX exec_secret_smol ON exec_secret USING smol (id) INCLUDE (owner, what, n);
VACUUM ANALYZE exec_secret;
RESET client_min_messages;
-- an operator that tells: not leakproof, and in an ordering family by its function
CREATE FUNCTION telling_eq(int, int) RETURNS bool LANGUAGE plpgsql STRICT IMMUTABLE COST 0.0001 AS $$
BEGIN
    IF $1 IN (6, 7) THEN RAISE NOTICE 'seen: %', $1; END IF;
    RETURN $1 = $2;
END
$$;
CREATE FUNCTION telling_lt(int, int) RETURNS bool LANGUAGE sql STRICT IMMUTABLE AS 'SELECT $1 < $2';
CREATE FUNCTION telling_cmp(int, int) RETURNS int LANGUAGE plpgsql STRICT IMMUTABLE AS $$
BEGIN
    IF $1 IN (6, 7) THEN RAISE NOTICE 'compared: %', $1; END IF;
    RETURN sign($1::int8 - $2::int8);
END
$$;
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = telling_eq, COMMUTATOR = ===, RESTRICT = eqsel);
CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = telling_lt, RESTRICT = scalarltsel);
CREATE OPERATOR CLASS telling_ops FOR TYPE int USING btree AS OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 telling_cmp(int, int);
CREATE ROLE exec_reader;
GRANT SELECT ON exec_secret TO exec_reader;
ALTER TABLE exec_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY exec_policy ON exec_secret TO exec_reader USING (owner = 3);
SET smol.enable_scan = on;
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
-- without a policy it is asked by the index
SELECT * FROM plan('SELECT what FROM exec_secret WHERE id === 8');
SELECT what FROM exec_secret WHERE id === 8;
SET ROLE exec_reader;
-- here the policy goes first; a leakproof operator may be asked with it
SELECT * FROM plan('SELECT what FROM exec_secret WHERE id === 8 AND n = 80');
SELECT what FROM exec_secret WHERE id === 8;
SELECT what FROM exec_secret WHERE id = 8;
SELECT count(*), min(owner), max(owner) FROM exec_secret WHERE n > 50;
SELECT count(*) FROM exec_secret WHERE what = 'secret 7' OR what = 'secret 8';
SELECT * FROM plan('SELECT id FROM exec_secret WHERE what LIKE ''%7''');
RESET ROLE;
-- a security barrier
CREATE VIEW exec_barrier WITH (security_barrier) AS SELECT * FROM exec_secret WHERE owner = 3;
GRANT SELECT ON exec_barrier TO exec_reader;
SET ROLE exec_reader;
SELECT * FROM plan('SELECT what FROM exec_barrier WHERE id === 8 AND n < 100');
SELECT what FROM exec_barrier WHERE id === 8 AND n < 100;
RESET ROLE;
-- plans for one role are not run for another
SET plan_cache_mode = force_generic_plan;
PREPARE counted AS SELECT count(*) FROM exec_secret WHERE id > 0;
EXECUTE counted;
SET ROLE exec_reader;
EXECUTE counted;
RESET ROLE;
EXECUTE counted;
DEALLOCATE counted;
DROP VIEW exec_barrier;
DROP TABLE exec_secret;
DROP ROLE exec_reader;
DROP OPERATOR FAMILY telling_ops USING btree;
DROP OPERATOR === (int, int);
DROP OPERATOR <<< (int, int);
DROP FUNCTION telling_eq, telling_lt, telling_cmp;
