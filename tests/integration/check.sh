#!/usr/bin/env bash
# walkit check on real servers: what works is proved, and what does not is named: settings, rights, the wrong archive, an
# archive_command that fails, hangs or goes elsewhere, a standby, a server that is not there or does not answer.
#
#   WALKIT_TEST_PG=13,14,16,17,18   with these majors instead of 15 (see lib.sh)
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
on_each_major "$0"
unset "${!WALKIT_@}" PGHOST PGPORT PGUSER PGDATABASE PGSERVICE PGPASSFILE
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # servers kill what they start
chmod 755 "$scratch"
program=$scratch/bin/walkit
mkdir -m 755 "$scratch/bin"
install -m 755 "$WALKIT" "$program"
archive=$scratch/archive spool=$scratch/spool
as_server_user mkdir -m 750 "$archive"
as_server_user mkdir -m 700 "$spool"

# check [VARIABLE=VALUE]... [OPTION]...: as the server's user; output in $scratch/out, exit status in $status
check() {
  local variables=()
  while [[ ${1:-} == [A-Z]*=* ]]; do variables+=("$1") && shift; done
  status=0
  as_server_user env HOME="$scratch" PGHOST="$scratch" PGUSER=walkit PGDATABASE=postgres "${variables[@]}" \
    "$program" check --config="$scratch/walkit.conf" "$@" >"$scratch/out" 2>&1 </dev/null || status=$?
}

# expect STATUS LINE... -- [ARGUMENT OF check]...: patterns, each of which a line must match; the hint of a step is what
# follows it
expect() {
  local wanted=$1 line
  local lines=()
  shift
  while [[ $1 != -- ]]; do lines+=("$1") && shift; done
  shift
  check "$@"
  for line in "${lines[@]}"; do
    grep -qE -- "$line" "$scratch/out" || {
      cat "$scratch/out"
      fail "no line \"$line\": check $*"
    }
  done
  [[ $status == "$wanted" ]] || {
    cat "$scratch/out"
    fail "exit status $status instead of $wanted: check $*"
  }
}

never_says() {
  if grep -qF -- "$1" "$scratch/out"; then
    cat "$scratch/out"
    fail "says \"$1\""
  fi
}

configure() { # SETTING=VALUE...: without a restart
  local setting
  for setting in "$@"; do sql -c "ALTER SYSTEM SET ${setting%%=*} = '${setting#*=}'"; done
  sql -c "SELECT pg_reload_conf()" >/dev/null
  sleep 0.3
}

restart() {
  server_stop
  server_start "$@"
}

scratch_is_clean() {
  [[ -z $(find "$scratch/tmp" -mindepth 1) ]] || fail "left in the temporary directory: $(ls "$scratch/tmp")"
}

# --- the module is not there, and the server is not ----------------------------------------------------------------

as_server_user "$program" init --repo="$archive" --spool="$spool" --config="$scratch/walkit.conf" >"$scratch/init"
expect 3 "^walkit: error: there is neither \"$scratch/bin/walkit-pg.so\" nor \"$scratch/lib/walkit/walkit-pg.so\"" \
  '^walkit: hint: ' --
echo 'no library' >"$scratch/bin/walkit-pg.so"
expect 3 "^walkit: error: could not load \"$scratch/bin/walkit-pg.so\"" '^walkit: hint: .*libpq5' --
rm "$scratch/bin/walkit-pg.so"
mkdir -p "$scratch/lib/walkit"
install -m 755 "$(dirname "$(realpath "$WALKIT")")/walkit-pg.so" "$scratch/lib/walkit"

expect 3 '^connection +failed: .*No such file or directory' --
expect 3 '^connection +failed: ' -- -d "host=$scratch/nowhere"
expect 2 'error: the connection string holds a secret: password$' 'hint: .*pgpass' -- -d 'host=/x password=hunter2'
never_says hunter2
expect 2 'holds a secret' -- --connection=postgresql://u:hunter2@h/db
never_says hunter2
expect 2 'the connection string is not valid' -- -d 'host=/x password=my hunter2'
never_says hunter2
expect 2 'holds a secret' -- WALKIT_CONNECTION='password=hunter2'
never_says hunter2
expect 2 'too many command-line arguments' -- sales
expect 2 'invalid value "soon" for option --timeout' -- --timeout=soon

