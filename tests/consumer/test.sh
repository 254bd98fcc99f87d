#!/usr/bin/env bash
# Usage: test.sh BUILD_DIR COMPILER
# Installs the build into an empty prefix, builds the consumer against nothing but that, and runs it.
set -euo pipefail

build_dir=$1
compiler=$2
source_dir=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build_dir" --prefix "$scratch/prefix" >"$scratch/install.log" || {
  cat "$scratch/install.log"
  exit 1
}
cmake -S "$source_dir" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_PREFIX_PATH="$scratch/prefix"
cmake --build "$scratch/build"

segment=$(find "$source_dir/../../fixtures/pg18" -name '*.zst' ! -name '*.txt.zst' | sort | head -n 1)
expected=$(zstd -dqc "${segment%.zst}.txt.zst" | grep -c '^rmgr: ')
zstd -dqc "$segment" | "$scratch/build/consumer" | tee "$scratch/output"
grep -q "^$expected records, [1-9]" "$scratch/output"
