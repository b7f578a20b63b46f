"""Builds guest programs and starts keeps, for the tests beside it."""
import argparse
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = OUT = pathlib.Path()


def build(name):
    """The module of programs/NAME.c, built once."""
    source, module = HERE / "programs" / f"{name}.c", OUT / f"{name}.wasm"
    if not module.exists() or module.stat().st_mtime < source.stat().st_mtime:
        subprocess.run([BIN / "lind-cc", "-O1", "-g", "-o", module, source], check=True)
    return module


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class KeepTest(unittest.TestCase):
    """A private directory for each test, in which keeps run."""
    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="keep-"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.env = {"PATH": os.environ["PATH"], "LIND_CACHE": str(OUT / "cache")}

    def write(self, name, text):
        (self.dir / name).write_text(text)
        return name

    def package(self, program, config, **modules):
        """A directory with the module of `program`, a configuration, and further modules."""
        directory = self.dir / "package"
        directory.mkdir()
        shutil.copy(build(program), directory / "main.wasm")
        (directory / "Enarx.toml").write_text(config)
        for name, other in modules.items():
            shutil.copy(build(other), directory / f"{name}.wasm")
        return "package"

    def command(self, *words, program="enarx"):
        return [str(BIN / program), *map(str, words)]

    def keep(self, *words, stdin=b"", **env):
        return subprocess.run(self.command(*words), cwd=self.dir, env=self.env | env, input=stdin,
                              capture_output=True, timeout=120)

    def start(self, *words, **env):
        process = subprocess.Popen(self.command(*words), cwd=self.dir, env=self.env | env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def run_program(self, program, config, *words, **env):
        self.write("Enarx.toml", config)
        return self.keep("run", "--wasmcfgfile", "Enarx.toml", *words, build(program), **env)

    def expect_line(self, result, status, *parts):
        """The keep was not made: one line says why."""
        text = result.stderr.decode()
        lines = [line for line in text.splitlines() if "left out the sections for" not in line]
        self.assertEqual((result.returncode, len(lines)), (status, 1), text)
        for part in parts:
            self.assertIn(part, text)
        self.assertEqual(result.stdout, b"")


def main():
    global BIN, OUT
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options, rest = parser.parse_known_args()
    BIN, OUT = options.bin.resolve(), options.out.resolve()
    OUT.mkdir(parents=True, exist_ok=True)
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])
