# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a log: baseline, forks, rollbacks, lost state, and
audits that were interrupted."""
import json
import random
import shutil
import signal
import subprocess
import time

import awcli
import logs

EQUIVOCATION = (awcli.VECTORS / "serverless/equivocation").resolve()
FORKED = logs.Log(EQUIVOCATION, "ArmoryDrive Log v0", EQUIVOCATION / "vkey")
UNIT = 65536  # leaves after which an audit can go on


class StateTest(logs.Test):
    def shown(self, name, code, *args):
        """An audit that is shown one of the equivocating checkpoints. Their
        tiles are lost, so the best that it can say is exit 20."""
        return self.json("log", "audit", EQUIVOCATION, *FORKED.trust,
                         "--checkpoint", EQUIVOCATION / name, *args, code=code)

    def findings(self, *args):
        return self.json("log", "findings", *args)["evidence"]

    def note(self, name):
        return (EQUIVOCATION / name).read_text()


class Equivocation(StateTest):
    def test_forks(self):
        """Two checkpoints of one size in turn: a fork, both notes kept."""
        for size, count in ((1, 4), (2, 5)):
            names = ["size%d-%d.txt" % (size, i) for i in range(count)]
            for first in names:
                self.forget()
                document = self.shown(first, 20)
                self.assertEqual(document["baseline"], "new")
                self.assertEqual(self.findings(), [])
                others = [n for n in names if n != first]
                for other in others:
                    document = self.shown(other, 12)
                    self.assertEqual(document["error"]["code"], "ERR_FORK")
                    self.assertNotIn("root", document)
                kept = self.findings()
                self.assertEqual([f["kind"] for f in kept],
                                 ["fork"] * len(others))
                for finding, other in zip(kept, others):
                    self.assertEqual(finding["saved_note"], self.note(first))
                    self.assertEqual(finding["shown_note"], self.note(other))
                # The first one stays the one that counts.
                document = self.shown(first, 20)
                self.assertEqual(document["baseline"], "known")

    def test_rollbacks(self):
        for i in range(4):
            self.forget()
            self.shown("size2-%d.txt" % i, 20)
            document = self.shown("size1-%d.txt" % i, 12)
            self.assertEqual(document["error"]["code"], "ERR_ROLLBACK")
            kept = self.findings()
            self.assertEqual(len(kept), 1)
            self.assertEqual(kept[0]["kind"], "rollback")
            self.assertEqual(kept[0]["saved_note"],
                             self.note("size2-%d.txt" % i))
            self.assertEqual(kept[0]["shown_note"],
                             self.note("size1-%d.txt" % i))

    def test_larger_tree_needs_a_proof(self):
        """A larger tree whose tiles are lost does not become the saved one."""
        self.shown("size1-0.txt", 20)
        document = self.shown("size2-0.txt", 20)
        self.assertEqual(document["seen_size"], "1")
        self.shown("size2-1.txt", 20)
        self.shown("size1-0.txt", 20)
        self.shown("size1-1.txt", 12)

    def test_other_commands(self):
        """Every command that opens the log notices."""
        self.shown("size1-0.txt", 20)
        for args in (["get", EQUIVOCATION, "0"],
                     ["prove", EQUIVOCATION, "--index=0"],
                     ["list", EQUIVOCATION], ["watch", EQUIVOCATION]):
            document = self.json("log", *args, *FORKED.trust, "--checkpoint",
                                 EQUIVOCATION / "size1-1.txt", code=12)
            self.assertEqual(document["error"]["code"], "ERR_FORK")
        self.assertEqual(self.findings()[0]["times"], "4")

    def test_accept_new_baseline_accepts_no_fork(self):
        self.shown("size1-0.txt", 20)
        self.shown("size1-1.txt", 12, "--accept-new-baseline")
        self.shown("size1-0.txt", 20)

    def test_evidence_for_people(self):
        self.shown("size1-0.txt", 20)
        run = self.fails(12, "log", "audit", EQUIVOCATION, *FORKED.trust,
                         "--checkpoint", EQUIVOCATION / "size1-1.txt")
        self.assertIn("finding 1 (aw log findings)", run.err)
        run = self.ok("log", "findings")
        for name in ("size1-0.txt", "size1-1.txt"):
            for line in self.note(name).splitlines():
                self.assertIn("      " + line + "\n", run.out)
        self.assertRegex(run.out, r"first time: +20..-..-..T..:..:..Z\n")

    def test_acknowledge(self):
        self.shown("size1-0.txt", 20)
        self.shown("size1-1.txt", 12)
        self.fails(30, "log", "findings", "--acknowledge=2")
        self.fails(2, "log", "findings", "--acknowledge=0")
        document = self.json("log", "findings", "--acknowledge=1")
        self.assertEqual((document["open"], document["acknowledged"]),
                         ("0", "1"))
        self.assertEqual(document["evidence"], [])
        self.shown("size1-1.txt", 12)
        self.assertEqual(self.findings(), [])
        kept = self.findings("--all")
        self.assertIs(kept[0]["acknowledged"], True)
        self.assertEqual(kept[0]["times"], "2")


class Proof(StateTest):
    def sizes(self, log):
        return [log.path / ("checkpoint.%d" % n)
                for n in (1, 3, 255, 256, 257, 300, 512, 700)]

    def test_growth_is_proven(self):
        for log, args in ((logs.GEN_TILES, []),
                          (logs.GEN_SERVERLESS, ["--from-tiles"])):
            self.forget()
            seen = None
            for place in self.sizes(log):
                document = self.json("log", "audit", log.path, *log.trust,
                                     *args, "--checkpoint", place)
                self.assertEqual(document.get("seen_size"), seen)
                seen = document["size"]
            for place in self.sizes(log)[:-1]:
                self.json("log", "audit", log.path, *log.trust, *args,
                          "--checkpoint", place, code=12)
            self.assertEqual(len(self.findings()), 7)

    def test_another_history(self):
        """A larger tree that does not begin with the one seen before: another
        log under the same key and origin."""
        first = self.signed(["a", "b", "c"])
        other = self.signed(["a", "x", "c", "d", "e"])
        self.json("log", "audit", first.path, *first.trust)
        document = self.json("log", "audit", other.path, *other.trust, code=12)
        self.assertEqual(document["error"]["code"], "ERR_PROOF")
        finding = self.findings()[0]
        self.assertEqual(finding["kind"], "proof")
        self.assertEqual(finding["saved_note"],
                         (first.path / "checkpoint").read_text())
        self.assertEqual(finding["shown_note"],
                         (other.path / "checkpoint").read_text())
        # The same by a command that reads few tiles.
        self.json("log", "get", other.path, "0", *other.trust, code=12)

    def signed(self, entries):
        """A small tiled log of these entries under a key of this test."""
        place = self.dir / ("log-%d" % len(entries))
        if not (self.dir / "k.sec").exists():
            self.ok("note", "key", "generate", "k", "--output=k")
        logs.write_tiled(place, "k", [e.encode() for e in entries])
        self.ok("note", "sign", place / "body", "--key=k.sec", "-o",
                place / "checkpoint")
        return logs.Log(place, "k", self.dir / "k.pub")


class Lost(StateTest):
    def audit(self, code=0, *args):
        return self.json("log", "audit", logs.PROD2.path, *logs.PROD2.trust,
                         *args, code=code)

    def lost(self):
        """Exit 33 again and again, until a new baseline is accepted."""
        document = self.audit(33)
        self.assertEqual(document["error"]["code"], "ERR_STATE")
        self.assertIn("--accept-new-baseline", str(document["error"]))
        self.audit(33)
        self.json("log", "get", logs.PROD2.path, "0", *logs.PROD2.trust,
                  code=33)
        self.assertEqual(self.audit(0, "--accept-new-baseline")["baseline"],
                         "accepted")
        self.assertEqual(self.audit()["baseline"], "known")

    def test_deleted(self):
        self.audit()
        (self.state / "state.db").unlink()
        self.lost()

    def test_truncated_and_foreign(self):
        self.audit()
        good = (self.state / "state.db").read_bytes()
        for bad in (b"", good[:100], good[:5000], b"x" * 8192, bytes(8192),
                    b"SQLite format 3\0" + bytes(8192)):
            (self.state / "state.db").write_bytes(bad)
            self.lost()

    def test_flipped_bytes(self):
        """A flipped byte is noticed or does not matter; it never makes the
        log look unknown."""
        self.audit()
        good = (self.state / "state.db").read_bytes()
        note = (logs.PROD2.path / "checkpoint").read_bytes()
        at_note = good.index(note[:40])
        rng = random.Random(3)
        at = [0, 18, 19, 24, 60, 68, 96, 100, at_note, at_note + 60]
        for place in at + rng.sample(range(len(good)), 30):
            changed = bytearray(good)
            changed[place] ^= 0x41
            (self.state / "state.db").write_bytes(changed)
            run = self.aw("log", "audit", logs.PROD2.path, *logs.PROD2.trust,
                          "--json")
            self.assertIn(run.code, (0, 33), "%d: %s" % (place, run))
            if run.code == 0:
                self.assertEqual(self.document(run)["baseline"], "known")
            if at_note <= place < at_note + len(note):
                self.assertEqual(run.code, 33)
        (self.state / "state.db").write_bytes(good)
        self.audit()

    def test_list_of_known_logs(self):
        """It is the second memory: lost, the database still counts."""
        self.audit()
        known = self.state / "known-logs"
        for damage in (known.unlink, lambda: known.write_bytes(b"x\n")):
            damage()
            self.assertEqual(self.audit()["baseline"], "known")
        # With it damaged, and nothing in the database, nobody can know.
        known.write_bytes(b"aw-known-logs 1\nx\n")
        (self.state / "state.db").unlink()
        self.lost()

    def test_open_to_all(self):
        self.audit()
        self.state.chmod(0o777)
        self.audit(30)

    def test_not_a_directory(self):
        place = self.write("file", "")
        self.json("log", "audit", logs.PROD2.path, *logs.PROD2.trust,
                  "--state", place / "x", code=21)

    def test_read_only_commands_make_no_state(self):
        self.json("log", "findings", "--state", self.dir / "none")


class Together(StateTest):
    def start(self, *args):
        process = subprocess.Popen(
            [awcli.AW, *map(str, args)], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd=self.dir, env=self.environment())
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def codes(self, processes):
        return [p.wait(timeout=awcli.TIMEOUT_S) for p in processes]

    def test_first_use(self):
        args = ["log", "audit", logs.GEN_TILES.path, *logs.GEN_TILES.trust]
        for _ in range(10):
            self.forget()
            codes = self.codes([self.start(*args) for _ in range(6)])
            self.assertEqual(codes, [0] * 6)

    def test_fork_shown_to_two_at_once(self):
        """Only one of the two trees can become the baseline."""
        for _ in range(8):
            self.forget()
            codes = self.codes([
                self.start("log", "audit", EQUIVOCATION, *FORKED.trust,
                           "--checkpoint", EQUIVOCATION / name)
                for name in ("size1-0.txt", "size1-1.txt")])
            self.assertEqual(sorted(codes), [12, 20])

    def test_sizes_at_once(self):
        """Whoever is slower proves that its tree is a beginning of the newer
        one, or is told of a rollback when it began later."""
        log = logs.GEN_TILES
        for _ in range(4):
            self.forget()
            codes = self.codes([
                self.start("log", "audit", log.path, *log.trust,
                           "--checkpoint", log.path / ("checkpoint.%d" % n))
                for n in (700, 300, 700, 257)])
            self.assertTrue(set(codes) <= {0, 12}, codes)
            self.assertEqual((codes[0], codes[2]), (0, 0))
            document = self.json("log", "audit", log.path, *log.trust)
            self.assertEqual(document["seen_size"], "700")


class Interrupted(StateTest):
    """Audits of a log of two whole units and some."""

    kept = None

    def setUp(self):
        super().setUp()
        if Interrupted.kept is None:
            Interrupted.kept = self.make()
        self.made = Interrupted.kept

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.kept.path, ignore_errors=True)

    def make(self):
        made = self.json("bench", "log", "--leaves", 2 * UNIT + 700,
                         "--size=16", "--jobs=1", "--runs=1", "--keep",
                         "--dir", self.dir.parent, "--quiet")
        return logs.Log(made["dir"], made["origin"], made["vkey"])

    def own(self):
        """A log of this test alone, to be damaged."""
        self.made = self.make()
        self.addCleanup(shutil.rmtree, self.made.path, True)

    def start(self, source, *args):
        process = subprocess.Popen(
            [awcli.AW, "log", "audit", str(source), *map(str, self.made.trust),
             "--events", str(self.dir / "events"), *args],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=self.dir, env=self.environment())
        self.addCleanup(process.kill)
        return process

    def slow(self):
        """A server that is silent once, when the third unit is asked for."""
        return logs.Faultd(self, self.made.path,
                           "tile/entries/512=timeout:1")

    def wait_for(self, what):
        end = time.monotonic() + 60
        while not what():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def resumed(self, source, *args):
        document = self.json("log", "audit", source, *self.made.trust, *args)
        self.assertEqual(document["computed_root"], self.made.root())
        return int(document["resumed_from"])

    def test_ctrl_c(self):
        server = self.slow()
        process = self.start(server.url, "--jobs=2")
        self.wait_for(lambda: server.hits("tile/entries/512") == 1 and
                      server.hits("tile/entries/511") == 1)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 31)
        # Another copy of the log was not read at all.
        self.assertEqual(self.resumed(self.made.path), 0)

    def test_ctrl_c_goes_on(self):
        for sign in (signal.SIGINT, signal.SIGTERM):
            self.forget()
            server = self.slow()
            process = self.start(server.url, "--jobs=2")
            self.wait_for(lambda: server.hits("tile/entries/512") == 1 and
                          server.hits("tile/entries/511") == 1)
            time.sleep(0.5)
            process.send_signal(sign)
            self.assertEqual(process.wait(timeout=20), 31)
            self.assertEqual(self.resumed(server.url), 2 * UNIT)
            self.assertEqual(self.resumed(server.url), 0)

    def test_kill(self):
        """Progress is saved in time, and survives."""
        server = self.slow()
        process = self.start(server.url, "--jobs=1")
        db = self.state / "state.db"
        self.wait_for(lambda: server.hits("tile/entries/512") == 1)
        self.wait_for(lambda: db.exists() and b"aw-audit 2" in db.read_bytes())
        process.kill()
        process.wait()
        self.assertEqual(self.resumed(server.url), 2 * UNIT)

    def test_restart(self):
        server = logs.Faultd(self, self.made.path,
                             "tile/entries/512=status:500:2")
        self.json("log", "audit", server.url, *self.made.trust, "--tries=1",
                  "--jobs=1", code=20)
        self.assertEqual(self.resumed(server.url, "--restart"), 0)

    def test_time_limit(self):
        server = self.slow()
        process = self.start(server.url, "--jobs=1", "--timeout=3s")
        self.assertEqual(process.wait(timeout=30), 22)
        self.assertEqual(self.resumed(server.url), 2 * UNIT)

    def test_server_failure(self):
        """What was done before the server failed is not lost."""
        server = logs.Faultd(self, self.made.path,
                             "tile/entries/512=status:500:2")
        self.json("log", "audit", server.url, *self.made.trust, "--tries=1",
                  "--jobs=1", code=20)
        self.assertEqual(self.resumed(server.url), 2 * UNIT)

    def test_missing_leaves_survive(self):
        """Leaves that were missing in the part that is done stay named."""
        self.own()
        for i in (0, 7, 300):
            path = "%03d" % i
            (self.made.path / "tile/entries" / path).unlink()
        tile = self.made.path / "tile/0/512"
        aside = self.made.path / "512"
        tile.rename(aside)
        args = ["--from-tiles", "--jobs=1"]
        self.json("log", "audit", self.made.path, *self.made.trust, *args,
                  code=20)
        aside.rename(tile)
        document = self.json("log", "audit", self.made.path, *self.made.trust,
                             *args)
        self.assertEqual(document["resumed_from"], str(2 * UNIT))
        self.assertEqual(document["missing_leaves"], str(3 * 256))
        self.assertEqual(document["missing"][2]["first"], str(300 * 256))

    def test_findings_are_found_again(self):
        """Progress behind something wrong is never saved."""
        self.own()
        file = self.made.path / "tile/entries/003"
        data = bytearray(file.read_bytes())
        data[9] ^= 1
        file.write_bytes(data)
        aside = self.made.path / "512"
        (self.made.path / "tile/0/512").rename(aside)
        args = [self.made.path, *self.made.trust, "--jobs=1"]
        for _ in range(2):
            document = self.json("log", "audit", *args, code=10)
            self.assertIn("tile/entries/003", logs.subjects(document))
        aside.rename(self.made.path / "tile/0/512")
        document = self.json("log", "audit", *args, code=10)
        self.assertEqual(document["resumed_from"], "0")
        self.assertEqual(logs.subjects(document), ["tile/entries/003"])

    def test_killed_at_any_time(self):
        rng = random.Random(4)
        for _ in range(12):
            process = self.start(self.made.path)
            time.sleep(rng.random() * 0.25)
            process.kill()
            process.wait()
            events = self.dir / "events"
            lines = events.read_text().splitlines() if events.exists() else []
            for line in lines[:-1]:
                json.loads(line)
        self.resumed(self.made.path)
        self.assertEqual(self.findings(), [])


class Offline(StateTest):
    def test_no_socket(self):
        log = logs.GEN_TILES
        server = logs.Faultd(self, log.path)
        for args in (["audit", server.url], ["get", server.url, "0"],
                     ["list", server.url], ["watch", server.url, "--once"],
                     ["prove", server.url, "--index=0"]):
            document = self.json("log", *args, *log.trust, "--offline",
                                 code=30)
            self.assertEqual(document["error"]["code"], "ERR_PRECONDITION")
        self.assertEqual(server.hits(), 0)
        self.json("log", "audit", log.path, *log.trust, "--offline")
        self.json("log", "audit", log.path.as_uri(), *log.trust, "--offline")


if __name__ == "__main__":
    awcli.main()
