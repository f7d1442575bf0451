--
-- Smaller than btree.  The bounds are mostly what the prototype reached.
--
CREATE TABLE sized AS
SELECT (i % 1000)::int2 AS few2, i AS unique4, i * 7919::int8 AS unique8, (i * 31) % 100003 AS a4, (i * 17) % 1009 AS b4, i / 3.0::float8 AS f8,
       i % 100 AS hundred, 7 AS constant, md5(i::text)::uuid AS u, to_char((i * 7919::int8) % 1000003, 'FM00000000') AS t8,
       substr(md5((i % 500)::text), 1, 12) AS turn,
       CASE WHEN i <= 100000 THEN md5((i % 1500)::text) WHEN i <= 200000 THEN 'same' ELSE md5((i % 50)::text) END AS change
FROM generate_series(1, 300000) AS i;
VACUUM ANALYZE sized;
CREATE FUNCTION ratio(columns text, most numeric) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r numeric;
BEGIN
    EXECUTE format('CREATE INDEX sized_smol ON sized USING smol %s', columns);
    EXECUTE format('CREATE INDEX sized_btree ON sized USING btree %s', columns);
    r := pg_relation_size('sized_smol')::numeric / pg_relation_size('sized_btree');
    DROP INDEX sized_smol, sized_btree;
    RETURN CASE WHEN r <= most THEN 'ok' ELSE 'not ' || most || ' of btree, but ' || round(r, 3) END;
END
$$;
SELECT columns, most, ratio(columns, most) FROM (VALUES
    ('(few2)', 0.018), ('(unique4)', 0.27), ('(unique8) INCLUDE (a4, b4, f8)', 0.60), ('(a4, b4)', 0.36),
    ('(hundred) INCLUDE (constant)', 0.008), ('(u)', 0.58), ('(t8)', 0.27), ('(constant)', 0.02),
    ('(unique4) INCLUDE (turn)', 0.05), ('(unique4) INCLUDE (change)', 0.125)) AS v(columns, most);
DROP FUNCTION ratio;
DROP TABLE sized;
