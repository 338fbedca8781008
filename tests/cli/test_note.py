# SPDX-License-Identifier: Apache-2.0
"""aw note: keys, signing, verifying."""
import base64
import json
import os
import re
import stat

import awcli

NOTES = awcli.VECTORS / "note"
# What upstream says, and the exit code of ours.
EXIT = {"ok": 0, "malformed": 10, "invalid-signature": 12,
        "no-known-signature": 12}


class Key(awcli.Test):
    def test_generate(self):
        document = self.json("note", "key", "generate", "example.com/log 1"
                             .replace(" ", "-"))
        self.assertEqual(document["secret_file"], "example.com_log-1.sec")
        secret = self.dir / document["secret_file"]
        public = self.dir / document["public_file"]
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        self.assertEqual(public.read_text(), document["vkey"] + "\n")
        self.assertRegex(secret.read_text(),
                         r"^PRIVATE\+KEY\+example\.com/log-1\+[0-9a-f]{8}\+")
        checked = self.json("note", "key", "check", secret, public,
                            document["vkey"])
        self.assertEqual(checked["files_checked"], 3)

    def test_never_overwrites(self):
        self.ok("note", "key", "generate", "bob")
        before = (self.dir / "bob.sec").read_bytes()
        self.fails(30, "note", "key", "generate", "bob")
        self.assertEqual((self.dir / "bob.sec").read_bytes(), before)
        (self.dir / "bob.pub").unlink()
        self.fails(30, "note", "key", "generate", "bob")
        self.assertFalse((self.dir / "bob.pub").exists())

    def test_bad_name(self):
        for name in ("", "a b", "a+b", "a\u2003b", "x" * 256):
            self.fails(2, "note", "key", "generate", name)

    def test_hidden_and_parent_names(self):
        self.ok("note", "key", "generate", "../../.x")
        self.assertTrue((self.dir / "_._.._.x.sec").exists() or
                        (self.dir / "_.._.._.x.sec").exists() or
                        list(self.dir.glob("_*.sec")))

    def test_show_never_prints_the_secret(self):
        self.ok("note", "key", "generate", "bob")
        secret = (self.dir / "bob.sec").read_text().strip().split("+", 4)[4]
        for args in ([], ["--json"], ["-v=9"]):
            run = self.ok("note", "key", "show", "bob.sec", *args)
            self.assertNotIn(secret, run.out + run.err)
            self.assertIn((self.dir / "bob.pub").read_text().strip(), run.out)

    def test_secret_on_the_command_line(self):
        self.ok("note", "key", "generate", "bob")
        secret = (self.dir / "bob.sec").read_text().strip()
        run = self.fails(2, "note", "key", "show", secret)
        self.assertNotIn(secret, run.err)

    def test_readable_by_others(self):
        self.ok("note", "key", "generate", "bob")
        self.write("t", "text\n")
        for mode in (0o640, 0o604, 0o620, 0o602):
            os.chmod(self.dir / "bob.sec", mode)
            run = self.fails(30, "note", "sign", "--key=bob.sec", "t")
            self.assertIn("chmod 600", run.err)
            self.assertEqual(run.out, "")
            self.fails(30, "note", "key", "check", "bob.sec")

    def test_check_finds_another_key(self):
        self.ok("note", "key", "generate", "bob")
        self.ok("note", "key", "generate", "eve")
        self.fails(30, "note", "key", "check", "bob.sec", "eve.pub")

    def test_vkey_vectors(self):
        differ = set()
        for case in json.loads((NOTES / "vkey-cases.json").read_text()):
            path = self.write("k.pub", case["Key"])
            run = self.aw("note", "key", "check", path)
            self.assertIn(run.code, (0, 30), run)
            if (run.code == 0) != case["Ok"]:
                differ.add(case["Why"])
        self.assertEqual(differ, awcli.compat("Keys"))


