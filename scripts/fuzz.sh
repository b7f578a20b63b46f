#!/bin/sh
# usage: fuzz.sh BUILD_FOLDER
# Builds the libFuzzer targets and runs each for FUZZ_SECONDS (60) on a corpus of modules and objects:
# those of the specification's scripts and the guest programs, as far as they have been built.
set -eu
cd "$(dirname "$0")/.."
build=$1
seconds=${FUZZ_SECONDS:-60}
cmake --preset dev -B "$build" -D LIND_SANITIZE=fuzzer-no-link,address,undefined \
  -D LIND_PROGRAM_DIR="$PWD/$build/bin" >/dev/null
cmake --build "$build" --target decode_fuzz codegen_fuzz object_fuzz

mkdir -p "$build/corpus/decode" "$build/corpus/codegen" "$build/corpus/object"
find build/release/spec build/guest -name '*.wasm' -size -64k 2>/dev/null | while read -r module; do
  name=$(sha256sum "$module" | cut -c1-16)
  cp -n "$module" "$build/corpus/decode/$name"
done
find "$build/corpus/decode" -type f -size -8k -exec cp -n -t "$build/corpus/codegen" {} +
if [ -x build/bin/lindc ]; then
  find "$build/corpus/decode" -type f -size -2k | head -n 200 | while read -r module; do
    object=$build/corpus/object/$(basename "$module")
    [ -f "$object" ] || build/bin/lindc --exact -O0 "$module" -o "$object" 2>/dev/null || true
  done
fi
for target in decode codegen object; do
  echo "fuzz: $target for $seconds s"
  "$build/test-bin/${target}_fuzz" "$build/corpus/$target" -max_total_time="$seconds" \
    -max_len=65536 -artifact_prefix="$build/$target-" -print_final_stats=1
done
