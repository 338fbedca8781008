# SPDX-License-Identifier: Apache-2.0
"""Random C programs, the same for the same numbers.

    generate.py FIRST COUNT FILE

writes the programs FIRST to FIRST + COUNT - 1 into one file: `programs`, a
table of functions that return a checksum. What they do is defined by C11 on
every machine with two's complement: fixed widths, unsigned arithmetic,
guarded shifts and divisions, loops that end. So the program computes the same
on a host, on the twin and on QEMU, or one of the compilers is wrong."""
import sys

MASK = (1 << 64) - 1
TYPES = ["uint8_t", "int8_t", "uint16_t", "int16_t", "uint32_t", "int32_t",
         "uint64_t", "int64_t"]
HEAD = """/* Made by tests/twin/programs/generate.py. */
#include "programs.h"

static uint32_t sum;

static void mix(uint64_t v)
{
    sum = (sum ^ (uint32_t)v) * 0x01000193u;
    sum = (sum ^ (uint32_t)(v >> 32)) * 0x01000193u;
    sum ^= sum >> 15;
}
"""


class Rng:
    """xorshift64*: does not change with versions of Python."""

    def __init__(self, seed):
        self.x = (seed * 0x9e3779b97f4a7c15 + 0x1234567) & MASK or 1

    def below(self, n):
        self.x ^= self.x >> 12
        self.x = (self.x ^ self.x << 25) & MASK
        self.x ^= self.x >> 27
        return ((self.x * 0x2545f4914f6cdd1d & MASK) >> 32) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def one_in(self, n):
        return self.below(n) == 0


