#!/usr/bin/env bash
# walkit feed of WAL that a server with full_page_writes=off wrote, from the data directory it left when it crashed:
# pages that had gone to disk after the redo point never come whole, so the rows on them are marked fpw_off; what is told
# is what triggers saw. Switched on and off while the server runs, too. WALKIT_TEST_PG=13,18 chooses other majors.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

server_init
settings=(wal_level=replica autovacuum=off shared_buffers=1MB checkpoint_timeout=1h max_wal_size=10GB bgwriter_delay=10ms)
server_start full_page_writes=on "${settings[@]}"
sql <<'SQL'
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE audit_log (seq bigserial, xid bigint, op text, old jsonb, new jsonb);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_log (xid, op, old, new) VALUES (txid_current(), TG_OP,
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION audit();
INSERT INTO t SELECT i, repeat('old', 100) FROM generate_series(1, 3000) i;
SQL
switch() { sql -c "ALTER SYSTEM SET full_page_writes = $1" -c "SELECT pg_reload_conf()" >/dev/null; }
change() { sql -c "UPDATE t SET v = '$1' || id WHERE id % 3 = $2" -c "DELETE FROM t WHERE id % 50 = $3" \
  -c "INSERT INTO t VALUES ($4, '$1')"; }
server_stop
server_start "${settings[@]}"
switch off
sleep 0.5
sql -c "TRUNCATE audit_log" -c "CHECKPOINT"
redo=$(sql -c "SELECT redo_lsn FROM pg_control_checkpoint()")
change first 0 7 5001
sql -c "SELECT count(*) FROM t, generate_series(1, 3)" >/dev/null  # through the small cache: pages go to disk
change second 1 8 5002
sql -c "SELECT to_jsonb(audit_log) FROM audit_log ORDER BY seq" >"$scratch/crashed_log"
server_stop immediate
cp -a "$scratch/data" "$scratch/crashed"
server_start "${settings[@]}"
server_stop

judge() {
  python3 - "$@" <<'PYTHON'
import json, sys
audit = [json.loads(line) for line in open(sys.argv[2])]
events = [json.loads(line) for line in open(sys.argv[1])]
events = [event for event in events if event["event"] in ("insert", "update", "delete") and event.get("table") == "t"]
assert len(events) == len(audit), (len(events), len(audit))
unknown = known = 0
# The order of rows within a statement is that of its triggers.
for event, entry in zip(events, audit):
    assert event["event"] == entry["op"].lower() and event["xid"] == entry["xid"], (event, entry)
    for side, reason in (("old", "old_unavailable"), ("new", "unavailable")):
        if reason in event:
            assert event[reason] == "fpw_off" and event[side] is None, event
            unknown += 1
        elif entry[side] is not None:
            assert event[side] == entry[side], (event, entry)
            known += 1
print(f"{known} rows as the triggers saw them, {unknown} marked")
assert known and (unknown > 0) == (sys.argv[3] == "some"), (known, unknown)
PYTHON
}

echo "after a crash, from a redo point with full_page_writes=off at $redo"
"$WALKIT" feed --catalog="$scratch/crashed" --database=postgres "$scratch/data/pg_wal" >"$scratch/events" 2>"$scratch/errors"
[[ $(wc -l <"$scratch/errors") == 1 ]] || fail "$(cat "$scratch/errors")"
grep -q 'full_page_writes was off at' "$scratch/errors" || fail "$(cat "$scratch/errors")"
judge "$scratch/events" "$scratch/crashed_log" some

echo "off and on and off while the server runs, from a directory that was stopped"
cp -a "$scratch/data" "$scratch/base"
server_start "${settings[@]}"
sql -c "TRUNCATE audit_log"
change third 2 9 5003
switch on
sleep 0.3
change fourth 0 10 5004
sql -c "CHECKPOINT"
change fifth 1 11 5005
switch off
sleep 0.3
change sixth 2 12 5006
sql -c "CHECKPOINT"
change seventh 0 13 5007
sql -c "SELECT to_jsonb(audit_log) FROM audit_log ORDER BY seq" >"$scratch/log"
server_stop
"$WALKIT" feed --catalog="$scratch/base" --database=postgres --table=t "$scratch/data/pg_wal" >"$scratch/events" 2>"$scratch/errors"
[[ $(wc -l <"$scratch/errors") == 1 ]] || fail "$(cat "$scratch/errors")"
judge "$scratch/events" "$scratch/log" none
