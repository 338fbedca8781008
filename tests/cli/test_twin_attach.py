# SPDX-License-Identifier: Apache-2.0
"""aw twin attach: a twin's USB for programs that know nothing of twins."""
import json
import os
import signal
import socket
import struct
import subprocess
import time

import awcli
import test_twin
import usbip
from usbip import BUSY, NO_DEVICE

ACCEPTED = bytes.fromhex("88888888")
DONE = bytes.fromhex("128a8a12")
NO_FAILURE = bytes.fromhex("f0f0f0f0")


class Attached(test_twin.Twin):
    def begin(self, *args):
        """A twin in serial download, served over TCP."""
        self.create(image=False)
        self.ok("twin", "switch", "twin", "usb")
        self.start(*args)
        self.wait_for(lambda: self.status()["state"] == "serial", "serial")
        self.attach()
        self.wait_for(self.devices, "arrival")

    def attach(self, *args):
        self.out = open(self.dir / "attach.out", "wb")
        self.attached = subprocess.Popen(
            [awcli.AW, "twin", "attach", "twin", "--port=0",
             "--port-file=port", "--json", *args], cwd=self.dir,
            env=self.environment(), stdout=self.out,
            stderr=subprocess.PIPE)
        self.addCleanup(self.end_attach)
        self.wait_for((self.dir / "port").exists, "port")
        self.port = int((self.dir / "port").read_text())

    def end_attach(self):
        """@return its document"""
        if self.attached is None:
            return None
        self.attached.send_signal(signal.SIGINT)
        return self.attach_result()

    def attach_result(self):
        _, err = self.attached.communicate(timeout=awcli.TIMEOUT_S)
        self.out.close()
        code, self.attached = self.attached.returncode, None
        self.assertNotIn(b"AddressSanitizer", err)
        self.assertEqual(code, 0, err)
        return json.loads((self.dir / "attach.out").read_text())

    def client(self):
        client = usbip.Client(self.port)
        self.addCleanup(client.close)
        return client

    def devices(self):
        client = usbip.Client(self.port)
        try:
            return client.list()
        finally:
            client.close()

    def take(self, busid="1-1"):
        client = self.client()
        self.assertEqual(client.take(busid).busid, busid)
        return client

    def boot(self, client, between=lambda: None, patient=True):
        """The monitor by serial download. When time is free the board may
        have left before somebody asks for the last report."""
        image = bytearray(test_twin.monitor()[0x400:])
        self.assertEqual(client.write(0x0404, test_twin.LOAD + 0x400, image,
                                      between), ACCEPTED)
        if patient:
            client.jump(test_twin.LOAD + 0x400)
        else:
            client.command(0x0b0b, test_twin.LOAD + 0x400)


