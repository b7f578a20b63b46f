#!/usr/bin/env python3
"""Locales of an archive that this machine's localedef made are those of a program in a cage."""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

EXPECTED = """\
de_DE.UTF-8: 1.234,50 Donnerstag 1
fr_FR.UTF-8: 1\u202f234,50 jeudi 1
not found: 1\u202f234,50 jeudi 1
"""


def make_archive(prefix):
    """The folder of the archive; localedef warns of much and then ends with 1."""
    folder = prefix / "usr/lib/locale"
    folder.mkdir(parents=True)
    for name in ("de_DE", "fr_FR"):
        subprocess.run(["localedef", f"--prefix={prefix}", "-c", "-i", name, "-f", "UTF-8", f"{name}.UTF-8"],
                       capture_output=True)
    (folder / "locale-archive").chmod(0o644)
    return folder


def run(arguments):
    if shutil.which("localedef") is None or not pathlib.Path("/usr/share/i18n/locales/de_DE").exists():
        print("skipped: this machine has no sources of locales")
        sys.exit(77)
    product = harness.Product(arguments.bin, arguments.out)
    with product.scratch() as home:
        program = harness.compile_guest(product, HERE / "archive.c", product.out / "wasm/archive.wasm", ["-std=gnu17", "-O1"])
        command = product.cage_command([program], options=["--dir", f"{make_archive(home)}:/usr/lib/locale:ro"])
        outcome = product.run(command, cwd=home, env=product.cage_host_env(home))
    if outcome.status != 0 or text(outcome.stdout) != EXPECTED:
        raise Failure(f"status {outcome.status}, printed\n{text(outcome.stdout)}{text(outcome.stderr)}instead of\n{EXPECTED}")


if __name__ == "__main__":
    harness.main(lambda: run(harness.parse_places(__doc__)))
