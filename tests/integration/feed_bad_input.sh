#!/usr/bin/env bash
# walkit feed with a catalog, WAL or state that is not whole: it says so, and gives no row but those of the whole.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

server_init --wal-segsize=1
server_start wal_level=replica wal_keep_size=1GB
sql -c "CREATE TABLE t (id int PRIMARY KEY, v text)" -c "INSERT INTO t SELECT i, 'old' FROM generate_series(1, 50) i"
server_stop
cp -a "$scratch/data" "$scratch/base"
database=$(basename "$(ls -d "$scratch"/base/base/[0-9]* | sort -V | tail -1)")
server_start wal_level=replica wal_keep_size=1GB
sql -c "INSERT INTO t SELECT i, 'new' FROM generate_series(51, 100) i" -c "SELECT pg_switch_wal()" >/dev/null
sql -c "UPDATE t SET v = 'newer'" -c "SELECT pg_switch_wal()" >/dev/null
sql -c "DELETE FROM t WHERE id < 10"
server_stop
cp -a "$scratch/data/pg_wal" "$scratch/wal"

# run STATUS MESSAGE [OPTION...]: one line on stderr has MESSAGE; no event is new.
run() {
  local expected=$1 message=$2 status=0
  shift 2
  "$WALKIT" feed --catalog="$scratch/base" --database=postgres "$@" "$scratch/wal" \
    >"$scratch/events" 2>"$scratch/errors" || status=$?
  [[ $status == "$expected" ]] || fail "exit $status instead of $expected: $(cat "$scratch/errors")"
  if [[ -n $message ]]; then
    [[ $(wc -l <"$scratch/errors") == 1 ]] || fail "not one line: $(cat "$scratch/errors")"
    grep -q -- "$message" "$scratch/errors" || fail "no \"$message\" in: $(cat "$scratch/errors")"
    ! grep -v '"event":"gap"' "$scratch/events" | grep -vxFf "$scratch/whole" || fail "another event than of the whole"
  fi
}

run 0 ''
cp "$scratch/events" "$scratch/whole"
[[ $(grep -c '"event":"update"' "$scratch/whole") == 100 ]] || fail "the events of the whole"

without() {
  echo "without $1"
  mv "$scratch/base/$1" "$scratch/aside"
  run 3 "$2"
  : >"$scratch/base/$1"
  run 3 ''
  mv "$scratch/aside" "$scratch/base/$1"
}
for file in 1259 1249 1247 2610; do without "base/$database/$file" "$file"; done
without "base/$database/pg_filenode.map" 'pg_filenode.map'
without global/1262 '1262 is missing or empty'
without global/pg_control 'pg_control'
without pg_xact/0000 'pg_xact/0000" does not say'

echo "a catalog page of noise"
cp "$scratch/base/base/$database/1249" "$scratch/aside"
printf '\377%.0s' {1..64} | dd of="$scratch/base/base/$database/1249" bs=1 seek=16384 conv=notrunc status=none
run 3 'is damaged in block 2'
mv "$scratch/aside" "$scratch/base/base/$database/1249"

echo "a missing segment"
segment=$(find "$scratch/wal" -name '0000*' | sort | sed -n 2p)
mv "$segment" "$scratch/aside"
run 1 'could not find file'
[[ $(grep -c '"event":"gap"' "$scratch/events") == 1 ]] || fail "no gap in the stream"
mv "$scratch/aside" "$segment"

echo "a state of before the catalog"
mv "$scratch/base" "$scratch/older"
first_end=$(sed -n '1s/.*"commit_end":"\([^"]*\)".*/\1/p' "$scratch/whole")
"$WALKIT" feed --catalog="$scratch/older" --state="$scratch/state" --end="$first_end" "$scratch/wal" >/dev/null
rm "$scratch/state.snapshot"
mv "$scratch/data" "$scratch/base"
run 1 'what is between is missing' --state="$scratch/state"
grep -q '"event":"gap".*"to"' "$scratch/events" || fail "no gap in the stream"

# refused STATUS MESSAGE COMMAND...: nothing on stdout, and one line on stderr besides a hint.
refused() {
  local expected=$1 message=$2 status=0
  shift 2
  "$@" >"$scratch/events" 2>"$scratch/errors" || status=$?
  [[ $status == "$expected" ]] || fail "exit $status instead of $expected: $*: $(cat "$scratch/errors")"
  [[ ! -s $scratch/events ]] || fail "events: $*"
  [[ $(grep -vc '^walkit: hint:' "$scratch/errors") == 1 ]] || fail "not one line: $*: $(cat "$scratch/errors")"
  grep -q -- "$message" "$scratch/errors" || fail "no \"$message\" in: $(cat "$scratch/errors")"
}

