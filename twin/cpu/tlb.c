/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of translations. */
#include <string.h>

#include "cpu/code.h"
#include "cpu/translate.h"

/* Lines of a page whose stores leave no marks. */
static const uint8_t unmarked[TW_PAGE / TW_LINE] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

void tw_tlb_flush(struct tw_cpu *c)
{
    for (uint32_t i = 0; i < TW_TLB_ENTRIES; i++) {
        c->tlb[i].tag = TW_TAG_NONE;
        c->tlb[i].read = TW_TAG_NONE;
        c->tlb[i].write = TW_TAG_NONE;
        c->tlb[i].execute = TW_TAG_NONE;
    }
}

static bool write_back(uint8_t cache)
{
    return cache == TW_CACHE_WB_WA || cache == TW_CACHE_WB;
}

static bool watched(const struct tw_cpu *c, uint32_t page)
{
    for (uint32_t i = 0; i < c->debug.watch_count; i++) {
        const struct tw_watch *w = &c->debug.watches[i];
        uint32_t last = w->address + (w->size - 1);

        if (page >= w->address / TW_PAGE * TW_PAGE && page <= last) {
            return true;
        }
    }
    return false;
}

/* Lets simple accesses through where memory and guards allow. */
static void open_memory(struct tw_cpu *c, struct tw_tlb *e)
{
    struct tw_access how = {.address = e->frame,
                            .size = 4,
                            .secure = !e->ns,
                            .privileged = (e->tag & TW_CONTEXT_USER) == 0,
                            .master = TW_CPU};
    struct tw_page page;
    bool fast = !watched(c, e->tag / TW_PAGE * TW_PAGE);

    if (!tw_bus_page(c->bus, &how, &page)) {
        return;
    }
    e->bytes = page.bytes;
    if (fast && (e->rights & TW_READ) != 0) {
        e->read = e->tag;
    }
    how.write = true;
    if (!tw_bus_page(c->bus, &how, &page)) {
        return;
    }
    e->writable = true;
    if (e->cached && page.dirty != NULL) {
        e->marks = page.dirty;
    }
    if (fast && (e->rights & TW_WRITE) != 0) {
        e->write = e->tag;
    }
}

static bool fill(struct tw_cpu *c, struct tw_tlb *e, uint32_t page,
                 uint32_t context)
{
    unsigned world = (context & TW_CONTEXT_NS) != 0 ? 1 : 0;
    struct tw_mapping m;

    if (!tw_walk(c, page, context, &m)) {
        return false;
    }
    *e = (struct tw_tlb){
        .read = TW_TAG_NONE,
        .write = TW_TAG_NONE,
        .execute = TW_TAG_NONE,
        .tag = page | context,
        .frame = m.physical,
        .marks = unmarked,
        .rights = m.rights,
        .memory = m.memory,
        .domain = m.domain,
        .section = m.section,
        .ns = m.ns,
        .cached = write_back(m.inner) && m.memory == TW_NORMAL &&
                  (c->cp[TW_CP_SCTLR][world] & TW_SCTLR_C) != 0,
    };
    open_memory(c, e);
    return true;
}

struct tw_tlb *tw_tlb_find(struct tw_cpu *c, uint32_t address, uint32_t context,
                           uint8_t right)
{
    struct tw_tlb *e = tw_tlb_at(c, address, context);
    uint32_t page = address / TW_PAGE * TW_PAGE;

    c->fault.address = address;
    c->fault.write = right == TW_WRITE;
    c->fault.maintenance = false;
    if (e->tag != (page | context) && !fill(c, e, page, context)) {
        return NULL;
    }
    if ((e->rights & right) == 0) {
        c->fault.status =
            e->section ? TW_FAULT_PERMISSION_SECTION : TW_FAULT_PERMISSION_PAGE;
        c->fault.domain = e->domain;
        return NULL;
    }
    return e;
}

bool tw_tlb_locate(struct tw_cpu *c, uint32_t address, uint32_t context,
                   uint32_t *physical)
{
    struct tw_tlb *e = tw_tlb_at(c, address, context);
    uint32_t page = address / TW_PAGE * TW_PAGE;

    if (e->tag != (page | context) && !fill(c, e, page, context)) {
        return false;
    }
    *physical = e->frame + address % TW_PAGE;
    return true;
}
