# SPDX-License-Identifier: Apache-2.0
"""aw release serve: files over HTTP, and nothing else."""
import os
import signal
import socket
import subprocess
import urllib.parse

import awcli
import servers
from releases import ReleaseTest


class Server(servers.Server):
    """A running aw release serve."""

    def __init__(self, test, *args):
        super().__init__(test, "release", "serve", *args)


class Serve(ReleaseTest):
    def setUp(self):
        super().setUp()
        self.publish("BOOTLOADER", "1.0.0")
        self.publish("TRUSTED_OS", "1.0.0")
        self.server = Server(self, "--log=log", "--artefacts=artefacts")

    def test_readers(self):
        """Everything that reads a log reads this one."""
        base = "http://127.0.0.1:%d/" % self.server.port
        for run in (["release", "show", "--log", base + "log", "--artefacts",
                     base + "artefacts", "--check"],
                    ["log", "audit", base + "log"],
                    ["log", "list", base + "log/"],
                    ["log", "get", base + "log", "1"]):
            self.ok(*run, "--policy=./ci.policy")
        code, out, _ = self.server.end(signal.SIGTERM)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"(?m)^log: +%slog/$" % base)
        self.assertRegex(out, r"(?m)^artefacts: +%sartefacts/$" % base)

    def test_every_file(self):
        n = 0
        for top in ("log", "artefacts"):
            for folder, _, names in os.walk(self.dir / top):
                for name in names:
                    path = os.path.join(folder, name)
                    rel = os.path.relpath(path, self.dir)
                    with open(path, "rb") as f:
                        whole = f.read()
                    status, headers, body = self.server.ask("/" + rel)
                    if "/." in rel:
                        self.assertEqual(status, 404, rel)
                        continue
                    self.assertEqual((status, body), (200, whole), rel)
                    mutable = rel == "log/checkpoint"
                    self.assertEqual(
                        headers["Content-Type"],
                        "text/plain; charset=utf-8" if mutable
                        else "application/octet-stream")
                    self.assertEqual(headers["Cache-Control"] == "no-cache",
                                     mutable)
                    self.assertEqual(headers["X-Content-Type-Options"],
                                     "nosniff")
                    status, head, body = self.server.ask("/" + rel, method="HEAD")
                    self.assertEqual((status, body), (200, b""))
                    self.assertEqual(head["Content-Length"], str(len(whole)))
                    n += 1
        self.assertGreater(n, 8)

    def test_ranges(self):
        whole = (self.dir / "log/checkpoint").read_bytes()
        n = len(whole)
        cases = [
            ("bytes=0-0", 206, whole[:1]), ("bytes=0-", 206, whole),
            ("bytes=5-9", 206, whole[5:10]), ("bytes=-3", 206, whole[-3:]),
            ("bytes=-%d" % (n + 5), 206, whole),
            ("bytes=%d-" % (n - 1), 206, whole[-1:]),
            ("bytes=5-%d" % (n * 9), 206, whole[5:]),
            ("bytes=%d-" % n, 416, None), ("bytes=%d-%d" % (n, n), 416, None),
            ("bytes=-0", 416, None),
            ("bytes=9-5", 200, whole), ("bytes=-", 200, whole),
            ("bytes=x-5", 200, whole), ("bytes=0-1,3-4", 200, whole),
            ("lines=0-1", 200, whole), ("", 200, whole),
            ("bytes=99999999999999999999-", 200, whole),
        ]
        for text, want, data in cases:
            status, headers, body = self.server.ask(
                "/log/checkpoint", {"Range": text})
            self.assertEqual(status, want, text)
            if data is not None:
                self.assertEqual(body, data, text)
            if want == 206:
                first = text[len("bytes="):].split("-")[0]
                start = int(first) if first else n - len(data)
                self.assertEqual(headers["Content-Range"], "bytes %d-%d/%d" % (
                    start, start + len(data) - 1, n), text)
            if want == 416:
                self.assertEqual(headers["Content-Range"], "bytes */%d" % n)
        status, _, body = self.server.ask(
            "/log/checkpoint", {"Range": "bytes=0-3",
                                "If-Range": '"tag"'})
        self.assertEqual((status, body), (200, whole))
        status, headers, body = self.server.ask(
            "/log/checkpoint", {"Range": "bytes=0-3"}, method="HEAD")
        self.assertEqual((status, headers["Content-Length"]), (206, "4"))

    def test_empty_file(self):
        self.write("artefacts/empty", "")
        for text, want in ((None, 200), ("bytes=0-", 416), ("bytes=-1", 416)):
            status, _, body = self.server.ask(
                "/artefacts/empty", {"Range": text} if text else None)
            self.assertEqual(status, want, text)

    def test_nothing_else(self):
        self.write("secret", "the secret")
        os.symlink(self.dir / "secret", self.dir / "log/out")
        os.symlink("../secret", self.dir / "artefacts/out")
        os.symlink("checkpoint", self.dir / "log/in")
        os.mkfifo(self.dir / "log/pipe")
        (self.dir / "log/.hidden").mkdir()
        self.write("log/.hidden/file", "the secret")
        self.write("log/seq/.file", "the secret")
        absolute = urllib.parse.quote(str(self.dir / "secret"))
        for path in (
                "/", "/log", "/log/", "/log//checkpoint", "/other/x", "log/x",
                "/log/nothing", "/log/seq", "/log/seq/", "/log/pipe",
                "/log/../secret", "/log/../../../../etc/passwd",
                "/log/%2e%2e/secret", "/log/..%2fsecret", "/log/./checkpoint",
                "/log/%63heckpoint", "/log/checkpoint%00", "/log/checkpoint/",
                "/log/.state/treeState", "/log/.hidden/file", "/log/seq/.file",
                "/log/out", "/artefacts/out", "/log" + absolute,
                "/log/" + absolute, absolute, "/../secret", "//secret",
                "/log\\..\\secret", "/artefacts/../log/checkpoint",
                "/log/" + "a/" * 3000, "/log/" + "a" * 9000):
            answer = self.server.raw(
                b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                % path.encode())
            status = answer.split(b" ")[1] if answer else b""
            self.assertIn(status, (b"400", b"404", b"414", b"431"), path)
            self.assertNotIn(b"the secret", answer, path)
            self.assertNotIn(b"root:", answer, path)
        self.assertEqual(self.server.ask("/log/in")[0], 200)
        self.assertEqual(self.server.ask("/log/checkpoint?x=1")[0], 200)

    def test_target_as_for_a_proxy(self):
        """RFC 9112, 3.2.2: a server takes it, whatever host it names."""
        want = (self.dir / "log/checkpoint").read_bytes()
        for target, status in (("http://x/log/checkpoint", b"200"),
                               ("HTTP://127.0.0.1:1/log/checkpoint", b"200"),
                               ("http://x/log/../log/checkpoint", b"404"),
                               ("http://x/log/.state/treeState", b"404"),
                               ("http://x", b"404"), ("http://", b"404"),
                               ("http:///log/checkpoint", b"200"),
                               ("https://x/log/checkpoint", b"404"),
                               ("http://http://x/log/checkpoint", b"404")):
            answer = self.server.raw(
                b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                % target.encode())
            self.assertEqual(answer.split(b" ")[1], status, target)
            self.assertEqual(answer.endswith(want), status == b"200", target)

    def test_methods(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "X"):
            status, headers, _ = self.server.ask(
                "/log/checkpoint", {"Content-Length": "0"}, method=method)
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        answer = self.server.raw(
            b"POST /log/checkpoint HTTP/1.1\r\nHost: x\r\n"
            b"Connection: close\r\nContent-Length: 5\r\n\r\nhello")
        self.assertTrue(answer.startswith(b"HTTP/1.1 405"), answer)
        before = (self.dir / "log/checkpoint").read_bytes()
        self.assertEqual(self.server.ask("/log/checkpoint")[2], before)

    def test_many_at_once(self):
        open_ones = [socket.create_connection(("127.0.0.1", self.server.port))
                     for _ in range(50)]
        self.assertEqual(self.server.ask("/log/checkpoint")[0], 200)
        for s in open_ones:
            s.close()

    def test_ends(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = Server(self, "--log=log", "--json")
            code, out, _ = server.end(number)
            self.assertEqual(code, 0, out)
            run = awcli.Run(["serve"], subprocess.CompletedProcess(
                [], code, out.encode(), b""))
            document = self.document(run)
            self.assertEqual(document["log"],
                             "http://127.0.0.1:%d/log/" % server.port)
            self.assertNotIn("artefacts", document)

    def test_time_limit(self):
        self.fails(22, "release", "serve", "--log=log", "--timeout=200ms")

    def test_usage(self):
        self.fails(2, "release", "serve")
        self.fails(2, "release", "serve", "--log=log", "--port=70000")
        run = self.fails(2, "release", "serve", "--log=log", "--port=65536")
        self.assertIn("0 to 65535", run.err)
        for address in ("localhost", "127.0.0.1:80", "127.1"):
            run = self.fails(2, "release", "serve", "--log=log",
                             "--listen=" + address)
            self.assertIn("no numeric address", run.err)
            self.assertNotIn("--allow-remote", run.err)
        for address in ("0.0.0.0", "::", "192.0.2.1"):
            run = self.fails(2, "release", "serve", "--log=log",
                             "--listen=" + address)
            self.assertIn("--allow-remote", run.err)
        self.fails(2, "release", "serve", "--log=log", "--listen=somewhere",
                   "--allow-remote")
        self.fails(30, "release", "serve", "--log=nowhere")
        run = self.fails(30, "release", "serve", "--log=log",
                         "--port=%d" % self.server.port)
        self.assertIn("in use", run.err)
        Server(self, "--log=log", "--listen=0.0.0.0", "--allow-remote")
        try:
            with socket.socket(socket.AF_INET6) as s:
                s.bind(("::1", 0))
        except OSError:
            return
        server = Server(self, "--log=log", "--listen=::1")
        code, out, _ = server.end(signal.SIGTERM)
        self.assertIn("http://[::1]:%d/log/" % server.port, out)

    def test_requests_are_shown(self):
        server = Server(self, "--log=log", "-v=1")
        server.ask("/log/checkpoint")
        server.raw(b"GET /log/no\x7fthing HTTP/1.1\r\nHost: x\r\n"
                   b"Connection: close\r\n\r\n")
        _, _, err = server.end(signal.SIGTERM)
        self.assertIn("GET /log/checkpoint 200", err)
        self.assertNotIn("\x7f", err)


if __name__ == "__main__":
    awcli.main()
