/* SPDX-License-Identifier: Apache-2.0 */
#include "models/phy.h"

#include <string.h>

enum {
    BMCR = 0x00,
    BMSR = 0x01,
    PHYIDR1 = 0x02,
    PHYIDR2 = 0x03,
    ANAR = 0x04,
    ANLPAR = 0x05,
    ANER = 0x06,
    REGCR = 0x0d,
    ADDAR = 0x0e,
    PHYSTS = 0x10,
    PHYSCR = 0x11,
    MISR1 = 0x12,
    FCSCR = 0x14,
    RECR = 0x15,
    RCSR = 0x17,
    LEDCR = 0x18,
    PHYCR = 0x19,
    PHYRCR = 0x1f
};

enum {
    BMCR_RESET = 1 << 15,
    BMCR_100 = 1 << 13,
    BMCR_AUTO = 1 << 12,
    BMCR_POWER_DOWN = 1 << 11,
    BMCR_ISOLATE = 1 << 10,
    BMCR_RESTART = 1 << 9,
    BMCR_FULL_DUPLEX = 1 << 8,
    BMCR_WRITABLE = 0x7d80,
    BMSR_ABILITIES = 0x7849,
    BMSR_COMPLETE = 1 << 5,
    BMSR_LINK = 1 << 2,
    RCSR_50MHZ = 1 << 7,
    PHYSTS_LINK = 1 << 0,
    PHYSTS_10 = 1 << 1,
    PHYSTS_FULL_DUPLEX = 1 << 2,
    PHYSTS_COMPLETE = 1 << 4,
    PHYRCR_HARD = 1 << 15,
    PHYRCR_SOFT = 1 << 14,
    PARTNER = 0xcde1,
    VENDOR_SPACE = 0x1f
};

/* Extended registers that are not zero after a reset. */
enum { LED2_CONFIG = 0x469, LED2_RESET = 0x0040 };

#define MICROS UINT64_C(1000000)

/* Reset; a whole auto-negotiation; a link of fixed speed. */
enum { RESET_US = 300, NEGOTIATE_US = 1500000, FORCED_US = 10000 };

