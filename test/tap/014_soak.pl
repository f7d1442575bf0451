# Readers at work for long: each asks the index and then the heap, under one
# snapshot, and the two answers must be the same, whatever writers, VACUUM,
# REINDEX, DROP, ALTER and TRUNCATE of other sessions do meanwhile.  Nobody
# deadlocks, and the readers' processes keep their memory and their files.
#
# SMOL_SOAK_SECONDS says how long (default 8); scripts/soak takes ten minutes.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $seconds = $ENV{SMOL_SOAK_SECONDS} // 8;
my $node = new_server('soak', conf => "fsync = off\nmax_wal_size = 2GB\nautovacuum = off\nsession_preload_libraries = 'smol'\ndeadlock_timeout = '100ms'\nlog_min_error_statement = error\n");
make_flights($node, 't', rows => 6000, with => 'nulls = store, writes = retire', fillfactor => 80);
make_flights($node, 'quiet', rows => 20000);
make_flights($node, 'cut', rows => 3000, with => 'nulls = store, writes = retire');
$node->safe_psql('postgres', q{
	-- a question through the index and through the heap, with one snapshot
	CREATE FUNCTION ask(t text, question text) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		through_index text;
		through_heap text;
		settings text[] := '{enable_seqscan,enable_indexscan,enable_indexonlyscan,smol.enable_scan,smol.enable_aggregate}';
	BEGIN
		PERFORM set_config('enable_bitmapscan', 'off', true);
		PERFORM set_config(name, CASE name WHEN 'enable_seqscan' THEN 'off' ELSE 'on' END, true) FROM unnest(settings) AS name;
		EXECUTE format(question, t) INTO through_index;
		PERFORM set_config(name, CASE name WHEN 'enable_seqscan' THEN 'on' ELSE 'off' END, true) FROM unnest(settings) AS name;
		EXECUTE format(question, t) INTO through_heap;
		IF through_index IS DISTINCT FROM through_heap THEN
			RAISE EXCEPTION 'wrong answer: % of %: % through the index, % through the heap', question, t, through_index, through_heap USING ERRCODE = 'data_exception';
		END IF;
	END $$;
	});
my @questions = (
	q{SELECT concat_ws(',', count(*), sum(k), min(k), max(k), sum(b), sum(n)) FROM %I WHERE k > 0},
	q{SELECT string_agg(k || ':' || b || ':' || coalesce(n::text, '-'), ',' ORDER BY k, b, n) FROM (SELECT k, b, n FROM %I WHERE k BETWEEN 500 AND 620) x},
	q{SELECT string_agg(x::text, ',' ORDER BY x::text) FROM (SELECT s, count(*), max(k) FROM %I WHERE s > 'airport 2' GROUP BY s) x},
	q{SELECT string_agg(k::text, ',') FROM (SELECT k FROM %I ORDER BY k DESC LIMIT 20) x},
	q{SELECT count(*)::text FROM %I WHERE k IN (1, 100, 1000, 2999, 5999, 100001)});
my $dir = $node->basedir;
my $n = 0;
sub script { my ($sql) = @_; my $f = "$dir/soak" . $n++ . '.sql'; open my $fh, '>', $f or die; print $fh $sql; close $fh; return $f; }
my @readers = map {
	my $q = s/'/''/gr;
	script("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT ask('t', '$q');\nSELECT ask('cut', '$q');\nSELECT ask('quiet', '$q');\nCOMMIT;\n")
} @questions;
my %writers = (
	insert => "\\set k random(100001, 110000)\nINSERT INTO t VALUES (:k, 1, '2001-01-01', 'airport 7', 1.0, 0);\n\\sleep 900 ms\n",
	hot => "\\set k random(1, 6000)\nUPDATE t SET w = w + 1 WHERE k = :k;\n\\sleep 120 ms\n",
	update => "\\set k random(1, 6000)\nBEGIN; UPDATE t SET b = b + 1 WHERE k = :k; SELECT pg_sleep(0.01); COMMIT;\n\\sleep 800 ms\n",
	roll => "\\set k random(1, 6000)\nBEGIN; DELETE FROM t WHERE k % 100 = :k % 100; ROLLBACK;\n\\sleep 150 ms\n",
	remove => "DELETE FROM t WHERE k > 100000 AND k % 2 = 0;\n\\sleep 1300 ms\n");
