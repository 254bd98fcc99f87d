#!/usr/bin/env bash
# `walkit dump` on every fixture against what that major's pg_waldump printed: four forms, standard error, exit status.
#
#   WALKIT=build/release/walkit tests/integration/dump_fixtures.sh [FIXTURES]
#
# Each segment lies alone in the current directory, as it did then; ARGS adds options that must change nothing.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
fixtures=$(cd "${1:-$here/../../fixtures}" && pwd)
walkit=$(realpath "${WALKIT:-$here/../../build/release/walkit}")
tmp=$(mktemp -d "${TMPDIR:-/tmp}/walkit-test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
export TZ=UTC LC_ALL=C.UTF-8
mkdir "$tmp/alone"
ln -s "$walkit" "$tmp/pg_waldump"  # under this name messages are pg_waldump's
cd "$tmp/alone"
checked=0 failed=0

expected() { if [ -f "$1.zst" ]; then zstd -dqc "$1.zst"; else cat "$1"; fi; }

same() {  # WHAT EXPECTED ACTUAL
  checked=$((checked + 1))
  cmp -s "$2" "$3" && return
  failed=$((failed + 1))
  echo "DIFFERS: $1"
  diff "$2" "$3" | cut -c1-300 | head -6
}

for stored in "$fixtures"/pg*/????????????????????????.zst; do
  base=${stored%.zst} seg=$(basename "$stored" .zst)
  name=$(basename "$(dirname "$stored")")/$seg
  zstd -dqf "$stored" -o "$seg"
  for form in "txt" "bkp.txt --bkp-details" "stats.txt --stats" "stats-record.txt --stats=record"; do
    read -r suffix option <<<"$form"
    "$tmp/pg_waldump" ${ARGS:-} $option "$seg" >"$tmp/out" 2>"$tmp/err"
    echo "exit $?" >>"$tmp/err"
    expected "$base.$suffix" >"$tmp/want"
    same "$name ${option:-(text)}" "$tmp/want" "$tmp/out"
    [ "$suffix" != txt ] || same "$name standard error" "$base.err" "$tmp/err"
  done
  rm "$seg"
done

echo "$checked comparisons, $failed differ"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
