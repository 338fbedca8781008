/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/text.h"
#include "fw/policy.h"
#include "fw/slots.h"

enum { OS_KEYS = 2 };

aw_err trust_load(struct aw_policy *p, struct aw_diag *diag)
{
    struct aw_signers *os = &p->signers[AW_TRUSTED_OS];

    aw_policy_init(p);
    p->origin = aw_text(policy.log_origin);
    if (p->origin.n == 0) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "policy: origin", 0);
    }
    aw_err err = aw_vkey_parse(aw_text(policy.log_public_key), &p->log, diag);

    for (size_t i = 0; i < OS_KEYS && err == AW_OK; i++) {
        err =
            aw_vkey_parse(aw_text(policy.os_public_key[i]), &os->key[i], diag);
    }
    if (err != AW_OK) {
        return err;
    }
    /* One key given twice would let one holder sign for two. */
    if (aw_vkey_same(&os->key[0], &os->key[1])) {
        return aw_fail(diag, AW_ERR_DUPLICATE, "policy: OS keys", 0);
    }
    os->n = OS_KEYS;
    p->has_log = true;
    return AW_OK;
}

aw_err trust_load_applet(struct aw_policy *p, struct aw_diag *diag)
{
    struct aw_signers *applet = &p->signers[AW_TRUSTED_APPLET];
    aw_err err = trust_load(p, diag);

    if (err == AW_OK) {
        err = aw_vkey_parse(aw_text(policy.applet_public_key), &applet->key[0],
                            diag);
    }
    if (err == AW_OK) {
        applet->n = 1;
    }
    return err;
}
