/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CAAM_H
#define TWIN_CAAM_H

#include "core/bus.h"
#include "core/clock.h"
#include "core/device.h"
#include "models/hwkey.h"
#include "models/rng.h"

/*
 * Cryptographic accelerator and assurance module of the i.MX6UL, as far as
 * firmware of this board needs it: three job rings, the true random number
 * generator, and of descriptors: RNG instantiation and output, the master key
 * verification blob, AES in ECB, CBC and CMAC, SHA-256, the run-time integrity
 * checker. Source: IMX6ULSRM, chapter "CAAM".
 *
 * Any other descriptor ends with the status that names the command, and a
 * report.
 */
enum {
    TW_CAAM_BASE = 0x02140000,
    TW_CAAM_SIZE = 0x10000,
    TW_CAAM_RINGS = 3,
    TW_RTIC_BLOCKS = 4,
    TW_CAAM_LINES = 4 /* of the rings, then RTIC */
};

struct tw_caam_wiring {
    struct tw_clock *clock;
    struct tw_bus *bus;
    struct tw_line lines[TW_CAAM_LINES];
    struct tw_hwkey key;
    uint8_t seed[TW_RNG_SEED];
    /* A security violation, for SNVS; may be NULL. */
    void (*violation)(void *ctx, const char *from);
    void *violation_ctx;
};

struct tw_caam_ring {
    uint32_t irbar;
    uint32_t irsr;
    uint32_t irja; /* jobs added and not taken yet */
    uint32_t orbar;
    uint32_t orsr;
    uint32_t orsf; /* results that software has not removed */
    uint32_t jrint;
    uint32_t jrcfg[2];
    uint32_t in;  /* next entry to take */
    uint32_t out; /* next entry to fill */
    struct tw_event done;
    struct tw_caam *caam;
};

struct tw_rtic_block {
    uint32_t address;
    uint32_t length;
    bool known; /* hashed once */
    uint8_t digest[32];
};

struct tw_caam {
    struct tw_caam_wiring w;
    struct tw_rng noise;
    uint32_t mcfgr;
    uint32_t scfgr;
    uint32_t jrmid[2 * TW_CAAM_RINGS];
    uint32_t jrstart;
    struct tw_caam_ring rings[TW_CAAM_RINGS];

    uint32_t rtmctl;
    uint32_t rtstat[8]; /* RTSCMISC to RTFRQMAX: held */
    uint32_t rdsta;
    uint32_t entropy[16];
    struct tw_event entropy_done;

    uint32_t rsta;
    uint32_t rctl;
    uint32_t rthr;
    uint32_t rwdog[2];
    struct tw_rtic_block blocks[TW_RTIC_BLOCKS];
    struct tw_event rtic_step;
};

void tw_caam_init(struct tw_caam *caam, const struct tw_caam_wiring *wiring);
struct tw_device tw_caam_device(struct tw_caam *caam);

/** Key of an open part, see models/hwkey.h. */
void tw_caam_open_bkek(uint8_t key[32]);

#endif
