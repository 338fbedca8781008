/* SPDX-License-Identifier: Apache-2.0 */
#include "models/dcp.h"

#include <string.h>

#include "models/dcp_parts.h"
#include "models/regs.h"

enum offset {
    CTRL = 0x000,
    STAT = 0x010,
    CHANNELCTRL = 0x020,
    CAPABILITY0 = 0x030,
    CAPABILITY1 = 0x040,
    CONTEXT = 0x050,
    KEY = 0x060,
    KEYDATA = 0x070,
    PACKET0 = 0x080,
    PACKET6 = 0x0e0,
    CHANNELS = 0x100, /* four of 0x40: CMDPTR, SEMA, STAT, OPTS */
    CHANNELS_END = 0x200,
    DBGSELECT = 0x400,
    DBGDATA = 0x410,
    PAGETABLE = 0x420,
    VERSION = 0x430
};

enum channel_offset {
    CH_CMDPTR = 0x00,
    CH_SEMA = 0x10,
    CH_STAT = 0x20,
    CH_OPTS = 0x30
};

#define CTRL_PRESENT   (UINT32_C(3) << 28)
#define CTRL_WRITABLE  UINT32_C(0xc0e001ff)
#define CTRL_RESET     UINT32_C(0xf0800000)
#define STAT_OTP_READY (UINT32_C(1) << 28)
#define CAP0_LOCKS     (UINT32_C(1) << 31 | UINT32_C(1) << 29)
#define CAP0_RESET     UINT32_C(0x00000404)
#define CAP1_RESET     UINT32_C(0x00070001)
#define VERSION_RESET  UINT32_C(0x02010000)
#define CHANNEL_STAT   UINT32_C(0xffff007e)

static void clear_engine(struct tw_dcp *dcp)
{
    tw_clock_cancel(dcp->w.clock, &dcp->done);
    dcp->irq = 0;
    dcp->channelctrl = 0;
    dcp->context = 0;
    dcp->key_index = 0;
    dcp->dbgselect = 0;
    dcp->pagetable = 0;
    memset(dcp->packet, 0, sizeof(dcp->packet));
    memset(dcp->channels, 0, sizeof(dcp->channels));
    for (size_t i = 0; i < TW_DCP_CHANNELS; i++) {
        dcp->channels[i].hash = DCP_NO_HASH;
    }
}

static void write_ctrl(struct tw_dcp *dcp, uint32_t value)
{
    bool reset = (value & DCP_CTRL_SFTRST) != 0;

    if (reset && (dcp->ctrl & DCP_CTRL_SFTRST) == 0) {
        clear_engine(dcp);
        dcp->ctrl = CTRL_RESET;
    } else {
        dcp->ctrl = (value & CTRL_WRITABLE) | CTRL_PRESENT;
    }
    tw_dcp_interrupt(dcp);
    tw_dcp_kick(dcp);
}

static void misuse(struct tw_dcp *dcp, uint32_t offset,
                   const struct tw_access *how, const char *why)
{
    tw_report(dcp->w.bus->report, TW_REPORT_MISUSE,
              "dcp: %s of %u bytes at offset 0x%x: %s",
              how->write ? "write" : "read", (unsigned)how->size,
              (unsigned)offset, why);
}

static uint32_t stat(const struct tw_dcp *dcp)
{
    return STAT_OTP_READY | tw_dcp_ready_channels(dcp) << 16 | dcp->irq |
           (dcp->done.slot != 0 ? (dcp->current + 1) << 24 : 0);
}

static uint32_t channel_register(const struct tw_dcp *dcp, uint32_t at)
{
    const struct tw_dcp_channel *ch = &dcp->channels[(at - CHANNELS) / 0x40];

    switch (at & 0x30) {
    case CH_CMDPTR:
        return ch->cmdptr;
    case CH_SEMA:
        return ch->sema << 16;
    case CH_STAT:
        return ch->stat;
    default:
        return ch->opts;
    }
}

