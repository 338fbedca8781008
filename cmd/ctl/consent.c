/* SPDX-License-Identifier: Apache-2.0 */
/* Consent to what cannot be undone. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/ask.h"
#include "common/term.h"
#include "ctl/ctl.h"
#include "otp/otp.h"

static int declined(struct aw_ctx *ctx, const struct ctl_session *s,
                    const char *what, const char *expected, int code)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = code == AW_EXIT_DECLINED ? AW_ERR_CANCELLED
                                                 : AW_ERR_PRECONDITION,
                 .on = AW_ON_INPUT,
                 .exit = code,
                 .what = what,
                 .subject = s->link.name,
                 .expected = expected,
                 .got = "no consent; nothing was fused",
                 .remedy = "look at the plan with --dry-run, then give its "
                           "hash with --yes",
             });
}

static int ask(struct aw_ctx *ctx, const struct ctl_session *s,
               const struct aw_plan *plan)
{
    char line[64] = "";

    /* Nobody consents to what --quiet hides. */
    aw_complain(AW_BOLD, "consent: ",
                "this will be done to device %s, and cannot be undone:",
                s->status.serial);
    for (size_t i = 0; i < plan->n_steps; i++) {
        aw_complain(AW_PLAIN, "", "%4zu  %s", i + 1,
                    otp_step_text(ctx, plan, &plan->steps[i]));
    }
    aw_events_put(&ctx->events,
                  &(struct aw_event){.device = s->status.serial,
                                     .step = "confirm",
                                     .state = "prompt",
                                     .detail = "type the device's serial"});
    aw_complain(AW_BOLD, "consent: ",
                "type the serial of the device to go on, anything else to "
                "stop:");
    if (!aw_ask_line(line, sizeof(line)) ||
        strcasecmp(line, s->status.serial) != 0) {
        return declined(ctx, s, "the device's serial was not typed",
                        s->status.serial, AW_EXIT_DECLINED);
    }
    return AW_EXIT_OK;
}

int ctl_consent(struct aw_ctx *ctx, const struct ctl_session *s,
                const struct aw_plan *plan, const char *yes, const char *hash)
{
    if (yes != NULL) {
        return strcmp(yes, hash) == 0
                   ? AW_EXIT_OK
                   : declined(ctx, s, "--yes names another plan", hash,
                              AW_EXIT_REFUSED);
    }
    if (ctx->global.non_interactive || isatty(STDIN_FILENO) != 1) {
        return declined(ctx, s, "fusing needs consent",
                        aw_pool_printf(&ctx->pool, "--yes=%s", hash),
                        AW_EXIT_REFUSED);
    }
    return ask(ctx, s, plan);
}
