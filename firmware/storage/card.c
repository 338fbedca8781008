/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/card.h"

#include "card_priv.h"
#include "fw/time.h"

enum { READY_US = 1000000 };

aw_err card_command(struct card *card, uint8_t index, uint32_t argument,
                    enum usdhc_response response, struct aw_diag *diag)
{
    const struct usdhc_command c = {index, argument, response};

    return usdhc_run(&card->host, &c, NULL, diag);
}

aw_err card_wait_told(struct card *card, uint32_t us, uint32_t *told,
                      struct aw_diag *diag)
{
    struct deadline d = deadline_us(us);

    for (;;) {
        aw_err err = card_command(card, CMD_STATUS, card->rca, USDHC_R1, diag);

        if (err != AW_OK) {
            return err;
        }
        uint32_t status = card->host.response[0];

        *told |= status;
        if ((status & STATUS_READY) != 0 &&
            ((status >> 9) & 0xf) == STATUS_STATE_TRAN) {
            return AW_OK;
        }
        if (deadline_passed(&d)) {
            return aw_fail(diag, AW_ERR_TIMEOUT, "card: ready", status);
        }
    }
}

aw_err card_wait(struct card *card, uint32_t us, struct aw_diag *diag)
{
    uint32_t told = 0;

    return card_wait_told(card, us, &told, diag);
}

/* Bits 127 to 8 stand shifted down by 8 in the four registers. */
aw_err card_identify(struct card *card, struct aw_diag *diag)
{
    aw_err err = card_command(card, CMD_ALL_SEND_CID, 0, USDHC_R2, diag);

    for (unsigned i = 0; i < 15 && err == AW_OK; i++) {
        unsigned bit = 8 * (14 - i);

        card->cid[i] = (uint8_t)(card->host.response[bit / 32] >> (bit % 32));
    }
    card->cid[15] = 0;
    return err;
}

aw_err card_csd(struct card *card, struct aw_diag *diag)
{
    return card_command(card, CMD_SEND_CSD, card->rca, USDHC_R2, diag);
}

aw_err card_open(struct card *card, enum card_kind kind, uint32_t base,
                 uint8_t *ext_csd, struct aw_diag *diag)
{
    *card = (struct card){.kind = kind, .ext_csd = ext_csd};
    aw_err err = usdhc_init(&card->host, base, diag);

    if (err == AW_OK) {
        err = card_command(card, CMD_GO_IDLE, 0, USDHC_NONE, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    return kind == CARD_EMMC ? emmc_open(card, diag) : sd_open(card, diag);
}

uint32_t card_blocks(const struct card *card, uint8_t partition)
{
    enum { BLOCKS_OF_MULT = 256 }; /* 128 KiB */

    switch (partition) {
    case AW_PARTITION_USER:
        return card->blocks;
    case AW_PARTITION_BOOT0:
    case AW_PARTITION_BOOT1:
        return card->kind == CARD_EMMC
                   ? (uint32_t)card->ext_csd[AW_EXT_CSD_BOOT_SIZE_MULT] *
                         BLOCKS_OF_MULT
                   : 0;
    default:
        return 0;
    }
}

/* A transfer that failed half-way leaves the card in it: it is told to stop.
 * Where it was not in one it does not answer. What else is wrong with the card
 * the next command finds out. */
static aw_err recover(struct card *card, aw_err err)
{
    bool stopped =
        card_command(card, USDHC_STOP, 0, USDHC_R1B, NULL) == AW_OK &&
        card_wait(card, READY_US, NULL) == AW_OK;
    bool slower = card->hs200 && emmc_leave_hs200(card, NULL) == AW_OK;

    (void)stopped;
    (void)slower;
    return err;
}

/* What the card said of the data, or of where they were to go. */
static aw_err judge_status(uint32_t told, struct aw_diag *diag)
{
    if ((told & AW_CARD_WP_VIOLATION) != 0) {
        return aw_fail(diag, AW_ERR_REFUSED, "card: write protected", told);
    }
    return (told & STATUS_DATA_ERRORS) == 0
               ? AW_OK
               : aw_fail(diag, AW_ERR_IO, "card: data", told);
}

/* One transfer that the controller can count. */
static aw_err move(struct card *card, uint32_t lba,
                   const struct usdhc_data *data, struct aw_diag *diag)
{
    bool many = data->blocks > 1;
    const struct usdhc_command c = {
        .index = data->write ? (many ? CMD_WRITE_MULTIPLE : CMD_WRITE)
                             : (many ? CMD_READ_MULTIPLE : CMD_READ),
        .argument = lba,
        .response = USDHC_R1,
    };
    aw_err err = card_wait(card, READY_US, diag);

    if (err == AW_OK) {
        err = usdhc_run(&card->host, &c, data, diag);
    }
    if (err != AW_OK) {
        return recover(card, err);
    }
    if ((card->host.response[0] & STATUS_ADDRESS_ERRORS) != 0) {
        return aw_fail(diag, AW_ERR_IO, "card: status", card->host.response[0]);
    }
    /* What was written is taken over only when the card is done with it. */
    uint32_t told = data->stop ? card->host.response[3] : 0;

    if (data->write) {
        err = card_wait_told(card, READY_US, &told, diag);
    }
    return err == AW_OK ? judge_status(told, diag) : err;
}

static void advance(struct usdhc_data *data)
{
    size_t n = (size_t)data->blocks * USDHC_BLOCK;

    if (data->write) {
        data->out += n;
    } else {
        data->in += n;
    }
}

static aw_err move_all(struct card *card, uint32_t lba, struct usdhc_data data,
                       struct aw_diag *diag)
{
    /* A power of two of blocks, below what a table of the controller holds. */
    enum { STEP = 32768 };
    uint32_t left = data.blocks;
    uint32_t room = card_blocks(card, card->partition);
    aw_err err = AW_OK;

    if (lba > room || left > room - lba) {
        return aw_fail(diag, AW_ERR_RANGE, "card: blocks", lba);
    }
    data.block = USDHC_BLOCK;
    while (left > 0 && err == AW_OK) {
        data.blocks = left < STEP ? left : STEP;
        data.stop = data.blocks > 1;
        err = move(card, lba, &data, diag);
        advance(&data);
        lba += data.blocks;
        left -= data.blocks;
    }
    return err;
}

aw_err card_read(struct card *card, uint32_t lba, uint8_t *bytes,
                 uint32_t blocks, struct aw_diag *diag)
{
    return move_all(card, lba,
                    (struct usdhc_data){.in = bytes, .blocks = blocks}, diag);
}

aw_err card_write(struct card *card, uint32_t lba, const uint8_t *bytes,
                  uint32_t blocks, struct aw_diag *diag)
{
    return move_all(
        card, lba,
        (struct usdhc_data){.out = bytes, .blocks = blocks, .write = true},
        diag);
}
