#!/usr/bin/env bash
# walkit feed side by side with PostgreSQL's test_decoding on WAL that pgbench makes here; writes bench/FEED.md.
# Run it through ./dev bench feed, which builds the programs first.
#
#   ROUNDS=3    how often everything is measured; all that is compared takes turns, medians are shown
#   WAL_MB=100  of WAL that pgbench makes, at least
#   ROWS        of the large transaction, 1000000 unless told
#   BUILD       a build directory other than build/release
#
# Needs 2 GB in TMPDIR. The WAL is in the page cache, as it is just after it was written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
build=$(realpath "${BUILD:-build/release}")
WALKIT=$build/walkit
# shellcheck source=tests/integration/lib.sh
source tests/integration/lib.sh

rounds=${ROUNDS:-3}
wal_bytes=$((${WAL_MB:-100} * 1000000))
rows=${ROWS:-1000000}
results=bench/FEED.md
bin=$scratch/bin          # the programs, where the server's user can run them
formats=(walkit wal2json)
declare -A begin end      # of the WAL of each workload

# --- The WAL -----------------------------------------------------------------------------------------------------

wal_position() {
  sql --command='SELECT pg_current_wal_insert_lsn()'
}

start_server() {
  server_start wal_level=logical max_wal_size=8GB wal_keep_size=8GB checkpoint_timeout=1h autovacuum=off \
    shared_buffers=256MB TimeZone=UTC
}

# make_wal NAME COMMAND...: COMMAND writes WAL between a copy of the stopped cluster in $scratch/NAME and end[NAME],
# which a slot of the same name is there to decode. What follows the end lets pg_recvlogical know that it passed it.
make_wal() {
  local name=$1
  shift
  echo "bench: making WAL: $name" >&2
  server_stop
  cp --archive "$scratch/data" "$scratch/$name"
  start_server
  sql --command="SELECT pg_create_logical_replication_slot('$name', 'test_decoding')" >/dev/null
  begin[$name]=$(wal_position)
  "$@"
  end[$name]=$(wal_position)
  sql --command="INSERT INTO batches VALUES (0, 0, 'end')"
}

bytes_of() { # NAME
  sql --command="SELECT trunc('${end[$1]}' - '${begin[$1]}'::pg_lsn)"
}

# pgbench's own transaction, of five changes, and as often one that writes and rewrites twenty rows more.
pgbench_load() {
  cat >"$scratch/batch.sql" <<'END'
\set first random(1, 100000000)
BEGIN;
INSERT INTO batches SELECT :first + n, n, 'filler of row ' || n FROM generate_series(1, 20) n;
UPDATE batches SET n = n + 1 WHERE id BETWEEN :first + 1 AND :first + 10;
DELETE FROM batches WHERE id BETWEEN :first + 1 AND :first + 5;
COMMIT;
END
  chmod a+r "$scratch/batch.sql"
  local from
  from=$(wal_position)
  while (($(sql --command="SELECT trunc(pg_current_wal_insert_lsn() - '$from')") < wal_bytes)); do
    server_program pgbench --no-vacuum --client=4 --transactions=500 --builtin=tpcb-like --file="$scratch/batch.sql" \
      >/dev/null 2>&1
  done
}

large_transaction() {
  sql --command="INSERT INTO large SELECT n, n, 'filler of row ' || n FROM generate_series(1, $rows) n"
}

make_all_wal() {
  server_init --wal-segsize=16
  start_server
  server_program pgbench --initialize --scale=10 --quiet >/dev/null 2>&1
  sql --command='CREATE TABLE batches (id bigint, n int, filler text)' \
    --command='CREATE TABLE large (LIKE batches)' --command='CREATE INDEX ON batches (id)' --command='VACUUM ANALYZE'
  make_wal pgbench pgbench_load
  make_wal large large_transaction
  cat "$wal_dir"/0* >/dev/null  # into the page cache
}

# --- The race ----------------------------------------------------------------------------------------------------

# Commands, as arrays in $command; each reads the WAL of workload NAME from its beginning to end[NAME].
test_decoding() { # NAME SLOT
  command=("$PG_BIN/pg_recvlogical" --dbname=postgres --slot="$2" --start --no-loop --endpos="${end[$1]}" --file=-)
}

walkit() { # NAME FORMAT
  command=(taskset --cpu-list 0 "$bin/walkit" feed --catalog="$scratch/$1" --database=postgres --format="$2"
    --end="${end[$1]}" "$wal_dir")
}

server_psql() { # SQL
  command=("$PG_BIN/psql" --no-psqlrc --quiet --output=/dev/null --command="$1")
}

run() {
  as_server_user env PGHOST="$scratch" PGUSER=walkit PGDATABASE=postgres "$@"
}

# A slot is decoded once, so each run gets a copy.
copy_slot() { # NAME
  server_psql "SELECT pg_copy_logical_replication_slot('$1', 'copy')"
}
drop_slot() {
  server_psql "SELECT pg_drop_replication_slot('copy')"
}

