# SPDX-License-Identifier: Apache-2.0
"""Stand-in sources, compiler package and releases for tests of
aw verify-build: small, so that a rebuild takes tenths of a second."""
import hashlib
import json
import os
import shutil
import subprocess
import tempfile

import releases

GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com",
       "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false",
       "-c", "protocol.file.allow=always", "-c", "core.hooksPath=/dev/null",
       "-c", "core.fsmonitor=false"]
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(standin NONE)
foreach(image boot recovery os applet)
    add_custom_target(${image} COMMAND sh ${CMAKE_SOURCE_DIR}/build.sh ${image}
        ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/firmware "${LOG_ORIGIN}"
        "${GIT_SEMVER_TAG}" VERBATIM)
endforeach()
"""
PRESETS = {"version": 6, "configurePresets": [
    {"name": "firmware", "generator": "Ninja",
     "binaryDir": "${sourceDir}/build"}]}
# ELF for OS and applet; for the others a program behind an image vector table:
# header, entry, reserved, DCD, boot data, self, then boot data.
BUILD = r"""set -eu
image=$1 src=$2 out=$3
mkdir -p "$out"
%(before)s
test -f "$AW_SOURCES/lib.tar"
cd "$src"
standin-cc -g -O1 -nostdlib -static -no-pie -ffile-prefix-map="$src"=. \
    -Wl,--build-id=none "-DORIGIN=\"$4\"" "-DVERSION=\"$5\"" \
    -o "$out/$image.full" main.c
cp "$out/$image.full" "$out/$image.debug"
strip -o "$out/$image.elf" "$out/$image.full"
case $image in boot|recovery)
    objcopy -O binary -j .text -j .rodata "$out/$image.elf" "$out/$image.bin"
    { printf '\321\000\040\100'; head -c 16 /dev/zero
      printf '\000\000\101\000'; head -c 8 /dev/zero
      cat "$out/$image.bin"; } >"$out/$image.imx" ;;
esac
"""
MAIN = """const char origin[] = ORIGIN;
const char version[] = VERSION;
int answer = %d;

int twice(int a)
{
    return a + a + answer;
}

