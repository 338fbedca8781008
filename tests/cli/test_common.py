# SPDX-License-Identifier: Apache-2.0
"""What holds for every command: options, output, exit codes, events."""
import json
import os
import pathlib
import pty
import signal
import subprocess
import time

import awcli


class Options(awcli.Test):
    def test_no_command(self):
        run = self.fails(2)
        self.assertIn("a command is missing", run.err)
        self.assertEqual(run.out, "")

    def test_unknown_command(self):
        run = self.fails(2, "noet")
        self.assertIn("did you mean aw note?", run.err)
        run = self.fails(2, "note", "verfy")
        self.assertIn("did you mean aw note verify?", run.err)

    def test_unknown_option(self):
        run = self.fails(2, "note", "verify", "--vkeys", "x", "y")
        self.assertIn("unknown option --vkeys", run.err)
        self.assertIn("did you mean --vkey?", run.err)

    def test_repeated(self):
        run = self.fails(2, "note", "sign", "--output=a", "-o", "b", "f",
                         "--key=k")
        self.assertIn("--output is given twice", run.err)
        self.fails(2, "--json", "note", "verify", "--json", "f", "--vkey=k")

    def test_missing_value(self):
        run = self.fails(2, "note", "sign", "f", "--key")
        self.assertIn("--key needs a value", run.err)
        run = self.fails(2, "note", "sign", "--key", "--cosign", "f")
        self.assertIn("the option --cosign", run.err)

    def test_missing_option_and_operand(self):
        self.assertIn("--key is missing", self.fails(2, "note", "sign", "f").err)
        self.assertIn("FILE is missing", self.fails(2, "note", "verify").err)
        self.assertIn("too many operands",
                      self.fails(2, "note", "verify", "a", "b").err)

    def test_spellings(self):
        self.assertIn("aw note verify [options] FILE",
                      self.ok("note", "verify", "-help").out)
        self.assertIn("aw note verify [options] FILE",
                      self.ok("help", "note", "verify").out)
        for args in (["--non_interactive"], ["-non-interactive=true"],
                     ["--non-interactive=F"], ["-v"], ["-v=3"],
                     ["--verbose=0"], ["-timeout", "1h2m3.5s"]):
            self.ok("note", "key", "show", *args, KEY)
            self.ok(*args, "note", "key", "show", KEY)
        for args in (["--non-interactive=maybe"], ["-v=x"], ["-v=-1"],
                     ["--timeout=0s"], ["--timeout=5"], ["--timeout=-1s"],
                     ["--timeout="], ["--state="]):
            self.fails(2, "note", "key", "show", *args, KEY)

    def test_end_of_options(self):
        run = self.fails(30, "note", "key", "show", "--", "--help")
        self.assertIn("--help", run.err)

    def test_help_wins(self):
        self.assertIn("Usage:", self.ok("note", "--bogus", "--help").out)


KEY = "bob+45039c50+AfB5Q1AffjLsAFrA46JTrGkcwsdmhbnpp97BF7Pk2MYC"