# Lines with all that there is, and those of rows, which must be as many in both.
count_lines() { # NAME KEY PATTERN-OF-ROWS
  run "${command[@]}" | awk -v name="$1" -v key="$2" -v rows="$3" '
    $0 ~ rows { ++changes }
    END { print key "." name, NR, changes }' >>"$scratch/lines"
}

count_all_lines() {
  local name=$1
  copy_slot "$name" && run "${command[@]}"
  test_decoding "$name" copy && count_lines "$name" test_decoding '^table '
  drop_slot && run "${command[@]}"
  walkit "$name" walkit && count_lines "$name" walkit '^{"event":"(insert|update|delete)"'
  walkit "$name" wal2json && count_lines "$name" wal2json '"action":"[IUD]"'
  if (($(awk -v name="$name" '$1 ~ "[.]" name "$" { print $3 }' "$scratch/lines" | sort --unique | wc -l) != 1)); then
    cat "$scratch/lines" >&2
    fail "$name: not all find the same rows"
  fi
}

# Lines of KEY, MILLISECONDS, KIB into $scratch/samples. The rows of side_by_side: copy, test_decoding, drop, walkit...
race() {
  local name=$1 format words=()
  echo "bench: racing: $name" >&2
  copy_slot "$name" && words+=("${command[@]}")
  test_decoding "$name" copy && words+=(::: "${command[@]}")
  drop_slot && words+=(::: "${command[@]}")
  for format in "${formats[@]}"; do walkit "$name" "$format" && words+=(::: "${command[@]}"); done
  run "$bin/side_by_side" "$rounds" "${words[@]}" | sed '1d; 3d' |
    paste <(printf "%s.$name\n" test_decoding "${formats[@]}") - >>"$scratch/samples"
}

# --- The page ----------------------------------------------------------------------------------------------------

race_table() {
  local name=$1
  echo '| | ms | MB of WAL/s | lines | lines/s | times test_decoding | peak memory, MiB |'
  echo '|---|--:|--:|--:|--:|--:|--:|'
  awk -v name="$name" -v bytes="$(bytes_of "$name")" '
    FNR == NR { lines[$1] = $2; next }
    $1 !~ "[.]" name "$" { next }
    {
      own = $1 ~ /^test_decoding/
      title = own ? "test_decoding" : "walkit --format=" substr($1, 1, index($1, ".") - 1)
      if (own) base_ms = $3
      printf "| %s | %.0f | %.1f | %d | %.0f | **%.1f** | %s |\n", title, $3, bytes / 1000 / $3, lines[$1],
        1000 * lines[$1] / $3, base_ms / $3, own ? "" : sprintf("%.0f", $4 / 1024)
    }' "$scratch/lines" "$scratch/samples"
}

wal_statistics() { # NAME
  server_program pg_waldump --stats --path="$wal_dir" --start="${begin[$1]}" --end="${end[$1]}" 2>/dev/null |
    awk -v bytes="$(bytes_of "$1")" '
      $1 == "Total" { printf "%.1f MB, %d records, %s of their bytes full-page images", bytes / 1e6, $2, $6 }' | tr -d '[]'
}

build_type() {
  sed -n 's/^CMAKE_BUILD_TYPE:[^=]*=//p' "$build/CMakeCache.txt"
}

describe_machine() {
  local cpu
  cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
  cat <<END
- Date: $(date --utc +%Y-%m-%d)
- Machine: ${cpu:-unknown CPU}, $(nproc) cores, $(uname --kernel-name --kernel-release --machine)
- Versions: $("$WALKIT" --version | head -n 1) ($(build_type) build), $("$PG_BIN/postgres" --version)
- Medians of $rounds rounds in which all take turns on the same WAL in the page cache, whole process, output to /dev/null
- walkit is held on one core (\`taskset\`) and begins with a copy of the data directory; test_decoding runs in the server and
  reaches pg_recvlogical over a Unix socket, both wherever the system puts them
END
}

write_results() {
  cat <<END
# Results of \`./dev bench feed\`

$(describe_machine)

A line is what each prints as one: a row, BEGIN, COMMIT. All find the same number of rows, which is checked.

## pgbench

WAL at \`wal_level=logical\`: $(wal_statistics pgbench).
Half of the transactions are pgbench's own, half write 20 rows, update 10 of them and delete 5.

$(race_table pgbench)

## One transaction of $rows rows

WAL: $(wal_statistics large).

$(race_table large)
END
}

# --- All of it -----------------------------------------------------------------------------------------------------

as_server_user mkdir -m 755 "$bin"
install --mode=755 "$WALKIT" "$build/side_by_side" "$bin"
make_all_wal
for name in pgbench large; do
  count_all_lines "$name"
  race "$name"
done
write_results >"$scratch/results"
tee "$root/$results" <"$scratch/results"
