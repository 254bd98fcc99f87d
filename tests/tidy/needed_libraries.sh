#!/usr/bin/env bash
# Usage: needed_libraries.sh PROGRAM
# Shared libraries are most of what starting a process costs, so the program may need libc alone (with libm and
# the dynamic loader, which come with it).
set -euo pipefail

needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
surplus=$(grep -vE '^(libc\.so\.6|libm\.so\.6|ld-linux-.*\.so\.[0-9]+)$' <<<"$needed" || true)
if [[ -n $surplus ]]; then
  printf '%s links shared libraries it should link statically:\n%s\n' "$1" "$surplus"
  exit 1
fi
