#!/usr/bin/env python3
"""Runs real programs under one installed grate: unchanged, and with what the grate is for."""

import argparse
import hashlib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "guest"))

import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

# What a program must not notice.  The native run has the same words without the grate.
SCRIPT = """
echo one two | while read -r a b; do echo "$b $a"; done
seq 20 | grep 1 | sort -r | head -5 > list; cat list; wc -l < list
mkdir -p dir/sub && echo text > dir/sub/file && ls dir/sub && rm -r dir
(exit 7); echo "status $?"
cat /nothing/there 2> /dev/null || echo missing
for i in 1 2 3; do (sleep 0; echo "job $i") & wait; done
trap 'echo trapped' USR1; kill -USR1 $$; echo end
"""
READ_SCRIPT = SCRIPT.replace("> list; cat list; wc -l < list", "").replace(
    "mkdir -p dir/sub && echo text > dir/sub/file && ls dir/sub && rm -r dir", "ls -a | head -1")
POLICY = "deny EPERM mknod mknodat chmod\n"
DENIALS = "deny EPERM mkdir mkdirat\nlog chdir\nkill fchmodat\ndeny EACCES sync\n"

# Options of the grate for a run that nobody notices.
QUIET = {
    "strace": ["-o", "trace"], "seccomp": ["policy"], "readonly": [], "umask": ["0"],
    "fchmod": ["7777"], "fault": ["mknod=EIO"], "write-filter": ["*"], "tee": ["copy"],
    "witness": ["record"], "resource": ["write=100000,openat.bytes=100000,write.rate=100000000"],
    "geteuid": ["1000"],
}


def expect(condition, outcome, what):
    if not condition:
        raise Failure(f"{what}\nstatus {outcome.status}\nstdout:\n{text(outcome.stdout)}\n"
                      f"stderr:\n{text(outcome.stderr)}")


class Runs:
    """Runs of one grate in a directory of their own."""

    def __init__(self, product, home):
        self.product = product
        self.home = home
        self.work = product.fresh_directory(home / "work")
        self.grates = harness.CHECKOUT / "build/guest/grates"
        if product.bin != harness.CHECKOUT / "build/bin":
            self.grates = self.copied_grates()
        self.write("policy", POLICY)
        self.write("denials", DENIALS)

    def copied_grates(self):
        place = self.product.out / "grates"
        with harness.locked(self.product.out / "grates.lock"):
            subprocess.run(["cp", "-a", "-u", "-T", self.grates, place], check=True)
        return place

    def write(self, name, content):
        path = self.work / name
        path.write_text(content)
        path.chmod(0o644)

    def read(self, name):
        return (self.work / name).read_text()

    def cage(self, *words):
        options = ["--root", self.product.root, "--dir", f"{self.work}:{self.work}", "--cwd", self.work]
        env = {**self.product.cage_host_env(self.home), "LIND_GRATES": str(self.grates)}
        return self.product.run(self.product.cage_command(words, options=options), cwd=self.home,
                                env=env, timeout=280)

    def native(self, script):
        return self.product.run(["/bin/dash", "-c", script], cwd=self.work,
                                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})


def quiet(runs, grate):
    script = READ_SCRIPT if grate == "readonly" else SCRIPT
    native = runs.native(script)
    cage = runs.cage(grate, *QUIET[grate], "/bin/dash", "-c", script)
    expect(cage.status == native.status and cage.stdout == native.stdout, cage,
           f"natively: status {native.status}\n{text(native.stdout)}")


def strace(runs):
    done = runs.cage("strace", "-o", "log", "/bin/dash", "-c", "cat policy; exit 3")
    log = runs.read("log")
    expect(done.status == 3 and text(done.stdout) == POLICY, done, "strace changes nothing")
    for part in ['openat(AT_FDCWD, "policy", O_RDONLY) = 3', 'execve("/bin/cat", ["cat", "policy"]',
                 f'read(3, "deny EPERM mknod mknodat chmod\\n", ', "exit_group(3) = ?"]:
        expect(part in log, done, f"not in the trace: {part}\n{log}")
    done = runs.cage("strace", "-c", "-e", "trace=openat,getppid", "/bin/cat", "policy")
    expect("openat" in text(done.stderr) and "getppid" not in text(done.stderr), done, "counts")


