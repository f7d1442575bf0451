# A smol index after a restart, in a base backup, on a standby that follows,
# under a snapshot of the standby that is older than its changes, and after
# promotion.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_server(
	'primary',
	init => { allows_streaming => 1, extra => ['--data-checksums'] },
	conf => "max_prepared_transactions = 5\nhot_standby_feedback = off\nmax_standby_streaming_delay = -1\n");

make_flights($primary, 'flights', rows => 20000);
make_flights($primary, 'ret', with => 'nulls = store, writes = retire', fillfactor => 60);
make_flights($primary, 'unl', kind => 'UNLOGGED', rows => 100);
$primary->safe_psql('postgres', 'CREATE TABLE empty (a int); CREATE INDEX empty_a ON empty USING smol (a)');

# ---- restart
my $before = answers($primary, 'flights', $INDEX_SIDE);
$primary->restart;
uses_smol($primary, 'flights', 'the index is used after a restart');
is(answers($primary, 'flights', $INDEX_SIDE), $before, 'and answers as before');
verifies($primary, $_) for qw(flights_k flights_s ret_k empty_a);

# ---- base backup, which checks page checksums on the way
$primary->backup('one');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'one', has_streaming => 1);
$standby->start;
sub caught_up { $primary->wait_for_catchup($standby); return; }

caught_up();
uses_smol($standby, 'flights', 'the standby reads through the index');
is(answers($standby, 'flights', $INDEX_SIDE), $before, "the standby's answers are the primary's");
verifies($standby, $_) for qw(flights_k flights_s ret_k empty_a);
my ($rc, $out, $err) = $standby->psql('postgres', 'SELECT count(*) FROM smol_indexes');
is($rc, 0, 'smol_indexes can be read on a standby') or diag($err);

# ---- an index built while the standby follows
$primary->safe_psql('postgres', 'CREATE INDEX flights_n ON flights USING smol (n DESC NULLS LAST, k) WITH (nulls = store)');
$primary->safe_psql('postgres', 'REINDEX INDEX flights_s');
caught_up();
verifies($standby, $_, "$_ made while the standby follows is sound there") for qw(flights_n flights_s);
same_answers($standby, 'flights', 'on the standby after a build');

# ---- STALE is replayed
my $reader = $standby->background_psql('postgres');
my $Q = 'SELECT count(*), min(k), max(k), sum(b) FROM ret WHERE k > 0';
my $old = $primary->safe_psql('postgres', "$HEAP_SIDE $Q");
$reader->query_safe("$INDEX_SIDE SET plan_cache_mode = force_generic_plan; PREPARE q AS $Q; EXECUTE q;");
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
is($reader->query('EXECUTE q;'), $old, 'a snapshot of the standby');
$primary->safe_psql('postgres', "INSERT INTO ret VALUES (100000, 5, '2000-01-01', 'airport 7', 1.0, 0)");
caught_up();
is($reader->query('EXECUTE q;'), $old, 'it does not see a later INSERT');
same_answers($standby, 'ret', 'on the standby, after an INSERT');
is(index_state($standby, 'ret_k'), 'stale', 'STALE is replayed');
$reader->query_safe('COMMIT;');
is($reader->query('EXECUTE q;'), $standby->safe_psql('postgres', "$HEAP_SIDE $Q"), 'a plan from before sees the new row');

$primary->safe_psql('postgres', 'REINDEX TABLE ret');
$primary->safe_psql('postgres', 'VACUUM ret');
caught_up();
uses_smol($standby, 'ret', 'REINDEX on the primary makes it whole on the standby');
same_answers($standby, 'ret', 'on the standby, after REINDEX');

# ---- deletes, HOT updates and VACUUM under an old snapshot of the standby,
# which holds nothing back on the primary
$old = $primary->safe_psql('postgres', "$HEAP_SIDE $Q");
$reader->query_safe("EXECUTE q; BEGIN ISOLATION LEVEL REPEATABLE READ;");
is($reader->query('EXECUTE q;'), $old, 'another snapshot of the standby');
$primary->safe_psql('postgres', 'DELETE FROM ret WHERE k % 50 = 0');
caught_up();
is($reader->query('EXECUTE q;'), $old, 'an old snapshot on the standby still sees deleted rows');
same_answers($standby, 'ret', 'on the standby, after a DELETE');
$reader->query_safe('COMMIT;');
$primary->safe_psql('postgres', 'UPDATE ret SET w = w + 1 WHERE k % 10 = 1');
caught_up();
same_answers($standby, 'ret', 'on the standby, after a HOT update');
$primary->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) ret');
caught_up();
same_answers($standby, 'ret', 'on the standby, after VACUUM');
is(index_state($standby, 'ret_k'), 'stale', "VACUUM's STALE is replayed");

