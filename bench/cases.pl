#
# cases.pl - what is measured: tables, their indexes, and queries on them
#
# A table is made from row numbers, so that it is the same everywhere: i is the
# place of a row in the table, from 0; j is its place in the order of the key,
# a permutation of i.  h(salt) is a hash of i as a non-negative bigint, u(salt)
# one in [0, 1).  In a query,
#
#	{t}			the table, one for each access method
#	{column@0.25}		the value that a quarter of the rows is below
#	{range column 0.01}	a WHERE clause for this part of the rows, in the middle
#	{list column 100}	so many values, for an IN list
#
# To add a case is to add a line.  A loss that is understood is explained in
# @explanations.  Options of a query: methods (btree and smol if
# nothing is said; seqscan, brin and duckdb where a user would take them), goal
# (one of @goals, below), workers.
#
use strict;
use warnings;

our (%opt, @tables, @queries, @lookups, @goals, @explanations);
my ($small, $big, $huge, $size) = @opt{qw(small big huge size)};

sub h { my $salt = shift; return "(hashint8extended(i, $salt) & 9223372036854775807)"; }
sub u { my $salt = shift; return '(' . h($salt) . " / 9223372036854775808.0::float8)"; }

sub table { my ($name, %o) = @_; push @tables, { name => $name, %o }; return; }

sub query
{
	my ($section, $table, $name, $sql, %o) = @_;
	$sql =~ s/\s+/ /g;
	push @queries, { section => $section, table => $table, name => $name, sql => $sql, %o };
	return;
}

# unique, ascending with j by 20 on average, the gaps look random; pgbench can
# compute it too
sub gapped { my $j = shift; return "($j * 20 + $j * 2654435761 % 4294967296 / 65536 % 19)"; }

my $seqscan = [qw(btree smol seqscan)];
our $peers = [qw(btree smol seqscan duckdb)];

#
# Targets: [ goal of the cases, text, metric, kind, sense, figure ].  Of the kinds,
# mean and each are ratios of smol's figure to btree's (or the inverse, where it is
# to be large), duckdb one to DuckDB's, absolute is smol's figure itself, growth
# its ratio between the largest and the smallest table, speedup that of workers.
#
@goals = (
	[ size => 'index size, times smaller than btree: geometric mean', 'size', 'mean', '>=', 10 ],
	[ size => 'index size, times smaller than btree: each', 'size', 'each', '>=', 1.6 ],
	[ build => 'build time over btree\'s, serial', 'build_ms', 'mean', '<=', 1 ],
	[ build => 'build time over btree\'s, serial: each', 'build_ms', 'each', '<=', 1 ],
	[ build => 'build time over btree\'s, two workers', 'build2_ms', 'mean', '<=', 1 ],
	[ rows => 'rows through the access method, time over btree\'s', 'ms', 'mean', '<=', 0.72 ],
	[ scan => 'rows through SmolScan, time over btree\'s', 'ms', 'mean', '<=', 0.40 ],
	[ whole => 'aggregates of the whole index, time over btree\'s: each', 'ms', 'each', '<=', 0.01 ],
	[ filter => 'filter on other columns and aggregate: each', 'ms', 'each', '<=', 0.05 ],
	[ groupkey => 'GROUP BY key or key prefix: each', 'ms', 'each', '<=', 0.05 ],
	[ grouplow => 'GROUP BY column of low cardinality: each', 'ms', 'each', '<=', 0.10 ],
	[ range => 'aggregates of key ranges, milliseconds: each', 'ms', 'absolute', '<=', 0.15 ],
	[ range => 'the same, the largest table over the smallest: each', 'ms', 'growth', '<=', 1.5 ],
	[ whole => 'aggregates of the whole index, time over DuckDB\'s: each', 'ms', 'duckdb', '<=', 1 ],
	[ filter => 'filter and aggregate, time over DuckDB\'s: each', 'ms', 'duckdb', '<=', 1 ],
	[ storage => 'index size over that of DuckDB\'s table of the same columns: each', 'size', 'duckdb', '<=', 1 ],
	[ point => 'point lookups a second over btree\'s', 'tps', 'mean', '>=', 1 ],
	[ cold => 'pages read by a cold scan, times fewer: each', 'cold_pages', 'each', '>=', 5 ],
	[ cold => 'time of a cold scan over btree\'s', 'cold_ms', 'mean', '<=', 0.5 ],
	[ planning => 'planning time over btree\'s: each', 'plan_ms', 'each', '<=', 1.15 ],
	[ workers => 'leader and one worker, times the serial rate', 'ms', 'speedup', '>=', 1.7 ],
);

