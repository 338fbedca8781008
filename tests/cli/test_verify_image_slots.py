# SPDX-License-Identifier: Apache-2.0
"""aw verify --image: slots, second copies, and devices of other histories."""
import shutil

import awcli
import device_image as device
import log_builder
import release_log as log
from images import ImageTest, MIB


class Slots(ImageTest):
    """Other slots and second copies of records, on a log of our own."""

    def setUp(self):
        super().setUp()
        self.log = log_builder.Log(self)
        self.images = {}
        hab = b"HAB signature " * 7
        boot = b"boot image " * 50
        self.boot = self.log.manifest("BOOTLOADER", "1.0.0", boot, hab)
        self.images[self.boot] = boot + hab
        self.boot_size = len(boot)
        self.os = [self.release("TRUSTED_OS", "1.%d.0" % n,
                                device.elf(b"os %d " % n * 999, n == 1))
                   for n in range(3)]
        self.applet = [self.release("TRUSTED_APPLET", "2.%d.0" % n,
                                    device.elf(b"applet %d " % n * 99))
                       for n in range(2)]
        self.log.write()
        self.policy = self.write("p.policy", log.policy(
            log_url="file://%s/" % self.log.folder))
        with open(self.image, "wb") as out:
            out.truncate(device.SIZE)
        self.put(1024, self.images[self.boot])
        self.put(device.start("boot config"), device.record(
            1024, self.boot_size, self.log.bundle(self.boot)))
        self.install("OS config", "OS slot A", self.os[1])
        self.install("applet config", "applet slot B", self.applet[1])

    def release(self, component, version, image):
        index = self.log.manifest(component, version, image)
        self.images[index] = image
        return index

    def install(self, config, slot, index, log_size=None):
        self.put(device.start(slot), self.images[index])
        self.put(device.start(config), device.record(
            device.start(slot), len(self.images[index]),
            self.log.bundle(index, log_size)))

    def verify(self, code, *args, **kwargs):
        return super().verify(code, *(args or ("--non-interactive",)),
                              **kwargs)

    def test_as_installed(self):
        document = self.verify(0)
        self.assertEqual(self.release_of(document, "OS config")["place"],
                         "OS slot A")
        self.assertEqual(self.release_of(document, "applet config")["place"],
                         "applet slot B")
        warnings = "\n".join(document["warnings"])
        self.assertIn("TRUSTED_OS 1.1.0 is on the device, the log has the "
                      "newer 1.2.0", warnings)

    def release_of(self, document, record):
        return ImageTest.release(self, document, record)

    def test_old_image_is_named(self):
        """By the log's digests, wherever the linker put the tables."""
        for index, version in ((self.os[0], "1.0.0"), (self.os[1], "1.1.0")):
            image = self.images[index]
            self.put(device.start("OS slot B"), bytes(8192))
            self.put(device.start("OS slot B"), image)
            document = self.verify(0, "--strict-residue")
            self.assertEqual(self.areas(document, "named"), ["OS slot B"])
            named = [a for a in document["areas"] if a["content"] == "named"]
            self.assertIn("TRUSTED_OS " + version, named[0]["note"])
            self.assertEqual(named[0]["bytes"], str(len(image)))
        # Bytes behind it are residue still.
        end = device.start("OS slot B") + len(self.images[self.os[1]])
        self.put(end, b"\1")
        self.verify(0)
        self.verify(14, "--strict-residue")

    def test_unknown_image_is_not_named(self):
        image = bytearray(self.images[self.os[0]])
        image[-1] ^= 1
        self.put(device.start("OS slot B"), bytes(image))
        document = self.verify(0)
        self.assertEqual(self.areas(document, "residue"), ["OS slot B"])
        self.verify(14, "--strict-residue")

    def test_without_the_log_nothing_is_named(self):
        self.put(device.start("OS slot B"), self.images[self.os[0]])
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"), ["OS slot B"])

    def test_hostile_elf(self):
        """Numbers in the headers lead nowhere else."""
        for at, value in ((28, b"\xff" * 4), (32, b"\xff" * 4),
                          (42, b"\xff" * 4), (46, b"\xff" * 4),
                          (48, b"\0\0"), (52 + 4, b"\xff" * 4),
                          (52 + 16, b"\xff" * 4)):
            image = bytearray(self.images[self.os[0]])
            image[at:at + len(value)] = value
            self.put(device.start("OS slot B"), bytes(image))
            document = self.verify(0)
            self.assertEqual(self.areas(document, "residue"), ["OS slot B"])

    def test_second_copy(self):
        """The record in front of the update that was replaced."""
        self.install("OS config copy 2", "OS slot B", self.os[0])
        document = self.verify(0, "--offline", "--strict-residue")
        second = self.release_of(document, "OS config copy 2")
        self.assertEqual(second["place"], "OS slot B")
        self.assertEqual(second["version"], "1.0.0")
        self.assertEqual(self.areas(document, "residue"), [])

    def test_second_copy_that_does_not_hold(self):
        """It is residue, with the slot that it points to."""
        self.install("OS config copy 2", "OS slot B", self.os[0])
        self.put(device.start("OS slot B"), b"\xff")
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"),
                         ["OS config copy 2", "OS slot B"])
        self.verify(14, "--offline", "--strict-residue")

    def test_second_copy_points_at_the_running_slot(self):
        """It adds nothing: the slot is judged by what runs."""
        first = self.images[self.os[1]]
        self.put(device.start("OS config copy 2"), device.record(
            device.start("OS slot A"), len(first), self.log.bundle(self.os[1])))
        document = self.verify(0, "--offline", "--strict-residue")
        self.assertEqual(len(document["releases"]), 4)
        # A copy of something else that is not there.
        self.put(device.start("OS config copy 2"), device.record(
            device.start("OS slot A"), len(self.images[self.os[0]]),
            self.log.bundle(self.os[0])))
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"), ["OS config copy 2"])
        self.put(device.start("OS slot A") + len(first), b"\1")
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"),
                         ["OS config copy 2", "OS slot A"])

    def test_only_the_second_copy_holds(self):
        """A device would still start, but the running release is refused."""
        self.install("OS config copy 2", "OS slot B", self.os[0])
        self.put(device.start("OS slot A"), b"\xff")
        document = self.verify(10, "--offline")
        self.assertIs(self.release_of(document, "OS config")["verified"],
                      False)
        self.assertIs(self.release_of(document, "OS config copy 2")
                      ["verified"], True)

    def test_second_copy_of_another_component(self):
        self.put(device.start("OS config copy 2"), device.record(
            device.start("applet slot B"), len(self.images[self.applet[1]]),
            self.log.bundle(self.applet[1])))
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"), ["OS config copy 2"])

    def test_bootloader_without_hab_section(self):
        """Then there may be nothing behind the image, and no HAB target."""
        image = b"plain boot image"
        index = self.log.manifest("BOOTLOADER", "3.0.0", image)
        self.log.write()
        self.put(1024, bytes(4096))
        self.put(1024, image)
        self.put(device.start("boot config"), bytes(40960))
        self.put(device.start("boot config"),
                 device.record(1024, len(image), self.log.bundle(index)))
        self.verify(10, "--offline")
        policy = self.write("any", log.policy(None))
        document = self.verify(0, "--offline", policy=policy)
        boot = self.release_of(document, "boot config")
        self.assertEqual(boot["hab_signature"], "none stated")
        self.assertIn("any HAB target", "\n".join(document["warnings"]))
        self.put(1024 + len(image), b"\1")
        self.verify(14, "--offline", policy=policy)

    def test_two_releases_of_two_trees(self):
        """Records of different log sizes are the rule after updates."""
        self.install("OS config", "OS slot A", self.os[1], self.os[1] + 1)
        document = self.verify(0)
        self.assertEqual(self.release_of(document, "OS config")["log"]["size"],
                         str(self.os[1] + 1))
        self.assertEqual(self.release_of(document, "OS config")["consistency"],
                         "checked")

    def fork(self):
        """The same releases in another history of the same log."""
        other = log_builder.Log(self, "fork")
        other.leaves = [b"other first leaf\n"] + self.log.leaves[1:]
        return other

    def test_two_histories_on_one_device(self):
        """Found without the log and without saved state; both notes kept."""
        forked = self.fork()
        index = self.applet[1]
        self.put(device.start("applet config"), device.record(
            device.start("applet slot B"), len(self.images[index]),
            forked.bundle(index)))
        document = self.verify(12, "--offline")
        self.assertEqual(document["error"]["code"], "ERR_FORK")
        self.assertTrue(self.release_of(document, "applet config")["verified"])
        kept = self.json("log", "findings")["evidence"]
        self.assertEqual(len(kept), 1)
        self.assertEqual([kept[0]["saved_note"], kept[0]["shown_note"]],
                         [self.log.checkpoint().decode(),
                          forked.checkpoint().decode()])

    def test_device_of_another_history(self):
        forked = self.fork()
        forked.write()
        self.verify(12, "--log-url", forked.folder,
                    policy=self.write("q", log.policy()))

    def test_log_gone_back(self):
        shutil.rmtree(self.log.folder)
        self.log.write(3)
        document = self.verify(12)
        self.assertEqual(document["error"]["code"], "ERR_ROLLBACK")

    def test_unreachable_log(self):
        """The image is judged all the same, but the run has failed."""
        policy = self.write("q", log.policy(log_url="http://127.0.0.1:1/"))
        document = self.verify(20, policy=policy)
        self.assertIs(document["verified"], False)
        self.assertEqual(len(document["releases"]), 3)
        self.put(0, b"\1")
        self.verify(14, policy=policy)
        self.verify(14, "--offline", policy=policy)

    def test_biggest_image(self):
        """64 MiB pass, and the slot behind them is judged."""
        image = device.elf(bytes(64 * MIB - 0x100 - 80))
        self.assertEqual(len(image), 64 * MIB)
        index = self.release("TRUSTED_OS", "1.3.0", image)
        self.log.write()
        self.install("OS config", "OS slot B", index)
        document = self.verify(0)
        self.assertEqual(self.areas(document, "named"), ["OS slot A"])
        self.put(device.start("OS slot B") + 64 * MIB - 1, b"\1")
        self.verify(10)


if __name__ == "__main__":
    awcli.main()
