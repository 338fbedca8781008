/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/hid.h"

#include <string.h>

enum {
    IDLE_RATE = 0x02, /* GET_IDLE */
    SIZE_INTERFACE = 9,
    SIZE_HID = 9,
    KIND_CLASS = 0x20,
    KIND_MASK = 0x60
};

/* Usage page ff00: input and output reports of 64 bytes. */
static const uint8_t report_descriptor[] = {
    0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26,
    0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00,
    0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xc0};

static const uint8_t descriptors[] = {
    /* Interface, HID 1.01 with its report descriptor, endpoints. */
    SIZE_INTERFACE,
    AW_USB_DESC_INTERFACE,
    HID_INTERFACE,
    0,
    2,
    3,
    0,
    0,
    HID_TEXT,
    SIZE_HID,
    AW_USB_DESC_HID,
    0x01,
    0x01,
    0,
    1,
    AW_USB_DESC_REPORT,
    sizeof(report_descriptor),
    0,
    7,
    AW_USB_DESC_ENDPOINT,
    HID_ENDPOINT_OUT,
    USBD_TYPE_INTERRUPT,
    0,
    HID_PACKET >> 8,
    1,
    7,
    AW_USB_DESC_ENDPOINT,
    HID_ENDPOINT_IN,
    USBD_TYPE_INTERRUPT,
    0,
    HID_PACKET >> 8,
    1};

void hid_init(struct hid *hid, struct usbd *usbd, struct u2fhid *frames)
{
    hid->usbd = usbd;
    hid->frames = frames;
    hid->on = false;
    hid->waits = false;
    hid->sending = false;
    hid->listening = false;
}

static void listen(struct hid *hid)
{
    hid->listening = usbd_start(hid->usbd, HID_ENDPOINT_OUT, hid->out,
                                sizeof(hid->out), false) == AW_OK;
}

static void on_start(void *ctx, bool high_speed)
{
    struct hid *hid = ctx;

    (void)high_speed;
    u2fhid_init(hid->frames, hid->frames->serve, hid->frames->ctx);
    hid->on = true;
    hid->waits = false;
    hid->sending = false;
    listen(hid);
}

static void on_stop(void *ctx)
{
    struct hid *hid = ctx;

    hid->on = false;
}

static bool give(aw_bytes from, const struct aw_usb_setup *setup, uint8_t *data,
                 size_t *n)
{
    size_t room = setup->length;

    *n = from.n < room ? from.n : room;
    memcpy(data, from.p, *n);
    return true;
}

static bool get_descriptor(const struct aw_usb_setup *setup, uint8_t *data,
                           size_t *n)
{
    const aw_bytes report = {report_descriptor, sizeof(report_descriptor)};
    const aw_bytes hid = {descriptors + SIZE_INTERFACE, SIZE_HID};

    switch (setup->value >> 8) {
    case AW_USB_DESC_REPORT:
        return give(report, setup, data, n);
    case AW_USB_DESC_HID:
        return give(hid, setup, data, n);
    default:
        return false;
    }
}

/* Reports move by the interrupt endpoints alone. */
static bool on_request(void *ctx, const struct aw_usb_setup *setup,
                       uint8_t *data, size_t *n)
{
    bool in = (setup->request_type & USBD_IN) != 0;
    bool is_class = (setup->request_type & KIND_MASK) == KIND_CLASS;

    (void)ctx;
    if (!is_class) {
        return in && setup->request == AW_USB_GET_DESCRIPTOR &&
               get_descriptor(setup, data, n);
    }
    if (in && setup->request == IDLE_RATE && setup->length == 1) {
        data[0] = 0; /* only when something changes */
        *n = 1;
        return true;
    }
    return !in && setup->request == AW_USB_HID_SET_IDLE && setup->length == 0;
}

static void on_done(void *ctx, uint8_t endpoint, size_t n, bool good)
{
    struct hid *hid = ctx;

    if (endpoint == HID_ENDPOINT_IN) {
        hid->sending = false;
        return;
    }
    hid->listening = false;
    hid->waits = good;
    hid->n = n;
}

static bool on_unhalt(void *ctx, uint8_t endpoint)
{
    (void)ctx;
    (void)endpoint;
    return true;
}

struct usb_function hid_function(struct hid *hid)
{
    return (struct usb_function){.ctx = hid,
                                 .descriptors = descriptors,
                                 .n = sizeof(descriptors),
                                 .start = on_start,
                                 .stop = on_stop,
                                 .request = on_request,
                                 .done = on_done,
                                 .unhalt = on_unhalt};
}

static bool send(struct hid *hid)
{
    if (hid->sending || !u2fhid_send(hid->frames, hid->in)) {
        return false;
    }
    hid->sending = usbd_start(hid->usbd, HID_ENDPOINT_IN, hid->in,
                              sizeof(hid->in), false) == AW_OK;
    return true;
}

bool hid_step(struct hid *hid, uint64_t now_ms)
{
    bool busy = false;

    if (!hid->on) {
        return false;
    }
    u2fhid_tick(hid->frames, now_ms);
    if (hid->waits) {
        hid->waits = false;
        u2fhid_receive(hid->frames, (aw_bytes){hid->out, hid->n}, now_ms);
        busy = true;
    }
    if (!hid->listening) {
        listen(hid);
    }
    return send(hid) || busy;
}