#
# Why smol loses where it does: [ against, "section, case, metric" like this, reason ]
#
@explanations = (
	[ seqscan => qr/^(rows|columns|events|workers|cold|flights|duplicates|selectivity).*ms$/ =>
		'the executor asks an access method for one row at a time; a sequential scan hands out pages' ],
	[ duckdb => qr/^exec, rows:/ => 'rows one by one, where DuckDB works in vectors' ],
	[ btree => qr/^selectivity, uuid, (one key|0\.0?1 %).*ms$/ =>
		'a leaf keeps uuids as numbers, in a radix of its own for each byte: to read how, and to make uuids of those that a search compares, takes five times as long as btree\'s search' ],
	[ btree => qr/^(selectivity, .*, (one key|0\.0?1 %)|duplicates, zipf, a rare key|events, a 10000th of the time|events, last ten of a device|rows, min and max|rows, ORDER BY k.*|rows, IN list of 10|flights, (ten longest delays|departures at a minute)).*ms$/ =>
		'few rows: most of it is parsing and planning, which take a tenth more with smol, for the look at the metapage and at the visibility map' ],
	[ btree => qr/^events, a device.*ms$/ =>
		'some tens of rows: planning takes a tenth more, and so do two searches in each page\'s encoded columns' ],
	[ btree => qr/^events, a time, skipping devices, ms$/ =>
		'two places to find for each device in either; for a place in a page smol decodes blocks of differences some six times, where a btree compares a dozen tuples' ],
	[ btree => qr/^columns, 16 of 16.*ms$/ =>
		'the executor takes columns out of rows and sums them; that is the same for both, and nine tenths of it' ],
	[ btree => qr/^planning, / =>
		'get_relation_info has the metapage of each index read, and the visibility map swept once a table, to leave out what could not be used; and rows between constants are counted in the index' ],
	[ btree => qr/^cold, one key.*/ =>
		'planning reads the metapage, which says whether the index is stale, and it is cold, too' ],
	[ btree => qr/^size, (int4 and 16 columns|flights by date), build ms$/ =>
		'each of the many columns is encoded, for each page in the codec that is best for it; a btree copies the tuple; by date, the table comes sorted, and there is nothing to gain in the sort' ],
	[ btree => qr/^size, .*, build2 ms$/ =>
		'workers scan and sort; packing is the leader\'s alone, and takes longer than copying tuples' ],
	[ btree => qr/^point, .*tps$/ =>
		'a prepared lookup executes as many instructions as btree\'s to within a hundredth, and touches one page more, the metapage' ],
);

