#
# Svg.pm - the few kinds of pictures that the report has
#
# Each function returns a file's content.  Colours go with the method, losses
# are red.  No module and no program is needed.
#
package Svg;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(bars ratios panels);

my %COLOUR = (btree => '#8a8f98', smol => '#1f6fb4', seqscan => '#d9a441', brin => '#9467bd', duckdb => '#5a9e48', bound => '#444444');
my $FONT = 'font-family="sans-serif" font-size="12"';

sub escaped { my $s = shift; $s =~ s/&/&amp;/g; $s =~ s/</&lt;/g; $s =~ s/>/&gt;/g; return $s; }

sub text
{
	my ($x, $y, $s, %o) = @_;
	my $more = join ' ', map { my $k = $_ =~ tr/_/-/r; qq($k="$o{$_}") } sort keys %o;
	return sprintf qq(<text x="%.1f" y="%.1f" %s>%s</text>\n), $x, $y, $more, escaped($s);
}

sub rect { return sprintf qq(<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>\n), @_; }

sub line
{
	my ($x1, $y1, $x2, $y2, $colour, $width) = @_;
	return sprintf qq(<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%s"/>\n), $x1, $y1, $x2, $y2, $colour, $width // 1;
}

sub document
{
	my ($w, $h, $body) = @_;
	return sprintf qq(<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" $FONT>\n%s%s</svg>\n),
	  $w, $h, $w, $h, rect(0, 0, $w, $h, '#ffffff'), $body;
}

sub legend
{
	my ($x, $y, @methods) = @_;
	my $body = '';
	for (@methods)
	{
		$body .= rect($x, $y - 9, 10, 10, $COLOUR{$_} // '#000000') . text($x + 14, $y, $_);
		$x += 24 + 8 * length;
	}
	return $body;
}

sub number
{
	my $v = shift;
	return $v >= 100 ? sprintf('%.0f', $v) : $v >= 10 ? sprintf('%.1f', $v) : $v >= 0.1 ? sprintf('%.2f', $v) : sprintf('%.2g', $v);
}

sub widest { my $w = 0; for (@_) { $w = length if length > $w; } return $w; }

# Round numbers between two, for the marks of a logarithmic axis.
sub decades
{
	my ($min, $max) = @_;
	my $steps = $max / $min > 100 ? [1] : [ 1, 2, 5 ];
	my @marks;
	for my $e (int(log($min) / log(10)) - 1 .. int(log($max) / log(10)) + 1)
	{
		push @marks, grep { $_ >= $min * 0.999 && $_ <= $max * 1.001 } map { $_ * 10**$e } @$steps;
	}
	return @marks;
}

# Horizontal bars in groups: bars(title, unit, logarithmic, [methods], [label, {method => value}]...)
sub bars
{
	my ($title, $unit, $log, $methods, @groups) = @_;
	my @values = grep { defined && $_ > 0 } map { values %{ $_->[1] } } @groups;
	return unless @values;
	my ($min, $max) = (sort { $a <=> $b } @values)[ 0, -1 ];
	$min = $log ? $min / 2 : 0;
	my $left = 16 + 6.8 * widest(map { $_->[0] } @groups);
	my ($width, $bar) = (420, 11);
	my $scale = sub { my $v = shift; return $log ? log($v / $min) / log($max / $min) * $width : $v / $max * $width; };
	my $y = 56;
	my $body = text(12, 22, $title, font_weight => 'bold') . legend(12, 42, @$methods);
	for (@groups)
	{
		my ($label, $value) = @$_;
		my @m = grep { defined $value->{$_} && $value->{$_} > 0 } @$methods;
		next unless @m;
		$body .= text($left - 8, $y + $bar * @m / 2 + 4, $label, text_anchor => 'end');
		for my $m (@m)
		{
			my $w = $scale->($value->{$m});
			$body .= rect($left, $y, $w < 1 ? 1 : $w, $bar - 1, $COLOUR{$m} // '#000000');
			$body .= text($left + $w + 5, $y + 9, number($value->{$m}) . " $unit", font_size => 10, fill => '#555555');
			$y += $bar;
		}
		$y += 7;
	}
	return document($left + $width + 90, $y + 8, $body);
}

# How often smaller or faster: ratios(title, what a number above 1 means, [label, ratio]...)
sub ratios
{
	my ($title, $good, @rows) = @_;
	@rows = grep { defined $_->[1] && $_->[1] > 0 } @rows;
	return unless @rows;
	my ($min, $max) = (sort { $a <=> $b } map { $_->[1] } @rows)[ 0, -1 ];
	$min = 0.5 if $min > 0.5;
	$max = 2 if $max < 2;
	my $left = 16 + 6.8 * widest(map { $_->[0] } @rows);
	my $width = 460;
	my $x = sub { return $left + log($_[0] / $min) / log($max / $min) * $width; };
	my $bottom = 60 + 16 * @rows;
	my $body = text(12, 22, $title, font_weight => 'bold') . text(12, 40, "times $good than btree, logarithmic; red: a loss", fill => '#555555');
	for (decades($min, $max))
	{
		$body .= line($x->($_), 52, $x->($_), $bottom, '#e4e4e4') . text($x->($_), $bottom + 14, $_ + 0, text_anchor => 'middle', font_size => 10, fill => '#555555');
	}
	my $y = 56;
	for (@rows)
	{
		my ($label, $ratio) = @$_;
		my ($from, $to) = sort { $a <=> $b } $x->(1), $x->($ratio);
		$body .= text($left - 8, $y + 10, $label, text_anchor => 'end');
		$body .= rect($from, $y, $to - $from < 1 ? 1 : $to - $from, 12, $ratio < 1 ? '#c8372d' : $COLOUR{smol});
		$body .= text($to + 5, $y + 10, number($ratio), font_size => 10, fill => '#555555');
		$y += 16;
	}
	$body .= line($x->(1), 52, $x->(1), $bottom, '#333333');
	return document($left + $width + 60, $bottom + 24, $body);
}

# Small diagrams side by side, both axes logarithmic unless the x are few:
# panels(title, x label, y label, [methods], [name, {method => [[x, y]...]}]...)
sub panels
{
	my ($title, $xlabel, $ylabel, $methods, @panels) = @_;
	my (%x, @y);
	for (@panels) { for (values %{ $_->[1] }) { for (@$_) { $x{ $_->[0] } = 1; push @y, $_->[1] if $_->[1] > 0; } } }
	my @x = sort { $a <=> $b } keys %x;
	return unless @x > 1 && @y;
	my ($min, $max) = (sort { $a <=> $b } @y)[ 0, -1 ];
	($min, $max) = ($min / 1.3, $max * 1.3);
	my ($w, $h, $columns) = (210, 150, @panels > 4 ? 4 : scalar @panels);
	# places of x are evenly spaced: they are few, and chosen
	my %place = map { $x[$_] => $_ / $#x } 0 .. $#x;
	my $body = text(12, 22, $title, font_weight => 'bold') . legend(12, 42, @$methods) . text(24 + 60 * @$methods, 42, "$ylabel by $xlabel", fill => '#555555');
	my $n = 0;
	for (@panels)
	{
		my ($name, $series) = @$_;
		my ($left, $top) = (56 + ($n % $columns) * ($w + 56), 72 + int($n / $columns) * ($h + 56));
		my $fx = sub { return $left + $place{ $_[0] } * $w; };
		my $fy = sub { return $top + $h - log($_[0] / $min) / log($max / $min) * $h; };
		$body .= text($left, $top - 6, $name, font_weight => 'bold');
		for (decades($min, $max))
		{
			$body .= line($left, $fy->($_), $left + $w, $fy->($_), '#e4e4e4') . text($left - 5, $fy->($_) + 4, $_ + 0, text_anchor => 'end', font_size => 10, fill => '#555555');
		}
		$body .= text($fx->($_), $top + $h + 14, $_ + 0, text_anchor => 'middle', font_size => 10, fill => '#555555') for @x;
		for my $m (grep { $series->{$_} } @$methods)
		{
			my @p = sort { $a->[0] <=> $b->[0] } grep { $_->[1] > 0 } @{ $series->{$m} };
			$body .= sprintf qq(<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>\n),
			  join(' ', map { sprintf '%.1f,%.1f', $fx->($_->[0]), $fy->($_->[1]) } @p), $COLOUR{$m} // '#000000';
			$body .= sprintf qq(<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>\n), $fx->($_->[0]), $fy->($_->[1]), $COLOUR{$m} // '#000000' for @p;
		}
		$n++;
	}
	my $lines = int(($n + $columns - 1) / $columns);
	return document(40 + $columns * ($w + 56), 72 + $lines * ($h + 56), $body);
}

1;
