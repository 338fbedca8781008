# SPDX-License-Identifier: Apache-2.0
"""aw otp on boards that run our trusted OS: from an open part to a closed one
by one plan, through a power cycle and through cuts; and what is refused."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import host  # makes the next ones importable
import hub

import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position
import twins  # noqa: E402  pylint: disable=wrong-import-position

SKIP = "--skip-recovery-proof"
# Words that a trusted OS shows: docs/formats/control.md.
SHOWN = {(0, w) for w in range(8)} | {(3, w) for w in range(8)} | {
    (4, 2), (4, 6), (5, 6), (5, 7)}
HASH_STEPS, CLOSING_STEPS = 8, 5


class Upstream(hub.Hub):
    """A port at which an OS is as the Go project's: it does not know what asks
    for its fuses (0xc8), which here becomes a command that ours does not."""

    COMMAND, UNKNOWN, PACKET = 0xc8, 0xff, 64

    def answer(self, kind, port, wait, body):
        at = len(body) - self.PACKET + 4
        if at > 4 and kind != hub.LIST and body[at] == self.COMMAND:
            body = body[:at] + bytes([self.UNKNOWN]) + body[at + 1:]
        return super().answer(kind, port, wait, body)


class Liar(hub.Hub):
    """A port at which one text is always another one."""

    truth, lie = b"", b""

    def answer(self, kind, port, wait, body):
        return super().answer(kind, port, wait, body).replace(self.truth,
                                                              self.lie)


class Board(trusted.Trusted):
    """A board, open, that runs our trusted OS."""

    device = "--device=twin=twin"

    def otp(self, command, *args, code=0, **kwargs):
        return self.json("otp", command, *args, self.device, code=code,
                         **kwargs)

    def plan(self, name="plan", srk=None, code=0):
        """@return the hash that consents to it"""
        document = self.otp("plan", "--target=hab-closed",
                            "--srk-hash=" + (srk or self.srk), "-o", name,
                            code=code)
        return document["hash"]

    def apply(self, *args, code=0):
        return self.otp("apply", "plan", *args, code=code)

    def power(self, name="twin"):
        self.ok("twin", "power", name, "off")
        self.ok("twin", "power", name, "on")


class Closes(Board):
    """With the bootloader, signed, that hands over HAB's log."""

    def begin(self, soc="ull", name="twin"):
        self.create(name, soc)
        self.start(name)
        # The gamma board's control interface is its second plug.
        self.device = "--device=twin=" + name
        if soc == "ulz":
            self.ok("twin", "plug", name, "--plug=2")
            self.device += ":2"
        self.run_flow(name=name)
        return self.fuses(name)

    def check_reading(self, name):
        """What is shown is what the twin has; the rest is out of reach."""
        drawn = self.otp("diagram")
        got = {(r["bank"], r["word"]): int(r["value"], 16)
               for r in drawn["registers"]}
        self.assertEqual(set(got), SHOWN)
        words = {(w["bank"], w["word"]): int(w["shadow"], 16)
                 for w in self.json("twin", "fuses", name)["words"]}
        for at, value in got.items():
            self.assertEqual(value, words.get(at, 0), at)
        self.assertEqual(drawn["device"]["serial"],
                         self.otp("plan", "--target=hab-closed",
                                  "--srk-hash=" + self.srk)["serial"])
        document = self.otp("read")
        self.assertIn("--all", document["warnings"][0])
        states = {f["state"] for f in document["fuses"]}
        self.assertEqual(states, {"read"})
        states = {f["name"]: f["state"]
                  for f in self.otp("read", "--all")["fuses"]}
        self.assertEqual((states["GP2"], states["SRK_HASH"]),
                         ("out-of-reach", "read"))
        error = self.otp("read", "GP2", code=30)["error"]
        self.assertIn("does not show it", error["got"])

    def steps(self, name):
        """The events of a run, without those that each run has."""
        path = self.dir / name
        events = [json.loads(line) for line in path.read_text().splitlines()]
        path.unlink()
        return [(e["step"], e["state"], e["device"]) for e in events
                if e["step"] != "otp apply"]

    def close(self, soc):
        before = self.begin(soc, soc)
        self.check_reading(soc)
        plan = "plan-" + soc
        yes = "--yes=" + self.plan(plan)
        apply = ("otp", "apply", plan, self.device)
        document = self.json(*apply, "--dry-run")
        self.assertEqual((document["state"], len(document["steps"]),
                          document["writes"]), ("S0", 15, 0))
        self.assertEqual(self.fuses(soc), before)
        document = self.json(*apply, yes, "--events=first", code=30)
        serial = document["serial"]
        self.assertEqual(document["device"]["serial"], serial)
        self.assertEqual((document["state"], document["writes"]),
                         ("S2", HASH_STEPS))
        self.assertIn("powered up anew", document["error"]["what"])
        self.assertIn("run the same command again",
                      document["error"]["remedy"])
        self.assertEqual(self.steps("first"), [("fuse", "start", serial)] +
                         [("fuse", "done", serial)] * HASH_STEPS)
        hashed = {**before, **twins.srk_words(self.srk)}
        self.assertEqual(self.fuses(soc), hashed)
        # Not before power was off, and not without the proof or its waiver.
        self.assertIn("powered up anew", self.json(
            *apply, yes, SKIP, code=30)["error"]["what"])
        self.power(soc)
        document = self.json(*apply, "--dry-run")
        self.assertEqual((document["state"], len(document["steps"])),
                         ("S2", 7))
        document = self.json(*apply, yes, code=30)
        self.assertIn("recovery", document["error"]["what"])
        self.assertIn(SKIP, document["error"]["remedy"])
        self.assertEqual(self.fuses(soc), hashed)
        document = self.json(*apply, yes, SKIP, "--events=second")
        self.assertEqual((document["state"], document["writes"]),
                         ("S5", CLOSING_STEPS))
        self.assertIn("recovery", document["warnings"][0])
        self.assertEqual(len(self.steps("second")), 1 + CLOSING_STEPS)
        # Done is done, and needs no consent; the same after a start.
        for again in (False, True):
            if again:
                self.power(soc)
            document = self.json(*apply)
            self.assertEqual((document["state"], document["steps"],
                              document["writes"]), ("S5", [], 0))
        self.assert_closed(before, soc)
        self.check_reading(soc)
        self.ok("twin", "stop", soc)

    def test_parts(self):
        for soc in ("ul", "ull", "ulz"):
            with self.subTest(soc):
                self.close(soc)

    def fuse_of_file(self, bank, word):
        drawn = self.json("otp", "diagram", "%d/%d" % (bank, word),
                          "--otp=twin/fuses.bin")
        return int(drawn["registers"][0]["value"], 16)

    def test_half_closed(self):
        """Closed before it was hardened, as the Go project's order leaves it
        when power goes: our OS fuses nothing on a closed board."""
        self.begin()
        self.stop()
        locks = self.fuse_of_file(0, 0) | 0x4000
        twins.blow(self.dir / "twin",
                   {**twins.closed(self.srk), (0, 0): locks})
        self.ok("twin", "start", "twin", "--detach")
        before = self.fuses()
        self.assertEqual(before[twins.CONFIG], twins.CLOSED)
        yes = "--yes=" + self.plan()
        document = self.apply("--dry-run", code=30)
        self.assertIn("fuses nothing more", document["error"]["what"])
        document = self.apply(yes, SKIP, code=30)
        self.assertIn("fuses nothing more", document["error"]["what"])
        self.assertIn("Linux", document["error"]["remedy"])
        # The first start of a closed part, which is no part of closing it.
        after = {at: bits for at, bits in self.fuses().items()
                 if at not in trusted.RPMB}
        self.assertEqual(after, {at: bits for at, bits in before.items()
                                 if at not in trusted.RPMB})

    def killed(self, yes, when):
        """aw, killed with no warning as soon as `when` says so."""
        with subprocess.Popen(
                [awcli.AW, "otp", "apply", "plan", self.device, yes, SKIP,
                 "--events=killed"], cwd=self.dir, env=self.environment(),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            while run.poll() is None and not when():
                pass
            run.kill()

    def asked(self):
        """It is about to let the board fuse."""
        path = self.dir / "killed"
        return path.exists() and '"step":"fuse"' in path.read_text()

    def test_cuts(self):
        """Power that goes with a word, some of whose bits it takes, and a
        program that is killed: the same command goes on."""
        before = self.begin()
        yes = "--yes=" + self.plan()
        cuts = 0
        for mask, at in (("55555555", 1), ("0", 4), ("ffffffff", 2)):
            self.cut(yes, mask, at)
            cuts += 1
        self.killed(yes, self.asked)
        self.assertEqual(self.apply(yes, SKIP, code=30)["state"], "S2")
        self.killed(yes, lambda: True)
        self.power()
        for mask in ("ffffffff", "0", "55555555", "ffffffff"):
            self.cut(yes, mask, 1)
            # A start after the cut is one after power came.
            cuts += 1
        self.assertEqual(cuts, 7)
        self.close_by_hand()
        self.power()
        self.apply()
        self.assert_closed(before)

    def close_by_hand(self):
        """An operator who types the serial of the board."""
        left = self.apply("--dry-run")
        self.assertEqual(left["state"], "S3")
        apply = (b"to stop:", b"%s\n", "otp", "apply", "plan", self.device, SKIP)
        for line, want in ((b"0123456789ABCDEF", 31),
                           (left["serial"].lower().encode(), 0)):
            code, shown = self.at_terminal(apply[0], apply[1] % line,
                                           *apply[2:])
            self.assertEqual(code, want, shown)
            self.assertIn("done to twin=twin, device %s," % left["serial"],
                          shown)
        self.assertIn("S5", shown)

    def cut(self, yes, mask, at):
        self.ok("twin", "fault", "power-cut", "twin", "--fuse=%d" % at,
                "--mask=" + mask)
        run = self.aw("otp", "apply", "plan", self.device, yes, SKIP,
                      "--wait=3s", "--json")
        document = self.document(run)
        self.assertIn(run.code, (21, 22), run)
        self.assertNotIn("writes", document)
        self.assertNotIn("state", document)
        self.ok("twin", "fault", "heal", "twin")
        self.ok("twin", "power", "twin", "on")
        self.assertNotEqual(self.apply("--dry-run")["steps"], [])


class Refused(Board):
    """An OS that the boot ROM starts itself; nothing is ever fused."""

    def setUp(self):
        # Neither a log nor releases.
        super(trusted.boards.releases.ReleaseTest, self).setUp()
        self.srk = (trusted.HAB / "srk" / "srk4.fuse.bin").read_bytes().hex()
        self.ok("twin", "create", "twin", "--soc=ull")
        with open(self.dir / "twin" / "emmc.img", "r+b") as image:
            image.seek(trusted.boards.BOOT_IMAGE)
            image.write((host.IMAGES / "tests" / "os_srk.imx").read_bytes())
        self.start()
        self.before = self.fuses()

    def tearDown(self):
        self.assertEqual(self.fuses(), self.before)
        super().tearDown()

    def test_refused(self):
        for what in (self.consent, self.logs, self.other_hash,
                     self.other_device, self.single_fuse, self.part,
                     self.other_os, self.liar):
            with self.subTest(what.__name__):
                what()
                for file in self.dir.glob("plan*"):
                    file.unlink()

    def consent(self):
        yes = self.plan()
        for args in ([], ["--non-interactive"], ["--yes=" + "0" * 64]):
            error = self.apply(*args, code=30)["error"]
            self.assertEqual(error["expected"].split("=")[-1], yes)
            self.assertIn("nothing was blown", error["got"])

    def logs(self):
        self.plan()
        self.write("log", b"\0" * 2944)
        self.fails(2, "otp", "apply", "plan", "--hab-log=log", self.device)
        error = self.apply("--recovery-hab-log=log", code=30)["error"]
        self.assertIn("proves nothing", error["what"])

    def other_hash(self):
        yes = self.plan(srk="ab" * 32)
        for args in (["--yes=" + yes], ["--dry-run"]):
            error = self.apply(*args, code=30)["error"]
            self.assertIn("another SRK hash", error["what"])
            self.assertEqual((error["expected"], error["got"]),
                             ("ab" * 32, self.srk))

    def other_device(self):
        """A plan for another board, or for another part."""
        for part, what in (("imx6ull", "another device"),
                           ("imx6ul", "another part")):
            self.ok("otp", "virtual", "create", part, "--part=" + part,
                    "--serial=E1BEADDE78563412")
            self.ok("otp", "plan", "--target=hab-closed",
                    "--srk-hash=" + self.srk, "--current=" + part, "-o",
                    "plan-" + part)
            yes = self.otp("apply", "plan-" + part, "--dry-run",
                           code=32)["error"]
            self.assertIn(what, yes["what"])

    def single_fuse(self):
        """An OS closes boards and blows nothing else."""
        document = self.otp("plan", "--set=FIELD_RETURN=1",
                            "--accept-risk=FIELD_RETURN", "-o", "plan")
        self.apply("--dry-run")
        error = self.apply("--yes=" + document["hash"], code=30)["error"]
        self.assertIn("single fuses", error["what"])
        self.assertIn("Linux", error["remedy"])
        # A word that it does not even show.
        error = self.otp("plan", "--set=GP2=00000001", code=30)["error"]
        self.assertIn("serial download", error["remedy"])
        self.ok("otp", "plan", "--set=GP2=00000001", "-o", "single",
                "--current=twin/fuses.bin")
        error = self.otp("apply", "single", code=30)["error"]
        self.assertIn("single fuses", error["what"])

    def test_serial_download(self):
        """The same board there: its plan is the same, and only tried."""
        yes = self.plan("from-os")
        self.turn("usb")
        self.assertEqual(self.plan(), yes)
        self.assertEqual((self.dir / "plan").read_bytes(),
                         (self.dir / "from-os").read_bytes())
        document = self.apply("--dry-run")
        self.assertEqual((len(document["steps"]), document["device"]["id"]),
                         (15, "15a2:0080"))
        error = self.apply("--yes=" + yes, code=30)["error"]
        self.assertIn("read, not blown", error["what"])
        self.assertIn("eMMC", error["remedy"])
        self.recovery()

    def other_os(self):
        self.plan()
        port = Upstream(self, "port")
        port.plug(self.dir / "twin")
        device = "--device=twin=port"
        self.assertIs(self.json("ctl", "status", device)["ours"], False)
        for args in (["read"], ["apply", "plan"],
                     ["apply", "plan", "--dry-run"]):
            error = self.json("otp", *args, device, code=30)["error"]
            self.assertIn("does not offer to show its fuses", error["what"])
        port.close()

    def liar(self):
        """What a board says of itself is not believed, nor does it end in an
        internal error."""
        self.plan()
        serial = self.apply("--dry-run")["serial"].encode()
        port = Liar(self, "liar")
        port.plug(self.dir / "twin")
        device = "--device=twin=liar"
        port.truth, port.lie = b"IMX6ULL", b"IMX6SLL"
        for args in (["read"], ["diagram"], ["apply", "plan"]):
            error = self.json("otp", *args, device, code=32)["error"]
            self.assertEqual(error["got"], "IMX6SLL")
        port.truth, port.lie = serial, b"0123456789ABCDEF"
        error = self.json("otp", "apply", "plan", device, code=32)["error"]
        self.assertEqual((error["expected"], error["got"]),
                         (serial.decode(), "0123456789ABCDEF"))
        port.close()

    def part(self):
        self.assertEqual(self.otp("read", "SEC_CONFIG")["part"], "IMX6ULL")
        self.otp("read", "--part=imx6ul", code=32)

    def recovery(self):
        """It shows no fuses at all."""
        image = (host.IMAGES / "recovery.imx").read_bytes()
        self.write("recovery.imx", image)
        self.ok("sdp", "boot", "recovery.imx", "--unverified",
                self.device)
        for _ in range(100):
            if self.json("device", "list",
                         self.device)["devices"][0]["mode"] == "recovery":
                break
        error = self.otp("read", code=30)["error"]
        self.assertIn("recovery", error["what"])


if __name__ == "__main__":
    awcli.main()
