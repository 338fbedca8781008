# SPDX-License-Identifier: Apache-2.0
"""The state of a monitor of rebuilds, written by hand after
docs/formats/rebuild-state.md, and a running aw verify-build serve: tests see
what a hostile log could make the page show, without a build."""
import base64
import gzip
import hashlib
import html
import sqlite3
import time
import urllib.parse

import ed25519
import servers
from releases import ReleaseTest

NOW = 1795000000
VERDICTS = ("reproduced", "differs", "failed", "timed-out", "unavailable",
            "refused")
TABLES = """
CREATE TABLE IF NOT EXISTS rebuild_cursor (
 log_id BLOB NOT NULL PRIMARY KEY, next INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS rebuild (
 log_id BLOB NOT NULL, leaf INTEGER NOT NULL,
 verdict INTEGER NOT NULL DEFAULT -1, tries INTEGER NOT NULL DEFAULT 0,
 next_time INTEGER NOT NULL DEFAULT 0, queued_time INTEGER NOT NULL,
 time INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0,
 notified INTEGER NOT NULL DEFAULT 0, acknowledged INTEGER NOT NULL DEFAULT 0,
 detail TEXT NOT NULL DEFAULT '', evidence TEXT NOT NULL DEFAULT '',
 note BLOB NOT NULL DEFAULT x'', PRIMARY KEY (log_id, leaf)) STRICT;
CREATE TABLE IF NOT EXISTS rebuild_pulse (
 log_id BLOB NOT NULL PRIMARY KEY, started INTEGER NOT NULL,
 time INTEGER NOT NULL, look_time INTEGER NOT NULL, size INTEGER NOT NULL,
 exit INTEGER NOT NULL, looks INTEGER NOT NULL, rebuilt INTEGER NOT NULL,
 ended INTEGER NOT NULL) STRICT;
"""
EXPLANATION = """verdict: differs
reason: %s
compared with: %s
first offset: 0x%x
bytes: %d
ranges: %d
area: %s
address: 0x%x
symbol: %s
source: %s
"""


class Key:
    """A note key made of one byte."""

    def __init__(self, name, byte):
        self.name = name
        self.seed = bytes([byte]) * 32
        public = b"\x01" + ed25519.public(self.seed)
        self.id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
        self.text = "%s+%s+%s" % (name, self.id.hex(),
                                  base64.b64encode(public).decode())

    def sign(self, text):
        raw = self.id + ed25519.sign(self.seed, text.encode())
        return "%s\n\u2014 %s %s\n" % (
            text, self.name, base64.b64encode(raw).decode())


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def resolve(path, link):
    """Path and query of a link on a page."""
    url = urllib.parse.urlsplit(urllib.parse.urljoin(
        "http://x" + path, html.unescape(link)))
    return url.path + ("?" + url.query if url.query else "")


class Server(servers.Server):
    """A running aw verify-build serve."""

    def __init__(self, test, *args, policy="./ci.policy"):
        super().__init__(test, "verify-build", "serve", "--policy=" + policy,
                         *args)


