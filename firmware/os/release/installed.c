/* SPDX-License-Identifier: Apache-2.0 */
#include "os/release/installed.h"

#include <string.h>

#include "fw/dma.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "fw/time.h"
#include "os/os.h"

enum {
    HEALTHY_MS = 60000,
    /* On trial: a program gets so long to become ready before the start counts
     * as failed; the OS, whose applet may have to fall back first, longer. */
    APPLET_TRIAL_MS = 5 * 60000,
    OS_TRIAL_MS = 25 * 60000
};

static DMA_ALIGNED uint8_t os_records[COPIES * AW_BOOTCFG_MAX];
static DMA_ALIGNED uint8_t applet_records[COPIES * AW_BOOTCFG_MAX];

void os_reboot_soon(struct os *os)
{
    enum { ANSWER_MS = 1000 };

    os->reboot_at = time_now() + (uint64_t)ANSWER_MS * TIME_PER_MS;
}

static uint64_t ticks(uint32_t ms)
{
    return (uint64_t)ms * TIME_PER_MS;
}

/* Another bootloader tells nothing: it knows copy 1 alone. */
static void find_running(struct os *os)
{
    struct installed *in = &os->installed;

    in->os_copy = 1;
    in->os_slot = in->os.copy[0].slot;
    if (os->told) {
        in->os_copy = os->handover.copy;
        in->os_slot = os->handover.slot;
    }
}

void installed_init(struct os *os)
{
    struct installed *in = &os->installed;

    if (os->card == NULL) {
        return;
    }
    in->os = (struct slots){
        .card = os->card, .component = AW_TRUSTED_OS, .records = os_records};
    in->applet = (struct slots){.card = os->card,
                                .component = AW_TRUSTED_APPLET,
                                .records = applet_records};
    in->starts.card = os->card;
    slots_read(&in->os);
    slots_read(&in->applet);
    starts_read(&in->starts);
    find_running(os);
    if (aw_semver_parse(aw_text(policy.version), &in->os_version) != AW_OK) {
        in->os_version = (struct aw_semver){.major = 0};
    }
    in->known = true;
}

static const struct slots *slots_of(const struct installed *in,
                                    enum aw_component component)
{
    return component == AW_TRUSTED_OS ? &in->os : &in->applet;
}

static unsigned running(const struct installed *in, enum aw_component component)
{
    return component == AW_TRUSTED_OS ? in->os_copy : in->applet_copy;
}

/* Is it the start of copy 1, and not confirmed? */
static bool unconfirmed(const struct installed *in, enum aw_component component)
{
    const struct aw_boot_start *start =
        &in->starts.state
             .start[component == AW_TRUSTED_OS ? AW_BOOT_OS : AW_BOOT_APPLET];
    const struct copy *copy = &slots_of(in, component)->copy[0];

    return running(in, component) == 1 && copy->usable &&
           (!start->confirmed ||
            memcmp(start->config, copy->digest, sizeof(copy->digest)) != 0);
}

bool installed_on_trial(const struct os *os, enum aw_component component)
{
    const struct installed *in = &os->installed;
    const struct copy *copy = slots_of(in, component)->copy;

    /* Another bootloader would not fall back. */
    return in->known && (component != AW_TRUSTED_OS || os->told) &&
           unconfirmed(in, component) && copy[1].usable &&
           copy[1].slot != copy[0].slot;
}

static bool confirm(struct installed *in, enum aw_component component)
{
    struct aw_boot_start *start =
        &in->starts.state
             .start[component == AW_TRUSTED_OS ? AW_BOOT_OS : AW_BOOT_APPLET];

    if (!unconfirmed(in, component)) {
        return false;
    }
    start->confirmed = true;
    memcpy(start->config, slots_of(in, component)->copy[0].digest,
           sizeof(start->config));
    return true;
}

static void raise_least(struct os *os, enum aw_component component,
                        const struct aw_semver *version)
{
    struct aw_diag diag = {0};
    aw_err err = rollback_raise(&os->rollback, component, version, &diag);

    if (err != AW_OK) {
        print("%s version: %s\n", aw_component_name(component),
              aw_err_name(err));
    }
}

/* The state first: a version is raised again after the next healthy start. */
static void show_health(struct os *os)
{
    struct installed *in = &os->installed;
    bool os_changed = confirm(in, AW_TRUSTED_OS);
    bool applet_changed = confirm(in, AW_TRUSTED_APPLET);
    aw_err err = AW_OK;

    in->healthy = true;
    if (os_changed || applet_changed) {
        err = starts_write(&in->starts, NULL);
    }
    if (err != AW_OK) {
        print("boot state: %s\n", aw_err_name(err));
        return;
    }
    raise_least(os, AW_TRUSTED_OS, &in->os_version);
    raise_least(os, AW_TRUSTED_APPLET, &in->applet_version);
    print("os: healthy\n");
}

static bool is_alive(const struct applet *a)
{
    return a->phase == APPLET_RUNS || a->phase == APPLET_WAITS;
}

/* Not ready in time, and there is something to fall back to. */
static uint64_t look_at_trial(struct os *os, uint64_t now)
{
    struct applet *a = &os->applet;
    uint64_t next = UINT64_MAX;

    if (installed_on_trial(os, AW_TRUSTED_OS)) {
        next = ticks(OS_TRIAL_MS);
        if (now >= next) {
            print("os: no health\n");
            os->reboot = true;
        }
    }
    if (is_alive(a) && a->ready_at == 0 &&
        installed_on_trial(os, AW_TRUSTED_APPLET)) {
        uint64_t limit = a->started + ticks(APPLET_TRIAL_MS);

        os->unready = now >= limit;
        next = next < limit ? next : limit;
    }
    return next;
}

uint64_t installed_look(struct os *os, uint64_t now)
{
    const struct applet *a = &os->applet;

    if (!os->installed.known || os->installed.applet_copy == 0 ||
        os->installed.healthy) {
        return os->installed.healthy ? UINT64_MAX : look_at_trial(os, now);
    }
    if (is_alive(a) && a->ready_at != 0) {
        uint64_t at = a->ready_at + ticks(HEALTHY_MS);

        if (now < at) {
            return at;
        }
        show_health(os);
        return UINT64_MAX;
    }
    return look_at_trial(os, now);
}
