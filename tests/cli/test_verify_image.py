# SPDX-License-Identifier: Apache-2.0
"""aw verify --image as somebody would use it who wants it to say yes."""
import os
import signal
import subprocess
import time

import awcli
import device_image as device
import release_log as log
from images import ImageTest, MIB

BAD_READ = awcli.BUILD / "tests" / "support" / "bad_read.so"


class Whole(ImageTest):
    def test_as_provisioned(self):
        self.make()
        document = self.verify(0)
        self.assertEqual([r["component"] for r in document["releases"]],
                         list(log.RUNNING))
        for release in document["releases"]:
            self.assertEqual(release["firmware"], "checked")
            self.assertEqual(release["log"]["inclusion"], "checked")
        boot = self.release(document, "boot config")
        self.assertEqual(boot["hab_signature"], "checked")
        self.assertEqual(boot["hab_signature_bytes"], "54")
        self.assertEqual(boot["hab"], "not checked")
        self.assertEqual(self.areas(document, "own data"),
                         ["applet data", "applet crash log",
                          "applet crash log copy 2"])
        self.assertEqual(self.areas(document, "residue"), [])
        self.assertEqual(document["boot0"], "not checked")

    def test_every_byte_is_accounted_for(self):
        """Areas and releases cover the medium without a gap or overlap."""
        self.make()
        document = self.verify(0)
        runs = [(int(a["offset"]), int(a["bytes"])) for a in document["areas"]]
        for r in document["releases"]:
            runs.append((device.start(r["place"]), int(r["bytes"]) +
                         int(r.get("hab_signature_bytes", 0))))
        for component, name in device.CONFIG.items():
            runs.append((device.start(name),
                         log.config(component).stat().st_size))
        at = 0
        for offset, size in sorted(runs):
            self.assertEqual(offset, at)
            at += size
        self.assertEqual(at, device.SIZE)

    def test_text(self):
        self.make()
        run = self.ok("verify", "--image", self.image, "--policy", self.policy,
                      "--offline")
        self.assertTrue(run.out.startswith("verified:               yes\n"))
        self.assertIn("the log was not asked", run.err)

    def test_with_the_log(self):
        """From a folder: as an address in the policy, and by option."""
        self.make()
        folder = log.SYNTHETIC / "log"
        for url in ("file://%s/" % folder,):
            policy = self.write("q", log.policy(log_url=url))
            document = self.verify(0, "--non-interactive", policy=policy)
            for release in document["releases"]:
                self.assertEqual(release["consistency"], "checked")
                self.assertEqual(release["log_size"], "23")
        document = self.verify(0, "--log-url", folder)
        self.assertEqual(document["releases"][0]["seen_before"], "this tree")

    def test_by_options(self):
        self.make()
        document = self.json("verify", "--image", self.image, *log.TRUST)
        self.assertIn("any HAB target was accepted",
                      "\n".join(document["warnings"]))
        self.json("verify", "--image", self.image, *log.TRUST,
                  "--hab-target=prod", code=10)

    def test_usage(self):
        self.make()
        for option in ("--firmware=x", "--hab-signature=x",
                       "--component=TRUSTED_OS", "--least-version=1.0.0"):
            self.fails(2, "verify", "--image", self.image, "--policy",
                       self.policy, option)
        for option in log.TRUST + ["--hab-target=ci"]:
            self.fails(2, "verify", "--image", self.image, "--template=ci",
                       option)
        self.fails(2, "verify", "--image", self.image, "--template=test")

    def test_proof_files(self):
        self.make()
        self.verify(0, "--offline", "--proof-dir=proofs")
        names = sorted(p.name for p in (self.dir / "proofs").iterdir())
        self.assertEqual(len(names), 6)
        for proof in (self.dir / "proofs").glob("*.tlog-proof"):
            self.ok("log", "check", proof, "--policy", self.policy, "--leaf",
                    str(proof)[:-len(".tlog-proof")] + ".manifest")


