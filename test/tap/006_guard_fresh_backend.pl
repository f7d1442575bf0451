# A fresh backend has not loaded smol's library when its first statement comes.
# Its INSERT, COPY, MERGE and CREATE INDEX CONCURRENTLY are refused all the
# same, with session_preload_libraries and without.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('guard');
my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/rows.csv", "1,1\n2,2\n");

sub fresh_tables
{
	$node->safe_psql('postgres', q{
		DROP TABLE IF EXISTS t, p, parted, leaf, ret, child, parent, src CASCADE;
		CREATE TABLE t (a int, b int);
		INSERT INTO t SELECT g, g FROM generate_series(1, 1000) g;
		CREATE INDEX t_a ON t USING smol (a) INCLUDE (b);
		CREATE TABLE p (a int, b int);
		INSERT INTO p SELECT g, g FROM generate_series(1, 1000) g;
		CREATE INDEX p_a ON p USING smol (a) INCLUDE (b) WHERE b > 500;
		CREATE TABLE parted (a int, b int) PARTITION BY RANGE (a);
		CREATE TABLE leaf PARTITION OF parted FOR VALUES FROM (0) TO (10000);
		INSERT INTO parted SELECT g, g FROM generate_series(1, 1000) g;
		CREATE INDEX leaf_a ON leaf USING smol (a) INCLUDE (b);
		CREATE TABLE ret (a int, b int);
		INSERT INTO ret SELECT g, g FROM generate_series(1, 1000) g;
		CREATE INDEX ret_a ON ret USING smol (a) INCLUDE (b) WITH (writes = retire);
		CREATE TABLE parent (a int PRIMARY KEY);
		INSERT INTO parent SELECT g FROM generate_series(1, 1000) g;
		CREATE TABLE child (a int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE, b int);
		INSERT INTO child SELECT g, g FROM generate_series(1, 1000) g;
		CREATE INDEX child_a ON child USING smol (a) INCLUDE (b);
		CREATE TABLE src AS SELECT g AS a, g AS b FROM generate_series(2001, 2010) g;
		});
	$node->safe_psql('postgres', 'VACUUM');
	return;
}

