#!/usr/bin/env python3
"""stubs.py ARCHIVE...: prints gnu/stubs.h, the functions that exist in these archives but always fail.

They carry a marker that overlay/sysdeps/wasm32/lind-symbols.h leaves.
"""
import pathlib
import re
import sys

names = set()
for archive in sys.argv[1:]:
    names.update(re.findall(rb"lind-stub:(\w+);", pathlib.Path(archive).read_bytes()))
if not names:
    sys.exit("stubs.py: no markers found")
print("/* Functions that exist but always fail.  Made by guest/glibc/stubs.py.  */")
for name in sorted(names):
    print(f"#define __stub_{name.decode()}")
