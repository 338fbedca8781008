# SPDX-License-Identifier: Apache-2.0
"""aw provision --fuse, cut off at every event of its flow and at every word
that is fused: the same command goes on, and ends with the same board."""
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position

SHORT = ["--operator-timeout=60s", "--wait=3s"]
RUNS = 120  # far more than there are events


class Cut(trusted.Trusted):
    def setUp(self):
        super().setUp()
        self.create()
        self.start()
        self.before = self.fuses()
        self.yes = "--yes=" + self.plan_of()

    def attempt(self, **kwargs):
        """A run that may end in any way that asks for another one."""
        run = trusted.flow.Flow(self, [
            "provision", *self.trust(), "--binaries-url=artefacts",
            "--device=twin=twin", "--fuse", self.yes, *SHORT], **kwargs)
        if run.code != 30 or "rpmb-unprovisioned" not in run.text:
            self.assertIn(run.code, (0, 21, 22, 31), run.text)
        return run

    def at_every_event(self, cut, mend):
        """On one board: at each event at which none was yet, until a run gets
        through."""
        seen = set()
        stage = "new"
        for _ in range(RUNS):
            operator = self.operator()
            held = []

            def pick(run, event, first=stage, held=held):
                reached = [e["step"] for e in run.events
                           if e["state"] == "done" and e["step"] in
                           trusted.STAGES]
                what = (max([first] + reached, key=trusted.STAGES.index),
                        event["step"], event["state"])
                if event["step"] == "provision" or what in seen:
                    return False
                seen.add(what)
                held.append(what)
                return True

            def follow(event, pid, held=held, operator=operator):
                # Once it is cut off the operator leaves.
                if not held:
                    operator(event, pid)
                elif event["step"] == "operator":
                    os.kill(pid, signal.SIGINT)

            run = self.attempt(at=pick, act=lambda pid: cut(), each=follow)
            stage = run.document["reached"]
            if "one download a start" in run.text:
                # The plug was out in the middle of one.
                if held:
                    mend()
                self.turn("usb")
                continue
            if not held:
                self.assertEqual((run.code, stage), (0, "attested"), run.text)
                return seen
            mend()
        self.fail("it never gets through: %s" % sorted(seen))

    def check(self, seen):
        self.assertEqual({stage for stage, _, _ in seen},
                         set(trusted.STAGES), seen)
        self.assert_closed(self.before)
        self.turn("usb")
        self.assertTrue(self.verify()["verified"])

    def test_power(self):
        self.check(self.at_every_event(
            lambda: self.ok("twin", "power", "twin", "off"),
            lambda: self.ok("twin", "power", "twin", "on")))

    def test_plug(self):
        """The board goes on by itself."""
        self.check(self.at_every_event(
            lambda: self.ok("twin", "unplug", "twin"),
            lambda: self.ok("twin", "plug", "twin")))

    def test_words(self):
        """Power goes with a word that is fused, which takes some of its bits:
        eight words of the hash, five groups behind it, each at least once."""
        self.words(["0", "55555555", "ffffffff"], 12)

    def test_whole_words(self):
        """The word is there, what was to follow is not."""
        self.assertTrue(self.words(["ffffffff"], 12))

    def words(self, masks, least):
        """True if the eMMC was left without a key."""
        no_key = False
        cuts = 0
        for n in range(RUNS):
            self.ok("twin", "fault", "power-cut", "twin", "--fuse=1",
                    "--mask=" + masks[n % len(masks)])
            run = self.attempt(each=self.operator())
            if run.code == 0:
                break
            cuts += 1
            self.ok("twin", "fault", "heal", "twin")
            if run.code == 30:
                no_key = True
                # The last fuse went before the eMMC had the key.
                self.ok("ctl", "program-rpmb", "--device=twin=twin",
                        "--yes=" + run.document["serial"])
            self.ok("twin", "power", "twin", "on")
        self.assertEqual(run.document["reached"], "attested", run.text)
        self.assertGreater(cuts, least)
        self.assert_closed(self.before)
        return no_key


if __name__ == "__main__":
    awcli.main()
