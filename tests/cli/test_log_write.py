# SPDX-License-Identifier: Apache-2.0
"""aw log init, add, integrate, sign: logs made by the program."""
import base64
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile

import awcli

# What these runs write is synced again and again: not to a disk that others
# keep busy. What a crash does to a disk is tested elsewhere.
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"

LAYOUTS = ("serverless", "tiles")
# Recorded folders of upstream's writers, with the private key.
UPSTREAM = {"serverless": awcli.VECTORS / "serverless" / "upstream-testdata",
            "tiles": awcli.VECTORS / "tlog-tiles" / "upstream-testdata"}
GEN = {"serverless": awcli.VECTORS / "serverless" / "gen-700.sha256",
       "tiles": awcli.VECTORS / "tlog-tiles" / "gen-700.sha256"}


class LogTest(awcli.Test):
    def setUp(self):
        super().setUp()
        self.ok("note", "key", "generate", "example.com/log", "-o", "log")
        self.key = "log.sec"
        self.trust = ["--vkey=log.pub", "--origin=example.com/log"]

    def init(self, layout, name="log", **kwargs):
        return self.json("log", "init", name, "--layout", layout, "--key",
                         self.key, **kwargs)

    def add(self, *texts, name="log", **kwargs):
        files = []
        for text in texts:
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            files.append(self.write("entries/" + digest, text))
        return self.json("log", "add", name, *files, **kwargs)

    def integrate_and_sign(self, name="log"):
        self.ok("log", "integrate", name)
        return self.json("log", "sign", name, "--key", self.key)

    def audit(self, name="log", code=0):
        return self.json("log", "audit", name, *self.trust, code=code)


