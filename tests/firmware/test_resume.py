# SPDX-License-Identifier: Apache-2.0
"""A provisioning that is cut off: power and plug at every event of the flow,
a full disk, an operator who leaves; the same command completes it."""
import os
import pathlib
import resource
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position
import flow  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position

# What a provisioning says of itself, in order, beside progress and what the
# operator is told.
EVENTS = [
    ("read entries", "start"), ("read entries", "done"),
    ("bound", "done"),
    ("boot recovery", "start"), ("boot recovery", "done"),
    ("recovery", "done"),
    ("write and read back", "start"), ("write and read back", "done"),
    ("clear", "start"), ("clear", "done"), ("flashed", "done"),
]


class Resume(boards.Boards):
    def args(self, *more):
        return ["provision", *self.trust(), "--binaries-url=artefacts",
                "--device=twin=twin", "--wait=3s", *more]

    def flow(self, *args, **kwargs):
        return flow.Flow(self, self.args(*args), **kwargs)

    def state(self):
        """Files that say where boards stand."""
        return sorted((self.dir / "state" / "provision").glob("*"))

    def test_events(self):
        self.create()
        self.start()
        run = self.flow()
        self.assertEqual(run.code, 0, run.text)
        self.assertEqual([s for s in run.steps()
                          if s[0] not in ("provision", "operator")], EVENTS)
        self.assertEqual(run.steps()[-2:], [("operator", "prompt"),
                                            ("provision", "done")])
        self.assertEqual(run.document["reached"], "flashed")
        self.assertFalse(run.document["resumed"])
        self.assertEqual(run.document["runs"], "1")
        self.judge()

    def plug_prompts(self, *args, code=0):
        run = self.flow(*args)
        self.assertEqual(run.code, code, run.text)
        return [e["code"] for e in run.events if e["state"] == "prompt"]

    def test_plug_prompt(self):
        """Nobody is asked for a board that is just coming up."""
        self.create()
        self.start()
        self.reboot()
        self.assertEqual(self.plug_prompts(), ["switch-emmc-replug"])
        self.ok("twin", "unplug", "twin")
        self.assertEqual(self.plug_prompts(code=22), ["switch-usb-plug"])
        # One who reads no events has to be told, however quiet it is to be.
        text = "Move the boot switch to USB and plug the device in.\n"
        self.assertIn(text, self.fails(22, *self.args("--quiet")).err)
        self.assertNotIn(text, self.fails(22, *self.args(
            "--quiet", "--events=events")).err)

    def cut(self, act, mend, steps):
        """At each event: cut, see it fail or not, mend, run again."""
        for k, step in enumerate(EVENTS):
            if step not in steps:
                continue
            with self.subTest(event=step):
                name = "cut%d" % k
                self.create(name)
                self.start(name)
                args = [a.replace("twin=twin", "twin=" + name)
                        for a in self.args()]
                run = flow.Flow(
                    self, args,
                    at=lambda f, e: (e["step"], e["state"]) == step,
                    act=lambda pid: act(name))
                self.assertTrue(run.held)
                self.assertIn(run.code, (0, 21, 22), run.text)
                mend(name)
                again = self.provision(name=name)
                self.assertEqual(again["reached"], "flashed")
                if run.code != 0 and step in EVENTS[3:-1]:
                    self.assertTrue(again["resumed"])
                    self.assertEqual(again["runs"], "2")
                self.judge(name)

    # What comes before the board is touched needs no cut.
    TOUCHED = EVENTS[2:]

    def test_power(self):
        self.cut(lambda name: self.ok("twin", "power", name, "off"),
                 lambda name: self.ok("twin", "power", name, "on"),
                 self.TOUCHED)

    def test_plug(self):
        """The board goes on by itself; the recovery is still there."""
        self.cut(lambda name: self.ok("twin", "unplug", name),
                 lambda name: self.ok("twin", "plug", name), self.TOUCHED)

    def test_stopped(self):
        """Ctrl-C while it writes."""
        self.create()
        self.start()
        run = self.flow(
            at=lambda f, e: e["step"] == "write and read back",
            act=lambda pid: os.kill(pid, signal.SIGINT))
        self.assertEqual(run.code, 31, run.text)
        self.assertEqual(run.document["reached"], "recovery")
        again = self.provision()
        self.assertTrue(again["resumed"])
        self.judge()

    def test_full_disk(self):
        """What cannot be saved is not begun; what was done is not lost."""
        self.create()
        self.start()
        # Nothing at all can be written: no device is touched.
        self.provision("--dry-run")

        def full(pid):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, 100))
        run = self.flow(at=lambda f, e: e["step"] == "read entries", act=full)
        self.assertEqual(run.code, 24, run.text)
        self.assertEqual(self.state(), [])
        found = self.json("device", "list", "--device=twin=twin")["devices"]
        self.assertEqual([d["mode"] for d in found], ["serial download"])
        # It fills up while the board is written to.
        run = self.flow(at=lambda f, e: e["step"] == "write and read back",
                        act=full)
        self.assertEqual(run.code, 24, run.text)
        self.assertEqual(run.document["reached"], "flashed")
        again = self.provision()
        self.assertTrue(again["resumed"])
        self.assertEqual(again["bytes_written"], "0")
        self.judge()

    def test_damaged_state(self):
        self.create()
        self.start()
        run = self.flow(at=lambda f, e: e["step"] == "recovery",
                        act=lambda pid: os.kill(
                            pid, signal.SIGINT))
        self.assertEqual(run.code, 31, run.text)
        path, = self.state()
        good = path.read_bytes()
        for bad in (b"", good[:-3], good.replace(b'"v": 1', b'"v": 2'),
                    good.replace(b"recovery", b"nonsense"),
                    good.replace(b'"serial": "', b'"serial": "0'),
                    b"{}", b"x" * 5000):
            with self.subTest(bad[:80]):
                self.assertNotEqual(bad, good)
                path.write_bytes(bad)
                self.provision(code=33)
                path.write_bytes(good)
        self.assertTrue(self.provision()["resumed"])

    def test_deadline(self):
        """A step that takes too long, by the twin's clock."""
        self.create()
        self.start()
        self.provision("--step-timeout=1ms", code=22)
        self.provision("--step-timeout=1h")


if __name__ == "__main__":
    awcli.main()
