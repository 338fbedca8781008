# SPDX-License-Identifier: Apache-2.0
"""Each strict check of the twin's processor and bus is taken out in turn, and
a test has to notice.

    test_mutants.py SOURCE COMPILER

A mutant is a copy of one file with one text replaced; the processor, the bus
and their suites are built around it, from SOURCE and without the project's
build folder. It counts as killed when the cases named here, of all that there
are, fail. A text that is not found exactly so often is a failure, too: the
check has moved, and so must its line here."""
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

FOLDERS = ("twin/core", "twin/cpu", "libaw/base")
FILES = ("hostio/alloc.c", "tests/twin/machine.c",
         "tests/unit/check_twin_strict.c", "tests/unit/check_twin_bus.c",
         "tests/unit/main.c")
INCLUDE = ("twin", "libaw/include", "hostio/include", "tests/twin",
           "tests/support")

# What it lets pass, file, text, how often, what takes its place, cases.
MUTANTS = (
    ("unaligned access with the MMU off", "twin/cpu/mmu.c",
     "m->memory = TW_STRONGLY_ORDERED;", 1,
     "m->memory = TW_NORMAL;", {"alignment"}),
    ("unaligned access to Device memory", "twin/cpu/access.c",
     "e->memory != TW_NORMAL", 2,
     "e->memory == TW_STRONGLY_ORDERED", {"alignment"}),
    ("unaligned access to strongly-ordered memory", "twin/cpu/access.c",
     "e->memory != TW_NORMAL", 2,
     "e->memory == TW_DEVICE_MEMORY", {"alignment"}),
    ("unaligned LDM, LDRD, LDREX", "twin/cpu/access.c",
     "if (how->aligned || ", 1, "if (", {"alignment"}),
    ("unaligned access with SCTLR.A", "twin/cpu/access.c",
     "[world] & TW_SCTLR_A) != 0", 1, "[world] & TW_SCTLR_A) == 3",
     {"sctlr_a_is_for_all_memory"}),
    ("DMA to lines that were not cleaned", "twin/core/bus.c",
     "if (t->page.dirty[i] != 0) {", 1, "if (t->page.dirty[i] == 7) {",
     {"dirty_lines"}),
    ("DMA by which a device writes to such lines", "twin/core/bus.c",
     "if (t->told || ", 1, "if (t->how.write || t->told || ",
     {"dirty_lines"}),
    ("stores that do not mark their line", "twin/cpu/access.c",
     "tw_page_mark(&page, address % TW_PAGE / TW_LINE);", 1,
     "(void)page;", {"store_marks_line", "cleaning"}),
    ("new code without instruction-cache maintenance", "twin/cpu/code.c",
     "    return mine->run(c, mine);", 1,
     "    const struct tw_insn copy = *mine;\n\n"
     "    mine->run = decode_first;\n"
     "    mine->cond = TW_COND_AL;\n"
     "    return copy.run(c, &copy) == NULL ? NULL : mine + 1;",
     {"stale_code_runs"}),
    ("stores that drop the code which they replace", "twin/cpu/access.c",
     "tw_page_mark(&page, address % TW_PAGE / TW_LINE);", 1,
     "tw_page_mark(&page, address % TW_PAGE / TW_LINE); c->generation++;",
     {"stored_code_is_stale"}),
    ("maintenance that drops no code", "twin/cpu/code.c",
     "    c->generation++;", 1, "    (void)c;",
     {"stale_code_runs"}),
    ("maintenance of a line that drops none", "twin/cpu/code.c",
     "if (code != NULL && code->frame == frame) {", 1,
     "if (code != NULL && code->frame == ~frame) {", {"one_line_of_code"}),
)


class Build:
    def __init__(self, source, compiler, folder):
        self.source = pathlib.Path(source)
        self.folder = pathlib.Path(folder)
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "check", "libcjson"],
            stdout=subprocess.PIPE, check=True).stdout.decode()
        self.flags = shlex.split(flags)
        unit = self.folder / "unit"
        unit.mkdir()
        for name in ("main.c", "suites.h"):
            (unit / name).write_bytes(
                (self.source / "tests/unit" / name).read_bytes())
        (unit / "suites.def").write_text("SUITE(twin_bus)\n"
                                         "SUITE(twin_strict)\n")
        self.compile_args = [
            compiler, "-std=c11", "-D_GNU_SOURCE", "-O1", "-w",
            "-I%s" % unit] + ["-I%s" % (self.source / i) for i in INCLUDE]

    def compile(self, file, text=None):
        """Object of a source file, or of other text in its place."""
        path = self.source / file
        name = file.replace("/", "-")
        if file.startswith("tests/unit/"):
            # Beside its suites.def, not the project's.
            text = path.read_text()
        if text is not None:
            path = self.folder / "unit" / (
                pathlib.Path(file).name if file.startswith("tests/unit/")
                else "mutant-" + name)
            path.write_text(text)
            name = "mutant-" + name
        out = self.folder / (name + ".o")
        subprocess.run(self.compile_args + self.flags +
                       ["-c", "-o", str(out), str(path)], check=True)
        return str(out)

    def run(self, objects):
        """Names of the cases that fail, and how many there were."""
        program = self.folder / "suites"
        subprocess.run([self.compile_args[0], "-o", str(program), *objects] +
                       self.flags, check=True)
        done = subprocess.run([program], stdout=subprocess.PIPE, timeout=300,
                              check=False, env={**os.environ,
                                                "CK_DEFAULT_TIMEOUT": "30"})
        text = done.stdout.decode()
        failed = set(re.findall(r":[FE]:\w+:(\w+):\d+:", text))
        checks = sum(int(n) for n in re.findall(r"Checks: (\d+)", text))
        return failed, checks


def try_mutant(build, objects, mutant):
    name, file, old, times, new, cases = mutant
    text = (build.source / file).read_text()
    if text.count(old) != times:
        print("%s: %d times in %s, not %d: %s" %
              (name, text.count(old), file, times, old))
        return False
    mine = dict(objects)
    mine[file] = build.compile(file, text.replace(old, new))
    failed, _ = build.run(mine.values())
    missed = cases - failed
    print("%-8s %s: %s" % ("killed" if not missed else "SURVIVED", name,
                           ", ".join(sorted(failed)) or "nothing fails"))
    return not missed


def main(source, compiler):
    files = list(FILES)
    for folder in FOLDERS:
        files += sorted(str(f.relative_to(source)) for f in
                        pathlib.Path(source, folder).glob("*.c"))
    with tempfile.TemporaryDirectory(prefix="aw-mutants-") as folder:
        build = Build(source, compiler, folder)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = dict(zip(files, pool.map(build.compile, files)))
        failed, checks = build.run(objects.values())
        if failed or checks == 0:
            print("without a change: %d checks, failed: %s" % (checks, failed))
            return 1
        good = [try_mutant(build, objects, m) for m in MUTANTS]
    print("%d of %d mutants killed, %d checks" % (sum(good), len(good),
                                                  checks))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
