--
-- interval and time with time zone: '1 month' and '30 days' are equal and come
-- back as they went in.
--
SET timezone = 'UTC';
CREATE TABLE spans AS
SELECT i * interval '1 hour' AS v, ('00:00'::time + i * interval '97.5 seconds')::timetz AS t FROM generate_series(-300, 300) AS i;
INSERT INTO spans (v, t) SELECT v::interval, '12:00'
FROM unnest(ARRAY['1 month', '30 days', '720 hours', '29 days 24 hours', '1 mon -1 day 24:00', '1 year', '12 months', '360 days', '0', '1 day -24 hours', '-1 month 30 days', '-0.000001 s', '0.000001 s',
    '178000000 years', '-178000000 years', '2147483647 months 2147483647 days', '-2147483648 months -2147483648 days', 'infinity', '-infinity', 'infinity',
    '2147483647 days', '-2147483648 days', '2562047788:00:54.775807', '-2562047788:00:54.775807']) AS v;
INSERT INTO spans (v, t) SELECT interval '1 day', t::timetz
FROM unnest(ARRAY['12:00+00', '13:00+01', '11:00-01', '07:30-04:30', '00:00+15:59:59', '00:00-15:59:59', '24:00+00', '24:00-15:59', '24:00+15:59', '00:00+00', '23:59:59.999999+00', '00:00:00.000001+00',
    '12:00:00+00:00:01', '12:00:01+00:00:02']) AS t;
VACUUM ANALYZE spans;
CREATE INDEX spans_v ON spans USING smol (v);
CREATE INDEX spans_t ON spans USING smol (t);
SELECT i, kind FROM unnest('{spans_v,spans_t}'::regclass[]) AS i, smol_inspect(i);
SELECT q, same(q, i, true) FROM (VALUES
    ('SELECT v, interval_send(v) FROM spans', 'spans_v'),
    ('SELECT v, interval_send(v) FROM spans WHERE v = ''1 month''', 'spans_v'),
    ('SELECT v, interval_send(v) FROM spans WHERE v IN (''30 days'', ''1 month'', ''-24:00'', ''infinity'')', 'spans_v'),
    ('SELECT v FROM spans WHERE v = ''0''', 'spans_v'),
    ('SELECT min(v), max(v), count(*) FROM spans', 'spans_v'),
    ('SELECT t, timetz_send(t) FROM spans', 'spans_t'),
    ('SELECT t FROM spans WHERE t = ''12:00+00''', 'spans_t'),
    ('SELECT t FROM spans WHERE t IN (''13:00+01'', ''12:00+00'', ''00:00'')', 'spans_t'),
    ('SELECT min(t), max(t), count(*) FROM spans', 'spans_t')) AS v(q, i);
SET enable_seqscan = off;
SELECT v FROM spans WHERE v = '720:00' ORDER BY v::text COLLATE "C";
RESET enable_seqscan;
SELECT same('SELECT t FROM spans ORDER BY t', 'spans_t'), same('SELECT t FROM spans ORDER BY t DESC', 'spans_t');
SELECT * FROM sweep('spans', 'v', 'spans_v',
    '{interval ''-infinity'',interval ''-178000000 years'',interval ''-2147483648 days'',interval ''-1 day'',interval ''0'',interval ''0.000001 s'',interval ''29 days'',interval ''30 days'',interval ''1 month'',interval ''2562047788:00:54.775807'',interval ''2147483647 days'',interval ''178000000 years'',interval ''infinity''}', true);
SELECT * FROM sweep('spans', 't', 'spans_t',
    '{timetz ''00:00+15:59:59'',timetz ''00:00+00'',timetz ''12:00+00'',timetz ''11:00-01'',timetz ''13:00+01'',timetz ''24:00+00'',timetz ''24:00-15:59'',timetz ''00:00-15:59:59''}');
SELECT smol_verify(i) FROM unnest('{spans_v,spans_t}'::regclass[]) AS i;
-- in order, both ways
SET enable_seqscan = off;
SELECT count(*) FILTER (WHERE before > v) AS wrong, count(*) FROM (SELECT v, lag(v) OVER () AS before FROM (SELECT v FROM spans ORDER BY v) AS o) AS w;
SELECT count(*) FILTER (WHERE before < v) AS wrong, count(*) FROM (SELECT v, lag(v) OVER () AS before FROM (SELECT v FROM spans ORDER BY v DESC) AS o) AS w;
-- window frames over an interval
SELECT * FROM plan('SELECT v, count(*) OVER (ORDER BY v RANGE BETWEEN ''1 day'' PRECEDING AND ''2 hours'' FOLLOWING) FROM spans WHERE v BETWEEN ''-30 days'' AND ''30 days''');
RESET enable_seqscan;
SELECT same('SELECT v, count(*) OVER (ORDER BY v RANGE BETWEEN ''1 day'' PRECEDING AND ''2 hours'' FOLLOWING) FROM spans WHERE v BETWEEN ''-30 days'' AND ''30 days''', 'spans_v', true);
SELECT same('SELECT t, count(*) OVER (ORDER BY t RANGE BETWEEN ''1 hour'' PRECEDING AND ''2 hours'' FOLLOWING) FROM spans', 'spans_t', true);

-- as second key, with NULLs, and INCLUDEd
DROP INDEX spans_v, spans_t;
INSERT INTO spans VALUES (NULL, '01:00'), ('1 month', NULL), (NULL, NULL), (NULL, NULL);
VACUUM spans;
CREATE INDEX spans_vt ON spans USING smol (v DESC, t DESC NULLS LAST) INCLUDE (v, t) WITH (nulls = store);
SELECT q, same(q, 'spans_vt', true) FROM (VALUES
    ('SELECT v, t FROM spans'),
    ('SELECT v, t FROM spans WHERE v IS NULL'),
    ('SELECT v, t FROM spans WHERE v = ''30 days'' AND t IS NOT NULL'),
    ('SELECT v, t FROM spans WHERE v = ''30 days'' AND t >= ''12:00+00'''),
    ('SELECT v, t FROM spans WHERE v >= ''1 year'' AND t <= ''12:00+00''')) AS v(q);
SELECT smol_verify('spans_vt');
DROP TABLE spans;
RESET timezone;
