# SPDX-License-Identifier: Apache-2.0
"""aw provision on a twin with our own recovery and bootloader: everything that
crosses USB does."""
import json
import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ["AW_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "cli"))
PROGRAMS = [SOURCE / "build" / preset / "cmd" / "aw"
            for preset in ("release", "dev")]
PROGRAM = max((p for p in PROGRAMS if p.exists()), default=None,
              key=os.path.getmtime)
if PROGRAM is None:
    print("skipped: build the preset release first")
    sys.exit(77)
os.environ.setdefault("AW_PROGRAM", str(PROGRAM))
os.environ.setdefault("AW_BUILD", str(PROGRAM.parent.parent))

import awcli  # noqa: E402  pylint: disable=wrong-import-position
import releases  # noqa: E402  pylint: disable=wrong-import-position

# The folder of recovery.elf has all images.
IMAGES = pathlib.Path(os.environ["AW_IMAGE"]).parent
SLOT_B = 0x102828 * 512
CONFIG_2 = 0x4f10 * 512


class Provision(releases.ReleaseTest):
    def setUp(self):
        super().setUp()
        self.ok("hab", "pki", "--output=hab")
        for component, name, args in (("RECOVERY", "recovery", ["--sdp"]),
                                      ("BOOTLOADER", "boot", [])):
            image = (IMAGES / (name + ".imx")).read_bytes()
            self.write(name + ".imx", image)
            self.ok("hab", "sign", name + ".imx", "--output=%s.csf" % name,
                    "--srk-table=hab/srk.table.bin",
                    "--csf-cert=hab/csf1.crt.pem",
                    "--csf-key=hab/csf1.key.pem",
                    "--img-cert=hab/img1.crt.pem",
                    "--img-key=hab/img1.key.pem", *args)
            self.publish(component, "1.0.0", image=image,
                         hab=(self.dir / (name + ".csf")).read_bytes())
        self.publish("TRUSTED_OS", "1.0.0")
        self.publish("TRUSTED_APPLET", "1.0.0")
        self.srk = (self.dir / "hab" / "srk.hash.bin").read_bytes().hex()

    def create(self, name="twin", soc="ull"):
        self.ok("twin", "create", name, "--soc=" + soc)
        self.ok("twin", "switch", name, "usb")

    def start(self, name="twin"):
        self.addCleanup(self.aw, "twin", "stop", name)
        self.ok("twin", "start", name, "--detach")

    def provision(self, *args, code=0, name="twin"):
        return self.json("provision", "--policy=./ci.policy", "--log-url=log",
                         "--binaries-url=artefacts", "--srk-hash=" + self.srk,
                         "--device=twin=" + name, *args, code=code)

    def judge(self, name="twin"):
        """What aw verify says of the eMMC that is left."""
        self.ok("twin", "stop", name)
        return self.json("verify", "--image=%s/emmc.img" % name,
                         "--policy=./ci.policy", "--log-url=log",
                         "--srk-hash=" + self.srk, "--strict-residue",
                         code=0)

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
        with open(self.dir / "twin" / "emmc.img", "r+b") as image:
            for at in (0, CONFIG_2, SLOT_B):
                image.seek(at)
                image.write(b"left over")
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
