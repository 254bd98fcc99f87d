#!/usr/bin/env bash
# walkit feed against what a real server says of its own changes: test_decoding at wal_level=logical, triggers at
# wal_level=replica. WALKIT_TEST_PG=13,16 chooses other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# A cluster, and a copy of it as it was before the workload.
begin() {
  rm -rf "$scratch/data" "$scratch/base"
  server_init
  server_start wal_level="$1" max_prepared_transactions=5 TimeZone=UTC lc_monetary=C
  as_server_user rm -rf "$scratch/elsewhere"
  make_tablespace elsewhere
}
copy_base() {
  server_stop
  cp -a "$scratch/data" "$scratch/base"
}
feed_command=("$WALKIT" feed --catalog="$scratch/base" --database=postgres "$scratch/data/pg_wal")
feed() {
  "${feed_command[@]}" "$@"
}
compare() {
  python3 -B "$here/feed_compare.py" "$1" "$scratch/events" "$scratch/witness" || fail "$1"
}

against_test_decoding() {
  echo "wal_level=logical, test_decoding"
  begin logical
  if ! sql -c "SELECT pg_create_logical_replication_slot('td', 'test_decoding')" >/dev/null 2>"$scratch/slot.log"; then
    grep -q 'could not access file "test_decoding"' "$scratch/slot.log" || fail "$(cat "$scratch/slot.log")"
    echo "left out: this server has no test_decoding"
    server_stop
    return
  fi
  sql -c "CREATE FUNCTION audit(text) RETURNS void LANGUAGE sql AS ''"
  copy_base
  server_start wal_level=logical max_prepared_transactions=5 TimeZone=UTC
  sql -f - <"$here/feed_workload.sql" >/dev/null
  sql -c "SELECT lsn || E'\t' || xid || E'\t' || to_json(data)
          FROM pg_logical_slot_get_changes('td', NULL, NULL, 'skip-empty-xacts', '1')" >"$scratch/witness"
  server_stop
  feed >"$scratch/events"
  compare test_decoding
}

# Of the cluster that is there: killed at any moment, a feed goes on where it was.
killed_and_resumed() {
  echo "killed and resumed"
  local runs resumed=(--sink="$scratch/resumed" --state="$scratch/state")
  for ((runs = 0; runs < 30; ++runs)); do
    ("${feed_command[@]}" "${resumed[@]}" & sleep "0.0$((RANDOM % 9 + 1))"; kill -KILL $!; wait $!) 2>/dev/null && break
  done
  feed "${resumed[@]}"
  cmp "$scratch/events" "$scratch/resumed" || fail "the events of a feed that was killed"
}

