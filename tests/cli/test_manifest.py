# SPDX-License-Identifier: Apache-2.0
"""aw manifest: create, sign, show and verify."""
import base64
import hashlib
import json
import re

import awcli

REAL = awcli.VECTORS / "aw-real"
OS = REAL / "ci2-48-os.manifest"
APPLET = REAL / "ci2-49-applet.manifest"


def os_keys():
    text = OS.read_text()
    return ["--vkey=" + line.split("=", 1)[1].split('"')[0]
            for line in text.splitlines() if "OS_PUBLIC_KEY" in line]


class Show(awcli.Test):
    def test_says_that_nothing_was_verified(self):
        run = self.ok("manifest", "show", OS)
        self.assertTrue(run.out.startswith("NOT VERIFIED"), run)
        self.assertIn("signatures were not checked", run.err)
        document = self.json("manifest", "show", OS)
        self.assertIs(document["verified"], False)
        self.assertIn("signatures were not checked", document["warnings"][0])
        leaf = base64.b64encode(
            hashlib.sha256(b"\0" + OS.read_bytes()).digest()).decode()
        self.assertEqual(document["leaf_hash"], leaf)
        self.assertEqual(len(document["signers"]), 2)

    def test_bare_text(self):
        text = OS.read_text().split("\n\n")[0] + "\n"
        path = self.write("bare.json", text)
        document = self.json("manifest", "show", path)
        self.assertNotIn("signers", document)
        self.assertIn("no signature", document["warnings"][0])
        self.assertEqual(document["component"], "TRUSTED_OS")

    def test_boot_image_without_hab(self):
        """Upstream makes them; nobody is to think that a closed device boots
        one."""
        for name, want in (("no-envs-no-hab", True),
                           ("hab-envs-escapes", False)):
            path = self.write("m", written(name))
            run = self.ok("manifest", "show", path)
            self.assertEqual(bool(re.search(r"(?m)^hab: +none$", run.out)),
                             want, run)
            self.assertEqual("no HAB signature" in run.err, want, run)
            document = self.json("manifest", "show", path)
            self.assertEqual("hab" not in document, want)
            self.assertEqual(any("no HAB signature" in w
                                 for w in document["warnings"]), want)
        run = self.ok("manifest", "show", OS)
        self.assertNotIn("hab:", run.out)

    def test_no_manifest(self):
        for data in (b"", b"{}", b"hello\n", b"\xff\xfe", b"{" * 1000):
            self.fails(30, "manifest", "show", "-", stdin=data)
        self.fails(30, "manifest", "show", "-", stdin=b" " * 65537)