static bool lookup(const struct tw_dcp *dcp, uint32_t at, uint32_t *value)
{
    if (at >= CHANNELS && at < CHANNELS_END) {
        *value = channel_register(dcp, at);
        return true;
    }
    if (at >= PACKET0 && at <= PACKET6) {
        *value = dcp->packet[(at - PACKET0) / 0x10];
        return true;
    }
    switch (at) {
    case CTRL:
        *value = dcp->ctrl;
        return true;
    case STAT:
        *value = stat(dcp);
        return true;
    case CHANNELCTRL:
        *value = dcp->channelctrl;
        return true;
    case CAPABILITY0:
        *value = CAP0_RESET | dcp->capability0;
        return true;
    case CAPABILITY1:
        *value = CAP1_RESET;
        return true;
    case CONTEXT:
        *value = dcp->context;
        return true;
    case KEY:
        *value = dcp->key_index;
        return true;
    case KEYDATA:
        *value = 0;
        return true; /* keys cannot be read */
    case DBGSELECT:
        *value = dcp->dbgselect;
        return true;
    case DBGDATA:
        *value = 0;
        return true;
    case PAGETABLE:
        *value = dcp->pagetable;
        return true;
    case VERSION:
        *value = VERSION_RESET;
        return true;
    default:
        return false;
    }
}

static bool dcp_read(void *ctx, uint32_t offset, const struct tw_access *how,
                     uint32_t *value)
{
    struct tw_dcp *dcp = ctx;

    *value = 0;
    if (how->size != 4) {
        misuse(dcp, offset, how, "not 32 bits");
        return false;
    }
    if (!lookup(dcp, offset & ~UINT32_C(0xf), value)) {
        misuse(dcp, offset, how, "no register");
    }
    return true;
}

static void write_channel(struct tw_dcp *dcp, uint32_t offset, uint32_t value)
{
    struct tw_dcp_channel *ch = &dcp->channels[(offset - CHANNELS) / 0x40];

    switch (offset & 0x30) {
    case CH_CMDPTR:
        ch->cmdptr = tw_regs_by_alias(offset, ch->cmdptr, value);
        break;
    case CH_SEMA:
        /* The address that clears takes the semaphore down to zero. */
        if ((offset & 0xf) == 0x8) {
            ch->sema = (value & 0xff) == 0xff ? 0 : ch->sema;
        } else {
            ch->sema += value & 0xff;
            ch->sema = ch->sema > 0xff ? 0xff : ch->sema;
        }
        break;
    case CH_STAT:
        ch->stat = tw_regs_by_alias(offset, ch->stat, value) & CHANNEL_STAT;
        break;
    default:
        ch->opts = tw_regs_by_alias(offset, ch->opts, value) & 0xffff;
        break;
    }
    tw_dcp_kick(dcp);
}

static void write_keydata(struct tw_dcp *dcp, uint32_t value)
{
    uint8_t *key = dcp->keys[dcp->key_index >> 4 & 3];
    uint32_t word = dcp->key_index & 3;

    for (uint32_t i = 0; i < 4; i++) {
        key[4 * word + i] = (uint8_t)(value >> (8 * i));
    }
    dcp->key_index = (dcp->key_index & 0x30) | ((word + 1) & 3);
}

static bool write_word(struct tw_dcp *dcp, uint32_t offset, uint32_t value)
{
    if (offset >= CHANNELS && offset < CHANNELS_END) {
        write_channel(dcp, offset, value);
        return true;
    }
    switch (offset & ~UINT32_C(0xf)) {
    case STAT:
        dcp->irq = tw_regs_by_alias(offset, dcp->irq, value) & DCP_CTRL_IRQ;
        tw_dcp_interrupt(dcp);
        return true;
    case CHANNELCTRL:
        dcp->channelctrl =
            tw_regs_by_alias(offset, dcp->channelctrl, value) & 0x1ffff;
        tw_dcp_kick(dcp);
        return true;
    case CAPABILITY0:
        dcp->capability0 |= value & CAP0_LOCKS;
        return true;
    case CONTEXT:
        dcp->context = value;
        return true;
    case KEY:
        dcp->key_index = value & 0x33;
        return true;
    case KEYDATA:
        write_keydata(dcp, value);
        return true;
    case DBGSELECT:
        dcp->dbgselect = value & 0xff;
        return true;
    case PAGETABLE:
        dcp->pagetable = value;
        return true;
    default:
        return false;
    }
}

