# SPDX-License-Identifier: Apache-2.0
"""aw release publish: from image and manifest to a release that anybody can
check."""
import os
import shutil

import awcli
import keyhold
import releases
from releases import LAYOUTS, SIGNERS, ReleaseTest
from hab_vectors import HAB, SRK4


class Publish(ReleaseTest):
    def test_all_components(self):
        for layout in LAYOUTS:
            shutil.rmtree(self.dir / "log")
            self.forget()
            self.init_log(layout=layout)
            for i, component in enumerate(SIGNERS):
                document = self.publish(component, "1.2.3")
                self.assertEqual(document["index"], str(i))
                self.assertEqual(document["size"], str(i + 1))
                self.assertEqual(document["layout"], layout)
                self.assertIs(document["duplicate"], False)
            audit = self.json("log", "audit", "log", "--policy=./ci.policy")
            self.assertEqual(audit["verdict"], "passed")
            latest = self.json("log", "list", "log", "--policy=./ci.policy")
            self.assertEqual({e["component"] for e in latest["latest"]},
                             set(SIGNERS))
            shutil.rmtree(self.dir / "artefacts")

    def test_artefacts_by_digest(self):
        document = self.publish("BOOTLOADER", "1.0.0")
        image = (self.dir / "bootloader-1.0.0.img").read_bytes()
        csf = (self.dir / "bootloader-1.0.0.csf").read_bytes()
        for data, row, kind in zip((image, csf), document["artefacts"],
                                   ("firmware", "hab_signature")):
            path = self.dir / "artefacts" / releases.sha256(data)
            self.assertEqual(path.read_bytes(), data)
            self.assertEqual(row, {"kind": kind, "size": str(len(data)),
                                   "sha256": path.name, "stored": True})
        self.assertEqual(len(os.listdir(self.dir / "artefacts")), 2)

    def test_signatures_in_the_order_of_the_policy(self):
        args = self.make("TRUSTED_OS", "1.0.0")
        self.ok("release", "publish", *args, *self.place(), self.key("log"),
                self.key("os2"), self.key("os1"))
        lines = self.leaf(0).decode().split("\n\n")[1].splitlines()
        self.assertEqual([line.split()[1] for line in lines],
                         ["example.com-aw-os1-ci", "example.com-aw-os2-ci"])

    def test_keys_in_token_and_agent(self):
        """The same log, with no key in a file. The policy has their names."""
        args = [*self.make("TRUSTED_OS", "1.0.0"), *self.place()]
        self.ok("release", "publish", *args, *self.keys_for("TRUSTED_OS"))
        files = {name: (self.dir / "log" / name).read_bytes()
                 for name in ("checkpoint", "seq/00/00/00/00/00")}
        shutil.rmtree(self.dir / "log")
        self.forget()
        self.init_log()
        token, agent = keyhold.Token(self), keyhold.Agent(self)
        where = {}
        for role in ("log", "os1"):
            token.add(self.dir / "keys" / (role + ".sec"), role)
            where[role] = token.uri(role)
        where["os2"] = agent.add(self.dir / "keys" / "os2.sec",
                                 self.dir / "keys" / "os2.pub", "a comment")
        keys = ["--key=" + address for address in where.values()]
        self.ok("release", "publish", *args, *keys,
                env={**token.env, **agent.env})
        for name, want in files.items():
            self.assertEqual((self.dir / "log" / name).read_bytes(), want)

    def test_manifest_from_options(self):
        """The same entry as from a file."""
        for component in SIGNERS:
            made = self.make(component, "1.0.0", envs=["DEBUG=1", "BEE=1"])
            says = ["--git-tag=v1.0.0", "--git-commit-fingerprint",
                    releases.COMMIT, "--tamago-version=1.22.0",
                    "--build-env=DEBUG=1", "--build-env", "BEE=1"]
            i = made.index("--manifest")
            del made[i:i + 2]
            self.ok("release", "publish", *made, *says, *self.place(),
                    *self.keys_for(component))
            again = self.publish(component, "1.0.0", envs=["DEBUG=1", "BEE=1"])
            self.assertIs(again["duplicate"], True)
            for more in (["--git-tag=1.0.0"], ["--build-env=X=1"],
                         ["--tamago-version=1.22.0"]):
                self.fails(2, "release", "publish", *made, *more,
                           *self.place(), *self.keys_for(component))
                self.fails(2, "release", "publish", *made, *more,
                           "--manifest", component.lower() + "-1.0.0.json",
                           *self.place(), *self.keys_for(component))
        run = self.fails(2, "release", "publish", *made, *self.place())
        self.assertIn("--git-tag", run.err)

    def test_signed_before(self):
        """A note with all signatures goes into the log as it is."""
        args = self.make("TRUSTED_OS", "1.0.0")
        name = "trusted_os-1.0.0"
        self.ok("note", "sign", name + ".json", self.key("os2"), "-o", "n2")
        self.ok("note", "sign", "n2", "--countersign", self.key("os1"),
                "--vkey=keys/os2.pub", "-o", "n21")
        args[args.index(name + ".json")] = "n21"
        self.ok("release", "publish", *args, *self.place(), self.key("log"))
        self.assertEqual(self.leaf(0), (self.dir / "n21").read_bytes())

    def test_again(self):
        """The same command twice: one entry."""
        for component in SIGNERS:
            first = self.publish(component, "1.0.0")
            again = self.publish(component, "1.0.0")
            self.assertIs(again["duplicate"], True)
            for name in ("index", "leaf_hash", "size", "root"):
                self.assertEqual(again[name], first[name])
            self.assertEqual([a["stored"] for a in again["artefacts"]],
                             [False] * len(again["artefacts"]))
        # Also when newer ones came after it.
        self.publish("TRUSTED_OS", "2.0.0")
        again = self.publish("TRUSTED_OS", "1.0.0")
        self.assertEqual((again["index"], again["size"]), ("0", "5"))

    def test_text(self):
        args = self.make("TRUSTED_APPLET", "1.0.0")
        run = self.ok("release", "publish", *args, *self.place(),
                      *self.keys_for("TRUSTED_APPLET"))
        self.assertRegex(run.out, r"(?m)^published: +yes$")
        self.assertRegex(run.out, r"(?m)^verified: +yes$")


