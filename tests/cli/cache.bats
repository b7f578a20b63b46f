# shellcheck shell=bash disable=SC2154
load helpers

entry() {
  find cache -name '*.lo'
}

@test "the second start compiles nothing" {
  make_hello hello.wasm
  observe "$bin/lind" run --verbose hello.wasm
  [[ $stderr == *"hello.wasm: compiling"* ]] || fail "not compiled"
  expect_cached 1
  observe "$bin/lind" run --verbose hello.wasm
  expect_status 0
  [[ $stderr == *"from the cache"* && $stderr != *compiling* ]] || fail "compiled again"
}

@test "the cache knows modules by content, not by name" {
  make_hello hello.wasm
  observe "$bin/lind" run hello.wasm
  cp hello.wasm copy.wasm
  observe "$bin/lind" run --verbose copy.wasm
  [[ $stderr == *"from the cache"* ]] || fail "compiled again"
  make_hello hello.wasm 9
  observe "$bin/lind" run hello.wasm
  expect_status 9
  expect_cached 2
}

@test "a damaged entry is compiled again, with a note" {
  make_hello hello.wasm
  observe "$bin/lind" run hello.wasm
  good=$(sha256sum <"$(entry)")
  for at in 0 100 -1; do
    size=$(stat -c %s "$(entry)")
    printf '\125' | dd of="$(entry)" bs=1 seek=$(((size + at) % size)) conv=notrunc status=none
    observe "$bin/lind" run hello.wasm
    expect_status 0
    expect_message "$(basename "$(entry)")" "damaged cache entry"
    [ "$stdout" = hello ] || fail "wrong output"
    expect_cached 1
    [ "$(sha256sum <"$(entry)")" = "$good" ] || fail "not the same object"
  done
  observe "$bin/lind" run hello.wasm
  expect_silence
}

@test "a truncated or empty entry is compiled again" {
  make_hello hello.wasm
  observe "$bin/lind" run hello.wasm
  for size in 0 10 1000; do
    truncate -s "$size" "$(entry)"
    observe "$bin/lind" run hello.wasm
    expect_status 0
    expect_message "damaged cache entry"
    expect_cached 1
  done
}

@test "an entry with the sum of another object is refused" {
  make_hello hello.wasm
  observe "$bin/lind" run hello.wasm
  first=$(entry)
  mv "$first" kept
  make_hello other.wasm 4
  observe "$bin/lind" run other.wasm
  second=$(entry)
  mv kept "$second"
  observe "$bin/lind" run other.wasm
  expect_status 4
  expect_message "damaged cache entry"
}

@test "a cache that cannot be made or written is no cache" {
  make_hello hello.wasm
  : >file
  LIND_CACHE=$dir/file/cache observe "$bin/lind" run hello.wasm
  expect_status 0
  expect_silence
  LIND_CACHE=$dir/file/cache observe "$bin/lind" run --verbose hello.wasm
  [[ $stderr == *"no cache"*"Not a directory"* ]] || fail "no note"
}

@test "a full disk leaves nothing behind and is no reason to stop" {
  make_hello hello.wasm
  # A file system of one page, in name spaces of our own.
  if ! unshare -rm true 2>/dev/null; then
    skip "no user name spaces here (#2, 2026-11-20)"
  fi
  mkdir cache
  # shellcheck disable=SC2016 # expands in the inner shell
  observe unshare -rm sh -c '
    mount -t tmpfs -o size=4k tmpfs cache || exit 99
    "$0/lind" run hello.wasm || exit 98
    [ -z "$(ls -A cache)" ] || exit 97' "$bin"
  expect_status 0
  expect_message "cannot keep the object" "No space left on device"
  [ "$stdout" = hello ] || fail "wrong output"
}

@test "the cache is in XDG_CACHE_HOME, else in HOME" {
  make_hello hello.wasm
  unset LIND_CACHE
  XDG_CACHE_HOME=$dir/xdg observe "$bin/lind" run hello.wasm
  expect_status 0
  [ "$(find xdg/lind/objects -name '*.lo' | wc -l)" -eq 1 ] || fail "not there"
  unset XDG_CACHE_HOME
  HOME=$dir/home observe "$bin/lind" run hello.wasm
  [ "$(find home/.cache/lind/objects -name '*.lo' | wc -l)" -eq 1 ] || fail "not there"
}

@test "many starts at once share the cache" {
  make_hello hello.wasm
  pids=()
  for _ in 1 2 3 4; do
    "$bin/lind" run hello.wasm >/dev/null &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  status=0 stdout='' stderr=''
  expect_cached 1
}

@test "a large module is compiled for its first start, and better for the next one" {
  make_wasm loop.wasm "$(program_text '(loop br 0)')"
  # A custom section of 3 MiB: id 0, its size in LEB128, an empty name.
  printf '\0\201\200\300\001\0' >>loop.wasm
  head -c 3145728 /dev/zero >>loop.wasm
  "$bin/lind" run --verbose loop.wasm 2>log 3>&- &
  lind=$!
  # Bats ends the test after its time if this does not.
  until grep -q 'the next start has optimised code' log; do sleep 0.05; done
  kill -KILL "$lind"
  [ "$(grep -c 'compiling' log)" -eq 1 ] || fail "$(cat log)"
  expect_cached 2
}
