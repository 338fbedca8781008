/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_BOT_H
#define SUPPORT_BOT_H

#include "aw/usb.h"

/*
 * A host of USB mass storage for tests of devices: transfers as a test wants
 * them, and the cases that any recovery of ours has to pass, on the firmware's
 * own stack in a unit test or on a twin.
 */
enum {
    BOT_UNITS = 3,
    BOT_BLOCK = 512,
    BOT_TIMEOUT_MS = 5000,
    BOT_IN = 0x81,
    BOT_OUT = 0x01
};

/* What came back for a command. */
struct bot_result {
    aw_err data; /* of the data phase: AW_ERR_STALL when halted */
    size_t n;    /* bytes moved in it */
    aw_err csw;  /* AW_OK: the next ones are set */
    uint32_t residue;
    uint8_t status;
};

struct bot {
    struct aw_usb_device device; /* opened */
    uint32_t tag;
    bool keep_halts;      /* bot_command clears none */
    uint32_t sense_block; /* of bot_sense; UINT32_MAX without one */
};

aw_err bot_control(struct bot *bot, const struct aw_usb_setup *setup,
                   uint8_t *data, size_t *done);
/** Sends any bytes, at most 4096, on OUT. */
aw_err bot_out(struct bot *bot, const void *data, size_t n);

/** A command with its data: n bytes are sent, or room for what comes. Halts
 *  of the data phase are cleared, as hosts do. */
struct bot_result bot_command(struct bot *bot, uint8_t lun, aw_bytes cdb,
                              bool in, uint8_t *data, size_t n);
/** The wrapper alone. */
aw_err bot_wrapper(struct bot *bot, uint8_t lun, aw_bytes cdb, bool in,
                   uint32_t n);
struct bot_result bot_status(struct bot *bot);
aw_err bot_clear_halt(struct bot *bot, uint8_t endpoint);
/** Bulk-Only Reset, and both halts. */
void bot_reset(struct bot *bot);

/** key << 16 | ASC << 8 | ASCQ of a unit. */
uint32_t bot_sense(struct bot *bot, uint8_t lun);

/** The thirteen cases of the transport on blocks 9 to 12 of unit 0, which are
 *  overwritten. */
void bot_thirteen_cases(struct bot *bot);

/** What Linux sent when it found the disks, read, wrote and ejected them: all
 *  of it is good, with the bytes that are right. `blocks` of the units; 0: what
 *  was sent to that one is left out. */
void bot_linux(struct bot *bot, const uint32_t blocks[BOT_UNITS]);

/** Every opcode: sense 5/20/00, or known. */
void bot_every_opcode(struct bot *bot);

#endif