def seccomp(runs):
    done = runs.cage("seccomp", "denials", "/bin/dash", "-c", "mkdir x; cd /; echo went on")
    expect("went on" in text(done.stdout) and "Operation not permitted" in text(done.stderr), done, "deny")
    expect("chdir" in text(done.stderr), done, "log")
    done = runs.cage("seccomp", "denials", "/bin/chmod", "600", "policy")
    expect(done.status == 128 + 31, done, "kill")
    runs.write("strict", "default deny EACCES\nallow read write close newfstatat fstat brk mmap ioctl\n")
    done = runs.cage("seccomp", "strict", "/bin/echo", "hello")
    expect(done.status == 0 and done.stdout == b"hello\n", done, "default")
    done = runs.cage("seccomp", "strict", "/bin/cat", "policy")
    expect(done.status == 1 and b"Permission denied" in done.stderr, done, "default")
    runs.write("no-exec", "deny EPERM execve\n")
    done = runs.cage("seccomp", "no-exec", "/bin/dash", "-c", "/bin/ls; echo $?")
    expect(b"126" in done.stdout, done, "deny execve")


def readonly(runs):
    done = runs.cage("readonly", "/bin/dash", "-c",
                     "cat policy; rm policy; echo x > new; mkdir d; echo y > /dev/null && echo device")
    expect(text(done.stdout) == POLICY + "device\n", done, "reads and devices")
    expect(text(done.stderr).count("Read-only file system") == 3, done, "three refusals")
    expect(sorted(p.name for p in runs.work.iterdir()) == ["denials", "policy"], done, "files")


def umask(runs):
    runs.cage("umask", "077", "/bin/dash", "-c", "umask 0; echo > file")
    expect((runs.work / "file").stat().st_mode & 0o777 == 0o600, runs.native(""), "mode")


def fchmod(runs):
    runs.cage("fchmod", "755", "/bin/dash", "-c", "umask 0; echo > file; chmod 777 file; mkdir d")
    expect((runs.work / "file").stat().st_mode & 0o777 == 0o755, runs.native(""), "mode")


def fault(runs):
    done = runs.cage("fault", "openat=ENOSPC@1,mkdir=EIO", "/bin/dash", "-c",
                     "cat policy; cat policy; mkdir d")
    expect(text(done.stdout) == POLICY, done, "the second open is let through")
    expect(b"No space left" in done.stderr and b"Input/output error" in done.stderr, done, "errors")


def write_filter(runs):
    done = runs.cage("write-filter", "*.log", "/bin/dash", "-c",
                     "echo a > b.log; cat b.log; echo a > b.txt; mv b.log c.txt")
    expect(done.stdout == b"a\n" and not (runs.work / "b.txt").exists(), done, "only b.log")
    expect((runs.work / "b.log").exists(), done, "not renamed")


def tee(runs):
    done = runs.cage("tee", "copy", "/bin/dash", "-c", "echo out; echo err >&2; seq 3")
    expect(done.stdout == b"out\n1\n2\n3\n" and done.stderr == b"err\n", done, "output")
    expect(runs.read("copy") == "out\nerr\n1\n2\n3\n", done, runs.read("copy"))


def witness(runs):
    done = runs.cage("witness", "record", "/bin/cat", "policy")
    expect(text(done.stdout) == POLICY, done, "output")
    last = "0" * 64
    lines = runs.read("record").splitlines()
    for line in lines:
        last = hashlib.sha256(f"{last} {line[65:]}".encode()).hexdigest()
        expect(line[:64] == last, done, f"the chain breaks at: {line}")
    content = hashlib.sha256(POLICY.encode()).hexdigest()
    record = "\n".join(lines)
    for part in ["execve /bin/cat", "openat policy = 3", f"read 3 {content} = {len(POLICY)}",
                 f"write 1 {content}"]:
        expect(part in record, done, f"not in the record: {part}\n{record}")


