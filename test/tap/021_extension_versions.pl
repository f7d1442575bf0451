# Versions of the extension: one that was updated is the same as a new one to the
# last attribute, older SQL works with this library, and a version or a library
# that isn't there is a clear error that leaves everything as it was.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Everything about the extension's objects in this database, a line for each
# fact, without OIDs.  What depends on a member and goes with it (members of
# operator families, columns, rules, types of views) counts as well.
my $DESCRIBE = q{
WITH RECURSIVE ext AS (SELECT * FROM pg_extension WHERE extname = 'smol'),
objects(classid, objid) AS (
	SELECT classid, objid FROM pg_depend, ext WHERE refclassid = 'pg_extension'::regclass AND refobjid = ext.oid AND deptype = 'e'
	UNION
	SELECT d.classid, d.objid FROM pg_depend d, objects o
	WHERE d.refclassid = o.classid AND d.refobjid = o.objid AND d.deptype IN ('i', 'a')
		AND d.classid <> 'pg_class'::regclass),
facts AS (
	SELECT 'extension' AS kind, format('%s %s %s %s %s', extnamespace::regnamespace, extrelocatable, extconfig, extcondition, obj_description(oid, 'pg_extension')) AS fact FROM ext
	UNION ALL
	SELECT 'depends', format('%s on %s: %s', pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), d.deptype)
	FROM pg_depend d JOIN objects o ON o.classid = d.classid AND o.objid = d.objid
	UNION ALL
	SELECT 'owner', format('%s: %s %s', pg_describe_object(d.classid, d.objid, d.objsubid), refobjid::regrole, deptype)
	FROM pg_shdepend d JOIN objects o ON o.classid = d.classid AND o.objid = d.objid WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
	UNION ALL
	SELECT 'function', p.oid::regprocedure || ': ' || (to_jsonb(p) - '{oid,proowner,pronamespace,prolang,proacl,prosupport}'::text[]
		|| jsonb_build_object('language', lanname, 'support', prosupport::regproc, 'owner', proowner::regrole, 'schema', pronamespace::regnamespace,
			'acl', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(proacl) a)))
	FROM pg_proc p JOIN pg_language l ON l.oid = prolang JOIN objects o ON o.objid = p.oid AND o.classid = 'pg_proc'::regclass
	UNION ALL
	SELECT 'relation', format('%s: %s %s %s %s %s', c.oid::regclass, relkind, relpersistence, relowner::regrole, reloptions, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a)) || E'\n' || pg_get_viewdef(c.oid)
	FROM pg_class c JOIN objects o ON o.objid = c.oid AND o.classid = 'pg_class'::regclass
	UNION ALL
	SELECT 'column', format('%s.%s: %s %s %s', attrelid::regclass, attname, attnum, format_type(atttypid, atttypmod), attacl)
	FROM pg_attribute a JOIN objects o ON o.objid = a.attrelid AND o.classid = 'pg_class'::regclass WHERE attnum > 0
	UNION ALL
	SELECT 'access method', format('%s: %s %s', amname, amhandler, amtype) FROM pg_am a JOIN objects o ON o.objid = a.oid AND o.classid = 'pg_am'::regclass
	UNION ALL
	SELECT 'family', format('%s.%s: %s %s', opfnamespace::regnamespace, opfname, amname, opfowner::regrole)
	FROM pg_opfamily f JOIN objects o ON o.objid = f.oid AND o.classid = 'pg_opfamily'::regclass JOIN pg_am am ON am.oid = opfmethod
	UNION ALL
	SELECT 'class', format('%s.%s: %s %s %s %s %s %s', opcnamespace::regnamespace, opcname, amname, opcowner::regrole, opfname, opcintype::regtype, opcdefault, opckeytype::regtype)
	FROM pg_opclass c JOIN objects o ON o.objid = c.oid AND o.classid = 'pg_opclass'::regclass JOIN pg_opfamily f ON f.oid = opcfamily JOIN pg_am am ON am.oid = opcmethod
	UNION ALL
	SELECT 'operator', format('%s %s: %s %s %s %s %s %s', f.opfname, amopstrategy, amoplefttype::regtype, amoprighttype::regtype, amopopr::regoperator, amoppurpose, amname, amopsortfamily)
	FROM pg_amop m JOIN pg_opfamily f ON f.oid = amopfamily JOIN objects o ON o.objid = f.oid AND o.classid = 'pg_opfamily'::regclass JOIN pg_am am ON am.oid = amopmethod
	UNION ALL
	SELECT 'support', format('%s %s: %s %s %s', f.opfname, amprocnum, amproclefttype::regtype, amprocrighttype::regtype, amproc::regprocedure)
	FROM pg_amproc m JOIN pg_opfamily f ON f.oid = amprocfamily JOIN objects o ON o.objid = f.oid AND o.classid = 'pg_opfamily'::regclass
	UNION ALL
	SELECT 'comment', pg_describe_object(c.classoid, c.objoid, c.objsubid) || ': ' || description
	FROM pg_description c JOIN objects o ON o.classid = c.classoid AND o.objid = c.objoid
	UNION ALL
	SELECT 'initial privileges', format('%s: %s %s', pg_describe_object(i.classoid, i.objoid, i.objsubid), privtype, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(initprivs) a))
	FROM pg_init_privs i JOIN objects o ON o.classid = i.classoid AND o.objid = i.objoid)
