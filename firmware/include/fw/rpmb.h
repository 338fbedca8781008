/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_RPMB_H
#define FW_RPMB_H

#include "aw/rpmb.h"
#include "fw/card.h"

/* Sectors of the RPMB that the firmware uses: armored-witness-os,
 * trusted_os/rpmb.go. */
enum {
    RPMB_DUMMY = 0, /* written once a boot */
    RPMB_OS_VERSION = 1,
    RPMB_APPLET_VERSION = 2,
    RPMB_APPLET_DATA = 3,
    RPMB_IDENTITY = 4 /* ours: number of the witness key */
};

/**
 * Reads a sector, and proves that it is what the card holds now.
 *
 * @param data  AW_RPMB_SECTOR bytes; untouched on failure
 *
 * @return AW_OK; AW_ERR_PRECONDITION if the card says that it has no key,
 *         which nobody signed; errors of rng_fill, card_select,
 *         card_rpmb_send, aw_rpmb_check_read.
 */
AW_MUST_CHECK aw_err rpmb_read(struct card *card,
                               const uint8_t key[AW_RPMB_KEY_SIZE],
                               uint16_t sector, uint8_t *data,
                               struct aw_diag *diag);

/** The write counter, proven to be what the card has now. @return as rpmb_read
 */
AW_MUST_CHECK aw_err rpmb_counter(struct card *card,
                                  const uint8_t key[AW_RPMB_KEY_SIZE],
                                  uint32_t *counter, struct aw_diag *diag);

/** Gives the card its key: works once in its life, and shows the key to
 *  whoever listens to its wires. @return AW_OK; errors of card_select,
 *  card_rpmb_send, aw_rpmb_check_key. */
AW_MUST_CHECK aw_err rpmb_program_key(struct card *card,
                                      const uint8_t key[AW_RPMB_KEY_SIZE],
                                      struct aw_diag *diag);

/**
 * Writes a sector, and has the card prove that it did.
 *
 * @param counter  its write counter afterwards; may be NULL
 *
 * @return as rpmb_counter; errors of aw_rpmb_check_write. After AW_ERR_IO,
 *         AW_ERR_TIMEOUT or AW_ERR_SIG it may be written or not.
 */
AW_MUST_CHECK aw_err rpmb_write(struct card *card,
                                const uint8_t key[AW_RPMB_KEY_SIZE],
                                uint16_t sector,
                                const uint8_t data[AW_RPMB_SECTOR],
                                uint32_t *counter, struct aw_diag *diag);

#endif
