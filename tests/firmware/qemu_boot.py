# SPDX-License-Identifier: Apache-2.0
"""The bootloader on QEMU's mcimx6ul-evk.

    qemu_boot.py ring IMAGE.elf IMAGE.debug NM WANT
        runs until the image's log, read by its symbol through the monitor,
        has the text WANT
    qemu_boot.py card IMAGE.elf TREE FOLDER WANT
        runs with an SD card that an OS was installed on, until the console
        has the text WANT

Exit code 77, which CTest counts as skipped, without QEMU."""
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

QEMU = "qemu-system-arm"
LIMIT_S = 60
RING = struct.Struct("<4sIII")


class Machine:
    """A QEMU with its monitor and its second serial port on sockets."""

    def __init__(self, folder, image, *args):
        self.folder = folder
        paths = [os.path.join(folder, name) for name in ("monitor", "console")]
        self.qemu = subprocess.Popen(
            [QEMU, "-M", "mcimx6ul-evk", "-m", "512M", "-display", "none",
             "-serial", "null", "-no-reboot", "-kernel", image,
             "-monitor", "unix:%s,server=on,wait=off" % paths[0],
             "-serial", "unix:%s,server=on,wait=on" % paths[1], *args],
            stdin=subprocess.DEVNULL)
        self.end = time.monotonic() + LIMIT_S
        self.console = self.connect(paths[1])
        self.monitor = self.connect(paths[0])
        self.text = ""

    def connect(self, path):
        client = socket.socket(socket.AF_UNIX)
        while True:
            try:
                client.connect(path)
                return client
            except OSError:
                if self.late():
                    raise
                time.sleep(0.02)

    def late(self):
        return time.monotonic() > self.end or self.qemu.poll() is not None

    def read(self, client):
        """What a socket has within a moment."""
        if not select.select([client], [], [], 0.2)[0]:
            return ""
        return client.recv(4096).decode(errors="replace").replace("\r", "")

    def ask(self, line):
        """A command of the monitor, and the wait for its prompt."""
        self.monitor.sendall(line.encode() + b"\n")
        reply = ""
        while "(qemu) " not in reply.partition(line)[2] and not self.late():
            reply += self.read(self.monitor)

    def close(self):
        self.qemu.kill()
        self.qemu.wait()


def memory(machine, address, size):
    """Bytes of physical memory; none when the monitor does not say."""
    path = os.path.join(machine.folder, "memory")
    if os.path.exists(path):
        os.unlink(path)
    machine.ask('pmemsave 0x%x %d "%s"' % (address, size, path))
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def ring(machine, address):
    """The log of an image: firmware/include/fw/ring.h."""
    header = memory(machine, address, RING.size)
    if len(header) != RING.size:
        return ""
    magic, size, written, at = RING.unpack(header)
    if magic != b"ALOG" or size > 1 << 20:
        return ""
    text = memory(machine, at, size)
    newest = written % size
    whole = text[:written] if written < size else \
        text[newest:] + text[:newest]
    return whole.decode(errors="replace")


def symbol(nm, debug, name):
    for line in subprocess.run([nm, debug], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[2] == name:
            return int(fields[0], 16)
    raise SystemExit("no symbol " + name)


def run_ring(folder, image, debug, nm, want):
    machine = Machine(folder, image)
    address = symbol(nm, debug, "ring_log")
    text = ""
    try:
        while want not in text and not machine.late():
            text = ring(machine, address)
    finally:
        machine.close()
    print(text)
    return want in text


def run_card(folder, image, tree, built, want):
    programs = [os.path.join(tree, "build", preset, "tests", "scenario",
                             "scenario") for preset in ("release", "dev")]
    programs = [p for p in programs if os.access(p, os.X_OK)]
    if not programs:
        print("skipped: build the preset release first")
        sys.exit(77)
    card = os.path.join(folder, "card")
    subprocess.run([programs[0], built, "card", card],
                   check=True)
    machine = Machine(folder, image,
                      "-drive", "if=sd,index=0,format=raw,file=" + card)
    text = ""
    try:
        while want not in text and not machine.late():
            text += machine.read(machine.console)
    finally:
        machine.close()
    print(text)
    return want in text


def main(kind, *args):
    if shutil.which(QEMU) is None:
        print("skipped: %s is not installed" % QEMU)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        run = {"ring": run_ring, "card": run_card}[kind]
        return 0 if run(folder, *args) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
