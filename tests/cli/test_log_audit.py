# SPDX-License-Identifier: Apache-2.0
"""aw log audit: whole logs, every kind of damage."""
import os
import random
import shutil
import zlib

import awcli
import logs

WHOLE = {
    "prod2": logs.PROD2, "prod1": logs.PROD1, "test2021": logs.TEST2021,
    "serverless data": logs.DATA_SERVERLESS, "tiles data": logs.DATA_TILES,
    "tiles gen": logs.GEN_TILES,
}


class AuditTest(logs.Test):
    def audit(self, log, *args, code=0):
        """One audit with a state of its own."""
        self.forget()
        return self.json("log", "audit", log.path, *log.trust, *args,
                         code=code)


class Whole(AuditTest):
    def test_real_and_recorded_logs(self):
        for name, log in WHOLE.items():
            for jobs in ("1", "4"):
                document = self.audit(log, "--jobs", jobs)
                self.assertEqual(document["computed_root"], log.root(), name)
                self.assertEqual(document["root"], log.root(), name)
                self.assertEqual(document["size"], str(log.size()), name)
                self.assertEqual(document["leaves"], "hashed", name)
                self.assertEqual(document["verdict"], "passed", name)
                self.assertEqual(document["baseline"], "new", name)
                self.assertEqual(document["other_files"]["foreign"], "0", name)
                self.assertNotIn("warnings", document, name)

    def test_root_is_printed(self):
        run = self.ok("log", "audit", logs.PROD2.path, *logs.PROD2.trust)
        self.assertRegex(run.out, r"(?m)^computed root: +%s$"
                         % logs.PROD2.root().replace("+", r"\+"))
        self.assertRegex(run.out, r"(?m)^verdict: +passed$")

    def test_every_earlier_size(self):
        ran = 0
        for name, log in WHOLE.items():
            places = list(log.path.glob("checkpoint.*"))
            places += list(log.path.parent.glob("checkpoint.*"))
            for place in places:
                size = int(place.suffix[1:])
                document = self.audit(log, "--checkpoint", place)
                self.assertEqual(document["size"], str(size), name)
                self.assertEqual(document["computed_root"],
                                 place.read_text().split("\n")[2], name)
                ran += 1
        self.assertGreater(ran, 40)

    def test_older_checkpoint(self):
        """Of a tile that has grown what the checkpoint covers is audited, and
        the result says that the rest was not."""
        log = logs.GEN_TILES.copy(self.dir / "log")
        shutil.rmtree(log.path / "tile/0/001.p")
        tile = log.path / "tile/0/001"
        data = tile.read_bytes()
        older = ["--checkpoint", log.path / "checkpoint.300"]
        for at, want in ((43, 10), (44, 0)):
            changed = bytearray(data)
            changed[32 * at] ^= 1
            tile.write_bytes(changed)
            document = self.audit(log, "--from-tiles", *older, code=want)
        self.assertGreater(int(document["other_files"]["newer"]), 0)
        self.assertIn("larger tree", " ".join(document["warnings"]))
        self.audit(log, "--from-tiles", code=10)

    def test_layout_can_be_given(self):
        self.audit(logs.GEN_TILES, "--layout=tiles")
        self.audit(logs.GEN_TILES, "--layout=serverless", code=20)
        self.audit(logs.PROD2, "--layout=serverless")

    def test_without_leaves(self):
        log = logs.GEN_SERVERLESS
        document = self.audit(log, code=20)
        self.assertTrue(document["error"]["subject"].endswith(
            str(logs.seq_path(0))))
        self.assertIn("--from-tiles", document["error"]["remedy"])
        for jobs in ("1", "4"):
            document = self.audit(log, "--from-tiles", "--jobs", jobs)
            self.assertEqual(document["computed_root"], log.root())
            self.assertEqual(document["missing_leaves"], "700")
            self.assertEqual(document["missing"],
                             [{"first": "0", "last": "699"}])

    def test_many_gaps_are_counted(self):
        log = logs.gen_serverless_whole(self.dir / "log")
        for i in range(0, 700, 2):
            (log.path / logs.seq_path(i)).unlink()
        document = self.audit(log, "--from-tiles", "--jobs=4")
        self.assertEqual(document["missing_leaves"], "350")
        self.assertEqual(len(document["missing"]), 128)
        self.assertEqual(document["missing"][1], {"first": "2", "last": "2"})
        self.assertIn("more runs", document["warnings"][0])
        self.audit(log, code=20)

    def test_missing_bundle(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        (log.path / "tile/entries/001").unlink()
        document = self.audit(log, "--from-tiles")
        self.assertEqual(document["missing"], [{"first": "256",
                                                "last": "511"}])
        document = self.audit(log, code=20)
        self.assertTrue(document["error"]["subject"].endswith(
            "tile/entries/001"))

    def test_missing_tile(self):
        for name in ("tile/0/001", "tile/1/000.p/2"):
            log = logs.GEN_TILES.copy(self.dir / "log")
            (log.path / name).unlink()
            for args in ([], ["--from-tiles"]):
                document = self.audit(log, *args, code=20)
                self.assertTrue(document["error"]["subject"].endswith(name))
            shutil.rmtree(log.path)

    def test_empty_tree(self):
        for log in (logs.DATA_SERVERLESS, logs.DATA_TILES):
            document = self.audit(log, "--checkpoint",
                                  log.path / "checkpoint.0")
            self.assertEqual(document["size"], "0")
        # No files at all but the checkpoint.
        empty = logs.DATA_TILES.at(self.dir / "empty")
        empty.path.mkdir()
        shutil.copy(logs.DATA_TILES.path / "checkpoint.0",
                    empty.path / "checkpoint")
        self.audit(empty)

    def test_not_a_log(self):
        log = logs.PROD2.at(self.dir / "nothing")
        self.audit(log, code=30)
        log.path.mkdir()
        document = self.audit(log, code=20)
        self.assertIn('"checkpoint"', document["error"]["remedy"])

    def test_usage(self):
        self.fails(2, "log", "audit", *logs.PROD2.trust)
        self.fails(2, "log", "audit", logs.PROD2.path)
        self.fails(2, "log", "audit", logs.PROD2.path, *logs.PROD2.trust,
                   "--from-tiles", "--from-leaves")
        for bad in (["--tries=0"], ["--tries=101"], ["--stall-timeout=1ms"],
                    ["--stall-timeout=25h"], ["--jobs=x"],
                    ["--jobs=0"], ["--jobs=65"], ["--layout=x"],
                    ["a", "b"]):
            self.fails(2, "log", "audit", logs.PROD2.path, *logs.PROD2.trust,
                       *bad)


class Damage(AuditTest):
    def check_file(self, log, file, offsets, *args):
        """One changed byte in a file is found, and only that file is named."""
        data = file.read_bytes()
        name = str(file.relative_to(log.path))
        for at in offsets:
            changed = bytearray(data)
            changed[at] ^= 1
            file.write_bytes(changed)
            document = self.audit(log, *args, code=10)
            self.assertEqual(document["error"]["subject"], name,
                             "%s at %d" % (name, at))
            self.assertEqual(set(logs.subjects(document)), {name},
                             "%s at %d" % (name, at))
            self.assertEqual(document["verdict"], "failed")
        file.write_bytes(data)

    def test_each_file_of_small_logs(self):
        for name in ("prod2", "prod1", "test2021", "serverless data",
                     "tiles data"):
            log = WHOLE[name].copy(self.dir / name)
            files = log.files("tile", "seq", "leaves")
            files = [f for f in files if "pending" not in f.parts]
            self.assertGreaterEqual(len(files), 6)
            for file in files:
                n = file.stat().st_size
                every = {0, n // 2, n - 1}
                some = {zlib.crc32(file.name.encode()) % n}
                self.check_file(log, file, some if "data" in name else every)
            self.audit(log)

    def test_each_file_of_larger_logs(self):
        rng = random.Random(1)
        cases = [(logs.GEN_TILES.copy(self.dir / "tiles"), []),
                 (logs.GEN_TILES.copy(self.dir / "from-tiles"),
                  ["--from-tiles"]),
                 (logs.GEN_SERVERLESS.copy(self.dir / "bare"),
                  ["--from-tiles"])]
        for log, args in cases:
            for file in log.files("tile"):
                n = file.stat().st_size
                self.check_file(log, file, {0, n - 1, rng.randrange(n)},
                                *args)

    def test_larger_serverless_log(self):
        log = logs.gen_serverless_whole(self.dir / "log")
        rng = random.Random(2)
        picked = log.files("tile")
        for folder in ("seq", "leaves"):
            picked += rng.sample(log.files(folder), 8)
        self.audit(log)
        for file in picked:
            for args in ([], ["--from-tiles"]):
                if args and "leaves" in file.parts:
                    continue
                at = rng.randrange(file.stat().st_size)
                self.check_file(log, file, {at}, *args, "--jobs=2")

    def test_index_files(self):
        """leaves/ may not name another entry, before or behind."""
        log = logs.DATA_SERVERLESS.copy(self.dir / "log")
        for file in log.files("leaves"):
            if "pending" in file.parts:
                continue
            true = file.read_text()
            for value in "0123456789abcdefg":
                file.write_text(value)
                name = str(file.relative_to(log.path))
                if value == true:
                    self.audit(log)
                else:
                    document = self.audit(log, code=10)
                    self.assertEqual(logs.subjects(document), [name])
            for value in ("", "0" * 100, true + "\n", " " + true, "0" + true):
                file.write_text(value)
                self.audit(log, code=10)
            file.write_text(true)
            break
        self.audit(log)

    def test_lengths(self):
        """Files cut, longer, and far too long."""
        for log in (logs.GEN_TILES.copy(self.dir / "tiles"),
                    logs.DATA_SERVERLESS.copy(self.dir / "serverless")):
            for file in log.files("tile")[::3]:
                data = file.read_bytes()
                name = str(file.relative_to(log.path))
                for changed in (b"", data[:-1], data + b"\0",
                                data + bytes(200000)):
                    file.write_bytes(changed)
                    document = self.audit(log, code=10)
                    self.assertEqual(set(logs.subjects(document)), {name})
                file.write_bytes(data)
            self.audit(log)

    def test_two_files(self):
        """Damage in several places: all of it is named."""
        log = logs.GEN_TILES.copy(self.dir / "log")
        for name, at in (("tile/entries/000", 5), ("tile/0/001", 100),
                         ("tile/entries/002.p/188", 7),
                         ("tile/0/000.p/3", 2)):
            file = log.path / name
            data = bytearray(file.read_bytes())
            data[at] ^= 1
            file.write_bytes(data)
        document = self.audit(log, code=10)
        self.assertEqual(set(logs.subjects(document)),
                         {"tile/entries/000", "tile/0/001",
                          "tile/entries/002.p/188", "tile/0/000.p/3"})

    def test_fallback_to_the_full_tile_is_named(self):
        """At an earlier size the full file is read, so it is to blame."""
        log = logs.GEN_TILES.copy(self.dir / "log")
        shutil.rmtree(log.path / "tile/0/001.p")
        shutil.rmtree(log.path / "tile/entries/001.p")
        place = log.path / "checkpoint.300"
        self.audit(log, "--checkpoint", place)
        for name in ("tile/0/001", "tile/entries/001"):
            file = log.path / name
            data = file.read_bytes()
            file.write_bytes(bytes([data[0], data[1], data[2] ^ 1]) + data[3:])
            document = self.audit(log, "--checkpoint", place, code=10)
            self.assertEqual(set(logs.subjects(document)), {name})
            file.write_bytes(data)

    def test_everything_wrong_is_bounded(self):
        """1000 findings are enough; the rest of such a log is not read."""
        log = logs.gen_serverless_whole(self.dir / "log")
        for i in range(700):
            (log.path / logs.seq_path(i)).write_bytes(b"other-%d" % i)
        document = self.audit(log, code=10)
        self.assertLessEqual(len(document["findings"]), 1000)

    def test_other_files(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        (log.path / "tile/0/003.p").mkdir()
        (log.path / "tile/0/003.p/1").write_bytes(bytes(32))
        (log.path / "tile/0/.hidden").write_bytes(b"x")
        document = self.audit(log)
        self.assertEqual(document["other_files"]["beyond"], "1")
        self.assertEqual(document["other_files"]["foreign"], "1")
        self.assertEqual(len(document["warnings"]), 2)

    def test_dangling_link(self):
        """Upstream's writer leaves such links where its folder was moved."""
        log = logs.DATA_SERVERLESS.copy(self.dir / "log")
        stale = log.path / "tile/00/0000/00/00/00.03"
        stale.unlink()
        stale.symlink_to("/nowhere/at/all")
        document = self.audit(log)
        self.assertEqual(document["other_files"]["dangling"], "1")
        self.assertIn("links to nothing", document["warnings"][0])

    def test_link_out_of_the_log(self):
        log = logs.DATA_SERVERLESS.copy(self.dir / "log")
        leaf = log.path / logs.seq_path(3)
        outside = self.write("outside", leaf.read_bytes())
        leaf.unlink()
        leaf.symlink_to(outside)
        run = self.fails(21, "log", "audit", log.path, *log.trust)
        self.assertIn("leads out of the store", run.err)

    def test_stray_link_out_of_the_log(self):
        log = logs.DATA_SERVERLESS.copy(self.dir / "log")
        stale = log.path / "tile/00/0000/00/00/00.03"
        outside = self.write("outside", stale.read_bytes())
        stale.unlink()
        stale.symlink_to(outside)
        run = self.fails(21, "log", "audit", log.path, *log.trust)
        self.assertIn("subject   tile/00/0000/00/00/00.03", run.err)

    def test_odd_files(self):
        """A folder, a pipe in place of a file: an error, no hang."""
        for make in (os.mkdir, os.mkfifo):
            log = logs.DATA_SERVERLESS.copy(self.dir / make.__name__)
            leaf = log.path / logs.seq_path(3)
            leaf.unlink()
            make(leaf)
            run = self.audit(log, code=21)
            self.assertTrue(run["error"]["subject"].endswith(
                str(logs.seq_path(3))))


class Note(AuditTest):
    """Changes in the checkpoint's note: always exit 12."""

    def refused(self, log, note):
        (log.path / "checkpoint").write_bytes(note)
        document = self.audit(log, code=12)
        self.assertNotIn("root", document)
        self.assertEqual(document["error"]["subject"],
                         str(log.path / "checkpoint"))

    def test_every_byte(self):
        log = logs.PROD2.copy(self.dir / "log")
        note = (log.path / "checkpoint").read_bytes()
        for at in range(len(note)):
            changed = bytearray(note)
            changed[at] ^= 1
            self.refused(log, changed)

    def test_given_checkpoint(self):
        """So it is in a file that the operator names; but one that never was
        a checkpoint is a wrong name, not a wrong log."""
        log = logs.PROD2
        note = (log.path / "checkpoint").read_bytes()
        given = self.dir / "given"
        for at in range(0, len(note), 3):
            changed = bytearray(note)
            changed[at] ^= 1
            given.write_bytes(changed)
            document = self.audit(log, "--checkpoint", given, code=12)
            self.assertEqual(document["error"]["subject"], str(given))
        marker = note.index("\u2014 ".encode())
        for left in (note[:marker], note[marker:]):
            given.write_bytes(left)
            self.audit(log, "--checkpoint", given, code=12)
        for other in (b"", b"\n", b"root:x:0:0:root:/root:/bin/bash\n" * 3,
                      bytes(1000), note[:20]):
            given.write_bytes(other)
            document = self.audit(log, "--checkpoint", given, code=30)
            self.assertEqual(document["error"]["what"],
                             "this is no checkpoint")
        # In the log it is the log's doing whatever it is.
        self.refused(log.copy(self.dir / "log"), b"")

    def test_lengths(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        note = (log.path / "checkpoint").read_bytes()
        for at in range(0, len(note), 7):
            self.refused(log, note[:at])
            self.refused(log, note[:at] + b"x" + note[at:])
        for more in (b"\n", b"x", b"\0", bytes(100000)):
            self.refused(log, note + more)

    def test_wrong_key_and_origin(self):
        log = logs.Log(logs.PROD2.path, logs.PROD2.origin, logs.GEN_VKEY)
        document = self.audit(log, code=12)
        self.assertEqual(document["error"]["code"], "ERR_NO_SIG")
        log = logs.Log(logs.PROD2.path, "Armory Drive Prod 1",
                       logs.PROD2.vkey)
        document = self.audit(log, code=12)
        self.assertEqual(document["error"]["code"], "ERR_ORIGIN")

    def test_signed_but_other_root(self):
        """The tiles do not lead to the signed root."""
        log = logs.TEST2021.copy(self.dir / "log")
        equivocation = awcli.VECTORS / "serverless/equivocation"
        document = self.audit(log, "--checkpoint",
                              (equivocation / "size2-0.txt").resolve(),
                              code=10)
        self.assertEqual(document["error"]["code"], "ERR_ROOT")


if __name__ == "__main__":
    awcli.main()
