/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SDP_STORAGE_PRIV_H
#define SDP_STORAGE_PRIV_H

#include "aw/sdp/storage.h"

enum { STORAGE_CDB = 16 };

/* A command and its data. */
struct storage_command {
    uint8_t lun;
    uint8_t cdb[STORAGE_CDB];
    uint8_t cdb_n;
    bool in;
    uint8_t *data; /* n bytes: sent, or room */
    uint32_t n;
    bool may_be_short; /* fewer bytes may come */
    uint32_t timeout_ms;
};

/**
 * Runs a command.
 *
 * @param done  bytes that count; may be NULL: all have to
 *
 * @return as aw/sdp/storage.h has it
 */
AW_MUST_CHECK aw_err storage_run(struct aw_storage *s,
                                 const struct storage_command *command,
                                 uint32_t *done, struct aw_diag *diag);

/** Bulk-Only Reset and both halts. */
AW_MUST_CHECK aw_err storage_reset(struct aw_storage *s, struct aw_diag *diag);

/** How many units there are. */
AW_MUST_CHECK aw_err storage_max_lun(struct aw_storage *s,
                                     struct aw_diag *diag);

/** Takes sense data of fixed format; false for others. */
bool storage_parse_sense(aw_bytes data, struct aw_sense *sense);

#endif
