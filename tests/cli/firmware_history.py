# SPDX-License-Identifier: Apache-2.0
"""Releases of the real firmware: a repository with the checkout's files and a
few commits on top, a package with the machine's compiler, images that were
built outside of aw."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import awcli
import releases
from rebuilds import RebuildTest

GCC = "/usr/bin/arm-none-eabi-gcc"
ORIGIN = "example.com/firmware/ci"
# Target, file that is released.
IMAGES = {"BOOTLOADER": ("boot", "boot.imx"),
          "RECOVERY": ("recovery", "recovery.imx"),
          "TRUSTED_OS": ("os", "os.elf"),
          "TRUSTED_APPLET": ("applet", "applet.elf")}
# Of all that is in a repository, what firmware is built of.
PARTS = ("CMakeLists.txt", "CMakePresets.json", "cmake", "firmware", "ftlog",
         "hab", "libaw", "tests/firmware", "tools")


def archives():
    """Where the archives of cmake/sources.lock are, by digest, or None."""
    cache = pathlib.Path(
        os.environ.get("AW_SOURCE_CACHE") or pathlib.Path(
            os.environ.get("XDG_CACHE_HOME") or
            pathlib.Path.home() / ".cache", "aw/sources"))
    for line in (awcli.SOURCE / "cmake/sources.lock").read_text().splitlines():
        words = line.split()
        if line.startswith("#") or not words:
            continue
        if not (cache / words[2]).is_file():
            return None
    return cache


def available():
    return os.access(GCC, os.X_OK) and archives() is not None


@unittest.skipUnless(available(), "no compiler for the device, or no archives "
                     "in the cache of tools/fetch-sources")
class FirmwareTest(RebuildTest):
    """One commit: the checkout as it is."""

    def setUp(self):  # pylint: disable=super-init-not-called
        releases.ReleaseTest.setUp(self)
        os.chmod(self.dir, 0o755)
        self.inputs = self.dir / "inputs"
        self.inputs.mkdir()
        self.make_package()
        self.take_archives()
        self.start_repository()
        self.variables = {
            "LOG_ORIGIN": ORIGIN, "LOG_PUBLIC_KEY": self.vkey("log"),
            "OS_PUBLIC_KEY1": self.vkey("os1"),
            "OS_PUBLIC_KEY2": self.vkey("os2"),
            "APPLET_PUBLIC_KEY": self.vkey("applet")}

    def environment(self, extra=None):
        env = super().environment(extra)
        env.pop("AW_SOURCE_CACHE", None)
        return env

    def make_package(self):
        """The C compiler of the machine, without what C needs not."""
        found = subprocess.run(
            [GCC, "-print-libgcc-file-name"], check=True,
            stdout=subprocess.PIPE).stdout.decode().strip()
        own = pathlib.Path(found).parent
        names = [own / n for n in (
            "cc1", "collect2", "liblto_plugin.so", "lto-wrapper", "libgcc.a",
            "include", "include-fixed")]
        names += list(pathlib.Path("/usr/bin").glob("arm-none-eabi-gcc*"))
        package = self.inputs / "gcc.tar.gz"
        subprocess.run(["tar", "-C", "/", "-I", "gzip -1", "-cf", package] +
                       [str(n).lstrip("/") for n in names if n.exists()],
                       check=True)
        data = package.read_bytes()
        self.package_sha256 = hashlib.sha256(data).hexdigest()
        package.rename(self.inputs / self.package_sha256)

    def take_archives(self):
        cache = archives()
        self.lock = (awcli.SOURCE / "cmake/sources.lock").read_text()
        for line in self.lock.splitlines():
            words = line.split()
            if words and not line.startswith("#"):
                shutil.copy(cache / words[2], self.inputs / words[1])

    def start_repository(self):
        """Files that git knows, as they are in the checkout."""
        repo = self.dir / "repo"
        repo.mkdir()
        self.git("init", "-q")
        known = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", awcli.SOURCE, "ls-files",
             "-z", "--", *PARTS], check=False, stdout=subprocess.PIPE)
        names = known.stdout.decode().split("\0") if known.returncode == 0 \
            else []
        if not any(names):
            self.skipTest("no list of the checkout's files")
        for name in filter(None, names):
            if not (awcli.SOURCE / name).is_file():
                continue
            place = repo / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(awcli.SOURCE / name, place)
        self.commit()

    def edit(self, path, old, new):
        """A change of a file in the repository."""
        file = self.dir / "repo" / path
        text = file.read_text()
        self.assertIn(old, text, path)
        file.write_text(text.replace(old, new, 1))

    def change(self, number):
        """A commit that changes what applet, OS and recovery say."""
        for path, old in (
                ("firmware/applet/minimal.c", r'"minimal: not signed[^"]*"'),
                ("firmware/os/main.c", r'"reboot[^"]*"'),
                ("firmware/recovery/main.c", r'"ready[^"]*"')):
            file = self.dir / "repo" / path
            text, n = re.subn(old, lambda m: m.group().split("\\n")[0].split(
                " #")[0].rstrip('"') + ' #%d\\n"' % number, file.read_text(),
                count=1)
            self.assertEqual(n, 1, path)
            file.write_text(text)
        return self.commit()

    def build_outside(self, version, *targets):
        """With the installed compiler and what is there from the last time."""
        out = self.dir / "outside"
        env = {"PATH": os.environ["PATH"], "HOME": str(self.dir / "home"),
               "AW_SOURCES": str(self.inputs), "LC_ALL": "C"}
        values = dict(self.variables, GIT_SEMVER_TAG=version,
                      REV=self.git("rev-parse", "HEAD"))
        for command in (
                ["cmake", "-S", self.dir / "repo", "-B", out, "--preset",
                 "firmware", *("-D%s=%s" % v for v in values.items())],
                ["cmake", "--build", out, "--target", *targets]):
            run = subprocess.run(command, env=env, check=False,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
            self.assertEqual(run.returncode, 0, run.stdout[-4000:].decode())
        return out / "firmware"

    def image(self, component, version="1.0.0", repo="repo"):
        target, file = IMAGES[component]
        return (self.build_outside(version, target) / file).read_bytes()

    def manifest_of(self, component, version, image, commit, **more):
        build = {"envs": ["%s=%s" % v for v in self.variables.items()],
                 "toolchain": {"name": "gcc-arm-none-eabi", "version": "12.2",
                               "package_sha256": self.package_sha256}}
        build.update(more.pop("build", {}))
        return super().manifest_of(component, version, image, commit,
                                   build=build, **more)

    def release_all(self, version):
        """All four of the present commit."""
        out = self.build_outside(version, *(t for t, _ in IMAGES.values()))
        for component, (_, file) in IMAGES.items():
            self.release(component, version, (out / file).read_bytes())

    def parts(self):
        """Sizes of the parts in the cache."""
        return [path.stat().st_size for path in
                (self.dir / "cache/rebuild/parts").glob("*.tar")]

    def code_of(self, symbol, file="os"):
        """Offset of a function in the ELF file without symbols."""
        out = self.dir / "outside" / "firmware"
        table = subprocess.run(
            ["arm-none-eabi-nm", out / (file + ".debug")], check=True,
            stdout=subprocess.PIPE).stdout.decode()
        address = next(int(line.split()[0], 16) for line in table.splitlines()
                       if line.endswith(" " + symbol))
        headers = subprocess.run(
            ["arm-none-eabi-readelf", "-lW", out / (file + ".elf")],
            check=True, stdout=subprocess.PIPE).stdout.decode()
        for line in headers.splitlines():
            words = line.split()
            if words[:1] == ["LOAD"]:
                offset, start, _, size = (int(w, 16) for w in words[1:5])
                if start <= address < start + size:
                    return address - start + offset
        raise AssertionError(symbol)