class Tcp(Attached):
    def test_list_and_take(self):
        self.begin()
        client = self.client()
        found = client.list()
        self.assertEqual(
            [(d.busid, d.speed, d.vendor, d.product) for d in found],
            [("1-1", 3, 0x15a2, 0x0080)])
        self.assertEqual(client.take("1-2"), NO_DEVICE)
        self.assertEqual(client.take("9-9"), NO_DEVICE)
        self.assertEqual(client.take(), found[0])
        self.assertEqual(client.status(), (True, NO_FAILURE))
        # One taker; the twin's own socket counts, too.
        self.assertEqual(self.client().take(), BUSY)
        self.fails(30, "sdp", "status", "--device=twin=twin")
        self.assertEqual(len(self.devices()), 1)
        client.close()
        self.wait_for(lambda: self.client().take() != BUSY, "free plug")
        document = self.end_attach()
        self.assertEqual(document["ended"], "stopped")
        self.assertGreaterEqual(document["attached"], 4)

    def test_descriptors(self):
        self.begin()
        client = self.take()
        reply = client.control(0x80, 6, 0x0100, 0, 64)
        self.assertEqual(reply.data[8:12], bytes.fromhex("a2158000"))
        self.assertEqual(client.control(0x80, 6, 0x0200, 0, 9).data[:4],
                         bytes.fromhex("09022200"))
        self.assertEqual(len(client.control(0x81, 6, 0x2200, 0, 76).data), 76)
        # SET_ADDRESS is the host's affair; what the ROM has not is a stall.
        self.assertEqual(client.control(0, 5, 77, 0, 0).status, 0)
        self.assertEqual(client.control(0x80, 6, 0x0f00, 0, 5).status,
                         usbip.EPIPE)
        self.assertEqual(client.control(0x80, 6, 0x0100, 0, 18).status, 0)

    def test_boot_and_departure(self):
        """A board that jumps leaves the bus, and the connection ends. After
        a power cycle it is there again, for another connection."""
        self.begin()
        client = self.take()
        waiting = client.submit(usbip.IN, 1, 65)
        client.wait(client.unlink(waiting))
        self.boot(client)
        pending = client.submit(usbip.IN, 1, 65)
        self.assertEqual(client.wait(pending).status, usbip.ESHUTDOWN)
        with self.assertRaises(usbip.Gone):
            client.status()
        self.wait_console(">")
        self.assertEqual(self.client().take(), NO_DEVICE)
        self.ok("twin", "power", "twin", "cycle")
        self.wait_for(self.devices, "arrival")
        client = self.take()
        self.assertEqual(client.status(), (True, NO_FAILURE))
        # A cable that goes is an unplug as well.
        self.ok("twin", "unplug", "twin")
        with self.assertRaises(usbip.Gone):
            client.status()
        self.assertEqual(self.devices(), [])

    def test_unlink(self):
        self.begin()
        client = self.take()
        first = client.submit(usbip.IN, 1, 65)
        second = client.submit(usbip.IN, 1, 65)
        self.assertEqual(client.wait(client.unlink(first)).status,
                         usbip.ECONNRESET)
        self.assertEqual(client.wait(client.unlink(first)).status, 0)
        self.assertEqual(client.wait(client.unlink(4711)).status, 0)
        client.command(0x0505)
        self.assertEqual(client.wait(second).data[0], 3)
        self.assertEqual(client.report(4)[:4], NO_FAILURE)
        self.assertNotIn(first, client.replies)

    def test_pauses(self):
        """400 ms between any two packets of a download, by the wall clock."""
        self.begin("--mode=paced")
        client = self.take()
        self.boot(client, lambda: time.sleep(0.4))
        self.wait_console(">")

    def test_idle_is_cheap(self):
        """With a client that waits for a report, as Linux does all the time,
        a twin takes under 5 % of a core."""
        self.begin("--mode=paced")
        client = self.take()
        client.submit(usbip.IN, 1, 65)
        self.assert_idle()
        self.assert_idle(self.attached.pid)

    def test_twin_ends(self):
        self.begin()
        client = self.take()
        self.ok("twin", "stop", "twin")
        with self.assertRaises(usbip.Gone):
            client.status()
        self.assertFalse((self.twin / "usbip").exists())
        self.assertEqual(self.attach_result()["ended"], "twin")

    def test_detach(self):
        """When the server ends, its clients are disconnected, the twin goes
        on, and the plug is free."""
        self.begin()
        client = self.take()
        client.submit(usbip.IN, 1, 65)
        self.end_attach()
        with self.assertRaises(usbip.Gone):
            client.status()
        self.assertEqual(
            self.json("sdp", "status", "--device=twin=twin")["state"], "open")

    def test_journal_repeats(self):
        """What a client did over USB/IP is played again tick for tick."""
        self.create(image=False)
        self.ok("twin", "switch", "twin", "usb")
        self.start("--mode=lockstep", "--off")
        self.ok("twin", "snapshot", "twin", "snap")
        self.ok("twin", "stop", "twin")
        self.start("--mode=free", "--from=snap", "--journal=journal")
        self.ok("twin", "power", "twin", "on")
        self.wait_for(lambda: self.status()["state"] == "serial", "serial")
        self.attach()
        self.wait_for(self.devices, "arrival")
        self.boot(self.take(), patient=False)
        self.wait_console(">")
        self.ok("twin", "console", "twin", "--type=lf")
        self.wait_console(">lf\n")
        first = self.status("--hash")
        self.ok("twin", "stop", "twin")
        (self.twin / "console.log").unlink()
        self.start("--mode=lockstep", "--from=snap", "--replay=journal")
        last = (self.dir / "journal").read_text().splitlines()[-1].split()[0]
        self.wait_for(lambda: self.status()["tick"] == last, "replay")
        self.ok("twin", "run", "twin", "--ticks=%d" % (
            int(first["tick"]) - int(self.status()["tick"])))
        again = self.status("--hash")
        for key in ("tick", "instructions", "memory", "block_writes",
                    "resets", "leds"):
            self.assertEqual(again[key], first[key], key)
        self.assertEqual(self.console(), ">lf\n")


