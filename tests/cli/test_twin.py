# SPDX-License-Identifier: Apache-2.0
"""aw twin: a USB armory in software, made, run and disturbed."""
import base64
import json
import os
import re
import resource
import signal
import socket
import struct
import time

import awcli
import twins

SERIAL = "9DAD303390D40330"
SEED = "11" * 32
LOAD = 0x00910000
FUSE_WORD = 4 * 8 + 6


def monitor():
    """The program of tests/support/twin_board.c as an image for the eMMC:
    prints ">", echoes what is typed, and obeys some letters."""
    text = (awcli.SOURCE / "tests" / "support" / "twin_board.c").read_text()
    table = text.split("monitor[] = {")[1].split("};")[0]
    words = [int(w, 16) for w in re.findall(r"\b0x([0-9a-f]{8}),", table)]
    image = bytearray(0x2000)
    struct.pack_into("<11I", image, 0x400, 0x402000d1, LOAD + 0x1000, 0, 0,
                     LOAD + 0x420, LOAD + 0x400, 0, 0, LOAD, len(image), 0)
    struct.pack_into("<%dI" % len(words), image, 0x1000, *words)
    return bytes(image)


class Twin(twins.Case):
    def create(self, *args, image=True):
        self.ok("twin", "create", "twin", "--soc=ulz", "--serial=" + SERIAL,
                "--seed=" + SEED, *args)
        if image:
            with open(self.twin / "emmc.img", "r+b") as file:
                file.write(monitor())

    def image(self):
        """The monitor as an IMX file, with a DCD that opens a clock gate."""
        image = bytearray(monitor()[0x400:])
        struct.pack_into("<I", image, 0x0c, LOAD + 0x400 + 0x40)
        image[0x40:0x50] = (b"\xd2\0\x10\x40\xcc\0\x0c\x04" +
                            struct.pack(">II", 0x020c4068, 0xffffffff))
        return self.write("image", bytes(image))

    def begin_serial(self, *args):
        self.create(image=False)
        self.ok("twin", "switch", "twin", "usb")
        self.start(*args)


class Folder(Twin):
    def test_create(self):
        self.create(image=False)
        names = sorted(os.listdir(self.twin))
        self.assertEqual(names, ["board.json", "boot0.img", "boot1.img",
                                 "emmc.img", "fuses.bin", "rpmb.bin"])
        board = json.loads((self.twin / "board.json").read_text())
        self.assertEqual((board["soc"], board["serial"], board["switch"]),
                         ("ulz", SERIAL, "mmc"))
        self.assertEqual(os.stat(self.twin / "board.json").st_mode & 0o777,
                         0o600)
        emmc = os.stat(self.twin / "emmc.img")
        self.assertEqual((emmc.st_size, emmc.st_blocks), (30576640 * 512, 0))
        run = self.ok("otp", "read", "OCOTP_CFG0", "--otp=twin/fuses.bin")
        self.assertIn("3330ad9d", run.out)
        self.fails(30, "twin", "create", "twin")
        self.assertIn("there is a twin already",
                      self.aw("twin", "create", "twin").err)

    def test_same_seed_same_twin(self):
        for name in ("a", "b"):
            self.ok("twin", "create", name, "--soc=ul", "--seed=" + SEED)
        self.assertEqual((self.dir / "a" / "board.json").read_bytes(),
                         (self.dir / "b" / "board.json").read_bytes())
        self.ok("twin", "create", "c", "--soc=ul")
        self.assertNotEqual((self.dir / "a" / "board.json").read_bytes(),
                            (self.dir / "c" / "board.json").read_bytes())

    def test_wrong_usage(self):
        for args in (["create", "x", "--soc=imx7"],
                     ["create", "x", "--serial=12"],
                     ["create", "x", "--serial=" + "0" * 16],
                     ["create", "x", "--seed=ab"],
                     ["create", "x", "--card", "--soc=ull"],
                     ["power", "x", "up"], ["switch", "x", "sd"],
                     ["run", "x"], ["fault", "power-cut", "x"],
                     ["fault", "power-cut", "x", "--at=1", "--write=1"],
                     ["fault", "block", "x", "first"],
                     ["console", "x", "--type=a", "--follow"]):
            self.fails(2, "twin", *args)
        self.assertFalse((self.dir / "x").exists())

    def test_wrong_order(self):
        run = self.fails(2, "twin", "power", "cycle", "x")
        self.assertIn("power takes DIR and one of on, off, cycle, not x",
                      run.err)

    def test_no_twin(self):
        self.assertIn("there is no twin",
                      self.fails(30, "twin", "status", "twin").err)
        self.fails(30, "twin", "start", "twin")
        self.fails(30, "twin", "switch", "twin", "usb")
        self.create()
        self.assertIn("does not run",
                      self.fails(30, "twin", "status", "twin").err)
        self.fails(30, "twin", "stop", "twin")

    def test_damaged_files(self):
        self.create()
        (self.twin / "fuses.bin").write_text("aw-fuses 1\n")
        run = self.fails(33, "twin", "start", "twin", "--detach")
        self.assertIn("fuses.bin", run.err)
        (self.twin / "board.json").write_text("{}")
        self.assertIn("board.json",
                      self.fails(33, "twin", "start", "twin").err)

    def test_lost_files(self):
        """Storage that is gone does not come back empty."""
        self.create("--card", image=False)
        for name in ("emmc.img", "boot0.img", "boot1.img", "rpmb.bin",
                     "card.img"):
            path = self.twin / name
            size = path.stat().st_size
            for bad in (0, size - 1, size + 1):
                os.truncate(path, bad)
                run = self.fails(33, "twin", "start", "twin", "--detach")
                self.assertIn("%s: not of %d bytes" % (name, size), run.err)
            path.unlink()
            run = self.fails(33, "twin", "start", "twin", "--detach")
            self.assertIn(name + ": is missing", run.err)
            with open(path, "xb") as file:
                file.truncate(size)
        with open(self.twin / "rpmb.bin", "r+b") as file:
            file.write(b"awtwemmc")
        run = self.fails(33, "twin", "start", "twin", "--detach")
        self.assertIn("rpmb.bin: damaged", run.err)

    def test_list(self):
        self.create()
        self.ok("twin", "create", "other")
        self.start()
        twins = self.json("twin", "list")["twins"]
        self.assertEqual([(t["twin"], t["runs"]) for t in twins],
                         [("./other", False), ("./twin", True)])
        self.assertEqual(len(self.json("twin", "list", "twin")["twins"]), 1)
        self.fails(30, "twin", "list", "nowhere")


