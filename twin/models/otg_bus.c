/* SPDX-License-Identifier: Apache-2.0 */
#include "models/otg_priv.h"

/* What the host sees: tokens that find an endpoint, or not. */
enum { RESET_MS = 3, MS_PER_S = 1000 };

static uint8_t address_of(const struct tw_otg *otg)
{
    uint32_t value = tw_regs_get(&otg->regs, OTG_DEVICEADDR);

    /* One that waits for the status packet does not count yet. */
    return (value & OTG_ADDR_ADVANCE) != 0 ? 0
                                           : (uint8_t)(value >> OTG_ADDR_SHIFT);
}

static uint32_t control_of(const struct tw_otg *otg, uint8_t endpoint)
{
    return tw_regs_get(&otg->regs, OTG_ENDPTCTRL0 + 4U * endpoint);
}

static void refuse_advance(struct tw_otg *otg)
{
    uint32_t value = tw_regs_get(&otg->regs, OTG_DEVICEADDR);

    tw_regs_set(&otg->regs, OTG_DEVICEADDR,
                (value & OTG_ADDR_ADVANCE) != 0 ? 0 : value);
}

static void advance(struct tw_otg *otg)
{
    uint32_t value = tw_regs_get(&otg->regs, OTG_DEVICEADDR);

    tw_regs_set(&otg->regs, OTG_DEVICEADDR,
                value & ~(uint32_t)OTG_ADDR_ADVANCE);
}

static void bus_reset(void *ctx, bool high_speed)
{
    struct tw_otg *otg = ctx;
    uint32_t port = tw_regs_get(&otg->regs, OTG_PORTSC1);
    bool full = !high_speed || (port & OTG_PORT_PFSC) != 0;

    otg->port->full_speed = full;
    port &= ~(uint32_t)(OTG_PORT_SPEED | OTG_PORT_SUSPEND);
    port |= OTG_PORT_RESET | OTG_PORT_CONNECT;
    tw_regs_set(&otg->regs, OTG_PORTSC1, full ? port : port | OTG_PORT_HIGH);
    tw_regs_set(&otg->regs, OTG_DEVICEADDR, 0);
    tw_clock_cancel(otg->clock, &otg->idle);
    tw_clock_at(otg->clock, &otg->reset_ends,
                otg->clock->now +
                    tw_clock_ticks(otg->clock, RESET_MS, MS_PER_S));
    otg_status(otg, OTG_STS_URI);
}

static void reset_ends(void *ctx)
{
    struct tw_otg *otg = ctx;
    uint32_t port = tw_regs_get(&otg->regs, OTG_PORTSC1);

    tw_regs_set(&otg->regs, OTG_PORTSC1, port & ~(uint32_t)OTG_PORT_RESET);
    otg_status(otg, OTG_STS_PCI);
}

/* In reset nothing is answered. */
static bool hears(const struct tw_otg *otg, uint8_t address, uint8_t endpoint)
{
    uint32_t port = tw_regs_get(&otg->regs, OTG_PORTSC1);

    return (port & OTG_PORT_RESET) == 0 && address == address_of(otg) &&
           endpoint < TW_OTG_ENDPOINTS;
}

static enum tw_usb_reply take_setup(void *ctx, uint8_t address,
                                    const uint8_t packet[8])
{
    struct tw_otg *otg = ctx;
    uint32_t cmd = tw_regs_get(&otg->regs, OTG_USBCMD);
    uint32_t control = control_of(otg, 0);

    if (!hears(otg, address, 0)) {
        return TW_USB_NONE;
    }
    /* Setup lockout: the second packet waits until the first was read. */
    if ((tw_regs_get(&otg->regs, OTG_USBMODE) & OTG_MODE_SLOM) == 0 &&
        (tw_regs_get(&otg->regs, OTG_ENDPTSETUPSTAT) & 1) != 0) {
        return TW_USB_NAK;
    }
    refuse_advance(otg);
    if (!otg_put_setup(otg, packet)) {
        return TW_USB_NONE;
    }
    tw_regs_set(&otg->regs, OTG_ENDPTCTRL0,
                control & ~(uint32_t)(OTG_CTRL_RXS | OTG_CTRL_TXS));
    tw_regs_set(&otg->regs, OTG_USBCMD, cmd & ~(uint32_t)OTG_CMD_SUTW);
    tw_regs_set(&otg->regs, OTG_ENDPTSETUPSTAT,
                tw_regs_get(&otg->regs, OTG_ENDPTSETUPSTAT) | 1U);
    otg_status(otg, OTG_STS_UI);
    return TW_USB_ACK;
}

