# SPDX-License-Identifier: Apache-2.0
"""aw bundle: made from parts as upstream writes it, shown, verified."""
import base64
import json
import os
import shutil

import awcli
import release_log as log

GOB = awcli.VECTORS / "gob" / "ids64"
SLOT = {"BOOTLOADER": "boot", "TRUSTED_OS": "os-a", "TRUSTED_APPLET": "applet-a"}


def real_parts(position, *, checkpoint=log.REAL / "ci2-50.checkpoint"):
    """Options for entry 49 (position 0) or 48 (1) of ci/2."""
    entry = log.EXPECTED["entries"][position]
    return (["--checkpoint", checkpoint,
             "--manifest", log.REAL / entry["manifest"],
             "--index", entry["index"]] +
            ["--proof-hash=" + h for h in entry["inclusion_proof"]])


def parts(component):
    """Options for what a device of the synthetic log runs."""
    index = log.LEAF[component]
    return (["--checkpoint", log.SYNTHETIC / "log/checkpoint",
             "--manifest", log.leaf_path(index), "--index", index] +
            ["--proof-hash=" + h for h in log.proof(index)])


class Make(awcli.Test):
    def same(self, vector, *args):
        """Made from parts, with keys and without: the vector's bytes."""
        self.ok("bundle", "make", *args, "--out=made")
        self.assertEqual((self.dir / "made").read_bytes(), vector.read_bytes())
        (self.dir / "made").unlink()

    def test_real_record(self):
        place = ["--slot=applet-a", "--size=16961253"]
        self.same(GOB / "03-real-applet-ci2-49.gob", *real_parts(0), *place)
        self.same(GOB / "03-real-applet-ci2-49.gob", *real_parts(0), *place,
                  *log.REAL_TRUST)
        self.same(GOB / "03-real-applet-ci2-49.gob", *real_parts(0),
                  "--offset=1073782784", "--size=16961253")
        self.same(log.REAL / "ci2-49-applet.config.json", *real_parts(0),
                  *place, "--form=json")

    def test_real_file(self):
        self.same(GOB / "21-bundle-real-applet-ci2-49.gob", *real_parts(0),
                  "--form=file", *log.REAL_TRUST)

    def test_synthetic_records(self):
        for component in log.RUNNING:
            index = log.LEAF[component]
            args = parts(component) + ["--firmware", log.firmware(index)]
            if component == "BOOTLOADER":
                args += ["--hab-signature", log.hab_signature(index),
                         "--hab-target=ci"]
            self.same(log.config(component), *args,
                      "--slot=" + SLOT[component], *log.TRUST)

    def test_result(self):
        document = self.json("bundle", "make", *real_parts(0), "--out=b",
                             "--slot=applet-b", "--size=5", *log.REAL_TRUST)
        self.assertIs(document["verified"], True)
        self.assertEqual(document["file"], "b")
        self.assertEqual(document["record"]["place"], "applet slot B")
        self.assertEqual(document["firmware"], "not checked")
        document = self.json("bundle", "make", *real_parts(0), "--out=c",
                             "--form=file")
        self.assertIs(document["verified"], False)
        self.assertIn("no signature was checked", document["warnings"][0])

    def test_from_a_proof_file(self):
        source = log.SYNTHETIC / "log"
        trust = ["--origin=testlog", "--vkey=" + log.KEYS["log_vkey"]]
        self.ok("log", "prove", source, *trust, "--index=5", "--out=proof")
        args = ["--manifest", log.leaf_path(5), "--tlog-proof=proof",
                "--firmware", log.firmware(5), "--slot=os-a"]
        self.same(log.config("TRUSTED_OS"), *args)
        self.same(log.config("TRUSTED_OS"), *args, "--index=5")
        self.fails(2, "bundle", "make", *args, "--index=6", "--out=made")
        # Another checkpoint may take its place when the proof fits it.
        self.same(log.config("TRUSTED_OS"), *args, "--checkpoint",
                  source / "checkpoint.23")
        self.fails(12, "bundle", "make", *args, "--checkpoint",
                   source / "checkpoint.11", "--out=made")
        self.fails(30, "bundle", "make", "--manifest", log.leaf_path(5),
                   "--tlog-proof", source / "checkpoint", "--form=file",
                   "--out=made")

    def test_from_a_log(self):
        source = log.SYNTHETIC / "log"
        args = ["--manifest", log.leaf_path(22), "--firmware",
                log.firmware(22), "--slot=applet-a"]
        for place in (source, "file://%s/" % source):
            self.same(log.config("TRUSTED_APPLET"), *args, "--log", place,
                      *log.TRUST)
            self.same(log.config("TRUSTED_APPLET"), *args, "--log", place,
                      "--index=22", *log.TRUST)
        self.fails(11, "bundle", "make", *args, "--log", source, "--index=21",
                   *log.TRUST, "--out=made")
        self.fails(11, "bundle", "make", *args, "--log", source, "--index=23",
                   *log.TRUST, "--out=made")
        unlogged = self.write("m", log.leaf_path(22).read_bytes() + b"\n")
        self.fails(11, "bundle", "make", "--manifest", unlogged, "--form=file",
                   "--log", source, *log.TRUST, "--out=made")
        self.fails(2, "bundle", "make", *args, "--log", source, "--out=made")
        self.fails(2, "bundle", "make", *args, "--log", source, "--out=made",
                   "--origin=testlog")

    def test_older_checkpoint_of_a_log(self):
        copy = self.dir / "log"
        shutil.copytree(log.SYNTHETIC / "log", copy)
        self.ok("bundle", "make", "--manifest", log.leaf_path(5), "--form=file",
                "--log", copy, "--checkpoint", copy / "checkpoint.11",
                *log.TRUST, "--out=made")
        document = self.json("bundle", "show", "made")
        self.assertEqual(document["checkpoint"]["size"], "11")

    def test_embedded_image(self):
        index = log.LEAF["BOOTLOADER"]
        args = parts("BOOTLOADER") + ["--form=file", "--firmware",
                                      log.firmware(index), "--hab-signature",
                                      log.hab_signature(index)]
        self.ok("bundle", "make", *args, "--out=bare")
        self.ok("bundle", "make", *args, "--embed", "--out=full")
        document = self.json("bundle", "show", "full")
        self.assertEqual(document["firmware_bytes"], "28")
        self.assertEqual(document["hab_signature_bytes"], "54")
        self.assertNotIn("firmware_bytes", self.json("bundle", "show", "bare"))
        document = self.json("bundle", "verify", "full", *log.TRUST,
                             "--hab-target=ci")
        self.assertEqual(document["firmware"], "checked")
        self.assertEqual(document["hab_signature"], "checked")
        self.assertEqual(len(document["warnings"]), 1)  # no SRK hash
        self.fails(2, "bundle", "verify", "full", *log.TRUST, "--firmware",
                   log.firmware(index))
        data = bytearray((self.dir / "full").read_bytes())
        image = log.firmware(index).read_bytes()
        data[data.index(image)] ^= 1
        self.write("full", bytes(data))
        self.fails(10, "bundle", "verify", "full", *log.TRUST)

    def test_nothing_is_written_on_failure(self):
        index = log.LEAF["BOOTLOADER"]
        good = parts("BOOTLOADER") + ["--slot=boot", "--firmware",
                                      log.firmware(index)]
        wrong_proof = [a.replace("--proof-hash=+", "--proof-hash=A")
                       .replace("--proof-hash=V", "--proof-hash=A")
                       if isinstance(a, str) else a for a in good]
        self.assertNotEqual(good, wrong_proof)
        other = log.firmware(log.LEAF["TRUSTED_OS"])
        cases = [
            (12, wrong_proof),
            (12, good + ["--proof-hash=" + log.proof(5)[0]]),
            (10, good + ["--hab-signature", other]),
            (10, parts("TRUSTED_OS") + ["--firmware", log.firmware(5),
                                        "--slot=os-a", "--hab-signature",
                                        other]),
            (10, parts("BOOTLOADER") + ["--slot=boot", "--firmware", other]),
            (10, good + log.TRUST + ["--hab-target=prod"]),
            (12, good + [a.replace("testlog", "other") for a in log.TRUST]),
            (10, good + log.TRUST[:3]),
            (2, good + ["--size=28"]),
            (2, good[:-2]),
            (2, good + ["--offset=1024"]),
            (2, good + ["--embed"]),
            (2, good + ["--form=file"]),
            (2, good + ["--tlog-proof=x"]),
            (2, good + ["--log=x"]),
            (2, good + ["--form=tar"]),
            (2, good + ["--proof-hash=AAAA"]),
            (2, good + ["--vkey=" + log.KEYS["log_vkey"]]),
            (30, good + ["--hab-signature=absent"]),
        ]
        for code, args in cases:
            run = self.fails(code, "bundle", "make", *args, "--out=made")
            self.assertFalse((self.dir / "made").exists(), run)

    def test_index_beyond(self):
        args = parts("TRUSTED_OS") + ["--form=file", "--out=made"]
        args[args.index("--index") + 1] = "23"
        self.fails(11, "bundle", "make", *args)

    def test_places(self):
        """The map decides, for each component."""
        os_parts = parts("TRUSTED_OS")
        for place in ("boot", "applet-a", "os-c", ""):
            self.fails(2, "bundle", "make", *os_parts, "--slot", place,
                       "--size=5", "--out=made")
        for offset, size in (("1024", "5"), ("10526720", "0"),
                             ("10526720", "67108865"), ("10526719", "5"),
                             ("10526720", "-1"), ("-1", "5"), ("x", "5"),
                             ("9223372036854775808", "5"),
                             ("18446744073709551616", "5"),
                             ("10526720", "9223372036854775808")):
            self.fails(2, "bundle", "make", *os_parts, "--offset=" + offset,
                       "--size=" + size, "--out=made")
        self.ok("bundle", "make", *os_parts, "--slot=os-b", "--size=67108864",
                "--out=made")

    def test_recovery_has_no_record(self):
        args = ["--checkpoint", log.SYNTHETIC / "log/checkpoint", "--manifest",
                log.leaf_path(3), "--index=3"]
        args += ["--proof-hash=" + h for h in log.proof(3)]
        self.fails(2, "bundle", "make", *args, "--offset=1024", "--size=5",
                   "--out=made")
        self.ok("bundle", "make", *args, "--form=file", "--out=made")

    def test_never_overwrites(self):
        path = self.write("made", "precious")
        self.fails(30, "bundle", "make", *parts("TRUSTED_OS"), "--form=file",
                   "--out=made")
        self.assertEqual(path.read_text(), "precious")
        self.fails(30, "bundle", "make", *parts("TRUSTED_OS"), "--form=file",
                   "--out=no/such/folder")

    def test_too_long_for_a_record(self):
        """A checkpoint may have signatures without end; a record may not."""
        note = (log.SYNTHETIC / "log/checkpoint").read_bytes()
        line = "\u2014 %s %s\n" % ("w" * 200, base64.b64encode(bytes(3000))
                                   .decode())
        long = self.write("c", note + 12 * line.encode())
        args = parts("TRUSTED_OS")
        args[1] = long
        run = self.fails(30, "bundle", "make", *args, "--slot=os-a", "--size=5",
                         "--out=made")
        self.assertIn("40,960", run.err)
        self.ok("bundle", "make", *args, "--form=file", "--out=made")


