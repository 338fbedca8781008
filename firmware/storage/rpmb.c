/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/rpmb.h"

#include "aw/ct.h"
#include "aw/ext_csd.h"
#include "fw/rng.h"
#include "fw/scratch.h"

/* Of the request, then of its answer. */
static uint8_t *the_frame(void)
{
    return scratch()->frame;
}

/* Whatever happened, the user area is what others want. */
static aw_err leave(struct card *card, aw_err err, struct aw_diag *diag)
{
    aw_err back = card_select(card, AW_PARTITION_USER, diag);

    return err == AW_OK ? back : err;
}

/* The request in frame, and its answer there. */
static aw_err exchange(struct card *card, struct aw_diag *diag)
{
    uint8_t *frame = the_frame();
    aw_err err = card_select(card, AW_PARTITION_RPMB, diag);

    if (err != AW_OK) {
        return err;
    }
    err = card_rpmb_send(card, frame, false, diag);
    if (err == AW_OK) {
        err = card_rpmb_receive(card, frame, diag);
    }
    return leave(card, err, diag);
}

/* A request that changes something, and what became of it. */
static aw_err change(struct card *card, struct aw_diag *diag)
{
    uint8_t *frame = the_frame();
    aw_err err = card_select(card, AW_PARTITION_RPMB, diag);

    if (err != AW_OK) {
        return err;
    }
    err = card_rpmb_send(card, frame, true, diag);
    aw_wipe(frame, AW_RPMB_FRAME); /* it may hold the key */
    if (err == AW_OK) {
        aw_rpmb_ask_result(frame);
        err = card_rpmb_send(card, frame, false, diag);
    }
    if (err == AW_OK) {
        err = card_rpmb_receive(card, frame, diag);
    }
    return leave(card, err, diag);
}

aw_err rpmb_read(struct card *card, const uint8_t key[AW_RPMB_KEY_SIZE],
                 uint16_t sector, uint8_t *data, struct aw_diag *diag)
{
    uint8_t *frame = the_frame();
    struct aw_rpmb_asked asked = {.address = sector, .sectors = 1};
    aw_err err = rng_fill(asked.nonce, sizeof(asked.nonce), diag);

    if (err == AW_OK) {
        aw_rpmb_ask_read(asked.nonce, asked.address, frame);
        err = exchange(card, diag);
    }
    return err == AW_OK ? aw_rpmb_check_read(key, &asked, frame, data, diag)
                        : err;
}

aw_err rpmb_counter(struct card *card, const uint8_t key[AW_RPMB_KEY_SIZE],
                    uint32_t *counter, struct aw_diag *diag)
{
    uint8_t *frame = the_frame();
    uint8_t nonce[AW_RPMB_NONCE_SIZE];
    aw_err err = rng_fill(nonce, sizeof(nonce), diag);

    if (err == AW_OK) {
        aw_rpmb_ask_counter(nonce, frame);
        err = exchange(card, diag);
    }
    return err == AW_OK
               ? aw_rpmb_check_counter(key, nonce, frame, counter, diag)
               : err;
}

aw_err rpmb_program_key(struct card *card, const uint8_t key[AW_RPMB_KEY_SIZE],
                        struct aw_diag *diag)
{
    uint8_t *frame = the_frame();

    aw_rpmb_ask_key(key, frame);
    aw_err err = change(card, diag);

    return err == AW_OK ? aw_rpmb_check_key(frame, diag) : err;
}

aw_err rpmb_write(struct card *card, const uint8_t key[AW_RPMB_KEY_SIZE],
                  uint16_t sector, const uint8_t data[AW_RPMB_SECTOR],
                  uint32_t *counter, struct aw_diag *diag)
{
    uint8_t *frame = the_frame();
    uint32_t before = 0;
    aw_err err = rpmb_counter(card, key, &before, diag);

    if (err == AW_OK) {
        err = aw_rpmb_ask_write(key, before, sector,
                                (aw_bytes){data, AW_RPMB_SECTOR}, frame);
    }
    if (err == AW_OK) {
        err = change(card, diag);
    }
    if (err == AW_OK) {
        err = aw_rpmb_check_write(key, before, sector, frame, diag);
    }
    if (err == AW_OK && counter != NULL) {
        *counter = before + 1;
    }
    return err;
}
