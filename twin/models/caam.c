/* SPDX-License-Identifier: Apache-2.0 */
#include "models/caam.h"

#include <string.h>

#include "models/caam_parts.h"

enum offset {
    MCFGR = 0x004,
    SCFGR = 0x00c,
    JRMID = 0x010, /* three pairs */
    JRMID_END = 0x028,
    JRSTART = 0x05c,
    RNG = 0x600,
    RNG_END = 0x700,
    CSTA = 0xfd4,
    CAAMVID_MS = 0xff8,
    CAAMVID_LS = 0xffc,
    RING0 = 0x1000,
    RING_STEP = 0x1000,
    RINGS_END = 0x4000,
    RTIC = 0x6000,
    RTIC_END = 0x7000
};

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

#define MCFGR_RESET   (UINT32_C(1) << 31)
#define MCFGR_INITIAL UINT32_C(0x00002300)
#define VERSION_MS    UINT32_C(0x0a160300)
#define RING_MAX      UINT32_C(0x3ff)
#define JRINT_SET     UINT32_C(1)
#define JRCFG_IMSK    UINT32_C(1)
#define JRCR_RESET    UINT32_C(1)
#define CAAM_HZ       UINT64_C(132000000)

enum { JOB_CYCLES = 600, RESULT_BYTES = 8 };

static void misuse(struct tw_caam *caam, const char *what, uint32_t value)
{
    tw_report(caam->w.bus->report, TW_REPORT_MISUSE, "caam: %s (0x%x)", what,
              (unsigned)value);
}

static uint32_t number_of(const struct tw_caam_ring *ring)
{
    return (uint32_t)(ring - ring->caam->rings);
}

static bool started(const struct tw_caam_ring *ring)
{
    return (ring->caam->jrstart >> number_of(ring) & 1) != 0;
}

static void interrupt(struct tw_caam_ring *ring)
{
    bool level =
        (ring->jrint & JRINT_SET) != 0 && (ring->jrcfg[1] & JRCFG_IMSK) == 0;

    tw_line_set(&ring->caam->w.lines[number_of(ring)], level);
}

/* Takes the next job when there is one, room for its result, and a start. */
static void kick(struct tw_caam_ring *ring)
{
    struct tw_caam *caam = ring->caam;

    if (ring->irja == 0 || ring->done.slot != 0 || !started(ring)) {
        return;
    }
    if (ring->irsr == 0 || ring->orsr == 0 || ring->orsf >= ring->orsr) {
        misuse(caam, "job without room in its rings: IRSR and ORSR are sizes",
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

static void on_done(void *ctx)
{
    struct tw_caam_ring *ring = ctx;
    struct tw_caam *caam = ring->caam;
    uint8_t entry[4];
    uint8_t result[RESULT_BYTES];
    uint32_t bytes = 0;

    if (!tw_dma_read(caam->w.bus, TW_CAAM, ring->irbar + 4 * ring->in, entry,
                     sizeof(entry))) {
        misuse(caam, "input ring is no memory", ring->irbar);
        ring->irja = 0;
        return;
    }
    uint32_t status = tw_caam_run(caam, le32(entry), &bytes);

    memcpy(result, entry, sizeof(entry));
    put_le32(&result[4], status);
    if (!tw_dma_write(caam->w.bus, TW_CAAM,
                      ring->orbar + RESULT_BYTES * ring->out, result,
                      sizeof(result))) {
        misuse(caam, "output ring is no memory", ring->orbar);
        ring->irja = 0;
        return;
    }
    ring->in = (ring->in + 1) % ring->irsr;
    ring->out = (ring->out + 1) % ring->orsr;
    ring->irja--;
    ring->orsf++;
    ring->jrint |= JRINT_SET;
    interrupt(ring);
    kick(ring);
}

static void reset_ring(struct tw_caam_ring *ring)
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
    interrupt(ring);
}

static bool ring_read(const struct tw_caam_ring *ring, uint32_t offset,
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
        misuse(ring->caam, "more jobs added than the input ring has room", n);
        n = ring->irsr - ring->irja;
    }
    if (!started(ring)) {
        misuse(ring->caam, "job added to a ring that JRSTART does not start",
               ring->caam->jrstart);
    }
    ring->irja += n;
    kick(ring);
}

static void remove_results(struct tw_caam_ring *ring, uint32_t n)
{
    n &= RING_MAX;
    if (n > ring->orsf) {
        misuse(ring->caam, "more results removed than there are", n);
        n = ring->orsf;
    }
    ring->orsf -= n;
    kick(ring);
}

/* Bases and sizes change while the ring is empty. */
static bool set_place(struct tw_caam_ring *ring, uint32_t *reg, uint32_t value)
{
    if (ring->irja > 0) {
        misuse(ring->caam, "ring moved while it holds jobs", value);
        return true;
    }
    *reg = value;
    ring->in = 0;
    ring->out = 0;
    return true;
}

static bool ring_write(struct tw_caam_ring *ring, uint32_t offset,
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
        interrupt(ring);
        return true;
    case JRCFGR_HIGH:
        ring->jrcfg[0] = value;
        return true;
    case JRCFGR_LOW:
        ring->jrcfg[1] = value;
        interrupt(ring);
        return true;
    case JRCR:
        if ((value & JRCR_RESET) != 0) {
            reset_ring(ring);
        }
        return true;
    default:
        /* The high half of an address is zero. */
        return (offset == IRBAR - 4 || offset == ORBAR - 4) && value == 0;
    }
}

