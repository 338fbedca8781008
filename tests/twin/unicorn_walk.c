/* SPDX-License-Identifier: Apache-2.0 */
#include "unicorn_walk.h"

enum {
    ALIGNMENT = 0x1,
    FLAG = 0x3,
    TRANSLATION = 0x5,
    DOMAIN = 0x9,
    EXTERNAL_FIRST = 0xc,
    EXTERNAL_SECOND = 0xe,
    PERMISSION = 0xd,
    PAGE = 2, /* added for the second level */
    SCTLR_AFE = 1 << 29,
    TTBCR_PD0 = 1 << 4,
    TTBCR_PD1 = 1 << 5
};

static const uint32_t sctlr_at[3] = {1, 0, 0};
static const uint32_t ttbr0_at[3] = {2, 0, 0};
static const uint32_t ttbr1_at[3] = {2, 0, 1};
static const uint32_t ttbcr_at[3] = {2, 0, 2};
static const uint32_t dacr_at[3] = {3, 0, 0};

/* What a descriptor says; ap has AP[2:0]. */
struct entry {
    uint32_t ap;
    uint32_t domain;
    uint32_t level; /* 0, or PAGE */
    bool never;
};

static bool allowed(const struct entry *e, bool user, bool write, bool afe)
{
    uint32_t ap = e->ap;

    if (afe) {
        ap |= 1;
    }
    switch (ap) {
    case 0:
        return false;
    case 1:
        return !user;
    case 2:
        return !user || !write;
    case 3:
        return true;
    case 5:
        return !user && !write;
    default:
        return !write;
    }
}

/* Tables say yes: does the domain, do the permissions? */
static uint32_t judge(const struct unicorn_walk *w, const struct entry *e,
                      bool user, bool execute, bool write)
{
    bool afe = (w->get(w->ctx, sctlr_at) & SCTLR_AFE) != 0;
    uint32_t access = w->get(w->ctx, dacr_at) >> (2 * e->domain) & 3;
    uint32_t where = e->domain << 4 | e->level;

    if (afe && (e->ap & 1) == 0) {
        return e->level == PAGE ? FLAG + 3 : FLAG;
    }
    if (access != 1 && access != 3) {
        return DOMAIN | where;
    }
    if (access == 1 &&
        (!allowed(e, user, write, afe) || (execute && e->never))) {
        return PERMISSION | where;
    }
    return ALIGNMENT;
}

static uint32_t second(const struct unicorn_walk *w, uint32_t address,
                       uint32_t first, struct entry *e)
{
    uint32_t word = 0;

    e->level = PAGE;
    if (!w->read(w->ctx, (first & ~0x3ffU) | (address >> 10 & 0x3fc), &word)) {
        return EXTERNAL_SECOND;
    }
    if ((word & 3) == 0) {
        return (TRANSLATION | PAGE) | e->domain << 4;
    }
    e->ap = (word >> 4 & 3) | (word >> 7 & 4);
    e->never = (word & 2) != 0 ? (word & 1) != 0 : (word >> 15 & 1) != 0;
    return 0;
}

/* First level: 0 when e says the rest, or the status. */
static uint32_t first(const struct unicorn_walk *w, uint32_t address,
                      struct entry *e)
{
    uint32_t ttbcr = w->get(w->ctx, ttbcr_at);
    uint32_t n = ttbcr & 7;
    bool upper = n != 0 && address >> (32 - n) != 0;
    uint32_t base = w->get(w->ctx, upper ? ttbr1_at : ttbr0_at);
    uint32_t bits = upper ? 0 : n;
    uint32_t word = 0;

    if ((ttbcr & (upper ? TTBCR_PD1 : TTBCR_PD0)) != 0) {
        return TRANSLATION;
    }
    base &= ~((1U << (14 - bits)) - 1);
    if (!w->read(w->ctx, base | (address << bits >> bits >> 18 & ~3U), &word)) {
        return EXTERNAL_FIRST;
    }
    e->domain = word >> 5 & 15;
    switch (word & 3) {
    case 0:
        return TRANSLATION;
    case 1:
        return second(w, address, word, e);
    default:
        e->ap = (word >> 10 & 3) | (word >> 13 & 4);
        e->never = (word & 0x10) != 0;
        e->domain = (word & 1 << 18) != 0 ? 0 : e->domain;
        return 0;
    }
}

uint32_t unicorn_walk_status(const struct unicorn_walk *w, uint32_t address,
                             bool user, bool execute, bool write)
{
    struct entry e = {.level = 0};
    uint32_t status = first(w, address, &e);

    if (status == 0) {
        status = judge(w, &e, user, execute, write);
    }
    /* The status of a fetch has no domain. */
    return execute ? status & 0xf : status;
}

bool unicorn_walk_as_user(uint32_t word)
{
    bool single = (word & 0x0c000000) == 0x04000000;
    bool extra = (word & 0x0e000090) == 0x00000090 && (word & 0x60) != 0;

    return (single || extra) && (word & 0x01200000) == 0x00200000;
}
