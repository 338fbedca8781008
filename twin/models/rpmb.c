/* SPDX-License-Identifier: Apache-2.0 */
#include "models/rpmb.h"

#include <string.h>

#include "aw/ct.h"
#include "aw/hmac.h"

/* Fields of a frame, JESD84-B51 table 18; not taken from aw/rpmb.h, so that
 * the device and its users cannot share a mistake. */
enum {
    KEY_MAC = 196,
    DATA = 228,
    NONCE = 484,
    WRITE_COUNTER = 500,
    ADDRESS = 504,
    BLOCK_COUNT = 506,
    RESULT = 508,
    REQ_RESP = 510,
    KEY_BYTES = 32,
    NONCE_BYTES = 16
};

enum request {
    PROGRAM_KEY = 1,
    READ_COUNTER = 2,
    WRITE_DATA = 3,
    READ_DATA = 4,
    READ_RESULT = 5
};

enum result {
    OK = 0,
    GENERAL_FAILURE = 1,
    AUTHENTICATION_FAILURE = 2,
    COUNTER_FAILURE = 3,
    ADDRESS_FAILURE = 4,
    WRITE_FAILURE = 5,
    READ_FAILURE = 6,
    NO_KEY = 7,
    EXPIRED = 0x80
};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, (uint16_t)(v >> 16));
    put16(p + 2, (uint16_t)v);
}

void tw_rpmb_init(struct tw_rpmb *rpmb, struct tw_nvm *nvm, struct tw_cut *cut)
{
    memset(rpmb, 0, sizeof(*rpmb));
    rpmb->nvm = nvm;
    rpmb->cut = cut;
}

void tw_rpmb_reset(struct tw_rpmb *rpmb)
{
    rpmb->expected = 0;
    rpmb->received = 0;
    rpmb->reliable = false;
    rpmb->request = 0;
    rpmb->result = OK;
    rpmb->answered = 0;
    rpmb->address = 0;
    rpmb->counter = 0;
    rpmb->sent = 0;
    memset(rpmb->nonce, 0, sizeof(rpmb->nonce));
}

void tw_rpmb_begin_write(struct tw_rpmb *rpmb, uint32_t frames, bool reliable)
{
    rpmb->expected = frames;
    rpmb->received = 0;
    rpmb->reliable = reliable;
    rpmb->request = 0;
}

static bool expired(const struct tw_rpmb *rpmb)
{
    return rpmb->nvm->record.counter == UINT32_MAX;
}

static void conclude(struct tw_rpmb *rpmb, enum request request,
                     enum result result)
{
    rpmb->answered = (uint16_t)request;
    rpmb->result = (uint16_t)result;
    rpmb->counter = rpmb->nvm->record.counter;
}

/* Makes a change of what is kept, unless power goes with it. */
static bool keep(struct tw_rpmb *rpmb, const struct tw_nvm_record *record,
                 const uint8_t *data, uint32_t sectors)
{
    bool ok = true;

    if (tw_cut_whole(rpmb->cut)) {
        rpmb->nvm->record = *record;
        ok = tw_nvm_commit(rpmb->nvm, rpmb->address, data, sectors);
    }
    return tw_cut_wrote(rpmb->cut) && ok;
}

static bool program_key(struct tw_rpmb *rpmb)
{
    struct tw_nvm_record record = rpmb->nvm->record;

    if (rpmb->expected != 1 || !rpmb->reliable) {
        conclude(rpmb, PROGRAM_KEY, GENERAL_FAILURE);
        return true;
    }
    if (record.has_key) {
        conclude(rpmb, PROGRAM_KEY, WRITE_FAILURE);
        return true;
    }
    memcpy(record.key, &rpmb->frames[KEY_MAC], sizeof(record.key));
    record.has_key = true;
    rpmb->address = 0;
    bool ok = keep(rpmb, &record, NULL, 0);

    conclude(rpmb, PROGRAM_KEY, ok ? OK : WRITE_FAILURE);
    return ok;
}

/* Authentication of n frames: everything after key and MAC of each, in order,
 * under the one key. */
static void authenticate(const struct tw_rpmb *rpmb, const uint8_t *frames,
                         uint32_t n, struct aw_hmac *h)
{
    aw_hmac_init(h, (aw_bytes){rpmb->nvm->record.key, KEY_BYTES});
    for (uint32_t i = 0; i < n; i++) {
        aw_hmac_update(h, (aw_bytes){&frames[(size_t)i * TW_BLOCK + DATA],
                                     TW_BLOCK - DATA});
    }
}

/* Every frame of a request repeats the fields of the first. */
static bool consistent(const struct tw_rpmb *rpmb)
{
    for (uint32_t i = 1; i < rpmb->expected; i++) {
        if (memcmp(&rpmb->frames[(size_t)i * TW_BLOCK + WRITE_COUNTER],
                   &rpmb->frames[WRITE_COUNTER],
                   TW_BLOCK - WRITE_COUNTER) != 0) {
            return false;
        }
    }
    return true;
}

