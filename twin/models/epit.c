/* SPDX-License-Identifier: Apache-2.0 */
#include "models/epit.h"

enum {
    EPIT_CR = 0x00,
    EPIT_SR = 0x04,
    EPIT_LR = 0x08,
    EPIT_CMPR = 0x0c,
    EPIT_CNR = 0x10
};

enum {
    CR_EN = 1U << 0,
    CR_ENMOD = 1U << 1,
    CR_OCIEN = 1U << 2,
    CR_RLD = 1U << 3,
    CR_PRESCALAR = 4,
    CR_SWR = 1U << 16,
    CR_IOVW = 1U << 17,
    CR_WRITABLE = 0x03ffffff & ~CR_SWR,
    CR_CLKSRC = 24,
    SR_OCIF = 1U << 0,
    LOW_HZ = 32768
};

static uint64_t counter_hz(const struct tw_epit *epit)
{
    uint64_t hz = 0;

    if ((epit->cr & CR_EN) == 0) {
        return 0;
    }
    switch (epit->cr >> CR_CLKSRC & 3) {
    case 1:
        hz = tw_ccm_hz(epit->ccm, TW_ROOT_IPG);
        break;
    case 2:
        hz = tw_ccm_hz(epit->ccm, TW_ROOT_PERCLK);
        break;
    case 3:
        hz = LOW_HZ;
        break;
    default:
        break;
    }
    return hz / ((epit->cr >> CR_PRESCALAR & 0xfff) + 1);
}

/* What follows 0: the load register, or a free run from the top. */
static uint32_t top(const struct tw_epit *epit)
{
    return (epit->cr & CR_RLD) != 0 ? epit->lr : UINT32_MAX;
}

/* Counts until the counter shows the compare value, or wraps. */
static uint64_t next_event(const struct tw_epit *epit)
{
    uint64_t wrap = (uint64_t)epit->count + 1;
    uint64_t match = (uint64_t)epit->count - epit->cmpr;

    return epit->cmpr < epit->count && match < wrap ? match : wrap;
}

static void schedule(struct tw_epit *epit)
{
    if (epit->hz == 0) {
        tw_clock_cancel(epit->clock, &epit->due);
        return;
    }
    tw_clock_at(epit->clock, &epit->due,
                epit->since + tw_clock_ticks(epit->clock,
                                             epit->done + next_event(epit),
                                             epit->hz));
}

static void update(struct tw_epit *epit)
{
    tw_line_set(&epit->irq,
                (epit->sr & SR_OCIF) != 0 && (epit->cr & CR_OCIEN) != 0);
}

static void catch_up(struct tw_epit *epit)
{
    if (epit->hz == 0) {
        return;
    }
    uint64_t left = tw_clock_periods(epit->clock,
                                     epit->clock->now - epit->since, epit->hz) -
                    epit->done;

    while (left > 0) {
        uint64_t next = next_event(epit);
        uint64_t counts = next < left ? next : left;

        left -= counts;
        epit->done += counts;
        epit->count =
            counts > epit->count ? top(epit) : (uint32_t)(epit->count - counts);
        if (epit->count == epit->cmpr) {
            epit->sr |= SR_OCIF;
        }
    }
}

static void on_due(void *ctx)
{
    struct tw_epit *epit = ctx;

    catch_up(epit);
    schedule(epit);
    update(epit);
}

void tw_epit_clocks(struct tw_epit *epit)
{
    catch_up(epit);
    uint64_t hz = counter_hz(epit);

    if (hz != epit->hz) {
        epit->hz = hz;
        epit->since = epit->clock->now;
        epit->done = 0;
    }
    schedule(epit);
    update(epit);
}

static void control(struct tw_epit *epit, uint32_t value)
{
    bool starts = (epit->cr & CR_EN) == 0 && (value & CR_EN) != 0;

    if ((value & CR_SWR) != 0) {
        epit->sr = 0;
        epit->lr = UINT32_MAX;
        epit->cmpr = 0;
        epit->count = UINT32_MAX;
        return;
    }
    epit->cr = value & CR_WRITABLE;
    if (starts && (value & CR_ENMOD) != 0) {
        epit->count = top(epit);
    }
}

