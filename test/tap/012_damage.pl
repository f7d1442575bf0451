# Every field of every kind of page, chunks of every codec, with and without a
# CRC that is right, torn pages, truncated and foreign files: a query ends in an
# error or in the right answer, or smol_verify finds that the index is damaged;
# with smol.check_pages and a wrong CRC no answer is ever wrong.  Never a crash
# or a hang.
#
# SMOL_DAMAGE_CASES and SMOL_DAMAGE_SEED are for longer runs.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use SmolTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $cases = $ENV{SMOL_DAMAGE_CASES} // 80;
my $seed = $ENV{SMOL_DAMAGE_SEED} // 1;
my $node = new_server('damage', init => { extra => ['--no-data-checksums'] },
	conf => "fsync = off\nmax_wal_size = 4GB\nmax_parallel_workers_per_gather = 0\nlog_min_messages = fatal\nlog_min_error_statement = fatal\n");
if (!$node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_buffercache'"))
{
	plan skip_all => 'there is no pg_buffercache to throw buffers away with';
}
$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/damage.sql"));
is($node->safe_psql('postgres', "SELECT count(DISTINCT codec) FROM damaged, smol_inspect_leaves(name::regclass)"), 10, 'leaves of every codec');
# one index at a time is there to be used
$node->safe_psql('postgres', 'SET enable_indexonlyscan = off; SET enable_indexscan = off; SET enable_bitmapscan = off; SET smol.enable_scan = off; SET smol.enable_aggregate = off; UPDATE damaged SET answers = ask(damaged)');
my $session = 'SET enable_seqscan = off; SET enable_bitmapscan = off; SET statement_timeout = 20000; SET jit = off;';
is($node->safe_psql('postgres', "$session SELECT name FROM damaged WHERE ask(damaged) <> answers"), '', 'all questions are answered rightly before');

for (my $from = 1; $from <= $cases; $from += 200)
{
	my $to = $from + 199 < $cases ? $from + 199 : $cases;
	my ($rc, $out, $err) = $node->psql('postgres', $session . join('', map { "SELECT try($_, $seed);\n" } $from .. $to), on_error_stop => 0, timeout => 1800);
	is("$rc $err", '0 ', "cases $from to $to, seed $seed: no crash, no hang");
	last if $rc;
	$node->safe_psql('postgres', 'VACUUM pg_largeobject, pg_largeobject_metadata, pg_class; CHECKPOINT') if $from % 1000 == 1;
}
is($node->safe_psql('postgres', "SELECT number, name, what, mended, right_answers, errors, wrong, verify, fault FROM result WHERE fault IS NOT NULL ORDER BY number LIMIT 40"), '', 'no fault');
is($node->safe_psql('postgres', "SELECT count(*) FROM result"), $cases, 'all cases were tried');
note($node->safe_psql('postgres', "SELECT count(*) || ' cases: ' || sum(right_answers) || ' right answers, ' || sum(errors) || ' errors, ' || sum(wrong) || ' wrong ones that smol_verify finds; it finds ' || count(*) FILTER (WHERE verify <> '') FROM result"));
note($node->safe_psql('postgres', "SELECT regexp_replace(what, ',.*', ''), mended, count(*), sum(right_answers), sum(errors), sum(wrong), count(*) FILTER (WHERE verify <> '') FROM result GROUP BY 1, 2 ORDER BY 1, 2"));

# A metapage whose last heap block is far beyond the table, and the CRC right: to
# look at all that there might be took minutes.
$node->safe_psql('postgres', q{SELECT put(d, overlay(file PLACING mend(overlay(page(file, 0) PLACING '\x0f' FROM 364)) FROM 1), true) FROM damaged d WHERE name = 'i2'});
my ($took, $counted, $said) = $node->psql('postgres', "$session SET statement_timeout = '10s'; SELECT count(*) FROM t WHERE s > ''");
is("$took $counted $said", '0 2500 ', 'a metapage that speaks of more than the table has: no hang');
($took, $counted, $said) = $node->psql('postgres', "SET statement_timeout = '10s'; SELECT smol_verify('i2')");
like($said, qr/index "i2" is corrupt/, 'and smol_verify finds it');
$node->safe_psql('postgres', "SELECT put(d, file, true) FROM damaged d WHERE name = 'i2'");

# A page that asks for more room than one piece of memory may have, if its rows
# were believed.
$node->safe_psql('postgres', q{
	CREATE INDEX i9 ON t USING smol (k) INCLUDE (st);
	CHECKPOINT;
	INSERT INTO damaged (name, path, file) SELECT 'i9', pg_relation_filepath('i9'), pg_read_binary_file(pg_relation_filepath('i9'));
	SELECT put(d, crowded(file, 11, 2), true) FROM damaged d WHERE name = 'i9';
});
for my $check ('on', 'off')
{
	my ($rc, $out, $err) = $node->psql('postgres', "$session SET smol.check_pages = $check; SELECT k, st FROM t WHERE st > 'b'");
	like($err, qr/index "i9" is corrupt/, "a page that asks for a million long strings, smol.check_pages = $check");
}
my ($rc, $out, $err) = $node->psql('postgres', "SELECT smol_verify('i9')");
like($err, qr/index "i9" is corrupt/, 'smol_verify bounds what it asks for');
$node->safe_psql('postgres', "SELECT put(d, file, true) FROM damaged d WHERE name = 'i9'");

is($node->safe_psql('postgres', "SELECT count(smol_verify(name::regclass, true)) FROM damaged"), 9, 'the indexes as they were are sound');
alive($node);
$node->stop;
done_testing();
