/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_ROM_HID_PRIV_H
#define TWIN_ROM_HID_PRIV_H

#include "rom/hid.h"

/* Endpoint 1 carries reports to the host; sizes in bytes. */
enum { TW_HID_PACKET0 = 64, TW_HID_ENDPOINT1 = 1, TW_HID_PACKET1 = 64 };

/**
 * Answers the request in hid->setup: what the data stage sends is put into
 * the buffer.
 *
 * @return false: endpoint 0 stalls
 */
bool tw_rom_hid_request(struct tw_rom_hid *hid);

#endif
