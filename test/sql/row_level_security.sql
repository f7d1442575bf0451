--
-- Row level security holds on whichever path the rows come.
--
CREATE ROLE regress_smol_reader;
CREATE TABLE secured AS SELECT i AS a, i % 3 AS tenant FROM generate_series(1, 3000) AS i;
VACUUM ANALYZE secured;
CREATE INDEX secured_ta ON secured USING smol (tenant, a) WITH (writes = retire);
CREATE INDEX secured_a ON secured USING smol (a) WITH (writes = retire);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY secured_policy ON secured USING (tenant = 1);
GRANT SELECT ON secured TO regress_smol_reader;
CREATE FUNCTION secured_leak(a int) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
    IF a % 3 <> 1 THEN
        RAISE NOTICE 'leaked %', a;
    END IF;
    RETURN true;
END
$$;
SET ROLE regress_smol_reader;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*), min(a), max(a) FROM secured WHERE a > 100;
SELECT count(*), min(a), max(a) FROM secured WHERE a > 100;
SELECT tenant, a FROM secured ORDER BY tenant, a LIMIT 3;
SELECT tenant, a FROM secured ORDER BY tenant DESC, a DESC LIMIT 3;
SELECT count(*) FROM secured WHERE tenant = 2;
-- a function that would tell of other tenants' rows is called for none of them
SELECT count(*) FROM secured WHERE secured_leak(a) AND a < 100;
RESET ROLE;
-- after a change, from the heap
DELETE FROM secured WHERE a <= 150;
SET ROLE regress_smol_reader;
SELECT count(*), min(a), max(a) FROM secured WHERE a > 100;
SELECT count(*) FROM secured WHERE secured_leak(a) AND a < 200;
RESET ROLE;
RESET ALL;
SELECT count(*) FROM secured WHERE a > 100;
DROP FUNCTION secured_leak;
DROP TABLE secured;
DROP ROLE regress_smol_reader;
