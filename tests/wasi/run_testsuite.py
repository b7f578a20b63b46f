#!/usr/bin/env python3
"""Runs the programs of the public WASI test suite (wasi-testsuite) with `lind wasi`.

usage: run_testsuite.py --lind LIND [--grate WORDS] SUITE [NAME...]

SUITE is c, rust, assemblyscript or threads.  The programs are data and not in this tree: they are in
$LIND_TESTDATA/wasi-testsuite, or ../shared/testdata/wasi-testsuite beside the checkout; without them the
result is 77 (skipped).  NAME.json says how NAME.wasm is run and what it must give; the data's own
doc/specification.md describes it.  Every program gets fresh copies of its directories.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
SECONDS = 60
SUITES = {name: f"tests/{name}/testsuite/wasm32-wasip1" for name in ("c", "rust", "assemblyscript")}
SUITES["threads"] = "tests/proposals/wasi-threads"


def find_data():
    checkout = pathlib.Path(__file__).resolve().parents[2]
    data = pathlib.Path(os.environ.get("LIND_TESTDATA", checkout / "../shared/testdata"))
    return data / "wasi-testsuite"


def read_plan(program):
    path = program.with_suffix(".json")
    plan = json.loads(path.read_text()) if path.exists() else {}
    unknown = plan.keys() - {"args", "dirs", "env", "exit_code", "stdout", "stderr"}
    if unknown:
        raise ValueError(f"{path.name} has {', '.join(sorted(unknown))}, which this runner does not know")
    return plan


def copy_directories(program, plan, scratch):
    """Fresh copies, and the options that grant them under their own names."""
    options = []
    for name in plan.get("dirs", []):
        shutil.copytree(program.parent / name, scratch / name)
        # The data may be read-only, and a copy of it lacks the directory that is empty upstream.
        for path in [scratch / name, *(scratch / name).rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
        (scratch / name / "writeable").mkdir(exist_ok=True)
        for leftover in (scratch / name).rglob("*.cleanup"):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        options += ["--dir", f"{scratch / name}::{name}"]
    return options


def run(runner, program, plan, scratch):
    command = [runner.lind, "wasi", *copy_directories(program, plan, scratch)]
    for name, value in plan.get("env", {}).items():
        command += ["--env", f"{name}={value}"]
    command += [*runner.grate.split(), str(program), *plan.get("args", [])]
    # Nobody writes: some programs are ended while they read.
    nothing, writer = os.pipe()
    try:
        return subprocess.run(command, stdin=nothing, capture_output=True, timeout=SECONDS)
    finally:
        os.close(nothing)
        os.close(writer)


def complaints(plan, result):
    """What is wrong with a result; nothing for a good one."""
    expected = plan.get("exit_code", 0)
    if result.returncode != expected:
        yield f"exit status {result.returncode}, expected {expected}"
    for stream in ("stdout", "stderr"):
        got = getattr(result, stream).decode(errors="replace")
        if stream in plan and got != plan[stream]:
            yield f"{stream} is {got!r}, expected {plan[stream]!r}"


def check(runner, program):
    plan = read_plan(program)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            result = run(runner, program, plan, pathlib.Path(scratch))
        except subprocess.TimeoutExpired:
            return f"still running after {SECONDS} s"
    found = list(complaints(plan, result))
    if not found:
        return None
    return "\n  ".join(found + result.stderr.decode(errors="replace").splitlines()[-6:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lind", required=True)
    parser.add_argument("--grate", default="", help="under which to run them, with its options")
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    data = find_data()
    if not data.is_dir():
        print(f"skipped: no {data}; LIND_TESTDATA says where the test data is")
        return SKIPPED
    programs = sorted((data / SUITES[arguments.suite]).glob("*.wasm"))
    if arguments.names:
        programs = [program for program in programs if program.stem in arguments.names]
    if not programs:
        print("no such program")
        return 1
    failed = 0
    for program in programs:
        complaint = check(arguments, program)
        if complaint is not None:
            failed += 1
            print(f"FAILED {program.stem}\n  {complaint}")
    print(f"{arguments.suite}: {len(programs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