static const struct {
    uint8_t reg;
    uint16_t reset;
    uint16_t write; /* bits that software may change */
} rows[] = {
    {BMCR, 0x3100, 0}, /* by set_control */
    {PHYIDR1, 0x2000, 0},
    {PHYIDR2, 0xa140, 0},
    {ANAR, 0x01e1, 0x2fff},
    {ANER, 0x0004, 0},
    {0x07, 0x2001, 0xffff},
    {0x09, 0, 0xffff},
    {0x0a, 0x0100, 0xffff},
    {0x0b, 0x0008, 0xffff},
    {0x0c, 0, 0},
    {REGCR, 0, 0xc01f},
    {PHYSCR, 0x0108, 0xffff},
    {MISR1, 0, 0x00ff},
    {0x13, 0, 0x00ff},
    {FCSCR, 0, 0},
    {RECR, 0, 0},
    {0x16, 0x0100, 0xffff},
    {RCSR, 0x0041, 0xffff},
    {LEDCR, 0x0480, 0xffff},
    {PHYCR, 0x8000, 0xffe0},
    {0x1a, 0, 0xffff},
    {0x1b, 0x007d, 0xffff},
    {0x1c, 0x05ee, 0xffff},
    {0x1e, 0x0102, 0xffff},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool powered(const struct tw_phy *phy)
{
    return (phy->regs[BMCR] & BMCR_POWER_DOWN) == 0;
}

static void set_link(struct tw_phy *phy, bool up)
{
    if (phy->link && !up) {
        phy->link_was_down = true;
    }
    phy->link = up;
}

/* The link goes down, and comes up again when there is a partner. */
static void restart_link(struct tw_phy *phy)
{
    bool automatic = (phy->regs[BMCR] & BMCR_AUTO) != 0;

    set_link(phy, false);
    tw_clock_cancel(phy->clock, &phy->negotiated);
    if (phy->cable && powered(phy)) {
        tw_clock_at(phy->clock, &phy->negotiated,
                    phy->clock->now +
                        tw_clock_ticks(phy->clock,
                                       automatic ? NEGOTIATE_US : FORCED_US,
                                       MICROS));
    }
}

static void on_negotiated(void *ctx)
{
    struct tw_phy *phy = ctx;

    set_link(phy, true);
}

void tw_phy_reset(struct tw_phy *phy)
{
    memset(phy->regs, 0, sizeof(phy->regs));
    memset(phy->extended, 0, sizeof(phy->extended));
    for (size_t i = 0; i < ROWS; i++) {
        phy->regs[rows[i].reg] = rows[i].reset;
    }
    phy->extended[LED2_CONFIG] = LED2_RESET;
    phy->address = 0;
    phy->reset_until = 0;
    phy->told = false;
    restart_link(phy);
}

void tw_phy_init(struct tw_phy *phy, struct tw_clock *clock,
                 struct tw_report *report)
{
    memset(phy, 0, sizeof(*phy));
    phy->clock = clock;
    phy->report = report;
    phy->negotiated = (struct tw_event){.fire = on_negotiated, .ctx = phy};
    tw_phy_reset(phy);
}

static bool in_reset(const struct tw_phy *phy)
{
    return phy->clock->now < phy->reset_until;
}

static bool complete(const struct tw_phy *phy)
{
    return phy->link && (phy->regs[BMCR] & BMCR_AUTO) != 0;
}

/* Link status shows a loss once, even when the link is back. */
static uint16_t basic_status(struct tw_phy *phy)
{
    bool link = phy->link && !phy->link_was_down;

    phy->link_was_down = false;
    return (uint16_t)(BMSR_ABILITIES | (complete(phy) ? BMSR_COMPLETE : 0) |
                      (link ? BMSR_LINK : 0));
}

static uint16_t phy_status(const struct tw_phy *phy)
{
    bool fixed = (phy->regs[BMCR] & BMCR_AUTO) == 0;
    bool slow = fixed && (phy->regs[BMCR] & BMCR_100) == 0;
    bool half = fixed && (phy->regs[BMCR] & BMCR_FULL_DUPLEX) == 0;

    return (uint16_t)((phy->link ? PHYSTS_LINK : 0) | (slow ? PHYSTS_10 : 0) |
                      (half ? 0 : PHYSTS_FULL_DUPLEX) |
                      (complete(phy) ? PHYSTS_COMPLETE : 0));
}

/* ADDAR: the address, or the data at it, as REGCR says. */
static uint16_t *extended_data(struct tw_phy *phy)
{
    bool vendor = (phy->regs[REGCR] & 0x1f) == VENDOR_SPACE;

    return vendor && phy->address < TW_PHY_EXTENDED
               ? &phy->extended[phy->address]
               : NULL;
}

static bool is_data(const struct tw_phy *phy)
{
    return phy->regs[REGCR] >> 14 != 0;
}

static void step_address(struct tw_phy *phy, bool writing)
{
    unsigned function = phy->regs[REGCR] >> 14;

    if (function == 2 || (function == 3 && writing)) {
        phy->address++;
    }
}

static uint16_t read_extended(struct tw_phy *phy)
{
    const uint16_t *data = extended_data(phy);
    uint16_t value = data == NULL ? 0 : *data;

    if (!is_data(phy)) {
        return phy->address;
    }
    step_address(phy, false);
    return value;
}

static void write_extended(struct tw_phy *phy, uint16_t value)
{
    uint16_t *data = extended_data(phy);

    if (!is_data(phy)) {
        phy->address = value;
        return;
    }
    if (data != NULL) {
        *data = value;
    } else {
        tw_report(phy->report, TW_REPORT_MISUSE,
                  "phy: extended register 0x%x of space 0x%x is not modelled",
                  (unsigned)phy->address, (unsigned)phy->regs[REGCR] & 0x1fU);
    }
    step_address(phy, true);
}

uint16_t tw_phy_read(struct tw_phy *phy, unsigned reg)
{
    switch (reg) {
    case BMCR:
        return (uint16_t)(phy->regs[BMCR] | (in_reset(phy) ? BMCR_RESET : 0));
    case BMSR:
        return basic_status(phy);
    case ANLPAR:
        return complete(phy) ? PARTNER : 0;
    case ADDAR:
        return read_extended(phy);
    case PHYSTS:
        return phy_status(phy);
    default:
        return reg < TW_PHY_REGS ? phy->regs[reg] : 0;
    }
}

static void start_reset(struct tw_phy *phy, bool all)
{
    if (all) {
        tw_phy_reset(phy);
    } else {
        restart_link(phy);
    }
    phy->reset_until =
        phy->clock->now + tw_clock_ticks(phy->clock, RESET_US, MICROS);
}

static void set_control(struct tw_phy *phy, uint16_t value)
{
    uint16_t old = phy->regs[BMCR];

    if ((value & BMCR_RESET) != 0) {
        start_reset(phy, true);
        return;
    }
    phy->regs[BMCR] = value & BMCR_WRITABLE;
    if ((value & BMCR_RESTART) != 0 || phy->regs[BMCR] != old) {
        restart_link(phy);
    }
}

static void write_row(struct tw_phy *phy, unsigned reg, uint16_t value)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].reg == reg) {
            phy->regs[reg] = (uint16_t)((phy->regs[reg] & ~rows[i].write) |
                                        (value & rows[i].write));
            return;
        }
    }
    tw_report(phy->report, TW_REPORT_MISUSE,
              "phy: register 0x%x takes no write", reg);
}

