# SPDX-License-Identifier: Apache-2.0
"""One note key as a file, in a token and in an agent: the same bytes."""
import os
import re
import socket
import struct
import threading

import awcli
import keyhold

NAME = "example.com/key"


class Case(awcli.Test):
    def setUp(self):
        super().setUp()
        self.ok("note", "key", "generate", NAME, "--output=k")
        self.write("t", "all is well\n")

    def signed(self, key, *args, env=None):
        return self.ok("note", "sign", "t", "--key=" + key, *args,
                       env=env).out_bytes


class Same(Case):
    """Everything that takes --key, from all three places."""

    def setUp(self):
        super().setUp()
        self.token = keyhold.Token(self)
        self.token.add("%s/k.sec" % self.dir, NAME)
        self.agent = keyhold.Agent(self)
        address = self.agent.add(self.dir / "k.sec", self.dir / "k.pub", NAME)
        self.env = {**self.token.env, **self.agent.env}
        self.keys = ["k.sec", self.token.uri(NAME), address]

    def same(self, make):
        """Calls make with each key and a name of its own: equal results."""
        results = [make(key, "n%d" % i) for i, key in enumerate(self.keys)]
        self.assertEqual(len(results[0]) > 0 and results, results[:1] * 3)
        return results[0]

    def test_note(self):
        self.same(lambda key, _: self.signed(key, env=self.env))
        self.same(lambda key, _: self.signed(key, "--key-name=" + NAME,
                                             env=self.env))

    def test_long_note(self):
        self.write("t", ("x" * 99 + "\n") * 2000)
        self.same(lambda key, _: self.signed(key, env=self.env))

    def test_countersigned_note(self):
        self.ok("note", "key", "generate", "bob")
        self.ok("note", "sign", "t", "--key=bob.sec", "-o", "b")
        note = self.same(lambda key, _: self.ok(
            "note", "sign", "b", "--countersign", "--vkey=bob.pub",
            "--key=" + key, env=self.env).out_bytes)
        self.assertEqual(re.findall("^\u2014 (\\S+) ", note.decode(), re.M),
                         ["bob", NAME])

    def test_cosignature(self):
        self.write("t", "example.com/log\n1\n" + "A" * 43 + "=\n")
        note = self.same(lambda key, _: self.signed(
            key, "--cosign", "--time=1700000000", env=self.env))
        self.write("n", note)
        self.ok("note", "verify", "n", "--witness=k.pub")

    def log(self, key, name):
        env = {**self.env, "AW_STATE_DIR": str(self.dir / (name + ".state"))}
        self.ok("log", "init", name, "--key=" + key, env=env)
        first = (self.dir / name / "checkpoint").read_bytes()
        self.ok("log", "add", name, "t")
        self.ok("log", "integrate", name)
        self.ok("log", "sign", name, "--key=" + key, env=env)
        return first + (self.dir / name / "checkpoint").read_bytes()

    def test_log(self):
        self.same(self.log)

    def test_manifest(self):
        self.write("fw", "firmware")
        create = ["manifest", "create", "--firmware-type=TRUSTED_APPLET",
                  "--firmware-file=fw", "--git-tag=1.2.3",
                  "--git-commit-fingerprint=" + 40 * "a",
                  "--tamago-version=1.2.3"]
        note = self.same(lambda key, _: self.ok(
            *create, "--key=" + key, env=self.env).out_bytes)
        self.ok(*create, "--raw", "-o", "raw")
        self.assertEqual(note, self.same(lambda key, _: self.ok(
            "manifest", "sign", "raw", "--key=" + key,
            env=self.env).out_bytes))

    def show(self, key, name):
        document = self.json("note", "key", "show", key, "--output=" + name,
                             env=self.env)
        self.assertTrue(document["secret"])
        self.assertEqual((self.dir / name).read_text(),
                         document["vkey"] + "\n")
        return (self.dir / name).read_bytes()

    def test_show(self):
        self.assertEqual(self.same(self.show),
                         (self.dir / "k.pub").read_bytes())
        checked = self.json("note", "key", "check", "k.pub", *self.keys,
                            env=self.env)
        self.assertEqual(checked["files_checked"], 4)


