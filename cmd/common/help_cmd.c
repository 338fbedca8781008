/* SPDX-License-Identifier: Apache-2.0 */
#include "common/help.h"

static int run_help(struct aw_ctx *ctx, const void *values)
{
    size_t used = 0;
    const struct aw_cmd *cmd =
        aw_cmd_walk(ctx->root, ctx->operands.n, ctx->operands.item, &used);

    (void)values;
    if (used < ctx->operands.n) {
        return aw_usage(
            ctx, "there is no command %s",
            aw_cmd_path(&ctx->pool, ctx->operands.n, ctx->operands.item));
    }
    aw_help_print(ctx, cmd, aw_cmd_path(&ctx->pool, used, ctx->operands.item));
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_help = {
    .name = "help",
    .summary = "explain a command",
    .operands = "[COMMAND...]",
    .max_operands = SIZE_MAX,
    .run = run_help,
};
