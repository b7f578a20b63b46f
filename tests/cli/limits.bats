# shellcheck shell=bash disable=SC2016 # $ is wat's in single quotes
load helpers

# Forks children that sleep until a fork is refused; ends with 100 + their number if that is EAGAIN,
# with the errno otherwise.
make_fork_bomb() {
  make_wasm bomb.wasm "$(program_text '
    (local $children i32) (local $result i64)
    (loop $more
      (local.set $result (call $call (i32.const 57) (i64.const 0) (i64.const 0) (i64.const 0)
        (i64.const 0) (i64.const 0) (i64.const 0)))
      (if (i64.eqz (local.get $result))
        (then (loop $asleep
          (drop (call $call (i32.const 34) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)
            (i64.const 0) (i64.const 0)))
          (br $asleep))))
      (if (i64.eq (local.get $result) (i64.const -11))
        (then (call $exit (i32.add (i32.const 100) (local.get $children)))))
      (if (i64.lt_s (local.get $result) (i64.const 0))
        (then (call $exit (i32.wrap_i64 (i64.sub (i64.const 0) (local.get $result))))))
      (local.set $children (i32.add (local.get $children) (i32.const 1)))
      (br $more))')"
}

@test "--pids is how many processes there can be" {
  make_fork_bomb
  observe "$bin/lind" run --pids 20 bomb.wasm
  expect_status 119
  expect_silence
  observe "$bin/lind" run --pids 1 bomb.wasm
  expect_status 100
}

@test "a host without descriptors or memory for more cages refuses forks, and lind goes on" {
  make_fork_bomb
  ulimit -n 40
  observe "$bin/lind" run bomb.wasm
  expect_status 12
  expect_silence
  ulimit -v $((512 * 1024 * 1024))
  observe "$bin/lind" run bomb.wasm
  expect_status 12
  expect_silence
}

@test "limits that are none are refused" {
  make_hello hello.wasm
  local option
  for option in "--pids 0" "--pids x" "--nofile 1" "--memory lots"; do
    # shellcheck disable=SC2086 # two words
    observe "$bin/lind" run $option hello.wasm
    expect_status 125
    expect_message "${option% *}"
  done
}

# Touches 64 MiB more and more until it is killed; a child of its first process sleeps meanwhile.
@test "--total-memory is what all cages together may fill" {
  make_wasm hog.wasm "$(program_text '
    (local $address i64) (local $page i32)
    (loop $more
      (local.set $address (call $call (i32.const 9) (i64.const 0) (i64.const 67108864) (i64.const 3)
        (i64.const 34) (i64.const -1) (i64.const 0)))
      (if (i64.lt_s (local.get $address) (i64.const 0)) (then (call $exit (i32.const 9))))
      (local.set $page (i32.const 0))
      (loop $touch
        (i32.store (i32.add (i32.wrap_i64 (local.get $address)) (local.get $page)) (i32.const 1))
        (local.set $page (i32.add (local.get $page) (i32.const 4096)))
        (br_if $touch (i32.lt_u (local.get $page) (i32.const 67108864))))
      (br $more))')"
  observe "$bin/lind" run --total-memory 256MiB hog.wasm
  expect_status 137
  expect_message "is killed"
}
