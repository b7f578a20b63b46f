#!/bin/sh
# usage: spec.sh BUILD_FOLDER
# The specification's test suite, every folder, through compiler and runtime; ends with the sum.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
log=$build/spec.log
: >"$log"
status=0
for suite in core threads extended-const tail-call relaxed-simd memory64 multi-memory exception-handling; do
  echo "== $suite"
  "$build/test-bin/spec_runner" "$suite" "${LIND_TESTDATA:-../shared/testdata}" "$build/spec" \
    tests/spec/expected_failures.txt >"$build/spec.out" || status=1
  cat "$build/spec.out"
  cat "$build/spec.out" >>"$log"
done
awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
     END { printf "%d passed, %d failed\n", passed, failed }' "$log"
exit $status
