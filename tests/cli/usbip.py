# SPDX-License-Identifier: Apache-2.0
"""A client of USB/IP over TCP, and the boot ROM's reports on it."""
import collections
import socket
import struct

VERSION = 0x0111
HEADER = 48
RECORD = 312
TIMEOUT_S = 30
IN, OUT = 1, 0
NO_DEVICE, BUSY = 4, 2  # status of an import
EPIPE, ESHUTDOWN, ECONNRESET = -32, -108, -104

Device = collections.namedtuple(
    "Device", "path busid bus number speed vendor product release")
Reply = collections.namedtuple("Reply", "kind seqnum status moved data")


class Gone(Exception):
    """The server ended the connection."""


def record(data):
    return Device(data[:256].rstrip(b"\0").decode(),
                  data[256:288].rstrip(b"\0").decode(),
                  *struct.unpack_from(">IIIHHH", data, 288))


class Client:
    """One connection. Requests that were answered before somebody waits for
    them are kept."""

    def __init__(self, port):
        self.link = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self.link.settimeout(TIMEOUT_S)
        self.seqnum = 0
        self.inputs = {}  # seqnums of IN transfers: data follow the answer
        self.replies = {}

    def close(self):
        self.link.close()

    def receive(self, n):
        data = b""
        while len(data) < n:
            try:
                more = self.link.recv(n - len(data))
            except ConnectionError as error:
                raise Gone from error
            if not more:
                raise Gone
            data += more
        return data

    def send(self, data):
        try:
            self.link.sendall(data)
        except ConnectionError as error:
            raise Gone from error

    def list(self):
        self.send(struct.pack(">HHI", VERSION, 0x8005, 0))
        version, code, status, n = struct.unpack(">HHII", self.receive(12))
        assert (version, code, status) == (VERSION, 5, 0)
        found = []
        for _ in range(n):
            data = self.receive(RECORD)
            self.receive(4 * data[311])
            found.append(record(data))
        return found

    def take(self, busid="1-1"):
        """Imports a device. @return it, or the status of the refusal"""
        self.send(struct.pack(">HHI32s", VERSION, 0x8003, 0, busid.encode()))
        version, code, status = struct.unpack(">HHI", self.receive(8))
        assert (version, code) == (VERSION, 3)
        return status or record(self.receive(RECORD))

    def submit(self, direction, endpoint, length, data=b"", setup=bytes(8)):
        self.seqnum += 1
        self.inputs[self.seqnum] = direction == IN
        self.send(struct.pack(">10I8s", 1, self.seqnum, 1 << 16 | 2,
                              direction, endpoint, 0, length, 0, 0, 0,
                              setup) + data)
        return self.seqnum

    def unlink(self, victim):
        self.seqnum += 1
        self.inputs[self.seqnum] = False
        self.send(struct.pack(">6I24x", 2, self.seqnum, 1 << 16 | 2, 0, 0,
                              victim))
        return self.seqnum

    def read_reply(self):
        kind, seqnum, _, _, _, status, moved = struct.unpack(
            ">5Iii", self.receive(28))
        self.receive(HEADER - 28)
        if kind != 3:
            moved = 0
        data = self.receive(moved) if self.inputs[seqnum] else b""
        return Reply(kind, seqnum, status, moved, data)

    def wait(self, seqnum):
        while seqnum not in self.replies:
            reply = self.read_reply()
            self.replies[reply.seqnum] = reply
        return self.replies.pop(seqnum)

    def control(self, kind, request, value, index, length, data=b""):
        direction = IN if kind & 0x80 else OUT
        setup = struct.pack("<BBHHH", kind, request, value, index, length)
        return self.wait(self.submit(direction, 0, length, data, setup))

    # Serial download

    def set_report(self, data):
        reply = self.control(0x21, 9, 0x0200 | data[0], 0, len(data), data)
        assert (reply.status, reply.moved) == (0, len(data)), reply

    def command(self, kind, address=0, width=0, count=0, value=0):
        self.set_report(b"\1" + struct.pack(">HIBIIB", kind, address, width,
                                            count, value, 0))

    def report(self, number):
        reply = self.wait(self.submit(IN, 1, 65))
        assert reply.status == 0 and reply.data[0] == number, reply
        return reply.data[1:]

    def answer(self):
        """@return open?, word"""
        state = self.report(3)
        return state == bytes.fromhex("56787856"), self.report(4)[:4]

    def status(self):
        self.command(0x0505)
        return self.answer()

    def read_word(self, address):
        self.command(0x0101, address, 32, 4)
        return self.answer()[1]

    def write(self, kind, address, data, between=lambda: None):
        """WRITE_FILE (0x0404) or DCD_WRITE (0x0a0a). @return the word"""
        self.command(kind, address, 0, len(data))
        for at in range(0, len(data), 1024):
            between()
            self.set_report(b"\2" + data[at:at + 1024])
        return self.answer()[1]

    def jump(self, address):
        self.command(0x0b0b, address)
        return self.report(3)
