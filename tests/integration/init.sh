#!/usr/bin/env bash
# walkit init: a configuration that works as it is written, the lines for postgresql.conf, an archive, and nothing
# that exists overwritten.
set -euo pipefail
script=$(realpath "$0")
WALKIT=$(realpath "${WALKIT:-$(dirname "$0")/../../build/dev/walkit}")
unset "${!WALKIT_@}" PGDATA

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/walkit.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# expect STATUS TEXT ARGUMENT...: exit status of init, and what its output must contain.
expect() {
  local wanted=$1 text=$2 status=0
  shift 2
  "$WALKIT" init "$@" >out 2>&1 || status=$?
  [[ $status == "$wanted" ]] || {
    cat out
    fail "exit status $status instead of $wanted: init $*"
  }
  grep -qF -- "$text" out || {
    cat out
    fail "does not say \"$text\": init $*"
  }
}

mkdir repo
expect 0 "archive_command = 'walkit push --config=$scratch/etc/walkit.conf %p'" \
  --config=etc/walkit.conf --repo="$scratch/repo" --cluster=sales --codec=lz4
grep -qF "restore_command = 'walkit get --config=$scratch/etc/walkit.conf %f %p'" out || fail "no restore_command"
[[ -f repo/sales/walkit.json ]] || fail "no archive was made"
grep -qxF "repo = $scratch/repo" etc/walkit.conf || fail "the repository is not in the configuration"
grep -qxF "codec = lz4" etc/walkit.conf || fail "the codec is not in the configuration"
grep -qxF "#timeout = 60s" etc/walkit.conf || fail "defaults are not in the configuration"
[[ $(stat -c %a etc/walkit.conf) == 644 ]] || fail "permissions of the configuration"
[[ $(find . -name '.*' ! -name . | wc -l) == 0 ]] || fail "temporary files are left"

# nothing that exists is changed
cp etc/walkit.conf before.conf
cp repo/sales/walkit.json before.json
expect 3 'exists already' --config=etc/walkit.conf --repo="$scratch/repo" --cluster=other
[[ ! -e repo/other ]] || fail "an archive was made although the configuration exists"
expect 0 'found' --config=second.conf --repo="$scratch/repo" --cluster=sales
cmp etc/walkit.conf before.conf
cmp repo/sales/walkit.json before.json
ln -s nowhere dangling.conf
expect 3 'exists already' --config=dangling.conf
[[ ! -e nowhere ]] || fail "a link was followed"

# root prepares an archive for the server's user, who must be able to use it
if [[ $EUID == 0 ]]; then
  install -d -o daemon -g daemon -m 0750 theirs
  expect 0 'made' --config=theirs.conf --repo="$scratch/theirs"
  [[ $(find theirs ! -user daemon -o ! -group daemon) == '' ]] || fail "root kept what it made: $(find theirs -ls)"
fi

# after pg_upgrade: pg_control of real servers; only --upgrade lets the new one in beside the old one
fixtures=$(dirname "$script")/../../fixtures/pg_control
for major in 13 14 18; do
  mkdir -p "pg$major/global"
  cp "$fixtures/pg$major" "pg$major/global/pg_control"
done
expect 0 'PostgreSQL 13 with system identifier' --config=old.conf --repo="$scratch/repo" --cluster=up pg13
for major in 14 18; do
  expect 3 'after pg_upgrade, "walkit init --upgrade"' --config=new.conf --repo="$scratch/repo" --cluster=up pg$major
  expect 0 "PostgreSQL $major with system identifier" --upgrade --repo="$scratch/repo" --cluster=up pg$major
  expect 0 'found' --upgrade --repo="$scratch/repo" --cluster=up pg$major
done
[[ ! -e new.conf ]] || fail "a configuration was written for a server that was refused, or with --upgrade"
[[ $(cat repo/up/*/cluster.json | grep -o '"major":[0-9]*' | sort | tr '\n' ' ') == \
  '"major":13 "major":14 "major":18 ' ]] || fail "three servers do not share the cluster"

# root's umask is not the server's
(umask 0777; expect 0 'made' --config="$scratch/strict/walkit.conf" --repo="$scratch/repo" --cluster=strict 2>&1) ||
  fail "an umask that forbids everything"
[[ $(stat -c %a strict strict/walkit.conf repo/strict repo/strict/walkit.json | tr '\n' ' ') == '755 644 750 640 ' ]] ||
  fail "permissions depend on the umask"

# a configuration alone
expect 0 'archive_mode = on' --config=alone.conf
grep -qxF "#repo = PATH" alone.conf || fail "no place for the repository"

# refused, and nothing left behind
expect 3 'does not exist' --config=third.conf --repo="$scratch/unmounted"
expect 2 'expected an absolute path' --config=third.conf --repo=repo
expect 2 'expected none, lz4 or zstd' --config=third.conf --codec=gzip
expect 2 'unrecognized option' --config=third.conf --frob
expect 3 'No such file or directory' --config="$scratch/no/such/third.conf"
expect 2 'no repository specified' --upgrade
expect 3 'no data directory specified' --upgrade --config=etc/walkit.conf
expect 3 'global/pg_control' --upgrade --config=etc/walkit.conf "$scratch"
[[ ! -e third.conf && ! -e unmounted ]] || fail "something was made before it was refused"
