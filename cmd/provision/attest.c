/* SPDX-License-Identifier: Apache-2.0 */
/* The device in service: closed as it has to be, with an applet, and the one
 * that it says it is. */
#include <string.h>

#include "common/stop.h"
#include "provision/provision.h"

enum { POLL_MS = 500 };

static int report_silent(struct provision *p)
{
    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = AW_ERR_TIMEOUT,
            .on = AW_ON_DEVICE,
            .what = "the applet has not reported",
            .subject = p->board.link.name,
            .expected =
                aw_pool_printf(&p->ctx->pool, "an identity within %.0f s",
                               (double)p->args->applet_ms / 1e3),
            .got = p->os.ours ? aw_pool_text(&p->ctx->pool,
                                             p->os.information.applet.state)
                              : "none",
            .remedy = "look at aw ctl status and aw ctl console, then run the "
                      "same command again",
        });
}

/* Our trusted OS knows the identity before there is an applet to use it. */
static bool reported(const struct provision *p)
{
    const struct ctl_session *s = &p->os;

    return s->status.has_witness &&
           (!s->ours || strcmp(s->information.applet.state, "runs") == 0);
}

/* The applet comes some time after the trusted OS. */
static int await_applet(struct provision *p)
{
    const struct aw_usb *usb = &p->board.link.usb;
    uint64_t end = usb->now_ms(usb->ctx) + p->args->applet_ms;
    struct aw_usb_id *list =
        aw_pool_alloc(&p->ctx->pool, AW_USB_DEVICES, sizeof(*list));
    int code = AW_EXIT_OK;

    while (code == AW_EXIT_OK && !reported(p)) {
        uint32_t changes = 0;
        size_t n = 0;

        if (usb->now_ms(usb->ctx) > end) {
            return report_silent(p);
        }
        if (aw_cancelled()) {
            return board_report(&p->board, AW_ERR_CANCELLED,
                                "waiting for the applet", NULL);
        }
        if (usb->list(usb->ctx, list, AW_USB_DEVICES, &n, &changes, NULL) ==
            AW_OK) {
            (void)usb->wait(usb->ctx, changes, POLL_MS, NULL);
        }
        code = ctl_ask_status(p->ctx, &p->os);
        if (code == AW_EXIT_OK && p->os.ours) {
            code = ctl_look(p->ctx, &p->os);
        }
    }
    return code;
}

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
        code = await_applet(p);
    }
    if (code == AW_EXIT_OK) {
        code = identify(p);
    }
    return code == AW_EXIT_OK ? provision_state_reach(p, PROVISION_ATTESTED)
                              : code;
}
