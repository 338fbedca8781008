/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_ROM_HID_H
#define TWIN_ROM_HID_H

#include "aw/sdp/device.h"
#include "core/clock.h"
#include "core/state.h"
#include "usb/port.h"

/*
 * The boot ROM as a USB device: descriptors, endpoint 0, and the endpoint that
 * carries reports to the host. What reports mean is left to aw/sdp/device.h.
 * Descriptors as real parts show them; source: docs/formats/sdp.md.
 */
enum { TW_HID_BUFFER = 1 + AW_SDP_CHUNK };

struct tw_rom_hid {
    struct tw_usb_device device; /* to attach */
    struct tw_usb_port *port;
    struct tw_clock *clock;
    const struct aw_sdp_target *target;
    uint16_t product;
    struct aw_sdp_device sdp;
    /* Private. */
    uint8_t address;
    uint8_t new_address; /* after the status stage */
    uint8_t configuration;
    uint8_t setup[8];
    uint8_t buffer[TW_HID_BUFFER]; /* data stage of endpoint 0 */
    uint16_t n;                    /* bytes in it */
    uint16_t at;                   /* sent */
    bool stalled;
    bool busy; /* works on a report: says NAK to the status stage */
    uint8_t report[AW_SDP_ANSWER_SIZE]; /* on its way to the host */
    uint8_t report_n;
    uint8_t report_at;
    struct tw_event done; /* end of `busy` */
};

/** @param product  AW_SDP_PRODUCT_UL or _ULL
 *  @param target   outlives the device */
void tw_rom_hid_init(struct tw_rom_hid *hid, struct tw_usb_port *port,
                     struct tw_clock *clock, const struct aw_sdp_target *target,
                     uint16_t product);

/** Back to the state before the first bus reset. */
void tw_rom_hid_reset(struct tw_rom_hid *hid);

void tw_rom_hid_save(const struct tw_rom_hid *hid, struct tw_saver *to);
void tw_rom_hid_load(struct tw_rom_hid *hid, struct tw_loader *from);

#endif
