# SPDX-License-Identifier: Apache-2.0
"""Places that hold the key of a .sec file: a SoftHSM2 token, an ssh-agent."""
import base64
import ctypes
import hashlib
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time

MODULES = ("/usr/lib/softhsm/libsofthsm2.so",
           "/usr/lib64/softhsm/libsofthsm.so")
PIN = "1234"


def seed_of(secret):
    """Seed of a .sec file."""
    text = pathlib.Path(secret).read_text().strip().split("+", 4)[4]
    return base64.b64decode(text)[1:]


def public_of(public):
    """32 bytes of a .pub file."""
    text = pathlib.Path(public).read_text().strip().split("+", 2)[2]
    return base64.b64decode(text)[1:]


def string(data):
    return struct.pack(">I", len(data)) + data


class Token:
    """A SoftHSM2 token named T in a folder of the test."""

    def __init__(self, test):
        found = [p for p in MODULES if pathlib.Path(p).exists()]
        if shutil.which("softhsm2-util") is None or not found:
            test.skipTest("SoftHSM2 is not installed: apt install softhsm2")
        self.module = found[0]
        self.dir = test.dir
        (test.dir / "tokens").mkdir()
        conf = test.write("softhsm2.conf", "directories.tokendir = %s\n" %
                          (test.dir / "tokens"))
        self.env = {"SOFTHSM2_CONF": str(conf)}
        self.count = 0
        self.util("--init-token", "--free", "--label", "T", "--so-pin", "5678")
        test.write("pin", PIN + "\n").chmod(0o600)

    def util(self, *args):
        subprocess.run(["softhsm2-util", *args, "--pin", PIN], check=True,
                       env={**os.environ, **self.env},
                       stdout=subprocess.DEVNULL)

    def add_file(self, path, label, *args):
        """A PKCS #8 key in PEM."""
        self.count += 1
        self.util("--import", str(path), "--token", "T", "--label", label,
                  "--id", "%02x" % self.count, *args)

    def add(self, secret, label, *args):
        """The key of a .sec file."""
        der = bytes.fromhex("302e020100300506032b657004220420") + \
            seed_of(secret)
        path = self.dir / "pkcs8.pem"
        path.write_bytes(b"-----BEGIN PRIVATE KEY-----\n" +
                         base64.b64encode(der) +
                         b"\n-----END PRIVATE KEY-----\n")
        self.add_file(path, label, *args)

    def add_always(self, secret, label):
        """As add, but the key asks for the PIN before each signature."""
        self.add(secret, label)
        subprocess.run([sys.executable, "-B", __file__, self.module, label,
                        "%02x" % self.count, seed_of(secret).hex()],
                       check=True, env={**os.environ, **self.env})

    def uri(self, label, query="&pin-source=file:pin"):
        return "pkcs11:token=T;object=%s?module-path=%s%s" % (
            label, self.module, query)


class Agent:
    """OpenSSH's ssh-agent, for the length of a test."""

    def __init__(self, test):
        if shutil.which("ssh-agent") is None:
            test.skipTest("ssh-agent is not installed: "
                          "apt install openssh-client")
        self.path = str(test.dir / "agent")
        self.env = {"SSH_AUTH_SOCK": self.path}
        agent = subprocess.Popen(
            ["ssh-agent", "-D", "-a", self.path], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(test.dir)})
        test.addCleanup(agent.wait)
        test.addCleanup(agent.terminate)
        for _ in range(2000):
            # The socket has its name before anybody listens on it.
            try:
                self.ask(b"\x0b")
                break
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.01)

    def ask(self, message):
        """Sends one request and returns the answer."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(self.path)
            s.sendall(string(message))
            stream = s.makefile("rb")
            return stream.read(struct.unpack(">I", stream.read(4))[0])

    def add(self, secret, public, comment, confirm=False):
        """Adds the key of a .sec file; returns its address."""
        key = public_of(public)
        request = string(b"ssh-ed25519") + string(key) + \
            string(seed_of(secret) + key) + string(comment.encode())
        answer = self.ask(b"\x19" + request + b"\x02" if confirm
                          else b"\x11" + request)
        assert answer == b"\x06", answer
        return address(key)


def address(key):
    """Address of the 32 bytes of a public key."""
    blob = string(b"ssh-ed25519") + string(key)
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode()
    return "ssh-agent:SHA256:" + digest.rstrip("=")


# No tool of SoftHSM makes a key with CKA_ALWAYS_AUTHENTICATE, so PKCS #11 is
# called: names and numbers are its own.
CKF_RW_SERIAL, CKU_USER, CKO_PRIVATE_KEY, CKK_EC_EDWARDS = 6, 1, 3, 0x40
CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_VALUE = 0, 1, 2, 3, 0x11
CKA_KEY_TYPE, CKA_ID, CKA_SENSITIVE, CKA_SIGN = 0x100, 0x102, 0x103, 0x108
CKA_EC_PARAMS, CKA_ALWAYS_AUTHENTICATE = 0x180, 0x202
ED25519_OID = bytes.fromhex("06032b6570")


class Attribute(ctypes.Structure):
    _fields_ = [("type", ctypes.c_ulong), ("value", ctypes.c_char_p),
                ("n", ctypes.c_ulong)]


def template(**values):
    """Arguments for a list of attributes, with names as above."""
    rows = []
    for name, value in values.items():
        if isinstance(value, bool):
            value = bytes([value])
        elif isinstance(value, int):
            value = bytes(ctypes.c_ulong(value))
        rows.append(Attribute(globals()["CKA_" + name], value, len(value)))
    return (Attribute * len(rows))(*rows), ctypes.c_ulong(len(rows))


def replace_key(path, label, ident, seed):
    """The private key of this label becomes one that always asks."""
    module = ctypes.CDLL(path)

    def call(name, *args):
        rv = getattr(module, "C_" + name)(*args)
        assert rv == 0, (name, hex(rv))

    session, found, n = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_ulong(16)
    slots = (ctypes.c_ulong * 16)()
    call("Initialize", None)
    call("GetSlotList", ctypes.c_ubyte(1), slots, ctypes.byref(n))
    call("OpenSession", ctypes.c_ulong(slots[0]),
         ctypes.c_ulong(CKF_RW_SERIAL), None, None, ctypes.byref(session))
    call("Login", session, ctypes.c_ulong(CKU_USER), PIN.encode(),
         ctypes.c_ulong(len(PIN)))
    call("FindObjectsInit", session,
         *template(CLASS=CKO_PRIVATE_KEY, LABEL=label.encode()))
    call("FindObjects", session, ctypes.byref(found), ctypes.c_ulong(1),
         ctypes.byref(n))
    assert n.value == 1
    call("FindObjectsFinal", session)
    call("DestroyObject", session, found)
    call("CreateObject", session, *template(
        CLASS=CKO_PRIVATE_KEY, KEY_TYPE=CKK_EC_EDWARDS, TOKEN=True,
        PRIVATE=True, SENSITIVE=True, SIGN=True, ALWAYS_AUTHENTICATE=True,
        LABEL=label.encode(), ID=bytes.fromhex(ident),
        EC_PARAMS=ED25519_OID, VALUE=bytes.fromhex(seed)),
        ctypes.byref(found))
    call("Finalize", None)


if __name__ == "__main__":
    replace_key(*sys.argv[1:])
