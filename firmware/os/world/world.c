/* SPDX-License-Identifier: Apache-2.0 */
#include "os/world/world.h"

#include <inttypes.h>
#include <string.h>

#include "fw/cache.h"
#include "fw/dma.h"
#include "fw/exception.h"
#include "fw/guard.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "fw/time.h"

enum {
    PSR_SVC = 0x13,
    PSR_MASKED = 0x1c0, /* A, I, F */
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 60000,
    LINE = 120
};

enum phase { WORLD_NONE, WORLD_PAUSED, WORLD_RUNS, WORLD_ENDED };

static struct {
    enum phase phase;
    aw_bytes program;
    bool guarded; /* the rest of the chip is closed to it */
    uint32_t starts;
    uint64_t until; /* end of PAUSED */
    uint32_t pause_ms;
    struct world_frame frame;
    char line[LINE + 1]; /* what it says, up to a line feed */
    size_t n;
} world;

void world_init(void)
{
    struct guard_window window = {0, 0};
    struct aw_diag diag = {0};
    bool there = world_source(&world.program) == AW_OK &&
                 world.program.n <= WORLD_PROGRAM_MAX;

    if (there) {
        window = (struct guard_window){WORLD_START, WORLD_SIZE};
    }
    aw_err err = guard_init(&window, &diag);

    world.guarded = err == AW_OK;
    if (!world.guarded) {
        print("guard: %s: %s\n", aw_err_name(err), diag.where);
    }
    if (strcmp(policy.variant, "release") == 0) {
        guard_no_debug();
    }
    /* On a chip that has guards the normal world runs behind them or not at
     * all. */
    if (there && (world.guarded || err == AW_ERR_UNSUPPORTED)) {
        world.phase = WORLD_PAUSED;
        world.until = 0;
        world.pause_ms = FIRST_PAUSE_MS;
    }
}

/* Nothing is left of the life before, nor of what was in that memory when the
 * chip started. Lines of it may be in the cache for the secure world; they are
 * written back, and forgotten. */
static void load(void)
{
    uint8_t *memory = dma_pointer(WORLD_START);

    memset(memory, 0, WORLD_SIZE);
    memcpy(memory, world.program.p, world.program.n);
    cache_clean(memory, WORLD_SIZE);
    cache_invalidate(memory, WORLD_SIZE);
}

static void start(void)
{
    load();
    memset(&world.frame, 0, sizeof(world.frame));
    world.starts++;
    world.frame.r[0] = world.starts;
    world.frame.r[1] = world.guarded ? 1 : 0;
    world.frame.pc = WORLD_START;
    world.frame.psr = PSR_SVC | PSR_MASKED;
    world.phase = WORLD_RUNS;
    world.n = 0;
    print("normal world: start %u\n", (unsigned)world.starts);
}

uint64_t world_next(void)
{
    return world.phase == WORLD_PAUSED ? world.until : UINT64_MAX;
}

bool world_due(uint64_t now)
{
    if (world.phase == WORLD_PAUSED && now >= world.until) {
        start();
    }
    return world.phase == WORLD_RUNS;
}

static void flush_line(void)
{
    world.line[world.n] = '\0';
    if (world.n > 0) {
        print("normal: %s\n", world.line);
    }
    world.n = 0;
}

/* Nothing that a terminal would obey. */
static void take_character(uint32_t c)
{
    if (c == '\n' || world.n == LINE) {
        flush_line();
    }
    if (c != '\n') {
        world.line[world.n++] = c >= ' ' && c < 0x7f ? (char)c : '?';
    }
}

/* For good. */
static void end(uint32_t code)
{
    flush_line();
    print("normal world: exit %08" PRIx32 "\n", code);
    world.phase = WORLD_ENDED;
}

/* Another life comes later. */
static void fault(const char *why)
{
    const struct world_frame *f = &world.frame;

    flush_line();
    print("normal world: %s at %08" PRIx32 ", psr %08" PRIx32 "\n", why, f->pc,
          f->psr);
    if (f->vector != WORLD_SMC) {
        print("fault: address %08" PRIx32 ", status %08" PRIx32 "\n",
              exception_address(f->vector), exception_status(f->vector));
    }
    for (unsigned i = 0; i < 13; i++) {
        print("r%u %08" PRIx32 "%s", i, f->r[i],
              i % 4 == 3 || i == 12 ? "\n" : "  ");
    }
    world.phase = WORLD_PAUSED;
    world.until = time_now() + (uint64_t)world.pause_ms * TIME_PER_MS;
    world.pause_ms = world.pause_ms > LONGEST_PAUSE_MS / 2 ? LONGEST_PAUSE_MS
                                                           : world.pause_ms * 2;
}

static void serve_call(void)
{
    switch (world.frame.r[0]) {
    case WORLD_EXIT:
        end(world.frame.r[1]);
        break;
    case WORLD_WRITE:
        take_character(world.frame.r[1]);
        break;
    default:
        fault("unknown call");
        break;
    }
}

bool world_run(void)
{
    world_enter(&world.frame);
    switch (world.frame.vector) {
    case WORLD_FIQ:
        return true;
    case WORLD_SMC:
        serve_call();
        break;
    case WORLD_PREFETCH_ABORT:
        fault("prefetch abort");
        break;
    default:
        fault("data abort");
        break;
    }
    return false;
}
