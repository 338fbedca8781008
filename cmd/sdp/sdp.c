/* SPDX-License-Identifier: Apache-2.0 */
#include "sdp/sdp.h"

static const struct aw_cmd *const commands[] = {
    &sdp_cmd_boot, &sdp_cmd_status, &sdp_cmd_read, &sdp_cmd_write, NULL,
};

const struct aw_cmd aw_cmd_sdp = {
    .name = "sdp",
    .summary = "talk to the boot ROM of a board over USB",
    .sub = commands,
};
