/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/wire.h"

#include <string.h>

#include "usb/direct.h"
#include "usb/wire_priv.h"

enum {
    MS_PER_S = 1000,
    US_PER_S = 1000000,
    CONTROL_HEAD = 4 + AW_USB_SETUP,
    TRANSFER_HEAD = 4 + 1 + 4
};

static void put_le16(struct aw_wr *w, uint16_t v)
{
    aw_wr_u8(w, (uint8_t)(v & 0xffU));
    aw_wr_u8(w, (uint8_t)(v >> 8));
}

static void put_le64(struct aw_wr *w, uint64_t v)
{
    aw_wr_le32(w, (uint32_t)(v & UINT32_MAX));
    aw_wr_le32(w, (uint32_t)(v >> 32));
}

/* The body of a reply is written straight behind its header. */
static struct aw_wr reply_body(struct tw_usb_wire *wire)
{
    return aw_wr_init(wire->out + AW_USB_TWIN_REPLY, AW_USB_TWIN_BODY);
}

static bool reply(struct tw_usb_wire *wire, aw_err err, size_t done,
                  size_t size)
{
    struct aw_wr w = aw_wr_init(wire->out, AW_USB_TWIN_REPLY);

    aw_wr_le32(&w, (uint32_t)size);
    put_le16(&w, (uint16_t)(wire->type | AW_USB_TWIN_ANSWER));
    put_le16(&w, (uint16_t)err);
    put_le64(&w, tw_clock_periods(wire->clock, wire->clock->now, US_PER_S));
    aw_wr_le32(&w, (uint32_t)done);
    return tw_wire_send(wire, w.n + size);
}

static bool reply_hello(struct tw_usb_wire *wire, struct aw_rd *r)
{
    struct aw_wr w = reply_body(wire);
    bool good = aw_rd_le16(r) == AW_USB_TWIN_VERSION;

    put_le16(&w, AW_USB_TWIN_VERSION);
    if (r->failed) {
        return false;
    }
    wire->greeted = good;
    return reply(wire, good ? AW_OK : AW_ERR_PRECONDITION, 0, w.n) && good;
}

static void put_string(struct aw_wr *w, const char *text)
{
    size_t n = strlen(text);

    put_le16(w, (uint16_t)n);
    aw_wr_put(w, (aw_bytes){(const uint8_t *)text, n});
}

static void put_device(struct aw_wr *w, const struct tw_usb_host *host,
                       size_t port)
{
    struct aw_usb_id id;

    tw_usb_describe(host, port, &id);
    aw_wr_u8(w, (uint8_t)port);
    aw_wr_le32(w, id.arrival);
    put_le16(w, id.vendor);
    put_le16(w, id.product);
    put_le16(w, id.release);
    aw_wr_u8(w, id.speed);
    put_string(w, id.maker);
    put_string(w, id.model);
    put_string(w, id.serial);
}

static uint32_t changes_of(const struct tw_usb_wire *wire)
{
    uint32_t changes = 0;

    for (size_t i = 0; i < wire->hosts; i++) {
        changes += wire->host[i]->changes;
    }
    return changes;
}

static bool reply_list(struct tw_usb_wire *wire)
{
    struct aw_wr w = reply_body(wire);
    uint8_t n = 0;

    for (size_t i = 0; i < wire->hosts; i++) {
        n = (uint8_t)(n + (wire->host[i]->found.present ? 1 : 0));
    }
    aw_wr_le32(&w, changes_of(wire));
    aw_wr_u8(&w, n);
    for (size_t i = 0; i < wire->hosts; i++) {
        if (wire->host[i]->found.present) {
            put_device(&w, wire->host[i], i);
        }
    }
    return reply(wire, AW_OK, 0, w.n);
}

/* The host of a request, if the device is still the one that is meant. */
static struct tw_usb_host *host_of(const struct tw_usb_wire *wire,
                                   uint32_t arrival)
{
    struct tw_usb_host *host = NULL;

    if (wire->port < wire->hosts) {
        host = wire->host[wire->port];
    }
    if (host == NULL || !host->found.present ||
        host->found.arrival != arrival) {
        return NULL;
    }
    return host;
}

