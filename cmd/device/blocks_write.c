/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/input.h"
#include "common/progress.h"
#include "common/stop.h"
#include "device/blocks.h"

enum { FILE_MAX = 1 << 30 };

struct args {
    struct blocks_args device;
    bool dry_run;
};

#define DRY_RUN_OPT                                             \
    {                                                           \
        .name = "dry-run", .type = AW_OPT_FLAG,                 \
        .at = offsetof(struct args, dry_run),                   \
        .help = "Say what would be written, and write nothing." \
    }

static const struct aw_opt opts[] = {
    BLOCKS_OPTS(offsetof(struct args, device)),
    DRY_RUN_OPT,
};

/* What is written: bytes, or zeros. */
struct job {
    const char *what; /* for messages */
    uint64_t first;
    uint64_t count;
    const uint8_t *data; /* count blocks; NULL: zeros */
};

/* Pieces of progress: zeros are not sent, so more of them go at once. */
static uint32_t piece_of(const struct job *job, uint64_t at)
{
    uint64_t most = job->data != NULL ? AW_STORAGE_PIECE : 131072;
    uint64_t left = job->count - at;

    return (uint32_t)(left < most ? left : most);
}

static aw_err write_all(struct aw_ctx *ctx, struct blocks_session *s,
                        const struct job *job, struct aw_diag *diag)
{
    const struct aw_step step = {.name = job->what,
                                 .device = s->link.name,
                                 .unit = "bytes",
                                 .total = job->count * AW_STORAGE_BLOCK};
    struct aw_progress *progress = aw_progress_begin(ctx, &step);
    aw_err err = AW_OK;

    for (uint64_t at = 0; at < job->count && err == AW_OK;) {
        uint32_t n = piece_of(job, at);

        if (aw_cancelled()) {
            err = AW_ERR_CANCELLED;
        } else if (job->data == NULL) {
            err = aw_storage_zero(&s->storage, &s->unit, job->first + at, n,
                                  diag);
        } else {
            err = aw_storage_write(&s->storage, &s->unit, job->first + at,
                                   job->data + at * AW_STORAGE_BLOCK, n, diag);
        }
        aw_progress_add(progress, (uint64_t)n * AW_STORAGE_BLOCK);
        at += n;
    }
    if (err == AW_OK) {
        err = aw_storage_sync(&s->storage, &s->unit, diag);
    }
    aw_progress_end(progress, err == AW_OK);
    return err;
}

static int compare(struct aw_ctx *ctx, const struct blocks_session *s,
                   bool same)
{
    if (same) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_IO,
                              .on = AW_ON_DEVICE,
                              .exit = AW_EXIT_STORAGE,
                              .what = "the device does not hold what was "
                                      "written",
                              .subject = s->link.name,
                          });
}

/* Reads back and compares: what the device says of itself is no proof. */
static int read_back(struct aw_ctx *ctx, struct blocks_session *s,
                     const struct job *job)
{
    uint8_t *back =
        aw_pool_alloc(&ctx->pool, AW_STORAGE_PIECE, (size_t)AW_STORAGE_BLOCK);
    struct aw_diag diag = {.err = AW_OK};
    bool same = true;

    for (uint64_t at = 0; at < job->count && same; at += AW_STORAGE_PIECE) {
        uint64_t left = job->count - at;
        uint32_t n =
            (uint32_t)(left < AW_STORAGE_PIECE ? left : AW_STORAGE_PIECE);
        aw_err err = aw_storage_read(&s->storage, &s->unit, job->first + at,
                                     back, n, &diag);

        if (err != AW_OK) {
            return blocks_report(ctx, s, err, &diag, "reading back");
        }
        same = memcmp(back, job->data + at * AW_STORAGE_BLOCK,
                      (size_t)n * AW_STORAGE_BLOCK) == 0;
    }
    return compare(ctx, s, same);
}

static int refuse_protected(struct aw_ctx *ctx, const struct blocks_session *s)
{
    return aw_report(ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_PRECONDITION,
                         .on = AW_ON_DEVICE,
                         .what = "the unit refuses writes",
                         .subject = s->link.name,
                         .got = s->unit.read_only_image
                                    ? "the read-only variant of the recovery"
                                    : "write protection",
                     });
}

static int carry_out(struct aw_ctx *ctx, const struct args *args,
                     struct blocks_session *s, const struct job *job)
{
    struct aw_diag diag = {.err = AW_OK};
    int code = blocks_check(ctx, s, job->first, job->count);

    if (code != AW_EXIT_OK) {
        return code;
    }
    blocks_put_range(ctx, job->first, job->count);
    aw_out_bool(&ctx->out, "dry_run", args->dry_run);
    if (s->unit.read_only) {
        return refuse_protected(ctx, s);
    }
    if (args->dry_run) {
        return AW_EXIT_OK;
    }
    aw_err err = write_all(ctx, s, job, &diag);

    if (err != AW_OK) {
        return blocks_report(ctx, s, err, &diag, job->what);
    }
    return job->data != NULL ? read_back(ctx, s, job) : AW_EXIT_OK;
}

static int connect_and_carry_out(struct aw_ctx *ctx, const struct args *args,
                                 const struct job *job)
{
    struct blocks_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    int code = blocks_connect(ctx, &args->device, s);

    if (code == AW_EXIT_OK) {
        code = carry_out(ctx, args, s, job);
        blocks_disconnect(s);
    }
    return code;
}

/* Whole blocks: what is left of the last one is zeros. */
static const uint8_t *pad(struct aw_ctx *ctx, aw_bytes file, uint64_t *count)
{
    *count = (file.n + AW_STORAGE_BLOCK - 1) / AW_STORAGE_BLOCK;
    uint8_t *data =
        aw_pool_alloc(&ctx->pool, (size_t)*count, (size_t)AW_STORAGE_BLOCK);

    memset(data, 0, (size_t)*count * AW_STORAGE_BLOCK);
    memcpy(data, file.p, file.n);
    return data;
}

static int run_write(struct aw_ctx *ctx, const void *values)
{
    struct job job = {.what = "write blocks"};
    aw_bytes file = {0};
    int code = blocks_range(ctx, &job.first, NULL);

    if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, ctx->operands.item[1], FILE_MAX, &file);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    if (file.n == 0) {
        return aw_usage(ctx, "%s is empty", ctx->operands.item[1]);
    }
    job.data = pad(ctx, file, &job.count);
    return connect_and_carry_out(ctx, values, &job);
}

static int run_zero(struct aw_ctx *ctx, const void *values)
{
    struct job job = {.what = "zero blocks"};
    int code = blocks_range(ctx, &job.first, &job.count);

    return code == AW_EXIT_OK ? connect_and_carry_out(ctx, values, &job) : code;
}

const struct aw_cmd blocks_cmd_write = {
    .name = "write",
    .summary = "write a file to blocks",
    .prose = "Writes FILE from block FIRST on, zeros behind it up to the end "
             "of its last block, and reads all of it back. Nothing is asked "
             "and nothing is verified: for tests and for repair.",
    .operands = "FIRST FILE",
    .min_operands = 2,
    .max_operands = 2,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run_write,
};

const struct aw_cmd blocks_cmd_zero = {
    .name = "zero",
    .summary = "make blocks zeros",
    .prose = "Makes COUNT blocks from FIRST on zeros; with our recovery "
             "without sending them.",
    .operands = "FIRST COUNT",
    .min_operands = 2,
    .max_operands = 2,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run_zero,
};