# ---- an aborted INSERT, a prepared transaction
$primary->safe_psql('postgres', 'REINDEX TABLE ret');
$primary->safe_psql('postgres', "BEGIN; INSERT INTO ret VALUES (100001, 5, '2000-01-01', 'airport 7', 1.0, 0); ROLLBACK");
caught_up();
same_answers($standby, 'ret', 'on the standby, after an aborted INSERT');
$primary->safe_psql('postgres', 'REINDEX TABLE ret');
$primary->safe_psql('postgres', "BEGIN; DELETE FROM ret WHERE k < 100; PREPARE TRANSACTION 'p'");
caught_up();
same_answers($standby, 'ret', 'on the standby, a prepared DELETE');
$primary->safe_psql('postgres', "COMMIT PREPARED 'p'");
caught_up();
same_answers($standby, 'ret', 'on the standby, after COMMIT PREPARED');

# ---- a HOT chain older than the index, seen by an old snapshot: the index
# says 1 -> 100, the snapshot must see key 1, and not 100
for my $table (qw(hot hot2))
{
	$primary->safe_psql('postgres', "CREATE TABLE $table (k int, v int) WITH (autovacuum_enabled = off, fillfactor = 50); INSERT INTO $table SELECT g, g FROM generate_series(1, 50) g");
	$primary->safe_psql('postgres', "VACUUM ANALYZE $table");
}
# so that pruned catalogs do not conflict with the old snapshots below
sub calm { $primary->safe_psql('postgres', "VACUUM $_") for qw(pg_class pg_index pg_attribute pg_depend pg_statistic pg_type); caught_up(); return; }
calm();
my $HOT = 'SELECT k FROM hot WHERE k IN (1, 2, 100) ORDER BY k';
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;');
$primary->safe_psql('postgres', 'UPDATE hot SET k = 100 WHERE k = 1');
$primary->safe_psql('postgres', 'CREATE INDEX hot_k ON hot USING smol (k)');
caught_up();
is($reader->query("$INDEX_SIDE $HOT;"), "1\n2", 'a HOT chain older than the index: the old snapshot sees key 1');
is($reader->query("$INDEX_SIDE SELECT k FROM hot WHERE k = 1;"), '1', 'and finds it by a point lookup');
note($reader->query("$INDEX_SIDE EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF, SUMMARY OFF) $HOT;"));
is($reader->query("$INDEX_SIDE SELECT count(*) FROM hot WHERE k = 100;"), '0', 'and not the key of later');
is($reader->query("$INDEX_SIDE SELECT count(*), sum(k) FROM hot WHERE k > 0;"), '50|1275', 'and counts its own rows');
is($standby->safe_psql('postgres', "$INDEX_SIDE $HOT"), "2\n100", 'a new snapshot sees key 100');
$reader->query_safe('COMMIT;');
is($reader->query("$INDEX_SIDE $HOT;"), "2\n100", 'and so does the session of the old one, afterwards');

# the same with rows that the old snapshot must not see, and such as it must
calm();
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;');
$primary->safe_psql('postgres', 'DELETE FROM hot2 WHERE k = 2; INSERT INTO hot2 VALUES (200, 200); UPDATE hot2 SET k = 300 WHERE k = 3; UPDATE hot2 SET k = 301 WHERE k = 300; CREATE INDEX hot2_k ON hot2 USING smol (k)');
caught_up();
is($reader->query("$INDEX_SIDE SELECT count(*), sum(k) FROM hot2 WHERE k > 0;"), '50|1275', 'rows deleted and inserted before the build: the old snapshot has its own');
is($reader->query("$INDEX_SIDE SELECT k FROM hot2 WHERE k IN (2, 3, 200, 300, 301) ORDER BY k;"), "2\n3", 'by lookups, too');
$reader->query_safe('COMMIT;');
is($reader->query("$INDEX_SIDE SELECT k FROM hot2 WHERE k IN (2, 3, 200, 300, 301) ORDER BY k;"), "200\n301", 'the new snapshot the new ones');

# ---- a cursor on the standby while the primary changes what it reads
$primary->safe_psql('postgres', 'REINDEX TABLE ret');
$primary->safe_psql('postgres', 'VACUUM ret');
caught_up();
my $n = $standby->safe_psql('postgres', 'SELECT count(*) FROM ret WHERE k > 0');
$reader->query_safe("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT k FROM ret WHERE k > 0 ORDER BY k; FETCH 3 FROM c;");
$primary->safe_psql('postgres', 'DELETE FROM ret WHERE k % 3 = 0');
caught_up();
my $rest = $reader->query('FETCH ALL FROM c;');
is(scalar(split /\n/, $rest), $n - 3, 'a cursor on the standby reads on while rows go');
my $back = $reader->query('FETCH BACKWARD ALL FROM c;');
is(scalar(split /\n/, $back), $n, 'and backward');
$reader->query_safe('COMMIT;');
$reader->quit;

