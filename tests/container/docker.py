# SPDX-License-Identifier: Apache-2.0
"""A daemon of Docker for one test: its own folders and socket, no network."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

START_S = 60
LIMIT_S = 600
CLIENT = "/usr/bin/docker"


class Daemon:
    def __init__(self):
        # Neither on a memory file system nor under a long path: layers are
        # large, sockets have short names.
        self.folder = tempfile.mkdtemp(prefix="aw-docker-", dir="/var/tmp")
        self.socket = "unix://%s/s" % self.folder
        self.log = open(self.path("log"), "wb")
        self.process = subprocess.Popen(
            ["dockerd", "--host", self.socket, "--data-root",
             self.path("data"), "--exec-root", self.path("exec"), "--pidfile",
             self.path("pid"), "--iptables=false", "--ip6tables=false",
             "--ip-forward=false", "--bridge=none"],
            stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT, start_new_session=True)
        end = time.monotonic() + START_S
        while self.run("version", check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                text = self.said()
                self.close()
                raise RuntimeError("dockerd does not start:\n" + text)
            time.sleep(0.2)

    def path(self, name):
        return os.path.join(self.folder, name)

    def said(self):
        with open(self.path("log"), errors="replace") as f:
            return f.read()[-4000:]

    def run(self, *args, check=True, **kwargs):
        kwargs.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run(
            [CLIENT, "--host", self.socket, *map(str, args)],
            stderr=subprocess.PIPE, timeout=LIMIT_S, check=False,
            env={"PATH": os.environ["PATH"], "HOME": self.folder,
                 "DOCKER_BUILDKIT": "0"}, **kwargs)
        if check and done.returncode != 0:
            raise RuntimeError("docker %s: exit %d\n%s\n%s" % (
                " ".join(map(str, args)), done.returncode,
                (done.stdout or b"").decode(errors="replace")[-4000:],
                done.stderr.decode(errors="replace")[-4000:]))
        return done

    def text(self, *args):
        return self.run(*args).stdout.decode().strip()

    def inspect(self, name):
        return json.loads(self.text("inspect", name))[0]

    def close(self):
        """Nothing of it is left: containers, processes, mounts, folders."""
        if self.process.poll() is None:
            ids = self.run("ps", "-aq", check=False).stdout.decode().split()
            if ids:
                self.run("rm", "-f", *ids, check=False)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()
        with open("/proc/self/mounts") as f:
            places = [line.split()[1] for line in f]
        for place in sorted(places, reverse=True):
            if place.startswith(self.folder + "/"):
                subprocess.run(["umount", "-l", place], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
