# SPDX-License-Identifier: Apache-2.0
"""The LAN of a twin: user network, tap device, forwarded ports, replay."""
import base64
import json
import os
import socket
import subprocess

import awcli
import test_twin
import test_twin_debug

ELF = awcli.BUILD / "tests" / "twin" / "lan.elf"
READY = "link\n offer=0a00020f ack=0a00020f gateway=0a000202\n"


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Lan(test_twin.Twin):
    def setUp(self):
        super().setUp()
        if not ELF.exists():
            self.skipTest("gcc-arm-none-eabi is not installed")
        self.ok("twin", "create", "twin", "--soc=ull",
                "--serial=" + test_twin.SERIAL, "--seed=" + test_twin.SEED)
        with open(self.twin / "emmc.img", "r+b") as file:
            file.write(test_twin_debug.image(ELF.read_bytes()))

    def ask(self, port, text):
        """What the twin's port 7 says."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(1)
            s.connect(("127.0.0.1", port))
            for _ in range(30):
                s.send(text)
                try:
                    return s.recv(2048)
                except (socket.timeout, ConnectionError):
                    pass
        return self.fail("no answer on port %d" % port)


class User(Lan):
    def test_dhcp_arp_and_echo(self):
        """In the mode that a device would be driven in."""
        port = free_port(socket.SOCK_DGRAM)
        self.start("--net=user", "--forward=udp:%d:7" % port)
        self.wait_console(READY)
        for text in (b"x", b"hello", bytes(range(256)) * 3):
            self.assertEqual(self.ask(port, text), text)
        # It answers, and prints afterwards.
        self.wait_for(lambda: " echo=00000300\n" in self.console(), "echo")

    def test_replay(self):
        port = free_port(socket.SOCK_DGRAM)
        self.start("--net=user", "--forward=udp:%d:7" % port, "--mode=free",
                   "--journal=journal")
        self.wait_console(READY)
        self.assertEqual(self.ask(port, b"again"), b"again")
        self.ok("twin", "pause", "twin")
        want = self.status("--hash")
        console = self.console()
        self.ok("twin", "stop", "twin")
        journal = (self.dir / "journal").read_text().splitlines()
        kinds = [json.loads(line.split(" ", 1)[1])["do"] for line in journal]
        self.assertEqual(kinds[0], "network")
        self.assertGreaterEqual(kinds.count("frame"), 4)
        # Without any network: frames are those of the journal.
        (self.twin / "console.log").unlink()
        self.start("--mode=lockstep", "--replay=journal")
        self.wait_for(lambda: int(self.status()["tick"]) >=
                      int(journal[-1].split()[0]), "replayed")
        left = int(want["tick"]) - int(self.status()["tick"])
        if left > 0:
            self.ok("twin", "run", "twin", "--ticks=%d" % left)
        got = self.status("--hash")
        for key in ("tick", "instructions", "memory"):
            self.assertEqual(got[key], want[key], key)
        self.assertEqual(self.console(), console)

    def test_refusals(self):
        for args in (["--net=some"], ["--forward=tcp:1:1"],
                     ["--net=user", "--forward=tcp:80"],
                     ["--net=user", "--forward=sctp:80:80"],
                     ["--net=user", "--forward=tcp:0:80"],
                     ["--net=user", "--forward=tcp:80:65536"]):
            self.fails(2, "twin", "start", "twin", *args)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            run = self.fails(21, "twin", "start", "twin", "--net=user",
                             "--forward=tcp:%d:80" % taken.getsockname()[1])
            self.assertIn("127.0.0.1", run.err)
        self.ok("twin", "create", "gamma", "--soc=ulz")
        run = self.fails(30, "twin", "start", "gamma", "--net=user")
        self.assertIn("no LAN", run.err)

    def test_frames_by_hand(self):
        """The control socket takes frames and the cable, too."""
        self.start("--mode=lockstep")
        for request, want in (
                ({"do": "network", "in": True}, True),
                ({"do": "network"}, False),
                ({"do": "frame", "base64": base64.b64encode(
                    bytes(60)).decode()}, True),
                ({"do": "frame", "base64": base64.b64encode(
                    bytes(13)).decode()}, False),
                ({"do": "frame", "base64": base64.b64encode(
                    bytes(2049)).decode()}, False)):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(str(self.twin / "control"))
                s.sendall(json.dumps(request).encode() + b"\n")
                reply = json.loads(s.recv(4096))
            self.assertEqual(reply["ok"], want, request)


class Tap(Lan):
    def test_tap(self):
        """This machine answers ARP on the other end of the device."""
        name = "awtap%d" % (os.getpid() % 10000)

        def ip(*args):
            return subprocess.run(["ip", *args], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL,
                                  check=False).returncode
        try:
            made = ip("tuntap", "add", "dev", name, "mode", "tap")
        except FileNotFoundError:
            self.skipTest("there is no program ip: apt install iproute2")
        if made != 0:
            self.skipTest("tap devices cannot be made here")
        self.addCleanup(ip, "link", "del", name)
        ip("addr", "add", "10.0.2.2/24", "dev", name)
        self.start("--net=tap=" + name)
        ip("link", "set", name, "up")
        self.wait_for(lambda: "gateway=" in self.console(), "started")
        # No DHCP there, but the gateway answers, and not with zeros.
        self.assertNotIn("gateway=00000000", self.console())

    def test_no_device(self):
        self.fails(2, "twin", "start", "twin", "--net=tap=" + "x" * 16)
        self.fails(2, "twin", "start", "twin", "--net=tap=")
        self.fails(21, "twin", "start", "twin", "--net=tap=a/b")


if __name__ == "__main__":
    awcli.main()
