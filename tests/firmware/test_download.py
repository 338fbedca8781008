# SPDX-License-Identifier: Apache-2.0
"""An image of ours on twins, open and closed, by serial download and from the
eMMC; and every tamper vector, refused with its HAB word."""
import json
import os
import struct

import host  # makes the next ones importable

import awcli  # noqa: E402  pylint: disable=wrong-import-position
import usbip  # noqa: E402  pylint: disable=wrong-import-position
import twins  # noqa: E402  pylint: disable=wrong-import-position

HAB = host.SOURCE / "tests" / "vectors" / "hab"
LINE = "hello from an image\n"
DCD_AT, HAB_LOG, HAB_LOG_SIZE = 0x00910000, "0x00904000", "0xb80"
EMMC_AT, DCD_OFFSET = 0x400, 0x2c


def events(log):
    """Events in HAB's log: docs/formats/hab-events.md."""
    found, at = [], 0
    while at + 4 <= len(log) and log[at] != 0:
        size = max(int.from_bytes(log[at + 1:at + 3], "big"), 4)
        if log[at] == 0xdb:
            found.append(log[at:at + size].hex())
        at += (size + 3) & ~3
    return found


class Case(twins.Case):
    def image(self):
        self.ok("hab", "image", host.IMAGE, "-o", "hello.imx",
                "--board=usbarmory-512")
        return "hello.imx"

    def pki(self):
        """@return the SRK hash"""
        self.ok("hab", "pki", "--output=keys", "--name=Test")
        return (self.dir / "keys" / "srk.hash.bin").read_bytes().hex()

    def sign(self, *args):
        name = "signed%s.imx" % "".join(args)
        self.ok("hab", "sign", "hello.imx", "--srk-table=keys/srk.table.bin",
                "--csf-cert=keys/csf1.crt.pem", "--csf-key=keys/csf1.key.pem",
                "--img-cert=keys/img1.crt.pem", "--img-key=keys/img1.key.pem",
                "--output=%s.csf" % name, "--joined=" + name, *args)
        return name

    def begin(self, soc="ull", fuses=None, switch="usb"):
        self.ok("twin", "create", "twin", "--soc=" + soc)
        self.ok("twin", "switch", "twin", switch)
        twins.blow(self.twin, fuses or {})

    def flash(self, image):
        with open(self.twin / "emmc.img", "r+b") as emmc:
            emmc.seek(EMMC_AT)
            emmc.write((self.dir / image).read_bytes())

    def send(self, image, code=0):
        return self.json("sdp", "boot", image, "--unverified", self.DEVICE,
                         code=code)


class Boot(Case):
    def test_open(self):
        self.image()
        for soc in ("ul", "ull", "ulz"):
            with self.subTest(soc):
                self.twin = self.dir / "twin"
                self.begin(soc)
                self.start()
                self.assertTrue(self.send("hello.imx")["left_bus"])
                self.wait_console(LINE)
                # Nothing that silicon would not forgive.
                self.assertEqual(self.status()["reports"], [])
                self.stop()
                self.twin.rename(self.dir / soc)

    def test_closed(self):
        """Only what is signed in the form for serial download."""
        self.image()
        fuses = twins.closed(self.pki())
        sdp, medium = self.sign("--sdp"), self.sign()
        self.begin(fuses=fuses)
        for image, word in (("hello.imx", "33 11 cf 00"),
                            (medium, "33 18 c0 00")):
            with self.subTest(image):
                self.start()
                document = self.send(image, code=30)
                self.assertIn(word, document["error"]["got"])
                self.assertEqual(self.console(), "")
                self.stop()
        self.start()
        self.assertEqual(self.send(sdp)["state"], "closed")
        self.wait_console(LINE)

    def test_other_keys(self):
        self.image()
        self.pki()
        self.begin(fuses=twins.closed("ab" * 32))
        self.start()
        document = self.send(self.sign("--sdp"), code=30)
        self.assertIn("33 21 c0 00", document["error"]["got"])
        self.assertEqual(self.console(), "")

    def test_medium(self):
        """From the eMMC of a closed part: only what is signed for it."""
        self.image()
        self.begin(fuses=twins.closed(self.pki()), switch="mmc")
        self.flash(self.sign())
        self.start()
        self.wait_console(LINE)
        self.stop()
        self.flash(self.sign("--sdp"))
        self.start()
        self.wait_state("serial")
        self.assertEqual(self.console(), LINE)


