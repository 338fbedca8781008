# SPDX-License-Identifier: Apache-2.0
"""aw bench rebuild over histories of all components: 128 releases of
stand-ins; as many of the real firmware where AW_BENCH_FIRMWARE=32 asks for 32
of each, by default a few."""
import os
import resource

import awcli
from firmware_history import FirmwareTest
from rebuilds import HistoryTest

awcli.TIMEOUT_S = 3600  # of a run, on a slow machine


class Measured:
    """What both histories are asked."""

    def measure(self, what, leaves):
        self.ok("note", "key", "generate", "alice.example/rebuilder",
                "--output=alice")
        self.ok("verify-build", "plan", "--log-url=log",
                "--policy=./ci.policy", "--output=plan")
        args = ["bench", "rebuild", "--plan=plan", "--log-url=log",
                *self.options(), "--key=alice.sec", "--results=results"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        document = self.json(*args)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - \
            before.ru_stime
        self.assertEqual((document["leaves"], document["builds"],
                          document["reproduced"], document["second_found"]),
                         (str(leaves), str(2 * leaves), str(leaves),
                          str(leaves)))
        print("%s: %s leaves, %s builds in %s ms on %s processors: %s builds "
              "a minute; second run %s us a leaf; %.1f s of processor time"
              % ((what,) + tuple(document[k] for k in (
                  "leaves", "builds", "first_ms", "processors",
                  "builds_per_minute", "second_us_per_leaf")) + (cpu,)))
        self.assertEqual(self.aw(*args).code, 2)


class Bench(HistoryTest, Measured):
    MINORS = int(os.environ.get("AW_BENCH_MINORS", "32"))

    def test_history(self):
        self.measure("stand-ins", 4 * self.MINORS)


class Firmware(FirmwareTest, Measured):
    MINORS = int(os.environ.get("AW_BENCH_FIRMWARE", "2"))

    def test_history(self):
        for minor in range(self.MINORS):
            self.change(minor)
            self.release_all("1.%d.0" % minor)
        self.measure("firmware", 4 * self.MINORS)


if __name__ == "__main__":
    awcli.main()
