# SPDX-License-Identifier: Apache-2.0
"""A small serverless log of releases, built for a test. Written from the
format pages, not with the program under test, which only signs."""
import base64
import hashlib
import json

import release_log as log

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def b64(data):
    return base64.b64encode(data).decode()


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(n):
    """Largest power of two below n."""
    return 1 << ((n - 1).bit_length() - 1)


def root(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node(root(hashes[:k]), root(hashes[k:]))


def path(index, hashes):
    """Inclusion proof."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if index < k:
        return path(index, hashes[:k]) + [root(hashes[k:])]
    return path(index - k, hashes[k:]) + [root(hashes[:k])]


def tile_text(hashes):
    """Tile of up to 256 leaves, nodes in order."""
    lines = {}
    level, row = 0, hashes
    while row:
        for index, value in enumerate(row):
            lines[index * 2 ** (level + 1) + 2 ** level - 1] = value
        row = [node(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        level += 1
    lines.pop(255, None)
    text = "32\n%d\n" % len(hashes)
    for key in range(max(lines) + 1):
        text += b64(lines[key]) + "\n" if key in lines else "\n"
    return text


class Log:
    """Signed with the synthetic log's keys, in a folder of a test."""

    def __init__(self, test, name="log"):
        self.test = test
        self.folder = test.dir / name
        self.leaves = []
        self.keys = 0

    def sign(self, text, *signers):
        """A note, with the program's own `note sign`."""
        note = None
        for role in signers:
            key = self.test.dir / ("%s.sec" % role)
            if not key.exists():
                key.touch(0o600)
                key.write_text(log.KEYS[role + "_skey"] + "\n")
            if note is None:
                run = self.test.ok("note", "sign", "-", "--key", key,
                                   stdin=text.encode())
            else:
                run = self.test.ok("note", "sign", "-", "--key", key,
                                   "--countersign", "--vkey", before,
                                   stdin=note)
            note, before = run.out_bytes, log.KEYS[role + "_vkey"]
        return note

    def manifest(self, component, version, image, hab=None, target="ci"):
        """Adds a release and returns its index."""
        text = {
            "schema_version": 0, "component": component,
            "git": {"tag_name": version, "commit_fingerprint": COMMIT},
            "build": {"tamago_version": "1.22.0"},
            "output": {"firmware_digest_sha256":
                       b64(hashlib.sha256(image).digest())}}
        if hab is not None:
            text["hab"] = {"target": target, "signature_digest_sha256":
                           b64(hashlib.sha256(hab).digest())}
        signers = {"TRUSTED_OS": ("os1", "os2"), "BOOTLOADER": ("boot",),
                   "TRUSTED_APPLET": ("applet",), "RECOVERY": ("recovery",)}
        return self.add(self.sign(json.dumps(text, indent=2) + "\n",
                                  *signers[component]))

    def add(self, leaf):
        self.leaves.append(leaf)
        return len(self.leaves) - 1

    def hashes(self, size=None):
        return [leaf_hash(leaf) for leaf in self.leaves[:size]]

    def checkpoint(self, size=None):
        hashes = self.hashes(size)
        return self.sign("testlog\n%d\n%s\n" % (len(hashes),
                                                b64(root(hashes))), "log")

    def bundle(self, index, size=None):
        """(checkpoint, manifest, index, proof)"""
        return (self.checkpoint(size), self.leaves[index], index,
                path(index, self.hashes(size)))

    def write(self, size=None):
        """Writes the files of the log, and returns its folder."""
        hashes = self.hashes(size)
        for index, leaf in enumerate(self.leaves[:size]):
            name = self.folder / "seq/00/00/00/00" / ("%02x" % index)
            name.parent.mkdir(parents=True, exist_ok=True)
            name.write_bytes(leaf)
        tile = self.folder / "tile/00/0000/00/00" / ("00.%02x" % len(hashes))
        tile.parent.mkdir(parents=True, exist_ok=True)
        tile.write_text(tile_text(hashes))
        (self.folder / "checkpoint").write_bytes(self.checkpoint(size))
        return self.folder
