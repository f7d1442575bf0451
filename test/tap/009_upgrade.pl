# pg_upgrade takes smol indexes along as they are, STALE marks included, whether
# it copies or links the files; and the extension, with all its options and
# privileges, from an older version too.
#
# It has the new server LOAD each library from $libdir, which takes no heed of
# dynamic_library_path: so both servers are of an installation of the test's own.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $path = install_postgres(PostgreSQL::Test::Utils::tempdir());
my $settings = "autovacuum = off\nextension_control_path = '\$system'\ndynamic_library_path = '\$libdir'\n";
my @tables = qw(flights ret gone unl part);
my $CATALOGS = q{
	SELECT c.relname, c.reloptions, pg_get_indexdef(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE amname = 'smol' ORDER BY 1;
	SELECT extversion FROM pg_extension WHERE extname = 'smol';
	SELECT p.oid::regprocedure, proacl FROM pg_proc p WHERE proname LIKE 'smol\_%' ORDER BY 1::text;
	SELECT count(*) FROM pg_amop JOIN pg_am a ON a.oid = amopmethod WHERE amname = 'smol';
	SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'smol') ORDER BY 1};

for my $mode (qw(--copy --link))
{
	my $old = PostgreSQL::Test::Cluster->new("old$mode", install_path => $path);
	$old->init;
	$old->append_conf('postgresql.conf', $settings);
	$old->start;
	$old->safe_psql('postgres', "CREATE EXTENSION smol VERSION '1.0'; CREATE ROLE regress_smol_reader; GRANT EXECUTE ON FUNCTION smol_verify(regclass) TO regress_smol_reader");
	make_flights($old, 'flights', rows => 20000);
	make_flights($old, 'ret', with => 'nulls = store, writes = retire');
	make_flights($old, 'gone', with => 'nulls = store, writes = retire');
	make_flights($old, 'unl', kind => 'UNLOGGED');
	make_flights($old, 'part', where => 'k % 2 = 0');
	$old->safe_psql('postgres', "INSERT INTO ret VALUES (100000, 1, '2000-01-01', 'airport 7', 1.0, 0)");
	$old->safe_psql('postgres', 'DELETE FROM gone WHERE k % 10 = 3');
	my %answers = map { $_ => answers($old, $_, $HEAP_SIDE) } @tables;
	is(answers($old, $_, $INDEX_SIDE), $answers{$_}, "$mode: $_ before") for @tables;
	is(index_state($old, 'ret_k'), 'stale', "$mode: an index is stale");
	my $catalogs = $old->safe_psql('postgres', $CATALOGS);
	my $files = $old->safe_psql('postgres', 'SELECT index, size, pg_relation_filenode(index) FROM smol_indexes ORDER BY 1');
	$old->stop;

	my $new = PostgreSQL::Test::Cluster->new("new$mode", install_path => $path);
	$new->init;
	$new->append_conf('postgresql.conf', $settings);
	my $bindir = "$path/bin";
	chdir $PostgreSQL::Test::Utils::tmp_check;
	command_ok(
		[
			"$bindir/pg_upgrade", '--no-sync',
			'--old-datadir' => $old->data_dir,
			'--new-datadir' => $new->data_dir,
			'--old-bindir' => $bindir,
			'--new-bindir' => $bindir,
			'--socketdir' => $new->host,
			'--old-port' => $old->port,
			'--new-port' => $new->port,
			$mode
		],
		"pg_upgrade $mode");
	$new->start;
	is($new->safe_psql('postgres', $CATALOGS), $catalogs, "$mode: options, version, privileges and members are kept");
	is($new->safe_psql('postgres', 'SELECT index, size, pg_relation_filenode(index) FROM smol_indexes ORDER BY 1'), $files, "$mode: files are kept");
	is(answers($new, $_, $INDEX_SIDE), $answers{$_}, "$mode: $_ answers as before") for @tables;
	is(index_state($new, 'ret_k'), 'stale', "$mode: what was stale is stale");
	for my $table (@tables) { verifies($new, "${table}_$_", "$mode: ${table}_$_ is sound") for qw(k s); }
	is(index_state($new, $_), 'current', "$mode: $_ needs no VACUUM") for qw(flights_k part_s unl_k);
	uses_smol($new, 'flights', "$mode: the index is used");
	$new->safe_psql('postgres', 'ALTER EXTENSION smol UPDATE');
	$new->safe_psql('postgres', 'VACUUM flights');
	same_answers($new, $_, "$mode: $_ after VACUUM") for @tables;
	$new->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) gone');
	same_answers($new, 'gone', "$mode: deleted before, vacuumed after");
	$new->safe_psql('postgres', 'REINDEX TABLE ret');
	$new->safe_psql('postgres', 'VACUUM ret');
	uses_smol($new, 'ret', "$mode: REINDEX makes it whole");
	same_answers($new, 'ret', "$mode: after REINDEX");
	my ($rc, $out, $err) = $new->psql('postgres', 'DELETE FROM flights');
	like($err, qr/table "flights" is sealed/, "$mode: writes = reject still rejects");
	alive($new);
	$new->stop;
}
done_testing();
