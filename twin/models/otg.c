/* SPDX-License-Identifier: Apache-2.0 */
#include "models/otg.h"

#include <string.h>

#include "models/otg_priv.h"

enum {
    IDLE_MS = 3,
    MS_PER_S = 1000,
    MICROFRAMES_PER_S = 8000,
    FRAME_MASK = 0x3fff,
    PIPES_MASK = 0xff00ff,
    /* OTGSC: what the plug shows, each with its change bit 8 above and its
     * interrupt enable 16 above. */
    OTGSC_ID = 1 << 8,
    OTGSC_AVV = 1 << 9,
    OTGSC_ASV = 1 << 10,
    OTGSC_BSV = 1 << 11,
    OTGSC_BSE = 1 << 12,
    OTGSC_POWER = OTGSC_AVV | OTGSC_ASV | OTGSC_BSV,
    OTGSC_CHANGES = 0x7f << 16,
    OTGSC_SHIFT = 8,
    CTRL_BITS = 0x00ef00ef, /* of ENDPTCTRL1 to 7 */
    CTRL_TOGGLES = 1 << 6 | 1 << 22
};

static const struct tw_reg rows[] = {
    {.name = "ID", .offset = 0x000, .reset = 0xe4a1fa05},
    {.name = "HWGENERAL", .offset = 0x004, .reset = 0x35},
    {.name = "HWHOST", .offset = 0x008, .reset = 0x10020001},
    {.name = "HWDEVICE", .offset = 0x00c, .reset = 0x11},
    {.name = "HWTXBUF", .offset = 0x010, .reset = 0x80080b08},
    {.name = "HWRXBUF", .offset = 0x014, .reset = 0x808},
    {.name = "SBUSCFG", .offset = 0x090, .reset = 2, .write = 7},
    {.name = "CAPLENGTH", .offset = 0x100, .reset = 0x01000040},
    {.name = "HCSPARAMS", .offset = 0x104, .reset = 0x10011},
    {.name = "HCCPARAMS", .offset = 0x108, .reset = 6},
    {.name = "DCIVERSION", .offset = 0x120, .reset = 1},
    {.name = "DCCPARAMS", .offset = 0x124, .reset = 0x188},
    {.name = "USBCMD",
     .offset = OTG_USBCMD,
     .reset = 0x80000,
     .write = 0xffff7f},
    {.name = "USBSTS", .offset = OTG_USBSTS, .clear = 0x030d01ff},
    {.name = "USBINTR", .offset = OTG_USBINTR, .write = 0x030d01ff},
    {.name = "FRINDEX", .offset = OTG_FRINDEX},
    {.name = "DEVICEADDR", .offset = OTG_DEVICEADDR, .write = 0xff000000},
    {.name = "ENDPTLISTADDR", .offset = OTG_ENDPTLISTADDR, .write = 0xfffff800},
    {.name = "BURSTSIZE", .offset = 0x160, .reset = 0x808, .write = 0x1ffff},
    {.name = "TXFILLTUNING", .offset = 0x164, .write = 0x3f1fff},
    {.name = "ENDPTNAK", .offset = OTG_ENDPTNAK, .clear = PIPES_MASK},
    {.name = "ENDPTNAKEN", .offset = OTG_ENDPTNAKEN, .write = PIPES_MASK},
    {.name = "CONFIGFLAG", .offset = 0x180, .reset = 1},
    {.name = "PORTSC1",
     .offset = OTG_PORTSC1,
     .reset = 0x10000000,
     .write = OTG_PORT_PHCD | OTG_PORT_PFSC | 0xf0f040},
    {.name = "OTGSC",
     .offset = OTG_OTGSC,
     .reset = OTGSC_ID | OTGSC_BSE | 0x20,
     .write = 0x7f00003b,
     .clear = OTGSC_CHANGES},
    {.name = "USBMODE", .offset = OTG_USBMODE, .write = 0x1f, .reset = 0x5000},
    {.name = "ENDPTSETUPSTAT", .offset = OTG_ENDPTSETUPSTAT, .clear = 0xff},
    {.name = "ENDPTPRIME", .offset = OTG_ENDPTPRIME, .write = PIPES_MASK},
    {.name = "ENDPTFLUSH", .offset = OTG_ENDPTFLUSH, .write = PIPES_MASK},
    {.name = "ENDPTSTAT", .offset = OTG_ENDPTSTAT},
    {.name = "ENDPTCOMPLETE", .offset = OTG_ENDPTCOMPLETE, .clear = PIPES_MASK},
    {.name = "ENDPTCTRL0",
     .offset = OTG_ENDPTCTRL0,
     .reset = OTG_CTRL_TXE | OTG_CTRL_RXE,
     .write = OTG_CTRL_TXS | OTG_CTRL_RXS},
    {.name = "ENDPTCTRL",
     .offset = OTG_ENDPTCTRL0 + 4,
     .count = TW_OTG_ENDPOINTS - 1,
     .write = CTRL_BITS},
};

