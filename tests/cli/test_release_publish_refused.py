# SPDX-License-Identifier: Apache-2.0
"""aw release publish: what is not announced."""
import os

import awcli
import releases
from releases import ReleaseTest


class Refused(ReleaseTest):
    """What is refused leaves log and artefacts as they were."""

    def setUp(self):
        super().setUp()
        self.publish("TRUSTED_OS", "1.5.0")
        self.before = self.tree()

    def tree(self):
        files = {}
        for top in ("log", "artefacts"):
            for folder, _, names in os.walk(self.dir / top):
                for name in names:
                    path = os.path.join(folder, name)
                    with open(path, "rb") as f:
                        files[path] = f.read()
        return files

    def refused(self, code, args, *more, keys=None):
        keys = self.keys_for(args[1]) if keys is None else keys
        run = self.fails(code, "release", "publish", *args, *keys,
                         *self.place(), *more)
        self.assertEqual(self.tree(), self.before, run)
        return run.err

    def test_image_of_another_release(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        image = self.dir / "trusted_os-2.0.0.img"
        data = image.read_bytes()
        for i, wrong in enumerate((data + b"x", data[:-1], b"x" + data[1:])):
            image.write_bytes(wrong)
            err = self.refused(10, args)
            self.assertIn(releases.sha256(data), err, i)
            self.assertIn(releases.sha256(wrong), err, i)
        image.write_bytes(b"")
        self.refused(30, args)

    def test_hab_signature(self):
        args = self.make("BOOTLOADER", "2.0.0")
        self.assertIn("no --hab-sig", self.refused(10, args[:-2]))
        csf = self.dir / "bootloader-2.0.0.csf"
        csf.write_bytes(csf.read_bytes() + b"\0")
        self.refused(10, args)
        # One where none belongs, and a section without need.
        args = self.make("TRUSTED_OS", "2.0.0")
        self.write("csf", "x")
        self.refused(10, args + ["--hab-sig=csf"])
        self.refused(10, self.make("TRUSTED_OS", "2.0.0", hab=b"x"))
        # A bootloader without section.
        image = b"boot"
        self.write("plain.json", self.manifest("BOOTLOADER", "2.0.0", image))
        self.write("plain.img", image)
        err = self.refused(10, ["--component", "BOOTLOADER",
                                "--image=plain.img", "--manifest=plain.json"])
        self.assertIn("a bootloader or recovery without a HAB signature", err)
        self.assertIn("aw hab sign", err)

    def test_hab_target(self):
        err = self.refused(10, self.make("RECOVERY", "2.0.0", target="prod"))
        self.assertIn("prod", err)

    def test_hab_signature_of_an_applet(self):
        self.write("img", "x")
        self.write("csf", "y")
        err = self.refused(2, [
            "--component", "TRUSTED_APPLET", "--image=img", "--hab-sig=csf",
            "--git-tag=2.0.0", "--git-commit-fingerprint=" + "a" * 40,
            "--tamago-version=1.22.0"])
        self.assertIn("--hab-signature-file is for BOOTLOADER", err)

    def test_component(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        args[1] = "TRUSTED_APPLET"
        self.refused(10, args)
        args[1] = "APPLET"
        self.refused(2, args, keys=[])
        text = self.manifest("TRUSTED_OS", "2.0.0", b"x")
        self.write("odd.json", text.replace("TRUSTED_OS", "OS"))
        self.write("odd.img", "x")
        self.refused(30, ["--component", "TRUSTED_OS", "--image=odd.img",
                          "--manifest=odd.json"])

    def test_build_for_tests(self):
        for env in ("TEST=1", "TEST=true", "TEST", "test=1", "Test = 1"):
            err = self.refused(30, self.make("TRUSTED_OS", "2.0.0",
                                             envs=["DEBUG=1", env]))
            self.assertIn(env, err)
        for i, env in enumerate(("TEST=0", "TEST=", "DEBUG=1", "TESTS=1")):
            self.publish("TRUSTED_OS", "2.0.%d" % i, envs=[env])

    def test_built_for_another_environment(self):
        right = ["LOG_ORIGIN=example.com/firmware/ci",
                 "LOG_PUBLIC_KEY=" + self.vkey("log"),
                 "APPLET_PUBLIC_KEY=" + self.vkey("applet"),
                 "OS_PUBLIC_KEY1=" + self.vkey("os1"),
                 "OS_PUBLIC_KEY2=" + self.vkey("os2")]
        for i, env in enumerate(right):
            wrong = list(right)
            wrong[i] = env.split("=")[0] + "=" + self.vkey("boot")
            err = self.refused(10, self.make("TRUSTED_OS", "2.0.0",
                                             envs=wrong))
            self.assertIn(env, err)
            self.assertIn(wrong[i], err)
        document = self.publish("TRUSTED_OS", "2.0.0", envs=right)
        self.assertEqual(document["index"], "1")

    def test_version(self):
        for version in ("1.5.0", "1.5.0+x", "1.4.9", "1.5.0-rc1"):
            err = self.refused(30, self.make("TRUSTED_OS", version,
                                             image=version.encode()))
            self.assertIn("1.5.0, entry 0", err)
        for version in ("v2.0.0", "2.0", "two", ""):
            self.refused(30, self.make("TRUSTED_OS", version, name="v"))
        document = self.publish("TRUSTED_OS", "1.4.9", "--allow-older")
        self.assertEqual(document["index"], "1")
        # Another component has versions of its own.
        self.publish("TRUSTED_APPLET", "0.0.1")

    def test_long_version(self):
        """Upstream's OS could store it, but never read it again."""
        longest = "2.0.0+" + "x" * 22
        self.assertEqual(len(longest), 28)
        for component in ("TRUSTED_OS", "TRUSTED_APPLET"):
            err = self.refused(30, self.make(component, longest + "x"))
            self.assertIn("28", err)
        self.publish("TRUSTED_OS", longest)
        self.publish("TRUSTED_APPLET", longest + "x", "--allow-long-version")
        self.publish("BOOTLOADER", longest + "xxxx")

    def test_keys(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        # Missing ones are named.
        err = self.refused(30, args, keys=[self.key("log"), self.key("os1")])
        self.assertIn("example.com-aw-os2-ci", err)
        self.assertNotIn("os1-ci", err)
        err = self.refused(30, args, keys=[])
        self.assertIn("os1-ci", err)
        # Others' keys have no business here.
        for role in ("applet", "boot", "recovery"):
            err = self.refused(30, args, self.key(role))
            self.assertIn("another component", err)
        self.ok("note", "key", "generate", "someone", "-o", "someone")
        self.refused(30, args, "--key=someone.sec")
        self.refused(2, args, self.key("os1"))
        os.chmod(self.dir / "keys/os1.sec", 0o644)
        self.refused(30, args)

    def test_key_that_is_none(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        for key, got in (("keys/os1.pub", "a verifier key"),
                         ("keys", "a folder")):
            err = self.refused(30, args, keys=["--key=" + key])
            self.assertIn("got       " + got, err)
            self.assertIn("keys/log.sec", err)

    def test_same_folder(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        (self.dir / "link").symlink_to("log")
        for place in ("log", "./log/", "link"):
            run = self.fails(2, "release", "publish", *args,
                             *self.keys_for("TRUSTED_OS"), "--log=log",
                             "--policy=./ci.policy", "--artefacts", place)
            self.assertIn("same folder", run.err)
        self.assertEqual(self.tree(), self.before)

    def test_folders_of_the_log(self):
        """What lies in there is a stray, or the next writer removes it."""
        args = self.make("TRUSTED_OS", "2.0.0")
        (self.dir / "link").symlink_to("log/seq")
        for place in ("log/.state/tmp", "log/leaves/pending", "log/seq/new/er",
                      "log/tile", "link", "link/x", "./log/../log/seq/a"):
            run = self.fails(2, "release", "publish", *args,
                             *self.keys_for("TRUSTED_OS"), "--log=log",
                             "--policy=./ci.policy", "--artefacts", place)
            self.assertIn("inside the log's", run.err)
        self.assertEqual(self.tree(), self.before)

    def test_address(self):
        """Nothing is put into a folder of the name "http:"."""
        args = self.make("TRUSTED_OS", "2.0.0")
        for place in (["--log=log", "--artefacts=http://127.0.0.1/a/"],
                      ["--log=https://127.0.0.1/", "--artefacts=artefacts"]):
            run = self.fails(2, "release", "publish", *args, *place,
                             *self.keys_for("TRUSTED_OS"),
                             "--policy=./ci.policy")
            self.assertIn("is an address", run.err)
        self.assertFalse((self.dir / "http:").exists())
        self.assertEqual(self.tree(), self.before)

    def test_folder_that_cannot_be_one(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        run = self.fails(30, "release", "publish", *args, "--log=log",
                         *self.keys_for("TRUSTED_OS"), "--policy=./ci.policy",
                         "--artefacts=/proc")
        self.assertIn("your rights", run.err)
        self.assertEqual(self.tree(), self.before)

    def test_line_ends(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        path = self.dir / "trusted_os-2.0.0.json"
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        self.assertIn("CR LF", self.refused(30, args))

    def test_log_key(self):
        """Nobody could sign the new tree, so the log stays as it is."""
        args = self.make("TRUSTED_OS", "2.0.0")
        err = self.refused(30, args, keys=[self.key("os1"), self.key("os2")])
        self.assertIn(self.vkey("log").split("+")[0], err)

    def test_signed_by_another_component(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        name = "trusted_os-2.0.0.json"
        self.ok("note", "sign", name, self.key("applet"), "-o", "foreign")
        args[args.index(name)] = "foreign"
        err = self.refused(10, args)
        self.assertIn("another component", err)

    def test_bad_signature(self):
        args = self.make("TRUSTED_OS", "2.0.0")
        name = "trusted_os-2.0.0.json"
        self.ok("note", "sign", name, self.key("os1"), "-o", "note")
        note = (self.dir / "note").read_text()
        self.write("note", note.replace("2.0.0", "2.0.1"))
        args[args.index(name)] = "note"
        self.refused(12, args)

    def test_places(self):
        args = self.make("TRUSTED_OS", "2.0.0") + self.keys_for("TRUSTED_OS")
        policy = ["--policy=./ci.policy"]
        self.fails(30, "release", "publish", *args, *policy, "--log=nowhere",
                   "--artefacts=artefacts")
        (self.dir / "empty").mkdir()
        run = self.fails(30, "release", "publish", *args, *policy,
                         "--log=empty", "--artefacts=artefacts")
        self.assertIn("aw log init", run.err)
        self.write("file", "x")
        self.fails(30, "release", "publish", *args, *policy, "--log=log",
                   "--artefacts=file")
        self.fails(2, "release", "publish", *args, "--log=log",
                   "--artefacts=artefacts")
        self.fails(2, "release", "publish", *args, *policy, "--log=log")

    def test_artefact_in_the_way(self):
        """A file that is not what its name says is never overwritten."""
        args = self.make("TRUSTED_OS", "2.0.0", image=b"image")
        path = self.write("artefacts/" + releases.sha256(b"image"), "imagE")
        run = self.fails(10, "release", "publish", *args, *self.place(),
                         *self.keys_for("TRUSTED_OS"))
        self.assertIn(path.name, run.err)
        self.assertEqual(path.read_text(), "imagE")
        self.assertEqual(self.show()["valid"], "1")


if __name__ == "__main__":
    awcli.main()
