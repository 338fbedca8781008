# SPDX-License-Identifier: Apache-2.0
"""aw verify-build continuous over releases of the real firmware: twelve of
all components over three commits, then one with an altered image, then builds
that depend on what they must not."""
import socket

import awcli
from firmware_history import IMAGES, FirmwareTest

awcli.TIMEOUT_S = 1200  # of a run, on a slow machine


class Firmware(FirmwareTest):
    def test_history(self):
        self.release_all("1.0.0")
        self.change(1)
        self.release_all("1.1.0")
        # A library of ours, and one that is not.
        self.edit("libaw/base/err.c", '"ERR_UNKNOWN"',
                  '"ERR_FOREIGN"')
        self.edit("firmware/third-party/cjson_hooks.h", "So nothing",
                  "Hence nothing")
        self.change(2)
        self.release_all("1.2.0")
        document = self.follow()
        self.assertEqual(
            [(r["index"], r["verdict"], r["reason"])
             for r in document["rebuilds"]],
            [(str(i), "reproduced", "-") for i in range(12)])
        self.assertEqual({r["component"] for r in document["rebuilds"]},
                         set(IMAGES))
        self.assertEqual(len({r["commit"] for r in document["rebuilds"]}), 3)
        # Third-party code and our libraries, before and after the change.
        self.assertEqual([size > 0 for size in self.parts()], [True] * 4)
        self.check_altered()

    def check_altered(self):
        """One instruction of the OS is another."""
        image = bytearray(self.image("TRUSTED_OS", "1.3.0"))
        at = self.code_of("space_at")
        image[at] ^= 0xff
        self.release("TRUSTED_OS", "1.3.0", bytes(image))
        document = self.follow(code=13)
        (bad,) = document["rebuilds"]
        self.assertEqual((bad["index"], bad["verdict"]), ("12", "differs"))
        difference = bad["difference"]
        self.assertEqual(difference["offset"], str(at))
        self.assertEqual((difference["area"], difference["symbol"]),
                         ("section .text", "space_at+0x0"))
        self.assertRegex(difference["source"],
                         r"firmware/os/applet/space\.c:[0-9]+$")
        (finding,) = document["findings"]
        self.assertEqual(finding["exit"], 13)
        (leaf,) = self.findings()["leaves"]
        self.assertIn("space_at+0x0", leaf["detail"])


class Surroundings(FirmwareTest):
    def test_caught(self):
        """A clock, a path, and a network in the firmware's own build."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        port = server.getsockname()[1]
        cases = (
            ("clock", "differs", "firmware/applet/minimal.c",
             '"minimal: not signed', '__DATE__ __TIME__ "minimal: not signed'),
            ("path", "differs", "firmware/CMakeLists.txt",
             "\naw_applet(applet STACK",
             "\nadd_compile_definitions(\n    say=\"${CMAKE_BINARY_DIR}\")\n"
             "aw_applet(applet STACK"),
            ("network", "failed", "firmware/CMakeLists.txt", "\ninclude(image)",
             "\ninclude(image)\nexecute_process(COMMAND /bin/bash -c\n"
             "    \": </dev/tcp/127.0.0.1/%d\" COMMAND_ERROR_IS_FATAL ANY)"
             % port),
            # Not in the image: it is a part that is not kept.
            ("part", "differs", "firmware/third-party/cjson_hooks.h",
             "\n#include <stdlib.h>",
             "\n#include <stdlib.h>\n"
             "__attribute__((used)) static const char when[] = __DATE__;"))
        notes = []
        for i, (name, _, path, old, new) in enumerate(cases):
            self.git("checkout", "-q", "-B", name, "main")
            self.edit(path, old, new)
            if name == "path":
                self.edit("firmware/applet/minimal.c",
                          '"minimal: not signed', 'PLACE "minimal: not signed')
                self.edit(path, "say=", "PLACE=")
            commit = self.commit()
            notes.append(self.signed(self.manifest_of(
                "TRUSTED_APPLET", "1.0.%d" % i, b"?", commit)))
        self.log_text(*notes)
        document = self.json(
            "verify-build", "continuous", "--once", "--log-url=log",
            *self.options(), code=13)
        for row, (name, verdict, *_) in zip(document["rebuilds"], cases):
            self.assertEqual(row["verdict"], verdict, (name, row))
            if name in ("clock", "path"):
                self.assertIn("two builds differ", row["reason"], name)
        # Without network our libraries do not build, either.
        self.assertEqual(sorted(size > 0 for size in self.parts()),
                         [False] * 2 + [True] * 3)


if __name__ == "__main__":
    awcli.main()
