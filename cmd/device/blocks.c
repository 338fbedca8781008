/* SPDX-License-Identifier: Apache-2.0 */
#include "device/blocks.h"
#include "device/device.h"

static const struct aw_cmd *const commands[] = {
    &blocks_cmd_info, &blocks_cmd_read, &blocks_cmd_write,
    &blocks_cmd_zero, &blocks_cmd_hash, NULL,
};

const struct aw_cmd device_cmd_blocks = {
    .name = "blocks",
    .summary = "blocks of a board that runs a recovery",
    .sub = commands,
};
