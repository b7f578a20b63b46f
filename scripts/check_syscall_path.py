#!/usr/bin/env python3
"""Fails when a guest's call could be answered without a look at its routing table.

The microvisor's entry table may be indexed in one place only (threei/cage.cc), and only there may
Cage::syscall be given a body; handlers are named nowhere but in their own family and table.cc.  Instances
of liblind have no kernel: theirs refuses everything.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
rules = [
    (re.compile(r"\bmicrovisor\s*\["), {"src/threei/cage.cc"}, "indexes the microvisor's table"),
    (re.compile(r"\bEntry<"), {"src/rawposix/dispatch.h", "src/rawposix/table.cc"}, "names a table entry"),
    (re.compile(r"::syscall\(runtime::Thread&"), {"src/threei/cage.cc", "src/embed/instance_state.cc"},
     "implements the syscall entry"),
]
bad = []
for path in sorted((root / "src").rglob("*")):
    if path.suffix not in {".h", ".cc"} or path.stem.endswith("_test"):
        continue
    name = path.relative_to(root).as_posix()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        code = line.split("//")[0]
        bad += [f"{name}:{number}: {why} outside {', '.join(sorted(allowed))}"
                for pattern, allowed, why in rules if name not in allowed and pattern.search(code)]
print("\n".join(bad))
sys.exit(bool(bad))
