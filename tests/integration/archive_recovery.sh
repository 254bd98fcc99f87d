#!/usr/bin/env bash
# Servers that archive and restore through walkit: point-in-time recovery to an LSN, a time and a name, a change of
# the timeline, a standby that archives to the same place, unusual layouts. What is restored is compared with dumps.
#
#   WALKIT_TEST_PG=13,14,16,17,18   with these majors instead of 15 (see lib.sh)
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
on_each_major "$0"
unset "${!WALKIT_@}"
program=$scratch/walkit
install -m 755 "$WALKIT" "$program"
chmod 755 "$scratch"
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # servers kill what they start

# --- servers -------------------------------------------------------------------------------------------------------

# Each server has a directory $scratch/NAME, which is its data directory unless it says otherwise, and a socket there.
running=()
stop_all() {
  local name
  for name in "${running[@]}"; do stop "$name" immediate || true; done
}
trap 'stop_all; clean_up' EXIT

start() { # NAME [OPTION OF POSTGRES]...
  local name=$1
  shift
  as_server_user mkdir -p "$scratch/socket.$name"
  running+=("$name")
  server_program pg_ctl start --pgdata="$scratch/$name" --wait --silent --timeout=100 --log="$scratch/$name.log" \
    --options="-c listen_addresses= -c unix_socket_directories=$scratch/socket.$name $*" \
    >"$scratch/pg_ctl.log" 2>&1 </dev/null || {
    cat "$scratch/pg_ctl.log" "$scratch/$name.log"
    fail "server $name does not start"
  }
}

stop() { # NAME [MODE]
  local one others=()
  for one in "${running[@]}"; do if [[ $one != "$1" ]]; then others+=("$one"); fi; done
  running=("${others[@]}")
  server_program pg_ctl stop --pgdata="$scratch/$1" --wait --silent --timeout=100 --mode="${2:-fast}"
}

on() { # NAME [OPTION OF PSQL]...
  local name=$1
  shift
  sql --host="$scratch/socket.$name" "$@"
}

await() { # WHAT SQL NAME: until the statement gives t
  local i
  for ((i = 0; i < 600; i++)); do
    if [[ $(on "$3" -c "$2" 2>/dev/null) == t ]]; then return; fi
    sleep 0.1
  done
  cat "$scratch/$3.log"
  fail "server $3: $1"
}

# make NAME [OPTION OF INITDB]...: a cluster that archives to $scratch/repo under its own name
make() {
  local name=$1
  shift
  server_program initdb --pgdata="$scratch/$name" --username=walkit --auth=trust --no-sync \
    --locale=C.UTF-8 "$@" >"$scratch/initdb.log" 2>&1 || fail "initdb: $(cat "$scratch/initdb.log")"
  local place="--repo=$scratch/repo --cluster=$name --spool=$scratch/spool"
  configure "$name" 'archive_mode = on' 'fsync = off' \
    "archive_command = '$program push $place --codec=${codec:-zstd} %p'" \
    "restore_command = '$program get $place --timeout=5s %f %p'"
}

# base_backup NAME COPY [DATA]: with the functions that every server has. What it needs of WAL is in the archive.
base_backup() {
  local begin="pg_backup_start('walkit', true)" end='pg_backup_stop(false)'
  if ((major < 15)); then begin="pg_start_backup('walkit', true, false)" end='pg_stop_backup(false, false)'; fi
  as_server_user mkdir -m 700 "$scratch/$2"
  on "$1" >"$scratch/backup.log" <<SQL || fail "base backup of $1: $(cat "$scratch/backup.log")"
SELECT $begin;
\\! tar -C $scratch/${3:-$1} --exclude=./pg_wal --exclude=./postmaster.* -cf - . | tar -C $scratch/$2 -xf -
\\pset format unaligned
\\o $scratch/$2/backup_label
SELECT labelfile FROM $end;
SQL
  as_server_user mkdir -m 700 "$scratch/$2/pg_wal"
}

