#!/usr/bin/env bash
# Usage: pure_library.sh ARCHIVE
# walreader and feed decode and do nothing else: their archives may not ask for files, output, threads, clocks, locales
# or the environment. (fprintf is not in the list: debug builds of {fmt} have it in their assertions. To call it
# takes <cstdio>, which house_rules.py refuses.)
set -euo pipefail

archive=$1
impure='open|open64|openat|creat|close|read|pread|pread64|write|pwrite|mmap|mmap64|stat|fstat|opendir|readdir
fopen|fopen64|fread|fwrite|fputs|fputc|puts|putchar|printf|vprintf|vfprintf|__printf_chk
getenv|secure_getenv|setlocale|newlocale|localtime|localtime_r|gmtime|gmtime_r|mktime|tzset|strftime
time|clock|clock_gettime|gettimeofday|nanosleep|pthread_create|fork|exit|_exit|system|perror'
impure=$(tr '\n' '|' <<<"$impure")

found=$(nm --undefined-only --print-file-name "$archive" | grep -E " U (${impure%|})(@.*)?$" || true)
streams=$(nm --undefined-only --print-file-name "$archive" | c++filt |
  grep -E 'std::(cout|cerr|clog|thread|chrono::_V2::|basic_[io]*fstream|filesystem)' || true)
if [[ -n $found$streams ]]; then
  echo "$archive must not use:"
  printf '%s\n' "$found" "$streams"
  exit 1
fi
