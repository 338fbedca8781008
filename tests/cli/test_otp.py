# SPDX-License-Identifier: Apache-2.0
"""aw otp: maps, values, pictures, plans, virtual fuses."""
import csv
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess

import awcli

OTP = awcli.SOURCE / "tests" / "vectors" / "hab" / "otp"
HAB_IMAGE = OTP.parent / "image" / "test.imx"
HASH = "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c"
SERIAL = "E1BEADDE78563412"
PARTS = ("imx6ul", "imx6ull", "imx6ulz")


def rows(part):
    with open(OTP / "fusemaps" / (part + ".csv"), encoding="ascii") as file:
        return list(csv.DictReader(file))


class Maps(awcli.Test):
    def test_list(self):
        for part in PARTS:
            document = self.json("otp", "list", "--part=" + part)
            got = []
            for register in document["registers"]:
                place = [register["name"], register["bank"], register["word"]]
                tail = [register["write_offset"], register["read_offset"],
                        register["shadow_address"]]
                got.append(place + ["", 0, 32] + tail + ["soc"])
                for fuse in register["fuses"]:
                    got.append(place + [fuse["name"], fuse["offset"],
                                        fuse["length"]] + tail +
                               ["board" if fuse["board"] else "soc"])
            want = [[r["register"], int(r["bank"]), int(r["word"]), r["fuse"],
                     int(r["offset"]), int(r["len"]),
                     int(r["nvmem_write_off"], 16),
                     int(r["nvmem_read_off"], 16), int(r["shadow_addr"], 16),
                     r["source"]] for r in rows(part)]
            self.assertEqual(sorted(got), sorted(want))

    def test_names(self):
        document = self.json("otp", "list", "SRK_LOCK", "CFG5", "--part=imx6ul")
        self.assertEqual([len(r["fuses"]) for r in document["registers"]],
                         [1, 17])
        self.assertEqual(document["registers"][1]["locked_by"],
                         "BOOT_CFG_LOCK")
        run = self.fails(2, "otp", "list", "SRK_LOK", "--part=imx6ul")
        self.assertIn("SRK_LOCK", run.err)
        self.fails(2, "otp", "list", "SRK_LOCK")
        parts = self.json("otp", "list")["parts"]
        self.assertEqual([(p["part"], p["fuses"]) for p in parts],
                         [("IMX6UL", 231), ("IMX6ULL", 164), ("IMX6ULZ", 154)])

    def test_yaml_and_overlay(self):
        yaml = ["processor: X\nreference: 1\ndriver: nvmem-imx-ocotp\n"
                "bank_size: 8\nregisters:\n"]
        for name, bank, word in (("A", 0, 0), ("B", 0, 1)):
            yaml.append("  %s:\n    bank: %d\n    word: %d\n    fuses:\n"
                        "      F%s:\n        offset: 0\n        len: 3\n" %
                        (name, bank, word, name))
        self.write("x.yaml", "".join(yaml))
        self.write("board.yaml", yaml[0] + "  B: {bank: 0, word: 1, fuses: "
                   "{NEW: {offset: 4, len: 1}}}\n")
        self.write("other.yaml", yaml[0].replace("X", "Y") +
                   "  B: {bank: 0, word: 1}\n")
        document = self.json("otp", "list", "--map=x.yaml",
                             "--overlay=board.yaml")
        fuses = {f["name"]: f["board"] for r in document["registers"]
                 for f in r["fuses"]}
        self.assertEqual(fuses, {"FA": False, "FB": False, "NEW": True})
        self.fails(30, "otp", "list", "--map=x.yaml", "--overlay=other.yaml")
        self.fails(30, "otp", "list", "--map=x.yaml", "--overlay=x.yaml")
        run = self.fails(30, "otp", "list", "--map=" + __file__)
        self.assertEqual(run.out, "")
        shutil.copy(awcli.SOURCE / "hab" / "fusemaps" / "imx6ul.fusemap",
                    self.dir / "own")
        self.assertEqual(self.ok("otp", "list", "--map=own").out,
                         self.ok("otp", "list", "--part=imx6ul").out)
        self.fails(30, "otp", "list", "--map=none")
        self.write("empty", b"")
        self.fails(30, "otp", "list", "--map=empty")
        self.fails(30, "otp", "list", "--part=imx6ul", "--overlay=empty")


