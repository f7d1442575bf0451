# A smol index survives a crash: right after CREATE INDEX, in the middle of
# it, and between the steps that make it stale.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = new_server('crash', conf => "fsync = on\nmax_prepared_transactions = 10\n");

# ---- right after CREATE INDEX
make_flights($node, 'flights', rows => 30000);
my $before = answers($node, 'flights', $INDEX_SIDE);
kill_hard($node);
start_again($node);
uses_smol($node, 'flights', 'the index is used after kill -9 right after CREATE INDEX');
same_answers($node, 'flights', 'kill -9 right after CREATE INDEX');
is(answers($node, 'flights', $INDEX_SIDE), $before, 'and they are those of before');
verifies($node, 'flights_k');
verifies($node, 'flights_s');

# ---- an empty one
$node->safe_psql('postgres', 'CREATE TABLE nothing (a int); CREATE INDEX nothing_a ON nothing USING smol (a)');
kill_hard($node);
start_again($node);
verifies($node, 'nothing_a', 'an index without rows is sound after kill -9');
is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM nothing WHERE a > 0"), '0', 'and has no rows');

# ---- REINDEX
$node->safe_psql('postgres', 'REINDEX INDEX flights_k');
kill_hard($node);
start_again($node);
same_answers($node, 'flights', 'kill -9 right after REINDEX');
verifies($node, 'flights_k');

# ---- in the middle of CREATE INDEX, at many moments
make_flights($node, 'many', rows => 200000, no_index => 1);
my $count = $node->safe_psql('postgres', 'SELECT count(*), sum(k) FROM many');
my $started = time;
$node->safe_psql('postgres', 'CREATE INDEX many_k ON many USING smol (k) INCLUDE (b, n) WITH (nulls = store)');
my $took = time - $started;
$node->safe_psql('postgres', 'DROP INDEX many_k');
my ($left, $died) = (0, 0);
srand(42);
for my $round (1 .. 10)
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_until(qr/going/, "\\echo going\nCREATE INDEX many_k ON many USING smol (k) INCLUDE (b, n) WITH (nulls = store);\n");
	sleep $took * ($round - 0.5) / 9 * (0.8 + rand(0.4));
	if ($round % 3 == 0) { $node->stop('immediate'); }
	else { kill_hard($node); }
	eval { $session->{run}->finish; };
	start_again($node);
	my $there = $node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 'many_k'");
	$there ? $left++ : $died++;
	if ($there) { verifies($node, 'many_k', "round $round: the build had committed, and the index is sound"); }
	is($node->safe_psql('postgres', "$HEAP_SIDE SELECT count(*), sum(k) FROM many"), $count, "round $round: the table is as before");
	$node->safe_psql('postgres', "DROP INDEX IF EXISTS many_k; CREATE INDEX many_k ON many USING smol (k) INCLUDE (b, n) WITH (nulls = store)");
	is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*), sum(k) FROM many WHERE k > 0"), $count, "round $round: CREATE INDEX works afterwards");
	$node->safe_psql('postgres', 'DROP INDEX many_k');
}
note("$died builds died, $left had committed");
cmp_ok($died, '>', 0, 'some builds were killed in the middle');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class c WHERE relam = (SELECT oid FROM pg_am WHERE amname = 'smol') AND relname LIKE 'many%'"), '0', 'no half-made index is left');
$node->safe_psql('postgres', 'DROP TABLE many');

