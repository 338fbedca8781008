# SPDX-License-Identifier: Apache-2.0
"""A log whose keys the images trust that are built without any, so that boards
which are provisioned from it start; and an operator for them."""
import boards
import flow
import host  # makes the next ones importable

import fwkeys  # noqa: E402  pylint: disable=wrong-import-position
import twins  # noqa: E402  pylint: disable=wrong-import-position

HAB = host.SOURCE / "tests" / "vectors" / "hab"
ORIGIN = fwkeys.ORIGIN
# What the images say of themselves: tests/firmware/policy.cmake.
VERSION = "0.0.0"
TO_USB = "switch-usb-replug"
TO_EMMC = "switch-emmc-replug"
# docs/formats/provision-state.md
STAGES = ["new", "bound", "recovery", "flashed", "hashed", "proven", "closed",
          "complete", "attested"]
# Bank and word: what is fused in the end beside the SRK hash.
HARDENED = {(0, 0): 0x00004000, (0, 6): 0x0cd4000b, (0, 7): 0x00000010}
RPMB = {(4, 6): 1}  # the first start of a closed part


class Trusted(boards.Boards):
    applet = "applet_minimal.elf"

    def setUp(self):
        # All but what the classes between make: other keys, another log.
        super(boards.releases.ReleaseTest, self).setUp()
        self.write("ci.policy", fwkeys.make(self.dir / "keys"))
        self.ok("log", "init", "log", "--key=keys/log.sec",
                "--origin=" + ORIGIN)
        self.srk = (HAB / "srk" / "srk4.fuse.bin").read_bytes().hex()
        self.publish_all(VERSION)

    def sign(self, name, image, *args):
        """By the vectors' keys, which are for everybody to read."""
        self.write(name + ".imx", image)
        options = []
        for kind in ("csf", "img"):
            file = "TEST-%s1_1_key.pem" % kind.upper()
            path = self.dir / file
            path.write_bytes((HAB / "pki" / "keys" / file).read_bytes())
            path.chmod(0o600)
            options += ["--%s-key=%s" % (kind, file),
                        "--%s-cert=%s" % (kind, HAB / "pki" / "crts" / (
                            "%s1_1_crt.pem" % kind.upper()))]
        self.ok("hab", "sign", name + ".imx", "--output=%s.csf" % name,
                "--srk-table=%s" % (HAB / "srk" / "srk4.table.bin"),
                *options, *args)

    def publish_all(self, version=VERSION):
        self.publish_hab("RECOVERY", version)
        self.publish_hab("BOOTLOADER", version)
        self.publish_os("tests/os_srk.elf", version)
        self.publish("TRUSTED_APPLET", version,
                     image=(host.IMAGES / self.applet).read_bytes())

    def publish_os(self, name, version):
        return self.publish("TRUSTED_OS", version,
                            image=(host.IMAGES / name).read_bytes())

    def operator(self, name="twin", refuses=(), device=None):
        """Does what he is asked for, to the board that is meant."""
        def act(event, pid=None):
            if event["state"] != "prompt":
                return
            self.assertEqual(event["device"], "twin=" + (device or name))
            to = {TO_USB: "usb", TO_EMMC: "mmc"}.get(event["code"])
            if to is not None and to not in refuses:
                self.turn(to, name)
        return act

    def turn(self, to, name="twin"):
        self.ok("twin", "power", name, "off")
        self.ok("twin", "switch", name, to)
        self.ok("twin", "power", name, "on")

    def plan_of(self, *args):
        return self.provision("--fuse", "--dry-run", *args)["plan"]

    def run_flow(self, *args, code=0, name="twin", act=None, limit="60s",
                 hold=None, **kwargs):
        """aw provision with an operator beside it."""
        run = flow.Flow(self, [
            "provision", *self.trust(), "--binaries-url=artefacts",
            "--device=twin=" + name, "--operator-timeout=" + limit, *args],
            each=act or self.operator(name), act=hold, **kwargs)
        self.assertEqual(run.code, code, run.text)
        return run

    def fuse(self, *args, **kwargs):
        return self.run_flow("--fuse", "--yes=" + self.plan_of(), *args,
                             **kwargs)

    def fuses(self, name="twin"):
        document = self.json("twin", "fuses", name)
        return {(w["bank"], w["word"]): int(w["fuse"], 16)
                for w in document["words"]}

    def assert_closed(self, before, name="twin"):
        want = dict(before)
        for where, bits in {**twins.srk_words(self.srk), **HARDENED,
                            **RPMB}.items():
            want[where] = want.get(where, 0) | bits
        self.assertEqual(self.fuses(name), want)