class Medium(ImageTest):
    """What is no image, or not a whole one."""

    def test_length(self):
        """Every class: empty, inside each region, at each border."""
        ends = sorted({0, 1, 511, 512, 1024, 1025, device.MAP_END - 1} |
                      {device.start(n) + d for n in device.MAP
                       for d in (0, 1, 100)} |
                      {device.end(n) for n in device.MAP
                       if n != "applet crash log copy 2"})
        applet = log.firmware(log.LEAF["TRUSTED_APPLET"]).stat().st_size
        needed = device.start("applet slot A") + applet
        for n in ends:
            self.make(size=device.SIZE)
            os.truncate(self.image, n)
            document = self.verify(30)
            self.assertIn("whole eMMC", document["error"]["remedy"])
            document = self.verify(0 if n >= needed else 10, "--offline",
                                   "--partial")
            self.assertIn("absent", [a["content"] for a in document["areas"]])
        self.make(size=device.MAP_END)
        self.verify(0)

    def test_partial_image_is_said_so(self):
        self.make(size=device.start("applet data"))
        document = self.verify(0, "--offline", "--partial")
        self.assertIn("what it lacks was not judged",
                      "\n".join(document["warnings"]))
        self.assertIn("rest of the medium", [a["area"] for a in
                                             document["areas"]] +
                      ["rest of the medium"])
        self.assertIn("applet data", self.areas(document, "absent"))
        self.put(0, b"\1")
        self.verify(14, "--offline", "--partial")

    def test_no_image(self):
        os.mkfifo(self.dir / "fifo")
        for path in ("absent", ".", "fifo", "/dev/null", "/dev/zero", ""):
            document = self.json("verify", "--image", path, "--policy",
                                 self.policy, "--offline",
                                 code=2 if path == "" else 30)
            self.assertNotIn("releases", document)

    def test_unreadable(self):
        self.make()
        self.image.chmod(0)
        self.dir.chmod(0o755)
        # Root reads everything, so root has to be somebody else here.
        nobody = (lambda: os.setuid(65534)) if os.geteuid() == 0 else None
        document = self.verify(30, preexec_fn=nobody)
        self.assertIn("Permission denied", document["error"]["got"])
        self.assertIs(document["error"]["retry"], False)

    def test_link(self):
        """A symbolic link is followed."""
        self.make()
        (self.dir / "link").symlink_to(self.image)
        self.image = self.dir / "link"
        self.verify(0)

    def test_read_error(self):
        """Each part of the medium has a block that cannot be read."""
        self.assertTrue(BAD_READ.exists())
        self.make()
        offsets = [device.start(n) for n in device.CONFIG.values()]
        offsets += [device.start(n) for n in device.PLACE.values()]
        offsets += [device.start("boot config") + 40959, 100]
        for at in offsets:
            self.put(0, b"\0" * 512)  # not a hole
            env = {"LD_PRELOAD": str(BAD_READ), "AW_BAD_READ": str(at),
                   "ASAN_OPTIONS": "verify_asan_link_order=0"}
            document = self.verify(21, env=env)
            self.assertIs(document["error"]["retry"], True)
            self.assertNotIn("verified", document)

    def test_read_error_of_a_boot_partition(self):
        self.make()
        zero = self.write("zero", bytes(4 * MIB))
        # Where the image has a hole, which is not read.
        env = {"LD_PRELOAD": str(BAD_READ), "AW_BAD_READ": str(3 * MIB),
               "ASAN_OPTIONS": "verify_asan_link_order=0"}
        document = self.verify(21, "--offline", "--boot1", zero, env=env)
        self.assertEqual(document["boot1"], "not checked")

    def test_interrupted(self):
        """Ctrl-C ends a long read. Without holes there is much to read."""
        self.make()
        with open(self.image, "r+b") as out:
            out.seek(device.start("OS slot B"))
            for _ in range(192):
                out.write(bytes(MIB))
        env = self.environment({"LC_ALL": "C"})
        process = subprocess.Popen(
            [awcli.AW, "verify", "--image", self.image, "--policy",
             self.policy, "--offline", "--events", self.dir / "events"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        while not (self.dir / "events").exists():
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertIn(process.returncode, (31, 0), err)
        if process.returncode == 31:
            self.assertEqual(out, b"")


if __name__ == "__main__":
    awcli.main()