class Output(awcli.Test):
    def test_version(self):
        self.assertRegex(self.ok("--version").out, r"^aw [0-9]+\.[0-9]+\.[0-9]+\n$")

    def test_json_on_wrong_usage(self):
        document = self.json("note", "verify", "--bogus", code=2)
        self.assertEqual(document["error"]["code"], "ERR_USAGE")
        self.assertEqual(document["error"]["got"], "--bogus")
        document = self.json("nonsense", code=2)
        self.assertEqual(document["command"], "")

    def test_same_when_piped_to_terminal(self):
        plain = self.ok("note", "key", "show", KEY).out
        master, slave = pty.openpty()
        run = self.aw("note", "key", "show", KEY, stdout=slave)
        os.close(slave)
        shown = os.read(master, 65536).decode().replace("\r\n", "\n")
        os.close(master)
        self.assertEqual(run.code, 0)
        self.assertEqual(shown, plain)

    def test_standard_output_full(self):
        for args in (["--version"], ["--help"], ["note", "key", "show", KEY],
                     ["note", "key", "show", KEY, "--json"]):
            with open("/dev/full", "wb") as full:
                run = self.fails(24, *args, stdout=full)
            self.assertIn("No space left", run.err)

    def test_standard_output_closed(self):
        for args in ("--version", "note key show --json " + KEY):
            done = subprocess.run(
                ["sh", "-c", "exec %s %s >&-" % (awcli.AW, args)],
                env=self.environment(), stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 21, done.stderr)

    def test_reader_gone(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        run = self.fails(21, "note", "key", "show", KEY, stdout=write_end)
        os.close(write_end)
        self.assertIn("Broken pipe", run.err)

    def test_untrusted_text_is_escaped(self):
        run = self.fails(2, "\x1b[2J\u202egpj\x07")
        self.assertIn("\\x1b[2J\\u202egpj\\x07", run.err)
        run = self.aw("--json", "x\u202ey\u009bz", env={})
        self.assertNotIn("\u202e", run.out)
        self.assertEqual(self.document(run)["error"]["subject"],
                         "x\u202ey\u009bz")
        run = self.aw(b"--json", b"x\xff")
        self.assertIn("\\xff", run.err)
        self.document(run)


class Places(awcli.Test):
    def test_missing_file(self):
        run = self.fails(30, "note", "verify", "absent", "--vkey", KEY)
        self.assertIn("absent: No such file", run.err)

    def test_folder(self):
        self.fails(30, "note", "verify", ".", "--vkey", KEY)

    def test_standard_input(self):
        run = self.fails(10, "note", "verify", "-", "--vkey", KEY, stdin=b"x")
        self.assertIn("standard input", run.err)


class Events(awcli.Test):
    def lines(self, path):
        schema = awcli.load_schema("event")
        events = [json.loads(line) for line in
                  pathlib.Path(path).read_text().splitlines()]
        for event in events:
            schema.validate(event)
        self.assertEqual(len({e["run"] for e in events}), 1)
        return events

    def test_file(self):
        path = self.dir / "events"
        self.ok("note", "key", "show", KEY, "--events", path)
        events = self.lines(path)
        self.assertEqual([e["state"] for e in events], ["start", "done"])
        self.assertEqual(events[-1]["class"], "ok")

    def test_failure(self):
        path = self.dir / "events"
        self.fails(30, "note", "verify", "absent", "--vkey", KEY, "--events",
                   path)
        events = self.lines(path)
        self.assertEqual([e["state"] for e in events],
                         ["start", "failed", "failed"])
        self.assertEqual(events[1]["code"], "ERR_NOT_FOUND")
        self.assertEqual(events[-1]["class"], "precondition")

    def test_appends(self):
        path = self.dir / "events"
        for _ in range(2):
            self.ok("note", "key", "show", KEY, "--events", path)
        self.assertEqual(len(path.read_text().splitlines()), 4)

    def test_descriptor(self):
        read_end, write_end = os.pipe()
        self.ok("note", "key", "show", KEY, "--events", str(write_end),
                pass_fds=[write_end])
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            self.assertEqual(len(pipe.read().splitlines()), 2)

    def test_wrong_target(self):
        for target in ("0", "1", "77"):
            self.fails(2, "note", "key", "show", KEY, "--events", target)

    def test_no_file(self):
        """As every file that is named and cannot be had."""
        (self.dir / "file").write_text("")
        for target in ("no/such/folder", "file/x"):
            run = self.fails(30, "note", "key", "show", KEY, "--events",
                             target, "--json")
            self.assertEqual(self.document(run)["error"]["what"],
                             "cannot write events")
        run = self.fails(30, "note", "key", "show", KEY, "--events=no/folder")
        self.assertIn("no/folder: No such file", run.err)

    def test_listener_gone(self):
        run = self.ok("note", "key", "show", KEY, "--events", "/dev/full")
        self.assertIn("events could not be written", run.err)


class Stop(awcli.Test):
    """Reading from a pipe that never ends is a wait that must stop."""

    def start(self, *args, env=None):
        process = subprocess.Popen(
            [awcli.AW, "note", "verify", "-", "--vkey", KEY, "--json", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=self.dir,
            env=env or self.environment())
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def finish(self, process):
        """Waits for the end without closing standard input."""
        out = process.stdout.read()
        err = process.stderr.read().decode()
        return process.wait(timeout=60), out, err

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            events = self.dir / ("events%d" % number)
            process = self.start("--events", events)
            while not events.exists() or not events.read_text():
                time.sleep(0.01)
            time.sleep(0.2)
            process.send_signal(number)
            code, out, err = self.finish(process)
            self.assertEqual(code, 31, err)
            self.assertEqual(json.loads(out)["error"]["code"], "ERR_CANCELLED")

    def test_signal_before_main(self):
        """Also while the loader is at work the document is written."""
        options = self.environment().get("ASAN_OPTIONS", "")
        env = self.environment({
            "LD_PRELOAD": str(awcli.BUILD / "tests/support/early_signal.so"),
            "ASAN_OPTIONS": options + ":verify_asan_link_order=0"})
        process = self.start(env=env)
        code, out, err = self.finish(process)
        self.assertEqual(code, 31, err)
        self.assertEqual(json.loads(out)["error"]["code"], "ERR_CANCELLED")

    def test_time_limit(self):
        code, out, err = self.finish(self.start("--timeout=200ms"))
        self.assertEqual(code, 22, err)
        error = json.loads(out)["error"]
        self.assertEqual(error["class"], "environment")
        self.assertTrue(error["retry"])


if __name__ == "__main__":
    awcli.main()
