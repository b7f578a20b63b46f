#!/usr/bin/env python3
"""build.py PORT ROOT: builds ports/PORT for guests and installs its programs into the tree ROOT.

The program's own configure and make run with lind-cc; its source is not changed.  LIND_CC names
lind-cc and LIND_SYSROOT its sysroot.  Results are cached by everything they depend on.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "lind"
HOST = "wasm32-lind-linux-gnu"


def fail(message):
    sys.exit(f"ports/build.py: {message}")


def cache_key(port, sysroot):
    """A digest of the recipe, the tools and the C library."""
    digest = hashlib.sha256()
    inputs = [ROOT / "ports" / port / "port.toml", pathlib.Path(__file__), ROOT / "guest/sdk/config.site",
              ROOT / "tools/lind-cc/main.cc", sysroot / ".key"]
    for path in inputs:
        if not path.is_file():
            fail(f"{path} is missing")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def run(log, command, **options):
    with log.open("a") as out:
        print("==", *command, file=out, flush=True)
        result = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, **options)
    if result.returncode != 0:
        kept = CACHE / f"{log.stem}.log"
        shutil.copyfile(log, kept)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        fail(f"{tail}\n{command[0]} failed; the whole log is {kept}")


def build(port, recipe, work, lind_cc):
    """Builds in the folder `work` and returns the installed tree."""
    log = work / f"{port}.log"
    run(log, [sys.executable, ROOT / "scripts/fetch_source.py", ROOT / "ports" / port / "port.toml",
              work / "source"])
    environment = {**os.environ, "CONFIG_SITE": str(ROOT / "guest/sdk/config.site")}
    if recipe.get("autoreconf"):
        run(log, ["autoreconf", "-fi"], cwd=work / "source")
    (work / "build").mkdir()
    (work / "stage").mkdir()
    run(log, ["../source/configure", f"--host={HOST}", "--build=x86_64-linux-gnu", "--prefix=/usr", "--bindir=/bin",
              "--libexecdir=/usr/libexec", f"CC={lind_cc}", "CPP=" + f"{lind_cc} -E", "CFLAGS=-O2", "AR=llvm-ar-22",
              "RANLIB=llvm-ranlib-22", "NM=llvm-nm-22", "STRIP=:", *recipe["configure"]],
        cwd=work / "build", env=environment)
    # Patches touch inputs of generated files; those are kept as they are.
    kept = [f"{tool}=:" for tool in ("ACLOCAL", "AUTOCONF", "AUTOMAKE", "AUTOHEADER", "MAKEINFO", "HELP2MAN")]
    jobs = os.environ.get("JOBS") or str(os.cpu_count())
    run(log, ["make", f"-j{jobs}", *kept], cwd=work / "build", env=environment)
    if programs := recipe.get("programs"):  # a makefile that installs more than programs
        for installed, built in programs.items():
            (work / "stage" / installed).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(work / "build" / built, work / "stage" / installed)
    else:
        run(log, ["make", "install-exec", f"DESTDIR={work / 'stage'}", *kept], cwd=work / "build", env=environment)
    for link, target in recipe.get("links", {}).items():
        (work / "stage" / link).symlink_to(target)
    return work / "stage"


def main():
    if len(sys.argv) != 3:
        fail("usage: build.py PORT ROOT")
    port, root = sys.argv[1], pathlib.Path(sys.argv[2])
    lind_cc = pathlib.Path(os.environ.get("LIND_CC") or fail("LIND_CC is not set"))
    sysroot = pathlib.Path(os.environ.get("LIND_SYSROOT") or fail("LIND_SYSROOT is not set"))
    entry = CACHE / f"port-{port}-{cache_key(port, sysroot)}"
    if not entry.is_dir():
        print(f"port: building {port}", flush=True)
        recipe = tomllib.loads((ROOT / "ports" / port / "port.toml").read_text())["build"]
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="building-port-", dir=CACHE) as name:
            stage = build(port, recipe, pathlib.Path(name), lind_cc)
            try:
                stage.rename(entry)
            except OSError:
                if not entry.is_dir():  # somebody else may have built the same
                    raise
    shutil.copytree(entry, root, symlinks=True, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
