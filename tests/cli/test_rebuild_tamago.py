# SPDX-License-Identifier: Apache-2.0
"""aw verify-build with recipe tamago-make-1, on stand-ins over loopback: the
four repositories, a module server and a toolchain. The real ones are out of
reach of the tests."""
import functools
import http.server
import json
import threading

import awcli
from rebuilds import RebuildTest

# What Makefiles of upstream ask the Go program for; here it writes down what
# it was given, in the order in which the environment has it.
GO = r"""#!/bin/sh
set -eu
case $1 in build) ;; *) exit 9 ;; esac
test "$(git rev-parse HEAD)" = "$(cat .git/HEAD)"
git describe --tags --always >/dev/null
read -r module <"${GOPROXY#file://}/example.com/!dep/mod/@v/v1.2.3.mod"
test -s "${GOPROXY#file://}/example.com/!dep/mod/@v/v1.2.3.zip"
mkdir -p "$GOPATH" "$GOCACHE"
{
    printf '\177ELF'
    echo "$module $GIT_SEMVER_TAG $(basename "$TAMAGO") $2"
    for name in LOG_PUBLIC_KEY APPLET_PUBLIC_KEY OS_PUBLIC_KEY1 OS_PUBLIC_KEY2
    do
        eval "file=\${$name-}"
        [ -z "$file" ] || echo "$name $(cat "$file")"
    done
    echo "origin ${LOG_ORIGIN-} debug ${DEBUG-} bee ${BEE-}"
} >"$3"
"""
MAKEFILE = """imx:
	mkdir -p bin && $(TAMAGO) build imx %(file)s
trusted_os_release:
	mkdir -p bin && $(TAMAGO) build os bin/trusted_os.elf
trusted_applet_nosign:
	mkdir -p bin && $(TAMAGO) build applet bin/trusted_applet.elf
"""
SUMS = ("example.com/Dep/mod v1.2.3 h1:AAAA=\n"
        "example.com/Dep/mod v1.2.3/go.mod h1:AAAA=\n")
FILES = {"BOOTLOADER": ("imx", "armored-witness-boot.imx"),
         "RECOVERY": ("imx", "armory-ums.imx"),
         "TRUSTED_OS": ("os", "bin/trusted_os.elf"),
         "TRUSTED_APPLET": ("applet", "bin/trusted_applet.elf")}


class Tamago(RebuildTest):
    def setUp(self):
        super().setUp()
        self.commits = {}
        for component, (_, name) in FILES.items():
            repo = "www/" + component.lower()
            (self.dir / repo).mkdir(parents=True)
            self.git("init", "-q", repo=repo)
            self.write(repo + "/Makefile", MAKEFILE % {"file": name})
            self.write(repo + "/go.sum", SUMS)
            self.commits[component] = self.commit(repo)
            self.git("tag", "v1.0.0", repo=repo)
            self.git("update-server-info", repo=repo)
        modules = "www/modules/example.com/!dep/mod/@v/v1.2.3"
        self.write(modules + ".mod", "module example.com/Dep/mod\n")
        self.write(modules + ".zip", "PK")
        self.write(modules + ".info", '{"Version":"v1.2.3"}')
        go = self.write("tamago/1.22.0/bin/go", GO)
        go.chmod(0o755)
        for folder in ("tamago", "tamago/1.22.0", "tamago/1.22.0/bin"):
            (self.dir / folder).chmod(0o755)
        self.asked = []
        test = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *args):
                test.asked.append(self.path)

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler,
                                                directory=self.dir / "www"))
        self.server.daemon_threads = True
        thread = threading.Thread(target=self.server.serve_forever,
                                  args=(0.01,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def expected(self, component):
        lines = ["module example.com/Dep/mod 1.0.0 go " + FILES[component][0]]
        for name, role in (("LOG_PUBLIC_KEY", "log"),
                           ("APPLET_PUBLIC_KEY", "applet"),
                           ("OS_PUBLIC_KEY1", "os1"),
                           ("OS_PUBLIC_KEY2", "os2")):
            lines.append("%s %s" % (name, self.vkey(role)))
        lines.append("origin example.com/firmware/ci debug 1 bee 0")
        return b"\x7fELF" + "".join(l + "\n" for l in lines).encode()

    def text(self, component, image, **build):
        envs = ["LOG_ORIGIN=example.com/firmware/ci", "DEBUG=1", "BEE=0"]
        envs += ["%s=%s" % (name, self.vkey(role))
                 for name, role in (("LOG_PUBLIC_KEY", "log"),
                                    ("APPLET_PUBLIC_KEY", "applet"),
                                    ("OS_PUBLIC_KEY1", "os1"),
                                    ("OS_PUBLIC_KEY2", "os2"))]
        manifest = json.loads(self.manifest_of(
            component, "1.0.0", image, self.commits[component]))
        manifest["build"] = {"tamago_version": "1.22.0", "envs": envs, **build}
        return self.signed(json.dumps(manifest, indent=2) + "\n", component)

    def rebuild(self, note, *args, code=0):
        repositories = ["--repository=%s=%s/%s/.git" % (c, self.url, c.lower())
                        for c in FILES]
        return self.json("verify-build", "single", "--policy=./ci.policy",
                         *repositories, "--tamago_dir=tamago",
                         "--go-proxy=%s/modules" % self.url, *args, code=code,
                         stdin=note.encode())

    def test_all_components(self):
        for component in FILES:
            image = self.expected(component)
            document = self.rebuild(self.text(component, image),
                                    "--evidence=ev")
            self.assertEqual(document["verdict"], "reproduced")
            self.assertEqual(document["recipe"], "tamago-make-1")
            self.assertEqual(document["passes"], "2")
        # Modules were fetched once, all else is in the cache, too.
        self.assertEqual(sum(p.endswith(".zip") for p in self.asked), 1)
        self.asked.clear()
        self.rebuild(self.text(component, image))
        self.assertEqual(self.asked, [])

    def test_not_to_be_had(self):
        note = self.text("TRUSTED_OS", b"x")
        (self.dir / "www/modules/example.com/!dep/mod/@v/v1.2.3.zip").unlink()
        document = self.rebuild(note, "--tries=1", code=20)
        self.assertEqual(document["verdict"], "unavailable")
        self.assertIn("v1.2.3.zip", document["reason"])
        # Hostile go.sum: names that lead elsewhere.
        for line in ("../../../etc/x v1 h1:A=", "a v1/../../x h1:A=",
                     "/etc/passwd v1 h1:A=", "a", "a b c"):
            self.write("www/trusted_os/go.sum", line + "\n")
            self.commits["TRUSTED_OS"] = self.commit("www/trusted_os")
            self.git("update-server-info", repo="www/trusted_os")
            document = self.rebuild(self.text("TRUSTED_OS", b"x"), code=30)
            self.assertEqual(document["verdict"], "refused", line)

    def test_toolchain_and_variables(self):
        (self.dir / "tamago/1.22.0").rename(self.dir / "tamago/1.23.0")
        document = self.rebuild(self.text("TRUSTED_OS", b"x"), code=20)
        self.assertEqual(document["verdict"], "unavailable")
        for env in ("GOPATH=/tmp", "TAMAGO=/bin/sh", "GOFLAGS=-toolexec=x",
                    "GIT_SEMVER_TAG=2.0.0", "DEBUG=2"):
            note = self.text("TRUSTED_OS", b"x", envs=[env])
            self.assertEqual(self.rebuild(note, code=10)["verdict"], "refused")


if __name__ == "__main__":
    awcli.main()
