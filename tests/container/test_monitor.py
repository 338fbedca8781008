# SPDX-License-Identifier: Apache-2.0
"""The image of deploy/ built and run by Debian's Docker daemon: a monitor in a
container follows a log to a finding, a second container shows it.

    test_monitor.py FOLDER

FOLDER has base.tar of tests/container/prepare; AW_PROGRAM is a release build,
which makes the log. The last line is "N passed, N failed, N skipped"."""
import json
import os
import pathlib
import sys
import time
import unittest

import docker

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "cli"))
import rebuilds  # noqa: E402  pylint: disable=wrong-import-position

FOLDER = pathlib.Path("build/container")
WAIT_S = 240
UID = 10001
# What docs/monitor.md says that the sandbox needs.
SEALED = ["--read-only", "--tmpfs", "/tmp:size=64m", "--cap-drop=ALL",
          "--security-opt=no-new-privileges",
          "--security-opt=seccomp=%s" % (SOURCE / "deploy" / "seccomp.json"),
          "--security-opt=systempaths=unconfined",
          "--security-opt=apparmor=unconfined", "--memory=4g",
          "--pids-limit=1200"]
FETCH = ("import sys,urllib.request as u\n"
         "sys.stdout.write(u.urlopen('http://127.0.0.1:8080/'+sys.argv[1])"
         ".read().decode())")


def log(text):
    print("%s %s" % (time.strftime("%H:%M:%S"), text), flush=True)


class Monitor(rebuilds.HistoryTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.docker = docker.Daemon()
        cls.addClassCleanup(cls.docker.close)
        log("daemon is up")
        cls.docker.run("import", FOLDER / "base.tar", "aw-base")
        base = cls.docker.inspect("aw-base")["Id"]
        log("base image is imported")
        cls.docker.run("build", "--network=none", "--build-arg",
                       "BASE=" + base, "-f", SOURCE / "deploy" / "Dockerfile",
                       "-t", "aw", SOURCE)
        log("image is built")

    def setUp(self):
        super().setUp()
        etc = self.dir / "etc"
        etc.mkdir()
        self.write("etc/policy", (self.dir / "ci.policy").read_text())
        self.write("etc/config.json", json.dumps({
            "policy": "/etc/aw/policy", "log-url": "/log",
            "artefacts": "/artefacts", "repository": ["/repo"],
            "sources": ["/inputs"]}))
        for name in ("var", "cache"):
            (self.dir / name).mkdir()
            os.chown(self.dir / name, UID, UID)

    def volumes(self):
        places = {"etc": "/etc/aw:ro", "log": "/log:ro", "repo": "/repo:ro",
                  "artefacts": "/artefacts:ro", "inputs": "/inputs:ro",
                  "var": "/var/lib/aw", "cache": "/var/cache/aw"}
        return [word for name, at in places.items()
                for word in ("-v", "%s/%s:%s" % (self.dir, name, at))]

    def launch(self, name, *command, flags=()):
        self.docker.run("run", "-d", "--name", name, "--network=none",
                        *SEALED, *flags, *self.volumes(), "aw", *command)

    def ask(self, name, *args, code=0):
        """The document of a command inside a container."""
        done = self.docker.run("exec", name, "aw", "verify-build", *args,
                               "--json", check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def fetch(self, path):
        return self.docker.text("exec", "page", "python3", "-c", FETCH, path)

    def until(self, what, check):
        end = time.monotonic() + WAIT_S
        while not check():
            if time.monotonic() > end:
                self.fail("%s: not in time\n%s" % (
                    what, self.docker.run("logs", "monitor").stderr))
            time.sleep(0.5)
        log(what)

    def verdicts(self):
        done = self.docker.run("exec", "monitor", "aw", "verify-build",
                               "status", "--json", check=False)
        if done.returncode != 0:
            return {}
        found = json.loads(done.stdout)["verdicts"]
        return {k: int(v) for k, v in found.items() if v != "0"}

    def test_follow_to_a_finding(self):
        self.launch("monitor", "continuous", "--poll-interval=1s",
                   flags=["--health-interval=2s"])
        self.launch("page", "serve", "--port=8080")
        self.until("four releases are reproduced",
                   lambda: self.verdicts() == {"reproduced": 4})
        self.altered()
        self.until("the altered one is found",
                   lambda: self.verdicts() == {"reproduced": 4, "differs": 1})
        (leaf,) = self.ask("monitor", "findings")["leaves"]
        self.assertEqual((leaf["index"], leaf["verdict"]), ("4", "differs"))
        self.until("the container is healthy", lambda: self.docker.inspect(
            "monitor")["State"]["Health"]["Status"] == "healthy")
        index = self.fetch("")
        self.assertIn("1 release does not match its source", index)
        release = self.fetch("release/4")
        for text in ("section .text", "twice", "main.c:"):
            self.assertIn(text, release)
        self.assertEqual(self.fetch("healthz"), "ok")
        self.check_seal()
        self.restart()

    def check_seal(self):
        """What the container may do, as its own processes see it."""
        status = self.docker.text("exec", "monitor", "cat",
                                  "/proc/self/status")
        self.assertRegex(status, r"(?m)^CapEff:\s0+$")
        self.assertRegex(status, r"(?m)^NoNewPrivs:\s1$")
        self.assertRegex(status, r"(?m)^Seccomp:\s2$")
        self.assertRegex(status, r"(?m)^Uid:\s%d\s" % UID)
        self.assertEqual(self.docker.text("exec", "monitor", "ls",
                                          "/sys/class/net"), "lo")
        done = self.docker.run("exec", "monitor", "touch", "/usr/x",
                               check=False)
        self.assertNotEqual(done.returncode, 0)

    def restart(self):
        """SIGTERM ends it in order; nothing is built again afterwards."""
        self.docker.run("stop", "-t", "60", "monitor")
        state = self.docker.inspect("monitor")["State"]
        self.assertEqual(state["ExitCode"], 13, self.docker.run(
            "logs", "monitor").stderr)
        self.until("the page says that it stopped",
                   lambda: "stands still" in self.fetch(""))
        self.docker.run("start", "monitor")
        self.until("it follows again", lambda: self.ask(
            "page", "status")["monitor"]["ended"] is False)
        self.assertEqual(self.verdicts(), {"reproduced": 4, "differs": 1})
        said = self.docker.run("logs", "monitor").stdout.decode()
        self.assertEqual(said.count("index: "), 5, said)

    def test_without_flags(self):
        """Docker's own rules leave no sandbox: nothing is built, and the
        message says which flags are missing."""
        done = self.docker.run(
            "run", "--rm", "--network=none", "--cap-drop=ALL",
            *self.volumes(), "aw", "single", "0", check=False)
        self.assertEqual(done.returncode, 30, done.stderr)
        self.assertIn(b"--security-opt", done.stderr)
        log("without its flags it builds nothing")


class Result(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    global FOLDER
    FOLDER = pathlib.Path(sys.argv.pop(1)).resolve()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Monitor)
    result = unittest.TextTestRunner(stream=sys.stderr, resultclass=Result,
                                     verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed, %d skipped" % (result.passed, failed,
                                                len(result.skipped)))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