class Write(LogTest):
    def test_life_of_a_log(self):
        for layout in LAYOUTS:
            with self.subTest(layout):
                made = self.init(layout, layout)
                self.assertEqual(made["size"], "0")
                self.assertIs(made["signed"], True)
                self.assertEqual(self.audit(layout)["size"], "0")
                shutil.rmtree(self.dir / "state")
                added = self.add("one", "two", "one", name=layout)
                self.assertEqual([e["index"] for e in added["entries"]],
                                 ["0", "1", "0"])
                self.assertEqual([e["duplicate"] for e in added["entries"]],
                                 [False, False, True])
                self.assertEqual(added["pending"], "2")
                self.assertEqual(added["duplicates"], 1)
                done = self.json("log", "integrate", layout)
                self.assertEqual((done["size_before"], done["size"]),
                                 ("0", "2"))
                # Nothing is signed yet.
                self.assertEqual(self.audit(layout)["size"], "0")
                signed = self.json("log", "sign", layout, "--key=log.sec")
                self.assertIs(signed["changed"], True)
                self.assertEqual(self.audit(layout)["size"], "2")
                again = self.json("log", "sign", layout, "--key=log.sec")
                self.assertIs(again["changed"], False)
                entry = self.ok("log", "get", layout, "1", *self.trust)
                self.assertEqual(entry.out, "two")
                self.assertEqual(list((self.dir / layout / ".state" /
                                       "tmp").iterdir()), [])
                shutil.rmtree(self.dir / "state")

    def test_upstream_logs(self):
        """Byte for byte what upstream's writers make, entry by entry."""
        for layout, folder in UPSTREAM.items():
            keys = json.loads((folder / "keys.json").read_text())
            key = self.write("%s.sec" % layout, keys["skey"] + "\n")
            os.chmod(key, 0o600)
            run = ["--key", key, "--origin", keys["origin"]]
            self.ok("log", "init", layout, "--layout", layout, *run)
            for text in keys["entries"]:
                self.ok("log", "add", layout, "-", stdin=text.encode())
                self.ok("log", "integrate", layout)
                self.ok("log", "sign", layout, *run)
            ours = {}
            for top, _, names in os.walk(self.dir / layout):
                for name in names:
                    path = os.path.join(top, name)
                    ours[os.path.relpath(path, self.dir / layout)] = path
            compared = 0
            for top, _, names in os.walk(folder / "log"):
                for name in names:
                    path = os.path.join(top, name)
                    rel = os.path.relpath(path, folder / "log")
                    if rel.startswith("checkpoint."):
                        continue
                    with open(path, "rb") as a, open(ours.pop(rel), "rb") as b:
                        self.assertEqual(a.read(), b.read(), rel)
                    compared += 1
            self.assertGreater(compared, 30)
            # What is more than upstream's is state of ours.
            self.assertTrue(all(p.startswith(".state/") for p in ours), ours)

    def test_gen_700(self):
        """The recorded hash lists, links followed."""
        seed = hashlib.sha256(b"awlog").digest()
        for layout, listing in GEN.items():
            log = self.dir / layout
            self.gen_key(seed)
            run = ["--key=gen.sec", "--origin=example.com/gen"]
            self.ok("log", "init", layout, "--layout", layout, *run)
            shutil.copy(log / "checkpoint", log / "checkpoint.0")
            have = 0
            for size in (1, 3, 255, 256, 257, 300, 512, 700):
                self.add(*["leaf-%d" % i for i in range(have, size)],
                         name=layout)
                self.ok("log", "integrate", layout)
                self.ok("log", "sign", layout, *run)
                shutil.copy(log / "checkpoint", log / ("checkpoint.%d" % size))
                have = size
            rows = 0
            for line in listing.read_text().splitlines():
                left, path = line.split("  ")
                data = (log / path).read_bytes()
                if left.startswith("symlink to "):
                    target = left[len("symlink to "):]
                    self.assertEqual(data, (log / target).read_bytes(), path)
                else:
                    self.assertEqual(hashlib.sha256(data).hexdigest(), left,
                                     path)
                rows += 1
            self.assertGreaterEqual(rows, 20)
            # Links lead to their place wherever the log is moved.
            moved = self.dir / "elsewhere" / layout
            moved.parent.mkdir(exist_ok=True)
            log.rename(moved)
            self.json("log", "audit", moved, "--origin=example.com/gen",
                      "--vkey=gen.pub")
            shutil.rmtree(self.dir / "state")

    def gen_key(self, seed):
        """Note key of a seed, through OpenSSL for the public half."""
        der = bytes.fromhex("302e020100300506032b657004220420") + seed
        pub = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout",
                              "-outform", "DER"], input=der, check=True,
                             stdout=subprocess.PIPE).stdout[-32:]
        name = b"example.com/gen"
        key_id = hashlib.sha256(name + b"\n\x01" + pub).hexdigest()[:8]
        text = "%s+%s+%s\n"
        path = self.write("gen.sec", "PRIVATE+KEY+" + text % (
            name.decode(), key_id, base64.b64encode(b"\x01" + seed).decode()))
        os.chmod(path, 0o600)
        self.write("gen.pub", text % (
            name.decode(), key_id, base64.b64encode(b"\x01" + pub).decode()))

    def test_many_in_one_go(self):
        for layout in LAYOUTS:
            self.init(layout, layout)
            self.add(*["entry %d" % i for i in range(1000)], name=layout)
            self.integrate_and_sign(layout)
            self.assertEqual(self.audit(layout)["size"], "1000")
            shutil.rmtree(self.dir / "state")

    def test_longest_entry(self):
        for layout in LAYOUTS:
            self.init(layout, layout)
            self.write("fits", "x" * 65535)
            self.write("long", "x" * 65536)
            document = self.json("log", "add", layout, "fits", "long", code=30)
            self.assertIn("65535", document["error"]["expected"])
            self.assertEqual(document["error"]["subject"],
                             "entry 2 of the list")
            self.write("longer", "x" * 200000)
            self.fails(30, "log", "add", layout, "longer")
            added = self.json("log", "add", layout, "fits")
            self.assertEqual(added["entries"][0]["index"], "0")
            self.integrate_and_sign(layout)
            self.audit(layout)
            shutil.rmtree(self.dir / "state")

    def test_init_never_replaces(self):
        for layout in LAYOUTS:
            self.init(layout, layout)
            for other in LAYOUTS:
                self.fails(30, "log", "init", layout, "--layout", other)
        # Made, but without any entry or signature: it may be made again.
        self.ok("log", "init", "new")
        self.ok("log", "init", "new", "--key=log.sec")
        self.fails(30, "log", "init", "new")
        self.fails(2, "log", "init", "newer", "--origin=x")
        self.write("file", "x")
        self.fails(30, "log", "init", "file")

    def test_no_log_here(self):
        self.fails(30, "log", "add", "nothing", "log.pub")
        (self.dir / "empty").mkdir()
        run = self.fails(30, "log", "add", "empty", "log.pub")
        self.assertIn("aw log init", run.err)
        self.fails(30, "log", "integrate", "empty")
        self.fails(30, "log", "sign", "empty", "--key=log.sec")
        self.ok("log", "init", "empty")
        self.fails(30, "log", "add", "empty", "no-such-file")

    def test_damaged(self):
        for layout, tile in (("serverless", "tile/00/0000/00/00/00.02"),
                             ("tiles", "tile/0/000.p/2")):
            self.init(layout, layout)
            self.add("one", "two", name=layout)
            self.integrate_and_sign(layout)
            path = self.dir / layout / tile
            data = bytearray(path.read_bytes())
            data[-5] ^= 1
            path.write_bytes(data)
            before = (self.dir / layout / "checkpoint").read_bytes()
            self.fails(10, "log", "add", layout, "log.pub")
            self.fails(10, "log", "integrate", layout)
            self.fails(10, "log", "sign", layout, "--key=log.sec")
            path.unlink()
            self.fails(33, "log", "integrate", layout)
            self.assertEqual((self.dir / layout / "checkpoint").read_bytes(),
                             before)
            shutil.rmtree(self.dir / "state")


