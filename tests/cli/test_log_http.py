# SPDX-License-Identifier: Apache-2.0
"""Logs over HTTP: every fault of a server, on every kind of file."""
import concurrent.futures
import json
import resource
import shutil
import time

import awcli
import logs

# Fault of faultd, and the exit code that it ends with. A body that is cut
# without a sign of it cannot be told from a log that serves another file.
FAULTS = {
    "status:500": 20, "status:429": 20, "status:403": 20, "status:404": 20,
    "status:200": 12, "busy:1": 20, "timeout": 20, "slow": 20, "truncate": 20,
    "long": 12, "endless": 20, "endless-chunked": 20, "endless-header": 20,
    "long-header": 20,
    "redirect-file": 20, "redirect-loop": 20, "reset": 20, "garbage": 20,
}
IMPATIENT = ["--tries=1", "--stall-timeout=1s"]
# Longest run of one case, and most memory of any run, with room to spare.
SECONDS = 20
MEMORY_KIB = 64 * 1024


class HttpTest(logs.Test):
    def serve(self, root, *faults):
        return logs.Faultd(self, root, *faults)

    def timed(self, code, *args):
        start = time.monotonic()
        document = self.json(*args, code=code)
        self.assertLess(time.monotonic() - start, SECONDS, args)
        return document


class Sound(HttpTest):
    def test_audit(self):
        cases = ((logs.GEN_TILES, []), (logs.GEN_SERVERLESS, ["--from-tiles"]),
                 (logs.PROD2, []), (logs.DATA_TILES, ["--jobs=4"]))
        for log, args in cases:
            server = self.serve(log.path)
            self.forget()
            for place in (server.url, server.url[:-1]):
                document = self.json("log", "audit", place, *log.trust, *args)
                self.assertEqual(document["computed_root"], log.root())
                self.assertEqual(document["log"], server.url)
            self.assertIs(document["other_files"]["listed"], False)
            self.assertEqual(document["leaves"],
                             "not checked" if args == ["--from-tiles"]
                             else "hashed")
            if "leaf_index" in document:
                self.assertEqual(document["leaf_index"], "not checked")

    def test_many_requests_at_once(self):
        """At least 16; the server waits for them."""
        log = logs.gen_serverless_whole(self.dir / "log")
        server = self.serve(log.path, "seq/*=gather:16")
        document = self.json("log", "audit", server.url, *log.trust,
                             "--jobs=1")
        self.assertEqual(document["computed_root"], log.root())
        self.assertGreaterEqual(server.most(), 16)
        self.assertLessEqual(server.most(), 40)

    def test_each_file_once(self):
        log = logs.GEN_TILES
        server = self.serve(log.path)
        self.json("log", "audit", server.url, *log.trust, "--jobs=1")
        for path in ("tile/0/000", "tile/entries/001", "checkpoint"):
            self.assertEqual(server.hits(path), 1, path)

    def test_redirect(self):
        """To another server that has the log: followed."""
        log = logs.GEN_TILES
        port = self.serve(log.path).url.split(":")[2].strip("/")
        server = self.serve(self.dir, "*=redirect:" + port)
        self.json("log", "audit", server.url, *log.trust)

    def test_password_is_not_shown(self):
        log = logs.GEN_TILES
        server = self.serve(log.path, "tile/0/001=status:403")
        place = server.url.replace("//", "//user:geheim@")
        run = self.fails(20, "log", "audit", place, *log.trust, "--tries=1",
                         "-v=9")
        self.assertNotIn("geheim", run.out + run.err)

    def test_wrong_addresses(self):
        for place in ("ftp://127.0.0.1/", "http://", "http://127.0.0.1/?x=1",
                      "http://127.0.0.1/#x", "https:///x", "http://[::1"):
            run = self.aw("log", "audit", place, *logs.PROD2.trust, "--tries=1",
                          "--stall-timeout=1s")
            self.assertIn(run.code, (2, 20, 30), run)
            self.assertIn("error: ", run.err)

    def test_nobody_listens(self):
        server = self.serve(self.dir)
        server.stop()
        document = self.timed(20, "log", "audit", server.url,
                              *logs.PROD2.trust, "--tries=2")
        self.assertIn("2 attempts", document["error"]["got"])
        self.assertIs(document["error"]["retry"], True)


