--
-- RANGE frames and merge joins work with smol installed, whichever operator
-- family the planner comes across first, and use a smol index's order.
--
CREATE TABLE frames (i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, d date, t time, ts timestamp, tz timestamptz);
INSERT INTO frames
SELECT i, i, i, i, i, i, date '2020-01-01' + i, time '00:00' + i * interval '1 minute',
       timestamp '2020-01-01' + i * interval '1 hour', timestamptz '2020-01-01 UTC' + i * interval '1 hour'
FROM generate_series(1, 200) AS g, LATERAL (SELECT (g * 7) % 50 AS i) AS s;
CREATE TABLE plain_frames AS TABLE frames;
VACUUM ANALYZE frames, plain_frames;
CREATE INDEX frames_i2 ON frames USING smol (i2);
CREATE INDEX frames_i4 ON frames USING smol (i4);
CREATE INDEX frames_i8 ON frames USING smol (i8);
CREATE INDEX frames_f4 ON frames USING smol (f4);
CREATE INDEX frames_f8 ON frames USING smol (f8);
CREATE INDEX frames_n ON frames USING smol (n);
CREATE INDEX frames_d ON frames USING smol (d);
CREATE INDEX frames_t ON frames USING smol (t);
CREATE INDEX frames_ts ON frames USING smol (ts);
CREATE INDEX frames_tz ON frames USING smol (tz);

-- each in_range function, by the index's order and by a sort
SELECT k, o, same(format('SELECT k, c FROM (SELECT %s AS k, count(*) OVER (ORDER BY %1$s RANGE BETWEEN %s PRECEDING AND %2$s FOLLOWING) AS c FROM frames) w ORDER BY k, c', k, o), 'frames_' || k)
FROM (VALUES ('i2', '3::int2'), ('i2', '3::int4'), ('i2', '3::int8'),
             ('i4', '3::int2'), ('i4', '3::int4'), ('i4', '3::int8'), ('i8', '3::int8'),
             ('f4', '3::float8'), ('f8', '3::float8'), ('n', '3::numeric'),
             ('d', 'interval ''3 days'''), ('t', 'interval ''3 minutes'''),
             ('ts', 'interval ''3 hours'''), ('tz', 'interval ''3 hours''')) AS v(k, o);

-- on a table without a smol index
SELECT i4, count(*) OVER (ORDER BY i4 RANGE BETWEEN 2::int8 PRECEDING AND 1::int2 FOLLOWING)
FROM (SELECT DISTINCT i4 FROM plain_frames WHERE i4 < 5) AS s;
SELECT d, count(*) OVER (ORDER BY d DESC RANGE BETWEEN interval '1 day' PRECEDING AND CURRENT ROW)
FROM (SELECT DISTINCT d FROM plain_frames WHERE i4 < 4) AS s;

-- merge joins, same type and across types
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM frames a JOIN frames b ON a.i4 = b.i8;
SELECT count(*) FROM frames a JOIN frames b ON a.i4 = b.i8;
SELECT count(*) FROM frames a JOIN frames b ON a.i2 = b.i4;
SELECT count(*) FROM frames a JOIN frames b ON a.f4 = b.f8;
SELECT count(*) FROM frames a JOIN frames b ON a.ts = b.d;
SELECT count(*) FROM frames a JOIN frames b ON a.n = b.n;
-- the same, by hashing
SET enable_hashjoin = on;
SET enable_mergejoin = off;
SET enable_seqscan = on;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT count(*) FROM frames a JOIN frames b ON a.i4 = b.i8;
SELECT count(*) FROM frames a JOIN frames b ON a.i2 = b.i4;
SELECT count(*) FROM frames a JOIN frames b ON a.f4 = b.f8;
SELECT count(*) FROM frames a JOIN frames b ON a.n = b.n;
SET enable_nestloop = on;
SET enable_hashjoin = off;
SELECT count(*) FROM frames a JOIN frames b ON a.ts = b.d;

DROP TABLE frames, plain_frames;
