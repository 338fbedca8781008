# SPDX-License-Identifier: Apache-2.0
"""aw verify-build, stopped and killed: nothing of it goes on."""
import os
import pathlib
import signal
import subprocess
import time

import awcli
from rebuilds import HostileTest

SOON_S = 20


class Stop(HostileTest):
    def processes(self):
        """Processes that were told of our folder."""
        here, found = str(self.dir).encode(), {}
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                text = (path / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if here in text:
                found[int(path.name)] = text
        return found

    def until(self, check):
        end = time.monotonic() + SOON_S
        while not check():
            self.assertLess(time.monotonic(), end, self.processes())
            time.sleep(0.002)

    def launch(self, *args, stdin=subprocess.DEVNULL):
        run = subprocess.Popen(
            [awcli.AW, "verify-build", *args, *self.options()], cwd=self.dir,
            env=self.environment(), stdin=stdin, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        return run

    def start_plan(self):
        """Two jobs at once, which never end by themselves."""
        notes = [self.note(self.branch("b%d" % i, build__sh="sleep 600\n"),
                           "1.0.%d" % i) for i in range(3)]
        self.log_text(*notes)
        self.ok("verify-build", "plan", "--policy=./ci.policy",
                "--log-url=log", "-o", "plan")
        run = self.launch("run", "--plan=plan", "--all", "--jobs=2",
                         "--log-url=log", "--key=keys/log.sec")
        # Each sandbox has an outer and an inner process of bubblewrap.
        self.until(lambda: sum(b"bwrap" in t[:20]
                               for t in self.processes().values()) >= 4)
        return run

    def test_workers_are_told(self):
        run = self.start_plan()
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(SOON_S), 31)
        self.assertEqual(self.processes(), {})
        self.assertEqual(os.listdir(self.dir / "cache/rebuild/work"), [])

    def test_workers_end_with_it(self):
        run = self.start_plan()
        run.kill()
        run.wait(SOON_S)
        self.until(lambda: not self.processes())
        self.assertEqual(os.listdir(self.dir / "cache/rebuild/work"), [])

    def test_killed_while_a_sandbox_is_made(self):
        """Its inner process, which waits for the outer one, ends, too."""
        path = self.write("note", self.note(
            self.branch("b", build__sh="sleep 600\n"), "1.0.0"))
        for i in range(30):
            with open(path) as note:
                run = self.launch("single", stdin=note)
            self.until(lambda: any(b"bwrap" in t[:20]
                                   for t in self.processes().values()))
            time.sleep(i % 10 * 0.001)
            run.kill()
            run.wait(SOON_S)
        self.until(lambda: not self.processes())

    def test_no_process_is_left(self):
        """Not one a build: a monitor lives for years."""
        self.log_text(*(self.note(self.git("rev-parse", "main"), "1.0.%d" % i)
                        for i in range(3)))
        run = self.launch("continuous", "--log-url=log", "--poll-interval=1h")
        done = {"verdicts": {}}
        while done["verdicts"].get("differs") != "3":
            status = self.aw("verify-build", "status", "--policy=./ci.policy",
                             "--json")
            done = self.document(status)
            done = done if "verdicts" in done else {"verdicts": {}}
        children = "/proc/%d/task/%d/children" % (run.pid, run.pid)
        self.assertEqual(pathlib.Path(children).read_text(), "")


if __name__ == "__main__":
    awcli.main()
