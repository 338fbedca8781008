# SPDX-License-Identifier: Apache-2.0
"""aw ctl install on twins that run our bootloader, trusted OS and an applet,
released with the keys that they trust. What the device does with it, power
cuts too, is in tests/scenario/control_update.c and os_cut.c."""
import shutil
import tempfile

import host  # makes the next ones importable

import awcli  # noqa: E402  pylint: disable=wrong-import-position
import fwkeys  # noqa: E402  pylint: disable=wrong-import-position

BLOCK = 512
BOOT = 1024
PLACES = {"os-a": (0x5000, 0x5050), "applet-a": (0x200000, 0x200050)}
SIGNERS = {"TRUSTED_OS": ("os1", "os2"), "TRUSTED_APPLET": ("applet",)}
OS = {"1.0.0": "tests/os_old.elf", "1.1.0": "tests/os_new.elf"}


class Install(awcli.Test):
    golden = None

    def setUp(self):
        super().setUp()
        cls = Install
        if cls.golden is None:
            self.make()
            # pylint: disable-next=consider-using-with
            cls.golden = tempfile.TemporaryDirectory(prefix="aw-cli-")
            shutil.copytree(self.dir, cls.golden.name, dirs_exist_ok=True)
        else:
            shutil.copytree(cls.golden.name, self.dir, dirs_exist_ok=True)
        self.start()

    def make(self):
        """Releases in a log, and a bundle of each."""
        self.write("ci.policy", fwkeys.make(self.dir / "keys"))
        self.ok("log", "init", "log", "--key=keys/log.sec",
                "--origin=" + fwkeys.ORIGIN)
        for version, name in OS.items():
            self.publish("TRUSTED_OS", version, name)
        for version in ("0.9.0", "1.0.0", "1.0.1", "1.0.2"):
            self.publish("TRUSTED_APPLET", version, "applet_minimal.elf")

    def publish(self, component, version, name):
        image = "%s-%s" % (component, version)
        self.write(image, (host.IMAGES / name).read_bytes())
        done = self.json(
            "release", "publish", "--component=" + component,
            "--image=" + image, "--git-tag=" + version,
            "--git-commit-fingerprint=" + "0123456789" * 4,
            "--tamago-version=1.22.0", "--log=log", "--artefacts=artefacts",
            "--policy=./ci.policy", "--allow-older",
            *("--key=keys/%s.sec" % r for r in SIGNERS[component] + ("log",)))
        index = done["index"]
        leaf = self.ok("log", "get", "log", index, "--policy=./ci.policy")
        self.write(image + ".manifest", leaf.out_bytes)

    def bundle(self, component, version, *args):
        name = "%s-%s" % (component, version)
        (self.dir / (name + ".bundle")).unlink(missing_ok=True)
        self.ok("bundle", "make", "--log=log", "--policy=./ci.policy",
                "--manifest=" + name + ".manifest", "--firmware=" + name,
                "--output=" + name + ".bundle", *args)
        return name

    def start(self):
        """A twin with 1.0.0 of both in their slots A."""
        self.ok("twin", "create", "twin", "--soc=ull")
        with open(self.dir / "twin" / "emmc.img", "r+b") as card:
            card.seek(BOOT)
            card.write((host.IMAGES / "boot_debug.imx").read_bytes())
            for component, slot in (("TRUSTED_OS", "os-a"),
                                    ("TRUSTED_APPLET", "applet-a")):
                name = self.bundle(component, "1.0.0", "--slot=" + slot)
                config, image = PLACES[slot]
                card.seek(config * BLOCK)
                card.write((self.dir / (name + ".bundle")).read_bytes())
                card.seek(image * BLOCK)
                card.write((self.dir / name).read_bytes())
        self.addCleanup(self.aw, "twin", "stop", "twin")
        self.ok("twin", "start", "twin", "--detach", "--mode=lockstep")

    def args(self, component, version, *more):
        name = self.bundle(component, version, "--form=file")
        return ["ctl", "install", name + ".bundle", "--firmware=" + name,
                "--policy=./ci.policy", "--device=twin=twin", *more]

    def install(self, component, version, *more, code=0):
        return self.json(*self.args(component, version, *more), code=code)

    def status(self):
        return self.json("ctl", "status", "--device=twin=twin")

    def slots(self, component):
        return {s["copy"]: s for s in self.status()["slots"]
                if s["component"] == component}

    def test_applet(self):
        document = self.install("TRUSTED_APPLET", "1.0.1", "--dry-run")
        self.assertIs(document["dry_run"], True)
        self.assertNotIn("installed", document)
        self.assertEqual(document["before"]["version"], "1.0.0")
        document = self.install("TRUSTED_APPLET", "1.0.1")
        self.assertEqual(document["resumed_at"], "0")
        self.assertEqual(document["before"]["slot"], "A")
        self.assertIs(document["installed"], True)
        self.assertEqual(document["runs"], {
            "version": "1.0.1", "slot": "B", "copy": 1, "confirmed": False})
        # On trial it takes no other; then it shows that it works.
        document = self.install("TRUSTED_APPLET", "1.0.2", code=30)
        self.assertIn("update: not now", document["error"]["got"])
        self.ok("twin", "run", "twin", "--for=70s")
        slots = self.slots("TRUSTED_APPLET")
        self.assertIs(slots[1]["confirmed"], True)
        self.assertEqual(slots[1]["version"], "1.0.1")
        self.assertEqual(slots[2]["version"], "1.0.0")
        # Older, and by a cable on which somebody sits.
        document = self.install("TRUSTED_APPLET", "0.9.0", code=30)
        self.assertIn("update: version", document["error"]["got"])
        self.assertEqual(self.slots("TRUSTED_APPLET"), slots)
        run = self.ok(*self.args("TRUSTED_APPLET", "1.0.2"))
        self.assertIn("1.0.2", run.out)

    def test_example(self):
        """The one of aw-ctl(1), as it stands there."""
        page = (host.SOURCE / "man" / "aw-ctl.1.in").read_text()
        command = next(line[2:] for line in page.splitlines()
                       if line.startswith("# aw ctl install"))
        name = self.bundle("TRUSTED_APPLET", "1.0.1", "--form=file")
        for have, want in (("ci.policy", "site.policy"), (name, "applet.elf"),
                           (name + ".bundle", "applet.bundle")):
            shutil.copy(self.dir / have, self.dir / want)
        self.write("aw.json", '{"device": "twin=twin"}')
        self.ok("-c", command, program="/bin/sh", env={
            "PATH": "%s:/usr/bin:/bin" % host.PROGRAM.parent,
            "AW_CONFIG": "aw.json"})
        self.assertEqual(self.slots("TRUSTED_APPLET")[1]["version"], "1.0.1")

    def test_os(self):
        document = self.install("TRUSTED_OS", "1.1.0")
        self.assertEqual(document["before"]["version"], "1.0.0")
        self.assertEqual(document["runs"]["version"], "1.1.0")
        self.assertEqual(self.status()["status"]["version"], "1.1.0")

    def test_refused_here(self):
        """What the host refuses is not sent."""
        before = self.status()
        name = self.bundle("TRUSTED_APPLET", "1.0.1", "--form=file")
        good = ["ctl", "install", name + ".bundle", "--device=twin=twin"]
        self.fails(2, *good)  # nobody to trust
        self.json(*good, "--policy=./ci.policy", code=30)  # no image
        image = bytearray((self.dir / name).read_bytes())
        image[len(image) // 2] ^= 1
        self.write("bad", bytes(image))
        self.json(*good, "--policy=./ci.policy", "--firmware=bad", code=10)
        self.json(*good, "--policy=./ci.policy", "--firmware=" + name,
                  "--component=TRUSTED_OS", code=10)
        self.json(*good, "--policy=./ci.policy", "--firmware=" + name,
                  "--least-version=1.0.2", code=10)
        self.json("ctl", "install", name, "--policy=./ci.policy",
                  "--device=twin=twin", code=10)
        other = (self.dir / "ci.policy").read_text().replace(
            "component TRUSTED_APPLET ", "component RECOVERY ")
        self.write("other.policy", "".join(
            line + "\n" for line in other.splitlines()
            if not line.startswith("component RECOVERY example.com-aw-test-r"
                                   )))
        self.json(*good, "--policy=./other.policy", "--firmware=" + name,
                  code=10)
        after = self.status()
        self.assertEqual(before["slots"], after["slots"])

    def test_resume(self):
        """The cable goes on the way, and again."""
        args = self.args("TRUSTED_OS", "1.1.0", "--json")
        self.status()  # it is up
        came = 0
        for after in range(4, 60, 4):
            self.ok("twin", "fault", "unplug", "twin",
                    "--after=%d000000" % after)
            run = self.aw(*args)
            self.assertEqual(run.code, 21, run)
            self.ok("twin", "plug", "twin")
            came = self.status().get("incoming", {}).get("received", 0)
            if came > 0:
                break
        document = self.install("TRUSTED_OS", "1.1.0")
        self.assertEqual(int(document["resumed_at"]), came)
        self.assertEqual(document["runs"]["version"], "1.1.0")

    def test_orders(self):
        """What only a closed part has to do."""
        serial = self.status()["status"]["serial"]
        for command in ("program-rpmb", "next-identity"):
            with self.subTest(command):
                args = ["ctl", command, "--device=twin=twin"]
                self.json(*args, code=30)
                document = self.json(*args, "--yes=0123", code=30)
                self.assertIn("another board", document["error"]["what"])
                document = self.json(*args, "--yes=" + serial, code=30)
                self.assertIn("SRK hash", document["error"]["got"])


if __name__ == "__main__":
    awcli.main()
