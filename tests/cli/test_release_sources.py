# SPDX-License-Identifier: Apache-2.0
"""Third-party sources of our own firmware, kept with the artefacts."""
import os

import awcli
from releases import COMMIT, ReleaseTest, sha256

ARCHIVES = {"one_1.orig.tar.gz": b"first archive", "two_2.tar.xz": b"second"}


class Sources(ReleaseTest):
    def setUp(self):
        super().setUp()
        self.lock = "# archives\n" + "".join(
            "%s  %s\t%s\n" % (name.split("_")[0], name, sha256(data))
            for name, data in ARCHIVES.items())
        self.write("cmake/sources.lock", self.lock)
        for data in ARCHIVES.values():
            self.write("cache/" + sha256(data), data)

    def ours(self, version="1.0.0", recipe="c-firmware-1", lock=None):
        """Options that name an image and the manifest of firmware in C."""
        name = "os-%s" % version
        self.write(name, name)
        (self.dir / (name + ".json")).unlink(missing_ok=True)
        self.ok("manifest", "create", "--raw", "--output", name + ".json",
                "--firmware-type=TRUSTED_OS", "--firmware-file", name,
                "--git-tag", version, "--git-commit-fingerprint", COMMIT,
                "--recipe", recipe, "--toolchain-name=gcc-arm-none-eabi",
                "--toolchain-version=12", "--toolchain-sha256", "ab" * 32,
                "--sources-sha256", sha256((lock or self.lock).encode()))
        return ["--component=TRUSTED_OS", "--image", name, "--manifest",
                name + ".json", *self.keys_for("TRUSTED_OS"), *self.place()]

    def put(self, *args, code=0, **kwargs):
        return self.json("release", "publish", *args, code=code, **kwargs)

    def artefact(self, data):
        return self.dir / "artefacts" / sha256(data)

    def test_kept(self):
        document = self.put(*self.ours(), "--sources=cache")
        self.assertEqual(document["sources"], [
            {"file": name, "size": str(len(data)), "sha256": sha256(data),
             "stored": True} for name, data in ARCHIVES.items()])
        for data in (*ARCHIVES.values(), self.lock.encode()):
            self.assertEqual(self.artefact(data).read_bytes(), data)
        shown = self.show("--check")
        self.assertEqual((shown["sources_read"], shown["artefacts_read"],
                          shown["unnamed_files"]), ("3", "1", "0"))
        # The next release finds all of it in the store.
        os.rename(self.dir / "cmake", self.dir / "gone")
        document = self.put(*self.ours("1.1.0"), "--sources=nowhere")
        self.assertEqual([s["stored"] for s in document["sources"]],
                         [False, False])
        self.assertEqual(self.show("--check")["sources_read"], "3")

    def test_where_they_are(self):
        """The cache of tools/fetch-sources, or a folder with own names."""
        cache = self.dir / "home" / ".cache" / "aw" / "sources"
        cache.parent.mkdir(parents=True)
        (self.dir / "cache").rename(cache)
        self.put(*self.ours())
        for name, data in ARCHIVES.items():
            self.artefact(data).unlink()
            self.write("own/" + name, data)
        self.put(*self.ours("1.1.0"), "--sources=own")
        for data in ARCHIVES.values():
            self.artefact(data).unlink()
        self.put(*self.ours("1.2.0"), env={"AW_SOURCE_CACHE": "own"})

    def test_refused(self):
        """Nothing is stored or logged before all of them are there."""
        first, second = ARCHIVES.values()
        before = self.checkpoint()

        def refused(code, *args):
            document = self.put(*args, code=code)
            self.assertEqual(self.checkpoint(), before)
            self.assertFalse((self.dir / "artefacts").exists())
            return document["error"]

        path = self.dir / "cache" / sha256(second)
        path.rename(self.dir / "kept")
        error = refused(30, *self.ours(), "--sources=cache")
        self.assertEqual(error["subject"], "two_2.tar.xz")
        self.assertIn("tools/fetch-sources", error["remedy"])
        path.write_bytes(first)
        error = refused(10, *self.ours(), "--sources=cache")
        self.assertEqual(error["subject"], "cache/" + sha256(second))
        path.write_bytes(second)
        # A list that is not the manifest's.
        refused(10, *self.ours(lock="another"), "--sources=cache")
        refused(30, *self.ours(), "--sources=cache", "--sources-lock=nowhere")
        self.write("odd", "one two\n")
        error = refused(30, *self.ours(lock="one two\n"), "--sources=cache",
                        "--sources-lock=odd")
        self.assertIn("line", error["where"])
        # Not for others' recipes, which are not asked for any.
        refused(2, *self.ours(recipe="other-1"), "--sources=cache")
        self.put(*self.ours(recipe="other-1"))

    def test_checked(self):
        self.put(*self.ours(), "--sources=cache")
        first, second = ARCHIVES.values()
        self.artefact(first).write_bytes(b"other")
        self.artefact(second).unlink()
        document = self.show("--check", code=10)
        self.assertEqual({f["exit"] for f in document["findings"]}, {10, 20})
        self.artefact(first).write_bytes(first)
        self.artefact(second).write_bytes(second)
        self.artefact(self.lock.encode()).unlink()
        document = self.show("--check", code=20)
        self.assertEqual(document["checked"], "failed")
        self.artefact(self.lock.encode()).write_text(self.lock)
        self.show("--check")


if __name__ == "__main__":
    awcli.main()
