# SPDX-License-Identifier: Apache-2.0
"""Commands of bulk-only transport in what usbmon of Linux tells."""

WRAPPER = "55534243"  # "USBC", as usbmon's words print
WRAPPER_SIZE = 31
ANSWER_MAX = 32  # bytes of a transfer that usbmon shows
MOVES_BLOCKS = {0x28, 0x2a, 0x88, 0x8a}


def commands(lines):
    """A line a command, cut by tabs: the disk's number, the command in hex, "in" or "out",
    bytes that go with it, and in hex the first bytes of the answer where they are the device's
    and no blocks of the disk; "-" without."""
    found, size, direction = [], 0, "out"
    for line in lines:
        words = line.split()
        kind, pipe = words[2], words[3]
        data = "".join(words[words.index("=") + 1:]) if "=" in words else ""
        if kind == "S" and pipe.startswith("Bo") and data.startswith(WRAPPER):
            wrapper = bytes.fromhex(data)
            assert len(wrapper) == WRAPPER_SIZE
            size = int.from_bytes(wrapper[8:12], "little")
            direction = "in" if wrapper[12] & 0x80 else "out"
            cdb = wrapper[15:15 + wrapper[14]]
            found.append([wrapper[13], cdb, direction, size, "-"])
        elif (kind == "C" and pipe.startswith("Bi") and found and size > 0 and
              direction == "in" and not data.startswith("55534253")):
            if found[-1][1][0] not in MOVES_BLOCKS:
                found[-1][4] = data[:2 * ANSWER_MAX] or "-"
    return "".join("%d\t%s\t%s\t%d\t%s\n" % (lun, cdb.hex(), direction, size, answer)
                   for lun, cdb, direction, size, answer in found)
