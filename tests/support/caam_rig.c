/* SPDX-License-Identifier: Apache-2.0 */
#include "caam_rig.h"

#include <string.h>

#include "support.h"

struct caam_rig ca;

const uint32_t ca_mkv[CA_MKV_WORDS] = {0xb0800005, 0xf8400000, CA_RESULT, 0x20,
                                       0x870d0002};

static bool trusted(void *ctx)
{
    (void)ctx;
    return ca.trusted;
}

static void violated(void *ctx, const char *from)
{
    (void)ctx;
    ck_assert_ptr_nonnull(from);
    ca.violations++;
}

void ca_setup(void)
{
    struct tw_caam_wiring w = {.clock = &rr.rig.clock,
                               .bus = &rr.rig.bus,
                               .key = {.usable = trusted},
                               .seed = {5},
                               .violation = violated};

    memset(&ca, 0, sizeof(ca));
    rr_start(RR_OCRAM);
    for (size_t i = 0; i < TW_CAAM_LINES; i++) {
        w.lines[i] = rig_watch(&ca.lines[i]);
    }
    for (size_t i = 0; i < sizeof(w.key.secret); i++) {
        w.key.secret[i] = (uint8_t)i;
    }
    tw_caam_init(&ca.caam, &w);
}

void ca_ring_up(uint32_t ring)
{
    uint32_t base = CAAM_RING0 + 0x1000 * ring;

    rr_write(CAAM_JRSTART, rr_read(CAAM_JRSTART) & ~(UINT32_C(1) << ring));
    rr_write(CAAM_JRSTART, rr_read(CAAM_JRSTART) | UINT32_C(1) << ring);
    rr_write(base + CAAM_IRBAR, CA_IN_RING);
    rr_write(base + CAAM_IRSR, 1);
    rr_write(base + CAAM_ORBAR, CA_OUT_RING);
    rr_write(base + CAAM_ORSR, 1);
}

void ca_put_job(const uint32_t *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        rr_write(CA_JOB + 4 * i, words[i]);
    }
}

uint32_t ca_run_on(uint32_t ring)
{
    uint32_t base = CAAM_RING0 + 0x1000 * ring;

    rr_write(CA_IN_RING, CA_JOB);
    rr_write(CA_OUT_RING, 0);
    rr_write(CA_OUT_RING + 4, 0x77777777);
    rr_write(base + CAAM_IRJAR, 1);
    ck_assert_uint_eq(rr_read(base + CAAM_ORSFR) & 0x3ff, 0);
    rig_wait(&rr.rig, base + CAAM_ORSFR, 1, 1000);
    ck_assert_uint_eq(rr_read(CA_OUT_RING), CA_JOB);
    rr_write(base + CAAM_ORJRR, 1);
    ck_assert_uint_eq(rr_read(base + CAAM_ORSFR), 0);
    return rr_read(CA_OUT_RING + 4);
}

uint32_t ca_run(const uint32_t *words, uint32_t n)
{
    ca_put_job(words, n);
    return ca_run_on(0);
}