# one that takes connections and says nothing
python3 -c '
import socket, sys, time
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
time.sleep(60)' "$scratch/.s.PGSQL.7777" &
silent=$!
while [[ ! -S $scratch/.s.PGSQL.7777 ]]; do sleep 0.05; done
chmod 777 "$scratch/.s.PGSQL.7777"
SECONDS=0
expect 3 '^connection +failed: no connection came about in time' -- --timeout=1s -d port=7777
((SECONDS < 10)) || fail "a silent server was waited for $SECONDS seconds"
kill "$silent"

# --- settings, one after the other ---------------------------------------------------------------------------------

server_init --wal-segsize=1
as_server_user mkdir -m 700 "$scratch/tmp"
server_start wal_level=minimal max_wal_senders=0 full_page_writes=off
expect 1 '^connection +ok: PostgreSQL .*, a primary$' '^rights +ok: ' '^wal_level +failed: minimal' \
  'hint: .* restart the server: wal_level = replica$' '^archive_mode +failed: off' 'hint: .*: archive_mode = on$' \
  '^archive_command +not checked: ' "hint: .*: archive_command = 'walkit push --config=$scratch/walkit.conf %p'\$" \
  '^archive_timeout +warning: 0' '^full_page_writes +warning: off' '^repository +ok: .*, still empty$' \
  "^spool +ok: \"$spool\"\$" '^archiving +not checked: ' --
segment=$(sql -c 'SELECT pg_walfile_name(pg_current_wal_lsn())')

restart archive_mode=on archive_timeout=300
expect 1 '^wal_level +ok: ' '^archive_mode +ok: on' '^archive_command +failed: not set' \
  "hint: .*: archive_command = 'walkit push --config=$scratch/walkit.conf --repo=$archive --cluster=sales %p'\$" \
  '^archive_timeout +ok: 300 s' '^full_page_writes +ok' '^repository +warning: .*the first push makes it' \
  '^archiving +not checked: ' -- --repo="$archive" --cluster=sales
[[ $segment == $(sql -c 'SELECT pg_walfile_name(pg_current_wal_lsn())') ]] || fail "switched although it cannot work"

# --- it works ------------------------------------------------------------------------------------------------------

works=('^archive_command +ok: walkit push with cluster "main"' '^archiving +ok: segment "[0-9A-F]{24}" with a restore point at [0-9A-F]+/[0-9A-F]+ arrived [0-9.]+ s after the switch$'
  '^restoring +ok: segment "[0-9A-F]{24}" was restored')
configure "archive_command=$program push --config=$scratch/walkit.conf %p"
expect 0 "${works[@]}" -- TMPDIR="$scratch/tmp"
scratch_is_clean
file=$(sed -nE 's/^archiving .*segment "([0-9A-F]+)".*/\1/p' "$scratch/out")
as_server_user "$program" get --config="$scratch/walkit.conf" "$file" "$scratch/tmp/$file"
grep -qF 'walkit check' "$scratch/tmp/$file" || fail "segment $file does not hold the restore point"
rm "$scratch/tmp/$file"
expect 0 '^repository +ok: .* is of this server: system identifier [0-9]+' "${works[@]}" --

# libpq's own variables, and a connection string over them
expect 0 "${works[@]}" -- PGHOST=/nowhere -d "host=$scratch"
expect 0 "${works[@]}" -- PGHOST=/nowhere "WALKIT_CONNECTION=postgresql:///postgres?host=$scratch"

