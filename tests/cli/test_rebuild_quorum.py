# SPDX-License-Identifier: Apache-2.0
"""aw verify --require-rebuilders: results of several operators."""
import awcli
from rebuilds import HistoryTest


class Quorum(HistoryTest):
    MINORS = 0

    def make_history(self):
        self.release("TRUSTED_OS", "1.0.0")
        self.altered()

    def setUp(self):
        super().setUp()
        keys = {"a1": "alice.example/one", "a2": "alice.example/two",
                "bob": "bob.example/rebuilder"}
        lines = []
        for name, key in keys.items():
            self.ok("note", "key", "generate", key, "--output=" + name)
            lines.append("rebuilder " + (self.dir / (name + ".pub"))
                         .read_text().strip())
        self.policy_with(*lines)
        self.ok("verify-build", "plan", "--log-url=log",
                "--policy=./ci.policy", "--output=plan")
        for index in range(2):
            self.write("manifest", self.leaf(index))
            self.ok("bundle", "make", "--log=log", "--policy=./ci.policy",
                    "--manifest=manifest", "--output=bundle-%d" % index,
                    "--form=file")

    def rebuild(self, name, job, code=0):
        results = "results-%s-%d" % (name, job)
        self.json("verify-build", "run", "--plan=plan", "--log-url=log",
                  *self.options(), "--key=%s.sec" % name, "--index=%d" % job,
                  "--results=" + results, code=code)
        self.aw("verify-build", "merge", "--plan=plan",
                "--policy=./extra.policy", "--publish=public", results)

    def verify(self, need, index=0, code=0):
        return self.json("verify", "--bundle=bundle-%d" % index,
                         "--policy=./extra.policy", "--rebuilds=public",
                         "--require-rebuilders=%d" % need, code=code)

    def test_operators(self):
        (self.dir / "public").mkdir()
        self.verify(1, code=30)
        self.rebuild("a1", 0)
        document = self.verify(1)
        self.assertEqual(document["rebuilders"],
                         {"required": "1", "reproduced": "1"})
        # A second key of the same operator is no second operator.
        self.rebuild("a2", 0)
        document = self.verify(2, code=30)
        self.assertEqual(document["rebuilders"]["reproduced"], "1")
        self.rebuild("bob", 0)
        self.verify(2)
        self.verify(3, code=2)  # the policy names two operators
        # Changed, or of another release: it does not count.
        (folder,) = (self.dir / "public").iterdir()
        good = {p: p.read_bytes() for p in folder.iterdir()}
        self.assertEqual(len(good), 3)
        for path, data in good.items():
            path.write_bytes(data.replace(b"index 0\n", b"index 1\n"))
        self.assertEqual(self.verify(1, code=30)["rebuilders"]["reproduced"],
                         "0")
        for path, data in good.items():
            path.write_bytes(data)
        self.verify(2)
        # One that differs is a finding, whatever the others say.
        self.rebuild("bob", 1, code=13)
        self.assertEqual(self.verify(1, 1, code=13)["rebuilders"]["reproduced"],
                         "0")


if __name__ == "__main__":
    awcli.main()
