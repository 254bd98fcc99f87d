#!/usr/bin/env bash
# walkit feed and find with the catalogs of a running server: while rows and tables change under it, against
# test_decoding; what a role needs; servers that will not do. WALKIT_TEST_PG=13,16 chooses other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
server="host=$scratch user=walkit dbname=postgres"
settings=(wal_level=logical checkpoint_timeout=1h TimeZone=UTC lc_monetary=C shared_buffers=1MB bgwriter_delay=10ms)

# run STATUS MESSAGE COMMAND...: stderr has the message, stdout is in $scratch/out.
run() {
  local expected=$1 message=$2 status=0
  shift 2
  "$@" >"$scratch/out" 2>"$scratch/errors" || status=$?
  [[ $status == "$expected" ]] || fail "exit $status instead of $expected: $* $(cat "$scratch/errors")"
  if [[ -z $message && -s $scratch/errors ]]; then fail "$* says $(cat "$scratch/errors")"; fi
  grep -qF -- "$message" "$scratch/errors" || [[ -z $message ]] || fail "no \"$message\" in: $(cat "$scratch/errors")"
}
feed() { "$WALKIT" feed --catalog="$server" "$@"; }

change_rows() {
  cat >"$scratch/rows.sql" <<'SQL'
\set id random(1, 2000)
BEGIN;
UPDATE account SET balance = balance + :id, note = repeat('n', :id % 50) WHERE id = :id;
SAVEPOINT s;
DELETE FROM account WHERE id = :id + 1;
INSERT INTO account VALUES (:id + 1, :id, 'again');
COMMIT;
SQL
  chmod a+r "$scratch/rows.sql"
  server_program pgbench --no-vacuum --client=2 --time=600 --file="$scratch/rows.sql" >"$scratch/pgbench.log" 2>&1
}

# Tables come, change in every way that changes what their rows look like, and go; catalogs are vacuumed meanwhile.
change_tables() {
  local i
  for ((i = 1; i < 100000; ++i)); do
    [[ ! -e $scratch/stop ]] || break
    cat <<SQL
CREATE TABLE d$i (id int PRIMARY KEY, a text, e mood);
INSERT INTO d$i VALUES (1, 'one', 'ok'), (2, 'two', 'sad');
ALTER TABLE d$i ADD COLUMN b int DEFAULT $i;
UPDATE d$i SET a = a || a WHERE id = 1;
BEGIN; ALTER TABLE d$i DROP COLUMN a; INSERT INTO d$i VALUES (3, 'ok', 3); COMMIT;
BEGIN; ALTER TABLE d$i RENAME b TO c; INSERT INTO d$i VALUES (4, 'ok', 3); ROLLBACK;
ALTER TABLE d$i ALTER b TYPE text;
UPDATE d$i SET b = b || 'x';
ALTER TABLE lasting RENAME v TO v$i;
INSERT INTO lasting VALUES ($i, 'v$i');
ALTER TABLE lasting RENAME v$i TO v;
ALTER TABLE lasting ADD COLUMN w$i int;
INSERT INTO lasting (id, w$i) VALUES (-$i, $i);
$( ((i % 10 != 0)) || echo "DROP TABLE lasting; CREATE TABLE lasting (id int PRIMARY KEY, v text);")
$( ((i % 10 != 5)) || echo "VACUUM FREEZE pg_class; VACUUM FREEZE pg_attribute; VACUUM FREEZE pg_type;")
TRUNCATE d$i;
INSERT INTO d$i VALUES (5, 'sad', 'five');
ALTER TABLE d$i SET SCHEMA other;
DELETE FROM other.d$i;
$( ((i <= 3)) || echo "DROP TABLE other.d$((i - 3));")
SQL
  done | sql -f - >"$scratch/tables.log" 2>&1
}