static bool reply_claim(struct tw_usb_wire *wire, struct aw_rd *r)
{
    const struct tw_usb_host *host = host_of(wire, aw_rd_le32(r));
    uint8_t interface = aw_rd_u8(r);

    if (r->failed) {
        return false;
    }
    if (host == NULL) {
        return reply(wire, AW_ERR_GONE, 0, 0);
    }
    return reply(
        wire, tw_usb_has_interface(host, interface) ? AW_OK : AW_ERR_NOT_FOUND,
        0, 0);
}

static void begin_wait(struct tw_usb_wire *wire, uint32_t timeout_ms)
{
    uint64_t until =
        wire->clock->now + tw_clock_ticks(wire->clock, timeout_ms, MS_PER_S);

    wire->pending = true;
    wire->owner.wait(wire->owner.ctx, wire, until, &wire->done);
}

static void urb_complete(void *ctx, struct tw_urb *urb)
{
    struct tw_usb_wire *wire = ctx;

    (void)urb;
    wire->done = true;
}

/* Starts a transfer whose urb is filled in but for its buffer: OUT data lie in
 * the request, IN data go behind the header of the reply. */
static bool start_urb(struct tw_usb_wire *wire, struct tw_usb_host *host,
                      uint8_t *data, uint32_t timeout_ms)
{
    if (host == NULL) {
        return reply(wire, AW_ERR_GONE, 0, 0);
    }
    wire->urb.data = data;
    wire->urb.complete = urb_complete;
    wire->urb.ctx = wire;
    wire->done = false;
    tw_usb_submit(host, &wire->urb);
    begin_wait(wire, timeout_ms);
    return true;
}

static bool start_control(struct tw_usb_wire *wire, struct aw_rd *r,
                          uint32_t timeout_ms)
{
    struct tw_usb_host *host = host_of(wire, aw_rd_le32(r));
    aw_bytes setup = aw_rd_take(r, AW_USB_SETUP);
    size_t left = aw_rd_left(r);

    if (r->failed) {
        return false;
    }
    uint16_t length = aw_usb_setup_read(setup.p).length;
    bool in = (setup.p[0] & AW_USB_IN) != 0;

    if (left != (in ? 0U : length)) {
        return false;
    }
    wire->urb = (struct tw_urb){.size = length};
    memcpy(wire->urb.setup, setup.p, AW_USB_SETUP);
    return start_urb(wire, host,
                     in ? wire->out + AW_USB_TWIN_REPLY
                        : wire->in + AW_USB_TWIN_REQUEST + CONTROL_HEAD,
                     timeout_ms);
}

static bool start_transfer(struct tw_usb_wire *wire, struct aw_rd *r,
                           uint32_t timeout_ms)
{
    struct tw_usb_host *host = host_of(wire, aw_rd_le32(r));
    uint8_t endpoint = aw_rd_u8(r);
    uint32_t size = aw_rd_le32(r);
    bool in = (endpoint & AW_USB_IN) != 0;

    if (r->failed || size > AW_USB_TWIN_DATA ||
        aw_rd_left(r) != (in ? 0 : size)) {
        return false;
    }
    if ((endpoint & 0x7fU) == 0 || (endpoint & 0x70U) != 0) {
        return reply(wire, AW_ERR_NOT_FOUND, 0, 0);
    }
    wire->urb = (struct tw_urb){.endpoint = endpoint, .size = size};
    return start_urb(wire, host,
                     in ? wire->out + AW_USB_TWIN_REPLY
                        : wire->in + AW_USB_TWIN_REQUEST + TRANSFER_HEAD,
                     timeout_ms);
}

static bool start_wait(struct tw_usb_wire *wire, struct aw_rd *r,
                       uint32_t timeout_ms)
{
    wire->changes = aw_rd_le32(r);
    if (r->failed) {
        return false;
    }
    wire->done = changes_of(wire) != wire->changes;
    begin_wait(wire, timeout_ms);
    return true;
}

