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
