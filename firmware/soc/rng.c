/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/rng.h"

#include <stdbool.h>
#include <string.h>

#include "aw/ct.h"
#include "fw/caam.h"
#include "fw/reg.h"
#include "fw/scratch.h"
#include "fw/soc.h"
#include "fw/time.h"

/* IMX6ULLRM rev 1, 44.5.2. */
enum {
    RNGB = 0x02284000,
    RNGB_CMD = RNGB + 0x04,
    RNGB_CR = RNGB + 0x08,
    RNGB_SR = RNGB + 0x0c,
    RNGB_OUT = RNGB + 0x14
};
enum {
    CMD_SELF_TEST = 1 << 0,
    CMD_SEED = 1 << 1,
    CMD_CLEAR_INTERRUPT = 1 << 4,
    CMD_CLEAR_ERROR = 1 << 5,
    CMD_RESET = 1 << 6,
    CR_AUTO_RESEED = 1 << 4,
    SR_TEST_DONE = 1 << 4,
    SR_SEED_DONE = 1 << 5,
    SR_LEVEL = 0xf << 8,
    SR_ERROR = 1 << 16,
    SR_TEST_FAILED = 7 << 21,
    DONE_US = 100000,
    WORDS = RNG_MAX / 4
};

static aw_err wait_for(uint32_t bits, struct aw_diag *diag)
{
    struct deadline d = deadline_us(DONE_US);
    uint32_t sr = reg_rd(RNGB_SR);

    while ((sr & (bits | SR_ERROR)) == 0 && !deadline_passed(&d)) {
        sr = reg_rd(RNGB_SR);
    }
    if ((sr & (SR_ERROR | SR_TEST_FAILED)) != 0) {
        return aw_fail(diag, AW_ERR_IO, "rngb: self-test", sr);
    }
    return (sr & bits) != 0 ? AW_OK
                            : aw_fail(diag, AW_ERR_TIMEOUT, "rngb: ready", sr);
}

static aw_err rngb_start(struct aw_diag *diag)
{
    if ((reg_rd(RNGB_SR) & (SR_SEED_DONE | SR_ERROR)) == SR_SEED_DONE) {
        return AW_OK;
    }
    reg_wr(RNGB_CMD, CMD_RESET);
    reg_wr(RNGB_CMD, CMD_CLEAR_ERROR | CMD_CLEAR_INTERRUPT);
    reg_wr(RNGB_CMD, CMD_SELF_TEST);
    aw_err err = wait_for(SR_TEST_DONE, diag);

    if (err != AW_OK) {
        return err;
    }
    reg_wr(RNGB_CR, CR_AUTO_RESEED);
    reg_wr(RNGB_CMD, CMD_SEED);
    err = wait_for(SR_SEED_DONE, diag);
    if (err == AW_OK) {
        reg_wr(RNGB_CMD, CMD_CLEAR_INTERRUPT);
    }
    return err;
}

static aw_err from_rngb(uint32_t words[WORDS], struct aw_diag *diag)
{
    aw_err err = rngb_start(diag);

    for (unsigned i = 0; i < WORDS && err == AW_OK; i++) {
        err = wait_for(SR_LEVEL, diag);
        if (err == AW_OK) {
            words[i] = reg_rd(RNGB_OUT);
        }
    }
    return err;
}

static aw_err from_caam(uint32_t words[WORDS], struct aw_diag *diag)
{
    struct caam_work *work = &scratch()->caam;
    aw_err err = caam_random(work, diag);

    if (err == AW_OK) {
        memcpy(words, work->result, RNG_MAX);
    }
    aw_wipe(work, sizeof(*work));
    return err;
}

aw_err rng_fill(uint8_t *bytes, uint32_t n, struct aw_diag *diag)
{
    static uint32_t last;
    uint32_t words[WORDS];

    if (n > RNG_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "random: bytes", n);
    }
    aw_err err = soc_is_ul() ? from_caam(words, diag) : from_rngb(words, diag);

    for (unsigned i = 0; i < WORDS && err == AW_OK; i++) {
        if (words[i] == last) {
            err = aw_fail(diag, AW_ERR_IO, "random: repeats", i);
        }
        last = words[i];
    }
    if (err == AW_OK) {
        memcpy(bytes, words, n);
    }
    aw_wipe(words, sizeof(words));
    return err;
}
