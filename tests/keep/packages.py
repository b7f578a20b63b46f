"""Packages, their signatures, and reports of what a keep was made of."""
import re
import subprocess

import keeps
from keeps import build
from run import STDIO


class Packages(keeps.KeepTest):
    def make_key(self, name):
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", f"{name}.pem"],
                       cwd=self.dir, check=True, capture_output=True)

    def make_package(self):
        self.write("config.toml", 'args = ["x"]\n' + STDIO)
        result = self.keep("package", "pack", build("show"), "config.toml", "package")
        self.assertEqual(result.returncode, 0, result.stderr)

    def sign(self, key="key"):
        self.make_key(key)
        result = self.keep("package", "sign", "--key", f"{key}.pem", "--public-key", f"{key}.pub",
                           "package")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_packed_packages_run(self):
        self.make_package()
        result = self.keep("deploy", "--strict-sections", "package")
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertIn("arg main.wasm\narg x\n", result.stdout.decode())
        self.expect_line(self.keep("package", "pack", build("show"), "config.toml", "package"), 125,
                         "package: File exists")

    def test_packing_checks(self):
        self.write("config.toml", "x = 1")
        self.expect_line(self.keep("package", "pack", build("show"), "config.toml", "package"), 125,
                         "unknown field `x`")
        self.assertFalse((self.dir / "package").exists())

    def test_signed_packages_run(self):
        self.make_package()
        self.sign()
        result = self.keep("package", "verify", "--public-key", "key.pub", "package")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        result = self.keep("deploy", "--public-key", "key.pub", "package")
        self.assertEqual(result.returncode, 7, result.stderr)

    def test_signatures_that_do_not_match(self):
        self.make_package()
        self.expect_line(self.keep("deploy", "--public-key", "none.pub", "package"), 125,
                         "none.pub: No such file")
        self.sign()
        (self.dir / "package" / "package.minisig").rename(self.dir / "signature")
        self.expect_line(self.keep("deploy", "--public-key", "key.pub", "package"), 125,
                         "package.minisig: No such file")
        (self.dir / "signature").rename(self.dir / "package" / "package.minisig")
        config = self.dir / "package" / "Enarx.toml"
        config.write_text(config.read_text() + "# more\n")
        self.expect_line(self.keep("deploy", "--public-key", "key.pub", "package"), 125,
                         "package.minisig: the signature does not match")
        self.sign("other")
        self.expect_line(self.keep("deploy", "--public-key", "key.pub", "package"), 125,
                         "signed by key ")
        self.write("text.pub", "text\n")
        self.expect_line(self.keep("package", "verify", "--public-key", "text.pub", "package"), 125,
                         "text.pub: no public key of minisign")

    def test_inspecting(self):
        self.make_package()
        result = self.keep("package", "inspect", "package")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout.decode(), r"sha384 [0-9a-f]{96} main\.wasm\n")
        self.assertIn('args = ["x"]\n', result.stdout.decode())

    def test_words_that_are_wrong(self):
        for words in ((), ("x",), ("sign", "package"), ("verify",), ("pack", "a", "b")):
            self.expect_line(self.keep("package", *words), 125)


class Reports(keeps.KeepTest):
    def report(self, config, *words):
        result = self.run_program("show", config, "--report", "report", *words)
        self.assertEqual(result.returncode, 7, result.stderr)
        checked = self.keep("report", "check", "report")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        return checked.stdout.decode()

    def measurement(self, *arguments):
        return re.search("measurement ([0-9a-f]{96})", self.report(*arguments))[1]

    def test_says_what_was_granted(self):
        port = keeps.free_port()
        (self.dir / "data").mkdir()
        text = self.report(STDIO + f'[[files]]\nkind = "listen"\nname = "in"\nprot = "tcp"\n'
                           f'port = {port}\n[[lind.directories]]\nhost = "data"\nguest = "/d"\n'
                           '[lind]\npass-env = ["LANG"]\n', "--backend", "locked")
        for line in ("backend locked", "descriptor 0 stdin stdin",
                     f"descriptor 3 listen tcp :: {port} in", "directory /d ro data",
                     "variable LANG"):
            self.assertIn(f"{line}\n", text)
        self.assertRegex(text, r"\nfile main\.wasm sha384 [0-9a-f]{96}\n")

    def test_measures(self):
        first = self.measurement(STDIO)
        self.assertEqual(self.measurement(STDIO + "# a comment\n"), first)
        self.assertNotEqual(self.measurement(STDIO + '[env]\nA = "1"\n'), first)
        self.assertNotEqual(self.measurement(STDIO, "--backend", "nil"), first)

    def test_shows_changes(self):
        self.report(STDIO)
        report = self.dir / "report"
        report.write_text(report.read_text().replace("descriptor 0 stdin", "descriptor 0 stdout"))
        self.expect_line(self.keep("report", "check", "report"), 125, "the chain is broken")
        self.write("text", "text\n")
        self.expect_line(self.keep("report", "check", "text"), 125, "text: line 1")


if __name__ == "__main__":
    keeps.main()
