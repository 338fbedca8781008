# SPDX-License-Identifier: Apache-2.0
"""aw bench: it measures, and what it measures is a sound log."""
import pathlib
import shutil
import signal
import subprocess
import time

import awcli
import logs

SMALL = ["--leaves=3000", "--runs=1", "--quiet"]


class Log(logs.Test):
    def test_figures(self):
        document = self.json("bench", "log", *SMALL, "--jobs=3", "--dir=.")
        self.assertEqual([r["jobs"] for r in document["runs"]], [1, 2, 3])
        for run in document["runs"]:
            self.assertGreater(int(run["leaves_per_second"]), 0)
            self.assertGreater(int(run["cpu_ns_per_leaf"]), 0)
            self.assertGreater(int(run["peak_memory_kib"]), 0)
        # What was made is gone.
        self.assertEqual(list(self.dir.glob("aw-bench*")), [])

    def test_kept_log(self):
        """Other programs can audit it; so can ours."""
        for size in (16, 240, 65535):
            leaves = 300 if size == 65535 else 3000
            made = self.json("bench", "log", *SMALL[1:], "--jobs=1", "--keep",
                             "--dir=.", "--size", size, "--leaves", leaves)
            place = self.dir / made["dir"]
            log = logs.Log(place, made["origin"], made["vkey"])
            self.forget()
            document = self.json("log", "audit", log.path, *log.trust)
            self.assertEqual(document["computed_root"], made["root"])
            self.assertEqual(document["size"], str(leaves))
            entry = self.ok("log", "get", log.path, "7", *log.trust)
            self.assertEqual(len(entry.out_bytes), size)
            self.assertEqual(entry.out_bytes[:8], (7).to_bytes(8, "big"))
            shutil.rmtree(place)

    def test_repeats(self):
        """The same leaves give the same log, everywhere."""
        roots = {self.json("bench", "log", *SMALL, "--jobs=1",
                           "--dir=.")["root"] for _ in range(2)}
        self.assertEqual(len(roots), 1)

    def test_in_memory(self):
        made = self.json("bench", "log", *SMALL, "--jobs=1", "--memory",
                         "--keep")
        place = pathlib.Path(made["dir"])
        self.addCleanup(shutil.rmtree, place)
        self.assertEqual(str(place.parent), "/dev/shm")

    def test_stopped(self):
        """Nothing stays behind."""
        process = subprocess.Popen(
            [awcli.AW, "bench", "log", "--leaves=20000000", "--dir=."],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir,
            env=self.environment())
        self.addCleanup(process.kill)
        end = time.monotonic() + 20
        while not list(self.dir.glob("aw-bench*/tile/entries/003")):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 31)
        self.assertEqual(list(self.dir.glob("aw-bench*")), [])

    def test_usage(self):
        for bad in (["--leaves=0"], ["--runs=0"], ["--size=15"],
                    ["--size=65536"], ["--jobs=65"], ["x"]):
            self.fails(2, "bench", "log", *bad)
        self.fails(30, "bench", "log", *SMALL, "--dir=nowhere")


if __name__ == "__main__":
    awcli.main()
