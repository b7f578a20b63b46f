# shellcheck shell=bash disable=SC2154
# lindc by itself, with the options that lucetc has.
load helpers

command_module() {
  make_wasm "$1" '(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2 100)
    (func (export "_start") (call $exit (memory.grow (i32.const 3)))))'
}

@test "an object is a shared object with sections of ours" {
  command_module a.wasm
  observe "$bin/lindc" a.wasm -o a.so --emit so
  expect_status 0
  [[ $(readelf -h a.so) == *"DYN (Shared object file)"* ]] || fail "no shared object"
  [[ $(readelf -SW a.so) == *.lind.header*.lind.digest* ]] || fail "no sections"
  observe "$bin/lind" wasi a.so
  expect_status 2
  observe "$bin/lucetc" a.wasm
  expect_status 0
  cmp a.out a.so || fail "another object"
}

@test "levels and processors by lucetc's names" {
  command_module a.wasm
  for level in 0 1 2 3 none speed speed_and_size best; do
    observe "$bin/lindc" a.wasm -o a.so --opt-level "$level"
    expect_status 0
  done
  observe "$bin/lindc" a.wasm -o a.so --opt-level most
  expect_status 2
  for cpu in native baseline haswell znver1 x86-64-v2; do
    observe "$bin/lindc" a.wasm -o a.so --target-cpu "$cpu"
    expect_status 0
  done
  observe "$bin/lind" objdump -x a.so
  [[ $stdout == *"compiled for x86-64-v2"* ]] || fail "no processor"
  [[ $stdout == *"seal: as it was made"* ]] || fail "no seal"
  observe "$bin/lindc" a.wasm -o a.so --target-cpu i386
  expect_status 1
  expect_message "unknown cpu i386"
}

@test "sizes" {
  command_module a.wasm
  observe "$bin/lindc" a.wasm -o a.so --max-reserved-size 192KiB --guard-size 4MiB
  expect_status 0
  observe "$bin/lind" objdump -x a.so
  [[ $stdout == *"memory[0] 2 pages, at most 3"* ]] || fail "$stdout"
  observe "$bin/lind" wasi a.so
  expect_status 255
  observe "$bin/lindc" a.wasm -o a.so --reserved-size 64KiB
  expect_status 1
  expect_message "the module begins with a memory of 128 KiB, 64 KiB are reserved"
  for wrong in "--reserved-size 65537" "--min-reserved-size 16GiB" "--guard-size 5GiB" \
    "--min-reserved-size 1GiB --max-reserved-size 512MiB"; do
    # shellcheck disable=SC2086 # words
    observe "$bin/lindc" a.wasm -o a.so $wrong
    expect_status 1
    [ -n "$stderr" ] || fail "no word"
  done
}

@test "bindings" {
  command_module a.wasm
  echo '{"wasi_snapshot_preview1": {"proc_exit": "__wasi_proc_exit"}}' >one.json
  echo '{"env": {"puts": "puts"}}' >other.json
  observe "$bin/lindc" a.wasm -o a.so --bindings other.json --bindings one.json
  expect_status 0
  observe "$bin/lindc" a.wasm -o a.so --bindings other.json
  expect_status 1
  expect_message "import wasi_snapshot_preview1.proc_exit is not in the bindings"
  for text in '' '[]' '{"a": 1}' '{"a": {"b": 1}}' '{'; do
    echo "$text" >bad.json
    observe "$bin/lindc" a.wasm -o a.so --bindings bad.json
    expect_status 1
    expect_message "--bindings bad.json: expected"
  done
  observe "$bin/lindc" a.wasm -o a.so --bindings none.json
  expect_status 1
}

@test "WASI commands only" {
  command_module a.wasm
  observe "$bin/lindc" a.wasm -o a.so --wasi-start
  expect_status 0
  make_wasm b.wasm '(module (import "env" "f" (func)) (func (export "_start")))'
  observe "$bin/lindc" b.wasm -o b.so --wasi-start
  expect_status 1
  expect_message "not a WASI command: import env.f"
  make_wasm c.wasm '(module (memory (export "memory") 1) (func (export "_start") (param i32)))'
  observe "$bin/lindc" c.wasm -o c.so --wasi-start
  expect_status 1
  expect_message "no export _start"
}

@test "errors as JSON" {
  observe "$bin/lindc" none.wasm --error-style json
  expect_status 1
  [ "$stderr" = '[{"error":"none.wasm: open: No such file or directory"}]' ] || fail "$stderr"
}
