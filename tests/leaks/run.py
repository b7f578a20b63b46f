#!/usr/bin/env python3
"""Runs rounds of churn.c in cages and looks at the host process between them: nothing may stay."""

import argparse
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread"]
# What recycled memories, stacks and host threads may differ by, from round to round.
SLACK = {"descriptors": 12, "mappings": 120, "threads": 12, "KiB": 24 * 1024}


class Host:
    """The process that holds all cages, seen from outside."""

    def __init__(self, pid):
        self.proc = pathlib.Path(f"/proc/{pid}")

    def threads(self):
        return list((self.proc / "task").iterdir())

    def counts(self):
        status = dict(line.split(":", 1) for line in (self.proc / "status").read_text().splitlines())
        return {"descriptors": len(list((self.proc / "fd").iterdir())),
                "mappings": len((self.proc / "maps").read_text().splitlines()),
                "threads": len(self.threads()),
                "KiB": int(status["VmRSS"].split()[0])}

    def activity(self):
        """Switches that its threads made of themselves, and CPU time in clock ticks."""
        switches, ticks = 0, 0
        for task in self.threads():
            for line in (task / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    switches += int(line.split()[1])
            fields = (task / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return switches, ticks


def make_rounds(process, count):
    for _ in range(count):
        process.stdin.write(b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if answer != b"done\n":
            raise Failure(f"answered {text(answer)!r}, stderr:\n{text(process.stderr.read())}")


def check_growth(process, warm_up, rounds):
    make_rounds(process, warm_up)
    host = Host(process.pid)
    before = host.counts()
    make_rounds(process, rounds)
    after = host.counts()
    grown = [name for name, slack in SLACK.items() if after[name] > before[name] + slack]
    if grown:
        raise Failure(f"more {', '.join(grown)}: {before} before, {after} after")


def check_idle(process):
    make_rounds(process, 1)
    host = Host(process.pid)
    time.sleep(0.5)  # the last ones go to sleep
    before = host.activity()
    time.sleep(2)
    after = host.activity()
    if after != before:
        raise Failure(f"not idle: switches and ticks {before} before, {after} after two seconds")


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out, as_root=True)
    program = harness.compile_guest(product, HERE / "churn.c", product.out / "churn.wasm", FLAGS)
    with product.scratch() as place:
        command = product.cage_command([program, arguments.what, "/leaks/churn.wasm"],
                                       options=["--dir", f"{product.out}:/leaks:ro",
                                                "--dir", f"{place}:/w", "--cwd", "/w"])
        with subprocess.Popen(command, env=product.cage_host_env(place), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                if arguments.what == "sleep":
                    check_idle(process)
                else:
                    check_growth(process, arguments.warm_up, arguments.rounds)
                process.stdin.close()
                process.wait(timeout=20)
            finally:
                process.kill()


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    build = harness.CHECKOUT / "build"
    parser.add_argument("--bin", default=build / "bin", help="where lind is")
    parser.add_argument("--out", default=build / "leaks", help="where the program is kept")
    parser.add_argument("--warm-up", type=int, default=2, help="rounds before the first look")
    parser.add_argument("--rounds", type=int, default=8, help="rounds between the two looks")
    parser.add_argument("what", choices=["reap", "kill", "sleep"])
    return parser.parse_args()


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
