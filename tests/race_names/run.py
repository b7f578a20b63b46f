#!/usr/bin/env python3
"""Runs race.c in a cage while this process renames the granted directories from outside, also out of the grant."""

import argparse
import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread"]


def rename(old, new):
    try:
        os.rename(old, new)
    except OSError:
        pass  # it is elsewhere just now


def move_about(place, stop):
    """A directory that leaves the grant while a lookup is inside it is what `..` could follow out."""
    grant, beside = place / "grant", place / "beside"
    while not stop.is_set():
        rename(grant / "a/b", beside / "b")
        rename(beside / "b", grant / "a/b")
        rename(grant / "a", beside / "a")
        rename(beside / "a", grant / "a")
        rename(grant / "d", beside / "d")
        rename(beside / "d", grant / "d")


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out, as_root=True)
    program = harness.compile_guest(product, HERE / "race.c", product.out / "race.wasm", FLAGS)
    with product.scratch() as scratch:
        place = pathlib.Path(scratch)
        (place / "grant/a/b/c").mkdir(parents=True)
        (place / "grant/e").mkdir()
        (place / "beside").mkdir()
        (place / "grant/s").symlink_to("a/b")
        (place / "grant/a/link").symlink_to("../../beside")
        for folder in [place, place / "beside"]:
            (folder / "secret").write_text("outside")
        command = product.cage_command([program, str(arguments.seconds)],
                                       options=["--dir", f"{place}/grant:/w", "--cwd", "/w"])
        stop = threading.Event()
        mover = threading.Thread(target=move_about, args=(place, stop))
        mover.start()
        try:
            done = subprocess.run(command, env=product.cage_host_env(place), capture_output=True,
                                  timeout=arguments.seconds + 60)
        finally:
            stop.set()
            mover.join()
    if done.returncode != 0 or text(done.stdout) != "tried many, escaped 0\n":
        raise Failure(f"status {done.returncode}: {text(done.stdout)}{text(done.stderr)}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    build = harness.CHECKOUT / "build"
    parser.add_argument("--bin", default=build / "bin", help="where lind is")
    parser.add_argument("--out", default=build / "race-names", help="where the program is kept")
    parser.add_argument("--seconds", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
