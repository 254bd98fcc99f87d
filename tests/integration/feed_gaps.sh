#!/usr/bin/env bash
# walkit feed over missing and damaged WAL of a real server: it says so once, on stderr and in the stream, in all
# formats; with --keep-going it goes on behind, and what it tells then is true or marked as unknown, never a row read
# with a schema that the gap may have changed. And WAL without images of pages. WALKIT_TEST_PG=13,18: other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

pids=()
end_all() {
  local pid
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  clean_up
}
trap end_all EXIT

server_init --wal-segsize=1
settings=(wal_level=logical wal_keep_size=1GB max_prepared_transactions=5 autovacuum=off)
server_start "${settings[@]}"
sql -c "CREATE TABLE t (id int PRIMARY KEY, v text)" -c "CREATE TABLE u (LIKE t)" -c "INSERT INTO t SELECT i, 'old' FROM generate_series(1, 50) i"
server_stop
cp -a "$scratch/data" "$scratch/base"
server_start "${settings[@]}"
next_segment() { sql -c "SELECT pg_switch_wal()" >/dev/null; }
sql -c "INSERT INTO t VALUES (100, 'before the gap')"
mkfifo "$scratch/session"
sql >/dev/null 2>&1 <"$scratch/session" &
exec 9>"$scratch/session"
# A transaction over the gap, with a savepoint that is rolled back in it.
printf "BEGIN; INSERT INTO u VALUES (200, 'runs over the gap'); SAVEPOINT s; INSERT INTO u VALUES (201, 'rolled back');\n" >&9
sql -c "BEGIN" -c "INSERT INTO u VALUES (300, 'prepared before')" -c "PREPARE TRANSACTION 'p'"
sleep 0.3
next_segment
sql -c "CHECKPOINT"
gap_segment=$(sql -c "SELECT pg_walfile_name(pg_current_wal_lsn())")
# What the gap swallows: columns change their places, another table is truncated into a new file, one is created.
sql -c "ALTER TABLE t DROP COLUMN v" -c "ALTER TABLE t ADD COLUMN n int DEFAULT 7" -c "ALTER TABLE t ADD COLUMN v text"
sql -c "CREATE TABLE made_in_the_gap (a int)" -c "INSERT INTO made_in_the_gap VALUES (1)"
sql -c "COMMIT PREPARED 'p'"
printf "ROLLBACK TO s;\n" >&9
sleep 0.2
next_segment
sql -c "INSERT INTO t VALUES (400, 1, 'behind the gap')" -c "UPDATE t SET v = 'behind' WHERE id = 1" \
  -c "INSERT INTO made_in_the_gap VALUES (2)" -c "CREATE TABLE made_behind (a int)" -c "INSERT INTO made_behind VALUES (3)" \
  -c "SELECT pg_logical_emit_message(true, 'm', 'behind')" -c "TRUNCATE made_in_the_gap" >/dev/null
printf "INSERT INTO u VALUES (202, 'runs over the gap'); COMMIT;\n" >&9
exec 9>&-
wait $!
sql -c "CHECKPOINT" -c "INSERT INTO t VALUES (401, 1, 'after a checkpoint')"
next_segment
sql -c "INSERT INTO t VALUES (402, 1, 'the end')"
server_stop
cp -a "$scratch/data/pg_wal" "$scratch/wal"

# run STATUS [OPTION...]: events and errors in $scratch
run() {
  local expected=$1 status=0
  shift
  "$WALKIT" feed --catalog="$scratch/base" --database=postgres "$@" "$scratch/wal" \
    >"$scratch/events" 2>"$scratch/errors" || status=$?
  [[ $status == "$expected" ]] || fail "exit $status instead of $expected: $(cat "$scratch/errors")"
}
one_message() {
  [[ $(wc -l <"$scratch/errors") == 1 ]] || fail "not one line: $(cat "$scratch/errors")"
  grep -q -- "$1" "$scratch/errors" || fail "no \"$1\" in: $(cat "$scratch/errors")"
}
# Before the gap all is as in the whole; behind it there are the same transactions but no row.
judge() {
  python3 - "$scratch/whole" "$scratch/events" "$@" <<'PYTHON'
import json, sys
lsn = lambda text: int("".join(part.rjust(8, "0") for part in text.split("/")), 16)
whole, events = ([json.loads(line) for line in open(path)] for path in sys.argv[1:3])
gap, = [number for number, event in enumerate(events) if event["event"] == "gap"]
assert events[:gap] == whole[:gap], "events before the gap"
reason = sys.argv[3]
assert events[gap]["reason"] == reason, events[gap]
if sys.argv[4:] == ["ends"]:
    assert gap == len(events) - 1 and "to" not in events[gap], "nothing may come behind"
    sys.exit()
assert lsn(events[gap]["from"]) < lsn(events[gap]["to"]), events[gap]
behind = events[gap + 1:]
ids = {event["id"]: event for event in whole}
for event in behind:
    if "lsn" in event and lsn(event["lsn"]) < lsn(events[gap]["from"]):
        assert event in whole, event  # read before the gap, committed behind it
        continue
    assert not {"new", "old", "key"} & event.keys(), event
    if event["event"] in ("insert", "update", "delete"):
        assert event["unavailable"] == "schema_unknown" and "table" not in event, event
    elif event["event"] == "message":
        assert event["content"] == "behind"
    else:
        assert event["event"] in ("begin", "commit"), event
begun = [event for event in behind if event["event"] == "begin"]
over = [event for event in begun if event["xid"] in {e["xid"] for e in whole if "runs over" in str(e)}]
assert len(over) == 1 and over[0]["partial"], over
wanted = {event["id"] for event in whole if event["event"] == "begin" and lsn(event["commit_lsn"]) >= lsn(events[gap]["to"])}
ddl_only = {event["id"].rsplit("/", 1)[0] for event in whole if event["event"] not in ("begin", "commit", "schema", "truncate")}
wanted = {number for number in wanted if number.rsplit("/", 1)[0] in ddl_only}
assert {event["id"] for event in begun} == wanted, ({event["id"] for event in begun}, wanted)
assert len(begun) > 4 and not begun[-1].get("partial"), "after a checkpoint all transactions are whole"
PYTHON
}

