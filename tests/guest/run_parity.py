#!/usr/bin/env python3
"""Runs one guest program natively or in a cage and holds it to its expectations (README.md)."""

import argparse
import difflib
import os
import pathlib
import re
import shlex
import signal
import sys

import harness
from harness import Failure, text

HERE = pathlib.Path(__file__).resolve().parent
COMMON_FLAGS = ["-D_GNU_SOURCE", "-O1", "-pthread", f"-I{HERE}"]
KEYS = {"args", "stdin", "env", "expect", "expect-cage", "stdout", "share", "shell", "net", "user"}


def read_directives(source):
    """The `// key: value` lines of the leading comment."""
    found = {}
    for line in source.read_text().splitlines():
        if not line.startswith("//"):
            break
        if (match := re.match(r"// ([a-z-]+): ?(.*)", line)) and match[1] in KEYS:
            found[match[1]] = match[2]
    return found


def status_of(expectation):
    kind, value = expectation.split()
    if kind == "exit":
        return int(value)
    if kind == "signal":
        return 128 + signal.Signals[value].value
    raise Failure(f"expectation '{expectation}' is neither 'exit N' nor 'signal SIGNAME'")


def unescape(value):
    return value.encode().decode("unicode_escape").encode("latin-1")


class Program:
    """One guest program with the conditions it asks for."""

    def __init__(self, product, source):
        self.product = product
        self.source = source
        found = read_directives(source)
        self.args = shlex.split(found.get("args", ""))
        self.stdin = unescape(found.get("stdin", ""))
        self.env = dict(pair.split("=", 1) for pair in shlex.split(found.get("env", "")))
        self.status = status_of(found.get("expect", "exit 0"))
        self.cage_status = status_of(found["expect-cage"]) if "expect-cage" in found else None
        self.cage_stdout = unescape(found["stdout"]) if "stdout" in found else None
        self.share = shlex.split(found.get("share", ""))
        self.shell = "shell" in found
        self.net = shlex.split(found.get("net", ""))
        self.needs_root = "user" in found
        area = source.parent.name
        self.is_cxx = source.suffix == ".cc"
        self.flags = ["-std=gnu++20" if self.is_cxx else "-std=gnu17", *COMMON_FLAGS, "-lm"]
        self.native = product.out / "native" / area / source.stem
        self.guest = product.out / "wasm" / area / f"{source.stem}.wasm"

    def guest_env(self, home):
        return {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C", "TZ": "UTC", **self.env}

    def run_native(self, home):
        harness.compile_native(self.source, self.native, self.flags,
                               compiler="g++" if self.is_cxx else "gcc")
        if self.cage_status is not None or (self.needs_root and os.geteuid() != 0):
            return None
        cwd = self.product.fresh_directory(home / "scratch")
        outcome = self.product.run([self.native, *self.args], cwd=cwd, env=self.guest_env(home),
                                   stdin=self.stdin, as_root=self.needs_root)
        require_status("native", outcome, self.status)
        return outcome

    def run_cage(self, home):
        harness.compile_guest(self.product, self.source, self.guest, self.flags)
        cwd = self.product.fresh_directory(home / "scratch")
        locales = self.product.root / "usr/lib/locale"
        options = ["--dir", f"{cwd}:{cwd}", "--cwd", str(cwd), "--dir", f"{locales}:/usr/lib/locale:ro"]
        for place in self.share:
            options += ["--dir", f"{place}:{place}:ro"]
        options += self.net
        if self.shell:
            options += ["--dir", f"{self.product.root / 'bin'}:/bin:ro"]
        for name, value in self.guest_env(home).items():
            options += ["--env", f"{name}={value}"]
        command = self.product.cage_command([self.guest, *self.args], options=options)
        return self.product.run(command, cwd=home, env=self.product.cage_host_env(home),
                                stdin=self.stdin)


def require_status(side, outcome, status):
    if outcome.status != status:
        raise Failure(f"{side}: ended with status {outcome.status}, expected {status}\n"
                      f"stdout:\n{text(outcome.stdout)}\nstderr:\n{text(outcome.stderr)}")


def require_stdout(cage, expected):
    if cage.stdout != expected:
        diff = difflib.unified_diff(text(expected).splitlines(), text(cage.stdout).splitlines(),
                                    "native", "cage", lineterm="")
        raise Failure("\n".join(["standard output differs:", *diff,
                                 f"stderr of the cage:\n{text(cage.stderr)}"]))


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out, as_root=arguments.as_root)
    program = Program(product, HERE / arguments.program)
    with product.scratch() as home:
        native = program.run_native(home)
        if arguments.side == "native":
            return
        cage = program.run_cage(home)
        if native is None:
            require_status("cage", cage, program.status if program.cage_status is None
                           else program.cage_status)
            if program.cage_stdout is not None:
                require_stdout(cage, program.cage_stdout)
            return
        require_status("cage", cage, native.status)
        require_stdout(cage, native.stdout)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=harness.CHECKOUT / "build/bin", help="where lind is")
    parser.add_argument("--out", help="where compiled programs are kept")
    parser.add_argument("--as-root", action="store_true", help="keep root's identity")
    parser.add_argument("side", choices=["native", "cage"])
    parser.add_argument("program", help="AREA/NAME.c")
    arguments = parser.parse_args()
    if arguments.out is None:
        arguments.out = pathlib.Path(arguments.bin).resolve().parent / "guest-tests"
    if arguments.as_root and os.geteuid() != 0:
        sys.exit("--as-root was given, but this is not root")
    return arguments


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