SELECT DISTINCT kind, fact FROM facts ORDER BY kind, fact};
(my $ONE_LINE = $DESCRIBE) =~ s/\n/ /g;

my $node = new_server('versions');
sub sql { my ($db, $sql) = @_; return $node->safe_psql($db, $sql); }
my @versions = split /\n/, sql('postgres', "SELECT version FROM pg_available_extension_versions WHERE name = 'smol' AND version ~ '^[0-9.]+\$' ORDER BY string_to_array(version, '.')::int[]");
my $current = pop @versions;
my @older = @versions;
note("the newest version is $current; older ones: @older");
sql('postgres', 'CREATE ROLE regress_smol_reader; DROP EXTENSION smol; CREATE DATABASE fresh');
sql('fresh', "CREATE EXTENSION smol VERSION '$current'");
my $fresh = sql('fresh', $DESCRIBE);

# ---- does the description see what can differ?
my %changes = (
	'a privilege' => 'REVOKE EXECUTE ON FUNCTION smol_inspect(regclass) FROM PUBLIC',
	'volatility' => 'ALTER FUNCTION smol_inspect(regclass) VOLATILE',
	'strictness' => 'ALTER FUNCTION smol_inspect(regclass) CALLED ON NULL INPUT',
	'parallel safety' => 'ALTER FUNCTION smol_index_stats(regclass) PARALLEL SAFE',
	'a setting of a function' => 'ALTER FUNCTION smol_inspect(regclass) SET search_path = pg_catalog',
	'an estimate' => 'ALTER FUNCTION smol_inspect(regclass) ROWS 5',
	'an owner' => 'ALTER FUNCTION smol_inspect(regclass) OWNER TO regress_smol_reader',
	'a comment' => "COMMENT ON FUNCTION smol_inspect(regclass) IS 'x'",
	"a column's comment" => "COMMENT ON COLUMN smol_indexes.rows IS 'x'",
	"a column's privileges" => 'GRANT SELECT (rows) ON smol_indexes TO regress_smol_reader',
	"a view's query" => 'CREATE OR REPLACE VIEW smol_indexes AS SELECT c.oid::regclass AS index, c.oid::regclass AS "table", 1::int8 AS size, 1::int8 AS rows, NULL::text AS state, NULL::text AS advice FROM pg_class c',
	'an option of a view' => 'ALTER VIEW smol_indexes SET (security_barrier)',
	'a member that is none' => 'ALTER EXTENSION smol DROP FUNCTION smol_inspect(regclass)',
	'a member more' => "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION smol ADD FUNCTION f()",
	'an operator of a family' => 'ALTER OPERATOR FAMILY integer_ops USING smol DROP OPERATOR 1 (int2, int4)',
	'a function of a family' => 'ALTER OPERATOR FAMILY integer_ops USING smol DROP FUNCTION 1 (int2, int4)',
	'another operator of a family' => 'ALTER OPERATOR FAMILY float_ops USING smol ADD OPERATOR 1 < (int4, int8)',
	'a dependency' => 'ALTER FUNCTION smol_inspect(regclass) DEPENDS ON EXTENSION plpgsql',
	'the default class' => "UPDATE pg_opclass SET opcdefault = false WHERE opcname = 'int4_ops' AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'smol')",
);
for my $change (sort keys %changes)
{
	my ($rc, $out, $err) = $node->psql('fresh', "BEGIN; $changes{$change}; $ONE_LINE; ROLLBACK", on_error_stop => 1);
	is($rc, 0, "$change can be changed") or diag($err);
	isnt($out, $fresh, 'which the comparison sees');
}
is(sql('fresh', $DESCRIBE), $fresh, 'nothing of that stays');

