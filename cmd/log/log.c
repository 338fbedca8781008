/* SPDX-License-Identifier: Apache-2.0 */
#include "log/log.h"

static const struct aw_cmd *const subs[] = {
    &aw_cmd_log_init,  &aw_cmd_log_add,      &aw_cmd_log_integrate,
    &aw_cmd_log_sign,  &aw_cmd_log_audit,    &aw_cmd_log_get,
    &aw_cmd_log_prove, &aw_cmd_log_check,    &aw_cmd_log_list,
    &aw_cmd_log_watch, &aw_cmd_log_findings, NULL,
};

const struct aw_cmd aw_cmd_log = {
    .name = "log",
    .summary = "write, read, audit and follow transparency logs",
    .prose = "Works on logs in the serverless and the tlog-tiles layout, in a "
             "folder, at a file:// or at an http(s):// address. The last "
             "checkpoint of each log is kept, and every later one is compared "
             "with it.",
    .sub = subs,
};
