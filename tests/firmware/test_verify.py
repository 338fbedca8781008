# SPDX-License-Identifier: Apache-2.0
"""aw verify of a live twin through our own recovery: the whole device, boot
partitions included."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position
import device_image  # noqa: E402  pylint: disable=wrong-import-position
import log_builder  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position
import twins  # noqa: E402  pylint: disable=wrong-import-position


class Verify(boards.Provisioned):
    def check(self, *args, code=0, **kwargs):
        self.start()
        document = self.verify(*args, code=code, **kwargs)
        self.stop()
        return document

    def refused(self, document, record, step):
        found = {r["record"]: r for r in document["releases"]}
        self.assertFalse(found[record]["verified"])
        self.assertEqual(found[record]["stopped_at"], step)

    def test_good(self):
        document = self.check("--proof-dir=proofs")
        self.assertTrue(document["verified"])
        self.assertEqual([r["component"] for r in document["releases"]],
                         ["BOOTLOADER", "TRUSTED_OS", "TRUSTED_APPLET"])
        self.assertEqual((document["boot0"], document["boot1"]),
                         ("sampled", "sampled"))
        self.assertEqual(document["recovery"],
                         {**document["recovery"], "sent": True, "ours": True,
                          "version": "1.0.0", "index": "0"})
        self.assertEqual(document["fuses"],
                         {"closed": False, "readable": True})
        self.assertRegex(document["serial"], "^[0-9A-F]{16}$")
        said = " ".join(document["warnings"])
        self.assertIn("this part is open", said)
        self.assertIn("--sample", said)
        # Others check the proofs offline, without the device and the log.
        proofs = sorted((self.dir / "proofs").glob("*.manifest"))
        self.assertEqual(len(proofs), 3)
        for manifest in proofs:
            self.ok("log", "check", "--leaf=%s" % manifest,
                    str(manifest).replace(".manifest", ".tlog-proof"),
                    "--policy=./ci.policy", "--offline",
                    "--state=elsewhere")

    def test_running_recovery(self):
        """What speaks as a recovery may be anything."""
        self.start()
        self.verify()
        self.verify(code=30)
        document = self.verify("--running-recovery")
        self.assertFalse(document["recovery"]["sent"])
        self.assertIn("was there already", " ".join(document["warnings"]))
        self.reboot()
        self.verify()

    def test_genuine_elsewhere(self):
        """A genuine bootloader that the record points to does not make up
        for what is started."""
        image = self.peek(boards.BOOT_IMAGE, 128 * 1024)
        self.poke(boards.OS_SLOT_B, image)
        self.poke(boards.BOOT_IMAGE + 0x2000, b"\xff" * 16)
        self.refused(self.check(code=10), "boot config", "firmware")

    def test_boot_partitions(self):
        for number in (0, 1):
            with self.subTest(number):
                name = "boot%d.img" % number
                self.poke(0x400, b"foreign", file=name)
                document = self.check(code=14)
                self.assertEqual(document["boot%d" % number], "unknown")
                self.poke(0x400, bytes(7), file=name)

    def test_csf_replaced(self):
        """A signature of others over the same image."""
        good = (self.dir / "boot.csf").read_bytes()
        at = boards.BOOT_IMAGE + (self.dir / "boot.imx").stat().st_size
        self.assertEqual(self.peek(at, len(good)), good)
        self.ok("hab", "pki", "--output=others")
        self.ok("hab", "sign", "boot.imx", "--output=other.csf",
                "--srk-table=others/srk.table.bin",
                "--csf-cert=others/csf1.crt.pem",
                "--csf-key=others/csf1.key.pem",
                "--img-cert=others/img1.crt.pem",
                "--img-key=others/img1.key.pem")
        other = (self.dir / "other.csf").read_bytes()
        self.assertNotEqual(other, good)
        self.poke(at, other.ljust(len(good), b"\0"))
        self.refused(self.check(code=10), "boot config", "hab-signature")

    def test_unknown_bytes(self):
        """In front of the boot image, behind it, in a gap, in a slot."""
        for offset, code, args in (
                (16, 14, []), (0x4f00 * 512, 14, []),
                (boards.OS_SLOT_B + 4096, 0, []),
                (boards.OS_SLOT_B + 4096, 14, ["--strict-residue"]),
                (0x800000 * 512, 14, [])):
            with self.subTest(offset, args=args):
                self.poke(offset, b"?")
                self.check(*args, code=code)
                self.poke(offset, b"\0")

    def test_spare_bits(self):
        """Of a record: a name that no reader asks for is written otherwise."""
        for record in (boards.BOOT_CONFIG, boards.OS_CONFIG,
                       boards.APPLET_CONFIG):
            at = record + self.peek(record, 512).index(b"Signatures")
            self.poke(at, b"s")
            with self.subTest(record):
                self.check(code=0)
                self.check("--strict-residue", code=14)
            self.poke(at, b"S")
        self.check("--strict-residue", code=0)

    def test_changed(self):
        """A byte of each image and of each record."""
        for offset, record, step in (
                (boards.OS_SLOT_A + 99, "OS config", "firmware"),
                (boards.APPLET_SLOT_A + 99, "applet config", "firmware")):
            with self.subTest(record):
                good = self.peek(offset, 1)
                self.poke(offset, bytes([good[0] ^ 1]))
                self.refused(self.check(code=10), record, step)
                self.poke(offset, good)

    def prompts(self, *args, **kwargs):
        """Codes of what the operator is asked for."""
        events = self.dir / "events"
        events.unlink(missing_ok=True)
        document = self.check("--events=events", *args, **kwargs)
        codes = [json.loads(line)["code"]
                 for line in events.read_text().splitlines()
                 if '"prompt"' in line]
        return document, codes

    def test_operator(self):
        """A board that did not pass is not put into service."""
        self.assertEqual(self.prompts()[1], ["switch-emmc-unplug"])
        self.poke(boards.OS_SLOT_A + 99, b"?!")
        document, codes = self.prompts(code=10)
        self.assertEqual(codes, ["set-aside"])
        self.assertIn("do not put the device into service",
                      document["error"]["remedy"])

    def test_older(self):
        """Logged, and not the newest: a warning."""
        self.publish("TRUSTED_OS", "1.1.0")
        document = self.check()
        self.assertIn("TRUSTED_OS 1.0.0 is on the device, the log has the "
                      "newer 1.1.0", document["warnings"])

    def test_updated_twice(self):
        """What updates leave: an old image in the other slot, and an old
        record in copy 2. They are named."""
        self.put_os("1.1.0", boards.OS_SLOT_B)
        self.put_os("1.2.0", boards.OS_SLOT_A)
        document = self.check()
        named = [a for a in document["areas"] if a["content"] == "named"]
        self.assertEqual([a["note"] for a in named],
                         ["TRUSTED_OS 1.1.0, log index 4"])
        running = {r["record"]: r for r in document["releases"]}
        self.assertEqual(running["OS config"]["version"], "1.2.0")

    def bundle_of(self, index, manifest=None):
        """Checkpoint, manifest, index and proof, as in a record."""
        size = int(self.checkpoint().split(b"\n")[1])
        leaves = [self.leaf(i) for i in range(size)]
        hashes = [log_builder.leaf_hash(leaf) for leaf in leaves]
        return (self.checkpoint(), manifest or leaves[index], index,
                log_builder.path(index, hashes))

    def write_record(self, slot, image, bundle):
        record = device_image.record(slot, len(image), bundle)
        self.poke(boards.OS_CONFIG, record.ljust(40960, b"\0"))
        self.poke(slot, image)

    def put_os(self, version, slot):
        """An update of the OS, as the device does it: the other slot, then
        the record."""
        image = device_image.elf(version.encode() * 100)
        done = self.publish("TRUSTED_OS", version, image=image)
        self.write_record(slot, image, self.bundle_of(int(done["index"])))

    def test_unlogged(self):
        """Signed by the right keys, and in no log: with the proof of
        another."""
        image = device_image.elf(b"secret" * 100)
        made = self.make("TRUSTED_OS", "1.0.1", image=image)
        self.ok("log", "init", "log2", "--key=keys/log.sec",
                "--origin=example.com/firmware/ci", "--state=elsewhere")
        self.ok("release", "publish", *made, *self.keys_for("TRUSTED_OS"),
                *self.place(log="log2"), "--state=elsewhere")
        self.write_record(boards.OS_SLOT_A, image,
                          self.bundle_of(2, self.ok(
                              "log", "get", "log2", 0,
                              "--policy=./ci.policy",
                              "--state=elsewhere").out_bytes))
        self.refused(self.check(code=11), "OS config", "inclusion")

    def test_wrong_fuses(self):
        """Fused for others: nothing is sent."""
        twins.blow(self.dir / "twin", twins.srk_words("ab" * 32))
        self.start()
        document = self.verify(code=10)
        self.assertIn("SRK hash", str(document["error"]))
        found = self.json("device", "list", "--device=twin=twin")["devices"]
        self.assertEqual([d["mode"] for d in found], ["serial download"])
        # provision: a precondition
        self.provision(code=30)

    def test_closed(self):
        """A closed part starts our signed recovery."""
        twins.blow(self.dir / "twin", twins.closed(self.srk))
        document = self.check()
        self.assertTrue(document["fuses"]["closed"])


if __name__ == "__main__":
    awcli.main()
