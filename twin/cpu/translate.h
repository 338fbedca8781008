/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_TRANSLATE_H
#define TWIN_TRANSLATE_H

#include "cpu/processor.h"

/*
 * From virtual to physical: the walk through the tables (mmu.c) and the cache
 * of its results (tlb.c). Source: ARM DDI 0406C B3.5 to B3.8.
 */

/* What the tables say about an address. */
struct tw_mapping {
    uint32_t physical;
    uint8_t rights; /* TW_READ ... of this context */
    uint8_t memory; /* enum tw_memory */
    uint8_t domain;
    bool section; /* by a first-level entry: kind of a permission fault */
    bool super;   /* supersection */
    bool ns;      /* attribute on the bus */
    bool shareable;
    uint8_t inner; /* TW_CACHE_* */
    uint8_t outer;
};

/* Encoding of TEX and of the remap registers. */
enum {
    TW_CACHE_NONE = 0,
    TW_CACHE_WB_WA = 1,
    TW_CACHE_WT = 2,
    TW_CACHE_WB = 3
};

/**
 * Walks the tables of a context (TW_CONTEXT_*).
 *
 * @return true; false with c->fault.status and domain set, the rest of it not
 */
bool tw_walk(struct tw_cpu *c, uint32_t address, uint32_t context,
             struct tw_mapping *mapping);

/** Memory type and cacheability of the bits TEX, C, B, S of a descriptor, as
 * tex << 2 | c << 1 | b; mmu_attributes.c. */
void tw_attributes(struct tw_cpu *c, uint32_t context, uint32_t tex_cb, bool s,
                   struct tw_mapping *mapping);

void tw_tlb_flush(struct tw_cpu *c);

static inline struct tw_tlb *tw_tlb_at(struct tw_cpu *c, uint32_t address,
                                       uint32_t context)
{
    /* The second term keeps a copy between two buffers that lie a multiple of
     * 4 MiB apart from emptying one entry at each word. */
    uint32_t page = address / TW_PAGE;

    return &c->tlb[(page ^ page >> 10 ^ context << 6) % TW_TLB_ENTRIES];
}

/**
 * The entry of an address with the right asked for.
 *
 * @return NULL with c->fault set (but for its maintenance)
 */
struct tw_tlb *tw_tlb_find(struct tw_cpu *c, uint32_t address, uint32_t context,
                           uint8_t right);

/**
 * Where an address lies, whatever one may do there.
 *
 * @return false with c->fault.status and domain set
 */
bool tw_tlb_locate(struct tw_cpu *c, uint32_t address, uint32_t context,
                   uint32_t *physical);

#endif