class Verify(awcli.Test):
    def test_policy(self):
        for path in (OS, APPLET):
            document = self.json("manifest", "verify", path, "--policy=ci")
            self.assertIs(document["verified"], True)
            self.assertEqual(document["log"], "not checked")
            self.assertEqual(document["policy"]["from"], "built in")
        self.fails(10, "manifest", "verify", OS, "--policy=prod")

    def test_keys(self):
        keys = os_keys()
        self.assertEqual(len(keys), 2)
        self.ok("manifest", "verify", OS, *keys)
        self.ok("manifest", "verify", OS, keys[0])
        self.fails(10, "manifest", "verify", APPLET, *keys)

    def test_every_key_must_have_signed(self):
        text = OS.read_text()
        one = self.write("one", text[:text.rindex("\u2014")])
        error = self.json("manifest", "verify", one, *os_keys(),
                          code=10)["error"]
        self.assertEqual(error["code"], "ERR_NO_SIG")
        self.assertRegex(error["expected"], "^signatures of .* and ")
        self.assertRegex(error["got"], r"^lines of [^,]+$")
        self.fails(10, "manifest", "verify", one, "--policy=ci")

    def test_changed(self):
        data = bytearray(OS.read_bytes())
        data[100] ^= 1
        path = self.write("changed", bytes(data))
        error = self.json("manifest", "verify", path, *os_keys(),
                          code=10)["error"]
        self.assertEqual(error["code"], "ERR_SIG")
        run = self.aw("manifest", "verify", path, "--policy=ci")
        self.assertEqual(run.code, 10, run)
        self.assertEqual(run.out, "")

    def test_component_and_target(self):
        self.ok("manifest", "verify", OS, "--policy=ci",
                "--component=TRUSTED_OS")
        document = self.json("manifest", "verify", OS, "--policy=ci",
                             "--component=RECOVERY", code=10)
        self.assertIs(document["verified"], False)
        self.assertEqual(document["error"]["expected"], "RECOVERY")
        self.fails(2, "manifest", "verify", OS, "--policy=ci",
                   "--component=KERNEL")
        self.fails(2, "manifest", "verify", OS, "--policy=ci",
                   "--hab-target=ci")

    def test_usage(self):
        self.fails(2, "manifest", "verify", OS)
        self.fails(2, "manifest", "verify", OS, "--policy=ci", *os_keys())

    def test_named_policies(self):
        folder = self.dir / "home" / ".config" / "aw" / "policies"
        keys = [k.split("=", 1)[1] for k in os_keys()]
        text = "aw-policy 1\ncomponent TRUSTED_OS %s\n" % " ".join(keys)
        self.write(folder / "mine", text)
        document = self.json("manifest", "verify", OS, "--policy=mine")
        self.assertEqual(document["policy"]["from"], str(folder / "mine"))
        # A name is never a file of the current folder.
        self.write("here", text)
        self.fails(30, "manifest", "verify", OS, "--policy=here")
        self.ok("manifest", "verify", OS, "--policy=./here")
        bad = self.write("bad.policy", text + "unknown word\n")
        document = self.json("manifest", "verify", OS, "--policy", bad, code=30)
        self.assertIn("line 3", document["error"]["where"])


COMMIT = "9b28b30461cb32dad84a736d3c4c72b02410063e"
TAG = "v0.0.1710178268-incompatible"


def written(name):
    cases = json.loads((awcli.VECTORS / "manifest" / "write-cases.json")
                       .read_text())
    return {c["Name"]: c["Out"] for c in cases}[name]


class Maker(awcli.Test):
    def setUp(self):
        super().setUp()
        self.write("fw", "firmware")
        self.write("csf", "hab")

    def create(self, *args, kind="BOOTLOADER", build=None, code=0, **kwargs):
        """With options as upstream's tool spells them."""
        build = ["--tamago_version=1.22.0"] if build is None else build
        run = self.aw("manifest", "create", "--firmware_type=" + kind,
                      "--firmware_file=fw", "--git_tag=" + TAG,
                      "--git_commit_fingerprint=" + COMMIT, *build, *args,
                      **kwargs)
        self.assertEqual(run.code, code, run)
        return run

    def keys(self, *names):
        for name in names:
            self.ok("note", "key", "generate", "example.com-" + name,
                    "--output=" + name)


