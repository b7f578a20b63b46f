# shellcheck shell=bash disable=SC2154
# `lind wasi`: what a program gets, how it ends, and modules that are not right.
load helpers

# wasi_module NAME BODY [IMPORTS]: a program whose _start is BODY.
wasi_module() {
  make_wasm "$1" "(module
    (import \"wasi_snapshot_preview1\" \"proc_exit\" (func \$exit (param i32)))
    (import \"wasi_snapshot_preview1\" \"fd_prestat_get\"
      (func \$prestat (param i32 i32) (result i32)))
    (import \"wasi_snapshot_preview1\" \"environ_sizes_get\"
      (func \$environ (param i32 i32) (result i32)))
    (import \"wasi_snapshot_preview1\" \"args_sizes_get\" (func \$args (param i32 i32) (result i32)))
    (import \"wasi_snapshot_preview1\" \"path_create_directory\"
      (func \$mkdir (param i32 i32 i32) (result i32)))
    $3
    (memory (export \"memory\") 1)
    (data (i32.const 100) \"made\")
    (func (export \"_start\") $2)
    (func (export \"other\") (call \$exit (i32.const 42))))"
}

@test "help fits a screen" {
  observe "$bin/lind" wasi --help
  expect_status 0
  [ "$(wc -l <stdout.txt)" -le 24 ] || fail "$(wc -l <stdout.txt) lines"
  [ "$(wc -L <stdout.txt)" -le 100 ] || fail "$(wc -L <stdout.txt) columns"
  [[ $stdout == *HOST:GUEST* ]] || fail "no HOST:GUEST"
  observe "$bin/lucet-wasi" --help
  [[ $stdout == *GUEST:HOST* ]] || fail "no GUEST:HOST"
}

@test "the exit status is the program's" {
  wasi_module exit.wasm '(call $exit (i32.const 7))'
  observe "$bin/lind" wasi exit.wasm
  expect_status 7
  observe "$bin/lind" wasi --entrypoint other exit.wasm
  expect_status 42
  wasi_module return.wasm nop
  observe "$bin/lind" wasi -- return.wasm -- --dir
  expect_status 0
}

@test "nothing is granted by default" {
  wasi_module preopen.wasm '(call $exit (call $prestat (i32.const 3) (i32.const 0)))'
  observe "$bin/lind" wasi preopen.wasm
  expect_status 8
  wasi_module environ.wasm '(drop (call $environ (i32.const 0) (i32.const 4)))
    (call $exit (i32.load (i32.const 0)))'
  A=1 observe "$bin/lind" wasi environ.wasm
  expect_status 0
  B=2 observe "$bin/lind" wasi --env A=1 --env B --env NOT_SET_HERE environ.wasm
  expect_status 2
}

@test "arguments are the program's, behind its name" {
  wasi_module args.wasm '(drop (call $args (i32.const 0) (i32.const 4)))
    (call $exit (i32.load (i32.const 0)))'
  observe "$bin/lind" wasi args.wasm one --dir --env
  expect_status 4
}

@test "directories, in the order of the name that was called" {
  wasi_module mkdir.wasm '(call $exit (call $mkdir (i32.const 3) (i32.const 100) (i32.const 4)))'
  mkdir host
  observe "$bin/lind" wasi --dir host:/guest mkdir.wasm
  expect_status 0
  rmdir host/made
  observe "$bin/lind" wasi --dir host::guest mkdir.wasm
  expect_status 0
  rmdir host/made
  observe "$bin/lucet-wasi" --dir /guest:host mkdir.wasm
  expect_status 0
  rmdir host/made
  observe "$bin/lind" wasi --dir host:/guest:ro mkdir.wasm
  expect_status 69
  [ ! -e host/made ] || fail "made in a directory given read-only"
  for arguments in "--dir host:/x --dir host:x" "--dir host:" "--dir host:../x" "--dir none:/x" ; do
    # shellcheck disable=SC2086 # words
    observe "$bin/lind" wasi $arguments mkdir.wasm
    expect_status 125
    expect_message "lind: "
  done
}

@test "a trap is one line and a status of its own" {
  wasi_module trap.wasm 'unreachable'
  observe "$bin/lind" wasi trap.wasm
  expect_status 132
  expect_message "trap: unreachable"
  wasi_module memory.wasm '(drop (i32.load (i32.const 65536)))'
  observe "$bin/lind" wasi memory.wasm
  expect_status 139
  expect_message "trap: out of bounds memory access"
  wasi_module divide.wasm '(drop (i32.div_u (i32.const 1) (i32.const 0)))'
  observe "$bin/lind" wasi divide.wasm
  expect_status 136
  expect_message "trap: integer divide by zero"
  make_wasm start.wasm '(module (func $s unreachable) (start $s) (func (export "_start")))'
  observe "$bin/lind" wasi start.wasm
  expect_status 132
  expect_message "trap: unreachable"
}

@test "imports that are not there, or of another type" {
  make_wasm wrong.wasm '(module (import "wasi_snapshot_preview1" "fd_read"
    (func (param i32 i64) (result i32))) (func (export "_start")))'
  observe "$bin/lind" wasi wrong.wasm
  expect_status 126
  expect_message "fd_read has type (i32 i64) -> (i32), it is (i32 i32 i32 i32) -> (i32)"
  make_wasm none.wasm '(module (import "wasi_snapshot_preview1" "fd_frob" (func))
    (func (export "_start")))'
  observe "$bin/lind" wasi none.wasm
  expect_status 126
  expect_message "wasi_snapshot_preview1.fd_frob"
  make_wasm old.wasm '(module (import "wasi_unstable" "sock_accept"
    (func (param i32 i32 i32) (result i32))) (func (export "_start")))'
  observe "$bin/lind" wasi old.wasm
  expect_status 126
  expect_message "wasi_unstable.sock_accept"
  make_wasm global.wasm '(module (import "env" "g" (global i32)) (func (export "_start")))'
  observe "$bin/lind" wasi global.wasm
  expect_status 126
  expect_message "env.g"
  expect_cached 0
}

@test "exports that are not there, or of another type" {
  make_wasm none.wasm '(module (memory (export "memory") 1))'
  observe "$bin/lind" wasi none.wasm
  expect_status 126
  expect_message "_start"
  make_wasm typed.wasm '(module (func (export "_start") (param i32)))'
  observe "$bin/lind" wasi typed.wasm
  expect_status 126
  expect_message "_start has parameters"
  observe "$bin/lind" wasi --entrypoint nowhere typed.wasm
  expect_status 126
  expect_message "nowhere"
  make_wasm threads.wasm '(module (import "wasi" "thread-spawn" (func (param i32) (result i32)))
    (import "env" "memory" (memory 1 1 shared)) (func (export "_start")))'
  observe "$bin/lind" wasi threads.wasm
  expect_status 126
  expect_message "wasi_thread_start"
}

@test "modules that ask for too much, or are none" {
  make_wasm data.wasm '(module (memory 1) (data (i32.const 65530) "too long") (func (export "_start")))'
  observe "$bin/lind" wasi data.wasm
  [ "$status" -ne 0 ] || fail "it ran"
  [[ $stderr == *"out of bounds memory access"* ]] || fail "$stderr"
  printf 'text' >text.wasm
  observe "$bin/lind" wasi text.wasm
  expect_status 126
  expect_message "not a WebAssembly module"
  observe "$bin/lind" wasi missing.wasm
  expect_status 127
  expect_message "missing.wasm" "No such file"
  observe "$bin/lind" wasi
  expect_status 125
  expect_message "no module"
}

@test "lind run runs it too" {
  mkdir -p root/bin
  wasi_module root/bin/program 'nop'
  chmod 755 root/bin/program
  observe "$bin/lind" run --root root program
  expect_status 0
  wasi_module mkdir.wasm '(call $exit (call $mkdir (i32.const 3) (i32.const 100) (i32.const 4)))'
  mkdir host
  cp mkdir.wasm host/program
  chmod 755 host/program
  observe "$bin/lind" run --dir "$PWD/host:/" /program
  expect_status 0
  [ -d host/made ] || fail "it has made nothing"
}

@test "a function by its name, with its results" {
  make_wasm math.wasm '(module
    (func (export "add") (param i32 i64) (result i64)
      (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
    (func (export "half") (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
    (func (export "both") (param f32) (result f32 i32) (local.get 0) (i32.const -1))
    (global $g (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $g (i32.const 5)))
    (func (export "get") (result i32) (global.get $g))
    (func (export "trap") unreachable))'
  observe "$bin/lind" wasi --invoke add math.wasm -3 0x10
  expect_status 0
  [ "$stdout" = 13 ] || fail "$stdout"
  observe "$bin/lind" wasi --invoke half math.wasm 3
  [ "$stdout" = 1.5 ] || fail "$stdout"
  observe "$bin/lind" wasi --invoke both math.wasm 0.25
  [ "$stdout" = $'0.25\n-1' ] || fail "$stdout"
  observe "$bin/lind" wasi --invoke get math.wasm
  [ "$stdout" = 5 ] || fail "$stdout"
  observe "$bin/lind" wasi --invoke trap math.wasm
  expect_status 132
  observe "$bin/lind" wasi --invoke add math.wasm 1
  expect_status 126
  expect_message "add is (i32 i64) -> (i64): it takes 2 arguments, 1 were given"
  for number in 4294967296 -2147483649 x 1.5 "" 0x; do
    observe "$bin/lind" wasi --invoke add math.wasm "$number" 0
    expect_status 126
    expect_message "is no i32"
  done
}

@test "a working directory" {
  wasi_module mkdir.wasm '(call $exit (call $mkdir (i32.const 4) (i32.const 100) (i32.const 4)))'
  mkdir -p host/sub
  observe "$bin/lind" wasi --dir host:/guest --cwd /guest/sub mkdir.wasm
  expect_status 0
  [ -d host/sub/made ] || fail "not made there"
  observe "$bin/lind" wasi --dir host:/guest --cwd /guest/none mkdir.wasm
  expect_status 125
  expect_message "--cwd /guest/none" "No such file"
  observe "$bin/lind" wasi --cwd / mkdir.wasm
  expect_status 125
  expect_message "--cwd /"
}

@test "a module from a pipe" {
  wasi_module exit.wasm '(call $exit (i32.const 7))'
  status=0
  "$bin/lind" wasi /dev/stdin <exit.wasm || status=$?
  expect_status 7
  status=0
  # shellcheck disable=SC2002 # a pipe is what is tested
  cat exit.wasm | "$bin/lind" wasi /dev/stdin || status=$?
  expect_status 7
  status=0
  "$bin/lind" wasi <(cat exit.wasm) || status=$?
  expect_status 7
}

@test "a listening socket is descriptor 3, behind the directories 4" {
  make_wasm listen.wasm '(module
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start")
      (drop (call $fdstat (i32.const 3) (i32.const 0)))
      (drop (call $fdstat (i32.const 4) (i32.const 32)))
      (call $exit (i32.add (i32.mul (i32.const 10) (i32.load8_u (i32.const 0)))
        (i32.load8_u (i32.const 32))))))'
  observe "$bin/lind" wasi --listen 127.0.0.1:0 listen.wasm
  expect_status 60
  mkdir host
  observe "$bin/lind" wasi --listen '[::1]:0' --dir host listen.wasm
  [ "$status" -eq 36 ] || expect_message "--listen [::1]:0"
  observe "$bin/lind" wasi --listen localhost listen.wasm
  expect_status 125
  expect_message "--listen localhost"
}

@test "no more memory than it may have" {
  make_wasm grow.wasm '(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 16)
    (func (export "_start")
      (if (i32.ne (memory.grow (i32.const 16)) (i32.const -1)) (then (call $exit (i32.const 1))))
      (call $exit (memory.size))))'
  observe "$bin/lind" wasi grow.wasm
  expect_status 1
  observe "$bin/lind" wasi --max-memory 1MiB grow.wasm
  expect_status 16
  observe "$bin/lucet-wasi" --max-heap-size 1536KiB --heap-address-space 2MiB grow.wasm
  expect_status 16
  observe "$bin/lind" wasi --max-memory 1023KiB grow.wasm
  expect_status 126
  expect_message "grow.wasm: the module begins with a memory of 1024 KiB, 960 KiB are allowed"
  observe "$bin/lind" wasi --max-memory 4GiB --heap-address-space 1GiB grow.wasm
  expect_status 125
  expect_message "\`heap-address-space\` must be at least as large as \`max-heap-size\`"
  mkdir -p root/bin
  cp grow.wasm root/bin/grow
  chmod 755 root/bin/grow
  observe "$bin/lind" run --root root --memory 1MiB grow
  expect_status 16
}

@test "a machine stack as large as it is wanted" {
  make_wasm deep.wasm '(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func $deep (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 7))
        (else (i32.add (i32.const 0) (call $deep (i32.sub (local.get 0) (i32.const 1)))))))
    (func (export "_start") (call $exit (i32.add (i32.const 1) (call $deep (i32.const 20000))))))'
  observe "$bin/lind" wasi deep.wasm
  expect_status 8
  observe "$bin/lind" wasi --stack-size 64KiB deep.wasm
  expect_status 139
  expect_message "trap: " "in deep"
  observe "$bin/lind" wasi --stack-size 32KiB deep.wasm
  expect_status 125
  expect_message "--stack-size 32768"
}