class Sign(LogTest):
    def setUp(self):
        super().setUp()
        self.init("serverless")
        self.add("one")
        self.integrate_and_sign()

    def test_usage(self):
        self.fails(2, "log", "sign", "log")
        self.fails(2, "log", "sign", "log", "--key=log.sec", "--vkey=log.pub")
        self.fails(2, "log", "sign", "log", "--prepare=x")
        for args in (("add", "log.pub"), ("integrate",), ("init",)):
            run = self.fails(2, "log", args[0], "https://example.com/log/",
                             *args[1:])
            self.assertIn("is an address", run.err)
        run = self.fails(2, "log", "add", "log", "-", "log.pub", "-")
        self.assertIn("standard input", run.err)
        self.fails(2, "log", "sign", "log", "--prepare=x", "--attach=y",
                   "--vkey=log.pub")

    def test_another_key_or_origin(self):
        self.ok("note", "key", "generate", "example.com/log", "-o", "other")
        self.fails(12, "log", "sign", "log", "--key=other.sec")
        self.fails(12, "log", "sign", "log", "--key=log.sec", "--origin=x")

    def test_bad_origin(self):
        self.ok("log", "init", "new")
        self.fails(2, "log", "sign", "new", "--key=log.sec", "--origin=a\nb")

    def test_elsewhere(self):
        """The key is on another machine."""
        self.add("two")
        self.ok("log", "integrate", "log")
        prepared = self.json("log", "sign", "log", "--prepare=text",
                             "--vkey=log.pub")
        self.assertEqual(prepared["prepared"], "text")
        run = self.fails(2, "log", "sign", "log", "--prepare=-",
                         "--vkey=log.pub")
        self.assertIn("--prepare wants a file", run.err)
        self.assertEqual((self.dir / "text").read_text().split("\n")[1], "2")
        self.fails(30, "log", "sign", "log", "--prepare=text",
                   "--vkey=log.pub")
        self.ok("note", "sign", "text", "--key=log.sec", "-o", "note")
        # Somebody else's signature, and one over another text.
        self.ok("note", "key", "generate", "example.com/log", "-o", "other")
        self.ok("note", "sign", "text", "--key=other.sec", "-o", "foreign")
        self.fails(10, "log", "sign", "log", "--attach=foreign",
                   "--vkey=log.pub")
        self.add("three")
        self.ok("log", "integrate", "log")
        self.fails(10, "log", "sign", "log", "--attach=note",
                   "--vkey=log.pub")
        self.assertEqual(self.audit()["size"], "1")
        self.ok("log", "sign", "log", "--prepare=text3", "--vkey=log.pub")
        self.ok("note", "sign", "text3", "--key=log.sec", "-o", "note3")
        done = self.json("log", "sign", "log", "--attach=note3",
                         "--vkey=log.pub")
        self.assertEqual(done["size"], "3")
        self.assertEqual((self.dir / "log/checkpoint").read_bytes(),
                         (self.dir / "note3").read_bytes())
        self.assertEqual(self.audit()["size"], "3")

    def test_restored_from_an_old_copy(self):
        """A log whose folder went back in time is not signed again."""
        shutil.copytree(self.dir / "log", self.dir / "copy", symlinks=True)
        self.add("two")
        self.integrate_and_sign()
        shutil.rmtree(self.dir / "log")
        (self.dir / "copy").rename(self.dir / "log")
        self.add("another second")
        self.ok("log", "integrate", "log")
        before = (self.dir / "log/checkpoint").read_bytes()
        run = self.fails(12, "log", "sign", "log", "--key=log.sec")
        self.assertIn("rollback: a tree of size 1 is signed", run.err)
        self.assertIn("bring the folder back", run.err)
        # What is kept as evidence are two signed notes.
        found = self.json("log", "findings")["evidence"]
        self.assertEqual([f["kind"] for f in found], ["rollback"])
        self.assertEqual(found[0]["shown_note"], before.decode())
        self.assertEqual(found[0]["saved_note"].split("\n")[1], "2")
        self.add("third")
        self.ok("log", "integrate", "log")
        self.fails(12, "log", "sign", "log", "--key=log.sec")
        self.assertEqual((self.dir / "log/checkpoint").read_bytes(), before)

    def test_tree_that_contradicts_the_checkpoint(self):
        """The same on a machine that has not seen the log before."""
        shutil.rmtree(self.dir / "state")
        self.ok("log", "init", "other", "--key=log.sec")
        self.add("zero", name="other")
        self.ok("log", "integrate", "other")
        shutil.rmtree(self.dir / "state")
        shutil.copy(self.dir / "log/checkpoint", self.dir / "other")
        self.fails(12, "log", "sign", "other", "--key=log.sec")
        self.add("more", name="other")
        self.ok("log", "integrate", "other")
        self.fails(12, "log", "sign", "other", "--key=log.sec")

    def test_tree_that_contradicts_what_was_seen(self):
        """Without a checkpoint in the folder nothing there is signed: no
        message says so, and there is no evidence."""
        self.add("two")
        self.integrate_and_sign()
        for name, size, word in (("fork", 2, "a fork: a tree of size 2"),
                                 ("longer", 3, "a fork: a tree of size 3"),
                                 ("shorter", 1, "a rollback: a tree of size 1"),
                                 ("empty", 0, "a rollback: a tree of size 0")):
            self.ok("log", "init", name)
            if size > 0:
                self.add(*["x%d" % i for i in range(size)], name=name)
                self.ok("log", "integrate", name)
            run = self.fails(12, "log", "sign", name, "--key=log.sec")
            self.assertIn(word, run.err)
            self.assertIn("not signed", run.err)
            self.assertNotIn("is signed", run.err)
            self.assertFalse((self.dir / name / "checkpoint").exists())
        self.assertEqual(self.json("log", "findings")["evidence"], [])

    def test_used_key(self):
        """A log under a key and origin that have entries already is not even
        begun; nor is one that cannot be signed."""
        for args in (["--key=log.sec"],
                     ["--key=log.sec", "--origin=example.com/log"]):
            run = self.fails(30, "log", "init", "new/log", *args)
            self.assertIn("a tree, seen on this machine, of size 1", run.err)
        self.assertIn("--origin", run.err)
        self.fails(2, "log", "init", "new", "--key=log.sec", "--origin=a\nb")
        self.fails(30, "log", "init", "new", "--key=no.sec")
        os.remove(self.dir / "state" / "state.db")
        run = self.fails(33, "log", "init", "new", "--key=log.sec")
        self.assertIn("--accept-new-baseline", run.err)
        self.assertFalse((self.dir / "new").exists())
        self.assertEqual(self.json("log", "findings")["evidence"], [])
        self.ok("log", "init", "new", "--key=log.sec", "--origin=x")
        self.ok("log", "init", "again", "--key=log.sec",
                "--accept-new-baseline")

    def test_lost_state(self):
        """A known log whose saved row is gone is not signed by itself."""
        os.remove(self.dir / "state" / "state.db")
        self.fails(33, "log", "sign", "log", "--key=log.sec")
        self.ok("log", "sign", "log", "--key=log.sec", "--accept-new-baseline")


