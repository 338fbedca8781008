# SPDX-License-Identifier: Apache-2.0
"""aw verify --bundle: real and synthetic evidence, and every way to alter
it. Images are in test_verify_image*.py."""
import base64
import json
import pathlib
import shutil

import awcli
import device_image as device
import log_builder
import release_log as log

GOB = awcli.VECTORS / "gob" / "ids64"
RECORD = GOB / "03-real-applet-ci2-49.gob"
JSON = log.REAL / "ci2-49-applet.config.json"


class Real(awcli.Test):
    """The bundle of a real device: entry 49 of the log ci/2."""

    def test_every_form(self):
        for path, form in ((RECORD, "config"), (JSON, "json"),
                           (GOB / "21-bundle-real-applet-ci2-49.gob", "file"),
                           (awcli.VECTORS / "gob" / "ids65" / RECORD.name,
                            "config")):
            for command in (["verify", "--bundle"], ["bundle", "verify"]):
                document = self.json(*command, path, *log.REAL_TRUST)
                self.assertIs(document["verified"], True)
                self.assertEqual(document["form"], form)
                self.assertEqual(document["component"], "TRUSTED_APPLET")
                self.assertEqual(document["log"]["index"], "49")
                self.assertEqual(document["log"]["size"], "50")
                self.assertEqual(document["log"]["inclusion"], "checked")
                self.assertEqual(document["log"]["leaf_hash"],
                                 log.EXPECTED["entries"][0]["leaf_hash"])
                # Nobody has the image any more, and the result says so.
                self.assertEqual(document["firmware"], "not checked")
                self.assertIn("the image itself was not checked",
                              document["warnings"][0])

    def test_text_says_the_same(self):
        run = self.ok("verify", "--bundle", RECORD, *log.REAL_TRUST)
        self.assertTrue(run.out.startswith("verified:               yes\n"),
                        run)
        self.assertIn("firmware:               not checked\n", run.out)
        self.assertIn("the image itself was not checked", run.err)

    def test_standard_input_and_padding(self):
        data = RECORD.read_bytes()
        self.ok("verify", "--bundle=-", *log.REAL_TRUST, stdin=data)
        self.ok("verify", "--bundle=-", *log.REAL_TRUST,
                stdin=data + bytes(40960 - len(data)))

    def test_aliases_of_upstream(self):
        self.ok("verify", "--bundle", RECORD,
                "--firmware_log_origin=" + log.EXPECTED["origin"],
                "--firmware_log_verifier=" + log.EXPECTED["log_vkey"],
                "-applet_verifier=" + log.CI["applet_verifier"])
        self.ok("verify", "--bundle", RECORD,
                "--log_origin", log.EXPECTED["origin"],
                "--log_pubkey", log.EXPECTED["log_vkey"],
                "--applet_pubkey", log.CI["applet_verifier"])

    def test_built_in_policy_is_of_another_log(self):
        run = self.fails(12, "verify", "--bundle", RECORD, "--template=ci")
        self.assertIn("ftlog-ci-4", run.err)
        self.assertIn("ftlog-ci-2", run.err)

    def os_bundle(self, manifest):
        entry = log.EXPECTED["entries"][1]
        args = ["--proof-hash=" + h for h in entry["inclusion_proof"]]
        self.ok("bundle", "make", "--form=file", "--out=os.bundle",
                "--checkpoint", log.REAL / "ci2-50.checkpoint",
                "--manifest", manifest, "--index=48", *args)
        return self.dir / "os.bundle"

    def test_release_of_the_os(self):
        """Entry 48 has two signatures, and both are needed."""
        path = self.os_bundle(log.REAL / "ci2-48-os.manifest")
        document = self.json("verify", "--bundle", path, *log.REAL_TRUST)
        self.assertEqual(document["component"], "TRUSTED_OS")
        self.assertEqual(document["log"]["index"], "48")
        # Half of the keys would prove half of it.
        run = self.fails(2, "verify", "--bundle", path, *log.REAL_TRUST[:-1])
        self.assertIn("belong together", run.err)
        # Another first key: the required signature is missing.
        self.fails(10, "verify", "--bundle", path, *log.REAL_TRUST[:3],
                   "--os-verifier-1=" + log.KEYS["os1_vkey"],
                   log.REAL_TRUST[4])
        self.fails(10, "verify", "--bundle", path, *log.REAL_TRUST[:3])

    def test_one_signature_of_the_os_removed(self):
        note = (log.REAL / "ci2-48-os.manifest").read_bytes()
        lines = note.split(b"\n\n")[1].splitlines(True)
        self.assertEqual(len(lines), 2)
        document = json.loads(JSON.read_text())
        proof = log.EXPECTED["entries"][1]["inclusion_proof"]
        document["Bundle"].update(LogIndex=48, InclusionProof=proof)
        for line in lines:
            less = note.replace(line, b"")
            document["Bundle"]["Manifest"] = base64.b64encode(less).decode()
            path = self.write("less.json", json.dumps(document))
            self.fails(10, "verify", "--bundle", path, *log.REAL_TRUST)

    def test_bytes_altered(self):
        """No byte of the evidence can change and leave the bundle good.
        Offset and size are no evidence, and no part of the proof."""
        data = RECORD.read_bytes()
        head = len(device.TYPES)
        places = data.index(b"transparency.dev/armored")
        for at in list(range(0, head, 29)) + list(range(head, len(data), 17)):
            changed = bytearray(data)
            changed[at] ^= 1 << at % 7
            run = self.aw("verify", "--bundle=-", *log.REAL_TRUST,
                          stdin=bytes(changed))
            allowed = (10, 11, 12)
            # Names of types do not count, nor where the image is.
            if at < places or at == len(data) - 1:
                allowed += (0,)
            self.assertIn(run.code, allowed, "byte %d: %s" % (at, run))

    def test_every_length(self):
        data = RECORD.read_bytes()
        for n in list(range(0, len(data) - 2, 61)):
            self.fails(10, "verify", "--bundle=-", *log.REAL_TRUST,
                       stdin=data[:n])


