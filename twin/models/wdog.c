/* SPDX-License-Identifier: Apache-2.0 */
#include "models/wdog.h"

enum {
    WDOG_WCR = 0x00,
    WDOG_WSR = 0x02,
    WDOG_WRSR = 0x04,
    WDOG_WICR = 0x06,
    WDOG_WMCR = 0x08
};

enum {
    WCR_WDZST = 1U << 0,
    WCR_WDBG = 1U << 1,
    WCR_WDE = 1U << 2,
    WCR_WDT = 1U << 3,
    WCR_SRS = 1U << 4,
    WCR_WDA = 1U << 5,
    WCR_SRE = 1U << 6,
    WCR_WDW = 1U << 7,
    WCR_WT = 8,
    WCR_ONCE = WCR_WDZST | WCR_WDBG | WCR_WDE | WCR_WDT | WCR_WDW,

    WRSR_SFTW = 1U << 0,
    WRSR_TOUT = 1U << 1,
    WRSR_POR = 1U << 4,

    WICR_WIE = 1U << 15,
    WICR_WTIS = 1U << 14,
    WICR_WICT = 0xff,

    WMCR_PDE = 1U << 0,
    HALF_HZ = 2,
    POWER_DOWN_S = 16
};

static uint64_t half_seconds(const struct tw_wdog *wdog, uint32_t n)
{
    return tw_clock_ticks(wdog->clock, n, HALF_HZ);
}

static void update(struct tw_wdog *wdog)
{
    const unsigned both = WICR_WIE | WICR_WTIS;

    tw_line_set(&wdog->irq, (wdog->wicr & both) == both);
}

static void bite(struct tw_wdog *wdog, unsigned what)
{
    if (wdog->bite != NULL && what != 0) {
        wdog->bite(wdog->bite_ctx, what);
    }
}

/* The pin is low until power goes; only its falling edge matters. */
static unsigned lower_pin(struct tw_wdog *wdog)
{
    unsigned what = wdog->pin_low ? 0 : (unsigned)TW_WDOG_PIN;

    wdog->pin_low = true;
    return what;
}

static void schedule(struct tw_wdog *wdog)
{
    uint32_t timeout = (wdog->wcr >> WCR_WT) + 1U;
    uint32_t before = wdog->wicr & WICR_WICT;

    if ((wdog->wcr & WCR_WDE) == 0) {
        return;
    }
    tw_clock_at(wdog->clock, &wdog->due,
                wdog->started + half_seconds(wdog, timeout));
    if (before < timeout) {
        tw_clock_at(wdog->clock, &wdog->early,
                    wdog->started + half_seconds(wdog, timeout - before));
    } else {
        tw_clock_cancel(wdog->clock, &wdog->early);
    }
}

static void on_due(void *ctx)
{
    struct tw_wdog *wdog = ctx;

    tw_report(wdog->report, TW_REPORT_RESET, "%s: time-out", wdog->name);
    /* With WDT the pin tells the outside; the chip is reset in any case. */
    bite(wdog,
         TW_WDOG_CHIP | ((wdog->wcr & WCR_WDT) != 0 ? lower_pin(wdog) : 0U));
}

static void on_early(void *ctx)
{
    struct tw_wdog *wdog = ctx;

    wdog->wicr |= WICR_WTIS;
    update(wdog);
}

static void start_power_down(struct tw_wdog *wdog)
{
    uint64_t ticks = tw_clock_ticks(wdog->clock, POWER_DOWN_S, 1);

    tw_clock_at(wdog->clock, &wdog->down, wdog->clock->now + ticks);
}

static void on_power_down(void *ctx)
{
    struct tw_wdog *wdog = ctx;

    start_power_down(wdog);
    bite(wdog, TW_WDOG_DOWN);
}

