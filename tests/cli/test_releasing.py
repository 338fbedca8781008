# SPDX-License-Identifier: Apache-2.0
"""The guide docs/releasing.md: its commands, run in its order."""
import awcli
import guides


class Releasing(guides.Guide):
    def test_commands(self):
        self.run_guide("releasing.md", 30)


if __name__ == "__main__":
    awcli.main()
