/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_SCRATCH_H
#define FW_SCRATCH_H

#include "aw/rpmb.h"
#include "fw/caam.h"
#include "fw/dcp.h"
#include "fw/derive.h"

/*
 * Memory in the chip for what must not be seen on the wires of the DDR: keys,
 * and what the crypto engines read and write. It is not cached. Whoever uses a
 * part wipes it. Above it lie HAB's log, the stack of fw/secret.h and the
 * hand-over record (fw/handover.h).
 */
enum { SCRATCH_ADDRESS = 0x00900000, SCRATCH_SIZE = 0x4000 };

struct scratch {
    _Alignas(64) uint8_t frame[AW_RPMB_FRAME]; /* may hold the key */
    struct caam_work caam;
    struct dcp_work dcp;
    uint8_t device_key[32]; /* of a purpose */
    uint8_t rpmb_key[32];
    struct derived derived; /* of a role */
};

struct scratch *scratch(void);

#endif
