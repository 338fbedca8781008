# SPDX-License-Identifier: Apache-2.0
"""A release log made here, read by others: by a reader in this file that was
written from the formats alone, and by every command that reads logs."""
import base64
import hashlib
import json
import shutil

import awcli
import ed25519
import log_builder
import logs
import releases
import witnesses
from releases import LAYOUTS, SIGNERS, ReleaseTest


def key_of(vkey):
    name, _, blob = vkey.split("+", 2)
    return name, base64.b64decode(blob)[1:]


def verified(note, vkeys):
    """Names of the keys whose signature on the note holds; a bad signature
    of a known key is an exception."""
    text, _, sigs = note.rpartition("\n\n")
    text += "\n"
    names = []
    for line in sigs.rstrip("\n").split("\n"):
        assert line.startswith(witnesses.DASH), line
        name, blob = line[len(witnesses.DASH):].split(" ")
        data = base64.b64decode(blob, validate=True)
        for vkey in vkeys:
            key_name, key = key_of(vkey)
            if name == key_name and data[:4] == witnesses.key_id(name, 1, key):
                assert ed25519.verify(key, text.encode(), data[4:]), name
                names.append(name)
    return text, names


class Independent(ReleaseTest):
    def entries(self, layout, size):
        top = self.dir / "log"
        if layout == "serverless":
            return [(top / logs.seq_path(i)).read_bytes()
                    for i in range(size)]
        data = (top / ("tile/entries/000.p/%d" % size)).read_bytes()
        entries = []
        while data:
            n = int.from_bytes(data[:2], "big")
            entries.append(data[2:2 + n])
            data = data[2 + n:]
        return entries

    def test_by_hand(self):
        for layout in LAYOUTS:
            shutil.rmtree(self.dir / "log")
            shutil.rmtree(self.dir / "artefacts", ignore_errors=True)
            self.forget()
            self.init_log(layout=layout)
            self.fill()
            text, names = verified(self.checkpoint().decode(),
                                   [self.vkey("log")])
            self.assertEqual(names, [self.vkey("log").split("+")[0]])
            origin, size, root = text.split("\n")[:3]
            self.assertEqual((origin, size), ("example.com/firmware/ci", "8"))
            entries = self.entries(layout, 8)
            hashes = [log_builder.leaf_hash(e) for e in entries]
            self.assertEqual(base64.b64encode(log_builder.root(hashes)).decode(),
                             root)
            if layout == "serverless":
                tile = self.dir / "log/tile/00/0000/00/00/00.08"
                self.assertEqual(tile.read_text(),
                                 log_builder.tile_text(hashes))
            else:
                tile = self.dir / "log/tile/0/000.p/8"
                self.assertEqual(tile.read_bytes(), b"".join(hashes))
            for entry in entries:
                self.check_release(entry.decode())

    def check_release(self, note):
        keys = {role: self.vkey(role) for role in releases.ROLES}
        text, names = verified(note, keys.values())
        manifest = json.loads(text)
        self.assertEqual(names, [keys[role].split("+")[0] for role in
                                 SIGNERS[manifest["component"]]])
        digests = [manifest["output"]["firmware_digest_sha256"]]
        if "hab" in manifest:
            digests.append(manifest["hab"]["signature_digest_sha256"])
        for digest in digests:
            name = base64.b64decode(digest).hex()
            data = (self.dir / "artefacts" / name).read_bytes()
            self.assertEqual(hashlib.sha256(data).hexdigest(), name)

    def test_commands(self):
        """All that is there to judge a release takes this one."""
        for layout in LAYOUTS:
            shutil.rmtree(self.dir / "log")
            self.forget()
            self.init_log(layout=layout)
            self.fill()
            policy = "--policy=./ci.policy"
            self.ok("log", "audit", "log", policy)
            proof = self.ok("log", "prove", "log", "--index=7", policy)
            self.write("proof", proof.out_bytes)
            self.write("leaf7", self.leaf(7))
            self.ok("log", "check", "proof", "--leaf=leaf7", policy)
            listed = self.json("log", "list", "log", policy)
            self.assertEqual((listed["valid"], listed["refused"]), ("8", "0"))
            for row in self.show("--check")["releases"]:
                index = row["index"]
                leaf = self.write("leaf" + index, self.leaf(index))
                self.ok("manifest", "verify", leaf, policy)
                name = "%s%s.bundle" % (layout, index)
                self.ok("bundle", "make", "--manifest", leaf, "--log", "log",
                        "--index", index, policy, "--firmware",
                        self.dir / "artefacts" / row["firmware"]["sha256"],
                        "--form=file", "--embed", "-o", name)
                self.ok("verify", "--bundle", name, policy)
            for path in self.dir.glob("leaf*"):
                path.unlink()


if __name__ == "__main__":
    awcli.main()
