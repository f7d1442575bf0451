# Indexes that released versions of smol wrote are read by this one: the file of
# each takes the place of one that was built today, and answers the same.
#
# scripts/golden-write makes them.  They are of 64-bit little-endian machines with
# pages of 8192 bytes.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Config;
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);

my $golden = "$FindBin::RealBin/../golden";
plan skip_all => 'golden indexes are of another kind of machine'
  if $Config{byteorder} !~ /^12345678/ || `pg_config --configure` =~ /--with-blocksize/;

# What a query is answered by: the access method's scans, SmolScan, SmolAggregate.
my %sides = (
	'index-only scan' => [ "$INDEX_SIDE SET smol.enable_scan = off; SET smol.enable_aggregate = off;", qr/Index Only Scan|Index:/ ],
	'SmolScan' => [ "$INDEX_SIDE SET enable_indexonlyscan = off; SET enable_indexscan = off; SET smol.enable_aggregate = off;", qr/Custom Scan \(SmolScan\)/ ],
	'SmolAggregate' => [ "$INDEX_SIDE", qr/Index Only Scan|Custom Scan \(Smol(Scan|Aggregate)\)/ ]);

my @formats = map { m{/v(\d+)/indexes$} } glob "$golden/v*/indexes";
for my $format (@formats)
{
	my $dir = "$golden/v$format/indexes";
	my %file;
	for my $gz (glob "$dir/*.gz")
	{
		my ($name) = $gz =~ m{([^/]*)\.gz$};
		gunzip($gz => \$file{$name}) or die "$gz: $GunzipError";
	}
	my @indexes = sort keys %file;
	my $node = new_server("golden$format", init => { extra => ['--no-data-checksums'] });
	my $sql = sub { return $node->safe_psql('postgres', "SET TimeZone = 'UTC'; $_[0]"); };

	# whoever built them must be of the past
	my ($builder) = sort { $b <=> $a } map { unpack 'x48 Q', $_ } values %file;
	$sql->("DO \$\$BEGIN WHILE pg_current_xact_id()::text::int8 <= $builder + 1 LOOP COMMIT; END LOOP; END\$\$");

	$sql->(slurp_file("$dir/tables.sql"));
	# not in one transaction
	$sql->($_) for split /;\n\K/, slurp_file("$dir/indexes.sql");
	is($sql->('SELECT string_agg(index::text, \',\' ORDER BY index::text COLLATE "C") FROM smol_indexes'), join(',', @indexes), "format $format: there is a file for each index");
	my $states = $sql->('SELECT index::text, state FROM smol_indexes ORDER BY 1');
	like($states, qr/^retired_i\|stale$/m, 'one of them is stale');

	my @queries = grep { !/^--/ } split /\n/, slurp_file("$dir/queries.sql");
	my %right = map { $_ => $sql->("$HEAP_SIDE SET smol.enable_aggregate = off; $_") } @queries;

	# ---- exchange the files
	my %path = map { $_ => $node->data_dir . '/' . $sql->("SELECT pg_relation_filepath('$_')") } @indexes;
	$node->stop;
	my $same = 0;
	for my $index (@indexes)
	{
		my $today = slurp_file($path{$index});
		$today =~ s/.{10}(.{8182})/"\0" x 10 . $1/sge;
		# of the metapage: builder and CRC
		my $old = $file{$index};
		substr($_, 48, 8) = '' , substr($_, 8192 - 24, 4) = '' for $today, $old;
		$same += $today eq $old;
		open my $out, '>:raw', $path{$index} or die "$path{$index}: $!";
		print $out $file{$index};
		close $out;
	}
	note("format $format: $same of " . @indexes . " would be written in the same way today");
	$node->start;

	# ---- and see
	is($sql->("SELECT DISTINCT format_version FROM smol_indexes, smol_index_stats(index)"), $format, "format $format: they have that format");
	is($sql->('SELECT index::text, state FROM smol_indexes ORDER BY 1'), $states, 'and are in the same state');
	for my $index (@indexes)
	{
		verifies($node, $index);
		is($sql->("SELECT * FROM smol_verify_report('$index')"), '', "smol_verify_report finds nothing in $index and its table");
	}
	my $codecs = $sql->("SELECT string_agg(codecs, ' ') FROM smol_indexes, smol_inspect(index)");
	like($codecs, qr/\b$_\b/, "format $format: the codec $_ is there") for qw(plain rle for radix affine delta dict alp patch strings);
	cmp_ok($sql->("SELECT max(bloom_pages) FROM smol_indexes, smol_index_stats(index)"), '>', 0, 'and bloom filters');
	cmp_ok($sql->("SELECT max(height) FROM smol_indexes, smol_index_stats(index)"), '>=', 3, 'and a tree of several levels');

	my $skips = 0;
	for my $side (sort keys %sides)
	{
		my ($settings, $node_type) = @{ $sides{$side} };
		for my $query (@queries)
		{
			my $got = $sql->("$settings $query");
			is($got, $right{$query}, "format $format, $side: $query");
			next if $query =~ /FROM retired/;
			my $plan = $sql->("$settings EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) $query");
			$skips++ if $plan =~ /Bloom Filters: [1-9]/;
			ok($plan =~ $node_type && $plan !~ /Heap Fallback|not usable/, 'from the index') or diag($plan);
		}
	}

	cmp_ok($skips, '>', 10, "format $format: bloom filters leave out pages");

	# ---- they go on as any index
	$sql->("DELETE FROM somewhat WHERE k % 3 = 0 AND k < 100");
	$sql->("VACUUM (INDEX_CLEANUP ON) somewhat");
	is($sql->("SELECT state FROM smol_indexes WHERE index = 'somewhat_i'::regclass"), 'stale', "format $format: VACUUM makes it stale");
	is($sql->("$INDEX_SIDE SELECT count(*) FROM somewhat WHERE k % 3 = 0 AND s > 'x'"), $sql->("$HEAP_SIDE SELECT count(*) FROM somewhat WHERE k % 3 = 0 AND s > 'x'"), 'and what is gone is gone');
	$sql->("REINDEX INDEX $_") for @indexes;
	verifies($node, $_, "$_ built anew is sound") for @indexes;
	alive($node);
	$node->stop;
}
cmp_ok(scalar @formats, '>=', 1, 'there are golden indexes');
done_testing();
