--
-- Who opens a cursor needs the right to call its functions, not who fetches from
-- it: also where a node computes arguments of aggregates, which it gets ready when
-- the first row is asked for.
--
\set VERBOSITY terse
CREATE ROLE regress_smol_fetcher;
CREATE FUNCTION own_secret(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN $1 % 7; END $$;
REVOKE EXECUTE ON FUNCTION own_secret(int) FROM PUBLIC;
CREATE TABLE fetched AS SELECT i AS a FROM generate_series(1, 1000) AS i;
CREATE INDEX fetched_a ON fetched USING smol (a);
VACUUM ANALYZE fetched;
GRANT SELECT ON fetched TO regress_smol_fetcher;
CREATE FUNCTION open_sum() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
    sum refcursor := 'sum';
BEGIN
    OPEN sum FOR SELECT sum(own_secret(a)), count(*) FILTER (WHERE a > 10) FROM fetched WHERE a > 5;
END
$$;
SET smol.enable_aggregate = on;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT sum(own_secret(a)), count(*) FILTER (WHERE a > 10) FROM fetched WHERE a > 5;
SET ROLE regress_smol_fetcher;
BEGIN;
SELECT open_sum();
FETCH ALL FROM sum;
COMMIT;
-- the rights of who fetches are what they were
SELECT sum(own_secret(a)) FROM fetched;
SELECT current_user;
RESET ROLE;
RESET enable_seqscan;
RESET smol.enable_aggregate;
DROP FUNCTION open_sum, own_secret;
DROP TABLE fetched;
DROP ROLE regress_smol_fetcher;
