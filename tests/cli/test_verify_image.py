# SPDX-License-Identifier: Apache-2.0
"""aw verify --image as somebody would use it who wants it to say yes."""
import base64
import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import time
import zlib

import awcli
import device_image as device
import log_builder
import release_log as log

MIB = 1 << 20
SANITIZED = b"__asan_init" in pathlib.Path(awcli.AW).read_bytes()
BAD_READ = awcli.BUILD / "tests" / "support" / "bad_read.so"


class ImageTest(awcli.Test):
    """An image in the test's folder and the synthetic log's policy."""

    def setUp(self):
        super().setUp()
        self.image = self.dir / "emmc.img"
        self.policy = self.write("p.policy", log.policy())

    def make(self, *args, **kwargs):
        return device.make(self.image, *args, **kwargs)

    def put(self, offset, data):
        device.put(self.image, offset, data)

    def verify(self, code, *args, policy=None, **kwargs):
        """Runs on the image; returns the document."""
        args = list(args) or ["--offline"]
        document = self.json("verify", "--image", self.image, "--policy",
                             policy or self.policy, *args, code=code, **kwargs)
        if code in (0, 10, 11, 12, 14) and "releases" in document:
            self.assertIs(document["verified"], code == 0)
        return document

    def release(self, document, record):
        found = [r for r in document["releases"] if r["record"] == record]
        self.assertEqual(len(found), 1, document["releases"])
        return found[0]

    def areas(self, document, content):
        return [a["area"] for a in document["areas"]
                if a["content"] == content]

    def exits(self, document):
        return sorted(f["exit"] for f in document["findings"])


class Whole(ImageTest):
    def test_as_provisioned(self):
        self.make()
        document = self.verify(0)
        self.assertEqual([r["component"] for r in document["releases"]],
                         list(log.RUNNING))
        for release in document["releases"]:
            self.assertEqual(release["firmware"], "checked")
            self.assertEqual(release["log"]["inclusion"], "checked")
        boot = self.release(document, "boot config")
        self.assertEqual(boot["hab_signature"], "checked")
        self.assertEqual(boot["hab_signature_bytes"], "54")
        self.assertEqual(boot["hab"], "not checked")
        self.assertEqual(self.areas(document, "own data"),
                         ["applet data", "applet crash log",
                          "applet crash log copy 2"])
        self.assertEqual(self.areas(document, "residue"), [])
        self.assertEqual(document["boot0"], "not checked")

    def test_every_byte_is_accounted_for(self):
        """Areas and releases cover the medium without a gap or overlap."""
        self.make()
        document = self.verify(0)
        runs = [(int(a["offset"]), int(a["bytes"])) for a in document["areas"]]
        for r in document["releases"]:
            runs.append((device.start(r["place"]), int(r["bytes"]) +
                         int(r.get("hab_signature_bytes", 0))))
        for component, name in device.CONFIG.items():
            runs.append((device.start(name),
                         log.config(component).stat().st_size))
        at = 0
        for offset, size in sorted(runs):
            self.assertEqual(offset, at)
            at += size
        self.assertEqual(at, device.SIZE)

    def test_text(self):
        self.make()
        run = self.ok("verify", "--image", self.image, "--policy", self.policy,
                      "--offline")
        self.assertTrue(run.out.startswith("verified:               yes\n"))
        self.assertIn("the log was not asked", run.err)

    def test_with_the_log(self):
        """From a folder: as an address in the policy, and by option."""
        self.make()
        folder = log.SYNTHETIC / "log"
        for url in ("file://%s/" % folder,):
            policy = self.write("q", log.policy(log_url=url))
            document = self.verify(0, "--non-interactive", policy=policy)
            for release in document["releases"]:
                self.assertEqual(release["consistency"], "checked")
                self.assertEqual(release["log_size"], "23")
        document = self.verify(0, "--log-url", folder)
        self.assertEqual(document["releases"][0]["seen_before"], "this tree")

    def test_by_options(self):
        self.make()
        document = self.json("verify", "--image", self.image, *log.TRUST)
        self.assertIn("any HAB target was accepted",
                      "\n".join(document["warnings"]))
        self.json("verify", "--image", self.image, *log.TRUST,
                  "--hab-target=prod", code=10)

    def test_usage(self):
        self.make()
        for option in ("--firmware=x", "--hab-signature=x",
                       "--component=TRUSTED_OS", "--least-version=1.0.0"):
            self.fails(2, "verify", "--image", self.image, "--policy",
                       self.policy, option)
        for option in log.TRUST + ["--hab-target=ci"]:
            self.fails(2, "verify", "--image", self.image, "--template=ci",
                       option)
        self.fails(2, "verify", "--image", self.image, "--template=test")

    def test_proof_files(self):
        self.make()
        self.verify(0, "--offline", "--proof-dir=proofs")
        names = sorted(p.name for p in (self.dir / "proofs").iterdir())
        self.assertEqual(len(names), 6)
        for proof in (self.dir / "proofs").glob("*.tlog-proof"):
            self.ok("log", "check", proof, "--policy", self.policy, "--leaf",
                    str(proof)[:-len(".tlog-proof")] + ".manifest")


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


