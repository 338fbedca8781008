# SPDX-License-Identifier: Apache-2.0
"""deploy/slurm-array.sh: a plan as an array of Slurm, on one node."""
import json
import os
import re
import sys
import time

import awcli
import slurm
from rebuilds import HistoryTest

WAIT_S = 240
SCRIPT = awcli.SOURCE / "deploy" / "slurm-array.sh"


class Slurm(HistoryTest):
    JOBS = 5  # the last one differs

    def setUp(self):
        super().setUp()
        self.cluster = slurm.Cluster()
        self.addCleanup(self.cluster.close)
        self.altered()
        self.ok("note", "key", "generate", "alice.example/rebuilder",
                "--output=alice")
        (self.dir / "bin").mkdir()
        os.symlink(awcli.AW, self.dir / "bin" / "aw")
        self.write("config.json", json.dumps({
            "policy": str(self.dir / "ci.policy"),
            "log-url": str(self.dir / "log"),
            "artefacts": str(self.dir / "artefacts"),
            "key": str(self.dir / "alice.sec"),
            "repository": [str(self.dir / "repo")],
            "sources": [str(self.inputs)]}))
        self.config = {"AW_CONFIG": str(self.dir / "config.json")}
        self.ok("verify-build", "plan", "--output=plan", env=self.config)

    def submit(self, array):
        """Runs an array; returns the state of each task."""
        env = self.environment({
            **self.config, "PLAN": str(self.dir / "plan"),
            "RESULTS": str(self.dir / "results"),
            "PATH": "%s:%s" % (self.dir / "bin", os.environ["PATH"])})
        number = self.cluster.run(
            "sbatch", "--parsable", "--array=" + array, "--mem=0",
            "--export=ALL", "--output=%s/out-%%a" % self.dir, SCRIPT,
            env=env, cwd=self.dir).strip()
        end = time.monotonic() + WAIT_S
        while self.cluster.run("squeue", "-h", "-j", number).strip():
            self.assertLess(time.monotonic(), end, self.cluster.said())
            time.sleep(0.5)
        text = self.cluster.run("scontrol", "show", "job", number)
        return dict(re.findall(r"ArrayTaskId=(\d+) .*?JobState=(\w+)", text,
                               re.S))

    def outputs(self):
        return {p.name: p.read_text() for p in self.dir.glob("out-*")}

    def files(self, results):
        top = self.dir / results
        return {str(p.relative_to(top)): p.read_bytes()
                for p in top.rglob("*") if p.is_file()}

    def test_array(self):
        states = self.submit("0-%d" % (self.JOBS - 1))
        self.assertEqual(states, {str(i): "COMPLETED"
                                  for i in range(self.JOBS)}, self.outputs())
        # The same as one process gives.
        self.json("verify-build", "run", "--plan=plan", "--results=serial",
                  "--all", env=self.config, code=13)
        self.assertEqual(self.files("results"), self.files("serial"))
        key = (self.dir / "alice.pub").read_text().strip()
        document = self.json("verify-build", "merge", "--plan=plan",
                             "--vkey=" + key, "results", code=13)
        self.assertEqual((document["reproduced"], document["not_reproduced"],
                          document["missing"]), ("4", "1", "0"))
        # Again: all is there. A number that no job has is no success.
        self.assertEqual(set(self.submit("0-1").values()), {"COMPLETED"})
        self.assertEqual(self.submit("%d" % self.JOBS),
                         {str(self.JOBS): "FAILED"})


if __name__ == "__main__":
    lacks = slurm.missing()
    if lacks is not None or os.geteuid() != 0:
        print("skipped: needs root and %s" % (lacks or "Slurm"))
        sys.exit(77)
    awcli.main()
