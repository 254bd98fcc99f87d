#!/usr/bin/env bash
# What `walkit dump` and `walkit stats` make of their operands: several files, directories without a history, segments that
# are missing or still growing, standard output that is full; and what of it the name pg_waldump changes.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
walkit=$(realpath "${WALKIT:-$here/../../build/release/walkit}")
fixtures=$here/../../fixtures/pg15
tmp=$(mktemp -d "${TMPDIR:-/tmp}/walkit-test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
export TZ=UTC LC_ALL=C.UTF-8
cd "$tmp" || exit 1
failed=0

# expect STATUS MESSAGE COMMAND...: how it ends, and the first line it says on standard error
expect() {
  local status=$1 message=$2 found said
  shift 2
  "$@" >out 2>err
  found=$?
  said=$(head -1 err)
  [ "$found" -eq "$status" ] && [ "$said" = "$message" ] && return
  echo "FAILED: $*: exit $found: $said"
  failed=1
}

first=00000001000000000000000D second=00000001000000000000000E third=00000001000000000000000F
other=00000002000000000000001A
mkdir wal
for seg in $first $second $third $other; do zstd -dqf "$fixtures/$seg.zst" -o "wal/$seg"; done
cp wal/$first anything
ln -s "$walkit" pg_waldump

# Several files.
expect 1 'walkit: error: no start WAL location given' "$walkit" dump anything anything
expect 1 'walkit: error: could not find a valid record after 7/1' "$walkit" dump --path=wal --start=7/1 --end=7/2
expect 0 '' "$walkit" dump --quiet anything
touch wal/notes wal/$first.00000028.backup
mkdir wal/archive_status wal/summaries
expect 0 '' "$walkit" stats wal/$first wal/$third
mv out want
expect 0 '' "$walkit" stats wal/$third wal/*.backup wal/archive_status wal/$first wal/summaries wal/$second
cmp out want || failed=1
expect 2 'walkit: error: "wal/notes" is not the name of a WAL segment' "$walkit" stats wal/$first wal/notes
expect 2 'walkit: error: segments of more than one timeline given' "$walkit" stats wal/$first wal/$other

# Types of records.
expect 0 '' "$walkit" dump --limit=1 --record-type=heap/INSERT+init wal/$first
grep -q 'desc: INSERT+INIT' out || failed=1
expect 1 'walkit: error: record type "heap/inserts" does not exist' "$walkit" dump --record-type=heap/inserts wal/$first

# Options that exclude each other.
expect 1 'walkit: error: --stats and --format=json cannot be used together' "$walkit" dump --stats --format=json anything

# Variables that are set to nothing.
WALKIT_PG_VERSION='' WALKIT_JOBS='' expect 0 '' "$walkit" dump --quiet anything

# A directory.
mkdir empty
expect 1 'walkit: error: could not find any WAL file' "$walkit" dump empty
grep -qx 'walkit: hint: Looked for names of 24 hexadecimal digits in empty, empty/pg_wal.' err || failed=1
expect 0 'walkit: warning: no history file of timeline 2 in "wal", so older timelines are not read' \
  "$walkit" dump --quiet wal
expect 0 '' "$walkit" dump --timeline=1 wal
mv out want
mv wal/$second .
expect 1 "walkit: error: could not find file \"$second\": No such file or directory" "$walkit" dump --timeline=1 wal
expect 1 'walkit: warning: skipping unreadable WAL from 0/DFFEA0 to 0/F01A70, 1055696 bytes: could not find file '"\"$second\": No such file or directory" \
  "$walkit" dump --keep-going --timeline=1 wal
[ "$(tail -n 1 out)" = "$(tail -n 1 want)" ] || { echo "FAILED: the segment after a missing one is not read"; failed=1; }

# A segment that is being copied, and one that appears while it is waited for.
head -c 300000 $second >wal/$second
"$walkit" dump --follow --path=wal --start=0/D00000 --end=0/EFF000 >got 2>got.err &
pid=$!
sleep 1
tail -c +300001 $second >>wal/$second
wait $pid || { echo "FAILED: --follow: exit $?: $(cat got.err)"; failed=1; }
expect 0 '' "$walkit" dump --path=wal --start=0/D00000 --end=0/EFF000
cmp got out || { echo "FAILED: --follow prints something else"; failed=1; }

# Standard output that is full: an error of output, but for dump, which fails as pg_waldump does.
for command in "$walkit dump wal/$first" "$walkit stats wal/$first" "$walkit man" "$walkit --help" "$walkit stats --help"; do
  $command >/dev/full 2>err
  status=$? expected=3
  [[ $command != *" dump "* ]] || expected=1
  [ $status -eq $expected ] && grep -q '^walkit: error: could not write to standard output: No space' err && continue
  echo "FAILED: $command to a full device: $(cat err)"
  failed=1
done

# A lack of memory; a sanitizer lacks it from its start.
with_little_memory() { (ulimit -d 900 && exec "$@"); }
if ! grep -q __asan_init "$walkit"; then
  for command in dump stats verify; do
    expect 3 'walkit: error: out of memory' with_little_memory "$walkit" $command "$PWD/wal/$first"
  done
fi

# To the letter what pg_waldump says.
expect 1 'pg_waldump: error: could not read file "": Is a directory' ./pg_waldump ''
expect 1 'pg_waldump: error: could not open directory "": No such file or directory' ./pg_waldump /$first
expect 1 'pg_waldump: error: could not find a valid record after 1/9010000' ./pg_waldump --path=wal --start=1/9010000 --end=1/9000100
./pg_waldump wal/$first >/dev/full 2>err
grep -q '^pg_waldump: error: could not write' err || failed=1

# An interrupt ends 13's pg_waldump like any program, and makes 15's stop.
follow_and_interrupt() { # STATUS MAJOR SEGMENT
  zstd -dqc "$fixtures/../$2/$3.zst" | head -c 300000 >"$3"
  truncate --size=1M "$3"
  timeout --foreground --preserve-status --signal=INT 2 ./pg_waldump --follow --quiet "$3" >out 2>err
  [ $? -eq "$1" ] && return
  echo "FAILED: --follow of $2 interrupted: $(cat err)"
  failed=1
}
follow_and_interrupt 130 pg13 000000010000000000000007
follow_and_interrupt 0 pg15 $second

[ "$failed" -eq 0 ] && echo "all well"
exit "$failed"
