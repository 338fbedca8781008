/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Differential fuzzing of instructions: the same random sequence, registers and
 * memory on our processor and on libunicorn, then the same registers, flags,
 * memory and exception expected.
 */

/* Physical memory of both sides, and what lies where. */
#define FUZZ_RAM 0x80000000U
enum {
    FUZZ_RAM_SIZE = 0x02000000,
    FUZZ_PAGE = 4096,
    FUZZ_VECTORS = 0, /* offsets in memory */
    FUZZ_MONITOR = 0x1000,
    FUZZ_L1 = 0x4000,
    FUZZ_L2 = 0x8000, /* tables of 1 KiB */
    FUZZ_STUB = 0xa000,
    FUZZ_CODE = 0x00100000,
    FUZZ_CODE_END = 0x00800000,
    FUZZ_DATA = 0x00800000,
    FUZZ_DATA_SIZE = 0x10000
};
/* Virtual windows when the MMU is on; elsewhere addresses map to themselves. */
#define FUZZ_WINDOW      0x90000000U /* small pages over the data */
#define FUZZ_SECTIONS    0x90100000U
#define FUZZ_LARGE       0x90200000U /* large pages over the data */
#define FUZZ_CODE_WINDOW 0x90300000U /* small pages over the code */
#define FUZZ_WINDOW_END  0x90400000U

/* Registers that hold addresses for loads and stores. */
enum { FUZZ_BASE = 10, FUZZ_INDEX = 11 };

struct fuzz_random {
    uint64_t state;
};

uint32_t fuzz_random(struct fuzz_random *r);
/** Below n. */
uint32_t fuzz_below(struct fuzz_random *r, uint32_t n);

struct fuzz_state {
    uint32_t r[15];
    uint32_t user[7]; /* r8-r14 of USR mode, for other modes than it */
    uint32_t cpsr;
};

enum fuzz_event {
    FUZZ_END, /* ran to the end of the sequence */
    FUZZ_UNDEFINED,
    FUZZ_SVC,
    FUZZ_SMC,
    FUZZ_PREFETCH,
    FUZZ_ABORT,
    FUZZ_STOPPED, /* ours gave up: unpredictable or not modelled */
    FUZZ_LOST     /* something else */
};

struct fuzz_outcome {
    struct fuzz_state state; /* before exception entry */
    enum fuzz_event event;
    uint32_t at;      /* instruction that took the exception */
    uint32_t address; /* of a data abort */
    uint32_t status;  /* DFSR; ours only */
};

/* fuzz_gen.c */

/** A random instruction that is neither unpredictable nor leaves the sequence
 * or the data but by accident. */
uint32_t fuzz_instruction(struct fuzz_random *r, bool mmu);

/** An exclusive load and the store that belongs to it. Apart from each other
 * the two sides differ, as the manual lets them. */
void fuzz_exclusive(struct fuzz_random *r, uint32_t words[2]);

/* fuzz_pages.c */

/** Fills the tables at random in both copies of memory. */
void fuzz_pages(struct fuzz_random *r, uint8_t *ram, bool access_flag);
/** Whether DFSR fits the entry that maps the address. */
bool fuzz_status_fits(const uint8_t *ram, uint32_t sctlr, uint32_t address,
                      uint32_t status);

/* fuzz_ours.c */
struct fuzz_ours;
struct fuzz_ours *fuzz_ours_open(uint8_t **ram);
void fuzz_ours_close(struct fuzz_ours *o);
void fuzz_ours_run(struct fuzz_ours *o, const struct fuzz_state *start,
                   uint32_t pc, uint32_t n, struct fuzz_outcome *out);
/** Why it stopped. */
const char *fuzz_ours_said(const struct fuzz_ours *o);

/* fuzz_unicorn.c */
struct fuzz_unicorn;
struct fuzz_unicorn *fuzz_unicorn_open(uint8_t *ram);
void fuzz_unicorn_close(struct fuzz_unicorn *u);
void fuzz_unicorn_run(struct fuzz_unicorn *u, const struct fuzz_state *start,
                      uint32_t pc, uint32_t n, struct fuzz_outcome *out);
/** Code or tables changed behind its back. */
void fuzz_unicorn_changed(struct fuzz_unicorn *u, uint32_t address,
                          uint32_t size);

#endif
