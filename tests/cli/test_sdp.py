# SPDX-License-Identifier: Apache-2.0
"""aw sdp on the boot ROM of a twin: romd plays the twin's process."""
import os
import shutil
import subprocess

import awcli
import log_builder
import release_log as log
from hab_vectors import HAB, SRK4

ROMD = os.environ["AW_ROMD"]
IMAGE = (HAB / "image" / "test.imx").read_bytes()
CSF_AREA = 16384


def csf(name):
    return (HAB / "csf" / name).read_bytes().ljust(CSF_AREA, b"\0")


class Case(awcli.Test):
    def start(self, *args):
        """A board in serial download in the folder `twin`."""
        (self.dir / "twin").mkdir()
        args = [SRK4 if a == "closed" else a for a in args]
        romd = subprocess.Popen([ROMD, "twin", *args], cwd=self.dir,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.stop, romd)
        self.assertEqual(romd.stdout.readline(), b"ready\n")
        self.romd = romd

    def stop(self, romd):
        romd.stdin.close()
        romd.stdout.close()
        self.assertEqual(romd.wait(awcli.TIMEOUT_S), 0)

    def sdp(self, code, command, *args):
        return self.json("sdp", command, *args, "--device=twin=twin",
                         code=code)


class Status(Case):
    def test_open(self):
        self.start()
        document = self.sdp(0, "status")
        self.assertEqual(document["device"], {
            "name": "twin=twin", "path": "1-1", "id": "15a2:0080",
            "maker": "Freescale SemiConductor Inc ",
            "model": "SE Blank 6ULL "})
        self.assertEqual(document["state"], "open")
        self.assertEqual(document["hab"], "no failure")
        self.assertEqual(document["serial"], "EFCDAB8967452301")
        self.assertNotIn("event", document)

    def test_closed(self):
        """Closed is information; the unique id is not to be had."""
        self.start("closed")
        document = self.sdp(0, "status")
        self.assertEqual(document["state"], "closed")
        self.assertNotIn("serial", document)
        self.assertIn("unique id", document["warnings"][0])
        # The refusal of the read is what HAB says now.
        document = self.sdp(0, "status")
        self.assertEqual(document["hab"], "failure")
        self.assertEqual(document["event"]["bytes"], "33223300")
        self.assertEqual(document["event"]["reason"], "INV_ADDRESS")

    def test_text(self):
        self.start()
        run = self.ok("sdp", "status", "--device", "twin=twin:1")
        self.assertIn("state:                  open\n", run.out)
        self.assertIn("serial:                 EFCDAB8967452301\n", run.out)

    def test_no_twin(self):
        self.assertIn("aw twin start nowhere --detach",
                      self.fails(32, "sdp", "status", "--device=twin=nowhere")
                      .err)
        (self.dir / "twin").mkdir()
        self.fails(32, "sdp", "status", "--device=twin=twin")

    def test_no_board(self):
        """Nothing is plugged into the other plug; no wall time is lost."""
        self.start()
        run = self.fails(22, "sdp", "status", "--device=twin=twin:2",
                         "--wait=1h")
        self.assertIn("none came", run.err)
        self.assertIn("within 3600.0 s of the twin's own time", run.err)
        self.assertIn("aw twin switch twin usb, then aw twin power twin cycle",
                      run.err)

    def test_usage(self):
        for args in (["status", "--device=usb"],
                     ["status", "--device=twin="],
                     ["read", "--device=twin=t"],
                     ["read", "x", "--device=twin=t"],
                     ["read", "0x1", "--device=twin=t"],
                     ["read", "0x0", "0", "--device=twin=t"],
                     ["read", "0x0", "5", "--device=twin=t"],
                     ["read", "0x0", "0x2000000", "--device=twin=t"],
                     ["read", "0xfffffffc", "8", "--device=twin=t"],
                     ["read", "0x100000000", "--device=twin=t"],
                     ["read", "08x", "--device=twin=t"],
                     ["write", "0x0", "--device=twin=t"],
                     ["write", "0x2", "0", "--device=twin=t"],
                     ["write", "0x0", "256", "--width=8", "--device=twin=t"],
                     ["write", "0x0", "-1", "--device=twin=t"],
                     ["boot", "f", "--unverified", "--policy=ci",
                      "--device=twin=t"],
                     ["boot", "f", "--device=twin=t"]):
            with self.subTest(args):
                self.fails(2, "sdp", *args)


class Registers(Case):
    def test_read(self):
        self.start()
        document = self.sdp(0, "read", "0x021bc410")
        self.assertEqual(document["data"], "efcdab89")
        self.assertEqual(document["length"], 4)
        run = self.ok("sdp", "read", "0x021bc410", "--device=twin=twin")
        self.assertIn("\n021bc410: 89abcdef\n", run.out)
        self.sdp(0, "write", "0x80000010", "0x89abcdef")
        run = self.ok("sdp", "read", "0x80000010", "4", "--width=8",
                      "--device=twin=twin")
        self.assertIn("\n80000010: ef cd ab 89\n", run.out)

    def test_write_and_read_back(self):
        self.start()
        document = self.sdp(0, "write", "0x80000010", "0x12345678")
        self.assertEqual(document["value"], "0x12345678")
        self.assertEqual(self.sdp(0, "write", "0x80000014", "255",
                                  "--width=8")["value"], "0xff")
        document = self.sdp(0, "read", "0x80000000", "130", "--width=16")
        self.assertEqual(document["data"],
                         "00" * 16 + "78563412" + "ff" + "00" * 109)

    def test_file(self):
        self.start()
        document = self.sdp(0, "read", "0x00904000", "2944", "--width=8",
                            "-o", "hab.log")
        self.assertEqual(document["output"], "hab.log")
        self.assertEqual((self.dir / "hab.log").stat().st_size, 2944)
        self.sdp(30, "read", "0x00904000", "2944", "-o", "hab.log")

    def test_refused(self):
        self.start("closed")
        for command in (["read", "0x021bc410"], ["write", "0x020d8040", "0"]):
            document = self.sdp(30, *command)
            self.assertEqual(document["error"]["code"], "ERR_REFUSED")
            self.assertIn("33 22 33 00", document["error"]["got"])
            self.assertTrue(document["error"]["remedy"])


