/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CARD_PRIV_H
#define CARD_PRIV_H

#include "aw/ext_csd.h"
#include "fw/card.h"

/* Commands that both kinds of cards share, or that only files here need. */
enum {
    CMD_GO_IDLE = 0,
    CMD_ALL_SEND_CID = 2,
    CMD_RCA = 3, /* eMMC: set by the host; SD: told by the card */
    CMD_SWITCH = 6,
    CMD_SELECT = 7,
    CMD_SEND_CSD = 9,
    CMD_STATUS = 13,
    CMD_READ = 17,
    CMD_READ_MULTIPLE = 18,
    CMD_BLOCK_COUNT = 23,
    CMD_WRITE = 24,
    CMD_WRITE_MULTIPLE = 25,
    CMD_APP = 55
};

/* Card status, response of CMD13. */
enum {
    STATUS_READY = 1 << 8,
    STATUS_SWITCH_ERROR = 1 << 7,
    STATUS_STATE_TRAN = 4
};
/* What goes wrong with data. Cleared by the response that tells it. */
#define STATUS_DATA_ERRORS \
    (AW_CARD_ECC_FAILED | AW_CARD_CC_ERROR | AW_CARD_ERROR)
#define STATUS_ADDRESS_ERRORS UINT32_C(0xfd000000)

/** Sends a command without data. */
AW_MUST_CHECK aw_err card_command(struct card *card, uint8_t index,
                                  uint32_t argument,
                                  enum usdhc_response response,
                                  struct aw_diag *diag);

/** Waits until the card is in state tran and ready for data, at most `us`. */
AW_MUST_CHECK aw_err card_wait(struct card *card, uint32_t us,
                               struct aw_diag *diag);

/** The same; `told` gathers the status of all answers on the way, because the
 *  answer that tells an error clears it. */
AW_MUST_CHECK aw_err card_wait_told(struct card *card, uint32_t us,
                                    uint32_t *told, struct aw_diag *diag);

/** CMD2 and CMD9: card->cid, and the CSD in the controller's response. */
AW_MUST_CHECK aw_err card_identify(struct card *card, struct aw_diag *diag);
AW_MUST_CHECK aw_err card_csd(struct card *card, struct aw_diag *diag);

AW_MUST_CHECK aw_err emmc_open(struct card *card, struct aw_diag *diag);
AW_MUST_CHECK aw_err sd_open(struct card *card, struct aw_diag *diag);

/** CMD6 of an eMMC: one byte of EXT_CSD. */
AW_MUST_CHECK aw_err emmc_switch(struct card *card, uint8_t index,
                                 uint8_t value, uint32_t us,
                                 struct aw_diag *diag);

/** Back to high speed, which needs no sampling point. */
AW_MUST_CHECK aw_err emmc_leave_hs200(struct card *card, struct aw_diag *diag);

#endif
