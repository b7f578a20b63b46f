#!/usr/bin/env python3
"""Measures lind beside native Linux in the same run; prints a table and writes build/bench.json.

Rows, how they are measured and what is promised: docs/performance.md.
"""

import argparse
import hashlib
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/guest"))

import embed_module  # noqa: E402
import grow_module  # noqa: E402
import harness  # noqa: E402
from harness import Failure, text  # noqa: E402

KERNELS = ["matmul", "sieve", "nbody", "sha256", "qsort", "strings", "mandel", "fib", "list", "vm",
           "jacobi2d", "lu", "floyd", "gramschmidt", "fft", "crc32", "lz", "bwt", "huffman", "json",
           "regex", "trees", "core", "hashmap", "base64", "chacha", "queens", "life"]
# Programs of others: apps/NAME.toml says where their sources come from, apps/NAME.c calls them.
APPS = ["zlib", "bzip2", "lua"]
FORK_SIZES_MIB = [1, 4, 16, 64, 256, 1024]
# Without contraction: fused multiply-add would change results, and both sides must compute the same.
NATIVE = ["-D_GNU_SOURCE", "-O2", "-ffp-contract=off"]
GUEST = ["-D_GNU_SOURCE", "-O2"]
COLUMNS = "{:24} {:>12} {:>12} {:>5} {:>8} {:>9} {:>9}  {}"
MOST_GROWTH_KIB = 1024  # of 10,000 children: 0.1 KiB each


def source_of(name):
    source = HERE / f"{name}.c"
    return source if source.exists() else source.with_suffix(".cc")


def fetched(name, out):
    """Flags and files of the Debian package behind `name`, none if there is no recipe."""
    recipe = HERE / f"{name}.toml"
    if not recipe.exists():
        return []
    program = tomllib.loads(recipe.read_text())["program"]
    digest = hashlib.sha256(recipe.read_bytes()).hexdigest()[:16]
    folder = out / "sources" / f"{recipe.stem}-{digest}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            command = [sys.executable, harness.CHECKOUT / "scripts/fetch_source.py", recipe,
                       pathlib.Path(work) / "source", *program["unpack"]]
            done = subprocess.run(command, capture_output=True)
            if done.returncode != 0:
                raise Failure(text(done.stdout + done.stderr))
            (pathlib.Path(work) / "source").rename(folder)
    source = folder / program["folder"]
    return ["-w", f"-I{source}", *program["flags"], *[source / file for file in program["files"]]]


def dialect_of(source):
    return "-std=gnu++20" if source.suffix == ".cc" else "-std=gnu17"


