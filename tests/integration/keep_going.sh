#!/usr/bin/env bash
# `walkit dump --keep-going`: what is damaged is passed over and said, everything else is printed.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
walkit=$(realpath "${WALKIT:-$here/../../build/release/walkit}")
fixtures=$here/../../fixtures/pg15
tmp=$(mktemp -d "${TMPDIR:-/tmp}/walkit-test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
export TZ=UTC LC_ALL=C.UTF-8
cd "$tmp" || exit 1
failed=0

# The first two segments of the fixtures that follow one another, undamaged.
first=00000001000000000000000E second=00000001000000000000000F
restore() {
  mkdir -p wal
  for seg in $first $second; do zstd -dqf "$fixtures/$seg.zst" -o "wal/$seg" && chmod u+w "wal/$seg"; done
}

# damage SEGMENT OFFSET
damage() { printf '\xff' | dd of="wal/$1" bs=1 seek="$2" conv=notrunc status=none; }

# expect NAME WARNINGS: but for fewer than 1000 records, all lines of `want` must be there, the last one too.
expect() {
  local name=$1 warnings=$2 status=0
  "$walkit" dump --keep-going wal >got 2>got.err || status=$?
  [ "$status" -eq 1 ] || { echo "FAILED: $name: exit status $status"; failed=1; }
  [ "$(grep -c 'warning: skipping damaged WAL' got.err)" -eq "$warnings" ] || {
    echo "FAILED: $name:"; cat got.err; failed=1
  }
  [ "$(grep -cvxFf want got)" -eq 0 ] || { echo "FAILED: $name: lines that were not there before"; failed=1; }
  local lost=$(($(wc -l <want) - $(wc -l <got)))
  [ "$lost" -gt 0 ] && [ "$lost" -lt 1000 ] || { echo "FAILED: $name: $lost records lost"; failed=1; }
  [ "$(tail -n 1 got)" = "$(tail -n 1 want)" ] || { echo "FAILED: $name: the end is missing"; failed=1; }
}

restore
"$walkit" dump wal >want 2>/dev/null

lsn=$(sed -n '1s,.*lsn: [0-9A-F]*/\([0-9A-F]*\).*,\1,p' want)
damage $first $(((16#$lsn & 0xFFFFF) + 20))  # its checksum
expect "the first record" 1
restore
damage $second 0
expect "the header of a segment's first page" 1
restore
damage $first 300000
damage $second 200000
expect "two places" 2

[ "$failed" -eq 0 ] && echo "all well"
exit "$failed"