class Create(Maker):
    # The two other rows of the file are structs that upstream's tool cannot
    # be made to write; the unit test has them.
    def test_vectors(self):
        run = self.create("--raw")
        self.assertEqual(run.out, written("no-envs-no-hab"))
        self.assertIn("fits no device", run.err)
        self.assertEqual(
            self.create("--raw", "--hab_target=ci", "--hab_signature_file=csf",
                        "--build_env=A=1",
                        "--build_env=URL=https://x/?a=1&b=<2>",
                        '--build_env=QUOTE="\\\t\u2028\u00e9\x7f').out,
            written("hab-envs-escapes"))

    def test_signed(self):
        self.keys("boot")
        note = self.create("--private_key_file=boot.sec").out
        self.assertTrue(note.startswith(written("no-envs-no-hab") +
                                        "\n\u2014 example.com-boot "))
        self.create("--key=boot.sec", "--output_file=m")
        self.assertEqual((self.dir / "m").read_text(), note)
        self.ok("manifest", "verify", "m", "--public_key_file=boot.pub")
        self.create("--key=boot.sec", "--output_file=m", code=30)
        self.create("--raw", "--output_file=no/such", code=30)

    def test_json(self):
        self.keys("boot")
        document = self.json(
            "manifest", "create", "--raw", "--firmware-type=TRUSTED_OS",
            "--firmware-file=fw", "--git-tag=1.2.3",
            "--git-commit-fingerprint=" + COMMIT, "--tamago-version=v1.22.0")
        self.assertIn('"1.22.0"', document["manifest"])
        self.assertNotIn("key", document)

    def test_versions_as_they_are_signed(self):
        """What is asked for is what is signed, but for a v in front."""
        for option, value, better in (
                ("--git_tag", "01.2.3", "1.2.3"),
                ("--git_tag", "1.2.003", "1.2.3"),
                ("--git_tag", "v01.2.3", "1.2.3"),
                ("--tamago_version", "go1.22.0", "1.22.0"),
                ("--tamago_version", "01.22.0", "1.22.0")):
            args = ["manifest", "create", "--raw", "--firmware_type=RECOVERY",
                    "--firmware_file=fw", "--git_commit_fingerprint=" + COMMIT]
            args += ["--git_tag=1.2.3"] if option != "--git_tag" else [
                "--tamago_version=1.22.0"]
            run = self.fails(2, *args, option + "=" + value)
            self.assertIn("say " + better, run.err)
            self.assertIn("%s\n" % better, run.err)
        self.assertNotIn("say", self.create(
            "--raw", build=["--tamago_version=gopher"], code=2).err)
        self.create("--raw", build=["--tamago_version=v1.22.0"])

    def test_bytes_that_are_no_text(self):
        """JSON cannot hold them, so a sign in their place would be signed."""
        for option in (b"--build_env=A=\xff", b"--build_env=\xc0\x80=1",
                       b"--hab_target=\xed\xa0\x80"):
            run = self.create("--raw", option, code=2)
            self.assertEqual(run.out, "")
            self.assertIn("UTF-8", run.err)
        self.assertIn("A=\u00ff", self.create(
            "--raw", "--build_env=A=\u00ff").out)

    def test_our_firmware(self):
        build = ["--recipe=c-firmware-1", "--toolchain-name=gcc",
                 "--toolchain-version=12.2", "--toolchain-sha256=" + "AB" * 32,
                 "--sources-sha256=" + "01" * 32]
        text = self.create("--raw", kind="TRUSTED_OS", build=build).out
        self.assertEqual(list(json.loads(text)["build"].items()), [
            ("recipe", "c-firmware-1"),
            ("toolchain", {"name": "gcc", "version": "12.2",
                           "package_sha256": "ab" * 32}),
            ("sources_sha256", "01" * 32)])
        for i in range(len(build)):
            self.create("--raw", build=build[:i] + build[i + 1:], code=2)
        self.create("--raw", "--tamago-version=1.0.0", build=build, code=2)
        for i, bad in ((3, "--toolchain-sha256=00"), (4, "--sources-sha256=x")):
            self.create("--raw", build=build[:i] + [bad] + build[i + 1:],
                        code=2)

    def test_usage(self):
        self.create(code=2)
        self.create("--raw", "--key=boot.sec", code=2)
        self.create("--raw", build=[], code=2)
        self.create("--raw", "--schema-version=2", code=2)
        self.create("--raw", "--hab-target=ci", code=2)
        self.create("--raw", "--hab-signature-file=csf", code=2)
        self.create("--raw", "--hab-target=ci", "--hab-sig=csf",
                    kind="TRUSTED_OS", code=2)
        self.create("--raw", kind="OS", code=2)
        self.create("--raw", build=["--tamago-version=1.2"], code=2)
        self.create("--raw", *["--build-env=A%d=" % i for i in range(64)])
        self.create("--raw", *["--build-env=A%d=" % i for i in range(65)],
                    code=2)
        for envs in (["A"], ["=1"], ["A=1", "B=", "A=2"]):
            run = self.create("--raw", *["--build-env=" + e for e in envs],
                              code=2)
            self.assertIn("--build-env", run.err)
        for commit in (COMMIT.upper(), COMMIT[1:], ""):
            self.fails(2, "manifest", "create", "--raw",
                       "--firmware-type=RECOVERY", "--firmware-file=fw",
                       "--git-tag=1.2.3", "--tamago-version=1.2.3",
                       "--git-commit-fingerprint=" + commit)
        (self.dir / "fw").unlink()
        self.create("--raw", code=30)


