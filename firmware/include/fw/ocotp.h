/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_OCOTP_H
#define FW_OCOTP_H

#include "aw/otp.h"

/*
 * The fuse controller: what fw/soc.h does not read. Source: IMX6ULLRM rev 1,
 * chapter 37. Banks 0 to 7, as all parts have them; ocotp_read (fw/soc.h)
 * reads the shadow registers. Every wait is bounded; one caller at a time.
 */
enum { OCOTP_BANKS = 8, OCOTP_BANK_WORDS = 8 };

/**
 * Blows the bits of a word that are 1, for ever, and loads all shadow
 * registers from the fuses.
 *
 * @param diag  may be NULL; `at` is 8 * bank + word
 *
 * @return AW_OK: the controller saw no error, read the word to know;
 *         AW_ERR_NOT_FOUND: no such word; AW_ERR_PRECONDITION: the controller
 *         refused before it began, or its clock is not one that fits;
 *         AW_ERR_TIMEOUT, AW_ERR_IO: any of the bits may be set.
 */
AW_MUST_CHECK aw_err ocotp_program(unsigned bank, unsigned word, uint32_t bits,
                                   struct aw_diag *diag);

/** Loads the shadow registers. @return AW_OK; AW_ERR_TIMEOUT; AW_ERR_IO. */
AW_MUST_CHECK aw_err ocotp_reload(struct aw_diag *diag);

/** The same as the seam that fuse plans take; `boot` is NULL. */
struct aw_otp ocotp_seam(void);

#endif
