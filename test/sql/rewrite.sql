--
-- Commands that rewrite the table, or change a column's type without: the
-- index follows, is used again after VACUUM, and is right before that.
--
\set VERBOSITY terse
CREATE TABLE rewritten AS
SELECT (i * 7919) % 10007 AS a, ('v' || i % 1000)::varchar(10) AS v, i AS c, (i / 4.0)::numeric(10,2) AS n, i % 2 = 0 AS even
FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE rewritten;
CREATE INDEX rewritten_a ON rewritten USING smol (a);
CREATE INDEX rewritten_v ON rewritten USING smol (v) INCLUDE (c);
CREATE INDEX rewritten_n ON rewritten USING smol (n);
CREATE INDEX rewritten_c ON rewritten (c);
CREATE FUNCTION check_all() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT same('SELECT a FROM rewritten ORDER BY a', 'rewritten_a')
    UNION ALL SELECT same('SELECT v, c FROM rewritten ORDER BY v', 'rewritten_v', true)
    UNION ALL SELECT same('SELECT count(*), min(v), max(v), sum(c) FROM rewritten WHERE v >= ''v5'' AND v < ''v7''', 'rewritten_v')
    UNION ALL SELECT same('SELECT n FROM rewritten WHERE n < 1000 ORDER BY n', 'rewritten_n')
$$;
CREATE FUNCTION unvacuumed() RETURNS text LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    RETURN format('%s %s', (SELECT count(*) FROM rewritten WHERE a < 5000), (SELECT count(*) FROM rewritten WHERE v = 'v5'));
END
$$;
SELECT check_all();

VACUUM FULL rewritten;
SELECT unvacuumed();
VACUUM rewritten;
SELECT check_all();

CLUSTER rewritten USING rewritten_c;
SELECT unvacuumed();
VACUUM rewritten;
SELECT check_all();

-- the file stays under a new index
SELECT pg_relation_filenode('rewritten_v') AS before \gset
ALTER TABLE rewritten ALTER v TYPE varchar(20);
SELECT pg_relation_filenode('rewritten_v') = :before AS same_file;
SELECT check_all();
ALTER TABLE rewritten ALTER v TYPE text;
SELECT pg_relation_filenode('rewritten_v') = :before AS same_file;
SELECT check_all();
ALTER TABLE rewritten ALTER n TYPE numeric(12,2), ALTER n SET NOT NULL;
SELECT check_all();
ALTER TABLE rewritten ALTER n TYPE numeric;
SELECT check_all();
-- and stays sealed
INSERT INTO rewritten VALUES (1, 'a rather longer text than before', 1, 1.23456789, true);

-- the table is written anew
ALTER TABLE rewritten ALTER a TYPE bigint;
SELECT unvacuumed();
VACUUM ANALYZE rewritten;
SELECT check_all();
SELECT kind, bytes > 0 AS bytes FROM smol_inspect('rewritten_a');
ALTER TABLE rewritten ALTER a TYPE text;
SELECT same('SELECT a FROM rewritten ORDER BY a', 'rewritten_a');
VACUUM ANALYZE rewritten;
SELECT same('SELECT a FROM rewritten ORDER BY a', 'rewritten_a');
-- to a type that smol has no operator class for: refused, all is as before
ALTER TABLE rewritten ALTER a TYPE jsonb USING to_jsonb(a);
SELECT same('SELECT a FROM rewritten ORDER BY a', 'rewritten_a');
-- to NULLs: refused
ALTER TABLE rewritten ALTER a TYPE int USING nullif(a, '5')::int;
SELECT same('SELECT a FROM rewritten ORDER BY a', 'rewritten_a');
ALTER TABLE rewritten ALTER a TYPE int USING a::int;
VACUUM ANALYZE rewritten;
SELECT check_all();
ALTER TABLE rewritten ADD stamp timestamptz DEFAULT clock_timestamp(), DROP even;
SELECT unvacuumed();
VACUUM rewritten;
SELECT check_all();

-- not the table: the index stays as it is
ALTER TABLE rewritten ADD extra int DEFAULT 5, ADD CHECK (a > -1), DROP stamp;
ALTER TABLE rewritten RENAME a TO aa;
ALTER TABLE rewritten RENAME aa TO a;
ALTER INDEX rewritten_n RENAME TO rewritten_nn;
ALTER INDEX rewritten_nn RENAME TO rewritten_n;
SELECT check_all();

-- rolled back
BEGIN;
ALTER TABLE rewritten ALTER a TYPE bigint;
REINDEX TABLE rewritten;
ROLLBACK;
SELECT check_all();
ALTER TABLE rewritten DROP c;
SELECT to_regclass('rewritten_v');
DROP FUNCTION check_all, unvacuumed;
DROP TABLE rewritten;

-- included columns keep their file, too; but another type has another order,
-- other sums, and other groups
CREATE TABLE retyped AS SELECT i AS k, CASE WHEN i % 2 = 0 THEN i ELSE -i END AS i, (i - 500)::int::oid AS o, 'x' || i % 10 || repeat(' ', i % 3) AS t
FROM generate_series(1, 1000) AS i;
CREATE INDEX retyped_k ON retyped USING smol (k) INCLUDE (i, o, t);
SELECT pg_relation_filenode('retyped_k') AS before \gset
ALTER TABLE retyped ALTER i TYPE oid, ALTER o TYPE int, ALTER t TYPE bpchar;
SELECT pg_relation_filenode('retyped_k') = :before AS same_file;
VACUUM ANALYZE retyped;
SELECT aggregated('SELECT min(i), max(i) FROM retyped');
SELECT aggregated('SELECT min(o), max(o), sum(o), avg(o), stddev(o) FROM retyped WHERE k > 10');
SELECT aggregated('SELECT sum(o + 1), max(o - k) FROM retyped');
SELECT aggregated('SELECT count(DISTINCT t) FROM retyped');
SELECT aggregated(format('SELECT count(*) FROM retyped WHERE %s', c)), by_node(format('SELECT k, i, o, t FROM retyped WHERE %s ORDER BY k', c), 'retyped_k')
FROM unnest('{i > 5,i < 4294966796,i = 4294967295,"i = ANY (''{4294967295,2}''::oid[])",o < 0,o > -3,"o <> ALL (''{-3,4}''::int[])",t = ''x1'',t > ''x8''}'::text[]) AS c;
SELECT aggregated('SELECT o, count(*), max(k) FROM retyped GROUP BY o');
SELECT aggregated('SELECT t, count(*), max(k) FROM retyped GROUP BY t');
DROP TABLE retyped;
