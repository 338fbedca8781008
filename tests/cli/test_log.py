# SPDX-License-Identifier: Apache-2.0
"""aw log get, prove, check, list, watch: what they say, and what ends them."""
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

import awcli
import logs
import release_log

SYNTHETIC = logs.Log(awcli.VECTORS / "aw-synthetic/log", "testlog",
                     release_log.KEYS["log_vkey"])
LEAVES = json.loads((awcli.VECTORS / "aw-synthetic/leaves.json").read_text())
SCAN = json.loads((awcli.VECTORS / "aw-synthetic/scan.json").read_text())
# Accepted upstream and refused by us: docs/compat.md, Manifests.
STRICTER = {21: "duplicate component key"}


def leaf_hash(entry):
    return base64.b64encode(hashlib.sha256(b"\0" + entry).digest()).decode()


class Get(logs.Test):
    def test_bytes(self):
        for log in (logs.GEN_TILES, logs.gen_serverless_whole(self.dir / "l")):
            for i in (0, 255, 256, 511, 699):
                run = self.ok("log", "get", log.path, i, *log.trust)
                self.assertEqual(run.out_bytes, b"leaf-%d" % i)
                self.assertEqual(run.err, "")
                document = self.json("log", "get", log.path, i, *log.trust)
                self.assertEqual(base64.b64decode(document["entry"]),
                                 b"leaf-%d" % i)
                self.assertEqual(document["leaf_hash"],
                                 leaf_hash(b"leaf-%d" % i))
                self.assertEqual(document["index"], str(i))

    def test_recorded_proofs(self):
        """The proofs of the vectors, in both layouts."""
        table = awcli.VECTORS / "serverless/gen-700.proofs.tsv"
        whole = logs.gen_serverless_whole(self.dir / "log")
        ran = 0
        for line in table.read_text().splitlines():
            kind, a, b, proof = line.split("\t")
            want = [base64.b64encode(bytes.fromhex(h)).decode()
                    for h in proof.split(",") if h != "-"]
            for log in (whole, logs.GEN_TILES):
                self.forget()
                place = ["--checkpoint",
                         log.path / ("checkpoint.%s" % b)]
                if kind == "inclusion":
                    got = self.json("log", "get", log.path, a, *log.trust,
                                    *place)
                else:
                    got = self.json("log", "prove", log.path, "--from=" + a,
                                    *log.trust, *place)
                self.assertEqual(got["proof"], want, line)
                ran += 1
        self.assertGreater(ran, 20)

    def test_not_there(self):
        log = logs.PROD2
        document = self.json("log", "get", log.path, "2", *log.trust, code=11)
        self.assertEqual(document["error"]["expected"], "an index below 2")
        self.json("log", "get", log.path, 2 ** 64 - 1, *log.trust, code=11)

    def test_usage(self):
        log = logs.PROD2
        for bad in ("x", "-1", "+1", "01", "0x1", "1 ", "", str(2 ** 64)):
            self.fails(2, "log", "get", log.path, bad, *log.trust)
        self.fails(2, "log", "get", *log.trust)
        self.fails(2, "log", "get", "0", *log.trust)
        self.fails(2, "log", "get", log.path, "0", "1", *log.trust)
        self.fails(2, "log", "get", log.path, "0", log.trust[0])
        self.ok("log", "get", "0", "--log-url", log.path, *log.trust)

    def test_damage(self):
        log = logs.PROD2.copy(self.dir / "log")
        file = log.path / logs.seq_path(1)
        data = file.read_bytes()
        file.write_bytes(data[:-1])
        document = self.json("log", "get", log.path, "1", *log.trust, code=10)
        self.assertTrue(document["error"]["subject"].endswith(
            str(logs.seq_path(1))))
        self.ok("log", "get", log.path, "0", *log.trust)
        file.unlink()
        self.json("log", "get", log.path, "1", *log.trust, code=20)
        file.write_bytes(bytes(100000))
        self.json("log", "get", log.path, "1", *log.trust, code=10)

    def test_output_is_escaped_on_terminals_only(self):
        place = self.dir / "log"
        entry = b"\x1b[31mred\n\xff\0"
        log = self.signed(place, [entry])
        run = self.ok("log", "get", log.path, "0", *log.trust)
        self.assertEqual(run.out_bytes, entry)

    def signed(self, place, entries):
        self.ok("note", "key", "generate", "k", "--output=k")
        logs.write_tiled(place, "k", entries)
        self.ok("note", "sign", place / "body", "--key=k.sec", "-o",
                place / "checkpoint")
        return logs.Log(place, "k", self.dir / "k.pub")