# ---- a conflict cancels the old reader, as for any other table
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = 50ms\n");
$standby->reload;
$primary->safe_psql('postgres', 'REINDEX TABLE ret');
$primary->safe_psql('postgres', 'VACUUM ret');
caught_up();
$reader = $standby->background_psql('postgres', on_error_stop => 0);
$reader->query_safe("$INDEX_SIDE BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM ret WHERE k > 0;");
my $seen = $reader->query("SELECT count(*) FROM ret WHERE k > 0;");
$primary->safe_psql('postgres', 'DELETE FROM ret WHERE k % 3 = 1');
$primary->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) ret');
caught_up();
$reader->{stderr} = '';
my $again = eval { $reader->query('SELECT count(*) FROM ret WHERE k > 0;') } // '';
ok($again eq '' || $again eq $seen, 'after a conflict an old snapshot is cancelled, or right') or diag("$seen, then $again");
eval { $reader->quit };
same_answers($standby, 'ret', 'after a conflict');

# ---- promotion, with a scan under way
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = -1\n");
$standby->reload;
$reader = $standby->background_psql('postgres');
$n = $standby->safe_psql('postgres', 'SELECT count(*) FROM flights WHERE k > 0');
$reader->query_safe("$INDEX_SIDE BEGIN; DECLARE c SCROLL CURSOR FOR SELECT k FROM flights WHERE k > 0 ORDER BY k; FETCH 3 FROM c;");
my $session = $standby->background_psql('postgres');
my $retrows = $standby->safe_psql('postgres', "$HEAP_SIDE $Q");
$session->query_safe("$INDEX_SIDE BEGIN ISOLATION LEVEL REPEATABLE READ; $Q;");
$standby->promote;
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 'f', 'promoted');
$standby->safe_psql('postgres', "INSERT INTO ret VALUES (200000, 5, '2000-01-01', 'airport 7', 1.0, 0)");
is($session->query("$Q;"), $retrows, 'a snapshot from before the promotion keeps its rows');
$session->query_safe('COMMIT;');
$session->quit;
$rest = $reader->query('FETCH ALL FROM c;');
is(scalar(split /\n/, $rest), $n - 3, 'a scan that was under way at promotion goes on');
$reader->query_safe('COMMIT;');
$reader->quit;
same_answers($standby, $_, "$_ after promotion") for qw(flights ret);
is($standby->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM ret WHERE k = 200000"), '1', 'a row written after promotion is found');
is($standby->safe_psql('postgres', "$INDEX_SIDE SELECT count(*) FROM unl WHERE k > 0"), '0', 'an unlogged table is empty after promotion');
verifies($standby, $_, "$_ is sound after promotion") for qw(flights_k ret_k unl_k unl_s);
$standby->safe_psql('postgres', 'REINDEX TABLE ret');
$standby->safe_psql('postgres', 'VACUUM ret');
uses_smol($standby, 'ret', 'REINDEX works after promotion');
same_answers($standby, 'ret', 'after REINDEX on the promoted server');

# ---- page checksums of smol's pages are right
SKIP:
{
	my ($have) = $primary->psql('postgres', 'CREATE EXTENSION IF NOT EXISTS amcheck');
	skip 'this PostgreSQL has no amcheck', 1 if $have != 0;
	$primary->command_ok([ 'pg_amcheck', '--database' => 'postgres', '--heapallindexed' ], 'pg_amcheck is content with a database that has smol indexes');
}
for my $node ($primary, $standby)
{
	my $log = slurp_file($node->logfile);
	unlike($log, qr/TRAP:|PANIC|terminated by signal/, $node->name . ' has not crashed');
	$node->stop;
	command_ok([ 'pg_checksums', '--check', '--pgdata' => $node->data_dir ], $node->name . ': page checksums are right');
}

# ---- a backup taken while the server works, restored on its own
$primary->start;
$primary->backup('two', backup_options => ['--checkpoint=fast']);
my $restored = PostgreSQL::Test::Cluster->new('restored');
$restored->init_from_backup($primary, 'two');
$restored->start;
uses_smol($restored, 'flights', 'the index of a restored backup is used');
same_answers($restored, $_, "$_ in a restored backup") for qw(flights ret);
verifies($restored, $_, "$_ in a restored backup is sound") for qw(flights_k flights_s flights_n ret_k ret_s);
$restored->stop;
$primary->stop;
done_testing();
