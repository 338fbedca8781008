# SPDX-License-Identifier: Apache-2.0
"""The host's program that firmware is tried with, the newest one that was
built, and the helpers of tests/cli, which this makes importable."""
import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ["AW_SOURCE"])
IMAGE = pathlib.Path(os.environ["AW_IMAGE"])
IMAGES = IMAGE.parent  # all images are in one folder
sys.path.insert(0, str(SOURCE / "tests" / "cli"))
PROGRAMS = [SOURCE / "build" / preset / "cmd" / "aw"
            for preset in ("release", "dev")]
PROGRAM = max((p for p in PROGRAMS if p.exists()), default=None,
              key=os.path.getmtime)
if PROGRAM is None:
    print("skipped: build the preset release first")
    sys.exit(77)
os.environ.setdefault("AW_PROGRAM", str(PROGRAM))
os.environ.setdefault("AW_BUILD", str(PROGRAM.parent.parent))
