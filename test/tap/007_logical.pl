# Logical replication onto a table with a smol index: the apply worker passes
# no hook, and with REPLICA IDENTITY FULL it may look rows up in the index.
# Every change arrives, or the worker stops with a clear error; none is lost in
# silence.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $pub = PostgreSQL::Test::Cluster->new('publisher');
$pub->init(allows_streaming => 'logical');
$pub->append_conf('postgresql.conf', "autovacuum = off\n");
$pub->start;
my $sub = new_server('subscriber', conf => "wal_retrieve_retry_interval = 200ms\nmax_logical_replication_workers = 8\n");
my $connstr = $pub->connstr . ' dbname=postgres';

my $table = q{CREATE TABLE %s (a int, b int, s text); };
my @tables = qw(retired rejected partial pk);
$pub->safe_psql('postgres', join '', map { sprintf($table, $_) . "INSERT INTO $_ SELECT g, g % 10, 's' || g FROM generate_series(1, 500) g;" } @tables);
$pub->safe_psql('postgres', "ALTER TABLE $_ REPLICA IDENTITY FULL") for qw(retired rejected partial);
$pub->safe_psql('postgres', 'ALTER TABLE pk ADD PRIMARY KEY (a)');
$pub->safe_psql('postgres', "CREATE PUBLICATION pub_$_ FOR TABLE $_") for @tables;
$sub->safe_psql('postgres', join '', map { sprintf($table, $_) } @tables);
$sub->safe_psql('postgres', 'ALTER TABLE pk ADD PRIMARY KEY (a)');
$sub->safe_psql('postgres', "CREATE SUBSCRIPTION sub_$_ CONNECTION '$connstr' PUBLICATION pub_$_") for @tables;
$sub->wait_for_subscription_sync($pub, "sub_$_") for @tables;
my %with = (retired => 'WITH (writes = retire)', rejected => '', partial => 'WHERE b < 5', pk => 'WITH (writes = retire)');
$sub->safe_psql('postgres', "CREATE INDEX ${_}_a ON $_ USING smol (a) INCLUDE (b, s) $with{$_}") for @tables;
$sub->safe_psql('postgres', 'VACUUM ANALYZE');

sub contents { my ($node, $t, $side) = @_; return $node->safe_psql('postgres', "$side SELECT count(*), sum(a), sum(b), md5(string_agg(s, ',' ORDER BY a, s)) FROM $t WHERE a > -1000000"); }