class Prove(logs.Test):
    def test_round_trip(self):
        """What prove writes, check accepts: by entry and by hash."""
        whole = logs.gen_serverless_whole(self.dir / "log")
        for log in (whole, logs.GEN_TILES):
            for i in (0, 256, 699):
                entry = self.write("entry", b"leaf-%d" % i)
                run = self.ok("log", "prove", log.path, "--index", i,
                              *log.trust)
                self.write("p1", run.out_bytes)
                (self.dir / "p2").unlink(missing_ok=True)
                self.ok("log", "prove", log.path, "--index", i, "--leaf",
                        entry, "--output=p2", *log.trust)
                document = self.json("log", "prove", log.path, "--index", i,
                                     *log.trust)
                self.assertEqual(document["tlog_proof"], run.out)
                self.assertEqual((self.dir / "p2").read_bytes(),
                                 run.out_bytes)
                for leaf in (["--leaf", entry],
                             ["--leaf-hash", leaf_hash(b"leaf-%d" % i)],
                             ["--leaf-hash", hashlib.sha256(
                                 b"\0leaf-%d" % i).hexdigest()]):
                    got = self.json("log", "check", "p1", *leaf, *log.trust,
                                    "--offline")
                    self.assertEqual(got["index"], str(i))
                    self.assertEqual(got["root"], log.root())
                    self.assertEqual(got["quorum"], "none asked for")

    def test_find_by_entry(self):
        """The serverless layout has an index of leaf hashes."""
        log = logs.gen_serverless_whole(self.dir / "log")
        entry = self.write("entry", "leaf-300")
        document = self.json("log", "prove", log.path, "--leaf", entry,
                             *log.trust)
        self.assertEqual(document["index"], "300")
        other = self.write("other", "leaf-x")
        document = self.json("log", "prove", log.path, "--leaf", other,
                             *log.trust, code=11)
        self.assertIn("no such entry", document["error"]["got"])
        # An index that is wrong proves nothing.
        file = log.path / logs.leaf_path(b"leaf-300")
        for value, code in (("12d", 11), ("2bc", 11), ("x", 10), ("", 10)):
            file.write_text(value)
            self.json("log", "prove", log.path, "--leaf", entry, *log.trust,
                      code=code)
        run = self.fails(30, "log", "prove", logs.GEN_TILES.path, "--leaf",
                         entry, *log.trust)
        self.assertIn("give --index too", run.err)

    def test_what_is_not_there(self):
        log = logs.GEN_TILES
        entry = self.write("entry", "leaf-5")
        base = ["log", "prove", log.path, *log.trust]
        for bad in (["--index=700"], ["--index=6", "--leaf", entry],
                    ["--from=701"], ["--from=0"]):
            document = self.json(*base, *bad, code=11)
            self.assertTrue(document["error"]["expected"], document)
        self.fails(30, *base, "--leaf=nothing", "--index=5")

    def test_usage(self):
        base = ["log", "prove", logs.GEN_TILES.path, *logs.GEN_TILES.trust]
        for bad in ([], ["--index=1", "--from=1"], ["--leaf=x", "--from=1"],
                    ["--from=1", "--output=x"], ["--index=x"], ["--from=-1"],
                    ["--index=1", "--index=2"]):
            self.fails(2, *base, *bad)

    def test_consistency(self):
        log = logs.GEN_TILES
        document = self.json("log", "prove", log.path, "--from=300",
                             *log.trust)
        self.assertEqual(document["from"], {
            "size": "300", "root": log.root("checkpoint.300")})
        document = self.json("log", "prove", log.path, "--from=700",
                             *log.trust)
        self.assertEqual(document["proof"], [])

    def test_output_file(self):
        log = logs.GEN_TILES
        for bad in (self.dir / "no" / "such", self.dir):
            run = self.aw("log", "prove", log.path, "--index=1", *log.trust,
                          "--output", bad)
            self.assertIn(run.code, (21, 30), run)
            self.assertIn("the proof could not be written", run.err)
        there = self.write("there", "precious")
        self.fails(30, "log", "prove", log.path, "--index=1", *log.trust,
                   "--output", there)
        self.assertEqual(there.read_text(), "precious")

    def test_damaged_tile(self):
        log = logs.GEN_TILES.copy(self.dir / "log")
        file = log.path / "tile/0/001"
        data = file.read_bytes()
        file.write_bytes(data[:3] + b"x" + data[4:])
        for bad in (["--index=256"], ["--index=300"]):
            document = self.json("log", "prove", log.path, *bad, *log.trust,
                                 code=12)
            self.assertEqual(document["error"]["code"], "ERR_PROOF")
        self.ok("log", "prove", log.path, "--index=5", *log.trust)