class Values(awcli.Test):
    def test_conversions(self):
        vectors = json.loads((OTP / "conversions.json").read_text())
        ran = 0
        for case in vectors["cases"]:
            name = case["fuse"].split(" ")[0]
            document = self.json("otp", "convert", name, case["value_be"],
                                 "--part=imx6ul")
            words = [w["value"] for w in document["words"]]
            self.assertEqual(words, case["words_to_blow"])
            back = self.json("otp", "convert", "--words", name, *words,
                             "--part=imx6ul")
            self.assertEqual(back["value"], case["value_be"])
            ran += 1
        self.assertEqual(ran, 10)
        for case in vectors["errors"]:
            run = self.fails(2, "otp", "convert", case["fuse"],
                             case["value_be"], "--part=imx6ul")
            self.assertIn("more bits", run.err)
        quirk = vectors["upstream_quirks"][0]
        document = self.json("otp", "convert", "SRK_HASH",
                             "bytes:" + quirk["value_little"], "--part=imx6ul")
        got = b"".join(int(w["value"], 16).to_bytes(4, "little")
                       for w in document["words"])
        self.assertEqual(got.hex(), quirk["correct_bytes"])

    def test_usage(self):
        base = ("otp", "convert", "--part=imx6ul")
        for args in (("KTE", "01"), ("KTE", "1", "1"), ("KTE", "x"), ("NO", "1"),
                     ("MAC1_ADDR", "1f7b1007e3"),
                     ("--words", "MAC1_ADDR", "7b1007e3"),
                     ("--words", "KTE", "1")):
            self.fails(2, *base, *args)

    def test_read_the_dump(self):
        want = json.loads((OTP / "nvmem-imx6ul-open.json").read_text())
        dump = self.dir / "dump"
        shutil.copy(OTP / "nvmem-imx6ul-open.bin", dump)
        document = self.json("otp", "read", "--otp=dump", "--all")
        got = {f["name"]: f for f in document["fuses"]}
        named = {v["name"]: v["value_be"] for v in want["values"]
                 if not v["name"].startswith("OCOTP_")}
        for name, fuse in got.items():
            if fuse["state"] == "out-of-reach":
                self.assertGreaterEqual(fuse["bank"], 14)
            else:
                self.assertEqual(fuse["value"].lstrip("0"),
                                 named.pop(name, "").lstrip("0"))
        self.assertEqual(named, {})
        lock = self.json("otp", "read", "OCOTP_LOCK", "--otp=dump")
        self.assertEqual(lock["fuses"][0]["value"], "01328003")
        run = self.fails(30, "otp", "read", "OCOTP_OTPMK0", "--otp=dump")
        self.assertIn("read-locked", run.err)
        run = self.fails(30, "otp", "read", "GP6", "--otp=dump")
        self.assertIn("out-of-reach", run.out)
        self.fails(30, "otp", "read", "--otp=none")

    def test_what_is_no_dump(self):
        """A dump has the size of its part's NVMEM device."""
        plan = ("otp", "plan", "--target=hab-closed", "--srk-hash=" + HASH)
        image = HAB_IMAGE.read_bytes()
        for name, data in (("empty", b""), ("short", b"abc"),
                           ("image", image), ("long", bytes(580)),
                           ("odd", bytes(513)), ("text", "aw-fuse 1\n")):
            self.write(name, data)
            for part in ((), ("--part=imx6ul",), ("--part=imx6ulz",)):
                self.fails(30, "otp", "read", "SRK_LOCK", "--otp=" + name,
                           *part)
                self.fails(30, *plan, "--current=" + name, *part)
        for size, part in ((512, "imx6ull"), (576, "imx6ulz"), (256, "imx6ul"),
                           (320, "imx6ul")):
            self.write("d", bytes(size))
            self.fails(32, "otp", "read", "SRK_LOCK", "--otp=d",
                       "--part=" + part)
        for text in ("aw-fuses 2\npart IMX6UL\n", "aw-fuses 1\r\n",
                     "aw-fuses 2\n" + "x" * 501):
            self.write("v", text)
            run = self.fails(30, "otp", "read", "--otp=v", "--part=imx6ul")
            self.assertIn("virtual fuses", run.err)
        for name in (self.dir, "/dev/null"):
            self.fails(30, "otp", "read", "--otp=%s" % name)

    def test_part_is_told_from_the_fuses(self):
        for size, mark, part in ((512, 0, "IMX6UL"), (576, 0, "IMX6UL"),
                                 (256, 0, "IMX6ULL"), (320, 0, "IMX6ULL"),
                                 (320, 0x40, "IMX6ULZ")):
            data = bytearray(size)
            data[24] = mark
            self.write("d", bytes(data))
            document = self.json("otp", "read", "SEC_CONFIG", "--otp=d")
            self.assertEqual(document["part"], part)


