/* SPDX-License-Identifier: Apache-2.0 */
/* Consent to what cannot be undone. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/ask.h"
#include "common/term.h"
#include "ctl/ctl.h"
#include "fuse/fuse.h"

static int declined(struct aw_ctx *ctx, const struct ctl_session *s,
                    const struct ctl_matter *matter, const char *what,
                    const char *expected, int code)
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
                 .got = aw_pool_printf(&ctx->pool, "no consent; nothing was %s",
                                       matter->done),
                 .remedy = matter->remedy,
             });
}

static int ask(struct aw_ctx *ctx, const struct ctl_session *s,
               const struct ctl_matter *matter, const char *const *lines,
               size_t n)
{
    char line[64] = "";

    /* Nobody consents to what --quiet hides. */
    aw_complain(AW_BOLD, "consent: ",
                "this will be done to device %s, and cannot be undone:",
                s->status.serial);
    for (size_t i = 0; i < n; i++) {
        aw_complain(AW_PLAIN, "", "%s", lines[i]);
    }
    aw_events_put(&ctx->events,
                  &(struct aw_event){.device = s->status.serial,
                                     .step = "confirm",
                                     .state = "prompt",
                                     .code = "type-serial",
                                     .detail = "type the device's serial"});
    aw_complain(AW_BOLD, "consent: ",
                "type the serial of the device to go on, anything else to "
                "stop:");
    if (!aw_ask_line(line, sizeof(line)) ||
        strcasecmp(line, s->status.serial) != 0) {
        return declined(ctx, s, matter, "the device's serial was not typed",
                        s->status.serial, AW_EXIT_DECLINED);
    }
    return AW_EXIT_OK;
}

int ctl_agree(struct aw_ctx *ctx, const struct ctl_session *s,
              const struct ctl_matter *matter, const char *const *lines,
              size_t n)
{
    if (matter->yes != NULL) {
        return strcmp(matter->yes, matter->want) == 0
                   ? AW_EXIT_OK
                   : declined(ctx, s, matter, matter->another, matter->want,
                              AW_EXIT_REFUSED);
    }
    if (ctx->global.non_interactive || isatty(STDIN_FILENO) != 1) {
        return declined(ctx, s, matter, "this needs consent",
                        aw_pool_printf(&ctx->pool, "--yes=%s", matter->want),
                        AW_EXIT_REFUSED);
    }
    return ask(ctx, s, matter, lines, n);
}

int ctl_consent(struct aw_ctx *ctx, const struct ctl_session *s,
                const struct aw_plan *plan, const char *yes, const char *hash)
{
    const struct ctl_matter matter = {
        .yes = yes,
        .want = hash,
        .another = "--yes names another plan",
        .done = "fused",
        .remedy = "look at the plan with --dry-run, then give its hash with "
                  "--yes",
    };
    const char **lines =
        aw_pool_alloc(&ctx->pool, plan->n_steps, sizeof(*lines));

    for (size_t i = 0; i < plan->n_steps; i++) {
        lines[i] = aw_pool_printf(&ctx->pool, "%4zu  %s", i + 1,
                                  fuse_step_text(ctx, plan, &plan->steps[i]));
    }
    return ctl_agree(ctx, s, &matter, lines, plan->n_steps);
}
