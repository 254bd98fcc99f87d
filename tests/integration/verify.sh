#!/usr/bin/env bash
# walkit verify on WAL that a server has just written: sound as it is, and every kind of damage found.
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
WALKIT=$(realpath "$WALKIT") # this script changes directories

# expect STATUS TEXT... -- ARGUMENT...: the exit status, and texts that standard output or error must contain.
expect() {
  local wanted=$1 status=0 texts=()
  shift
  while [[ $1 != -- ]]; do
    texts+=("$1")
    shift
  done
  shift
  "$WALKIT" verify "$@" >"$scratch/report" 2>&1 || status=$?
  [[ $status == "$wanted" ]] || {
    cat "$scratch/report"
    fail "exit status $status instead of $wanted: verify $*"
  }
  local text
  for text in "${texts[@]}"; do
    grep -qF -- "$text" "$scratch/report" || {
      cat "$scratch/report"
      fail "does not say \"$text\": verify $*"
    }
  done
}

# sound ARGUMENT...: nothing is wrong, with any number of threads.
sound() {
  expect 0 'problems       0' -- --jobs=1 "$@"
  cp "$scratch/report" "$scratch/report.1"
  expect 0 -- --jobs=3 "$@"
  cmp "$scratch/report.1" "$scratch/report" || fail "three threads find something else than one: $*"
}

# A fresh copy of the archive to damage.
fresh() {
  rm -rf "$scratch/copy"
  cp -a "$scratch/archive" "$scratch/copy"
  cd "$scratch/copy" || exit
}

