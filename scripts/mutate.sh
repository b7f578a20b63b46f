#!/bin/sh
# usage: mutate.sh RELEASE_DIR GUEST_DIR
# Mutates small modules and whole programs; LIND_MUTATIONS says how often (default: a million each).
set -eu
release=$1 guest=$2
: "${LIND_MUTATIONS:=1000000}"
export LIND_MUTATIONS
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
"$release/test-bin/verify_opinions_test" --gtest_filter='MutationTest.*'
files=
for name in dash grep; do
  "$release/../bin/lindc" "$guest/root/bin/$name" -o "$objects/$name.lindobj"
  "$release/../bin/lindc" --exact "$guest/root/bin/$name" -o "$objects/$name-exact.lindobj"
  files="$files $objects/$name.lindobj $objects/$name-exact.lindobj"
done
LIND_MUTATION_OBJECTS=$files "$release/test-bin/verify_opinions_test" --gtest_filter='MutationTest.*'
