# SPDX-License-Identifier: Apache-2.0
"""aw provision --fuse: from a blank part to a closed one that starts signed
firmware and says who it is, in one run; what must not be closed; and whom the
attestation is compared with."""
import base64
import pathlib
import resource
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position
import twins  # noqa: E402  pylint: disable=wrong-import-position


class Fuse(trusted.Trusted):
    def one(self, soc, *args):
        self.create(soc, soc)
        self.start(soc)
        if soc == "ulz":
            # Its control interface is the second plug.
            self.ok("twin", "plug", soc, "--plug=2")
        before = self.fuses(soc)
        run = self.fuse(*args, name=soc)
        document = run.document
        self.assertEqual(document["reached"], "attested")
        self.assertTrue(document["identity"]["secure_boot"])
        self.assertNotIn("DEV:", document["identity"]["key"])
        self.assert_closed(before, soc)
        return run

    def test_parts(self):
        """Each part: blank, then closed with exactly the target's fuses; it
        starts signed firmware, and aw verify of it holds."""
        for soc in ("ul", "ull", "ulz"):
            with self.subTest(soc):
                run = self.one(soc)
                reached = [s for s, state in run.steps()
                           if state == "done" and s in trusted.STAGES]
                self.assertEqual(reached, [
                    "bound", "recovery", "flashed", "hashed", "bound",
                    "recovery", "flashed", "proven", "closed", "bound",
                    "recovery", "complete", "attested"])
                self.turn("usb", soc)
                document = self.verify(name=soc)
                self.assertTrue(document["fuses"]["closed"])
                self.assertTrue(document["verified"])
                self.assertIn("started the signed recovery",
                              " ".join(document["warnings"]))
                self.ok("twin", "stop", soc)

    def test_again(self):
        """All of it was done: nothing is fused. What the device itself has
        written since is taken away."""
        self.one("ull")
        fuses = self.fuses("ull")
        self.turn("usb", "ull")
        document = self.fuse(name="ull").document
        self.assertEqual(document["reached"], "attested")
        self.assertEqual(self.fuses("ull"), fuses)
        # Another station did not see the proof.
        self.turn("usb", "ull")
        self.fuse("--state=elsewhere", name="ull", code=30)
        run = self.fuse("--state=elsewhere", "--run-anyway", name="ull")
        self.assertIn("was closed already",
                      " ".join(run.document["warnings"]))

    def test_record(self):
        """What the station signs: the fuses after, and who it is."""
        self.ok("note", "key", "generate", "example.com/station-7",
                "--output", "station")
        run = self.fuse_with_record()
        record = self.dir / run.document["record"]
        self.ok("note", "verify", record, "--vkey", "station.pub")
        lines = [line.split(" ") for line in
                 record.read_text().split("\n\n")[0].splitlines()]
        fuses = {(int(line[1]), int(line[2])): int(line[3], 16)
                 for line in lines if line[0] == "fuse"}
        for where, bits in {**twins.srk_words(self.srk),
                            **trusted.HARDENED}.items():
            self.assertEqual(fuses[where] & bits, bits)
        said = {line[0]: line[1] for line in lines if len(line) == 2}
        self.assertEqual(said["reached"], "attested")
        self.assertEqual(said["witness"],
                         run.document["identity"]["witness"])
        note = base64.b64decode(said["attested"]).decode()
        self.assertIn(said["witness"], note)
        self.assertIn(said["serial"], note)

    def test_full_disk(self):
        """No room for the state of a board that is being closed: what was
        done is not lost."""
        def full(pid):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, 100))
        self.create()
        self.start()
        before = self.fuses()
        for stage, step in (("flashed", "hashed"), ("proven", "closed"),
                            ("complete", "attested")):
            with self.subTest(step):
                run = self.fuse(
                    code=24, act=self.operator(), at=lambda f, e, first=stage:
                    (first, "done") in f.steps() and e["step"] == "operator",
                    hold=full)
                self.assertNotIn((step, "done"), run.steps())
                # What cannot be saved is not fused.
                self.assertNotIn(("fuse", "start"), run.steps()
                                 if step == "hashed" else [])
                if step == "hashed":
                    self.assertEqual(self.fuses(), before)
        run = self.fuse()
        self.assertEqual((run.document["reached"], run.document["resumed"]),
                         ("attested", True))
        self.assert_closed(before)

    def fuse_with_record(self):
        self.create()
        self.start()
        run = self.fuse("--record-dir=records", "--record-key=station.sec",
                        "--station=line 2", "--operator=A. Nonymous")
        self.assertEqual(run.document["reached"], "recorded")
        return run