class Program:
    """One program: an array, a struct, some functions that call earlier ones
    and one that calls the last of them."""

    def __init__(self, number):
        self.rng = Rng(number + 1)
        self.n = number
        self.out = []
        self.functions = []  # name, count of parameters
        self.vars = []  # that can be read
        self.writable = []  # all but counters of loops
        self.loops = 0
        self.depth = 0

    def line(self, text):
        self.out.append("    " * self.depth + text)

    def constant(self):
        r = self.rng
        kind = r.below(6)
        if kind == 0:
            return str(r.below(8))
        if kind == 1:
            return "0x%xu" % (1 << r.below(32))
        if kind == 2:
            return "0xffffffffu"
        if kind == 3:
            return "0x%xull" % (r.below(1 << 32) << 16 | r.below(1 << 16))
        return "0x%xu" % r.below(1 << 32)

    def leaf(self):
        r = self.rng
        kind = r.below(8)
        if kind == 0:
            return "(uint32_t)" + self.constant()
        if kind == 1:
            return "(uint64_t)%s" % self.constant()
        if kind == 2:
            return "a%d[%s & 15]" % (self.n, r.pick(self.vars))
        if kind == 3:
            return "s%d.%s" % (self.n, r.pick("bhwd"))
        return r.pick(self.vars)

    def expression(self, depth):
        """Of type uint64_t; operands of any."""
        r = self.rng
        if depth == 0 or r.one_in(5):
            return "(uint64_t)" + self.leaf()
        a = self.expression(depth - 1)
        b = self.expression(depth - 1)
        narrow = r.pick(["uint32_t", "uint32_t", "uint64_t"])
        width = 63 if narrow == "uint64_t" else 31
        kind = r.below(15)
        if kind < 6:
            return "(uint64_t)((%s)%s %s (%s)%s)" % (
                narrow, a, r.pick("+-*&|^"), narrow, b)
        if kind == 6:
            return "(uint64_t)((%s)%s %s (%s & %d))" % (
                narrow, a, r.pick(["<<", ">>"]), b, width)
        if kind == 7:
            return "rotate(%s, %s)" % (a, b)
        if kind == 8:
            return "(uint64_t)((%s)%s %s ((%s)%s | 1u))" % (
                narrow, a, r.pick("/%"), narrow, b)
        if kind == 9:
            return "%s(%s, %s)" % (r.pick(["sdiv32", "srem32", "sdiv64",
                                           "sar32", "sar64"]), a, b)
        if kind == 10:
            return "(uint64_t)(%s)%s" % (r.pick(TYPES), a)
        if kind == 11:
            return "(uint64_t)((%s)%s %s (%s)%s)" % (
                "int32_t", a, r.pick(["<", "<=", "==", "!=", ">", ">="]),
                "int32_t", b)
        if kind == 12:
            return "(%s %s %s ? %s : %s)" % (
                a, r.pick(["<", ">="]), b, self.leaf(), a)
        if kind == 13:
            return "(uint64_t)(%s%s)" % (r.pick("~-!"), a)
        return "wide(%s, %s)" % (a, b)

    def statement(self, depth):
        r = self.rng
        kind = r.below(10) if depth > 0 else r.below(5)
        if kind < 2:
            self.line("%s = (%s)%s;" % (r.pick(self.writable),
                                        r.pick(TYPES), self.expression(3)))
        elif kind == 2:
            self.line("a%d[%s & 15] %s= (uint32_t)%s;" % (
                self.n, self.expression(1), r.pick(["", "+", "^", "-"]),
                self.expression(2)))
        elif kind == 3:
            field = r.pick("bhwd")
            self.line("s%d.%s = (%s)%s;" % (
                self.n, field, dict(b="uint8_t", h="int16_t", w="uint32_t",
                                    d="uint64_t")[field], self.expression(2)))
        elif kind == 4:
            self.line("mix(%s);" % self.expression(2))
        elif kind == 5:
            self.line("if (%s > %s) {" % (self.expression(2),
                                          self.expression(1)))
            self.body(depth)
            if r.one_in(2):
                self.out[-1] = "    " * self.depth + "} else {"
                self.body(depth)
        elif kind < 8:
            name = "i%d" % self.loops
            self.loops += 1
            self.line("for (uint32_t %s = 0; %s < %d; %s++) {" % (
                name, name, 1 + r.below(7), name))
            self.vars.append(name)
            self.body(depth)
            self.vars.pop()
        elif kind == 8:
            self.line("switch (%s & 3) {" % self.expression(1))
            for k in range(3):
                self.line("case %d:" % k)
                self.depth += 1
                self.statement(0)
                if not r.one_in(3):
                    self.line("break;")
                self.depth -= 1
            self.line("default:")
            self.depth += 1
            self.statement(0)
            self.depth -= 1
            self.line("}")
        elif self.functions:
            name, n = r.pick(self.functions)
            self.line("mix(%s(%s));" % (name, ", ".join(
                "(uint32_t)" + self.expression(1) for _ in range(n))))

    def body(self, depth):
        self.depth += 1
        for _ in range(1 + self.rng.below(3)):
            self.statement(depth - 1)
        self.depth -= 1
        self.line("}")

    def function(self, k):
        r = self.rng
        n = r.below(6)
        name = "f%d_%d" % (self.n, k)
        params = ["p%d" % i for i in range(n)]
        self.line("%suint64_t %s(%s)" % (
            "" if r.one_in(3) else "NOINLINE ", name,
            ", ".join("uint32_t " + p for p in params) or "void"))
        self.out[-1] = "static " + self.out[-1]
        self.line("{")
        self.depth = 1
        self.vars = params[:]
        for i in range(2 + r.below(3)):
            kind = r.pick(TYPES)
            self.line("%s v%d = (%s)%s;" % (kind, i, kind, self.constant()))
            self.vars.append("v%d" % i)
        self.writable = self.vars[:]
        for _ in range(3 + r.below(4)):
            self.statement(2)
        self.line("return %s;" % self.expression(3))
        self.depth = 0
        self.line("}")
        self.line("")
        self.functions.append((name, n))

    def text(self):
        r = self.rng
        self.line("static uint32_t a%d[16];" % self.n)
        self.line("static struct { uint8_t b; int16_t h; uint32_t w; "
                  "uint64_t d; } s%d;" % self.n)
        for k in range(2 + r.below(3)):
            self.function(k)
        name, n = self.functions[-1]
        self.line("static uint32_t program%d(void)" % self.n)
        self.line("{")
        self.line("    sum = %uu;" % r.below(1 << 32))
        self.line("    for (uint32_t i = 0; i < 12; i++) {")
        self.line("        mix(%s(%s));" % (name, ", ".join(
            "i * 0x%xu" % r.below(1 << 32) for _ in range(n))))
        self.line("    }")
        self.line("    for (uint32_t i = 0; i < 16; i++) {")
        self.line("        mix(a%d[i]);" % self.n)
        self.line("    }")
        self.line("    return sum;")
        self.line("}")
        self.line("")
        return "\n".join(self.out)


def main(first, count, path):
    first, count = int(first), int(count)
    numbers = range(first, first + count)
    with open(path, "w", encoding="ascii") as file:
        file.write(HEAD + "\n")
        for number in numbers:
            file.write(Program(number).text() + "\n")
        file.write("const struct program programs[] = {\n")
        for number in numbers:
            file.write("    {%d, program%d},\n" % (number, number))
        file.write("};\nconst uint32_t program_count = %d;\n" % count)


if __name__ == "__main__":
    main(*sys.argv[1:])
