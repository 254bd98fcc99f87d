#!/usr/bin/env bash
# `walkit push` and `walkit get` killed at each of their system calls, with each of these calls failing, and killed at
# random under load. Afterwards nothing that was acknowledged is missing, nothing half-made can be seen, and the
# next call succeeds.
#
#   WALKIT_TEST_KILLS=1000   that many kills at random instead of 200; and each call fails in all ways, not in one
#   WALKIT_TEST_SEED=42      repeats the kills at random of an earlier run
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
# AddressSanitizer writes to pipes to see whether memory is readable; such a call failing is no failure of walkit's.
! sanitized || skip "a sanitizer makes calls of its own, which cannot be told from the program's"
walkit=$(realpath "$WALKIT")
seed=${WALKIT_TEST_SEED:-$$}
asked_kills=${WALKIT_TEST_KILLS:-}
unset "${!WALKIT_@}"
step=1 random_kills=${asked_kills:-200}
strace --quiet=all --output=/dev/null true 2>/dev/null || skip "strace is missing or not allowed to trace"
set +e
cd "$scratch" || exit 1

kills=0 failures=0 failed=0
complain() {
  failed=$((failed + 1))
  echo "FAILED: $*"
  sed 's/^/    /' err
  ((failed < 20)) || fail "too much to go on"
}

# --- WAL of a real server ------------------------------------------------------------------------------------------

readonly segment_count=12
server_init --wal-segsize=1
server_start archive_mode=on archive_command=/bin/false
for ((i = 0; i < segment_count; i++)); do
  echo "SELECT pg_logical_emit_message(false, 'test', repeat('$i ', 50000)); SELECT pg_switch_wal();"
done | sql >/dev/null
server_stop
chmod 755 "$scratch"
data=$scratch/data repo=$scratch/repo spool=$scratch/spool target=$scratch/data/pg_wal/RECOVERYXLOG
mapfile -t segments < <(cd "$wal_dir/archive_status" && ls ./*.ready | sed 's|^./||; s|\.ready$||')
segments=("${segments[@]:0:segment_count}")
((${#segments[@]} == segment_count)) || fail "the server made ${#segments[@]} segments"
first=${segments[0]} second=${segments[1]}

in_data() { (cd "$data" && ulimit -t 20 && exec "$@") >out 2>err; } # whatever happens, nothing goes on for ever
push_command=("$walkit" push --repo="$repo" --spool="$spool" --jobs=1 --timeout=5s)
get_command=("$walkit" get --repo="$repo" --spool="$spool" --jobs=1)
push() { in_data "${push_command[@]}" "$@"; }
get() { in_data "${get_command[@]}" --timeout=10s "$@"; }

# --- what must hold whatever happened ------------------------------------------------------------------------------

# Every object that can be seen is whole.
check_objects() { # WHAT
  local file name
  while read -r file; do
    name=${file##*/}
    case $name in
      .tmp-*) continue ;;
      *.json) [[ $(<"$file") == *'}' ]] ;;
      *.zst) zstd -d -c -q "$file" 2>>err | cmp -s - "$wal_dir/${name%.zst}" ;;
      *.lz4) lz4 -d -c -q "$file" 2>>err | cmp -s - "$wal_dir/${name%.lz4}" ;;
      *) [[ -s $file.json ]] && cmp -s "$file" "$wal_dir/$name" ;;
    esac || complain "$1: $name is not whole"
  done < <(find "$repo" -type f)
}

is_archived() { [[ -n $(find "$repo" -name "$1" -o -name "$1.zst" -o -name "$1.lz4") ]]; }

# What the spool says is archived, is.
check_acknowledgements() { # WHAT
  local file name
  for file in "$spool"/*/*.ok; do
    [[ -e $file ]] || continue
    name=${file##*/} name=${name%.ok}
    is_archived "$name" || complain "$1: $name is acknowledged and not archived"
  done
}

# check_restored WHAT SEGMENT...: these come out of the archive as they are in pg_wal.
check_restored() {
  local what=$1 segment status
  shift
  for segment in "$@"; do
    rm -f "$target"
    get --prefetch=0 "$segment" "$target"
    status=$?
    [[ $status == 0 ]] && cmp -s "$target" "$wal_dir/$segment" || complain "$what: get $segment exits $status"
  done
}

# The names and sizes of all that is there, without what is random in them.
state() {
  find "$repo" "$spool" -printf '%P %s\n' |
    sed -E 's/\.tmp-.*-[0-9]+-[0-9a-f]{16}-/.tmp-/; s/\.[0-9]+\.tmp /.tmp /' | sort
}

