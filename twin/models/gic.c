/* SPDX-License-Identifier: Apache-2.0 */
#include "models/gic.h"

#include <string.h>

#include "models/gic_parts.h"

enum { IDLE_PRIORITY = 0xff };

bool tw_gic_is_group1(const struct tw_gic *gic, uint32_t id)
{
    return (gic->group[id / 32] >> (id % 32) & 1) != 0;
}

uint32_t tw_gic_seen(const struct tw_gic *gic, unsigned word, bool secure)
{
    return secure ? UINT32_MAX : gic->group[word];
}

uint32_t tw_gic_pending(const struct tw_gic *gic, unsigned word)
{
    return gic->latched[word] | (gic->level[word] & ~gic->edge[word]);
}

/* Interrupts of a word that the distributor forwards. */
static uint32_t forwarded(const struct tw_gic *gic, unsigned word)
{
    uint32_t bits =
        tw_gic_pending(gic, word) & gic->enabled[word] & ~gic->active[word];

    if ((gic->dist_ctlr & TW_GIC_ENABLE_GROUP0) == 0) {
        bits &= gic->group[word];
    }
    if ((gic->dist_ctlr & TW_GIC_ENABLE_GROUP1) == 0) {
        bits &= ~gic->group[word];
    }
    return bits;
}

/* The more urgent of two interrupts; the lower number of equals. */
static uint32_t more_urgent(const struct tw_gic *gic, uint32_t a, uint32_t b)
{
    return a != TW_GIC_NO_ID && gic->priority[a] <= gic->priority[b] ? a : b;
}

uint32_t tw_gic_best(const struct tw_gic *gic)
{
    uint32_t found = TW_GIC_NO_ID;

    for (unsigned word = 0; word < TW_GIC_WORDS; word++) {
        uint32_t bits = forwarded(gic, word);

        for (uint32_t id = word * 32; bits != 0; bits >>= 1, id++) {
            found = (bits & 1) != 0 ? more_urgent(gic, found, id) : found;
        }
    }
    return found;
}

uint32_t tw_gic_running_priority(const struct tw_gic *gic)
{
    uint32_t levels = gic->running[0] | gic->running[1];

    for (uint32_t i = 0; i < 32; i++) {
        if ((levels >> i & 1) != 0) {
            return i << 3;
        }
    }
    return IDLE_PRIORITY;
}

uint32_t tw_gic_group_priority(const struct tw_gic *gic, uint32_t id)
{
    uint32_t point = gic->point;

    if (tw_gic_is_group1(gic, id) && (gic->cpu_ctlr & TW_GIC_CBPR) == 0) {
        /* The field of group 1 is one bit wider for the same number. */
        point = gic->point_ns - 1;
    }
    return gic->priority[id] & (UINT32_C(0xfe) << point) & 0xff;
}

bool tw_gic_signals(const struct tw_gic *gic, uint32_t id)
{
    uint32_t enable =
        tw_gic_is_group1(gic, id) ? TW_GIC_ENABLE_GROUP1 : TW_GIC_ENABLE_GROUP0;

    return (gic->cpu_ctlr & enable) != 0 && gic->priority[id] < gic->mask &&
           tw_gic_group_priority(gic, id) < tw_gic_running_priority(gic);
}

void tw_gic_update(struct tw_gic *gic)
{
    uint32_t id = tw_gic_best(gic);
    bool signal = id != TW_GIC_NO_ID && tw_gic_signals(gic, id);
    bool fast = signal && !tw_gic_is_group1(gic, id) &&
                (gic->cpu_ctlr & TW_GIC_FIQ_EN) != 0;

    tw_line_set(&gic->fiq, fast);
    tw_line_set(&gic->irq, signal && !fast);
}

void tw_gic_line(void *ctx, uint32_t number, bool level)
{
    struct tw_gic *gic = ctx;
    uint32_t bit = UINT32_C(1) << (number % 32);
    uint32_t word = number / 32;

    if (number >= TW_GIC_IDS) {
        return;
    }
    if (level && (gic->level[word] & bit) == 0) {
        gic->latched[word] |= bit & gic->edge[word];
    }
    gic->level[word] = level ? gic->level[word] | bit : gic->level[word] & ~bit;
    tw_gic_update(gic);
}

uint32_t tw_gic_priority_to(uint32_t priority, bool secure)
{
    return secure ? priority : (priority << 1) & 0xff;
}

