#!/usr/bin/env bash
# What looks at a repository and thins it out: ls, info, verify --repo, dump --repo, stats --repo and expire, on the
# archive of a server that made base backups and changed its timeline.
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
walkit=$(realpath "$WALKIT")
cd "$scratch" || exit 1
repo=$scratch/repo

# expect STATUS TEXT... -- COMMAND ARGUMENT...: the exit status, and texts that standard output or error must contain.
expect() {
  local wanted=$1 status=0 texts=() text
  shift
  while [[ $1 != -- ]]; do
    texts+=("$1")
    shift
  done
  shift
  "$walkit" "$@" </dev/null >"$scratch/report" 2>&1 || status=$?
  [[ $status == "$wanted" ]] || {
    cat "$scratch/report"
    fail "exit status $status instead of $wanted: walkit $*"
  }
  for text in "${texts[@]}"; do
    grep -qF -- "$text" "$scratch/report" || {
      cat "$scratch/report"
      fail "does not say \"$text\": walkit $*"
    }
  done
}
says_not() { if grep -qF -- "$1" "$scratch/report"; then cat "$scratch/report" && fail "says \"$1\""; fi; }

# json EXPRESSION: true of the JSON in the last report, which is called x.
json() {
  python3 -c 'import json, sys; x = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), sys.argv[2]' \
    "$scratch/report" "$1" || fail "$(head -c 3000 "$scratch/report")"
}

flip_byte() { # FILE OFFSET; of files that nobody may write
  local byte
  byte=$(od -An -tu1 -j"$2" -N1 "$1")
  printf "%b" "\\x$(printf %02x $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

push() { "$walkit" push --repo="$repo" --spool="$scratch/spool" "${push_options[@]}" "$1" 2>>"$scratch/push.log" || {
  tail -3 "$scratch/push.log"
  fail "push $1"
}; }
push_ready() { # everything the server wants to have archived
  local mark
  for mark in "$wal_dir"/archive_status/*.ready; do
    [[ -e $mark ]] || return 0
    mark=${mark##*/}
    push "$wal_dir/${mark%.ready}"
    mv "$wal_dir/archive_status/$mark" "$wal_dir/archive_status/${mark%.ready}.done"
  done
}