@test "an end when the time is over" {
  wasi_module loop.wasm '(loop (br 0))'
  observe "$bin/lind" wasi --timeout 100 loop.wasm
  expect_status 124
  expect_message "loop.wasm: ended after 100 ms"
  observe "$bin/lucet-wasi" --timeout 100ms loop.wasm
  expect_status 255
  expect_message "Terminated via remote kill switch (likely a timeout)"
  wasi_module quick.wasm '(call $exit (i32.const 7))'
  observe "$bin/lind" wasi --timeout 1min quick.wasm
  expect_status 7
  for time in 0 -1 x 10h; do
    observe "$bin/lind" wasi --timeout "$time" quick.wasm
    expect_status 125
    expect_message "--timeout"
  done
}

@test "what is compiled and cached" {
  wasi_module exit.wasm '(call $exit (i32.const 7))'
  observe "$bin/lind" wasi --verbose exit.wasm
  expect_status 7
  [[ $stderr == *"compiling "*"compiled in "*" ms"*"kept as $LIND_CACHE/"* ]] || fail "$stderr"
  observe "$bin/lind" wasi --verbose exit.wasm
  [[ $stderr == *"from the cache, $LIND_CACHE/"* ]] || fail "$stderr"
}

@test "an object instead of a module" {
  wasi_module exit.wasm '(call $exit (i32.const 7))'
  "$bin/lindc" exit.wasm
  observe "$bin/lind" wasi exit.lindobj
  expect_status 7
  expect_cached 0
  status=0
  # shellcheck disable=SC2002 # a pipe is what is tested
  cat exit.lindobj | "$bin/lind" wasi /dev/stdin || status=$?
  expect_status 7
  observe "$bin/lind" wasi --entrypoint none exit.lindobj
  expect_status 126
  expect_message "does not export the function none"
}