# Cuts events and the slot's changes to what both can have: from the redo point on, up to the last event, without
# transactions that were running then or that walkit says it cannot read.
cut_to_common() {
  python3 -B - "$@" <<'PY'
import json, sys
redo, events_path, slot_path, out = sys.argv[1:]
number = lambda lsn: int(lsn.split("/")[0], 16) << 32 | int(lsn.split("/")[1], 16)
events = [(json.loads(line), line) for line in open(events_path)]
begins = [event for event, line in events if event["event"] == "begin"]
last = max(number(event["commit_end"]) for event in begins)
partial = {event["xid"] for event in begins if "partial" in event}
unknown = {event["xid"] for event, line in events if "relation" in event}
left_out = partial | unknown
seen = {event["xid"] for event in begins}
with open(out + ".events", "w") as kept:
    kept.writelines(line for event, line in events if event["xid"] not in left_out)
slot = [line.split("\t") for line in open(slot_path)]
began = {int(xid): number(lsn) for lsn, xid, data in slot if data.startswith('"BEGIN')}
commits = {int(xid): number(lsn) for lsn, xid, data in slot if data.startswith('"COMMIT')}
with open(out + ".witness", "w") as kept:
    kept.writelines("\t".join(line) for line in slot
                    if began[int(line[1])] >= number(redo) and commits[int(line[1])] <= last and int(line[1]) not in left_out)
print(f"{len(seen)} transactions, {len(partial)} of them begun before, {len(unknown)} with tables unknown at the start")
assert len(unknown) < len(seen) / 10
PY
}

while_it_writes() {
  echo "while rows and tables change"
  sql -c "CREATE TABLE account (id int, balance bigint, note text)" \
    -c "CREATE TYPE mood AS ENUM ('sad', 'ok')" -c "CREATE SCHEMA other" \
    -c "CREATE TABLE lasting (id int PRIMARY KEY, v text)" \
    -c "INSERT INTO account SELECT i, i, 'n' FROM generate_series(1, 2001) i" -c "CREATE INDEX ON account (id)" \
    -c "ALTER TABLE account REPLICA IDENTITY FULL" \
    -c "SELECT pg_create_logical_replication_slot('td', 'test_decoding')" >/dev/null
  rm -f "$scratch/stop"
  change_rows &
  local rows=$! round redo=()
  change_tables &
  local tables=$!
  for round in 1 2 3 4; do
    sql -c CHECKPOINT
    sleep "0.$((RANDOM % 9))"
    redo[round]=$(sql -c "SELECT redo_lsn FROM pg_control_checkpoint()")
    run 0 '' feed --database=postgres
    mv "$scratch/out" "$scratch/events.$round"
  done
  touch "$scratch/stop"
  sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'" >/dev/null
  wait "$rows" || true
  wait "$tables" || fail "$(cat "$scratch/tables.log")"
  sql -c "SELECT lsn || E'\t' || xid || E'\t' || to_json(data)
          FROM pg_logical_slot_get_changes('td', NULL, NULL, 'skip-empty-xacts', '1')" >"$scratch/slot"
  for round in 1 2 3 4; do
    cut_to_common "${redo[round]}" "$scratch/events.$round" "$scratch/slot" "$scratch/cut"
    python3 -B "$here/feed_compare.py" test_decoding "$scratch/cut.events" "$scratch/cut.witness" || fail "round $round"
  done
}

names_for_find() {
  echo "names for find"
  sql -c CHECKPOINT -c "INSERT INTO lasting (id, v) VALUES (1000001, 'found')"
  run 0 '' "$WALKIT" find --catalog="$server" --table=public.lasting
  grep -q 'public.lasting  *1  *0  *0' "$scratch/out" || fail "find: $(cat "$scratch/out")"
}

# They are looked for on the server, unless that would be to read a large table.
large_values_of_before() {
  echo "large values of before"
  local table
  for table in large larger; do
    sql -c "CREATE TABLE $table (id int PRIMARY KEY, n int, v text)" -c "ALTER TABLE $table ALTER v SET STORAGE EXTERNAL" \
      -c "INSERT INTO $table VALUES (1, 1, repeat('before', 2000))"
  done
  sql -c "INSERT INTO larger SELECT i, 0, repeat('x', 1000000) FROM generate_series(10, 45) i" -c CHECKPOINT \
    -c "UPDATE large SET n = 2" -c "INSERT INTO larger VALUES (2, 1, repeat('since', 2000))" \
    -c "UPDATE larger SET n = 2 WHERE id < 10"
  run 0 '' feed --table=public.large,public.larger --operations=update
  grep '"table":"large"' "$scratch/out" | grep -q '"new":{"id":1,"n":2,"v":"beforebefore' || fail "large: $(cat "$scratch/out")"
  grep '"id":1,' "$scratch/out" | grep -q '"unavailable":{"v":"toast_unchanged"}' || fail "of before: $(cat "$scratch/out")"
  grep '"id":2,' "$scratch/out" | grep -q '"new":{"id":2,"n":2,"v":"sincesince' || fail "of since: $(cat "$scratch/out")"
}

