# SPDX-License-Identifier: Apache-2.0
"""Cosignatures before a checkpoint is published, from witnesses that are
strict, slow of mind, or hostile."""
import base64
import json
import shutil
import signal
import subprocess
import threading
import time

import awcli
import releases
import witnesses
from releases import ReleaseTest

ORIGIN = "example.com/firmware/ci"


class Vectors(awcli.Test):
    def test_recorded_exchanges(self):
        """The witness of these tests decides as upstream's does; but for an
        unknown log the specification says 404 by now."""
        data = json.loads((awcli.VECTORS / "witness/add-checkpoint.json")
                          .read_text())
        w = witnesses.Witness(data["witness_name"],
                              {data["log_origin"]: data["log_vkey"]})
        for exchange in data["exchanges"]:
            status, _, body = w.answer("/add-checkpoint",
                                       exchange["request_body"])
            want = exchange["upstream_status"]
            for claim in exchange["upstream_asserts"]:
                if claim.startswith("body =="):
                    self.assertEqual(body, json.loads(claim[8:]))
                if claim == 'body contains "unknown log"':
                    want = 404
            self.assertEqual(status, want, exchange["request_body"])


class WitnessTest(ReleaseTest):
    def setUp(self):
        super().setUp()
        self.n = 0

    def witness(self, kind=witnesses.Witness, **kwargs):
        """A running witness; .url, .name, .vkey."""
        w = kind("example.com/w%d" % self.n, {ORIGIN: self.vkey("log")},
                 **kwargs)
        self.n += 1
        w.server = witnesses.Server(self, w)
        w.url = w.server.url
        return w

    def policy_of(self, *all_of, quorum="all", urls=True):
        lines = ["witness w%d %s%s" % (i, w.vkey, " " + w.url if urls else "")
                 for i, w in enumerate(all_of)]
        if quorum is None:
            lines.append("quorum none")
        else:
            names = " ".join("w%d" % i for i in range(len(all_of)))
            lines += ["group g %s %s" % (quorum, names), "quorum g"]
        self.policy_with(*lines, name="w.policy")

    def put(self, component="TRUSTED_APPLET", version="1.0.0", *args, code=0):
        made = self.make(component, version)
        return self.json("release", "publish", *made,
                         *self.keys_for(component),
                         *self.place(policy="./w.policy"), *args, code=code)

    def lines(self):
        """Names of the checkpoint's signature lines."""
        note = self.checkpoint().decode()
        return [line.split()[1]
                for line in note.split("\n\n")[1].splitlines()]

    def assertNothingPublished(self, before):
        self.assertEqual(self.checkpoint(), before)
        self.ok("log", "list", "log", "--policy=./ci.policy")


