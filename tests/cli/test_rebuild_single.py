# SPDX-License-Identifier: Apache-2.0
"""aw verify-build single: from a manifest to a verdict."""
import os
import subprocess

import awcli
import releases
from rebuilds import RebuildTest


class Single(RebuildTest):
    def test_reproduced(self):
        for component in releases.SIGNERS:
            image = self.image_of(component)
            commit = self.git("rev-parse", "HEAD")
            note = self.signed(self.manifest_of(component, "1.0.0", image,
                                                commit), component)
            document = self.single(note)
            self.assertEqual(document["verdict"], "reproduced")
            self.assertEqual(document["expected"], document["built"])
            self.assertEqual(document["passes"], "2")
            self.assertTrue(document["varied"].startswith("path,user"))

    def test_package_under_its_own_name(self):
        """The compiler's package as it was downloaded; the digest decides
        which of several it is."""
        deb = (self.inputs / "standin.deb").read_bytes()
        image = self.image_of("TRUSTED_OS")
        note = self.signed(self.manifest_of(
            "TRUSTED_OS", "1.0.0", image, self.git("rev-parse", "HEAD")),
            "TRUSTED_OS")
        for path in ("standin.deb", self.package_sha256):
            (self.inputs / path).unlink()
        for n, name in enumerate(("other_1_all.deb", "standin-doc_1_all.deb",
                                  "standin_1_all.txt")):
            (self.inputs / name).write_bytes(deb)
            document = self.single(note, "--cache=empty-%d" % n, code=20)
            self.assertEqual(document["verdict"], "unavailable")
            self.assertIn("package standin with SHA-256 " +
                          self.package_sha256, document["reason"])
        for n in range(5):
            (self.inputs / ("standin_0.%d_all.deb" % n)).write_bytes(b"older")
        (self.inputs / "standin_1%3a1-1_all.deb").write_bytes(deb)
        self.assertEqual(self.single(note, "--cache=new")["verdict"],
                         "reproduced")

    def test_output_is_there(self):
        """Said at once, not behind minutes of building."""
        self.write("there", "kept")
        self.ok("note", "key", "generate", "a.example/one", "--output=key")
        for option in ("--output=there", "--dsse=there"):
            document = self.single("no manifest", option, "--key=key.sec",
                                   code=30)
            self.assertEqual(document["error"]["subject"], "there")
        self.assertEqual((self.dir / "there").read_text(), "kept")

    def test_no_sandbox(self):
        """Where no sandbox can be made the program refuses; nothing is built
        unsealed. bubblewrap goes away in a mount namespace of its own."""
        note = self.signed(self.manifest_of(
            "TRUSTED_OS", "1.0.0", b"x", self.git("rev-parse", "HEAD")),
            "TRUSTED_OS")
        self.write("note", note)
        for hide in ("mount --bind /dev/null /usr/bin/bwrap",
                     # There, and of no use.
                     "mount --bind /bin/false /usr/bin/bwrap"):
            unshare = ["unshare", "-m"] + ([] if os.geteuid() == 0 else ["-Ur"])
            probe = subprocess.run(unshare + ["sh", "-c", hide], check=False,
                                   stderr=subprocess.PIPE)
            self.assertEqual(probe.returncode, 0,
                             "this machine cannot show what happens without a "
                             "sandbox: %s" % probe.stderr)
            command = [awcli.AW, "verify-build", "single", *self.options(),
                       "note"]
            run = subprocess.run(
                unshare + ["sh", "-c", hide + ' && exec "$@"', "sh", *command],
                cwd=self.dir, env=self.environment(), check=False,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(run.returncode, 30, run)
            self.assertRegex(run.stderr, b"bwrap|sandbox", run)


if __name__ == "__main__":
    awcli.main()
