# shellcheck shell=bash disable=SC2154
# `lind keep config`, also under the name enarx.
load helpers

@test "init writes a configuration that check accepts, once" {
  observe "$bin/lind" keep config init
  expect_status 0
  expect_silence
  observe "$bin/enarx" config check
  expect_status 0
  expect_silence
  observe "$bin/enarx" config init
  expect_status 125
  expect_message '"Enarx.toml" does already exist.'
}

@test "check says in one line what is wrong, and where" {
  printf '\n        [[files]]\n        name = "test:"\n        kind = "null"\n' >Enarx.toml
  observe "$bin/lind" keep config check
  expect_status 125
  expect_message "Enarx.toml: file name must not contain ':' for key \`files\` at line 2 column 9"
  printf 'arks = []\n' >other.toml
  observe "$bin/lind" keep config check other.toml
  expect_status 125
  expect_message 'unknown field `arks`, did you mean `args`?' 'line 1 column 1'
  observe "$bin/lind" keep config check --enarx-compat other.toml
  expect_status 0
  printf 'args = [\n' >broken.toml
  observe "$bin/lind" keep config check broken.toml
  expect_status 125
  expect_message "broken.toml: " "at line"
}

@test "files that cannot be read" {
  observe "$bin/lind" keep config check
  expect_status 125
  expect_message "Enarx.toml: No such file"
  observe "$bin/lind" keep config check /
  expect_status 125
  expect_message "/: "
  truncate -s 1000001 large.toml
  observe "$bin/lind" keep config check large.toml
  expect_status 125
  expect_message "large.toml: " 1000000
}

@test "commands that are none" {
  observe "$bin/lind" keep
  expect_status 125
  expect_message "no command"
  observe "$bin/lind" keep ron
  expect_status 125
  expect_message "unknown command ron"
  observe "$bin/lind" keep config
  expect_status 125
  expect_message "init or check"
  observe "$bin/lind" keep config check --nothing
  expect_status 125
  expect_message "unexpected --nothing"
  observe "$bin/lind" keep --help
  expect_status 0
  [[ $stdout == *config* ]] || fail "no config"
}