def cpu_level():
    """The level lindc compiles for: see src/object/key.cc."""
    needed = {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            return "x86-64-v3" if needed <= set(line.split()) else "x86-64-v2"
    raise Failure("/proc/cpuinfo has no flags")


def spread_percent(samples):
    """The middle half of the samples, as a part of their median."""
    if len(samples) < 4:
        return 0.0
    low, _, high = statistics.quantiles(samples, n=4)
    return 100 * (high - low) / statistics.median(samples)


class Bench:
    """Compiled benchmark programs and how to start them on either side."""

    def __init__(self, arguments):
        self.product = harness.Product(arguments.bin, arguments.out, as_root=True)
        self.rounds = 1 if arguments.quick else arguments.rounds
        self.inner = 1 if arguments.quick else 3
        self.only = arguments.only
        self.level = cpu_level()
        self.rows = []

    def wanted(self, row):
        return self.only is None or row.startswith(self.only)

    def native(self, name, *flags):
        suffix = "".join(flags).replace("-march=", ".")
        source = source_of(name)
        compiler = "clang++-22" if source.suffix == ".cc" else "clang-22"
        return harness.compile_native(source, self.product.out / f"{name}{suffix}",
                                      [dialect_of(source), *NATIVE, *flags,
                                       *fetched(name, self.product.out), "-lm"], compiler=compiler)

    def guest(self, name):
        output = self.product.out / f"{name}.wasm"
        source = source_of(name)
        return harness.compile_guest(self.product, source, output,
                                     [dialect_of(source), *GUEST,
                                      *fetched(name, self.product.out), "-lm", "-llind-grate"])

    def cage(self, name, *arguments, options=()):
        (self.product.out / "micro").mkdir(exist_ok=True)
        directory = f"{self.product.out / 'micro'}:/bench:ro"
        return self.product.cage_command([self.guest(name), *arguments],
                                         options=["--dir", directory, *options])

    def host_env(self):
        return {**os.environ, "LIND_CACHE": str(self.product.cache),
                "LIND_GRATES": str(harness.CHECKOUT / "build/guest/grates")}

    def lines(self, command):
        """What one run printed: a list of (number, checksum or '')."""
        done = subprocess.run(list(map(str, command)), env=self.host_env(), capture_output=True,
                              timeout=120)
        if done.returncode != 0:
            raise Failure(f"status {done.returncode}: {' '.join(map(str, command))}\n"
                          f"{text(done.stderr)}")
        fields = [line.split() for line in text(done.stdout).splitlines()]
        return [(float(line[0]), line[1] if len(line) > 1 else "") for line in fields]

    def interleave(self, commands):
        """Runs all commands round after round; returns the samples of each and their checksums."""
        samples = [[] for _ in commands]
        checksums = set()
        for _ in range(self.rounds):
            for found, command in zip(samples, commands):
                for number, checksum in self.lines(command):
                    found.append(number)
                    checksums.add(checksum)
        if len(checksums) != 1:
            raise Failure(f"results differ: {sorted(checksums)} from {commands}")
        return samples

    def row(self, name, ours, native, *, peer, unit):
        divisor = {"ns": 1, "us": 1e3, "ms": 1e6, "KiB": 1}[unit]
        value, peer_value = statistics.median(ours), statistics.median(native)
        row = {"id": name, "ours": value / divisor, "peer": peer, "peer_value": peer_value / divisor,
               "unit": unit, "ratio": value / peer_value, "spread": spread_percent(ours),
               "peer_spread": spread_percent(native), "runs": len(ours)}
        self.add(row)

    def add(self, row):
        self.rows.append(row)
        print(COLUMNS.format(row["id"], f"{row['ours']:.3f}", f"{row['peer_value']:.3f}", row["unit"],
                             f"{row['ratio']:.3f}", f"{row['spread']:.0f} %",
                             f"{row['peer_spread']:.0f} %", row["peer"]), flush=True)


def life_ns(command, environment):
    """From before the start of a process until it has been waited for."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter_ns()
    pid = os.posix_spawn(command[0], command, environment, file_actions=silent)
    _, status = os.waitpid(pid, 0)
    took = time.perf_counter_ns() - start
    if status != 0:
        raise Failure(f"wait status {status}: {' '.join(command)}")
    return took


def measure_start(bench):
    if not bench.wanted("start.hello"):
        return
    ours = bench.cage("micro/hello")
    native = [str(bench.native("micro/hello"))]
    environment = bench.host_env()
    life_ns(ours, environment)  # fills the cache
    samples = ([], [])
    for _ in range(bench.rounds * 20):
        samples[0].append(life_ns(ours, environment))
        samples[1].append(life_ns(native, environment))
    bench.row("start.hello", *samples, peer="native, dynamic", unit="ms")


def measure_keep(bench):
    """A cached keep with the best backend, beside `lind run` of the same program."""
    if not bench.wanted("keep.start"):
        return
    run = bench.cage("micro/hello")
    keep = [str(pathlib.Path(run[0]).parent / "lind-keep"), "run", str(bench.guest("micro/hello"))]
    environment = bench.host_env()
    samples = ([], [])
    for command in (keep, run):
        life_ns(command, environment)  # fills the cache
    for _ in range(bench.rounds * 20):
        samples[0].append(life_ns(keep, environment))
        samples[1].append(life_ns(run, environment))
    bench.row("keep.start", *samples, peer="lind run", unit="ms")


def measure_micro(bench, name, program, *arguments, unit, native_arguments=None, options=()):
    if not bench.wanted(name):
        return
    if native_arguments is None:
        native_arguments = arguments
    commands = [bench.cage(program, bench.inner, *arguments, options=options),
                [bench.native(program), bench.inner, *native_arguments]]
    bench.row(name, *bench.interleave(commands), peer="native", unit=unit)


def measure_processes(bench):
    measure_micro(bench, "call.null", "micro/null_call", unit="ns")
    measure_micro(bench, "pipe.roundtrip", "micro/pipe_roundtrip", unit="us")
    measure_micro(bench, "thread.create", "micro/thread_create", unit="us")
    measure_micro(bench, "mutex.handover", "micro/mutex_handover", unit="us")
    measure_micro(bench, "signal.roundtrip", "micro/signal_roundtrip", unit="us")
    measure_micro(bench, "signal.self", "micro/signal_self", unit="ns")
    if (harness.CHECKOUT / "build/guest/sysroot/usr/lib/libc++.a").exists():
        measure_micro(bench, "throw.catch", "micro/throw_catch", unit="ns")
        measure_micro(bench, "throw.catch.deep", "micro/throw_catch", 100, unit="ns")
    for size in FORK_SIZES_MIB:
        measure_micro(bench, f"fork.exit.{size}MiB", "micro/fork_exit", size, unit="us")
    for size in [16, 64]:
        measure_micro(bench, f"fork.write.{size}MiB", "micro/fork_write", size, unit="us")
    if bench.wanted("fork.exec"):
        bench.guest("micro/nothing")
        measure_micro(bench, "fork.exec", "micro/fork_exec", "/bench/nothing.wasm", unit="us",
                      native_arguments=[bench.native("micro/nothing")])


def wasi_module(bench, name):
    output = bench.product.out / "wasi" / f"{name.replace('/', '-')}.wasm"
    output.parent.mkdir(exist_ok=True)
    subprocess.run(["clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-Wno-deprecated", source_of(name),
                    "-o", output], check=True)
    return output


def wasi_sides(bench, name, *words):
    """The same program for WASI with us, natively, and with V8 if node is there."""
    module = wasi_module(bench, name)
    given = module.parent / "given"
    given.mkdir(exist_ok=True)
    inside, outside = ([str(word).replace("PLACE", place) for word in words] for place in ("given", str(given)))
    sides = {"ours": [str(bench.product.bin / "lind"), "wasi", "--dir", f"{given}::given", str(module), *inside],
             "native": [str(bench.native(name)), *outside]}
    node = shutil.which("node")
    if node is not None:
        script = str(HERE / "engines/wasi.mjs")
        sides["V8 (node), same module"] = [node, "--no-warnings", script, str(given), str(module), *inside]
    return sides


def add_wasi_rows(bench, name, unit, samples):
    for peer, theirs in list(samples.items())[1:]:
        row = name if peer == "native" else f"{name}.v8"
        bench.row(row, samples["ours"], theirs, peer=peer, unit=unit)


def measure_wasi(bench):
    """Commands of WASI: their whole life, and 4 KiB at a time from and to a file."""
    if not pathlib.Path("/usr/include/wasm32-wasi").is_dir():
        return
    environment = bench.host_env()
    if bench.wanted("wasi.start"):
        sides = wasi_sides(bench, "micro/hello")
        life_ns(sides["ours"], environment)  # fills the cache
        samples = {side: [] for side in sides}
        for _ in range(bench.rounds * 10):
            for side, command in sides.items():
                samples[side].append(life_ns(command, environment))
        add_wasi_rows(bench, "wasi.start", "ms", samples)
    for call in ["read", "write"]:
        name = f"wasi.fd_{call}.4k"
        if not bench.wanted(name):
            continue
        sides = wasi_sides(bench, "micro/wasi_io", bench.inner, call, "PLACE/blocks")
        add_wasi_rows(bench, name, "ns", dict(zip(sides, bench.interleave(list(sides.values())))))


FILE_CALLS = ["getpid", "getfl", "clock", "lseek", "read.1", "read.4k", "write.1", "write.4k", "pread.1", "pread.4k",
              "pwrite.1", "pwrite.4k", "open", "stat", "lock"]


def measure_files(bench):
    """Calls on files; open and stat name one on a granted directory."""
    for call in FILE_CALLS:
        if not bench.wanted(f"file.{call}"):
            continue
        native = bench.native("micro/file_calls")
        named = pathlib.Path(native).parent / "named"
        named.touch()
        measure_micro(bench, f"file.{call}", "micro/file_calls", call, "/bench/named", unit="ns",
                      native_arguments=[call, named])


def measure_sockets(bench):
    for call in ["sendrecv", "sendfile"]:
        measure_micro(bench, f"socket.{call}", "micro/socket_call", call, unit="ns", options=["--tmpfs", "/tmp"])
    network = ["--net", "host"]
    measure_micro(bench, "socket.roundtrip", "micro/socket_roundtrip", unit="us", options=network)
    measure_micro(bench, "epoll.roundtrip", "micro/socket_roundtrip", "epoll", unit="us", options=network)


def measure_shell_loop(bench):
    if not bench.wanted("shell.loop"):
        return
    count = 10 if bench.rounds == 1 else 1000
    script = f"i=0; while [ $i -lt {count} ]; do (true); i=$((i+1)); done"
    options = ["--root", str(bench.product.root)]
    ours = bench.product.cage_command(["/bin/dash", "-c", script], options=options)
    native = ["/bin/dash", "-c", script]
    environment = bench.host_env()
    life_ns(ours, environment)  # fills the cache
    samples = ([], [])
    for _ in range(bench.rounds):
        samples[0].append(life_ns(ours, environment))
        samples[1].append(life_ns(native, environment))
    bench.row("shell.loop", *samples, peer="native dash", unit="ms")


def pss_kib(pid):
    """What a process keeps in memory; pages that several share count in parts."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def resident_kib(command, environment):
    """Of a process that runs micro/many_children, and its children, while they sleep."""
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        if process.stdout.readline() != b"ready\n":
            raise Failure(f"not ready: {' '.join(command)}")
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        total = sum(pss_kib(pid) for pid in [process.pid, *children.split()])
        process.stdin.close()
    if process.returncode != 0:
        raise Failure(f"status {process.returncode}: {' '.join(command)}")
    return total


def measure_resident(bench):
    if not bench.wanted("cages.resident"):
        return
    count = 10 if bench.rounds == 1 else 1000
    environment = bench.host_env()
    native = str(bench.native("micro/many_children"))
    samples = ([], [])
    for _ in range(1 if bench.rounds == 1 else 3):
        for found, command in zip(samples, [bench.cage("micro/many_children"), [native]]):
            alone = resident_kib([*command, "0"], environment)
            found.append((resident_kib([*command, str(count)], environment) - alone) / count)
    bench.row("cages.resident", *samples, peer="native, Pss", unit="KiB")


def churn_ns(command, environment, count):
    """Time of one of `count` children in sequence, after as many had come and gone already."""
    with subprocess.Popen([*command, str(count)], env=environment, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        def make_all():
            process.stdin.write(b"\n")
            process.stdin.flush()
            if process.stdout.readline() != b"done\n":
                raise Failure(f"not done: {' '.join(command)}")
        make_all()
        before = pss_kib(process.pid)
        start = time.perf_counter_ns()
        make_all()
        took = time.perf_counter_ns() - start
        grown = pss_kib(process.pid) - before
        process.stdin.close()
    if grown > MOST_GROWTH_KIB:
        raise Failure(f"{count} children left {grown} KiB behind: {' '.join(command)}")
    return took / count


def measure_churn(bench):
    if not bench.wanted("cages.churn"):
        return
    count = 100 if bench.rounds == 1 else 10000
    environment = bench.host_env()
    commands = [bench.cage("micro/reap"), [str(bench.native("micro/reap"))]]
    samples = ([], [])
    for _ in range(bench.rounds):
        for found, command in zip(samples, commands):
            found.append(churn_ns(command, environment, count))
    bench.row("cages.churn", *samples, peer="native", unit="us")


def measure_verifier(bench):
    if not bench.wanted("verify.throughput"):
        return
    program = bench.product.bin.parent / "release/test-bin/verify_throughput"
    rounds = 1 if bench.rounds == 1 else 20
    for name, mode in [("verify.throughput", []), ("verify.throughput.exact", ["--exact"])]:
        compiled = bench.product.out / f"{name}.lindobj"
        subprocess.run([bench.product.bin / "lindc", *mode, bench.product.root / "bin/dash",
                        "-o", compiled], check=True, timeout=120)
        samples = [number for number, _ in bench.lines([program, compiled, rounds])]
        bench.row(name, samples, [500_000], peer="200 MB/s, the goal", unit="us")


def measure_compile(bench):
    """From nothing: lindc at its default, and the whole life of a large program with no cache."""
    wanted = [name for name in ("compile.1MB", "compile.10MB.start") if bench.wanted(name)]
    if not wanted:
        return
    source = (bench.product.root / "bin/sort").read_bytes()
    rounds = 1 if bench.rounds == 1 else 3
    if "compile.1MB" in wanted:
        module = bench.product.out / "compile.1MB.wasm"
        module.write_bytes(grow_module.grow(source, 1_000_000))
        command = [str(bench.product.bin / "lindc"), str(module), "-o", str(module.with_suffix(".o"))]
        samples = [life_ns(command, bench.host_env()) for _ in range(rounds)]
        bench.row("compile.1MB", samples, [3e9], peer="3 s, the goal", unit="ms")
    if "compile.10MB.start" in wanted:
        module = bench.product.out / "compile.10MB.wasm"
        module.write_bytes(grow_module.grow(source, 2_200_000 if rounds == 1 else 10_000_000))
        command = [*bench.product.cage_command([module, "/dev/null"])]
        samples = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory(dir=bench.product.out) as cache:
                samples.append(life_ns(command, {**os.environ, "LIND_CACHE": cache}))
        bench.row("compile.10MB.start", samples, [5e9], peer="5 s, the goal", unit="ms")


# Row -> (what tests/embed/bench_main.cc calls it, unit, the goal).
EMBED = {"embed.instantiate": ("instantiate", "us", 5e3), "embed.teardown": ("cycle", "us", 10e3),
         "embed.hostcall": ("hostcall", "ns", 5), "embed.call": ("call", "ns", None),
         "embed.resident": ("resident", "KiB", 40)}


def measure_embed(bench):
    """What an embedder waits for, beside V8 with the very same module."""
    wanted = [name for name in EMBED if bench.wanted(name)]
    if not wanted:
        return
    module = bench.product.out / "embed.wasm"
    module.with_suffix(".wat").write_text(embed_module.text())
    compiled = module.with_suffix(".lindobj")
    for command in ([shutil.which("wat2wasm"), module.with_suffix(".wat"), "-o", module],
                    [bench.product.bin / "lindc", module, "-o", compiled]):
        subprocess.run(command, check=True, timeout=120)
    program = bench.product.bin.parent / "release/test-bin/embed_bench"
    node = shutil.which("node")
    for name in wanted:
        what, unit, goal = EMBED[name]
        # V8 has address space for few instances with a memory.
        few = bench.rounds == 1
        number = others = 10 * bench.inner
        if what == "resident":
            number, others = (100, 10) if few else (10_000, 100)
        commands = [[program, compiled, what, number]]
        if node is not None:
            commands.append([node, "--no-liftoff", "--expose-gc", HERE / "engines/embed.mjs", module, what, others])
        samples = bench.interleave(commands)
        if node is not None:
            bench.row(name, *samples, peer="V8 (node), same module", unit=unit)
        elif goal is not None:
            bench.row(name, samples[0], [goal], peer="the goal", unit=unit)


def measure_grates(bench):
    """A getppid under grates beside the same without any: what grates cost is the difference."""
    rows = {"grate.answer": ("answer", 1), "grate.forward": ("forward", 1),
            **{f"grate.stack.{depth}": ("forward", depth) for depth in (2, 5, 10)}}
    for name, arguments in rows.items():
        if not bench.wanted(name):
            continue
        commands = [bench.cage("grates/call", bench.inner, *arguments),
                    bench.cage("grates/call", bench.inner, "direct", 0)]
        bench.row(name, *bench.interleave(commands), peer="no grate", unit="ns")
    if bench.wanted("grate.contention"):
        commands = [bench.cage("grates/contention", bench.inner, callers) for callers in (8, 1)]
        bench.row("grate.contention", *bench.interleave(commands), peer="one caller", unit="ns")


def measure_imfs(bench):
    """Files in memory under the grate imfs, beside the host's page cache natively."""
    for name, operation in (("imfs.read", "read"), ("imfs.open", "open")):
        if not bench.wanted(name):
            continue
        place = bench.product.out / "imfs-peer"
        place.mkdir(exist_ok=True)
        bench.guest("grates/files")
        ours = bench.product.cage_command(
            ["imfs", "/m", "/bench/grates/files.wasm", bench.inner, operation, "/m"],
            options=["--dir", f"{bench.product.out}:/bench:ro"])
        native = [bench.native("grates/files"), bench.inner, operation, place]
        bench.row(name, *bench.interleave([ours, native]), peer="native, page cache", unit="ns")


def geometric_row(bench, name, kernels, peer):
    ours = statistics.geometric_mean(statistics.median(ours) for ours, _ in kernels)
    native = statistics.geometric_mean(statistics.median(native) for _, native in kernels)
    spreads = [statistics.median(map(spread_percent, side)) for side in zip(*kernels)]
    bench.add({"id": name, "ours": ours / 1e6, "peer": peer, "peer_value": native / 1e6, "unit": "ms",
               "ratio": ours / native, "spread": spreads[0], "peer_spread": spreads[1],
               "runs": len(kernels[0][0])})


def kernel_peers(bench, program):
    """Name of a geometric mean -> (what it is measured against, the command)."""
    peers = {
        "cpu.geomean": (f"clang-22 -O2 -march={bench.level}",
                        [bench.native(program, f"-march={bench.level}"), bench.inner]),
        "cpu.geomean.baseline": ("clang-22 -O2",
                                 [bench.native(program, "-march=x86-64"), bench.inner]),
    }
    node = shutil.which("node")
    if node is not None:
        # Its optimising tier from the first call on, for the very same module.
        peers["cpu.geomean.v8"] = ("V8 (node), same module",
                                   [node, "--no-liftoff", HERE / "engines/v8.mjs",
                                    bench.guest(program), bench.inner])
    return peers


def measure_kernels(bench):
    pairs = {}
    names = {}
    for kernel in filter(lambda name: bench.wanted(f"cpu.{name}"), [*KERNELS, *APPS]):
        program = f"apps/{kernel}" if kernel in APPS else f"cpu/{kernel}"
        peers = kernel_peers(bench, program)
        ours, *others = bench.interleave([bench.cage(program, bench.inner),
                                          *(command for _, command in peers.values())])
        for (mean, (peer, _)), other in zip(peers.items(), others):
            pairs.setdefault(mean, []).append((ours, other))
            names[mean] = peer
        bench.row(f"cpu.{kernel}", ours, others[0], peer=names["cpu.geomean"], unit="ms")
        for mean, other in list(zip(peers, others))[1:]:
            bench.row(f"cpu.{kernel}.{mean.rpartition('.')[2]}", ours, other, peer=names[mean],
                      unit="ms")
    for mean, kernels in pairs.items():
        if len(kernels) == len(KERNELS) + len(APPS):
            geometric_row(bench, mean, kernels, names[mean])


def write_json(rows, path):
    for row in rows:
        for key, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise Failure(f"{row['id']}: {key} is {value}")
    part = path.with_suffix(".part")
    part.write_text(json.dumps(rows, indent=1) + "\n")
    part.replace(path)


def run(arguments):
    bench = Bench(arguments)
    print(COLUMNS.format("id", "ours", "native", "unit", "ratio", "spread", "native's", "peer"))
    measure_start(bench)
    measure_keep(bench)
    measure_processes(bench)
    measure_files(bench)
    measure_sockets(bench)
    measure_wasi(bench)
    measure_shell_loop(bench)
    measure_resident(bench)
    measure_churn(bench)
    measure_verifier(bench)
    measure_compile(bench)
    measure_embed(bench)
    measure_grates(bench)
    measure_imfs(bench)
    measure_kernels(bench)
    if not bench.rows:
        raise Failure(f"no row begins with {arguments.only}")
    write_json(bench.rows, pathlib.Path(arguments.json))


def parse():
    build = harness.CHECKOUT / "build"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=build / "bin", help="where lind is")
    parser.add_argument("--out", default=build / "bench", help="where compiled programs are kept")
    parser.add_argument("--json", default=build / "bench.json", help="where the rows go")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds of each row")
    parser.add_argument("--only", help="rows whose id begins with this; cpu. is one")
    parser.add_argument("--quick", action="store_true", help="once each: does everything run")
    return parser.parse_args()


if __name__ == "__main__":
    harness.main(lambda: run(parse()))
