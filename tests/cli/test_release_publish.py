# SPDX-License-Identifier: Apache-2.0
"""aw release publish: from image and manifest to a release that anybody can
check."""
import fcntl
import os
import shutil
import subprocess

import awcli
import keyhold
import releases
from releases import LAYOUTS, SIGNERS, ReleaseTest
from test_hab import HAB, SRK4


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


class RolledBack(ReleaseTest):
    """The folder of the log went back in time."""

    def roll_back(self):
        self.publish("TRUSTED_OS", "1.0.0")
        shutil.copytree(self.dir / "log", self.dir / "old", symlinks=True)
        self.publish("TRUSTED_OS", "1.1.0")
        (self.dir / "log").rename(self.dir / "new")
        (self.dir / "old").rename(self.dir / "log")

    def files(self):
        return {path.relative_to(self.dir): path.read_bytes()
                for top in ("log", "artefacts")
                for path in (self.dir / top).rglob("*") if path.is_file()}

    def test_nothing_is_added(self):
        for layout in LAYOUTS:
            for name in ("log", "new"):
                shutil.rmtree(self.dir / name, ignore_errors=True)
            self.forget()
            self.init_log(layout=layout)
            self.roll_back()
            before = self.files()
            document = self.publish("TRUSTED_APPLET", "1.0.0", code=12)
            self.assertEqual(self.files(), before)
            self.assertIn("a tree of size 1 is signed",
                          document["error"]["got"])
            self.assertIn("bring the folder back", document["error"]["remedy"])
            found = self.json("log", "findings")["evidence"]
            self.assertEqual([f["kind"] for f in found], ["rollback"])
            self.assertEqual(found[0]["shown_note"].encode(),
                             self.checkpoint())
            # The new log copied back over it: all is well.
            shutil.copytree(self.dir / "new", self.dir / "log",
                            symlinks=True, dirs_exist_ok=True)
            self.assertEqual(self.publish("TRUSTED_APPLET", "1.0.0")["index"],
                             "2")

    def test_stuck(self):
        """An entry of the old folder, with its index file, is in a copy that
        was mixed with the new one: it can be published all the same."""
        self.roll_back()
        args = [*self.make("TRUSTED_APPLET", "1.0.0"), *self.place(),
                *self.keys_for("TRUSTED_APPLET")]
        # Another machine, which knows of no newer log, adds it there.
        self.ok("release", "publish", *args,
                env={"AW_STATE_DIR": str(self.dir / "other")})
        shutil.copytree(self.dir / "new", self.dir / "log",
                        symlinks=True, dirs_exist_ok=True)
        document = self.json("release", "publish", *args)
        self.assertEqual((document["index"], document["duplicate"]),
                         ("2", False))
        again = self.json("release", "publish", *args)
        self.assertEqual((again["index"], again["duplicate"]), ("2", True))
        audit = self.json("log", "audit", "log", "--policy=./ci.policy")
        self.assertEqual(audit["verdict"], "passed")
        self.show("--check")


class LeftBehind(ReleaseTest):
    """Entries of runs that were abandoned go out with the next one."""

    def test_named(self):
        keys = self.keys_for("TRUSTED_OS")[:2]
        abandoned = self.make("TRUSTED_OS", "1.0.0")
        self.ok("release", "publish", *abandoned, *keys, *self.place(),
                "--prepare=checkpoint")
        self.write("rubbish", "rubbish")
        self.ok("log", "add", "log", "rubbish")
        args = self.make("TRUSTED_APPLET", "1.0.0")
        # Also where the checkpoint is only prepared.
        step = self.json("release", "publish", *args, self.key("applet"),
                         *self.place(), "--prepare=checkpoint2")
        self.assertEqual(len(step["warnings"]), 2)
        self.assertIn("entry 0, TRUSTED_OS, 1.0.0", step["warnings"][0])
        self.assertIn("entry 1, no release", step["warnings"][1])
        document = self.publish("TRUSTED_APPLET", "1.0.0")
        self.assertEqual(document["also_published"], [
            {"index": "0", "component": "TRUSTED_OS", "version": "1.0.0"},
            {"index": "1"}])
        self.assertEqual(document["warnings"], step["warnings"])
        # They are published now, and named no more.
        self.assertNotIn("also_published",
                         self.publish("TRUSTED_APPLET", "1.1.0"))

    def test_text(self):
        args = self.make("TRUSTED_OS", "1.0.0")
        self.ok("release", "publish", *args, *self.keys_for("TRUSTED_OS")[:2],
                *self.place(), "--prepare=checkpoint")
        args = self.make("TRUSTED_APPLET", "2.0.0")
        run = self.ok("release", "publish", *args, *self.place(),
                      *self.keys_for("TRUSTED_APPLET"))
        self.assertRegex(run.out, r"also published:\n +- index: +0\n"
                                  r" +component: +TRUSTED_OS\n"
                                  r" +version: +1.0.0\n")
        self.assertIn("warning: the checkpoint also covers entry 0", run.err)


class AtOnce(ReleaseTest):
    def test_many(self):
        """They wait for each other; every one of them is in the log."""
        runs = []
        for component in SIGNERS:
            for role in range(2):
                args = self.make(component, "1.%d.0" % role)
                runs.append(subprocess.Popen(
                    [awcli.AW, "release", "publish", *map(str, args),
                     *self.keys_for(component), *self.place(),
                     "--allow-older", "--timeout=100s"], cwd=self.dir,
                    env=self.environment(), stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE))
        for run in runs:
            err = run.communicate()[1]
            self.assertEqual(run.returncode, 0, err.decode())
        self.assertEqual(self.show("--check")["valid"], "8")

    def test_locked(self):
        with open(self.dir / "log/.state/treeState.lock", "r+b") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            args = self.make("TRUSTED_OS", "1.0.0")
            self.fails(22, "release", "publish", *args, *self.place(),
                       *self.keys_for("TRUSTED_OS"), "--timeout=200ms")

    def test_locked_artefacts(self):
        (self.dir / "artefacts").mkdir()
        before = self.checkpoint()
        folder = os.open(self.dir / "artefacts", os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        args = self.make("TRUSTED_OS", "1.0.0")
        self.fails(22, "release", "publish", *args, *self.place(),
                   *self.keys_for("TRUSTED_OS"), "--timeout=500ms")
        os.close(folder)
        self.assertEqual(self.checkpoint(), before)

    def test_locked_state(self):
        """The time limit ends this wait, too."""
        self.publish("TRUSTED_APPLET", "1.0.0")
        folder = os.open(self.dir / "state", os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        args = self.make("TRUSTED_OS", "1.0.0")
        run = self.fails(22, "release", "publish", *args, *self.place(),
                         *self.keys_for("TRUSTED_OS"), "--timeout=500ms")
        os.close(folder)
        self.assertNotIn("kept locked", run.err)


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
