# SPDX-License-Identifier: Apache-2.0
"""aw verify --image: releases and evidence that are not as recorded."""
import base64
import resource

import awcli
import device_image as device
import release_log as log
from images import ImageTest, MIB, SANITIZED


class Releases(ImageTest):
    """What runs must be what is logged, where it must be."""

    def test_every_component_is_needed(self):
        for missing in log.RUNNING:
            self.make([c for c in log.RUNNING if c != missing])
            document = self.verify(10)
            record = self.release(document, device.CONFIG[missing])
            self.assertIs(record["verified"], False)
            self.assertEqual(record["stopped_at"], "record")
        self.make([]) # one finding then, not one for each component
        document = self.verify(10)
        self.assertEqual(self.exits(document), [10])
        self.assertIn("provisioned", document["error"]["what"])
        self.assertEqual([r["stopped_at"] for r in document["releases"]],
                         ["record"] * 3)

    def test_image_altered(self):
        for component in log.RUNNING:
            self.make()
            at = device.start(device.PLACE[component])
            size = log.firmware(log.LEAF[component]).stat().st_size
            for offset in (at, at + size // 2, at + size - 1):
                self.make()
                self.put(offset, b"\xff")
                document = self.verify(10)
                record = self.release(document, device.CONFIG[component])
                self.assertEqual(record["stopped_at"], "firmware")
                self.assertIn(device.PLACE[component],
                              self.areas(document, "not judged"))

    def test_bootloader_parked_elsewhere(self):
        """What runs is what lies at byte 1024, whatever the record says."""
        index = log.LEAF["BOOTLOADER"]
        genuine = (log.firmware(index).read_bytes() +
                   log.hab_signature(index).read_bytes())
        size = log.firmware(index).stat().st_size
        bundle = self.bundle_of("BOOTLOADER")
        for parked in (2048, 1024 + 65536, device.start("OS slot B"),
                       device.start("applet data")):
            self.make()
            self.put(1024, b"evil" * 32)
            self.put(parked, genuine)
            # The recorded place is right, or it is where the genuine one is.
            document = self.verify(10)
            self.assertIs(self.release(document, "boot config")["verified"],
                          False)
            self.put(device.start("boot config"),
                     device.record(parked, size, bundle))
            document = self.verify(10)
            self.assertEqual(self.release(document, "boot config")
                             ["stopped_at"], "place")

    def bundle_of(self, component):
        """The evidence of a recorded device."""
        index = log.LEAF[component]
        return ((log.SYNTHETIC / "log/checkpoint").read_bytes(),
                log.leaf_path(index).read_bytes(), index,
                [base64.b64decode(h) for h in log.proof(index)])

    def test_own_records_are_as_recorded(self):
        for component in log.RUNNING:
            index = log.LEAF[component]
            made = device.record(device.start(device.PLACE[component]),
                                 log.firmware(index).stat().st_size,
                                 self.bundle_of(component))
            self.assertEqual(made, log.config(component).read_bytes())

    def test_places(self):
        """Offset and size of every kind; nothing is allocated for them."""
        env = {}
        kwargs = {}
        if SANITIZED:
            env["ASAN_OPTIONS"] = "max_allocation_size_mb=8"
        else:
            kwargs["preexec_fn"] = lambda: resource.setrlimit(
                resource.RLIMIT_AS, (96 * MIB, 96 * MIB))
        for component in log.RUNNING:
            index = log.LEAF[component]
            size = log.firmware(index).stat().st_size
            good = device.start(device.PLACE[component])
            slot = device.MAP[device.PLACE[component]][1] * device.BLOCK
            huge = 2**63 - 1
            self.make()
            for offset, n in ((-1, size), (-good, size), (good, -1),
                              (good, 0), (0, size), (0, 0), (good + 1, size),
                              (good - 512, size), (good + 512, size),
                              (good, huge), (good, -huge - 1), (huge, size),
                              (huge, huge), (-huge - 1, -huge - 1),
                              (good, slot + 1), (good, 64 * MIB + 1),
                              (device.SIZE, size), (device.SIZE - 1, size),
                              (device.start("applet data"), size),
                              (device.start("OS config"), size)):
                self.put(device.start(device.CONFIG[component]),
                         device.record(offset, n, self.bundle_of(component)))
                document = self.verify(10, env=env, **kwargs)
                record = self.release(document, device.CONFIG[component])
                self.assertEqual(record["stopped_at"], "place", (offset, n))
                self.assertIn(str(offset), document["error"]["got"])

    def test_size_off_by_some(self):
        """The size is what the digest covers, neither more nor less."""
        for component in log.RUNNING:
            size = log.firmware(log.LEAF[component]).stat().st_size
            good = device.start(device.PLACE[component])
            self.make()
            for n in (1, size - 1, size + 1, size + 54, 8 * MIB):
                self.put(device.start(device.CONFIG[component]),
                         device.record(good, n, self.bundle_of(component)))
                document = self.verify(10)
                record = self.release(document, device.CONFIG[component])
                self.assertEqual(record["stopped_at"], "firmware")

    def test_records_exchanged(self):
        """Each place takes releases of its own component only."""
        for first in log.RUNNING:
            for second in log.RUNNING:
                if first == second:
                    continue
                self.make()
                image = log.firmware(log.LEAF[second]).read_bytes()
                at = device.start(device.PLACE[first])
                self.put(at, image)
                self.put(device.start(device.CONFIG[first]),
                         device.record(at, len(image),
                                       self.bundle_of(second)))
                document = self.verify(10)
                record = self.release(document, device.CONFIG[first])
                self.assertEqual(record["stopped_at"], "policy")

    def test_evidence_altered(self):
        at, bundle = device.start("OS slot A"), self.bundle_of("TRUSTED_OS")
        checkpoint, manifest, index, proof = bundle
        cases = [
            (12, "checkpoint", (checkpoint.replace(b"\n23\n", b"\n24\n"),
                                manifest, index, proof)),
            (10, "manifest", (checkpoint, manifest.replace(b"0.2.0", b"0.3.0"),
                              index, proof)),
            (12, "inclusion", (checkpoint, manifest, index + 1, proof)),
            (11, "inclusion", (checkpoint, manifest, 23, proof)),
            (12, "inclusion", (checkpoint, manifest, index, proof[:-1])),
            (10, "record", (checkpoint, manifest, index,
                            [proof[0][:-1]] + proof[1:])),
            (10, "manifest", (checkpoint, manifest[:manifest.rindex(
                "\u2014".encode())], index, proof)),
        ]
        for code, step, altered in cases:
            self.make()
            self.put(device.start("OS config"), device.record(at, 26, altered))
            document = self.verify(code)
            self.assertEqual(self.release(document, "OS config")["stopped_at"],
                             step)

    def test_hab_signature(self):
        index = log.LEAF["BOOTLOADER"]
        signature = log.hab_signature(index).read_bytes()
        at = 1024 + log.firmware(index).stat().st_size
        for changed in (b"\0" * len(signature), signature[:-1] + b"\xff",
                        b"\xff" + signature[1:], signature[1:] + b"\0",
                        b"\0" + signature):
            self.make()
            self.put(at, changed)
            document = self.verify(10)
            record = self.release(document, "boot config")
            self.assertIs(record["verified"], False)
            self.assertEqual(record["stopped_at"], "hab-signature")

    def test_tail_of_the_image_is_no_hab_signature(self):
        """Were the size short, the image's tail would lie where the HAB
        signature is searched. The digest of the image does not allow it."""
        image = log.firmware(log.LEAF["BOOTLOADER"]).read_bytes()
        self.make()
        self.put(device.start("boot config"),
                 device.record(1024, len(image) - 4,
                               self.bundle_of("BOOTLOADER")))
        self.verify(10)

    def test_hab_target(self):
        self.make()
        policy = self.write("prod", log.policy("prod"))
        document = self.verify(10, policy=policy)
        self.assertEqual(document["error"]["got"], "HAB target ci")

    def test_malformed_records(self):
        folder = awcli.VECTORS / "gob" / "malformed"
        for path in sorted(folder.iterdir()):
            self.make()
            at = device.start("OS config")
            self.put(at, bytes(40960))
            self.put(at, path.read_bytes())
            self.verify(10)

    def test_record_with_room_for_more(self):
        """Readers skip fields that they do not know: nothing may hide there
        unseen."""
        at, bundle = device.start("OS slot A"), self.bundle_of("TRUSTED_OS")
        named = device.TYPES.replace(b"\x06Offset", b"\x06Xffset")
        for record in (
                device.record(at, 26, bundle, signatures=[b"hidden" * 100]),
                device.record(at, 26, bundle, signatures=[b""]),
                device.record(at, 26, bundle, types=self.unused_type() +
                              device.TYPES)):
            self.make()
            self.put(device.start("OS config"), record)
            document = self.verify(0)
            self.assertIn("OS config", self.areas(document, "residue"))
            self.verify(14, "--offline", "--strict-residue")
        self.put(device.start("OS config"),
                 device.record(at, 26, bundle, types=named))
        self.verify(10)

    def unused_type(self):
        """A definition that no value uses, with a long name."""
        name = b"hidden" * 18
        body = (b"\xff\xbf" + b"\x02\x01\x01" + device.uint(len(name)) + name +
                b"\x01\xff\xc0\x00\x01\x0a\x00\x00")
        return device.uint(len(body)) + body

    def test_older_numbering_of_types(self):
        """Records of older Go versions are no residue."""
        old = (awcli.VECTORS / "gob/ids65/01-zero.gob").read_bytes()[:180]
        self.make()
        record = device.record(device.start("OS slot A"), 26,
                               self.bundle_of("TRUSTED_OS"), types=old)
        record = record[:180] + record[180:].replace(b"\xff\x80", b"\xff\x82",
                                                     1)
        self.put(device.start("OS config"), record)
        document = self.verify(0, "--offline", "--strict-residue")
        self.assertEqual(self.areas(document, "residue"), [])


if __name__ == "__main__":
    awcli.main()