# The moment's content of all tables. pg_dump writes a random key around it, and refuses newer servers than itself.
dump() { # NAME
  local table
  if [[ -x $PG_BIN/pg_dump ]]; then
    server_program pg_dump --host="$scratch/socket.$1" | sed '/^\\\(un\)\?restrict /d'
    return
  fi
  for table in pgbench_accounts pgbench_branches pgbench_history pgbench_tellers marks; do
    echo "$table"
    on "$1" -c "COPY $table TO STDOUT"
  done
}

pgbench() { # NAME SECONDS
  server_program pgbench --host="$scratch/socket.$1" --client=2 --time="$2" --no-vacuum >"$scratch/pgbench.log" 2>&1 ||
    fail "pgbench: $(cat "$scratch/pgbench.log")"
}

archived() { # NAME: waits until all that is complete is archived
  on "$1" -c 'CHECKPOINT' -c 'SELECT pg_switch_wal()' >/dev/null
  await 'archiving does not come to an end' \
    "SELECT count(*) = 0 FROM pg_ls_dir('pg_wal/archive_status') AS name WHERE name LIKE '%.ready'" "$1"
}

configure() { # NAME SETTING...
  local file=$scratch/$1/postgresql.conf
  shift
  printf '%s\n' "$@" | as_server_user tee -a "$file" >/dev/null
}

# restore COPY NAME SETTING...: a server that recovers from a base backup; archives nothing unless a setting says so
restore() {
  local copy=$1 name=$2
  shift 2
  as_server_user cp -a "$scratch/$copy" "$scratch/$name"
  as_server_user touch "$scratch/$name/recovery.signal"
  configure "$name" 'archive_mode = off' "$@"
  start "$name"
}

# same NAME NOTED: the server holds what was noted
same() {
  dump "$1" >"$scratch/restored.dump"
  cmp "$scratch/restored.dump" "$scratch/$2.dump" || fail "server $1 differs from $2"
}
verified() { # CLUSTER
  as_server_user "$program" verify --repo="$scratch/repo" --cluster="$1" >"$scratch/report" 2>&1 ||
    fail "verify: $(cat "$scratch/report")"
}
holds() { # PATTERN: of an object's name
  local objects
  objects=$(find "$scratch/repo" -type f -printf '%f\n' | sort) # whole: grep -q would break a pipe
  grep -qE "$1" <<<"$objects" || fail "no $1 in the archive: $objects"
}

as_server_user mkdir "$scratch/repo"
as_server_user mkdir -m 700 "$scratch/spool"
major=$("$PG_BIN/postgres" --version | sed -E 's/.* ([0-9]+)[.a-z].*/\1/')

# --- to an LSN, a time, a name --------------------------------------------------------------------------------------

# note WHAT: the state at a moment when nobody writes, and the moment
note() {
  on main -c "INSERT INTO marks VALUES ('$1')"
  dump main >"$scratch/$1.dump"
}

make main --wal-segsize=1
start main
server_program pgbench --host="$scratch/socket.main" --initialize --scale=2 --quiet >/dev/null 2>&1
on main -c 'CREATE TABLE marks (mark text)'
pgbench main 1
base_backup main base
pgbench main 2
note lsn
lsn=$(on main -c 'SELECT pg_current_wal_insert_lsn()')
pgbench main 1
note time
sleep 0.2
time=$(on main -c 'SELECT clock_timestamp()')
sleep 0.2
pgbench main 1
note name
on main -c "SELECT pg_create_restore_point('here')" >/dev/null
pgbench main 1
archived main
verified main
holds '\.backup\.zst$'

restore base to_lsn "recovery_target_lsn = '$lsn'" "recovery_target_action = 'pause'"
await 'does not reach its LSN' 'SELECT pg_is_wal_replay_paused()' to_lsn
same to_lsn lsn
stop to_lsn
restore base to_time "recovery_target_time = '$time'" "recovery_target_action = 'pause'"
await 'does not reach its time' 'SELECT pg_is_wal_replay_paused()' to_time
same to_time time
stop to_time

# --- a new timeline -------------------------------------------------------------------------------------------------

