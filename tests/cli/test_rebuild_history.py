# SPDX-License-Identifier: Apache-2.0
"""aw verify-build continuous over a log of twelve releases."""
import awcli
import releases
from rebuilds import HistoryTest


class History(HistoryTest):
    MINORS = 3

    def test_all_reproduced_then_one_altered(self):
        document = self.follow("--state-file=upstream")
        self.assertEqual([(r["index"], r["verdict"], r["tries"])
                          for r in document["rebuilds"]],
                         [(str(i), "reproduced", "1") for i in range(12)])
        self.assertEqual({r["component"] for r in document["rebuilds"]},
                         set(releases.SIGNERS))
        self.assertEqual(len({r["commit"] for r in document["rebuilds"]}), 3)
        self.assertEqual(document["unacknowledged"], "0")
        self.assertEqual((self.dir / "upstream").read_bytes(),
                         self.checkpoint())
        # Nothing is done twice.
        self.assertEqual(self.follow()["rebuilds"], [])
        offset = self.altered()
        document = self.follow(code=13)
        (bad,) = document["rebuilds"]
        self.assertEqual((bad["index"], bad["verdict"]), ("12", "differs"))
        self.assertEqual(bad["difference"]["offset"], str(offset))
        self.assertEqual(bad["difference"]["area"], "section .text")
        self.assertEqual(bad["difference"]["symbol"], "twice+0x0")
        self.assertRegex(bad["difference"]["source"], r"main\.c:[0-9]+$")
        (finding,) = document["findings"]
        self.assertEqual(finding["exit"], 13)
        # It is told once, and stays until somebody says that it was seen.
        self.assertEqual(self.follow()["unacknowledged"], "1")
        (leaf,) = self.findings()["leaves"]
        self.assertEqual((leaf["index"], leaf["verdict"]), ("12", "differs"))
        self.assertIn("section .text, twice+0x0", leaf["detail"])
        evidence = self.dir / "state" / "rebuilds" / leaf["evidence"]
        self.assertIn("symbol: twice+0x0",
                      (evidence / "explanation.txt").read_text())
        self.assertTrue((evidence / "image-1.gz").exists())
        self.findings("--acknowledge=11", "--acknowledge=13", code=30)
        self.assertEqual(self.findings("--acknowledge=12")["leaves"], [])
        self.assertEqual(len(self.findings("--all")["leaves"]), 13)
        self.assertEqual(self.follow()["unacknowledged"], "0")


if __name__ == "__main__":
    awcli.main()
