/* SPDX-License-Identifier: Apache-2.0 */
#include "log/operands.h"

int log_operands_split(struct aw_ctx *ctx, size_t n,
                       struct log_operands *operands)
{
    const struct aw_operands *all = &ctx->operands;

    if (all->n < n || all->n > n + 1) {
        return aw_usage(ctx, "%zu operands given, %zu or %zu wanted", all->n, n,
                        n + 1);
    }
    operands->source = all->n > n ? all->item[0] : NULL;
    operands->item = all->item + (all->n - n);
    return AW_EXIT_OK;
}

void log_show_proof(struct aw_ctx *ctx, const struct aw_proof *proof)
{
    aw_out_begin_list(&ctx->out, "proof");
    for (size_t i = 0; i < proof->n; i++) {
        aw_out_base64(&ctx->out, NULL,
                      (aw_bytes){proof->h[i].b, sizeof(proof->h[i].b)});
    }
    aw_out_end_list(&ctx->out);
}
