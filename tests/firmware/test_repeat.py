# SPDX-License-Identifier: Apache-2.0
"""A recovery on a twin, its disk written over USB: what the journal says
happens again, tick for tick."""
import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ["AW_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "firmware"))
import test_download  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position

SAME = ("tick", "instructions", "memory", "block_writes", "leds", "state")
IMAGE = pathlib.Path(os.environ["AW_IMAGE"]).parent / "recovery.imx"
BLOCK = 512


class Repeat(test_download.Case):
    def blocks(self, *args, **kwargs):
        return self.aw("device", "blocks", *args, self.DEVICE, **kwargs)

    def seen(self):
        status = self.status("--hash")
        with open(self.twin / "emmc.img", "rb") as emmc:
            emmc.seek(1000 * BLOCK)
            return {key: status[key] for key in SAME}, emmc.read(64 * BLOCK)

    def snapshot(self):
        self.begin("ulz")
        self.start("--mode=lockstep")
        self.ok("sdp", "boot", str(IMAGE), "--unverified", self.DEVICE)
        self.ok("device", "blocks", "info", self.DEVICE)
        self.ok("twin", "snapshot", "twin", "snap")
        self.stop()

    def session(self, mode):
        """Clients come, write, leave, and are cut off at some places."""
        self.start("--mode=" + mode, "--from=snap", "--journal=journal")
        self.write("data", bytes(range(256)) * 40)
        self.assertEqual(self.blocks("write", "1000", "data").code, 0)
        self.ok("twin", "fault", "usb", "twin", "lost", "--endpoint=81",
                "--skip=3")
        self.blocks("write", "1010", "data")
        self.ok("twin", "fault", "power-cut", "twin", "--write=7",
                "--mode=torn")
        self.blocks("write", "1020", "data")
        self.ok("twin", "power", "twin", "on")
        self.ok("sdp", "status", self.DEVICE)
        self.ok("twin", "run", "twin", "--for=20ms")

    def test_disk(self):
        self.snapshot()
        for mode in ("lockstep", "free", "paced"):
            with self.subTest(mode):
                self.session(mode)
                self.ok("twin", "pause", "twin")
                want = self.seen()
                self.stop()
                self.start("--mode=lockstep", "--from=snap",
                           "--replay=journal")
                last = int((self.dir / "journal").read_text().splitlines()[-1]
                           .split()[0])
                self.wait_for(lambda: int(self.status()["tick"]) >= last,
                              "end of the journal")
                left = int(want[0]["tick"]) - int(self.status()["tick"])
                self.ok("twin", "run", "twin", "--ticks=%d" % left)
                self.assertEqual(self.seen(), want)
                self.stop()


if __name__ == "__main__":
    awcli.main()
