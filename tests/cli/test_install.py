# SPDX-License-Identifier: Apache-2.0
"""What cmake --install puts where, below DESTDIR."""
import os
import subprocess

import awcli


class Install(awcli.Test):
    def test_files(self):
        root = self.dir / "root"
        done = subprocess.run(
            ["cmake", "--install", str(awcli.BUILD), "--prefix", "/usr"],
            env=dict(os.environ, DESTDIR=str(root)), capture_output=True,
            timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        files = {str(p.relative_to(root)) for p in root.rglob("*")
                 if not p.is_dir()}
        for name in ("usr/bin/aw",
                     "usr/include/aw/bytes.h",
                     "usr/include/aw/ftlog/note.h",
                     "usr/share/man/man1/aw.1",
                     "usr/share/man/man1/aw-note.1",
                     "usr/share/bash-completion/completions/aw",
                     "usr/share/zsh/site-functions/_aw",
                     "usr/share/fish/vendor_completions.d/aw.fish",
                     "usr/share/aw/schema/aw.schema.json",
                     "usr/share/aw/schema/note-verify.schema.json",
                     "usr/lib/udev/rules.d/70-armored-witness.rules"):
            self.assertIn(name, files)
        names = [f.rsplit("/", 1)[1] for f in files]
        for name in ("libaw.so.0", "libaw.a", "libaw.pc"):
            self.assertIn(name, names)
        self.assertFalse([f for f in files if not f.startswith("usr/")])
        programs = [c["command"] for c in self.json("help")["commands"]
                    if c["program"]]
        for name in programs:
            link = root / "usr" / "bin" / name
            self.assertEqual(os.readlink(link), "aw")
            run = self.ok("--help", program=link)
            self.assertIn("Usage: aw %s " % name, run.out)
            for path in ("man/man1/%s.1", "bash-completion/completions/%s",
                         "fish/vendor_completions.d/%s.fish"):
                file = root / "usr" / "share" / (path % name)
                self.assertTrue(file.is_symlink() and file.exists(), file)


if __name__ == "__main__":
    awcli.main()
