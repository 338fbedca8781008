/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/keys.h"

#include <stdbool.h>
#include <string.h>

#include "aw/ct.h"
#include "aw/hmac.h"
#include "fw/policy.h"
#include "fw/scratch.h"
#include "fw/soc.h"

enum { LABEL_SIZE = 16, RPMB_ITERATIONS = 4096, RPMB_KEY_SIZE = 32 };
static const uint8_t rpmb_label[LABEL_SIZE + 1] = "ArmoryWitnessMAC";

static void wipe_engines(struct scratch *s)
{
    aw_wipe(&s->caam, sizeof(s->caam));
    aw_wipe(&s->dcp, sizeof(s->dcp));
    aw_wipe(s->device_key, sizeof(s->device_key));
}

/* What a key is not: what the engine got, or nothing. An engine that did not
 * work, and said so to nobody, would leave one of them. */
static aw_err check_made(const uint8_t *made, const uint8_t *given, size_t n,
                         struct aw_diag *diag)
{
    static const uint8_t zero[DERIVE_KEY];

    return aw_ct_equal(made, zero, n) ||
                   (given != NULL && aw_ct_equal(made, given, n))
               ? aw_fail(diag, AW_ERR_IO, "keys: not made", n)
               : AW_OK;
}

/* The part's key for a label, into device_key: 32 bytes or 16. */
static aw_err make_device_key(const uint8_t label[LABEL_SIZE], size_t *n,
                              struct aw_diag *diag)
{
    struct scratch *s = scratch();

    if (soc_is_ul()) {
        *n = CAAM_KEY;
        return caam_derive(&s->caam, label, LABEL_SIZE, s->device_key, diag);
    }
    memset(s->dcp.iv, 0, sizeof(s->dcp.iv));
    memcpy(s->dcp.data, label, LABEL_SIZE);
    aw_err err = dcp_encrypt(&s->dcp, LABEL_SIZE, diag);

    if (err == AW_OK) {
        *n = DCP_BLOCK;
        memcpy(s->device_key, s->dcp.data, DCP_BLOCK);
    }
    return err;
}

aw_err keys_rpmb(const uint8_t **key, struct aw_diag *diag)
{
    struct scratch *s = scratch();
    uint8_t id[SOC_ID_SIZE];
    size_t n = 0;

    /* The engines would make one, of a key that everybody has. */
    if (soc_closed() && !snvs_key_usable()) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "keys: security state", 0);
    }
    aw_err err = make_device_key(rpmb_label, &n, diag);

    if (err == AW_OK) {
        err = check_made(s->device_key, n == LABEL_SIZE ? rpmb_label : NULL, n,
                         diag);
    }
    if (err == AW_OK) {
        soc_unique_id(id);
        aw_pbkdf2_sha256((aw_bytes){s->device_key, n},
                         (aw_bytes){id, sizeof(id)}, RPMB_ITERATIONS,
                         s->rpmb_key, RPMB_KEY_SIZE);
        *key = s->rpmb_key;
    }
    wipe_engines(s);
    return err;
}

/* The part's key for a label and the applet's verifier, into device_key. */
static aw_err applet_key(const uint8_t label[DERIVE_LABEL],
                         struct aw_diag *diag)
{
    struct scratch *s = scratch();
    uint8_t mixed[AW_SHA256_SIZE + DERIVE_LABEL];
    uint8_t digest[AW_SHA256_SIZE];
    aw_err err = AW_OK;

    aw_sha256(aw_text(policy.applet_public_key), mixed);
    if (soc_is_ul()) {
        memcpy(mixed + AW_SHA256_SIZE, label, DERIVE_LABEL);
        aw_sha256((aw_bytes){mixed, sizeof(mixed)}, digest);
        return caam_derive(&s->caam, digest, sizeof(digest), s->device_key,
                           diag);
    }
    memcpy(s->dcp.iv, label, DERIVE_LABEL);
    memcpy(s->dcp.data, mixed, AW_SHA256_SIZE);
    err = dcp_encrypt(&s->dcp, AW_SHA256_SIZE, diag);
    if (err == AW_OK) {
        err = check_made(s->dcp.data, mixed, AW_SHA256_SIZE, diag);
    }
    if (err == AW_OK) {
        memcpy(s->device_key, s->dcp.data, sizeof(s->device_key));
    }
    return err;
}

aw_err keys_role(const struct derive_who *who, enum derive_role role,
                 const struct derived **derived, struct aw_diag *diag)
{
    struct scratch *s = scratch();
    uint8_t label[DERIVE_LABEL];

    if (policy.applet_public_key[0] == '\0' || who->dev == soc_closed() ||
        (soc_closed() && !snvs_key_usable())) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "keys: security state", 0);
    }
    derive_label(who, role, label);
    aw_err err = applet_key(label, diag);

    if (err == AW_OK) {
        err = check_made(s->device_key, NULL, DERIVE_KEY, diag);
    }
    if (err == AW_OK) {
        derive_role_key(who, role, s->device_key, &s->derived);
        *derived = &s->derived;
    }
    wipe_engines(s);
    return err;
}

void keys_wipe(void)
{
    aw_wipe(scratch(), sizeof(struct scratch));
}