class Pictures(awcli.Test):
    def test_maps(self):
        found = set()
        for part in PARTS:
            name = part + "-map.txt"
            got = self.ok("otp", "diagram", "--names", "--part=" + part).out
            want = (OTP / "view" / name).read_text()
            pairs = zip((got + "\n").splitlines(), want.splitlines())
            found |= {"%s line %d" % (name, i)
                      for i, (a, b) in enumerate(pairs, 1) if a != b}
            self.assertEqual(len((got + "\n").splitlines()),
                             len(want.splitlines()))
        self.assertEqual(found, awcli.compat("Register pictures"))

    def test_values(self):
        ran = 0
        for view in sorted((OTP / "view").glob("*-0x*.txt")):
            part, register, value = re.fullmatch(
                r"(imx6ull?)-(.*)-(0x[0-9a-f]{8})", view.stem).groups()
            run = self.ok("otp", "diagram", register.upper(),
                          "--value=" + value, "--part=" + part)
            self.assertEqual(run.out, view.read_text(), view)
            ran += 1
        self.assertEqual(ran, 11)

    def test_reads(self):
        dump = str(OTP / "nvmem-imx6ul-closed.bin")
        names = (("0/6",), ("CFG5",), ("SEC_CONFIG",), ("OCOTP_CFG5",))
        texts = {self.ok("otp", "diagram", *n, "--otp=" + dump).out
                 for n in names}
        self.assertEqual(
            texts, {(OTP / "view" / "imx6ul-ocotp_cfg5-0x0cd4000b.txt")
                    .read_text()})
        document = self.json("otp", "diagram", "SRK0", "GP1", "--otp=" + dump)
        self.assertEqual([r["locked"] for r in document["registers"]],
                         [True, False])
        whole = self.json("otp", "diagram", "--otp=" + dump)
        self.assertEqual(len(whole["registers"]), 112)
        self.assertIn("RPMB_PROGRAMMED", self.ok(
            "otp", "diagram", "GP1", "--board", "--otp=" + dump).out)
        for args in (("--value=1",), ("--value=g", "GP1"), ("9/9", "--names"),
                     ("--value=100000000", "GP1"),
                     ("--value=1", "--names", "GP1")):
            self.fails(2, "otp", "diagram", "--part=imx6ul", *args)
        self.fails(2, "otp", "diagram", "--names", "--otp=" + dump)

    def terminal(self, *args, env=None):
        """Standard output of a run on a terminal."""
        parent, child = pty.openpty()
        run = self.aw(*args, stdout=child, env=env)
        os.close(child)
        out = b""
        while True:
            try:
                data = os.read(parent, 65536)
            except OSError:
                break
            if not data:
                break
            out += data
        os.close(parent)
        self.assertEqual(run.code, 0, run)
        return out.decode().replace("\r\n", "\n")

    def test_colour_on_a_terminal_only(self):
        args = ("otp", "diagram", "SRK0", "CFG5",
                "--otp=" + str(OTP / "nvmem-imx6ul-open.bin"))
        plain = self.ok(*args).out
        self.assertNotIn("\x1b", plain)
        coloured = self.terminal(*args, env={"TERM": "xterm"})
        self.assertIn("\x1b[1;32m1\x1b[0m", coloured)
        self.assertNotIn("\x1b[33m", coloured)
        self.assertEqual(re.sub("\x1b\\[[0-9;]*m", "", coloured), plain)
        self.assertEqual(self.terminal(*args, env={"NO_COLOR": "1"}), plain)
        closed = (*args[:-1], "--otp=" + str(OTP / "nvmem-imx6ul-closed.bin"))
        coloured = self.terminal(*closed, env={"TERM": "xterm"})
        self.assertIn("\x1b[33m0\x1b[0m", coloured)
        self.assertIn("\x1b[1;33m1\x1b[0m", coloured)


