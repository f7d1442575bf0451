# Readers, writers, VACUUM and REINDEX all at once.  The writers move rows and
# amounts about so that the numbers of rows and the total never change; every
# reader, of any isolation level, must find them so, wherever its rows came
# from.
#
# SMOL_STRESS_SECONDS says how long (default 15).
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{SMOL_STRESS_SECONDS} // 15;
my $rows = 3000;
my $node = new_server('stress', conf => "fsync = off\ntrack_counts = on\nmax_connections = 40\ndeadlock_timeout = 5s\nmax_pred_locks_per_transaction = 256\n");

# t: writes = retire.  p: a partial index of writes = reject, from which rows
# may be deleted, and outside of which they may be written.
$node->safe_psql('postgres', qq{
	CREATE TABLE t (k int, v int, w int, pad text) WITH (autovacuum_enabled = off, fillfactor = 60);
	CREATE TABLE p (k int, v int, w int, pad text) WITH (autovacuum_enabled = off, fillfactor = 60);
	CREATE TABLE t2 (k int, v int) WITH (autovacuum_enabled = off);
	CREATE TABLE p2 (k int, v int) WITH (autovacuum_enabled = off);
	INSERT INTO t SELECT g, 100, 0, repeat('x', 100) FROM generate_series(1, $rows) g;
	INSERT INTO p SELECT g, 100, 0, repeat('x', 100) FROM generate_series(1, $rows) g;
	CREATE INDEX t_k ON t USING smol (k) INCLUDE (v) WITH (writes = retire);
	CREATE INDEX p_k ON p USING smol (k) INCLUDE (v) WHERE k > 0;
	CREATE INDEX t_b ON t ((k + 0));
	CREATE INDEX p_b ON p ((k + 0));
	});
$node->safe_psql('postgres', 'VACUUM ANALYZE');

my $dir = PostgreSQL::Test::Utils::tempdir();
my $n = 0;
my @files;

sub script
{
	my ($weight, $sql) = @_;
	my $file = "$dir/script" . ++$n . '.sql';
	append_to_file($file, $sql);
	push @files, '--file', "$file\@$weight";
	return;
}

# A reader sees $rows rows and 100 * $rows in all.
sub question
{
	my ($t) = @_;
	return qq{SELECT 1 / (c = $rows AND s = 100 * $rows AND m <= $rows)::int FROM (SELECT
		(SELECT count(*) FROM $t WHERE k > 0) + (SELECT count(*) FROM ${t}2) AS c,
		(SELECT coalesce(sum(v), 0) FROM $t WHERE k > 0) + (SELECT coalesce(sum(v), 0) FROM ${t}2) AS s,
		(SELECT coalesce(max(k), 0) FROM $t WHERE k > 0) AS m) q;};
}