# What a transaction did after the redo point looks as if it had always been so once it is frozen.
frozen_since() {
  echo "catalog rows that were frozen since the checkpoint"
  sql -c "CREATE TABLE grown (id int)" -c "CREATE TABLE filler AS SELECT repeat('x', 2000) FROM generate_series(1, 2000)" \
    -c CHECKPOINT -c "INSERT INTO grown VALUES (1)" -c "ALTER TABLE grown ADD extra int" -c "INSERT INTO grown VALUES (2, 2)" \
    -c "VACUUM FREEZE pg_class" -c "VACUUM FREEZE pg_attribute"
  sql -c "SELECT count(*) FROM filler" -c "UPDATE filler SET repeat = 'y'" >/dev/null  # so that their pages are written
  run 0 '' feed --database=postgres --operations=insert
  ! grep -q '"new":{"id":1,' "$scratch/out" || fail "a column of later: $(cat "$scratch/out")"
  grep -q '"new":{"id":2,"extra":2}' "$scratch/out" || fail "the column: $(cat "$scratch/out")"
}

rights() {
  echo "a role that may not"
  sql -c 'CREATE ROLE "Reader" LOGIN' -c CHECKPOINT -c "INSERT INTO lasting (id) VALUES (1000002)"
  local reader="host=$scratch user=Reader dbname=postgres" grants
  run 3 'may not read the server' "$WALKIT" feed --catalog="$reader"
  grants=$(grep -o 'GRANT [^;]*;' "$scratch/errors")
  [[ $(wc -l <<<"$grants") == 3 ]] || fail "which rights: $(cat "$scratch/errors")"
  sql -c "$(head -1 <<<"$grants")"
  run 3 'may not read the server' "$WALKIT" feed --catalog="$reader"
  [[ $(grep -o 'GRANT [^;]*;' "$scratch/errors") == "$(tail -n +2 <<<"$grants")" ]] || fail "the rights that are left"
  sql -c "$grants"
  run 3 'may not see where the data directory is' "$WALKIT" feed --catalog="$reader"
  grep -q 'Name an archive' "$scratch/errors" || fail "what to name: $(cat "$scratch/errors")"
  run 0 '' "$WALKIT" feed --catalog="$reader" "$wal_dir"
  grep -q '"new":{"id":1000002,' "$scratch/out" || fail "events: $(cat "$scratch/out")"
  sql -c 'GRANT pg_read_all_settings TO "Reader"'
  run 0 '' "$WALKIT" feed --catalog="$reader"
  run 3 'holds a secret: password' "$WALKIT" feed --catalog="$reader password=x"
  run 3 "$scratch/nowhere" "$WALKIT" feed --catalog="host=$scratch/nowhere"
  run 3 'database "nowhere" does not exist' "$WALKIT" feed --catalog="postgresql://walkit@/nowhere?host=$scratch"
  run 3 'could not open directory' "$WALKIT" feed --catalog="./a=b"
}

wal_that_is_gone() {
  echo "WAL that is gone"
  mkdir "$scratch/gone"
  cp "$wal_dir/$(sql -c "SELECT pg_walfile_name(pg_switch_wal())")" "$scratch/gone"
  sql -c "INSERT INTO lasting (id) VALUES (1000003)" -c CHECKPOINT
  run 3 'could not find file' feed "$scratch/gone"
  grep -q 'hint:.*run CHECKPOINT.*pg_switch_wal()' "$scratch/errors" || fail "no hint: $(cat "$scratch/errors")"
}

rewritten_catalogs() {
  echo "catalogs that were rewritten since the checkpoint"
  sql -c CHECKPOINT -c "SELECT pg_sleep(1.1)" -c "VACUUM FULL pg_class" >/dev/null
  run 3 'it was replaced since the last checkpoint' feed
  sql -c CHECKPOINT -c "VACUUM FULL pg_index"
  run 3 'run CHECKPOINT and start again' feed
  sql -c CHECKPOINT
  run 0 '' feed
}