check --json
[[ $status == 0 ]] || fail "check --json"
jq -e '.passed and (.segment | test("^[0-9A-F]{24}$")) and
  (.restore_point | test("^[0-9A-F]+/[0-9A-F]+$")) and .archived_ms >= 0 and .restored_ms >= 0 and
  ([.steps[].step] | contains(["connection", "rights", "archive_mode", "repository", "archiving", "restoring"])) and
  all(.steps[]; .result == "ok")' "$scratch/out" >/dev/null || fail "JSON: $(cat "$scratch/out")"

# A record that ends where its segment does is in that segment, which the position that the server returns is not.
position() { sql -c "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"; }
emit() { sql -c "SELECT pg_logical_emit_message(false, 'fill', repeat('x', $1))" >/dev/null; }
for ((attempt = 1; ; attempt++)); do # something else may be written at any time
  ((attempt <= 5)) || fail "no restore point ended with its segment"
  before=$(position)
  emit 1000
  overhead=$(($(position) - before - 1000)) restore_point=104
  end=$(((before / 1048576 + 1) * 1048576))
  room=$((end - $(position)))
  emit $(((room - 7000 - room / 8192 * 24) & ~7)) # into the last page
  emit $((end - restore_point - overhead - $(position)))
  expect 0 "${works[@]}" --
  if grep -qE '^archiving .* at [0-9A-F]+/[0-9A-F]*00000 arrived' "$scratch/out"; then break; fi
done

# --- who may not -----------------------------------------------------------------------------------------------------

sql -c 'CREATE ROLE "Bob B" LOGIN' -c 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public'
bob=(PGUSER='Bob B')
functions=('pg_control_system()' 'pg_create_restore_point(text)' 'pg_switch_wal()')
for function in "${functions[@]}"; do
  expect 1 '^rights +failed: "Bob B" may not execute' "hint: GRANT EXECUTE ON FUNCTION ${function//[()]/.} TO \"Bob B\";\$" \
    '^archiving +not checked' -- "${bob[@]}"
  sql -c "GRANT EXECUTE ON FUNCTION $function TO \"Bob B\""
done
expect 0 '^rights +warning: .* may not see data_directory' 'hint: GRANT pg_read_all_settings TO "Bob B";$' \
  '^spool +not checked' '^archiving +ok' -- "${bob[@]}"
sql -c 'GRANT pg_read_all_settings TO "Bob B"'
expect 0 '^rights +ok: "Bob B"' '^spool +ok' "${works[@]}" -- "${bob[@]}"
for function in "${functions[@]}"; do
  sql -c "REVOKE EXECUTE ON FUNCTION $function FROM \"Bob B\""
  expect 1 "^rights +failed: \"Bob B\" may not execute ${function//[()]/.}" \
    "hint: GRANT EXECUTE ON FUNCTION ${function//[()]/.} TO" -- "${bob[@]}"
  [[ $(grep -c '^rights' "$scratch/out") == 1 ]] || fail "more than $function is named"
  sql -c "GRANT EXECUTE ON FUNCTION $function TO \"Bob B\""
done

# a function of the same name in somebody's schema is not called
sql -c "CREATE FUNCTION public.pg_switch_wal() RETURNS text LANGUAGE sql AS 'SELECT 1/0'" \
  -c "ALTER ROLE \"Bob B\" SET search_path = public, pg_catalog"
expect 0 "${works[@]}" -- "${bob[@]}"

if [[ $EUID == 0 ]]; then # another user of the machine reads nothing, and the spool is not looked at
  status=0
  install -m 644 "$scratch/walkit.conf" "$scratch/root.conf" # root's configuration is everybody's
  setpriv --reuid=65534 --regid=65534 --clear-groups -- env PGHOST="$scratch" PGUSER=walkit PGDATABASE=postgres \
    "$program" check --config="$scratch/root.conf" >"$scratch/out" 2>&1 || status=$?
  grep -qE '^repository +failed: .*Permission denied' "$scratch/out" || fail "reads a foreign archive: $(cat "$scratch/out")"
  grep -qE 'hint: Run this as the user that the server runs as' "$scratch/out" || fail "no hint: $(cat "$scratch/out")"
  grep -qE '^spool +not checked' "$scratch/out" || fail "pretends to have looked at the spool"
  [[ $status == 1 ]] || fail "exit status $status"
