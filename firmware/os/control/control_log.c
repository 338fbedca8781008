/* SPDX-License-Identifier: Apache-2.0 */
/* Logs for the host: a snapshot at the first request, as a gzip stream
 * (RFC 1952) of stored blocks (RFC 1951, 3.2.4), in pieces. */
#include <string.h>

#include "aw/bootstate.h"
#include "aw/control.h"
#include "fw/ring.h"
#include "os/control/control.h"
#include "os/log/crash_card.h"

enum {
    LOG_MAX = 1 << 20,
    HEADER = 10,
    BLOCK = 65535,
    BLOCK_HEADER = 5,
    BLOCKS = LOG_MAX / BLOCK + 1,
    TRAILER = 8,
    STREAM_MAX = HEADER + LOG_MAX + BLOCKS * BLOCK_HEADER + TRAILER
};

static uint8_t plain[LOG_MAX];
static uint8_t stream[STREAM_MAX];

static void put_le16(struct aw_wr *w, size_t v)
{
    aw_wr_u8(w, (uint8_t)v);
    aw_wr_u8(w, (uint8_t)(v >> 8));
}

static void put_block(struct aw_wr *w, aw_bytes part, bool last)
{
    aw_wr_u8(w, last ? 1 : 0);
    put_le16(w, part.n);
    put_le16(w, ~part.n);
    aw_wr_put(w, part);
}

/* @return bytes of the stream */
static size_t pack(aw_bytes log)
{
    static const uint8_t header[HEADER] = {0x1f, 0x8b, 8, 0, 0,
                                           0,    0,    0, 0, 0xff};
    struct aw_wr w = aw_wr_init(stream, sizeof(stream));
    struct aw_rd r = aw_rd_init(log);

    aw_wr_put(&w, (aw_bytes){header, sizeof(header)});
    do {
        size_t left = aw_rd_left(&r);
        size_t n = left < BLOCK ? left : (size_t)BLOCK;

        put_block(&w, aw_rd_take(&r, n), n == left);
    } while (aw_rd_left(&r) > 0);
    aw_wr_le32(&w, aw_crc32(log));
    aw_wr_le32(&w, (uint32_t)log.n);
    AW_BUG_ON(w.failed);
    return w.n;
}

static aw_bytes console(struct os *os)
{
    (void)os;
    return (aw_bytes){plain, ring_copy(plain, sizeof(plain))};
}

static enum u2fhid_error serve(struct control *control, aw_bytes request,
                               struct aw_wr *reply,
                               aw_bytes (*log)(struct os *os))
{
    static struct aw_ctl_log piece;
    bool goes_on = false;

    if (aw_ctl_log_request_read(request, &goes_on) != AW_OK) {
        control_respond(reply, "malformed request");
        return U2FHID_OK;
    }
    if (!goes_on) {
        control->log_n = pack(log(control->os));
        control->log_at = 0;
    }
    size_t left = control->log_n - control->log_at;

    piece.n = left < CONTROL_PIECE ? left : (size_t)CONTROL_PIECE;
    piece.more = piece.n < left;
    memcpy(piece.payload, stream + control->log_at, piece.n);
    control->log_at += piece.n;
    aw_ctl_log_write(&piece, reply);
    return U2FHID_OK;
}

enum u2fhid_error control_console_log(struct control *control, aw_bytes request,
                                      struct aw_wr *reply)
{
    return serve(control, request, reply, console);
}

enum u2fhid_error control_crash_log(struct control *control, aw_bytes request,
                                    struct aw_wr *reply)
{
    return serve(control, request, reply, crash_newest);
}
