/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/hid.h"

#include <string.h>

#include "rom/hid_priv.h"

enum {
    /* What the ROM needs for a report: 1.94 MB take 1.2 s on real parts. */
    REPORT_US = 500,
    US_PER_S = 1000000
};

/* The data stage is complete. */
static void take_report(struct tw_rom_hid *hid)
{
    hid->report_n = 0;
    hid->report_at = 0;
    hid->stalled = !aw_sdp_device_take(&hid->sdp, hid->target,
                                       (aw_bytes){hid->buffer, hid->n});
    if (!hid->stalled) {
        hid->busy = true;
        tw_clock_at(hid->clock, &hid->done,
                    hid->clock->now +
                        tw_clock_ticks(hid->clock, REPORT_US, US_PER_S));
    }
}

static void done(void *ctx)
{
    struct tw_rom_hid *hid = ctx;

    hid->busy = false;
    tw_usb_ready(hid->port);
}

static void bus_reset(void *ctx, bool high_speed)
{
    struct tw_rom_hid *hid = ctx;

    hid->port->full_speed = !high_speed;
    tw_rom_hid_reset(hid);
}

static enum tw_usb_reply take_setup(void *ctx, uint8_t address,
                                    const uint8_t packet[8])
{
    struct tw_rom_hid *hid = ctx;

    if (address != hid->address) {
        return TW_USB_NONE;
    }
    memcpy(hid->setup, packet, sizeof(hid->setup));
    hid->n = 0;
    hid->at = 0;
    hid->new_address = hid->address;
    hid->stalled = !tw_rom_hid_request(hid);
    return TW_USB_ACK;
}

static bool sends(const struct tw_rom_hid *hid)
{
    return (hid->setup[0] & AW_USB_IN) != 0;
}

static enum tw_usb_reply control_in(struct tw_rom_hid *hid, uint8_t *packet,
                                    size_t room, size_t *n)
{
    if (hid->stalled) {
        return TW_USB_STALL;
    }
    if (hid->busy) {
        return TW_USB_NAK;
    }
    if (!sends(hid)) {
        *n = 0;
        hid->address = hid->new_address;
        return TW_USB_ACK;
    }
    size_t left = (size_t)hid->n - hid->at;

    *n = left < TW_HID_PACKET0 ? left : TW_HID_PACKET0;
    *n = *n < room ? *n : room;
    memcpy(packet, &hid->buffer[hid->at], *n);
    hid->at = (uint16_t)(hid->at + *n);
    return TW_USB_ACK;
}

/* Reports longer than a packet go out in several. */
static enum tw_usb_reply report_in(struct tw_rom_hid *hid, uint8_t *packet,
                                   size_t room, size_t *n)
{
    if (hid->busy || hid->configuration == 0) {
        return TW_USB_NAK;
    }
    if (hid->report_at == hid->report_n) {
        hid->report_at = 0;
        hid->report_n =
            (uint8_t)aw_sdp_device_next(&hid->sdp, hid->target, hid->report);
    }
    size_t left = (size_t)hid->report_n - hid->report_at;

    if (left == 0) {
        return TW_USB_NAK;
    }
    *n = left < TW_HID_PACKET1 ? left : TW_HID_PACKET1;
    *n = *n < room ? *n : room;
    memcpy(packet, &hid->report[hid->report_at], *n);
    hid->report_at = (uint8_t)(hid->report_at + *n);
    return TW_USB_ACK;
}

static enum tw_usb_reply give(void *ctx, uint8_t address, uint8_t endpoint,
                              uint8_t *packet, size_t room, size_t *n)
{
    struct tw_rom_hid *hid = ctx;

    if (address != hid->address || endpoint > TW_HID_ENDPOINT1) {
        return TW_USB_NONE;
    }
    return endpoint == 0 ? control_in(hid, packet, room, n)
                         : report_in(hid, packet, room, n);
}

static enum tw_usb_reply take(void *ctx, uint8_t address, uint8_t endpoint,
                              const uint8_t *packet, size_t n)
{
    struct tw_rom_hid *hid = ctx;

    if (address != hid->address || endpoint != 0) {
        return TW_USB_NONE;
    }
    if (hid->stalled) {
        return TW_USB_STALL;
    }
    if (sends(hid)) {
        return n == 0 ? TW_USB_ACK : TW_USB_STALL; /* status */
    }
    size_t length = aw_usb_setup_read(hid->setup).length;

    if (n > length - hid->n) {
        hid->stalled = true;
        return TW_USB_STALL;
    }
    if (n > 0) {
        memcpy(&hid->buffer[hid->n], packet, n);
        hid->n = (uint16_t)(hid->n + n);
    }
    if (hid->n == length) {
        take_report(hid);
    }
    return TW_USB_ACK;
}

void tw_rom_hid_init(struct tw_rom_hid *hid, struct tw_usb_port *port,
                     struct tw_clock *clock, const struct aw_sdp_target *target,
                     uint16_t product)
{
    *hid = (struct tw_rom_hid){
        .device = {hid, bus_reset, take_setup, give, take},
        .port = port,
        .clock = clock,
        .target = target,
        .product = product,
        .done = {.fire = done, .ctx = hid},
    };
}

void tw_rom_hid_reset(struct tw_rom_hid *hid)
{
    tw_clock_cancel(hid->clock, &hid->done);
    hid->sdp = (struct aw_sdp_device){.receiving = false};
    hid->address = 0;
    hid->new_address = 0;
    hid->configuration = 0;
    memset(hid->setup, 0, sizeof(hid->setup));
    hid->n = 0;
    hid->at = 0;
    hid->stalled = false;
    hid->busy = false;
    hid->report_n = 0;
    hid->report_at = 0;
}
