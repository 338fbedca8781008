/* SPDX-License-Identifier: Apache-2.0 */
#include "usb_gadget.h"

#include <string.h>

#include "aw/usb.h"

enum { ENDPOINT_PACKET = 512, VENDOR = 0x40, VENDOR_IN = 0xc0 };

static const uint8_t device_descriptor[18] = {18,   1,    0x00, 0x02, 0, 0,
                                              0,    64,   0x09, 0x12, 2, 0x27,
                                              0x10, 0x01, 1,    2,    3, 1};

static const uint8_t config_descriptor[39] = {
    9, 2, 39,   0, 1, 1,    0, 0x80, 50, /* configuration */
    9, 4, 0,    0, 3, 0xff, 0, 0,    0,  /* interface */
    7, 5, 0x01, 2, 0, 2,    0,           /* bulk OUT, 512 */
    7, 5, 0x81, 2, 0, 2,    0,           /* bulk IN, 512 */
    7, 5, 0x82, 3, 8, 0,    4,           /* interrupt IN, 8 */
};

static void put_string(struct aw_wr *w, const char *text)
{
    aw_wr_u8(w, (uint8_t)(2 + 2 * strlen(text)));
    aw_wr_u8(w, AW_USB_DESC_STRING);
    for (size_t i = 0; text[i] != '\0'; i++) {
        aw_wr_u8(w, (uint8_t)text[i]);
        aw_wr_u8(w, 0);
    }
}

/* A pair that is one character, one half alone, and a NUL. */
static const uint8_t serial_string[] = {12,   3,    0x3d, 0xd8, 0x00, 0xde,
                                        0x00, 0xd8, 0x00, 0x00, 0xe9, 0x00};

static bool put_descriptor(struct usb_gadget *g, struct aw_wr *w)
{
    switch (g->setup[3] << 8 | g->setup[2]) {
    case 0x0100:
        aw_wr_put(w, (aw_bytes){device_descriptor, 18});
        if (g->packet0 != 0) {
            g->reply[7] = g->packet0;
        }
        return true;
    case 0x0200:
        aw_wr_put(w, (aw_bytes){config_descriptor, 39});
        return true;
    case 0x0300:
        aw_wr_put(w, (aw_bytes){(const uint8_t *)"\x04\x03\x09\x04", 4});
        return !g->no_strings;
    case 0x0301:
        put_string(w, "Maker of tests");
        return !g->no_strings;
    case 0x0302:
        put_string(w, "Gadget");
        return !g->no_strings;
    case 0x0303:
        aw_wr_put(w, (aw_bytes){serial_string, sizeof(serial_string)});
        return !g->no_strings;
    default:
        return false;
    }
}

/* Prepares the data stage. @return false: stall */
static bool handle(struct usb_gadget *g)
{
    struct aw_wr w = aw_wr_init(g->reply, sizeof(g->reply));
    struct aw_usb_setup s = aw_usb_setup_read(g->setup);
    bool known = true;

    if (s.request_type == AW_USB_IN && s.request == AW_USB_GET_DESCRIPTOR) {
        known = put_descriptor(g, &w);
    } else if (s.request_type == VENDOR_IN) {
        for (unsigned i = 0; i < s.value; i++) {
            aw_wr_u8(&w, (uint8_t)i);
        }
    } else if (s.request_type == 0 && s.request == AW_USB_SET_CONFIGURATION) {
        g->configuration = s.value;
    } else {
        known = s.request_type == VENDOR ||
                (s.request_type == 0 && s.request == AW_USB_SET_ADDRESS);
    }
    g->reply_n = w.n < s.length ? w.n : s.length;
    g->reply_at = 0;
    g->control_n = 0;
    return known;
}

static void bus_reset(void *ctx, bool high_speed)
{
    struct usb_gadget *g = ctx;

    (void)high_speed;
    g->resets++;
    g->address = 0;
    g->configuration = 0;
}

static enum tw_usb_reply setup(void *ctx, uint8_t address,
                               const uint8_t packet[8])
{
    struct usb_gadget *g = ctx;

    if (g->mute || address != g->address) {
        return TW_USB_NONE;
    }
    memcpy(g->setup, packet, 8);
    g->setups++;
    g->stalled = !handle(g);
    return TW_USB_ACK;
}

