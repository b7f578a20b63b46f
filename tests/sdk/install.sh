#!/bin/bash
# install.sh BIN_DIR GUEST_DIR: installs into an empty folder and builds and runs a program with what is there.
set -euo pipefail
bin=$(readlink -f "${1:?usage: install.sh BIN_DIR GUEST_DIR}")
guest=$(readlink -f "$2")
repository=$(dirname "$(readlink -f "$0")")/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$repository/scripts/install.sh" "$bin" "$guest" "$work/root" /usr
export PATH=$work/root/usr/bin:$PATH LIND_CACHE=$work/cache LC_ALL=C
unset LIND_SYSROOT
fail() { echo "install: $*" >&2; exit 1; }

cd "$work"
printf '#include <stdio.h>\nint one(void);\nint main(void) { return printf("%%d\\n", one()) < 0; }\n' > main.c
echo 'int one(void) { return 1; }' > one.c
wasm32-lind-linux-gnu-gcc -O1 -g -c main.c one.c
wasm32-lind-linux-gnu-ar rcs libone.a one.o
wasm32-lind-linux-gnu-ranlib libone.a
wasm32-lind-linux-gnu-nm libone.a | grep -q ' T one$' || fail "nm"
wasm32-lind-linux-gnu-gcc -g main.o -L. -lone -o main
wasm32-lind-linux-gnu-strip main
wasm32-lind-linux-gnu-size main > /dev/null || fail "size"
[[ $(lind run main) == 1 ]] || fail "the program"
[[ $(wasm32-lind-linux-gnu-cc -dumpmachine) == wasm32-lind-linux-gnu ]] || fail "-dumpmachine"
for page in lind lindc lind-cc lind-c++; do
  gzip -cd "root/usr/share/man/man1/$page.1.gz" | grep -q '^\.SH NAME' || fail "the manual page of $page"
done
