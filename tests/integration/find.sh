#!/usr/bin/env bash
# walkit find: after each kind of accident, a real recovery with exactly the lines that it prints has what was
# there before. WALKIT_TEST_PG=13,17 chooses other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

major=$(server_program postgres --version | sed -E 's/.* ([0-9]+)[.a-z].*/\1/')
archive=$scratch/archive
checked=0

# find ARGUMENT...: what it found, as JSON, in $scratch/found and as text in $scratch/text
find_transactions() {
  "$WALKIT" find --json "$@" >"$scratch/found" || fail "find $*: exit status $?"
  "$WALKIT" find "$@" >"$scratch/text" || fail "find $*"
}
json() {
  python3 -c "import json, sys; found = json.load(open(sys.argv[1])); print($1)" "$scratch/found"
}
expect() {
  local what=$1 found=$2 wanted=$3
  checked=$((checked + 1))
  [[ $found == "$wanted" ]] || { cat "$scratch/text"; fail "$what: $found, not $wanted"; }
}
all_rows() {
  sql -c "SELECT count(*), sum(id), md5(string_agg(t::text, '|' ORDER BY id)) FROM t" "$@"
}
# The segments so far, without asking the archiver to hurry.
wait_for_archive() {
  local last
  last=$(sql -c "SELECT pg_walfile_name(pg_switch_wal())")
  sql -c "CHECKPOINT"
  for ((i = 0; i < 300; ++i)); do
    if [[ -e $archive/$last ]]; then return; fi
    sleep 0.1
  done
  fail "the server does not archive $last"
}

# recover NAME: a second server out of the base backup and the archive, with the lines of the one transaction
# that was found; leaves it running.
recover() {
  expect "$1: transactions" "$(json "found['matches']")" 1
  sed -n 's/^ *\(.*recovery_target.*\)/\1/p' "$scratch/text" >"$scratch/lines"
  expect "$1: lines" "$(wc -l <"$scratch/lines")" 4
  server_stop
  mv "$scratch/data" "$scratch/primary"
  cp -a "$scratch/base" "$scratch/data"
  {
    cat "$scratch/lines"
    echo "archive_mode = off"
    echo "restore_command = 'cp $archive/%f %p'"
  } >>"$scratch/data/postgresql.conf"
  as_server_user touch "$scratch/data/recovery.signal"
  server_start
  for ((i = 0; i < 300; ++i)); do
    if [[ $(sql -c "SELECT pg_is_wal_replay_paused()" 2>&1) == t ]]; then break; fi
    sleep 0.1
  done
  # Until recovery ends, what the transaction locked cannot be read.
  sql -c "SELECT pg_wal_replay_resume()" >/dev/null || fail "$1: recovery does not stop at its target"
  for ((i = 0; i < 300; ++i)); do
    if [[ $(sql -c "SELECT pg_is_in_recovery()" 2>&1) == f ]]; then return; fi
    sleep 0.1
  done
  fail "$1: recovery does not end"
}
back_to_primary() {
  server_stop
  rm -rf "$scratch/data"
  mv "$scratch/primary" "$scratch/data"
  server_start
}
as_server_user mkdir "$archive"
server_init
# The settings are in the file, which the server that recovers reads, too.
cat >>"$scratch/data/postgresql.conf" <<SETTINGS
archive_mode = on
archive_command = 'cp %p $archive/%f'
max_prepared_transactions = 2
SETTINGS
server_start
sql <<'SQL'
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t SELECT i, 'before ' || i FROM generate_series(1, 50) i;
SQL
# By hand: there may be no pg_basebackup of the server's major.
if ((major >= 15)); then
  begin="SELECT pg_backup_start('nightly', true)" end="SELECT labelfile FROM pg_backup_stop()"
else
  begin="SELECT pg_start_backup('nightly', true, false)" end="SELECT labelfile FROM pg_stop_backup(false)"
fi
sql --file=- >"$scratch/label" 2>"$scratch/backup.log" <<SQL || fail "base backup: $(cat "$scratch/backup.log")"
\o /dev/null
$begin;
\! cp -a $scratch/data $scratch/base
\o
$end;
SQL
as_server_user cp "$scratch/label" "$scratch/base/backup_label"
as_server_user rm -rf "$scratch/base/postmaster.pid" "$scratch/base/pg_wal"
as_server_user mkdir -p "$scratch/base/pg_wal/archive_status"

