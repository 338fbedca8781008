/* SPDX-License-Identifier: Apache-2.0 */
#include "log/log.h"
#include "log/writer.h"

static int run_integrate(struct aw_ctx *ctx, const void *values)
{
    struct log_writer writer;
    int code = log_writer_open(ctx, ctx->operands.item[0], &writer);
    uint64_t before = writer.tree.size;

    (void)values;
    if (code == AW_EXIT_OK) {
        code = log_writer_integrate(&writer);
    }
    if (code == AW_EXIT_OK) {
        log_writer_show(&writer);
        aw_out_u64(&ctx->out, "size_before", before);
    }
    log_writer_close(&writer);
    return code;
}

const struct aw_cmd aw_cmd_log_integrate = {
    .name = "integrate",
    .summary = "make added entries part of the tree",
    .prose = "Writes the tiles of the tree over all entries that were added. "
             "Of the old tree only the tiles at its edge are read, and their "
             "root is checked first. The checkpoint stays as it is until aw "
             "log sign.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_integrate,
};
