#!/usr/bin/env bash
# walkit's archiving side by side with pgBackRest's on WAL that pgbench makes here; writes bench/ARCHIVE.md.
# Run it through ./dev bench archive, which builds the programs first.
#
#   ROUNDS=3       how often everything is measured; all that is compared takes turns, medians are shown
#   SEGMENTS=100   of 16 MiB each
#   BUILD          a build directory other than build/release
#   BENCH_SERVER   a directory that keeps the server with its backlog from one run to the next
#
# Needs 5 GB in TMPDIR. What is drained, pushed and restored is in the page cache, as it is just after it was written.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
build=$(realpath "${BUILD:-build/release}")
WALKIT=$build/walkit
# shellcheck source=tests/integration/lib.sh
source tests/integration/lib.sh

rounds=${ROUNDS:-3}
count=${SEGMENTS:-100}
kept=${BENCH_SERVER:-}
results=bench/ARCHIVE.md
data=$scratch/data
status_dir=$wal_dir/archive_status
samples=$scratch/samples  # lines of KEY VALUE
bin=$scratch/bin          # the programs, where the server's user can run them
archive=$scratch/archive  # a repository for each way to archive
jobs=2
codecs=(zstd-3 zstd-1 lz4-1)
patience_s=300

# --- Samples -----------------------------------------------------------------------------------------------------

note() { # KEY VALUE
  echo "$1 $2" >>"$samples"
  echo "bench: round $round: $1 $2" >&2
}

