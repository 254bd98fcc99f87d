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
# Comparing takes the time, and compares the same lines again under a sanitizer: there, every eighth segment's.
compared_of=1
if grep -q __asan_init "$walkit"; then compared_of=8; fi
while read -r stored; do
  seg=$(basename "$stored" .zst)
  case $stored in *.zst) zstd -dqf "$stored" -o "$seg" ;; *) cp "$stored" "$seg" ;; esac
  chmod u+w "$seg"
  [ -s "$seg" ] || { failed=$((failed + 1)); echo "FAILED: no $stored"; continue; }
  "$walkit" dump "$seg" >"$seg.txt" 2>/dev/null
  "$walkit" dump --bkp-details "$seg" >"$seg.bkp" 2>/dev/null
  "$walkit" dump --format=json "$seg" >"$seg.json" 2>"$seg.err"
  if ((count++ % compared_of == 0)); then
    python3 "$here/json_numbers.py" "$seg" || { failed=$((failed + 1)); echo "FAILED: $stored"; }
  fi
  if grep -q Sanitizer "$seg.err"; then
    failed=$((failed + 1))
    cat "$seg.err"
  fi
  rm -f "$seg" "$seg".*
done <"$tmp/list"
echo "$count segments, $failed failed"
[ "$failed" -eq 0 ]