# ---- STALE before commit, after commit, after a checkpoint, after VACUUM
for my $checkpoint ('', 'CHECKPOINT')
{
	my $c = $checkpoint ? 'after a checkpoint' : 'without a checkpoint';
	make_flights($node, 'ret', with => 'nulls = store, writes = retire', fillfactor => 60);
	my $session = $node->background_psql('postgres');
	$session->query_safe($checkpoint) if $checkpoint;
	$session->query_safe("BEGIN; INSERT INTO ret VALUES (100000, 1, '2000-01-01', 'airport 7', 1.0, 0);");
	$node->safe_psql('postgres', $checkpoint) if $checkpoint;
	kill_hard($node);
	eval { $session->{run}->finish; };
	start_again($node);
	same_answers($node, 'ret', "kill -9 between STALE and commit, $c");

	$node->safe_psql('postgres', 'REINDEX TABLE ret');
	$node->safe_psql('postgres', $checkpoint) if $checkpoint;
	$node->safe_psql('postgres', "INSERT INTO ret VALUES (100001, 1, '2000-01-01', 'airport 7', 1.0, 0)");
	kill_hard($node);
	start_again($node);
	same_answers($node, 'ret', "kill -9 after a committed INSERT, $c");
	is(index_state($node, 'ret_k'), 'stale', "and the index is stale, $c");
	is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM ret WHERE k = 100001"), '1', "the row is found, $c");

	$node->safe_psql('postgres', 'REINDEX TABLE ret');
	$node->safe_psql('postgres', 'VACUUM ret');
	uses_smol($node, 'ret', "REINDEX makes it whole again, $c");
	$node->safe_psql('postgres', $checkpoint) if $checkpoint;
	$node->safe_psql('postgres', 'DELETE FROM ret WHERE k % 100 = 1');
	kill_hard($node);
	start_again($node);
	same_answers($node, 'ret', "kill -9 after a committed DELETE, $c");
	$node->safe_psql('postgres', $checkpoint) if $checkpoint;
	# VACUUM has no transaction id, so its end need not be flushed: its marks and
	# the visibility bits that it set may be lost, but only together.
	$node->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) ret');
	kill_hard($node);
	start_again($node);
	same_answers($node, 'ret', "kill -9 after DELETE and VACUUM, $c");
	$node->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) ret');
	$node->safe_psql('postgres', 'CREATE TABLE flush_wal (); DROP TABLE flush_wal');
	kill_hard($node);
	start_again($node);
	same_answers($node, 'ret', "kill -9 after DELETE and VACUUM, flushed, $c");
	is(index_state($node, 'ret_k'), 'stale', "VACUUM's STALE mark survives, $c");
	$node->safe_psql('postgres', 'DROP TABLE ret');
}

# ---- in the middle of VACUUM, which marks the index and then sets the bits of
# the visibility map that the mark must be there for
make_flights($node, 'reap', rows => 60000, with => 'nulls = store, writes = retire');
for my $round (1 .. 6)
{
	$node->safe_psql('postgres', 'REINDEX TABLE reap');
	$node->safe_psql('postgres', 'VACUUM reap');
	$node->safe_psql('postgres', "DELETE FROM reap WHERE k % 13 = $round");
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_until(qr/going/, "\\echo going\nVACUUM (INDEX_CLEANUP ON) reap;\n");
	sleep 0.004 * $round * $round;
	# what has been done so far is on disk, or is not
	$node->psql('postgres', $round % 2 ? 'CREATE TABLE flush_wal (); DROP TABLE flush_wal' : 'CHECKPOINT');
	kill_hard($node);
	eval { $session->{run}->finish; };
	start_again($node);
	same_answers($node, 'reap', "kill -9 in VACUUM, round $round");
	$node->safe_psql('postgres', 'VACUUM reap');
	same_answers($node, 'reap', "kill -9 in VACUUM, round $round, after another VACUUM");
}
$node->safe_psql('postgres', 'DROP TABLE reap');

# ---- prepared transactions
make_flights($node, 'prep', with => 'nulls = store, writes = retire');
$node->safe_psql('postgres', "BEGIN; INSERT INTO prep VALUES (100000, 1, '2000-01-01', 'airport 7', 1.0, 0); DELETE FROM prep WHERE k = 5; PREPARE TRANSACTION 'writes'");
same_answers($node, 'prep', 'a prepared INSERT and DELETE');
kill_hard($node);
start_again($node);
same_answers($node, 'prep', 'a prepared INSERT and DELETE, after kill -9');
is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM prep WHERE k IN (5, 100000)"), '1', 'they are not visible before COMMIT PREPARED');
$node->safe_psql('postgres', "COMMIT PREPARED 'writes'");
same_answers($node, 'prep', 'after COMMIT PREPARED');
is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM prep WHERE k IN (5, 100000)"), '1', 'one row came, one went');
is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM prep WHERE k = 5"), '0', 'the right one went');

make_flights($node, 'prepbuild', no_index => 1);
$node->safe_psql('postgres', "BEGIN; CREATE INDEX prepbuild_k ON prepbuild USING smol (k) INCLUDE (b, n) WITH (nulls = store); PREPARE TRANSACTION 'build'");
kill_hard($node);
start_again($node);
$node->safe_psql('postgres', "COMMIT PREPARED 'build'");
verifies($node, 'prepbuild_k', 'an index built in a prepared transaction is sound after kill -9');
uses_smol($node, 'prepbuild', 'and used');
same_answers($node, 'prepbuild', 'a build in a prepared transaction');
$node->safe_psql('postgres', "BEGIN; DROP INDEX prepbuild_k; CREATE INDEX prepbuild_k2 ON prepbuild USING smol (k) INCLUDE (b, n) WITH (nulls = store); PREPARE TRANSACTION 'build2'");
kill_hard($node);
start_again($node);
$node->safe_psql('postgres', "ROLLBACK PREPARED 'build2'");
verifies($node, 'prepbuild_k', 'a prepared build rolled back leaves the old index');
same_answers($node, 'prepbuild', 'a prepared build rolled back');

