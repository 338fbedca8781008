# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium, asked over a pipe (--remote-debugging-pipe): messages of
the DevTools protocol, each ended by a NUL. Nothing but Python's library."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

TIMEOUT_S = 60


class Browser:
    """One page of a browser of its own."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="aw-web-")
        to_read, self.to = os.pipe()
        self.come, from_write = os.pipe()
        # The browser reads its descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", "exec 3<&%d 4>&%d; exec \"$@\"" % (
                to_read, from_write), "sh", "chromium", "--headless=new",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-extensions", "--disable-sync",
             "--disable-background-networking", "--disable-component-update",
             "--hide-scrollbars", "--force-color-profile=srgb",
             "--user-data-dir=" + self.profile, "--remote-debugging-pipe",
             "about:blank"],
            pass_fds=(to_read, from_write), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.profile})
        os.close(to_read)
        os.close(from_write)
        self.buffer = b""
        self.number = 0
        self.events = []
        self.session = None
        self.attach()

    def close(self):
        try:
            self.call("Browser.close", page=False)
            self.process.wait(10)
        except Exception:  # whatever it is, the process has to go
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.come)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, end):
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.come], [], [], left)[0]:
                raise TimeoutError("chromium does not answer")
            data = os.read(self.come, 1 << 20)
            if not data:
                raise EOFError("chromium has ended")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, page=True, **params):
        """The result of a method."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if page and self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + TIMEOUT_S
        while True:
            answer = self.receive(end)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError("%s: %s" % (method, answer["error"]))
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def wait(self, event):
        end = time.monotonic() + TIMEOUT_S
        while True:
            for i, seen in enumerate(self.events):
                if seen["method"] == event:
                    del self.events[:i + 1]
                    return seen["params"]
            self.events.append(self.receive(end))

    def attach(self):
        target = None
        end = time.monotonic() + TIMEOUT_S
        while target is None:
            if time.monotonic() > end:
                raise TimeoutError("chromium has no page")
            for info in self.call("Target.getTargets")["targetInfos"]:
                if info["type"] == "page":
                    target = info["targetId"]
        self.session = self.call("Target.attachToTarget", page=False,
                                 targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "CSS", "Accessibility",
                       "Log", "Network"):
            self.call(domain + ".enable")

    def look(self, width, dark=False, media="screen", height=900):
        """Size and preferences of the reader."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])

    def open(self, url):
        """Loads a page; returns what the browser complained about."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")
        tree = self.call("Log.clear")
        del tree
        return [e["params"] for e in self.events
                if e["method"] in ("Log.entryAdded",
                                   "Runtime.exceptionThrown",
                                   "Network.loadingFailed")]

    def run(self, script):
        """The value of an expression. The page's own rules do not let it run
        scripts; the debugger may."""
        answer = self.call("Runtime.evaluate", expression=script,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def accessibility(self):
        """The nodes that a screen reader sees."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [n for n in nodes if not n.get("ignored")]

    def picture(self, path, height=0):
        """The page as a PNG file, or the first `height` lines of it."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        data = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": size["width"],
                               "height": height or size["height"],
                               "scale": 1})["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def paper(self, path):
        """The page as it is printed, PDF."""
        data = self.call("Page.printToPDF", printBackground=False,
                         preferCSSPageSize=True)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))
