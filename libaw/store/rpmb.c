/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/rpmb.h"

#include <string.h>

#include "aw/ct.h"
#include "aw/hmac.h"

enum {
    STUFF = AW_RPMB_MAC_AT,
    COVERED = AW_RPMB_FRAME - AW_RPMB_COVERED_AT,
    ADDRESS_MAX = 0xffff
};

void aw_rpmb_pack(const struct aw_rpmb_frame *frame, uint8_t raw[AW_RPMB_FRAME])
{
    struct aw_wr w = aw_wr_init(raw, AW_RPMB_FRAME);

    aw_wr_zeros(&w, STUFF);
    aw_wr_put(&w, (aw_bytes){frame->mac, sizeof(frame->mac)});
    aw_wr_put(&w, (aw_bytes){frame->data, sizeof(frame->data)});
    aw_wr_put(&w, (aw_bytes){frame->nonce, sizeof(frame->nonce)});
    aw_wr_be32(&w, frame->counter);
    aw_wr_be16(&w, frame->address);
    aw_wr_be16(&w, frame->blocks);
    aw_wr_be16(&w, frame->result);
    aw_wr_be16(&w, frame->type);
    AW_BUG_ON(w.failed || w.n != AW_RPMB_FRAME);
}

static void take(struct aw_rd *r, uint8_t *to, size_t n)
{
    aw_bytes b = aw_rd_take(r, n);

    AW_BUG_ON(b.n != n);
    memcpy(to, b.p, n);
}

void aw_rpmb_unpack(const uint8_t raw[AW_RPMB_FRAME],
                    struct aw_rpmb_frame *frame)
{
    struct aw_rd r = aw_rd_at((aw_bytes){raw, AW_RPMB_FRAME}, AW_RPMB_MAC_AT);

    take(&r, frame->mac, sizeof(frame->mac));
    take(&r, frame->data, sizeof(frame->data));
    take(&r, frame->nonce, sizeof(frame->nonce));
    frame->counter = aw_rd_be32(&r);
    frame->address = aw_rd_be16(&r);
    frame->blocks = aw_rd_be16(&r);
    frame->result = aw_rd_be16(&r);
    frame->type = aw_rd_be16(&r);
}

void aw_rpmb_mac(const uint8_t key[AW_RPMB_KEY_SIZE], const uint8_t *frames,
                 size_t n, uint8_t mac[AW_RPMB_MAC_SIZE])
{
    struct aw_hmac h;

    aw_hmac_init(&h, (aw_bytes){key, AW_RPMB_KEY_SIZE});
    for (size_t i = 0; i < n; i++) {
        const uint8_t *covered =
            &frames[i * AW_RPMB_FRAME + AW_RPMB_COVERED_AT];

        aw_hmac_update(&h, (aw_bytes){covered, COVERED});
    }
    aw_hmac_final(&h, mac);
}

void aw_rpmb_ask_key(const uint8_t key[AW_RPMB_KEY_SIZE],
                     uint8_t raw[AW_RPMB_FRAME])
{
    struct aw_rpmb_frame frame = {.type = AW_RPMB_PROGRAM_KEY};

    memcpy(frame.mac, key, sizeof(frame.mac));
    aw_rpmb_pack(&frame, raw);
    aw_wipe(&frame, sizeof(frame));
}

void aw_rpmb_ask_counter(const uint8_t nonce[AW_RPMB_NONCE_SIZE],
                         uint8_t raw[AW_RPMB_FRAME])
{
    struct aw_rpmb_frame frame = {.type = AW_RPMB_READ_COUNTER};

    memcpy(frame.nonce, nonce, sizeof(frame.nonce));
    aw_rpmb_pack(&frame, raw);
}

void aw_rpmb_ask_result(uint8_t raw[AW_RPMB_FRAME])
{
    const struct aw_rpmb_frame frame = {.type = AW_RPMB_READ_RESULT};

    aw_rpmb_pack(&frame, raw);
}

void aw_rpmb_ask_read(const uint8_t nonce[AW_RPMB_NONCE_SIZE], uint16_t address,
                      uint8_t raw[AW_RPMB_FRAME])
{
    struct aw_rpmb_frame frame = {.type = AW_RPMB_READ, .address = address};

    memcpy(frame.nonce, nonce, sizeof(frame.nonce));
    aw_rpmb_pack(&frame, raw);
}

aw_err aw_rpmb_ask_write(const uint8_t key[AW_RPMB_KEY_SIZE], uint32_t counter,
                         uint16_t address, aw_bytes data, uint8_t *frames)
{
    size_t n = data.n / AW_RPMB_SECTOR;

    if (n == 0 || data.n % AW_RPMB_SECTOR != 0 ||
        n > (size_t)(ADDRESS_MAX - address) + 1 || n > UINT16_MAX) {
        return AW_ERR_RANGE;
    }
    struct aw_rpmb_frame frame = {.counter = counter,
                                  .address = address,
                                  .blocks = (uint16_t)n,
                                  .type = AW_RPMB_WRITE};
    struct aw_rd r = aw_rd_init(data);

    for (size_t i = 0; i < n; i++) {
        take(&r, frame.data, sizeof(frame.data));
        aw_rpmb_pack(&frame, &frames[i * AW_RPMB_FRAME]);
    }
    aw_rpmb_mac(key, frames, n, frame.mac);
    aw_rpmb_pack(&frame, &frames[(n - 1) * AW_RPMB_FRAME]);
    return AW_OK;
}

