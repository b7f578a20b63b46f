# shellcheck shell=bash disable=SC2154
# Each bad input: its exit status, one line that names what and where, nothing left in the cache.
load helpers

@test "bad options" {
  for arguments in --bogus "--dir x p" "--cwd rel p" "--root" "--env =x p" ""; do
    # shellcheck disable=SC2086 # words
    observe "$bin/lind" run $arguments
    expect_status 125
    expect_message "lind: "
  done
  observe "$bin/lind" walk
  expect_status 125
  expect_message "walk"
  observe "$bin/lind"
  expect_status 125
  expect_message "no command"
}

@test "a root that does not exist, or is a file" {
  observe "$bin/lind" run --root no/such/root /bin/hello
  expect_status 125
  expect_message "no/such/root" "No such file"
  : >file
  observe "$bin/lind" run --root file /bin/hello
  expect_status 125
  expect_message "file" "Not a directory"
}

@test "a granted directory or a working directory that does not exist" {
  make_hello hello.wasm
  observe "$bin/lind" run --dir missing:/data hello.wasm
  expect_status 125
  expect_message "missing"
  observe "$bin/lind" run --cwd /nowhere hello.wasm
  expect_status 125
  expect_message "--cwd /nowhere"
}

@test "a program that does not exist" {
  observe "$bin/lind" run missing.wasm
  expect_status 127
  expect_message "missing.wasm" "No such file"
  mkdir -p root/bin
  observe "$bin/lind" run --root root missing
  expect_status 127
  expect_message "missing"
  observe "$bin/lind" run --root root /bin/missing
  expect_status 127
  expect_message "/bin/missing"
}

@test "a program that is a directory, or may not be executed" {
  mkdir -p root/bin
  observe "$bin/lind" run root
  expect_status 126
  expect_message "root"
  observe "$bin/lind" run --root root /bin
  expect_status 126
  make_hello hello.wasm
  install -m 644 hello.wasm root/bin/hello
  observe "$bin/lind" run --root root hello
  expect_status 126
  expect_message "hello" "Permission denied"
}

@test "a file that is not wasm" {
  printf 'hello, world\n' >text.wasm
  observe "$bin/lind" run text.wasm
  expect_status 126
  expect_message "text.wasm" "not a WebAssembly module"
  : >empty.wasm
  observe "$bin/lind" run empty.wasm
  expect_status 126
  expect_message "empty.wasm"
  expect_cached 0
}

@test "a truncated module" {
  make_hello hello.wasm
  size=$(stat -c %s hello.wasm)
  for keep in 4 8 20 $((size / 2)) $((size - 1)); do
    head -c "$keep" hello.wasm >cut.wasm
    observe "$bin/lind" run cut.wasm
    expect_status 126
    expect_message "cut.wasm"
  done
  expect_cached 0
}

@test "an invalid module" {
  printf '(module (func (result i32)))' >bad.wat
  wat2wasm --no-check -o bad.wasm bad.wat
  observe "$bin/lind" run bad.wasm
  expect_status 126
  expect_message "bad.wasm"
  expect_cached 0
}

@test "a name that would break the line" {
  name=$'odd\nname\e[1m.wasm'
  printf '\0asm\1\0\0\0\377' >"$name"
  observe "$bin/lind" run "$name"
  expect_status 126
  expect_message 'odd\x0aname\x1b[1m.wasm'
}

@test "a missing import" {
  make_wasm import.wasm '(module (import "env" "puts" (func (param i32) (result i32)))
    (memory (export "memory") 1) (func (export "_start")))'
  observe "$bin/lind" run import.wasm
  expect_status 126
  expect_message "import.wasm" "env.puts"
  make_wasm typed.wasm '(module (import "lind" "syscall" (func (param i32))))'
  observe "$bin/lind" run typed.wasm
  expect_status 126
  expect_message "typed.wasm" "lind.syscall"
  expect_cached 0
}

@test "a missing export" {
  text=$(program_text "nop")
  for name in _start memory __stack_pointer __indirect_function_table; do
    make_wasm export.wasm "${text/\"$name\"/\"no_$name\"}"
    observe "$bin/lind" run export.wasm
    expect_status 126
    expect_message "export.wasm" "export $name is missing"
  done
  expect_cached 0
}

@test "a program cannot be started by exec either" {
  mkdir -p root/bin
  printf 'no script, no module\n' >root/bin/text
  chmod 755 root/bin/text
  observe "$bin/lind" run --root root text
  expect_status 126
  expect_message "text"
}

@test "a lind without a compiler beside it" {
  mkdir alone
  cp "$bin/lind" alone/
  make_hello hello.wasm
  observe alone/lind run hello.wasm
  expect_status 125
  expect_message "lindc" "No such file"
}

@test "lindc: what it cannot compile" {
  observe "$bin/lindc" missing.wasm
  [ "$status" -ne 0 ] || fail "no failure"
  expect_message "missing.wasm" "No such file"
  printf 'text' >text.wasm
  observe "$bin/lindc" text.wasm -o text.lo
  [ "$status" -ne 0 ] || fail "no failure"
  expect_message "text.wasm"
  [ -z "$(find . -name '*.lo*' -o -name '*.lindobj*')" ] || fail "output is left"
}

@test "lindc: a directory it cannot write" {
  make_hello hello.wasm
  observe "$bin/lindc" hello.wasm -o no/such/dir/x.lo
  [ "$status" -ne 0 ] || fail "no failure"
  expect_message "no/such/dir/x.lo" "No such file"
}
