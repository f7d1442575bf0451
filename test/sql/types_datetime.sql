--
-- date, time, timestamp, timestamptz: before and after 2000, to the ends of
-- time; comparisons across the types in more than one time zone.
--
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE TABLE times AS
SELECT date '2000-01-01' + i AS d, time '00:00' + i * interval '97.5 seconds' AS t,
       timestamp '2000-01-01' + i * interval '7 hours' AS ts, timestamptz '2000-01-01' + i * interval '7 hours' AS tz
FROM generate_series(-300, 300) AS i;
INSERT INTO times (d, t, ts, tz) VALUES
    ('-infinity', '00:00', '-infinity', '-infinity'), ('infinity', '24:00', 'infinity', 'infinity'),
    ('4714-11-24 BC', '23:59:59.999999', '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00+00 BC'),
    ('5874897-12-31', '00:00:00.000001', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00'),
    ('1999-12-31', '12:00', '1999-12-31 23:59:59.999999', '1999-12-31 23:59:59.999999+00'),
    ('1970-01-01', '12:00', '1970-01-01', '1970-01-01'), ('0001-01-01', '12:00', '0001-01-01', '0001-01-01'),
    ('0001-12-31 BC', '12:00', '0001-12-31 BC', '0001-12-31 BC'), ('2262-04-12', '12:00', '2262-04-12', '2262-04-12');
VACUUM ANALYZE times;
CREATE INDEX times_d ON times USING smol (d);
CREATE INDEX times_t ON times USING smol (t);
CREATE INDEX times_ts ON times USING smol (ts);
CREATE INDEX times_tz ON times USING smol (tz);
SELECT q, same(q, i) FROM (VALUES
    ('SELECT min(d), max(d), count(*) FROM times', 'times_d'),
    ('SELECT min(t), max(t), count(*) FROM times', 'times_t'),
    ('SELECT min(ts), max(ts), count(*) FROM times', 'times_ts'),
    ('SELECT min(tz), max(tz), count(*) FROM times', 'times_tz'),
    ('SELECT count(*) FROM times WHERE ts < ''2000-01-01''', 'times_ts'),
    ('SELECT count(*) FROM times WHERE tz < ''2000-01-01''', 'times_tz'),
    ('SELECT count(*) FROM times WHERE d < ''infinity''::timestamp', 'times_d'),
    ('SELECT count(*) FROM times WHERE d = ''infinity''::timestamptz', 'times_d'),
    ('SELECT d FROM times WHERE d > timestamp ''294276-12-31 23:59:59.999999'' ORDER BY d', 'times_d'),
    ('SELECT count(*) FROM times WHERE ts < date ''5874897-12-31''', 'times_ts'),
    ('SELECT count(*) FROM times WHERE ts = date ''1970-01-01''', 'times_ts'),
    ('SELECT tz FROM times WHERE tz BETWEEN ''1999-12-31 12:00+00'' AND ''2000-01-01 18:00+00'' ORDER BY tz', 'times_tz')) AS v(q, i);
SELECT * FROM sweep('times', 'd', 'times_d',
    '{date ''-infinity'',date ''4714-11-24 BC'',date ''0001-01-01'',date ''1999-12-31'',date ''2000-01-01'',date ''2262-04-12'',date ''5874897-12-31'',date ''infinity''}');
SELECT * FROM sweep('times', 't', 'times_t',
    '{time ''00:00'',time ''00:00:00.000001'',time ''12:00'',time ''23:59:59.999999'',time ''24:00''}');
SELECT * FROM sweep('times', 'ts', 'times_ts',
    '{timestamp ''-infinity'',timestamp ''4714-11-24 BC'',timestamp ''0001-01-01'',timestamp ''1999-12-31 23:59:59.999999'',timestamp ''2000-01-01'',timestamp ''2000-01-01 07:00'',timestamp ''2262-04-12'',timestamp ''294276-12-31 23:59:59.999999'',timestamp ''infinity''}');
SELECT * FROM sweep('times', 'tz', 'times_tz',
    '{timestamptz ''-infinity'',timestamptz ''4714-11-24 BC'',timestamptz ''1999-12-31 23:59:59.999999'',timestamptz ''2000-01-01'',timestamptz ''2000-01-01 07:00'',timestamptz ''294276-12-31 23:59:59.999999'',timestamptz ''infinity''}');

-- across the types, the index being older than the session's time zone
SET timezone = 'Pacific/Kiritimati';
SELECT * FROM sweep('times', 'd', 'times_d',
    '{timestamp ''-infinity'',timestamp ''1999-12-31 12:00'',timestamp ''2000-01-01'',timestamp ''294276-12-31 23:59:59.999999'',timestamp ''infinity'',timestamptz ''-infinity'',timestamptz ''1999-12-31 12:00'',timestamptz ''2000-01-01 00:00'',timestamptz ''infinity''}');
SELECT * FROM sweep('times', 'ts', 'times_ts',
    '{date ''-infinity'',date ''1970-01-01'',date ''2000-01-01'',date ''5874897-12-31'',date ''infinity'',timestamptz ''-infinity'',timestamptz ''1999-12-31 14:00+00'',timestamptz ''2000-01-01 00:00+00'',timestamptz ''infinity''}');
SELECT * FROM sweep('times', 'tz', 'times_tz',
    '{date ''-infinity'',date ''1970-01-01'',date ''2000-01-01'',date ''infinity'',timestamp ''-infinity'',timestamp ''1999-12-31 14:00'',timestamp ''2000-01-01 00:00'',timestamp ''infinity''}');
SET timezone = 'America/Los_Angeles';
SELECT * FROM sweep('times', 'ts', 'times_ts',
    '{date ''1970-01-01'',date ''2000-01-01'',timestamptz ''1999-12-31 14:00+00'',timestamptz ''2000-01-01 00:00+00''}');
SELECT * FROM sweep('times', 'tz', 'times_tz',
    '{date ''1970-01-01'',date ''2000-01-01'',timestamp ''1999-12-31 14:00'',timestamp ''2000-01-01 00:00''}');
DROP TABLE times;
