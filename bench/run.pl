#!/usr/bin/perl
#
# run.pl - measure smol against btree, and write what came out as CSV
#
# Runs against the server that PG* variables name, with smol loaded, which
# scripts/bench has started for it; the sections and their cases are in cases.pl,
# how it measures is explained in METHOD.md.  Makes the report at the end.
#
#	perl bench/run.pl FOLDER	where the results go
#
# What can be set by variables of the environment is in METHOD.md; scripts/bench sets
# DUCKDB_PEER where DuckDB is installed.
#
# Declines to do: judge.  Exit status 1 means wrong answers or failed queries,
# never slow ones.
#
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Glob qw(bsd_glob);
use POSIX qw(ceil strftime);
use Time::HiRes qw(time);
use Results;
use Session;

$ENV{PGAPPNAME} = 'smol bench';
$ENV{PGTZ} = 'UTC';
$| = 1;

my $out = shift @ARGV or die "usage: $0 folder\n";
my $full = $ENV{FULL};
our %opt = (
	quick => !$full,
	small => $ENV{ROWS} || ($full ? 5_000_000 : 500_000),
	big => $ENV{BIG} || ($full ? 20_000_000 : 5_000_000),
	huge => $ENV{HUGE} || ($full ? 50_000_000 : 0),
	size => $ENV{SIZE_ROWS} || $ENV{ROWS} || ($full ? 2_000_000 : 200_000),
	rounds => $ENV{ROUNDS} || ($full ? 11 : 5),
	timeout => $ENV{TIMEOUT} || ($full ? 120 : 20),
	duration => $ENV{DURATION} || ($full ? 1 : 0.5),
	point_rounds => $ENV{POINT_ROUNDS} || ($full ? 21 : 5),
);
my $flights = $ENV{FLIGHTS} || "$FindBin::Bin/../data/flights.csv.zst";
my $repetition = $full ? 40 : 8;		# ms that a repetition takes at least
my $budget = $full ? 15_000 : 700;		# ms that the repetitions of a method may take
my $only = $ENV{CASES};

our (@tables, @queries, @lookups);
our @goals;
my $case_file = $ENV{CASE_FILE} || "$FindBin::Bin/cases.pl";
do $case_file or die $@ || "$case_file: $!\n";

my @sections = split ' ', $ENV{SECTIONS}
  || 'size selectivity rows columns duplicates events flights workers cold planning point exec';
my %wanted = map { $_ => 1 } @sections;
my $started = time();
my (%session, %has, %failed);
my $measured = 0;

sub say { printf STDERR "%4.0fs  %s\n", time() - $started, join '', @_; }


#
# Results
#
open my $csv, '>', "$out/results.csv" or die "$out/results.csv: $!\n";
$csv->autoflush;

