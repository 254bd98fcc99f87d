#!/usr/bin/env bash
# `walkit dump` against a real pg_waldump of the same major on a directory of segments: standard output, standard error
# and exit status, for every segment in five forms, random option combinations, whole ranges, and wrong arguments.
#
#   WALKIT=build/release/walkit tests/integration/oracle_compare.sh DIR PG_WALDUMP [-k N] [-r N] [-s SEED] [-m MODE]
#
#   -k N     of the segments take every N-th (default: so many that about 40 remain); 1 takes all
#   -r N     random option combinations (default 100)
#   -s SEED  of the random choices
#   -m MODE  dropin: walkit runs as `pg_waldump` and must not differ in a letter (default)
#            own:    it runs as `walkit dump`; its name in messages counts as pg_waldump's, its hints are dropped
#
# WRONG=no leaves out the wrong arguments and files, which take minutes (pg_waldump waits 5 s for a missing segment).
# Both programs run in the same directory under the name pg_waldump, found in PATH.
set -uo pipefail

[ $# -ge 2 ] || { sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "$1" && pwd) real=$(realpath "$2")
shift 2
every=0 randoms=100 mode=dropin RANDOM=1
while getopts k:r:s:m: option; do
  case $option in
    k) every=$OPTARG ;;
    r) randoms=$OPTARG ;;
    s) RANDOM=$OPTARG ;;
    m) mode=$OPTARG ;;
    *) exit 1 ;;
  esac
done

