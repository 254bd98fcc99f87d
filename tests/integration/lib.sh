# shellcheck shell=bash disable=SC2034
# For scripts that need a real server: source it, then
#
#   server_init [INITDB OPTION...]     a new cluster in $scratch/data, listening on a Unix socket only
#   server_start [SETTING=VALUE...]    starts it (settings last until the next start)
#   sql [PSQL OPTION...]               psql as the superuser; stops at the first error
#   server_stop [MODE]                 fast, smart or immediate
#   server_program NAME [ARG...]       pgbench, pg_waldump, pg_basebackup ... of the same installation
#
# $scratch is an empty directory of this run; $wal_dir is the cluster's pg_wal. On exit, however it comes, the
# server is stopped and $scratch removed. PG_BIN chooses another installation than Debian's PostgreSQL 15.
# PostgreSQL refuses to run as root: there, everything of the server runs as the user postgres (or nobody).
set -euo pipefail

PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}
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
  local program=$1
  shift
  as_server_user env HOME="$scratch" PGHOST="$scratch" PGUSER=walkit PGDATABASE=postgres "$PG_BIN/$program" "$@"
}

server_init() {
  [[ -x $PG_BIN/initdb ]] || skip "no PostgreSQL server in $PG_BIN"
  server_program initdb --pgdata="$scratch/data" --username=walkit --auth=trust --no-sync --no-instructions \
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

clean_up() {
  if [[ -f $scratch/data/postmaster.pid ]]; then server_stop immediate || true; fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
