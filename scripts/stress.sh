#!/bin/sh
# Forks a large memory while its threads sleep in read, with each way to find private pages.
# usage: scripts/stress.sh [SECONDS]    of each way; 60 unless told
set -eu

seconds=${1-60}
top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/build/stress
mkdir -p "$out"
"$top/build/bin/lind-cc" -std=gnu17 -O1 -pthread -I"$top/tests/guest" \
  "$top/tests/guest/fork/reads_in_flight.c" -o "$out/reads_in_flight.wasm"
status=0
for method in scan read none; do
  printf '%s: ' "$method"
  LIND_PAGEMAP=$method "$top/build/bin/lind" run "$out/reads_in_flight.wasm" "$seconds" \
    >"$out/result" 2>&1 || status=1
  cat "$out/result"
  [ "$(cat "$out/result")" = "lost 0" ] || status=1
done
exit $status
