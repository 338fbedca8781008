# SPDX-License-Identifier: Apache-2.0
"""aw ctl on twins that run our trusted OS, which the boot ROM starts from the
eMMC. The whole way to a closed board is in tests/scenario/control_hab.c."""

import host  # makes the next ones importable

import awcli  # noqa: E402  pylint: disable=wrong-import-position

IMAGE = host.IMAGE.with_suffix(".imx").read_bytes()
BOOT = 1024
SRK = "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c"
WORDS = ["0x06b551dd", "0xad21a618", "0xd2c8b964", "0x19740932",
         "0xdf8dc571", "0x70d8bfb2", "0xdbf08969", "0x1c5f42b0"]
DEFAULTS = {"dhcp": True, "ip": "10.0.0.1", "netmask": "255.255.255.0",
            "gateway": "10.0.0.2", "resolver": "8.8.8.8:53",
            "ntp_server": "time.google.com"}


class Control(awcli.Test):
    def start(self, soc="ull", name="twin"):
        self.ok("twin", "create", name, "--soc=" + soc)
        with open(self.dir / name / "emmc.img", "r+b") as image:
            image.seek(BOOT)
            image.write(IMAGE)
        self.addCleanup(self.aw, "twin", "stop", name)
        self.ok("twin", "start", name, "--detach")

    def restart(self):
        self.ok("twin", "stop", "twin")
        self.ok("twin", "start", "twin", "--detach")

    def ctl(self, code, command, *args, name="twin"):
        return self.json("ctl", command, *args, "--device=twin=" + name,
                         code=code)

    def test_status(self):
        parts = {"ul": "IMX6UL", "ull": "IMX6ULL", "ulz": "IMX6ULZ"}
        for soc, part in parts.items():
            with self.subTest(soc):
                self.start(soc, soc)
                # The gamma board's control interface is its second plug.
                name = soc
                if soc == "ulz":
                    self.ok("twin", "plug", soc, "--plug=2")
                    name += ":2"
                document = self.ctl(0, "status", name=name)
                status = document["status"]
                self.assertRegex(status["serial"], "^[0-9A-F]{16}$")
                self.assertEqual(document["device"]["serial"],
                                 status["serial"])
                self.assertEqual(status["srk_hash"], SRK)
                self.assertEqual(status["version"], "0.0.0")
                self.assertIs(status["secure_boot"], False)
                self.assertIs(document["ours"], True)
                self.assertEqual(document["part"], part)
                self.assertIs(document["secure_boot"]["closed"], False)
                self.assertEqual(document["secure_boot"]["plan"], "S0")
                self.assertEqual(document["config"], DEFAULTS)
                self.assertEqual(len(document["fuses"]), 20)
        run = self.ok("ctl", "status", "--device=twin=ul")
        self.assertIn(SRK, run.out)

    def test_wrong_device(self):
        self.start()
        self.fails(32, "ctl", "status", "--device=twin=nowhere")
        self.fails(22, "ctl", "status", "--device=twin=twin:2", "--wait=1s")

    def test_config(self):
        self.start()
        document = self.ctl(0, "config")
        self.assertIs(document["changed"], False)
        self.assertEqual(document["config"], DEFAULTS)
        fixed = dict(DEFAULTS, dhcp=False, ip="192.168.7.9",
                     resolver="ns.example.com:53")
        document = self.ctl(0, "config", "--dhcp=off", "--ip=192.168.7.9",
                            "--resolver=ns.example.com:53")
        self.assertIs(document["changed"], True)
        self.assertEqual(document["config"], fixed)
        # Once more, into the other block; and after a loss of power.
        fixed["ntp_server"] = ""
        self.ctl(0, "config", "--ntp-server=none")
        self.restart()
        self.assertEqual(self.ctl(0, "config")["config"], fixed)
        for bad in ("--ip=1.2.3", "--ip=none", "--gateway=300.1.1.1",
                    "--netmask=x", "--resolver=a b",
                    "--ntp-server=" + "n" * 64):
            document = self.ctl(30, "config", bad)
            self.assertIn("configuring it failed", document["error"]["what"])
            self.assertIn("see why it refused", document["error"]["remedy"])
        self.fails(2, "ctl", "config", "--ip=" + "1" * 128,
                   "--device=twin=twin")
        self.assertEqual(self.ctl(0, "config")["config"], fixed)

    def test_logs(self):
        self.start()
        document = self.ctl(0, "console")
        self.assertIn("os: ready\n", document["text"])
        self.assertEqual(document["bytes"], len(document["text"]))
        run = self.ok("ctl", "console", "--device=twin=twin")
        self.assertIn("os: ready", run.out)
        self.ctl(0, "console", "-o", "log")
        self.assertIn(b"os: ready\n", (self.dir / "log").read_bytes())
        self.ctl(30, "console", "-o", "log")
        self.assertEqual(self.ctl(0, "crash-log")["bytes"], 0)

    def fuses(self):
        document = self.ctl(0, "status")
        return {(f["bank"], f["word"]): f["value"] for f in document["fuses"]}

    def test_hab(self):
        self.start()
        before = self.fuses()
        document = self.ctl(0, "hab", "--srk-hash=" + SRK, "--dry-run")
        self.assertEqual(document["state"], "S0")
        steps = len(document["steps"])
        # No consent, that of another plan, another hash.
        self.ctl(30, "hab", "--srk-hash=" + SRK)
        self.ctl(30, "hab", "--srk-hash=" + SRK, "--yes=" + "0" * 64)
        self.ctl(30, "hab", "--srk-hash=" + SRK[::-1],
                 "--yes=" + document["hash"])
        self.fails(2, "ctl", "hab", "--srk-hash=12", "--device=twin=twin")
        self.fails(2, "ctl", "hab", "--device=twin=twin")
        self.assertEqual(self.fuses(), before)
        document = self.ctl(30, "hab", "--srk-hash=" + SRK,
                            "--yes=" + document["hash"])
        self.assertIn("powered up anew", document["error"]["what"])
        self.assertEqual(document["state"], "S2")
        after = self.fuses()
        self.assertEqual([after[(3, w)] for w in range(8)], WORDS)
        for key in before:
            if key[0] != 3:
                self.assertEqual(after[key], before[key])
        # Without our bootloader there is no HAB log: it goes no further.
        self.restart()
        document = self.ctl(0, "hab", "--srk-hash=" + SRK, "--dry-run")
        self.assertEqual(len(document["steps"]), steps - 8)
        document = self.ctl(30, "hab", "--srk-hash=" + SRK,
                            "--yes=" + document["hash"])
        self.assertEqual(self.fuses(), after)


if __name__ == "__main__":
    awcli.main()
