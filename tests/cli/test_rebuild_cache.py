# SPDX-License-Identifier: Apache-2.0
"""The cache of aw verify-build after crashes, damage, and beside others that
use it: what is wrong with it says nothing about a release."""
import fcntl
import hashlib
import os
import shutil
import subprocess
import unittest

import awcli
from rebuilds import MAIN, HostileTest


class Cache(HostileTest):
    def setUp(self):
        super().setUp()
        self.git("checkout", "-q", "main")
        self.commits = 0
        self.cache = self.dir / "cache/rebuild"

    def next_note(self):
        """A release of a new commit, which the mirror has not."""
        self.commits += 1
        commit = self.commit(main__c=MAIN % (100 + self.commits))
        return self.note(commit, "1.0.%d" % self.commits, self.image(
            "TRUSTED_OS", "1.0.%d" % self.commits))

    def reproduces(self, note, *args):
        document = self.single(note, "--one-pass", *args)
        self.assertEqual(document["verdict"], "reproduced")

    def mirror(self):
        (mirror,) = (self.cache / "git").glob("*.git")
        return mirror

    def locked(self, path, how):
        """A lock as another process has it."""
        file = open(path, "a+b")
        self.addCleanup(file.close)
        fcntl.flock(file, how)
        return file

    def test_full_cache(self):
        """A verdict that blames the release would be kept."""
        self.cache.mkdir(parents=True)
        note = self.next_note()
        for size in range(8, 52, 4):
            with self.subTest(size):
                subprocess.run(["mount", "-t", "tmpfs", "-o",
                                "size=%dk,mode=755" % size, "none",
                                self.cache], check=True)
                try:
                    run = self.aw("verify-build", "single", "--one-pass",
                                  *self.options(), stdin=note.encode())
                finally:
                    subprocess.run(["umount", self.cache], check=True)
                self.assertIn(run.code, (0, 24), run)

    def test_killed_git(self):
        """Locks and unfinished packs of git are in nobody's way."""
        self.reproduces(self.next_note())
        mirror = self.mirror()
        left = ["refs/heads/main.lock", "packed-refs.lock", "HEAD.lock",
                "config.lock", "objects/pack/tmp_pack_x", "objects/tmp_obj_x"]
        for name in left:
            (mirror / name).write_text("")
        self.reproduces(self.next_note())
        self.assertEqual([n for n in left if (mirror / n).exists()], [])
        # It was killed when it made the mirror.
        for name in ("HEAD", "config", "objects", "refs"):
            path = mirror / name
            (shutil.rmtree if path.is_dir() else os.remove)(path)
            self.reproduces(self.next_note())

    def test_damaged_mirror(self):
        """It is made anew, and no release is blamed for it."""
        note = self.next_note()
        self.reproduces(note)
        old = self.next_note()
        self.reproduces(old)

        def cut(path):
            path.chmod(0o644)
            data = path.read_bytes()
            path.write_bytes(data[:len(data) // 2] +
                             bytes(len(data) - len(data) // 2))

        def packs(end):
            return sorted((self.mirror() / "objects/pack").glob("*" + end))

        def lose(paths):
            for path in paths:
                path.unlink()

        harms = {
            "zeros": lambda: [cut(p) for p in packs(".pack")],
            "index": lambda: [cut(p) for p in packs(".idx")],
            "no packs": lambda: lose(packs("")),
            "one pack": lambda: lose(
                p for p in packs("") if p.stem == packs(".pack")[0].stem),
            "ref": lambda: (self.mirror() / "refs/heads/main").write_text(""),
        }
        for name, harm in harms.items():
            for which in (note, None):
                with self.subTest(name, known=which is not None):
                    harm()
                    self.reproduces(which or self.next_note())
        # What is all there is is kept, and said to be damaged.
        harms["zeros"]()
        document = self.single(note, "--one-pass", "--offline", code=21)
        self.assertIn("is damaged", document["error"]["got"])
        self.assertTrue(self.mirror().exists())
        # Also when somebody else reads it.
        use = self.locked(str(self.mirror()) + ".use", fcntl.LOCK_SH)
        self.single(note, "--one-pass", code=21)
        use.close()
        self.reproduces(note)

    def test_branches_change(self):
        """One that takes the place of another, one that begins anew; commits
        that no branch leads to any more are still there."""
        note = self.next_note()
        self.git("branch", "release")
        self.git("tag", "v1")
        self.reproduces(note)
        self.git("branch", "-D", "release")
        self.git("branch", "release/1")
        self.git("tag", "-d", "v1")
        self.git("tag", "v1/x")
        self.reproduces(self.next_note())
        self.git("checkout", "-q", "--orphan", "fresh")
        self.commit()
        self.git("branch", "-f", "main", "fresh")
        self.git("branch", "-D", "release/1")
        self.git("tag", "-d", "v1/x")
        self.git("checkout", "-q", "main")
        self.reproduces(self.next_note())
        self.reproduces(note)

    def test_cleanup(self):
        """A mirror that others use is not removed."""
        note = self.next_note()
        self.reproduces(note, "--cleanup")
        self.assertEqual(list((self.cache / "git").glob("*.git")), [])
        self.reproduces(note)
        self.locked(str(self.mirror()) + ".use", fcntl.LOCK_SH)
        self.reproduces(note, "--cleanup")
        self.assertTrue(self.mirror().exists())

    def test_work(self):
        """Folders of what was killed go, those of others stay: whoever has
        the lock is at work, on this machine or on another one."""
        work = self.cache / "work"
        for name in ("1-0", "left", "bare"):
            (work / name / "deep").mkdir(parents=True)
        for name in ("1-0", "left"):
            (work / name / "lock").write_text("")
        self.locked(work / "1-0/lock", fcntl.LOCK_EX)
        self.reproduces(self.next_note())
        self.assertEqual(os.listdir(work), ["1-0"])
        self.assertTrue((work / "1-0/deep").exists())

    def test_inputs(self):
        """A damaged copy of an input is replaced; a package that was half
        unpacked is unpacked anew."""
        note = self.next_note()
        inputs = self.cache / "inputs"
        (inputs / (self.package_sha256 + ".new/usr")).mkdir(parents=True)
        self.reproduces(note)
        self.assertEqual(list(inputs.glob("*.new")), [])
        (inputs / self.package_sha256).write_bytes(b"")
        shutil.rmtree(inputs / (self.package_sha256 + ".tree"))
        self.reproduces(note)

    @unittest.skipUnless(os.geteuid() == 0, "a file system is mounted")
    def test_full_disk(self):
        """No space for a compiler says nothing about a release."""
        (self.dir / "large/usr/bin").mkdir(parents=True)
        shutil.copy(self.dir / "package/usr/bin/standin-cc",
                    self.dir / "large/usr/bin")
        (self.dir / "large/usr/many").write_bytes(bytes(4 << 20))
        subprocess.run(["tar", "-C", self.dir / "large", "-czf",
                        self.dir / "large.tar.gz", "."], check=True)
        data = (self.dir / "large.tar.gz").read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        (self.inputs / digest).write_bytes(data)
        note = self.note(self.git("rev-parse", "main"), "1.0.0", self.image(
            "TRUSTED_OS", "1.0.0"), build={"toolchain": {
                "name": "standin", "version": "1", "package_sha256": digest}})
        small = self.dir / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=755",
                        "none", small], check=True)
        self.addCleanup(subprocess.run, ["umount", small], check=True)
        document = self.single(note, "--one-pass", "--cache=small", code=24)
        self.assertIn("no space left", document["error"]["got"])
        self.assertEqual(list(small.glob("inputs/*.new")), [])
        subprocess.run(["mount", "-o", "remount,size=9m", small], check=True)
        self.reproduces(note, "--cache=small")

    def test_commit_is_no_tag(self):
        """A tag's own number leads to a commit, and is none."""
        image = self.image("TRUSTED_OS", "1.0.0")
        self.git("tag", "-a", "-m", "x", "v1")
        document = self.single(self.note(self.git("rev-parse", "v1"), "1.0.0",
                                         image), code=20)
        self.assertEqual(document["verdict"], "unavailable")
        self.reproduces(self.note(self.git("rev-parse", "main"), "1.0.0",
                                  image))


if __name__ == "__main__":
    awcli.main()
