# SPDX-License-Identifier: Apache-2.0
"""The guides in docs/: every command of one, run in its order in one folder.

A command is an indented line that begins with "$ "; what follows it, as far
as it is indented, is its standard output, where "..." stands for anything. An
"export" holds for the rest of the guide.
"""
import re

import awcli


def commands(text):
    """[command, expected output] of each command."""
    found = []
    inside = False
    for line in text.splitlines():
        if line.startswith("    $ "):
            found.append([line[6:], ""])
            inside = True
        elif inside and line.startswith("    "):
            found[-1][1] += line[4:] + "\n"
        else:
            inside = False
    return found


class Guide(awcli.Test):
    def run_guide(self, name, at_least):
        found = commands((awcli.SOURCE / "docs" / name).read_text())
        self.assertGreaterEqual(len(found), at_least)
        (self.dir / "bin").mkdir()
        (self.dir / "bin" / "aw").symlink_to(awcli.AW)
        path = "%s:/usr/bin:/bin" % (self.dir / "bin")
        exports = ""
        for command, want in found:
            if command.startswith("export "):
                exports += command + "\n"
            run = self.aw("-c", exports + command, program="/bin/sh",
                          env={"PATH": path})
            self.assertEqual(run.code, 0, run)
            pattern = ".*".join(map(re.escape, want.split("...")))
            self.assertRegex(run.out, "(?s)^%s$" % pattern, run)
