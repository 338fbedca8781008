# SPDX-License-Identifier: Apache-2.0
"""aw hab: images, tables, signatures, verdicts, explanations."""
import json
import shutil
import signal
import struct
import subprocess
import time

import awcli
import keyhold

HAB = awcli.VECTORS.parent / "hab"
TIME = "--signing-time=1735689600"
SRK4 = "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c"
CSF_AREA = 16384


def cert(name):
    return HAB / "pki" / "crts" / (name + "_crt.pem")


class Case(awcli.Test):
    def key(self, name):
        """A copy of a test key that only its owner can read."""
        path = self.write(name + ".key.pem",
                          (HAB / "pki" / "keys" / ("TEST-%s_key.pem" % name))
                          .read_bytes())
        path.chmod(0o600)
        return path

    def sign_args(self, csf="CSF1_1", img="IMG1_1", table="srk4"):
        args = ["hab", "sign", HAB / "image" / "test.imx",
                "--srk-table=%s" % (HAB / "srk" / (table + ".table.bin")),
                "--csf-cert=%s" % cert(csf), "--csf-key=%s" % self.key(csf),
                TIME]
        if img:
            args += ["--img-cert=%s" % cert(img),
                     "--img-key=%s" % self.key(img)]
        return args


class Srk(Case):
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


class Image(Case):
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


