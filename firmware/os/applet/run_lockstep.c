/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lockstep: everything the applet does is done twice, by two copies in memory
 * of their own, and a difference ends it before the OS does what it asks. So a
 * disturbed instruction has no effect outside. Interrupts are masked meanwhile,
 * or the copies would stop at different instructions: what never calls is ended
 * by the chip's watchdog.
 */
#include <string.h>

#include "fw/dma.h"
#include "fw/exception.h"
#include "os/applet/run.h"

enum { NUMBER = 2, FIQ_MASKED = 1 << 6 };

/* Where the copy is: below the window, and in what the program leaves free. */
#define SHADOW_OFFSET UINT32_C(0xf8000000)
#define SHADOW_LOWEST UINT32_C(0x88000000)

static _Alignas(16384) uint32_t l1[MMU_L1_ENTRIES];
static _Alignas(1024) uint32_t l2[MMU_L2_TABLES][MMU_L2_ENTRIES];

static struct space shadow;
static struct mon_state shadow_state;

/* No page of the copy is one of the original. */
static bool apart(const struct space *space)
{
    for (size_t i = 0; i < space->n; i++) {
        uint32_t start = space->region[i].start + SHADOW_OFFSET;
        uint32_t size = space->region[i].size;

        if (start < SHADOW_LOWEST) {
            return false;
        }
        for (size_t k = 0; k < space->n; k++) {
            const struct space_region *r = &space->region[k];

            if (start - r->start < r->size || r->start - start < size) {
                return false;
            }
        }
    }
    return true;
}

aw_err run_take(struct applet *a)
{
    if (!apart(&a->space)) {
        return AW_ERR_SPACE;
    }
    a->space.shadow = SHADOW_OFFSET;
    shadow = a->space;
    shadow.number = NUMBER;
    shadow.offset = SHADOW_OFFSET;
    shadow.tables =
        (struct mmu_tables){.l1 = l1, .l2 = l2, .l2_address = dma_address(l2)};
    return space_build(&shadow, dma_address(mon_page), dma_address(&mon_frame));
}

void run_start(struct applet *a)
{
    program_load(&a->program, &shadow);
    mon_flush(&shadow);
    a->state.psr |= FIQ_MASKED;
    a->space.n_wrote = 0;
    a->space.unequal = false;
}

/* What the OS has changed since the last exception: memory, registers. */
static void follow(struct applet *a)
{
    for (size_t i = 0; i < a->space.n_wrote; i++) {
        const struct space_run *w = &a->space.wrote[i];

        memcpy(dma_pointer(w->address + shadow.offset),
               dma_pointer(w->address + a->space.offset), w->n);
    }
    a->space.n_wrote = 0;
    shadow_state = a->state;
}

struct cause {
    uint32_t status;
    uint32_t address;
};

static struct cause cause_of(const struct mon_state *s)
{
    struct cause c = {0, 0};

    if (s->vector == MON_PREFETCH_ABORT || s->vector == MON_DATA_ABORT) {
        c.status = exception_status(s->vector);
        c.address = exception_address(s->vector);
    }
    return c;
}

bool run_go(struct applet *a)
{
    follow(a);
    mon_run(&a->space, &a->state);
    struct cause one = cause_of(&a->state);

    mon_run(&shadow, &shadow_state);
    struct cause two = cause_of(&shadow_state);

    return memcmp(&a->state, &shadow_state, sizeof(shadow_state)) == 0 &&
           one.status == two.status && one.address == two.address;
}
