# SPDX-License-Identifier: Apache-2.0
"""aw device blocks on the firmware's mass storage: diskd plays the twin."""
import hashlib
import os
import subprocess

import awcli

DISKD = os.environ["AW_DISKD"]
BLOCK = 512
BLOCKS = 1000


def content(first, count):
    """What diskd's unit 0 holds at the start."""
    return bytes((k * 7 + k // BLOCK) & 0xff
                 for k in range(first * BLOCK, (first + count) * BLOCK))


class Blocks(awcli.Test):
    def start(self, *args):
        """A recovery in the folder `twin`."""
        (self.dir / "twin").mkdir()
        diskd = subprocess.Popen([DISKD, "twin", *args], cwd=self.dir,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.stop, diskd)
        self.assertEqual(diskd.stdout.readline(), b"ready\n")

    def stop(self, diskd):
        diskd.stdin.close()
        diskd.stdout.close()
        self.assertEqual(diskd.wait(awcli.TIMEOUT_S), 0)

    def blocks(self, code, command, *args):
        return self.json("device", "blocks", command, *args,
                         "--device=twin=twin", code=code)

    def test_info(self):
        self.start()
        document = self.blocks(0, "info")
        self.assertEqual(document["device"]["serial"], "0123456789ABCDEF")
        self.assertEqual(document["recovery"], {
            "ours": True, "version": "1.2.3",
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "read_only": False})
        self.assertEqual(document["units"], [
            {"lun": 0, "name": "user", "blocks": "1000", "read_only": False},
            {"lun": 1, "name": "boot0", "blocks": "8", "read_only": False}])
        self.assertEqual(document["serial"], "0123456789ABCDEF")
        self.assertEqual(document["emmc"]["boot_partition"], "boot0")
        self.assertEqual(document["emmc"]["cid"],
                         b"0123456789abcde\0".hex())
        run = self.ok("device", "blocks", "info", "--device=twin=twin")
        self.assertIn("boot partition:", run.out)

    def test_read_write_hash_zero(self):
        self.start()
        document = self.blocks(0, "read", "0x10", "5", "-o", "before")
        self.assertEqual(document["first"], "0x10")
        self.assertEqual((self.dir / "before").read_bytes(), content(16, 5))
        data = bytes(range(256)) * 5 + b"end"
        self.write("data", data)
        document = self.blocks(0, "write", "17", "data", "--dry-run")
        self.assertIs(document["dry_run"], True)
        self.assertEqual(document["blocks"], "3")
        self.blocks(0, "read", "16", "5", "-o", "same")
        self.assertEqual((self.dir / "same").read_bytes(), content(16, 5))
        self.blocks(0, "write", "17", "data")
        self.blocks(0, "read", "16", "5", "-o", "after")
        want = (content(16, 1) + data.ljust(3 * BLOCK, b"\0") + content(20, 1))
        self.assertEqual((self.dir / "after").read_bytes(), want)
        document = self.blocks(0, "hash", "16", "5")
        self.assertEqual(document["sha256"], hashlib.sha256(want).hexdigest())
        self.blocks(0, "zero", "18", "900")
        document = self.blocks(0, "hash", "18", "900")
        self.assertEqual(document["sha256"],
                         hashlib.sha256(bytes(900 * BLOCK)).hexdigest())

    def test_units(self):
        self.start()
        document = self.blocks(0, "hash", "0", "8", "--unit=boot0")
        self.assertEqual(document["unit"]["name"], "boot0")
        document = self.blocks(30, "hash", "0", "1", "--unit=boot1")
        self.assertIn("no such unit", document["error"]["what"])

    def test_outside(self):
        self.start()
        for first, count in (("1000", "1"), ("999", "2"), ("0xffffffff", "1")):
            document = self.blocks(30, "hash", first, count)
            self.assertIn("1000 blocks", document["error"]["expected"])
        self.write("data", b"x" * 513)
        self.blocks(30, "write", "999", "data")
        self.blocks(30, "read", "999", "2", "-o", "f")
        self.assertFalse((self.dir / "f").exists())

    def test_protected(self):
        self.start("read-only")
        self.write("data", b"x")
        for args in (["write", "0", "data"], ["zero", "0", "1"],
                     ["write", "0", "data", "--dry-run"]):
            document = self.blocks(30, *args)
            self.assertIs(document["unit"]["read_only"], True)
            self.assertIn("refuses writes", document["error"]["what"])
        self.blocks(0, "read", "0", "1", "-o", "f")
        self.assertEqual((self.dir / "f").read_bytes(), content(0, 1))
        self.blocks(30, "read", "0", "1", "-o", "f")

    def test_usage(self):
        (self.dir / "twin").mkdir()
        self.write("empty", b"")
        for args in (["read", "0", "1"], ["read", "0", "-o", "f"],
                     ["read", "x", "1", "-o", "f"], ["hash", "0", "0"],
                     ["hash", "0", "-1"], ["hash", "0x100000000", "1"],
                     ["read", "0", "3000000", "-o", "f"],
                     ["write", "0"], ["write", "0", "empty"],
                     ["zero", "0"], ["info", "0"]):
            with self.subTest(args):
                self.fails(2, "device", "blocks", *args,
                           "--device=twin=twin")

    def test_no_twin(self):
        self.assertIn("aw twin start",
                      self.fails(32, "device", "blocks", "info",
                                 "--device=twin=nowhere").err)


if __name__ == "__main__":
    awcli.main()
