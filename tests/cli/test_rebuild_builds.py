# SPDX-License-Identifier: Apache-2.0
"""aw verify-build against builds that mean harm, and builds that are not
reproducible: each ends in its verdict, and the monitor goes on."""
import os
import pathlib
import socket
import subprocess

import awcli
from rebuilds import HostileTest

# An image made by a command of the test.
PROBE = """set -eu
mkdir -p "$3"
{ printf '\\177ELF'; %s; } >"$3/os.elf"
"""
# What a build can learn of where it runs; the second pass has another one.
SURROUNDINGS = {
    "clock": "date +%s | cut -c1-6",
    "path of the source": "echo $2",
    "path of the build": "pwd; echo $3",
    "user": "id -u; echo $USER",
    "locale": "echo $LC_ALL",
    "zone": "date +%z",
    "umask": "umask",
    "host": "uname -n",
}


class Builds(HostileTest):
    def test_builds(self):
        """Fork bomb, endless output, endless build, disk and memory filler;
        one that looks for what it must not see."""
        secret = self.write("secret", "s")
        mark = "6%d.25" % os.getpid()
        builds = [
            ("fork bomb", "failed|timed-out", "",
             "f() { sleep %s & f | f & }; f; sleep %s" % (mark, mark)),
            ("output to ninja", "failed", "", "yes"),
            ("endless", "timed-out", "no end in time", "sleep 1000"),
            ("disk", "failed", "", "cat /dev/zero >big"),
            ("many files", "failed|timed-out", "",
             "i=0; while mkdir d$i; do i=$((i + 1)); done; exit 1"),
            ("memory", "failed", "", "tail -c 9G /dev/zero"),
            ("huge image", "failed", "", "mkdir -p $3; head -c 90M /dev/zero "
             ">$3/os.elf"),
            ("no image", "failed", "", "true"),
            ("endless image", "failed", "too large",
             "mkdir -p $3; ln -s /dev/zero $3/os.elf"),
            ("no end of it", "timed-out", "",
             "mkdir -p $3; mkfifo $3/os.elf"),
            ("kills all", "failed", "", "kill -9 -1; sleep %s" % mark),
            ("stops all", "timed-out", "", "kill -STOP -1; sleep %s" % mark),
            ("left behind", "timed-out", "",
             "setsid sleep %s & mkdir -p $3; echo x >$3/os.elf" % mark),
            ("host", "failed", "",
             "cat %s /etc/passwd /etc/shadow /proc/1/environ && exit 0; "
             "exit 1" % secret),
            ("write", "failed", "",
             "touch $2/x || touch /usr/x || touch /x || touch %s; exit 1"
             % secret),
            ("escape", "failed", "",
             "unshare -Ur true || mount -t tmpfs x /mnt || "
             "mknod m b 8 0 || chroot / true || exit 1"),
        ]
        notes = []
        for i, (name, _, _, script) in enumerate(builds):
            commit = self.branch("b%d" % i, build__sh=script + "\n")
            notes.append(self.note(commit, "1.0.%d" % i))
        builds.append(("output", "failed", "too much output", ""))
        notes.append(self.note(self.branch(
            "out", CMakeLists__txt="execute_process(COMMAND yes)\n"), "1.2.0"))
        got = self.follow_all(notes, "--one-pass", "--time-limit=6s",
                              "--disk-limit=24MiB", "--log-limit=64KiB",
                              "--memory-limit=512MiB")
        self.check(got, [(n, v, t) for n, v, t, _ in builds])
        self.assertEqual(secret.read_text(), "s")
        # Nothing of the bomb is left; others may build beside.
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.assertNotIn(mark.encode(), path.read_bytes())
            except (FileNotFoundError, ProcessLookupError):
                pass

    def test_surroundings(self):
        """A build that depends on where and when it runs is caught by the
        second pass."""
        cases = dict(SURROUNDINGS)
        if len(os.sched_getaffinity(0)) > 1:
            cases["processors"] = "nproc"
        notes = []
        for i, command in enumerate(cases.values()):
            commit = self.branch("s%d" % i, build__sh=PROBE % command)
            notes.append(self.note(commit, "1.0.%d" % i))
        got = self.follow_all(notes)
        self.check(got, [(name, "differs", "two builds differ")
                         for name in cases])

    def test_network(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        server.settimeout(0)
        port = server.getsockname()[1]
        script = "/bin/bash -c ': </dev/tcp/127.0.0.1/%d'\n" % port
        self.assertEqual(subprocess.run(["/bin/bash", "-c", script],
                                        check=False).returncode, 0)
        server.accept()[0].close()  # it could be reached
        commit = self.branch("net", build__sh="set -e\n" + script)
        tolerant = self.branch("net2", build__sh=PROBE % (
            "if %s then echo yes; else echo no; fi" % script.replace("\n", ";")))
        notes = [self.note(commit, "1.0.0"),
                 self.note(tolerant, "1.1.0", b"\x7fELFyes\n"),
                 self.note(tolerant, "1.2.0", b"\x7fELFno\n")]
        self.check(self.follow_all(notes),
                   [("needs it", "failed", ""), ("uses it", "differs", ""),
                    ("does without", "reproduced", "")])
        with self.assertRaises(BlockingIOError):
            server.accept()


if __name__ == "__main__":
    awcli.main()