class Running(Twin):
    def test_console_leds_fuses(self):
        self.create()
        self.start()
        self.wait_console(">")
        status = self.status()
        self.assertEqual((status["state"], status["soc"], status["serial"]),
                         ("running", "ulz", SERIAL))
        self.assertEqual(self.json("twin", "leds", "twin")["leds"],
                         {"white": False, "blue": False})
        self.ok("twin", "console", "twin", "--type=lf")
        self.wait_console(">lf\n")
        self.assertTrue(self.json("twin", "leds", "twin")["leds"]["white"])
        self.assertEqual(self.ok("twin", "console", "twin").out, ">lf\n")
        words = self.json("twin", "fuses", "twin")["words"]
        burnt = [w for w in words if (w["bank"], w["word"]) == (4, 6)]
        self.assertEqual([w["fuse"] for w in burnt], ["0000000f"])
        self.ok("twin", "stop", "twin")
        # What was blown is in the file that aw otp reads.
        self.assertIn("fuse 4 6 0000000f",
                      (self.twin / "fuses.bin").read_text())
        self.assertFalse((self.twin / "control").exists())

    def test_power_and_switch(self):
        self.create()
        self.start("--off")
        self.assertEqual(self.status()["state"], "off")
        self.ok("twin", "switch", "twin", "usb")
        self.ok("twin", "power", "twin", "on")
        self.wait_for(lambda: self.status()["state"] == "serial", "serial")
        self.ok("twin", "switch", "twin", "mmc")
        self.ok("twin", "power", "twin", "cycle")
        self.wait_console(">")
        self.ok("twin", "power", "twin", "off")
        self.assertEqual(self.status()["state"], "off")
        self.ok("twin", "switch", "twin", "usb")
        self.ok("twin", "stop", "twin")
        self.start()
        self.wait_for(lambda: self.status()["state"] == "serial", "serial")
        self.assertEqual(self.status()["switch"], "usb")
        self.ok("twin", "unplug", "twin")
        self.assertFalse(self.status()["plugged"])
        self.ok("twin", "plug", "twin")
        self.assertTrue(self.status()["plugged"])
        self.fails(2, "twin", "plug", "twin", "--plug=3")

    def test_off_while_cycling(self):
        """Who switches it off while a cycle has the power off means it."""
        self.create()
        self.start("--mode=lockstep")
        self.ok("twin", "power", "twin", "cycle")
        self.ok("twin", "power", "twin", "off")
        self.ok("twin", "run", "twin", "--for=1s")
        self.assertEqual(self.status()["state"], "off")

    def test_restore_later(self):
        """The wall clock goes on from a snapshot of a later tick."""
        self.create()
        self.start("--mode=paced")
        self.ok("twin", "run", "twin", "--for=1000s")
        self.ok("twin", "snapshot", "twin", "snap")
        self.stop()
        self.start("--mode=paced")
        self.ok("twin", "restore", "twin", "snap")
        before = int(self.status()["tick"])
        self.wait_for(lambda: int(self.status()["tick"]) > before, "time")

    def test_runs_already(self):
        self.create()
        first = self.json("twin", "start", "twin", "--detach")
        self.assertIn("runs already",
                      self.fails(30, "twin", "start", "twin").err)
        self.assertIn("runs already",
                      self.fails(30, "twin", "start", "twin", "--detach").err)
        self.assertEqual(self.status()["pid"], first["pid"])

    def test_killed(self):
        """A process that was killed leaves its socket and no lock."""
        self.create()
        self.start()
        pid = int(self.status()["pid"])
        os.kill(pid, signal.SIGKILL)
        self.wait_for(lambda: not self.json("twin", "list")["twins"][0]["runs"],
                      "end")
        self.assertTrue((self.twin / "control").exists())
        run = self.fails(30, "twin", "status", "twin")
        self.assertIn("ended without cleaning up", run.err)
        self.start()
        self.wait_for(lambda: self.status()["state"] == "running", "running")

    def test_follow_fast(self):
        """Whoever follows sees all, however fast it comes and however slowly
        it is read."""
        self.create()
        self.start("--mode=lockstep")
        self.ok("twin", "run", "twin", "--for=100ms")
        shown = self.dir / "shown"
        with open(shown, "wb") as out:
            follow = awcli.subprocess.Popen(
                [awcli.AW, "twin", "console", "twin", "--follow"],
                cwd=self.dir, env=self.environment(), stdout=out)
        self.addCleanup(follow.wait, 30)
        self.addCleanup(follow.kill)
        self.wait_for(lambda: shown.read_text() == ">", "what was there")
        follow.send_signal(signal.SIGSTOP)
        want = ">"
        for i in range(3):
            text = ("%d 123456789" % i) * 90
            self.ok("twin", "console", "twin", "--type=" + text)
            self.ok("twin", "run", "twin", "--for=500ms")
            want += text + "\n"
        follow.send_signal(signal.SIGCONT)
        self.ok("twin", "stop", "twin")
        follow.wait(30)
        self.assertEqual(shown.read_text(), want)

    def test_terminal(self):
        """On a terminal lines end as lines do there, not in \\x0d."""
        self.create()
        (self.twin / "console.log").write_bytes(b"one\r\ntwo\rthree\x1b\r\n")
        main, terminal = os.openpty()
        self.addCleanup(os.close, main)
        self.ok("twin", "console", "twin", stdout=terminal)
        os.close(terminal)
        self.assertEqual(os.read(main, 100),
                         b"one\r\ntwo\\x0dthree\\x1b\r\n")
        self.assertEqual(self.ok("twin", "console", "twin").out,
                         "one\r\ntwo\rthree\x1b\r\n")

    def test_foreground(self):
        self.create()
        run = awcli.subprocess.Popen(
            [awcli.AW, "twin", "start", "twin"], cwd=self.dir,
            env=self.environment(), stdout=awcli.subprocess.PIPE)
        self.wait_console(">")
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=30)
        self.assertIn(b"pid:", out)
        self.assertFalse((self.twin / "control").exists())

    def test_disk_full(self):
        """The host cannot keep the fuses: power goes, and people are told."""
        self.create()
        self.start("--off")
        self.ok("twin", "stop", "twin")
        self.start("--off", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY)))
        self.ok("twin", "power", "twin", "on")
        self.wait_for(lambda: self.status()["state"] == "trouble", "trouble")
        self.assertIn("fuses.bin", self.status()["why"])
        self.fails(24, "twin", "power", "twin", "on")
        # What could not be kept was not done.
        self.fails(24, "twin", "switch", "twin", "usb")
        self.assertEqual(self.status()["switch"], "mmc")

    def test_idle_is_cheap(self):
        """A twin that waits takes under 5 % of a core."""
        self.create()
        self.start("--mode=paced")
        self.wait_console(">")
        self.assert_idle()

    def test_long_path(self):
        """A folder whose path is longer than a socket address."""
        deep = "/".join(["folder-with-a-long-name"] * 8)
        self.twin = self.dir / deep
        self.ok("twin", "create", deep)
        self.ok("twin", "start", deep, "--detach", "--off")
        self.assertEqual(self.json("twin", "status", deep)["state"], "off")
        self.ok("twin", "stop", deep)


