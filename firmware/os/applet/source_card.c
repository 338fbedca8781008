/* SPDX-License-Identifier: Apache-2.0 */
/* The applet that the eMMC holds: bundle, version record, form. What was judged
 * in memory is what runs. */
#include "os/applet/source.h"

#include <string.h>

#include "fw/dma.h"
#include "fw/print.h"

static struct aw_policy trusted;
static struct aw_verdict verdict;

static bool fail(struct fault *fault, enum panic_code code, unsigned detail,
                 aw_err err)
{
    fault->code = code;
    fault->detail = detail;
    (void)aw_fail(&fault->diag, err,
                  fault->diag.where != NULL ? fault->diag.where : "applet",
                  fault->diag.at);
    return false;
}

static void note_version(struct os *os)
{
    struct installed *in = &os->installed;
    struct aw_wr w =
        aw_wr_init(os->versions.applet, sizeof(os->versions.applet) - 1);

    in->applet_version = verdict.release.version;
    memset(os->versions.applet, 0, sizeof(os->versions.applet));
    aw_semver_write(&in->applet_version, &w);
}

/* Copy n, down to its last page. */
static bool take(struct os *os, unsigned n, struct fault *fault)
{
    static const struct aw_expect expect = {.component = AW_TRUSTED_APPLET};
    struct installed *in = &os->installed;
    const struct judging judging = {.policy = &trusted,
                                    .expect = &expect,
                                    .file = dma_pointer(INSTALLED_FILE),
                                    .work = dma_pointer(INSTALLED_WORK)};

    in->applet_copy = 0;
    if (!slots_judge(&in->applet, n, &judging, &verdict, fault)) {
        return false;
    }
    aw_err err = rollback_check(&os->rollback, AW_TRUSTED_APPLET,
                                &verdict.release.version);

    if (err != AW_OK) {
        return fail(fault, PANIC_ROLLBACK, ROLLBACK_OLDER, err);
    }
    err = applet_take(&os->applet, verdict.release.firmware, &fault->diag);
    if (err != AW_OK) {
        fault_image(fault, err);
        return false;
    }
    in->applet_copy = n;
    in->applet_slot = in->applet.copy[n - 1].slot;
    note_version(os);
    print("applet: %s, copy %u, slot %s\n", os->versions.applet, n,
          in->applet_slot == 0 ? "A" : "B");
    return true;
}

/* The copy that is asked for, else the other one. The first fault counts. */
static aw_err find(struct os *os, unsigned first, struct aw_diag *diag)
{
    struct fault fault = {.code = 0};

    for (unsigned i = 0; i < COPIES; i++) {
        unsigned n = i == 0 ? first : 3 - first;
        struct fault f = {.code = 0};

        if (take(os, n, &f)) {
            return AW_OK;
        }
        print("applet copy %u refused, %u.%u: ", n, (unsigned)f.code, f.detail);
        fault_print(&f);
        if (fault.code == 0 ||
            (fault.code == PANIC_CONFIG && fault.detail == CONFIG_BLANK)) {
            fault = f;
        }
    }
    if (diag != NULL) {
        *diag = fault.diag;
    }
    return fault.diag.err;
}

/* Which copy the next life is of; `next` is to be written if it is copy 1. */
static unsigned choose(const struct installed *in, struct aw_boot_start *next,
                       bool *changed)
{
    const struct copy *copy = in->applet.copy;

    *next = in->starts.state.start[AW_BOOT_APPLET];
    *changed = false;
    if (!copy[0].usable) {
        return 2;
    }
    return aw_boot_choose(next, copy[0].digest, copy[1].usable, changed);
}

static aw_err may_run(const struct os *os, struct aw_diag *diag)
{
    if (!os->installed.known) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "applet: no card", 0);
    }
    if (os->rollback.state != ROLLBACK_OPEN &&
        os->rollback.state != ROLLBACK_READY) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "applet: RPMB",
                       (uint64_t)os->rollback.state);
    }
    return trust_load_applet(&trusted, diag);
}

aw_err source_applet(struct os *os, struct aw_diag *diag)
{
    struct installed *in = &os->installed;
    struct aw_boot_start next;
    bool changed = false;
    aw_err err = may_run(os, diag);

    if (err != AW_OK) {
        return err;
    }
    unsigned n = choose(in, &next, &changed);

    if (n != in->applet_copy) {
        err = find(os, n, diag);
    }
    if (err == AW_OK && in->applet_copy == 1 && changed) {
        in->starts.state.start[AW_BOOT_APPLET] = next;
        /* A card that cannot be written can still be run from. */
        if (starts_write(&in->starts, NULL) != AW_OK) {
            print("boot state: not written\n");
        }
    }
    return err;
}
