# SPDX-License-Identifier: Apache-2.0
"""aw release show: what is there, and that nothing of it was changed."""
import base64
import pathlib
import shutil

import awcli
import ed25519
import logs
import releases
from releases import LAYOUTS, ReleaseTest


class Show(ReleaseTest):
    def test_list(self):
        self.publish("BOOTLOADER", "1.0.0")
        self.publish("TRUSTED_OS", "1.0.0")
        self.publish("TRUSTED_OS", "1.1.0")
        document = self.show()
        self.assertEqual(document["checked"], "no")
        rows = document["releases"]
        self.assertEqual([(r["component"], r["version"], r["latest"])
                          for r in rows],
                         [("BOOTLOADER", "1.0.0", True),
                          ("TRUSTED_OS", "1.0.0", False),
                          ("TRUSTED_OS", "1.1.0", True)])
        image = (self.dir / "bootloader-1.0.0.img").read_bytes()
        csf = (self.dir / "bootloader-1.0.0.csf").read_bytes()
        self.assertEqual(rows[0]["firmware"], {
            "sha256": releases.sha256(image), "size": str(len(image))})
        self.assertEqual(rows[0]["hab_signature"], {
            "sha256": releases.sha256(csf), "size": str(len(csf))})
        self.assertEqual(rows[0]["hab_target"], "ci")
        self.assertEqual(rows[0]["commit"], releases.COMMIT)
        self.assertEqual(rows[0]["toolchain"], "tamago 1.22.0")
        self.assertNotIn("hab_target", rows[1])
        checked = self.show("--check")
        self.assertEqual((checked["checked"], checked["artefacts_read"]),
                         ("passed", "4"))
        self.assertEqual(checked["releases"][0].pop("hab"), "not checked")
        self.assertEqual(checked["releases"], rows)

    def test_text(self):
        self.publish("TRUSTED_OS", "1.0.0")
        run = self.ok("release", "show", *self.place(), "--check")
        self.assertRegex(run.out, r"(?m)^checked: +passed$")
        self.assertRegex(run.out, r"(?m)^    latest: +yes$")

    def test_without_artefacts(self):
        self.publish("TRUSTED_OS", "1.0.0")
        document = self.json("release", "show", "--log=log",
                             "--policy=./ci.policy")
        self.assertNotIn("size", document["releases"][0]["firmware"])
        self.fails(2, "release", "show", "--log=log", "--policy=./ci.policy",
                   "--check")
        self.fails(2, "release", "show", "--policy=./ci.policy")
        self.fails(30, "release", "show", "--log=log", "--policy=./ci.policy",
                   "--artefacts=nowhere")

    def test_places_from_the_policy(self):
        self.publish("TRUSTED_OS", "1.0.0")
        text = (self.dir / "ci.policy").read_text().splitlines()
        text[1] += " file://%s/log/" % self.dir
        self.write("full.policy", "\n".join(text) + "\nbinaries file://%s/"
                   "artefacts/\n" % self.dir)
        document = self.json("release", "show", "--policy=./full.policy",
                             "--check")
        self.assertEqual(document["checked"], "passed")

    def test_over_http(self):
        self.fill()
        server = logs.Faultd(self, self.dir)
        document = self.json("release", "show", "--policy=./ci.policy",
                             "--check", "--log", server.url + "log",
                             "--artefacts", server.url + "artefacts")
        self.assertEqual(document["checked"], "passed")
        victim = next((self.dir / "artefacts").iterdir())
        victim.write_bytes(victim.read_bytes() + b"x")
        self.assertFound(10, victim.name,
                         log=server.url + "log",
                         artefacts=server.url + "artefacts")
        victim.unlink()
        self.assertFound(20, victim.name,
                         log=server.url + "log",
                         artefacts=server.url + "artefacts")

    def test_recorded_log(self):
        """The synthetic log of the vectors has every kind of bad entry."""
        import release_log
        self.write("test.policy", release_log.policy())
        place = ["--policy=./test.policy", "--log",
                 release_log.SYNTHETIC.resolve() / "log", "--artefacts",
                 release_log.SYNTHETIC.resolve() / "artefacts"]
        document = self.json("release", "show", *place)
        listed = self.json("log", "list", place[2], place[0])
        self.assertEqual((document["valid"], document["refused"]),
                         (listed["valid"], listed["refused"]))
        latest = {(r["component"], r["version"], r["index"])
                  for r in document["releases"] if r.get("latest")}
        self.assertEqual(latest, {(r["component"], r["version"], r["index"])
                                  for r in listed["latest"]})
        checked = self.json("release", "show", *place, "--check", code=10)
        refused = {f["subject"] for f in checked["findings"]
                   if f["subject"].startswith("entry ")}
        self.assertEqual(len(refused), int(listed["refused"]))

    def assertFound(self, code, name, log="log", artefacts="artefacts"):
        """--check ends with the code and names the file."""
        document = self.json("release", "show", "--log", log, "--artefacts",
                             artefacts, "--policy=./ci.policy", "--check",
                             code=code)
        text = " ".join(logs.subjects(document))
        self.assertIn(name, text)
        return document


