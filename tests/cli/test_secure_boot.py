# SPDX-License-Identifier: Apache-2.0
"""The guide docs/secure-boot.md: its commands, run in its order."""
import awcli
import guides


class SecureBoot(guides.Guide):
    def test_commands(self):
        self.run_guide("secure-boot.md", 16)


if __name__ == "__main__":
    awcli.main()
