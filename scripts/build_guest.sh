#!/bin/bash
# build_guest.sh OUT [--c++]: everything that is compiled to wasm: OUT/sysroot (C library and headers,
# with --c++ the C++ library too), OUT/grates and OUT/root (a file tree with a shell and utilities).
# Unchanged parts come from the cache.
set -euo pipefail
out=${1:?usage: build_guest.sh OUT [--c++]}
repository=$(dirname "$(dirname "$(readlink -f "$0")")")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lind
ports=(dash coreutils grep bash procps)

# Nothing of the caller's own build may reach the configure scripts and makefiles run here.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CFLAGS CXXFLAGS CPPFLAGS LDFLAGS LIBS CONFIG_SITE
export LC_ALL=C

mkdir -p "$out" "$cache"
out=$(readlink -f "$out")
"$repository/guest/glibc/build.sh" "$out"

# The compiler driver is built here too, so that guests do not depend on the host build.
source=$repository/tools/lind-cc/main.cc
tools=$cache/lind-cc-$(sha256sum < "$source" | cut -c1-32)
if [[ ! -d $tools ]]; then
  work=$(mktemp -d "$cache/building-lind-cc.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/bin"
  clang++-22 -std=c++20 -O1 -DFMT_HEADER_ONLY "$source" -o "$work/bin/lind-cc"
  ln -s lind-cc "$work/bin/lind-c++"
  mv -T "$work/bin" "$tools" 2> /dev/null || [[ -d $tools ]]
fi

export LIND_CC=$tools/lind-cc LIND_SYSROOT=$out/sysroot
"$repository/guest/grate/build.sh" "$out"
if [[ ${2:-} == --c++ ]]; then "$repository/guest/libcxx/build.sh" "$out"; fi

# The root is laid out anew only when something in it has changed: people may work in it.
key=$({ cat "$out/sysroot/.key"
        cd "$repository"
        find ports guest/root guest/sdk scripts/build_guest.sh scripts/fetch_source.py \
          tools/lind-cc/main.cc -type f -print0 | sort -z | xargs -0 sha256sum; } | sha256sum | cut -c1-32)
if [[ -d $out/root && -r $out/root.key && $(< "$out/root.key") == "$key" ]]; then exit; fi

rm -rf "$out/root.new" "$out/root.key"
cp -a "$repository/guest/root" "$out/root.new"
mkdir -m 1777 "$out/root.new/tmp"
for port in "${ports[@]}"; do
  "$repository/ports/build.py" "$port" "$out/root.new"
done
# setlocale reads C.UTF-8 from files, which are the same on every little-endian machine.
mkdir -p "$out/root.new/usr/lib/locale"
cp -a /usr/lib/locale/C.utf8 "$out/root.new/usr/lib/locale/"
rm -rf "$out/root"
mv "$out/root.new" "$out/root"
echo "$key" > "$out/root.key"
