#!/bin/bash
# installed.sh BUILD_DIR EXAMPLES BIN_DIR: installs liblind into an empty folder, and builds and runs the examples with
# what is there: by pkg-config and two compilers, and by CMake.
set -euo pipefail
build=$1 examples=$2 bin=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "installed: $*" >&2; exit 1; }

cmake --install "$build" --component liblind --prefix "$work/root" > "$work/log" || fail "$(cat "$work/log")"
export PKG_CONFIG_PATH=$work/root/lib/pkgconfig
read -ra flags <<< "$(pkg-config --cflags --libs lind)"

# Warnings that a careful embedder has on.
careful=(-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Werror)
for header in "$work"/root/include/lind/*.h; do
  echo "#include <lind/${header##*/}>" > "$work/alone.cc"
  g++ "${careful[@]}" -fsyntax-only "$work/alone.cc" "${flags[0]}" || fail "$header does not compile alone"
done
g++ "${careful[@]}" "$examples/hello.cc" "${flags[@]}" -o "$work/hello"
"$examples/run_example.sh" "$work/hello" "$examples/hello" "$bin"
clang++-22 "${careful[@]}" "$examples/requests.cc" "${flags[@]}" -o "$work/requests"
"$examples/run_example.sh" "$work/requests" "$examples/requests" "$bin"

mkdir "$work/project"
cp "$examples/timeout.cc" "$work/project/"
cat > "$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(timeout LANGUAGES CXX)
find_package(lind 0.1 REQUIRED)
add_executable(timeout timeout.cc)
target_link_libraries(timeout PRIVATE lind::lind)
END
cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$work/root" > "$work/log" ||
  fail "$(cat "$work/log")"
cmake --build "$work/project/build" > "$work/log" || fail "$(cat "$work/log")"
"$examples/run_example.sh" "$work/project/build/timeout" "$examples/timeout" "$bin"

# Nothing of ours that is not public may meet a program's own names.
foreign=$(nm -C --defined-only --extern-only "$work/root/lib/liblind.a" 2> "$work/log" |
  grep -E ' [A-TX-Z] ' | grep -vE 'lind::embed::' || true)
[[ -z $foreign ]] || fail "public names: $foreign"
