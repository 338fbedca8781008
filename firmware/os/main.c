/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

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
#include "os/applet/run.h"
#include "os/applet/source.h"
#include "os/call/call.h"
#include "os/gadget.h"
#include "os/log/crash_card.h"
#include "os/net.h"
#include "os/settings.h"
#include "os/world/world.h"

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

/* A device whose record says more is not run by this OS. */
static void learn_self(void)
{
    struct identity *id = &os.identity;

    rollback_init(&os.rollback, os.card);
    print("rpmb: state %u, %s\n", (unsigned)os.rollback.state,
          aw_err_name(os.rollback.err));
    installed_init(&os);
    if (rollback_check(&os.rollback, AW_TRUSTED_OS, &os.installed.os_version) ==
        AW_ERR_ROLLBACK) {
        panic_detail(PANIC_ROLLBACK, ROLLBACK_OLDER, "os: version record");
    }
    identity_init(id, os.rollback.identity);
    print("identity: %s\nidentity: %s\nidentity: %s\n",
          id->kind != IDENTITY_NONE ? id->witness : aw_err_name(id->err),
          id->attestation, id->bastion);
}

/* Before each life of it. */
static void renew_applet(uint64_t now)
{
    struct aw_diag diag = {0};

    if (os.applet.phase != APPLET_PAUSED || now < os.applet.until) {
        return;
    }
    aw_err err = source_applet(&os, &diag);

    if (err != AW_OK) {
        os.applet.phase = APPLET_NONE;
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

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void look_at_health(uint64_t now, uint64_t *next)
{
    *next = earlier(*next, installed_look(&os, now));
    if (os.unready) {
        os.unready = false;
        end_applet(APPLET_UNREADY);
    }
}

static void look_at_reboot(uint64_t now, uint64_t *next)
{
    if (os.reboot || (os.reboot_at != 0 && now >= os.reboot_at)) {
        print("reboot\n");
        console_drain();
        wdog_reset();
    }
    if (os.reboot_at != 0) {
        *next = earlier(*next, os.reboot_at);
    }
}

/* What is due by time; returns when the next is. */
static uint64_t look(uint64_t now)
{
    static uint64_t blink_at;
    static bool lit;
    uint64_t net_at = net_look(&os, now);
    uint64_t world_at = world_next();

    wdog_service();
    renew_applet(now);
    uint64_t next = applet_next(&os.applet);

    if (now >= blink_at) {
        lit = !lit;
        led_set(LED_WHITE, lit);
        blink_at = now + (uint64_t)BLINK_MS * TIME_PER_MS;
    }
    look_at_health(now, &next);
    look_at_reboot(now, &next);
    next = earlier(next, net_at);
    next = earlier(next, world_at);
    return earlier(next, blink_at);
}

/* The applet and the normal world in turn, a slice each; what neither wants is
 * slept, unless the host is waiting. */
static void run_one(uint64_t now, uint64_t next, bool busy)
{
    static bool applet_last;
    uint64_t slice = now + (uint64_t)SLICE_MS * TIME_PER_MS;
    bool applet = applet_due(&os.applet, now);
    bool world = world_due(now);

    time_alarm(applet || world ? (next < slice ? next : slice) : next);
    if (applet && !(world && applet_last)) {
        applet_last = true;
        run_applet();
    } else if (world) {
        applet_last = false;
        if (world_run()) {
            take_interrupts();
        }
    } else if (!busy) {
        cpu_wfi();
        take_interrupts();
    }
}

AW_NORETURN static void serve(void)
{
    for (;;) {
        uint64_t now = time_now();
        uint64_t next = look(now);

        run_one(now, next, gadget_poll());
    }
}

void image_main(uint32_t r0, uint32_t r1)
{
    wdog_start(WATCHDOG_HALF_SECONDS);
    console_init();
    learn(r0, r1);
    gic_secure_fiq();
    world_init();
    net_init();
    open_card();
    settings_load(&os);
    learn_self();
    os.applet.phase = APPLET_PAUSED; /* over at once */
    gadget_start(&os);
    print("os: ready\n");
    serve();
}