void tw_phy_write(struct tw_phy *phy, unsigned reg, uint16_t value)
{
    if (in_reset(phy)) {
        tw_report(phy->report, TW_REPORT_MISUSE,
                  "phy: register 0x%x written while it resets", reg);
        return;
    }
    switch (reg) {
    case BMCR:
        set_control(phy, value);
        break;
    case ADDAR:
        write_extended(phy, value);
        break;
    case PHYRCR:
        if ((value & (PHYRCR_HARD | PHYRCR_SOFT)) != 0) {
            start_reset(phy, (value & PHYRCR_HARD) != 0);
        }
        break;
    default:
        write_row(phy, reg, value);
        break;
    }
}

void tw_phy_cable(struct tw_phy *phy, bool in)
{
    if (phy->cable != in) {
        phy->cable = in;
        restart_link(phy);
    }
}

bool tw_phy_passes(struct tw_phy *phy)
{
    bool clocked = (phy->regs[RCSR] & RCSR_50MHZ) != 0;

    if (phy->link && !clocked && !phy->told) {
        tw_report(phy->report, TW_REPORT_MISUSE,
                  "phy: frames are lost: RCSR does not choose the 50 MHz "
                  "reference");
        phy->told = true;
    }
    return phy->link && clocked && (phy->regs[BMCR] & BMCR_ISOLATE) == 0;
}

void tw_phy_save(const struct tw_phy *phy, struct tw_saver *to)
{
    tw_save_u8(to, phy->cable ? 1 : 0);
    for (size_t i = 0; i < TW_PHY_REGS; i++) {
        tw_save_u16(to, phy->regs[i]);
    }
    for (size_t i = 0; i < TW_PHY_EXTENDED; i++) {
        tw_save_u16(to, phy->extended[i]);
    }
    tw_save_u16(to, phy->address);
    tw_save_u64(to, phy->reset_until);
    tw_save_u8(to, phy->link ? 1 : 0);
    tw_save_u8(to, phy->link_was_down ? 1 : 0);
    tw_save_event(to, &phy->negotiated);
    tw_save_u8(to, phy->told ? 1 : 0);
}

bool tw_phy_load(struct tw_phy *phy, struct tw_loader *from)
{
    phy->cable = tw_load_u8(from) != 0;
    for (size_t i = 0; i < TW_PHY_REGS; i++) {
        phy->regs[i] = tw_load_u16(from);
    }
    for (size_t i = 0; i < TW_PHY_EXTENDED; i++) {
        phy->extended[i] = tw_load_u16(from);
    }
    phy->address = tw_load_u16(from);
    phy->reset_until = tw_load_u64(from);
    phy->link = tw_load_u8(from) != 0;
    phy->link_was_down = tw_load_u8(from) != 0;
    tw_load_event(from, phy->clock, &phy->negotiated);
    phy->told = tw_load_u8(from) != 0;
    return !from->failed;
}
