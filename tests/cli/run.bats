# shellcheck shell=bash disable=SC2016,SC2154 # $ is wat's in single quotes
load helpers

@test "a host file runs and its exit status is ours" {
  make_hello hello.wasm 7
  observe "$bin/lind" run hello.wasm
  expect_status 7
  expect_silence
  [ "$stdout" = hello ] || fail "wrong output"
}

@test "lind-boot is lind run" {
  make_hello hello.wasm
  observe "$bin/lind-boot" --env A=1 --env HOME hello.wasm one two
  expect_status 0
  expect_silence
  [ "$stdout" = hello ] || fail "wrong output"
}

@test "a program that traps ends as by a signal" {
  make_wasm trap.wasm "$(program_text "unreachable")"
  observe "$bin/lind" run trap.wasm
  expect_status 132
}

@test "with a root the program is a path of the guest" {
  mkdir -p root/bin
  make_hello hello.wasm 3
  install -m 755 hello.wasm root/bin/hello
  observe "$bin/lind" run --root root /bin/hello
  expect_status 3
  observe "$bin/lind" run --root root --cwd /bin ./hello
  expect_status 3
}

@test "a bare name is looked up in the guest's PATH" {
  mkdir -p root/bin root/opt
  make_hello one.wasm 1
  make_hello two.wasm 2
  install -m 755 one.wasm root/bin/hello
  install -m 755 two.wasm root/opt/hello
  observe "$bin/lind" run --root root hello
  expect_status 1
  observe "$bin/lind" run --dir root:/ --env PATH=/nothing:/opt:/bin hello
  expect_status 2
}

@test "--verbose lists the calls that nobody answers" {
  make_wasm odd.wasm "$(program_text "
    (drop (call \$call (i32.const 999) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)
      (i64.const 0) (i64.const 0)))
    (call \$exit (i32.const 0))")"
  observe "$bin/lind" run odd.wasm
  expect_status 0
  expect_silence
  observe "$bin/lind" run --verbose odd.wasm
  [[ $stderr == *unanswered*999*"1 times"* ]] || fail "no count"
}

@test "--debug traces calls" {
  make_hello hello.wasm
  observe "$bin/lind" run --debug hello.wasm
  expect_status 0
  [[ $stderr == *write* && $stderr == *exit_group* ]] || fail "no trace"
}

@test "--stats counts cages" {
  make_hello hello.wasm
  observe "$bin/lind" run --stats hello.wasm
  expect_status 0
  expect_message "cages: 1 started, 1 at most at once; host processes: 1 (and the compile broker)"
}

@test "help and version go to stdout" {
  for arguments in --help --version "run --help"; do
    # shellcheck disable=SC2086 # words
    observe "$bin/lind" $arguments
    expect_status 0
    expect_silence
    [ -n "$stdout" ] || fail "no text"
  done
}

@test "two cages that start one program at once compile it once" {
  mkdir -p root/bin
  make_hello hello.wasm
  install -m 755 hello.wasm root/bin/hello
  # clone(SIGCHLD), execve in the child; then wait4(-1) for both.
  make_wasm root/bin/twice "$(program_text '
    (call $spawn) (call $spawn) (call $reap) (call $reap) (call $exit (i32.const 0))' '
    (data (i32.const 65600) "/bin/hello\00")
    (func $spawn
      (if (i64.eqz (call $call (i32.const 56) (i64.const 17) (i64.const 0) (i64.const 0)
                     (i64.const 0) (i64.const 0) (i64.const 0)))
        (then (drop (call $call (i32.const 59) (i64.const 65600) (i64.const 0) (i64.const 0)
                      (i64.const 0) (i64.const 0) (i64.const 0)))
              (call $exit (i32.const 99)))))
    (func $reap
      (drop (call $call (i32.const 61) (i64.const -1) (i64.const 0) (i64.const 0) (i64.const 0)
              (i64.const 0) (i64.const 0))))')"
  chmod 755 root/bin/twice
  observe "$bin/lind" run --verbose --stats --root root twice
  expect_status 0
  [ "$stdout" = $'hello\nhello' ] || fail "wrong output"
  [ "$(grep -c '/bin/hello: compiling' stderr.txt)" -eq 1 ] || fail "not compiled once"
  [[ $stderr == *"cages: 3 started"* ]] || fail "not three cages"
}

@test "nothing of a lind that was killed is left" {
  make_wasm loop.wasm "$(program_text '(loop br 0)')"
  "$bin/lind" run loop.wasm 3>&- &
  lind=$!
  # The loop runs once the broker has nothing to compile any more.
  until [ -n "$(find cache -name '*.lo' 2>/dev/null)" ]; do sleep 0.05; done
  broker=$(pgrep -P "$lind")
  # The empty root: the directory that /dev of the guest is in.
  root=$(dirname "$(find "/proc/$lind/fd" -lname '*/lind-*/dev' -exec readlink {} +)")
  [ -d "$root/dev" ] || fail "no private directory $root"
  kill -KILL "$lind"
  # Bats ends the test after its time if this does not.
  while [ -e "/proc/$broker" ] && ! grep -q '^State:.Z' "/proc/$broker/status"; do sleep 0.05; done
  [ ! -e "$root" ] || fail "$root is left"
}

@test "a crash tells where, if asked" {
  make_wasm crash.wasm "$(program_text '(drop (call $outer (i32.const 1)))' '
    (func $inner (param i32) (result i32)
      (if (result i32) (local.get 0) (then (unreachable)) (else (i32.const 1))))
    (func $outer (param i32) (result i32) (i32.add (call $inner (local.get 0)) (i32.const 1)))')"
  observe "$bin/lind" run --verbose crash.wasm
  expect_status 132
  [[ $stderr == *$'  in inner\nlind:   in outer\nlind:   in _start'* ]] || fail "$stderr"
}

@test "a map for perf names the functions" {
  make_hello hello.wasm
  observe bash -c 'echo $$ >pid; exec "$0" run --perf-map hello.wasm' "$bin/lind"
  expect_status 0
  map=/tmp/perf-$(cat pid).map
  grep -Eq '^[0-9a-f]+ [0-9a-f]+ _start$' "$map" || fail "$(cat "$map")"
  rm "$map"
}
