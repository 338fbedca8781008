# SPDX-License-Identifier: Apache-2.0
"""aw release publish: logs gone back, artefacts left behind, two at once."""
import fcntl
import os
import shutil
import subprocess

import awcli
from releases import LAYOUTS, SIGNERS, ReleaseTest


class RolledBack(ReleaseTest):
    """The folder of the log went back in time."""

    def roll_back(self):
        self.publish("TRUSTED_OS", "1.0.0")
        shutil.copytree(self.dir / "log", self.dir / "old", symlinks=True)
        self.publish("TRUSTED_OS", "1.1.0")
        (self.dir / "log").rename(self.dir / "new")
        (self.dir / "old").rename(self.dir / "log")

    def files(self):
        return {path.relative_to(self.dir): path.read_bytes()
                for top in ("log", "artefacts")
                for path in (self.dir / top).rglob("*") if path.is_file()}

    def test_nothing_is_added(self):
        for layout in LAYOUTS:
            for name in ("log", "new"):
                shutil.rmtree(self.dir / name, ignore_errors=True)
            self.forget()
            self.init_log(layout=layout)
            self.roll_back()
            before = self.files()
            document = self.publish("TRUSTED_APPLET", "1.0.0", code=12)
            self.assertEqual(self.files(), before)
            self.assertIn("a tree of size 1 is signed",
                          document["error"]["got"])
            self.assertIn("bring the folder back", document["error"]["remedy"])
            found = self.json("log", "findings")["evidence"]
            self.assertEqual([f["kind"] for f in found], ["rollback"])
            self.assertEqual(found[0]["shown_note"].encode(),
                             self.checkpoint())
            # The new log copied back over it: all is well.
            shutil.copytree(self.dir / "new", self.dir / "log",
                            symlinks=True, dirs_exist_ok=True)
            self.assertEqual(self.publish("TRUSTED_APPLET", "1.0.0")["index"],
                             "2")

    def test_stuck(self):
        """An entry of the old folder, with its index file, is in a copy that
        was mixed with the new one: it can be published all the same."""
        self.roll_back()
        args = [*self.make("TRUSTED_APPLET", "1.0.0"), *self.place(),
                *self.keys_for("TRUSTED_APPLET")]
        # Another machine, which knows of no newer log, adds it there.
        self.ok("release", "publish", *args,
                env={"AW_STATE_DIR": str(self.dir / "other")})
        shutil.copytree(self.dir / "new", self.dir / "log",
                        symlinks=True, dirs_exist_ok=True)
        document = self.json("release", "publish", *args)
        self.assertEqual((document["index"], document["duplicate"]),
                         ("2", False))
        again = self.json("release", "publish", *args)
        self.assertEqual((again["index"], again["duplicate"]), ("2", True))
        audit = self.json("log", "audit", "log", "--policy=./ci.policy")
        self.assertEqual(audit["verdict"], "passed")
        self.show("--check")


class LeftBehind(ReleaseTest):
    """Entries of runs that were abandoned go out with the next one."""

    def test_named(self):
        keys = self.keys_for("TRUSTED_OS")[:2]
        abandoned = self.make("TRUSTED_OS", "1.0.0")
        self.ok("release", "publish", *abandoned, *keys, *self.place(),
                "--prepare=checkpoint")
        self.write("rubbish", "rubbish")
        self.ok("log", "add", "log", "rubbish")
        args = self.make("TRUSTED_APPLET", "1.0.0")
        # Also where the checkpoint is only prepared.
        step = self.json("release", "publish", *args, self.key("applet"),
                         *self.place(), "--prepare=checkpoint2")
        self.assertEqual(len(step["warnings"]), 2)
        self.assertIn("entry 0, TRUSTED_OS, 1.0.0", step["warnings"][0])
        self.assertIn("entry 1, no release", step["warnings"][1])
        document = self.publish("TRUSTED_APPLET", "1.0.0")
        self.assertEqual(document["also_published"], [
            {"index": "0", "component": "TRUSTED_OS", "version": "1.0.0"},
            {"index": "1"}])
        self.assertEqual(document["warnings"], step["warnings"])
        # They are published now, and named no more.
        self.assertNotIn("also_published",
                         self.publish("TRUSTED_APPLET", "1.1.0"))

    def test_text(self):
        args = self.make("TRUSTED_OS", "1.0.0")
        self.ok("release", "publish", *args, *self.keys_for("TRUSTED_OS")[:2],
                *self.place(), "--prepare=checkpoint")
        args = self.make("TRUSTED_APPLET", "2.0.0")
        run = self.ok("release", "publish", *args, *self.place(),
                      *self.keys_for("TRUSTED_APPLET"))
        self.assertRegex(run.out, r"also published:\n +- index: +0\n"
                                  r" +component: +TRUSTED_OS\n"
                                  r" +version: +1.0.0\n")
        self.assertIn("warning: the checkpoint also covers entry 0", run.err)


class AtOnce(ReleaseTest):
    def test_many(self):
        """They wait for each other; every one of them is in the log."""
        runs = []
        for component in SIGNERS:
            for role in range(2):
                args = self.make(component, "1.%d.0" % role)
                runs.append(subprocess.Popen(
                    [awcli.AW, "release", "publish", *map(str, args),
                     *self.keys_for(component), *self.place(),
                     "--allow-older", "--timeout=100s"], cwd=self.dir,
                    env=self.environment(), stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE))
        for run in runs:
            err = run.communicate()[1]
            self.assertEqual(run.returncode, 0, err.decode())
        self.assertEqual(self.show("--check")["valid"], "8")

    def test_locked(self):
        with open(self.dir / "log/.state/treeState.lock", "r+b") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            args = self.make("TRUSTED_OS", "1.0.0")
            self.fails(22, "release", "publish", *args, *self.place(),
                       *self.keys_for("TRUSTED_OS"), "--timeout=200ms")

    def test_locked_artefacts(self):
        (self.dir / "artefacts").mkdir()
        before = self.checkpoint()
        folder = os.open(self.dir / "artefacts", os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        args = self.make("TRUSTED_OS", "1.0.0")
        self.fails(22, "release", "publish", *args, *self.place(),
                   *self.keys_for("TRUSTED_OS"), "--timeout=500ms")
        os.close(folder)
        self.assertEqual(self.checkpoint(), before)

    def test_locked_state(self):
        """The time limit ends this wait, too."""
        self.publish("TRUSTED_APPLET", "1.0.0")
        folder = os.open(self.dir / "state", os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        args = self.make("TRUSTED_OS", "1.0.0")
        run = self.fails(22, "release", "publish", *args, *self.place(),
                         *self.keys_for("TRUSTED_OS"), "--timeout=500ms")
        os.close(folder)
        self.assertNotIn("kept locked", run.err)


if __name__ == "__main__":
    awcli.main()