class Serial(Twin):
    """Serial download over the twin's USB socket, by aw sdp."""

    def test_boot(self):
        self.begin_serial()
        device = "--device=twin=twin"
        status = self.json("sdp", "status", device)
        self.assertEqual((status["state"], status["serial"]),
                         ("open", SERIAL))
        self.assertIn("00650001",
                      self.ok("sdp", "read", "0x020c8260", device).out)
        self.ok("sdp", "boot", self.image(), "--unverified", device)
        self.wait_console(">")
        self.assertEqual(self.status()["state"], "running")
        self.ok("twin", "console", "twin", "--type=x")
        self.wait_console(">x\n")

    def test_paced(self):
        """By the wall clock a client may take its time between requests."""
        self.begin_serial("--mode=paced")
        device = "--device=twin=twin"
        for _ in range(3):
            self.assertEqual(self.json("sdp", "status", device)["state"],
                             "open")
            time.sleep(0.4)
        self.ok("sdp", "boot", self.image(), "--unverified", device)
        self.wait_console(">")

    def test_one_client(self):
        """A client whose connection is open has the plugs alone."""
        self.begin_serial()
        link = socket.socket(socket.AF_UNIX)
        self.addCleanup(link.close)
        os.chdir(self.twin)
        link.connect("usb")
        os.chdir(self.dir)
        self.fails(30, "sdp", "status", "--device=twin=twin")
        link.close()
        self.ok("sdp", "status", "--device=twin=twin")