void otg_irq(struct tw_otg *otg)
{
    uint32_t status = tw_regs_get(&otg->regs, OTG_USBSTS) &
                      tw_regs_get(&otg->regs, OTG_USBINTR);
    uint32_t otgsc = tw_regs_get(&otg->regs, OTG_OTGSC);

    tw_line_set(&otg->irq, status != 0 || (otgsc & OTGSC_CHANGES &
                                           otgsc >> OTGSC_SHIFT) != 0);
}

void otg_status(struct tw_otg *otg, uint32_t bits)
{
    tw_regs_set(&otg->regs, OTG_USBSTS,
                tw_regs_get(&otg->regs, OTG_USBSTS) | bits);
    otg_irq(otg);
}

static void pull_up(struct tw_otg *otg, bool on)
{
    if (otg->pulled_up == on) {
        return;
    }
    otg->pulled_up = on;
    if (on) {
        tw_usb_attach(otg->port, &otg->device);
    } else if (otg->port->device == &otg->device) {
        tw_usb_attach(otg->port, NULL);
    }
    if (!on) {
        tw_clock_cancel(otg->clock, &otg->reset_ends);
        tw_clock_cancel(otg->clock, &otg->idle);
    }
}

static void reset_regs(struct tw_otg *otg)
{
    pull_up(otg, false);
    tw_regs_reset(&otg->regs, TW_RESET_POWER);
    memset(otg->pipe, 0, sizeof(otg->pipe));
    if (otg->port->cable) {
        tw_regs_set(&otg->regs, OTG_OTGSC, OTGSC_ID | OTGSC_POWER | 0x20);
    }
    otg_irq(otg);
}

static void misuse(struct tw_otg *otg, const char *what)
{
    tw_report(otg->bus->report, TW_REPORT_MISUSE, "%s: %s", otg->regs.map->name,
              what);
}

static void run(struct tw_otg *otg)
{
    uint32_t mode = tw_regs_get(&otg->regs, OTG_USBMODE) & OTG_MODE_CM;

    if (mode == OTG_MODE_HOST) {
        tw_report(otg->bus->report, TW_REPORT_UNDEFINED,
                  "%s: host mode is not modelled", otg->regs.map->name);
    } else if (mode != OTG_MODE_DEVICE) {
        misuse(otg, "run bit set before USBMODE");
    } else if (otg->phy_ready != NULL &&
               !otg->phy_ready(otg->phy_ctx, otg->index)) {
        misuse(otg, "run bit set while the PHY is off");
    } else {
        pull_up(otg, true);
    }
}

static void wrote_cmd(struct tw_otg *otg, uint32_t before)
{
    uint32_t cmd = tw_regs_get(&otg->regs, OTG_USBCMD);

    if ((cmd & OTG_CMD_RST) != 0) {
        reset_regs(otg);
        return;
    }
    if ((cmd & OTG_CMD_RS) == 0) {
        pull_up(otg, false);
    } else if ((before & OTG_CMD_RS) == 0) {
        run(otg);
    }
}

static void wrote_mode(struct tw_otg *otg, uint32_t before)
{
    uint32_t mode = tw_regs_get(&otg->regs, OTG_USBMODE);

    if ((before & OTG_MODE_CM) != 0 && ((before ^ mode) & OTG_MODE_CM) != 0) {
        misuse(otg, "USBMODE changed without a reset");
        tw_regs_set(&otg->regs, OTG_USBMODE,
                    (mode & ~(uint32_t)OTG_MODE_CM) | (before & OTG_MODE_CM));
    }
}

static void for_pipes(struct tw_otg *otg, uint32_t offset,
                      void (*act)(struct tw_otg *otg, unsigned pipe))
{
    uint32_t bits = tw_regs_get(&otg->regs, offset);

    tw_regs_set(&otg->regs, offset, 0);
    for (unsigned i = 0; i < TW_OTG_PIPES; i++) {
        if ((bits & otg_bit(i)) != 0) {
            act(otg, i);
        }
    }
    tw_usb_ready(otg->port);
}

