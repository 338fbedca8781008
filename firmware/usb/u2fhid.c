/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/u2fhid.h"

#include <string.h>

enum {
    FIRST = U2FHID_REPORT - 7, /* bytes of a message in its first report */
    MORE = U2FHID_REPORT - 5,
    IS_FIRST = 0x80,
    NONCE = 8,
    /* As armored-witness-os answers INIT. */
    PROTOCOL = 12,
    MAJOR = 4,
    MINOR = 2,
    BUILD = 0
};
#define BROADCAST UINT32_C(0xffffffff)

void u2fhid_init(struct u2fhid *h, u2fhid_fn *serve, void *ctx)
{
    memset(h, 0, sizeof(*h));
    h->serve = serve;
    h->ctx = ctx;
    h->next_channel = 1;
}

static void refuse(struct u2fhid *h, uint32_t channel, enum u2fhid_error error)
{
    h->has_error = true;
    h->error_channel = channel;
    h->error = (uint8_t)error;
}

static void reply(struct u2fhid *h, uint32_t channel, uint8_t command, size_t n)
{
    h->sending = true;
    h->out_channel = channel;
    h->out_command = command;
    h->out_sequence = 0;
    h->out_n = n;
    h->out_at = 0;
}

/* INIT on the broadcast channel gives a new one; on another it only forgets
 * what was under way there. */
static void serve_init(struct u2fhid *h)
{
    uint32_t given = h->channel;
    struct aw_wr w = aw_wr_init(h->out, sizeof(h->out));

    if (h->have != NONCE) {
        refuse(h, h->channel, U2FHID_BAD_LENGTH);
        return;
    }
    if (given == BROADCAST) {
        given = h->next_channel;
        h->next_channel = given == BROADCAST - 1 ? 1 : given + 1;
    }
    aw_wr_put(&w, (aw_bytes){h->in, NONCE});
    aw_wr_be32(&w, given);
    aw_wr_u8(&w, PROTOCOL);
    aw_wr_u8(&w, MAJOR);
    aw_wr_u8(&w, MINOR);
    aw_wr_u8(&w, BUILD);
    aw_wr_u8(&w, 0); /* capabilities */
    reply(h, h->channel, U2FHID_INIT, w.n);
}

static void serve(struct u2fhid *h)
{
    struct aw_wr w = aw_wr_init(h->out, sizeof(h->out));
    enum u2fhid_error error = U2FHID_BAD_COMMAND;

    h->receiving = false;
    if (h->command == U2FHID_INIT) {
        serve_init(h);
        return;
    }
    if (h->command == U2FHID_PING) {
        aw_wr_put(&w, (aw_bytes){h->in, h->have});
        error = U2FHID_OK;
    } else if (h->command >= U2FHID_VENDOR) {
        error = h->serve(h->ctx, h->command, (aw_bytes){h->in, h->have}, &w);
    }
    if (error == U2FHID_OK && w.failed) {
        error = U2FHID_OTHER;
    }
    if (error == U2FHID_OK) {
        reply(h, h->channel, h->command, w.n);
    } else {
        refuse(h, h->channel, error);
    }
}

static void take(struct u2fhid *h, aw_bytes part)
{
    size_t left = h->wanted - h->have;
    size_t n = part.n < left ? part.n : left;

    memcpy(h->in + h->have, part.p, n);
    h->have += n;
    if (h->have == h->wanted) {
        serve(h);
    }
}

/* Whether a message may begin now; says why not. INIT always may: whoever was
 * under way may be gone. */
static bool may_begin(struct u2fhid *h, uint32_t channel, uint8_t command,
                      size_t n)
{
    bool init = command == U2FHID_INIT;
    enum u2fhid_error error = U2FHID_OK;

    if (channel == 0 || (channel == BROADCAST && !init)) {
        error = U2FHID_BAD_CHANNEL;
    } else if (!init && ((h->receiving && h->channel != channel) ||
                         (h->sending && h->out_channel != channel))) {
        error = U2FHID_BUSY;
    } else if (h->receiving && !init) {
        error = U2FHID_BAD_SEQUENCE;
        h->receiving = false;
    } else if (n > U2FHID_MESSAGE_MAX) {
        error = U2FHID_BAD_LENGTH;
    }
    if (error != U2FHID_OK) {
        refuse(h, channel, error);
    }
    return error == U2FHID_OK;
}

static void receive_first(struct u2fhid *h, uint32_t channel, uint8_t command,
                          struct aw_rd *r)
{
    size_t n = aw_rd_be16(r);

    if (!may_begin(h, channel, command, n)) {
        return;
    }
    h->sending = false; /* who asks anew has given the old reply up */
    h->receiving = true;
    h->channel = channel;
    h->command = command;
    h->sequence = 0;
    h->wanted = n;
    h->have = 0;
    take(h, aw_rd_rest(r));
}

/* One without a beginning is not answered: an answer would be taken for that
 * of another request. */
static void receive_more(struct u2fhid *h, uint32_t channel, uint8_t sequence,
                         struct aw_rd *r)
{
    if (!h->receiving || h->channel != channel) {
        return;
    }
    if (sequence != h->sequence) {
        h->receiving = false;
        refuse(h, channel, U2FHID_BAD_SEQUENCE);
        return;
    }
    h->sequence++;
    take(h, aw_rd_rest(r));
}

void u2fhid_receive(struct u2fhid *h, aw_bytes report, uint64_t now_ms)
{
    struct aw_rd r = aw_rd_init(report);
    uint32_t channel = aw_rd_be32(&r);
    uint8_t kind = aw_rd_u8(&r);

    u2fhid_tick(h, now_ms);
    if (r.failed) {
        return;
    }
    if (report.n != U2FHID_REPORT) {
        refuse(h, channel, U2FHID_BAD_LENGTH);
        return;
    }
    h->last_ms = now_ms;
    if ((kind & IS_FIRST) != 0) {
        receive_first(h, channel, kind, &r);
    } else {
        receive_more(h, channel, kind, &r);
    }
}

void u2fhid_tick(struct u2fhid *h, uint64_t now_ms)
{
    if (h->receiving && now_ms - h->last_ms > U2FHID_TIMEOUT_MS) {
        h->receiving = false;
        refuse(h, h->channel, U2FHID_TIMED_OUT);
    }
}

static bool send_error(struct u2fhid *h, struct aw_wr *w)
{
    if (!h->has_error) {
        return false;
    }
    h->has_error = false;
    aw_wr_be32(w, h->error_channel);
    aw_wr_u8(w, U2FHID_ERROR);
    aw_wr_be16(w, 1);
    aw_wr_u8(w, h->error);
    return true;
}

static bool send_reply(struct u2fhid *h, struct aw_wr *w)
{
    size_t room = MORE;

    if (!h->sending) {
        return false;
    }
    aw_wr_be32(w, h->out_channel);
    if (h->out_at == 0) {
        aw_wr_u8(w, h->out_command);
        aw_wr_be16(w, (uint16_t)h->out_n);
        room = FIRST;
    } else {
        aw_wr_u8(w, h->out_sequence++);
    }
    size_t left = h->out_n - h->out_at;
    size_t n = left < room ? left : room;

    aw_wr_put(w, (aw_bytes){h->out + h->out_at, n});
    h->out_at += n;
    h->sending = h->out_at < h->out_n;
    return true;
}

bool u2fhid_send(struct u2fhid *h, uint8_t report[U2FHID_REPORT])
{
    struct aw_wr w = aw_wr_init(report, U2FHID_REPORT);

    memset(report, 0, U2FHID_REPORT);
    return send_error(h, &w) || send_reply(h, &w);
}