# Recovered to a name the server is promoted, archives its history and goes on; the old one goes on, too.
restore base to_name "recovery_target_name = 'here'" "recovery_target_action = 'promote'" \
  'archive_mode = on'
await 'does not end its recovery' 'SELECT NOT pg_is_in_recovery()' to_name
same to_name name
pgbench to_name 1
on to_name -c "INSERT INTO marks VALUES ('second timeline')"
dump to_name >"$scratch/branch.dump"
archived to_name
pgbench main 1
archived main
stop to_name
stop main
verified main
holds '^00000002\.history\.zst$'
holds '^00000002[0-9A-F]{16}\.zst$'

restore base latest "recovery_target_timeline = 'latest'"
await 'does not end its recovery' 'SELECT NOT pg_is_in_recovery()' latest
same latest branch
[[ -f $scratch/latest/pg_wal/00000003.history ]] || fail "the restored server does not go on after the second timeline"
stop latest

# --- a standby that archives to the same place ----------------------------------------------------------------------

codec=none make pair --wal-segsize=1
configure pair 'archive_mode = always'
start pair
server_program pgbench --host="$scratch/socket.pair" --initialize --scale=1 --quiet >/dev/null 2>&1
on pair -c 'CREATE TABLE marks (mark text)'
base_backup pair pair_base
as_server_user cp -a "$scratch/pair_base" "$scratch/standby"
as_server_user touch "$scratch/standby/standby.signal"
configure standby "primary_conninfo = 'host=$scratch/socket.pair'"
start standby
follows() {
  local lsn
  lsn=$(on pair -c 'SELECT pg_current_wal_lsn()')
  await 'does not follow' "SELECT pg_last_wal_replay_lsn() >= '$lsn'" standby
}
pgbench pair 2
archived pair
on pair -c "INSERT INTO marks VALUES ('not archived by the primary')"
follows
stop pair immediate
server_program pg_ctl promote --pgdata="$scratch/standby" --wait --silent
pgbench standby 1
on standby -c "INSERT INTO marks VALUES ('after the failover')"
dump standby >"$scratch/failover.dump"
archived standby
stop standby
verified pair
holds '\.partial$'
restore pair_base again "recovery_target_timeline = 'latest'"
await 'does not end its recovery' 'SELECT NOT pg_is_in_recovery()' again
same again failover
stop again

# --- another layout: configuration, data and WAL in different places, large segments --------------------------------

# lay_out NAME: from now on NAME has the configuration only, NAME.files the rest, NAME.wal the WAL
lay_out() {
  as_server_user mv "$scratch/$1" "$scratch/$1.files"
  as_server_user mkdir -m 700 "$scratch/$1"
  as_server_user mv "$scratch/$1.files/pg_wal" "$scratch/$1.wal"
  as_server_user ln -s "$scratch/$1.wal" "$scratch/$1.files/pg_wal"
  as_server_user mv "$scratch/$1.files/"{postgresql,pg_hba,pg_ident}.conf "$scratch/$1/"
  configure "$1" "data_directory = '$scratch/$1.files'"
}
make layout --wal-segsize=64
lay_out layout
start layout
server_program pgbench --host="$scratch/socket.layout" --initialize --scale=1 --quiet >/dev/null 2>&1
on layout -c 'CREATE TABLE marks (mark text)'
base_backup layout layout_base layout.files
pgbench layout 1
dump layout >"$scratch/layout.dump"
archived layout
stop layout
verified layout
as_server_user cp "$scratch/layout/"*.conf "$scratch/layout_base/"
as_server_user cp -a "$scratch/layout_base" "$scratch/elsewhere"
as_server_user touch "$scratch/elsewhere/recovery.signal"
configure elsewhere 'archive_mode = off'
lay_out elsewhere
start elsewhere
await 'does not end its recovery' 'SELECT NOT pg_is_in_recovery()' elsewhere
same elsewhere layout
stop elsewhere
echo "PostgreSQL $major: $(find "$scratch/repo" -type f | wc -l) files archived; all that was restored is as it was"
