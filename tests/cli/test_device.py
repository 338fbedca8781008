# SPDX-License-Identifier: Apache-2.0
"""Devices on this machine's USB: a bus and a /sys of the tests."""
import shutil

import awcli

PRELOAD = awcli.BUILD / "tests" / "support" / "usb_preload.so"


class Bus(awcli.Test):
    """aw on a bus with devices."""

    def setUp(self):
        super().setUp()
        self.bus = []

    def plug(self, port, ids, model, serial=None, driver=None, speed="480",
             mine=True):
        """A device in /sys; `mine`: its node may be opened by us."""
        vendor, product = ids.split(":")
        address = 10 + port
        self.bus.append("%x %x %s %s%s" % (port, address, vendor, product,
                                           "" if mine else "!"))
        folder = self.dir / "root/sys/bus/usb/devices"
        device = folder / ("1-%d" % port)
        interface = folder / ("1-%d:1.0" % port)
        interface.mkdir(parents=True)
        device.mkdir()
        files = {"busnum": 1, "devnum": address, "idVendor": vendor,
                 "idProduct": product, "speed": speed, "product": model,
                 "manufacturer": "WithSecure Foundry", "bDeviceClass": "00"}
        if serial is not None:
            files["serial"] = serial
        for name, value in files.items():
            (device / name).write_text("%s\n" % value)
        if driver is not None:
            (interface / "driver").symlink_to("../drivers/" + driver)
        if mine:
            node = self.dir / ("root/dev/bus/usb/001/%03d" % address)
            node.parent.mkdir(parents=True, exist_ok=True)
            node.write_text("")
        return interface

    def unplug_all(self):
        shutil.rmtree(self.dir / "root/sys/bus/usb/devices")
        self.bus = []

    def env(self):
        return {"LD_PRELOAD": str(PRELOAD), "AW_FAKE_USB": ";".join(self.bus),
                "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def run_json(self, *args, code=0):
        return self.json(*args, code=code, env=self.env())

    def devices(self, *args, code=0):
        document = self.run_json("device", "list", "--root=root", *args,
                                 code=code)
        return document["devices"] if code == 0 else document


class List(Bus):
    def test_none(self):
        self.assertEqual(self.devices(), [])

    def test_modes(self):
        self.plug(1, "15a2:0080", "SE Blank 6ULL ", driver="usbhid")
        self.plug(2, "1209:2702", "Storage Media", "7A", "usb-storage")
        self.plug(3, "1209:2702", "Armory Witness", "720A9DEAD439211E",
                  mine=False)
        self.plug(4, "046d:c077", "USB Optical Mouse")
        found = self.devices()
        self.assertEqual([d["name"] for d in found],
                         ["port=1-1", "port=1-2", "port=1-3"])
        self.assertEqual([d["mode"] for d in found],
                         ["serial download", "recovery", "control"])
        self.assertEqual(found[0], {
            "name": "port=1-1", "path": "1-1", "id": "15a2:0080",
            "mode": "serial download", "speed": "high",
            "maker": "WithSecure Foundry", "model": "SE Blank 6ULL ",
            "driver": "usbhid", "access": True})
        self.assertEqual(found[1]["serial"], "7A")
        self.assertIs(found[2]["access"], False)
        self.assertEqual(len(self.devices("--all")), 4)

    def test_choice(self):
        self.plug(1, "15a2:0080", "SE Blank 6ULL ")
        self.plug(2, "1209:2702", "Armory Witness", "720A9DEAD439211E")
        self.assertEqual(
            [d["path"] for d in self.devices("--device=port=1-1")], ["1-1"])
        self.assertEqual(
            [d["path"] for d in
             self.devices("--device=serial=720a9dead439211e")], ["1-2"])
        self.devices("--device=port=1-3", code=32)
        self.devices("--device=serial=0000000000000000", code=32)

    def test_hostile_strings(self):
        self.plug(1, "1209:2702", "\x1b[31mArmory Witness", "7A\t8")
        run = self.ok("device", "list", "--root=root", env=self.env())
        self.assertNotIn("\x1b", run.out)
        self.assertEqual(self.devices()[0]["mode"], "other")

    def test_warning(self):
        self.plug(3, "1209:2702", "Armory Witness", mine=False)
        document = self.run_json("device", "list", "--root=root")
        self.assertIn("aw doctor", document["warnings"][0])


class Choice(Bus):
    """Which device a command takes."""

    def fail(self, code, *args):
        document = self.run_json("sdp", "status", "--wait=1ms", *args,
                                 code=code)
        return document["error"]

    def test_usage(self):
        for text in ("port=", "port=x", "port=1", "port=1-", "port=1-1.",
                     "port=1.1", "port=1-1-1", "port=1-1.4x", "serial=",
                     "serial=7A", "serial=720A9DEAD439211G",
                     "serial=720A9DEAD439211E0", "usb", "", "twin="):
            with self.subTest(text):
                self.fail(2, "--device=" + text)

    def test_none(self):
        error = self.fail(22)
        self.assertEqual(error["got"], "none came")
        self.assertIn("aw doctor", error["remedy"])

    def test_several(self):
        self.plug(1, "15a2:0080", "SE Blank 6ULL ")
        self.plug(2, "15a2:007d", "SE Blank 6UL ")
        error = self.fail(32)
        self.assertEqual(error["got"],
                         "port=1-1 (15a2:0080), port=1-2 (15a2:007d)")
        self.assertIn("--device=port=", error["remedy"])
        # Neither shows a serial.
        self.fail(32, "--device=serial=720A9DEAD439211E")

    def test_nothing_there(self):
        """A port at which nothing is, is a wrong device."""
        self.plug(1, "15a2:0080", "SE Blank 6ULL ")
        error = self.fail(32, "--device=port=1-9")
        self.assertIn("elsewhere: port=1-1", error["got"])
        # Something is there; it may become what is wanted.
        self.plug(2, "1209:2702", "Armory Witness")
        self.fail(22, "--device=port=1-2")

    def test_rights(self):
        self.plug(1, "15a2:0080", "SE Blank 6ULL ", mine=False)
        error = self.fail(30)
        self.assertEqual(error["subject"], "port=1-1")
        self.assertIn("/dev/bus/usb/001/011", error["got"])
        self.assertIn("70-armored-witness.rules", error["remedy"])


class Late(Bus):
    """None comes."""

    def fail(self, code, *args):
        return self.run_json("sdp", "status", "--wait=1ms", *args,
                             code=code)["error"]

    def env(self):
        return {**super().env(), "AW_FAKE_ROOT": str(self.dir / "root")}

    def test_another_mode(self):
        """It is there, and something else than what is wanted."""
        self.plug(1, "1209:2702", "Storage Media", "7A")
        error = self.fail(22)
        self.assertEqual(error["got"],
                         "port=1-1 (1209:2702 Storage Media, serial 7A): "
                         "recovery")
        self.assertIn("boot switch to USB", error["remedy"])
        for args in (["ctl", "status"], ["device", "attest"]):
            with self.subTest(args):
                error = self.run_json(*args, "--wait=1ms", code=22)["error"]
                self.assertIn(": recovery", error["got"])
                self.assertIn("boot switch to eMMC", error["remedy"])
        self.unplug_all()
        self.plug(1, "1209:2702", "Armory Witness", "7A")
        error = self.fail(22)
        self.assertIn(": control", error["got"])
        error = self.run_json("device", "blocks", "info", "--wait=1ms",
                              code=22)["error"]
        self.assertIn(": control", error["got"])
        self.assertIn("aw sdp boot", error["remedy"])

    def test_wait_is_said(self):
        """Whoever has to wait longer is told what for."""
        run = self.fails(22, "sdp", "status", "--wait=1100ms", env=self.env())
        self.assertIn("Waiting for a board in serial download, up to 1.1 s.",
                      run.err)
        run = self.fails(22, "sdp", "status", "--wait=1100ms", "--quiet",
                         env=self.env())
        self.assertNotIn("Waiting", run.err)


if __name__ == "__main__":
    awcli.main()
