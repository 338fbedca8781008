# SPDX-License-Identifier: Apache-2.0
"""aw verify-build plan, run, merge: the same results however the work is
shared, and none that is not a rebuilder's."""
import base64
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess

import awcli
from rebuilds import HistoryTest


class Shards(HistoryTest):
    MINORS = 2
    JOBS = 9  # the last one differs

    def make_history(self):
        super().make_history()
        self.altered()
        for name in ("alice", "bob", "mallory"):
            self.ok("note", "key", "generate", "%s.example/rebuilder"
                    % name, "--output=%s" % name)

    def plan(self):
        document = self.json("verify-build", "plan", "--log-url=log",
                             "--policy=./ci.policy", "--output=plan")
        self.assertEqual((document["jobs"], document["left_out"]),
                         (str(self.JOBS), "0"))
        return document["plan"]

    def command(self, results, *args, key="alice"):
        return ["verify-build", "run", "--plan=plan", "--log-url=log",
                *self.options(), "--key=%s.sec" % key,
                "--results=%s" % results, *args]

    def run_jobs(self, results, *args, code=0, **kwargs):
        return self.json(*self.command(results, *args, **kwargs), code=code)

    def merge(self, *args, code=0, keys=("alice",)):
        return self.json("verify-build", "merge", "--plan=plan",
                         *("--vkey=" + self.key_text(k) for k in keys), *args,
                         code=code)

    def key_text(self, name):
        return (self.dir / (name + ".pub")).read_text().strip()

    def files(self, results):
        top = self.dir / results
        return {str(p.relative_to(top)): p.read_bytes()
                for p in top.rglob("*") if p.is_file()}

    def serial(self):
        """Results of one process; made once."""
        if not (self.dir / "serial").exists():
            document = self.run_jobs("serial", "--all", code=13)
            self.assertEqual((document["reproduced"],
                              document["not_reproduced"]), ("8", "1"))
        return self.files("serial")

    def test_says_what_is_done(self):
        """Long before the document: a line and an event of every job."""
        self.plan()
        for jobs in ("1", "2"):
            for again in ("", " before"):
                run = self.aw(*self.command("of-" + jobs, "--range=7-8",
                                            "--jobs=" + jobs, "--events=e"))
                lines = sorted(line for line in run.err.splitlines()
                               if line.startswith("job "))
                self.assertEqual([line.split(",")[0] for line in lines],
                                 ["job 7: reproduced" + again,
                                  "job 8: differs" + again], run)
                self.assertEqual(run.err.count(", 2 of 2 done"), 1, run)
                events = [json.loads(line) for line in
                          (self.dir / "e").read_text().splitlines()]
                self.assertEqual(
                    sorted((e["code"], e["state"]) for e in events
                           if e["step"] == "rebuild"),
                    [("differs", "failed"), ("reproduced", "done")])
                (self.dir / "e").unlink()
        run = self.aw(*self.command("of-1", "--index=7", "--quiet"))
        self.assertEqual(run.err, "")

    def test_same_results(self):
        name = self.plan()
        # The same log and policy give the same plan.
        run = self.ok("verify-build", "plan", "--log-url=log",
                      "--policy=./ci.policy")
        self.assertEqual(run.out, (self.dir / "plan").read_text())
        serial = self.serial()
        self.assertEqual(set(serial), {"%s/%d.%s" % (name, i, end)
                                       for i in range(self.JOBS)
                                       for end in ("result", "dsse.json")})
        # Two at a time.
        self.run_jobs("two", "--all", "--jobs=2", code=13)
        self.assertEqual(self.files("two"), serial)
        # A second run finds them all.
        document = self.run_jobs("serial", "--all", code=13)
        self.assertEqual([j["found"] for j in document["jobs"]],
                         [True] * self.JOBS)
        # GNU parallel; tools/prepare installs it.
        words = " ".join(map(shlex.quote, [awcli.AW] + self.command("many")))
        done = subprocess.run(
            ["parallel", "-j2", words + " --index={}", ":::",
             *map(str, range(self.JOBS))], cwd=self.dir, check=False,
            env={**self.environment(), "SHELL": "/bin/sh"},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 1, done.stderr)  # one job failed
        self.assertEqual(self.files("many"), serial)
        document = self.merge("serial", "two", "many", code=13)
        self.assertEqual((document["reproduced"], document["not_reproduced"],
                          document["duplicates"], document["missing"],
                          document["contradictory"]),
                         ("8", "1", "18", "0", "0"))

    def test_schedulers(self):
        """Job numbers from the environment, shuffled, and some twice."""
        self.plan()
        serial = self.serial()
        order = list(range(self.JOBS)) + [1, 8]
        random.Random(7).shuffle(order)
        for number, job in enumerate(order):
            name = ("JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID")[number % 2]
            run = self.aw(*self.command("mixed"), env={name: str(job)})
            self.assertEqual(run.code, 13 if job == 8 else 0, run)
        self.assertEqual(self.files("mixed"), serial)
        self.run_jobs("mixed", code=2)
        self.run_jobs("mixed", "--range=3-9", code=2)
        self.run_jobs("mixed", "--range=3-2", code=2)
        self.run_jobs("mixed", "--all", "--index=1", code=2)

    def test_missing(self):
        self.plan()
        self.run_jobs("part", "--range=2-4")
        document = self.merge("part", code=40)
        self.assertEqual(document["missing_jobs"], ["0-1", "5-8"])
        self.assertEqual(document["missing"], "6")
        # Two shards that overlap, of two rebuilders.
        self.run_jobs("rest", "--range=0-2", key="bob")
        self.run_jobs("rest", "--range=5-8", key="bob", code=13)
        document = self.merge("part", "rest", keys=("alice", "bob"), code=13)
        self.assertEqual((document["missing"], document["duplicates"]),
                         ("0", "1"))
        self.assertEqual(len(document["signers"]), 2)

    def one(self, results, job=0):
        (folder,) = (self.dir / results).iterdir()
        return folder / ("%d.result" % job), folder / ("%d.dsse.json" % job)

    def test_forged(self):
        self.plan()
        self.run_jobs("good", "--range=0-1")
        note, dsse = self.one("good")
        text = note.read_bytes()
        statement = dsse.read_bytes()
        refused = [
            # Changed, signed by somebody else, of another job, no note.
            text.replace(b"verdict reproduced", b"verdict refused"),
            self.one("good", 1)[0].read_bytes(),
            b"aw-rebuild 1\n", b"",
            text.split(b"\n\n")[0] + b"\n",
        ]
        self.run_jobs("evil", "--index=0", key="mallory")
        refused.append(self.one("evil")[0].read_bytes())
        for data in refused:
            note.write_bytes(data)
            document = self.merge("good", code=10)
            self.assertEqual(document["refused"], "1", data)
            self.assertIn("0-0", document["missing_jobs"])
        note.write_bytes(text)
        # A statement that says something else.
        dsse.write_bytes(self.one("good", 1)[1].read_bytes())
        self.assertEqual(self.merge("good", code=10)["refused"], "1")
        # The right one, signed by somebody else under the same key's name.
        envelope = json.loads(statement)
        sig = base64.b64decode(envelope["signatures"][0]["sig"])
        envelope["signatures"][0]["sig"] = base64.b64encode(
            bytes([sig[0] ^ 1]) + sig[1:]).decode()
        dsse.write_text(json.dumps(envelope))
        self.assertEqual(self.merge("good", code=10)["refused"], "1")
        dsse.write_bytes(statement)
        self.assertEqual(self.merge("good", code=40)["refused"], "0")
        dsse.unlink()
        document = self.merge("good", code=40)
        self.assertEqual(document["refused"], "0")
        # Of another plan: the folder's name says so.
        folder = note.parent
        folder.rename(folder.parent / ("0" * 64))
        self.assertEqual(self.merge("good", code=40)["results"], "0")

    def test_no_files(self):
        """What lies where a result is looked for, in a folder of others."""
        self.plan()
        self.run_jobs("good", "--index=0")
        for path in self.one("good"):
            data = path.read_bytes()
            for make in (os.mkfifo, os.mkdir,
                         lambda p: p.symlink_to("/dev/zero"),
                         lambda p: p.write_bytes(bytes(1 << 20))):
                path.unlink()
                make(path)
                document = self.merge("good", code=10)
                self.assertEqual(document["refused"], "1", path)
                (path.rmdir if path.is_dir() else path.unlink)()
                path.write_bytes(data)

    def test_two_words(self):
        """Of one key: what it takes back is not published, whatever comes
        last."""
        self.plan()
        self.run_jobs("good", "--index=0")
        path, _ = self.one("good")
        name = "bad/%s/%s" % (path.parent.name, path.name)
        text = path.read_text().split("\n\n")[0] + "\n"
        self.write("text", re.sub(
            "verdict reproduced", "verdict differs",
            re.sub("built .*", "built " + "ab" * 32, text)))
        signed = self.ok("note", "sign", "text", "--key=alice.sec").out
        self.write(name, signed)
        for i, folders in enumerate((("good", "bad"), ("bad", "good"))):
            document = self.merge(*folders, "--publish=public%d" % i, code=10)
            self.assertEqual(document["contradictory"], "1")
            (note,) = (self.dir / ("public%d" % i)).glob("*/*.result")
            self.assertEqual(note.read_text(), signed)

    def test_contradictory(self):
        """Two rebuilders who do not agree: that is a finding by itself."""
        self.plan()
        self.run_jobs("a", "--index=0")
        (self.dir / "repo").rename(self.dir / "gone")
        shutil.rmtree(self.dir / "cache")
        self.run_jobs("b", "--index=0", key="bob", code=20)
        (self.dir / "gone").rename(self.dir / "repo")
        document = self.merge("a", "b", keys=("alice", "bob"), code=10)
        self.assertEqual(document["contradictory"], "1")
        # What may pass is done again by the next run, what is final is not.
        self.run_jobs("b", "--index=0", key="bob")
        document = self.merge("a", "b", keys=("alice", "bob"), code=40)
        self.assertEqual((document["contradictory"], document["duplicates"]),
                         ("0", "1"))

    def test_other_log(self):
        self.plan()
        text = (self.dir / "plan").read_text()
        row = next(line for line in text.splitlines()
                   if line.startswith("job 0 "))
        leaf = row.split(" ")[2]
        self.write("plan", text.replace(leaf, "0" * 64))
        # Not 10 or 13, which schedulers take for a result.
        self.run_jobs("x", "--index=0", code=30)
        self.assertFalse(pathlib.Path(self.dir, "x").exists())
        # A row that says something else of the same leaf, and a head that is
        # of another log or policy.
        words = row.split(" ")
        for old, new in ((words[4] + " " + words[5], "9.9.9 " + words[5]),
                         (words[5], "12" * 20), (words[6], "ab" * 32),
                         ("origin example", "origin other"),
                         ("\nsize %d" % self.JOBS, "\nsize %d" %
                          (self.JOBS + 1)),
                         (re.search("root .*", text)[0], "root " + "0" * 64),
                         (re.search("policy .*", text)[0],
                          "policy " + "0" * 64)):
            self.assertIn(old, text)
            self.write("plan", text.replace(old, new, 1))
            self.run_jobs("x", "--index=0", code=30)
            self.assertFalse(pathlib.Path(self.dir, "x").exists(), new)
        self.write("plan", text.replace("aw-rebuild-plan 1",
                                        "aw-rebuild-plan 2"))
        self.assertNotEqual(self.aw(*self.command("x", "--all")).code, 0)


if __name__ == "__main__":
    os.environ.pop("JOB_COMPLETION_INDEX", None)
    awcli.main()
