# SPDX-License-Identifier: Apache-2.0
"""aw provision --fuse: from a blank part to a closed one that starts signed
firmware and says who it is, in one run; and from wherever it was cut off."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position

class Fuse(trusted.Trusted):
    def one(self, soc):
        self.create(soc, soc)
        self.start(soc)
        if soc == "ulz":
            # Its control interface is the second plug.
            self.ok("twin", "plug", soc, "--plug=2")
        before = self.fuses(soc)
        run = self.fuse(name=soc)
        document = run.document
        self.assertEqual(document["reached"], "attested")
        self.assertTrue(document["identity"]["secure_boot"])
        self.assertNotIn("DEV:", document["identity"]["key"])
        self.assert_closed(before, soc)
        return run

    def test_parts(self):
        """Each part: blank, then closed with exactly the target's fuses; it
        starts signed firmware, and aw verify of it holds."""
        for soc in ("ul", "ull", "ulz"):
            with self.subTest(soc):
                run = self.one(soc)
                reached = [s for s, state in run.steps()
                           if state == "done" and s in trusted.STAGES]
                self.assertEqual(reached, [
                    "bound", "recovery", "flashed", "hashed", "bound",
                    "recovery", "flashed", "proven", "closed", "bound",
                    "recovery", "complete", "attested"])
                self.turn("usb", soc)
                document = self.verify(name=soc)
                self.assertTrue(document["fuses"]["closed"])
                self.assertTrue(document["verified"])
                self.ok("twin", "stop", soc)


if __name__ == "__main__":
    awcli.main()
