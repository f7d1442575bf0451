# An index of a format that this library can't read, or of another machine: one
# clear error for who asks for it, and everything else goes on without it.  One
# that a later version made, and that this library may read, it reads.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $BLOCK = 8192;
my $node = new_server('format', init => { extra => ['--no-data-checksums'] });

# The metapage, from offset 24: magic 4, version 2, oldest reader 2, byte order
# 4, block size 4, flags 4.
my %cases = (
	later => {
		patch => sub { substr($_[0], 28, 4) = pack('SS', 2, 2) },
		error => qr/index "later_k" has smol format version 2, which this version of smol cannot read/,
		detail => qr/DETAIL:  Version \d+\.\d+\.\d+ reads format versions 1 to 1\./,
	},
	earlier => {
		patch => sub { substr($_[0], 28, 4) = pack('SS', 0, 0) },
		error => qr/index "earlier_k" has smol format version 0, which this version of smol cannot read/,
	},
	# a version whose pages end in other bytes is still named
	much_later => {
		patch => sub { substr($_[0], 28, 4) = pack('SS', 77, 70); substr($_[0], $BLOCK - 16, 16) = 'x' x 16 },
		error => qr/index "much_later_k" has smol format version 77, which/,
	},
	magic => {
		patch => sub { substr($_[0], 24, 4) = 'BTRE' },
		error => qr/index "magic_k" is corrupt/,
		detail => qr/DETAIL:  Block 0: metapage has a wrong magic number\./,
	},
	byte_order => {
		patch => sub { substr($_[0], 32, 4) = reverse substr($_[0], 32, 4) },
		error => qr/index "byte_order_k" was built on a machine of another byte order or block size/,
	},
	swapped => {
		patch => sub { substr($_[0], $_, 4) = reverse substr($_[0], $_, 4) for 24, 32, 36 },
		error => qr/index "swapped_k" was built on a machine of another byte order or block size/,
	},
	block_size => {
		patch => sub { substr($_[0], 36, 4) = pack('L', 2 * $BLOCK) },
		error => qr/index "block_size_k" was built on a machine of another byte order or block size/,
	},
);
my @tables = sort keys %cases;

for my $table (@tables, 'later_for_us')
{
	make_flights($node, $table, with => 'nulls = store, writes = retire', rows => 2000);
}
my %right = map { $_ => answers($node, $_, $HEAP_SIDE) } @tables, 'later_for_us';
is(answers($node, $_, $INDEX_SIDE), $right{$_}, "$_: before") for @tables, 'later_for_us';
my %files;
for my $table (@tables, 'later_for_us')
{
	push @{ $files{$table} }, $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('${table}_$_')") for qw(k s);
}
$node->stop;

sub patch
{
	my ($file, $patch, $crc) = @_;
	open my $fh, '+<:raw', $file or die "$file: $!";
	my $page;
	read $fh, $page, $BLOCK;
	$patch->($page);
	seal_page(\$page) if $crc;
	seek $fh, 0, 0;
	print $fh $page;
	close $fh;
	return;
}
for my $table (@tables) { patch($_, $cases{$table}{patch}, 0) for @{ $files{$table} }; }
# what format 2 would be like if format 1's readers may read it
patch($_, sub { substr($_[0], 28, 4) = pack('SS', 2, 1) }, 1) for @{ $files{later_for_us} };
$node->start;

