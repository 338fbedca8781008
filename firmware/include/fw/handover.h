/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_HANDOVER_H
#define FW_HANDOVER_H

#include "aw/bytes.h"
#include "aw/sha256.h"
#include "fw/hab.h"

/*
 * What the bootloader tells the trusted OS: a record in OCRAM whose address is
 * in r0, with its magic in r1. Format: docs/formats/handover.md. r0 = 0 comes
 * from upstream's bootloader, which tells nothing.
 */
enum {
    HANDOVER_ADDRESS = 0x0091f000,
    HANDOVER_MAGIC = 0x31485741, /* "AWH1" in memory */
    HANDOVER_SIZE = 60 + HAB_LOG_SIZE + 4
};

enum handover_rollback {
    HANDOVER_ROLLBACK_OPEN,   /* open part: there is no key for the record */
    HANDOVER_ROLLBACK_UNUSED, /* closed, but no key was programmed yet */
    HANDOVER_ROLLBACK_PASSED, /* not older than the record */
    HANDOVER_ROLLBACK_UNPROVISIONED /* the fuse says that there is a key, the
                                     * card says that there is none */
};

struct handover {
    uint8_t slot;     /* 0 A, 1 B */
    uint8_t copy;     /* configuration copy that was started: 1, 2 */
    uint8_t attempts; /* unconfirmed starts of copy 1, this one counted */
    bool confirmed;   /* of copy 1 */
    uint32_t reset;   /* SRC_SRSR */
    uint8_t rollback; /* enum handover_rollback */
    uint8_t config[AW_SHA256_SIZE]; /* of the copy that was started */
    uint32_t now_us;                /* since the bootloader began */
    struct hab_report hab;
};

/** Writes the record; w needs room for HANDOVER_SIZE bytes. */
void handover_write(const struct handover *handover, struct aw_wr *w);

/**
 * Reads a record.
 *
 * @param handover  untouched on failure
 *
 * @return AW_OK; AW_ERR_SHORT; AW_ERR_FORMAT for another magic, size or value;
 *         AW_ERR_DIGEST if the CRC differs.
 */
AW_MUST_CHECK aw_err handover_parse(aw_bytes bytes, struct handover *handover);

#endif
