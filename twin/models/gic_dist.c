/* SPDX-License-Identifier: Apache-2.0 */
#include "models/gic_parts.h"
#include "models/regs.h"

/* Distributor registers. */
enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IIDR = 0x008,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ISPENDR = 0x200,
    GICD_ICPENDR = 0x280,
    GICD_ISACTIVER = 0x300,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_PPISR = 0xd00,
    GICD_SGIR = 0xf00,
    GICD_PIDR = 0xfd0
};

static uint32_t read_priorities(const struct tw_gic *gic, uint32_t offset,
                                const struct tw_access *how)
{
    uint32_t first = offset - GICD_IPRIORITYR;
    uint32_t value = 0;

    for (uint32_t i = 0; i < how->size && first + i < TW_GIC_IDS; i++) {
        if (how->secure || tw_gic_is_group1(gic, first + i)) {
            value |= tw_gic_priority_to(gic->priority[first + i], how->secure)
                     << (8 * i);
        }
    }
    return value;
}

static void write_priorities(struct tw_gic *gic, uint32_t offset,
                             const struct tw_access *how, uint32_t value)
{
    uint32_t first = offset - GICD_IPRIORITYR;

    for (uint32_t i = 0; i < how->size && first + i < TW_GIC_IDS; i++) {
        if (how->secure || tw_gic_is_group1(gic, first + i)) {
            gic->priority[first + i] = (uint8_t)tw_gic_priority_from(
                value >> (8 * i) & 0xff, how->secure);
        }
    }
}

/* Two bits an interrupt; the upper one says that it is an edge. Software and
 * private interrupts have fixed ones. */
static uint32_t read_config(const struct tw_gic *gic, uint32_t offset,
                            bool secure)
{
    uint32_t first = (offset - GICD_ICFGR) * 4;
    uint32_t value = 0;

    for (uint32_t i = 0; i < 16 && first + i < TW_GIC_IDS; i++) {
        uint32_t id = first + i;
        uint32_t bit = gic->edge[id / 32] & tw_gic_seen(gic, id / 32, secure);

        value |= (bit >> (id % 32) & 1) << (2 * i + 1);
    }
    return value;
}

static void write_config(struct tw_gic *gic, uint32_t offset, bool secure,
                         uint32_t value)
{
    uint32_t first = (offset - GICD_ICFGR) * 4;

    for (uint32_t i = 0; i < 16 && first + i < TW_GIC_IDS; i++) {
        uint32_t id = first + i;
        uint32_t bit = UINT32_C(1) << (id % 32);

        if (id < TW_GIC_SPI || (tw_gic_seen(gic, id / 32, secure) & bit) == 0) {
            continue;
        }
        if ((value >> (2 * i + 1) & 1) != 0) {
            gic->edge[id / 32] |= bit;
        } else {
            gic->edge[id / 32] &= ~bit;
        }
    }
}

/* The registers with one bit an interrupt, each in a block of 0x80 bytes. */
static uint32_t read_bits(const struct tw_gic *gic, uint32_t offset,
                          bool secure)
{
    unsigned word = offset % 0x80 / 4;

    if (word >= TW_GIC_WORDS) {
        return 0;
    }
    uint32_t view = tw_gic_seen(gic, word, secure);

    switch (offset & ~UINT32_C(0x7f)) {
    case GICD_IGROUPR:
        return secure ? gic->group[word] : 0;
    case GICD_ISENABLER:
    case GICD_ICENABLER:
        return gic->enabled[word] & view;
    case GICD_ISPENDR:
    case GICD_ICPENDR:
        return tw_gic_pending(gic, word) & view;
    default:
        return gic->active[word] & view;
    }
}

static void write_bits(struct tw_gic *gic, uint32_t offset, bool secure,
                       uint32_t value)
{
    unsigned word = offset % 0x80 / 4;

    if (word >= TW_GIC_WORDS) {
        return;
    }
    uint32_t bits = value & tw_gic_seen(gic, word, secure);
    /* Software interrupts are always enabled, and pended by GICD_SGIR. */
    uint32_t not_sgi = word == 0 ? bits & UINT32_C(0xffff0000) : bits;

    switch (offset & ~UINT32_C(0x7f)) {
    case GICD_IGROUPR:
        gic->group[word] = secure ? value : gic->group[word];
        break;
    case GICD_ISENABLER:
        gic->enabled[word] |= bits;
        break;
    case GICD_ICENABLER:
        gic->enabled[word] &= ~not_sgi;
        break;
    case GICD_ISPENDR:
        gic->latched[word] |= not_sgi;
        break;
    case GICD_ICPENDR:
        gic->latched[word] &= ~not_sgi;
        break;
    case GICD_ISACTIVER:
        gic->active[word] |= bits;
        break;
    default:
        gic->active[word] &= ~bits;
        break;
    }
}

