# SPDX-License-Identifier: Apache-2.0
"""Debuggers and aw twin's verbs for people who look into a running twin."""
import shutil
import socket
import struct
import subprocess

import awcli
import test_twin

ELF = awcli.BUILD / "tests" / "twin" / "debug.elf"
GDB = shutil.which("gdb-multiarch")
LOAD = 0x00910000


def segments(elf):
    """Address and bytes of what an executable loads."""
    start, size, n = (struct.unpack_from("<I", elf, 28)[0],
                      *struct.unpack_from("<HH", elf, 42))
    for i in range(n):
        kind, at, _, address, length = struct.unpack_from(
            "<5I", elf, start + i * size)
        if kind == 1:
            yield address, elf[at:at + length]


def image(elf):
    """The start of an eMMC whose boot ROM starts the executable."""
    text = bytearray(0x4000)
    struct.pack_into("<11I", text, 0x400, 0x402000d1,
                     struct.unpack_from("<I", elf, 24)[0], 0, 0,
                     LOAD + 0x420, LOAD + 0x400, 0, 0, LOAD, len(text), 0)
    for address, data in segments(elf):
        text[address - LOAD:address - LOAD + len(data)] = data
    return bytes(text)


class Debugged(test_twin.Twin):
    def setUp(self):
        super().setUp()
        if not ELF.exists():
            self.skipTest("gcc-arm-none-eabi is not installed")
        self.create(image=False)
        with open(self.twin / "emmc.img", "r+b") as file:
            file.write(image(ELF.read_bytes()))

    def port(self):
        return int(self.status()["gdb_port"])


class Gdb(Debugged):
    """With the debugger of Debian's package gdb-multiarch."""

    def setUp(self):
        super().setUp()
        if GDB is None:
            self.skipTest("gdb-multiarch is not installed")

    def gdb(self, *commands):
        """What the debugger prints, command by command."""
        args = [GDB, "-nx", "-batch", "-ex", "set confirm off",
                "-ex", "set width 0", "-ex", "set print entry-values no",
                "-ex", "set remotetimeout 60"]
        for command in ("file %s" % ELF,
                        "target remote 127.0.0.1:%d" % self.port(), *commands):
            args += ["-ex", "echo >>>%s\\n" % command, "-ex", command]
        done = subprocess.run(args, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120,
                              check=False, stdin=subprocess.DEVNULL)
        text = done.stdout.decode(errors="replace")
        self.assertNotIn("Remote replied unexpectedly", text)
        parts = {}
        for part in text.split(">>>")[1:]:
            command, _, printed = part.partition("\n")
            parts.setdefault(command, []).append(printed)
        return parts

    def test_break_step_registers(self):
        self.start("--gdb=0", "--hold", "--mode=lockstep")
        said = self.gdb("break leaf", "continue", "backtrace", "info registers",
                        "stepi", "x/i $pc", "finish", "print rounds",
                        "set var rounds = 1000", "delete", "tbreak busy",
                        "continue", "print rounds", "print $cpsr", "set $r0 = 3",
                        "finish", "detach")
        self.assertIn("Breakpoint 1, leaf (n=0)", said["continue"][0])
        frames = said["backtrace"][0]
        for want in ("#0  leaf (n=0)", "in middle (n=5)", "in outer (n=5)",
                     "in run ()", "in _start ()"):
            self.assertIn(want, frames)
        self.assertRegex(said["info registers"][0], r"pc +0x91101[0-9a-f]")
        self.assertRegex(said["info registers"][0], r"cpsr +0x[0-9a-f]+")
        self.assertIn("=> 0x9110", said["x/i $pc"][0])
        self.assertRegex(said["finish"][0], r"in middle .*\s.*\s+Value returned")
        self.assertIn("= 1\n", said["print rounds"][0])
        self.assertIn("busy (n=400)", said["continue"][1])
        self.assertIn("= 1000\n", said["print rounds"][1])
        # busy(3) by hand, since it was called with another number.
        x = 1
        for _ in range(3):
            x = (x * 1664525 + 1013904223) & 0xffffffff
        self.assertIn("= %d\n" % x, said["finish"][1])
        self.assertIn("detached", said["detach"][0])
        # It goes on without the debugger.
        before = int(self.status()["instructions"])
        self.ok("twin", "run", "twin", "--for=1ms")
        self.assertGreater(int(self.status()["instructions"]), before)

    def test_watch(self):
        self.start("--gdb=0", "--hold", "--mode=lockstep")
        said = self.gdb("tbreak run", "continue", "watch total", "continue",
                        "continue", "info registers pc", "delete",
                        "rwatch table[3]", "continue", "x/i $pc", "kill")
        self.assertIn("Hardware watchpoint 2: total", said["watch total"][0])
        # leaf(1) is the first that changes it; leaf(0) adds nothing.
        self.assertRegex(said["continue"][1],
                         r"Old value = 0\s+New value = 1\s+leaf \(n=1\)")
        self.assertRegex(said["continue"][2],
                         r"Old value = 1\s+New value = 3\s+leaf \(n=2\)")
        self.assertIn("<leaf+20>", said["info registers pc"][0])
        self.assertRegex(said["continue"][3], r"Value = 1\b")
        self.assertIn("middle", said["x/i $pc"][0])
        self.assertEqual(self.status()["state"], "running")

    def test_monitor(self):
        self.start("--gdb=0", "--hold", "--mode=lockstep")
        said = self.gdb("tbreak outer", "continue", "monitor info",
                        "monitor help", "monitor reset", "monitor nothing",
                        "print rounds", "tbreak outer", "continue",
                        "print rounds", "monitor power off", "monitor info",
                        "detach")
        self.assertIn("running", said["monitor info"][0])
        self.assertIn("SVC  secure", said["monitor info"][0])
        self.assertIn("boot switch", said["monitor help"][0])
        self.assertIn("no such command", said["monitor nothing"][0])
        self.assertIn("= 0\n", said["print rounds"][0])
        self.assertIn("= 1\n", said["print rounds"][1])
        self.assertIn("off\n", said["monitor info"][1])

    def test_load_and_jump(self):
        """Memory is written in bulk, and code that was is what runs."""
        self.start("--gdb=0", "--hold", "--mode=lockstep")
        said = self.gdb("tbreak run", "continue", "set var rounds = 77", "load",
                        "compare-sections .text", "tbreak busy", "continue",
                        "set var *(unsigned *)leaf = 0xe12fff1e",
                        "tbreak outer", "continue", "finish", "detach")
        self.assertIn("Transfer rate", said["load"][0])
        self.assertIn("matched", said["compare-sections .text"][0])
        self.assertIn("busy (n=400)", said["continue"][1])
        # leaf(n) is `bx lr` now: 0+1+2+3+4, the table, and one.
        self.assertIn("Value returned is $1 = 25", said["finish"][0])


