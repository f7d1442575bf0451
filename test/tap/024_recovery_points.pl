# Recovery to any point in time between the steps of a change: a row that is
# written, the STALE mark, the commit; a row deleted, the mark that VACUUM sets,
# the line pointer reaped, the visibility bit.  At each of them the index answers
# as the table.  Also pg_verifybackup and pg_rewind.
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
	init => { has_archiving => 1, allows_streaming => 1, extra => ['--data-checksums'] },
	conf => "wal_log_hints = on\nwal_keep_size = 1GB\nsummarize_wal = off\nbgwriter_lru_maxpages = 0\nfull_page_writes = on\n");
make_flights($primary, 'ret', with => 'nulls = store, writes = retire', rows => 600);
make_flights($primary, 'del', with => 'nulls = store, writes = retire', rows => 600);
make_flights($primary, 'flights', rows => 600);

# ---- a base backup is what its manifest says
$primary->backup('base');
my $backup = $primary->backup_dir . '/base';
command_ok([ 'pg_verifybackup', '--no-parse-wal', $backup ], 'pg_verifybackup finds a backup with smol indexes sound');
my $file = $primary->safe_psql('postgres', "SELECT pg_relation_filepath('flights_k')");
open my $fh, '+<:raw', "$backup/$file" or die "$file: $!";
seek $fh, 8192 + 300, 0;
read $fh, my $byte, 1;
seek $fh, 8192 + 300, 0;
print $fh chr(ord($byte) ^ 1);
close $fh;
command_fails_like([ 'pg_verifybackup', '--no-parse-wal', $backup ], qr/checksum mismatch for file.*\Q$file\E/, 'and sees a flipped bit of one');
open $fh, '+<:raw', "$backup/$file" or die "$file: $!";
seek $fh, 8192 + 300, 0;
print $fh $byte;
close $fh;
command_ok([ 'pg_verifybackup', '--no-parse-wal', $backup ], 'which is put back');

