# SPDX-License-Identifier: Apache-2.0
"""Where a twin starts from: eMMC, boot partition, microSD card, by pins and by
fuses."""
import hashlib
import re

import awcli
import test_twin

BT_FUSE_SEL = 0x10
SD = 0x40
EMMC = 0x60
NAND = 0x80


class Boot(test_twin.Twin):
    def fuses(self, boot_cfg, config):
        """Blows words 5 and 6 of bank 0."""
        path = self.twin / "fuses.bin"
        text = path.read_text().rsplit("end ", 1)[0]
        old = int(re.search(r"^fuse 0 6 (\w+)$", text, re.M).group(1), 16)
        text = text.replace("fuse 0 6 %08x\n" % old,
                            "fuse 0 5 %08x\nfuse 0 6 %08x\n" %
                            (boot_cfg, old | config))
        path.write_text(text + "end %s\n" %
                        hashlib.sha256(text.encode()).hexdigest())

    def put(self, name):
        with open(self.twin / name, "r+b") as file:
            file.write(test_twin.monitor())

    def boots(self, console):
        self.start("--mode=lockstep")
        self.ok("twin", "run", "twin", "--for=50ms")
        self.assertEqual(self.console(), console)
        self.assertEqual(self.status()["state"],
                         "running" if console else "serial")

    def test_card_by_fuses(self):
        self.create("--card", image=False)
        self.fuses(SD, BT_FUSE_SEL)
        self.put("card.img")
        self.boots(">")

    def test_card_without_fuses(self):
        """The board's pins name the eMMC, whatever is in the slot."""
        self.create("--card", image=False)
        self.put("card.img")
        self.boots("")

    def test_no_card(self):
        """An empty slot, or an empty card: serial download, not the eMMC."""
        self.create()
        self.fuses(SD, BT_FUSE_SEL)
        self.boots("")

    def test_empty_card(self):
        self.create("--card")
        self.fuses(SD, BT_FUSE_SEL)
        self.boots("")

    def test_emmc_by_fuses(self):
        self.create()
        self.fuses(EMMC, BT_FUSE_SEL)
        self.boots(">")

    def test_no_such_medium(self):
        self.create()
        self.fuses(NAND, BT_FUSE_SEL)
        self.boots("")

    def test_boot_partition_is_not_asked(self):
        """Unless PARTITION_CONFIG says so, which a new eMMC's does not."""
        self.create(image=False)
        self.put("boot0.img")
        self.boots("")


if __name__ == "__main__":
    awcli.main()
