# pg_upgrade takes smol indexes along as they are, STALE marks included.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = new_server('old');
# pg_upgrade has the new server LOAD each library from $libdir, which takes no
# heed of dynamic_library_path.
my ($staged) = $old->psql('postgres', q{LOAD '$libdir/smol'});
if ($staged != 0)
{
	$old->stop;
	plan skip_all => 'pg_upgrade needs smol in the library folder of this PostgreSQL; it is not installed there';
}
make_flights($old, 'flights', rows => 20000);
make_flights($old, 'ret', with => 'nulls = store, writes = retire');
make_flights($old, 'gone', with => 'nulls = store, writes = retire');
make_flights($old, 'unl', kind => 'UNLOGGED');
$old->safe_psql('postgres', "INSERT INTO ret VALUES (100000, 1, '2000-01-01', 'airport 7', 1.0, 0)");
$old->safe_psql('postgres', 'DELETE FROM gone WHERE k % 10 = 3');
my @tables = qw(flights ret gone unl);
my %answers = map { $_ => answers($old, $_, $HEAP_SIDE) } @tables;
is(answers($old, $_, $INDEX_SIDE), $answers{$_}, "$_ before") for @tables;
is(index_state($old, 'ret_k'), 'stale', 'an index is stale');
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;
$new->append_conf('postgresql.conf', "autovacuum = off\n");
my $bindir = $new->config_data('--bindir');
chdir $PostgreSQL::Test::Utils::tmp_check;
command_ok(
	[
		'pg_upgrade', '--no-sync',
		'--old-datadir' => $old->data_dir,
		'--new-datadir' => $new->data_dir,
		'--old-bindir' => $bindir,
		'--new-bindir' => $bindir,
		'--socketdir' => $new->host,
		'--old-port' => $old->port,
		'--new-port' => $new->port,
		'--copy'
	],
	'pg_upgrade');
$new->start;
is(answers($new, $_, $INDEX_SIDE), $answers{$_}, "$_ answers as before") for @tables;
is(index_state($new, 'ret_k'), 'stale', 'what was stale is stale');
verifies($new, "${_}_k", "${_}_k is sound") for @tables;
verifies($new, "${_}_s", "${_}_s is sound") for @tables;
$new->safe_psql('postgres', 'VACUUM flights');
uses_smol($new, 'flights', 'the index is used');
same_answers($new, $_, "$_ after VACUUM") for @tables;
$new->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) gone');
same_answers($new, 'gone', 'deleted before, vacuumed after');
$new->safe_psql('postgres', 'REINDEX TABLE ret');
$new->safe_psql('postgres', 'VACUUM ret');
uses_smol($new, 'ret', 'REINDEX makes it whole');
same_answers($new, 'ret', 'after REINDEX');
my ($rc, $out, $err) = $new->psql('postgres', 'DELETE FROM flights');
isnt($rc, 0, 'writes = reject still rejects');
alive($new);
$new->stop;
done_testing();
