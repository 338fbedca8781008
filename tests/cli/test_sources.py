# SPDX-License-Identifier: Apache-2.0
"""tools/fetch-sources: third-party sources by hash, from wherever they are."""
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import tarfile

import awcli

TOOL = pathlib.Path(os.environ["AW_SOURCE"]) / "tools" / "fetch-sources"
PROGRAMS = ("sh cat cp mv rm mkdir mktemp sort cut grep cmp tar gzip xz patch "
            "sha256sum dirname sed curl").split()
PATCH = """--- a/hello.c
+++ b/hello.c
@@ -1 +1 @@
-int old;
+int mended;
"""


def archive(path, files):
    with tarfile.open(path, "w:gz") as out:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            out.addfile(info, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Sources(awcli.Test):
    def setUp(self):
        super().setUp()
        # No apt-get here: nothing is asked of the network.
        self.bin = self.dir / "bin"
        self.bin.mkdir()
        for program in PROGRAMS:
            (self.bin / program).symlink_to(shutil.which(program))
        self.folder = self.dir / "archives"
        self.folder.mkdir()
        self.orig = self.folder / "tiny_1.orig.tar.gz"
        self.fixes = self.folder / "tiny_1-2.debian.tar.gz"
        self.hashes = [
            archive(self.orig, {"tiny-1/hello.c": "int old;\n"}),
            archive(self.fixes, {"debian/patches/series": "# first\nfix.patch\n",
                                 "debian/patches/fix.patch": PATCH})]
        self.lock = self.write("lock", "# comment\n\ntiny %s %s\ntiny %s %s\n" % (
            self.orig.name, self.hashes[0], self.fixes.name, self.hashes[1]))

    def fetch(self, code, *args, **env):
        env = {"PATH": str(self.bin), "AW_SOURCES_LOCK": str(self.lock),
               "AW_SOURCE_CACHE": str(self.dir / "cache"), **env}
        run = subprocess.run([TOOL, *(args or ["out"])], cwd=self.dir, env=env,
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stderr

    def result(self):
        return (self.dir / "out" / "tiny" / "hello.c").read_text()

    def test_folder_then_cache(self):
        self.fetch(0, AW_SOURCES=str(self.folder))
        self.assertEqual(self.result(), "int mended;\n")
        shutil.rmtree(self.dir / "out")
        self.fetch(0)
        self.assertEqual(self.result(), "int mended;\n")
        # A second run has nothing to do, not even with the cache gone.
        shutil.rmtree(self.dir / "cache")
        self.fetch(0)

    def test_artefacts_by_hash(self):
        store = self.dir / "store"
        store.mkdir()
        for path, name in zip((self.orig, self.fixes), self.hashes):
            shutil.copy(path, store / name)
        self.fetch(0, AW_ARTEFACTS=str(store))
        self.assertEqual(self.result(), "int mended;\n")

    def test_wrong_hash_stops(self):
        self.orig.write_bytes(self.orig.read_bytes() + b"x")
        self.assertIn("not the locked file",
                      self.fetch(10, AW_SOURCES=str(self.folder)))
        self.assertFalse((self.dir / "out" / "tiny").exists())

    def test_damaged_cache_stops(self):
        self.fetch(0, AW_SOURCES=str(self.folder))
        (self.dir / "cache" / self.hashes[0]).write_bytes(b"other")
        shutil.rmtree(self.dir / "out")
        self.assertIn("damaged", self.fetch(10))
        self.assertFalse((self.dir / "out" / "tiny").exists())

    def test_nowhere(self):
        self.assertIn("tiny_1.orig.tar.gz", self.fetch(20))

    def test_lock_changed(self):
        """What was unpacked under another lock is not left in place."""
        self.fetch(0, AW_SOURCES=str(self.folder))
        self.lock.write_text("tiny %s %s\n" % (self.orig.name, self.hashes[0]))
        self.fetch(0)
        self.assertEqual(self.result(), "int old;\n")

    def test_usage(self):
        self.fetch(2, "out", "unknown", AW_SOURCES=str(self.folder))

    def test_the_lock_itself(self):
        """Every package of ours is locked with an orig archive."""
        text = (TOOL.parent.parent / "cmake" / "sources.lock").read_text()
        rows = [line.split() for line in text.splitlines()
                if line and not line.startswith("#")]
        for name in {row[0] for row in rows}:
            files = [row[1] for row in rows if row[0] == name]
            self.assertEqual(sum(".orig." in f for f in files), 1, name)
        for row in rows:
            self.assertRegex(row[2], "^[0-9a-f]{64}$")


if __name__ == "__main__":
    awcli.main()