class Altered(awcli.Test):
    """Synthetic releases with their images."""

    def setUp(self):
        super().setUp()
        self.boot = log.LEAF["BOOTLOADER"]

    def verify(self, code, path, *args, trust=log.TRUST):
        run = self.aw("verify", "--bundle", path, *args, *trust, "--json")
        document = self.document(run)
        self.assertEqual(run.code, code, run)
        self.assertIs(document["verified"], code == 0)
        return document

    def boot_files(self):
        return ["--firmware", log.firmware(self.boot), "--hab-signature",
                log.hab_signature(self.boot)]

    def document_of(self, component):
        """The record as upstream's JSON, to be altered."""
        bundle = log.SYNTHETIC / "log/checkpoint"
        index = log.LEAF[component]
        self.ok("bundle", "make", "--checkpoint", bundle, "--manifest",
                log.leaf_path(index), "--index", index, "--form=json",
                "--offset=%d" % device.start(device.PLACE[component]),
                "--firmware", log.firmware(index), "--out=made.json",
                *["--proof-hash=" + h for h in log.proof(index)])
        text = (self.dir / "made.json").read_text()
        (self.dir / "made.json").unlink()
        return json.loads(text)

    def test_all_checked(self):
        document = self.verify(0, log.config("BOOTLOADER"),
                               *self.boot_files(), "--hab-target=ci")
        self.assertEqual(document["firmware"], "checked")
        self.assertEqual(document["hab_signature"], "checked")
        self.assertEqual(document["hab"], "not checked")
        self.assertEqual(document["hab_target"], "ci")
        self.assertEqual(len(document["warnings"]), 1)  # no SRK hash

    def test_what_was_not_checked(self):
        document = self.verify(0, log.config("BOOTLOADER"))
        self.assertEqual(document["firmware"], "not checked")
        self.assertEqual(document["hab_signature"], "not checked")
        warnings = "\n".join(document["warnings"])
        for what in ("--firmware", "--hab-signature", "--hab-target"):
            self.assertIn(what, warnings)

    def test_image_and_hab_signature(self):
        os_image = log.firmware(log.LEAF["TRUSTED_OS"])
        boot = log.config("BOOTLOADER")
        document = self.verify(10, boot, "--firmware", os_image)
        self.assertEqual(document["stopped_at"], "firmware")
        self.assertIn("SHA-256", document["error"]["expected"])
        image = log.firmware(self.boot).read_bytes()
        for changed in (image[:-1], image + b"\0", b"",
                        bytes([image[0] ^ 1]) + image[1:]):
            self.verify(10, boot, "--firmware", self.write("image", changed))
        signature = log.hab_signature(self.boot).read_bytes()
        for changed in (signature[:-1], signature + b"\0", b"", image):
            document = self.verify(10, boot, "--hab-signature",
                                   self.write("csf", changed))
            self.assertEqual(document["stopped_at"], "hab-signature")
        # No HAB signature belongs to an OS.
        self.verify(10, log.config("TRUSTED_OS"), "--hab-signature", os_image)
        self.fails(30, "verify", "--bundle", boot, *log.TRUST,
                   "--firmware=absent")

    def test_record_gives_another_size(self):
        """The device would load other bytes than those that are logged."""
        made = self.document_of("TRUSTED_OS")
        made["Size"] += 1
        path = self.write("x.json", json.dumps(made))
        document = self.verify(10, path, "--firmware",
                               log.firmware(log.LEAF["TRUSTED_OS"]))
        self.assertIn("another size", document["error"]["what"])
        self.verify(0, path)

    def test_record_points_elsewhere(self):
        made = self.document_of("TRUSTED_OS")
        for offset in (0, 1024, -1, made["Offset"] + 512, 2**62):
            made["Offset"] = offset
            document = self.verify(10, self.write("x.json", json.dumps(made)))
            self.assertIn("where its image may not lie",
                          document["error"]["what"])

    def test_index(self):
        made = self.document_of("TRUSTED_OS")
        for index, code in ((6, 12), (4, 12), (22, 12), (23, 11),
                            (2**64 - 1, 11)):
            made["Bundle"]["LogIndex"] = index
            document = self.verify(code, self.write("x.json",
                                                    json.dumps(made)))
            self.assertEqual(document["stopped_at"], "inclusion")

    def test_proof(self):
        made = self.document_of("TRUSTED_OS")
        proof = made["Bundle"]["InclusionProof"]
        zero = base64.b64encode(bytes(32)).decode()
        for other in ([], None, proof[:-1], proof + [zero], proof[1:],
                      proof[::-1], [zero] + proof[1:]):
            made["Bundle"]["InclusionProof"] = other
            self.verify(12, self.write("x.json", json.dumps(made)))
        for hash_n in (0, 31, 33):
            made["Bundle"]["InclusionProof"] = (
                [base64.b64encode(bytes(hash_n)).decode()] + proof[1:])
            self.fails(10, "verify", *log.TRUST, "--bundle",
                       self.write("x.json", json.dumps(made)))

    def test_every_character_of_the_notes(self):
        """Checkpoint and manifest, text and signatures."""
        made = self.document_of("TRUSTED_OS")
        for part, codes, step in (("Checkpoint", (12,), 11),
                                  ("Manifest", (10,), 41)):
            data = base64.b64decode(made["Bundle"][part])
            for at in range(0, len(data), step):
                changed = bytearray(data)
                changed[at] ^= 1
                altered = json.loads(json.dumps(made))
                altered["Bundle"][part] = base64.b64encode(changed).decode()
                document = self.document(
                    self.aw("verify", "--json", *log.TRUST, "--bundle=-",
                            stdin=json.dumps(altered).encode()))
                self.assertIn(document["exit"], codes, (part, at, document))

    def test_another_checkpoint(self):
        made = self.document_of("TRUSTED_OS")
        for name in ("checkpoint.11", "checkpoint.4", "checkpoint.0"):
            data = (log.SYNTHETIC / "log" / name).read_bytes()
            made["Bundle"]["Checkpoint"] = base64.b64encode(data).decode()
            code = 11 if name in ("checkpoint.4", "checkpoint.0") else 12
            self.verify(code, self.write("x.json", json.dumps(made)))

    def test_line_added_to_the_manifest(self):
        """Signature lines of strangers change nothing but the leaf."""
        made = self.document_of("TRUSTED_OS")
        data = base64.b64decode(made["Bundle"]["Manifest"])
        data += "\u2014 someone AAAAAAAA\n".encode()
        made["Bundle"]["Manifest"] = base64.b64encode(data).decode()
        self.verify(12, self.write("x.json", json.dumps(made)))

    def test_line_added_to_the_checkpoint(self):
        """That is what witnesses do."""
        made = self.document_of("TRUSTED_OS")
        data = base64.b64decode(made["Bundle"]["Checkpoint"])
        data += "\u2014 someone AAAAAAAA\n".encode()
        made["Bundle"]["Checkpoint"] = base64.b64encode(data).decode()
        self.verify(0, self.write("x.json", json.dumps(made)))

    def test_origin_and_log_key(self):
        path = log.config("TRUSTED_OS")
        document = self.verify(12, path, trust=["--origin=other"] +
                               log.TRUST[1:])
        self.assertEqual(document["error"]["code"], "ERR_ORIGIN")
        self.assertIn("testlog", document["error"]["got"])
        document = self.verify(12, path, trust=[
            "--origin=testlog", "--vkey=" + log.EXPECTED["log_vkey"]] +
            log.TRUST[2:])
        self.assertEqual(document["error"]["code"], "ERR_NO_SIG")

    def test_component(self):
        for component in log.RUNNING:
            self.verify(0, log.config(component), "--component=" + component)
        document = self.verify(10, log.config("TRUSTED_OS"),
                               "--component=TRUSTED_APPLET")
        self.assertEqual(document["stopped_at"], "policy")
        self.assertEqual(document["error"]["expected"], "TRUSTED_APPLET")
        self.assertEqual(document["error"]["got"], "TRUSTED_OS")
        self.fails(2, "verify", "--bundle", log.config("TRUSTED_OS"),
                   *log.TRUST, "--component=OS")

    def test_component_without_key(self):
        self.verify(10, log.config("TRUSTED_OS"), trust=log.TRUST[:4])

    def test_hab_target(self):
        document = self.verify(10, log.config("BOOTLOADER"),
                               "--hab-target=prod")
        self.assertEqual(document["error"]["expected"], "HAB target prod")
        self.assertEqual(document["error"]["got"], "HAB target ci")
        # Only the boot ROM's components have one.
        self.verify(0, log.config("TRUSTED_OS"), "--hab-target=prod")

    def test_least_version(self):
        path = log.config("TRUSTED_OS")
        for version in ("0.2.0", "0.2.0-incompatible", "0.1.9", "0.2.0+x"):
            self.verify(0, path, "--least-version=" + version)
        for version in ("0.2.1", "1.0.0-x", "0.10.0"):
            document = self.verify(10, path, "--least-version=" + version)
            self.assertIn(version, document["error"]["expected"])
            self.assertIn("0.2.0", document["error"]["got"])
        for version in ("", "v0.2.0", "1.2", "x"):
            self.fails(2, "verify", "--bundle", path, *log.TRUST,
                       "--least-version=" + version)

    def test_policy_file(self):
        path = self.write("p", log.policy())
        self.ok("verify", "--bundle", log.config("BOOTLOADER"), "--policy=./p")
        self.fails(10, "verify", "--bundle", log.config("BOOTLOADER"),
                   "--policy", self.write("q", log.policy("prod")))
        for option in ("--origin=testlog", log.TRUST[1], log.TRUST[2],
                       log.TRUST[3], log.TRUST[4], log.TRUST[5], log.TRUST[6],
                       "--hab-target=ci", "--template=ci"):
            for policy in ("--policy=%s" % path, "--template=ci"):
                self.fails(2, "verify", "--bundle", log.config("BOOTLOADER"),
                           policy, option)

    def test_quorum(self):
        """A policy with witnesses is not met by a bare checkpoint."""
        text = log.policy().replace("quorum none\n", "")
        text += "witness w %s\nquorum w\n" % log.KEYS["recovery_vkey"]
        text = text.replace("component RECOVERY " + log.KEYS["recovery_vkey"] +
                            "\n", "")
        path = self.write("p", text)
        document = self.json("verify", "--bundle", log.config("TRUSTED_OS"),
                             "--policy", path, code=12)
        self.assertEqual(document["stopped_at"], "quorum")

    def test_usage(self):
        record = log.config("TRUSTED_OS")
        self.fails(2, "verify", *log.TRUST)
        self.fails(2, "verify", "--bundle", record)
        self.fails(2, "verify", "--bundle", record, log.TRUST[0])
        self.fails(2, "verify", "--bundle", record, log.TRUST[1])
        self.fails(2, "verify", "--bundle", record, "--image=x", *log.TRUST)
        for option in ("--boot0=x", "--boot1=x", "--strict-residue",
                       "--partial"):
            self.fails(2, "verify", "--bundle", record, option, *log.TRUST)
        self.fails(2, "verify", "--bundle", record, *log.TRUST,
                   "--os-verifier-2=" + log.KEYS["os1_vkey"])
        self.fails(30, "verify", "--bundle=absent", *log.TRUST)
        self.fails(30, "verify", "--bundle=.", *log.TRUST)
        self.fails(30, "verify", "--bundle", record, "--policy=absent")

    def test_proof_files(self):
        """Others can check them offline, and nothing but these bytes."""
        self.ok("verify", "--bundle", log.config("TRUSTED_OS"), *log.TRUST,
                "--proof-dir=proofs/today")
        base = str(self.dir / "proofs" / "today" / "TRUSTED_OS-0.2.0-5")
        self.assertEqual(pathlib.Path(base + ".manifest").read_bytes(),
                         log.leaf_path(5).read_bytes())
        check = ["log", "check", base + ".tlog-proof", *log.TRUST[:2]]
        self.ok(*check, "--leaf", base + ".manifest")
        self.fails(12, *check, "--leaf", log.leaf_path(6))
        # Written again, they are the same; of a refused bundle none are.
        self.ok("verify", "--bundle", log.config("TRUSTED_OS"), *log.TRUST,
                "--proof-dir=proofs/today")
        self.verify(10, log.config("TRUSTED_OS"), "--proof-dir=none",
                    "--least-version=9.0.0")
        self.assertFalse((self.dir / "none").exists())
        self.fails(30, "verify", "--bundle", log.config("TRUSTED_OS"),
                   *log.TRUST, "--proof-dir", self.write("file", "x"))


