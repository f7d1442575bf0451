#!/usr/bin/perl
# The SQL of PostgreSQL's regression tests in databases whose results must be the
# same: "plain" is as the tests have it, "twins" has a smol index beside each
# btree index, with all the other columns of the table included, and its planner
# has to take an index where it can.
#
# EXPLAIN and psql's own commands are left out; rows without an order are
# compared as a multiset.  What plans without indexes ("bare"), or with twins
# that are B-trees ("indexed"), answer in another way than plain
# does (LIMIT without an order, sums of floats, random) says nothing, and is not
# compared.
use strict;
use warnings;
use Getopt::Long;

my ($source, $lib, $work, @only);
GetOptions('source=s' => \$source, 'lib=s' => \$lib, 'work=s' => \$work, 'only=s' => \@only) or die;
my @files = @only ? @only : qw(
  btree_index create_index index_including index_fast_default select select_distinct select_into select_implicit select_having
  subselect union case join aggregates arrays window groupingsets tuplesort limit
  partition_join partition_prune partition_aggregate inherit equivclass memoize
  incremental_sort with merge join_hash select_parallel portals rowtypes
  int2 int4 int8 float4 float8 numeric text varchar char name date time timestamp timestamptz interval
  uuid enum inet macaddr bit strings money oid pg_lsn polymorphism predicate domain updatable_views
  returning plancache insert update delete copy2 prepare temp truncate alter_table cluster rangefuncs);

sub psql
{
	my ($db, $sql, $out) = @_;
	my $in = "$work/$db.in.sql";
	open my $fh, '>', $in or die "$in: $!";
	print $fh $sql;
	close $fh;
	local $ENV{PGDATABASE} = $db;
	local $ENV{PG_ABS_SRCDIR} = $source;
	local $ENV{PG_LIBDIR} = $lib;
	local $ENV{PG_DLSUFFIX} = '.so';
	local $ENV{PG_ABS_BUILDDIR} = $work;
	local $ENV{PGTZ} = 'America/Los_Angeles';
	local $ENV{PGDATESTYLE} = 'Postgres, MDY';
	system("psql -X -q -A -t -f $in > $out 2>&1");
	return;
}

# Statements of a file, with what psql needs to run it: \set, \getenv, data of
# COPY.  Each begins with a line that tells them apart in the output.
sub statements
{
	my ($file) = @_;
	open my $fh, '<', "$source/sql/$file.sql" or die "$file: $!";
	my (@out, $buffer, $quote, $copy, $if);
	$buffer = '';
	while (my $line = <$fh>)
	{
		if ($copy) { $out[-1] .= $line; $copy = 0 if $line =~ /^\\\./; next; }
		if ($buffer eq '' && $line =~ /^\s*(--.*)?$/) { next; }
		if ($buffer eq '' && $line =~ /^\\(set|getenv|unset|if|endif|else|elif|gset)\b/) { push @out, $line; next; }
		if ($buffer eq '' && $line =~ /^\\/) { next; }
		$buffer .= $line;
		# dollar quotes, and quotes over many lines
		my $text = $buffer;
		$text =~ s/--[^\n]*//g;
		$text =~ s/'(?:[^']|'')*'//g;
		$text =~ s/\$(\w*)\$.*?\$\1\$//gs;
		next if $text =~ /'|\$\w*\$/;
		next if $text =~ /\bBEGIN\s+ATOMIC\b/i && $text !~ /\bEND\s*;\s*$/i;
		if ($text =~ /;\s*$/ || $text =~ /\\(gset|gexec|gx|g|gdesc|crosstabview|bind)\b.*$/m && $text =~ /\\\w+[^\n]*\s*$/)
		{
			$copy = 1 if $buffer =~ /^\s*copy\b.*from\s+stdin/is;
			push @out, $buffer;
			$buffer = '';
		}
	}
	return @out;
}

