/* SPDX-License-Identifier: Apache-2.0 */
#include "common/consent.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/ask.h"
#include "common/stop.h"
#include "common/term.h"

static int declined(struct aw_ctx *ctx, const struct aw_consent *c,
                    const char *what, const char *expected, const char *remedy,
                    int code)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = code == AW_EXIT_DECLINED ? AW_ERR_CANCELLED
                                                 : AW_ERR_PRECONDITION,
                 .on = AW_ON_INPUT,
                 .exit = code,
                 .what = what,
                 .subject = c->subject,
                 .expected = expected,
                 .got = aw_pool_printf(&ctx->pool, "no consent; nothing was %s",
                                       c->done),
                 .remedy = remedy,
             });
}

static int ask(struct aw_ctx *ctx, const struct aw_consent *c,
               const char *const *lines, size_t n)
{
    char line[64] = "";

    /* Nobody consents to what --quiet hides. */
    aw_complain(AW_BOLD, "consent: ",
                "this will be done to %s, device %s, and cannot be undone:",
                c->subject, c->serial);
    for (size_t i = 0; i < n; i++) {
        aw_complain(AW_PLAIN, "", "%4zu  %s", i + 1, lines[i]);
    }
    aw_events_put(&ctx->events,
                  &(struct aw_event){.device = c->serial,
                                     .step = "confirm",
                                     .state = "prompt",
                                     .detail = "type the device's serial"});
    aw_complain(AW_BOLD, "consent: ",
                "type the serial of the device to go on, anything "
                "else to stop:");
    if (!aw_ask_line(line, sizeof(line))) {
        return declined(ctx, c,
                        aw_cancelled() ? "stopped before a serial was typed"
                                       : "no serial was typed",
                        "the device's serial", "run the same command again",
                        AW_EXIT_DECLINED);
    }
    if (strcasecmp(line, c->serial) != 0) {
        return declined(ctx, c, "the serial typed is not this device's",
                        c->serial,
                        "look at the device, then run the same command again",
                        AW_EXIT_DECLINED);
    }
    return AW_EXIT_OK;
}

int aw_consent(struct aw_ctx *ctx, const struct aw_consent *c,
               const char *const *lines, size_t n)
{
    if (c->yes != NULL) {
        return strcmp(c->yes, c->want) == 0
                   ? AW_EXIT_OK
                   : declined(ctx, c, c->another, c->want, c->remedy,
                              AW_EXIT_REFUSED);
    }
    if (ctx->global.non_interactive || isatty(STDIN_FILENO) != 1) {
        return declined(ctx, c,
                        aw_pool_printf(&ctx->pool, "%s needs consent", c->deed),
                        aw_pool_printf(&ctx->pool, "--yes=%s", c->want),
                        c->remedy, AW_EXIT_REFUSED);
    }
    return ask(ctx, c, lines, n);
}
