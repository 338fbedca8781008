/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/bytes.h"
#include "fw/usb_device.h"

enum {
    DEVICE_SIZE = 18,
    CONFIG_SIZE = 9,
    QUALIFIER_SIZE = 10,
    OTHER_SPEED = 7,
    USB_2_0 = 0x0200,
    ENGLISH = 0x0409,
    BUS_POWERED = 0x80,
    TEXT_MAX = 126,
    /* Of an endpoint descriptor. */
    ENDPOINT_MAX_PACKET = 4
};

static void le16(struct aw_wr *w, uint16_t v)
{
    aw_wr_u8(w, (uint8_t)v);
    aw_wr_u8(w, (uint8_t)(v >> 8));
}

static void put_device(struct aw_wr *w, const struct usb_identity *id)
{
    aw_wr_u8(w, DEVICE_SIZE);
    aw_wr_u8(w, AW_USB_DESC_DEVICE);
    le16(w, USB_2_0);
    aw_wr_put(w, (aw_bytes){id->device_class, sizeof(id->device_class)});
    aw_wr_u8(w, USBD_CONTROL);
    le16(w, id->vendor);
    le16(w, id->product);
    le16(w, id->release);
    aw_wr_u8(w, 1);
    aw_wr_u8(w, 2);
    aw_wr_u8(w, 3);
    aw_wr_u8(w, 1);
}

static void put_qualifier(struct aw_wr *w)
{
    aw_wr_u8(w, QUALIFIER_SIZE);
    aw_wr_u8(w, AW_USB_DESC_QUALIFIER);
    le16(w, USB_2_0);
    aw_wr_zeros(w, 3);
    aw_wr_u8(w, USBD_CONTROL);
    aw_wr_u8(w, 1);
    aw_wr_u8(w, 0);
}

/* The endpoint descriptor that was put last. */
static void shrink_packet(struct aw_wr *w, const uint8_t *d)
{
    bool larger = d[1] == AW_USB_DESC_ENDPOINT &&
                  d[ENDPOINT_MAX_PACKET] + 256 * d[ENDPOINT_MAX_PACKET + 1] >
                      USB_DEVICE_BULK_FULL;

    if (larger && !w->failed) {
        w->p[w->n - d[0] + ENDPOINT_MAX_PACKET] = USB_DEVICE_BULK_FULL;
        w->p[w->n - d[0] + ENDPOINT_MAX_PACKET + 1] = 0;
    }
}

/* Descriptors of a function, as they are at that speed; counts interfaces. */
static void put_function(struct aw_wr *w, const struct usb_function *f,
                         bool high_speed, uint8_t *interfaces)
{
    for (size_t at = 0; at + 2 <= f->n; at += f->descriptors[at]) {
        const uint8_t *d = &f->descriptors[at];

        aw_wr_put(w, (aw_bytes){d, d[0]});
        if (d[1] == AW_USB_DESC_INTERFACE) {
            (*interfaces)++;
        }
        if (!high_speed) {
            shrink_packet(w, d);
        }
    }
}

static void put_config(struct aw_wr *w, const struct usb_device *device,
                       uint8_t type, bool high_speed)
{
    size_t start = w->n;
    uint8_t interfaces = 0;

    aw_wr_u8(w, CONFIG_SIZE);
    aw_wr_u8(w, type);
    le16(w, 0);
    aw_wr_u8(w, 0);
    aw_wr_u8(w, USB_DEVICE_CONFIG);
    aw_wr_u8(w, 0);
    aw_wr_u8(w, BUS_POWERED);
    aw_wr_u8(w, device->identity->max_power);
    for (size_t i = 0; i < device->n_functions; i++) {
        put_function(w, &device->functions[i], high_speed, &interfaces);
    }
    if (!w->failed) {
        w->p[start + 2] = (uint8_t)(w->n - start);
        w->p[start + 3] = (uint8_t)((w->n - start) >> 8);
        w->p[start + 4] = interfaces;
    }
}

static void put_text(struct aw_wr *w, const char *text)
{
    aw_bytes b = aw_text(text);
    size_t n = b.n < TEXT_MAX ? b.n : (size_t)TEXT_MAX;

    aw_wr_u8(w, (uint8_t)(2 + 2 * n));
    aw_wr_u8(w, AW_USB_DESC_STRING);
    for (size_t i = 0; i < n; i++) {
        le16(w, b.p[i]);
    }
}

static void put_string(struct aw_wr *w, const struct usb_identity *id,
                       uint8_t index)
{
    if (index == 0) {
        aw_wr_u8(w, 4);
        aw_wr_u8(w, AW_USB_DESC_STRING);
        le16(w, ENGLISH);
    } else if (index <= 4 && id->text[index - 1] != NULL) {
        put_text(w, id->text[index - 1]);
    }
}

size_t usb_device_descriptor(struct usb_device *device, uint8_t type,
                             uint8_t index)
{
    struct aw_wr w = aw_wr_init(device->control, sizeof(device->control));
    bool high = device->usbd->high_speed;

    if (type == AW_USB_DESC_STRING) {
        put_string(&w, device->identity, index);
    } else if (index == 0) {
        switch (type) {
        case AW_USB_DESC_DEVICE:
            put_device(&w, device->identity);
            break;
        case AW_USB_DESC_CONFIG:
            put_config(&w, device, AW_USB_DESC_CONFIG, high);
            break;
        case AW_USB_DESC_QUALIFIER:
            put_qualifier(&w);
            break;
        case OTHER_SPEED:
            put_config(&w, device, OTHER_SPEED, !high);
            break;
        default:
            break;
        }
    }
    return aw_wr_done(&w).n;
}