/* Said NAK: firmware may want to know. */
static enum tw_usb_reply nak(struct tw_otg *otg, unsigned pipe)
{
    uint32_t naks = tw_regs_get(&otg->regs, OTG_ENDPTNAK) | otg_bit(pipe);

    tw_regs_set(&otg->regs, OTG_ENDPTNAK, naks);
    if ((naks & tw_regs_get(&otg->regs, OTG_ENDPTNAKEN)) != 0) {
        otg_status(otg, OTG_STS_NAKI);
    }
    return TW_USB_NAK;
}

/* Endpoint 0 says NAK until firmware has taken the setup packet. */
static bool waits_for_setup(const struct tw_otg *otg, uint8_t endpoint)
{
    return endpoint == 0 &&
           (tw_regs_get(&otg->regs, OTG_ENDPTSETUPSTAT) & 1) != 0;
}

static enum tw_usb_reply reply_to(struct tw_otg *otg, unsigned pipe,
                                  enum otg_moved moved)
{
    switch (moved) {
    case OTG_MOVED:
        return TW_USB_ACK;
    case OTG_NAK:
        return nak(otg, pipe);
    case OTG_BROKEN:
        break;
    }
    return TW_USB_NONE;
}

static enum tw_usb_reply give(void *ctx, uint8_t address, uint8_t endpoint,
                              uint8_t *packet, size_t room, size_t *n)
{
    struct tw_otg *otg = ctx;
    unsigned pipe = 2U * endpoint + 1U;

    if (!hears(otg, address, endpoint) ||
        (control_of(otg, endpoint) & OTG_CTRL_TXE) == 0) {
        return TW_USB_NONE;
    }
    if (waits_for_setup(otg, endpoint)) {
        return nak(otg, pipe);
    }
    if ((control_of(otg, endpoint) & OTG_CTRL_TXS) != 0) {
        return TW_USB_STALL;
    }
    enum tw_usb_reply reply =
        reply_to(otg, pipe, otg_give(otg, pipe, packet, room, n));

    if (endpoint == 0 && reply == TW_USB_ACK) {
        advance(otg);
    }
    return reply;
}

static enum tw_usb_reply take(void *ctx, uint8_t address, uint8_t endpoint,
                              const uint8_t *packet, size_t n)
{
    struct tw_otg *otg = ctx;
    unsigned pipe = 2U * endpoint;

    if (!hears(otg, address, endpoint) ||
        (control_of(otg, endpoint) & OTG_CTRL_RXE) == 0) {
        return TW_USB_NONE;
    }
    if (endpoint == 0) {
        refuse_advance(otg);
    }
    if (waits_for_setup(otg, endpoint)) {
        return nak(otg, pipe);
    }
    if ((control_of(otg, endpoint) & OTG_CTRL_RXS) != 0) {
        return TW_USB_STALL;
    }
    return reply_to(otg, pipe, otg_take(otg, pipe, packet, n));
}

/* 3 ms without SOF: the bus is suspended. */
static void bus_idle(void *ctx)
{
    struct tw_otg *otg = ctx;

    tw_regs_set(&otg->regs, OTG_PORTSC1,
                tw_regs_get(&otg->regs, OTG_PORTSC1) | OTG_PORT_SUSPEND);
    otg_status(otg, OTG_STS_SLI);
}

void otg_device_init(struct tw_otg *otg)
{
    otg->device = (struct tw_usb_device){
        .ctx = otg,
        .bus_reset = bus_reset,
        .setup = take_setup,
        .in = give,
        .out = take,
    };
    otg->reset_ends = (struct tw_event){.fire = reset_ends, .ctx = otg};
    otg->idle = (struct tw_event){.fire = bus_idle, .ctx = otg};
}
