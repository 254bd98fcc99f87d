#!/usr/bin/env bash
# walkit on the real WAL of fixtures/: records, where the volume went, a check; then a race with pg_waldump.
# Run it through ./dev demo, which builds the program first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

walkit=${WALKIT:-build/release/walkit}
peer=${PG_BIN:-/usr/lib/postgresql/15/bin}/pg_waldump
runs=10
export TZ=UTC LC_ALL=C.UTF-8

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Prints a command, runs it and indents what it prints. That a segment ends in the middle of a record is no
# failure of the demo, so its exit status is not looked at.
show() {
  echo
  echo "\$ $*"
  bash -c "$*" 2>&1 | cut -c1-150 | sed 's/^/  /' || true
}

# best_ms COMMAND...: the shortest of several runs, in milliseconds with two decimals.
best_ms() {
  local run begin took best=
  for ((run = 0; run < runs; run++)); do
    begin=${EPOCHREALTIME/./}
    "$@" >/dev/null 2>&1 || true
    took=$((${EPOCHREALTIME/./} - begin))
    if [[ -z $best || $took -lt $best ]]; then best=$took; fi
  done
  printf '%d.%02d' $((best / 1000)) $((best % 1000 / 10))
}

# dump_range PROGRAM OPTION...: all segments of the race in one process.
dump_range() {
  local program=("$1")
  if [[ $1 == "$walkit" ]]; then program+=(dump); fi
  shift
  "${program[@]}" "$@" "${plain[0]}" "${plain[-1]}"
}

race_row() {
  local label=$1 theirs ours
  shift
  theirs=$(best_ms dump_range "$peer" "$@")
  ours=$(best_ms dump_range "$walkit" "$@")
  printf '  %-16s %12s %12s %8s\n' "$label" "$theirs" "$ours" \
    "$(awk -v a="$theirs" -v b="$ours" 'BEGIN { printf "%.1fx", a / b }')"
}

segment_of() {
  find "fixtures/$1" -name '*.zst' ! -name '*.txt.zst' | sort | tail -n 1
}

# The segments of fixtures/ are a choice; these follow one another.
race=(fixtures/pg15/00000001000000000000000[D-F].zst fixtures/pg15/00000001000000000000001[0-2].zst)

show "$walkit dump $(segment_of pg13) | head -n 3"
show "$walkit dump --bkp-details --rmgr=Btree --limit=1 $(segment_of pg15)"
show "$walkit dump --format=json --limit=1 --rmgr=Heap $(segment_of pg18)"
show "$walkit stats --top=5 $(segment_of pg17)"
show "$walkit verify ${race[*]}"

echo
if [[ ! -x $peer ]]; then
  echo "No pg_waldump of PostgreSQL 15 in $(dirname "$peer"): no race."
  exit 0
fi

plain=()
for segment in "${race[@]}"; do
  plain+=("$scratch/$(basename "$segment" .zst)")
  zstd --quiet --decompress "$segment" -o "${plain[-1]}"
done
their_records=$(dump_range "$peer" 2>/dev/null | grep -c '^rmgr: ' || true)
our_records=$(dump_range "$walkit" 2>/dev/null | grep -c '^rmgr: ' || true)

echo "$("$peer" --version) beside walkit: ${#race[@]} segments of 1 MiB, best of $runs runs; starting a process"
echo "takes a good part of so short a run, bench/RESULTS.md has longer ones"
printf '  %-16s %12s %12s %8s\n' "" "pg_waldump" "walkit" "faster"
race_row "text, ms"
race_row "--stats, ms" --stats
race_row "--quiet, ms" --quiet
printf '  %-16s %12s %12s\n' "records" "$their_records" "$our_records"
if [[ $their_records != "$our_records" ]]; then
  echo "the numbers of records differ" >&2
  exit 1
fi
