#!/usr/bin/env python3
"""Prints docs/syscalls.md from src/uapi/syscalls.def; --check compares with the file instead."""
import pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEVELS = {"kFull": "full", "kPartial": "partial", "kDenied": "denied"}
ROW = re.compile(r'LIND_SYSCALL\(\s*(\d+),\s*(\w+),\s*(\w+),\s*"(.*)"\)\s*$')

rows = []
for number, line in enumerate((ROOT / "src/uapi/syscalls.def").read_text().splitlines(), 1):
    if not line.startswith("LIND_SYSCALL"):
        continue
    match = ROW.match(line)
    if not match or match[3] not in LEVELS:
        sys.exit(f"src/uapi/syscalls.def:{number}: not a row: {line}")
    rows.append((int(match[1]), match[2], match[3], match[4]))
if rows != sorted(rows) or len({row[0] for row in rows}) != len(rows):
    sys.exit("src/uapi/syscalls.def: rows are not sorted by number or a number is there twice")

counts = {level: sum(row[2] == level for row in rows) for level in LEVELS}
text = f"""# System calls

Generated from `src/uapi/syscalls.def` by `scripts/gen_syscalls_md.py`. Numbers are Linux x86-64's.
{counts["kFull"]} calls are full, {counts["kPartial"]} partial (the note says what differs from Linux), \
{counts["kDenied"]} are denied with ENOSYS
unless their note begins with another errno; calls nobody answers are counted and shown by `lind run --verbose`.

| number | call | support | note |
|---:|---|---|---|
"""
text += "".join(f"| {n} | {name} | {LEVELS[level]} | {note} |\n" for n, name, level, note in rows
                if level != "kDenied" or note)
denied = [name for _, name, level, note in rows if level == "kDenied" and not note]
text += f"\nDenied without a note: {', '.join(denied)}.\n"

if "--check" in sys.argv[1:]:
    golden = ROOT / "docs/syscalls.md"
    if golden.read_text() != text:
        sys.exit(f"{golden} is stale: run scripts/gen_syscalls_md.py > docs/syscalls.md")
else:
    print(text, end="")
