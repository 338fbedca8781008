/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_RPMB_H
#define FW_RPMB_H

#include "aw/rpmb.h"
#include "fw/card.h"

/* Sectors of the RPMB that the firmware uses: armored-witness-os,
 * trusted_os/rpmb.go. */
enum { RPMB_OS_VERSION = 1, RPMB_APPLET_VERSION = 2, RPMB_APPLET_DATA = 3 };

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

#endif
