# SPDX-License-Identifier: Apache-2.0
"""aw provision on a twin with our own recovery and bootloader: everything that
crosses USB does."""
import hashlib
import pathlib
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position

BOOT_STATE = 0x4f08 * boards.BLOCK
SETTINGS = 0x4f0a * boards.BLOCK
DATA = 0x400000 * boards.BLOCK
FAR = 0x800000 * boards.BLOCK  # a gap, from the applet's data to its crash log
CRASH_LOG = 15636365312
BEHIND = 15638462464  # of the map; the medium is larger
MEDIUM = 30576640 * boards.BLOCK


class Provision(boards.Boards):
    def test_blank(self):
        for soc in ("ul", "ull", "ulz"):
            with self.subTest(soc):
                self.create(soc, soc)
                self.start(soc)
                document = self.provision(name=soc)
                self.assertEqual(document["reached"], "flashed")
                written = sum(int(w["bytes"]) for w in document["writes"])
                self.assertEqual(int(document["bytes_written"]), written)
                self.assertRegex(document["serial"], "^[0-9A-F]{16}$")
                # Once more: the recovery is still there, nothing is written.
                again = self.provision(name=soc)
                self.assertEqual(again["bytes_written"], "0")
                self.assertEqual(int(again["bytes_kept"]), written)
                self.assertEqual(again["plan"], document["plan"])
                self.judge(soc)

    def test_residue(self):
        """What an earlier life left is gone, also behind the device's own
        data."""
        self.create()
        for at in (0, boards.OS_CONFIG_2, boards.OS_SLOT_B, FAR, BEHIND):
            self.poke(at, b"left over")
        self.start()
        self.provision()
        self.judge()

    def clear_again(self, *args):
        self.start()
        written = int(self.provision(*args)["bytes_written"])
        self.stop()
        return written

    def boot_state(self, attempts, config=None):
        """A block as a bootloader that starts the OS leaves it."""
        digest = hashlib.sha256(
            config or self.peek(boards.OS_CONFIG, 40960)).digest()
        state = struct.pack("<4sII", b"AWBS", 1, 7)
        state += bytes([attempts, 0, 0, 0]) + digest
        state = state.ljust(508, b"\0")
        return state + struct.pack("<I", zlib.crc32(state))

    def test_started(self):
        """A board that has started since is as it should be: nothing is
        written. What is not of these releases, and settings, are zeros."""
        self.create()
        self.clear_again()
        kept = self.boot_state(1)
        self.poke(BOOT_STATE, kept)
        self.assertEqual(self.clear_again(), 0)
        self.assertEqual(self.peek(BOOT_STATE, 512), kept)
        for other in (self.boot_state(3), self.boot_state(1, bytes(40960)),
                      b"\1" + kept[1:]):
            self.poke(BOOT_STATE, other)
            self.assertEqual(self.clear_again(), 512)
            self.assertEqual(self.peek(BOOT_STATE, 512), bytes(512))
        self.poke(SETTINGS, b"settings")
        self.assertEqual(self.clear_again(), 512)
        self.poke(BOOT_STATE, kept)
        self.poke(boards.OS_SLOT_A + 5, b"X")
        self.assertGreater(self.clear_again(), 512)
        self.assertEqual(self.peek(BOOT_STATE, 512), bytes(512))
        self.start()
        self.judge()

    def test_clear_cut(self):
        """Power goes while an area is cleared: the next run sees what is
        left, also behind what is zeros already."""
        self.create()
        self.start()
        behind = int(self.provision()["zeros"][2]["block"]) * boards.BLOCK
        self.stop()
        for at in (behind, behind + (400 << 20)):
            self.poke(at, b"left over")
        self.start()
        # Somewhere in the middle: a piece of 64 MiB is several writes.
        self.ok("twin", "fault", "power-cut", "twin", "--write=30")
        self.provision("--wait=5s", code=21)
        self.ok("twin", "fault", "heal", "twin")
        self.ok("twin", "power", "twin", "on")
        self.provision()
        self.judge()

    def test_clear_all(self):
        """Bytes behind a begin of zeros go with --clear-all; the device's own
        data stays."""
        self.create()
        self.clear_again()
        for at in (5000000, boards.OS_SLOT_B + (20 << 20), FAR + (20 << 20),
                   CRASH_LOG - 1, MEDIUM - 1):
            self.poke(at, b"X")
        for at in (DATA, CRASH_LOG):
            self.poke(at, b"own")
        self.assertEqual(self.clear_again(), 0)
        self.start()
        self.judge(code=14)
        self.assertNotEqual(self.clear_again("--clear-all"), 0)
        for at in (DATA, CRASH_LOG):
            self.assertEqual(self.peek(at, 3), b"own")
        # The witness forgets; nothing else goes unseen.
        self.poke(5000000, b"X")
        self.assertEqual(self.clear_again("--wipe-witness-state"), 1 << 31)
        self.assertEqual((self.peek(DATA, 3), self.peek(CRASH_LOG, 3),
                          self.peek(5000000, 1)), (bytes(3), b"own", b"X"))
        self.poke(5000000, b"\0")
        self.start()
        self.judge()

    def test_tampered(self):
        """No byte crosses USB: the board is still in its boot ROM."""
        self.create()
        self.start()
        for path in sorted((self.dir / "artefacts").iterdir()):
            good = path.read_bytes()
            path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
            self.provision(code=10)
            path.write_bytes(good)
        found = self.json("device", "list", "--device=twin=twin")["devices"]
        self.assertEqual([d["mode"] for d in found], ["serial download"])
        self.provision()

    def test_bad_block(self):
        """A block that cannot be read or written is named: it is the medium,
        not time."""
        self.create()
        for op, block in (("read", 0x5003), ("write", 0x5003),
                          ("read", 0x102828)):
            with self.subTest(op, block=block):
                self.start()
                self.ok("twin", "fault", "block", "twin", block, "--op=" + op)
                error = self.provision("--wait=5s", code=21)["error"]
                self.assertIn("the medium cannot be", error["got"])
                self.assertIn(" at block %#x" % block, error["got"])
                self.ok("twin", "fault", "heal", "twin")
                self.stop()
        self.start()
        self.provision()
        self.judge()

    def test_unplugged(self):
        """Power goes while the recovery writes; the same command completes
        it."""
        self.create()
        self.start()
        self.ok("twin", "fault", "power-cut", "twin", "--write=40")
        self.provision("--wait=5s", code=21)
        self.ok("twin", "fault", "heal", "twin")
        self.ok("twin", "power", "twin", "on")
        self.provision()
        self.judge()


if __name__ == "__main__":
    awcli.main()
