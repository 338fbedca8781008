# SPDX-License-Identifier: Apache-2.0
"""The completion scripts in the shells themselves."""
import os
import pty
import select
import signal
import subprocess

import awcli

COMPLETIONS = awcli.BUILD / "completions"

BASH = r"""
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { :; }
_aw
printf '%s\n' "${COMPREPLY[@]}"
"""
PROMPT = b"\x1b[?2004h"  # zsh asks for bracketed paste, then reads


class Completion(awcli.Test):
    def shell(self, *command):
        done = subprocess.run(command, capture_output=True, cwd=self.dir,
                              env=self.environment({"TERM": "dumb"}),
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode("utf-8", "replace")

    def bash(self, *words):
        return self.shell("bash", "--norc", "-c", BASH, "bash",
                          str(COMPLETIONS / "aw"), *words).split()

    def test_bash(self):
        self.write("key.pub", "x")
        self.assertIn("note", self.bash("aw", ""))
        self.assertEqual(self.bash("aw", "note", "v"), ["verify"])
        self.assertEqual(self.bash("aw", "note", "key", "g"), ["generate"])
        self.assertEqual(self.bash("aw", "note", "verify", "--wi"),
                         ["--witness="])
        self.assertIn("--json", self.bash("aw", "note", "verify", "--"))
        self.assertEqual(self.bash("aw", "note", "verify", "--vkey", "k"),
                         ["key.pub"])
        self.assertEqual(self.bash("aw", "note", "verify", "--vkey", "=", "k"),
                         ["key.pub"])
        self.assertEqual(self.bash("aw", "note", "verify", "--any", "k"),
                         ["key.pub"])
        self.assertEqual(self.bash("aw", "--state", "key.pub", "note", "s"),
                         ["sign"])
        self.assertEqual(self.bash("aw", "note", "sign", "--time", ""), [])
        self.assertEqual(self.bash("aw", "completion", "z"), ["zsh"])
        self.assertEqual(self.bash("aw", "help", "man"), ["manifest"])

    def fish(self, line):
        out = self.shell("fish", "--no-config", "-c",
                         "source %s; complete -C '%s'"
                         % (COMPLETIONS / "aw.fish", line))
        return [entry.split("\t")[0] for entry in out.splitlines()]

    def test_fish(self):
        self.assertIn("note", self.fish("aw "))
        self.assertEqual(self.fish("aw note v"), ["verify"])
        self.assertEqual(self.fish("aw note key g"), ["generate"])
        self.assertEqual(self.fish("aw note verify --wi"), ["--witness"])
        self.assertNotIn("--witness", self.fish("aw note sign --"))

    def zsh(self, line):
        """What an interactive zsh shows for TAB TAB behind the line."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execvpe("zsh", ["zsh", "-f", "-i"],
                       self.environment({"TERM": "xterm", "COLUMNS": "200"}))
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.read_until(terminal, PROMPT)
        os.write(terminal, b"PS1='> '; fpath=(%s $fpath); autoload -U compinit;"
                 b" compinit -u -D; setopt no_beep; echo re''ady\n"
                 % str(COMPLETIONS).encode())
        self.read_until(terminal, b"ready\r\n", PROMPT)
        os.write(terminal, line.encode() + b"\t\t")
        return self.read_until(terminal).decode("utf-8", "replace")

    def read_until(self, terminal, *marks):
        """Output up to the marks, in order; without, until it is silent."""
        out = b""
        at = 0
        while not marks or at < len(marks):
            if not select.select([terminal], [], [], 20 if marks else 2)[0]:
                break
            out += os.read(terminal, 65536)
            rest = out
            at = 0
            while at < len(marks) and marks[at] in rest:
                rest = rest.split(marks[at], 1)[1]
                at += 1
        self.assertEqual(at, len(marks), out)
        return out

    def test_zsh(self):
        self.shell("zsh", "-n", str(COMPLETIONS / "_aw"))
        out = self.zsh("aw note ")
        for word in ("verify", "sign", "key"):
            self.assertRegex(out, r"%s +-- " % word)
        self.assertIn("--witness", self.zsh("aw note verify --wi"))

    def test_scripts_are_sound(self):
        self.shell("bash", "-n", str(COMPLETIONS / "aw"))
        self.shell("shellcheck", "-s", "bash", str(COMPLETIONS / "aw"))


if __name__ == "__main__":
    awcli.main()
