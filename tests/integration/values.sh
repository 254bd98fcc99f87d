#!/usr/bin/env bash
# Values of every type, chosen and random ones, from the pages of a real server: rendered as the server prints them.
#
#   WALKIT_TEST_ROWS   random values of each type, default 1000
#   WALKIT_TEST_SEED   -1 to 1; chosen anew otherwise
#   WALKIT_TEST_PG     other majors, as archive_recovery.sh takes them
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/lib.sh"
on_each_major "${BASH_SOURCE[0]}"

check=$(dirname "$WALKIT")/tests/values_check
[[ -x $check ]] || skip "no $check"
seed=${WALKIT_TEST_SEED:-0.$RANDOM}
rows=${WALKIT_TEST_ROWS:-1000}

# compare ENCODING SCRIPT [PSQL OPTION...]: the tables that the script makes, in a database of their own
compare() {
  local encoding=$1 script=$2
  shift 2
  sql --dbname=template1 --command='set client_min_messages = warning' --command='drop database if exists values_test' \
    --command="create database values_test template template0 encoding '$encoding' lc_collate 'C' lc_ctype 'C'"
  sql --dbname=values_test "$@" <"$here/../feed/$script" >/dev/null
  sql --dbname=values_test --command=checkpoint
  sql --dbname=values_test <"$here/../feed/values_dump.sql" >"$scratch/dump.txt"
  "$check" "$scratch/dump.txt" || fail "$script, $encoding ($*)"
}

server_init
server_start
# What 13 does not have, the chosen values use: infinite numerics, multiranges, compression of a column.
[[ $(sql --command='show server_version_num') -lt 140000 ]] || compare UTF8 values.sql
compare UTF8 values_random.sql --set=rows="$rows" --set=seed="$seed"
for encoding in LATIN{1..10} WIN{1250..1258} WIN866 WIN874 KOI8R KOI8U ISO_8859_{5..8} EUC_{JP,CN,KR,TW,JIS_2004}; do
  compare "$encoding" values_encoding.sql
done
