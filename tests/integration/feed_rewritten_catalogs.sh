#!/usr/bin/env bash
# walkit feed from a base backup during which VACUUM FULL gave the catalogs other files: the events are those of a feed
# that began before it.
#
#   WALKIT_TEST_PG=13,14,16,17,18   with these majors instead of 15 (see lib.sh)
# shellcheck source=tests/integration/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

major=$(server_program postgres --version | sed -E 's/.* ([0-9]+)[.a-z].*/\1/')
if ((major >= 15)); then
  begin="SELECT pg_backup_start('test', true)" end="SELECT labelfile FROM pg_backup_stop(false)"
else
  begin="SELECT pg_start_backup('test', true, false)" end="SELECT labelfile FROM pg_stop_backup(false, false)"
fi
settings=(wal_keep_size=1GB autovacuum=off)

server_init --data-checksums
server_start "${settings[@]}"
sql --file=- <<'SQL'
CREATE SCHEMA apart;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE apart.t (id int PRIMARY KEY, m mood, r int4range, v text);
INSERT INTO apart.t SELECT i, 'ok', int4range(i, i + 3), repeat(i::text, 1000) FROM generate_series(1, 50) i;
SQL
server_stop
as_server_user cp -a "$scratch/data" "$scratch/before"
server_start "${settings[@]}"
database=$(sql -c "SELECT oid FROM pg_database WHERE datname = current_database()")

# backup NAME FIRST SECOND: SECOND is SQL that runs between the backup's beginning and the copying of its files, except
# for those files of the database that FIRST names.
backup() {
  local name=$1 first=$2
  {
    echo '\o /dev/null'
    echo "$begin;"
    echo "\\! cp -a $scratch/data/base/$database $scratch/early"
    printf '%s;\n' "${@:3}"
    echo "\\! cp -a $scratch/data $scratch/$name"
    echo '\o'
    echo "$end;"
  } | sql --file=- >"$scratch/label" || fail "$name"
  as_server_user cp "$scratch/label" "$scratch/$name/backup_label"
  as_server_user rm -f "$scratch/$name/postmaster.pid"
  for file in $first; do as_server_user cp -a "$scratch/early/$file" "$scratch/$name/base/$database/$file"; done
  rm -r "$scratch/early"
}

backup unmapped '' 'VACUUM FULL pg_index' 'VACUUM FULL pg_enum' 'VACUUM FULL pg_namespace' 'VACUUM FULL pg_range'
backup unlinked '' 'CREATE TABLE apart.later (id int PRIMARY KEY)' 'VACUUM FULL pg_range' 'CHECKPOINT'
backup mapped '' 'VACUUM FULL pg_class' 'VACUUM FULL pg_attribute' 'VACUUM FULL pg_type' 'CHECKPOINT'
backup stale pg_filenode.map 'VACUUM FULL pg_class' 'VACUUM FULL pg_attribute' 'CHECKPOINT'
backup ahead '' 'ALTER TABLE apart.t ADD COLUMN e int DEFAULT 8' 'VACUUM FULL pg_attribute'
sql --file=- <<'SQL'
INSERT INTO apart.t VALUES (51, 'sad', '[1,2]', 'new');
UPDATE apart.t SET m = 'sad' WHERE id < 20;
ALTER TYPE mood ADD VALUE 'happy';
ALTER TABLE apart.t ADD COLUMN d int DEFAULT 7;
DELETE FROM apart.t WHERE id > 30;
INSERT INTO apart.later VALUES (1);
SQL
server_stop

feed() { # CATALOG [OPTION...]
  "$WALKIT" feed --catalog="$@" "$wal_dir"
}
start=$(sed -n 's/^START WAL LOCATION: \([^ ]*\).*/\1/p' "$scratch/unlinked/backup_label")
feed "$scratch/before" --start="$start" >"$scratch/expected" || fail "feed from before"
if feed "$scratch/unlinked" >"$scratch/events" 2>"$scratch/errors"; then
  diff "$scratch/expected" "$scratch/events" >"$scratch/diff" || {
    head -6 "$scratch/diff" | cut -c1-400
    fail "unlinked: other events"
  }
  [[ $(grep -c '"event":"update"' "$scratch/events") == 19 ]] || fail "the updates"
  echo "unlinked: $(wc -l <"$scratch/events") events equal"
else # the rows of pg_class that told of the old files were pruned before they were copied
  grep -q 'take another' "$scratch/errors" || fail "unlinked: $(cat "$scratch/errors")"
fi

# Where the files do not tell what the catalogs were, walkit says so.
for name in unmapped mapped stale; do
  feed "$scratch/$name" >"$scratch/events" 2>"$scratch/errors" && fail "$name: no error"
  [[ $(wc -l <"$scratch/errors") == 1 && ! -s $scratch/events ]] || fail "$name: $(cat "$scratch/errors")"
  cat "$scratch/errors"
done
feed "$scratch/ahead" >"$scratch/events" || fail "ahead: feed"
[[ $(grep -c '"event":"delete".*"schema_unknown"' "$scratch/events") == 21 ]] || fail "ahead: rows without a mark"