/* GICD_SGIR: there is one processor, so "all but me" is nobody. */
static void software_interrupt(struct tw_gic *gic, bool secure, uint32_t value)
{
    uint32_t filter = value >> 24 & 3;
    uint32_t bit = UINT32_C(1) << (value & 0xf);
    bool want_group1 = !secure || (value >> 15 & 1) != 0;

    if (filter == 1 || (filter == 0 && (value >> 16 & 1) == 0)) {
        return;
    }
    if (((gic->group[0] & bit) != 0) == want_group1) {
        gic->latched[0] |= bit;
    }
}

/* Identification registers, 0xfd0 to 0xffc. */
static uint32_t identification(uint32_t offset)
{
    static const uint8_t id[12] = {0x04, 0, 0,    0,    0x90, 0xb4,
                                   0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1};

    return id[(offset - GICD_PIDR) / 4];
}

static uint32_t dist_control(const struct tw_gic *gic, bool secure)
{
    return secure ? gic->dist_ctlr : gic->dist_ctlr >> 1;
}

static bool in(uint32_t offset, uint32_t first, uint32_t end)
{
    return offset >= first && offset < end;
}

static uint32_t dist_read_word(const struct tw_gic *gic, uint32_t offset,
                               const struct tw_access *how)
{
    if (offset == GICD_CTLR) {
        return dist_control(gic, how->secure);
    }
    if (offset == GICD_TYPER) {
        return 0xfc00 | (TW_GIC_WORDS - 1);
    }
    if (offset == GICD_IIDR) {
        return 0x0100143b;
    }
    if (in(offset, GICD_IGROUPR, GICD_IPRIORITYR)) {
        return read_bits(gic, offset, how->secure);
    }
    if (in(offset, GICD_ICFGR, GICD_PPISR)) {
        return read_config(gic, offset, how->secure);
    }
    if (in(offset, GICD_PPISR, GICD_PPISR + 4 * TW_GIC_WORDS)) {
        unsigned word = (offset - GICD_PPISR) / 4;

        return gic->level[word] & tw_gic_seen(gic, word, how->secure);
    }
    if (in(offset, GICD_PIDR, TW_GICD_SIZE)) {
        return identification(offset);
    }
    tw_regs_misuse(gic->report, "GIC", offset, how);
    return 0;
}

bool tw_gic_dist_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    const struct tw_gic *gic = ctx;

    if (in(offset, GICD_IPRIORITYR, GICD_ITARGETSR)) {
        *value = read_priorities(gic, offset, how);
        return true;
    }
    if (in(offset, GICD_ITARGETSR, GICD_ICFGR)) {
        *value = 0; /* one processor: reads as zero, writes are ignored */
        return true;
    }
    if (how->size != 4) {
        tw_regs_misuse(gic->report, "GIC", offset, how);
        return false;
    }
    *value = dist_read_word(gic, offset, how);
    return true;
}

static void dist_write_word(struct tw_gic *gic, uint32_t offset,
                            const struct tw_access *how, uint32_t value)
{
    if (offset == GICD_CTLR) {
        gic->dist_ctlr =
            how->secure
                ? value & (TW_GIC_ENABLE_GROUP0 | TW_GIC_ENABLE_GROUP1)
                : (gic->dist_ctlr & TW_GIC_ENABLE_GROUP0) | (value & 1) << 1;
    } else if (in(offset, GICD_IGROUPR, GICD_IPRIORITYR)) {
        write_bits(gic, offset, how->secure, value);
    } else if (in(offset, GICD_ICFGR, GICD_PPISR)) {
        write_config(gic, offset, how->secure, value);
    } else if (offset == GICD_SGIR) {
        software_interrupt(gic, how->secure, value);
    } else {
        tw_regs_misuse(gic->report, "GIC", offset, how);
    }
}

bool tw_gic_dist_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_gic *gic = ctx;

    if (in(offset, GICD_ITARGETSR, GICD_ICFGR)) {
        return true;
    }
    if (in(offset, GICD_IPRIORITYR, GICD_ITARGETSR)) {
        write_priorities(gic, offset, how, value);
    } else if (how->size != 4) {
        tw_regs_misuse(gic->report, "GIC", offset, how);
        return false;
    } else {
        dist_write_word(gic, offset, how, value);
    }
    tw_gic_update(gic);
    return true;
}