# Not worth a comparison: plans, catalogs, what differs from run to run
sub comparable
{
	my ($s) = @_;
	return 0 if $s =~ /\bpg_\w+|information_schema|regclass|ctid|tableoid|xmin|oid\b|random|now\(\)|current_(time|date)|clock_timestamp|explain|_seq\b|nextval|my_locks|compare_relfilenode_part|hash_join_batches|uctest|current_check|\\g/i;
	# what depends on the order of rows that are equal
	return 0 if $s =~ /\b(first|last|nth)_value|\b(lead|lag)\s*\(|\bexclude\b/i;
	return 0 if $s =~ /\b(string|array|json|jsonb|xml)_?(object_?)?agg\w*\s*\(/i && $s !~ /order\s+by/i;
	return $s =~ /^\s*(select|with|table|values|\(|execute)/i;
}

sub run_file
{
	my ($db, $file, $settings, $explain, $statements) = @_;
	my $sql = "\\set VERBOSITY terse\n$settings\n";
	my $n = 0;
	for my $s (@$statements)
	{
		if ($explain && comparable($s) && $s =~ /^\s*(select|with|table|\()/i && $s !~ /\binto\b|\b(update|delete|insert|merge)\b/i)
		{
			$sql .= "\\echo \@\@ explain $n\nSELECT smol_twins.refresh();\nEXPLAIN (COSTS OFF) $s\n";
		}
		$sql .= "\\echo \@\@ $n\n";
		$sql .= $s =~ /^\\/ ? $s : "$s\n";
		$n++;
	}
	my $out = "$work/$db.$file.out";
	psql($db, $sql, $out);
	my (%result, $at);
	open my $fh, '<', $out or die;
	while (<$fh>)
	{
		if (/^\@\@ (explain \d+|\d+)$/) { $at = $1; $result{$at} = ''; next; }
		next if !defined $at;
		s/^psql:\S+?:\d+: //;
		next if /^(NOTICE|WARNING|HINT|DETAIL):/;
		$result{$at} .= $_;
	}
	return \%result;
}

sub rows { return join '', sort split /^/, $_[0]; }

# The same rows, and one column whose values are the same one after the other:
# the order is that of this column, and others are ties.
sub same_but_for_ties
{
	my ($x, $y) = @_;
	return 0 if rows($x) ne rows($y);
	my @a = map { [ split /\|/ ] } split /\n/, $x;
	my @b = map { [ split /\|/ ] } split /\n/, $y;
	COLUMN: for my $c (0 .. $#{ $a[0] })
	{
		for my $i (0 .. $#a) { next COLUMN if ($a[$i][$c] // '') ne ($b[$i][$c] // ''); }
		return 1;
	}
	return 0;
}

for my $db ('plain', 'bare', 'indexed', 'twins')
{
	system("createdb -T template0 -E UTF8 --locale=C $db") == 0 or die;
	my $sql = "ALTER DATABASE $db SET timezone_abbreviations = 'Default'; SET client_min_messages = error;\n";
	if ($db eq 'indexed' || $db eq 'twins')
	{
		my $make = <<'SQL';
CREATE SCHEMA smol_twins; GRANT USAGE ON SCHEMA smol_twins TO PUBLIC; CREATE EXTENSION smol SCHEMA smol_twins;
CREATE TABLE smol_twins.made (of text, error text);
-- A twin: the same keys, the rest of the columns included.
CREATE FUNCTION smol_twins.make(i oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, smol_twins AS $$
DECLARE
	def text := pg_get_indexdef(i);
	keys int;
	rest text;
	t regclass;
BEGIN
	SELECT indrelid::regclass INTO t FROM pg_index WHERE indexrelid = i;
	IF EXISTS (SELECT FROM pg_class WHERE relname = left((SELECT relname FROM pg_class WHERE oid = i), 55) || '_twin') THEN RETURN; END IF;
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO rest FROM pg_attribute
		WHERE attrelid = t AND attnum > 0 AND NOT attisdropped AND attgenerated <> 'v' AND NOT attnum = ANY (SELECT unnest(string_to_array(indkey::text, ' ')::int2[]) FROM pg_index WHERE indexrelid = i);
	def := regexp_replace(def, '^CREATE (UNIQUE )?INDEX .*? ON (ONLY )?', format('CREATE INDEX %I ON ', left((SELECT relname FROM pg_class WHERE oid = i), 55) || '_twin'));
	def := replace(def, ' USING btree ', ' USING smol ');
	def := regexp_replace(def, ' INCLUDE \([^)]*\)| NULLS NOT DISTINCT| WITH \([^)]*\)| TABLESPACE \w+', '', 'g');
	def := CASE WHEN def ~ ' WHERE ' THEN regexp_replace(def, ' WHERE ', coalesce(' INCLUDE (' || rest || ')', '') || ' WITH (nulls = store, writes = retire) WHERE ')
		ELSE def || coalesce(' INCLUDE (' || rest || ')', '') || ' WITH (nulls = store, writes = retire)' END;
	EXECUTE def;
	INSERT INTO smol_twins.made VALUES (def);
EXCEPTION WHEN OTHERS THEN
	INSERT INTO smol_twins.made VALUES (def, SQLERRM);
END $$;
CREATE FUNCTION smol_twins.make_first(t regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, smol_twins AS $$
DECLARE
	c record;
	def text;
BEGIN
	FOR c IN SELECT quote_ident(attname) AS key, attnum, (SELECT ' INCLUDE (' || string_agg(quote_ident(r.attname), ', ' ORDER BY r.attnum) || ')' FROM pg_attribute r
			WHERE r.attrelid = t AND r.attnum > 0 AND NOT r.attisdropped AND r.attgenerated <> 'v' AND r.attnum <> a.attnum) AS rest
		FROM pg_attribute a WHERE attrelid = t AND attnum > 0 AND NOT attisdropped AND attgenerated <> 'v' ORDER BY attnum LIMIT 3
	LOOP
		def := format('CREATE INDEX %I ON %s USING smol (%s)%s WITH (nulls = store, writes = retire)', left((SELECT relname FROM pg_class WHERE oid = t), 55) || '_smol', t, c.key, c.rest);
		BEGIN
			EXECUTE def;
			INSERT INTO smol_twins.made VALUES (def);
			RETURN;
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO smol_twins.made VALUES (def, SQLERRM);
		END;
	END LOOP;
END $$;
CREATE FUNCTION smol_twins.on_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
	o oid;
BEGIN
	IF current_setting('smol_twins.busy', true) = 'yes' THEN RETURN; END IF;
	PERFORM set_config('smol_twins.busy', 'yes', true);
	FOR o IN SELECT i.indexrelid FROM pg_event_trigger_ddl_commands() d JOIN pg_index i ON i.indexrelid = d.objid OR i.indrelid = d.objid
		JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam JOIN pg_class r ON r.oid = i.indrelid
		WHERE d.object_type IN ('index', 'table') AND a.amname = 'btree' AND c.relkind IN ('i', 'I') AND i.indisvalid AND NOT r.relispartition
	LOOP
		PERFORM smol_twins.make(o);
	END LOOP;
	-- and one for each table, by its first column that has an order
	FOR o IN SELECT d.objid FROM pg_event_trigger_ddl_commands() d JOIN pg_class c ON c.oid = d.objid
		WHERE d.object_type = 'table' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_class WHERE relname = left(c.relname, 55) || '_smol')
			AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)
	LOOP
		PERFORM smol_twins.make_first(o);
	END LOOP;
	PERFORM set_config('smol_twins.busy', 'no', true);
EXCEPTION WHEN OTHERS THEN
	PERFORM set_config('smol_twins.busy', 'no', true);
END $$;
-- Stale twins are made anew, unless a cursor of this session is open on them.
CREATE FUNCTION smol_twins.refresh() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, smol_twins AS $$
DECLARE
	i regclass;
BEGIN
	FOR i IN SELECT index FROM smol_twins.smol_indexes WHERE state = 'stale' LOOP
		BEGIN
			EXECUTE format('REINDEX INDEX %s', i);
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
	END LOOP;
END $$;
CREATE EVENT TRIGGER smol_twins ON ddl_command_end WHEN TAG IN ('CREATE INDEX', 'CREATE TABLE', 'ALTER TABLE', 'CREATE TABLE AS') EXECUTE FUNCTION smol_twins.on_ddl();
SQL
		$make =~ s/USING smol/USING btree/g, $make =~ s/ WITH \(nulls = store, writes = retire\)//g if $db eq 'indexed';
		$sql .= $make;
	}
	psql($db, $sql, "$work/$db.setup.out");
}

# Plans without any index, and with twins that are B-trees, for what a plan may
# change by itself.
my $bare = "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0;";
my $indexed = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0; SET jit = off;";
my ($statements, $compared, $smol, $noise, $failed, $passed) = (0) x 6;
for my $file ('test_setup', @files)
{
	next if !-e "$source/sql/$file.sql";
	my @s = grep { !/^\s*explain\b/i } statements($file);
	# these change what may be used, or wait for what only the suite has
	@s = grep { !/^\s*(set|reset)\s+(local\s+)?(enable_(seqscan|indexscan|indexonlyscan|bitmapscan)|max_parallel)/i } @s;
	my $plain = run_file('plain', $file, '', 0, \@s);
	my $b = run_file('bare', $file, $bare, 0, \@s);
	my $x = run_file('indexed', $file, $indexed, 0, \@s);
	my $t = run_file('twins', $file, "LOAD 'smol'; $indexed", 1, \@s);
	if ($file eq 'test_setup') { psql($_, 'VACUUM ANALYZE;', "$work/$_.vacuum.out") for qw(plain bare indexed twins); next; }
	my ($c, $u, $bad) = (0, 0, 0);
	for my $i (0 .. $#s)
	{
		$statements++;
		next if !comparable($s[$i]);
		my ($x, $y, $w, $z) = map { $_->{$i} // '(nothing)' } $plain, $b, $x, $t;
		if (rows($x) ne rows($y) || rows($x) ne rows($w)) { $noise++; next; }
		my $plan = $t->{"explain $i"} // '';
		# EXPLAIN has met the error before
		if ($x =~ /^ERROR/ && $plan =~ /^ERROR/m && $z =~ /current transaction is aborted/) { $noise++; next; }
		$c++;
		$u++ if $plan =~ /Custom Scan \(Smol|Index Only Scan.* using \S*_(twin|smol)/;
		# an order without ties is the same in all plans
		my $ordered = $s[$i] =~ /order by[^()]*;\s*$/i && $x eq $y && $x eq $w;
		next if $ordered ? $x eq $z || same_but_for_ties($x, $z) : rows($x) eq rows($z);
		$bad++;
		print "--- $file: $s[$i]plain:\n$x", "twins:\n$z", "plan:\n$plan\n";
	}
	$compared += $c;
	$smol += $u;
	$failed += $bad;
	$passed += $c - $bad;
	printf "%-24s %5d compared, %5d through smol, %d wrong\n", $file, $c, $u, $bad;
}
psql('twins', "SELECT count(*) FILTER (WHERE error IS NULL) || ' twins made, not made: ' || count(error) FROM smol_twins.made; SELECT count(*), error FROM smol_twins.made WHERE error IS NOT NULL GROUP BY 2 ORDER BY 1 DESC LIMIT 10;", "$work/made.out");
print `cat $work/made.out`;
print "statements: $statements, compared $compared, of these through a smol index $smol; left out as noise: $noise\n";
print "$passed passed, $failed failed\n";
exit($failed > 0);
