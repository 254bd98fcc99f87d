#!/usr/bin/env bash
# walkit side by side with pg_waldump on WAL that pgbench makes here, then the kernels; writes bench/RESULTS.md.
# Run it through ./dev bench, which builds both programs first.
#
#   RUNS=20     how often each program runs; they take turns
#   BENCH_WAL   a directory of consecutive segments of PostgreSQL 15 to use instead of build/bench-wal
#   BUILD       a build directory other than build/release
#
# What is generated stays in build/bench-wal and is used again: remove it to measure on fresh WAL.
zone=${TZ-}  # without TZ libc looks at /etc/localtime for every moment it breaks down: part of what is measured
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD:-build/release}
WALKIT=$build/walkit
# shellcheck source=tests/integration/lib.sh
source tests/integration/lib.sh
if [[ -n $zone ]]; then TZ=$zone; else unset TZ; fi

runs=${RUNS:-20}
wal=${BENCH_WAL:-build/bench-wal}
results=bench/RESULTS.md
pg_waldump=$PG_BIN/pg_waldump
race=$build/side_by_side
kernels=$build/walkit_bench
min_wal_bytes=$((160 * 1024 * 1024))

# --- The WAL -----------------------------------------------------------------------------------------------------

current_segment() {
  sql --command='SELECT pg_walfile_name(pg_current_wal_insert_lsn())'
}

# After each checkpoint the first change of every page brings a full-page image: some 85% of the bytes.
generate_wal() {
  local start written=0 first last segment
  echo "bench: generating WAL with pgbench in $wal" >&2
  server_init --wal-segsize=16
  server_start shared_buffers=256MB max_wal_size=8GB wal_keep_size=4GB checkpoint_timeout=1h autovacuum=off
  server_program pgbench --initialize --scale=20 --quiet >/dev/null 2>&1
  sql --command='VACUUM ANALYZE' --command='SELECT pg_switch_wal()' --command='CHECKPOINT' >/dev/null
  first=$(current_segment)
  start=$(sql --command='SELECT pg_current_wal_insert_lsn()')
  while ((written < min_wal_bytes)); do
    server_program pgbench --no-vacuum --client=4 --transactions=2250 >/dev/null 2>&1
    sql --command='CHECKPOINT'
    written=$(sql --command="SELECT trunc(pg_current_wal_insert_lsn() - '$start')")
  done
  sql --command='SELECT pg_switch_wal()' --command='CHECKPOINT' >/dev/null
  last=$(current_segment)
  server_stop

  mkdir -p "$wal"
  for segment in "$wal_dir"/????????????????????????; do
    segment=${segment##*/}
    if [[ ! $segment < $first && $segment < $last ]]; then cat "$wal_dir/$segment" >"$wal/$segment"; fi
  done
}

segments() {
  find "$wal" -maxdepth 1 -type f -name '????????????????????????' -printf '%f\n' 2>/dev/null | sort
}

# --- The race ----------------------------------------------------------------------------------------------------

# race_row TASK "PG_WALDUMP OPTIONS" "WALKIT COMMAND AND OPTIONS": one core, then all of them.
race_row() {
  local task=$1 pin jobs cores
  local -a theirs ours
  read -ra theirs <<<"$2"
  read -ra ours <<<"$3"
  for cores in 1 "$(nproc)"; do
    pin=() jobs=()
    if ((cores == 1)); then pin=(taskset --cpu-list 0) jobs=(--jobs=1); fi
    "${pin[@]}" "$race" "$runs" \
      "$pg_waldump" "${theirs[@]}" --path="$wal" "$first" "$last" ::: \
      "$WALKIT" "${ours[@]}" "${jobs[@]}" >"$scratch/race"
    awk -v task="$task" -v cores="$cores" '
      { best[NR] = $1; median[NR] = $2; peak[NR] = $3 / 1024 }
      END {
        printf "| %s | %d | %.1f | %.1f | **%.1f** | %.1f | %.1f | %.1f | %.1f |\n", task, cores, best[1], best[2],
          best[1] / best[2], median[1], median[2], median[1] / median[2], peak[2]
      }' "$scratch/race"
  done
}

race_table() {
  local dump="dump --path=$wal $first $last"
  cat <<'END'
| task | cores | pg_waldump ms | walkit ms | ratio | pg_waldump median | walkit median | ratio | walkit peak MiB |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
END
  race_row "quiet" "--quiet" "$dump --quiet"
  race_row "verify against quiet" "--quiet" "verify $wal"
  race_row "statistics" "--stats" "$dump --stats"
  race_row "statistics by record type" "--stats=record" "$dump --stats=record"
  race_row "text" "" "$dump"
  race_row "text with block details" "--bkp-details" "$dump --bkp-details"
  race_row "JSON against text" "" "$dump --format=json"
}

# --- The kernels -------------------------------------------------------------------------------------------------

# Columns of Google Benchmark's CSV: name, iterations, real time, CPU time, unit, bytes/s, items/s, label.
run_kernels() {
  "$kernels" --benchmark_format=csv --benchmark_min_time=0.2 2>/dev/null | sed 's/"//g' >"$scratch/kernels"
}

crc_table() {
  awk -F, -v sizes="32 128 512 1024 8192 65536" '
    /^crc32c\// {
      split($1, part, "/")
      if (!(part[2] in seen)) { seen[part[2]] = 1; names[++count] = part[2] }
      speed[part[2], part[3]] = $6 / 1e9
    }
    END {
      columns = split(sizes, size, " ")
      printf "| CRC-32C, GB/s |"
      for (i = 1; i <= columns; ++i) printf " %d B |", size[i]
      printf "\n|---|"
      for (i = 1; i <= columns; ++i) printf "--:|"
      for (n = 1; n <= count; ++n) {
        printf "\n| %s |", names[n]
        for (i = 1; i <= columns; ++i) printf " %.1f |", speed[names[n], size[i]]
      }
      printf "\n"
    }' "$scratch/kernels"
}

