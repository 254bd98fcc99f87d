#!/usr/bin/env bash
# A server that archives through walkit while pgbench loads it; then an accident, which walkit finds in the archive, and a
# second server that is restored to just before it. Run it through ./dev demo, which builds the program first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
WALKIT=${WALKIT:-build/release/walkit}
# shellcheck source=tests/integration/lib.sh
source tests/integration/lib.sh

load_seconds=15
segment_mib=16
status_dir=$wal_dir/archive_status
archive=$scratch/archive
restored=$scratch/restored  # the data directory of the second server
restored_port=5433

stop_both() {
  if [[ -f $restored/postmaster.pid ]]; then
    server_program pg_ctl stop --pgdata="$restored" --silent --mode=immediate || true
  fi
  clean_up
}
trap stop_both EXIT

say() {
  printf '\n%s\n' "$*"
}

# Indents what a command prints; names of files are given as they are in the directory of this run.
shown() {
  sed "s,$scratch/,,g; s/^/  /" | cut -c1-150
}

restored_sql() {
  sql --port="$restored_port" "$@"
}

# --- Archiving -----------------------------------------------------------------------------------------------------

# walkit is found by its name, as where it is installed.
install_walkit() {
  as_server_user mkdir -m 755 "$scratch/bin"
  install --mode=755 "$WALKIT" "$scratch/bin/walkit"
  PATH=$scratch/bin:$PATH
  as_server_user mkdir -m 700 "$archive" "$scratch/spool"
}

# The last lines that `walkit init` prints are for postgresql.conf.
start_archiving_server() {
  server_init --wal-segsize="$segment_mib"
  echo "\$ walkit init --repo=archive --spool=spool --config=walkit.conf"
  as_server_user walkit init --repo="$archive" --spool="$scratch/spool" --config="$scratch/walkit.conf" >"$scratch/init"
  tail -n 3 "$scratch/init" | tee --append "$scratch/data/postgresql.conf" | shown
  server_start shared_buffers=128MB max_wal_size=4GB
}

# How many segments.
waiting() {
  find "$status_dir" -name '*.ready' | wc -l
}

# How many segments, and how many MiB they take.
archived() {
  find "$archive" -type f -regextype posix-extended -regex '.*/[0-9A-F]{24}\.[a-z0-9]+' -printf '%s\n' |
    awk '{ bytes += $1 } END { printf "%d %d\n", NR, bytes / 1048576 }'
}

# Frequent checkpoints make WAL of mostly page images, as on a busy server with many pages.
load() {
  local begin=$SECONDS pgbench
  server_program pgbench --no-vacuum --client=4 --time="$load_seconds" >"$scratch/pgbench.log" 2>&1 &
  pgbench=$!
  printf '  %7s   %-25s   %s\n' seconds 'waiting in pg_wal' 'in the archive'
  while ((SECONDS - begin < load_seconds)); do
    sleep 2
    echo "$((SECONDS - begin)) $(waiting) $(archived)" | awk -v mib="$segment_mib" '{
      printf "  %7d   %4d segments, %5d MiB   %4d segments, %5d MiB of WAL in %4d MiB\n",
        $1, $2, $2 * mib, $3, $3 * mib, $4
    }'
    sql --command='CHECKPOINT'
  done
  wait "$pgbench" || fail "pgbench: $(tail -n 1 "$scratch/pgbench.log")"
}

# --- The accident and the way back -------------------------------------------------------------------------------------

wait_for_archive() {
  local last tries
  last=$(sql --command='SELECT pg_walfile_name(pg_switch_wal())')
  for ((tries = 0; tries < 300; tries++)); do
    if [[ -e $status_dir/$last.done ]]; then return; fi
    sleep 0.1
  done
  fail "$last is not archived: $(tail -n 1 "$scratch/server.log")"
}

# Without the random word by which psql is kept from running what a dump may smuggle in.
dump_tables() { # FILE [PG_DUMP OPTION...]
  local file=$1
  shift
  server_program pg_dump "$@" | sed '/^\\\(un\)\?restrict /d' >"$file"
}

# The transaction that did it, and the lines with which a server recovers to just before it.
find_accident() {
  say "\$ walkit find --repo=archive --catalog=restored --update-more-than=10000 --limit=1"
  as_server_user walkit find --repo="$archive" --catalog="$restored" --update-more-than=10000 --limit=1 >"$scratch/found"
  shown <"$scratch/found"
}

restore_before_accident() {
  local tries
  as_server_user touch "$restored/recovery.signal"
  {
    echo "port = $restored_port"
    echo "archive_mode = off"
    sed -n 's/^ *\(recovery_target_.*\)/\1/p' "$scratch/found"
    echo "recovery_target_action = promote"
  } >>"$restored/postgresql.conf"
  server_program pg_ctl start --pgdata="$restored" --wait --silent --log="$scratch/restored.log" \
    --options="-c listen_addresses= -c unix_socket_directories=$scratch -c fsync=off" </dev/null ||
    fail "the restored server does not start: $(tail -n 1 "$scratch/restored.log")"
  for ((tries = 0; tries < 600; tries++)); do
    if [[ $(restored_sql --command='SELECT pg_is_in_recovery()') == f ]]; then return; fi
    sleep 0.1
  done
  fail "the restored server does not reach the moment before the accident"
}

row() { # WHAT VALUE VALUE
  printf '  %-36s %18s %18s\n' "$@"
}

compare_servers() {
  local history="SELECT coalesce(to_regclass('pgbench_history')::text, 'dropped')"
  local balances='SELECT sum(abalance) FROM pgbench_accounts'
  row '' 'after the accident' 'restored'
  row 'pgbench_history' "$(sql --command="$history")" "$(restored_sql --command="$history")"
  row 'sum(abalance)' "$(sql --command="$balances")" "$(restored_sql --command="$balances")"
  dump_tables "$scratch/after.sql" --port="$restored_port"
  cmp "$scratch/before.sql" "$scratch/after.sql" || fail "the restored tables differ from those before the accident"
  echo "  pg_dump of the restored server and of the other one before the accident: $(stat --format=%s "$scratch/after.sql")" \
    "equal bytes"
}

if [[ ! -x $PG_BIN/initdb ]]; then
  say "No server of PostgreSQL 15 in $PG_BIN: no archiving."
  exit 0
fi

install_walkit
start_archiving_server
server_program pgbench --initialize --scale=10 --quiet >/dev/null 2>&1
server_program pg_basebackup --pgdata="$restored" --checkpoint=fast --no-sync

say "PostgreSQL 15 archives through walkit under pgbench; a checkpoint every two seconds"
load

dump_tables "$scratch/before.sql"
say "The accident:"
for statement in 'UPDATE pgbench_accounts SET abalance = 0 WHERE aid % 2 = 0' 'DROP TABLE pgbench_history'; do
  echo "  $statement"
  sql --command="$statement"
done
wait_for_archive
say '$ walkit info'
as_server_user walkit info --config="$scratch/walkit.conf" | shown

find_accident
begin=${EPOCHREALTIME/./}
restore_before_accident
took_ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
segments=$(grep --count 'restored log file' "$scratch/restored.log")
say "A second server, from a base backup made before the load and $segments segments of the archive, in" \
  "$((took_ms / 1000)).$((took_ms / 100 % 10)) s:"
compare_servers
