/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/file.h"
#include "common/progress.h"
#include "common/stop.h"
#include "device/blocks.h"

enum { COUNT_MAX = 1 << 21, FILE_MODE = 0644 }; /* 1 GiB */

struct args {
    struct blocks_args device;
    const char *output;
};

static const struct aw_opt opts[] = {
    BLOCKS_OPTS(offsetof(struct args, device)),
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "FILE",
     .help = "Write the blocks to a new file.",
     .required = true},
};

static aw_err read_all(struct aw_ctx *ctx, struct blocks_session *s,
                       uint64_t first, uint64_t count, uint8_t *data,
                       struct aw_diag *diag)
{
    const struct aw_step step = {.name = "read blocks",
                                 .device = s->link.name,
                                 .unit = "bytes",
                                 .total = count * AW_STORAGE_BLOCK};
    struct aw_progress *progress = aw_progress_begin(ctx, &step);
    aw_err err = AW_OK;

    for (uint64_t at = 0; at < count && err == AW_OK; at += AW_STORAGE_PIECE) {
        uint64_t left = count - at;
        uint32_t n =
            (uint32_t)(left < AW_STORAGE_PIECE ? left : AW_STORAGE_PIECE);

        err = aw_cancelled()
                  ? AW_ERR_CANCELLED
                  : aw_storage_read(&s->storage, &s->unit, first + at,
                                    data + at * AW_STORAGE_BLOCK, n, diag);
        aw_progress_add(progress, (uint64_t)n * AW_STORAGE_BLOCK);
    }
    aw_progress_end(progress, err == AW_OK);
    return err;
}

static int read_blocks(struct aw_ctx *ctx, const struct args *args,
                       struct blocks_session *s, uint64_t first, uint64_t count)
{
    struct aw_diag diag = {.err = AW_OK};
    struct aw_host_diag host = {.text = ""};
    int code = blocks_check(ctx, s, first, count);

    if (code != AW_EXIT_OK) {
        return code;
    }
    size_t size = (size_t)count * AW_STORAGE_BLOCK;
    uint8_t *data = aw_pool_alloc(&ctx->pool, size, 1);
    aw_err err = read_all(ctx, s, first, count, data, &diag);

    if (err != AW_OK) {
        return blocks_report(ctx, s, err, &diag, "reading blocks");
    }
    blocks_put_range(ctx, first, count);
    err = aw_file_write(args->output, (aw_bytes){data, size}, FILE_MODE,
                        AW_FILE_NEW, &host);
    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){.err = err,
                                                   .on = AW_ON_LOCAL,
                                                   .subject = args->output,
                                                   .host = &host});
    }
    aw_out_text(&ctx->out, "output", args->output);
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    struct blocks_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    uint64_t first = 0;
    uint64_t count = 0;
    int code = blocks_range(ctx, &first, &count);

    if (code == AW_EXIT_OK && count > COUNT_MAX) {
        code = aw_usage(ctx, "at most %d blocks at a time", COUNT_MAX);
    }
    if (code == AW_EXIT_OK) {
        code = blocks_connect(ctx, &args->device, s);
    }
    if (code == AW_EXIT_OK) {
        code = read_blocks(ctx, args, s, first, count);
        blocks_disconnect(s);
    }
    return code;
}

const struct aw_cmd blocks_cmd_read = {
    .name = "read",
    .summary = "read blocks into a file",
    .prose = "Reads COUNT blocks of 512 bytes from block FIRST on, decimal or "
             "hex behind 0x.",
    .operands = "FIRST COUNT",
    .min_operands = 2,
    .max_operands = 2,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
