#!/bin/bash
# build.sh OUT: the library for writing grates, into OUT/sysroot, and the grates, into OUT/grates.
# LIND_CC names lind-cc and LIND_SYSROOT its sysroot.  Nothing is done when nothing has changed.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
grates=$(dirname "$here")/grates
out=${1:?usage: build.sh OUT}
: "${LIND_CC:?}" "${LIND_SYSROOT:?}"
definitions=$here/../../src/uapi/syscalls.def
flags=(-std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Wno-language-extension-token -mtail-call "-I$here/include" "-I$grates")

key=$({ cat "$LIND_SYSROOT/.key"
        find "$here" "$grates" -type f ! -name '*.md' -print0 | sort -z | xargs -0 sha256sum
        sha256sum "$definitions" "$LIND_CC"; } | sha256sum | cut -c1-32)
if [[ -r $LIND_SYSROOT/.grate-key && -d $out/grates && $(< "$LIND_SYSROOT/.grate-key") == "$key" ]]; then
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
  echo '#include "lind/grate.h"'
  echo 'const char *lind_syscall_name(int number) {'
  echo '  switch (number) {'
  sed -nE 's/^LIND_SYSCALL\( *([0-9]+), ([a-z0-9_]+),.*/    case \1: return "\2";/p' "$definitions"
  for name in register_handler copy_data_between_cages copy_handler_table_to_cage make_syscall \
    deregister_handler seal query exit_notice forward fork_interpose; do
    echo "    case LIND_$name: return \"$name\";"
  done
  echo '    default: return "";'
  echo '  }'
  echo '}'
} > "$work/names.c"

objects=()
for source in "$here"/src/*.c "$work/names.c"; do
  object=$work/$(basename "$source" .c).o
  "$LIND_CC" "${flags[@]}" "-I$here/src" -c "$source" -o "$object"
  objects+=("$object")
done
llvm-ar-22 rc "$work/liblind-grate.a" "${objects[@]}"
usr=$LIND_SYSROOT/usr
mkdir -p "$usr/include/lind"
cp "$here"/include/lind/* "$usr/include/lind/"
cp "$here/include/lind_syscall.h" "$usr/include/"
cp "$work/liblind-grate.a" "$usr/lib/"

rm -rf "$out/grates.new"
mkdir -p "$out/grates.new"
for source in "$grates"/*.c; do
  [[ -e $source ]] || continue
  name=$(basename "$source" .c)
  "$LIND_CC" "${flags[@]}" "$source" -o "$out/grates.new/$name" -llind-grate
  chmod 755 "$out/grates.new/$name"
  # The first line of a grate's source: // NAME ARGUMENTS: what it does.
  sed -nE "1s|^// ([a-z-]+)( .*)?: (.*)|\\1\t\\3|p" "$source" >> "$out/grates.new/.index"
done
rm -rf "$out/grates"
mv "$out/grates.new" "$out/grates"
echo "$key" > "$LIND_SYSROOT/.grate-key"
