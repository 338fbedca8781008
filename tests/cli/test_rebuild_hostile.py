# SPDX-License-Identifier: Apache-2.0
"""aw verify-build against manifests and repositories that mean harm:
each ends in its verdict, and the monitor goes on."""
import json
import os
import subprocess

import awcli
import releases
from rebuilds import HostileTest

class Hostile(HostileTest):
    def test_manifests(self):
        good = self.git("rev-parse", "main")
        bad = [{"envs": [env]} for env in (
            "LD_PRELOAD=/tmp/evil.so", "MAKEFLAGS=-f/tmp/evil",
            "LOG_ORIGIN=example.com/firmware/ci\nLD_PRELOAD=x",
            "LOG_ORIGIN=example.com/firmware/other", "PATH=/tmp", "=x",
            "LOG_PUBLIC_KEY=$(touch /tmp/evil)", "NOVALUE",
            "LOG_ORIGIN =x",
            "LOG_ORIGIN", "LOG_ORIGIN==example.com/firmware/ci",
            "log_origin=example.com/firmware/ci", "BASH_ENV=/tmp/evil",
            "ENV=/tmp/evil", "IFS=/", "GIT_SSH_COMMAND=x", "CC=x", "SRC=/",
            "BLD=/", "AW_SOURCES=/", "GIT_SEMVER_TAG=9", "REV=x",
            "BASH_FUNC_cmake%%=() { :; }", "\u202eLOG_ORIGIN=x")]
        bad += [{"envs": ["LOG_ORIGIN=example.com/firmware/ci"] * 2},
                {"recipe": "sh-1"}]
        notes = [self.note(good, "1.0.%d" % i, build=build)
                 for i, build in enumerate(bad)]
        self.check(self.follow_all(notes),
                   [(str(build), "refused", "") for build in bad])

    def test_names(self):
        """Versions and commits that are more than that: no release."""
        good = self.git("rev-parse", "main")
        self.git("update-ref", "refs/heads/a;touch${IFS}evil", good)
        self.git("tag", "--", "$(touch${IFS}evil)", good)
        self.git("update-ref", "refs/heads/" + "ab" * 20, good)
        texts = [self.manifest_of("TRUSTED_OS", version, b"?", commit)
                 for version, commit in (
                     ("--upload-pack=touch evil", good), ("-1.0.0", good),
                     ("1.0.0;touch evil", good), ("1.0.0 ", good),
                     ("../1.0.0", good), ("", good), ("1.0.0\n", good),
                     ("1.0.0", "main"), ("1.0.0", good[:12]),
                     ("1.0.0", good.upper()), ("1.0.0", good + "0"),
                     ("1.0.0", good + "^"), ("1.0.0", "HEAD"),
                     ("1.0.0", "--help"), ("1.0.0", "-" * 40),
                     ("1.0.0", "refs/heads/" + "x" * 29))]
        # A text that ends before its end.
        texts += [self.manifest_of("TRUSTED_OS", "1.0.0", b"?", good,
                                   build={"envs": [env]})
                  for env in ("LOG_ORIGIN\0=example.com/firmware/ci",
                              "LOG_ORIGIN=example.com/firmware/ci\0")]
        self.single(self.raw_note(self.manifest_of(
            "TRUSTED_OS", "1.0.0", b"?", good)), "--one-pass", code=13)
        for text in texts:
            run = self.aw("verify-build", "single", *self.options(), "--json",
                          stdin=self.raw_note(text).encode())
            self.assertEqual(run.code, 10, (text, run))
        # A branch whose name is a commit's number is no commit.
        document = self.single(self.note("ab" * 20, "1.0.0"), code=20)
        self.assertEqual(document["verdict"], "unavailable")
        self.assertEqual(list(self.dir.rglob("evil*")), [])

    def raw_note(self, text):
        """Signed by the keys, whatever it says."""
        notes = [self.ok("note", "sign", "-", "--key=keys/%s.sec" % role,
                         stdin=text.encode()).out
                 for role in releases.SIGNERS["TRUSTED_OS"]]
        return notes[0] + "".join(n[len(text) + 1:] for n in notes[1:])

    def test_repositories(self):
        """What git would run or fetch is not run, not fetched."""
        evil = self.dir / "evil"
        script = self.write("evil.sh", "#!/bin/sh\ntouch %s\ncat\n" % evil)
        script.chmod(0o755)
        hooks = self.dir / "repo/.git/hooks"
        hooks.mkdir(exist_ok=True)
        for hook in ("post-checkout", "post-upload-pack", "pre-receive",
                     "reference-transaction"):
            (hooks / hook).write_text(script.read_text())
            (hooks / hook).chmod(0o755)
        self.git("config", "uploadpack.packObjectsHook", str(script))
        self.git("config", "core.fsmonitor", str(script))
        cases = []
        # Filters and attributes: they would change main.c.
        self.git("config", "filter.evil.smudge", str(script))
        cases.append(("filter", "differs",
                      self.branch("filter", gitattributes="x",
                                  **{"__gitattributes": "* filter=evil\n"})))
        self.git("config", "--unset", "filter.evil.smudge")
        # A submodule: a commit that no hash of the manifest covers.
        self.git("checkout", "-q", "-B", "sub", "main")
        self.git("update-index", "--add", "--cacheinfo",
                 "160000,%s,sub" % ("12" * 20))
        self.git("commit", "-q", "-m", "submodule")
        cases.append(("submodule", "refused", self.git("rev-parse", "HEAD")))
        # Its address alone is a text like any other; nothing is fetched.
        cases.append(("address of a submodule", "differs", self.branch(
            "modules", __gitmodules="[submodule \"x\"]\n\tpath = x\n"
            "\turl = file://%s\n" % self.dir)))
        cases.append(("attributes", "differs", self.branch(
            "attributes", __gitattributes="main.c export-ignore\n"
            "build.sh ident eol=crlf working-tree-encoding=UTF-16\n"
            "CMakeLists.txt export-subst\n")))
        self.git("reset", "-q", "--hard")
        for name, target in (("link", "../../../../etc/passwd"),
                             ("absolute", "/etc/passwd")):
            self.git("checkout", "-q", "-B", name, "main")
            (self.dir / "repo/link").symlink_to(target)
            cases.append((name, "refused", self.commit()))
        # Through another link it would lead out, though its words do not.
        self.git("checkout", "-q", "-B", "chain", "main")
        (self.dir / "repo/a/b/c").mkdir(parents=True)
        (self.dir / "repo/a/b/c/top").symlink_to("../../..")
        (self.dir / "repo/link").symlink_to("a/b/c/top/../../etc")
        cases.append(("chain", "refused", self.commit()))
        # Larger than --tree-limit.
        big = os.urandom(3 << 20).hex()
        cases.append(("huge", "refused", self.branch("huge", blob=big)))
        cases.append(("no such commit", "unavailable", "34" * 20))
        # A commit that is there, but that no branch leads to.
        lost = self.branch("lost", note="lost")
        self.git("checkout", "-q", "main")
        self.git("branch", "-q", "-D", "lost")
        cases.append(("lost", "unavailable", lost))
        # An object that is no commit.
        cases.append(("tree", "unavailable",
                      self.git("rev-parse", "main^{tree}")))
        notes = [self.note(commit, "1.0.%d" % i)
                 for i, (_, _, commit) in enumerate(cases)]
        got = self.follow_all(notes, "--tree-limit=5MiB")
        self.check(got, [(name, verdict, "") for name, verdict, _ in cases])
        self.assertFalse(evil.exists())

    def test_commands_in_objects(self):
        """git itself refuses a submodule that names a command."""
        self.branch("modules", __gitmodules="[submodule \"x\"]\n\tpath = x\n"
                    "\turl = ./x\n\tupdate = !touch evil\n")
        self.git("checkout", "-q", "main")
        document = self.single(self.note(self.git("rev-parse", "main"),
                                         "1.0.0"), code=30)
        self.assertEqual(document["verdict"], "refused")
        self.assertIn("malformed objects", document["reason"])

    def test_other_recipe(self):
        """One that asks for what this monitor was not told where to get keeps
        no other from being built."""
        text = json.loads(self.manifest_of(
            "TRUSTED_OS", "1.0.0", b"?", self.git("rev-parse", "main")))
        text["build"] = {"tamago_version": "1.22.0"}
        other = self.signed(json.dumps(text, indent=2) + "\n", "TRUSTED_OS")
        self.check(self.follow_all([other], "--one-pass"),
                   [("other", "unavailable", "give --tamago-dir")])
        boot = self.signed(self.manifest_of(
            "BOOTLOADER", "1.0.0", b"?", self.git("rev-parse", "main")),
            "BOOTLOADER")
        document = self.json(
            "verify-build", "single", "--policy=./ci.policy",
            "--repository=TRUSTED_OS=%s" % (self.dir / "repo"), code=20,
            stdin=boot.encode())
        self.assertIn("give --repository", document["reason"])

    def test_locks(self):
        """Lists of archives that are none, in a commit that names them."""
        row = self.lock.splitlines()[-1]
        digest = row.split()[-1]
        texts = {
            "twice": (row + "\n" + row + "\n", "refused", "twice"),
            "many": ("".join("lib l%d %s\n" % (i, digest)
                             for i in range(300)), "refused", "too many"),
            "path": ("lib a/b %s\n" % digest, "refused", "none"),
            "up": ("lib .. %s\n" % digest, "refused", "none"),
            "nul": ("lib a\0b %s\n" % digest, "refused", "none"),
            "words": ("lib\n", "refused", "none"),
            "missing": ("lib lib.tar %s\n" % ("12" * 32), "unavailable", ""),
            "long": ("lib %s %s\n" % ("n" * 250, digest), "failed", ""),
        }
        notes = []
        for i, (name, (text, _, _)) in enumerate(texts.items()):
            self.git("checkout", "-q", "-B", name, "main")
            (self.dir / "repo/cmake/sources.lock").write_text(text)
            notes.append(self.note(self.commit(), "1.0.%d" % i, build={
                "sources_sha256": releases.sha256(text.encode())}))
        self.check(self.follow_all(notes, "--one-pass"),
                   [(name, verdict, reason)
                    for name, (_, verdict, reason) in texts.items()])

    def test_toolchains(self):
        """Packages that are none, or that close themselves."""
        folder = self.dir / "closed"
        (folder / "usr").mkdir(parents=True)
        subprocess.run(["tar", "-C", folder, "--mode=000", "-czf",
                        self.dir / "closed.tar.gz", "."], check=True)
        closed = (self.dir / "closed.tar.gz").read_bytes()
        cases = {"text": (b"text", "refused"),
                 "archive": (b"!<arch>\n", "refused"),
                 "cut": (closed[:20], "refused"),
                 "closed": (closed, "failed")}
        good = self.git("rev-parse", "main")
        notes = []
        for i, (data, _) in enumerate(cases.values()):
            digest = releases.sha256(data)
            (self.inputs / digest).write_bytes(data)
            notes.append(self.note(good, "1.0.%d" % i, build={
                "toolchain": {"name": "standin", "version": "1",
                              "package_sha256": digest}}))
        self.check(self.follow_all(notes, "--one-pass"),
                   [(name, verdict, "")
                    for name, (_, verdict) in cases.items()])

    def test_huge_repository(self):
        """It is cut off while it is fetched: for all that is in it."""
        self.branch("huge", blob=os.urandom(6 << 20).hex())
        self.git("checkout", "-q", "main")
        document = self.single(self.note(self.git("rev-parse", "main"),
                                         "1.0.0"), "--tree-limit=2MiB",
                               code=30)
        self.assertEqual(document["verdict"], "refused")
        self.assertIn("larger than the limit", document["reason"])
        # Nothing of it stays, or the next one like it would fill the disk.
        large = [p for p in (self.dir / "cache").rglob("*")
                 if p.is_file() and p.stat().st_size > 1 << 20]
        self.assertEqual(large, [])


if __name__ == "__main__":
    awcli.main()
