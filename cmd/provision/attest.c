/* SPDX-License-Identifier: Apache-2.0 */
/* The device in service: closed as it has to be, with an applet, and the one
 * that it says it is. */
#include <string.h>

#include "provision/provision.h"

static int check_secure_boot(struct provision *p)
{
    if (!p->args->fuse) {
        return AW_EXIT_OK;
    }
    if (!p->os.status.hab) {
        return provision_refuse(
            p,
            &(struct aw_finding){
                .what = "the part's own keys are not in use",
                .expected = "a closed part in trusted state",
                .got = p->os.information.secure_boot.closed ? "closed" : "open",
                .remedy = "look at aw ctl status",
            });
    }
    return provision_check_closed(p);
}

static void prepare(struct provision *p)
{
    p->who.ctx = p->ctx;
    p->who.serial = p->board.unit.serial;
    p->who.status = &p->os.status;
    p->who.fused = p->args->fuse;
    p->who.ledger = p->args->ledger;
    p->who.attestations = p->args->attestations;
}

int provision_find_ledger(struct provision *p)
{
    prepare(p);
    return device_who_find_ledger(&p->who);
}

static int identify(struct provision *p)
{
    prepare(p);
    int code = device_who_verify(&p->who);

    if (code == AW_EXIT_OK) {
        code = device_who_compare(&p->who);
    }
    if (code == AW_EXIT_OK) {
        device_who_put(&p->who);
        code = device_who_write(&p->who);
    }
    return code;
}

/* Without it no applet runs. Whether the eMMC may have the key is for somebody
 * to say who can see that it is the board's own. */
static int check_rpmb(struct provision *p)
{
    const struct ctl_session *s = &p->os;

    if (!s->ours ||
        strcmp(s->information.rpmb.state, "rpmb-unprovisioned") != 0) {
        return AW_EXIT_OK;
    }
    return provision_refuse(
        p, &(struct aw_finding){
               .what = "the eMMC's RPMB has no key",
               .expected = "the key that the board gave it",
               .got = "rpmb-unprovisioned: power was lost on the way",
               .remedy = "if the eMMC is the board's own, run aw ctl "
                         "program-rpmb, then the same command again",
           });
}

int provision_attest(struct provision *p)
{
    int code = provision_start(p);

    if (code == AW_EXIT_OK) {
        code = check_secure_boot(p);
    }
    if (code == AW_EXIT_OK) {
        code = check_rpmb(p);
    }
    if (code == AW_EXIT_OK) {
        code = ctl_await_applet(p->ctx, &p->os, true, p->args->applet_ms);
    }
    if (code == AW_EXIT_OK) {
        code = identify(p);
    }
    return code == AW_EXIT_OK ? provision_state_reach(p, PROVISION_ATTESTED)
                              : code;
}