def resource(runs):
    done = runs.cage("resource", "write.bytes=4", "/bin/dash", "-c", "echo abc; echo def; exit 5")
    expect(done.stdout == b"abc\n" and done.status == 5, done, "bytes")
    done = runs.cage("resource", "openat=1", "/bin/dash", "-c", "cat policy; cat policy")
    expect(text(done.stdout) == POLICY and b"Disk quota exceeded" in done.stderr, done, "calls")


def geteuid(runs):
    done = runs.cage("geteuid", "1234", "/bin/id", "-u")
    expect(done.stdout == b"1234\n", done, "the user")


def chroot(runs):
    script = """mkdir -p r/bin r/sub; cp /bin/dash /bin/cat /bin/ls /bin/pwd r/bin; echo in > r/sub/file
                ln -s /sub/file r/link; ln -s ../../../../policy r/out"""
    runs.cage("/bin/dash", "-c", script)
    inside = "pwd; ls /; cd sub; pwd; cat ../../../sub/file /link; cat /out /policy; cd ..; /bin/pwd"
    done = runs.cage("chroot", "r", "/bin/dash", "-c", inside)
    expect(text(done.stdout) == "/\nbin\nlink\nout\nsub\n/sub\nin\nin\n/\n", done, "inside")
    expect(text(done.stderr).count("No such file or directory") == 2, done, "outside")


# Where the files are is /m, natively a directory.
FILES_SCRIPT = """
cd PLACE || exit 1
seq 20 | grep 1 | sort -r | head -5 > list; cat list; wc -l < list
mkdir -p dir/sub && echo text > dir/sub/file && ls dir/sub && rm -r dir
ls -a
echo one > a; ln a b; ln -s a c; cat c; ls -l a | cut -c1-13; stat -c '%h %s %F' a b c
mv a d; cat d; cat c 2> /dev/null || echo dangling
echo more >> d; cat b; cp d e; cat e; readlink c; tac list
for i in 1 2 3; do echo $i > f$i & done; wait; cat f1 f2 f3
exec 5> fd5; echo via5 >&5; exec 5>&-; cat fd5; exec 7< fd5; cat <&7; (cat; echo end) < fd5
rm -f f*; ls; touch -d '2020-01-01 00:00:00 UTC' e; stat -c %Y e
dd if=/dev/zero of=big bs=65536 count=10 2> /dev/null; stat -c %s big; truncate -s 100 big; stat -c %s big
mkdir d1 d2; mv d1 d2/; ls -R; rmdir d2 2> /dev/null || echo not empty; mv d2 d2/d1 2> /dev/null || echo inside itself
chmod 600 e; stat -c %a e; chmod 644 e
umask 027; echo > g; stat -c %a g; cat < g; echo hello | tee h; tail -c 3 h; rm h h 2> /dev/null || echo gone
mkdir copy; cp -a list c d2 copy; ls copy; ls nothing 2> /dev/null || echo missing; : > e; wc -c < e
cd d2; cd ..; pwd | grep -c .; cat ./././list | wc -l; ls -d . ..
"""


def imfs(runs):
    """A shell and utilities on files in memory, compared with a real directory; loading and dumping."""
    (runs.work / "place").mkdir()
    (runs.work / "place").chmod(0o777)
    native = runs.native(FILES_SCRIPT.replace("PLACE", f"{runs.work}/place"))
    done = runs.cage("imfs", "/m", "/bin/dash", "-c", FILES_SCRIPT.replace("PLACE", "/m"))
    expect(done.status == native.status and done.stdout == native.stdout, done,
           f"natively: status {native.status}\n{text(native.stdout)}\n{text(native.stderr)}")
    runs.cage("/bin/dash", "-c", "mkdir -p from/sub to; echo loaded > from/sub/file; ln -s sub/file from/link")
    done = runs.cage("imfs", "-l", "from", "-d", "to", "/m", "/bin/dash", "-c",
                     "cat /m/link; echo new > /m/sub/new; cp /bin/cat /m/cat; rm /m/sub/file; mv /m/sub /m/moved")
    expect(done.stdout == b"loaded\n" and done.status == 0, done, "loaded")
    expect((runs.work / "to/moved/new").read_text() == "new\n", done, "dumped")
    expect(not (runs.work / "to/moved/file").exists() and (runs.work / "to/link").is_symlink(), done, "dumped")
    expect((runs.work / "to/cat").read_bytes() == (product_root(runs) / "bin/cat").read_bytes(), done, "a program")
    expect((runs.work / "from/sub/file").exists(), done, "what was loaded is as it was")


