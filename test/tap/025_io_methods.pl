# Under each io_method answers of cold scans are those of a sequential scan; and
# scans of any kind, parallel ones too, read several pages at once.
#
# io_uring is tried where the server was built with it and the kernel allows it;
# else the reason is printed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('io', conf => "max_parallel_workers_per_gather = 0\nautovacuum = off\n");
if (!$node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_buffercache'"))
{
	plan skip_all => 'there is no pg_buffercache to throw buffers away with';
}
$node->safe_psql('postgres', q{
	CREATE EXTENSION pg_buffercache;
	CREATE TABLE t AS SELECT g AS k, hashint4(g) AS r, g % 100 AS b, md5(g::text) AS s FROM generate_series(1, 60000) g;
	VACUUM ANALYZE t;
	CREATE INDEX t_smol ON t USING smol (k) INCLUDE (r, b, s) WITH (bloom = on);
	CREATE INDEX t_keys ON t USING smol (b, r) INCLUDE (k);
	CREATE TABLE long AS SELECT g AS k, md5(g::text) AS s FROM generate_series(1, 200000) g;
	VACUUM ANALYZE long;
	CREATE INDEX long_smol ON long USING smol (k) INCLUDE (s);
	CHECKPOINT;
	});
my @questions = (
	'SELECT count(*), sum(k), sum(r), max(s) FROM t',
	'SELECT k, r FROM t WHERE k BETWEEN 100 AND 40000 ORDER BY k',
	'SELECT k, s FROM t WHERE k > 30000 ORDER BY k DESC LIMIT 5000',
	'SELECT count(*), sum(r) FROM t WHERE b IN (3, 50, 97) AND r > 0',
	"SELECT k, r FROM t WHERE s = md5('4711')",
	'SELECT b, count(*), sum(r), min(s) FROM t GROUP BY b ORDER BY b',
	'SELECT sum(r) FROM t WHERE k % 7 = 0 AND k > 5');
my %ways = (
	'the access method' => 'SET smol.enable_scan = off; SET smol.enable_aggregate = off;',
	'SmolScan' => 'SET enable_indexonlyscan = off; SET smol.enable_aggregate = off;',
	'SmolAggregate' => '');
my @expected = map { $node->safe_psql('postgres', "$HEAP_SIDE $_") } @questions;

# Reads that a query takes for pages of the index, none of which is in the buffers, and
# how many pages these are.
sub reads
{
	my ($settings, $query) = @_;
	my $counts = q{SELECT sum(reads), sum(read_bytes) / current_setting('block_size')::int FROM pg_stat_io
		WHERE object = 'relation' AND context = 'normal'};
	# what the catalogs take is read before
	$node->safe_psql('postgres', "$INDEX_SIDE $settings EXPLAIN $query; SELECT pg_buffercache_evict_relation('long_smol')");
	my @before = split /\|/, $node->safe_psql('postgres', $counts);
	$node->safe_psql('postgres', "$INDEX_SIDE $settings $query");
	my @after = split /\|/, $node->safe_psql('postgres', $counts);
	return map { $after[$_] - $before[$_] } 0, 1;
}
my $parallel = 'SET debug_parallel_query = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_index_scan_size = 0; '
	. 'SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET smol.cost_page = 100; ';
for my $way (sort keys %ways)
{
	for my $workers (0, 2)
	{
		# pages in descending order would be read ahead one by one
		my $query = q{SELECT count(*) FROM long WHERE s > '8'};
		my $settings = "$ways{$way} SET enable_seqscan = off; " . ($workers ? $parallel : '');
		my ($reads, $pages) = reads($settings, $query);
		my ($lone, $same) = reads("$settings SET smol.prefetch_distance = 0;", $query);
		my $what = "$way, $workers workers";
		note("$what: $reads reads of $pages pages, and $lone of $same");
		cmp_ok($pages, '>', 300, "$what: the index is read");
		cmp_ok($reads * 2, '<', $pages, "$what: several pages at once");
		cmp_ok($lone, '>', 0.9 * $same, "$what: page by page, if asked to");
	}
}

# Which methods does the server know?
my $known = $node->safe_psql('postgres', q{SELECT array_to_string(enumvals, ' ') FROM pg_settings WHERE name = 'io_method'});
for my $method (qw(sync worker io_uring))
{
	SKIP:
	{
		skip "the server was built without io_method = $method", 1 unless grep { $_ eq $method } split / /, $known;
		$node->stop;
		$node->append_conf('postgresql.conf', "io_method = $method\n");
		my $started = $node->start(fail_ok => 1);
		if (!$started)
		{
			my ($why) = slurp_file($node->logfile) =~ /.*(could not setup io_uring[^\n]*|io_uring[^\n]*(?:not permitted|failed)[^\n]*)/s;
			$node->append_conf('postgresql.conf', "io_method = worker\n");
			$node->start;
			fail("io_method = $method starts") if $method ne 'io_uring';
			skip 'the kernel refuses io_uring' . ($why ? ": $why" : ''), 1;
		}
		is($node->safe_psql('postgres', 'SHOW io_method'), $method, "io_method = $method");
		for my $way (sort keys %ways)
		{
			for my $i (0 .. $#questions)
			{
				# cold: nothing is in the buffers after a start
				for my $distance (64, 3)
				{
					$node->restart if $distance == 64 && $i == 0;
					$node->safe_psql('postgres', 'SELECT pg_buffercache_evict_relation(oid::regclass) FROM pg_class WHERE relname ~ \'^t\';');
					my $answer = $node->safe_psql('postgres', "$INDEX_SIDE $ways{$way} SET smol.prefetch_distance = $distance; SET effective_io_concurrency = 8; $questions[$i]");
					ok($answer eq $expected[$i], "$method, $way, distance $distance: $questions[$i]");
				}
			}
		}
		my $workers = $node->safe_psql('postgres', 'SET debug_parallel_query = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_index_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET enable_seqscan = off; '
			. "SELECT count(*) FROM (SELECT pg_buffercache_evict_relation('t_smol')) x; $questions[6]");
		is((split /\n/, $workers)[-1], $expected[6], "$method, parallel");
		is($node->safe_psql('postgres', q{SELECT smol_verify('t_smol'), smol_verify('t_keys')}), '|', "$method: smol_verify reads it all");
	}
}
$node->stop;
done_testing();
