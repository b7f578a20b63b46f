#!/usr/bin/env python3
"""Builds one program and runs it with `lind wasi`.

usage: run_program.py --lind LIND --build DIR [--grate WORDS] [--cc CC]
       [--sysroot DIR] SOURCE.{c,wat}

The program finds one directory, `given`, in a scratch directory that has what escapes.c describes.  It
must end with status 0; while race.c runs, what it names is exchanged all the time.  C programs are built with Debian's wasi-libc; without it the result is 77
(skipped).
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

SKIPPED = 77
SECONDS = 120
LINKS = {"up": "..", "abs": "/", "out": "../secret", "a/back": "../../secret", "loop": "loop",
         "ok": "a/file", "dangling": "none"}


def make_tree(scratch):
    given = scratch / "given"
    (given / "a").mkdir(parents=True)
    (scratch / "secret").write_text("not granted\n")
    (given / "a/file").write_text("granted\n")
    for name, target in LINKS.items():
        (given / name).symlink_to(target)
    return given


def exchange(given, stop):
    """What race.c names becomes a directory, a link that leads out, nothing, and another directory."""
    real, link, swap = given / "real", given / "link", given / "swap"
    (given / "deep/a").mkdir(parents=True)
    real.mkdir()
    (real / "secret").write_text("granted\n")
    while not stop.is_set():
        os.rename(real, swap)
        os.rename(swap, real)
        os.symlink("..", link)
        os.rename(link, swap)
        os.unlink(swap)
        os.rename(given / "deep/a", given / "b")
        os.rename(given / "b", given / "deep/a")


def build(arguments, source, program):
    if source.suffix == ".wat":
        subprocess.run(["wat2wasm", str(source), "-o", str(program)], check=True)
        return
    command = [arguments.cc, "--target=wasm32-wasi", f"--sysroot={arguments.sysroot}", "-O1", "-Wall", "-Wextra",
               "-Werror", "-Wno-deprecated", str(source), "-o", str(program)]
    subprocess.run(command, check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lind", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--grate", default="", help="under which to run it, with its options")
    parser.add_argument("--cc", default="clang-22")
    parser.add_argument("--sysroot", default="/usr")
    parser.add_argument("source", type=pathlib.Path)
    arguments = parser.parse_args()
    is_c = arguments.source.suffix == ".c"
    if is_c and not (pathlib.Path(arguments.sysroot) / "include/wasm32-wasi/wasi/api.h").exists():
        print("skipped: wasi-libc is not installed")
        return SKIPPED
    program = pathlib.Path(arguments.build) / f"{arguments.source.stem}.wasm"
    program.parent.mkdir(parents=True, exist_ok=True)
    build(arguments, arguments.source, program)
    with tempfile.TemporaryDirectory() as scratch:
        given = make_tree(pathlib.Path(scratch))
        stop = threading.Event()
        rename = threading.Thread(target=exchange, args=(given, stop), daemon=True)
        if arguments.source.stem == "race":
            rename.start()
        result = subprocess.run([arguments.lind, "wasi", "--dir", f"{given}::given",
                                 *arguments.grate.split(), program],
                                stdin=subprocess.DEVNULL, timeout=SECONDS)
        stop.set()
        if rename.is_alive():
            rename.join()
        if (pathlib.Path(scratch) / "secret").read_text() != "not granted\n":
            print("the secret has changed")
            return 1
        if sorted(path.name for path in pathlib.Path(scratch).iterdir()) != ["given", "secret"]:
            print("something new lies beside the granted directory")
            return 1
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
