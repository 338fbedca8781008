/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/usbip.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "usb/direct.h"
#include "usb/usbip_priv.h"

/* Numbers of Linux, which the protocol has from there. */
enum {
    CMD_SUBMIT = 1,
    CMD_UNLINK = 2,
    RET_SUBMIT = 3,
    RET_UNLINK = 4,
    DIRECTION_IN = 1,
    FLAG_SHORT_NOT_OK = 0x0001,
    FLAG_ZERO_PACKET = 0x0040,
    LINUX_ENOENT = 2,
    LINUX_EPIPE = 32,
    LINUX_EPROTO = 71,
    LINUX_EOVERFLOW = 75,
    LINUX_ECONNRESET = 104,
    LINUX_ESHUTDOWN = 108,
    LINUX_EREMOTEIO = 121,
    NO_PACKETS = -1, /* number of packets of a transfer that is not iso */
    SETUP_AT = 40
};

void tw_usbip_send(struct tw_usbip *usbip, aw_bytes bytes)
{
    if (!usbip->broken && !usbip->owner.send(usbip->owner.ctx, bytes)) {
        usbip->broken = true;
    }
}

static int32_t status_of(const struct tw_usbip_urb *u)
{
    switch (u->urb.result) {
    case TW_URB_DONE:
        return u->in && u->all && u->urb.done < u->room ? -LINUX_EREMOTEIO : 0;
    case TW_URB_STALL:
        return -LINUX_EPIPE;
    case TW_URB_BABBLE:
        return -LINUX_EOVERFLOW;
    case TW_URB_GONE:
        return -LINUX_ESHUTDOWN;
    case TW_URB_NO_ENDPOINT:
        return -LINUX_ENOENT;
    default:
        return -LINUX_EPROTO;
    }
}

/* Header of an answer: what follows the four zero words is up to the kind. */
static struct aw_wr answer(uint8_t bytes[TW_USBIP_HEADER], uint32_t kind,
                           uint32_t seqnum, int32_t status)
{
    struct aw_wr w = aw_wr_init(bytes, TW_USBIP_HEADER);

    memset(bytes, 0, TW_USBIP_HEADER);
    aw_wr_be32(&w, kind);
    aw_wr_be32(&w, seqnum);
    aw_wr_zeros(&w, 12);
    aw_wr_be32(&w, (uint32_t)status);
    return w;
}

static void send_submitted(struct tw_usbip *usbip, uint32_t seqnum,
                           int32_t status, aw_bytes data, uint32_t moved)
{
    uint8_t bytes[TW_USBIP_HEADER];
    struct aw_wr w = answer(bytes, RET_SUBMIT, seqnum, status);

    aw_wr_be32(&w, moved);
    tw_usbip_send(usbip, (aw_bytes){bytes, sizeof(bytes)});
    if (data.n > 0) {
        tw_usbip_send(usbip, data);
    }
}

static void release(struct tw_usbip_urb *u)
{
    free(u->data);
    u->data = NULL;
    u->used = false;
}

static void complete(void *ctx, struct tw_urb *urb)
{
    struct tw_usbip_urb *u = ctx;
    uint32_t moved = urb->done < u->room ? (uint32_t)urb->done : u->room;
    aw_bytes data = {u->data, u->in ? moved : 0};

    if (urb->result != TW_URB_CANCELLED) {
        send_submitted(u->usbip, u->seqnum, status_of(u), data, moved);
    }
    release(u);
}

static struct tw_usbip_urb *free_urb(struct tw_usbip *usbip)
{
    for (size_t i = 0; i < TW_USBIP_PENDING; i++) {
        if (!usbip->pending[i].used) {
            return &usbip->pending[i];
        }
    }
    return NULL;
}

/* A transfer as the header has it. */
struct submit {
    uint32_t seqnum;
    bool in;
    uint8_t endpoint;
    uint32_t flags;
    uint32_t length;
    int32_t packets;
    const uint8_t *setup;
    uint16_t asked; /* length that the setup packet says */
};

static struct submit read_submit(const struct tw_usbip *usbip)
{
    struct aw_rd r = aw_rd_init((aw_bytes){usbip->head, TW_USBIP_HEADER});
    struct submit s = {.setup = usbip->head + SETUP_AT};

