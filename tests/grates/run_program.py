#!/usr/bin/env python3
"""Runs one program of this folder in a cage; it is grate and caller in one and ends with 0."""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread", f"-I{HERE.parent / 'guest'}", "-llind-grate"]
TIMEOUT_S = 110  # below CTest's, so that the message is ours


def compile_program(product, source):
    sysroot = harness.CHECKOUT / "build/guest/sysroot/usr"
    library = sysroot / "lib/liblind-grate.a"
    if not library.exists():
        raise Failure(f"{library} is missing: run `make` first")
    headers = [*HERE.glob("*.h"), HERE.parent / "guest/check.h", *(sysroot / "include/lind").glob("*.h")]
    output = product.out / "wasm" / "grates" / f"{source.stem}.wasm"
    return harness.compile_cached([product.compiler, *FLAGS], source, output,
                                  depends=[*sorted(headers), product.compiler, library])


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out)
    program = compile_program(product, HERE / arguments.program)
    with product.scratch() as home:
        outcome = product.run(product.cage_command([program]), cwd=home,
                              env=product.cage_host_env(home), timeout=TIMEOUT_S)
    if outcome.status != 0:
        raise Failure(f"status {outcome.status}\nstdout:\n{text(outcome.stdout)}\n"
                      f"stderr:\n{text(outcome.stderr)}")


def parse():
    build = harness.CHECKOUT / "build"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=build / "bin", help="where lind is")
    parser.add_argument("--out", default=build / "guest-tests", help="where programs are kept")
    parser.add_argument("program", help="NAME.c")
    return parser.parse_args()


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
