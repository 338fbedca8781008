/* SPDX-License-Identifier: Apache-2.0 */
#include "card_priv.h"

/* CMD38 with TRIM erases blocks, not whole erase groups. Source: JESD84-B51,
 * 6.6.10. */
enum { CMD_ERASE_START = 35, CMD_ERASE_END = 36, CMD_ERASE = 38, TRIM = 1 };
enum { ERASE_US = 60000000, HAS_TRIM = 1 << 4, ERASES_TO_ZEROS = 0 };

#define ERASE_PROTECTED (AW_CARD_WP_VIOLATION | AW_CARD_WP_ERASE_SKIP)
#define ERASE_ERRORS                                                        \
    (AW_CARD_OUT_OF_RANGE | AW_CARD_ERASE_SEQ_ERROR | AW_CARD_ERASE_PARAM | \
     AW_CARD_CC_ERROR | AW_CARD_ERROR)

static aw_err judge(uint32_t status, struct aw_diag *diag)
{
    if ((status & ERASE_PROTECTED) != 0) {
        return aw_fail(diag, AW_ERR_REFUSED, "eMMC: write protected", status);
    }
    return (status & ERASE_ERRORS) == 0
               ? AW_OK
               : aw_fail(diag, AW_ERR_IO, "eMMC: erase", status);
}

static aw_err step(struct card *card, uint8_t index, uint32_t argument,
                   struct aw_diag *diag)
{
    aw_err err = card_command(card, index, argument, USDHC_R1, diag);

    return err == AW_OK ? judge(card->host.response[0], diag) : err;
}

bool card_erases_to_zeros(const struct card *card)
{
    return card->kind == CARD_EMMC &&
           (card->ext_csd[AW_EXT_CSD_SEC_FEATURE_SUPPORT] & HAS_TRIM) != 0 &&
           card->ext_csd[AW_EXT_CSD_ERASED_MEM_CONT] == ERASES_TO_ZEROS;
}

aw_err card_erase(struct card *card, uint32_t lba, uint32_t blocks,
                  struct aw_diag *diag)
{
    uint32_t room = card_blocks(card, card->partition);

    if (!card_erases_to_zeros(card)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "card: erase", lba);
    }
    if (lba > room || blocks > room - lba) {
        return aw_fail(diag, AW_ERR_RANGE, "card: blocks", lba);
    }
    if (blocks == 0) {
        return AW_OK;
    }
    aw_err err = step(card, CMD_ERASE_START, lba, diag);

    if (err == AW_OK) {
        err = step(card, CMD_ERASE_END, lba + blocks - 1, diag);
    }
    /* Without waiting on the line: that takes longer than other commands do,
     * and the status says the same. */
    if (err == AW_OK) {
        err = step(card, CMD_ERASE, TRIM, diag);
    }
    uint32_t told = 0;

    if (err == AW_OK) {
        err = card_wait_told(card, ERASE_US, &told, diag);
    }
    return err == AW_OK ? judge(told, diag) : err;
}
