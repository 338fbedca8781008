/* SPDX-License-Identifier: Apache-2.0 */
/* Framing. */
#include "aw/sdp/control.h"

#include <string.h>

enum {
    ENDPOINT_OUT = 0x03,
    ENDPOINT_IN = 0x83,
    INTERFACE = 0,
    REPORT = AW_CONTROL_REPORT,
    FIRST = REPORT - 7, /* bytes of a message in its first report */
    MORE = REPORT - 5,
    IS_FIRST = 0x80,
    PING = 0x81,
    INIT = 0x86,
    FAULT = 0xbf,
    INIT_SIZE = 17,
    BAD_COMMAND = 1,
    REST_MS = 1000, /* between the reports of an answer */
    FOREIGN = 32,   /* reports for others that are let pass */
    STALE = 160,    /* before an answer to INIT: a whole message and more */
    BUSY = 6,
    TRIES = 4 /* while another program's message is under way */
};
#define BROADCAST UINT32_C(0xffffffff)

/* One report of a message. */
struct report {
    uint32_t channel;
    uint8_t kind; /* command, or sequence */
    aw_bytes rest;
    uint8_t bytes[REPORT];
};

static aw_err put_report(struct aw_control *c, uint8_t report[REPORT],
                         struct aw_diag *diag)
{
    size_t n = 0;
    aw_err err = c->usb.transfer(c->usb.ctx, ENDPOINT_OUT, report, REPORT, &n,
                                 c->timeout_ms);

    if (err == AW_OK && n != REPORT) {
        err = AW_ERR_IO;
    }
    return err == AW_OK ? AW_OK : aw_fail(diag, err, "control: report", n);
}

static aw_err get_report(struct aw_control *c, uint32_t timeout_ms,
                         struct report *r, struct aw_diag *diag)
{
    size_t n = 0;
    aw_err err = c->usb.transfer(c->usb.ctx, ENDPOINT_IN, r->bytes, REPORT, &n,
                                 timeout_ms);

    if (err != AW_OK) {
        return aw_fail(diag, err == AW_ERR_SPACE ? AW_ERR_FORMAT : err,
                       "control: answer", n);
    }
    if (n != REPORT) {
        return aw_fail(diag, AW_ERR_FORMAT, "control: size of a report", n);
    }
    struct aw_rd in = aw_rd_init((aw_bytes){r->bytes, REPORT});

    r->channel = aw_rd_be32(&in);
    r->kind = aw_rd_u8(&in);
    r->rest = aw_rd_rest(&in);
    return AW_OK;
}

static aw_err send(struct aw_control *c, uint32_t channel, uint8_t command,
                   aw_bytes message, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(message);
    uint8_t sequence = 0;
    aw_err err = AW_OK;
    bool first = true;

    while (err == AW_OK && (first || aw_rd_left(&r) > 0)) {
        uint8_t report[REPORT] = {0};
        struct aw_wr w = aw_wr_init(report, sizeof(report));
        size_t room = first ? FIRST : MORE;
        size_t left = aw_rd_left(&r);

        aw_wr_be32(&w, channel);
        if (first) {
            aw_wr_u8(&w, command);
            aw_wr_be16(&w, (uint16_t)message.n);
        } else {
            aw_wr_u8(&w, sequence++);
        }
        aw_wr_put(&w, aw_rd_take(&r, left < room ? left : room));
        err = put_report(c, report, diag);
        first = false;
    }
    return err;
}

/* The first report of an answer on our channel; others are not ours. */
static aw_err get_first(struct aw_control *c, struct report *r,
                        struct aw_diag *diag)
{
    for (unsigned i = 0; i < FOREIGN; i++) {
        aw_err err = get_report(c, c->timeout_ms, r, diag);

        if (err != AW_OK) {
            return err;
        }
        if (r->channel == c->channel && (r->kind & IS_FIRST) != 0) {
            return AW_OK;
        }
    }
    return aw_fail(diag, AW_ERR_FORMAT, "control: no answer among reports",
                   FOREIGN);
}

