#!/bin/bash
# run_example.sh PROGRAM SOURCE BIN_DIR: what PROGRAM prints for SOURCE.wat must be SOURCE.expected; lindc is in BIN_DIR.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wat2wasm "$2.wat" -o "$work/module.wasm"
PATH=$3:$PATH LIND_CACHE=$work/cache "$1" "$work/module.wasm" > "$work/printed"
diff "$2.expected" "$work/printed"
