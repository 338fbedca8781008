# SPDX-License-Identifier: Apache-2.0
"""A station in the virtual machine: aw provisions, verifies and asks a board
by way of the kernel's drivers and udev; and how fast it sends beside uuu."""
import hashlib
import json
import os
import pathlib
import shutil
import statistics

import fwkeys

NAME = "station"
SPEED = "speed"
TICKS_PER_S = 528_000_000
LARGE = 400_000  # bytes; emulated, a kilobyte takes some milliseconds
RUNS = 5
SOURCE = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
LOST, LOST_BLOCKS = 0x4fb0, 80  # the record of the bootloader: aw/emmc.h
FAILS = {"blockdev-none": 32, "no-rights": 30}  # all else: 0
RULES = "70-armored-witness.rules"
# Accounts that Debian's rules name.
GROUPS = ("root", "tty", "dialout", "kmem", "input", "video", "lp", "audio",
          "disk", "cdrom", "tape", "render", "sgx", "kvm", "plugdev")
# Component, image of the build, what signs it, options of aw hab sign.
RELEASES = (
    ("BOOTLOADER", "boot.imx", ("boot",), []),
    ("RECOVERY", "recovery.imx", ("recovery",), ["--sdp"]),
    ("TRUSTED_OS", "os.elf", ("os1", "os2"), None),
    ("TRUSTED_APPLET", "applet_minimal.elf", ("applet",), None),
)


def sign(run, name, args):
    run.call("hab", "sign", name, "--output=%s.csf" % name,
             "--srk-table=keys/srk.table.bin",
             "--csf-cert=keys/csf1.crt.pem", "--csf-key=keys/csf1.key.pem",
             "--img-cert=keys/img1.crt.pem", "--img-key=keys/img1.key.pem",
             *args)


def make(run):
    """The log of a release, in the folder station. The images are the
    build's; they trust the keys of the tests."""
    folder = run.work / NAME
    folder.mkdir()
    policy = fwkeys.make(run.work / "signers")
    srk = (run.work / "keys" / "srk.hash.bin").read_bytes().hex()
    (folder / "ci.policy").write_text(policy + "srk-hash %s\n" % srk)
    run.call("log", "init", "station/log", "--key=signers/log.sec",
             "--origin=" + fwkeys.ORIGIN)
    for component, image, roles, args in RELEASES:
        (run.work / image).write_bytes((run.images / image).read_bytes())
        hab = []
        if args is not None:
            sign(run, image, args)
            hab = ["--hab-sig=%s.csf" % image]
        run.call("release", "publish", "--component=" + component,
                 "--image=" + image, "--git-tag=1.0.0",
                 "--git-commit-fingerprint=" + "0123456789" * 4,
                 "--tamago-version=1.22.0", "--log=station/log",
                 "--artefacts=station/artefacts",
                 "--policy=./station/ci.policy", *hab,
                 *("--key=signers/%s.sec" % r for r in roles + ("log",)))
    # What starts is at its head; the rest is there to be sent.
    hello = run.image.with_suffix(".bin").read_bytes()
    (run.work / "large.bin").write_bytes(
        hello + os.urandom(LARGE - len(hello)))
    run.call("hab", "image", "large.bin", "--base=0x80010000",
             "--board=usbarmory-512", "-o", "large.imx")


def pack(run, initrd):
    for path in sorted((run.work / NAME).rglob("*")):
        if path.is_file():
            initrd.file(str(path.relative_to(run.work)), path.read_bytes())
    initrd.file("images/large.imx", (run.work / "large.imx").read_bytes())
    initrd.file("station.sh", (HERE / NAME).read_bytes())
    udev = run.vm / "udev"
    initrd.program(udev / "bin" / "udevadm")
    initrd.program(shutil.which("setpriv"))
    initrd.file("lib/systemd/systemd-udevd",
                (udev / "bin" / "udevadm").read_bytes(), 0o755)
    for folder in ("lib/udev", "lib/udev/rules.d"):
        for path in sorted((udev / folder).iterdir()):
            if path.is_file():
                initrd.file("%s/%s" % (folder, path.name), path.read_bytes(),
                            path.stat().st_mode & 0o777)
    initrd.file("lib/udev/rules.d/" + RULES,
                (SOURCE / "udev" / RULES).read_bytes())
    initrd.file("etc/passwd", b"root:x:0:0:root:/tmp:/bin/sh\n"
                b"operator:x:1000:1000::/tmp:/bin/sh\n")
    initrd.file("etc/group", "".join(
        "%s:x:%d:\n" % (name, gid)
        for gid, name in enumerate(GROUPS)).encode())


