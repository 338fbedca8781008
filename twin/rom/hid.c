/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/hid.h"

#include <string.h>

enum {
    PACKET0 = 64,
    PACKET1 = 64,
    ENDPOINT1 = 1,
    /* bmRequestType without its direction bit. */
    TO_DEVICE = 0x00,
    TO_INTERFACE = 0x01,
    TO_ENDPOINT = 0x02,
    HID_CLASS = 0x21,
    GET_IDLE = 0x02,
    /* What the ROM needs for a report: 1.94 MB take 1.2 s on real parts. */
    REPORT_US = 500,
    US_PER_S = 1000000
};

static const uint8_t device_descriptor[18] = {18,   AW_USB_DESC_DEVICE,
                                              0x00, 0x02,
                                              0,    0,
                                              0,    PACKET0,
                                              0xa2, AW_SDP_VENDOR >> 8,
                                              0,    0, /* product: filled in */
                                              0x01, 0x00, /* release 0.01 */
                                              1,    2,
                                              0, /* strings; no serial */
                                              1};

static const uint8_t qualifier[10] = {
    10, AW_USB_DESC_QUALIFIER, 0x00, 0x02, 0, 0, 0, PACKET0, 1, 0};

enum { REPORT_DESCRIPTOR = 76, HID_AT = 18, HID_SIZE = 9 };

static const uint8_t config_descriptor[34] = {9,
                                              AW_USB_DESC_CONFIG,
                                              34,
                                              0,
                                              1,
                                              1,
                                              0,
                                              0xc0,
                                              5,
                                              9,
                                              AW_USB_DESC_INTERFACE,
                                              0,
                                              0,
                                              1,
                                              3,
                                              0,
                                              0,
                                              0,
                                              9,
                                              AW_USB_DESC_HID,
                                              0x10,
                                              0x01,
                                              0,
                                              1,
                                              AW_USB_DESC_REPORT,
                                              REPORT_DESCRIPTOR,
                                              0,
                                              7,
                                              AW_USB_DESC_ENDPOINT,
                                              0x80 | ENDPOINT1,
                                              3,
                                              PACKET1,
                                              0,
                                              1};

/* Vendor page; reports 1 and 2 to the ROM, 3 and 4 from it. Report 2 is 64
 * fields of 128 bits. */
static const uint8_t report_descriptor[REPORT_DESCRIPTOR] = {
    0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x85, 0x01, 0x19, 0x01,
    0x29, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x10,
    0x91, 0x02, 0x85, 0x02, 0x19, 0x01, 0x29, 0x01, 0x15, 0x00, 0x26,
    0xff, 0x00, 0x75, 0x80, 0x95, 0x40, 0x91, 0x02, 0x85, 0x03, 0x19,
    0x01, 0x29, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95,
    0x04, 0x81, 0x02, 0x85, 0x04, 0x19, 0x01, 0x29, 0x01, 0x15, 0x00,
    0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0xc0};

static void reply(struct tw_rom_hid *hid, const void *bytes, size_t n)
{
    size_t asked = aw_usb_setup_read(hid->setup).length;

    memcpy(hid->buffer, bytes, n);
    hid->n = (uint16_t)(n < asked ? n : asked);
}

static void reply_text(struct tw_rom_hid *hid, const char *text)
{
    uint8_t bytes[128];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    size_t n = strlen(text);

    aw_wr_u8(&w, (uint8_t)(2 + 2 * n));
    aw_wr_u8(&w, AW_USB_DESC_STRING);
    for (size_t i = 0; i < n; i++) {
        aw_wr_u8(&w, (uint8_t)text[i]);
        aw_wr_u8(&w, 0);
    }
    reply(hid, bytes, w.n);
}

static void reply_device(struct tw_rom_hid *hid)
{
    reply(hid, device_descriptor, sizeof(device_descriptor));
    hid->buffer[10] = (uint8_t)(hid->product & 0xffU);
    hid->buffer[11] = (uint8_t)(hid->product >> 8);
}

/* Strings end in a blank, as those of real parts do. */
static bool get_string(struct tw_rom_hid *hid, uint8_t index)
{
    static const uint8_t languages[] = {4, AW_USB_DESC_STRING, 0x09, 0x04};

    switch (index) {
    case 0:
        reply(hid, languages, sizeof(languages));
        return true;
    case 1:
        reply_text(hid, "Freescale SemiConductor Inc ");
        return true;
    case 2:
        reply_text(hid, hid->product == AW_SDP_PRODUCT_UL ? "SE Blank 6UL "
                                                          : "SE Blank 6ULL ");
        return true;
    default:
        return false;
    }
}