class History(awcli.Test):
    """A bundle against saved state and the log itself."""

    def setUp(self):
        super().setUp()
        self.genuine = self.build("genuine", b"leaf 0\n")
        self.forked = self.build("forked", b"another leaf\n")
        self.good = self.bundle("good", self.genuine)
        self.bad = self.bundle("bad", self.forked)

    def build(self, name, first):
        made = log_builder.Log(self, name)
        made.add(first)
        made.manifest("TRUSTED_APPLET", "1.0.0", b"applet")
        made.add(b"leaf 2\n")
        made.write()
        return made

    def bundle(self, name, made, size=None):
        return self.write(name, device.record(
            device.start("applet slot A"), 6, made.bundle(1, size)))

    def verify(self, code, path, *args, url=None):
        args = list(args) + (["--log-url", url] if url else [])
        return self.json("verify", "--bundle", path, *log.TRUST, *args,
                         code=code)

    def findings(self):
        return self.json("log", "findings")["evidence"]

    def test_offline_and_online(self):
        document = self.verify(0, self.good)
        self.assertEqual(document["seen_before"], "no")
        self.assertEqual(document["consistency"], "not checked")
        for url in (self.genuine.folder, "file://%s/" % self.genuine.folder):
            document = self.verify(0, self.good, url=url)
            self.assertEqual(document["consistency"], "checked")
            self.assertEqual(document["log_size"], "3")
        document = self.verify(0, self.good)
        self.assertEqual(document["seen_before"], "this tree")

    def test_first_use_is_a_baseline(self):
        """Two bundles of two histories, one run after the other."""
        self.verify(0, self.good)
        self.assertEqual(self.verify(0, self.good)["seen_before"], "this tree")
        document = self.verify(12, self.bad)
        self.assertEqual(document["error"]["code"], "ERR_FORK")
        self.assertEqual(document["seen_before"], "fork")
        self.assertEqual(len(self.findings()), 1)
        self.assertEqual(self.verify(0, self.good)["seen_before"], "this tree")

    def test_policy_with_an_address(self):
        """For a bundle the log is asked on request only."""
        path = self.write("p", log.policy(log_url="http://127.0.0.1:1/"))
        self.ok("verify", "--bundle", self.good, "--policy", path)
        self.fails(20, "verify", "--bundle", self.good, "--policy", path,
                   "--log-url=http://127.0.0.1:1/")
        self.ok("verify", "--bundle", self.good, "--policy", path,
                "--log-url", self.genuine.folder)

    def test_smaller_tree_of_the_log(self):
        small = self.bundle("small", self.genuine, 2)
        document = self.verify(0, small, url=self.genuine.folder)
        self.assertEqual(document["consistency"], "checked")
        self.assertEqual(self.verify(0, small)["seen_before"], "another size")

    def test_fork_against_the_state(self):
        self.verify(0, self.good, url=self.genuine.folder)
        document = self.verify(12, self.bad)
        self.assertIs(document["verified"], False)
        self.assertEqual(document["seen_before"], "fork")
        self.assertEqual(document["error"]["code"], "ERR_FORK")
        kept = self.findings()
        self.assertEqual(len(kept), 1)
        self.assertEqual(kept[0]["kind"], "fork")

    def test_fork_against_the_log(self):
        document = self.verify(12, self.bad, url=self.genuine.folder)
        self.assertEqual(document["consistency"], "refused")
        self.assertEqual(len(self.findings()), 1)
        small = self.bundle("small", self.forked, 2)
        self.verify(12, small, url=self.genuine.folder)
        notes = json.dumps(self.findings())
        self.assertIn(json.dumps(self.forked.checkpoint(2).decode())[1:-1],
                      notes)

    def test_log_went_back(self):
        copy = self.dir / "copy"
        shutil.copytree(self.genuine.folder, copy)
        self.genuine.folder = copy
        self.genuine.write(2)
        document = self.verify(12, self.good, url=copy)
        self.assertEqual(document["error"]["code"], "ERR_ROLLBACK")
        self.assertEqual(document["consistency"], "refused")

    def test_log_back_behind_the_state(self):
        self.verify(0, self.good, url=self.genuine.folder)
        small = self.bundle("small", self.genuine, 2)
        copy = self.dir / "copy"
        shutil.copytree(self.genuine.folder, copy)
        self.genuine.folder = copy
        self.genuine.write(2)
        self.verify(12, small, url=copy)

    def test_damaged_state(self):
        self.verify(0, self.good, url=self.genuine.folder)
        for path in (self.dir / "state").iterdir():
            if path.name.endswith((".db", ".sqlite")):
                path.write_bytes(b"x" * 4096)
        self.fails(33, "verify", "--bundle", self.good, *log.TRUST)
        self.ok("verify", "--bundle", self.good, *log.TRUST,
                "--accept-new-baseline")

    def test_unreachable(self):
        self.fails(20, "verify", "--bundle", self.good, *log.TRUST,
                   "--log-url=http://127.0.0.1:1/")
        run = self.aw("verify", "--bundle", self.good, *log.TRUST,
                      "--log-url=http://127.0.0.1:1/", "--offline")
        self.assertNotEqual(run.code, 0)


if __name__ == "__main__":
    awcli.main()
