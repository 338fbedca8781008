# SPDX-License-Identifier: Apache-2.0
"""A provisioning that must not happen: hostile logs, changed artefacts, the
wrong board. In lockstep a twin stands still unless something crosses USB: the
same tick before and after means that nothing did."""
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position


class Hostile(boards.Boards):
    def setUp(self):
        super().setUp()
        self.create()
        self.start("twin", "--mode=lockstep")

    def tick(self):
        return self.json("twin", "status", "twin")["tick"]

    def refuses(self, *codes, args=(), trust=None):
        """No transfer, and the exit code is one of these."""
        before = self.tick()
        run = self.aw("provision", *(trust or self.trust()),
                      "--binaries-url=artefacts",
                      "--device=twin=twin", *args, "--json")
        self.assertIn(run.code, codes, run)
        self.document(run)
        self.assertEqual(self.tick(), before)

    def test_control(self):
        """The tick tells: with nothing changed it moves."""
        before = self.tick()
        self.provision()
        self.assertNotEqual(self.tick(), before)

    def test_fork(self):
        """Another tree under the same key and origin."""
        self.provision("--dry-run")
        args = ["--state=elsewhere"]
        shutil.move(self.dir / "log", self.dir / "first")
        self.ok("log", "init", "log", "--key=keys/log.sec",
                "--origin=example.com/firmware/ci", *args)
        for component in ("TRUSTED_APPLET", "TRUSTED_OS"):
            made = self.make(component, "1.0.0", name="x" + component)
            self.ok("release", "publish", *made, *self.keys_for(component),
                    *self.place(), *args)
        for component in ("RECOVERY", "BOOTLOADER"):
            name = {"RECOVERY": "recovery", "BOOTLOADER": "boot"}[component]
            made = self.make(component, "1.0.0",
                             image=(self.dir / (name + ".imx")).read_bytes(),
                             hab=(self.dir / (name + ".csf")).read_bytes())
            self.ok("release", "publish", *made, *self.keys_for(component),
                    *self.place(), *args)
        self.refuses(12)
        found = self.json("log", "findings")["evidence"]
        self.assertEqual([f["kind"] for f in found], ["fork"])

    def test_rollback(self):
        shutil.copytree(self.dir / "log", self.dir / "old")
        self.publish("TRUSTED_OS", "1.1.0")
        self.provision("--dry-run")
        shutil.rmtree(self.dir / "log")
        shutil.move(self.dir / "old", self.dir / "log")
        self.refuses(12)

    def test_unreachable(self):
        away = ["--policy=./ci.policy", "--log-url=http://127.0.0.1:1/",
                "--srk-hash=" + self.srk, "--tries=1"]
        self.refuses(20, trust=away)
        shutil.move(self.dir / "log", self.dir / "first")
        self.refuses(30)
        shutil.move(self.dir / "first", self.dir / "log")
        for path in (self.dir / "artefacts").iterdir():
            path.unlink()
        self.refuses(20)

    def flip(self, path, at, *codes):
        data = bytearray(path.read_bytes())
        good = bytes(data)
        data[at] ^= 1
        path.write_bytes(data)
        with self.subTest(path.name[:16], at=at):
            self.refuses(*codes)
        path.write_bytes(good)

    def test_images(self):
        """IVT, DCD, boot data, code, last byte; ELF header, segment; CSF
        header, key table, certificate, signature."""
        for path in sorted((self.dir / "artefacts").iterdir()):
            n = path.stat().st_size
            for at in {0, 4, 20, 33, 46, 100, n // 3, n // 2, n - 1}:
                self.flip(path, at, 10)

    def test_statements(self):
        """Manifests and checkpoint: text, signature, key hash."""
        for path in sorted((self.dir / "log" / "seq").rglob("*")):
            if path.is_file():
                n = path.stat().st_size
                for at in (2, n // 3, n // 2, n - 60, n - 5):
                    self.flip(path, at, 10, 11, 12)
        path = self.dir / "log" / "checkpoint"
        lines = path.read_bytes().split(b"\n")
        at = 0
        for line in lines[:-1]:
            if line:
                self.flip(path, at + len(line) // 2, 10, 12)
            at += len(line) + 1

    def test_wrong_recovery(self):
        """One that the log has, and that never shows up on USB: the
        bootloader, which finds nothing to start."""
        image = (self.dir / "boot.imx").read_bytes()
        self.ok("hab", "sign", "boot.imx", "--output=mute.csf", "--sdp",
                "--srk-table=hab/srk.table.bin",
                "--csf-cert=hab/csf1.crt.pem", "--csf-key=hab/csf1.key.pem",
                "--img-cert=hab/img1.crt.pem", "--img-key=hab/img1.key.pem")
        self.publish("RECOVERY", "1.1.0", image=image,
                     hab=(self.dir / "mute.csf").read_bytes())
        document = self.provision("--wait=3s", code=22)
        self.assertEqual(document["reached"], "bound")
        # The next release of it is sound.
        self.publish_hab("RECOVERY", "1.2.0")
        self.reboot()
        document = self.provision()
        self.assertEqual((document["reached"], document["resumed"]),
                         ("flashed", False))  # the log has grown: a new plan
        self.judge()


if __name__ == "__main__":
    awcli.main()
