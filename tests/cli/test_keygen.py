# SPDX-License-Identifier: Apache-2.0
"""aw release keygen: keys by role, all or none, and the policy of them."""
import fcntl
import os
import stat

import awcli
import keyhold

ROLES = ["log", "boot", "recovery", "os1", "os2", "applet"]


class Keygen(awcli.Test):
    def keygen(self, *args, code=0, **kwargs):
        return self.json("release", "keygen", "keys", "--name=example.com-aw",
                         *args, code=code, **kwargs)

    def files(self, folder="keys"):
        path = self.dir / folder
        return sorted(os.listdir(path)) if path.exists() else None

    def vkey(self, role, folder="keys"):
        return (self.dir / folder / (role + ".pub")).read_text().strip()

    def test_all_roles(self):
        document = self.keygen()
        self.assertEqual([k["role"] for k in document["keys"]], ROLES)
        self.assertEqual(self.files(), sorted(
            r + end for r in ROLES for end in (".pub", ".sec")))
        self.assertEqual(stat.S_IMODE((self.dir / "keys").stat().st_mode),
                         0o700)
        for key in document["keys"]:
            role = key["role"]
            secret = self.dir / "keys" / (role + ".sec")
            self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
            self.assertEqual(self.vkey(role), key["vkey"])
            self.assertTrue(key["secret"])
            self.ok("note", "key", "check", secret, "keys/%s.pub" % role)
        self.assertEqual(len({k["vkey"] for k in document["keys"]}), 6)

    def test_names_as_upstream(self):
        document = self.keygen("--env=ci", "--shard=4")
        self.assertEqual(
            [k["name"] for k in document["keys"]],
            ["example.com-aw-ftlog-ci-4"] +
            ["example.com-aw-%s-ci" % r for r in ROLES[1:]])

    def test_never_prints_a_secret(self):
        for args in ([], ["--json"], ["-v=9"]):
            name = "k%d" % len(args) + "".join(args)[-1:]
            run = self.ok("release", "keygen", name, "--name=x", *args)
            for role in ROLES:
                secret = (self.dir / name / (role + ".sec")).read_text()
                self.assertNotIn(secret.strip().split("+", 4)[4],
                                 run.out + run.err)

    def test_all_or_nothing(self):
        (self.dir / "keys").mkdir()
        for taken in ("os2.pub", "os2.sec", "applet.sec"):
            (self.dir / "keys" / taken).write_text("mine")
            run = self.fails(30, "release", "keygen", "keys", "--name=x")
            self.assertIn(taken, run.err)
            self.assertEqual(self.files(), [taken])
            self.assertEqual((self.dir / "keys" / taken).read_text(), "mine")
            (self.dir / "keys" / taken).unlink()
        self.write("policy", "mine")
        self.keygen("--policy-out=policy", code=30)
        self.assertEqual((self.dir / "policy").read_text(), "mine")
        self.assertEqual(self.files(), [])
        (self.dir / "keys").rmdir()
        self.keygen("--policy-out=no/such/folder", code=30)
        self.assertIsNone(self.files())
        self.write("file", "x")
        self.fails(30, "release", "keygen", "file/keys", "--name=x")
        self.assertEqual(sorted(os.listdir(self.dir)),
                         ["file", "home", "policy"])

    def test_some_roles(self):
        self.keygen("--role=os1", "--role=log")
        self.assertEqual(self.files(),
                         ["log.pub", "log.sec", "os1.pub", "os1.sec"])
        first = self.vkey("os1")
        self.keygen("--role=boot")
        self.assertEqual(len(self.files()), 6)
        self.assertEqual(self.vkey("os1"), first)
        self.keygen("--role=boot", code=30)
        self.keygen("--role=os3", code=2)
        self.keygen("--role=os2", "--role=os2", code=2)

    def test_usage(self):
        self.fails(2, "release", "keygen", "keys")
        for name in ("", "a b", "a+b", "x" * 255):
            self.fails(2, "release", "keygen", "keys", "--name=" + name + " ")
        self.keygen("--origin=x", code=2)
        self.assertIsNone(self.files())

    def test_policy(self):
        self.keygen("--env=ci", "--origin=example.com/log/1",
                    "--log-url=http://127.0.0.1/log/",
                    "--binaries-url=http://127.0.0.1/bin/",
                    "--srk-hash=" + "AB" * 32, "--policy-out=policy")
        text = (self.dir / "policy").read_text()
        self.assertEqual(text.splitlines(), [
            "aw-policy 1",
            "log %s http://127.0.0.1/log/" % self.vkey("log"),
            "origin example.com/log/1",
            "component BOOTLOADER " + self.vkey("boot"),
            "component RECOVERY " + self.vkey("recovery"),
            "component TRUSTED_OS %s %s" % (self.vkey("os1"),
                                            self.vkey("os2")),
            "component TRUSTED_APPLET " + self.vkey("applet"),
            "hab-target ci",
            "srk-hash " + "ab" * 32,
            "binaries http://127.0.0.1/bin/",
            "quorum none"])

    def test_policy_of_old_keys(self):
        """The addresses are known later than the keys."""
        self.keygen("--env=ci")
        before = {name: (self.dir / "keys" / name).read_bytes()
                  for name in self.files()}
        document = self.keygen("--env=ci", "--no-keys", "--policy-out=p",
                               "--log-url=https://example.com/log/",
                               "--binaries-url=https://example.com/bin/")
        self.assertEqual(document["keys"], [])
        policy = (self.dir / "p").read_text()
        for role in ROLES:
            self.assertIn(self.vkey(role), policy)
        self.assertIn(" https://example.com/log/\n", policy)
        self.assertIn("binaries https://example.com/bin/\n", policy)
        self.assertEqual(before, {
            name: (self.dir / "keys" / name).read_bytes()
            for name in self.files()})
        for more in (["--role=log"], ["--vkey=log=x"]):
            self.keygen("--no-keys", "--policy-out=q", *more, code=2)
        self.keygen("--no-keys", code=2)
        (self.dir / "none").mkdir()
        for folder in ("none", "nothing"):
            run = self.fails(30, "release", "keygen", folder, "--name=x",
                             "--no-keys", "--policy-out=q")
            self.assertIn("has no keys", run.err)
        self.assertFalse((self.dir / "nothing").exists())
        self.assertFalse((self.dir / "q").exists())

    def test_policy_works(self):
        self.keygen("--policy-out=policy")
        self.ok("log", "init", "log", "--key=keys/log.sec")
        self.ok("log", "audit", "log", "--policy=./policy")

    def test_two_parties(self):
        self.ok("release", "keygen", "theirs", "--name=them", "--role=os2")
        document = self.keygen("--vkey=os2=theirs/os2.pub",
                               "--policy-out=policy")
        self.assertEqual([k["secret"] for k in document["keys"]],
                         [True, True, True, True, False, True])
        self.assertNotIn("os2.sec", self.files())
        self.assertEqual(self.vkey("os2"), self.vkey("os2", "theirs"))
        self.assertIn(self.vkey("os2"), (self.dir / "policy").read_text())

    def test_policy_needs_both_os_keys(self):
        self.keygen("--role=os1", "--policy-out=policy", code=2)
        self.assertIsNone(self.files())
        self.keygen("--role=os1")
        self.keygen("--role=os2", "--role=log", "--policy-out=policy")
        self.assertIn("component TRUSTED_OS %s %s" %
                      (self.vkey("os1"), self.vkey("os2")),
                      (self.dir / "policy").read_text())

    def test_token_and_agent(self):
        token = keyhold.Token(self)
        agent = keyhold.Agent(self)
        env = {**token.env, **agent.env}
        self.ok("note", "key", "generate", "a")
        self.ok("note", "key", "generate", "b")
        token.add(self.dir / "a.sec", "label a")
        address = agent.add(self.dir / "b.sec", self.dir / "b.pub", "about b")
        keys = ["--key=log=" + token.uri("label%20a"), "--key=os1=" + address]
        document = self.keygen(*keys, "--env=ci", "--policy-out=policy",
                               env=env)
        found = {k["role"]: k for k in document["keys"]}
        self.assertEqual(found["log"]["name"], "example.com-aw-ftlog-ci")
        self.assertEqual(found["os1"]["address"], address)
        self.assertNotIn("address", found["os2"])
        self.assertNotIn("log.sec", self.files())
        self.assertNotIn("os1.sec", self.files())
        self.assertEqual(len(self.files()), 10)
        self.assertIn(self.vkey("log"), (self.dir / "policy").read_text())
        self.assertEqual(keyhold.public_of(self.dir / "keys" / "log.pub"),
                         keyhold.public_of(self.dir / "a.pub"))
        # What they sign opens with what was written.
        self.write("t", "text\n")
        self.ok("note", "sign", "t", "--key=" + token.uri("label%20a"),
                "--key-name=example.com-aw-ftlog-ci", "-o", "n", env=env)
        self.ok("note", "verify", "n", "--vkey=keys/log.pub")
        # A key has one role.
        self.fails(2, "release", "keygen", "more", "--name=x", keys[1],
                   "--key=os2=" + address, env=env)
        self.fails(2, "release", "keygen", "more", "--name=x",
                   "--key=os2=a.sec", env=env)
        self.fails(30, "release", "keygen", "more", "--name=x",
                   "--key=os2=" + token.uri("none"), env=env)
        # A secret of that role is in the way.
        self.write("more/os1.sec", "x")
        self.fails(30, "release", "keygen", "more", "--name=x", keys[1],
                   env=env)
        self.assertEqual(self.files("more"), ["os1.sec"])

    def test_key_that_cannot_sign(self):
        agent = keyhold.Agent(self)
        self.ok("note", "key", "generate", "a")
        address = agent.add(self.dir / "a.sec", self.dir / "a.pub", "a",
                            confirm=True)
        self.keygen("--key=log=" + address, env=agent.env, code=31)
        self.assertIsNone(self.files())

    def test_interrupted(self):
        """What was whole is completed, what was not goes; nobody's file is
        replaced. (Every call at which it may end: tests/crash.)"""
        self.ok("release", "keygen", "other", "--name=x", "--role=boot")
        self.keygen("--role=log")
        for name in ("boot.pub", "boot.sec"):
            self.write("keys/.aw-complete/" + name,
                       (self.dir / "other" / name).read_bytes())
        self.write("keys/.aw-0123456789abcdef.tmp/os1.sec", "half a secret")
        document = self.keygen("--role=applet")
        self.assertIn("are complete now", document["warnings"][0])
        self.assertEqual(self.files(), [
            "applet.pub", "applet.sec", "boot.pub", "boot.sec", "log.pub",
            "log.sec"])
        self.write("keys/.aw-complete/log.sec", "another")
        before = (self.dir / "keys/log.sec").read_bytes()
        run = self.fails(30, "release", "keygen", "keys", "--name=x",
                         "--role=os1")
        self.assertIn("log.sec", run.err)
        self.assertEqual((self.dir / "keys/log.sec").read_bytes(), before)

    def test_locked(self):
        (self.dir / "keys").mkdir()
        folder = os.open(self.dir / "keys", os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        run = self.fails(22, "release", "keygen", "keys", "--name=x",
                         "--timeout=300ms")
        os.close(folder)
        self.assertIn("the folder is locked", run.err)
        self.assertEqual(self.files(), [])

    def test_env_is_a_word(self):
        for env in ("../x", "a/b", "", ".", "a b", "a+b", "a..b", "-x", "\u00e4"):
            self.keygen("--env=" + env, code=2)
        self.keygen("--shard=../x", code=2)
        self.assertIsNone(self.files())
        self.keygen("--env=ci-2.x_y", "--shard=4")

    def test_bad_vkeys(self):
        self.keygen("--vkey=os2", code=2)
        self.keygen("--vkey=os9=x+y", code=2)
        self.keygen("--vkey=os2=x+00000000+AAAA", code=2)
        self.keygen("--vkey=os2=missing.pub", code=30)
        self.ok("note", "key", "generate", "one")
        self.keygen("--vkey=os2=one.pub", "--vkey=os1=one.pub",
                    "--policy-out=p", code=2)
        self.assertIsNone(self.files())


if __name__ == "__main__":
    awcli.main()
