#!/usr/bin/env python3
"""Fails when code that can break memory safety stands outside *_unsafe files."""
import pathlib, re, sys
root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
risky = re.compile(r"\breinterpret_cast\b|\bconst_cast\b|\basm\b|\blongjmp\b|\bsetjmp\b|"
                   r"\bmprotect\s*\(|\bmmap\s*\(")
bad = []
for path in sorted((root / "src").rglob("*")):
    if path.suffix not in {".h", ".cc"}:
        continue
    lines = path.read_text().splitlines()
    for n, line in enumerate(lines, 1):
        if not risky.search(line.split("//")[0]):
            continue
        if not path.stem.endswith("_unsafe"):
            bad.append(f"{path}:{n}: move to a *_unsafe file, or go through one")
        elif not any("SAFETY:" in above for above in lines[max(0, n - 6):n]):
            bad.append(f"{path}:{n}: say why this is right in a // SAFETY: comment above it")
print("\n".join(bad))
sys.exit(bool(bad))
