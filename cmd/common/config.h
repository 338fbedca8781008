/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CONFIG_H
#define COMMON_CONFIG_H

#include "common/cmd.h"

/** Takes what the configuration file sets for the command.
 *  @return AW_EXIT_OK, or the exit code of what was reported */
int aw_config_apply(struct aw_ctx *ctx);

#endif