static bool good_length(const struct tw_rpmb *rpmb)
{
    uint32_t n = rpmb->expected;

    return get16(&rpmb->frames[BLOCK_COUNT]) == n &&
           (n == 1 || n == 2 || (rpmb->large_writes && n == TW_RPMB_WRITE_MAX));
}

/* What the device says to a write before it makes it, in the order in which
 * the standard checks. */
static enum result judge_write(const struct tw_rpmb *rpmb)
{
    const struct tw_nvm_record *record = &rpmb->nvm->record;
    uint32_t n = rpmb->expected;
    uint32_t address = get16(&rpmb->frames[ADDRESS]);
    uint8_t mac[AW_HMAC_SIZE];
    struct aw_hmac h;

    if (!record->has_key) {
        return NO_KEY;
    }
    if (!rpmb->reliable || !good_length(rpmb) || !consistent(rpmb)) {
        return GENERAL_FAILURE;
    }
    if (expired(rpmb)) {
        return WRITE_FAILURE;
    }
    if (address + n > record->sectors) {
        return ADDRESS_FAILURE;
    }
    authenticate(rpmb, rpmb->frames, n, &h);
    aw_hmac_final(&h, mac);
    if (!aw_ct_equal(mac, &rpmb->frames[(size_t)(n - 1) * TW_BLOCK + KEY_MAC],
                     sizeof(mac))) {
        return AUTHENTICATION_FAILURE;
    }
    return get32(&rpmb->frames[WRITE_COUNTER]) == record->counter
               ? OK
               : COUNTER_FAILURE;
}

static bool write_data(struct tw_rpmb *rpmb)
{
    struct tw_nvm_record record = rpmb->nvm->record;
    uint8_t data[TW_RPMB_WRITE_MAX * TW_NVM_SECTOR];
    enum result result = judge_write(rpmb);
    bool ok = true;

    rpmb->address = get16(&rpmb->frames[ADDRESS]);
    if (result == OK) {
        for (uint32_t i = 0; i < rpmb->expected; i++) {
            memcpy(&data[(size_t)i * TW_NVM_SECTOR],
                   &rpmb->frames[(size_t)i * TW_BLOCK + DATA], TW_NVM_SECTOR);
        }
        record.counter++;
        ok = keep(rpmb, &record, data, rpmb->expected);
        result = ok ? OK : WRITE_FAILURE;
    }
    conclude(rpmb, WRITE_DATA, result);
    return ok;
}

static bool execute(struct tw_rpmb *rpmb)
{
    uint16_t request = get16(&rpmb->frames[REQ_RESP]);

    if (request != READ_RESULT) {
        conclude(rpmb, (enum request)request, GENERAL_FAILURE);
    }
    if (rpmb->expected > TW_RPMB_WRITE_MAX) {
        return true;
    }
    switch (request) {
    case PROGRAM_KEY:
        return program_key(rpmb);
    case WRITE_DATA:
        return write_data(rpmb);
    case READ_COUNTER:
    case READ_DATA:
    case READ_RESULT:
        if (rpmb->expected == 1) {
            rpmb->request = request;
            memcpy(rpmb->nonce, &rpmb->frames[NONCE], sizeof(rpmb->nonce));
        }
        if (request == READ_DATA) {
            rpmb->address = get16(&rpmb->frames[ADDRESS]);
        }
        return true;
    default:
        return true;
    }
}

bool tw_rpmb_write(struct tw_rpmb *rpmb, const uint8_t frame[TW_BLOCK])
{
    if (rpmb->received < TW_RPMB_WRITE_MAX) {
        memcpy(&rpmb->frames[(size_t)rpmb->received * TW_BLOCK], frame,
               TW_BLOCK);
    }
    rpmb->received++;
    if (rpmb->expected == 0) {
        conclude(rpmb, (enum request)get16(&frame[REQ_RESP]), GENERAL_FAILURE);
        return true;
    }
    return rpmb->received != rpmb->expected || execute(rpmb);
}

void tw_rpmb_begin_read(struct tw_rpmb *rpmb, uint32_t frames)
{
    rpmb->expected = frames;
    rpmb->sent = 0;
}

static enum result judge_read(const struct tw_rpmb *rpmb)
{
    if (!rpmb->nvm->record.has_key) {
        return NO_KEY;
    }
    if (rpmb->expected == 0 ||
        (rpmb->request == READ_COUNTER && rpmb->expected != 1)) {
        return GENERAL_FAILURE;
    }
    if (rpmb->request == READ_DATA &&
        rpmb->address + rpmb->expected > rpmb->nvm->record.sectors) {
        return ADDRESS_FAILURE;
    }
    return OK;
}

