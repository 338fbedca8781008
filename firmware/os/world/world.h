/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>

#include "aw/bytes.h"

/*
 * The normal world: a program of its own in non-secure state, beside the
 * applet. What it is and may: docs/formats/normal-world.md.
 */
#define WORLD_START UINT32_C(0x84000000)
enum { WORLD_SIZE = 16 << 20, WORLD_PROGRAM_MAX = 1 << 20 };

enum world_call { WORLD_EXIT = 0, WORLD_WRITE = 1 };

/* Why it was left: the vector's number. world.S knows them. */
enum world_vector {
    WORLD_SMC = 2,
    WORLD_PREFETCH_ABORT = 3,
    WORLD_DATA_ABORT = 4,
    WORLD_FIQ = 7
};

/* Registers that no world has for itself. world.S knows the layout. */
struct world_bank {
    uint32_t user[2]; /* sp, lr */
    uint32_t svc[3];  /* and spsr */
    uint32_t abt[3];
    uint32_t und[3];
    uint32_t irq[3];
    uint32_t fiq[8]; /* r8 to r12, sp, lr, spsr */
};

struct world_frame {
    uint32_t r[13];
    uint32_t pc;
    uint32_t psr;
    uint32_t vector; /* enum world_vector: why it was left */
    struct world_bank normal;
    struct world_bank secure;
};

/** world.S: runs the frame in non-secure state until an exception that is not
 *  the normal world's own. Called with interrupts masked. */
void world_enter(struct world_frame *frame);

/** The program, which is copied; a file of its own in each variant.
 *  @return AW_OK; AW_ERR_NOT_FOUND when there is none. */
AW_MUST_CHECK aw_err world_source(aw_bytes *program);

/** Closes the rest of the chip to the normal world, which then may run if there
 *  is a program for it. */
void world_init(void);

/** When something is due; UINT64_MAX: nothing will be. */
uint64_t world_next(void);

/** Can it run now? A pause that is over ends. */
bool world_due(uint64_t now);

/** Runs it. @return true when an interrupt has to be served */
bool world_run(void);

#endif
