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

#define MCFGR_RESET   (UINT32_C(1) << 31)
#define MCFGR_INITIAL UINT32_C(0x00002300)
#define VERSION_MS    UINT32_C(0x0a160300)

void tw_caam_misuse(struct tw_caam *caam, const char *what, uint32_t value)
{
    tw_report(caam->w.bus->report, TW_REPORT_MISUSE, "caam: %s (0x%x)", what,
              (unsigned)value);
}

static bool lookup(struct tw_caam *caam, uint32_t offset, uint32_t *value)
{
    if (offset >= RING0 && offset < RINGS_END) {
        return tw_caam_ring_read(&caam->rings[(offset - RING0) / RING_STEP],
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
        tw_caam_misuse(caam, "read of other than 32 bits", offset);
        return false;
    }
    if (offset % 4 != 0 || !lookup(caam, offset, value)) {
        tw_caam_misuse(caam, "read of an offset without a register", offset);
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
        tw_caam_ring_reset(&caam->rings[i]);
    }
    tw_caam_rng_reset(caam);
    tw_caam_rtic_reset(caam);
    tw_line_set(&caam->w.lines[TW_CAAM_RINGS], false);
}

static bool write_word(struct tw_caam *caam, uint32_t offset, uint32_t value)
{
    if (offset >= RING0 && offset < RINGS_END) {
        return tw_caam_ring_write(&caam->rings[(offset - RING0) / RING_STEP],
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
            tw_caam_ring_kick(&caam->rings[i]);
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
        tw_caam_misuse(caam, "write of other than 32 bits", offset);
        return false;
    }
    if (offset % 4 != 0 || !write_word(caam, offset, value)) {
        tw_caam_misuse(caam, "write to an offset that takes none", offset);
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
        ring->done = (struct tw_event){.fire = tw_caam_ring_done, .ctx = ring};
    }
    caam->entropy_done =
        (struct tw_event){.fire = tw_caam_entropy_done, .ctx = caam};
    caam->rtic_step = (struct tw_event){.fire = tw_caam_rtic_step, .ctx = caam};
    tw_rng_init(&caam->noise, wiring->seed, "caam");
    reset_all(caam);
    tw_bus_add_device(wiring->bus, "caam", TW_CAAM_BASE, TW_CAAM_SIZE,
                      &caam_ops, caam);
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
        tw_caam_ring_save(&caam->rings[i], to);
    }
    tw_caam_rng_save(caam, to);
    tw_caam_rtic_save(caam, to);
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
        tw_caam_ring_load(&caam->rings[i], from);
    }
    tw_caam_rng_load(caam, from);
    tw_caam_rtic_load(caam, from);
    bool level = tw_load_u8(from) != 0;

    if (from->failed) {
        reset_all(caam);
        return false;
    }
    for (size_t i = 0; i < TW_CAAM_RINGS; i++) {
        tw_caam_ring_interrupt(&caam->rings[i]);
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