/* One whole request. */
static bool handle(struct tw_usb_wire *wire, aw_bytes message)
{
    struct aw_rd r = aw_rd_init(message);

    (void)aw_rd_le32(&r);
    wire->type = aw_rd_le16(&r);
    wire->port = aw_rd_le16(&r);
    uint32_t timeout_ms = aw_rd_le32(&r);

    if (wire->owner.note != NULL) {
        wire->owner.note(wire->owner.ctx, message);
    }
    if (wire->type == AW_USB_TWIN_HELLO) {
        return reply_hello(wire, &r);
    }
    if (!wire->greeted) {
        return false;
    }
    switch (wire->type) {
    case AW_USB_TWIN_LIST:
        return reply_list(wire);
    case AW_USB_TWIN_CLAIM:
        return reply_claim(wire, &r);
    case AW_USB_TWIN_CONTROL:
        return start_control(wire, &r, timeout_ms);
    case AW_USB_TWIN_TRANSFER:
        return start_transfer(wire, &r, timeout_ms);
    case AW_USB_TWIN_WAIT:
        return start_wait(wire, &r, timeout_ms);
    default:
        return false;
    }
}

/* Bytes that the message at hand needs in all; 0: not known yet. */
static size_t wanted(const struct tw_usb_wire *wire)
{
    struct aw_rd r = aw_rd_init((aw_bytes){wire->in, wire->n});
    uint32_t size = aw_rd_le32(&r);

    return r.failed ? 0 : AW_USB_TWIN_REQUEST + (size_t)size;
}

bool tw_wire_try(struct tw_usb_wire *wire)
{
    size_t size = wanted(wire);

    if (size > sizeof(wire->in)) {
        return false;
    }
    if (size == 0 || wire->n < size || wire->n < AW_USB_TWIN_REQUEST) {
        return true;
    }
    wire->n = 0;
    return handle(wire, (aw_bytes){wire->in, size});
}

size_t tw_wire_room(const struct tw_usb_wire *wire)
{
    size_t size = wanted(wire);

    return (size < AW_USB_TWIN_REQUEST ? AW_USB_TWIN_REQUEST : size) - wire->n;
}

bool tw_usb_wire_busy(const struct tw_usb_wire *wire)
{
    return wire->pending;
}

bool tw_usb_wire_take(struct tw_usb_wire *wire, aw_bytes bytes)
{
    struct aw_rd r = aw_rd_init(bytes);

    while (aw_rd_left(&r) > 0) {
        size_t left = aw_rd_left(&r);
        size_t n = tw_wire_room(wire);

        if (wire->pending) {
            return false;
        }
        n = n < left ? n : left;
        memcpy(wire->in + wire->n, aw_rd_take(&r, n).p, n);
        wire->n += n;
        if (!tw_wire_try(wire)) {
            return false;
        }
    }
    return true;
}

bool tw_usb_wire_over(struct tw_usb_wire *wire)
{
    bool in = (wire->urb.endpoint & AW_USB_IN) != 0 ||
              (wire->urb.setup[0] & AW_USB_IN) != 0;

    if (!wire->pending) {
        return true;
    }
    wire->pending = false;
    if (wire->type == AW_USB_TWIN_WAIT) {
        return reply(wire, wire->done ? AW_OK : AW_ERR_TIMEOUT, 0, 0);
    }
    tw_usb_cancel(wire->host[wire->port], &wire->urb);
    return reply(wire, tw_usb_error(wire->urb.result), wire->urb.done,
                 in ? wire->urb.done : 0);
}

void tw_usb_wire_changed(struct tw_usb_wire *wire)
{
    if (wire->pending && wire->type == AW_USB_TWIN_WAIT &&
        changes_of(wire) != wire->changes) {
        wire->done = true;
    }
}

void tw_usb_wire_open(struct tw_usb_wire *wire, int fd, struct tw_clock *clock,
                      const struct tw_wire_owner *owner)
{
    wire->fd = fd;
    wire->clock = clock;
    wire->hosts = 0;
    wire->owner = *owner;
    wire->greeted = false;
    wire->pending = false;
    wire->done = false;
    wire->n = 0;
    wire->urb = (struct tw_urb){.result = TW_URB_DONE};
    tw_wire_limit(fd);
}

void tw_usb_wire_add(struct tw_usb_wire *wire, struct tw_usb_host *host)
{
    AW_BUG_ON(wire->hosts == TW_WIRE_PORTS);
    wire->host[wire->hosts] = host;
    wire->hosts++;
}

void tw_usb_wire_close(struct tw_usb_wire *wire)
{
    if (wire->pending) {
        wire->pending = false;
        wire->owner.forget(wire->owner.ctx, wire);
        if (wire->type != AW_USB_TWIN_WAIT) {
            tw_usb_cancel(wire->host[wire->port], &wire->urb);
        }
    }
    tw_wire_hang_up(wire);
}