class Plans(awcli.Test):
    def setUp(self):
        super().setUp()
        self.ok("otp", "virtual", "create", "dev", "--serial=" + SERIAL,
                "--part=imx6ul")

    def plan(self, name="plan", current="dev", code=0):
        document = self.json("otp", "plan", "--target=hab-closed",
                             "--srk-hash=" + HASH, "--current=" + current,
                             "--output=" + name, code=code)
        return document

    def apply(self, document, *args, plan="plan", code=0, otp="dev"):
        return self.json("otp", "apply", plan, "--otp=" + otp,
                         "--yes=" + document["hash"], *args, code=code)

    def test_plan(self):
        document = self.plan()
        self.assertEqual(document["serial"], SERIAL)
        self.assertEqual(document["state"], "S0")
        kinds = [s["kind"] for s in document["steps"]]
        self.assertEqual(kinds, ["program"] * 8 + ["boot"] + ["program"] * 4 +
                         ["verify", "program"])
        self.assertEqual(document["steps"][-1]["fuses"], "SEC_CONFIG")
        text = (self.dir / "plan").read_text()
        run = self.ok("otp", "plan", "--target=hab-closed", "--srk-hash=" +
                      HASH, "--current=dev")
        self.assertEqual(run.out, text)
        self.assertTrue(text.endswith("hash %s\n" % document["hash"]))
        self.write("hash", bytes.fromhex(HASH))
        run = self.ok("otp", "plan", "--target=hab-closed", "--srk-hash=hash",
                      "--current=dev")
        self.assertEqual(run.out, text)
        self.fails(30, "otp", "plan", "--target=hab-closed",
                   "--srk-hash=" + HASH, "--current=dev", "-o", "plan")

    def test_close(self):
        document = self.plan()
        first = self.apply(document, code=30)
        self.assertEqual((first["state"], first["writes"]), ("S2", 8))
        again = self.apply(document, code=30)
        self.assertEqual(again["writes"], 0)
        for hab, recovery in (("events", "clean"), ("unknown", "clean"),
                              ("clean", "events"), ("clean", "unknown")):
            self.ok("otp", "virtual", "boot", "dev", "--hab=" + hab,
                    "--recovery=" + recovery)
            self.assertEqual(self.apply(document, code=30)["writes"], 0)
        self.ok("otp", "virtual", "boot", "dev")
        last = self.apply(document)
        self.assertEqual((last["state"], last["writes"]), ("S5", 5))
        self.assertNotIn("warnings", last)
        nothing = self.json("otp", "apply", "plan", "--otp=dev")
        self.assertEqual(nothing["writes"], 0)
        values = self.json("otp", "read", "LOCK", "CFG5", "CFG6", "SRK_HASH",
                           "--otp=dev")
        self.assertEqual([f["value"] for f in values["fuses"]],
                         ["00324003", "0cd4000b", "00000010",
                          bytes.fromhex(HASH)[::-1].hex()])

    def found(self, state):
        """Fuses of a device that somebody brought to a state: S2, S3, S4."""
        plans = [("SRK_HASH=bytes:" + HASH,), ("SRK_LOCK=1",),
                 ("UART_SERIAL_DOWNLOAD_DISABLE=1", "DIR_BT_DIS=1",
                  "SJC_DISABLE=1", "JTAG_SMODE=3", "KTE=1", "JTAG_HEO=1",
                  "SDP_READ_DISABLE=1")]
        self.ok("otp", "virtual", "create", state, "--serial=" + SERIAL,
                "--part=imx6ul")
        for i, sets in enumerate(plans[:int(state[1]) - 1]):
            name = "%s.%d" % (state, i)
            args = [a for value in sets for a in
                    ("--set=" + value, "--accept-risk=" + value.split("=")[0])]
            document = self.json("otp", "plan", *args, "--current=" + state,
                                 "-o", name)
            self.apply(document, plan=name, otp=state)

    def test_no_state_is_closed_without_proof(self):
        """Locks that are there already prove nothing about images."""
        for state in ("S2", "S3", "S4"):
            self.found(state)
            document = self.plan("to." + state, state)
            self.assertEqual(document["state"], state)
            self.assertEqual(document["steps"][0]["kind"], "boot")
            before = self.json("otp", "read", "--otp=" + state, "--all")
            self.apply(document, "--skip-recovery-proof", plan="to." + state,
                       otp=state, code=30)
            for hab, recovery in (("events", "events"), ("events", "clean"),
                                  ("unknown", "clean"), ("clean", "unknown"),
                                  ("clean", "events"), ("unknown", "unknown")):
                self.ok("otp", "virtual", "boot", state, "--hab=" + hab,
                        "--recovery=" + recovery)
                last = self.apply(document, plan="to." + state, otp=state,
                                  code=30)
                self.assertEqual((last["writes"], last["state"]), (0, state))
                self.assertEqual(before, self.json("otp", "read", "--otp=" +
                                                   state, "--all"))
                run = self.fails(30, "otp", "simulate", "to." + state,
                                 "--hab=" + hab, "--recovery=" + recovery)
                self.assertIn("reached:                no", run.out)
            self.ok("otp", "simulate", "to." + state, "--every-cut")
            self.ok("otp", "virtual", "boot", state)
            last = self.apply(document, plan="to." + state, otp=state)
            self.assertEqual(last["state"], "S5")

    def test_skipping_recovery_is_told(self):
        document = self.plan()
        self.apply(document, code=30)
        self.ok("otp", "virtual", "boot", "dev", "--recovery=unknown")
        last = self.apply(document, "--skip-recovery-proof")
        self.assertEqual(last["state"], "S5")
        self.assertIn("recovery", last["warnings"][0])

    def test_consent(self):
        document = self.plan()
        before = (self.dir / "dev").read_bytes()
        run = self.fails(30, "otp", "apply", "plan", "--otp=dev")
        self.assertIn("--yes=" + document["hash"], run.err)
        self.fails(30, "otp", "apply", "plan", "--otp=dev", "--yes=" + HASH)
        self.fails(2, "otp", "apply", "plan", "--otp=dev", "--yes=")
        dry = self.json("otp", "apply", "plan", "--otp=dev", "--dry-run")
        self.assertEqual(len(dry["steps"]), 15)
        self.assertEqual((self.dir / "dev").read_bytes(), before)

    def at_terminal(self, line, *args):
        """aw otp apply of the plan; line is typed when the question stands
        there."""
        return super().at_terminal(b"to stop:", line, "otp", "apply", "plan",
                                   "--otp=dev", *args)

    def test_question(self):
        """It shows device and steps, --quiet or not, and leaves a clean
        screen."""
        document = self.plan()
        before = (self.dir / "dev").read_bytes()
        for quiet in ([], ["--quiet"]):
            code, shown = self.at_terminal(b"no\n", *quiet)
            self.assertEqual(code, 31, shown)
            lines = shown.split("\n")
            at = lines.index("consent: this will be done to dev, device %s, "
                             "and cannot be undone:" % SERIAL)
            for i in range(len(document["steps"])):
                self.assertRegex(lines[at + 1 + i], "^%4d  " % (i + 1))
            at += 1 + len(document["steps"])
            self.assertEqual(lines[at], "consent: type the serial of the "
                             "device to go on, anything else to stop:")
            self.assertEqual(lines[at + 1], "no")
            self.assertIn("nothing was blown", shown)
        code, shown = self.at_terminal(b"\x03")
        self.assertEqual(code, 31, shown)
        self.assertIn("\r\x1b[Kaw: stopping", shown)
        self.assertIn("stopped before a serial was typed", shown)
        self.assertEqual((self.dir / "dev").read_bytes(), before)
        code, shown = self.at_terminal(SERIAL.encode() + b"\n")
        self.assertEqual(code, 30, shown)
        self.assertIn("blow", shown)
        self.assertNotEqual((self.dir / "dev").read_bytes(), before)

    def test_full_disk(self):
        """What could not be saved was not written, and does not count."""
        document = self.plan()
        before = (self.dir / "dev").read_bytes()
        run = self.aw("-c", "ulimit -f 0; exec %s otp apply plan --otp=dev "
                      "--json --yes=%s" % (awcli.AW, document["hash"]),
                      program="/bin/sh")
        self.assertEqual(run.code, 24, run)
        document = self.document(run)
        self.assertEqual(document["writes"], 0)
        self.assertIn("no room", document["error"]["what"])
        self.assertEqual((self.dir / "dev").read_bytes(), before)

    def typed(self, line):
        """A run with a terminal as standard input, on which line is typed."""
        parent, child = pty.openpty()
        os.write(parent, line)
        command = [awcli.AW, "otp", "apply", "plan", "--otp=dev",
                   "--events=events"]
        done = subprocess.run(command, stdin=child, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.dir, check=False,
                              env=self.environment(), timeout=60)
        run = awcli.Run(command, done)
        os.close(child)
        os.close(parent)
        return run

    def test_serial_is_typed(self):
        self.plan()
        before = (self.dir / "dev").read_bytes()
        for line in (b"yes\n", b"\n", b"E1BEADDE78563413\n"):
            run = self.typed(line)
            self.assertEqual(run.code, 31, run)
            self.assertEqual((self.dir / "dev").read_bytes(), before)
        self.assertIn("SEC_CONFIG", run.err)
        self.assertIn('"state":"prompt"', (self.dir / "events").read_text())
        run = self.typed(b"\x04") # end of input
        self.assertEqual(run.code, 31, run)
        self.assertIn("no serial was typed", run.err)
        run = self.typed(SERIAL.lower().encode() + b"\n")
        self.assertEqual(run.code, 30, run)
        self.assertNotEqual((self.dir / "dev").read_bytes(), before)

    def test_other_device(self):
        document = self.plan()
        self.ok("otp", "virtual", "create", "other", "--part=imx6ul",
                "--serial=0123456789ABCDEF")
        self.ok("otp", "virtual", "create", "ull", "--part=imx6ull",
                "--serial=" + SERIAL)
        run = self.fails(32, "otp", "apply", "plan", "--otp=ull", "--yes=x")
        self.assertNotIn("--part", run.err)
        for name in ("other", "ull"):
            before = (self.dir / name).read_bytes()
            self.json("otp", "apply", "plan", "--otp=" + name,
                      "--yes=" + document["hash"], code=32)
            self.assertEqual((self.dir / name).read_bytes(), before)
        error = self.json("otp", "apply", "plan", "--otp=other", "--dry-run",
                          code=32)["error"]
        self.assertEqual((error["expected"], error["got"]),
                         (SERIAL, "0123456789ABCDEF"))

    def test_changed_plan(self):
        self.plan()
        text = (self.dir / "plan").read_text()
        for old, new in (("06b551dd", "06b551df"), (SERIAL, SERIAL[:-1] + "3"),
                         ("step boot\n", ""), ("step verify\n", ""),
                         ("0cd00008", "0cd20008"), ("hash ", "hash  ")):
            self.write("bad", text.replace(old, new, 1))
            self.fails(30, "otp", "apply", "bad", "--otp=dev", "--yes=x")
            self.fails(30, "otp", "simulate", "bad")
        self.write("bad", text[:-1])
        self.fails(30, "otp", "simulate", "bad")

    def test_dump_is_read_only(self):
        dump = str(OTP / "nvmem-imx6ul-open.bin")
        self.ok("otp", "plan", "--target=hab-closed", "--srk-hash=" + HASH,
                "--current=" + dump, "-o", "p")
        document = self.json("otp", "apply", "p", "--otp=" + dump, "--dry-run")
        self.assertEqual(document["state"], "S2")
        run = self.fails(30, "otp", "apply", "p", "--otp=" + dump)
        self.assertIn("can only be read", run.err)
        closed = str(OTP / "nvmem-imx6ul-closed.bin")
        document = self.json("otp", "plan", "--target=hab-closed",
                             "--srk-hash=" + HASH, "--current=" + closed)
        self.assertEqual((document["state"], document["steps"]), ("S5", []))
        self.assertEqual(self.json("otp", "apply", "p", "--otp=" + closed)
                         ["writes"], 0)

    def test_refused(self):
        other = "ff" * 32
        self.apply(self.plan(), code=30)
        run = self.fails(30, "otp", "plan", "--target=hab-closed",
                         "--srk-hash=" + HASH[::-1], "--current=dev")
        self.assertIn("bits are set that must not be set", run.err)
        for value in ("00" * 32, "none", "ff", "0x" + HASH, HASH + "00",
                      HASH[:-1], "g" + HASH[1:], "dev"):
            run = self.fails(30, "otp", "plan", "--target=hab-closed",
                       "--srk-hash=" + value, "--current=dev")
            if value != "00" * 32:
                self.assertIn("64 hex digits", run.err)
                self.assertNotIn("No such file", run.err)
        self.ok("otp", "plan", "--target=hab-closed", "--srk-hash=" + other,
                "--current=dev")
        run = self.fails(2, "otp", "plan", "--current=dev",
                         "--target=hab-closed")
        self.assertIn("needs --srk-hash", run.err)
        for args in ((), ("--srk-hash=" + HASH,),
                     ("--target=hab-closed", "--srk-hash=" + HASH, "-o", "-"),
                     ("--set", "KTE=1", "--target=hab-closed",
                      "--srk-hash=" + HASH), ("--set", "KTE"),
                     ("--set", "KTE=2"), ("--set", "KTE=01"),
                     ("--set", "NO=1")):
            self.fails(2, "otp", "plan", "--current=dev", *args)

    def test_single_fuses(self):
        document = self.json("otp", "plan", "--set", "GP2=00000003", "--set",
                             "GP2_LOCK=1", "--accept-risk=GP2_LOCK",
                             "--current=dev", "-o", "p")
        self.assertEqual([s["bits"] for s in document["steps"]],
                         ["0x00000003", "0x00001000"])
        self.assertIn("GP2_LOCK", document["warnings"][0])
        self.assertEqual(self.apply(document, plan="p")["writes"], 2)
        self.fails(30, "otp", "plan", "--set", "GP2=00000007", "--current=dev")
        run = self.fails(30, "otp", "plan", "--set", "GP2=00000001",
                         "--current=dev")
        self.assertIn("0x00000003", run.err)
        document = self.json("otp", "plan", "--set", "GP2=00000003",
                             "--current=dev")
        self.assertEqual(document["steps"], [])

    def test_risks(self):
        risky = ("SDP_DISABLE=1", "SRK_LOCK=1", "BT_FUSE_SEL=1",
                 "BOOT_CFG1=40", "SRK_REVOKE=00000001", "FIELD_RETURN=1",
                 "RPMB_PROGRAMMED=1", "SRK_HASH=" + "1" * 64,
                 "OCOTP_SRK3=00000001", "GP1=00000001",
                 "OCOTP_SRK_REVOKE=00000008", "OCOTP_SRK_REVOKE=80000000",
                 "OCOTP_FIELD_RETURN=00000002")
        for value in risky:
            name = value.split("=")[0]
            run = self.fails(30, "otp", "plan", "--set", value, "--current=dev")
            self.assertIn("--accept-risk=" + name, run.err)
            self.ok("otp", "plan", "--set", value, "--accept-risk=" + name,
                    "--current=dev")
        for value in ("SEC_CONFIG=3", "OCOTP_CFG5=00000003"):
            run = self.fails(30, "otp", "plan", "--set", value, "--current=dev",
                             "--accept-risk=" + value.split("=")[0])
            self.assertIn("hab-closed", run.err)

    def test_simulate(self):
        self.plan()
        before = (self.dir / "dev").read_bytes()
        document = self.json("otp", "simulate", "plan", "--every-cut",
                             "--otp=dev")
        self.assertEqual((document["writes"], document["reached"],
                          document["interruptions"], document["resumed"]),
                         (13, True, 39, 39))
        document = self.json("otp", "simulate", "plan", "--cut=3",
                             "--partial=ffff", "--output=end")
        kinds = [e["kind"] for e in document["events"]]
        self.assertEqual(kinds.count("cut"), 1)
        self.assertEqual(document["writes"], 14)
        value = self.json("otp", "read", "SEC_CONFIG", "--otp=end")
        self.assertEqual(value["fuses"][0]["value"], "3")
        document = self.json("otp", "simulate", "plan", "--stuck=3/2/23",
                             code=21)
        self.assertIs(document["reached"], False)
        self.assertEqual(document["writes"], 3)
        self.assertIn("bank 3 word 2", document["error"]["got"])
        self.json("otp", "simulate", "plan", "--hab=events", code=30)
        self.json("otp", "simulate", "plan", "--hab=unknown", code=30)
        self.json("otp", "simulate", "plan", "--recovery=unknown", code=30)
        self.ok("otp", "simulate", "plan", "--recovery=unknown",
                "--skip-recovery-proof")
        document = self.json("otp", "simulate", "plan", "--cut=13")
        self.assertNotIn("warnings", document)
        document = self.json("otp", "simulate", "plan", "--cut=14")
        self.assertIn("power did not go", document["warnings"][0])
        for args in (("--stuck=3/0",), ("--output=-",), ("--stuck=3/0/32",), ("--stuck=16/0/0",),
                     ("--partial=x",), ("--cut=1", "--every-cut")):
            self.fails(2, "otp", "simulate", "plan", *args)
        self.fails(30, "otp", "simulate", "plan", "-o", "end")
        self.assertEqual((self.dir / "dev").read_bytes(), before)

    def test_interrupted_file(self):
        """Power goes at write n; the file that is left reaches the target."""
        document = self.plan()
        for n in range(1, 14):
            name = "cut%d" % n
            cut = self.json("otp", "simulate", "plan", "--cut=%d" % n,
                            "--partial=0f0f0f0f", "--no-resume",
                            "--output=" + name, code=21)
            self.assertEqual(cut["writes"], n)
            writes = 0
            for _ in range(3):
                self.ok("otp", "virtual", "boot", name)
                run = self.aw("otp", "apply", "plan", "--otp=" + name,
                              "--yes=" + document["hash"], "--json")
                writes += json.loads(run.out)["writes"]
                if run.code == 0:
                    break
                self.assertEqual(run.code, 30, run)
            self.assertEqual(run.code, 0, run)
            self.assertEqual(json.loads(run.out)["state"], "S5")
            self.assertIn(writes, (13 - n, 14 - n))
        self.fails(2, "otp", "simulate", "plan", "--no-resume")

    def test_revocation(self):
        """On a closed device a boot must have unlocked it."""
        document = self.plan()
        self.apply(document, code=30)
        self.ok("otp", "virtual", "boot", "dev")
        self.assertEqual(self.apply(document)["state"], "S5")
        document = self.json("otp", "plan", "--set=OCOTP_SRK_REVOKE=00000001",
                "--accept-risk=OCOTP_SRK_REVOKE", "--current=dev", "-o", "r")
        args = ("otp", "apply", "r", "--otp=dev", "--yes=" + document["hash"])
        self.ok("otp", "virtual", "boot", "dev")
        before = (self.dir / "dev").read_bytes()
        run = self.json(*args, code=30)
        self.assertEqual(run["writes"], 0)
        self.assertIn("--unlock-srk-revoke", run["error"]["remedy"])
        self.assertEqual((self.dir / "dev").read_bytes(), before)
        self.ok("otp", "virtual", "boot", "dev", "--unlock-srk-revoke")
        self.assertIn("\nunlocked srk-revoke\n",
                      (self.dir / "dev").read_text())
        self.assertEqual(self.json(*args)["writes"], 1)
        self.ok("otp", "virtual", "boot", "dev")
        self.assertNotIn("unlocked", (self.dir / "dev").read_text())

    def test_hab_log_is_not_for_virtual_fuses(self):
        document = self.plan()
        self.write("log", b"\x0c\x00\x04\x42")
        self.fails(2, "otp", "apply", "plan", "--otp=dev", "--hab-log=log",
                   "--yes=" + document["hash"])


