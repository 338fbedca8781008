# SPDX-License-Identifier: Apache-2.0
"""Runs an image on QEMU's mcimx6ul-evk and reads its second serial port.

    run_qemu.py IMAGE.elf LAST [SECONDS]

Passes when the line LAST comes and no line begins with FAIL, panic or bug.
Exit code 77, which CTest counts as skipped, without QEMU."""
import selectors
import shutil
import subprocess
import sys
import tempfile
import time

QEMU = "qemu-system-arm"
CARD = 4 << 30  # bytes: below 2 GiB QEMU makes cards that address bytes


def main(image, last, seconds="60"):
    if shutil.which(QEMU) is None:
        print("skipped: %s is not installed" % QEMU)
        return 77
    with tempfile.NamedTemporaryFile() as card:
        card.truncate(CARD)
        return run(image, last, seconds, card.name)


def run(image, last, seconds, card):
    deadline = time.monotonic() + float(seconds)
    # pylint: disable=consider-using-with
    qemu = subprocess.Popen(
        [QEMU, "-M", "mcimx6ul-evk", "-m", "512M", "-display", "none",
         "-monitor", "none", "-serial", "null", "-serial", "stdio",
         "-no-reboot", "-kernel", image,
         "-drive", "if=sd,index=0,format=raw,file=" + card],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    text = b""
    try:
        watch = selectors.DefaultSelector()
        watch.register(qemu.stdout, selectors.EVENT_READ)
        while (last + "\n").encode() not in text:
            left = deadline - time.monotonic()
            if left <= 0 or not watch.select(left):
                print("no line %r within %s s" % (last, seconds))
                break
            more = qemu.stdout.read1(4096)
            if not more:
                print("QEMU ended")
                break
            text += more.replace(b"\r", b"")
    finally:
        qemu.kill()
        qemu.wait()
    lines = text.decode(errors="replace").splitlines()
    print("\n".join(lines))
    bad = [l for l in lines if l.startswith(("FAIL", "panic", "bug"))]
    return 1 if bad or last not in lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
