/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/guard.h"

#include <stdbool.h>

#include "fw/reg.h"

/* Central security unit: IMX6ULSRM, chapter "CSU". */
enum {
    CSU_CSL = 0x021c0000,
    CSU_LEVELS = 40,
    CSU_SA = 0x021c0218,
    SECURE_ONLY = 0x33, /* secure user and supervisor, nobody else */
    LEVEL_LOCK = 1 << 8,
    SECOND = 16 /* bits to the other peripheral of a register */
};
/* Two bits a master: secure, locked. */
#define SA_ALL_SECURE UINT32_C(0xaaaaaaaa)

/* TZC-380, ARM DDI 0431B. */
enum {
    TZASC = 0x021d0000,
    TZ_ACTION = TZASC + 0x004,
    TZ_LOCK_RANGE = TZASC + 0x008,
    TZ_LOCK_SELECT = TZASC + 0x00c,
    TZ_REGION = TZASC + 0x100,
    TZ_STEP = 0x10,
    TZ_ATTRIBUTES = 8,
    TZ_REGIONS = 16,
    TZ_ABORT = 1, /* of ACTION: a bus error, no interrupt */
    TZ_ENABLE = 1,
    TZ_SMALLEST = 32 << 10,
    TZ_LOCK_SELECT_ALL = 7
};
#define TZ_SECURE_ALONE   UINT32_C(0xc0000000)
#define TZ_BOTH           UINT32_C(0xf0000000)
#define TZ_LOCK_RANGE_ALL UINT32_C(0x8000000f)

/* IOMUXC_GPR: IMX6ULLRM rev 1, chapter 33. */
enum {
    GPR1 = 0x020e4004,
    GPR1_TZASC_LOCK = 1 << 23,
    GPR9 = 0x020e4024,
    GPR9_TZASC = 1,
    GPR10 = 0x020e4028,
    GPR10_DEBUG = 3,
    GPR10_OCRAM_TZ = 1 << 10,
    GPR10_OCRAM_START = 0x1f << 11,
    GPR10_LOCK = 16 /* bits from a bit to its lock */
};

static void close_peripherals(void)
{
    const uint32_t both = SECURE_ONLY | LEVEL_LOCK |
                          (uint32_t)(SECURE_ONLY | LEVEL_LOCK) << SECOND;

    for (uint32_t i = 0; i < CSU_LEVELS; i++) {
        reg_wr(CSU_CSL + 4 * i, both);
    }
    reg_wr(CSU_SA, SA_ALL_SECURE);
}

static bool peripherals_are_closed(void)
{
    for (uint32_t i = 0; i < CSU_LEVELS; i++) {
        uint32_t level = reg_rd(CSU_CSL + 4 * i);

        if ((level & 0xff) != SECURE_ONLY ||
            (level >> SECOND & 0xff) != SECURE_ONLY) {
            return false;
        }
    }
    return reg_rd(CSU_SA) == SA_ALL_SECURE;
}

/* From its first byte on. */
static void close_ocram(void)
{
    const uint32_t bits = GPR10_OCRAM_TZ | GPR10_OCRAM_START;

    reg_field(GPR10, bits, GPR10_OCRAM_TZ);
    reg_set(GPR10, bits << GPR10_LOCK);
}

static void set_region(uint32_t region, uint32_t start, uint32_t attributes)
{
    reg_wr(TZ_REGION + TZ_STEP * region, start);
    reg_wr(TZ_REGION + TZ_STEP * region + TZ_ATTRIBUTES, attributes);
}

static bool region_is(uint32_t region, uint32_t start, uint32_t attributes)
{
    return reg_rd(TZ_REGION + TZ_STEP * region) == start &&
           reg_rd(TZ_REGION + TZ_STEP * region + TZ_ATTRIBUTES) == attributes;
}

/* SIZE, bits 6 to 1: the region has 2^(SIZE + 1) bytes. */
static uint32_t attributes_of(uint32_t size)
{
    uint32_t log = 0;

    while (UINT32_C(1) << log < size) {
        log++;
    }
    return TZ_BOTH | (log - 1) << 1 | TZ_ENABLE;
}

static bool close_memory(const struct guard_window *window)
{
    uint32_t attributes = window->size > 0 ? attributes_of(window->size) : 0;

    reg_wr(TZ_ACTION, TZ_ABORT);
    set_region(0, 0, TZ_SECURE_ALONE);
    for (uint32_t i = 2; i < TZ_REGIONS; i++) {
        set_region(i, 0, 0);
    }
    set_region(1, window->start, attributes);
    bool ok = region_is(0, 0, TZ_SECURE_ALONE) &&
              region_is(1, window->start, attributes);

    reg_wr(TZ_LOCK_RANGE, TZ_LOCK_RANGE_ALL);
    reg_wr(TZ_LOCK_SELECT, TZ_LOCK_SELECT_ALL);
    reg_set(GPR1, GPR1_TZASC_LOCK);
    return ok;
}

static bool can_be(const struct guard_window *w)
{
    if (w->size == 0) {
        return w->start == 0;
    }
    return w->size >= TZ_SMALLEST && (w->size & (w->size - 1)) == 0 &&
           w->start % w->size == 0;
}

aw_err guard_init(const struct guard_window *window, struct aw_diag *diag)
{
    const struct guard_window none = {0, 0};
    bool valid = can_be(window);

    close_peripherals();
    close_ocram();
    bool memory = close_memory(valid ? window : &none);

    if (!valid) {
        return aw_fail(diag, AW_ERR_RANGE, "guard: window", window->start);
    }
    if ((reg_rd(GPR9) & GPR9_TZASC) == 0) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "guard: TZASC is bypassed",
                       reg_rd(GPR9));
    }
    if (!memory || !peripherals_are_closed()) {
        return aw_fail(diag, AW_ERR_IO, "guard: reads back otherwise", 0);
    }
    return AW_OK;
}

void guard_no_debug(void)
{
    reg_clear(GPR10, GPR10_DEBUG);
    reg_set(GPR10, (uint32_t)GPR10_DEBUG << GPR10_LOCK);
}
