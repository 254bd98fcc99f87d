#!/usr/bin/env bash
# What relations and types look like, by the catalogs' files and by WAL, is what the server's own catalogs say: in a
# stopped data directory, after all kinds of DDL on top of it, and from a base backup made while DDL runs.
#
#   WALKIT_TEST_PG=13,14,16,17,18   with these majors instead of 15 (see lib.sh)
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
on_each_major "$0"
check=${WALKIT_CATALOG_CHECK:-$(dirname "$WALKIT")/tests/catalog_check}
[[ -x $check ]] || skip "no program catalog_check"

major=$(server_program postgres --version | sed -E 's/.* ([0-9]+)[.a-z].*/\1/')
export PGCLIENTENCODING=UTF8
settings=(wal_keep_size=8GB max_wal_size=8GB checkpoint_timeout=1h autovacuum=off max_prepared_transactions=5)

# The lines of catalog_check, out of the server's catalogs.
expected() { # FILE
  local database multirange=0
  ((major < 14)) || multirange="(SELECT rngtypid FROM pg_range r WHERE r.rngmultitypid = t.oid)"
  ((major < 14)) && array="t.typlen = -1" || array="t.typsubscript = 'array_subscript_handler'::regproc"
  sql -c "SELECT 'D|' || concat_ws('|', oid, datname, encoding, dattablespace) FROM pg_database" >"$1"
  for database in $(sql -c "SELECT datname FROM pg_database WHERE datname <> 'template0'"); do
    sql --dbname="$database" --set=array="$array" --set=multirange="$multirange" --file=- <<'SQL' >>"$1"
CREATE TEMP VIEW type_names AS SELECT t.oid AS id, nspname || '.' || typname AS full_name
  FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace;
CREATE TEMP VIEW relations AS SELECT c.*, nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relpersistence <> 't' AND NOT relisshared;
SELECT concat_ws('|', 'R', current_database(), nspname, relname, relkind::text || relpersistence::text || relreplident::text,
    reltoastrelid,
    CASE WHEN relkind IN ('r', 'm', 't', 'i', 'S') THEN concat_ws('/',
      coalesce(nullif(reltablespace, 0), (SELECT dattablespace FROM pg_database WHERE datname = current_database())),
      (SELECT oid FROM pg_database WHERE datname = current_database()), pg_relation_filenode(c.oid)) ELSE '-' END,
    coalesce((SELECT string_agg(a.attno::text, ' ' ORDER BY n) FROM pg_index i,
      unnest(indkey::int2[]) WITH ORDINALITY a(attno, n)
      WHERE indrelid = c.oid AND indisprimary AND n <= indnkeyatts), ''),
    coalesce((SELECT string_agg(a.attno::text, ' ' ORDER BY n) FROM pg_index i,
      unnest(indkey::int2[]) WITH ORDINALITY a(attno, n)
      WHERE indrelid = c.oid AND indisreplident AND relreplident = 'i' AND n <= indnkeyatts), ''))
  FROM relations c;
SELECT concat_ws('|', 'C', current_database(), nspname, relname, attnum, attname,
    CASE WHEN attisdropped THEN '-' ELSE (SELECT full_name FROM type_names WHERE id = atttypid) END, atttypmod,
    attlen || attalign::text || attbyval::int::text,
    attnotnull::int::text || attisdropped::int::text || (attgenerated <> '')::int::text,
    CASE WHEN atthasmissing THEN (attmissingval::text::text[])[1] ELSE '' END)
  FROM relations c JOIN pg_attribute a ON attrelid = c.oid WHERE attnum > 0;
SELECT concat_ws('|', 'T', current_database(), nspname, typname, typtype, typlen || typalign::text || typbyval::int::text,
    typdelim, coalesce((SELECT full_name FROM type_names WHERE id = typelem AND :array), '-'),
    coalesce((SELECT full_name FROM type_names WHERE id = typbasetype), '-'), typtypmod,
    coalesce((SELECT full_name FROM pg_range JOIN type_names ON id = rngsubtype WHERE rngtypid = t.oid), '-'),
    coalesce((SELECT full_name FROM type_names WHERE id = :multirange), '-'),
    CASE WHEN typtype = 'c' THEN (SELECT relnatts FROM pg_class c WHERE c.oid = typrelid) ELSE 0 END)
  FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
  WHERE nspname !~ '^pg_temp' AND NOT EXISTS (SELECT FROM pg_class WHERE reltype = t.oid AND relpersistence = 't');
SELECT concat_ws('|', 'E', current_database(), oid, enumlabel) FROM pg_enum;
SQL
  done
}