class Raw(Debugged):
    """What a debugger would not send."""

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port()), timeout=30)
        self.addCleanup(s.close)
        return s

    @staticmethod
    def packet(body):
        return b"$%s#%02x" % (body, sum(body) % 256)

    def ask(self, s, body):
        s.sendall(self.packet(body))
        return self.reply(s)

    def reply(self, s):
        text = b""
        while b"#" not in text[:-2]:
            more = s.recv(4096)
            self.assertTrue(more, text)
            text += more
        return text.lstrip(b"+")[1:-3]

    def test_stop_and_go(self):
        self.start("--gdb=0", "--mode=free")
        s = self.connect()
        self.assertEqual(self.ask(s, b"?"), b"T02")
        self.assertTrue(self.status()["held"])
        s.sendall(self.packet(b"c"))
        self.wait_for(lambda: not self.status()["held"], "running")
        s.sendall(b"\x03")
        self.assertEqual(self.reply(s), b"T02")
        tick = self.status()["tick"]
        self.assertEqual(self.ask(s, b"s"), b"T05")
        self.assertEqual(int(self.status()["tick"]), int(tick) + 1)
        # A second debugger is not let in; the first does not mind.
        self.assertEqual(self.connect().recv(1), b"")
        self.assertEqual(len(self.ask(s, b"g")), 17 * 8)
        # Without a good-bye: the twin goes on.
        s.close()
        self.wait_for(lambda: not self.status()["held"], "released")

    def test_hostile(self):
        self.start("--gdb=0", "--hold", "--mode=lockstep")
        s = self.connect()
        self.assertEqual(self.ask(s, b"QStartNoAckMode"), b"OK")
        for body, want in ((b"", b""), (b"m", b"E16"), (b"m0,", b"E16"),
                           (b"mffffffff,ffffffff", b"E0e"),
                           (b"m910000,ffffffff", None), (b"M0,4:00", b"E16"),
                           (b"M40000000,1:00", b"E0e"), (b"p11", b"E16"),
                           (b"P10=0", b"E16"), (b"Pf=01000000", b"E16"),
                           (b"G00", b"E16"), (b"Z2,0,0", b"E1c"),
                           (b"Z9,0,1", b""), (b"qRcmd,zz", b"E16"),
                           (b"qXfer:features:read:target.xml:ffff,10", b"E16"),
                           (b"c1234", b"E16"), (b"vCont;t", b""),
                           (b"m" + b"0" * 8000 + b",1", b"E01")):
            got = self.ask(s, body)
            if want is not None:
                self.assertEqual(got, want, body[:40])
        self.assertEqual(len(self.ask(s, b"m910000,fff")), 2 * 0x800)
        for i in range(33):
            want = b"OK" if i < 32 else b"E1c"
            self.assertEqual(self.ask(s, b"Z0,%x,4" % (4 * i)), want)
        self.assertEqual(self.ask(s, b"z0,0,4"), b"OK")
        s.sendall(b"$g#00" + b"$$$" + bytes(range(256)) * 40)
        s.close()
        self.wait_for(lambda: not self.status()["held"], "released")
        self.assertEqual(self.ask(self.connect(), b"?"), b"T02")

    def test_port_taken(self):
        self.fails(2, "twin", "start", "twin", "--gdb=65536")
        with socket.create_server(("127.0.0.1", 0)) as other:
            run = self.fails(21, "twin", "start", "twin",
                             "--gdb=%d" % other.getsockname()[1])
            self.assertIn("127.0.0.1", run.err)

    def test_gives_up(self):
        """The processor stops for good: told as an illegal instruction."""
        self.start("--gdb=0", "--hold", "--mode=lockstep")
        s = self.connect()
        self.assertEqual(self.ask(s, b"Z1,911000,4"), b"OK")
        self.assertEqual(self.ask(s, b"c"), b"T05")
        # Thumb state.
        self.assertEqual(self.ask(s, b"P10=f3010000"), b"OK")
        self.assertEqual(self.ask(s, b"z1,911000,4"), b"OK")
        self.assertEqual(self.ask(s, b"c"), b"T04")
        self.assertEqual(self.ask(s, b"s"), b"T04")
        self.assertEqual(self.status()["state"], "halted")
        self.assertIn(b"Thumb", bytes.fromhex(
            self.ask(s, b"qRcmd,696e666f").decode()))