static aw_err refused(struct aw_control *c, aw_bytes rest, size_t n,
                      struct aw_diag *diag)
{
    c->reason[0] = '\0';
    c->fault = n == 1 ? rest.p[0] : 0;
    if (c->fault == 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "control: error message", n);
    }
    return aw_fail(diag, AW_ERR_REFUSED, "control: error", c->fault);
}

/* The next report of an answer; others are not ours. */
static aw_err get_next(struct aw_control *c, uint8_t sequence, struct report *r,
                       struct aw_diag *diag)
{
    for (unsigned i = 0; i < FOREIGN; i++) {
        aw_err err = get_report(c, REST_MS, r, diag);

        if (err != AW_OK) {
            return err;
        }
        if (r->channel == c->channel) {
            return r->kind == sequence ? AW_OK
                                       : aw_fail(diag, AW_ERR_FORMAT,
                                                 "control: sequence", r->kind);
        }
    }
    return aw_fail(diag, AW_ERR_FORMAT, "control: no rest among reports",
                   FOREIGN);
}

/* What follows the first report, up to n bytes in all. */
static aw_err get_rest(struct aw_control *c, struct report *r, size_t n,
                       struct aw_wr *reply, struct aw_diag *diag)
{
    size_t have = n < FIRST ? n : (size_t)FIRST;
    uint8_t sequence = 0;

    aw_wr_put(reply, (aw_bytes){r->rest.p + 2, have});
    while (have < n) {
        size_t part = n - have < MORE ? n - have : (size_t)MORE;
        aw_err err = get_next(c, sequence++, r, diag);

        if (err != AW_OK) {
            return err;
        }
        aw_wr_put(reply, (aw_bytes){r->rest.p, part});
        have += part;
    }
    return AW_OK;
}

static aw_err receive(struct aw_control *c, uint8_t command,
                      struct aw_wr *reply, struct aw_diag *diag)
{
    struct report r;
    aw_err err = get_first(c, &r, diag);

    if (err != AW_OK) {
        return err;
    }
    struct aw_rd in = aw_rd_init(r.rest);
    size_t n = aw_rd_be16(&in);

    if (r.kind == FAULT) {
        return refused(c, aw_rd_rest(&in), n, diag);
    }
    if (r.kind != command) {
        return aw_fail(diag, AW_ERR_FORMAT, "control: command", r.kind);
    }
    if (n > AW_CTL_MESSAGE_MAX) {
        return aw_fail(diag, AW_ERR_FORMAT, "control: length", n);
    }
    if (n > reply->cap - reply->n) {
        return aw_fail(diag, AW_ERR_SPACE, "control: length", n);
    }
    return get_rest(c, &r, n, reply, diag);
}

/* Until another program's message is over, or given up. */
static void wait_quiet(struct aw_control *c)
{
    struct report r;
    aw_err err = AW_OK;

    for (unsigned i = 0; i < STALE && err == AW_OK; i++) {
        err = get_report(c, REST_MS, &r, NULL);
    }
}

aw_err aw_control_call(struct aw_control *c, uint8_t command, aw_bytes request,
                       struct aw_wr *reply, struct aw_diag *diag)
{
    size_t before = reply->n;
    aw_err err = AW_ERR_REFUSED;

    if (request.n > AW_CTL_MESSAGE_MAX || reply->failed) {
        return aw_fail(diag, AW_ERR_SPACE, "control: request", request.n);
    }
    c->fault = BUSY;
    for (unsigned i = 0; i < TRIES && err == AW_ERR_REFUSED && c->fault == BUSY;
         i++) {
        if (i > 0) {
            wait_quiet(c);
        }
        err = send(c, c->channel, command, request, diag);
        if (err == AW_OK) {
            err = receive(c, command, reply, diag);
        }
    }
    if (err != AW_OK) {
        reply->n = before;
    }
    return err;
}

