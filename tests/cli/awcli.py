# SPDX-License-Identifier: Apache-2.0
"""Runs of aw for tests: own folder, own state, clean environment.

A test file ends with awcli.main(). Every JSON document that a run prints is
checked against docs/schema; a missing jsonschema module fails the tests.
"""
import functools
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import jsonschema

AW = os.path.abspath(os.environ.get("AW_PROGRAM", "build/dev/cmd/aw"))
SOURCE = pathlib.Path(os.environ.get("AW_SOURCE", "."))
BUILD = pathlib.Path(os.environ.get("AW_BUILD", "build/dev"))
SCHEMAS = SOURCE / "docs" / "schema"
VECTORS = SOURCE / "tests" / "vectors" / "transparency"
TIMEOUT_S = 120


@functools.lru_cache(maxsize=None)
def load_schema(name):
    """Validator of docs/schema/NAME.schema.json, the schema itself checked."""
    schema = json.loads((SCHEMAS / (name + ".schema.json")).read_text())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def compat(section):
    """Rows of docs/compat.md that a test must find decided differently from
    upstream, no more and no less: first column without backticks."""
    text = (SOURCE / "docs" / "compat.md").read_text()
    part = text.split("\n## %s\n" % section)[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", part, re.M)
    assert rows, section
    return {row.replace("`", "") for row in rows}


# Exit codes that have nothing to do with what a command does: they are in a
# sentence of each page.
COMMON_EXITS = {1, 2, 21, 22, 24, 31}


@functools.lru_cache(maxsize=None)
def page_exits(command):
    """Exit codes that the manual page of a command names; None without a
    page."""
    page = BUILD / "man" / ("aw-%s.1" % command)
    if not page.exists():
        return None
    section = page.read_text().split(".Sh EXIT STATUS\n")[1].split(".Sh ")[0]
    codes = {int(code) for code in re.findall(r"^\.It (\d+)$", section, re.M)}
    return codes | COMMON_EXITS


class Run:
    """Outcome of one run."""

    def __init__(self, args, done):
        self.args = args
        self.code = done.returncode
        self.out_bytes = done.stdout
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")

    def __str__(self):
        return "%s\nexit %d\n--- stdout\n%s--- stderr\n%s" % (
            " ".join(map(str, self.args)), self.code, self.out, self.err)


class Test(unittest.TestCase):
    """A test with a temporary folder, in which the program runs."""

    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="aw-cli-"))
        self.addCleanup(shutil.rmtree, self.dir, True)
        (self.dir / "home").mkdir()

    def environment(self, extra=None):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.dir / "home"),
            "AW_STATE_DIR": str(self.dir / "state"),
            "LC_ALL": "C.UTF-8",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        env.update(extra or {})
        return {k: v for k, v in env.items() if v is not None}

    def aw(self, *args, stdin=b"", env=None, program=None, **kwargs):
        """Runs aw with args and returns a Run; JSON output is validated."""
        command = [str(program or AW)] + [
            a if isinstance(a, bytes) else str(a) for a in args]
        if "stdout" not in kwargs:
            kwargs["stdout"] = subprocess.PIPE
        done = subprocess.run(
            command, input=stdin, stderr=subprocess.PIPE, cwd=self.dir,
            env=self.environment(env), timeout=TIMEOUT_S, check=False, **kwargs)
        if done.stdout is None:
            done.stdout = b""
        run = Run(command, done)
        self.assertNotIn("AddressSanitizer", run.err, run)
        self.assertNotIn("LeakSanitizer", run.err, run)
        self.assertNotIn("runtime error:", run.err, run)
        if program is None or str(program) == AW:
            self.check_exit(args, run)
        return run

    def check_exit(self, args, run):
        """The manual page knows the exit code."""
        words = [a for a in map(str, args) if not a.startswith("-")]
        known = page_exits(words[0]) if words else None
        if known is not None:
            self.assertIn(run.code, known,
                          "not in aw-%s(1): %s" % (words[0], run))

    def ok(self, *args, **kwargs):
        """As aw, and the run must succeed."""
        run = self.aw(*args, **kwargs)
        self.assertEqual(run.code, 0, run)
        return run

    def fails(self, code, *args, **kwargs):
        """As aw, and the run must end with that exit code and say why."""
        run = self.aw(*args, **kwargs)
        self.assertEqual(run.code, code, run)
        self.assertIn("error: ", run.err, run)
        return run

    def at_terminal(self, question, line, *args):
        """A run whose every stream is a terminal: its exit code, and all that
        it shows. line is typed when the question stands there."""
        pid, screen = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(AW, [AW, *args], {**self.environment(), "TERM": "xterm",
                                        "NO_COLOR": "1"})
        shown = b""
        while True:
            try:
                part = os.read(screen, 4096)
            except OSError:  # the other side is closed
                part = b""
            if not part:
                break
            if question not in shown and question in shown + part:
                os.write(screen, line)
            shown += part
        os.close(screen)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return code, shown.decode().replace("\r\n", "\n")

    def document(self, run):
        """The one JSON document on standard output, valid by its schemas."""
        document = json.loads(run.out)
        self.assertEqual(list(document)[0], "v", run)
        self.assertEqual(document["exit"], run.code, run)
        load_schema("aw").validate(document)
        name = document["command"].replace(" ", "-")
        if (SCHEMAS / (name + ".schema.json")).exists():
            load_schema(name).validate(document)
        else:
            self.assertEqual(document["class"], "usage", "no schema: " + name)
        return document

    def json(self, *args, code=0, **kwargs):
        """Runs with --json and returns the document."""
        run = self.aw(*args, "--json", **kwargs)
        self.assertEqual(run.code, code, run)
        return self.document(run)

    def write(self, name, data):
        """Writes a file into the test's folder and returns its path."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, str):
            data = data.encode()
        path.write_bytes(data)
        return path


def main():
    unittest.main(module=sys.modules["__main__"], verbosity=1)