class Hostile(Attached):
    """The connection ends, the twin lives, and the next client is served."""

    def test_packets(self):
        self.begin()
        submit = struct.pack(">IIIIII", 1, 1, 1 << 16 | 2, 0, 0, 0)
        cases = {
            "version": (False, struct.pack(">HHI", 0x0110, 0x8005, 0)),
            "code": (False, struct.pack(">HHI", 0x0111, 0x8004, 0)),
            "transfer before import": (False, submit + bytes(24)),
            "list after import": (True, struct.pack(">HHI", 0x0111, 0x8005,
                                                    0) + bytes(40)),
            "command": (True, struct.pack(">I", 9) + bytes(44)),
            "an answer": (True, struct.pack(">I", 3) + bytes(44)),
            "length": (True, submit + struct.pack(">I", 1 << 31) + bytes(20)),
            "length above the limit": (True, submit + struct.pack(
                ">I", (1 << 20) + 1) + bytes(20)),
            "packets of isochronous transfers": (True, submit + struct.pack(
                ">III", 8, 0, 7) + bytes(12)),
            "directions that differ": (True, submit + struct.pack(
                ">I", 8) + bytes(12) + bytes.fromhex("8006000100000800") +
                                       bytes(8)),
        }
        for name, (taken, data) in cases.items():
            with self.subTest(name):
                client = self.take() if taken else self.client()
                client.send(data)
                with self.assertRaises(usbip.Gone):
                    client.receive(1)
                client.close()
        self.assertEqual(self.take().status(), (True, NO_FAILURE))

    def test_endpoints(self):
        """Transfers that make no sense are answered with an error."""
        self.begin()
        client = self.take()
        for direction, endpoint, length in ((usbip.IN, 2, 64),
                                            (usbip.IN, 15, 1 << 20),
                                            (usbip.OUT, 1, 4)):
            reply = client.wait(client.submit(direction, endpoint, length,
                                              bytes(length) if not direction
                                              else b""))
            self.assertLess(reply.status, 0)
        self.assertEqual(client.status(), (True, NO_FAILURE))

    def test_flood(self):
        """More transfers than are allowed at a time; answers unread."""
        self.begin()
        client = self.take()
        with self.assertRaises((usbip.Gone, socket.timeout)):
            for _ in range(100):
                client.submit(usbip.IN, 1, 65)
            client.receive(1)
        client.close()
        client = self.take()
        for _ in range(200):
            client.submit(usbip.IN, 0, 18, b"",
                          bytes.fromhex("8006000100001200"))
            if client.seqnum % 32 == 0:
                client.wait(client.seqnum)
        self.assertEqual(client.wait(200).status, 0)

    def test_half_a_message(self):
        self.begin()
        for size in (1, 7, 8, 39):
            client = self.client()
            client.send((struct.pack(">HHI32s", 0x0111, 0x8003, 0, b"1-1"))
                        [:size])
            client.close()
        client = self.take()
        client.send(bytes(20))
        client.close()
        self.wait_for(lambda: self.client().take() != BUSY, "free plug")

    def test_many_clients(self):
        self.begin()
        owner = self.take()
        clients = [self.client() for _ in range(20)]
        self.wait_for(self.is_served, "service")
        self.assertEqual(owner.status(), (True, NO_FAILURE))
        for client in clients:
            client.close()

    def is_served(self):
        try:
            return len(self.devices()) == 1
        except usbip.Gone:
            return False


