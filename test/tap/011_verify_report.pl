# smol_verify_report names each damaged page and goes on; with heap = true it
# and smol_verify say when a sound index is not what the table holds.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $BLOCK = 8192;
my $node = new_server('report', init => { extra => ['--no-data-checksums'] });
$node->safe_psql('postgres', q{
	CREATE TABLE t (k int, s text, n numeric(10,2)) WITH (autovacuum_enabled = off);
	INSERT INTO t SELECT g, md5(g::text) || md5((-g)::text), CASE WHEN g % 9 = 0 THEN NULL ELSE g / 100.0 END FROM generate_series(1, 60000) g;
	INSERT INTO t VALUES (70000, 'the value to change', NULL);
	});
$node->safe_psql('postgres', 'VACUUM ANALYZE t');
$node->safe_psql('postgres', "CREATE INDEX t_s ON t USING smol (s, k DESC) INCLUDE (n) WITH (nulls = store, writes = retire)");
my $damaged = 0;

sub report { my ($args) = @_; return scalar $node->safe_psql('postgres', "SELECT kind, block FROM smol_verify_report($args) ORDER BY block, kind"); }
sub slurp_raw { my ($f) = @_; open my $fh, '<:raw', $f or die "$f: $!"; local $/; my $x = <$fh>; close $fh; return $x; }
sub spew_raw { my ($f, $x) = @_; open my $fh, '>:raw', $f or die "$f: $!"; print $fh $x; close $fh; return; }

is(report("'t_s'"), '', 'a sound index: no rows');
verifies($node, 't_s');
is($node->safe_psql('postgres', "SELECT smol_verify('t_s', true)"), '', 'nor an error, compared with the table');

# the layout
my ($pages, $leaves, $inner, $footprint, $height) = split /\|/,
  $node->safe_psql('postgres', "SELECT pages, leaf_pages, internal_pages, footprint_pages, height FROM smol_index_stats('t_s')");
my $path = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t_s')");
my $heap = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t')");
cmp_ok($height, '>', 1, 'an index of more than one inner level');
cmp_ok($inner, '>', 3, 'and several inner pages');
my $first_inner = 1 + $leaves + $footprint;
$node->stop;
my $sound = slurp_raw($path);

# Damage these blocks, and see whether the report has them and no others.
sub names
{
	my ($what, $change, @expected) = @_;
	my $file = $sound;
	$change->($file);
	spew_raw($path, $file);
	$node->start;
	my $got = report("'t_s'");
	is($got, join("\n", @expected), $what);
	my ($rc, $out, $err) = $node->psql('postgres', "SELECT smol_verify('t_s')");
	is($rc, 3, "$what: smol_verify raises an error");
	# what was seen before the damage is not what is said after it
	is(report("'t_s', false"), $got, "$what: the same once more");
	($rc, $out) = $node->psql('postgres', "BEGIN READ ONLY; SELECT count(*) FROM smol_verify_report('t_s'); SELECT 'fine'; COMMIT");
	is($out, scalar(@expected) . "\nfine", "$what: in a read-only transaction, which goes on");
	$node->stop;
	$damaged += @expected;
	return;
}
sub flip { my $at = $_[1] * $BLOCK + $_[2]; substr($_[0], $at, 1) = chr(ord(substr($_[0], $at, 1)) ^ 1); return; }

names('one leaf', sub { flip($_[0], 5, 4000) }, 'leaf|5');
names('three leaves, two of them neighbours', sub { flip($_[0], $_, 3000) for 1, 2, $leaves }, 'leaf|1', 'leaf|2', "leaf|$leaves");
names('a page of zeros', sub { substr($_[0], 9 * $BLOCK, $BLOCK) = "\0" x $BLOCK }, 'leaf|9');
names('every leaf', sub { flip($_[0], $_, 100) for 1 .. $leaves }, map { "leaf|$_" } 1 .. $leaves);
names('the first inner page', sub { flip($_[0], $first_inner, 500) }, "inner|$first_inner");
names('two inner pages in a row', sub { flip($_[0], $first_inner + $_, 500) for 1, 2 }, map { 'inner|' . ($first_inner + $_) } 1, 2);
names('all inner pages', sub { flip($_[0], $first_inner + $_, 300) for 0 .. $inner - 1 }, map { 'inner|' . ($first_inner + $_) } 0 .. $inner - 1);
names('the root', sub { flip($_[0], $pages - 1, 200) }, 'inner|' . ($pages - 1));
names('a footprint page', sub { flip($_[0], 1 + $leaves, 40) }, 'footprint|' . (1 + $leaves));
names('a leaf, a footprint page and an inner page', sub { flip($_[0], $_, 48) for 7, 1 + $leaves, $first_inner + 1 },
	'leaf|7', 'footprint|' . (1 + $leaves), 'inner|' . ($first_inner + 1));
