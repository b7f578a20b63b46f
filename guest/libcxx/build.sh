#!/bin/bash
# build.sh OUT: adds the C++ library to OUT/sysroot, built with $LIND_CC's lind-c++ from Debian's source
# package, or taken from the cache when nothing it depends on has changed.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
repository=$(dirname "$(dirname "$here")")
out=$(readlink -f "${1:?usage: build.sh OUT}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lind
jobs=${JOBS:-$(nproc)}
: "${LIND_CC:?names lind-cc}"
export LIND_SYSROOT=$out/sysroot

key=$(sha256sum "$here"/*.{sh,cc,toml} "$repository/guest/sdk/toolchain.cmake" \
  "$repository/tools/lind-cc/main.cc" "$out/sysroot/.key" | cut -d' ' -f1 | sha256sum | cut -c1-32)
entry=$cache/libcxx-$key
if [[ ! -d $entry ]]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/building-libcxx.XXXXXX")
  log=$work/log
  # On failure only the log stays.
  finish() {
    local status=$?
    if ((status != 0)); then
      mv -f "$log" "$cache/libcxx.log" 2> /dev/null || true
      tail -n 25 "$cache/libcxx.log" >&2 || true
      echo "libcxx/build.sh: failed; the whole log is $cache/libcxx.log" >&2
    fi
    rm -rf "$work"
  }
  trap finish EXIT
  trap 'exit 130' INT TERM
  echo "libcxx: building"
  "$repository/scripts/fetch_source.py" "$here/source.toml" "$work/source" \
    libcxx libcxxabi libunwind runtimes cmake llvm libc third-party > "$log" 2>&1
  PATH=$(dirname "$LIND_CC"):$PATH
  {
    cmake -G Ninja -S "$work/source/runtimes" -B "$work/build" \
      -DCMAKE_TOOLCHAIN_FILE="$repository/guest/sdk/toolchain.cmake" -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY -DCMAKE_INSTALL_PREFIX=/usr \
      -DLLVM_ENABLE_RUNTIMES="libcxx;libcxxabi" -DLLVM_INCLUDE_TESTS=OFF \
      -DLIBCXX_ENABLE_SHARED=OFF -DLIBCXX_INCLUDE_BENCHMARKS=OFF -DLIBCXX_INCLUDE_TESTS=OFF \
      -DLIBCXX_CXX_ABI=libcxxabi -DLIBCXX_HAS_PTHREAD_API=ON -DLIBCXX_ENABLE_TIME_ZONE_DATABASE=OFF \
      -DLIBCXXABI_ENABLE_SHARED=OFF -DLIBCXXABI_INCLUDE_TESTS=OFF -DLIBCXXABI_USE_LLVM_UNWINDER=OFF
    ninja -C "$work/build" -j"$jobs" cxx cxxabi
    DESTDIR=$work/stage ninja -C "$work/build" install-cxx install-cxxabi
    # Hidden symbols, because the other choice is taken for Windows' by what is not ELF.
    lind-c++ -x c -O2 -DNDEBUG -D_LIBUNWIND_HIDE_SYMBOLS -I"$work/source/libunwind/include" \
      -c "$work/source/libunwind/src/Unwind-wasm.c" -o "$work/unwind.o"
    lind-c++ -O2 -c "$here/uncaught.cc" -o "$work/uncaught.o"
    llvm-ar-22 rcs "$work/stage/usr/lib/libc++abi.a" "$work/unwind.o" "$work/uncaught.o"
  } >> "$log" 2>&1
  mv -T "$work/stage" "$entry" 2>> "$log" || [[ -d $entry ]]   # someone else may have finished first
fi
cp -a "$entry/usr/." "$out/sysroot/usr/"
