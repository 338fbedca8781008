/* SPDX-License-Identifier: Apache-2.0 */
/* How fast is the engine: a line behind each piece of work, so that the host
 * can take the time. With the MMU and the caches on. */
#include "fw.h"

int main(void);

enum {
    LOOPS = 20000000,
    HASHED = 1 << 20,
    COPIED = 16 << 20,
    ACCESSES = 2000000,
    CALLS = 200000
};
#define SOURCE 0x80200000U
#define TARGET 0x81900000U /* behind what the tables do tricks with */

static volatile uint32_t result;

static void arithmetic(void)
{
    uint32_t a = 1;
    uint32_t b = 2;
    uint32_t c = 3;

    for (uint32_t k = 0; k < LOOPS; k++) {
        a += b ^ k;
        b = (b << 3) - c;
        c ^= a >> 5;
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c));
    }
    result = a + b + c;
}

static uint32_t ror(uint32_t value, unsigned n)
{
    return value >> n | value << (32 - n);
}

static uint32_t constants[64];

/* Fractions of cube roots would be the real ones; any do for a measure. */
static void make_constants(void)
{
    uint32_t x = 0x428a2f98;

    for (unsigned k = 0; k < 64; k++) {
        constants[k] = x;
        x = x * 1664525 + 1013904223;
    }
}

static void block(uint32_t h[8], const uint32_t *words)
{
    uint32_t w[64];
    uint32_t s[8];

    for (unsigned k = 0; k < 16; k++) {
        w[k] = __builtin_bswap32(words[k]);
    }
    for (unsigned k = 16; k < 64; k++) {
        uint32_t x = w[k - 15];
        uint32_t y = w[k - 2];

        w[k] = w[k - 16] + (ror(x, 7) ^ ror(x, 18) ^ x >> 3) + w[k - 7] +
               (ror(y, 17) ^ ror(y, 19) ^ y >> 10);
    }
    for (unsigned k = 0; k < 8; k++) {
        s[k] = h[k];
    }
    for (unsigned k = 0; k < 64; k++) {
        uint32_t e = s[4];
        uint32_t a = s[0];
        uint32_t one = s[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) +
                       ((e & s[5]) ^ (~e & s[6])) + constants[k] + w[k];
        uint32_t two = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) +
                       ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

        s[7] = s[6];
        s[6] = s[5];
        s[5] = e;
        s[4] = s[3] + one;
        s[3] = s[2];
        s[2] = s[1];
        s[1] = a;
        s[0] = one + two;
    }
    for (unsigned k = 0; k < 8; k++) {
        h[k] += s[k];
    }
}

static void hash(void)
{
    uint32_t h[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const uint32_t *words = (const uint32_t *)(uintptr_t)SOURCE;

    make_constants();
    for (uint32_t k = 0; k < HASHED / 4; k += 16) {
        block(h, &words[k]);
    }
    result = h[0];
}

static void copy(void)
{
    const uint32_t *from = (const uint32_t *)(uintptr_t)SOURCE;
    uint32_t *to = (uint32_t *)(uintptr_t)TARGET;

    for (uint32_t k = 0; k < COPIED / 4; k++) {
        to[k & 0xfffff] = from[k & 0xfffff];
        __asm__ volatile("" ::: "memory");
    }
}

static void copy_blocks(void)
{
    uint32_t from = SOURCE;
    uint32_t to = TARGET;

    for (uint32_t k = 0; k < COPIED; k += 32) {
        __asm__ volatile("ldm %0, {r2-r9}\nstm %1!, {r2-r9}"
                         :
                         : "r"(from), "r"(to)
                         : "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9",
                           "memory");
        from = SOURCE + (k & 0xfffff);
        to = TARGET + (k & 0x3fffff);
    }
}

static void registers(void)
{
    for (uint32_t k = 0; k < ACCESSES; k++) {
        (void)REG(0x02098024);
    }
}

static void write_registers(void)
{
    for (uint32_t k = 0; k < ACCESSES; k++) {
        REG(0x02098010) = 0xffffffff;
    }
}

static void calls(void)
{
    for (uint32_t k = 0; k < CALLS; k++) {
        __asm__ volatile("svc #1" ::: "memory", "lr");
    }
}

static void spins(void)
{
    for (uint32_t k = 0; k < 2 * LOOPS; k++) {
        __asm__ volatile("");
    }
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } work[] = {
        {"arithmetic, 20 M rounds", arithmetic},
        {"SHA-256 of 1 MiB", hash},
        {"copy 16 MiB by words", copy},
        {"copy 16 MiB by LDM", copy_blocks},
        {"2 M register reads", registers},
        {"2 M register writes", write_registers},
        {"200 k SVC there and back", calls},
        {"empty loop, 40 M rounds", spins},
    };

    print_start();
    MCR(0, 1, 0, 1, MRC(0, 1, 0, 1) | 0x40);
    tables_build(table_secure);
    mmu_on(table_secure);
    print("start\n");
    for (unsigned k = 0; k < sizeof(work) / sizeof(work[0]); k++) {
        work[k].run();
        print(work[k].name);
        print("\n");
    }
    return 0;
}
