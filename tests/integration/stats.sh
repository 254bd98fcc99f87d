#!/usr/bin/env bash
# `walkit stats` as a command: the same output with any number of jobs and from any kind of input, exit statuses, messages.
#
#   WALKIT=build/release/walkit tests/integration/stats.sh [FIXTURES]
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
set +e

here=$(cd "$(dirname "$0")" && pwd)
fixtures=$(cd "${1:-$here/../../fixtures}" && pwd)
walkit=$(realpath "$WALKIT")
cd "$scratch" || exit 1

# expect STATUS MESSAGE ARG...: how stats ends, and the first line it says
expect() {
  local status=$1 message=$2 found
  shift 2
  "$walkit" stats "$@" >out 2>err
  found=$?
  check "stats $*: exit $found, not $status" [ "$found" -eq "$status" ]
  check "stats $*: says $(head -1 err)" [ "$(head -1 err)" = "$message" ]
}

stored=$(ls "$fixtures"/pg15/????????????????????????.zst | head -1)
seg=$(basename "$stored" .zst)
mkdir directory
zstd -dqf "$stored" -o "directory/$seg"

"$walkit" stats --json --by=all --top=0 --jobs=1 "directory/$seg" >want || check "stats of a segment" false
check "JSON" python3 -m json.tool want /dev/null
for given in "--jobs=2 directory/$seg" "--jobs=5 $stored" "directory"; do
  # shellcheck disable=SC2086
  "$walkit" stats --json --by=all --top=0 $given >out 2>err
  check "stats $given differs" cmp -s want out
done
"$walkit" stats --json --by=all --top=0 - <"$stored" >out 2>err
check "stats of standard input differs" cmp -s want out
WALKIT_JOBS=3 "$walkit" stats --by=all "directory/$seg" >out
check "text" grep -q "^resource manager  records" out

# damage: what came before is shown, then said where it is
cp "directory/$seg" damaged
printf '\377\377\377\377' | dd of=damaged bs=1 seek=300000 conv=notrunc status=none
"$walkit" stats --json damaged >out 2>err
check "damage: exit status" [ $? -eq 1 ]
check "damage: JSON" grep -q '"stopped":"damage"' out
check "damage: message" grep -q "^walkit: error: error in WAL record at " err

expect 2 'walkit: error: no WAL given'
expect 2 'walkit: error: unrecognized option "--frob"' --frob
expect 2 'walkit: error: invalid value "x" for option --by' --by=x "directory/$seg"
expect 2 'walkit: error: invalid value "-1" for option --top' --top=-1 "directory/$seg"
expect 3 'walkit: error: could not locate WAL file "nothing"' nothing
expect 2 "walkit: error: start WAL location 7/0 is not inside file \"$seg\"" --start=7/0 "directory/$seg"
expect 2 "walkit: error: end WAL location 7/0 is not inside file \"directory/$seg\"" --end=7/0 "directory/$seg"
expect 2 'walkit: error: --by=table requires --catalog' --by=table "directory/$seg"
expect 0 '' --help

end_checks