walkit=$(realpath "${WALKIT:-$here/../../build/release/walkit}")
tmp=$(mktemp -d "${TMPDIR:-/tmp}/walkit-test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC
unset PGDATA PG_COLOR
mkdir "$tmp/real" "$tmp/ours" "$tmp/case" "$tmp/empty"
cp "$real" "$tmp/real/pg_waldump"
if [ "$mode" = own ]; then
  printf '#!/bin/sh\nexec "%s" dump "$@"\n' "$walkit" >"$tmp/ours/pg_waldump"
  chmod +x "$tmp/ours/pg_waldump"
else
  ln -s "$walkit" "$tmp/ours/pg_waldump"
fi
version=$("$real" --version | sed -E 's/.*\) ([0-9]+(\.[0-9]+)?).*/\1/')
major=${version%%.*}
checked=0 failed=0 dialect=

# A run of one of the programs: its output, its messages, its status.
run() {  # WHICH ARG...
  local which=$1 status=0
  shift
  PATH="$tmp/$which:$PATH" timeout "${LIMIT:-300}" pg_waldump "$@" >"$tmp/$which.out" 2>"$tmp/$which.err" || status=$?
  echo "exit $status" >>"$tmp/$which.err"
  sed -i -E '1s/^(pg_waldump \(PostgreSQL\) \S+) \(.*\)$/\1/' "$tmp/$which.out"  # without the packager's suffix
  [ "$mode" != own ] || normalise "$tmp/$which.err"
}

normalise() {
  sed -i -E 's/^(walkit dump|pg_waldump): /PROGRAM: /; /^PROGRAM: hint: /d; /^Try "/d; s/^(\S*walkit|pg_waldump)(: (unrecognized|invalid|option))/PROGRAM\2/' "$1"
}

compare() {  # ARG...
  run real "$@" &
  run ours ${dialect:+"$dialect"} "$@"
  wait
  checked=$((checked + 1))
  cmp -s "$tmp/real.out" "$tmp/ours.out" && cmp -s "$tmp/real.err" "$tmp/ours.err" && return
  failed=$((failed + 1))
  echo "DIFFERS: TZ=$TZ pg_waldump $* (in $PWD)"
  diff "$tmp/real.out" "$tmp/ours.out" | cut -c1-240 | head -6
  diff "$tmp/real.err" "$tmp/ours.err" | cut -c1-240 | head -6
}

# walkit takes every major's options whatever the major.
since15() { [ "$major" -lt 15 ] || compare "$@"; }

pick() { local n=$(($# > 0 ? RANDOM % $# : 0)); echo "${@:n+1:1}"; }

# What the random options choose from: things that occur in this WAL.
cd "$dir"
mapfile -t segments < <(ls | grep -E '^[0-9A-F]{24}$')
count=${#segments[@]}
[ "$count" -gt 0 ] || { echo "no segments in $dir" >&2; exit 1; }
[ "$every" -gt 0 ] || every=$(((count + 39) / 40))
sample=()
for ((i = 0; i < count; i += every)); do sample+=("${segments[i]}"); done

forms() {
  local seg
  for seg in "${sample[@]}"; do
    for form in "" -b --stats --stats=record -q; do compare $form "$seg"; done
  done
  # several segments at once, and without an end: as far as the WAL goes
  local first=${sample[0]} last=${sample[${#sample[@]} - 1]}
  compare "$first" "${segments[$((count > 3 ? 3 : count - 1))]}"
  compare -q "$first" "$last"
  compare --stats "$first" "$last"
  compare -t "$((16#${first:0:8}))" -s "$(first_lsn "$first")" -n 200
}

first_lsn() { "$tmp/real/pg_waldump" -n 1 "$1" 2>/dev/null | sed -E 's/.*lsn: ([0-9A-F]+\/[0-9A-F]+),.*/\1/'; }

random_options() {
  local n seg a b args rm rel option
  for ((n = 0; n < randoms; n++)); do
    seg=$(pick "${sample[@]}")
    "$tmp/real/pg_waldump" -b "$seg" >"$tmp/text" 2>/dev/null
    [ -s "$tmp/text" ] || continue
    mapfile -t lines < <(grep -a '^rmgr' "$tmp/text" | shuf -n 2 --random-source=<(yes $RANDOM) | sort -t: -k5)
    args=()
    for option in b n r x R F w s e z q; do
      [ $((RANDOM % 3)) = 0 ] || continue
      rel=$(grep -aoE 'rel [0-9]+/[0-9]+/[0-9]+' "$tmp/text" | shuf -n 1 --random-source=<(yes $RANDOM) | cut -c5-)
      case $option in
        b) args+=("$(pick -b --bkp-details)") ;;
        n) args+=("$(pick -n7 --limit=23 -n0)") ;;
        r) rm=$(sed -E 's/^rmgr: (\S+) .*/\1/' <<<"${lines[0]}"); args+=("$(pick "--rmgr=$rm" "-r${rm,,}" "-r${rm^^}")") ;;
        x) args+=(-x "$(sed -E 's/.*tx: +([0-9]+),.*/\1/' <<<"${lines[0]}")") ;;
        R) [ "$major" -lt 15 ] || [ -z "$rel" ] || args+=(-R "$rel"); [ $((RANDOM % 2)) = 0 ] || [ "$major" -lt 15 ] || [ -z "$rel" ] || args+=(-B "$(pick 0 1 2 3)") ;;
        F) [ "$major" -lt 15 ] || args+=("$(pick --fork=main -Ffsm -Fvm -Finit)") ;;
        w) [ "$major" -lt 15 ] || args+=("$(pick -w --fullpage)") ;;
        s) a=$(sed -E 's/.*lsn: ([^,]*),.*/\1/' <<<"${lines[0]}"); [ $((RANDOM % 2)) = 0 ] || a=${a%?}$(pick 0 1 4 8 9 C); args+=(-s "$a") ;;
        e) b=$(sed -E 's/.*lsn: ([^,]*),.*/\1/' <<<"${lines[1]:-${lines[0]}}"); args+=("--end=$b") ;;
        z) [ $((RANDOM % 2)) = 0 ] || args+=("$(pick -z --stats=rmgr --stats=record)") ;;
        q) [ $((RANDOM % 3)) != 0 ] || args+=(-q) ;;
      esac
    done
    if [ $((RANDOM % 2)) = 0 ]; then compare "${args[@]}" "$seg"; else compare "$seg" "${args[@]}"; fi
  done
}