class Sign(Case):
    # stem of the recorded CSF: table, SRK, CSF key, IMG key, options
    SAME = {
        "flash.cst331": ("srk4", 1, "CSF1_1", "IMG1_1"),
        "flash.cst401": ("srk4", 1, "CSF1_1", "IMG1_1", "--layout=cst4"),
        "flash-srk2.cst331": ("srk4", 2, "CSF2_1", "IMG2_1"),
        "flash-hashed.cst331": ("srk4-hashed", 1, "CSF1_1", "IMG1_1"),
        "flash-4096.cst331": ("srk4096", 1, "CSFB1", "IMGB1"),
        "flash-longcsf.cst331": ("srk4", 1, "CSFL", "IMG1_1"),
        "flash-fast.cst331": ("srkn4", 1, "SRKN1", None, "--fast"),
        "sdp.cst331": ("srk4", 1, "CSF1_1", "IMG1_1", "--sdp"),
        "sdp.cst401": ("srk4", 1, "CSF1_1", "IMG1_1", "--sdp",
                       "--layout=cst4"),
    }

    def test_same_bytes_as_cst(self):
        for stem, (table, srk, csf, img, *more) in self.SAME.items():
            out = self.dir / stem
            self.ok(*self.sign_args(csf, img, table), "--srk=%d" % srk, *more,
                    "-o", out)
            want = (HAB / "csf" / (stem + ".bin")).read_bytes()
            self.assertEqual(out.read_bytes(),
                             want + bytes(CSF_AREA - len(want)), stem)

    def test_joined_and_document(self):
        document = self.json(*self.sign_args(), "--sdp", "-o", "c",
                             "--joined=j")
        self.assertEqual((self.dir / "j").read_bytes(),
                         (HAB / "image" / "test.imx").read_bytes() +
                         (self.dir / "c").read_bytes())
        self.assertEqual(document["srk_hash"], SRK4)
        self.assertEqual([b["address"] for b in document["signed"]],
                         ["0x8000f400", "0x00910000"])
        self.assertEqual(document["signing_time"], "1735689600")
        self.ok("hab", "verify", "j", "--sdp", "--srk-hash=" + SRK4)
        self.fails(10, "hab", "verify", "j", "--srk-hash=" + SRK4)

    def test_outputs_all_or_none(self):
        self.write("mine", "mine")
        (self.dir / "d").mkdir()
        for joined in ("mine", "no/such", "d"):
            self.fails(30, *self.sign_args(), "-o", "c", "--joined=" + joined)
            self.assertFalse((self.dir / "c").exists())
        self.fails(30, *self.sign_args(), "-o", "mine", "--joined=d",
                   "--force")
        self.assertEqual((self.dir / "mine").read_text(), "mine")
        self.ok(*self.sign_args(), "-o", "mine", "--joined=j", "--force")
        self.assertEqual((self.dir / "mine").stat().st_size, CSF_AREA)
        names = ("srk.table", "fuses")
        self.write("fuses", "mine")
        self.fails(30, "hab", "srk", cert("SRK1"), "-o", "srk.table",
                   "--fuses=fuses")
        self.assertFalse((self.dir / names[0]).exists())
        self.assertEqual(sorted(p.name for p in self.dir.glob(".aw*")), [])

    def test_outputs_are_no_inputs(self):
        """--force replaces what was written before, not a key or an image."""
        image = self.write("i.imx", (HAB / "image" / "test.imx").read_bytes())
        args = self.sign_args()
        args[2] = image
        inputs = [image, self.dir / "CSF1_1.key.pem",
                  self.dir / "IMG1_1.key.pem"]
        before = [p.read_bytes() for p in inputs]
        (self.dir / "link").symlink_to("i.imx")
        for path in [*inputs, "./i.imx", "link"]:
            for option in ("--output=%s", "--joined=%s"):
                self.fails(2, *args, option % path, "--force")
        for one, two in (("z", "z"), ("z", "./z"), ("z", self.dir / "z")):
            self.fails(2, *args, "-o", one, "--joined=%s" % two, "--force")
        self.fails(2, *args, "-o", "-")
        self.fails(2, "hab", "image", image, "--base=0x80010000", "-o", image,
                   "--force")
        self.fails(2, "hab", "srk", self.write("c", cert("SRK1").read_text()),
                   "-o", "c", "--force")
        self.fails(2, "hab", "srk", cert("SRK1"), "-o", "t", "--fuses=t")
        self.assertEqual([p.read_bytes() for p in inputs], before)
        self.assertFalse((self.dir / "z").exists())
        self.assertFalse((self.dir / "-").exists())

    def test_which_key_does_not_fit(self):
        for option, key, cert_name in (("csf", "IMG1_1", "CSF1_1"),
                                       ("img", "CSF1_1", "IMG1_1")):
            args = [a for a in self.sign_args() if
                    not str(a).startswith("--%s-key" % option)]
            path = self.key(key)
            document = self.json(*args, "--%s-key=%s" % (option, path), "-o",
                                 "c", code=30)
            self.assertEqual(document["error"]["subject"], str(path))
            self.assertIn(cert_name, document["error"]["expected"])
            self.assertIn("--%s-key" % option, document["error"]["remedy"])
        document = self.json(*self.sign_args(img="IMG2_1"), "-o", "c", code=30)
        self.assertIn("IMG2_1", document["error"]["subject"])
        document = self.json(*self.sign_args(csf="CSF2_1"), "-o", "c", code=30)
        self.assertIn("CSF2_1", document["error"]["subject"])

    def test_time_limits(self):
        args = [a for a in self.sign_args() if a != TIME]
        self.ok(*args, "--signing-time=253402300799", "-o", "last")
        run = self.fails(2, *args, "--signing-time=253402300800", "-o", "c")
        self.assertIn("9999", run.err)

    def test_pin_is_not_shown(self):
        args = [a for a in self.sign_args() if
                not str(a).startswith("--csf-key")]
        run = self.fails(30, *args, "-o", "c", "--csf-key=pkcs11:token=T;"
                         "object=K?pin-value=s3cret&module-path=m&"
                         "pin-value=s3cret", "--json")
        self.assertNotIn("s3cret", run.out + run.err)
        self.assertIn("module-path=m", run.out)

    def test_now_is_the_default_time(self):
        args = [a for a in self.sign_args() if a != TIME]
        document = self.json(*args, "-o", "c")
        self.assertGreater(int(document["signing_time"]), 1735689600)

    def refused(self, *args):
        run = self.fails(30, *args, "-o", "c", "--joined=j")
        self.assertFalse((self.dir / "c").exists(), run)
        self.assertFalse((self.dir / "j").exists(), run)
        self.assertEqual(run.out, "")
        return run

    def test_refused_before_anything_is_written(self):
        swap = self.sign_args()
        swap[4] = "--csf-cert=%s" % cert("CSF1_1")
        swap[5] = "--csf-key=%s" % self.key("IMG1_1")
        run = self.refused(*swap)
        self.assertIn("key does not fit", run.err)
        for n in (0, 5, 9, 300):
            self.refused(*self.sign_args(), "--srk=%d" % n)
        for empty in (b"", b"\xd7\x00\x04\x40"):
            args = self.sign_args()
            args[3] = "--srk-table=%s" % self.write("t", empty)
            self.refused(*args)
        self.refused(*self.sign_args("CSF2_1"))
        self.refused(*self.sign_args("CSF1_1", "ATT"))
        self.refused(*self.sign_args("CSF1_1", "IMGCA"))
        self.refused(*self.sign_args("CSFEKU"))
        self.refused(*self.sign_args("CSFKU"))
        self.refused(*self.sign_args("CSF2_1", "IMG2_1", "srk4-hashed"),
                     "--srk=2")

    def test_image_that_cannot_boot(self):
        data = bytearray((HAB / "image" / "test.imx").read_bytes())
        args = self.sign_args()
        data[52:56] = bytes.fromhex("00900000")
        args[2] = self.write("i", data)
        run = self.refused(*args)
        self.assertIn("INV_ADDRESS", run.err)
        args[2] = self.write("i", data[:-4])
        self.refused(*args)
        args[2] = self.write("i", "no image at all")
        self.refused(*args)

    def test_keys_are_private(self):
        args = self.sign_args()
        (self.dir / "CSF1_1.key.pem").chmod(0o644)
        run = self.refused(*args)
        self.assertIn("chmod 600", run.err)
        args = self.sign_args()
        args[5] = "--csf-key=%s" % cert("CSF1_1")
        self.refused(*args)

    def test_usage(self):
        args = self.sign_args()
        self.fails(2, *args)
        self.fails(2, *self.sign_args("CSF1_1", None), "-o", "c")
        self.fails(2, *args, "--fast", "-o", "c")
        self.fails(2, *args, "--dcd-address=1", "-o", "c")
        self.fails(2, *args, "--engine=warp", "-o", "c")

    def test_never_overwrites(self):
        self.write("c", "mine")
        self.fails(30, *self.sign_args(), "-o", "c")
        self.assertEqual((self.dir / "c").read_text(), "mine")
        self.ok(*self.sign_args(), "-o", "c", "--force")

    def test_revocation(self):
        """SRK 1 is revoked; the bootloader of SRK 2 boots and unlocks."""
        image = HAB / "image" / "test.imx"
        self.ok(*self.sign_args(), "-o", "old")
        self.ok(*self.sign_args("CSF2_1", "IMG2_1"), "--srk=2",
                "--unlock-srk-revoke", "-o", "new")
        verify = ["hab", "verify", image, "--srk-hash=" + SRK4,
                  "--srk-revoke=1"]
        document = self.json(*verify, "--csf=old", code=10)
        self.assertEqual(document["error"]["code"], "HAB_INV_INDEX")
        document = self.json(*verify, "--csf=new")
        self.assertEqual(document["srk"], 2)
        self.assertIn("UNLOCKS_REVOKE",
                      [d["code"] for d in document["dangers"]])

    def test_csf_parser_reads_it(self):
        if shutil.which("csf_parser") is None:
            self.skipTest("csf_parser is not installed: apt install "
                          "imx-code-signing-tool")
        for more in ([], ["--sdp"], ["--layout=cst4"]):
            self.ok(*self.sign_args(), *more, "-o", "c", "--force")
            area = (self.dir / "c").read_bytes()
            csf = area.rstrip(b"\0")
            self.write("u", csf + bytes(-len(csf) % 4))
            shutil.rmtree(self.dir / "output", True)
            done = subprocess.run(["csf_parser", "-c", "u"], cwd=self.dir,
                                  check=True, stdout=subprocess.PIPE)
            self.assertNotIn(b"rror", done.stdout)
            report = (self.dir / "output" / "parsed_output.txt").read_text()
            self.assertEqual(report.count("HAB_CMD_AUT_DAT\t"), 2, report)
            self.assertEqual((self.dir / "output" / "SRKTable.bin")
                             .read_bytes(),
                             (HAB / "srk" / "srk4.table.bin").read_bytes())


