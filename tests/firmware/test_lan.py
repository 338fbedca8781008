# SPDX-License-Identifier: Apache-2.0
"""Frames of an applet on our trusted OS, through its driver, the twin's jack and
the twin's own network to a program of this machine, and back."""
import socket

import host  # makes the next one importable

import awcli  # noqa: E402  pylint: disable=wrong-import-position

IMAGE = host.IMAGE.with_suffix(".imx").read_bytes()
BOOT = 1024
TRIES = 60


class Lan(awcli.Test):
    def start(self, soc):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.ok("twin", "create", soc, "--soc=" + soc)
        with open(self.dir / soc / "emmc.img", "r+b") as image:
            image.seek(BOOT)
            image.write(IMAGE)
        self.addCleanup(self.aw, "twin", "stop", soc)
        self.ok("twin", "start", soc, "--detach", "--net=user",
                "--forward=udp:%d:7" % port)
        return port

    def expect_echo(self, s, text):
        """A datagram may be lost while the link comes up, or come late: what
        was asked before is answered before."""
        for _ in range(TRIES):
            s.send(text)
            try:
                while s.recv(2048) != text:
                    pass
                return
            except (socket.timeout, ConnectionError):
                pass
        self.fail("no answer")

    def test_there_and_back(self):
        for soc in ("ul", "ull"):
            with self.subTest(soc), socket.socket(
                    socket.AF_INET, socket.SOCK_DGRAM) as s:
                port = self.start(soc)
                s.settimeout(1)
                s.connect(("127.0.0.1", port))
                for text in (b"x", b"hello", bytes(range(256)) * 5):
                    self.expect_echo(s, text)
                console = (self.dir / soc / "console.log").read_text()
                self.assertIn("ok   lan: arp", console)
                self.assertNotIn("FAIL", console)


if __name__ == "__main__":
    awcli.main()