# base: btree's values, round by round
sub emit
{
	my (%r) = @_;
	my @v = @{ delete $r{values} || [] };
	my @base = @{ delete $r{base} || [] };
	$r{to_btree} = sprintf '%.5g', median(map { $v[$_] / $base[$_] } 0 .. $#v) if @v > 1 && @v == @base && !grep { $_ <= 0 } @base;
	@r{qw(median min max n)} = (map { defined && /\./ ? sprintf '%.6g', $_ : $_ } median(@v), (sort { $a <=> $b } @v)[ 0, -1 ], scalar @v) if @v;
	$r{status} //= 'ok';
	print $csv csv_line(@r{@COLUMNS});
	$measured++;
	return if $r{status} =~ /^(ok|timeout|fallback|other plan)$/ || $failed{"$r{section}, $r{case}, $r{method}"}++;
	say "FAILED: $r{section}, $r{table}, $r{case}, $r{method}: $r{status} ", $r{note} // '';
	return;
}

sub slurp { my $f = shift; open my $in, '<', $f or return ''; local $/; my $t = <$in>; close $in; return $t // ''; }

sub environment
{
	my $s = session('admin');
	my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)/m;
	my ($ram) = slurp('/proc/meminfo') =~ /^MemTotal:\s*(\d+)/m;
	my $load = (split ' ', slurp('/proc/loadavg'))[0] // '?';
	my $cores = () = slurp('/proc/cpuinfo') =~ /^processor\s*:/mg;
	my $revision = `git -C "$FindBin::Bin" describe --always --dirty 2>/dev/null` || "not in git\n";
	chomp $revision;
	my @e = (
		date => strftime('%FT%RZ', gmtime),
		smol => $s->value("SELECT extversion FROM pg_extension WHERE extname = 'smol'") . ", $revision",
		PostgreSQL => $s->value('SELECT version()'),
		cpu => $cpu // 'unknown',
		cores => $cores || '?',
		memory => $ram ? sprintf('%.0f GB', $ram / 1e6) : '?',
		system => join(' ', (POSIX::uname())[ 0, 2 ]),
		'load at the start' => $load,
		rows => join(', ', map { "$_ $opt{$_}" } grep { $opt{$_} } qw(small big huge size)),
		rounds => "$opt{rounds}, time limit $opt{timeout} s",
		settings => join(', ', split /\n/, $s->value(
			"SELECT name || ' = ' || current_setting(name) FROM pg_settings WHERE source = 'configuration file'
			AND name !~ 'path|directories|addresses|log|lc_|TimeZone|DateStyle|text_search|permissions' ORDER BY name")));
	while (my ($k, $v) = splice @e, 0, 2) { print $csv "# $k: $v\n"; }
	duckdb() if $wanted{exec};
	print $csv csv_line(@COLUMNS);
	say "the machine is busy (load $load): the figures will be noise" if $load =~ /^[\d.]+$/ && $load > 0.5 * ($cores || 1);
	return;
}


#
# Sessions, one for each method
#
my %forced = (
	btree => [ 'enable_seqscan = off', 'enable_bitmapscan = off' ],
	smol => [ 'enable_seqscan = off', 'enable_bitmapscan = off' ],
	seqscan => [ 'enable_indexscan = off', 'enable_indexonlyscan = off', 'enable_bitmapscan = off' ],
	brin => ['enable_seqscan = off'],
	admin => [],
);

sub session
{
	my $method = shift;
	return $session{$method} ||= Session->new(
		name => $method,
		# what prepares cases may take its time
		timeout => $method eq 'admin' ? 3600 : $opt{timeout},
		settings => [ 'SET client_min_messages = error', 'SET extra_float_digits = 0', map { "SET $_" } @{ $forced{$method} } ]);
}

sub duckdb
{
	return $session{duckdb} if exists $session{duckdb};
	my $peer = $ENV{DUCKDB_PEER};
	return $session{duckdb} = undef unless $peer;
	unlink bsd_glob "$out/duckdb.db*";
	my $d = DuckSession->new(name => 'duckdb', timeout => $opt{timeout}, command => [ 'node', $peer, "$out/duckdb.db" ]);
	my $version = $d->value('SELECT version()');
	my $nothing = median(map { $d->milliseconds('SELECT 1', 20) } 1 .. 5);
	printf $csv "# DuckDB: %s, one thread, %.3f ms for SELECT 1\n", $version, $nothing;
	return $session{duckdb} = $d;
}

sub set { my ($s, @settings) = @_; $s->run(join ";\n", map { "SET $_" } @settings) if @settings; return; }

# Without the nodes, with SmolScan alone, or with all that there is.
sub use_nodes
{
	my $which = shift;
	my @settings;
	push @settings, 'smol.enable_scan = ' . ($which eq 'rows' ? 'off' : 'on') if $has{'smol.enable_scan'};
	push @settings, 'smol.enable_aggregate = ' . ($which eq 'all' ? 'on' : 'off') if $has{'smol.enable_aggregate'};
	set(session('smol'), @settings);
	return;
}


#
# Data
#
sub columns_of
{
	my $t = shift;
	my @c = @{ $t->{columns} };
	my @sql;
	while (my ($name, $sql) = splice @c, 0, 2) { push @sql, "$sql AS $name"; }
	return join ', ', @sql;
}

# The loading statement of a copy of a table; 2654435761 is a prime.
sub creation
{
	my ($t, $name) = @_;
	my $with = 'WITH (parallel_workers = 8, autovacuum_enabled = off)';
	return "CREATE TABLE $name (date timestamp, delay integer, distance integer, origin text, destination text) $with" if $t->{flights};
	my $select = columns_of($t);
	$select =~ s/\{n\}/$t->{rows}/g;
	return "CREATE TABLE $name $with AS SELECT $select FROM (SELECT i, (i * 2654435761 + 12345) % $t->{rows} AS j
		FROM (SELECT generate_series(0::bigint, $t->{rows} - 1) AS i) AS r) AS s";
}

sub load_flights
{
	my $read = $flights =~ /\.zst$/ ? 'zstd -dcq' : 'cat';
	local $ENV{FILE} = $flights;
	my @pipes = map {
		open my $pipe, '|-', qq($read -- "\$FILE" | psql -X -q -v ON_ERROR_STOP=1 -c "COPY $_ FROM STDIN (FORMAT csv, HEADER)")
		  or die "$flights: $!\n";
		$pipe
	} @_;
	for (@pipes) { close $_ or die "$flights could not be loaded\n"; }
	return;
}

# The copies of a table, loaded and indexed side by side: one for each method.
sub load
{
	my ($t, @methods) = @_;
	say "table $t->{name}", $t->{rows} ? ", $t->{rows} rows" : '';
	for (@methods) { session($_)->limit(3600); }
	my @sent = map { session($_)->send('SET max_parallel_workers_per_gather = 0; DROP TABLE IF EXISTS ' . "$t->{name}_$_; " . creation($t, "$t->{name}_$_")); $_ } @methods;
	for (@sent) { session($_)->wait; die "$_: " . session($_)->{error} . "\n" if session($_)->{error}; }
	if ($t->{flights}) { load_flights(map { "$t->{name}_$_" } @methods); }
	for (@methods) { session($_)->send("VACUUM ANALYZE $t->{name}_$_"); }
	for (@methods) { session($_)->wait; }
	$t->{rows} ||= session($methods[0])->value("SELECT count(*) FROM $t->{name}_$methods[0]");
	return;
}

sub index_it
{
	my ($t, @methods) = @_;
	for my $m (@methods)
	{
		my $s = session($m);
		if ($m eq 'brin') { $s->must("CREATE INDEX $t->{name}_brin_1 ON $t->{name}_brin USING brin ($t->{brin})"); next; }
		my @i = @{ $t->{indexes} };
		while (my ($name, $def) = splice @i, 0, 2)
		{
			my $index = "$t->{name}_${m}_$name";
			$s->must("CREATE INDEX $index ON $t->{name}_$m USING $m $def" . ($m eq 'smol' && $t->{smol} ? " WITH ($t->{smol})" : ''));
			emit(section => 'storage', table => $t->{name}, case => $def, rows => $t->{rows}, method => $m, metric => 'size',
				values => [ $s->value("SELECT pg_relation_size('$index')") ]);
		}
	}
	for (@methods) { session($_)->send("VACUUM ANALYZE $t->{name}_$_"); }
	for (@methods) { session($_)->wait; session($_)->renew; }
	session('admin')->must('CHECKPOINT');
	return;
}

my %duck_type = ('timestamp with time zone' => 'TIMESTAMP', 'timestamp without time zone' => 'TIMESTAMP', 'double precision' => 'DOUBLE', text => 'VARCHAR');

# The same rows for DuckDB, in the order of the key, which is its best.
sub load_duckdb
{
	my $t = shift;
	my $d = duckdb() or return;
	my $s = session('admin');
	my $file = "$out/duckdb.csv";
	my @columns = map { [ split /\|/ ] } split /\n/, $s->value(
		"SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '$t->{name}_btree'::regclass AND attnum > 0 ORDER BY attnum");
	my $types = join ', ', map { "'$_->[0]': '" . ($duck_type{ $_->[1] } || $_->[1]) . "'" } @columns;
	$s->must("\\copy (SELECT * FROM $t->{name}_btree ORDER BY $t->{duckdb_order}) TO '$file' (FORMAT csv)");
	# a file for each table: one that tables were dropped from keeps its size
	$d->finish;
	unlink bsd_glob "$out/duckdb.db*";
	$d->run("CREATE OR REPLACE TABLE $t->{name} AS SELECT * FROM read_csv('$file', header = false, columns = {$types})");
	unlink $file;
	if ($d->{error}) { say "DuckDB: $d->{error}"; return; }
	$d->run('CHECKPOINT');
	# beside an index that has all the columns, if there is one
	my %defs = @{ $t->{indexes} };
	my ($whole) = grep { /^\($t->{duckdb_order}\b/ && tr/,// == $#columns - /INCLUDE/ } values %defs;
	emit(section => 'storage', table => $t->{name}, case => $whole // 'whole table', goal => 'storage', rows => $t->{rows}, method => 'duckdb',
		metric => 'size', values => [ -s "$out/duckdb.db" || 0 ]);
	$t->{in_duckdb} = 1;
	return;
}


#
# Queries
#
my %literal;

sub literal
{
	my ($t, $column, $part) = @_;
	my $offset = int($part * ($t->{rows} - 1));
	return $literal{"$t->{name} $column $offset"} //= session('admin')->value(
		"SELECT format('%L::%s', $column, pg_typeof($column)) FROM $t->{name}_btree ORDER BY $column OFFSET $offset LIMIT 1");
}

sub between
{
	my ($t, $column, $part) = @_;
	my ($from, $to) = map { literal($t, $column, $_) } 0.5 - $part / 2, 0.5 + $part / 2;
	return "$column >= $from AND $column < $to";
}

sub list
{
	my ($t, $column, $n) = @_;
	return $literal{"$t->{name} $column list $n"} //= session('admin')->value(
		"SELECT string_agg(${column}::text, ', ') FROM (SELECT $column, row_number() OVER (ORDER BY $column) FROM $t->{name}_btree) x
		WHERE row_number % greatest($t->{rows} / $n, 1) = 0");
}

# The text of a query for a method.
sub text_for
{
	my ($q, $t, $method) = @_;
	my $sql = $q->{sql};
	my $name = $method eq 'seqscan' ? "$t->{name}_btree" : $method eq 'duckdb' ? $t->{name} : "$t->{name}_$method";
	$sql =~ s/\{t\}/$name/g;
	$sql =~ s/\{n\}/$t->{rows}/g;
	$sql =~ s/\{(\w+)@([\d.]+)\}/literal($t, $1, $2)/ge;
	$sql =~ s{\{range (\w+) ([\d.]+)\}}{between($t, $1, $2)}ge;
	$sql =~ s{\{list (\w+) (\d+)\}}{list($t, $1, $2)}ge;
	$sql =~ s/::timestamp with time zone/::timestamp/g if $method eq 'duckdb';
	return $sql;
}

# The nodes that read and their indexes, without the names of the tables.
sub plan_of
{
	my ($explain) = @_;
	my (@nodes, %seen);
	for (split /\n/, $explain)
	{
		if (@nodes && $nodes[-1] =~ /^Custom Scan \(\w+\)$/ && /^\s+(?:Smol )?Index: (?:\w+_smol_)?(\w+)$/) { $nodes[-1] .= ", $1"; next; }
		if (/^\s+Rows from Statistics: [1-9]/ && @nodes) { $nodes[-1] .= ', statistics'; next; }
		next unless /(?:^|->\s*)\s*((?:Parallel )?(?:[A-Z][\w ]*Scan\b.*|Custom Scan.*))/;
		my $n = $1;
		next if $n =~ /^(Subquery|Function|Values|CTE)/;
		$n =~ s/ +\((actual|never|cost).*//;
		$n =~ s/ on \w+( \w+)?$//;
		$n =~ s/ using \w+?_(?:btree|smol|brin)_/, /;
		push @nodes, $n;
	}
	my $plan = join ' + ', grep { !$seen{$_}++ } @nodes;
	$plan .= " ($1 workers)" if $explain =~ /Workers Launched: (\d+)/;
	return $plan;
}

my %must_read = (
	btree => qr/Index (Only )?Scan/,
	smol => qr/Index Only Scan|Custom Scan|Smol/,
	seqscan => qr/Seq Scan/,
	brin => qr/Bitmap/,
	duckdb => qr/./,
);

# Rows in any order; numbers of another implementation may differ in the last digits.
sub normal
{
	my ($text, $method) = @_;
	my @rows = split /\n/, $text;
	return join "\n", sort @rows;
}

sub same
{
	my ($x, $y, $method) = @_;
	return 1 if $x eq $y;
	return 0 unless $method eq 'duckdb';
	my (@x, @y);
	@x = split /[|\n]/, $x;
	@y = split /[|\n]/, $y;
	return 0 if @x != @y;
	for my $i (0 .. $#x)
	{
		next if $x[$i] eq $y[$i];
		return 0 unless $x[$i] =~ /^-?[\d.]+(e[+-]?\d+)?$/ && $y[$i] =~ /^-?[\d.]+(e[+-]?\d+)?$/;
		return 0 if abs($x[$i] - $y[$i]) > 1e-9 * (abs($x[$i]) + 1);
	}
	return 1;
}

sub methods_of
{
	my ($q, $t) = @_;
	return grep { $_ ne 'duckdb' || $t->{in_duckdb} } @{ $q->{methods} || [qw(btree smol)] };
}

sub settings_of
{
	my $q = shift;
	my $w = $q->{workers} // 0;
	return (
		"max_parallel_workers_per_gather = $w", $w ? ('parallel_setup_cost = 0', 'parallel_tuple_cost = 0', 'min_parallel_index_scan_size = 0', 'min_parallel_table_scan_size = 0') : (),
		@{ $q->{settings} || [] });
}

sub undo_settings
{
	my ($s, $q, $method) = @_;
	my %names = map { /^([\w.]+)/ ? ($1 => 1) : () } settings_of($q);
	$s->run(join ";\n", (map { "RESET $_" } sort keys %names), map { "SET $_" } @{ $forced{$method} });
	return;
}

# Runs a query once by each method: plan, pages, memory and answer.
sub first_look
{
	my ($q, $t, $found) = @_;
	my $expected;
	for my $m (methods_of($q, $t))
	{
		my $s = $m eq 'duckdb' ? duckdb() : session($m);
		my $sql = text_for($q, $t, $m);
		my $f = $found->{$m} = { session => $s, sql => $sql, status => 'ok', plan => $m eq 'duckdb' ? 'DuckDB' : '' };
		if ($m ne 'duckdb')
		{
			use_nodes($q->{section} eq 'exec' ? $q->{nodes} || 'all' : 'rows') if $m eq 'smol';
			set($s, settings_of($q));
			if ($m eq 'btree' || $m eq 'smol')
			{
				my $free = $s->run("BEGIN;\nSET LOCAL enable_seqscan = on;\nSET LOCAL enable_bitmapscan = on;\nEXPLAIN (COSTS OFF) $sql;\nROLLBACK");
				$f->{free_plan} = plan_of($free);
			}
			my $before = $s->memory;
			@$s{qw(watch peak)} = (1, $before);
			my $explain = $s->run("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) $sql");
			$f->{plan} = plan_of($explain);
			$f->{pages} = ($1 // 0) + ($2 // 0) if $explain =~ /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/;
			$f->{status} = 'other plan' if $f->{plan} !~ $must_read{$m};
			$f->{status} = 'fallback' if $explain =~ /^\s*(?:Heap )?Fallback: /m;
			$s->{watch} = 0;
			$f->{memory} = $s->{peak} - $before if $before;
		}
		my $answer = $s->{error} ? '' : $s->run($sql);
		if ($s->{error}) { @$f{qw(status note)} = $s->{error} eq 'timeout' ? 'timeout' : ('error', $s->{error}); next; }
		$answer = normal($answer);
		$expected //= $answer;
		next if same($expected, $answer, $m);
		@$f{qw(status note)} = ('wrong', sprintf 'expected %.60s, got %.60s', map { tr/\n/;/r } $expected, $answer);
	}
	return;
}

# Repetitions in turn, each time beginning with another method.
sub repeat
{
	my ($found, $rounds, $at_least) = @_;
	my @m = grep { $found->{$_}{status} !~ /timeout|error|wrong/ } sort keys %$found;
	for my $m (@m)
	{
		my $f = $found->{$m};
		my $ms = $f->{session}->milliseconds($f->{sql}, 1);
		if (!defined $ms) { $f->{status} = $f->{session}{error} eq 'timeout' ? 'timeout' : 'error'; next; }
		$f->{loops} = $ms >= $at_least ? 1 : ceil($at_least / ($ms || 0.01));
		$f->{loops} = 1000 if $f->{loops} > 1000;
		my $r = int($budget / ($ms * $f->{loops} || 1));
		$r = 3 if $r < 3;
		$rounds = $r if $r < $rounds;
		# what ran long enough is the first round already
		push @{ $f->{values} }, $ms if $f->{loops} == 1;
	}
	for my $round (1 .. $rounds)
	{
		push @m, shift @m;
		for my $m (@m)
		{
			my $f = $found->{$m};
			next unless $f->{loops} && @{ $f->{values} || [] } < $rounds;
			my $ms = $f->{session}->milliseconds($f->{sql}, $f->{loops});
			if (defined $ms) { push @{ $f->{values} }, $ms; }
			else { @$f{qw(status loops note)} = ($f->{session}{error} eq 'timeout' ? 'timeout' : 'error', 0, $f->{session}{error}); }
		}
	}
	return;
}

sub run_query
{
	my ($q, $t) = @_;
	my %found;
	first_look($q, $t, \%found);
	if ($q->{section} eq 'cold') { cold($q, $t, \%found); }
	elsif ($q->{section} eq 'planning') { planning(\%found); }
	else { repeat(\%found, $opt{rounds}, $repetition); }
	my $metric = $q->{section} eq 'cold' ? 'cold_ms' : $q->{section} eq 'planning' ? 'plan_ms' : 'ms';
	for my $m (methods_of($q, $t))
	{
		my $f = $found{$m};
		my %row = (
			section => $q->{section}, table => $t->{name}, case => $q->{name}, goal => $q->{goal}, rows => $t->{rows},
			method => $m, status => $f->{status}, plan => $f->{plan}, free_plan => $f->{free_plan}, note => $f->{note});
		emit(%row, metric => $metric, values => $f->{values}, base => $m ne 'btree' && $found{btree} ? $found{btree}{values} : undef);
		emit(%row, metric => 'cold_pages', values => [ $f->{cold_pages} ]) if defined $f->{cold_pages};
		next if $metric ne 'ms' || $m eq 'duckdb' || $f->{status} =~ /timeout|error|wrong/;
		emit(%row, metric => 'pages', values => [ $f->{pages} ]) if defined $f->{pages};
		emit(%row, metric => 'memory_mb', values => [ $f->{memory} ]) if defined $f->{memory};
	}
	for (keys %found) { undo_settings($found{$_}{session}, $q, $_) if $_ ne 'duckdb'; }
	return;
}


#
# Planning, as EXPLAIN tells it
#
sub planning
{
	my $found = shift;
	my @m = sort keys %$found;
	for my $round (1 .. 4 * $opt{rounds})
	{
		push @m, shift @m;
		for my $m (@m)
		{
			my $text = $found->{$m}{session}->run("EXPLAIN (SUMMARY) $found->{$m}{sql}");
			push @{ $found->{$m}{values} }, $1 if $text =~ /Planning Time: ([\d.]+)/;
		}
	}
	return;
}


#
# Cold: the relations' pages out of PostgreSQL's buffers and the file cache
#
sub evict
{
	my ($table) = @_;
	my $s = session('admin');
	my $files = $s->value(
		"SELECT current_setting('data_directory') || '/' || pg_relation_filepath(oid)
		FROM (SELECT oid, pg_buffercache_evict_relation(oid::regclass) FROM pg_class
			WHERE oid = '$table'::regclass OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = '$table'::regclass)) c");
	for my $file (map { ($_, bsd_glob("${_}_*"), bsd_glob("$_.*")) } split /\n/, $files)
	{
		next unless -e $file;
		system('dd', "if=$file", 'iflag=nocache', 'count=0', 'status=none') == 0 or return 0;
	}
	return 1;
}

sub cold
{
	my ($q, $t, $found) = @_;
	session('admin')->must('CHECKPOINT');
	my @m = grep { $found->{$_}{status} !~ /timeout|error|wrong/ } sort keys %$found;
	for my $round (0 .. ($opt{quick} ? 3 : 5))
	{
		push @m, shift @m;
		for my $m (@m)
		{
			my $f = $found->{$m};
			my $table = "$t->{name}_" . ($m eq 'seqscan' ? 'btree' : $m);
			evict($table) or do { $f->{note} = 'the file cache could not be emptied'; next; };
			if ($round == 0)
			{
				my $text = $f->{session}->run("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) $f->{sql}");
				$f->{cold_pages} = $text =~ /Buffers: shared(?: hit=\d+)?(?: read=(\d+))?/ ? $1 // 0 : 0;
				next;
			}
			my $ms = $f->{session}->milliseconds($f->{sql}, 1);
			if (defined $ms) { push @{ $f->{values} }, $ms; }
			else { @$f{qw(status note)} = ($f->{session}{error} eq 'timeout' ? 'timeout' : 'error', $f->{session}{error}); }
		}
	}
	return;
}


#
# Sizes and builds
#
sub build
{
	my ($s, $sql, $memory) = @_;
	my $before = $s->memory;
	@$s{qw(watch peak)} = (1, $before);
	my $text = $s->run("\\timing on\n$sql;\n\\timing off\nSELECT");
	$s->{watch} = 0;
	die "$s->{error}, in: $sql\n" if $s->{error} && $s->{error} ne 'timeout';
	$$memory = $s->{peak} - $before if $before && $s->{peak} - $before > ($$memory // 0);
	return $text =~ /^Time: ([\d.]+) ms/m ? $1 : undef;
}

sub sizes
{
	my $t = shift;
	my @cases = grep { !defined $only || $_->[0] =~ /$only/ } @{ $t->{sizes} };
	return unless @cases;
	load($t, 'btree');
	my $table = "$t->{name}_btree";
	my $rounds = $opt{quick} ? 3 : 5;
	for my $case (@cases)
	{
		my ($name, $def) = @$case;
		my (%ms, %size, %memory);
		my @am = qw(btree smol);
		session('admin')->must('CHECKPOINT');
		for my $workers (0, 2)
		{
			for my $round (1 .. $rounds)
			{
				# two of the long ones, and of the parallel ones, are enough for the quick run
				last if $opt{quick} && $round > 2 && ($workers || ($ms{'btree 0'} && $ms{'btree 0'}[0] > 200));
				for my $am (@am)
				{
					my $s = session($am);
					$s->renew;
					$s->limit($opt{timeout} * 10);
					set($s, "max_parallel_maintenance_workers = $workers", 'min_parallel_table_scan_size = 0');
					my $ms = build($s, "CREATE INDEX size_$am ON $table USING $am $def", \$memory{"$am $workers"});
					if (!defined $ms) { $ms{"$am $workers"} = undef; last; }
					push @{ $ms{"$am $workers"} }, $ms;
					$size{$am} = $s->value("SELECT pg_relation_size('size_$am')");
					$s->must("DROP INDEX size_$am");
				}
				@am = reverse @am;
			}
		}
		my $wants_bound = $ENV{ENTROPY} // $full;
		my $bound = $wants_bound && $size{smol} && $size{btree} < 10 * $size{smol} ? entropy($table, $def) : undef;
		for my $am (qw(btree smol))
		{
			my %row = (section => 'size', table => $t->{name}, case => $name, rows => $t->{rows}, method => $am, note => $def);
			emit(%row, goal => 'size', metric => 'size', values => [ $size{$am} ], plan => '', free_plan => '', status => $size{$am} ? 'ok' : 'timeout');
			for my $workers (0, 2)
			{
				emit(%row, goal => 'build', metric => $workers ? 'build2_ms' : 'build_ms', values => $ms{"$am $workers"}, base => $am eq 'smol' ? $ms{"btree $workers"} : undef, status => $ms{"$am $workers"} ? 'ok' : 'timeout');
				emit(%row, metric => $workers ? 'build2_mb' : 'build_mb', values => [ $memory{"$am $workers"} ]) if $memory{"$am $workers"};
			}
		}
		emit(section => 'size', table => $t->{name}, case => $name, rows => $t->{rows}, method => 'bound', metric => 'bytes_a_row', values => [ $bound->[0] ], note => $bound->[1]) if $bound;
	}
	session('admin')->must("DROP TABLE $table");
	return;
}

sub entropy
{
	my ($table, $def) = @_;
	my $text = `"$^X" "$FindBin::Bin/entropy" "$table" "$def"`;
	my @columns = $text =~ /^(\S+) +([\d.]+) bits.*?: (.*)$/mg;
	my ($bytes) = $text =~ /^together +([\d.]+) bytes/m or return;
	my @notes;
	while (my ($c, $bits, $how) = splice @columns, 0, 3) { push @notes, "$c $bits bits ($how)"; }
	return [ $bytes, join ', ', @notes ];
}


#
# Point lookups under pgbench, in turn
#
sub lookups
{
	my $t = shift;
	use_nodes('all');
	for my $lookup (grep { $_->[1] eq $t->{name} && (!defined $only || $_->[0] =~ /$only/) } @lookups)
	{
		my ($name, undef, $variables, $sql) = @$lookup;
		for my $clients (split ' ', $ENV{CLIENTS} || '1 2')
		{
			my (%tps, %plan);
			for my $am (qw(btree smol))
			{
				my $text = text_for({ sql => "$variables\n$sql;\n" }, $t, $am);
				open my $script, '>', "$out/$am.sql" or die "$out: $!\n";
				print $script $text;
				close $script;
				$plan{$am} = plan_of(session($am)->run('EXPLAIN (COSTS OFF) ' . text_for({ sql => $sql =~ s/:k/4711/r }, $t, $am)));
			}
			# the first round warms up, and tells how many make a round
			my $transactions = 2000;
			for my $round (0 .. $opt{point_rounds})
			{
				my $rate = 0;
				for my $am ($round % 2 ? qw(btree smol) : qw(smol btree))
				{
					local $ENV{PGOPTIONS} = "-c statement_timeout=$opt{timeout}s -c enable_seqscan=off -c enable_bitmapscan=off";
					my $report = `pgbench -n -M prepared -c $clients -j $clients -t $transactions -f "$out/$am.sql" 2>&1`;
					next unless $report =~ /^tps = ([\d.]+)/m;
					$rate = $1;
					push @{ $tps{$am} }, $rate if $round;
				}
				$transactions = ceil($rate * $opt{duration} / $clients) || 2000 unless $round;
			}
			emit(section => 'point', table => $t->{name}, case => "$name, $clients client" . ($clients > 1 ? 's' : ''), goal => 'point', rows => $t->{rows},
				method => $_, metric => 'tps', values => $tps{$_}, base => $_ eq 'smol' ? $tps{btree} : undef, plan => $plan{$_}, status => $tps{$_} ? $plan{$_} =~ $must_read{$_} ? 'ok' : 'other plan' : 'error')
			  for qw(btree smol);
			unlink "$out/btree.sql", "$out/smol.sql";
		}
	}
	return;
}


#
# All of it, table by table
#
sub main
{
	my $s = session('admin');
	$s->must('CREATE EXTENSION IF NOT EXISTS smol');
	$has{$_} = 1 for split /\n/, $s->value("SELECT name FROM pg_settings WHERE name LIKE 'smol.%'");
	if ($wanted{exec} && !$has{'smol.enable_aggregate'} && !$has{'smol.enable_scan'})
	{
		say 'section exec is skipped: this smol has no nodes of its own';
		$wanted{exec} = 0;
	}
	if ($wanted{cold})
	{
		$s->run('CREATE EXTENSION IF NOT EXISTS pg_buffercache');
		if ($s->{error} || !$s->value("SELECT to_regproc('pg_buffercache_evict_relation')") || system('dd if=/dev/null iflag=nocache count=0 status=none 2>/dev/null') != 0)
		{
			say "section cold is skipped: it needs PostgreSQL's contrib module pg_buffercache and GNU dd";
			$wanted{cold} = 0;
		}
	}
	environment();
	say 'DuckDB is left out: it is not installed (make bench DUCKDB=1 installs it in build/)' if $wanted{exec} && !duckdb();
	$s->must('CREATE OR REPLACE FUNCTION bench_time(q text, n int) RETURNS float8 LANGUAGE plpgsql AS $$
		DECLARE
			start timestamptz := clock_timestamp();
			r record;
		BEGIN
			FOR i IN 1 .. n LOOP EXECUTE q INTO r; END LOOP;
			RETURN extract(epoch FROM clock_timestamp() - start) * 1000 / n;
		END $$');

	for my $t (@tables)
	{
		if ($t->{sizes}) { sizes($t) if $wanted{size}; next; }
		my @q = grep { $_->{table} eq $t->{name} && $wanted{ $_->{section} } && (!defined $only || $_->{name} =~ /$only/) } @queries;
		my $lookups = $wanted{point} && grep { $_->[1] eq $t->{name} } @lookups;
		next unless @q || $lookups;
		my @methods = ('btree', 'smol', $t->{brin} ? 'brin' : ());
		load($t, @methods);
		index_it($t, @methods);
		load_duckdb($t) if grep { grep { $_ eq 'duckdb' } @{ $_->{methods} || [] } } @q;
		my $section = '';
		for my $q (@q)
		{
			say "    $q->{section}" if $q->{section} ne $section;
			$section = $q->{section};
			run_query($q, $t);
		}
		if ($lookups) { say '    point'; lookups($t); }
		session('admin')->must('DROP TABLE ' . join ', ', map { "$t->{name}_$_" } @methods);
		duckdb()->run("DROP TABLE $t->{name}") if $t->{in_duckdb};
	}
	print $csv '# load at the end: ', (split ' ', slurp('/proc/loadavg'))[0] // '?', "\n";
	printf $csv "# took: %.0f s\n", time() - $started;
	return;
}

my $ok = eval { main(); 1 };
my $why = $@;
close $csv;
$_->finish for grep { defined } values %session;
unlink bsd_glob "$out/duckdb.db*";
say "given up: $why" unless $ok;
if ($measured) { system($^X, "$FindBin::Bin/report", $out) == 0 or $ok = 0; }
say scalar(keys %failed), ' cases failed' if %failed;
exit($ok && !%failed ? 0 : 1);
