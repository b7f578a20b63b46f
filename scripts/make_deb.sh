#!/bin/bash
# make_deb.sh BIN GUEST OUT: the Debian package OUT/lind_VERSION_ARCHITECTURE.deb, of what install.sh installs in /usr.
set -euo pipefail
out=${3:?usage: make_deb.sh BIN GUEST OUT}
repository=$(dirname "$(dirname "$(readlink -f "$0")")")
version=$(sed -n 's/^project(.*VERSION \([0-9.]*\).*/\1/p' "$repository/CMakeLists.txt")
version=${version:-0}+$(git -C "$repository" log -1 --format=%cd.%h --date=format:%Y%m%d)
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$repository/scripts/install.sh" "$1" "$2" "$work/lind" /usr
# dpkg-shlibdeps wants a source package around it.
mkdir -p "$work/debian" "$work/lind/DEBIAN" "$out"
printf 'Source: lind\n\nPackage: lind\nArchitecture: any\n' > "$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info lind/usr/bin/{lind,lindc,lind-cc} 2> "$work/log" |
  sed -n 's/^shlibs:Depends=//p')
[[ -n $libraries ]] || { cat "$work/log" >&2; exit 1; }
cat > "$work/lind/DEBIAN/control" <<END
Package: lind
Version: $version
Architecture: $architecture
Maintainer: Lind <lind@localhost>
Installed-Size: $(du -sk "$work/lind/usr" | cut -f1)
Depends: $libraries, clang-22, lld-22, llvm-22
Section: devel
Priority: optional
Description: many POSIX programs inside one unprivileged process
 Runtime and cross compiler: programs are compiled to WebAssembly against GNU
 libc, then to machine code, and run in cages.
END
dpkg-deb --root-owner-group --build "$work/lind" "$out/lind_${version}_$architecture.deb"