class Refused(trusted.Trusted):
    """Left as they are; those that are open stay so."""

    def setUp(self):
        super().setUp()
        self.create()

    def refuses(self, *args, code=30, what=""):
        before = self.fuses()
        run = self.fuse(*args, code=code)
        self.assertIn(what, str(run.document["error"]))
        self.assertEqual(self.fuses(), before)
        return run

    def test_consent(self):
        """Before a device is touched."""
        self.start("twin", "--mode=lockstep")
        tick = self.json("twin", "status", "twin")["tick"]
        for args in ([], ["--yes=" + "0" * 64],
                     ["--yes=" + self.provision("--dry-run")["plan"]]):
            with self.subTest(args):
                error = self.provision("--fuse", *args, code=30)["error"]
                self.assertEqual(error["expected"], "--yes=" + self.plan_of())
        self.assertEqual(self.json("twin", "status", "twin")["tick"], tick)

    def test_wrong_hash(self):
        """Bits of another hash: nothing is sent."""
        words = twins.srk_words(self.srk)
        words[(3, 3)] ^= 0xffffffff
        twins.blow(self.dir / "twin", {(3, 3): words[(3, 3)]})
        self.start()
        self.refuses(what="another SRK hash")
        found = self.json("device", "list", "--device=twin=twin")["devices"]
        self.assertEqual([d["mode"] for d in found], ["serial download"])

    def test_begun_by_others(self):
        """A part of the right hash: it goes on."""
        words = twins.srk_words(self.srk)
        twins.blow(self.dir / "twin", {
            (3, 0): words[(3, 0)], (3, 5): words[(3, 5)] & 0x0f0f0f0f})
        self.start()
        before = self.fuses()
        self.fuse()
        self.assert_closed(before)

    def test_closed_before(self):
        twins.blow(self.dir / "twin", twins.closed(self.srk))
        self.start()
        self.refuses(what="closed already")

    def test_other_os(self):
        """The OS of the log was built for another hash, or for none."""
        self.publish_os("os.elf", "0.0.1")
        self.start()
        run = self.refuses(what="SRK hash")
        self.assertEqual(run.document["reached"], "flashed")

    def test_switch(self):
        """An operator who leaves the switch where it is hears of it."""
        self.start()

        def act(event, pid):
            del pid
            if event["state"] == "prompt" and (
                    event["code"] == trusted.TO_EMMC):
                self.turn("usb")
        run = self.fuse(limit="3s", code=22, act=act)
        self.assertIn("still at USB", str(run.events))
        self.assertIn("serial download", run.document["error"]["got"])
        self.assertEqual(run.document["reached"], "flashed")


class Attest(trusted.Trusted):
    def setUp(self):
        super().setUp()
        self.create()
        self.start()

    def attest(self, *args, code=0):
        self.turn("usb")
        return self.run_flow("--attest", *args, code=code).document

    def test_ledger(self):
        self.provision("--attest", "--ledger=ledger", code=30)
        (self.dir / "ledger").mkdir()
        document = self.attest("--attestations=said", "--ledger=ledger")
        self.assertIs(document["identity"]["in_ledger"], False)
        self.assertIn("DEV:", document["identity"]["key"])
        self.assertFalse(document["identity"]["secure_boot"])
        self.assertIn("not in the ledger", " ".join(document["warnings"]))
        serial = document["serial"]
        self.assertEqual(sorted(p.name for p in (self.dir / "said").iterdir()),
                         [serial + s for s in (".bastion.0", ".pub",
                                               ".witness.0")])
        self.ok("device", "ledger", "add", "ledger", "said")
        # The same without a provisioning.
        args = ["device", "attest", "--device=twin=twin"]
        said = self.json(*args, "--ledger=ledger", "--attestations=again")
        self.assertEqual(said["identity"],
                         {**document["identity"], "in_ledger": True})
        self.assertEqual(said["serial"], serial)
        for path in (self.dir / "said").iterdir():
            self.assertEqual((self.dir / "again" / path.name).read_bytes(),
                             path.read_bytes())
        self.assertNotIn("in_ledger", self.json(*args)["identity"])
        self.json(*args, "--fused", code=10)
        self.json(*args, "--ledger=nowhere", code=30)
        # The second time it is there.
        document = self.attest("--ledger=ledger")
        self.assertIs(document["identity"]["in_ledger"], True)
        for name in (".pub", ".witness.0", ".bastion.0"):
            with self.subTest(name):
                path = self.dir / "ledger" / (serial + name)
                good = path.read_text()
                path.write_text(good.replace("A", "B", 1))
                self.json(*args, "--ledger=ledger", code=10)
                document = self.attest("--ledger=ledger", code=10)
                self.assertIn("ledger", document["error"]["what"])
                self.assertEqual(document["reached"], "flashed")
                path.write_text(good)

    def test_silent(self):
        """An applet that never runs: the device waits for the next try."""
        self.publish("TRUSTED_APPLET", "0.0.1",
                     image=b"none" * 400)
        document = self.attest("--applet-timeout=3s", code=22)
        self.assertIn("applet", document["error"]["what"])
        self.assertEqual(document["reached"], "flashed")


if __name__ == "__main__":
    awcli.main()
