# SPDX-License-Identifier: Apache-2.0
"""One port, into which twins are plugged one after the other: the socket `usb`
of a folder, led to that of a twin (docs/formats/twin-usb.md)."""
import os
import socket
import struct
import threading

HEAD = struct.Struct("<IHHI")
REPLY = struct.Struct("<IHHQI")
HELLO, LIST, WAIT, ANSWER = 1, 2, 6, 0x8000
VERSION = 1
OK, GONE = 0, 32
# A board that is plugged in anew is another arrival.
TURN = 1 << 24


def receive(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def reach(folder):
    """A socket's address, which has to be short."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    return fd, "/proc/self/fd/%d/usb" % fd


class Hub:
    """--device=twin=FOLDER; begin with plug."""

    def __init__(self, test, folder):
        self.turn = 0
        self.waits = None
        self.board = None
        self.now_us = 0
        self.base_us = 0
        (test.dir / folder).mkdir()
        self.listener = socket.socket(socket.AF_UNIX)
        fd, address = reach(test.dir / folder)
        self.listener.bind(address)
        os.close(fd)
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        test.addCleanup(self.close)

    def close(self):
        self.listener.close()
        if self.board is not None:
            self.board.close()

    def plug(self, twin):
        """Takes what is plugged in out, and the twin in that folder in."""
        board = socket.socket(socket.AF_UNIX)
        fd, address = reach(twin)
        board.connect(address)
        os.close(fd)
        board.sendall(HEAD.pack(2, HELLO, 0, 0) + struct.pack("<H", VERSION))
        receive(board, REPLY.unpack(receive(board, REPLY.size))[0])
        old, self.board = self.board, board
        self.turn += 1
        self.base_us += self.now_us
        self.now_us = 0
        if old is not None:
            old.close()

    def plug_when_listed(self, twin):
        """The same at a moment that is the same in each run: when the client
        looks at what is there, and no transfer is under way."""
        self.waits = twin

    def serve(self):
        try:
            while True:
                client, _ = self.listener.accept()
                with client:
                    self.serve_one(client)
        except OSError:
            pass

    def serve_one(self, client):
        try:
            while True:
                head = receive(client, HEAD.size)
                size, kind, port, wait = HEAD.unpack(head)
                body = receive(client, size)
                client.sendall(self.answer(kind, port, wait, body))
        except ConnectionError:
            pass

    def reply(self, kind, error, body=b"", done=0):
        return REPLY.pack(len(body), kind | ANSWER, error,
                          self.base_us + self.now_us, done) + body

    def answer(self, kind, port, wait, body):
        if kind == HELLO:
            return self.reply(kind, OK, struct.pack("<H", VERSION))
        if kind == LIST and self.waits is not None:
            twin, self.waits = self.waits, None
            self.plug(twin)
        turn, board = self.turn, self.board
        if kind != LIST:
            # Arrival, or number of changes: of this board?
            shown, = struct.unpack_from("<I", body)
            if shown // TURN != turn:
                return self.reply(kind, OK if kind == WAIT else GONE)
            body = struct.pack("<I", shown % TURN) + body[4:]
        try:
            board.sendall(HEAD.pack(len(body), kind, port, wait) + body)
            size, _, error, self.now_us, done = REPLY.unpack(
                receive(board, REPLY.size))
            body = receive(board, size)
        except OSError:
            return self.reply(kind, OK if kind == WAIT else GONE)
        if kind == LIST and error == OK:
            body = self.shown(body, turn)
        return self.reply(kind, error, body, done)

    @staticmethod
    def shown(body, turn):
        """The list, with numbers that no other board has had."""
        changes, count = struct.unpack_from("<IB", body)
        out = struct.pack("<IB", changes % TURN + turn * TURN, count)
        at = 5
        for _ in range(count):
            port, arrival = struct.unpack_from("<BI", body, at)
            end = at + 12
            for _ in range(3):
                n, = struct.unpack_from("<H", body, end)
                end += 2 + n
            out += struct.pack("<BI", port, arrival % TURN + turn * TURN)
            out += body[at + 5:end]
            at = end
        return out
