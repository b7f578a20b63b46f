#!/usr/bin/env python3
"""WASI programs under grates: `lind wasi GRATE ... PROGRAM`.

usage: run_grates.py --lind LIND --build DIR --bin DIR [CASE...]

Programs are built by clang-22 with Debian's wasi-libc; without it the result is 77 (skipped).
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import harness  # noqa: E402
from harness import Failure  # noqa: E402

SKIPPED = 77
SECONDS = 120
GARBAGE_SECONDS = 5
SEEDS = 12
GRATES = harness.CHECKOUT / "build/guest/grates"
SYSROOT = harness.CHECKOUT / "build/guest/sysroot/usr"


class Runs:
    """One directory of the host, which the program calls `work`."""

    def __init__(self, arguments, scratch):
        self.arguments = arguments
        self.work = pathlib.Path(scratch) / "work"
        self.work.mkdir()
        (self.work / "old").write_text("old\n")

    def module(self, name):
        module = self.arguments.build / f"{name}.wasm"
        source = HERE / f"{name}.c"
        if not module.exists() or module.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(["clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "-O1", "-Wno-deprecated",
                            str(source), "-lm", "-o", str(module)], check=True)
        return module

    def run(self, *words, grates=GRATES, timeout=SECONDS, options=()):
        command = [self.arguments.lind, "wasi", "--dir", f"{self.work}::work", *options, *map(str, words)]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                              env={**os.environ, "LIND_GRATES": str(grates)})


def expect(condition, result, what):
    if not condition:
        raise Failure(f"{what}\nstatus {result.returncode}\nstdout:\n{result.stdout.decode(errors='replace')}\n"
                      f"stderr:\n{result.stderr.decode(errors='replace')}")


def strace(runs):
    done = runs.run("strace", "-o", "work/log", runs.module("files"), "--", "new", "two words")
    expect(done.returncode == 3 and done.stdout == b"old: old\nnew: made\n2 arguments\n", done, "unchanged")
    log = (runs.work / "log").read_text()
    for part in ['execve("/files.wasm", ["/files.wasm", "new", "two words"]', 'openat(AT_FDCWD, "/work"',
                 "openat2(", "writev(", "exit_group(3) = ?"]:
        expect(part in log, done, f"not in the trace: {part}\n{log}")


def readonly(runs):
    done = runs.run("readonly", runs.module("files"), "new")
    expect(done.returncode == 4 and done.stdout == b"old: old\n", done, "reads only")
    expect(b"Read-only file system" in done.stderr and not (runs.work / "new").exists(), done, "nothing made")


def imfs(runs):
    words = ["imfs", "-l", "/work", "/work", runs.module("files"), "new", "more"]
    done = runs.run(*words)
    expect(done.returncode == 3 and done.stdout == b"old: old\nnew: made\n2 arguments\n", done, "in memory")
    expect(not (runs.work / "new").exists(), done, "made outside")
    done = runs.run("imfs", "-l", "/work", "-d", "/work", *words[3:])
    expect(done.returncode == 3 and (runs.work / "new").read_text() == "made\n", done, "written at the end")


def stack(runs):
    """Grates stand one above the other, and what is no module behind them is named."""
    done = runs.run("fault", "openat2=EIO@2", "strace", "-o", "work/log", runs.module("files"), "new")
    expect(done.returncode == 4 and b"I/O error" in done.stderr, done, "the second open fails")
    expect("= -1 EIO" in (runs.work / "log").read_text(), done, "the upper grate sees the lower one's answer")
    done = runs.run("seccomp", "work/policy", runs.work / "old")
    expect(done.returncode == 125 and b"no module FILE.wasm behind the grate seccomp" in done.stderr, done, "named")


def listen(runs):
    """The sockets are the program's although a grate was there first."""
    done = runs.run("fault", "getppid=EIO", runs.module("files"), "3", options=["--listen", "127.0.0.1:0"])
    expect(done.returncode == 3, done, "the socket is behind the directory")


def build_garbage(runs, place):
    compiler = runs.arguments.bin / "lind-cc"
    if not (SYSROOT / "lib/liblind-grate.a").exists():
        raise Failure("the grate library is missing: run `make` first")
    subprocess.run([compiler, "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread", HERE / "garbage.c", "-llind-grate",
                    "-o", place / "garbage"], check=True)


def garbage(runs):
    """Whatever a grate answers, only its program is the worse for it."""
    place = runs.work.parent / "grates"
    place.mkdir()
    build_garbage(runs, place)
    for name in ("files", "bad_arguments", "readdir"):
        module = runs.module(name)
        for seed in range(SEEDS):
            shutil.rmtree(runs.work)
            runs.work.mkdir()
            try:
                done = runs.run("garbage", seed, module, "new", grates=place, timeout=GARBAGE_SECONDS)
            except subprocess.TimeoutExpired:
                continue  # the program waits for ever, and was killed
            expect(done.returncode >= 0 and b"check failed" not in done.stderr.lower(), done, f"{name}, seed {seed}")
    done = runs.run(runs.module("files"), "new")
    expect(done.returncode in (3, 4), done, "afterwards")


CASES = {case.__name__: case for case in (strace, readonly, imfs, stack, listen, garbage)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lind", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    arguments = parser.parse_args()
    if not pathlib.Path("/usr/include/wasm32-wasi").is_dir():
        print("skipped: wasi-libc is not installed")
        sys.exit(SKIPPED)
    arguments.build.mkdir(parents=True, exist_ok=True)
    for case in arguments.cases:
        with tempfile.TemporaryDirectory() as scratch:
            CASES[case](Runs(arguments, scratch))


if __name__ == "__main__":
    harness.main(main)
