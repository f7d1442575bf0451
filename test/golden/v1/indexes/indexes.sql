-- The golden indexes, each in a file NAME.gz beside this one.
CREATE INDEX words_i ON words USING smol (k) INCLUDE (flag, letter, small, big, id, price4, price8, noise, d, t, ts, tz, m, n, nan, lsn, x, runs, few, outliers, random);
CREATE INDEX strings_i ON strings USING smol (s, u) INCLUDE (v, c, nm, b, n, ip, net, mac, mac8, span, tz, bits, vb, j, a, pt, digits, few);
CREATE INDEX nullable_i ON nullable USING smol (a DESC NULLS LAST, s NULLS FIRST) INCLUDE (f, n, d, allnull, u) WITH (nulls = store);
CREATE INDEX somewhat_i ON somewhat USING smol (s DESC, k) INCLUDE (v) WHERE k % 3 = 0;
CREATE INDEX expressed_i ON expressed USING smol (lower(s), (k / 10)) INCLUDE (v, s, k);
CREATE INDEX deep_i ON deep USING smol (wide) INCLUDE (v);
CREATE INDEX retired_i ON retired USING smol (k) INCLUDE (v) WITH (writes = retire);
CREATE INDEX bloomed_i ON bloomed USING smol (k) INCLUDE (u, s, i8, i4, n, f, ts, d, m, b, nm) WITH (bloom = on, nulls = store);
CREATE INDEX nothing_i ON nothing USING smol (s, k);
INSERT INTO retired VALUES (2000, 1);
VACUUM;
