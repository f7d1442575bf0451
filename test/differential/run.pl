#!/usr/bin/perl
#
# run.pl - compare smol indexes with sequential scans, on random data
#
# Makes random tables, random smol indexes on them and random queries, runs
# every query twice on the same snapshot, once through the index and once
# through a sequential scan, and compares the answers.  Some tables are then
# changed (writes = retire, or deletes under a partial index) between rounds
# of queries, also with a second session that still holds an older snapshot.
#
# Declines to do: anything that needs two writers at the same time (that is
# test/isolation), and crashes (test/tap).
#
#	PGHOST=... PGPORT=... PGDATABASE=... perl test/differential/run.pl
#		--seconds=N   stop after so long (0: no limit)          [120]
#		--queries=N   stop after so many comparisons (0: no limit)  [0]
#		--seed=N      repeat a run; printed by every run
#		--table=N     only this table of the run, as printed by a difference
#		--rows=N      rows in each table  [0 to 100,000]
#		--parallel=N  percentage of queries that may use workers  [8]
#		--partitions=N  percentage of tables that may be partitioned  [8]
#		--only=KINDS  these kinds of queries, with commas between: aggregate,group
#		--am=NAME     another access method, to test the test  [smol]
#		--verbose     say what each table is like
#		--stop        stop at the first difference
#		--keep        leave the last table behind, to look at
#
# Needs no module beyond Perl's own, and psql in the PATH (or $PSQL).
# Works in schema "smol_differential" of the database that it is pointed to.
#
# Ends with "N queries compared, N differences, N through smol, N fell back"
# and "N passed, N failed"; the exit status is 0 when nothing failed.
#
use strict;
use warnings;
use Getopt::Long;
use IPC::Open2;
use File::Temp qw(tempdir);
use Time::HiRes qw(time);

my %opt = (seconds => 120, queries => 0, seed => undef, am => 'smol', parallel => 8, partitions => 8);
GetOptions(\%opt, 'seconds=f', 'queries=i', 'seed=i', 'table=i', 'am=s', 'parallel=f', 'partitions=f', 'only=s', 'rows=i',
	'verbose', 'stop', 'keep', 'help')
  or exit 2;