static bool lookup(struct tw_caam *caam, uint32_t offset, uint32_t *value)
{
    if (offset >= RING0 && offset < RINGS_END) {
        return ring_read(&caam->rings[(offset - RING0) / RING_STEP],
                         offset % RING_STEP, value);
    }
    if (offset >= RNG && offset < RNG_END) {
        return tw_caam_rng_read(caam, offset - RNG, value);
    }
    if (offset >= RTIC && offset < RTIC_END) {
        return tw_caam_rtic_read(caam, offset - RTIC, value);
    }
    if (offset >= JRMID && offset < JRMID_END) {
        *value = caam->jrmid[(offset - JRMID) / 4];
        return true;
    }
    switch (offset) {
    case MCFGR:
        *value = caam->mcfgr;
        return true;
    case SCFGR:
        *value = caam->scfgr;
        return true;
    case JRSTART:
        *value = caam->jrstart;
        return true;
    case CSTA:
        *value = 0;
        return true;
    case CAAMVID_MS:
        *value = VERSION_MS;
        return true;
    case CAAMVID_LS:
        *value = 0;
        return true;
    default:
        return false;
    }
}

static bool caam_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    struct tw_caam *caam = ctx;

    *value = 0;
    if (how->size != 4) {
        misuse(caam, "read of other than 32 bits", offset);
        return false;
    }
    if (offset % 4 != 0 || !lookup(caam, offset, value)) {
        misuse(caam, "read of an offset without a register", offset);
    }
    return true;
}

static void reset_all(struct tw_caam *caam)
{
    caam->mcfgr = MCFGR_INITIAL;
    caam->scfgr = 0;
    caam->jrstart = 0;
    memset(caam->jrmid, 0, sizeof(caam->jrmid));
    for (size_t i = 0; i < TW_CAAM_RINGS; i++) {
        reset_ring(&caam->rings[i]);
    }
    tw_caam_rng_reset(caam);
    tw_caam_rtic_reset(caam);
    tw_line_set(&caam->w.lines[TW_CAAM_RINGS], false);
}

static bool write_word(struct tw_caam *caam, uint32_t offset, uint32_t value)
{
    if (offset >= RING0 && offset < RINGS_END) {
        return ring_write(&caam->rings[(offset - RING0) / RING_STEP],
                          offset % RING_STEP, value);
    }
    if (offset >= RNG && offset < RNG_END) {
        return tw_caam_rng_write(caam, offset - RNG, value);
    }
    if (offset >= RTIC && offset < RTIC_END) {
        return tw_caam_rtic_write(caam, offset - RTIC, value);
    }
    if (offset >= JRMID && offset < JRMID_END) {
        caam->jrmid[(offset - JRMID) / 4] = value;
        return true;
    }
    switch (offset) {
    case MCFGR:
        if ((value & MCFGR_RESET) != 0) {
            reset_all(caam);
        } else {
            caam->mcfgr = value;
        }
        return true;
    case SCFGR:
        caam->scfgr = value;
        return true;
    case JRSTART:
        caam->jrstart = value & ((1U << TW_CAAM_RINGS) - 1);
        for (size_t i = 0; i < TW_CAAM_RINGS; i++) {
            kick(&caam->rings[i]);
        }
        return true;
    default:
        return false;
    }
}

static bool caam_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_caam *caam = ctx;

    if (how->size != 4) {
        misuse(caam, "write of other than 32 bits", offset);
        return false;
    }
    if (offset % 4 != 0 || !write_word(caam, offset, value)) {
        misuse(caam, "write to an offset that takes none", offset);
    }
    return true;
}

static const struct tw_device_ops caam_ops = {.read = caam_read,
                                              .write = caam_write};

static void caam_reset(void *model, enum tw_reset kind)
{
    (void)kind;
    reset_all(model);
}

