#!/usr/bin/env bash
# `walkit get` as a server calls it: every exit status, what is left behind after each, and prefetching, whose process
# is killed, disturbed and starved of its spool.
#
#   WALKIT=build/release/walkit tests/integration/get.sh
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
walkit=$(realpath "$WALKIT")
set +e
cd "$scratch" || exit 1

# --- WAL of a real server, its last segments kept back -------------------------------------------------------------

server_init --wal-segsize=1
server_start wal_keep_size=64MB
for i in {1..24}; do
  echo "SELECT pg_logical_emit_message(false, 'test', repeat('$i ', 100000)); SELECT pg_switch_wal();"
done | sql >/dev/null
current=$(sql -c 'SELECT pg_walfile_name(pg_current_wal_lsn())')
server_stop
data=$scratch/data
chmod 755 "$scratch" # the spool's user is whoever runs the test
mapfile -t segments < <(cd "$wal_dir" && ls | grep -E '^[0-9A-F]{24}$' | awk -v current="$current" '$0 < current' | tail -21 | head -20)
repo=$scratch/repo spool=$scratch/spool
mkdir -m 700 "$repo" "$spool"
export WALKIT_REPO=$repo WALKIT_SPOOL=$spool WALKIT_TIMEOUT=60s WALKIT_PREFETCH=0
"$walkit" init --repo="$repo" --config="$scratch/walkit.conf" >/dev/null 2>&1
push() { "$walkit" push --timeout=60s "$wal_dir/$1" 2>>push.log || fail "push $1: $(tail -1 push.log)"; }
for segment in "${segments[@]}"; do push "$segment"; done
last=${segments[-1]}
beyond=$(printf '%s%08X' "${last:0:16}" $((16#${last:16} + 1)))
echo $'1\t0/100000\tno recovery target specified' >"$wal_dir/00000002.history"
push 00000002.history

# --- exit statuses -------------------------------------------------------------------------------------------------

target=pg_wal/RECOVERYXLOG

# get ARG...: in the data directory, as a server does
get() { (cd "$data" && exec "$walkit" get "$@") >out 2>err; }

# expect STATUS MESSAGE ARG...: the message is a pattern of a line; a target is left only by success. What fails may try
# again until its deadline, so that is short; what succeeds may take as long as a busy machine needs.
expect() {
  local status=$1 message=$2 timeout=1s found
  shift 2
  if [[ $status == 0 ]]; then timeout=$WALKIT_TIMEOUT; fi
  rm -f "$data/$target"
  WALKIT_TIMEOUT=$timeout get "$@"
  found=$?
  check "get $*: exit $found, not $status: $(cat err)" [ "$found" -eq "$status" ]
  if [[ -n $message ]]; then check "get $*: says $(cat err)" grep -qE -- "$message" err; fi
  if [[ $status == 0 && $# == 2 ]]; then check "get $*: content" cmp -s "$wal_dir/$1" "$data/$target"; fi
  if [[ $status != 0 ]]; then check "get $*: leaves a target" [ ! -e "$data/$target" ]; fi
  check "get $*: leaves a temporary file" [ ! -e "$data/$target.walkit-tmp" ]
}
quiet() { check "says $(cat err)" [ ! -s err ]; }

expect 0 '' "${segments[0]}" $target && quiet
expect 0 '' "${segments[-1]}" "$target" && quiet
expect 0 '' 00000002.history "$target" && quiet
expect 1 '' "$beyond" $target && quiet
expect 1 '' 00000003.history $target && quiet
expect 1 '' 00000007000000000000000A $target && quiet
expect 1 '' "$last.00000028.backup" $target && quiet

expect 255 'expected the name' "$last"
expect 255 'expected the name' "$last" $target more
expect 255 'unrecognized option' --frob "$last" $target
expect 255 'invalid value' --timeout=soon "$last" $target
expect 255 'could not' --config=/nowhere/walkit.conf "$last" $target
expect 255 'is no name of a file of WAL' ../../etc/passwd $target
expect 255 'is no name of a file of WAL' "${last,,}x" $target
expect 255 'is no name of a file of WAL' backup_label $target
WALKIT_REPO='' expect 255 'no repository' "$last" $target
expect 255 'cluster' --cluster=../main "$last" $target
expect 255 'there is no repository for cluster "other"' --cluster=other "$last" $target
expect 255 'No such file' "$last" nowhere/RECOVERYXLOG
get --help
check "get --help" [ $? -eq 0 ]
(cd "$data" && ulimit -f 100 && trap '' XFSZ && exec "$walkit" get "$last" $target) 2>err
check "a full disk: exit $?" [ $? -eq 255 ]
check "a full disk: leaves nothing" [ -z "$(find "$data/pg_wal" -name 'RECOVERYXLOG*')" ]
(ulimit -v 30000 && cd "$data" && exec "$walkit" get "$last" $target) 2>err
check "out of memory looks like absence" [ $? -ne 1 ]
rm -f "$data/$target"

# an unmounted disk
mv repo away
expect 255 'repo' "$last" $target
expect 255 'repo' 00000003.history $target
mkdir repo
expect 255 'there is no repository' "$last" $target
expect 255 'there is no repository' "$beyond" $target
mkdir repo/main
expect 255 'there is no repository' "$beyond" $target
rm -rf repo

# another disk, another server
cp -r away repo
sed -i -E 's/("id": *")[0-9a-f]{4}/\1dead/' repo/main/walkit.json
expect 255 'the one used before has' "$last" $target
expect 255 'the one used before has' "$beyond" $target
rm -rf "${spool:?}"/*
expect 0 '' "$last" $target
rm -rf repo
mv away repo
expect 255 'the one used before has' "$last" $target
rm -rf "${spool:?}"/*
echo '{"format":99,"id":"x"}' >walkit.json.new
cp repo/main/walkit.json walkit.json.good
cp walkit.json.new repo/main/walkit.json
expect 255 'format 99' "$beyond" $target
cp walkit.json.good repo/main/walkit.json
identifier=$(ls -d repo/main/*/ | xargs -n1 basename | grep -E '^[0-9]+$')
mv "repo/main/$identifier" repo/main/1234
expect 255 'system identifier' "$last" $target
expect 255 'system identifier' "$beyond" $target
mv repo/main/1234 "repo/main/$identifier"
expect 255 'system-identifier says' --system-identifier=1234 "$last" $target

# without a data directory: the only server there is, or the one that is named
(cd "$scratch" && "$walkit" get "$last" "$scratch/out.wal") 2>err
check "without a data directory: exit $?" [ $? -eq 0 ]
check "without a data directory: content" cmp -s out.wal "$wal_dir/$last"
"$walkit" get --system-identifier=99 "$last" "$scratch/out.wal" 2>err
check "a server that is not there: exit $?" [ $? -eq 255 ]

# damage
object=$(find repo -name "${segments[3]}*" | head -1)
cp "$object" object.good
chmod u+w "$object"
printf 'x' | dd of="$object" bs=1 seek=1000 conv=notrunc status=none
expect 255 'damaged' "${segments[3]}" $target
truncate -s 5000 "$object"
expect 255 'damaged' "${segments[3]}" $target
: >"$object"
expect 255 'damaged' "${segments[3]}" $target
cp object.good "$object"
expect 0 '' "${segments[3]}" $target

# a hole
hole=${segments[5]}
object=$(find repo -name "$hole*" | head -1)
mv "$object" object.hole
expect 255 "\"$hole\" is missing .*\"${segments[6]}\"" "$hole" $target
expect 1 "\"$hole\" is missing" --allow-gap "$hole" $target
(sleep 0.5 && cp object.hole "$object.new" && mv "$object.new" "$object") &
expect 0 '' "$hole" $target --timeout=20s
wait

# a standby asks again
touch "$data/standby.signal"
mv repo away
expect 1 'archive unreachable, do not promote' "$last" $target
expect 1 'archive unreachable, do not promote' --frob "$last" $target
expect 255 '' --standby-on-error=stop "$last" $target
touch "$data/recovery.signal"
expect 255 '' "$last" $target
rm "$data/standby.signal" "$data/recovery.signal"
mv away repo

# a partial segment
cp "$wal_dir/$beyond" "$wal_dir/$beyond.partial"
push "$beyond.partial"
expect 1 '' "$beyond" $target
expect 0 '' "$beyond.partial" $target
expect 0 'in place of' --partial "$beyond" $target

# SIGTERM is the server's own way to stop
mv repo away
(cd "$data" && exec "$walkit" get --timeout=60s "$last" $target) 2>err &
sleep 0.3
kill -TERM $!
wait $!
check "SIGTERM: status $?" [ $? -eq 143 ]
mv away repo
(cd "$data" && exec "$walkit" get --timeout=60s 00000009.history $target) 2>&-
check "without standard error: exit $?" [ $? -eq 1 ]

# --- prefetching ---------------------------------------------------------------------------------------------------

fetch_ahead=(--prefetch=4)
cache() { ls "$spool"/*/prefetch 2>/dev/null | grep -cE '^[0-9A-F]{24}$'; }
lock_is_free() { flock --nonblock "$(ls "$spool"/*/prefetch.lock)" true; }
# The processes that hold the lock of this test's spool.
prefetchers() {
  local inode
  inode=$(stat --format=%i "$spool"/*/prefetch.lock 2>/dev/null) || return
  awk -v inode=":$inode" '$2 == "FLOCK" && index($6, inode) {print $5}' /proc/locks
}
settle() {
  for _ in {1..3000}; do
    ls "$spool"/*/prefetch.lock >/dev/null 2>&1 && lock_is_free && return
    sleep 0.01
  done
  check "the prefetcher before line ${BASH_LINENO[0]} ends" false
}
await_cache() { # COUNT: a prefetcher starts when get has returned
  for _ in {1..3000}; do
    [[ $(cache) == "$1" ]] && break
    sleep 0.01
  done
  settle
}
restore_all() { # WHAT [OPTION]...: every segment, in order, as it was archived
  local what=$1 segment wrong=0
  shift
  for segment in "${segments[@]}"; do
    rm -f "$data/$target"
    get "${fetch_ahead[@]}" "$@" "$segment" $target && cmp -s "$wal_dir/$segment" "$data/$target" || wrong=$((wrong + 1))
  done
  check "$what: $wrong wrong" [ "$wrong" -eq 0 ]
}

expect 0 '' "${fetch_ahead[@]}" "${segments[0]}" $target
await_cache 4
check "fetches ahead: $(cache)" [ "$(cache)" -eq 4 ]
mv repo away # what is there is given without a look at the repository
expect 0 '' "${fetch_ahead[@]}" "${segments[1]}" $target
check "from the cache: content" cmp -s "$wal_dir/${segments[1]}" "$data/$target"
mv away repo
restore_all "all in order"
settle
restore_all "all once more"
settle
for segment in $(printf '%s\n' "${segments[@]}" | sort -R --random-source=/dev/zero); do
  rm -f "$data/$target"
  get "${fetch_ahead[@]}" "$segment" $target
  check "in any order: $segment" cmp -s "$wal_dir/$segment" "$data/$target"
done
settle

# what is in the cache is not trusted
rm -rf "$spool"/*/prefetch
get "${fetch_ahead[@]}" "${segments[0]}" $target
await_cache 4
for file in "$spool"/*/prefetch/*; do printf 'x' | dd of="$file" bs=1 seek=99 conv=notrunc status=none; done
restore_all "a spoiled cache"
settle
killed=0
for round in {1..60}; do
  ((killed < 5)) || break
  rm -rf "$spool"/*/prefetch
  get --prefetch=16 "${segments[0]}" $target
  sleep "0.00$((round % 10))"
  for pid in $(prefetchers); do kill -9 "$pid" 2>/dev/null && killed=$((killed + 1)); done
  restore_all "round $round after kill -9"
done
settle
check "no prefetcher was killed" [ "$killed" -gt 0 ]
check "a killed prefetcher's leavings are removed" [ -z "$(find "$spool" -name '*.part')" ]

# the spool vanishes, is full, or is nobody's business
rm -rf "$spool"
expect 0 'nothing is fetched ahead' "${fetch_ahead[@]}" "${segments[2]}" $target
mkdir -m 777 "$spool"
chmod 777 "$spool"
expect 0 'can be written by others' "${fetch_ahead[@]}" "${segments[2]}" $target
chmod 700 "$spool"

# what is left behind holds neither the server's files nor its directory
exec 9>held
get --prefetch=16 "${segments[0]}" $target
for pid in $(prefetchers); do
  files=$(readlink "/proc/$pid/fd/"* 2>/dev/null)
  directory=$(readlink "/proc/$pid/cwd" 2>/dev/null) || continue # it has ended
  check "the prefetcher holds $files" [ -z "$(grep -E "held|pipe:|/err$|/out$" <<<"$files")" ]
  check "the prefetcher is in $directory" [ "$directory" = / ]
done
settle

end_checks