@test "objects that are altered, of others, or for another machine" {
  wasi_module exit.wasm '(call $exit (i32.const 7))'
  "$bin/lindc" exit.wasm -o whole
  for at in 100 4096 5000; do
    cp whole altered
    printf '\x5a' | dd of=altered bs=1 seek="$at" conv=notrunc status=none
    cmp -s whole altered && continue
    observe "$bin/lind" wasi altered
    expect_status 126
    expect_message "altered: "
  done
  head -c 5000 whole >cut
  observe "$bin/lind" wasi cut
  expect_status 126
  expect_message "cut: "
  cp /bin/true native
  observe "$bin/lind" wasi native
  expect_status 126
  expect_message "native: a program of another system"
  "$bin/lindc" --module-fd 3 --object-fd 4 3<exit.wasm 4>unsealed
  observe "$bin/lind" wasi unsealed
  expect_status 126
  expect_message "unsealed: the object is not sealed"
}

@test "signatures" {
  wasi_module exit.wasm '(call $exit (i32.const 7))'
  "$bin/lindc" --keygen --signature-pk key.pub --signature-sk key.sec
  [ "$(stat -c %a key.sec)" = 600 ] || fail "others can read the secret key"
  observe "$bin/lindc" --keygen --signature-pk key.pub --signature-sk key.sec
  expect_status 1
  "$bin/lindc" exit.wasm --sign --signature-sk raw:key.sec
  observe "$bin/lind" wasi --signature-verify --signature-pk key.pub exit.lindobj
  expect_status 7
  observe "$bin/lind" wasi --signature-verify --signature-pk key.pub exit.wasm
  expect_status 126
  expect_message "exit.wasm.minisig" "No such file"
  observe "$bin/lind" wasi --signature-verify exit.lindobj
  expect_status 125
  expect_message "signature verification requires a public key"
  cp exit.lindobj.minisig exit.wasm.minisig
  observe "$bin/lind" wasi --signature-verify --signature-pk key.pub exit.wasm
  expect_status 126
  expect_message "the signature is not this file's"
  observe "$bin/lindc" exit.wasm --verify --signature-pk key.pub
  expect_status 1
  expect_message "the signature is not this file's"
  "$bin/lindc" --keygen --signature-pk other.pub --signature-sk other.sec
  observe "$bin/lind" wasi --signature-verify --signature-pk other.pub exit.lindobj
  expect_status 126
  expect_message "signed with the key"
  if command -v minisign >/dev/null; then
    minisign -V -p key.pub -m exit.lindobj
    minisign -G -W -p theirs.pub -s theirs.sec >/dev/null
    minisign -S -s theirs.sec -m exit.wasm
    observe "$bin/lind" wasi --signature-verify --signature-pk theirs.pub exit.wasm
    expect_status 7
  fi
}
