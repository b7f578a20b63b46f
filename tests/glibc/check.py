#!/usr/bin/env python3
"""check.py SYSROOT BIN WORK [--again] [--write FILE] [DIR[/TEST] ...]: glibc's own tests, natively and in cages.

Compiles the tests of glibc's source package against SYSROOT with BIN/lind-cc, and against this machine's glibc with
gcc; runs both and prints a table by directory.  A test counts as unsupported when it does not compile natively, ends with
77 there, or fails there.  WORK keeps sources and what failed, and in results.jsonl every result: a run that was stopped
goes on where it was, and --again repeats what did not pass.  --write makes docs/glibc-check.md of all results, with the
causes that causes.toml gives.  Ends with 1 if a test named as DIR/TEST fails.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
TARBALL = "/usr/src/glibc/glibc-2.36.tar.xz"
# Of math only tests that are C files of their own: the others are generated.
DIRECTORIES = ["string", "stdlib", "stdio-common", "libio", "math", "time", "posix", "nptl", "rt", "signal", "misc", "io",
               "dirent", "wcsmbs", "iconv", "locale", "malloc", "setjmp", "ctype", "argp"]
# Where the tests of a directory are, if not only there.
FOLDERS = {"nptl": ["nptl", "sysdeps/pthread"], "locale": ["locale", "localedata"], "time": ["time", "timezone"]}
# Locales that tests name: files, which both sides find through LOCPATH.
LOCALES = ["de_DE.ISO-8859-1", "de_DE.UTF-8", "en_US.ISO-8859-1", "en_US.UTF-8", "fr_FR.ISO-8859-1", "fr_FR.UTF-8",
           "ja_JP.EUC-JP", "ja_JP.UTF-8", "ja_JP.SJIS", "tr_TR.UTF-8", "tr_TR.ISO-8859-9", "da_DK.ISO-8859-1",
           "hr_HR.ISO-8859-2", "cs_CZ.UTF-8", "ru_RU.UTF-8", "zh_TW.EUC-TW", "hu_HU.UTF-8", "sv_SE.ISO-8859-1",
           "nl_NL.UTF-8", "el_GR.UTF-8", "pl_PL.UTF-8", "nb_NO.ISO-8859-1", "vi_VN.TCVN5712-1", "zh_CN.GB18030"]
TIMEOUT_S = 300
FLAGS = ["-std=gnu11", "-O1", "-w", "-pthread", "-D_GNU_SOURCE", "-DMODULE_NAME=testsuite", "-DIN_MODULE=0",
         # What glibc's own build would say; installed headers say the rest.
         "-DTIMEOUTFACTOR=1", "-D_STACK_GROWS_DOWN=1", "-Dlibc_hidden_proto(...)=", "-Dlibc_hidden_def(...)=",
         "-Dattribute_hidden=", "-include", "limits.h",
         *(f'-D{name}_PATH="/{name}"' for name in ("SRCDIR", "OBJDIR", "INSTDIR", "SBINDIR", "ROOTSBINDIR",
                                                    "OBJDIR_ELF_LDSO", "LIBDIR",
                                                    "SLIBDIR", "COMPLOCALEDIR", "BINDIR", "LOCALEDIR"))]
INCLUDES = ["include", ".", "libio", "sysdeps/generic", "sysdeps/unix/sysv/linux"]
SUPPORTED = ["pass", "fail", "timeout", "not compiled"]


def variable_words(makefile, name):
    """The words that assignments to `name' in a makefile give, without conditionals."""
    if not makefile.exists():
        return []
    text = makefile.read_text().replace("\\\n", " ")
    words = []
    for match in re.finditer(rf"^\s*{name}\s*[:+]?=([^#\n]*)", text, re.M):
        words += match[1].split()
    return [word for word in dict.fromkeys(words) if re.fullmatch(r"[\w.+-]+", word)]


class Side:
    """One of the two places where tests run."""

    def __init__(self, name, source, work, compiler):
        self.name, self.source, self.compiler = name, source, compiler
        self.out = work / name
        self.out.mkdir(parents=True, exist_ok=True)
        self.locales = work / "locales"
        (work / "config.h").touch()
        self.flags = [*FLAGS, "-I", source / "support", "-idirafter", work,
                      *(word for folder in INCLUDES for word in ("-idirafter", source / folder))]
        # glibc multiplies its own time limits by this: the machine may be busy.
        self.variables = {"TIMEOUTFACTOR": "8", "LOCPATH": str(self.locales), "PATH": "/bin:/usr/bin"}

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

    def environment(self, program):
        return self.variables

    def libraries(self, source):
        return ["-lm"]

    def run(self, test, library):
        """0 for passed, 77 for unsupported, -1 for too slow, None for not compiled."""
        source = self.source / f"{test}.c"
        program = self.out / test.replace("/", "-")
        compiled, messages = self.compile(source, program, library, *self.libraries(source))
        if not compiled:
            pathlib.Path(f"{program}.out").write_bytes(messages)
            return None
        scratch = self.out / f"{program.name}.scratch"
        scratch.mkdir(exist_ok=True)
        with open(f"{program}.out", "wb") as out:
            try:
                status = subprocess.run(self.command(program, scratch), stdout=out, stderr=subprocess.STDOUT, cwd=scratch,
                                        env=self.environment(program), stdin=subprocess.DEVNULL,
                                        timeout=TIMEOUT_S).returncode
            except subprocess.TimeoutExpired:
                status = -1
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(f"{program}.objects", ignore_errors=True)
        if status == 0 or self.name == "native":
            program.unlink(missing_ok=True)
        return status


class Cage(Side):
    def __init__(self, source, work, binaries, root):
        super().__init__("cage", source, work, [binaries / "lind-cc"])
        self.lind, self.root = binaries / "lind", root

    def libraries(self, source):
        # Conversions of characters are in programs that ask for them (docs/libc.md).
        words = ["-lm"]
        if b"setlocale" in source.read_bytes():
            words.append("-Wl,-u,iconv_open")
        # They list what they test in a section of its own, which only ELF linkers keep for its bounds.
        if source.name.startswith("test-"):
            words.append("-Wl,--no-gc-sections")
        return words

    def environment(self, program):
        return {**os.environ, "LIND_CACHE": f"{program}.objects"}  # thousands of programs that run once

    def command(self, program, scratch):
        shown = [("--dir", f"{folder}:{folder}:ro") for folder in ("/usr/share/zoneinfo", self.locales)
                 if pathlib.Path(folder).exists()]
        return [self.lind, "run", "--root", self.root, "--dir", f"{scratch}:{scratch}", "--dir", f"{scratch}:/tmp",
                "--dir", f"{program.parent}:{program.parent}:ro", *(word for pair in shown for word in pair),
                *(f"--env={name}={value}" for name, value in self.variables.items()), "--cwd", scratch, program]


def verdict(native, cage, test, libraries):
    in_linux = native.run(test, libraries[0])
    if in_linux != 0:
        return "unsupported"
    in_cage = cage.run(test, libraries[1])
    return {0: "pass", 77: "unsupported", None: "not compiled", -1: "timeout"}.get(in_cage, "fail")


def tests_of(source, wanted):
    if "/" in wanted:
        return [wanted]
    return [f"{folder}/{name}" for folder in FOLDERS.get(wanted, [wanted])
            for name in variable_words(source / folder / "Makefile", "tests")
            if (source / folder / f"{name}.c").exists()]


def make_locales(source, folder):
    folder.mkdir(exist_ok=True)
    for locale in LOCALES:
        name, charset = locale.split(".")
        if not (folder / locale).exists():
            # localedef warns of much and then ends with 1.
            subprocess.run(["localedef", "--no-archive", "-c", "-i", name, "-f", charset, folder / locale],
                           env={**os.environ, "I18NPATH": str(source / "localedata")}, capture_output=True)


def table(results):
    kinds = [*SUPPORTED, "unsupported"]
    lines = ["| directory | " + " | ".join(kinds) + " | passed of supported |", "|---|" + "---:|" * (len(kinds) + 1)]
    total = dict.fromkeys(kinds, 0)

    def row(name, count):
        supported = sum(count[kind] for kind in SUPPORTED)
        share = f"{100 * count['pass'] / supported:.0f} %" if supported else "-"
        lines.append(f"| {name} | " + " | ".join(str(count[kind]) for kind in kinds) + f" | {share} |")

    for directory in DIRECTORIES:
        folders = FOLDERS.get(directory, [directory])
        found = [result for test, result in results.items() if test.rpartition("/")[0] in folders]
        if found:
            count = {kind: found.count(kind) for kind in kinds}
            total = {kind: total[kind] + count[kind] for kind in kinds}
            row(directory, count)
    row("**all**", total)
    return lines


def write_page(path, results):
    causes = tomllib.loads((HERE / "causes.toml").read_text())["cause"]

    def cause(test):
        return next((entry["text"] for entry in causes if any(re.fullmatch(name, test) for name in entry["tests"])),
                    "not looked into")
    failed = sorted(test for test, result in results.items() if result in SUPPORTED[1:])
    by_cause = {}
    for test in failed:
        by_cause.setdefault(cause(test), []).append(f"`{test}`" + (f" ({results[test]})" if results[test] != "fail" else ""))
    lines = ["# glibc's own tests", "",
             "Written by `tests/glibc/check.py --write` from the results of `make glibc-check`; `docs/libc.md` says what is run.",
             "*Unsupported* are tests that do not compile or pass on Linux outside of glibc's build either; tests that are not",
             "counted have not been run.", "",
             *table(results), "", "## What does not pass", "", "| cause | tests |", "|---|---|",
             *(f"| {text} | {', '.join(tests)} |" for text, tests in sorted(by_cause.items(), key=lambda item: -len(item[1]))), ""]
    path.write_text("\n".join(lines))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("sysroot", type=pathlib.Path)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("wanted", nargs="*")
    return parser.parse_intermixed_args()


def main():
    given = arguments()
    sysroot, binaries, work = given.sysroot.resolve(), given.bin.resolve(), given.work.resolve()
    wanted = given.wanted or DIRECTORIES
    os.environ["LIND_SYSROOT"] = str(sysroot)
    source = work / "glibc-2.36"
    if not source.exists():
        work.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-xf", TARBALL, "-C", work], check=True)
    if any("/" not in name for name in wanted):
        make_locales(source, work / "locales")
    native, cage = Side("native", source, work, ["gcc"]), Cage(source, work, binaries, sysroot.parent / "root")
    libraries = native.build_support(["ar"]), cage.build_support(["llvm-ar-22"])
    record = work / "results.jsonl"
    results = {}
    if record.exists():
        results = dict(json.loads(line) for line in record.read_text().splitlines())
    named = [test for test in wanted if "/" in test]
    tests = [test for name in wanted for test in tests_of(source, name)]
    tests = [test for test in dict.fromkeys(tests)
             if test in named or test not in results or (given.again and results[test] in SUPPORTED[1:])]
    with record.open("a") as out, concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count())) as pool:
        running = {pool.submit(verdict, native, cage, test, libraries): test for test in tests}
        for done in concurrent.futures.as_completed(running):
            test = running[done]
            results[test] = done.result()
            print(json.dumps([test, results[test]]), file=out, flush=True)
            if results[test] not in ("pass", "unsupported"):
                print(f"{test}: {results[test]}", flush=True)
    print("\n".join(table(results)))
    if given.write:
        write_page(given.write, results)
    return 1 if any(results[test] != "pass" for test in named) else 0


if __name__ == "__main__":
    sys.exit(main())
