/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_MDOC_H
#define COMMON_MDOC_H

#include "common/cmd.h"

/**
 * Writes a manual page to standard output: the template, with these lines
 * replaced by what the tables say of the command and all below it:
 *
 *   @SYNOPSIS@  one line a command
 *   @COMMANDS@  list of the commands right below
 *   @OPTIONS@   options of each command
 *   @COMMON@    options of every command
 *   @EXIT@      exit codes
 *   @COMMON_EXIT@  those that have nothing to do with what a command does
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
int aw_mdoc_print(struct aw_ctx *ctx, const char *template_path,
                  const struct aw_cmd *cmd, const char *path);

#endif