/* Refuses once, then takes the packet when the time has come. */
static bool not_yet(struct usb_gadget *g)
{
    if (g->nak_ticks == 0) {
        return false;
    }
    g->refused = !g->refused;
    if (g->refused) {
        tw_clock_at(g->clock, &g->later, g->clock->now + g->nak_ticks);
    }
    return g->refused;
}

static void later(void *ctx)
{
    struct usb_gadget *g = ctx;

    tw_usb_ready(g->port);
}

static enum tw_usb_reply give(struct usb_gadget *g, uint8_t *packet,
                              size_t room, size_t *n)
{
    if (g->stall_in) {
        return TW_USB_STALL;
    }
    if (g->packets == 0 || not_yet(g)) {
        return TW_USB_NAK;
    }
    *n = g->packet[0] < room ? g->packet[0] : room;
    for (size_t i = 0; i < *n; i++) {
        packet[i] = g->next++;
    }
    g->packets--;
    memmove(&g->packet[0], &g->packet[1], g->packets * sizeof(g->packet[0]));
    return TW_USB_ACK;
}

static enum tw_usb_reply give_control(struct usb_gadget *g, uint8_t *packet,
                                      size_t room, size_t *n)
{
    size_t left = g->reply_n - g->reply_at;

    if (g->stalled) {
        return TW_USB_STALL;
    }
    if ((g->setup[0] & AW_USB_IN) == 0) {
        *n = 0; /* status */
        if (g->setup[0] == 0 && g->setup[1] == AW_USB_SET_ADDRESS) {
            g->address = g->setup[2];
        }
        return TW_USB_ACK;
    }
    *n = left < room ? left : room;
    memcpy(packet, &g->reply[g->reply_at], *n);
    g->reply_at += *n;
    return TW_USB_ACK;
}

static enum tw_usb_reply in(void *ctx, uint8_t address, uint8_t endpoint,
                            uint8_t *packet, size_t room, size_t *n)
{
    struct usb_gadget *g = ctx;

    if (g->mute || address != g->address) {
        return TW_USB_NONE;
    }
    if (endpoint == 0) {
        return give_control(g, packet, room, n);
    }
    if (endpoint == 1) {
        return give(g, packet, room, n);
    }
    if (g->interrupts == 0) {
        return TW_USB_NAK;
    }
    *n = g->interrupts;
    memcpy(packet, g->interrupt, *n);
    g->interrupts = 0;
    return TW_USB_ACK;
}

static enum tw_usb_reply take_control(struct usb_gadget *g,
                                      const uint8_t *packet, size_t n)
{
    if (g->stalled) {
        return TW_USB_STALL;
    }
    if (g->control_n + n <= sizeof(g->control) && n > 0) {
        memcpy(g->control + g->control_n, packet, n);
    }
    g->control_n += n;
    return TW_USB_ACK;
}

static enum tw_usb_reply out(void *ctx, uint8_t address, uint8_t endpoint,
                             const uint8_t *packet, size_t n)
{
    struct usb_gadget *g = ctx;

    if (g->mute || address != g->address) {
        return TW_USB_NONE;
    }
    if (endpoint == 0) {
        return take_control(g, packet, n);
    }
    if (g->stall_out) {
        return TW_USB_STALL;
    }
    if (n > ENDPOINT_PACKET || g->out_n + n > sizeof(g->out) || not_yet(g)) {
        return TW_USB_NAK;
    }
    if (n > 0) {
        memcpy(g->out + g->out_n, packet, n);
    }
    g->out_n += n;
    g->out_packets++;
    g->out_empty += n == 0 ? 1 : 0;
    return TW_USB_ACK;
}

void usb_gadget_init(struct usb_gadget *gadget, struct tw_usb_port *port,
                     struct tw_clock *clock)
{
    memset(gadget, 0, sizeof(*gadget));
    gadget->device = (struct tw_usb_device){gadget, bus_reset, setup, in, out};
    gadget->port = port;
    gadget->clock = clock;
    gadget->later = (struct tw_event){.fire = later, .ctx = gadget};
}

void usb_gadget_run(struct tw_clock *clock, uint64_t ms)
{
    uint64_t end = clock->now + tw_clock_ticks(clock, ms, 1000);

    while (clock->next <= end) {
        if (clock->now < clock->next) {
            clock->now = clock->next;
        }
        tw_clock_fire(clock);
    }
    clock->now = end;
}
