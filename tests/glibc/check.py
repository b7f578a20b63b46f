#!/usr/bin/env python3
"""check.py SYSROOT BIN WORK [DIR[/TEST] ...]: glibc's own tests, natively and in cages.

Compiles the tests of glibc's source package against SYSROOT with BIN/lind-cc, and against this machine's glibc with
gcc; runs both and prints a table by directory.  A test counts as unsupported when it does not compile natively, ends with
77 there, or fails there.  WORK keeps sources, programs and results.  Ends with 1 if a test named as DIR/TEST fails.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

TARBALL = "/usr/src/glibc/glibc-2.36.tar.xz"
DIRECTORIES = ["string", "stdlib", "stdio-common", "math", "ctype", "argp", "posix"]
# Of math only tests that are C files of their own: the others are generated.
TIMEOUT_S = 60
FLAGS = ["-std=gnu11", "-O1", "-w", "-pthread", "-D_GNU_SOURCE", "-DMODULE_NAME=testsuite", "-DIN_MODULE=0",
         # What glibc's own build would say; installed headers say the rest.
         "-DTIMEOUTFACTOR=1", "-D_STACK_GROWS_DOWN=1", "-Dlibc_hidden_proto(...)=", "-Dlibc_hidden_def(...)=",
         "-Dattribute_hidden=", "-include", "limits.h",
         *(f'-D{name}_PATH="/{name}"' for name in ("SRCDIR", "OBJDIR", "INSTDIR", "SBINDIR", "ROOTSBINDIR",
                                                    "OBJDIR_ELF_LDSO", "LIBDIR",
                                                    "SLIBDIR", "COMPLOCALEDIR", "BINDIR", "LOCALEDIR"))]
INCLUDES = ["include", ".", "libio", "sysdeps/generic", "sysdeps/unix/sysv/linux"]


def variable_words(makefile, name):
    """The words that assignments to `name' in a makefile give, without conditionals."""
    text = makefile.read_text().replace("\\\n", " ")
    words = []
    for match in re.finditer(rf"^{name}\s*[:+]?=([^#\n]*)", text, re.M):
        words += match[1].split()
    return [word for word in dict.fromkeys(words) if re.fullmatch(r"[\w.+-]+", word)]


class Side:
    """One of the two places where tests run."""

    def __init__(self, name, source, work, compiler):
        self.name, self.source, self.compiler = name, source, compiler
        self.out = work / name
        self.out.mkdir(parents=True, exist_ok=True)
        (work / "config.h").touch()
        self.flags = [*FLAGS, "-I", source / "support", "-idirafter", work,
                      *(word for folder in INCLUDES for word in ("-idirafter", source / folder))]

    def compile(self, source, output, *more):
        done = subprocess.run([*map(str, [*self.compiler, *self.flags, source, *more, "-o", output])],
                              capture_output=True, cwd=source.parent)
        return done.returncode == 0, done.stderr

    def build_support(self, ar):
        """glibc's libsupport, as far as it compiles against installed headers."""
        library = self.out / "libsupport.a"
        if library.exists():
            return library
        objects = []
        for name in variable_words(self.source / "support/Makefile", "libsupport-routines"):
            output = self.out / f"support-{name}.o"
            if output.exists() or self.compile(self.source / "support" / f"{name}.c", output, "-c")[0]:
                objects.append(output)
        subprocess.run([*ar, "rc", library, *objects], check=True)
        return library

    def command(self, program, scratch):
        return [program]

    def run(self, test, library):
        """0 for passed, 77 for unsupported, None for not compiled."""
        folder, name = test.split("/")
        program = self.out / folder / name
        program.parent.mkdir(exist_ok=True)
        compiled, _ = self.compile(self.source / folder / f"{name}.c", program, library, "-lm")
        if not compiled:
            return None
        scratch = self.out / f"{folder}-{name}.scratch"
        scratch.mkdir(exist_ok=True)
        with open(f"{program}.out", "wb") as out:
            try:
                return subprocess.run(self.command(program, scratch), stdout=out, stderr=subprocess.STDOUT, cwd=scratch,
                                      stdin=subprocess.DEVNULL, timeout=TIMEOUT_S).returncode
            except subprocess.TimeoutExpired:
                return -1


class Cage(Side):
    def __init__(self, source, work, binaries):
        super().__init__("cage", source, work, [binaries / "lind-cc"])
        self.lind = binaries / "lind"

    def command(self, program, scratch):
        return [self.lind, "run", "--dir", f"{scratch}:{scratch}", "--dir", "/dev:/dev", "--dir", f"{scratch}:/tmp",
                "--cwd", scratch, program]


def verdict(native, cage, test, libraries):
    in_linux = native.run(test, libraries[0])
    if in_linux != 0:
        return test, "unsupported"
    in_cage = cage.run(test, libraries[1])
    return test, {0: "pass", 77: "unsupported", None: "not compiled", -1: "timeout"}.get(in_cage, "fail")


def tests_of(source, wanted):
    if "/" in wanted:
        return [wanted]
    names = variable_words(source / wanted / "Makefile", "tests")
    return [f"{wanted}/{name}" for name in names if (source / wanted / f"{name}.c").exists()]


def main():
    sysroot, binaries, work = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    wanted = sys.argv[4:] or DIRECTORIES
    os.environ["LIND_SYSROOT"] = str(sysroot)
    source = work / "glibc-2.36"
    if not source.exists():
        work.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-xf", TARBALL, "-C", work], check=True)
    native, cage = Side("native", source, work, ["gcc"]), Cage(source, work, binaries)
    libraries = native.build_support(["ar"]), cage.build_support(["llvm-ar-22"])
    tests = [test for name in wanted for test in tests_of(source, name)]
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count())) as pool:
        found = {}
        for test, result in pool.map(lambda t: verdict(native, cage, t, libraries), tests):
            found[test] = result
            if result not in ("pass", "unsupported"):
                print(f"{test}: {result}", flush=True)
    kinds = ["pass", "fail", "timeout", "not compiled", "unsupported"]
    print("| directory | " + " | ".join(kinds) + " |\n|---|" + "---:|" * len(kinds))
    for folder in dict.fromkeys(test.split("/")[0] for test in tests):
        results = [result for test, result in found.items() if test.startswith(folder + "/")]
        print(f"| {folder} | " + " | ".join(str(results.count(kind)) for kind in kinds) + " |")
    named = [test for test in wanted if "/" in test]
    return 1 if any(found[test] != "pass" for test in named) else 0


if __name__ == "__main__":
    sys.exit(main())
