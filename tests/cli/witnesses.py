# SPDX-License-Identifier: Apache-2.0
"""A C2SP tlog-witness for tests, strict, with misbehaving relatives.

Written from the specification (tlog-witness, tlog-cosignature, signed-note,
RFC 6962), with nothing of the program under test.
"""
import base64
import binascii
import hashlib
import http.server
import re
import struct
import threading
import time

import ed25519

DASH = "\u2014 "


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def consistent(size1, root1, size2, root2, proof):
    """RFC 9162, 2.1.4.2."""
    if size1 == size2:
        return not proof and root1 == root2
    if not 0 < size1 < size2 or not proof:
        return False
    if size1 & (size1 - 1) == 0:
        proof = [root1] + proof
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == root1 and sr == root2


def unbase64(text):
    """Canonical base64, or an exception."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64")
    return data


def decimal(text):
    if not re.fullmatch("0|[1-9][0-9]*", text) or int(text) >= 2 ** 64:
        raise ValueError("decimal")
    return int(text)


def key_id(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def vkey(name, kind, key):
    return "%s+%s+%s" % (name, key_id(name, kind, key).hex(),
                         base64.b64encode(bytes([kind]) + key).decode())


def signature_line(name, kind, key, signature):
    blob = key_id(name, kind, key) + signature
    return DASH + name + " " + base64.b64encode(blob).decode() + "\n"


class Refused(Exception):
    def __init__(self, status, body="", kind="text/plain"):
        super().__init__(status)
        self.status, self.body, self.kind = status, body, kind


class Checkpoint:
    """A note taken apart; ValueError when it is malformed."""

    def __init__(self, note):
        text, mark, sigs = note.rpartition("\n\n")
        if not mark or not sigs.endswith("\n"):
            raise ValueError("note")
        self.text = text + "\n"
        self.sigs = []
        for line in sigs[:-1].split("\n"):
            if not line.startswith(DASH):
                raise ValueError("signature line")
            name, blob = line[len(DASH):].split(" ")
            # As in Go: bits that are left over may be anything.
            data = base64.b64decode(blob, validate=True)
            if len(data) < 5 or not name:
                raise ValueError("signature line")
            self.sigs.append((name, data[:4], data[4:]))
        lines = self.text.split("\n")
        self.origin, self.size = lines[0], decimal(lines[1])
        self.root = unbase64(lines[2])
        if not self.origin or len(self.root) != 32 or "" in lines[3:-1]:
            raise ValueError("checkpoint")
        if self.size == 0 and self.root != hashlib.sha256(b"").digest():
            raise Refused(422)


class Witness:
    """Knows logs by origin, and cosigns what continues what it cosigned.

    log: verifier string of type 1; its origin is given apart.
    """

    def __init__(self, name, logs):
        self.name = name
        self.seed = hashlib.sha256(name.encode()).digest()
        self.key = ed25519.public(self.seed)
        self.logs = {}
        for origin, text in logs.items():
            log_name, ident, blob = text.strip().split("+", 2)
            self.logs[origin] = (log_name, bytes.fromhex(ident),
                                 base64.b64decode(blob)[1:])
        self.seen = {}
        self.asked = []
        self.lock = threading.Lock()

    @property
    def vkey(self):
        return vkey(self.name, 1, self.key)

    def line(self, text, when=None, seed=None, name=None):
        """Signature line of a cosignature/v1."""
        when = int(time.time()) if when is None else when
        message = "cosignature/v1\ntime %d\n%s" % (when, text)
        signature = ed25519.sign(seed or self.seed, message.encode())
        return signature_line(name or self.name, 4, self.key,
                              struct.pack(">Q", when) + signature)

    def parse(self, body):
        """Old size, proof and checkpoint of a request."""
        head, mark, note = body.partition("\n\n")
        lines = head.split("\n")
        if not mark or not lines[0].startswith("old ") or len(lines) > 64:
            raise Refused(400)
        try:
            old = decimal(lines[0][4:])
            proof = [unbase64(line) for line in lines[1:]]
            checkpoint = Checkpoint(note)
        except (ValueError, IndexError, binascii.Error):
            raise Refused(400) from None
        if any(len(h) != 32 for h in proof) or old > checkpoint.size:
            raise Refused(400)
        return old, proof, checkpoint

    def check_log(self, c):
        if c.origin not in self.logs:
            raise Refused(404)
        name, ident, key = self.logs[c.origin]
        mine = [s for n, i, s in c.sigs if (n, i) == (name, ident)]
        if not mine or not ed25519.verify(key, c.text.encode(), mine[0]):
            raise Refused(403)

    def add_checkpoint(self, body):
        """The answer with status 200, or Refused."""
        old, proof, c = self.parse(body)
        self.check_log(c)
        with self.lock:
            size, root = self.seen.get(c.origin, (0, None))
            if old != size:
                raise Refused(409, "%d\n" % size, "text/x.tlog.size")
            if old == 0:
                fine = not proof
            else:
                fine = consistent(size, root, c.size, c.root, proof)
            if not fine:
                raise Refused(422)
            self.seen[c.origin] = (c.size, c.root)
        return self.line(c.text)

    def answer(self, path, body):
        """(status, content type, body) of a POST."""
        if path != "/add-checkpoint":
            return 404, "text/plain", ""
        try:
            return 200, "text/plain", self.add_checkpoint(body)
        except Refused as refused:
            return refused.status, refused.kind, refused.body


class Server:
    """A witness at an address of its own."""

    def __init__(self, test, witness):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                witness.asked.append(body.decode())
                status, kind, text = witness.answer(self.path, body.decode())
                data = text.encode() if isinstance(text, str) else text
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                if 300 <= status < 400:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *args):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        # How often it looks whether it shall end: a test has many of them.
        thread = threading.Thread(target=self.server.serve_forever,
                                  args=(0.01,), daemon=True)
        thread.start()

        def stop():
            self.server.shutdown()
            self.server.server_close()
            thread.join()
        test.addCleanup(stop)