class Rom(ReleaseTest):
    """What the boot ROM of a closed device decides, before it is too late."""

    def setUp(self):
        super().setUp()
        self.policy_with("srk-hash " + SRK4, name="srk.policy")

    def boot(self, signature, code=0, policy="./srk.policy"):
        made = self.make("BOOTLOADER", "1.0.0",
                         (HAB / "image" / "test.imx").read_bytes(),
                         (HAB / "csf" / signature).read_bytes())
        return self.json("release", "publish", *made,
                         *self.keys_for("BOOTLOADER"),
                         *self.place(policy=policy), code=code)

    def test_boots(self):
        self.assertEqual(self.boot("flash.cst331.bin")["hab"], "checked")
        document = self.show("--check", policy="./srk.policy")
        self.assertEqual(document["releases"][0]["hab"], "checked")

    def test_refused(self):
        document = self.boot("flash-attacker.bin", code=10)
        self.assertTrue(document["error"]["code"].startswith("HAB_"))
        self.assertFalse((self.dir / "artefacts").exists())
        # Published without a look; found later.
        document = self.boot("flash-attacker.bin", policy="./ci.policy")
        self.assertEqual(document["hab"], "not checked")
        self.assertIn("--srk-hash", document["warnings"][0])
        document = self.show("--check", policy="./srk.policy", code=10)
        self.assertEqual(document["releases"][0]["hab"], "refused")
        self.assertEqual(document["checked"], "failed")
        self.show("--check")

    def test_other_components(self):
        document = self.publish("TRUSTED_OS", "1.0.0")
        self.assertNotIn("hab", document)
        self.assertNotIn("warnings", document)


