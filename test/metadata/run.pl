# What a release and a build refuse: scripts/check-release finds each kind of
# disagreement, and make says clearly what is wrong with a PostgreSQL.
#
# Prints "N passed, N failed" in the end.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use version;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $tmp = tempdir(CLEANUP => 1);
my ($passed, $failed) = (0, 0);

sub ok
{
	my ($good, $name, $output) = @_;
	if ($good) { $passed++ }
	else { $failed++; print "not ok - $name\n$output\n" }
	return;
}

sub slurp { my ($file) = @_; local (@ARGV, $/) = ($file); return scalar <> }

sub spew
{
	my ($file, $text) = @_;
	open my $out, '>', $file or die "$file: $!";
	print $out $text;
	close $out;
	return;
}

# A command's output and whether it succeeded.
sub ran
{
	my (@command) = @_;
	my $pid = open my $out, '-|';
	if (!$pid)
	{
		open STDERR, '>&', \*STDOUT;
		exec @command or exit 127;
	}
	local $/;
	my $output = <$out> // '';
	return (close $out, $output);
}

#
# scripts/check-release, on a copy of the files that it looks at
#
my $tree = "$tmp/tree";
make_path("$tree/$_") for qw(debian rpm sql src scripts docs);
my @files = (
	qw(META.json smol.control CHANGELOG.md Makefile README.md debian/changelog rpm/smol.spec src/smol.h),
	map { s/^\Q$top\E\///r } glob "$top/sql/*");
my %text = map { $_ => slurp("$top/$_") } @files;

# An edit is a file and what to do to its text, as $_.
sub check
{
	my ($name, $expected, $edits, @options) = @_;
	system('rm', '-rf', "$tree/sql");
	mkdir "$tree/sql";
	my %now = %text;
	for my $edit (@$edits)
	{
		my ($file, $do) = @$edit;
		if (!defined $do) { delete $now{$file}; unlink "$tree/$file"; next; }
		local $_ = $now{$file} // '';
		$do->() or die "$name: nothing to edit in $file";
		$now{$file} = $_;
	}
	spew("$tree/$_", $now{$_}) for keys %now;
	my ($good, $output) = ran("$top/scripts/check-release", @options, $tree);
	return ok($good && $output eq '', $name, $output) if !defined $expected;
	ok(!$good && $output =~ $expected && ($output =~ tr/\n//) == 1, $name, "expected only $expected, got: $output");
	return;
}

my ($version) = $text{'META.json'} =~ /"version": "(.*?)"/;
my ($short) = $version =~ /^(\d+\.\d+)/;

check('the tree as it is', undef, []);

# one version everywhere
check('the control file', qr/^smol\.control: says 9\.9/, [ [ 'smol.control', sub { s/'\Q$short\E'/'9.9'/ } ] ]);
check('the header', qr/^src\/smol\.h: says 9\.9\.9/, [ [ 'src/smol.h', sub { s/(SMOL_VERSION) ".*"/$1 "9.9.9"/ } ] ]);
check('the changelog', qr/^CHANGELOG\.md: says 9\.9\.9/, [ [ 'CHANGELOG.md', sub { s/^## \d\S*?,/## 9.9.9,/m } ] ]);
check('the changelog of Debian', qr/^debian\/changelog: says 9\.9\.9/, [ [ 'debian/changelog', sub { s/\(.*?-/(9.9.9-/ } ] ]);
check('the spec', qr/^rpm\/smol\.spec: says 9\.9\.9/, [ [ 'rpm/smol.spec', sub { s/^(Version: *)\S+/${1}9.9.9/m } ] ]);
check('the changelog of the spec', qr/^rpm\/smol\.spec: says 9\.9\.9/, [ [ 'rpm/smol.spec', sub { s/(%changelog\n\*.* )\S+-/${1}9.9.9-/ } ] ]);
check('the version provided', qr/^META\.json provides: says 9\.9\.9/, [ [ 'META.json', sub { s/(docfile.*\s*"version": )".*?"/$1"9.9.9"/ } ] ]);
check('the script provided', qr/^META\.json provides: README\.md is not the install script/, [ [ 'META.json', sub { s/"sql\/.*?"/"README.md"/ } ] ]);
check('a file that is missing', qr/^rpm\/smol\.spec: is missing/, [ ['rpm/smol.spec'] ]);

# ways through the SQL scripts
my $empty = sub { $_ = "-- nothing\n" };
check('an old version without a way', qr/^sql: no way from 0\.5 to/, [ [ 'sql/smol--0.5.sql', $empty ] ], '--bundle');
check('a step from nowhere', qr/^sql: nothing leads to 0\.7/, [ [ "sql/smol--0.7--$short.sql", $empty ] ]);
check('an old version with a way', undef, [ [ 'sql/smol--0.5.sql', $empty ], [ 'sql/smol--0.5--0.6.sql', $empty ], [ "sql/smol--0.6--$short.sql", $empty ] ]);
check('a version to come', undef, [ [ "sql/smol--$short--99.1.sql", $empty ], [ 'sql/smol--99.1.sql', $empty ] ]);
check('a version to come without a step', qr/^sql: no way from \Q$short\E to 99\.1, which is to come/, [ [ 'sql/smol--99.1.sql', $empty ] ]);
check('a script that is none', qr/^sql\/smol-1\.sql: is no script/, [ [ 'sql/smol-1.sql', $empty ] ]);
my $others = join ' ', grep { m{^sql/} && $_ ne "sql/smol--$short.sql" } @files;
my @current = grep { !m{--([\d.]+)\.sql$} || version->parse("v$1") <= version->parse("v$short") } @files;
check('a script that is not installed', qr/^Makefile: does not install sql\/smol--\Q$short\E\.sql/, [ [ 'Makefile', sub { s/^DATA :=.*/DATA = $others/m } ] ]);

# META.json
my $meta = sub {
	my ($name, $expected, $from, $to) = @_;
	check("META.json: $name", $expected, [ [ 'META.json', sub { s/$from/$to/ } ] ]);
};
$meta->('no JSON', qr/^META\.json: /, qr/\{/, '');
$meta->("no $_", qr/the key "\Q$_\E" is missing/, qr/"\Q$_\E":/, "\"x_$_\":") for qw(name abstract maintainer license meta-spec);
$meta->('no licence of that name', qr/postgres is no licence/, qr/"postgresql"/, '"postgres"');
$meta->('licences as a list', qr/wtfpl is no licence/, qr/"postgresql"/, '["postgresql", "wtfpl"]');
$meta->('no licence at all', qr/license: is empty/, qr/"postgresql"/, '[]');
$meta->('no such status', qr/release_status: "ready"/, qr/"(unstable|testing|stable)"/, '"ready"');
$meta->('tags as a string', qr/tags: has to be a list/, qr/"tags": \[.*?\]/, '"tags": "index"');
$meta->('a tag with a slash', qr/tags 0: /, qr/"tags": \["/, '"tags": ["a/');
$meta->('an unknown key', qr/the spec knows no key "licence"/, qr/\{/, '{ "licence": "mit",');
$meta->('an unknown phase', qr/the spec knows no key "run"/, qr/"runtime"/, '"run"');
$meta->('a version range', qr/runtime requires PostgreSQL: /, qr/">= 18.*?"/, '"18+"');
$meta->('a document that is not there', qr/docfile: is no file/, qr/"README\.md"/, '"README"');
$meta->('a homepage that is none', qr/resources homepage: /, qr/\{/, '{ "resources": { "homepage": "somewhere" },');
$meta->('keys of one\'s own', undef, qr/\{/, '{ "x_anything": [],');

# the tag
my @released = (
	[ 'META.json', sub { s/"release_status": ".*?"/"release_status": "stable"/ } ],
	[ 'CHANGELOG.md', sub { s/^## (\d\S*), .*/## $1, 2026-12-24/m } ],
	[ 'debian/changelog', sub { s/\) \w+;/) experimental;/ } ]);
# without scripts of versions to come
delete @text{ grep { my $file = $_; !grep { $_ eq $file } @current } @files };
check('a version to come, released', qr/^sql: 99\.1 is newer than the release/, [ @released, [ "sql/smol--$short--99.1.sql", $empty ] ], '--tag', "v$version");
check('a release', undef, [@released], '--tag', "v$version");
check('another tag', qr/^tag: is v9\.9\.9/, [@released], '--tag', 'v9.9.9');
check('an unstable release', qr/^META\.json: release_status/, [ [ 'META.json', sub { s/"release_status": ".*?"/"release_status": "unstable"/ } ], @released[ 1, 2 ] ], '--tag', "v$version");
check('a release without a date', qr/^CHANGELOG\.md: the release has no date/, [ $released[0], [ 'CHANGELOG.md', sub { s/^## (\d\S*), .*/## $1, soon/m } ], $released[2] ], '--tag', "v$version");
check('a release that Debian has not', qr/^debian\/changelog: says UNRELEASED/, [ @released[ 0, 1 ], [ 'debian/changelog', sub { s/\) \w+;/) UNRELEASED;/ } ] ], '--tag', "v$version");
check('what is unreleased but not tagged', undef, [ [ 'CHANGELOG.md', sub { s/^## (\d\S*), .*/## $1, unreleased/m } ], [ 'debian/changelog', sub { s/\) \w+;/) UNRELEASED;/ } ] ]);

#
# make, with a pg_config that is not that of a PostgreSQL 18
#
sub refuses
{
	my ($name, $script, $expected) = @_;
	spew("$tmp/pg_config", "#!/bin/sh\n$script\n");
	chmod 0755, "$tmp/pg_config";
	my ($good, $output) = ran('make', '-C', $tmp, '-f', "$top/Makefile", "PG_CONFIG=$tmp/pg_config", 'all');
	ok(!$good && $output =~ $expected, $name, $output);
	return;
}
refuses('PostgreSQL 17', 'echo PostgreSQL 17.6', qr/smol needs PostgreSQL 18, but .* is that of PostgreSQL 17\.6\. Set PG_CONFIG/);
refuses('PostgreSQL 19', 'echo PostgreSQL 19devel', qr/smol needs PostgreSQL 18, but .* is that of PostgreSQL 19devel/);
refuses('PostgreSQL 180', 'echo PostgreSQL 180.1', qr/smol needs PostgreSQL 18/);
refuses('no pg_config', 'exit 1', qr/smol needs PostgreSQL 18, but .* is not to be found\. Set PG_CONFIG/);
refuses('no development files', 'test "$1" = --pgxs && echo /nowhere || echo PostgreSQL 18.1',
	qr/PostgreSQL 18\.1 is here without its development files/);

print "$passed passed, $failed failed\n";
exit($failed > 0);
