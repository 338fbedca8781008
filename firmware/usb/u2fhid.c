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

/* Where nobody reads, the oldest gives way: the host that asked it is the least
 * likely to wait still. */
static void put_short(struct u2fhid *h, const struct u2fhid_short *brief)
{
    if (h->n_short == U2FHID_SHORT) {
        h->n_short--;
        memmove(h->brief, h->brief + 1, h->n_short * sizeof(*brief));
    }
    h->brief[h->n_short++] = *brief;
}

static void refuse(struct u2fhid *h, uint32_t channel, enum u2fhid_error error)
{
    put_short(h, &(struct u2fhid_short){.channel = channel,
                                        .command = U2FHID_ERROR,
                                        .n = 1,
                                        .bytes = {(uint8_t)error}});
}

static void reply(struct u2fhid *h, uint32_t channel, uint8_t command, size_t n)
{
    h->sending = true;
    h->timed = false;
    h->out_channel = channel;
    h->out_command = command;
    h->out_sequence = 0;
    h->out_n = n;
    h->out_at = 0;
}

/* A reply that its reader has left is not waited for. */
static void forget_unread(struct u2fhid *h, uint32_t channel)
{
    if (h->sending && h->out_channel != channel && h->timed &&
        h->now_ms - h->out_ms > U2FHID_TIMEOUT_MS) {
        h->sending = false;
        refuse(h, h->out_channel, U2FHID_TIMED_OUT);
    }
}

/* A channel begins anew; the others go on. */
static void resync(struct u2fhid *h, uint32_t channel)
{
    size_t kept = 0;

    if (h->channel == channel) {
        h->receiving = false;
    }
    if (h->out_channel == channel) {
        h->sending = false;
    }
    for (size_t i = 0; i < h->n_short; i++) {
        if (h->brief[i].channel != channel) {
            h->brief[kept++] = h->brief[i];
        }
    }
    h->n_short = kept;
}

/* INIT on the broadcast channel gives a new one; on another it only forgets
 * what was under way there. */
static void serve_init(struct u2fhid *h, uint32_t channel, size_t n,
                       struct aw_rd *r)
{
    uint32_t given = channel;
    struct u2fhid_short brief = {.channel = channel, .command = U2FHID_INIT};
    struct aw_wr w = aw_wr_init(brief.bytes, sizeof(brief.bytes));

    if (channel == 0 || n != NONCE) {
        refuse(h, channel,
               channel == 0 ? U2FHID_BAD_CHANNEL : U2FHID_BAD_LENGTH);
        return;
    }
    forget_unread(h, channel);
    if (channel == BROADCAST) {
        given = h->next_channel;
        h->next_channel = given == BROADCAST - 1 ? 1 : given + 1;
    } else {
        resync(h, channel);
    }
    aw_wr_put(&w, aw_rd_take(r, NONCE));
    aw_wr_be32(&w, given);
    aw_wr_u8(&w, PROTOCOL);
    aw_wr_u8(&w, MAJOR);
    aw_wr_u8(&w, MINOR);
    aw_wr_u8(&w, BUILD);
    aw_wr_u8(&w, 0); /* capabilities */
    brief.n = (uint8_t)w.n;
    put_short(h, &brief);
}

static void serve(struct u2fhid *h)
{
    struct aw_wr w = aw_wr_init(h->out, sizeof(h->out));
    enum u2fhid_error error = U2FHID_BAD_COMMAND;

    h->receiving = false;
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

/* Whether a message may begin now; says why not. */
static bool may_begin(struct u2fhid *h, uint32_t channel, size_t n)
{
    enum u2fhid_error error = U2FHID_OK;

    forget_unread(h, channel);
    if (channel == 0 || channel == BROADCAST) {
        error = U2FHID_BAD_CHANNEL;
    } else if ((h->receiving && h->channel != channel) ||
               (h->sending && h->out_channel != channel)) {
        error = U2FHID_BUSY;
    } else if (h->receiving) {
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

    if (command == U2FHID_INIT) {
        serve_init(h, channel, n, r);
        return;
    }
    if (!may_begin(h, channel, n)) {
        return;
    }
    h->sending = false; /* who asks anew has given the old reply up */
    h->receiving = true;
    h->channel = channel;
    h->command = command;
    h->sequence = 0;
    h->wanted = n;
    h->have = 0;
    h->last_ms = h->now_ms;
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
    h->last_ms = h->now_ms;
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
    if ((kind & IS_FIRST) != 0) {
        receive_first(h, channel, kind, &r);
    } else {
        receive_more(h, channel, kind, &r);
    }
}

void u2fhid_tick(struct u2fhid *h, uint64_t now_ms)
{
    h->now_ms = now_ms;
    if (h->sending && !h->timed) {
        h->timed = true;
        h->out_ms = now_ms;
    }
    if (h->receiving && now_ms - h->last_ms > U2FHID_TIMEOUT_MS) {
        h->receiving = false;
        refuse(h, h->channel, U2FHID_TIMED_OUT);
    }
}

static bool send_short(struct u2fhid *h, struct aw_wr *w)
{
    const struct u2fhid_short brief = h->brief[0];

    if (h->n_short == 0) {
        return false;
    }
    h->n_short--;
    memmove(h->brief, h->brief + 1, h->n_short * sizeof(brief));
    aw_wr_be32(w, brief.channel);
    aw_wr_u8(w, brief.command);
    aw_wr_be16(w, brief.n);
    aw_wr_put(w, (aw_bytes){brief.bytes, brief.n});
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
    h->timed = false;
    h->sending = h->out_at < h->out_n;
    return true;
}

bool u2fhid_send(struct u2fhid *h, uint8_t report[U2FHID_REPORT])
{
    struct aw_wr w = aw_wr_init(report, U2FHID_REPORT);

    memset(report, 0, U2FHID_REPORT);
    return send_short(h, &w) || send_reply(h, &w);
}
