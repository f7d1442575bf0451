# Writers, VACUUM, REINDEX and builds at work while the server is killed again
# and again, with full_page_writes off (page checksums on) and wal_level =
# logical; a standby whose replay stops in places that nobody chose.  And builds
# that are cancelled at any moment leave no file.
#
# SMOL_CRASH_ROUNDS and SMOL_CRASH_SEED are for longer runs.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{SMOL_CRASH_ROUNDS} // 2;
my $seed = $ENV{SMOL_CRASH_SEED} // 3;
srand($seed);
note("seed $seed, $rounds rounds");
# kill -9 leaves the operating system's cache in place: no page is torn, and
# without full_page_writes replay meets pages that are newer than its records
my $primary = new_server(
	'rounds',
	init => { allows_streaming => 1, extra => ['--data-checksums'] },
	conf => "fsync = off\nfull_page_writes = off\nwal_level = logical\nmax_wal_size = 64MB\nautovacuum = off\nhot_standby_feedback = off\n");
make_flights($primary, 't', rows => 8000, with => 'nulls = store, writes = retire', fillfactor => 70);
make_flights($primary, 'c', rows => 30000, no_index => 1);
$primary->backup('b', backup_options => ['--checkpoint=fast']);
my $standby = PostgreSQL::Test::Cluster->new('lagging');
$standby->init_from_backup($primary, 'b', has_streaming => 1);
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = 30s\nfull_page_writes = off\n");
$standby->start;

my @work = (
	"INSERT INTO t SELECT 100000 + random(1, 1000000), 1, '2001-01-01', 'airport 7', 1.0, 0 FROM generate_series(1, 20);",
	'UPDATE t SET w = w + 1 WHERE k % 50 = random(0, 49);',
	'UPDATE t SET b = b + 1 WHERE k BETWEEN 100 AND 200;',
	'DELETE FROM t WHERE k > 100000 AND k % 3 = 0;',
	'VACUUM t;', 'VACUUM (INDEX_CLEANUP ON) t;', 'REINDEX INDEX t_k;', 'REINDEX TABLE t;', 'CHECKPOINT;',
	'BEGIN; DELETE FROM t WHERE k % 7 = 3; ROLLBACK;',
	'BEGIN; TRUNCATE c; ROLLBACK;',
	'DROP INDEX IF EXISTS c_k; CREATE INDEX c_k ON c USING smol (k) INCLUDE (b, s) WITH (nulls = store, writes = retire);',
	'DELETE FROM c WHERE k > 29000; VACUUM c; INSERT INTO c SELECT g, 1, \'2001-01-01\', \'tail\', 1, 1 FROM generate_series(29001, 30000) g;');

# Every smol index that is there is sound and, if it may be used, right.
sub all_right
{
	my ($node, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	same_answers($node, 't', $name);
	same_answers($node, 'c', "$name, a table that is cut off and filled");
	my ($rc, $out, $err) = $node->psql('postgres', "SELECT i.index, r.* FROM smol_indexes i, smol_verify_report(i.index) r");
	is("$rc $out", '0 ', "$name: smol_verify_report finds nothing") or diag($err);
	return;
}

my $states = '';
my $stops = 0;
for my $round (1 .. $rounds)
{
	my @sessions = map { $primary->background_psql('postgres', on_error_stop => 0) } 1 .. 3;
	for my $s (@sessions)
	{
		my $sql = join "\n", map { $work[ rand @work ] } 1 .. 400;
		$s->query_until(qr/going/, "\\echo going\nSET statement_timeout = '10s'; SET deadlock_timeout = '100ms';\n$sql\n");
	}
	# the standby stops somewhere, and is asked
	for (1 .. 8)
	{
		sleep 0.1 + rand(0.4);
		$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
		$standby->poll_query_until('postgres', "SELECT pg_get_wal_replay_pause_state() = 'paused'");
		# unless it has stopped while it holds a lock that keeps all others out
		my $locked = $standby->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL");
		all_right($standby, "round $round, a standby that lags") if !$locked;
		$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
		$stops++ if !$locked;
		last if !$locked;
	}
	$states .= $primary->safe_psql('postgres', "SELECT string_agg(state, ',') FROM smol_indexes") . ' ';
	if ($round % 3 == 0) { $primary->stop('immediate'); }
	else { kill_hard($primary); }
	for my $s (@sessions) { eval { $s->{run}->finish; }; }
	start_again($primary);
	all_right($primary, "round $round, after a crash");
	$primary->wait_for_catchup($standby, 'replay');
	all_right($standby, "round $round, the standby has caught up");
}
note("states: $states; the standby was asked $stops times");
$primary->safe_psql('postgres', 'REINDEX TABLE t; VACUUM t;');
uses_smol($primary, 't', 'after REINDEX the index is used');
$primary->wait_for_catchup($standby, 'replay');
# with replay at rest in mid-way, promotion must end recovery as always
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$primary->safe_psql('postgres', "INSERT INTO t VALUES (5000000, 1, '2001-01-01', 'airport 7', 1.0, 0)");
$standby->promote;
same_answers($standby, 't', 'promoted while replay was paused');

# ---- CREATE INDEX cancelled at any moment leaves no file
my $db = $primary->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");
sub files
{
	# files whose removal waits for a checkpoint are empty
	$primary->safe_psql('postgres', 'CHECKPOINT');
	opendir my $dh, $primary->data_dir . "/base/$db" or die;
	my @files = sort grep { /^\d+(\.\d+)?$/ } readdir $dh;
	closedir $dh;
	return @files;
}
$primary->safe_psql('postgres', 'DROP INDEX IF EXISTS c_k; SET smol.debug_log = off');
my $started = time;
my $build = 'CREATE INDEX c_cancelled ON c USING smol (s, k) INCLUDE (b, d, n) WITH (nulls = store)';
$primary->safe_psql('postgres', "$build; DROP INDEX c_cancelled");
my $took = 1000 * (time - $started);
my @before = files();
my ($cancelled, $built) = (0, 0);
for my $i (1 .. 8 * $rounds)
{
	my $timeout = 1 + int(rand($took * 1.1));
	my ($rc, $out, $err) = $primary->psql('postgres', "SET statement_timeout = $timeout; SET max_parallel_maintenance_workers = " . ($i % 3) . "; $build");
	$rc ? $cancelled++ : $built++;
	like($err, qr/canceling statement due to statement timeout/, "cancelled after $timeout ms") if $rc;
	$primary->safe_psql('postgres', 'DROP INDEX c_cancelled') if !$rc;
}
is(join(' ', files()), join(' ', @before), "no file is left of $cancelled cancelled builds");
is($primary->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 'c_cancelled'"), '0', 'nor an index');
is(scalar(@{ [ glob($primary->data_dir . '/base/pgsql_tmp/*') ] }), 0, 'nor temporary files');
note("$cancelled builds cancelled, $built not");

alive($_) for $primary, $standby;
for my $node ($standby, $primary)
{
	$node->stop;
	command_ok([ 'pg_checksums', '--check', '--pgdata' => $node->data_dir ], $node->name . ': page checksums are right');
}
done_testing();
