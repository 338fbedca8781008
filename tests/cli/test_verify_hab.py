# SPDX-License-Identifier: Apache-2.0
"""aw verify asks what the boot ROM decides: real images and signatures that
NXP's tool made, in a log of the test's own."""
import awcli
import device_image as device
import log_builder
import release_log as log
from hab_vectors import HAB, SRK4

CSF_AREA = 16384
IMAGE = (HAB / "image" / "test.imx").read_bytes()
OTHER_HASH = "e8" * 32


def csf(name):
    """A signature as it lies behind an image: padded."""
    return (HAB / "csf" / name).read_bytes().ljust(CSF_AREA, b"\0")


class Case(awcli.Test):
    def setUp(self):
        super().setUp()
        self.log = log_builder.Log(self)

    def policy(self, srk_hash=SRK4):
        lines = "srk-hash %s\n" % srk_hash if srk_hash else ""
        return self.write("p.policy", log.policy(extra=lines))


class Bundle(Case):
    def announce(self, signature, component="BOOTLOADER", image=IMAGE):
        """Logs a release; paths of its record, image and signature."""
        index = self.log.manifest(component, "1.0.0", image, signature)
        self.log.write()
        return (self.write("record", device.record(1024, len(image),
                                                   self.log.bundle(index))),
                self.write("image.imx", image),
                self.write("image.csf", signature or b""))

    def bundle(self, code, files, *args, policy=None):
        record, image, signature = files
        return self.json("verify", "--bundle", record, "--firmware", image,
                         "--hab-signature", signature, "--policy",
                         policy or self.policy(), *args, code=code)

    def test_bundle(self):
        document = self.bundle(0, self.announce(csf("flash.cst331.bin")))
        self.assertEqual(document["hab"], "checked")
        self.assertEqual(document["hab_srk"], 1)
        # Dangerous though it boots: the image of the vectors polls so.
        self.assertEqual(len(document["warnings"]), 1)
        self.assertIn("waits for a register", document["warnings"][0])

    def test_second_key_of_the_table(self):
        document = self.bundle(0, self.announce(csf("flash-srk2.cst331.bin")))
        self.assertEqual(document["hab_srk"], 2)

    def test_refused(self):
        """Logged and signed as a release, but no closed part starts it."""
        for name, code in (("flash-attacker.bin", "HAB_INV_SIGNATURE"),
                           ("flash-partial.cst331.bin", "HAB_INV_ASSERTION"),
                           ("sdp.cst331.bin", None)):
            with self.subTest(name):
                self.log = log_builder.Log(self, name)
                document = self.bundle(10, self.announce(csf(name)))
                self.assertIs(document["verified"], False)
                self.assertEqual(document["hab"], "refused")
                self.assertTrue(
                    document["error"]["code"].startswith("HAB_INV_"))
                if code:
                    self.assertEqual(document["error"]["code"], code)
                self.assertTrue(document["error"]["remedy"])

    def test_srk_hash_of_another_device(self):
        files = self.announce(csf("flash.cst331.bin"))
        document = self.bundle(10, files, policy=self.policy(OTHER_HASH))
        self.assertEqual(document["hab"], "refused")

    def test_unknown_srk_hash(self):
        files = self.announce(csf("flash.cst331.bin"))
        document = self.bundle(0, files, policy=self.policy(None))
        self.assertEqual(document["hab"], "not checked")
        self.assertIn("--srk-hash", document["warnings"][0])
        self.assertEqual(len(document["warnings"]), 1)

    def test_options_in_place_of_a_policy(self):
        record, image, signature = self.announce(csf("flash.cst331.bin"))
        args = ["verify", "--bundle", record, "--firmware", image,
                "--hab-signature", signature, *log.TRUST, "--hab-target=ci"]
        fuses = HAB / "srk" / "srk4.fuse.bin"
        for value in (SRK4, fuses):
            document = self.json(*args, "--srk-hash", value)
            self.assertEqual(document["hab"], "checked")
        self.fails(30, *args, "--srk-hash", image)
        self.fails(2, "verify", "--bundle", record, "--policy", self.policy(),
                   "--srk-hash", SRK4)

    def test_options_complete_a_policy(self):
        """What a policy leaves open about the boot ROM, an option may say."""
        files = self.announce(csf("flash.cst331.bin"))
        silent = self.write("silent.policy", log.policy(hab_target=None))
        plain = self.bundle(0, files, policy=silent)
        self.assertEqual(len(plain["warnings"]), 2)
        full = self.bundle(0, files, "--srk-hash", SRK4, "--hab-target=ci",
                           policy=silent)
        self.assertEqual(full["hab"], "checked")
        self.assertNotIn("give --", " ".join(full["warnings"]))
        # The result names the policy that was in force.
        same = self.bundle(0, files)
        self.assertEqual(full["policy"]["sha256"], same["policy"]["sha256"])
        self.assertNotEqual(full["policy"]["sha256"],
                            plain["policy"]["sha256"])
        self.bundle(10, files, "--srk-hash", OTHER_HASH, policy=silent)
        self.bundle(10, files, "--hab-target=prod", policy=silent)
        for option in ("--srk-hash=" + SRK4, "--hab-target=ci",
                       "--vkey=" + log.KEYS["log_vkey"], "--origin=testlog"):
            self.fails(2, "verify", "--bundle", files[0], "--policy",
                       self.policy(), option)
        self.fails(2, "verify", "--bundle", files[0], "--policy", silent,
                   "--boot-verifier=" + log.KEYS["boot_vkey"])

    def test_skipped_on_request(self):
        files = self.announce(csf("flash-attacker.bin"))
        document = self.bundle(0, files, "--skip-hab")
        self.assertEqual(document["hab"], "not checked")
        self.assertIn("--skip-hab", document["warnings"][0])

    def test_recovery_is_judged_as_sent(self):
        """Serial download has a form of its own."""
        files = self.announce(csf("sdp.cst331.bin"), "RECOVERY")
        # A recovery image lies nowhere on a device: no record, a file.
        index = len(self.log.leaves) - 1
        (self.dir / "checkpoint").write_bytes(self.log.checkpoint())
        (self.dir / "manifest").write_bytes(self.log.leaves[index])
        self.ok("bundle", "make", "--form=file", "--checkpoint=checkpoint",
                "--manifest=manifest", "--index", index, "--out=proof",
                *["--proof-hash=" + log_builder.b64(h)
                  for h in self.log.bundle(index)[3]])
        document = self.bundle(0, (self.dir / "proof", *files[1:]))
        self.assertEqual(document["hab"], "checked")
        self.log = log_builder.Log(self, "flash form")
        files = self.announce(csf("flash.cst331.bin"), "RECOVERY")
        (self.dir / "checkpoint").write_bytes(self.log.checkpoint())
        (self.dir / "manifest").write_bytes(self.log.leaves[0])
        self.ok("bundle", "make", "--form=file", "--checkpoint=checkpoint",
                "--manifest=manifest", "--index=0", "--out=wrong")
        document = self.bundle(10, (self.dir / "wrong", *files[1:]))
        self.assertEqual(document["hab"], "refused")

    def test_make_refuses_what_does_not_boot(self):
        _, image, signature = self.announce(csf("flash-attacker.bin"))
        (self.dir / "checkpoint").write_bytes(self.log.checkpoint())
        (self.dir / "manifest").write_bytes(self.log.leaves[0])
        self.fails(10, "bundle", "make", "--checkpoint=checkpoint",
                   "--manifest=manifest", "--index=0", "--slot=boot",
                   "--firmware", image, "--hab-signature", signature,
                   "--out=made", "--policy", self.policy())
        self.assertFalse((self.dir / "made").exists())


