#!/bin/bash
# Runs every test and ends with "N passed, N failed".  Usage: run_tests.sh BUILD_DIR
set -uo pipefail

build=${1:?usage: run_tests.sh BUILD_DIR}
report=$build/test-report.txt
jobs=${JOBS:-$(nproc)}

# What fails once on a busy machine (a native run beside it, a race with a timer) has a second try, and is named below.
ctest --test-dir "$build" --output-on-failure --no-tests=error --repeat until-pass:2 -j "$jobs" 2>&1 | tee "$report"
status=${PIPESTATUS[0]}

total=$(sed -n 's/.* tests failed out of \([0-9]*\)$/\1/p' "$report" | tail -n 1)
failed=$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of [0-9]*$/\1/p' "$report" | tail -n 1)
if [ -z "$total" ] || [ -z "$failed" ]; then
  echo "run_tests: ctest ended without a summary (status $status)" >&2
  echo "0 passed, 1 failed"
  exit 1
fi
# ctest counts what was skipped as passed, and keeps the reasons in its log.
skipped=0
while read -r name; do
  skipped=$((skipped + 1))
  echo "skipped $name: $(grep -A9 "Testing: $name\$" "$build/Testing/Temporary/LastTest.log" \
    | sed -n '/^-----/{n;p;q}')"
done < <(sed -n 's/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \([^ ]*\) .*\*\*\*Skipped.*/\1/p' "$report")
sed -n 's/^ *Test *#[0-9]*: \([^ ]*\) .*\*\*\*\(Failed\|Timeout\|Exception\|Not Run\).*/failed at least once: \1/p;
  s/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \([^ ]*\) .*\*\*\*\(Failed\|Timeout\|Exception\|Not Run\).*/failed at least once: \1/p' \
  "$report" | sort -u
echo "$((total - failed - skipped)) passed, $failed failed"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ]