class Unknown(ImageTest):
    """Bytes where there may be none: exit 14; in slots a warning."""

    def unknown(self, offset, area):
        self.make()
        self.put(offset, b"\1")
        document = self.verify(14)
        self.assertEqual(self.areas(document, "unknown"), [area])
        found = [a for a in document["areas"] if a["content"] == "unknown"][0]
        self.assertEqual(found["first"], str(offset))
        self.assertIn("%x" % offset, document["error"]["got"])

    def residue(self, offset, area):
        self.make()
        self.put(offset, b"\1")
        document = self.verify(0)
        self.assertEqual(self.areas(document, "residue"), [area])
        self.assertIn("%x" % offset, "\n".join(document["warnings"]))
        document = self.verify(14, "--offline", "--strict-residue")
        self.assertEqual(document["error"]["code"], "ERR_CONTENT")

    def test_gaps(self):
        seen = 0
        for name, first, last in device.gaps():
            for offset in sorted({first, (first + last) // 2, last}):
                self.unknown(offset, name)
                seen += 1
        self.assertGreater(seen, 8)

    def test_behind_the_boot_image(self):
        index = log.LEAF["BOOTLOADER"]
        end = (1024 + log.firmware(index).stat().st_size +
               log.hab_signature(index).stat().st_size)
        for offset in (end, end + 1, 1024 + 65536, 1024 + MIB,
                       device.end("boot image") - 1):
            self.unknown(offset, "boot image")

    def test_boot_state_record(self):
        """What our own bootloader counts is a record, not unknown bytes."""
        self.make()
        body = (b"AWBS" + struct.pack("<II", 1, 7)).ljust(508, b"\0")
        record = body + struct.pack("<I", zlib.crc32(body))
        self.put(device.start("boot state B"), record)
        document = self.verify(0)
        self.assertIn("boot state B", self.areas(document, "own data"))
        self.put(device.start("boot state B"), record[:-1] + b"\0")
        document = self.verify(14)
        self.assertEqual(self.areas(document, "unknown"), ["boot state B"])

    def test_settings_record(self):
        """The configuration that our own trusted OS keeps."""
        self.make()
        message = bytes([0x08, 1, 0x12, 3]) + b"1.2"
        body = (b"AWST" + struct.pack("<III", 1, 7, len(message)) +
                message).ljust(508, b"\0")
        record = body + struct.pack("<I", zlib.crc32(body))
        self.put(device.start("OS settings A"), record)
        document = self.verify(0)
        self.assertIn("OS settings A", self.areas(document, "own data"))
        # Bytes behind the message, with a right sum.
        body = body[:400] + b"x" + body[401:]
        record = body + struct.pack("<I", zlib.crc32(body))
        self.put(device.start("OS settings A"), record)
        document = self.verify(14)
        self.assertEqual(self.areas(document, "unknown"), ["OS settings A"])

    def test_boot_state(self):
        for name in ("boot state A", "boot state B", "OS settings B"):
            self.unknown(device.start(name), name)
            self.unknown(device.end(name) - 1, name)

    def test_slots_and_records(self):
        for component, name in device.CONFIG.items():
            used = log.config(component).stat().st_size
            for offset in (device.start(name) + used, device.end(name) - 1):
                self.residue(offset, name)
        for name in ("OS config copy 2", "applet config copy 2"):
            self.residue(device.start(name), name)
            self.residue(device.end(name) - 1, name)
        for component in ("TRUSTED_OS", "TRUSTED_APPLET"):
            name = device.PLACE[component]
            used = log.firmware(log.LEAF[component]).stat().st_size
            for offset in (device.start(name) + used, device.end(name) - 1):
                self.residue(offset, name)
            name = name.replace("slot A", "slot B")
            for offset in (device.start(name), device.end(name) - 1):
                self.residue(offset, name)

    def test_own_data_is_not_judged(self):
        self.make()
        for name in ("applet data", "applet crash log",
                     "applet crash log copy 2"):
            self.put(device.start(name), b"data")
            self.put(device.end(name) - 1, b"data"[:1])
        self.verify(0)

    def test_last_byte(self):
        self.make(size=device.SIZE + 1)
        self.verify(0)
        self.put(device.SIZE, b"\1")
        self.verify(14)

    def test_several_findings(self):
        """All are listed, the lowest code counts."""
        self.make()
        self.put(0, b"\1")
        self.put(device.start("boot state A"), b"\1")
        self.put(device.start("OS slot A"), b"\xff")
        document = self.verify(10)
        self.assertEqual(self.exits(document), [10, 14, 14])
        self.assertEqual(self.areas(document, "unknown"),
                         ["gap before boot image", "boot state A"])

    def test_refused_release_hides_nothing_else(self):
        """The other slot and the rest are judged all the same."""
        self.make()
        self.put(device.start("OS slot A"), b"\xff")
        self.put(device.start("OS slot B"), b"\1")
        document = self.verify(10, "--offline", "--strict-residue")
        self.assertEqual(self.exits(document), [10, 14])
        self.assertEqual(self.areas(document, "not judged"), ["OS slot A"])

    def test_boot_partitions(self):
        self.make()
        zero = self.write("zero", bytes(4 * MIB))
        document = self.verify(0, "--offline", "--boot0", zero, "--boot1", zero)
        self.assertEqual(document["boot0"], "zero")
        self.assertEqual(document["boot1"], "zero")
        self.assertNotIn("boot partitions", "\n".join(document["warnings"]))
        for name in ("--boot0", "--boot1"):
            for at in (0, 2 * MIB, 4 * MIB - 1):
                data = bytearray(4 * MIB)
                data[at] = 1
                document = self.verify(14, "--offline", name,
                                       self.write("one", bytes(data)))
                self.assertEqual(document[name[2:]], "unknown")
                self.assertIn("%x" % at, document["error"]["got"])
            for absent in ("absent", ".", self.dir / "home"):
                self.verify(30, "--offline", name, absent)


class Medium(ImageTest):
    """What is no image, or not a whole one."""

    def test_length(self):
        """Every class: empty, inside each region, at each border."""
        ends = sorted({0, 1, 511, 512, 1024, 1025, device.MAP_END - 1} |
                      {device.start(n) + d for n in device.MAP
                       for d in (0, 1, 100)} |
                      {device.end(n) for n in device.MAP
                       if n != "applet crash log copy 2"})
        applet = log.firmware(log.LEAF["TRUSTED_APPLET"]).stat().st_size
        needed = device.start("applet slot A") + applet
        for n in ends:
            self.make(size=device.SIZE)
            os.truncate(self.image, n)
            document = self.verify(30)
            self.assertIn("whole eMMC", document["error"]["remedy"])
            document = self.verify(0 if n >= needed else 10, "--offline",
                                   "--partial")
            self.assertIn("absent", [a["content"] for a in document["areas"]])
        self.make(size=device.MAP_END)
        self.verify(0)

    def test_partial_image_is_said_so(self):
        self.make(size=device.start("applet data"))
        document = self.verify(0, "--offline", "--partial")
        self.assertIn("what it lacks was not judged",
                      "\n".join(document["warnings"]))
        self.assertIn("rest of the medium", [a["area"] for a in
                                             document["areas"]] +
                      ["rest of the medium"])
        self.assertIn("applet data", self.areas(document, "absent"))
        self.put(0, b"\1")
        self.verify(14, "--offline", "--partial")

    def test_no_image(self):
        os.mkfifo(self.dir / "fifo")
        for path in ("absent", ".", "fifo", "/dev/null", "/dev/zero", ""):
            document = self.json("verify", "--image", path, "--policy",
                                 self.policy, "--offline",
                                 code=2 if path == "" else 30)
            self.assertNotIn("releases", document)

    def test_unreadable(self):
        self.make()
        self.image.chmod(0)
        self.dir.chmod(0o755)
        # Root reads everything, so root has to be somebody else here.
        nobody = (lambda: os.setuid(65534)) if os.geteuid() == 0 else None
        document = self.verify(30, preexec_fn=nobody)
        self.assertIn("Permission denied", document["error"]["got"])
        self.assertIs(document["error"]["retry"], False)

    def test_link(self):
        """A symbolic link is followed."""
        self.make()
        (self.dir / "link").symlink_to(self.image)
        self.image = self.dir / "link"
        self.verify(0)

    def test_read_error(self):
        """Each part of the medium has a block that cannot be read."""
        self.assertTrue(BAD_READ.exists())
        self.make()
        offsets = [device.start(n) for n in device.CONFIG.values()]
        offsets += [device.start(n) for n in device.PLACE.values()]
        offsets += [device.start("boot config") + 40959, 100]
        for at in offsets:
            self.put(0, b"\0" * 512)  # not a hole
            env = {"LD_PRELOAD": str(BAD_READ), "AW_BAD_READ": str(at),
                   "ASAN_OPTIONS": "verify_asan_link_order=0"}
            document = self.verify(21, env=env)
            self.assertIs(document["error"]["retry"], True)
            self.assertNotIn("verified", document)

    def test_read_error_of_a_boot_partition(self):
        self.make()
        zero = self.write("zero", bytes(4 * MIB))
        # Where the image has a hole, which is not read.
        env = {"LD_PRELOAD": str(BAD_READ), "AW_BAD_READ": str(3 * MIB),
               "ASAN_OPTIONS": "verify_asan_link_order=0"}
        document = self.verify(21, "--offline", "--boot1", zero, env=env)
        self.assertEqual(document["boot1"], "not checked")

    def test_interrupted(self):
        """Ctrl-C ends a long read. Without holes there is much to read."""
        self.make()
        with open(self.image, "r+b") as out:
            out.seek(device.start("OS slot B"))
            for _ in range(192):
                out.write(bytes(MIB))
        env = self.environment({"LC_ALL": "C"})
        process = subprocess.Popen(
            [awcli.AW, "verify", "--image", self.image, "--policy",
             self.policy, "--offline", "--events", self.dir / "events"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        while not (self.dir / "events").exists():
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertIn(process.returncode, (31, 0), err)
        if process.returncode == 31:
            self.assertEqual(out, b"")


class Slots(ImageTest):
    """Other slots and second copies of records, on a log of our own."""

    def setUp(self):
        super().setUp()
        self.log = log_builder.Log(self)
        self.images = {}
        hab = b"HAB signature " * 7
        boot = b"boot image " * 50
        self.boot = self.log.manifest("BOOTLOADER", "1.0.0", boot, hab)
        self.images[self.boot] = boot + hab
        self.boot_size = len(boot)
        self.os = [self.release("TRUSTED_OS", "1.%d.0" % n,
                                device.elf(b"os %d " % n * 999, n == 1))
                   for n in range(3)]
        self.applet = [self.release("TRUSTED_APPLET", "2.%d.0" % n,
                                    device.elf(b"applet %d " % n * 99))
                       for n in range(2)]
        self.log.write()
        self.policy = self.write("p.policy", log.policy(
            log_url="file://%s/" % self.log.folder))
        with open(self.image, "wb") as out:
            out.truncate(device.SIZE)
        self.put(1024, self.images[self.boot])
        self.put(device.start("boot config"), device.record(
            1024, self.boot_size, self.log.bundle(self.boot)))
        self.install("OS config", "OS slot A", self.os[1])
        self.install("applet config", "applet slot B", self.applet[1])

    def release(self, component, version, image):
        index = self.log.manifest(component, version, image)
        self.images[index] = image
        return index

    def install(self, config, slot, index, log_size=None):
        self.put(device.start(slot), self.images[index])
        self.put(device.start(config), device.record(
            device.start(slot), len(self.images[index]),
            self.log.bundle(index, log_size)))

    def verify(self, code, *args, **kwargs):
        return super().verify(code, *(args or ("--non-interactive",)),
                              **kwargs)

    def test_as_installed(self):
        document = self.verify(0)
        self.assertEqual(self.release_of(document, "OS config")["place"],
                         "OS slot A")
        self.assertEqual(self.release_of(document, "applet config")["place"],
                         "applet slot B")
        warnings = "\n".join(document["warnings"])
        self.assertIn("TRUSTED_OS 1.1.0 is on the device, the log has the "
                      "newer 1.2.0", warnings)

    def release_of(self, document, record):
        return ImageTest.release(self, document, record)

    def test_old_image_is_named(self):
        """By the log's digests, wherever the linker put the tables."""
        for index, version in ((self.os[0], "1.0.0"), (self.os[1], "1.1.0")):
            image = self.images[index]
            self.put(device.start("OS slot B"), bytes(8192))
            self.put(device.start("OS slot B"), image)
            document = self.verify(0, "--strict-residue")
            self.assertEqual(self.areas(document, "named"), ["OS slot B"])
            named = [a for a in document["areas"] if a["content"] == "named"]
            self.assertIn("TRUSTED_OS " + version, named[0]["note"])
            self.assertEqual(named[0]["bytes"], str(len(image)))
        # Bytes behind it are residue still.
        end = device.start("OS slot B") + len(self.images[self.os[1]])
        self.put(end, b"\1")
        self.verify(0)
        self.verify(14, "--strict-residue")

    def test_unknown_image_is_not_named(self):
        image = bytearray(self.images[self.os[0]])
        image[-1] ^= 1
        self.put(device.start("OS slot B"), bytes(image))
        document = self.verify(0)
        self.assertEqual(self.areas(document, "residue"), ["OS slot B"])
        self.verify(14, "--strict-residue")

    def test_without_the_log_nothing_is_named(self):
        self.put(device.start("OS slot B"), self.images[self.os[0]])
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"), ["OS slot B"])

    def test_hostile_elf(self):
        """Numbers in the headers lead nowhere else."""
        for at, value in ((28, b"\xff" * 4), (32, b"\xff" * 4),
                          (42, b"\xff" * 4), (46, b"\xff" * 4),
                          (48, b"\0\0"), (52 + 4, b"\xff" * 4),
                          (52 + 16, b"\xff" * 4)):
            image = bytearray(self.images[self.os[0]])
            image[at:at + len(value)] = value
            self.put(device.start("OS slot B"), bytes(image))
            document = self.verify(0)
            self.assertEqual(self.areas(document, "residue"), ["OS slot B"])

    def test_second_copy(self):
        """The record in front of the update that was replaced."""
        self.install("OS config copy 2", "OS slot B", self.os[0])
        document = self.verify(0, "--offline", "--strict-residue")
        second = self.release_of(document, "OS config copy 2")
        self.assertEqual(second["place"], "OS slot B")
        self.assertEqual(second["version"], "1.0.0")
        self.assertEqual(self.areas(document, "residue"), [])

    def test_second_copy_that_does_not_hold(self):
        """It is residue, with the slot that it points to."""
        self.install("OS config copy 2", "OS slot B", self.os[0])
        self.put(device.start("OS slot B"), b"\xff")
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"),
                         ["OS config copy 2", "OS slot B"])
        self.verify(14, "--offline", "--strict-residue")

    def test_second_copy_points_at_the_running_slot(self):
        """It adds nothing: the slot is judged by what runs."""
        first = self.images[self.os[1]]
        self.put(device.start("OS config copy 2"), device.record(
            device.start("OS slot A"), len(first), self.log.bundle(self.os[1])))
        document = self.verify(0, "--offline", "--strict-residue")
        self.assertEqual(len(document["releases"]), 4)
        # A copy of something else that is not there.
        self.put(device.start("OS config copy 2"), device.record(
            device.start("OS slot A"), len(self.images[self.os[0]]),
            self.log.bundle(self.os[0])))
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"), ["OS config copy 2"])
        self.put(device.start("OS slot A") + len(first), b"\1")
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"),
                         ["OS config copy 2", "OS slot A"])

    def test_only_the_second_copy_holds(self):
        """A device would still start, but the running release is refused."""
        self.install("OS config copy 2", "OS slot B", self.os[0])
        self.put(device.start("OS slot A"), b"\xff")
        document = self.verify(10, "--offline")
        self.assertIs(self.release_of(document, "OS config")["verified"],
                      False)
        self.assertIs(self.release_of(document, "OS config copy 2")
                      ["verified"], True)

    def test_second_copy_of_another_component(self):
        self.put(device.start("OS config copy 2"), device.record(
            device.start("applet slot B"), len(self.images[self.applet[1]]),
            self.log.bundle(self.applet[1])))
        document = self.verify(0, "--offline")
        self.assertEqual(self.areas(document, "residue"), ["OS config copy 2"])

    def test_bootloader_without_hab_section(self):
        """Then there may be nothing behind the image, and no HAB target."""
        image = b"plain boot image"
        index = self.log.manifest("BOOTLOADER", "3.0.0", image)
        self.log.write()
        self.put(1024, bytes(4096))
        self.put(1024, image)
        self.put(device.start("boot config"), bytes(40960))
        self.put(device.start("boot config"),
                 device.record(1024, len(image), self.log.bundle(index)))
        self.verify(10, "--offline")
        policy = self.write("any", log.policy(None))
        document = self.verify(0, "--offline", policy=policy)
        boot = self.release_of(document, "boot config")
        self.assertEqual(boot["hab_signature"], "none stated")
        self.assertIn("any HAB target", "\n".join(document["warnings"]))
        self.put(1024 + len(image), b"\1")
        self.verify(14, "--offline", policy=policy)

    def test_two_releases_of_two_trees(self):
        """Records of different log sizes are the rule after updates."""
        self.install("OS config", "OS slot A", self.os[1], self.os[1] + 1)
        document = self.verify(0)
        self.assertEqual(self.release_of(document, "OS config")["log"]["size"],
                         str(self.os[1] + 1))
        self.assertEqual(self.release_of(document, "OS config")["consistency"],
                         "checked")

    def fork(self):
        """The same releases in another history of the same log."""
        other = log_builder.Log(self, "fork")
        other.leaves = [b"other first leaf\n"] + self.log.leaves[1:]
        return other

    def test_two_histories_on_one_device(self):
        """Found without the log and without saved state; both notes kept."""
        forked = self.fork()
        index = self.applet[1]
        self.put(device.start("applet config"), device.record(
            device.start("applet slot B"), len(self.images[index]),
            forked.bundle(index)))
        document = self.verify(12, "--offline")
        self.assertEqual(document["error"]["code"], "ERR_FORK")
        self.assertTrue(self.release_of(document, "applet config")["verified"])
        kept = self.json("log", "findings")["evidence"]
        self.assertEqual(len(kept), 1)
        self.assertEqual([kept[0]["saved_note"], kept[0]["shown_note"]],
                         [self.log.checkpoint().decode(),
                          forked.checkpoint().decode()])

    def test_device_of_another_history(self):
        forked = self.fork()
        forked.write()
        self.verify(12, "--log-url", forked.folder,
                    policy=self.write("q", log.policy()))

    def test_log_gone_back(self):
        shutil.rmtree(self.log.folder)
        self.log.write(3)
        document = self.verify(12)
        self.assertEqual(document["error"]["code"], "ERR_ROLLBACK")

    def test_unreachable_log(self):
        """The image is judged all the same, but the run has failed."""
        policy = self.write("q", log.policy(log_url="http://127.0.0.1:1/"))
        document = self.verify(20, policy=policy)
        self.assertIs(document["verified"], False)
        self.assertEqual(len(document["releases"]), 3)
        self.put(0, b"\1")
        self.verify(14, policy=policy)
        self.verify(14, "--offline", policy=policy)

    def test_biggest_image(self):
        """64 MiB pass, and the slot behind them is judged."""
        image = device.elf(bytes(64 * MIB - 0x100 - 80))
        self.assertEqual(len(image), 64 * MIB)
        index = self.release("TRUSTED_OS", "1.3.0", image)
        self.log.write()
        self.install("OS config", "OS slot B", index)
        document = self.verify(0)
        self.assertEqual(self.areas(document, "named"), ["OS slot A"])
        self.put(device.start("OS slot B") + 64 * MIB - 1, b"\1")
        self.verify(10)


if __name__ == "__main__":
    awcli.main()
