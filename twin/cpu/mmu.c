/* SPDX-License-Identifier: Apache-2.0 */
/* The walk through short-descriptor tables. Source: ARM DDI 0406C B3.5,
 * B3.7. */
#include "cpu/access.h"

/* Where a walk stands. */
struct walk {
    uint32_t address; /* virtual */
    uint32_t context;
    unsigned world;
    uint32_t sctlr;
    bool cacheable; /* the tables, by TTBR and SCTLR.C */
    /* Of the descriptor that ends it: */
    uint8_t access; /* AP[2:0] */
    bool xn;
    bool pxn;
    uint32_t tex_cb;
    bool shared;
};

static bool fail(struct tw_cpu *c, uint8_t status, uint8_t domain)
{
    c->fault.status = status;
    c->fault.domain = domain;
    return false;
}

/* On silicon a walk that bypasses the caches misses what lies in them. */
static void look_for_dirty(struct tw_cpu *c, const struct tw_access *how)
{
    struct tw_page page;

    if (!tw_bus_page(c->bus, how, &page) || page.dirty == NULL ||
        page.dirty[how->address % TW_PAGE / TW_LINE] == 0) {
        return;
    }
    tw_report(c->report, TW_REPORT_DMA_DIRTY,
              "table walk meets a line that was not cleaned at 0x%08x",
              (unsigned)how->address);
}

static bool read_entry(struct tw_cpu *c, const struct walk *w,
                       uint32_t physical, uint32_t *entry)
{
    const struct tw_access how = {.address = physical,
                                  .size = 4,
                                  .secure = w->world == 0,
                                  .privileged = true,
                                  .master = TW_CPU};

    if (!w->cacheable) {
        look_for_dirty(c, &how);
    }
    return tw_bus_read(c->bus, &how, entry);
}

/* Rights of PL1 and PL0 by AP[2:0]. */
static uint8_t rights_of(const struct walk *w)
{
    enum { R = TW_READ, RW = TW_READ | TW_WRITE };
    static const uint8_t system[8] = {0, RW, RW, RW, 0, R, R, R};
    static const uint8_t user[8] = {0, 0, R, RW, 0, 0, R, R};
    /* With the access flag enabled AP[0] is that flag. */
    static const uint8_t user_flag[4] = {0, RW, 0, R};
    bool at_user = (w->context & TW_CONTEXT_USER) != 0;
    uint8_t for_user = user[w->access];
    uint8_t rights = system[w->access];

    if ((w->sctlr & TW_SCTLR_AFE) != 0) {
        for_user = user_flag[w->access >> 1];
        rights = w->access < 4 ? RW : R;
    }
    if (at_user) {
        rights = for_user;
    }
    bool never = w->xn || (w->pxn && !at_user);

    never |= (w->sctlr & TW_SCTLR_WXN) != 0 && (rights & TW_WRITE) != 0;
    never |= (w->sctlr & TW_SCTLR_UWXN) != 0 && !at_user &&
             (for_user & TW_WRITE) != 0;
    if ((rights & TW_READ) != 0 && !never) {
        rights |= TW_EXECUTE;
    }
    return rights;
}

/* Secure state may be forbidden to run non-secure memory. */
static void forbid_fetch(const struct tw_cpu *c, const struct walk *w,
                         struct tw_mapping *m)
{
    if (w->world == 0 && m->ns && (c->cp[TW_CP_SCR][0] & TW_SCR_SIF) != 0) {
        m->rights &= (uint8_t)~TW_EXECUTE;
    }
}

/* Flag, domain and permissions, in the order in which they fault. */
static bool judge(struct tw_cpu *c, const struct walk *w, struct tw_mapping *m)
{
    enum { CLIENT = 1, MANAGER = 3 };
    uint32_t domain = c->cp[TW_CP_DACR][w->world] >> (2 * m->domain) & 3;

    if ((w->sctlr & TW_SCTLR_AFE) != 0 && (w->access & 1) == 0) {
        return fail(c, m->section ? TW_FAULT_FLAG_SECTION : TW_FAULT_FLAG_PAGE,
                    m->domain);
    }
    if (domain != CLIENT && domain != MANAGER) {
        return fail(c,
                    m->section ? TW_FAULT_DOMAIN_SECTION : TW_FAULT_DOMAIN_PAGE,
                    m->domain);
    }
    m->rights =
        domain == MANAGER ? TW_READ | TW_WRITE | TW_EXECUTE : rights_of(w);
    forbid_fetch(c, w, m);
    tw_attributes(c, w->context, w->tex_cb, w->shared, m);
    return true;
}

static uint8_t access_of(uint32_t entry, unsigned low, unsigned high)
{
    return (uint8_t)((entry >> low & 3) | (entry >> high & 1) << 2);
}