class Cosigned(WitnessTest):
    def test_quorum(self):
        a, b, c = self.witness(), self.witness(), self.witness()
        self.policy_of(a, b, c)
        for i, version in enumerate(("1.0.0", "1.1.0", "1.2.0")):
            document = self.put(version=version)
            self.assertEqual([(w["name"], w["cosigned"])
                              for w in document["witnesses"]],
                             [("w0", True), ("w1", True), ("w2", True)])
            self.assertEqual(self.lines()[1:], [a.name, b.name, c.name])
            self.assertEqual(a.seen[ORIGIN][0], i + 1)
            self.assertEqual(len(a.asked), i + 1)
        # Everybody who asks for cosignatures finds them.
        self.ok("log", "audit", "log", "--policy=./w.policy")
        self.ok("release", "show", *self.place(policy="./w.policy"),
                "--check")

    def test_again(self):
        """A second run asks nobody: the quorum is there."""
        a = self.witness()
        self.policy_of(a)
        self.put()
        before = self.checkpoint()
        document = self.put()
        self.assertIs(document["duplicate"], True)
        self.assertEqual(self.checkpoint(), before)
        self.assertEqual(len(a.asked), 1)

    def test_some_are_enough(self):
        class Down(witnesses.Witness):
            def answer(self, path, body):
                return 503, "text/plain", ""

        a, b, c = self.witness(), self.witness(Down), self.witness()
        self.policy_of(a, b, c, quorum="2")
        document = self.put()
        self.assertEqual([w["cosigned"] for w in document["witnesses"]],
                         [True, False, True])
        self.assertEqual(len(document["warnings"]), 1)
        self.assertIn(b.url, document["warnings"][0])

    def test_addresses_on_the_command_line(self):
        a, b = self.witness(), self.witness()
        self.policy_of(a, b, urls=False)
        before = self.checkpoint()
        self.put(code=30)
        self.assertNothingPublished(before)
        self.put("TRUSTED_APPLET", "1.0.0", "--witness", a.url, code=12)
        self.assertNothingPublished(before)
        document = self.put("TRUSTED_APPLET", "1.0.0", "--witness", a.url,
                            "--witness", b.url + "/", "--witness", b.url)
        self.assertIs(document["published"], True)
        self.assertEqual(len(b.asked), 1)

    def test_without_quorum_all_must(self):
        a, b = self.witness(), self.witness()
        self.policy_of(a, b, quorum=None)
        self.put()
        self.assertEqual((a.asked, b.asked), ([], []))
        self.put("TRUSTED_APPLET", "1.1.0", "--witness", a.url)
        self.assertEqual(self.lines()[1:], [a.name])
        before = self.checkpoint()
        self.put("TRUSTED_APPLET", "1.2.0", "--witness", a.url,
                 "--witness=http://127.0.0.1:1", code=20)
        self.assertNothingPublished(before)
        self.put("TRUSTED_APPLET", "1.2.0", "--witness", b.url)
        self.assertEqual(self.lines()[1:], [b.name])

    def test_witness_that_missed_some(self):
        """409: it has cosigned an older tree, or none."""
        a = self.witness()
        for i in range(5):
            self.publish("TRUSTED_APPLET", "0.0.%d" % i)
        self.policy_of(a)
        self.put()
        self.assertEqual([r.split("\n")[0] for r in a.asked],
                         ["old 5", "old 0"])
        for i in range(4):
            self.publish("TRUSTED_OS", "0.0.%d" % i)
        self.put(version="1.1.0")
        self.assertEqual([r.split("\n")[0] for r in a.asked[2:]],
                         ["old 10", "old 6"])
        self.assertEqual(a.seen[ORIGIN][0], 11)

    def test_cosigned_but_not_published(self):
        """The answer got lost: the witness is ahead, with the same tree."""
        class Loses(witnesses.Witness):
            lose = 9

            def answer(self, path, body):
                answer = super().answer(path, body)
                self.lose -= 1
                return (500, "text/plain", "") if self.lose >= 0 else answer

        a = self.witness(Loses)
        self.policy_of(a)
        before = self.checkpoint()
        self.put(code=20)
        self.assertNothingPublished(before)
        self.assertEqual(a.seen[ORIGIN][0], 1)
        a.lose = 0
        document = self.put()
        self.assertIs(document["duplicate"], True)
        self.assertEqual(self.lines()[1:], [a.name])

    def test_fails_once(self):
        class Once(witnesses.Witness):
            first = True

            def answer(self, path, body):
                if self.first:
                    self.first = False
                    return 429, "text/plain", ""
                return super().answer(path, body)

        a = self.witness(Once)
        self.policy_of(a)
        self.put()
        self.assertEqual(self.lines()[1:], [a.name])

    def test_stale_cosignatures(self):
        """With max-age a checkpoint of the same tree is cosigned anew."""
        class Old(witnesses.Witness):
            when = 1700000000

            def line(self, text, when=None, **kwargs):
                return super().line(text, self.when, **kwargs)

        a = self.witness(Old)
        self.policy_of(a)
        self.put()
        text = (self.dir / "w.policy").read_text()
        self.write("w.policy", text + "max-age 1h\n")
        before = self.checkpoint()
        self.put(code=12)
        self.assertEqual(self.checkpoint(), before)
        a.when = None
        self.put()
        self.assertNotEqual(self.checkpoint(), before)
        self.assertEqual(self.lines()[1:], [a.name])
        self.assertEqual(a.asked[-1].split("\n")[0], "old 1")

    def test_signed_elsewhere(self):
        a = self.witness()
        self.policy_of(a)
        made = self.make("TRUSTED_APPLET", "1.0.0") + self.place(
            policy="./w.policy")
        self.ok("release", "publish", *made, self.key("applet"),
                "--prepare=text")
        self.assertEqual(a.asked, [])
        self.ok("note", "sign", "text", self.key("log"), "-o", "note")
        self.ok("release", "publish", *made, self.key("applet"),
                "--attach=note")
        self.assertEqual(self.lines()[1:], [a.name])

    def test_usage(self):
        self.policy_of(self.witness(), quorum=None)
        for url in ("ftp://example.com", "example.com", "http://", "",
                    "http://u:p@example.com/", "http://example.com/?x",
                    "http://example.com/#x", "http://exa mple.com"):
            self.put("TRUSTED_APPLET", "1.0.0", "--witness", url, code=2)
        shutil.copy(self.dir / "ci.policy", self.dir / "w.policy")
        self.put("TRUSTED_APPLET", "1.0.0", "--witness=http://example.com",
                 code=2)

    def test_offline(self):
        a = self.witness()
        self.policy_of(a)
        self.put("TRUSTED_APPLET", "1.0.0", "--offline", code=30)
        self.assertEqual(a.asked, [])


