#!/usr/bin/env python3
"""signatures.py SYSROOT LIND_CC: every function that the headers declare has that very type in the archives.

On wasm a call through another type than the definition's is a trap; the linker only warns.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Of the kernel, and what glibc installs in pieces that are not included alone.
SKIPPED = {"asm", "asm-generic", "bits", "c++", "drm", "finclude", "gnu", "linux", "misc", "mtd", "nfs", "rdma", "rpc",
           "scsi", "sound", "video", "xen"}
ARCHIVES = ("libc.a", "libm.a", "libresolv.a")


def output_of(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


def usable_headers(include, compiler, work):
    """Those that compile together."""
    names = [str(header.relative_to(include)) for header in sorted(include.rglob("*.h"))]
    names = [name for name in names if name.split("/")[0] not in SKIPPED]
    while True:
        (work / "all.c").write_text("".join(f"#include <{name}>\n" for name in names))
        done = subprocess.run([*compiler, "-fsyntax-only", "-ferror-limit=0", work / "all.c"], capture_output=True, text=True)
        lines = {int(match) for match in re.findall(r"all\.c:(\d+):", done.stderr)}
        if done.returncode == 0 or not lines:
            return names
        names = [name for number, name in enumerate(names, 1) if number not in lines]


def defined_names(lib):
    for archive in ARCHIVES:
        for line in output_of("llvm-nm-22", "--defined-only", lib / archive).splitlines():
            if match := re.fullmatch(r"[0-9a-f]+ [TW] (\w+)", line):
                yield match[1]


def types_of(path, kind):
    """Name -> type, of a file's functions: `imports' of an object, or what a program `defines'."""
    dump = output_of("wasm-objdump", "-x", path)
    types = {int(m[1]): m[2] for m in re.finditer(r"^ - type\[(\d+)\] (.*)$", dump, re.M)}
    behind = r" <- " if kind == "imports" else r"$"
    found = re.finditer(rf"^ - func\[\d+\] sig=(\d+) <(?:env\.)?([\w.]+)>{behind}", dump, re.M)
    return {m[2]: types[int(m[1])] for m in found}


def main():
    sysroot, lind_cc = pathlib.Path(sys.argv[1]), sys.argv[2]
    os.environ["LIND_SYSROOT"] = str(sysroot)
    compiler = [lind_cc, "-D_GNU_SOURCE", "-w", "-O0"]
    with tempfile.TemporaryDirectory(prefix="lind-signatures-") as name:
        work = pathlib.Path(name)
        includes = "".join(f"#include <{name}>\n" for name in usable_headers(sysroot / "usr/include", compiler, work))
        text = output_of(*compiler, "-E", "-P", work / "all.c")
        names = sorted(set(defined_names(sysroot / "usr/lib")) & set(re.findall(r"\b\w+(?=\s*\()", text)))
        (work / "all.c").write_text(includes + "".join(f"#undef {name}\n" for name in names) + "void *const all[] = {"
                                    + ", ".join(f"(void *){name}" for name in names)
                                    + "};\nint main(void) { return all[0] == 0; }\n")
        output_of(*compiler, "-c", work / "all.c", "-o", work / "all.o")
        output_of(*compiler, work / "all.o", "-lm", "-lresolv", "-Wl,--no-gc-sections", "-o", work / "all.wasm")
        declared, defined = types_of(work / "all.o", "imports"), types_of(work / "all.wasm", "defines")
    if len(declared) < 2500:
        sys.exit(f"only {len(declared)} functions are declared: the search is wrong")
    bad = [f"{name}: declared {declared[name]}, defined {defined[name]}" for name in declared
           if name in defined and declared[name] != defined[name]]
    print("\n".join([*bad, f"{len(declared)} functions, {len(bad)} of another type than declared"]))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
