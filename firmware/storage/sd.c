/* SPDX-License-Identifier: Apache-2.0 */
#include "card_priv.h"
#include "fw/time.h"

enum { CMD_SEND_IF_COND = 8, ACMD_BUS_WIDTH = 6, ACMD_OP_COND = 41 };
enum {
    IF_COND = 0x1aa, /* 3.3 V, pattern that the card gives back */
    OPEN_US = 1000000,
    BUS_4 = 2
};
#define OCR_WANTED UINT32_C(0x40ff8000) /* sector addresses, 2.7 to 3.6 V */
#define OCR_READY  UINT32_C(0x80000000)
#define OCR_SECTOR UINT32_C(0x40000000)
#define HIGH_SPEED UINT32_C(0x80fffff1) /* set function 1 of group 1 */

static aw_err app_command(struct card *card, uint8_t index, uint32_t argument,
                          enum usdhc_response response, struct aw_diag *diag)
{
    aw_err err = card_command(card, CMD_APP, card->rca, USDHC_R1, diag);

    return err == AW_OK ? card_command(card, index, argument, response, diag)
                        : err;
}

static aw_err power_up(struct card *card, struct aw_diag *diag)
{
    struct deadline d = deadline_us(OPEN_US);
    uint32_t ocr = 0;

    do {
        aw_err err =
            app_command(card, ACMD_OP_COND, OCR_WANTED, USDHC_R3, diag);

        if (err != AW_OK) {
            return aw_fail(diag, AW_ERR_NOT_FOUND, "SD: none", 0);
        }
        ocr = card->host.response[0];
        if ((ocr & OCR_READY) == 0) {
            time_sleep_us(1000);
        }
    } while ((ocr & OCR_READY) == 0 && !deadline_passed(&d));
    if ((ocr & OCR_READY) == 0) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "SD: power up", ocr);
    }
    return (ocr & OCR_SECTOR) != 0
               ? AW_OK
               : aw_fail(diag, AW_ERR_UNSUPPORTED, "SD: byte addresses", ocr);
}

/* C_SIZE of a CSD of version 2, bits 69 to 48: the registers hold all of it
 * shifted down by 8. */
static uint32_t blocks_of_csd(const uint32_t csd[4])
{
    uint32_t size = (csd[1] >> 8) & 0x3fffff;

    return (size + 1) * 1024;
}

/* High speed, where the card has it: the answer is 64 bytes of status. */
static aw_err speed_up(struct card *card, struct aw_diag *diag)
{
    enum { STATUS_SIZE = 64, FUNCTION_AT = 16 };
    const struct usdhc_command c = {CMD_SWITCH, HIGH_SPEED, USDHC_R1};
    const struct usdhc_data data = {
        .in = card->ext_csd, .block = STATUS_SIZE, .blocks = 1};
    aw_err err = usdhc_run(&card->host, &c, &data, diag);

    if (err != AW_OK || (card->ext_csd[FUNCTION_AT] & 0xf) != 1) {
        return err;
    }
    return usdhc_set_speed(&card->host, USDHC_HIGH, diag);
}

static aw_err start(struct card *card, struct aw_diag *diag)
{
    aw_err err = card_command(card, CMD_RCA, 0, USDHC_R1, diag);

    if (err == AW_OK) {
        card->rca = card->host.response[0] & UINT32_C(0xffff0000);
        err = card_csd(card, diag);
    }
    if (err == AW_OK) {
        card->blocks = blocks_of_csd(card->host.response);
        err = usdhc_set_speed(&card->host, USDHC_DEFAULT, diag);
    }
    if (err == AW_OK) {
        err = card_command(card, CMD_SELECT, card->rca, USDHC_R1B, diag);
    }
    if (err == AW_OK) {
        err = app_command(card, ACMD_BUS_WIDTH, BUS_4, USDHC_R1, diag);
    }
    return err;
}

aw_err sd_open(struct card *card, struct aw_diag *diag)
{
    aw_err err = card_command(card, CMD_SEND_IF_COND, IF_COND, USDHC_R1, diag);

    if (err != AW_OK || (card->host.response[0] & 0xfff) != IF_COND) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "SD: none", 0);
    }
    err = power_up(card, diag);
    if (err == AW_OK) {
        err = card_identify(card, diag);
    }
    if (err == AW_OK) {
        err = start(card, diag);
    }
    if (err == AW_OK) {
        usdhc_set_width(&card->host, USDHC_4_BIT);
        err = speed_up(card, diag);
    }
    return err;
}
