/* SPDX-License-Identifier: Apache-2.0 */
#include "models/gic.h"

#include <string.h>

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
    GICD_PIDR = 0xfd0,
    GICD_SIZE = 0x1000
};

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
    GICC_DIR = 0x1000,
    GICC_SIZE = 0x2000
};

enum {
    ENABLE_GROUP0 = 1U << 0,
    ENABLE_GROUP1 = 1U << 1,
    ACK_CTL = 1U << 2,
    FIQ_EN = 1U << 3,
    CBPR = 1U << 4,
    EOI_MODE_S = 1U << 9,
    EOI_MODE_NS = 1U << 10,
    CTLR_SECURE = 0x7ff,
    CTLR_NS = 0x261 /* EnableGrp1, bypass bits of group 1, EOImode */
};

enum {
    NO_ID = 1023,
    OTHER_GROUP = 1022,
    IDLE_PRIORITY = 0xff,
    PRIORITY_BITS = 0xf8, /* 32 levels are implemented */
    POINT_MIN = 2,        /* least binary point of the secure side */
    ID_MASK = 0x3ff
};

static bool is_group1(const struct tw_gic *gic, uint32_t id)
{
    return (gic->group[id / 32] >> (id % 32) & 1) != 0;
}

/* Bits of a word of interrupts that a world may see. */
static uint32_t seen(const struct tw_gic *gic, unsigned word, bool secure)
{
    return secure ? UINT32_MAX : gic->group[word];
}

static uint32_t pending(const struct tw_gic *gic, unsigned word)
{
    return gic->latched[word] | (gic->level[word] & ~gic->edge[word]);
}

/* Interrupts of a word that the distributor forwards. */
static uint32_t forwarded(const struct tw_gic *gic, unsigned word)
{
    uint32_t bits =
        pending(gic, word) & gic->enabled[word] & ~gic->active[word];

    if ((gic->dist_ctlr & ENABLE_GROUP0) == 0) {
        bits &= gic->group[word];
    }
    if ((gic->dist_ctlr & ENABLE_GROUP1) == 0) {
        bits &= ~gic->group[word];
    }
    return bits;
}

/* The more urgent of two interrupts; the lower number of equals. */
static uint32_t more_urgent(const struct tw_gic *gic, uint32_t a, uint32_t b)
{
    return a != NO_ID && gic->priority[a] <= gic->priority[b] ? a : b;
}

/* Highest priority interrupt that is forwarded; NO_ID without. */
static uint32_t best(const struct tw_gic *gic)
{
    uint32_t found = NO_ID;

    for (unsigned word = 0; word < TW_GIC_WORDS; word++) {
        uint32_t bits = forwarded(gic, word);

        for (uint32_t id = word * 32; bits != 0; bits >>= 1, id++) {
            found = (bits & 1) != 0 ? more_urgent(gic, found, id) : found;
        }
    }
    return found;
}

static uint32_t running_priority(const struct tw_gic *gic)
{
    uint32_t levels = gic->running[0] | gic->running[1];

    for (uint32_t i = 0; i < 32; i++) {
        if ((levels >> i & 1) != 0) {
            return i << 3;
        }
    }
    return IDLE_PRIORITY;
}

/* Part of a priority that decides about preemption. */
static uint32_t group_priority(const struct tw_gic *gic, uint32_t id)
{
    uint32_t point = gic->point;

    if (is_group1(gic, id) && (gic->cpu_ctlr & CBPR) == 0) {
        /* The field of group 1 is one bit wider for the same number. */
        point = gic->point_ns - 1;
    }
    return gic->priority[id] & (UINT32_C(0xfe) << point) & 0xff;
}

/* Would the CPU interface signal this interrupt now? */
static bool signals(const struct tw_gic *gic, uint32_t id)
{
    uint32_t enable = is_group1(gic, id) ? ENABLE_GROUP1 : ENABLE_GROUP0;

    return (gic->cpu_ctlr & enable) != 0 && gic->priority[id] < gic->mask &&
           group_priority(gic, id) < running_priority(gic);
}

static void update(struct tw_gic *gic)
{
    uint32_t id = best(gic);
    bool signal = id != NO_ID && signals(gic, id);
    bool fast = signal && !is_group1(gic, id) && (gic->cpu_ctlr & FIQ_EN) != 0;

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
    update(gic);
}

/* Priorities as a world sees them: the other one has the upper half. */
static uint32_t priority_to(uint32_t priority, bool secure)
{
    return secure ? priority : (priority << 1) & 0xff;
}

static uint32_t priority_from(uint32_t value, bool secure)
{
    return (secure ? value : 0x80 | value >> 1) & PRIORITY_BITS;
}