class Token(Case):
    """Keys in a software token, SoftHSM2."""

    def setUp(self):
        super().setUp()
        self.token = keyhold.Token(self)
        self.module = self.token.module
        self.env = self.token.env
        self.uri = self.token.uri
        for name in ("CSF1_1", "IMG1_1"):
            self.token.add_file(self.key(name), name)

    def args(self, csf, img):
        args = self.sign_args()
        args[5] = "--csf-key=" + csf
        args[8] = "--img-key=" + img
        return args

    def test_same_bytes_as_from_files(self):
        self.ok(*self.args(self.uri("CSF1_1"), self.uri("IMG1_1")), "-o", "t",
                env=self.env)
        want = (HAB / "csf" / "flash.cst331.bin").read_bytes()
        self.assertEqual((self.dir / "t").read_bytes()[:len(want)], want)
        self.ok(*self.args(self.uri("CSF1_1", ""), self.uri("IMG1_1", "")),
                "-o", "u", env={**self.env, "AW_TOKEN_PIN": "1234"})
        self.assertEqual((self.dir / "u").read_bytes(),
                         (self.dir / "t").read_bytes())
        # one key in the token, one in a file
        mixed = self.args(self.uri("CSF1_1"), str(self.key("IMG1_1")))
        self.ok(*mixed, "-o", "v", env=self.env)
        self.assertEqual((self.dir / "v").read_bytes(),
                         (self.dir / "t").read_bytes())

    def refused(self, csf, word, **env):
        run = self.fails(30, *self.args(csf, self.uri("IMG1_1")), "-o", "t",
                         env={**self.env, **env})
        self.assertIn(word, run.err)
        self.assertFalse((self.dir / "t").exists())

    def test_refusals(self):
        self.refused(self.uri("IMG1_1"), "key does not fit")
        self.refused(self.uri("nothing"), "no token has this key")
        self.refused(self.uri("CSF1_1", ""), "wants a PIN")
        self.refused(self.uri("CSF1_1", ""), "refuses the PIN",
                     AW_TOKEN_PIN="4321")
        self.refused(self.uri("CSF1_1", "&pin-value=1234"), "pin-source")
        self.refused("pkcs11:token=T?module-path=%s&pin-source=pin" %
                     self.module, "more than one key")
        self.refused("pkcs11:object=x?module-path=/nothing.so", "/nothing.so")
        self.refused("pkcs11:;;=", "token")
        (self.dir / "pin").chmod(0o644)
        self.refused(self.uri("CSF1_1"), "pin")


