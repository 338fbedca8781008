/* SPDX-License-Identifier: Apache-2.0 */
/* twin-fuzz [--seed N] [--count N]: so many random instructions on our processor
 * and on libunicorn. Exit 0 when both agreed on all. */
#include "fuzz.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"

enum {
    LENGTH = 16, /* instructions of a sequence, without the tail */
    TAIL = 4,    /* NOPs, for branches */
    STAY = 1,    /* the end, for ours */
    EPOCH = 256, /* sequences between new tables and data */
    SHOWN = 10   /* mismatches */
};

#define NOP   0xe320f000U
#define LOOP  0xeafffffeU
#define CLREX 0xf57ff01fU

enum { SCTLR_M = 1, SCTLR_A = 2 };
#define SCTLR_AFE  0x20000000U
#define SCTLR_BASE 0x00c50078U
#define FLAGS      0xf80f03dfU /* of CPSR, as compared */

struct fuzz {
    struct fuzz_random random;
    struct fuzz_ours *ours;
    struct fuzz_unicorn *theirs;
    uint8_t *ram[2]; /* ours, theirs */
    uint32_t sctlr;
    uint32_t code; /* offset of the next sequence */
    uint64_t sequences;
    uint64_t instructions;
    uint64_t events[FUZZ_LOST + 1];
    uint64_t alignment; /* faults that libunicorn does not take */
    uint64_t mismatches;
};

static void put(struct fuzz *f, uint32_t at, uint32_t word)
{
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned k = 0; k < 4; k++) {
            f->ram[side][at + k] = (uint8_t)(word >> (8 * k));
        }
    }
}

static void open_unicorn(struct fuzz *f)
{
    if (f->theirs != NULL) {
        fuzz_unicorn_close(f->theirs);
    }
    f->theirs = fuzz_unicorn_open(f->ram[1]);
}

/* Runs system code that both sides understand: CP15 by registers 0 to 5. */
static void set_up_mmu(struct fuzz *f)
{
    static const uint32_t stub[] = {
        0xee020f10, /* mcr p15, 0, r0, c2, c0, 0: TTBR0 */
        0xee031f10, /* mcr p15, 0, r1, c3, c0, 0: DACR */
        0xee082f17, /* mcr p15, 0, r2, c8, c7, 0: TLBIALL */
        0xee013f10, /* mcr p15, 0, r3, c1, c0, 0: SCTLR */
        0xee0c4f10, /* mcr p15, 0, r4, c12, c0, 0: VBAR */
        0xee0c5f30, /* mcr p15, 0, r5, c12, c0, 1: MVBAR */
        0xee082f17, 0xe320f000, 0xe320f000, LOOP,
    };
    enum { N = sizeof(stub) / sizeof(stub[0]) };
    const struct fuzz_state start = {
        .r = {FUZZ_RAM + FUZZ_L1, 0x0000000d, 0, f->sctlr,
              FUZZ_RAM + FUZZ_VECTORS, FUZZ_RAM + FUZZ_MONITOR},
        .cpsr = 0x1d3,
    };
    struct fuzz_outcome out;

    for (uint32_t k = 0; k < N; k++) {
        put(f, FUZZ_STUB + 4 * k, stub[k]);
    }
    fuzz_ours_run(f->ours, &start, FUZZ_RAM + FUZZ_STUB, N - 1, &out);
    if (out.event != FUZZ_END) {
        (void)fprintf(stderr, "set-up failed here: %s\n",
                      fuzz_ours_said(f->ours));
        exit(1);
    }
    fuzz_unicorn_run(f->theirs, &start, FUZZ_RAM + FUZZ_STUB, N - 1, &out);
    if (out.event != FUZZ_END) {
        (void)fprintf(stderr, "set-up failed in libunicorn\n");
        exit(1);
    }
}

static void new_epoch(struct fuzz *f)
{
    bool mmu = fuzz_below(&f->random, 2) != 0;

    open_unicorn(f);
    f->code = FUZZ_CODE;
    f->sctlr = SCTLR_BASE;
    if (mmu) {
        f->sctlr |= SCTLR_M;
        f->sctlr |= fuzz_below(&f->random, 2) != 0 ? SCTLR_AFE : 0;
        f->sctlr |= fuzz_below(&f->random, 4) == 0 ? SCTLR_A : 0;
    }
    for (uint32_t k = 0; k < FUZZ_DATA_SIZE; k++) {
        f->ram[0][FUZZ_DATA + k] = (uint8_t)fuzz_random(&f->random);
    }
    fuzz_pages(&f->random, f->ram[0], (f->sctlr & SCTLR_AFE) != 0);
    memcpy(f->ram[1], f->ram[0], FUZZ_STUB);
    memcpy(&f->ram[1][FUZZ_DATA], &f->ram[0][FUZZ_DATA], FUZZ_DATA_SIZE);
    set_up_mmu(f);
}