class Lock(LogTest):
    def test_second_writer(self):
        self.init("tiles")
        self.write("e", "entry")
        for lock in ("treeState.lock", "publish.lock"):
            with open(self.dir / "log/.state" / lock, "r+b") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                for command in (["add", "log", "e"], ["integrate", "log"],
                                ["sign", "log", "--key=log.sec"]):
                    run = self.fails(22, "log", *command, "--timeout=200ms")
                    self.assertIn("lock", run.err)
        self.ok("log", "add", "log", "e", "--timeout=30s")

    def test_at_once(self):
        """Many writers at the same time: each entry once, none lost."""
        for layout in LAYOUTS:
            self.init(layout, layout)
            runs = []
            for i in range(6):
                path = self.write("e%d" % i, "entry %d" % i)
                runs.append(subprocess.Popen(
                    [awcli.AW, "log", "add", layout, str(path), "--timeout=60s"],
                    cwd=self.dir, env=self.environment(),
                    stdout=subprocess.DEVNULL))
            self.assertEqual([r.wait() for r in runs], [0] * 6)
            self.integrate_and_sign(layout)
            self.assertEqual(self.audit(layout)["size"], "6")
            got = {self.ok("log", "get", layout, i, *self.trust).out
                   for i in range(6)}
            self.assertEqual(got, {"entry %d" % i for i in range(6)})
            shutil.rmtree(self.dir / "state")


if __name__ == "__main__":
    awcli.main()