class Check(logs.Test):
    CASES = json.loads((awcli.VECTORS / "cosig/tlog-proof.json").read_text())

    def policy(self, witness, quorum):
        lines = ["aw-policy 1", "log " + logs.GEN_VKEY,
                 "origin example.com/gen", "witness w1 " + witness,
                 "quorum " + quorum]
        return self.write("policy", "\n".join(lines) + "\n")

    def test_recorded(self):
        for case in self.CASES:
            proof = self.write("proof", case["proof_file"])
            entry = self.write("entry", case["leaf"])
            got = self.json("log", "check", proof, "--leaf", entry,
                            *logs.GEN_TILES.trust)
            self.assertEqual(got["index"], case["index"])
            self.assertEqual(got["size"], "300")
            policy = self.policy(case["witness_vkey_type4"], "w1")
            got = self.json("log", "check", proof, "--leaf", entry,
                            "--policy", policy)
            self.assertEqual(got["quorum"], "met")
            other = self.policy("example.com/gen+7ae024f4+" + base64.b64encode(
                b"\4" + bytes(32)).decode(), "w1")
            run = self.aw("log", "check", proof, "--leaf", entry, "--policy",
                          other)
            self.assertNotEqual(run.code, 0, run)

    def test_quorum_not_met(self):
        """A proof without the witness that the policy wants."""
        case = self.CASES[0]
        lines = case["proof_file"].splitlines(keepends=True)
        without = "".join(l for l in lines if "witness.example" not in l)
        proof = self.write("proof", without)
        entry = self.write("entry", case["leaf"])
        self.ok("log", "check", proof, "--leaf", entry, *logs.GEN_TILES.trust)
        policy = self.policy(case["witness_vkey_type4"], "w1")
        document = self.json("log", "check", proof, "--leaf", entry,
                             "--policy", policy, code=12)
        self.assertEqual(document["error"]["code"], "ERR_QUORUM")

    def test_every_changed_byte(self):
        """Exit 10 or 12; never a pass, unless the byte is of a signature by
        a key that nobody asked about."""
        case = self.CASES[2]
        good = case["proof_file"].encode()
        entry = self.write("entry", case["leaf"])
        witness = good.index("\u2014 witness".encode())
        passed = set()
        for at in range(0, len(good), 3):
            changed = bytearray(good)
            changed[at] ^= 1
            proof = self.write("proof", bytes(changed))
            run = self.aw("log", "check", proof, "--leaf", entry,
                          *logs.GEN_TILES.trust)
            if run.code == 0:
                passed.add(at)
            else:
                self.assertIn(run.code, (10, 11, 12), run)
        extra = good.index(b"extra ")
        self.assertTrue(all(extra <= at < good.index(b"index 299") or
                            at >= witness for at in passed), passed)

    def test_wrong_things(self):
        case = self.CASES[0]
        proof = self.write("proof", case["proof_file"])
        entry = self.write("entry", case["leaf"])
        wrong = self.write("wrong", "leaf-1")
        trust = logs.GEN_TILES.trust
        document = self.json("log", "check", proof, "--leaf", wrong, *trust,
                             code=12)
        self.assertEqual(document["error"]["code"], "ERR_PROOF")
        self.assertIn("belong together", document["error"]["remedy"])
        self.json("log", "check", proof, "--leaf", entry, "--origin=other",
                  trust[1], code=12)
        self.json("log", "check", proof, "--leaf", entry, trust[0],
                  "--vkey", logs.PROD2.vkey, code=12)
        self.json("log", "check", entry, "--leaf", entry, *trust, code=10)
        for bad in ([], ["--leaf", entry, "--leaf-hash", "00" * 32],
                    ["--leaf-hash", "00" * 31], ["--leaf-hash", "xx" * 32],
                    ["--leaf-hash", ""]):
            self.fails(2, "log", "check", proof, *bad, *trust)
        self.fails(30, "log", "check", proof, "--leaf=nothing", *trust)
        self.fails(30, "log", "check", "nothing", "--leaf", entry, *trust)
        self.fails(2, "log", "check", "--leaf", entry, *trust)

    def test_no_state_is_made(self):
        case = self.CASES[0]
        proof = self.write("proof", case["proof_file"])
        entry = self.write("entry", case["leaf"])
        self.ok("log", "check", proof, "--leaf", entry, *logs.GEN_TILES.trust)
        self.assertFalse(self.state.exists())


