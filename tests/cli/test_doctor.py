# SPDX-License-Identifier: Apache-2.0
"""aw doctor on systems of the tests."""
import os

import awcli

RULES = (awcli.SOURCE / "udev" / "70-armored-witness.rules").read_text()
GROUP = RULES.replace('TAG+="uaccess"', 'MODE="0660", GROUP="plugdev"')
NAME = "70-armored-witness.rules"


class Doctor(awcli.Test):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        self.file("usr/lib/udev/rules.d/" + NAME, RULES)
        self.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                  "ann:x:1000:1000::/home/ann:/bin/sh\n"
                  "bob:x:1001:46::/home/bob:/bin/sh\n")
        self.file("etc/group", "root:x:0:\nplugdev:x:46:joann,ann\n")
        (self.root / "sys/bus/usb/devices").mkdir(parents=True)
        (self.root / "run/systemd/seats").mkdir(parents=True)

    def file(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def device(self, path, ids, speed="480", kind="00", driver=None):
        vendor, product = ids.split(":")
        folder = self.root / "sys/bus/usb/devices"
        for name, value in (("idVendor", vendor), ("idProduct", product),
                            ("busnum", 1), ("devnum", 7), ("speed", speed),
                            ("bDeviceClass", kind)):
            self.file(str(folder / path / name), "%s\n" % value)
        interface = folder / (path + ":1.0")
        interface.mkdir(parents=True, exist_ok=True)
        if driver is not None:
            (interface / "driver").symlink_to("../drivers/" + driver)
        return interface

    def checks(self, *args, code=0, uid=1000):
        document = self.json("doctor", "--root=root", "--uid=%d" % uid, *args,
                             code=code)
        self.document_ = document
        found = {}
        for check in document["checks"]:
            found.setdefault(check["check"], []).append(check)
        failed = [c for c in document["checks"] if c["verdict"] == "failed"]
        self.assertEqual(document["failures"], len(failed))
        self.assertEqual(code != 0, bool(failed))
        self.assertEqual(len(document.get("findings", [])), len(failed))
        return found

    def one(self, found, check, verdict, text=""):
        self.assertEqual([c["verdict"] for c in found[check]], [verdict],
                         found[check])
        self.assertIn(text, found[check][0]["detail"] +
                      found[check][0].get("remedy", ""))

    def test_good(self):
        found = self.checks()
        self.assertEqual(self.document_["warnings_found"], 0, found)
        self.assertEqual(sorted(found), [
            "board", "seat", "space of cache", "space of state", "state",
            "time", "udev rules"])
        run = self.ok("doctor", "--root=root")
        self.assertIn("\nok       board: none is plugged in\n", run.out)

    def test_rules(self):
        ours = self.root / "usr/lib/udev/rules.d" / NAME
        mask = self.file("etc/udev/rules.d/" + NAME, "")
        self.one(self.checks(code=30), "udev rules", "failed", "stands before")
        mask.unlink()
        ours.rename(ours.parent / "80-late.rules")
        self.one(self.checks(code=30), "seat", "failed", "rename the file")
        (ours.parent / "80-late.rules").unlink()
        self.one(self.checks(code=30), "udev rules", "failed",
                 "udevadm control --reload")
        # Root may open every device.
        self.one(self.checks(uid=0), "udev rules", "warning")
        # Other rules do as well.
        self.file("etc/udev/rules.d/50-upstream.rules", GROUP)
        self.one(self.checks(), "group", "ok")
        self.file("etc/udev/rules.d/50-upstream.rules",
                  GROUP.replace("2702", "2703"))
        self.one(self.checks(code=30), "udev rules", "failed")

    def test_group(self):
        self.file("usr/lib/udev/rules.d/" + NAME, GROUP)
        self.one(self.checks(uid=1000), "group", "ok")  # in its list
        self.one(self.checks(uid=1001), "group", "ok")  # by its number
        self.assertNotIn("group", self.checks(uid=0))
        self.file("etc/group", "plugdev:x:47:joann\n")
        self.one(self.checks(uid=1000, code=30), "group", "failed",
                 "adduser ann plugdev")
        self.one(self.checks(uid=4711, code=30), "group", "failed")
        self.file("etc/group", "plugdev\n:::\n")
        self.one(self.checks(uid=1000, code=30), "group", "failed")

    def test_seat(self):
        (self.root / "run/systemd/seats").rmdir()
        self.one(self.checks(), "seat", "warning", "GROUP=")
        self.file("usr/lib/udev/rules.d/" + NAME,
                  RULES.replace('TAG+="uaccess"', 'ENV{X}="1"'))
        self.one(self.checks(), "seat", "warning", "neither")

    def test_no_usb(self):
        (self.root / "sys/bus/usb/devices").rmdir()
        self.one(self.checks(), "USB", "warning", "only twins")

    def test_board(self):
        self.device("1-2", "15a2:0080", driver="usbhid")
        self.device("1-3", "046d:c077", speed="1.5")
        # Not even root's rights are enough where there is no node.
        self.one(self.checks(code=30), "board", "failed", "15a2:0080")
        node = self.file("dev/bus/usb/001/007", "")
        if os.geteuid() != 0:
            node.chmod(0o400)
            self.one(self.checks(code=30), "board", "failed")
            node.chmod(0o600)
        found = self.checks()
        self.one(found, "board", "ok")
        self.one(found, "driver", "ok", "usbhid")
        self.assertNotIn("speed", found)

    def test_drivers(self):
        self.file("dev/bus/usb/001/007", "")
        interface = self.device("1-2", "1209:2702", driver="usb-storage")
        self.file(str(interface / "host1/target1:0:0/1:0:0:0/block/sdb/dev"),
                  "8:16\n")
        self.one(self.checks(), "driver", "ok")
        self.file("proc/self/mounts", "/dev/sdb1 /media/ann/x vfat rw 0 0\n")
        self.one(self.checks(code=30), "driver", "failed", "/media/ann/x")
        (interface / "driver").unlink()
        (interface / "driver").symlink_to("../drivers/usbfs")
        self.file("proc/self/mounts", "")
        self.one(self.checks(), "driver", "warning", "another program")

    def test_speed(self):
        self.file("dev/bus/usb/001/007", "")
        self.device("1-2", "0409:005a", speed="12", kind="09")
        self.device("1-2.1", "15a2:007d", speed="12")
        self.device("1-3", "0409:005a", speed="480", kind="09")
        self.device("usb1", "1d6b:0001", speed="12", kind="09")
        found = self.checks()
        self.one(found, "speed", "warning", "behind the hub at port 1-2")
        self.one(found, "hub", "warning")
        self.assertEqual(found["hub"][0]["subject"], "port=1-2")
        self.device("1-2", "0409:005a", speed="480", kind="09")
        self.one(self.checks(), "speed", "warning", "another cable")

    def test_time(self):
        self.one(self.checks("--now=1767225599", code=30), "time", "failed")
        self.one(self.checks("--now=1767225600"), "time", "ok")
        self.one(self.checks("--now=4102444800", code=30), "time", "failed")

    def test_keys(self):
        self.ok("note", "key", "generate", "station", "--output=k")
        secret = self.dir / "k.sec"
        self.one(self.checks("--key=%s" % secret), "key", "ok")
        secret.chmod(0o644)
        self.one(self.checks("--key=%s" % secret, code=30), "key", "failed")
        self.checks("--key=missing", code=30)

    def test_state(self):
        state = self.dir / "state"
        state.mkdir(mode=0o700)
        self.one(self.checks(), "state", "ok", "no log")
        self.assertEqual(list(state.iterdir()), [])

    def test_usage(self):
        for args in (["--uid=1"], ["--root=root", "--uid=x"],
                     ["--root=root", "--uid=-1"], ["--root=root", "--uid="]):
            self.fails(2, "doctor", *args)

    def test_this_machine(self):
        """Whatever it finds, it ends in order."""
        run = self.aw("doctor", "--json")
        self.assertIn(run.code, (0, 24, 30))
        self.document(run)


if __name__ == "__main__":
    awcli.main()