/* Interesting values as often as any. */
static uint32_t value(struct fuzz_random *r)
{
    switch (fuzz_below(r, 8)) {
    case 0:
        return fuzz_below(r, 256);
    case 1:
        return 0x80000000U - fuzz_below(r, 3);
    case 2:
        return 0U - fuzz_below(r, 256);
    case 3:
        return fuzz_below(r, 2) * 0x00010000U * fuzz_random(r);
    default:
        return fuzz_random(r);
    }
}

static uint32_t base(struct fuzz *f)
{
    struct fuzz_random *r = &f->random;
    uint32_t align = fuzz_below(r, 4) == 0 ? 0 : 7;

    if ((f->sctlr & SCTLR_M) == 0) {
        return FUZZ_RAM + FUZZ_DATA + FUZZ_DATA_SIZE / 2 +
               (fuzz_below(r, 0x1000) & ~7U);
    }
    uint32_t near = fuzz_below(r, 128);
    uint32_t page = fuzz_below(r, 0x300) * FUZZ_PAGE; /* not the code */

    if (page >> 20 == (FUZZ_SECTIONS - FUZZ_WINDOW) >> 20) {
        /* Only the start of the section is data. */
        page = (page & 0x100000) + FUZZ_DATA_SIZE / 2;
    }
    if (page == FUZZ_LARGE - FUZZ_WINDOW) {
        page += FUZZ_PAGE; /* nor its end, below the first page here */
    }
    return FUZZ_WINDOW + ((page + near - 64) & ~align);
}

static void start_state(struct fuzz *f, struct fuzz_state *s)
{
    static const uint8_t modes[] = {0x10, 0x10, 0x10, 0x13, 0x13,
                                    0x1f, 0x11, 0x12, 0x17, 0x1b};
    struct fuzz_random *r = &f->random;

    for (unsigned k = 0; k < 15; k++) {
        s->r[k] = value(r);
    }
    for (unsigned k = 0; k < 7; k++) {
        s->user[k] = value(r);
    }
    s->r[FUZZ_BASE] = base(f);
    s->r[FUZZ_INDEX] = fuzz_below(r, 16) * 4;
    s->cpsr = (fuzz_random(r) & 0xf80f0000U) | 0x1c0U |
              modes[fuzz_below(r, sizeof(modes))];
}

static void make_code(struct fuzz *f, uint32_t at)
{
    bool mmu = (f->sctlr & SCTLR_M) != 0;

    put(f, at, CLREX);
    for (uint32_t k = 1; k < LENGTH; k++) {
        uint32_t pair[2];

        if (fuzz_below(&f->random, 64) != 0 || k + 1 == LENGTH) {
            put(f, at + 4 * k, fuzz_instruction(&f->random, mmu));
            continue;
        }
        fuzz_exclusive(&f->random, pair);
        put(f, at + 4 * k, pair[0]);
        put(f, at + 4 * (k + 1), pair[1]);
        k++;
    }
    for (uint32_t k = 0; k < TAIL; k++) {
        put(f, at + 4 * (LENGTH + k), NOP);
    }
    put(f, at + 4 * (LENGTH + TAIL), LOOP);
}

/* Where the sequence at an offset in memory runs. */
static uint32_t address_of(struct fuzz *f, uint32_t at)
{
    if ((f->sctlr & SCTLR_M) != 0 && at < FUZZ_CODE + 0x100000 &&
        fuzz_below(&f->random, 4) == 0) {
        return FUZZ_CODE_WINDOW + at - FUZZ_CODE;
    }
    return FUZZ_RAM + at;
}

/* Entering an exception, which libunicorn does not do, overwrites r14 when the
 * mode stays the same. */
static bool keeps_r14(const struct fuzz_outcome *o)
{
    static const uint8_t modes[] = {
        [FUZZ_UNDEFINED] = 0x1b,
        [FUZZ_SVC] = 0x13,
        [FUZZ_PREFETCH] = 0x17,
        [FUZZ_ABORT] = 0x17,
    };

    return o->event >= sizeof(modes) ||
           (o->state.cpsr & 0x1f) != modes[o->event];
}

