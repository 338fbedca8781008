# SPDX-License-Identifier: Apache-2.0
"""tools/demo: what it says at its end is true; and it fails with a program
that does not compare digests."""
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import host  # noqa: E402  pylint: disable=wrong-import-position

BUILD = host.PROGRAM.parent.parent
CHECK = "if (!aw_ct_equal(digest, want, sizeof(digest))) {"
# Exit codes, in order, of the commands with that verb.
WANT = {
    "log audit": [0, 10, 20, 12], "log findings": [0], "log init": [0],
    "verify": [0, 0, 10, 0, 0], "provision": [0, 0, 10, 0, 0, 0],
    "release keygen": [0], "release publish": [0] * 4,
    "release show": [0, 10], "hab pki": [0], "hab sign": [0, 0],
    "twin create": [0, 0], "twin switch": [0, 0, 0],
    "twin start": [0, 0, 0], "device ledger": [0, 0],
    "twin stop": [0], "twin run": [0], "device list": [0, 0, 0],
    "ctl status": [0], "ctl console": [0],
}


class Demo(unittest.TestCase):
    def setUp(self):
        # pylint: disable-next=consider-using-with
        self.tmp = tempfile.TemporaryDirectory(prefix="aw-demo-")
        self.addCleanup(self.tmp.cleanup)
        self.dir = pathlib.Path(self.tmp.name)

    def demo(self, folder=host.PROGRAM.parent):
        home = self.dir / "home"
        home.mkdir()
        env = {"PATH": os.environ["PATH"], "HOME": str(home),
               "TMPDIR": str(self.dir), "LC_ALL": "C.UTF-8",
               "AW_DEMO_BIN": str(folder),
               "AW_DEMO_FIRMWARE": str(host.SOURCE / "build" / "demo"),
               "AW_DEMO_KEEP": str(self.dir / "kept"),
               "AW_DEMO_LAB": str(self.dir / "lab")}
        return subprocess.run(
            [host.SOURCE / "tools" / "demo"], env=env, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=900,
            text=True)

    def kept(self, number):
        return (self.dir / "kept" / str(number)).read_text()

    def test_demo(self):
        run = self.demo()
        self.assertEqual(run.returncode, 0, run.stdout[-4000:] + run.stderr)
        text = (self.dir / "kept" / "demo.json").read_text()
        self.assertTrue(run.stdout.endswith(text))
        document = json.loads(text)
        self.assertEqual((document["v"], document["steps"]), (1, 16))
        found = {}
        verbs = {}
        for n, command in enumerate(document["commands"], 1):
            words = command["command"].split()
            self.assertEqual(words[0], "aw")
            verb = words[1] if words[1] in ("verify", "provision") \
                else " ".join(words[1:3])
            found.setdefault(verb, []).append(command["exit"])
            verbs.setdefault(verb, []).append(n)
            self.assertEqual(
                command["sha256"],
                hashlib.sha256(self.kept(n).encode()).hexdigest())
            # What was shown is what was kept.
            self.assertIn(self.kept(n), run.stdout)
        self.assertEqual(found, WANT)
        wrote = [re.search(r"^bytes written: +(\d+)$", self.kept(n), re.M)
                 for n in verbs["provision"]]
        self.assertGreater(int(wrote[0].group(1)), 0)
        self.assertEqual(wrote[1].group(1), "0")
        self.assertIsNone(wrote[2])
        kept = re.search(r"^bytes kept: +(\d+)$",
                         self.kept(verbs["provision"][3]), re.M)
        self.assertGreater(int(wrote[3].group(1)), 0)
        self.assertGreater(int(kept.group(1)), 0)
        said = [re.search(r"^verified: +(\w+)$", self.kept(n), re.M).group(1)
                for n in verbs["verify"]]
        self.assertEqual(said, ["yes", "yes", "no", "yes", "yes"])
        status = self.kept(verbs["ctl status"][0])
        self.assertIn("applet:\n  state:                runs\n", status)
        self.assertRegex(status, r"\n +identity: +DEV:ArmoredWitness-")
        self.assertIn("\nminimal: ready\n",
                      self.kept(verbs["ctl console"][0]))
        for n in verbs["device list"]:
            self.assertIn("serial download", self.kept(n))

        fused = self.kept(verbs["provision"][5])
        self.assertRegex(fused, r"(?m)^reached: +attested$")
        self.assertIn("\n  secure boot:          yes\n", fused)
        self.check_readme()
        self.check_factory()

    def check_factory(self):
        """What docs/factory.md does with the lab that the demo leaves."""
        text = (host.SOURCE / "docs" / "factory.md").read_text()
        block = text.split("    AW_DEMO_LAB=lab tools/demo\n")[1]
        commands = block.split("\n\n")[0].splitlines()
        self.assertGreaterEqual(len(commands), 4)
        env = {"PATH": "%s:%s" % (host.PROGRAM.parent, os.environ["PATH"]),
               "AW_STATE_DIR": str(self.dir / "state"),
               "HOME": str(self.dir / "home")}
        self.addCleanup(subprocess.run,
                        [host.PROGRAM, "twin", "stop", self.dir / "board"],
                        check=False, capture_output=True)
        for command in commands:
            self.assertTrue(command.startswith("    aw "), command)
            run = subprocess.run(["sh", "-c", command], cwd=self.dir, env=env,
                                 check=False, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, command + run.stderr)
        self.assertRegex(run.stdout, r"(?m)^verified: +yes$")

    def readme(self, path):
        return subprocess.run(
            [host.SOURCE / "tools" / "readme-session", "--check", "--readme",
             path, self.dir / "kept"], check=False, capture_output=True,
            text=True)

    def check_readme(self):
        """Its session is what this run has shown, and that is compared."""
        readme = host.SOURCE / "README.md"
        run = self.readme(readme)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        text = readme.read_text()
        other = self.dir / "README"
        for change in (("verified:               yes", "verified: yes"),
                       ("reached:                flashed", "reached: x"),
                       ("[exit 10]", "[exit 1]"), ("plan:", "plans:")):
            self.assertIn(change[0], text)
            other.write_text(text.replace(*change))
            self.assertEqual(self.readme(other).returncode, 1, change)

    def commands(self):
        """How aw is built, last the link."""
        return subprocess.run(
            ["ninja", "-C", BUILD, "-t", "commands", "aw"], check=True,
            capture_output=True, text=True).stdout.splitlines()

    def test_blind(self):
        """With verify's comparison of digests patched out the demo fails."""
        source = host.SOURCE / "ftlog" / "bundle.c"
        text = source.read_text()
        self.assertEqual(text.count(CHECK), 1)
        (self.dir / "bundle.c").write_text(text.replace(
            CHECK, CHECK.replace("(!", "(false && !")))
        commands = [c for c in self.commands()
                    if not c.startswith("ninja: ")]
        words = shlex.split(next(c for c in commands
                                 if c.endswith("ftlog/bundle.c")))
        words = [w for w in words if w not in ("-MD",)]
        for option in ("-MT", "-MF"):
            at = words.index(option)
            del words[at:at + 2]
        words[words.index("-o") + 1] = str(self.dir / "bundle.o")
        words[-1] = str(self.dir / "bundle.c")
        subprocess.run(words, cwd=BUILD, check=True)
        link = commands[-1].replace(
            "-o cmd/aw ", "-o %s %s " % (self.dir / "aw",
                                         self.dir / "bundle.o"))
        self.assertIn(str(self.dir / "aw"), link)
        subprocess.run(link, shell=True, cwd=BUILD, check=True)
        run = self.demo(self.dir)
        self.assertEqual(run.returncode, 1, run.stdout[-4000:])
        self.assertIn("exit code 10 was expected", run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
