/* SPDX-License-Identifier: Apache-2.0 */
#include "models/snvs.h"

enum {
    HPLR = 0x00,
    HPCOMR = 0x04,
    HPCR = 0x08,
    HPSICR = 0x0c,
    HPSVCR = 0x10,
    HPSR = 0x14,
    HPSVSR = 0x18,
    HPHACIVR = 0x1c,
    HPHACR = 0x20,
    HPRTCMR = 0x24,
    LPLR = 0x34,
    LPCR = 0x38,
    LPMKCR = 0x3c,
    LPSVCR = 0x40,
    LPTDCR = 0x48,
    LPSR = 0x4c,
    LPSRTCMR = 0x50,
    LPTAR = 0x58,
    LPSMCMR = 0x5c,
    LPSMCLR = 0x60,
    LPPGDR = 0x64,
    LPGPR_OLD = 0x68,
    LPZMKR = 0x6c,
    LPGPR = 0x90,
    HPVIDR1 = 0xbf8,
    HPVIDR2 = 0xbfc
};

enum {
    LPLR_GPR_HL = 1 << 5,
    HPLR_GPR_SL = 1 << 5,
    COM_SSM_ST = 1 << 0,
    COM_SSM_ST_DIS = 1 << 1,
    COM_LP_SWR = 1 << 4,
    COM_LP_SWR_DIS = 1 << 5,
    COM_SW_SV = 1 << 8,
    COM_SW_FSV = 1 << 9,
    COM_SW_LPSV = 1 << 10,
    COM_HAC_LOAD = 1 << 17,
    COM_HAC_EN = 1 << 16,
    COM_HAC_CLEAR = 1 << 18,
    COM_HAC_STOP = 1 << 19,
    LPCR_DP_EN = 1 << 5,
    LPCR_TOP = 1 << 6,
    LPSR_PGD = 1 << 3,
    SV_SW = 1 << 0,
    HAC_HZ = 32768
};
#define PGD_VALUE UINT32_C(0x41736166)

/* Registers of the LP domain are kept over a reset of the chip. LPSR comes up
 * with the power glitch noted. */
static const struct tw_reg rows[] = {
    {.name = "HPLR", .offset = HPLR, .write = TW_ALL},
    {.name = "HPCOMR", .offset = HPCOMR, .write = TW_ALL},
    {.name = "HPCR", .offset = HPCR, .write = TW_ALL},
    {.name = "HPSICR", .offset = HPSICR, .write = TW_ALL},
    {.name = "HPSVCR", .offset = HPSVCR, .write = TW_ALL},
    {.name = "HPSR", .offset = HPSR, .clear = 0x33},
    {.name = "HPSVSR", .offset = HPSVSR, .clear = 0xc000003f},
    {.name = "HPHACIVR", .offset = HPHACIVR, .reset = TW_ALL, .write = TW_ALL},
    {.name = "HPHACR", .offset = HPHACR},
    {.name = "HPRTC", .offset = HPRTCMR, .count = 4, .write = TW_ALL},
    {.name = "LPLR", .offset = LPLR, .write = TW_ALL, .kept = true},
    {.name = "LPCR",
     .offset = LPCR,
     .reset = 0x20,
     .write = TW_ALL,
     .kept = true},
    {.name = "LPMKCR", .offset = LPMKCR, .write = 0xff, .kept = true},
    {.name = "LPSVCR", .offset = LPSVCR, .write = 0x3f, .kept = true},
    {.name = "LPTGFCR", .offset = 0x44, .write = TW_ALL, .kept = true},
    {.name = "LPTDCR", .offset = LPTDCR, .write = TW_ALL, .kept = true},
    {.name = "LPSR",
     .offset = LPSR,
     .reset = LPSR_PGD,
     .clear = 0x0003ffff,
     .kept = true},
    {.name = "LPSRTC",
     .offset = LPSRTCMR,
     .count = 2,
     .write = TW_ALL,
     .kept = true},
    {.name = "LPTAR", .offset = LPTAR, .write = TW_ALL, .kept = true},
    {.name = "LPSMC", .offset = LPSMCMR, .count = 2, .kept = true},
    {.name = "LPPGDR", .offset = LPPGDR, .write = TW_ALL, .kept = true},
    {.name = "LPGPR (legacy)",
     .offset = LPGPR_OLD,
     .write = TW_ALL,
     .kept = true},
    {.name = "LPZMKR",
     .offset = LPZMKR,
     .count = 8,
     .write = TW_ALL,
     .kept = true},
    {.name = "LPGPR",
     .offset = LPGPR,
     .count = 4,
     .write = TW_ALL,
     .kept = true},
};

/* The identification is far from the rest. */
static bool is_id(uint32_t offset)
{
    return offset == HPVIDR1 || offset == HPVIDR2;
}

static void set_bits(struct tw_snvs *snvs, uint32_t offset, uint32_t bits)
{
    tw_regs_set(&snvs->regs, offset, tw_regs_get(&snvs->regs, offset) | bits);
}

