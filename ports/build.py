#!/usr/bin/env python3
"""build.py PORT ROOT: builds ports/PORT for guests and installs its programs into the tree ROOT.

The program's own configure and make run with lind-cc; its source is not changed.  LIND_CC names
lind-cc and LIND_SYSROOT its sysroot.  Results are cached by everything they depend on.
"""
import contextlib
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


def read_recipe(port):
    path = ROOT / "ports" / port / "port.toml"
    if not path.is_file():
        fail(f"{path} is missing")
    return tomllib.loads(path.read_text())


def cache_key(port, sysroot):
    """A digest of the recipe, what it needs, the tools and the C library."""
    digest = hashlib.sha256()
    inputs = [ROOT / "ports" / port / "port.toml", pathlib.Path(__file__), ROOT / "guest/sdk/config.site",
              ROOT / "tools/lind-cc/main.cc", sysroot / ".key"]
    for path in inputs:
        if not path.is_file():
            fail(f"{path} is missing")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for needed in read_recipe(port)["build"].get("needs", []):
        digest.update(cache_key(needed, sysroot).encode())
    return digest.hexdigest()[:32]


class Builder:
    """Builds one port in the folder `work`, with the compiler `cc`; for this machine if `native`."""

    def __init__(self, port, work, cc, needed=None, native=False):
        self.port, self.work, self.cc, self.needed, self.native = port, work, cc, needed, native
        self.recipe = read_recipe(port)["build"]
        self.log = work / f"{port}.log"
        self.jobs = os.environ.get("JOBS") or str(os.cpu_count())
        # Patches touch inputs of generated files; those are kept as they are.
        self.make = ["make", *(f"{tool}=:" for tool in
                               ("ACLOCAL", "AUTOCONF", "AUTOMAKE", "AUTOHEADER", "MAKEINFO", "HELP2MAN"))]
        self.environment = {**os.environ, "LC_ALL": "C"}
        if not native:
            self.environment["CONFIG_SITE"] = str(ROOT / "guest/sdk/config.site")

    def run(self, command, cwd):
        with self.log.open("a") as out:
            print("==", *command, file=out, flush=True)
            result = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, cwd=cwd, env=self.environment)
        if result.returncode != 0:
            kept = CACHE / f"{self.log.stem}.log"
            shutil.copyfile(self.log, kept)
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])
            fail(f"{tail}\n{command[0]} failed; the whole log is {kept}")

    def tools(self):
        """The words that name compiler and binary tools, for configure and for make."""
        cflags = f"-O2 -I{self.needed}/usr/include" if self.needed else "-O2"
        words = [f"CC={self.cc}", f"CFLAGS={cflags}"]
        if self.needed:
            words.append(f"LDFLAGS=-L{self.needed}/usr/lib")
        if not self.native:
            words += ["AR=llvm-ar-22", "RANLIB=llvm-ranlib-22", "NM=llvm-nm-22", "STRIP=:"]
        return words

    def compile(self):
        """Returns the folder that was built in."""
        source, recipe = self.work / "source", self.recipe
        self.run([sys.executable, ROOT / "scripts/fetch_source.py", ROOT / "ports" / self.port / "port.toml", source],
                 self.work)
        if "make" in recipe:  # a makefile that is not configured
            self.run([*self.make, f"-j{self.jobs}", *self.tools(), *recipe["make"]], source)
            return source
        if "configure-alone" in recipe:  # a script that only has configure's name
            self.environment.update(word.split("=", 1) for word in self.tools())
            self.run(["./configure", *recipe["configure-alone"]], source)
            self.run([*self.make, f"-j{self.jobs}"], source)
            return source
        if recipe.get("autoreconf"):
            self.run(["autoreconf", "-fi"], source)
        build = self.work / "build"
        build.mkdir()
        where = [] if self.native else [f"--host={HOST}", "--build=x86_64-linux-gnu"]
        self.run(["../source/configure", *where, "--prefix=/usr", "--bindir=/bin", "--libexecdir=/usr/libexec",
                  *self.tools(), "CPP=" + f"{self.cc} -E", *recipe["configure"]], build)
        self.run([*self.make, f"-j{self.jobs}"], build)
        return build

    def install(self, build):
        """Returns the installed tree."""
        stage = self.work / "stage"
        stage.mkdir()
        if programs := self.recipe.get("programs"):  # a makefile that installs more than programs
            for installed, built in programs.items():
                (stage / installed).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(build / built, stage / installed)
        else:
            targets = self.recipe.get("install", "install-exec").split()
            self.run([*self.make, *targets, f"DESTDIR={stage}"], build)
        for link, target in self.recipe.get("links", {}).items():
            (stage / link).symlink_to(target)
        return stage


@contextlib.contextmanager
def needed_tree(port, lind_cc, sysroot):
    """A tree with the ports that this one needs, or None."""
    needs = read_recipe(port)["build"].get("needs", [])
    if not needs:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="needed-") as name:
        for needed in needs:
            install_port(needed, pathlib.Path(name), lind_cc, sysroot)
        yield pathlib.Path(name)


def install_port(port, root, lind_cc, sysroot):
    entry = CACHE / f"port-{port}-{cache_key(port, sysroot)}"
    if not entry.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with needed_tree(port, lind_cc, sysroot) as needed, \
             tempfile.TemporaryDirectory(prefix="building-port-", dir=CACHE) as name:
            print(f"port: building {port}", flush=True)
            builder = Builder(port, pathlib.Path(name), lind_cc, needed)
            stage = builder.install(builder.compile())
            try:
                stage.rename(entry)
            except OSError:
                if not entry.is_dir():  # somebody else may have built the same
                    raise
    shutil.copytree(entry, root, symlinks=True, dirs_exist_ok=True)


def main():
    if len(sys.argv) != 3:
        fail("usage: build.py PORT ROOT")
    lind_cc = pathlib.Path(os.environ.get("LIND_CC") or fail("LIND_CC is not set"))
    sysroot = pathlib.Path(os.environ.get("LIND_SYSROOT") or fail("LIND_SYSROOT is not set"))
    install_port(sys.argv[1], pathlib.Path(sys.argv[2]), lind_cc, sysroot)


if __name__ == "__main__":
    main()
