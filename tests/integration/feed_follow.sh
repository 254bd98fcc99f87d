#!/usr/bin/env bash
# walkit feed --follow while a real server writes: from a directory of archived segments, from a repository, and from
# the server's own pg_wal, whose files that wait to be used next must not be taken for WAL. What test_decoding says is
# what all of them say, soon after the server has grown quiet. WALKIT_TEST_PG=13,16 chooses other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

WALKIT=$(realpath "$WALKIT")
followers=()
stop_followers() {
  local pid
  for pid in "${followers[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
}
trap 'stop_followers; clean_up' EXIT

# follow NAME [OPTION...]: its events in $scratch/NAME, its messages in $scratch/NAME.err
follow() {
  local name=$1
  shift
  "$WALKIT" feed --follow --catalog="$scratch/base" --database=postgres --sink="$scratch/$name" \
    --state="$scratch/$name.state" "$@" 2>"$scratch/$name.err" &
  followers+=($!)
}
ends_well() {
  local status=0 pid
  for pid in "${followers[@]}"; do
    kill "-${1:-TERM}" "$pid"
    wait "$pid" || status=$?
    [[ $status == 0 ]] || fail "a follower ended with exit status $status: $(cat "$scratch"/*.err)"
  done
  followers=()
}
# wait_for TEXT FILE...: at most ten seconds
wait_for() {
  local text=$1 file tries
  shift
  for file in "$@"; do
    for ((tries = 0; tries < 100; ++tries)); do
      if grep -q -- "$text" "$file" 2>/dev/null; then continue 2; fi
      sleep 0.1
    done
    fail "no $text in $file: $(cat "$scratch"/*.err)"
  done
}
read_slot() {
  [[ -n $with_slot ]] || return 0
  sql -c "SELECT lsn || E'\t' || xid || E'\t' || to_json(data)
          FROM pg_logical_slot_get_changes('td', NULL, NULL, 'skip-empty-xacts', '1')" >>"$scratch/witness"
}
settings=(wal_level=logical max_prepared_transactions=5 TimeZone=UTC lc_monetary=C wal_keep_size=4MB min_wal_size=8MB
  max_wal_size=16MB archive_mode=on "archive_command=$scratch/archive.sh\ %p\ %f")

server_init --wal-segsize=1
as_server_user mkdir "$scratch/archive" "$scratch/wal_repository"
cat >"$scratch/archive.sh" <<SCRIPT
#!/bin/sh
cp "\$1" "$scratch/archive/\$2" && exec "$WALKIT" push --repo="$scratch/wal_repository" "\$1"
SCRIPT
chmod 755 "$scratch/archive.sh"
server_start "${settings[@]}"
make_tablespace elsewhere
with_slot=yes
sql -c "SELECT pg_create_logical_replication_slot('td', 'test_decoding')" >/dev/null 2>&1 || with_slot=
sql -c "CREATE FUNCTION audit(text) RETURNS void LANGUAGE sql AS ''" -c "CREATE TABLE filler (t text)"
server_stop
cp -a "$scratch/data" "$scratch/base"
server_start "${settings[@]}"
sql -c "SELECT pg_switch_wal()" >/dev/null
for ((tries = 0; tries < 50; ++tries)); do [[ -d $scratch/wal_repository/main ]] && break || sleep 0.1; done

connection="host=$scratch user=walkit dbname=postgres"
follow directory "$scratch/archive"
follow repository --repo="$scratch/wal_repository"
follow live "$scratch/data/pg_wal"
follow flushed --connection="$connection" "$scratch/data/pg_wal"
# One that is killed again and again.
(
  while [[ ! -e $scratch/spared ]]; do
    followers=()
    follow killed "$scratch/archive"
    sleep "0.$((RANDOM % 8 + 1))"
    kill -KILL "${followers[0]}"
    wait "${followers[0]}" || true
  done
) 2>/dev/null &
killer=$!
sql -f - <"$here/feed_workload.sql" >/dev/null
# Segments come round again, those of the workload being needed no more.
read_slot
for _ in {1..6}; do
  sql -c "INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 500)"
  read_slot
  sql -c "CHECKPOINT"
  sleep 0.2
done
sql -c "INSERT INTO filler VALUES ('the first end')"
wait_for 'the first end' "$scratch/flushed"
for name in directory repository live; do
  ! grep -q 'the first end' "$scratch/$name" || fail "$name has what no whole segment has"
done
sql -c "SELECT pg_switch_wal()" -c "CHECKPOINT" >/dev/null
current=$(sql -c "SELECT pg_walfile_name(pg_current_wal_lsn())")
newest=$(find "$wal_dir" -maxdepth 1 -name '0000*' -printf '%f\n' | sort | tail -1)
[[ $newest > $current ]] || fail "no segment waits to be used next, so this shows less than it should"
wait_for 'the first end' "$scratch/directory" "$scratch/repository" "$scratch/live"
touch "$scratch/spared"
wait "$killer"
ends_well

echo "ended and begun anew"
follow directory "$scratch/archive"
follow repository --repo="$scratch/wal_repository"
follow killed "$scratch/archive"
sql -c "INSERT INTO filler VALUES ('the second end')" -c "SELECT pg_switch_wal()" -c "CHECKPOINT" >/dev/null
wait_for 'the second end' "$scratch/directory" "$scratch/repository" "$scratch/killed"
ends_well INT
cmp "$scratch/directory" "$scratch/repository" || fail "the events of the archives"
cmp "$scratch/directory" "$scratch/killed" || fail "the events of one that was killed"
for name in live flushed; do
  cmp -n "$(stat -c %s "$scratch/$name")" "$scratch/directory" "$scratch/$name" || fail "the events of pg_wal: $name"
done
for name in directory repository live flushed; do
  ! [[ -s $scratch/$name.err ]] || fail "$name: $(cat "$scratch/$name.err")"
done

"$WALKIT" feed --catalog="$scratch/base" --database=postgres "$scratch/archive" >"$scratch/whole"
cmp "$scratch/whole" "$scratch/directory" || fail "the events of the whole"
if [[ -n $with_slot ]]; then
  read_slot
  python3 -B "$here/feed_compare.py" test_decoding "$scratch/directory" "$scratch/witness" || fail "test_decoding"
fi
server_stop

echo "a server with its own catalogs, which crashes and comes again"
server_start "${settings[@]}"
"$WALKIT" feed --follow --catalog="$connection" --database=postgres >"$scratch/own" 2>"$scratch/own.err" &
followers=($!)
sleep 0.5
sql -c "INSERT INTO filler VALUES ('before the crash')"
wait_for 'before the crash' "$scratch/own"
server_stop immediate
sleep 0.5
server_start "${settings[@]}"
sql -c "INSERT INTO filler VALUES ('after the crash')"
wait_for 'after the crash' "$scratch/own"
ends_well
[[ $(wc -l <"$scratch/own.err") == 1 ]] || fail "not one line: $(cat "$scratch/own.err")"
[[ $(grep -c '"event":"insert"' "$scratch/own") == 2 ]] || fail "not two rows: $(cat "$scratch/own")"
server_stop
