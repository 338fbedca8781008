/* SPDX-License-Identifier: Apache-2.0 */
/* Memory types. Source: ARM DDI 0406C B3.8. */
#include "cpu/translate.h"

static void set(struct tw_mapping *m, enum tw_memory memory, uint8_t inner,
                uint8_t outer)
{
    m->memory = (uint8_t)memory;
    m->inner = inner;
    m->outer = outer;
}

static void reserved(struct tw_cpu *c, uint32_t tex_cb, struct tw_mapping *m)
{
    tw_report(c->report, TW_REPORT_MISUSE,
              "descriptor with reserved memory type, TEX C B 0x%02x",
              (unsigned)tex_cb);
    set(m, TW_STRONGLY_ORDERED, TW_CACHE_NONE, TW_CACHE_NONE);
}

/* SCTLR.TRE is 0: TEX, C and B say it all. */
static void direct(struct tw_cpu *c, uint32_t tex_cb, struct tw_mapping *m)
{
    if (tex_cb >= 0x10) { /* TEX 1BB: outer BB, inner CB */
        set(m, TW_NORMAL, tex_cb & 3, (uint8_t)(tex_cb >> 2 & 3));
        return;
    }
    switch (tex_cb) {
    case 0x00:
        set(m, TW_STRONGLY_ORDERED, TW_CACHE_NONE, TW_CACHE_NONE);
        m->shareable = true;
        break;
    case 0x01:
        set(m, TW_DEVICE_MEMORY, TW_CACHE_NONE, TW_CACHE_NONE);
        m->shareable = true;
        break;
    case 0x02:
        set(m, TW_NORMAL, TW_CACHE_WT, TW_CACHE_WT);
        break;
    case 0x03:
        set(m, TW_NORMAL, TW_CACHE_WB, TW_CACHE_WB);
        break;
    case 0x04:
        set(m, TW_NORMAL, TW_CACHE_NONE, TW_CACHE_NONE);
        break;
    case 0x07:
        set(m, TW_NORMAL, TW_CACHE_WB_WA, TW_CACHE_WB_WA);
        break;
    case 0x08:
        set(m, TW_DEVICE_MEMORY, TW_CACHE_NONE, TW_CACHE_NONE);
        m->shareable = false;
        break;
    default:
        reserved(c, tex_cb, m);
        break;
    }
}

/* SCTLR.TRE is 1: TEX[0], C and B choose a field of PRRR and NMRR. */
static void remapped(struct tw_cpu *c, unsigned world, uint32_t tex_cb,
                     struct tw_mapping *m)
{
    uint32_t n = tex_cb & 7;
    uint32_t prrr = c->cp[TW_CP_PRRR][world];
    uint32_t nmrr = c->cp[TW_CP_NMRR][world];
    bool s = m->shareable;

    switch (prrr >> (2 * n) & 3) {
    case 0:
        set(m, TW_STRONGLY_ORDERED, TW_CACHE_NONE, TW_CACHE_NONE);
        m->shareable = true;
        break;
    case 1:
        set(m, TW_DEVICE_MEMORY, TW_CACHE_NONE, TW_CACHE_NONE);
        m->shareable = (prrr >> (s ? 17 : 16) & 1) != 0;
        break;
    case 2:
        set(m, TW_NORMAL, (uint8_t)(nmrr >> (2 * n) & 3),
            (uint8_t)(nmrr >> (2 * n + 16) & 3));
        m->shareable = (prrr >> (s ? 19 : 18) & 1) != 0;
        break;
    default:
        reserved(c, tex_cb, m);
        break;
    }
}

void tw_attributes(struct tw_cpu *c, uint32_t context, uint32_t tex_cb, bool s,
                   struct tw_mapping *mapping)
{
    unsigned world = (context & TW_CONTEXT_NS) != 0 ? 1 : 0;

    mapping->shareable = s;
    if ((c->cp[TW_CP_SCTLR][world] & TW_SCTLR_TRE) != 0) {
        remapped(c, world, tex_cb, mapping);
    } else {
        direct(c, tex_cb, mapping);
    }
}
