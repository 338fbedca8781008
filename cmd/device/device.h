/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include "common/usb.h"

/* aw device list | attest | blocks | ledger */
extern const struct aw_cmd aw_cmd_device;

extern const struct aw_cmd device_cmd_attest;
extern const struct aw_cmd device_cmd_list;
extern const struct aw_cmd device_cmd_blocks;
extern const struct aw_cmd device_cmd_ledger;

#endif