static void wrote_control(struct tw_otg *otg, uint32_t offset)
{
    uint32_t value = tw_regs_get(&otg->regs, offset);
    uint32_t rx = value >> OTG_CTRL_RXT & OTG_CTRL_TYPE;
    uint32_t tx = value >> OTG_CTRL_TXT & OTG_CTRL_TYPE;

    /* Toggles are reset at once; packets here have none. */
    tw_regs_set(&otg->regs, offset, value & ~(uint32_t)CTRL_TOGGLES);
    if (offset == OTG_ENDPTCTRL0) {
        tw_regs_set(&otg->regs, offset, value | OTG_CTRL_TXE | OTG_CTRL_RXE);
    } else if ((rx == OTG_TYPE_ISO && (value & OTG_CTRL_RXE) != 0) ||
               (tx == OTG_TYPE_ISO && (value & OTG_CTRL_TXE) != 0)) {
        tw_report(otg->bus->report, TW_REPORT_UNDEFINED,
                  "%s: isochronous endpoints are not modelled",
                  otg->regs.map->name);
    } else if ((rx == 0) != (tx == 0) && value != 0) {
        misuse(otg, "one direction of an endpoint is of type control");
    }
    tw_usb_ready(otg->port);
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_otg *otg = ctx;

    switch (offset) {
    case OTG_USBCMD:
        wrote_cmd(otg, before);
        break;
    case OTG_USBSTS:
    case OTG_OTGSC:
        otg_irq(otg);
        break;
    case OTG_USBINTR:
        if ((written & OTG_STS_SRI) != 0) {
            misuse(otg, "SOF interrupts are not modelled");
        }
        otg_irq(otg);
        break;
    case OTG_USBMODE:
        wrote_mode(otg, before);
        break;
    case OTG_ENDPTSETUPSTAT:
        tw_usb_ready(otg->port);
        break;
    case OTG_ENDPTPRIME:
        for_pipes(otg, offset, otg_prime);
        break;
    case OTG_ENDPTFLUSH:
        for_pipes(otg, offset, otg_flush);
        break;
    default:
        if (offset >= OTG_ENDPTCTRL0) {
            wrote_control(otg, offset);
        }
        break;
    }
}

static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    const struct tw_otg *otg = ctx;

    if (offset == OTG_FRINDEX && otg->pulled_up && otg->port->cable) {
        return (uint32_t)(tw_clock_periods(otg->clock, otg->clock->now,
                                           MICROFRAMES_PER_S) &
                          FRAME_MASK);
    }
    return value;
}

static void power(void *ctx, bool on)
{
    struct tw_otg *otg = ctx;
    uint32_t otgsc = tw_regs_get(&otg->regs, OTG_OTGSC);
    uint32_t shown = otgsc & ~(uint32_t)(OTGSC_POWER | OTGSC_BSE);

    shown |= on ? (uint32_t)OTGSC_POWER : (uint32_t)OTGSC_BSE;
    tw_regs_set(&otg->regs, OTG_OTGSC,
                shown | (OTGSC_POWER | OTGSC_BSE) << OTGSC_SHIFT);
    otg_irq(otg);
    if (!on && otg->pulled_up) {
        tw_clock_at(otg->clock, &otg->idle,
                    otg->clock->now +
                        tw_clock_ticks(otg->clock, IDLE_MS, MS_PER_S));
    }
}

static const struct tw_regs_map maps[TW_OTGS] = {
    {.name = "USB1",
     .rows = rows,
     .n_rows = sizeof(rows) / sizeof(rows[0]),
     .size = TW_OTG_SIZE,
     .look = look,
     .wrote = wrote},
    {.name = "USB2",
     .rows = rows,
     .n_rows = sizeof(rows) / sizeof(rows[0]),
     .size = TW_OTG_SIZE,
     .look = look,
     .wrote = wrote},
};

void tw_otg_init(struct tw_otg *otg, unsigned index, struct tw_bus *bus,
                 struct tw_clock *clock, struct tw_usb_port *port)
{
    memset(otg, 0, sizeof(*otg));
    otg->bus = bus;
    otg->clock = clock;
    otg->port = port;
    otg->index = index;
    otg_device_init(otg);
    port->power = power;
    port->power_ctx = otg;
    tw_regs_init(&otg->regs, &maps[index], otg, bus,
                 TW_OTG_BASE + index * TW_OTG_SIZE);
}

