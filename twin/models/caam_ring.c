/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/caam_parts.h"

/* Of a job ring. The high words of 64-bit registers are zero. */
enum ring_offset {
    IRBAR = 0x04,
    IRSR = 0x0c,
    IRSAR = 0x14,
    IRJAR = 0x1c,
    ORBAR = 0x24,
    ORSR = 0x2c,
    ORJRR = 0x34,
    ORSFR = 0x3c,
    JRSTAR = 0x44,
    JRINTR = 0x4c,
    JRCFGR_HIGH = 0x50,
    JRCFGR_LOW = 0x54,
    IRRIR = 0x5c,
    ORWIR = 0x64,
    JRCR = 0x6c
};

#define RING_MAX   UINT32_C(0x3ff)
#define JRINT_SET  UINT32_C(1)
#define JRCFG_IMSK UINT32_C(1)
#define JRCR_RESET UINT32_C(1)
#define CAAM_HZ    UINT64_C(132000000)

enum { JOB_CYCLES = 600, RESULT_BYTES = 8 };

static uint32_t number_of(const struct tw_caam_ring *ring)
{
    return (uint32_t)(ring - ring->caam->rings);
}

static bool started(const struct tw_caam_ring *ring)
{
    return (ring->caam->jrstart >> number_of(ring) & 1) != 0;
}

void tw_caam_ring_interrupt(struct tw_caam_ring *ring)
{
    bool level =
        (ring->jrint & JRINT_SET) != 0 && (ring->jrcfg[1] & JRCFG_IMSK) == 0;

    tw_line_set(&ring->caam->w.lines[number_of(ring)], level);
}

void tw_caam_ring_kick(struct tw_caam_ring *ring)
{
    struct tw_caam *caam = ring->caam;

    if (ring->irja == 0 || ring->done.slot != 0 || !started(ring)) {
        return;
    }
    if (ring->irsr == 0 || ring->orsr == 0 || ring->orsf >= ring->orsr) {
        tw_caam_misuse(caam,
                       "job without room in its rings: IRSR and ORSR are sizes",
                       ring->orsr);
        return;
    }
    tw_clock_at(caam->w.clock, &ring->done,
                caam->w.clock->now +
                    tw_clock_ticks(caam->w.clock, JOB_CYCLES, CAAM_HZ));
}

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static void put_le32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

void tw_caam_ring_done(void *ctx)
{
    struct tw_caam_ring *ring = ctx;
    struct tw_caam *caam = ring->caam;
    uint8_t entry[4];
    uint8_t result[RESULT_BYTES];
    uint32_t bytes = 0;

    if (!tw_dma_read(caam->w.bus, TW_CAAM, ring->irbar + 4 * ring->in, entry,
                     sizeof(entry))) {
        tw_caam_misuse(caam, "input ring is no memory", ring->irbar);
        ring->irja = 0;
        return;
    }
    uint32_t status = tw_caam_run(caam, le32(entry), &bytes);

    memcpy(result, entry, sizeof(entry));
    put_le32(&result[4], status);
    if (!tw_dma_write(caam->w.bus, TW_CAAM,
                      ring->orbar + RESULT_BYTES * ring->out, result,
                      sizeof(result))) {
        tw_caam_misuse(caam, "output ring is no memory", ring->orbar);
        ring->irja = 0;
        return;
    }
    ring->in = (ring->in + 1) % ring->irsr;
    ring->out = (ring->out + 1) % ring->orsr;
    ring->irja--;
    ring->orsf++;
    ring->jrint |= JRINT_SET;
    tw_caam_ring_interrupt(ring);
    tw_caam_ring_kick(ring);
}

void tw_caam_ring_reset(struct tw_caam_ring *ring)
{
    struct tw_caam *caam = ring->caam;

    tw_clock_cancel(caam->w.clock, &ring->done);
    ring->irbar = 0;
    ring->irsr = 0;
    ring->irja = 0;
    ring->orbar = 0;
    ring->orsr = 0;
    ring->orsf = 0;
    ring->jrint = 0;
    ring->jrcfg[0] = 0;
    ring->jrcfg[1] = 0;
    ring->in = 0;
    ring->out = 0;
    tw_caam_ring_interrupt(ring);
}

bool tw_caam_ring_read(const struct tw_caam_ring *ring, uint32_t offset,
                       uint32_t *value)
{
    switch (offset) {
    case IRBAR:
        *value = ring->irbar;
        return true;
    case IRSR:
        *value = ring->irsr;
        return true;
    case IRSAR:
        *value = ring->irsr - ring->irja;
        return true;
    case IRJAR:
        *value = 0;
        return true;
    case ORBAR:
        *value = ring->orbar;
        return true;
    case ORSR:
        *value = ring->orsr;
        return true;
    case ORJRR:
        *value = 0;
        return true;
    case ORSFR:
        *value = ring->orsf;
        return true;
    case JRSTAR:
        *value = 0;
        return true;
    case JRINTR:
        *value = ring->jrint;
        return true;
    case JRCFGR_HIGH:
        *value = ring->jrcfg[0];
        return true;
    case JRCFGR_LOW:
        *value = ring->jrcfg[1];
        return true;
    case IRRIR:
        *value = 4 * ring->in;
        return true;
    case ORWIR:
        *value = RESULT_BYTES * ring->out;
        return true;
    case JRCR:
        *value = 0;
        return true;
    default:
        *value = 0;
        return offset < IRBAR + 0x20 && offset % 8 == 0;
    }
}

