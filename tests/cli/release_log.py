# SPDX-License-Identifier: Apache-2.0
"""The synthetic release log of the vectors, and the real pieces of ci/2."""
import base64
import json

import awcli

SYNTHETIC = awcli.VECTORS / "aw-synthetic"
REAL = awcli.VECTORS / "aw-real"
KEYS = json.loads((SYNTHETIC / "keys.json").read_text())
EXPECTED = json.loads((REAL / "expected.json").read_text())
CI = json.loads((REAL / "templates.json").read_text())["ci"]

# Leaves that the configuration records of the vectors are about.
LEAF = {"TRUSTED_OS": 5, "BOOTLOADER": 16, "TRUSTED_APPLET": 22}
RUNNING = ("BOOTLOADER", "TRUSTED_OS", "TRUSTED_APPLET")

# Keys of the synthetic log as options, and of ci/2.
TRUST = ["--origin=testlog", "--vkey=" + KEYS["log_vkey"],
         "--applet-verifier=" + KEYS["applet_vkey"],
         "--boot-verifier=" + KEYS["boot_vkey"],
         "--os-verifier-1=" + KEYS["os1_vkey"],
         "--os-verifier-2=" + KEYS["os2_vkey"],
         "--recovery-verifier=" + KEYS["recovery_vkey"]]
REAL_TRUST = ["--origin=" + EXPECTED["origin"],
              "--vkey=" + EXPECTED["log_vkey"],
              "--applet-verifier=" + CI["applet_verifier"],
              "--os-verifier-1=" + CI["os_verifier_1"],
              "--os-verifier-2=" + CI["os_verifier_2"]]


def policy(hab_target="ci", log_url=None, extra=""):
    """Text of a policy for the synthetic log."""
    log = KEYS["log_vkey"] + (" " + log_url if log_url else "")
    lines = ["aw-policy 1", "log " + log, "origin testlog",
             "component BOOTLOADER " + KEYS["boot_vkey"],
             "component RECOVERY " + KEYS["recovery_vkey"],
             "component TRUSTED_OS %s %s" % (KEYS["os1_vkey"],
                                             KEYS["os2_vkey"]),
             "component TRUSTED_APPLET " + KEYS["applet_vkey"]]
    if hab_target:
        lines.append("hab-target " + hab_target)
    return "\n".join(lines + ["quorum none"]) + "\n" + extra


def leaf_path(index):
    return SYNTHETIC / "log/seq/00/00/00/00" / ("%02x" % index)


def manifest(index):
    """The JSON text of a leaf, parsed."""
    return json.loads(leaf_path(index).read_bytes().split(b"\n\n\xe2")[0])


def proof(index):
    """Inclusion proof in the tree of 23 leaves, base64."""
    return json.loads((SYNTHETIC / "fetch-each.json").read_text())[index]["Proof"]


def artefact(digest_b64):
    """Path of an artefact."""
    return SYNTHETIC / "artefacts" / base64.b64decode(digest_b64).hex()


def firmware(index):
    return artefact(manifest(index)["output"]["firmware_digest_sha256"])


def hab_signature(index):
    return artefact(manifest(index)["hab"]["signature_digest_sha256"])


def config(component):
    """Path of a recorded configuration record."""
    return SYNTHETIC / "config" / (component + ".gob")