class Lockstep(Twin):
    """Time passes only by aw twin run, so that runs repeat."""

    def begin(self):
        self.create()
        self.start("--mode=lockstep")
        self.ok("twin", "run", "twin", "--for=100ms")
        self.assertEqual(self.console(), ">")

    def play(self):
        """Some input at some ticks. @return what can be seen of it"""
        self.ok("twin", "console", "twin", "--type=abl")
        self.ok("twin", "run", "twin", "--ticks=1234567")
        self.ok("twin", "console", "twin", "--type=fw")
        self.ok("twin", "run", "twin", "--for=80ms")
        status = self.status("--hash")
        del status["reports"]
        return status

    def test_card(self):
        self.create("--card")
        self.start("--mode=lockstep")
        self.ok("twin", "run", "twin", "--for=100ms")
        with open(self.twin / "card.img", "r+b") as card:
            card.write(b"first")
            card.flush()
            self.ok("twin", "snapshot", "twin", "snap")
            card.seek(0)
            card.write(b"other")
        self.ok("twin", "restore", "twin", "snap")
        card = (self.twin / "card.img").open("rb")
        self.addCleanup(card.close)
        self.assertEqual(card.read(5), b"first")
        self.assertEqual(os.stat(self.twin / "card.img").st_size, 4 << 30)

    def test_snapshot_repeats(self):
        self.begin()
        self.ok("twin", "snapshot", "twin", "snap")
        size = os.path.getsize(self.dir / "snap")
        self.assertLess(size, 1 << 20)
        first = self.play()
        log = self.console()
        self.assertEqual(log, ">abl\nf>")
        self.ok("twin", "restore", "twin", "snap")
        self.assertNotIn("fuse 4 6", (self.twin / "fuses.bin").read_text())
        self.assertEqual(self.play(), first)
        self.assertEqual(self.console(), log + log[1:])
        # And in another process.
        self.ok("twin", "stop", "twin")
        self.start("--mode=lockstep", "--from=snap")
        again = self.play()
        again["pid"] = first["pid"]
        self.assertEqual(again, first)

    def test_damaged_snapshot(self):
        self.begin()
        self.ok("twin", "snapshot", "twin", "snap")
        good = (self.dir / "snap").read_bytes()
        for at in (0, 7, 20, len(good) // 2, len(good) - 1):
            bad = bytearray(good)
            bad[at] ^= 1
            self.write("bad", bytes(bad))
            self.fails(33, "twin", "restore", "twin", "bad")
        self.write("bad", good[:-1])
        self.fails(33, "twin", "restore", "twin", "bad")
        self.assertEqual(self.status()["state"], "running")
        self.ok("twin", "create", "other")
        self.fails(30, "twin", "restore", "other", "snap")
        self.ok("twin", "start", "other", "--detach", "--off")
        run = self.aw("twin", "restore", "other", "snap")
        self.ok("twin", "stop", "other")
        self.assertIn("another twin", run.err)

    def test_power_cut_repeats(self):
        self.begin()
        self.ok("twin", "snapshot", "twin", "snap")
        seen = []
        for _ in range(2):
            self.ok("twin", "restore", "twin", "snap")
            self.ok("twin", "console", "twin", "--type=f")
            self.ok("twin", "fault", "power-cut", "twin", "--after=60000")
            self.ok("twin", "run", "twin", "--for=10ms")
            status = self.status("--hash")
            self.assertEqual(status["state"], "off")
            fuses = (self.twin / "fuses.bin").read_text()
            seen.append((status["tick"], status["instructions"], fuses))
        self.assertEqual(seen[0], seen[1])

    def test_faults(self):
        self.begin()
        self.ok("twin", "fault", "stuck-fuse", "twin", "4", "6", "9")
        self.fails(2, "twin", "fault", "stuck-fuse", "twin", "99", "6", "1")
        self.ok("twin", "fault", "power-cut", "twin", "--fuse=1", "--mask=3")
        self.ok("twin", "console", "twin", "--type=f")
        self.ok("twin", "run", "twin", "--for=10ms")
        self.assertEqual(self.status()["state"], "off")
        self.assertIn("fuse 4 6 00000002",
                      (self.twin / "fuses.bin").read_text())
        self.ok("twin", "fault", "block", "twin", "100", "--op=slow")
        self.ok("twin", "fault", "glitch", "twin", "--after=5")
        self.ok("twin", "fault", "unplug", "twin", "--after=1000")
        self.ok("twin", "run", "twin", "--ticks=2000")
        self.assertFalse(self.status()["plugged"])
        for what in ("cmd-timeout", "cmd-crc", "cmd-end", "cmd-index",
                     "data-timeout", "data-crc", "data-end", "stop-timeout"):
            self.json("twin", "fault", "line", "twin", what, "--skip=3")
        self.ok("twin", "fault", "line", "twin", "data-crc", "--slot=card")
        self.ok("twin", "fault", "heal", "twin")
        for args in (["usb", "twin", "fly"], ["line", "twin", "fly"],
                     ["usb", "twin", "stall", "--plug=3"],
                     ["usb", "twin", "stall", "--endpoint=91"],
                     ["usb", "twin", "stall", "--endpoint=x"],
                     ["usb", "twin", "stall", "--times=0"],
                     ["line", "twin", "data-crc", "--times=0"],
                     ["line", "twin", "data-crc", "--skip=4294967296"],
                     ["power-cut", "twin", "--mask=x", "--fuse=1"],
                     ["unplug", "twin"], ["glitch", "twin"],
                     ["unplug", "twin", "--after=1", "--plug=9"]):
            self.fails(2, "twin", "fault", *args)
        for kind in ("power-cut", "unplug", "glitch"):
            run = self.fails(2, "twin", "fault", kind, "twin", "--at=1")
            self.assertIn("tick 1 has passed", run.err)

    def test_journal(self):
        self.create()
        self.start("--mode=lockstep", "--journal=" + str(self.dir / "journal"))
        self.ok("twin", "run", "twin", "--for=100ms")
        self.ok("twin", "console", "twin", "--type=ab")
        self.ok("twin", "run", "twin", "--for=10ms")
        self.ok("twin", "power", "twin", "off")
        lines = (self.dir / "journal").read_text().splitlines()
        ticks = [int(line.split(" ", 1)[0]) for line in lines]
        what = [json.loads(line.split(" ", 1)[1])["do"] for line in lines]
        self.assertEqual(what, ["type", "power"])
        self.assertEqual(ticks, [52800000, 58080000])


class Protocol(Twin):
    """The control socket, as somebody else would use it."""

    def connect(self):
        link = self.socket = socket.socket(socket.AF_UNIX)
        self.addCleanup(link.close)
        link.settimeout(20)
        os.chdir(self.twin)
        link.connect("control")
        os.chdir(self.dir)
        return link.makefile("rwb")

    def ask(self, link, request):
        link.write(json.dumps(request).encode() + b"\n")
        link.flush()
        return json.loads(link.readline())

    def test_wrong_requests(self):
        self.create()
        self.start("--mode=lockstep")
        link = self.connect()
        for request in ({}, {"do": "fly"}, [], 7, {"do": "power"},
                        {"do": "plug", "plug": 7, "in": True},
                        {"do": "type", "base64": "*"}, {"do": "run"},
                        {"do": "snapshot"}, {"do": "fault", "kind": "x"}):
            reply = self.ask(link, request)
            self.assertFalse(reply["ok"], request)
            self.assertEqual(reply["name"], "ERR_USAGE", reply)
        for line in (b"{\n", b"\xff\n", b"\n", b'{"do":1,"do":2}\n'):
            link.write(line)
            link.flush()
            self.assertFalse(json.loads(link.readline())["ok"])
        # A line that never ends loses the connection, not the twin.
        with self.assertRaises(OSError):
            for _ in range(100):
                link.write(b"x" * 2000)
                link.flush()
                time.sleep(0.01)
        self.assertEqual(self.status()["state"], "starting")

    def test_run_does_not_block(self):
        """While time passes for one who asked, others are answered; the run
        ends with who asked for it, and his next request waits its turn."""
        self.create()
        self.start("--mode=lockstep")
        link = self.connect()
        link.write(b'{"do":"run","ms":1000000000}\n{"do":"leds"}\n')
        link.flush()
        self.wait_for(lambda: int(self.status()["tick"]) > 0, "time")
        self.socket.shutdown(socket.SHUT_RDWR)
        seen = []

        def stands_still():
            seen.append(self.status()["tick"])
            return len(seen) > 1 and seen[-1] == seen[-2]
        self.wait_for(stands_still, "end of the run")
        link = self.connect()
        link.write(b'{"do":"run","ticks":100}\n{"do":"leds"}\n')
        link.flush()
        reply = json.loads(link.readline())
        self.assertEqual(int(reply["tick"]), int(seen[-1]) + 100)
        self.assertIn("leds", json.loads(link.readline()))
        # At full speed whatever the mode.
        self.ok("twin", "stop", "twin")
        self.start("--mode=paced", "--off")
        before = int(self.status()["tick"])
        began = time.monotonic()
        self.ok("twin", "run", "twin", "--for=100s")
        self.assertLess(time.monotonic() - began, 60)
        self.assertGreaterEqual(int(self.status()["tick"]) - before,
                                100 * 528000000)

    def test_follow(self):
        self.create()
        self.start("--mode=lockstep", "--off")
        link = self.connect()
        self.assertTrue(self.ask(link, {"do": "follow", "console": True,
                                        "events": True})["ok"])
        other = self.connect()
        self.ask(other, {"do": "power", "to": "on"})
        self.ask(other, {"do": "run", "ms": 100})
        got = [json.loads(link.readline()) for _ in range(3)]
        self.assertEqual([g.get("event", "console") for g in got],
                         ["power", "started", "console"])
        self.assertEqual(got[1]["value"], str(LOAD + 0x1000))
        self.assertEqual(got[2]["console"], "Pg==")


    def test_slow_client(self):
        """What comes by itself waits for who is slow to read, up to 1 MiB."""
        self.create()
        self.start("--mode=lockstep")
        slow = self.connect()
        self.ask(slow, {"do": "follow", "console": True})
        other = self.connect()
        for _ in range(3):
            self.ask(other, {"do": "type", "base64": base64.b64encode(
                b"123456789" * 100).decode()})
            self.ask(other, {"do": "run", "ms": 500})
        got = [json.loads(slow.readline()) for _ in range(2701)]
        text = b"".join(base64.b64decode(g["console"]) for g in got)
        self.assertEqual(text, b">" + b"123456789" * 300)
        self.assertTrue(self.ask(slow, {"do": "leds"})["ok"])


if __name__ == "__main__":
    awcli.main()
