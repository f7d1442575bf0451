# pg_dump and pg_restore keep a smol index with its options and its answers.
# A restore loads the rows first and makes the indexes after, so that
# writes = reject does not stand in its way.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('dump');
make_flights($node, 'flights');
make_flights($node, 'ret', with => 'nulls = store, writes = retire');
make_flights($node, 'part', where => "k % 2 = 0 AND s <> 'airport 3'");
$node->safe_psql('postgres', 'CREATE INDEX flights_x ON flights USING smol (lower(s) DESC NULLS LAST, k) INCLUDE (s) WITH (writes = reject, nulls = store)');
$node->safe_psql('postgres', 'CREATE INDEX flights_c ON flights USING smol (s COLLATE "C", n DESC) WITH (nulls = store)');
$node->safe_psql('postgres', q{
	CREATE TABLE parted (k int, v int) PARTITION BY RANGE (k);
	CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (500);
	CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (500) TO (2000);
	INSERT INTO parted SELECT g, g % 7 FROM generate_series(1, 1500) g;
	CREATE INDEX parted_k ON parted USING smol (k) INCLUDE (v);
	CREATE MATERIALIZED VIEW mat AS SELECT k, v FROM parted WHERE v < 3;
	CREATE INDEX mat_k ON mat USING smol (k) INCLUDE (v);
	});
my $DEFS = q{SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%USING smol%' ORDER BY indexname};
my $OPTIONS = q{SELECT c.relname, c.reloptions FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE amname = 'smol' ORDER BY 1};
my $PARTED = "SELECT count(*), sum(k), sum(v), max(k) FROM parted WHERE k > 10";
my $MAT = "SELECT count(*), sum(k), sum(v), max(k) FROM mat WHERE k > 10";

my $defs = $node->safe_psql('postgres', $DEFS);
my $options = $node->safe_psql('postgres', $OPTIONS);
my %answers = map { $_ => answers($node, $_, $INDEX_SIDE) } qw(flights ret part);
like($defs, qr/writes='?retire/, 'the definition shows writes = retire');
my $dir = PostgreSQL::Test::Utils::tempdir();

my %dump = (
	plain => [ '--format=plain', '--file', "$dir/plain.sql" ],
	custom => [ '--format=custom', '--file', "$dir/custom.dump" ],
	directory => [ '--format=directory', '--jobs=2', '--file', "$dir/directory" ],
);
for my $format (sort keys %dump)
{
	my $db = "restored_$format";
	command_ok([ 'pg_dump', @{ $dump{$format} }, $node->connstr('postgres') ], "pg_dump, $format");
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	my $file = $dump{$format}[-1];
	if ($format eq 'plain')
	{
		$node->command_ok([ 'psql', '--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', '--dbname', $db, '--file', $file ], 'psql restores it');
	}
	else
	{
		$node->command_ok([ 'pg_restore', '--exit-on-error', ($format eq 'directory' ? '--jobs=2' : ()), '--dbname', $db, $file ], 'pg_restore restores it');
	}
	is($node->safe_psql($db, $DEFS), $defs, "$format: the definitions are the same");
	is($node->safe_psql($db, $OPTIONS), $options, "$format: the options are the same");

	# VACUUM has not run: the answers are right all the same
	is($node->safe_psql($db, "$INDEX_SIDE $_"), $node->safe_psql('postgres', "$HEAP_SIDE $_"), "$format: right before VACUUM") for $PARTED, $MAT;
	$node->safe_psql($db, 'VACUUM ANALYZE');
	is($node->safe_psql($db, "$INDEX_SIDE $_"), $node->safe_psql('postgres', "$HEAP_SIDE $_"), "$format: right after VACUUM") for $PARTED, $MAT;
	for my $table (sort keys %answers)
	{
		my ($rc, $out, $err) = $node->psql($db, "$INDEX_SIDE " . join('; ', SmolTest::questions($table)));
		is("rc $rc: $out $err", $answers{$table}, "$format: $table answers as before");
	}
	my $plan = $node->safe_psql($db, "$INDEX_SIDE EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT count(*), sum(b) FROM flights WHERE k > 0");
	like($plan, qr/(Index Only Scan using|Index:) flights_k/, "$format: the index is used");
	unlike($plan, qr/Heap Fallback/, "$format: and trusted");
	my ($rc, $out, $err) = $node->psql($db, "INSERT INTO flights (k) VALUES (1)");
	isnt($rc, 0, "$format: writes = reject still rejects");
	is($node->psql($db, "INSERT INTO ret (k) VALUES (1)"), 0, "$format: writes = retire still lets rows in");
	for my $index (split /\n/, $node->safe_psql($db, "SELECT c.oid::regclass FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE amname = 'smol' AND relkind = 'i'"))
	{
		is($node->psql($db, "SELECT smol_verify('$index')"), 0, "$format: $index is sound");
	}
}

# ---- data only, onto a table that has the index already: refused, nothing lost
$node->safe_psql('postgres', 'CREATE DATABASE again');
command_ok([ 'pg_dump', '--data-only', '--table=flights', '--file', "$dir/data.sql", $node->connstr('postgres') ], 'pg_dump --data-only');
command_ok([ 'pg_dump', '--schema-only', '--file', "$dir/schema.sql", $node->connstr('postgres') ], 'pg_dump --schema-only');
$node->command_ok([ 'psql', '--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', '--dbname', 'again', '--file', "$dir/schema.sql" ], 'the schema is restored, with empty indexes');
$node->command_fails_like([ 'psql', '--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', '--dbname', 'again', '--file', "$dir/data.sql" ], qr/flights_/, 'COPY onto a sealed table is refused and names the index');
is($node->safe_psql('again', "$INDEX_SIDE SELECT count(*) FROM flights WHERE k > 0"), '0', 'nothing came in');
$node->safe_psql('again', "DROP INDEX flights_k, flights_s, flights_x, flights_c");
$node->command_ok([ 'psql', '--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', '--dbname', 'again', '--file', "$dir/data.sql" ], 'without the indexes it goes in');
is($node->safe_psql('again', 'SELECT count(*) FROM flights'), '5000', 'all of it');

# ---- CREATE DATABASE copies files: both ways of doing it
for my $strategy (qw(wal_log file_copy))
{
	$node->safe_psql('postgres', "CREATE DATABASE copy_$strategy TEMPLATE restored_custom STRATEGY $strategy");
	my ($rc, $out, $err) = $node->psql("copy_$strategy", "$INDEX_SIDE " . join('; ', SmolTest::questions('flights')));
	is("rc $rc: $out $err", $answers{flights}, "CREATE DATABASE ... STRATEGY $strategy: the copy answers as before");
	is($node->psql("copy_$strategy", "SELECT smol_verify('flights_k')"), 0, "$strategy: the copied index is sound");
}

# ---- another tablespace
my $space = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$space'");
$node->safe_psql('postgres', 'ALTER INDEX flights_k SET TABLESPACE elsewhere');
is(answers($node, 'flights', $INDEX_SIDE), $answers{flights}, 'ALTER INDEX SET TABLESPACE: answers as before');
verifies($node, 'flights_k');
kill_hard($node);
start_again($node);
is(answers($node, 'flights', $INDEX_SIDE), $answers{flights}, 'and after kill -9');
verifies($node, 'flights_k');
$node->stop;
done_testing();
