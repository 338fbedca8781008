/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAAM_RIG_H
#define CAAM_RIG_H

#include "models/caam.h"
#include "ram_rig.h"

/* CAAM over memory, and what a driver does with its job rings. */
enum {
    CAAM_SCFGR = TW_CAAM_BASE + 0x0c,
    CAAM_JRSTART = TW_CAAM_BASE + 0x5c,
    CAAM_RTMCTL = TW_CAAM_BASE + 0x600,
    CAAM_RTENT0 = TW_CAAM_BASE + 0x640,
    CAAM_RDSTA = TW_CAAM_BASE + 0x6c0,
    CAAM_RING0 = TW_CAAM_BASE + 0x1000,
    /* Of a ring. */
    CAAM_IRBAR = 0x04,
    CAAM_IRSR = 0x0c,
    CAAM_IRSAR = 0x14,
    CAAM_IRJAR = 0x1c,
    CAAM_ORBAR = 0x24,
    CAAM_ORSR = 0x2c,
    CAAM_ORJRR = 0x34,
    CAAM_ORSFR = 0x3c,
    CAAM_JRINTR = 0x4c,
    CAAM_JRCFGR = 0x54,
    CAAM_JRCR = 0x6c
};

/* Where the tests put things. */
#define CA_IN_RING  (RR_OCRAM + 0x100)
#define CA_OUT_RING (RR_OCRAM + 0x200)
#define CA_JOB      (RR_OCRAM + 0x400)
#define CA_KEY      (RR_OCRAM + 0x800)
#define CA_IV       (RR_OCRAM + 0x880)
#define CA_RESULT   (RR_OCRAM + 0x900)
#define CA_MESSAGE  (RR_OCRAM + 0x1000)
#define CA_OUTPUT   (RR_OCRAM + 0x3000)
#define CA_NOWHERE  UINT32_C(0x10000000)

struct caam_rig {
    struct tw_caam caam;
    struct rig_line lines[TW_CAAM_LINES];
    bool trusted; /* the part's key may be used */
    unsigned violations;
};

extern struct caam_rig ca;

/* A job that puts the master key verification blob to CA_RESULT. */
enum { CA_MKV_WORDS = 5 };
extern const uint32_t ca_mkv[CA_MKV_WORDS];

/** The module at reset, on fresh memory. */
void ca_setup(void);

/** Rings of one entry, as the firmware's driver has them. */
void ca_ring_up(uint32_t ring);

/** Puts a descriptor to CA_JOB. */
void ca_put_job(const uint32_t *words, uint32_t n);

/** Runs the job at CA_JOB on a ring; its status. */
uint32_t ca_run_on(uint32_t ring);

/** Runs a descriptor on the first ring; its status. */
uint32_t ca_run(const uint32_t *words, uint32_t n);

#define CA_RUN(words) ca_run((words), sizeof(words) / sizeof((words)[0]))

#endif
