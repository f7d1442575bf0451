# shellcheck shell=bash
# The test suites, for scripts/test and scripts/coverage.  A suite runs against
# the smol of $objdir, keeps its logs in $results, and reports to count_up.

# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

passed=0
failed=0
results=
running=()	# options that lead pg_regress to a server that is there, not one of its own

regress_dir() { dirname "$("$pg_config" --pgxs)"; }

count_up() { # suite passed failed seconds log
	passed=$((passed + $2))
	failed=$((failed + $3))
	printf '%-36s %6d passed, %d failed   %s\n' "$1" "$2" "$3" "$(seconds "$4")"
	[ "$3" -gt 0 ] || return 0
	say "  see $5"
}

# The tests of a folder, setup first if there is one, without those that need
# injection points where there are none (TAP tests look at
# $enable_injection_points themselves).  They run one after the other: another
# test's transaction would keep VACUUM from marking pages all-visible.
tests_in() { # folder suffix
	local file name
	for file in "$1"/setup"$2" "$1"/*"$2"; do
		name=${file##*/}
		name=${name%"$2"}
		[ -f "$file" ] || continue
		[[ $name != setup || $file == "$1/setup$2" ]] || continue
		[ -z "${TESTS:-}" ] || [[ " setup $TESTS " == *" $name "* ]] || continue
		if ! $injection_points && [ "$2" != .pl ] && grep -q injection_points "$file"; then continue; fi
		echo "$name"
	done | awk '!seen[$0]++'
}

use_build() { # name: after use_postgres and build_smol
	results=$build/test/$1
	fresh_dir "$results"
	server_dirs+=("$results")
	# an autovacuum at the wrong moment changes what is all-visible
	{ cat "$objdir/smol.conf"; echo "autovacuum = off"; } >"$results/test.conf"
	injection_points=false
	if [[ $("$pg_config" --configure) == *--enable-injection-points* ]]; then injection_points=true; fi
}

# Both of PostgreSQL's own drivers.
pg_regress() { # suite driver inputdir tests...
	local suite=$1 driver=$2 input=$3 dir=$results/$1 log=$results/$1.log start=$SECONDS status=0 bad name
	shift 3
	[ $# -gt 0 ] || return 0
	fresh_dir "$dir"
	# without an expected file the driver would give up, not go on to the next
	mkdir "$dir/expected"
	for name in "$input"/expected/*.out; do ln -s "$name" "$dir/expected/"; done
	for name in "$@"; do [ -e "$dir/expected/$name.out" ] || : >"$dir/expected/$name.out"; done
	local server=("${running[@]}")
	[ ${#running[@]} -gt 0 ] || server=(--temp-instance="$dir/instance" --temp-config="$results/test.conf")
	watched "${results##*/} $suite" "$log" "${as[@]}" "$(regress_dir)/../test/$driver" "${server[@]}" --bindir="$bindir" \
		--inputdir="$input" --expecteddir="$dir" --outputdir="$dir" \
		--encoding=UTF8 --no-locale --max-connections=1 "$@" || status=$?
	bad=$(grep -c '^not ok ' "$log" || true)
	[ $status = 0 ] || [ "$bad" -gt 0 ] || bad=1
	count_up "${results##*/} $suite" "$(grep -c '^ok ' "$log" || true)" "$bad" $((SECONDS - start)) "$log"
	[ "$bad" != 0 ] || return 0
	{
		grep -E '^not ok |^Bail out' "$log" || tail -n 20 "$log"
		if [ -f "$dir/regression.diffs" ]; then
			say "--- $dir/regression.diffs, at most 200 lines"
			head -n 200 "$dir/regression.diffs"
		fi
	} >&2
}

suite_regress() {
	local names
	mapfile -t names < <(tests_in "$top/test/sql" .sql)
	pg_regress regress regress/pg_regress "$top/test" "${names[@]}"
}

suite_isolation() {
	local names
	mapfile -t names < <(tests_in "$top/test/isolation/specs" .spec)
	pg_regress isolation isolation/pg_isolation_regress "$top/test/isolation" "${names[@]}"
	# again, with scans for aggregates, and with the access method's own scans
	PGOPTIONS="-c smol.enable_aggregate=off -c enable_indexonlyscan=off" \
		pg_regress isolation-scan isolation/pg_isolation_regress "$top/test/isolation" "${names[@]}"
	PGOPTIONS="-c smol.enable_scan=off -c smol.enable_aggregate=off" \
		pg_regress isolation-am isolation/pg_isolation_regress "$top/test/isolation" "${names[@]}"
}

