--
-- Each type again on a tree of several levels: what the inner pages say about
-- their children must not be cut to a machine word.  The keys are spread over
-- the whole of the type, and what each carries along makes leaves of few rows.
--
CREATE TABLE spread AS
SELECT (h - 2147483648) / 65536 AS int2,
       (h - 2147483648)::int4 AS int4,
       (h - 2147483648) * 4294967296 + h AS int8,
       h::oid AS oid,
       ((h - 2147483648) * 1e29::float8)::float4 AS float4,
       (h - 2147483648) * 8e298::float8 AS float8,
       (h - 2147483648) * 12345678901234567890.123 AS "numeric",
       ((h - 2147483648) * 3333.3333)::numeric(18,4) AS scaled,
       date '2000-01-01' + ((h - 2147483648) / 3000)::int AS date,
       time '00:00' + h * interval '20 microseconds' AS time,
       timestamp '2000-01-01' + (h - 2147483648) * interval '1 second' AS timestamp,
       timestamptz '2000-01-01 UTC' + (h - 2147483648) * interval '10 second' AS timestamptz,
       md5(i::text)::uuid AS uuid,
       md5(i::text) AS text,
       ('a rather long prefix that all keys have in common, ' || h)::varchar(80) AS varchar,
       md5(i::text)::uuid AS filler
FROM generate_series(0, 19999) AS i, LATERAL (SELECT i * 2654435761 % 4294967296 AS h) AS s;
ALTER TABLE spread ALTER int2 TYPE int2;
VACUUM ANALYZE spread;

-- For a few values spread over the column: all operators, compared with a
-- sequential scan by count and sum of hashes; the first and last rows of the
-- range; then a lookup of each.
CREATE FUNCTION bounds(col name) RETURNS TABLE (leaves bool, queries bigint, ok bigint, first_failure text)
LANGUAGE plpgsql AS $$
DECLARE
    idx text := 'spread_' || col;
    literals text[];
BEGIN
    EXECUTE format('CREATE INDEX %I ON spread USING smol (%I) INCLUDE (filler)', idx, col);
    EXECUTE format('SELECT array_agg(quote_literal(v) || %L) FROM (SELECT %I AS v, row_number() OVER (ORDER BY %2$I) AS n FROM spread) s
                    WHERE n %% 4999 = 0 OR n IN (1, 2, 20000)', '::' || (SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'spread'::regclass AND attname = col), col) INTO literals;
    RETURN QUERY
    WITH quals AS (
        SELECT format('%I %s %s', col, op, l) AS qual FROM unnest('{<,<=,=,>=,>}'::text[]) AS op, unnest(literals) AS l
        UNION ALL
        SELECT format('%I >= %s AND %1$I < %s', col, l1, l2)
        FROM unnest(literals) WITH ORDINALITY AS a(l1, n1), unnest(literals) WITH ORDINALITY AS b(l2, n2) WHERE n1 + 1 = n2
    ), runs AS (
        SELECT q, same(q, idx) AS answer
        FROM quals, unnest(ARRAY['SELECT count(*), sum(hashtext(%I::text)) FROM spread WHERE %s',
                                 'SELECT %I FROM spread WHERE %s ORDER BY %1$I LIMIT 3',
                                 'SELECT %I FROM spread WHERE %s ORDER BY %1$I DESC LIMIT 3']) AS f,
             LATERAL (SELECT format(f, col, qual)) AS s(q)
        UNION ALL
        SELECT q, same(q, idx)
        FROM format('SELECT v, (SELECT count(*) FROM spread WHERE %I = v) FROM (VALUES (%s)) AS s(v)', col, array_to_string(literals, '), (')) AS q
    )
    SELECT (SELECT leaf_pages > 3 FROM smol_index_stats(idx::regclass)), count(*), count(*) FILTER (WHERE answer LIKE 'ok%' AND answer NOT LIKE '%Fallback%'),
           (array_agg(q || ' => ' || answer) FILTER (WHERE answer NOT LIKE 'ok%' OR answer LIKE '%Fallback%'))[1]
    FROM runs;
    EXECUTE format('DROP INDEX %I', idx);
END
$$;
SELECT 'int2' AS type, * FROM bounds('int2');
SELECT 'int4' AS type, * FROM bounds('int4');
SELECT 'int8' AS type, * FROM bounds('int8');
SELECT 'oid' AS type, * FROM bounds('oid');
SELECT 'float4' AS type, * FROM bounds('float4');
SELECT 'float8' AS type, * FROM bounds('float8');
SELECT 'numeric' AS type, * FROM bounds('numeric');
SELECT 'numeric(18,4)' AS type, * FROM bounds('scaled');
SELECT 'date' AS type, * FROM bounds('date');
SELECT 'time' AS type, * FROM bounds('time');
SELECT 'timestamp' AS type, * FROM bounds('timestamp');
SELECT 'timestamptz' AS type, * FROM bounds('timestamptz');
SELECT 'uuid' AS type, * FROM bounds('uuid');
SELECT 'text' AS type, * FROM bounds('text');
SELECT 'varchar' AS type, * FROM bounds('varchar');
DROP FUNCTION bounds;
DROP TABLE spread;
