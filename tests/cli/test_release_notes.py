# SPDX-License-Identifier: Apache-2.0
"""aw release notes: what changed between two entries of a log."""
import awcli
from releases import ReleaseTest, sha256


class Notes(ReleaseTest):
    def setUp(self):
        super().setUp()
        self.publish("TRUSTED_OS", "1.0.0", envs=["DEBUG=1", "BEE=1"])
        self.publish("BOOTLOADER", "1.0.0")
        self.publish("TRUSTED_OS", "1.1.0", envs=["BEE=0", "NEW=`a|b`"])
        self.publish("BOOTLOADER", "1.0.1")

    def notes(self, *args, code=0):
        return self.json("release", "notes", *args, *self.place(), code=code)

    def field(self, document, name, kind="fields"):
        rows = [r for r in document[kind] if r["name"] == name]
        self.assertEqual(len(rows), 1, name)
        return rows[0]

    def test_two_releases(self):
        document = self.notes("0", "2")
        self.assertEqual(document["from"]["version"], "1.0.0")
        self.assertEqual(document["to"]["version"], "1.1.0")
        old = (self.dir / "trusted_os-1.0.0.img").read_bytes()
        new = (self.dir / "trusted_os-1.1.0.img").read_bytes()
        self.assertEqual(self.field(document, "firmware_sha256"), {
            "name": "firmware_sha256", "changed": True,
            "from": sha256(old), "to": sha256(new)})
        self.assertEqual(document["to"]["firmware_size"], str(len(new)))
        self.assertIs(self.field(document, "commit")["changed"], False)
        self.assertEqual(self.field(document, "BEE", "envs"), {
            "name": "BEE", "changed": True, "from": "1", "to": "0"})
        self.assertNotIn("from", self.field(document, "NEW", "envs"))
        self.assertNotIn("to", self.field(document, "DEBUG", "envs"))

    def test_markdown(self):
        run = self.ok("release", "notes", "0", "2", *self.place())
        lines = run.out.splitlines()
        self.assertEqual(lines[0], "# TRUSTED_OS `1.1.0`")
        self.assertIn("Changes since `1.0.0`.", lines)
        self.assertIn("| version | `1.0.0` | `1.1.0` |", lines)
        self.assertIn("| `BEE` | `1` | `0` |", lines)
        self.assertIn("| `DEBUG` | `1` | - |", lines)
        # Nothing in a manifest ends a cell or its code.
        self.assertIn("| `NEW` | - | `\\x60a\\x7cb\\x60` |", lines)
        self.assertIn("Unchanged: component, commit, tamago version, "
                      "schema version.", lines)
        self.assertRegex(run.out, r"(?m)^- origin: `example.com/firmware/ci`$")
        self.assertRegex(run.out, r"(?m)^- tree: 4 entries, root `.{44}`$")
        self.assertRegex(run.out, r"(?m)^- entry 2: .* signed by "
                         "`example.com-aw-os1-ci` and "
                         "`example.com-aw-os2-ci`$")
        self.assertEqual(self.notes("0", "2")["markdown"], run.out)
        self.assertEqual(self.notes("0", "2", "-o", "-")["markdown"], run.out)

    def test_previous(self):
        for index, before in (("2", "0"), ("3", "1")):
            document = self.notes(index)
            self.assertEqual(document["from"]["index"], before)
        document = self.notes("1")
        self.assertNotIn("from", document)
        self.assertTrue(all(r["changed"] for r in document["fields"]))
        self.assertIn("The first release in the log.", document["markdown"])
        self.assertIn("hab_signature_size", document["to"])

    def test_other_component(self):
        document = self.notes("1", "2")
        self.assertIs(self.field(document, "component")["changed"], True)
        self.assertIn("Changes since BOOTLOADER `1.0.0`.",
                      document["markdown"])
        # Back in time is as good.
        self.notes("2", "0")

    def test_signed(self):
        self.ok("release", "notes", "0", "2", *self.place(), self.key("os1"),
                "-o", "notes")
        plain = self.ok("release", "notes", "0", "2", *self.place()).out
        opened = self.ok("note", "verify", "notes", "--vkey=keys/os1.pub",
                         "--text")
        self.assertIn(plain, (self.dir / "notes").read_text())
        self.assertIn(plain, opened.out)
        self.fails(30, "release", "notes", "0", *self.place(), "-o", "notes")

    def test_without_artefacts(self):
        document = self.json("release", "notes", "2", "--log=log",
                             "--policy=./ci.policy")
        self.assertNotIn("firmware_size", document["to"])

    def test_refused(self):
        self.notes("4", code=11)
        self.notes("0", "4", code=11)
        self.notes("x", code=2)
        self.notes("0", "01", code=2)
        self.write("rubbish", "rubbish\n")
        self.ok("log", "add", "log", "rubbish")
        self.ok("log", "integrate", "log")
        self.ok("log", "sign", "log", self.key("log"))
        self.notes("4", code=10)
        victim = self.dir / "artefacts" / sha256(
            (self.dir / "trusted_os-1.1.0.img").read_bytes())
        victim.write_bytes(b"x")
        self.notes("2", code=10)
        victim.unlink()
        self.notes("2", code=20)


if __name__ == "__main__":
    awcli.main()
