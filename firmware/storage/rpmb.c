/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/rpmb.h"

#include "aw/ext_csd.h"
#include "fw/dma.h"
#include "fw/rng.h"

static DMA_ALIGNED uint8_t frame[AW_RPMB_FRAME];

static aw_err exchange(struct card *card, const struct aw_rpmb_asked *asked,
                       struct aw_diag *diag)
{
    aw_err err = card_select(card, AW_PARTITION_RPMB, diag);

    if (err != AW_OK) {
        return err;
    }
    aw_rpmb_ask_read(asked->nonce, asked->address, frame);
    err = card_rpmb_send(card, frame, false, diag);
    if (err == AW_OK) {
        err = card_rpmb_receive(card, frame, diag);
    }
    /* Whatever happened, the user area is what others want. */
    aw_err back = card_select(card, AW_PARTITION_USER, diag);

    return err == AW_OK ? back : err;
}

aw_err rpmb_read(struct card *card, const uint8_t key[AW_RPMB_KEY_SIZE],
                 uint16_t sector, uint8_t *data, struct aw_diag *diag)
{
    struct aw_rpmb_asked asked = {.address = sector, .sectors = 1};
    aw_err err = rng_fill(asked.nonce, sizeof(asked.nonce), diag);

    if (err == AW_OK) {
        err = exchange(card, &asked, diag);
    }
    return err == AW_OK ? aw_rpmb_check_read(key, &asked, frame, data, diag)
                        : err;
}
