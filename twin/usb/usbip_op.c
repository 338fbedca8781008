/* SPDX-License-Identifier: Apache-2.0 */
/* The opening exchange of USB/IP: which devices there are, and I take one. */
#include <stdio.h>
#include <string.h>

#include "usb/direct.h"
#include "usb/usbip_priv.h"

enum {
    OP_REQ_DEVLIST = 0x8005,
    OP_REP_DEVLIST = 0x0005,
    OP_REQ_IMPORT = 0x8003,
    OP_REP_IMPORT = 0x0003,
    OP_HEADER = 8,
    OP_BUSY = 2, /* somebody else has it */
    OP_NO_DEVICE = 4,
    BUSID = 32,
    PATH = 256,
    BUS = 1,
    DEVICE_ADDRESS = 2, /* of the first plug, as it is shown */
    INTERFACES_MAX = 16,
    CLASS_AT = 5 /* in an interface descriptor */
};

static void put_name(struct aw_wr *w, const char *text, size_t size)
{
    size_t n = strlen(text);

    aw_wr_put(w, (aw_bytes){(const uint8_t *)text, n});
    aw_wr_zeros(w, size - n);
}

static void put_record(struct aw_wr *w, const struct tw_usb_host *host,
                       size_t port)
{
    struct aw_usb_id id;
    char path[PATH];

    tw_usb_describe(host, port, &id);
    (void)snprintf(path, sizeof(path), "/sys/devices/twin/usb1/%s", id.path);
    put_name(w, path, PATH);
    put_name(w, id.path, BUSID);
    aw_wr_be32(w, BUS);
    aw_wr_be32(w, DEVICE_ADDRESS + (uint32_t)port);
    aw_wr_be32(w, id.speed);
    aw_wr_be16(w, id.vendor);
    aw_wr_be16(w, id.product);
    aw_wr_be16(w, id.release);
    aw_wr_u8(w, host->found.device[4]); /* class, subclass, protocol */
    aw_wr_u8(w, host->found.device[5]);
    aw_wr_u8(w, host->found.device[6]);
    aw_wr_u8(w, host->found.config_size > 5 ? host->found.config[5] : 0);
    aw_wr_u8(w, host->found.device[17]); /* number of configurations */
    aw_wr_u8(w, host->found.config_size > 4 ? host->found.config[4] : 0);
}

/* Class, subclass and protocol of each interface: as many as the
 * configuration says, zeros where it has no descriptor. */
static void put_interfaces(struct aw_wr *w, const struct tw_usb_host *host)
{
    struct aw_rd r =
        aw_rd_init((aw_bytes){host->found.config, host->found.config_size});
    uint8_t list[INTERFACES_MAX][4] = {{0}};
    uint8_t n = host->found.config_size > 4 ? host->found.config[4] : 0;

    while (aw_rd_left(&r) > 2) {
        struct aw_rd ahead = r;
        uint8_t length = aw_rd_u8(&ahead);
        aw_bytes d = aw_rd_take(&r, length < 2 ? 2 : length);

        if (d.n > CLASS_AT + 2 && d.p[1] == AW_USB_DESC_INTERFACE &&
            d.p[2] < INTERFACES_MAX) {
            memcpy(list[d.p[2]], d.p + CLASS_AT, 3);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        static const uint8_t none[4];

        aw_wr_put(w, (aw_bytes){i < INTERFACES_MAX ? list[i] : none, 4});
    }
}

static void put_header(struct aw_wr *w, uint16_t code, uint32_t status)
{
    aw_wr_be16(w, TW_USBIP_VERSION);
    aw_wr_be16(w, code);
    aw_wr_be32(w, status);
}

static void send_list(struct tw_usbip *usbip)
{
    uint8_t bytes[OP_HEADER + 4 + TW_USBIP_HOSTS * (TW_USBIP_RECORD + 4 * 256)];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    uint32_t n = 0;

    for (size_t i = 0; i < usbip->hosts; i++) {
        n += usbip->host[i]->found.present ? 1 : 0;
    }
    put_header(&w, OP_REP_DEVLIST, 0);
    aw_wr_be32(&w, n);
    for (size_t i = 0; i < usbip->hosts; i++) {
        if (usbip->host[i]->found.present) {
            put_record(&w, usbip->host[i], i);
            put_interfaces(&w, usbip->host[i]);
        }
    }
    tw_usbip_send(usbip, aw_wr_done(&w));
}

/* The plug of a bus id; hosts: none, or nothing is in it. */
static size_t find_plug(const struct tw_usbip *usbip,
                        const uint8_t busid[BUSID])
{
    size_t i = 0;

    for (; i < usbip->hosts; i++) {
        char name[BUSID] = "";

        (void)snprintf(name, sizeof(name), "1-%zu", i + 1);
        if (usbip->host[i]->found.present && memcmp(name, busid, BUSID) == 0) {
            break;
        }
    }
    return i;
}

static void import(struct tw_usbip *usbip, const uint8_t busid[BUSID])
{
    uint8_t bytes[OP_HEADER + TW_USBIP_RECORD];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    size_t i = find_plug(usbip, busid);

    if (i == usbip->hosts) {
        put_header(&w, OP_REP_IMPORT, OP_NO_DEVICE);
    } else if (usbip->owner.may != NULL &&
               !usbip->owner.may(usbip->owner.ctx, usbip->host[i])) {
        put_header(&w, OP_REP_IMPORT, OP_BUSY);
    } else {
        put_header(&w, OP_REP_IMPORT, 0);
        put_record(&w, usbip->host[i], i);
        usbip->device = usbip->host[i];
        usbip->arrival = usbip->host[i]->found.arrival;
    }
    tw_usbip_send(usbip, aw_wr_done(&w));
}

/* Bytes of the message at hand; 0: none of ours. */
static size_t op_size(const struct tw_usbip *usbip)
{
    struct aw_rd r = aw_rd_init((aw_bytes){usbip->head, OP_HEADER});

    if (usbip->n < OP_HEADER) {
        return OP_HEADER;
    }
    if (aw_rd_be16(&r) != TW_USBIP_VERSION) {
        return 0;
    }
    switch (aw_rd_be16(&r)) {
    case OP_REQ_DEVLIST:
        return OP_HEADER;
    case OP_REQ_IMPORT:
        return OP_HEADER + BUSID;
    default:
        return 0;
    }
}

size_t tw_usbip_take_op(struct tw_usbip *usbip, aw_bytes bytes)
{
    size_t left = op_size(usbip) - usbip->n;
    size_t n = left < bytes.n ? left : bytes.n;

    memcpy(usbip->head + usbip->n, bytes.p, n);
    usbip->n += n;
    size_t size = op_size(usbip);

    if (size == 0) {
        return 0;
    }
    if (usbip->n == size && size == OP_HEADER) {
        usbip->n = 0;
        send_list(usbip);
    } else if (usbip->n == size) {
        usbip->n = 0;
        import(usbip, usbip->head + OP_HEADER);
    }
    return n;
}
