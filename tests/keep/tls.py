"""TLS: the program sees plain bytes, the other end openssl's and Python's."""
import pathlib
import socket
import ssl
import subprocess
import threading

import keeps
from keeps import build
from run import STDIO, connect, listen, wait_for


def openssl(directory, *words):
    subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)


class TlsTest(keeps.KeepTest):
    def make_authority(self, name):
        openssl(self.dir, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")

    def make_certificate(self, name, authority):
        """NAME.pem and NAME.key, for localhost, by an authority."""
        openssl(self.dir, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self.write("extensions", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl(self.dir, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey",
                f"{authority}.key", "-CAcreateserial", "-out", f"{name}.pem", "-extfile",
                "extensions")

    def client(self, anchors=None, certificate=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if anchors is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_verify_locations(self.dir / anchors)
        if certificate:
            context.load_cert_chain(self.dir / f"{certificate}.pem", self.dir / f"{certificate}.key")
        return context

    def serve(self, config, program="echo"):
        self.write("Enarx.toml", config)
        return self.start("run", "--wasmcfgfile", "Enarx.toml", build(program))

    def connect(self, port, context):
        return context.wrap_socket(wait_for(port), server_hostname="localhost")


class Listens(TlsTest):
    def test_with_a_certificate_of_its_own_making(self):
        port = keeps.free_port()
        process = self.serve('args = ["1"]\n' + listen(port, "tls"))
        with self.connect(port, self.client()) as connection:
            self.assertEqual(connection.version(), "TLSv1.3")
            connection.sendall(b"hello")
            self.assertEqual(connection.recv(100), b"hello")
        self.assertEqual(process.wait(60), 0)

    def test_openssl_s_client(self):
        port = keeps.free_port()
        process = self.serve('args = ["2"]\n' + listen(port, "tls"))
        wait_for(port).close()  # no handshake: never seen by the program
        for _ in range(2):
            with subprocess.Popen(
                    ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-quiet"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL) as client:
                client.stdin.write(b"over TLS\n")
                client.stdin.flush()
                self.assertEqual(client.stdout.readline(), b"over TLS\n")
                client.kill()
        self.assertEqual(process.wait(60), 0)

    def test_other_versions_are_refused(self):
        port = keeps.free_port()
        process = self.serve('args = ["1"]\n' + listen(port, "tls"))
        context = self.client()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(port, context)
        self.connect(port, self.client()).close()
        self.assertEqual(process.wait(60), 0)

    def test_many_bytes_both_ways(self):
        port = keeps.free_port()
        process = self.serve('args = ["1"]\n' + listen(port, "tls"))
        data = bytes(range(256)) * 16384  # 4 MiB
        received = bytearray()
        with self.connect(port, self.client()) as connection:
            sender = threading.Thread(target=connection.sendall, args=(data,))
            sender.start()
            while len(received) < len(data):
                received += connection.recv(65536)
            sender.join()
        self.assertEqual(received, data)
        self.assertEqual(process.wait(60), 0)

    def test_many_connections_at_once(self):
        port = keeps.free_port()
        count = 200
        process = self.serve(f'args = ["{count}"]\n' + listen(port, "tls"))
        context = self.client()
        connections = []
        for number in range(count):
            connections.append(self.connect(port, context))
            connections[-1].sendall(b"number %d" % number)
        for number, connection in enumerate(connections):
            self.assertEqual(connection.recv(100), b"number %d" % number)
            connection.close()
        self.assertEqual(process.wait(60), 0)

    def test_a_thousand_connections(self):
        port = keeps.free_port()
        count = 1000
        process = self.serve(f'args = ["{count}"]\n' + listen(port, "tls"))
        context = self.client()
        for number in range(count):
            with self.connect(port, context) as connection:
                connection.sendall(b"number %d" % number)
                self.assertEqual(connection.recv(100), b"number %d" % number)
        self.assertEqual(process.wait(60), 0)

    def test_clients_must_show_who_they_are(self):
        for name in ("ours", "theirs"):
            self.make_authority(name)
        self.make_certificate("server", "ours")
        self.make_certificate("friend", "ours")
        self.make_certificate("stranger", "theirs")
        port = keeps.free_port()
        process = self.serve('args = ["1"]\n' + listen(port, "tls") +
                             '[lind]\ncertificate = "server.pem"\nprivate-key = "server.key"\n'
                             'client-anchors = ["ours.pem"]\n')
        for wrong in (None, "stranger"):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                with self.connect(port, self.client("ours.pem", wrong)) as connection:
                    connection.sendall(b"x")
                    if connection.recv(1) == b"":
                        raise ConnectionError
        with self.connect(port, self.client("ours.pem", "friend")) as connection:
            connection.sendall(b"hello")
            self.assertEqual(connection.recv(100), b"hello")
        self.assertEqual(process.wait(60), 0)

    def test_what_was_written_last_arrives(self):
        port = keeps.free_port()
        text = "x" * 100_000
        self.write("Enarx.toml", listen(port, "tls"))
        module = self.dir / "last.wasm"
        source = self.dir / "last.c"
        source.write_text('#include <string.h>\n#include <sys/socket.h>\n#include <unistd.h>\n'
                          f'static const char text[] = "{text}";\n'
                          'int main(void) { const int fd = accept(3, 0, 0);\n'
                          'return write(fd, text, sizeof(text) - 1) == sizeof(text) - 1 ? 0 : 1; }\n')
        subprocess.run([keeps.BIN / "lind-cc", "-O1", "-o", module, source], check=True)
        process = self.start("run", "--wasmcfgfile", "Enarx.toml", module)
        received = b""
        with self.connect(port, self.client()) as connection:
            self.assertEqual(process.wait(60), 0)
            while part := connection.recv(65536):
                received += part
        self.assertEqual(received.decode(), text)


class Connects(TlsTest):
    def answer_once(self, certificate, answer=b"pong"):
        """A server of one connection: its port, and what it heard as a thread's result."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.dir / f"{certificate}.pem", self.dir / f"{certificate}.key")
        context.sni_callback = lambda _socket, name, _context: self.heard.append(name)
        server = socket.create_server(("127.0.0.1", 0))
        self.heard = []

        def serve():
            with server:
                raw, _ = server.accept()
                try:
                    with context.wrap_socket(raw, server_side=True) as connection:
                        self.heard.append(connection.recv(100))
                        connection.sendall(answer)
                        connection.unwrap()
                except (ssl.SSLError, OSError) as error:
                    self.heard.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        self.addCleanup(thread.join)
        return server.getsockname()[1]

    def test_and_believes_its_anchors(self):
        self.make_authority("ours")
        self.make_certificate("server", "ours")
        port = self.answer_once("server")
        result = self.run_program("talk", 'args = ["ping"]\n' + connect(port, "tls") +
                                  '[lind]\ntrust-anchors = ["ours.pem"]\n')
        self.assertEqual((result.returncode, result.stdout), (0, b"pong"), result.stderr)
        self.assertEqual(self.heard[:2], ["localhost", b"ping"])

    def test_but_no_others(self):
        for name in ("ours", "theirs"):
            self.make_authority(name)
        self.make_certificate("server", "theirs")
        port = self.answer_once("server")
        result = self.run_program("talk", connect(port, "tls") +
                                  '[lind]\ntrust-anchors = ["ours.pem"]\n')
        self.expect_line(result, 125, "failed to connect to endpoint: localhost",
                         "certificate verify failed")

    def test_nor_another_name(self):
        self.make_authority("ours")
        openssl(self.dir, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", "other.key", "-out", "other.csr", "-subj", "/CN=other")
        openssl(self.dir, "x509", "-req", "-in", "other.csr", "-CA", "ours.pem", "-CAkey",
                "ours.key", "-CAcreateserial", "-out", "other.pem")
        port = self.answer_once("other")
        result = self.run_program("talk", connect(port, "tls") +
                                  '[lind]\ntrust-anchors = ["ours.pem"]\n')
        self.expect_line(result, 125, "certificate verify failed", "hostname mismatch")

    def test_files_that_are_none(self):
        for lines, name in (('trust-anchors = ["none.pem"]', "none.pem"),
                            ('certificate = "a.pem"\nprivate-key = "a.key"', "a.pem")):
            with socket.create_server(("127.0.0.1", 0)) as server:
                config = connect(server.getsockname()[1], "tls") + "[lind]\n" + lines + "\n"
                self.expect_line(self.run_program("talk", config), 125, name)


if __name__ == "__main__":
    keeps.main()