    (void)aw_rd_be32(&r);
    s.seqnum = aw_rd_be32(&r);
    (void)aw_rd_be32(&r); /* device: there is only one */
    s.in = aw_rd_be32(&r) == DIRECTION_IN;
    s.endpoint = (uint8_t)(aw_rd_be32(&r) & 0x0fU);
    s.flags = aw_rd_be32(&r);
    s.length = aw_rd_be32(&r);
    (void)aw_rd_be32(&r);
    s.packets = (int32_t)aw_rd_be32(&r);
    s.asked = aw_usb_setup_read(s.setup).length;
    if (s.endpoint == 0) {
        s.in = (s.setup[0] & AW_USB_IN) != 0;
    }
    return s;
}

/* The bus address is the host's own affair: Linux believes in another one. */
static bool is_set_address(const struct submit *s)
{
    return s->endpoint == 0 && s->setup[0] == 0 &&
           s->setup[1] == AW_USB_SET_ADDRESS;
}

static void start(struct tw_usbip *usbip, struct tw_usbip_urb *u,
                  const struct submit *s)
{
    *u = (struct tw_usbip_urb){
        .usbip = usbip,
        .used = true,
        .in = s->in,
        .all = (s->flags & FLAG_SHORT_NOT_OK) != 0,
        .seqnum = s->seqnum,
        .room = s->length,
        .urb = {.size = s->length,
                .complete = complete,
                .ctx = u,
                .zero_packet =
                    (s->flags & FLAG_ZERO_PACKET) != 0 && s->length > 0,
                .endpoint = (uint8_t)(s->in && s->endpoint != 0
                                          ? s->endpoint | AW_USB_IN
                                          : s->endpoint)},
    };
    memcpy(u->urb.setup, s->setup, AW_USB_SETUP);
    if (s->endpoint == 0) {
        u->urb.size = s->asked;
    }
    size_t room = u->urb.size > s->length ? u->urb.size : s->length;

    u->data = aw_alloc(room > 0 ? room : 1, 1);
    if (!s->in && s->length > 0) {
        memcpy(u->data, usbip->data, s->length);
    }
    u->urb.data = u->data;
    tw_usb_submit(usbip->device, &u->urb);
}

/* @return false: more at a time than we keep */
static bool submit(struct tw_usbip *usbip)
{
    struct submit s = read_submit(usbip);
    struct tw_usbip_urb *u = free_urb(usbip);

    if (u == NULL) {
        return false;
    }
    if (is_set_address(&s)) {
        send_submitted(usbip, s.seqnum, 0, (aw_bytes){NULL, 0}, 0);
    } else if (s.endpoint == 0 && !s.in && s.length < s.asked) {
        send_submitted(usbip, s.seqnum, -LINUX_EPIPE, (aw_bytes){NULL, 0}, 0);
    } else {
        start(usbip, u, &s);
    }
    return true;
}

/* Answered at once: the kernel waits for it. */
static void unlink_urb(struct tw_usbip *usbip)
{
    struct aw_rd r = aw_rd_at((aw_bytes){usbip->head, TW_USBIP_HEADER}, 4);
    uint8_t bytes[TW_USBIP_HEADER];
    uint32_t seqnum = aw_rd_be32(&r);

    (void)aw_rd_take(&r, 12);
    uint32_t victim = aw_rd_be32(&r);
    int32_t status = 0;

    for (size_t i = 0; i < TW_USBIP_PENDING; i++) {
        struct tw_usbip_urb *u = &usbip->pending[i];

        if (u->used && u->seqnum == victim) {
            tw_usb_cancel(usbip->device, &u->urb);
            status = -LINUX_ECONNRESET;
            break;
        }
    }
    (void)answer(bytes, RET_UNLINK, seqnum, status);
    tw_usbip_send(usbip, (aw_bytes){bytes, sizeof(bytes)});
}

