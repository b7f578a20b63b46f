#!/bin/bash
# build.sh OUT: the guest C library as OUT/sysroot, built from Debian's glibc-source, or taken from the
# cache when nothing it depends on has changed.  --key prints the cache key and stops.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
out=${1:?usage: build.sh OUT | --key}
tarball=/usr/src/glibc/glibc-2.36.tar.xz
tarball_sha256=95f0ed7a02f15857fe725c510e0e2cb9050fb7793bcde4cc72ddf8def40d5cf8
builtins=/usr/lib/llvm-22/lib/clang/22/lib/wasi/libclang_rt.builtins-wasm32.a
jobs=${JOBS:-$(nproc)}

fail() { echo "build.sh: $*" >&2; exit 1; }

[[ -r $tarball ]] || fail "$tarball is missing: install glibc-source"
[[ -r $builtins ]] || fail "$builtins is missing: install libclang-rt-22-dev-wasm32"
for tool in clang-22 wasm-ld-22 llvm-ar-22 gawk bison msgfmt gcc make python3; do
  command -v "$tool" > /dev/null || fail "$tool is missing"
done

key=$({ cd "$here" && find . -type f ! -name '*.md' -print0 | sort -z | xargs -0 sha256sum
        echo "$tarball_sha256"
        clang-22 --version | head -1
        sha256sum < "$builtins"
        dpkg-query -W -f '${Version}\n' linux-libc-dev; } | sha256sum | cut -c1-32)
if [[ $out == --key ]]; then echo "$key"; exit; fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lind
entry=$cache/glibc-$key

install_sysroot() {
  if [[ -r $out/sysroot/.key && $(< "$out/sysroot/.key") == "$key" ]]; then return; fi
  mkdir -p "$out"
  rm -rf "$out/sysroot" "$out/sysroot.new"
  cp -a "$entry" "$out/sysroot.new"
  mv "$out/sysroot.new" "$out/sysroot"
}
if [[ -d $entry ]]; then install_sysroot; exit; fi

echo "$tarball_sha256  $tarball" | sha256sum --check --status || fail "$tarball has an unknown checksum"
mkdir -p "$cache"
work=$(mktemp -d "$cache/building-glibc.XXXXXX")
log=$work/log
# On failure only the log stays.
finish() {
  local status=$?
  if ((status != 0)); then
    mv -f "$log" "$cache/glibc.log" 2> /dev/null || true
    tail -n 25 "$cache/glibc.log" >&2 || true
    echo "build.sh: failed; the whole log is $cache/glibc.log" >&2
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

step() { echo "glibc: $*"; echo "== $*" >> "$log"; }

step "unpacking"
mkdir "$work/build" "$work/sysroot"
tar -xf "$tarball" -C "$work"
mv "$work/glibc-2.36" "$work/src"
for patch in "$here"/patches/*.patch; do
  patch -d "$work/src" -p1 -s < "$patch" >> "$log" 2>&1
done
cp -a "$here/overlay/." "$work/src/"
cp "$here/include/stdarg.h" "$work/src/sysdeps/wasm32/lind-stdarg.h"
bash "$here/kernel_headers.sh" "$work/headers" >> "$log" 2>&1

step "configuring"
cd "$work/build"
cc=$here/toolchain/cc
# For those who change the overlay.
if command -v ccache > /dev/null; then
  export LIND_CCACHE=ccache CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
fi
env CC="$cc" CXX=false CPP="$cc -E" AR=llvm-ar-22 RANLIB=llvm-ranlib-22 NM=llvm-nm-22 \
  READELF=llvm-readelf-22 OBJCOPY=llvm-objcopy-22 OBJDUMP=llvm-objdump-22 BUILD_CC=gcc \
  CFLAGS="-O2 -g0" libc_cv_gcc_builtin_redirection=yes \
  ../src/configure --prefix=/usr --host=wasm32-lind-linux-gnu --build=x86_64-linux-gnu \
  --disable-shared --disable-werror --disable-profile --disable-nscd --disable-build-nscd \
  --disable-timezone-tools --disable-mathvec --enable-static-nss --disable-crypt \
  --disable-default-pie --enable-stack-protector=no --disable-tunables --without-gd \
  --without-selinux --with-headers="$work/headers" >> "$log" 2>&1

step "compiling libc"
make -j"$jobs" lib >> "$log" 2>&1
# These two are not part of the target `lib'.
step "compiling libm and libresolv"
make -r -j"$jobs" -C ../src/math subdir=math objdir="$PWD" ..=../ "$PWD/math/libm.a" >> "$log" 2>&1
make -r -j"$jobs" -C ../src/resolv subdir=resolv objdir="$PWD" ..=../ "$PWD/resolv/libresolv.a" >> "$log" 2>&1

step "compiling the character set conversions"
read -ra conversions <<< "$(python3 "$here/gconv.py" ../src/iconvdata)"
iconvdata=(make -r -j"$jobs" -C ../src/iconvdata subdir=iconvdata "objdir=$PWD" ..=../)
{
  "${iconvdata[@]}" build-shared=yes headers
  "${iconvdata[@]}" "${conversions[@]/#/$PWD/iconvdata/}"
  llvm-ar-22 q libc.a "${conversions[@]/#/iconvdata/}"
} >> "$log" 2>&1

step "installing"
make install-headers install_root="$work/sysroot" >> "$log" 2>&1
usr=$work/sysroot/usr
cp "$here/include/stdarg.h" "$usr/include/"
python3 "$here/stubs.py" libc.a math/libm.a > "$usr/include/gnu/stubs.h"
cp -a "$work/headers/." "$usr/include/"
mkdir -p "$usr/lib"
cp libc.a math/libm.a resolv/libresolv.a "$usr/lib/"
llvm-objcopy-22 --add-section=lind.startup="$here/startup.order" csu/crt1.o "$usr/lib/crt1.o"
llvm-objcopy-22 --strip-debug "$builtins" "$usr/lib/libclang_rt.builtins.a"
# Members of libc since 2.34; programs still name these.
for name in pthread rt dl util anl; do llvm-ar-22 rc "$usr/lib/lib$name.a"; done

step "checking the ABI"
"$cc" -std=gnu11 -D_GNU_SOURCE -nostdlibinc -isystem "$usr/include" -fsyntax-only "$here/check_abi.c" >> "$log" 2>&1

echo "$key" > "$work/sysroot/.key"
chmod 755 "$work/sysroot"
mv -T "$work/sysroot" "$entry" 2>> "$log" || [[ -d $entry ]]   # someone else may have finished first
step "done"
install_sysroot