# ---- each older version: with data and indexes, then updated
my $answers = sub { my ($table) = @_; return answers($node, $table, $INDEX_SIDE); };
for my $version (@older)
{
	sql('postgres', "CREATE EXTENSION smol VERSION '$version'");
	make_flights($node, 'flights');
	make_flights($node, 'ret', with => 'nulls = store, writes = retire');
	make_flights($node, 'part', where => 'k % 2 = 0');
	sql('postgres', q{
		INSERT INTO ret VALUES (100000, 1, '2000-01-01', 'airport 7', 1.0, 0);
		CREATE VIEW users_view AS SELECT * FROM smol_indexes;
		GRANT EXECUTE ON FUNCTION smol_verify(regclass) TO regress_smol_reader;
		CREATE FUNCTION users_function() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM smol_inspect('flights_k'); END;
		CREATE TYPE users_type AS ENUM ('a', 'b');
		CREATE OPERATOR FAMILY users_ops USING smol;
		CREATE OPERATOR CLASS users_ops FOR TYPE int4 USING smol FAMILY users_ops AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4);
		CREATE INDEX flights_u ON flights USING smol (k users_ops) INCLUDE (d);
	});
	my %before = map { $_ => $answers->($_) } qw(flights ret part);
	my $state = sql('postgres', 'SELECT * FROM users_view ORDER BY 1');
	my $files = sql('postgres', 'SELECT index, pg_relation_filenode(index) FROM users_view ORDER BY 1');

	# older SQL, this library
	uses_smol($node, 'flights', "$version: the index is used");
	same_answers($node, $_, "$version: $_") for qw(flights ret part);
	is(index_state($node, 'ret_k'), 'stale', "$version: a stale index is stale");
	verifies($node, "${_}_k", "$version: ${_}_k is sound") for qw(flights ret part);
	is(sql('postgres', "SELECT count(*) FROM smol_inspect('flights_k')"), '3', "$version: smol_inspect");
	cmp_ok(sql('postgres', "SELECT count(*) FROM smol_inspect_leaves('flights_k')"), '>', 3, "$version: smol_inspect_leaves");
	is(sql('postgres', "SELECT rows FROM smol_index_stats('flights_k')"), '5000', "$version: smol_index_stats");
	my ($rc, $out, $err) = $node->psql('postgres', 'DELETE FROM flights');
	like($err, qr/table "flights" is sealed by smol index/, "$version: the guard guards");

	($rc, $out, $err) = $node->psql('postgres', "ALTER EXTENSION smol UPDATE TO '$current'");
	is("$rc $err", '0 ', "$version: ALTER EXTENSION smol UPDATE");
	is(sql('postgres', "SELECT extversion FROM pg_extension WHERE extname = 'smol'"), $current, "$version: is now $current");
	is($answers->($_), $before{$_}, "$version: $_ answers as before the update") for qw(flights ret part);
	is(sql('postgres', 'SELECT * FROM users_view ORDER BY 1'), $state, "$version: states are as before, in a view of the user's too");
	is(sql('postgres', 'SELECT index, pg_relation_filenode(index) FROM users_view ORDER BY 1'), $files, "$version: and so are the files");
	is(sql('postgres', 'SELECT users_function()'), '3', "$version: a function of the user's works on");
	verifies($node, "${_}_k", "$version: ${_}_k is sound after the update") for qw(flights ret part);
	verifies($node, 'flights_u', "$version: an index of a class of the user's, too");
	uses_smol($node, 'flights', "$version: and used");
	is(sql('postgres', "SET ROLE regress_smol_reader; SELECT smol_verify('flights_k')"), '', "$version: a privilege that was granted still is");

	sql('postgres', 'DROP VIEW users_view; DROP FUNCTION users_function(); DROP INDEX flights_u; DROP OPERATOR FAMILY users_ops USING smol; REVOKE EXECUTE ON FUNCTION smol_verify(regclass) FROM regress_smol_reader');
	is(sql('postgres', $DESCRIBE), $fresh, "$version: all objects are as in a new $current");
	sql('postgres', 'DROP TABLE flights, ret, part; DROP TYPE users_type; DROP EXTENSION smol');
}

