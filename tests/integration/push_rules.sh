#!/usr/bin/env bash
# What `walkit push` refuses, and what it does when others disturb it: two servers at one place, several pushes of
# one segment, disks and spools that vanish, names and links that lead elsewhere, permissions, damage, deadlines.
# shellcheck source=tests/integration/lib.sh
source "$(dirname "$0")/lib.sh"
unset "${!WALKIT_@}"
set +e
cd "$scratch" || exit 1

# --- two servers ---------------------------------------------------------------------------------------------------

write_segments() { # COUNT TEXT: by the server in $scratch/data; they wait to be archived
  server_start archive_mode=on archive_command=/bin/false
  for ((i = 0; i < $1; i++)); do
    echo "SELECT pg_logical_emit_message(false, '$2', repeat('$i ', 50000)); SELECT pg_switch_wal();"
  done | sql >/dev/null
  server_stop
}
program=$scratch/walkit
install -m 755 "$WALKIT" "$program"
server_init --wal-segsize=1
write_segments 2 other
mv data other
server_init --wal-segsize=1
write_segments 4 data
cp -a data keep
write_segments 2 twin # two primaries on one timeline
mv data twin
mv keep data
write_segments 2 data
chmod 755 "$scratch"
data=$scratch/data other=$scratch/other twin=$scratch/twin repo=$scratch/repo spool=$scratch/spool
waiting() { (cd "$1/pg_wal/archive_status" && ls ./*.ready | sed 's|^./||; s|\.ready$||'); }
mapfile -t segments < <(waiting "$data")
mapfile -t others < <(waiting "$other")
last=${segments[-1]} first=${segments[0]} second=${segments[1]} third=${segments[2]}

# Everything is done by the server's own user, whom permissions concern.
walkit() { # DIRECTORY ARGUMENT...
  local directory=$1
  shift
  as_server_user env --chdir="$directory" "$program" "$@"
}
push_of() { # DATA ARGUMENT...
  local from=$1
  shift
  walkit "$from" push --repo="$repo" "$@" >out 2>err
}
push() { push_of "$data" "$@"; }
objects() { find "$repo" -type f -name '[0-9A-F]*' -printf '%f\n' | sort; }
content() {
  { find "$repo" -type d -printf '%P\n' && find "$repo" ! -type d -printf '%P %s %T@\n'; } 2>/dev/null | sort
}
fresh() {
  chmod -R u+w "$repo" "$spool" 2>/dev/null
  rm -rf "$repo" "$spool"
  as_server_user mkdir -m 700 "$repo" "$spool"
}
restores() { # SEGMENT [OPTION]...
  local segment=$1
  shift
  rm -f "$data/pg_wal/RECOVERYXLOG"
  walkit "$data" get --repo="$repo" --timeout=200ms "$@" "$segment" pg_wal/RECOVERYXLOG >out 2>err &&
    cmp -s "$data/pg_wal/RECOVERYXLOG" "$data/pg_wal/$segment"
}

# refused MESSAGE DATA ARGUMENT...: exit status 1 with that pattern in one line, and nothing changed in the repository
refused() {
  local message=$1 from=$2 before after status
  shift 2
  before=$(content)
  push_of "$from" "$@"
  status=$?
  after=$(content)
  check "push $*: exits $status" [ $status -eq 1 ]
  check "push $*: does not say \"$message\"" grep -qE -- "$message" err
  check "push $*: says more than one line and a hint" [ "$(grep -cv '^walkit: hint: ' err)" -eq 1 ]
  check "push $*: changes the repository" [ "$before" = "$after" ]
}

# --- names ---------------------------------------------------------------------------------------------------------

fresh
cp -p "$wal_dir/$first" "$data/backup_label.wal"
: >"$data/00000002.histor"
for name in backup_label.wal PG_VERSION 00000002.histor "pg_wal/$first/" "pg_wal/$first/.." pg_wal/.. / . .. '' \
  "pg_wal/${first,,}x" "pg_wal/archive_status/$first.ready" "pg_wal/$first.json" "pg_wal/$first~0123456789abcdef"; do
  refused 'is not the name of a file of WAL|could not open|no file' "$data" "$name"
done
refused 'could not open file' "$data" pg_wal/0000000100000000000000AA
refused 'no file to archive' "$data"
refused 'more than one file' "$data" "pg_wal/$first" "pg_wal/$second"
refused 'unrecognized option' "$data" --frob "pg_wal/$first"
refused 'invalid value' "$data" --codec=bzip2 "pg_wal/$first"
refused 'cluster' "$data" --cluster=../elsewhere "pg_wal/$first"
refused 'cluster' "$data" --cluster=a/b "pg_wal/$first"
mv "$wal_dir/$first" "$wal_dir/0000000100000000000000AA"
refused 'begins at .* its name says' "$data" pg_wal/0000000100000000000000AA
mv "$wal_dir/0000000100000000000000AA" "$wal_dir/$first"
head -c 500000 "$wal_dir/$first" >"$wal_dir/0000000100000000000000AA"
refused '0000000100000000000000AA' "$data" pg_wal/0000000100000000000000AA
: >"$wal_dir/0000000100000000000000AA"
refused 'does not begin with a page of WAL' "$data" pg_wal/0000000100000000000000AA
rm "$wal_dir/0000000100000000000000AA"
mkfifo "$wal_dir/0000000100000000000000AA"
refused 'is not a regular file' "$data" pg_wal/0000000100000000000000AA
rm "$wal_dir/0000000100000000000000AA"
check "a refused file has made a repository" [ -z "$(ls -A "$repo")" ]

# --- the wrong place -----------------------------------------------------------------------------------------------

push "pg_wal/$first"
check "push" [ $? -eq 0 ]
identifier=$(basename "$(dirname "$(find "$repo" -name cluster.json)")")
identity=$repo/main/$identifier/cluster.json
refused "system identifier [0-9]+ .* holds system identifier $identifier" "$other" "pg_wal/${others[0]}"
refused "system identifier [0-9]+ .* holds system identifier $identifier" "$other" "pg_wal/${others[0]}"
push "pg_wal/$first"
check "push of the owner: exits $?" grep -q . <(objects)
cp -p "$identity" identity.json
for change in 's/"major": *15/"major":14/' 's/1048576/16777216/'; do
  sed -i "$change" "$identity"
  check "nothing was changed by $change" [ -n "$(cmp identity.json "$identity")" ]
  refused 'PostgreSQL [0-9]+, [0-9]+ MiB segments.* holds .*PostgreSQL [0-9]+, [0-9]+ MiB' "$data" "pg_wal/$second"
  cp -p identity.json "$identity"
done
sed -i 's/"format":1/"format":99/' "$repo/main/walkit.json"
refused 'format 99' "$data" "pg_wal/$second"
sed -i 's/"format":99/"format":1/' "$repo/main/walkit.json"
push "pg_wal/$second"
check "push after all that: exits $?" restores "$second"

# Both start at once: it does not matter who is first, but only one can ever be.
for round in {1..8}; do
  fresh
  push_of "$data" "pg_wal/$first" &
  here=$!
  walkit "$other" push --repo="$repo" "pg_wal/${others[0]}" >out.other 2>err.other &
  there=$!
  wait $here
  here=$?
  wait $there
  there=$?
  check "two clusters at once, round $round: exit $here and $there" [ $((here + there)) -eq 1 ]
  check "two clusters at once, round $round: objects" [ "$(objects | wc -l)" -eq 1 ]
  for again in 1 2; do
    push_of "$data" "pg_wal/$second"
    check "two clusters, round $round, again $again: exits $?, at first $here" [ $? -eq $here ]
    push_of "$other" "pg_wal/${others[1]}"
    check "two clusters, round $round, again $again: exits $?, at first $there" [ $? -eq $there ]
  done
done

# --- one segment, several pushes -----------------------------------------------------------------------------------

# at_once WHAT CODEC...: 8 pushes, with these codecs in turn; all succeed
at_once() {
  local what=$1 codecs pids=() i
  shift
  codecs=("$@")
  for i in {0..7}; do
    walkit "$data" push --repo="$repo" --codec="${codecs[i % $#]}" "pg_wal/$first" >/dev/null 2>err."$i" &
    pids+=($!)
  done
  for i in {0..7}; do
    wait "${pids[i]}"
    cp err."$i" err
    check "$what: push $i exits $?" [ $? -eq 0 ]
  done
  check "$what: restores" restores "$first"
  check "$what: temporary files" [ -z "$(find "$repo" -name '.*')" ]
  walkit "$data" verify --repo="$repo" >err 2>&1
  check "$what: verify exits $?" [ $? -eq 0 ]
}
for codec in zstd lz4 none; do
  fresh
  at_once "8 at once, $codec" "$codec"
  check "8 at once, $codec: $(objects)" [ "$(objects | grep -cv 'json$')" -eq 1 ]
done
fresh
at_once "8 at once, three codecs" zstd lz4 none

# --- spool and configuration ---------------------------------------------------------------------------------------

fresh
push --spool="$spool" --batch-segments=2 "pg_wal/$first"
check "with a spool: acknowledged ahead" [ -f "$(find "$spool" -name "$second.ok")" ]
rm -rf "$spool"
push --spool="$spool" "pg_wal/$second"
check "a spool that vanished: exits $?" [ $? -eq 0 ]
check "a spool that vanished is not worth a word" grep -q "$spool" err
check "a spool that vanished: restores" restores "$second"
fresh
for mode in 0770 0707 0777 1777; do
  chmod $mode "$spool"
  refused 'can be written by others' "$data" --spool="$spool" "pg_wal/$first"
done
rm -rf "$spool"
ln -s "$repo" "$spool"
refused 'spool' "$data" --spool="$spool" "pg_wal/$first"
rm -f "$spool"
as_server_user mkdir -m 700 "$spool"
printf '[global]\nrepo = %s\n' "$repo" >walkit.conf
for mode in 0666 0664 0646; do
  chmod $mode walkit.conf
  refused 'may be written by others' "$data" --config="$scratch/walkit.conf" "pg_wal/$first"
done
chmod 644 walkit.conf
if [[ $EUID == 0 ]]; then
  chown daemon walkit.conf
  refused 'belongs to another user' "$data" --config="$scratch/walkit.conf" "pg_wal/$first"
  chown root walkit.conf
fi
closed='import os, subprocess, sys; r, w = os.pipe(); os.close(r); sys.exit(subprocess.run(sys.argv[1:], stderr=w).returncode)'
python3 -c "$closed" "$program" push --repo="$scratch/nowhere" "$data/pg_wal/$first"
check "nobody reads the messages of a push: exits $?" [ $? -eq 1 ]
printf '[global]\nrepo = %s\nfrobnicate = yes\n' "$repo" >walkit.conf
refused 'walkit.conf:3: unknown option "frobnicate"' "$data" --config="$scratch/walkit.conf" "pg_wal/$first"

# An acknowledgement that says something else than was done is none.
push --spool="$spool" --batch-segments=2 "pg_wal/$first"
ok=$(find "$spool" -name "$second.ok")
cp -p "$ok" "$(dirname "$ok")/$third.ok"
push --spool="$spool" --batch-segments=1 "pg_wal/$third"
check "the acknowledgement of another segment: exits $?" restores "$third"
cp -p "$ok" ok.good
sed -i 's/[0-9a-f]\{8\}$/00000000/' "$ok"
rm "$(find "$repo" -name "$second.zst")"
push --spool="$spool" --batch-segments=1 "pg_wal/$second"
check "a spoiled acknowledgement: exits $?" restores "$second"
cp -p ok.good "$ok"
touch "$wal_dir/$second"
rm "$(find "$repo" -name "$second.zst")"
push --spool="$spool" --batch-segments=1 "pg_wal/$second"
check "the acknowledgement of a file that has changed: exits $?" restores "$second"

# --- the disk of the repository ------------------------------------------------------------------------------------

push --spool="$spool" --batch-segments=1 "pg_wal/$first"
mv "$repo" away
refused 'does not exist; perhaps its disk is not mounted' "$data" "pg_wal/$third"
refused 'does not exist; perhaps its disk is not mounted' "$data" --spool="$spool" "pg_wal/$third"
as_server_user mkdir "$repo"
refused 'there is no repository' "$data" --spool="$spool" "pg_wal/$third"
rmdir "$repo"
mv away "$repo"
chmod -R a-w "$repo"
refused 'Permission denied' "$data" "pg_wal/${segments[3]}"
push "pg_wal/$first"
check "a read-only repository that has the segment already: exits $?" [ $? -eq 0 ]
chmod -R u+w "$repo"

# Links are not followed: neither into the repository nor out of it.
fresh
as_server_user mkdir elsewhere
as_server_user ln -s "$scratch/elsewhere" "$repo/main"
refused 'symbolic links are not followed' "$data" "pg_wal/$first"
rm "$repo/main"
push "pg_wal/$first"
directory=$(dirname "$(find "$repo" -name "$first.zst")")
as_server_user ln -s "$scratch/elsewhere/object" "$directory/$second.zst"
refused 'is not a regular file' "$data" "pg_wal/$second"
rm "$directory/$second.zst"
mv "$directory" "$scratch/elsewhere/moved"
as_server_user ln -s "$scratch/elsewhere/moved" "$directory"
refused 'symbolic links are not followed' "$data" "pg_wal/$second"
check "something was written through a link" [ "$(find elsewhere -type f -printf '%f ')" = "$first.zst " ]
rm -rf elsewhere

# --- permissions ---------------------------------------------------------------------------------------------------

modes_of() { find "$repo" -mindepth 1 -type "$1" -printf '%m\n' | sort -u | tr '\n' ' '; }
for mask in 0 077 027; do
  for codec in zstd none; do
    fresh
    (umask $mask && push --codec=$codec --spool="$spool" --batch-segments=2 "pg_wal/$first")
    check "umask $mask, $codec: files $(modes_of f)" [ "$(modes_of f)" = '640 ' ]
    check "umask $mask, $codec: directories $(modes_of d)" [ "$(modes_of d)" = '750 ' ]
    check "umask $mask, $codec: the spool" [ -z "$(find "$spool" -perm /022)" ]
  done
done
fresh
push --mode=0600 "pg_wal/$first"
check "--mode: files $(modes_of f)" [ "$(modes_of f)" = '600 ' ]
check "--mode: directories $(modes_of d)" [ "$(modes_of d)" = '700 ' ]

# --- other content, damage -----------------------------------------------------------------------------------------

fresh
push "pg_wal/$last"
refused 'with digest [0-9a-f]{32} from .*/twin has other content than the archived .*/data$' "$twin" "pg_wal/$last"
push_of "$twin" --on-conflict=variant "pg_wal/$last"
check "--on-conflict=variant: exits $?" [ "$(objects | grep -c "^$last")" -eq 2 ]
check "the first of two conflicting copies is restored" restores "$last"
check "conflicting copies are restored without a word" grep -q 'content disagrees' err

fresh
push "pg_wal/$first"
cp -p "$wal_dir/$second" good.segment
printf 'damage' | dd of="$wal_dir/$second" bs=1 seek=40000 conv=notrunc status=none
refused "damaged WAL in .*$second" "$data" --on-corrupt=fail "pg_wal/$second"
push --on-corrupt=fail "pg_wal/$third"
check "--on-corrupt=fail and a good segment: exits $?" restores "$third"
push "pg_wal/$second"
check "--on-corrupt=warn: exits $?" [ $? -eq 0 ]
check "--on-corrupt=warn: says $(cat err)" grep -q "warning: damaged WAL in .*$second" err
check "a damaged segment restores as it was" restores "$second"
check "a damaged segment is restored without a word" grep -q 'was damaged already' err
walkit "$data" verify --repo="$repo" >out 2>&1
check "verify: a damaged segment: exits $?" [ $? -eq 1 ]
cp -p good.segment "$wal_dir/$second"
push "pg_wal/$second"
check "a good copy of a damaged segment: exits $?" restores "$second"

# --- what was inherited, and deadlines -----------------------------------------------------------------------------

if strace --quiet=all --output=/dev/null true 2>/dev/null; then
  export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # which would have to trace
  fresh
  slowly=(strace --quiet=all --output=/dev/null --trace=fsync --inject=fsync:delay_enter=400ms:when=1)
  : >held
  as_server_user env --chdir="$data" "${slowly[@]}" "$program" push --repo="$repo" "pg_wal/$first" 9<held 2>err &
  for ((i = 0; i < 200; i++)); do
    pid=$(pgrep --full --exact -- "$program push --repo=$repo pg_wal/$first") && [[ -d $repo/main ]] && break
    sleep 0.02
  done
  files=$(readlink "/proc/$pid/fd/"*)
  check "files of a push: $files" grep -q "$repo" <<<"$files"
  check "a push holds what it inherited: $files" [ -z "$(grep "$scratch/held" <<<"$files")" ]
  wait $!

  fresh
  as_server_user env --chdir="$data" "${slowly[@]}" \
    "$program" push --repo="$repo" --timeout=300ms "pg_wal/$first" >out 2>err
  check "--timeout: exits $?" [ $? -eq 1 ]
  check "--timeout: says $(cat err)" grep -q 'in the time allowed' err
  push "pg_wal/$first"
  check "after a timeout: exits $?" restores "$first"
fi

# --- after a failover ----------------------------------------------------------------------------------------------

# A standby marks what it received as done; nobody has archived it. Recycled files have names of the future.
fresh
rm "$wal_dir"/archive_status/*
for segment in "$first" "$second"; do : >"$wal_dir/archive_status/$segment.done"; done
chown -R "$server_user" "$wal_dir"
current=$(server_program pg_controldata "$data" | sed -n "s/^Latest checkpoint's REDO WAL file: *//p")
cp -p "$wal_dir/$first" "$wal_dir/0000000100000000000000F0"
push --backfill
check "--backfill: exits $?" [ $? -eq 0 ]
mapfile -t expected < <(cd "$wal_dir" && ls | grep -E '^[0-9A-F]{24}$' | awk -v end="$current" '$0 < end')
check "--backfill: $(objects | tr '\n' ' '), not ${expected[*]}" \
  [ "$(objects)" = "$(printf '%s.zst\n' "${expected[@]}")" ]
check "--backfill has nothing to do" [ ${#expected[@]} -ge 6 ]
for segment in "${expected[@]}"; do check "--backfill: restores $segment" restores "$segment"; done
before=$(content)
push --backfill pg_wal
check "--backfill again: exits $?" [ $? -eq 0 ]
check "--backfill again changes something" [ "$before" = "$(content)" ]
for path in "$wal_dir" "$wal_dir/"; do
  push_of / --backfill --spool="$spool" "$path"
  check "--backfill $path from elsewhere: exits $?" grep -q '^archived 0 files' out
done
check "--backfill does not remember the repository" [ -s "$(find "$spool" -name repository)" ]
check "--backfill from elsewhere changes something" [ "$before" = "$(content)" ]
walkit "$data" verify --repo="$repo" >err 2>&1
check "verify: exits $?" [ $? -eq 0 ]
refused 'is not the pg_wal of a data directory' / --backfill /tmp

end_checks
