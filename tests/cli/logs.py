# SPDX-License-Identifier: Apache-2.0
"""Logs for tests: the recorded ones, copies to be damaged, a faulty server."""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import awcli

VECTORS = awcli.VECTORS
FAULTD = awcli.BUILD / "tests" / "support" / "faultd"
START_S = 20
MEMORY = "/dev/shm"


class Log:
    """A log's place, its origin and its key."""

    def __init__(self, path, origin, vkey):
        self.path = pathlib.Path(path).resolve()
        self.origin = origin
        self.vkey = vkey

    @property
    def trust(self):
        return ["--origin=" + self.origin, "--vkey=" + str(self.vkey)]

    def at(self, path):
        """The same log in another place."""
        return Log(path, self.origin, self.vkey)

    def copy(self, to):
        """A copy to be damaged; links stay links."""
        shutil.copytree(self.path, to, symlinks=True)
        return self.at(to)

    def root(self, name="checkpoint"):
        return (self.path / name).read_text().split("\n")[2]

    def size(self, name="checkpoint"):
        return int((self.path / name).read_text().split("\n")[1])

    def files(self, *folders):
        """Regular files below these folders, in order."""
        return [f for d in folders for f in sorted((self.path / d).rglob("*"))
                if f.is_file() and not f.is_symlink()]


def _drive(name, origin, key):
    top = VECTORS / "serverless" / name
    return Log(top / "log", origin, (top / "keys" / key).resolve())


def _data(layout):
    top = VECTORS / layout / "upstream-testdata"
    keys = json.loads((top / "keys.json").read_text())
    return Log(top / "log", keys["origin"], keys["vkey"])


GEN_VKEY = ("example.com/gen+7ae024f4+"
            "AQUrJLaWF3W4pbaK0ABjE+TXNlZ1GnTh1sorxVvnPYyN")
PROD2 = _drive("armory-drive-prod2", "Armory Drive Prod 2",
               "armory-drive-log.pub")
PROD1 = _drive("armory-drive-prod1", "Armory Drive Prod 1",
               "armory-drive-log.pub")
TEST2021 = _drive("armory-drive-test2021", "ArmoryDrive Log v0",
                  "armory-drive-log-test.pub")
DATA_SERVERLESS = _data("serverless")
DATA_TILES = _data("tlog-tiles")
GEN_SERVERLESS = Log(VECTORS / "serverless/gen-700", "example.com/gen",
                     GEN_VKEY)
GEN_TILES = Log(VECTORS / "tlog-tiles/gen-700", "example.com/gen", GEN_VKEY)


def leaf_path(leaf):
    """leaves/... of the index of an entry."""
    h = hashlib.sha256(b"\0" + leaf).hexdigest()
    return pathlib.PurePath("leaves", h[:2], h[2:4], h[4:6], h[6:])


def seq_path(i):
    return pathlib.PurePath("seq", "00", *("%02x" % (i >> s & 255)
                                           for s in (24, 16, 8, 0)))


def gen_serverless_whole(to):
    """gen-700 with the entries that the vector leaves out."""
    log = GEN_SERVERLESS.copy(to)
    for i in range(700):
        leaf = b"leaf-%d" % i
        for path, data in ((seq_path(i), leaf),
                           (leaf_path(leaf), b"%x" % i)):
            (log.path / path).parent.mkdir(parents=True, exist_ok=True)
            (log.path / path).write_bytes(data)
    return log


class Faultd:
    """A running faultd, see tests/support/faultd.c."""

    def __init__(self, test, root, *faults):
        folder = test.dir / ("faultd%d" % time.monotonic_ns())
        folder.mkdir()
        port_file = folder / "port"
        self.log = folder / "log"
        command = [str(FAULTD), "--root", str(root), "--port-file",
                   str(port_file), "--log", str(self.log)]
        for fault in faults:
            command += ["--fault", fault]
        self.process = subprocess.Popen(command)
        test.addCleanup(self.stop)
        end = time.monotonic() + START_S
        while not port_file.exists():
            test.assertLess(time.monotonic(), end, "faultd does not start")
            test.assertIsNone(self.process.poll(), command)
            time.sleep(0.005)
        self.url = "http://127.0.0.1:%s/" % port_file.read_text().strip()

    def stop(self):
        self.process.kill()
        self.process.wait()

    def _lines(self):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split(" ", 1) for line in lines]

    def hits(self, path=None):
        """Requests of a path, or of all."""
        return sum(path is None or got == path for _, got in self._lines())

    def most(self):
        """Most requests in flight at the same time."""
        return max((int(n) for n, _ in self._lines()), default=0)


class Test(awcli.Test):
    """A test that lies in memory where that can be: each change of the state
    waits for the disk, and logs are many small files."""

    def setUp(self):
        if os.access(MEMORY, os.W_OK):
            tempfile.tempdir = MEMORY
        super().setUp()
        self.state = self.dir / "state"

    def forget(self):
        """An empty state, as on a new machine."""
        shutil.rmtree(self.state, ignore_errors=True)


def is_sanitized():
    """True when memory says nothing: AddressSanitizer takes and keeps it."""
    cache = (awcli.BUILD / "CMakeCache.txt").read_text()
    return "AW_SANITIZE:STRING=address" in cache


def subjects(document):
    """Files that the findings name."""
    return [f["subject"] for f in document.get("findings", [])]


def write_tiled(place, origin, entries):
    """A tiled log of at most 255 entries; "body" is its checkpoint's text."""
    def tree(hashes):
        if len(hashes) == 1:
            return hashes[0]
        k = 1
        while 2 * k < len(hashes):
            k *= 2
        return hashlib.sha256(b"\1" + tree(hashes[:k]) +
                              tree(hashes[k:])).digest()

    leaves = [hashlib.sha256(b"\0" + e).digest() for e in entries]
    bundle = b"".join(len(e).to_bytes(2, "big") + e for e in entries)
    for path, data in (("tile/0/000.p", b"".join(leaves)),
                       ("tile/entries/000.p", bundle)):
        (place / path).mkdir(parents=True)
        (place / path / str(len(entries))).write_bytes(data)
    (place / "body").write_text("%s\n%d\n%s\n" % (
        origin, len(entries), base64.b64encode(tree(leaves)).decode()))
