/* SPDX-License-Identifier: Apache-2.0 */
/* Random instructions. */
#include "cpu/op.h"
#include "fuzz.h"

uint32_t fuzz_random(struct fuzz_random *r)
{
    /* xorshift64*, Vigna 2016. */
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return (uint32_t)((r->state * 2685821657736338717U) >> 32);
}

uint32_t fuzz_below(struct fuzz_random *r, uint32_t n)
{
    return (uint32_t)((uint64_t)fuzz_random(r) * n >> 32);
}

enum class { PLAIN, MEMORY, BLOCK, JUMP, TRAP };

/* A group of encodings: fixed bits, bits that vary. The condition is put on
 * top. */
static const struct group {
    uint32_t fixed;
    uint32_t free;
    enum class class;
    unsigned weight;
} groups[] = {
    {0x00000000, 0x01ffffef, PLAIN, 14}, /* data processing, shifted */
    {0x00000010, 0x01ffff6f, PLAIN, 10}, /* by register */
    {0x02000000, 0x01ffffff, PLAIN, 14}, /* immediate */
    {0x03000000, 0x004fffff, PLAIN, 3},  /* MOVW, MOVT */
    {0x00000090, 0x00ffff0f, PLAIN, 8},  /* multiply */
    {0x01000080, 0x006fff6f, PLAIN, 5},  /* halfword multiply */
    {0x01000050, 0x006ff00f, PLAIN, 3},  /* saturating */
    {0x016f0f10, 0x0000f00f, PLAIN, 1},  /* CLZ */
    {0x06000f10, 0x007ff0ef, PLAIN, 8},  /* parallel */
    {0x06800010, 0x007fffef, PLAIN, 8},  /* pack, extend, saturate */
    {0x06800070, 0x007ffc0f, PLAIN, 3},  /* extend */
    {0x068f0f30, 0x0070f08f, PLAIN, 2},  /* reverse */
    {0x07000010, 0x007fffef, PLAIN, 6},  /* dual multiply */
    {0x0710f010, 0x002f0f0f, PLAIN, 2},  /* divide */
    {0x07800010, 0x000fffef, PLAIN, 1},  /* USADA8 */
    {0x07a00050, 0x005fffaf, PLAIN, 4},  /* bit field extract */
    {0x07c00010, 0x001fffef, PLAIN, 2},  /* bit field insert */
    {0x010f0000, 0x0000f000, PLAIN, 1},  /* MRS */
    {0x0128f000, 0x0004000f, PLAIN, 1},  /* MSR flags, GE */
    {0x0328f000, 0x00040fff, PLAIN, 1},
    {0x04000000, 0x01f0f0ff, MEMORY, 14}, /* word, byte */
    {0x06000000, 0x01f0f3e0, MEMORY, 8},
    {0x00400090, 0x01b0f16f, MEMORY, 10}, /* halfword, pair */
    {0x00000090, 0x01b0f060, MEMORY, 6},
    {0x08000000, 0x01f0ffff, BLOCK, 8}, /* multiple */
    {0x0a000000, 0x01000003, JUMP, 6},
    {0x0f000000, 0x00ffffff, TRAP, 1},  /* SVC */
    {0x01600070, 0x0000000f, TRAP, 1},  /* SMC */
    {0x0320f000, 0x00000000, PLAIN, 1}, /* NOP */
    {0x00000000, 0x0fffffff, PLAIN, 1}, /* anything */
};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

static const struct group *choose(struct fuzz_random *r)
{
    static unsigned total;

    if (total == 0) {
        for (unsigned k = 0; k < GROUPS; k++) {
            total += groups[k].weight;
        }
    }
    unsigned at = fuzz_below(r, total);
    unsigned k = 0;

    while (at >= groups[k].weight) {
        at -= groups[k].weight;
        k++;
    }
    return &groups[k];
}

static bool is_address(unsigned reg)
{
    return reg == FUZZ_BASE || reg == FUZZ_INDEX;
}

/* Loads, stores and branches of any kind. */
static bool goes_elsewhere(const struct tw_insn *i)
{
    uint32_t class = tw_bits(i->word, 27, 25);
    bool extra = class == 0 && (i->word & 0x90) == 0x90 &&
                 (tw_bits(i->word, 6, 5) != 0 || tw_bit(i->word, 24));

    return class == 2 || (class == 3 && !tw_bit(i->word, 4)) || class == 4 ||
           class == 5 || extra;
}

/* Loads and stores keep to the base, and load neither it nor the index. */
static bool memory_ok(const struct tw_insn *i, bool mmu)
{
    bool by_register = tw_bits(i->word, 27, 25) == 3;
    uint32_t kind = tw_bits(i->word, 6, 5);
    uint32_t amount = tw_bits(i->word, 11, 7);
    bool far = by_register && (kind != 0 || amount > 3);
    /* Neither back into memory that is not compared. */
    bool wild = by_register &&
                ((kind == 0 && amount > 20) || (kind == 3 && amount != 0));
    bool stays = tw_bit(i->word, 24) && !tw_bit(i->word, 21);

    return goes_elsewhere(i) && i->n == FUZZ_BASE && !is_address(i->d) &&
           i->d != 15 && !is_address(i->d + 1U) &&
           ((mmu && stays && !wild) || !far);
}

