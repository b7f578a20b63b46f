"""What a program in a keep finds, how it ends, and what is refused before it starts."""
import os
import socket
import subprocess
import time

import keeps
from keeps import build

STDIO = "".join(f'[[files]]\nkind = "{kind}"\n' for kind in ("stdin", "stdout", "stderr"))


def listen(port, prot="tcp"):
    return (STDIO + f'[[files]]\nname = "in"\nkind = "listen"\nprot = "{prot}"\n'
            f'addr = "127.0.0.1"\nport = {port}\n')


def connect(port, prot="tcp"):
    return (STDIO + f'[[files]]\nkind = "connect"\nprot = "{prot}"\nhost = "localhost"\n'
            f'port = {port}\n')


def wait_for(port):
    for _ in range(600):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError(port)


class Finds(keeps.KeepTest):
    def test_arguments_environment_and_descriptors(self):
        config = 'args = ["a b", ""]\n[env]\nA = "1"\n[lind]\npass-env = ["B", "C"]\n' + STDIO
        result = self.run_program("show", config, B="2")
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertEqual(result.stdout.decode().splitlines(), [
            "arg main.wasm", "arg a b", "arg ", "env FD_COUNT=3", "env FD_NAMES=stdin:stdout:stderr",
            "env A=1", "env B=2", "fd 0", "fd 1", "fd 2"])

    def test_without_a_configuration_it_has_stdio(self):
        result = self.keep("run", build("show"))
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertEqual(result.stdout.decode().splitlines(), [
            "arg main.wasm", "env FD_COUNT=3", "env FD_NAMES=stdin:stdout:stderr", "fd 0", "fd 1",
            "fd 2"])

    def test_without_files_it_has_no_descriptor(self):
        result = self.run_program("show", "")
        self.assertEqual((result.returncode, result.stdout), (7, b""), result.stderr)

    def test_files_are_descriptors_in_order(self):
        config = "".join(f'[[files]]\nkind = "{kind}"\n' for kind in
                         ("stderr", "stdout", "null", "stdin", "stdout"))
        result = self.run_program("show", config)
        self.assertIn("fd 4\n", result.stdout.decode())
        self.assertNotIn("fd 5\n", result.stdout.decode())
        self.assertIn("env FD_NAMES=stderr:stdout:null:stdin:stdout\n", result.stdout.decode())

    def test_the_configuration_may_be_named_by_the_environment(self):
        self.write("other.toml", 'args = ["x"]\n' + STDIO)
        result = self.keep("run", build("show"), ENARX_WASMCFGFILE="other.toml")
        self.assertIn("arg x\n", result.stdout.decode())

    def test_arguments_of_the_command_line_only_where_they_may(self):
        result = self.run_program("show", STDIO + '[lind]\nappend-args = true\n')
        self.assertEqual(result.returncode, 7)
        result = self.keep("run", "--wasmcfgfile", "Enarx.toml", build("show"), "--more", "x")
        self.assertIn("arg main.wasm\narg --more\narg x\n", result.stdout.decode())
        self.expect_line(self.keep("run", build("show"), "x"), 125, "append-args")

    def test_nothing_of_who_started_it_is_open(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_inheritable(writer, True)
        process = subprocess.Popen(self.command("run", build("show")), cwd=self.dir, env=self.env,
                                   stdout=subprocess.PIPE, pass_fds=[writer])
        os.close(writer)
        output, _ = process.communicate(timeout=60)
        self.assertTrue(output.decode().endswith("fd 0\nfd 1\nfd 2\n"), output)

    def test_both_backends(self):
        for backend in ("nil", "locked"):
            self.write("data.toml", STDIO)
            result = self.keep("run", "--backend", backend, build("show"))
            self.assertEqual(result.returncode, 7, result.stderr)

    def test_a_wasi_program_finds_the_same(self):
        text = """(module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $as (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $a (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get"
            (func $es (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_get" (func $e (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write"
            (func $w (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $x (param i32)))
          (memory (export "memory") 1)
          (func $say (param $fd i32)
            (i32.store (i32.const 0) (i32.const 4096))
            (call $x (call $w (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
          (func (export "_start")
            (drop (call $as (i32.const 16) (i32.const 4)))
            (drop (call $a (i32.const 1024) (i32.const 4096)))
            (drop (call $es (i32.const 16) (i32.const 20)))
            (drop (call $e (i32.const 1024) (i32.add (i32.const 4096) (i32.load (i32.const 4)))))
            (i32.store (i32.const 4)
              (i32.add (i32.load (i32.const 4)) (i32.load (i32.const 20))))
            (call $say (i32.const 1))))"""
        self.write("show.wat", text)
        subprocess.run(["wat2wasm", "show.wat", "-o", "show.wasm"], cwd=self.dir, check=True)
        self.write("Enarx.toml", 'args = ["x"]\n' + STDIO)
        result = self.keep("run", "--wasmcfgfile", "Enarx.toml", "show.wasm")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, b"main.wasm\0x\0FD_COUNT=3\0FD_NAMES=stdin:stdout:stderr\0")
        self.write("none.toml", 'args = ["x"]\n')
        result = self.keep("run", "--wasmcfgfile", "none.toml", "show.wasm")
        self.assertEqual(result.returncode, 8, result.stderr)  # badf