class Verify(Case):
    def file_of(self, case):
        """Image and CSF of a case with its patches, and the DCD."""
        csf = (HAB / case["csf"]).read_bytes()
        data = bytearray((HAB / case["image"]).read_bytes() + csf +
                         bytes(max(0, case["csf_pad_to"] - len(csf))))
        dcd = bytearray((HAB / "image" / "test.dcd.bin").read_bytes())
        for target, patches in ((data, case["patches"]),
                                (dcd, case["dcd_patches"])):
            for patch in patches:
                new = bytes.fromhex(patch["hex"])
                target[patch["offset"]:patch["offset"] + len(new)] = new
        return self.write("case", data), self.write("dcd", dcd)

    def test_tamper_cases(self):
        cases = json.loads((HAB / "tamper" / "cases.json").read_text())
        self.assertEqual(len(cases["cases"]), 54)
        for case in cases["cases"]:
            path, dcd = self.file_of(case)
            args = ["hab", "verify", path, "--srk-hash=" + case["srk_fuse"],
                    "--srk-revoke=%d" % case["srk_revoke"]]
            if case["mode"] == "sdp":
                args += ["--sdp", "--dcd=%s" % dcd]
            if case["config"] == "open":
                args += ["--open"]
            document = self.json(*args, code=0 if case["boots"] else 10)
            self.assertEqual(document["boots"], case["boots"], case["id"])
            events = [e["bytes"] for e in document["events"]]
            self.assertEqual(sorted(events), sorted(case["events"]),
                             case["id"])
            self.assertEqual(events[:1], case["events"][:1], case["id"])

    def test_no_dcd_is_sent(self):
        """An empty --dcd is none, not the image's own."""
        image = HAB / "signed" / "sdp.cst331.signed.imx"
        args = ("hab", "verify", image, "--sdp", "--srk-hash=" + SRK4)
        self.ok(*args)
        self.write("empty", b"")
        self.json(*args, "--dcd=empty", code=10)
        self.ok(*args, "--dcd=%s" % (HAB / "image" / "test.dcd.bin"))

    def test_dcd_goes_where_the_rom_allows(self):
        image = HAB / "signed" / "sdp.cst331.signed.imx"
        for address in ("0", "0x00900000", "0x00906fff", "0x00917ff0",
                        "0x020c4000", "0xfffffff8"):
            document = self.json(*self.sign_args(), "--sdp", "-o", "c",
                                 "--dcd-address=" + address, code=30)
            if address != "0xfffffff8": # wraps, which is refused earlier
                self.assertIn("INV_ADDRESS", document["error"]["got"])
            self.assertFalse((self.dir / "c").exists())
            document = self.json("hab", "verify", image, "--sdp",
                                 "--srk-hash=" + SRK4,
                                 "--dcd-address=" + address, code=10)
            self.assertEqual(document["events"][0]["context"], "TARGET")
        for address in ("0x00907000", "0x00917f8c", "0x80000000"):
            out = "c" + address
            self.ok(*self.sign_args(), "--sdp", "-o", out,
                    "--dcd-address=" + address)
            self.ok("hab", "verify", HAB / "image" / "test.imx", "--sdp",
                    "--csf=" + out, "--srk-hash=" + SRK4,
                    "--dcd-address=" + address)

    def test_hash_forms(self):
        image = HAB / "signed" / "flash.cst331.signed.imx"
        for value in (SRK4, SRK4.upper(), HAB / "srk" / "srk4.fuse.bin"):
            document = self.json("hab", "verify", image,
                                 "--srk-hash=%s" % value)
            self.assertTrue(document["authenticated"])
        self.fails(30, "hab", "verify", image, "--srk-hash=" + SRK4[:-2])
        self.fails(30, "hab", "verify", image, "--srk-hash=%s" % image)
        self.fails(2, "hab", "verify", image)
        # leading zeros stay
        table = self.json("hab", "srk", *map(cert, ["SRK2", "SRK3", "SRK1",
                                                    "SRK4"]))
        self.assertTrue(table["srk_hash"].startswith("00"))

    def test_wrong_form_is_named(self):
        document = self.json("hab", "verify",
                             HAB / "signed" / "sdp.habtool.signed.imx",
                             "--srk-hash=" + SRK4, code=10)
        self.assertEqual(document["dangers"][-1]["code"], "WRONG_FORM")
        self.assertEqual(document["error"]["code"], "HAB_INV_SIGNATURE")

    def test_dangers(self):
        image = HAB / "image" / "test.imx"
        for stem, code, exit_code in (
                ("flash-csfeku.cst331", "EXT_KEY_USAGE", 10),
                ("flash-imgca.cst331", "CA_LEAF", 10),
                ("flash-csfku.cst331", "LONG_KEY_USAGE", 10),
                ("flash-4096.cst331", "KEY_SIZE", 10),
                ("flash-dcp.habtool", "ENGINE_DCP", 0),
                ("flash-partial.cst331", "UNCOVERED", 10),
                ("flash-cmds.cst331", "UNLOCKS_RETURN", 0)):
            document = self.json(
                "hab", "verify", image, "--srk-hash=" + SRK4,
                "--csf=%s" % (HAB / "csf" / (stem + ".bin")), code=exit_code)
            self.assertIn(code, [d["code"] for d in document["dangers"]],
                          stem)

    def test_usage(self):
        image = HAB / "image" / "test.imx"
        self.fails(2, "hab", "verify", image, "--srk-hash=" + SRK4,
                   "--dcd-address=5")
        self.fails(2, "hab", "verify", image, "--srk-hash=" + SRK4,
                   "--srk-revoke=8")
        run = self.fails(10, "hab", "verify", "-", "--srk-hash=" + SRK4)
        self.assertIn("standard input", run.err)