#
# Sizes and builds: [ name, index definition ]
#
table 's_int', rows => $size, columns => [
	i2 => '(' . h(1) . ' % 1000)::int2',
	k20 => '(j * 20 + ' . h(8) . ' % 20)::int4',
	k200 => '(j * 200 + ' . h(2) . ' % 200)::int4',
	r4 => '(' . h(3) . ' % 4294967296 - 2147483648)::int4',
	a => '(' . h(4) . ' % 300)::int4',
	b => '(' . h(5) . ' % 100000)::int4',
	low => '(' . h(6) . ' % 20)::int4',
	constant => '42::int4',
	amount => '((' . u(7) . ' ^ 3) * 100000)::numeric(10,2)',
], sizes => [
	[ 'int2, many duplicates', '(i2)' ],
	[ 'int4 unique, gaps of 20', '(k20)' ],
	[ 'int4 unique, gaps of 200', '(k200)' ],
	[ 'int4 random', '(r4)' ],
	[ 'two int4', '(a, b)' ],
	[ 'int4 of 20 values, constant', '(low) INCLUDE (constant)' ],
	[ 'numeric(10,2)', '(amount)' ],
];
table 's_time', rows => $size, columns => [
	ts => "timestamptz '2024-01-01 00:00+00' + (j * 1000000 + " . h(1) . " % 900 * 1000) * interval '1 microsecond'",
	device => '(' . h(2) . ' % 1000)::int4',
	value => '(round((20 + 10 * ' . u(3) . ')::numeric, 2))::float8',
	k8 => '(j * 1000 + ' . h(4) . ' % 1000)::int8',
	x => '(' . h(5) . ' % 10000)::int4',
	y => '(j / 100)::int4',
], sizes => [
	[ 'time, device, value', '(ts) INCLUDE (device, value)' ],
	[ 'device and time, value', '(device, ts) INCLUDE (value)' ],
	[ 'int8, int4, int4, float8', '(k8) INCLUDE (x, y, value)' ],
];
table 's_text', rows => $size, columns => [
	id => "md5(i::text)::uuid",
	code => 'substr(md5((i + 1)::text), 1, 8)',
	word => "substr(md5((" . h(1) . " % 2000)::text), 1, 8)",
	serial => "'C' || lpad((j * 7 + " . h(2) . " % 7)::text, 8, '0')",
	day => "date '2000-01-01' + (" . h(3) . ' % 9000)::int',
], sizes => [
	[ 'uuid, random', '(id)' ],
	[ 'text of 8, unique', '(code)' ],
	[ 'text of 8, 2000 values', '(word)' ],
	[ 'text serial numbers', '(serial)' ],
	[ 'date', '(day)' ],
];
table 's_wide', rows => int($size / 2), columns => [
	k => gapped('j') . '::int4',
	(map { ("i$_" => '(' . h($_) . ' % ' . 10 ** $_ . ')::int4') } 1 .. 5),
	(map { ("d$_" => "date '2020-01-01' + (j / " . 10 ** $_ . ')::int') } 1 .. 3),
	(map { ("t$_" => "substr(md5((" . h($_) . ' % ' . 10 ** $_ . ")::text), 1, $_ * 3)") } 1 .. 3),
	(map { ("f$_" => '(' . h(10 + $_) . ' % ' . 10 ** (2 * $_) . ' / 100.0)::float8') } 1 .. 3),
	n1 => '(' . h(20) . ' % 100000 / 100.0)::numeric(8,2)',
	b1 => '(' . h(21) . ' % 2 = 0)',
], sizes => [
	[ 'int4 and 16 columns', '(k) INCLUDE (i1, i2, i3, i4, i5, d1, d2, d3, t1, t2, t3, f1, f2, f3, n1, b1)' ],
];
table 's_flights', flights => 1, sizes => [
	[ 'flights by date', '(date) INCLUDE (delay, distance, origin, destination)' ],
	[ 'flights by origin and date', '(origin, date) INCLUDE (delay, distance, destination)' ],
	[ 'flights by delay', '(delay) INCLUDE (distance, date, origin, destination)' ],
];

#
# Selectivity, by type
#
my @types = (
	int2 => '(' . h(2) . ' % 65536 - 32768)::int2',
	int4 => '(j * 20 + ' . h(3) . ' % 20)::int4',
	int8 => '(j * 1000000 + ' . h(3) . ' % 1000000)::int8',
	date => "date '0001-01-01' + (j * 1000000 / {n})::int",
	timestamptz => "timestamptz '2024-01-01 00:00+00' + (j * 1000000 + " . h(4) . " % 1000000) * interval '1 microsecond'",
	uuid => 'md5(i::text)::uuid',
	text => "'item-' || lpad((j * 13 + " . h(5) . " % 13)::text, 9, '0')",
	numeric => '((j * 100 + ' . h(6) . ' % 100) / 100.0)::numeric(12,2)');
while (my ($type, $key) = splice @types, 0, 2)
{
	my $t = "of_$type";
	table $t, rows => $opt{quick} ? int($small / 2) : $small, columns => [ k => $key, v => '(' . h(1) . ' % 1000)::int4' ], indexes => [ k => '(k) INCLUDE (v)' ];
	query 'selectivity', $t, "$type, one key", 'SELECT sum(v) FROM {t} WHERE k = {k@0.5}';
	for my $part (0.0001, 0.001, 0.01, 0.1, 0.5)
	{
		next if $opt{quick} && $part =~ /^(0\.0001|1e-04|0\.5)$/;
		query 'selectivity', $t, sprintf('%s, %g %%', $type, $part * 100),
		  "SELECT sum(v) FROM {t} WHERE {range k $part}", goal => 'rows', methods => $part >= 0.1 ? $seqscan : undef;
	}
	query 'selectivity', $t, "$type, 100 %", 'SELECT sum(v) FROM {t} WHERE k >= {k@0}', goal => 'rows', methods => $seqscan;
}

