# SPDX-License-Identifier: Apache-2.0
"""Runs of a twin with USB traffic that repeat: the same requests from the same
snapshot, and journals."""
import base64
import struct

import awcli
import test_twin

DEVICE = "--device=twin=twin"
SAME = ("tick", "instructions", "memory", "block_writes", "resets", "leds",
        "state", "time_us")


class Repeat(test_twin.Twin):
    def snapshot(self):
        """A twin, off, in the file `snap`; it does not run."""
        self.begin_serial("--mode=lockstep", "--off")
        self.ok("twin", "snapshot", "twin", "snap")
        self.stop()

    def session(self, pause):
        """Everything a client does, with time in between."""
        self.ok("twin", "power", "twin", "on")
        self.ok("sdp", "status", DEVICE)
        self.ok("sdp", "read", "0x021bc410", "64", DEVICE)
        self.ok("sdp", "boot", self.image(), "--unverified", DEVICE)
        pause()
        self.wait_console(">")
        self.ok("twin", "console", "twin", "--type=lf")
        pause()
        self.wait_console(">lf\n")
        self.ok("twin", "console", "twin", "--type=z")
        pause()
        self.wait_console(">lf\nz\n")

    def seen(self):
        status = self.status("--hash")
        return {key: status[key] for key in SAME}

    def pass_time(self):
        self.ok("twin", "run", "twin", "--for=20ms")

    def forget_console(self):
        (self.twin / "console.log").unlink(missing_ok=True)

    def replay(self, mode, until):
        """Plays the journal, and runs to a tick behind its last input."""
        self.forget_console()
        self.start("--mode=" + mode, "--from=snap", "--replay=journal")
        last = (self.dir / "journal").read_text().splitlines()[-1].split()[0]
        self.wait_for(lambda: int(self.status()["tick"]) >= int(last),
                      "replay")
        self.ok("twin", "run", "twin", "--ticks=%d" % (
            until - int(self.status()["tick"])))
        seen = self.seen(), self.console()
        self.stop()
        return seen

    def test_lockstep(self):
        """Two sessions by hand."""
        self.snapshot()
        seen = []
        for _ in range(2):
            self.forget_console()
            self.start("--mode=lockstep", "--from=snap")
            self.session(self.pass_time)
            seen.append((self.seen(), self.console()))
            self.stop()
        self.assertEqual(seen[0], seen[1])
        self.assertGreater(int(seen[0][0]["instructions"]), 0)

    def test_journal(self):
        """A session in lockstep and one as fast as it can be, which is
        another each time: both are played twice."""
        self.snapshot()
        for mode in ("lockstep", "free"):
            with self.subTest(mode):
                self.forget_console()
                self.start("--mode=" + mode, "--from=snap",
                           "--journal=journal")
                self.session(self.pass_time if mode == "lockstep"
                             else lambda: None)
                first = self.seen(), self.console()
                self.stop()
                for _ in range(2):
                    self.assertEqual(
                        self.replay("lockstep", int(first[0]["tick"])), first)

    def test_journal_lines(self):
        """A line may hold more than we write; one that is none ends it."""
        self.begin_serial("--mode=lockstep")
        self.ok("twin", "stop", "twin")
        hello = struct.pack("<IHHIH", 2, 1, 0, 0, 1)
        data = bytes([0x21, 9, 2, 2, 0, 0, 0, 0x10]) + bytes(4096)
        control = struct.pack("<IHHII", 4 + len(data), 4, 0, 1, 1) + data
        line = b'9 {"do":"usb","base64":"%s"}\n' % base64.b64encode(
            hello + control) + b'9 {"do":"power","to":"off"}\n'
        self.write("good", line)
        self.start("--mode=lockstep", "--replay=good")
        self.wait_for(lambda: self.status()["tick"] == "9", "replay")
        self.assertEqual(self.status()["state"], "off")
        self.ok("twin", "stop", "twin")
        for bad in (b'9 {"do":"usb","base64":"*"}\n', b"9 {}\n",
                    b'9 {"do":"usbip","link":8,"base64":""}\n',
                    b'9 {"do":"usb","base64":"AAAA"}\n' * 9 + b"9 x\n"):
            self.write("bad", bad)
            self.start("--mode=lockstep", "--replay=bad")
            self.wait_for(lambda: self.status()["state"] == "trouble",
                          "trouble")
            self.assertIn("journal", self.status()["why"])
            self.fails(24, "twin", "power", "twin", "on")
            self.ok("twin", "stop", "twin")

    def test_no_journal(self):
        """One whose first line is no line of ours is refused, one that goes on
        with something else, or was cut short, ends in trouble. What is no
        input is not carried out: a journal writes no files."""
        self.begin_serial("--mode=lockstep")
        self.stop()
        for bad in (b"nonsense\n", b"\n", b'9 {"do":"power","to":"off"}',
                    b"99999999999999999999 {}\n"):
            self.write("bad", bad)
            run = self.fails(33, "twin", "start", "twin", "--detach",
                             "--replay=bad")
            self.assertIn("no journal", run.err)
        off = b'9 {"do":"power","to":"off"}\n'
        snapshot = b'9 {"do":"snapshot","file":"%s"}\n' % str(
            self.dir / "evil").encode()
        for bad in (off + b"nonsense\n", off + off[:-1], snapshot,
                    b'9 {"do":"stop"}\n', b'9 {"do":"fly"}\n'):
            self.write("bad", bad)
            self.start("--mode=lockstep", "--replay=bad")
            self.wait_state("trouble")
            self.stop()
        self.assertFalse((self.dir / "evil").exists())

    def test_restore_after_traffic(self):
        """What was on the bus is of another time: every session from a
        snapshot takes as long as the first."""
        self.begin_serial("--mode=lockstep")
        self.ok("sdp", "status", DEVICE)
        self.pass_time()
        self.ok("twin", "snapshot", "twin", "snap")
        seen = []
        for _ in range(3):
            self.ok("twin", "restore", "twin", "snap")
            self.pass_time()
            self.ok("sdp", "read", "0x021bc410", "64", DEVICE)
            seen.append(self.seen())
        self.assertEqual(seen, [seen[0]] * 3)


if __name__ == "__main__":
    awcli.main()
