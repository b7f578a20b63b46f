# shellcheck shell=bash disable=SC2154
load helpers

@test "an object's records and code" {
  make_hello hello.wasm
  "$bin/lindc" hello.wasm -o hello.lo
  observe "$bin/lind" objdump hello.lo
  expect_status 0
  [[ $stdout == *"a Lind program"* ]] || fail "no header"
  [[ $stdout == *"func[0] lind.syscall"* ]] || fail "no import"
  [[ $stdout == *" _start"* ]] || fail "no export"
  [[ $stdout == *"<_start>: func["*"() -> ()"*ret* ]] || fail "no code"
}

@test "one function of a module" {
  make_hello hello.wasm
  observe "$bin/lind" objdump hello.wasm _start
  expect_status 0
  [ "$(grep -c '>: func\[' <<<"$stdout")" -eq 1 ] || fail "not one function"
  [[ $stdout != *"call sites"* ]] || fail "records that nobody asked for"
}

@test "traps are named" {
  make_wasm trap.wasm "$(program_text unreachable)"
  observe "$bin/lind" objdump -d trap.wasm
  expect_status 0
  [[ $stdout == *"ud1"*"; unreachable"* ]] || fail "no trap"
}

@test "a call is shown with the address that it goes to" {
  make_hello hello.wasm
  observe "$bin/lind" objdump -d hello.wasm
  expect_status 0
  start=$(sed -n 's/^0*\([0-9a-f]*\) <exit>:.*/\1/p' <<<"$stdout")
  [[ $stdout == *"0x$start  ; exit"* ]] || fail "no call of exit at $start"
}

@test "what is no object, or a function that is not there" {
  echo nothing >file
  observe "$bin/lind" objdump file
  expect_status 1
  expect_message "file: "
  make_hello hello.wasm
  observe "$bin/lind" objdump hello.wasm nowhere
  expect_status 1
  expect_message "no function nowhere"
}
