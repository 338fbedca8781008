# SPDX-License-Identifier: Apache-2.0
"""The examples of the manual pages, run.

Each page's examples run one after the other in one folder. Lines with "$ "
are commands that must succeed; the lines below one are its standard output,
where "..." stands for anything. "# " is a command for another machine and is
not run. An "export" line holds for the rest of the page. A comment `.\\" example-file: VECTOR NAME`
puts a file or folder of the vectors there first; `.\\" example-image: IMAGE
POLICY` makes the eMMC image of a device and the policy that belongs to it;
`.\\" example-board: DIR` lets a board in serial download run in a folder.
"""
import os
import re
import shutil
import subprocess

import awcli
import device_image
import release_log

PAGES = awcli.SOURCE / "man"


def unescape(line):
    return line.replace("\\&", "").replace("\\-", "-").replace("\\e", "\\")


def examples(text):
    """(command, expected output) of each example, in order."""
    section = text.split(".Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    found = []
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section,
                            re.M | re.S):
        for line in map(unescape, block.splitlines()):
            if line.startswith(("$ ", "# ")):
                found.append([line[2:] if line[0] == "$" else None, ""])
            elif line.startswith("> "):
                found[-1][0] += "\n" + line[2:]
            else:
                found[-1][1] += line + "\n"
    return found


class Examples(awcli.Test):
    def start_board(self, folder):
        (self.dir / folder).mkdir()
        board = subprocess.Popen([os.environ["AW_ROMD"], folder], cwd=self.dir,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(board.wait)
        self.addCleanup(board.stdin.close)
        self.addCleanup(board.stdout.close)
        self.assertEqual(board.stdout.readline(), b"ready\n")

    def run_page(self, page):
        text = page.read_text()
        for folder in re.findall(r'^\.\\" example-board: (\S+)$', text, re.M):
            self.start_board(folder)
        for vector, name in re.findall(r'^\.\\" example-file: (\S+) (\S+)$',
                                       text, re.M):
            source = awcli.VECTORS / vector
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, self.dir / name)
        for image, policy in re.findall(
                r'^\.\\" example-image: (\S+) (\S+)$', text, re.M):
            device_image.make(self.dir / image)
            (self.dir / policy).write_text(release_log.policy())
        path = "%s:/usr/bin:/bin" % (self.dir / "bin")
        exports = ""
        for command, want in examples(text):
            if command is None:
                continue
            if command.startswith("export "):
                exports += command + "\n"
            run = self.aw("-c", exports + command, program="/bin/sh", env={"PATH": path})
            self.assertEqual(run.code, 0, run)
            pattern = ".*".join(map(re.escape, want.split("...")))
            self.assertRegex(run.out, "(?s)^%s$" % pattern, run)

    def test_examples(self):
        pages = sorted(PAGES.glob("*.1.in"))
        self.assertGreaterEqual(len(pages), 3)
        for page in pages:
            with self.subTest(page=page.name):
                shutil.rmtree(self.dir)
                (self.dir / "bin").mkdir(parents=True)
                (self.dir / "home").mkdir()
                (self.dir / "bin" / "aw").symlink_to(awcli.AW)
                self.assertTrue(examples(page.read_text()), page)
                self.run_page(page)


if __name__ == "__main__":
    awcli.main()