for my $table (@tables)
{
	my $case = $cases{$table};
	my $index = "${table}_k";

	for my $question ("SELECT smol_verify('$index')", "SELECT * FROM smol_inspect('$index')", "SELECT * FROM smol_inspect_leaves('$index')")
	{
		my ($rc, $out, $err) = $node->psql('postgres', $question);
		is($rc, 3, "$table: $question is an error");
		like($err, $case->{error}, 'which says what it is');
		like($err, $case->{detail}, 'and more') if $case->{detail};
		like($err, qr/HINT:  .*REINDEX INDEX "?$index"?\./, 'with the remedy');
		is(scalar(() = $err =~ /ERROR:/g), 1, 'once');
	}

	# queries do without it
	is(answers($node, $table, $INDEX_SIDE), $right{$table}, "$table: queries have their answers");
	my $plan = $node->safe_psql('postgres', "$INDEX_SIDE EXPLAIN SELECT k FROM $table WHERE k < 10");
	like($plan, qr/Seq Scan on $table/, 'without the index');
	like($plan, qr/Smol Index: \S*$index is not usable: the index is damaged, or of another version of smol/, 'EXPLAIN says why');
	like($plan, qr/Run: REINDEX INDEX \S*$index/, 'and what to do');
	is($node->safe_psql('postgres', "SELECT state, advice ~ '^REINDEX' FROM smol_indexes WHERE index = '$index'::regclass"),
		'unreadable|t', 'and so does smol_indexes');

	my ($rc, $out, $err) = $node->psql('postgres', "ANALYZE $table");
	is("$rc $err", '0 ', "$table: ANALYZE works");
	($rc, $out, $err) = $node->psql('postgres', "VACUUM $table");
	is($rc, 0, 'VACUUM works');
	like($err, qr/WARNING:  index "$index" is damaged, or of another version of smol/, 'and warns');
	like($err, qr/HINT:  REINDEX INDEX public\.$index\./, 'with the remedy');
	is(answers($node, $table, $INDEX_SIDE), $right{$table}, 'nothing has changed');

	# a row that the index would have to be told of
	($rc, $out, $err) = $node->psql('postgres', "INSERT INTO $table VALUES (1000000, 1, '2000-01-01', 'airport 7', 1.0, 0)");
	is($rc, 3, "$table: an INSERT is refused");
	like($err, qr/ERROR:.*index "${table}_[ks]"/, 'by the index');
	like($err, qr/HINT:  .*REINDEX/, 'with the remedy');
	is($node->safe_psql('postgres', "SELECT count(*) FROM $table WHERE k = 1000000"), '0', 'and is not there');
}

# pg_dump knows nothing of files
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
command_ok([ 'pg_dump', '--file', $dump, $node->connstr('postgres') ], 'pg_dump works');
my $dumped = slurp_file($dump);
like($dumped, qr/CREATE INDEX ${_}_k ON public\.$_ USING smol/, "$_: and has the index") for @tables;

# VACUUM that reaps rows: no version of smol may trust such an index afterwards
$node->safe_psql('postgres', 'DELETE FROM later WHERE k % 10 = 3');
$node->safe_psql('postgres', 'VACUUM (INDEX_CLEANUP ON) later');
same_answers($node, 'later', 'later: deleted and vacuumed');
$node->stop;
patch($files{later}[0], sub { substr($_[0], 28, 4) = pack('SS', 1, 1) }, 1);
$node->start;
my ($rc, $out, $err) = $node->psql('postgres', "SELECT smol_verify('later_k')");
like($err, qr/wrong magic number/, 'a later version would not trust it either');
same_answers($node, 'later', 'later: given up');

# the ways out
for my $table (@tables)
{
	$node->safe_psql('postgres', "REINDEX INDEX ${table}_k");
	$node->safe_psql('postgres', "VACUUM $table");
	verifies($node, "${table}_k", "$table: REINDEX makes it sound");
	uses_smol($node, $table, 'and usable');
	$node->safe_psql('postgres', "DROP INDEX ${table}_s");
	same_answers($node, $table, "$table: after REINDEX and DROP INDEX");
	$node->safe_psql('postgres', "DROP TABLE $table");
}

# ---- the oldest reader counts, not the version
is($node->safe_psql('postgres', "SELECT format_version FROM smol_index_stats('later_for_us_k')"), '2', 'a later version');
is(index_state($node, 'later_for_us_k'), 'current', 'that allows for older readers is current');
uses_smol($node, 'later_for_us', 'and used');
is(answers($node, 'later_for_us', $INDEX_SIDE), $right{later_for_us}, 'and answers');
verifies($node, 'later_for_us_k', 'and is sound');
$node->safe_psql('postgres', "INSERT INTO later_for_us VALUES (1000000, 1, '2000-01-01', 'airport 7', 1.0, 0)");
is(index_state($node, 'later_for_us_k'), 'stale', 'can be written to');
is($node->safe_psql('postgres', "SELECT format_version FROM smol_index_stats('later_for_us_k')"), '2', 'and stays what it is');
same_answers($node, 'later_for_us', 'a later version, written to');

alive($node);
$node->stop;
done_testing();
