# SPDX-License-Identifier: Apache-2.0
"""Foreign clients and a real USB stack: Debian's stock kernel in a virtual
machine boots images on twins by imx_usb and uuu.

    run.py FOLDER [RECORD]

RECORD is a file for the commands that the kernel sent to the disk:
tests/vectors/usb/. FOLDER is the build's; tests/vm/prepare has filled its folder vm. Most twins run
on this machine, reached over USB/IP through QEMU's user network; one runs in
the virtual machine, plugged into its kernel. station.py: a station that provisions
boards. Whether an image started is asked
of the twin: the clients end well after a jump that failed. The last line is "N
passed, N failed, N skipped". Always emulated (TCG): a kernel that is not ours
does not run under every host's KVM."""
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1] if sys.argv[1:] else "build").resolve()
AW = BUILD / "release" / "cmd" / "aw"
os.environ.update(AW_SOURCE=str(SOURCE), AW_BUILD=str(BUILD / "release"),
                  AW_PROGRAM=str(AW))
sys.path.insert(0, str(SOURCE / "tests" / "cli"))
# pylint: disable=wrong-import-position
import archive  # noqa: E402
import station  # noqa: E402
import twins  # noqa: E402
import usbmon  # noqa: E402

MODULES = ("vhci-hcd", "usbhid", "hid-generic", "e1000", "sd_mod",
           "usb-storage")
OPTIONS = {"usb-storage.ko": " delay_use=0"}
MONITOR = "usbmon"
LIMIT_S = 600  # of the virtual machine
# A kernel whose processor hangs, which emulation brings about now and then,
# says where and ends.
LOCKUP = "softlockup_panic=1 watchdog_thresh=30"
LOCKED_UP = "soft lockup"
TRIES = 2
LINE = "hello from an image\r\n"
XZ = b"\xfd7zXZ\0"
UUU = "uuu SDP: boot -f %s"
IMX_USB = "imx_usb -c /imx %s"
# Name, closed part, client, image, HAB's word (None: it starts).
CASES = (
    ("imx_usb-open", False, IMX_USB, "hello.imx", None),
    ("uuu-open", False, UUU, "hello.imx", None),
    ("imx_usb-closed-unsigned", True, IMX_USB, "hello.imx", "3311cf00"),
    ("uuu-closed-unsigned", True, UUU, "hello.imx", "3311cf00"),
    ("imx_usb-closed-signed", True, IMX_USB, "sdp.imx", None),
    ("imx_usb-closed-medium", True, IMX_USB, "medium.imx", "3318c000"),
    ("uuu-closed-cleardcd", True, UUU + " -cleardcd", "sdp.imx", None),
)
DISK_CASE = "imx_usb-recovery"
DISK_BLOCK = 0x1d21000  # of the eMMC; no area of ours
DISK_BYTES = 1 << 20
KERNEL_CASE = "kernel"


def log(text):
    print(text, flush=True)


class LockedUp(Exception):
    """The kernel of the machine hung; its trace. Nothing can be said of the
    boards."""


