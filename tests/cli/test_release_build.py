# SPDX-License-Identifier: Apache-2.0
"""aw release build on a small tree in place of the firmware's."""
import hashlib
import json
import subprocess

import awcli
from releases import ReleaseTest

PRESETS = {"version": 6, "configurePresets": [
    {"name": "firmware", "generator": "Ninja",
     "binaryDir": "${sourceDir}/build/firmware"}]}
LISTS = """
cmake_minimum_required(VERSION 3.25)
project(tree NONE)
if(GIT_SEMVER_TAG STREQUAL "9.9.9")
    message(FATAL_ERROR "not this one")
endif()
foreach(image boot.imx recovery.imx os.elf applet.elf)
    string(REGEX REPLACE "[.].*" "" name ${image})
    file(CONFIGURE OUTPUT firmware/${image} CONTENT
        "${image} ${LOG_ORIGIN} ${LOG_PUBLIC_KEY} ${OS_PUBLIC_KEY1} \
${OS_PUBLIC_KEY2} ${APPLET_PUBLIC_KEY} ${SRK_HASH} ${GIT_SEMVER_TAG} ${REV}")
    add_custom_target(${name} COMMAND test ! -e ${CMAKE_SOURCE_DIR}/broken)
endforeach()
"""
SHA = "5" * 64
SRK = "77" * 32
TOOLCHAIN = ["--toolchain-version=12.2", "--toolchain-sha256=" + SHA]


class Build(ReleaseTest):
    def setUp(self):
        super().setUp()
        text = (self.dir / "ci.policy").read_text()
        if "srk-hash" not in text:
            text += "srk-hash %s\n" % SRK
        self.write("build.policy", text)
        self.tree = self.dir / "tree"
        (self.tree / "cmake").mkdir(parents=True)
        (self.tree / "cmake" / "sources.lock").write_text("# none\n")
        (self.tree / "CMakePresets.json").write_text(json.dumps(PRESETS))
        (self.tree / "CMakeLists.txt").write_text(LISTS)

    def git(self, *args):
        return subprocess.run(
            ["git", "-C", self.tree, "-c", "user.name=n", "-c",
             "user.email=n@example.com", *args],
            check=True, capture_output=True, text=True).stdout.strip()

    def commit(self):
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "tree")
        return self.git("rev-parse", "HEAD")

    def build(self, *args, code=0, tag="1.2.3"):
        return self.json("release", "build", "--policy=./build.policy",
                         "--git-tag=" + tag, "--source=tree", "--output=out",
                         *TOOLCHAIN, *args, code=code)

    def test_build(self):
        commit = self.commit()
        document = self.build()
        self.assertEqual(document["commit"], commit)
        rows = document["images"]
        self.assertEqual([r["component"] for r in rows],
                         ["BOOTLOADER", "RECOVERY", "TRUSTED_OS"])
        self.assertNotIn("manifest", rows[0])
        self.assertEqual(len(document["warnings"]), 2)
        image = (self.dir / "out" / "trusted_os.elf").read_bytes()
        self.assertEqual(rows[2]["sha256"], hashlib.sha256(image).hexdigest())
        self.assertIn(b" 1.2.3 " + commit.encode(), image)
        self.assertIn(SRK.encode(), image)
        manifest = json.loads((self.dir / rows[2]["manifest"]).read_text())
        self.assertEqual(manifest["component"], "TRUSTED_OS")
        self.assertEqual(manifest["git"]["tag_name"], "1.2.3")
        self.assertEqual(manifest["git"]["commit_fingerprint"], commit)
        build = manifest["build"]
        self.assertEqual(build["recipe"], "c-firmware-1")
        self.assertEqual(build["toolchain"], {
            "name": "gcc-arm-none-eabi", "version": "12.2",
            "package_sha256": SHA})
        self.assertEqual(build["sources_sha256"],
                         hashlib.sha256(b"# none\n").hexdigest())
        self.assertIn("SRK_HASH=" + SRK, build["envs"])
        for env in build["envs"]:
            self.assertIn(env.split("=", 1)[1].encode(), image)

    def test_signed(self):
        self.commit()
        (self.dir / "csf").mkdir()
        for name in ("boot", "recovery"):
            (self.dir / "csf" / (name + ".csf")).write_bytes(b"\xd4" * 100)
        document = self.build("--hab-signatures=csf")
        self.assertNotIn("warnings", document)
        manifest = json.loads(
            (self.dir / document["images"][0]["manifest"]).read_text())
        self.assertEqual(manifest["component"], "BOOTLOADER")
        self.assertIn("hab", manifest)

    def test_applet(self):
        self.commit()
        rows = self.build("--applet")["images"]
        self.assertEqual(rows[3]["component"], "TRUSTED_APPLET")

    def test_tree(self):
        """A tree that is no commit, or another than it was."""
        self.build(code=30)
        self.build("--git-commit-fingerprint=" + "a" * 40)
        self.commit()
        (self.tree / "cmake" / "sources.lock").write_text("# other\n")
        document = self.build(code=30)
        self.assertIn("changed", document["error"]["what"])

    def test_policy(self):
        """What it does not fix would be a gap in the images."""
        self.commit()
        text = (self.dir / "build.policy").read_text()
        self.write("build.policy", text.replace("srk-hash", "# srk-hash"))
        document = self.build(code=30)
        self.assertEqual(document["error"]["subject"], "SRK_HASH")
        self.assertFalse((self.dir / "out").exists())

    def test_fails(self):
        self.commit()
        document = self.build(code=23, tag="9.9.9")
        self.assertIn("build.log", document["error"]["remedy"])
        self.assertIn("not this one",
                      (self.dir / "out" / "build.log").read_text())
        (self.tree / "broken").write_text("")
        self.assertEqual(self.build(code=23)["error"]["subject"],
                         "cmake --build")

    def test_usage(self):
        self.fails(2, "release", "build", "--git-tag=1.0.0")
        self.fails(2, "release", "build", "--output=out")


if __name__ == "__main__":
    awcli.main()
