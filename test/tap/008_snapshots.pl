# Snapshots that travel: exported by one session and imported by another, whose
# plans may be newer than the snapshot.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('snapshots');
my $Q = 'SELECT count(*), min(k), max(k), sum(b) FROM t WHERE k > 0';
my $FORCE = "$INDEX_SIDE SET plan_cache_mode = force_generic_plan;";

sub session { return $node->background_psql('postgres'); }
sub fresh_table
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS t');
	make_flights($node, 't', fillfactor => 50, @_);
	return;
}

# [ what happens between export and import ]
for my $meanwhile (
	'SELECT 1',
	'DELETE FROM t WHERE k % 10 = 0',
	'DELETE FROM t WHERE k % 10 = 0; VACUUM (INDEX_CLEANUP ON) t',
	"INSERT INTO t VALUES (9000, 1, '2000-01-01', 'x', 1, 0)",
	'UPDATE t SET w = w + 1 WHERE k % 3 = 0; VACUUM t',
	'UPDATE t SET k = k + 10000 WHERE k <= 10; REINDEX TABLE t; VACUUM t',
	"DELETE FROM t WHERE k <= 10; INSERT INTO t VALUES (9000, 1, '2000-01-01', 'x', 1, 0); REINDEX INDEX t_k; VACUUM t",
	'DELETE FROM t; VACUUM t',
	'VACUUM FULL t; VACUUM t')
{
	fresh_table(with => 'nulls = store, writes = retire');
	my $exporter = session();
	my $importer = session();
	$importer->query_safe("$FORCE PREPARE q AS $Q; EXECUTE q;");
	$exporter->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
	my $snapshot = $exporter->query_safe('SELECT pg_export_snapshot();');
	my $expected = $exporter->query_safe("$HEAP_SIDE $Q;") unless $meanwhile =~ /FULL/;
	$expected = $node->safe_psql('postgres', "$HEAP_SIDE $Q") if $meanwhile =~ /FULL/;
	$exporter->query_safe('RESET ALL;');
	my $locked = $meanwhile =~ /REINDEX/;
	if ($locked)
	{
		# the exporter must not hold a lock on the table: begin anew
		$exporter->query_safe('COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ;');
		$snapshot = $exporter->query_safe('SELECT pg_export_snapshot();');
	}
	for (split /; /, $meanwhile) { $node->safe_psql('postgres', $_); }
	$importer->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '$snapshot';");
	is($importer->query('EXECUTE q;'), $expected, "imported after '$meanwhile': a plan from before");
	is($importer->query("$Q;"), $expected, "imported after '$meanwhile': a plan made with it");
	is($importer->query("$HEAP_SIDE $Q;"), $expected, "imported after '$meanwhile': as the heap says");
	$importer->query_safe("COMMIT; RESET ALL; $FORCE");
	is($importer->query("EXECUTE q;"), $node->safe_psql('postgres', "$HEAP_SIDE $Q"), "after '$meanwhile': a snapshot of its own, with the old plan");
	$exporter->query_safe('COMMIT;');
	$_->quit for $exporter, $importer;
}

