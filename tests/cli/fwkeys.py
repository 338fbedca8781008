# SPDX-License-Identifier: Apache-2.0
"""Key files and a policy of the keys that images built for tests trust:
tests/firmware/policy.cmake. Their secret halves are no secret."""
import base64
import hashlib
import os
import re

import awcli
import ed25519

NAMES = "example.com-aw-test-"
ALGORITHM = b"\x01"
POLICY = (awcli.SOURCE / "tests/firmware/policy.cmake").read_text()
ORIGIN = re.search(r'ORIGIN "([^"]+)"', POLICY).group(1)


def key_of(role):
    """@return the secret key's line, and the public one's"""
    name = NAMES + role
    seed = hashlib.sha256(("aw firmware test key: " + role).encode()).digest()
    public = ALGORITHM + ed25519.public(seed)
    number = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    return tuple("%s+%s+%s" % (head + name, number, base64.b64encode(
        data).decode()) for head, data in (
            ("PRIVATE+KEY+", ALGORITHM + seed), ("", public)))


def make(folder, roles=("log", "boot", "recovery", "os1", "os2", "applet")):
    """ROLE.sec in a new folder. @return text of the policy"""
    folder.mkdir()
    vkeys = {}
    for role in roles:
        secret, vkeys[role] = key_of(role)
        path = folder / (role + ".sec")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600),
                       "w") as file:
            file.write(secret + "\n")
    for role in set(vkeys) - {"boot", "recovery"}:
        assert vkeys[role] in POLICY, role
    return "".join(line + "\n" for line in (
        "aw-policy 1", "log " + vkeys["log"], "origin " + ORIGIN,
        "component BOOTLOADER " + vkeys["boot"],
        "component RECOVERY " + vkeys["recovery"],
        "component TRUSTED_OS %s %s" % (vkeys["os1"], vkeys["os2"]),
        "component TRUSTED_APPLET " + vkeys["applet"],
        "hab-target ci", "quorum none"))
