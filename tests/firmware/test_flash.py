# SPDX-License-Identifier: Apache-2.0
"""aw provision on a twin with our own recovery and bootloader: everything that
crosses USB does."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position


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
        """What an earlier life left is gone."""
        self.create()
        for at in (0, boards.OS_CONFIG_2, boards.OS_SLOT_B):
            self.poke(at, b"left over")
        self.start()
        self.provision()
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
