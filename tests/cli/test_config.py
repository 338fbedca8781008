# SPDX-License-Identifier: Apache-2.0
"""Configuration file and environment."""
import json

import awcli

OS = awcli.VECTORS / "aw-real" / "ci2-48-os.manifest"


class Config(awcli.Test):
    def configure(self, data):
        text = data if isinstance(data, (str, bytes)) else json.dumps(data)
        return {"AW_CONFIG": str(self.write("config.json", text))}

    def test_value_and_precedence(self):
        env = self.configure({"policy": "ci"})
        self.ok("manifest", "verify", OS, env=env)
        self.fails(10, "manifest", "verify", OS, "--policy=prod", env=env)

    def test_command_wins_over_all(self):
        env = self.configure({"policy": "prod",
                              "manifest verify": {"policy": "ci"}})
        self.ok("manifest", "verify", OS, env=env)

    def test_kinds(self):
        env = self.configure({"json": True, "v": 1, "timeout": "10s",
                              "non_interactive": False, "policy": "ci"})
        run = self.ok("manifest", "verify", OS, env=env)
        self.document(run)
        keys = [line.split("=", 1)[1].split('"')[0]
                for line in OS.read_text().splitlines() if "OS_PUBLIC" in line]
        self.ok("manifest", "verify", OS, env=self.configure({"vkey": keys}))
        self.ok("manifest", "verify", OS, env=self.configure({"vkey": keys[0]}))
        # The command line replaces a list, it does not add to it.
        env = self.configure({"vkey": ["nonsense"]})
        self.ok("manifest", "verify", OS, "--vkey=" + keys[0], env=env)

    def test_stronger_of_two_that_exclude_each_other(self):
        keys = ["--vkey=" + line.split("=", 1)[1].split('"')[0]
                for line in OS.read_text().splitlines() if "OS_PUBLIC" in line]
        env = self.configure({"policy": "prod"})
        self.ok("manifest", "verify", OS, *keys, env=env)
        env = self.configure({"vkey": ["nonsense"]})
        self.ok("manifest", "verify", OS, "--policy=ci", env=env)
        env = self.configure({"vkey": ["nonsense"], "policy": "ci"})
        self.fails(2, "manifest", "verify", OS, env=env)

    def test_options_of_other_commands(self):
        env = self.configure({"countersign": True, "key": "x"})
        self.ok("manifest", "verify", OS, "--policy=ci", env=env)

    def test_errors_name_file_and_key(self):
        for data, key in (({"polciy": "ci"}, "polciy"),
                          ({"help": True}, "help"),
                          ({"policy": 1}, "policy"),
                          ({"policy": None}, "policy"),
                          ({"json": "true"}, "json"),
                          ({"timeout": "soon"}, "timeout"),
                          ({"vkey": [1]}, "vkey"),
                          ({"manifest verify": {"key": "x"}}, "key"),
                          ({"manifest verfy": {}}, "manifest verfy"),
                          ({"note sign": {"bogus": 1}}, "bogus")):
            env = self.configure(data)
            run = self.fails(2, "manifest", "verify", OS, env=env)
            self.assertIn("config.json", run.err)
            self.assertIn('key "%s"' % key, run.err)

    def test_aliases_are_one_option(self):
        env = self.configure({"quiet": True, "q": True})
        run = self.fails(2, "manifest", "show", OS, env=env)
        self.assertIn("quiet", run.err)

    def test_malformed(self):
        for text in ("", "{", "[]", "{} {}", '{"policy":"ci","policy":"ci"}',
                     b"\xff", '{"a": 1,}', "{" * 100):
            run = self.fails(2, "manifest", "show", OS,
                             env=self.configure(text))
            self.assertIn("config.json", run.err)

    def test_places(self):
        home = self.dir / "home" / ".config" / "aw" / "config.json"
        self.write(home, '{"policy": "ci"}')
        self.ok("manifest", "verify", OS)
        self.fails(2, "manifest", "verify", OS, env={"AW_CONFIG": ""})
        xdg = self.dir / "xdg"
        self.write(xdg / "aw" / "config.json", '{"bogus": 1}')
        self.fails(2, "manifest", "verify", OS, env={"XDG_CONFIG_HOME": str(xdg)})
        self.ok("manifest", "verify", OS, env={"XDG_CONFIG_HOME": "relative"})
        run = self.fails(2, "manifest", "verify", OS,
                         env={"AW_CONFIG": "/no/such/file"})
        self.assertIn("/no/such/file", run.err)
        # Help stays at hand whatever the file says.
        self.ok("manifest", "verify", "--help", env={"AW_CONFIG": "/no/such"})


if __name__ == "__main__":
    awcli.main()