# Wait until the table is as the publisher's, or the worker has said that it
# can't go on.
sub arrives_or_complains
{
	my ($t, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $want = contents($pub, $t, $HEAP_SIDE);
	my $pos = -s $sub->logfile;
	my ($got, $complaint) = ('', '');
	for (1 .. 150)
	{
		$got = contents($sub, $t, $HEAP_SIDE);
		last if $got eq $want;
		my $log = slurp_file($sub->logfile, $pos);
		if ($log =~ /ERROR:\s+([^\n]*(?:smol|sealed|${t}_a)[^\n]*)/) { $complaint = $1; last if $_ > 20; }
		sleep 0.1;
	}
	my $index = contents($sub, $t, $INDEX_SIDE);
	is($index, contents($sub, $t, $HEAP_SIDE), "$name: the index side answers as the heap");
	if ($got eq $want) { pass("$name: arrived"); return 1; }
	like($complaint, qr/smol|sealed|${t}_a/, "$name: did not arrive, and the worker says why: $complaint");
	return 0;
}

# ---- writes = retire: all kinds of change, looked up before and after STALE
for my $t (qw(retired pk))
{
	my $i = 0;
	for my $change (
		"DELETE FROM $t WHERE a = 17",
		"UPDATE $t SET s = 'changed' WHERE a = 18",
		"UPDATE $t SET a = a + 10000 WHERE a = 19",
		"DELETE FROM $t WHERE a BETWEEN 100 AND 150",
		"INSERT INTO $t SELECT g, 1, 'new' FROM generate_series(1001, 1010) g",
		"UPDATE $t SET b = b + 1",
		"BEGIN; DELETE FROM $t WHERE a = 20; INSERT INTO $t VALUES (20, 0, 'again'); UPDATE $t SET s = 'twice' WHERE a = 20; COMMIT",
		"DELETE FROM $t WHERE a = 20")
	{
		$pub->safe_psql('postgres', $change);
		arrives_or_complains($t, "$t: $change") or last;
		if (++$i % 3 == 0)
		{
			$sub->safe_psql('postgres', "REINDEX INDEX ${t}_a");
			$sub->safe_psql('postgres', "VACUUM $t");
			is(contents($sub, $t, $INDEX_SIDE), contents($sub, $t, $HEAP_SIDE), "$t: after REINDEX");
		}
	}
	is($sub->safe_psql('postgres', "SELECT count(*) FROM $t"), $pub->safe_psql('postgres', "SELECT count(*) FROM $t"), "$t: not a row is lost");
	unlike(slurp_file($sub->logfile), qr/logical replication did not find row/, "$t: and no row was looked for in vain");
}
# duplicates, which REPLICA IDENTITY FULL tells apart only by all columns
$pub->safe_psql('postgres', "INSERT INTO retired SELECT 5, 5, 'dup' FROM generate_series(1, 3)");
arrives_or_complains('retired', 'duplicates');
$sub->safe_psql('postgres', 'REINDEX INDEX retired_a');
$sub->safe_psql('postgres', 'VACUUM retired');
$pub->safe_psql('postgres', "DELETE FROM retired WHERE ctid = (SELECT min(ctid) FROM retired WHERE s = 'dup')");
arrives_or_complains('retired', 'one of three duplicates deleted');
$pub->safe_psql('postgres', "UPDATE retired SET s = NULL WHERE s = 'dup'");
arrives_or_complains('retired', 'the others updated');

# ---- writes = reject: an INSERT can't go in; the worker says so, and goes on
# when the index is dropped
$pub->safe_psql('postgres', "INSERT INTO rejected VALUES (2000, 1, 'new')");
my $ok = arrives_or_complains('rejected', 'writes = reject: INSERT');
ok(!$ok, 'writes = reject: the INSERT does not go in');
is($sub->safe_psql('postgres', "SELECT count(*) FROM rejected"), '500', 'the table is as before');
$sub->safe_psql('postgres', 'DROP INDEX rejected_a');
ok(arrives_or_complains('rejected', 'after DROP INDEX'), 'nothing was lost');
$sub->safe_psql('postgres', 'CREATE INDEX rejected_a ON rejected USING smol (a) INCLUDE (b, s)');
$sub->safe_psql('postgres', 'VACUUM rejected');
# deletes pass no guard; the answers stay right
$pub->safe_psql('postgres', 'DELETE FROM rejected WHERE a < 10');
arrives_or_complains('rejected', 'writes = reject: DELETE');
$sub->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) rejected');
is(contents($sub, 'rejected', $INDEX_SIDE), contents($sub, 'rejected', $HEAP_SIDE), 'and after VACUUM');

# ---- a partial index is never used for lookups
$pub->safe_psql('postgres', 'DELETE FROM partial WHERE b = 7 AND a < 100');
arrives_or_complains('partial', 'partial: rows outside are deleted');
$pub->safe_psql('postgres', "UPDATE partial SET s = 'x' WHERE b = 8 AND a < 50");
arrives_or_complains('partial', 'partial: rows outside are updated');
$pub->safe_psql('postgres', 'DELETE FROM partial WHERE b = 2 AND a < 100');
arrives_or_complains('partial', 'partial: rows inside are deleted');

for my $node ($pub, $sub)
{
	unlike(slurp_file($node->logfile), qr/TRAP:|PANIC|terminated by signal/, $node->name . ' has not crashed');
}
$sub->stop('fast');
$pub->stop('fast');
done_testing();