class Explain(Case):
    def test_files(self):
        for path, kind, words in (
                ("signed/flash.cst331.signed.imx", "image",
                 ["entry: 0x80010040", "SRK 1 of the table",
                  "TEST CSF1_1", "coverage"]),
                ("csf/flash-cmds.cst331.bin", "csf",
                 ["OCOTP: SRK revocation", "NOP"]),
                ("csf/flash-longcsf.habtool.bin", "csf", ["malformed"]),
                ("image/test.dcd.bin", "dcd",
                 ["*(u32 *)0x020e4024 |= 0x00000001", "wait until set"]),
                ("srk/srk4-hashed.table.bin", "object",
                 [SRK4, "hash only"]),
                ("pki/crts/CSFEKU_crt.pem", "certificate",
                 ["extendedKeyUsage"])):
            run = self.ok("hab", "explain", HAB / path)
            self.assertIn("kind:                   " + kind, run.out)
            for word in words:
                self.assertIn(word, run.out, path)
            document = self.json("hab", "explain", HAB / path)
            self.assertEqual(document["kind"], kind)
            self.assertTrue(document["parts"])

    def test_every_csf(self):
        for path in sorted((HAB / "csf").glob("*.bin")):
            document = self.json("hab", "explain", path)
            size = path.stat().st_size
            for part in document["parts"]:
                self.assertLessEqual(part["offset"] + part["bytes"], size)

    def test_events(self):
        event = "db001c423318c000ca00140002c5ff0000000d048000f40000002c00"
        document = self.json("hab", "explain", "--hex=" + event)
        self.assertEqual(document["events"][0]["reason"], "INV_SIGNATURE")
        self.assertEqual(document["events"][0]["command"],
                         "Authenticate Data")
        self.write("log", bytes.fromhex("0c000400" + event + "00000000"))
        document = self.json("hab", "explain", "log")
        self.assertEqual(document["kind"], "events")
        self.assertEqual(len(document["events"]), 1)
        self.write("text", "33 22 0a 00\n")
        document = self.json("hab", "explain", "text")
        self.assertEqual(document["events"][0]["reason"], "INV_ADDRESS")
        document = self.json("hab", "explain", "--hex=f0f0f0f0")
        self.assertEqual(document["events"][0]["status"], "SUCCESS")

    @staticmethod
    def printed(log, address=0x904000):
        """Memory as md.b of U-Boot prints it."""
        lines = []
        for at in range(0, len(log), 16):
            part = log[at:at + 16]
            lines.append("%08x:%s%s    %s" % (
                address + at, "".join(" %02x" % b for b in part),
                "   " * (16 - len(part)), "." * len(part)))
        return "\n".join(lines) + "\n"

    def test_logs_as_text(self):
        log = bytes.fromhex("0c00044203000400db00084233110f00" + "00" * 13)
        want = self.json("hab", "explain", self.write("log", log))
        self.assertEqual(len(want["events"]), 1)
        self.assertNotIn("warnings", want)
        for text in (self.printed(log), log.hex(),
                     self.printed(log).replace("\n", "\r\n")):
            got = self.json("hab", "explain", self.write("text", text))
            self.assertEqual(got, want)
        self.write("text", "=> md.b 0x904000 0x20\n" + self.printed(log))
        self.fails(30, "hab", "explain", "text")

    def test_bytes_behind_a_log(self):
        log = bytes.fromhex("0c000442" + "00" * 16 + "db00084233110f00")
        document = self.json("hab", "explain", self.write("log", log))
        self.assertEqual(document["events"], [])
        self.assertIn("0x14", document["warnings"][0])

    def test_headers_that_are_none(self):
        name = "flash-longcsf.habtool.bin"
        run = self.ok("hab", "explain", HAB / "csf" / name)
        for length in (39846, 42550):
            self.assertIn("length %d" % length, run.out)

    def test_not_explained(self):
        self.write("f", "something else")
        self.fails(30, "hab", "explain", "f")
        self.fails(30, "hab", "explain", "-", stdin=b"")
        self.fails(2, "hab", "explain")
        self.fails(2, "hab", "explain", "f", "--hex=00")
        self.fails(2, "hab", "explain", "--hex=0")
        run = self.aw("hab", "explain", "--hex=db000842331111")
        self.assertIn("no record", run.err)


