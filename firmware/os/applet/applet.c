/* SPDX-License-Identifier: Apache-2.0 */
#include "os/applet/applet.h"

#include <string.h>

#include "fw/abi.h"
#include "fw/dma.h"
#include "fw/time.h"
#include "os/applet/run.h"

enum {
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 60000,
    LIVED_MS = 60000, /* a life that takes the pause back to the first */
    USER_MODE = 0x10, /* A32, aborts and FIQ not masked */
    IRQ_MASKED = 1 << 7,
    NUMBER = 1 /* of its address space */
};

static _Alignas(16384) uint32_t l1[MMU_L1_ENTRIES];
static _Alignas(1024) uint32_t l2[MMU_L2_TABLES][MMU_L2_ENTRIES];

static void start(struct applet *a, uint64_t now)
{
    program_load(&a->program, &a->space);
    mon_flush(&a->space);
    memset(&a->state, 0, sizeof(a->state));
    a->state.sp = SPACE_START + SPACE_SIZE;
    a->state.pc = a->program.plan.entry;
    a->state.psr = USER_MODE | IRQ_MASKED;
    a->phase = APPLET_RUNS;
    a->started = now;
    a->waited = now;
    a->ready_at = 0;
    a->starts++;
    run_start(a);
}

aw_err applet_take(struct applet *a, aw_bytes elf, struct aw_diag *diag)
{
    struct program program;
    aw_err err = program_check(elf, &program, diag);

    if (err != AW_OK) {
        return err;
    }
    a->phase = APPLET_NONE;
    a->program = program;
    a->space.number = NUMBER;
    a->space.offset = 0;
    a->space.tables =
        (struct mmu_tables){.l1 = l1, .l2 = l2, .l2_address = dma_address(l2)};
    err = program_map(&a->program, &a->space);
    if (err == AW_OK) {
        err = space_build(&a->space, dma_address(mon_page),
                          dma_address(&mon_frame));
    }
    if (err == AW_OK) {
        err = run_take(a);
    }
    if (err != AW_OK) {
        return aw_fail(diag, err, "applet: segments", a->program.plan.n);
    }
    a->phase = APPLET_PAUSED;
    a->until = 0;
    a->pause_ms = FIRST_PAUSE_MS;
    return AW_OK;
}

uint64_t applet_next(const struct applet *a)
{
    return a->phase == APPLET_WAITS || a->phase == APPLET_PAUSED ? a->until
                                                                 : UINT64_MAX;
}

bool applet_due(struct applet *a, uint64_t now)
{
    if (a->phase == APPLET_PAUSED && now >= a->until) {
        start(a, now);
    }
    if (a->phase == APPLET_WAITS && now >= a->until) {
        applet_result(a, 0);
    }
    return a->phase == APPLET_RUNS;
}

void applet_events(struct applet *a, uint32_t events)
{
    uint32_t got = events & a->waits_for;

    if (a->phase == APPLET_WAITS && got != 0) {
        applet_result(a, (int32_t)got);
    }
}

void applet_ended(struct applet *a, enum applet_end end, uint64_t now)
{
    if (now - a->started >= (uint64_t)LIVED_MS * TIME_PER_MS) {
        a->pause_ms = FIRST_PAUSE_MS;
    }
    a->end = end;
    a->phase = APPLET_PAUSED;
    a->until = now + (uint64_t)a->pause_ms * TIME_PER_MS;
    a->pause_ms =
        a->pause_ms > LONGEST_PAUSE_MS / 2 ? LONGEST_PAUSE_MS : a->pause_ms * 2;
}

void applet_result(struct applet *a, int32_t result)
{
    a->state.r[0] = (uint32_t)result;
    a->phase = APPLET_RUNS;
}

const char *applet_end_name(enum applet_end end)
{
    static const char *const names[] = {
        [APPLET_EXITED] = "exit",      [APPLET_FAULTED] = "fault",
        [APPLET_SPINS] = "watchdog",   [APPLET_STOPPED] = "stopped",
        [APPLET_UNEQUAL] = "lockstep", [APPLET_UNREADY] = "unready",
    };

    return names[end];
}
