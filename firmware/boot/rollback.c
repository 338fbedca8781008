/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "boot.h"
#include "fw/keys.h"
#include "fw/rng.h"
#include "fw/rpmb.h"
#include "fw/secret.h"
#include "fw/soc.h"

static uint8_t record[AW_RPMB_SECTOR];

static bool fail(struct fault *fault, unsigned detail, aw_err err)
{
    fault->code = PANIC_ROLLBACK;
    fault->detail = detail;
    fault->diag.err = err;
    return false;
}

/* All zeros is 0.0.0, which every version passes. Upstream's firmware reads 32
 * bytes back, writes all of a longer text, and fails at every start from then
 * on: here the whole sector is looked at. */
static bool take_record(struct boot *boot, struct fault *fault)
{
    aw_bytes text = {NULL, 0};
    aw_err err = aw_version_record_parse((aw_bytes){record, sizeof(record)},
                                         &text, &fault->diag);

    if (err == AW_OK && text.n > 0) {
        err = aw_semver_parse(text, &boot->least);
        (void)aw_fail(&fault->diag, err, "rollback: version", text.n);
    }
    if (err != AW_OK) {
        return fail(fault, ROLLBACK_RECORD, err);
    }
    boot->handover.rollback = HANDOVER_ROLLBACK_PASSED;
    return true;
}

/* One reading: what goes to where the key may be, and what comes back. */
struct reading {
    struct boot *boot;
    struct aw_diag *diag;
    bool no_key; /* none was derived */
};

static aw_err read_sector(void *ctx)
{
    struct reading *r = ctx;
    const uint8_t *key = NULL;
    aw_err err = keys_rpmb(&key, r->diag);

    r->no_key = err != AW_OK;
    if (err == AW_OK) {
        err = rpmb_read(&r->boot->card, key, RPMB_OS_VERSION, record, r->diag);
    }
    keys_wipe();
    return err;
}

/* The card's answer is fresh because of a random number in the question. */
static bool try_random(struct fault *fault)
{
    uint8_t bytes[RNG_MAX];
    aw_err err = rng_fill(bytes, sizeof(bytes), &fault->diag);

    if (err != AW_OK) {
        fault->code = PANIC_RANDOM;
        fault->detail = 0;
        fault->diag.err = err;
    }
    return err == AW_OK;
}

static bool read_record(struct boot *boot, struct fault *fault)
{
    struct reading r = {.boot = boot, .diag = &fault->diag};

    if (!try_random(fault)) {
        return false;
    }
    aw_err err = secret_run(read_sector, &r);

    if (r.no_key) {
        return fail(fault, ROLLBACK_KEY, err);
    }
    /* Its provisioning is not over. With the fuse blown the card may also be
     * another one: the OS then runs no applet until an operator says that it
     * is not. */
    if (err == AW_ERR_PRECONDITION) {
        boot->handover.rollback = soc_rpmb_flag()
                                      ? HANDOVER_ROLLBACK_UNPROVISIONED
                                      : HANDOVER_ROLLBACK_UNUSED;
        return true;
    }
    return err == AW_OK ? take_record(boot, fault)
                        : fail(fault, ROLLBACK_RPMB, err);
}

bool rollback_read(struct boot *boot, struct fault *fault)
{
    boot->handover.rollback = HANDOVER_ROLLBACK_OPEN;
    if (snvs_key_usable()) {
        return read_record(boot, fault);
    }
    /* A closed part whose key is withheld has seen a violation. */
    if (soc_closed()) {
        (void)aw_fail(&fault->diag, AW_ERR_PRECONDITION,
                      "rollback: security state", 0);
        return fail(fault, ROLLBACK_KEY, AW_ERR_PRECONDITION);
    }
    return true;
}

bool rollback_check(const struct boot *boot, const struct aw_release *release,
                    struct fault *fault)
{
    if (boot->handover.rollback != HANDOVER_ROLLBACK_PASSED ||
        aw_semver_compare(&release->version, &boot->least) >= 0) {
        return true;
    }
    (void)aw_fail(&fault->diag, AW_ERR_ROLLBACK, "rollback: older version",
                  release->version.major);
    return fail(fault, ROLLBACK_OLDER, AW_ERR_ROLLBACK);
}