# ---- unlogged: empty after a crash, usable, and can be loaded again
make_flights($node, 'unl', kind => 'UNLOGGED');
$node->restart;
uses_smol($node, 'unl', 'an unlogged index survives a clean restart');
same_answers($node, 'unl', 'an unlogged table after a clean restart');
kill_hard($node);
start_again($node);
is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*), min(k) FROM unl WHERE k > 0"), '0|', 'an unlogged table and its index are empty after a crash');
verifies($node, 'unl_k', 'the index is sound');
verifies($node, 'unl_s', 'the other index is sound');
same_answers($node, 'unl', 'an unlogged table after a crash');
my ($rc, $out, $err) = $node->psql('postgres', "INSERT INTO unl VALUES (1, 1, '2000-01-01', 'a', 1, 1)");
isnt($rc, 0, 'an INSERT is refused, as before');
like($err, qr/unl_[ks]/, 'and names the index');
$node->safe_psql('postgres', "DROP INDEX unl_k, unl_s; INSERT INTO unl SELECT g, 1, '2000-01-01', 'airport 7', 1, 1 FROM generate_series(1, 1000) g");
SmolTest::build_indexes($node, 'unl');
$node->safe_psql('postgres', 'VACUUM unl');
uses_smol($node, 'unl', 'dropped, loaded and created again it is used');
same_answers($node, 'unl', 'an unlogged table loaded again');

make_flights($node, 'unlret', kind => 'UNLOGGED', with => 'nulls = store, writes = retire');
kill_hard($node);
start_again($node);
$node->safe_psql('postgres', "INSERT INTO unlret SELECT g, 1, '2000-01-01', 'airport 7', 1, 1 FROM generate_series(1, 1000) g");
same_answers($node, 'unlret', 'an unlogged table with writes = retire, loaded after a crash');
is($node->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM unlret WHERE k > 0"), '1000', 'all rows are found');
$node->safe_psql('postgres', 'REINDEX TABLE unlret');
$node->safe_psql('postgres', 'VACUUM unlret');
uses_smol($node, 'unlret', 'and after REINDEX through the index');
same_answers($node, 'unlret', 'and after REINDEX');

# ---- wal_level = minimal: no WAL for a relation made in the same transaction
$node->append_conf('postgresql.conf', "wal_level = minimal\nmax_wal_senders = 0\n");
for my $threshold ('0', '1GB')
{
	$node->append_conf('postgresql.conf', "wal_skip_threshold = $threshold\n");
	$node->restart;
	make_flights($node, 'minimal', rows => 20000);
	kill_hard($node);
	start_again($node);
	verifies($node, 'minimal_k', "wal_level = minimal, wal_skip_threshold = $threshold: sound after kill -9");
	uses_smol($node, 'minimal', 'and used');
	same_answers($node, 'minimal', "wal_level = minimal, wal_skip_threshold = $threshold");
	$node->safe_psql('postgres', q{
		BEGIN;
		CREATE TABLE same (k int, b int8, d date, s text, n numeric, w int);
		INSERT INTO same SELECT g, g % 10, '2000-01-01', 'airport ' || g % 20, g, 0 FROM generate_series(1, 20000) g;
		CREATE INDEX same_k ON same USING smol (k) INCLUDE (b, n);
		SAVEPOINT a;
		REINDEX INDEX same_k;
		ROLLBACK TO a;
		COMMIT;
		});
	kill_hard($node);
	start_again($node);
	verifies($node, 'same_k', 'table and index of one transaction: sound after kill -9');
	same_answers($node, 'same', 'table and index of one transaction');
	$node->safe_psql('postgres', 'VACUUM same');
	uses_smol($node, 'same', 'and after VACUUM used');
	same_answers($node, 'same', 'table and index of one transaction, after VACUUM');
	$node->safe_psql('postgres', 'BEGIN; TRUNCATE minimal; REINDEX TABLE minimal; COMMIT');
	kill_hard($node);
	start_again($node);
	verifies($node, 'minimal_k', 'truncated: sound after kill -9');
	same_answers($node, 'minimal', 'truncated');
	$node->safe_psql('postgres', 'DROP TABLE minimal, same');
}

alive($node);
$node->stop;
done_testing();
