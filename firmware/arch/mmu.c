/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/mmu.h"

#include <stdbool.h>

/* Descriptor bits: ARM DDI 0406, B3.5. TEX remap is off. */
enum {
    PAGE = 4096,
    MIB = 1 << 20,
    L1_TABLE = 1,
    L1_SECTION = 2,
    L2_PAGE = 2,
    L2_XN = 1
};

/* Attributes in the order TEX, C, B; AP[2] (read only); XN. */
struct attributes {
    uint8_t tex;
    uint8_t cb;
    bool read_only;
    bool no_execute;
};

static const struct attributes attributes[MMU_KINDS] = {
    [MMU_CODE] = {1, 3, true, false},   [MMU_CONST] = {1, 3, true, true},
    [MMU_DATA] = {1, 3, false, true},   [MMU_DMA] = {1, 0, false, true},
    [MMU_DEVICE] = {0, 1, false, true},
};

static uint32_t section(uint32_t address, enum mmu_kind kind)
{
    const struct attributes *a = &attributes[kind];

    if (kind == MMU_NONE) {
        return 0;
    }
    return address | L1_SECTION | (uint32_t)a->cb << 2 |
           (a->no_execute ? 1U << 4 : 0) | 1U << 10 | (uint32_t)a->tex << 12 |
           (a->read_only ? 1U << 15 : 0);
}

static uint32_t page(uint32_t address, enum mmu_kind kind)
{
    const struct attributes *a = &attributes[kind];

    if (kind == MMU_NONE) {
        return 0;
    }
    return address | L2_PAGE | (a->no_execute ? L2_XN : 0U) |
           (uint32_t)a->cb << 2 | 1U << 4 | (uint32_t)a->tex << 6 |
           (a->read_only ? 1U << 9 : 0);
}

/* What a section says of one of its pages: the way back from section(). */
static uint32_t page_of(uint32_t entry, uint32_t address)
{
    if ((entry & 3) != L1_SECTION) {
        return 0;
    }
    return address | L2_PAGE | ((entry >> 4) & L2_XN) | (entry & 0xc) |
           ((entry >> 10) & 3) << 4 | ((entry >> 12) & 7) << 6 |
           ((entry >> 15) & 1) << 9;
}

/* The table of a MiB; made of its section when there is none yet. */
static uint32_t *table_of(struct mmu_tables *t, uint32_t mib)
{
    uint32_t entry = t->l1[mib];

    if ((entry & 3) == L1_TABLE) {
        return t->l2[((entry & ~0x3ffU) - t->l2_address) / 1024];
    }
    if (t->l2_used == MMU_L2_TABLES) {
        return NULL;
    }
    uint32_t *table = t->l2[t->l2_used];

    for (uint32_t i = 0; i < MMU_L2_ENTRIES; i++) {
        table[i] = page_of(entry, mib * MIB + i * PAGE);
    }
    t->l1[mib] = (t->l2_address + t->l2_used * 1024) | L1_TABLE;
    t->l2_used++;
    return table;
}

/* A MiB at once, or a page; how much that was, 0 without a table for it. */
static uint32_t map_step(struct mmu_tables *t, uint32_t at, uint32_t left,
                         enum mmu_kind kind)
{
    if (at % MIB == 0 && left >= MIB) {
        t->l1[at / MIB] = section(at, kind);
        return MIB;
    }
    uint32_t *table = table_of(t, at / MIB);

    if (table == NULL) {
        return 0;
    }
    table[at % MIB / PAGE] = page(at, kind);
    return PAGE;
}

static aw_err map(struct mmu_tables *t, const struct mmu_range *r)
{
    uint32_t at = r->start;
    uint32_t left = r->size;

    while (left > 0) {
        uint32_t step = map_step(t, at, left, r->kind);

        if (step == 0) {
            return AW_ERR_SPACE;
        }
        at += step;
        left -= step;
    }
    return AW_OK;
}

aw_err mmu_build(struct mmu_tables *tables, const struct mmu_range *ranges,
                 size_t n)
{
    aw_err err = AW_OK;

    tables->l2_used = 0;
    for (size_t i = 0; i < MMU_L1_ENTRIES; i++) {
        tables->l1[i] = 0;
    }
    for (size_t i = 0; i < n && err == AW_OK; i++) {
        const struct mmu_range *r = &ranges[i];
        bool fits = r->start % PAGE == 0 && r->size % PAGE == 0 &&
                    (r->size == 0 || r->start <= UINT32_MAX - (r->size - 1));

        err = fits ? map(tables, r) : AW_ERR_RANGE;
    }
    return err;
}