class Device(Case):

    def image(self, signature, image=IMAGE, hab=True):
        boot = self.log.manifest("BOOTLOADER", "1.0.0", image,
                                 signature if hab else None)
        programs = {}
        for component in ("TRUSTED_OS", "TRUSTED_APPLET"):
            data = device.elf(component.encode() * 50)
            programs[self.log.manifest(component, "1.0.0", data)] = (
                component, data)
        self.log.write()
        path = self.dir / "emmc.img"
        with open(path, "wb") as out:
            out.truncate(device.SIZE)
        device.put(path, 1024, image + signature)
        device.put(path, device.start("boot config"), device.record(
            1024, len(image), self.log.bundle(boot)))
        for index, (component, data) in programs.items():
            at = device.start(device.PLACE[component])
            device.put(path, at, data)
            device.put(path, device.start(device.CONFIG[component]),
                       device.record(at, len(data), self.log.bundle(index)))
        return path

    def verify(self, code, path, *args, policy=None):
        return self.json("verify", "--image", path, "--policy",
                         policy or self.policy(), "--offline", *args,
                         code=code)

    def boot(self, document):
        return next(r for r in document["releases"]
                    if r["record"] == "boot config")

    def test_image(self):
        path = self.image(csf("flash.cst331.bin"))
        document = self.verify(0, path, "--strict-residue")
        self.assertEqual(self.boot(document)["hab"], "checked")
        self.assertEqual(self.boot(document)["hab_srk"], 1)
        document = self.verify(10, path, policy=self.policy(OTHER_HASH))
        self.assertEqual(self.boot(document)["stopped_at"], "boot-rom")
        self.assertEqual(self.verify(0, path, "--skip-hab")["exit"], 0)

    def test_image_with_a_refused_signature(self):
        path = self.image(csf("flash-attacker.bin"))
        document = self.verify(10, path)
        self.assertEqual(document["error"]["code"], "HAB_INV_SIGNATURE")
        self.assertEqual(self.boot(document)["stopped_at"], "boot-rom")

    def test_manifest_without_a_signature(self):
        """What is not signed does not start on a closed part."""
        path = self.image(b"", hab=False)
        text = log.policy(hab_target=None, extra="srk-hash %s\n" % SRK4)
        document = self.verify(10, path, policy=self.write("q.policy", text))
        self.assertEqual(self.boot(document)["stopped_at"], "boot-rom")


if __name__ == "__main__":
    awcli.main()
