/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSC_RIG_H
#define MSC_RIG_H

#include "aw/usb.h"
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
    MR_SMALL = 8,
    MR_TIMEOUT_MS = 5000
};

struct mr_unit {
    uint8_t *bytes;
    uint32_t fails_at; /* block that can be neither read nor written; 0: none */
    unsigned fails_write; /* that write fails, once; 1: the next */
    bool cannot_erase;
    unsigned reads;
    unsigned writes;
    unsigned erases;
    unsigned flushes;
};

/* What came back for a command. */
struct mr_result {
    aw_err data; /* of the data phase: AW_ERR_STALL when halted */
    size_t n;    /* bytes moved in it */
    aw_err csw;  /* AW_OK: the next ones are set */
    uint32_t residue;
    uint8_t status;
};

struct mr {
    struct rig rig;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_usb_direct direct;
    struct tw_otg *otg;
    struct aw_usb usb;
    struct aw_usb_id id;
    struct aw_usb_device device; /* opened */
    uint32_t tag;
    struct mr_unit unit[MR_UNITS];
    struct msc_unit units[MR_UNITS];
    bool keep_halts; /* mr_command clears none */
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
/** Lets virtual time pass. */
void mr_run_ms(uint32_t ms);

/** Bytes of DEVICE INFORMATION. */
void mr_set_info(const uint8_t bytes[MSC_INFO]);

aw_err mr_control(uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                  uint8_t *data, uint16_t length, size_t *done);
/** Sends any bytes on OUT. */
aw_err mr_out(const void *data, size_t n);

/** A command with its data: n bytes are sent, or room for what comes. Halts
 *  of the data phase are cleared, as hosts do. */
struct mr_result mr_command(uint8_t lun, const uint8_t *cdb, size_t cdb_n,
                            bool in, uint8_t *data, size_t n);
/** The wrapper alone. */
aw_err mr_wrapper(uint8_t lun, const uint8_t *cdb, size_t cdb_n, bool in,
                  uint32_t n);
struct mr_result mr_status(void);
aw_err mr_clear_halt(uint8_t endpoint);
/** Bulk-Only Reset, and both halts. */
void mr_reset(void);

/** key << 16 | ASC << 8 | ASCQ of a unit. */
uint32_t mr_sense(uint8_t lun);
/** Block of the sense data asked for last; UINT32_MAX without one. */
extern uint32_t mr_sense_block;

#endif