static void enter(struct tw_snvs *snvs, enum tw_ssm state)
{
    snvs->state = state;
}

void tw_snvs_set_state(struct tw_snvs *snvs, enum tw_ssm state)
{
    enter(snvs, state);
}

bool tw_snvs_key_usable(const struct tw_snvs *snvs)
{
    return snvs->state == TW_SSM_TRUSTED || snvs->state == TW_SSM_SECURE;
}

/* A violation lets the zeroisable key go. */
static void zeroise(struct tw_snvs *snvs)
{
    for (uint32_t i = 0; i < 8; i++) {
        tw_regs_set(&snvs->regs, LPZMKR + 4 * i, 0);
    }
    snvs->zeroised++;
}

static void stop_count(struct tw_snvs *snvs)
{
    snvs->counting = false;
    tw_clock_cancel(snvs->clock, &snvs->hard_fail);
}

static void start_count(struct tw_snvs *snvs)
{
    uint32_t from = tw_regs_get(&snvs->regs, HPHACR);

    snvs->counting = true;
    snvs->count_from = snvs->clock->now;
    tw_clock_at(snvs->clock, &snvs->hard_fail,
                snvs->clock->now + tw_clock_ticks(snvs->clock, from, HAC_HZ));
}

static void on_hard_fail(void *ctx)
{
    struct tw_snvs *snvs = ctx;

    stop_count(snvs);
    tw_regs_set(&snvs->regs, HPHACR, 0);
    if (snvs->state == TW_SSM_SOFT_FAIL) {
        enter(snvs, TW_SSM_HARD_FAIL);
        tw_report(snvs->regs.report, TW_REPORT_RESET,
                  "SNVS: hard fail, the high assurance counter ran out");
    }
}

void tw_snvs_violation(struct tw_snvs *snvs, const char *from)
{
    tw_report(snvs->regs.report, TW_REPORT_REFUSED, "SNVS: violation by %s",
              from);
    if (!tw_snvs_key_usable(snvs)) {
        return;
    }
    zeroise(snvs);
    enter(snvs, TW_SSM_SOFT_FAIL);
    if ((tw_regs_get(&snvs->regs, HPCOMR) & COM_HAC_EN) != 0) {
        start_count(snvs);
    }
}

/* Commands of HPCOMR; the bits that are commands read as 0. */
static void command(struct tw_snvs *snvs, uint32_t value)
{
    if ((value & COM_SSM_ST) != 0 && (value & COM_SSM_ST_DIS) == 0) {
        if (snvs->state == TW_SSM_TRUSTED) {
            enter(snvs, TW_SSM_SECURE);
        } else if (snvs->state == TW_SSM_SOFT_FAIL) {
            enter(snvs, TW_SSM_NON_SECURE);
        }
    }
    if ((value & (COM_SW_SV | COM_SW_FSV | COM_SW_LPSV)) != 0) {
        set_bits(snvs, HPSVSR, SV_SW);
        tw_snvs_violation(snvs, "software");
    }
    if ((value & COM_HAC_LOAD) != 0) {
        tw_regs_set(&snvs->regs, HPHACR, tw_regs_get(&snvs->regs, HPHACIVR));
    }
    if ((value & COM_HAC_CLEAR) != 0) {
        tw_regs_set(&snvs->regs, HPHACR, 0);
    }
    if ((value & COM_HAC_STOP) != 0) {
        stop_count(snvs);
    }
    tw_regs_set(&snvs->regs, HPCOMR,
                value & ~(uint32_t)(COM_SSM_ST | COM_LP_SWR | COM_SW_SV |
                                    COM_SW_FSV | COM_SW_LPSV | COM_HAC_LOAD |
                                    COM_HAC_CLEAR));
}

/* Software reset of the LP domain. */
static void reset_low_power(struct tw_snvs *snvs)
{
    for (uint32_t offset = LPLR; offset < LPGPR + 16; offset += 4) {
        tw_regs_set(&snvs->regs, offset, 0);
    }
    tw_regs_set(&snvs->regs, LPCR, LPCR_DP_EN);
    tw_regs_set(&snvs->regs, LPSR, LPSR_PGD);
}

static bool locked(const struct tw_snvs *snvs, uint32_t offset)
{
    bool general = offset == LPGPR_OLD || (offset >= LPGPR && offset < 0xa0);

    return general && ((tw_regs_get(&snvs->regs, LPLR) & LPLR_GPR_HL) != 0 ||
                       (tw_regs_get(&snvs->regs, HPLR) & HPLR_GPR_SL) != 0);
}