class Sign(WitnessTest):
    """aw log sign has the same step."""

    def sign(self, *args, code=0):
        return self.json("log", "sign", "log", self.key("log"), *args,
                         code=code)

    def setUp(self):
        super().setUp()
        self.w = self.witness()
        self.policy_of(self.w)
        self.ok("log", "add", "log", "ci.policy")
        self.ok("log", "integrate", "log")

    def test_cosigned(self):
        document = self.sign("--policy=./w.policy")
        self.assertIs(document["witnesses"][0]["cosigned"], True)
        self.assertIs(document["changed"], True)
        self.assertEqual(self.lines()[1:], [self.w.name])
        again = self.sign("--policy=./w.policy")
        self.assertIs(again["changed"], False)
        self.assertNotIn("witnesses", again)
        self.assertEqual(len(self.w.asked), 1)

    def test_afterwards(self):
        """A checkpoint that is published already gets its cosignatures."""
        self.sign()
        self.assertEqual(self.lines()[1:], [])
        self.assertIs(self.sign("--policy=./w.policy")["changed"], True)
        self.assertEqual(self.lines()[1:], [self.w.name])

    def test_attached(self):
        self.ok("log", "sign", "log", "--prepare=text", "--vkey=keys/log.pub")
        self.ok("note", "sign", "text", self.key("log"), "-o", "note")
        self.ok("log", "sign", "log", "--attach=note", "--vkey=keys/log.pub",
                "--policy=./w.policy")
        self.assertEqual(self.lines()[1:], [self.w.name])

    def test_refused(self):
        before = self.checkpoint()
        self.w.answer = lambda path, body: (422, "text/plain", "")
        self.sign("--policy=./w.policy", code=12)
        self.assertNothingPublished(before)
        self.ok("release", "keygen", "others", "--name=x",
                "--policy-out=other.policy")
        self.sign("--policy=./other.policy", code=2)
        self.sign("--policy=./w.policy", "--origin=x", code=2)
        self.sign("--witness", self.w.url, code=2)
        self.assertEqual(self.checkpoint(), before)


def hostile(change):
    """A witness whose every answer is what `change` makes of it."""
    class Hostile(witnesses.Witness):
        def answer(self, path, body):
            return change(self, path, body)
    return Hostile


def status(code, body=""):
    return hostile(lambda w, path, body_: (code, "text/plain", body))


def cosigns(make):
    """One that answers 200 with lines of its own making."""
    def change(w, path, body):
        text = body.partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
        return 200, "text/plain", make(w, text)
    return hostile(change)


def flipped(w, text):
    """A signature with one bit changed."""
    name, blob = w.line(text)[len(witnesses.DASH):].split(" ")
    data = bytearray(base64.b64decode(blob))
    data[-1] ^= 1
    return "%s%s %s\n" % (witnesses.DASH, name,
                          base64.b64encode(data).decode())


class Counter:
    """A 409 that is another one each time."""

    def __init__(self):
        self.n = 0

    def __call__(self, w, path, body):
        self.n += 1
        return 409, "text/x.tlog.size", "%d\n" % (self.n % 2)