class Run:
    def __init__(self, build, work, record):
        self.record = record
        self.vm = build / "vm"
        self.work = work
        self.image = build / "firmware" / "firmware" / "tests" / "hello.elf"
        self.recovery = build / "firmware" / "firmware" / "recovery.imx"
        self.images = build / "firmware" / "firmware"
        self.aw = AW
        self.began = time.monotonic()
        self.servers = []
        self.twins = []

    def call(self, *args, check=True, **kwargs):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.work),
               "AW_STATE_DIR": str(self.work / "state")}
        return subprocess.run([str(self.aw), *map(str, args), "--quiet"], cwd=self.work,
                              env=env, check=check, text=True,
                              stdout=subprocess.PIPE, **kwargs).stdout

    def mark(self, what):
        log("%6.1f s  %s" % (time.monotonic() - self.began, what))

    def make_images(self):
        (self.work / "pattern").write_bytes(os.urandom(DISK_BYTES))
        self.call("hab", "image", self.image, "--board=usbarmory-512",
                  "-o", "hello.imx")
        self.call("hab", "pki", "--output=keys")
        for name, args in (("sdp", ["--sdp"]), ("medium", [])):
            self.call("hab", "sign", "hello.imx", "--joined=%s.imx" % name,
                      "--output=" + name, "--srk-table=keys/srk.table.bin",
                      "--csf-cert=keys/csf1.crt.pem",
                      "--csf-key=keys/csf1.key.pem",
                      "--img-cert=keys/img1.crt.pem",
                      "--img-key=keys/img1.key.pem", *args)
        station.make(self)

    def start_twin(self, name, closed):
        """@return TCP port at which it is served"""
        self.call("twin", "create", name, "--soc=ull")
        self.call("twin", "switch", name, "usb")
        if closed:
            srk = (self.work / "keys" / "srk.hash.bin").read_bytes().hex()
            twins.blow(self.work / name, twins.closed(srk))
        self.twins.append(name)
        self.call("twin", "start", name, "--detach")
        port = self.work / (name + ".port")
        # pylint: disable=consider-using-with
        self.servers.append(subprocess.Popen(
            [str(self.aw), "twin", "attach", name, "--port=0",
             "--port-file=%s" % port], cwd=self.work,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        while not port.exists():
            if self.servers[-1].poll() is not None:
                raise RuntimeError("aw twin attach ended")
            time.sleep(0.01)
        return int(port.read_text())

    def kernel(self):
        """The kernel without its loader: starts seconds sooner."""
        plain = self.vm / "vmlinux"
        if not plain.exists():
            packed = (self.vm / "vmlinuz").read_bytes()
            whole = lzma.LZMADecompressor().decompress(
                packed[packed.index(XZ):])
            (self.vm / "vmlinux.new").write_bytes(whole)
            (self.vm / "vmlinux.new").rename(plain)
        return plain

    def modules(self, initrd):
        version = (self.vm / "version-3").read_text().strip()
        out = subprocess.run(
            ["modprobe", "-d", str(self.vm), "-S", version, "--show-depends",
             "-a", *MODULES, *([MONITOR] if self.record else [])], check=True, capture_output=True, text=True)
        names = []
        for line in out.stdout.splitlines():
            path = pathlib.Path(line.split()[1])
            if path.name not in names:
                names.append(path.name)
                initrd.file("modules/" + path.name, path.read_bytes())
        initrd.file("modules/list", "".join(
            n + OPTIONS.get(n, "") + "\n" for n in names).encode())

    def initrd(self, steps):
        initrd = archive.Archive()
        initrd.file("init", (SOURCE / "tests" / "vm" / "guest").read_bytes(),
                    0o755)
        initrd.program("/bin/busybox")
        for name in ("imx_usb", "uuu", "usbip"):
            initrd.program(shutil.which(name))
        initrd.program(self.aw)
        self.modules(initrd)
        conf = pathlib.Path("/usr/share/imx-usb-loader/imx-loader.d")
        for path in conf.iterdir():
            initrd.file("imx/" + path.name, path.read_bytes())
        for name in ("hello.imx", "sdp.imx", "medium.imx", "pattern"):
            initrd.file("images/" + name, (self.work / name).read_bytes())
        initrd.file("images/recovery.imx", self.recovery.read_bytes())
        initrd.file("device", (SOURCE / "tests" / "vm" / "device").read_bytes())
        station.pack(self, initrd)
        initrd.file("steps", steps.encode())
        path = self.work / "initrd"
        path.write_bytes(initrd.pack())
        return path

    def steps(self):
        text = "cd /images\n"
        for name, closed, client, image, _ in CASES:
            port = self.start_twin(name, closed)
            text += "step %s %d %s\n" % (name, port, client % image)
        # An image of ours that is a disk: another device in the same plug.
        port = self.start_twin(DISK_CASE, False)
        text += "record\n" if self.record else ""
        text += "disk %s %d %d %s\n" % (DISK_CASE, port, DISK_BLOCK,
                                        IMX_USB % "recovery.imx")
        if self.record:
            text += "sed 's/^/%s /' /tmp/usbmon >&3\n" % MONITOR
        # A twin in the machine itself, plugged into its kernel.
        text += ("cd /tmp\n"
                 "aw twin create t --soc=ull\naw twin switch t usb\n"
                 "aw twin start t --detach\n"
                 "aw twin attach t --kernel &\n"
                 "await && sh /device >&3\n"
                 "client %s %s\n"
                 "cat t/console.log >&3\n"
                 "aw twin power t cycle\nawait && echo 'again 0 -' >&3\n"
                 "%s\nawait_disk && echo 'disk 0 -' >&3\n"
                 "kill $!\nwait $! && await_no_disk && "
                 "echo 'detached 0 -' >&3\n"
                 % (KERNEL_CASE, IMX_USB % "/images/hello.imx",
                    IMX_USB % "/images/recovery.imx"))
        return text + station.steps(self)

    def machine(self, initrd):
        results = self.work / "results"
        with open(self.work / "machine.log", "wb") as out:
            done = subprocess.run(
                ["timeout", str(LIMIT_S), "qemu-system-x86_64", "-accel",
                 "tcg,thread=multi", "-smp", "2", "-m", "512", "-nodefaults",
                 "-no-reboot", "-display", "none", "-serial", "stdio",
                 "-serial", "file:%s" % results, "-nic", "user,model=e1000",
                 "-kernel", str(self.kernel()), "-initrd", str(initrd),
                 "-append", "console=ttyS0 quiet panic=-1 loglevel=3 "
                 + LOCKUP],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False)
        if done.returncode != 0:
            log("the virtual machine ended with %d" % done.returncode)
        said = (self.work / "machine.log").read_text(errors="replace")
        if LOCKED_UP in said:
            raise LockedUp(said[said.index(LOCKED_UP):])
        return results.read_text().splitlines() if results.exists() else []

    def judge(self, case, lines):
        """@return why it failed; None: it did not"""
        name, _, _, _, word = case
        found = [line.split() for line in lines
                 if line.startswith(name + " ")]
        if len(found) != 1:
            return "no result"
        code, left = found[0][1:3]
        console = self.work / name / "console.log"
        text = console.read_bytes().decode() if console.exists() else ""
        if code != "0":
            return "exit code " + code
        if word is None:
            return (None if (left, text) == ("left", LINE)
                    else "board %s, console %r" % (left, text))
        if (left, text) != ("stayed", ""):
            return "board %s, console %r" % (left, text)
        status = json.loads(self.call("sdp", "status", "--json",
                                      "--device=twin=" + name))
        got = status.get("event", {}).get("bytes")
        return None if got == word else "HAB says %s, not %s" % (got, word)

    def judge_disk(self, lines):
        """What the machine wrote to the disk and read back is in the eMMC."""
        found = [line.split() for line in lines
                 if line.startswith(DISK_CASE + " ")]
        if len(found) != 1 or found[0][1:3] != ["0", "left"]:
            return "result %s" % found
        with open(self.work / DISK_CASE / "emmc.img", "rb") as emmc:
            emmc.seek(DISK_BLOCK * 512)
            got = emmc.read(DISK_BYTES)
        return (None if got == (self.work / "pattern").read_bytes()
                else "the eMMC holds something else")

    def judge_kernel(self, lines):
        want = ["again 0 -", "disk 0 -", "detached 0 -", "device list 0",
                "device status 0", "device by port 0", "device driver 0",
                "device wrong port 32", LINE.strip()]
        missing = [line for line in want if line not in lines]
        found = [line.split() for line in lines
                 if line.startswith(KERNEL_CASE + " ")]
        if len(found) != 1 or found[0][1:3] != ["0", "left"]:
            return "result %s" % found
        return "missing: %s" % missing if missing else None

    def run(self):
        self.make_images()
        self.mark("images")
        initrd = self.initrd(self.steps())
        self.mark("twins and initrd of %d MiB" % (
            initrd.stat().st_size >> 20))
        lines = self.machine(initrd)
        self.mark("virtual machine")
        if self.record:
            commands = usbmon.commands(
                line.split(" ", 1)[1] for line in lines
                if line.startswith(MONITOR + " "))
            pathlib.Path(self.record).write_text(commands)
        for line in lines:
            words = line.split()
            if len(words) == 4 and words[2] in ("-", "left", "stayed"):
                log("          machine: %6.2f s  %s" % (
                    int(words[3]) / 1000, words[0]))
        results = [(case[0], self.judge(case, lines)) for case in CASES]
        results.append((DISK_CASE, self.judge_disk(lines)))
        results.append((KERNEL_CASE, self.judge_kernel(lines)))
        station.report(lines, log)
        results.append((station.NAME, station.judge(self, lines)))
        results.append((station.SPEED, station.judge_speeds(self, lines)))
        for name, why in results:
            log("%s  %s%s" % ("FAIL" if why else "ok  ", name,
                              ": " + why if why else ""))
        failed = sum(why is not None for _, why in results)
        if failed:
            sys.stdout.write((self.work / "machine.log").read_text(
                errors="replace"))
        return len(results) - failed, failed

    def end(self):
        for name in self.twins:
            self.call("twin", "stop", name, check=False,
                      stderr=subprocess.DEVNULL)
        for server in self.servers:
            server.terminate()
            server.wait()


def attempt(build, record):
    work = tempfile.mkdtemp(prefix="aw-vm-")
    run = Run(pathlib.Path(build).resolve(), pathlib.Path(work), record)
    try:
        result = run.run()
    finally:
        run.end()
        shutil.rmtree(work, True)
    run.mark("all")
    return result


def main(build, record=None):
    for left in reversed(range(TRIES)):
        try:
            passed, failed = attempt(build, record)
            break
        except LockedUp as trace:
            log("the kernel of the machine locked up: %s" % trace)
            log("once more" if left else "FAIL")
            passed, failed = 0, 1
    log("%d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