# ---- no such version
sql('postgres', "CREATE EXTENSION smol VERSION '$current'");
make_flights($node, 'flights');
my $right = answers($node, 'flights', $HEAP_SIDE);
sub unharmed
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(sql('postgres', "SELECT extversion FROM pg_extension WHERE extname = 'smol'"), $current, "$name: the extension is what it was");
	uses_smol($node, 'flights', "$name: the index is used");
	is(answers($node, 'flights', $INDEX_SIDE), $right, "$name: answers are right");
	return;
}

sub refused
{
	my ($db, $sql, $error, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $out, $err) = $node->psql($db, $sql);
	is($rc, 3, "$name is refused");
	like($err, $error, "$name: the error says why");
	return $err;
}
refused('postgres', "ALTER EXTENSION smol UPDATE TO '77.7'", qr/extension "smol" has no update path from version "\Q$current\E" to version "77\.7"/, 'an update to a version that is not there');
unharmed('after that');
refused('template1', "CREATE EXTENSION smol VERSION '77.7'", qr/extension "smol" has no installation script nor update path for version "77\.7"/, 'installing it');
refused('postgres', "ALTER EXTENSION smol UPDATE TO '0.9'", qr/has no update path/, 'an update to before the first release');

# ---- SQL that is newer than the library: the script of a release to come, made
# as all are after 1.0
my $dir = PostgreSQL::Test::Utils::tempdir();
my $guard = sub { my ($v) = @_; return <<SQL; };
CREATE FUNCTION smol_require(pg_catalog.text) RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'smol_require' LANGUAGE C VOLATILE STRICT;
SELECT smol_require('$v');
DROP FUNCTION smol_require(pg_catalog.text);
SQL
my $later = sub { my ($v) = @_; return $guard->($v) . "CREATE FUNCTION smol_to_come() RETURNS pg_catalog.int4 AS 'MODULE_PATHNAME', 'smol_to_come' LANGUAGE C;\n"; };
$node->append_conf('postgresql.conf', stage_smol("$dir/later",
	scripts => {
		"smol--$current--77.7.sql" => $later->('77.7'), 'smol--77.7.sql' => $later->('77.7'),
		"smol--$current--77.8.sql" => $guard->($current), "smol--77.8--77.9.sql" => $guard->('1.0') }));
