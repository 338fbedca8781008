/* SPDX-License-Identifier: Apache-2.0 */
/* The applet comes some time after the trusted OS. */
#include <string.h>

#include "common/stop.h"
#include "common/term.h"
#include "ctl/ctl.h"

enum { POLL_MS = 500 };

/* Our trusted OS knows the identity before there is an applet to use it. */
static bool reported(const struct ctl_session *s, bool runs)
{
    return s->status.has_witness &&
           (!runs || !s->ours || s->information.applet.ready);
}

static const char *what_it_does(struct aw_ctx *ctx, const struct ctl_session *s)
{
    const struct aw_ctl_applet *a = &s->information.applet;

    if (!s->ours) {
        return "no witness yet";
    }
    return aw_pool_printf(
        &ctx->pool, "state %s%s, %u starts%s%s", a->state,
        strcmp(a->state, "runs") == 0 && !a->ready ? ", not ready" : "",
        (unsigned)a->starts, a->last_end[0] == '\0' ? "" : ", last end ",
        a->last_end);
}

static int report_silent(struct aw_ctx *ctx, const struct ctl_session *s,
                         uint64_t limit_ms)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_TIMEOUT,
                 .on = AW_ON_DEVICE,
                 .what = "the applet has not reported",
                 .subject = s->link.name,
                 .expected = aw_pool_printf(&ctx->pool,
                                            "an applet that is ready, within "
                                            "%.0f s",
                                            (double)limit_ms / 1e3),
                 .got = what_it_does(ctx, s),
                 .remedy = "look at aw ctl status and aw ctl console, then run "
                           "the same command again",
             });
}

/* Its own moments to look: the device sends nothing by itself. */
static int look(struct aw_ctx *ctx, struct ctl_session *s,
                struct aw_usb_id *list)
{
    const struct aw_usb *usb = &s->link.usb;
    uint32_t changes = 0;
    size_t n = 0;

    if (aw_cancelled()) {
        return ctl_report(ctx, s, AW_ERR_CANCELLED, NULL,
                          "waiting for the applet");
    }
    if (usb->list(usb->ctx, list, AW_USB_DEVICES, &n, &changes, NULL) ==
        AW_OK) {
        (void)usb->wait(usb->ctx, changes, POLL_MS, NULL);
    }
    int code = ctl_ask_status(ctx, s);

    return code == AW_EXIT_OK && s->ours ? ctl_look(ctx, s) : code;
}

static void event(struct aw_ctx *ctx, const struct ctl_session *s,
                  const char *state)
{
    aw_events_put(&ctx->events, &(struct aw_event){.device = s->link.name,
                                                   .step = "applet",
                                                   .state = state});
}

int ctl_await_applet(struct aw_ctx *ctx, struct ctl_session *s, bool runs,
                     uint64_t limit_ms)
{
    const struct aw_usb *usb = &s->link.usb;
    uint64_t end = usb->now_ms(usb->ctx) + limit_ms;
    struct aw_usb_id *list =
        aw_pool_alloc(&ctx->pool, AW_USB_DEVICES, sizeof(*list));
    int code = AW_EXIT_OK;

    if (reported(s, runs)) {
        return code;
    }
    event(ctx, s, "start");
    aw_say(0, "Waiting for the applet.");
    while (code == AW_EXIT_OK && !reported(s, runs)) {
        code = usb->now_ms(usb->ctx) > end ? report_silent(ctx, s, limit_ms)
                                           : look(ctx, s, list);
    }
    event(ctx, s, code == AW_EXIT_OK ? "done" : "failed");
    return code;
}
