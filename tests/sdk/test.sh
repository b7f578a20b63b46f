#!/bin/bash
# test.sh BIN_DIR: builds a CMake project and an autoconf project with the SDK and runs them in cages.
set -euo pipefail
bin=$(readlink -f "${1:?usage: test.sh BIN_DIR}")
here=$(dirname "$(readlink -f "$0")")
sdk=$here/../../guest/sdk
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH=$bin:$PATH LIND_CACHE=$work/cache LC_ALL=C
fail() { echo "sdk: $*" >&2; exit 1; }

cmake -S "$here/cmake" -B "$work/cmake" --toolchain "$sdk/toolchain.cmake" -DCMAKE_BUILD_TYPE=Release > "$work/log" 2>&1 &&
  cmake --build "$work/cmake" >> "$work/log" 2>&1 && ctest --test-dir "$work/cmake" --output-on-failure >> "$work/log" 2>&1 ||
  { cat "$work/log" >&2; fail "the CMake project"; }

cp -r "$here/autoconf" "$work/autoconf"
cd "$work/autoconf"
autoreconf -fi > "$work/log" 2>&1
mkdir build && cd build
"$sdk/lind-configure" ../configure >> "$work/log" 2>&1 && make >> "$work/log" 2>&1 ||
  { cat "$work/log" >&2; fail "the autoconf project"; }
answer=$("$sdk/lind-here" ./greet)
[[ $answer == "long 4, time_t 8, 1.414" ]] || fail "the autoconf program says: $answer"