# ---- a workload, whose WAL has an end of recovery after each record
my $start = $primary->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
$primary->safe_psql('postgres', "INSERT INTO ret VALUES (100000, 5, '2000-01-01', 'airport 7', 1.0, 0)");
$primary->safe_psql('postgres', 'DELETE FROM del WHERE k = 7');
$primary->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) del');
my $end = $primary->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
$primary->safe_psql('postgres', 'SELECT pg_switch_wal()');
my ($wal, $err) = run_command([ 'pg_waldump', '--path' => $primary->data_dir . '/pg_wal', '--start' => $start, '--end' => $end ]);
my %points;
my %kinds;
for my $record (split /\n/, $wal)
{
	my ($rmgr, $lsn, $desc) = $record =~ m{^rmgr: (\S+) .* lsn: ([0-9A-F/]+), .* desc: (\w+)} or next;
	# after the record, if no transaction id follows that is not of interest
	next if $rmgr !~ /^(Heap2?|Generic|Transaction)$/;
	$kinds{"$rmgr $desc"}++;
	$points{$lsn} = "$rmgr $desc";
}
note("$_: $kinds{$_}") for sort keys %kinds;
ok($kinds{'Generic Generic'} // grep({ /^Generic/ } keys %kinds), 'STALE marks are among them');
ok(grep({ /VISIBLE/ } keys %kinds), 'and so is a visibility bit');
ok(grep({ /COMMIT/ } keys %kinds), 'and a commit');

# neighbours of the marks: one record before, the mark, and what follows
my @lsns = sort { hex($a =~ s/.*\///r) <=> hex($b =~ s/.*\///r) } keys %points;
my %wanted;
for my $i (0 .. $#lsns)
{
	next if $points{ $lsns[$i] } !~ /^Generic|VISIBLE/;
	$wanted{$_} = 1 for grep { $_ >= 0 && $_ <= $#lsns } $i - 1 .. $i + 1;
}
my %states;
for my $i (sort { $a <=> $b } keys %wanted)
{
	my $name = "recovered to $lsns[$i], after $points{$lsns[$i]}";
	my $node = PostgreSQL::Test::Cluster->new("point$i");
	$node->init_from_backup($primary, 'base', has_restoring => 1, standby => 0);
	$node->append_conf('postgresql.conf', "recovery_target_lsn = '$lsns[$i]'\nrecovery_target_inclusive = on\nrecovery_target_action = promote\nhot_standby = on\nautovacuum = off\narchive_mode = off\n");
	$node->start;
	$node->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die "$name: still recovering";
	same_answers($node, $_, "$name: $_") for qw(ret del flights);
	verifies($node, $_, "$name: $_ is sound") for qw(ret_k del_k flights_k);
	my $state = join ' ', map { index_state($node, $_) } qw(ret_k del_k);
	$states{$state}++;
	note("$name: $state");
	if ($i % 2)
	{
		# what the crash left is cleared away, and the index still answers right
		$node->safe_psql('postgres', "VACUUM (INDEX_CLEANUP ON) $_") for qw(ret del);
		same_answers($node, $_, "$name, vacuumed: $_") for qw(ret del);
	}
	alive($node, "$name: the server is alive");
	$node->stop('immediate');
	$node->clean_node;
}
cmp_ok(scalar keys %states, '>=', 3, 'points before, between and after the marks: ' . join(', ', sort keys %states));

# ---- pg_rewind: two servers go on from the same point, one goes back
my $standby = PostgreSQL::Test::Cluster->new('standby');
$primary->backup('later');
$standby->init_from_backup($primary, 'later', has_streaming => 1);
$standby->start;
$primary->safe_psql('postgres', 'REINDEX TABLE ret');
$primary->safe_psql('postgres', 'REINDEX TABLE del');
$primary->safe_psql('postgres', 'VACUUM');
$primary->wait_for_catchup($standby);
uses_smol($standby, $_, "$_ is used on the standby") for qw(ret del flights);
$standby->promote;
# apart: one makes indexes stale, the other builds new ones
$standby->safe_psql('postgres', "INSERT INTO ret VALUES (300000, 5, '2000-01-01', 'airport 7', 1.0, 0)");
$standby->safe_psql('postgres', 'REINDEX INDEX del_k');
make_flights($standby, 'made', rows => 500);
$primary->safe_psql('postgres', "INSERT INTO ret SELECT g, 5, '2000-01-01', 'airport 7', 1.0, 0 FROM generate_series(400000, 400100) g");
$primary->safe_psql('postgres', 'DELETE FROM del WHERE k % 10 = 3');
$primary->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) del');
$primary->safe_psql('postgres', 'REINDEX TABLE ret');
$primary->safe_psql('postgres', 'DROP INDEX flights_s');
make_flights($primary, 'lost', rows => 500);
$standby->safe_psql('postgres', 'CHECKPOINT');
$primary->stop('fast');
my %want = map { $_ => answers($standby, $_, $HEAP_SIDE) } qw(ret del flights made);
command_ok(
	[ 'pg_rewind', '--no-sync', '--target-pgdata' => $primary->data_dir, '--source-server' => $standby->connstr('postgres'), '--write-recovery-conf' ],
	'pg_rewind');
$primary->append_conf('postgresql.conf', 'port = ' . $primary->port . "\nunix_socket_directories = '" . $primary->host . "'\nprimary_conninfo = '" . $standby->connstr . "'\n");
$primary->start;
$primary->poll_query_until('postgres', "SELECT pg_last_wal_replay_lsn() >= '" . $standby->lsn('insert') . "'::pg_lsn") or die 'no replay';
is(answers($primary, $_, $INDEX_SIDE), $want{$_}, "$_ after pg_rewind: answers are the new primary's") for qw(ret del flights made);
same_answers($primary, $_, "$_ after pg_rewind") for qw(ret del flights made);
verifies($primary, $_, "$_ after pg_rewind is sound") for qw(ret_k ret_s del_k del_s flights_k flights_s made_k);
is(index_state($primary, 'ret_k'), 'stale', "what the new primary made stale is stale");
uses_smol($primary, $_, "$_ is used after pg_rewind") for qw(del flights made);
alive($_) for $primary, $standby;
$_->stop('fast') for $primary, $standby;
command_ok([ 'pg_checksums', '--check', '--pgdata' => $_->data_dir ], $_->name . ': page checksums are right') for $primary, $standby;
done_testing();