run 0
cp "$scratch/events" "$scratch/whole"
[[ ! -s $scratch/errors ]] || fail "$(cat "$scratch/errors")"

echo "a missing segment"
mv "$scratch/wal/$gap_segment" "$scratch/aside"
run 1
one_message "could not find file \"$gap_segment\""
judge 'missing WAL' ends
run 1 --keep-going
one_message 'skipping missing WAL from'
judge 'missing WAL'
cp "$scratch/events" "$scratch/kept_going"

echo "resumed behind it"
for first in 1 2; do
  run 1 --keep-going --sink="$scratch/sink" --state="$scratch/state"
  cmp "$scratch/kept_going" "$scratch/sink" || fail "run $first with a state"
done

echo "the other formats"
for format in wal2json debezium; do
  run 1 --format="$format" --keep-going
  python3 - "$scratch/events" "$format" <<'PYTHON'
import base64, json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
if sys.argv[2] == "wal2json":
    gaps = [json.loads(line["content"]) for line in lines if line["action"] == "M" and line["prefix"] == "walkit.gap"]
    assert all(set(line) == {"action", "transactional", "prefix", "content"} for line in lines if line["action"] == "M")
else:
    gaps = [json.loads(base64.b64decode(line["message"]["content"])) for line in lines
            if line["op"] == "m" and line["message"]["prefix"] == "walkit.gap"]
assert len(gaps) == 1 and gaps[0]["reason"] == "missing WAL" and gaps[0]["from"] < gaps[0]["to"], gaps
PYTHON
  run 1 --format="$format"
  grep -q 'walkit.gap' "$scratch/events" || fail "no gap in $format"
done
mv "$scratch/aside" "$scratch/wal/$gap_segment"

echo "a page of noise"
cp "$scratch/wal/$gap_segment" "$scratch/aside"
head -c 8192 /dev/urandom | dd of="$scratch/wal/$gap_segment" bs=8192 seek=0 conv=notrunc status=none
run 1
judge 'damaged WAL' ends
run 1 --keep-going
judge 'damaged WAL'

echo "pages of zeros are not the end of WAL"
dd if=/dev/zero of="$scratch/wal/$gap_segment" bs=8192 count=2 conv=notrunc status=none
run 1
judge 'damaged WAL' ends
run 1 --keep-going
judge 'damaged WAL'
mv "$scratch/aside" "$scratch/wal/$gap_segment"

echo "following: what comes late is no gap, what stays away is"
mkdir "$scratch/archive"
find "$scratch/wal" -maxdepth 1 -name '0000*' | sort >"$scratch/segments"
# What a server has left unfinished is archived once it is full.
mapfile -t segments < <(head -n 4 "$scratch/segments")
for segment in "${segments[@]}"; do
  if [[ $(basename "$segment") != "$gap_segment" ]]; then cp "$segment" "$scratch/archive/"; fi
done
follow() {
  "$WALKIT" feed --catalog="$scratch/base" --database=postgres --follow "$@" "$scratch/archive" \
    >"$scratch/events" 2>"$scratch/errors" &
  pids=($!)
}
wait_for() {
  local tries
  for ((tries = 0; tries < 100; ++tries)); do
    if grep -q -- "$1" "$scratch/events"; then return; fi
    sleep 0.1
  done
  fail "no $1 in the events: $(cat "$scratch/errors")"
}
end_follower() {
  local status=0
  [[ $1 == by_itself ]] || kill -TERM "${pids[0]}"
  wait "${pids[0]}" || status=$?
  [[ $status == "$2" ]] || fail "exit status $status instead of $2: $(cat "$scratch/errors")"
  pids=()
}
follow --timeout=20s
wait_for 'before the gap'
sleep 0.5
head -c 500000 "$scratch/wal/$gap_segment" >"$scratch/archive/$gap_segment"  # as cp goes
sleep 0.5
cp "$scratch/wal/$gap_segment" "$scratch/archive/$gap_segment"
wait_for 'after a checkpoint'
end_follower now 0
[[ ! -s $scratch/errors ]] || fail "$(cat "$scratch/errors")"
head -n "$(wc -l <"$scratch/events")" "$scratch/whole" | cmp - "$scratch/events" || fail "the events of a late segment"
rm "$scratch/archive/$gap_segment"
follow --timeout=1s
end_follower by_itself 1
judge 'missing WAL' ends
follow --timeout=1s --keep-going
wait_for schema_unknown
sleep 0.5
end_follower now 1
one_message 'skipping missing WAL from'

echo "nothing to skip"
run 0 --keep-going
cmp "$scratch/whole" "$scratch/events" || fail "another event than of the whole"
