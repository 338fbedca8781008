/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MON_H
#define MON_H

#include <stdint.h>

#include "os/applet/space.h"

/* Why user mode was left: the vector's number. */
enum mon_vector {
    MON_UNDEFINED = 1,
    MON_CALL = 2,
    MON_PREFETCH_ABORT = 3,
    MON_DATA_ABORT = 4,
    MON_FIQ = 7
};

/* Registers of user mode. mon.S knows the layout. */
struct mon_state {
    uint32_t r[13];
    uint32_t sp;
    uint32_t lr;
    uint32_t pc;
    uint32_t psr;
    uint32_t vector; /* enum mon_vector: why it was left */
    uint32_t thread; /* TPIDRURW, which user mode can write, too */
};

/* The page of data that both sets of tables map. */
struct mon_frame {
    struct mon_state state;
    uint32_t stack; /* of the OS, while user mode runs */
    uint32_t ttbr;  /* of the OS */
};

extern struct mon_frame mon_frame;
extern const uint8_t mon_page[];

/** mon.S: runs mon_frame.state until an exception. */
void mon_enter(uint32_t ttbr, uint32_t number);

/** Runs a state in user mode until the next exception; state is then what was
 *  interrupted, for another run. Called with interrupts masked. */
void mon_run(const struct space *space, struct mon_state *state);

/** Forgets translations: after a space has been built anew. */
void mon_flush(const struct space *space);

#endif