compare() { # NAME EXPECTED DATA_DIRECTORY [WAL_DIRECTORY]
  "$check" "${@:3}" >"$scratch/found" 2>"$scratch/events" || {
    cat "$scratch/events"
    fail "$1: catalog_check"
  }
  # The views above live in a temporary schema, which is a row of pg_namespace and nothing else by then.
  grep -v '|pg_temp_[0-9]*|' "$scratch/found" | sort >"$scratch/found.sorted"
  grep -v '|pg_temp_[0-9]*|' "$2" | sort >"$scratch/expected.sorted"
  diff "$scratch/expected.sorted" "$scratch/found.sorted" >"$scratch/diff" || {
    head -40 "$scratch/diff"
    fail "$1: the catalogs differ"
  }
  echo "$1: $(wc -l <"$scratch/found.sorted") lines equal"
}

copy_data() { # TO
  as_server_user cp -a "$scratch/data" "$1"
  local link
  for link in "$1"/pg_tblspc/*; do
    [[ -L $link ]] || continue
    as_server_user cp -a "$(readlink "$link")" "$1.${link##*/}"
    as_server_user ln -sfn "$1.${link##*/}" "$link"
  done
}

# A second tablespace, several databases; then everything a table can be.
server_init --wal-segsize=4
server_start "${settings[@]}"
make_tablespace space1
make_tablespace space2
sql --file=- <<'SQL'
CREATE DATABASE "Odd Name" ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
ALTER DATABASE "Odd Name" RENAME TO latin;
CREATE DATABASE elsewhere TABLESPACE space1;
SQL
first_tables() {
  cat <<'SQL'
CREATE SCHEMA "Quoted ""Schema";
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE mood ADD VALUE 'so-so' BEFORE 'happy';
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS numeric(12,3) CHECK (VALUE > 0);
CREATE DOMAIN shouted AS varchar(20) DEFAULT 'AH';
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE plain (id int PRIMARY KEY, t text, n numeric(10,2) NOT NULL, m mood, p pair, ps pair[], d positive);
CREATE TABLE "Quoted ""Schema"."Table | with bar" ("Column One" int, "two" shouted[]);
CREATE TABLE dropped (a int, b text, c int, d char(4));
INSERT INTO dropped VALUES (1, 'x', 2, 'y');
ALTER TABLE dropped DROP COLUMN b, DROP COLUMN d;
ALTER TABLE dropped ADD COLUMN e int NOT NULL DEFAULT 77, ADD COLUMN f text DEFAULT 'fast default, "quoted"';
ALTER TABLE dropped ADD COLUMN g numeric DEFAULT 3.25, ADD COLUMN h bool DEFAULT true, ADD COLUMN i int[] DEFAULT '{1,2,NULL}';
ALTER TABLE dropped ADD COLUMN j mood DEFAULT 'ok', ADD COLUMN k timestamptz DEFAULT '2020-01-02 03:04:05+00', ADD COLUMN l pair DEFAULT '(1,x)';
ALTER TABLE dropped ADD COLUMN m bigint DEFAULT NULL, ADD COLUMN o name DEFAULT 'a name', ADD COLUMN q "char" DEFAULT 'z', ADD COLUMN r float8 DEFAULT 1.5;
ALTER TABLE dropped ALTER COLUMN e SET (n_distinct = 5), ALTER COLUMN f SET STATISTICS 50;
GRANT SELECT (e, f) ON dropped TO PUBLIC;
CREATE TABLE long_default (a int);
INSERT INTO long_default VALUES (1);
DO $$ BEGIN EXECUTE format('ALTER TABLE long_default ADD COLUMN b text DEFAULT %L', repeat('long default ', 500)); END $$;
ALTER TABLE long_default ALTER COLUMN b SET (n_distinct = 2);
CREATE TABLE generated (a int GENERATED ALWAYS AS IDENTITY, b int, c int GENERATED ALWAYS AS (b * 2) STORED);
CREATE TABLE parts (id int, k int, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE part2 PARTITION OF parts DEFAULT PARTITION BY RANGE (id);
CREATE TABLE part2a PARTITION OF part2 FOR VALUES FROM (0) TO (100);
CREATE TABLE covered (a int, b int, c int, d text NOT NULL, PRIMARY KEY (c, a) INCLUDE (b));
CREATE UNIQUE INDEX covered_d ON covered (d);
ALTER TABLE covered REPLICA IDENTITY USING INDEX covered_d;
CREATE TABLE whole (a int); ALTER TABLE whole REPLICA IDENTITY FULL;
CREATE TABLE none (a int PRIMARY KEY); ALTER TABLE none REPLICA IDENTITY NOTHING;
CREATE TABLE later (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE spaced (a int, b text) TABLESPACE space2;
CREATE UNLOGGED TABLE unlogged (a int, b text);
CREATE MATERIALIZED VIEW seen AS SELECT i, i::text AS t FROM generate_series(1, 10) i;
CREATE VIEW looked AS SELECT id, m FROM plain;
CREATE TABLE old_name (a int, old_column text); ALTER TABLE old_name RENAME TO new_name; ALTER TABLE new_name RENAME old_column TO new_column;
CREATE TABLE moved_schema (a int); ALTER TABLE moved_schema SET SCHEMA "Quoted ""Schema";
CREATE TABLE child (extra int) INHERITS (plain);
CREATE TABLE typed OF pair (PRIMARY KEY (a));
CREATE TABLE "Größe" ("Länge" int, é text); CREATE TYPE ëtat AS ENUM ('été'); ALTER TABLE "Größe" ADD COLUMN d text DEFAULT 'äöü';
CREATE TABLE gone (a int); DROP TABLE gone;
BEGIN; CREATE TABLE never (a int); CREATE TYPE never_type AS ENUM ('x'); ALTER TABLE plain ADD COLUMN never int; ROLLBACK;
BEGIN; SAVEPOINT a; CREATE TABLE kept (a int); RELEASE a; SAVEPOINT b; ALTER TABLE kept ADD COLUMN b int; ROLLBACK TO b; ALTER TABLE kept ADD COLUMN c int; COMMIT;
DO $$ BEGIN FOR i IN 1..60 LOOP EXECUTE format('CREATE TABLE many_%s (id int PRIMARY KEY, v%s text)', i, i); END LOOP; END $$;
SQL
}
for database in postgres latin elsewhere; do first_tables | sql --dbname=$database --file=-; done
sql -c "BEGIN; CREATE TABLE prepared_before (a int); SAVEPOINT s; CREATE TABLE prepared_by_sub (a int); ALTER TABLE many_14 ADD COLUMN b int; PREPARE TRANSACTION 'early'" \
  -c "BEGIN; CREATE TABLE prepared_in_vain (a int); ALTER TABLE many_15 ADD COLUMN b int; PREPARE TRANSACTION 'vain'"
expected "$scratch/expected1"
if "$check" "$scratch/data" >/dev/null 2>"$scratch/refusal"; then fail "read a directory a server runs on"; fi
grep -q 'a server is running in .*; name the server .*, stop it, or use a base backup' "$scratch/refusal" || fail "another refusal"
server_stop
compare "stopped" "$scratch/expected1" "$scratch/data"
copy_data "$scratch/start"

# DDL of every kind on top, with catalogs rewritten in between.
second_tables() {
  cat <<'SQL'
ALTER TABLE plain ADD COLUMN added text DEFAULT 'added', ALTER COLUMN t TYPE varchar(100), DROP COLUMN p;
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'; ALTER TYPE mood ADD VALUE 'ecstatic';
ALTER TYPE mood RENAME TO temper; ALTER TYPE pair ADD ATTRIBUTE c date CASCADE;
ALTER SCHEMA "Quoted ""Schema" RENAME TO renamed;
VACUUM FULL pg_class; VACUUM FULL pg_attribute; VACUUM FULL pg_type; VACUUM FULL pg_namespace; VACUUM FULL pg_enum;
CREATE TABLE between (a int PRIMARY KEY, b shouted);
SQL
}
third_tables() {
  cat <<'SQL'
ALTER TABLE between ADD COLUMN c temper DEFAULT 'sad';
VACUUM FULL pg_index; VACUUM FULL pg_range; CLUSTER pg_class USING pg_class_oid_index; REINDEX TABLE pg_class;
VACUUM pg_class; VACUUM (FREEZE) pg_attribute; ANALYZE;
INSERT INTO whole SELECT generate_series(1, 100);
TRUNCATE whole; TRUNCATE part1, part2a; VACUUM FULL whole; ALTER TABLE whole ALTER a TYPE bigint; ALTER TABLE many_1 SET TABLESPACE space2;
CREATE INDEX ON whole (a); CLUSTER none USING none_pkey; REFRESH MATERIALIZED VIEW seen; ALTER TABLE unlogged SET LOGGED; ALTER TABLE many_2 SET UNLOGGED;
BEGIN; TRUNCATE many_3; INSERT INTO many_3 VALUES (1, 'x'); ROLLBACK;
BEGIN; SAVEPOINT s; ALTER TABLE many_4 RENAME TO never; ROLLBACK TO s; ALTER TABLE many_4 RENAME TO many_four; COMMIT;
DROP TABLE many_5, many_6; DROP TABLE part1; ALTER TABLE parts DETACH PARTITION part2;
ALTER TABLE many_7 DROP CONSTRAINT many_7_pkey; ALTER TABLE many_8 REPLICA IDENTITY FULL; DROP TYPE span CASCADE;
CREATE TEMP TABLE passing (a int, b text);
BEGIN; CREATE TABLE waiting (a int); ALTER TABLE many_9 ADD COLUMN b int; PREPARE TRANSACTION :'gid_kept'; COMMIT PREPARED :'gid_kept';
BEGIN; CREATE TABLE waiting_in_vain (a int); ALTER TABLE many_10 ADD COLUMN b int; PREPARE TRANSACTION :'gid_lost'; ROLLBACK PREPARED :'gid_lost';
REINDEX TABLE CONCURRENTLY many_11; CREATE UNIQUE INDEX CONCURRENTLY ON many_12 (v12);
SQL
}
server_start "${settings[@]}"
sql -c "COMMIT PREPARED 'early'" -c "ROLLBACK PREPARED 'vain'"
for database in postgres latin elsewhere; do
  second_tables | sql --dbname=$database --file=-
  third_tables | sql --dbname=$database --set=gid_kept="kept_$database" --set=gid_lost="lost_$database" --file=-
done
sql -c 'VACUUM FULL pg_database' -c 'CREATE DATABASE copy TEMPLATE latin' -c 'ALTER DATABASE elsewhere SET TABLESPACE pg_default'
((major < 15)) || sql -c "CREATE DATABASE copied_files TEMPLATE postgres STRATEGY file_copy" 2>/dev/null ||
  sql -c "CREATE DATABASE copied_files TEMPLATE template1 STRATEGY file_copy"
sql -c 'CREATE DATABASE dropped_again' -c 'DROP DATABASE dropped_again' -c 'ALTER DATABASE latin RENAME TO roman'
sql --dbname=copy -c 'CREATE TABLE only_here (a int, b text)' -c 'DROP TABLE many_13' -c 'VACUUM FULL pg_class'
sql --dbname=elsewhere -c 'CREATE TABLE after_move (a int)'
expected "$scratch/expected2"
server_stop
compare "after WAL" "$scratch/expected2" "$scratch/start" "$wal_dir"
grep '\( \|-> \)postgres\.' "$scratch/events" >"$scratch/told"
compare "stopped again" "$scratch/expected2" "$scratch/data"
for relation in whole part1 part2a many_3; do
  grep -qx "truncated postgres.public.$relation" "$scratch/told" || fail "no event: TRUNCATE $relation"
done
[[ $(grep -c '^truncated' "$scratch/told") == 4 ]] || fail "TRUNCATE was seen where there was none"
while read -r event; do
  grep -qxF "changed $event" "$scratch/told" || fail "no event: $event"
done <<'EVENTS'
postgres.public.plain -> postgres.public.plain
postgres.Quoted "Schema.moved_schema -> postgres.renamed.moved_schema
- -> postgres.public.between
postgres.public.many_4 -> postgres.public.many_four
postgres.public.many_5 -> -
- -> postgres.public.waiting
EVENTS
if grep 'never\|vain\|passing\|pg_temp\|pg_toast\|pg_catalog\|many_10 ' "$scratch/told"; then fail "told of what nobody saw"; fi

# A base backup made while tables come and go, with the WAL of that time.
server_start "${settings[@]}" full_page_writes=on
if ((major >= 15)); then
  begin="SELECT pg_backup_start('test', true)" end="SELECT labelfile FROM pg_backup_stop(false)"
else
  begin="SELECT pg_start_backup('test', true, false)" end="SELECT labelfile FROM pg_stop_backup(false, false)"
fi
churn() {
  local i
  for i in $(seq 1 40); do
    echo "CREATE TABLE churn_$i (a int, b text); ALTER TABLE churn_$i ADD COLUMN c int DEFAULT $i; ALTER TABLE plain RENAME TO plain_$i;"
    echo "ALTER TABLE plain_$i RENAME TO plain; BEGIN; ALTER TABLE plain ADD COLUMN lost_$i int; ROLLBACK; DROP TABLE IF EXISTS churn_$((i > 3 ? i - 3 : 0));"
    echo "BEGIN; ALTER TABLE many_20 ADD COLUMN x_$i text; SELECT pg_sleep(0.01); ALTER TABLE many_20 DROP COLUMN x_$i; COMMIT;"
  done
}
churn | sql --file=- >/dev/null &
churning=$!
sql --file=- >"$scratch/label" <<SQL
\o /dev/null
$begin;
\! cp -a $scratch/data $scratch/backup
\o
$end;
SQL
wait "$churning"
expected "$scratch/expected3"
server_stop
as_server_user rm -f "$scratch/backup/postmaster.pid"
as_server_user cp "$scratch/label" "$scratch/backup/backup_label"
compare "base backup and WAL" "$scratch/expected3" "$scratch/backup" "$wal_dir"

# A crash: what was open then is seen by nobody.
server_start "${settings[@]}"
sql --file=- >/dev/null 2>&1 <<'SQL' &
BEGIN;
CREATE TABLE open_at_crash (a int);
ALTER TABLE many_30 ADD COLUMN lost int, ALTER COLUMN v30 TYPE varchar(9);
SELECT pg_sleep(60);
SQL
until [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'") == 1 ]]; do sleep 0.1; done
sql -c CHECKPOINT -c 'CREATE TABLE before_crash (a int)' -c 'ALTER TABLE many_31 ADD COLUMN kept int DEFAULT 3'
server_stop immediate
wait
copy_data "$scratch/crashed"
server_start "${settings[@]}"
expected "$scratch/expected4"
server_stop
compare "crashed" "$scratch/expected4" "$scratch/crashed" "$scratch/crashed/pg_wal"