median() {
  awk -v key="$1" '$1 == key { print $2 }' "$samples" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

largest() {
  awk -v key="$1" '$1 == key && $2 > most { most = $2 } END { print most }' "$samples"
}

calculate() { # EXPRESSION [FORMAT]
  awk "BEGIN { printf \"${2:-%.1f}\", $1 }"
}

now_us() { echo "${EPOCHREALTIME/./}"; }

# --- The backlog -------------------------------------------------------------------------------------------------

# Whether fewer than so many segments wait; starts no process.
fewer_ready_than() {
  local ready=("$status_dir"/????????????????????????.ready)
  ((${#ready[@]} < $1))
}

# Writes this into the configuration; the server need not run.
set_archive_command() {
  echo "archive_command = '$1'" >"$data/archive.conf"
}

# The segments are kept whatever becomes of them, and nothing is written while they are archived. With fsync=off, as
# lib.sh starts servers: their syncing of what they rename would only be added to everybody's time.
start_server() {
  server_start archive_mode=on wal_keep_size=64GB max_wal_size=64GB checkpoint_timeout=1h autovacuum=off \
    shared_buffers=256MB max_wal_senders=2
}

# After each checkpoint the first change of every page brings a full-page image: some 85% of the bytes.
make_backlog() {
  echo "bench: generating $count segments of WAL with pgbench" >&2
  server_init --wal-segsize=16
  echo "include 'archive.conf'" >>"$data/postgresql.conf"
  set_archive_command 'false'
  start_server
  server_program pgbench --initialize --scale=20 --quiet >/dev/null 2>&1
  sql --command='SELECT pg_switch_wal()' --command='CHECKPOINT' >/dev/null
  rm -f "$status_dir"/*.ready  # loading the tables is not what servers do all day
  while fewer_ready_than "$count"; do
    server_program pgbench --no-vacuum --client=4 --transactions=2250 >/dev/null 2>&1
    sql --command='CHECKPOINT'
  done
  (cd "$status_dir" && for file in *.ready; do echo "${file%.ready}"; done) | head -n "$count" >"$data/backlog"
  set_archive_command ''
  server_stop
}

prepare_backlog() {
  if [[ -n $kept && -d $kept/data ]]; then
    cp --archive "$kept/data" "$data"
  else
    make_backlog
    if [[ -n $kept ]]; then mkdir -p "$kept" && cp --archive "$data" "$kept"; fi
  fi
  mapfile -t backlog <"$data/backlog"
  count=${#backlog[@]}
  (cd "$wal_dir" && cat "${backlog[@]}") >/dev/null  # into the page cache
}

# Exactly the backlog waits again; a server that stops adds a segment of its own.
restore_backlog() {
  local file
  for file in "$status_dir"/*.ready; do mv "$file" "${file%.ready}.done"; done
  for file in "${backlog[@]}"; do mv "$status_dir/$file.done" "$status_dir/$file.ready"; done
  sync
}

# --- Ways to archive -----------------------------------------------------------------------------------------------

walkit() { # COMMAND NAME
  echo "$bin/walkit $1 --repo=$archive/$2 --spool=$archive/$2.spool"
}

walkit_codec() {
  echo "--codec=${1%-*} --level=${1#*-}"
}

pgbackrest() { # NAME
  echo "/usr/bin/pgbackrest --config=$scratch/pgbackrest.conf --stanza=main --repo1-path=$archive/$1" \
    "--spool-path=$archive/$1.spool"
}

pgbackrest_codec() {
  local codec=${1%-*} level=${1#*-}
  echo "--compress-type=${codec/zstd/zst} --compress-level=$level"
}

# archive_command NAME: a NAME is true, cp, or PROGRAM.CODEC-LEVEL.
archive_command() {
  local name=$1 codec=${1#*.}
  case $name in
    true) echo /bin/true ;;
    cp) echo "cp %p $archive/cp/%f" ;;
    pgbackrest.*) echo "$(pgbackrest "$name") $(pgbackrest_codec "$codec") archive-push %p" ;;
    walkit.*) echo "$(walkit push "$name") $(walkit_codec "$codec") --jobs=$jobs %p" ;;
    walkit-done.*) echo "$(walkit push "$name") $(walkit_codec "$codec") --jobs=$jobs --mark-done %p" ;;
  esac
}

# restore_command NAME, as archive_command.
restore_command() {
  local name=$1
  case $name in
    walkit-ahead.*) echo "$(walkit get "walkit.${name#*.}") --prefetch=$count %f %p" ;;
    pgbackrest.*) echo "$(pgbackrest "$name") archive-get %f %p" ;;
    walkit.*) echo "$(walkit get "$name") %f %p" ;;
  esac
}

# An empty spool for NAME.
clear_spool() {
  rm -rf "$archive/$1.spool"
  as_server_user mkdir -m 700 "$archive/$1.spool"
}

# An empty repository for NAME, and nothing left of the calls before.
clear_archive() {
  local name=$1
  rm -rf "${archive:?}/$name"
  as_server_user mkdir -m 700 "$archive/$name"
  clear_spool "$name"
  if [[ $name == pgbackrest.* ]]; then as_server_user cp --recursive "$archive/stanza/." "$archive/$name"; fi
}

# As its users' guide advises for many segments; its files are not synced less than walkit's.
configure_pgbackrest() {
  cat >"$scratch/pgbackrest.conf" <<END
[global]
archive-async=y
process-max=$jobs
lock-path=$scratch/pgbackrest.lock
log-path=$scratch/pgbackrest.log
log-level-console=warn
log-level-file=off

[main]
pg1-path=$data
pg1-socket-path=$scratch
pg1-user=walkit
pg1-database=postgres
END
  as_server_user mkdir -m 700 "$archive" "$archive/stanza" "$scratch/pgbackrest.log"
  start_server
  as_server_user /usr/bin/pgbackrest --config="$scratch/pgbackrest.conf" --stanza=main --repo1-path="$archive/stanza" \
    stanza-create
  server_stop
}

archived_count() {
  find "$archive/$1" -type f -name '[0-9A-F]*' -printf '%f\n' | grep --count --extended-regexp '^[0-9A-F]{24}([-.]|$)' ||
    true
}

check_archived() {
  local name=$1
  if [[ $name != true && $(archived_count "$name") != "$count" ]]; then
    tail -n 5 "$scratch/server.log" >&2
    fail "$name archived $(archived_count "$name") segments instead of $count"
  fi
}

# --- (1) A server drains its backlog -------------------------------------------------------------------------------

# Sleeps without starting a process.
exec {never}<> <(:)
nap() { read -r -t "$1" -u "$never" || true; }

drain() {
  local name=$1 begin took_us
  clear_archive "$name"
  restore_backlog
  set_archive_command ''
  start_server
  set_archive_command "$(archive_command "$name")"
  begin=$(now_us)
  kill -HUP "$(head -n 1 "$data/postmaster.pid")"
  until fewer_ready_than 1; do
    nap 0.01
    if ((${EPOCHREALTIME/./} - begin > patience_s * 1000000)); then fail "$name archives nothing: see $scratch/server.log"; fi
  done
  took_us=$(($(now_us) - begin))
  set_archive_command ''
  kill -HUP "$(head -n 1 "$data/postmaster.pid")"
  server_stop
  check_archived "$name"
  note "drain.$name" "$(calculate "$count * 1e6 / $took_us")"
}

drain_all() {
  local codec
  drain true
  drain cp
  for codec in "${codecs[@]}"; do
    drain "pgbackrest.$codec"
    drain "walkit.$codec"
    drain "walkit-done.$codec"
  done
}

# --- (2) One batch, and the library ----------------------------------------------------------------------------------

# race RUNS COMMAND... [::: COMMAND...]: see side_by_side.cc; as the server's user, in the data directory.
race() {
  as_server_user env --chdir="$data" "$bin/side_by_side" "$@"
}

batch() {
  local codec=$1 name=walkit.$1 ms peak_kib rate
  local -a files command
  files=("${backlog[@]/#/$wal_dir/}")
  rate=$("$build/codec_rate" "${codec%-*}" "${codec#*-}" "$jobs" "${files[@]}")
  note "library.$codec" "${rate%$'\t'*}"

  clear_archive "$name"
  restore_backlog
  read -ra command <<<"$(archive_command "$name")"
  race 1 "${command[@]/%%p/pg_wal/${backlog[0]}}" --batch-segments=1 >/dev/null  # makes the repository
  mv "$status_dir/${backlog[0]}".{ready,done}
  read -r ms _ peak_kib < <(race 1 "${command[@]/%%p/pg_wal/${backlog[1]}}" --batch-segments="$count")
  check_archived "$name"
  note "batch.$codec" "$(calculate "($count - 1) * 16 * 1.048576 * 1e3 / $ms")"
  note "peak-push.$codec" "$(calculate "$peak_kib / 1024")"
}

# --- (3) An acknowledged segment ---------------------------------------------------------------------------------------

# walkit's call removes the acknowledgement that it finds, so it is put back between the calls; pgBackRest's stays.
acknowledged() {
  local name=walkit.lz4-1 peer=pgbackrest.lz4-1 segment=${backlog[2]} ours theirs found
  found=$(find "$archive/$name.spool" -name "$segment.ok")
  [[ -n $found ]] || fail "no acknowledgement of $segment"
  as_server_user cp "$found" "$scratch/acknowledgement"
  ours=$(archive_command "$name") theirs=$(archive_command "$peer")
  race 200 sh -c /bin/true ::: sh -c "${ours//%p/pg_wal/$segment}" ::: cp "$scratch/acknowledgement" "$found" \
    ::: sh -c "${theirs//%p/pg_wal/$segment}" >"$scratch/race"
  [[ -e $found ]] || fail "the acknowledgement of $segment was not used"
  note acknowledged.true "$(awk 'NR == 1 { print $2 }' "$scratch/race")"
  note acknowledged.walkit "$(awk 'NR == 2 { print $2 }' "$scratch/race")"
  note acknowledged.pgbackrest "$(awk 'NR == 4 { print $2 }' "$scratch/race")"
}

# --- (4) Restoring ----------------------------------------------------------------------------------------------------

# restore_segments NAME SEGMENT...: a shell calls restore_command for each.
restore_segments() {
  local name=$1
  shift
  # shellcheck disable=SC2016
  as_server_user env --chdir="$data" command="$(restore_command "$name")" bash -c '
    for segment; do
      call=${command//%f/$segment}
      sh -c "${call//%p/pg_wal/RECOVERYXLOG}" || exit 1
    done' - "$@" || fail "$name does not restore"
}

restore() {
  local name=$1 begin took_us
  clear_spool "$name"
  sync
  begin=$(now_us)
  restore_segments "$name" "${backlog[@]}"
  took_us=$(($(now_us) - begin))
  cmp "$wal_dir/RECOVERYXLOG" "$wal_dir/${backlog[-1]}"
  note "restore.$name" "$(calculate "$count * 1e6 / $took_us")"
}

# What `walkit get` leaves behind to fetch ahead, looked at as long as it is there: long, since it is told to fetch all.
peak_of_fetching_ahead() {
  local process
  clear_spool "walkit.$1"
  restore_segments "walkit-ahead.$1" "${backlog[0]}"
  while process=$(pgrep --newest --full "^$bin/walkit get "); do
    awk '/^VmHWM/ { print $2 }' "/proc/$process/status" || true
    nap 0.01
  done >"$scratch/peaks" 2>/dev/null
  [[ -s $scratch/peaks ]] || fail "nothing fetches ahead"
  note "peak-get.$1" "$(calculate "$(sort -n "$scratch/peaks" | tail -n 1) / 1024")"
}

restore_all() {
  local codec
  for codec in "${codecs[@]}"; do
    restore "pgbackrest.$codec"
    restore "walkit.$codec"
    peak_of_fetching_ahead "$codec"
  done
}

# --- The page ------------------------------------------------------------------------------------------------------------

ratio() { # KEY KEY
  calculate "$(median "$1") / $(median "$2")" "${3:-%.2f}"
}

name_of() { # zstd-3 -> zstd -3
  echo "${1/-/ -}"
}

drain_table() {
  local codec peer
  echo '| codec | pgBackRest | walkit | ratio | walkit --mark-done | ratio |'
  echo '|---|--:|--:|--:|--:|--:|'
  for codec in "${codecs[@]}"; do
    peer=drain.pgbackrest.$codec
    echo "| $(name_of "$codec") | $(median "$peer") | $(median "drain.walkit.$codec") |" \
      "**$(ratio "drain.walkit.$codec" "$peer")** | $(median "drain.walkit-done.$codec") |" \
      "**$(ratio "drain.walkit-done.$codec" "$peer")** |"
  done
}

batch_table() {
  local codec
  echo '| codec | library MB/s | walkit push MB/s | share | peak memory, MiB |'
  echo '|---|--:|--:|--:|--:|'
  for codec in "${codecs[@]}"; do
    echo "| $(name_of "$codec") | $(median "library.$codec") | $(median "batch.$codec") |" \
      "**$(calculate "100 * $(ratio "batch.$codec" "library.$codec" %.4f)" %.0f)%** | $(largest "peak-push.$codec") |"
  done
}

restore_table() {
  local codec
  echo '| codec | pgBackRest | walkit | ratio | peak memory of fetching ahead, MiB |'
  echo '|---|--:|--:|--:|--:|'
  for codec in "${codecs[@]}"; do
    echo "| $(name_of "$codec") | $(median "restore.pgbackrest.$codec") | $(median "restore.walkit.$codec") |" \
      "**$(ratio "restore.walkit.$codec" "restore.pgbackrest.$codec")** | $(largest "peak-get.$codec") |"
  done
}

acknowledged_table() {
  local call
  echo '| called by a shell | median ms | ratio |'
  echo '|---|--:|--:|'
  for call in true walkit pgbackrest; do
    echo "| $(sed 's,true,/bin/true,; s,walkit,walkit push,; s,pgbackrest,pgbackrest archive-push,' <<<"$call") |" \
      "$(median "acknowledged.$call") | **$(ratio "acknowledged.$call" acknowledged.true)** |"
  done
}

image_share() {
  server_program pg_waldump --stats --path="$wal_dir" "${backlog[0]}" "${backlog[-1]}" 2>/dev/null |
    awk '$1 == "Total" { print $6 }' | tr -d '[]'
}

describe_machine() {
  local cpu
  cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
  cat <<END
- Date: $(date --utc +%Y-%m-%d)
- Machine: ${cpu:-unknown CPU}, $(nproc) cores, $(uname --kernel-name --kernel-release --machine),
  archive on $(df --output=fstype "$archive" | tail -n 1)
- Versions: $("$WALKIT" --version | head -n 1), $(/usr/bin/pgbackrest version), $("$PG_BIN/postgres" --version)
- WAL: $count segments of 16 MiB by pgbench, $(image_share) of their bytes full-page images, in the page cache
- Medians of $rounds rounds in which all take turns
END
}

write_results() {
  cat <<END
# Results of \`./dev bench archive\`

$(describe_machine)

## A server drains its backlog

Segments a second from the moment on which the server has an \`archive_command\` until none waits any more. Both use two
jobs (\`process-max=$jobs\`, \`--jobs $jobs\`) and sync what they write; pgBackRest has \`archive-async=y\`. The server has
\`fsync=off\`: with it on, each renaming of \`.ready\` to \`.done\` costs every way to archive the same. For comparison:
\`/bin/true\` $(median drain.true), \`cp %p ARCHIVE/%f\`, which syncs nothing, $(median drain.cp).

$(drain_table)

## One batch

A single \`walkit push --jobs $jobs\` that finds $((count - 1)) segments waiting: read, check of every record, digest, compression, sync.
The library compresses the same segments from memory to memory, on as many cores, and does nothing else.

$(batch_table)

## A segment that an earlier call archived ahead

$(acknowledged_table)

## Restoring

Segments a second through $count calls of \`restore_command\`, one after another; pgBackRest with \`archive-async=y\`.

$(restore_table)
END
}

# --- All of it -----------------------------------------------------------------------------------------------------------

as_server_user mkdir -m 755 "$bin"
install --mode=755 "$WALKIT" "$build/side_by_side" "$bin"
round=0
prepare_backlog
configure_pgbackrest
for ((round = 1; round <= rounds; round++)); do
  drain_all
  for codec in "${codecs[@]}"; do batch "$codec"; done
  acknowledged
  restore_all
done
write_results >"$scratch/results"
tee "$root/$results" <"$scratch/results"
