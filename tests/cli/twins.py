# SPDX-License-Identifier: Apache-2.0
"""Twins for tests: made, run, looked at; their fuses while they do not run."""
import hashlib
import os
import signal
import struct
import subprocess
import time

import awcli
import usbip

SRK_BANK, CONFIG, REVOKE = 3, (0, 6), (5, 7)
CLOSED = 1 << 1


def blow(twin, words):
    """Sets words, (bank, word): value, in the file fuses.bin of a twin that
    does not run."""
    path = twin / "fuses.bin"
    lines = path.read_text().splitlines()[:-1]
    fuses = {}
    for line in [line for line in lines if line.startswith("fuse ")]:
        _, bank, word, value = line.split()
        fuses[int(bank), int(word)] = int(value, 16)
    fuses.update(words)
    at = next((i for i, line in enumerate(lines)
               if line.split()[0] in ("shadow", "stuck")), len(lines))
    lines = [line for line in lines[:at] if not line.startswith("fuse ")] + [
        "fuse %d %d %08x" % (bank, word, value)
        for (bank, word), value in sorted(fuses.items()) if value] + lines[at:]
    text = "".join(line + "\n" for line in lines)
    path.write_text(text + "end %s\n" % hashlib.sha256(text.encode())
                    .hexdigest())


def srk_words(srk_hash):
    """Fuse words of an SRK hash in hex."""
    return {(SRK_BANK, i): word for i, word in enumerate(
        struct.unpack("<8I", bytes.fromhex(srk_hash)))}


def closed(srk_hash):
    """Fuse words of a closed part."""
    return {CONFIG: CLOSED, **srk_words(srk_hash)}


class Case(awcli.Test):
    """A test with a twin in the folder `twin`."""

    DEVICE = "--device=twin=twin"

    def setUp(self):
        super().setUp()
        self.twin = self.dir / "twin"
        self.addCleanup(self.check_sanitizers)
        self.addCleanup(self.end)
        self.server = None

    def environment(self, extra=None):
        """A twin in the background has no standard error: what sanitizers
        find goes to files."""
        env = super().environment(extra)
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            options = [env[name]] if env.get(name) else []
            env[name] = ":".join(options + ["log_path=%s" % (
                self.dir / "sanitizer")])
        return env

    def check_sanitizers(self):
        for path in self.dir.glob("sanitizer*"):
            self.fail(path.read_text(errors="replace"))

    def end(self):
        """No process is left behind, whatever the test did."""
        try:
            pid = int((self.twin / "lock").read_text())
            os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError):
            pass

    def start(self, *args, **kwargs):
        return self.ok("twin", "start", "twin", "--detach", *args, **kwargs)

    def stop(self):
        self.ok("twin", "stop", "twin")

    def status(self, *args):
        return self.json("twin", "status", "twin", *args)

    def wait_for(self, look, what):
        for _ in range(200):
            if look():
                return
            time.sleep(0.05)
        self.fail("not in 10 s: " + what)

    def wait_state(self, state):
        self.wait_for(lambda: self.status()["state"] == state, state)

    def console(self):
        log = self.twin / "console.log"
        return log.read_text() if log.exists() else ""

    def wait_console(self, text):
        self.wait_for(lambda: self.console() == text, "console " + repr(text))

    def assert_idle(self, pid=None):
        """Processor time of the twin's process, or another, over a while.
        What a busy machine adds comes and goes; being idle has to show in
        one of some windows."""
        pid = pid or int(self.status()["pid"])

        def cpu():
            with open("/proc/%d/stat" % pid) as file:
                fields = file.read().rsplit(")")[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf(
                "SC_CLK_TCK")
        shares = []
        for _ in range(3):
            before, since = cpu(), time.monotonic()
            time.sleep(2)
            shares.append((cpu() - before) / (time.monotonic() - since))
            if shares[-1] < 0.05:
                return
        self.fail("not under 5 %% of a core: %s" % shares)

    def serve(self):
        """aw twin attach over TCP. @return a client that has the plug"""
        port = self.dir / "port"
        self.server = subprocess.Popen(
            [awcli.AW, "twin", "attach", "twin", "--port=0",
             "--port-file=port"], cwd=self.dir, env=self.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_server)
        self.wait_for(port.exists, "port")
        number = int(port.read_text())
        taken = []

        def take():
            client = usbip.Client(number)
            taken.append(client)
            self.addCleanup(client.close)
            return client.take() != usbip.NO_DEVICE
        self.wait_for(take, "arrival")
        port.unlink()
        return taken[-1]

    def end_server(self):
        self.server.terminate()
        self.server.wait(awcli.TIMEOUT_S)
