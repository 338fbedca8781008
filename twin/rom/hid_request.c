/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rom/hid_priv.h"

enum {
    /* bmRequestType without its direction bit. */
    TO_DEVICE = 0x00,
    TO_INTERFACE = 0x01,
    TO_ENDPOINT = 0x02,
    HID_CLASS = 0x21,
    GET_IDLE = 0x02
};

static const uint8_t device_descriptor[18] = {18,   AW_USB_DESC_DEVICE,
                                              0x00, 0x02,
                                              0,    0,
                                              0,    TW_HID_PACKET0,
                                              0xa2, AW_SDP_VENDOR >> 8,
                                              0,    0, /* product: filled in */
                                              0x01, 0x00, /* release 0.01 */
                                              1,    2,
                                              0, /* strings; no serial */
                                              1};

static const uint8_t qualifier[10] = {
    10, AW_USB_DESC_QUALIFIER, 0x00, 0x02, 0, 0, 0, TW_HID_PACKET0, 1, 0};

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
                                              0x80 | TW_HID_ENDPOINT1,
                                              3,
                                              TW_HID_PACKET1,
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

bool tw_rom_hid_request(struct tw_rom_hid *hid)
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
