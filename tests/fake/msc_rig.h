/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSC_RIG_H
#define MSC_RIG_H

#include "bot.h"
#include "fw/msc.h"
#include "rig.h"
#include "usb/direct.h"

/*
 * The firmware's USB stack with mass storage on the twin's OTG model, and a
 * host at the other end. Units are memory, with faults as the test wants them.
 */
enum {
    MR_UNITS = 3,
    MR_BLOCKS = 1000, /* of unit 0; 1 has 8, 2 none */
    MR_SMALL = 8
};

struct mr_unit {
    uint8_t *bytes;
    uint32_t fails_at; /* block that can be neither read nor written; 0: none */
    unsigned fails_write; /* writes from that on fail; 1: the next; 0: none */
    bool cannot_erase;
    unsigned reads;
    unsigned writes;
    unsigned erases;
    unsigned flushes;
};

struct mr {
    struct rig rig;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_usb_direct direct;
    struct tw_otg *otg;
    struct aw_usb usb;
    struct aw_usb_id id;
    struct bot bot; /* with the device, opened */
    struct mr_unit unit[MR_UNITS];
    struct msc_unit units[MR_UNITS];
    unsigned worked; /* times that work was shown */
};

extern struct mr mr;
/* The firmware's side. */
extern struct usbd *const mr_usbd;
extern struct usb_device *const mr_device;
extern struct msc *const mr_msc;

/** Firmware started, cable out. */
void mr_start(bool full_speed);
/** Cable in, device opened. */
void mr_plug(void);
void mr_unplug(void);
/** Runs until a tick, or until *done. @param ctx  not used */
void mr_run(void *ctx, uint64_t until, const bool *done);
/** Lets virtual time pass. */
void mr_run_ms(uint32_t ms);

/** Bytes of DEVICE INFORMATION. */
void mr_set_info(const uint8_t bytes[MSC_INFO]);

#endif
