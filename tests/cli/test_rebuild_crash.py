# SPDX-License-Identifier: Apache-2.0
"""aw verify-build continuous, killed before each call that changes a file:
no leaf is passed over, none is reported twice, nothing is corrupt."""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import awcli
from rebuilds import HistoryTest

KILL_AT = awcli.BUILD / "tests" / "support" / "kill_at.so"
HOOK = """#!/bin/sh
exec cat >>%s/got
"""


class Crash(HistoryTest):
    MINORS = 0

    def make_history(self):
        commit = self.git("rev-parse", "HEAD")
        # Nothing is built for these: each look takes a tenth of a second.
        self.log_text(*(
            self.signed(self.manifest_of(component, "1.0.0", image, at,
                                         build=build), component)
            for component, image, at, build in (
                ("TRUSTED_OS", b"one", commit, {"recipe": "unknown-1"}),
                ("TRUSTED_APPLET", b"two", "12" * 20, {}),
                ("TRUSTED_OS", b"three", commit,
                 {"envs": ["LD_PRELOAD=/tmp/evil.so"]}))))

    def command(self):
        hook = self.write("hook", HOOK % self.dir)
        hook.chmod(0o755)
        return [awcli.AW, "verify-build", "continuous", "--once",
                "--log-url=log", "--hook-exec=%s" % hook, *self.options()]

    def once(self, **env):
        if "AW_KILL_AT" in env or "AW_KILL_COUNT" in env:
            env["LD_PRELOAD"] = str(KILL_AT)
            env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + \
                ":verify_asan_link_order=0"
        return subprocess.run(self.command(), cwd=self.dir, check=False,
                              env=self.environment(env), timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def told(self, *runs):
        return [m for run in runs
                for m in re.findall(rb"^  - index: +(\d+)$", run.stdout, re.M)]

    def clean(self):
        for name in ("state", "cache", "got"):
            path = self.dir / name
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()

    def check(self, at, *runs):
        """What must hold after a kill and another run."""
        told = self.told(*runs)
        self.assertEqual(len(told), len(set(told)), (at, told))
        leaves = self.findings("--all")["leaves"]
        self.assertEqual([(leaf["index"], leaf["verdict"], leaf["notified"])
                          for leaf in leaves],
                         [("0", "refused", True), ("1", "unavailable", True),
                          ("2", "refused", True)], at)
        ids = [json.loads(line)["id"]
               for line in (self.dir / "got").read_text().splitlines()]
        self.assertEqual(len(set(ids)), 3, at)
        self.assertLessEqual(len(ids), 4, at)  # at least once
        silent = self.once()
        self.assertEqual(self.told(silent), [], at)
        self.assertEqual(silent.returncode, 0, silent)
        # What a killed run left behind is gone.
        self.assertEqual(os.listdir(self.dir / "cache/rebuild/work"), [], at)

    def test_every_call(self):
        count = self.dir / "count"
        self.once(AW_KILL_COUNT=str(count))
        calls = int(count.read_text())
        self.assertGreater(calls, 40)
        # Some of them; AW_CRASH_STEP=1 asks for all.
        step = int(os.environ.get("AW_CRASH_STEP", calls // 8))
        for at in range(1, calls + 1, step):
            self.clean()
            killed = self.once(AW_KILL_AT=str(at))
            if killed.returncode != -signal.SIGKILL:
                # It has a few calls less than the run that was counted.
                self.assertGreater(at, calls * 9 // 10, killed)
                break
            again = self.once()
            self.assertIn(again.returncode, (0, 10, 20, 30), again)
            self.check(at, killed, again)


@unittest.skipUnless(os.environ.get("AW_CRASH_STEP"),
                     "a long one: AW_CRASH_STEP=1 asks for it")
class Builds(HistoryTest):
    MINORS = 2

    def test_killed_at_any_time(self):
        """Among builds, at times that nobody chose."""
        chance = random.Random(int(os.environ.get("AW_SEED", "1")))
        command = [awcli.AW, "verify-build", "continuous", "--once",
                   "--log-url=log", *self.options()]
        told = []
        for _ in range(12):
            with subprocess.Popen(
                    command, cwd=self.dir, env=self.environment(),
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
                time.sleep(chance.uniform(0.05, 1.0))
                run.kill()
                out, _ = run.communicate(timeout=60)
            told += re.findall(rb"^  - index: +(\d+)$", out, re.M)
        last = self.ok(*command[1:])
        told += re.findall(rb"^  - index: +(\d+)$", last.out_bytes, re.M)
        self.assertEqual(len(told), len(set(told)), told)
        leaves = self.findings("--all")["leaves"]
        self.assertEqual([leaf["verdict"] for leaf in leaves],
                         ["reproduced"] * 8)
        self.assertEqual(os.listdir(self.dir / "cache/rebuild/work"), [])
        # The sandbox of a killed monitor dies with it.
        here = str(self.dir).encode()
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.assertNotIn(here, path.read_bytes())
            except (FileNotFoundError, ProcessLookupError):
                pass


if __name__ == "__main__":
    awcli.main()
