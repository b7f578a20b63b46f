"""A keep asks a steward, ours, for its certificate before it fetches what it runs."""
import http.server
import pathlib
import ssl
import subprocess
import threading

import keeps
from keeps import build
from run import STDIO, listen
from tls import TlsTest

EVIDENCE = "1.3.6.1.4.1.58270.1.1"


class TestSteward(http.server.ThreadingHTTPServer):
    """Signs requests that have the evidence of a keep; `answer` decides what comes back."""

    def __init__(self, directory, answer="chain"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.directory, self.answer, self.asked = directory, answer, []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "steward.pem", directory / "steward.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def handle_error(self, request, client_address):
        pass

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def openssl(self, *words, **options):
        return subprocess.run(["openssl", *words], cwd=self.directory, check=True,
                              capture_output=True, **options).stdout


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        server = self.server
        request = self.rfile.read(int(self.headers["Content-Length"]))
        text = server.openssl("req", "-inform", "DER", "-noout", "-text", input=request).decode()
        server.asked.append((self.headers["Content-Type"], EVIDENCE in text))
        if server.answer == "refuse":
            return self.send_error(401)
        if server.answer == "junk":
            return self.reply(b"junk")
        if server.answer == "other":
            leaf = server.openssl("x509", "-in", "server.pem", "-outform", "DER")
        else:
            (server.directory / "request.der").write_bytes(request)
            leaf = server.openssl("x509", "-req", "-inform", "DER", "-in", "request.der", "-CA",
                                  "ours.pem", "-CAkey", "ours.key", "-CAcreateserial", "-subj",
                                  "/CN=localhost", "-extfile", "extensions", "-outform", "DER")
        root = server.openssl("x509", "-in", "ours.pem", "-outform", "DER")
        content = root + leaf
        self.reply(b"\x30\x82" + len(content).to_bytes(2, "big") + content)

    def reply(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Steward(TlsTest):
    def setUp(self):
        super().setUp()
        self.make_authority("ours")
        self.make_certificate("steward", "ours")
        self.make_certificate("server", "ours")

    def steward(self, answer="chain"):
        server = TestSteward(self.dir, answer)
        self.addCleanup(server.close)
        return server

    def config(self, port, anchors="ours"):
        return (f'steward = "https://localhost:{port}/"\n',
                f'[lind]\ntrust-anchors = ["{anchors}.pem"]\n')

    def test_its_certificate_is_what_listeners_show(self):
        steward = self.steward()
        port = keeps.free_port()
        first, last = self.config(steward.server_address[1])
        process = self.serve(first + 'args = ["1"]\n' + listen(port, "tls") + last)
        with self.connect(port, self.client("ours.pem")) as connection:
            connection.sendall(b"hello")
            self.assertEqual(connection.recv(100), b"hello")
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(steward.asked, [("application/pkcs10", True)])

    def test_it_is_asked_before_the_module_is_read(self):
        steward = self.steward()
        first, last = self.config(steward.server_address[1])
        self.write("Enarx.toml", first + STDIO + last)
        self.expect_line(self.keep("run", "--wasmcfgfile", "Enarx.toml", "none.wasm"), 127,
                         "none.wasm")
        self.assertEqual(len(steward.asked), 1)

    def test_answers_that_are_none(self):
        for answer, text in (("refuse", "401"), ("junk", "no PkiPath"),
                             ("other", "for another key")):
            first, last = self.config(self.steward(answer).server_address[1])
            self.write("Enarx.toml", first + STDIO + last)
            # Nothing is read that the steward did not allow.
            result = self.keep("run", "--wasmcfgfile", "Enarx.toml", "none.wasm")
            self.expect_line(result, 125, "steward: ", text)

    def test_stewards_that_cannot_be_believed_or_reached(self):
        self.make_authority("theirs")
        first, last = self.config(self.steward().server_address[1], "theirs")
        self.expect_line(self.run_program("show", first + STDIO + last), 125,
                         "steward: certificate verify failed")
        first, last = self.config(keeps.free_port())
        self.expect_line(self.run_program("show", first + STDIO + last), 125, "steward: ",
                         "Connection refused")


if __name__ == "__main__":
    keeps.main()
