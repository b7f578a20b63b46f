#!/usr/bin/env python3
"""Runs fuzz.c in cages and looks at the host process: it must live, answer in time, and keep no descriptors."""

import argparse
import collections
import os
import pathlib
import select
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread"]
ROUND_MS = 1000
SLACK_S = 40  # beyond the round itself: the machine is shared
DESCRIPTORS = 24  # what recycled memories and host threads may differ by


def descriptors(pid):
    """How many there are of each kind, by what they lead to; System V segments outlive their cages by right."""
    links = [os.readlink(entry) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    return collections.Counter(link.split("[")[0] for link in links if "lind-sysv" not in link)


def one_round(process, ms):
    process.stdin.write(b"%d\n" % ms)
    process.stdin.flush()
    ready, _, _ = select.select([process.stdout], [], [], ms / 1000 + SLACK_S)
    if not ready:
        raise Failure(f"no answer {SLACK_S} s after the end of the round")
    answer = process.stdout.readline()
    if answer != b"quiet\n":
        process.kill()
        raise Failure(f"answered {text(answer)!r}, stderr:\n{text(process.stderr.read())}")


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out, as_root=True)
    program = harness.compile_guest(product, HERE / "fuzz.c", product.out / "fuzz.wasm", FLAGS)
    with product.scratch() as place:
        command = product.cage_command([program, str(arguments.seed)],
                                       options=["--dir", f"{place}:/w", "--cwd", "/w"])
        with open(product.out / "stderr", "wb") as errors, \
             subprocess.Popen(command, env=product.cage_host_env(place), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=errors) as process:
            try:
                one_round(process, ROUND_MS)
                before = descriptors(process.pid)
                for _ in range(max(1, arguments.seconds * 1000 // ROUND_MS - 1)):
                    one_round(process, ROUND_MS)
                after = descriptors(process.pid)
                if after.total() > before.total() + DESCRIPTORS:
                    raise Failure(f"more descriptors of the host process: {after - before}")
                process.stdin.close()
                status = process.wait(timeout=SLACK_S)
                if status != 0:
                    raise Failure(f"ended with {status}, see {product.out}/stderr")
            finally:
                process.kill()
    print(f"seed {arguments.seed}, {arguments.seconds} s: quiet; descriptors {before.total()} to {after.total()}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    build = harness.CHECKOUT / "build"
    parser.add_argument("--bin", default=build / "bin", help="where lind is")
    parser.add_argument("--out", default=build / "fuzz-syscalls", help="where the program is kept")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
