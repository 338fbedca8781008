# SPDX-License-Identifier: Apache-2.0
"""A log with our own bootloader and recovery, and twins on which the host's
program puts and verifies them: everything that crosses USB does."""
import shutil
import subprocess
import tempfile

import host  # makes the next ones importable

import releases  # noqa: E402  pylint: disable=wrong-import-position

BLOCK = 512
BOOT_IMAGE = 0x400
BOOT_CONFIG = 0x4fb0 * BLOCK
OS_CONFIG = 0x5000 * BLOCK
OS_SLOT_A = 0x5050 * BLOCK
OS_SLOT_B = 0x102828 * BLOCK
OS_CONFIG_2 = 0x4f10 * BLOCK
APPLET_CONFIG = 0x200000 * BLOCK
APPLET_SLOT_A = 0x200050 * BLOCK


class Boards(releases.ReleaseTest):
    """A log of the four components, and a policy."""

    def setUp(self):
        super().setUp()
        self.ok("hab", "pki", "--output=hab")
        self.publish_all()
        self.srk = (self.dir / "hab" / "srk.hash.bin").read_bytes().hex()

    def publish_all(self, version="1.0.0"):
        self.publish_hab("RECOVERY", version)
        self.publish_hab("BOOTLOADER", version)
        self.publish("TRUSTED_OS", version)
        self.publish("TRUSTED_APPLET", version)

    def publish_hab(self, component, version, **kwargs):
        """A bootloader or recovery, signed for the boot ROM."""
        name, args = {"RECOVERY": ("recovery", ["--sdp"]),
                      "BOOTLOADER": ("boot", [])}[component]
        image = (host.IMAGES / (name + ".imx")).read_bytes()
        if not (self.dir / (name + ".csf")).exists():
            self.sign(name, image, *args)
        return self.publish(component, version, image=image,
                            hab=(self.dir / (name + ".csf")).read_bytes(),
                            **kwargs)

    def sign(self, name, image, *args):
        self.write(name + ".imx", image)
        self.ok("hab", "sign", name + ".imx", "--output=%s.csf" % name,
                "--srk-table=hab/srk.table.bin",
                "--csf-cert=hab/csf1.crt.pem", "--csf-key=hab/csf1.key.pem",
                "--img-cert=hab/img1.crt.pem", "--img-key=hab/img1.key.pem",
                *args)

    def create(self, name="twin", soc="ull"):
        self.ok("twin", "create", name, "--soc=" + soc)
        self.ok("twin", "switch", name, "usb")

    def start(self, name="twin", *args):
        self.addCleanup(self.aw, "twin", "stop", name)
        self.ok("twin", "start", name, "--detach", *args)

    def stop(self, name="twin"):
        self.ok("twin", "stop", name)

    def reboot(self, name="twin"):
        """Off and on: it waits in its boot ROM again."""
        self.ok("twin", "power", name, "off")
        self.ok("twin", "power", name, "on")

    def trust(self):
        return ["--policy=./ci.policy", "--log-url=log",
                "--srk-hash=" + self.srk]

    def provision(self, *args, code=0, name="twin", **kwargs):
        return self.json("provision", *self.trust(),
                         "--binaries-url=artefacts",
                         "--device=twin=" + name, *args, code=code, **kwargs)

    def verify(self, *args, code=0, name="twin", sample=True, **kwargs):
        """The device on the bus."""
        return self.json("verify", *self.trust(), "--binaries-url=artefacts",
                         "--device=twin=" + name,
                         *(["--sample"] if sample else []), *args, code=code,
                         **kwargs)

    def judge(self, name="twin", *args, code=0):
        """What aw verify says of the eMMC that a twin leaves."""
        self.stop(name)
        return self.json("verify", "--image=%s/emmc.img" % name,
                         *self.trust(), "--strict-residue", *args, code=code)

    def poke(self, offset, data, name="twin", file="emmc.img"):
        """Bytes into a memory of a twin that does not run."""
        with open(self.dir / name / file, "r+b") as image:
            image.seek(offset)
            image.write(data)

    def peek(self, offset, n, name="twin", file="emmc.img"):
        with open(self.dir / name / file, "rb") as image:
            image.seek(offset)
            return image.read(n)


class Provisioned(Boards):
    """The same, with a device that was provisioned: made once a run."""

    golden = None

    def setUp(self):
        cls = Provisioned
        if cls.golden is None:
            super().setUp()
            self.create()
            self.start()
            self.provision()
            self.stop()
            # pylint: disable-next=consider-using-with
            cls.golden = tempfile.TemporaryDirectory(
                prefix="aw-cli-", dir=self.dir.parent)
            self.copy(self.dir, cls.golden.name)
            cls.golden_srk = self.srk
        else:
            super(releases.ReleaseTest, self).setUp()
            self.copy(cls.golden.name, self.dir)
            self.srk = cls.golden_srk

    @staticmethod
    def copy(source, to):
        """Holes stay holes."""
        shutil.rmtree(to, True)
        subprocess.run(["cp", "-a", str(source), str(to)], check=True)