# The next calls succeed. What has been seen to go well from the same state is not done again.
declare -A seen=()
check_push_goes_on() { # WHAT
  local state
  state=$(state)
  [[ -z ${seen[$state]:-} ]] || return
  seen[$state]=1
  push "${codec[@]}" "pg_wal/$first" || complain "$1: the next push fails"
  push "${codec[@]}" "pg_wal/$second" || complain "$1: the push of the next segment fails"
  check_objects "$1, and a push"
  check_restored "$1, and a push" "$first" "$second"
  "$walkit" verify --repo="$repo" >out 2>err || complain "$1: verify finds damage: $(cat out)"
}

# --- each system call ----------------------------------------------------------------------------------------------

# The calls of a run from its first own one on (before it the dynamic loader is at work): NAME NUMBER, numbered from
# the start, by name and thread, as strace counts them.
list_calls() { # COMMAND...
  in_data strace --follow-forks --quiet=all --signal=none --output="$scratch/trace" "$@" || fail "$*: $(cat err)"
  awk -v step="$step" '
    { thread = $1; sub(/^[0-9]+ +/, ""); if ($0 !~ /^[a-z]/) next; sub(/\(.*/, ""); number = ++count[thread, $0] }
    !own { before[$0] = number }
    $0 == "close_range" { own = 1; --before[$0] }
    own && number > before[$0] && !listed[$0, number]++ && ++total % step == 0 { print $0, number }' "$scratch/trace"
}

# with_fault CALL INJECTION COMMAND...: a run to which something happens at one of its calls; "injected" says whether
# the call was reached
with_fault() {
  local call=$1 injection=$2
  shift 2
  {
    in_data strace --follow-forks --quiet=all --output="$scratch/injected" --trace="$call" --inject="$call:$injection" "$@"
  } 2>/dev/null # where the shell would say who was killed
}

fresh() { # [NAME]: what was kept under that name, else an empty place
  rm -rf "$repo" "$spool"
  if [[ -n ${1:-} ]]; then
    cp -a "kept/$1/repo" "$repo" && cp -a "kept/$1/spool" "$spool"
  else
    mkdir -m 700 "$repo" "$spool"
  fi
}
keep() { # NAME
  mkdir -p "kept/$1"
  rm -rf kept/"$1"/*
  cp -a "$repo" "kept/$1/repo"
  cp -a "$spool" "kept/$1/spool"
}
push_one=("${push_command[@]}" --batch-segments=1)
push_two=("${push_command[@]}" --batch-segments=2)
readonly fallible='^(write|fsync|rename.*|openat|mkdir.*|link.*|unlink.*|close|read|pread64|getdents64|fchmod|flock|newfstatat) '
readonly changing='^(write|fsync|rename.*|openat|mkdir.*|link.*|unlink.*|fchmod|exit.*) '

# A disk may be full for a moment or for good, and so on. Unless much is asked for, every other call fails in one way.
readonly errors=(ENOSPC EIO EDQUOT EACCES)
faults_of() { # NUMBER: of a call
  local error
  if ((random_kills >= 1000)); then
    for error in "${errors[@]}"; do echo "error=$error:when=$1" "error=$error:when=$1+"; done
  elif ((turn++ % 2 == 0)); then
    echo "error=${errors[$1 % 4]}:when=$1$( (($1 % 3)) || echo +)"
  fi
}
turn=0

check_push() { # WHAT
  check_objects "$1"
  check_acknowledgements "$1"
  check_push_goes_on "$1"
}

# disturb_push STATE CALLS COMMAND...: which begins with what was kept, at the calls that match. Where several threads
# are at work the call may not be reached, and the run is one like any other.
disturb_push() {
  local state=$1 pattern=$2 call number fault status what
  shift 2
  fresh "$state"
  list_calls "$@" | grep -E "$pattern" >calls
  [[ -s calls ]] || complain "$*: no calls"
  while read -r call number; do
    fresh "$state"
    with_fault "$call" "signal=SIGKILL:when=$number" "$@"
    status=$?
    what="$state ${codec[*]}: push killed at $call $number"
    if ((status == 137)); then kills=$((kills + 1)); fi
    [[ $status == 137 || $status == 0 && $* == *=2* ]] || complain "$what: it was not, but exits $status"
    check_push "$what"
  done <calls
  grep -E "$fallible" calls >fallible
  while read -r call number; do
    faults_of "$number" >faults # not in a shell of its own
    for fault in $(cat faults); do
      fresh "$state"
      with_fault "$call" "$fault" "$@"
      status=$?
      if grep -q '^[^ ]*: error while loading shared libraries' err; then continue; fi # it was not begun
      failures=$((failures + 1))
      what="$state ${codec[*]}: push, $call $fault"
      [[ $status -le 1 ]] || complain "$what: exits $status"
      [[ $status != 0 ]] || is_archived "$first" || complain "$what: exits 0"
      check_push "$what"
    done
  done <fallible
}

# Whatever fsync fails, no segment that needed it is acknowledged: neither by the exit status nor in the spool.
fail_fsync() { # STATE COMMAND...
  local state=$1 number error status what
  shift
  fresh "$state"
  step=1 list_calls "$@" | grep '^fsync ' >fsyncs
  [[ -s fsyncs ]] || complain "$*: syncs nothing"
  while read -r _ number; do
    for error in EIO ENOSPC; do
      fresh "$state"
      with_fault fsync "error=$error:when=$number" "$@"
      status=$?
      grep -q INJECTED injected || continue # each thread did fewer than when they were listed
      failures=$((failures + 1))
      what="$state ${codec[*]}: push, fsync $number of each thread fails with $error"
      [[ $status == 1 ]] || complain "$what: exits $status"
      grep -q 'could not' err || complain "$what: no word of it"
      [[ -z $(find "$spool" -name '*.ok') ]] || complain "$what: acknowledged ahead"
    done
  done <fsyncs
}

# A push that finds an object whose writer died before its last fsync does it instead.
finish_durability() {
  local calls
  fresh
  calls=$(step=1 list_calls "$@" | grep -c '^fsync ')
  fresh
  with_fault fsync "signal=SIGKILL:when=$calls" "$@"
  is_archived "$first" || complain "${codec[*]}: killed at the last fsync, and nothing is there"
  calls=$(step=1 list_calls "$@" | grep -c '^fsync ')
  ((calls >= 2)) || complain "${codec[*]}: push of what is there already, but perhaps not durable: $calls fsync"
}

calls_of_empty=. # every call once
for codec in zstd none; do
  codec=("--codec=$codec")
  seen=()
  fresh
  keep empty
  push "${codec[@]}" --batch-segments=1 "pg_wal/${segments[2]}" || fail "push: $(cat err)"
  keep begun
  push "${codec[@]}" --batch-segments=2 "pg_wal/$second" # and ahead the first, which comes first of those that wait
  [[ -n $(find "$spool" -name "$first.ok") ]] || fail "nothing was archived ahead"
  keep acknowledged
  disturb_push empty "$calls_of_empty" "${push_one[@]}" "${codec[@]}" "pg_wal/$first"
  disturb_push begun "$changing" "${push_two[@]}" "${codec[@]}" "pg_wal/$first"
  disturb_push acknowledged . "${push_one[@]}" "${codec[@]}" "pg_wal/$first"
  fail_fsync empty "${push_one[@]}" "${codec[@]}" "pg_wal/$first"
  fail_fsync begun "${push_two[@]}" "${codec[@]}" "pg_wal/$first"
  finish_durability "${push_one[@]}" "${codec[@]}" "pg_wal/$first"
  if ((random_kills < 1000)); then calls_of_empty=$changing; fi # what can be seen is the same between two changes
done

# --- get -----------------------------------------------------------------------------------------------------------

fresh
for segment in "${segments[@]}"; do push "pg_wal/$segment" || fail "push: $(cat err)"; done
archive=$(find "$repo" -printf '%P %s %T@\n' | sort)
rm -rf "$spool"
mkdir -m 700 "$spool"
get --prefetch=2 "$first" "$target" || fail "get: $(cat err)" # leaves the next two in the spool
for ((i = 0; i < 500; i++)); do
  [[ $(find "$spool" -name '*.info' | wc -l) == 2 && -z $(find "$spool" -name '*.part') ]] && break
  sleep 0.01
done
rm -rf spool.full
cp -a "$spool" spool.full

fresh_spool() { # SOURCE
  while pgrep --full -- "get --repo=$repo " >/dev/null; do sleep 0.01; done # what fetches ahead
  rm -rf "$spool" "$target" "$target".*
  cp -a "$1" "$spool"
}

check_get_goes_on() { # WHAT
  [[ ! -e $target ]] || cmp -s "$target" "$wal_dir/$second" || complain "$1: what is restored is not what was archived"
  [[ $archive == "$(find "$repo" -printf '%P %s %T@\n' | sort)" ]] || complain "$1: the archive has changed"
  rm -f "$target"
  get --prefetch=2 "$second" "$target" && cmp -s "$target" "$wal_dir/$second" || complain "$1: the next get fails"
  [[ ! -e $target.walkit-tmp ]] || complain "$1: a temporary file stays"
}

disturb_get() { # SPOOL OPTION...
  local source=$1 call number fault status what
  shift
  fresh_spool "$source"
  list_calls "${get_command[@]}" --timeout=10s "$@" "$second" "$target" >calls
  while read -r call number; do
    fresh_spool "$source"
    with_fault "$call" "signal=SIGKILL:when=$number" "${get_command[@]}" --timeout=10s "$@" "$second" "$target"
    status=$?
    what="get $* from $source killed at $call $number"
    if ((status == 137)); then kills=$((kills + 1)); else complain "$what: it was not, but exits $status"; fi
    check_get_goes_on "$what"
  done <calls
  grep -E "$fallible" calls >fallible
  while read -r call number; do
    faults_of "$number" >faults # not in a shell of its own
    for fault in $(cat faults); do
      fresh_spool "$source"
      with_fault "$call" "$fault" "${get_command[@]}" --timeout=100ms "$@" "$second" "$target"
      status=$?
      failures=$((failures + 1))
      what="get $* from $source, $call $fault"
      [[ $status == 0 || $status == 255 ]] || complain "$what: exits $status"
      [[ $status != 0 || -e $target ]] || complain "$what: exits 0 without a file"
      [[ $status != 255 || ! -e $target ]] || complain "$what: exits 255 and leaves a file"
      check_get_goes_on "$what"
    done
  done <fallible
}

mkdir -m 700 spool.empty
disturb_get spool.empty --prefetch=0
disturb_get spool.full --prefetch=2

# --- at random, under load -----------------------------------------------------------------------------------------

# Pushes and gets that are killed, as one of several that do this. Leaves "wrong" what should not have been and
# "acknowledged" the segments that are said to be archived.
lane() { # NUMBER KILLS
  local number=$1 left=$2 segment status known limit
  local target=$data/pg_wal/RECOVERYXLOG.$1 place=(--repo="$repo" --spool="$spool")
  RANDOM=$((seed + 1000 * round + number))
  while ((left > 0)); do
    segment=${segments[RANDOM % segment_count]}
    limit=(timeout --foreground --signal=KILL "$(printf '0.%03d' $((RANDOM % 40 + 1)))")
    if ((RANDOM % 3)); then
      (cd "$data" && exec "${limit[@]}" "$walkit" push "${place[@]}" --jobs=2 --batch-segments=4 "${codec[@]}" \
        "pg_wal/$segment") 2>err."$number"
      status=$?
      case $status in
        0) echo "$segment" >>acknowledged."$number" ;;
        137 | 124) ((left--)) ;; # killed, or just about to end
        *) echo "push $segment exits $status: $(cat err."$number")" >>wrong."$number" ;;
      esac
    else
      known=$(cat acknowledged.* 2>/dev/null)
      rm -f "$target"
      (cd "$data" && exec "${limit[@]}" "$walkit" get "${place[@]}" --prefetch=2 --timeout=10s "$segment" "$target") \
        2>err."$number"
      status=$?
      if ((status == 137 || status == 124)); then ((left--)); fi
      if [[ -e $target ]]; then
        cmp -s "$target" "$wal_dir/$segment" || echo "get $segment gives something else" >>wrong."$number"
      elif ((status != 137 && status != 124)) && [[ $known == *"$segment"* ]]; then
        echo "get $segment, which is archived, exits $status: $(cat err."$number")" >>wrong."$number"
      fi
    fi
  done
}

kill_at_random() { # KILLS
  local what="round $round, seed $seed" lanes=2
  fresh
  rm -f acknowledged.* wrong.*
  for ((i = 1; i <= lanes; i++)); do lane "$i" $(($1 / lanes)) 2>/dev/null & done
  wait
  kills=$((kills + $1))
  cat wrong.* >err 2>/dev/null && complain "$what"
  mapfile -t known < <(cat acknowledged.* 2>/dev/null | sort -u)
  check_objects "$what"
  check_acknowledgements "$what"
  check_restored "$what" "${known[@]}"
  for segment in "${segments[@]}"; do push "${codec[@]}" "pg_wal/$segment" || complain "$what: push $segment"; done
  check_restored "$what, and pushes" "${segments[@]}"
  "$walkit" verify --repo="$repo" >out 2>err || complain "$what: verify finds damage: $(cat out)"
}

while pgrep --full -- "get --repo=$repo " >/dev/null; do sleep 0.01; done
round=0
for ((left = random_kills; left > 0; left -= 20)); do
  codecs=(zstd none lz4)
  codec=("--codec=${codecs[round++ % 3]}")
  kill_at_random 20
done
rm -f "$scratch"/data/pg_wal/RECOVERYXLOG*
echo "$kills kills (those at random: seed $seed), $failures failing calls: $failed wrong outcomes"
((failed == 0))