#
# Everything, and parts, of plain integers: the floor of a row
#
table 'ints', rows => $small, columns => my $ints = [
	k => gapped('j') . '::int4',
	v => '(' . h(1) . ' % 1000)::int4',
	g => '(' . h(2) . ' % 10)::int4',
], indexes => [ k => '(k) INCLUDE (v, g)' ], duckdb_order => 'k';
for (
	[ 'count(*)', '' ],
	[ 'sum(k)', '' ],
	[ 'sum(v)', '' ],
	[ 'count(*) FILTER (WHERE v < 100)', '' ],
	[ 'count(*)', 'range k 0.5' ],
	[ 'sum(v)', 'range k 0.1' ])
{
	my ($what, $where) = @$_;
	query 'rows', 'ints', "$what" . ($where ? ', ' . $where : ''),
	  "SELECT $what FROM {t}" . ($where ? " WHERE {$where}" : ''), goal => 'rows', methods => $seqscan;
}
query 'rows', 'ints', 'every column in order', 'SELECT max(k), max(v), max(g) FROM (SELECT k, v, g FROM {t} ORDER BY k OFFSET 0) x', goal => 'rows';
query 'rows', 'ints', "IN list of $_", "SELECT count(*), sum(v) FROM {t} WHERE k IN ({list k $_})" for 10, 100, 1000;
query 'rows', 'ints', 'ORDER BY k DESC LIMIT 10', 'SELECT k, v FROM {t} ORDER BY k DESC LIMIT 10';
query 'rows', 'ints', 'ORDER BY k LIMIT 1000', 'SELECT sum(v) FROM (SELECT v FROM {t} ORDER BY k LIMIT 1000) x';
query 'rows', 'ints', 'min and max', 'SELECT min(k), max(k) FROM {t}';
query 'rows', 'ints', 'merge join with itself', 'SELECT count(*) FROM {t} a JOIN {t} b USING (k) WHERE a.v < 10', goal => 'rows', settings => [ 'enable_hashjoin = off', 'enable_nestloop = off' ];
query 'rows', 'ints', 'nested loop of 1000', 'SELECT sum(b.v) FROM generate_series(1, 1000) a(x) JOIN {t} b ON b.k = a.x', settings => [ 'enable_hashjoin = off', 'enable_mergejoin = off' ];

# one index of 16 columns, so many of them asked for
my @c = map { "c$_" } 1 .. 16;
table 'wide', rows => int($small / 2), columns => [
	c1 => gapped('j') . '::int4',
	map { ("c$_" => '(' . h($_) . ' % ' . 3 ** ($_ % 8 + 2) . ')::int4') } 2 .. 16
], indexes => [ c => '(c1) INCLUDE (' . join(', ', @c[ 1 .. 15 ]) . ')' ];
query 'columns', 'wide', sprintf('%2d of 16 columns', $_),
  'SELECT ' . join(', ', map { "sum($_)" } @c[ 0 .. $_ - 1 ]) . ' FROM {t}', goal => 'rows', methods => $seqscan
  for 1, 2, 4, 8, 16;

# duplicates: 1000 values that are as frequent, and some by Zipf's law
table 'dups', rows => $small, columns => [
	uniform => '(' . h(1) . ' % 1000)::int4',
	zipf => 'floor(10000 ^ ' . u(2) . ')::int4',
	v => '(' . h(3) . ' % 1000)::int4',
], indexes => [ uniform => '(uniform) INCLUDE (v)', zipf => '(zipf) INCLUDE (v)' ], duckdb_order => 'uniform';
query 'duplicates', 'dups', 'uniform, one key', 'SELECT count(*), sum(v) FROM {t} WHERE uniform = 500';
query 'duplicates', 'dups', 'uniform, all', 'SELECT count(*), sum(v) FROM {t} WHERE uniform >= 0', goal => 'rows', methods => $seqscan;
query 'duplicates', 'dups', 'uniform, distinct keys', 'SELECT count(DISTINCT uniform) FROM {t}', goal => 'rows';
query 'duplicates', 'dups', 'zipf, the most frequent key', 'SELECT count(*), sum(v) FROM {t} WHERE zipf = 1', goal => 'rows', methods => $seqscan;
query 'duplicates', 'dups', 'zipf, a rare key', 'SELECT count(*), sum(v) FROM {t} WHERE zipf = 5000';
query 'duplicates', 'dups', 'zipf, GROUP BY key', 'SELECT zipf, count(*), sum(v) FROM {t} GROUP BY zipf ORDER BY zipf LIMIT 100';