class Show(awcli.Test):
    def test_says_not_verified(self):
        run = self.ok("bundle", "show", GOB / "03-real-applet-ci2-49.gob")
        self.assertTrue(run.out.startswith("NOT VERIFIED"), run)
        self.assertIn("nothing of this was checked", run.err)

    def test_all_forms_say_the_same(self):
        record = self.json("bundle", "show", GOB / "03-real-applet-ci2-49.gob")
        text = self.json("bundle", "show",
                         log.REAL / "ci2-49-applet.config.json")
        bundle = self.json("bundle", "show",
                           GOB / "21-bundle-real-applet-ci2-49.gob")
        older = self.json("bundle", "show", awcli.VECTORS / "gob" / "ids65" /
                          "03-real-applet-ci2-49.gob")
        self.assertEqual([d.pop("form") for d in (record, text, bundle, older)],
                         ["config", "json", "file", "config"])
        for document in (record, text, bundle, older):
            document.pop("warnings")
            self.assertIs(document["verified"], False)
        self.assertEqual(record, text)
        self.assertEqual(record, older)
        self.assertEqual(record.pop("record"),
                         {"offset": "1073782784", "size": "16961253",
                          "place": "applet slot A", "legacy_signatures": 0})
        self.assertEqual(record, bundle)
        self.assertEqual(record["index"], "49")
        self.assertEqual(record["proof"],
                         log.EXPECTED["entries"][0]["inclusion_proof"])
        self.assertEqual(record["manifest"]["component"], "TRUSTED_APPLET")

    def test_every_recorded_value(self):
        """Whatever the record holds: shown, or refused, never a crash."""
        shown = 0
        for path in sorted((awcli.VECTORS / "gob").rglob("*.gob")):
            run = self.aw("bundle", "show", path, "--json")
            self.assertIn(run.code, (0, 30), run)
            shown += run.code == 0
            self.document(run)
        self.assertGreater(shown, 30)

    def test_values(self):
        for name in ("02-offset-size", "10-offset-min", "09-index-max",
                     "11-signatures-2"):
            want = json.loads((awcli.VECTORS / "gob" / "values" /
                               (name + ".json")).read_text())
            got = self.json("bundle", "show", GOB / (name + ".gob"))
            self.assertEqual(got["record"]["offset"], want["Offset"])
            self.assertEqual(got["record"]["size"], want["Size"])
            self.assertEqual(got["record"]["legacy_signatures"],
                             len(want["Signatures"] or []))
            self.assertEqual(got["index"], want["LogIndex"])
            self.assertIn("problem", got["manifest"])

    def test_no_bundle(self):
        for data in (b"", b"{}", b"{", b"\0" * 512, b"x" * 50000,
                     (log.REAL / "ci2-50.checkpoint").read_bytes()):
            path = self.write("x", data)
            run = self.fails(30, "bundle", "show", path)
            self.assertIn("this is no proof bundle", run.err)
            self.fails(10, "bundle", "verify", path, *log.TRUST)
        self.fails(30, "bundle", "show", "absent")
        self.fails(30, "bundle", "show", ".")
        self.fails(2, "bundle", "show")

    def test_standard_input(self):
        data = (GOB / "03-real-applet-ci2-49.gob").read_bytes()
        self.assertEqual(self.json("bundle", "show", "-", stdin=data)["index"],
                         "49")

    def test_hostile_text_is_escaped(self):
        data = (GOB / "03-real-applet-ci2-49.gob").read_bytes()
        path = self.write("x", data.replace(b"\nPzrf", b"\x1bPzrf"))
        run = self.ok("bundle", "show", path)
        self.assertNotIn("\x1b", run.out + run.err)


if __name__ == "__main__":
    awcli.main()
