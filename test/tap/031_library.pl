# The library is missing, or that of another PostgreSQL: a clear error for what
# needs it, and the server and its other tables go on.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('library');
make_flights($node, 'flights');
$node->safe_psql('postgres', 'CREATE TABLE other AS SELECT i FROM generate_series(1, 1000) AS i; CREATE INDEX ON other (i)');
my $answers = answers($node, 'flights', $INDEX_SIDE);
my $path = $node->safe_psql('postgres', 'SHOW dynamic_library_path');
my $pkglibdir = $node->config_data('--pkglibdir');

# A library folder that hasn't got it.
my $dir = PostgreSQL::Test::Utils::tempdir();
sub with_path
{
	my ($value) = @_;
	$node->adjust_conf('postgresql.conf', 'dynamic_library_path', "'$value'");
	return $node->restart;
}

sub fails
{
	my ($sql, $expected, $name) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', $sql);
	isnt($rc, 0, "$name fails");
	return like($err, $expected, "$name says why");
}

SKIP:
{
	skip 'smol is in the library folder of this PostgreSQL', 12 if -e "$pkglibdir/smol.so";

	with_path($dir);
	my $missing = qr/ERROR:  could not access file "(\$libdir\/)?smol": No such file or directory/;
	fails('SELECT count(*) FROM flights', $missing, 'a query on a table with a smol index');
	fails('INSERT INTO flights VALUES (1)', $missing, 'a write to it');
	fails('CREATE INDEX ON other USING smol (i)', $missing, 'CREATE INDEX');
	fails('DROP TABLE flights', $missing, 'DROP TABLE');
	is($node->safe_psql('postgres', 'SELECT sum(i) FROM other WHERE i < 10'), '45', 'other tables are as they were');
	alive($node);

	# PostgreSQL compares the version in the library's magic block with its own.
	my ($staged) = grep { -e "$_/smol.so" } split /:/, $path;
	my $library = slurp_file("$staged/smol.so");
	my $block = sub { pack('i4', $_[0], 100, 32, 64) };
	my $changed = $library =~ s/\Q${\$block->(1800)}\E/$block->(1700)/eg;
	is($changed, 1, 'the magic block was found');
	open my $out, '>:raw', "$dir/smol.so" or die $!;
	print $out $library;
	close $out;
	$node->restart;
	fails('SELECT count(*) FROM flights', qr/incompatible library ".*smol\.so": version mismatch.*Server is version 18, library is version 17/s,
		'the library of another PostgreSQL');
	alive($node);
	unlink "$dir/smol.so";
}

with_path($path);
is(answers($node, 'flights', $INDEX_SIDE), $answers, 'with the library, all is as before');
verifies($node, 'flights_k');
alive($node);

# Only superusers may create it.
$node->safe_psql('postgres', 'CREATE DATABASE fresh; CREATE ROLE owner; ALTER DATABASE fresh OWNER TO owner');
my ($rc, $out, $err) = $node->psql('fresh', 'SET ROLE owner; CREATE EXTENSION smol');
like($err, qr/permission denied to create extension "smol".*Must be superuser to create this extension/s,
	'not for the owner of a database: that is superusers\' business');

$node->stop;
done_testing();