static bool get_descriptor(struct tw_rom_hid *hid, uint8_t type, uint8_t index)
{
    switch (type) {
    case AW_USB_DESC_DEVICE:
        reply_device(hid);
        return true;
    case AW_USB_DESC_CONFIG:
        reply(hid, config_descriptor, sizeof(config_descriptor));
        return true;
    case AW_USB_DESC_STRING:
        return get_string(hid, index);
    case AW_USB_DESC_QUALIFIER:
        reply(hid, qualifier, sizeof(qualifier));
        return true;
    default:
        return false;
    }
}

static bool device_in(struct tw_rom_hid *hid, const struct aw_usb_setup *s)
{
    static const uint8_t status[2] = {1, 0}; /* self-powered */

    switch (s->request) {
    case AW_USB_GET_DESCRIPTOR:
        return get_descriptor(hid, (uint8_t)(s->value >> 8),
                              (uint8_t)(s->value & 0xffU));
    case AW_USB_GET_CONFIGURATION:
        reply(hid, &hid->configuration, 1);
        return true;
    case AW_USB_GET_STATUS:
        reply(hid, status, sizeof(status));
        return true;
    default:
        return false;
    }
}

static bool device_out(struct tw_rom_hid *hid, const struct aw_usb_setup *s)
{
    switch (s->request) {
    case AW_USB_SET_ADDRESS:
        hid->new_address = (uint8_t)(s->value & 0x7fU);
        return true;
    case AW_USB_SET_CONFIGURATION:
        if (s->value > 1) {
            return false;
        }
        hid->configuration = (uint8_t)s->value;
        return true;
    default:
        return false;
    }
}

static bool interface_in(struct tw_rom_hid *hid, const struct aw_usb_setup *s)
{
    static const uint8_t zeros[2];

    switch (s->request) {
    case AW_USB_GET_DESCRIPTOR:
        if (s->value == AW_USB_DESC_REPORT << 8) {
            reply(hid, report_descriptor, sizeof(report_descriptor));
            return true;
        }
        if (s->value == AW_USB_DESC_HID << 8) {
            reply(hid, &config_descriptor[HID_AT], HID_SIZE);
            return true;
        }
        return false;
    case AW_USB_GET_INTERFACE:
        reply(hid, zeros, 1);
        return true;
    case AW_USB_GET_STATUS:
        reply(hid, zeros, sizeof(zeros));
        return true;
    default:
        return false;
    }
}

static bool endpoint_in(struct tw_rom_hid *hid, const struct aw_usb_setup *s)
{
    static const uint8_t zeros[2];

    reply(hid, zeros, sizeof(zeros));
    return s->request == AW_USB_GET_STATUS;
}

static bool class_in(struct tw_rom_hid *hid, const struct aw_usb_setup *s)
{
    static const uint8_t zero;

    reply(hid, &zero, sizeof(zero));
    return s->request == GET_IDLE;
}

/* The report comes with the data stage; its type is not looked at. */
static bool class_out(const struct aw_usb_setup *s)
{
    return s->request == AW_USB_HID_SET_IDLE ||
           (s->request == AW_USB_HID_SET_REPORT && s->length > 0 &&
            s->length <= TW_HID_BUFFER);
}

static bool handle(struct tw_rom_hid *hid)
{
    struct aw_usb_setup s = aw_usb_setup_read(hid->setup);
    bool data_out = (s.request_type & AW_USB_IN) == 0 && s.length > 0;

    if (data_out && s.request_type != HID_CLASS) {
        return false;
    }
    switch (s.request_type) {
    case AW_USB_IN | TO_DEVICE:
        return device_in(hid, &s);
    case TO_DEVICE:
        return device_out(hid, &s);
    case AW_USB_IN | TO_INTERFACE:
        return interface_in(hid, &s);
    case TO_INTERFACE:
        return s.request == AW_USB_SET_INTERFACE && s.value == 0;
    case AW_USB_IN | TO_ENDPOINT:
        return endpoint_in(hid, &s);
    case TO_ENDPOINT:
        return s.request == AW_USB_CLEAR_FEATURE && s.value == 0;
    case AW_USB_IN | HID_CLASS:
        return class_in(hid, &s);
    case HID_CLASS:
        return class_out(&s);
    default:
        return false;
    }
}

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
    hid->stalled = !handle(hid);
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

    *n = left < PACKET0 ? left : PACKET0;
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
    *n = left < PACKET1 ? left : PACKET1;
    *n = *n < room ? *n : room;
    memcpy(packet, &hid->report[hid->report_at], *n);
    hid->report_at = (uint8_t)(hid->report_at + *n);
    return TW_USB_ACK;
}

