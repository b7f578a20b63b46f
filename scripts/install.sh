#!/bin/bash
# install.sh BIN GUEST DESTDIR PREFIX: installs the runtime, the compiler drivers and the SDK below DESTDIR/PREFIX.
set -euo pipefail
bin=$(readlink -f "${1:?usage: install.sh BIN GUEST DESTDIR PREFIX}")
guest=$(readlink -f "$2")
target=$3$4
repository=$(dirname "$(dirname "$(readlink -f "$0")")")

install -d "$target"/{bin,lib/lind,share/lind,share/man/man1,share/doc/lind,share/bash-completion/completions}
install -s "$bin"/{lind,lindc,lind-cc} "$target/bin/"
ln -sf lind "$target/bin/lind-boot"
ln -sf lind-cc "$target/bin/lind-c++"

# The library for other programs: docs/guide/embed.md.
DESTDIR=$3 cmake --install "$bin/../release" --component liblind --prefix "$4" > /dev/null

rm -rf "$target"/lib/lind/{sysroot,root,grates}
for part in sysroot root grates; do
  if [[ -d $guest/$part ]]; then cp -a "$guest/$part" "$target/lib/lind/"; fi
done
install -m 644 "$repository"/guest/sdk/{toolchain.cmake,cross.meson,config.site} "$target/share/lind/"
# These two look for their neighbours, so they are installed beside them.
install "$repository"/guest/sdk/{lind-configure,lind-here,target-tool} "$target/share/lind/"
for program in lind-configure lind-here; do ln -sf "../share/lind/$program" "$target/bin/$program"; done
for tool in cc gcc c++ g++ ar ranlib nm strip objcopy objdump size strings readelf pkg-config; do
  ln -sf ../share/lind/target-tool "$target/bin/wasm32-lind-linux-gnu-$tool"
done

for page in lind lindc lind-cc; do
  gzip -9nc "$repository/docs/man/$page.1" > "$target/share/man/man1/$page.1.gz"
done
ln -sf lind-cc.1.gz "$target/share/man/man1/lind-c++.1.gz"
install -m 644 "$repository/tools/completion/lind.bash" "$target/share/bash-completion/completions/lind"
install -m 644 "$repository"/{README.md,LICENSE} "$target/share/doc/lind/"
