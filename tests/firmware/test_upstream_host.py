# SPDX-License-Identifier: Apache-2.0
"""Our trusted OS before a host of upstream's kind, byte for byte: descriptors,
framing, status, configuration, logs, secure boot."""
import gzip

import host  # makes the next ones importable

import awcli  # noqa: E402  pylint: disable=wrong-import-position
import upstream_host as up  # noqa: E402  pylint: disable=wrong-import-position

IMAGE = host.IMAGE.with_suffix(".imx").read_bytes()
BOOT = 1024
SRK = "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c"
DEVICE = "12010002ef020140091202270100010203 01"
CONFIGURATION = ("09022900010100 80fa 09040000020300 0004 0921010100012222 00"
                 "07050303000201 07058303000201")
QUALIFIER = "0a060002000000400100"
REPORT = ("0600ff0901a10109201500 26ff0075089540810209211500 26ff00750895409102"
          "c0")
CONFIG = ((1, True), (2, "10.0.0.1"), (3, "255.255.255.0"), (4, "10.0.0.2"),
          (5, "8.8.8.8:53"), (6, "time.google.com"))


class Upstream(awcli.Test):
    def setUp(self):
        super().setUp()
        self.ok("twin", "create", "twin", "--soc=ull")
        with open(self.dir / "twin" / "emmc.img", "r+b") as image:
            image.seek(BOOT)
            image.write(IMAGE)
        self.addCleanup(self.aw, "twin", "stop", "twin")
        self.ok("twin", "start", "twin", "--detach", "--mode=lockstep")
        self.bus = up.Bus(self.dir / "twin")
        self.addCleanup(self.bus.close)
        self.bus.find()
        self.host = up.Host(self.bus)

    def quiet(self):
        with self.assertRaises(up.Timeout):
            self.bus.read(100)

    def error(self, number, channel=None):
        """The next report is this ERROR, and the last one."""
        channel = self.host.channel if channel is None else channel
        self.assertEqual(self.bus.read(), up.packets(
            channel, up.ERROR, bytes((number,)))[0])
        self.quiet()

    def test_descriptors(self):
        for kind, value, want in ((0x80, 0x0100, DEVICE),
                                  (0x80, 0x0200, CONFIGURATION),
                                  (0x80, 0x0600, QUALIFIER),
                                  (0x81, 0x2200, REPORT)):
            want = bytes.fromhex(want.replace(" ", ""))
            self.assertEqual(self.bus.control(kind, 6, value, 0, 255), want)
            self.assertEqual(self.bus.control(kind, 6, value, 0, 9), want[:9])
        # Reports do not go by the control endpoint.
        self.assertIsNone(self.bus.control(0xa1, 1, 0x0100, 0, 64))

    def test_channels(self):
        first = self.host.channel
        self.assertEqual(self.host.init, (
            b"\xff\xff\xff\xff\x86\0\x1112345678" + first.to_bytes(4, "big") +
            bytes((12, 4, 2, 0, 0))).ljust(64, b"\0"))
        second = up.Host(self.bus, b"abcdefgh").channel
        self.assertNotIn(second, (0, first, up.BROADCAST))
        # On a channel of its own: it begins anew.
        self.bus.write(up.packets(first, up.PING, bytes(100))[0])
        self.bus.write(up.packets(first, up.INIT, b"ABCDEFGH")[0])
        self.assertEqual(self.bus.read(), up.packets(
            first, up.INIT, b"ABCDEFGH" + first.to_bytes(4, "big") +
            bytes((12, 4, 2, 0, 0)))[0])
        self.quiet()
        for nonce in (b"", b"1234567", b"123456789"):
            self.bus.write(up.packets(up.BROADCAST, up.INIT, nonce)[0])
            self.error(3, up.BROADCAST)

    def test_framing(self):
        for size in (0, 1, 56, 57, 58, 116, 1024, 7608, 7609):
            message = bytes(i * 7 & 255 for i in range(size))
            self.assertEqual(self.host.call(up.PING, message), message)
        for command in (0x83, 0x84, 0x88, 0xbc, 0xbf, 0xff):
            for size in (1, 200):
                self.host.send(command, bytes(size))
                self.error(1)
        # Not in upstream's order, or longer than a message.
        reports = up.packets(self.host.channel, up.PING, bytes(200))
        self.bus.write(reports[0])
        self.bus.write(reports[2])
        self.error(4)
        self.bus.write(reports[1])
        self.quiet()
        self.bus.write(reports[0][:5] + b"\x1d\xba" + reports[0][7:])
        self.error(3)
        for channel in (0, up.BROADCAST):
            self.bus.write(up.packets(channel, up.INF, b"")[0])
            self.error(11, channel)
        # Any other channel is served, as upstream serves it.
        self.host.channel = 0x12345678
        self.assertEqual(self.host.call(up.PING, b"x"), b"x")

    def test_status(self):
        message = self.host.call(up.INF)
        pairs = up.fields(message)
        self.assertEqual(up.again(pairs), message)
        self.assertEqual([n for n, _ in pairs], sorted({n for n, _ in pairs}))
        status = dict(pairs)
        witness = up.fields(status[8])
        self.assertEqual(up.again(witness), status.pop(8))
        mac = status.pop(11).decode()
        self.assertRegex(mac, "^([0-9a-f]{2}:){5}[0-9a-f]{2}$")
        self.assertEqual(status, {
            1: self.bus.serial.encode(), 3: b"0" * 40, 4: b"debug",
            5: b"0.0.0", 6: b"c-firmware-1 arm", 7: 1,
            10: SRK.encode()} if 7 in status else {
            1: self.bus.serial.encode(), 3: b"0" * 40, 4: b"debug",
            5: b"0.0.0", 6: b"c-firmware-1 arm", 10: SRK.encode()})
        # The keys of an open part say so; the attestations are upstream's.
        texts = {n: value.decode() for n, value in witness}
        serial = self.bus.serial
        self.assertRegex(texts[1], r"^DEV:ArmoredWitness-[a-z]+-[a-z]+\+")
        self.assertRegex(texts[3], r"^DEV:AW-ID-Attestation-%s\+" % serial)
        self.assertTrue(texts[4].startswith(
            "ArmoredWitness ID attestation v1\n%s\n0\n%s\n\n\u2014 " % (
                serial, texts[1])), texts[4])
        self.assertTrue(texts[5].startswith(
            "ArmoredWitness BastionID attestation v1\n%s\n0\n" % serial))
        # A host that was not upstream's sends something: it is ignored.
        self.assertEqual(self.host.call(up.INF, b"\x08\x01"), message)

    def test_configuration(self):
        self.assertEqual(self.host.call(up.CFG, up.again(CONFIG)), b"")
        for request, why in ((b"", "empty configuration"),
                             (b"\x12\x05x", "malformed configuration")):
            self.assertEqual(
                self.host.call(up.CFG, request),
                bytes((8, 1, 0x12, len(why))) + why.encode())
        # In another order, with fields of a later version, the last counts.
        self.assertEqual(self.host.call(
            up.CFG, up.field(6, "pool.example.com") + up.field(99, "later") +
            up.again(CONFIG[:5]) + up.field(2, "10.0.0.7")), b"")
        self.bus.close()
        document = self.json("ctl", "config", "--device=twin=twin")
        self.assertEqual(document["config"], {
            "dhcp": True, "ip": "10.0.0.7", "netmask": "255.255.255.0",
            "gateway": "10.0.0.2", "resolver": "8.8.8.8:53",
            "ntp_server": "pool.example.com"})

    def log(self, command):
        """A whole log, in pieces of upstream's size."""
        stream, request = b"", b""
        while True:
            message = self.host.call(command, request)
            reply = dict(up.fields(message))
            self.assertEqual(up.again(sorted(reply.items())), message)
            self.assertLessEqual(set(reply), {1, 2})
            stream += reply[1]
            if 2 not in reply:
                return gzip.decompress(stream)
            self.assertEqual((len(reply[1]), reply[2]), (1024, 1))
            request = b"\x08\x01"

    def test_logs(self):
        text = self.log(up.CONSOLE)
        self.assertIn(b"os: ready\n", text)
        self.assertEqual(self.log(up.CRASH), b"")
        # A snapshot stays what it was, whatever is printed meanwhile.
        self.assertEqual(self.host.call(up.CFG, up.again(CONFIG)), b"")
        longer = self.log(up.CONSOLE)
        self.assertTrue(longer.startswith(text) and longer != text)

    def test_secure_boot(self):
        """Without a payload, as upstream's host asks."""
        why = b"SRK hash fused, reboot, check, repeat"
        self.assertEqual(self.host.call(up.HAB),
                         bytes((8, 1, 0x12, len(why))) + why)
        self.assertEqual(self.host.call(up.HAB),
                         bytes((8, 1, 0x12, len(why))) + why)
        self.bus.close()
        document = self.json("ctl", "status", "--device=twin=twin")
        self.assertEqual(document["secure_boot"]["plan"], "S2")


if __name__ == "__main__":
    awcli.main()