if ($opt{help})
{
	open my $self, '<', $0 or die "$0: $!\n";
	while (<$self>) { last unless /^#/; s/^#!.*//; s/^# ?//; print; }
	exit 0;
}
$opt{seed} = time() % 1_000_000 | 0 unless defined $opt{seed};
$opt{queries} = 0 if $opt{queries} < 0;
my $AM = $opt{am};
my $SCHEMA = 'smol_differential';
my $tmpdir = tempdir('smol-differential-XXXXXX', TMPDIR => 1, CLEANUP => 1);

$| = 1;
$ENV{PGCLIENTENCODING} = 'UTF8';
$ENV{PGAPPNAME} = 'smol differential';
$ENV{PGOPTIONS} = ($ENV{PGOPTIONS} // '') . ' -c client_min_messages=warning';

my $start = time();
my %count = map { $_ => 0 }
  qw(compared different smol node aggregate fellback plain none error passed failed cleanfell crashes
	 oldsnap prepared parallel cursor mutated tables clean);
my $failures_shown = 0;


# --------------------------------------------------------------------------
# A psql that stays: SQL goes to it in files, its output is read to a marker.
# --------------------------------------------------------------------------
package Session;

my $serial = 0;

sub new
{
	my ($class, $name) = @_;
	my $self = bless { name => $name, n => 0, file => "$tmpdir/$name.sql" },
	  $class;
	$self->connect;
	return $self;
}

sub connect
{
	my $self = shift;
	my $psql = $ENV{PSQL} || 'psql';
	$self->{pid} = IPC::Open2::open2($self->{out}, $self->{in},
		"exec $psql -X -q -A -t -v ON_ERROR_STOP=0 -v VERBOSITY=default -v SHOW_CONTEXT=never 2>&1"
	);
	$self->{dead} = 0;
	my $hello = $self->run("SELECT 'hello';\n");
	return if $hello =~ /hello/;
	$self->{dead} = 1;
	return;
}

# Give some SQL; returns all that psql said.  undef when it takes forever.
sub run
{
	my ($self, $sql) = @_;
	return '' if $self->{dead};
	my $marker = '@@END' . ++$serial . '@@';
	open my $fh, '>', $self->{file} or die "$self->{file}: $!";
	print $fh $sql;
	close $fh;
	local $SIG{PIPE} = 'IGNORE';
	my $text = '';
	my $ok = eval {
		local $SIG{ALRM} = sub { die "HANG\n" };
		alarm 600;
		print { $self->{in} } "\\i $self->{file}\n\\echo $marker\n";
		$self->{in}->flush;
		while (1)
		{
			my $line = readline $self->{out};
			if (!defined $line) { $self->{dead} = 1; last }
			last if $line =~ /^\Q$marker\E/;
			$text .= $line;
		}
		alarm 0;
		1;
	};
	alarm 0;
	if (!$ok)
	{
		$text .= "HANG: no answer for 600 s\n";
		kill 'TERM', $self->{pid};
		$self->{dead} = 1;
	}
	waitpid $self->{pid}, 0 if $self->{dead};
	$self->{dead} = 1
	  if $text =~ /server closed the connection|connection to server was lost|FATAL:/;
	return $text;
}

sub close
{
	my $self = shift;
	return if $self->{dead};
	local $SIG{PIPE} = 'IGNORE';
	print { $self->{in} } "\\q\n";
	close $self->{in};
	waitpid $self->{pid}, 0;
	$self->{dead} = 1;
	return;
}

package main;


# --------------------------------------------------------------------------
# Chance
# --------------------------------------------------------------------------
sub r      { my $n = shift; return int(rand($n)); }
sub pick   { return $_[ int(rand(@_)) ]; }
sub chance { return rand(100) < $_[0]; }

sub weighted
{
	my @w = @_;
	my $sum = 0;
	for (my $i = 1; $i < @w; $i += 2) { $sum += $w[$i] }
	my $x = rand($sum);
	for (my $i = 0; $i < @w; $i += 2)
	{
		return $w[$i] if ($x -= $w[ $i + 1 ]) < 0;
	}
	return $w[0];
}

sub shuffled
{
	my @a = @_;
	for (my $i = @a; --$i > 0;) { my $j = r($i + 1); @a[ $i, $j ] = @a[ $j, $i ]; }
	return @a;
}

sub some_of
{
	my ($n, @a) = @_;
	@a = shuffled(@a);
	return @a[ 0 .. ($n < @a ? $n : scalar @a) - 1 ];
}


# --------------------------------------------------------------------------
# Types: how an integer v becomes a value, what is extreme, how to print so
# that equal values look the same.
# --------------------------------------------------------------------------
my %TYPES = (
	bool => {
		from => ['((%s) %% 2 = 0)'],
		extremes => [qw(true false)],
	},
	int2 => {
		from => ['((((%s) + 32768) %% 65536 + 65536) %% 65536 - 32768)::int2'],
		extremes => [qw(-32768 -32767 -1 0 1 127 128 255 256 32766 32767)],
		int => 1,
	},
	int4 => {
		from => [
			'((((%s) + 2147483648) %% 4294967296 + 4294967296) %% 4294967296 - 2147483648)::int4'
		],
		extremes => [
			qw(-2147483648 -2147483647 -65536 -1 0 1 32767 32768 40000 65535 65536 2147483646 2147483647)
		],
		int => 1,
	},
	int8 => {
		from => ['(%s)::int8'],
		extremes => [
			qw(-9223372036854775808 -9223372036854775807 -4294967296 -2147483649 -1 0 1
			  2147483647 2147483648 3000000000 4294967295 4294967301 9223372036854775806 9223372036854775807)
		],
		int => 1,
	},
	oid => {
		from => ['((%s) & 4294967295)::oid'],
		extremes => [qw(0 1 2 2147483647 2147483648 4294967294 4294967295)],
	},
	float4 => {
		from => [ '((%s)::float4)', '((%s)::float4 / 7)', '((%s)::float4 / 4)' ],
		extremes => [
			qw(-Infinity -3.4028235e38 -1.5 -1e-45 -0 0 1e-45 1.17549435e-38 0.1 1.5 16777216 16777217 3.4028235e38 Infinity NaN)
		],
		norm => '(%s + 0::float4)',
	},
	float8 => {
		from => [ '((%s)::float8)', '((%s)::float8 / 7)', '((%s)::float8 / 4)' ],
		extremes => [
			qw(-Infinity -1.7976931348623157e308 -1.5 -5e-324 -0 0 5e-324 0.1 1.5 9007199254740992 9007199254740993 1e300 1.7976931348623157e308 Infinity NaN)
		],
		norm => '(%s + 0::float8)',
	},
	numeric => {
		from => [
			'((%s)::numeric / 100)',
			'round((%s)::numeric / 8, (abs((%s) %% 4))::int)',
			'((%s)::numeric)',
			'((%s)::numeric * 100000000000000000000)',
			'((%s)::numeric / 1000000000000000000000000000000)',
		],
		extremes => [
			qw(-Infinity -1e300 -1.5 -1.50 -1 -0.0000000001 0 0.00 1e-100 1 1.0 1.00 1.000 1.5 9999999999999999.99 1e300 Infinity NaN)
		],
		norm => 'trim_scale(%s)',
	},
	'numeric(12,3)' => {
		from => [ '(((%s) %% 900000000)::numeric / 1000)', '((%s) %% 1000)::numeric', 'round(((%s) %% 100000)::numeric / 7, 3)' ],
		extremes => [qw(-999999999.999 -1.5 -0.001 0 0.000 0.001 1 1.0 999999999.999 NaN)],
	},
	date => {
		from => [q{('2000-01-01'::date + ((%s) %% 2000000)::int)}],
		extremes => [
			'-infinity', '4713-01-01 BC', '1582-10-15', '1999-12-31', '2000-01-01',
			'2000-01-02', '5874897-12-31', 'infinity'
		],
	},
	time => {
		from => [
			q{('00:00'::time + interval '1 microsecond' * ((%s) %% 86400000000))},
			q{('00:00'::time + interval '1 second' * ((%s) %% 86400))}
		],
		extremes =>
		  [ '00:00', '00:00:00.000001', '12:00', '23:59:59.999999', '24:00' ],
	},
	timestamp => {
		from => [
			q{('2000-01-01'::timestamp + interval '1 microsecond' * ((%s) %% 100000000000000))},
			q{('2000-01-01'::timestamp + interval '1 hour' * ((%s) %% 10000000))}
		],
		extremes => [
			'-infinity', '4713-01-01 BC', '1969-12-31 23:59:59.999999',
			'1999-12-31 23:59:59.999999', '2000-01-01', '2000-01-01 00:00:00.000001',
			'294276-12-31 23:59:59.999999', 'infinity'
		],
	},
	timestamptz => {
		from => [
			q{('2000-01-01'::timestamptz + interval '1 microsecond' * ((%s) %% 100000000000000))},
			q{('2000-01-01'::timestamptz + interval '1 hour' * ((%s) %% 10000000))}
		],
		extremes => [
			'-infinity', '4713-01-02 BC', '1969-12-31 23:59:59.999999+00',
			'1999-12-31 23:59:59.999999+00', '2000-01-01+00',
			'2000-01-01 00:00:00.000001+00', '294276-12-30 23:59:59.999999+00', 'infinity'
		],
	},
	uuid => {
		from => [
			q{md5((%s)::text)::uuid},
			q{lpad(to_hex((%s) & 9223372036854775807), 32, '0')::uuid},
			q{rpad(to_hex((%s) & 9223372036854775807), 32, '0')::uuid}
		],
		extremes => [
			'00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001',
			'7fffffff-ffff-ffff-ffff-ffffffffffff', '80000000-0000-0000-0000-000000000000',
			'ffffffff-ffff-ffff-ffff-ffffffffffff'
		],
	},
	text => {
		from => [
			q{((%s)::text)},
			q{lpad(((%s) & 99999999)::text, 8, '0')},
			q{md5((%s)::text)},
			q{('/a/rather/long/common/prefix/of/everything/' || (%s)::text)},
			q{(repeat(chr(97 + (((%s) %% 26 + 26) %% 26)::int), (((%s) %% 40 + 40) %% 40)::int) || ((%s) %% 10)::text)},
			q{((array['', ' ', 'a', 'A', 'aa', 'Aa', 'a ', 'abc', 'ABC', 'Zebra', 'zebra', 'a-b', 'ab', '_', '~', '1', '10', '9'])[1 + (((%s) %% 18 + 18) %% 18)::int])},
			q{(chr(233 + (((%s) %% 700 + 700) %% 700)::int) || (%s)::text)},
		],
		extremes => [
			'', ' ', '  ', 'a', 'A', 'aaaaaaa', 'aaaaaaaa', 'aaaaaaaaa', 'b', 'Z', 'zzzz', '~~~~', '0', '1', '10', '9', '-1',
			'/a/rather/long/common/prefix/of/everything/5', 'x' x 300
		],
		text => 1,
	},
);
$TYPES{varchar} = { %{ $TYPES{text} } };

# norm: what equal values have in common; nominmax: there is no such aggregate
my $HEX = q{lpad(to_hex((%s) & 281474976710655), 12, '0')};
%TYPES = (
	%TYPES,
	'"char"' => {
		from => [ q{((((%s) %% 256 + 256) %% 256 - 128)::int4::"char")}, q{(chr((97 + ((%s) %% 20 + 20) %% 20)::int)::"char")} ],
		extremes => [ '', ' ', 'a', 'b', 'Z', '~', '\\001', '\\177', '\\200', '\\377' ],
		nominmax => 1,
	},
	bpchar => {
		from => [ @{ $TYPES{text}{from} }, q{('a' || repeat(' ', (((%s) %% 7 + 7) %% 7)::int))} ],
		extremes => [ '', ' ', '   ', 'a', 'a ', 'a  ', 'A', 'ab', 'a b', 'b', '1', '10 ', '~~', 'x' x 100 ],
		norm => 'rtrim(%s)',
	},
	name => {
		from => [ map { "(($_)::name)" } @{ $TYPES{text}{from} } ],
		extremes => [ '', ' ', 'a', 'A', 'aaaaaaaa', 'b', '~', '0', '10', '9', 'x' x 62, 'x' x 63 ],
		nominmax => 1,
	},
	bytea => {
		from => [ q{decode(md5((%s)::text), 'hex')}, qq{decode($HEX, 'hex')}, q{convert_to((%s)::text, 'SQL_ASCII')}, q{decode(repeat('00', (((%s) %% 9 + 9) %% 9)::int), 'hex')} ],
		extremes => [ '\\x', '\\x00', '\\x0000', '\\x01', '\\x7f', '\\x80', '\\xff', '\\xffffffffffffffffff', '\\x35' ],
	},
	timetz => {
		from => [
			q{(('00:00'::time + interval '1 second' * ((%s) %% 86400))::text || (array['+00', '+01', '-11:30', '+14'])[1 + (((%s) %% 4 + 4) %% 4)::int])::timetz},
			q{('00:00+00'::timetz + interval '1 microsecond' * ((%s) %% 86400000000))}
		],
		extremes => [ '00:00+15:59', '00:00+00', '12:00+00', '13:00+01', '11:00-01', '23:59:59.999999+00', '24:00-15:59' ],
		nominmax => 1,
	},
	interval => {
		from => [
			q{(interval '1 microsecond' * ((%s) %% 100000000000000))},
			q{((array[interval '1 month', interval '30 days', interval '720 hours', interval '1 mon -1 day 24:00'])[1 + (((%s) %% 4 + 4) %% 4)::int] * (((%s) / 4) %% 1000)::int)},
			q{(interval '1 day' * ((%s) %% 100000)::int)}
		],
		extremes => [ '-infinity', '-100000 years', '-1 month', '-30 days', '0', '00:00:00.000001', '1 month', '30 days', '720 hours', '29 days 24 hours', '1 year', '12 months', '360 days', '100000 years', 'infinity' ],
		norm => 'justify_interval(%s)',
	},
	money => {
		from => [ q{((((%s) %% 100000000000000)::numeric / 100)::money)}, q{(((%s) %% 1000000)::int8::money)} ],
		extremes => [ '-92233720368547758.08', '-0.01', '0', '0.01', '1', '92233720368547758.07' ],
	},
	pg_lsn => {
		from => [ q{(('0/0'::pg_lsn + ((%s)::numeric + 9223372036854775808)))}, q{('0/0'::pg_lsn + (%s & 4294967295)::numeric)} ],
		extremes => [ '0/0', '0/1', '1/0', '7FFFFFFF/FFFFFFFF', '80000000/0', 'FFFFFFFF/FFFFFFFF' ],
	},
	xid8 => {
		from => [ q{(((%s)::numeric + 9223372036854775808)::text::xid8)}, q{((%s & 9223372036854775807)::text::xid8)} ],
		extremes => [qw(0 1 9223372036854775807 9223372036854775808 18446744073709551615)],
	},
	macaddr => {
		from => [ qq{($HEX\::macaddr)}, q{(substr(md5((%s)::text), 1, 12)::macaddr)} ],
		extremes => [qw(00:00:00:00:00:00 00:00:00:ff:ff:ff 7f:ff:ff:ff:ff:ff 80:00:00:00:00:00 ff:ff:ff:ff:ff:ff)],
		nominmax => 1,
	},
	macaddr8 => {
		from => [ qq{('ffff' || $HEX)::macaddr8}, q{(substr(md5((%s)::text), 1, 16)::macaddr8)} ],
		extremes => [qw(00:00:00:00:00:00:00:00 00:00:00:00:ff:ff:ff:ff 80:00:00:00:00:00:00:00 ff:ff:ff:ff:ff:ff:ff:ff)],
		nominmax => 1,
	},
	inet => {
		from => [ q{(inet '0.0.0.0' + ((%s) & 4294967295))}, q{set_masklen(inet '::' + ((%s) & 9223372036854775807), (((%s) %% 129 + 129) %% 129)::int)}, q{set_masklen(inet '10.0.0.0' + ((%s) & 65535), (((%s) %% 33 + 33) %% 33)::int)} ],
		extremes => [qw(0.0.0.0/0 0.0.0.0 10.0.0.0/8 10.0.0.0 10.0.0.1/8 127.255.255.255 128.0.0.0 255.255.255.255 ::/0 ::1 8000:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff)],
	},
	cidr => {
		from => [ q{network(set_masklen(inet '10.0.0.0' + ((%s) & 65535), (((%s) %% 33 + 33) %% 33)::int))} ],
		extremes => [qw(0.0.0.0/0 10.0.0.0/8 10.0.0.0/32 128.0.0.0/1 255.255.255.255/32 ::/0 8000::/1)],
		nominmax => 1,
	},
	dt_mood => {
		from => [ q{((array['low', 'sad', 'meh', 'fine', 'glad'])[1 + (((%s) %% 5 + 5) %% 5)::int]::dt_mood)} ],
		extremes => [qw(low sad meh fine glad)],
	},
	varbit => {
		from => [ q{((%s)::int8::bit(64)::varbit)}, q{(substr((%s)::int8::bit(64)::text, 40, (((%s) %% 25 + 25) %% 25)::int)::varbit)} ],
		extremes => [ '', '0', '00', '1', '10', '11111111', '111111110', '0' x 64, '1' x 64 ],
		nominmax => 1,
	},
);
$TYPES{bool}{nominmax} = $TYPES{uuid}{nominmax} = 1;

my %CROSS = (
	int2 => [qw(int4 int8)],
	int4 => [qw(int2 int8)],
	int8 => [qw(int2 int4)],
	float4 => [qw(float8)],
	float8 => [qw(float4)],
	date => [qw(timestamp timestamptz)],
	timestamp => [qw(date timestamptz)],
	timestamptz => [qw(date timestamp)],
	text => [qw(varchar)],
	varchar => [qw(text)],
	numeric => [qw(int4 int8)],
	'numeric(12,3)' => [qw(int4 int8 numeric)],
	name => [qw(text)],
	cidr => [qw(inet)],
);

sub quoted { my $s = shift; $s =~ s/'/''/g; return "'$s'"; }

# A column's value for row number g, as SQL.
sub hash_sql
{
	my ($salt) = @_;
	return "hashint8extended(g, $salt)";
}

sub positive { my ($h) = @_; return "($h & 9223372036854775807)"; }

sub fill_in { my ($fmt, $v) = @_; my $n = () = $fmt =~ /%s/g; return sprintf $fmt, ($v) x $n; }

sub value_sql
{
	my ($col, $g) = @_;
	my $t = $TYPES{ $col->{type} };
	my $h = hash_sql($col->{salt});
	my $d = $col->{dist};
	my $k = $col->{k};
	my $v =
		$d eq 'unique'  ? "(g + $col->{off})"
	  : $d eq 'gapped'  ? "(g * $k + $col->{off})"
	  : $d eq 'negative' ? "(- g * $k)"
	  : $d eq 'dups'    ? "(" . positive($h) . " % $k + $col->{off})"
	  : $d eq 'runs'    ? "(g / $k + $col->{off})"
	  : $d eq 'zipf'    ? "floor(power((" . positive($h) . " % 1000000) / 1000000.0::float8, 5) * $k)::int8"
	  : $d eq 'equal'   ? "($col->{off} + 0 * g)"
	  :                   "($h % 1000000000000000)";
	my $sql;

	if ($d eq 'extremes')
	{
		my @e = grep { length $_ < 200 } @{ $t->{extremes} };
		@e = grep { !/inf|e300|e-100|99999999/i } @e if $col->{typmod} && $col->{type} eq 'numeric';
		my $n = @e;
		$sql = "((array[" . join(',', map { quoted($_) } @e) . "])[1 + "
		  . positive($h) . " % $n])::$col->{type}";
	}
	elsif ($d eq 'wide')
	{
		$sql = "(repeat(md5(($v)::text), 1 + (" . positive($h) . " % 50)::int))";
	}
	else
	{
		$sql = fill_in($col->{from}, $v);
	}
	$sql .= "::$col->{type}$col->{typmod}" if $col->{typmod};
	if ($col->{nulls})
	{
		$sql = "CASE WHEN " . positive(hash_sql($col->{salt} + 1000)) . " % 100 < $col->{nulls} THEN NULL ELSE $sql END";
	}
	return $sql;
}

sub norm
{
	my ($type, $expr) = @_;
	my $n = $TYPES{$type}{norm} or return $expr;
	return fill_in($n, $expr);
}


# --------------------------------------------------------------------------
# Random tables
# --------------------------------------------------------------------------
my ($s1, $s2);		# the session, and one with an old snapshot
my $t;			# the table at hand
my $utf8 = 1;
my @collations;		# those that this server has
my @log;		# all that was done to it

sub report_failure
{
	my ($what, @detail) = @_;
	$count{failed}++;
	finish() if $count{failed} > 500;
	return if ++$failures_shown > 25 && !$opt{stop};
	print "\n========== $what\n";
	print "repeat with: $0 --seed=$opt{seed} --table=$t->{no}"
	  . ($opt{parallel} == 8 ? '' : " --parallel=$opt{parallel}")
	  . ($opt{partitions} == 8 ? '' : " --partitions=$opt{partitions}")
	  . ($opt{only} ? " --only=$opt{only}" : '')
	  . (defined $opt{rows} ? " --rows=$opt{rows}" : '')
	  . ($AM eq 'smol' ? '' : " --am=$AM") . "\n";
	print "---------- table $t->{no} was made by (session 2 is the one with the older snapshot):\n";
	print "CREATE EXTENSION IF NOT EXISTS smol; DROP SCHEMA IF EXISTS $SCHEMA CASCADE; CREATE SCHEMA $SCHEMA; SET search_path = $SCHEMA, public;\n";
	print "SET timezone = 'UTC'; SET max_parallel_workers_per_gather = 0;\n";
	print @log;
	print "----------\n";
	print "$_\n" for @detail;
	print "==========\n\n";
	finish() if $opt{stop};
	return;
}

# Run SQL that must work (or may fail as allowed), and remember it.
sub act
{
	my ($sql, %o) = @_;
	my $s = $o{session} || $s1;
	$sql .= "\n" unless $sql =~ /\n\z/;
	push @log, ($s == $s1 ? '' : '/* session 2 */ ') . $sql;
	my $out = $s->run($sql);
	if ($s->{dead})
	{
		$count{crashes}++;
		report_failure('SERVER CRASHED, or the connection was lost', $sql, $out);
		die "connection lost\n";
	}
	if ($out =~ /ERROR:|PANIC|HANG|TRAP/ && !($o{allow} && $out =~ $o{allow}))
	{
		report_failure('UNEXPECTED ERROR', $sql, $out);
		die "unusable\n" if $o{vital};
	}
	return $out;
}

sub new_column
{
	my ($i, $rows) = @_;
	my $type = pick(
		(qw(bool int2 int4 int4 int8 int8 oid float4 float8 numeric numeric date time timestamp timestamptz uuid text text varchar)) x 2,
		qw("char" bpchar name bytea timetz interval money pg_lsn xid8 macaddr macaddr8 inet cidr dt_mood varbit));
	my $c = { name => "c$i", type => $type, typmod => '', coll => '', salt => 100 * $i + r(1000000) };
	my $def = $TYPES{$type};
	$c->{from} = pick(@{ $def->{from} });
	$c->{from} = $def->{from}[0] if !$utf8 && $c->{from} =~ /chr\(233/;
	$c->{dist} = weighted(
		unique => 3, gapped => 3, negative => 2, dups => 4, runs => 2, zipf => 2,
		equal => 1, extremes => 3, random => 2, wide => ($def->{text} ? 1 : 0));
	$c->{dist} = 'dups' if $c->{dist} eq 'wide' && $rows > 5000;
	$c->{k} = pick(1, 2, 3, 5, 10, 17, 100, 300, 1000, 65536, 10_000_000);
	$c->{k} = pick(2, 3, 5, 10, 100, 1000) if $c->{dist} =~ /dups|zipf|runs/;
	$c->{off} = pick(0, 0, 1, -5, -int($rows / 2), 1000000, -2147480000, 4294967290);
	$c->{off} = pick(0, 5) if $c->{dist} eq 'runs' && chance(50);
	$c->{nulls} = chance(75) ? 0 : pick(1, 5, 30, 100);

	if ($type eq 'varchar')
	{
		$c->{typmod} = pick('', '(10)', '(20)', '(60)');
	}
	if ($type eq 'bpchar')
	{
		$c->{typmod} = pick('', '(5)', '(20)');
	}
	if ($type eq 'numeric' && $c->{dist} ne 'random' && chance(60) && $c->{from} !~ /000000000/)
	{
		$c->{typmod} = pick('(18,2)', '(16,4)', '(18,0)', '(18,5)', '(17,-1)', '(30,10)', '(20,0)');
	}
	if ($def->{text})
	{
		$c->{coll} = pick('', '', ' COLLATE "C"', ' COLLATE "C"', map { " COLLATE \"$_\"" } @collations);
	}
	return $c;
}

# The pool of literals of a column or an expression, drawn from the data.
sub load_pools
{
	my $sql = '';
	for my $c (@{ $t->{cols} }, @{ $t->{exprs} })
	{
		my $e = $c->{ref};
		$sql .=
		  "\\echo =$c->{name}\n"
		  . "SELECT DISTINCT quote_nullable(v::text) FROM ("
		  . "(SELECT $e v FROM $t->{name} ORDER BY hashtext(($e)::text), 1 LIMIT 25) UNION ALL (SELECT $e FROM $t->{name} ORDER BY 1 LIMIT 3)"
		  . " UNION ALL (SELECT $e FROM $t->{name} ORDER BY 1 DESC NULLS LAST LIMIT 3)) q(v) WHERE v IS NOT NULL ORDER BY 1;\n";
	}
	my $out = $s1->run($sql);
	my $cur;
	my %pool;
	for (split /\n/, $out)
	{
		if (/^=(\S+)$/) { $cur = $1; next }
		push @{ $pool{$cur} }, $_ if defined $cur && /^E?'.*'$/;
	}
	for my $c (@{ $t->{cols} }, @{ $t->{exprs} })
	{
		$c->{pool} = $pool{ $c->{name} } || [];
	}
	return;
}

# Expressions that an index may hold, safe at every value.
sub expressions_of
{
	my $c = shift;
	my $n = $c->{name};
	my $ty = $c->{type};
	my @e;
	if ($TYPES{$ty}{int})
	{
		push @e, [ "($n # 5::$ty)", $ty ], [ "($n & 255::$ty)", $ty ];
		push @e, [ "($n + 1::$ty)", $ty ], [ "(- $n)", $ty ]
		  if $c->{dist} =~ /dups|zipf|runs/ && abs($c->{off}) < 100 && $c->{k} < 10000;
	}
	push @e, [ "($n || 'x')", 'text' ], [ "lower($n)", 'text' ], [ "length($n)", 'int4' ], [ "left($n, 3)", 'text' ]
	  if $TYPES{$ty}{text};
	push @e, [ "(NOT $n)", 'bool' ] if $ty eq 'bool';
	push @e, [ "(- $n)", $ty ] if $ty =~ /float|numeric/;
	push @e, [ "abs($n)", $ty ] if $ty =~ /float|numeric/;
	push @e, [ "($n IS NULL)", 'bool' ];
	push @e, [ "(($n)::text COLLATE \"C\")", 'text' ] if $TYPES{$ty}{text};
	return @e;
}

sub new_index
{
	my ($i) = @_;
	my @cols = @{ $t->{cols} };
	my $ix = { name => "$t->{name}_i$i", no => $i };
	my $nkeys = weighted(1 => 4, 2 => 4, 3 => 2, 4 => 1);
	my @avail = shuffled(@cols);
	my @keys;
	for (1 .. $nkeys)
	{
		last unless @avail;
		my $c = shift @avail;
		my $k = { ref => $c->{name}, col => $c, type => $c->{type}, cond => $c };
		if (chance(14))
		{
			my $e = pick(expressions_of($c));
			my $x = { name => "x$i" . "_" . scalar(@keys), ref => $e->[0], type => $e->[1], typmod => '', of => $c };
			$x->{pool} = [];
			$x->{coll} = '';
			push @{ $t->{exprs} }, $x;
			$k = { ref => $e->[0], col => undef, type => $e->[1], cond => $x, base => $c };
			unshift @avail, $c if chance(60);	# so that the scan may be index-only
		}
		$k->{desc} = chance(35) ? 1 : 0;
		$k->{nullsfirst} = chance(20) ? ($k->{desc} ? 0 : 1) : $k->{desc};
		push @keys, $k;
	}
	my @incl;
	if (chance(50))
	{
		my $n = 1 + r(3);
		while ($n-- > 0 && @avail) { push @incl, shift @avail; }
	}
	# Two columns as wide as a page may be do not fit one index row.
	if (grep { ($_->{dist} // '') eq 'wide' } (map { $_->{col} || $_->{base} } @keys), @incl)
	{
		my $seen = 0;
		@incl = grep { $_->{dist} ne 'wide' || !$seen++ } @incl;
		@incl = grep { $_->{dist} ne 'wide' } @incl
		  if grep { ($_->{col} || $_->{base})->{dist} eq 'wide' } @keys;
		my $n = 0;
		@keys = grep { ($_->{col} || $_->{base})->{dist} ne 'wide' || !$n++ } @keys;
	}
	$ix->{keys} = \@keys;
	$ix->{incl} = \@incl;

	my %have;
	$have{ $_->{col}{name} } = $_->{col} for grep { $_->{col} } @keys;
	$have{ $_->{name} } = $_ for @incl;
	$ix->{have} = [ map { $have{$_} } sort keys %have ];
	$ix->{incl_names} = [ map { $_->{name} } @incl ];

	my @with;
	push @with, 'writes = retire' if $t->{retire};
	push @with, 'writes = reject' if !$t->{retire} && chance(20);
	my @needs_nulls = grep {
		my $b = $_->{col} || $_->{base};
		$b->{nulls} || ($_->{col} ? 0 : 1)
	} @keys;
	push @needs_nulls, grep { $_->{nulls} } @incl;
	push @with, 'nulls = store' if @needs_nulls || $t->{retire} || chance(15);
	push @with, 'bloom = on' if chance(40);
	$ix->{with} = @with && $AM eq 'smol' ? ' WITH (' . join(', ', @with) . ')' : '';
	return $ix;
}

sub index_sql
{
	my ($ix) = @_;
	my @k = map {
		my $s = $_->{ref};
		$s .= ' DESC' if $_->{desc};
		$s .= $_->{nullsfirst} ? ' NULLS FIRST' : ' NULLS LAST'
		  if $_->{nullsfirst} != $_->{desc};
		$s
	} @{ $ix->{keys} };
	my $rest = " USING $AM (" . join(', ', @k) . ')'
	  . (@{ $ix->{incl_names} } ? ' INCLUDE (' . join(', ', @{ $ix->{incl_names} }) . ')' : '')
	  . $ix->{with}
	  . ($ix->{where} ? " WHERE $ix->{where}" : '') . ';';
	return "CREATE INDEX $ix->{name} ON $t->{name}$rest" unless $t->{mixed};

	# of some partitions only
	return join "\n", "CREATE INDEX $ix->{name} ON ONLY $t->{name}$rest",
	  map {
		"CREATE INDEX $ix->{name}_p$_ ON $t->{name}_p$_$rest\nALTER INDEX $ix->{name} ATTACH PARTITION $ix->{name}_p$_;"
	  } 0 .. $t->{parts} - 2;
}

sub insert_sql
{
	my ($from, $to, $order) = @_;
	return
		"INSERT INTO $t->{name} (" . join(', ', map { $_->{name} } @{ $t->{cols} }) . ", w, pad) SELECT "
	  . join(', ', map { value_sql($_) } @{ $t->{cols} })
	  . ", 0, repeat('x', $t->{pad}) FROM generate_series(${from}::int8, ${to}::int8) g ORDER BY $order;";
}

sub new_table
{
	my ($no) = @_;
	srand($opt{seed} * 100003 + $no * 7919);
	@log = ();
	$t = { no => $no, name => "t$no", exprs => [] };
	$t->{rows} = weighted(0 => 2, 1 => 2, 2 => 1, 3 => 1, 10 => 3, 50 => 4, 200 => 8, 1000 => 10, 3000 => 5, 12000 => 3, 100000 => 1);
	$t->{rows} = $opt{rows} if defined $opt{rows};
	$t->{rows} += r($t->{rows} / 5 + 1) if $t->{rows} > 3;
	$t->{retire} = chance(40) ? 1 : 0;
	$t->{partial} = chance(25) ? 1 : 0;
	$t->{parts} = !$t->{retire} && chance($opt{partitions}) ? 1 + r(3) : 0;
	$t->{mixed} = $t->{parts} > 1 && chance(40) ? 1 : 0;
	$t->{unlogged} = chance(10) ? 1 : 0;
	$t->{pad} = pick(0, 0, 20, 200, 1000);
	$t->{pad} = pick(0, 100) if $t->{rows} > 20000;
	$t->{fillfactor} = $t->{retire} ? pick(50, 70, 100) : 100;

	my $ncols = 2 + r(5);
	my @cols = ({ name => 'id', type => 'int8', typmod => '', coll => '', salt => 1, dist => 'unique', off => 0, k => 1, nulls => 0, from => '(%s)::int8', unique => 1 });
	push @cols, new_column($_, $t->{rows}) for 1 .. $ncols;
	$_->{ref} = $_->{name} for @cols;
	$t->{cols} = \@cols;

	my @ddl = map { "$_->{name} $_->{type}$_->{typmod}$_->{coll}" } @cols;
	push @ddl, 'w int4', 'pad text';
	@ddl = shuffled(@ddl);
	my $dropped = '';
	if (chance(15))
	{
		splice @ddl, r(scalar @ddl), 0, 'gone int8';
		$dropped = "ALTER TABLE $t->{name} DROP COLUMN gone;\n";
	}
	my $stor = $t->{parts} ? '' : " WITH (autovacuum_enabled = off, fillfactor = $t->{fillfactor})";
	$stor = " PARTITION BY HASH (id)" if $t->{parts};
	my $sql = 'CREATE ' . ($t->{unlogged} && !$t->{parts} ? 'UNLOGGED ' : '') . "TABLE $t->{name} (" . join(', ', @ddl) . ")$stor;\n";
	for my $p (0 .. $t->{parts} - 1)
	{
		my $values = "FOR VALUES WITH (MODULUS $t->{parts}, REMAINDER $p)";
		if (chance(40))
		{
			# columns in another order
			$sql .= "CREATE TABLE $t->{name}_p$p (" . join(', ', shuffled(@ddl)) . ") WITH (autovacuum_enabled = off);\n"
			  . "ALTER TABLE $t->{name} ATTACH PARTITION $t->{name}_p$p $values;\n";
			next;
		}
		$sql .= "CREATE TABLE $t->{name}_p$p PARTITION OF $t->{name} $values WITH (autovacuum_enabled = off);\n";
	}
	$sql .= $dropped;
	$t->{order} = pick('g', 'g', 'g DESC', 'hashint8extended(g, 77)', 'hashint8extended(g, 78)');
	$sql .= insert_sql(1, $t->{rows}, $t->{order}) . "\n";
	$t->{next} = $t->{rows} + 1;
	if (chance(20) && $t->{rows} > 3)
	{
		# history before the index: dead rows, HOT chains, rows that moved
		$sql .= "DELETE FROM $t->{name} WHERE hashint8(id) % 7 = 3;\n" if chance(60);
		$sql .= "UPDATE $t->{name} SET w = w + 1 WHERE hashint8(id) % 5 = 2;\n" if chance(60);
		$sql .= "BEGIN; DELETE FROM $t->{name} WHERE hashint8(id) % 3 = 1; ROLLBACK;\n" if chance(50);
	}
	act($sql, vital => 1);

	my @probe = some_of(1 + r(3), @cols);
	$t->{ixs} = [];
	my $n = weighted(1 => 5, 2 => 3, 3 => 1);
	push @{ $t->{ixs} }, new_index($_) for 1 .. $n;
	load_pools();
	if ($t->{partial})
	{
		for my $ix (@{ $t->{ixs} })
		{
			next if chance(20) && @{ $t->{ixs} } > 1;
			$ix->{where} = condition(pick(@cols), simple => 1);
			$ix->{partial} = 1;
		}
	}
	$t->{all_partial} = !grep { !$_->{where} } @{ $t->{ixs} };

	$sql = '';
	my $before = chance(50);
	$sql .= "VACUUM ANALYZE $t->{name};\n" if $before;
	$sql .= index_sql($_) . "\n" for @{ $t->{ixs} };
	$sql .= "VACUUM ANALYZE $t->{name};\n" if !$before || chance(30);
	act($sql, vital => 1);

	# Values to join with: from the data and beside it.
	my $i = 0;
	my @pcols = map { { name => 'p' . $i++, of => $_, type => cross_type($_) } } @cols;
	$t->{pcols} = \@pcols;
	$sql = "CREATE TABLE $t->{name}_p (" . join(', ', map { "$_->{name} $_->{type}" . ($TYPES{ $_->{type} }{text} ? $_->{of}{coll} : '') } @pcols) . ");\n";
	$sql .= "INSERT INTO $t->{name}_p VALUES " . join(', ', map { '(' . join(', ', map { literal($_->{of}, type => $_->{type}) } @pcols) . ')' } 1 .. (4 + r(12))) . ";\n"
	  . "ANALYZE $t->{name}_p;\n";
	act($sql);
	$count{tables}++;
	if ($opt{verbose})
	{
		printf "table %d: %d rows%s%s%s%s: %s\n", $no, $t->{rows}, $t->{retire} ? ', retire' : '', $t->{parts} ? ", $t->{parts} partitions" : '', $t->{unlogged} ? ', unlogged' : '', $t->{partial} ? ', partial' : '',
		  join(', ', map { "$_->{name} $_->{type}$_->{typmod} $_->{dist}" . ($_->{nulls} ? ' nulls' : '') } @cols);
		print "    ", index_sql($_), "\n" for @{ $t->{ixs} };
	}
	return;
}

sub cross_type
{
	my $c = shift;
	return $c->{type} unless chance(25) && $CROSS{ $c->{type} };
	return 'int8' if $c->{type} eq 'int4' || $c->{type} eq 'int2';
	return 'float8' if $c->{type} eq 'float4';
	return $c->{type};
}


# --------------------------------------------------------------------------
# Conditions.  With params => {} the constants become parameters of a
# prepared statement.
# --------------------------------------------------------------------------
sub literal
{
	my ($c, %o) = @_;
	my $type = $o{type} || $c->{type};
	my $lit;
	if (chance(2)) { $lit = 'NULL'; }
	elsif ($type eq $c->{type} || ($type =~ /^int8$|^float8$|text|varchar/ && $c->{type} ne 'oid' && $c->{type} !~ /numeric/))
	{
		$lit = @{ $c->{pool} || [] } && chance(78) ? pick(@{ $c->{pool} }) : quoted(pick(@{ $TYPES{$type}{extremes} }));
	}
	else
	{
		$lit = quoted(pick(@{ $TYPES{$type}{extremes} }));
	}
	my $sql = "$lit\::$type";
	if (!$o{plain} && $lit ne 'NULL' && chance(8) && $TYPES{$type}{int} && $lit =~ /^'-?\d{1,4}'$/)
	{
		$sql = '(' . $sql . pick(' + ', ' - ') . "1::$type)";
	}
	return $sql;
}

sub operand
{
	my ($c, %o) = @_;
	my $type = $c->{type};
	$type = $o{type} || pick(@{ $CROSS{$type} }) if $o{type} || !$o{simple} && $CROSS{$type} && chance(22);
	if ($o{params} && chance(75))
	{
		push @{ $o{params}{types} }, $type;
		push @{ $o{params}{gens} }, sub { literal($c, type => $type, plain => 1) };
		return '$' . scalar @{ $o{params}{types} };
	}
	return literal($c, type => $type);
}

sub condition
{
	my ($c, %o) = @_;
	my $n = ($o{alias} ? "$o{alias}." : '') . $c->{ref};
	if ($o{alias} && $c->{of}) { $n = $c->{ref}; my $b = $c->{of}{name}; $n =~ s/\b$b\b/$o{alias}.$b/g; }

	if ($c->{type} eq 'bool' && chance(40))
	{
		return pick($n, "NOT $n", "$n IS TRUE", "$n IS NOT TRUE", "$n IS FALSE", "$n IS NOT FALSE", "$n IS UNKNOWN");
	}
	my $kind = weighted(
		eq => 20, lt => 8, le => 8, ge => 8, gt => 8, between => 10, range => 6, in => 9, any => 4,
		isnull => 3, notnull => 4, ne => 3, notin => ($o{simple} ? 0 : 2), or => ($o{simple} ? 0 : 3),
		distinct => ($o{simple} ? 0 : 1), impossible => ($o{simple} ? 0 : 2), swapped => ($o{simple} ? 0 : 2));
	$kind = pick('ge', 'lt', 'notnull', 'ne') if $o{simple};
	$kind = pick(@{ $o{kinds} }) if $o{kinds} && !$o{simple};
	my $l = sub { operand($c, %o) };
	if ($kind =~ /in$/ && $c->{type} =~ /date|timestamp/)
	{
		# A mixed list is cast to one type, and a cast can fail; whether it is
		# evaluated at all is then up to the plan.
		my $one = !$o{simple} && chance(22) ? pick(@{ $CROSS{ $c->{type} } }) : $c->{type};
		$l = sub { operand($c, %o, type => $one) };
	}
	return "$n = " . $l->() if $kind eq 'eq';
	return "$n < " . $l->() if $kind eq 'lt';
	return "$n <= " . $l->() if $kind eq 'le';
	return "$n >= " . $l->() if $kind eq 'ge';
	return "$n > " . $l->() if $kind eq 'gt';
	return "$n <> " . $l->() if $kind eq 'ne';
	return "$n BETWEEN " . $l->() . ' AND ' . $l->() if $kind eq 'between';
	return "$n >" . pick('', '=') . ' ' . $l->() . " AND $n <" . pick('', '=') . ' ' . $l->() if $kind eq 'range';
	return $l->() . pick(' < ', ' <= ', ' = ', ' >= ', ' > ') . $n if $kind eq 'swapped';
	return "$n IN (" . join(', ', map { $l->() } 1 .. 1 + r(7)) . ')' if $kind eq 'in';
	return "$n NOT IN (" . join(', ', map { $l->() } 1 .. 1 + r(3)) . ')' if $kind eq 'notin';
	return "$n IS NULL" if $kind eq 'isnull';
	return "$n IS NOT NULL" if $kind eq 'notnull';
	return "$n IS " . pick('', 'NOT ') . "DISTINCT FROM " . $l->() if $kind eq 'distinct';
	return "$n > " . $l->() . " AND $n < " . $l->() . " AND $n >= " . $l->() if $kind eq 'impossible';
	return "($n = " . $l->() . " OR $n " . pick('=', '<', '>') . ' ' . $l->() . ')' if $kind eq 'or';

	# an array, of the column's type or of one that it is compared with
	my $type = $c->{type};
	$type = pick(@{ $CROSS{$type} }) if $CROSS{$type} && chance(15);
	my $op = weighted('= ANY' => 8, '<> ALL' => 1, '< ANY' => 1, '>= ANY' => 1, '> ALL' => 1, '<= ALL' => 1);
	if ($o{params} && chance(70))
	{
		push @{ $o{params}{types} }, "$type\[]";
		push @{ $o{params}{gens} }, sub {
			my @e = map { literal($c, type => $type, plain => 1) } 1 .. r(7);
			return "array[" . join(', ', @e) . "]::$type\[]";
		};
		return "$n $op (\$" . scalar(@{ $o{params}{types} }) . ')';
	}
	my @e = map { literal($c, type => $type) } 1 .. r(7);
	return "$n $op (array[" . join(', ', @e) . "]::$type\[])";
}

# What an index can be asked about: its keys (columns or expressions), the
# INCLUDE columns, now and then anything.
sub conditions
{
	my ($ix, %o) = @_;
	my @c;
	my @k = @{ $ix->{keys} };
	my $style = weighted(prefix => 5, one => 3, any => 3, none => 2, last => 1, tail => @k > 1 ? 4 : 0, within => @k > 1 ? 3 : 0);
	if ($style eq 'prefix')
	{
		my $n = 1 + r(scalar @k);
		push @c, condition($k[$_]{cond}, %o) for 0 .. $n - 1;
	}
	elsif ($style eq 'one') { push @c, condition($k[0]{cond}, %o); }
	elsif ($style eq 'tail')
	{
		# later columns without the first: values of that are skipped
		my $from = 1 + r(@k - 1);
		push @c, condition($k[$_]{cond}, %o) for $from .. $from + r(@k - $from);
	}
	elsif ($style eq 'within')
	{
		# a range, and equality below each value in it
		push @c, condition($k[0]{cond}, %o, kinds => ['between', 'ge', 'lt', 'notnull']);
		push @c, condition($k[1]{cond}, %o, kinds => ['eq', 'in', 'isnull', 'range']);
	}
	elsif ($style eq 'last') { push @c, condition($k[-1]{cond}, %o); }
	elsif ($style eq 'any')
	{
		my @from = ((map { $_->{cond} } @k), @{ $ix->{incl} });
		push @c, condition($_, %o) for some_of(1 + r(3), @from);
	}
	push @c, condition(pick(@{ $ix->{incl} }), %o) if @{ $ix->{incl} } && chance(20);
	push @c, condition(pick(@{ $t->{cols} }), %o) if chance(3);
	if (@k > 1 && chance(4) && $k[0]{col} && $k[1]{col})
	{
		my $a = $o{alias} ? "$o{alias}." : '';
		push @c, "($a$k[0]{ref}, $a$k[1]{ref}) " . pick('<', '<=', '>', '>=') . ' (' . operand($k[0]{cond}, simple => 1) . ', ' . operand($k[1]{cond}, simple => 1) . ')';
	}
	if ($ix->{where} && chance(80))
	{
		my $w = $ix->{where};
		if ($o{alias}) { $w =~ s/\b(id|c\d+)\b/$o{alias}.$1/g; }
		push @c, "($w)";
	}
	@c = shuffled(@c);
	return @c;
}

sub where_sql
{
	my @c = @_;
	return '' unless @c;
	return ' WHERE ' . join(' AND ', @c);
}


# --------------------------------------------------------------------------
# Queries.  A query is { sql, out: expressions that make its rows, seq:
# expressions whose order matters, sets: settings of the index side }.  The
# columns of sql are named o1, o2, ...
# --------------------------------------------------------------------------
sub order_by
{
	my ($ix, $n, $back, $alias) = @_;
	my $a = $alias ? "$alias." : '';
	my @o;
	for my $k (@{ $ix->{keys} }[ 0 .. $n - 1 ])
	{
		my $desc = $k->{desc} ^ $back;
		my $nf = $k->{nullsfirst} ^ $back;
		my $ref = $k->{col} ? $a . $k->{ref} : $k->{ref};
		push @o, $ref . ($desc ? ' DESC' : '') . ($nf == $desc ? '' : $nf ? ' NULLS FIRST' : ' NULLS LAST');
	}
	return join(', ', @o);
}

sub all_out { my ($q, @types) = @_; my $i = 0; return [ map { 'o' . ++$i } @types ]; }
sub normed_out { my (@types) = @_; my $i = 0; return [ map { norm($_, 'o' . ++$i) } @types ]; }

# Columns to ask for: mostly such as the index holds.
sub output_columns
{
	my ($ix) = @_;
	my @have = @{ $ix->{have} };
	@have = ($t->{cols}[0]) unless @have;
	my @c = some_of(1 + r(scalar @have), @have);
	push @c, pick(@{ $t->{cols} }) if chance(4);
	return @c;
}

sub limit_sql
{
	my $n = $t->{rows};
	my $l = ' LIMIT ' . pick(0, 1, 1, 2, 3, 10, 10, 57, int($n / 2), $n + 5);
	$l .= ' OFFSET ' . pick(0, 1, 2, 5, 20, int($n / 2), int($n / 3), $n) if chance(40);
	$l =~ s/^ LIMIT \d+// if chance(5) && $l =~ /OFFSET/;
	return $l;
}

sub q_rows
{
	my ($ix, %o) = @_;
	my @c = output_columns($ix);
	my $i = 0;
	return {
		sql => 'SELECT ' . join(', ', map { "$_->{ref} o" . ++$i } @c) . " FROM $t->{name}" . where_sql(conditions($ix, %o)),
		out => all_out(undef, @c),
	};
}

sub q_not_covered
{
	my ($ix, %o) = @_;
	my @cols = (@{ $t->{cols} });
	my $i = 0;
	my @c = chance(50) ? @cols : some_of(2, @cols);
	return {
		sql => 'SELECT ' . join(', ', map { "$_->{ref} o" . ++$i } @c) . ', w o' . ++$i . " FROM $t->{name}" . where_sql(conditions($ix, %o)),
		out => all_out(undef, @c, 'w'),
	};
}

sub q_ordered
{
	my ($ix, %o) = @_;
	my @k = @{ $ix->{keys} };
	my $n = chance(50) ? scalar @k : 1 + r(scalar @k);
	my $back = chance(50) ? 1 : 0;
	my $limited = chance(60);
	my $ties = chance(8);
	my @by = @k[ 0 .. $n - 1 ];
	my @seq = map { { ref => $_->{ref}, type => $_->{type} } } @by;
	my $total = grep { $_->{ref} eq 'id' } @by;
	my @more = $limited && !$total && !$ties ? () : output_columns($ix);
	my @c = (@seq, @more);
	my $i = 0;
	my $sql = 'SELECT ' . join(', ', map { "$_->{ref} o" . ++$i } @c) . " FROM $t->{name}" . where_sql(conditions($ix, %o)) . ' ORDER BY ' . order_by($ix, $n, $back);
	$sql .= $ties ? ' FETCH FIRST ' . pick(1, 3, 20) . ' ROWS WITH TIES' : $limited ? limit_sql() : '';
	my $seq = normed_out(map { $_->{type} } @seq);
	my @out = @{ all_out(undef, @c) };
	@out = @{ normed_out(map { $_->{type} } @c) } if $limited && !$total;
	return { sql => $sql, out => \@out, seq => $seq };
}

# OFFSET, with costs that make it worth a descent.
sub q_offset
{
	my ($ix, %o) = @_;
	my $q;
	for (1 .. 20)
	{
		$q = q_ordered($ix, %o);
		last if $q->{sql} =~ / OFFSET /;
	}
	$q->{sets} = ['cpu_tuple_cost=10'];
	return $q;
}

sub aggregate_of
{
	my ($c, @others) = @_;
	my $n = $c->{ref};
	my $ty = $c->{type};
	my @a = ("count($n)", "count(*)");
	if (!$TYPES{$ty}{nominmax})
	{
		push @a, ("min($n)", "max($n)") x 2;
	}
	push @a, "sum($n)", "avg($n)" if $TYPES{$ty}{int} || $ty =~ /^numeric/;
	# an overflow on the way, which others have by the order of their rows, is none here
	push @a, "sum($n)" if $ty eq 'money' && ($c->{dist} // '') ne 'extremes';
	push @a, "sum($n)", "avg($n)" if $ty eq 'interval' && ($c->{dist} // '') ne 'extremes';
	push @a, pick(qw(min max)) . "($n COLLATE \"C\")" if $TYPES{$ty}{text};
	push @a, pick(qw(bit_and bit_or bit_xor)) . "($n)" if $TYPES{$ty}{int};
	push @a, "sum($n)", "sum($n)" if $TYPES{$ty}{int};
	push @a, pick(qw(stddev stddev_pop variance var_pop)) . "($n)" if $TYPES{$ty}{int} || $ty =~ /^numeric/;
	push @a, "bool_and($n)", "bool_or($n)", "every($n)" if $ty eq 'bool';
	push @a, "count(DISTINCT $n)";
	if ($TYPES{$ty}{int})
	{
		# not of numerics: which of 1.0 and 1.00 counts is anybody's choice
		push @a, "sum(DISTINCT $n)", "avg(DISTINCT $n)";

		# of one row it is the same error, or none
		my $op = pick('+', '-', '*');
		my $by = pick(1, 2, 7, -1, 100000, "$n");
		push @a, pick(qw(sum min max count)) . "($n $op $by)";
		push @a, "sum(CASE WHEN $n > " . r(100) . " THEN $n ELSE -1 END)", "max($n % 7)", "sum($n / " . pick(3, $n) . ")";
		push @a, "sum(coalesce($n, 7))", "count(CASE $n WHEN 1 THEN 2 WHEN " . r(100) . " THEN NULL ELSE $n END)",
		  "sum(CASE WHEN $n < " . r(100) . " OR NOT $n <> " . r(50) . " THEN $n - 1 WHEN $n IS NULL THEN 3 END)";
	}
	if ($ty eq 'numeric(12,3)')
	{
		my $e = pick("$n * 2", "$n * $n", "$n + 0.5", "1 - $n", "$n * (1 - $n)", "-$n", "coalesce($n, 0.000)", "CASE WHEN $n > " . r(100) . " THEN $n ELSE 1.500 END");
		push @a, pick(qw(sum avg min max count stddev)) . "($e)";
		push @a, pick(qw(sum avg)) . '(' . pick("CASE WHEN $n > " . r(1000) . " THEN $n ELSE 0 END", "coalesce($n, 0)", "CASE WHEN $n < 0 THEN $n * $n WHEN $n IS NOT NULL THEN 1 END") . ')';
	}
	my $a = pick(@a);
	$a .= ' FILTER (WHERE ' . join(' AND ', map { condition($_) } some_of(1 + r(2), $c, @others)) . ')' if chance(20);
	$a = norm($ty, $a) if $a =~ /^m(in|ax)/;
	return $a;
}

sub q_aggregate
{
	my ($ix, %o) = @_;
	my @have = @{ $ix->{have} } ? @{ $ix->{have} } : ($t->{cols}[0]);
	my @a = map { aggregate_of(pick(@have), @have) } 1 .. 1 + r(3);
	my $i = 0;
	return {
		sql => 'SELECT ' . join(', ', map { "$_ o" . ++$i } @a) . " FROM $t->{name}" . where_sql(conditions($ix, %o)),
		out => all_out(undef, @a),
	};
}

# An expression over a column that can be grouped by; equal values of it are the same.
sub group_expression
{
	my ($c) = @_;
	my $n = $c->{ref};
	my $ty = $c->{type};
	my @e = ("$n IS NULL");
	if ($TYPES{$ty}{int})
	{
		my $by = pick(2, 3, 7, 10, 1000, 100000, -3);
		push @e, "$n / $by", "$n / $by", "$n % $by", "($n / $by) * 2 + 1", "$n / $by % 5", "CASE WHEN $n > " . r(100) . " THEN $n / $by END";
	}
	if ($ty eq 'date' || $ty =~ /^timestamp/)
	{
		my $u = pick(qw(day week month quarter year decade century millennium));
		my $x = pick($u, 'dow', 'doy', 'isoyear', 'week', 'month');
		my $zone = pick('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia');
		push @e, "date_trunc('$u', $n)", "date_trunc('$u', $n)", "extract($x FROM $n)", "to_char($n, 'YYYY-MM')";
		push @e, "date_part('$x', $n)", "$n\::date", "date_trunc('hour', $n)" if $ty ne 'date';
		push @e, "date_bin('" . pick('1 hour', '36 hours', '100 days') . "', $n, '2001-02-03')" if $ty ne 'date';
		push @e, "date_trunc('$u', $n, '$zone')", "date_trunc('$u', $n AT TIME ZONE '$zone')", "extract($x FROM $n AT TIME ZONE '$zone')" if $ty eq 'timestamptz';
	}
	push @e, "left($n, " . r(4) . ")", "length($n)", "upper($n)" if $ty eq 'text' || $ty eq 'varchar';
	return { ref => pick(@e), type => 'text' };
}

sub q_group
{
	my ($ix, %o) = @_;
	my @have = @{ $ix->{have} } ? @{ $ix->{have} } : ($t->{cols}[0]);
	my @by = chance(60) ? ($have[0]) : some_of(1 + r(2), @have);
	my @lead = map { $_->{col} } grep { $_->{col} } @{ $ix->{keys} };
	@by = @lead[ 0 .. r(scalar @lead) ] if @lead && chance(60);
	$by[-1] = group_expression($by[-1]) if chance(40);
	my @a = map { aggregate_of(pick(@have), @have) } 1 .. 1 + r(2);
	my $i = 0;
	my $sql = 'SELECT ' . join(', ', (map { "$_->{ref} o" . ++$i } @by), (map { "$_ o" . ++$i } @a)) . " FROM $t->{name}" . where_sql(conditions($ix, %o)) . ' GROUP BY ' . join(', ', map { $_->{ref} } @by);
	$sql .= ' HAVING count(*) > ' . r(3) if chance(15);
	my $out = normed_out((map { $_->{type} } @by), ('text') x @a);
	return { sql => $sql, out => $out, sets => pick([], ['enable_hashagg=off'], ['enable_sort=off']) };
}

sub q_distinct
{
	my ($ix, %o) = @_;
	my @c = output_columns($ix);
	my @lead = map { $_->{col} } grep { $_->{col} } @{ $ix->{keys} };
	@c = @lead[ 0 .. r(scalar @lead) ] if @lead && chance(60);
	my $i = 0;
	return {
		sql => 'SELECT DISTINCT ' . join(', ', map { "$_->{ref} o" . ++$i } @c) . " FROM $t->{name}" . where_sql(conditions($ix, %o)),
		out => normed_out(map { $_->{type} } @c),
		sets => pick([], ['enable_hashagg=off']),
	};
}

# Joins with a few values: the inner side is scanned again and again.
sub join_condition
{
	my ($ix, $p, $op) = @_;
	my $k = $ix->{keys}[0];
	my @pc = grep { $_->{of} == ($k->{col} || $t->{cols}[0]) } @{ $t->{pcols} };
	my $c = $k->{col} || $t->{cols}[0];
	my @on = ("t.$c->{ref} $op $p.$pc[0]{name}");
	if (@{ $ix->{keys} } > 1 && chance(50) && $ix->{keys}[1]{col})
	{
		my $c2 = $ix->{keys}[1]{col};
		my @pc2 = grep { $_->{of} == $c2 } @{ $t->{pcols} };
		push @on, "t.$c2->{ref} " . pick('=', '<', '<=', '>=', '>') . " $p.$pc2[0]{name}";
	}
	return @on;
}

my @NESTLOOP = ('enable_hashjoin=off', 'enable_mergejoin=off');
my @MERGEJOIN = ('enable_hashjoin=off', 'enable_nestloop=off');

sub q_join
{
	my ($ix, %o) = @_;
	my @on = join_condition($ix, 'p', weighted('=' => 6, '<' => 1, '<=' => 1, '>=' => 1, '>' => 1));
	my @c = output_columns($ix);
	my $i = 0;
	my $kind = weighted('JOIN' => 5, 'LEFT JOIN' => 2);
	my $sql = 'SELECT p.ctid o1, ' . join(', ', map { "t.$_->{ref} o" . (++$i + 1) } @c) . " FROM $t->{name}_p p $kind $t->{name} t ON " . join(' AND ', @on);
	my @w = conditions($ix, %o, alias => 't');
	$sql .= where_sql(@w) if chance(30);
	if ($t->{rows} > 2000)
	{
		# much of many: count it instead
		$sql =~ s/^SELECT .*? FROM/SELECT p.ctid o1, count(*) o2 FROM/;
		$sql .= ' GROUP BY p.ctid';
		@c = (1);
	}
	my $sets = weighted(nl => 6, nlm => 2, merge => 2, any => 1);
	return {
		sql => $sql,
		out => all_out(undef, 1, @c),
		sets => $sets eq 'nl' ? [ @NESTLOOP, 'enable_material=off' ]
		  : $sets eq 'nlm' ? [ @NESTLOOP, 'enable_memoize=off' ]
		  : $sets eq 'merge' ? [@MERGEJOIN] : [],
	};
}

sub q_semijoin
{
	my ($ix, %o) = @_;
	my @on = join_condition($ix, 'p', weighted('=' => 5, '<' => 1, '>' => 1));
	my @w = chance(40) ? conditions($ix, %o, alias => 't') : ();
	my $not = chance(40) ? 'NOT ' : '';
	return {
		sql => "SELECT p.ctid o1 FROM $t->{name}_p p WHERE ${not}EXISTS (SELECT 1 FROM $t->{name} t WHERE " . join(' AND ', @on, @w) . ')',
		out => ['o1'],
		sets => pick([@NESTLOOP], [@MERGEJOIN], []),
	};
}

sub q_lateral
{
	my ($ix, %o) = @_;
	my @k = @{ $ix->{keys} };
	return q_ordered($ix, %o) if grep { !$_->{col} } @k;
	my @on = join_condition($ix, 'p', pick('=', '>', '>=', '<', '<='));
	my $n = scalar @k;
	my $i = 1;
	my $back = chance(50) ? 1 : 0;
	my $sql = 'SELECT p.ctid o1, ' . join(', ', map { "l.$_->{ref} o" . ++$i } @k) . " FROM $t->{name}_p p CROSS JOIN LATERAL (SELECT " . join(', ', map { $_->{ref} } @k) . " FROM $t->{name} t" . where_sql(@on) . ' ORDER BY ' . order_by($ix, $n, $back, 't') . ' LIMIT ' . pick(1, 2, 5)
	  . (chance(40) ? ' OFFSET ' . pick(1, 3, 40, 'length(p.ctid::text)') : '') . ') l';
	return { sql => $sql, out => normed_out('text', map { $_->{type} } @k), sets => [ @NESTLOOP, chance(50) ? 'cpu_tuple_cost=10' : () ] };
}

sub q_scalar
{
	my ($ix, %o) = @_;
	my $k = $ix->{keys}[0];
	my $c = $k->{col};
	return q_aggregate($ix, %o) if !$c || $TYPES{ $c->{type} }{nominmax};
	my @on = join_condition($ix, 'p', pick('=', '>', '>=', '<', '<='));
	my $last = $ix->{keys}[-1]{col} || $c;
	$last = $c if $TYPES{ $last->{type} }{nominmax};
	my $f = pick('min', 'max');
	return {
		sql => "SELECT p.ctid o1, (SELECT " . norm($last->{type}, "$f(t.$last->{ref})") . " FROM $t->{name} t" . where_sql(@on) . ") o2, (SELECT count(*) FROM $t->{name} t" . where_sql(@on) . ") o3 FROM $t->{name}_p p",
		out => [qw(o1 o2 o3)],
		sets => [@NESTLOOP],
	};
}

# Mark and restore: a merge join with duplicates on both sides.
sub q_selfjoin
{
	my ($ix, %o) = @_;
	my $k = $ix->{keys}[0];
	my $c = $k->{col};
	return q_rows($ix, %o) if !$c || $t->{rows} > 400 && !$c->{unique};
	my $two = @{ $ix->{keys} } > 1 && $ix->{keys}[1]{col} && chance(60) ? $ix->{keys}[1]{col} : undef;
	my $kind = weighted('JOIN' => 5, 'LEFT JOIN' => 2, 'FULL JOIN' => 1, 'RIGHT JOIN' => 1);
	return {
		sql => "SELECT count(*) o1, count(a.$c->{ref}) o2, count(b.$c->{ref}) o3, count(DISTINCT a.$c->{ref}) o4 FROM $t->{name} a $kind $t->{name} b ON a.$c->{ref} = b.$c->{ref}" . ($two ? " AND a.$two->{ref} = b.$two->{ref}" : ''),
		out => [qw(o1 o2 o3 o4)],
		sets => pick([@MERGEJOIN], ($t->{rows} > 3000 ? () : [ @MERGEJOIN, 'enable_sort=off', 'enable_material=off' ]), [@MERGEJOIN, 'enable_material=off'], $t->{rows} > 3000 ? [] : [@NESTLOOP]),
	};
}

sub q_window
{
	my ($ix, %o) = @_;
	my $k = $ix->{keys}[0];
	my $c = $k->{col};
	return q_rows($ix, %o) if !$c || $t->{rows} > 3000;
	my $frame = '';
	my $dir = $k->{desc} ? ' DESC' : '';
	if ($TYPES{ $c->{type} }{int} && $c->{dist} =~ /dups|zipf|runs|unique/ && chance(60))
	{
		$frame = " RANGE BETWEEN 2 PRECEDING AND " . pick('CURRENT ROW', '1 FOLLOWING');
	}
	return {
		sql => "SELECT $c->{ref} o1, count(*) OVER (ORDER BY $c->{ref}$dir$frame) o2, rank() OVER (ORDER BY $c->{ref}$dir) o3 FROM $t->{name}" . where_sql(conditions($ix, %o)),
		out => [qw(o1 o2 o3)],
	};
}

sub q_union
{
	my ($ix, %o) = @_;
	my $k = $ix->{keys}[0];
	return q_rows($ix, %o) if !$k->{col};
	my $c = $k->{col};
	my @ord = (order_by($ix, 1, 0));
	$ord[0] =~ s/^\S+/o1/;
	return {
		sql => "SELECT $c->{ref} o1 FROM $t->{name}" . where_sql(conditions($ix, %o)) . " UNION ALL SELECT $c->{ref} FROM $t->{name}" . where_sql(conditions($ix, %o)) . " ORDER BY $ord[0]" . limit_sql(),
		out => normed_out($c->{type}),
		seq => normed_out($c->{type}),
	};
}

# Rows come from a custom scan node, from the access method, or as the planner likes.
sub node_or_am
{
	return $AM eq 'smol' ? weighted(am => 40, node => 40, any => 20) : 'any';
}
my %SETS_OF = (
	am => [ 'smol.enable_scan=off', 'smol.enable_aggregate=off' ],
	node => [ 'enable_indexonlyscan=off', 'enable_indexscan=off' ],
	any => []);

sub random_query
{
	my (%o) = @_;
	my $ix = pick(@{ $t->{ixs} });
	my $kind = weighted(
		rows => 24, ordered => 18, offset => 4, aggregate => 16, group => 7, distinct => 6,
		join => ($o{params} ? 0 : 7), semijoin => ($o{params} ? 0 : 3), lateral => ($o{params} ? 0 : 3),
		scalar => ($o{params} ? 0 : 3), selfjoin => ($o{params} ? 0 : 3), window => 2, union => 2,
		not_covered => 5);
	$kind = pick(split /,/, $opt{only}) if $opt{only};
	no strict 'refs';
	my $q = &{"q_$kind"}($ix, %o);
	$q->{kind} = $kind;
	$q->{sets} = [ @{ $q->{sets} || [] } ];
	# with merge joins alone, a large table that can't be sorted would have to go
	# through a nested loop of sequential scans
	push @{ $q->{sets} }, 'enable_sort=off' if chance(10) && !grep { $_ eq 'enable_nestloop=off' } @{ $q->{sets} };
	push @{ $q->{sets} }, 'work_mem=64kB' if chance(5);
	push @{ $q->{sets} }, 'smol.prefetch_distance=' . pick(0, 1, 3, 20) if $AM eq 'smol' && chance(15);
	push @{ $q->{sets} }, pick('smol.max_heap_checks=0', 'smol.max_heap_checks=1', 'smol.max_heap_checks=10') if $AM eq 'smol' && chance(8);
	push @{ $q->{sets} }, @{ $SETS_OF{ node_or_am() } };
	if (chance($opt{parallel}))
	{
		push @{ $q->{sets} }, 'smol.parallel_chunk_pages=' . pick(1, 1, 2, 64) if $AM eq 'smol';
		push @{ $q->{sets} }, 'max_parallel_workers_per_gather=2', 'parallel_setup_cost=0', 'parallel_tuple_cost=0',
		  'min_parallel_index_scan_size=0', 'min_parallel_table_scan_size=0';
		push @{ $q->{sets} }, 'debug_parallel_query=regress' if chance(30);
		push @{ $q->{sets} }, 'parallel_leader_participation=off' if chance(20);
	}
	push @{ $q->{sets} }, pick('enable_partitionwise_aggregate=on', 'enable_partition_pruning=off') if $t->{parts} && chance(40);
	return $q;
}

# One row that says all about a query's answer.
sub digest_sql
{
	my ($q) = @_;
	my $row = 'ROW(' . join(', ', @{ $q->{out} }) . ')::text';
	my $seq = $q->{seq} ? 'md5(string_agg(ROW(' . join(', ', @{ $q->{seq} }) . ")::text, '|'))" : "''";
	my $d = "count(*) n, $seq s, sum(hashtextextended($row, 0)) h";
	return "SELECT $d FROM ($q->{sql}) q" if !$q->{seq} && chance(15) && !$q->{nosub};
	return "WITH q AS MATERIALIZED ($q->{sql}) SELECT $d FROM q";
}

sub array_literal { return "'{" . join(',', map { "\"$_\"" } @_) . "}'::text[]"; }

# A round of comparisons: one file, one answer line each.
my $dollar = '$smol_q$';

sub round
{
	my ($n, %o) = @_;
	my $s = $o{session} || $s1;
	my $mode = $o{analyze} ? 2 : 1;
	my @q;
	my $sql = "BEGIN " . pick('', '', 'ISOLATION LEVEL REPEATABLE READ', $o{noserial} ? '' : 'ISOLATION LEVEL SERIALIZABLE') . ";\n";
	$sql = '' if $o{intransaction} || chance(70);
	my $tx = $sql ne '';

	for my $i (1 .. $n)
	{
		my ($qa, $qb, $sets, $q);
		if ($o{prepared} || (@{ $t->{prepared} || [] } && $s == $s1 && chance(15)))
		{
			# a plan from before, with new values
			my $p = pick(@{ $t->{prepared} });
			my $v = join(', ', map { $_->() } @{ $p->{gens} });
			$v = "($v)" if length $v;
			$qa = "EXECUTE $p->{name}_a$v";
			$qb = "EXECUTE $p->{name}_b$v";
			$q = { %$p, detail => $p->{text} };
			$count{prepared}++;
		}
		else
		{
			$q = random_query();
			$qa = $qb = digest_sql($q);
		}
		$q->{qa} = $qa;
		$q->{qb} = $qb;
		push @q, $q;
		my $m = $mode == 1 && chance(5) ? 2 : $mode;
		$sql .= "SELECT run($i, $dollar$qa$dollar, $dollar$qb$dollar, " . array_literal(@{ $q->{sets} }) . ", $m);\n";
	}
	$sql .= pick('COMMIT', 'ROLLBACK') . ";\n" if $tx;
	my $out = $s->run($sql);
	my %seen;
	for my $line (split /\n/, $out)
	{
		if ($line =~ /^#(\d+)\|(\w+)\|(\w+)\|(\w+)\|(.*)$/)
		{
			my ($i, $verdict, $how, $fell, $detail) = ($1, $2, $3, $4, $5);
			my $q = $q[ $i - 1 ];
			$seen{$i} = 1;
			$count{compared}++;
			$count{$how}++;
			$count{"how_$q->{kind}"}{$how}++ if $q->{kind};
			$count{parallel}++ if $fell =~ s/parallel//;
			if ($fell eq 'fell') { $count{fellback}++; $count{cleanfell}++ if $o{clean}; }
			$count{clean}++ if $o{clean};
			$count{oldsnap}++ if $s != $s1;
			if ($verdict eq 'samerror')
			{
				$count{error}++;
				$count{"error $1"}++ if $detail =~ /^error (\w+.{0,60})/;
			}
			if ($verdict eq 'different')
			{
				$count{different}++;
				explain_difference($s, $q, $detail, $o{what});
			}
			else { $count{passed}++; }
		}
		elsif ($line =~ /ERROR:|PANIC|HANG/)
		{
			next if $line =~ /current transaction is aborted/;
			my ($first) = grep { !$seen{$_} } 1 .. $n;
			report_failure('UNEXPECTED ERROR in a round of queries', $line, $first ? query_text($s, $q[ $first - 1 ]) : '');
		}
	}
	if ($s->{dead})
	{
		my ($first) = grep { !$seen{$_} } 1 .. $n;
		$count{crashes}++;
		my $q = $q[ ($first || 1) - 1 ];
		report_failure('SERVER CRASHED, or the connection was lost', $out =~ s/^#.*\n//mgr, query_text($s, $q));
		die "connection lost\n";
	}
	return;
}

sub query_text
{
	my ($s, $q) = @_;
	return ($s == $s1 ? '' : "-- in session 2\n")
	  . ($q->{detail} ? "-- prepared as: $q->{detail}\n" : '')
	  . "SET enable_seqscan = off; SET enable_bitmapscan = off; "
	  . join('', map { my ($n, $v) = split /=/, $_, 2; "SET $n = '$v'; " } @{ $q->{sets} || [] }) . "\n"
	  . ($q->{sql} ? "$q->{sql};\n" : '')
	  . "$q->{qa};\nRESET ALL; SET search_path = $SCHEMA, public; SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; " . ($AM eq 'smol' ? 'SET smol.enable_scan = off; SET smol.enable_aggregate = off;' : '') . "\n$q->{qb};";
}

sub explain_difference
{
	my ($s, $q, $detail, $what) = @_;
	# The session may be in a transaction that goes on: leave it as it is.
	my $plan = $s->run("SELECT dt_plan($dollar$q->{qa}$dollar, " . array_literal('enable_seqscan=off', 'enable_bitmapscan=off', @{ $q->{sets} }) . ", true);\n");
	my $rows = '';
	if ($q->{sql})
	{
		$rows = $s->run("SELECT dt_rows($dollar$q->{sql}$dollar, " . array_literal('enable_seqscan=off', 'enable_bitmapscan=off', @{ $q->{sets} }) . ', '
			  . array_literal('enable_indexscan=off', 'enable_indexonlyscan=off', 'enable_bitmapscan=off', $AM eq 'smol' ? ('smol.enable_scan=off', 'smol.enable_aggregate=off') : ()) . ");\n");
	}
	report_failure('DIFFERENCE' . ($what ? " $what" : ''), query_text($s, $q), "answer: $detail", "plan of the index side:", $plan, "rows that differ (at most 20; < index only, > sequential only):", $rows);
	return;
}

sub prepare_some
{
	my ($n) = @_;
	my $sql = "SET plan_cache_mode = force_generic_plan;\n";
	$t->{prepared} = [];
	for my $i (1 .. $n)
	{
		my %p = (types => [], gens => []);
		my $q = random_query(params => \%p);
		@{ $q->{sets} } = grep { !/parallel/ } @{ $q->{sets} };
		my $text = digest_sql($q);
		my $args = @{ $p{types} } ? '(' . join(', ', @{ $p{types} }) . ')' : '';
		$sql .= "PREPARE p${i}_a$args AS $text;\nPREPARE p${i}_b$args AS $text;\n";
		push @{ $t->{prepared} }, { name => "p$i", gens => $p{gens}, sets => $q->{sets}, text => "$args $text", kind => $q->{kind} };
	}
	act($sql, allow => qr/could not determine data type/);
	return;
}


# --------------------------------------------------------------------------
# Cursors: the same walk through both.
# --------------------------------------------------------------------------
sub cursor_walks
{
	my ($n, %o) = @_;
	my ($sql, @walks) = ('');
	for my $i (1 .. $n)
	{
		my $ix = pick(@{ $t->{ixs} });
		my $q = q_ordered($ix);
		$q->{sql} =~ s/ (LIMIT|FETCH FIRST|OFFSET) .*$// if chance(60);
		# only what the order fixes
		my $body = "SELECT " . join(', ', @{ $q->{seq} }) . " FROM ($q->{sql}) q";
		my ($list, $rest) = $q->{sql} =~ /^SELECT (.*?) FROM (.*)$/s;
		my @k = @{ $q->{seq} };
		my @refs = split /, (?=.* o\d)/, $list;
		$body = $q->{sql};
		my @nexpr;
		for my $j (0 .. $#k)
		{
			my ($ref) = $list =~ /(?:^|, )([^,]*(?:\([^()]*\)[^,]*)?) o@{[$j+1]}\b/ or last;
			(my $e = $k[$j]) =~ s/\bo\d+\b/$ref/;
			push @nexpr, $e;
		}
		next if @nexpr != @k;
		$body = 'SELECT ' . join(', ', @nexpr) . " FROM $rest";
		my $rows = $t->{rows};
		my @moves = map {
			pick(
				'FETCH NEXT', 'FETCH NEXT', 'FETCH PRIOR', 'FETCH FORWARD ' . (1 + r(5)), 'FETCH BACKWARD ' . (1 + r(5)),
				'FETCH FORWARD ' . (1 + r(60)), 'FETCH BACKWARD ' . (1 + r(60)), 'MOVE FORWARD ' . r($rows + 2), 'MOVE BACKWARD ' . r($rows + 2),
				'FETCH ABSOLUTE ' . r($rows + 3), 'FETCH ABSOLUTE -' . (1 + r(5)), 'FETCH RELATIVE ' . (r(9) - 4), 'FETCH FIRST', 'FETCH LAST',
				'MOVE LAST', 'MOVE FIRST', 'FETCH FORWARD 0', $rows < 300 ? ('FETCH ALL', 'FETCH BACKWARD ALL') : ())
		} 1 .. 4 + r(14);
		my $hold = chance(10);
		my $scroll = chance(90) ? 'SCROLL' : '';
		@moves = grep { /FORWARD [1-9]|NEXT/ } @moves if !$scroll;
		my @sides;
		my @by = @{ $SETS_OF{ node_or_am() } };
		for my $side (0, 1)
		{
			my @sets = $side ? ('enable_indexscan=off', 'enable_indexonlyscan=off', $AM eq 'smol' ? ('smol.enable_scan=off', 'smol.enable_aggregate=off') : ()) : ('enable_seqscan=off', $q->{sql} =~ / OFFSET / ? 'cpu_tuple_cost=10' : (), @by);
			my $x = "BEGIN ISOLATION LEVEL REPEATABLE READ;\n" . join('', map { "SET LOCAL $_;\n" } 'enable_bitmapscan=off', @sets);
			$x .= "DECLARE c $scroll CURSOR" . ($hold ? ' WITH HOLD' : '') . " FOR $body;\n" . ($hold ? "COMMIT;\n" : '') . join('', map { "$_ FROM c;\n" } @moves) . ($hold ? "CLOSE c;\n" : "ROLLBACK;\n");
			push @sides, $x;
			$sql .= "\\echo %$i.$side\n$x";
		}
		push @walks, [ $i, $body, @sides ];
	}
	return unless @walks;
	my $out = $s1->run($sql);
	my (%part, $cur);
	for (split /^/m, $out)
	{
		if (/^%(\d+\.\d)$/) { $cur = $1; $part{$cur} = ''; next }
		s/^psql:\S+ //;
		$part{$cur} .= $_ if defined $cur;
	}
	for my $w (@walks)
	{
		my ($i, $body, $xa, $xb) = @$w;
		my ($a, $b) = ($part{"$i.0"} // 'nothing', $part{"$i.1"} // 'nothing');
		$count{compared}++;
		$count{cursor}++;
		if ($a eq $b && $a !~ /PANIC|terminat|lost/) { $count{passed}++; next }
		$count{different}++;
		report_failure('DIFFERENCE in a cursor', $xa, "gave:", substr($a, 0, 3000), "and", $xb, "gave:", substr($b, 0, 3000));
	}
	if ($s1->{dead})
	{
		$count{crashes}++;
		my ($first) = grep { !defined $part{ $_->[0] . '.1' } } @walks;
		report_failure('SERVER CRASHED, or the connection was lost', 'while walking through cursors; about here:', $first ? $first->[2] : $walks[-1][2], substr($out, -500));
		die "connection lost\n";
	}
	return;
}


# --------------------------------------------------------------------------
# Changes
# --------------------------------------------------------------------------
sub some_rows
{
	my $k = pick(1, 2, 3, 5, 20, 1000);
	return pick(
		'', "WHERE hashint8(id) % $k = 0", "WHERE hashint8(id) % 97 = 5", "WHERE id = " . (1 + r($t->{next})),
		"WHERE id BETWEEN " . r($t->{next}) . ' AND ' . r($t->{next}), "WHERE id > " . int($t->{next} * 0.8),
		'WHERE ' . condition(pick(@{ $t->{cols} })));
}

sub insert_some
{
	my $n = weighted(1 => 5, 5 => 3, 100 => 2);
	my $sql = insert_sql($t->{next}, $t->{next} + $n - 1, 'g');
	$t->{next} += $n;
	return $sql;
}

sub update_some
{
	my $c = pick(@{ $t->{cols} });
	$c = $t->{cols}[1] if $c->{unique} && @{ $t->{cols} } > 1;
	my $v = value_sql({ %$c, salt => $c->{salt} + 5 });
	$v =~ s/\bg\b/(id + 7)/g;
	return "UPDATE $t->{name} SET $c->{name} = $v " . some_rows() . ';';
}

sub hot_update { return "UPDATE $t->{name} SET w = w + 1 " . some_rows() . ';'; }
sub delete_some { return "DELETE FROM $t->{name} " . some_rows() . ';'; }

sub a_write
{
	return weighted(insert_some() => 3, delete_some() => 3, hot_update() => 3, update_some() => 2,
		"MERGE INTO $t->{name} d USING (SELECT id FROM $t->{name} " . some_rows() . ") s ON d.id = s.id WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET w = d.w + 1;" => 1,
		"SELECT count(*) FROM (SELECT id FROM $t->{name} " . some_rows() . " FOR UPDATE) q \\g /dev/null" => 1);
}

my $READER_ALLOWED = qr/could not serialize access/;

sub change
{
	my (%o) = @_;
	my $old = $o{old};		# session 2 holds an old snapshot (1), and locks on the table (2)
	my $kind = weighted(
		write => 6, aborted => 3, savepoint => 2, vacuum => 5, vacuum_on => 4, vacuum_off => 1,
		reindex => ($old && $old > 1 ? 0 : 4), recreate => ($old && $old > 1 ? 0 : 2), full => ($old ? 0 : 1), truncate => ($old ? 0 : 1),
		tail => 1, inside => 4, rowbyrow => 1, alter => ($old ? 0 : 1), rollback_build => ($old && $old > 1 ? 0 : 1), build_inside => ($old && $old > 1 ? 0 : 1));
	my $ix = pick(@{ $t->{ixs} });
	my $n = $t->{name};
	if ($kind eq 'write') { act(a_write()); }
	elsif ($kind eq 'aborted') { act("BEGIN;\n" . a_write() . "\nROLLBACK;"); }
	elsif ($kind eq 'savepoint')
	{
		act("BEGIN;\n" . a_write() . "\nSAVEPOINT a;\n" . a_write() . "\nROLLBACK TO a;\n" . a_write() . "\nSAVEPOINT b;\n" . a_write() . "\nRELEASE b;\n" . pick('COMMIT', 'COMMIT', 'ROLLBACK') . ';');
	}
	elsif ($kind eq 'vacuum') { act("VACUUM $n;"); }
	elsif ($kind eq 'vacuum_on') { act("VACUUM (INDEX_CLEANUP ON" . pick('', ', FREEZE', ', DISABLE_PAGE_SKIPPING', ', ANALYZE') . ") $n;"); }
	elsif ($kind eq 'vacuum_off') { act("VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF) $n;"); }
	elsif ($kind eq 'full') { act("VACUUM FULL $n;" . (chance(60) ? "\nVACUUM $n;" : '')); }
	elsif ($kind eq 'reindex') { act(pick("REINDEX INDEX $ix->{name};", "REINDEX TABLE $n;", "REINDEX TABLE $n;\nVACUUM $n;")); }
	elsif ($kind eq 'recreate') { act("DROP INDEX $ix->{name};\n" . index_sql($ix) . (chance(50) ? "\nVACUUM $n;" : '')); }
	elsif ($kind eq 'truncate') { act(pick("TRUNCATE $n;", "BEGIN; TRUNCATE $n; TRUNCATE $n; COMMIT;", "BEGIN; TRUNCATE $n; " . insert_some() . " TRUNCATE $n; COMMIT;") . "\n" . insert_some() . "\n" . (chance(50) ? "REINDEX TABLE $n;\nVACUUM $n;" : '')); }
	elsif ($kind eq 'tail')
	{
		act("DELETE FROM $n WHERE ctid > (SELECT max(ctid) FROM $n WHERE id < " . int($t->{next} / 2) . ");\nVACUUM (INDEX_CLEANUP ON) $n;\n" . (chance(60) ? insert_some() : ''));
	}
	elsif ($kind eq 'rowbyrow')
	{
		act("DO \$do\$ BEGIN FOR i IN 1 .. 20 LOOP UPDATE $n SET w = w + 1 WHERE id = i; BEGIN DELETE FROM $n WHERE id = i + 20; IF i % 2 = 0 THEN RAISE EXCEPTION 'back'; END IF; EXCEPTION WHEN raise_exception THEN NULL; END; END LOOP; END \$do\$;");
	}
	elsif ($kind eq 'alter')
	{
		act(pick("ALTER TABLE $n ADD COLUMN IF NOT EXISTS added int DEFAULT 5;", "ALTER TABLE $n ALTER w TYPE int8;", "ALTER TABLE $n ALTER pad SET STORAGE EXTERNAL;"));
	}
	elsif ($kind eq 'rollback_build')
	{
		act("BEGIN;\n" . hot_update() . "\nSAVEPOINT a;\nREINDEX INDEX $ix->{name};\n" . a_write() . "\nROLLBACK TO a;\n" . pick('COMMIT', 'ROLLBACK') . ';', allow => qr/pending trigger|in use|being used/);
	}
	elsif ($kind eq 'build_inside')
	{
		# the builder's own transaction reads, writes, and reads again
		act("BEGIN" . pick('', ' ISOLATION LEVEL REPEATABLE READ') . ";\n" . a_write() . "\nREINDEX INDEX $ix->{name};");
		round(4, intransaction => 1, analyze => 1, what => "after building in the same transaction");
		act(a_write());
		round(4, intransaction => 1, analyze => 1, what => "after building and writing in the same transaction");
		act("SAVEPOINT a;\n" . a_write());
		round(2, intransaction => 1, analyze => 1, what => "after building and writing in the same transaction");
		act("ROLLBACK TO a;");
		round(2, intransaction => 1, analyze => 1, what => "after building, writing and rolling back in the same transaction");
		act(pick('COMMIT', 'ROLLBACK') . ';');
	}
	elsif ($kind eq 'inside')
	{
		act("BEGIN" . pick('', ' ISOLATION LEVEL REPEATABLE READ') . ";\n" . a_write());
		round(5, intransaction => 1, analyze => 1, what => "in a transaction that wrote");
		act("SAVEPOINT a;\n" . a_write());
		round(3, intransaction => 1, analyze => 1, what => "in a transaction that wrote");
		act("ROLLBACK TO a;");
		round(3, intransaction => 1, analyze => 1, what => "in a transaction that wrote and rolled back to a savepoint");
		act(pick('COMMIT', 'ROLLBACK') . ';');
	}
	$count{mutated}++;
	return;
}

# Tables whose smol indexes let rows be changed: all kinds of change, with
# questions in between, by this session and by one with an older snapshot.
sub changes_and_rounds
{
	my $steps = 3 + r(8);
	my $old = 0;
	prepare_some(4);
	round(8, prepared => 1, analyze => 1);
	for my $step (1 .. $steps)
	{
		last if out_of_time();
		if (!$old && chance(45))
		{
			act('BEGIN ISOLATION LEVEL ' . pick('REPEATABLE READ', 'REPEATABLE READ', 'SERIALIZABLE') . '; SELECT 1;', session => $s2);
			$old = 1;
			if (chance(30))
			{
				round(3, session => $s2, intransaction => 1, analyze => 1, what => 'in session 2, at first');
				$old = 2;
			}
		}
		change(old => $old);
		change(old => $old) if chance(40);
		act("ANALYZE $t->{name};") if chance(15);
		# plans drop an index that is not usable: the old ones still have it
		round(14, analyze => 1, what => 'after changes');
		round(4, prepared => 1, analyze => 1, what => 'after changes, with a plan from before');
		cursor_walks(1) if chance(30);
		if ($old)
		{
			round(8, session => $s2, intransaction => 1, analyze => 1, what => 'in session 2, whose snapshot is older');
			$old = 2;
			if (chance(35)) { act(pick('COMMIT', 'ROLLBACK') . ';', session => $s2); $old = 0; }
		}
	}
	act('ROLLBACK;', session => $s2) if $old;
	verify();
	# and whole again
	act("REINDEX TABLE $t->{name};\nVACUUM ANALYZE $t->{name};");
	load_pools();
	round(25, clean => 1, what => 'after REINDEX');
	verify();
	return;
}

# writes = reject: writes end in an error that names table and index, except
# what a partial index cannot refuse.
sub rejected_and_rounds
{
	if (!$t->{all_partial})
	{
		for my $w (insert_some(), delete_some(), hot_update())
		{
			next if chance(60);
			# of a partition that is excluded by the WHERE nothing is written
			next if $t->{parts} && $w =~ /WHERE/;
			# rows may all be for the last partition, if that has no index
			my $open = $t->{mixed} && $w =~ /INSERT/ ? "$t->{name}_p" . ($t->{parts} - 1) : undef;
			$w =~ s/;$/ RETURNING 'row in ' || tableoid::regclass::text;/ if $open;
			my $out = $s1->run("BEGIN;\n$w\nROLLBACK;\n");
			next if $AM ne 'smol';
			my $known = $out =~ /ERROR:.*$t->{name}|ERROR:.*smol/;
			$known = 1 if $open && $out =~ /row in/ && $out !~ /row in (?!\S*\b$open\b)/;
			if ($s1->{dead} || !$known) { report_failure('A WRITE WAS NOT REFUSED (or not by smol)', $w, $out); die "connection lost\n" if $s1->{dead}; }
			else { $count{passed}++; }
		}
		round(6, analyze => 1, clean => 1, what => 'after refused writes');
		return;
	}
	prepare_some(3);
	my $refused = qr/ERROR:.*(smol|$t->{name})/;
	$refused = qr/^$/ if $AM ne 'smol';
	round(6, prepared => 1, analyze => 1);
	for (1 .. 2 + r(4))
	{
		last if out_of_time();
		my $w = weighted(
			delete_some() => 4, hot_update() => 2, insert_some() => 2, "VACUUM $t->{name};" => 3,
			"VACUUM (INDEX_CLEANUP ON) $t->{name};" => 3, "REINDEX TABLE $t->{name};" => 1,
			"BEGIN;\n" . delete_some() . "\nROLLBACK;" => 2);
		act($w, allow => $refused);
		$s1->run("ROLLBACK;\n") if $w =~ /BEGIN/;
		round(12, analyze => 1, what => 'after deletes under a partial index');
		round(4, prepared => 1, analyze => 1, what => 'after deletes under a partial index, with a plan from before');
	}
	verify();
	return;
}

sub verify
{
	return if $AM ne 'smol';
	my @names = map { $_->{name} } @{ $t->{ixs} };
	my $sql = $t->{parts}
	  ? join('', map { "SELECT smol_verify(c.oid::regclass) FROM pg_partition_tree('$_') p JOIN pg_class c ON c.oid = p.relid WHERE p.isleaf;\n" } @names)
	  : join('', map { "SELECT smol_verify('$_'::regclass);\n" } @names);
	my $out = $s1->run($sql);
	if ($out =~ /ERROR|PANIC|lost/) { report_failure('smol_verify COMPLAINS', $sql, $out); }
	else { $count{passed}++; }
	die "connection lost\n" if $s1->{dead};
	return;
}

sub out_of_time
{
	return 1 if $opt{seconds} && time() - $start > $opt{seconds};
	return 1 if $opt{queries} && $count{compared} >= $opt{queries};
	return 0;
}


# --------------------------------------------------------------------------
# The server's side of a comparison
# --------------------------------------------------------------------------
my $SETTINGS = join "\n", map { "SET $_" } (
	'enable_seqscan = on', 'enable_indexscan = on', 'enable_indexonlyscan = on', 'enable_bitmapscan = on', 'enable_tidscan = on',
	'enable_sort = on', 'enable_hashagg = on', 'enable_hashjoin = on', 'enable_mergejoin = on', 'enable_nestloop = on',
	'enable_material = on', 'enable_memoize = on', "work_mem = '4MB'", 'max_parallel_workers_per_gather = 0',
	'parallel_setup_cost = 1000', 'parallel_tuple_cost = 0.1', "min_parallel_index_scan_size = '512kB'",
	"min_parallel_table_scan_size = '8MB'", 'debug_parallel_query = off', 'parallel_leader_participation = on',
	'enable_partitionwise_aggregate = off', 'enable_partition_pruning = on', 'cpu_tuple_cost = 0.01',
	($AM eq 'smol' ? ('smol.max_heap_checks = 1024', 'smol.parallel_chunk_pages = 32', 'smol.prefetch_distance = 1024', 'smol.enable_scan = on', 'smol.enable_aggregate = on') : ()));

my $NODES_OFF = $AM eq 'smol' ? ',smol.enable_scan=off,smol.enable_aggregate=off' : '';
my $HELPERS = <<"SQL";
CREATE TYPE dt_mood AS ENUM ('low', 'meh', 'glad');
ALTER TYPE dt_mood ADD VALUE 'sad' BEFORE 'meh';
ALTER TYPE dt_mood ADD VALUE 'fine' AFTER 'meh';
-- The digest of a query's answer under some settings, or its error.
CREATE FUNCTION dt_one(q text, sets text[]) RETURNS text LANGUAGE plpgsql $SETTINGS AS \$fn\$
DECLARE
	s text;
	d record;
BEGIN
	FOREACH s IN ARRAY sets LOOP
		PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true);
	END LOOP;
	BEGIN
		EXECUTE q INTO d;
		RETURN d::text;
	EXCEPTION WHEN OTHERS THEN
		RETURN 'error ' || SQLSTATE || ' ' || SQLERRM;
	END;
END \$fn\$;

CREATE FUNCTION dt_plan(q text, sets text[], really bool) RETURNS text LANGUAGE plpgsql $SETTINGS AS \$fn\$
DECLARE
	s text;
	p text := '';
BEGIN
	FOREACH s IN ARRAY sets LOOP
		PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true);
	END LOOP;
	BEGIN
		FOR s IN EXECUTE CASE WHEN really THEN 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' ELSE 'EXPLAIN (COSTS OFF) ' END || q LOOP
			p := p || s || E'\\n';
		END LOOP;
		RETURN p;
	EXCEPTION WHEN OTHERS THEN
		RETURN 'error ' || SQLSTATE || ' ' || SQLERRM;
	END;
END \$fn\$;

CREATE FUNCTION dt_rows(q text, sa text[], sb text[]) RETURNS SETOF text LANGUAGE plpgsql AS \$fn\$
BEGIN
	RETURN QUERY
		SELECT * FROM (SELECT '< ' || x FROM (SELECT dt_all(q, sa) EXCEPT ALL SELECT dt_all(q, sb)) a(x) LIMIT 10) q
		UNION ALL
		SELECT * FROM (SELECT '> ' || x FROM (SELECT dt_all(q, sb) EXCEPT ALL SELECT dt_all(q, sa)) a(x) LIMIT 10) q;
END \$fn\$;

CREATE FUNCTION dt_all(q text, sets text[]) RETURNS SETOF text LANGUAGE plpgsql $SETTINGS AS \$fn\$
DECLARE
	s text;
	d record;
BEGIN
	FOREACH s IN ARRAY sets LOOP
		PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true);
	END LOOP;
	FOR d IN EXECUTE q LOOP
		RETURN NEXT d::text;
	END LOOP;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT 'error ' || SQLSTATE || ' ' || SQLERRM;
END \$fn\$;

-- Compare both ways.  mode: 1 looks at the plan, 2 also at how it was run.
CREATE FUNCTION run(id int, qa text, qb text, sets text[], mode int) RETURNS text LANGUAGE plpgsql AS \$fn\$
DECLARE
	a text;
	b text;
	p text;
	how text;
	verdict text;
	index_side text[] := '{enable_seqscan=off,enable_bitmapscan=off}';
	heap_side text[] := '{enable_indexscan=off,enable_indexonlyscan=off,enable_bitmapscan=off$NODES_OFF}';
BEGIN
	a := dt_one(qa, index_side || sets);
	p := dt_plan(qa, index_side || sets, mode = 2);
	b := dt_one(qb, heap_side);
	how := CASE WHEN p ~ 'SmolAggregate' THEN 'aggregate' WHEN p ~ 'Custom Scan' THEN 'node' WHEN p ~ 'Index Only Scan.* using ' THEN 'smol' WHEN p ~ 'Index Scan.* using ' THEN 'plain' ELSE 'none' END;
	verdict := CASE WHEN a IS DISTINCT FROM b AND NOT (left(a, 11) IS NOT DISTINCT FROM left(b, 11) AND a LIKE 'error %') THEN 'different'
		WHEN a LIKE 'error XX%' OR a LIKE 'error 58%' THEN 'different'
		WHEN a LIKE 'error %' THEN 'samerror' ELSE 'same' END;
	RETURN format('#%s|%s|%s|%s%s|%s', id, verdict, how, CASE WHEN p ~ 'Heap Fallback' THEN 'fell' ELSE 'not' END,
		CASE WHEN p ~ 'Parallel (Index|Custom)' THEN 'parallel' ELSE '' END,
		CASE WHEN verdict = 'different' THEN format('index %s, sequential %s', a, b) WHEN verdict = 'samerror' THEN a ELSE '' END);
END \$fn\$;
SQL

sub open_sessions
{
	for my $try (1 .. 60)
	{
		$s1 = Session->new('s1');
		last unless $s1->{dead};
		sleep 1;
	}
	die "cannot connect with psql: is the server of PGHOST, PGPORT there?\n" if $s1->{dead};
	$s2 = Session->new('s2');
	my $zone = ('UTC', 'Europe/Berlin', 'UTC', 'America/St_Johns')[ $opt{seed} % 4 ];
	for my $s ($s1, $s2)
	{
		$s->run("SET search_path = $SCHEMA, public; SET jit = off; SET timezone = '$zone'; SET statement_timeout = '120s'; SET max_parallel_workers_per_gather = 0; SET lock_timeout = '60s'; SET extra_float_digits = 1;\n");
	}
	return;
}

sub setup
{
	my $sql = "";
	$sql .= "CREATE EXTENSION IF NOT EXISTS smol;\n" if $AM eq 'smol';
	$sql .= "DROP SCHEMA IF EXISTS $SCHEMA CASCADE; CREATE SCHEMA $SCHEMA; SET search_path = $SCHEMA, public;\n$HELPERS";
	my $out = $s1->run($sql);
	die "cannot set up: $out" if $out =~ /ERROR/ || $s1->{dead};
	$utf8 = $s1->run("SHOW server_encoding;\n") =~ /UTF8/;
	@collations = split /\n/, $s1->run("SELECT collname FROM pg_collation WHERE collname IN ('POSIX', 'ucs_basic', 'pg_c_utf8', 'en_US.utf8', 'de_DE.utf8', 'en-US-x-icu', 'unicode') AND collisdeterministic AND collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database())) ORDER BY collname COLLATE \"C\";\n");
	return;
}

sub finish
{
	for my $s ($s1, $s2) { $s->close if $s; }
	if (!$opt{keep})
	{
		my $s = Session->new('s3');
		$s->run("SET lock_timeout = '5s'; DROP SCHEMA IF EXISTS $SCHEMA CASCADE;\n");
		$s->close;
	}
	my $seconds = time() - $start;
	printf "seed %d, %d tables, %d changes, %.0f seconds (%.0f queries a second)\n", $opt{seed}, $count{tables}, $count{mutated}, $seconds, $count{compared} / ($seconds || 1);
	printf "of the queries: %d aggregated inside the index, %d through SmolScan, %d through index-only scans, %d through plain index scans, %d without the index, %d cursors, %d prepared, %d in parallel, %d under an older snapshot, %d errors on both sides\n",
	  $count{aggregate}, $count{node}, $count{smol}, $count{plain}, $count{none}, $count{cursor}, $count{prepared}, $count{parallel}, $count{oldsnap}, $count{error};
	printf "%d fell back on tables without changes\n", $count{cleanfell} if $count{cleanfell};
	if ($opt{verbose})
	{
		for my $k (sort grep { /^how_/ } keys %count)
		{
			printf "    %-12s %s\n", substr($k, 4), join(', ', map { "$_ $count{$k}{$_}" } sort keys %{ $count{$k} });
		}
	}
	if ($opt{verbose})
	{
		print "    $count{$_} times $_\n" for sort grep { /^error / } keys %count;
	}
	print "$count{crashes} crashes\n" if $count{crashes};
	printf "%d queries compared, %d differences, %d through smol, %d fell back\n", @count{qw(compared different)}, $count{smol} + $count{node} + $count{aggregate}, $count{fellback};
	printf "%d passed, %d failed\n", @count{qw(passed failed)};
	exit($count{failed} || !$count{compared} ? 1 : 0);
}

$SIG{INT} = $SIG{TERM} = sub { print "interrupted\n"; $count{failed} ||= 1; finish(); };

print "smol differential test, seed $opt{seed}\n";
open_sessions();
setup();
my $shown = time();
for (my $no = $opt{table} || 1; !out_of_time(); $no++)
{
	my $ok = eval {
		new_table($no);
		my $n = $t->{rows} > 50000 ? 40 : $t->{rows} > 10000 ? 60 : $t->{rows} > 2000 ? 100 : $t->{rows} > 10 ? 160 : 60;
		my $done = 0;
		while ($done < $n && !out_of_time())
		{
			round(20, clean => 1);
			$done += 20;
			cursor_walks(2);
		}
		verify();
		$t->{retire} ? changes_and_rounds() : rejected_and_rounds();
		1;
	};
	if (!$ok)
	{
		die $@ unless $@ =~ /^(connection lost|unusable)/;
		if ($@ =~ /^connection/)
		{
			$s1->close;
			$s2->close;
			last if $count{crashes} > 10;
			open_sessions();
		}
		else
		{
			$s1->run("ROLLBACK;\n");
			$s2->run("ROLLBACK;\n");
		}
	}
	last if $opt{keep} && ($opt{table} || out_of_time());
	my $out = $s1->run("DEALLOCATE ALL; RESET plan_cache_mode; DROP TABLE IF EXISTS $t->{name}, $t->{name}_p;\n");
	print "cannot drop: $out" if $out =~ /ERROR/;
	last if $opt{table};
	if (time() - $shown > 20)
	{
		$shown = time();
		printf "%d tables, %d queries compared, %d differences, %d failed\n", @count{qw(tables compared different failed)};
	}
}
finish();
