#!/bin/bash
# test.sh BIN_DIR: what lind-cc and lind-c++ make of their arguments; needs clang but no guest library.
set -euo pipefail
bin=$(readlink -f "${1:?usage: test.sh BIN_DIR}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LIND_SYSROOT=$work/sysroot
mkdir -p "$LIND_SYSROOT/usr/lib"
touch "$LIND_SYSROOT"/usr/lib/{libm.a,crt1.o,libclang_rt.builtins.a} "$work"/a.{c,cc,o}
cd "$work"

fail() { echo "lind-cc: $*" >&2; exit 1; }
# The command clang would run, as one line.
command_of() { "$bin/$1" "${@:2}" -### 2>&1 | tail -n 1; }
contains() { [[ $1 == *"$2"* ]] || fail "missing '$2' in: $1"; }
lacks() { [[ $1 != *"$2"* ]] || fail "unexpected '$2' in: $1"; }

[[ $("$bin/lind-cc" -dumpmachine) == wasm32-lind-linux-gnu ]] || fail "-dumpmachine"
[[ $("$bin/lind-cc" -print-file-name=libm.a) == "$LIND_SYSROOT/usr/lib/libm.a" ]] || fail "-print-file-name"
[[ $("$bin/lind-cc" -print-file-name=libnone.a) == libnone.a ]] || fail "-print-file-name of a missing file"
[[ $("$bin/lind-cc" -print-prog-name=ld) == wasm-ld-22 ]] || fail "-print-prog-name"

compile=$(command_of lind-cc -c a.c -fPIC -march=native)
contains "$compile" '"wasm32-unknown-unknown"'
contains "$compile" '"__linux__=1"'
contains "$compile" "$LIND_SYSROOT/usr/include"
lacks "$compile" native
contains "$("$bin/lind-cc" -c a.c -march=native -### 2>&1)" "-march=native ignored"

link=$(command_of lind-cc a.o -lm -pie -rdynamic -Wl,-z,relro,--as-needed,-soname,x,--fatal-warnings -s -Wl,--gc-sections)
contains "$link" crt1.o
contains "$link" '"-lc"'
contains "$link" --shared-memory
contains "$link" --gc-sections
contains "$link" --strip-debug
for word in relro as-needed soname fatal-warnings '"-s"' '"-pie"' rdynamic; do lacks "$link" "$word"; done
contains "$(command_of lind-cc a.o -Wl,-z,stack-size=65536)" '"stack-size=65536"'
lacks "$(command_of lind-cc -nostdlib a.o)" crt1.o
lacks "$(command_of lind-cc -r a.o -o b.o)" crt1.o

# Response files, also within each other, are read before anything is decided.
printf -- '-c "with space.c"\n-DTEXT=\\"x\\"\t@inner' > outer
touch "with space.c"
echo "-fPIC -DINNER='a b'" > inner
command=$(command_of lind-cc @outer)
contains "$command" '"with space.c"'
contains "$command" '"INNER=a b"'
contains "$command" 'TEXT=\"x\"'
lacks "$command" crt1.o
echo @loop > loop
if "$bin/lind-cc" @loop 2> error; then fail "a response file that names itself was accepted"; fi
contains "$(< error)" "too deeply"

# As compilers do: several inputs, standard input, languages, dependencies, exit status.
echo 'int f(void) { return ANSWER; }' > f.c
echo 'int g(void) { return 2; }' > g.c
"$bin/lind-cc" -c -DANSWER=1 f.c g.c
[[ -s f.o && -s g.o ]] || fail "two inputs"
"$bin/lind-cc" -DANSWER=1 -S -o f.s f.c
grep -q '^f:' f.s || fail "-S"
contains "$("$bin/lind-cc" -E -dM -x c /dev/null)" "__linux__ 1"
echo 'int h;' | "$bin/lind-cc" -x c -c - -o h.o
[[ -s h.o ]] || fail "standard input"
"$bin/lind-cc" -DANSWER=1 -MD -MF f.d -MT target -MP -c f.c
grep -q '^target: f.c' f.d || fail "-MD"
[[ $("$bin/lind-cc" -MM -DANSWER=1 g.c) == "g.o: g.c" ]] || fail "-MM"
status=0
"$bin/lind-cc" -c f.c 2> error || status=$?
[[ $status == 1 ]] || fail "status $status of an error"
contains "$(< error)" "f.c:1:"
"$bin/lind-cc" --version > out && contains "$(< out)" clang
contains "$(command_of lind-cc a.o -lstdc++)" '"-lc++abi"'
contains "$("$bin/lind-cc" -print-search-dirs)" "$LIND_SYSROOT/usr/lib"

contains "$(command_of lind-c++ a.o)" '"-lc++"'
contains "$(command_of lind-c++ -c a.c)" c++/v1
contains "$(command_of lind-c++ -c a.cc)" wasm-enable-eh

if "$bin/lind-cc" -shared a.o 2> error; then fail "-shared was accepted"; fi
contains "$(< error)" "no shared libraries"