static bool same_state(const struct fuzz_outcome *a,
                       const struct fuzz_outcome *b)
{
    unsigned n = keeps_r14(a) ? 15 : 14;

    return memcmp(a->state.r, b->state.r, n * sizeof(a->state.r[0])) == 0 &&
           memcmp(a->state.user, b->state.user, sizeof(a->state.user)) == 0 &&
           ((a->state.cpsr ^ b->state.cpsr) & FLAGS) == 0;
}

/* The access that faulted may be the second half of an unaligned one. */
static bool same_address(const struct fuzz_outcome *ours,
                         const struct fuzz_outcome *theirs)
{
    uint32_t next = (theirs->address | (FUZZ_PAGE - 1)) + 1;

    return ours->address == theirs->address ||
           (ours->address == next && theirs->address + 8 > next);
}

static bool same_fault(const struct fuzz *f, const struct fuzz_outcome *ours,
                       const struct fuzz_outcome *theirs)
{
    return ours->event != FUZZ_ABORT || (ours->status & 15) == 1 ||
           (same_address(ours, theirs) &&
            fuzz_status_fits(f->ram[0], f->sctlr, ours->address, ours->status));
}

static bool same_data(const struct fuzz *f)
{
    return memcmp(&f->ram[0][FUZZ_DATA], &f->ram[1][FUZZ_DATA],
                  FUZZ_DATA_SIZE) == 0;
}

static void show(const struct fuzz *f, const struct fuzz_outcome out[2],
                 const struct fuzz_state *start, uint32_t at)
{
    for (unsigned k = 0; k < 15; k++) {
        printf("  r%-2u %08" PRIx32 "  %08" PRIx32 " %08" PRIx32 "%s\n", k,
               start->r[k], out[0].state.r[k], out[1].state.r[k],
               out[0].state.r[k] == out[1].state.r[k] ? "" : " <");
    }
    printf("  psr %08" PRIx32 "  %08" PRIx32 " %08" PRIx32 "\n", start->cpsr,
           out[0].state.cpsr, out[1].state.cpsr);
    for (unsigned side = 0; side < 2; side++) {
        printf("  event %d at %08" PRIx32 " address %08" PRIx32
               " status %08" PRIx32 "\n",
               (int)out[side].event, out[side].at, out[side].address,
               out[side].status);
    }
    for (uint32_t k = 0; k < LENGTH; k++) {
        const uint8_t *p = &f->ram[0][at + 4 * k];

        printf("  .word 0x%02x%02x%02x%02x\n", p[3], p[2], p[1], p[0]);
    }
}

