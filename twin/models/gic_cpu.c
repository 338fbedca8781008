/* SPDX-License-Identifier: Apache-2.0 */
#include "models/gic_parts.h"
#include "models/regs.h"

/* Registers of the CPU interface. */
enum {
    GICC_CTLR = 0x000,
    GICC_PMR = 0x004,
    GICC_BPR = 0x008,
    GICC_IAR = 0x00c,
    GICC_EOIR = 0x010,
    GICC_RPR = 0x014,
    GICC_HPPIR = 0x018,
    GICC_ABPR = 0x01c,
    GICC_AIAR = 0x020,
    GICC_AEOIR = 0x024,
    GICC_AHPPIR = 0x028,
    GICC_APR0 = 0x0d0,
    GICC_NSAPR0 = 0x0e0,
    GICC_IIDR = 0x0fc,
    GICC_DIR = 0x1000
};

enum {
    ACK_CTL = 1U << 2,
    EOI_MODE_S = 1U << 9,
    EOI_MODE_NS = 1U << 10,
    CTLR_SECURE = 0x7ff
};

enum { OTHER_GROUP = 1022, ID_MASK = 0x3ff };

/* GICC_IAR of the secure side may take group 1 only with AckCtl set; the
 * aliased register takes nothing else. Marks nothing. */
static uint32_t visible(const struct tw_gic *gic, uint32_t id, bool secure,
                        bool alias)
{
    if (id == TW_GIC_NO_ID) {
        return TW_GIC_NO_ID;
    }
    if (alias || !secure) {
        return tw_gic_is_group1(gic, id) ? id : TW_GIC_NO_ID;
    }
    if (tw_gic_is_group1(gic, id) && (gic->cpu_ctlr & ACK_CTL) == 0) {
        return OTHER_GROUP;
    }
    return id;
}

static uint32_t acknowledge(struct tw_gic *gic, bool secure, bool alias)
{
    uint32_t id = tw_gic_best(gic);

    if (id == TW_GIC_NO_ID || !tw_gic_signals(gic, id)) {
        return TW_GIC_NO_ID;
    }
    id = visible(gic, id, secure, alias);
    if (id / 32 >= TW_GIC_WORDS) {
        return id; /* of the other group, or none */
    }
    uint32_t bit = UINT32_C(1) << (id % 32);

    gic->latched[id / 32] &= ~bit;
    gic->active[id / 32] |= bit;
    gic->running[tw_gic_is_group1(gic, id) ? 1 : 0] |=
        UINT32_C(1) << (tw_gic_group_priority(gic, id) >> 3);
    tw_gic_update(gic);
    return id;
}

static void deactivate(struct tw_gic *gic, uint32_t id)
{
    gic->active[id / 32] &= ~(UINT32_C(1) << (id % 32));
}

/* The highest of the running priorities ends. */
static void drop_priority(struct tw_gic *gic)
{
    for (unsigned i = 0; i < 32; i++) {
        uint32_t bit = UINT32_C(1) << i;

        if (((gic->running[0] | gic->running[1]) & bit) != 0) {
            unsigned from = (gic->running[0] & bit) != 0 ? 0 : 1;

            gic->running[from] &= ~bit;
            return;
        }
    }
}

static void end(struct tw_gic *gic, uint32_t value, bool secure, bool alias)
{
    uint32_t id = value & ID_MASK;
    bool split = (gic->cpu_ctlr & (secure ? EOI_MODE_S : EOI_MODE_NS)) != 0;

    if (id >= TW_GIC_IDS) {
        return;
    }
    bool group1 = tw_gic_is_group1(gic, id);
    bool may =
        secure && !alias ? !group1 || (gic->cpu_ctlr & ACK_CTL) != 0 : group1;

    if (!may) {
        tw_report(gic->report, TW_REPORT_MISUSE,
                  "GIC: end of interrupt %u by a side that did not take it",
                  (unsigned)id);
        return;
    }
    drop_priority(gic);
    if (!split) {
        deactivate(gic, id);
    }
    tw_gic_update(gic);
}

static uint32_t cpu_control(const struct tw_gic *gic, bool secure)
{
    if (secure) {
        return gic->cpu_ctlr;
    }
    uint32_t ctlr = gic->cpu_ctlr;

    return (ctlr >> 1 & 1) | (ctlr & 0x60) |
           ((ctlr & EOI_MODE_NS) != 0 ? EOI_MODE_S : 0);
}

