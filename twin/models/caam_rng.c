/* SPDX-License-Identifier: Apache-2.0 */
#include "models/caam_parts.h"

/* Offsets from 0x600. */
enum {
    RTMCTL = 0x00,
    RTSCMISC = 0x04,
    RTFRQMAX = 0x1c,
    RTSTATUS = 0x3c,
    RTENT0 = 0x40,
    RTENT15 = 0x7c,
    RDSTA = 0xc0
};

#define RTMCTL_RST_DEF (UINT32_C(1) << 6)
#define RTMCTL_ENT_VAL (UINT32_C(1) << 10)
#define RTMCTL_PRGM    (UINT32_C(1) << 16)
#define RTMCTL_WRITE   (UINT32_C(0x1001f) | RTMCTL_TRNG_ACC)

/* 512 samples of 3,200 clocks of 66 MHz. */
enum { ENTROPY_US = 24824 };

/* Noise is collected while the generator is not being programmed. */
static void collect(struct tw_caam *caam)
{
    bool wanted = (caam->rtmctl & RTMCTL_PRGM) == 0 &&
                  (caam->rtmctl & RTMCTL_ENT_VAL) == 0;

    if (!wanted) {
        tw_clock_cancel(caam->w.clock, &caam->entropy_done);
    } else if (caam->entropy_done.slot == 0) {
        tw_clock_at(caam->w.clock, &caam->entropy_done,
                    caam->w.clock->now +
                        tw_clock_ticks(caam->w.clock, ENTROPY_US, 1000000));
    }
}

void tw_caam_entropy_done(void *ctx)
{
    struct tw_caam *caam = ctx;

    for (size_t i = 0; i < 16; i++) {
        caam->entropy[i] = tw_rng_u32(&caam->noise);
    }
    caam->rtmctl |= RTMCTL_ENT_VAL;
}

void tw_caam_rng_reset(struct tw_caam *caam)
{
    tw_clock_cancel(caam->w.clock, &caam->entropy_done);
    caam->rtmctl = RTMCTL_PRGM;
    caam->rdsta = 0;
    for (size_t i = 0; i < 16; i++) {
        caam->entropy[i] = 0;
    }
    for (size_t i = 0; i < 8; i++) {
        caam->rtstat[i] = 0;
    }
}

/* Entropy is there for who holds the generator; the last word starts anew. */
static uint32_t take(struct tw_caam *caam, uint32_t offset)
{
    uint32_t value = 0;

    if ((caam->rtmctl & RTMCTL_TRNG_ACC) == 0 ||
        (caam->rtmctl & RTMCTL_ENT_VAL) == 0) {
        tw_report(caam->w.bus->report, TW_REPORT_MISUSE,
                  "caam: entropy read before it is valid");
        return 0;
    }
    value = caam->entropy[(offset - RTENT0) / 4];
    if (offset == RTENT15) {
        caam->rtmctl &= ~RTMCTL_ENT_VAL;
        collect(caam);
    }
    return value;
}

bool tw_caam_rng_read(struct tw_caam *caam, uint32_t offset, uint32_t *value)
{
    if (offset >= RTENT0 && offset <= RTENT15) {
        *value = take(caam, offset);
        return true;
    }
    if (offset >= RTSCMISC && offset <= RTFRQMAX) {
        *value = caam->rtstat[(offset - RTSCMISC) / 4];
        return true;
    }
    switch (offset) {
    case RTMCTL:
        *value = caam->rtmctl;
        return true;
    case RTSTATUS:
        *value = 0;
        return true;
    case RDSTA:
        *value = caam->rdsta;
        return true;
    default:
        return false;
    }
}

bool tw_caam_rng_write(struct tw_caam *caam, uint32_t offset, uint32_t value)
{
    if (offset >= RTSCMISC && offset <= RTFRQMAX) {
        if ((caam->rtmctl & RTMCTL_PRGM) == 0) {
            tw_report(caam->w.bus->report, TW_REPORT_MISUSE,
                      "caam: TRNG parameter written outside programming mode");
        } else {
            caam->rtstat[(offset - RTSCMISC) / 4] = value;
        }
        return true;
    }
    if (offset != RTMCTL) {
        return false;
    }
    if ((value & RTMCTL_RST_DEF) != 0) {
        for (size_t i = 0; i < 8; i++) {
            caam->rtstat[i] = 0;
        }
    }
    caam->rtmctl = (value & RTMCTL_WRITE) | (caam->rtmctl & RTMCTL_ENT_VAL);
    if ((value & RTMCTL_PRGM) != 0) {
        caam->rtmctl &= ~RTMCTL_ENT_VAL;
    }
    collect(caam);
    return true;
}

void tw_caam_rng_save(const struct tw_caam *caam, struct tw_saver *to)
{
    tw_rng_save(&caam->noise, to);
    tw_save_u32(to, caam->rtmctl);
    tw_save_u32(to, caam->rdsta);
    for (size_t i = 0; i < 8; i++) {
        tw_save_u32(to, caam->rtstat[i]);
    }
    for (size_t i = 0; i < 16; i++) {
        tw_save_u32(to, caam->entropy[i]);
    }
    tw_save_event(to, &caam->entropy_done);
}

void tw_caam_rng_load(struct tw_caam *caam, struct tw_loader *from)
{
    (void)tw_rng_load(&caam->noise, from);
    caam->rtmctl = tw_load_u32(from);
    caam->rdsta = tw_load_u32(from);
    for (size_t i = 0; i < 8; i++) {
        caam->rtstat[i] = tw_load_u32(from);
    }
    for (size_t i = 0; i < 16; i++) {
        caam->entropy[i] = tw_load_u32(from);
    }
    tw_load_event(from, caam->w.clock, &caam->entropy_done);
}
