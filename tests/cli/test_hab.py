# SPDX-License-Identifier: Apache-2.0
"""aw hab srk and aw hab image."""
import shutil
import struct
import subprocess

import awcli
from hab_vectors import HAB, HabTest, SRK4, cert


class Srk(HabTest):
    NAMES = {
        "srk4": ["SRK1", "SRK2", "SRK3", "SRK4"],
        "srk4-lead00": ["SRK2", "SRK3", "SRK1", "SRK4"],
        "srk1": ["SRK1"],
        "srkn4": ["SRKN1", "SRKN2", "SRKN3", "SRKN4"],
        "srk4096": ["SRKB1"],
    }

    def test_tables_of_srktool(self):
        for name, keys in self.NAMES.items():
            table = self.dir / (name + ".table")
            fuses = self.dir / (name + ".fuses")
            document = self.json("hab", "srk", *map(cert, keys),
                                 "-o", table, "--fuses=%s" % fuses)
            self.assertEqual(table.read_bytes(),
                             (HAB / "srk" / (name + ".table.bin"))
                             .read_bytes(), name)
            self.assertEqual(fuses.read_bytes(),
                             (HAB / "srk" / (name + ".fuse.bin"))
                             .read_bytes(), name)
            words = [int(w["value"], 16) for w in document["fuse_words"]]
            self.assertEqual(struct.pack("<8I", *words), fuses.read_bytes())
            shown = self.json("hab", "srk", "--read=%s" % table)
            self.assertEqual(shown["srk_hash"], document["srk_hash"])

    def test_hash_only_entries(self):
        document = self.json("hab", "srk", *map(cert, self.NAMES["srk4"]),
                             "--hashed=2", "--hashed=3", "--hashed=4", "-o",
                             "t")
        self.assertEqual((self.dir / "t").read_bytes(),
                         (HAB / "srk" / "srk4-hashed.table.bin").read_bytes())
        self.assertEqual(document["srk_hash"], SRK4)
        self.fails(2, "hab", "srk", cert("SRK1"), "--hashed=2")

    def test_refusals(self):
        run = self.fails(30, "hab", "srk", "-o", "t")
        self.assertIn("certificates", run.err)
        self.fails(30, "hab", "srk", cert("SRK1"), cert("SRK1"), "-o", "t")
        self.fails(30, "hab", "srk", cert("SRK1"), cert("SRKN2"), "-o", "t")
        self.fails(30, "hab", "srk", cert("nothing"), "-o", "t")
        self.fails(30, "hab", "srk", self.key("SRK1"), "-o", "t")
        self.fails(2, "hab", "srk", *[cert("SRK1")] * 5)
        self.fails(2, "hab", "srk", "--read=t", cert("SRK1"))
        self.write("bad", b"\xd7\x00\x04\x40")
        self.fails(30, "hab", "srk", "--read=bad")
        self.assertFalse((self.dir / "t").exists())

    def test_warns_of_tables_for_life(self):
        few = self.json("hab", "srk", cert("SRK1"))
        self.assertIn("one key", few["warnings"][0])
        none = self.json("hab", "srk", cert("SRK1"), cert("SRK2"),
                         "--hashed=1", "--hashed=2")
        self.assertEqual(len(none["warnings"]), 1)
        self.assertIn("nothing can be signed", none["warnings"][0])
        both = self.json("hab", "srk", cert("SRK1"), "--hashed=1")
        self.assertEqual(len(both["warnings"]), 2)
        self.assertNotIn("warnings", self.json(
            "hab", "srk", *map(cert, self.NAMES["srk4"]), "--hashed=1"))

    def test_empty_certificate(self):
        self.write("empty", b"")
        run = self.fails(30, "hab", "srk", "empty")
        self.assertIn("certificate", run.err)

    def test_never_overwrites(self):
        self.write("t", "mine")
        self.fails(30, "hab", "srk", cert("SRK1"), "-o", "t")
        self.assertEqual((self.dir / "t").read_text(), "mine")
        self.ok("hab", "srk", cert("SRK1"), "-o", "t", "--force")

    def test_srktool_agrees(self):
        if shutil.which("srktool") is None:
            self.skipTest("srktool is not installed: apt install "
                          "imx-code-signing-tool")
        for name, keys in self.NAMES.items():
            subprocess.run(
                ["srktool", "-h", "4", "-t", "nxp.table", "-e", "nxp.fuses",
                 "-d", "sha256", "-f", "1", "-c",
                 ",".join(str(cert(k)) for k in keys)],
                cwd=self.dir, check=True, stdout=subprocess.DEVNULL)
            self.ok("hab", "srk", *map(cert, keys), "-o", "t", "--fuses=f",
                    "--force")
            for ours, theirs in (("t", "nxp.table"), ("f", "nxp.fuses")):
                self.assertEqual((self.dir / ours).read_bytes(),
                                 (self.dir / theirs).read_bytes(), name)