static void set_cpu_control(struct tw_gic *gic, bool secure, uint32_t value)
{
    if (secure) {
        gic->cpu_ctlr = value & CTLR_SECURE;
        return;
    }
    uint32_t keep =
        gic->cpu_ctlr & ~(uint32_t)(TW_GIC_ENABLE_GROUP1 | EOI_MODE_NS);

    gic->cpu_ctlr = keep | ((value & 1) != 0 ? TW_GIC_ENABLE_GROUP1 : 0) |
                    ((value & EOI_MODE_S) != 0 ? EOI_MODE_NS : 0);
}

static uint32_t view_mask(uint32_t mask, bool secure)
{
    if (secure) {
        return mask;
    }
    return mask < 0x80 ? 0 : tw_gic_priority_to(mask, false);
}

static void set_mask(struct tw_gic *gic, bool secure, uint32_t value)
{
    if (secure || gic->mask >= 0x80) {
        gic->mask = tw_gic_priority_from(value & 0xff, secure);
    }
}

static uint32_t *point_of(struct tw_gic *gic, bool secure)
{
    return secure ? &gic->point : &gic->point_ns;
}

static void set_point(struct tw_gic *gic, bool secure, uint32_t value)
{
    uint32_t least = secure ? TW_GIC_POINT_MIN : TW_GIC_POINT_MIN + 1;

    *point_of(gic, secure) = (value & 7) < least ? least : value & 7;
}

bool tw_gic_cpu_read(void *ctx, uint32_t offset, const struct tw_access *how,
                     uint32_t *value)
{
    struct tw_gic *gic = ctx;
    bool secure = how->secure;

    if (how->size != 4) {
        tw_regs_misuse(gic->report, "GIC", offset, how);
        return false;
    }
    *value = 0;
    switch (offset) {
    case GICC_CTLR:
        *value = cpu_control(gic, secure);
        break;
    case GICC_PMR:
        *value = view_mask(gic->mask, secure);
        break;
    case GICC_BPR:
        *value = *point_of(gic, secure);
        break;
    case GICC_IAR:
        *value = acknowledge(gic, secure, false);
        break;
    case GICC_RPR:
        *value = view_mask(tw_gic_running_priority(gic), secure);
        break;
    case GICC_HPPIR:
        *value = visible(gic, tw_gic_best(gic), secure, false);
        break;
    case GICC_ABPR:
        *value = secure ? gic->point_ns : 0;
        break;
    case GICC_AIAR:
        *value = secure ? acknowledge(gic, true, true) : 0;
        break;
    case GICC_AHPPIR:
        *value = secure ? visible(gic, tw_gic_best(gic), true, true) : 0;
        break;
    case GICC_APR0:
        *value = gic->running[secure ? 0 : 1];
        break;
    case GICC_NSAPR0:
        *value = secure ? gic->running[1] : 0;
        break;
    case GICC_IIDR:
        *value = 0x0102143b;
        break;
    default:
        tw_regs_misuse(gic->report, "GIC", offset, how);
        break;
    }
    return true;
}

static void cpu_write_word(struct tw_gic *gic, uint32_t offset,
                           const struct tw_access *how, uint32_t value)
{
    bool secure = how->secure;

    switch (offset) {
    case GICC_CTLR:
        set_cpu_control(gic, secure, value);
        break;
    case GICC_PMR:
        set_mask(gic, secure, value);
        break;
    case GICC_BPR:
        set_point(gic, secure, value);
        break;
    case GICC_ABPR:
        if (secure) {
            set_point(gic, false, value);
        }
        break;
    case GICC_EOIR:
        end(gic, value, secure, false);
        break;
    case GICC_AEOIR:
        if (secure) {
            end(gic, value, true, true);
        }
        break;
    case GICC_APR0:
        gic->running[secure ? 0 : 1] = value;
        break;
    case GICC_NSAPR0:
        gic->running[1] = secure ? value : gic->running[1];
        break;
    case GICC_DIR:
        if ((value & ID_MASK) < TW_GIC_IDS &&
            (secure || tw_gic_is_group1(gic, value & ID_MASK))) {
            deactivate(gic, value & ID_MASK);
        }
        break;
    default:
        tw_regs_misuse(gic->report, "GIC", offset, how);
        break;
    }
}

bool tw_gic_cpu_write(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value)
{
    struct tw_gic *gic = ctx;

    if (how->size != 4) {
        tw_regs_misuse(gic->report, "GIC", offset, how);
        return false;
    }
    cpu_write_word(gic, offset, how, value);
    tw_gic_update(gic);
    return true;
}
