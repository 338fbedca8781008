# SPDX-License-Identifier: Apache-2.0
"""eMMC images for tests: the map, records in gob, small ELF files."""
import struct

import release_log as log

BLOCK = 512
SIZE = 30576640 * BLOCK

# docs/formats/emmc-map.md: first block and number of blocks.
MAP = {
    "boot image": (0x2, 0x4F06),
    "boot state A": (0x4F08, 1),
    "boot state B": (0x4F09, 1),
    "OS settings A": (0x4F0A, 1),
    "OS settings B": (0x4F0B, 1),
    "OS config copy 2": (0x4F10, 80),
    "applet config copy 2": (0x4F60, 80),
    "boot config": (0x4FB0, 80),
    "OS config": (0x5000, 80),
    "OS slot A": (0x5050, 0xFD7D8),
    "OS slot B": (0x102828, 0xFD7D8),
    "applet config": (0x200000, 80),
    "applet slot A": (0x200050, 0xFD000),
    "applet slot B": (0x2FD050, 0x102FB0),
    "applet data": (0x400000, 0x400000),
    "applet crash log": (0x1D20000, 0x800),
    "applet crash log copy 2": (0x1D20800, 0x800),
}
CONFIG = {"BOOTLOADER": "boot config", "TRUSTED_OS": "OS config",
          "TRUSTED_APPLET": "applet config"}
PLACE = {"BOOTLOADER": "boot image", "TRUSTED_OS": "OS slot A",
         "TRUSTED_APPLET": "applet slot A"}


def start(region):
    return MAP[region][0] * BLOCK


def end(region):
    return start(region) + MAP[region][1] * BLOCK


MAP_END = end("applet crash log copy 2")


def gaps():
    """(name, first byte, last byte) of each run outside of all regions."""
    at, found = 0, []
    for name, (first, blocks) in MAP.items():
        if at < first * BLOCK:
            found.append(("gap before " + name, at, first * BLOCK - 1))
        at = (first + blocks) * BLOCK
    return found + [("rest of the medium", at, SIZE - 1)]


def make(path, components=log.RUNNING, size=SIZE):
    """A device as it was provisioned with the synthetic log's releases."""
    with open(path, "wb") as out:
        out.truncate(size)
        for component in components:
            index = log.LEAF[component]
            out.seek(start(CONFIG[component]))
            out.write(log.config(component).read_bytes())
            out.seek(start(PLACE[component]))
            out.write(log.firmware(index).read_bytes())
            if component == "BOOTLOADER":
                out.write(log.hab_signature(index).read_bytes())
    return path


def put(path, offset, data):
    """Overwrites bytes of an image."""
    with open(path, "r+b") as out:
        out.seek(offset)
        out.write(data)


def uint(value):
    """Unsigned integer of a gob."""
    if value < 128:
        return bytes([value])
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([256 - len(data)]) + data


def integer(value):
    return uint(value << 1 if value >= 0 else (~value << 1) | 1)


def byte_list(items):
    return uint(len(items)) + b"".join(uint(len(i)) + i for i in items)


def fields(*values):
    """Struct of a gob: fields as bytes, None for one that is left out."""
    out, last = b"", -1
    for number, value in enumerate(values):
        if value is not None:
            out += uint(number - last) + value
            last = number
    return out + b"\0"


# The definitions in front of every record, ids from 64.
TYPES = log.config("TRUSTED_OS").read_bytes()[:179]


def record(offset, size, bundle, signatures=(), types=TYPES, spare=b""):
    """A configuration record with any numbers. `bundle` is (checkpoint,
    manifest, index, proof); `spare` goes behind the last field."""
    checkpoint, manifest, index, proof = bundle
    inner = fields(uint(len(checkpoint)) + checkpoint,
                   uint(len(manifest)) + manifest,
                   uint(index) if index else None, byte_list(proof))
    body = b"\xff\x80" + fields(
        integer(offset) if offset else None, integer(size) if size else None,
        byte_list(list(signatures)) if signatures else None, inner)
    body = body[:-1] + spare + b"\0"
    return types + uint(len(body)) + body


def elf(payload, table_first=False):
    """A 32-bit ARM executable. Go's linker puts the section table first,
    others put it last."""
    sections = [(0, 0), (0x100, len(payload))]
    table = b"".join(struct.pack("<10I", 0, 1 if i else 0, 0, 0, offset, size,
                                 0, 0, 0, 0)
                     for i, (offset, size) in enumerate(sections))
    at = 52 + 32 if table_first else 0x100 + len(payload)
    header = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 40, 1,
                         0x80010000, 52, at, 0, 52, 32, 1, 40, 2, 0)
    segment = struct.pack("<8I", 1, 0x100, 0x80010000, 0x80010000,
                          len(payload), len(payload), 5, 4)
    front = header + segment + (table if table_first else b"")
    return (front.ljust(0x100, b"\0") + payload +
            (b"" if table_first else table))