class Recovery(Case):
    """Our image that is a disk: another device in the plug from which it was
    booted, for a client of USB/IP."""

    BLOCK = 0x1d21000  # no area of ours

    def command(self, cdb, direction, size, data=b""):
        """One command of bulk-only transport. @return data of the device"""
        client = self.client
        wrapper = struct.pack("<4sIIBBB16s", b"USBC", 7, size,
                              0x80 if direction == usbip.IN else 0, 0,
                              len(cdb), cdb)
        sent = [client.submit(usbip.OUT, 1, len(wrapper), wrapper)]
        if size > 0:
            sent.append(client.submit(direction, 1, size, data))
        sent.append(client.submit(usbip.IN, 1, 13))
        replies = [client.wait(seqnum) for seqnum in sent]
        self.assertEqual({r.status for r in replies}, {0})
        self.assertEqual(replies[-1].data,
                         b"USBS" + struct.pack("<IIB", 7, 0, 0))
        return replies[1].data

    def test_disk(self):
        image = host.IMAGE.parents[1]
        self.begin()
        self.start()
        client = self.serve()
        data = (image / "recovery.imx").read_bytes()
        address = int.from_bytes(data[20:24], "little")
        size = int.from_bytes(data[DCD_OFFSET + 1:DCD_OFFSET + 3], "big")
        client.write(0x0a0a, DCD_AT, data[DCD_OFFSET:DCD_OFFSET + size])
        client.write(0x0404, address, data[:12] + bytes(4) + data[16:])
        client.jump(address)
        self.assertEqual(client.wait(client.submit(usbip.IN, 1, 65)).status,
                         usbip.ESHUTDOWN)
        client.close()
        self.end_server()
        self.client = self.serve()
        reply = self.client.control(0x80, 6, 0x0100, 0, 18)
        self.assertEqual(reply.data[8:12], bytes.fromhex("09120227"))
        self.assertIn(b"F-Secure", self.command(b"\x12\0\0\0\x24\0",
                                                usbip.IN, 36))
        blocks, block = struct.unpack(">II", self.command(
            b"\x25" + bytes(9), usbip.IN, 8))
        self.assertEqual((blocks + 1, block), (30576640, 512))
        want = os.urandom(64 * 512)
        where = struct.pack(">IBHB", self.BLOCK, 0, 64, 0)
        self.command(b"\x2a\0" + where, usbip.OUT, len(want), want)
        self.command(b"\x35" + bytes(9), usbip.OUT, 0)
        self.assertEqual(self.command(b"\x28\0" + where, usbip.IN,
                                      len(want)), want)
        with open(self.twin / "emmc.img", "rb") as emmc:
            emmc.seek(self.BLOCK * 512)
            self.assertEqual(emmc.read(len(want)), want)
        self.assertEqual(self.status()["reports"], [])


class Storage(Case):
    """Faults of the eMMC as an image of ours meets them: the one that tests
    the platform writes and reads blocks."""

    LBA = 0x1d21000  # in platform_test.c
    GOOD = ["ok   card: eMMC", "ok   card: writes", "ok   card: reads"]

    def cards(self, *fault):
        """Lines about the card, with a fault from the start."""
        (self.twin / "console.log").unlink(missing_ok=True)
        self.start("--off")
        if fault:
            self.ok("twin", "fault", fault[0], "twin", *fault[1:])
        self.ok("twin", "power", "twin", "on")
        self.send("platform.imx")
        # A read that fails is waited for as long as the controller can.
        patient = "--op=read" in fault
        self.ok("twin", "run", "twin", "--for=%ds" % (30 if patient else 3))
        self.stop()
        return [line for line in self.console().splitlines()
                if "card" in line][:3]

    def test_faults(self):
        program = host.IMAGE.with_name(
            "platform_test.elf")
        self.ok("hab", "image", program, "-o", "platform.imx",
                "--board=usbarmory-512")
        self.begin()
        self.assertEqual(self.cards(), self.GOOD)
        self.assertIn("ok   card: HS200\n", self.console())
        for fault, line in (
                (("line", "cmd-timeout", "--skip=8"), "FAIL card: SD"),
                (("line", "data-crc", "--skip=8"), "FAIL card: writes"),
                (("block", self.LBA, "--op=write"), "FAIL card: writes"),
                (("block", self.LBA + 50, "--op=read"),
                 "FAIL card: reads")):
            with self.subTest(fault):
                self.assertIn(line, self.cards(*fault))
        # What is slow, or on the lines of the card, does no harm.
        for fault in (("block", self.LBA, "--op=slow", "--delay=50ms"),
                      ("line", "data-crc", "--slot=card")):
            with self.subTest(fault):
                self.assertEqual(self.cards(*fault), self.GOOD)


