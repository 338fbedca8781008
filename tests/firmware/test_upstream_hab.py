# SPDX-License-Identifier: Apache-2.0
"""The whole way to a closed board by a host of upstream's kind, which sends c3
without a payload: bootloader and trusted OS of ours, signed and released, and
the fuses that upstream's activation wants, written down here once more."""
import struct

import host  # makes the next ones importable

import awcli  # noqa: E402  pylint: disable=wrong-import-position
import fwkeys  # noqa: E402  pylint: disable=wrong-import-position
import upstream_host as up  # noqa: E402  pylint: disable=wrong-import-position

HAB = host.SOURCE / "tests" / "vectors" / "hab"
SRK = "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c"
BLOCK, BOOT, CONFIG, SLOT = 512, 1024, 0x5000, 0x5050
CSF_MAX = 16384
# armored-witness-os, internal/hab/hab.go, and the flag of the RPMB, which the
# first start of a closed part blows.
LOCK, CLOSE, UART = {(0, 0): 0x4000}, {(0, 6): 0x0cd4000b}, {(0, 7): 0x10}
FLAG = {(4, 6): 1}
ROM = {"ul": 0x007d, "ull": 0x0080, "ulz": 0x0080}


def blown(fuses, *more):
    """Fuse words with more bits."""
    result = dict(fuses)
    for words in more:
        for place, bits in words.items():
            result[place] = result.get(place, 0) | bits
    return result


def response(why):
    return b"" if why is None else up.field(1, 1) + up.field(2, why)


class Activation(awcli.Test):
    def sign(self):
        """The bootloader, by the first key of the vectors' table."""
        image = (host.IMAGES / "boot_debug.imx").read_bytes()
        self.write("boot.imx", image)
        args = ["--srk-table=%s" % (HAB / "srk" / "srk4.table.bin")]
        for role in ("csf", "img"):
            name = role.upper() + "1_1"
            key = self.dir / (role + ".pem")
            key.touch(0o600)
            key.write_bytes((HAB / "pki" / "keys" / (
                "TEST-%s_key.pem" % name)).read_bytes())
            args += ["--%s-key=%s" % (role, key), "--%s-cert=%s" % (
                role, HAB / "pki" / "crts" / (name + "_crt.pem"))]
        self.ok("hab", "sign", "boot.imx", "--output=boot.csf", *args)
        return image, (self.dir / "boot.csf").read_bytes()

    def release(self):
        """The trusted OS in a log. @return its configuration record"""
        self.write("policy", fwkeys.make(self.dir / "keys"))
        self.ok("log", "init", "log", "--key=keys/log.sec",
                "--origin=" + fwkeys.ORIGIN)
        self.write("os", (host.IMAGES / "tests" / "os_srk.elf").read_bytes())
        done = self.json(
            "release", "publish", "--component=TRUSTED_OS", "--image=os",
            "--git-tag=1.0.0", "--tamago-version=1.22.0", "--log=log",
            "--git-commit-fingerprint=" + "0123456789" * 4,
            "--artefacts=artefacts", "--policy=./policy",
            *("--key=keys/%s.sec" % role for role in ("os1", "os2", "log")))
        self.write("manifest", self.ok("log", "get", "log", done["index"],
                                       "--policy=./policy").out_bytes)
        self.ok("bundle", "make", "--log=log", "--policy=./policy",
                "--manifest=manifest", "--firmware=os", "--slot=os-a",
                "--output=record")
        return (self.dir / "record").read_bytes()

    def poke(self, name, *places):
        with open(self.dir / name / "emmc.img", "r+b") as card:
            for at, data in places:
                card.seek(at)
                card.write(data)

    def fuses(self, name):
        lines = (self.dir / name / "fuses.bin").read_text().splitlines()
        words = [line.split()[1:] for line in lines
                 if line.startswith("fuse ")]
        return {(int(bank), int(word)): int(value, 16)
                for bank, word, value in words}

    def life(self, name, soc, why):
        """A start, c3 and its answer. @return the flag HAB of the status"""
        self.ok("twin", "start", name, "--detach", "--mode=lockstep")
        # The gamma board's control interface is its second plug.
        if soc == "ulz":
            self.ok("twin", "plug", name, "--plug=2")
        bus = up.Bus(self.dir / name, 1 if soc == "ulz" else 0)
        bus.find()
        client = up.Host(bus)
        status = dict(up.fields(client.call(up.INF)))
        self.assertEqual(status[10].decode(), SRK)
        self.assertEqual(client.call(up.HAB), response(why))
        bus.close()
        self.ok("twin", "stop", name)
        return status.get(2, 0)

    def test(self):
        image, csf = self.sign()
        record = self.release()
        elf = (self.dir / "os").read_bytes()
        srk = dict(zip(((3, i) for i in range(8)),
                       struct.unpack("<8I", bytes.fromhex(SRK))))
        for soc, product in ROM.items():
            with self.subTest(soc):
                self.ok("twin", "create", soc, "--soc=" + soc)
                self.addCleanup(self.aw, "twin", "stop", soc)
                self.poke(soc, (BOOT, image + csf), (CONFIG * BLOCK, record),
                          (SLOT * BLOCK, elf))
                before = self.fuses(soc)
                self.assertEqual(self.life(
                    soc, soc, "SRK hash fused, reboot, check, repeat"), 0)
                self.assertEqual(self.fuses(soc), blown(before, srk))
                self.assertEqual(self.life(soc, soc, None), 0)
                closed = blown(before, srk, LOCK, CLOSE, UART)
                self.assertEqual(self.fuses(soc), closed)
                self.assertEqual(self.life(soc, soc, "HAB already enabled"), 1)
                closed = blown(closed, FLAG)
                self.assertEqual(self.fuses(soc), closed)
                # The same bootloader without its signature.
                self.poke(soc, (BOOT + len(image), bytes(CSF_MAX)))
                self.ok("twin", "start", soc, "--detach", "--mode=lockstep")
                bus = up.Bus(self.dir / soc)
                with self.assertRaises(up.Timeout):
                    bus.find()
                self.assertEqual(bus.ids, (0x15a2, product))
                bus.close()
                self.assertEqual(self.fuses(soc), closed)


if __name__ == "__main__":
    awcli.main()
