# SPDX-License-Identifier: Apache-2.0
"""aw verify-build serve: pages, API, feed, metrics, badge."""
import http.client
import json
import re
import signal
import socket
import subprocess
import xml.etree.ElementTree as xml

import awcli
import monitor

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "</title><script>alert(1)</script>\"' & \u202e\x1b[31m"


class Serve(monitor.MonitorTest):
    def serve(self, *args):
        return monitor.Server(self, *args, policy="./web.policy")

    def page(self, server, path, status=200):
        got, headers, body = server.ask(path)
        self.assertEqual(got, status, path)
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        return headers, body.decode()

    def api(self, server, path, status=200):
        headers, body = self.page(server, "/api/v1/" + path, status)
        self.assertEqual(headers["Content-Type"], "application/json")
        document = json.loads(body)
        awcli.load_schema("verify-build-api").validate(document)
        return document

    def test_pages(self):
        self.fill()
        server = self.serve()
        headers, index = self.page(server, "/")
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn("style-src 'self'", headers["Content-Security-Policy"])
        self.assertIn("1 release does not match its source", index)
        self.assertIn("Page 1 of 2", index)
        self.assertEqual(index.count("<tr>\n<td"), 50)
        self.assertIn(self.rebuilder.text, index)
        self.assertNotIn("stands still", index)
        _, older = self.page(server, "/?page=2")
        self.assertEqual(older.count("<tr>\n<td"), 10)
        _, found = self.page(server, "/?show=findings")
        self.assertEqual(re.findall(r"release/(\d+)", found),
                         ["57", "41", "30", "22"])
        _, differs = self.page(server, "/release/57")
        for text in ("Recovery 1.4.2: Differs", "twice+0x4", "main.c:7",
                     "section .text", "17 bytes in 3 places",
                     "rebuilder.example.com+" + self.rebuilder.id.hex(),
                     "the signature was verified"):
            self.assertIn(text, differs)
        _, log = self.page(server, "/release/57/log-1")
        self.assertIn("[1/3] cc -o os.full main.c", log)
        headers, text = self.page(server, "/release/57/log-2.txt")
        self.assertEqual((headers["Content-Type"], text),
                         ("text/plain; charset=utf-8", "the same\n"))
        _, note = self.page(server, "/release/57/note")
        self.assertIn("\nverdict differs\n", note)
        self.write("note", note)
        self.ok("note", "verify", "note", "--vkey", self.rebuilder.text)
        _, waits = self.page(server, "/release/59")
        self.assertIn("Entry 59: Waiting", waits)
        self.assertNotIn("SHA-256", waits)
        for path in ("/style.css", "/icon.svg"):
            self.page(server, path)

    def test_every_link_leads_somewhere(self):
        self.fill()
        server = self.serve()
        seen, todo = set(), ["/"]
        while todo:
            path = todo.pop()
            if path in seen or len(seen) > 150:
                continue
            seen.add(path)
            headers, body = self.page(server, path)
            if not headers["Content-Type"].startswith("text/html"):
                continue
            for link in re.findall(r'(?:href|src)="([^"]*)"', body):
                todo.append(monitor.resolve(path, link))
        self.assertIn("/release/57/log-1.txt", seen)
        self.assertIn("/?verdict=differs", seen)
        self.assertGreater(len(seen), 80)

    def test_api(self):
        self.fill()
        server = self.serve()
        status = self.api(server, "status")
        self.assertEqual(status["verdicts"]["reproduced"], "54")
        self.assertEqual(status["verdicts"]["pending"], "2")
        self.assertEqual(status["unacknowledged"], "3")
        self.assertEqual(status["rebuilders"], [self.rebuilder.text])
        self.assertFalse(status["monitor"]["ended"])
        some = self.api(server, "releases?verdict=reproduced&"
                        "component=TRUSTED_OS")
        self.assertEqual(len(some["releases"]), int(some["total"]))
        self.assertEqual({r["component"] for r in some["releases"]},
                         {"TRUSTED_OS"})
        one = self.api(server, "releases/57")["release"]
        self.assertEqual(one["difference"]["symbol"], "twice+0x4")
        self.assertEqual(one["difference"]["offset"], str(0x1040))
        self.assertEqual(one["signed_by"], "rebuilder")
        self.assertEqual(self.api(server, "releases/59")["release"]["verdict"],
                         "pending")
        self.api(server, "releases?verdict=x", 400)
        self.api(server, "releases/60", 404)

    def test_feed(self):
        self.fill()
        server = self.serve("--url=https://example.com/rebuilds/")
        headers, body = self.page(server, "/feed.atom")
        self.assertTrue(headers["Content-Type"].startswith(
            "application/atom+xml"))
        feed = xml.fromstring(body)
        self.assertEqual(feed.tag, ATOM + "feed")
        entries = feed.findall(ATOM + "entry")
        self.assertEqual([e.find(ATOM + "title").text for e in entries],
                         ["Recovery 1.4.2: Differs", "Recovery 1.3.1: Failed",
                          "Trusted OS 1.2.1: Unavailable",
                          "Trusted OS 1.1.2: Refused"])
        self.assertEqual(entries[0].find(ATOM + "link").get("href"),
                         "https://example.com/rebuilds/release/57")
        ids = [e.find(ATOM + "id").text for e in entries]
        self.assertEqual(len(set(ids)), 4)
        for element in [feed] + entries:
            self.assertRegex(element.find(ATOM + "id").text,
                             r"^urn:uuid:[0-9a-f-]{14}-?8[0-9a-f]{3}-"
                             r"[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
            self.assertIsNotNone(element.find(ATOM + "updated"))
        # The same bytes are not sent again.
        tag = headers["ETag"]
        for known, expected in ((tag, 304), ("W/" + tag, 304), ("*", 304),
                                ('"a", %s' % tag, 304), ('"a"', 200),
                                (tag.strip('"'), 200)):
            status, _, body = server.ask("/feed.atom", {
                "If-None-Match": known})
            self.assertEqual((status, body == b""), (expected, status == 304),
                             known)
        self.assertEqual(self.page(self.serve(), "/feed.atom")[1].count(
            "<entry>"), 4)

    def test_metrics_and_badge(self):
        self.fill()
        server = self.serve()
        headers, body = self.page(server, "/metrics")
        self.assertIn("version=0.0.4", headers["Content-Type"])
        types = set(re.findall(r"^# TYPE (\w+) gauge$", body, re.M))
        values = re.findall(r"^(\w+)(?:\{[^}]*\})? (\d+)$", body, re.M)
        self.assertEqual({v[0] for v in values}, types)
        self.assertEqual(len(body.splitlines()), 2 * len(types) + len(values))
        self.assertEqual(sum(int(n) for k, n in values
                             if k == "aw_rebuild_releases"), 60)
        headers, body = self.page(server, "/badge.svg")
        self.assertEqual(headers["Content-Type"], "image/svg+xml")
        self.assertIn("1 differs", xml.fromstring(body).get("aria-label"))

    def test_health(self):
        server = self.serve()
        self.assertIn("stands still", self.page(server, "/healthz", 503)[1])
        self.assertIn("No monitor has run", self.page(server, "/")[1])
        command = ["verify-build", "status", "--policy=./web.policy"]
        self.assertIn("no monitor", self.fails(30, *command).err)
        cases = (({}, 200), ({"look": 1000}, 503), ({"exit": 20}, 503),
                 ({"ended": 1}, 503), ({}, 200))
        for beat, status in cases:
            self.beat(**beat)
            server = self.serve()
            self.page(server, "/healthz", status)
            _, index = self.page(server, "/")
            self.assertEqual("stands still" in index, status == 503, beat)
            document = self.json(*command, code=30 if status == 503 else 0)
            self.assertEqual(document["monitor"]["ended"], bool(beat.get(
                "ended")))
        self.beat(exit=20)
        _, index = self.page(self.serve(), "/")
        self.assertIn("failed with exit code 20", index)

    def test_hostile(self):
        """What a manifest, a build or an image may hold shows as text."""
        name = self.evidence("x-0", HOSTILE + "\n\xff", area=HOSTILE,
                             symbol=HOSTILE, source=HOSTILE, reason=HOSTILE)
        self.add(0, "differs", version=HOSTILE, detail=HOSTILE, evidence=name,
                 recipe=HOSTILE, note=self.result(0, "differs").replace(
                     "version 1.0.0", "version " + HOSTILE))
        self.add(1, "refused", detail=HOSTILE, note=HOSTILE)
        self.beat()
        server = self.serve()
        for path in ("/", "/release/0", "/release/1", "/release/0/log-1",
                     "/feed.atom", "/badge.svg", "/metrics"):
            _, body = self.page(server, path)
            self.assertNotIn("<script", body, path)
            self.assertNotIn("\u202e", body, path)
            self.assertNotIn("\x1b", body, path)
        self.assertIn("&lt;script&gt;", self.page(server, "/release/1")[1])
        xml.fromstring(self.page(server, "/feed.atom")[1])
        self.api(server, "releases/0")
        self.assertIn("<script", self.page(server, "/release/0/log-1.txt")[1])

    def test_evidence_stays_inside(self):
        self.write("state/secret/explanation.txt", "verdict: x\nreason: y\n"
                   "no other image to compare with\n")
        self.write("state/secret/log-1.gz", b"")
        self.evidence("plain-0", b"not gzip")
        (self.dir / "state/rebuilds/plain-0/log-1.gz").write_bytes(b"no gzip")
        for i, name in enumerate(("../secret", "/etc", ".hidden", "..",
                                  "a/../../secret", "missing", "plain-0")):
            self.add(i, "differs", evidence=name)
        server = self.serve()
        for i in range(6):
            self.assertNotIn("Logs of the build",
                             self.page(server, "/release/%d" % i)[1])
            self.page(server, "/release/%d/log-1" % i, 404)
        self.page(server, "/release/6/log-1", 500)
        _, _, err = server.end(signal.SIGTERM)
        self.assertIn("no log of a build", err)

    def test_large_logs(self):
        """Only the end of a log is shown, from a line's beginning; a small
        file that unpacks to something huge is refused."""
        lines = "".join("line %06d\n" % i for i in range(100000))
        self.add(0, "failed", evidence=self.evidence("a-0", lines))
        self.add(1, "failed",
                 evidence=self.evidence("b-0", b"\0" * (70 << 20)))
        server = self.serve()
        _, body = self.page(server, "/release/0/log-1")
        self.assertIn("line 099999\n", body)
        self.assertIn("only the end of it is shown", body)
        self.assertLess(len(body), 300000)
        _, text = self.page(server, "/release/0/log-1.txt")
        self.assertRegex(text, r"^line \d{6}\n")
        self.page(server, "/release/1/log-1", 500)

    def test_addresses(self):
        self.add(0, "reproduced")
        server = self.serve()
        for path in ("/x", "/release", "/release/", "/release/1",
                     "/release/00", "/release/0/", "/release/0/log-3",
                     "/release/0/log-1", "/release/-1", "/release/0/../0",
                     "/release/18446744073709551616", "/%2e%2e/x", "//",
                     "/style.css/", "/api/v1", "/api/v1/releases/x",
                     "/release/" + "9" * 3000):
            status, _, _ = server.ask(path)
            self.assertEqual(status, 404, path)
        for query in ("page=0", "page=x", "a=b", "verdict=", "x" * 400,
                      "page=1&page=" + "1" * 300):
            self.page(server, "/?" + query, 400)
        for method in ("POST", "PUT", "DELETE"):
            status, headers, _ = server.ask("/", {"Content-Length": "0"},
                                            method)
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        status, headers, body = server.ask("/", method="HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 1000)

    def test_hostile_requests(self):
        self.add(0, "reproduced")
        server = self.serve()
        end = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        cases = (
            (b"GET /" + end + b"Content-Length: 5\r\n\r\nabcde", b"200"),
            (b"GET http://evil/release/0" + end + b"\r\n", b"200"),
            (b"GET /" + end + b"X: " + b"a" * 1000000 + b"\r\n\r\n", b"431"),
            (b"GET /" + end + b"X: y\r\n" * 20000 + b"\r\n", b"431"),
            (b"GET /" + b"a" * 100000 + end + b"\r\n", b"414"),
            (b"GET /%zz%00%2e%2e/x" + end + b"\r\n", b"404"),
            (b"GET /../../etc/passwd" + end + b"\r\n", b"404"),
            (b"GET /?show=findings%0d%0aX:y" + end + b"\r\n", b"400"),
            (b"GET /?page=%zz%00" + end + b"\r\n", b"400"),
            (b"FOO\x01 /" + end + b"\r\n", b"405"),
            (b"OPTIONS *" + end + b"\r\n", b"405"),
            (b"TRACE /" + end + b"Cookie: a\r\n\r\n", b"405"),
            (b"POST /" + end + b"Transfer-Encoding: chunked\r\n\r\n"
             b"ffffffff\r\nabc", b"405"),
            (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"505"),
            (b"GET /\r\n\r\n", b"400"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", b""))
        for data, status in cases:
            got = server.raw(data)
            # It may hang up before all of a large request is sent: then its
            # answer gets lost.
            if got or (status and len(data) < 10000):
                self.assertEqual(got.split(b" ", 2)[1], status,
                                 (data[:80], got[:200]))
            self.assertNotIn(b"Cookie: a", got)
        self.page(server, "/")

    def test_slow_clients(self):
        """One address that holds all the connections it can get, each with
        half a request, keeps no other one out."""
        server = self.serve()
        held = []
        for _ in range(600):
            c = socket.socket()
            self.addCleanup(c.close)
            c.setblocking(False)
            c.connect_ex(("127.0.0.1", server.port))
            held.append(c)
        for c in held:
            try:
                c.send(b"GET / HT")
            except OSError:
                pass  # not taken
        other = http.client.HTTPConnection(
            "127.0.0.1", server.port, timeout=20,
            source_address=("127.0.0.2", 0))
        self.addCleanup(other.close)
        other.request("GET", "/icon.svg")
        self.assertEqual(other.getresponse().status, 200)

    def test_state_changes_are_seen(self):
        self.add(0)
        server = self.serve()
        self.assertEqual(self.api(server, "releases/0")["release"]["verdict"],
                         "pending")
        self.add(0, "reproduced")
        self.assertEqual(self.api(server, "releases/0")["release"]["verdict"],
                         "reproduced")

    def test_all_is_well_only_when_it_is(self):
        """What is green says so for all of the log, as it is now."""
        every, green = "Every release in the log", "#12703f"
        self.publish("BOOTLOADER", "1.0.0")
        self.publish("BOOTLOADER", "1.0.1")
        self.ok("log", "audit", "log", "--policy=./web.policy")
        self.add(1, "reproduced")
        self.beat(size=2)
        cases = (
            ({}, "The log has more entries"),  # began behind the first
            ({"all": True}, every),
            ({"all": True, "look": 1000}, "There may be newer ones"),
            ({"all": True, "exit": 12}, "There may be newer ones"))
        for case, text in cases:
            if case.pop("all", False):
                self.add(0, "reproduced")
            self.beat(size=2, **case)
            server = self.serve()
            _, index = self.page(server, "/")
            self.assertIn(text, index)
            self.assertEqual("class=\"hero good" in index, text == every)
            self.assertEqual(every in index, text == every)
            self.assertEqual(green in self.page(server, "/badge.svg")[1],
                             text == every)

    def test_piled_up_marks(self):
        """Marks do not climb out of their line; those of languages stay."""
        words = "Vi\u00ea\u0323\u0301t \u05e9\u05b8\u05c1\u05dc"
        self.add(0, "refused", detail=words + " e" + "\u0301" * 80)
        _, body = self.page(self.serve(), "/release/0")
        self.assertIn(words, body)
        self.assertNotIn("\u0301" * 4, body)
        self.assertIn("\\u{301}", body)

    def test_log_findings(self):
        """What the log itself did is on the first page."""
        self.publish("BOOTLOADER", "1.0.0")
        self.ok("log", "audit", "log", "--policy=./web.policy")
        self.make_fork()
        self.fails(12, "log", "audit", "fork", "--policy=./web.policy")
        self.beat()
        server = self.serve()
        _, index = self.page(server, "/")
        self.assertIn("The log misbehaves", index)
        self.assertIn("1 finding about the log itself", index)
        self.assertIn("<strong>fork</strong>", index)
        self.assertEqual(len(self.api(server, "status")["log_findings"]), 1)
        self.assertIn("The log misbehaves: fork",
                      self.page(server, "/feed.atom")[1])

    def make_fork(self):
        """Another log under the same key, made on another machine."""
        elsewhere = "--state=elsewhere"
        self.ok("log", "init", "fork", "--layout", self.layout,
                "--key=keys/log.sec", "--origin=" + self.origin, elsewhere)
        made = self.make("RECOVERY", "1.0.0")
        self.ok("release", "publish", *made, *self.keys_for("RECOVERY"),
                "--log=fork", "--artefacts=other", "--policy=./ci.policy",
                elsewhere)

    def test_ends(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.serve("--json")
            code, out, _ = server.end(number)
            self.assertEqual(code, 0, out)
            run = awcli.Run(["serve"], subprocess.CompletedProcess(
                [], code, out.encode(), b""))
            self.assertEqual(self.document(run)["url"], server.url)

    def test_usage(self):
        serve = ["verify-build", "serve"]
        run = self.fails(2, *serve)
        self.assertIn("log", run.err)
        for url in ("ftp://x", "example.com", "https://a b/",
                    "https://x\u00e9/"):
            run = self.fails(2, *serve, "--policy=./web.policy", "--url=" + url)
            self.assertIn("--url", run.err)
        self.fails(2, *serve, "--policy=./web.policy", "--listen=0.0.0.0")
        self.write("state/state.db", "no database")
        self.fails(33, *serve, "--policy=./web.policy")


if __name__ == "__main__":
    awcli.main()
