# SPDX-License-Identifier: Apache-2.0
"""Examples of manual pages that need a board, run on twins: lines with "# ".
What runs without one is in tests/cli/test_man.py."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import host  # noqa: E402  pylint: disable=wrong-import-position
import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position
import test_man  # noqa: E402  pylint: disable=wrong-import-position

# The first needs the log of the Go project, and a board of its; the second is
# run by test_control_install.py.
ELSEWHERE = {"verify --template=prod --device=port=1-1.4",
             "aw ctl install --policy=./site.policy --firmware=applet.elf "
             "applet.bundle"}
PAGES = ("aw-bench", "aw-ctl", "aw-device", "aw-doctor", "aw-otp",
         "aw-provision", "aw-sdp", "aw-verify")


def examples(page):
    """{command for a board: what it says}"""
    text = (host.SOURCE / "man" / (page + ".1.in")).read_text()
    section = text.split(".Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    found, last = {}, None
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section,
                            re.M | re.S):
        for line in map(test_man.unescape, block.splitlines()):
            if line.startswith("# "):
                last = line[2:]
                found[last] = ""
            elif line.startswith("$ "):
                last = None
            elif last:
                found[last] += line + "\n"
        last = None
    return found


class Examples(trusted.Trusted):
    def setUp(self):
        super().setUp()
        text = (self.dir / "ci.policy").read_text().splitlines()
        text = [line + " " + str(self.dir / "log")
                if line.startswith("log ") else line for line in text]
        text += ["srk-hash " + self.srk,
                 "binaries " + str(self.dir / "artefacts")]
        for name in ("ci.policy", "station.policy"):
            self.write(name, "".join(line + "\n" for line in text))
        # The board that is meant without --device.
        self.write("aw.json", json.dumps({"device": "twin=twin"}))
        self.left = {command for page in PAGES for command in examples(page)}
        self.left -= ELSEWHERE

    def example(self, command, code=0, **more):
        """Runs it as it stands there."""
        page = next(p for p in PAGES if command in examples(p))
        env = {"PATH": "%s:/usr/bin:/bin" % host.PROGRAM.parent,
               "HASH": self.srk, **more}
        if "--device" not in command and " bench " not in command:
            env["AW_CONFIG"] = "aw.json"
        run = self.aw("-c", command, program="/bin/sh", env=env)
        self.assertEqual(run.code, code, run)
        self.compare(command, examples(page)[command], run)
        self.left.remove(command)

    def compare(self, command, want, run):
        # Figures are those of one machine.
        if " bench " in command:
            want = re.sub(r"\d+$", "...", want, flags=re.M)
        pattern = ".*".join(map(re.escape, want.split("...")))
        self.assertRegex(run.out, "(?s)^%s$" % pattern, run)

    def matching(self, words):
        return next(c for c in sorted(self.left) if words in c)

    def test_board(self):
        self.example(self.matching("aw bench device"))
        self.create()
        self.start()
        self.example("aw provision --policy=./station.policy "
                     "--device=twin=twin")
        self.example(self.matching("aw device blocks read"))
        self.turn("mmc")
        self.wait_for_applet()
        self.example("aw ctl status")
        self.example(self.matching("aw ctl config"))
        self.example(self.matching("--dry-run"))
        self.example(self.matching("aw otp plan"))
        fuses = self.json("otp", "apply", "plan", "--dry-run",
                          "--device=twin=twin")["hash"]
        self.example("aw otp apply plan --yes=$PLAN", code=30, PLAN=fuses)
        plan = self.json("ctl", "hab", "--srk-hash=" + self.srk, "--dry-run",
                         "--device=twin=twin")["hash"]
        self.example(self.matching("aw ctl hab"), code=30, PLAN=plan)
        self.turn("mmc")
        self.wait_for_applet()
        self.example(self.matching("aw otp apply"), PLAN=fuses)
        # The other one is closed by an operator who watches events.
        self.stop()
        self.closing()
        self.assertEqual(self.left, set())

    def wait_for_applet(self):
        """In a twin time passes while somebody asks."""
        for _ in range(100):
            status = self.json("ctl", "status", "--device=twin=twin")
            if status["applet"]["state"] == "runs":
                return
        self.fail(status)

    def closing(self):
        command = self.matching("--fuse")
        want = examples("aw-provision")[command]
        self.create("second")
        self.start("second")
        args = [word for word in command.split()[1:]
                if not word.startswith(("--yes", "--device"))]
        policy = ["--policy=./station.policy", "--device=twin=second"]
        plan = self.json("provision", *policy, "--fuse", "--dry-run")["plan"]
        run = trusted.flow.Flow(
            self, args + ["--device=twin=second", "--yes=" + plan,
                          "--operator-timeout=60s"],
            each=self.operator("second"))
        self.assertEqual(run.code, 0, run.text)
        # The flow prints JSON: members, in the words of the page.
        self.assertEqual(run.document["reached"], "attested")
        self.assertIs(run.document["identity"]["secure_boot"], True)
        for words in ("identity:\n", "secure boot:          yes\n",
                      "reached:                attested\n"):
            self.assertIn(words, want)
        self.left.remove(command)


if __name__ == "__main__":
    awcli.main()
