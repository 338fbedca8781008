# SPDX-License-Identifier: Apache-2.0
"""aw otp on boards in serial download."""
import json

import awcli
import twins
from test_device import Bus
from test_otp import HASH

SERIAL = "9DAD303390D40330"
READ_DISABLE, ULZ_MARK = 1 << 18, 1 << 6
PARTS = {"ul": "IMX6UL", "ull": "IMX6ULL", "ulz": "IMX6ULZ"}
# Words on both sides of the hole between shadow registers, and the last ones.
NEAR_HOLE = {(4, 6): 0x46464646, (5, 5): 0x55555555, (6, 0): 0x60606060,
             (6, 7): 0x67676767, (7, 0): 0x70707070, (7, 7): 0x77777777}
LAST_OF_UL = {(8, 0): 0x80808080, (15, 3): 0x15315331, (15, 7): 0x15715771}


class Case(twins.Case):
    def begin(self, soc="ull", fuses=None):
        self.ok("twin", "create", "twin", "--soc=" + soc,
                "--serial=" + SERIAL)
        self.ok("twin", "switch", "twin", "usb")
        twins.blow(self.twin, fuses or {})
        self.start()

    def otp(self, command, *args, code=0):
        return self.json("otp", command, *args, self.DEVICE, code=code)

    def words(self):
        """Shadow registers of the twin, as it says itself."""
        return {(w["bank"], w["word"]): int(w["shadow"], 16) for w in
                self.json("twin", "fuses", "twin")["words"]}


class Read(Case):
    def test_every_word(self):
        """Each register of each part is the twin's shadow register, also at
        either side of the hole."""
        for soc, part in PARTS.items():
            with self.subTest(soc):
                self.twin = self.dir / "twin"
                fuses = {} if soc == "ulz" else dict(NEAR_HOLE)
                fuses.update(LAST_OF_UL if soc == "ul" else {})
                self.begin(soc, fuses)
                drawn = self.otp("diagram")
                self.assertEqual(drawn["part"], part)
                self.assertEqual(drawn["device"]["id"],
                                 "15a2:007d" if soc == "ul" else "15a2:0080")
                drawn.pop("device")
                self.assertEqual(drawn, self.json(
                    "otp", "diagram", "--otp=twin/fuses.bin"))
                got = {(r["bank"], r["word"]): int(r["value"], 16)
                       for r in drawn["registers"]}
                for at, value in self.words().items():
                    if at in got:
                        self.assertEqual("%08x" % got[at], "%08x" % value, at)
                for at, value in fuses.items():
                    self.assertEqual(got[at], value)
                self.assertEqual(got[0, 6] & ULZ_MARK,
                                 ULZ_MARK if soc == "ulz" else 0)
                self.stop()
                self.twin.rename(self.dir / soc)

    def test_as_the_file(self):
        """The same document as from the twin's own file of fuses, all but
        the device."""
        self.begin(fuses={**NEAR_HOLE, **twins.srk_words(HASH)})
        for args in ((), ("--all",), ("SRK_HASH", "UNIQUE_ID", "GP4")):
            with self.subTest(args):
                usb = self.otp("read", *args)
                self.assertEqual(usb.pop("device"), {
                    "name": "twin=twin", "path": "1-1", "id": "15a2:0080",
                    "maker": "Freescale SemiConductor Inc ",
                    "model": "SE Blank 6ULL "})
                self.assertEqual(usb, self.json("otp", "read", *args,
                                                "--otp=twin/fuses.bin"))
        run = self.ok("otp", "read", "SRK_HASH", self.DEVICE)
        self.assertIn("SRK_HASH                           " +
                      bytes.fromhex(HASH)[::-1].hex() + "\n", run.out)
        self.assertIn("  name:                 twin=twin\n", run.out)

    def test_read_locked(self):
        self.begin(fuses={(2, 3): 0x12345678})
        document = self.otp("read", "--all")
        states = {f["name"]: f["state"] for f in document["fuses"]}
        self.assertEqual(set(states.values()), {"read"})
        error = self.otp("read", "OTPMK3", code=30)["error"]
        self.assertIn("0xbadabada", error["got"])
        self.otp("read", "SRK_HASH")

    def test_other_part(self):
        self.begin("ulz")
        for part in ("imx6ul", "imx6ull"):
            error = self.otp("read", "--part=" + part, code=32)["error"]
            self.assertEqual((error["expected"], error["got"]),
                             (part.upper(), "IMX6ULZ"))
        self.otp("read", "--part=imx6ulz")

    def test_one_source(self):
        self.begin()
        for command, other in (("read", "--otp"), ("plan", "--current"),
                               ("diagram", "--otp")):
            args = ("--set", "GP2=00000001") if command == "plan" else ()
            self.otp(command, *args, other + "=twin/fuses.bin", code=2)
        for other in ("--from=twin/fuses.bin", "--serial=" + SERIAL):
            self.fails(2, "otp", "virtual", "create", "v", other, self.DEVICE)
        self.fails(2, "otp", "diagram", "--names", self.DEVICE)

    def test_configured(self):
        """A device that the configuration names gives way to a file."""
        self.begin()
        self.ok("otp", "virtual", "create", "v", "--serial=E1BEADDE78563412",
                "--part=imx6ul")
        self.write("aw.json", json.dumps({"device": "twin=twin"}))
        env = {"AW_CONFIG": "aw.json"}
        for args, part in ((("read",), "IMX6ULL"),
                           (("read", "--otp=v"), "IMX6UL"),
                           (("diagram", "--names", "--part=imx6ulz"),
                            "IMX6ULZ"),
                           (("virtual", "create", "a"), "IMX6ULL"),
                           (("virtual", "create", "b", "--from=v"), "IMX6UL"),
                           (("virtual", "create", "c", "--part=imx6ul",
                             "--serial=" + SERIAL), "IMX6UL")):
            with self.subTest(args):
                self.assertEqual(self.json("otp", *args, env=env)["part"],
                                 part)

    def test_hidden(self):
        """A closed part shows nothing, nor does an open one that must not."""
        for fuses, kind in ((twins.closed(HASH), "closed"),
                            ({twins.CONFIG: READ_DISABLE}, "open")):
            with self.subTest(kind):
                self.twin = self.dir / "twin"
                self.begin(fuses=fuses)
                for command in ("read", "diagram"):
                    error = self.otp(command, code=30)["error"]
                    self.assertEqual(error["code"], "ERR_REFUSED")
                    self.assertIn("33 22 33 00", error["got"])
                    self.assertIn(kind + " part", error["got"])
                    self.assertIn("eMMC", error["remedy"])
                self.stop()
                self.twin.rename(self.dir / kind)

    def test_cable(self):
        """Gone while it is read: storage, not a wrong value."""
        self.begin()
        for what in ("lost", "short"):
            self.ok("twin", "fault", "usb", "twin", what, "--endpoint=81",
                    "--skip=20")
            document = self.otp("read", "--all", code=21)
            self.assertEqual(document["error"]["subject"], "twin=twin")
            self.otp("read", "SRK_HASH")


