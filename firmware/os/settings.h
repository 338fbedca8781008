/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "aw/control.h"
#include "os/os.h"

/*
 * The network configuration: from the control interface, kept on the eMMC in
 * two blocks written in turn, given to the applet. docs/formats/settings.md.
 */
/** What upstream's applet uses when nobody has set anything. */
void settings_default(struct abi_config *config);

/**
 * Takes a configuration as it came, untrusted.
 *
 * @param config  untouched on failure
 * @param why     set on failure, static text
 * @return false: it makes no sense
 */
AW_MUST_CHECK bool settings_check(const struct aw_ctl_config *from,
                                  struct abi_config *config, const char **why);

void settings_show(const struct abi_config *config, struct aw_ctl_config *to);

/** Into os->config, from the medium if there is a valid record. */
void settings_load(struct os *os);

/** Keeps a configuration; os->config is the new one only if it is on the
 *  medium.
 *  @return AW_OK; AW_ERR_NOT_FOUND: no medium; errors of card_write and
 *          card_read; AW_ERR_IO: it does not read back. */
AW_MUST_CHECK aw_err settings_store(struct os *os,
                                    const struct abi_config *config);

#endif