standby() {
  echo "a standby"
  server_stop
  cp -a "$scratch/data" "$scratch/standby"
  as_server_user touch "$scratch/standby/standby.signal"
  server_start "${settings[@]}"
  local options="-c port=5433 -c listen_addresses= -c unix_socket_directories=$scratch -c shared_buffers=1MB"
  options+=" -c hot_standby=on -c wal_level=logical -c primary_conninfo='host=$scratch user=walkit'"
  server_program pg_ctl start --pgdata="$scratch/standby" --wait --silent --log="$scratch/standby.log" \
    --options="$options" >"$scratch/pg_ctl.log" 2>&1 </dev/null || fail "$(cat "$scratch/pg_ctl.log" "$scratch/standby.log")"
  sql -c "INSERT INTO lasting (id) VALUES (1000004)" -c CHECKPOINT -c "CREATE TABLE late (id int)" \
    -c "INSERT INTO late VALUES (7)"
  replayed "$(sql -c "SELECT pg_current_wal_lsn()")"
  sql --port=5433 -c CHECKPOINT
  sql -c "INSERT INTO late VALUES (8)"
  replayed "$(sql -c "SELECT pg_current_wal_lsn()")"
  run 0 '' "$WALKIT" feed --catalog="$server port=5433" --table=public.late --operations=insert
  server_program pg_ctl stop --pgdata="$scratch/standby" --wait --silent --mode=fast
  [[ $(grep -c '"new":{"id":[78]}' "$scratch/out") == 2 ]] || fail "events: $(cat "$scratch/out")"
}
replayed() {
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    [[ $(sql --port=5433 -c "SELECT pg_last_wal_replay_lsn() >= '$1'" 2>&1) != t ]] || return 0
    sleep 0.1
  done
  fail "the standby does not follow: $(cat "$scratch/standby.log")"
}

without_page_images() {
  echo "full_page_writes=off"
  sql -c "ALTER SYSTEM SET full_page_writes = off" -c "SELECT pg_reload_conf()" -c "SELECT pg_sleep(0.3)" -c CHECKPOINT >/dev/null
  run 3 'full_page_writes is off' feed
  sql -c "ALTER SYSTEM SET full_page_writes = on" -c "SELECT pg_reload_conf()" -c "SELECT pg_sleep(0.3)" >/dev/null
  run 3 'full_page_writes was off at the server' feed
  sql -c CHECKPOINT
  run 0 '' feed
}

# A table that is given the column that is wanted has to be followed before.
columns() {
  echo "--column"
  sql -c "CREATE TABLE priced (id int PRIMARY KEY, note text)" -c "INSERT INTO priced VALUES (1, 'one'), (2, 'two')" \
    -c CHECKPOINT -c "UPDATE priced SET note = 'none yet'" -c "ALTER TABLE priced ADD COLUMN price int DEFAULT 5" \
    -c "UPDATE priced SET note = 'another'" -c "UPDATE priced SET price = 6, note = '' WHERE id = 2"
  run 0 '' feed --table=public.priced --column='pri*' --operations=insert,update,delete
  [[ $(grep -o '"key".*' "$scratch/out") == '"key":{"id":2},"old":{"id":2,"price":5},"new":{"id":2,"price":6}}' ]] ||
    fail "events: $(cat "$scratch/out")"
  run 2 '--column does not go with it' feed --column=price --undo
}

# A server's catalogs move on with each checkpoint: whoever is killed goes on with what was there at the first start.
killed() {
  echo "killed, and begun again behind other checkpoints"
  local pid tries
  sql -c "CREATE TABLE kept (id int PRIMARY KEY)" -c CHECKPOINT
  "$WALKIT" feed --catalog="$server" --follow --table=public.kept --sink="$scratch/kept" \
    --state="$scratch/kept.state" &
  pid=$!
  sql -c "INSERT INTO kept VALUES (1)"
  for ((tries = 0; tries < 100; ++tries)); do
    grep -q '"new":{"id":1}' "$scratch/kept" 2>/dev/null && break || sleep 0.1
  done
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  sql -c "INSERT INTO kept VALUES (2)" -c CHECKPOINT -c "INSERT INTO kept VALUES (3)" -c CHECKPOINT
  run 0 '' feed --table=public.kept --sink="$scratch/kept" --state="$scratch/kept.state"
  [[ $(grep -o '"new":{"id":[0-9]*}' "$scratch/kept" | tr -dc '0-9\n' | tr '\n' ' ') == '1 2 3 ' ]] ||
    fail "events: $(cat "$scratch/kept")"
}

stop_standby() {
  if [[ -f $scratch/standby/postmaster.pid ]]; then
    server_program pg_ctl stop --pgdata="$scratch/standby" --wait --silent --mode=immediate || true
  fi
}
trap 'stop_standby; clean_up' EXIT

server_init
server_start "${settings[@]}"
while_it_writes
names_for_find
large_values_of_before
frozen_since
rights
wal_that_is_gone
rewritten_catalogs
columns
killed
standby
without_page_images
