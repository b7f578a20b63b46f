#!/bin/bash
# kernel_headers.sh DIR: Linux's user-space headers for guests, from this machine's linux-libc-dev:
# asm-generic layouts, 32-bit pointers, 64-bit __kernel_long_t, x86-64 system call numbers.
set -euo pipefail
dir=${1:?usage: kernel_headers.sh DIR}
mkdir -p "$dir/asm"
for tree in linux asm-generic rdma mtd drm sound video xen misc; do
  if [[ -d /usr/include/$tree ]]; then cp -a "/usr/include/$tree" "$dir/$tree"; fi
done
for header in /usr/include/asm-generic/*.h; do
  name=${header##*/}
  echo "#include <asm-generic/$name>" > "$dir/asm/$name"
done
cat > "$dir/asm/posix_types.h" <<'END'
#ifndef _ASM_WASM32_POSIX_TYPES_H
#define _ASM_WASM32_POSIX_TYPES_H
/* The kernel interface is 64-bit although pointers are 32-bit.  */
typedef long long __kernel_long_t;
typedef unsigned long long __kernel_ulong_t;
#define __kernel_long_t __kernel_long_t
#include <asm-generic/posix_types.h>
#endif
END
cat > "$dir/asm/bitsperlong.h" <<'END'
#define __BITS_PER_LONG 32
#include <asm-generic/bitsperlong.h>
END
cat > "$dir/asm/sigcontext.h" <<'END'
#ifndef _ASM_WASM32_SIGCONTEXT_H
#define _ASM_WASM32_SIGCONTEXT_H
struct sigcontext { unsigned long long oldmask; };
#endif
END
cat > "$dir/asm/unistd.h" <<'END'
#ifndef _ASM_WASM32_UNISTD_H
#define _ASM_WASM32_UNISTD_H
#include <asm/unistd_64.h>
#endif
END
echo '#include <linux/byteorder/little_endian.h>' > "$dir/asm/byteorder.h"
cp /usr/include/x86_64-linux-gnu/asm/unistd_64.h "$dir/asm/unistd_64.h"
for name in auxvec swab ptrace; do echo '/* Nothing for wasm32.  */' > "$dir/asm/$name.h"; done
