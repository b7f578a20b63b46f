#!/bin/bash
# The cheap checks: layout, layers, unsafe code, spelling, shell.  Ends with the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t cpp < <(git ls-files 'src/*.h' 'src/*.cc' 'tools/*.h' 'tools/*.cc' 'tests/*.cc' 'tests/*.h')
mapfile -t shell < <(git ls-files 'scripts/*.sh' 'guest/*.sh' 'ports/*.sh' 'tools/lind-cc/test.sh' 'guest/glibc/toolchain/*' '.ci/run')

echo "lint: clang-format";  clang-format-22 --dry-run -Werror "${cpp[@]}"
echo "lint: layers";        python3 scripts/check_layers.py .
echo "lint: unsafe";        python3 scripts/check_unsafe.py .
echo "lint: system calls";  python3 scripts/check_syscall_path.py .
echo "lint: docs/syscalls.md"; python3 scripts/gen_syscalls_md.py --check
echo "lint: shellcheck";    shellcheck "${shell[@]}"
echo "lint: codespell";     codespell -q 3 -L "${LINT_WORDS:-kno,kown,inout,ans,fo,ot,te,ue,nd,mis,wast,crate,creat,sems,ser}" \
  README.md docs src tools scripts guest/glibc/README.md
