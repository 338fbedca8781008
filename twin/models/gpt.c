/* SPDX-License-Identifier: Apache-2.0 */
#include "models/gpt.h"

enum {
    GPT_CR = 0x00,
    GPT_PR = 0x04,
    GPT_SR = 0x08,
    GPT_IR = 0x0c,
    GPT_OCR1 = 0x10,
    GPT_OCR3 = 0x18,
    GPT_ICR1 = 0x1c,
    GPT_ICR2 = 0x20,
    GPT_CNT = 0x24
};

enum {
    CR_EN = 1U << 0,
    CR_ENMOD = 1U << 1,
    CR_CLKSRC = 6,
    CR_FRR = 1U << 9,
    CR_EN_24M = 1U << 10,
    CR_SWR = 1U << 15,
    CR_KEPT = 0x7ff & ~CR_EN, /* settings that a software reset leaves */
    PR_24M = 12,
    SR_ROV = 1U << 5,
    SR_ALL = 0x3f,
    OSCILLATOR_HZ = 24000000,
    LOW_HZ = 32768
};

/* Frequency of the counter as it is set up now. */
static uint64_t counter_hz(const struct tw_gpt *gpt)
{
    uint64_t hz = 0;

    if ((gpt->cr & CR_EN) == 0) {
        return 0;
    }
    switch (gpt->cr >> CR_CLKSRC & 7) {
    case 1:
        hz = tw_ccm_hz(gpt->ccm, TW_ROOT_IPG);
        break;
    case 2:
        hz = tw_ccm_hz(gpt->ccm, TW_ROOT_PERCLK);
        break;
    case 4:
        hz = LOW_HZ;
        break;
    case 5:
        if ((gpt->cr & CR_EN_24M) != 0) {
            hz = OSCILLATOR_HZ / ((gpt->pr >> PR_24M & 0xf) + 1);
        }
        break;
    default:
        break;
    }
    return hz / ((gpt->pr & 0xfff) + 1);
}

/* Counts that have passed and are not in gpt->count yet. */
static uint64_t passed(const struct tw_gpt *gpt)
{
    if (gpt->hz == 0) {
        return 0;
    }
    return tw_clock_periods(gpt->clock, gpt->clock->now - gpt->since, gpt->hz) -
           gpt->done;
}

/* Counts until the counter shows a value; a whole turn when it does now. */
static uint64_t distance(uint32_t from, uint32_t to)
{
    uint32_t d = to - from;

    return d == 0 ? UINT64_C(1) << 32 : d;
}

/* In restart mode the counter goes to 0 one count after the first compare. */
static bool restarts(const struct tw_gpt *gpt)
{
    return (gpt->cr & CR_FRR) == 0;
}

/* Counts until something happens. */
static uint64_t next_event(const struct tw_gpt *gpt)
{
    uint64_t next = distance(gpt->count, 0);

    if (restarts(gpt) && gpt->count == gpt->ocr[0]) {
        return 1;
    }
    for (unsigned i = 0; i < TW_GPT_COMPARES; i++) {
        uint64_t d = distance(gpt->count, gpt->ocr[i]);

        next = d < next ? d : next;
    }
    return next;
}

static void schedule(struct tw_gpt *gpt)
{
    if (gpt->hz == 0) {
        tw_clock_cancel(gpt->clock, &gpt->due);
        return;
    }
    uint64_t counts = gpt->done + next_event(gpt);

    tw_clock_at(gpt->clock, &gpt->due,
                gpt->since + tw_clock_ticks(gpt->clock, counts, gpt->hz));
}

static void update(struct tw_gpt *gpt)
{
    tw_line_set(&gpt->irq, (gpt->sr & gpt->ir) != 0);
}

/* What happens when the counter has come to its present value. */
static void arrive(struct tw_gpt *gpt)
{
    for (unsigned i = 0; i < TW_GPT_COMPARES; i++) {
        if (gpt->count == gpt->ocr[i]) {
            gpt->sr |= 1U << i;
        }
    }
    if (gpt->count == 0) {
        gpt->sr |= SR_ROV;
    }
}

/* Brings count and status up to the present. */
static void catch_up(struct tw_gpt *gpt)
{
    for (uint64_t left = passed(gpt); left > 0;) {
        bool restart = restarts(gpt) && gpt->count == gpt->ocr[0];
        uint64_t next = next_event(gpt);
        uint64_t counts = next < left ? next : left;

        left -= counts;
        gpt->done += counts;
        gpt->count = restart ? 0 : (uint32_t)(gpt->count + counts);
        if (counts == next && !restart) {
            arrive(gpt);
        }
    }
}

static void on_due(void *ctx)
{
    struct tw_gpt *gpt = ctx;

    catch_up(gpt);
    schedule(gpt);
    update(gpt);
}

void tw_gpt_clocks(struct tw_gpt *gpt)
{
    catch_up(gpt);
    uint64_t hz = counter_hz(gpt);

    if (hz != gpt->hz) {
        gpt->hz = hz;
        gpt->since = gpt->clock->now;
        gpt->done = 0;
    }
    schedule(gpt);
    update(gpt);
}