suite_tap() {
	local names name files perl dir=$results/tap log=$results/tap.log start=$SECONDS status=0 bad good
	mapfile -t names < <(tests_in "$top/test/tap" .pl)
	[ ${#names[@]} -gt 0 ] || return 0
	perl=$(regress_dir)/../test/perl
	if [ ! -d "$perl" ]; then
		say "${results##*/} tap: left out, this PostgreSQL is without the modules of its TAP tests"
		return
	fi
	perl -MIPC::Run -MTest::More -e 1 2>/dev/null || apt_install libipc-run-perl perl
	need prove perl
	files=("${names[@]/#/$top/test/tap/}")
	fresh_dir "$dir"
	# clusters are copies of this one
	"${as[@]}" "$bindir/initdb" --no-sync --auth=trust --pgdata="$dir/template" >"$results/initdb.log" 2>&1 ||
		{ cat "$results/initdb.log" >&2; die "initdb failed"; }
	watched "${results##*/} tap" "$log" "${as[@]}" env PATH="$bindir:$PATH" PERL5LIB="$perl" INITDB_TEMPLATE="$dir/template" \
		PG_REGRESS="$(regress_dir)/../test/regress/pg_regress" TEMP_CONFIG="$objdir/smol.conf" \
		TESTDATADIR="$dir" TESTLOGDIR="$dir/log" PG_TEST_TIMEOUT_DEFAULT=60 \
		enable_injection_points="$($injection_points && echo yes || echo no)" \
		env -C "$dir" prove --timer -v "${files[@]/%/.pl}" || status=$?
	good=$(grep '^ok [0-9]' "$log" | grep -vic '# skip' || true)
	bad=$(grep '^not ok ' "$log" | grep -vc '# TODO' || true)
	[ $status = 0 ] || [ "$bad" -gt 0 ] || bad=1
	count_up "${results##*/} tap" "$good" "$bad" $((SECONDS - start)) "$log"
	[ "$bad" != 0 ] || return 0
	{
		grep -E "^not ok|^# +(Failed|at |got:|expected:)|^# Looks like" "$log" | head -n 100
		sed -nE 's|^(.*/)?([^/]*)\.pl .*\(Wstat: .* Failed: 0\)|\2|p' "$log" | while IFS= read -r name; do
			say "--- the end of $dir/log/regress_log_$name"
			tail -n 20 "$dir/log/regress_log_$name"
		done
	} >&2
}

# Runs what prints "N passed, N failed" in the end.  As N differs from run to
# run, it is one test for us, or as many as failed.
counted() { # suite command...
	local suite=$1 log=$results/$1.log start=$SECONDS status=0 bad=0 line
	shift
	watched "${results##*/} $suite" "$log" "$@" || status=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1 || true)
	[ -z "$line" ] || read -r _ _ bad _ <<<"$line"
	[ $status = 0 ] || [ "$bad" -gt 0 ] || bad=1
	count_up "${results##*/} $suite" $((bad == 0)) "$bad" $((SECONDS - start)) "$log"
	[ "$bad" = 0 ] || tail -n 60 "$log" >&2
}

suite_differential() {
	[ -f "$top/test/differential/run.pl" ] || return 0
	start_server "$results/differential" "fsync = off" "max_wal_size = 4GB"
	counted differential "${as[@]}" env PATH="$bindir:$PATH" \
		perl "$top/test/differential/run.pl" --seconds="$1" ${SEED:+--seed="$SEED"}
	sed -n 's/.*queries compared.*/  &/p' "$results/differential.log" | tail -n 1
	stop_servers
}

# Not how fast: whether the bench finds what it has to find.
suite_bench() {
	need zstd zstd
	start_server "$results/bench" "fsync = off" "max_worker_processes = 16" "session_preload_libraries = 'smol'"
	mkdir "$results/bench/results"
	counted bench env PATH="$bindir:$PATH" DUCKDB_PEER= perl "$top/bench/selftest" "$results/bench/results"
	stop_servers
}

# What a release and a build refuse, and whether this tree is fit for a release.
suite_metadata() {
	counted check-release "$top/scripts/check-release"
	counted metadata perl "$top/test/metadata/run.pl"
}

suite_fuzz() {
	if [ -x "$top/test/fuzz/run" ]; then
		counted fuzz env PG_CONFIG="$pg_config" "$top/test/fuzz/run"
	elif [ -f "$top/test/fuzz/Makefile" ]; then
		# the corpus takes the rarer paths; ITERATIONS=1000000 by hand
		counted fuzz make -s -C "$top/test/fuzz" PG_CONFIG="$pg_config" ITERATIONS="${ITERATIONS:-20000}" ${SEED:+SEED="$SEED"}
	fi
}

# Not a warning from the compilers that are here.
suite_warnings() {
	local cc
	for cc in gcc clang; do
		have $cc || continue
		fresh_dir "$results/$cc"
		counted "$cc-without-warnings" make -s -j"$jobs" -C "$results/$cc" -f "$top/Makefile" \
			PG_CONFIG="$pg_config" CC=$cc WERROR=1 with_llvm=no all
	done
}