# after SQL, OPTION...: rows, the accident, and rows after it that are nobody's business
after() {
  local what=$1 accident=$2
  shift 2
  sql -c "INSERT INTO t SELECT coalesce(max(id), 0) + 1, 'good row' FROM t"
  before=$(all_rows)
  sql -c "$accident"
  sql -c "CREATE TABLE IF NOT EXISTS later (i int)" -c "INSERT INTO later VALUES (1)" 2>/dev/null
  wait_for_archive
  find_transactions "$@" "--start=$from" "--catalog=$scratch/base" "$archive"
  expect "$what: base backup" "$(json "found['transactions'][0]['base_backup']['name']")" "$scratch/base"
  expect "$what: also lost" "$(json "found['transactions'][0]['also_lost']['transactions'] > 0")" True
}
# The primary goes on from the accident with the table as it was.
next() {
  back_to_primary
  sql <<'SQL'
DROP TABLE IF EXISTS t;
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t SELECT i, 'again ' || i FROM generate_series(1, 20) i;
SQL
  from=$(sql -c "SELECT pg_current_wal_lsn()")
}

from=0/1
after DELETE "DELETE FROM t WHERE id > 5" --delete-more-than=10
expect "DELETE: rows" "$(json "found['transactions'][0]['relations'][0]['deleted']")" 46
expect "DELETE: table" "$(json "found['transactions'][0]['relations'][0]['table']")" t
recover DELETE
expect "DELETE: rows after recovery" "$(all_rows)" "$before"
next

after UPDATE "UPDATE t SET v = 'oops'" --update-more-than=10 --table=public.t
expect "UPDATE: rows" "$(json "found['transactions'][0]['relations'][0]['updated']")" 21
recover UPDATE
expect "UPDATE: rows after recovery" "$(all_rows)" "$before"
next

after TRUNCATE "TRUNCATE t" --truncate
expect "TRUNCATE: table" "$(json "found['transactions'][0]['truncated'][0]['table']")" t
recover TRUNCATE
expect "TRUNCATE: rows after recovery" "$(all_rows)" "$before"
next

after DROP "DROP TABLE t" --drop
expect "DROP: table" "$(json "found['transactions'][0]['dropped'][0]['table']")" t
recover DROP
expect "DROP: rows after recovery" "$(all_rows)" "$before"
next

sql -c "CREATE DATABASE shop"
sql --dbname=shop -c "CREATE TABLE goods AS SELECT generate_series(1, 7) i"
from=$(sql -c "SELECT pg_current_wal_lsn()")
after "DROP DATABASE" "DROP DATABASE shop" --drop
expect "DROP DATABASE: name" "$(json "found['transactions'][0]['destroyed'][0]['name']")" shop
recover "DROP DATABASE"
expect "DROP DATABASE: rows after recovery" "$(sql --dbname=shop -c "SELECT count(*) FROM goods")" 7
next

# Without catalogs the same transactions are found, by the numbers of their files; the label of the base backup
# is beside the WAL.
find_transactions --drop --truncate --delete-more-than=10 --update-more-than=10 "$archive"
expect "without a catalog" "$(json "[t['drops'] for t in found['transactions']].count(True)")" 5
expect "a base backup by its label" "$(json "found['transactions'][0]['base_backup']['label']")" nightly
expect "by the number of a file" \
  "$("$WALKIT" find --json --limit=1 --table='*/*/16384' "$archive" | grep -c '"matches":0,')" 0

"$WALKIT" find --xid=4000000000 "$archive" >"$scratch/text" && fail "exit status 0 where nothing is found"
expect "nothing found" $? 1
"$WALKIT" find --larger-than=x "$archive" >"$scratch/text" 2>&1 && fail "exit status 0 of wrong usage"
expect "wrong usage" $? 2
"$WALKIT" find "$scratch/nothing" >"$scratch/text" 2>&1 && fail "exit status 0 without WAL"
expect "no WAL" $? 3

echo "$checked checks"
