# SPDX-License-Identifier: Apache-2.0
"""aw hab sign, with keys from files and from a token."""
import shutil
import subprocess

import awcli
import keyhold
from hab_vectors import CSF_AREA, HAB, HabTest, SRK4, TIME, cert


class Sign(HabTest):
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
        self.assertIn("signing time:           2025-01-01T00:00:00Z\n",
                      self.ok(*self.sign_args(), "--sdp", "-o", "e").out)
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


class Token(HabTest):
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


if __name__ == "__main__":
    awcli.main()
