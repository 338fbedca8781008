/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/hab.h"

#include "aw/hab/event.h"
#include "fw/dma.h"
#include "fw/jump.h"
#include "fw/reg.h"

/* HAB's table of functions in the ROM: tag, be16 length, version, then one
 * address each. */
enum {
    RVT = 0x100,
    RVT_TAG = 0xdd,
    RVT_REPORT_STATUS = RVT + 4 + 4 * 8,
    ROM_SIZE = 0x18000
};

_Static_assert((int)HAB_LOG_SIZE == (int)AW_HAB_LOG_SIZE, "one log");

void hab_read(struct hab_report *report)
{
    uint32_t function = reg_rd(RVT_REPORT_STATUS);

    for (uint32_t i = 0; i < HAB_LOG_SIZE; i += 4) {
        uint32_t word = reg_rd(AW_HAB_LOG_ADDRESS + i);

        report->log[i] = (uint8_t)word;
        report->log[i + 1] = (uint8_t)(word >> 8);
        report->log[i + 2] = (uint8_t)(word >> 16);
        report->log[i + 3] = (uint8_t)(word >> 24);
    }
    report->present = (reg_rd(RVT) & 0xff) == RVT_TAG && function < ROM_SIZE;
    if (report->present) {
        report->status =
            (uint8_t)rom_call(function, dma_address(&report->config),
                              dma_address(&report->state));
    }
}
