/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "boot.h"
#include "fw/console.h"
#include "fw/dma.h"
#include "fw/jump.h"
#include "fw/led.h"
#include "fw/print.h"
#include "fw/time.h"
#include "fw/wdog.h"

static void tell(struct boot *boot, const struct start *start)
{
    struct handover *h = &boot->handover;
    const struct aw_boot_start *counted = &boot->starts.state.start[AW_BOOT_OS];
    struct aw_wr w = aw_wr_init(dma_pointer(HANDOVER_ADDRESS), HANDOVER_SIZE);

    h->slot = start->slot;
    h->copy = (uint8_t)start->copy;
    h->attempts = counted->attempts;
    h->confirmed = counted->confirmed;
    h->now_us = (uint32_t)(time_now() / TIME_PER_US);
    memcpy(h->config, boot->slots.copy[start->copy - 1].digest,
           sizeof(h->config));
    handover_write(h, &w);
    AW_BUG_ON(w.failed);
}

/* A card that cannot be written can still be started from. */
static void note(struct boot *boot)
{
    struct fault fault = {.code = PANIC_CARD};
    aw_err err = starts_write(&boot->starts, &fault.diag);

    if (err != AW_OK) {
        fault.diag.err = err;
        fault_print(&fault);
    }
}

void launch(struct boot *boot, const struct start *start)
{
    led_set(LED_WHITE, true);
    if (boot->counted) {
        note(boot);
    }
    load_run(&start->plan);
    tell(boot, start);
    print("start: copy %u, slot %s, attempt %u\n", start->copy,
          start->slot == 0 ? "A" : "B", (unsigned)boot->handover.attempts);
    console_drain();
    led_set(LED_WHITE, false);
    led_set(LED_BLUE, false);
    wdog_service();
    jump_to(start->plan.entry, HANDOVER_ADDRESS, HANDOVER_MAGIC);
}
