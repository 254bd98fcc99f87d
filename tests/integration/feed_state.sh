#!/usr/bin/env bash
# walkit feed that is ended in every way and started again: the sink has what an uninterrupted run writes, and
# that is what test_decoding says. WALKIT_TEST_KILLS is how often it is killed, WALKIT_TEST_PG=13,16 chooses
# other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kills=200
if sanitized; then kills=40; fi
kills=${WALKIT_TEST_KILLS:-$kills}
settings=(wal_level=logical max_prepared_transactions=5 TimeZone=UTC lc_monetary=C wal_keep_size=1GB)

server_init --wal-segsize=1
server_start "${settings[@]}"
make_tablespace elsewhere
sql <<'SQL'
CREATE FUNCTION audit(text) RETURNS void LANGUAGE sql AS '';
-- Large values from before the feed, and catalogs with rows that never came to be.
CREATE TABLE old_large (id int PRIMARY KEY, n int, v text);
ALTER TABLE old_large ALTER v SET STORAGE EXTERNAL;
INSERT INTO old_large SELECT i, 0, repeat(md5(i::text), 200) FROM generate_series(1, 8) i;
BEGIN;
CREATE TABLE never_was (i int);
ROLLBACK;
SQL
witness=true
sql -c "SELECT pg_create_logical_replication_slot('td', 'test_decoding')" >/dev/null 2>"$scratch/slot.log" || {
  grep -q 'could not access file "test_decoding"' "$scratch/slot.log" || fail "$(cat "$scratch/slot.log")"
  witness=false
}
server_stop
cp -a "$scratch/data" "$scratch/base"

# The usual workload, in pieces with checkpoints between them; then transactions that are open while checkpoints
# come.
server_start "${settings[@]}"
awk -v RS='\n\n' -v ORS='\n\n' '{ print; print "CHECKPOINT;" }' "$here/feed_workload.sql" >"$scratch/workload.sql"
sql -f - <"$scratch/workload.sql" >/dev/null
mkfifo "$scratch/statements"
sql -f - <"$scratch/statements" >/dev/null &
session=$!
exec 7>"$scratch/statements"
echo "CREATE TABLE open_long (id int PRIMARY KEY, v text); BEGIN; INSERT INTO open_long VALUES (1, 'first');
      ALTER TABLE open_long ADD more int; SAVEPOINT a; UPDATE open_long SET more = 1; ROLLBACK TO a;
      SAVEPOINT b; INSERT INTO open_long SELECT i, repeat('x', i * 100), i FROM generate_series(2, 60) i;" >&7
sql -c "BEGIN" -c "INSERT INTO old_large VALUES (100, 1, repeat('prepared', 800))" \
  -c "PREPARE TRANSACTION 'over checkpoints'" -c "CHECKPOINT"
for i in 1 2 3 4 5 6; do
  sql -c "UPDATE old_large SET n = n + 1 WHERE id % 3 = $i % 3" -c "CREATE TABLE made_$i AS SELECT $i AS i" \
    -c "ALTER TABLE made_$i ADD c text DEFAULT 'd$i'" -c "CHECKPOINT" \
    -c "INSERT INTO made_$i SELECT generate_series(1, 300)" -c "UPDATE made_$i SET i = -i WHERE i % 7 = 0" \
    -c "DELETE FROM made_$i WHERE i % 2 = 0"
done
sql -c "CREATE DATABASE copied"
echo "UPDATE open_long SET v = v || 'y' WHERE id < 30; DELETE FROM open_long WHERE id = 3; COMMIT;" >&7
exec 7>&-
wait "$session"
sql -c "COMMIT PREPARED 'over checkpoints'" -c "DROP TABLE made_3" -c "UPDATE old_large SET n = -1"
$witness && sql -c "SELECT lsn || E'\t' || xid || E'\t' || to_json(data)
  FROM pg_logical_slot_get_changes('td', NULL, NULL, 'skip-empty-xacts', '1')" >"$scratch/witness"
server_stop
wal=$scratch/data/pg_wal

command=("$WALKIT" feed --database=postgres "$wal")
feed() {
  "${command[@]}" "$@"
}
from_base=(--catalog="$scratch/base")
stateful=(--sink="$scratch/sink" --state="$scratch/state" --snapshot-every=1)
forget() {
  rm -f "$scratch"/sink* "$scratch"/state*
}
same() {
  cmp "$scratch/whole" "$scratch/sink" || fail "$1: the events are not those of an uninterrupted run"
}

feed "${from_base[@]}" >"$scratch/whole"
cp "$scratch/whole" "$scratch/events"
if $witness; then python3 -B "$here/feed_compare.py" test_decoding "$scratch/events" "$scratch/witness" || fail "test_decoding"; fi

echo "killed $kills times"
forget
feed "${from_base[@]}" "${stateful[@]}"
same "one run"
forget
started=$EPOCHREALTIME
feed "${from_base[@]}" >/dev/null
took=$(((${EPOCHREALTIME/./} - ${started/./}) / 1000 + 20)) # milliseconds
ended=0 snapshots=0
for ((killed = 0; killed < kills;)); do
  signal=KILL
  ((RANDOM % 4)) || signal=TERM
  status=0
  timeout --preserve-status --signal=$signal "$(printf '0.%03d' $((RANDOM % took % 999 + 1)))" \
    "${command[@]}" "${from_base[@]}" "${stateful[@]}" 2>"$scratch/errors" || status=$?
  [[ $status =~ ^(0|137|143)$ ]] || fail "exit $status: $(cat "$scratch/errors")" # 143: before anyone listened
  if [[ -f $scratch/state.snapshot ]]; then snapshots=$((snapshots + 1)); fi
  # What ran to its end was not killed, and is begun anew.
  if [[ -f $scratch/sink ]] && cmp -s "$scratch/whole" "$scratch/sink"; then
    ended=$((ended + 1))
    forget
  else
    killed=$((killed + 1))
  fi
