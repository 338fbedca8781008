# SPDX-License-Identifier: Apache-2.0
"""aw provision up to the device, on the synthetic log: what is chosen, what
is planned, and that no device is touched before all of it is verified."""
import base64
import hashlib
import shutil

import awcli
import release_log as log
from test_device import Bus

LATEST = {"BOOTLOADER": 16, "RECOVERY": 3, "TRUSTED_OS": 5,
          "TRUSTED_APPLET": 22}
AREA = 40960
BLOCK = 512


def padded(data, size):
    return data + bytes(-len(data) % size)


class Provision(Bus):
    def setUp(self):
        super().setUp()
        shutil.copytree(log.SYNTHETIC / "log", self.dir / "log")
        shutil.copytree(log.SYNTHETIC / "artefacts", self.dir / "artefacts")
        self.plug(1, "15a2:0080", "SE Blank 6ULL ")
        self.policy()

    def policy(self, extra="", binaries=True):
        text = log.policy("ci", str(self.dir / "log"), extra)
        if binaries:
            text += "binaries %s\n" % (self.dir / "artefacts")
        (self.dir / "test.policy").write_text(text)

    def env(self):
        return {**super().env(), "AW_FAKE_COUNT": str(self.dir / "count"),
                "AW_FAKE_ROOT": str(self.dir / "root")}

    def provision(self, *args, code=0, skip=("--skip-hab",)):
        """@return the document; self.touched: devices opened, transfers"""
        document = self.run_json("provision", "--policy=./test.policy",
                                 "--wait=1s", *skip, *args, code=code)
        self.touched = (self.dir / "count").read_text().split()
        return document

    def artefact(self, index, hab=False):
        m = log.manifest(index)
        digest = (m["hab"]["signature_digest_sha256"] if hab
                  else m["output"]["firmware_digest_sha256"])
        return self.dir / "artefacts" / base64.b64decode(digest).hex()


class Plan(Provision):
    def test_plan(self):
        document = self.provision("--dry-run")
        self.assertEqual(self.touched, ["0", "0"])
        self.assertEqual({r["component"]: int(r["index"])
                          for r in document["releases"]}, LATEST)
        writes = {w["name"]: w for w in document["writes"]}
        self.assertEqual([(w["name"], int(w["block"]))
                          for w in document["writes"]],
                         [("trusted OS", 0x5000), ("bootloader", 2),
                          ("boot config", 0x4fb0),
                          ("trusted applet", 0x200000)])
        # Byte for byte what upstream writes.
        boot = self.artefact(16).read_bytes() + self.artefact(
            16, hab=True).read_bytes()
        want = {
            "bootloader": padded(boot, BLOCK),
            "boot config": padded(log.config("BOOTLOADER").read_bytes(), AREA),
            "trusted OS": padded(log.config("TRUSTED_OS").read_bytes(), AREA) +
            padded(self.artefact(5).read_bytes(), BLOCK),
            "trusted applet":
            padded(log.config("TRUSTED_APPLET").read_bytes(), AREA) +
            padded(self.artefact(22).read_bytes(), BLOCK)}
        for name, data in want.items():
            with self.subTest(name):
                self.assertEqual(int(writes[name]["bytes"]), len(data))
                self.assertEqual(writes[name]["sha256"],
                                 hashlib.sha256(data).hexdigest())
        # Writes and zeros cover all but the device's own data, as far as the
        # map goes.
        runs = sorted((int(r["block"]) * BLOCK, int(r["bytes"]))
                      for r in document["writes"] + document["zeros"])
        data = 0x400000 * BLOCK
        at = 0
        for offset, size in runs:
            self.assertEqual(offset, at if at != data else 2 * data)
            at = offset + size
        self.assertEqual(at, 15636365312)
        # The same plan has the same name.
        again = self.provision("--dry-run")
        self.assertEqual(again["plan"], document["plan"])
        wiped = self.provision("--dry-run", "--wipe_witness_state")
        self.assertNotEqual(wiped["plan"], document["plan"])
        extra = [z for z in wiped["zeros"] if z not in document["zeros"]]
        self.assertEqual(extra, [{"block": str(0x400000),
                                  "bytes": str(data)}])

    def test_index(self):
        older = self.provision("--dry-run", "--os_index=5",
                               "--applet_index=-1")
        self.assertEqual(older["plan"],
                         self.provision("--dry-run")["plan"])
        for args in (["--os-index=16"], ["--applet-index=5"],
                     ["--os-index=23"]):
            with self.subTest(args):
                self.provision("--dry-run", *args, code=11)
        for value in ("x", "-2", "", "18446744073709551615"):
            with self.subTest(value):
                self.aw("provision", "--policy=./test.policy", "--dry-run",
                        "--os-index=" + value)
                self.fails(2, "provision", "--policy=./test.policy",
                           "--dry-run", "--os-index=" + value)

    def test_upstream_flags(self):
        run = self.ok("provision", "-firmware_log_url=%s" % (self.dir / "log"),
                      "-firmware_log_origin=testlog",
                      "-firmware_log_verifier=" + log.KEYS["log_vkey"],
                      "-binaries_url=%s" % (self.dir / "artefacts"),
                      "-applet_verifier=" + log.KEYS["applet_vkey"],
                      "-boot_verifier=" + log.KEYS["boot_vkey"],
                      "-os_verifier_1=" + log.KEYS["os1_vkey"],
                      "-os_verifier_2=" + log.KEYS["os2_vkey"],
                      "-recovery_verifier=" + log.KEYS["recovery_vkey"],
                      "-hab_target=ci", "-run_anyway", "--skip-hab",
                      "--dry-run", "-wipe_witness_state=false",
                      "-fuse=false")
        self.assertIn("plan:", run.out)

    def test_refused(self):
        """What is not checked is asked for by name; what is not there yet is
        not passed over."""
        error = self.provision("--dry-run", code=30, skip=())["error"]
        self.assertIn("--skip-hab", error["remedy"])
        self.provision("--fuse", code=2)
        self.provision("--yes=" + "0" * 64, code=2)
        self.provision("--ledger=x", code=2)
        self.policy(binaries=False)
        self.provision("--dry-run", code=2)
        self.provision("--dry-run", "--binaries-url=artefacts")
        # The vectors' HAB signatures are no such thing.
        self.policy("srk-hash %s\n" % ("ab" * 32))
        self.provision(code=10, skip=())
        self.assertEqual(self.touched, ["0", "0"])


