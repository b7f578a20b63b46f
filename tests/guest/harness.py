"""Runs programs natively and in cages under the same conditions.

Used by run_parity.py, tests/parity/run_script.py and bench/run.py.
"""

import argparse
import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
ORDINARY_USER = 65534
TIMEOUT_S = 50  # below CTest's 60 s, so that the message is ours


class Failure(Exception):
    """A test did not hold, or could not be run; the text is for the person who reads it."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one run left behind; `status` is as a shell shows it, 128+n for signal n."""

    stdout: bytes
    stderr: bytes
    status: int


def shell_status(returncode):
    return 128 - returncode if returncode < 0 else returncode


def open_to_all(path):
    return all(p.stat().st_mode & 0o001 for p in [path, *path.parents])


class Product:
    """The programs under test: `bin` of one build, and the guest root file system.

    A checkout below a private directory (such as /root) cannot be seen by the ordinary user that
    tests run as; then the runtime is copied once to a public place, and tests work there.
    """

    def __init__(self, bin_dir, out_dir, *, as_root=False):
        self.bin = pathlib.Path(bin_dir).resolve()
        self.out = pathlib.Path(out_dir).resolve()
        self.root = CHECKOUT / "build/guest/root"
        self.compiler = self.bin / "lind-cc"
        self.uid = os.geteuid() if as_root or os.geteuid() != 0 else ORDINARY_USER
        if not (self.bin / "lind").exists():
            raise Failure(f"{self.bin}/lind is missing: run `make` first")
        self.out.mkdir(parents=True, exist_ok=True)
        self.cache = CHECKOUT / f"build/cache-{self.uid}"  # scripts/demo.sh uses it too
        if self.uid != os.geteuid() and not open_to_all(self.out):
            self._move_to_public_place()
        self.cache.mkdir(exist_ok=True)
        if self.uid != os.geteuid():
            os.chown(self.cache, self.uid, self.uid)

    def _move_to_public_place(self):
        digest = hashlib.sha256(str(self.out).encode()).hexdigest()[:12]
        public = pathlib.Path(f"/var/tmp/lind-tests-{digest}")
        public.mkdir(mode=0o755, exist_ok=True)
        if public.is_symlink() or public.stat().st_uid != os.geteuid():
            raise Failure(f"{public} belongs to someone else: remove it")
        with locked(public / "lock"):
            (public / "bin").mkdir(exist_ok=True)
            for name in ["lind", "lindc"]:
                copy_if_newer((self.bin / name).resolve(), public / "bin" / name)
            if self.root.exists():
                subprocess.run(["cp", "-a", "-u", "-T", self.root, public / "root"], check=True)
        self.bin, self.root, self.out = public / "bin", public / "root", public
        self.cache = public / "cache"

    def cage_command(self, command, *, options=()):
        return [str(self.bin / "lind"), "run", *options, *map(str, command)]

    def run(self, command, *, cwd, env, stdin=b"", timeout=TIMEOUT_S, as_root=False):
        """Runs `command` as the user of this product, or as we are, and waits for it."""
        identity = {}
        if self.uid != os.geteuid() and not as_root:
            identity = {"user": self.uid, "group": self.uid, "extra_groups": []}
        process = subprocess.Popen(
            list(map(str, command)), cwd=cwd, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            umask=0o022, **identity)
        try:
            stdout, stderr = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            raise Failure(f"no end after {timeout} s: {' '.join(map(str, command))}\n"
                          f"stdout:\n{text(stdout)}\nstderr:\n{text(stderr)}") from None
        return Outcome(stdout, stderr, shell_status(process.returncode))

    def cage_host_env(self, home):
        """The environment of `lind` itself; the guest sees none of it."""
        return {"PATH": os.environ["PATH"], "HOME": str(home), "LIND_CACHE": str(self.cache)}

    @contextlib.contextmanager
    def scratch(self):
        """A directory nobody else uses, owned by the user that programs run as."""
        with tempfile.TemporaryDirectory(prefix="lind-test-") as name:
            place = pathlib.Path(name)
            place.chmod(0o755)
            if self.uid != os.geteuid():
                os.chown(place, self.uid, self.uid)
            yield place

    def fresh_directory(self, path):
        """Empties `path`, or creates it."""
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.uid)
        return path


@contextlib.contextmanager
def locked(path):
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_if_newer(source, target):
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        part = target.with_suffix(".part")
        shutil.copy2(source, part)
        part.replace(target)


def compile_cached(command, source, output, *, depends=()):
    """Compiles `source` to `output` by `command` unless it was made by the same from the same."""
    key = hashlib.sha256(repr(command).encode())
    for path in [source, *depends]:
        key.update(path.read_bytes() if path.suffix in {".c", ".cc", ".h"}
                   else str(path.stat().st_mtime_ns).encode())
    stamp = output.with_suffix(output.suffix + ".key")
    output.parent.mkdir(parents=True, exist_ok=True)
    with locked(output.with_suffix(output.suffix + ".lock")):
        if output.exists() and stamp.exists() and stamp.read_text() == key.hexdigest():
            return output
        stamp.unlink(missing_ok=True)
        done = subprocess.run([str(command[0]), str(source), *map(str, command[1:]), "-o",
                               str(output)], capture_output=True)
        if done.returncode != 0:
            raise Failure(f"{source} does not compile:\n{text(done.stderr)}")
        stamp.write_text(key.hexdigest())
    return output


def headers_of(source):
    return sorted([*source.parent.glob("*.h"), *source.parent.parent.glob("*.h")])


def compile_native(source, output, flags, *, compiler="gcc"):
    return compile_cached([compiler, *flags], source, output,
                          depends=headers_of(source))


def compile_guest(product, source, output, flags):
    libc = CHECKOUT / "build/guest/sysroot/usr/lib/libc.a"
    if not libc.exists():
        raise Failure(f"{libc} is missing: run `make` first")
    compiler = product.compiler
    if source.suffix == ".cc":
        compiler = compiler.with_name("lind-c++")
        libc = libc.with_name("libc++.a")
        if not libc.exists():
            print("skipped: there is no C++ library, see guest/libcxx/README.md")
            sys.exit(77)
    return compile_cached([compiler, *flags], source, output,
                          depends=[*headers_of(source), compiler, libc])


def text(data):
    return data.decode("utf-8", "backslashreplace")


def parse_places(description):
    """The arguments --bin and --out, for a test that has no others."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", default=CHECKOUT / "build/bin", help="where lind is")
    parser.add_argument("--out", default=CHECKOUT / "build/release/guest-tests", help="where compiled programs are kept")
    return parser.parse_args()


def main(run):
    """Calls `run`; a Failure becomes its text and status 1."""
    # Programs must start alike even where a shell had these ignored for its background jobs.
    for number in [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]:
        signal.signal(number, signal.SIG_DFL)
    try:
        run()
    except Failure as failure:
        sys.exit(str(failure))
