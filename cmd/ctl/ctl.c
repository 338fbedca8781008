/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"

static const struct aw_cmd *const commands[] = {
    &ctl_cmd_status,       &ctl_cmd_config,        &ctl_cmd_console,
    &ctl_cmd_crash_log,    &ctl_cmd_hab,           &ctl_cmd_install,
    &ctl_cmd_program_rpmb, &ctl_cmd_next_identity, NULL,
};

const struct aw_cmd aw_cmd_ctl = {
    .name = "ctl",
    .summary = "talk to the trusted OS of a board over USB",
    .sub = commands,
};