class List(logs.Test):
    def list(self, *args, **kwargs):
        return self.json("log", "list", SYNTHETIC.path, *release_log.TRUST,
                         *args, **kwargs)

    def test_every_leaf(self):
        document = self.list()
        self.assertEqual(len(document["releases"]), len(LEAVES))
        differ = set()
        for got, want in zip(document["releases"], LEAVES):
            index = int(want["Index"])
            self.assertEqual(got["index"], want["Index"])
            valid = want["Expect"].startswith("valid")
            if (got["verdict"] == "valid") != valid:
                differ.add(index)
            if got["verdict"] == "valid":
                self.assertEqual(got["component"], want["Component"])
                self.assertEqual(got["version"], want["Version"])
                self.assertEqual(got.get("hab_target", ""), want["HAB"])
            else:
                self.assertTrue(got["reason"])
        self.assertEqual(differ, set(STRICTER))
        self.assertEqual(document["valid"], str(sum(
            r["verdict"] == "valid" for r in document["releases"])))
        compat = (awcli.SOURCE / "docs/compat.md").read_text()
        self.assertIn("duplicate-component-last-wins", compat)

    def test_latest_as_upstream_chooses(self):
        for key, want in SCAN.items():
            target = key.split("=")[1]
            args = ["--hab-target=" + target] if target else []
            for more in ([], ["--latest"]):
                document = self.list(*args, *more)
                got = {e["component"]: (e["index"],
                                        e.get("hab_signature_sha256", ""))
                       for e in document["latest"]}
                self.assertEqual(got, {
                    e["Component"]: (e["Index"], e["HABSignatureSha256"])
                    for e in want if e["Index"] != "none"}, key)
                self.assertEqual("releases" in document, not more)

    def test_smaller_sizes(self):
        for size in (4, 11):
            self.forget()
            document = self.list("--checkpoint", SYNTHETIC.path /
                                 ("checkpoint.%d" % size))
            self.assertEqual(len(document["releases"]), size)

    def test_without_keys(self):
        run = self.ok("log", "list", SYNTHETIC.path, *SYNTHETIC.trust)
        self.assertIn("no keys of release signers", run.err)
        self.assertRegex(run.out, r"(?m)^valid: +0$")

    def test_policy(self):
        policy = self.write("policy", release_log.policy("ci"))
        document = self.json("log", "list", SYNTHETIC.path, "--policy", policy)
        self.assertEqual({e["component"]: e["index"]
                          for e in document["latest"]}["BOOTLOADER"], "16")
        self.fails(2, "log", "list", SYNTHETIC.path, "--policy", policy,
                   "--hab-target=ci")

    def test_hidden_leaf_ends_the_scan(self):
        """One error must not hide a release: exit 20, no list of latest."""
        for fault in ("status:404", "status:500", "reset", "truncate"):
            server = logs.Faultd(self, SYNTHETIC.path,
                                 "seq/00/00/00/00/05=" + fault)
            document = self.json("log", "list", server.url,
                                 *release_log.TRUST, "--tries=1", code=20)
            self.assertNotIn("latest", document)
            self.assertIn("seq/00/00/00/00/05", document["error"]["subject"])
        log = SYNTHETIC.copy(self.dir / "log")
        leaf = log.path / "seq/00/00/00/00/05"
        data = leaf.read_bytes()
        leaf.write_bytes(data.replace(b"0.2.0", b"0.9.0"))
        document = self.json("log", "list", log.path, *release_log.TRUST,
                             code=10)
        self.assertNotIn("latest", document)
        server = logs.Faultd(self, log.path)
        self.json("log", "list", server.url, *release_log.TRUST, code=12)

    def test_real_log(self):
        """Another project's log: proven, and none of it is a release."""
        log = logs.PROD2
        document = self.json("log", "list", log.path, *log.trust)
        self.assertEqual(document["refused"], "2")

    def test_many_tiles(self):
        document = self.json("log", "list", logs.GEN_TILES.path,
                             *logs.GEN_TILES.trust)
        self.assertEqual(len(document["releases"]), 700)
        self.assertEqual(document["releases"][699]["code"], "ERR_FORMAT")