def changes(data):
    """Ways to damage a file: bytes at its ends and in the middle, lengths."""
    n = len(data)
    for at in sorted({0, 1, n // 3, n // 2, n - 2, n - 1}):
        if 0 <= at < n:
            yield "byte %d" % at, data[:at] + bytes([data[at] ^ 1]) + \
                data[at + 1:]
    yield "cut", data[:-1]
    yield "empty", b""
    yield "longer", data + b"\n"
    yield "zeros", bytes(n)


class Tampered(ReleaseTest):
    """Every class of bytes, changed in every way."""

    def check(self, codes, path, what):
        run = self.aw("release", "show", *self.place(), "--check", "--json")
        self.assertIn(run.code, codes, (str(path), what, str(run)))
        document = self.document(run)
        subjects = " ".join(logs.subjects(document))
        # Without its last tile a log has no layout: there is no one name.
        if not (what == "removed" and "tile" in path.parts):
            self.assertIn(path.name, subjects, (what, str(run)))

    def tamper(self, path, codes):
        """Applies all changes to a file, one after the other."""
        whole = path.read_bytes()
        n = 0
        for what, data in changes(whole):
            path.write_bytes(data)
            self.check(codes, path, what)
            n += 1
        path.unlink()
        self.check((11, 12, 20), path, "removed")
        path.write_bytes(whole)
        self.show("--check")
        self.assertGreater(n, 6)

    def make_log(self, layout):
        shutil.rmtree(self.dir / "log")
        shutil.rmtree(self.dir / "artefacts", ignore_errors=True)
        self.forget()
        self.init_log(layout=layout)
        self.publish("BOOTLOADER", "1.0.0")
        self.publish("TRUSTED_OS", "1.0.0")
        self.publish("TRUSTED_APPLET", "1.0.0")
        self.show("--check")

    def test_artefacts(self):
        self.make_log("tiles")
        files = sorted((self.dir / "artefacts").iterdir())
        self.assertEqual(len(files), 4)
        for path in files:
            self.tamper(path, (10,))

    def test_swapped_artefacts(self):
        self.make_log("serverless")
        a, b = sorted((self.dir / "artefacts").iterdir())[:2]
        one, two = a.read_bytes(), b.read_bytes()
        a.write_bytes(two)
        b.write_bytes(one)
        document = self.show("--check", code=10)
        self.assertEqual({pathlib.Path(s).name
                          for s in logs.subjects(document)}, {a.name, b.name})
        self.assertEqual(document["checked"], "failed")
        self.assertEqual(len(document["releases"]), 3)

    def test_entries(self):
        """Text, signature and end of each leaf, by its own file."""
        self.make_log("serverless")
        for index in range(3):
            self.tamper(self.dir / "log" / logs.seq_path(index), (10,))

    def test_leaf_index(self):
        self.make_log("serverless")
        for index in range(3):
            path = self.dir / "log" / logs.leaf_path(self.leaf(index))
            whole = path.read_bytes()
            for what, data in (("other", b"%x" % ((index + 1) % 3)),
                               ("beyond", b"7"), ("rubbish", b"x"),
                               ("empty", b"")):
                path.write_bytes(data)
                self.check((10, 11), path, what)
            path.unlink()
            self.check((11,), path, "removed")
            path.write_bytes(whole)
        self.show("--check")

    def test_tiles(self):
        self.make_log("serverless")
        path = self.dir / "log/tile/00/0000/00/00/00.03"
        whole = path.read_bytes()
        for at in range(0, len(whole), 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) +
                             whole[at + 1:])
            self.check((10,), path, at)
        path.write_bytes(whole)
        self.make_log("tiles")
        self.tamper(self.dir / "log/tile/0/000.p/3", (10,))
        self.tamper(self.dir / "log/tile/entries/000.p/3", (10,))

    def applets(self, n):
        """Signed manifests of one applet in many versions."""
        line = (self.dir / "keys/applet.sec").read_text().strip()
        name, ident, key = line[len("PRIVATE+KEY+"):].split("+", 2)
        seed = base64.b64decode(key)[1:]
        self.write("artefacts/" + releases.sha256(b"x"), "x")
        for i in range(n):
            text = self.manifest("TRUSTED_APPLET", "1.0.%d" % i, b"x")
            blob = bytes.fromhex(ident) + ed25519.sign(seed, text.encode())
            yield "%s\n\u2014 %s %s\n" % (text, name,
                                         base64.b64encode(blob).decode())

    def test_as_the_audit(self):
        """A full tile, and partial ones that no tree asks for any more: both
        commands name the file, and neither says more than that."""
        notes = list(self.applets(258))
        for layout, full, old in (
                ("tiles", "tile/0/000", "tile/0/001.p/1"),
                ("tiles", "tile/entries/000", "tile/entries/001.p/1"),
                ("serverless", "tile/00/0000/00/00/00",
                 "tile/00/0000/00/00/01.01")):
            shutil.rmtree(self.dir / "log")
            self.forget()
            self.init_log(layout=layout)
            for first, last in ((0, 257), (257, 258)):
                names = [self.write("n%d" % i, notes[i]).name
                         for i in range(first, last)]
                self.ok("log", "add", "log", *names)
                self.ok("log", "integrate", "log")
                self.ok("log", "sign", "log", self.key("log"))
            self.assertEqual(self.show("--check")["valid"], "258")
            for name in (full, old):
                path = self.dir / "log" / name
                whole = path.read_bytes()
                path.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) +
                                 whole[21:])
                shown = self.show("--check", code=10)
                audit = self.json("log", "audit", "log",
                                  "--policy=./ci.policy", code=10)
                self.assertEqual([f["code"] for f in shown["findings"]],
                                 [f["code"] for f in audit["findings"]])
                for document in (shown, audit):
                    self.assertIn(name, logs.subjects(document)[0])
                path.write_bytes(whole)

    def test_checkpoint(self):
        for layout in LAYOUTS:
            self.make_log(layout)
            self.tamper(self.dir / "log/checkpoint", (12, 20))

    def test_older_checkpoint(self):
        """A rollback of the log, by files that are all genuine."""
        self.make_log("serverless")
        shutil.copytree(self.dir / "log", self.dir / "old", symlinks=True)
        self.publish("TRUSTED_OS", "1.1.0")
        self.show("--check", log="old", code=12)
        self.forget()
        self.show("--check", log="old")

    def test_other_files(self):
        self.make_log("serverless")
        self.write("artefacts/README", "not ours")
        stray = self.write("artefacts/" + releases.sha256(b"x"), "x")
        document = self.show("--check")
        self.assertEqual(document["unnamed_files"], "2")
        self.assertEqual(len([w for w in document["warnings"]
                              if "no release names" in w]), 2)
        stray.write_bytes(b"y")
        self.check((10,), stray, "unnamed")
        stray.unlink()
        self.write("artefacts/.aw-0123.tmp", "left over")
        self.assertEqual(self.show("--check")["unnamed_files"], "2")
        self.publish("TRUSTED_OS", "3.0.0")
        self.assertEqual(self.show("--check")["unnamed_files"], "1")

    def test_entry_that_is_no_release(self):
        """Proven to be in the log, but nobody's release."""
        self.make_log("serverless")
        text = self.manifest("TRUSTED_OS", "9.0.0", b"evil")
        self.write("evil.json", text)
        self.ok("note", "sign", "evil.json", self.key("os1"), "-o", "evil")
        self.write("rubbish", "rubbish\n")
        self.ok("log", "add", "log", "evil", "rubbish")
        self.ok("log", "integrate", "log")
        self.ok("log", "sign", "log", self.key("log"))
        document = self.show()
        self.assertEqual((document["valid"], document["refused"]),
                         ("3", "2"))
        document = self.show("--check", code=10)
        self.assertEqual(logs.subjects(document), ["entry 3", "entry 4"])


if __name__ == "__main__":
    awcli.main()
