#!/usr/bin/env bash
# Pages of tables, followed through WAL alone, equal the files of the stopped server: every kind of change, pruning,
# vacuum and freezing, with and without compressed images; and every old row is known from the first checkpoint on.
#
#   WALKIT_TEST_PG=13,14,16,17,18   with these majors instead of 15 (see lib.sh)
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
on_each_major "$0"
check=${WALKIT_HEAP_PAGES_CHECK:-$(dirname "$WALKIT")/tests/heap_pages_check}
[[ -x $check ]] || skip "no program heap_pages_check"

workload() {
  sql --file=- <<'SQL'
CREATE TABLE plain (id int PRIMARY KEY, n int, body text) WITH (fillfactor = 80);
ALTER TABLE plain REPLICA IDENTITY FULL;
INSERT INTO plain SELECT i, i, repeat('x', i % 300) FROM generate_series(1, 5000) i;
UPDATE plain SET body = 'short' WHERE id % 5 = 0;                 -- may stay on the page
UPDATE plain SET body = repeat('long', 100) WHERE id % 7 = 0;     -- moves
UPDATE plain SET id = -id WHERE id % 11 = 0;
UPDATE plain SET n = n + 1 WHERE id BETWEEN 100 AND 200;
UPDATE plain SET n = n + 1 WHERE id BETWEEN 100 AND 200;
UPDATE plain SET n = NULL WHERE id BETWEEN 150 AND 160;
CHECKPOINT;
DELETE FROM plain WHERE id % 13 = 0;
UPDATE plain SET n = n + 1 WHERE id % 3 = 0;
SELECT count(*) FROM plain;                                       -- prunes
UPDATE plain SET n = n + 1 WHERE id % 3 = 0;
CREATE INDEX ON plain (n);
VACUUM plain;
INSERT INTO plain SELECT i, i, 'again' FROM generate_series(10001, 12000) i;
BEGIN;
INSERT INTO plain SELECT i, i, 'never' FROM generate_series(20001, 21000) i;
UPDATE plain SET body = 'never' WHERE id < 500;
SAVEPOINT s;
DELETE FROM plain WHERE id < 300;
ROLLBACK TO s;
DELETE FROM plain WHERE id BETWEEN 300 AND 400;
ROLLBACK;
BEGIN;
SELECT count(*) FROM (SELECT * FROM plain WHERE id < 400 FOR UPDATE) s;
COMMIT;
BEGIN;
SELECT count(*) FROM (SELECT * FROM plain WHERE id < 400 FOR KEY SHARE) s;
SAVEPOINT s;
UPDATE plain SET n = 0 WHERE id < 200;
COMMIT;
VACUUM (FREEZE) plain;
DELETE FROM plain WHERE id > 11000;
VACUUM plain;                                                     -- cuts the file

CREATE TABLE wide (id int PRIMARY KEY, body text, other text);
ALTER TABLE wide ALTER body SET STORAGE EXTERNAL;
INSERT INTO wide SELECT i, repeat(md5(i::text), 100 + i), 'o' FROM generate_series(1, 300) i;
UPDATE wide SET other = 'p' WHERE id % 2 = 0;
UPDATE wide SET body = body || 'y' WHERE id % 3 = 0;
CHECKPOINT;
DELETE FROM wide WHERE id % 4 = 0;
VACUUM wide;
INSERT INTO wide SELECT i, repeat(md5(i::text), 200), 'q' FROM generate_series(1001, 1100) i;

CREATE TABLE parts (id int, k int) PARTITION BY LIST (k);
CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE part2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts SELECT i, 1 FROM generate_series(1, 1000) i;
UPDATE parts SET k = 2 WHERE id % 2 = 0;

INSERT INTO plain SELECT i, 0, 'conflict' FROM generate_series(1, 1500) i
  ON CONFLICT (id) DO UPDATE SET n = plain.n + 1;
INSERT INTO plain SELECT i, 0, 'conflict' FROM generate_series(-500, 500) i ON CONFLICT DO NOTHING;

CREATE TABLE copied (a int, b text);
COPY copied FROM PROGRAM 'seq 1 20000 | sed "s/.*/&	row &/"';
BEGIN;
CREATE TABLE frozen (a int, b text);
COPY frozen FROM PROGRAM 'seq 1 5000 | sed "s/.*/&	row &/"' WITH (FREEZE);
COMMIT;
DELETE FROM frozen WHERE a % 2 = 0;
DELETE FROM copied WHERE a > 10000;
VACUUM copied;
COPY copied FROM PROGRAM 'seq 1 3000 | sed "s/.*/&	more &/"';

CREATE TABLE gone (a int);
INSERT INTO gone SELECT generate_series(1, 1000);
TRUNCATE gone;
INSERT INTO gone SELECT generate_series(1, 1000);
DROP TABLE gone;
CREATE TABLE moved (a int PRIMARY KEY, b text);
INSERT INTO moved SELECT i, i::text FROM generate_series(1, 3000) i;
DELETE FROM moved WHERE a % 3 = 0;
VACUUM FULL moved;
UPDATE moved SET b = 'x' WHERE a % 2 = 0;
CLUSTER moved USING moved_pkey;
DELETE FROM moved WHERE a % 5 = 0;
ALTER TABLE moved ALTER b TYPE varchar(30);
CREATE DATABASE other;
DROP DATABASE other;
ANALYZE;
SQL
}