def steps(run):
    boot = (run.work / "boot.imx").stat().st_size
    return "BOOT_BLOCKS=%d LOST=%d LOST_BLOCKS=%d\n. /station.sh\n" % (
        boot // 512, LOST, LOST_BLOCKS)


class Said:
    """What the machine said of the station."""

    def __init__(self, lines):
        words = [line.split(" ", 2) for line in lines]
        self.codes, self.took, self.documents = {}, {}, {}
        for line in lines:
            kind, _, rest = line.partition(" ")
            if kind == NAME:
                what, code, took = rest.split()
                self.codes[what] = int(code)
                self.took[what] = int(took)
            elif kind == "document":
                what, _, text = rest.partition(" ")
                try:
                    self.documents[what] = json.loads(text)
                except ValueError:
                    self.documents[what] = {}
        self.links = [w[1] for w in words if w[0] == "link"]
        self.udev = [line[5:] for line in lines if line.startswith("udev ")]
        self.read = [w[1] for w in words if w[0] == "read"]
        self.kernel = [line[5:] for line in lines if line.startswith("klog ")]

    def device(self, what):
        """The one device of a list."""
        devices = self.documents.get(what, {}).get("devices", [])
        return devices[0] if len(devices) == 1 else {}


def checks_of(document):
    return {(c["check"], c.get("subject", "")): c["verdict"]
            for c in document.get("checks", [])}


def wrong_drivers(said):
    for what, mode, driver in (
            ("list", "serial download", "usbhid"),
            ("list-recovery", "recovery", "usb-storage"),
            ("list-os", "control", "usbhid")):
        device = said.device(what)
        got = (device.get("mode"), device.get("driver"), device.get("access"))
        if got != (mode, driver, True):
            yield "%s: %s" % (what, got)


def wrong_disk(run, said):
    serial = said.documents.get("provision", {}).get("serial", "?")
    link = "/dev/disk/by-id/usb-F-Secure_USB_armory_Mk_II_%s-0:0" % serial
    if link not in said.links:
        yield "udev made %s, not %s" % (said.links, link)
    for property_ in ("ID_SERIAL_SHORT=" + serial, "UDISKS_IGNORE=1",
                      "ID_USB_DRIVER=usb-storage"):
        if property_ not in said.udev:
            yield "udev says %s, not %s" % (said.udev, property_)
    if not any("uaccess" in line for line in said.udev):
        yield "no tag uaccess"
    want = hashlib.sha256((run.work / "boot.imx").read_bytes()).hexdigest()
    if said.read != [want]:
        yield "the kernel's disk holds another bootloader"


def wrong_documents(said):
    wrote = said.documents.get("provision", {})
    if int(wrote.get("bytes_written", 0)) == 0 or wrote.get(
            "reached") != "flashed":
        yield "provision: %s" % wrote
    for what in ("verify", "blockdevs-verify"):
        if said.documents.get(what, {}).get("verified") is not True:
            yield "%s: %s" % (what, said.documents.get(what))
    for what, lost in (("blockdevs", LOST_BLOCKS * 512),
                       ("blockdev-again", 0)):
        found = said.documents.get(what, {})
        if found.get("bytes_written") != str(lost):
            yield "%s: %s" % (what, found)
    for what in ("status", "hidraw-status"):
        document = said.documents.get(what, {})
        if document.get("status", {}).get("serial") != wrote.get("serial"):
            yield "%s: %s" % (what, document)
    if "os: ready" not in said.documents.get("console", {}).get("text", ""):
        yield "ctl console: %s" % said.documents.get("console")
    for what in ("doctor-before", "doctor"):
        found = checks_of(said.documents.get(what, {}))
        if "failed" in found.values():
            yield "%s: %s" % (what, said.documents.get(what))
        if found.get(("udev rules", "/lib/udev/rules.d/" + RULES)) != "ok":
            yield "%s: %s" % (what, found)


def judge(run, lines):
    """@return why it failed; None: it did not"""
    said = Said(lines)
    wrong = ["%s: exit %d" % (what, code)
             for what, code in said.codes.items()
             if code != FAILS.get(what, 0)]
    wrong += [*wrong_drivers(said), *wrong_disk(run, said),
              *wrong_documents(said)]
    return "; ".join(wrong) if wrong else None


def speeds(lines):
    """{client: [(exit code, bytes, seconds at the board, seconds)]}"""
    found = {}
    for line in lines:
        words = line.split()
        if words[:1] == [SPEED]:
            code, reports, ticks, took = map(int, words[2:])
            found.setdefault(words[1], []).append(
                (code, reports * 1024, ticks / TICKS_PER_S, took / 1000))
    return found


def judge_speeds(run, lines):
    """Every client has sent all of it, every time. Times fail nothing."""
    found = speeds(lines)
    size = (run.work / "large.imx").stat().st_size
    for client in ("uuu", "aw"):
        runs = found.get(client, [])
        if len(runs) != RUNS or any(
                code != 0 or moved < size for code, moved, _, _ in runs):
            return "%s: %s" % (client, runs)
    return None


def report(lines, log):
    said = Said(lines)
    for what, took in said.took.items():
        if what == "speed-download":
            continue
        log("          station: %6.2f s  %s, exit %d" % (
            took / 1000, what, said.codes[what]))
    for text in said.kernel:
        log("          kernel: " + text)
    found = speeds(lines)
    rate = {}
    for client, runs in found.items():
        if any(seconds <= 0 for _, _, seconds, _ in runs):
            continue
        rates = sorted(moved / seconds for _, moved, seconds, _ in runs)
        rate[client] = statistics.median(rates)
        log("          SDP by %s: %s kB/s at the board, median %.0f; whole "
            "runs %s s" % (client, " ".join("%.0f" % (r / 1000)
                                            for r in rates),
                           rate[client] / 1000,
                           " ".join("%.2f" % r[3] for r in runs)))
    if len(rate) == 2:
        log("          SDP, aw to uuu: %.2f" % (rate["aw"] / rate["uuu"]))