static bool by_section(struct tw_cpu *c, struct walk *w, uint32_t entry,
                       struct tw_mapping *m)
{
    m->section = true;
    m->super = (entry >> 18 & 1) != 0;
    m->domain = m->super ? 0 : (uint8_t)(entry >> 5 & 15);
    m->physical = m->super ? (entry & 0xff000000U) | (w->address & 0xffffffU)
                           : (entry & 0xfff00000U) | (w->address & 0xfffffU);
    m->ns = w->world == 1 || (entry >> 19 & 1) != 0;
    w->access = access_of(entry, 10, 15);
    w->xn = (entry >> 4 & 1) != 0;
    w->pxn = (entry & 1) != 0;
    w->tex_cb = (entry >> 10 & 0x1c) | (entry >> 2 & 3);
    w->shared = (entry >> 16 & 1) != 0;
    if (m->super && (entry & 0x00f001e0U) != 0) {
        return fail(c, TW_FAULT_EXTERNAL, 0); /* beyond 4 GiB */
    }
    return judge(c, w, m);
}

static bool by_table(struct tw_cpu *c, struct walk *w, uint32_t table,
                     struct tw_mapping *m)
{
    uint32_t entry = 0;
    uint32_t at = (table & 0xfffffc00U) | (w->address >> 10 & 0x3fc);

    m->domain = (uint8_t)(table >> 5 & 15);
    m->ns = w->world == 1 || (table >> 3 & 1) != 0;
    w->pxn = (table >> 2 & 1) != 0;
    if (!read_entry(c, w, at, &entry)) {
        return fail(c, TW_FAULT_WALK_PAGE, m->domain);
    }
    if ((entry & 3) == 0) {
        return fail(c, TW_FAULT_TRANSLATION_PAGE, m->domain);
    }
    bool small = (entry & 2) != 0;

    m->physical = small ? (entry & 0xfffff000U) | (w->address & 0xfffU)
                        : (entry & 0xffff0000U) | (w->address & 0xffffU);
    w->xn = (entry >> (small ? 0 : 15) & 1) != 0;
    w->access = access_of(entry, 4, 9);
    w->tex_cb = (entry >> (small ? 4 : 10) & 0x1c) | (entry >> 2 & 3);
    w->shared = (entry >> 10 & 1) != 0;
    return judge(c, w, m);
}

/* Address of the first-level entry; false when the table is switched off. */
static bool first_entry(const struct tw_cpu *c, struct walk *w, uint32_t *at)
{
    uint32_t ttbcr = c->cp[TW_CP_TTBCR][w->world];
    uint32_t n = ttbcr & 7;
    bool high = n > 0 && w->address >> (32 - n) != 0;
    uint32_t ttbr = c->cp[high ? TW_CP_TTBR1 : TW_CP_TTBR0][w->world];
    uint32_t size = 1U << (high ? 14 : 14 - n);

    w->cacheable = (w->sctlr & TW_SCTLR_C) != 0 && (ttbr & 0x41) != 0;
    *at = (ttbr & ~(size - 1)) | ((w->address >> 18 & 0x3ffc) & (size - 1));
    return (ttbcr & (high ? TW_TTBCR_PD1 : TW_TTBCR_PD0)) == 0;
}

static bool flat(const struct walk *w, struct tw_mapping *m)
{
    m->physical = w->address;
    m->rights = TW_READ | TW_WRITE | TW_EXECUTE;
    m->memory = TW_STRONGLY_ORDERED;
    m->section = true;
    m->ns = w->world == 1;
    m->shareable = true;
    return true;
}

/* Reads the first-level entry; the status of a fault, 0 for none. */
static uint8_t first_level(struct tw_cpu *c, struct walk *w, uint32_t *entry)
{
    uint32_t at = 0;

    if (!first_entry(c, w, &at)) {
        return TW_FAULT_TRANSLATION_SECTION;
    }
    if (!read_entry(c, w, at, entry)) {
        return TW_FAULT_WALK_SECTION;
    }
    return (*entry & 3) == 0 ? TW_FAULT_TRANSLATION_SECTION : 0;
}

static bool by_tables(struct tw_cpu *c, struct walk *w, struct tw_mapping *m)
{
    uint32_t entry = 0;
    uint8_t status = first_level(c, w, &entry);

    if (status != 0) {
        return fail(c, status, 0);
    }
    return (entry & 3) == 1 ? by_table(c, w, entry, m)
                            : by_section(c, w, entry, m);
}

bool tw_walk(struct tw_cpu *c, uint32_t address, uint32_t context,
             struct tw_mapping *mapping)
{
    struct walk w = {.address = address,
                     .context = context,
                     .world = (context & TW_CONTEXT_NS) != 0 ? 1 : 0};
    struct tw_mapping m = {0};

    w.sctlr = c->cp[TW_CP_SCTLR][w.world];
    bool found =
        (w.sctlr & TW_SCTLR_M) == 0 ? flat(&w, &m) : by_tables(c, &w, &m);

    if (found) {
        *mapping = m;
    }
    return found;
}