static void put_result(const struct tw_rpmb *rpmb, uint8_t *frame,
                       enum result result, uint16_t request)
{
    put16(&frame[RESULT],
          (uint16_t)(result | (expired(rpmb) ? (unsigned)EXPIRED : 0U)));
    put16(&frame[REQ_RESP], (uint16_t)(request << 8));
}

/* Frame i of the answer, without MAC. */
static enum result answer(const struct tw_rpmb *rpmb, uint32_t i,
                          uint8_t frame[TW_BLOCK])
{
    enum result result = judge_read(rpmb);

    memset(frame, 0, TW_BLOCK);
    switch (rpmb->request) {
    case READ_COUNTER:
        memcpy(&frame[NONCE], rpmb->nonce, NONCE_BYTES);
        put32(&frame[WRITE_COUNTER], rpmb->nvm->record.counter);
        break;
    case READ_DATA:
        if (result == OK &&
            !tw_nvm_read(rpmb->nvm, rpmb->address + i, &frame[DATA])) {
            result = READ_FAILURE;
        }
        memcpy(&frame[NONCE], rpmb->nonce, NONCE_BYTES);
        put16(&frame[ADDRESS], rpmb->address);
        put16(&frame[BLOCK_COUNT], (uint16_t)rpmb->expected);
        break;
    case READ_RESULT:
        result = rpmb->expected == 1 && rpmb->answered != 0
                     ? (enum result)rpmb->result
                     : GENERAL_FAILURE;
        put32(&frame[WRITE_COUNTER], rpmb->counter);
        put16(&frame[ADDRESS],
              rpmb->answered == WRITE_DATA ? rpmb->address : 0);
        put_result(rpmb, frame, result, rpmb->answered);
        return result;
    default:
        /* No request before: the answer to the last one, which failed. */
        put_result(rpmb, frame, GENERAL_FAILURE, rpmb->answered);
        return GENERAL_FAILURE;
    }
    put_result(rpmb, frame, result, rpmb->request);
    return result;
}

/* The last frame carries the MAC over all of them; a key has no MAC yet that
 * could vouch for it. */
static void sign(const struct tw_rpmb *rpmb, uint8_t last[TW_BLOCK])
{
    uint8_t frame[TW_BLOCK];
    struct aw_hmac h;

    if (!rpmb->nvm->record.has_key || get16(&last[REQ_RESP]) < 2 << 8) {
        return;
    }
    authenticate(rpmb, last, 0, &h);
    for (uint32_t i = 0; i + 1 < rpmb->expected; i++) {
        (void)answer(rpmb, i, frame);
        aw_hmac_update(&h, (aw_bytes){&frame[DATA], TW_BLOCK - DATA});
    }
    aw_hmac_update(&h, (aw_bytes){&last[DATA], TW_BLOCK - DATA});
    aw_hmac_final(&h, &last[KEY_MAC]);
}

bool tw_rpmb_read(struct tw_rpmb *rpmb, uint8_t frame[TW_BLOCK])
{
    bool ok = answer(rpmb, rpmb->sent, frame) != READ_FAILURE;

    rpmb->sent++;
    if (rpmb->sent == rpmb->expected) {
        sign(rpmb, frame);
        rpmb->request = 0; /* answered */
    }
    return ok;
}

void tw_rpmb_save(const struct tw_rpmb *rpmb, struct tw_saver *to)
{
    tw_save_bytes(to, rpmb->frames, sizeof(rpmb->frames));
    tw_save_u32(to, rpmb->expected);
    tw_save_u32(to, rpmb->received);
    tw_save_u8(to, rpmb->reliable ? 1 : 0);
    tw_save_u16(to, rpmb->request);
    tw_save_u16(to, rpmb->result);
    tw_save_u16(to, rpmb->answered);
    tw_save_u16(to, rpmb->address);
    tw_save_u32(to, rpmb->counter);
    tw_save_bytes(to, rpmb->nonce, sizeof(rpmb->nonce));
    tw_save_u32(to, rpmb->sent);
}

bool tw_rpmb_load(struct tw_rpmb *rpmb, struct tw_loader *from)
{
    (void)tw_load_bytes(from, rpmb->frames, sizeof(rpmb->frames));
    rpmb->expected = tw_load_u32(from);
    rpmb->received = tw_load_u32(from);
    rpmb->reliable = tw_load_u8(from) != 0;
    rpmb->request = tw_load_u16(from);
    rpmb->result = tw_load_u16(from);
    rpmb->answered = tw_load_u16(from);
    rpmb->address = tw_load_u16(from);
    rpmb->counter = tw_load_u32(from);
    (void)tw_load_bytes(from, rpmb->nonce, sizeof(rpmb->nonce));
    rpmb->sent = tw_load_u32(from);
    return !from->failed;
}
