# Whatever is in an index file, a query ends in an error or in the right
# answer, never in a crash or a hang; smol_verify says what is wrong; DROP INDEX
# and REINDEX still work.
#
# Page checksums are off: nothing but smol itself looks at these pages.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{SMOL_CORRUPT_SEED} // 20251121;
my $rounds = $ENV{SMOL_CORRUPT_ROUNDS} // 60;
srand($seed);
note("seed $seed, $rounds indexes");

my $node = new_server('corrupt', init => { extra => ['--no-data-checksums'] }, conf => "statement_timeout = 30s\n");
my $BLOCK = 8192;

# The table and, as many times as there are rounds, an index on it.
$node->safe_psql('postgres', q{
	CREATE TABLE t (k int, b int8, f float8, n numeric, u uuid, s text, d date) WITH (autovacuum_enabled = off);
	INSERT INTO t SELECT g, g % 100, g / 7.0, CASE WHEN g % 5 = 0 THEN NULL ELSE g / 100.0 END, md5(g::text)::uuid,
		repeat(chr(97 + g % 26), g % 30) || g, '2000-01-01'::date + g % 300 FROM generate_series(1, 20000) g;
	});
$node->safe_psql('postgres', 'VACUUM ANALYZE t');
my @shapes = (
	'(k) INCLUDE (b, f)', '(s, k)', '(u) INCLUDE (n, s)', '(b, d DESC, k)', '(n NULLS FIRST, b)', '(d) INCLUDE (s)', '(f DESC, s COLLATE "C")');
my @questions = (
	'SELECT count(*), min(k), max(k), sum(b), sum(f::numeric) FROM t WHERE k > 0', 'SELECT s, k FROM t WHERE s >= \'c\' ORDER BY s LIMIT 50',
	'SELECT count(*), max(u::text), sum(n), max(s) FROM t WHERE u > \'00000000-0000-0000-0000-000000000000\'', 'SELECT b, count(*), sum(k), min(d) FROM t WHERE b >= 0 GROUP BY b ORDER BY b',
	'SELECT count(*), sum(n), sum(b) FROM t WHERE n IS NULL OR n > 0', 'SELECT d, count(*), max(s) FROM t WHERE d > \'2000-02-01\' GROUP BY d ORDER BY d',
	'SELECT count(*), sum(f::numeric), max(s COLLATE "C") FROM t WHERE f > 0 ');
my @lookups = (
	'SELECT k, b, f FROM t WHERE k = 777', 'SELECT s, k FROM t WHERE s = \'ddd107\'', 'SELECT n, s FROM t WHERE u = md5(\'88\')::uuid',
	'SELECT d, k FROM t WHERE b = 5 AND d = \'2000-01-06\' ORDER BY d DESC, k', 'SELECT n, b FROM t WHERE n = 12.34', 'SELECT d, s FROM t WHERE d = \'2000-03-03\' ORDER BY s',
	'SELECT f, s FROM t WHERE f < 20 ORDER BY f DESC, s COLLATE "C"');
# of a column after the first: bloom filters are asked, where there are any
my @values = (
	'SELECT k FROM t WHERE f = 700 / 7.0', 'SELECT s FROM t WHERE k = 4711', 'SELECT n, s FROM t WHERE s = \'b79\'', 'SELECT b, d FROM t WHERE k IN (12, 13000) ORDER BY b',
	'SELECT n FROM t WHERE b = 77 AND n > 5', 'SELECT d FROM t WHERE s = \'ddd107\'', 'SELECT f FROM t WHERE s = \'ddd107\' COLLATE "C"');
my @indexes;
my $sql = '';
for my $i (0 .. $rounds - 1)
{
	my $shape = $i % @shapes;
	push @indexes, { name => "i$i", shape => $shape, bloom => int($i / 2) % 2 ? 'on' : 'off' };
	# each on a table of its own that shares nothing but the rows
	$sql .= "CREATE TABLE t$i (LIKE t) WITH (autovacuum_enabled = off); INSERT INTO t$i SELECT * FROM t;\n";
}
$node->safe_psql('postgres', $sql);
$node->safe_psql('postgres', 'VACUUM ANALYZE');
$node->safe_psql('postgres', join '', map { my $n = substr($_->{name}, 1); "CREATE INDEX $_->{name} ON t$n USING smol $shapes[$_->{shape}] WITH (nulls = store, bloom = $_->{bloom});\n" } @indexes);
$_->{path} = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('$_->{name}')") for @indexes;
my @right = map { [ split_answers($_) ] } 0 .. $#shapes;
sub split_answers
{
	my ($shape) = @_;
	return map { $node->safe_psql('postgres', "$HEAP_SIDE $_") } $questions[$shape], $lookups[$shape], $values[$shape];
}

# smol.check_pages, if there is such a setting, makes each read look at the
# page's CRC: then an answer is right or there is none.
my $check = $node->safe_psql('postgres', "LOAD 'smol'; SELECT count(*) FROM pg_settings WHERE name = 'smol.check_pages'");
$node->stop;