# ---- a HOT chain older than the index, a plan that is newer than the index,
# and a snapshot that is older than both
for my $vacuum (0, 1)
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS hot; CREATE TABLE hot (k int, v int) WITH (autovacuum_enabled = off, fillfactor = 50); INSERT INTO hot SELECT g, g FROM generate_series(1, 50) g');
	$node->safe_psql('postgres', 'VACUUM ANALYZE hot');
	my $exporter = session();
	my $importer = session();
	$exporter->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
	my $snapshot = $exporter->query_safe('SELECT pg_export_snapshot();');
	$node->safe_psql('postgres', 'UPDATE hot SET k = 100 WHERE k = 1; DELETE FROM hot WHERE k = 2; INSERT INTO hot VALUES (200, 200)');
	$node->safe_psql('postgres', 'CREATE INDEX hot_k ON hot USING smol (k)');
	$node->safe_psql('postgres', 'VACUUM hot') if $vacuum;
	$importer->query_safe("$FORCE PREPARE one(int) AS SELECT k FROM hot WHERE k = \$1; PREPARE many AS SELECT count(*), sum(k) FROM hot WHERE k > 0;");
	is($importer->query('EXECUTE one(100);'), '100', 'a new snapshot sees the new key');
	is($importer->query('EXECUTE many;'), '50|1572', 'and the new rows');
	note($importer->query('EXPLAIN (COSTS OFF) EXECUTE many;'));
	$importer->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '$snapshot';");
	is($importer->query('EXECUTE one(1);'), '1', 'a cached plan under an imported snapshot finds the old key');
	is($importer->query('EXECUTE one(2);'), '2', 'and a deleted row');
	is($importer->query('EXECUTE one(100);'), '', 'and not the new key');
	is($importer->query('EXECUTE one(200);'), '', 'nor the new row');
	is($importer->query('EXECUTE many;'), '50|1275', 'and counts its own rows');
	$importer->query_safe('COMMIT;');
	is($importer->query('EXECUTE many;'), '50|1572', 'afterwards the new ones');
	$exporter->query_safe('COMMIT;');
	$_->quit for $exporter, $importer;
}

# ---- a transaction id that is in progress when the index is built, and one
# that runs in another database all the while
fresh_table();
$node->safe_psql('postgres', 'CREATE DATABASE other');
my $elsewhere = $node->background_psql('other');
$elsewhere->query_safe('BEGIN; CREATE TABLE x (a int);');
$node->safe_psql('postgres', 'REINDEX TABLE t');
$node->safe_psql('postgres', 'VACUUM t');
uses_smol($node, 't', 'a long transaction in another database keeps no index from use');
same_answers($node, 't', 'a long transaction in another database');
$elsewhere->query_safe('COMMIT;');
$elsewhere->quit;

# ---- pg_dump with jobs: one snapshot, many sessions, sorted by the index or not
fresh_table(with => 'nulls = store, writes = retire');
my $dir = PostgreSQL::Test::Utils::tempdir();
command_ok([ 'pg_dump', '--format=directory', '--jobs=3', '--file', "$dir/dump", $node->connstr('postgres') ], 'pg_dump --jobs');

# ---- transaction ids jump on, and past the end of their 32 bits: the index of
# before knows its builder's id still
$node->safe_psql('postgres', "UPDATE pg_database SET datallowconn = true WHERE datname = 'template0'");
for my $jump ([ 0, 1500000000 ], [ 0, 3000000000 ], [ 1, 200000000 ])
{
	my ($epoch, $xid) = @$jump;
	$node->command_ok([ 'vacuumdb', '--all', '--freeze', '--quiet' ], 'freeze all');
	$node->safe_psql('postgres', 'CHECKPOINT');
	$node->stop;
	command_ok([ 'pg_resetwal', "--epoch=$epoch", "--next-transaction-id=$xid", '--pgdata', $node->data_dir ], "jump to transaction id $xid of epoch $epoch");
	my $file = sprintf '%s/pg_xact/%04X', $node->data_dir, int($xid / 32768 / 32);
	if (!-e $file)
	{
		open my $fh, '>:raw', $file or die $!;
		print $fh "\0" x (8192 * 32);
		close $fh;
	}
	$node->start;
	uses_smol($node, 't', 'the index of before is used');
	same_answers($node, 't', 'after the jump');
	verifies($node, 't_k');
	$node->safe_psql('postgres', "BEGIN; DELETE FROM t WHERE k % 100 = $epoch + 3; ROLLBACK; UPDATE t SET w = w + 1 WHERE k % 50 = 0");
	same_answers($node, 't', 'after HOT updates');
	$node->safe_psql('postgres', 'VACUUM t');
	same_answers($node, 't', 'after HOT updates and VACUUM');
}
$node->safe_psql('postgres', 'DELETE FROM t WHERE k % 100 = 7');
same_answers($node, 't', 'after a DELETE');
$node->safe_psql('postgres', 'REINDEX TABLE t');
$node->safe_psql('postgres', 'VACUUM t');
uses_smol($node, 't', 'and REINDEX makes it usable');
same_answers($node, 't', 'after REINDEX');
alive($node);
$node->stop;
done_testing();