sub check_rows
{
	my ($table, $rows, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($node->safe_psql('postgres', "$HEAP_SIDE SELECT count(*) FROM $table"), $rows, "$name: the heap holds what it should");
	is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM $table WHERE a > -1000000"), $rows, "$name: so says the index side");
	return;
}

# [ statement, table whose rows are counted ]; each in a backend of its own
my @refused = (
	[ 'INSERT INTO t VALUES (5000, 1)', 't' ],
	[ 'INSERT INTO t SELECT * FROM src', 't' ],
	[ 'INSERT INTO t DEFAULT VALUES', 't' ],
	[ 'UPDATE t SET b = 5 WHERE a = 5', 't' ],
	[ 'UPDATE t SET a = 5005 WHERE a = 5', 't' ],
	[ 'DELETE FROM t WHERE a = 5', 't' ],
	[ 'DELETE FROM t WHERE false', 't' ],
	[ "COPY t FROM '$dir/rows.csv' CSV", 't' ],
	[ "\\copy t from '$dir/rows.csv' csv", 't' ],
	[ 'MERGE INTO t USING src ON t.a = src.a WHEN NOT MATCHED THEN INSERT VALUES (src.a, src.b)', 't' ],
	[ 'MERGE INTO t USING src ON t.a = src.a - 2000 WHEN MATCHED THEN DELETE', 't' ],
	[ 'WITH x AS (INSERT INTO t SELECT * FROM src RETURNING a) SELECT count(*) FROM x', 't' ],
	[ 'WITH x AS (DELETE FROM t RETURNING a) SELECT count(*) FROM x', 't' ],
	[ 'INSERT INTO t VALUES (5000, 1) ON CONFLICT DO NOTHING', 't' ],
	[ "DO 'BEGIN INSERT INTO t VALUES (5000, 1); END'", 't' ],
	[ "PREPARE x AS INSERT INTO t VALUES (5000, 1); EXECUTE x", 't' ],
	[ 'INSERT INTO parted VALUES (5000, 1)', 'leaf' ],
	[ "COPY parted FROM '$dir/rows.csv' CSV", 'leaf' ],
	[ 'UPDATE parted SET b = 1 WHERE a = 1', 'leaf' ],
	[ 'DELETE FROM parted WHERE a = 1', 'leaf' ],
	[ 'DELETE FROM parent WHERE a = 7', 'child' ],
	[ 'UPDATE parent SET a = 7000 WHERE a = 7', 'child' ],
	[ 'INSERT INTO p VALUES (5000, 501)', 'p' ],
	[ "UPDATE p SET b = 5000 WHERE a = 1", 'p' ],
	[ 'CREATE UNIQUE INDEX t_u ON t USING smol (a)', 't' ],
);
# and what must go through
my @allowed = (
	[ 'INSERT INTO p VALUES (5000, 499)', 'p', 1001 ],
	[ 'DELETE FROM p WHERE b = 400', 'p', 999 ],
	[ 'DELETE FROM p WHERE b = 600', 'p', 999 ],
	[ 'INSERT INTO ret VALUES (5000, 499)', 'ret', 1001 ],
	[ "COPY ret FROM '$dir/rows.csv' CSV", 'ret', 1002 ],
	[ 'DELETE FROM ret WHERE a <= 10', 'ret', 990 ],
	[ 'UPDATE ret SET a = a + 5000 WHERE a <= 10', 'ret', 1000 ],
	[ 'MERGE INTO ret USING src ON ret.a = src.a WHEN NOT MATCHED THEN INSERT VALUES (src.a, src.b)', 'ret', 1010 ],
	[ 'EXPLAIN INSERT INTO t VALUES (5000, 1)', 't', 1000 ],
	[ 'EXPLAIN DELETE FROM t', 't', 1000 ],
	[ 'SELECT * FROM t WHERE a = 5 FOR UPDATE', 't', 1000 ],
	[ 'TRUNCATE t', 't', 0 ],
);

for my $preload ('', 'smol')
{
	my $how = $preload ? 'with session_preload_libraries' : 'without preload';
	$node->append_conf('postgresql.conf', "session_preload_libraries = '$preload'\n");
	$node->reload;
	fresh_tables();
	my $dirty = '';
	for my $r (@refused)
	{
		my ($sql, $table) = @$r;
		my ($rc, $out, $err) = $node->psql('postgres', $sql, on_error_stop => 1);
		isnt($rc, 0, "$how: $sql is refused");
		like($err, qr/smol/, "$how: by smol") unless $sql =~ /UNIQUE/;
		like($err, qr/"${table}"/, "$how: and names the table") if $table =~ /^[a-z]+$/ && $sql !~ /UNIQUE/;
		like($err, qr/HINT/, "$how: and has a hint") unless $sql =~ /UNIQUE/;
		check_rows($table, 1000, "$how: after $sql");
	}
	my $states = $node->safe_psql('postgres', q{SELECT string_agg(index::text || ' ' || state, ', ' ORDER BY index::text) FROM smol_indexes WHERE state = 'stale'});
	is($states, '', "$how: refused writes make no index stale");
	for my $a (@allowed)
	{
		fresh_tables();
		my ($sql, $table, $rows) = @$a;
		my ($rc, $out, $err) = $node->psql('postgres', $sql);
		is("$rc $err", '0 ', "$how: $sql goes through");
		check_rows($table, $rows, "$how: after $sql");
	}

	# ---- CONCURRENTLY leaves no invalid index behind
	fresh_tables();
	my ($rc, $out, $err) = $node->psql('postgres', 'CREATE INDEX CONCURRENTLY t_c ON t USING smol (b)');
	isnt($rc, 0, "$how: CREATE INDEX CONCURRENTLY is refused");
	like($err, qr/smol/, "$how: by smol");
	like($err, qr/HINT/, "$how: with a hint");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 't_c'"), '0', "$how: it leaves no index");
	for my $sql ('REINDEX INDEX CONCURRENTLY t_a', 'REINDEX TABLE CONCURRENTLY t')
	{
		($rc, $out, $err) = $node->psql('postgres', $sql);
		isnt($rc, 0, "$how: $sql is refused") if $sql =~ /INDEX C/;
		is($node->safe_psql('postgres', "SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"), '1', "$how: $sql leaves no other index");
		is($node->safe_psql('postgres', "SELECT count(*) FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)"), '0', "$how: and no invalid one");
	}
	check_rows('t', 1000, "$how: after CONCURRENTLY");
	verifies($node, 't_a', "$how: the index is sound");
	is($node->psql('postgres', 'DROP INDEX CONCURRENTLY t_a'), 0, "$how: DROP INDEX CONCURRENTLY works");

	# ---- a function that, in mid-statement, makes the target a partition: the
	# index that comes with it must not miss the statement's rows
	for my $with ('reject', 'retire')
	{
		for my $rows (1, 10)
		{
			$node->safe_psql('postgres', qq{
				DROP TABLE IF EXISTS root, target CASCADE;
				CREATE TABLE root (a int, b int) PARTITION BY RANGE (a);
				CREATE INDEX root_a ON root USING smol (a) INCLUDE (b) WITH (writes = $with);
				CREATE TABLE target (a int, b int);
				INSERT INTO target SELECT g, g FROM generate_series(1, 100) g;
				CREATE OR REPLACE FUNCTION attach_it(i int) RETURNS int LANGUAGE plpgsql AS \$\$
				BEGIN
					IF i = 3 OR i = $rows THEN
						ALTER TABLE root ATTACH PARTITION target FOR VALUES FROM (0) TO (100000);
					END IF;
					RETURN 1000 + i;
				END \$\$;
				});
			my ($rc, $out, $err) = $node->psql('postgres', "INSERT INTO target SELECT attach_it(g), g FROM generate_series(1, $rows) g");
			my $heap = $node->safe_psql('postgres', "$HEAP_SIDE SELECT count(*), max(a) FROM target WHERE a > 0");
			is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*), max(a) FROM target WHERE a > 0"), $heap, "$how: a table attached in mid-INSERT of $rows rows ($with) answers as its heap" . ($rc ? ' (refused)' : ''));
			is($heap, $rc ? '100|100' : (100 + $rows) . '|' . (1000 + $rows), "$how: and nothing is lost");
			# the index made directly, in mid-statement
			$node->safe_psql('postgres', qq{
				CREATE TABLE direct$with$rows (a int, b int);
				CREATE OR REPLACE FUNCTION index_it(i int) RETURNS int LANGUAGE plpgsql AS \$\$
				BEGIN
					IF i = 3 OR i = $rows THEN
						EXECUTE 'CREATE INDEX ON direct$with$rows USING smol (a) INCLUDE (b) WITH (writes = $with)';
					END IF;
					RETURN 1000 + i;
				END \$\$;
				});
			($rc, $out, $err) = $node->psql('postgres', "INSERT INTO direct$with$rows SELECT index_it(g), g FROM generate_series(1, $rows) g");
			$heap = $node->safe_psql('postgres', "$HEAP_SIDE SELECT count(*) FROM direct$with$rows WHERE a > 0");
			is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM direct$with$rows WHERE a > 0"), $heap, "$how: an index made in mid-INSERT of $rows rows ($with) answers as the heap" . ($rc ? ' (refused)' : ''));
			$node->safe_psql('postgres', "DROP TABLE direct$with$rows");
		}
	}
}

# ---- the library gone: a clear error, and the table can still be read
$node->append_conf('postgresql.conf', "session_preload_libraries = ''\n");
$node->reload;
fresh_tables();
is($node->safe_psql('postgres', 'SELECT count(*) FROM t WHERE a + 0 > 0'), '1000', 'a fresh backend reads');
alive($node);
$node->stop;
done_testing();
