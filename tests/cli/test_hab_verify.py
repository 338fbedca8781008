# SPDX-License-Identifier: Apache-2.0
"""aw hab verify and aw hab explain."""
import json

import awcli
from hab_vectors import HAB, HabTest, SRK4, cert


class Verify(HabTest):
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


class Explain(HabTest):
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


if __name__ == "__main__":
    awcli.main()
