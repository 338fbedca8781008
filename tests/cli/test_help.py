# SPDX-License-Identifier: Apache-2.0
"""Help, manual pages, completion and schemas say the same as the tables."""
import re

import awcli

MAN = awcli.BUILD / "man"
COMPLETIONS = awcli.BUILD / "completions"
class Drift(awcli.Test):
    def setUp(self):
        super().setUp()
        self.tables = self.json("help")
        self.commands = [c for c in self.tables["commands"] if not c["group"]]

    def test_help_and_unknown_option(self):
        for command in self.tables["commands"]:
            words = command["command"].split()
            run = self.ok(*words, "--help")
            self.assertEqual(run.err, "")
            self.assertLessEqual(max(map(len, run.out.splitlines())), 80, run)
            self.assertEqual(self.ok("help", *words).out, run.out)
            behind = self.json(*words, "--help")
            self.assertEqual(behind["commands"],
                             self.json("help", *words)["commands"])
            for option in command["options"]:
                self.assertIn("  --" + option["name"], run.out)
                # The table says it of a list; its text need not.
                self.assertNotRegex(option["help"], "[Mm]ay be\\s+repeated",
                                    option["name"])
            run = self.fails(2, *words, "--no-such-option")
            self.assertIn("--no-such-option", run.err)
            self.assertEqual(run.out, "")

    def test_tables(self):
        common = self.tables["common_options"]
        for command in self.tables["commands"]:
            names = []
            for option in common + command["options"]:
                names += [n.replace("_", "-")
                          for n in [option["name"]] + option["aliases"]]
                self.assertRegex(option["help"], r"^\S.*\.$", option["name"])
                if option["type"] != "flag":
                    self.assertIn("value", option)
            self.assertEqual(len(names), len(set(names)), command["command"])
            self.assertNotRegex(command["summary"], r"\.$|^[A-Z][a-z]")

    def test_manual_pages(self):
        for command in self.commands:
            path = command["command"]
            name = "aw-" + path.split()[0]
            if path in ("help", "completion"):
                continue
            page = MAN / (name + ".1")
            self.assertTrue(page.exists(), "no manual page for " + path)
            text = page.read_text()
            self.assertIn(".Cm %s\n" % path, text)
            section = text.split(".Ss aw %s\n" % path)
            self.assertEqual(len(section), 2, path)
            section = re.split(r"^\.S[sh] ", section[1], flags=re.M)[0]
            options = re.findall(r"^\.It Fl -([a-z0-9-]+)", section, re.M)
            self.assertEqual(options, [o["name"] for o in command["options"]])
            for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS",
                            "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
                self.assertIn(".Sh " + heading, text, name)
        text = (MAN / "aw.1").read_text()
        for option in self.tables["common_options"]:
            self.assertRegex(text, r"\.It Fl -%s\b" % option["name"])
        for command in self.tables["commands"]:
            if command["command"] and " " not in command["command"]:
                self.assertIn(".It Cm %s\n" % command["command"], text)

    def test_see_also(self):
        """aw(1) leads to every page; those lead back."""
        text = (MAN / "aw.1").read_text().split(".Sh SEE ALSO\n")[1]
        names = sorted(p.stem for p in MAN.glob("aw-*.1"))
        self.assertEqual(re.findall(r"^\.Xr (\S+) 1", text, re.M), names)
        for name in names:
            text = (MAN / (name + ".1")).read_text()
            others = re.findall(r"^\.Xr (\S+) 1",
                                text.split(".Sh SEE ALSO\n")[1], re.M)
            self.assertEqual(others[0], "aw", name)
            self.assertEqual(others, sorted(set(others)), name)
            self.assertLessEqual(set(others), {"aw"} | set(names), name)

    def test_output_is_a_new_file(self):
        """No option overwrites a file without a word."""
        seen = 0
        for command in self.commands:
            for option in command["options"]:
                if option["name"] != "output" or option["value"] != "FILE":
                    continue
                self.assertRegex(option["help"], r"\bnew (PEM )?file\b",
                                 command["command"])
                seen += 1
        self.assertGreater(seen, 5)

    def test_completions_are_current(self):
        for shell, name in (("bash", "aw"), ("zsh", "_aw"), ("fish", "aw.fish")):
            self.assertEqual((COMPLETIONS / name).read_text(),
                             self.ok("completion", shell).out)

    def test_completions_know_every_option(self):
        bash = self.ok("completion", "bash").out
        zsh = self.ok("completion", "zsh").out
        fish = self.ok("completion", "fish").out
        for command in self.commands:
            path = command["command"]
            words = re.search(r"^    '%s'\) printf '%%s' '([^']*)'" % path,
                              bash, re.M).group(1).split()
            function = re.search(
                r"^_aw_%s\(\) \{.*?^\}" % re.sub("[ -]", "_", path), zsh,
                re.M | re.S).group(0)
            for option in command["options"]:
                name = "--" + option["name"]
                self.assertIn(name, [w.rstrip("=") for w in words])
                self.assertRegex(function, re.escape(name) + r"=?\[")
                self.assertIn("'__aw_under \"%s\"' -l %s " %
                              (path, option["name"]), fish)
        for option in self.tables["common_options"]:
            self.assertIn("-n 'true' -l %s " % option["name"], fish)

    def test_schemas(self):
        for command in self.commands:
            path = command["command"]
            if path != "completion":
                awcli.load_schema(path.replace(" ", "-"))
        names = {c["command"].replace(" ", "-") for c in self.commands}
        for path in awcli.SCHEMAS.glob("*.schema.json"):
            name = path.name[:-len(".schema.json")]
            self.assertIn(name, names | {"aw", "event", "rebuild-finding",
                                         "verify-build-api"})

    def test_exit_codes_of_the_document(self):
        text = (awcli.SOURCE / "docs" / "json.md").read_text()
        rows = re.findall(r"^\| ([0-9]+) \| ([a-z]+) \| ([^|]*) \|", text,
                          re.M)
        page = (MAN / "aw.1").read_text()
        listed = re.findall(r"^\.It ([0-9]+)\n(.*)\.$", page, re.M)
        self.assertEqual([r[0] for r in rows], [r[0] for r in listed])
        for row, entry in zip(rows, listed):
            self.assertIn(entry[1].lower(), row[2].lower())
        frame = awcli.load_schema("aw").schema
        self.assertEqual(frame["properties"]["exit"]["enum"],
                         [int(r[0]) for r in rows])
        self.assertEqual(set(frame["properties"]["class"]["enum"]),
                         {r[1] for r in rows})

    def test_unknown_command(self):
        self.fails(2, "help", "nonsense")
        self.fails(2, "completion", "tcsh")
        self.json("completion", "bash", code=2)


if __name__ == "__main__":
    awcli.main()
