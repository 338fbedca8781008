# SPDX-License-Identifier: Apache-2.0
"""A provisioning that must not happen: hostile logs, changed artefacts, the
wrong board. In lockstep a twin stands still unless something crosses USB: the
same tick before and after means that nothing did."""
import pathlib
import shutil
import struct
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

    @staticmethod
    def imx_classes(data):
        """Places in an image for the boot ROM, by what they are."""
        words = struct.unpack_from("<8I", data)
        dcd = words[3] - words[5]
        classes = {name: 4 * k for k, name in enumerate((
            "IVT header", "entry", "reserved", "DCD pointer",
            "boot data pointer", "self", "CSF pointer"))}
        classes.update({"boot data start": 0x20, "boot data length": 0x24,
                        "plugin": 0x28, "DCD header": dcd,
                        "DCD command": dcd + 4, "DCD address": dcd + 8,
                        "DCD value": dcd + 12, "gap": 0xbff, "code": 0xc00,
                        "middle": len(data) // 2, "end": len(data) - 1})
        return classes

    @staticmethod
    def csf_classes(data):
        """Places in a HAB signature: header, each command, what its offset
        leads to, what fills it up."""
        classes = {"header": 0, "end": len(data) - 1}
        at, end = 4, struct.unpack_from(">H", data, 1)[0]
        while at < end:
            tag, size = struct.unpack_from(">BH", data, at)
            classes["command %x at %d" % (tag, at)] = at + 4
            where = struct.unpack_from(">I", data, at + 8)[0]
            if tag in (0xbe, 0xca) and 0 < where < len(data):
                kind, n = struct.unpack_from(">BH", data, where)
                classes["object %x at %d" % (kind, where)] = where
                classes["in object %x at %d" % (kind, where)] = where + n // 2
                classes["end of object %x at %d" % (kind, where)] = (
                    where + n - 1)
            at += size
        return classes

    @staticmethod
    def elf_classes(data):
        """The pretended images of these tests have no structure: places
        only."""
        n = len(data)
        return {"begin": 0, "16": 16, "middle": n // 2, "end": n - 1}

    def test_images(self):
        """Every class of bytes of every artefact, and a byte less and
        more."""
        boot = {(self.dir / name).read_bytes()
                for name in ("boot.imx", "recovery.imx")}
        csf = {(self.dir / name).read_bytes()
               for name in ("boot.csf", "recovery.csf")}
        seen = 0
        for path in sorted((self.dir / "artefacts").iterdir()):
            good = path.read_bytes()
            classes = (self.imx_classes if good in boot else
                       self.csf_classes if good in csf else
                       self.elf_classes)(good)
            seen += len(classes)
            for name, at in classes.items():
                with self.subTest(path.name[:16], bytes=name):
                    self.flip(path, at, 10)
            for other in (good[:-1], good + b"\0", b""):
                path.write_bytes(other)
                self.refuses(10)
            path.write_bytes(good)
        self.assertGreater(seen, 2 * 17 + 2 * 14 + 2 * 4)

    def flip_lines(self, path, *codes):
        """A byte in the middle of every line."""
        at = 0
        for line in path.read_bytes().split(b"\n")[:-1]:
            if line:
                self.flip(path, at + len(line) // 2, *codes)
            at += len(line) + 1

    def test_statements(self):
        """Every line of manifests and checkpoint: text, names, key hashes,
        signatures; every node of the tree."""
        log = self.dir / "log"
        for path in sorted((log / "seq").rglob("*")):
            if path.is_file():
                self.flip_lines(path, 10)
                n = path.stat().st_size
                self.flip(path, n - 60, 10)  # of a key hash, or near it
        self.flip_lines(log / "checkpoint", 10, 12)
        # Tiles of smaller trees are not read.
        tile, = (log / "tile").rglob("*.04")
        for at in range(0, tile.stat().st_size, 7):
            self.flip(tile, at, 10, 12)

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
