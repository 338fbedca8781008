/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for the trusted OS: says what the bootloader told it, and waits. */
#include <inttypes.h>

#include "fw/console.h"
#include "fw/dma.h"
#include "fw/handover.h"
#include "fw/print.h"
#include "fw/start.h"
#include "fw/time.h"
#include "fw/wdog.h"

static struct handover told;

static void report(uint32_t r0)
{
    const aw_bytes record = {dma_pointer(r0), HANDOVER_SIZE};
    aw_err err = handover_parse(record, &told);

    if (err != AW_OK) {
        print("OS: hand-over %s\n", aw_err_name(err));
        return;
    }
    print("OS: slot %s copy %u attempts %u confirmed %u rollback %u\n",
          told.slot == 0 ? "A" : "B", (unsigned)told.copy,
          (unsigned)told.attempts, (unsigned)told.confirmed,
          (unsigned)told.rollback);
    print("OS: HAB %02" PRIx32 " %02" PRIx32 " %02" PRIx32 " reset %08" PRIx32
          "\n",
          (uint32_t)told.hab.config, (uint32_t)told.hab.state,
          (uint32_t)told.hab.status, told.reset);
}

void image_main(uint32_t r0, uint32_t r1)
{
    console_init();
    if (r0 == HANDOVER_ADDRESS && r1 == HANDOVER_MAGIC) {
        report(r0);
    } else {
        print("OS: started by %08" PRIx32 " %08" PRIx32 "\n", r0, r1);
    }
    print("OS: ready\n");
    for (;;) {
        wdog_service();
        time_sleep_us(1000000);
    }
}