static void control(struct tw_gpt *gpt, uint32_t value)
{
    bool starts = (gpt->cr & CR_EN) == 0 && (value & CR_EN) != 0;

    if ((value & CR_SWR) != 0) {
        gpt->cr = value & CR_KEPT;
        gpt->pr = 0;
        gpt->sr = 0;
        gpt->ir = 0;
        gpt->count = 0;
        for (unsigned i = 0; i < TW_GPT_COMPARES; i++) {
            gpt->ocr[i] = UINT32_MAX;
        }
        return;
    }
    if ((gpt->cr & CR_EN) != 0 && (value & CR_EN) != 0 &&
        ((gpt->cr ^ value) >> CR_CLKSRC & 7) != 0) {
        tw_report(gpt->report, TW_REPORT_MISUSE,
                  "%s: clock source changed while it runs", gpt->name);
    }
    /* What bit 1 says when the timer is switched on decides. */
    if (starts && (value & CR_ENMOD) != 0) {
        gpt->count = 0;
    }
    gpt->cr = value & 0x1fff87ff & ~(uint32_t)CR_SWR;
}

static bool gpt_read(void *ctx, uint32_t offset, const struct tw_access *how,
                     uint32_t *value)
{
    struct tw_gpt *gpt = ctx;

    if (how->size != 4) {
        tw_regs_misuse(gpt->report, gpt->name, offset, how);
        return false;
    }
    catch_up(gpt);
    *value = 0;
    switch (offset) {
    case GPT_CR:
        *value = gpt->cr;
        break;
    case GPT_PR:
        *value = gpt->pr;
        break;
    case GPT_SR:
        *value = gpt->sr;
        break;
    case GPT_IR:
        *value = gpt->ir;
        break;
    case GPT_OCR1:
    case GPT_OCR1 + 4:
    case GPT_OCR3:
        *value = gpt->ocr[(offset - GPT_OCR1) / 4];
        break;
    case GPT_ICR1:
    case GPT_ICR2:
        break;
    case GPT_CNT:
        *value = gpt->count;
        break;
    default:
        tw_regs_misuse(gpt->report, gpt->name, offset, how);
        break;
    }
    return true;
}

static bool gpt_write(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value)
{
    struct tw_gpt *gpt = ctx;

    if (how->size != 4) {
        tw_regs_misuse(gpt->report, gpt->name, offset, how);
        return false;
    }
    catch_up(gpt);
    switch (offset) {
    case GPT_CR:
        control(gpt, value);
        break;
    case GPT_PR:
        gpt->pr = value & 0xffff;
        break;
    case GPT_SR:
        gpt->sr &= ~value;
        break;
    case GPT_IR:
        gpt->ir = value & SR_ALL;
        break;
    case GPT_OCR1:
        /* In restart mode the counter starts anew. */
        gpt->count = restarts(gpt) ? 0 : gpt->count;
        gpt->ocr[0] = value;
        break;
    case GPT_OCR1 + 4:
    case GPT_OCR3:
        gpt->ocr[(offset - GPT_OCR1) / 4] = value;
        break;
    default:
        tw_regs_misuse(gpt->report, gpt->name, offset, how);
        break;
    }
    tw_gpt_clocks(gpt);
    return true;
}

static void gpt_reset(void *model, enum tw_reset kind)
{
    struct tw_gpt *gpt = model;

    (void)kind;
    gpt->hz = 0;
    control(gpt, CR_SWR);
    gpt->cr = 0;
    gpt->since = gpt->clock->now;
    gpt->done = 0;
    tw_gpt_clocks(gpt);
}

static void gpt_save(void *model, struct tw_saver *to)
{
    const struct tw_gpt *gpt = model;

    tw_save_u32(to, gpt->cr);
    tw_save_u32(to, gpt->pr);
    tw_save_u32(to, gpt->sr);
    tw_save_u32(to, gpt->ir);
    for (unsigned i = 0; i < TW_GPT_COMPARES; i++) {
        tw_save_u32(to, gpt->ocr[i]);
    }
    tw_save_u32(to, gpt->count);
    tw_save_u64(to, gpt->since);
    tw_save_u64(to, gpt->done);
    tw_save_u64(to, gpt->hz);
    tw_save_event(to, &gpt->due);
}

static bool gpt_load(void *model, struct tw_loader *from)
{
    struct tw_gpt *gpt = model;

    gpt->cr = tw_load_u32(from);
    gpt->pr = tw_load_u32(from);
    gpt->sr = tw_load_u32(from);
    gpt->ir = tw_load_u32(from);
    for (unsigned i = 0; i < TW_GPT_COMPARES; i++) {
        gpt->ocr[i] = tw_load_u32(from);
    }
    gpt->count = tw_load_u32(from);
    gpt->since = tw_load_u64(from);
    gpt->done = tw_load_u64(from);
    gpt->hz = tw_load_u64(from);
    tw_load_event(from, gpt->clock, &gpt->due);
    if (from->failed || gpt->since > gpt->clock->now) {
        gpt_reset(gpt, TW_RESET_POWER);
        return false;
    }
    update(gpt);
    return true;
}

void tw_gpt_init(struct tw_gpt *gpt, const char *name, uint32_t base,
                 struct tw_bus *bus, struct tw_clock *clock,
                 const struct tw_ccm *ccm)
{
    static const struct tw_device_ops ops = {.read = gpt_read,
                                             .write = gpt_write};

    gpt->name = name;
    gpt->clock = clock;
    gpt->report = bus->report;
    gpt->ccm = ccm;
    gpt->due.fire = on_due;
    gpt->due.ctx = gpt;
    gpt_reset(gpt, TW_RESET_POWER);
    tw_bus_add_device(bus, name, base, TW_GPT_SIZE, &ops, gpt);
}

struct tw_device tw_gpt_device(struct tw_gpt *gpt)
{
    return (struct tw_device){.name = gpt->name,
                              .model = gpt,
                              .reset = gpt_reset,
                              .save = gpt_save,
                              .load = gpt_load};
}
