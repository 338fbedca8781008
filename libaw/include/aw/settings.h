/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SETTINGS_H
#define AW_SETTINGS_H

#include "aw/control.h"

/*
 * The network configuration as our trusted OS keeps it on the eMMC: one block,
 * two places written in turn. Format: docs/formats/settings.md.
 */
enum { AW_SETTINGS_SIZE = 512, AW_SETTINGS_COPIES = 2 };

/** Writes a record.
 *  @return AW_OK; AW_ERR_SPACE: the message is too long; block is zeros. */
AW_MUST_CHECK aw_err aw_settings_write(uint32_t seq,
                                       const struct aw_ctl_config *config,
                                       uint8_t block[AW_SETTINGS_SIZE]);

/**
 * Reads a record.
 *
 * @param block   untrusted
 * @param seq     of two records the greater one is newer
 *
 * The outputs are untouched on failure.
 *
 * @return AW_OK; AW_ERR_FORMAT: not what aw_settings_write makes;
 *         AW_ERR_DIGEST: the CRC differs.
 */
AW_MUST_CHECK aw_err aw_settings_parse(const uint8_t block[AW_SETTINGS_SIZE],
                                       uint32_t *seq,
                                       struct aw_ctl_config *config);

#endif
