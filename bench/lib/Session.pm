#
# Session.pm - a client that stays: psql, or the DuckDB peer
#
# One session per method keeps connecting out of the figures, and lets two of
# them load data at the same time.  Every statement has two time limits: the
# server's statement_timeout, and a longer one of our own, after which the
# session is given up as hung and started again.
#
package Session;
use strict;
use warnings;
use IO::Handle;
use IO::Select;
use IPC::Open2;
use Time::HiRes qw(time sleep);

my $serial = 0;

sub new
{
	my ($class, %o) = @_;
	my $self = bless { settings => [], timeout => 60, %o }, $class;
	$self->start;
	return $self;
}

sub start
{
	my $self = shift;
	$self->{pid} = open2($self->{out}, $self->{in},
		'exec psql -X -q -A -t -v ON_ERROR_STOP=0 -v SHOW_CONTEXT=never 2>&1');
	$self->{pending} = '';
	$self->{dead} = 0;
	my $text = $self->run('SELECT pg_backend_pid()');
	# the server may be on its way back from a crash
	if ($text !~ /^(\d+)$/m)
	{
		die "no connection: $text\n" if ++$self->{failures} > 30;
		sleep 1;
		return $self->start;
	}
	($self->{backend}, $self->{failures}) = ($1, 0);
	$self->run(join ";\n", @{ $self->{settings} }) if @{ $self->{settings} };
	$self->limit($self->{timeout});
	return;
}

# Sets the time limit, in seconds, for each of the statements to come.
sub limit
{
	my ($self, $seconds) = @_;
	$self->run("SET statement_timeout = '${seconds}s'");
	$self->{hung_after} = $seconds * 1.5 + 20;
	return;
}

sub send
{
	my ($self, $sql) = @_;
	$self->start if $self->{dead};
	$self->{marker} = '@@' . ++$serial . '@@';
	local $SIG{PIPE} = 'IGNORE';
	print { $self->{in} } "$sql;\n\\echo $self->{marker}\n";
	$self->{in}->flush;
	return;
}

# All that psql says until the marker.  Meanwhile looks at the memory of the
# backend and its parallel workers, if told to.
sub wait
{
	my $self = shift;
	my $select = IO::Select->new($self->{out});
	my $end = time() + ($self->{hung_after} // 60);
	my $at;
	my $next = 0;
	$self->{error} = undef;
	until (($at = index $self->{pending}, "$self->{marker}\n") >= 0)
	{
		if ($self->{watch} && time() > $next)
		{
			my $memory = $self->memory;
			$self->{peak} = $memory if $memory > ($self->{peak} // 0);
			$next = time() + 0.02;
		}
		if ($select->can_read($self->{watch} ? 0.02 : 1))
		{
			next if sysread $self->{out}, $self->{pending}, 65536, length $self->{pending};
			$self->{dead} = 1;
		}
		$self->{error} = 'hung' if !$self->{dead} && time() > $end;
		return $self->give_up if $self->{dead} || $self->{error};
	}
	my $text = substr $self->{pending}, 0, $at;
	$self->{pending} = substr $self->{pending}, $at + length("$self->{marker}\n");
	if ($text =~ /^(?:psql:\S+ )?(?:ERROR|FATAL|PANIC):\s*(.*)/m)
	{
		$self->{error} = $1;
		$self->{error} = 'timeout' if $1 =~ /due to statement timeout/;
	}
	$self->{dead} = 1 if $text =~ /connection to server was lost/;
	return $text;
}

sub give_up
{
	my $self = shift;
	my $text = $self->{pending};
	$self->{error} //= 'connection lost';
	kill 'KILL', $self->{pid};
	close $self->{in};
	close $self->{out};
	waitpid $self->{pid}, 0;
	$self->{dead} = 1;
	return $text;
}

sub run
{
	my ($self, $sql) = @_;
	$self->send($sql);
	return $self->wait;
}

# For what can't go wrong: an error ends the run.  A lost connection has been
# another session's fault, which took the server down.
sub must
{
	my ($self, $sql) = @_;
	my $text = $self->run($sql);
	$text = $self->run($sql) if $self->{dead};
	die "$self->{error}, in: $sql\n$text\n" if $self->{error};
	return $text;
}

sub value
{
	my ($self, $sql) = @_;
	my $text = $self->must($sql);
	chomp $text;
	return $text;
}

# Milliseconds of one execution, mean of n in the server; undef if it failed.
sub milliseconds
{
	my ($self, $sql, $n) = @_;
	my $text = $self->run("SELECT bench_time(\$bench\$$sql\$bench\$, $n)");
	return if $self->{error};
	return $text =~ /^([\d.e+-]+)$/m ? $1 : undef;
}

# The memory that the backend and its parallel workers have to themselves, MB.
sub memory
{
	my $self = shift;
	my $sum = 0;
	for my $pid ($self->{backend}, $self->workers)
	{
		open my $status, '<', "/proc/$pid/status" or next;
		while (<$status>) { $sum += $1 / 1024 if /^RssAnon:\s+(\d+)/; }
		close $status;
	}
	return $sum;
}

sub workers
{
	my $self = shift;
	return unless $self->{backend};
	open my $stat, '<', "/proc/$self->{backend}/stat" or return;
	my $postmaster = (split ' ', (split /\) /, <$stat>)[-1])[1];
	close $stat;
	open my $children, '<', "/proc/$postmaster/task/$postmaster/children" or return;
	my @pids = split ' ', <$children> // '';
	close $children;
	return grep {
		my $found = 0;
		if (open my $cmdline, '<', "/proc/$_/cmdline")
		{
			$found = (<$cmdline> // '') =~ /parallel worker for PID $self->{backend}\b/;
			close $cmdline;
		}
		$found
	} @pids;
}

# A new backend, which has not yet grown by what it did before.
sub renew
{
	my $self = shift;
	$self->finish;
	return $self->start;
}

sub finish
{
	my $self = shift;
	return if $self->{dead};
	local $SIG{PIPE} = 'IGNORE';
	close $self->{in};
	close $self->{out};
	waitpid $self->{pid}, 0;
	$self->{dead} = 1;
	return;
}


# The DuckDB peer speaks the same protocol: a statement and a marker, answers
# in psql's unaligned format.
package DuckSession;
our @ISA = ('Session');

sub start
{
	my $self = shift;
	$self->{pid} = IPC::Open2::open2($self->{out}, $self->{in}, @{ $self->{command} });
	$self->{pending} = '';
	$self->{dead} = 0;
	$self->{hung_after} = $self->{timeout} * 2 + 60;
	$self->run('SELECT 1');
	return;
}

sub limit { return; }

sub send
{
	my ($self, $sql) = @_;
	$sql =~ s/\s+/ /g;
	return $self->SUPER::send($sql);
}

sub milliseconds
{
	my ($self, $sql, $n) = @_;
	my $text = $self->run("\\time $n $sql");
	return if $self->{error};
	return $text =~ /^([\d.e+-]+)$/m ? $1 : undef;
}

1;
