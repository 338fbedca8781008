/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/input.h"
#include "log/log.h"
#include "log/writer.h"

/* More than an entry may have, so that the log's own limit speaks. */
enum { INPUT_MAX = 2 * AW_ENTRY_MAX };

static void show_entries(struct aw_ctx *ctx, const struct aw_new_entry *entry)
{
    size_t duplicates = 0;

    aw_out_begin_list(&ctx->out, "entries");
    for (size_t i = 0; i < ctx->operands.n; i++) {
        aw_out_begin(&ctx->out, NULL);
        aw_out_text(&ctx->out, "file", aw_input_name(ctx->operands.item[i]));
        aw_out_u64(&ctx->out, "index", entry[i].index);
        aw_out_base64(&ctx->out, "leaf_hash",
                      (aw_bytes){entry[i].leaf.b, sizeof(entry[i].leaf.b)});
        aw_out_bool(&ctx->out, "duplicate", entry[i].duplicate);
        aw_out_end(&ctx->out);
        duplicates += entry[i].duplicate ? 1 : 0;
    }
    aw_out_end_list(&ctx->out);
    aw_out_count(&ctx->out, "added", ctx->operands.n - duplicates);
    aw_out_count(&ctx->out, "duplicates", duplicates);
}

/* Read a second time it would be an empty entry. */
static int count_stdin(struct aw_ctx *ctx, size_t i, unsigned *n)
{
    *n += strcmp(ctx->operands.item[i], "-") == 0 ? 1 : 0;
    return *n < 2 ? AW_EXIT_OK : aw_usage(ctx, "standard input is one entry");
}

static int run_add(struct aw_ctx *ctx, const void *values)
{
    size_t n = ctx->operands.n - 1;
    const char *path = ctx->operands.item[0];
    struct aw_new_entry *entry = aw_pool_alloc(&ctx->pool, n, sizeof(*entry));
    struct log_writer writer;
    unsigned stdins = 0;
    int code = AW_EXIT_OK;

    (void)values;
    ctx->operands.item++;
    ctx->operands.n--;
    for (size_t i = 0; i < n && code == AW_EXIT_OK; i++) {
        code = count_stdin(ctx, i, &stdins);
        if (code != AW_EXIT_OK) {
            break;
        }
        code = aw_input_read(ctx, ctx->operands.item[i], INPUT_MAX,
                             &entry[i].data);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    code = log_writer_open(ctx, path, &writer);
    if (code == AW_EXIT_OK) {
        code = log_writer_add(&writer, entry, n);
    }
    if (code == AW_EXIT_OK) {
        log_writer_show(&writer);
        aw_out_u64(&ctx->out, "pending", writer.pending);
        show_entries(ctx, entry);
    }
    log_writer_close(&writer);
    return code;
}

const struct aw_cmd aw_cmd_log_add = {
    .name = "add",
    .summary = "add entries to a log",
    .prose = "Adds the content of each FILE to the log, in this order, and "
             "prints the indices. An entry that the log has already keeps its "
             "index. When the command has ended well, the entries are on the "
             "disk; aw log integrate makes them part of the tree.\n\nFILE may "
             "be - for standard input. An entry has at most 65535 bytes.",
    .operands = "DIR FILE...",
    .min_operands = 2,
    .max_operands = SIZE_MAX,
    .run = run_add,
};