sub r { return int(rand($_[0])); }
sub slurp_raw { my ($f) = @_; open my $fh, '<:raw', $f or die "$f: $!"; local $/; my $x = <$fh>; close $fh; return $x; }
sub spew_raw { my ($f, $x) = @_; open my $fh, '>:raw', $f or die "$f: $!"; print $fh $x; close $fh; return; }

# The special space is the last 16 bytes: crc 4, kind 1, level 1, 6 unused,
# version 2, page id 2.
#
# Nobody needs the LSN, the checksum, the flags and the prune hint of a page's
# header, nor what is between pd_lower and pd_upper.
sub harmless
{
	my ($was, $is) = @_;
	return 0 if length($was) != length($is);
	for (my $b = 0; $b < length $was; $b += $BLOCK)
	{
		my ($x, $y) = (substr($was, $b, $BLOCK), substr($is, $b, $BLOCK));
		next if $x eq $y;
		my ($lower, $upper) = unpack('x12 SS', $x);
		for ($x, $y)
		{
			substr($_, $lower, $upper - $lower) = '' if $upper > $lower;
			substr($_, 20, 4) = '';
			substr($_, 0, 12) = '';
		}
		return 0 if $x ne $y;
	}
	return 1;
}

my @damage = (
	[ 'a byte flipped somewhere', sub { substr($_[0], r(length $_[0]), 1) ^= chr(1 << r(8)) } ],
	[ 'a byte flipped in the first bytes of a page', sub { substr($_[0], r(length($_[0]) / $BLOCK) * $BLOCK + r(120), 1) ^= chr(1 << r(8)) } ],
	[ 'a byte flipped in the metapage', sub { substr($_[0], r(400), 1) ^= chr(1 << r(8)) } ],
	[ 'a header of a page set to 255', sub { substr($_[0], (1 + r(length($_[0]) / $BLOCK - 1)) * $BLOCK + 24 + r(60), 8) = "\xff" x 8 } ],
	[ 'twenty random bytes in a page', sub { my $b = r(length($_[0]) / $BLOCK) * $BLOCK; substr($_[0], $b + r($BLOCK), 1) = chr(r(256)) for 1 .. 20 } ],
	[ 'random bytes at the start of a page', sub { my $b = r(length($_[0]) / $BLOCK) * $BLOCK; substr($_[0], $b + 24, 200) = join '', map { chr r(256) } 1 .. 200 } ],
	[ 'a page of zeros', sub { substr($_[0], r(length($_[0]) / $BLOCK) * $BLOCK, $BLOCK) = "\0" x $BLOCK } ],
	[ 'a root of zeros', sub { substr($_[0], -$BLOCK) = "\0" x $BLOCK } ],
	[ 'a root of noise', sub { substr($_[0], -$BLOCK) = join '', map { chr r(256) } 1 .. $BLOCK } ],
	[ 'a page of noise', sub { substr($_[0], r(length($_[0]) / $BLOCK) * $BLOCK, $BLOCK) = join '', map { chr r(256) } 1 .. $BLOCK } ],
	[ 'two pages exchanged', sub { my $n = length($_[0]) / $BLOCK; my ($a, $b) = (r($n), r($n)); ($b = ($a + 1) % $n) if $a == $b; my $x = substr($_[0], $a * $BLOCK, $BLOCK); substr($_[0], $a * $BLOCK, $BLOCK) = substr($_[0], $b * $BLOCK, $BLOCK); substr($_[0], $b * $BLOCK, $BLOCK) = $x } ],
	[ 'truncated to half', sub { $_[0] = substr($_[0], 0, int(length($_[0]) / $BLOCK / 2) * $BLOCK) } ],
	[ 'truncated to the metapage', sub { $_[0] = substr($_[0], 0, $BLOCK) } ],
	[ 'the last page missing', sub { $_[0] = substr($_[0], 0, length($_[0]) - $BLOCK) } ],
	[ 'an empty file', sub { $_[0] = '' } ],
	[ 'a metapage of zeros', sub { substr($_[0], 0, $BLOCK) = "\0" x $BLOCK } ],
	[ 'a foreign magic', sub { substr($_[0], 24, 4) = 'BTRE' }, qr/not a smol index|is not|magic/i ],
	[ 'a future version', sub { substr($_[0], 28, 4) = pack('SS', 99, 98) }, qr/version/i ],
	[ 'another page id', sub { my $n = length($_[0]) / $BLOCK; substr($_[0], ($n > 1 ? 1 + r($n - 1) : 0) * $BLOCK + $BLOCK - 2, 2) = "\x34\x12" } ],
	[ 'a later page version', sub { my $n = length($_[0]) / $BLOCK; substr($_[0], ($n > 1 ? 1 + r($n - 1) : 0) * $BLOCK + $BLOCK - 4, 2) = "\x07\x00" } ],
	[ 'bytes of a page of bloom filters', sub { my @b = grep { substr($_[0], $_ * $BLOCK + $BLOCK - 12, 1) eq "\x05" } 0 .. length($_[0]) / $BLOCK - 1; my $b = @b ? $b[ r(scalar @b) ] : 1; substr($_[0], $b * $BLOCK + 24 + r(40), 1) = chr(r(256)) for 1 .. 5 } ],
	[ 'many bytes flipped', sub { substr($_[0], r(length $_[0]), 1) ^= chr(1 << r(8)) for 1 .. 200 } ],
	[ 'pd_lower, pd_upper and pd_special of a page', sub { substr($_[0], r(length($_[0]) / $BLOCK) * $BLOCK + 12, 6) = join '', map { chr r(256) } 1 .. 6 } ],
);
for my $i (0 .. $#indexes)
{
	my $ix = $indexes[$i];
	# every damage meets every shape sooner or later
	my $d = $damage[ $i % @damage ];
	my $file = slurp_raw($ix->{path});
	my $was = $file;
	$d->[1]->($file);
	if ($file eq $was) { substr($file, 100, 1) ^= "\x01"; }
	$ix->{harmless} = harmless($was, $file);
	$ix->{what} = "$ix->{name} $shapes[$ix->{shape}]: $d->[0]";
	$ix->{like} = $d->[2];
	spew_raw($ix->{path}, $file);
}
$node->start;

my ($errors, $right, $wrong) = (0, 0, 0);
for my $ix (@indexes)
{
	my $n = substr($ix->{name}, 1);
	my @said;
	for my $checked ($check ? (1, 0) : 0)
	{
		my $pre = "$INDEX_SIDE " . ($check ? 'SET smol.check_pages = ' . ($checked ? 'on; ' : 'off; ') : '');
		for my $j (0 .. 2)
		{
			my $q = (\@questions, \@lookups, \@values)[$j]->[ $ix->{shape} ];
			$q =~ s/\bFROM t\b/FROM t$n/;
			for my $back (0, 1)
			{
				my $sql = $q;
				if ($back) { $sql =~ s/ORDER BY (\w+)\b(?! DESC)/ORDER BY $1 DESC/ or next; }
				my ($rc, $out, $err) = $node->psql('postgres', "$pre $sql", timeout => 60);
				push @said, $err if $rc;
				if ($rc) { $errors++; like($err, qr/ERROR/, "$ix->{what}: an error") unless $err =~ /ERROR/ && $err !~ /statement timeout|server closed|terminat/; fail("$ix->{what}: a hang or a crash: $err") if $err =~ /statement timeout|server closed|terminat/; }
				elsif ($back) { }
				elsif ($out eq $right[ $ix->{shape} ][$j]) { $right++; }
				elsif ($checked) { fail("$ix->{what}: a wrong answer with smol.check_pages"); }
				else { $wrong++; }
			}
		}
	}
	# the planner and the functions read the metapage, too
	my ($rc, $out, $err) = $node->psql('postgres', "EXPLAIN SELECT * FROM t$n WHERE k = 1", timeout => 60);
	$err .= ' ' . ($node->psql('postgres', "SELECT * FROM smol_inspect('$ix->{name}')", timeout => 60))[2];
	unlike($err, qr/server closed|statement timeout/, "$ix->{what}: planning and inspecting do not crash");

	($rc, $out, $err) = $node->psql('postgres', "SELECT smol_verify('$ix->{name}')", timeout => 60);
	isnt($rc, 0, "$ix->{what}: smol_verify reports it") unless $ix->{harmless};
	unlike($err, qr/server closed|statement timeout/, "$ix->{what}: and does not crash");
	if ($ix->{like})
	{
		# Such an index the planner leaves alone; who asks is told.
		like($err, $ix->{like}, "$ix->{what}: the error says so");
		like($err, qr/HINT:.*REINDEX/, "$ix->{what}: and has a hint");
	}
}
note("$errors queries ended in an error, $right were right, $wrong wrong" . ($check ? ' (with smol.check_pages off)' : ''));
my ($rc, $out, $err) = $node->psql('postgres', 'SELECT count(*) FROM smol_indexes', timeout => 60);
unlike($err, qr/server closed/, 'smol_indexes does not crash' . ($rc ? " ($err)" : ''));
cmp_ok($errors, '>', 10, 'damage is noticed');
alive($node);

# writes, VACUUM, and the way out
for my $ix (@indexes)
{
	my $n = substr($ix->{name}, 1);
	my ($rc, $out, $err) = $node->psql('postgres', "VACUUM t$n", timeout => 60);
	unlike($err, qr/server closed|statement timeout/, "$ix->{what}: VACUUM does not crash") if $rc;
	if ($n % 2)
	{
		is($node->psql('postgres', "DROP INDEX $ix->{name}", timeout => 60), 0, "$ix->{what}: DROP INDEX works");
	}
	else
	{
		is($node->psql('postgres', "REINDEX INDEX $ix->{name}", timeout => 60), 0, "$ix->{what}: REINDEX works");
		is($node->psql('postgres', "SELECT smol_verify('$ix->{name}')", timeout => 60), 0, "$ix->{what}: and makes it sound");
		(my $q = $questions[ $ix->{shape} ]) =~ s/\bFROM t\b/FROM t$n/;
		is($node->safe_psql('postgres', "$INDEX_SIDE $q"), $right[ $ix->{shape} ][0], "$ix->{what}: and right");
	}
}
alive($node);
$node->stop;
done_testing();
