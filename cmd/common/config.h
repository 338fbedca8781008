/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CONFIG_H
#define COMMON_CONFIG_H

#include "common/cmd.h"

/*
 * Configuration file: a JSON object whose keys are option names without
 * dashes. A key that is the path of a command, "log audit", holds an object
 * for that command alone, which wins. What the file names is AW_CONFIG (empty:
 * no file is read), else config.json in the program's configuration folder,
 * where it may be missing.
 */
enum { AW_CONFIG_MAX = 64 * 1024 };

/** Takes what the configuration file sets for the command.
 *  @return AW_EXIT_OK, or the exit code of what was reported */
int aw_config_apply(struct aw_ctx *ctx);

#endif
