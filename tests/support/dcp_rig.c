/* SPDX-License-Identifier: Apache-2.0 */
#include "dcp_rig.h"

#include <string.h>

#include "support.h"

struct dcp_rig dr;

static bool trusted(void *ctx)
{
    (void)ctx;
    return dr.trusted;
}

void dr_setup(void)
{
    struct tw_dcp_wiring w = {.clock = &rr.rig.clock,
                              .bus = &rr.rig.bus,
                              .line = rig_watch(&dr.line),
                              .key = {.usable = trusted}};

    memset(&dr, 0, sizeof(dr));
    rr_start(RR_OCRAM);
    for (size_t i = 0; i < sizeof(w.key.secret); i++) {
        w.key.secret[i] = (uint8_t)i;
    }
    tw_dcp_init(&dr.dcp, &w);
}

void dr_up(void)
{
    rr_write(DCP_CTRL + 4, UINT32_C(1) << 31);
    rr_write(DCP_CTRL + 8, UINT32_C(1) << 31);
    rr_write(DCP_CTRL + 8, UINT32_C(1) << 30);
    rr_write(DCP_CHANNELCTRL, 0xf);
}

void dr_put(uint32_t at, const struct dr_packet *p)
{
    const uint32_t words[8] = {p->next,   p->control0, p->control1, p->source,
                               p->target, p->size,     p->payload,  p->status};

    for (uint32_t i = 0; i < 8; i++) {
        rr_write(at + 4 * i, words[i]);
    }
}

uint32_t dr_go(uint32_t packets)
{
    rr_write(DCP_CHSTAT + 8, UINT32_MAX);
    rr_write(DCP_STAT + 8, 0xf);
    rr_write(DCP_CMDPTR, DR_PACKET);
    rr_write(DCP_SEMA, packets);
    rig_run_us(&rr.rig, 2000);
    return rr_read(DCP_CHSTAT);
}

uint32_t dr_run(const struct dr_packet *p)
{
    dr_put(DR_PACKET, p);
    return dr_go(1);
}

void dr_ram_key(uint32_t slot)
{
    rr_write(DCP_KEY, slot << 4);
    for (uint32_t i = 0; i < 4; i++) {
        rr_write(DCP_KEYDATA, (4 * i) | (4 * i + 1) << 8 | (4 * i + 2) << 16 |
                                  (4 * i + 3) << 24);
    }
}