/* A channel from an answer to INIT with our nonce. */
static bool take_channel(const struct report *r, const uint8_t *nonce,
                         uint32_t *channel)
{
    struct aw_rd in = aw_rd_init(r->rest);
    size_t n = aw_rd_be16(&in);
    aw_bytes echo = aw_rd_take(&in, AW_CONTROL_NONCE);
    uint32_t given = aw_rd_be32(&in);

    if (r->channel != BROADCAST || r->kind != INIT || n < INIT_SIZE ||
        memcmp(echo.p, nonce, AW_CONTROL_NONCE) != 0 || given == 0 ||
        given == BROADCAST) {
        return false;
    }
    *channel = given;
    return true;
}

static bool is_busy(const struct report *r)
{
    struct aw_rd in = aw_rd_init(r->rest);

    return r->channel == BROADCAST && r->kind == FAULT &&
           aw_rd_be16(&in) == 1 && aw_rd_u8(&in) == BUSY;
}

/* One INIT; AW_ERR_AMBIGUOUS: the device is busy. Reports of an earlier
 * program may still be on their way. */
static aw_err ask_channel(struct aw_control *c, const uint8_t *nonce,
                          struct aw_diag *diag)
{
    const aw_bytes asked = {nonce, AW_CONTROL_NONCE};
    aw_err err = send(c, BROADCAST, INIT, asked, diag);

    for (unsigned i = 0; err == AW_OK && i < STALE; i++) {
        struct report r;

        err = get_report(c, c->timeout_ms, &r, diag);
        if (err == AW_OK && take_channel(&r, nonce, &c->channel)) {
            return AW_OK;
        }
        if (err == AW_OK && is_busy(&r)) {
            return AW_ERR_AMBIGUOUS;
        }
    }
    return err == AW_OK ? aw_fail(diag, AW_ERR_FORMAT, "control: INIT", STALE)
                        : err;
}

aw_err aw_control_open(struct aw_control *c, const struct aw_usb_device *usb,
                       uint32_t timeout_ms,
                       const uint8_t nonce[AW_CONTROL_NONCE],
                       struct aw_diag *diag)
{
    *c = (struct aw_control){
        .usb = *usb, .timeout_ms = timeout_ms, .channel = BROADCAST};
    aw_err err = usb->claim(usb->ctx, INTERFACE, diag);

    if (err != AW_OK) {
        return err;
    }
    err = ask_channel(c, nonce, diag);
    for (unsigned i = 1; err == AW_ERR_AMBIGUOUS && i < TRIES; i++) {
        wait_quiet(c);
        err = ask_channel(c, nonce, diag);
    }
    if (err != AW_ERR_AMBIGUOUS) {
        return err;
    }
    c->fault = BUSY;
    return aw_fail(diag, AW_ERR_REFUSED, "control: INIT", BUSY);
}

aw_err aw_control_ping(struct aw_control *c, aw_bytes bytes,
                       struct aw_diag *diag)
{
    uint8_t back[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(back, sizeof(back));
    aw_err err = aw_control_call(c, PING, bytes, &w, diag);

    if (err == AW_OK && !aw_bytes_equal(aw_wr_done(&w), bytes)) {
        err = aw_fail(diag, AW_ERR_FORMAT, "control: ping", w.n);
    }
    return err;
}

const char *aw_control_fault_text(uint8_t fault)
{
    switch (fault) {
    case BAD_COMMAND:
        return "it does not know the command";
    case 2:
        return "it does not take the parameter";
    case 3:
        return "it does not take a message of this length";
    case 4:
        return "reports of the message were lost";
    case 5:
        return "the message took too long";
    case 6:
        return "it is busy with another program";
    case 10:
        return "it wants to be locked first";
    case 11:
        return "it does not know the channel";
    default:
        return "it met an error of its own";
    }
}