names('the metapage', sub { flip($_[0], 0, 60) }, 'metapage|0');
names('an empty file', sub { $_[0] = '' }, 'metapage|0');
names('a file without its end', sub { $_[0] = substr($_[0], 0, 3 * $BLOCK) }, 'inner|' . ($pages - 1));
names('a page too many', sub { $_[0] .= "\0" x $BLOCK }, "file|$pages");
spew_raw($path, $sound);

# The table's bytes change under a sound index.
my $rows = slurp_raw($heap);
my $at = index($rows, 'the value to change');
cmp_ok($at, '>', 0, 'the row is found in the heap');
for my $case (
	[ 'another value', sub { substr($_[0], $at, 3) = 'THE' }, qr/other values/ ],
	[ 'a row that is gone', sub { my $b = int($at / $BLOCK) * $BLOCK; my $lp = unpack('V', substr($_[0], $b + 24, 4)); substr($_[0], $b + 24, 4) = pack('V', ($lp & ~(3 << 15)) | (3 << 15)) }, qr/60001 rows and the table 60000/ ],
	[ 'a row elsewhere', sub {
		my $b = int($at / $BLOCK) * $BLOCK;
		my ($lower) = unpack('v', substr($_[0], $b + 12, 2));
		# the last line pointer moves up by one
		substr($_[0], $b + $lower, 4) = substr($_[0], $b + $lower - 4, 4);
		substr($_[0], $b + $lower - 4, 4) = "\0\0\0\0";
		substr($_[0], $b + 12, 2) = pack('v', $lower + 4);
		# and its tuple says so (an update would have to)
		my $off = unpack('V', substr($_[0], $b + $lower, 4)) & 0x7fff;
		my $pos = unpack('v', substr($_[0], $b + $off + 16, 2));
		substr($_[0], $b + $off + 16, 2) = pack('v', $pos + 1);
	}, qr/at other places/ ])
{
	my ($what, $change, $like) = @$case;
	my $file = $rows;
	$change->($file);
	spew_raw($heap, $file);
	$node->start;
	verifies($node, 't_s', "$what: the index is sound in itself");
	is(report("'t_s', false"), '', "$what: the report says the same");
	my ($rc, $out, $err) = $node->psql('postgres', "SELECT smol_verify('t_s', true)");
	like($err, qr/does not match table.*$like/s, "$what: and is not what the table holds");
	is(report("'t_s'"), 'table|', "$what: which is a finding");
	$node->stop;
	$damaged++;
}
spew_raw($heap, $rows);
$node->start;
is(report("'t_s'"), '', 'the bytes as they were: no finding');

# a stale index has other rows as a matter of course
$node->safe_psql('postgres', "INSERT INTO t VALUES (1, 'new', 2)");
my ($rc, $out, $err) = $node->psql('postgres', "SELECT * FROM smol_verify_report('t_s')");
is("$rc $out", '0 ', 'a stale index is sound');
like($err, qr/NOTICE:.*not compared with table.*REINDEX INDEX/s, 'and not compared');

# for whom it is
$node->safe_psql('postgres', 'CREATE ROLE plain');
for my $call ("smol_verify('t_s', true)", "smol_verify_report('t_s')")
{
	($rc, $out, $err) = $node->psql('postgres', "SET ROLE plain; SELECT $call");
	like($err, qr/permission denied for function/, "$call is not for everybody");
}
is($node->safe_psql('postgres', "SELECT string_agg(format('%s%s%s', provolatile, proparallel, proisstrict), ' ' ORDER BY proname, pronargs) FROM pg_proc WHERE proname LIKE 'smol_verify%'"),
	'vrt vrt vut', 'volatile, STRICT, and not for workers');

# it can be cancelled
($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = 1; SELECT count(*) FROM generate_series(1, 1000) g, smol_verify_report('t_s')");
like($err, qr/canceling statement/, 'a cancel is no finding');
note("$damaged findings reported");
alive($node);
$node->stop;
done_testing();
