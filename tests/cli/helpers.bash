# shellcheck shell=bash disable=SC2034 # variables are for the tests
# Loaded by every .bats file: a private cache and directory per test, and modules from text.

setup() {
  bin=${LIND_BIN:?directory of lind and lindc}
  dir=$BATS_TEST_TMPDIR
  export LIND_CACHE=$dir/cache
  cd "$dir" || return 1
}

# Runs a command; $status, $stdout and $stderr are what it gave.
observe() {
  status=0
  "$@" >stdout.txt 2>stderr.txt </dev/null || status=$?
  stdout=$(cat stdout.txt)
  stderr=$(cat stderr.txt)
}

# make_wasm NAME TEXT: a binary module from its text form.
make_wasm() {
  printf '%s' "$2" >"$1.wat"
  wat2wasm --enable-threads --debug-names -o "$1" "$1.wat"
}

# program_text BODY [FUNCTIONS]: what every program has; BODY stands in _start.
program_text() {
  cat <<END
(module
  (import "lind" "syscall" (func \$call (param i32 i64 i64 i64 i64 i64 i64) (result i64)))
  (memory (export "memory") 2)
  (table (export "__indirect_function_table") 1 funcref)
  (global (export "__stack_pointer") (mut i32) (i32.const 131072))
  (data (i32.const 65536) "hello\n")
  (func \$exit (param i32)
    (drop (call \$call (i32.const 231) (i64.extend_i32_u (local.get 0))
      (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))
    unreachable)
  $2
  (func (export "_start") $1))
END
}

# A program that writes "hello" and ends with status $2.
make_hello() {
  make_wasm "$1" "$(program_text "
    (drop (call \$call (i32.const 1) (i64.const 1) (i64.const 65536) (i64.const 6)
      (i64.const 0) (i64.const 0) (i64.const 0)))
    (call \$exit (i32.const ${2:-0}))")"
}

expect_status() {
  [ "$status" -eq "$1" ] || fail "exit status $status, expected $1"
}

# One line on stderr, with every argument in it.
expect_message() {
  [ "$(wc -l <stderr.txt)" -eq 1 ] || fail "not one line"
  local part
  for part; do
    [[ $stderr == *"$part"* ]] || fail "no '$part' in it"
  done
}

expect_silence() {
  [ ! -s stderr.txt ] || fail "stderr is not empty"
}

# The cache holds this many entries and nothing else.
expect_cached() {
  local entries all
  entries=$(find cache -name '*.lo' 2>/dev/null | wc -l)
  all=$(find cache -type f 2>/dev/null | wc -l)
  [ "$entries $all" = "$1 $1" ] || fail "cache: $entries entries, $all files"
}

fail() {
  {
    echo "$*"
    echo "status: $status"
    echo "stdout: $stdout"
    echo "stderr: $stderr"
  } >&2
  return 1
}