static void service(struct tw_wdog *wdog, uint16_t value)
{
    if (wdog->last == 0x5555 && value == 0xaaaa) {
        wdog->started = wdog->clock->now;
        schedule(wdog);
    }
    wdog->last = value;
}

/* Writing 0 to WDA or SRS acts; they read as 1 again. */
static void act(struct tw_wdog *wdog, uint16_t value)
{
    unsigned what = 0;

    if ((value & WCR_WDA) == 0) {
        what |= lower_pin(wdog);
    }
    if ((value & WCR_SRS) == 0) {
        what |= TW_WDOG_SOFT;
        tw_report(wdog->report, TW_REPORT_RESET, "%s: software reset",
                  wdog->name);
    }
    bite(wdog, what);
}

static void control(struct tw_wdog *wdog, uint16_t value)
{
    uint16_t locked = wdog->written;
    uint16_t wcr = (uint16_t)((wdog->wcr & locked) | (value & ~locked));
    bool starts = (wdog->wcr & WCR_WDE) == 0 && (wcr & WCR_WDE) != 0;

    if (((wdog->wcr ^ value) & locked) != 0) {
        tw_report(wdog->report, TW_REPORT_MISUSE,
                  "%s: write-once bits 0x%x of WCR written again", wdog->name,
                  (unsigned)((wdog->wcr ^ value) & locked));
    }
    /* WDE counts as written once it is set, the others with any write. */
    wdog->written = (uint16_t)((WCR_ONCE & ~WCR_WDE) | (wcr & WCR_WDE));
    wdog->wcr = wcr | WCR_WDA | WCR_SRS;
    if (starts) {
        wdog->started = wdog->clock->now;
        schedule(wdog);
    }
    act(wdog, value);
}

static void interrupt_control(struct tw_wdog *wdog, uint16_t value)
{
    uint16_t settings = WICR_WIE | WICR_WICT;
    uint16_t status = wdog->wicr & WICR_WTIS & (uint16_t)~value;

    if (wdog->wicr_written) {
        if (((wdog->wicr ^ value) & settings) != 0) {
            tw_report(wdog->report, TW_REPORT_MISUSE,
                      "%s: write-once bits of WICR written again", wdog->name);
        }
        value = wdog->wicr;
    }
    /* Clearing the status alone does not use up the one write. */
    wdog->wicr_written = wdog->wicr_written || (value & WICR_WIE) != 0;
    wdog->wicr = (uint16_t)((value & settings) | status);
    schedule(wdog);
    update(wdog);
}

static bool wdog_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    const struct tw_wdog *wdog = ctx;

    if (how->size != 2) {
        tw_regs_misuse(wdog->report, wdog->name, offset, how);
        return false;
    }
    *value = 0;
    switch (offset) {
    case WDOG_WCR:
        *value = wdog->wcr;
        break;
    case WDOG_WSR:
        *value = wdog->last;
        break;
    case WDOG_WRSR:
        *value = wdog->wrsr;
        break;
    case WDOG_WICR:
        *value = wdog->wicr;
        break;
    case WDOG_WMCR:
        *value = wdog->wmcr;
        break;
    default:
        tw_regs_misuse(wdog->report, wdog->name, offset, how);
        break;
    }
    return true;
}

static bool wdog_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_wdog *wdog = ctx;

    if (how->size != 2) {
        tw_regs_misuse(wdog->report, wdog->name, offset, how);
        return false;
    }
    switch (offset) {
    case WDOG_WCR:
        control(wdog, (uint16_t)value);
        break;
    case WDOG_WSR:
        service(wdog, (uint16_t)value);
        break;
    case WDOG_WRSR:
        break;
    case WDOG_WICR:
        interrupt_control(wdog, (uint16_t)value);
        break;
    case WDOG_WMCR:
        /* One-shot: once cleared it stays so. */
        wdog->wmcr = (uint16_t)(wdog->wmcr & value & WMCR_PDE);
        if (wdog->wmcr == 0) {
            tw_clock_cancel(wdog->clock, &wdog->down);
        }
        break;
    default:
        tw_regs_misuse(wdog->report, wdog->name, offset, how);
        break;
    }
    return true;
}