# Kind of witness and exit code that its answer must have.
KINDS = {
    "bad signature": (cosigns(flipped), 12),
    "another text": (cosigns(lambda w, t: w.line(t + "x\n")), 12),
    "another tree": (cosigns(lambda w, t: w.line(
        t.replace("\n1\n", "\n2\n"))), 12),
    "no time": (cosigns(lambda w, t: w.line(t, 0)), 12),
    "future": (cosigns(lambda w, t: w.line(t, int(time.time()) + 3600)), 12),
    "a stranger": (cosigns(lambda w, t: w.line(t, name="x").replace(
        "example.com/w0", "x")), 12),
    "good, then bad": (cosigns(lambda w, t: flipped(w, t) + w.line(t)), 12),
    "rubbish": (cosigns(lambda w, t: "rubbish"), 12),
    "nothing": (cosigns(lambda w, t: ""), 12),
    "empty line": (cosigns(lambda w, t: "\n" + w.line(t)), 12),
    "whole note": (cosigns(lambda w, t: t + "\n" + w.line(t)), 12),
    "without line feed": (cosigns(lambda w, t: w.line(t)[:-1]), 12),
    "binary": (cosigns(lambda w, t: b"\x00\xff" * 50), 12),
    "too long": (cosigns(lambda w, t: w.line(t) * 200), 20),
    "endless": (cosigns(lambda w, t: "x" * 3000000), 20),
    "bad request": (status(400), 20),
    "forbidden": (status(403), 12),
    "unknown log": (status(404), 20),
    "does not continue": (status(422), 12),
    "broken": (status(500), 20),
    "busy": (status(429), 20),
    "elsewhere": (status(302), 20),
    "no content": (status(204), 20),
    "long header": (hostile(lambda w, path, body: (200, "x" * 500000, "")),
                    20),
    "larger tree": (status(409, "2\n"), 12),
    "largest tree": (status(409, "18446744073709551615\n"), 12),
    "too large": (status(409, "18446744073709551616\n"), 20),
    "same again": (status(409, "0\n"), 20),
    "no number": (status(409, "x\n"), 20),
    "padded": (status(409, "01\n"), 20),
    "no size": (status(409, ""), 20),
    "back and forth": (hostile(Counter()), 20),
}


