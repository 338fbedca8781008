/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into a running twin. */
#include "twin/twin.h"

static int hold(struct aw_ctx *ctx, const char *what, bool held)
{
    const char *path = ctx->operands.item[0];
    struct twin_ask ask;
    int code = twin_ask_once(ctx, path, what, NULL, NULL, &ask);

    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "twin", path);
        aw_out_bool(&ctx->out, "held", held);
    }
    return code;
}

static int run_pause(struct aw_ctx *ctx, const void *values)
{
    (void)values;
    return hold(ctx, "pause", true);
}

static int run_resume(struct aw_ctx *ctx, const void *values)
{
    (void)values;
    return hold(ctx, "resume", false);
}

const struct aw_cmd twin_cmd_pause = {
    .name = "pause",
    .summary = "let no time pass",
    .prose = "Holds the twin in DIR between two instructions until aw twin "
             "resume, whatever its mode. A debugger that waits for it is told.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_pause,
};

const struct aw_cmd twin_cmd_resume = {
    .name = "resume",
    .summary = "let time pass again",
    .prose = "Lets a twin go on that aw twin pause, a break or watch point, or "
             "aw twin start --hold holds. While a debugger is connected, only "
             "it can.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_resume,
};
