--
-- Cursors: any direction from any place, also at both ends, across commit, and
-- with one's own deletes in between.
--
CREATE TABLE cursors AS SELECT i AS k, i / 3 AS d FROM generate_series(1, 30000) AS i;
VACUUM ANALYZE cursors;
CREATE INDEX cursors_k ON cursors USING smol (k) WITH (writes = retire);
CREATE INDEX cursors_d ON cursors USING smol (d) WITH (writes = retire);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
EXPLAIN (COSTS OFF) DECLARE c SCROLL CURSOR FOR SELECT k FROM cursors ORDER BY k;
DECLARE c SCROLL CURSOR FOR SELECT k FROM cursors ORDER BY k;
FETCH 5 FROM c;
FETCH BACKWARD 3 FROM c;
FETCH NEXT FROM c;
FETCH PRIOR FROM c;
FETCH PRIOR FROM c;
FETCH PRIOR FROM c;
FETCH NEXT FROM c;
FETCH ABSOLUTE 15000 FROM c;
FETCH RELATIVE -3 FROM c;
FETCH RELATIVE 5 FROM c;
FETCH LAST FROM c;
FETCH NEXT FROM c;
FETCH PRIOR FROM c;
FETCH PRIOR FROM c;
FETCH FIRST FROM c;
FETCH ABSOLUTE -2 FROM c;
MOVE BACKWARD ALL IN c;
MOVE FORWARD ALL IN c;
MOVE BACKWARD 20000 IN c;
FETCH 2 FROM c;
COMMIT;

-- backward to begin with, among duplicates, bounded
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT d FROM cursors WHERE d BETWEEN 100 AND 5000 ORDER BY d DESC;
FETCH 4 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH ALL FROM c \g (format=unaligned tuples_only=on) | tail -n 2
FETCH NEXT FROM c;
FETCH BACKWARD 4 FROM c;
MOVE BACKWARD ALL IN c;
FETCH 2 FROM c;
COMMIT;

-- turning round at every distance comes back to the same row
CREATE FUNCTION turn(query text, index text) RETURNS TABLE (turns bigint, ok bigint) LANGUAGE plpgsql AS $$
DECLARE
    c SCROLL CURSOR FOR SELECT k FROM cursors ORDER BY k;
    x int;
    y int;
BEGIN
    turns := 0;
    ok := 0;
    OPEN c;
    FOR n IN 1 .. 200 LOOP
        MOVE FORWARD n IN c;
        FETCH RELATIVE 0 FROM c INTO x;
        MOVE BACKWARD n / 2 IN c;
        FETCH RELATIVE 0 FROM c INTO y;
        turns := turns + 1;
        IF y = x - n / 2 THEN
            ok := ok + 1;
        END IF;
    END LOOP;
    RETURN NEXT;
END
$$;
SELECT * FROM turn('', '');

-- held across commit
BEGIN;
DECLARE h SCROLL CURSOR WITH HOLD FOR SELECT k FROM cursors WHERE k > 29990 ORDER BY k;
FETCH 3 FROM h;
COMMIT;
FETCH 2 FROM h;
FETCH BACKWARD 4 FROM h;
FETCH LAST FROM h;
CLOSE h;

-- a cursor doesn't see what its own transaction deletes after it was opened
BEGIN;
DECLARE c CURSOR FOR SELECT count(*), min(k), max(k) FROM cursors;
DECLARE b CURSOR FOR SELECT k FROM cursors ORDER BY k;
FETCH 2 FROM b;
DELETE FROM cursors WHERE k <= 10;
FETCH FROM c;
FETCH 2 FROM b;
DECLARE a CURSOR FOR SELECT count(*), min(k), max(k) FROM cursors;
FETCH FROM a;
ROLLBACK;
SELECT count(*), min(k), max(k) FROM cursors;

-- nor what it inserts
BEGIN;
DECLARE c CURSOR FOR SELECT count(*), min(k), max(k) FROM cursors;
DECLARE b CURSOR FOR SELECT k FROM cursors ORDER BY k DESC;
FETCH 2 FROM b;
INSERT INTO cursors VALUES (0, 0), (30001, 30001);
FETCH FROM c;
FETCH 2 FROM b;
DECLARE a CURSOR FOR SELECT count(*), min(k), max(k) FROM cursors;
FETCH FROM a;
COMMIT;
SELECT count(*), min(k), max(k) FROM cursors;
DROP FUNCTION turn;
DROP TABLE cursors;