class Hold(Debugged):
    def test_pause_and_resume(self):
        self.start("--mode=free", "--hold")
        self.assertTrue(self.status()["held"])
        self.assertEqual(self.status()["tick"], "0")
        run = self.fails(30, "twin", "run", "twin", "--for=1ms")
        self.assertIn("held", run.err)
        self.assertEqual(self.status()["tick"], "0")
        self.ok("twin", "resume", "twin")
        self.wait_for(lambda: int(self.status()["instructions"]) > 100000,
                      "running")
        self.ok("twin", "pause", "twin")
        tick = self.status()["tick"]
        self.assertEqual(self.status()["tick"], tick)
        self.json("twin", "resume", "twin")
        self.wait_for(lambda: self.status()["tick"] != tick, "running")
        self.json("twin", "pause", "twin")

    def test_debugger_decides(self):
        self.start("--gdb=0", "--mode=free")
        with socket.create_connection(("127.0.0.1", self.port())):
            self.wait_for(lambda: self.status()["held"], "held")
            run = self.fails(30, "twin", "resume", "twin")
            self.assertIn("a debugger is connected", run.err)


class Verbs(Debugged):
    """Names and lines from the executable."""

    def setUp(self):
        super().setUp()
        self.start("--mode=lockstep", "--hold")

    def until(self, *args):
        return self.json("twin", "until", "twin", *args, "--elf=%s" % ELF)

    def place(self):
        return self.json("twin", "registers", "twin",
                         "--elf=%s" % ELF)["at"]["place"]

    def test_until(self):
        got = self.until("--break=leaf")
        self.assertEqual((got["stop"], got["at"]["place"]),
                         ("breakpoint", "leaf"))
        self.assertRegex(got["at"]["line"], r"debug\.c:\d+$")
        self.assertTrue(self.status()["held"])
        # From where it is to the next round: held no more in between.
        again = self.until("--break=%s" % got["at"]["address"])
        self.assertGreater(int(again["tick"]), int(got["tick"]))
        got = self.until("--watch=total")
        self.assertEqual((got["stop"], got["access"]), ("watchpoint", "write"))
        self.assertIn("leaf+", got["at"]["place"])
        got = self.until("--watch=table:r")
        self.assertEqual(got["access"], "read")
        self.assertIn("middle+", got["at"]["place"])
        table = int(self.json("twin", "memory", "twin", "table",
                              "--elf=%s" % ELF)["address"], 16)
        got = self.until("--watch=%d:4:rw" % (table + 16))
        self.assertEqual(int(got["watched"], 16), table + 16)
        # The points are gone: nothing stops it now.
        self.ok("twin", "resume", "twin")
        self.ok("twin", "run", "twin", "--for=1ms")
        self.assertFalse(self.status()["held"])
        got = self.until("--break=_start", "--for=1ms")
        self.assertEqual(got["stop"], "time")
        self.assertIn("breakpoint",
                      self.ok("twin", "until", "twin", "--break=busy",
                              "--elf=%s" % ELF).out)

    def test_backtrace(self):
        self.until("--break=leaf")
        frames = self.json("twin", "backtrace", "twin",
                           "--elf=%s" % ELF)["frames"]
        names = [f["place"].split("+")[0] for f in frames]
        self.assertEqual(names, ["leaf", "middle", "outer", "run", "_start"])
        # In the middle of a function that has saved what it needs.
        self.until("--watch=table:r")
        out = self.ok("twin", "backtrace", "twin", "--elf=%s" % ELF).out
        self.assertRegex(out, r"#0 +0x0091\w+  middle\+0x\w+  .*debug\.c:\d+\n"
                              r".*#1 +0x0091\w+  outer\+0x4")

    def test_registers_and_memory(self):
        self.until("--break=busy")
        got = self.json("twin", "registers", "twin")
        self.assertEqual(got["registers"]["r0"], "0x00000190")
        self.assertEqual(got["registers"]["pc"], got["at"]["address"])
        self.assertNotIn("place", got["at"])
        self.assertIn("SVC  secure",
                      self.ok("twin", "registers", "twin").out)
        got = self.json("twin", "memory", "twin", "table", "--elf=%s" % ELF)
        self.assertEqual(bytes.fromhex(got["bytes"]),
                         struct.pack("<8I", 3, 1, 4, 1, 5, 9, 2, 6))
        out = self.ok("twin", "memory", "twin", got["address"],
                      "--size=20").out
        self.assertEqual(out.splitlines()[1].split()[1:], ["05", "00", "00",
                                                           "00"])
        self.fails(30, "twin", "memory", "twin", "0x02020000")
        self.fails(2, "twin", "memory", "twin", "table")
        self.fails(2, "twin", "memory", "twin", "nothing", "--elf=%s" % ELF)
        self.fails(2, "twin", "memory", "twin", "0", "--size=1MiB")

    def test_trace(self):
        self.until("--break=leaf")
        got = self.json("twin", "trace", "twin", "--count=2000",
                        "--elf=%s" % ELF)["steps"]
        self.assertEqual(len(got), 2000)
        self.assertEqual(got[0]["place"], "leaf")
        ticks = [int(s["tick"]) for s in got]
        self.assertEqual(ticks, list(range(ticks[0], ticks[0] + 2000)))
        self.assertEqual(self.status()["tick"], str(ticks[-1] + 1))
        # What ran is what the executable holds.
        text = dict(segments(ELF.read_bytes()))
        (base, data), = text.items()
        for step in got:
            at = int(step["address"], 16) - base
            self.assertEqual(int(step["word"], 16),
                             struct.unpack_from("<I", data, at)[0])
        self.assertRegex(self.ok("twin", "trace", "twin", "--count=1").out,
                         r"^ +\d+  0091\w{4}  \w{8}  s \w{8}  \n$")
        self.fails(2, "twin", "trace", "twin", "--count=0")

    def test_profile(self):
        self.ok("twin", "resume", "twin")
        self.fails(30, "twin", "profile", "twin", "show")
        self.json("twin", "profile", "twin", "begin", "--every=101")
        self.ok("twin", "run", "twin", "--for=50ms")
        got = self.json("twin", "profile", "twin", "show", "--elf=%s" % ELF)
        self.assertEqual(got["hot"][0]["name"], "busy")
        share = int(got["hot"][0]["samples"]) / int(got["samples"])
        self.assertGreater(share, 0.8)
        self.assertEqual(got["lost"], "0")
        self.assertIn("busy", self.ok("twin", "profile", "twin", "end",
                                      "--elf=%s" % ELF, "--top=1").out)
        self.fails(30, "twin", "profile", "twin", "end")
        self.fails(2, "twin", "profile", "twin", "more")
        self.fails(2, "twin", "profile", "twin", "begin", "--every=0")

    def test_wrong(self):
        self.fails(2, "twin", "until", "twin")
        self.fails(2, "twin", "until", "twin", "--break=leaf")
        self.fails(2, "twin", "until", "twin", "--watch=0:0")
        self.fails(24, "twin", "until", "twin", "--watch=4294967295:2")
        self.fails(30, "twin", "backtrace", "twin", "--elf=/bin/true")
        self.fails(30, "twin", "backtrace", "twin", "--elf=nothing")
        # Any part of an executable: an answer or a refusal.
        whole = ELF.read_bytes()
        for n in range(40, len(whole), len(whole) // 9):
            self.write("cut.elf", whole[:n])
            run = self.aw("twin", "backtrace", "twin", "--elf=cut.elf")
            self.assertIn(run.code, (0, 30), run)


if __name__ == "__main__":
    awcli.main()