class Sign(awcli.Test):
    def setUp(self):
        super().setUp()
        self.ok("note", "key", "generate", "alice")
        self.ok("note", "key", "generate", "bob")
        self.write("t", "text\n")

    def test_sign_and_verify(self):
        self.ok("note", "sign", "t", "--key=alice.sec", "--output=n")
        run = self.ok("note", "verify", "n", "--vkey=alice.pub", "--text")
        self.assertEqual(run.out, "text\n")
        document = self.json("note", "verify", "n", "--vkey=alice.pub")
        self.assertEqual(document["text"], "text\n")
        self.assertEqual(document["signatures"][0]["status"], "verified")

    def test_standard_streams(self):
        note = self.ok("note", "sign", "-", "--key=alice.sec", stdin=b"x\n")
        run = self.ok("note", "verify", "-", "--vkey=alice.pub", "--text",
                      stdin=note.out_bytes)
        self.assertEqual(run.out_bytes, b"x\n")
        self.assertEqual(self.ok("note", "sign", "-", "--key=alice.sec",
                                 "--output=-", stdin=b"x\n").out, note.out)

    def test_countersign_keeps_the_order(self):
        self.ok("note", "sign", "t", "--key=alice.sec", "-o", "n")
        self.ok("note", "sign", "n", "--key=bob.sec", "--countersign",
                "--vkey=alice.pub", "-o", "m")
        text = (self.dir / "m").read_text()
        self.assertEqual(re.findall("^\u2014 ([a-z]+) ", text, re.M),
                         ["alice", "bob"])
        self.assertTrue(text.startswith((self.dir / "n").read_text()))
        document = self.json("note", "verify", "m", "--vkey=bob.pub",
                             "--vkey=alice.pub")
        self.assertEqual(document["keys_verified"], 2)

    def test_countersign_verifies_first(self):
        self.ok("note", "sign", "t", "--key=alice.sec", "-o", "n")
        self.write("n", (self.dir / "n").read_text().replace("text", "Text"))
        self.fails(12, "note", "sign", "n", "--key=bob.sec", "--countersign",
                   "--vkey=alice.pub", "-o", "m")
        self.assertFalse((self.dir / "m").exists())
        self.fails(12, "note", "sign", "n", "--key=bob.sec", "--countersign",
                   "--vkey=bob.pub")

    def test_usage(self):
        self.fails(2, "note", "sign", "t", "--key=bob.sec", "--countersign")
        self.fails(2, "note", "sign", "t", "--key=bob.sec", "--vkey=bob.pub")
        self.fails(2, "note", "sign", "t", "--key=bob.sec", "--time=5")
        self.fails(30, "note", "sign", "t", "--key=bob.pub")
        self.fails(30, "note", "sign", "t", "--key=pkcs11:token=x")

    def test_note_is_not_signed_as_text(self):
        self.ok("note", "sign", "t", "--key=alice.sec", "-o", "n")
        run = self.fails(30, "note", "sign", "n", "--key=bob.sec")
        self.assertIn("--countersign", run.err)

    def test_text_must_end_in_a_line_feed(self):
        self.fails(30, "note", "sign", "--key=bob.sec", "-", stdin=b"x")

    def test_too_long(self):
        for size, code in ((1 << 20, 30), ((1 << 20) + 1, 30),
                           ((1 << 20) - 200, 0)):
            run = self.aw("note", "sign", "--key=bob.sec", "-",
                          stdin=b"x" * (size - 1) + b"\n")
            self.assertEqual(run.code, code, run.err)
            self.assertEqual(run.out == "", code != 0)

    def test_never_overwrites(self):
        self.fails(30, "note", "sign", "--key=bob.sec", "t", "-o", "t")
        self.assertEqual((self.dir / "t").read_text(), "text\n")

    def test_cosign(self):
        root = base64.b64encode(bytes(32)).decode()
        self.write("c", "example.com/log\n1\n%s\n" % root)
        self.ok("note", "sign", "c", "--key=alice.sec", "-o", "n")
        self.ok("note", "sign", "n", "--key=bob.sec", "--cosign",
                "--countersign", "--vkey=alice.pub", "--time=1700000000", "-o",
                "m")
        document = self.json("note", "verify", "m", "--vkey=alice.pub",
                             "--witness=bob.pub")
        self.assertEqual(document["signatures"][1]["time"], "1700000000")
        self.assertEqual(document["signatures"][1]["type"],
                         "ed25519-cosignature")
        run = self.ok("note", "verify", "m", "--vkey=alice.pub",
                      "--witness=bob.pub")
        self.assertRegex(run.out, r"time: +2023-11-14T22:13:20Z\n")
        self.fails(12, "note", "verify", "m", "--vkey=bob.pub")
        self.fails(30, "note", "sign", "t", "--key=bob.sec", "--cosign")


class Verify(awcli.Test):
    def test_each_key_must_have_signed(self):
        self.ok("note", "key", "generate", "alice")
        self.ok("note", "key", "generate", "bob")
        self.write("t", "text\n")
        self.ok("note", "sign", "t", "--key=alice.sec", "-o", "n")
        keys = ["--vkey=alice.pub", "--vkey=bob.pub"]
        document = self.json("note", "verify", "n", *keys, code=12)
        self.assertIs(document["verified"], False)
        self.assertNotIn("text", document)
        self.assertEqual(document["error"]["code"], "ERR_NO_SIG")
        self.assertIn("bob+", document["error"]["expected"])
        self.ok("note", "verify", "n", "--any", *keys)
        run = self.fails(12, "note", "verify", "n", "--text", *keys)
        self.assertEqual(run.out, "")
        self.fails(2, "note", "verify", "n", "--vkey=bob.pub", "--vkey=bob.pub")
        self.fails(2, "note", "verify", "n")

    def test_vectors(self):
        cases = json.loads((NOTES / "open-cases.json").read_text())
        ran = 0
        differ = set()
        for case in cases:
            keys = case["keys"]
            want = case["result"]
            if want not in EXIT or not keys or len(set(keys)) < len(keys):
                continue
            data = base64.b64decode(case["msg_b64"])
            path = self.write("note", data)
            run = self.aw("note", "verify", path, "--any",
                          *["--vkey=" + k for k in keys])
            self.assertIn(run.code, EXIT.values(), run)
            if run.code != EXIT[want]:
                differ.add(case["Name"])
            ran += 1
        self.assertGreater(ran, 30)
        self.assertEqual(differ, awcli.compat("Notes"))


if __name__ == "__main__":
    awcli.main()
