# SPDX-License-Identifier: Apache-2.0
"""The ledger of devices, on the files of real ones."""
import csv
import json
import shutil

import awcli

DEVICES = awcli.VECTORS / "devices"
SERIAL = "720A9DEAD4390330"


class Ledger(awcli.Test):
    def setUp(self):
        super().setUp()
        self.ledger = self.dir / "ci"
        shutil.copytree(DEVICES / "ci", self.ledger)
        self.expected = json.loads((DEVICES / "expected.json").read_text())

    def verify(self, *args, code=0, folder="ci"):
        return self.json("device", "ledger", "verify", folder, *args,
                         code=code)

    def test_real(self):
        document = self.verify()
        serials = sorted({p.name[:16] for p in self.ledger.iterdir()})
        self.assertEqual([d["serial"] for d in document["devices"]], serials)
        self.assertEqual(document["hold"], len(serials))
        for device in document["devices"]:
            pub = (self.ledger / (device["serial"] + ".pub")).read_text()
            self.assertEqual(device["key"], pub.strip())
            self.assertEqual(device["fused"], not pub.startswith("DEV:"))
            note = (self.ledger / (device["serial"] +
                                   ".witness.0")).read_text()
            self.assertEqual(device["identities"][0]["witness"],
                             note.splitlines()[3])
        self.assertEqual(self.verify(folder=DEVICES / "removed")["hold"], 2)

    def test_changed(self):
        """Every byte class of every file of a device."""
        for suffix, places in ((".pub", (0, 30, -10)),
                               (".witness.0", (0, 40, 60, -10)),
                               (".bastion.0", (0, 60, -10))):
            path = self.ledger / (SERIAL + suffix)
            good = path.read_bytes()
            for at in places:
                with self.subTest(suffix, at=at):
                    data = bytearray(good)
                    data[at] ^= 1
                    path.write_bytes(data)
                    document = self.verify(code=10)
                    self.assertNotIn(SERIAL, [d["serial"] for d in
                                              document["devices"]])
            path.write_bytes(good)

    def test_others(self):
        """Files of another device, another counter, and missing ones."""
        other = "720A9DEAD4390A2E"
        pub = self.ledger / (SERIAL + ".pub")
        witness = self.ledger / (SERIAL + ".witness.0")
        good = witness.read_bytes()
        witness.write_bytes((self.ledger / (other + ".witness.0"))
                            .read_bytes())
        self.verify(code=10)
        witness.rename(self.ledger / (SERIAL + ".witness.1"))
        (self.ledger / (SERIAL + ".witness.1")).write_bytes(good)
        self.verify(code=10)
        (self.ledger / (SERIAL + ".witness.1")).unlink()
        self.verify(code=10)
        witness.write_bytes(good)
        self.verify()
        pub.unlink()
        self.verify(code=30)
        self.fails(30, "device", "ledger", "verify", "nowhere")

    def test_fused(self):
        fused = {d["serial"]: d["fused"] for d in self.verify()["devices"]}
        self.verify("--fused", code=0 if all(fused.values()) else 10)

    def test_export(self):
        document = self.json("device", "ledger", "export", "ci", "-o=t.csv")
        with open(self.dir / "t.csv", newline="", encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(document["devices"],
                         len({r["serial"] for r in rows}))
        for device in self.verify()["devices"]:
            row, = [r for r in rows if r["serial"] == device["serial"]]
            self.assertEqual(row["witness"],
                             device["identities"][0]["witness"])
            self.assertEqual(row["bastion"],
                             device["identities"][0].get("bastion", ""))
            self.assertEqual(row["fused"], "yes" if device["fused"] else "no")
        self.fails(30, "device", "ledger", "export", "ci", "-o=t.csv")
        (self.ledger / (SERIAL + ".pub")).write_text("x")
        self.fails(10, "device", "ledger", "export", "ci", "-o=u.csv")
        self.assertFalse((self.dir / "u.csv").exists())

    def add(self, source, code=0):
        return self.json("device", "ledger", "add", "new", source, code=code)

    def test_add(self):
        source = self.dir / "from"
        source.mkdir()
        for path in self.ledger.glob(SERIAL + "*"):
            shutil.copy(path, source)
        document = self.add("from")
        self.assertEqual((document["added"], document["kept"]), (3, 0))
        document = self.add("from")
        self.assertEqual((document["added"], document["kept"]), (0, 3))
        document = self.add("ci")
        self.assertEqual(document["kept"], 3)
        self.assertEqual(self.verify(folder="new")["devices"],
                         self.verify()["devices"])
        # Another key for a device that is known.
        (self.dir / "new" / (SERIAL + ".pub")).write_text(
            (source / (SERIAL + ".pub")).read_text().strip())
        self.add("from", code=10)
        # What does not hold adds nothing.
        shutil.rmtree(self.dir / "new")
        (source / (SERIAL + ".witness.0")).write_text("x")
        self.add("from", code=10)
        self.assertFalse((self.dir / "new").exists())
        (self.dir / "empty").mkdir()
        self.add("empty", code=30)


if __name__ == "__main__":
    awcli.main()
