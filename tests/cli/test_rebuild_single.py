# SPDX-License-Identifier: Apache-2.0
"""aw verify-build single: from a manifest to a verdict."""
import awcli
import releases
from rebuilds import RebuildTest


class Single(RebuildTest):
    def test_reproduced(self):
        for component in releases.SIGNERS:
            image = self.image_of(component)
            commit = self.git("rev-parse", "HEAD")
            note = self.signed(self.manifest_of(component, "1.0.0", image,
                                                commit), component)
            document = self.single(note)
            self.assertEqual(document["verdict"], "reproduced")
            self.assertEqual(document["expected"], document["built"])
            self.assertEqual(document["passes"], "2")
            self.assertTrue(document["varied"].startswith("path,user"))


if __name__ == "__main__":
    awcli.main()
