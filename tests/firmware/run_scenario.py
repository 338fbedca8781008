# SPDX-License-Identifier: Apache-2.0
"""Runs a suite of tests/scenario, built for the host, over the images of a
folder.

    run_scenario.py TREE FOLDER SUITE

TREE is the source tree: the program is that of its build/release, else of
build/dev, which is ten times slower. Exit code 77, which CTest counts as
skipped, without it."""
import os
import sys


def main(tree, folder, suite):
    programs = [os.path.join(tree, "build", preset, "tests", "scenario",
                             "scenario") for preset in ("release", "dev")]
    programs = [p for p in programs if os.access(p, os.X_OK)]
    if not programs:
        print("skipped: build the preset release first")
        return 77
    program = programs[0]
    sys.stdout.flush()
    os.execv(program, [program, folder, suite])
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
