/* SPDX-License-Identifier: Apache-2.0 */
#include "models/rngb.h"

#include <string.h>

enum offset {
    VER = 0x00,
    CMD = 0x04,
    CR = 0x08,
    SR = 0x0c,
    ESR = 0x10,
    OUT = 0x14
};

enum {
    CMD_ST = 1 << 0,
    CMD_GS = 1 << 1,
    CMD_CI = 1 << 4,
    CMD_CE = 1 << 5,
    CMD_SR = 1 << 6,

    CR_FUFMOD = 3,
    CR_AR = 1 << 4,
    CR_MASKDONE = 1 << 5,
    CR_MASKERR = 1 << 6,
    CR_BITS = CR_FUFMOD | CR_AR | CR_MASKDONE | CR_MASKERR,
    UNDERFLOW_ABORTS = 2,

    SR_BUSY = 1 << 1,
    SR_RS = 1 << 3,
    SR_STDN = 1 << 4,
    SR_SDN = 1 << 5,
    SR_NSDN = 1 << 6,
    SR_ERR = 1 << 16,
    SR_ST_PF = 7 << 21,

    ESR_STE = 1 << 2,
    ESR_FUFE = 1 << 4
};

#define VERSION    UINT32_C(0x10000280)
#define MICROS     UINT64_C(1000000)
#define RESEED_AT  (UINT32_C(1) << 20)
#define FIFO_FIELD ((uint32_t)TW_RNGB_FIFO << 12)

/* A seed is 20,000 bits of noise; a word takes 256 clocks of 66 MHz. */
enum { TEST_US = 200, SEED_US = 2500, WORD_US = 4 };

static void schedule(struct tw_rngb *r, struct tw_event *event, uint64_t us)
{
    tw_clock_at(r->w.clock, event,
                r->w.clock->now + tw_clock_ticks(r->w.clock, us, MICROS));
}

static bool masked(const struct tw_rngb *r, uint32_t mask)
{
    return (r->cr & mask) != 0;
}

static void interrupt(struct tw_rngb *r, uint32_t mask)
{
    if (!masked(r, mask)) {
        r->irq = true;
        tw_line_set(&r->w.line, true);
    }
}

static void quiet(struct tw_rngb *r)
{
    r->irq = false;
    tw_line_set(&r->w.line, false);
}

static bool needs_seed(const struct tw_rngb *r)
{
    return r->given >= RESEED_AT;
}

static void fill(struct tw_rngb *r)
{
    if ((r->sr & SR_SDN) == 0 || (r->sr & SR_ERR) != 0 ||
        r->level >= TW_RNGB_FIFO || r->word_done.slot != 0) {
        return;
    }
    if (!needs_seed(r)) {
        schedule(r, &r->word_done, WORD_US);
    } else if (masked(r, CR_AR) && r->seed_done.slot == 0) {
        schedule(r, &r->seed_done, SEED_US);
    }
}

static void on_test(void *ctx)
{
    struct tw_rngb *r = ctx;

    r->sr |= SR_STDN;
    if (r->fail_test) {
        r->sr |= SR_ERR | SR_ST_PF;
        r->esr |= ESR_STE;
        interrupt(r, CR_MASKERR);
        return;
    }
    interrupt(r, CR_MASKDONE);
}

static void on_seed(void *ctx)
{
    struct tw_rngb *r = ctx;

    r->sr |= (r->sr & SR_SDN) != 0 ? SR_NSDN : SR_SDN;
    r->given = 0;
    interrupt(r, CR_MASKDONE);
    fill(r);
}

static void on_word(void *ctx)
{
    struct tw_rngb *r = ctx;

    r->level++;
    fill(r);
}

static void software_reset(struct tw_rngb *r)
{
    tw_clock_cancel(r->w.clock, &r->test_done);
    tw_clock_cancel(r->w.clock, &r->seed_done);
    tw_clock_cancel(r->w.clock, &r->word_done);
    r->cr = 0;
    r->sr = 0;
    r->esr = 0;
    r->level = 0;
    r->given = 0;
    quiet(r);
}

static uint32_t status(const struct tw_rngb *r)
{
    bool busy = r->test_done.slot != 0 || r->seed_done.slot != 0;

    return r->sr | FIFO_FIELD | r->level << 8 | (busy ? SR_BUSY : 0U) |
           (needs_seed(r) ? SR_RS : 0U);
}

/* The next word, or an underflow, which may be an abort. */
static bool take(struct tw_rngb *r, uint32_t *value)
{
    *value = 0;
    if (r->level > 0) {
        *value = tw_rng_u32(&r->noise);
        r->level--;
        r->given++;
        fill(r);
        return true;
    }
    tw_report(r->w.bus->report, TW_REPORT_MISUSE,
              "rngb: OUT read while the FIFO is empty");
    r->sr |= SR_ERR;
    r->esr |= ESR_FUFE;
    interrupt(r, CR_MASKERR);
    return (r->cr & CR_FUFMOD) != UNDERFLOW_ABORTS;
}

