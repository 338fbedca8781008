# SPDX-License-Identifier: Apache-2.0
"""The guide docs/secure-boot.md: its commands, run in its order."""
import re

import awcli


class Guide(awcli.Test):
    def test_commands(self):
        text = (awcli.SOURCE / "docs" / "secure-boot.md").read_text()
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
        self.assertGreater(len(found), 15)
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


if __name__ == "__main__":
    awcli.main()
