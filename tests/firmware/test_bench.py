# SPDX-License-Identifier: Apache-2.0
"""aw bench device: it provisions twins of its own, and says what that took."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import boards  # noqa: E402  pylint: disable=wrong-import-position

FIGURES = ("sdp_bytes_per_s", "provision_ms", "provision_virtual_ms",
           "provision_again_ms", "provision_twin_cpu_us", "flash_bytes_per_s",
           "flash_virtual_bytes_per_s", "flash_twin_cpu_us",
           "write_bytes_per_s", "read_bytes_per_s")


class Bench(boards.Boards):
    def bench(self, *args, code=0):
        return self.json("bench", "device", "--policy=./ci.policy",
                         "--log-url=log", "--binaries-url=artefacts",
                         "--dir=.", "--mib=2", *args, code=code)

    def test_figures(self):
        document = self.bench("--runs=2", "--srk-hash=" + self.srk)
        for name in FIGURES:
            self.assertGreater(int(document[name]), 0, name)
        self.assertEqual((document["runs"], document["flash_bytes"]),
                         ("2", str(2 << 20)))
        # Less than both together takes: writes are not free, nor are reads.
        self.assertLess(int(document["flash_bytes_per_s"]), min(
            int(document[n]) for n in FIGURES[-2:]))
        self.nothing_is_left()

    def test_quiet(self):
        """What is said to those who put a board into service is no matter of
        a bench; what it failed of is."""
        args = ["bench", "device", "--policy=./ci.policy", "--log-url=log",
                "--binaries-url=artefacts", "--dir=.", "--mib=1", "--runs=1",
                "--quiet"]
        self.assertEqual(self.ok(*args, "--srk-hash=" + self.srk).err, "")
        run = self.fails(10, *args, "--srk-hash=" + "ab" * 32)
        self.assertIn("error: aw provision: ", run.err)
        self.assertIn("aw provision failed", run.err)

    def test_many(self):
        """Some twins at a time: boards of their own, none is left."""
        document = self.bench("--runs=1", "--twins=3",
                              "--srk-hash=" + self.srk)
        self.assertEqual(document["twins"], "3")
        for name in ("twins_ms", "twins_cpu_us", "twins_percent_of_least"):
            self.assertGreater(int(document[name]), 0, name)
        self.nothing_is_left()

    def test_wrong(self):
        """What provisioning complains of is the exit code."""
        document = self.bench("--runs=1", "--srk-hash=" + "ab" * 32, code=10)
        self.assertIn("aw provision failed", document["error"]["what"])
        self.bench("--runs=1", code=30)
        self.bench("--twins=65", code=2)
        self.nothing_is_left()

    def nothing_is_left(self):
        """No twin, no folder; and the boards are no station's business."""
        self.assertEqual(list(self.dir.glob("aw-bench-*")), [])
        self.assertEqual(list((self.dir / "state").glob("provision*")), [])
        left = [path for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
                if self.mine(path)]
        self.assertEqual(left, [])

    def mine(self, path):
        try:
            words = path.read_bytes().split(b"\0")
            return b"start" in words and (path.parent / "cwd").resolve(
                ) == self.dir
        except OSError:
            return False


if __name__ == "__main__":
    unittest.main(verbosity=1)