# the writers find their rows through btree, by k + 0, the readers through smol
my $READ = 'SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexscan = off;';
my $WRITE = 'SET LOCAL enable_indexonlyscan = off;';
for my $t (qw(t p))
{
	my $q = question($t);
	script(12, "BEGIN;\n$READ\n$q\nCOMMIT;\n");
	script(6, "BEGIN ISOLATION LEVEL REPEATABLE READ;\n$READ\n$q\n\\sleep 20 ms\n$q\n\\sleep 20 ms\n$q\nCOMMIT;\n");
	script(3, "BEGIN ISOLATION LEVEL SERIALIZABLE;\n$READ\n$q\n\\sleep 5 ms\n$q\nCOMMIT;\n");
	# each key is there once, in this table or the other
	script(4, "\\set a random(1, $rows)\nBEGIN;\n$READ\nSELECT 1 / ((SELECT count(*) FROM $t WHERE k = :a) + (SELECT count(*) FROM ${t}2 WHERE k = :a)) AS there;\nCOMMIT;\n");
	# rows go to the other table
	script(3, "\\set a random(1, $rows)\nBEGIN;\n$WRITE\nWITH d AS (DELETE FROM $t WHERE k + 0 = :a RETURNING k, v) INSERT INTO ${t}2 SELECT k, v FROM d;\nCOMMIT;\n\\sleep 30 ms\n");
	# nearly
	script(2, "\\set a random(1, $rows)\nBEGIN;\n$WRITE\nDELETE FROM $t WHERE k + 0 BETWEEN :a AND :a + 10;\nROLLBACK;\n\\sleep 30 ms\n");
	# HOT updates
	script(2, "\\set a random(1, $rows)\nBEGIN;\n$WRITE\nUPDATE $t SET w = w + 1 WHERE k + 0 = :a;\nCOMMIT;\n\\sleep 30 ms\n") if $t eq 't';
	script(2, "VACUUM $t;\n\\sleep 50 ms\n");
	script(2, "VACUUM (INDEX_CLEANUP ON) $t;\n\\sleep 50 ms\n");
	script(3, "REINDEX INDEX ${t}_k;\nVACUUM $t;\n\\sleep 20 ms\n");
}
# amounts go from row to row: retires the index
script(1, "\\set a random(1, $rows)\n\\set b random(1, $rows)\nBEGIN;\n$WRITE\nWITH l AS MATERIALIZED (SELECT k FROM t WHERE k + 0 IN (:a, :b) ORDER BY k FOR UPDATE) UPDATE t SET v = v + CASE WHEN k = :a THEN 5 ELSE -5 END WHERE k + 0 IN (:a, :b) AND :a <> :b AND (SELECT count(*) FROM l) = 2;\nCOMMIT;\n\\sleep 100 ms\n");
# rows come back
script(1, "BEGIN;\nWITH d AS (DELETE FROM t2 RETURNING k, v) INSERT INTO t SELECT k, v, 0, repeat('x', 100) FROM d;\nCOMMIT;\nREINDEX INDEX t_k;\nVACUUM t;\n\\sleep 100 ms\n");
# outside of the partial index rows come and go
script(1, "\\set a random(1, $rows)\nBEGIN;\n$WRITE\nINSERT INTO p VALUES (- :a::int, 1, 1, 'out');\nDELETE FROM p WHERE k < 0 AND k % 10 = 0;\nCOMMIT;\n\\sleep 50 ms\n");
# an index goes and another comes
script(1, "BEGIN;\nLOCK TABLE p IN SHARE MODE;\nDROP INDEX p_k;\nCREATE INDEX p_k ON p USING smol (k) INCLUDE (v) WHERE k > 0;\nCOMMIT;\n\\sleep 300 ms\n");

# A thread each: pgbench prepares without heed of its thread's other clients,
# one of which may hold the lock that it waits for.
local $ENV{PGOPTIONS} = '-c client_min_messages=warning -c plan_cache_mode=force_generic_plan -c smol.debug_log=on';
my $fallbacks = 0;
for my $mode (qw(simple prepared))
{
	my $pos = -s $node->logfile;
	my ($out, $err);
	my $ok = IPC::Run::run(
		[ 'pgbench', '--no-vacuum', '--protocol' => $mode, '--client' => 12, '--jobs' => 12, '--time' => int($seconds / 2) + 1, '--max-tries' => 100, @files, $node->connstr('postgres') ],
		'>', \$out, '2>', \$err, IPC::Run::timeout(10 * $seconds + 120));
	ok($ok, "$mode: all readers have found all rows") or diag(substr($err, 0, 3000));
	unlike($err, qr/division by zero/, "$mode: no wrong answer");
	unlike($err, qr/corrupt|could not read|XX00/, "$mode: no other error");
	note($out =~ /number of transactions actually processed: (\d+)/ ? "$1 transactions" : $out);
	my $log = slurp_file($node->logfile, $pos);
	for my $index (qw(t_k p_k))
	{
		my $current = () = $log =~ /smol: index "$index" is current/g;
		my $fell = () = $log =~ /smol: index "$index" falls back/g;
		note("$index: $current scans of the index, $fell of the heap");
		cmp_ok($current, '>', 10, "$mode: $index was used");
		$fallbacks += $fell;
	}
}
cmp_ok($fallbacks, '>', 0, 'and the heap at times');
for my $t (qw(t p))
{
	is($node->safe_psql('postgres', "$HEAP_SIDE " . question($t)), 1, "$t: nothing is lost");
	is($node->safe_psql('postgres', "$INDEX_SIDE " . question($t)), 1, "$t: through the index neither");
	verifies($node, "${t}_k");
}
alive($node);
$node->stop;
done_testing();
