/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_CARD_H
#define FW_CARD_H

#include "aw/ext_csd.h"
#include "fw/usdhc.h"

/*
 * An eMMC or SD card behind a uSDHC. Sources: JESD84-B51; SD Specifications,
 * Physical Layer 7.10. Blocks are 512 bytes; cards that address bytes are
 * refused, none of the boards has one.
 */
enum card_kind { CARD_EMMC, CARD_SD };

struct card {
    struct usdhc host;
    enum card_kind kind;
    uint32_t rca;      /* in the upper half, as arguments want it */
    uint32_t blocks;   /* of the user area */
    uint8_t cid[16];   /* most significant byte first; the last one is 0 */
    uint8_t *ext_csd;  /* of an eMMC, as read by card_open: 512 bytes */
    uint8_t partition; /* whose blocks are read and written now */
    bool hs200;        /* until a transfer fails */
};

/**
 * Finds and starts the card: high speed, 8 bits (eMMC) or 4 (SD).
 *
 * @param ext_csd  512 bytes on a cache line, kept by the card; for an SD card
 *                 memory for its registers
 *
 * @return AW_OK; AW_ERR_NOT_FOUND without a card of that kind;
 *         AW_ERR_UNSUPPORTED for one that addresses bytes; AW_ERR_IO,
 *         AW_ERR_TIMEOUT.
 */
AW_MUST_CHECK aw_err card_open(struct card *card, enum card_kind kind,
                               uint32_t base, uint8_t *ext_csd,
                               struct aw_diag *diag);

/**
 * 132 MHz instead of 49.5, after card_open. For boards that supply the card's
 * lines with 1.8 V: it is not asked of the board, and none of those known says
 * so. A transfer that fails brings high speed back.
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for a card without HS200; AW_ERR_IO,
 *         AW_ERR_TIMEOUT: the card is at high speed, as before.
 */
AW_MUST_CHECK aw_err card_hs200(struct card *card, struct aw_diag *diag);

/**
 * Reads or writes blocks; a transfer of any length is cut as the controller
 * needs it.
 *
 * @param bytes  begins on a cache line
 *
 * @return AW_OK; AW_ERR_RANGE if the blocks do not lie on the card;
 *         AW_ERR_REFUSED if they are write protected; AW_ERR_IO,
 *         AW_ERR_TIMEOUT: on a write, blocks before the failure are written.
 */
AW_MUST_CHECK aw_err card_read(struct card *card, uint32_t lba, uint8_t *bytes,
                               uint32_t blocks, struct aw_diag *diag);
AW_MUST_CHECK aw_err card_write(struct card *card, uint32_t lba,
                                const uint8_t *bytes, uint32_t blocks,
                                struct aw_diag *diag);

/** Everything written so far survives a loss of power. */
AW_MUST_CHECK aw_err card_flush(struct card *card, struct aw_diag *diag);

/** True when card_erase works, and what it erases reads as zeros. */
bool card_erases_to_zeros(const struct card *card);

/**
 * Makes blocks read as zeros without writing them: takes much less time.
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED where card_erases_to_zeros is false;
 *         AW_ERR_RANGE; AW_ERR_REFUSED where blocks are write protected;
 *         AW_ERR_IO, AW_ERR_TIMEOUT.
 */
AW_MUST_CHECK aw_err card_erase(struct card *card, uint32_t lba,
                                uint32_t blocks, struct aw_diag *diag);

/** Blocks of a partition: AW_PARTITION_USER, BOOT0, BOOT1. */
uint32_t card_blocks(const struct card *card, uint8_t partition);

/**
 * Turns to another partition of an eMMC. The bits that say where the ROM boots
 * from stay as they are.
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for an SD card; as card_read.
 */
AW_MUST_CHECK aw_err card_select(struct card *card, uint8_t partition,
                                 struct aw_diag *diag);

/**
 * One frame to or from the RPMB; the card has to be turned to it.
 *
 * @param frame     512 bytes on a cache line
 * @param reliable  for key programming and data writes
 */
AW_MUST_CHECK aw_err card_rpmb_send(struct card *card, uint8_t *frame,
                                    bool reliable, struct aw_diag *diag);
AW_MUST_CHECK aw_err card_rpmb_receive(struct card *card, uint8_t *frame,
                                       struct aw_diag *diag);

#endif
