# shellcheck shell=bash
# What the benchmarks share: a server, where they ran, medians.
#
# smol is always measured against btree in the same run and in turn, and losses
# are printed like wins.

# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

# A quiet server: no parallel workers, no JIT, everything in shared buffers.
bench_server() { # name
	mkdir -p "$build"
	exec 8>"$build/bench.lock"
	flock -n 8 || die "another benchmark is at work in this checkout"
	use_postgres release
	build_smol release
	start_server "$build/bench/$1" "shared_buffers = 2GB" "maintenance_work_mem = 512MB" \
		"max_wal_size = 8GB" "autovacuum = off" "jit = off" "max_parallel_workers_per_gather = 0" \
		"max_parallel_maintenance_workers = 0" "session_preload_libraries = 'smol'"
	psql -c "CREATE EXTENSION smol"
}

environment() {
	local cpu
	cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	echo "# $(psql -Atc "SELECT version()")"
	echo "# smol $(psql -Atc "SELECT extversion FROM pg_extension WHERE extname = 'smol'")," \
		"$(git -C "$top" describe --always --dirty 2>/dev/null || echo "not in git")"
	echo "# ${cpu:-unknown CPU}, $jobs cores, $(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)," \
		"$(uname -s) $(uname -r | cut -d - -f 1), load $(cut -d ' ' -f 1 /proc/loadavg)"
	echo "# $(date -u +%FT%RZ)"
}

# The key of row i, in SQL and in pgbench: unique, ascending by 20 on average,
# with gaps that look random.
key_of() { echo "($1 * 20 + $1 * 2654435761 % 4294967296 / 65536 % 19)"; }

# A table for each access method, the same in both, in random order.
make_tables() { # rows
	local am
	say "Making two tables of $1 rows, and their indexes"
	psql -c "CREATE TABLE bench_btree AS
		SELECT $(key_of i)::int AS k, (random() * 1000)::int AS v
		FROM generate_series(0::bigint, $1 - 1) AS i ORDER BY random()" \
		-c "CREATE TABLE bench_smol AS SELECT * FROM bench_btree" \
		-c "VACUUM ANALYZE bench_btree, bench_smol"
	for am in btree smol; do
		psql -c "CREATE INDEX bench_${am}_k ON bench_$am USING $am (k) INCLUDE (v)"
	done
	psql -c "VACUUM ANALYZE bench_btree, bench_smol" -c CHECKPOINT
	psql -Atc "SELECT format('# index sizes in bytes: btree %s, smol %s, ratio %s', b, s, round(b::numeric / s, 2))
		FROM pg_relation_size('bench_btree_k') AS b, pg_relation_size('bench_smol_k') AS s"
}

# That the figures are of what they say.
must_use() { # index sql
	local plan
	plan=$(psql -Atc "EXPLAIN (COSTS OFF) $2")
	[[ $plan == *"Index Only Scan"*" using $1 "* ]] || die "not an index-only scan of $1: $plan"
}
