# SPDX-License-Identifier: Apache-2.0
"""An applet that is not answering yet: the host waits and says so, and what
never answers is no device in service. And a trusted OS at a plug that nobody
looks at."""
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position

WAITS = ("applet", "start")


class Late(trusted.Trusted):
    applet = "tests/applet_late.elf"  # ready after 20 s of the device

    def setUp(self):
        super().setUp()
        self.create()
        self.start()

    def applet_status(self):
        return self.json("ctl", "status", "--device=twin=twin")["applet"]

    def test_late(self):
        """It waits, and succeeds."""
        run = self.run_flow("--attest", "--applet-timeout=60s")
        self.assertEqual(run.document["reached"], "attested")
        steps = run.steps()
        begin = steps.index(WAITS)
        self.assertEqual(steps[begin + 1:begin + 3],
                         [("applet", "done"), ("attested", "done")])
        self.assertEqual({e["device"] for e in run.events
                          if e["step"] == "applet"}, {"twin=twin"})
        status = self.applet_status()
        self.assertEqual((status["state"], status["ready"], status["starts"]),
                         ("runs", True, 1))
        self.json("device", "attest", "--device=twin=twin", "--events=events")
        self.assertNotIn('"applet"', (self.dir / "events").read_text())

    def test_too_late(self):
        """22, with what it does; the next run goes on where this one was,
        and writes nothing."""
        run = self.run_flow("--attest", "--applet-timeout=5s", code=22)
        steps = run.steps()
        self.assertLess(steps.index(WAITS), steps.index(("applet", "failed")))
        self.assertNotIn(("attested", "done"), steps)
        error = run.document["error"]
        self.assertEqual((error["code"], error["class"], error["retry"]),
                         ("ERR_TIMEOUT", "environment", True))
        self.assertEqual(error["what"], "the applet has not reported")
        self.assertIn("not ready", error["got"])
        self.assertIn("within 5 s", error["expected"])
        self.assertEqual(run.document["reached"], "flashed")
        self.assertNotIn("identity", run.document)
        # Who it is, the trusted OS knows already.
        self.json("device", "attest", "--device=twin=twin")
        run = self.run_flow("--attest")
        self.assertEqual((run.document["reached"], run.document["resumed"],
                          run.document["bytes_written"]),
                         ("attested", True, "0"))


    def cut(self, act, code):
        """While the applet is waited for; then again."""
        run = self.run_flow(
            "--attest", "--wait=3s", code=code, hold=act,
            at=lambda f, e: (e["step"], e["state"]) == WAITS)
        self.assertTrue(run.held)
        self.assertEqual(run.document["reached"], "flashed")
        return run

    def test_cut(self):
        """Ctrl-C, the plug, the power: each says what it was."""
        run = self.cut(lambda pid: os.kill(pid, signal.SIGINT), 31)
        self.assertEqual(run.document["error"]["code"], "ERR_CANCELLED")
        self.turn("usb")
        self.cut(lambda pid: self.ok("twin", "unplug", "twin"), 21)
        self.ok("twin", "plug", "twin")
        self.turn("usb")
        self.cut(lambda pid: self.ok("twin", "power", "twin", "off"), 21)
        self.ok("twin", "power", "twin", "on")
        run = self.run_flow("--attest")
        self.assertEqual((run.document["reached"], run.document["resumed"],
                          run.document["bytes_written"]),
                         ("attested", True, "0"))


class OnePlug(trusted.Trusted):
    def test_gamma(self):
        """The gamma board's trusted OS is at the second plug: without a cable
        there nothing comes, and the message says where to look. With it the
        next run goes on."""
        self.create(soc="ulz")
        self.start()
        run = self.run_flow("--attest", limit="3s", code=22)
        error = run.document["error"]
        self.assertEqual(error["what"], "the trusted OS did not start")
        self.assertEqual(error["got"], "none came")
        self.assertIn("second USB plug", error["remedy"])
        self.assertEqual(run.document["reached"], "flashed")
        error = self.json("ctl", "status", "--device=twin=twin:2", "--wait=1s",
                          code=22)["error"]
        self.assertIn("second USB plug", error["remedy"])
        self.ok("twin", "plug", "twin", "--plug=2")
        run = self.run_flow("--attest")
        self.assertEqual((run.document["reached"], run.document["resumed"],
                          run.document["bytes_written"]),
                         ("attested", True, "0"))


if __name__ == "__main__":
    awcli.main()
