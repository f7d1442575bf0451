# At each step of a build, of the STALE mark and of truncation the session meets
# an error, or the server is killed.  Afterwards the index is there as a whole or
# not at all, smol_verify finds nothing, answers are the table's, and an error
# leaves no file.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# a page is rewritten below
my $node = new_server('faults', init => { extra => ['--no-data-checksums'] }, conf => "fsync = off\nmax_worker_processes = 4\n");
if (!has_injection_points($node))
{
	$node->stop;
	plan skip_all => 'this PostgreSQL was built without injection points';
}
my $db = $node->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'postgres'");

sub attach { $node->safe_psql('postgres', "SELECT injection_points_attach('$_[0]', '$_[1]')"); return; }
sub detach { $node->safe_psql('postgres', "SELECT injection_points_detach('$_[0]')"); return; }
sub session { return $node->background_psql('postgres', on_error_stop => 0); }
sub flush_wal { $node->safe_psql('postgres', 'CREATE TABLE flush_wal (); DROP TABLE flush_wal'); return; }

# Files of the database, init forks among them, and temporary ones.
sub files
{
	# files whose removal waits for a checkpoint are empty
	$node->safe_psql('postgres', 'CHECKPOINT');
	opendir my $dh, $node->data_dir . "/base/$db" or die;
	my @files = sort grep { /^t?\d+(_\d+)?(_init)?(\.\d+)?$/ } readdir $dh;
	closedir $dh;
	return join ' ', @files, temporary_files();
}
sub temporary_files { return glob $node->data_dir . '/base/pgsql_tmp/*'; }

# Every index is sound, and has the table's rows, or is out of use by its state.
sub all_sound
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $out, $err) = $node->psql('postgres',
		'SELECT i.index, r.* FROM smol_indexes i, smol_verify_report(i.index, true) r; SELECT smol_verify(index, true) FROM smol_indexes \g /dev/null');
	is("$rc $out", '0 ', "$name: what there is is sound") or diag($err);
	return;
}

# In as many sessions as there are statements, which all wait at the point; then
# the power is cut.
sub kill_at
{
	my ($point, @sql) = @_;
	my @sessions = map { session() } @sql;
	attach($point, 'wait');
	$sessions[$_]->query_until(qr/going/, "\\echo going\n$sql[$_];\n") for 0 .. $#sql;
	$node->poll_query_until('postgres', "SELECT count(DISTINCT coalesce(leader_pid, pid)) FROM pg_stat_activity WHERE wait_event = '$point'", scalar @sql)
	  or die "not all are waiting at $point";
	flush_wal();
	kill_hard($node);
	for my $s (@sessions) { eval { $s->{run}->finish; }; }
	start_again($node);
	return;
}

# Statements that all meet an error at the point.
sub fails_at
{
	my ($point, @sql) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $out, $err) = $node->psql('postgres', join(";\n", "SELECT injection_points_attach('$point', 'error')", @sql, "SELECT injection_points_detach('$point')"), on_error_stop => 0);
	my @errors = $err =~ /ERROR:  (.*)/g;
	is_deeply(\@errors, [ map { "error triggered for injection point $point" } grep { !/^SET / } @sql ], "$point: all fails there") or diag($err);
	return;
}

# ---- builds: of an index, of one that is there, in the course of a rewrite, for
# an unlogged table, and of a table that is emptied
my $create = 'CREATE INDEX made_s ON made USING smol (s, k) INCLUDE (b, n) WITH (nulls = store, bloom = on)';
my $unlogged = 'CREATE INDEX unl_s ON unl USING smol (s, k) INCLUDE (b, n) WITH (nulls = store)';
my @workers = ('SET max_parallel_maintenance_workers = 2', 'SET min_parallel_table_scan_size = 0');
make_flights($node, $_, rows => 3000) for qw(kept emptied);
make_flights($node, 'made', rows => 3000, no_index => 1);
$node->safe_psql('postgres', 'ALTER TABLE made SET (parallel_workers = 2)');

my $rows = 'SELECT ' . join ', ', map { "(SELECT count(*) FROM $_), (SELECT sum(k) FROM $_)" } qw(kept emptied made);
my $expected = $node->safe_psql('postgres', $rows);

sub nothing_is_left
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($node->safe_psql('postgres', "$HEAP_SIDE $rows; SELECT count(*) FROM pg_class WHERE relname IN ('made_s', 'unl_s')"), "$expected\n0", "$name: tables have their rows, and no index is left of CREATE INDEX");
	uses_smol($node, 'kept', "$name: the index is used as before");
	same_answers($node, 'kept', $name);
	all_sound($name);
	is(join(' ', temporary_files()), '', "$name: no temporary file is left");
	return;
}

# An unlogged table is emptied by a crash.
sub make_unlogged
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS unl');
	make_flights($node, 'unl', rows => 3000, no_index => 1, kind => 'UNLOGGED');
	return;
}

make_unlogged();
for my $step (qw(after-scan after-sort leaf-written before-footprint before-inner inner-written before-meta after-meta))
{
	my $point = "smol-build-$step";
	# a table without rows has no leaves
	my $other = $step =~ /written/ ? 'VACUUM FULL emptied' : 'TRUNCATE emptied';
	my $before = files();
	fails_at($point, $create, $unlogged, 'REINDEX INDEX kept_s', 'ALTER TABLE kept ALTER b TYPE int', $other, @workers, $create);
	is(files(), $before, "$point: no file is left of what failed");
	nothing_is_left("an error at $point");

	# what the others leave in the file is the same
	next if $step =~ /after-sort|before-footprint|inner-written/;
	kill_at($point, $create, $unlogged, 'REINDEX INDEX kept_s', $other);
	nothing_is_left("kill -9 at $point");
	make_unlogged();
}

# in a participant of a parallel build, before the leader has all of what it found, and
# in a worker whose rows the leader waits for
for my $point ('smol-build-part-sorted', 'smol-build-part-sent')
{
	my $before = files();
	fails_at($point, @workers, $create);
	is(files(), $before, "$point: no file is left of what failed");
	kill_at($point, join(';', @workers, $create));
	nothing_is_left("kill -9 at $point");
}

# the same, if a worker is dismissed, or the leader
for my $who ('a worker', 'the leader')
{
	my $point = 'smol-build-part-sent';
	my $before = files();
	my $s = session();
	attach($point, 'wait');
	$s->query_until(qr/going/, join(";\n", @workers, '\echo going', "$create;\n"));
	$node->poll_query_until('postgres', "SELECT count(*) FILTER (WHERE wait_event = '$point') = 2 AND count(*) FILTER (WHERE wait_event = 'MessageQueueReceive') = 1 FROM pg_stat_activity")
	  or die 'the leader does not wait for a worker';
	$node->safe_psql('postgres', $who eq 'a worker'
		? "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = '$point' LIMIT 1"
		: "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'MessageQueueReceive'");
	$s->query('SELECT 1;');
	like($s->{stderr}, $who eq 'a worker' ? qr/due to administrator command/ : qr/canceling statement due to user request/, "$point: $who has to end");
	detach($point);
	is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_activity WHERE leader_pid IS NOT NULL'), '0', "$point: $who has to end, and no worker is left");
	$s->quit;
	is(files(), $before, "$point: $who has to end, and no file is left");
	nothing_is_left("$who ends at $point");
}

# the init fork of an unlogged index
for my $point ('smol-empty-before-meta', 'smol-empty-after-meta')
{
	make_unlogged();
	my $before = files();
	fails_at($point, $unlogged, 'ALTER TABLE kept SET UNLOGGED', 'CREATE UNLOGGED TABLE other (LIKE emptied INCLUDING ALL)');
	is(files(), $before, "$point: no file is left of what failed");
	kill_at($point, $unlogged, 'ALTER TABLE kept SET UNLOGGED');
	nothing_is_left("kill -9 at $point");
}

# and after all that the indexes can be built
$node->safe_psql('postgres', "$create; DROP TABLE IF EXISTS unl");
make_flights($node, 'unl', rows => 3000, kind => 'UNLOGGED');
same_answers($node, $_, "$_, built at last") for qw(made unl);
all_sound('built at last');

# ---- ON COMMIT DELETE ROWS empties a table and its index in place, and is not undone
{
	my $s = session();
	$s->query_safe('CREATE TEMP TABLE passing (k int) ON COMMIT DELETE ROWS; CREATE INDEX passing_k ON passing USING smol (k) WITH (writes = retire);');
	for my $point ('smol-build-after-scan', 'smol-build-before-meta', 'smol-build-after-meta')
	{
		$s->query_safe('BEGIN; INSERT INTO passing SELECT generate_series(1, 1000);');
		attach($point, 'error');
		$s->query('COMMIT;');
		detach($point);
		like($s->{stderr}, qr/error triggered for injection point $point/, "$point: COMMIT fails, which empties a table");
		$s->{stderr} = '';
		my $q = 'SELECT count(*) FROM passing WHERE k > 0';
		is($s->query("BEGIN; $INDEX_SIDE $q; $HEAP_SIDE $q;"), "0\n0", "$point: no row is left, says the index too");
		$s->query('ROLLBACK;');
		$s->{stderr} = '';
		$s->query('BEGIN; INSERT INTO passing VALUES (1), (2);');
		my $failed = $s->{stderr} =~ /ERROR/;
		note("$point: INSERT after that: $s->{stderr}");
		is($s->query("$INDEX_SIDE $q; $HEAP_SIDE $q;"), $failed ? '' : "2\n2", "$point: and rows that come are found");
		$s->query('ROLLBACK; REINDEX INDEX passing_k;');
		$s->{stderr} = '';
		is($s->query("SELECT smol_verify('passing_k', true);") . $s->{stderr}, '', "$point: REINDEX makes it sound");
	}
	$s->quit;
}

