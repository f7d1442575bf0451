-- The bench of 012_damage.pl: indexes of every codec, and a function that
-- damages one, asks it questions, verifies it, and puts it back.
--
-- Files are written under the running server, whose buffers of them are thrown
-- away: some hundred cases a second.  Nothing here is for use elsewhere.
CREATE EXTENSION IF NOT EXISTS pg_buffercache;
CREATE TABLE t (k int, i8 int8, p int8, f float8, f4 float4, n numeric(10,2), num numeric, u uuid, s text, c text, d date,
	ts timestamp, b bool, by bytea, st text, rnd int8) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, CASE WHEN g % 97 = 0 THEN g * 1000000007::int8 * 1000003 ELSE g % 1000 END,
	CASE WHEN g % 61 = 0 THEN hashint8extended(g, 5) ELSE g::int8 * 7919 % 1000 END, (g * 7919 % 3000) / 100.0,
	CASE WHEN g % 50 = 0 THEN sqrt(g) ELSE g / 8.0 END, CASE WHEN g % 7 = 0 THEN NULL ELSE (g * 31 % 5000) / 100.0 END,
	CASE WHEN g % 5 = 0 THEN NULL ELSE g::numeric / 3 END, md5(g::text)::uuid, 'https://example.org/' || chr(97 + g % 26) || '/' || g,
	(ARRAY['red', 'green', 'blue', 'a longer name of a colour', 'x'])[1 + g * g % 5], '2000-01-01'::date + g / 20,
	'2020-01-01'::timestamp + g * interval '1 minute' + (g % 3) * interval '1 second', g % 3 = 0, decode(md5((g * 3)::text), 'hex'),
	repeat(chr(33 + (g * 7919) % 90), g % 13) || substr(md5(g::text), 1, 3 + g % 5) || chr(200 + g % 50), hashint8extended(g, 1)
	FROM generate_series(1, 2500) g;
