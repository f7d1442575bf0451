# Logical replication from a table with a smol index, and the initial copy into
# one: what goes out is what was written, and what can't come in is an error of
# the subscription that can be mended without loss.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $pub = new_server('publisher', init => { allows_streaming => 'logical' });
my $sub = new_server('subscriber', conf => "wal_retrieve_retry_interval = 200ms\nmax_logical_replication_workers = 8\n");
my $connstr = $pub->connstr . ' dbname=postgres';
my @tables = qw(sealed retiring whole);

make_flights($pub, 'sealed');
make_flights($pub, $_, with => 'nulls = store, writes = retire') for qw(retiring whole);
$pub->safe_psql('postgres', q{
	ALTER TABLE retiring ADD PRIMARY KEY (k);
	ALTER TABLE whole REPLICA IDENTITY FULL;
	CREATE PUBLICATION pub_sealed FOR TABLE sealed;
	CREATE PUBLICATION pub_retiring FOR TABLE retiring WHERE (k > 10);
	CREATE PUBLICATION pub_whole FOR TABLE whole});
# the same tables, empty, with their indexes: they are sealed, too
for my $table (@tables)
{
	$sub->safe_psql('postgres', "CREATE TABLE $table (k int, b int8, d date, s text, n numeric, w int) WITH (autovacuum_enabled = off)");
	$sub->safe_psql('postgres', "ALTER TABLE $table ADD PRIMARY KEY (k)") if $table eq 'retiring';
	SmolTest::build_indexes($sub, $table, with => $table eq 'sealed' ? 'nulls = store' : 'nulls = store, writes = retire');
}
$sub->safe_psql('postgres', "CREATE SUBSCRIPTION sub_$_ CONNECTION '$connstr' PUBLICATION pub_$_") for @tables;

sub rows { my ($node, $table, $side) = @_; return $node->safe_psql('postgres', "$side SELECT count(*), sum(k), sum(b), sum(n), sum(w), md5(string_agg(s || d, ',' ORDER BY k)) FROM $table WHERE k > 10"); }

sub arrived
{
	my ($table, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $want = rows($pub, $table, $HEAP_SIDE);
	$sub->poll_query_until('postgres', "SELECT ROW(count(*), sum(k), sum(b), sum(n), sum(w), md5(string_agg(s || d, ',' ORDER BY k))) = ROW("
		. join(', ', map { "'$_'" } split /\|/, $want) . ") FROM $table WHERE k > 10") or die("$name: did not arrive");
	is(rows($sub, $table, $INDEX_SIDE), $want, "$name: arrived, and the subscriber's index answers so");
	is(rows($pub, $table, $INDEX_SIDE), $want, "$name: and the publisher's");
	return;
}

# ---- the initial copy: into writes = retire it goes
$sub->poll_query_until('postgres', "SELECT count(*) = 2 FROM pg_subscription_rel WHERE srsubstate IN ('r', 's')") or die 'the initial copy does not end';
for my $table (qw(retiring whole))
{
	arrived($table, "$table: initial copy");
	is(index_state($sub, "${table}_k"), 'stale', "$table: and made the index stale");
	$sub->safe_psql('postgres', "REINDEX TABLE $table");
	$sub->safe_psql('postgres', "VACUUM ANALYZE $table");
	uses_smol($sub, $table, "$table: REINDEX and VACUUM let it be used");
	arrived($table, "$table: after REINDEX");
}

# ---- into writes = reject it does not, and tries again until it can
my $log = '';
for (1 .. 300)
{
	$log = slurp_file($sub->logfile);
	last if $log =~ /ERROR:  table "sealed" is sealed by smol index "sealed_[ks]"/;
	sleep 0.1;
}
like($log, qr/ERROR:  table "sealed" is sealed by smol index "sealed_[ks]"/, 'writes = reject: the initial copy is refused');
like($log, qr/HINT:  DROP INDEX public\.sealed_[ks], write, and create it again/, 'with the remedy');
is($sub->safe_psql('postgres', 'SELECT count(*) FROM sealed'), '0', 'and leaves no row');
$sub->safe_psql('postgres', 'DROP INDEX sealed_k, sealed_s');
$sub->wait_for_subscription_sync($pub, 'sub_sealed');
SmolTest::build_indexes($sub, 'sealed');
$sub->safe_psql('postgres', 'VACUUM ANALYZE sealed');
arrived('sealed', 'sealed: initial copy, once the indexes are dropped');
uses_smol($sub, 'sealed', 'sealed: and the index that was created again is used');

# ---- the publisher writes
my ($rc, $out, $err) = $pub->psql('postgres', 'INSERT INTO sealed VALUES (1)');
like($err, qr/table "sealed" is sealed/, "the publisher's table is as sealed as any");
for my $change (
	"INSERT INTO %s VALUES (100000, 1, '2000-01-01', 'airport 7', 1.0, 0)",
	'UPDATE %s SET w = w + 1 WHERE k BETWEEN 100 AND 200',
	'UPDATE %s SET k = k + 200000 WHERE k BETWEEN 300 AND 310',
	'DELETE FROM %s WHERE k %% 7 = 3',
	'BEGIN; DELETE FROM %s WHERE k > 4000; SAVEPOINT a; DELETE FROM %1$s; ROLLBACK TO a; COMMIT')
{
	for my $table (qw(retiring whole))
	{
		$pub->safe_psql('postgres', sprintf($change, $table));
		arrived($table, sprintf($change, $table));
	}
}
is(index_state($pub, 'retiring_k'), 'stale', "the publisher's index is stale");
for my $table (qw(retiring whole))
{
	# REINDEX and VACUUM on either side are nothing to the other
	for my $node ($pub, $sub)
	{
		$node->safe_psql('postgres', "REINDEX TABLE $table");
		$node->safe_psql('postgres', "VACUUM (INDEX_CLEANUP ON) $table");
		uses_smol($node, $table, "$table: usable again on the " . $node->name);
	}
	arrived($table, "$table: in the end");
	$pub->safe_psql('postgres', "TRUNCATE $table");
}

# ---- TRUNCATE travels, too
for my $table (qw(retiring whole))
{
	$sub->poll_query_until('postgres', "SELECT count(*) = 0 FROM $table") or fail("$table: TRUNCATE did not arrive");
	is($sub->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM $table WHERE k > 0"), '0', "$table: TRUNCATE arrived");
	verifies($sub, "${table}_k", "$table: and its index is sound");
}
# a sealed table may be truncated
$pub->safe_psql('postgres', 'TRUNCATE sealed');
$sub->poll_query_until('postgres', 'SELECT count(*) = 0 FROM sealed') or fail('TRUNCATE of a sealed table did not arrive');
is($sub->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM sealed WHERE k > 0"), '0', 'TRUNCATE of a sealed table arrived');
unlike(slurp_file($sub->logfile), qr/logical replication did not find row/, 'no row was looked for in vain');
alive($_) for $pub, $sub;
$sub->stop('fast');
$pub->stop('fast');
done_testing();
