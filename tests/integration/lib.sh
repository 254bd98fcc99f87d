# shellcheck shell=bash disable=SC2034
# For scripts that need a real server: source it, then
#
#   server_init [INITDB OPTION...]     a new cluster in $scratch/data, listening on a Unix socket only
#   server_start [SETTING=VALUE...]    starts it (settings last until the next start)
#   sql [PSQL OPTION...]               psql as the superuser; stops at the first error
#   server_stop [MODE]                 fast, smart or immediate
#   server_program NAME [ARG...]       pgbench, pg_waldump, pg_basebackup ... of the same installation; of the usual
#                                      one if it has servers only
#   check WHAT TEST...                 counts, and reports a test that fails; end_checks at the end exits 1 if any did
#   on_each_major SCRIPT               where WALKIT_TEST_PG=13,14 asks for other majors: SCRIPT with each, then the end
#
# $scratch is an empty directory of this run; $wal_dir is the cluster's pg_wal. On exit, however it comes, the
# server is stopped and $scratch removed. PG_BIN chooses another installation than Debian's PostgreSQL 15.
# PostgreSQL refuses to run as root: there, everything of the server runs as the user postgres (or nobody).
set -euo pipefail

usual_pg_bin=/usr/lib/postgresql/15/bin
PG_BIN=${PG_BIN:-$usual_pg_bin}
WALKIT=${WALKIT:-$(dirname "${BASH_SOURCE[0]}")/../../build/dev/walkit}
export LC_ALL=C.UTF-8 TZ=UTC

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

skip() {
  echo "skipped: $*"
  exit 77
}

# Whether AddressSanitizer watches walkit, which takes several times as long then.
sanitized() {
  grep -q __asan_init "$WALKIT"
}

# Counts a test that must succeed, and goes on if it does not; then it shows the file err here.
checked=0 failed=0
check() { # WHAT TEST...
  local what=$1
  shift
  checked=$((checked + 1))
  "$@" && return
  failed=$((failed + 1))
  echo "FAILED: $what"
  if [[ -s err ]]; then sed 's/^/    /' err; fi
}
end_checks() {
  echo "$checked checks, $failed failed"
  ((checked > 0 && failed == 0)) || exit 1
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/walkit.XXXXXX")
wal_dir=$scratch/data/pg_wal
server_user=$(id -un)
if [[ $EUID == 0 ]]; then
  server_user=nobody
  if id -u postgres >/dev/null 2>&1; then server_user=postgres; fi
  chown "$server_user" "$scratch"
fi

# Runs a command as the user who owns the server, in $scratch.
as_server_user() {
  if [[ $EUID == 0 ]]; then
    (cd "$scratch" && setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups -- "$@")
  else
    (cd "$scratch" && "$@")
  fi
}

server_program() {
  local program=$1 bin=$PG_BIN libraries=()
  shift
  if [[ ! -x $bin/$program ]]; then bin=$usual_pg_bin; fi
  # A server that was unpacked somewhere has its libraries beside it.
  if [[ $bin != /usr/* ]]; then libraries=("LD_LIBRARY_PATH=$bin/../lib"); fi
  as_server_user env HOME="$scratch" PGHOST="$scratch" PGUSER=walkit PGDATABASE=postgres "${libraries[@]}" \
    "$bin/$program" "$@"
}

# WALKIT_TEST_PG_BIN says where the programs of a major are, with %s in its place.
on_each_major() {
  local majors=${WALKIT_TEST_PG:-} pattern=${WALKIT_TEST_PG_BIN:-/usr/lib/postgresql/%s/bin} major
  [[ -n $majors ]] || return 0
  for major in ${majors//,/ }; do
    echo "PostgreSQL $major"
    WALKIT_TEST_PG='' PG_BIN=${pattern//%s/$major} bash "$1" || fail "PostgreSQL $major"
  done
  exit 0
}

server_init() {
  [[ -x $PG_BIN/initdb ]] || skip "no PostgreSQL server in $PG_BIN"
  server_program initdb --pgdata="$scratch/data" --username=walkit --auth=trust --no-sync \
    --locale=C.UTF-8 "$@" >"$scratch/initdb.log" 2>&1 || {
    cat "$scratch/initdb.log"
    fail "initdb"
  }
}

server_start() {
  local settings="-c listen_addresses= -c unix_socket_directories=$scratch -c fsync=off" setting
  for setting in "$@"; do settings+=" -c $setting"; done
  server_program pg_ctl start --pgdata="$scratch/data" --wait --silent --log="$scratch/server.log" \
    --options="$settings" >"$scratch/pg_ctl.log" 2>&1 </dev/null || {
    cat "$scratch/pg_ctl.log" "$scratch/server.log"
    fail "the server does not start"
  }
}

server_stop() {
  server_program pg_ctl stop --pgdata="$scratch/data" --wait --silent --mode="${1:-fast}"
}

sql() {
  server_program psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}

# make_tablespace NAME: in a directory of that name beside the server's.
make_tablespace() {
  as_server_user mkdir "$scratch/$1"
  sql -c "CREATE TABLESPACE $1 LOCATION '$scratch/$1'"
}

clean_up() {
  if [[ -f $scratch/data/postmaster.pid ]]; then server_stop immediate || true; fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
