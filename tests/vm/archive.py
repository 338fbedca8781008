# SPDX-License-Identifier: Apache-2.0
"""The first file system of a Linux: an archive of format newc."""
import os
import pathlib
import re
import stat
import subprocess


class Archive:
    def __init__(self):
        self.members = []
        self.known = set()

    def put(self, name, mode, data=b""):
        """A member; folders above it come before it."""
        parent = os.path.dirname(name)
        if parent:
            self.folder(parent)
        if name not in self.known:
            self.known.add(name)
            self.members.append((name, mode, data))

    def folder(self, name):
        if name not in self.known:
            self.put(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        self.put(name, stat.S_IFREG | mode, data)

    def program(self, path):
        """A program of this machine with the libraries that it names; all
        of them where the loader looks."""
        path = pathlib.Path(path)
        self.file("bin/" + path.name, path.read_bytes(), 0o755)
        found = subprocess.run(["ldd", str(path)], capture_output=True,
                               text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", found):
            self.file(library.lstrip("/"), pathlib.Path(library).read_bytes(),
                      0o755)

    def pack(self):
        out = bytearray()
        members = self.members + [("TRAILER!!!", 0, b"")]
        for number, (name, mode, data) in enumerate(members, 1):
            text = name.encode() + b"\0"
            out += b"070701" + b"".join(b"%08X" % n for n in (
                number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(text),
                0))
            out += text
            out += bytes(-len(out) % 4)
            out += data
            out += bytes(-len(out) % 4)
        return bytes(out)
