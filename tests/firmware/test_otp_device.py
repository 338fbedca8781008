# SPDX-License-Identifier: Apache-2.0
"""aw otp on boards that run our trusted OS: from an open part to a closed one
by one plan, through a power cycle and every cut; and what is refused."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import trusted  # noqa: E402  pylint: disable=wrong-import-position
import awcli  # noqa: E402  pylint: disable=wrong-import-position


class Board(trusted.Trusted):
    """A board in service, open."""

    def begin(self, soc="ull", name="twin"):
        self.create(name, soc)
        self.start(name)
        if soc == "ulz":
            self.ok("twin", "plug", name, "--plug=2")
        self.run_flow(name=name)
        self.before = self.fuses(name)
        # The gamma board's control interface is its second plug.
        self.device = "--device=twin=" + name + (":2" if soc == "ulz" else "")

    def otp(self, command, *args, code=0, **kwargs):
        return self.json("otp", command, *args, self.device, code=code,
                         **kwargs)


class Try(Board):
    def test_it(self):
        self.begin()
        print(self.ok("otp", "read", self.device).out)
        r = self.ok("otp", "plan", "--target=hab-closed", "--srk-hash=" + self.srk, "-o", "plan", self.device)
        print(r.out)
        h = [l for l in (self.dir / "plan").read_text().splitlines() if l.startswith("hash")][0].split()[1]
        r = self.aw("otp", "apply", "plan", self.device, "--dry-run"); print(r)
        r = self.aw("otp", "apply", "plan", self.device); print(r)
        r = self.aw("otp", "apply", "plan", self.device, "--yes=" + h, "--events=ev"); print(r)
        print((self.dir / "ev").read_text())
        r = self.aw("otp", "apply", "plan", self.device, "--yes=" + h, "--skip-recovery-proof"); print(r)
        self.ok("twin", "power", "twin", "off")
        self.ok("twin", "power", "twin", "on")
        r = self.aw("otp", "apply", "plan", self.device, "--yes=" + h); print(r)
        r = self.aw("otp", "apply", "plan", self.device, "--yes=" + h, "--skip-recovery-proof"); print(r)
        r = self.aw("otp", "apply", "plan", self.device, "--yes=" + h, "--json"); print(r)
        self.ok("twin", "power", "twin", "off")
        self.ok("twin", "power", "twin", "on")
        r = self.aw("otp", "apply", "plan", self.device); print(r)
        r = self.aw("otp", "read", self.device, "SRK_HASH", "SEC_CONFIG", "GP2"); print(r)
        r = self.aw("otp", "plan", self.device, "--set=GP2=00000001"); print(r)
        self.assert_closed(self.before)


if __name__ == "__main__":
    awcli.main()
