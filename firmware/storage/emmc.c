/* SPDX-License-Identifier: Apache-2.0 */
#include "card_priv.h"
#include "fw/time.h"

enum { CMD_SEND_OP_COND = 1, CMD_SEND_EXT_CSD = 8 };

/* Sector mode, 2.7 to 3.6 V; ready and mode bits of the answer. */
#define OCR_WANTED UINT32_C(0x40ff8000)
#define OCR_READY  UINT32_C(0x80000000)
#define OCR_SECTOR UINT32_C(0x40000000)

enum {
    OPEN_US = 1000000,
    SWITCH_US = 500000,
    FLUSH_US = 10000000,
    RCA = 2 << 16, /* any but 0; the host chooses */
    SWITCH_WRITE = 3 << 24,
    TIMING_HIGH_SPEED = 1,
    WIDTH_8 = 2,
    DEVICE_HIGH_SPEED = 3 /* 26 or 52 MHz */
};

aw_err emmc_switch(struct card *card, uint8_t index, uint8_t value, uint32_t us,
                   struct aw_diag *diag)
{
    uint32_t argument =
        SWITCH_WRITE | (uint32_t)index << 16 | (uint32_t)value << 8;
    uint32_t told = 0;
    aw_err err = card_command(card, CMD_SWITCH, argument, USDHC_R1B, diag);

    if (err == AW_OK) {
        err = card_wait_told(card, us, &told, diag);
    }
    if (err == AW_OK && (told & STATUS_SWITCH_ERROR) != 0) {
        err = aw_fail(diag, AW_ERR_IO, "eMMC: switch", index);
    }
    return err;
}

/* CMD1 until the card has powered up. */
static aw_err power_up(struct card *card, struct aw_diag *diag)
{
    struct deadline d = deadline_us(OPEN_US);
    uint32_t ocr = 0;

    do {
        aw_err err =
            card_command(card, CMD_SEND_OP_COND, OCR_WANTED, USDHC_R3, diag);

        if (err != AW_OK) {
            return aw_fail(diag, AW_ERR_NOT_FOUND, "eMMC: none", 0);
        }
        ocr = card->host.response[0];
        if ((ocr & OCR_READY) == 0) {
            time_sleep_us(1000);
        }
    } while ((ocr & OCR_READY) == 0 && !deadline_passed(&d));
    if ((ocr & OCR_READY) == 0) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "eMMC: power up", ocr);
    }
    return (ocr & OCR_SECTOR) != 0
               ? AW_OK
               : aw_fail(diag, AW_ERR_UNSUPPORTED, "eMMC: byte addresses", ocr);
}

static aw_err read_ext_csd(struct card *card, struct aw_diag *diag)
{
    const struct usdhc_command c = {CMD_SEND_EXT_CSD, 0, USDHC_R1};
    const struct usdhc_data data = {
        .in = card->ext_csd, .block = AW_EXT_CSD_SIZE, .blocks = 1};
    aw_err err = card_wait(card, OPEN_US, diag);

    return err == AW_OK ? usdhc_run(&card->host, &c, &data, diag) : err;
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* Eight bits and high speed, each where the card has it. */
static aw_err speed_up(struct card *card, struct aw_diag *diag)
{
    uint8_t type = card->ext_csd[AW_EXT_CSD_DEVICE_TYPE];
    aw_err err =
        emmc_switch(card, AW_EXT_CSD_BUS_WIDTH, WIDTH_8, SWITCH_US, diag);

    if (err != AW_OK) {
        return err;
    }
    usdhc_set_width(&card->host, USDHC_8_BIT);
    if ((type & DEVICE_HIGH_SPEED) == 0) {
        return AW_OK;
    }
    err = emmc_switch(card, AW_EXT_CSD_HS_TIMING, TIMING_HIGH_SPEED, SWITCH_US,
                      diag);
    return err == AW_OK ? usdhc_set_speed(&card->host, USDHC_HIGH, diag) : err;
}

aw_err emmc_open(struct card *card, struct aw_diag *diag)
{
    aw_err err = power_up(card, diag);

    if (err == AW_OK) {
        err = card_identify(card, diag);
    }
    if (err == AW_OK) {
        card->rca = RCA;
        err = card_command(card, CMD_RCA, RCA, USDHC_R1, diag);
    }
    if (err == AW_OK) {
        err = usdhc_set_speed(&card->host, USDHC_DEFAULT, diag);
    }
    if (err == AW_OK) {
        err = card_command(card, CMD_SELECT, card->rca, USDHC_R1, diag);
    }
    if (err == AW_OK) {
        err = read_ext_csd(card, diag);
    }
    if (err == AW_OK) {
        card->blocks = le32(card->ext_csd + AW_EXT_CSD_SEC_COUNT);
        err = speed_up(card, diag);
    }
    return err;
}

aw_err card_select(struct card *card, uint8_t partition, struct aw_diag *diag)
{
    if (card->kind != CARD_EMMC) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "card: partition", partition);
    }
    uint8_t config = card->ext_csd[AW_EXT_CSD_PARTITION_CONFIG];

    config = (uint8_t)((config & ~(unsigned)AW_PARTITION_ACCESS) | partition);
    aw_err err =
        emmc_switch(card, AW_EXT_CSD_PARTITION_CONFIG, config, SWITCH_US, diag);

    if (err == AW_OK) {
        card->partition = partition;
    }
    return err;
}

aw_err card_flush(struct card *card, struct aw_diag *diag)
{
    if (card->kind != CARD_EMMC ||
        (card->ext_csd[AW_EXT_CSD_CACHE_CTRL] & 1) == 0) {
        return AW_OK; /* a write is done when the card is ready again */
    }
    return emmc_switch(card, AW_EXT_CSD_FLUSH_CACHE, 1, FLUSH_US, diag);
}

static aw_err rpmb_move(struct card *card, const struct usdhc_data *data,
                        bool reliable, struct aw_diag *diag)
{
    const struct usdhc_command c = {
        data->write ? CMD_WRITE_MULTIPLE : CMD_READ_MULTIPLE, 0, USDHC_R1};
    uint32_t count = 1U | (reliable ? UINT32_C(1) << 31 : 0);
    aw_err err = card_wait(card, OPEN_US, diag);

    if (err == AW_OK) {
        err = card_command(card, CMD_BLOCK_COUNT, count, USDHC_R1, diag);
    }
    if (err == AW_OK) {
        err = usdhc_run(&card->host, &c, data, diag);
    }
    return err == AW_OK ? card_wait(card, OPEN_US, diag) : err;
}

aw_err card_rpmb_send(struct card *card, uint8_t *frame, bool reliable,
                      struct aw_diag *diag)
{
    return rpmb_move(
        card,
        &(struct usdhc_data){
            .out = frame, .block = USDHC_BLOCK, .blocks = 1, .write = true},
        reliable, diag);
}

aw_err card_rpmb_receive(struct card *card, uint8_t *frame,
                         struct aw_diag *diag)
{
    return rpmb_move(
        card,
        &(struct usdhc_data){.in = frame, .block = USDHC_BLOCK, .blocks = 1},
        false, diag);
}