class Sign(Maker):
    def setUp(self):
        super().setUp()
        self.keys("os1", "os2")
        self.write("raw", self.create("--raw", kind="TRUSTED_OS").out)

    def sign(self, *args, code=0, **kwargs):
        run = self.aw("manifest", "sign", *args, **kwargs)
        self.assertEqual(run.code, code, run)
        self.assertTrue(code == 0 or run.out == "", run)
        return run.out

    def signers(self, text):
        return re.findall("^\u2014 example.com-(\\S+) ", text, re.M)

    def both(self):
        self.sign("raw", "--key=os1.sec", "-o", "one")
        self.sign("one", "--key=os2.sec", "--note-verifier=os1.pub", "-o",
                  "two")
        return (self.dir / "two").read_bytes()

    def test_same_bytes_as_notes(self):
        both = self.both()
        self.ok("note", "sign", "raw", "--key=os1.sec", "-o", "n1")
        self.ok("note", "sign", "n1", "--key=os2.sec", "--countersign",
                "--vkey=os1.pub", "-o", "n2")
        self.assertEqual(both, (self.dir / "n2").read_bytes())
        self.assertEqual(self.signers(both.decode()), ["os1", "os2"])
        self.ok("manifest", "verify", "two", "--vkey=os1.pub",
                "--vkey=os2.pub")

    def test_upstream_options(self):
        both = self.both()
        self.sign("--manifest_file=raw", "--key=os1.sec", "--output_file=m1")
        vkey = (self.dir / "os1.pub").read_text().strip()
        self.sign("--note_file=m1", "--note_verifier=" + vkey,
                  "--key=os2.sec", "--output_file=m2")
        self.assertEqual((self.dir / "m2").read_bytes(), both)
        self.sign("--note_file=raw", "--key=os1.sec", code=30)
        self.sign("--manifest_file=m1", "--key=os1.sec", code=30)

    def test_order_is_kept_whoever_signs(self):
        self.sign("raw", "--key=os2.sec", "-o", "n")
        out = self.sign("n", "--key=os1.sec", "--note-verifier=os2.pub")
        self.assertEqual(self.signers(out), ["os2", "os1"])
        # Who signs again moves to the end, as upstream has it.
        self.both()
        out = self.sign("two", "--key=os1.sec", "--note-verifier=os1.pub",
                        "--note-verifier=os2.pub")
        self.assertEqual(self.signers(out), ["os2", "os1"])

    def test_verifies_before_it_signs(self):
        self.both()
        self.keys("eve")
        self.sign("one", "--key=os2.sec", code=2)
        self.sign("one", "--key=os2.sec", "--note-verifier=eve.pub", code=10)
        self.sign("one", "--key=os2.sec", "--note-verifier=os1.pub",
                  "--note-verifier=eve.pub", code=10)
        changed = (self.dir / "one").read_text().replace(COMMIT, "a" * 40)
        self.write("changed", changed)
        self.sign("changed", "--key=os2.sec", "--note-verifier=os1.pub",
                  code=10)
        self.sign("raw", "--key=os2.sec", "--note-verifier=os1.pub", code=2)

    def test_signs_manifests_only(self):
        for data in ("hello\n", "{}\n", "",
                     (self.dir / "raw").read_text().replace("_OS", "_XX")):
            self.write("bad", data)
            self.sign("bad", "--key=os1.sec", code=30)
            self.sign("bad", "--prepare=p", code=30)
        self.assertFalse((self.dir / "p").exists())

    def test_other_line_ends(self):
        """CR LF: nobody can sign such a text, and a note is none."""
        self.write("crlf", OS.read_bytes().replace(b"\n", b"\r\n"))
        text = OS.read_bytes().split(b"\n\n")[0] + b"\n"
        self.write("crlf.json", text.replace(b"\n", b"\r\n"))
        for code, args in ((30, ["show", "crlf"]),
                           (10, ["verify", "crlf", *os_keys()]),
                           (30, ["sign", "crlf.json", "--key=k.sec"])):
            self.keys_once("k")
            run = self.fails(code, "manifest", *args)
            self.assertIn("lines that end in CR LF", run.err)
            self.assertEqual(run.out, "")

    def keys_once(self, name):
        if not (self.dir / (name + ".sec")).exists():
            self.keys(name)

    def test_elsewhere(self):
        both = self.both()
        self.sign("one", "--note-verifier=os1.pub", "--prepare=p")
        self.assertEqual((self.dir / "p").read_bytes(),
                         (self.dir / "raw").read_bytes())
        self.ok("note", "sign", "p", "--key=os2.sec", "-o", "signed")
        out = self.sign("one", "--note-verifier=os1.pub", "--attach=signed",
                        "--vkey=os2.pub")
        self.assertEqual(out.encode(), both)
        self.sign("raw", "--prepare=p", code=30)
        # The first signature from elsewhere, too.
        self.ok("note", "sign", "p", "--key=os1.sec", "-o", "signed1")
        out = self.sign("raw", "--attach=signed1", "--vkey=os1.pub")
        self.assertEqual(out, (self.dir / "one").read_text())

    def test_attach_verifies(self):
        self.both()
        self.write("other", self.create("--raw", kind="RECOVERY").out)
        self.ok("note", "sign", "other", "--key=os1.sec", "-o", "n")
        self.sign("raw", "--attach=n", "--vkey=os1.pub", code=10)
        self.sign("raw", "--attach=one", "--vkey=os2.pub", code=10)
        broken = bytearray((self.dir / "one").read_bytes())
        broken[-10] ^= 1
        self.write("broken", broken)
        self.fails(10, "manifest", "sign", "raw", "--attach=broken",
                   "--vkey=os1.pub")
        self.sign("raw", "--attach=raw", "--vkey=os1.pub", code=10)
        self.sign("raw", "--attach=one", code=2)
        self.sign("raw", "--key=os1.sec", "--vkey=os1.pub", code=2)

    def test_policy(self):
        self.keys("boot")
        pub = {n: (self.dir / (n + ".pub")).read_text().strip()
               for n in ("os1", "os2", "boot")}
        self.write("p.policy", "aw-policy 1\ncomponent TRUSTED_OS %s %s\n"
                   "component BOOTLOADER %s\n" %
                   (pub["os1"], pub["os2"], pub["boot"]))
        policy = "--policy=./p.policy"
        both = self.both()
        self.sign("raw", policy, "--key=boot.sec", code=30)
        self.sign("raw", policy, "--attach=one", "--vkey=boot.pub", code=30)
        out = self.sign("one", policy, "--key=os2.sec")
        self.assertEqual(out.encode(), both)
        self.sign("raw", "--key=boot.sec", "-o", "foreign")
        self.sign("foreign", policy, "--key=os2.sec", code=10)
        self.keys("eve")
        self.sign("raw", "--key=eve.sec", "-o", "unknown")
        self.sign("unknown", policy, "--key=os2.sec", code=10)

    def test_usage(self):
        self.sign("--key=os1.sec", code=2)
        self.sign("raw", "--note-file=raw", "--key=os1.sec", code=2)
        self.sign("raw", code=2)
        self.sign("raw", "--key=os1.sec", "--prepare=p", code=2)
        self.sign("raw", "--prepare=p", "--output=q", code=2)
        self.sign("raw", "--prepare=p", "--key-name=q", code=2)
        document = self.json("manifest", "sign", "raw", "--key=os1.sec")
        self.assertRegex(document["key"], "^example.com-os1\\+")
        document = self.json("manifest", "sign", "raw", "--prepare=p")
        self.assertEqual(document["prepared"], "p")


if __name__ == "__main__":
    awcli.main()