class Image(HabTest):
    REGISTERS = """\
# the test image
DATA 4 0x020c4068 0xffffffff
DATA 4 0x020c406c 0xffffffff
DATA 4 0x020c4070 0xffffffff
DATA 4 0x020c4074 0xffffffff
DATA 4 0x020c4078 0xffffffff
DATA 4 0x020c407c 0xffffffff
DATA 4 0x020c4080 0xffffffff
SET_BIT 4 0x020e4024 0x1
CLR_BIT 4 0x021b0404 0x1
CHECK_BITS_SET 4 0x020c4068 0x3
DATA 4 0x021b001c 0x8000
"""

    def test_like_mkimage(self):
        want = (HAB / "image" / "test.imx").read_bytes()
        self.write("program", want[0xc00:])
        self.write("regs", self.REGISTERS)
        self.ok("hab", "image", "program", "--base=0x80010000",
                "--entry=0x80010040", "--registers=regs", "-o", "out")
        self.assertEqual((self.dir / "out").read_bytes(), want)

    def elf(self, entry, *segments):
        """An ELF executable of (address, bytes, size in memory)."""
        head = 52 + 32 * len(segments)
        table = body = b""
        for address, data, size in segments:
            table += struct.pack("<8I", 1, head + len(body), address, address,
                                 len(data), size, 7, 4)
            body += data
        return (b"\x7fELF\x01\x01\x01" + bytes(9) +
                struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, entry, 52, 0, 0, 52,
                            32, len(segments), 0, 0, 0) + table + body)

    def test_elf(self):
        self.write("p", self.elf(0x80010004, (0x80010000, b"code", 4),
                                 (0x80010010, b"data", 8)))
        document = self.json("hab", "image", "p", "-o", "i")
        self.assertEqual(document["base"], "0x80010000")
        self.assertEqual(document["entry"], "0x80010004")
        data = (self.dir / "i").read_bytes()
        self.assertEqual(data[0xc00:0xc18],
                         b"code" + bytes(12) + b"data" + bytes(4))
        self.assertEqual(data[4:8], bytes.fromhex("04000180"))
        self.assertEqual(len(data), 0x1c00)

    def test_bss(self):
        self.write("p", self.elf(0x80010000, (0x80010000, b"code", 0x1001)))
        self.ok("hab", "image", "p", "-o", "i")
        self.ok("hab", "image", "p", "-o", "j", "--bss")
        self.assertEqual((self.dir / "i").stat().st_size, 0x1c00)
        self.assertEqual((self.dir / "j").stat().st_size, 0x2c00)

    def test_boards(self):
        self.write("p", "x" * 100)
        for board, size in (("usbarmory-512", 976),
                            ("usbarmory-512-tzasc", 984),
                            ("usbarmory-1024", 960), ("none", 0)):
            document = self.json("hab", "image", "p", "--base=0x90010000",
                                 "--board=" + board, "-o", board)
            self.assertEqual(document["dcd_bytes"], size)
            self.assertEqual(document["self"], "0x9000f400")

    def test_refusals(self):
        self.write("p", "x" * 100)
        self.write("e", self.elf(0x80010000, (0x80010000, b"code", 4)))
        self.write("b", self.elf(0x80020000, (0x80010000, b"code", 4)))
        self.write("n", self.elf(0x80010000))
        self.write("r", "DATA 4 0x020c4068\n")
        self.fails(2, "hab", "image", "p", "-o", "i")
        self.fails(2, "hab", "image", "p", "-o", "i", "--base=80010000h")
        self.fails(2, "hab", "image", "e", "-o", "i", "--base=0x80010000")
        self.fails(30, "hab", "image", "b", "-o", "i")
        self.fails(30, "hab", "image", "n", "-o", "i")
        self.fails(30, "hab", "image", "p", "-o", "i", "--base=0x80010000",
                   "--entry=0x80020000")
        run = self.fails(30, "hab", "image", "e", "-o", "i", "--registers=r")
        self.assertIn("line", run.err)
        self.assertFalse((self.dir / "i").exists())

    def test_warns_of_registers(self):
        self.write("e", self.elf(0x80010000, (0x80010000, b"code", 4)))
        self.write("r", "DATA 4 0x00900000 1\n")
        document = self.json("hab", "image", "e", "-o", "i", "--registers=r")
        self.assertIn("ROM refuses", document["warnings"][0])


if __name__ == "__main__":
    awcli.main()
