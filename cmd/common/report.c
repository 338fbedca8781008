/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include "common/cmd.h"
#include "common/stop.h"
#include "common/term.h"

static void say_line(const char *label, const char *text)
{
    if (text != NULL) {
        aw_complain(AW_PLAIN, "", "  %-9s %s", label, text);
    }
}

static void say_finding(const struct aw_ctx *ctx, const struct aw_finding *f)
{
    const char *gap = ctx->path[0] == '\0' ? "" : " ";

    aw_complain(AW_RED, "error: ", "aw%s%s: %s", gap, ctx->path, f->what);
    say_line("subject", f->subject);
    say_line("where", f->where);
    say_line("expected", f->expected);
    if (strcmp(f->got, f->what) != 0) {
        say_line("got", f->got);
    }
    say_line("do next", f->remedy);
}

/* Work that was told to stop says "cancelled"; why, only we know. */
static struct aw_finding with_reason(const struct aw_finding *finding)
{
    struct aw_finding f = *finding;

    if (f.err == AW_ERR_CANCELLED && aw_stop_exit() == AW_EXIT_TIME) {
        f.err = AW_ERR_TIMEOUT;
        f.exit = AW_EXIT_TIME;
        f.remedy = "try again with a longer --timeout";
    }
    return f;
}

static void send(struct aw_ctx *ctx, const struct aw_finding *f)
{
    const char *subject = f->subject == NULL ? "" : f->subject;

    aw_events_put(
        &ctx->events,
        &(struct aw_event){
            .step = ctx->path,
            .state = "failed",
            .code = f->code,
            .class_name = aw_exit_row(f->exit)->class_name,
            .detail = aw_pool_printf(&ctx->pool, "%s%s%s", subject,
                                     subject[0] == '\0' ? "" : ": ", f->got),
        });
}

int aw_report(struct aw_ctx *ctx, const struct aw_finding *finding)
{
    const struct aw_finding f = with_reason(finding);

    if (f.err == AW_ERR_CANCELLED && ctx->stop_is_end && aw_cancelled()) {
        return AW_EXIT_DECLINED;
    }
    struct aw_finding kept;
    int code = aw_findings_add(&ctx->found, &ctx->pool, &f, &kept);

    if (kept.what != NULL) {
        say_finding(ctx, &kept);
        send(ctx, &kept);
    }
    return code;
}

int aw_usage(struct aw_ctx *ctx, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *what = aw_pool_vprintf(&ctx->pool, format, args);

    va_end(args);
    return aw_report(ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_USAGE,
                         .on = AW_ON_INPUT,
                         .what = what,
                         .got = what,
                         .remedy = aw_pool_printf(&ctx->pool, "see %s --help",
                                                  ctx->opts.command),
                     });
}

void aw_warn(struct aw_ctx *ctx, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = aw_pool_vprintf(&ctx->pool, format, args);

    va_end(args);
    aw_complain(AW_YELLOW, "warning: ", "%s", text);
    (void)pthread_mutex_lock(&ctx->pool.lock);
    aw_out_warning(&ctx->out, text);
    (void)pthread_mutex_unlock(&ctx->pool.lock);
}
