/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on caches and translations. Source: ARM DDI 0406C B4.2. */
#include "cpu/code.h"
#include "cpu/cp15_table.h"
#include "cpu/translate.h"

TW_CP_SET(barrier)
{
    (void)c;
    (void)row;
    (void)value;
    return TW_CP15_GO;
}

/* With the instruction cache off nothing keeps old instructions but the
 * pipeline, which a barrier empties. */
TW_CP_SET(isb)
{
    (void)row;
    (void)value;
    if ((tw_cp_here(c, TW_CP_SCTLR) & TW_SCTLR_I) == 0) {
        tw_code_drop_all(c);
        return TW_CP15_LEAVE;
    }
    return TW_CP15_GO;
}

TW_CP_SET(icache_all)
{
    (void)row;
    (void)value;
    tw_code_drop_all(c);
    return TW_CP15_LEAVE;
}

/* Physical address for maintenance by virtual one. Permissions do not matter,
 * but the address must be mapped. */
static bool locate(struct tw_cpu *c, uint32_t address, uint32_t *physical)
{
    if (!tw_tlb_locate(c, address, c->context, physical)) {
        c->fault.address = address;
        c->fault.write = true;
        c->fault.maintenance = true;
        return false;
    }
    return true;
}

TW_CP_SET(icache_line)
{
    uint32_t physical = 0;

    (void)row;
    if (!locate(c, value, &physical)) {
        return TW_CP15_ABORT;
    }
    tw_code_drop_line(c, physical);
    return TW_CP15_GO;
}

TW_CP_SET(dcache_line)
{
    uint32_t physical = 0;

    (void)row;
    if (!locate(c, value, &physical)) {
        return TW_CP15_ABORT;
    }
    tw_bus_clean(c->bus, physical, 1);
    return TW_CP15_GO;
}

/* The point of unification is the L2 cache: what is cleaned to it does not
 * reach memory. */
TW_CP_SET(dcache_line_unified)
{
    uint32_t physical = 0;

    (void)row;
    return locate(c, value, &physical) ? TW_CP15_GO : TW_CP15_ABORT;
}

/* Only at level 2 do lines reach memory. One operation stands for the loop
 * over all sets and ways. */
TW_CP_SET(dcache_set_way)
{
    (void)row;
    if ((value >> 1 & 7) == 1) {
        tw_bus_clean_all(c->bus);
    }
    return TW_CP15_GO;
}

TW_CP_SET(tlb)
{
    (void)row;
    (void)value;
    tw_tlb_flush(c);
    return TW_CP15_LEAVE;
}

/* Cacheability as PAR has it. */
static uint32_t par_inner(const struct tw_mapping *m)
{
    static const uint32_t inner[4] = {0, 5, 6, 7};

    switch (m->memory) {
    case TW_STRONGLY_ORDERED:
        return 1;
    case TW_DEVICE_MEMORY:
        return 3;
    default:
        return inner[m->inner];
    }
}

static uint32_t par_of(const struct tw_mapping *m)
{
    uint32_t par = (m->ns ? 0x200U : 0) | (m->shareable ? 0x80U : 0) |
                   par_inner(m) << 4 | (uint32_t)m->outer << 2;

    if (m->super) {
        return (m->physical & 0xff000000U) | par | 2;
    }
    return (m->physical & 0xfffff000U) | par;
}

/* op2: bit 0 write, bit 1 PL0, bit 2 the non-secure world from the secure. */
TW_CP_SET(translate)
{
    uint32_t op2 = row->key & 7U;
    uint32_t *par = &c->cp[TW_CP_PAR][tw_cp15_bank(c, TW_CP_PAR)];
    bool ns = (op2 & 4) != 0 || (c->context & TW_CONTEXT_NS) != 0;
    uint32_t context =
        ((op2 & 2) != 0 ? TW_CONTEXT_USER : 0U) | (ns ? TW_CONTEXT_NS : 0U);
    uint8_t right = (op2 & 1) != 0 ? TW_WRITE : TW_READ;
    struct tw_mapping m;

    if (!tw_walk(c, value, context, &m)) {
        uint8_t status = c->fault.status;

        if (status == TW_FAULT_WALK_SECTION || status == TW_FAULT_WALK_PAGE) {
            c->fault.address = value;
            c->fault.write = true;
            c->fault.maintenance = true;
            return TW_CP15_ABORT;
        }
        *par = 1U | (uint32_t)status << 1;
    } else if ((m.rights & right) == 0) {
        uint32_t status =
            m.section ? TW_FAULT_PERMISSION_SECTION : TW_FAULT_PERMISSION_PAGE;

        *par = 1U | status << 1;
    } else {
        *par = par_of(&m);
    }
    return TW_CP15_GO;
}