class Boot(Case):
    def image(self, signature, name="image"):
        return self.write(name, IMAGE + (csf(signature) if signature else b""))

    def test_unverified(self):
        self.start()
        path = self.image("sdp.cst331.bin")
        document = self.sdp(0, "boot", path, "--unverified")
        self.assertIs(document["verified"], False)
        self.assertEqual(document["address"], "0x8000f400")
        self.assertEqual(document["dcd_bytes"], 112)
        self.assertEqual(document["file_bytes"], path.stat().st_size)
        self.assertIs(document["left_bus"], True)
        # It runs now, and the ROM is gone.
        self.fails(22, "sdp", "status", "--device=twin=twin", "--wait=1s")

    def test_skip_dcd(self):
        self.start()
        self.sdp(0, "boot", self.image("flash.cst331.bin"), "--unverified",
                 "--skip-dcd")

    def test_closed(self):
        self.start("closed")
        document = self.sdp(0, "boot", self.image("sdp.cst331.bin"),
                            "--unverified")
        self.assertEqual(document["state"], "closed")

    def test_closed_refuses(self):
        """Each with the word that HAB gives, and what it means."""
        for signature, word, reason in (
                ("flash.cst331.bin", "33 18 c0 00", "INV_SIGNATURE"),
                ("sdp-nodcd.cst331.bin", "33 0c a0 00", "INV_ASSERTION"),
                (None, "33 11 cf 00", "INV_CSF")):
            with self.subTest(reason):
                if (self.dir / "twin").exists():
                    self.doCleanups_romd()
                self.start("closed")
                document = self.sdp(30, "boot", self.image(signature),
                                    "--unverified")
                self.assertIn(word, document["error"]["got"])
                self.assertIn(reason, document["error"]["got"])
                self.assertIs(document["verified"], False)
                # The board is still there, and HAB still says so.
                document = self.sdp(0, "status")
                self.assertEqual(document["event"]["bytes"],
                                 word.replace(" ", ""))

    def doCleanups_romd(self):
        self.romd.stdin.close()
        self.romd.wait(awcli.TIMEOUT_S)
        shutil.rmtree(self.dir / "twin")

    def test_no_image(self):
        self.start()
        for data in (b"", b"\xd1", b"\0" * 100, IMAGE[:60]):
            run = self.aw("sdp", "boot", self.write("bad", data),
                          "--unverified", "--device=twin=twin")
            self.assertEqual(run.code, 30, run)
        self.fails(30, "sdp", "boot", "missing", "--unverified",
                   "--device=twin=twin")
        self.assertEqual(self.sdp(0, "status")["hab"], "no failure")

    def release(self, signature, component="RECOVERY"):
        """Logs a release; options that verify it."""
        log_ = log_builder.Log(self)
        log_.manifest(component, "1.0.0", IMAGE, signature)
        log_.write()
        (self.dir / "checkpoint").write_bytes(log_.checkpoint())
        (self.dir / "manifest").write_bytes(log_.leaves[0])
        self.ok("bundle", "make", "--form=file", "--checkpoint=checkpoint",
                "--manifest=manifest", "--index=0", "--out=proof")
        policy = self.write("p.policy",
                            log.policy(extra="srk-hash %s\n" % SRK4))
        return ["proof", "--policy", policy,
                "--firmware", self.write("image.imx", IMAGE),
                "--hab-signature", self.write("image.csf", signature)]

    def test_verified(self):
        self.start("closed")
        args = self.release(csf("sdp.cst331.bin"))
        document = self.sdp(0, "boot", *args)
        self.assertIs(document["verified"], True)
        self.assertEqual(document["release"]["component"], "RECOVERY")
        self.assertEqual(document["release"]["hab"], "checked")
        self.assertIs(document["left_bus"], True)

    def test_nothing_is_sent_before_it_is_verified(self):
        args = self.release(csf("sdp.cst331.bin"))
        self.write("image.imx", IMAGE[:-1] + b"x")
        # There is no device at all, and nobody asked for one.
        document = self.json("sdp", "boot", *args, "--device=twin=nowhere",
                             code=10)
        self.assertNotIn("device", document)
        self.assertIs(document["release"]["verified"], False)

    def test_release_without_image(self):
        args = self.release(csf("sdp.cst331.bin"))
        self.fails(30, "sdp", "boot", *args[:3], "--device=twin=nowhere")


if __name__ == "__main__":
    awcli.main()
