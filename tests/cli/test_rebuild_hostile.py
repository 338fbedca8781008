# SPDX-License-Identifier: Apache-2.0
"""aw verify-build against manifests and repositories that mean harm:
each ends in its verdict, and the monitor goes on."""
import os

import awcli
from rebuilds import HostileTest

class Hostile(HostileTest):
    def test_manifests(self):
        good = self.git("rev-parse", "main")
        bad = [{"envs": [env]} for env in (
            "LD_PRELOAD=/tmp/evil.so", "MAKEFLAGS=-f/tmp/evil",
            "LOG_ORIGIN=example.com/firmware/ci\nLD_PRELOAD=x",
            "LOG_ORIGIN=example.com/firmware/other", "PATH=/tmp", "=x",
            "LOG_PUBLIC_KEY=$(touch /tmp/evil)", "NOVALUE")]
        bad += [{"envs": ["LOG_ORIGIN=example.com/firmware/ci"] * 2},
                {"recipe": "sh-1"}]
        notes = [self.note(good, "1.0.%d" % i, build=build)
                 for i, build in enumerate(bad)]
        self.check(self.follow_all(notes),
                   [(str(build), "refused", "") for build in bad])

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
        self.git("reset", "-q", "--hard")
        for name, target in (("link", "../../../../etc/passwd"),
                             ("absolute", "/etc/passwd")):
            self.git("checkout", "-q", "-B", name, "main")
            (self.dir / "repo/link").symlink_to(target)
            cases.append((name, "refused", self.commit()))
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

    def test_huge_repository(self):
        """It is cut off while it is fetched: for all that is in it."""
        self.branch("huge", blob=os.urandom(6 << 20).hex())
        self.git("checkout", "-q", "main")
        document = self.single(self.note(self.git("rev-parse", "main"),
                                         "1.0.0"), "--tree-limit=2MiB",
                               code=30)
        self.assertEqual(document["verdict"], "refused")
        self.assertIn("larger than the limit", document["reason"])


if __name__ == "__main__":
    awcli.main()
