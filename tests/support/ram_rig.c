/* SPDX-License-Identifier: Apache-2.0 */
#include "ram_rig.h"

#include <string.h>

#include "support.h"

enum { CCGR0 = 0x020c4068, CCGR6 = 0x020c4080 };

struct ram_rig rr;

void rr_start(uint32_t base)
{
    const struct tw_region region = {
        .name = base == RR_OCRAM ? "OCRAM" : "DDR",
        .base = base,
        .size = RR_RAM_SIZE,
        .ram = {.bytes = rr.ram, .dirty = rr.dirty}};

    memset(&rr, 0, sizeof(rr));
    rr.base = base;
    rig_init(&rr.rig);
    tw_bus_add_ram(&rr.rig.bus, &region);
    for (uint32_t at = CCGR0; at <= CCGR6; at += 4) {
        rig_write(&rr.rig, at, UINT32_MAX);
    }
}

uint32_t rr_read(uint32_t address)
{
    return rig_read(&rr.rig, address);
}

void rr_write(uint32_t address, uint32_t value)
{
    rig_write(&rr.rig, address, value);
}

uint8_t *rr_ram(uint32_t address)
{
    return &rr.ram[address - rr.base];
}

void rr_make_dirty(uint32_t address)
{
    const struct tw_access how = {
        .address = address, .size = 4, .secure = true, .privileged = true};
    struct tw_page page;

    ck_assert(tw_bus_page(&rr.rig.bus, &how, &page));
    tw_page_mark(&page, address % TW_PAGE / TW_LINE);
}

uint64_t rr_misuses(void)
{
    return rr.rig.report.counts[TW_REPORT_MISUSE];
}