class Hostile(WitnessTest):
    def test_alone(self):
        """Nothing is published, and the error names the witness."""
        self.publish("TRUSTED_OS", "0.1.0")
        shutil.rmtree(self.dir / "log")
        self.forget()
        self.init_log()
        before = self.checkpoint()
        for name, (kind, code) in KINDS.items():
            with self.subTest(name):
                self.n = 0
                w = self.witness(kind)
                self.policy_of(w)
                document = self.put(code=code)
                self.assertIn(w.url, [f["subject"]
                                      for f in document["findings"]], name)
                self.assertNothingPublished(before)
                self.assertLessEqual(len(w.asked), 4, name)
        # An honest one, and all is well.
        self.n = 0
        self.policy_of(self.witness())
        self.put()

    def test_among_others(self):
        """It cannot stop the others, nor count for two."""
        for name, (kind, _) in KINDS.items():
            with self.subTest(name):
                shutil.rmtree(self.dir / "log")
                self.forget()
                self.init_log()
                self.n = 0
                ws = [self.witness(kind), self.witness(), self.witness()]
                self.policy_of(*ws, quorum="2")
                document = self.put()
                self.assertEqual([w["cosigned"]
                                  for w in document["witnesses"]],
                                 [False, True, True], name)
                self.assertEqual(self.lines()[1:], [ws[1].name, ws[2].name])

    def test_answers_for_another(self):
        """A cosignature counts by its key, wherever it comes from; a line in
        the name of another witness that does not verify counts for nobody."""
        honest = self.witness()
        forger = self.witness(cosigns(lambda w, t: w.line(t) + honest.line(
            t, seed=w.seed)))
        self.policy_of(honest, forger, quorum="2")
        before = self.checkpoint()
        self.put(code=12)
        self.assertNothingPublished(before)

    def test_replays_an_old_one(self):
        """Another's cosignature from the day before yesterday, sent after
        its new one, does not make that undone."""
        honest = self.witness()
        forger = self.witness(cosigns(lambda w, t: honest.line(
            t, int(time.time()) - 2 * 86400)))
        for ws in ([honest, forger], [forger, honest]):
            self.policy_of(*ws, quorum="1")
            text = (self.dir / "w.policy").read_text()
            self.write("w.policy", text + "max-age 24h\n")
            document = self.put(version="1.%d.0" % (ws[0] is forger))
            self.assertEqual([w["name"] for w in document["witnesses"]
                              if w["cosigned"]],
                             ["w%d" % ws.index(honest)])

    def test_rolled_back_folder(self):
        """The witness remembers what the folder has forgotten."""
        w = self.witness()
        self.policy_of(w)
        self.put()
        shutil.copytree(self.dir / "log", self.dir / "old", symlinks=True)
        self.put(version="1.1.0")
        shutil.rmtree(self.dir / "log")
        (self.dir / "old").rename(self.dir / "log")
        self.forget()
        before = self.checkpoint()
        self.put("TRUSTED_OS", "1.0.0", code=12)
        self.assertEqual(self.checkpoint(), before)
        self.put("TRUSTED_APPLET", "1.2.0", code=12)
        self.assertEqual(self.checkpoint(), before)

    def test_never_answers(self):
        """Ctrl-C and the time limit end the wait; nothing is published, and
        the next run completes it."""
        class Sleeps(witnesses.Witness):
            awake = threading.Event()

            def answer(self, path, body):
                self.awake.wait(60)
                return super().answer(path, body)

        w = self.witness(Sleeps)
        self.addCleanup(w.awake.set)
        self.policy_of(w)
        before = self.checkpoint()
        self.put("TRUSTED_APPLET", "1.0.0", "--timeout=1s", code=22)
        self.assertNothingPublished(before)
        made = self.make("TRUSTED_APPLET", "1.0.0")
        run = subprocess.Popen(
            [awcli.AW, "release", "publish", *made,
             *self.keys_for("TRUSTED_APPLET"),
             *self.place(policy="./w.policy")], cwd=self.dir,
            env=self.environment(), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        asked = len(w.asked)
        end = time.monotonic() + 30
        while len(w.asked) == asked and time.monotonic() < end:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(30), 31)
        self.assertNothingPublished(before)
        w.awake.set()
        self.assertIs(self.put()["duplicate"], True)

    def test_silent(self):
        """It keeps the others waiting no longer than it is told to."""
        class Sleeps(witnesses.Witness):
            awake = threading.Event()

            def answer(self, path, body):
                self.awake.wait(60)
                return super().answer(path, body)

        w, honest = self.witness(Sleeps), self.witness()
        self.addCleanup(w.awake.set)
        self.policy_of(w, honest)
        before = self.checkpoint()
        document = self.put("TRUSTED_APPLET", "1.0.0", "--stall-timeout=1s",
                            code=20)
        self.assertEqual(document["findings"][0]["subject"], w.url)
        self.assertEqual(document["findings"][0]["code"], "ERR_TIMEOUT")
        self.assertEqual(len(w.asked), 1)
        self.assertEqual(len(honest.asked), 1)
        self.assertNothingPublished(before)
        document = self.json("log", "sign", "log", self.key("log"),
                             "--policy=./w.policy", "--stall-timeout=1s",
                             code=20)
        self.assertEqual(document["findings"][0]["code"], "ERR_TIMEOUT")
        for wrong in ("--stall-timeout=0s", "--tries=0", "--tries=101"):
            self.put("TRUSTED_APPLET", "1.0.0", wrong, code=2)

    def test_tries(self):
        """What may pass is tried so often; a conflict is not a failure."""
        for tries in (1, 3):
            class Down(witnesses.Witness):
                def answer(self, path, body):
                    super().answer(path, body)
                    return 503, "text/plain", ""

            self.n = 0
            w = self.witness(Down)
            self.policy_of(w)
            self.put("TRUSTED_APPLET", "1.0.0", "--tries", tries, code=20)
            self.assertEqual(len(w.asked), tries)
        self.publish("TRUSTED_OS", "1.0.0")
        self.n = 0
        w = self.witness()
        self.policy_of(w)
        self.put("TRUSTED_APPLET", "1.1.0", "--tries=1")
        self.assertEqual(len(w.asked), 2)

    def test_nobody_there(self):
        w = self.witness()
        self.policy_of(w)
        w.server.server.shutdown()
        w.server.server.server_close()
        before = self.checkpoint()
        document = self.put(code=20)
        self.assertIs(document["error"]["retry"], True)
        self.assertIn("stay in the folder",
                      document["findings"][-1]["remedy"])
        self.assertNothingPublished(before)


if __name__ == "__main__":
    awcli.main()