fi

# --- an archive_command that does not do it ------------------------------------------------------------------------

configure 'archive_command=echo no such disk >&2; false'
SECONDS=0
expect 1 '^archive_command +warning: does not call walkit push' \
  '^archiving +failed: the server could not archive segment "[0-9A-F]{24}"$' "hint: The server's log" --
((SECONDS < 15)) || fail "a failing archive_command took $SECONDS seconds to see"
configure 'archive_command=true secret-of-another'
expect 1 '^archiving +failed: the server has archived segment .*, but not into this repository' --
never_says secret-of-another
configure "archive_command=while [ ! -e $scratch/go ]; do sleep 0.1; done; false"
SECONDS=0
expect 1 '^archiving +failed: segment .* did not arrive in time, the server archived ' -- --timeout=2s
((SECONDS >= 2 && SECONDS < 10)) || fail "the timeout of 2 seconds took $SECONDS"
touch "$scratch/go"

configure "archive_command=$program push --config=$scratch/walkit.conf --cluster=other %p"
expect 1 '^archive_command +warning: walkit push with cluster "other" of .*, but this check is of "main"' \
  '^archiving +failed: the server has archived segment' --
configure "archive_command=$program push --config=$scratch/walkit.conf --frob %p"
expect 1 '^archive_command +warning: walkit push: unrecognized option "--frob"' '^archiving +failed' --
configure "archive_command=$program push --config=$scratch/walkit.conf %p"

# --- the archive of another server ---------------------------------------------------------------------------------

server_stop
mv "$scratch/data" "$scratch/first"
server_init --wal-segsize=1
server_start archive_mode=on
configure "archive_command=$program push --config=$scratch/walkit.conf %p"
expect 1 '^repository +failed: the server has system identifier [0-9]+, the repository .* holds system identifier [0-9]+' \
  'hint: Check --repo and --cluster' '^archiving +not checked' --
expect 1 '^repository +failed: the server has system identifier [0-9]+, --system-identifier says 5' -- \
  --system-identifier=5
mv "$archive" "$archive.unmounted"
expect 1 '^repository +failed: .*archive' '^archiving +not checked' --
mv "$archive.unmounted" "$archive"
server_stop
rm -r "$scratch/data"
mv "$scratch/first" "$scratch/data"

# --- a standby -----------------------------------------------------------------------------------------------------

server_start archive_mode=on
expect 0 "${works[@]}" --
server_stop
as_server_user touch "$scratch/data/standby.signal"
server_start archive_mode=on
expect 0 '^connection +ok: .*, a standby$' '^rights +ok' '^archive_mode +ok: on: this standby archives once' \
  '^restore_command +warning: not set' "hint: .*: restore_command = 'walkit get --config=$scratch/walkit.conf %f %p'\$" \
  '^restoring +ok: segment "[0-9A-F]{24}" was restored' -- TMPDIR="$scratch/tmp"
never_says archiving
scratch_is_clean
check --json
jq -e '.passed and (.segment | test("^[0-9A-F]{24}$")) and .restore_point == null and .archived_ms == null and
  .restored_ms >= 0' "$scratch/out" >/dev/null || fail "JSON: $(cat "$scratch/out")"
newest=$(find "$archive/main" -name "$(jq -r .segment "$scratch/out")*")
server_stop
echo "restore_command = '$program get --config=$scratch/walkit.conf %f %p'" >>"$scratch/data/postgresql.conf"
server_start archive_mode=always
expect 0 '^archive_mode +ok: always' '^restore_command +ok: walkit get with cluster "main"' '^restoring +ok' --
printf 'X' | dd of="$newest" bs=1 seek=100 conv=notrunc status=none
expect 1 '^restoring +failed: .*'"${newest##*/}" --
server_stop
echo "check: all right"
