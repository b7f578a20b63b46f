#!/usr/bin/env python3
"""Builds programs of entries.txt natively and for a cage; both runs must print the same and end alike."""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-w", f"-I{HERE}", "-lm"]
STDIN = b"input of one line\n"


def read_entries():
    """Statements by name, and the names with a star."""
    entries, starred = {}, []
    for line in (HERE / "entries.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, statements = line.split("|", 1)
            if name.startswith("*"):
                name = name[1:]
                starred.append(name.strip())
            entries[name.strip()] = statements.strip()
    return entries, starred


def write_source(place, name, statements):
    source = place / f"{name}.c"
    body = f'#include "all.h"\nint main(void) {{\n  {statements}\n  return 0;\n}}\n'
    if not source.exists() or source.read_text() != body:
        place.mkdir(parents=True, exist_ok=True)
        source.write_text(body)
    return source


class Runner:
    def __init__(self, product, home):
        self.product = product
        self.home = home
        self.place = product.out / "alone"

    def options(self, cwd, env):
        root = self.product.root
        options = ["--dir", f"{cwd}:{cwd}", "--cwd", str(cwd), "--dir", f"{root / 'bin'}:/bin:ro",
                   "--dir", f"{root / 'usr/lib/locale'}:/usr/lib/locale:ro", "--dir", "/etc:/etc:ro",
                   "--tmpfs", "/tmp"]
        for name, value in env.items():
            options += ["--env", f"{name}={value}"]
        return options

    def differences(self, name, statements):
        """What differs between the two runs, as text."""
        source = write_source(self.place / "src", name, statements)
        native = harness.compile_native(source, self.place / "native" / name, FLAGS)
        guest = harness.compile_guest(self.product, source, self.place / "wasm" / name, FLAGS)
        env = {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C", "TZ": "UTC"}
        outcomes = []
        for program in [native, guest]:
            cwd = self.product.fresh_directory(self.home / name)
            command = [program]
            if program == guest:
                command = self.product.cage_command([guest], options=self.options(cwd, env))
                env = self.product.cage_host_env(self.home)
            outcome = self.product.run(command, cwd=cwd, env=env, stdin=STDIN)
            named = outcome.stderr.replace(os.fsencode(program), b"PROGRAM")
            outcomes.append(dataclasses.replace(outcome, stderr=named))
        if outcomes[0] == outcomes[1]:
            return None
        return "\n".join(f"  {side}: status {o.status}, stdout {text(o.stdout)!r}, stderr {text(o.stderr)!r}"
                         for side, o in zip(["native", "cage"], outcomes))


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out)
    entries, starred = read_entries()
    chosen = list(entries) if arguments.all else arguments.names or starred
    bad = []
    with product.scratch() as home, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runner = Runner(product, home)
        for name, found in zip(chosen, pool.map(lambda n: runner.differences(n, entries[n]), chosen)):
            if found is not None:
                bad.append(f"{name}: {entries[name]}\n{found}")
    if bad:
        raise Failure("\n".join([*bad, f"{len(bad)} of {len(chosen)} programs end otherwise in a cage"]))
    print(f"{len(chosen)} programs agree")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=harness.CHECKOUT / "build/bin", help="where lind is")
    parser.add_argument("--out", help="where compiled programs are kept")
    parser.add_argument("--all", action="store_true", help="every program")
    parser.add_argument("names", nargs="*", help="programs; those with a star without one")
    arguments = parser.parse_args()
    if arguments.out is None:
        arguments.out = pathlib.Path(arguments.bin).resolve().parent / "guest-tests"
    return arguments


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