VACUUM ANALYZE t;
-- the row of k = 1234, by a column after the first
CREATE FUNCTION by_value(col text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	value text;
BEGIN
	EXECUTE format('SELECT quote_literal(%I) FROM t WHERE k = 1234', col) INTO value;
	RETURN format('%I = %s', col, value);
END $$;
CREATE TABLE damaged (name text PRIMARY KEY, cols text[], low text, high text, path text, file bytea, questions text[], answers text[]);
INSERT INTO damaged (name, cols, low, high) VALUES
	('i1', '{k,i8,f,f4,p}', '1000', '1200'), ('i2', '{s,k,n,num,c}', '''https://example.org/d''', '''https://example.org/f'''),
	('i3', '{c,d,ts,b,by,st}', '''green''', '''red'''), ('i4', '{n,rnd,u}', '12', '13'),
	('i5', '{u,st,d,rnd}', '''40000000-0000-0000-0000-000000000000''', '''50000000-0000-0000-0000-000000000000'''),
	('i6', '{rnd,st,num,by}', '0', '1000000000000000000'), ('i7', '{p,ts,s,f}', '400', '500'), ('i8', '{f,b,c,k}', '3', '4.5');
CREATE INDEX i1 ON t USING smol (k) INCLUDE (i8, f, f4, p) WITH (nulls = store, bloom = on);
CREATE INDEX i2 ON t USING smol (s, k) INCLUDE (n, num, c) WITH (nulls = store);
CREATE INDEX i3 ON t USING smol (c, d DESC, ts) INCLUDE (b, by, st) WITH (nulls = store);
CREATE INDEX i4 ON t USING smol (n NULLS FIRST, rnd) INCLUDE (u) WITH (nulls = store);
CREATE INDEX i5 ON t USING smol (u) INCLUDE (st, d, rnd) WITH (nulls = store, bloom = on);
CREATE INDEX i6 ON t USING smol (rnd, st COLLATE "C") INCLUDE (num, by) WITH (nulls = store);
CREATE INDEX i7 ON t USING smol (p, ts) INCLUDE (s, f) WITH (nulls = store, bloom = on);
CREATE INDEX i8 ON t USING smol (f DESC, b) INCLUDE (c, k) WITH (nulls = store);
CHECKPOINT;

UPDATE damaged SET path = pg_relation_filepath(name::regclass), file = pg_read_binary_file(pg_relation_filepath(name::regclass)),
	questions = ARRAY[
		format('SELECT md5(string_agg(x::text, '','' ORDER BY x::text COLLATE "C")) FROM (SELECT %s FROM t WHERE %I >= %s OR %I < %s OR %I IS NULL) x', array_to_string(cols, ','), cols[1], low, cols[1], low, cols[1]),
		format('SELECT md5(string_agg(x::text, '','' ORDER BY x::text COLLATE "C")) FROM (SELECT %s FROM t WHERE %I BETWEEN %s AND %s) x', array_to_string(cols, ','), cols[1], low, high),
		format('SELECT array_agg(x)::text FROM (SELECT %1$I AS x FROM t WHERE %1$I <= %3$s ORDER BY %1$I DESC LIMIT 30) x', cols[1], low, high),
		format('SELECT array_agg(x)::text FROM (SELECT %1$I AS x FROM t WHERE %1$I >= %2$s ORDER BY %1$I LIMIT 30) x', cols[1], low, high),
		format('SELECT concat_ws('','', %s)::text FROM t', (SELECT string_agg(CASE
			WHEN c IN ('i8', 'p', 'rnd', 'k', 'n') THEN format('sum(%I), min(%I), max(%I), count(%I)', c, c, c, c)
			WHEN c IN ('u', 'b') THEN format('count(%I)', c)
			WHEN c = 'by' THEN 'count(*)'
			ELSE format('min(%I), max(%I), count(%I)', c, c, c) END, ', ') FROM unnest(cols) c)),
		format('SELECT md5(string_agg(x::text, '','' ORDER BY x::text COLLATE "C")) FROM (SELECT %1$I, count(*), max(%2$I::text) FROM t WHERE %1$I >= %3$s GROUP BY %1$I) x', cols[1], cols[2], low),
		format('SELECT md5(string_agg(x::text, '','' ORDER BY x::text COLLATE "C")) FROM (SELECT %s FROM t WHERE %s) x', array_to_string(cols, ','), by_value(cols[2])),
		format('SELECT count(*)::text FROM t WHERE %s', by_value(cols[3]))];

-- The CRC of a page, as it would be if the page were meant to be so.
CREATE FUNCTION mend(page bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	lower int := get_byte(page, 12) + 256 * get_byte(page, 13);
	crc int8;
BEGIN
	IF lower < 24 OR lower > 8176 THEN RETURN page; END IF;
	crc := crc32c(substr(page, 25, lower - 24) || substr(page, 8181, 12));
	FOR i IN 0 .. 3 LOOP page := set_byte(page, 8176 + i, ((crc >> (8 * i)) & 255)::int); END LOOP;
	RETURN page;
END $$;

-- Replace an index's file.  The relcache keeps the unchanging part of the
-- metapage: it has to read it again.
CREATE FUNCTION put(ix damaged, file bytea, meta bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, file);
BEGIN
	PERFORM lo_export(lo, ix.path), lo_unlink(lo);
	PERFORM pg_buffercache_evict_relation(ix.name::regclass);
	IF meta THEN EXECUTE format('ALTER INDEX %I SET (writes = reject)', ix.name); END IF;
END $$;

CREATE FUNCTION page(file bytea, block int) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT substr(file, block * 8192 + 1, 8192)';

-- Damage a file in one way or another; 'what' says in which.
CREATE FUNCTION damage(ix damaged, mended bool, OUT file bytea, OUT what text, OUT block int) LANGUAGE plpgsql AS $$
DECLARE
	npages int := length(ix.file) / 8192;
	page bytea;
	lower int;
	nchunks int;
	pick int := random(1, 100);
	at int;
	width int := 1;
	how int;
	other bytea;
BEGIN
	file := ix.file;
	-- the metapage and the last pages more often than by their number
	block := CASE random(1, 8) WHEN 1 THEN 0 WHEN 2 THEN npages - 1 WHEN 3 THEN npages - 2 ELSE random(0, npages - 1) END;
	IF random(1, 8) = 1 THEN
		SELECT coalesce(max(b), block) INTO block FROM generate_series(0, npages - 1) b WHERE get_byte(file, b * 8192 + 8180) = 5;
	END IF;
	page := page(file, block);
	lower := get_byte(page, 12) + 256 * get_byte(page, 13);

	IF pick <= 6 THEN
		SELECT d.file INTO other FROM damaged d WHERE d.name <> ix.name ORDER BY random() LIMIT 1;
		CASE random(1, 6)
		WHEN 1 THEN file := other; what := 'a foreign file'; block := 0;
		WHEN 2 THEN file := substr(file, 1, random(0, npages - 1) * 8192); what := 'truncated'; block := 0;
		WHEN 3 THEN page := decode(repeat('00', 8192), 'hex'); what := 'zeros';
		WHEN 4 THEN page := substr(page, 1, 4096) || substr(other, 4097 + 8192 * least(block, length(other) / 8192 - 1), 4096); what := 'torn: the first half is new';
		WHEN 5 THEN page := substr(other, 1 + 8192 * least(block, length(other) / 8192 - 1), 4096) || substr(page, 4097); what := 'torn: the second half is new';
		ELSE page := page(file, (block + random(1, npages - 1)) % npages); what := 'another page';
		END CASE;
	ELSE
		nchunks := get_byte(page, 36) + 256 * get_byte(page, 37);
		IF pick <= 15 THEN at := random(0, 23); what := 'page header';
		ELSIF pick <= 25 THEN at := random(8176, 8191); what := 'special space';
		ELSIF block = 0 THEN at := random(24, lower - 1); what := 'metapage';
		ELSIF get_byte(page, 8180) = 4 THEN at := random(24, lower - 1); what := 'footprint';
		ELSIF get_byte(page, 8180) = 5 THEN at := random(24, CASE random(0, 1) WHEN 0 THEN 50 ELSE lower - 1 END); what := 'bloom filters';
		ELSIF pick <= 45 THEN at := random(24, 39 + 8 * nchunks); what := 'chunk references';
		ELSIF pick <= 85 THEN
			at := 40 + 8 * random(0, nchunks - 1);
			what := format('chunk of codec %s', get_byte(page, at + 4));
			at := least(get_byte(page, at) + 256 * get_byte(page, at + 1) + random(0, 12), lower - 1);
		ELSE at := random(24, lower - 1); what := 'somewhere';
		END IF;
		how := random(1, 9);
		IF how > 7 THEN width := CASE how WHEN 8 THEN 2 ELSE 4 END; END IF;
		FOR i IN at .. least(at + width - 1, 8191) LOOP
			page := set_byte(page, i, CASE how
				WHEN 1 THEN get_byte(page, i) # (1 << random(0, 7))
				WHEN 2 THEN get_byte(page, i) # 128
				WHEN 3 THEN 0
				WHEN 4 THEN 255
				WHEN 5 THEN (get_byte(page, i) + 1) & 255
				WHEN 6 THEN (get_byte(page, i) + 255) & 255
				WHEN 8 THEN 255
				ELSE random(0, 255) END);
		END LOOP;
		what := format('%s, block %s, byte %s', what, block, at);
	END IF;
	IF length(file) = length(ix.file) AND file = ix.file THEN
		IF mended THEN page := mend(page); END IF;
		file := overlay(file PLACING page FROM block * 8192 + 1);
	END IF;
END $$;

-- Bytes that nobody reads: what of a page's header smol does not use, and what
-- lies between its contents and its special space.
CREATE FUNCTION harmless(was bytea, is_now bytea) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	a bytea;
	b bytea;
	lower int;
BEGIN
	IF length(was) <> length(is_now) THEN RETURN false; END IF;
	FOR i IN 0 .. length(was) / 8192 - 1 LOOP
		a := page(was, i); b := page(is_now, i);
		lower := get_byte(a, 12) + 256 * get_byte(a, 13);
		IF substr(a, 13, 8) <> substr(b, 13, 8) OR substr(a, 25, lower - 24) <> substr(b, 25, lower - 24) OR
			substr(a, 8177) <> substr(b, 8177) THEN RETURN false; END IF;
	END LOOP;
	RETURN true;
END $$;

CREATE TABLE result (number int, name text, what text, mended bool, right_answers int, errors int, wrong int, verify text, fault text);

-- Ask all questions in all ways; the answers, or the states of the errors.
CREATE FUNCTION ask(ix damaged) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	answers text[];
	answer text;
BEGIN
	FOR i IN 1 .. cardinality(ix.questions) LOOP
		FOR way IN 0 .. 1 LOOP
			PERFORM set_config('smol.enable_scan', CASE way WHEN 0 THEN 'on' ELSE 'off' END, true),
				set_config('smol.enable_aggregate', CASE way WHEN 0 THEN 'on' ELSE 'off' END, true);
			BEGIN
				EXECUTE ix.questions[i] INTO answer;
			EXCEPTION WHEN OTHERS THEN
				answer := format('error %s %s', SQLSTATE, SQLERRM);
			END;
			answers := answers || answer;
		END LOOP;
	END LOOP;
	RETURN answers;
END $$;

-- One case; a row in result, with what is wrong about it if anything is.
CREATE FUNCTION try(number int, seed int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	ix damaged;
	d record;
	r result;
	crc_true bool;
	said text[];
	reported int;
BEGIN
	PERFORM setseed(sin(number * 12.9898 + seed)::float8);
	r.number := number; r.name := 'i' || random(1, 8);
	SELECT * INTO ix FROM damaged WHERE name = r.name;
	r.mended := random(0, 1) = 1;
	r.right_answers := 0; r.errors := 0; r.wrong := 0; r.verify := '';
	d := damage(ix, r.mended);
	r.what := d.what;
	PERFORM put(ix, d.file, d.block = 0);

	FOREACH crc_true IN ARRAY '{on,off}'::bool[] LOOP
		PERFORM set_config('smol.check_pages', crc_true::text, true);
		said := ask(ix);
		FOR i IN 1 .. cardinality(said) LOOP
			IF said[i] = ix.answers[i] THEN r.right_answers := r.right_answers + 1;
			ELSIF said[i] LIKE 'error %' THEN
				r.errors := r.errors + 1;
				-- with a true CRC, a value may be none of its type's
				IF said[i] !~ (CASE WHEN r.mended OR NOT crc_true THEN '^error (XX001|XX002|0A000|22...)' ELSE '^error (XX001|XX002|0A000)' END) THEN
					r.fault := format('question %s: %s', i, said[i]);
				END IF;
			ELSE
				r.wrong := r.wrong + 1;
				IF crc_true AND NOT r.mended THEN r.fault := format('question %s: a wrong answer with smol.check_pages', i); END IF;
			END IF;
		END LOOP;
	END LOOP;
	PERFORM set_config('smol.check_pages', 'off', true);

	BEGIN
		PERFORM smol_verify(ix.name::regclass, true);
	EXCEPTION WHEN OTHERS THEN
		r.verify := format('%s %s', SQLSTATE, SQLERRM);
		IF SQLSTATE !~ '^(XX001|XX002|0A000|22)' THEN r.fault := 'smol_verify: ' || r.verify; END IF;
	END;
	BEGIN
		SELECT count(*) INTO reported FROM smol_verify_report(ix.name::regclass);
		IF (reported > 0) <> (r.verify <> '') THEN r.fault := format('smol_verify says "%s", smol_verify_report finds %s', r.verify, reported); END IF;
		PERFORM * FROM smol_inspect(ix.name::regclass);
	EXCEPTION WHEN index_corrupted OR data_corrupted OR feature_not_supported THEN
		IF reported IS NULL THEN r.fault := 'smol_verify_report: ' || SQLERRM; END IF;
	END;
	PERFORM * FROM smol_indexes;
	IF r.verify = '' AND r.wrong > 0 THEN r.fault := 'a wrong answer of an index that smol_verify calls sound'; END IF;
	IF r.verify = '' AND NOT r.mended AND NOT harmless(ix.file, d.file) THEN r.fault := 'smol_verify finds nothing'; END IF;
	INSERT INTO result VALUES (r.*);
	PERFORM put(ix, ix.file, d.block = 0);
END $$;

-- An inner page that says it has a million children of one row each, with
-- minima and maxima of 2048 bytes.  The metapage says so, too.
CREATE FUNCTION crowded(file bytea, nwords int, nstrings int) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	zeros bytea := '\x0000';		-- FOR: 0 bits, no base
	ones bytea := '\x000101';		-- FOR: 0 bits, base 1
	rows bytea := '\x001001';		-- AFFINE: 0 bits, no base, slope 1
	strings bytea := '\x2080100061010102020000';	-- STRINGS: 0 bits, packed, 2048 bytes at most, no prefix, 'a', ends by FOR
	n int := nwords + nstrings;
	last int := length(file) / 8192 - 1;
	page bytea := page(file, last);
	refs bytea := '';
	chunks bytea := '';
	chunk bytea;
	at int := 24 + 16 + 8 * n;
BEGIN
	FOR i IN 0 .. n - 1 LOOP
		-- child, first row, rows, lowest and highest heap block, witness
		chunk := CASE WHEN i IN (0, 2, 5) THEN ones WHEN i = 1 THEN rows WHEN i < nwords THEN zeros ELSE strings END;
		refs := refs || set_byte(set_byte(set_byte(set_byte('\x0000000000000000'::bytea, 0, at & 255), 1, at >> 8),
			2, length(chunk)), 4, CASE WHEN i = 1 THEN 4 WHEN i < nwords THEN 2 ELSE 9 END);
		chunks := chunks || chunk;
		at := at + length(chunk);
	END LOOP;
	page := overlay(page PLACING '\x0000000000000000'::bytea || '\x00001000'::bytea || set_byte('\x00000000'::bytea, 0, n) || refs || chunks ||
		decode(repeat('00', 8176 - at), 'hex') FROM 25);
	page := mend(set_byte(set_byte(page, 12, at & 255), 13, at >> 8));
	RETURN mend(overlay(page(file, 0) PLACING '\x0000100000000000' FROM 321)) ||
		overlay(substr(file, 8193) PLACING page FROM (last - 1) * 8192 + 1);
END $$;
