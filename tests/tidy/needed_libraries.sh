#!/usr/bin/env bash
# Usage: needed_libraries.sh PROGRAM
#        needed_libraries.sh MODULE LIBRARY FUNCTION
# Shared libraries are most of what starting a process costs, so the program may need libc alone (with libm and
# the dynamic loader, which come with it). A module may need LIBRARY too, and exports FUNCTION and nothing else.
set -euo pipefail

needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
surplus=$(grep -vE "^(libc\.so\.6|libm\.so\.6|ld-linux-.*\.so\.[0-9]+${2:+|$2\.so\.[0-9]+})$" <<<"$needed" || true)
if [[ -n $surplus ]]; then
  printf '%s links shared libraries it should link statically:\n%s\n' "$1" "$surplus"
  exit 1
fi
if (($# > 2)); then
  exported=$(nm --dynamic --defined-only "$1" | sed -n 's/.* [A-Z] //p')
  if [[ $exported != "$3" ]]; then
    printf '%s exports more or less than %s:\n%s\n' "$1" "$3" "$exported"
    exit 1
  fi
fi
