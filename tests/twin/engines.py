# SPDX-License-Identifier: Apache-2.0
"""Runs test images on the engines that there are."""
import selectors
import shutil
import subprocess
import time

QEMU = "qemu-system-arm"
SKIPPED = 77


def skip(why):
    print("skipped: " + why)
    return SKIPPED


def on_twin(program, image, seconds=120):
    """Lines that an image prints on our processor, and what ended it."""
    done = subprocess.run([program, image], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=seconds,
                          check=False)
    return done.stdout.decode().splitlines(), done.stderr.decode().strip()


def have_qemu():
    return shutil.which(QEMU) is not None


def on_qemu(image, last, seconds=60):
    """Lines up to the first that satisfies last(); QEMU does not end itself."""
    deadline = time.monotonic() + seconds
    # pylint: disable=consider-using-with
    qemu = subprocess.Popen(
        [QEMU, "-M", "mcimx6ul-evk", "-m", "512M", "-display", "none",
         "-monitor", "none", "-serial", "null", "-serial", "stdio",
         "-no-reboot", "-kernel", image],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    text = b""
    try:
        watch = selectors.DefaultSelector()
        watch.register(qemu.stdout, selectors.EVENT_READ)
        while not any(last(line) for line in
                      text.decode(errors="replace").split("\n")[:-1]):
            left = deadline - time.monotonic()
            if left <= 0 or not watch.select(left):
                break
            more = qemu.stdout.read1(65536)
            if not more:
                break
            text += more
    finally:
        qemu.kill()
        qemu.wait()
    return text.decode(errors="replace").splitlines()