static uint32_t word_at(const struct fuzz *f, uint32_t address)
{
    uint32_t base =
        address >= FUZZ_CODE_WINDOW ? FUZZ_CODE_WINDOW - FUZZ_CODE : FUZZ_RAM;
    const uint8_t *p = &f->ram[0][address - base];

    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* LDM, STM, LDRD, STRD: libunicorn does not mind their alignment, and may
 * fault in the middle. */
static bool many_words(uint32_t word)
{
    return (word & 0x0e000000) == 0x08000000 ||
           (word & 0x0e1000d0) == 0x000000d0;
}

/* What cannot be compared: ours stopped, or took an alignment fault that
 * libunicorn does not know, or checked the address of a STREX that fails for
 * its monitor first, which the manual leaves open. */
static bool incomparable(struct fuzz *f, const struct fuzz_outcome *ours,
                         const struct fuzz_outcome *theirs)
{
    if (ours->event == FUZZ_STOPPED) {
        return true;
    }
    if (ours->event != FUZZ_ABORT) {
        return false;
    }
    uint32_t word = word_at(f, ours->at);
    bool both = theirs->event == FUZZ_ABORT && theirs->at == ours->at;
    bool aligned = (ours->status & 15) == 1 && (!both || many_words(word));
    bool strex = !both && (word & 0x0f900ff0) == 0x01800f90;

    f->alignment += aligned ? 1 : 0;
    return aligned || strex;
}

/* Instructions up to and with the one that ended the sequence; some of them
 * jumped over. */
static uint64_t executed(const struct fuzz_outcome *out, uint32_t pc)
{
    bool whole = out->event == FUZZ_END || out->event == FUZZ_STOPPED;

    return whole ? LENGTH : (out->at - pc) / 4 + 1;
}

/* Registers that an instruction loads more than one of, as a list. */
static uint32_t loads_many(uint32_t word)
{
    if ((word & 0x0e100000) == 0x08100000) {
        return word & 0x7fff;
    }
    return (word & 0x0e1000f0) == 0x000000d0 ? 3U << (word >> 12 & 15) : 0;
}

/* What an aborted LDM or LDRD loaded before is unknown, but for the base. */
static void forget_loaded(const struct fuzz *f, struct fuzz_outcome out[2])
{
    uint32_t list = 0;

    if (out[0].event == FUZZ_ABORT) {
        list = loads_many(word_at(f, out[0].at));
    }
    for (unsigned k = 0; k < 15; k++) {
        if ((list >> k & 1) == 0) {
            continue;
        }
        out[1].state.r[k] = out[0].state.r[k];
        if (k >= 8) {
            out[1].state.user[k - 8] = out[0].state.user[k - 8];
        }
    }
}

static void sequence(struct fuzz *f)
{
    uint32_t at = f->code;
    uint32_t pc = address_of(f, at);
    struct fuzz_state start;
    struct fuzz_outcome out[2];

    f->code += 4 * (LENGTH + TAIL + STAY);
    start_state(f, &start);
    make_code(f, at);
    fuzz_ours_run(f->ours, &start, pc, LENGTH + TAIL, &out[0]);
    fuzz_unicorn_run(f->theirs, &start, pc, LENGTH + TAIL, &out[1]);
    f->sequences++;
    f->instructions += executed(&out[0], pc);
    f->events[out[0].event]++;
    bool skip = incomparable(f, &out[0], &out[1]);

    forget_loaded(f, out);

    if (!skip && (out[0].event != out[1].event || out[0].at != out[1].at ||
                  !same_state(&out[0], &out[1]) ||
                  !same_fault(f, &out[0], &out[1]) || !same_data(f))) {
        f->mismatches++;
        if (f->mismatches <= SHOWN) {
            printf("mismatch in sequence %" PRIu64 ", sctlr %08" PRIx32
                   ", pc %08" PRIx32 "%s\n",
                   f->sequences, f->sctlr, pc,
                   same_data(f) ? "" : ", memory differs");
            show(f, out, &start, at);
        }
        skip = true;
    }
    if (skip) {
        memcpy(&f->ram[1][FUZZ_DATA], &f->ram[0][FUZZ_DATA], FUZZ_DATA_SIZE);
    }
}

static void run(struct fuzz *f, uint64_t count)
{
    f->ours = fuzz_ours_open(&f->ram[0]);
    f->ram[1] = aw_alloc(FUZZ_RAM_SIZE, 1);
    while (f->instructions < count) {
        new_epoch(f);
        for (unsigned k = 0; k < EPOCH && f->instructions < count; k++) {
            sequence(f);
        }
    }
    fuzz_unicorn_close(f->theirs);
    fuzz_ours_close(f->ours);
    free(f->ram[1]);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},
        {"count", required_argument, NULL, 'n'},
        {NULL, 0, NULL, 0},
    };
    struct fuzz f = {0};
    uint64_t seed = 1;
    uint64_t count = 1000000;

    for (;;) {
        int option = getopt_long(argc, argv, "", options, NULL);

        if (option == -1) {
            break;
        }
        if (option == 's') {
            seed = strtoull(optarg, NULL, 0);
        } else if (option == 'n') {
            count = strtoull(optarg, NULL, 0);
        } else {
            return 2;
        }
    }
    f.random.state = (seed + 1) * 0x9e3779b97f4a7c15U;
    run(&f, count);
    printf("seed %" PRIu64 ": %" PRIu64 " instructions, %" PRIu64
           " sequences, %" PRIu64 " mismatches\n",
           seed, f.instructions, f.sequences, f.mismatches);
    printf("ended: whole %" PRIu64 ", undefined %" PRIu64 ", svc %" PRIu64
           ", smc %" PRIu64 ", prefetch abort %" PRIu64 ", data abort %" PRIu64
           ", stopped %" PRIu64 ", alignment not compared %" PRIu64 "\n",
           f.events[FUZZ_END], f.events[FUZZ_UNDEFINED], f.events[FUZZ_SVC],
           f.events[FUZZ_SMC], f.events[FUZZ_PREFETCH], f.events[FUZZ_ABORT],
           f.events[FUZZ_STOPPED], f.alignment);
    return f.mismatches == 0 ? 0 : 1;
}
