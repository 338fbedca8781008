# SPDX-License-Identifier: Apache-2.0
"""Progress, colours and the state of the terminal."""
import json
import os
import pty
import select
import signal
import subprocess
import time

import awcli

WORK = ["bench", "log", "--leaves=150000", "--jobs=1", "--runs=1"]


class Terminal(awcli.Test):
    def start(self, *args, env=None):
        """Standard error on a terminal of its own, standard output piped."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen(
            [awcli.AW, *args], stdout=subprocess.PIPE, stderr=slave,
            cwd=self.dir, env=self.environment({"TERM": "xterm", **(env or {})}))
        os.close(slave)
        self.addCleanup(process.stdout.close)
        return process, master

    def read(self, master, mark=None):
        """What comes until a mark, or until the other side is closed."""
        out = b""
        while mark is None or mark not in out:
            self.assertTrue(select.select([master], [], [], 60)[0], out)
            try:
                out += os.read(master, 65536)
            except OSError:
                break
        return out

    def test_bar(self):
        # More than any machine makes before the bar is drawn.
        process, master = self.start("bench", "log", "--leaves=20000000")
        shown = self.read(master, b"s left")
        process.send_signal(signal.SIGINT)
        shown += self.read(master)
        self.assertEqual(process.wait(timeout=60), 31, shown)
        self.assertIn(b"\r\x1b[K", shown)
        self.assertRegex(shown, rb"make log  \[#*-*\] +[0-9]+ %  [0-9.]+ [kM] of "
                                rb"20.0 M leaves  [0-9.]+ [kM]/s  ([0-9]+ h )?"
                                rb"([0-9]+ min )?[0-9]+ s left")

    def test_no_bar(self):
        for args, env in ((["--quiet"], {}), ([], {"TERM": "dumb"})):
            process, master = self.start(*WORK, *args, env=env)
            shown = self.read(master)
            self.assertEqual(process.wait(timeout=60), 0, shown)
            self.assertNotIn(b"\x1b", shown)
            self.assertEqual(b"make log: done" in shown, not args)

    def test_colours(self):
        for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False),
                              ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)):
            process, master = self.start("nonsense", env=env)
            shown = self.read(master)
            self.assertEqual(process.wait(timeout=60), 2)
            self.assertEqual(b"\x1b[" in shown, coloured, shown)
            self.assertIn(b"error: ", shown)

    def test_interrupt_restores_the_line(self):
        process, master = self.start("bench", "log", "--leaves=20000000")
        shown = self.read(master, b"% ")
        process.send_signal(signal.SIGINT)
        shown = self.read(master)
        self.assertEqual(process.wait(timeout=60), 31, shown)
        # After the last bar the line is cleared before anything else.
        tail = shown.split(b"[#")[-1] if b"[#" in shown else shown
        self.assertIn(b"\r\x1b[K", tail)
        self.assertIn(b"aw: stopping", shown)


class Pipe(awcli.Test):
    def test_one_line_a_step(self):
        run = self.ok(*WORK)
        self.assertNotIn("\r", run.err)
        self.assertNotIn("\x1b", run.err)
        self.assertRegex(run.err, r"^make log: done, 150 k leaves in [0-9.]+ m?s "
                                  r"\([0-9.]+ [kM]/s\)\n")

    def test_little(self):
        """Small numbers: one of a thing, short times, no rate of nothing."""
        self.ok("note", "key", "generate", "example.com/l", "--output=log")
        self.ok("log", "init", "log", "--key=log.sec")
        run = self.ok("log", "audit", "log", "--vkey=log.pub",
                      "--origin=example.com/l")
        self.assertRegex(run.err, r"audit: done, 0 leaves in [0-9.]+ m?s\n")
        (self.dir / "leaf").write_text("leaf\n")
        self.ok("log", "add", "log", "leaf")
        run = self.ok("log", "integrate", "log")
        self.assertRegex(run.err, r"integrate: done, 1 entry in [0-9.]+ m?s "
                                  r"\([0-9.]+( k)?/s\)\n")

    def test_quiet(self):
        self.assertEqual(self.ok(*WORK, "-q").err, "")

    def test_events(self):
        path = self.dir / "events"
        self.ok("bench", "log", "--leaves=300000", "--jobs=1", "--runs=1",
                "--events", path)
        schema = awcli.load_schema("event")
        events = [json.loads(line) for line in path.read_text().splitlines()]
        for event in events:
            schema.validate(event)
        steps = [e for e in events if e["step"] == "make log"]
        self.assertEqual(steps[0]["state"], "start")
        self.assertEqual(steps[-1]["state"], "done")
        self.assertEqual((steps[-1]["done"], steps[-1]["total"]),
                         ("300000", "300000"))
        done = [int(e["done"]) for e in steps]
        self.assertEqual(done, sorted(done))

    def test_progress_events(self):
        path = self.dir / "events"
        process = subprocess.Popen(
            [awcli.AW, "bench", "log", "--leaves=20000000", "--events", path],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=self.dir, env=self.environment())
        try:
            for _ in range(600):
                if path.exists() and '"progress"' in path.read_text():
                    break
                time.sleep(0.1)
        finally:
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=60), 31)
        events = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertIn("progress", [e["state"] for e in events])


if __name__ == "__main__":
    awcli.main()