static bool dcp_write(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value)
{
    struct tw_dcp *dcp = ctx;

    if (how->size != 4) {
        misuse(dcp, offset, how, "not 32 bits");
        return false;
    }
    if ((offset & ~UINT32_C(0xf)) == CTRL) {
        write_ctrl(dcp, tw_regs_by_alias(offset, dcp->ctrl, value));
    } else if ((dcp->ctrl & (DCP_CTRL_SFTRST | DCP_CTRL_CLKGATE)) != 0) {
        misuse(dcp, offset, how, "in reset or gated by CTRL");
    } else if (!write_word(dcp, offset, value)) {
        misuse(dcp, offset, how, "no register that takes it");
    }
    return true;
}

static const struct tw_device_ops dcp_ops = {.read = dcp_read,
                                             .write = dcp_write};

static void dcp_reset(void *model, enum tw_reset kind)
{
    struct tw_dcp *dcp = model;

    (void)kind;
    clear_engine(dcp);
    dcp->ctrl = CTRL_RESET;
    dcp->capability0 = 0;
    memset(dcp->keys, 0, sizeof(dcp->keys));
    tw_dcp_interrupt(dcp);
}

void tw_dcp_init(struct tw_dcp *dcp, const struct tw_dcp_wiring *wiring)
{
    memset(dcp, 0, sizeof(*dcp));
    dcp->w = *wiring;
    dcp->done = (struct tw_event){.fire = tw_dcp_done, .ctx = dcp};
    dcp_reset(dcp, TW_RESET_POWER);
    tw_bus_add_device(wiring->bus, "dcp", TW_DCP_BASE, TW_DCP_SIZE, &dcp_ops,
                      dcp);
}

static void dcp_save(void *model, struct tw_saver *to)
{
    const struct tw_dcp *dcp = model;

    tw_save_u32(to, dcp->ctrl);
    tw_save_u32(to, dcp->irq);
    tw_save_u32(to, dcp->channelctrl);
    tw_save_u32(to, dcp->context);
    tw_save_u32(to, dcp->capability0);
    tw_save_u32(to, dcp->key_index);
    tw_save_u32(to, dcp->dbgselect);
    tw_save_u32(to, dcp->pagetable);
    tw_save_bytes(to, dcp->keys, sizeof(dcp->keys));
    for (size_t i = 0; i < PKT_WORDS; i++) {
        tw_save_u32(to, dcp->packet[i]);
    }
    for (size_t i = 0; i < TW_DCP_CHANNELS; i++) {
        tw_dcp_channel_save(&dcp->channels[i], to);
    }
    tw_save_event(to, &dcp->done);
    tw_save_u32(to, dcp->current);
}

static bool dcp_load(void *model, struct tw_loader *from)
{
    struct tw_dcp *dcp = model;

    dcp->ctrl = tw_load_u32(from);
    dcp->irq = tw_load_u32(from);
    dcp->channelctrl = tw_load_u32(from);
    dcp->context = tw_load_u32(from);
    dcp->capability0 = tw_load_u32(from);
    dcp->key_index = tw_load_u32(from) & 0x33;
    dcp->dbgselect = tw_load_u32(from);
    dcp->pagetable = tw_load_u32(from);
    (void)tw_load_bytes(from, dcp->keys, sizeof(dcp->keys));
    for (size_t i = 0; i < PKT_WORDS; i++) {
        dcp->packet[i] = tw_load_u32(from);
    }
    for (size_t i = 0; i < TW_DCP_CHANNELS; i++) {
        tw_dcp_channel_load(&dcp->channels[i], from);
    }
    tw_load_event(from, dcp->w.clock, &dcp->done);
    dcp->current = tw_load_u32(from);
    if (from->failed || dcp->current >= TW_DCP_CHANNELS) {
        from->failed = true;
        dcp_reset(dcp, TW_RESET_POWER);
        return false;
    }
    tw_dcp_interrupt(dcp);
    return true;
}

struct tw_device tw_dcp_device(struct tw_dcp *dcp)
{
    return (struct tw_device){.name = "dcp",
                              .model = dcp,
                              .reset = dcp_reset,
                              .save = dcp_save,
                              .load = dcp_load};
}
