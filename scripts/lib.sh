# shellcheck shell=bash
# What the scripts share: progress, cleaning up, PostgreSQL 18, private servers.
#
# PostgreSQL refuses to run as root.  So whatever is or talks to a server is
# prefixed with "${as[@]}": nothing for an ordinary user, for root a switch to
# the user postgres or nobody.

set -Eeuo pipefail
trap '[ $? -gt 128 ] || say "${0##*/}: failed in line $LINENO: $BASH_COMMAND"' ERR
umask 022
# "make -j4 CC=clang test" is about our own make, not about those we call
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR VPATH
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE PGOPTIONS PGDATA PGTZ
export LC_ALL=C

jobs=$(nproc 2>/dev/null || echo 1)
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$top/build
as=()

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }
seconds() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }

#
# Cleaning up: whatever the script started ends with it, also when interrupted.
#
tmp=			# a short path, for sockets
child=			# leader of the process group that runs now
children=()		# and of more of them
server_dirs=()		# servers below these are ours
scratch_dirs=()		# more folders that are not to stay

make_tmp() {
	[ -z "$tmp" ] || return 0
	tmp=$(mktemp -d /tmp/smol.XXXXXX)
	export TMPDIR=$tmp
}

stop_servers() {
	local pidfile
	for dir in "${server_dirs[@]}"; do
		[ -d "$dir" ] || continue
		while IFS= read -r pidfile; do
			"${as[@]}" "$bindir/pg_ctl" stop -s -w -t 60 -m immediate \
				-D "${pidfile%/postmaster.pid}" >/dev/null 2>&1 || true
		done < <(find "$dir" -name postmaster.pid)
	done
}

on_exit() {
	local status=$?
	trap '' INT TERM HUP
	trap - EXIT
	for leader in $child "${children[@]}"; do
		kill -TERM -- "-$leader" 2>/dev/null || true
	done
	wait
	stop_servers
	rm -rf --one-file-system ${tmp:+"$tmp"} "${scratch_dirs[@]}"
	exit $status
}
trap on_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command as a process group of its own, which an interrupt ends.
run() {
	local status=0
	setsid "$@" </dev/null 9>&- &
	child=$!
	wait "$child" || status=$?
	child=
	return $status
}

# The same with its output in a log, and a line now and then while it lasts.
watched() { # what log command...
	setsid "${@:3}" </dev/null >"$2" 2>&1 9>&- &
	await "$1" "$2"
}