# ---- the STALE mark of a row that is written
my $insert = "INSERT INTO t VALUES (100000, 1, '2000-01-01', 'airport 7', 1.0, 0)";
sub make_retiring { make_flights($node, 't', rows => 3000, with => 'nulls = store, writes = retire'); return; }
for my $point ('smol-stale-before-xlog', 'smol-stale-after-xlog')
{
	my $marked = $point =~ /before/ ? 'current' : 'stale';
	make_retiring();
	fails_at($point, $insert);
	is(index_state($node, 't_k'), $marked, "$point: after an error the index is $marked");
	same_answers($node, 't', "an error at $point");
	all_sound("an error at $point");
	$node->safe_psql('postgres', 'REINDEX TABLE t');

	kill_at($point, $insert);
	is(index_state($node, 't_k'), $marked, "$point: after kill -9 the index is $marked");
	is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM t WHERE k = 100000"), '0', "$point: and the row is not there");
	same_answers($node, 't', "kill -9 at $point");
	all_sound("kill -9 at $point");
	$node->safe_psql('postgres', 'DROP TABLE t');
}

# ---- that of VACUUM, which comes before the rows are reaped; and when they are,
# before the end of the table is cut off
for my $point ('smol-stale-before-xlog', 'smol-stale-after-xlog', 'smol-vacuum-cleanup')
{
	for my $how ('error', 'kill -9')
	{
		my $vacuum = 'VACUUM (INDEX_CLEANUP ON) t';
		make_retiring();
		$node->safe_psql('postgres', 'DELETE FROM t WHERE k > 1500 OR k % 10 = 3');
		my $size = $node->safe_psql('postgres', "SELECT pg_relation_size('t')");
		if ($how eq 'error') { fails_at($point, $vacuum); }
		else { kill_at($point, $vacuum); }
		is($node->safe_psql('postgres', "SELECT pg_relation_size('t')"), $size, "$point: $how in VACUUM, the table is as long as it was");
		same_answers($node, 't', "$point: $how in VACUUM");
		all_sound("$point: $how in VACUUM");
		$node->safe_psql('postgres', $vacuum);
		cmp_ok($node->safe_psql('postgres', "SELECT pg_relation_size('t')"), '<', $size, "$point: $how in VACUUM, and the next one cuts it off");
		is(index_state($node, 't_k'), 'stale', "$point: $how in VACUUM, the index is stale");
		same_answers($node, 't', "$point: $how in VACUUM, after the next one");
		$node->safe_psql('postgres', 'DROP TABLE t');
	}
}

# ---- an index that VACUUM can't read, of a later version of smol: it is given up
{
	make_retiring();
	my $file = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t_k')");
	$node->safe_psql('postgres', 'DELETE FROM t WHERE k % 10 = 3');
	$node->stop;
	open my $fh, '+<:raw', $file or die "$file: $!";
	read $fh, my $page, 8192;
	substr($page, 24 + 4, 4) = pack 'SS', 99, 99;
	seal_page(\$page);
	seek $fh, 0, 0;
	print $fh $page;
	close $fh;
	$node->start;
	for my $point ('smol-void-before-xlog', 'smol-void-after-xlog')
	{
		fails_at($point, 'VACUUM (INDEX_CLEANUP ON) t');
		same_answers($node, 't', "an error at $point");
		kill_at($point, 'VACUUM (INDEX_CLEANUP ON) t') if $point =~ /before/;
		same_answers($node, 't', "kill -9 at $point") if $point =~ /before/;
	}
	$node->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) t');
	same_answers($node, 't', 'an index of another version, and VACUUM');
	is(index_state($node, 't_k'), 'unreadable', 'which is told');
}

# PostgreSQL's own: whoever waits for parallel workers as the postmaster is killed ends
# within the transaction, which pgstat.c asserts that nobody does
my $log = slurp_file($node->logfile);
$log =~ s/(FATAL: +postmaster exited during a parallel transaction\n)TRAP: .*pgstat\.c.*\n/$1/g;
unlike($log, qr/TRAP:|PANIC|signal 11|signal 6/, 'no assertion failed');
$node->stop;
done_testing();
