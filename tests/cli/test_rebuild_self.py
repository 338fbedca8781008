# SPDX-License-Identifier: Apache-2.0
"""aw verify-build self: the program that runs, its log, its source."""
import hashlib
import json
import os
import re
import subprocess
import unittest

import awcli
import releases
from rebuilds import RebuildTest

ORIGIN = "example.com/tools"
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(standin NONE)
add_custom_target(aw COMMAND sh -c
    "sh ${CMAKE_SOURCE_DIR}/program.sh >${CMAKE_BINARY_DIR}/cmd/aw" VERBATIM)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/cmd)
"""
PRESETS = {"version": 6, "configurePresets": [
    {"name": "release", "generator": "Ninja",
     "binaryDir": "${sourceDir}/build"}]}


class SelfTest(RebuildTest):
    """A log of tools, keys of two who sign."""

    def setUp(self):  # pylint: disable=super-init-not-called
        releases.ReleaseTest.setUp(self)
        os.chmod(self.dir, 0o755)
        for name in ("tools", "other"):
            self.ok("note", "key", "generate", "%s.example" % name,
                    "--output=%s" % name)
        self.ok("log", "init", "tools-log", "--layout=tiles",
                "--key=keys/log.sec", "--origin=" + ORIGIN)

    def text(self, program, version="1.0.0", commit="12" * 20, **more):
        text = {"schema_version": 0, "component": "HOST_TOOLS",
                "git": {"tag_name": version, "commit_fingerprint": commit},
                "build": {"recipe": "c-host-1"},
                "output": {"program_digest_sha256": releases.b64(program)}}
        text.update(more)
        return json.dumps(text, indent=2) + "\n"

    def announce(self, *texts, keys=("tools",)):
        for number, text in enumerate(texts):
            self.write("release.json", text)
            note = "note-%d" % number
            (self.dir / note).unlink(True)
            self.ok("note", "sign", "release.json", "--output=" + note,
                    *("--key=%s.sec" % key for key in keys[:1]))
            for key in keys[1:]:
                self.ok("note", "sign", note, "--output=more",
                        "--countersign", "--vkey=tools.pub",
                        "--key=%s.sec" % key)
                (self.dir / "more").rename(self.dir / note)
            self.ok("log", "add", "tools-log", note)
        self.ok("log", "integrate", "tools-log")
        self.ok("log", "sign", "tools-log", "--key=keys/log.sec")

    def look(self, *args, code=0, keys=("tools",), **kwargs):
        return self.json(
            "verify-build", "self", "--log-url=tools-log",
            "--origin=" + ORIGIN, "--vkey=" + self.vkey("log"),
            *("--tool-key=%s.pub" % key for key in keys), *args, code=code,
            **kwargs)


class Logged(SelfTest):
    def test_itself(self):
        """The program that runs is the one whose digest is taken."""
        with open(awcli.AW, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        self.announce(self.text(b"another one"))
        document = self.look(code=11)
        self.assertEqual((document["sha256"], document["logged"]),
                         (digest, False))
        self.assertIn("none of those", document["findings"][0]["what"])
        with open(awcli.AW, "rb") as file:
            self.announce(self.text(file.read(), "1.1.0", "34" * 20))
        document = self.look("--no-build")
        self.assertEqual(
            (document["sha256"], document["logged"], document["index"],
             document["version"], document["commit"]),
            (digest, True, "1", "1.1.0", "34" * 20))

    def test_what_counts(self):
        """Another key, another component, another recipe, a malformed one:
        none of them is a release of the program."""
        program = b"program"
        self.write("program", program)
        wrong = [
            self.text(program, component="TRUSTED_OS"),
            self.text(program, schema_version=1),
            self.text(program, build={"recipe": "sh-1"}),
            self.text(program, version="one"),
            self.text(program, version="1.0.0 -x"),
            self.text(program, commit="12" * 19 + "--"),
            self.text(program, output={"program_digest_sha256": "AAAA"}),
            self.text(program, output={}),
            "text\n",
        ]
        self.announce(*wrong)
        self.announce(self.text(program), keys=("other",))
        document = self.look("--program=program", "--no-build", code=11)
        self.assertIn("no release of this program",
                      document["findings"][0]["what"])
        # Each of the keys must have signed.
        self.look("--program=program", "--no-build", keys=("other",))
        self.look("--program=program", "--no-build", code=11,
                  keys=("tools", "other"))
        self.announce(self.text(program), keys=("tools", "other"))
        document = self.look("--program=program", "--no-build",
                             keys=("tools", "other"))
        self.assertEqual(document["index"], "10")

    def test_rebuilt(self):
        """From a stand-in for the source of the program."""
        (self.dir / "repo").mkdir()
        self.git("init", "-q")
        commits = {}
        for name, script in (("good", "echo program"),
                             ("clock", "date +%s | cut -c1-6"),
                             ("none", "exit 1")):
            commits[name] = self.commit(
                CMakeLists__txt=CMAKE, program__sh=script + "\n",
                CMakePresets__json=json.dumps(PRESETS))
        self.write("good", b"program\n")
        self.write("changed", b"progrem\n")
        self.write("clock", b"0\n")
        self.write("none", b"none\n")
        self.announce(
            self.text(b"program\n", commit=commits["good"]),
            self.text(b"progrem\n", commit=commits["good"]),
            self.text(b"0\n", commit=commits["clock"]),
            self.text(b"none\n", commit=commits["none"]))
        for name, code, verdict, reason in (
                ("good", 0, "reproduced", "-"),
                ("changed", 13, "differs", "offset 0x5"),
                ("clock", 13, "differs", "two builds differ"),
                ("none", 23, "failed", "exit status")):
            document = self.look("--program=" + name, "--repository=%s" %
                                 (self.dir / "repo"), code=code)
            self.assertEqual(document["verdict"], verdict, name)
            self.assertIn(reason, document["reason"], name)


def built_plainly():
    """In the preset release, and not by ccache, which may change the paths
    that the compiler sees."""
    cache = (awcli.BUILD / "CMakeCache.txt").read_text()
    return "CMAKE_BUILD_TYPE:STRING=Release" in cache and not re.search(
        r"^CMAKE_C_COMPILER_LAUNCHER:\w+=.", cache, re.M)


@unittest.skipUnless(
    os.environ.get("AW_REBUILD_SELF") and built_plainly(),
    "AW_REBUILD_SELF=1 asks for it, in the preset release without ccache")
class Source(SelfTest):
    def test_this_program(self):
        """The checkout gives the program of the preset release, twice."""
        repo = self.dir / "repo"
        repo.mkdir()
        self.git("init", "-q")
        known = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", awcli.SOURCE, "ls-files",
             "-z"], check=True, stdout=subprocess.PIPE).stdout.decode()
        for name in filter(None, known.split("\0")):
            place = repo / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((awcli.SOURCE / name).read_bytes())
            place.chmod((awcli.SOURCE / name).stat().st_mode & 0o777)
        commit = self.commit()
        with open(awcli.AW, "rb") as file:
            self.announce(self.text(file.read(), commit=commit))
        document = self.look("--repository=%s" % repo, "--time-limit=40m")
        self.assertEqual((document["verdict"], document["passes"]),
                         ("reproduced", "2"))


if __name__ == "__main__":
    awcli.TIMEOUT_S = 5400
    awcli.main()