# Arguments that are refused, or that look as if they should be.
wrong_arguments() {
  local s=$1
  compare
  compare --nonsense; compare "$s" --nonsense; compare -Q "$s"; compare "$s" -; compare -- "$s"
  compare --version; compare -V; compare "$s" --version; compare "$s" --help; compare -q -V
  compare -b -b "$s"; compare -zq "$s"; compare -z "$s"; compare --sta "$s"; compare --l=2 "$s"; compare --r=heap "$s"; compare --s=0/0 "$s"
  local v
  for v in x "" 0/0 1 0/ /0 0/1/2 "0/28 " " 0/28" FFFFFFFF/FFFFFFFF G/0 0/G 100000000/0 -1/0 "0/10x"; do
    compare "--end=$v" "$s"; compare -s "$v" "$s"; compare -s "$v"; compare -s 0/0 -e "$v" "$s"
  done
  for v in x "" 0 -1 1x 3 " 3" 99999999999999 0x3; do
    compare -n "$v" "$s"; compare -x "$v" "$s"; compare -t "$v" "$s"; since15 "--block=$v" "$s"; since15 -R 1663/5/1259 -B "$v" "$s"
  done
  for v in 1 2 4294967295 4294967296 0x1 01; do compare -t "$v" -s 0/0; compare -x "$v" -n 3 "$s"; done
  for v in x "" heap HEAP Heap heap2 list custom custom1 custom128 custom255 custom256 custom12 CUSTOM128 custom1281 "heap "; do
    compare -r "$v" -n 5 "$s"; compare -r "$v" -r Btree -n 5 "$s"
  done
  for v in x "" rmgr record RECORD recor; do compare "--stats=$v" "$s"; done
  for v in x "" main vm fsm init MAIN other; do since15 -F "$v" -n 4 "$s"; done
  for v in x "" 1/2 1/2/3 1663/5/1259 0/5/1259 1663/0/1260 1663/5/0 1/2/3/4 "1/2/3x" -1/2/3 99999999999/1/1; do
    since15 -R "$v" -n 4 "$s"; since15 -n 4 -R "$v" -B 0 "$s"
  done
  since15 -B 0 "$s"; compare -n; compare "$s" -n; compare "--limit" ; compare "--bkp-details=1" "$s"; compare --quiet=1 "$s"
  compare "$s" "$s"; compare "$s" "$s" extra; compare "$s" "$s" extra more; since15 -w -F vm -R 1663/5/1259 "$s"
  [ "$major" -lt 16 ] || { compare --save-fullpage; compare --save-fullpage= "$s"; compare "--save-fullpage=$dir" "$s"; compare --save-fullpage=/proc/x "$s"; }
}

