# SPDX-License-Identifier: Apache-2.0
"""A board that is swapped for another one while aw provision works on it: at
every change of what runs on it. Exit 32, and the other one is left alone."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import hub  # noqa: E402  pylint: disable=wrong-import-position
import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position
import twins  # noqa: E402  pylint: disable=wrong-import-position


class Swap(trusted.Trusted):
    def setUp(self):
        super().setUp()
        self.create("ours")
        self.start("ours")
        self.before = self.fuses("ours")
        self.port = hub.Hub(self, "port")
        self.port.plug(self.dir / "ours")

    def made(self, name, *, closed=False):
        """Another board, in serial download."""
        self.create(name)
        if closed:
            twins.blow(self.dir / name, twins.closed(self.srk))
        self.start(name)

    def swapped(self, other, when, **kwargs):
        """Ours is taken out, the other one put in, when the flow is there."""
        before = (self.fuses(other), self.writes(other))
        ours = self.operator("ours", device="port")
        stage = ["new"]
        there = []

        def follow(event, pid):
            del pid
            if event["state"] == "done" and event["step"] in trusted.STAGES:
                stage[0] = event["step"]
            if (stage[0], event["step"]) == when and not there:
                there.append(True)
                self.port.plug_when_listed(self.dir / other)
            elif not there:
                ours(event)

        run = trusted.flow.Flow(self, self.args(), each=follow, **kwargs)
        self.assertTrue(there, run.text)
        self.assertIsNone(self.port.waits, run.text)
        self.assertEqual(run.code, 32, run.text)
        self.assertIn("another board", run.document["error"]["what"])
        self.assertEqual((self.fuses(other), self.writes(other)), before)
        self.port.plug(self.dir / "ours")
        return run

    def args(self):
        return ["provision", *self.trust(), "--binaries-url=artefacts",
                "--device=twin=port", "--fuse", "--yes=" + self.yes,
                "--operator-timeout=60s", "--wait=10s"]

    def writes(self, name):
        return self.json("twin", "status", name)["block_writes"]

    def test_swapped(self):
        self.yes = self.plan_of()
        # In service, made by the same hands.
        self.made("serving")
        self.provision(name="serving")
        self.turn("mmc", "serving")
        self.made("blank")
        self.made("closed", closed=True)
        # With a recovery that runs.
        self.made("recovery")
        self.provision(name="recovery")
        for other, when in (("recovery", ("bound", "boot recovery")),
                            ("serving", ("flashed", "operator")),
                            ("blank", ("hashed", "operator")),
                            ("serving", ("proven", "operator")),
                            ("closed", ("closed", "operator")),
                            ("serving", ("complete", "operator"))):
            with self.subTest(other=other, when=when):
                self.swapped(other, when)
                if other == "closed":
                    # It could not say who it is before the recovery ran.
                    self.turn("usb", "closed")
        run = trusted.flow.Flow(self, self.args(),
                                each=self.operator("ours", device="port"))
        self.assertEqual((run.code, run.document["reached"]),
                         (0, "attested"), run.text)
        self.assert_closed(self.before, "ours")


if __name__ == "__main__":
    awcli.main()
