/* SPDX-License-Identifier: Apache-2.0 */
#include "device/device.h"

static const struct aw_cmd *const commands[] = {
    &device_cmd_list, &device_cmd_attest, &device_cmd_blocks,
    &device_cmd_ledger, NULL};

const struct aw_cmd aw_cmd_device = {
    .name = "device",
    .summary = "devices on USB, and the ledger of devices",
    .sub = commands,
};
