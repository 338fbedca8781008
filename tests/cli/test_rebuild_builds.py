# SPDX-License-Identifier: Apache-2.0
"""aw verify-build against builds that mean harm, and builds that are not
reproducible: each ends in its verdict, and the monitor goes on."""
import gzip
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
REACH = """import ctypes, fcntl, os, pathlib, signal, socket, termios
libc = ctypes.CDLL(None, use_errno=True)
def failed(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), "no")
def trial(name, what):
    try:
        what()
    except (OSError, LookupError, ValueError) as e:
        print("failed", name, e)
    else:
        print("worked", name)
def unix():
    s = socket.socket(socket.AF_UNIX)
    s.connect("\\0%(name)s")
def fds():
    for fd in range(5, 4096):
        try:
            os.fstat(fd)
        except OSError:
            continue
        return  # one is open
    raise OSError("none is open")
def outer():
    if [p for p in pathlib.Path("/proc").glob("[0-9]*")]:
        return
    raise OSError("no process")
trial("abstract socket", unix)
trial("descriptors", fds)
trial("processes", outer)
trial("ptrace", lambda: failed(libc.ptrace(16, os.getppid() - 1000, 0, 0)))
trial("signal", lambda: os.kill(%(pid)d, 0))
trial("mount", lambda: failed(libc.mount(b"x", b"/tmp", b"tmpfs", 0, 0)))
trial("umount", lambda: failed(libc.umount2(b"/tmp", 2)))
trial("user namespace", lambda: failed(libc.unshare(0x10000000)))
trial("chroot", lambda: os.chroot("/tmp"))
trial("root", lambda: os.setuid(0))
trial("host name", lambda: socket.sethostname("x"))
trial("clock", lambda: __import__("time").clock_settime(0, 0))
trial("device", lambda: os.mknod("d", 0o60600, os.makedev(8, 0)))
trial("disk", lambda: os.open("/dev/sda", os.O_RDONLY))
trial("memory", lambda: os.open("/dev/mem", os.O_RDONLY))
trial("kernel log", lambda: os.open("/dev/kmsg", os.O_RDONLY))
trial("sys", lambda: os.listdir("/sys"))
trial("etc", lambda: os.open("/etc/passwd", os.O_RDONLY))
trial("home", lambda: os.listdir("/root"))
trial("folder", lambda: os.listdir("%(dir)s"))
trial("above", lambda: os.open("../../../../../etc/shadow", os.O_RDONLY))
trial("usr", lambda: os.open("/usr/x", os.O_WRONLY | os.O_CREAT))
trial("root folder", lambda: os.mkdir("/x"))
trial("dev", lambda: os.open("/dev/x", os.O_WRONLY | os.O_CREAT))
trial("shm", lambda: os.open("/dev/shm/x", os.O_WRONLY | os.O_CREAT))
trial("terminal", lambda: os.open("/dev/tty", os.O_RDWR))
trial("keys", lambda: fcntl.ioctl(0, termios.TIOCSTI, b"x"))
trial("limits", lambda: __import__("resource").setrlimit(7, (99999, 99999)))
trial("priority", lambda: os.nice(-5))
trial("dumps", lambda: __import__("resource").setrlimit(4, (1 << 20, 1 << 20)))
print("tried all")
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

    def test_outputs(self):
        """Images that are none, and what the build may have done to them."""
        made = "mkdir -p $3; "
        image = b"\x7fELFx"
        put = "printf '\\177ELFx' >$3/os.elf; "
        builds = [
            ("a folder", "failed", "", made + "mkdir $3/os.elf"),
            ("a link to nothing", "failed", "", made + "ln -s x $3/os.elf"),
            ("a device", "failed", "no image", made + "ln -s /dev/null "
             "$3/os.elf"),
            ("huge and empty", "failed", "", made + "truncate -s 900G "
             "$3/os.elf"),
            ("large and empty", "failed", "too large", made +
             "truncate -s 100M $3/os.elf"),
            ("a file of the source", "differs", "", made +
             "ln -s $2/main.c $3/os.elf"),
            ("a link out", "failed|differs", "", made +
             "ln /etc/passwd $3/os.elf || ln -s /etc/passwd $3/os.elf"),
            ("unreadable", "failed|reproduced", "", made + put +
             "chmod 000 $3/os.elf"),
            ("no end of a line", "failed|timed-out", "", "cat /dev/zero"),
            ("setuid", "reproduced", "", made + put + "chmod 6755 $3/os.elf"),
            ("old", "reproduced", "", made + put + "touch -d 1970-01-01 "
             "$3/os.elf; find $BLD -exec touch -d 2030-01-01 {} +"),
            ("its folder away", "failed", "", made + put + "rm -rf $BLD/b"),
        ]
        notes = [self.note(self.branch("o%d" % i, build__sh=script + "\n"),
                           "1.0.%d" % i, image)
                 for i, (_, _, _, script) in enumerate(builds)]
        got = self.follow_all(notes, "--one-pass", "--time-limit=6s",
                              "--disk-limit=128MiB", "--log-limit=64KiB")
        self.check(got, [(n, v, t) for n, v, t, _ in builds])
        kept = subprocess.run(["find", self.dir, "-perm", "/6000"], check=True,
                              stdout=subprocess.PIPE).stdout
        self.assertEqual(kept, b"")

    def test_reach(self):
        """What a build can touch of the machine: each line of the script is
        a try, and names what worked."""
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind("\0aw-test-%d" % os.getpid())
        server.listen()
        self.write("reach.py", REACH % {
            "name": "aw-test-%d" % os.getpid(), "dir": self.dir,
            "pid": os.getpid()})
        commit = self.branch("reach", reach__py=(
            self.dir / "reach.py").read_text(), build__sh="python3 -I -B "
            "$2/reach.py; exit 1\n")
        document = self.single(self.note(commit, "1.0.0"), "--one-pass",
                               "--evidence=kept", code=23)
        log = gzip.decompress(pathlib.Path(
            self.dir, document["evidence"], "log-1.gz").read_bytes()).decode()
        self.assertIn("tried all", log)
        self.assertEqual([line for line in log.splitlines()
                          if line.startswith("worked")], [], log)

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
