# SPDX-License-Identifier: Apache-2.0
"""aw verify-build continuous: a log is followed, findings stay."""
import http.server
import json
import os
import re
import signal
import subprocess
import threading
import time

import awcli
from rebuilds import HistoryTest

HOOK = """#!/bin/sh
n=$(ls "$(dirname "$0")"/got | wc -l)
[ ! -e "$(dirname "$0")"/broken ] || exit 3
cat >"$(dirname "$0")"/got/$n
echo the hook talks
"""


class Continuous(HistoryTest):
    def test_upstream_state(self):
        """A checkpoint of upstream's monitor says where to go on."""
        checkpoint = self.checkpoint()
        self.altered()
        self.write("upstream", checkpoint)
        document = self.follow("--state_file=upstream", code=13)
        self.assertEqual([r["index"] for r in document["rebuilds"]], ["4"])
        # Its flags, and start_index without a state.
        self.forget()
        document = self.follow("--start_index=3", "--poll_interval=1s",
                               "--cleanup", "--tamago_dir=none", code=13)
        self.assertEqual([r["index"] for r in document["rebuilds"]],
                         ["3", "4"])
        # A state of another log, or of the future, is refused.
        self.forget()
        self.write("upstream", checkpoint.replace(b"\n4\n", b"\n5\n"))
        self.follow("--state-file=upstream", code=33)
        self.assertEqual(self.findings("--all")["leaves"], [])

    def test_state_that_cannot_be_used(self):
        """It is said once, and nothing is looked at."""
        self.forget()
        self.write("state", "a file")
        run = self.aw("verify-build", "continuous", "--rounds=3",
                      "--interval=1s", "--log-url=http://127.0.0.1:1/",
                      *self.options())
        self.assertEqual(run.code, 21, run)
        self.assertEqual(run.err.count("error:"), 1, run.err)
        self.assertNotIn("log size", run.out)

    def test_upstream_state_of_a_fork(self):
        """The log has signed both: that is a finding, and nothing is built."""
        self.init_log("fork")
        self.write("leaf", "text\n")
        self.ok("log", "add", "fork", "leaf")
        self.ok("log", "integrate", "fork")
        self.forget()
        self.ok("log", "sign", "fork", "--key=keys/log.sec")
        self.forget()
        self.write("upstream", self.checkpoint("fork"))
        self.follow("--state-file=upstream", code=12)
        document = self.json("log", "findings")
        self.assertEqual([f["kind"] for f in document["evidence"]],
                         ["proof"])
        self.assertEqual(self.findings("--all")["leaves"], [])
        # One of the same size, and one that is larger.
        self.forget()
        for size in range(2, 6):
            self.write("leaf", "text %d\n" % size)
            self.ok("log", "add", "fork", "leaf")
            self.ok("log", "integrate", "fork")
            self.ok("log", "sign", "fork", "--key=keys/log.sec")
            if size < 4:
                continue
            self.forget()
            self.write("upstream", self.checkpoint("fork"))
            self.follow("--state-file=upstream", code=12)
            self.forget()

    def test_retries(self):
        """What cannot be had is tried again, its own verdict reported once."""
        (self.dir / "repo").rename(self.dir / "gone")
        document = self.follow(code=20)
        self.assertEqual({r["verdict"] for r in document["rebuilds"]},
                         {"unavailable"})
        self.assertEqual(len(document["rebuilds"]), 4)
        (self.dir / "gone").rename(self.dir / "repo")
        self.assertEqual(self.follow()["rebuilds"], [])
        self.findings(*("--again=%d" % i for i in range(4)))
        document = self.follow()
        self.assertEqual([r["verdict"] for r in document["rebuilds"]],
                         ["reproduced"] * 4)
        self.assertEqual(document["unacknowledged"], "0")

    def test_limit_of_tries(self):
        self.commit(build__sh="exit 1\n")
        self.release("TRUSTED_OS", "3.0.0", b"cannot be built")
        document = self.follow("--retry-pause=1ms", "--start-index=4", code=23)
        self.assertEqual([r["verdict"] for r in document["rebuilds"]],
                         ["failed"])
        self.assertEqual(self.follow("--retry-pause=1ms")["rebuilds"], [])
        (leaf,) = self.findings()["leaves"]
        self.assertEqual(leaf["tries"], "3")
        self.assertNotIn("next_time", leaf)
        # The operator may ask for more; the same is not said again.
        self.findings("--again=4")
        self.assertEqual(self.follow("--retry-pause=1h")["rebuilds"], [])
        (leaf,) = self.findings()["leaves"]
        self.assertEqual(leaf["tries"], "1")
        self.assertIn("next_time", leaf)

    def test_hook(self):
        self.altered()
        self.altered("2.1.0")
        (self.dir / "got").mkdir()
        hook = self.write("hook", HOOK)
        hook.chmod(0o755)
        self.write("broken", "")
        args = ["--start-index=3", "--hook-exec=%s" % hook]
        self.assertIn("--hook-exec: failed",
                      self.follow(*args, code=13)["warnings"][0])
        (self.dir / "broken").unlink()
        run = self.aw("verify-build", "continuous", "--once", "--log-url=log",
                      *self.options(), *args)
        self.assertEqual(run.code, 0, run)
        self.assertNotIn("the hook talks", run.out)
        self.follow(*args)
        got = sorted((self.dir / "got").iterdir())
        self.assertEqual(len(got), 2)
        schema = awcli.load_schema("rebuild-finding")
        for number, path in enumerate(got):
            document = json.loads(path.read_text())
            schema.validate(document)
            self.assertEqual(document["index"], str(4 + number))
            self.assertTrue(document["id"].endswith("/%d/differs"
                                                    % (4 + number)))
            self.assertTrue(os.path.isdir(self.dir / document["evidence"]))

    def test_web_hook(self):
        got = []
        types = []
        answers = [503, 200]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((self.path, json.loads(body)))
                types.append(self.headers["Content-Type"])
                self.send_response(answers.pop(0))
                self.end_headers()
                try:  # Nobody reads what it says.
                    self.wfile.write(b"<html>" + b"x" * (1 << 22))
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            self.altered()
            args = ["--start-index=4", "--hook-url=http://127.0.0.1:%d/secret"
                    % server.server_port]
            document = self.follow(*args, code=13)
            self.assertNotIn("secret", json.dumps(document))
            self.assertIn("status 503", document["warnings"][0])
            self.assertNotIn("warnings", self.follow(*args))
            self.follow(*args)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        self.assertEqual([path for path, _ in got], ["/secret", "/secret"])
        self.assertEqual(got[0][1]["id"], got[1][1]["id"])
        self.assertEqual(types, 2 * ["application/json"])
        self.assertEqual(self.aw("verify-build", "continuous", "--once",
                                 *self.options(),
                                 "--hook-url=http://a@b/c").code, 2)

    def test_hook_that_refuses_one(self):
        """What no hook takes keeps no other finding from being told; where
        nobody answers, the next look begins behind."""
        for version in ("2.0.0", "2.1.0", "2.2.0"):
            self.altered(version)
        got = self.dir / "got"
        hook = self.write("hook", "#!/bin/sh\ncat >now\n"
                          "grep -qF '\"2.1.0\"' now && exit 1\n"
                          "cat now >>%s\n" % got)
        hook.chmod(0o755)
        args = ["--start-index=4", "--hook-exec=%s" % hook]
        for code in (13, 0):
            document = self.follow(*args, code=code)
            self.assertEqual(len(document["warnings"]), 1, document)
            self.assertEqual(re.findall(r'"version": ?"([0-9.]+)"',
                                        got.read_text()), ["2.0.0", "2.2.0"])

    def test_hook_hears_at_once(self):
        """While others are built: the log may have hours of them."""
        self.altered()
        self.commit(build__sh="sleep 60\n")
        self.release("TRUSTED_OS", "3.0.0", b"never there")
        got = self.dir / "got"
        hook = self.write("hook", "#!/bin/sh\ncat >%s.new\nmv %s.new %s\n" % (
            got, got, got))
        hook.chmod(0o755)
        with subprocess.Popen(
                [awcli.AW, "verify-build", "continuous", "--log-url=log",
                 "--start-index=4", "--hook-exec=%s" % hook, *self.options()],
                cwd=self.dir, env=self.environment(),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            end = time.monotonic() + 50
            while not got.exists() and time.monotonic() < end:
                time.sleep(0.05)
            run.terminate()
        self.assertTrue(got.exists())

    def test_stop(self):
        """SIGTERM ends it in order, also in the middle of a build."""
        self.commit(build__sh="sleep 60\n")
        self.release("TRUSTED_OS", "3.0.0", b"never there")
        with subprocess.Popen(
                [awcli.AW, "verify-build", "continuous", "--log-url=log",
                 *self.options(), "--poll-interval=1h"],
                cwd=self.dir, env=self.environment(), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE) as run:
            seen = 0
            for line in run.stdout:
                seen += re.search(b"verdict: +reproduced", line) is not None
                if seen == 4:
                    break
            run.send_signal(signal.SIGTERM)
            out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0, err)
        self.assertRegex(out, b"pending: +1\n")
        leaves = self.findings("--all")["leaves"]
        self.assertEqual([leaf["verdict"] for leaf in leaves],
                         ["reproduced"] * 4 + ["pending"])
        self.assertEqual(os.listdir(self.dir / "cache/rebuild/work"), [])

    def test_stop_in_a_look(self):
        """SIGTERM while a server is slow to answer is no failure, either."""
        asked, go_on = threading.Event(), threading.Event()

        class Slow(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.set()
                go_on.wait(60)

            def log_message(self, *args):  # pylint: disable=arguments-differ
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with subprocess.Popen(
                    [awcli.AW, "verify-build", "continuous",
                     "--log-url=http://127.0.0.1:%d" % server.server_port,
                     *self.options()], cwd=self.dir, env=self.environment(),
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
                self.assertTrue(asked.wait(60))
                run.send_signal(signal.SIGTERM)
                _, err = run.communicate(timeout=60)
        finally:
            go_on.set()
            server.shutdown()
            thread.join()
            server.server_close()
        self.assertEqual(run.returncode, 0, err)
        self.assertNotIn(b"error", err)


if __name__ == "__main__":
    awcli.main()
