# SPDX-License-Identifier: Apache-2.0
"""aw hab pki: from nothing to a signed image."""
import json
import shutil
import signal
import subprocess
import time

import awcli
from hab_vectors import HAB, HabTest


class Pki(HabTest):
    def test_from_nothing_to_a_signed_image(self):
        document = self.json("hab", "pki", "-o", "p", "--name=Example",
                             "--organization=Org", "--unit=Unit",
                             "--env=CI")
        self.assertGreaterEqual(len(document["revocation_plan"]), 5)
        folder = self.dir / "p"
        keys = sorted(p.relative_to(folder).as_posix()
                      for p in folder.rglob("*.key.pem"))
        self.assertEqual(len(keys), 13)
        self.assertEqual([k for k in keys if not k.startswith("offline/")],
                         ["csf1.key.pem", "img1.key.pem"])
        for key in folder.rglob("*.key.pem"):
            self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        again = self.json("hab", "srk", *["p/srk%d.crt.pem" % i
                                          for i in (1, 2, 3, 4)])
        self.assertEqual(again["srk_hash"], document["srk_hash"])
        for i, where in ((1, ""), (4, "offline/")):
            self.ok("hab", "sign", HAB / "image" / "test.imx",
                    "--srk-table=p/srk.table.bin", "--srk=%d" % i,
                    "--csf-cert=p/csf%d.crt.pem" % i,
                    "--csf-key=p/%scsf%d.key.pem" % (where, i),
                    "--img-cert=p/img%d.crt.pem" % i,
                    "--img-key=p/%simg%d.key.pem" % (where, i),
                    "--joined=j%d" % i)
            document = self.json("hab", "verify", "j%d" % i,
                                 "--srk-hash=p/srk.hash.bin")
            self.assertEqual(document["srk"], i)
            self.assertEqual([d["code"] for d in document["dangers"]],
                             ["DCD_ENDLESS"])
        self.fails(30, "hab", "pki", "-o", "p")
        if shutil.which("openssl"):
            subprocess.run(["openssl", "verify", "-CAfile", "p/root.crt.pem",
                            "-untrusted", "p/srk3.crt.pem", "p/img3.crt.pem"],
                           cwd=self.dir, check=True,
                           stdout=subprocess.DEVNULL)
            run = subprocess.run(["openssl", "x509", "-in", "p/csf2.crt.pem",
                                  "-noout", "-subject", "-serial"],
                                 cwd=self.dir, check=True, text=True,
                                 stdout=subprocess.PIPE)
            self.assertIn("O = Org, OU = Unit, CN = Example SRK2 CSF CI",
                          run.stdout)

    def test_usage(self):
        self.fails(2, "hab", "pki")
        self.fails(2, "hab", "pki", "-o", "p", "--years=0")
        self.fails(2, "hab", "pki", "-o", "p", "--bits=1024")
        self.fails(30, "hab", "pki", "-o", "p", "--name=" + "x" * 80)
        self.assertFalse((self.dir / "p").exists())

    def test_only_a_new_folder(self):
        """A folder with anything in it would get keys of two runs."""
        (self.dir / "empty").mkdir()
        self.write("full/mine", "mine")
        self.write("file", "mine")
        for name in ("empty", "full", "file", "full/"):
            run = self.fails(30, "hab", "pki", "-o", name)
            self.assertIn("new folder", run.err)
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()),
                         ["empty", "file", "full", "home"])
        self.assertEqual(list((self.dir / "empty").iterdir()), [])
        self.assertEqual([p.name for p in (self.dir / "full").iterdir()],
                         ["mine"])

    def test_all_or_nothing(self):
        """A disk that is full keeps nothing, not even the folder."""
        run = self.aw("-c", "ulimit -f 2; exec %s hab pki -o p" % awcli.AW,
                      program="/bin/sh")
        self.assertEqual(run.code, 24, run)
        self.assertEqual([p.name for p in self.dir.iterdir()], ["home"])

    def test_stops_between_keys(self):
        """A signal that comes while keys are made ends the run."""
        events = self.dir / "events"
        process = subprocess.Popen(
            [awcli.AW, "hab", "pki", "-o", "p", "--bits=3072", "--json",
             "--events=events"], cwd=self.dir, env=self.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not (events.exists() and '"make keys"' in events.read_text()):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=awcli.TIMEOUT_S)
        self.assertEqual(process.returncode, 31, err)
        self.assertIn("before all keys", json.loads(out)["error"]["what"])
        self.assertFalse((self.dir / "p").exists())


if __name__ == "__main__":
    awcli.main()