segments() { (cd "$repo" && find main -name '[0-9A-F]*' -type f -printf '%f\n' | sed -nE 's/^([0-9A-F]{24})(\.zst|\.lz4)?$/\1/p' | sort); }
object() { find "$repo/main" -name "$1*" ! -name '*.json' | head -1; }
name_after() { printf '%s%08X' "${1:0:16}" $((16#${1:16} + $2)); }
fresh() { rm -rf "$repo" && cp -a "$scratch/repo.sound" "$repo"; }

# --- an archive: segments in all codecs, two base backups, two timelines --------------------------------------------

mkdir -m 750 "$repo" "$scratch/spool"
server_init --wal-segsize=1
# archive_command leaves all the work to this script, so that it knows what is archived when
server_start archive_mode=on archive_command=false autovacuum=off max_wal_senders=3 wal_keep_size=200MB
load() {
  for _ in $(seq "$1"); do
    echo "CREATE TABLE IF NOT EXISTS t (id int, body text); INSERT INTO t SELECT i, repeat('x', i % 700) FROM
      generate_series(1, 1200) i; SELECT pg_switch_wal();"
  done | sql -o /dev/null 2>/dev/null
}
# With --wal-method=stream it does not wait for WAL to be archived.
base_backup() { server_program pg_basebackup --pgdata="$scratch/$1" --wal-method=stream --checkpoint=fast --no-sync 2>/dev/null; }
load 4
push_options=(--codec=zstd)
push_ready
base_backup backup1
load 4
push_options=(--codec=lz4)
push_ready
base_backup backup2
load 4
push_options=(--codec=none)
push_ready
server_stop
touch "$scratch/data/recovery.signal"
chown "$server_user" "$scratch/data/recovery.signal"
server_start archive_mode=on archive_command=false restore_command=false autovacuum=off wal_keep_size=200MB
load 3
server_stop
push_options=(--codec=zstd)
push_ready
cp -a "$repo" "$scratch/repo.sound"
mapfile -t names < <(segments)
first=${names[0]} last=${names[-1]}
((${#names[@]} > 12)) || fail "only ${#names[@]} segments"
[[ $last == 00000002* ]] || fail "there is no timeline 2: $last"
system_identifier=$(server_program pg_controldata "$scratch/data" | sed -n 's/^Database system identifier: *//p')
R=(--repo="$repo")

# --- ls and info ------------------------------------------------------------------------------------------------------

expect 0 "$first.zst" "$last.zst" 00000002.history.zst .backup.zst 'archived (UTC)' -- ls "${R[@]}"
says_not cluster.json
expect 0 "$first.zst" -- ls "${R[@]}" "$first"
says_not "$last"
expect 1 'there is no "00000009"' -- ls "${R[@]}" 00000009
expect 0 -- ls --json "${R[@]}"
json "sorted(o['name'] for o in x if o['kind'] == 'segment') == '${names[*]}'.split()"
json "all(o['check'] == 'ok' and o['digest'] and o['records'] > 0 for o in x if o['kind'] == 'segment')"
json "{o['codec'] for o in x} == {'zstd', 'lz4', 'none'}"

expect 0 "$system_identifier" 'status         ok' 'timeline 1 ' 'timeline 2 ' 'base backup' 'pg_basebackup base backup' \
  "$first" "$last" -- info "${R[@]}"
expect 0 -- info --json "${R[@]}" --cluster=main
json "len(x) == 1 and x[0]['sound'] and x[0]['segments'] == ${#names[@]} and len(x[0]['backups']) == 2"
json "x[0]['system_identifier'] == '$system_identifier' and x[0]['gaps'] == [] and x[0]['backup_labels'] == 2"

for command in ls info verify expire; do
  options=(--repo="$scratch/nowhere")
  if [[ $command == expire ]]; then options+=(--keep-from="$last"); fi
  expect 3 "$scratch/nowhere" -- $command "${options[@]}"
  expect 3 'there is no repository for cluster "other"' 'hint:' -- $command "${options[@]/nowhere/repo}" --cluster=other
done

# --- verify -----------------------------------------------------------------------------------------------------------

sound() {
  expect 0 'problems       0' -- verify --jobs=1 "$@"
  cp "$scratch/report" "$scratch/report.1"
  expect 0 -- verify --jobs=3 "$@"
  cmp -s "$scratch/report.1" "$scratch/report" || fail "three threads find something else than one: $*"
}
sound "${R[@]}"
expect 0 -- verify --json "${R[@]}"
json "x['sound'] and x['segments'] == ${#names[@]} + 1" # the end of timeline 1 is a partial one
expect 2 'cannot be verified in one call' -- verify "${R[@]}" "$wal_dir"

# what was archived must be what the server wrote
for name in "${names[@]}"; do
  "$walkit" get --repo="$repo" --prefetch=0 --system-identifier="$system_identifier" "$name" "$scratch/restored" ||
    fail "get $name"
  cmp "$wal_dir/$name" "$scratch/restored" || fail "$name is not what was pushed"
done

third=$(object "${names[2]}")
for offset in 100 5000 $(($(stat -c %s "$third") - 3)) $(($(stat -c %s "$third") - 200)); do
  fresh
  flip_byte "$third" "$offset"
  expect 1 "${names[2]}.zst" 'is damaged' 'problems       1' -- verify "${R[@]}"
done
expect 1 "${names[2]}.zst" 'unreadable object' -- info "${R[@]}"
expect 1 "${names[2]}.zst: archived" -- info "${R[@]}"

fresh # a missing segment, a history that lies, and one that is gone
rm "$third"
expect 1 "segment ${names[2]} is missing" 'problems       1' -- verify "${R[@]}"
expect 1 "${names[2]} is missing (1 segment), before ${names[3]}" '1 gap' -- info "${R[@]}"
expect 1 -- info --json "${R[@]}"
json "x[0]['gaps'][0]['first'] == '${names[2]}' and not x[0]['sound']"
fresh
rm "$(object 00000002.history)"
expect 0 'no history file of timeline 2' '1 warning' -- verify "${R[@]}"

fresh # what a plain segment and its header may lose
plain=$(cd "$repo" && find main -name '*[0-9A-F].json' | head -1)
plain=$repo/${plain%.json}
mv "$plain.json" "$scratch/sidecar"
expect 1 "${plain##*/}" 'the header beside it is missing' 'problems       1' -- verify "${R[@]}"
mv "$scratch/sidecar" "$plain.json"
flip_byte "$plain" 400000
expect 1 "${plain##*/}" 'is damaged' 'problems       1' -- verify "${R[@]}"
rm "$plain"
expect 1 'header without its segment' "segment ${plain##*/} is missing" -- verify "${R[@]}"

fresh # strangers and the remains of writers that died
touch "$repo/main/$system_identifier/notes.txt" "${third%/*}/.tmp-host-1-2-x"
touch -d '3 days ago' "${third%/*}/.tmp-host-1-2-x"
expect 0 'notes.txt: warning: no file of this archive' 'left by an interrupted push 3 days ago' -- verify "${R[@]}"

fresh # a segment whose records are broken is archived, and said to be
broken=$(name_after "$last" 1)
cp "$wal_dir/$last" "$scratch/data/pg_wal/$broken"
python3 - "$scratch/data/pg_wal/$broken" $((16#${broken:16} << 20)) <<'PY'
import struct, sys
path, start = sys.argv[1], int(sys.argv[2])
data = bytearray(open(path, 'rb').read())
for page in range(0, len(data), 8192):  # as if it had been written for its place
    if struct.unpack_from('<H', data, page)[0]: struct.pack_into('<Q', data, page + 8, start + page)
open(path, 'wb').write(data)
PY
push "$wal_dir/$broken"
expect 1 "$broken" 'segment with damaged records' 'damaged WAL at' -- info "${R[@]}"
expect 1 "$broken" -- verify "${R[@]}"
expect 0 "$broken" 'damaged WAL at' -- ls "${R[@]}" "$broken"
rm "$wal_dir/$broken"

# --- dump and stats ---------------------------------------------------------------------------------------------------

fresh
mapfile -t one < <(printf '%s\n' "${names[@]}" | grep ^00000001)
"$walkit" dump --path="$wal_dir" "${one[1]}" "${one[5]}" >"$scratch/expected" 2>&1 || fail "dump of pg_wal"
for jobs in 1 3; do
  "$walkit" dump "${R[@]}" --jobs=$jobs "${one[1]}" "${one[5]}" >"$scratch/dumped" 2>&1 || fail "dump --repo"
  cmp "$scratch/expected" "$scratch/dumped" || fail "dump of the repository differs"
done
start=$(awk '{ sub(",", "", $10); if (NR == 20) print $10 }' "$scratch/expected")
expect 0 "lsn: $start" -- dump "${R[@]}" --start="$start" --limit=1
expect 1 'could not find file' -- dump "${R[@]}" 0000000100000000000000FF
expect 1 'is not the name of a segment' -- dump "${R[@]}" nonsense
# all of the newest timeline with its ancestor: the last record of timeline 1's stretch is followed by timeline 2's
"$walkit" dump "${R[@]}" --start="$start" >"$scratch/dumped" 2>&1 || fail "dump of all: $(tail -1 "$scratch/dumped")"
grep -q 'END_OF_RECOVERY\|CHECKPOINT_SHUTDOWN.*tli 2' "$scratch/dumped" || fail "timeline 2 is not reached"
# by time: from the segment in which something ended at the one moment to that in which something ended at the other
time_of() { python3 -c 'import json, sys
print(next(o[sys.argv[3]] for o in json.load(open(sys.argv[1])) if o["name"] == sys.argv[2]))' "$scratch/listed" "$1" "$2"; }
"$walkit" ls --json "${R[@]}" >"$scratch/listed"
since=$(time_of "${one[2]}" last_commit) until=$(time_of "${one[6]}" first_commit)
"$walkit" dump "${R[@]}" "${one[2]}" "${one[6]}" >"$scratch/expected" 2>&1 || fail "dump --repo"
"$walkit" dump "${R[@]}" --since="$since" --until="${until/T/ }" >"$scratch/dumped" 2>&1 || fail "dump by time"
cmp "$scratch/expected" "$scratch/dumped" || fail "the dump by time is another than that of its segments"
"$walkit" dump "${R[@]}" --since="$since" >"$scratch/dumped" 2>&1 || fail "dump since a time"
"$walkit" dump "${R[@]}" >"$scratch/expected" 2>&1 || fail "dump of all"
tail -1 "$scratch/expected" | cmp -s - <(tail -1 "$scratch/dumped") || fail "the dump since a time does not end with the log"
expect 0 -- stats "${R[@]}" --json --until="$until"
json "x['records'] > 1000"
expect 1 'and that time' -- dump "${R[@]}" --since=2100-01-01
expect 1 'not by both' -- dump "${R[@]}" --since="$since" "${one[2]}"
expect 1 'expected a time in UTC' -- dump "${R[@]}" --since=yesterday
expect 1 'needs an archive' -- dump --since="$since" --path="$wal_dir"
expect 2 'needs an archive' -- stats --until="$until" "$wal_dir"
expect 0 Heap -- stats "${R[@]}"
expect 0 -- stats "${R[@]}" --json "${one[1]}" "${one[5]}"
json "x['records'] > 1000"

# --- expire -----------------------------------------------------------------------------------------------------------

expect 2 'nothing says what to keep' -- expire "${R[@]}"
expect 2 'standard input is not a terminal' 'hint: Give --yes' -- expire "${R[@]}" --keep-from="${names[3]}"
expect 0 'would remove' "${names[0]} to ${names[2]}" -- expire "${R[@]}" --keep-from="${names[3]}" --dry-run
sound "${R[@]}"
[[ $(segments) == "$(printf '%s\n' "${names[@]}")" ]] || fail "something is gone already"
expect 0 'removed' -- expire "${R[@]}" --keep-from="${names[3]}" --yes
[[ $(segments) == "$(printf '%s\n' "${names[@]:3}")" ]] || fail "expire --keep-from: $(segments)"
expect 0 'nothing to remove' -- expire "${R[@]}" --keep-from="${names[3]}" --yes
sound "${R[@]}"
expect 0 'status         ok' -- info "${R[@]}"

fresh # the newest segment stays, whatever is asked
expect 0 -- expire "${R[@]}" --keep-from="$(name_after "$last" 50)" --yes
segments | grep -qx "$last" || fail "the newest segment is gone"
[[ -e $(object 00000002.history) ]] || fail "a history is gone"
sound "${R[@]}"

fresh # by backups: the newest of two, which were made just now
mapfile -t labels < <(find "$repo/main" -name '*.backup.zst' -printf '%f\n' | sort)
newest=${labels[1]:0:24}
expect 0 "$newest and everything after it" -- expire "${R[@]}" --keep-bytes=1 --yes
[[ $(segments | grep ^00000001 | head -1) == "$newest" ]] || fail "expire --keep-bytes: $(segments)"
[[ -z $(object "${labels[0]}") ]] || fail "the label of a backup that cannot be restored is still there"
sound "${R[@]}"
fresh
expect 0 'nothing to remove' -- expire "${R[@]}" --keep-days=1 --yes
expect 0 'nothing to remove' -- expire "${R[@]}" --keep-bytes=1TiB --yes
rm "$repo"/main/"$system_identifier"/*.backup.zst
expect 2 '--keep-days needs base backups' 'hint:' -- expire "${R[@]}" --keep-days=1 --yes
expect 2 '--keep-bytes needs base backups' -- expire "${R[@]}" --keep-bytes=1 --yes
[[ $(segments | wc -l) == "${#names[@]}" ]] || fail "something was removed all the same"

# killed at any removal: what is left is continuous, and the next call finishes
if command -v strace >/dev/null; then removals=(1 2 5 9 11); else removals=() && echo "no strace: nothing is killed"; fi
for removal in "${removals[@]}"; do
  fresh
  if (strace --follow-forks --quiet=all --output=/dev/null --trace=unlinkat \
    --inject="unlinkat:signal=KILL:when=$removal" "$walkit" expire "${R[@]}" --keep-from="${names[12]}" --yes; exit $?) \
    >"$scratch/report" 2>&1; then fail "expire was not killed at removal $removal"; fi
  [[ $(segments | head -1) < ${names[12]} ]] || fail "everything was removed before the kill"
  sound "${R[@]}"
  expect 0 -- expire "${R[@]}" --keep-from="${names[12]}" --yes
  [[ $(segments | head -1) == "${names[12]}" ]] || fail "the second call did not finish"
  sound "${R[@]}"
done
echo "repository: all is well"
