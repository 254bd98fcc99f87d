#!/usr/bin/env bash
# walkit feed --undo, run by psql, gives back what tables held before: all kinds of values and keys, and tables without
# one; what cannot be given back is said. WALKIT_TEST_PG=13,16 chooses other majors.
# shellcheck source=tests/integration/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Every row of every table, as text; of a stored generated column, too.
dump() {
  sql -c "SELECT format('\echo %s' || chr(10) || 'SELECT whole::text FROM ONLY %s whole ORDER BY whole::text COLLATE \"C\";',
                        oid::regclass, oid::regclass)
          FROM pg_class WHERE relkind = 'r' AND relnamespace >= 2200 AND relnamespace::regnamespace::text NOT LIKE 'i%'
          ORDER BY oid" >"$scratch/dump.sql"
  sql --file=- <"$scratch/dump.sql"
}

# What the server's WAL says, taken back; extra options choose. Prints the exit status.
undo() {
  local status=0
  "$WALKIT" feed --undo --catalog="$scratch/base" "$@" "$wal_dir" >"$scratch/undo.sql" 2>"$scratch/undo.log" || status=$?
  echo "$status"
}
expect_status() { # EXPECTED OPTION...
  local expected=$1 status
  shift
  status=$(undo "$@")
  [[ $status == "$expected" ]] || {
    cat "$scratch/undo.log"
    fail "walkit feed --undo $* exits with $status, not $expected"
  }
}
same() { # WHAT FILE FILE
  cmp --silent "$2" "$3" || {
    diff "$2" "$3" | head -20
    fail "$1: tables differ"
  }
}

xid_of() {
  sql -c "BEGIN" -c "SELECT txid_current()" -c "$1" -c "COMMIT"
}

server_init
server_start wal_level=replica wal_keep_size=1GB max_wal_size=1GB
tables=$(<"$here/undo_tables.sql")
if [[ $(sql -c 'SHOW server_version_num') -lt 140000 ]]; then # there are no multiranges, nor infinities of numeric
  tables=${tables//int4multirange/int4range}
  tables=${tables//'{[1,3),[5,9)}'/'[1,3)'}
  tables=${tables//"'NaN', '-Infinity', '0.000'"/"'NaN', '-1.10', '0.000'"}
fi
sql --file=- <<<"$tables"
dump >"$scratch/start"
server_stop
cp -a "$scratch/data" "$scratch/base"
server_start wal_level=replica wal_keep_size=1GB max_wal_size=1GB

sql --file=- <"$here/undo_workload.sql" >/dev/null
dump >"$scratch/end"
for name in keyed keyless user by_index wide wide_keyless shifting parent child part1 altered no_columns blindly kinds; do
  grep -q "$name" "$scratch/start" || fail "no table $name was dumped"
done
expect_status 0
grep -q '^-- SET session_replication_role' "$scratch/undo.sql" || fail "no hint about triggers"
# Foreign keys and cascades would act on what the script does.
sed -i 's/^-- \(SET session_replication_role\)/\1/' "$scratch/undo.sql"
sql --file=- <"$scratch/undo.sql" >/dev/null
dump >"$scratch/undone"
same "everything taken back" "$scratch/start" "$scratch/undone"

# One accident among other transactions, with its foreign keys and settings as they are.
cat "$scratch/start" >"$scratch/before"
accident=$(xid_of "DELETE FROM ONLY keyed WHERE id < 500")
sql -c "UPDATE keyed SET body = 'later' WHERE id = 1500"
sql -c "SET lc_monetary = 'C'; SET DateStyle = 'SQL, DMY'" -c "UPDATE keyed SET body = body WHERE id = 1500"
expect_status 0 --xid="$accident" --table=public.keyed
sql --file=- <"$scratch/undo.sql" >/dev/null
sql -c "UPDATE keyed SET body = 'body 1500' WHERE id = 1500"
dump >"$scratch/undone"
same "one transaction taken back" "$scratch/before" "$scratch/undone"

# Nothing chosen: a script that does nothing.
expect_status 0 --xid=4000000000
sql --file=- <"$scratch/undo.sql" >/dev/null

# What cannot be taken back is said.
gone=$(xid_of "TRUNCATE by_index; INSERT INTO by_index VALUES ('z', 1, 1)")
expect_status 1 --xid="$gone"
grep -q '^-- not taken back: TRUNCATE of public.by_index at ' "$scratch/undo.sql" || fail "no comment about TRUNCATE"
grep -q 'warning: not taken back, 1 time: TRUNCATE of public.by_index' "$scratch/undo.log" || fail "no warning"
grep -q '^DELETE FROM ONLY public.by_index ' "$scratch/undo.sql" || fail "the INSERT after the TRUNCATE is not taken back"
changed=$(xid_of "ALTER TABLE parent ADD w int")
expect_status 1 --xid="$changed"
grep -q '^-- not taken back: schema change of public.parent' "$scratch/undo.sql" || fail "no comment about ALTER TABLE"

# A script runs in one database.
sql -c "CREATE DATABASE other"
sql --dbname=other -c "CREATE TABLE t (id int PRIMARY KEY)" -c "INSERT INTO t VALUES (1)"
expect_status 3
grep -q 'databases "postgres" and "other"' "$scratch/undo.log" || fail "no error about two databases"
[[ ! -s $scratch/undo.sql ]] || fail "a script for two databases"
expect_status 2 --format=walkit

echo "$(grep -c . "$scratch/start") lines of tables are what they were"