uint32_t tw_gic_priority_from(uint32_t value, bool secure)
{
    return (secure ? value : 0x80 | value >> 1) & TW_GIC_PRIORITY_BITS;
}

static void gic_reset(void *model, enum tw_reset kind)
{
    struct tw_gic *gic = model;

    (void)kind;
    gic->dist_ctlr = 0;
    memset(gic->group, 0, sizeof(gic->group));
    memset(gic->enabled, 0, sizeof(gic->enabled));
    memset(gic->latched, 0, sizeof(gic->latched));
    memset(gic->active, 0, sizeof(gic->active));
    memset(gic->edge, 0, sizeof(gic->edge));
    memset(gic->priority, 0, sizeof(gic->priority));
    gic->enabled[0] = 0xffff;
    gic->edge[0] = 0xffff;
    gic->cpu_ctlr = 0;
    gic->mask = 0;
    gic->point = TW_GIC_POINT_MIN;
    gic->point_ns = TW_GIC_POINT_MIN + 1;
    memset(gic->running, 0, sizeof(gic->running));
    tw_gic_update(gic);
}

/* Arrays of one word for 32 interrupts, for save and load. */
static uint32_t *word_array(struct tw_gic *gic, unsigned i)
{
    uint32_t *const arrays[] = {gic->group, gic->enabled, gic->latched,
                                gic->level, gic->active,  gic->edge};

    return i < sizeof(arrays) / sizeof(arrays[0]) ? arrays[i] : NULL;
}

static void gic_save(void *model, struct tw_saver *to)
{
    struct tw_gic *gic = model;

    tw_save_u32(to, gic->dist_ctlr);
    for (unsigned i = 0; word_array(gic, i) != NULL; i++) {
        for (unsigned word = 0; word < TW_GIC_WORDS; word++) {
            tw_save_u32(to, word_array(gic, i)[word]);
        }
    }
    tw_save_bytes(to, gic->priority, sizeof(gic->priority));
    tw_save_u32(to, gic->cpu_ctlr);
    tw_save_u32(to, gic->mask);
    tw_save_u32(to, gic->point);
    tw_save_u32(to, gic->point_ns);
    tw_save_u32(to, gic->running[0]);
    tw_save_u32(to, gic->running[1]);
}

static bool gic_load(void *model, struct tw_loader *from)
{
    struct tw_gic *gic = model;

    gic->dist_ctlr = tw_load_u32(from);
    for (unsigned i = 0; word_array(gic, i) != NULL; i++) {
        for (unsigned word = 0; word < TW_GIC_WORDS; word++) {
            word_array(gic, i)[word] = tw_load_u32(from);
        }
    }
    (void)!tw_load_bytes(from, gic->priority, sizeof(gic->priority));
    gic->cpu_ctlr = tw_load_u32(from);
    gic->mask = tw_load_u32(from);
    gic->point = tw_load_u32(from) & 7;
    gic->point_ns = tw_load_u32(from) & 7;
    gic->running[0] = tw_load_u32(from);
    gic->running[1] = tw_load_u32(from);
    if (from->failed || gic->point < TW_GIC_POINT_MIN ||
        gic->point_ns < TW_GIC_POINT_MIN) {
        gic_reset(gic, TW_RESET_POWER);
        return false;
    }
    tw_gic_update(gic);
    return true;
}

void tw_gic_init(struct tw_gic *gic, struct tw_bus *bus)
{
    static const struct tw_device_ops dist_ops = {.read = tw_gic_dist_read,
                                                  .write = tw_gic_dist_write};
    static const struct tw_device_ops cpu_ops = {.read = tw_gic_cpu_read,
                                                 .write = tw_gic_cpu_write};

    gic->report = bus->report;
    memset(gic->level, 0, sizeof(gic->level));
    gic_reset(gic, TW_RESET_POWER);
    tw_bus_add_device(bus, "GIC distributor", TW_GIC_DISTRIBUTOR, TW_GICD_SIZE,
                      &dist_ops, gic);
    tw_bus_add_device(bus, "GIC CPU interface", TW_GIC_CPU, TW_GICC_SIZE,
                      &cpu_ops, gic);
}

struct tw_device tw_gic_device(struct tw_gic *gic)
{
    return (struct tw_device){.name = "GIC",
                              .model = gic,
                              .reset = gic_reset,
                              .save = gic_save,
                              .load = gic_load};
}