void _start(void)
{
    for (;;) {
        answer = twice(answer);
    }
}
"""


class RebuildTest(releases.ReleaseTest):
    """A repository, a compiler package, an archive, an empty log."""

    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)
        self.inputs = self.dir / "inputs"
        self.inputs.mkdir()
        (self.inputs / "lib.tar").write_bytes(b"third-party source")
        self.make_package()
        self.start("repo")

    def environment(self, extra=None):
        env = super().environment(extra)
        env.setdefault("AW_CACHE_DIR", str(self.dir / "cache"))
        return env

    def make_package(self):
        root = self.dir / "package"
        self.write("package/DEBIAN/control", "Package: standin\nVersion: 1\n"
                   "Architecture: all\nMaintainer: t <t@example.com>\n"
                   "Description: t\n")
        cc = self.write("package/usr/bin/standin-cc",
                        "#!/bin/sh\nexec gcc \"$@\"\n")
        cc.chmod(0o755)
        subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "-b", root,
                        self.inputs / "standin.deb"], check=True,
                       stdout=subprocess.DEVNULL)
        package = (self.inputs / "standin.deb").read_bytes()
        self.package_sha256 = hashlib.sha256(package).hexdigest()
        (self.inputs / self.package_sha256).write_bytes(package)

    def git(self, *args, repo="repo", **kwargs):
        return subprocess.run(
            GIT + ["-C", self.dir / repo, *args], check=True,
            stdout=subprocess.PIPE, env={**os.environ, "HOME": "/nonexistent"},
            **kwargs).stdout.decode().strip()

    def start(self, repo, before="", **files):
        """A new repository with one commit; returns the commit."""
        (self.dir / repo).mkdir()
        self.git("init", "-q", repo=repo)
        lib = releases.sha256((self.inputs / "lib.tar").read_bytes())
        self.lock = "# comment\nlib lib.tar %s\n" % lib
        self.write(repo + "/CMakeLists.txt", CMAKE)
        self.write(repo + "/CMakePresets.json", json.dumps(PRESETS))
        self.write(repo + "/build.sh", BUILD % {"before": before})
        self.write(repo + "/cmake/sources.lock", self.lock)
        self.write(repo + "/main.c", MAIN % 42)
        for name, text in files.items():
            self.write("%s/%s" % (repo, name), text)
        return self.commit(repo)

    def commit(self, repo="repo", **files):
        for name, text in files.items():
            self.write("%s/%s" % (repo, name.replace("__", ".")), text)
        self.git("add", "-A", repo=repo)
        self.git("commit", "-q", "--allow-empty", "-m", "change", repo=repo)
        return self.git("rev-parse", "HEAD", repo=repo)

    def manifest_of(self, component, version, image, commit, **more):
        text = {"schema_version": 0, "component": component,
                "git": {"tag_name": version, "commit_fingerprint": commit},
                "build": {"envs": ["LOG_ORIGIN=example.com/firmware/ci"],
                          "recipe": "c-firmware-1",
                          "toolchain": {"name": "standin", "version": "1",
                                        "package_sha256": self.package_sha256},
                          "sources_sha256": releases.sha256(
                              self.lock.encode())},
                "output": {"firmware_digest_sha256": releases.b64(image)}}
        for key, value in more.pop("build", {}).items():
            text["build"][key] = value
        if component in ("BOOTLOADER", "RECOVERY"):
            text["hab"] = {"target": "ci", "signature_digest_sha256":
                           releases.b64(b"csf")}
        text.update(more)
        return json.dumps(text, indent=2) + "\n"

    def signed(self, text, component="TRUSTED_APPLET"):
        """The manifest as a note signed by all who must."""
        note = text
        for role in releases.SIGNERS[component]:
            self.write("in.json", note)
            run = self.ok("manifest", "sign", "in.json", "--policy=./ci.policy",
                          *(["--key=keys/%s.sec" % role]))
            note = run.out
        return note

    def image(self, component, version="1.0.0", repo="repo"):
        """What the source gives, built here and not by aw."""
        name = {"TRUSTED_OS": "os", "TRUSTED_APPLET": "applet",
                "BOOTLOADER": "boot", "RECOVERY": "recovery"}[component]
        out = self.dir / "outside"
        shutil.rmtree(out, True)
        env = {"PATH": "%s:/usr/bin:/bin" % (self.dir / "package/usr/bin"),
               "AW_SOURCES": str(self.inputs), "LC_ALL": "C"}
        subprocess.run(["sh", self.dir / repo / "build.sh", name,
                        self.dir / repo, out, "example.com/firmware/ci",
                        version], check=True, env=env)
        kind = "imx" if name in ("boot", "recovery") else "elf"
        return (out / ("%s.%s" % (name, kind))).read_bytes()

    def release(self, component, version, image=None, repo="repo", **kwargs):
        """Publishes a release of the present commit; returns its image."""
        image = self.image(component, version, repo) if image is None else image
        commit = kwargs.pop("commit", None) or self.git("rev-parse", "HEAD",
                                                        repo=repo)
        self.write("r.img", image)
        self.write("r.json", self.manifest_of(component, version, image,
                                              commit, **kwargs))
        args = ["--component", component, "--image", "r.img",
                "--manifest", "r.json"]
        if component in ("BOOTLOADER", "RECOVERY"):
            self.write("r.csf", b"csf")
            args += ["--hab-sig", "r.csf"]
        self.ok("release", "publish", *args, *self.keys_for(component),
                *self.place(), "--sources=" + str(self.inputs),
                "--sources-lock=%s/cmake/sources.lock" % repo)
        return image

    def log_text(self, *notes):
        """Puts signed manifests into the log as they are, which aw release
        publish would not."""
        for number, note in enumerate(notes):
            self.write("leaf-%d" % number, note)
        self.ok("log", "add", "log",
                *("leaf-%d" % n for n in range(len(notes))))
        self.ok("log", "integrate", "log")
        self.ok("log", "sign", "log", "--key=keys/log.sec")

    def options(self, repo="repo"):
        return ["--policy=./ci.policy", "--repository=" +
                str(self.dir / repo), "--sources=" + str(self.inputs)]

    def follow(self, *args, code=0, **kwargs):
        """One look of the monitor."""
        return self.json("verify-build", "continuous", "--once", "--log-url=log",
                         "--artefacts=artefacts", *self.options(), *args,
                         code=code, **kwargs)

    def findings(self, *args, code=0):
        return self.json("verify-build", "findings", "--policy=./ci.policy",
                         *args, code=code)

    def single(self, text, *args, code=0, repo="repo", **kwargs):
        return self.json("verify-build", "single", *self.options(repo), *args,
                         code=code, stdin=text.encode(), **kwargs)

    def image_of(self, component, version="1.0.0", commit=None, **kwargs):
        """What the present source gives, by a rebuild that differs."""
        commit = commit or self.git("rev-parse", "HEAD")
        note = self.signed(self.manifest_of(component, version, b"?", commit,
                                            **kwargs), component)
        document = self.single(note, "--one-pass", "--evidence=images",
                               code=13)
        import gzip
        import pathlib
        return gzip.decompress(
            pathlib.Path(self.dir, document["evidence"],
                         "image-1.gz").read_bytes())


class HistoryTest(RebuildTest):
    """A log with releases of all components, over several commits; made once
    a file and copied."""

    MINORS = 1
    base = None

    @classmethod
    def tearDownClass(cls):
        if cls.base is not None:
            shutil.rmtree(cls.base, True)
            cls.base = None

    def setUp(self):
        releases.ReleaseTest.setUp(self)
        os.chmod(self.dir, 0o755)
        self.inputs = self.dir / "inputs"
        if type(self).base is None:
            self.inputs.mkdir()
            (self.inputs / "lib.tar").write_bytes(b"third-party source")
            self.make_package()
            self.start("repo")
            self.make_history()
            type(self).base = tempfile.mkdtemp(prefix="aw-history-")
            type(self).package = self.package_sha256
            type(self).lock_text = self.lock
            shutil.copytree(self.dir, self.base, dirs_exist_ok=True,
                            symlinks=True)
        else:
            shutil.rmtree(self.dir)
            shutil.copytree(self.base, self.dir, symlinks=True)
        self.package_sha256 = type(self).package
        self.lock = type(self).lock_text
        self.forget()

    def make_history(self):
        for minor in range(self.MINORS):
            self.commit(main__c=MAIN % (50 + minor))
            for component in releases.SIGNERS:
                self.release(component, "1.%d.0" % minor)

    def altered(self, version="2.0.0"):
        """Publishes an OS in which one byte of code is another. Returns the
        offset of that byte."""
        image = bytearray(self.image("TRUSTED_OS", version))
        at = self.code_of()
        image[at] ^= 0xff
        self.release("TRUSTED_OS", version, bytes(image))
        return at

    def code_of(self):
        """Offset of function `twice` in an ELF file without symbols."""
        full = self.dir / "outside" / "os.full"
        symbols = subprocess.run(["nm", full], check=True,
                                 stdout=subprocess.PIPE).stdout.decode()
        address = next(int(line.split()[0], 16)
                       for line in symbols.splitlines()
                       if line.endswith(" twice"))
        headers = subprocess.run(["readelf", "-SW", self.dir / "outside/os.elf"],
                                 check=True,
                                 stdout=subprocess.PIPE).stdout.decode()
        words = next(line.split("]", 1)[1].split()
                     for line in headers.splitlines() if " .text " in line)
        return address - int(words[2], 16) + int(words[3], 16)


class HostileTest(HistoryTest):
    """Releases that do not build, and one behind them that does."""

    MINORS = 0

    def make_history(self):
        """One release that builds, which comes last."""
        self.good = self.git("rev-parse", "HEAD")

    def note(self, commit, version, image=b"?", **kwargs):
        return self.signed(self.manifest_of("TRUSTED_OS", version, image,
                                            commit, **kwargs), "TRUSTED_OS")

    def follow_all(self, notes, *args):
        """Verdict and reason of each; a good release after them shows that
        the monitor is alive."""
        good = self.git("rev-parse", "main")
        self.git("checkout", "-q", "main")
        notes.append(self.note(good, "9.9.9",
                               self.image("TRUSTED_OS", "9.9.9")))
        self.log_text(*notes)
        run = self.aw("verify-build", "continuous", "--once", "--log-url=log",
                      *self.options(), "--retry-pause=1h", *args, "--json")
        rows = self.document(run)["rebuilds"]
        self.assertEqual([r["index"] for r in rows],
                         [str(i) for i in range(len(notes))], run)
        self.assertEqual(rows[-1]["verdict"], "reproduced", rows[-1])
        self.assertEqual(os.listdir(self.dir / "cache/rebuild/work"), [])
        return [(r["verdict"], r["reason"]) for r in rows[:-1]]

    def branch(self, name, **files):
        """A commit of its own, next to main."""
        self.git("checkout", "-q", "-B", name, "main")
        commit = self.commit(**files)
        return commit

    def check(self, got, wanted):
        self.assertEqual(len(got), len(wanted))
        for (verdict, reason), (name, expected, text) in zip(got, wanted):
            self.assertIn(verdict, expected.split("|"), (name, reason))
            self.assertIn(text, reason, name)