against_triggers() {
echo "wal_level=replica, triggers"
begin replica
sql <<'SQL'
CREATE TABLE audit_log (seq bigserial, xid bigint, tbl text, op text, old jsonb, new jsonb);
CREATE FUNCTION audit_row(r anyelement, relation oid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE result jsonb;
BEGIN
  EXECUTE (SELECT 'SELECT jsonb_build_object(' || string_agg(format(
      '%L, CASE WHEN ($1).%I IS NULL THEN NULL ELSE format(''%%s'', ($1).%I) END', attname, attname, attname), ', ') || ')'
    FROM (SELECT attname FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
          ORDER BY attnum LIMIT 45) columns) INTO result USING r;
  RETURN result;
END $$;
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_log (xid, tbl, op, old, new) VALUES (
    txid_current(), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP,
    CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN audit_row(OLD, TG_RELID) END,
    CASE WHEN TG_OP IN ('INSERT', 'UPDATE') THEN audit_row(NEW, TG_RELID) END);
  RETURN NULL;
END $$;
CREATE FUNCTION audit_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_log (xid, tbl, op) VALUES (txid_current(), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP);
  RETURN NULL;
END $$;
CREATE FUNCTION audit(relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit_change()', relation);
  EXECUTE format('CREATE TRIGGER audit_truncate AFTER TRUNCATE ON %s EXECUTE FUNCTION audit_truncate()', relation);
END $$;
SQL
copy_base
server_start wal_level=replica max_prepared_transactions=5 TimeZone=UTC
sql -f - <"$here/feed_workload.sql" >/dev/null
sql -c "SELECT to_jsonb(audit_log) FROM audit_log ORDER BY seq" >"$scratch/witness"
server_stop
feed >"$scratch/events"
compare triggers
}

# A base backup whose files were all copied after the changes that follow its redo point, and after another checkpoint:
# what they show of those changes must not be believed before WAL tells of them.
from_a_slow_backup() {
  echo "from a slow backup"
  begin replica
  sql -c "CREATE TABLE slow (id int PRIMARY KEY, a text); INSERT INTO slow VALUES (1, 'one')"
  copy_base
  server_start wal_level=replica wal_keep_size=1GB autovacuum=off
  local start="pg_backup_start('slow', true)" stop="pg_backup_stop()"
  if [[ $(sql -c 'SHOW server_version_num') -lt 150000 ]]; then
    start="pg_start_backup('slow', true, false)" stop="pg_stop_backup(false)"
  fi
  sql -f - >/dev/null <<SQL
SELECT $start;
INSERT INTO slow VALUES (2, 'two');
ALTER TABLE slow ADD b int DEFAULT 7;
INSERT INTO slow VALUES (3, 'three', 3);
UPDATE slow SET b = 8;
CREATE TABLE later (id int, c text);
INSERT INTO later VALUES (1, 'one');
ALTER TABLE later ALTER id TYPE text;
CHECKPOINT;
\\! cp -a "$scratch/data" "$scratch/backup" && rm "$scratch/backup/postmaster.pid"
\\o $scratch/backup/backup_label
SELECT labelfile FROM $stop;
SQL
  sql -c "UPDATE slow SET b = 9; INSERT INTO later VALUES ('two', 'zwei')"
  server_stop
  feed >"$scratch/events"
  "$WALKIT" feed --catalog="$scratch/backup" --database=postgres "$scratch/data/pg_wal" >"$scratch/of_backup"
  [[ $(grep -c . "$scratch/of_backup") -gt 15 ]] || fail "a slow backup's feed has too few events"
  tail --lines="$(grep -c . "$scratch/of_backup")" "$scratch/events" | diff - "$scratch/of_backup" ||
    fail "a slow backup's feed"
}

# A crash ends transactions without a record: what they did to catalogs counts no more afterwards, whether WAL told of it,
# in a subtransaction too, or the files that the feed begins with; what a prepared one did does.
after_a_crash() {
  echo "after a crash"
  begin logical
  sql -c "CREATE TABLE one (id int PRIMARY KEY, a text); CREATE TABLE two (id int, a text);
          CREATE TABLE three (id int, a text); CREATE TABLE four (id int, a text)"
  copy_base
  server_start wal_level=logical max_prepared_transactions=5
  sql -f - >/dev/null 2>&1 <<SQL || true
BEGIN; ALTER TABLE four ADD f int DEFAULT 4; SAVEPOINT a; ALTER TABLE four DROP COLUMN a; PREPARE TRANSACTION 'four';
BEGIN;
ALTER TABLE one ADD b int DEFAULT 7;
SAVEPOINT a;
ALTER TABLE two DROP COLUMN a;
DROP TABLE three;
CHECKPOINT;
\! kill -QUIT \$(head --lines=1 "$scratch/data/postmaster.pid")
SELECT pg_sleep(60);
SQL
  while [[ -e $scratch/data/postmaster.pid ]]; do sleep 0.1; done
  cp -a "$scratch/data" "$scratch/crashed"
  server_start wal_level=logical max_prepared_transactions=5
  sql -c "INSERT INTO one VALUES (1, 'a')" -c "INSERT INTO two VALUES (2, 'b')" -c "INSERT INTO three VALUES (3, 'c')" \
    -c "COMMIT PREPARED 'four'" -c "INSERT INTO four VALUES (4, 5)"
  server_stop
  local start rows='{"id":1,"a":"a"}
{"id":2,"a":"b"}
{"id":3,"a":"c"}
{"id":4,"f":5}'
  for start in base crashed; do
    "$WALKIT" feed --catalog="$scratch/$start" --operations=insert "$scratch/data/pg_wal" >"$scratch/events"
    diff <(sed -n 's/.*"event":"insert".*"new":\(.*\)}$/\1/p' "$scratch/events") - <<<"$rows" || fail "from $start"
  done
}

# What another transaction does to types does not show in rows until it commits. Whether it is another's, at
# wal_level=replica only the commit tells of subtransactions: what was read wrongly until then is unknown.
while_types_change() {
  local level psql="env --unset=LD_LIBRARY_PATH $usual_pg_bin/psql --quiet" same
  for level in replica logical; do
    echo "while types change, wal_level=$level"
    begin "$level"
    sql -c "CREATE TYPE pair AS (x int, y text)" -c "CREATE TYPE mood AS ENUM ('sad')" \
      -c "CREATE TABLE changing (id int, p pair, m mood)" -c "INSERT INTO changing VALUES (1, (1, 'a'), 'sad')"
    copy_base
    server_start wal_level="$level"
    sql -f - <<SQL
BEGIN;
ALTER TYPE pair ADD ATTRIBUTE z int;
ALTER TYPE mood RENAME VALUE 'sad' TO 'glad';
\! $psql -c "UPDATE changing SET id = 2"
ROLLBACK;
BEGIN; SAVEPOINT a; ALTER TYPE mood RENAME VALUE 'sad' TO 'glad'; RELEASE a; UPDATE changing SET id = 3; COMMIT;
BEGIN; ALTER TYPE pair ADD ATTRIBUTE z int; UPDATE changing SET id = 4; COMMIT;
SQL
    server_stop
    same='{"id":3,"p":"(1,a)","m":"glad"}'
    if [[ $level == replica ]]; then same='"unavailable":"schema_unknown"'; fi
    feed --operations=update | sed -n 's/.*"new":\({.*}\)}$/\1/p; s/.*\("unavailable":"schema_unknown"\)}$/\1/p' >"$scratch/events"
    diff "$scratch/events" - <<EXPECTED || fail "rows of types that change"
{"id":2,"p":"(1,a)","m":"sad"}
$same
{"id":4,"p":"(1,a,)","m":"glad"}
EXPECTED
  done
}

# Names and labels of a database that is not in UTF-8.
in_latin1() {
  echo "in LATIN1"
  begin replica
  sql -c "CREATE DATABASE latin1 ENCODING LATIN1 LOCALE 'C' TEMPLATE template0"
  copy_base
  server_start wal_level=replica
  sql --dbname=latin1 -f - <<'SQL'
SET client_encoding = 'UTF8';
CREATE TYPE größe AS ENUM ('weiß');
CREATE TABLE straße (schlüssel größe PRIMARY KEY, wert text);
INSERT INTO straße VALUES ('weiß', 'Ähre');
SQL
  server_stop
  "$WALKIT" feed --catalog="$scratch/base" "$scratch/data/pg_wal" >"$scratch/events"
  grep -q '"table":"straße","key":{"schlüssel":"weiß"},"new":{"schlüssel":"weiß","wert":"Ähre"}' "$scratch/events" ||
    fail "names in LATIN1"
}

against_test_decoding
against_triggers
killed_and_resumed
after_a_crash
while_types_change
in_latin1
from_a_slow_backup
