--
-- SmolScan in the order of its index and against it: LIMIT, merge joins with
-- duplicates (mark and restore), DISTINCT, windows, and cursors in all directions.
--
SET client_min_messages = warning;
CREATE TABLE exec_order AS
SELECT i / 3 AS a, CASE WHEN i % 5 = 0 THEN NULL ELSE i % 100 END AS b, 'text ' || i % 70 AS c FROM generate_series(1, 20000) AS i;
CREATE INDEX exec_order_smol ON exec_order USING smol (a, b DESC NULLS LAST) INCLUDE (c) WITH (nulls = store);
VACUUM ANALYZE exec_order;
SET smol.enable_scan = on;
SET enable_seqscan = off;
SET enable_indexonlyscan = off;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
SET enable_incremental_sort = off;

SELECT q, by_node('SELECT a, b FROM exec_order ' || q, 'exec_order_smol') FROM unnest(ARRAY[
    'ORDER BY a, b DESC NULLS LAST', 'ORDER BY a DESC, b NULLS FIRST', 'ORDER BY a, b DESC NULLS LAST LIMIT 7', 'ORDER BY a DESC, b NULLS FIRST LIMIT 1',
    'WHERE a BETWEEN 1000 AND 4000 ORDER BY a DESC, b NULLS FIRST OFFSET 5000 LIMIT 3', 'WHERE a IN (5, 3, 4000, 3, 17) ORDER BY a DESC, b NULLS FIRST',
    'WHERE a IN (5, 3, 4000, 3, 17) AND b IN (9, 11, 16, 8) ORDER BY a, b DESC NULLS LAST', 'WHERE c = ''text 5'' ORDER BY a, b DESC NULLS LAST LIMIT 20',
    'WHERE a < 0 ORDER BY a', 'WHERE b > 98 AND c <> ''text 9'' ORDER BY a DESC LIMIT 20', 'WHERE a = 77 ORDER BY b DESC NULLS LAST']) AS q;
SELECT * FROM plan('SELECT a, b FROM exec_order ORDER BY a, b DESC NULLS LAST LIMIT 3');
SELECT * FROM plan('SELECT a, b FROM exec_order WHERE a < 500 ORDER BY a DESC, b NULLS FIRST');
SELECT q, by_node(q, 'exec_order_smol') FROM unnest(ARRAY[
    'SELECT DISTINCT a FROM exec_order WHERE a % 10 = 3',
    'SELECT a, count(*), count(b), max(c) FROM exec_order GROUP BY a',
    'SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST), sum(b) OVER (ORDER BY a RANGE BETWEEN 2 PRECEDING AND CURRENT ROW) FROM exec_order WHERE a > 6000',
    'SELECT max(a), min(a) FROM exec_order',
    'SELECT c || a, a + 1 FROM exec_order WHERE a < 100']) AS q;

-- merge joins: duplicates on both sides go back and forth
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_material = off;
SELECT * FROM plan('SELECT count(*) FROM exec_order x JOIN exec_order y ON x.a = y.a WHERE y.c < ''text 3''');
SELECT q, by_node(q, 'exec_order_smol') FROM unnest(ARRAY[
    'SELECT count(*), sum(x.b), sum(y.b), sum(hashtext(x.c || y.c)) FROM exec_order x JOIN exec_order y ON x.a = y.a',
    'SELECT count(*), sum(x.b), sum(y.b) FROM exec_order x JOIN exec_order y ON x.a = y.a WHERE y.c < ''text 3'' AND x.b > 20',
    'SELECT count(*), sum(x.b), sum(y.b) FROM exec_order x JOIN exec_order y ON x.a = y.a / 100',
    'SELECT count(*), sum(x.b), sum(y.b) FROM exec_order x FULL JOIN exec_order y ON x.a = y.a',
    'SELECT count(*), sum(x.b), sum(y.b) FROM (SELECT * FROM exec_order WHERE a IN (1, 2, 3, 50, 700)) x JOIN exec_order y ON x.a = y.a AND y.b < x.b',
    'SELECT count(*) FROM (SELECT a / 1000 AS a FROM exec_order WHERE a < 4000) x JOIN (SELECT * FROM exec_order WHERE a IN (3, 2, 1)) y ON x.a = y.a']) AS q;
RESET enable_hashjoin;
RESET enable_nestloop;
RESET enable_material;

-- cursors
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT a, b FROM exec_order WHERE a BETWEEN 100 AND 900 AND c <> 'text 7' ORDER BY a, b DESC NULLS LAST;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH NEXT FROM c;
FETCH LAST FROM c;
FETCH NEXT FROM c;
FETCH PRIOR FROM c;
FETCH PRIOR FROM c;
FETCH ABSOLUTE 1500 FROM c;
FETCH RELATIVE -1400 FROM c;
MOVE ALL FROM c;
FETCH BACKWARD 2 FROM c;
FETCH FIRST FROM c;
MOVE BACKWARD ALL FROM c;
FETCH NEXT FROM c;
-- arrays make several ranges
DECLARE d SCROLL CURSOR FOR SELECT a, b FROM exec_order WHERE a IN (3, 500, 4000, 77) AND b IS NOT NULL ORDER BY a DESC, b;
FETCH 4 FROM d;
FETCH BACKWARD 3 FROM d;
FETCH FORWARD ALL FROM d;
FETCH BACKWARD ALL FROM d;
FETCH 1 FROM d;
COMMIT;
DECLARE h SCROLL CURSOR WITH HOLD FOR SELECT a FROM exec_order WHERE a < 5 ORDER BY a DESC;
FETCH 2 FROM h;
FETCH LAST FROM h;
CLOSE h;
DROP TABLE exec_order;
