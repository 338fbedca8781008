# SPDX-License-Identifier: Apache-2.0
"""The eMMC through a disk of the kernel: the recovery runs on a twin, the disk
is a file that looks like one (tests/support/fake_sys.c) or, where root may have
one, a loop device; /sys says whose it is."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position
import host  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position

PRELOAD = (host.PROGRAM.parent.parent / "tests" / "support" /
           "sys_preload.so")
SIZE = 30576640 * boards.BLOCK
FAKE = "259:7"


class Disks(boards.Boards):
    def setUp(self):
        super().setUp()
        self.create()
        self.start()
        self.serial = self.json("twin", "status", "twin")["serial"].upper()
        self.disk = self.dir / "disk"
        self.blank(self.disk)

    @staticmethod
    def blank(path, size=SIZE):
        with open(path, "wb") as file:
            file.truncate(size)

    def sys(self, number=FAKE, port="1-1", serial=None, lun=0,
              ids=("1209", "2702"), part=False):
        """What /sys says of a disk."""
        sys_ = self.dir / "root" / "sys"
        subprocess.run(["rm", "-rf", sys_], check=True)
        device = sys_ / "devices" / "pci0000:00" / "usb1" / port
        disk = device / (port + ":1.0") / "host2" / "target2:0:0" / (
            "2:0:0:%d" % lun) / "block" / "sdz"
        if part:
            disk = disk / "sdz1"
        disk.mkdir(parents=True)
        if part:
            (disk / "partition").write_text("1\n")
        for name, text in (("idVendor", ids[0]), ("idProduct", ids[1]),
                           ("serial", serial or self.serial)):
            (device / name).write_text(text + "\n")
        link = sys_ / "dev" / "block" / number
        link.parent.mkdir(parents=True)
        link.symlink_to(os.path.relpath(disk, link.parent))

    def env(self, disk=None):
        return {"LD_PRELOAD": str(PRELOAD),
                "ASAN_OPTIONS": "verify_asan_link_order=0",
                "AW_FAKE_ROOT": str(self.dir / "root"),
                "AW_FAKE_DISK": str(disk or self.disk)}

    def put(self, *args, code=0, **kwargs):
        return self.provision("--wait=2s", *args, code=code,
                              env=self.env(**kwargs))

    def again(self):
        self.reboot()

    def holds(self, path):
        """What aw verify says of the bytes."""
        return self.json("verify", "--image=%s" % path, *self.trust(),
                         "--strict-residue")

    def blocks(self):
        return self.json("twin", "status", "twin")["block_writes"]


class Fake(Disks):
    def test_flash(self):
        self.sys()
        document = self.put("--blockdev=%s" % self.disk)
        self.assertEqual(document["reached"], "flashed")
        self.assertGreater(int(document["bytes_written"]), 0)
        self.holds(self.disk)
        self.assertEqual(self.blocks(), "0")
        # By upstream's way of naming; nothing is written a second time.
        self.again()
        document = self.put("--blockdevs=%s/dis?" % self.dir)
        self.assertEqual(document["bytes_written"], "0")
        self.again()
        document = self.verify("--blockdev=%s" % self.disk, env=self.env())
        self.assertTrue(document["verified"])
        self.assertFalse(document["recovery"]["ours"])
        with open(self.disk, "r+b") as file:
            file.seek(boards.OS_SLOT_A + 99)
            file.write(b"?")
        self.again()
        self.verify("--blockdev=%s" % self.disk, code=10, env=self.env())

    def test_others(self):
        """Another board's disk, a partition, what is no recovery, too small;
        nothing is written to them."""
        for case, code in (({"port": "1-2"}, 32),
                           ({"serial": "0123456789ABCDEF"}, 32),
                           ({"part": True}, 32),
                           ({"ids": ("0781", "5567")}, 32)):
            with self.subTest(case):
                self.again()
                self.sys(**case)
                self.put("--blockdev=%s" % self.disk, code=code)
                self.again()
                self.put("--blockdevs=%s*" % self.disk, code=code)
        self.again()
        self.sys()
        self.blank(self.disk, SIZE // 16)
        error = self.put("--blockdev=%s" % self.disk, code=32)["error"]
        self.assertIn("too small", error["got"])
        with open(self.disk, "rb") as file:
            self.assertEqual(file.read(1 << 20), bytes(1 << 20))

    def test_no_disk(self):
        """A file, a folder, nothing: refused, and nothing is made."""
        self.sys()
        file = self.dir / "file"
        file.write_bytes(b"precious" * 64)
        error = self.put("--blockdev=%s" % file, code=30)["error"]
        self.assertIn("not a block device", str(error))
        self.assertEqual(file.read_bytes(), b"precious" * 64)
        self.again()
        self.put("--blockdev=%s" % self.dir, code=30)
        self.again()
        self.put("--blockdev=missing", code=32)
        self.assertFalse((self.dir / "missing").exists())

    def test_other_name(self):
        """The wrong name is no disk that is late: what there is, is named.
        A stick, or a partition, is no candidate."""
        for name in ("--blockdevs=missing*", "--blockdev=missing"):
            with self.subTest(name):
                self.sys()
                self.again()
                error = self.put(name, code=32)["error"]
                self.assertIn("/dev/sdz: port 1-1, unique id " + self.serial,
                              error["got"])
                self.sys(ids=("0781", "5567"))
                self.again()
                error = self.put(name, code=22)["error"]
                self.assertEqual(error["got"], "none came")
        self.sys(part=True)
        self.again()
        self.put("--blockdevs=missing*", code=22)

    def test_several(self):
        """Two names of one disk of our board: one is asked for by name."""
        self.sys()
        os.link(self.disk, self.dir / "disk2")
        error = self.put("--blockdevs=%s/disk*" % self.dir, code=32)["error"]
        self.assertIn("disk2", error["got"])

    def test_usage(self):
        self.provision("--fuse", "--blockdev=x", code=2)


class Loop(Disks):
    def test_loop(self):
        """The kernel's own disk."""
        run = subprocess.run(["losetup", "--find", "--show", self.disk],
                             capture_output=True, check=False)
        if run.returncode != 0:
            self.skipTest("no loop device: " + run.stderr.decode().strip())
        path = run.stdout.decode().strip()
        self.addCleanup(subprocess.run, ["losetup", "-d", path], check=False)
        number = os.stat(path).st_rdev
        self.sys("%d:%d" % (os.major(number), os.minor(number)))
        document = self.put("--blockdev=" + path, disk="none")
        self.assertEqual(document["reached"], "flashed")
        # Somebody else has it: it is not written to.
        self.again()
        fd = os.open(path, os.O_RDONLY | os.O_EXCL)
        try:
            self.put("--blockdev=" + path, code=30, disk="none")
        finally:
            os.close(fd)
        self.holds(self.disk)


if __name__ == "__main__":
    awcli.main()