class Kernel(Attached):
    """--kernel, with a folder that plays the host controller's."""

    STATUS = ("hub port sta spd dev      sockfd local_busid\n"
              "hs  0000 006 003 00010002 000003 1-1\n"
              "hs  0001 004 000 00000000 000000 0-0\n"
              "ss  0008 004 000 00000000 000000 0-0\n")

    def controller(self, status=STATUS):
        for name, text in (("status", status), ("attach", ""),
                           ("detach", "")):
            self.write("vhci/" + name, text)

    def plug_in(self):
        self.attached = subprocess.Popen(
            [awcli.AW, "twin", "attach", "twin", "--kernel", "--vhci=vhci"],
            cwd=self.dir, env=self.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(self.kill)

    def kill(self):
        if self.attached is not None:
            self.attached.kill()
            self.attached.communicate()

    def written(self, name):
        return (self.dir / "vhci" / name).read_text()

    def test_plugged_in_again(self):
        self.create(image=False)
        self.controller()
        self.start("--off")
        self.plug_in()
        self.ok("twin", "switch", "twin", "usb")
        self.ok("twin", "power", "twin", "on")
        self.wait_for(lambda: self.written("attach"), "attach")
        port, fd, device, speed = self.written("attach").split()
        self.assertEqual((port, device, speed), ("1", "65538", "3"))
        link = os.readlink("/proc/%d/fd/%s" % (self.attached.pid, fd))
        self.assertTrue(link.startswith("socket:"), link)
        self.fails(30, "twin", "attach", "twin", "--kernel", "--vhci=vhci")
        # It leaves and comes back.
        self.controller()
        self.ok("twin", "power", "twin", "cycle")
        self.wait_for(lambda: self.written("attach"), "attach again")
        self.assertEqual(self.written("detach"), "")
        self.attached.send_signal(signal.SIGTERM)
        out, err = self.attached.communicate(timeout=awcli.TIMEOUT_S)
        self.assertEqual(self.attached.returncode, 0, err)
        self.attached = None
        self.assertIn(b"attached:               2\n", out)
        self.assertEqual(self.written("detach"), "1")

    def test_refused(self):
        self.create(image=False)
        self.start("--off")
        args = ("twin", "attach", "twin", "--kernel", "--vhci=vhci")
        self.assertIn("vhci_hcd", self.fails(30, *args).err)
        self.controller(self.STATUS.replace("0001 004", "0001 006"))
        self.assertIn("no free port", self.fails(30, *args).err)
        self.controller("nonsense\nhs\nhs  x 004\n\0\n")
        self.assertIn("no free port", self.fails(30, *args).err)


class Refused(Attached):
    def test_usage(self):
        for args in (["attach"], ["attach", "t", "--port=65536"],
                     ["attach", "t", "--plug=3"]):
            self.fails(2, "twin", *args)

    def test_no_twin(self):
        self.fails(30, "twin", "attach", "twin")
        self.create(image=False)
        self.assertIn("does not run",
                      self.fails(30, "twin", "attach", "twin").err)
        self.start("--mode=lockstep", "--off")
        self.assertIn("lockstep", self.fails(30, "twin", "attach", "twin").err)

    def test_port_in_use(self):
        self.create(image=False)
        self.start("--off")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            run = self.fails(30, "twin", "attach", "twin",
                             "--port=%d" % taken.getsockname()[1])
        self.assertIn("--port", run.err)


if __name__ == "__main__":
    awcli.main()
