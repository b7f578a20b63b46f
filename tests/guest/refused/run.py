#!/usr/bin/env python3
"""What docs/libc.md says is out of reach ends in a cage with the errno it says, and refused.c calls nothing else."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402


def documented():
    """Call -> errno of the rows `call`, `call` | ERRNO behind the heading."""
    page = (harness.CHECKOUT / "docs/libc.md").read_text()
    section = page.split("## Out of reach\n", 1)[1].split("\nOthers answer", 1)[0]
    rows = re.findall(r"^\| (`.*`) \| (E[A-Z0-9]+) \|$", section, re.M)
    return {call: errno for calls, errno in rows for call in re.findall(r"`([^`]*)`", calls)}


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out)
    with product.scratch() as home:
        program = harness.compile_guest(product, HERE / "refused.c", product.out / "wasm/refused.wasm",
                                        ["-std=gnu17", "-D_GNU_SOURCE", "-O1"])
        command = product.cage_command([program], options=["--tmpfs", "/w", "--cwd", "/w"])
        outcome = product.run(command, cwd=home, env=product.cage_host_env(home))
    if outcome.status != 0:
        raise Failure(f"ended with status {outcome.status}\n{text(outcome.stderr)}")
    found = dict(line.rsplit(" ", 1) for line in text(outcome.stdout).splitlines())
    said = documented()
    bad = [f"{call}: documented as {said.get(call, 'nothing')}, ends with {found.get(call, 'nothing')}"
           for call in sorted(found.keys() | said.keys()) if found.get(call) != said.get(call)]
    if bad:
        raise Failure("\n".join(bad))


if __name__ == "__main__":
    harness.main(lambda: run(harness.parse_places(__doc__)))