class Late(Provision):
    def test_one_wait(self):
        """The time limit of waiting for a board is waited once."""
        self.unplug_all()
        run = self.fails(22, "provision", "--policy=./test.policy",
                         "--skip-hab", "--wait=1100ms", env=self.env())
        self.assertIn("plug the device in", run.err)
        self.assertIn("within 1.1 s", run.err)
        self.assertNotIn("Waiting", run.err)


class Several(Provision):
    def test_two(self):
        """Two boards: nobody guesses, and neither is opened."""
        self.plug(2, "15a2:0080", "SE Blank 6ULL ")
        error = self.provision(code=32)["error"]
        self.assertIn("port=1-1", error["got"])
        self.assertIn("port=1-2", error["got"])
        self.assertEqual(self.touched, ["0", "0"])
        # Named, it is opened, and only it.
        self.provision("--device=port=1-2", code=21)
        self.assertEqual(self.touched[0], "1")
        self.provision("--device=port=1-3", code=32)


    def test_two_at_each_stage(self):
        """Two recoveries, two boards in service, one of each; also where an
        earlier run would go on."""
        lives = {"download": ("15a2:0080", "SE Blank 6ULL ", None),
                 "recovery": ("1209:2702", "Storage Media", "%016X"),
                 "control": ("1209:2702", "Armory Witness", "%016X")}
        for one, other in (("recovery", "recovery"), ("control", "control"),
                           ("recovery", "download"), ("download", "control"),
                           ("control", "recovery")):
            with self.subTest(one=one, other=other):
                self.unplug_all()
                for port, life in enumerate((one, other), 1):
                    ids, model, serial = lives[life]
                    self.plug(port, ids, model,
                              serial and serial % (0xab0000 + port))
                error = self.provision("--attest", code=32)["error"]
                self.assertIn("port=1-1", error["got"])
                self.assertIn("port=1-2", error["got"])
                self.assertEqual(self.touched, ["0", "0"])


class Tampered(Provision):
    """Nothing is opened and nothing is sent."""

    def refuses(self, code):
        self.provision(code=code)
        self.assertEqual(self.touched, ["0", "0"])

    def test_control(self):
        """The counter counts: the same run with nothing tampered opens the
        board and sends to it."""
        self.provision(code=21)
        self.assertNotIn("0", self.touched)

    def flip(self, path, at):
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

    def test_artefacts(self):
        for component, index in LATEST.items():
            for hab in (False, True):
                if hab and "hab" not in log.manifest(index):
                    continue
                path = self.artefact(index, hab)
                good = path.read_bytes()
                for at in (0, len(good) // 2, len(good) - 1):
                    with self.subTest(component, hab=hab, at=at):
                        self.flip(path, at)
                        self.refuses(10)
                        path.write_bytes(good)
                with self.subTest(component, hab=hab, case="cut"):
                    path.write_bytes(good[:-1])
                    self.refuses(10)
                    path.write_bytes(good + b"x")
                    self.refuses(10)
                    path.write_bytes(good)

    def test_missing(self):
        self.artefact(3).unlink()
        self.refuses(20)

    def test_log(self):
        for component, index in LATEST.items():
            path = self.dir / "log/seq/00/00/00/00" / ("%02x" % index)
            good = path.read_bytes()
            for at in (10, len(good) - 10):
                with self.subTest(component, at=at):
                    self.flip(path, at)
                    self.refuses(10)
                    path.write_bytes(good)
        self.flip(self.dir / "log/checkpoint", 60)
        self.refuses(12)


if __name__ == "__main__":
    awcli.main()