class Faults(HttpTest):
    def each(self, log, path, *args):
        """A run for each fault on a path, several at a time, each with a
        state of its own: (fault, exit code, document)."""
        jobs = [(fault, code, self.serve(log.path, "%s=%s" % (path, fault)))
                for fault, code in FAULTS.items()]

        def run(job):
            fault, code, server = job
            return fault, code, self.timed(
                code, "log", "audit", server.url, *log.trust, *IMPATIENT,
                *args, "--state", server.log.parent / "state")

        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(run, jobs))

    def audit_with(self, log, path, *args):
        for fault, code, document in self.each(log, path, *args):
            error = document["error"]
            name = "%s on %s: %s" % (fault, path, document)
            self.assertNotIn("verdict", {} if code == 12 else document, name)
            if error["got"] != "no such file in either layout":
                self.assertIn(path, error["subject"] + error["got"], name)
            self.assertTrue(error["remedy"], name)
            self.assertEqual(error["retry"], code == 20, name)

    def test_checkpoint(self):
        self.audit_with(logs.GEN_TILES, "checkpoint")

    def test_tile(self):
        self.audit_with(logs.GEN_TILES, "tile/0/001")

    def test_upper_tile(self):
        self.audit_with(logs.GEN_TILES, "tile/1/000.p/2", "--from-tiles")

    def test_bundle(self):
        self.audit_with(logs.GEN_TILES, "tile/entries/001")

    def test_serverless_tile(self):
        self.audit_with(logs.PROD2, "tile/00/0000/00/00/00.02")

    def test_serverless_leaf(self):
        self.audit_with(logs.PROD2, str(logs.seq_path(1)))

    def test_everything(self):
        """A server that answers nothing rightly."""
        self.assertEqual(len(self.each(logs.PROD2, "*")), len(FAULTS))

    def test_memory(self):
        """Of all runs so far: no body, however long, is held."""
        if logs.is_sanitized():
            self.skipTest("AddressSanitizer takes memory of its own")
        for path in ("checkpoint", "tile/entries/001", "tile/0/001"):
            for fault in ("endless", "endless-chunked", "endless-header"):
                server = self.serve(logs.GEN_TILES.path, "%s=%s" % (path,
                                                                    fault))
                self.json("log", "audit", server.url, *logs.GEN_TILES.trust,
                          *IMPATIENT, "--jobs=2", code=20)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(usage.ru_maxrss, MEMORY_KIB)

    def test_recovery(self):
        """Faults that pass: as many tries as it takes."""
        log = logs.GEN_TILES
        jobs = [(path, self.serve(log.path, "%s=%s" % (path, fault)))
                for path in ("checkpoint", "tile/0/001",
                             "tile/entries/002.p/188")
                for fault in ("status:500:2", "reset:2", "truncate:2",
                              "garbage:1", "timeout:1")]

        def run(job):
            path, server = job
            document = self.timed(0, "log", "audit", server.url, *log.trust,
                                  "--stall-timeout=1s", "--tries=4",
                                  "--state", server.log.parent / "state")
            self.assertEqual(document["verdict"], "passed")
            self.assertGreaterEqual(server.hits(path), 2)

        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            list(pool.map(run, jobs))

    def test_tries_are_counted(self):
        for tries in (1, 3):
            server = self.serve(logs.PROD2.path, "checkpoint=status:503")
            self.timed(20, "log", "audit", server.url, *logs.PROD2.trust,
                       "--tries=%d" % tries)
            self.assertEqual(server.hits("checkpoint"), tries)

    def test_time_limit_of_the_run(self):
        server = self.serve(logs.PROD2.path, "tile/*=timeout")
        start = time.monotonic()
        document = self.json("log", "audit", server.url, *logs.PROD2.trust,
                             "--timeout=1s", code=22)
        self.assertLess(time.monotonic() - start, 10)
        self.assertIn("--timeout", document["error"]["remedy"])


class Wrong(HttpTest):
    """A server with files that do not fit: exit 12, naming the file."""

    def test_changed_files(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        server = self.serve(log.path)
        for name in ("tile/entries/000", "tile/0/001", "tile/0/002.p/188",
                     "tile/1/000.p/2"):
            file = log.path / name
            data = file.read_bytes()
            file.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
            self.forget()
            document = self.json("log", "audit", server.url, *log.trust,
                                 code=12)
            self.assertEqual(logs.subjects(document), [name])
            file.write_bytes(data)

    def test_other_commands(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        server = self.serve(log.path)
        for name in ("tile/entries/000", "tile/0/000"):
            file = log.path / name
            data = file.read_bytes()
            # Inside entry 5, and inside its hash.
            at = {"tile/entries/000": 5 * 8 + 4, "tile/0/000": 5 * 32}[name]
            file.write_bytes(data[:at] + bytes([data[at] ^ 1]) +
                             data[at + 1:])
            for args in (["get", server.url, "5"], ["list", server.url]):
                document = self.json("log", *args, *log.trust, code=12)
                self.assertNotIn("entry", document)
                self.assertIn("tile/", document["error"]["subject"])
            file.write_bytes(data)
        self.json("log", "get", server.url, "5", *log.trust)

    def test_tiles_older_than_the_checkpoint(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        shutil.rmtree(log.path / "tile/0/002.p")
        server = self.serve(log.path)
        self.json("log", "audit", server.url, *log.trust, code=20)
        self.json("log", "get", server.url, "5", *log.trust, code=20)


class Watch(HttpTest):
    def test_failures_pass(self):
        """A look that fails is reported, the next one goes on."""
        server = self.serve(logs.PROD2.path, "checkpoint=status:500:1")
        run = self.aw("log", "watch", server.url, *logs.PROD2.trust, "--json",
                      "--tries=1", "--rounds=3", "--interval=100ms")
        document = self.document(run)
        self.assertEqual(run.code, 20, run)
        self.assertEqual(len(document["checkpoints"]), 1)
        self.assertEqual(len(document["findings"]), 1)
        self.assertEqual(server.hits("checkpoint"), 3)

    def test_growth_and_fork(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        server = self.serve(log.path)
        events = self.dir / "events"
        for size in (300, 512, 700):
            shutil.copy(log.path / ("checkpoint.%d" % size),
                        log.path / "checkpoint")
            document = self.json("log", "watch", server.url, *log.trust,
                                 "--once", "--events", events)
            self.assertEqual(document["checkpoints"][0]["size"], str(size))
        validator = awcli.load_schema("event")
        for line in events.read_text().splitlines():
            validator.validate(json.loads(line))
        shutil.copy(log.path / "checkpoint.512", log.path / "checkpoint")
        document = self.json("log", "watch", server.url, *log.trust,
                             "--rounds=5", "--interval=100ms", code=12)
        self.assertEqual(document["error"]["code"], "ERR_ROLLBACK")
        self.assertEqual(len(document["findings"]), 1)


if __name__ == "__main__":
    awcli.main()
