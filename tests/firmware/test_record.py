# SPDX-License-Identifier: Apache-2.0
"""Production records: signed by the station, true, and never lost."""
import hashlib
import pathlib
import resource
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position
import flow  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position


class Record(boards.Boards):
    ROOM = 600  # bytes: for the state of a board, and for no record

    def setUp(self):
        super().setUp()
        self.ok("note", "key", "generate", "example.com-station-7",
                "--output=station")
        self.create()
        self.start()

    ARGS = ["--record-dir=records", "--record-key=station.sec",
            "--station=line 2, place 7", "--operator=A. Nonymous"]

    def record(self, name):
        self.ok("note", "verify", name, "--vkey=station.pub")
        text = (self.dir / name).read_text().split("\n\n")[0]
        return [line.split(" ") for line in text.splitlines()]

    def test_record(self):
        document = self.provision(*self.ARGS)
        self.assertEqual(document["reached"], "recorded")
        lines = self.record(document["record"])
        said = {line[0]: line[1:] for line in lines}
        self.assertEqual(lines[0], ["aw-production-record", "1"])
        self.assertEqual(said["serial"], [document["serial"]])
        self.assertEqual(" ".join(said["station"]), "line 2, place 7")
        self.assertEqual(" ".join(said["operator"]), "A. Nonymous")
        self.assertEqual(said["plan"], [document["plan"]])
        self.assertEqual(said["fuses"], ["open", "0" * 64])
        self.assertEqual(
            [line[1:] for line in lines if line[0] == "release"],
            [[r["component"], r["version"], r["index"], r["sha256"]]
             for r in document["releases"]])
        # The digests are those of what lies on the device.
        self.stop()
        wrote = [line[1:] for line in lines if line[0] == "read-back"]
        self.assertEqual(len(wrote), 4)
        for block, size, digest in wrote:
            data = self.peek(int(block) * 512, int(size))
            self.assertEqual(hashlib.sha256(data).hexdigest(), digest)
        # A byte of it changed.
        path = self.dir / document["record"]
        path.write_bytes(path.read_bytes().replace(b"line 2", b"line 3"))
        self.fails(12, "note", "verify", document["record"],
                   "--vkey=station.pub")

    def records(self, *args, code=0, name="records/records.db"):
        return self.json("device", "ledger", "records", name,
                         "--vkey=station.pub", *args, code=code)

    def change(self, sql, *args):
        with sqlite3.connect(self.dir / "records" / "records.db") as db:
            db.execute(sql, args)
        db.close()

    def test_file(self):
        """All of them in one file, which says no more than what is signed."""
        first = self.provision(*self.ARGS)
        self.reboot()
        second = self.provision(*self.ARGS)
        document = self.records()
        self.assertEqual(document["hold"], 2)
        self.assertEqual([("records/" + r["name"], r["plan"], r["reached"])
                          for r in document["records"]],
                         [(d["record"], d["plan"], "flashed")
                          for d in (first, second)])
        self.assertEqual(document["records"][0]["station"], "line 2, place 7")
        self.assertEqual(len(self.records(
            "--serial=" + first["serial"])["records"]), 2)
        self.assertEqual(self.records("--serial=x")["records"], [])
        # Kept under another board, then a byte of the note.
        self.change("UPDATE record SET serial = ? WHERE id = 1", "0" * 16)
        self.assertEqual(self.records(code=10)["hold"], 1)
        self.change("UPDATE record SET serial = ?", first["serial"])
        self.assertEqual(self.records()["hold"], 2)
        self.change("UPDATE record SET note = CAST(replace(CAST(note AS TEXT),"
                    " 'line 2', 'line 3') AS BLOB)")
        self.assertEqual(self.records(code=10)["hold"], 0)
        # What is no such file.
        self.records(name="station.pub", code=33)
        self.records(name="missing", code=30)
        self.change("PRAGMA user_version = 2")
        self.records(code=33)
        # That no record can be kept is known before a device is touched.
        self.reboot()
        error = self.provision(*self.ARGS, code=33)["error"]
        self.assertIn("put it aside", error["remedy"])
        found = self.json("device", "list", "--device=twin=twin")["devices"]
        self.assertEqual([d["mode"] for d in found], ["serial download"])

    def test_killed_writer(self):
        """A station that lost power while it added a record: what it left half
        done is undone, whether somebody reads or writes next."""
        self.provision(*self.ARGS)
        path = self.dir / "records" / "records.db"
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN")
        for i in range(20):
            db.execute("INSERT INTO record (serial, time, name, note) VALUES"
                       " ('x', 'x', ?, zeroblob(9000))", (str(i),))
        left = [(name, (path.parent / name).read_bytes())
                for name in ("records.db", "records.db-journal")]
        db.execute("ROLLBACK")
        db.close()
        self.assertGreater(len(left[0][1]), path.stat().st_size)
        for name, data in left:
            (path.parent / name).write_bytes(data)
        self.assertEqual(self.records()["hold"], 1)
        self.assertEqual([p.name for p in path.parent.glob("*-journal")], [])
        for name, data in left:
            (path.parent / name).write_bytes(data)
        self.reboot()
        self.provision(*self.ARGS)
        self.assertEqual(self.records()["hold"], 2)

    def test_file_full(self):
        """Room for the note, and none for the file of all."""
        run = flow.Flow(
            self, ["provision", *self.trust(), "--binaries-url=artefacts",
                   "--device=twin=twin", *self.ARGS],
            at=lambda f, e: e["step"] == "write and read back",
            act=lambda pid: resource.prlimit(pid, resource.RLIMIT_FSIZE,
                                             (4000, 4000)))
        self.assertEqual(run.code, 24, run.text)
        # Notes without a row do not pile up.
        notes = (self.dir / "records").glob("*.record")
        self.assertEqual(list(notes), [])
        again = self.provision(*self.ARGS)
        self.assertEqual((again["reached"], again["bytes_written"]),
                         ("recorded", "0"))
        self.assertEqual(self.records()["hold"], 1)

    def test_not_written(self):
        """The device is done, the record is not: the same command makes
        it."""
        run = flow.Flow(
            self, ["provision", *self.trust(), "--binaries-url=artefacts",
                   "--device=twin=twin", *self.ARGS],
            at=lambda f, e: e["step"] == "write and read back",
            act=lambda pid: resource.prlimit(pid, resource.RLIMIT_FSIZE,
                                             (self.ROOM, self.ROOM)))
        self.assertEqual(run.code, 24, run.text)
        self.assertEqual(run.document["reached"], "flashed")
        self.assertEqual(list((self.dir / "records").iterdir()), [])
        again = self.provision(*self.ARGS)
        self.assertEqual((again["reached"], again["resumed"],
                          again["bytes_written"]), ("recorded", True, "0"))
        self.record(again["record"])

    def test_usage(self):
        """What the record needs is asked for before a device is touched."""
        for args in (self.ARGS[:1], self.ARGS[:3], self.ARGS[1:],
                     self.ARGS[:3] + ["--operator=two\nlines"],
                     self.ARGS[:3] + ["--operator="]):
            with self.subTest(args):
                self.provision(*args, code=2)
        (self.dir / "records").write_text("in the way")
        self.provision(*self.ARGS, code=21)
        (self.dir / "records").unlink()
        self.provision("--record-key=nowhere", *self.ARGS[2:],
                       self.ARGS[0], code=30)
        found = self.json("device", "list", "--device=twin=twin")["devices"]
        self.assertEqual([d["mode"] for d in found], ["serial download"])


if __name__ == "__main__":
    awcli.main()