class Pki(Case):
    def test_from_nothing_to_a_signed_image(self):
        document = self.json("hab", "pki", "-o", "p", "--name=Example",
                             "--organization=Org", "--unit=Unit",
                             "--env=CI")
        self.assertGreaterEqual(len(document["revocation_plan"]), 5)
        folder = self.dir / "p"
        keys = sorted(p.relative_to(folder).as_posix()
                      for p in folder.rglob("*.key.pem"))
        self.assertEqual(len(keys), 13)
        self.assertEqual([k for k in keys if not k.startswith("offline/")],
                         ["csf1.key.pem", "img1.key.pem"])
        for key in folder.rglob("*.key.pem"):
            self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        again = self.json("hab", "srk", *["p/srk%d.crt.pem" % i
                                          for i in (1, 2, 3, 4)])
        self.assertEqual(again["srk_hash"], document["srk_hash"])
        for i, where in ((1, ""), (4, "offline/")):
            self.ok("hab", "sign", HAB / "image" / "test.imx",
                    "--srk-table=p/srk.table.bin", "--srk=%d" % i,
                    "--csf-cert=p/csf%d.crt.pem" % i,
                    "--csf-key=p/%scsf%d.key.pem" % (where, i),
                    "--img-cert=p/img%d.crt.pem" % i,
                    "--img-key=p/%simg%d.key.pem" % (where, i),
                    "--joined=j%d" % i)
            document = self.json("hab", "verify", "j%d" % i,
                                 "--srk-hash=p/srk.hash.bin")
            self.assertEqual(document["srk"], i)
            self.assertEqual([d["code"] for d in document["dangers"]],
                             ["DCD_ENDLESS"])
        self.fails(30, "hab", "pki", "-o", "p")
        if shutil.which("openssl"):
            subprocess.run(["openssl", "verify", "-CAfile", "p/root.crt.pem",
                            "-untrusted", "p/srk3.crt.pem", "p/img3.crt.pem"],
                           cwd=self.dir, check=True,
                           stdout=subprocess.DEVNULL)
            run = subprocess.run(["openssl", "x509", "-in", "p/csf2.crt.pem",
                                  "-noout", "-subject", "-serial"],
                                 cwd=self.dir, check=True, text=True,
                                 stdout=subprocess.PIPE)
            self.assertIn("O = Org, OU = Unit, CN = Example SRK2 CSF CI",
                          run.stdout)

    def test_usage(self):
        self.fails(2, "hab", "pki")
        self.fails(2, "hab", "pki", "-o", "p", "--years=0")
        self.fails(2, "hab", "pki", "-o", "p", "--bits=1024")
        self.fails(30, "hab", "pki", "-o", "p", "--name=" + "x" * 80)
        self.assertFalse((self.dir / "p").exists())

    def test_only_a_new_folder(self):
        """A folder with anything in it would get keys of two runs."""
        (self.dir / "empty").mkdir()
        self.write("full/mine", "mine")
        self.write("file", "mine")
        for name in ("empty", "full", "file", "full/"):
            run = self.fails(30, "hab", "pki", "-o", name)
            self.assertIn("new folder", run.err)
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()),
                         ["empty", "file", "full", "home"])
        self.assertEqual(list((self.dir / "empty").iterdir()), [])
        self.assertEqual([p.name for p in (self.dir / "full").iterdir()],
                         ["mine"])

    def test_all_or_nothing(self):
        """A disk that is full keeps nothing, not even the folder."""
        run = self.aw("-c", "ulimit -f 2; exec %s hab pki -o p" % awcli.AW,
                      program="/bin/sh")
        self.assertEqual(run.code, 24, run)
        self.assertEqual([p.name for p in self.dir.iterdir()], ["home"])

    def test_stops_between_keys(self):
        """A signal that comes while keys are made ends the run."""
        events = self.dir / "events"
        process = subprocess.Popen(
            [awcli.AW, "hab", "pki", "-o", "p", "--bits=3072", "--json",
             "--events=events"], cwd=self.dir, env=self.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not (events.exists() and '"make keys"' in events.read_text()):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=awcli.TIMEOUT_S)
        self.assertEqual(process.returncode, 31, err)
        self.assertIn("before all keys", json.loads(out)["error"]["what"])
        self.assertFalse((self.dir / "p").exists())


if __name__ == "__main__":
    awcli.main()