class Token(Case):
    def setUp(self):
        super().setUp()
        self.token = keyhold.Token(self)

    def refused(self, uri, word, *args, code=30, env=None):
        run = self.fails(code, "note", "sign", "t", "--key=" + uri, *args,
                         env={**self.token.env, **(env or {})})
        self.assertIn(word, run.err)
        self.assertEqual(run.out, "")

    def test_names(self):
        self.token.add("%s/k.sec" % self.dir, "a label")
        uri = self.token.uri("a%20label")
        self.refused(uri, "--key-name", code=2)
        self.refused(uri, "--key-name", "--key-name=a b", code=2)
        self.refused("k.sec", "--key-name", "--key-name=other", code=2)
        note = self.signed(uri, "--key-name=other", env=self.token.env)
        self.assertIn("\u2014 other ", note.decode())
        self.ok("note", "key", "show", uri, "--key-name=other", "-o", "o.pub",
                env=self.token.env)
        self.write("n", note)
        self.ok("note", "verify", "n", "--vkey=o.pub")
        self.fails(12, "note", "verify", "n", "--vkey=k.pub")

    def test_name_from_a_policy(self):
        self.token.add("%s/k.sec" % self.dir, "a label")
        self.write("p.policy", "aw-policy 1\ncomponent TRUSTED_APPLET " +
                   (self.dir / "k.pub").read_text())
        self.write("fw", "firmware")
        self.ok("manifest", "create", "--firmware-type=TRUSTED_APPLET",
                "--firmware-file=fw", "--git-tag=1.2.3", "--raw",
                "--git-commit-fingerprint=" + 40 * "a",
                "--tamago-version=1.2.3", "--output=raw")
        run = self.ok("manifest", "sign", "raw", "--policy=./p.policy",
                      "--key=" + self.token.uri("a%20label"),
                      env=self.token.env)
        self.assertIn("\u2014 %s " % NAME, run.out)

    def test_pin_from_the_environment(self):
        self.token.add("%s/k.sec" % self.dir, NAME)
        uri = self.token.uri(NAME, "")
        self.refused(uri, "wants a PIN")
        self.assertEqual(
            self.signed(uri, env={**self.token.env, "AW_TOKEN_PIN": "1234"}),
            self.signed("k.sec"))
        self.refused(uri, "refuses the PIN", env={"AW_TOKEN_PIN": "4321"})
        self.refused(self.token.uri(NAME, "&pin-value=1234"), "pin-source")

    def test_refusals(self):
        self.refused(self.token.uri("nothing"), "no token has this key")
        self.refused("pkcs11:;;=", "token")
        self.refused("pkcs11:object=x?module-path=/no/module.so",
                     "/no/module.so: ")
        self.token.add("%s/k.sec" % self.dir, "bare", "--no-public-key")
        self.refused(self.token.uri("bare"), "public half")
        self.token.add_file(awcli.SOURCE / "tests" / "vectors" / "hab" / "pki" /
                            "keys" / "TEST-CSF1_1_key.pem", "rsa")
        self.refused(self.token.uri("rsa"), "not Ed25519")

    def test_key_that_always_asks(self):
        """CKA_ALWAYS_AUTHENTICATE: the PIN again before each signature."""
        self.token.add_always(self.dir / "k.sec", "always")
        uri = self.token.uri("always")
        named = ["--key=" + uri, "--key-name=" + NAME]
        self.write("t", "text\n")
        self.assertEqual(
            self.ok("note", "sign", "t", *named, env=self.token.env).out,
            self.ok("note", "sign", "t", "--key=k.sec").out)
        # Two signatures of one run: the proof of the key, and the checkpoint.
        self.ok("release", "keygen", "keys", "--name=x", "--key=log=" + uri,
                env=self.token.env)
        self.ok("log", "init", "log", *named, env=self.token.env)
        self.ok("log", "add", "log", "t")
        self.ok("log", "integrate", "log")
        self.ok("log", "sign", "log", *named, env=self.token.env)
        self.ok("note", "verify", "log/checkpoint", "--vkey=k.pub")
        self.write("pin", "4321").chmod(0o600)
        self.refused(uri, "PIN", "--key-name=k")

    def test_pin_is_not_shown(self):
        uri = "pkcs11:token=x;object=y?pin-value=13579&module-name=z"
        for args in (["note", "sign", "t", "--key=" + uri],
                     ["log", "init", "log", "--key=" + uri],
                     ["release", "keygen", "d", "--name=x",
                      "--key=log=" + uri]):
            run = self.fails(30, *args)
            self.assertNotIn("13579", run.err)
            self.assertIn("pin-value=...&module-name=z", run.err)
            self.assertNotIn("13579", self.aw(*args, "--json").out)

    def test_another_public_half(self):
        self.ok("note", "key", "generate", "eve")
        self.token.add("%s/k.sec" % self.dir, "mixed", "--no-public-key")
        self.token.add("%s/eve.sec" % self.dir, "mixed")
        uri = self.token.uri("mixed").replace("?", ";id=%01?")
        self.refused(uri, "another key than")


