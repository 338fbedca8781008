# SPDX-License-Identifier: Apache-2.0
"""aw bench rebuild over a history of 128 releases of stand-in components."""
import os

import awcli
from rebuilds import HistoryTest


awcli.TIMEOUT_S = 1200  # of a run, on a slow machine


class Bench(HistoryTest):
    MINORS = int(os.environ.get("AW_BENCH_MINORS", "32"))

    def test_history(self):
        self.ok("note", "key", "generate", "alice.example/rebuilder",
                "--output=alice")
        self.ok("verify-build", "plan", "--log-url=log",
                "--policy=./ci.policy", "--output=plan")
        document = self.json(
            "bench", "rebuild", "--plan=plan", "--log-url=log",
            *self.options(), "--key=alice.sec", "--results=results")
        leaves = 4 * self.MINORS
        self.assertEqual((document["leaves"], document["builds"],
                          document["reproduced"], document["second_found"]),
                         (str(leaves), str(2 * leaves), str(leaves),
                          str(leaves)))
        print("%s leaves, %s builds in %s ms on %s processors: %s builds a "
              "minute; second run %s us a leaf"
              % tuple(document[k] for k in (
                  "leaves", "builds", "first_ms", "processors",
                  "builds_per_minute", "second_us_per_leaf")))
        self.assertEqual(self.aw(
            "bench", "rebuild", "--plan=plan", "--log-url=log",
            *self.options(), "--key=alice.sec", "--results=results").code, 2)


if __name__ == "__main__":
    awcli.main()
