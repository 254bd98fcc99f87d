#!/usr/bin/env bash
# `walkit dump --format=json`: every line is an object that json.loads takes, one for each record that the text shows, and
# every number of the text is somewhere in the object of that record.
#
#   WALKIT=build/release/walkit tests/integration/json.sh [FILE-OR-DIRECTORY...]    (default: the fixtures)
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
walkit=$(realpath "${WALKIT:-$here/../../build/release/walkit}")
[ $# -gt 0 ] || set -- "$here"/../../fixtures/pg*
tmp=$(mktemp -d "${TMPDIR:-/tmp}/walkit-test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
export TZ=UTC LC_ALL=C.UTF-8

# one segment at a time, under its own name, plain
for given in "$@"; do
  find "$(realpath "$given")" -regextype posix-extended -regex '.*/[0-9A-F]{24}(\.zst)?' -type f | sort
done >"$tmp/list"
[ -s "$tmp/list" ] || { echo "no segments in $*" >&2; exit 1; }

cd "$tmp"
failed=0 count=0
while read -r stored; do
  seg=$(basename "$stored" .zst)
  case $stored in *.zst) zstd -dqf "$stored" -o "$seg" ;; *) cp "$stored" "$seg" ;; esac
  chmod u+w "$seg"
  [ -s "$seg" ] || { failed=$((failed + 1)); echo "FAILED: no $stored"; continue; }
  "$walkit" dump "$seg" >"$seg.txt" 2>/dev/null
  "$walkit" dump --bkp-details "$seg" >"$seg.bkp" 2>/dev/null
  "$walkit" dump --format=json "$seg" >"$seg.json" 2>/dev/null
  python3 "$here/json_numbers.py" "$seg" || { failed=$((failed + 1)); echo "FAILED: $stored"; }
  count=$((count + 1))
  rm -f "$seg" "$seg".*
done <"$tmp/list"
echo "$count segments, $failed failed"
[ "$failed" -eq 0 ]
