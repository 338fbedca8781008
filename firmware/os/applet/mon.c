/* SPDX-License-Identifier: Apache-2.0 */
#include "os/applet/mon.h"

#include "fw/cache.h"
#include "fw/cpu.h"
#include "fw/dma.h"

/* Walks of tables read through the cache: write-back, write-allocate. */
enum { TTBR_WALK = 0x48 };

static void set_thread(uint32_t v)
{
    __asm__ volatile("mcr p15, 0, %0, c13, c0, 2" ::"r"(v) : "memory");
}

static uint32_t thread(void)
{
    uint32_t v = 0;

    __asm__ volatile("mrc p15, 0, %0, c13, c0, 2" : "=r"(v)::"memory");
    return v;
}

void mon_run(const struct space *space, struct mon_state *state)
{
    mon_frame.state = *state;
    set_thread(state->thread);
    mon_enter(dma_address(space->tables.l1) | TTBR_WALK, space->number);
    mon_frame.state.thread = thread();
    *state = mon_frame.state;
}

void mon_flush(const struct space *space)
{
    cache_clean(space->tables.l1, MMU_L1_ENTRIES * sizeof(*space->tables.l1));
    cache_clean(space->tables.l2, MMU_L2_TABLES * sizeof(*space->tables.l2));
    /* TLBIASID, BPIALL. */
    __asm__ volatile("mcr p15, 0, %0, c8, c7, 2\n\t"
                     "mcr p15, 0, %0, c7, c5, 6" ::"r"(space->number)
                     : "memory");
    cpu_dsb();
    cpu_isb();
}