void tw_otg_left_running(struct tw_otg *otg)
{
    tw_regs_set(&otg->regs, OTG_USBMODE,
                tw_regs_get(&otg->regs, OTG_USBMODE) | OTG_MODE_DEVICE);
    tw_regs_set(&otg->regs, OTG_USBCMD,
                tw_regs_get(&otg->regs, OTG_USBCMD) | OTG_CMD_RS);
}

static void reset(void *model, enum tw_reset kind)
{
    (void)kind;
    reset_regs(model);
}

static void save_pipe(struct tw_saver *to, const struct tw_otg_pipe *p)
{
    tw_save_u32(to, p->current);
    tw_save_u32(to, p->next);
    tw_save_u32(to, p->token);
    for (unsigned i = 0; i < TW_OTG_PAGES; i++) {
        tw_save_u32(to, p->pages[i]);
    }
    tw_save_u32(to, p->moved);
    tw_save_u16(to, p->max_packet);
    tw_save_u8(to, p->no_zlp ? 1 : 0);
    tw_save_u8(to, p->zlp_due ? 1 : 0);
}

static void load_pipe(struct tw_loader *from, struct tw_otg_pipe *p)
{
    p->current = tw_load_u32(from);
    p->next = tw_load_u32(from);
    p->token = tw_load_u32(from);
    for (unsigned i = 0; i < TW_OTG_PAGES; i++) {
        p->pages[i] = tw_load_u32(from);
    }
    p->moved = tw_load_u32(from);
    p->max_packet = tw_load_u16(from);
    p->no_zlp = tw_load_u8(from) != 0;
    p->zlp_due = tw_load_u8(from) != 0;
}

static void save(void *model, struct tw_saver *to)
{
    struct tw_otg *otg = model;

    tw_regs_save(&otg->regs, to);
    for (unsigned i = 0; i < TW_OTG_PIPES; i++) {
        save_pipe(to, &otg->pipe[i]);
    }
    tw_save_u8(to, otg->pulled_up ? 1 : 0);
    tw_save_event(to, &otg->reset_ends);
    tw_save_event(to, &otg->idle);
}

static bool load(void *model, struct tw_loader *from)
{
    struct tw_otg *otg = model;
    bool mine = otg->port->device == &otg->device;

    (void)tw_regs_load(&otg->regs, from);
    for (unsigned i = 0; i < TW_OTG_PIPES; i++) {
        load_pipe(from, &otg->pipe[i]);
    }
    otg->pulled_up = tw_load_u8(from) != 0;
    tw_load_event(from, otg->clock, &otg->reset_ends);
    tw_load_event(from, otg->clock, &otg->idle);
    if (from->failed) {
        otg->pulled_up = mine;
        reset_regs(otg);
        return false;
    }
    /* The pull-up was as it is now: the host's end is loaded apart. */
    if (otg->pulled_up) {
        otg->port->device = &otg->device;
    } else if (mine) {
        otg->port->device = NULL;
    }
    otg_irq(otg);
    return true;
}

struct tw_device tw_otg_device(struct tw_otg *otg)
{
    return (struct tw_device){.name = maps[otg->index].name,
                              .model = otg,
                              .reset = reset,
                              .save = save,
                              .load = load};
}

static const struct tw_reg nc_rows[] = {
    {.name = "OTG_CTRL",
     .offset = 0x00,
     .count = TW_OTGS,
     .reset = 0x30001000,
     .write = 0x2007ff80},
    {.name = "PHY_CTRL", .offset = 0x18, .count = TW_OTGS, .write = 0x80000000},
};

static const struct tw_regs_map nc_map = {.name = "USBNC",
                                          .rows = nc_rows,
                                          .n_rows = sizeof(nc_rows) /
                                                    sizeof(nc_rows[0]),
                                          .size = TW_OTG_NC_SIZE};

void tw_otg_nc_init(struct tw_otg_nc *nc, struct tw_bus *bus)
{
    tw_regs_init(&nc->regs, &nc_map, nc, bus, TW_OTG_NC_BASE);
}

struct tw_device tw_otg_nc_device(struct tw_otg_nc *nc)
{
    return tw_regs_device(&nc->regs);
}