static aw_err check_head(const struct aw_rpmb_frame *frame,
                         enum aw_rpmb_request request, struct aw_diag *diag)
{
    if (frame->type != request << 8) {
        return aw_fail(diag, AW_ERR_FORMAT, "rpmb: response type", frame->type);
    }
    if ((frame->result & ~AW_RPMB_EXPIRED) == AW_RPMB_NO_KEY) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "rpmb: no key", 0);
    }
    /* A counter that has expired forbids writing, not reading. */
    if (frame->result != AW_RPMB_OK &&
        (frame->result != AW_RPMB_EXPIRED || request == AW_RPMB_PROGRAM_KEY)) {
        return aw_fail(diag, AW_ERR_IO, "rpmb: result", frame->result);
    }
    return AW_OK;
}

static aw_err check_mac(const uint8_t key[AW_RPMB_KEY_SIZE],
                        const uint8_t *frames, size_t n, struct aw_diag *diag)
{
    const uint8_t *last = &frames[(n - 1) * AW_RPMB_FRAME];
    uint8_t mac[AW_RPMB_MAC_SIZE];

    aw_rpmb_mac(key, frames, n, mac);
    if (!aw_ct_equal(mac, &last[AW_RPMB_MAC_AT], sizeof(mac))) {
        return aw_fail(diag, AW_ERR_SIG, "rpmb: MAC", 0);
    }
    return AW_OK;
}

aw_err aw_rpmb_check_key(const uint8_t raw[AW_RPMB_FRAME], struct aw_diag *diag)
{
    struct aw_rpmb_frame frame;

    aw_rpmb_unpack(raw, &frame);
    return check_head(&frame, AW_RPMB_PROGRAM_KEY, diag);
}

aw_err aw_rpmb_check_counter(const uint8_t key[AW_RPMB_KEY_SIZE],
                             const uint8_t nonce[AW_RPMB_NONCE_SIZE],
                             const uint8_t raw[AW_RPMB_FRAME],
                             uint32_t *counter, struct aw_diag *diag)
{
    struct aw_rpmb_frame frame;

    aw_rpmb_unpack(raw, &frame);
    aw_err err = check_head(&frame, AW_RPMB_READ_COUNTER, diag);

    if (err == AW_OK) {
        err = check_mac(key, raw, 1, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (!aw_ct_equal(frame.nonce, nonce, AW_RPMB_NONCE_SIZE)) {
        return aw_fail(diag, AW_ERR_SIG, "rpmb: nonce", 0);
    }
    *counter = frame.counter;
    return AW_OK;
}

aw_err aw_rpmb_check_write(const uint8_t key[AW_RPMB_KEY_SIZE],
                           uint32_t counter, uint16_t address,
                           const uint8_t raw[AW_RPMB_FRAME],
                           struct aw_diag *diag)
{
    struct aw_rpmb_frame frame;

    aw_rpmb_unpack(raw, &frame);
    aw_err err = check_head(&frame, AW_RPMB_WRITE, diag);

    if (err == AW_OK) {
        err = check_mac(key, raw, 1, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (frame.address != address) {
        return aw_fail(diag, AW_ERR_SIG, "rpmb: address", frame.address);
    }
    if (counter == UINT32_MAX || frame.counter != counter + 1) {
        return aw_fail(diag, AW_ERR_SIG, "rpmb: counter", frame.counter);
    }
    return AW_OK;
}

static aw_err check_frame(const struct aw_rpmb_frame *frame,
                          const struct aw_rpmb_asked *asked,
                          struct aw_diag *diag)
{
    aw_err err = check_head(frame, AW_RPMB_READ, diag);

    if (err != AW_OK) {
        return err;
    }
    if (!aw_ct_equal(frame->nonce, asked->nonce, sizeof(asked->nonce))) {
        return aw_fail(diag, AW_ERR_SIG, "rpmb: nonce", 0);
    }
    if (frame->address != asked->address) {
        return aw_fail(diag, AW_ERR_SIG, "rpmb: address", frame->address);
    }
    if (frame->blocks != asked->sectors) {
        return aw_fail(diag, AW_ERR_SIG, "rpmb: block count", frame->blocks);
    }
    return AW_OK;
}

aw_err aw_rpmb_check_read(const uint8_t key[AW_RPMB_KEY_SIZE],
                          const struct aw_rpmb_asked *asked,
                          const uint8_t *frames, uint8_t *data,
                          struct aw_diag *diag)
{
    struct aw_rpmb_frame frame;

    AW_BUG_ON(asked->sectors == 0);
    for (size_t i = 0; i < asked->sectors; i++) {
        aw_rpmb_unpack(&frames[i * AW_RPMB_FRAME], &frame);
        aw_err err = check_frame(&frame, asked, diag);

        if (err != AW_OK) {
            return err;
        }
    }
    aw_err err = check_mac(key, frames, asked->sectors, diag);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < asked->sectors; i++) {
        memcpy(&data[i * AW_RPMB_SECTOR],
               &frames[i * AW_RPMB_FRAME + AW_RPMB_COVERED_AT], AW_RPMB_SECTOR);
    }
    return AW_OK;
}
