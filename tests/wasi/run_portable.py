#!/usr/bin/env python3
"""Builds a C, Rust or Go program natively and for WASI; both must do the same.

usage: run_portable.py --lind LIND --build DIR SOURCE.{c,rs,go}

C programs are built by clang-22 with Debian's wasi-libc, Rust programs by rustc ($RUSTC, else Debian's
with libstd-rust-dev-wasm32, else the one on PATH), Go programs by a Go of 1.21 or later on PATH.  What is
missing makes the result 77 (skipped), with the reason.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
SECONDS = 120
INPUT = b"first\nsecond\n"


def output_of(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else ""


def find_rustc():
    """Debian's first: it is the one that Debian's library for WASI fits."""
    debian = "/usr/bin/rustc"
    return os.environ.get("RUSTC") or (debian if os.path.exists(debian) else shutil.which("rustc"))


def rust_target(rustc):
    """The name that this rustc has for WASI preview 1, if its standard library is there."""
    for target in ("wasm32-wasip1", "wasm32-wasi"):
        place = output_of(rustc, "--print", "target-libdir", "--target", target)
        if place and list(pathlib.Path(place).glob("libstd-*")):
            return target
    return None


def missing(source):
    if source.suffix == ".c":
        return None if pathlib.Path("/usr/include/wasm32-wasi").is_dir() else "wasi-libc is not installed"
    if source.suffix == ".go":
        version = output_of("go", "env", "GOVERSION") if shutil.which("go") else ""
        if not version:
            return "no Go on PATH"
        numbers = version.removeprefix("go").split(".")
        return None if [int(part) for part in numbers[:2]] >= [1, 21] else f"{version} is older than go1.21"
    rustc = find_rustc()
    if rustc is None:
        return "rustc is not installed"
    return None if rust_target(rustc) else f"{rustc} has no library for WASI (libstd-rust-dev-wasm32)"


def build(source, directory):
    name = source.name.replace(".", "-")
    native, module = directory / name, directory / f"{name}.wasm"
    environment = dict(os.environ)
    if source.suffix == ".c":
        common = ["clang-22", "-O2", "-Wno-deprecated", str(source), "-lm"]
        target = ["--target=wasm32-wasi", "--sysroot=/usr"]
    elif source.suffix == ".rs":
        rustc = find_rustc()
        common = [rustc, "-O", str(source)]
        target = ["--target", rust_target(rustc)]
        if shutil.which("wasm-ld-22"):
            # It warns of the metadata in an older library.
            target += ["-C", "linker=wasm-ld-22", "-C", "linker-flavor=wasm-ld",
                       "-C", "link-arg=--no-fatal-warnings"]
    else:
        environment.update(GOCACHE=str(directory / "go-cache"), GOFLAGS="-mod=mod", GO111MODULE="off")
        common, target = ["go", "build"], []
    subprocess.run([*common, "-o", str(native), *trailing(source)], check=True, env=environment)
    if source.suffix == ".go":
        environment.update(GOOS="wasip1", GOARCH="wasm")
    subprocess.run([*common, *target, "-o", str(module), *trailing(source)], check=True, env=environment)
    return native, module


def trailing(source):
    """Go wants its source behind the options."""
    return [str(source)] if source.suffix == ".go" else []


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
