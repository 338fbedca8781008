# SPDX-License-Identifier: Apache-2.0
"""aw manifest: show and verify."""
import base64
import hashlib

import awcli

REAL = awcli.VECTORS / "aw-real"
OS = REAL / "ci2-48-os.manifest"
APPLET = REAL / "ci2-49-applet.manifest"


def os_keys():
    text = OS.read_text()
    return ["--vkey=" + line.split("=", 1)[1].split('"')[0]
            for line in text.splitlines() if "OS_PUBLIC_KEY" in line]


class Show(awcli.Test):
    def test_says_that_nothing_was_verified(self):
        run = self.ok("manifest", "show", OS)
        self.assertTrue(run.out.startswith("NOT VERIFIED"), run)
        self.assertIn("signatures were not checked", run.err)
        document = self.json("manifest", "show", OS)
        self.assertIs(document["verified"], False)
        self.assertIn("signatures were not checked", document["warnings"][0])
        leaf = base64.b64encode(
            hashlib.sha256(b"\0" + OS.read_bytes()).digest()).decode()
        self.assertEqual(document["leaf_hash"], leaf)
        self.assertEqual(len(document["signers"]), 2)

    def test_bare_text(self):
        text = OS.read_text().split("\n\n")[0] + "\n"
        path = self.write("bare.json", text)
        document = self.json("manifest", "show", path)
        self.assertNotIn("signers", document)
        self.assertIn("no signature", document["warnings"][0])
        self.assertEqual(document["component"], "TRUSTED_OS")

    def test_no_manifest(self):
        for data in (b"", b"{}", b"hello\n", b"\xff\xfe", b"{" * 1000):
            self.fails(30, "manifest", "show", "-", stdin=data)
        self.fails(30, "manifest", "show", "-", stdin=b" " * 65537)


class Verify(awcli.Test):
    def test_policy(self):
        for path in (OS, APPLET):
            document = self.json("manifest", "verify", path, "--policy=ci")
            self.assertIs(document["verified"], True)
            self.assertEqual(document["log"], "not checked")
            self.assertEqual(document["policy"]["from"], "built in")
        self.fails(12, "manifest", "verify", OS, "--policy=prod")

    def test_keys(self):
        keys = os_keys()
        self.assertEqual(len(keys), 2)
        self.ok("manifest", "verify", OS, *keys)
        self.ok("manifest", "verify", OS, keys[0])
        self.fails(12, "manifest", "verify", APPLET, *keys)

    def test_every_key_must_have_signed(self):
        text = OS.read_text()
        one = self.write("one", text[:text.rindex("\u2014")])
        self.fails(12, "manifest", "verify", one, *os_keys())
        self.fails(12, "manifest", "verify", one, "--policy=ci")

    def test_changed(self):
        data = bytearray(OS.read_bytes())
        data[100] ^= 1
        path = self.write("changed", bytes(data))
        run = self.aw("manifest", "verify", path, "--policy=ci")
        self.assertIn(run.code, (10, 12), run)
        self.assertEqual(run.out, "")

    def test_component_and_target(self):
        self.ok("manifest", "verify", OS, "--policy=ci",
                "--component=TRUSTED_OS")
        document = self.json("manifest", "verify", OS, "--policy=ci",
                             "--component=RECOVERY", code=10)
        self.assertIs(document["verified"], False)
        self.assertEqual(document["error"]["expected"], "RECOVERY")
        self.fails(2, "manifest", "verify", OS, "--policy=ci",
                   "--component=KERNEL")
        self.fails(2, "manifest", "verify", OS, "--policy=ci",
                   "--hab-target=ci")

    def test_usage(self):
        self.fails(2, "manifest", "verify", OS)
        self.fails(2, "manifest", "verify", OS, "--policy=ci", *os_keys())

    def test_named_policies(self):
        folder = self.dir / "home" / ".config" / "aw" / "policies"
        keys = [k.split("=", 1)[1] for k in os_keys()]
        text = "aw-policy 1\ncomponent TRUSTED_OS %s\n" % " ".join(keys)
        self.write(folder / "mine", text)
        document = self.json("manifest", "verify", OS, "--policy=mine")
        self.assertEqual(document["policy"]["from"], str(folder / "mine"))
        # A name is never a file of the current folder.
        self.write("here", text)
        self.fails(30, "manifest", "verify", OS, "--policy=here")
        self.ok("manifest", "verify", OS, "--policy=./here")
        bad = self.write("bad.policy", text + "unknown word\n")
        document = self.json("manifest", "verify", OS, "--policy", bad, code=30)
        self.assertIn("line 3", document["error"]["where"])


if __name__ == "__main__":
    awcli.main()