done
feed "${from_base[@]}" "${stateful[@]}"
same "after $kills kills"
echo "  $ended runs to the end, $snapshots starts from a snapshot"
((snapshots > kills / 4)) || fail "hardly ever a snapshot"

echo "snapshots between any two records"
check=${WALKIT_SNAPSHOT_CHECK:-$(dirname "$WALKIT")/tests/feed_snapshot_check}
if [[ -x $check ]]; then "$check" "$scratch/base" "$wal" 100 "$RANDOM" || fail "feed_snapshot_check"; fi

# refused STATUS MESSAGE [OPTION...]: one line on stderr has MESSAGE, and the sink stays as it is.
refused() {
  local expected=$1 message=$2 status=0
  shift 2
  cp "$scratch/sink" "$scratch/sink.before"
  feed "${stateful[@]}" "$@" 2>"$scratch/errors" || status=$?
  [[ $status == "$expected" ]] || fail "exit $status instead of $expected: $(cat "$scratch/errors")"
  [[ $(wc -l <"$scratch/errors") == 1 ]] || fail "not one line: $(cat "$scratch/errors")"
  grep -q -- "$message" "$scratch/errors" || fail "no \"$message\" in: $(cat "$scratch/errors")"
  cmp -s "$scratch/sink" "$scratch/sink.before" || fail "$message: the sink was changed"
}

echo "on without --catalog"
forget
mapfile -t ends < <(sed -n 's/.*"commit_end":"\([^"]*\)".*/\1/p' "$scratch/whole" | awk 'NR % 7 == 3')
feed "${from_base[@]}" "${stateful[@]}" --end="${ends[0]}"
cp "$scratch/state.snapshot" "$scratch/early.snapshot"
cp "$scratch/state" "$scratch/early"
for end in "${ends[@]:1}"; do feed "${stateful[@]}" --end="$end"; done
feed "${stateful[@]}"
# All but the large values that only the base directory has.
diff <(grep -v old_large "$scratch/whole") <(grep -v old_large "$scratch/sink") >"$scratch/diff" || fail "without --catalog: $(head -c 1000 "$scratch/diff")"
! grep -q base_page_unknown "$scratch/sink" || fail "an old row is not known"
feed "${stateful[@]}"
diff <(grep -v old_large "$scratch/whole") <(grep -v old_large "$scratch/sink") >/dev/null || fail "a run without new WAL"

echo "on from --until"
forget
until=$(sed -n 's/.*"commit_time":"\([^"]*\)".*/\1/p' "$scratch/whole" | sed -n 2000p)
feed "${from_base[@]}" "${stateful[@]}" --end="${ends[0]}"
feed "${from_base[@]}" "${stateful[@]}" --until="$until"
! cmp -s "$scratch/whole" "$scratch/sink" || fail "--until left nothing out"
feed "${from_base[@]}" "${stateful[@]}"
same "--until"

echo "a state as the catalog of another feed, and of find"
feed --catalog="$scratch/early" >"$scratch/rest"
tail -n "$(wc -l <"$scratch/rest")" "$scratch/whole" | grep -v old_large | cmp - <(grep -v old_large "$scratch/rest") ||
  fail "--catalog=STATE"
"$WALKIT" find --catalog="$scratch/early" --database=postgres --table=public.made_3 --drop "$wal" >"$scratch/found"
grep -q made_3 "$scratch/found" || fail "find: $(head -c 500 "$scratch/found")"

echo "what cannot be gone on with"
cp "$scratch/state.snapshot" "$scratch/good"
head -c 5000 "$scratch/good" >"$scratch/state.snapshot"
refused 3 'state.snapshot" is damaged'
: >"$scratch/state.snapshot"
refused 3 'state.snapshot" is not the snapshot of a feed'
cp "$scratch/good" "$scratch/state.snapshot"
cp "$scratch/state" "$scratch/late"
cp "$scratch/early" "$scratch/state"
refused 3 'is of a later run than'
cp "$scratch/late" "$scratch/state"
rm "$scratch/state.snapshot"
refused 3 '--catalog is required'
cp "$scratch/good" "$scratch/state.snapshot"
stateful[0]=--sink=$scratch/other
refused 3 'is the state of a feed to'
stateful[0]=--sink=$scratch/sink
mkdir "$scratch/short"
cp "$(find "$wal" -name '0000*' -type f | sort | head -1)" "$scratch/short"
wal_of_all=$wal
command=("$WALKIT" feed --database=postgres "$scratch/short")
refused 1 'could not find a valid record after'
command=("$WALKIT" feed --database=postgres "$wal_of_all")
status=0
feed "${stateful[@]}" --table=nothing 2>"$scratch/errors" || status=$?
[[ $status == 0 ]] && grep -q 'with other filters' "$scratch/errors" || fail "other filters: $(cat "$scratch/errors")"

echo "WAL that begins too late"
mkdir "$scratch/late_wal"
cp $(find "$wal_of_all" -name '0000*' -type f | sort | tail -n +6) "$scratch/late_wal"
cp "$scratch/early" "$scratch/state"
cp "$scratch/early.snapshot" "$scratch/state.snapshot"
cp "$scratch/whole" "$scratch/sink"
status=0
"$WALKIT" feed --database=postgres "${stateful[@]}" "$scratch/late_wal" 2>"$scratch/errors" || status=$?
[[ $status == 1 && $(wc -l <"$scratch/errors") == 1 ]] || fail "exit $status: $(cat "$scratch/errors")"
tail -1 "$scratch/sink" | grep -q '"event":"gap"' || fail "no gap in the sink: $(cat "$scratch/errors")"