class Elsewhere(ReleaseTest):
    """Keys that are on other machines."""

    def setUp(self):
        super().setUp()
        self.args = self.make("TRUSTED_OS", "1.0.0")

    def listed(self):
        return int(self.json("log", "list", "log", "--latest",
                             "--policy=./ci.policy")["valid"])

    def publish_with(self, *more, code=0):
        return self.json("release", "publish", *self.args, *self.place(),
                         *more, code=code)

    def test_one_key_a_run(self):
        step = self.publish_with("--prepare=text")
        self.assertEqual(step["waits_for"], "manifest")
        self.assertEqual([m.split("+")[0] for m in step["missing"]],
                         ["example.com-aw-os1-ci", "example.com-aw-os2-ci"])
        self.assertEqual((self.dir / "text").read_text(),
                         (self.dir / "trusted_os-1.0.0.json").read_text())
        self.assertEqual(self.listed(), 0)
        for role in ("os1", "os2"):
            self.ok("note", "sign", "text", self.key(role), "-o", role)
        # Each signer signed the same text; the order is the policy's.
        signed = ["--attach=os2", "--attach=os1"]
        step = self.publish_with(*signed, "--prepare=checkpoint")
        self.assertEqual(step["waits_for"], "checkpoint")
        self.assertEqual([m.split("+")[0] for m in step["missing"]],
                         [self.vkey("log").split("+")[0]])
        self.assertEqual(self.listed(), 0)
        self.ok("note", "sign", "checkpoint", self.key("log"), "-o", "log1")
        done = self.publish_with(*signed, "--attach=log1")
        self.assertIs(done["published"], True)
        self.assertEqual(self.checkpoint(),
                         (self.dir / "log1").read_bytes())
        lines = self.leaf(0).decode().split("\n\n")[1].splitlines()
        self.assertEqual([line.split()[1] for line in lines],
                         ["example.com-aw-os1-ci", "example.com-aw-os2-ci"])
        # Again: all is there.
        again = self.publish_with(*signed, "--attach=log1")
        self.assertIs(again["duplicate"], True)

    def test_same_bytes_as_with_keys(self):
        self.ok("note", "sign", "trusted_os-1.0.0.json", self.key("os1"),
                "-o", "os1")
        self.publish_with("--attach=os1", self.key("os2"), self.key("log"))
        self.forget()
        self.init_log("other")
        self.ok("release", "publish", *self.args, *self.place("other"),
                *self.keys_for("TRUSTED_OS"))
        self.assertEqual(self.checkpoint(), self.checkpoint("other"))

    def test_wrong_notes(self):
        self.write("other", "something else\n")
        self.ok("note", "sign", "other", self.key("os1"), "-o", "wrong")
        self.publish_with("--attach=wrong", self.key("os2"), self.key("log"),
                          code=10)
        self.write("rubbish", "rubbish")
        self.publish_with("--attach=rubbish", code=10)
        # A stranger's signature over the right text does not help.
        self.ok("note", "key", "generate", "someone", "-o", "someone")
        self.ok("note", "sign", "trusted_os-1.0.0.json", "--key=someone.sec",
                "-o", "strange")
        self.publish_with("--attach=strange", self.key("os2"),
                          self.key("log"), code=30)

    def test_old_checkpoint(self):
        """Signed over a tree that has grown since."""
        keys = [self.key("os1"), self.key("os2")]
        self.publish_with(*keys, "--prepare=first")
        self.ok("note", "sign", "first", self.key("log"), "-o", "signed")
        self.publish("TRUSTED_APPLET", "1.0.0")
        # It is published by now: the other run's checkpoint covers it.
        done = self.publish_with(*keys, "--attach=signed")
        self.assertEqual((done["index"], done["size"]), ("0", "2"))
        self.args = self.make("TRUSTED_OS", "1.1.0")
        self.publish_with(*keys, "--attach=signed", code=10)
        self.publish_with(*keys, code=30)
        self.publish_with(*keys, self.key("log"))

    def test_text_is_never_overwritten(self):
        self.publish_with("--prepare=text")
        self.publish_with("--prepare=text", code=30)


if __name__ == "__main__":
    awcli.main()