static uint32_t read_priorities(const struct tw_gic *gic, uint32_t offset,
                                const struct tw_access *how)
{
    uint32_t first = offset - GICD_IPRIORITYR;
    uint32_t value = 0;

    for (uint32_t i = 0; i < how->size && first + i < TW_GIC_IDS; i++) {
        if (how->secure || is_group1(gic, first + i)) {
            value |= priority_to(gic->priority[first + i], how->secure)
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
        if (how->secure || is_group1(gic, first + i)) {
            gic->priority[first + i] =
                (uint8_t)priority_from(value >> (8 * i) & 0xff, how->secure);
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
        uint32_t bit = gic->edge[id / 32] & seen(gic, id / 32, secure);

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

        if (id < TW_GIC_SPI || (seen(gic, id / 32, secure) & bit) == 0) {
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
    uint32_t view = seen(gic, word, secure);

    switch (offset & ~UINT32_C(0x7f)) {
    case GICD_IGROUPR:
        return secure ? gic->group[word] : 0;
    case GICD_ISENABLER:
    case GICD_ICENABLER:
        return gic->enabled[word] & view;
    case GICD_ISPENDR:
    case GICD_ICPENDR:
        return pending(gic, word) & view;
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
    uint32_t bits = value & seen(gic, word, secure);
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

        return gic->level[word] & seen(gic, word, how->secure);
    }
    if (in(offset, GICD_PIDR, GICD_SIZE)) {
        return identification(offset);
    }
    tw_regs_misuse(gic->report, "GIC", offset, how);
    return 0;
}

static bool dist_read(void *ctx, uint32_t offset, const struct tw_access *how,
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
            how->secure ? value & (ENABLE_GROUP0 | ENABLE_GROUP1)
                        : (gic->dist_ctlr & ENABLE_GROUP0) | (value & 1) << 1;
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

static bool dist_write(void *ctx, uint32_t offset, const struct tw_access *how,
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
    update(gic);
    return true;
}

/* GICC_IAR of the secure side may take group 1 only with AckCtl set; the
 * aliased register takes nothing else. Marks nothing. */
static uint32_t visible(const struct tw_gic *gic, uint32_t id, bool secure,
                        bool alias)
{
    if (id == NO_ID) {
        return NO_ID;
    }
    if (alias || !secure) {
        return is_group1(gic, id) ? id : NO_ID;
    }
    if (is_group1(gic, id) && (gic->cpu_ctlr & ACK_CTL) == 0) {
        return OTHER_GROUP;
    }
    return id;
}

static uint32_t acknowledge(struct tw_gic *gic, bool secure, bool alias)
{
    uint32_t id = best(gic);

    if (id == NO_ID || !signals(gic, id)) {
        return NO_ID;
    }
    id = visible(gic, id, secure, alias);
    if (id / 32 >= TW_GIC_WORDS) {
        return id; /* of the other group, or none */
    }
    uint32_t bit = UINT32_C(1) << (id % 32);

    gic->latched[id / 32] &= ~bit;
    gic->active[id / 32] |= bit;
    gic->running[is_group1(gic, id) ? 1 : 0] |=
        UINT32_C(1) << (group_priority(gic, id) >> 3);
    update(gic);
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
    bool group1 = is_group1(gic, id);
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
    update(gic);
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
    uint32_t keep = gic->cpu_ctlr & ~(uint32_t)(ENABLE_GROUP1 | EOI_MODE_NS);

    gic->cpu_ctlr = keep | ((value & 1) != 0 ? ENABLE_GROUP1 : 0) |
                    ((value & EOI_MODE_S) != 0 ? EOI_MODE_NS : 0);
}

static uint32_t view_mask(uint32_t mask, bool secure)
{
    if (secure) {
        return mask;
    }
    return mask < 0x80 ? 0 : priority_to(mask, false);
}

static void set_mask(struct tw_gic *gic, bool secure, uint32_t value)
{
    if (secure || gic->mask >= 0x80) {
        gic->mask = priority_from(value & 0xff, secure);
    }
}

static uint32_t *point_of(struct tw_gic *gic, bool secure)
{
    return secure ? &gic->point : &gic->point_ns;
}

static void set_point(struct tw_gic *gic, bool secure, uint32_t value)
{
    uint32_t least = secure ? POINT_MIN : POINT_MIN + 1;

    *point_of(gic, secure) = (value & 7) < least ? least : value & 7;
}

static bool cpu_read(void *ctx, uint32_t offset, const struct tw_access *how,
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
        *value = view_mask(running_priority(gic), secure);
        break;
    case GICC_HPPIR:
        *value = visible(gic, best(gic), secure, false);
        break;
    case GICC_ABPR:
        *value = secure ? gic->point_ns : 0;
        break;
    case GICC_AIAR:
        *value = secure ? acknowledge(gic, true, true) : 0;
        break;
    case GICC_AHPPIR:
        *value = secure ? visible(gic, best(gic), true, true) : 0;
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
            (secure || is_group1(gic, value & ID_MASK))) {
            deactivate(gic, value & ID_MASK);
        }
        break;
    default:
        tw_regs_misuse(gic->report, "GIC", offset, how);
        break;
    }
}

static bool cpu_write(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value)
{
    struct tw_gic *gic = ctx;

    if (how->size != 4) {
        tw_regs_misuse(gic->report, "GIC", offset, how);
        return false;
    }
    cpu_write_word(gic, offset, how, value);
    update(gic);
    return true;
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
    gic->point = POINT_MIN;
    gic->point_ns = POINT_MIN + 1;
    memset(gic->running, 0, sizeof(gic->running));
    update(gic);
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
    if (from->failed || gic->point < POINT_MIN || gic->point_ns < POINT_MIN) {
        gic_reset(gic, TW_RESET_POWER);
        return false;
    }
    update(gic);
    return true;
}

void tw_gic_init(struct tw_gic *gic, struct tw_bus *bus)
{
    static const struct tw_device_ops dist_ops = {.read = dist_read,
                                                  .write = dist_write};
    static const struct tw_device_ops cpu_ops = {.read = cpu_read,
                                                 .write = cpu_write};

    gic->report = bus->report;
    memset(gic->level, 0, sizeof(gic->level));
    gic_reset(gic, TW_RESET_POWER);
    tw_bus_add_device(bus, "GIC distributor", TW_GIC_DISTRIBUTOR, GICD_SIZE,
                      &dist_ops, gic);
    tw_bus_add_device(bus, "GIC CPU interface", TW_GIC_CPU, GICC_SIZE, &cpu_ops,
                      gic);
}

struct tw_device tw_gic_device(struct tw_gic *gic)
{
    return (struct tw_device){.name = "GIC",
                              .model = gic,
                              .reset = gic_reset,
                              .save = gic_save,
                              .load = gic_load};
}