# Files that are missing, short, empty or something else. Runs in $tmp/case.
wrong_files() {
  local s=$1 size
  [ "$(stat -c %s "$dir/$s")" -le $((1 << 24)) ] || return 0  # the cases copy it a hundred times
  size=$(stat -c %s "$dir/$s")
  cd "$tmp/case"
  compare nofile; compare "$s"; compare ./nofile; compare /nowhere/"$s"; compare -p /nowhere "$s"; compare -p /nowhere -s 0/0; compare -p "$tmp/empty" -s 0/28
  compare -p "$tmp/empty" "$s"; compare -s 0/28; compare -p "$dir" "$s" -n 3; compare -p "$dir" nofile; compare "$dir/$s" -n 3; compare "$dir/$s" nofile; compare "$dir" ; compare -p "$dir/$s" "$s"
  compare -p "$dir" -n 3 -s "$(cd "$dir"; first_lsn "$s")" -t "$((16#${s:0:8}))"; compare -p "$dir"; compare -p "$dir" "/nowhere/$s" -n 2
  mkdir pg_wal; cp "$dir/$s" pg_wal; compare "$s" -n 3; compare -p . "$s" -n 3; compare -p "$tmp/case" -n 2 "$s"; PGDATA=$tmp/case compare -n 2 "$s"; (cd "$tmp/empty" && PGDATA=$tmp/case compare -n 2 "$s"); rm -r pg_wal
  mkdir "$s"; compare "$s"; rmdir "$s"
  : >"$s"; compare "$s"
  local n
  for n in 1 24 39 40 100 8191 8192 8193 16384 20000 $((size / 2)) $((size - 8192)) $((size - 1)); do
    head -c "$n" "$dir/$s" >"$s"; compare "$s"; compare -q "$s"; compare --stats "$s"; compare -n 2 "$s"
  done
  head -c "$size" /dev/zero >"$s"; compare "$s"; compare --stats "$s"
  { head -c 32 "$dir/$s"; printf '\1\2\3\4'; tail -c +37 "$dir/$s"; } >"$s"; compare "$s"
  { head -c 32 "$dir/$s"; printf '\0\0\0\0'; tail -c +37 "$dir/$s"; } >"$s"; compare "$s"
  { head -c 32 "$dir/$s"; printf '\0\0\0\200'; tail -c +37 "$dir/$s"; } >"$s"; compare "$s"
  { head -c 32 "$dir/$s"; printf '\0\0\40\0'; tail -c +37 "$dir/$s"; } >"$s"; compare "$s"
  { printf 'X'; tail -c +2 "$dir/$s"; } >"$s"; compare "$s"
  { head -c 2 "$dir/$s"; printf '\377'; tail -c +4 "$dir/$s"; } >"$s"; compare "$s"
  { head -c 8 "$dir/$s"; printf '\7'; tail -c +10 "$dir/$s"; } >"$s"; compare "$s"; compare --stats "$s"
  { head -c 24 "$dir/$s"; printf '\7'; tail -c +26 "$dir/$s"; } >"$s"; compare "$s"
  { head -c 36 "$dir/$s"; printf '\7'; tail -c +38 "$dir/$s"; } >"$s"; compare "$s"
  for n in 8192 8194 8196 8200 8208 16384 65538 $((size / 2 + 3)) $((size / 2 + 8)); do  # one byte changed
    cp "$dir/$s" "$s"; printf '\125' | dd of="$s" bs=1 seek="$n" conv=notrunc status=none; compare "$s"; compare --stats "$s"
  done
  for ((n = 0; n < 30; n++)); do
    cp "$dir/$s" "$s"; printf "\\x$(printf %02x $((RANDOM % 256)))" | dd of="$s" bs=1 seek=$(((RANDOM * 32768 + RANDOM) % size)) conv=notrunc status=none; compare "$s"
  done
  { head -c $((size / 2)) "$dir/$s"; head -c $((size / 2)) /dev/zero; } >"$s"; compare "$s"; compare -q "$s"; compare --stats "$s"
  head -c "$size" /dev/urandom >"$s"; compare -q "$s"
  echo 'not WAL at all' >"$s"; compare "$s"
  cp "$dir/$s" "$s.partial"; rm "$s"; compare "$s.partial"; cp "$dir/$s" "$s"; compare -n 2 "$s.partial"; compare -n 2 "$s" "$s.partial"
  cp "$dir/$s" renamed; compare renamed; cp "$dir/$s" "00000009${s:8}"; rm "$s"; compare "00000009${s:8}"; compare -n 2 "00000009${s:8}" "$s"
  rm -f "$tmp"/case/*
  cd "$dir"
}

save_fullpage() {
  [ "$major" -ge 16 ] || return 0
  local s=$1 which
  for which in real ours; do
    PATH="$tmp/$which:$PATH" pg_waldump -q --save-fullpage="$tmp/pages.$which" "$s" >/dev/null 2>&1
  done
  checked=$((checked + 1))
  diff -rq "$tmp/pages.real" "$tmp/pages.ours" | head -5 | grep . && { failed=$((failed + 1)); echo "DIFFERS: --save-fullpage $s"; }
  rm -rf "$tmp"/pages.*
}

forms
TZ=America/New_York
compare "${sample[0]}"; compare -b "${sample[${#sample[@]} / 2]}"
TZ=Asia/Kathmandu compare "${sample[0]}"
TZ=UTC
random_options
middle=${sample[${#sample[@]} / 2]}
save_fullpage "$middle"
if [ "${WRONG:-yes}" = yes ]; then
  dialect=--pg-version=$version  # before it has read WAL, walkit speaks as the newest major does
  wrong_arguments "$middle"
  wrong_files "$middle"
fi
echo "$dir: $checked comparisons with pg_waldump $version, $failed differ"
[ "$failed" -eq 0 ]
