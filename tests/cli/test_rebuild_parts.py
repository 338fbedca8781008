# SPDX-License-Identifier: Apache-2.0
"""aw verify-build: parts that many releases have in common are built once,
and no commit decides what another one gets. Stand-ins for the real files."""
import json
import os
import pathlib
import signal
import subprocess

import awcli
from rebuilds import RebuildTest

KILL_AT = awcli.BUILD / "tests" / "support" / "kill_at.so"
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(standin NONE)
add_custom_target(os COMMAND sh ${CMAKE_SOURCE_DIR}/build.sh
    ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/firmware "${AW_THIRD_PARTY}"
    "${AW_LIBRARIES}" VERBATIM)
"""
BUILD = """set -eu
mkdir -p $2
{ printf '\\177ELF'
  if [ -n "$3" ]; then cat $3/made; else sh $1/firmware/third-party/make; fi
  [ -z "$4" ] || echo libraries
  %s; } >$2/os.elf
"""
PART = """cmake_minimum_required(VERSION 3.25)
project(part NONE)
add_custom_target(part ALL COMMAND sh ${CMAKE_SOURCE_DIR}/make
    COMMAND sh ${CMAKE_SOURCE_DIR}/make >${CMAKE_BINARY_DIR}/made)
install(FILES ${CMAKE_BINARY_DIR}/made DESTINATION .)
"""


class Parts(RebuildTest):
    def setUp(self):
        super().setUp()
        self.write("repo/CMakeLists.txt", CMAKE)
        self.write("repo/build.sh", BUILD % "true")
        self.write("repo/cmake/arm-none-eabi.cmake", "# none\n")
        self.write("repo/tools/fetch-sources", "# none\n")
        self.write("repo/firmware/third-party/CMakeLists.txt", PART)
        self.good = self.made("echo part")

    def made(self, script, **files):
        """A commit whose part is made by a script."""
        self.write("repo/firmware/third-party/make", script + "\n")
        return self.commit(**files)

    def rebuild(self, commit, image, code=0, **kwargs):
        note = self.signed(self.manifest_of("TRUSTED_OS", "1.0.0", image,
                                            commit), "TRUSTED_OS")
        return self.single(note, code=code, **kwargs)

    def parts(self):
        """Name, time and size of what is kept."""
        folder = self.dir / "cache/rebuild/parts"
        return {p.name: (p.stat().st_mtime_ns, p.stat().st_size)
                for p in folder.iterdir() if p.name != "lock"}

    def test_once(self):
        self.rebuild(self.good, b"\x7fELFpart\n")
        first = self.parts()
        self.assertEqual(len(first), 1)
        (_, size), = first.values()
        self.assertGreater(size, 0)
        # Another commit with the same files, one with another one, one with
        # a file more, one with another mode.
        self.rebuild(self.commit(main__c="int x;\n"), b"\x7fELFpart\n")
        self.assertEqual(self.parts(), first)
        self.rebuild(self.made("echo other"), b"\x7fELFother\n")
        self.assertEqual(len(self.parts()), 2)
        self.write("repo/firmware/third-party/more", "")
        self.rebuild(self.commit(), b"\x7fELFother\n")
        self.assertEqual(len(self.parts()), 3)
        (self.dir / "repo/firmware/third-party/more").chmod(0o755)
        self.rebuild(self.commit(), b"\x7fELFother\n")
        self.assertEqual(len(self.parts()), 4)
        # The part is used: what is kept comes out.
        for name in self.parts():
            path = self.dir / "cache/rebuild/parts" / name
            path.write_bytes(path.read_bytes().replace(b"other\n", b"wrong\n"))
        document = self.rebuild(self.git("rev-parse", "HEAD"),
                                b"\x7fELFother\n", code=13)
        self.assertEqual(document["reason"], "other bytes than in the log")

    def test_apart(self):
        """A part sees its own files and nothing of the release."""
        for script, image in (
                # None of them builds alone, all of them build whole.
                ("cat $(dirname $0)/../../secret.h", b"secret\n"),
                ("test -n \"$REV\" && echo rev", b"rev\n"),
                ("test -n \"$LOG_ORIGIN\" && echo $LOG_ORIGIN",
                 b"example.com/firmware/ci\n")):
            self.write("repo/secret.h", "secret\n")
            self.rebuild(self.made(script), b"\x7fELF" + image)
        self.assertEqual([size for _, size in self.parts().values()], [0] * 3)

    def test_not_kept(self):
        """What differs between two builds of a part is not kept, and the
        verdict is that of the whole build."""
        for script, image, code in (
                ("date +%s | cut -c1-6", b"0\n", 13),
                ("pwd", b"x\n", 13), ("umask", b"x\n", 13),
                ("exit 1", b"x\n", 23),
                # Large, and not in the image.
                ("test $1 && exit 0; head -c 40M /dev/zero >&2; echo large",
                 b"x\n", 23)):
            document = self.rebuild(self.made(script), b"\x7fELF" + image,
                                    code=code)
            self.assertEqual(document["verdict"],
                             "differs" if code == 13 else "failed", script)
        self.assertEqual({size for _, size in self.parts().values()}, {0})

    def test_read_only(self):
        """A build cannot change a part for those that come after it."""
        commit = self.commit(build__sh=BUILD % (
            "if touch /parts/0.tar || rm /parts/0.tar || echo x >>/parts/0.tar"
            " || ln -s /x /parts/y; then echo changed; fi 2>/dev/null"))
        self.rebuild(commit, b"\x7fELFpart\n")
        first = self.parts()
        self.rebuild(self.good, b"\x7fELFpart\n")
        self.assertEqual(self.parts(), first)

    def test_links(self):
        """A link among the files of a part: it is built whole."""
        (self.dir / "repo/firmware/third-party/link").symlink_to("make")
        self.rebuild(self.commit(), b"\x7fELFpart\n")
        self.git("rm", "-q", "firmware/third-party/link")
        self.git("mv", "firmware", "real")
        (self.dir / "repo/firmware").symlink_to("real")
        self.rebuild(self.commit(), b"\x7fELFpart\n")
        self.assertEqual(self.parts(), {})

    def test_failed_is_tried_again(self):
        self.rebuild(self.made("test $REV && echo x"), b"\x7fELFx\n")
        (name, first), = self.parts().items()
        self.rebuild(self.git("rev-parse", "HEAD"), b"\x7fELFx\n")
        self.assertEqual(self.parts(), {name: first})
        old = first[0] - 2 * 86400 * 10**9
        os.utime(self.dir / "cache/rebuild/parts" / name, ns=(old, old))
        self.rebuild(self.git("rev-parse", "HEAD"), b"\x7fELFx\n")
        self.assertGreater(self.parts()[name][0], old)

    def test_pruned(self):
        """The oldest go when there are many."""
        folder = self.dir / "cache/rebuild/parts"
        folder.mkdir(parents=True)
        for path in (self.dir / "cache", self.dir / "cache/rebuild", folder):
            path.chmod(0o755)
        for i in range(70):
            path = folder / ("%064d.tar" % i)
            path.write_bytes(b"x")
            os.utime(path, (1000 + i, 1000 + i))
        self.rebuild(self.good, b"\x7fELFpart\n")
        left = self.parts()
        self.assertEqual(len(left), 64)
        self.assertNotIn("%064d.tar" % 6, left)
        self.assertIn("%064d.tar" % 7, left)

    def test_many_at_once(self):
        """Processes that want the same part wait for the first one."""
        note = self.signed(self.manifest_of(
            "TRUSTED_OS", "1.0.0", b"\x7fELFpart\n", self.good), "TRUSTED_OS")
        self.write("note", note)
        command = [awcli.AW, "verify-build", "single", "note", "--json",
                   *self.options()]
        runs = [subprocess.Popen(command, cwd=self.dir,  # pylint: disable=R1732
                                 env=self.environment(),
                                 stdout=subprocess.PIPE) for _ in range(4)]
        for run in runs:
            out, _ = run.communicate(timeout=120)
            self.assertEqual(json.loads(out)["verdict"], "reproduced")
        self.assertEqual(len(self.parts()), 1)

    def test_killed(self):
        """At calls that change a file: the next run makes the part."""
        note = self.signed(self.manifest_of(
            "TRUSTED_OS", "1.0.0", b"\x7fELFpart\n", self.good), "TRUSTED_OS")
        self.write("note", note)
        self.write("count", "0")
        command = [awcli.AW, "verify-build", "single", "note",
                   *self.options()]

        def once(**env):
            env["LD_PRELOAD"] = str(KILL_AT)
            env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + \
                ":verify_asan_link_order=0"
            return subprocess.run(
                command, cwd=self.dir, check=False, timeout=120,
                env=self.environment(env), stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)

        def clear():
            for path in pathlib.Path(self.dir,
                                     "cache/rebuild/parts").glob("*"):
                path.unlink()

        # Mirror and compiler are there from the first run.
        for _ in range(2):
            clear()
            self.assertEqual(once(AW_KILL_COUNT=str(self.dir / "count"))
                             .returncode, 0)
        calls = int((self.dir / "count").read_text())
        step = 1 if os.environ.get("AW_CRASH_STEP") else calls // 6
        for at in range(1, calls + 1, step):
            clear()
            if once(AW_KILL_AT=str(at)).returncode != -signal.SIGKILL:
                # It has a few calls less than the run that was counted.
                self.assertGreater(at, calls * 9 // 10)
                break
            self.rebuild(self.good, b"\x7fELFpart\n")
            self.assertTrue(all(size > 0 for _, size in
                                self.parts().values()), at)
            self.assertEqual(len(self.parts()), 1, self.parts())
            self.assertEqual(os.listdir(self.dir / "cache/rebuild/work"), [])


if __name__ == "__main__":
    awcli.main()
