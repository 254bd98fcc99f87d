#!/usr/bin/env bash
# walkit feed over a failover: a standby is promoted while its archive and its pg_wal are followed. The events of the
# old timeline have the same ids whichever timeline's segments they are read from, what the old primary wrote later is
# not among them, and test_decoding agrees on both sides of the switch. WALKIT_TEST_PG=13,18 chooses other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

standby_port=5433
followers=()
end_all() {
  local pid
  for pid in "${followers[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  standby_ctl stop --mode=immediate >/dev/null 2>&1 || true
  clean_up
}
trap end_all EXIT
standby_ctl() { server_program pg_ctl "$@" --pgdata="$scratch/standby" --wait --silent; }
standby_sql() { sql --port="$standby_port" "$@"; }
follow() {
  local name=$1
  shift
  "$WALKIT" feed --follow --catalog="$scratch/base" --database=postgres --sink="$scratch/$name" "$@" \
    2>"$scratch/$name.err" &
  followers+=($!)
}
wait_until() {
  local tries
  for ((tries = 0; tries < 150; ++tries)); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "never: $*: $(cat "$scratch"/*.err)"
}
# slot CALL...: the slot's changes from the server that the call reaches
slot() { "$@" -c "SELECT lsn || E'\t' || xid || E'\t' || to_json(data)
                  FROM pg_logical_slot_get_changes('td', NULL, NULL, 'skip-empty-xacts', '1')" >>"$scratch/witness"; }

server_init --wal-segsize=1
settings=(wal_level=logical max_prepared_transactions=5 TimeZone=UTC wal_keep_size=1GB)
server_start "${settings[@]}"
sql -c "CREATE TABLE t (id int PRIMARY KEY, v text)" -c "INSERT INTO t SELECT i, 'old' FROM generate_series(1, 50) i"
server_stop
for copy in base standby; do cp -a "$scratch/data" "$scratch/$copy"; done
as_server_user mkdir "$scratch/wal_archive"
as_server_user touch "$scratch/standby/standby.signal"
as_server_user tee -a "$scratch/standby/postgresql.auto.conf" >/dev/null <<CONF
primary_conninfo = 'host=$scratch user=walkit'
archive_mode = always
archive_command = 'cp %p $scratch/wal_archive/%f'
CONF
server_start "${settings[@]}"
with_slot=yes
sql -c "SELECT pg_create_logical_replication_slot('td', 'test_decoding')" >/dev/null 2>&1 || with_slot=
options="-c listen_addresses= -c unix_socket_directories=$scratch -c fsync=off -c port=$standby_port"
for setting in "${settings[@]}"; do options+=" -c $setting"; done
standby_ctl start --log="$scratch/standby.log" --options="$options" >/dev/null </dev/null || fail "$(cat "$scratch/standby.log")"

sql -c "SELECT pg_switch_wal()" >/dev/null
wait_until compgen -G "$scratch/wal_archive/0000*" >/dev/null
follow archive "$scratch/wal_archive"
follow live "$scratch/standby/pg_wal"

sql >/dev/null <<'SQL'
UPDATE t SET v = 'new' WHERE id <= 25;
SELECT pg_switch_wal();
BEGIN;
INSERT INTO t VALUES (100, 'prepared');
PREPARE TRANSACTION 'over the failover';
BEGIN;
DELETE FROM t WHERE id > 40;
SAVEPOINT s;
INSERT INTO t VALUES (101, 'the last of the old');
COMMIT;
SQL
# One that runs when the standby takes over.
mkfifo "$scratch/session"
sql >/dev/null 2>&1 <"$scratch/session" &
exec 9>"$scratch/session"
printf "BEGIN; UPDATE t SET v = 'never committed' WHERE id = 1; SELECT pg_logical_emit_message(true, 'x', 'y');\n" >&9
wait_until eval '[[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE state = '"'idle in transaction'"'") == 1 ]]'
sql -c "INSERT INTO t VALUES (102, 'seen by both')"
caught_up() {
  [[ $(standby_sql -c "SELECT pg_last_wal_replay_lsn() >= '$at'") == t ]]
}
at=$(sql -c "SELECT pg_current_wal_flush_lsn()")
wait_until caught_up
[[ -z $with_slot ]] || slot sql
standby_ctl promote
sql -c "INSERT INTO t VALUES (103, 'lost with the old primary')" -c "SELECT pg_switch_wal()" >/dev/null
exec 9>&-
server_stop

# The slot cannot begin before it ends.
standby_sql -c "COMMIT PREPARED 'over the failover'"
[[ -z $with_slot ]] ||
  standby_sql -c "SELECT pg_create_logical_replication_slot('td', 'test_decoding', false)" >/dev/null
standby_sql -c "INSERT INTO t VALUES (103, 'the first of the new')"
standby_sql -c "UPDATE t SET v = 'newer'" -c "SELECT pg_switch_wal()" -c "CHECKPOINT" >/dev/null
standby_sql -c "INSERT INTO t VALUES (104, 'the end')" -c "SELECT pg_switch_wal()" -c "CHECKPOINT" >/dev/null
for name in archive live; do wait_until grep -qs 'the end' "$scratch/$name"; done
for pid in "${followers[@]}"; do
  kill -TERM "$pid"
  wait "$pid" || fail "a follower's exit status: $(cat "$scratch"/*.err)"
done
followers=()
for name in archive live; do
  grep -q 'following timeline 2' "$scratch/$name.err" || fail "$name does not say that it follows"
  [[ $(wc -l <"$scratch/$name.err") == 1 ]] || fail "$name: $(cat "$scratch/$name.err")"
done

feed() { "$WALKIT" feed --catalog="$scratch/base" --database=postgres "$@"; }
feed "$scratch/standby/pg_wal" >"$scratch/new"
feed "$scratch/wal_archive" >"$scratch/archived"
feed "$scratch/data/pg_wal" >"$scratch/old"
for name in archive live archived; do cmp "$scratch/new" "$scratch/$name" || fail "the events of $name"; done
grep -q 'lost with the old primary' "$scratch/old" || fail "the old timeline lacks an event"
for text in 'lost with' 'never committed'; do ! grep -q "$text" "$scratch/new" || fail "$text"; done

echo "ids"
ids() { sed -n 's/.*"id":"\([^"]*\)".*/\1/p' "$1"; }
ids "$scratch/old" | grep '/1/' >"$scratch/old_ids"
ids "$scratch/new" | grep '/1/' >"$scratch/new_ids"
grep -v "$(grep 'lost with' "$scratch/old" | sed 's|.*"id":"\([^"]*/\)0".*|\1|')" "$scratch/old_ids" |
  cmp - "$scratch/new_ids" || fail "ids of before the switch"
! ids "$scratch/old" | grep -qv '/1/' || fail "the old timeline's events are of another"
timeline_of() { grep '"event":"insert"' "$scratch/new" | grep -- "$1" | ids /dev/stdin | cut -d/ -f2; }
for text in 'the last of the old' 'seen by both'; do [[ $(timeline_of "$text") == 1 ]] || fail "the timeline of $text"; done
for text in 'the first of the new' '"prepared"'; do [[ $(timeline_of "$text") == 2 ]] || fail "the timeline of $text"; done
if [[ -n $with_slot ]]; then
  slot standby_sql
  prepared=$(sed -n 's/.*"commit_lsn":\("[^"]*"\).*"gid":"over the failover".*/\1/p' "$scratch/new")
  grep -v "\"commit_lsn\":$prepared" "$scratch/new" >"$scratch/compared"
  python3 -B "$here/feed_compare.py" test_decoding "$scratch/compared" "$scratch/witness" || fail "test_decoding"
fi

echo "a timeline that was chosen"
feed --timeline=1 "$scratch/wal_archive" >"$scratch/one" 2>"$scratch/one.err" || [[ $? == 1 ]]
grep -q 'the end' "$scratch/one" && fail "an event of another timeline"
cp "$scratch/wal_archive/00000002.history" "$scratch/wal_archive/00000003.history"
sed -i '1s|^1\t[^\t]*|1\t0/1|' "$scratch/wal_archive/00000003.history"
feed "$scratch/wal_archive" | cmp - "$scratch/new" || fail "a timeline that left before the start"
status=0
feed --timeline=3 "$scratch/wal_archive" 2>"$scratch/three.err" || status=$?
[[ $status == 3 ]] || fail "a timeline that does not descend: $status"
grep -q 'timeline 3 does not descend from timeline 1' "$scratch/three.err" || fail "$(cat "$scratch/three.err")"
