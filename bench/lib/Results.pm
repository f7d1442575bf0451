#
# Results.pm - medians, ratios, and the CSV file that everything goes through
#
package Results;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(@COLUMNS median geomean csv_line read_results key_of);

# One line for each case, method and metric; "# key: value" lines before them
# say where it was measured.
our @COLUMNS = qw(section table case goal rows method metric median min max n to_btree status plan free_plan note);

sub median
{
	my @v = sort { $a <=> $b } @_;
	return undef unless @v;
	return @v % 2 ? $v[ @v / 2 ] : ($v[ @v / 2 - 1 ] + $v[ @v / 2 ]) / 2;
}

sub geomean
{
	my @v = grep { defined && $_ > 0 } @_;
	return undef unless @v;
	my $sum = 0;
	$sum += log $_ for @v;
	return exp($sum / @v);
}

sub csv_line
{
	return join(',', map { my $v = $_ // ''; if ($v =~ /[",\n]/) { $v =~ s/"/""/g; $v = qq("$v"); } $v } @_) . "\n";
}

sub fields
{
	my ($line) = @_;
	my @f;
	while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/g)
	{
		my $v = $1 // $2;
		$v =~ s/""/"/g if defined $1;
		push @f, $v;
		last if $3 eq '';
	}
	return @f;
}

# Returns the environment and the lines, in order, each a hash.
sub read_results
{
	my ($file) = @_;
	my (@environment, @rows, @header);
	open my $in, '<', $file or die "$file: $!\n";
	while (my $line = <$in>)
	{
		chomp $line;
		if ($line =~ /^# (.*?): (.*)/) { push @environment, [ $1, $2 ]; next; }
		next if $line =~ /^#|^$/;
		if (!@header) { @header = fields($line); next; }
		my %row;
		@row{@header} = fields($line);
		push @rows, \%row;
	}
	close $in;
	die "$file is not a result of the bench\n" unless @header && $header[0] eq 'section';
	return (\@environment, \@rows);
}

sub key_of { my ($r) = @_; return join "\t", @$r{qw(section table case rows)}; }

1;
