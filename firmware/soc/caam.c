/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/caam.h"

#include <string.h>

#include "fw/cpu.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "fw/time.h"

/* The low words of the 64-bit registers of ring 0. */
enum {
    CAAM = 0x02140000,
    CAAM_JRSTART = CAAM + 0x5c,
    CAAM_RTMCTL = CAAM + 0x600,
    CAAM_RDSTA = CAAM + 0x6c0,
    JR0 = CAAM + 0x1000,
    JR0_IRBAR = JR0 + 0x04,
    JR0_IRSR = JR0 + 0x0c,
    JR0_IRJAR = JR0 + 0x1c,
    JR0_ORBAR = JR0 + 0x24,
    JR0_ORSR = JR0 + 0x2c,
    JR0_ORJRR = JR0 + 0x34,
    JR0_ORSFR = JR0 + 0x3c
};
enum {
    RTMCTL_RST_DEF = 1 << 6,
    RTMCTL_PRGM = 1 << 16,
    RDSTA_IF0 = 1 << 0,
    ORSFR_FULL = 0x3ff,
    JOB_US = 200000 /* the first random number waits for noise */
};

/* Words of descriptors: IMX6ULSRM, "Descriptors and descriptor commands". */
#define HEADER     UINT32_C(0xb0800000)
#define KEY_CLASS1 UINT32_C(0x02000000)
#define OP_CMAC    UINT32_C(0x8210060c)
#define LOAD_MSG   UINT32_C(0x22520000)
#define STORE_MAC  UINT32_C(0x52200010)
#define SEQ_OUT    UINT32_C(0xf8400000)
#define OP_MKVB    UINT32_C(0x870d0002)
#define OP_RNG     UINT32_C(0x82500000)
#define STORE_RND  UINT32_C(0x60340000)

enum { CMAC_SIZE = 16 };

/* Runs a descriptor whose first word lacks its length. */
static aw_err run(struct caam_work *work, uint32_t words, struct aw_diag *diag)
{
    struct deadline d = deadline_us(JOB_US);

    work->descriptor[0] = HEADER | words;
    work->in[0] = dma_address(work->descriptor);
    reg_wr(CAAM_JRSTART, reg_rd(CAAM_JRSTART) & ~UINT32_C(1));
    reg_wr(CAAM_JRSTART, reg_rd(CAAM_JRSTART) | 1);
    reg_wr(JR0_IRBAR, dma_address(work->in));
    reg_wr(JR0_IRSR, 1);
    reg_wr(JR0_ORBAR, dma_address(work->out));
    reg_wr(JR0_ORSR, 1);
    cpu_dsb();
    reg_wr(JR0_IRJAR, 1);
    while ((reg_rd(JR0_ORSFR) & ORSFR_FULL) == 0) {
        if (deadline_passed(&d)) {
            return aw_fail(diag, AW_ERR_TIMEOUT, "caam: job",
                           work->descriptor[1]);
        }
    }
    reg_wr(JR0_ORJRR, 1);
    cpu_dsb();
    return work->out[1] == 0
               ? AW_OK
               : aw_fail(diag, AW_ERR_IO, "caam: job", work->out[1]);
}

/* Once after reset; the ROM may have done it. */
static aw_err instantiate(struct caam_work *work, struct aw_diag *diag)
{
    static const uint32_t job[] = {0,          0x82500006, 0xa2000001,
                                   0x10880004, 0x00000001, 0x82501000};

    if ((reg_rd(CAAM_RDSTA) & RDSTA_IF0) != 0) {
        return AW_OK;
    }
    reg_wr(CAAM_RTMCTL, RTMCTL_PRGM | RTMCTL_RST_DEF);
    reg_wr(CAAM_RTMCTL, 0);
    memcpy(work->descriptor, job, sizeof(job));
    return run(work, sizeof(job) / sizeof(job[0]), diag);
}

static aw_err master_key(struct caam_work *work, struct aw_diag *diag)
{
    work->descriptor[1] = SEQ_OUT;
    work->descriptor[2] = dma_address(work->key);
    work->descriptor[3] = CAAM_KEY;
    work->descriptor[4] = OP_MKVB;
    return run(work, 5, diag);
}

/* Of n bytes of work->message, into half a result. */
static aw_err cmac(struct caam_work *work, uint32_t n, unsigned half,
                   struct aw_diag *diag)
{
    uint32_t *w = work->descriptor;

    w[1] = KEY_CLASS1 | CAAM_KEY;
    w[2] = dma_address(work->key);
    w[3] = OP_CMAC;
    w[4] = LOAD_MSG;
    w[5] = dma_address(work->message);
    w[6] = n;
    w[7] = STORE_MAC;
    w[8] = dma_address(work->result + (size_t)half * CMAC_SIZE);
    return run(work, 9, diag);
}

aw_err caam_derive(struct caam_work *work, const uint8_t *diversifier,
                   uint32_t n, uint8_t *key, struct aw_diag *diag)
{
    enum { DIVERSIFIER_MAX = 32, FIRST = 0x41 };

    if (n > DIVERSIFIER_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "caam: diversifier", n);
    }
    aw_err err = instantiate(work, diag);

    if (err == AW_OK) {
        err = master_key(work, diag);
    }
    for (unsigned half = 0; half < 2 && err == AW_OK; half++) {
        work->message[0] = (uint8_t)(FIRST + half);
        memcpy(work->message + 1, diversifier, n);
        err = cmac(work, n + 1, half, diag);
    }
    if (err == AW_OK) {
        memcpy(key, work->result, CAAM_KEY);
    }
    return err;
}

aw_err caam_random(struct caam_work *work, struct aw_diag *diag)
{
    aw_err err = instantiate(work, diag);

    if (err != AW_OK) {
        return err;
    }
    work->descriptor[1] = OP_RNG;
    work->descriptor[2] = STORE_RND | CAAM_KEY;
    work->descriptor[3] = dma_address(work->result);
    return run(work, 4, diag);
}
