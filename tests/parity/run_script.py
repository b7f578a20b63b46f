#!/usr/bin/env python3
"""Runs one shell script natively and in cages and compares all it printed (README.md)."""

import argparse
import difflib
import os
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

FIXED_TIME = 1_600_000_000
WORDS = ["alpha", "beta", "gamma", "delta", "lambda", "omega", "sigma", "Theta", "zeta", "pi"]


def numbers(count):
    state = 42
    for _ in range(count):
        state = (state * 1103515245 + 12345) % (1 << 31)
        yield state


def tree_contents():
    """Relative path -> bytes."""
    words = [f"{WORDS[n % 10]} {n % 97}\n" for n in numbers(5000)]
    return {
        "readme.txt": b"first line\nsecond line\n\nfourth line, the last\n",
        "numbers": "".join(f"{n}\n" for n in numbers(100_000)).encode(),
        "words": "".join(words).encode(),
        "empty": b"",
        "unfinished": b"no newline at the end",
        "binary": bytes(range(256)) * 64,
        "long-line": b"x" * 100_000 + b"\n",
        "with space.txt": b"spaces in the name\n",
        ".hidden": b"hidden\n",
        "src/main.c": b"#include <stdio.h>\nint main(void) { return 0; }\n",
        "src/util.c": b"int util(void) { return 1; }\n",
        "src/util.h": b"int util(void);\n",
        "src/deep/er/est/leaf": b"leaf\n",
        "script.sh": b"#!/bin/sh\necho \"script got $# arguments: $*\"\nexit 7\n",
        "list.csv": b"name,kind,count\nape,animal,3\nelm,tree,12\nrye,grass,7\nelk,animal,1\n",
    }


def make_tree(place):
    for name, contents in tree_contents().items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
    (place / "script.sh").chmod(0o755)
    (place / "link").symlink_to("readme.txt")
    (place / "dangling").symlink_to("nowhere")
    for directory, _, files in os.walk(place, topdown=False):
        for name in files:
            os.utime(os.path.join(directory, name), (FIXED_TIME, FIXED_TIME), follow_symlinks=False)
        os.utime(directory, (FIXED_TIME, FIXED_TIME))


# What dash runs itself.
BUILTINS = {"[", "echo", "kill", "printf", "pwd", "test"}


# Of one program, on a machine that does much else.
COMPILE_TIMEOUT_S = 600


def fill_cache(product):
    """Compiles what the scripts run, so that no test waits for the compiler."""
    sources = [*HERE.glob("*.sh"), harness.CHECKOUT / "guest/demo/demo.sh"]
    words = {word for source in sources for word in re.findall(r"[\w\[]+", source.read_text())}
    programs = {path.name for path in (product.root / "bin").iterdir()} - BUILTINS
    with product.scratch() as home:
        for name in sorted(programs & (words | {"dash"})):
            what = ["-c", ":"] if name in {"dash", "sh"} else ["--version"]
            command = product.cage_command([f"/bin/{name}", *what],
                                           options=["--root", str(product.root)])
            outcome = product.run(command, cwd=home, env=product.cage_host_env(home),
                                  timeout=COMPILE_TIMEOUT_S)
            if outcome.status >= 125:
                raise Failure(f"/bin/{name}: status {outcome.status}\n{text(outcome.stderr)}")


class Script:
    """One script, the tree it reads, and the two ways to run it."""

    def __init__(self, product, source, home):
        self.product = product
        self.home = home
        self.tree = home / "tree"
        self.scripts = home / "scripts"
        self.work = home / "work"
        self.name = source.name
        self.tree.mkdir()
        self.scripts.mkdir()
        make_tree(self.tree)
        shutil.copy(source, self.scripts)

    def environment(self, tree, work):
        return {"PATH": "/bin", "LC_ALL": "C", "TZ": "UTC", "T": tree, "HOME": work}

    def run_native(self):
        self.product.fresh_directory(self.work)
        return self.product.run(["/bin/dash", self.scripts / self.name], cwd=self.work,
                                env=self.environment(str(self.tree), str(self.work)))

    def run_cages(self, num_grates):
        self.product.fresh_directory(self.work)
        options = ["--root", str(self.product.root), "--dir", f"{self.tree}:/t:ro",
                   "--dir", f"{self.scripts}:/s:ro", "--dir", f"{self.work}:/w", "--cwd", "/w"]
        for name, value in self.environment("/t", "/w").items():
            options += ["--env", f"{name}={value}"]
        words = ["strace", "-c", "-o", "/dev/null"] * num_grates + ["/bin/dash", f"/s/{self.name}"]
        command = self.product.cage_command(words, options=options)
        env = self.product.cage_host_env(self.home)
        if num_grates > 0:
            env["LIND_GRATES"] = str(harness.CHECKOUT / "build/guest/grates")
        return self.product.run(command, cwd=self.home, env=env)

    def as_guest_paths(self, output):
        for host, guest in [(self.tree, b"/t"), (self.scripts, b"/s"), (self.work, b"/w")]:
            output = output.replace(str(host).encode(), guest)
        return output


def differences(name, native, cages):
    if native == cages:
        return []
    return [f"{name} differs:", *difflib.unified_diff(
        text(native).splitlines(), text(cages).splitlines(), "native", "cages", lineterm="", n=1)]


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out, as_root=arguments.as_root)
    if not (product.root / "bin/dash").exists():
        raise Failure(f"{product.root}/bin/dash is missing: run `make` first")
    if arguments.fill_cache:
        fill_cache(product)
        return
    with product.scratch() as home:
        script = Script(product, HERE / arguments.script, home)
        native = script.run_native()
        cages = script.run_cages(arguments.grates)
    found = differences("stdout", script.as_guest_paths(native.stdout), cages.stdout)
    found += differences("stderr", script.as_guest_paths(native.stderr), cages.stderr)
    if native.status != cages.status:
        found.append(f"status differs: native {native.status}, cages {cages.status}")
    if arguments.show:
        for side, outcome in [("native", native), ("cages", cages)]:
            print(f"--- {side}: status {outcome.status}\n{text(outcome.stdout)}"
                  f"--- stderr\n{text(outcome.stderr)}")
    if found:
        raise Failure("\n".join(found))


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=harness.CHECKOUT / "build/bin", help="where lind is")
    parser.add_argument("--out", help="where the cache is kept")
    parser.add_argument("--as-root", action="store_true", help="keep root's identity")
    parser.add_argument("--grates", type=int, default=0, help="run it under so many that pass all on")
    parser.add_argument("--show", action="store_true", help="print both outputs")
    parser.add_argument("--fill-cache", action="store_true", help="only compile what scripts run")
    parser.add_argument("script", nargs="?", help="NAME.sh")
    arguments = parser.parse_args()
    if arguments.script is None and not arguments.fill_cache:
        parser.error("no script is named")
    if arguments.out is None:
        arguments.out = pathlib.Path(arguments.bin).resolve().parent / "guest-tests"
    return arguments


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
