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

/* Bits of a descriptor. All entries belong to an address space (nG): others
 * may map the same address otherwise. PXN keeps PL1 from executing. */
enum {
    SECTION_PXN = 1 << 0,
    SECTION_XN = 1 << 4,
    SECTION_RO = 1 << 15,
    SECTION_NG = 1 << 17,
    TABLE_PXN = 1 << 2,
    PAGE_RO = 1 << 9,
    PAGE_NG = 1 << 11
};

/* TEX; C and B; AP[1:0]: 1 for PL1 alone, 3 for both; AP[2] (read only); XN. */
struct attributes {
    uint8_t tex;
    uint8_t cb;
    uint8_t access;
    bool read_only;
    bool no_execute;
};

static const struct attributes attributes[MMU_KINDS] = {
    [MMU_CODE] = {1, 3, 1, true, false},
    [MMU_CONST] = {1, 3, 1, true, true},
    [MMU_DATA] = {1, 3, 1, false, true},
    [MMU_DMA] = {1, 0, 1, false, true},
    [MMU_DEVICE] = {0, 1, 1, false, true},
    [MMU_USER_CODE] = {1, 3, 3, true, false},
    [MMU_USER_CONST] = {1, 3, 3, true, true},
    [MMU_USER_DATA] = {1, 3, 3, false, true},
};

static bool is_user(enum mmu_kind kind)
{
    return attributes[kind].access == 3;
}

static uint32_t section(uint32_t address, enum mmu_kind kind)
{
    const struct attributes *a = &attributes[kind];

    if (kind == MMU_NONE) {
        return 0;
    }
    return address | L1_SECTION | (is_user(kind) ? SECTION_PXN : 0U) |
           (uint32_t)a->cb << 2 | (a->no_execute ? SECTION_XN : 0U) |
           (uint32_t)a->access << 10 | (uint32_t)a->tex << 12 |
           (a->read_only ? SECTION_RO : 0U) | SECTION_NG;
}

static uint32_t page(uint32_t address, enum mmu_kind kind)
{
    const struct attributes *a = &attributes[kind];

    if (kind == MMU_NONE) {
        return 0;
    }
    return address | L2_PAGE | (a->no_execute ? L2_XN : 0U) |
           (uint32_t)a->cb << 2 | (uint32_t)a->access << 4 |
           (uint32_t)a->tex << 6 | (a->read_only ? PAGE_RO : 0U) | PAGE_NG;
}

/* What a section says of one of its pages: the way back from section(). */
static uint32_t page_of(uint32_t entry, uint32_t index)
{
    uint32_t address = (entry & ~(uint32_t)(MIB - 1)) + index * PAGE;

    if ((entry & L1_SECTION) == 0) {
        return 0;
    }
    return address | L2_PAGE | ((entry >> 4) & L2_XN) | (entry & 0xc) |
           ((entry >> 10) & 3) << 4 | ((entry >> 12) & 7) << 6 |
           ((entry >> 15) & 1) << 9 | PAGE_NG;
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
        table[i] = page_of(entry, i);
    }
    t->l1[mib] = (t->l2_address + t->l2_used * 1024) | L1_TABLE |
                 ((entry & 3) == (L1_SECTION | SECTION_PXN) ? TABLE_PXN : 0U);
    t->l2_used++;
    return table;
}

/* A MiB at once, or a page; how much that was, 0 without a table for it. PXN
 * is of a whole table: PL1 executes nothing in a MiB with pages of a user. */
static uint32_t map_step(struct mmu_tables *t, uint32_t at, uint32_t left,
                         const struct mmu_range *r)
{
    uint32_t to = is_user(r->kind) ? at + t->user_offset : at;

    if (at % MIB == 0 && to % MIB == 0 && left >= MIB) {
        t->l1[at / MIB] = section(to, r->kind);
        return MIB;
    }
    uint32_t *table = table_of(t, at / MIB);

    if (table == NULL) {
        return 0;
    }
    table[at % MIB / PAGE] = page(to, r->kind);
    if (is_user(r->kind)) {
        t->l1[at / MIB] |= TABLE_PXN;
    }
    return PAGE;
}

static aw_err map(struct mmu_tables *t, const struct mmu_range *r)
{
    uint32_t at = r->start;
    uint32_t left = r->size;

    while (left > 0) {
        uint32_t step = map_step(t, at, left, r);

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