/* Bytes that follow a header. @return false: a header that cannot be */
static bool look_at_head(struct tw_usbip *usbip)
{
    struct aw_rd r = aw_rd_init((aw_bytes){usbip->head, TW_USBIP_HEADER});
    uint32_t command = aw_rd_be32(&r);
    struct submit s = read_submit(usbip);

    usbip->data_n = 0;
    if (command == CMD_UNLINK) {
        return true;
    }
    if (command != CMD_SUBMIT || s.length > TW_USBIP_DATA ||
        (s.packets != 0 && s.packets != NO_PACKETS)) {
        return false;
    }
    /* The direction field says whether data follow; a control transfer whose
     * setup packet says otherwise is nonsense. */
    bool out = usbip->head[15] != DIRECTION_IN;

    if (s.length > 0 && out == s.in) {
        return false;
    }
    usbip->data_n = out ? s.length : 0;
    if (usbip->data_n > 0) {
        usbip->data = aw_alloc(usbip->data_n, 1);
    }
    return true;
}

static bool handle(struct tw_usbip *usbip)
{
    bool good = true;

    if (usbip->head[3] == CMD_UNLINK) {
        unlink_urb(usbip);
    } else {
        good = submit(usbip);
    }
    free(usbip->data);
    usbip->data = NULL;
    return good;
}

/* The message is whole. */
static size_t finish(struct tw_usbip *usbip, size_t n)
{
    usbip->n = 0;
    return handle(usbip) ? n : 0;
}

static size_t take_head(struct tw_usbip *usbip, aw_bytes bytes)
{
    size_t left = TW_USBIP_HEADER - usbip->n;
    size_t n = left < bytes.n ? left : bytes.n;

    memcpy(usbip->head + usbip->n, bytes.p, n);
    usbip->n += n;
    if (usbip->n < TW_USBIP_HEADER) {
        return n;
    }
    if (!look_at_head(usbip)) {
        return 0;
    }
    return usbip->data == NULL ? finish(usbip, n) : n;
}

/* One piece of a transfer's message. @return bytes taken; 0: nonsense */
static size_t take_piece(struct tw_usbip *usbip, aw_bytes bytes)
{
    if (usbip->data == NULL) {
        return take_head(usbip, bytes);
    }
    size_t at = usbip->n - TW_USBIP_HEADER;
    size_t left = usbip->data_n - at;
    size_t n = left < bytes.n ? left : bytes.n;

    memcpy(usbip->data + at, bytes.p, n);
    usbip->n += n;
    return n == left ? finish(usbip, n) : n;
}

bool tw_usbip_alive(const struct tw_usbip *usbip)
{
    const struct tw_usb_host *device = usbip->device;

    return !usbip->broken &&
           (device == NULL ||
            (device->found.present && device->found.arrival == usbip->arrival));
}

bool tw_usbip_waits(const struct tw_usbip *usbip)
{
    for (size_t i = 0; i < TW_USBIP_PENDING; i++) {
        if (usbip->pending[i].used) {
            return true;
        }
    }
    return false;
}

bool tw_usbip_take(struct tw_usbip *usbip, aw_bytes bytes)
{
    struct aw_rd r = aw_rd_init(bytes);

    while (tw_usbip_alive(usbip) && aw_rd_left(&r) > 0) {
        struct aw_rd ahead = r;
        aw_bytes rest = aw_rd_rest(&ahead);
        size_t n = usbip->device != NULL ? take_piece(usbip, rest)
                                         : tw_usbip_take_op(usbip, rest);

        if (n == 0) {
            usbip->broken = true;
        }
        (void)aw_rd_take(&r, n);
    }
    return tw_usbip_alive(usbip);
}

void tw_usbip_open(struct tw_usbip *usbip, const struct tw_usbip_owner *owner)
{
    memset(usbip, 0, sizeof(*usbip));
    usbip->owner = *owner;
}

void tw_usbip_add(struct tw_usbip *usbip, struct tw_usb_host *host)
{
    AW_BUG_ON(usbip->hosts == TW_USBIP_HOSTS);
    usbip->host[usbip->hosts] = host;
    usbip->hosts++;
}

void tw_usbip_close(struct tw_usbip *usbip)
{
    usbip->broken = true;
    for (size_t i = 0; i < TW_USBIP_PENDING; i++) {
        if (usbip->pending[i].used) {
            tw_usb_cancel(usbip->device, &usbip->pending[i].urb);
        }
    }
    free(usbip->data);
    usbip->data = NULL;
}
