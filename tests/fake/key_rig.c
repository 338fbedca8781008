/* SPDX-License-Identifier: Apache-2.0 */
#include "key_rig.h"

#include <string.h>

#include "fw/dma.h"
#include "fw/reg.h"
#include "fw/scratch.h"
#include "fw/time.h"

enum {
    CCGR0 = 0x020c4068,
    CCGR6 = 0x020c4080,
    DIGPROG = 0x020c8260,
    GPT_CNT = 0x02098024,
    SHADOW = 0x021bc400,
    HPSR = 0x020cc014,
    TICKS_AN_ACCESS = 4000
};

struct key_rig key_rig;

static bool trusted(void *ctx)
{
    (void)ctx;
    return true;
}

bool key_rig_has(uint32_t address)
{
    return (address >= TW_DCP_BASE && address < TW_DCP_BASE + TW_DCP_SIZE) ||
           (address >= TW_RNGB_BASE && address < TW_RNGB_BASE + 0x4000) ||
           (address >= TW_CAAM_BASE && address < TW_CAAM_BASE + TW_CAAM_SIZE);
}

bool key_rig_access(void *ctx, struct fake_access *a)
{
    (void)ctx;
    key_rig.rig.clock.now += TICKS_AN_ACCESS;
    tw_clock_fire(&key_rig.rig.clock);
    if (a->address == GPT_CNT) {
        a->value = (uint32_t)tw_clock_periods(&key_rig.rig.clock,
                                              key_rig.rig.clock.now, TIME_HZ);
        return true;
    }
    if (!key_rig_has(a->address) || key_rig.dead) {
        return false;
    }
    if (a->write) {
        rig_write(&key_rig.rig, a->address, a->value);
    } else {
        a->value = rig_read(&key_rig.rig, a->address);
    }
    return true;
}

static void init_engines(void)
{
    struct tw_dcp_wiring dcp = {.clock = &key_rig.rig.clock,
                                .bus = &key_rig.rig.bus,
                                .line = rig_watch(&key_rig.lines[0]),
                                .key = {.usable = trusted}};
    const struct tw_rngb_wiring rngb = {.clock = &key_rig.rig.clock,
                                        .bus = &key_rig.rig.bus,
                                        .line = rig_watch(&key_rig.lines[1]),
                                        .seed = {3}};
    struct tw_caam_wiring caam = {.clock = &key_rig.rig.clock,
                                  .bus = &key_rig.rig.bus,
                                  .key = {.usable = trusted},
                                  .seed = {5}};

    for (size_t i = 0; i < TW_CAAM_LINES; i++) {
        caam.lines[i] = rig_watch(&key_rig.lines[2 + i]);
    }
    for (size_t i = 0; i < sizeof(caam.key.secret); i++) {
        caam.key.secret[i] = (uint8_t)i;
    }
    tw_dcp_init(&key_rig.dcp, &dcp); /* its key is zero */
    tw_rngb_init(&key_rig.rngb, &rngb);
    tw_caam_init(&key_rig.caam, &caam);
}

void key_rig_setup(void)
{
    const struct tw_region region = {
        .name = "OCRAM",
        .base = SCRATCH_ADDRESS,
        .size = KEY_RIG_RAM,
        .ram = {.bytes = key_rig.ram, .dirty = key_rig.dirty}};

    memset(&key_rig, 0, sizeof(key_rig));
    fake_reset();
    fake_dma_on_miss(NULL);
    rig_init(&key_rig.rig);
    tw_bus_add_ram(&key_rig.rig.bus, &region);
    init_engines();
    for (uint32_t at = CCGR0; at <= CCGR6; at += 4) {
        rig_write(&key_rig.rig, at, UINT32_MAX);
    }
    fake_dma_map(key_rig.ram, sizeof(key_rig.ram), SCRATCH_ADDRESS);
    fake_hook(&(struct fake_hook){.access = key_rig_access});
    fake_put(SHADOW + 0x10, 0xea9d0a72);
    fake_put(SHADOW + 0x20, 0x300339d4);
    key_rig_be_ul(false);
    time_init();
}

void key_rig_be_ul(bool ul)
{
    fake_put(DIGPROG, ul ? 0x00640002 : 0x00650001);
}

void key_rig_be_closed(bool closed, bool is_trusted)
{
    fake_put(SHADOW + 0x60, closed ? 2 : 0);
    fake_put(HPSR, is_trusted ? 0x80009d00 : 0x80009b00);
}