class Watch(logs.Test):
    def start(self, *args, stdout=subprocess.PIPE):
        process = subprocess.Popen(
            [awcli.AW, "log", "watch", *map(str, args)], stdout=stdout,
            stderr=subprocess.PIPE, cwd=self.dir, env=self.environment())
        self.addCleanup(process.stderr.close)
        if stdout == subprocess.PIPE:
            self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def test_rounds(self):
        log = logs.PROD2
        for args in (["--once"], ["--rounds=3", "--interval=10ms"]):
            document = self.json("log", "watch", log.path, *log.trust, *args)
            self.assertEqual(len(document["checkpoints"]), 1)
            self.assertEqual(document["checkpoints"][0]["size"], "2")

    def test_is_shown_at_once(self):
        """A pipe sees each checkpoint when it comes."""
        log = logs.GEN_TILES.copy(self.dir / "log")
        shutil.copy(log.path / "checkpoint.300", log.path / "checkpoint")
        process = self.start(log.path, *log.trust, "--interval=50ms")
        self.seen(process, b"size:               300")
        shutil.copy(log.path / "checkpoint.700", log.path / "new")
        os.rename(log.path / "new", log.path / "checkpoint")
        self.seen(process, b"size:               700")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 31)

    def seen(self, process, text):
        for line in process.stdout:
            if text in line:
                return
        self.fail("%r was not shown: %r" % (text, process.stderr.read()))

    def test_fork_ends_it(self):
        log = logs.TEST2021.copy(self.dir / "log")
        process = self.start(log.path, *log.trust, "--interval=50ms")
        self.seen(process, b"size:               7")
        shutil.copy(log.path.parent / "log" / "checkpoint", self.dir / "kept")
        shutil.copy(logs.TEST2021.path.parent / "checkpoint.3",
                    log.path / "new")
        os.rename(log.path / "new", log.path / "checkpoint")
        self.assertEqual(process.wait(timeout=20), 12)
        kept = self.json("log", "findings")["evidence"]
        self.assertEqual(kept[0]["kind"], "rollback")

    def test_reader_goes_away(self):
        log = logs.PROD2
        read, write = os.pipe()
        process = self.start(log.path, *log.trust, "--interval=20ms",
                             stdout=write)
        os.close(write)
        os.close(read)
        self.assertNotEqual(process.wait(timeout=20), 0)

    def test_memory_does_not_grow(self):
        if logs.is_sanitized():
            self.skipTest("AddressSanitizer keeps what is freed")
        log = logs.PROD2
        process = self.start(log.path, *log.trust, "--interval=100ms")
        pages = []
        for _ in range(6):
            time.sleep(0.4)
            statm = open("/proc/%d/statm" % process.pid).read()
            pages.append(int(statm.split()[1]))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 31)
        self.assertLess(pages[-1] - pages[1], 256, pages)

    def test_usage(self):
        log = logs.PROD2
        for bad in (["--interval=0s"], ["--interval=x"], ["--rounds=-1"]):
            self.fails(2, "log", "watch", log.path, *log.trust, *bad)


class Findings(logs.Test):
    def test_none(self):
        document = self.json("log", "findings")
        self.assertEqual(document["evidence"], [])
        self.assertEqual(document["open"], "0")

    def test_damaged_state(self):
        self.state.mkdir(mode=0o700)
        (self.state / "state.db").write_bytes(b"x" * 4096)
        self.json("log", "findings", code=33)


class Usage(logs.Test):
    def test_group(self):
        run = self.fails(2, "log")
        self.assertIn("audit", run.err)
        run = self.fails(2, "log", "lst")
        self.assertIn("did you mean aw log list?", run.err)
        for name in ("audit", "get", "prove", "check", "list", "watch",
                     "findings"):
            run = self.ok("log", name, "--help")
            self.assertTrue(re.match("Usage: aw log " + name, run.out))


if __name__ == "__main__":
    awcli.main()
