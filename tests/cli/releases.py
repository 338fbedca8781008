# SPDX-License-Identifier: Apache-2.0
"""Keys, images, manifests and a log for tests of aw release."""
import base64
import hashlib
import json
import os
import shutil
import tempfile

import awcli

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SIGNERS = {"TRUSTED_OS": ("os1", "os2"), "TRUSTED_APPLET": ("applet",),
           "BOOTLOADER": ("boot",), "RECOVERY": ("recovery",)}
ROLES = ("log", "boot", "recovery", "os1", "os2", "applet")
LAYOUTS = ("serverless", "tiles")


def b64(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class ReleaseTest(awcli.Test):
    """A set of keys, their policy, and an empty log."""

    layout = "serverless"

    def setUp(self):
        # Many small synced files: not on a disk that others keep busy.
        if os.access("/dev/shm", os.W_OK):
            tempfile.tempdir = "/dev/shm"
        super().setUp()
        self.ok("release", "keygen", "keys", "--name=example.com-aw",
                "--env=ci", "--origin=example.com/firmware/ci",
                "--policy-out=ci.policy")
        self.init_log()

    def init_log(self, name="log", layout=None):
        self.ok("log", "init", name, "--layout", layout or self.layout,
                "--key=keys/log.sec", "--origin=example.com/firmware/ci")

    def forget(self):
        """An empty state, as on a new machine."""
        shutil.rmtree(self.dir / "state", ignore_errors=True)

    def key(self, role):
        return "--key=keys/%s.sec" % role

    def vkey(self, role):
        return (self.dir / "keys" / (role + ".pub")).read_text().strip()

    def policy_with(self, *lines, name="extra.policy"):
        """The policy with more lines, in place of its quorum."""
        text = (self.dir / "ci.policy").read_text()
        if any(line.startswith("quorum") for line in lines):
            text = text.replace("quorum none\n", "")
        return self.write(name, text + "".join(l + "\n" for l in lines))

    def manifest(self, component, version, image, hab=None, envs=None,
                 target="ci"):
        """JSON text of a manifest, as upstream's writer lays it out."""
        text = {"schema_version": 0, "component": component,
                "git": {"tag_name": version, "commit_fingerprint": COMMIT},
                "build": {"tamago_version": "1.22.0"},
                "output": {"firmware_digest_sha256": b64(image)}}
        if envs:
            text["build"]["envs"] = envs
        if hab is not None:
            text["hab"] = {"target": target,
                           "signature_digest_sha256": b64(hab)}
        return json.dumps(text, indent=2) + "\n"

    def make(self, component, version, image=None, hab=None, name=None,
             **kwargs):
        """Writes image, HAB signature and manifest; returns the options that
        name them."""
        name = name or "%s-%s" % (component.lower(), version)
        image = (name + " image").encode() * 50 if image is None else image
        if hab is None and component in ("BOOTLOADER", "RECOVERY"):
            hab = (name + " csf").encode() * 9
        self.write(name + ".img", image)
        self.write(name + ".json", self.manifest(component, version, image,
                                                 hab, **kwargs))
        args = ["--component", component, "--image", name + ".img",
                "--manifest", name + ".json"]
        if hab is not None:
            self.write(name + ".csf", hab)
            args += ["--hab-sig", name + ".csf"]
        return args

    def keys_for(self, component):
        return [self.key(role) for role in SIGNERS[component] + ("log",)]

    def place(self, log="log", policy="./ci.policy"):
        return ["--log", log, "--artefacts", "artefacts", "--policy", policy]

    def publish(self, component, version, *args, code=0, **kwargs):
        """Makes and publishes a release; returns the document."""
        made = self.make(component, version, **kwargs)
        return self.json("release", "publish", *made,
                         *self.keys_for(component), *self.place(), *args,
                         code=code)

    def show(self, *args, code=0, **kwargs):
        return self.json("release", "show", *self.place(**kwargs), *args,
                         code=code)

    def fill(self):
        """Two releases of each component, one with a HAB signature."""
        for version in ("1.0.0", "1.1.0"):
            for component in SIGNERS:
                self.publish(component, version)

    def leaf(self, index, log="log"):
        run = self.ok("log", "get", log, index, "--policy=./ci.policy")
        return run.out_bytes

    def checkpoint(self, log="log"):
        return (self.dir / log / "checkpoint").read_bytes()
