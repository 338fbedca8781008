# SPDX-License-Identifier: Apache-2.0
"""Where secrets are while a command runs: never in memory that may be written
to a disk."""
import base64
import re
import subprocess
import threading
import time

import awcli
import witnesses
from releases import ReleaseTest

ORIGIN = "example.com/firmware/ci"
CHUNK = 1 << 24


class Waits(witnesses.Witness):
    """Answers when it is told to."""

    def __init__(self, *args):
        super().__init__(*args)
        self.go = threading.Event()

    def answer(self, path, body):
        self.go.wait(60)
        return super().answer(path, body)


def mappings(pid):
    """(start, end, resident kB, flags) of each mapping of a process."""
    found = []
    with open("/proc/%d/smaps" % pid, encoding="utf-8") as smaps:
        for line in smaps:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                at = head and (int(head[1], 16), int(head[2], 16))
            elif line.startswith("Rss:"):
                resident = int(line.split()[1])
            elif line.startswith("VmFlags:") and at and resident:
                found.append((*at, resident, line.split()[1:]))
    return found


def places(pid, secret):
    """Flags of the mappings in which the bytes are."""
    found = []
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for start, end, resident, flags in mappings(pid):
            if end - start > 1 << 30 or "io" in flags or "pf" in flags:
                continue  # a sanitizer's, of which little is there
            for at in range(start, end, CHUNK):
                try:
                    memory.seek(at)
                    data = memory.read(min(CHUNK + 64, end - at))
                except OSError:
                    continue
                if secret in data:
                    found.append(flags)
    return found


class Secrets(ReleaseTest):
    def test_seeds(self):
        w = Waits("example.com/w0", {ORIGIN: self.vkey("log")})
        w.url = witnesses.Server(self, w).url
        self.addCleanup(w.go.set)
        self.policy_with("witness w0 %s %s" % (w.vkey, w.url),
                         "group g 1 w0", "quorum g", name="w.policy")
        args = [*self.make("TRUSTED_APPLET", "1.0.0"),
                *self.place(policy="./w.policy"),
                *self.keys_for("TRUSTED_APPLET")]
        run = subprocess.Popen([awcli.AW, "release", "publish", *args],
                               cwd=self.dir, env=self.environment(),
                               stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not w.asked and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(len(w.asked), 1)
        with open("/proc/%d/limits" % run.pid, encoding="utf-8") as limits:
            core = [l.split()[4:6] for l in limits if "core file" in l]
        self.assertEqual(core, [["0", "0"]])
        for role in ("log", "applet"):
            line = (self.dir / "keys" / (role + ".sec")).read_text().strip()
            text = line.split("+", 4)[4]
            seed = base64.b64decode(text)[1:]
            self.assertEqual(len(seed), 32)
            # The key in use, and no other copy: not of its file either.
            found = places(run.pid, seed)
            self.assertGreaterEqual(len(found), 1)
            for flags in found:
                self.assertIn("dd", flags)
                self.assertIn("lo", flags)
            self.assertEqual(places(run.pid, text.encode()), [])
        w.go.set()
        self.assertEqual(run.wait(60), 0)


if __name__ == "__main__":
    awcli.main()