echo "wrong arguments, other servers"
mv "$scratch/base" "$scratch/newer"
mv "$scratch/older" "$scratch/base"
mkdir "$scratch/later" "$scratch/other"
find "$scratch/wal" -name '0000*' | sort | tail -1 | xargs -I{} cp {} "$scratch/later"
mv "$scratch/newer" "$scratch/aside"
server_init --wal-segsize=4
for command in feed find; do
  feed=("$WALKIT" "$command")
  refused 3 'global/pg_control' "${feed[@]}" --catalog="$scratch/wal" "$scratch/wal"
  refused 3 'could not open directory .*nothing' "${feed[@]}" --catalog="$scratch/nothing" "$scratch/wal"
  refused 3 'is not the snapshot of a feed' "${feed[@]}" --catalog="$scratch/errors" "$scratch/wal"
  refused 3 'has segments of 1048576 bytes' "${feed[@]}" --catalog="$scratch/data" "$scratch/wal"
  refused 3 'could not find any WAL file' "${feed[@]}" --catalog="$scratch/base" "$scratch/other"
  refused 3 'is not inside file' "${feed[@]}" --catalog="$scratch/base" "$scratch"/later/0*
  refused 2 'unrecognized option' "${feed[@]}" --catalog="$scratch/base" --colour
  refused 2 'expected a time in UTC' "${feed[@]}" --catalog="$scratch/base" --since=yesterday
done
refused 2 'expected walkit, wal2json or debezium' "$WALKIT" feed --catalog="$scratch/base" --format=xml
rm -r "$scratch/data"
server_init --wal-segsize=1
refused 3 'not that of the server' "$WALKIT" feed --catalog="$scratch/data" "$scratch/wal"
refused 3 'not that of the server' "$WALKIT" find --catalog="$scratch/data" "$scratch/wal"
"$WALKIT" feed --catalog="$scratch/data" --state="$scratch/foreign" >/dev/null || fail "a feed of another server"
refused 3 'are of different servers' "$WALKIT" feed --catalog="$scratch/base" --state="$scratch/foreign" "$scratch/wal"
rm "$scratch/foreign.snapshot"
refused 3 'the state of a feed of another server' "$WALKIT" feed --catalog="$scratch/base" --state="$scratch/foreign" "$scratch/wal"
echo '{"version":1}' >"$scratch/foreign"
refused 3 'is not the state of a feed' "$WALKIT" feed --catalog="$scratch/base" --state="$scratch/foreign" "$scratch/wal"
server_start
refused 3 'a server is running in' "$WALKIT" feed --catalog="$scratch/data"
server_stop

echo "outputs that take nothing"
whole_feed=("$WALKIT" feed --catalog="$scratch/base" --database=postgres)
refused 3 'Is a directory' "${whole_feed[@]}" --sink="$scratch" "$scratch/wal"
refused 3 'No such file or directory' "${whole_feed[@]}" --sink="$scratch/nothing/x" "$scratch/wal"
refused 3 'No such file or directory' "${whole_feed[@]}" --state="$scratch/nothing/x" "$scratch/wal"
refused 3 'No space left on device' "${whole_feed[@]}" --sink=/dev/full "$scratch/wal"
status=0
"${whole_feed[@]}" "$scratch/wal" 2>"$scratch/errors" >/dev/full || status=$?
[[ $status == 3 ]] && grep -q 'could not write to .*standard output.*No space' "$scratch/errors" || fail "a full output: $status"
status=0
(trap '' PIPE && "${whole_feed[@]}" "$scratch/wal" 2>"$scratch/errors") | true || status=${PIPESTATUS[0]}
[[ $status == 0 || $status == 3 ]] || fail "a closed pipe: $status"

echo "a full disk, and on when there is room"
limited() { (ulimit -f 16 && exec "${whole_feed[@]}" --sink="$scratch/sink" "$@" "$scratch/wal"); }
refused 3 'could not write to file .*File too large' limited
rm "$scratch/sink"
refused 3 'could not write file .*snapshot.*File too large' limited --state="$scratch/sink.state"
run 0 '' --sink="$scratch/sink" --state="$scratch/sink.state"
diff "$scratch/sink" "$scratch/whole" >/dev/null || fail "the sink is not the whole"

echo "a database whose tablespace is missing"
mv "$scratch/base/base/$database" "$scratch/moved"
refused 3 "directory .*base/$database\" of database \"postgres\" is missing" "${whole_feed[@]}" "$scratch/wal"
mv "$scratch/moved" "$scratch/base/base/$database"