# Several sessions: row locks shared by transactions, so multixacts, and HOT chains across snapshots.
crowd() {
  cat >"$scratch/crowd.sql" <<'SQL'
\set id random(1, 60)
\set other random(1, 60)
BEGIN;
SELECT n FROM plain WHERE id = least(:id, :other) FOR KEY SHARE;
UPDATE plain SET n = n + 1 WHERE id = least(:id, :other);
SELECT n FROM plain WHERE id = greatest(:id, :other) FOR SHARE;
UPDATE plain SET body = body || 'z' WHERE id = greatest(:id, :other) AND length(body) < 400;
INSERT INTO plain VALUES (:id + 100000 + :client_id * 1000, 0, 'crowd') ON CONFLICT (id) DO UPDATE SET n = 1;
END;
SQL
  chmod 644 "$scratch/crowd.sql"
  server_program pgbench --no-vacuum --client=6 --transactions=150 --file="$scratch/crowd.sql" --max-tries=5 \
    >"$scratch/crowd.log" 2>&1 || true
}

run() { # NAME INITDB-OPTION|'' SETTING...
  local name=$1 option=$2
  shift 2
  rm -rf "$scratch/data"
  server_init --wal-segsize=4 ${option:+"$option"}
  server_start wal_keep_size=8GB max_wal_size=8GB checkpoint_timeout=1h autovacuum_naptime=1s deadlock_timeout=20ms \
    "$@"
  server_program pgbench --initialize --scale=1 --quiet >/dev/null 2>&1
  workload >/dev/null
  server_program pgbench --client=4 --transactions=300 >/dev/null 2>&1
  sql -c CHECKPOINT
  server_program pgbench --client=4 --transactions=300 >/dev/null 2>&1
  crowd
  sql -c 'VACUUM (FREEZE) plain' -c 'DELETE FROM plain WHERE id % 17 = 0' -c 'VACUUM'
  server_stop immediate # what was running is gone, and recovery begins at the checkpoint
  server_start wal_keep_size=8GB autovacuum=off "$@"
  sql -c "UPDATE plain SET n = 7 WHERE id % 19 = 0" -c "DELETE FROM copied WHERE a % 2 = 0"
  server_stop
  # Memory for few pages, so that most are written out and come back; then from somewhere between two checkpoints.
  check "$name" 64 0
  check "$name, later start" 64 3
}

check() { # NAME ARGUMENT...
  local name=$1
  shift
  "$check" "$scratch/data" "$@" >"$scratch/check.log" 2>&1 || {
    cat "$scratch/check.log"
    fail "$name: pages or old rows differ"
  }
  tail -3 "$scratch/check.log" | sed "s/^/$name: /"
}

# Where no record brings an image, all rows are known if the files of the start are.
run_from_base() {
  rm -rf "$scratch/data"
  server_init --wal-segsize=4
  local settings=(wal_level=logical full_page_writes=off autovacuum=off wal_keep_size=8GB max_wal_size=8GB)
  server_start "${settings[@]}"
  server_program pgbench --initialize --scale=1 --quiet >/dev/null 2>&1
  sql -c 'SELECT pg_switch_wal()' >/dev/null
  server_stop
  as_server_user cp -R "$scratch/data" "$scratch/base"
  local segments
  segments=$(find "$scratch/base/pg_wal" -maxdepth 1 -name '0000*' | wc -l)
  server_start "${settings[@]}"
  server_program pgbench --client=4 --transactions=300 >/dev/null 2>&1
  workload >/dev/null
  server_stop
  check 'from base' 64 $((segments - 1)) "$scratch/base"
}

has_compression() {
  server_program postgres -D "$scratch/data" -C wal_compression -c "wal_compression=$1" >/dev/null 2>&1
}

run replica '' wal_level=replica
run checksums --data-checksums wal_level=replica wal_compression=on
run logical '' wal_level=logical
run no_images '' wal_level=replica full_page_writes=off
if has_compression lz4; then
  run lz4 '' wal_level=replica wal_compression=lz4 wal_consistency_checking=heap,heap2
fi
if has_compression zstd; then run zstd --data-checksums wal_level=replica wal_compression=zstd; fi
run_from_base
