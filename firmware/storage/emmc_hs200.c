/* SPDX-License-Identifier: Apache-2.0 */
/* 132 MHz on eight lines of 1.8 V: JESD84-B51, 6.6.2.2. */
#include "card_priv.h"
#include "fw/time.h"

enum {
    CMD_SEND_PATTERN = 21,
    PATTERN = 128, /* bytes, on eight lines */
    SWITCH_US = 500000
};

aw_err emmc_leave_hs200(struct card *card, struct aw_diag *diag)
{
    card->hs200 = false;
    usdhc_forget_tuning(&card->host);
    aw_err err = usdhc_set_speed(&card->host, USDHC_HIGH, diag);

    if (err == AW_OK) {
        err = emmc_switch(card, AW_EXT_CSD_HS_TIMING, AW_TIMING_HS, SWITCH_US,
                          diag);
    }
    return err;
}

aw_err card_hs200(struct card *card, struct aw_diag *diag)
{
    if (card->kind != CARD_EMMC ||
        (card->ext_csd[AW_EXT_CSD_DEVICE_TYPE] & AW_DEVICE_HS200) == 0) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "eMMC: HS200", 0);
    }
    usdhc_low_voltage(&card->host);
    aw_err err = emmc_switch(card, AW_EXT_CSD_HS_TIMING, AW_TIMING_HS200,
                             SWITCH_US, diag);

    if (err == AW_OK) {
        err = usdhc_set_speed(&card->host, USDHC_HS200, diag);
    }
    if (err == AW_OK) {
        err = usdhc_tune(&card->host, CMD_SEND_PATTERN, PATTERN, diag);
    }
    if (err == AW_OK) {
        card->hs200 = true;
        return AW_OK;
    }
    /* What is wrong at 132 MHz may be right at 49.5. */
    return emmc_leave_hs200(card, NULL) == AW_OK ? err : AW_ERR_IO;
}
