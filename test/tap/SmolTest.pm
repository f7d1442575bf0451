# SmolTest.pm - what smol's TAP tests share
#
# A server whose questions are asked twice, through the index and by a
# sequential scan, and killing it.
package SmolTest;

use strict;
use warnings;
use Exporter 'import';
use File::Basename;
use File::Copy;
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(
  new_server has_injection_points make_flights same_answers answers uses_smol
  index_state verifies kill_hard start_again alive $INDEX_SIDE $HEAP_SIDE
  start_waiting wait_for_point seal_page
  smol_files stage_smol install_postgres
);

our $INDEX_SIDE =
  'SET enable_seqscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0;';
our $HEAP_SIDE =
  'SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; SET smol.enable_scan = off; SET max_parallel_workers_per_gather = 0;';

# A started server with smol in it.  conf: lines for postgresql.conf.
sub new_server
{
	my ($name, %o) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%{ $o{init} || {} });
	$node->append_conf('postgresql.conf', "autovacuum = off\ncheckpoint_timeout = 1h\n" . ($o{conf} // ''));
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION smol');
	return $node;
}

# Injection points need a server that was built with them, and the extension.
sub has_injection_points
{
	my ($node) = @_;
	return 0
	  unless $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'injection_points'");
	my ($rc) = $node->psql('postgres',
		"CREATE EXTENSION IF NOT EXISTS injection_points; SELECT injection_points_attach('smol-is-there-any', 'notice'); SELECT injection_points_detach('smol-is-there-any');");
	return $rc == 0;
}

# A table with a bit of everything and a smol index on it.
sub make_flights
{
	my ($node, $table, %o) = @_;
	my $rows = $o{rows} // 5000;
	my $kind = $o{kind} // '';
	my $with = $o{with} // 'nulls = store';
	my $where = $o{where} ? "WHERE $o{where}" : '';
	$node->safe_psql(
		'postgres', qq{
		CREATE $kind TABLE $table (k int, b int8, d date, s text, n numeric, w int) WITH (autovacuum_enabled = off, fillfactor = } . ($o{fillfactor} // 100) . qq{);
		INSERT INTO $table SELECT g, (g::int8 * 7919) % 1000, '2000-01-01'::date + g % 400, 'airport ' || g % 50,
			CASE WHEN g % 11 = 0 THEN NULL ELSE round(g::numeric / 8, g % 4) END, 0
			FROM generate_series(1, $rows) g;
		});
	$node->safe_psql('postgres', "VACUUM ANALYZE $table");
	build_indexes($node, $table, %o) unless $o{no_index};
	return;
}

sub build_indexes
{
	my ($node, $table, %o) = @_;
	my $with = $o{with} // 'nulls = store';
	my $where = $o{where} ? "WHERE $o{where}" : '';
	$node->safe_psql('postgres', "CREATE INDEX ${table}_k ON $table USING smol (k) INCLUDE (b, n) WITH ($with) $where");
	$node->safe_psql('postgres', "CREATE INDEX ${table}_s ON $table USING smol (s, d DESC, k) INCLUDE (n) WITH ($with) $where");
	return;
}

sub questions
{
	my ($table) = @_;
	return (
		"SELECT count(*), min(k), max(k), sum(b), sum(n) FROM $table WHERE k > -1000000",
		"SELECT k, b, n FROM $table WHERE k BETWEEN 100 AND 140 ORDER BY k",
		"SELECT k FROM $table WHERE k > -1000000 ORDER BY k DESC LIMIT 7",
		"SELECT s, count(*), min(d), max(d), sum(k) FROM $table WHERE s >= 'airport 1' GROUP BY s ORDER BY s",
		"SELECT s, d, k FROM $table WHERE s = 'airport 7' AND d > '2000-06-01' ORDER BY s, d DESC, k LIMIT 20",
		"SELECT count(*) FROM $table WHERE s IN ('airport 3', 'airport 33') AND d IS NOT NULL",
		"SELECT k, n FROM $table WHERE k IN (1, 2, 3, 4999, 5000, 5001, 100000) ORDER BY k",
		"SELECT count(*), sum(k) FROM $table WHERE n IS NULL AND k > -1000000",
	);
}

# All answers about a table: through the index, or through the heap.
sub answers
{
	my ($node, $table, $side, %o) = @_;
	my $before = $o{before} // '';
	my $out = '';
	my ($rc, $stdout, $stderr) = $node->psql('postgres', "$side $before " . join('; ', questions($table)), timeout => 180);
	return "rc $rc: $stdout $stderr";
}

# Is every answer through the index the one of a sequential scan?
sub same_answers
{
	my ($node, $table, $name, %o) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $index = answers($node, $table, $INDEX_SIDE, %o);
	my $heap = answers($node, $table, $HEAP_SIDE, %o);
	like($heap, qr/^rc 0:/, "$name: the table can be read");
	return is($index, $heap, "$name: answers through the index are the table's");
}

# Does the planner take the smol index, and does the scan use it?
sub uses_smol
{
	my ($node, $table, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $plan, $err) = $node->psql('postgres', "$INDEX_SIDE EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT count(*), sum(b) FROM $table WHERE k > 0");
	my $used = $plan =~ /(Index Only Scan using|Index:) ${table}_k/ && $plan !~ /Heap Fallback/;
	return $used if !defined $name;
	ok($used, $name) or diag("$plan $err");
	return $used;
}

sub index_state
{
	my ($node, $index) = @_;
	return $node->safe_psql('postgres', "SELECT state FROM smol_indexes WHERE index = '$index'::regclass");
}

sub verifies
{
	my ($node, $index, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $out, $err) = $node->psql('postgres', "SELECT smol_verify('$index')");
	return is("$rc $err", '0 ', $name // "smol_verify finds $index sound");
}

# kill -9 for the postmaster and all its children at once, as a power cut.
sub kill_hard
{
	my ($node) = @_;
	my $pid = $node->{_pid};
	# where scripts/sanitize loads its library into all programs, ps would hang with it
	delete local $ENV{LD_PRELOAD};
	my @children = split /\s+/, `ps -o pid= --ppid $pid`;
	@children = grep { /^\d+$/ } @children;
	kill 'KILL', $pid, @children;
	$node->{_pid} = undef;
	for (1 .. 1000)
	{
		last if !grep { kill 0, $_ } $pid, @children;
		sleep 0.01;
	}
	return;
}

# Start after kill_hard: the dead server's shared memory may linger.
sub start_again
{
	my ($node) = @_;
	for (1 .. 60)
	{
		return 1 if $node->start(fail_ok => 1);
		unlink $node->data_dir . '/postmaster.pid';
		sleep 0.5;
	}
	return $node->start;
}

sub alive
{
	my ($node, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $out) = $node->psql('postgres', 'SELECT 1');
	is("$rc $out", '0 1', $name // 'the server is alive');
	my $log = slurp_file($node->logfile);
	unlike($log, qr/terminated by signal|TRAP:|PANIC/, 'and no process of it has crashed');
	return;
}

# Run SQL in a session of its own that is going to wait at an injection point.
sub start_waiting
{
	my ($session, $sql, $marker) = @_;
	$session->query_until(qr/$marker/, "\\echo $marker\n$sql\n\\echo done $marker\n");
	return;
}

sub wait_for_point
{
	my ($node, $point) = @_;
	$node->wait_for_event('client backend', $point);
	return;
}

# Where the smol under test is: its library, and the folder of its control file
# and SQL scripts.  TEMP_CONFIG names the folders if it is not installed.
sub smol_files
{
	my $conf = $ENV{TEMP_CONFIG} ? slurp_file($ENV{TEMP_CONFIG}) : '';
	my ($control) = $conf =~ /^extension_control_path = '([^:']*)/m;
	my ($library) = $conf =~ /^dynamic_library_path = '([^:']*)/m;
	chomp($control //= `pg_config --sharedir`);
	chomp($library //= `pg_config --pkglibdir`);
	return ((grep { -f } glob "$library/smol.{so,dylib}")[0], "$control/extension");
}

# A copy of it in a folder of the test's own, and the lines for postgresql.conf
# with which a server finds nothing else.  library => 0 leaves the library out,
# default_version => X puts that in the control file, and scripts => { name =>
# content } adds SQL scripts.
sub stage_smol
{
	my ($dir, %o) = @_;
	my ($library, $scripts) = smol_files();
	make_path("$dir/lib", "$dir/share/extension");
	copy($library, "$dir/lib/") or die "copying $library: $!" if $o{library} // 1;
	copy($_, "$dir/share/extension/") or die "copying $_: $!" for glob "$scripts/smol--*.sql";
	my $control = slurp_file("$scripts/smol.control");
	$control =~ s/^default_version = .*/default_version = '$o{default_version}'/m if $o{default_version};
	my %files = (%{ $o{scripts} // {} }, 'smol.control' => $control);
	append_to_file("$dir/share/extension/$_", $files{$_}) for sort keys %files;
	return "extension_control_path = '$dir/share:\$system'\ndynamic_library_path = '$dir/lib:\$libdir'\n";
}

# A PostgreSQL of the test's own, with smol in its library folder: programs find
# their files relative to where they are, if they are copies and not links.
# Returns what PostgreSQL::Test::Cluster calls the install path.
sub install_postgres
{
	my ($root) = @_;
	my ($library, $scripts) = smol_files();
	my %dir = map { chomp(my $path = `pg_config --$_`); $_ => $path } qw(bindir sharedir pkglibdir);
	for my $kind (sort keys %dir)
	{
		make_path("$root$dir{$kind}");
		next if $kind eq 'bindir';
		symlink $_, "$root$dir{$kind}/" . basename($_) for glob "$dir{$kind}/*";
	}
	system_or_bail('cp', '-RL', "$dir{bindir}/.", "$root$dir{bindir}");
	my $extension = "$root$dir{sharedir}/extension";
	unlink $extension, "$root$dir{pkglibdir}/" . basename($library);
	make_path($extension);
	symlink $_, "$extension/" . basename($_) for grep { !m{/smol(--|\.control)} } glob "$dir{sharedir}/extension/*";
	copy($_, $extension) or die "copying $_: $!" for glob "$scripts/smol*";
	copy($library, "$root$dir{pkglibdir}") or die "copying $library: $!";
	return dirname("$root$dir{bindir}");
}

# CRC-32C, as the format has it.
my @crc_table = map { my $c = $_; $c = $c & 1 ? ($c >> 1) ^ 0x82F63B78 : $c >> 1 for 1 .. 8; $c } 0 .. 255;

sub crc32c
{
	my ($bytes) = @_;
	my $crc = 0xFFFFFFFF;
	$crc = ($crc >> 8) ^ $crc_table[ ($crc ^ $_) & 0xFF ] for unpack 'C*', $bytes;
	return $crc ^ 0xFFFFFFFF;
}

# Stamp a page that was tampered with: its CRC is that of the contents, and of
# the special space without the CRC.
sub seal_page
{
	my ($page) = @_;
	my ($lower, $upper, $special) = unpack 'x12 SSS', $$page;
	substr($$page, $special, 4) = pack 'L', crc32c(substr($$page, 24, $lower - 24) . substr($$page, $special + 4));
	return;
}

1;
