# SPDX-License-Identifier: Apache-2.0
"""Random C programs: the same checksums everywhere.

    test_programs.py ENGINE PROGRAM FOLDER

ENGINE is `twin` or `qemu`, PROGRAM is twin-image. FOLDER holds, for each level
of optimisation, programs-LEVEL.elf and programs-host-LEVEL, the same programs
for this machine, whose compiler had nothing to do with the other."""
import pathlib
import subprocess
import sys

import engines

LEVELS = ("O1", "O2", "O3", "Os")
LEAST = 200
LAST = "all programs done"


def on_host(program):
    done = subprocess.run([program], stdout=subprocess.PIPE, timeout=120,
                          check=True)
    return done.stdout.decode().splitlines()


def main(engine, program, folder):
    if engine == "qemu" and not engines.have_qemu():
        return engines.skip("qemu-system-arm is not installed")
    same = 0
    bad = 0
    for level in LEVELS:
        image = str(pathlib.Path(folder, "programs-%s.elf" % level))
        want = on_host(str(pathlib.Path(folder, "programs-host-" + level)))
        if engine == "qemu":
            got, error = engines.on_qemu(image, lambda line: line == LAST), ""
        else:
            got, error = engines.on_twin(program, image)
        if error or len(got) != len(want):
            print("%s: %d lines of %d; %s" % (level, len(got), len(want),
                                              error))
            bad += 1
        for one, other in zip(want, got):
            if one != other:
                print("%s: want %r\n    got %r" % (level, one, other))
                bad += 1
            elif one.startswith("program "):
                same += 1
    print("%d programs with the same checksum, %d differ" % (same, bad))
    return 0 if bad == 0 and same >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