# Waits for the process group that has just been started.
await() { # what log
	local what=$1 log=$2 start=$SECONDS next=10 status=0 line
	child=$!
	while kill -0 "$child" 2>/dev/null; do
		sleep 0.2
		if [ $((SECONDS - start)) -ge $next ]; then
			next=$((SECONDS - start + 10))
			line=$(tail -n 100 "$log" | grep '^[^#]*[[:alnum:]]' | tail -n 1 || true)
			[ ${#line} -le 70 ] || line=...${line: -67}
			say "  ... $what, $(seconds $((SECONDS - start))): $line"
		fi
	done
	wait "$child" || status=$?
	child=
	return $status
}

#
# The machine
#
have() { command -v "$1" >/dev/null 2>&1; }

apt_install() {
	have apt-get || die "please install: $*"
	[ "$(id -u)" = 0 ] || die "please install these packages first: apt-get install $*"
	say "Installing packages: $*"
	export DEBIAN_FRONTEND=noninteractive
	# one script at a time; without lists, or with old ones, a second try after an update
	mkdir -p "$(cache_dir)"
	{
		flock 7
		apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 ||
			{ apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@" >/dev/null; } >&2 ||
			die "these packages could not be installed: $*"
	} 7>"$(cache_dir)/apt.lock"
}

need() { # command package
	have "$1" || apt_install "$2"
}

# The system's own Debian mirror: as apt has it, or as in the sources while apt has
# no lists yet.
debian_mirror() {
	local mirror
	# shellcheck disable=SC2016 # $(...) is apt's
	mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
		sed -n 's/^Debian //p' | head -n 1)
	[ -n "$mirror" ] || mirror=$(sed -nE -e 's/^URIs: *([^ ]+).*/\1/p' -e 's/^deb +(\[[^]]*\] +)?([^ ]+) .*/\2/p' \
		/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
		grep -v security | grep debian | head -n 1)
	echo "${mirror%/}"
}

cache_dir() {
	if [ -n "${XDG_CACHE_HOME:-}" ]; then
		echo "$XDG_CACHE_HOME/smol"
	elif [ "$(id -u)" = 0 ]; then
		echo /var/cache/smol
	else
		echo "${HOME:?}/.cache/smol"
	fi
}

#
# PostgreSQL and smol
#
use_postgres() { # release or assert
	make_tmp
	run "$top/scripts/postgres" "--$1" >"$tmp/pg_config" || exit 1
	pg_config=$(cat "$tmp/pg_config")
	bindir=$("$pg_config" --bindir)
	become_server_user
}

# May the ordinary user read the checkout and run PostgreSQL?
can_enter() { "${as[@]}" test -r "$top/Makefile" && "${as[@]}" test -x "$bindir/postgres"; }

become_server_user() {
	[ "$(id -u)" = 0 ] || return 0
	server_user=postgres
	getent passwd postgres >/dev/null || server_user=nobody
	need setpriv util-linux
	local switch=(setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups)
	as=(env "HOME=/" "USER=$server_user" "LOGNAME=$server_user" "${switch[@]}")
	[ -z "$tmp" ] || own "$tmp"
	can_enter && return
	# A checkout in a private folder: let the user pass through it all the same
	# (the securebit is for access(2), which forgets capabilities without it).
	as+=(--inh-caps=+dac_override --ambient-caps=+dac_override --securebits=+no_setuid_fixup)
	can_enter || die "the user $server_user, who is to run the server, can't read $top: \
put the checkout where every user may enter, or run this as an ordinary user"
}

own() { [ "${#as[@]}" = 0 ] || chown "$server_user" "$@"; }

# An empty folder that the server's user may write to.
fresh_dir() {
	rm -rf "$1"
	mkdir -p "$1"
	own "$1"
}

# Builds smol in build/<name>, installs it to build/<name>/stage, and writes
# build/<name>/smol.conf, with which a server finds it there.
build_smol() { # name [make variable...]
	objdir=$build/$1
	shift
	local with="$pg_config ${CC:-} $*"
	local make=(make -s -j"$jobs" -C "$objdir" -f "$top/Makefile" PG_CONFIG="$pg_config" with_llvm=no
		DESTDIR="$objdir/stage" ${CC:+CC="$CC"} ${WERROR:+WERROR="$WERROR"} "$@")

	say "Building smol for $("$pg_config" --version) in build/${objdir##*/}"
	mkdir -p "$objdir"
	exec 9>"$objdir/lock"
	flock 9
	if [ "$(cat "$objdir/built-with" 2>/dev/null)" != "$with" ]; then
		rm -rf "$objdir"/{src,stage,smol.so}
		echo "$with" >"$objdir/built-with"
	fi
	watched "compiling ${objdir##*/}" "$objdir/make.log" "${make[@]}" install || {
		tail -n 40 "$objdir/make.log" >&2
		die "smol does not compile, see $objdir/make.log"
	}
	grep warning: "$objdir/make.log" >&2 || true
	cat >"$objdir/smol.conf" <<-EOF
		extension_control_path = '$objdir/stage$("$pg_config" --sharedir):\$system'
		dynamic_library_path = '$objdir/stage$("$pg_config" --pkglibdir):\$libdir'
	EOF
	exec 9>&-
}

server_program=	# in the place of "postgres", if set

# Starts an empty private server, reached by socket only.
start_server() { # folder [setting...]
	local dir=$1
	shift
	server_dirs+=("$dir")
	stop_servers
	fresh_dir "$dir"
	"${as[@]}" "$bindir/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale \
		--no-instructions >"$dir/initdb.log" 2>&1 ||
		{ cat "$dir/initdb.log" >&2; die "initdb failed"; }
	{
		cat "$objdir/smol.conf"
		printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$tmp'" \
			"unix_socket_permissions = 0700" "$@"
	} >>"$dir/data/postgresql.conf"
	"${as[@]}" "$bindir/pg_ctl" start -s -w -t 60 ${server_program:+-p "$server_program"} -D "$dir/data" -l "$dir/log" >&2 ||
		{ tail -n 20 "$dir/log" >&2; die "the server did not start, see $dir/log"; }
	export PGHOST=$tmp PGUSER=postgres PGDATABASE=postgres
}

psql() { "${as[@]}" "$bindir/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }
