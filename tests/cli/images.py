# SPDX-License-Identifier: Apache-2.0
"""Tests of aw verify --image: an image to spoil, and what is said of it."""
import pathlib

import awcli
import device_image as device
import release_log as log

MIB = 1 << 20
SANITIZED = b"__asan_init" in pathlib.Path(awcli.AW).read_bytes()


class ImageTest(awcli.Test):
    """An image in the test's folder and the synthetic log's policy."""

    def setUp(self):
        super().setUp()
        self.image = self.dir / "emmc.img"
        self.policy = self.write("p.policy", log.policy())

    def make(self, *args, **kwargs):
        return device.make(self.image, *args, **kwargs)

    def put(self, offset, data):
        device.put(self.image, offset, data)

    def verify(self, code, *args, policy=None, **kwargs):
        """Runs on the image; returns the document."""
        args = list(args) or ["--offline"]
        document = self.json("verify", "--image", self.image, "--policy",
                             policy or self.policy, *args, code=code, **kwargs)
        if code in (0, 10, 11, 12, 14) and "releases" in document:
            self.assertIs(document["verified"], code == 0)
        return document

    def release(self, document, record):
        found = [r for r in document["releases"] if r["record"] == record]
        self.assertEqual(len(found), 1, document["releases"])
        return found[0]

    def areas(self, document, content):
        return [a["area"] for a in document["areas"]
                if a["content"] == content]

    def exits(self, document):
        return sorted(f["exit"] for f in document["findings"])