class Use(Case):
    def test_plan(self):
        """The plan is the one from the twin's own file."""
        self.begin()
        goal = ("--target=hab-closed", "--srk-hash=" + HASH)
        document = self.otp("plan", *goal, "-o", "plan")
        self.assertEqual((document["serial"], document["state"]),
                         (SERIAL, "S0"))
        self.assertEqual(document["device"]["name"], "twin=twin")
        self.ok("otp", "plan", *goal, "--current=twin/fuses.bin", "-o", "same")
        self.assertEqual((self.dir / "plan").read_bytes(),
                         (self.dir / "same").read_bytes())
        run = self.ok("otp", "plan", *goal, self.DEVICE)
        self.assertEqual(run.out, (self.dir / "plan").read_text())
        self.otp("plan", "--set=GP2=00000001", "-o", "single")

    def test_apply(self):
        """In serial download a plan is tried, never carried out."""
        self.begin()
        before = (self.twin / "fuses.bin").read_bytes()
        goal = ("--target=hab-closed", "--srk-hash=" + HASH)
        yes = "--yes=" + self.otp("plan", *goal, "-o", "plan")["hash"]
        self.otp("plan", "--set=GP2=00000001", "-o", "single")
        document = self.otp("apply", "plan", "--dry-run")
        self.assertEqual((document["state"], len(document["steps"]),
                          document["writes"], document["device"]["path"]),
                         ("S0", 15, 0, "1-1"))
        self.assertEqual(
            len(self.otp("apply", "single", "--dry-run")["steps"]), 1)
        error = self.otp("apply", "plan", yes, code=30)["error"]
        self.assertIn("read, not blown", error["what"])
        self.assertIn("eMMC", error["remedy"])
        error = self.otp("apply", "single", code=30)["error"]
        self.assertIn("single fuses", error["what"])
        self.ok("otp", "virtual", "create", "other", "--part=imx6ull",
                "--serial=E1BEADDE78563412")
        self.ok("otp", "plan", *goal, "--current=other", "-o", "others")
        for args in ([], ["--dry-run"]):
            self.otp("apply", "others", *args, code=32)
        self.fails(2, "otp", "apply", "plan", "--otp=other", self.DEVICE)
        self.assertEqual((self.twin / "fuses.bin").read_bytes(), before)

    def test_done(self):
        """What is fused already needs nobody: the target is reached."""
        self.begin(fuses={(4, 7): 1})
        self.otp("plan", "--set=GP2=00000001", "-o", "plan")
        document = self.otp("apply", "plan")
        self.assertEqual((document["steps"], document["writes"]), ([], 0))

    def test_virtual(self):
        """A copy of a board, to try a plan on."""
        self.begin(fuses=twins.srk_words(HASH))
        document = self.json("otp", "virtual", "create", "copy", self.DEVICE)
        self.assertEqual((document["part"], document["device"]["path"]),
                         ("IMX6ULL", "1-1"))
        read = ("otp", "read", "--all", "--json")
        self.assertEqual(self.ok(*read, "--otp=copy").out,
                         self.ok(*read, "--otp=twin/fuses.bin").out)


class Choice(Bus):
    """Which device it is, on a bus."""

    def fail(self, code, *args):
        return self.run_json("otp", "read", "--wait=1ms", *args,
                             code=code)["error"]

    def test_choice(self):
        self.fail(2, "--device=usb")
        self.fail(32, "--device=port=1-9")
        self.fail(32, "--device=serial=" + SERIAL)
        self.plug(1, "15a2:0080", "SE Blank 6ULL ")
        self.plug(2, "15a2:007d", "SE Blank 6UL ")
        error = self.fail(32, "--device=serial=" + SERIAL)
        self.assertEqual(error["got"],
                         "port=1-1 (15a2:0080), port=1-2 (15a2:007d)")
        # A mouse is none of ours; it may make room for a board.
        self.plug(3, "046d:c077", "USB Optical Mouse")
        self.fail(22, "--device=port=1-3")

    def test_nothing_runs(self):
        self.assertIn("aw twin start", self.fails(
            32, "otp", "read", "--device=twin=nowhere").err)


class Off(Case):
    def test_off(self):
        self.begin()
        self.ok("twin", "power", "twin", "off")
        self.otp("read", "--wait=1s", code=22)
        self.ok("twin", "power", "twin", "on")
        self.otp("read", "SRK_HASH")


if __name__ == "__main__":
    awcli.main()
