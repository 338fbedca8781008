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
            [awcli.AW, "bench", "log", "--leaves=20000000", "--size=16",
             "--dir=."],
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
        run = self.fails(24, "bench", "log", "--leaves=18446744073709551615")
        self.assertIn("would not fit", run.err)
        for bad in (["--leaves=0"], ["--runs=0"], ["--size=15"],
                    ["--size=65536"], ["--jobs=65"], ["x"]):
            self.fails(2, "bench", "log", *bad)
        self.fails(30, "bench", "log", *SMALL, "--dir=nowhere")


def edge_tiles(size):
    """Tiles that the root of a tree of this size is made of."""
    return sum(1 for level in range(8) if size >> 8 * level & 255)


class LogWrite(logs.Test):
    ENTRIES, BATCH = 2000, 500

    def measure(self, *more):
        return self.json("bench", "log-write", "--quiet", "--dir=.",
                         "--entries", self.ENTRIES, "--batch", self.BATCH,
                         *more)

    def test_reads(self):
        """An integration reads the edge of the tree before and after, and the
        new entries; how large the log is makes no difference."""
        document = self.measure()
        self.assertEqual([(r["layout"], r["entries"]) for r in document["logs"]],
                         [(layout, n) for layout in ("serverless", "tiles")
                          for n in ("500", "1000", "2000")])
        for log in document["logs"]:
            size = int(log["entries"])
            batches = range(0, size, self.BATCH)
            want = sum(edge_tiles(at) + edge_tiles(at + self.BATCH)
                       for at in batches)
            self.assertEqual(int(log["integrate"]["tiles_read"]), want, log)
            last = log["last_integration"]
            self.assertEqual(last["size_before"], str(size - self.BATCH))
            self.assertEqual(last["entries"], str(self.BATCH))
            self.assertEqual(last["tiles_read"], last["tiles_needed"])
            first, end = (size - self.BATCH) // 256, (size + 255) // 256
            # One by one, to find where they end and to hash them; or bundles.
            files = 2 * self.BATCH if log["layout"] == "serverless" else (
                end - first)
            self.assertEqual(int(last["entry_files_read"]), files, log)
            for step in ("add", "integrate", "sign"):
                self.assertGreater(int(log[step]["wall_ns_per_entry"]), 0)
                self.assertGreater(int(log[step]["cpu_ns_per_entry"]), 0)
        self.assertEqual(list(self.dir.glob("aw-bench*")), [])
        # The logs were no business of this machine's saved state.
        self.assertFalse((self.dir / "state").exists())

    def test_kept_logs(self):
        made = self.measure("--keep")
        for layout in ("serverless", "tiles"):
            for size in (500, 1000, 2000):
                place = self.dir / made["dir"] / ("%s-%d" % (layout, size))
                log = logs.Log(place, made["origin"], made["vkey"])
                self.forget()
                document = self.json("log", "audit", log.path, *log.trust)
                self.assertEqual(document["size"], str(size))
                entry = self.ok("log", "get", log.path, str(size - 1),
                                *log.trust)
                self.assertEqual(entry.out_bytes[:8],
                                 (size - 1).to_bytes(8, "big"))

    def test_one_layout(self):
        for layout in ("serverless", "tiles"):
            document = self.measure("--layout", layout)
            self.assertEqual({r["layout"] for r in document["logs"]}, {layout})

    def test_stopped(self):
        """Nothing stays behind."""
        process = subprocess.Popen(
            [awcli.AW, "bench", "log-write", "--entries=2000000", "--dir=."],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir,
            env=self.environment())
        self.addCleanup(process.kill)
        end = time.monotonic() + 20
        while not list(self.dir.glob("aw-bench*/serverless*/seq/00")):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 31)
        self.assertEqual(list(self.dir.glob("aw-bench*")), [])

    def test_time_limit(self):
        document = self.json("bench", "log-write", "--entries=2000000",
                             "--batch=100", "--dir=.", "--timeout=1s", code=22)
        self.assertEqual(document["error"]["code"], "ERR_TIMEOUT")
        self.assertEqual(list(self.dir.glob("aw-bench*")), [])

    def test_usage(self):
        for bad in (["--entries=3"], ["--batch=0"], ["--batch=1000001"],
                    ["--size=15"], ["--size=65536"], ["--layout=x"], ["x"]):
            self.fails(2, "bench", "log-write", *bad)
        self.fails(30, "bench", "log-write", "--dir=nowhere")


class Twin(awcli.Test):
    def test_figures(self):
        document = self.json("bench", "twin", "--runs=1")
        # The program in the twin is the same everywhere, and so is its time.
        self.assertEqual(document["sha256_mib_instructions"], "53433600")
        self.assertLess(int(document["first_line_virtual_us"]), 20000)

    def test_usage(self):
        self.fails(2, "bench", "twin", "--runs=0")
        self.fails(2, "bench", "twin", "--runs=1001")


class Device(awcli.Test):
    """What it measures is in tests/firmware/test_bench.py."""

    def test_usage(self):
        self.fails(2, "bench", "device")
        for bad in ("--runs=0", "--runs=101", "--mib=0", "--mib=1025",
                    "--soc=x"):
            self.fails(2, "bench", "device", "--policy=./x", bad)

    def test_no_policy(self):
        self.fails(30, "bench", "device", "--policy=./nowhere", "--dir=.",
                   "--runs=1")
        self.assertEqual(list(self.dir.glob("aw-bench*")), [])


if __name__ == "__main__":
    awcli.main()
