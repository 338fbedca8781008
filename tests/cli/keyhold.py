# SPDX-License-Identifier: Apache-2.0
"""Places that hold the key of a .sec file: a SoftHSM2 token, an ssh-agent."""
import base64
import hashlib
import os
import pathlib
import shutil
import socket
import struct
import subprocess
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
        for _ in range(500):
            if os.path.exists(self.path):
                break
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