# these take turns: on their own table, in one order
my %others = (
	vacuum => "VACUUM t;\n\\sleep 150 ms\nVACUUM (INDEX_CLEANUP ON) t, cut;\n\\sleep 150 ms\n",
	reindex => "REINDEX INDEX t_k;\n\\sleep 80 ms\nREINDEX TABLE t;\nVACUUM t;\n\\sleep 80 ms\n",
	ddl => "BEGIN; DROP INDEX t_s; CREATE INDEX t_s ON t USING smol (s, d DESC, k) INCLUDE (n) WITH (nulls = store, writes = retire); COMMIT;\n\\sleep 300 ms\nALTER TABLE t ALTER w TYPE int8;\n\\sleep 200 ms\nALTER TABLE t ALTER w TYPE int4;\nALTER INDEX t_k SET (writes = retire);\n",
	cut => "TRUNCATE cut;\nINSERT INTO cut SELECT g, g % 10, '2000-01-01', 'airport ' || g % 50, g, 0 FROM generate_series(1, 3000) g;\nREINDEX TABLE cut;\n\\sleep 100 ms\nDELETE FROM cut WHERE k > 1000;\nVACUUM cut;\n\\sleep 200 ms\n");

sub processes
{
	my %p;
	for my $pid (split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE application_name = 'soak_reader'"))
	{
		my $status = eval { slurp_file("/proc/$pid/status") } // next;
		my ($rss) = $status =~ /RssAnon:\s+(\d+)/ or next;
		opendir my $dh, "/proc/$pid/fd" or next;
		my $fds = grep { !/^\./ } readdir $dh;
		closedir $dh;
		$p{$pid} = [ $rss, $fds ];
	}
	return \%p;
}

my @runs;
my $conn = $node->connstr('postgres');
sub start
{
	my ($name, $clients, @files) = @_;
	my ($out, $err) = ('', '');
	my $run = { name => $name, out => \$out, err => \$err };
	$run->{h} = IPC::Run::start(
		[ 'pgbench', '-n', '-c', $clients, '-j', $clients, '-T', $seconds, '--max-tries=100', (map { ('-f', $_) } @files), "$conn application_name=soak_$name" ],
		'>', \$out, '2>', \$err);
	push @runs, $run;
	return;
}
start('reader', 3, @readers);
start($_, 1, script($writers{$_})) for sort keys %writers;
start($_, 1, script($others{$_})) for sort keys %others;

my $begin = time;
sleep 1;
my ($first, $last, %states);
while (time - $begin < $seconds - 1)
{
	my $now = processes();
	# the first moments fill caches
	$first = $now if time - $begin < $seconds * 0.3;
	$last = $now if %$now;
	$states{$_}++ for split /\n/, $node->safe_psql('postgres', "SELECT state FROM smol_indexes WHERE \"table\" = 't'::regclass");
	sleep($seconds > 60 ? 2 : 0.5);
}
my ($reads, $writes) = (0, 0);
for my $run (@runs)
{
	$run->{h}->finish;
	my ($done) = ${ $run->{out} } =~ /number of transactions actually processed: (\d+)/;
	$run->{name} eq 'reader' ? ($reads += $done // 0) : ($writes += $done // 0);
	unlike(${ $run->{err} }, qr/wrong answer/, "$run->{name}: no wrong answer") or diag(substr ${ $run->{err} }, 0, 2000);
	unlike(${ $run->{err} }, qr/deadlock/, "$run->{name}: no deadlock");
	is(scalar($run->{h}->result(0)), 0, "$run->{name}: no error at all") or diag(substr ${ $run->{err} }, 0, 2000);
}
cmp_ok($reads, '>', 10, 'readers asked');
note("$seconds seconds: $reads reading transactions of six answers each, $writes transactions of others; states of the indexes when looked at: " . join(', ', map { "$_ $states{$_}" } sort keys %states));
my ($grown, $files) = (0, 0);
for my $pid (grep { $last->{$_} } keys %{ $first || {} })
{
	my ($m, $f) = ($last->{$pid}[0] - $first->{$pid}[0], $last->{$pid}[1] - $first->{$pid}[1]);
	note("reader $pid: memory $first->{$pid}[0] to $last->{$pid}[0] kB, files $first->{$pid}[1] to $last->{$pid}[1]");
	$grown = $m if $m > $grown;
	$files = $f if $f > $files;
}
# AddressSanitizer holds back what was freed, so that nobody gets it too soon
my $held = ($ENV{ASAN_OPTIONS} // '') =~ /quarantine_size_mb=(\d+)/ ? 1.5 * 1024 * $1 : 0;
cmp_ok($grown, '<', 8192 + $held, 'no reader grows by 8 MB' . ($held ? ', apart from what was freed' : ''));
cmp_ok($files, '<', 30, 'nor in open files');
is($node->safe_psql('postgres', "SELECT count(*) FROM smol_indexes i, smol_verify_report(i.index)"), 0, 'all indexes are sound');
same_answers($node, $_, "$_ in the end") for qw(t quiet cut);
uses_smol($node, 'quiet', 'the index that nobody wrote to is used');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'soak%'"), 0, 'all sessions are gone');
alive($node);
$node->stop;
done_testing();