def product_root(runs):
    return pathlib.Path(runs.product.root)


def devnull(runs):
    done = runs.cage("devnull", f"{runs.work}/policy", "/bin/dash", "-c",
                     "cat policy; cat $PWD/policy; echo x > $PWD/policy; (cat; echo $?) < $PWD/policy")
    expect(text(done.stdout) == POLICY + "0\n", done, "empty by its path")
    expect(runs.read("policy") == POLICY, done, "and not written")


def fs_routing_clamp(runs):
    """Only what lies below the prefix goes through the grates between the markers."""
    work = runs.work
    writes = "mkdir -p a b c; for d in a b c; do echo x > $d/f 2> /dev/null || echo $d; done; cd a; echo y > g"
    runs.cage("/bin/dash", "-c", "mkdir a b c")
    clamp = ["fs-routing-clamp", f"{work}/a", "%{", "readonly", "%}"]
    done = runs.cage(*clamp, "/bin/dash", "-c", writes)
    expect(done.stdout == b"a\n" and b"Read-only file system" in done.stderr, done, "one clamp")
    expect((work / "b/f").exists() and not (work / "a/g").exists(), done, "files")
    done = runs.cage(*clamp, "fs-routing-clamp", f"{work}/b", "%{", "readonly", "%}", "/bin/dash", "-c", writes)
    expect(done.stdout == b"a\nb\n", done, "two in series")
    done = runs.cage("fs-routing-clamp", str(work), "%{", *clamp, "%}", "/bin/dash", "-c", writes)
    expect(done.stdout == b"a\n", done, "one inside another")
    done = runs.cage("fs-routing-clamp", "/m", "%{", "imfs", "/m", "strace", "-o", "log", "%}", "/bin/dash", "-c",
                     "cat policy > /m/copy; cd /m; ls; cat < copy; cat /m/../m/copy | wc -l; cd ..; cat m/copy")
    expect(text(done.stdout) == "copy\n" + POLICY + "1\n" + POLICY, done, "files in memory")
    log = runs.read("log")
    expect('"/m/copy"' in log and 'openat(AT_FDCWD, "policy"' not in log, done, log)
    done = runs.cage("fs-routing-clamp", "/m", "readonly", "%}", "/bin/true")
    expect(done.status == 125 and b"%{" in done.stderr, done, "usage")


def stack(runs):
    """A whole script under five grates that pass everything on."""
    native = runs.native(SCRIPT)
    words = []
    for level in range(5):
        words += ["strace", "-c", "-o", f"counts{level}"]
    cage = runs.cage(*words, "/bin/dash", "-c", SCRIPT)
    expect(cage.status == native.status and cage.stdout == native.stdout, cage, text(native.stdout))
    expect("clone" in runs.read("counts0") and "clone" in runs.read("counts4"), cage, "counts")


EFFECTS = {"strace": strace, "seccomp": seccomp, "readonly": readonly, "umask": umask, "fchmod": fchmod,
           "fault": fault, "write-filter": write_filter, "tee": tee, "witness": witness,
           "resource": resource, "geteuid": geteuid, "chroot": chroot, "imfs": imfs, "devnull": devnull,
           "fs-routing-clamp": fs_routing_clamp, "stack": stack}


def run(arguments):
    product = harness.Product(arguments.bin, arguments.out)
    with product.scratch() as home:
        if arguments.grate in QUIET:
            quiet(Runs(product, home), arguments.grate)
        EFFECTS[arguments.grate](Runs(product, home))


def parse():
    build = harness.CHECKOUT / "build"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=build / "bin", help="where lind is")
    parser.add_argument("--out", default=build / "guest-tests", help="where programs are kept")
    parser.add_argument("grate", choices=sorted(EFFECTS))
    return parser.parse_args()


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
