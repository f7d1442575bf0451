--
-- Where rows of the table are as narrow as those of the index, a sequential scan
-- is the faster way to read all of them, and the access method the faster where
-- conditions bound the range: what it costs to form a row grows by the columns of
-- the index.
--
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION node(query text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substring(p FROM '(Index Only Scan(?: Backward)? using \w+|Seq Scan on \w+|Sort)'), ', ')
    FROM plan(query) AS p WHERE p ~ 'Scan|Sort$'
$$;
SELECT format('CREATE TABLE narrow_%s AS SELECT (i * 7919::int8 %% 100003)::int AS k, %s FROM generate_series(1, 100000) AS i',
              n, string_agg(format('i %% %s AS c%s', 7 * c, c), ', ' ORDER BY c))
FROM (VALUES (2), (3), (16)) AS v(n), generate_series(2, n) AS c GROUP BY n ORDER BY n \gexec
CREATE INDEX narrow_2_smol ON narrow_2 USING smol (k) INCLUDE (c2);
CREATE INDEX narrow_3_smol ON narrow_3 USING smol (k) INCLUDE (c2, c3);
CREATE INDEX narrow_16_smol ON narrow_16 USING smol (k) INCLUDE (c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16);
VACUUM ANALYZE narrow_2, narrow_3, narrow_16;
SELECT n AS columns, q, node(format(q, n)) FROM (VALUES (2), (3), (16)) AS v(n), unnest(ARRAY[
    'SELECT count(*) FROM narrow_%s', 'SELECT sum(c2) FROM narrow_%s', 'SELECT count(*) FILTER (WHERE c2 < 5) FROM narrow_%s',
    'SELECT sum(c2) FROM narrow_%s WHERE k >= 0', 'SELECT sum(c2) FROM narrow_%s WHERE k BETWEEN 25000 AND 75000',
    'SELECT k, c2 FROM narrow_%s ORDER BY k']) WITH ORDINALITY AS u(q, nth) ORDER BY n, nth;
-- beside a btree, which is charged for no column: also on a disk that seeks fast
CREATE INDEX narrow_2_btree ON narrow_2 (k) INCLUDE (c2);
CREATE INDEX narrow_3_btree ON narrow_3 (k) INCLUDE (c2, c3);
VACUUM ANALYZE narrow_2, narrow_3;
SELECT page, n AS columns, q, node(format(q, n))
FROM (VALUES (4.0), (1.1)) AS p(page), set_config('random_page_cost', page::text, false), (VALUES (2), (3)) AS v(n), unnest(ARRAY[
    'SELECT sum(c2) FROM narrow_%s WHERE k BETWEEN 25000 AND 75000', 'SELECT k, c2 FROM narrow_%s ORDER BY k']) WITH ORDINALITY AS u(q, nth)
ORDER BY page, n, nth;
RESET random_page_cost;
DROP TABLE narrow_2, narrow_3, narrow_16;
DROP FUNCTION node;