class Tamper(Case):
    """The tamper vectors, done to our image: its DCD sets the memory up, which
    that of the vectors does not. It is signed by the keys of the vectors, so
    that its CSF has their layout. From the eMMC, where the ROM then waits for
    serial download and lets its log be read, or by serial download."""

    # Signed for the image of the vectors, and no sooner refused than their
    # signature of the data is looked at; or not refused.
    OTHERS = {"G02", "T50", "T51"}
    # Without its DCD there is no memory for the image: HAB never sees it.
    NO_MEMORY = {"T04"}
    OWN = {"csf/flash.cst331.bin": "medium", "csf/sdp.habtool.bin": "sdp"}

    def setUp(self):
        super().setUp()
        self.image()
        for name in ("CSF1_1", "IMG1_1"):
            key = self.write(name, (HAB / "pki" / "keys" / (
                "TEST-%s_key.pem" % name)).read_bytes())
            key.chmod(0o600)
        for name, args in (("medium", []), ("sdp", ["--sdp"])):
            certs = HAB / "pki" / "crts"
            self.ok("hab", "sign", "hello.imx", "--output=" + name,
                    "--srk-table=%s" % (HAB / "srk" / "srk4.table.bin"),
                    "--csf-cert=%s" % (certs / "CSF1_1_crt.pem"),
                    "--img-cert=%s" % (certs / "IMG1_1_crt.pem"),
                    "--csf-key=CSF1_1", "--img-key=IMG1_1", *args)
        self.begin()
        self.fuses = (self.twin / "fuses.bin").read_text()

    def patch(self, data, patches, base=0):
        for patch in patches:
            new = bytes.fromhex(patch["hex"])
            at = patch["offset"] - base
            data[at:at + len(new)] = new

    def signed(self, case):
        """Image and CSF, with the patches of a case."""
        theirs = len((HAB / case["image"]).read_bytes())
        image = bytearray((self.dir / "hello.imx").read_bytes())
        own = self.OWN.get(case["csf"])
        csf = bytearray((self.dir / own if own else HAB / case["csf"])
                        .read_bytes().ljust(case["csf_pad_to"], b"\0"))
        if case["mode"] == "sdp":
            image[12:16] = bytes(4)  # IVT: DCD
        patches = case["patches"]
        self.patch(image, [p for p in patches if p["offset"] < theirs])
        self.patch(csf, [p for p in patches if p["offset"] >= theirs], theirs)
        return bytes(image + csf)

    def prepare(self, case, switch):
        (self.twin / "fuses.bin").write_text(self.fuses)
        words = twins.srk_words(case["srk_fuse"])
        words[twins.REVOKE] = case["srk_revoke"]
        words[twins.CONFIG] = (twins.CLOSED if case["config"] == "closed"
                               else 0)
        twins.blow(self.twin, words)
        self.ok("twin", "switch", "twin", switch)
        (self.twin / "console.log").unlink(missing_ok=True)

    def log(self):
        """Events in the log that the ROM wrote."""
        (self.dir / "log").unlink(missing_ok=True)
        self.ok("sdp", "read", HAB_LOG, HAB_LOG_SIZE, "-o", "log",
                self.DEVICE)
        return events((self.dir / "log").read_bytes())

    def from_medium(self, case):
        self.prepare(case, "mmc")
        self.write("image", self.signed(case))
        self.flash("image")
        self.start("--mode=lockstep")
        self.ok("twin", "run", "twin", "--for=500ms")
        if case["boots"]:
            self.assertEqual(self.console(), LINE)
            return
        self.assertEqual(self.status()["state"], "serial")
        self.assertEqual(self.console(), "")
        if case["id"] in self.NO_MEMORY:
            self.assertEqual(self.log(), [])
        else:
            self.assertEqual(self.log()[0][8:16], case["events"][0][8:16])

    def by_usb(self, case):
        self.prepare(case, "usb")
        image = self.signed(case)
        whole = (self.dir / "hello.imx").read_bytes()
        at = DCD_OFFSET
        dcd = bytearray(whole[at:at + int.from_bytes(whole[at + 1:at + 3],
                                                     "big")])
        self.patch(dcd, case["dcd_patches"])
        self.start()
        client = self.serve()
        self.assertEqual(client.write(0x0a0a, DCD_AT, dcd),
                         bytes.fromhex("128a8a12"))
        address = int.from_bytes(image[20:24], "little")  # IVT: self
        self.assertEqual(client.write(0x0404, address, image),
                         bytes.fromhex("88888888"))
        client.jump(address)
        if case["boots"]:
            self.wait_console(LINE)
        else:
            self.assertEqual(client.report(4)[:4].hex(),
                             case["events"][0][8:16])
            self.assertEqual(self.status()["state"], "serial")
        client.close()
        self.end_server()

    def test_cases(self):
        cases = json.loads((HAB / "tamper" / "cases.json").read_text())
        done = 0
        for case in cases["cases"]:
            if case["id"] in self.OTHERS:
                continue
            with self.subTest(case["id"] + ": " + case["what"]):
                if case["mode"] == "flash":
                    self.from_medium(case)
                else:
                    self.by_usb(case)
                done += 1
            self.aw("twin", "stop", "twin")
        self.assertEqual(done, len(cases["cases"]) - len(self.OTHERS))


if __name__ == "__main__":
    awcli.main()
