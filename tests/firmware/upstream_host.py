# SPDX-License-Identifier: Apache-2.0
"""A host of the control interface that has nothing of ours but the socket of
a twin: framing and protobuf by hand, as the Go project's host does them. It
sends what upstream's host sends and keeps what comes as it is.

Sources: FIDO U2F HID Protocol 1.2; armored-witness-os, api/api.proto."""
import socket
import struct

REPORT = 64
BROADCAST = 0xffffffff
PING, INIT, ERROR = 0x81, 0x86, 0xbf
INF, CFG, HAB, CONSOLE, CRASH = 0xc0, 0xc1, 0xc3, 0xc4, 0xc5
TIMEOUT_MS = 3000  # of upstream's host, for a whole answer
OK, TIMED_OUT = 0, 19
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Timeout(Exception):
    """Nothing came in time."""


class Bus:
    """The plug of a twin."""

    def __init__(self, folder, port=0):
        self.link = socket.socket(socket.AF_UNIX)
        self.link.connect(str(folder / "usb"))
        self.port = port
        self.ask(1, struct.pack("<H", 1))
        self.changes = self.arrival = 0
        self.serial = None
        self.ids = None  # of what was there last

    def close(self):
        self.link.close()

    def receive(self, n):
        data = b""
        while len(data) < n:
            more = self.link.recv(n - len(data))
            assert more, "the twin hung up"
            data += more
        return data

    def ask(self, kind, body=b"", timeout_ms=0):
        """@return error, bytes moved, body of the reply"""
        self.link.sendall(struct.pack("<IHHI", len(body), kind, self.port,
                                      timeout_ms) + body)
        size, answers, error, _, moved = struct.unpack(
            "<IHHQI", self.receive(20))
        assert answers == kind + 0x8000, hex(answers)
        return error, moved, self.receive(size)

    def find(self, vendor=0x1209, product=0x2702):
        """Waits until the device is there."""
        for _ in range(20):
            _, _, body = self.ask(2)
            self.changes, n = struct.unpack_from("<IB", body)
            at = 5
            for _ in range(n):
                self.arrival, ids = struct.unpack_from("<xI4s", body, at)[0:2]
                at += 12
                texts = []
                for _ in range(3):
                    length, = struct.unpack_from("<H", body, at)
                    texts.append(body[at + 2:at + 2 + length].decode())
                    at += 2 + length
                self.ids = struct.unpack("<HH", ids)
                if self.ids == (vendor, product):
                    self.serial = texts[2]
                    assert texts[:2] == ["WithSecure Foundry",
                                         "Armory Witness"], texts
                    error, _, _ = self.ask(3, struct.pack("<IB", self.arrival,
                                                          0))
                    assert error == OK, error
                    return
            self.ask(6, struct.pack("<I", self.changes), 5000)
        raise Timeout

    def control(self, kind, request, value, index, length):
        """@return data of an IN request; None: it stalled"""
        error, _, data = self.ask(4, struct.pack(
            "<IBBHHH", self.arrival, kind, request, value, index, length),
            TIMEOUT_MS)
        return data if error == OK else None

    def write(self, report):
        assert len(report) == REPORT
        error, moved, _ = self.ask(5, struct.pack(
            "<IBI", self.arrival, 3, len(report)) + report, TIMEOUT_MS)
        assert (error, moved) == (OK, REPORT), error

    def read(self, timeout_ms=TIMEOUT_MS):
        error, _, data = self.ask(5, struct.pack(
            "<IBI", self.arrival, 0x83, REPORT), timeout_ms)
        if error == TIMED_OUT:
            raise Timeout
        assert error == OK and len(data) == REPORT, (error, len(data))
        return data


def packets(channel, command, message):
    """Reports of a message."""
    head = struct.pack(">IBH", channel, command, len(message))
    result = [head + message[:57]]
    rest, sequence = message[57:], 0
    while rest:
        result.append(struct.pack(">IB", channel, sequence) + rest[:59])
        rest, sequence = rest[59:], sequence + 1
    return [report.ljust(REPORT, b"\0") for report in result]


class Host:
    """A channel to a device, as flynn/u2f opens and uses one."""

    def __init__(self, bus, nonce=b"12345678"):
        self.bus = bus
        bus.write(packets(BROADCAST, INIT, nonce)[0])
        while True:
            self.init = bus.read()
            if self.init[:15] == b"\xff" * 4 + b"\x86\0\x11" + nonce:
                break
        self.channel, = struct.unpack_from(">I", self.init, 15)

    def send(self, command, message):
        for report in packets(self.channel, command, message):
            self.bus.write(report)

    def answer(self):
        """@return command, message, the reports it came in"""
        reports = []
        while not reports or reports[0][:4] != struct.pack(">I", self.channel):
            reports = [self.bus.read()]
        command, length = struct.unpack_from(">BH", reports[0], 4)
        message = reports[0][7:]
        while len(message) < length:
            report = self.bus.read()
            if report[:4] == struct.pack(">I", self.channel):
                reports.append(report)
                message += report[5:]
        return command, message[:length], reports

    def call(self, command, message=b""):
        """Answer to a command, which came as a message has to."""
        self.send(command, message)
        answered, reply, reports = self.answer()
        assert answered == command, reply
        assert reports == packets(self.channel, command, reply)
        return reply


def varint(value):
    out = b""
    while value > 127:
        out += bytes((value & 127 | 128,))
        value >>= 7
    return out + bytes((value,))


def field(number, value):
    """A field of a message: text, bytes, or a number; none when it is zero or
    empty, as proto3 has it."""
    if not value:
        return b""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | BYTES) + varint(len(value)) + value
    return varint(number << 3 | VARINT) + varint(int(value))


def fields(message):
    """Fields of a message in their order: number and value."""
    result, at = [], 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = number()
        kind = key & 7
        if kind == VARINT:
            value = number()
        else:
            size = number() if kind == BYTES else {FIXED64: 8,
                                                   FIXED32: 4}[kind]
            assert at + size <= len(message)
            value, at = message[at:at + size], at + size
        result.append((key >> 3, value))
    return result


def again(pairs):
    """The message that has these fields."""
    return b"".join(field(*pair) for pair in pairs)