void tw_caam_init(struct tw_caam *caam, const struct tw_caam_wiring *wiring)
{
    memset(caam, 0, sizeof(*caam));
    caam->w = *wiring;
    for (size_t i = 0; i < TW_CAAM_RINGS; i++) {
        struct tw_caam_ring *ring = &caam->rings[i];

        ring->caam = caam;
        ring->done = (struct tw_event){.fire = on_done, .ctx = ring};
    }
    caam->entropy_done =
        (struct tw_event){.fire = tw_caam_entropy_done, .ctx = caam};
    caam->rtic_step = (struct tw_event){.fire = tw_caam_rtic_step, .ctx = caam};
    tw_rng_init(&caam->noise, wiring->seed, "caam");
    reset_all(caam);
    tw_bus_add_device(wiring->bus, "caam", TW_CAAM_BASE, TW_CAAM_SIZE,
                      &caam_ops, caam);
}

static void save_ring(const struct tw_caam_ring *ring, struct tw_saver *to)
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

static void load_ring(struct tw_caam_ring *ring, struct tw_loader *from)
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

static void save_rng(const struct tw_caam *caam, struct tw_saver *to)
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

static void load_rng(struct tw_caam *caam, struct tw_loader *from)
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

static void save_rtic(const struct tw_caam *caam, struct tw_saver *to)
{
    tw_save_u32(to, caam->rsta);
    tw_save_u32(to, caam->rctl);
    tw_save_u32(to, caam->rthr);
    tw_save_u32(to, caam->rwdog[0]);
    tw_save_u32(to, caam->rwdog[1]);
    for (size_t i = 0; i < TW_RTIC_BLOCKS; i++) {
        tw_save_u32(to, caam->blocks[i].address);
        tw_save_u32(to, caam->blocks[i].length);
        tw_save_u8(to, caam->blocks[i].known ? 1 : 0);
        tw_save_bytes(to, caam->blocks[i].digest, 32);
    }
    tw_save_event(to, &caam->rtic_step);
}

static void load_rtic(struct tw_caam *caam, struct tw_loader *from)
{
    caam->rsta = tw_load_u32(from);
    caam->rctl = tw_load_u32(from);
    caam->rthr = tw_load_u32(from);
    caam->rwdog[0] = tw_load_u32(from);
    caam->rwdog[1] = tw_load_u32(from);
    for (size_t i = 0; i < TW_RTIC_BLOCKS; i++) {
        caam->blocks[i].address = tw_load_u32(from);
        caam->blocks[i].length = tw_load_u32(from);
        caam->blocks[i].known = tw_load_u8(from) != 0;
        (void)tw_load_bytes(from, caam->blocks[i].digest, 32);
    }
    tw_load_event(from, caam->w.clock, &caam->rtic_step);
}

static void caam_save(void *model, struct tw_saver *to)
{
    const struct tw_caam *caam = model;

    tw_save_u32(to, caam->mcfgr);
    tw_save_u32(to, caam->scfgr);
    tw_save_u32(to, caam->jrstart);
    for (size_t i = 0; i < sizeof(caam->jrmid) / sizeof(caam->jrmid[0]); i++) {
        tw_save_u32(to, caam->jrmid[i]);
    }
    for (size_t i = 0; i < TW_CAAM_RINGS; i++) {
        save_ring(&caam->rings[i], to);
    }
    save_rng(caam, to);
    save_rtic(caam, to);
    tw_save_u8(to, caam->w.lines[TW_CAAM_RINGS].level ? 1 : 0);
}

static bool caam_load(void *model, struct tw_loader *from)
{
    struct tw_caam *caam = model;

    caam->mcfgr = tw_load_u32(from);
    caam->scfgr = tw_load_u32(from);
    caam->jrstart = tw_load_u32(from);
    for (size_t i = 0; i < sizeof(caam->jrmid) / sizeof(caam->jrmid[0]); i++) {
        caam->jrmid[i] = tw_load_u32(from);
    }
    for (size_t i = 0; i < TW_CAAM_RINGS; i++) {
        load_ring(&caam->rings[i], from);
    }
    load_rng(caam, from);
    load_rtic(caam, from);
    bool level = tw_load_u8(from) != 0;

    if (from->failed) {
        reset_all(caam);
        return false;
    }
    for (size_t i = 0; i < TW_CAAM_RINGS; i++) {
        interrupt(&caam->rings[i]);
    }
    tw_line_set(&caam->w.lines[TW_CAAM_RINGS], level);
    return true;
}

struct tw_device tw_caam_device(struct tw_caam *caam)
{
    return (struct tw_device){.name = "caam",
                              .model = caam,
                              .reset = caam_reset,
                              .save = caam_save,
                              .load = caam_load};
}