static void wdog_reset(void *model, enum tw_reset kind)
{
    struct tw_wdog *wdog = model;

    if (kind == TW_RESET_POWER) {
        wdog->wrsr = WRSR_POR;
        wdog->pin_low = false;
    }
    wdog->wcr = WCR_WDA | WCR_SRS;
    wdog->wicr = 4;
    wdog->wmcr = WMCR_PDE;
    wdog->last = 0;
    wdog->written = 0;
    wdog->wicr_written = false;
    wdog->started = wdog->clock->now;
    tw_clock_cancel(wdog->clock, &wdog->due);
    tw_clock_cancel(wdog->clock, &wdog->early);
    start_power_down(wdog);
    update(wdog);
}

void tw_wdog_cause(struct tw_wdog *wdog, unsigned what)
{
    wdog->wrsr = (what & TW_WDOG_SOFT) != 0   ? WRSR_SFTW
                 : (what & TW_WDOG_CHIP) != 0 ? WRSR_TOUT
                                              : WRSR_POR;
}

static void wdog_save(void *model, struct tw_saver *to)
{
    const struct tw_wdog *wdog = model;

    tw_save_u16(to, wdog->wcr);
    tw_save_u16(to, wdog->wicr);
    tw_save_u16(to, wdog->wmcr);
    tw_save_u16(to, wdog->wrsr);
    tw_save_u16(to, wdog->last);
    tw_save_u16(to, wdog->written);
    tw_save_u8(to, wdog->wicr_written ? 1 : 0);
    tw_save_u8(to, wdog->pin_low ? 1 : 0);
    tw_save_u64(to, wdog->started);
    tw_save_event(to, &wdog->due);
    tw_save_event(to, &wdog->early);
    tw_save_event(to, &wdog->down);
}

static bool wdog_load(void *model, struct tw_loader *from)
{
    struct tw_wdog *wdog = model;

    wdog->wcr = tw_load_u16(from);
    wdog->wicr = tw_load_u16(from);
    wdog->wmcr = tw_load_u16(from);
    wdog->wrsr = tw_load_u16(from);
    wdog->last = tw_load_u16(from);
    wdog->written = tw_load_u16(from);
    wdog->wicr_written = tw_load_u8(from) != 0;
    wdog->pin_low = tw_load_u8(from) != 0;
    wdog->started = tw_load_u64(from);
    tw_load_event(from, wdog->clock, &wdog->due);
    tw_load_event(from, wdog->clock, &wdog->early);
    tw_load_event(from, wdog->clock, &wdog->down);
    if (from->failed) {
        wdog_reset(wdog, TW_RESET_POWER);
        return false;
    }
    update(wdog);
    return true;
}

void tw_wdog_init(struct tw_wdog *wdog, const char *name, uint32_t base,
                  struct tw_bus *bus, struct tw_clock *clock)
{
    static const struct tw_device_ops ops = {.read = wdog_read,
                                             .write = wdog_write};

    wdog->name = name;
    wdog->clock = clock;
    wdog->report = bus->report;
    wdog->due = (struct tw_event){.fire = on_due, .ctx = wdog};
    wdog->early = (struct tw_event){.fire = on_early, .ctx = wdog};
    wdog->down = (struct tw_event){.fire = on_power_down, .ctx = wdog};
    wdog_reset(wdog, TW_RESET_POWER);
    tw_bus_add_device(bus, name, base, TW_WDOG_SIZE, &ops, wdog);
}

struct tw_device tw_wdog_device(struct tw_wdog *wdog)
{
    return (struct tw_device){.name = wdog->name,
                              .model = wdog,
                              .reset = wdog_reset,
                              .save = wdog_save,
                              .load = wdog_load};
}
