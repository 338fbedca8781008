/* SPDX-License-Identifier: Apache-2.0 */
#include "boot.h"

#include <inttypes.h>

#include "fw/console.h"
#include "fw/dma.h"
#include "fw/led.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "fw/src.h"
#include "fw/start.h"
#include "fw/time.h"
#include "fw/wdog.h"

/* Long enough for the largest image on the slowest card. */
enum { WATCHDOG_HALF_SECONDS = 2 * 60 };

static struct boot boot;
static DMA_ALIGNED uint8_t records[COPIES * AW_BOOTCFG_MAX];

/* HAB's log lies where later stages work: take it before anything else. */
void image_early(void)
{
    wdog_start(WATCHDOG_HALF_SECONDS);
    hab_read(&boot.handover.hab);
}

AW_NORETURN static void give_up(const struct fault *fault)
{
    fault_print(fault);
    console_drain();
    panic_detail(fault->code, fault->detail,
                 fault->diag.where != NULL ? fault->diag.where : "boot");
}

static void open_card(void)
{
    struct fault fault = {.code = PANIC_CARD};
    aw_err err = medium_open(&boot.card, &fault.diag);

    if (err != AW_OK) {
        fault.detail = err == AW_ERR_NOT_FOUND ? CARD_MISSING : CARD_READ;
        fault.diag.err = err;
        give_up(&fault);
    }
    led_set(LED_BLUE, true);
}

/* Which copy is tried first; what is counted when copy 1 is started. */
static unsigned choose(struct aw_boot_start *next, bool *changed)
{
    const struct copy *copy = boot.slots.copy;

    *next = boot.starts.state.start[AW_BOOT_OS];
    *changed = false;
    if (!copy[0].usable) {
        return 2;
    }
    return aw_boot_choose(next, copy[0].digest, copy[1].usable, changed);
}

/* The copy that is asked for, else the other one. The first fault counts. */
static bool find_start(unsigned first, struct start *start, struct fault *fault)
{
    for (unsigned i = 0; i < COPIES; i++) {
        unsigned n = i == 0 ? first : 3 - first;
        struct fault f = {.code = 0};

        if (judge(&boot, n, start, &f)) {
            return true;
        }
        print("copy %u refused: ", n);
        fault_print(&f);
        if (fault->code == 0 ||
            (fault->code == PANIC_CONFIG && fault->detail == CONFIG_BLANK)) {
            *fault = f;
        }
    }
    return false;
}

static void start_os(void)
{
    struct start start;
    struct fault fault = {.code = 0};
    struct aw_boot_start next;
    bool changed = false;
    unsigned first = choose(&next, &changed);

    if (!find_start(first, &start, &fault)) {
        give_up(&fault);
    }
    boot.counted = start.copy == 1 && changed;
    if (boot.counted) {
        boot.starts.state.start[AW_BOOT_OS] = next;
    }
    launch(&boot, &start);
}

static void read_records(void)
{
    boot.starts.card = &boot.card;
    boot.slots = (struct slots){
        .card = &boot.card, .component = AW_TRUSTED_OS, .records = records};
    starts_read(&boot.starts);
    slots_read(&boot.slots);
}

void image_main(uint32_t r0, uint32_t r1)
{
    struct fault fault = {.code = PANIC_BUG};

    (void)r0;
    (void)r1;
    console_init();
    boot.handover.reset = src_take_reason();
    /* Of an image that gave up: who is sent over serial download now is to
     * come up by itself after the next reset. */
    src_forget_request();
    print("boot %s %s %s\n", policy.version, policy.revision, policy.variant);
    print("reset %08" PRIx32 ", HAB %08" PRIx32 "\n", boot.handover.reset,
          (uint32_t)boot.handover.hab.config << 16 |
              (uint32_t)boot.handover.hab.state << 8 |
              boot.handover.hab.status);
    if (trust_load(&boot.policy, &fault.diag) != AW_OK) {
        give_up(&fault);
    }
    open_card();
    if (!rollback_read(&boot, &fault)) {
        give_up(&fault);
    }
    wdog_service();
    read_records();
    start_os();
}
