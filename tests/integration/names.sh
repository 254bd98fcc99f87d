#!/usr/bin/env bash
# dump and stats with --catalog: the name of each file in the WAL of a workload is what the server said at that time.
#
#   WALKIT_TEST_PG=13,14,16,17,18   with these majors instead of 15 (see lib.sh)
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
on_each_major "$0"

here=$(dirname "$0")
major=$(server_program postgres --version | sed -E 's/.* ([0-9]+)[.a-z].*/\1/')
settings=(wal_keep_size=8GB max_wal_size=8GB checkpoint_timeout=1h autovacuum=off max_prepared_transactions=5)
cp "$here/names_ask.sql" "$here/names_workload.sql" "$here/names_later.sql" "$scratch"
chmod a+r "$scratch"/*.sql

# run DATABASE FILE: what the server says of its relations meanwhile is added to $scratch/told
run() {
  sql --dbname="$1" --set=tablespace="$scratch/space" --set=major="$major" --file="$2" >>"$scratch/told"
}
ask() { run "$1" "$scratch/names_ask.sql"; }
dump() { "$WALKIT" dump --catalog="$scratch/base" --path="$wal_dir" "$@" 2>"$scratch/err"; }
stats() { "$WALKIT" stats --catalog="$scratch/base" "$@" "$wal_dir" 2>"$scratch/err"; }

server_init
as_server_user mkdir "$scratch/space"
server_start "${settings[@]}"
sql -c "CREATE DATABASE shop"
sql --dbname=shop -c "CREATE SCHEMA old; CREATE TABLE old.moved (i int); CREATE TABLE public.before (t text PRIMARY KEY)"
server_stop
cp -a "$scratch/data" "$scratch/base"
server_start "${settings[@]}"
start=$(sql -c "SELECT pg_current_wal_lsn()")
ask postgres
ask shop
run shop "$scratch/names_workload.sql"
ask postgres
sql -c "CREATE DATABASE copy TEMPLATE shop"
ask copy
sql --dbname=copy -c "INSERT INTO kept.item SELECT i, 'z' FROM generate_series(70001, 70010) i"
if ((major >= 15)); then
  sql -c "CREATE DATABASE copy2 TEMPLATE shop STRATEGY file_copy"
  ask copy2
  sql --dbname=copy2 -c "INSERT INTO kept.item SELECT i, 'x' FROM generate_series(70001, 70010) i"
  ask copy2
fi
sql --dbname=copy -c "VACUUM FULL pg_class" -c "VACUUM FULL pg_attribute" -c "VACUUM FULL pg_database" \
  -c "REINDEX TABLE pg_class"
ask copy
run copy "$scratch/names_later.sql"
sql -c "ALTER DATABASE copy RENAME TO \"Copy 3\""
ask "Copy 3"
sql --dbname="Copy 3" -c "INSERT INTO kept.item SELECT i, 'y' FROM generate_series(100001, 100010) i"
ask "Copy 3"

# Others write to a table while its schema gets another name.
sql --dbname=shop -c "BEGIN" -c "ALTER SCHEMA old RENAME TO new" -c "SELECT pg_sleep(3)" -c "COMMIT" >"$scratch/asleep" &
sleep 1
for _ in 1 2 3; do
  sql --dbname=shop -c "INSERT INTO old.moved SELECT generate_series(1, 10)"
  ask shop
done
wait $!
ask shop
sql --dbname=shop -c "INSERT INTO new.moved SELECT generate_series(1, 10)"
ask shop

# What a server that crashes had not committed was never so.
sql --dbname=shop -c "BEGIN" -c "ALTER TABLE public.before RENAME TO never" -c "SELECT pg_sleep(60)" >"$scratch/asleep" 2>&1 &
sleep 1
sql -c "CREATE TABLE flushed (i int)"
ask postgres
server_stop immediate
wait $! || true
server_start "${settings[@]}"
ask shop
sql --dbname=shop -c "INSERT INTO public.before VALUES ('after the crash')"
sql -c "CHECKPOINT"
ask shop
middle=$(sql -c "SELECT pg_current_wal_lsn()")
run shop "$scratch/names_later.sql"
sql -c "DROP DATABASE \"Copy 3\""
ask shop
end=$(sql -c "SELECT pg_current_wal_flush_lsn()")
last=$(sql -c "SELECT pg_walfile_name('$end')")
server_stop

dump --format=json --start="$start" --end="$end" --jobs=1 >"$scratch/one.json" || fail "dump: $(cat "$scratch/err")"
check "nothing is said" [ ! -s "$scratch/err" ]
stats --json --by=relation,table --top=0 --start="$start" --end="$end" >"$scratch/stats.json" || fail "stats: $(cat "$scratch/err")"
python3 "$here/names_compare.py" "$scratch/told" "$scratch/one.json" "$scratch/stats.json" || fail "names differ"

# As many threads as one likes, and wherever one begins.
for jobs in 2 5; do
  dump --format=json --start="$start" --end="$end" --jobs=$jobs >"$scratch/many"
  check "JSON with $jobs jobs" cmp -s "$scratch/one.json" "$scratch/many"
done
dump --start="$start" --end="$end" --jobs=1 >"$scratch/one.text"
dump --start="$start" --end="$end" --jobs=3 >"$scratch/many"
check "text with 3 jobs" cmp -s "$scratch/one.text" "$scratch/many"
stats --json --by=relation,table --top=0 --start="$start" --end="$end" --jobs=1 >"$scratch/many"
check "stats with one job" cmp -s "$scratch/stats.json" "$scratch/many"
for jobs in 1 3; do
  dump --start="$middle" --end="$end" --jobs=$jobs >"$scratch/tail"
  check "from the middle" [ -s "$scratch/tail" ]
  check "from the middle with $jobs jobs" \
    cmp -s "$scratch/tail" <(tail -n "$(wc -l <"$scratch/tail")" "$scratch/one.text")
done

# But for the names it is pg_waldump's text.
server_program pg_waldump --path="$wal_dir" --start="$start" --end="$end" >"$scratch/plain" 2>/dev/null ||
  "$WALKIT" dump --path="$wal_dir" --start="$start" --end="$end" >"$scratch/plain"
python3 - "$scratch/one.text" "$scratch/plain" <<'PYTHON' || fail "more than names was added"
import re, sys
with open(sys.argv[1]) as named, open(sys.argv[2]) as plain:
    for n, p in zip(named, plain, strict=True):
        if re.sub(r' \((?:(?:[a-z0-9]+|"[^"]*"): )?(?:index |sequence |toast (?:index )?of )?'
                  r'(?:[a-z0-9_]+|"[^"]*")\.(?:[a-z0-9_]+|"[^"]*")(?: of (?:[a-z0-9_]+|"[^"]*")\.(?:[a-z0-9_]+|"[^"]*"))?\)',
                  '', n) != p:
            sys.exit(n + p)
PYTHON

# Filters by name.
count() { dump --start="$start" --end="$end" "$@" | wc -l; }
check "--relation: the table alone" \
  [ "$(count --relation=kept.item)" = "$(grep -c ' rel [0-9/]* ([^)]*: kept\.item)' "$scratch/one.text")" ]
check "--table: its indexes and TOAST, too" \
  [ "$(count --table=kept.item)" = "$(grep -c ' rel [0-9/]* ([^)]* kept\.item)' "$scratch/one.text")" ]
check "--relation with a pattern" [ "$(count --relation='item*pkey')" -gt 0 ]
check "--relation of nothing" [ "$(count --relation=kept.nothing)" = 0 ]
"$WALKIT" dump --path="$wal_dir" --start="$start" --relation=kept.item 2>"$scratch/err" && fail "names without --catalog"
check "a name without --catalog" grep -q 'invalid relation specification: "kept.item"' "$scratch/err"

# Catalogs that are newer, catalogs with a hole behind them, catalogs of another server.
cp -a "$scratch/data" "$scratch/newer"
"$WALKIT" dump --catalog="$scratch/newer" --path="$wal_dir" --start="$start" --end="$end" >"$scratch/many" 2>"$scratch/err" ||
  fail "dump with newer catalogs"
check "newer catalogs: said once" [ "$(grep -c 'warning: names before' "$scratch/err")" = 1 ]
check "newer catalogs: names" grep -q '(shop: public.before)' "$scratch/many"
as_server_user mkdir "$scratch/hole"
cp "$wal_dir/$last" "$scratch/hole"
"$WALKIT" dump --catalog="$scratch/base" "$scratch/hole/$last" >"$scratch/many" 2>"$scratch/err" || true
check "a hole: said once" [ "$(grep -c 'warning: WAL from .* cannot be read' "$scratch/err")" = 1 ]
cp -a "$wal_dir" "$scratch/damaged"
printf '\377\377\377\377' | dd of="$scratch/damaged/$last" bs=1 seek=20000 conv=notrunc status=none
for jobs in 1 4; do
  "$WALKIT" dump --catalog="$scratch/base" --jobs=$jobs --keep-going --end="$end" --start="$start" \
    --path="$scratch/damaged" >"$scratch/many" 2>"$scratch/err" && fail "exit status 0 in spite of damage"
  check "damage: said once" [ "$(grep -c 'warning: WAL from .* cannot be read' "$scratch/err")" = 1 ]
  check "damage: names before it" grep -q ' (shop: new.moved) ' "$scratch/many"
done
rm -rf "$scratch/data"
server_init
"$WALKIT" dump --catalog="$scratch/data" "$scratch/hole/$last" >"$scratch/many" 2>"$scratch/err" && fail "another server's"
check "another server's catalogs" grep -q 'the WAL is not that of the server' "$scratch/err"
"$WALKIT" stats --by=table "$scratch/hole/$last" >"$scratch/many" 2>"$scratch/err" && fail "--by=table without --catalog"
check "--by=table without --catalog" grep -q -- '--by=table requires --catalog' "$scratch/err"
end_checks