class Agent(Case):
    def setUp(self):
        super().setUp()
        self.agent = keyhold.Agent(self)

    def refused(self, key, word, *args, code=30, env=None):
        run = self.fails(code, "note", "sign", "t", "--key=" + key, *args,
                         env=env or self.agent.env)
        self.assertIn(word, run.err)
        self.assertEqual(run.out, "")

    def add(self, comment, **kwargs):
        return self.agent.add(self.dir / "k.sec", self.dir / "k.pub", comment,
                              **kwargs)

    def test_names(self):
        key = self.add("a comment")
        self.refused(key, "--key-name", code=2)
        self.assertEqual(
            self.signed(key, "--key-name=" + NAME, env=self.agent.env),
            self.signed("k.sec"))

    def test_one_of_several(self):
        self.ok("note", "key", "generate", "eve")
        self.agent.add(self.dir / "eve.sec", self.dir / "eve.pub", "eve")
        key = self.add(NAME)
        self.assertEqual(self.signed(key, env=self.agent.env),
                         self.signed("k.sec"))

    def test_refusals(self):
        key = self.add(NAME)
        other = keyhold.address(bytes(32))
        self.refused(other, "does not have this key")
        self.refused(key, "SSH_AUTH_SOCK", env={"SSH_AUTH_SOCK": None})
        self.refused(key, "none", env={"SSH_AUTH_SOCK": "none"})
        self.refused(key, "too long", env={"SSH_AUTH_SOCK": "x" * 200})
        for bad in ("ssh-agent:", "ssh-agent:MD5:00", key[:-1], key + "=",
                    key[:-1] + "!"):
            self.refused(bad, "ssh-add -l")

    def test_locked(self):
        key = self.add(NAME)
        self.assertEqual(self.agent.ask(b"\x16" + keyhold.string(b"x")),
                         b"\x06")
        self.refused(key, "does not have this key")
        self.assertEqual(self.agent.ask(b"\x17" + keyhold.string(b"x")),
                         b"\x06")
        self.signed(key, env=self.agent.env)

    def test_declined(self):
        # Nobody can be asked, which counts as a no.
        self.refused(self.add(NAME, confirm=True), "refuses to sign", code=31)

    def test_too_long_for_an_agent(self):
        self.write("t", ("x" * 99 + "\n") * 4000)
        self.refused(self.add(NAME), "too long")


class Hostile(Case):
    """Agents that lie."""

    def agent(self, *answers):
        """Listens once; answers with these messages, one a request."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = str(self.dir / "hostile")
        if os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        listener.listen(1)

        def serve():
            with listener:
                peer = listener.accept()[0]
            with peer:
                for answer in answers:
                    head = peer.recv(4, socket.MSG_WAITALL)
                    if len(head) == 4:
                        peer.recv(struct.unpack(">I", head)[0],
                                  socket.MSG_WAITALL)
                        peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        self.addCleanup(thread.join)
        return {"SSH_AUTH_SOCK": path}

    def refused(self, code, word, *answers):
        run = self.fails(code, "note", "sign", "t", "--key=" + self.address,
                         env=self.agent(*answers))
        self.assertIn(word, run.err)
        self.assertEqual(run.out, "")

    def setUp(self):
        super().setUp()
        self.key = keyhold.public_of(self.dir / "k.pub")
        self.address = keyhold.address(self.key)
        self.blob = keyhold.string(b"ssh-ed25519") + keyhold.string(self.key)
        self.list = self.identities(self.blob, NAME.encode())

    @staticmethod
    def identities(blob, comment):
        return keyhold.string(b"\x0c" + struct.pack(">I", 1) +
                              keyhold.string(blob) + keyhold.string(comment))

    @staticmethod
    def signature(sig):
        return keyhold.string(b"\x0e" + keyhold.string(
            keyhold.string(b"ssh-ed25519") + keyhold.string(sig)))

    def test_lists(self):
        self.refused(21, "ended the connection", b"")
        self.refused(21, "ended the connection", self.list[:-1])
        self.refused(30, "too long", b"\xff\xff\xff\xff")
        self.refused(30, "too long", struct.pack(">I", 256 * 1024 + 1))
        self.refused(30, "malformed", keyhold.string(b""))
        self.refused(30, "malformed", keyhold.string(b"\x0e"))
        self.refused(30, "malformed", keyhold.string(
            self.list[4:] + b"\x00"))
        self.refused(21, "does not list", keyhold.string(b"\x05"))
        self.refused(30, "too many", keyhold.string(
            b"\x0c" + struct.pack(">I", 0xffffffff)))

    def test_names_from_a_hostile_agent(self):
        for comment in (b"", b"a+b", b"a\nb", b"\xff", b"a\x00b", b"x" * 300):
            self.refused(2, "--key-name", self.identities(self.blob, comment))

    def test_signatures(self):
        self.refused(30, "another key than", self.list, self.signature(bytes(64)))
        self.refused(30, "malformed", self.list, self.signature(bytes(63)))
        self.refused(30, "malformed", self.list, keyhold.string(b"\x0e"))
        self.refused(31, "refuses", self.list, keyhold.string(b"\x05"))
        self.refused(21, "ended the connection", self.list, b"\x00")

    def test_signature_over_another_text(self):
        self.write("u", "other text\n")
        note = self.ok("note", "sign", "u", "--key=k.sec").out.strip()
        sig = keyhold.base64.b64decode(note.split(" ")[-1])[4:]
        self.refused(30, "another key than", self.list, self.signature(sig))


if __name__ == "__main__":
    awcli.main()