static bool misuse(struct tw_rngb *r, uint32_t offset,
                   const struct tw_access *how)
{
    tw_report(r->w.bus->report, TW_REPORT_MISUSE,
              "rngb: %s of %u bytes at offset 0x%x",
              how->write ? "write" : "read", (unsigned)how->size,
              (unsigned)offset);
    return how->size == 4;
}

static bool rngb_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    struct tw_rngb *r = ctx;

    *value = 0;
    if (how->size != 4) {
        return misuse(r, offset, how);
    }
    switch (offset) {
    case VER:
        *value = VERSION;
        return true;
    case CMD:
        return true;
    case CR:
        *value = r->cr;
        return true;
    case SR:
        *value = status(r);
        return true;
    case ESR:
        *value = r->esr;
        return true;
    case OUT:
        return take(r, value);
    default:
        return misuse(r, offset, how);
    }
}

static void command(struct tw_rngb *r, uint32_t value)
{
    if ((value & CMD_SR) != 0) {
        software_reset(r);
        return;
    }
    if ((value & CMD_CE) != 0) {
        r->sr &= ~(uint32_t)(SR_ERR | SR_ST_PF);
        r->esr = 0;
        quiet(r);
    }
    if ((value & CMD_CI) != 0 && (r->sr & SR_ERR) == 0) {
        quiet(r);
    }
    if ((value & CMD_ST) != 0 && r->test_done.slot == 0) {
        r->sr &= ~(uint32_t)SR_STDN;
        schedule(r, &r->test_done, TEST_US);
    }
    if ((value & CMD_GS) != 0 && r->seed_done.slot == 0) {
        schedule(r, &r->seed_done, SEED_US);
    }
}

static bool rngb_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_rngb *r = ctx;

    if (how->size != 4) {
        return misuse(r, offset, how);
    }
    switch (offset) {
    case CMD:
        command(r, value);
        return true;
    case CR:
        r->cr = value & CR_BITS;
        return true;
    default:
        return misuse(r, offset, how);
    }
}

static const struct tw_device_ops rngb_ops = {.read = rngb_read,
                                              .write = rngb_write};

void tw_rngb_init(struct tw_rngb *rngb, const struct tw_rngb_wiring *wiring)
{
    memset(rngb, 0, sizeof(*rngb));
    rngb->w = *wiring;
    rngb->test_done = (struct tw_event){.fire = on_test, .ctx = rngb};
    rngb->seed_done = (struct tw_event){.fire = on_seed, .ctx = rngb};
    rngb->word_done = (struct tw_event){.fire = on_word, .ctx = rngb};
    tw_rng_init(&rngb->noise, wiring->seed, "rngb");
    tw_bus_add_device(wiring->bus, "rngb", TW_RNGB_BASE, TW_RNGB_SIZE,
                      &rngb_ops, rngb);
}

/* Noise does not begin anew with a reset. */
static void rngb_reset(void *model, enum tw_reset kind)
{
    (void)kind;
    software_reset(model);
}

static void rngb_save(void *model, struct tw_saver *to)
{
    const struct tw_rngb *r = model;

    tw_rng_save(&r->noise, to);
    tw_save_u32(to, r->cr);
    tw_save_u32(to, r->sr);
    tw_save_u32(to, r->esr);
    tw_save_u32(to, r->level);
    tw_save_u32(to, r->given);
    tw_save_u8(to, r->irq ? 1 : 0);
    tw_save_event(to, &r->test_done);
    tw_save_event(to, &r->seed_done);
    tw_save_event(to, &r->word_done);
    tw_save_u8(to, r->fail_test ? 1 : 0);
}

static bool rngb_load(void *model, struct tw_loader *from)
{
    struct tw_rngb *r = model;

    (void)tw_rng_load(&r->noise, from);
    r->cr = tw_load_u32(from) & CR_BITS;
    r->sr = tw_load_u32(from);
    r->esr = tw_load_u32(from);
    r->level = tw_load_u32(from);
    r->given = tw_load_u32(from);
    r->irq = tw_load_u8(from) != 0;
    tw_load_event(from, r->w.clock, &r->test_done);
    tw_load_event(from, r->w.clock, &r->seed_done);
    tw_load_event(from, r->w.clock, &r->word_done);
    r->fail_test = tw_load_u8(from) != 0;
    if (from->failed || r->level > TW_RNGB_FIFO) {
        from->failed = true;
        software_reset(r);
        return false;
    }
    tw_line_set(&r->w.line, r->irq);
    return true;
}

struct tw_device tw_rngb_device(struct tw_rngb *rngb)
{
    return (struct tw_device){.name = "rngb",
                              .model = rngb,
                              .reset = rngb_reset,
                              .save = rngb_save,
                              .load = rngb_load};
}
