#!/usr/bin/env python3
"""Builds a C or Rust program natively and for WASI; both must do the same.

usage: run_portable.py --lind LIND --build DIR SOURCE.{c,rs}

C programs are built by clang-22 with Debian's wasi-libc, Rust programs by rustc with Debian's
libstd-rust-dev-wasm32.  What is missing makes the result 77 (skipped), with the reason.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
SECONDS = 120
INPUT = b"first\nsecond\n"


def missing(source):
    if source.suffix == ".c":
        return None if pathlib.Path("/usr/include/wasm32-wasi").is_dir() else "wasi-libc is not installed"
    if shutil.which("rustc") is None:
        return "rustc is not installed"
    libraries = subprocess.run(["rustc", "--print", "target-libdir", "--target", "wasm32-wasi"],
                               capture_output=True, text=True)
    if libraries.returncode != 0 or not list(pathlib.Path(libraries.stdout.strip()).glob("libstd-*")):
        return "rustc has no library for wasm32-wasi (libstd-rust-dev-wasm32)"
    return None


def build(source, directory):
    native, module = directory / source.stem, directory / f"{source.stem}.wasm"
    if source.suffix == ".c":
        common = ["clang-22", "-O2", "-Wno-deprecated", str(source), "-lm"]
        target = ["--target=wasm32-wasi", "--sysroot=/usr"]
    else:
        common = ["rustc", "-O", str(source)]
        target = ["--target", "wasm32-wasi"]
    subprocess.run([*common, "-o", str(native)], check=True)
    subprocess.run([*common, *target, "-o", str(module)], check=True)
    return native, module


def run(command, directory, environment):
    (directory / "work").mkdir()
    result = subprocess.run(command, cwd=directory, input=INPUT, capture_output=True, timeout=SECONDS,
                            env=environment)
    left = sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))
    return {"status": result.returncode, "output": result.stdout.decode(errors="replace"),
            "errors": result.stderr.decode(errors="replace"), "left": left}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lind", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    arguments = parser.parse_args()
    reason = missing(arguments.source)
    if reason is not None:
        print(f"skipped: {reason}")
        return SKIPPED
    arguments.build.mkdir(parents=True, exist_ok=True)
    native, module = build(arguments.source, arguments.build.resolve())
    words = ["one", "--dir", "three words here"]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        expected = run([str(native), *words], pathlib.Path(first), {"VARIABLE": "its value"})
        lind = [str(pathlib.Path(arguments.lind).resolve()), "wasi", "--dir", "work::work", "--env",
                "VARIABLE=its value"]
        got = run([*lind, str(module), *words], pathlib.Path(second), None)
    for name, value in expected.items():
        if got[name] != value:
            print(f"{name} natively: {value!r}\n{name} as WASI: {got[name]!r}")
    return 0 if got == expected else 1


if __name__ == "__main__":
    sys.exit(main())