class Executes(keeps.KeepTest):
    def test_itself_with_arguments_of_its_own(self):
        result = self.run_program("execute", STDIO)
        self.assertEqual((result.returncode, result.stdout), (3, b"executed as its-own-name\n"),
                         result.stderr)

    def test_modules_of_its_package(self):
        config = 'args = ["other.wasm"]\n' + STDIO + '[lind]\nmodules = ["other.wasm"]\n'
        self.package("execute", config, other="show")
        result = self.keep("deploy", "package")
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertIn("arg its-own-name\narg again\n", result.stdout.decode())
        result = self.keep("deploy", f"file://{self.dir}/package")
        self.assertEqual(result.returncode, 7, result.stderr)

    def test_nothing_beside_it(self):
        result = self.run_program("execute", 'args = ["show.wasm"]\n' + STDIO)
        self.assertEqual(result.returncode, 99, result.stderr)
        self.assertIn("No such file", result.stderr.decode())

    def test_under_grates(self):
        result = self.run_program("execute", STDIO + '[lind]\ngrates = [["geteuid", "5"], "strace"]\n')
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("executed as its-own-name\n", result.stdout.decode())
        self.assertIn("execve", result.stderr.decode())


class Sockets(keeps.KeepTest):
    def test_a_listener_serves_connections_in_children(self):
        port = keeps.free_port()
        self.write("Enarx.toml", 'args = ["20"]\n' + listen(port))
        process = self.start("run", "--wasmcfgfile", "Enarx.toml", build("echo"))
        connections = [wait_for(port) for _ in range(20)]
        for number, connection in enumerate(connections):
            connection.sendall(b"hello %d" % number)
        for number, connection in enumerate(connections):
            self.assertEqual(connection.recv(100), b"hello %d" % number)
            connection.close()
        self.assertEqual(process.wait(60), 0)

    def test_a_connection_is_there_before_the_start(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.write("Enarx.toml", 'args = ["ping"]\n' + connect(server.getsockname()[1]))
            process = self.start("run", "--wasmcfgfile", "Enarx.toml", build("talk"))
            connection, _ = server.accept()
            with connection:
                self.assertEqual(connection.recv(100), b"ping")
                connection.sendall(b"pong")
            output, _ = process.communicate(timeout=60)
        self.assertEqual((process.returncode, output), (0, b"pong"))


class Gives(keeps.KeepTest):
    def try_calls(self, backend):
        for name in ("data", "shared"):
            (self.dir / name).mkdir(exist_ok=True)
        (self.dir / "data" / "file").touch()
        config = STDIO + ('[[lind.directories]]\nhost = "data"\nguest = "/data"\n'
                          '[[lind.directories]]\nhost = "shared"\nguest = "/shared"\n'
                          'read-only = false\n')
        result = self.run_program("try", config, "--backend", backend)
        self.assertEqual(result.returncode, 0, result.stderr)
        return dict(line.split(": ") for line in result.stdout.decode().splitlines())

    def test_only_what_was_granted(self):
        for backend in ("nil", "locked"):
            said = self.try_calls(backend)
            self.assertEqual(said["open /etc/passwd"], "ENOENT")
            self.assertEqual(said["open /data/file"], "ok")
            self.assertEqual(said["create /data/new"], "EROFS")
            self.assertEqual(said["create /shared/new"], "ok")
            self.assertEqual(said["write /main.wasm"], "EROFS")
            self.assertNotEqual(said["unlink /main.wasm"], "ok")
            self.assertNotEqual(said["connect"], "ok")
            self.assertEqual(said["fork"], "ok")
            self.assertFalse((self.dir / "data" / "new").exists())
            self.assertTrue((self.dir / "shared" / "new").exists())

    def test_limits(self):
        self.write("wait.wat", """(module
          (func (export "_start") (loop $forever (br $forever))))""")
        subprocess.run(["wat2wasm", "wait.wat", "-o", "wait.wasm"], cwd=self.dir, check=True)
        self.write("Enarx.toml", "[lind]\ntime = 1\n")
        self.expect_line(self.keep("run", "--wasmcfgfile", "Enarx.toml", "wait.wasm"), 124, "1 s")
        self.write("Enarx.toml", "[lind]\ncpu-time = 1\n")
        result = self.keep("run", "--wasmcfgfile", "Enarx.toml", "wait.wasm")
        self.assertIn(result.returncode, (128 + 9, 128 + 24))


class Refuses(keeps.KeepTest):
    def test_configurations_that_are_wrong(self):
        self.expect_line(self.run_program("show", "args = ["), 125, "Enarx.toml: ", " at line 1 ")
        self.expect_line(self.run_program("show", "x = 1"), 125, "unknown field `x`")
        self.assertEqual(self.run_program("show", "x = 1", "--enarx-compat").returncode, 7)
        self.expect_line(self.keep("run", "--wasmcfgfile", "none.toml", build("show")), 125,
                         "none.toml: No such file")

    def test_ports_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            result = self.run_program("echo", listen(server.getsockname()[1]))
        self.expect_line(result, 125, "failed to setup listening socket: 127.0.0.1",
                         "Address already in use")

    def test_connections_that_nobody_takes(self):
        result = self.run_program("talk", connect(keeps.free_port()))
        self.expect_line(result, 125, "failed to connect to endpoint: localhost",
                         "Connection refused")

    def test_modules_that_are_none(self):
        self.expect_line(self.keep("run", "none.wasm"), 127, "none.wasm: No such file")
        self.expect_line(self.keep("run", "/"), 126, "/: not a file")
        self.write("text.wasm", "text")
        self.expect_line(self.keep("run", "text.wasm"), 126, "not a WebAssembly module")
        os.truncate(self.dir / self.write("large.wasm", ""), 100_000_001)
        self.expect_line(self.keep("run", "large.wasm"), 126, "large.wasm: 100000001 bytes")

    def test_sections_for_debuggers_if_asked(self):
        self.expect_line(self.keep("run", "--strict-sections", build("show")), 126,
                         ".debug_info", "link without -g")
        result = self.keep("run", build("show"))
        self.assertIn("left out the sections for debuggers: .debug_", result.stderr.decode())

    def test_packages_with_other_files(self):
        package = self.dir / self.package("show", STDIO)
        (package / "more.txt").touch()
        self.expect_line(self.keep("deploy", "package"), 125, "more.txt does not belong")
        (package / "more.txt").unlink()
        (package / "sub").mkdir()
        self.expect_line(self.keep("deploy", "package"), 125, "no directories: sub")
        (package / "sub").rmdir()
        (package / "Enarx.toml").unlink()
        self.expect_line(self.keep("deploy", "package"), 125, "Enarx.toml: No such file")
        self.expect_line(self.keep("deploy", "ftp://host/x"), 125, "unsupported scheme: ftp")

    def test_backends_that_are_not_here(self):
        self.expect_line(self.keep("run", "--backend", "sgx", build("show")), 125,
                         'Keep backend "sgx" is not available on this platform.')
        self.expect_line(self.keep("run", build("show"), ENARX_BACKEND="x"), 125,
                         'Keep backend identifier "x" is unknown.')

    def test_grates_and_directories_that_are_not_there(self):
        self.expect_line(self.run_program("show", '[lind]\ngrates = ["none"]\n'), 125, "grate none")
        self.expect_line(self.run_program(
            "show", '[[lind.directories]]\nhost = "none"\nguest = "/x"\n'), 125, "none")


if __name__ == "__main__":
    keeps.main()
