#!/usr/bin/env bash
# WAL that a server has just written, dumped by walkit and by the server's own pg_waldump: no byte may differ.
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"

server_init --wal-segsize=1
server_start wal_level=logical wal_compression=lz4 wal_keep_size=1GB
server_program pgbench --initialize --scale=2 --quiet >/dev/null 2>&1
server_program pgbench --client=2 --transactions=300 >/dev/null 2>&1
sql --file=- <<'SQL'
CREATE TABLE t (id int PRIMARY KEY, body text);
INSERT INTO t SELECT i, repeat('x', i % 3000) FROM generate_series(1, 2000) i;
UPDATE t SET body = body || 'y' WHERE id % 3 = 0;
DELETE FROM t WHERE id % 7 = 0;
VACUUM t;
CHECKPOINT;
SELECT pg_logical_emit_message(true, 'prefix', 'message');
SELECT pg_switch_wal();
SQL
server_stop immediate
server_start wal_keep_size=1GB
server_stop

mapfile -t segments < <(cd "$wal_dir" && printf '%s\n' [0-9A-F]*[0-9A-F] | grep -E '^[0-9A-F]{24}$' | sort)
first=${segments[0]} last=${segments[-1]}

compare() {
  local status=0 their_status=0
  "$WALKIT" dump "$@" >"$scratch/ours" 2>"$scratch/ours.err" || status=$?
  "$PG_BIN/pg_waldump" "$@" >"$scratch/theirs" 2>"$scratch/theirs.err" || their_status=$?
  cmp "$scratch/ours" "$scratch/theirs" || {
    cat "$scratch/ours.err" "$scratch/theirs.err"
    fail "standard output differs: dump $*"
  }
  [[ $status == "$their_status" ]] || fail "exit status $status, pg_waldump has $their_status: dump $*"
  diff <(sed 's/^walkit: //; s/^pg_waldump: //; /^hint: /d' "$scratch/ours.err") \
    <(sed 's/^pg_waldump: //' "$scratch/theirs.err") || fail "standard error differs: dump $*"
}

compare --path="$wal_dir" "$first" "$last"
compare --path="$wal_dir" --bkp-details "$first" "$last"
compare --path="$wal_dir" --stats "$first" "$last"
compare --path="$wal_dir" --stats=record "$first" "$last"
compare --path="$wal_dir" --quiet "$first" "$last"
# Stops before the end of WAL, so with exit status 0.
compare --path="$wal_dir" --rmgr=Heap --limit=50 "$first"
