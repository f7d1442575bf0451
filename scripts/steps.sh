# shellcheck shell=bash disable=SC2034,SC2154 # variables of the script that sources this
# For the scripts that package smol: steps that are logged and counted, the
# sources of this version and the one before, and a PostgreSQL to install into.
#
# A package is made of what is committed, not of the working tree.  After a step
# that failed there is no point in the next one.

# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

passed=0
failed=0
commit=HEAD

git() { command git -c safe.directory="$top" -C "$top" "$@"; }

version_of() { # commit
	git show "$1:META.json" | sed -nE '0,/"version"/s/.*"version": *"([^"]+)".*/\1/p'
}

packaging() { # what
	kind=$1
	work=$build/package/$kind
	log=$work/log
	rm -rf "$work"
	mkdir -p "$work"
	make_tmp
	have git || apt_install git
	git rev-parse --verify -q HEAD >/dev/null || skip "this is no git checkout"
	git diff --quiet HEAD || say "$kind: changes that are not committed are left out"
	version=$(version_of HEAD)
}

# One step: a command or function, which fails with the first command that does.
step() { # what command...
	local what=$1 start=$SECONDS status=0
	shift
	printf '\n=== %s: %s\n+ %s\n' "$kind" "$what" "$*" >>"$log"
	set -m
	(set +m; child=; "$@") </dev/null >>"$log" 2>&1 &
	set +m
	await "$kind, $what" "$log" || status=$?
	if [ $status = 0 ]; then
		passed=$((passed + 1))
		printf '%-6s %-42s passed   %s\n' "$kind" "$what" "$(seconds $((SECONDS - start)))"
		return
	fi
	failed=$((failed + 1))
	printf '%-6s %-42s failed   %s\n' "$kind" "$what" "$(seconds $((SECONDS - start)))"
	tail -n 60 "$log" | cut -c 1-300 >&2
	say "$kind: see $log"
	finish
}

finish() {
	[ ! -d "$work" ] || chmod -R a+rX "$work"
	echo "$passed passed, $failed failed"
	exit $((failed > 0))
}

# What can't be done here is not passed, and says why.
skip() { # reason
	printf '%-6s skipped: %s\n' "$kind" "$1"
	finish
}

# The sources of a commit as users get them, in a folder or an archive.
source_zip() { git archive --format=zip --prefix="smol-$version/" -o "$1" "$commit"; }
source_tgz() { git archive --format=tar.gz --prefix="smol-$2/" -o "$1" "$commit"; }

# The release before: its tag, or where tags are not fetched the last commit
# that bears its version.  Before the second release that is this version,
# numbered lower.
find_previous() {
	local changed
	previous=$(sed -nE 's/^## ([0-9.]+).*/\1/p' "$top/CHANGELOG.md" | awk -v v="$version" 'seen { print; exit } $0 == v { seen = 1 }')
	previous_commit=HEAD
	if [ -z "$previous" ]; then
		previous=$version
		return
	fi
	if git rev-parse --verify -q "v$previous^{commit}" >/dev/null; then
		previous_commit=v$previous
		return
	fi
	changed=$(git log -n 1 --format=%h -G"^    \"version\": *\"$previous\"" HEAD -- META.json)
	if [ -n "$changed" ] && git rev-parse --verify -q "$changed^" >/dev/null &&
		[ "$(version_of "$changed^")" = "$previous" ]; then
		previous_commit=$changed^
	else
		say "$kind: the sources of $previous are not to be found; the upgrade starts from these, numbered lower"
	fi
}

# A copy of PostgreSQL to install into.  Its programs find their files by where
# they are themselves.
scratch_postgres() { # folder
	local what from
	use_postgres release
	for what in bindir libdir pkglibdir sharedir includedir includedir-server pkgincludedir; do
		from=$("$bindir/pg_config" --$what)
		if [ -d "$1$from" ]; then continue; fi
		mkdir -p "$1$from"
		cp -a "$from/." "$1$from"
	done
	bindir=$1$bindir
	pg_config=$bindir/pg_config
	case $("$pg_config" --pkglibdir) in
		"$1"/*) ;;
		*) die "$pg_config does not find its own files: $("$pg_config" --pkglibdir)" ;;
	esac
}

# Questions about a table with smol indexes, and their answers without them.
write_sql() { # folder
	cat >"$1/create.sql" <<-'EOF'
		CREATE EXTENSION smol;
		CREATE TABLE flights AS
			SELECT '2001-01-01'::date + i / 1000 AS date, i % 97 AS delay, (i * 7919) % 3000 AS distance,
				'A' || i % 50 AS origin
			FROM generate_series(1, 100000) AS i;
		VACUUM (FREEZE, ANALYZE) flights;
		CREATE INDEX flights_date ON flights USING smol (date) INCLUDE (delay, distance, origin);
		CREATE INDEX flights_origin ON flights USING smol (origin, date) INCLUDE (delay) WITH (writes = retire);
	EOF
	cat >"$1/ask.sql" <<-'EOF'
		SET enable_seqscan = :seqscan;
		SET enable_bitmapscan = off;
		SET max_parallel_workers_per_gather = 0;
		SELECT count(*), sum(delay), avg(distance)::numeric(10, 4), min(origin), max(origin) FROM flights WHERE date >= '2001-01-10' AND date < '2001-02-10';
		SELECT origin, count(*), sum(delay), max(date) FROM flights WHERE origin > 'A' GROUP BY origin ORDER BY origin;
		SELECT date, delay, distance, origin FROM flights WHERE date = '2001-03-03' ORDER BY 1, 2, 3, 4 LIMIT 20;
	EOF
	# to the version of this release, and then to what is to come
	cat >"$1/update.sql" <<-'EOF'
		ALTER EXTENSION smol UPDATE;
		SELECT version FROM pg_available_extension_versions WHERE name = 'smol'
		ORDER BY string_to_array(version, '.')::int[] DESC LIMIT 1 \gset
		ALTER EXTENSION smol UPDATE TO :'version';
		\dx smol
		SELECT index, rows, state FROM smol_indexes ORDER BY 1;
	EOF
	# an index that is not used is an error
	cat >"$1/used.sql" <<-'EOF'
		CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS
			$$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query; END $$;
		SET enable_seqscan = off;
		SET enable_bitmapscan = off;
		DO $$
		DECLARE
			found text;
		BEGIN
			SELECT string_agg(line, E'\n') INTO found
			FROM pg_temp.plan('SELECT count(*), sum(delay) FROM flights WHERE date > ''2001-02-01''') AS line;
			IF found !~ 'flights_date' OR found ~ 'Fallback' THEN
				RAISE EXCEPTION 'the index is not used: %', found;
			END IF;
		END $$;
		SELECT smol_verify('flights_date'), smol_verify('flights_origin');
		SELECT index, rows, state FROM smol_indexes ORDER BY 1;
	EOF
}

# Are the answers through the index those of a sequential scan?
same_answers() { # psql command...
	"$@" -v seqscan=on -f "$sqldir/ask.sql" >"$tmp/heap"
	"$@" -v seqscan=off -f "$sqldir/ask.sql" >"$tmp/index"
	diff "$tmp/heap" "$tmp/index"
	wc -l "$tmp/index"
}