class Virtual(awcli.Test):
    def test_create(self):
        self.ok("otp", "virtual", "create", "a", "--from=" +
                str(OTP / "nvmem-imx6ul-open.bin"))
        document = self.json("otp", "read", "--otp=a")
        want = self.json("otp", "read", "--otp=" +
                         str(OTP / "nvmem-imx6ul-open.bin"))
        reachable = [f for f in want["fuses"] if f["state"] == "read"]
        self.assertEqual(document["fuses"], reachable)
        self.ok("otp", "virtual", "create", "b", "--from=a")
        self.assertEqual((self.dir / "a").read_bytes(),
                         (self.dir / "b").read_bytes())
        self.fails(30, "otp", "virtual", "create", "a", "--from=b")
        for args in ((), ("--serial=1", "--part=imx6ul"),
                     ("--serial=" + "0" * 16, "--part=imx6ul"),
                     ("--serial=" + SERIAL,),
                     ("--serial=" + SERIAL, "--from=a")):
            self.fails(2, "otp", "virtual", "create", "c", *args)
        self.fails(2, "otp", "virtual", "create", "-", "--from=b")
        self.assertFalse((self.dir / "-").exists())
        self.assertFalse((self.dir / "c").exists())

    def test_boot(self):
        self.ok("otp", "virtual", "create", "a", "--serial=" + SERIAL,
                "--part=imx6ulz")
        self.assertEqual(self.json("otp", "virtual", "boot", "a")["boots"], "2")
        text = (self.dir / "a").read_text()
        self.assertIn("\nhab clean\nrecovery clean\n", text)
        self.write("a", text.replace("clean", "events", 1))
        self.fails(30, "otp", "virtual", "boot", "a")
        self.fails(30, "otp", "read", "--otp=a")
        self.fails(32, "otp", "read", "--part=imx6ul", "--otp=" +
                   str(self.other()))

    def other(self):
        path = pathlib.Path(self.dir / "ull")
        self.ok("otp", "virtual", "create", path, "--serial=" + SERIAL,
                "--part=imx6ull")
        return path


if __name__ == "__main__":
    awcli.main()
