load helpers

@test "lind ps lists the cages of running instances, and none of ended ones" {
  make_wasm sleeper.wasm "$(program_text '
    (drop (call $call (i32.const 57) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)
      (i64.const 0) (i64.const 0)))
    (drop (call $call (i32.const 1) (i64.const 1) (i64.const 0) (i64.const 0) (i64.const 0)
      (i64.const 0) (i64.const 0)))
    (drop (call $call (i32.const 34) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)
      (i64.const 0) (i64.const 0)))')"
  "$bin/lind" run sleeper.wasm one two &
  local instance=$!
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    observe "$bin/lind" ps
    [ "$(grep -c "sleeper.wasm one two" <<<"$stdout")" -ge 2 ] && break
    sleep 0.1
  done
  kill -9 "$instance"
  [ "$tries" -lt 200 ]
  wait "$instance" || true
  observe "$bin/lind" ps
  ! grep -q "sleeper.wasm one two" <<<"$stdout"
}

@test "lind ps takes no arguments" {
  observe "$bin/lind" ps now
  expect_status 125
}
