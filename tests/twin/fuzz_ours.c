/* SPDX-License-Identifier: Apache-2.0 */
/* Our side: sequences on the processor of the twin. */
#include <stdlib.h>

#include "aw/hostio/alloc.h"
#include "cpu/code.h"
#include "fuzz.h"
#include "machine.h"

/* Branch to itself: where vectors and the end of a sequence stay. */
#define STAY 0xeafffffeU

struct fuzz_ours {
    struct machine m;
};

struct fuzz_ours *fuzz_ours_open(uint8_t **ram)
{
    struct fuzz_ours *o = aw_alloc(1, sizeof(*o));

    machine_open(&o->m);
    for (uint32_t k = 0; k < 8; k++) {
        machine_put(&o->m, FUZZ_RAM + FUZZ_VECTORS + 4 * k, STAY);
        machine_put(&o->m, FUZZ_RAM + FUZZ_MONITOR + 4 * k, STAY);
    }
    *ram = o->m.ram;
    return o;
}

void fuzz_ours_close(struct fuzz_ours *o)
{
    machine_close(&o->m);
    free(o);
}

const char *fuzz_ours_said(const struct fuzz_ours *o)
{
    return o->m.said;
}

/* What a vector means, and how far r14 is behind the instruction. */
static const struct {
    enum fuzz_event event;
    uint32_t behind;
} vectors[8] = {
    [1] = {FUZZ_UNDEFINED, 4},
    [2] = {FUZZ_SVC, 4},
    [3] = {FUZZ_PREFETCH, 4},
    [4] = {FUZZ_ABORT, 8},
};

/* Undoes the exception entry, as far as the program sees. */
static void leave_exception(struct tw_cpu *c, struct fuzz_outcome *out)
{
    uint32_t psr = c->spsr[tw_bank_of(c->mode)];
    uint32_t offset = c->next - FUZZ_RAM;

    if (offset / 4 >= sizeof(vectors) / sizeof(vectors[0])) {
        out->event = FUZZ_SMC;
        out->at = c->r[14] - 4;
    } else {
        out->event = vectors[offset / 4].event;
        out->at = c->r[14] - vectors[offset / 4].behind;
    }
    out->address = c->cp[TW_CP_DFAR][0];
    out->status = c->cp[TW_CP_DFSR][0];
    tw_cpu_set(c, 16, psr);
}

void fuzz_ours_run(struct fuzz_ours *o, const struct fuzz_state *start,
                   uint32_t pc, uint32_t n, struct fuzz_outcome *out)
{
    struct tw_cpu *c = o->m.cpu;

    c->stop = TW_STOP_SLICE;
    tw_code_drop_all(c);
    tw_cpu_set(c, 16, 0x1df);
    for (unsigned k = 0; k < 7; k++) {
        tw_cpu_set(c, 8 + k, start->user[k]);
    }
    tw_cpu_set(c, 16, start->cpsr);
    for (unsigned k = 0; k < 15; k++) {
        tw_cpu_set(c, k, start->r[k]);
    }
    tw_cpu_set(c, 15, pc);
    enum tw_stop stop = machine_run(&o->m, n + 4);

    *out = (struct fuzz_outcome){.event = FUZZ_END};
    if (stop != TW_STOP_SLICE) {
        out->event = FUZZ_STOPPED;
    } else if (c->next - FUZZ_RAM < FUZZ_L1) {
        leave_exception(c, out);
    } else if (c->next != pc + 4 * n) {
        out->event = FUZZ_LOST;
    }
    for (unsigned k = 0; k < 15; k++) {
        out->state.r[k] = tw_cpu_get(c, k);
    }
    out->state.cpsr = tw_cpu_get(c, 16);
    tw_cpu_set(c, 16, 0x1df);
    for (unsigned k = 0; k < 7; k++) {
        out->state.user[k] = tw_cpu_get(c, 8 + k);
    }
}