# measurements, in the order of time
table 'events', rows => $small, columns => [
	ts => "timestamptz '2024-01-01 00:00+00' + (i * 1000000 + " . h(1) . " % 900 * 1000) * interval '1 microsecond'",
	device => '(' . h(2) . ' % 1000)::int4',
	value => '(' . h(3) . ' % 4000 / 4.0)::float8',
], indexes => [ ts => '(ts) INCLUDE (device, value)', device => '(device, ts) INCLUDE (value)' ],
  brin => 'ts', duckdb_order => 'ts';
my $brin = [qw(btree smol seqscan brin)];
query 'events', 'events', 'a 10000th of the time', 'SELECT count(*), sum(value) FROM {t} WHERE {range ts 0.0001}', methods => [qw(btree smol brin)];
query 'events', 'events', '1 % of the time', 'SELECT count(*), sum(value) FROM {t} WHERE {range ts 0.01}', methods => $brin, goal => 'rows';
query 'events', 'events', '20 % of the time', 'SELECT count(*), sum(value) FROM {t} WHERE {range ts 0.2}', methods => $brin, goal => 'rows';
query 'events', 'events', 'a device', 'SELECT count(*), sum(value) FROM {t} WHERE device = 42';
query 'events', 'events', 'a device, a tenth of the time', 'SELECT count(*), sum(value) FROM {t} WHERE device = 42 AND {range ts 0.1}';
query 'events', 'events', 'ten devices, a tenth of the time', 'SELECT count(*), sum(value) FROM {t} WHERE device IN (3, 14, 159, 265, 358, 404, 500, 625, 700, 999) AND {range ts 0.1}';
query 'events', 'events', 'last ten of a device', 'SELECT ts, value FROM {t} WHERE device = 42 ORDER BY ts DESC LIMIT 10';
query 'events', 'events', 'first of each device', 'SELECT count(*), max(ts) FROM (SELECT DISTINCT ON (device) device, ts FROM {t} ORDER BY device, ts) x', goal => 'rows';
# there is no index of the time alone
table 'devices', rows => $small, columns => $tables[-1]{columns}, indexes => [ device => '(device, ts) INCLUDE (value)' ];
query 'events', 'devices', 'a time, skipping devices', 'SELECT count(*), sum(value) FROM {t} WHERE {range ts 0.001}', methods => $seqscan;
query 'events', 'devices', 'values above, whatever the key', 'SELECT count(*), sum(value) FROM {t} WHERE value > 990', methods => $seqscan;

# orders by time; who looks for one by its number has no key, with bloom filters and without
my @orders = (rows => $small, columns => [
	ts => "timestamptz '2024-01-01 00:00+00' + (i * 1000000 + " . h(1) . " % 900 * 1000) * interval '1 microsecond'",
	id => 'md5(i::text)::uuid',
	customer => '(' . h(2) . ' % 100000)::int4',
	amount => '(' . h(3) . ' % 100000 / 100.0)::numeric(10,2)',
], indexes => [ ts => '(ts) INCLUDE (id, customer, amount)' ]);
table 'orders', @orders, smol => 'bloom = on';
table 'unfiltered', @orders;
for my $t ('orders', 'unfiltered')
{
	my $how = $t eq 'orders' ? 'bloom filters' : 'no filters';
	query 'events', $t, "an order by its number, $how", "SELECT ts, amount FROM {t} WHERE id = md5('4711')::uuid", methods => $seqscan;
	query 'events', $t, "a customer's orders, $how", 'SELECT count(*), sum(amount) FROM {t} WHERE customer = 4711', methods => $seqscan;
}