static bool acceptable(const struct tw_insn *i, enum class class, bool mmu)
{
    switch (class) {
    case MEMORY:
        return memory_ok(i, mmu);
    case BLOCK:
        return i->n == FUZZ_BASE && (i->word & 0x8c00) == 0;
    case JUMP:
    case TRAP:
        return true;
    default:
        return !is_address(i->d) && !is_address(i->n) && i->d != 15 &&
               !goes_elsewhere(i);
    }
}

/* What libunicorn does otherwise, or not at all; and what needs more of a
 * set-up than this has: see the README. */
static bool excluded(const struct tw_insn *i)
{
    bool coprocessor =
        tw_bits(i->word, 27, 24) == 14 || tw_bits(i->word, 27, 25) == 6;
    bool exclusive = (i->word & 0x0f0000f0) == 0x01000090;
    bool hint =
        (i->word & 0x0fff0000) == 0x03200000 && tw_bits(i->word, 7, 0) != 0;
    bool state = (i->word & 0x0fb00000) == 0x01200000 &&
                 (tw_bits(i->word, 17, 16) != 0 || tw_bit(i->word, 9));
    bool state_immediate =
        (i->word & 0x0fb00000) == 0x03200000 && tw_bits(i->word, 17, 16) != 0;
    bool spsr = (i->word & 0x0d900000) == 0x01000000 && tw_bit(i->word, 22) &&
                tw_bits(i->word, 7, 4) == 0;
    bool banked = (i->word & 0x0f900ef0) == 0x01000200;
    bool spsr_immediate = (i->word & 0x0ff00000) == 0x03600000;
    bool branch = (i->word & 0x0fffffd0) == 0x012fff10;
    bool trap =
        (i->word & 0x0f9000f0) == 0x01000070 && tw_bits(i->word, 22, 21) != 3;
    bool eret = (i->word & 0x0f9000f0) == 0x01000060;

    return coprocessor || exclusive || hint || state || state_immediate ||
           spsr || banked || spsr_immediate || branch || trap || eret;
}

static bool is_bad(const struct tw_insn *i)
{
    struct tw_insn sample = *i;

    tw_decode_bad(&sample, TW_BAD_PC);
    return i->run == sample.run;
}

/* Immediate offsets that are a multiple of 8: without the MMU, and often with
 * it, for else all multiple loads end in an alignment fault. */
static void keep_aligned(struct tw_insn *i)
{
    bool word = tw_bits(i->word, 27, 25) == 2;
    bool half = tw_bits(i->word, 27, 25) == 0 && tw_bit(i->word, 22);

    if (word || half) {
        i->word &= ~7U;
    }
}

static struct tw_insn candidate(struct fuzz_random *r, const struct group *g,
                                bool mmu)
{
    bool memory = g->class == MEMORY;
    uint32_t cond = fuzz_below(r, 4) != 0 ? 14 : fuzz_below(r, 15);
    struct tw_insn i = {.word =
                            g->fixed | (fuzz_random(r) & g->free) | cond << 28};

    if (memory || g->class == BLOCK) {
        i.word = (i.word & ~0x000f0000U) | FUZZ_BASE << 16;
    }
    if (memory && ((g->free | g->fixed) & 15) == 0) {
        i.word |= FUZZ_INDEX;
    }
    if (memory && (!mmu || fuzz_below(r, 4) != 0)) {
        keep_aligned(&i);
    }
    tw_decode(&i);
    return i;
}

uint32_t fuzz_instruction(struct fuzz_random *r, bool mmu)
{
    for (;;) {
        const struct group *g = choose(r);
        const struct tw_insn i = candidate(r, g, mmu);
        bool ends = i.run == tw_run_undefined || g->class == TRAP;
        bool good =
            !is_bad(&i) && !excluded(&i) && acceptable(&i, g->class, mmu);

        if (good && (!ends || fuzz_below(r, 32) == 0)) {
            return i.word;
        }
    }
}

void fuzz_exclusive(struct fuzz_random *r, uint32_t words[2])
{
    uint32_t kind = fuzz_below(r, 4) << 21;
    uint32_t loaded = fuzz_below(r, 4) * 2;     /* r0-r7: pairs are even */
    uint32_t stored = fuzz_below(r, 3) * 2 + 4; /* r4-r9 */

    words[0] = 0xe1900f9f | kind | FUZZ_BASE << 16 | loaded << 12;
    words[1] = 0xe1800f90 | kind | FUZZ_BASE << 16 | 12U << 12 | stored;
}
