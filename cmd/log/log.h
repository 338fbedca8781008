/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "common/cmd.h"

/* aw log and its subcommands. */
extern const struct aw_cmd aw_cmd_log;
extern const struct aw_cmd aw_cmd_log_init;
extern const struct aw_cmd aw_cmd_log_add;
extern const struct aw_cmd aw_cmd_log_integrate;
extern const struct aw_cmd aw_cmd_log_sign;
extern const struct aw_cmd aw_cmd_log_audit;
extern const struct aw_cmd aw_cmd_log_get;
extern const struct aw_cmd aw_cmd_log_prove;
extern const struct aw_cmd aw_cmd_log_check;
extern const struct aw_cmd aw_cmd_log_watch;
extern const struct aw_cmd aw_cmd_log_list;
extern const struct aw_cmd aw_cmd_log_findings;

#endif