kernel_table() {
  echo '| kernel | million records (or calls) a second | ns each | GB/s |'
  echo '|---|--:|--:|--:|'
  awk -F, '!/^(crc32c\/|name,)/ && $7 > 0 {
    printf("| %s%s | %.1f | %.1f | %s |\n", $1, ($8 == "" ? "" : " (" $8 ")"), $7 / 1e6, 1e9 / $7,
      ($6 > 0 ? sprintf("%.2f", $6 / 1e9) : ""))
  }' "$scratch/kernels"
}

# --- The page ----------------------------------------------------------------------------------------------------

describe_machine() {
  local cpu bytes records images
  cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
  bytes=$(cd "$wal" && segments_in_cwd=(*) && stat --format=%s "${segments_in_cwd[@]}" | awk '{ n += $1 } END { print n }')
  read -r records images < <("$pg_waldump" --stats --path="$wal" "$first" "$last" |
    awk '$1 == "Total" { print $2, $6 }' | tr -d '[]')
  cat <<END
- Date: $(date --utc +%Y-%m-%d)
- Machine: ${cpu:-unknown CPU}, $(nproc) cores, $(uname --kernel-name --kernel-release --machine)
- Versions: $("$WALKIT" --version | head -n 1), $("$pg_waldump" --version)
- WAL: $(segments | wc -l) segments, $bytes bytes, $records records, $images of their bytes full-page images
- Best and median of $runs runs that take turns, whole process, page cache warm, output to /dev/null,
  $(if [[ -n ${TZ-} ]]; then echo "TZ=$TZ"; else echo "TZ not set"; fi)
END
}

write_results() {
  cat <<END
# Results of \`./dev bench\`

$(describe_machine)

## Side by side with pg_waldump

A ratio is pg_waldump's time divided by walkit's. One core means \`taskset -c 0\` and \`--jobs=1\`; otherwise neither
program is told anything.

$(race_table)

## Kernels

$(crc_table)

Records as in pgbench's WAL, from memory and without any I/O: \`read_records\` checks and takes apart what it is fed,
\`decode_bodies\` only takes apart; the others print or count records that are already decoded.

$(kernel_table)
END
}

if (($(segments | wc -l) == 0)); then generate_wal; fi
first=$(segments | head -n 1)
last=$(segments | tail -n 1)
cat "$wal"/* >/dev/null  # into the page cache
run_kernels
write_results >"$scratch/results"
tee "$results" <"$scratch/results"
