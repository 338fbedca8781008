# SPDX-License-Identifier: Apache-2.0
"""aw verify --image: bytes that belong to no release."""
import struct
import zlib

import awcli
import device_image as device
import release_log as log
from images import ImageTest, MIB


class Unknown(ImageTest):
    """Bytes where there may be none: exit 14; in slots a warning."""

    def unknown(self, offset, area):
        self.make()
        self.put(offset, b"\1")
        document = self.verify(14)
        self.assertEqual(self.areas(document, "unknown"), [area])
        found = [a for a in document["areas"] if a["content"] == "unknown"][0]
        self.assertEqual(found["first"], str(offset))
        self.assertIn("%x" % offset, document["error"]["got"])

    def residue(self, offset, area):
        self.make()
        self.put(offset, b"\1")
        document = self.verify(0)
        self.assertEqual(self.areas(document, "residue"), [area])
        self.assertIn("%x" % offset, "\n".join(document["warnings"]))
        document = self.verify(14, "--offline", "--strict-residue")
        self.assertEqual(document["error"]["code"], "ERR_CONTENT")

    def test_gaps(self):
        seen = 0
        for name, first, last in device.gaps():
            for offset in sorted({first, (first + last) // 2, last}):
                self.unknown(offset, name)
                seen += 1
        self.assertGreater(seen, 8)

    def test_behind_the_boot_image(self):
        index = log.LEAF["BOOTLOADER"]
        end = (1024 + log.firmware(index).stat().st_size +
               log.hab_signature(index).stat().st_size)
        for offset in (end, end + 1, 1024 + 65536, 1024 + MIB,
                       device.end("boot image") - 1):
            self.unknown(offset, "boot image")

    def test_boot_state_record(self):
        """What our own bootloader counts is a record, not unknown bytes."""
        self.make()
        body = (b"AWBS" + struct.pack("<II", 1, 7)).ljust(508, b"\0")
        record = body + struct.pack("<I", zlib.crc32(body))
        self.put(device.start("boot state B"), record)
        document = self.verify(0)
        self.assertIn("boot state B", self.areas(document, "own data"))
        self.put(device.start("boot state B"), record[:-1] + b"\0")
        document = self.verify(14)
        self.assertEqual(self.areas(document, "unknown"), ["boot state B"])

    def test_settings_record(self):
        """The configuration that our own trusted OS keeps."""
        self.make()
        message = bytes([0x08, 1, 0x12, 3]) + b"1.2"
        body = (b"AWST" + struct.pack("<III", 1, 7, len(message)) +
                message).ljust(508, b"\0")
        record = body + struct.pack("<I", zlib.crc32(body))
        self.put(device.start("OS settings A"), record)
        document = self.verify(0)
        self.assertIn("OS settings A", self.areas(document, "own data"))
        # Bytes behind the message, with a right sum.
        body = body[:400] + b"x" + body[401:]
        record = body + struct.pack("<I", zlib.crc32(body))
        self.put(device.start("OS settings A"), record)
        document = self.verify(14)
        self.assertEqual(self.areas(document, "unknown"), ["OS settings A"])

    def test_boot_state(self):
        for name in ("boot state A", "boot state B", "OS settings B"):
            self.unknown(device.start(name), name)
            self.unknown(device.end(name) - 1, name)

    def test_slots_and_records(self):
        for component, name in device.CONFIG.items():
            used = log.config(component).stat().st_size
            for offset in (device.start(name) + used, device.end(name) - 1):
                self.residue(offset, name)
        for name in ("OS config copy 2", "applet config copy 2"):
            self.residue(device.start(name), name)
            self.residue(device.end(name) - 1, name)
        for component in ("TRUSTED_OS", "TRUSTED_APPLET"):
            name = device.PLACE[component]
            used = log.firmware(log.LEAF[component]).stat().st_size
            for offset in (device.start(name) + used, device.end(name) - 1):
                self.residue(offset, name)
            name = name.replace("slot A", "slot B")
            for offset in (device.start(name), device.end(name) - 1):
                self.residue(offset, name)

    def test_own_data_is_not_judged(self):
        self.make()
        for name in ("applet data", "applet crash log",
                     "applet crash log copy 2"):
            self.put(device.start(name), b"data")
            self.put(device.end(name) - 1, b"data"[:1])
        self.verify(0)

    def test_last_byte(self):
        self.make(size=device.SIZE + 1)
        self.verify(0)
        self.put(device.SIZE, b"\1")
        self.verify(14)

    def test_several_findings(self):
        """All are listed, the lowest code counts."""
        self.make()
        self.put(0, b"\1")
        self.put(device.start("boot state A"), b"\1")
        self.put(device.start("OS slot A"), b"\xff")
        document = self.verify(10)
        self.assertEqual(self.exits(document), [10, 14, 14])
        self.assertEqual(self.areas(document, "unknown"),
                         ["gap before boot image", "boot state A"])

    def test_refused_release_hides_nothing_else(self):
        """The other slot and the rest are judged all the same."""
        self.make()
        self.put(device.start("OS slot A"), b"\xff")
        self.put(device.start("OS slot B"), b"\1")
        document = self.verify(10, "--offline", "--strict-residue")
        self.assertEqual(self.exits(document), [10, 14])
        self.assertEqual(self.areas(document, "not judged"), ["OS slot A"])

    def test_boot_partitions(self):
        self.make()
        zero = self.write("zero", bytes(4 * MIB))
        document = self.verify(0, "--offline", "--boot0", zero, "--boot1", zero)
        self.assertEqual(document["boot0"], "zero")
        self.assertEqual(document["boot1"], "zero")
        self.assertNotIn("boot partitions", "\n".join(document["warnings"]))
        for name in ("--boot0", "--boot1"):
            for at in (0, 2 * MIB, 4 * MIB - 1):
                data = bytearray(4 * MIB)
                data[at] = 1
                document = self.verify(14, "--offline", name,
                                       self.write("one", bytes(data)))
                self.assertEqual(document[name[2:]], "unknown")
                self.assertIn("%x" % at, document["error"]["got"])
            for absent in ("absent", ".", self.dir / "home"):
                self.verify(30, "--offline", name, absent)


if __name__ == "__main__":
    awcli.main()