static enum tw_usb_reply give(void *ctx, uint8_t address, uint8_t endpoint,
                              uint8_t *packet, size_t room, size_t *n)
{
    struct tw_rom_hid *hid = ctx;

    if (address != hid->address || endpoint > ENDPOINT1) {
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

static void save_sdp(const struct aw_sdp_device *sdp, struct tw_saver *to)
{
    tw_save_u16(to, sdp->request.type);
    tw_save_u32(to, sdp->request.address);
    tw_save_u8(to, sdp->request.format);
    tw_save_u32(to, sdp->request.count);
    tw_save_u32(to, sdp->request.data);
    tw_save_u32(to, sdp->got);
    tw_save_u32(to, sdp->refusal);
    tw_save_u32(to, sdp->word);
    tw_save_u32(to, sdp->read_at);
    tw_save_u32(to, sdp->read_left);
    tw_save_u8(to, sdp->receiving ? 1 : 0);
    tw_save_u8(to, sdp->security_due ? 1 : 0);
    tw_save_u8(to, sdp->word_due ? 1 : 0);
}

static void load_sdp(struct aw_sdp_device *sdp, struct tw_loader *from)
{
    sdp->request.type = tw_load_u16(from);
    sdp->request.address = tw_load_u32(from);
    sdp->request.format = tw_load_u8(from);
    sdp->request.count = tw_load_u32(from);
    sdp->request.data = tw_load_u32(from);
    sdp->got = tw_load_u32(from);
    sdp->refusal = tw_load_u32(from);
    sdp->word = tw_load_u32(from);
    sdp->read_at = tw_load_u32(from);
    sdp->read_left = tw_load_u32(from);
    sdp->receiving = tw_load_u8(from) != 0;
    sdp->security_due = tw_load_u8(from) != 0;
    sdp->word_due = tw_load_u8(from) != 0;
    if (sdp->got > sdp->request.count) {
        from->failed = true;
    }
}

void tw_rom_hid_save(const struct tw_rom_hid *hid, struct tw_saver *to)
{
    save_sdp(&hid->sdp, to);
    tw_save_u8(to, hid->address);
    tw_save_u8(to, hid->new_address);
    tw_save_u8(to, hid->configuration);
    tw_save_bytes(to, hid->setup, sizeof(hid->setup));
    tw_save_bytes(to, hid->buffer, sizeof(hid->buffer));
    tw_save_u16(to, hid->n);
    tw_save_u16(to, hid->at);
    tw_save_u8(to, hid->stalled ? 1 : 0);
    tw_save_u8(to, hid->busy ? 1 : 0);
    tw_save_bytes(to, hid->report, sizeof(hid->report));
    tw_save_u8(to, hid->report_n);
    tw_save_u8(to, hid->report_at);
    tw_save_event(to, &hid->done);
}

void tw_rom_hid_load(struct tw_rom_hid *hid, struct tw_loader *from)
{
    load_sdp(&hid->sdp, from);
    hid->address = tw_load_u8(from);
    hid->new_address = tw_load_u8(from);
    hid->configuration = tw_load_u8(from);
    (void)tw_load_bytes(from, hid->setup, sizeof(hid->setup));
    (void)tw_load_bytes(from, hid->buffer, sizeof(hid->buffer));
    hid->n = tw_load_u16(from);
    hid->at = tw_load_u16(from);
    hid->stalled = tw_load_u8(from) != 0;
    hid->busy = tw_load_u8(from) != 0;
    (void)tw_load_bytes(from, hid->report, sizeof(hid->report));
    hid->report_n = tw_load_u8(from);
    hid->report_at = tw_load_u8(from);
    tw_load_event(from, hid->clock, &hid->done);
    if (hid->n > TW_HID_BUFFER || hid->at > hid->n ||
        hid->report_n > sizeof(hid->report) || hid->report_at > hid->report_n) {
        from->failed = true;
    }
    if (from->failed) {
        tw_rom_hid_reset(hid);
    }
}
