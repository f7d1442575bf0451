# The order of things: the visibility map is swept first and the STALE mark
# read second; an INSERT marks before it commits.  Sessions are stopped between
# the steps at injection points.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('race', conf => "max_prepared_transactions = 5\n");
if (!has_injection_points($node))
{
	$node->stop;
	plan skip_all => 'this PostgreSQL was built without injection points';
}

my $Q = 'SELECT count(*), sum(k), sum(b) FROM t WHERE k > 0';
my $ALL = $node->safe_psql('postgres', 'SELECT count(*), sum(g), sum((g::int8 * 7919) % 1000) FROM generate_series(1, 5000) g');
my $FORCE = "$INDEX_SIDE SET plan_cache_mode = force_generic_plan; PREPARE q AS $Q; EXECUTE q;";

sub fresh_table
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS t');
	make_flights($node, 't', with => 'nulls = store, writes = retire', fillfactor => 50);
	return;
}
sub attach { $node->safe_psql('postgres', "SELECT injection_points_attach('$_[0]', 'wait')"); return; }
sub detach { $node->safe_psql('postgres', "SELECT injection_points_detach('$_[0]')"); return; }

# Who was cancelled waits no longer: no harm then.
sub wakeup { $node->psql('postgres', "SELECT injection_points_wakeup('$_[0]')"); return; }
sub heap_answer { my ($q) = @_; return $node->safe_psql('postgres', "$HEAP_SIDE " . ($q // $Q)); }
sub session { return $node->background_psql('postgres', on_error_stop => 0); }

# Start "EXECUTE q" in a session, which stops at the point.
sub go
{
	my ($session, $sql, $point) = @_;
	$session->query_until(qr/going/, "\\echo going\n$sql\n");
	wait_for_point($node, $point);
	return;
}

# ---- on either side of the sweep of the visibility map.  Before it, STALE may
# have been looked at as an early out, which proves nothing: a VACUUM that comes
# after that marks the index stale and sets the bits that the sweep will see.
my @POINTS = ('smol-seal-before-sweep', 'smol-seal-after-sweep');

# [ what, before the reader's snapshot, while it waits, rows of its snapshot ]
my @races = (
	[ 'a DELETE commits in between', '', 'DELETE FROM t WHERE k % 10 = 0' ],
	[ 'a DELETE commits and VACUUM runs in between', '', 'DELETE FROM t WHERE k % 10 = 0; VACUUM (INDEX_CLEANUP ON) t' ],
	[ 'VACUUM is squeezed in, the DELETE was before', 'DELETE FROM t WHERE k % 10 = 0', 'VACUUM (INDEX_CLEANUP ON) t' ],
	[ 'VACUUM was before', 'DELETE FROM t WHERE k % 10 = 0; VACUUM (INDEX_CLEANUP ON) t', 'SELECT 1' ],
	[ 'an INSERT retires the index in between', '', "INSERT INTO t VALUES (9000, 1, '2000-01-01', 'x', 1, 0)" ],
	[ 'an INSERT and VACUUM in between', '', "INSERT INTO t VALUES (9000, 1, '2000-01-01', 'x', 1, 0); VACUUM t" ],
	[ 'an UPDATE of the key in between', '', 'UPDATE t SET k = k + 10000 WHERE k < 100; VACUUM t' ],
	[ 'a HOT update in between', '', 'UPDATE t SET w = 1 WHERE k < 100; VACUUM t' ],
	[ 'a HOT update before, VACUUM in between', 'UPDATE t SET w = 1 WHERE k < 100', 'VACUUM (INDEX_CLEANUP ON) t' ],
	[ 'every row goes in between', '', 'DELETE FROM t; VACUUM t' ],
	[ 'every row went before, VACUUM in between', 'DELETE FROM t', 'VACUUM (INDEX_CLEANUP ON) t' ],
	[ 'one row went before, VACUUM twice in between', 'DELETE FROM t WHERE k = 77', 'VACUUM t; VACUUM (INDEX_CLEANUP ON) t' ],
);
sub race
{
	my ($Q, $P, $what, $first, $meanwhile, @isolations) = @_;
	$what = ($P =~ /before/ ? 'before' : 'after') . " the sweep: $what";
	for my $isolation (@isolations)
	{
		fresh_table();
		my $reader = session();
		$reader->query_safe("$INDEX_SIDE SET plan_cache_mode = force_generic_plan; PREPARE q AS $Q; EXECUTE q;");
		for (split /; /, $first) { $node->safe_psql('postgres', $_); }
		my $expected = heap_answer($Q);
		attach($P);
		$reader->query_safe("BEGIN ISOLATION LEVEL $isolation;");
		# A verdict that has said no before this point does not stop at it.
		my $answer = $reader->query_until(qr/going/, "\\echo going\nEXECUTE q;\n\\echo answered\n");
		my $stopped = 0;
		for (1 .. 50)
		{
			$stopped = $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event = '$P'");
			last if $stopped || $answer =~ /answered/ || $reader->{stdout} =~ /answered/;
			select undef, undef, undef, 0.02;
			$reader->{run}->pump_nb;
		}
		for (split /; /, $meanwhile) { $node->safe_psql('postgres', "SET lock_timeout = '30s'; $_") unless /^VACUUM/; $node->safe_psql('postgres', $_) if /^VACUUM/; }
		detach($P);
		wakeup($P) if $stopped;
		$answer .= $reader->query_until(qr/answered/, "\n") unless $answer =~ /answered/;
		my ($got) = $answer =~ /^(\d+\|\d*\|\d*)$/m;
		is($got, $expected, "$what, $isolation" . ($stopped ? '' : ' (said no before the sweep)'));
		if ($isolation ne 'READ COMMITTED')
		{
			my $again = $reader->query('EXECUTE q;');
			is($again, $expected, "$what, $isolation: the same again");
		}
		$reader->query('COMMIT;');
		$reader->quit;
		is($node->safe_psql('postgres', "$INDEX_SIDE $Q"), heap_answer($Q), "$what, $isolation: and a new query sees the table as it is");
	}
	return;
}
for my $P (@POINTS)
{
	race($Q, $P, @$_, 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE') for @races;
}

# ---- the same for a verdict on a range: on rows of the range, and elsewhere
my $R = 'SELECT count(*), sum(k), sum(b) FROM t WHERE k BETWEEN 4000 AND 4100';
my $OUT = 'DELETE FROM t WHERE k BETWEEN 1000 AND 1100';
my $IN = 'DELETE FROM t WHERE k BETWEEN 4050 AND 4060';
my $REAP = 'VACUUM (INDEX_CLEANUP ON) t';
my @range_races = (
	[ 'deleted elsewhere, and VACUUM, in between', '', "$OUT; $REAP" ],
	[ 'deleted elsewhere before, VACUUM in between', $OUT, $REAP ],
	[ 'deleted in the range, and VACUUM, in between', '', "$IN; $REAP" ],
	[ 'deleted in the range before, VACUUM in between', $IN, $REAP ],
	[ 'deleted in the range before, elsewhere in between, VACUUM', $IN, "$OUT; $REAP" ],
	[ 'deleted elsewhere before, in the range in between, VACUUM', $OUT, "$IN; $REAP" ],
	[ 'a row moves into the range', '', "UPDATE t SET k = 4050 WHERE k = 10; $REAP" ],
	[ 'a row has moved into the range, VACUUM in between', 'UPDATE t SET k = 4050 WHERE k = 10', $REAP ],
	[ 'a row moves out of the range', '', "UPDATE t SET k = 10 WHERE k = 4050; $REAP" ],
	[ 'every row of the range went before, VACUUM in between', 'DELETE FROM t WHERE k > 3900', $REAP ],
	[ 'an INSERT into the range', '', "INSERT INTO t VALUES (4050, 1, '2000-01-01', 'x', 1, 0); VACUUM t" ],
);
for my $P (@POINTS)
{
	race($R, $P, "range, $_->[0]", @$_[ 1, 2 ], 'READ COMMITTED', 'REPEATABLE READ') for @range_races;
}

# ---- a parallel scan that waits for a verdict, by one of its participants
{
	my $P = $POINTS[0];
	for my $race (@range_races)
	{
		my ($what, $first, $meanwhile) = @$race;
		fresh_table();
		my $reader = session();
		$reader->query_safe("$INDEX_SIDE SET smol.enable_scan = off; SET smol.enable_aggregate = off; SET plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 2; SET min_parallel_index_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET smol.parallel_chunk_pages = 1; PREPARE q AS $R; EXECUTE q;");
		like($reader->query('EXPLAIN EXECUTE q;'), qr/Parallel Index Only Scan/, "parallel, $what: it is");
		for (split /; /, $first) { $node->safe_psql('postgres', $_); }
		my $expected = heap_answer($R);
		attach($P);
		my $answer = $reader->query_until(qr/going/, "\\echo going\nEXECUTE q;\n\\echo answered\n");
		my $stopped = 0;
		for (1 .. 100)
		{
			$stopped = $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event = '$P'");
			last if $stopped;
			select undef, undef, undef, 0.02;
		}
		is($stopped, $first =~ /UPDATE/ ? 0 : 1, "parallel, $what: one participant judges, unless the plan is made anew without the index");
		for (split /; /, $meanwhile) { $node->safe_psql('postgres', $_); }
		detach($P);
		wakeup($P);
		$answer .= $reader->query_until(qr/answered/, "\n") unless $answer =~ /answered/;
		my ($got) = $answer =~ /^(\d+\|\d*\|\d*)$/m;
		is($got, $expected, "parallel, $what");
		$reader->quit;
	}
}

# ---- a writer stopped between the heap and STALE, and between STALE and commit
for my $point ('smol-retire-before-stale', 'smol-retire-after-stale')
{
	for my $end ('COMMIT', 'ROLLBACK')
	{
		fresh_table();
		my $reader = session();
		$reader->query_safe($FORCE);
		my $writer = session();
		$writer->query_safe('BEGIN;');
		attach($point);
		go($writer, "INSERT INTO t VALUES (9000, 1, '2000-01-01', 'x', 1, 0);", $point);
		is($reader->query('EXECUTE q;'), $ALL, "$point: a reader does not see the row that is being written");
		$node->safe_psql('postgres', 'VACUUM t');
		is($reader->query('EXECUTE q;'), $ALL, "$point: nor after VACUUM");
		detach($point);
		wakeup($point);
		$writer->query("SELECT 1;");
		$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
		is($reader->query('EXECUTE q;'), $ALL, "$point: nor before $end");
		$writer->query_safe("$end;");
		is($reader->query('EXECUTE q;'), $ALL, "$point: nor after $end, with a snapshot from before");
		$reader->query_safe('COMMIT;');
		is($reader->query('EXECUTE q;'), heap_answer(), "$point: after $end the answer is the table's");
		$_->quit for $reader, $writer;
	}

	# a crash right there
	fresh_table();
	my $writer = session();
	attach($point);
	go($writer, "INSERT INTO t VALUES (9000, 1, '2000-01-01', 'x', 1, 0);", $point);
	$node->safe_psql('postgres', 'CHECKPOINT');
	kill_hard($node);
	eval { $writer->{run}->finish };
	start_again($node);
	same_answers($node, 't', "kill -9 at $point");
	is($node->safe_psql('postgres', "$INDEX_SIDE $Q"), $ALL, "kill -9 at $point: the row is not there");
}

# ---- a SERIALIZABLE reader against a retiring writer between heap and STALE
{
	my $point = 'smol-retire-before-stale';
	fresh_table();
	$node->safe_psql('postgres', 'CREATE TABLE other (a int)');
	my $reader = session();
	my $writer = session();
	$reader->query_safe($FORCE);
	$writer->query_safe('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM other;');
	attach($point);
	go($writer, "INSERT INTO t VALUES (9000, 1, '2000-01-01', 'x', 1, 0);", $point);
	$reader->query_safe('BEGIN ISOLATION LEVEL SERIALIZABLE;');
	is($reader->query('EXECUTE q;'), $ALL, 'the serializable reader does not see the row');
	$reader->query_safe('INSERT INTO other VALUES (1);');
	detach($point);
	wakeup($point);
	$writer->query('SELECT 1;');
	$writer->{stderr} = '';
	$reader->{stderr} = '';
	$writer->query('COMMIT;');
	$reader->query('COMMIT;');
	my $both = $node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM t WHERE w = 0 AND k = 9000) + (SELECT count(*) FROM other)');
	is($both, '1', 'of a reader and a writer that missed each other exactly one commits');
	$_->quit for $reader, $writer;
}

# ---- a build that is cancelled or killed in known places
for my $point ('smol-build-after-scan', 'smol-build-before-meta')
{
	fresh_table();
	$node->safe_psql('postgres', 'DROP INDEX t_k; UPDATE t SET w = 1 WHERE k % 3 = 0');
	my $build = 'CREATE INDEX t_k ON t USING smol (k) INCLUDE (b, n) WITH (nulls = store);';
	my $builder = session();
	attach($point);
	go($builder, $build, $point);
	# readers prune heap pages under the builder, as they may
	$node->safe_psql('postgres', "$HEAP_SIDE SELECT count(*) FROM t");
	is($node->safe_psql('postgres', "$INDEX_SIDE $Q"), $ALL, "$point: others read meanwhile");
	$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = '$point'");
	detach($point);
	wakeup($point);
	$builder->query('SELECT 1;');
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 't_k'"), '0', "$point: a cancelled build leaves no index");
	$builder->{stderr} = '';
	$node->safe_psql('postgres', $build);
	verifies($node, 't_k', "$point: and the next build is sound");

	# REINDEX cancelled: the old one is still there
	attach($point);
	go($builder, 'REINDEX INDEX t_k;', $point);
	$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = '$point'");
	detach($point);
	wakeup($point);
	$builder->query('SELECT 1;');
	verifies($node, 't_k', "$point: a cancelled REINDEX leaves the old index");
	same_answers($node, 't', "$point: a cancelled REINDEX");

	# killed
	$node->safe_psql('postgres', 'DROP INDEX t_k');
	attach($point);
	go($builder, $build, $point);
	kill_hard($node);
	eval { $builder->{run}->finish };
	start_again($node);
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 't_k'"), '0', "$point: a killed build leaves no index");
	$node->safe_psql('postgres', $build);
	verifies($node, 't_k', "$point: and the next build is sound");
	$node->safe_psql('postgres', 'VACUUM t');
	uses_smol($node, 't', "$point: and used");
	same_answers($node, 't', "$point: built after kill -9");
}

alive($node) if 0;	# kill_hard leaves its traces in the log
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'the server is alive');
unlike(slurp_file($node->logfile), qr/TRAP:|PANIC|signal 11|signal 6/, 'no assertion failed');
$node->stop;
done_testing();
