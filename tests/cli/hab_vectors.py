# SPDX-License-Identifier: Apache-2.0
"""The vectors of aw hab, and how its tests sign with them."""
import awcli

HAB = awcli.VECTORS.parent / "hab"
TIME = "--signing-time=1735689600"
SRK4 = "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c"
CSF_AREA = 16384


def cert(name):
    return HAB / "pki" / "crts" / (name + "_crt.pem")


class HabTest(awcli.Test):
    def key(self, name):
        """A copy of a test key that only its owner can read."""
        path = self.write(name + ".key.pem",
                          (HAB / "pki" / "keys" / ("TEST-%s_key.pem" % name))
                          .read_bytes())
        path.chmod(0o600)
        return path

    def sign_args(self, csf="CSF1_1", img="IMG1_1", table="srk4"):
        args = ["hab", "sign", HAB / "image" / "test.imx",
                "--srk-table=%s" % (HAB / "srk" / (table + ".table.bin")),
                "--csf-cert=%s" % cert(csf), "--csf-key=%s" % self.key(csf),
                TIME]
        if img:
            args += ["--img-cert=%s" % cert(img),
                     "--img-key=%s" % self.key(img)]
        return args