static void add_jobs(struct tw_caam_ring *ring, uint32_t n)
{
    n &= RING_MAX;
    if (n > ring->irsr - ring->irja) {
        tw_caam_misuse(ring->caam,
                       "more jobs added than the input ring has room", n);
        n = ring->irsr - ring->irja;
    }
    if (!started(ring)) {
        tw_caam_misuse(ring->caam,
                       "job added to a ring that JRSTART does not start",
                       ring->caam->jrstart);
    }
    ring->irja += n;
    tw_caam_ring_kick(ring);
}

static void remove_results(struct tw_caam_ring *ring, uint32_t n)
{
    n &= RING_MAX;
    if (n > ring->orsf) {
        tw_caam_misuse(ring->caam, "more results removed than there are", n);
        n = ring->orsf;
    }
    ring->orsf -= n;
    tw_caam_ring_kick(ring);
}

/* Bases and sizes change while the ring is empty. */
static bool set_place(struct tw_caam_ring *ring, uint32_t *reg, uint32_t value)
{
    if (ring->irja > 0) {
        tw_caam_misuse(ring->caam, "ring moved while it holds jobs", value);
        return true;
    }
    *reg = value;
    ring->in = 0;
    ring->out = 0;
    return true;
}

bool tw_caam_ring_write(struct tw_caam_ring *ring, uint32_t offset,
                        uint32_t value)
{
    switch (offset) {
    case IRBAR:
        return set_place(ring, &ring->irbar, value);
    case IRSR:
        return set_place(ring, &ring->irsr, value & RING_MAX);
    case ORBAR:
        return set_place(ring, &ring->orbar, value);
    case ORSR:
        return set_place(ring, &ring->orsr, value & RING_MAX);
    case IRJAR:
        add_jobs(ring, value);
        return true;
    case ORJRR:
        remove_results(ring, value);
        return true;
    case JRINTR:
        ring->jrint &= ~(value & JRINT_SET);
        tw_caam_ring_interrupt(ring);
        return true;
    case JRCFGR_HIGH:
        ring->jrcfg[0] = value;
        return true;
    case JRCFGR_LOW:
        ring->jrcfg[1] = value;
        tw_caam_ring_interrupt(ring);
        return true;
    case JRCR:
        if ((value & JRCR_RESET) != 0) {
            tw_caam_ring_reset(ring);
        }
        return true;
    default:
        /* The high half of an address is zero. */
        return (offset == IRBAR - 4 || offset == ORBAR - 4) && value == 0;
    }
}

void tw_caam_ring_save(const struct tw_caam_ring *ring, struct tw_saver *to)
{
    tw_save_u32(to, ring->irbar);
    tw_save_u32(to, ring->irsr);
    tw_save_u32(to, ring->irja);
    tw_save_u32(to, ring->orbar);
    tw_save_u32(to, ring->orsr);
    tw_save_u32(to, ring->orsf);
    tw_save_u32(to, ring->jrint);
    tw_save_u32(to, ring->jrcfg[0]);
    tw_save_u32(to, ring->jrcfg[1]);
    tw_save_u32(to, ring->in);
    tw_save_u32(to, ring->out);
    tw_save_event(to, &ring->done);
}

void tw_caam_ring_load(struct tw_caam_ring *ring, struct tw_loader *from)
{
    ring->irbar = tw_load_u32(from);
    ring->irsr = tw_load_u32(from) & RING_MAX;
    ring->irja = tw_load_u32(from);
    ring->orbar = tw_load_u32(from);
    ring->orsr = tw_load_u32(from) & RING_MAX;
    ring->orsf = tw_load_u32(from);
    ring->jrint = tw_load_u32(from);
    ring->jrcfg[0] = tw_load_u32(from);
    ring->jrcfg[1] = tw_load_u32(from);
    ring->in = tw_load_u32(from);
    ring->out = tw_load_u32(from);
    tw_load_event(from, ring->caam->w.clock, &ring->done);
    /* A job is under way only in rings that have sizes. */
    if (ring->irja > ring->irsr || ring->orsf > ring->orsr ||
        (ring->irja > 0 && ring->orsr == 0) ||
        (ring->done.slot != 0 && ring->irja == 0)) {
        from->failed = true;
    }
}
