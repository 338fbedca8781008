# SPDX-License-Identifier: Apache-2.0
"""aw verify-build against servers of git that mean harm, and packages of
compilers that are bombs: the machine's memory and disk stay as they are."""
import gzip
import hashlib
import http.server
import io
import os
import pathlib
import struct
import subprocess
import tarfile
import threading

import awcli
import releases
from rebuilds import HostileTest

COMMIT = "34" * 20


def line(data):
    """A line as git sends it: length first."""
    return b"%04x" % (len(data) + 4) + data


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass

    def do_GET(self):
        self.server.act(self)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.act(self)

    def answer(self, status, kind, *data, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for part in data:
            self.wfile.write(part)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass  # git goes away when it has enough


class Servers(HostileTest):
    def serve(self, act):
        server = Server(("127.0.0.1", 0), Handler)
        server.act = act
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return "http://127.0.0.1:%d/r.git" % server.server_port

    def rebuild(self, url, *args, commit=COMMIT, code=30):
        return self.json(
            "verify-build", "single", "--policy=./ci.policy",
            "--repository=%s" % url, "--sources=%s" % self.inputs,
            "--one-pass", *args, code=code,
            stdin=self.note(commit, "1.0.0").encode())

    def cached(self):
        """Files and bytes of the cache of git."""
        sizes = [p.stat().st_size for p in
                 (self.dir / "cache/rebuild/git").rglob("*") if p.is_file()]
        return len(sizes), sum(sizes)

    def test_object_that_fills_memory(self):
        """A tree of 64 GiB, as its first bytes say."""
        size, head = 64 << 30, bytearray([2 << 4 | 0x80])
        rest = size >> 4
        while rest > 0:
            head.append(rest & 0x7f | (0x80 if rest > 0x7f else 0))
            rest >>= 7
        pack = struct.pack(">4sII", b"PACK", 2, 1) + bytes(head) + \
            gzip.zlib.compress(bytes(1 << 20))
        pack += hashlib.sha1(pack).digest()

        def act(handler):
            if handler.command == "GET":
                handler.answer(
                    200, "application/x-git-upload-pack-advertisement",
                    line(b"# service=git-upload-pack\n"), b"0000",
                    line(COMMIT.encode() + b" refs/tags/x\0side-band-64k\n"),
                    b"0000")
            else:
                handler.answer(200, "application/x-git-upload-pack-result",
                               line(b"NAK\n"), line(b"\1" + pack), b"0000")

        document = self.rebuild(self.serve(act))
        self.assertEqual(document["verdict"], "refused")
        self.assertIn("more memory than the limit", document["reason"])

    def test_many_packs(self):
        """Over git's simple protocol there may be any number of them, each
        below the limit."""
        for _ in range(8):
            commit = self.commit(blob=os.urandom(1 << 20).hex())
            self.git("repack", "-q", "-d")
        self.git("update-server-info")
        root = self.dir / "repo/.git"

        def act(handler):
            path = root / handler.path.split("?")[0][len("/r.git/"):]
            if path.is_file():
                handler.answer(200, "application/octet-stream",
                               path.read_bytes())
            else:
                handler.answer(404, "text/plain")

        url = self.serve(act)
        document = self.rebuild(url, "--tree-limit=6MiB", commit=commit)
        self.assertEqual(document["verdict"], "refused")
        self.assertIn("larger than the limit", document["reason"])
        # A repository of which nothing was taken leaves nothing.
        self.assertLess(self.cached()[1], 1 << 20)
        self.rebuild(url, commit=commit, code=13)

    def test_many_branches(self):
        """Each is a file."""
        commit = self.git("rev-parse", "main")
        with open(self.dir / "repo/.git/packed-refs", "w") as refs:
            refs.write("# pack-refs with: peeled fully-peeled sorted \n")
            for i in range(150000):
                refs.write("%s refs/heads/b%06d\n" % (commit, i))
        document = self.rebuild(self.dir / "repo")
        self.assertEqual(document["verdict"], "refused")
        self.assertIn("larger than the limit", document["reason"])
        self.assertLess(self.cached()[0], 100)

    def test_addresses(self):
        """Where a server sends git to is no other kind of place."""
        repo = self.dir / "repo/.git"

        def to_file(handler):
            handler.answer(302, "text/plain", Location="file://%s%s" % (
                repo, handler.path[len("/r.git"):]))

        def round_about(handler):
            handler.answer(302, "text/plain", Location=handler.path + "x")

        def garbage(handler):
            handler.answer(200, "application/x-git-upload-pack-advertisement",
                           os.urandom(100000))

        commit = self.git("rev-parse", "main")
        for act in (to_file, round_about, garbage):
            document = self.rebuild(self.serve(act), commit=commit, code=20)
            self.assertEqual(document["verdict"], "unavailable", act)

    def test_slow(self):
        """What it sends bit by bit does not keep the monitor."""
        waits = threading.Event()
        self.addCleanup(waits.set)

        def act(handler):
            handler.answer(200, "application/x-git-upload-pack-advertisement",
                           b"0")
            handler.wfile.flush()
            waits.wait(60)

        document = self.rebuild(self.serve(act), "--time-limit=2s", code=20)
        self.assertEqual((document["verdict"], document["reason"]),
                         ("unavailable", "git did not end in time"))


class Packages(HostileTest):
    def archive(self, members):
        """A compressed archive of empty files, without holding it."""
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz", compresslevel=1) as tar:
            for name in members:
                tar.addfile(tarfile.TarInfo(name))
        digest = releases.sha256(data.getvalue())
        (self.inputs / digest).write_bytes(data.getvalue())
        return {"toolchain": {"name": "standin", "version": "1",
                              "package_sha256": digest}}

    def test_many_files(self):
        build = self.archive("usr/%d" % i for i in range(90000))
        note = self.note(self.git("rev-parse", "main"), "1.0.0", build=build)
        document = self.single(note, "--one-pass", code=30)
        self.assertEqual(document["verdict"], "refused")
        self.assertIn("too large", document["reason"])
        left = subprocess.run(["find", self.dir / "cache"], check=True,
                              stdout=subprocess.PIPE).stdout
        self.assertLess(left.count(b"\n"), 1000)


if __name__ == "__main__":
    awcli.main()
