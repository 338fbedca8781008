# SPDX-License-Identifier: Apache-2.0
"""The processor test image: the same lines everywhere.

    test_image.py ENGINE PROGRAM IMAGE LINES

ENGINE is `twin` (ours, against the lines in the file LINES), `qemu` (QEMU's
mcimx6ul-evk against ours, live) or `unicorn`. PROGRAM runs images: twin-image,
or unicorn-image. A line may differ only where DIFFERS says so."""
import sys

import engines

LEAST = 49

# Engine, start of a line, why.
DIFFERS = {
    "twin": [],
    "qemu": [("ACTLR: ", "QEMU has no SMP bit there")],
    "unicorn": [
        ("ACTLR: ", "it has no SMP bit there"),
        ("VFP is undefined without CPACR: ", "it does not look at CPACR"),
        ("unaligned LDRD: ", "it loads and stores at any address"),
        ("unaligned LDM: ", "it loads and stores at any address"),
        ("unaligned STM: ", "it loads and stores at any address"),
        ("unaligned LDR, SCTLR.A: ", "it does not know SCTLR.A"),
        ("unaligned STRH, SCTLR.A: ", "it does not know SCTLR.A"),
        ("ISR shows it: ", "its ISR never shows an interrupt"),
        ("all checks passed", "for these reasons"),
    ],
}


def allowed(engine, line):
    return any(line.startswith(start) for start, _ in DIFFERS[engine])


def compare(engine, want, got):
    """Prints what differs; number of lines that may not."""
    bad = 0
    for number in range(max(len(want), len(got))):
        one = want[number] if number < len(want) else "(no line)"
        other = got[number] if number < len(got) else "(no line)"
        if one == other:
            continue
        known = allowed(engine, one)
        print("%s: want %r\n    got %r" %
              ("known" if known else "DIFFERS", one, other))
        bad += 0 if known else 1
    return bad


def is_last(line):
    return line.startswith(("all checks passed", "checks failed"))


def main(engine, program, image, lines):
    with open(lines, encoding="ascii") as file:
        want = file.read().splitlines()
    if engine == "qemu":
        if not engines.have_qemu():
            return engines.skip("qemu-system-arm is not installed")
        got = engines.on_qemu(image, is_last)
        error = ""
    else:
        got, error = engines.on_twin(program, image)
    checks = sum(": ok" in line for line in got)
    bad = compare(engine, want, got)
    for start, why in DIFFERS[engine]:
        if not any(one.startswith(start) and one != other
                   for one, other in zip(want, got)):
            print("DIFFERS no more: %r, %s" % (start, why))
            bad += 1
    print("%d checks, %d lines differ%s" %
          (checks, bad, "; " + error if error else ""))
    return 0 if bad == 0 and checks >= LEAST and error == "" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