class MonitorTest(ReleaseTest):
    """Rows in a state that no monitor wrote."""

    def setUp(self):
        super().setUp()
        self.rebuilder = Key("rebuilder.example.com", 7)
        self.policy_with("rebuilder " + self.rebuilder.text,
                         "rebuilder-quorum 1", name="web.policy")
        self.origin = "example.com/firmware/ci"
        self.log_id = hashlib.sha256(("%s\n%s\n" % (
            self.origin, self.vkey("log"))).encode()).digest()
        self.database = None

    def open_state(self):
        """The tables; the program makes the rest at its first start."""
        if self.database is None:
            self.ok("log", "findings")
            self.database = sqlite3.connect(self.dir / "state" / "state.db")
            self.addCleanup(self.database.close)
            self.database.executescript(TABLES)
        return self.database

    def result(self, index, verdict, component="TRUSTED_OS", version="1.0.0",
               commit="0123456789abcdef" * 2 + "01234567", reason="-",
               recipe="c-firmware-1"):
        built = digest("built%d" % index)
        expected = built if verdict == "reproduced" else digest("x%d" % index)
        passes = 2 if verdict in ("reproduced", "differs") else 0
        return "".join(line + "\n" for line in (
            "aw-rebuild 1", "origin " + self.origin, "index %d" % index,
            "leaf " + digest("leaf%d" % index), "component " + component,
            "version " + version, "commit " + commit, "recipe " + recipe,
            "expected " + expected, "built " + (built if passes else "-"),
            "passes %d" % passes,
            "varied " + ("path,user,locale,zone,umask,clock,cpus"
                         if passes else "-"),
            "memory " + ("cgroup" if passes else "-"), "verdict " + verdict,
            "reason " + reason))

    def add(self, index, verdict=None, signed=True, time=NOW, note=None,
            **kwargs):
        """A leaf; without a verdict it waits."""
        row = {"tries": 1, "next_time": 0, "acknowledged": 0, "detail": "-",
               "evidence": ""}
        row.update({k: kwargs.pop(k) for k in list(kwargs) if k in row})
        if verdict is None:
            row["tries"] = 0
            time = 0
            note = b""
        elif note is None:
            note = self.result(index, verdict, reason=row["detail"], **kwargs)
            note = self.rebuilder.sign(note) if signed else note
        if isinstance(note, str):
            note = note.encode()
        self.open_state().execute(
            "INSERT OR REPLACE INTO rebuild (log_id, leaf, verdict, tries,"
            " next_time, queued_time, time, told, acknowledged, detail,"
            " evidence, note) VALUES (?,?,?,?,?,?,?,1,?,?,?,?)",
            (self.log_id, index, VERDICTS.index(verdict) if verdict else -1,
             row["tries"], row["next_time"], time, time, row["acknowledged"],
             row["detail"], row["evidence"], note))
        self.database.commit()

    def beat(self, look=None, exit=0, ended=0, size=0):
        look = int(time.time()) if look is None else look
        self.open_state().execute(
            "INSERT OR REPLACE INTO rebuild_pulse VALUES (?,?,?,?,?,?,?,?,?)",
            (self.log_id, look - 90000, look, look, size, exit, 7, 3, ended))
        self.database.commit()

    def evidence(self, name, first="", second=None, area="section .text",
                 symbol="twice+0x4", source="main.c:7", between=False,
                 reason="-"):
        folder = "state/rebuilds/%s/" % name
        self.write(folder + "explanation.txt", EXPLANATION % (
            reason, "the second pass" if between else "the image in the log",
            0x1040, 17, 3, area, 0x80001040, symbol, source))
        for i, text in enumerate((first, second), 1):
            if text is not None:
                data = text if isinstance(text, bytes) else text.encode()
                self.write(folder + "log-%d.gz" % i, gzip.compress(data))
        return name

    def fill(self):
        """A log as it may be after a year."""
        kinds = ("BOOTLOADER", "RECOVERY", "TRUSTED_OS", "TRUSTED_APPLET")
        for i in range(60):
            commit = hashlib.sha1(b"%d" % (i // 4)).hexdigest()
            version = "1.%d.%d" % (i // 12, i // 4 % 3)
            extra = {"component": kinds[i % 4], "version": version,
                     "commit": commit, "time": NOW + i * 7200}
            if i == 57:
                name = self.evidence(
                    "0123456789abcdef-0",
                    first="[1/3] cc -o os.full main.c\n[2/3] objcopy os.full\n"
                    "[3/3] size os.elf\n   text    data     bss\n"
                    "  65536    1024    4096\n" * 8, second="the same\n")
                self.add(i, "differs", evidence=name, detail="first differs "
                         "at 0x1040 in section .text, twice+0x4, main.c:7",
                         **extra)
            elif i == 41:
                self.add(i, "failed", detail="the build ended with status 2",
                         tries=3, evidence=self.evidence("failed-0", "x\n"),
                         **extra)
            elif i == 30:
                self.add(i, "unavailable", acknowledged=1, tries=10,
                         detail="commit is not in the repository", **extra)
            elif i == 22:
                self.add(i, "refused", detail="the repository has a "
                         "submodule: third_party/lib", **extra)
            elif i >= 58:
                self.add(i)
            else:
                self.add(i, "reproduced", **extra)
        self.beat(size=60)