#
# Flights: the questions of the demo, and some more
#
table 'flights', flights => 1, indexes => [
	date => '(date) INCLUDE (delay, distance, origin, destination)',
	origin => '(origin, date) INCLUDE (delay, distance, destination)',
	delay => '(delay) INCLUDE (distance)',
], duckdb_order => 'date';
query 'flights', 'flights', 'ten longest delays', 'SELECT delay, distance FROM {t} ORDER BY delay DESC, distance DESC LIMIT 10';
query 'flights', 'flights', 'departures at a minute', "SELECT destination, delay FROM {t} WHERE origin = 'SFO' AND date = {date\@0.2} ORDER BY destination, delay";
query 'flights', 'flights', 'airports', 'SELECT DISTINCT origin FROM {t} ORDER BY origin';
for my $section ('flights', 'exec')
{
	my $m = $section eq 'exec' ? $peers : $seqscan;
	query $section, 'flights', 'delays by origin', 'SELECT origin, count(*), round(avg(delay), 2) FROM {t} GROUP BY origin ORDER BY origin', methods => $m, goal => $section eq 'exec' ? 'groupkey' : undef;
	query $section, 'flights', 'one day', 'SELECT count(*), round(avg(delay), 2), max(delay) FROM {t} WHERE {range date 0.024}', methods => $m;
	query $section, 'flights', 'a week from Atlanta', "SELECT destination, count(*), round(avg(delay), 2) FROM {t} WHERE origin = 'ATL' AND {range date 0.15} GROUP BY destination ORDER BY destination", methods => $m;
	query $section, 'flights', 'long ones by destination', 'SELECT destination, count(*), max(delay) FROM {t} WHERE distance > 2000 GROUP BY destination ORDER BY destination', methods => $m;
}

