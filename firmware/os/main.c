/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "call.h"
#include "crash_card.h"
#include "fw/console.h"
#include "fw/cpu.h"
#include "fw/dma.h"
#include "fw/exception.h"
#include "fw/gic.h"
#include "fw/led.h"
#include "fw/panic.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "fw/start.h"
#include "fw/time.h"
#include "fw/wdog.h"
#include "net.h"
#include "run.h"

enum {
    WATCHDOG_HALF_SECONDS = 2 * 60,
    BLINK_MS = 500,
    SLICE_MS = 10, /* the applet's, before others are looked at */
    SPIN_MS = 60000
};

static struct os os;
static struct card card;

static void learn(uint32_t r0, uint32_t r1)
{
    if (r0 == HANDOVER_ADDRESS && r1 == HANDOVER_MAGIC) {
        const aw_bytes record = {dma_pointer(r0), HANDOVER_SIZE};

        os.told = handover_parse(record, &os.handover) == AW_OK;
    }
    print("os %s %s %s, bootloader %s\n", policy.version, policy.revision,
          policy.variant, os.told ? "ours" : "unknown");
}

static void open_card(void)
{
    struct aw_diag diag = {0};
    aw_err err = medium_open(&card, &diag);

    if (err == AW_OK) {
        os.card = &card;
    } else {
        print("card: %s\n", aw_err_name(err));
    }
}

static void find_applet(void)
{
    struct aw_diag diag = {0};
    aw_bytes elf = {0};
    aw_err err = source_applet(&os, &elf, &diag);

    if (err == AW_OK) {
        err = applet_take(&os.applet, elf, &diag);
    }
    if (err != AW_OK) {
        print("applet: %s: %s at %08" PRIx32 "\n", aw_err_name(err),
              diag.where != NULL ? diag.where : "none", (uint32_t)diag.at);
    }
}

/* Interrupts only wake; what is due is found by looking. */
static void take_interrupts(void)
{
    for (uint32_t line = gic_take(); line != GIC_SPURIOUS; line = gic_take()) {
        if (line == GIC_GPT1) {
            time_alarm_off();
        } else {
            gic_disable(line);
        }
        gic_end(line);
    }
}

static void report(void)
{
    report_end(&os.applet);
    crash_note(&os);
}

static void end_applet(enum applet_end end)
{
    applet_ended(&os.applet, end, time_now());
    report();
}

static void faulted(struct applet *a)
{
    a->fault_status = exception_status(a->state.vector);
    a->fault_address = exception_address(a->state.vector);
    end_applet(APPLET_FAULTED);
}

/* One stay in user mode. */
static void run_applet(void)
{
    struct applet *a = &os.applet;

    if (!run_go(a)) {
        end_applet(APPLET_UNEQUAL);
        return;
    }
    switch (a->state.vector) {
    case MON_CALL:
        call_serve(&os);
        if (a->space.unequal) {
            end_applet(APPLET_UNEQUAL);
        } else if (a->phase == APPLET_PAUSED) {
            report();
        }
        break;
    case MON_FIQ:
        take_interrupts();
        break;
    default:
        faulted(a);
        break;
    }
    if (a->phase == APPLET_RUNS &&
        time_now() - a->waited >= (uint64_t)SPIN_MS * TIME_PER_MS) {
        end_applet(APPLET_SPINS);
    }
}

/* What is due by time; returns when the next is. */
static uint64_t look(uint64_t now)
{
    static uint64_t blink_at;
    static bool lit;
    uint64_t next = applet_next(&os.applet);
    uint64_t net_at = net_look(&os, now);

    wdog_service();
    if (now >= blink_at) {
        lit = !lit;
        led_set(LED_WHITE, lit);
        blink_at = now + (uint64_t)BLINK_MS * TIME_PER_MS;
    }
    if (os.reboot) {
        print("reboot\n");
        console_drain();
        wdog_reset();
    }
    next = next < net_at ? next : net_at;
    return next < blink_at ? next : blink_at;
}

AW_NORETURN static void serve(void)
{
    for (;;) {
        uint64_t now = time_now();
        uint64_t next = look(now);

        if (applet_due(&os.applet, now)) {
            uint64_t slice = now + (uint64_t)SLICE_MS * TIME_PER_MS;

            time_alarm(next < slice ? next : slice);
            run_applet();
        } else {
            time_alarm(next);
            cpu_wfi();
            take_interrupts();
        }
    }
}

void image_main(uint32_t r0, uint32_t r1)
{
    wdog_start(WATCHDOG_HALF_SECONDS);
    console_init();
    learn(r0, r1);
    gic_secure_fiq();
    net_init();
    open_card();
    find_applet();
    print("os: ready\n");
    serve();
}