flip_byte() {
  local byte
  byte=$(od -An -tu1 -j"$2" -N1 "$1")
  printf "%b" "\\x$(printf %02x $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

segments_of() {
  (cd "$1" && printf '%s\n' [0-9A-F]* | grep -E "^${2:-00000001}[0-9A-F]{16}$" | sort)
}

workload() {
  sql --command="SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS t (id int, body text); INSERT INTO t SELECT i, repeat('x', i % 900) FROM
    generate_series(1, $1) i; UPDATE t SET body = body || 'y' WHERE id % 5 = 0"
}

server_init --wal-segsize=1
server_start wal_keep_size=1GB autovacuum=off
workload 6000
server_stop immediate # a crash
sound "$wal_dir"
expect 0 'end of WAL' -- "$wal_dir"

server_start wal_keep_size=1GB autovacuum=off
workload 3000
sql --command='CHECKPOINT; SELECT pg_switch_wal()' >/dev/null
workload 100
server_stop
sound "$wal_dir"
sound "$scratch/data" # finds pg_wal in it

# The archive: all segments but the last one, which is half written.
mapfile -t names < <(segments_of "$wal_dir")
used=$(("16#$(server_program pg_controldata "$scratch/data" | sed -n 's/.*REDO WAL file: *//p' | tail -c 9)"))
mkdir "$scratch/archive"
for name in "${names[@]}"; do
  if ((16#${name: -8} < used)); then cp "$wal_dir/$name" "$scratch/archive/"; fi
done
mapfile -t names < <(segments_of "$scratch/archive")
((${#names[@]} >= 6)) || fail "only ${#names[@]} segments"
second=${names[1]} third=${names[2]} fourth=${names[3]} last=${names[-1]}
sound "$scratch/archive"
sound "$scratch/archive/$third" # begins and ends within a record
sound "$scratch"/archive/*

fresh # compressed, in any mixture
gzip "$second"
if command -v zstd >/dev/null; then zstd -q --rm "$third"; fi
if command -v lz4 >/dev/null; then lz4 -q --rm "$fourth" "$fourth.lz4"; fi
sound .
sound ./*

fresh # a byte in a record, and one in a page header
flip_byte "$second" 300000
flip_byte "$third" $((8192 * 9 + 8))
expect 1 "./$second: 0/" "./$third: 0/" 'unexpected pageaddr' 'reading resumed at' 'problems       2' -- .
cp "$scratch/report" "$scratch/report.1"
expect 1 -- --jobs=1 .
cmp "$scratch/report.1" "$scratch/report" || fail "one thread finds something else than all"

fresh # damage in the first page of a segment
flip_byte "$second" 1
expect 1 "./$second: 0/" 'invalid magic number' 'problems       1' -- .
expect 1 "$second: not a WAL segment" 'hint:' -- "$second"

fresh # a missing segment
rm "$third"
expect 1 "$fourth" "gap before this file: segment $third is missing" 'problems       1' -- .

fresh # a truncated one, an empty one, and no file of WAL at all
truncate -s 500000 "$second"
expect 1 "./$second" 'file is truncated: it ends at offset 500000 of 1048576' -- .
: >"$fourth"
expect 1 "./$fourth: file is empty" 'problems       2' -- .
head -c 20 "$last" >"$fourth"
expect 1 "./$fourth: file is too short" -- .
head -c 100000 "$WALKIT" >"$fourth"
expect 1 "./$fourth: 0/" 'invalid magic number' 'less than the 1048576 bytes' -- .
head -c 1000 "$WALKIT" >"$fourth"
expect 1 "./$fourth: not a WAL segment" 'problems       2' -- .
expect 1 "$fourth: not a WAL segment (magic number" -- "$fourth"

fresh # cut off within compression
gzip "$second"
truncate -s 20000 "$second.gz"
expect 1 "./$second.gz" 'could not decompress' -- .

fresh # renamed
mv "$last" "${last%???}FFF"
expect 1 'unexpected pageaddr' 'hint: The file was renamed' -- "${last%???}FFF"
fresh
cp "$second" "$fourth"
expect 1 "./$fourth: 0/" 'unexpected pageaddr' -- .

fresh # recycled and new files past the end
next() { printf '%s%08X' "${last:0:16}" $((16#${last: -8} + $1)); }
cp "$second" "$(next 1)"
cp "$third" "$(next 2)"
head -c 1048576 /dev/zero >"$(next 3)"
sound .
expect 0 '3 files past the end of WAL (2 recycled, 1 never written)' -- .
mkdir archive_status
touch "archive_status/$(next 1).done"
expect 1 'segment is marked as complete and holds no WAL of its own' -- .

fresh # zeros in the middle
head -c 1048576 /dev/zero >"$third"
expect 1 "./$third: 0/" 'invalid magic number 0000' 'problems       1' -- .
expect 1 "$third: file begins with zeros" -- "$third"

fresh # the rest of the last segment was never written: the end of WAL, unless the segment is known to be complete
truncate -s 400000 "$last"
truncate -s 1048576 "$last"
sound .
mkdir archive_status
touch "archive_status/$last.ready"
expect 1 "./$last: 0/" 'hint: Nothing follows; but archive_status marks' 'problems       1' -- .
rm -r archive_status
mv "$last" "$last.partial"
sound .
gzip -c "$last.partial" | head -c 20000 >"$last.gz.partial" # as pg_receivewal leaves it
rm "$last.partial"
expect 0 'end of WAL ' "in ./$last.gz.partial: file ends at offset" -- .

# Another timeline.
touch "$scratch/data/recovery.signal"
chown "$server_user" "$scratch/data/recovery.signal"
server_start wal_keep_size=1GB restore_command=false autovacuum=off
workload 3000
server_stop
sound "$wal_dir"
expect 0 'timeline 1 ' 'timeline 2 ' -- "$wal_dir"
rm -rf "$scratch/archive"
cp -a "$wal_dir" "$scratch/archive"
fresh
rm 00000002.history
expect 0 'warning: no history file of timeline 2' '1 warning' -- .
branch=$(segments_of . 00000002 | head -1)
fresh
sed -i 's#\(0/[0-9A-F]*\)[08]\t#\11\t#' 00000002.history
expect 1 'no record ends at' -- .
fresh
flip_byte "$branch" 100
expect 1 "./$branch" 'contents differ from ./00000001' -- .
fresh
rm "$branch" "00000001${branch:8}"
expect 1 'gap before this file' "is missing" -- .

# Which tables damage hit: by the headers of the record, and by name with the catalogs of the server.
fresh
while read -r lsn length relation; do
  at=$((16#$lsn))
  ((at % 8192 + length >= 8192)) || break
done < <("$WALKIT" dump --record-type=Heap/INSERT "$third" |
  sed -nE 's|^.*tot\): +[0-9]+/ +([0-9]+),.* lsn: 0/([0-9A-F]+),.*rel ([0-9/]+) blk.*$|\2 \1 \3|p' | tail -n +5)
flip_byte "$third" $((at % 1048576 + length - 1))
wrong="./$third: $(printf '0/%X' "$at"): incorrect resource manager data checksum"
expect 1 "$wrong" "  by its headers the record is of $relation block" -- .
expect 1 "$wrong" "  by its headers the record is of $relation (postgres: public.t) block" -- --catalog="$scratch/data" .
expect 1 '"name":"postgres: public.t","fork":"main","block":' -- --json --catalog="$scratch/data" .
expect 3 'there is no file' -- --catalog="$scratch/archive" .

# Two clusters in one directory.
mv "$scratch/data" "$scratch/old"
server_init --wal-segsize=1
fresh
other=$(segments_of "$wal_dir" | head -1)
cp "$wal_dir/$other" .
expect 1 "./$other: 0/" 'WAL file is from different database system: system identifier' 'hint: Keep' \
  'problems       1' -- .
expect 3 'the WAL is not that of the server that' -- --catalog="$scratch/data" .

# What cannot be read or used at all.
mkdir "$scratch/empty"
expect 1 "$scratch/empty: directory holds no WAL segments" 'hint:' -- "$scratch/empty"
expect 3 "$scratch/nowhere: could not read file: No such file or directory" -- "$scratch/nowhere"
expect 2 'no file or directory specified' --
expect 2 'invalid value "0" for option --jobs' -- --jobs=0 .

# What could not be written is no damage.
status=0
"$WALKIT" verify "$scratch/copy" >/dev/full 2>"$scratch/report" || status=$?
[[ $status == 3 ]] || fail "exit status $status where standard output is full"
grep -qF 'could not write to standard output: No space left on device' "$scratch/report" || fail "$(cat "$scratch/report")"

# JSON says the same.
expect 1 '{"sound":false,"segments":' '"severity":"damage"' '"lsn":"0/' -- --json "$scratch/copy"
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$scratch/report" || fail "not JSON"
