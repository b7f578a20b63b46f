#!/usr/bin/env python3
"""check.py SYSROOT BIN WORK [--write FILE] [PORT...]: the test suites of ports, natively and in cages.

Builds each port twice, with cc and with lind-cc, and runs the command of its [check]; every program of the second
build runs in a cage with the guest root, WORK and /tmp.  Prints passed and failed.  WORK/results.json keeps the
results and --write makes docs/ports.md of them.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess

import build

TIMEOUT_S = 3600
# What automake's test driver prints.
PASSED, FAILED = r"^PASS: ", r"^(FAIL|ERROR|XPASS): "


def count(output, check):
    """The numbers of passed and failed tests in the output of a test suite."""
    def found(pattern):
        return len(re.findall(pattern, output, re.M))
    failed = found(check.get("failed", FAILED))
    if "failed-count" in check:
        failed = sum(int(match) for match in re.findall(check["failed-count"], output, re.M))
    passed = found(check["total"]) - failed if "total" in check else found(check.get("passed", PASSED))
    return {"passed": passed, "failed": failed}


def run_suite(port, work, cc, needed, native, environment):
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    builder = build.Builder(port, work, cc, needed, native)
    builder.environment.update(environment)
    folder = builder.compile()
    check = build.read_recipe(port)["check"]
    output = work / "check.log"
    with output.open("wb") as out:
        try:
            subprocess.run([*check["command"], *(builder.make[1:] if check["command"][0] == "make" else [])], cwd=folder,
                           stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S,
                           env=builder.environment)
        except subprocess.TimeoutExpired:
            pass  # what was printed until then counts
    return count(output.read_text(errors="replace"), check)


def write_page(path, results):
    lines = ["# Ports", "", "Written by `ports/check.py --write` (`make ports-check`): the test suites of Debian's packages, built from their",
             "unchanged sources, natively and with every program of the package in a cage. `ports/README.md` says how.", "",
             "| port | package | native: passed | failed | cage: passed | failed |", "|---|---|---:|---:|---:|---:|"]
    for folder in sorted(path.parent.parent.glob("ports/*/port.toml")):
        name = folder.parent.name
        source = build.read_recipe(name)["source"]
        label = f"| {name} | {source['package']} {source['version']} "
        if name in results:
            cells = [results[name][side][kind] for side in ("native", "cage") for kind in ("passed", "failed")]
            lines.append(label + "".join(f"| {cell} " for cell in cells) + "|")
        else:
            why = "not run" if "check" in build.read_recipe(name) else "no suite in the recipe"
            lines.append(label + f"| {why} | | | |")
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser()
    for name in ("sysroot", "bin", "work"):
        parser.add_argument(name, type=lambda word: pathlib.Path(word).resolve())
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("ports", nargs="*")
    given = parser.parse_args()
    lind_cc, root = given.bin / "lind-cc", given.sysroot.parent / "root"
    os.environ["LIND_SYSROOT"] = str(given.sysroot)
    given.work.mkdir(parents=True, exist_ok=True)
    record = given.work / "results.json"
    results = json.loads(record.read_text()) if record.exists() else {}
    launch = [given.bin / "lind", "run", "--root", root, "--dir", f"{given.work}:{given.work}", "--dir", "/tmp:/tmp"]
    cage = {"LIND_CC": str(lind_cc), "LIND_LAUNCH": " ".join(map(str, launch))}
    for port in given.ports or sorted(path.parent.name for path in build.ROOT.glob("ports/*/port.toml")):
        if "check" not in build.read_recipe(port):
            continue
        with build.needed_tree(port, lind_cc, given.sysroot) as needed:
            results[port] = {
                "native": run_suite(port, given.work / f"{port}-native", "gcc", None, True, {}),
                "cage": run_suite(port, given.work / f"{port}-cage", build.ROOT / "ports/launcher-cc", needed, False, cage)}
        print(port, results[port], flush=True)
        record.write_text(json.dumps(results, indent=1))
    if given.write:
        write_page(given.write.resolve(), results)


if __name__ == "__main__":
    main()