$node->restart;
for my $case ([ 'template1', "CREATE EXTENSION smol VERSION '77.7'", 'CREATE EXTENSION' ], [ 'postgres', "ALTER EXTENSION smol UPDATE TO '77.7'", 'UPDATE' ])
{
	my $err = refused($case->[0], $case->[1], qr/ERROR:  extension smol 77\.7 needs the library of smol 77\.7 or later/, "$case->[2] with an older library");
	like($err, qr/DETAIL:  The library of this session is that of smol \d+\.\d+\.\d+\./, 'and which there is');
	like($err, qr/HINT:  Install the library\..*start a new one, or restart the server/, 'and what to do');
}
unharmed('after that');
is(sql('postgres', "SELECT count(*) FROM pg_proc WHERE proname = 'smol_require'"), '0', 'and nothing is left behind');
is(sql('fresh', "BEGIN; ALTER EXTENSION smol UPDATE TO '77.8'; ALTER EXTENSION smol UPDATE TO '77.9'; SELECT extversion FROM pg_extension WHERE extname = 'smol'; ROLLBACK"),
	'77.9', 'the library does for scripts of its own version and of older ones');
my (undef, $scripts) = smol_files();
for my $script (grep { !/smol--1\.0\.sql$/ } glob "$scripts/smol--*.sql")
{
	my ($to) = $script =~ /--([\d.]+)\.sql$/;
	like(slurp_file($script), qr/^SELECT smol_require\('\Q$to\E'\);$/m, "smol--...$to.sql asks for its library");
}

# ---- the library is not there.  Whatever compares by "=" asks each access
# method that has such an operator, so this is felt in all of the database.
$node->append_conf('postgresql.conf', stage_smol("$dir/without", library => 0));
$node->restart;
my $no_library = qr/ERROR:  could not access file "(\$libdir\/)?smol": No such file or directory/;
refused('template1', 'CREATE EXTENSION smol', $no_library, 'CREATE EXTENSION without the library');
refused('postgres', 'SELECT count(*) FROM flights', $no_library, 'without the library a query on a table with a smol index');
refused('postgres', 'INSERT INTO flights VALUES (1)', $no_library, 'without the library an INSERT');
is(sql('template1', 'CREATE TABLE others AS SELECT 1 AS a; SELECT a FROM others WHERE a = 1; DROP TABLE others'), '1', 'databases without the extension are as ever');
sql('fresh', 'DROP EXTENSION smol');
is(sql('fresh', 'SELECT 1 WHERE now() = now()'), '1', 'DROP EXTENSION helps where there is no index');
$node->append_conf('postgresql.conf', stage_smol("$dir/again"));
$node->restart;
unharmed('with the library again');

alive($node);
$node->stop;

# ---- part of the regression tests, with older SQL and this library
for my $version (@older)
{
	my $old = PostgreSQL::Test::Cluster->new("regress_$version");
	$old->init;
	$old->append_conf('postgresql.conf', "autovacuum = off\n" . stage_smol("$dir/$version", default_version => $version));
	$old->start;
	my $out = "$dir/regress_$version";
	mkdir $out;
	command_ok(
		[
			$ENV{PG_REGRESS}, '--host' => $old->host, '--port' => $old->port, '--bindir' => $old->config_data('--bindir'), '--dlpath' => $dir,
			'--inputdir' => "$FindBin::RealBin/..", '--expecteddir' => "$FindBin::RealBin/..", '--outputdir' => $out, '--encoding=UTF8',
			'--no-locale', '--max-connections=1', qw(setup multi_column include_columns guard_writes exec_aggregate planner_choice opfamily_mirror
			  inspect)
		],
		"regression tests with $version") or diag(-f "$out/regression.diffs" ? slurp_file("$out/regression.diffs") : '');
	is($old->safe_psql('regression', "SELECT extversion FROM pg_extension WHERE extname = 'smol'"), $version, "which is what they used");
	$old->stop;
}
done_testing();