static void count_up(struct tw_snvs *snvs)
{
    uint32_t low = tw_regs_get(&snvs->regs, LPSMCLR) + 1;

    tw_regs_set(&snvs->regs, LPSMCLR, low);
    if (low == 0) {
        uint32_t high = tw_regs_get(&snvs->regs, LPSMCMR) + 1;

        tw_regs_set(&snvs->regs, LPSMCMR, high);
    }
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_snvs *snvs = ctx;

    if (locked(snvs, offset)) {
        tw_report(snvs->regs.report, TW_REPORT_REFUSED,
                  "SNVS: LPGPR is locked");
        tw_regs_set(&snvs->regs, offset, before);
        return;
    }
    switch (offset) {
    case HPLR:
    case LPLR:
        tw_regs_set(&snvs->regs, offset, before | written);
        break;
    case HPCOMR:
        if ((written & COM_LP_SWR) != 0 && (before & COM_LP_SWR_DIS) == 0) {
            reset_low_power(snvs);
        }
        command(snvs, written);
        break;
    case LPCR:
        if ((written & LPCR_DP_EN) != 0 && (written & LPCR_TOP) != 0 &&
            snvs->power_off != NULL) {
            snvs->power_off(snvs->power_ctx);
        }
        break;
    case LPSR:
        /* The glitch stays noted until the detector was set up. */
        if (tw_regs_get(&snvs->regs, LPPGDR) != PGD_VALUE) {
            set_bits(snvs, LPSR, before & LPSR_PGD);
        }
        break;
    case LPSMCMR:
    case LPSMCLR:
        count_up(snvs);
        break;
    case LPGPR:
        tw_regs_set(&snvs->regs, LPGPR_OLD, written);
        break;
    case LPGPR_OLD:
        tw_regs_set(&snvs->regs, LPGPR, written);
        break;
    default:
        break;
    }
}

/* The parts have their master key burnt: neither zero nor a wrong syndrome. */
static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    const struct tw_snvs *snvs = ctx;

    if (offset == HPSR) {
        return value | (uint32_t)snvs->state << 8;
    }
    if (offset == HPHACR && snvs->counting) {
        uint64_t gone = tw_clock_periods(
            snvs->clock, snvs->clock->now - snvs->count_from, HAC_HZ);

        return gone >= value ? 0 : value - (uint32_t)gone;
    }
    return value;
}

static const struct tw_regs_map map = {.name = "SNVS",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = 0xa0,
                                       .look = look,
                                       .wrote = wrote};

static bool snvs_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    struct tw_snvs *snvs = ctx;

    if (is_id(offset) && how->size == 4) {
        *value = offset == HPVIDR1 ? 0x003e0101 : 0x00000300;
        return true;
    }
    if (offset >= map.size) {
        tw_regs_misuse(snvs->regs.report, "SNVS", offset, how);
        *value = 0;
        return how->size == 4;
    }
    return tw_regs_read(&snvs->regs, offset, how, value);
}

static bool snvs_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_snvs *snvs = ctx;

    if (offset >= map.size) {
        tw_regs_misuse(snvs->regs.report, "SNVS", offset, how);
        return how->size == 4;
    }
    return tw_regs_write(&snvs->regs, offset, how, value);
}

static void snvs_reset(void *model, enum tw_reset kind)
{
    struct tw_snvs *snvs = model;

    tw_regs_reset(&snvs->regs, kind);
    enter(snvs, TW_SSM_INIT);
    stop_count(snvs);
}

static void snvs_save(void *model, struct tw_saver *to)
{
    struct tw_snvs *snvs = model;

    tw_regs_save(&snvs->regs, to);
    tw_save_u8(to, (uint8_t)snvs->state);
    tw_save_u32(to, snvs->zeroised);
    tw_save_u8(to, snvs->counting ? 1 : 0);
    tw_save_u64(to, snvs->count_from);
    tw_save_event(to, &snvs->hard_fail);
}

static bool snvs_load(void *model, struct tw_loader *from)
{
    struct tw_snvs *snvs = model;

    (void)!tw_regs_load(&snvs->regs, from);
    snvs->state = (enum tw_ssm)(tw_load_u8(from) & 0xf);
    snvs->zeroised = tw_load_u32(from);
    snvs->counting = tw_load_u8(from) != 0;
    snvs->count_from = tw_load_u64(from);
    tw_load_event(from, snvs->clock, &snvs->hard_fail);
    if (from->failed) {
        snvs_reset(snvs, TW_RESET_POWER);
    }
    return !from->failed;
}

void tw_snvs_init(struct tw_snvs *snvs, struct tw_bus *bus,
                  struct tw_clock *clock)
{
    static const struct tw_device_ops ops = {.read = snvs_read,
                                             .write = snvs_write};

    snvs->clock = clock;
    snvs->hard_fail = (struct tw_event){.fire = on_hard_fail, .ctx = snvs};
    tw_regs_bind(&snvs->regs, &map, snvs, bus->report);
    snvs_reset(snvs, TW_RESET_POWER);
    tw_bus_add_device(bus, "SNVS", TW_SNVS_BASE, TW_SNVS_SIZE, &ops, snvs);
}

struct tw_device tw_snvs_device(struct tw_snvs *snvs)
{
    return (struct tw_device){.name = "SNVS",
                              .model = snvs,
                              .reset = snvs_reset,
                              .save = snvs_save,
                              .load = snvs_load};
}