static bool epit_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    struct tw_epit *epit = ctx;

    if (how->size != 4) {
        tw_regs_misuse(epit->report, epit->name, offset, how);
        return false;
    }
    catch_up(epit);
    *value = 0;
    switch (offset) {
    case EPIT_CR:
        *value = epit->cr;
        break;
    case EPIT_SR:
        *value = epit->sr;
        break;
    case EPIT_LR:
        *value = epit->lr;
        break;
    case EPIT_CMPR:
        *value = epit->cmpr;
        break;
    case EPIT_CNR:
        *value = epit->count;
        break;
    default:
        tw_regs_misuse(epit->report, epit->name, offset, how);
        break;
    }
    return true;
}

static bool epit_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_epit *epit = ctx;

    if (how->size != 4) {
        tw_regs_misuse(epit->report, epit->name, offset, how);
        return false;
    }
    catch_up(epit);
    switch (offset) {
    case EPIT_CR:
        control(epit, value);
        break;
    case EPIT_SR:
        epit->sr &= ~value;
        break;
    case EPIT_LR:
        epit->lr = value;
        epit->count = (epit->cr & CR_IOVW) != 0 ? value : epit->count;
        break;
    case EPIT_CMPR:
        epit->cmpr = value;
        break;
    default:
        tw_regs_misuse(epit->report, epit->name, offset, how);
        break;
    }
    tw_epit_clocks(epit);
    return true;
}

static void epit_reset(void *model, enum tw_reset kind)
{
    struct tw_epit *epit = model;

    (void)kind;
    epit->cr = 0;
    epit->hz = 0;
    epit->since = epit->clock->now;
    epit->done = 0;
    control(epit, CR_SWR);
    tw_epit_clocks(epit);
}

static void epit_save(void *model, struct tw_saver *to)
{
    const struct tw_epit *epit = model;

    tw_save_u32(to, epit->cr);
    tw_save_u32(to, epit->sr);
    tw_save_u32(to, epit->lr);
    tw_save_u32(to, epit->cmpr);
    tw_save_u32(to, epit->count);
    tw_save_u64(to, epit->since);
    tw_save_u64(to, epit->done);
    tw_save_u64(to, epit->hz);
    tw_save_event(to, &epit->due);
}

static bool epit_load(void *model, struct tw_loader *from)
{
    struct tw_epit *epit = model;

    epit->cr = tw_load_u32(from);
    epit->sr = tw_load_u32(from);
    epit->lr = tw_load_u32(from);
    epit->cmpr = tw_load_u32(from);
    epit->count = tw_load_u32(from);
    epit->since = tw_load_u64(from);
    epit->done = tw_load_u64(from);
    epit->hz = tw_load_u64(from);
    tw_load_event(from, epit->clock, &epit->due);
    if (from->failed || epit->since > epit->clock->now) {
        epit_reset(epit, TW_RESET_POWER);
        return false;
    }
    update(epit);
    return true;
}

void tw_epit_init(struct tw_epit *epit, const char *name, uint32_t base,
                  struct tw_bus *bus, struct tw_clock *clock,
                  const struct tw_ccm *ccm)
{
    static const struct tw_device_ops ops = {.read = epit_read,
                                             .write = epit_write};

    epit->name = name;
    epit->clock = clock;
    epit->report = bus->report;
    epit->ccm = ccm;
    epit->due.fire = on_due;
    epit->due.ctx = epit;
    epit_reset(epit, TW_RESET_POWER);
    tw_bus_add_device(bus, name, base, TW_EPIT_SIZE, &ops, epit);
}

struct tw_device tw_epit_device(struct tw_epit *epit)
{
    return (struct tw_device){.name = epit->name,
                              .model = epit,
                              .reset = epit_reset,
                              .save = epit_save,
                              .load = epit_load};
}