#
# Workers, cold cache, and what is computed inside the index, by size
#
my @sized = ([ 'ints', $small ], [ 'big', $big ], $huge ? [ 'huge', $huge ] : ());
table $_->[0], rows => $_->[1], columns => $ints, indexes => [ k => '(k) INCLUDE (v, g)' ], duckdb_order => 'k'
  for @sized[ 1 .. $#sized ];

for my $workers (0, 1, 2, 5)
{
	query 'workers', 'big', "sum(v), $workers workers", 'SELECT sum(v) FROM {t}', workers => $workers, goal => 'workers', methods => $seqscan;
	query 'workers', 'big', "half of the keys, $workers workers", 'SELECT count(*), sum(v) FROM {t} WHERE {range k 0.5}', workers => $workers, goal => 'workers';
}

for (
	[ 'big', 'everything', 'SELECT count(*), sum(v) FROM {t}' ],
	[ 'big', 'a tenth of the keys', 'SELECT count(*), sum(v) FROM {t} WHERE {range k 0.1}' ],
	[ 'events', 'a fifth of the time', 'SELECT count(*), sum(value) FROM {t} WHERE {range ts 0.2}' ],
	[ 'flights', 'delays by origin', 'SELECT origin, count(*), round(avg(delay), 2) FROM {t} GROUP BY origin ORDER BY origin' ])
{
	query 'cold', $_->[0], $_->[1], $_->[2], goal => 'cold', methods => $seqscan;
}
query 'cold', 'big', 'one key', 'SELECT v FROM {t} WHERE k = {k@0.3}';

for (@sized)
{
	my ($t, $n) = @$_;
	# the quick run has seen the sequential scan of the small one
	local $peers = [qw(btree smol duckdb)] if $opt{quick} && $t ne 'ints';
	query 'exec', $t, $_, "SELECT $_ FROM {t}", goal => 'whole', methods => $peers
	  for 'count(*)', 'sum(v)', 'min(v), max(v)', 'avg(v)', 'count(*), sum(k), avg(v), max(g)';
	query 'exec', $t, 'sum(v), v below 10 %', 'SELECT sum(v) FROM {t} WHERE v < 100', goal => 'filter', methods => $peers;
	query 'exec', $t, 'count and sum of a g', 'SELECT count(*), sum(v) FROM {t} WHERE g = 3', goal => 'filter', methods => $peers;
	query 'exec', $t, 'GROUP BY g', 'SELECT g, count(*), sum(v) FROM {t} GROUP BY g ORDER BY g', goal => 'grouplow', methods => $peers;
	query 'exec', $t, 'count(*) of 10 % of the keys', 'SELECT count(*) FROM {t} WHERE {range k 0.1}', goal => 'range', methods => $peers;
	query 'exec', $t, 'sum, avg of 80 % of the keys', 'SELECT sum(v), avg(v) FROM {t} WHERE {range k 0.8}', goal => 'range', methods => $peers;
	query 'exec', $t, 'min, max of 80 % of the keys', 'SELECT min(v), max(v) FROM {t} WHERE {range k 0.8}', goal => 'range', methods => $peers;
	query 'exec', $t, 'rows: sum(v)', 'SELECT sum(v) FROM {t}', goal => 'scan', nodes => 'scan';
	query 'exec', $t, 'rows: half of the keys', 'SELECT sum(v), count(*) FROM {t} WHERE {range k 0.5}', goal => 'scan', nodes => 'scan';
	query 'exec', $t, 'rows: filter on v', 'SELECT sum(k) FROM {t} WHERE v < 100', goal => 'scan', nodes => 'scan', methods => $seqscan;
	query 'exec', $t, 'OFFSET half LIMIT 10', 'SELECT k, v FROM {t} ORDER BY k OFFSET ' . int($n / 2) . ' LIMIT 10', methods => $peers;
	query 'exec', $t, 'OFFSET in a range, backward', 'SELECT k, v FROM {t} WHERE {range k 0.9} ORDER BY k DESC OFFSET ' . int($n / 3) . ' LIMIT 10', methods => $peers;
}
query 'exec', 'dups', 'GROUP BY key, 1000 groups', 'SELECT uniform, count(*), sum(v) FROM {t} GROUP BY uniform ORDER BY uniform', goal => 'groupkey', methods => $peers;
query 'exec', 'dups', 'count(DISTINCT key)', 'SELECT count(DISTINCT uniform) FROM {t}', goal => 'groupkey', methods => $peers;
query 'exec', 'devices', 'GROUP BY device', 'SELECT device, count(*), sum(value), min(value), max(value) FROM {t} GROUP BY device ORDER BY device', goal => 'groupkey', methods => $seqscan;
query 'exec', 'events', 'GROUP BY day', "SELECT date_trunc('day', ts), count(*), max(value) FROM {t} GROUP BY 1 ORDER BY 1", goal => 'groupkey', methods => $seqscan;
query 'exec', 'events', 'GROUP BY hour of the day', "SELECT extract(hour FROM ts), count(*), sum(value) FROM {t} GROUP BY 1 ORDER BY 1", methods => $seqscan;
query 'exec', 'orders', 'sum of a product', 'SELECT sum(amount * 1.19), sum(CASE WHEN customer < 1000 THEN amount ELSE 0 END) FROM {t}', methods => $seqscan;
query 'exec', 'events', '20 % of the time', 'SELECT count(*), sum(value), max(value) FROM {t} WHERE {range ts 0.2}', methods => [qw(btree smol brin duckdb)];
query 'exec', 'events', 'parts of the time, by FILTER', 'SELECT count(*), count(*) FILTER (WHERE {range ts 0.2}), max(value) FILTER (WHERE {range ts 0.5}) FROM {t}', methods => $peers;
query 'exec', 'events', 'GROUP BY value, a float', 'SELECT value, count(*) FROM {t} GROUP BY value ORDER BY value', methods => $peers;
query 'exec', 'flights', 'first and last destination', 'SELECT count(*), min(destination), max(destination) FROM {t}', methods => $peers;
query 'exec', 'events', 'a device, filter', 'SELECT count(*), max(value) FROM {t} WHERE device = 42 AND value > 500', methods => $peers;

query 'planning', 'ints', 'one comparison', 'SELECT v FROM {t} WHERE k = 4711', goal => 'planning';
query 'planning', 'ints', 'range and filter', 'SELECT sum(v) FROM {t} WHERE k > 1000 AND k < 5000 AND v < 100', goal => 'planning';
query 'planning', 'events', 'two indexes', 'SELECT sum(value) FROM {t} WHERE device = 42 AND {range ts 0.1}', goal => 'planning';
query 'planning', 'flights', 'three indexes', "SELECT count(*) FROM {t} WHERE origin = 'ATL' AND delay > 100", goal => 'planning';
query 'planning', 'ints', 'join', 'SELECT count(*) FROM {t} a JOIN {t} b USING (k) WHERE a.v = 7', goal => 'planning';

#
# Point lookups under pgbench: [ name, table, variables, query ]
#
@lookups = (
	[ 'int4 key', 'ints', "\\set i random(0, {n} - 1)\n\\set k " . gapped(':i'), 'SELECT v FROM {t} WHERE k = :k' ],
	[ 'no such key', 'ints', "\\set i random(0, {n} - 1)\n\\set k " . ':i * 20 + 19', 'SELECT v FROM {t} WHERE k = :k' ],
	[ 'sixteen columns', 'wide', "\\set i random(0, {n} - 1)\n\\set k " . gapped(':i'), 'SELECT * FROM {t} WHERE c1 = :k' ],
);

1;
