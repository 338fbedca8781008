# SPDX-License-Identifier: Apache-2.0
"""Pages of aw verify-build serve in a browser: valid HTML (tidy), and what a
screen reader gets from Chromium's accessibility tree; contrast, width and
targets at three widths, light, dark and on paper.

AW_PICTURES=FOLDER leaves pictures there, to be looked at."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))
import awcli  # noqa: E402  pylint: disable=wrong-import-position
import monitor  # noqa: E402  pylint: disable=wrong-import-position

import chromium  # noqa: E402  pylint: disable=wrong-import-position

WIDTHS = (360, 768, 1280)
CHECKS = (HERE / "checks.js").read_text()
LANDMARKS = ("banner", "main", "contentinfo")
NAMED = ("link", "button", "table", "navigation", "region", "columnheader",
         "rowheader", "image", "heading")
BAD = """<!DOCTYPE html><html><head><title></title></head><body>
<h1>a</h1><h3>b</h3><a href="x"></a><img src="data:,">
<p style="color:#999">pale</p><nav><a href="y" style="font-size:8px">y</a></nav>
<div style="width:3000px">wide</div></body></html>"""
PAGES = {
    "index": "", "older": "?page=2", "findings": "?show=findings",
    "none": "?verdict=timed-out", "differs": "release/57",
    "good": "release/1", "waits": "release/59", "refused": "release/22",
    "hostile": "release/60", "log": "release/57/log-1",
    "missing": "release/999",
}


def value(node, name):
    return node.get(name, {}).get("value", "")


def properties(node):
    return {p["name"]: p["value"].get("value")
            for p in node.get("properties", [])}


def judge_tree(nodes):
    """What is wrong with an accessibility tree."""
    found = []
    roles = [value(n, "role") for n in nodes]
    for role in LANDMARKS:
        if roles.count(role) != 1:
            found.append("%d of landmark %s" % (roles.count(role), role))
    for node in nodes:
        if value(node, "role") in NAMED and not value(node, "name").strip():
            found.append("no name: " + value(node, "role"))
    for role in ("navigation", "region"):
        names = [value(n, "name") for n in nodes if value(n, "role") == role]
        if len(names) != len(set(names)):
            found.append("equal names: %s %s" % (role, names))
    levels = [properties(n).get("level") for n in nodes
              if value(n, "role") == "heading"]
    if levels.count(1) != 1 or levels[:1] != [1]:
        found.append("headings %s" % levels)
    for before, after in zip(levels, levels[1:]):
        if after > before + 1:
            found.append("headings %s" % levels)
    root = nodes[0]
    if not value(root, "name").strip():
        found.append("no title")
    return found


class Pages(monitor.MonitorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = chromium.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.fill()
        hostile = "</title><script>document.title='owned'</script>\u202e" * 2
        long = "x" * 200
        name = self.evidence("hostile-0", hostile, area=long, symbol=hostile,
                             source=long)
        self.add(60, "differs", detail=hostile + long, evidence=name,
                 note=self.result(60, "differs", version=long))
        self.server = monitor.Server(self, policy="./web.policy")

    def test_valid_html(self):
        for name, path in PAGES.items():
            _, _, body = self.server.ask("/" + path)
            done = subprocess.run(
                ["tidy", "-q", "-e", "-utf8", "--warn-proprietary-attributes",
                 "no"], input=body, stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.stderr.decode(), "", name)

    def test_tree(self):
        titles = set()
        for name, path in PAGES.items():
            self.browser.look(1280)
            complaints = self.browser.open(self.server.url + path)
            if name != "missing":  # of which the browser complains rightly
                self.assertEqual(complaints, [], name)
            nodes = self.browser.accessibility()
            self.assertEqual(judge_tree(nodes), [], name)
            titles.add(value(nodes[0], "name"))
            self.assertEqual(self.browser.run("document.scripts.length"), 0)
            self.assertEqual(self.browser.run("document.forms.length"), 0)
            self.assertEqual(
                self.browser.run("document.documentElement.lang"), "en")
        self.assertEqual(len(titles), len(PAGES) - 1, titles)  # older: index

    def test_tables_stay_tables(self):
        """On small screens rows look like cards, and are rows all the same."""
        for width in WIDTHS:
            self.browser.look(width)
            self.browser.open(self.server.url)
            roles = [value(n, "role") for n in self.browser.accessibility()]
            self.assertEqual(roles.count("table"), 1, width)
            self.assertEqual(roles.count("row"), 51, width)
            self.assertEqual(roles.count("rowheader"), 50, width)
            self.assertEqual(roles.count("columnheader"), 6, width)

    def test_look(self):
        folder = os.environ.get("AW_PICTURES")
        for name, path in PAGES.items():
            for width in WIDTHS:
                for dark in (False, True):
                    self.browser.look(width, dark)
                    self.browser.open(self.server.url + path)
                    self.assertEqual(self.browser.run(CHECKS), [],
                                     (name, width, dark))
                    if folder:
                        self.browser.picture("%s/%s-%d-%s.png" % (
                            folder, name, width, "dark" if dark else "light"))
        for path in ("", "release/57"):
            self.browser.look(794, True, "print")  # A4 at 96 dots an inch
            self.browser.open(self.server.url + path)
            self.assertEqual(self.browser.run(CHECKS), [])
            if folder:
                self.browser.picture("%s/paper%d.png" % (folder, len(path)),
                                     1123)
            self.assertEqual(self.browser.run(
                "getComputedStyle(document.body).backgroundColor"),
                "rgb(255, 255, 255)")

    def test_keyboard(self):
        """The first stop leads past the navigation."""
        self.browser.look(1280)
        self.browser.open(self.server.url)
        for kind in ("keyDown", "keyUp"):
            self.browser.call("Input.dispatchKeyEvent", type=kind, key="Tab",
                              code="Tab", windowsVirtualKeyCode=9)
        self.assertEqual(self.browser.run(
            "document.activeElement.getAttribute('href')"), "#main")
        self.assertGreater(self.browser.run(
            "document.activeElement.getBoundingClientRect().top"), 0)

    def test_checks_can_fail(self):
        self.browser.look(360)
        self.browser.open("data:text/html," + urllib.parse.quote(BAD))
        tree = "\n".join(judge_tree(self.browser.accessibility()))
        for text in ("0 of landmark banner", "0 of landmark main",
                     "no name: link", "headings [1, 3]", "no title"):
            self.assertIn(text, tree)
        look = "\n".join(self.browser.run(CHECKS))
        for text in ("contrast 2.8", "runs off the page: div",
                     "small target: a"):
            self.assertIn(text, look)


if __name__ == "__main__":
    for program in ("chromium", "tidy"):
        if shutil.which(program) is None:
            print("skipped: %s is not installed (tools/prepare scenarios)" %
                  program)
            sys.exit(77)
    awcli.main()
